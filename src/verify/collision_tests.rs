//! Two certificates on the list with one key identifier. Eight bytes of SHA-256 take some 2^32 certificates to make alike, which somebody
//! may do; here the list's index is made to say so. The identifier is a hint: whoever stands first, the signature decides.

use super::{Code, Outcome, Report, Trust, Verifier};
use crate::authority::{AuthorityList, CertificateDraft, IssuerDraft, ListDraft, Memory, Roots};
use crate::cose::status::{Status, StatusDraft, StatusList};
use crate::limits::Limits;
use crate::payload::{Payload, StatusReference, TextForm, encode_text};
use crate::pki::{Certificate, Signer, SoftwareSigner};
use crate::record::Record;
use crate::time::Time;

const URI: &str = "https://zm.binhai.example/s/7";
const POLICE: (&str, &str) = (
    include_str!("../../test-vectors/keys/p256.cert.pem"),
    include_str!("../../test-vectors/keys/p256.key.pem"),
);
const MARKET: (&str, &str) = (
    include_str!("../../test-vectors/keys/ed25519.cert.pem"),
    include_str!("../../test-vectors/keys/ed25519.key.pem"),
);
const ROOT: (&str, &str) = (
    include_str!("../../test-vectors/keys/root.cert.pem"),
    include_str!("../../test-vectors/keys/root.key.pem"),
);

fn time(text: &str) -> Time {
    text.parse().unwrap()
}

fn certificate((pem, _): (&str, &str)) -> Certificate {
    Certificate::from_pem_many(pem).unwrap().remove(0)
}

fn signer(pair: (&str, &str)) -> SoftwareSigner {
    SoftwareSigner::from_pem(pair.1, vec![certificate(pair)]).unwrap()
}

fn record() -> Record {
    let json = include_bytes!("../../examples/data/records/residence.json");
    Record::from_json(json, &Limits::DEFAULT).unwrap()
}

/// The police may issue the record, the market another type; both are found under the identifiers of both.
fn list(first: (&str, &str), second: (&str, &str)) -> AuthorityList {
    let entry = |name: &str, code: &str, types: &str, pair| {
        let listed = CertificateDraft::new(certificate(pair), time("2024-01-01"), time("2049-01-01"));
        IssuerDraft::new(
            name,
            code.parse().unwrap(),
            vec![types.parse().unwrap()],
            vec![listed],
        )
    };
    let mut draft = ListDraft::new("滨海市授权名录", time("2030-06-01"), time("2031-06-01"));
    draft.issuers = vec![
        entry(
            "滨海市公安局",
            "11109900MB2A10113K",
            "11109900MB2A000628021",
            POLICE,
        ),
        entry(
            "滨海市市场监督管理局",
            "11109900MB2A10543D",
            "11109900MB2A000628055",
            MARKET,
        ),
    ];
    let root = signer(ROOT);
    let mut memory = Memory::new(time("2030-06-05"));
    let pinned = Roots::any_of([certificate(ROOT)]).unwrap();
    let list = AuthorityList::open(
        &draft.sign(&root).unwrap(),
        &pinned,
        &mut memory,
        &Limits::DEFAULT,
    )
    .unwrap();
    list.with_collision(&certificate(first), &certificate(second))
}

/// The code of the record, signed by `by`, that says it was signed by the key of `named`.
fn code(named: (&str, &str), by: (&str, &str)) -> String {
    let payload = Payload::of(&record()).with_draft(3, [7; 32]);
    let payload = payload.with_status(StatusReference::new(URI, 5).unwrap());
    let signer = signer(by);
    let unsigned = payload
        .unsigned(signer.algorithm(), &certificate(named).kid())
        .unwrap();
    let signature = signer.sign(&unsigned.to_be_signed()).unwrap();
    encode_text(&unsigned.finish(&signature).unwrap(), &TextForm::Compact).unwrap()
}

