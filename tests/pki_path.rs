//! Certification paths: one test for each way a path can be wrong, and NIST's PKITS where it is at hand.

use std::path::{Path, PathBuf};

use yinxin::asn1::{Reader, Rules, tag, tlv, unsigned};
use yinxin::crypto::{PrivateKey, SignatureAlgorithm};
use yinxin::limits::Limits;
use yinxin::pki::{
    Certificate, CertificateError, LeafKeyUsage, PathError, PathPolicy, PathReason, TrustAnchors,
    VerifiedLinks, find_path, find_path_with,
};
use yinxin::time::Time;

const NOW: &str = "2026-06-01T00:00:00Z";

fn file(rest: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("test-vectors/keys")
        .join(rest)
}

fn committed(name: &str) -> Certificate {
    let pem = std::fs::read_to_string(file(&format!("{name}.cert.pem"))).unwrap();
    Certificate::from_pem_many(&pem).unwrap().remove(0)
}

fn at(text: &str) -> Time {
    text.parse().unwrap()
}

fn find(
    leaf: &Certificate,
    between: &[Certificate],
    root: &Certificate,
) -> Result<Vec<Certificate>, PathError> {
    let anchors = TrustAnchors::new(vec![root.clone()]);
    find_path(
        leaf,
        between,
        &anchors,
        at(NOW),
        &Limits::DEFAULT,
        &PathPolicy::default(),
    )
}

fn reason(result: Result<Vec<Certificate>, PathError>) -> PathReason {
    result.expect_err("a path was found").reason
}

/// One certificate to be made: P-256 keys by the names of the committed ones, subjects by single words.
#[derive(Clone)]
struct Made {
    subject: &'static str,
    key: &'static str,
    issuer: &'static str,
    issuer_key: &'static str,
    extensions: Vec<Vec<u8>>,
}

const CA: &[u8] = &[0x30, 0x03, 0x01, 0x01, 0xff];
const BASIC_CONSTRAINTS: &[u8] = &[0x55, 0x1d, 19];
const KEY_USAGE: &[u8] = &[0x55, 0x1d, 15];
const NAME_CONSTRAINTS: &[u8] = &[0x55, 0x1d, 30];
/// id-pe-qcStatements, 1.3.6.1.5.5.7.1.3
const QC_STATEMENTS: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 1, 3];

fn extension(oid: &[u8], critical: bool, value: &[u8]) -> Vec<u8> {
    let flag: &[u8] = if critical { &[0x01, 0x01, 0xff] } else { &[] };
    tlv(
        tag::SEQUENCE,
        &[&tlv(tag::OID, &[oid]), flag, &tlv(tag::OCTET_STRING, &[value])],
    )
}

fn authority() -> Vec<Vec<u8>> {
    vec![extension(BASIC_CONSTRAINTS, true, CA)]
}

fn limited(path_length: u8) -> Vec<Vec<u8>> {
    let value = [0x30, 0x06, 0x01, 0x01, 0xff, 0x02, 0x01, path_length];
    vec![extension(BASIC_CONSTRAINTS, true, &value)]
}

fn made(subject: &'static str, key: &'static str, issuer: &'static str, issuer_key: &'static str) -> Made {
    Made {
        subject,
        key,
        issuer,
        issuer_key,
        extensions: vec![],
    }
}

impl Made {
    fn with(mut self, extensions: Vec<Vec<u8>>) -> Self {
        self.extensions.extend(extensions);
        self
    }

    fn der(&self) -> Vec<u8> {
        let name = |word: &str| {
            let pair = tlv(
                tag::SEQUENCE,
                &[&tlv(tag::OID, &[&[0x55, 4, 3]]), &tlv(0x0c, &[word.as_bytes()])],
            );
            tlv(tag::SEQUENCE, &[&tlv(tag::SET, &[&pair])])
        };
        // ecdsa-with-SHA256
        let algorithm = tlv(
            tag::SEQUENCE,
            &[&tlv(tag::OID, &[&[0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2]])],
        );
        let moment = |text: &str| tlv(tag::UTC_TIME, &[text.as_bytes()]);
        let extensions: Vec<&[u8]> = self.extensions.iter().map(Vec::as_slice).collect();
        let tbs = tlv(
            tag::SEQUENCE,
            &[
                &tlv(tag::CONTEXT_0_CONSTRUCTED, &[&unsigned(&[2])]),
                &unsigned(&[1]),
                &algorithm,
                &name(self.issuer),
                &tlv(
                    tag::SEQUENCE,
                    &[&moment("240101000000Z"), &moment("491231235959Z")],
                ),
                &name(self.subject),
                &public_key_info(self.key),
                &tlv(tag::CONTEXT_3_CONSTRUCTED, &[&tlv(tag::SEQUENCE, &extensions)]),
            ],
        );
        let signature = private(self.issuer_key)
            .sign(SignatureAlgorithm::EcdsaP256Sha256, &tbs)
            .unwrap();
        tlv(
            tag::SEQUENCE,
            &[&tbs, &algorithm, &tlv(tag::BIT_STRING, &[&[0], &signature])],
        )
    }

