//! Time stamps in sealed files: which are right, and what the others come to.

mod common;
#[path = "common/forge.rs"]
mod forge;
#[path = "common/stamp.rs"]
mod stamp;

use common::{Office, at, pem};
use stamp::{Token, stamped, stamped_as, with_form};
use yinxin::verify::{Code, Outcome, Report, SealFacts, SealKind, Severity, Trust, Verifier};

fn office() -> Office {
    Office::with_key("p256")
}

fn verify(file: &[u8]) -> Report {
    Verifier::new(Trust::new().roots(pem("root"))).verify_pdf(file, at())
}

fn codes(report: &Report) -> Vec<Code> {
    report.findings.iter().map(|finding| finding.code).collect()
}

fn stamp_of(report: &Report) -> &SealFacts {
    let found = report
        .seals
        .iter()
        .find(|seal| seal.kind == SealKind::DocumentTimeStamp);
    found.unwrap_or_else(|| panic!("{:?}", report.seals))
}

/// A sealed file with a document time stamp behind it; nothing between.
fn sealed_and_stamped(token: &Token) -> Report {
    verify(&stamped(&forge::roomy(&office()), token))
}

/// A sealed file with `tokens` in its unsigned attributes.
fn sealed_with(tokens: impl FnOnce(&[u8]) -> Vec<Vec<u8>>) -> Report {
    verify(&stamp::sealed_with(&forge::roomy(&office()), tokens))
}

#[test]
fn a_document_time_stamp_by_a_trusted_authority_states_its_time() {
    let report = sealed_and_stamped(&Token::default());
    let facts = stamp_of(&report);
    assert!(facts.intact && facts.trusted, "{:?}", report.findings);
    assert_eq!(facts.time_stamps.len(), 1);
    assert_eq!(facts.time_stamps[0].time, "2030-07-01T04:05:00Z".parse().unwrap());
    assert_eq!(facts.time_stamps[0].accuracy_seconds, Some(1));
    assert!(facts.time_stamps[0].authority.contains("tsa"), "{facts:?}");
    assert!(!codes(&report).contains(&Code::TimeStampUntrusted));
}

#[test]
fn a_time_stamp_alone_proves_nothing_about_a_file() {
    let report = verify(&stamped(&with_form(), &Token::default()));
    assert!(stamp_of(&report).trusted);
    assert_eq!(report.outcome, Outcome::Indeterminate, "{:?}", report.findings);
}

#[test]
fn a_document_time_stamp_of_an_unknown_authority_is_a_note() {
    let file = stamped(&with_form(), &Token::default());
    let report = Verifier::new(Trust::new().roots(pem("other-root"))).verify_pdf(&file, at());
    assert_eq!(codes(&report), [Code::TimeStampUntrusted]);
    assert!(stamp_of(&report).intact && !stamp_of(&report).trusted);
    assert_eq!(Code::TimeStampUntrusted.severity(), Severity::Note);
}

#[test]
fn document_time_stamps_that_are_wrong_are_refused_each_for_its_reason() {
    let cases: [(&str, Token, Code); 9] = [
        (
            "of other bytes",
            Token {
                imprint_of: Some(b"other".to_vec()),
                ..Token::default()
            },
            Code::TimeStampImprint,
        ),
        (
            "of version 2",
            Token {
                version: 2,
                ..Token::default()
            },
            Code::TimeStampMalformed,
        ),
        (
            "of a local time",
            Token {
                time: "20300701040500+0800",
                ..Token::default()
            },
            Code::TimeStampMalformed,
        ),
        (
            "with other content",
            Token {
                is_tst_info: false,
                ..Token::default()
            },
            Code::TimeStampMalformed,
        ),
        (
            "by a key for seals",
            Token {
                key: "p256",
                ..Token::default()
            },
            Code::TimeStampPurpose,
        ),
        (
            "by a key that is for other things as well",
            Token {
                key: "tsa-loose",
                ..Token::default()
            },
            Code::TimeStampPurpose,
        ),
        (
            "with SHA-1",
            Token {
                imprint_algorithm: &[0x2b, 0x0e, 0x03, 0x02, 0x1a],
                ..Token::default()
            },
            Code::AlgorithmRejected,
        ),
        (
            "that names no certificate",
            Token {
                attributes: |mut all| {
                    all.retain(|attribute| attribute.len() < 64);
                    all
                },
                ..Token::default()
            },
            Code::AttributesWrong,
        ),
        (
            "changed afterwards",
            Token {
                finish: |mut token| {
                    let at = token.windows(15).position(|w| w == b"20300701040500Z").unwrap();
                    token[at + 3] = b'1';
                    token
                },
                ..Token::default()
            },
            Code::DigestMismatch,
        ),
    ];
    for (name, token, code) in cases {
        let report = verify(&stamped(&with_form(), &token));
        assert_eq!(codes(&report), [code], "{name}: {:?}", report.findings);
        let intact = code == Code::TimeStampPurpose;
        assert_eq!(stamp_of(&report).intact, intact, "{name}");
        assert!(!stamp_of(&report).trusted, "{name}");
    }
}

