//! Attacks on annotated copies: for another, too late, of another original, by somebody who may not, or passed off as the result.

mod common;
#[path = "common/forge.rs"]
mod forge;
#[path = "common/vectors.rs"]
mod vectors;

use std::collections::BTreeMap;

use common::{Office, at, entry, list_of, pem, signer};
use yinxin::authority::{Change, Reason, Standing};
use yinxin::copy::{AnnotatedCopy, CopyError};
use yinxin::cose::status::{Status, StatusDraft, StatusList};
use yinxin::draft::Draft;
use yinxin::impression::{Impression, RoundSeal};
use yinxin::limits::Limits;
use yinxin::payload::Payload;
use yinxin::pdf::{Document, Object};
use yinxin::pki::Signer as _;
use yinxin::record::{Identifier, Issuer, Record};
use yinxin::seal::Seal;
use yinxin::time::Time;
use yinxin::verify::{Outcome, Report, Trust, Verifier, settle_versions};

const RECIPIENT: &str = "滨海市公积金管理中心";
const HALL: (&str, &str) = ("滨海市政务服务中心", "11109900MB2A100330");

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Vector {
    maker: Option<String>,
    #[serde(default)]
    types: Vec<String>,
    key: Option<String>,
    recipient: Option<String>,
    original: Option<String>,
    file: Option<String>,
    revoked: Option<Time>,
    at: Option<Time>,
    outcome: String,
    finding: String,
}

fn office() -> Office {
    Office::with_key("p256")
}

fn issuer() -> Issuer {
    office().record("residence").issuer().clone()
}

fn hall() -> Issuer {
    Issuer {
        name: HALL.0.to_owned(),
        code: HALL.1.parse().unwrap(),
    }
}

fn kind() -> String {
    office().record("residence").kind().code.to_string()
}

fn copies() -> String {
    format!("{}999", &kind()[..18])
}

/// A verifier whose list lets the hall do `types`, its certificate being revoked from then.
fn verifier(types: &[&str], revoked: Option<Time>) -> Verifier {
    let mut entries = vec![entry(&issuer(), &["p256"], &[&kind()])];
    if !types.is_empty() {
        let mut hall = entry(&hall(), &["ed25519"], types);
        hall.certificates[0].history.extend(revoked.map(|from| Change {
            from,
            standing: Standing::Revoked,
            reason: Reason::KeyCompromise,
        }));
        entries.push(hall);
    }
    office().verifier_with(list_of(entries))
}

fn copy_of(original: &[u8], maker: &Issuer, key: &str) -> Vec<u8> {
    let asked = AnnotatedCopy::new(
        RECIPIENT,
        "住房公积金提取",
        "2030-08-01".parse().unwrap(),
        maker.clone(),
    );
    let draft = asked.compose(&verifier(&[], None), original, at()).unwrap();
    let round = RoundSeal::new(&maker.name).with_legend("样章 TEST");
    let seal = Seal::new(Impression::round(&round, yinxin::font::bundled()).unwrap());
    let sealed = draft.without_code().seal(&seal, &signer(key), at());
    sealed.unwrap().to_bytes()
}

