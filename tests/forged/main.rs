//! Attacks that need keys: malicious files sealed by somebody, seals under the wrong trust, codes that were moved or edited.
//!
//! Attacks on the bytes of a sealed file are data: `test-vectors/documents/reject`, run by `verify_vectors.rs`. Together they
//! reach every finding there is, which a test holds.

#[path = "../common/mod.rs"]
mod common;
#[path = "../common/forge.rs"]
mod forge;
#[path = "../common/stamp.rs"]
mod stamp;

mod codes;
mod content;
mod identity;
mod reading;
mod stamps;
mod trust;
mod values;

use std::collections::{BTreeMap, BTreeSet};

use common::{Office, at, open_list, path, pem, read, signer, time};
use forge::{Anatomy, Change, Ending, mark, place};
use yinxin::asn1::{Reader, Rules, ecdsa_fixed_to_der, tag, tlv};
use yinxin::authority::{AuthorityList, CertificateDraft, IssuerDraft, ListDraft};
use yinxin::cbor::Value;
use yinxin::compose::Template;
use yinxin::crypto::{DigestAlgorithm, PrivateKey, SignatureAlgorithm};
use yinxin::draft::Draft;
use yinxin::limits::Limits;
use yinxin::payload::{Payload, TextForm, decode_text, encode_text};
use yinxin::pdf::update::stream_body;
use yinxin::pki::{Certificate, Signer, SoftwareSigner};
use yinxin::record::{Parts, Record};
use yinxin::seal::Place;
use yinxin::symbol::{Level, Symbol};
use yinxin::verify::{Code, Outcome, Report, Severity, Trust, Verifier};

/// What an attack came to.
struct Case {
    name: &'static str,
    report: Report,
    lead: Code,
}

#[derive(Default)]
struct Cases(Vec<Case>);

impl Cases {
    fn add(&mut self, name: &'static str, lead: Code, report: Report) {
        self.0.push(Case { name, report, lead });
    }
}

const P256: &str = "p256";

fn office() -> Office {
    Office::with_key(P256)
}

/// A list under which the office of `residence` may issue it.
fn list_draft() -> ListDraft {
    let record = office().record("residence");
    let mut list = ListDraft::new("滨海市授权名录", time("2030-06-01"), time("2031-06-01"));
    (list.sequence, list.previous) = (7, Some([6; 32]));
    list.issuers = vec![IssuerDraft::new(
        &record.issuer().name,
        record.issuer().code.clone(),
        vec![record.kind().code.to_string().parse().unwrap()],
        vec![certificate(P256)],
    )];
    list
}

/// That list, signed, after `change`.
fn list(change: impl FnOnce(&mut ListDraft)) -> AuthorityList {
    let mut draft = list_draft();
    change(&mut draft);
    let key = String::from_utf8(read("test-vectors/keys/root.key.pem")).unwrap();
    let root = SoftwareSigner::from_pem(&key, pem("root")).unwrap();
    open_list(&draft.sign(&root).unwrap(), "root")
}

fn certificate(key: &str) -> CertificateDraft {
    CertificateDraft::new(pem(key).remove(0), time("2024-01-01"), time("2049-01-01"))
}

fn under(change: impl FnOnce(&mut ListDraft)) -> Verifier {
    office().verifier_with(list(change))
}

fn roots(name: &str) -> Verifier {
    Verifier::new(Trust::new().roots(pem(name)).certificates(pem("intermediate")))
}

/// The record of `residence` after `change`.
fn record(change: impl FnOnce(&mut Parts)) -> Record {
    let mut parts = office().record("residence").into_parts();
    change(&mut parts);
    Record::new(parts).unwrap()
}

fn compose(record: &Record) -> Draft {
    Template::builtin("residence").unwrap().compose(record).unwrap()
}

/// A result with this record, in itself flawless.
fn issue(record: &Record) -> Vec<u8> {
    let draft = compose(record);
    let sealing = draft.bind(Payload::of(record));
    sealing
        .seal(&office().seal(), &office().signer(), at())
        .unwrap()
        .into_bytes()
}

/// A code over `payload` by the named key.
fn code(payload: &Payload, key: &str) -> Vec<u8> {
    let signer = signer(key);
    let unsigned = payload
        .unsigned(signer.algorithm(), &signer.chain()[0].kid())
        .unwrap();
    let signature = signer.sign(&unsigned.to_be_signed()).unwrap();
    unsigned.finish(&signature).unwrap()
}

fn text(cose: &[u8]) -> String {
    encode_text(cose, &TextForm::Compact).unwrap()
}

fn with_draft(payload: Payload, draft: &[u8]) -> Payload {
    let digest = DigestAlgorithm::Sha256.digest(draft).try_into().unwrap();
    payload.with_draft(draft.len() as u64, digest)
}

