//! Revocation: what lists and responses say of a certificate at a time. Each rule is a row of `test-vectors/pki/revocation.toml`.

#[path = "common/pki.rs"]
mod made;

use std::collections::BTreeMap;
use std::path::Path;

use made::{List, Response, Subject, extension, extension_of, of_authority};
use yinxin::asn1::{tag, tlv, unsigned};
use yinxin::limits::Limits;
use yinxin::pki::{
    Certificate, Crl, Evidence, EvidenceError, Freshness, Missing, OcspResponse, PathQuestion,
    RevocationPolicy, TrustAnchors,
};
use yinxin::time::Time;

/// One rule.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    /// The certificate asked about; see [`certificates`].
    #[serde(default = "leaf")]
    of: String,
    at: Time,
    /// When the evidence is known to have existed, if not then.
    known: Option<Time>,
    /// `after`, or seconds; the default is nextUpdate.
    freshness: Option<String>,
    #[serde(default)]
    accept_missing: bool,
    #[serde(default)]
    list: Vec<List>,
    #[serde(default)]
    response: Vec<Response>,
    /// Certificates that responses carry.
    #[serde(default)]
    carried: Vec<String>,
    /// What is said: the statuses, or the reason why there is no path.
    expect: String,
    clause: String,
    why: String,
}

fn leaf() -> String {
    "leaf".to_owned()
}

#[derive(serde::Deserialize)]
struct Cases {
    case: Vec<Case>,
}

/// The test authority: a root, a department's authority, its leaves, and who else may sign evidence.
fn certificates() -> BTreeMap<&'static str, Certificate> {
    let ocsp_signing = extension(
        37,
        true,
        &tlv(tag::SEQUENCE, &[&tlv(tag::OID, &[&[0x2b, 6, 1, 5, 5, 7, 3, 9]])]),
    );
    let no_check = extension_of(&[0x2b, 6, 1, 5, 5, 7, 48, 1, 5], false, &[5, 0]);
    // Lists at a place, by another issuer.
    let directory = tlv(tag::CONTEXT_4_CONSTRUCTED, &[&made::name("lists")]);
    let point = tlv(
        tag::SEQUENCE,
        &[&tlv(
            tag::SEQUENCE,
            &[&tlv(tag::CONTEXT_2_CONSTRUCTED, &[&directory])],
        )],
    );
    let uri = tlv(0x86, &[b"http://lists.invalid/one"]);
    let placed = tlv(
        tag::CONTEXT_0_CONSTRUCTED,
        &[&tlv(tag::CONTEXT_0_CONSTRUCTED, &[&uri])],
    );
    let placed = tlv(tag::SEQUENCE, &[&tlv(tag::SEQUENCE, &[&placed])]);
    let mut short = Subject::new("short", "office", 7);
    short.to = "2025-06-01".to_owned();
    let mut old_responder =
        Subject::new("old responder", "office", 8).with(vec![ocsp_signing.clone(), no_check.clone()]);
    old_responder.to = "2025-06-01".to_owned();
    [
        ("root", Subject::new("root", "root", 1).with(of_authority())),
        ("office", Subject::new("office", "root", 2).with(of_authority())),
        ("other", Subject::new("other", "root", 3).with(of_authority())),
        ("leaf", Subject::new("leaf", "office", 4)),
        (
            "indirect",
            Subject::new("indirect", "office", 5).with(vec![extension(31, true, &point)]),
        ),
        (
            "placed",
            Subject::new("placed", "office", 6).with(vec![extension(31, false, &placed)]),
        ),
        ("short", short),
        ("old responder", old_responder),
        (
            "responder",
            Subject::new("responder", "office", 9).with(vec![ocsp_signing.clone(), no_check.clone()]),
        ),
        (
            "checked responder",
            Subject::new("checked responder", "office", 10).with(vec![ocsp_signing.clone()]),
        ),
        ("plain", Subject::new("plain", "office", 11)),
        (
            "stranger",
            Subject::new("stranger", "other", 12).with(vec![ocsp_signing, no_check]),
        ),
        (
            "lists",
            Subject::new("lists", "root", 13).with(vec![extension(15, true, &[3, 2, 1, 0x02])]),
        ),
    ]
    .map(|(name, subject)| (name, subject.certificate()))
    .into()
}