#[test]
fn a_copy_is_accepted_as_what_it_is_and_by_whom_it_is_for() {
    let original = office().issue("residence").to_bytes();
    let another = office().issue("residence").to_bytes();
    assert_ne!(original, another);
    let (kind, copies) = (kind(), copies());
    for (name, vector) in vectors::vectors::<Vector>("copy/attacks", 20) {
        let (maker, own) = match vector.maker.as_deref() {
            Some("hall") => (hall(), "ed25519"),
            _ => (issuer(), "p256"),
        };
        let copy = copy_of(&original, &maker, vector.key.as_deref().unwrap_or(own));
        let types = vector.types.iter().map(|word| match word.as_str() {
            "copies" => copies.as_str(),
            "issues" => kind.as_str(),
            other => other,
        });
        let mut verifier = verifier(&types.collect::<Vec<_>>(), vector.revoked);
        if let Some(recipient) = &vector.recipient {
            verifier = verifier.recipient(recipient);
        }
        verifier = match vector.original.as_deref() {
            Some("own") => verifier.original(&original),
            Some("another") => verifier.original(&another),
            Some("copy") => verifier.original(&copy),
            _ => verifier,
        };
        let file = if vector.file.is_some() { &original } else { &copy };
        let report = verifier.verify_pdf(file, vector.at.unwrap_or_else(at));
        let outcome = format!("{:?}", report.outcome);
        assert_eq!(outcome, vector.outcome, "{name}: {:?}", report.findings);
        let mut codes = report.findings.iter().map(|finding| finding.code.name());
        assert!(
            codes.any(|code| code == vector.finding),
            "{name}: {:?}",
            report.findings
        );
        let copied = report.authentic().ok().and_then(|proof| proof.copy());
        assert_eq!(
            copied.is_some(),
            report.outcome == Outcome::Authentic && vector.file.is_none(),
            "{name}"
        );
    }
}

/// A file that carries another beside its terms, whoever made it.
#[test]
fn a_copy_carries_its_terms_once_and_no_record() {
    let original = office().issue("residence").to_bytes();
    let asked = AnnotatedCopy::new(
        RECIPIENT,
        "住房公积金提取",
        "2030-08-01".parse().unwrap(),
        issuer(),
    );
    let draft = asked.compose(&verifier(&[], None), &original, at()).unwrap();
    let seal = |bytes: Vec<u8>| {
        let draft = Draft::open(bytes, &Limits::DEFAULT).unwrap();
        let sealed = draft
            .without_code()
            .seal(&office().seal(), &office().signer(), at());
        verifier(&[], None)
            .recipient(RECIPIENT)
            .verify_pdf(&sealed.unwrap().to_bytes(), at())
    };
    assert_eq!(seal(draft.bytes().to_vec()).outcome, Outcome::Authentic);
    for name in ["record.cbor", "copy.cbor"] {
        let document = Document::open(draft.bytes(), &Limits::DEFAULT).unwrap();
        let view = document.newest();
        let catalog = view.catalog().unwrap();
        let files = view.find(catalog.dictionary().unwrap(), b"AF").unwrap();
        let files = files.as_array().unwrap().iter().filter_map(Object::as_reference);
        let files: String = files
            .map(|id| format!("{} {} R ", id.number, id.generation))
            .collect();
        let (stream, specification) = (view.next_object_number(), view.next_object_number() + 1);
        let body = format!(
            "<</Type/Filespec/F({name})/UF({name})/AFRelationship/Data/EF<</F {stream} 0 R/UF {stream} 0 R>>>>"
        );
        let edit = vec![("AF".to_owned(), format!("[{files} {specification} 0 R]"))];
        let changes = BTreeMap::from([
            (
                stream,
                forge::Change::Stream(
                    "/Type/EmbeddedFile/Subtype/application#2Fcbor".to_owned(),
                    vec![0xa0],
                ),
            ),
            (specification, forge::Change::Body(body)),
            (catalog.id.number, forge::Change::Edit(edit, vec![])),
        ]);
        let report = seal(forge::revision(
            draft.bytes(),
            &changes,
            &forge::Ending::default(),
        ));
        assert_eq!(
            said(&report),
            (Outcome::NotAuthentic, "copy.malformed"),
            "{name}: {:?}",
            report.findings
        );
    }
}

#[test]
fn a_copy_is_not_copied() {
    let original = office().issue("residence").to_bytes();
    let copy = copy_of(&original, &issuer(), "p256");
    let asked = || {
        AnnotatedCopy::new(
            RECIPIENT,
            "住房公积金提取",
            "2030-08-01".parse().unwrap(),
            issuer(),
        )
    };
    let plain = verifier(&[], None);
    assert!(matches!(
        asked().compose(&plain, &copy, at()),
        Err(CopyError::NotAuthentic(_))
    ));
    let told = plain.recipient(RECIPIENT);
    assert_eq!(asked().compose(&told, &copy, at()), Err(CopyError::NoRecord));
}