#[test]
fn a_detached_signature_is_no_time_stamp() {
    let value = stamp::value_of(&forge::roomy(&office()));
    let entries = "/Type/DocTimeStamp/SubFilter/ETSI.RFC3161";
    let report = verify(&stamp::appended(&with_form(), entries, "Stamp", |_| value));
    assert_eq!(codes(&report), [Code::TimeStampMalformed]);
}

#[test]
fn type_and_sub_filter_must_belong_together() {
    let right = [
        ("/Type/DocTimeStamp/SubFilter/ETSI.RFC3161", true),
        ("/SubFilter/ETSI.RFC3161", true),
        ("/Type/Sig/SubFilter/ETSI.RFC3161", false),
        ("/Type/Other/SubFilter/ETSI.RFC3161", false),
        ("/Type(DocTimeStamp)/SubFilter/ETSI.RFC3161", false),
        ("/Type/DocTimeStamp/SubFilter/ETSI.CAdES.detached", false),
        ("/Type/DocTimeStamp/SubFilter/adbe.pkcs7.sha1", false),
        ("/Type/DocTimeStamp/SubFilter/ETSI.RFC3161x", false),
        ("/Type/DocTimeStamp", false),
        ("/Type/DocTimeStamp/SubFilter(ETSI.RFC3161)", false),
    ];
    for (entries, known) in right {
        let report = verify(&stamped_as(&with_form(), &Token::default(), entries, "Stamp"));
        let unsupported = codes(&report).contains(&Code::SubFilterUnsupported);
        assert_eq!(unsupported, !known, "{entries}: {:?}", report.findings);
        assert_eq!(report.seals[0].intact, known, "{entries}");
        assert_ne!(report.outcome, Outcome::Authentic, "{entries}");
    }
}

#[test]
fn time_stamps_over_a_seal_are_told_with_it() {
    let report = sealed_with(|value| vec![Token::default().over(value)]);
    assert_eq!(report.outcome, Outcome::Authentic, "{:?}", report.findings);
    let [seal] = report.seals.as_slice() else { panic!() };
    assert_eq!(seal.kind, SealKind::Seal);
    assert_eq!(seal.time_stamps.len(), 1);
    assert!(seal.time_stamps[0].trusted);
    assert_eq!(seal.time_stamps[0].time, "2030-07-01T04:05:00Z".parse().unwrap());
}

#[test]
fn a_time_stamp_over_something_else_than_the_seal_is_doubt() {
    let report = sealed_with(|_| vec![Token::default().over(b"other")]);
    assert_eq!(report.outcome, Outcome::Indeterminate);
    assert_eq!(report.findings[0].code, Code::TimeStampUnusable);
    assert!(report.findings[0].evidence.contains("timestamp.imprint-mismatch"));
    assert!(report.seals[0].intact && report.seals[0].time_stamps.is_empty());
}

#[test]
fn a_time_stamp_over_a_seal_that_is_not_computed_here_is_a_note() {
    let sha1 = Token {
        imprint_algorithm: &[0x2b, 0x0e, 0x03, 0x02, 0x1a],
        ..Token::default()
    };
    let report = sealed_with(|value| vec![sha1.over(value)]);
    assert_eq!(report.outcome, Outcome::Authentic, "{:?}", report.findings);
    assert!(codes(&report).contains(&Code::TimeStampUntrusted));
}

#[test]
fn the_same_time_stamp_twice_is_doubt_and_two_of_them_are_not() {
    let twice = sealed_with(|value| {
        let token = Token::default().over(value);
        vec![token.clone(), token]
    });
    assert_eq!(
        common::outcome_and_lead(&twice),
        (Outcome::Indeterminate, Code::TimeStampDuplicate)
    );
    assert_eq!(twice.seals[0].time_stamps.len(), 1);
    let later = Token {
        time: "20300801000000Z",
        ..Token::default()
    };
    let two = sealed_with(|value| vec![Token::default().over(value), later.over(value)]);
    assert_eq!(two.outcome, Outcome::Authentic, "{:?}", two.findings);
    assert_eq!(two.seals[0].time_stamps.len(), 2);
}