fn outcome(case: &Case, all: &BTreeMap<&str, Certificate>) -> String {
    let mut evidence = Evidence::new();
    let mut bad = vec![];
    for list in &case.list {
        bad.extend(evidence.add_crl(&list.der(), &Limits::DEFAULT).err());
    }
    let carried: Vec<Certificate> = case
        .carried
        .iter()
        .map(|name| all[name.as_str()].clone())
        .collect();
    for response in &case.response {
        let der = response.der(&carried);
        bad.extend(evidence.add_ocsp(&der, &Limits::DEFAULT).err());
    }
    // The authority's own status is not what is asked here.
    let quiet = List {
        issuer: "root".to_owned(),
        this_update: case.at.to_string(),
        next_update: Some("2033-12-31".to_owned()),
        ..List::default()
    };
    evidence.add_crl(&quiet.der(), &Limits::DEFAULT).unwrap();
    let between = ["office", "other", "lists"].map(|name| all[name].clone());
    let anchors = TrustAnchors::new(vec![all["root"].clone()]);
    let mut policy = RevocationPolicy::default();
    policy.freshness = match case.freshness.as_deref() {
        None => Freshness::NextUpdate,
        Some("after") => Freshness::After,
        Some(seconds) => Freshness::Within(seconds.parse().unwrap()),
    };
    if case.accept_missing {
        policy.missing = Missing::Accepted;
    }
    let question = PathQuestion::new(&between, &anchors, case.at);
    let question = question.revocation(&evidence, case.known.unwrap_or(case.at), policy);
    match question.find(&all[case.of.as_str()]) {
        Ok(path) => format!("{:?}", path.statuses[0]),
        Err(e) if bad.is_empty() => e.reason.to_string(),
        Err(e) => format!("{}: {}", e.reason, bad[0]),
    }
}