/// The sample residence.json as version `version`, its holder called `holder`: the file and the text of its code.
fn issued_with_code(version: u16, holder: &str) -> (Vec<u8>, String) {
    issued_with(version, holder, |payload| payload)
}

/// The same with another payload than the one that follows from the record.
fn issued_with(version: u16, holder: &str, change: impl Fn(Payload) -> Payload) -> (Vec<u8>, String) {
    let office = office();
    let mut parts = office.record("residence").into_parts();
    let old = &parts.identifier;
    parts.identifier =
        Identifier::compose(old.type_code(), old.issuer_code(), old.serial(), version).unwrap();
    parts.holder.name = holder.to_owned();
    let record = Record::new(parts).unwrap();
    let draft = yinxin::compose::Template::builtin("residence")
        .unwrap()
        .compose(&record)
        .unwrap();
    let sealed = draft
        .bind(change(Payload::of(&record)))
        .seal(&office.seal(), &office.signer(), at());
    let sealed = sealed.unwrap();
    (sealed.to_bytes(), sealed.code_text().unwrap().to_owned())
}

fn issued(version: u16, holder: &str) -> Vec<u8> {
    issued_with_code(version, holder).0
}

fn issued_code(version: u16, holder: &str) -> String {
    issued_with_code(version, holder).1
}

fn said(report: &Report) -> (Outcome, &'static str) {
    (report.outcome, report.findings[0].code.name())
}

const STANDS: (Outcome, &str) = (Outcome::Authentic, "record.sample");
const REPLACED: (Outcome, &str) = (Outcome::NotAuthentic, "status.replaced");
const FORKED: (Outcome, &str) = (Outcome::Indeterminate, "status.forked");

/// A way to verify one of the results.
type Judge<'a> = &'a dyn Fn() -> Report;