/// Files that are no sealed documents, or several at once.
fn files(cases: &mut Cases) {
    let office = office();
    let verify = |file: &[u8]| office.verifier().verify_pdf(file, at());
    for (name, file) in [
        ("empty file", &b""[..]),
        ("no PDF", b"\x89PNG\r\n\x1a\n"),
        ("header alone", b"%PDF-1.7\n"),
        ("zeros", &[0; 4096]),
    ] {
        cases.add(name, Code::FileUnreadable, verify(file));
    }
    let approved = forge::seal(&office, forge::page(200, 200, ""), None);
    let twice = forge::seal(&office, approved, None);
    cases.add("sealed twice", Code::ChangedBeforeLaterSeal, verify(&twice));
    let mut limits = Limits::DEFAULT;
    limits.signatures = 1;
    cases.add(
        "more seals than the limit",
        Code::FileUnreadable,
        office.verifier().limits(limits).verify_pdf(&twice, at()),
    );
}

fn all() -> Vec<Case> {
    let mut cases = Cases::default();
    values::values(&mut cases);
    stamps::stamps(&mut cases);
    identity::identity(&mut cases);
    trust::trust(&mut cases);
    content::records(&mut cases);
    content::drawings(&mut cases);
    codes::codes(&mut cases);
    files(&mut cases);
    reading::readings(&mut cases);
    cases.0
}