    fn certificate(&self) -> Certificate {
        Certificate::try_from(self.der().as_slice()).unwrap()
    }
}

fn private(name: &str) -> PrivateKey {
    use base64::Engine as _;
    let pem = std::fs::read_to_string(file(&format!("{name}.key.pem"))).unwrap();
    let body: String = pem.lines().filter(|l| !l.starts_with("-----")).collect();
    PrivateKey::from_pkcs8(&base64::engine::general_purpose::STANDARD.decode(body).unwrap()).unwrap()
}

/// The SubjectPublicKeyInfo of a committed certificate.
fn public_key_info(name: &str) -> Vec<u8> {
    let certificate = committed(name);
    let mut tbs = Reader::new(certificate.tbs(), Rules::Der)
        .read()
        .unwrap()
        .reader(Rules::Der);
    for _ in 0..6 {
        tbs.read().unwrap();
    }
    tbs.read().unwrap().raw.to_vec()
}

#[test]
fn committed_leaves_lead_to_their_root_and_no_other() {
    let (root, between) = (committed("root"), [committed("intermediate")]);
    for name in [
        "p256",
        "p384",
        "ed25519",
        "rsa2048",
        "rsa3072",
        "rsa2048-pss",
        "rsapss-only",
    ] {
        let leaf = committed(name);
        let path = find(&leaf, &between, &root).unwrap();
        assert_eq!(path, [leaf.clone(), between[0].clone(), root.clone()]);
        assert_eq!(reason(find(&leaf, &[], &root)), PathReason::NoIssuer);
        assert_eq!(
            reason(find(&leaf, &between, &committed("other-root"))),
            PathReason::NoIssuer
        );
        assert!(
            leaf.subject().starts_with("CN=滨海市测试 TEST "),
            "{}",
            leaf.subject()
        );
        assert_eq!(leaf.extended_key_usage(), ["1.3.6.1.5.5.7.3.36"]);
    }
}

#[test]
fn leaf_that_is_an_anchor_is_a_path_of_one() {
    let leaf = committed("p256");
    assert_eq!(find(&leaf, &[], &leaf).unwrap(), std::slice::from_ref(&leaf));
    // Its time counts nonetheless.
    let expired = committed("expired");
    assert_eq!(reason(find(&expired, &[], &expired)), PathReason::Expired);
}

#[test]
fn time_is_judged_at_the_moment_asked_about() {
    let (root, between) = (committed("root"), [committed("intermediate")]);
    let (expired, early) = (committed("expired"), committed("not-yet-valid"));
    let error = find(&expired, &between, &root).unwrap_err();
    assert_eq!(
        (error.certificate, error.reason),
        (expired.clone(), PathReason::Expired)
    );
    assert_eq!(reason(find(&early, &between, &root)), PathReason::NotYetValid);
    let anchors = TrustAnchors::new(vec![root]);
    let when = |leaf: &Certificate, moment: &str| {
        find_path(
            leaf,
            &between,
            &anchors,
            at(moment),
            &Limits::DEFAULT,
            &PathPolicy::default(),
        )
        .is_ok()
    };
    // Both ends are inclusive (RFC 5280, 4.1.2.5).
    assert!(when(&expired, "2024-01-01T00:00:00Z") && when(&expired, "2024-12-31T23:59:59Z"));
    assert!(!when(&expired, "2023-12-31T23:59:59Z") && !when(&expired, "2025-01-01T00:00:00Z"));
    assert!(when(&early, "2045-01-01T00:00:00Z") && !when(&early, "2044-12-31T23:59:59Z"));
}

#[test]
fn forged_signature_counts_before_expiry() {
    // The same names, but signed by another key: not merely expired.
    let root = made("root", "root", "root", "root")
        .with(authority())
        .certificate();
    let forged = made("leaf", "p256", "root", "other-root").certificate();
    assert_eq!(reason(find(&forged, &[], &root)), PathReason::BadSignature);
    let genuine = made("leaf", "p256", "root", "root").certificate();
    assert!(find(&genuine, &[], &root).is_ok());
    let mut der = genuine.der().to_vec();
    let serial = der.windows(3).position(|w| w == [2, 1, 1]).unwrap();
    der[serial + 2] = 2;
    let changed = Certificate::try_from(der.as_slice()).unwrap();
    assert_eq!(reason(find(&changed, &[], &root)), PathReason::BadSignature);
}