/// Every order of the same results says the same of each of them.
fn settled<const N: usize>(files: [(&str, Judge<'_>); N]) -> Vec<(Outcome, &'static str)> {
    let mut expected: Option<Vec<(Outcome, &'static str)>> = None;
    let mut order: Vec<usize> = (0..N).collect();
    for turn in 0..N * 2 {
        order.rotate_left(1);
        if turn == N {
            order.reverse();
        }
        let given = order.iter().map(|at| files[*at].1()).collect();
        let reports = settle_versions(given);
        let mut named: Vec<_> = order.iter().zip(reports.iter().map(said)).collect();
        named.sort_by_key(|(at, _)| **at);
        let all: Vec<_> = named.into_iter().map(|(_, said)| said).collect();
        assert_eq!(
            *expected.get_or_insert_with(|| all.clone()),
            all,
            "{order:?} of {:?}",
            files.map(|(name, _)| name)
        );
    }
    expected.unwrap()
}

#[test]
fn of_versions_the_latest_authentic_one_stands_in_whatever_order_they_are_given() {
    let verifier = verifier(&[], None);
    let (first, second, third) = (issued(1, "林若溪"), issued(2, "林若溪"), issued(3, "林若溪"));
    let one = || verifier.verify_pdf(&first, at());
    let two = || verifier.verify_pdf(&second, at());
    let three = || verifier.verify_pdf(&third, at());
    assert_eq!(
        settled([("1", &one), ("2", &two), ("3", &three)]),
        [REPLACED, REPLACED, STANDS]
    );
    assert_eq!(settled([("1", &one)]), [STANDS]);
    // A forged chain: the later version was altered, or is by somebody else.
    let mut damaged = third.clone();
    let middle = damaged.len() / 2;
    damaged[middle] ^= 1;
    let forged = || verifier.verify_pdf(&damaged, at());
    assert_ne!(forged().outcome, Outcome::Authentic);
    assert_eq!(
        settled([("1", &one), ("2", &two), ("3", &forged)])[..2],
        [REPLACED, STANDS]
    );
    let stranger = office().verifier_with(list_of(vec![entry(&hall(), &["ed25519"], &[&kind()])]));
    let unknown = || stranger.verify_pdf(&third, at());
    assert_ne!(unknown().outcome, Outcome::Authentic);
    assert_eq!(settled([("2", &two), ("3", &unknown)])[0], STANDS);
    // The same twice contradicts nothing.
    assert_eq!(settled([("a", &two), ("b", &two)]), [STANDS, STANDS]);
    // A code says a part of what its file says.
    let own = office().issue("residence");
    let (text, own) = (own.code_text().unwrap().to_owned(), own.to_bytes());
    let code = || verifier.verify_text(&text, at());
    let file = || verifier.verify_pdf(&own, at());
    let both = settled([("code", &code), ("file", &file)]);
    assert!(
        both.iter().all(|(outcome, _)| *outcome == Outcome::Authentic),
        "{both:?}"
    );
    // A copy of an earlier version is replaced with it; a copy replaces nothing.
    let told = verifier.clone().recipient(RECIPIENT);
    let (old, new) = (
        copy_of(&first, &issuer(), "p256"),
        copy_of(&second, &issuer(), "p256"),
    );
    let old = || told.verify_pdf(&old, at());
    let new = || told.verify_pdf(&new, at());
    let found = settled([("copy of 1", &old), ("copy of 2", &new), ("2", &two)]);
    assert_eq!(
        (found[0], found[1].0, found[2]),
        (REPLACED, Outcome::Authentic, STANDS)
    );
    let found = settled([("copy of 2", &new), ("1", &one)]);
    assert_eq!((found[0].0, found[1]), (Outcome::Authentic, STANDS));
}

/// A licence that was transferred: the number of the holder before fits the version before, and does not make it stand.
#[test]
fn a_later_version_of_another_holder_takes_the_place_of_the_one_before() {
    let office = office();
    let mut parts = office.record("residence").into_parts();
    let (old, before) = (parts.identifier.clone(), parts.holder.code.clone());
    parts.identifier = Identifier::compose(old.type_code(), old.issuer_code(), old.serial(), 2).unwrap();
    parts.holder.code = "109900199201014022".to_owned();
    assert_ne!(parts.holder.code, before);
    let record = Record::new(parts).unwrap();
    let draft = yinxin::compose::Template::builtin("residence")
        .unwrap()
        .compose(&record)
        .unwrap();
    let second = draft
        .bind(Payload::of(&record))
        .seal(&office.seal(), &office.signer(), at())
        .unwrap()
        .to_bytes();
    let first = issued(1, "林若溪");
    let verifier = verifier(&[], None).holder(before);
    let one = || verifier.verify_pdf(&first, at());
    let two = || verifier.verify_pdf(&second, at());
    assert_eq!(
        (one().outcome, two().outcome),
        (Outcome::Authentic, Outcome::NotAuthentic)
    );
    assert_eq!(settled([("1", &one), ("2", &two)])[0], REPLACED);
}

#[test]
fn two_that_both_claim_to_replace_leave_it_open_which_stands() {
    let verifier = verifier(&[], None);
    let files = [
        issued(1, "林若溪"),
        issued(2, "林若溪"),
        issued(2, "林若兮"),
        issued(3, "林若溪"),
    ];
    let one = || verifier.verify_pdf(&files[0], at());
    let two = || verifier.verify_pdf(&files[1], at());
    let other = || verifier.verify_pdf(&files[2], at());
    let three = || verifier.verify_pdf(&files[3], at());
    assert_eq!(other().outcome, Outcome::Authentic);
    assert_eq!(
        settled([("1", &one), ("2", &two), ("other 2", &other)]),
        [REPLACED, FORKED, FORKED]
    );
    assert_eq!(
        settled([("2", &two), ("other 2", &other), ("3", &three)]),
        [REPLACED, REPLACED, STANDS]
    );
    // One of which it is not known how it stands now contradicts as well.
    let place = yinxin::payload::StatusReference::new("https://zm.binhai.example/s/2", 1).unwrap();
    let (open_other, _) = issued_with(2, "林若兮", |payload| payload.with_status(place.clone()));
    let open_other = || verifier.verify_pdf(&open_other, at());
    assert_eq!(open_other().findings[0].code.name(), "status.not-given");
    assert_eq!(
        settled([("2", &two), ("open other 2", &open_other)]),
        [FORKED, FORKED]
    );
    // Codes alone, and a code beside a file that says otherwise.
    let texts = [issued_code(2, "林若溪"), issued_code(2, "林若兮")];
    let code = || verifier.verify_text(&texts[0], at());
    let other_code = || verifier.verify_text(&texts[1], at());
    let open = |found: &[(Outcome, &str)]| {
        found
            .iter()
            .all(|(outcome, _)| *outcome == Outcome::Indeterminate)
    };
    assert!(open(&settled([("code", &code), ("other code", &other_code)])));
    assert!(open(&settled([("2", &two), ("other code", &other_code)])));
    let found = settled([("2", &two), ("code", &code)]);
    assert!(
        found.iter().all(|(outcome, _)| *outcome == Outcome::Authentic),
        "{found:?}"
    );
}

/// A list on which place 1 stands as `word`; the office's own, good for a week unless it is `stale`.
fn status_of(uri: &str, word: &str) -> StatusList {
    let mut draft = StatusDraft::new(uri, 4, 8, at()).unwrap();
    draft = draft.expires(at().plus_seconds(if word == "stale" { 1 } else { 7 * 86_400 }));
    let status = Status::ALL.into_iter().find(|status| status.name() == word);
    match word {
        "conditional" => draft.set_conditional(1, at().plus_seconds(86_400)).unwrap(),
        _ => draft.set(1, status.unwrap_or(Status::Valid)).unwrap(),
    }
    let signer = signer("p256");
    let unsigned = draft
        .unsigned(signer.algorithm(), &signer.chain()[0].kid())
        .unwrap();
    let signature = signer.sign(&unsigned.to_be_signed()).unwrap();
    StatusList::parse(&unsigned.finish(&signature).unwrap(), &Limits::DEFAULT).unwrap()
}

#[test]
fn a_later_version_that_stands_no_more_does_not_bring_back_the_one_before() {
    const URI: &str = "https://zm.binhai.example/s/2";
    let place = yinxin::payload::StatusReference::new(URI, 1).unwrap();
    let (second, code) = issued_with(2, "林若溪", |payload| payload.with_status(place.clone()));
    let (first, copied) = (
        issued(1, "林若溪"),
        copy_of(&issued(1, "林若溪"), &issuer(), "p256"),
    );
    let later = at().plus_seconds(60);
    let certificates = pem("intermediate");
    for (word, before) in [
        ("valid", REPLACED),
        ("revoked", REPLACED),
        ("suspended", REPLACED),
        ("replaced", REPLACED),
        // Whether it still stands is not known, that it took the place of the first is.
        ("stale", REPLACED),
        ("", REPLACED),
        // These never took effect.
        ("conditional", STANDS),
        ("lapsed", STANDS),
    ] {
        let list = list_of(vec![entry(&issuer(), &["p256"], &[&kind()])]);
        let trust = Trust::new()
            .roots(pem("root"))
            .certificates(certificates.clone())
            .list(list);
        let lists = (!word.is_empty()).then(|| status_of(URI, word));
        let verifier = Verifier::new(trust.statuses(lists)).recipient(RECIPIENT);
        let one = || verifier.verify_pdf(&first, later);
        let copy = || verifier.verify_pdf(&copied, later);
        let two = || verifier.verify_pdf(&second, later);
        let two_alone = || verifier.verify_text(&code, later);
        assert_eq!(two().outcome == Outcome::Authentic, word == "valid", "{word}");
        for two in [&two as Judge<'_>, &two_alone] {
            let found = settled([("1", &one), ("copy of 1", &copy), ("2", two)]);
            assert_eq!(found[0], before, "{word}");
            assert_eq!(found[1].0, before.0, "{word}");
        }
    }
}
