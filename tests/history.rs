//! Who changed what when: files, audit trail and head prove it together, and nothing else passes for it.

mod common;

use common::{Office, time};
use yinxin::Limits;
use yinxin::compose::Template;
use yinxin::crypto::DigestAlgorithm;
use yinxin::payload::{Payload, StatusReference};
use yinxin::record::{Identifier, Record};
use yinxin::register::{
    Action, AuditEntry, AuditError, Head, HistoryError, Version, export_trail, history, verify_trail,
};

const MOVED: &str = "滨海市新港区望潮街道海棠路99号";

fn office() -> Office {
    Office::with_key("p256")
}

/// The sample under another version of its identifier.
fn version(version: u16) -> Record {
    let record = office().record("residence");
    let old = record.identifier();
    let next = Identifier::compose(old.type_code(), old.issuer_code(), old.serial(), version).unwrap();
    record.amended(|parts| parts.identifier = next).unwrap()
}

fn sealed(record: &Record, payload: Payload) -> Vec<u8> {
    let draft = Template::builtin("residence").unwrap().compose(record).unwrap();
    let sealing = draft.bind(payload);
    let sealed = sealing
        .seal(&office().seal(), &office().signer(), common::at())
        .unwrap();
    sealed.into_bytes()
}

fn issued(record: &Record) -> Vec<u8> {
    sealed(record, Payload::of(record))
}

fn sha256(bytes: &[u8]) -> [u8; 32] {
    DigestAlgorithm::Sha256.digest(bytes).try_into().unwrap()
}

/// A trail of what was done to which result by whom, a day each.
fn trail(done: &[(&Identifier, &str, Action)]) -> Vec<Vec<u8>> {
    let mut entries: Vec<Vec<u8>> = vec![];
    for (sequence, (identifier, actor, action)) in (1..).zip(done) {
        let entry = AuditEntry {
            sequence,
            at: time(&format!("2030-07-{:02}T01:00:00Z", sequence)),
            actor: (*actor).to_owned(),
            action: action.clone(),
            identifier: (*identifier).clone(),
            previous: entries.last().map_or([0; 32], |before| sha256(before)),
        };
        entries.push(entry.to_bytes());
    }
    entries
}

fn whole(entries: &[Vec<u8>]) -> (Vec<u8>, Head) {
    let trail = export_trail(entries.iter().map(Vec::as_slice));
    let head = verify_trail(&trail, None, &Limits::DEFAULT).unwrap();
    (trail, head)
}

fn proved(files: &[&[u8]], trail: &[u8], head: &Head) -> Result<Vec<Version>, HistoryError> {
    history(files, trail, head, &office().verifier(), &Limits::DEFAULT)
}

fn refused(files: &[&[u8]], trail: &[u8], head: &Head) -> HistoryError {
    proved(files, trail, head).expect_err("it was taken")
}

fn digest(file: &[u8]) -> Action {
    let digest = sha256(file);
    Action::Issued { digest }
}

/// Two versions, between them a result that nobody asks about, and who made them.
struct Story {
    first: Record,
    second: Record,
    files: [Vec<u8>; 2],
    entries: Vec<Vec<u8>>,
}

fn story() -> Story {
    let first = version(1);
    let second = version(2).amended(|parts| parts.set("居住地址", MOVED)).unwrap();
    let files = [issued(&first), issued(&second)];
    let other = office().record("food-licence");
    let request = Action::Reserved {
        key: "办件 2".into(),
        replaces: Some(first.identifier().clone()),
        status: None,
    };
    let entries = trail(&[
        (first.identifier(), "窗口 01", digest(&files[0])),
        (other.identifier(), "窗口 02", digest(b"another result")),
        (second.identifier(), "窗口 03", request),
        (second.identifier(), "窗口 03", digest(&files[1])),
    ]);
    Story {
        first,
        second,
        files,
        entries,
    }
}