#[test]
fn issuer_that_is_no_authority() {
    let root = made("root", "root", "root", "root")
        .with(authority())
        .certificate();
    let leaf = made("leaf", "p256", "middle", "intermediate").certificate();
    let middle = made("middle", "intermediate", "root", "root");
    let not_ca = middle
        .clone()
        .with(vec![extension(BASIC_CONSTRAINTS, true, &[0x30, 0])]);
    for between in [middle.clone(), not_ca] {
        let error = find(&leaf, &[between.certificate()], &root).unwrap_err();
        assert_eq!(
            (error.certificate.subject(), error.reason),
            ("CN=middle", PathReason::NotCa)
        );
    }
    assert!(find(&leaf, &[middle.with(authority()).certificate()], &root).is_ok());
}

#[test]
fn key_usage_of_issuer_and_leaf() {
    let usage = |bits: u8| vec![extension(KEY_USAGE, true, &[3, 2, 0, bits])];
    let root = made("root", "root", "root", "root")
        .with(authority())
        .certificate();
    let leaf = made("leaf", "p256", "middle", "intermediate");
    let middle = made("middle", "intermediate", "root", "root").with(authority());
    let signing_only = middle.clone().with(usage(0x80)).certificate();
    assert_eq!(
        reason(find(&leaf.certificate(), &[signing_only], &root)),
        PathReason::KeyUsage
    );
    let middle = [middle.with(usage(0x04)).certificate()];
    for (bits, good) in [
        (0x80, true),
        (0x40, true),
        (0xc0, true),
        (0x20, false),
        (0x04, false),
        (0, false),
    ] {
        let leaf = leaf.clone().with(usage(bits)).certificate();
        assert_eq!(find(&leaf, &middle, &root).is_ok(), good, "{bits:#x}");
    }
    let anchors = TrustAnchors::new(vec![root]);
    let mut policy = PathPolicy::default();
    let mut outcome = |kind, leaf: &Certificate| {
        policy.leaf_key_usage = kind;
        find_path(leaf, &middle, &anchors, at(NOW), &Limits::DEFAULT, &policy).is_ok()
    };
    assert!(!outcome(LeafKeyUsage::Required, &leaf.certificate()));
    assert!(outcome(LeafKeyUsage::RequiredIfPresent, &leaf.certificate()));
    assert!(outcome(
        LeafKeyUsage::Ignored,
        &leaf.clone().with(usage(0x20)).certificate()
    ));
}

#[test]
fn more_authorities_below_than_the_path_length() {
    let root = |length| {
        made("root", "root", "root", "root")
            .with(limited(length))
            .certificate()
    };
    let upper = made("upper", "other-root", "root", "root")
        .with(authority())
        .certificate();
    let lower = made("lower", "intermediate", "upper", "other-root")
        .with(authority())
        .certificate();
    let leaf = made("leaf", "p256", "lower", "intermediate").certificate();
    let between = [lower, upper];
    assert!(find(&leaf, &between, &root(2)).is_ok());
    let error = find(&leaf, &between, &root(1)).unwrap_err();
    assert_eq!(
        (error.certificate.subject(), error.reason),
        ("CN=root", PathReason::PathLength)
    );
}

#[test]
fn critical_extension_not_understood_unless_accepted() {
    let root = made("root", "root", "root", "root")
        .with(authority())
        .certificate();
    let leaf = made("leaf", "p256", "root", "root");
    let critical = leaf
        .clone()
        .with(vec![extension(QC_STATEMENTS, true, &[0x30, 0])])
        .certificate();
    assert_eq!(
        reason(find(&critical, &[], &root)),
        PathReason::UnknownCritical("1.3.6.1.5.5.7.1.3".to_owned())
    );
    let mut policy = PathPolicy::default();
    policy.accepted_critical.push("1.3.6.1.5.5.7.1.3".to_owned());
    let anchors = TrustAnchors::new(vec![root.clone()]);
    assert!(find_path(&critical, &[], &anchors, at(NOW), &Limits::DEFAULT, &policy).is_ok());
    let harmless = leaf
        .with(vec![extension(QC_STATEMENTS, false, &[0x30, 0])])
        .certificate();
    assert!(find(&harmless, &[], &root).is_ok());
}

