//! Kinds of signature besides the seal: time stamps, which are right and what the others come to, and outdated forms.

mod common;
#[path = "common/forge.rs"]
mod forge;
#[path = "common/stamp.rs"]
mod stamp;

use common::{Office, at, pem};
use stamp::{Token, stamped, stamped_as, with_form};
use yinxin::asn1::{tag, tlv};
use yinxin::cms::build::{signed_attributes, signed_data};
use yinxin::crypto::SignatureAlgorithm;
use yinxin::draft::Draft;
use yinxin::limits::Limits;
use yinxin::pki::{Certificate, Signer, SoftwareSigner};
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
fn a_sealed_file_with_document_time_stamps_behind_it_is_authentic() {
    let mut file = forge::small(&office());
    for times in 1..=50 {
        file = stamped_as(
            &file,
            &Token::default(),
            "/Type/DocTimeStamp/SubFilter/ETSI.RFC3161",
            &format!("Stamp{times}"),
        );
        if [1, 2, 50].contains(&times) {
            let report = verify(&file);
            assert_eq!(
                report.outcome,
                Outcome::Authentic,
                "{times}: {:#?}",
                report.findings
            );
            assert_eq!(report.seals.len(), times + 1);
            assert!(
                report.seals.iter().all(|seal| seal.intact && seal.trusted),
                "{times}"
            );
        }
    }
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

/// The token with its SignedData or its one SignerInfo changed.
fn rebuilt(token: &[u8], change: impl FnOnce(&mut Vec<Vec<u8>>, &mut Vec<Vec<u8>>)) -> Vec<u8> {
    let [kind, outer] = <[_; 2]>::try_from(stamp::children(token)).unwrap();
    let mut data = stamp::children(&stamp::children(&outer)[0]);
    let mut signer = stamp::children(&stamp::children(data.last().unwrap())[0]);
    change(&mut data, &mut signer);
    *data.last_mut().unwrap() = tlv(tag::SET, &[&stamp::joined(tag::SEQUENCE, &signer)]);
    let data = stamp::joined(tag::SEQUENCE, &data);
    tlv(
        tag::SEQUENCE,
        &[&kind, &tlv(tag::CONTEXT_0_CONSTRUCTED, &[&data])],
    )
}

#[test]
fn tokens_that_lack_a_part_are_refused_for_that_part() {
    let without_content = |token: Vec<u8>| {
        rebuilt(&token, |data, _| {
            data[2] = tlv(tag::SEQUENCE, &[&stamp::children(&data[2])[0]]);
        })
    };
    let without_attributes = |token: Vec<u8>| rebuilt(&token, |_, signer| drop(signer.remove(3)));
    let without_certificate = |token: Vec<u8>| rebuilt(&token, |data, _| drop(data.remove(3)));
    type Change = fn(Vec<u8>) -> Vec<u8>;
    let cases: [(Change, Code, &str); 3] = [
        (without_content, Code::TimeStampMalformed, "there is no content"),
        (
            without_attributes,
            Code::AttributesWrong,
            "there are no signed attributes",
        ),
        (without_certificate, Code::SignerCertificateMissing, ""),
    ];
    for (finish, code, evidence) in cases {
        let token = Token {
            finish,
            ..Token::default()
        };
        let report = verify(&stamped(&with_form(), &token));
        assert_eq!(codes(&report), [code], "{:?}", report.findings);
        assert_eq!(report.findings[0].evidence, evidence);
        assert!(!stamp_of(&report).intact);
    }
}

#[test]
fn a_time_stamp_that_cannot_be_judged_names_its_authority_all_the_same() {
    let other = Token {
        imprint_of: Some(b"other".to_vec()),
        ..Token::default()
    };
    let report = verify(&stamped(&with_form(), &other));
    assert!(stamp_of(&report).signer.as_ref().unwrap().contains("tsa"));
    assert_eq!(stamp_of(&report).algorithm, None);
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

/// The older form may be a signature over the bytes themselves; PAdES never is (EN 319 142-1, clause 6.3).
#[test]
fn only_the_older_form_may_go_without_signed_attributes() {
    let direct = |covered: &[u8]| {
        let signer = common::signer("p256");
        let chain: Vec<&[u8]> = signer.chain().iter().map(Certificate::der).collect();
        let algorithm = SignatureAlgorithm::EcdsaP256Sha256;
        let attributes = signed_attributes(algorithm, &[0; 32], chain[0]).unwrap();
        let made = signed_data(algorithm, &chain, &attributes, &signer.sign(covered).unwrap()).unwrap();
        rebuilt(&made, |_, info| drop(info.remove(3)))
    };
    let older = "/Type/Sig/SubFilter/adbe.pkcs7.detached";
    let report = verify(&stamp::appended(&with_form(), older, "Older", direct));
    assert_eq!(report.outcome, Outcome::Authentic, "{:?}", report.findings);
    assert!(codes(&report).contains(&Code::SignerCertificateUnbound));
    let other_bytes = |covered: &[u8]| direct(&covered[1..]);
    let report = verify(&stamp::appended(&with_form(), older, "Older", other_bytes));
    assert_eq!(codes(&report), [Code::SignatureInvalid]);
    let pades = "/Type/Sig/SubFilter/ETSI.CAdES.detached";
    let report = verify(&stamp::appended(&with_form(), pades, "Newer", direct));
    assert_eq!(codes(&report), [Code::AttributesWrong]);
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

#[test]
fn a_document_time_stamp_with_something_behind_its_token_is_doubt() {
    let padded = stamped(&with_form(), &Token::default());
    let at = padded.windows(4).rposition(|w| w == b"0>>>").unwrap();
    let mut changed = padded.clone();
    changed[at] = b'1';
    let report = verify(&changed);
    assert_eq!(codes(&report), [Code::PaddingWrong]);
    assert!(stamp_of(&report).intact);
}

/// The report on a file whose one signature is of the outdated kind `sub_filter` and has the value `value`.
fn outdated(sub_filter: &str, more: &str, value: Vec<u8>) -> Report {
    let entries = format!("/Type/Sig/SubFilter/{sub_filter}{more}");
    verify(&stamp::appended(&with_form(), &entries, "Old", |_| value))
}

/// A container as `adbe.pkcs7.sha1` has it, with `content` where the SHA-1 digest belongs.
fn with_content(content: &[u8]) -> Vec<u8> {
    let value = stamp::value_of(&forge::roomy(&office()));
    let [kind, outer] = <[_; 2]>::try_from(stamp::children(&value)).unwrap();
    let mut members = stamp::children(&stamp::children(&outer)[0]);
    let octets = tlv(tag::OCTET_STRING, &[content]);
    let content = tlv(tag::CONTEXT_0_CONSTRUCTED, &[&octets]);
    members[2] = tlv(tag::SEQUENCE, &[&stamp::children(&members[2])[0], &content]);
    let data = stamp::joined(tag::SEQUENCE, &members);
    tlv(
        tag::SEQUENCE,
        &[&kind, &tlv(tag::CONTEXT_0_CONSTRUCTED, &[&data])],
    )
}

#[test]
fn a_digest_of_sha1_is_refused_as_weak_and_its_signer_named() {
    let report = outdated("adbe.pkcs7.sha1", "", with_content(&[7; 20]));
    assert_eq!(codes(&report), [Code::AlgorithmRejected]);
    assert!(report.seals[0].signer.as_ref().unwrap().contains("p256"));
    assert!(!report.seals[0].intact && report.seals[0].kind == SealKind::Seal);
}

#[test]
fn what_only_says_to_be_a_digest_of_sha1_is_refused_for_what_it_is() {
    for length in [19, 21] {
        let report = outdated("adbe.pkcs7.sha1", "", with_content(&vec![7; length]));
        assert_eq!(codes(&report), [Code::EnvelopedContent], "{length}");
    }
    let garbage = outdated("adbe.pkcs7.sha1", "", vec![0x30, 0]);
    assert_eq!(codes(&garbage), [Code::CmsMalformed]);
    let token = outdated("adbe.pkcs7.sha1", "", Token::default().over(b""));
    assert_eq!(codes(&token), [Code::ContentTypeWrong]);
}

#[test]
fn a_bare_signature_is_refused_as_weak_and_its_signer_named() {
    let certificate = pem("rsa2048")[0].der().to_vec();
    let digits: String = certificate.iter().map(|byte| format!("{byte:02x}")).collect();
    let value = tlv(tag::OCTET_STRING, &[&[7; 256]]);
    for (more, named) in [
        (format!("/Cert<{digits}>"), true),
        (format!("/Cert[<{digits}><00>]"), true),
        ("/Cert<00>".to_owned(), false),
        (String::new(), false),
    ] {
        let report = outdated("adbe.x509.rsa_sha1", &more, value.clone());
        assert_eq!(codes(&report), [Code::AlgorithmRejected], "{named}");
        assert_eq!(report.seals[0].signer.is_some(), named);
    }
    let malformed = outdated("adbe.x509.rsa_sha1", "", tlv(tag::SEQUENCE, &[&[7; 9]]));
    assert_eq!(codes(&malformed), [Code::CmsMalformed]);
}

#[test]
fn a_bare_signature_larger_than_the_limit_is_not_read() {
    let value = tlv(tag::OCTET_STRING, &[&[7; 256]]);
    let entries = "/Type/Sig/SubFilter/adbe.x509.rsa_sha1";
    let file = stamp::appended(&with_form(), entries, "Old", |_| value.clone());
    for (most, code) in [
        (value.len(), Code::AlgorithmRejected),
        (value.len() - 1, Code::CmsMalformed),
    ] {
        let mut limits = Limits::DEFAULT;
        limits.cms_bytes = most;
        let verifier = Verifier::new(Trust::new().roots(pem("root"))).limits(limits);
        assert_eq!(codes(&verifier.verify_pdf(&file, at())), [code], "{most}");
    }
}

/// Tests of rules that only show at another time than the others'.
#[test]
fn an_rsa_key_of_2048_bits_is_accepted_to_the_end_of_2030_and_longer_ones_after() {
    let outcome = |key: &str, at: &str| {
        let office = Office::with_key(key);
        let verifier = Verifier::new(Trust::new().roots(pem("root")));
        let report = verifier.verify_pdf(&forge::small(&office), at.parse().unwrap());
        common::outcome_and_lead(&report)
    };
    assert_eq!(outcome("rsa2048", "2030-12-31T23:59:59Z").0, Outcome::Authentic);
    assert_eq!(
        outcome("rsa2048", "2031-01-01T00:00:00Z"),
        (Outcome::Indeterminate, Code::AlgorithmRejected)
    );
    assert_eq!(outcome("rsa3072", "2031-01-01T00:00:00Z").0, Outcome::Authentic);
    assert_eq!(outcome("p256", "2031-01-01T00:00:00Z").0, Outcome::Authentic);
}

#[test]
fn a_path_through_an_rsa_key_of_2048_bits_is_accepted_to_the_end_of_2030() {
    let key = String::from_utf8(common::read("test-vectors/keys/p256-by-rsa.key.pem")).unwrap();
    let signer = SoftwareSigner::from_pem(&key, pem("p256-by-rsa")).unwrap();
    let draft = Draft::open(forge::page(200, 200, ""), &Limits::DEFAULT).unwrap();
    let sealing = draft.without_code().place(forge::place());
    let file = sealing.seal(&forge::mark(), &signer, at()).unwrap().into_bytes();
    let verifier = Verifier::new(Trust::new().roots(pem("rsa-root")));
    let report = |at: &str| verifier.verify_pdf(&file, at.parse().unwrap());
    assert_eq!(report("2030-12-31T23:59:59Z").outcome, Outcome::Authentic);
    let late = report("2031-01-01T00:00:00Z");
    assert_eq!(
        common::outcome_and_lead(&late),
        (Outcome::Indeterminate, Code::AlgorithmRejected)
    );
    assert!(
        late.findings[0].evidence.starts_with("certificate of "),
        "{:?}",
        late.findings
    );
    assert!(late.seals[0].intact && !late.seals[0].trusted);
}

#[test]
fn more_time_stamps_than_the_limit_are_not_checked_and_that_is_told() {
    let file = forge::roomy(&office());
    let two = stamp::sealed_with(&file, |value| {
        let later = Token {
            time: "20300801000000Z",
            ..Token::default()
        };
        vec![Token::default().over(value), later.over(value)]
    });
    let checked = |most: usize| {
        let mut limits = Limits::DEFAULT;
        limits.signatures = most;
        let verifier = Verifier::new(Trust::new().roots(pem("root"))).limits(limits);
        let report = verifier.verify_pdf(&two, at());
        (
            report.seals[0].time_stamps.len(),
            codes(&report).contains(&Code::TimeStampUnusable),
        )
    };
    assert_eq!(checked(1), (1, true));
    assert_eq!(checked(2), (2, false));
}