#[test]
fn attacks_are_answered_by_the_finding_that_names_them_and_every_finding_is_reached() {
    let cases = all();
    let mut wrong = vec![];
    for Case { name, report, lead } in &cases {
        let outcome = match lead.severity() {
            Severity::Fatal => Outcome::NotAuthentic,
            Severity::Doubt => Outcome::Indeterminate,
            Severity::Note => Outcome::Authentic,
        };
        // Notes have no rank worth a promise.
        let leads = match lead.severity() {
            Severity::Note => report.findings.iter().any(|finding| finding.code == *lead),
            _ => report
                .findings
                .first()
                .is_some_and(|finding| finding.code == *lead),
        };
        if report.outcome != outcome
            || !leads
            || report.authentic().is_ok() != (outcome == Outcome::Authentic)
        {
            wrong.push(format!(
                "{name}: expected {lead:?}, found {:?} {:#?}",
                report.outcome, report.findings
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));

    let mut reached: BTreeSet<&str> = cases
        .iter()
        .flat_map(|case| case.report.findings.iter().map(|finding| finding.code.name()))
        .collect();
    let vectors: Vec<String> = [
        "test-vectors/documents/reject",
        "test-vectors/changes",
        "test-vectors/levels",
        "test-vectors/status",
    ]
    .iter()
    .flat_map(|folder| std::fs::read_dir(path(folder)).unwrap())
    .map(|entry| std::fs::read_to_string(entry.unwrap().path()).unwrap())
    .collect();
    // What a code says beyond its signature has tests of its own.
    let elsewhere: Vec<String> = [
        "acceptance_copy.rs",
        "authority_verdicts.rs",
        "copy.rs",
        "joint_seals.rs",
        "lasting.rs",
        "payload_verdicts.rs",
        "whole_carrier.rs",
        "whole_carrier",
    ]
    .iter()
    .map(|name| path("tests").join(name))
    .flat_map(|path| match std::fs::read_dir(&path) {
        Ok(folder) => folder.map(|entry| entry.unwrap().path()).collect(),
        Err(_) => vec![path],
    })
    .map(|path| std::fs::read_to_string(path).unwrap())
    .collect();
    // That these are found is for `verify_vectors.rs`, `changes.rs` and, for what is seen, `seen.rs` to hold.
    let stated = |code: &Code| {
        code.name().starts_with("seen.")
            || elsewhere
                .iter()
                .any(|test| test.contains(&format!("Code::{code:?}")))
            || elsewhere
                .iter()
                .chain(&vectors)
                .any(|told| told.contains(&format!("\"{}\"", code.name())))
    };
    reached.extend(
        Code::ALL
            .iter()
            .filter(|code| stated(code))
            .map(|code| code.name()),
    );
    let missed: Vec<_> = Code::ALL
        .iter()
        .filter(|code| !reached.contains(code.name()))
        .collect();
    assert!(missed.is_empty(), "no attack reaches {missed:?}");
}

/// Writers differ in what they count to the last line (EN 319 142-1, clause 5.4): up to four bytes of it may follow.
#[test]
fn ends_of_line_behind_a_sealed_file_are_the_only_bytes_that_may_follow_it() {
    let (verifier, file) = (office().verifier(), forge::small(&office()));
    for (tail, outcome) in [
        (&b"\n"[..], Outcome::Authentic),
        (b"\r\n\r\n", Outcome::Authentic),
        (b"\n\n\n\n\n", Outcome::NotAuthentic),
        (b" ", Outcome::NotAuthentic),
        (b"\0", Outcome::NotAuthentic),
        (b"%", Outcome::NotAuthentic),
    ] {
        let report = verifier.verify_pdf(&[&file, tail].concat(), at());
        assert_eq!(
            report.outcome,
            outcome,
            "{}: {:#?}",
            tail.escape_ascii(),
            report.findings
        );
    }
}

#[test]
fn a_changed_text_is_the_same_signed_object_or_nothing() {
    let verifier = office().verifier();
    let own = office().record("residence");
    let genuine = text(&code(&Payload::of(&own), P256));
    assert_eq!(verifier.verify_text(&genuine, at()).outcome, Outcome::Authentic);
    let long = format!("YX1:{}", "0".repeat(100_000));
    let mut texts: Vec<String> = [
        "",
        " ",
        "\0",
        "YX1",
        "YX1:",
        "yx1: ",
        "YX1::::",
        "https://",
        "https://#",
        "https://a#",
        "https://a#0",
        "http://a#1",
        "https://\u{202e}a#123",
        "javascript:alert(1)",
        "YX1:\u{ff10}\u{ff11}",
        "%PDF-1.7",
        "https://a#99999999999999999999999999999",
    ]
    .map(str::to_owned)
    .to_vec();
    texts.push(long);
    texts.push(format!("https://a.example/#{}", "9".repeat(8000)));
    texts.push(format!("{genuine}{genuine}"));
    texts.push(genuine.replacen("YX1:", "YX2:", 1));
    // Every character gone, doubled or another.
    for (at, character) in genuine.char_indices().skip(4).step_by(3) {
        let (before, after) = (&genuine[..at], &genuine[at + character.len_utf8()..]);
        texts.push(format!("{before}{after}"));
        texts.push(format!("{before}{character}{character}{after}"));
        let other = if character == 'A' { 'B' } else { 'A' };
        texts.push(format!("{before}{other}{after}"));
    }
    texts.extend((0..genuine.len()).map(|length| genuine[..length].to_owned()));
    let cose = decode_text(&genuine, &Limits::DEFAULT).unwrap();
    for text in texts {
        let report = verifier.verify_text(&text, at());
        // The wrapping is not signed: unused bits of the last byte, or another place in the dictionary that holds the same
        // bytes, give the same signed object again (`docs/FORMAT.md`, "Identity"). It is that object or nothing.
        if report.outcome == Outcome::Authentic {
            assert_eq!(decode_text(&text, &Limits::DEFAULT).unwrap(), cose, "{text}");
        }
        assert!(!report.findings.is_empty(), "{text}");
    }
}

/// A region's list may name certificates of an authority whose root nobody gave: the list speaks for them.
#[test]
fn a_listed_certificate_stands_without_the_root_of_its_issuer() {
    let key = String::from_utf8(read("test-vectors/keys/other-root.key.pem")).unwrap();
    let keeper = SoftwareSigner::from_pem(&key, pem("other-root")).unwrap();
    let list = list_draft().sign(&keeper).unwrap();
    let list = open_list(&list, "other-root");
    let file = office().issue("residence").into_bytes();
    for trust in [Trust::new(), Trust::new().roots(pem("other-root"))] {
        let report = Verifier::new(trust.list(list.clone())).verify_pdf(&file, at());
        assert_eq!(report.outcome, Outcome::Authentic, "{:#?}", report.findings);
    }
}

/// What is checked in a batch must be all that is checked one by one.
#[test]
fn a_batch_of_codes_is_judged_as_each_alone() {
    let ed25519 = Office::with_key("ed25519");
    let (verifier, key) = (ed25519.verifier(), ed25519.signer());
    let claims = Payload::of(&ed25519.record("residence"));
    // Signed with the Ed25519 key, and said to be ECDSA.
    let unsigned = claims
        .unsigned(SignatureAlgorithm::EcdsaP256Sha256, &key.chain()[0].kid())
        .unwrap();
    let signature = key.sign(&unsigned.to_be_signed()).unwrap();
    let said_otherwise = unsigned.finish(&ecdsa_fixed_to_der(&signature).unwrap()).unwrap();
    let texts = [
        text(&said_otherwise),
        text(&said_otherwise),
        text(&code(&claims, "ed25519")),
        text(&codes::edited(&code(&claims, "ed25519"))),
        "nonsense".to_owned(),
    ];
    for chosen in [
        &[0, 1][..],
        &[0, 2],
        &[2, 2],
        &[2, 3],
        &[0, 1, 2, 3, 4],
        &[4],
        &[],
    ] {
        let texts: Vec<&str> = chosen.iter().map(|at| texts[*at].as_str()).collect();
        let together = verifier.verify_texts(&texts, at());
        assert_eq!(together.len(), texts.len());
        for (text, report) in texts.iter().zip(together) {
            let alone = verifier.verify_text(text, at());
            assert_eq!(
                (report.outcome, &report.findings),
                (alone.outcome, &alone.findings),
                "{chosen:?}"
            );
        }
    }
}

#[test]
fn every_bit_of_a_code_counts() {
    let verifier = office().verifier();
    let cose = code(&Payload::of(&office().record("residence")), P256);
    for at_byte in 0..cose.len() {
        for bit in 0..8 {
            let mut changed = cose.clone();
            changed[at_byte] ^= 1 << bit;
            let report = verifier.verify_text(&text(&changed), at());
            assert_ne!(report.outcome, Outcome::Authentic, "byte {at_byte}, bit {bit}");
        }
    }
    assert_eq!(decode_text(&text(&cose), &Limits::DEFAULT).unwrap(), cose);
}

#[test]
fn names_from_the_file_are_made_fit_to_be_shown() {
    let draft = Draft::open(forge::page(200, 200, ""), &Limits::DEFAULT).unwrap();
    let name = format!("\u{202e}\u{1b}[2J{}", "x".repeat(500));
    let sealing = draft.without_code().place(place()).field(name);
    let file = sealing
        .seal(&mark(), &office().signer(), at())
        .unwrap()
        .into_bytes();
    let file = forge::swapped(&file, "/MediaBox[0 0 200", "/MediaBox[0 0 201");
    let report = office().verifier().verify_pdf(&file, at());
    assert_eq!(
        common::outcome_and_lead(&report),
        (Outcome::NotAuthentic, Code::DigestMismatch)
    );
    assert!(
        report.findings[0].object.contains("xxxx"),
        "{:?}",
        report.findings[0]
    );
    for finding in &report.findings {
        let fit = |text: &str| text.chars().all(|c| !c.is_control() && c != '\u{202e}') && text.len() < 200;
        assert!(fit(&finding.object) && fit(&finding.evidence), "{finding:?}");
    }
    for seal in &report.seals {
        assert!(!seal.field.contains('\u{202e}') && seal.field.len() < 200);
    }
}

/// A page with a form of these objects, 5 and on, of which the first is the list of fields.
fn with_fields(objects: &[String]) -> Vec<u8> {
    let mut all = vec![
        "<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields 5 0 R>>>>".to_owned(),
        "<</Type/Pages/Kids[3 0 R]/Count 1>>".to_owned(),
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Contents 4 0 R>>".to_owned(),
        "<</Length 0>>stream\n\nendstream".to_owned(),
    ];
    all.extend(objects.iter().cloned());
    forge::file(&all)
}

#[test]
fn of_many_odd_fields_as_many_are_told_as_there_may_be_seals() {
    let fields = (0..5).map(|n| format!("<</FT/Sig/T(F{n})/V<</Type/Sig>>>>"));
    let file = with_fields(&[format!("[{}]", fields.collect::<String>())]);
    for most in [2, 3, 9] {
        let mut limits = Limits::DEFAULT;
        limits.signatures = most;
        let report = office().verifier().limits(limits).verify_pdf(&file, at());
        let odd = report
            .findings
            .iter()
            .filter(|finding| finding.code == Code::RangeMalformed);
        assert_eq!(odd.count(), most.min(5), "{:?}", report.findings);
    }
}

#[test]
fn a_form_that_is_not_walked_to_its_end_is_not_passed_over() {
    let name = "x".repeat(yinxin::pdf::form::NAME_BYTES + 1);
    let deep = (6..120).map(|number| format!("<</T(a)/Kids[{} 0 R]>>", number + 1));
    let deep: Vec<String> = ["[6 0 R]".to_owned()]
        .into_iter()
        .chain(deep)
        .chain(["null".to_owned()])
        .collect();
    let long = format!("[{}]", "<</T(a)>>".repeat(3000));
    for (objects, code, evidence) in [
        (
            vec![format!("[<</FT/Sig/T({name})>>]")],
            Code::FileAmbiguous,
            "name is longer",
        ),
        (
            vec!["[6 0 R 6 0 R]".to_owned(), "<</T(a)>>".to_owned()],
            Code::FileAmbiguous,
            "in the form twice",
        ),
        (deep, Code::FileUnreadable, "nested deeper"),
        (vec![long], Code::FileUnreadable, "more than the limit"),
    ] {
        let mut limits = Limits::DEFAULT;
        limits.pdf_objects = 5000;
        let report = office()
            .verifier()
            .limits(limits)
            .verify_pdf(&with_fields(&objects), at());
        let told = report
            .findings
            .iter()
            .any(|finding| finding.code == code && finding.evidence.contains(evidence));
        assert!(told, "{evidence}: {:?}", report.findings);
    }
}