#[test]
fn name_constraints_are_refused_rather_than_ignored() {
    let root = made("root", "root", "root", "root")
        .with(authority())
        .certificate();
    let leaf = made("leaf", "p256", "middle", "intermediate").certificate();
    for critical in [true, false] {
        let middle = made("middle", "intermediate", "root", "root")
            .with(authority())
            .with(vec![extension(NAME_CONSTRAINTS, critical, &[0x30, 0])])
            .certificate();
        assert_eq!(reason(find(&leaf, &[middle], &root)), PathReason::NameConstraints);
    }
}

#[test]
fn policy_constraints_are_refused_rather_than_ignored() {
    let root = made("root", "root", "root", "root")
        .with(authority())
        .certificate();
    for critical in [true, false] {
        let leaf = made("leaf", "p256", "root", "root")
            .with(vec![extension(
                &[0x55, 0x1d, 36],
                critical,
                &[0x30, 0x03, 0x80, 0x01, 0x00],
            )])
            .certificate();
        assert_eq!(reason(find(&leaf, &[], &root)), PathReason::PolicyConstraints);
    }
}

#[test]
fn extension_twice_or_malformed() {
    let leaf = made("leaf", "p256", "root", "root");
    let twice = leaf.clone().with(authority()).with(authority()).der();
    assert_eq!(
        Certificate::try_from(twice.as_slice()).unwrap_err(),
        CertificateError::DuplicateExtension {
            oid: "2.5.29.19".to_owned()
        }
    );
    let broken = leaf.with(vec![extension(KEY_USAGE, true, &[4, 0])]).der();
    assert_eq!(
        Certificate::try_from(broken.as_slice()).unwrap_err(),
        CertificateError::Extension {
            oid: "2.5.29.15".to_owned()
        }
    );
}

#[test]
fn bytes_behind_or_inside_the_frame() {
    let mut der = committed("p256").der().to_vec();
    let certificate = Reader::new(&der, Rules::Der).read().unwrap();
    let inside = tlv(tag::SEQUENCE, &[certificate.contents, &[tag::NULL, 0]]);
    assert!(Certificate::try_from(inside.as_slice()).is_err());
    der.push(0);
    assert!(Certificate::try_from(der.as_slice()).is_err());
    let large = tlv(tag::SEQUENCE, &[&vec![0; 64 << 10]]);
    assert_eq!(
        Certificate::try_from(large.as_slice()),
        Err(CertificateError::TooLarge)
    );
}

#[test]
fn authorities_that_certify_each_other_end_the_search() {
    let root = made("root", "root", "root", "root")
        .with(authority())
        .certificate();
    let leaf = made("leaf", "p256", "a", "intermediate").certificate();
    let a = made("a", "intermediate", "b", "other-root")
        .with(authority())
        .certificate();
    let b = made("b", "other-root", "a", "intermediate")
        .with(authority())
        .certificate();
    assert_eq!(
        reason(find(&leaf, &[a.clone(), b.clone()], &root)),
        PathReason::NoIssuer
    );
    // With a way out of the circle it is found.
    let out = made("b", "other-root", "root", "root")
        .with(authority())
        .certificate();
    assert_eq!(find(&leaf, &[a, b, out], &root).unwrap().len(), 4);
}

#[test]
fn many_authorities_of_one_name_cost_no_more_than_the_limit() {
    let root = made("root", "root", "root", "root")
        .with(authority())
        .certificate();
    let leaf = made("a", "p256", "a", "intermediate").certificate();
    // Each certifies each other, so that the number of paths is factorial.
    let ring: Vec<Certificate> = (0..60)
        .map(|_| {
            made("a", "intermediate", "a", "intermediate")
                .with(authority())
                .certificate()
        })
        .collect();
    let started = std::time::Instant::now();
    assert_eq!(reason(find(&leaf, &ring, &root)), PathReason::TooMany);
    assert!(started.elapsed().as_secs() < 10);
    // The same when every link is remembered and costs nothing to check again.
    let anchors = TrustAnchors::new(vec![root.clone()]);
    let mut links = VerifiedLinks::new(10_000);
    for turn in 0..ring.len() {
        let mut turned = ring.clone();
        turned.rotate_left(turn);
        let (limits, policy) = (Limits::DEFAULT, PathPolicy::default());
        let found = find_path_with(&leaf, &turned, &anchors, at(NOW), &limits, &policy, &mut links);
        assert_eq!(reason(found), PathReason::TooMany);
    }
    assert!(started.elapsed().as_secs() < 20);
    let crowd = vec![root.clone(); Limits::DEFAULT.certificates + 1];
    assert_eq!(reason(find(&leaf, &crowd, &root)), PathReason::TooMany);
}