#[test]
fn versions_are_told_as_they_were_issued_with_who_and_what() {
    let story = story();
    let (trail, head) = whole(&story.entries);
    // In whatever order they are given.
    let versions = proved(&[&story.files[1], &story.files[0]], &trail, &head).unwrap();
    let [first, second] = &versions[..] else {
        panic!("{versions:?}")
    };
    assert_eq!((first.place, second.place), (1, 0));
    assert_eq!((&first.record, &second.record), (&story.first, &story.second));
    assert_eq!(
        (first.issued.actor.as_str(), second.issued.sequence),
        ("窗口 01", 4)
    );
    assert!(first.changes.is_empty());
    let changes = story.first.differences(&story.second);
    assert_eq!(
        (changes[0].path.as_str(), &changes[1..]),
        ("identifier", &second.changes[..])
    );
    let told = second.to_string();
    assert!(
        told.starts_with("2030-07-04 09:00:00 +08:00 version 版本 2: 窗口 03\n"),
        "{told}"
    );
    assert!(told.contains(&format!("-> {MOVED}")), "{told}");
    // What was done after the head that was kept does not take from what was before.
    let (_, early) = whole(&story.entries[..3]);
    assert_eq!(
        proved(&[&story.files[0], &story.files[1]], &trail, &early)
            .unwrap()
            .len(),
        2
    );
}

#[test]
fn past_that_was_changed_is_found() {
    let story = story();
    let (trail, head) = whole(&story.entries);
    let [first, second] = &story.files;
    let forged = issued(
        &story
            .second
            .amended(|parts| parts.set("居住地址", "别处"))
            .unwrap(),
    );
    assert_eq!(
        refused(&[first, &forged], &trail, &head),
        HistoryError::Unknown(1)
    );
    let missing = HistoryError::Missing(story.first.identifier().clone());
    assert_eq!(refused(&[second], &trail, &head), missing);
    // A file of the other result alone is no reason to ask for these.
    assert!(proved(&[], &trail, &head).unwrap().is_empty());

    let mut changed = story.entries.clone();
    let mut entry = AuditEntry::from_bytes(&changed[0], &Limits::DEFAULT).unwrap();
    entry.actor = "窗口 09".into();
    changed[0] = entry.to_bytes();
    let (two, export) = (AuditError::Previous { sequence: 2 }, |entries: &[Vec<u8>]| {
        export_trail(entries.iter().map(Vec::as_slice))
    });
    assert_eq!(
        refused(&[first, second], &export(&changed), &head),
        HistoryError::Trail(two)
    );
    let mut entry = AuditEntry::from_bytes(&story.entries[3], &Limits::DEFAULT).unwrap();
    entry.actor = "窗口 09".into();
    changed.clone_from(&story.entries);
    changed[3] = entry.to_bytes();
    let last = AuditError::Anchor { sequence: 4 };
    assert_eq!(
        refused(&[first, second], &export(&changed), &head),
        HistoryError::Trail(last)
    );
    let short = AuditError::Short {
        entries: 3,
        anchor: 4,
    };
    assert_eq!(
        refused(&[first], &export(&story.entries[..3]), &head),
        HistoryError::Trail(short)
    );
}

#[test]
fn file_must_be_the_result_that_the_trail_says_and_authentic_then() {
    let story = story();
    let [first, _] = &story.files;
    let (wrong, head) = whole(&trail(&[(story.second.identifier(), "窗口 01", digest(first))]));
    let issued = story.second.identifier().clone();
    let not_it = HistoryError::NotTheResult { place: 0, issued };
    assert_eq!(refused(&[first], &wrong, &head), not_it);

    let unsealed = office().draft("residence").bytes().to_vec();
    let (kept, head) = whole(&trail(&[(
        story.first.identifier(),
        "窗口 01",
        digest(&unsealed),
    )]));
    let error = refused(&[&unsealed], &kept, &head);
    assert!(matches!(error, HistoryError::Refused { place: 0, .. }), "{error}");

    let aside = Action::SetAside {
        digest: sha256(first),
        reason: "作废".into(),
    };
    let (kept, head) = whole(&trail(&[(story.first.identifier(), "窗口 01", aside)]));
    assert_eq!(refused(&[first], &kept, &head), HistoryError::Unknown(0));
}

/// A version that was replaced since is a version all the same; how it stands now is asked with a status list.
#[test]
fn what_became_of_a_result_since_is_not_asked() {
    let record = version(1);
    let place = StatusReference::new("https://zm.binhai.example/s/7", 5).unwrap();
    let file = sealed(&record, Payload::of(&record).with_status(place));
    let now = office().verifier().verify_pdf(&file, common::at());
    assert!(now.authentic().is_err(), "no list is given");
    let (trail, head) = whole(&trail(&[(record.identifier(), "窗口 01", digest(&file))]));
    assert_eq!(proved(&[&file], &trail, &head).unwrap()[0].record, record);
}