fn status(named: (&str, &str), by: (&str, &str), status: Status) -> StatusList {
    let mut draft = StatusDraft::new(URI, 4, 64, time("2030-07-01"))
        .unwrap()
        .expires(time("2030-07-08"));
    draft.set(5, status).unwrap();
    let signer = signer(by);
    let unsigned = draft
        .unsigned(signer.algorithm(), &certificate(named).kid())
        .unwrap();
    let signature = signer.sign(&unsigned.to_be_signed()).unwrap();
    StatusList::parse(&unsigned.finish(&signature).unwrap(), &Limits::DEFAULT).unwrap()
}

fn verify(list: AuthorityList, code: &str, statuses: Vec<StatusList>) -> Report {
    let verifier = Verifier::new(Trust::new().list(list).statuses(statuses));
    verifier.verify_text(code, time("2030-07-01T04:00:00Z"))
}

#[test]
fn every_certificate_with_the_identifier_is_tried_and_the_signature_decides() {
    let orders = [(POLICE, MARKET), (MARKET, POLICE)];
    for (first, second) in orders {
        for named in [POLICE, MARKET] {
            let good = || vec![status(POLICE, POLICE, Status::Valid)];
            let report = verify(list(first, second), &code(named, POLICE), good());
            assert_eq!(report.outcome, Outcome::Authentic, "{:?}", report.findings);
            // The other's key under the same identifier is the other's, for whom the code does not speak.
            let report = verify(list(first, second), &code(named, MARKET), good());
            assert_eq!(report.outcome, Outcome::NotAuthentic);
            assert!(
                report
                    .findings
                    .iter()
                    .any(|found| found.code == Code::IssuerMismatch)
            );
            // So with the list of how results stand: neither the first nor whoever has the identifier is believed, but whose key it was.
            let report = verify(
                list(first, second),
                &code(named, POLICE),
                vec![status(named, MARKET, Status::Valid)],
            );
            assert_eq!(report.outcome, Outcome::Indeterminate);
            assert!(
                report
                    .findings
                    .iter()
                    .any(|found| found.code == Code::StatusUntrusted)
            );
            let report = verify(
                list(first, second),
                &code(named, POLICE),
                vec![status(named, POLICE, Status::Revoked)],
            );
            assert_eq!(report.outcome, Outcome::NotAuthentic);
            // A key that is on no list, under an identifier that is.
            let report = verify(list(first, second), &code(named, ROOT), good());
            assert_eq!(report.outcome, Outcome::NotAuthentic);
            assert!(
                report
                    .findings
                    .iter()
                    .any(|found| found.code == Code::CodeSignatureInvalid)
            );
        }
    }
}

/// Without an authority list the status list is that of the key that signed the code, and no other key's.
#[test]
fn without_a_list_of_authorities_the_key_of_the_code_speaks() {
    let verifier = |statuses| {
        let trust = Trust::new()
            .certificates([certificate(POLICE)])
            .statuses(statuses);
        let intermediate = include_str!("../../test-vectors/keys/intermediate.cert.pem");
        let trust = trust.certificates(Certificate::from_pem_many(intermediate).unwrap());
        let verifier = Verifier::new(trust.roots([certificate(ROOT)]));
        let report = verifier.verify_text(&code(POLICE, POLICE), time("2030-07-01T04:00:00Z"));
        let mut codes = report.findings.iter().map(|found| found.code);
        let of_status = codes.find(|code| code.name().starts_with("status."));
        (report.outcome, of_status)
    };
    let said = |named, by| verifier(vec![status(named, by, Status::Valid)]);
    assert_eq!(said(POLICE, POLICE), (Outcome::Authentic, None));
    for (named, by) in [(POLICE, MARKET), (MARKET, POLICE), (MARKET, MARKET)] {
        assert_eq!(
            said(named, by),
            (Outcome::Indeterminate, Some(Code::StatusUntrusted))
        );
    }
}