#[test]
fn remembered_signatures_do_not_change_the_outcome() {
    let (leaf, root, between) = (committed("p256"), committed("root"), [committed("intermediate")]);
    let anchors = TrustAnchors::new(vec![root]);
    for capacity in [0, 1, 100] {
        let mut links = VerifiedLinks::new(capacity);
        let mut ask = |moment: &str| {
            let policy = PathPolicy::default();
            let limits = Limits::DEFAULT;
            find_path_with(
                &leaf,
                &between,
                &anchors,
                at(moment),
                &limits,
                &policy,
                &mut links,
            )
            .map(|path| path.len())
            .map_err(|e| e.reason)
        };
        for _ in 0..3 {
            assert_eq!(ask(NOW), Ok(3));
            assert_eq!(ask("2050-06-01T00:00:00Z"), Err(PathReason::Expired));
        }
    }
}

/// PKITS cases whose outcome differs here: numbers, what is said instead, and why. Refusing what PKITS
/// accepts is a limit of scope; only revocation, which is other evidence, makes PKITS refuse what is found
/// here.
const PKITS_EXCEPTIONS: &[(&[&str], &str, &str)] = &[
    (&["40104", "40105"], "1.2.840.10040.4.1", "DSA is not computed"),
    (
        &["40303", "40304", "40305", "40310", "40311"],
        "its issuer is not among",
        "names are compared byte for byte, not by RFC 5280, 7.1",
    ),
    (
        &["40502", "40505", "40507", "40704", "40705"],
        "found",
        "the certificate is revoked, or its revocation list not signed as it should be",
    ),
    (
        &[
            "40806", "40810", "40811", "40813", "40814", "40901", "40902", "40904", "40906",
        ],
        "policy constraints",
        "policies are not processed",
    ),
    (
        &["41009", "41011", "41013", "41014", "41102", "41104", "41107"],
        "2.5.29.33",
        "critical policyMappings are not processed",
    ),
    (
        &["41202", "41203", "41207", "41209"],
        "2.5.29.54",
        "critical inhibitAnyPolicy is not processed",
    ),
    (
        &[
            "41301", "41304", "41305", "41306", "41311", "41314", "41318", "41319", "41321", "41323",
            "41325", "41327", "41330", "41332", "41334", "41336",
        ],
        "name constraints",
        "name constraints are not processed",
    ),
];

#[test]
fn nist_pkits() {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../shared/corpora/pdf/pyhanko/pkgs/pyhanko-certvalidator/tests/fixtures/nist_pkits");
    let Ok(cases) = std::fs::read(fixtures.join("pkits.json")) else {
        println!("skipped: PKITS is not at {}", fixtures.display());
        return;
    };
    let cases: Vec<serde_json::Value> = serde_json::from_slice(&cases).unwrap();
    let load = |name: &str| {
        Certificate::try_from(
            std::fs::read(fixtures.join("certs").join(name))
                .unwrap()
                .as_slice(),
        )
    };
    let anchors = TrustAnchors::new(vec![load("TrustAnchorRootCertificate.crt").unwrap()]);
    let (mut agreed, mut differ, mut wrong) = (0, 0, vec![]);
    for case in &cases {
        let id = case["id"].as_str().unwrap();
        // 4.4, 4.14 and 4.15 are about certificate revocation lists; parameters set policies that we do
        // not take.
        if ["404", "414", "415"].iter().any(|group| id.starts_with(group)) || !case["params"].is_null() {
            continue;
        }
        let between: Vec<Certificate> = case["other_certs"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|name| load(name.as_str().unwrap()).ok())
            .collect();
        let found = load(case["cert"].as_str().unwrap())
            .map_err(|e| e.to_string())
            .and_then(|leaf| {
                let policy = PathPolicy::default();
                find_path(
                    &leaf,
                    &between,
                    &anchors,
                    at("2022-01-01T00:00:00Z"),
                    &Limits::DEFAULT,
                    &policy,
                )
                .map_err(|e| e.to_string())
            });
        let said = found.as_ref().map_or_else(String::as_str, |_| "found");
        let excepted = PKITS_EXCEPTIONS
            .iter()
            .find(|(numbers, ..)| numbers.contains(&id));
        let agrees = found.is_ok() == case["error"].is_null();
        match excepted {
            None if agrees => agreed += 1,
            Some((_, expected, _)) if !agrees && said.contains(expected) => differ += 1,
            _ => wrong.push(format!("{id} {}: {said}", case["name"])),
        }
    }
    println!("{agreed} PKITS cases agree, {differ} differ for a reason given");
    assert!(agreed > 90);
    assert!(wrong.is_empty(), "unexpected or stale:\n{}", wrong.join("\n"));
}