#[test]
fn every_rule_of_revocation_holds() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("test-vectors/pki/revocation.toml");
    let cases: Cases = toml::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let all = certificates();
    let mut wrong = vec![];
    for case in &cases.case {
        assert!(!case.clause.is_empty() && !case.why.is_empty(), "{}", case.name);
        let said = outcome(case, &all);
        if !said.contains(&case.expect) {
            wrong.push(format!("{}: {said}\n    expected {}", case.name, case.expect));
        }
    }
    assert!(cases.case.len() > 40, "{}", cases.case.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A list by "office" that has every odd serial number up to twice `count`, in descending order.
fn long(count: u32) -> Vec<u8> {
    let entries: Vec<Vec<u8>> = (0..count)
        .rev()
        .map(|i| {
            let serial = unsigned(&(2 * i + 1).to_be_bytes());
            tlv(
                tag::SEQUENCE,
                &[&serial, &tlv(tag::UTC_TIME, &[b"260110000000Z"])],
            )
        })
        .collect();
    let entries: Vec<&[u8]> = entries.iter().map(Vec::as_slice).collect();
    made::list_of("office", &tlv(tag::SEQUENCE, &entries))
}

#[test]
fn long_lists_are_looked_up_quickly() {
    let started = std::time::Instant::now();
    let der = long(300_000);
    let made = started.elapsed();
    let started = std::time::Instant::now();
    let crl = Crl::from_der(&der, &Limits::DEFAULT).unwrap();
    let read = started.elapsed();
    assert_eq!(crl.len(), 300_000);
    let leaf = |serial| Subject::new("leaf", "office", serial).certificate();
    let (listed, free) = (leaf(101), leaf(100));
    let started = std::time::Instant::now();
    for _ in 0..1000 {
        assert!(crl.entry(&listed).is_some() && crl.entry(&free).is_none());
    }
    let looked_up = started.elapsed();
    println!(
        "{} bytes: made in {made:?}, read in {read:?}, 2000 looked up in {looked_up:?}",
        der.len()
    );
    assert!(read.as_secs() < 5 && looked_up.as_secs() < 2);
    crl.verify_signed_by(&certificates()["office"]).unwrap();
}

#[test]
fn evidence_beyond_the_limits() {
    let list = long(10);
    let mut limits = Limits::DEFAULT;
    limits.crl_bytes = list.len() - 1;
    let refused = Crl::from_der(&list, &limits).unwrap_err();
    assert_eq!(refused, EvidenceError::TooLarge { most: list.len() - 1 });
    limits.crl_bytes += 1;
    limits.evidence = 2;
    let mut evidence = Evidence::new();
    assert!(evidence.is_empty());
    evidence.add_crl(&list, &limits).unwrap();
    evidence.add_crl(&list, &limits).unwrap();
    assert_eq!(
        evidence.add_crl(&list, &limits),
        Err(EvidenceError::TooMany { most: 2 })
    );
    assert_eq!((evidence.crls().len(), evidence.responses().len()), (2, 0));
}

fn answer(nonce: Option<Vec<u8>>) -> OcspResponse {
    let response = Response {
        responder: "office".to_owned(),
        issuer: "office".to_owned(),
        serial: 4,
        status: "good".to_owned(),
        produced_at: "2026-01-14".to_owned(),
        this_update: "2026-01-14".to_owned(),
        nonce,
        ..Response::default()
    };
    OcspResponse::from_der(&response.der(&[]), &Limits::DEFAULT).unwrap()
}

#[test]
fn nonce_must_be_the_one_sent() {
    let sent = [7; 16];
    assert!(answer(Some(sent.to_vec())).echoes(&sent));
    assert!(!answer(Some(vec![8; 16])).echoes(&sent));
    assert!(!answer(Some(sent[..15].to_vec())).echoes(&sent));
    assert!(!answer(None).echoes(&sent) && !answer(Some(vec![])).echoes(&[]));
}

/// No flipped bit of a list or a response is read as evidence by the same signer, and none makes the reader fail in another way.
#[test]
fn no_flipped_bit_is_believed() {
    let all = certificates();
    let list = long(3);
    let response = answer(Some(vec![1])).der().to_vec();
    let mut read = 0;
    for bit in 0..list.len() * 8 {
        let mut bytes = list.clone();
        bytes[bit / 8] ^= 1 << (bit % 8);
        if let Ok(crl) = Crl::from_der(&bytes, &Limits::DEFAULT) {
            read += 1;
            assert!(crl.verify_signed_by(&all["office"]).is_err(), "list, bit {bit}");
        }
    }
    for bit in 0..response.len() * 8 {
        let mut bytes = response.clone();
        bytes[bit / 8] ^= 1 << (bit % 8);
        if let Ok(response) = OcspResponse::from_der(&bytes, &Limits::DEFAULT) {
            read += 1;
            assert!(
                response.verify_signed_by(&all["office"]).is_err(),
                "response, bit {bit}"
            );
        }
    }
    assert!(read > 1000, "{read}");
    for length in 0..list.len() {
        assert!(Crl::from_der(&list[..length], &Limits::DEFAULT).is_err());
    }
}

/// The seeds of the fuzz targets, made by OpenSSL with the committed keys.
#[test]
fn evidence_made_by_openssl_is_read_and_verified() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let signer = |name: &str| {
        let pem = std::fs::read_to_string(root.join(format!("test-vectors/keys/{name}.cert.pem"))).unwrap();
        Certificate::from_pem_many(&pem).unwrap().remove(0)
    };
    for (name, by) in [("plain", "root"), ("partitioned", "intermediate")] {
        let der = std::fs::read(root.join(format!("fuzz/seeds/crl/{name}.der"))).unwrap();
        let crl = Crl::from_der(&der, &Limits::DEFAULT).unwrap();
        assert_eq!((crl.len(), crl.is_delta()), (2, false), "{name}");
        assert_eq!(crl.verify_signed_by(&signer(by)), Ok(()), "{name}");
        assert!(crl.verify_signed_by(&signer("other-root")).is_err(), "{name}");
    }
    for (name, by) in [
        ("sha1", "intermediate"),
        ("sha256", "intermediate"),
        ("by-key", "p256"),
    ] {
        let der = std::fs::read(root.join(format!("fuzz/seeds/ocsp/{name}.der"))).unwrap();
        let response = OcspResponse::from_der(&der, &Limits::DEFAULT).unwrap();
        assert!(response.names_responder(&signer(by)), "{name}");
        assert!(!response.names_responder(&signer("root")), "{name}");
        assert_eq!(response.verify_signed_by(&signer(by)), Ok(()), "{name}");
    }
}
