//! The place on a status list that a seal names: files without a code, and those that whole codes stand for, can be withdrawn.

mod common;
#[path = "common/forge.rs"]
mod forge;
#[path = "common/places.rs"]
mod places;
#[path = "common/stamp.rs"]
mod stamp;

use std::collections::BTreeMap;

use common::{Office, at, entry, list_of, outcome_and_lead, pem, read, signer, time};
use places::{edited, signed_again};
use stamp::Token;
use yinxin::authority::AuthorityList;
use yinxin::cbor::Value;
use yinxin::compose::{Fonts, PreparedTemplate, Template};
use yinxin::copy::AnnotatedCopy;
use yinxin::cose::status::{Status, StatusDraft, StatusList};
use yinxin::draft::{Draft, LargeDraft};
use yinxin::handover::{Agreement, Beside, HandOver, Inquiry, Package, Reader, Role};
use yinxin::limits::Limits;
use yinxin::payload::{Payload, StatusReference, TextForm, Whole, decode_text, encode_text};
use yinxin::pdf::{Password, Skimmed};
use yinxin::pki::{Signer as _, TimeStampError, TimeStamper};
use yinxin::record::{Issuer, Record, SealingOrder};
use yinxin::seal::{
    Allow, Identity, JointFault, Place, Prepared, SealError, Sealed, Sealing, StatusFault, Unstamped,
};
use yinxin::verify::{Carrier, Code, Outcome, Report, Trust, Verifier, settle_versions};
use yinxin::whole::Rebuilder;

const URI: &str = "https://zm.binhai.example/s/7";
const INDEX: u32 = 12_351;
/// Another body, with the key `p384`.
const OTHER: (&str, &str) = ("滨海市政务服务中心", "11109900MB2A100330");

fn place(index: u32) -> StatusReference {
    StatusReference::new(URI, index).unwrap()
}

fn office() -> Office {
    Office::with_key("p256")
}

/// A list by the key `by`, in date at [`at`], with what `change` sets.
fn statuses(by: &str, change: impl FnOnce(&mut StatusDraft)) -> StatusList {
    let mut draft = StatusDraft::new(URI, 4, 100_000, time("2030-07-01T00:00:00Z")).unwrap();
    draft = draft.expires(time("2030-07-08T00:00:00Z"));
    change(&mut draft);
    StatusList::parse(&token(by, &draft), &Limits::DEFAULT).unwrap()
}

fn token(by: &str, draft: &StatusDraft) -> Vec<u8> {
    let signer = signer(by);
    let kid = signer.chain()[0].kid();
    let unsigned = draft.unsigned(signer.algorithm(), &kid).unwrap();
    let signature = signer.sign(&unsigned.to_be_signed()).unwrap();
    unsigned.finish(&signature).unwrap()
}

fn trust(list: Option<AuthorityList>) -> Trust {
    let trust = Trust::new().roots(pem("root")).certificates(pem("intermediate"));
    // What a whole code names is found without an authority list, too.
    let trust = trust.certificates(pem("p256"));
    match list {
        Some(list) => trust.list(list),
        None => trust,
    }
}

fn residence_list() -> AuthorityList {
    let record = office().record("residence");
    let kind = record.kind().code.to_string();
    let other = Issuer {
        name: OTHER.0.to_owned(),
        code: OTHER.1.parse().unwrap(),
    };
    list_of(vec![
        entry(record.issuer(), &["p256", "ed25519"], &[&kind]),
        entry(&other, &["p384"], &[&kind]),
    ])
}

/// Who has looked at `list`, and rebuilds whole codes.
fn window(list: impl IntoIterator<Item = StatusList>) -> Verifier {
    Verifier::new(trust(Some(residence_list())).statuses(list)).rebuilder(Rebuilder::builtin())
}

fn template() -> PreparedTemplate {
    let template = Template::builtin("residence").unwrap();
    template.prepare(&Fonts::bundled()).unwrap()
}

/// The residence proof without a code, with its place in the seal.
fn residence(index: Option<u32>) -> Sealed {
    let draft = office().draft("residence");
    let mut sealing = draft.without_code();
    if let Some(index) = index {
        sealing = sealing.status(place(index));
    }
    sealing.seal(&office().seal(), &office().signer(), at()).unwrap()
}

fn whole_text(sealed: &Sealed) -> String {
    let record = office().record("residence");
    let whole = Whole::of(sealed, &record, &template(), &office().seal()).unwrap();
    whole.text(&TextForm::Compact).unwrap()
}

fn of_status(report: &Report) -> Vec<&'static str> {
    let found = report.findings.iter().map(|finding| finding.code.name());
    found.filter(|name| name.starts_with("status.")).collect()
}

#[derive(serde::Deserialize)]
struct Vectors {
    vector: Vec<Vector>,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Vector {
    name: String,
    file: String,
    #[serde(default)]
    in_any_order: bool,
    seals: Vec<Made>,
    edit: Option<(String, String)>,
    code: Option<u32>,
    beside: Option<u32>,
    #[serde(default = "yes")]
    listed: bool,
    #[serde(default = "first_key")]
    list_by: String,
    #[serde(default)]
    stands: BTreeMap<String, String>,
    outcome: String,
    finding: Vec<String>,
    clause: String,
    why: String,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Made {
    by: String,
    names: Option<u32>,
}

fn yes() -> bool {
    true
}

fn first_key() -> String {
    "p256".to_owned()
}

/// The keys of the bodies of the joint result, in the order of the record.
const KEYS: [&str; 3] = ["p256", "p384", "rsa2048"];

fn joint() -> Record {
    office().record("joint-licence")
}

impl Vector {
    fn list(&self) -> Option<AuthorityList> {
        let list = match self.file.as_str() {
            "joint" => {
                let record = joint();
                let kind = record.kind().code.to_string();
                let bodies = record.issuers().zip(KEYS);
                list_of(
                    bodies
                        .map(|(issuer, key)| entry(issuer, &[key], &[&kind]))
                        .collect(),
                )
            }
            _ => residence_list(),
        };
        self.listed.then_some(list)
    }

    fn statuses(&self) -> Option<StatusList> {
        let list = || {
            statuses(&self.list_by, |draft| {
                for (index, stands) in &self.stands {
                    let status = Status::ALL.into_iter().find(|status| status.name() == stands);
                    let status = status.unwrap_or_else(|| panic!("{stands}"));
                    draft.set(index.parse().unwrap(), status).unwrap();
                }
            })
        };
        (!self.stands.is_empty()).then(list)
    }

    fn joint(&self) -> Record {
        let mut parts = joint().into_parts();
        if self.in_any_order {
            parts.joint.as_mut().unwrap().order = SealingOrder::Any;
        }
        Record::new(parts).unwrap()
    }

    fn draft(&self) -> Draft {
        match self.file.as_str() {
            "residence" => office().draft("residence"),
            "joint" => Template::builtin("food-licence")
                .unwrap()
                .compose(&self.joint())
                .unwrap(),
            "page" => {
                let page = forge::page(600, 800, "0 0 20 20 re f");
                Draft::open(page, &Limits::DEFAULT).unwrap()
            }
            other => panic!("{other}"),
        }
    }

    fn file(&self) -> Vec<u8> {
        let mut draft = self.draft();
        let mut file = vec![];
        for (number, made) in self.seals.iter().enumerate() {
            let code = self.code.filter(|_| number == 0);
            let mut sealing = match code {
                None => draft.without_code(),
                Some(index) => {
                    let payload = Payload::of(&office().record("residence"));
                    draft.bind(payload.with_status(place(index)))
                }
            };
            if self.seals.len() > 1 {
                sealing = sealing.certifies(None);
            }
            if self.file == "joint" {
                let own = KEYS.iter().position(|key| *key == made.by).unwrap();
                sealing = sealing.joint(&joint().issuers().nth(own).unwrap().code);
            } else if number > 0 || self.file == "page" {
                let down = f64::from(u32::try_from(number).unwrap()) * 60.0;
                let (page, x_mm, y_mm) = (0, 60.0, 60.0 + down);
                let place = Place { page, x_mm, y_mm };
                sealing = sealing.place(place).allow(Allow::Overlap);
            }
            if let Some(index) = made.names {
                sealing = sealing.status(place(index));
            }
            let sealed = sealing.seal(&office().seal(), &signer(&made.by), at());
            file = sealed
                .unwrap_or_else(|error| panic!("{}: {error}", self.name))
                .into_bytes();
            draft = Draft::open(file.clone(), &Limits::DEFAULT).unwrap();
        }
        match (&self.edit, self.seals.last()) {
            (Some((from, to)), Some(last)) => signed_again(&edited(&file, from, to), &last.by),
            _ => file,
        }
    }
}

#[test]
fn one_place_counts_and_nobody_but_the_issuing_body_names_it() {
    let text = String::from_utf8(read("test-vectors/status/sealed.toml")).unwrap();
    let vectors: Vectors = toml::from_str(&text).unwrap();
    assert!(vectors.vector.len() >= 35);
    for vector in vectors.vector {
        let name = &vector.name;
        assert!(!vector.clause.is_empty() && !vector.why.is_empty(), "{name}");
        let verifier = Verifier::new(trust(vector.list()).statuses(vector.statuses()));
        let file = vector.file();
        let report = match vector.beside {
            None => verifier.verify_pdf(&file, at()),
            Some(index) => verifier.verify_text_with_pdf(&code(index), &file, at()),
        };
        assert_eq!(
            of_status(&report),
            vector.finding,
            "{name}: {:?}",
            report.findings
        );
        let outcome = format!("{:?}", report.outcome);
        assert_eq!(outcome, vector.outcome, "{name}: {:?}", report.findings);
    }
}

/// A code for the draft of the residence proof.
fn code(index: u32) -> String {
    let draft = office().draft("residence");
    let payload = Payload::of(&office().record("residence")).with_status(place(index));
    let sealed = draft
        .bind(payload)
        .seal(&office().seal(), &office().signer(), at());
    sealed.unwrap().code_text().unwrap().to_owned()
}

#[test]
fn a_printed_whole_code_is_withdrawn_suspended_replaced_and_conditional() {
    let sealed = residence(Some(INDEX));
    let text = whole_text(&sealed);
    let whole = decode_text(&text, &Limits::DEFAULT).unwrap();
    assert_eq!(
        Whole::parse(&whole, &Limits::DEFAULT).unwrap().status(),
        Some(&place(INDEX))
    );
    let deadline = time("2030-07-05T00:00:00Z");
    type Set<'s> = &'s dyn Fn(&mut StatusDraft);
    let cases: [(Set<'_>, Outcome, &[&str]); 6] = [
        (&|_| {}, Outcome::Authentic, &[]),
        (
            &|draft| draft.set(INDEX, Status::Revoked).unwrap(),
            Outcome::NotAuthentic,
            &["status.revoked"],
        ),
        (
            &|draft| draft.set(INDEX, Status::Suspended).unwrap(),
            Outcome::Indeterminate,
            &["status.suspended"],
        ),
        (
            &|draft| draft.set_replaced(INDEX, 2).unwrap(),
            Outcome::NotAuthentic,
            &["status.replaced"],
        ),
        (
            &|draft| draft.set_conditional(INDEX, deadline).unwrap(),
            Outcome::Indeterminate,
            &["status.conditional"],
        ),
        (
            &|draft| draft.set_conditional(INDEX, at()).unwrap(),
            Outcome::NotAuthentic,
            &["status.lapsed"],
        ),
    ];
    for (set, outcome, findings) in cases {
        let verifier = window([statuses("p256", set)]);
        for report in [
            verifier.verify_text(&text, at()),
            verifier.verify_pdf(&sealed.to_bytes(), at()),
            verifier.verify_text_with_pdf(&text, &sealed.to_bytes(), at()),
        ] {
            assert_eq!(report.outcome, outcome, "{:?}", report.findings);
            assert_eq!(of_status(&report), findings);
            let facts = report.status.as_ref().unwrap();
            assert_eq!((facts.uri.as_str(), facts.index), (URI, INDEX));
        }
    }
    let unlooked = window([]).verify_text(&text, at());
    assert_eq!(
        outcome_and_lead(&unlooked),
        (Outcome::Indeterminate, Code::StatusNotGiven)
    );
    assert_eq!(unlooked.carrier, Carrier::Whole);
    let late = window([statuses("p256", |_| {})]).verify_text(&text, time("2030-08-01T00:00:00Z"));
    assert_eq!(
        outcome_and_lead(&late),
        (Outcome::Indeterminate, Code::StatusStale)
    );
}

#[test]
fn the_successor_is_named_and_takes_the_place_of_a_rebuilt_whole() {
    let text = whole_text(&residence(Some(INDEX)));
    let replaced = statuses("p256", |draft| draft.set_replaced(INDEX, 2).unwrap());
    let report = window([replaced]).verify_text(&text, at());
    let evidence = &report.findings[0].evidence;
    let own = office().record("residence").identifier().clone();
    assert!(evidence.starts_with("by "), "{evidence}");
    assert!(evidence.contains(own.serial()), "{evidence}");
    // Judged together with itself nothing changes.
    let settled = settle_versions(vec![report]);
    assert_eq!(settled[0].outcome, Outcome::NotAuthentic);
}

/// The whole object `text` with its status changed by `change`.
fn altered(text: &str, change: impl FnOnce(&mut Vec<(Value, Value)>)) -> String {
    let object = decode_text(text, &Limits::DEFAULT).unwrap();
    let Value::Tag(tag, value) = Value::decode(&object, &Limits::DEFAULT).unwrap() else {
        panic!("no tag");
    };
    let Value::Map(mut members) = *value else {
        panic!("no map");
    };
    change(&mut members);
    let object = Value::Tag(tag, Box::new(Value::Map(members))).encode();
    encode_text(&object, &TextForm::Compact).unwrap()
}

#[test]
fn a_whole_code_whose_place_is_taken_out_moved_or_put_in_gives_no_file() {
    let verifier = window([statuses("p256", |_| {})]);
    let named = whole_text(&residence(Some(INDEX)));
    let unnamed = whole_text(&residence(None));
    let entry = |index: u64| Value::Array(vec![Value::text(URI), Value::Unsigned(index)]);
    let key = Value::Unsigned(18);
    let texts = [
        altered(&named, |members| members.retain(|(own, _)| *own != key)),
        altered(&named, |members| {
            members.retain(|(own, _)| *own != key);
            members.push((key.clone(), entry(12_352)));
        }),
        altered(&unnamed, |members| members.push((key.clone(), entry(12_352)))),
    ];
    for text in texts {
        let report = verifier.verify_text(&text, at());
        assert_eq!(
            outcome_and_lead(&report),
            (Outcome::Indeterminate, Code::CodeRebuiltDiffers)
        );
        assert_eq!(report.rebuilt(), None);
    }
    assert_eq!(verifier.verify_text(&named, at()).outcome, Outcome::Authentic);
    assert_eq!(verifier.verify_text(&unnamed, at()).outcome, Outcome::Authentic);
}

#[test]
fn a_seal_without_a_place_is_written_as_ever() {
    let (with, without) = (residence(Some(INDEX)), residence(None));
    let entry = format!(" /YINX_Status << /URI ({URI}) /Index {INDEX} >>");
    let found = |sealed: &Sealed| {
        let appended = String::from_utf8_lossy(sealed.appended()).into_owned();
        (appended.contains(&entry), appended.contains("YINX"))
    };
    assert_eq!((found(&with), found(&without)), ((true, true), (false, false)));
    let longer = with.appended().len() - without.appended().len();
    // The entry, and offsets behind it that have as many digits.
    assert_eq!(longer, entry.len());
}

#[test]
fn what_was_put_by_for_another_machine_has_its_place_in_the_seal_and_in_the_code() {
    let draft = office().draft("residence");
    let own = office().signer();
    let sealing = draft.without_code().status(place(INDEX));
    let prepared = sealing
        .prepare(&office().seal(), &Identity::of(&own), at())
        .unwrap();
    let put_by = prepared.to_bytes();
    let there = Prepared::from_bytes(&put_by, &draft, &Limits::DEFAULT).unwrap();
    assert_eq!(there.to_bytes(), put_by);
    let signature = own.sign(there.to_be_signed()).unwrap();
    let sealed = there.finish(&signature).unwrap();
    let text = whole_text(&sealed);
    let revoked = || statuses("p256", |draft| draft.set(INDEX, Status::Revoked).unwrap());
    for report in [
        window([revoked()]).verify_text(&text, at()),
        window([revoked()]).verify_pdf(&sealed.to_bytes(), at()),
    ] {
        assert_eq!(
            outcome_and_lead(&report),
            (Outcome::NotAuthentic, Code::StatusRevoked)
        );
    }
}

#[test]
fn a_large_file_and_an_encrypted_one_name_their_place_like_any_other() {
    let revoked = || statuses("p256", |draft| draft.set(INDEX, Status::Revoked).unwrap());
    let page = forge::page(600, 800, "0 0 20 20 re f");
    let mut room = vec![0; page.len()];
    let digest = office().signer().algorithm().digest();
    let skimmed = Skimmed::read(page.as_slice(), &mut room, &[digest]);
    let large = LargeDraft::open(skimmed.unwrap(), &Limits::DEFAULT).unwrap();
    let sealing = large.without_code().place(forge::place()).allow(Allow::Overhang);
    let sealing = sealing.status(place(INDEX));
    let sealed = sealing.seal(&office().seal(), &office().signer(), at()).unwrap();
    let file = [&page, sealed.appended()].concat();
    let encrypted = read("test-vectors/pdf/encrypted/r6-aes-256-empty-user.pdf");
    let draft = Draft::open_with(encrypted, Password::new("owner"), &Limits::DEFAULT).unwrap();
    let sealing = draft.without_code().place(forge::place()).allow(Allow::Overhang);
    let sealing = sealing
        .allow(Allow::Overlap)
        .allow(Allow::PdfaLoss)
        .status(place(INDEX));
    let sealed = sealing.seal(&forge::mark(), &office().signer(), at()).unwrap();
    let appended = String::from_utf8_lossy(sealed.appended()).into_owned();
    assert!(appended.contains("/YINX_Status") && !appended.contains(URI));
    for file in [file, sealed.into_bytes()] {
        let report = window([revoked()]).verify_pdf(&file, at());
        assert_eq!(
            outcome_and_lead(&report),
            (Outcome::NotAuthentic, Code::StatusRevoked),
            "{:?}",
            report.findings
        );
    }
}

#[test]
fn a_package_holds_the_list_by_which_a_file_or_a_whole_code_stood() {
    let sealed = residence(Some(INDEX));
    let mut draft = StatusDraft::new(URI, 4, 100_000, time("2030-07-01T00:00:00Z")).unwrap();
    draft = draft.expires(time("2030-07-08T00:00:00Z"));
    let list = token("p256", &draft);
    let asked = || {
        let inquiry = Inquiry::new(at()).roots(pem("root"));
        let known = [pem("p256"), pem("intermediate")].concat();
        let inquiry = known.iter().fold(inquiry, |inquiry, certificate| {
            inquiry.with(Role::Certificate, certificate.der())
        });
        inquiry.with(Role::StatusList, list.clone())
    };
    let beside = Beside::new().rebuilder(Rebuilder::builtin());
    let inquiries = [
        asked().file("result.pdf", sealed.to_bytes()),
        asked().with(Role::Code, whole_text(&sealed)),
    ];
    for inquiry in inquiries {
        let made = HandOver::verify(inquiry, &beside).unwrap();
        let report = made.report();
        assert_eq!(report.outcome, Outcome::Authentic, "{:?}", report.findings);
        let status = report.status.as_ref().unwrap();
        assert_eq!((status.index, status.listed), (INDEX, Some("valid")));
        let package = made
            .asked_by("滨海市住房公积金管理中心")
            .purpose("住房公积金提取");
        let package = Package::open(package.compose().unwrap().bytes(), &Limits::DEFAULT).unwrap();
        assert!(
            package
                .files()
                .contains(&("status-1.cwt".to_owned(), list.as_slice()))
        );
        let replay = package.replay(&Reader::new(pem("root")), &beside).unwrap();
        assert_eq!(replay.agreement, Agreement::Identical);
    }
}

#[test]
fn a_seal_names_no_place_that_verifiers_would_be_left_in_doubt_about() {
    let draft = office().draft("residence");
    let payload = Payload::of(&office().record("residence"));
    let seal = |sealing: Sealing<'_>| sealing.seal(&office().seal(), &office().signer(), at()).err();
    let unnamed = draft.bind(payload.clone()).status(place(INDEX));
    let other = draft
        .bind(payload.clone().with_status(place(7)))
        .status(place(INDEX));
    for sealing in [unnamed, other] {
        let refused = seal(sealing);
        assert!(
            matches!(refused, Some(SealError::Status(StatusFault::Code))),
            "{refused:?}"
        );
    }
    let same = draft.bind(payload.with_status(place(INDEX))).status(place(INDEX));
    assert!(seal(same).is_none());

    let first = draft.without_code().certifies(None).status(place(INDEX));
    let first = first.seal(&office().seal(), &office().signer(), at()).unwrap();
    let again = Draft::open(first.into_bytes(), &Limits::DEFAULT).unwrap();
    let second = |index: u32| {
        let sealing = again.without_code().certifies(None).place(forge::place());
        seal(
            sealing
                .allow(Allow::Overlap)
                .allow(Allow::Overhang)
                .status(place(index)),
        )
    };
    let refused = second(7);
    let named = matches!(&refused, Some(SealError::Status(StatusFault::Earlier(field))) if field == "Seal1");
    assert!(named, "{refused:?}");
    assert!(second(INDEX).is_none());

    let record = joint();
    let draft = Template::builtin("food-licence")
        .unwrap()
        .compose(&record)
        .unwrap();
    let second = record.issuers().nth(1).unwrap();
    let sealing = draft.without_code().joint(&second.code).status(place(INDEX));
    let refused = sealing.seal(&office().seal(), &signer("p384"), at()).err();
    let leading = &record.issuer().name;
    let named =
        matches!(&refused, Some(SealError::Joint(JointFault::Place { leading: own })) if own == leading);
    assert!(named, "{refused:?}");
}

#[test]
fn a_later_seal_names_no_other_place_than_the_code_drawn_before() {
    let draft = office().draft("residence");
    let payload = Payload::of(&office().record("residence"));
    let sealed = |payload: Payload| {
        let first = draft.bind(payload).certifies(None);
        let first = first.seal(&office().seal(), &office().signer(), at());
        first.unwrap().into_bytes()
    };
    fn again<D: Clone>(sealing: Sealing<'_, D>) -> Option<SealError> {
        let sealing = sealing.certifies(None).place(forge::place()).status(place(INDEX));
        let sealing = sealing.allow(Allow::Overlap).allow(Allow::Overhang);
        sealing.seal(&office().seal(), &office().signer(), at()).err()
    }
    let in_part = |file: &[u8]| {
        let mut room = vec![0; file.len()];
        let digest = office().signer().algorithm().digest();
        let skimmed = Skimmed::read(file, &mut room, &[digest]).unwrap();
        let large = LargeDraft::open(skimmed, &Limits::DEFAULT).unwrap();
        again(large.without_code())
    };
    let whole = |file: Vec<u8>| again(Draft::open(file, &Limits::DEFAULT).unwrap().without_code());
    for other in [payload.clone(), payload.clone().with_status(place(7))] {
        let file = sealed(other);
        for refused in [in_part(&file), whole(file)] {
            assert!(
                matches!(refused, Some(SealError::Status(StatusFault::Code))),
                "{refused:?}"
            );
        }
    }
    let same = sealed(payload.with_status(place(INDEX)));
    for refused in [in_part(&same), whole(same)] {
        assert!(refused.is_none(), "{refused:?}");
    }
}

#[test]
fn a_copy_is_made_of_what_stands_alone_and_can_be_withdrawn_by_its_maker() {
    let file = residence(Some(INDEX)).into_bytes();
    let maker = office().record("residence").issuer().clone();
    let asked = AnnotatedCopy::new(
        "滨海市公积金管理中心",
        "住房公积金提取",
        "2030-08-01".parse().unwrap(),
        maker,
    );
    let stands = window([statuses("p256", |_| {})]);
    for (verifier, why) in [
        (window([]), "was not looked up"),
        (
            window([statuses("p256", |draft| {
                draft.set(INDEX, Status::Revoked).unwrap();
            })]),
            "withdrawn",
        ),
    ] {
        let refused = asked.compose(&verifier, &file, at()).err().unwrap().to_string();
        assert!(refused.contains(why), "{refused}");
    }
    let draft = asked.compose(&stands, &file, at()).unwrap();
    let copy = |sealing: Sealing<'_>| {
        let sealed = sealing.seal(&office().seal(), &office().signer(), at());
        sealed.unwrap().into_bytes()
    };
    let told = |verifier: Verifier, file: &[u8]| {
        let report = verifier.recipient("滨海市公积金管理中心").verify_pdf(file, at());
        (report.outcome, of_status(&report))
    };
    // The original's place says nothing of the copy; a place of the copy is its maker's.
    let plain = copy(draft.without_code());
    assert_eq!(told(window([]), &plain), (Outcome::Authentic, vec![]));
    let named = copy(draft.without_code().status(place(77)));
    let revoked = window([statuses("p256", |draft| {
        draft.set(77, Status::Revoked).unwrap();
    })]);
    assert_eq!(
        told(revoked, &named),
        (Outcome::NotAuthentic, vec!["status.revoked"])
    );
    assert_eq!(told(stands, &named), (Outcome::Authentic, vec![]));
}

#[test]
fn time_stamps_leave_the_place_as_it_is_and_name_none_themselves() {
    /// The test authority, in this process.
    struct Authority;
    impl TimeStamper for Authority {
        fn token_length(&self) -> usize {
            4000
        }

        fn stamp(&self, imprint: &[u8]) -> Result<Vec<u8>, TimeStampError> {
            Ok(Token::default().over_digest(imprint))
        }
    }
    let draft = office().draft("residence");
    let sealing = draft.without_code().time_stamp(&Authority, Unstamped::Refuse);
    let signer = office().signer();
    let file = sealing.status(place(INDEX)).seal(&office().seal(), &signer, at());
    let file = file.unwrap().into_bytes();
    let stamp = "/Type/DocTimeStamp/SubFilter/ETSI.RFC3161";
    let other = format!("{stamp}/YINX_Status<</URI({URI})/Index 77>>");
    let unstamped = stamp::stamped_as(&residence(None).into_bytes(), &Token::default(), &other, "Stamp");
    let files = [
        file.clone(),
        stamp::stamped(&file, &Token::default()),
        stamp::stamped_as(&file, &Token::default(), &other, "Stamp"),
    ];
    let set = |index: u32| {
        window([statuses("p256", |draft| {
            draft.set(index, Status::Revoked).unwrap();
        })])
    };
    // Later than the stamps.
    let time = time("2030-07-02T04:00:00Z");
    for file in files {
        let report = set(INDEX).verify_pdf(&file, time);
        assert_eq!(
            outcome_and_lead(&report),
            (Outcome::NotAuthentic, Code::StatusRevoked)
        );
        let report = set(77).verify_pdf(&file, time);
        assert_eq!(report.outcome, Outcome::Authentic, "{:?}", report.findings);
    }
    let report = set(77).verify_pdf(&unstamped, time);
    assert_eq!(report.outcome, Outcome::Authentic, "{:?}", report.findings);
    assert!(report.status.is_none());
}
