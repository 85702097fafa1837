//! Certification paths: one test for each way a path can be wrong.

use std::path::{Path, PathBuf};

use yinxin::asn1::{Reader, Rules, tag, tlv, unsigned};
use yinxin::crypto::{PrivateKey, SignatureAlgorithm};
use yinxin::limits::Limits;
use yinxin::pki::{
    Certificate, CertificateError, LeafExtendedKeyUsage, LeafKeyUsage, PathError, PathPolicy, PathQuestion,
    PathReason, TrustAnchors, VerifiedLinks,
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
    PathQuestion::new(between, &anchors, at(NOW))
        .find(leaf)
        .map(|path| path.certificates)
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

/// An authority that was given a new key, or another that has its name: it is not trusted, and nothing is forged.
#[test]
fn a_root_of_the_same_name_and_another_key_is_one_that_was_not_given() {
    let root = |key| made("r", key, "r", key).with(authority()).certificate();
    let (trusted, other) = (root("root"), root("other-root"));
    let leaf = made("a", "p256", "r", "other-root").certificate();
    for between in [vec![other.clone()], vec![trusted.clone(), other.clone()]] {
        assert_eq!(reason(find(&leaf, &between, &trusted)), PathReason::NoIssuer);
    }
    assert!(find(&leaf, std::slice::from_ref(&trusted), &other).is_ok());
    // Where none of the name signed it, it is forged, or the one that did is hidden.
    let forged = made("a", "p256", "r", "intermediate").certificate();
    assert_eq!(
        reason(find(&forged, &[other], &trusted)),
        PathReason::BadSignature
    );
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
        PathQuestion::new(&between, &anchors, at(moment))
            .find(leaf)
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
        let question = PathQuestion::new(&middle, &anchors, at(NOW)).policy(policy.clone());
        question.find(leaf).is_ok()
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
    let question = PathQuestion::new(&[], &anchors, at(NOW)).policy(policy);
    assert!(question.find(&critical).is_ok());
    let harmless = leaf
        .with(vec![extension(QC_STATEMENTS, false, &[0x30, 0])])
        .certificate();
    assert!(find(&harmless, &[], &root).is_ok());
}

/// nameConstraints with one subtree of one name, permitted ([0]) or excluded ([1]).
fn constrained(side: u8, name: u8, value: &[u8]) -> Vec<Vec<u8>> {
    let tree = tlv(tag::SEQUENCE, &[&tlv(name, &[value])]);
    let value = tlv(tag::SEQUENCE, &[&tlv(side, &[&tree])]);
    vec![extension(NAME_CONSTRAINTS, true, &value)]
}

/// subjectAltName of one name.
fn called(name: u8, value: &[u8]) -> Vec<Vec<u8>> {
    let value = tlv(tag::SEQUENCE, &[&tlv(name, &[value])]);
    vec![extension(&[0x55, 0x1d, 17], false, &value)]
}

#[test]
fn names_that_an_authority_does_not_permit() {
    let root = |held: Vec<Vec<u8>>| {
        made("root", "root", "root", "root")
            .with(authority())
            .with(held)
            .certificate()
    };
    let middle = |held: Vec<Vec<u8>>| {
        made("middle", "intermediate", "root", "root")
            .with(authority())
            .with(held)
            .certificate()
    };
    let leaf = made("leaf", "p256", "middle", "intermediate").with(called(0x82, b"a.example.cn"));
    let leaf = leaf.certificate();
    let outcome = |held: Vec<Vec<u8>>| find(&leaf, &[middle(held)], &root(vec![]));
    assert!(outcome(constrained(0xa0, 0x82, b"example.cn")).is_ok());
    assert!(outcome(constrained(0xa1, 0x82, b"b.example.cn")).is_ok());
    for held in [
        constrained(0xa0, 0x82, b"b.example.cn"),
        constrained(0xa1, 0x82, b"example.cn"),
    ] {
        let error = outcome(held).unwrap_err();
        assert_eq!(
            (error.certificate.subject(), error.reason),
            ("CN=leaf", PathReason::NameConstraints)
        );
    }
    // The anchor's count as well.
    let found = find(
        &leaf,
        &[middle(vec![])],
        &root(constrained(0xa1, 0x82, b"example.cn")),
    );
    assert_eq!(reason(found), PathReason::NameConstraints);
    // A form that is not evaluated decides only where it occurs.
    let other = constrained(0xa0, 0xa0, &[6, 1, 42, 0xa0, 0]);
    assert!(outcome(other.clone()).is_ok());
    let odd = made("leaf", "p256", "middle", "intermediate").with(called(0xa0, &[6, 1, 42, 0xa0, 0]));
    let found = find(&odd.certificate(), &[middle(other)], &root(vec![]));
    assert_eq!(reason(found), PathReason::NameForm);
    // RFC 5280, 4.2.1.10: never an empty sequence.
    let empty = vec![extension(NAME_CONSTRAINTS, false, &[0x30, 0])];
    assert_eq!(
        reason(outcome(empty)),
        PathReason::Extension("2.5.29.30".to_owned())
    );
}

#[test]
fn many_names_and_many_constraints_cost_no_more_than_the_limit() {
    let trees: Vec<Vec<u8>> = (0..3000)
        .map(|i| {
            tlv(
                tag::SEQUENCE,
                &[&tlv(0x82, &[format!("n{i}.example.cn").as_bytes()])],
            )
        })
        .collect();
    let trees: Vec<&[u8]> = trees.iter().map(Vec::as_slice).collect();
    let held = tlv(tag::SEQUENCE, &[&tlv(0xa1, &trees)]);
    let names: Vec<Vec<u8>> = (0..3000)
        .map(|i| tlv(0x82, &[format!("m{i}.example.cn").as_bytes()]))
        .collect();
    let names: Vec<&[u8]> = names.iter().map(Vec::as_slice).collect();
    let root = made("root", "root", "root", "root")
        .with(authority())
        .with(vec![extension(NAME_CONSTRAINTS, true, &held)])
        .certificate();
    let leaf = made("leaf", "p256", "root", "root")
        .with(vec![extension(
            &[0x55, 0x1d, 17],
            false,
            &tlv(tag::SEQUENCE, &names),
        )])
        .certificate();
    let started = std::time::Instant::now();
    assert_eq!(reason(find(&leaf, &[], &root)), PathReason::TooMany);
    assert!(started.elapsed().as_secs() < 2);
}

/// certificatePolicies with the policies 1.2.n.
fn policies(numbers: &[u8]) -> Vec<Vec<u8>> {
    let each: Vec<Vec<u8>> = numbers
        .iter()
        .map(|n| tlv(tag::SEQUENCE, &[&tlv(tag::OID, &[&[42, *n]])]))
        .collect();
    let each: Vec<&[u8]> = each.iter().map(Vec::as_slice).collect();
    vec![extension(&[0x55, 0x1d, 32], false, &tlv(tag::SEQUENCE, &each))]
}

#[test]
fn policy_is_required_where_an_authority_asks_for_one() {
    // requireExplicitPolicy after no certificate.
    let asked = [0x30, 0x03, 0x80, 0x01, 0x00];
    for critical in [true, false] {
        let demands = || vec![extension(&[0x55, 0x1d, 36], critical, &asked)];
        let root = made("root", "root", "root", "root").with(authority());
        let middle = made("middle", "intermediate", "root", "root").with(authority());
        let leaf = made("leaf", "p256", "middle", "intermediate");
        let with = |below: &Made, above: &Made| {
            find(&below.certificate(), &[above.certificate()], &root.certificate())
        };
        let demanding = middle.clone().with(demands()).with(policies(&[3]));
        assert_eq!(reason(with(&leaf, &demanding)), PathReason::NoValidPolicy);
        let other = leaf.clone().with(policies(&[4]));
        assert_eq!(reason(with(&other, &demanding)), PathReason::NoValidPolicy);
        let same = leaf.clone().with(policies(&[3, 4]));
        assert!(with(&same, &demanding).is_ok());
        // The anchor's demand counts as well, its policies do not.
        let root = root.clone().with(demands());
        let found = find(&leaf.certificate(), &[middle.certificate()], &root.certificate());
        assert_eq!(reason(found), PathReason::NoValidPolicy);
        let middle = middle.with(policies(&[4]));
        let found = find(&other.certificate(), &[middle.certificate()], &root.certificate());
        assert!(found.is_ok());
    }
}

#[test]
fn policy_that_the_caller_asks_for() {
    let root = made("root", "root", "root", "root")
        .with(authority())
        .certificate();
    let leaf = made("leaf", "p256", "root", "root")
        .with(policies(&[3]))
        .certificate();
    let anchors = TrustAnchors::new(vec![root]);
    let mut policy = PathPolicy::default();
    let mut outcome = |explicit, wanted: &[&str]| {
        policy.initial_explicit_policy = explicit;
        policy.user_initial_policy_set = wanted.iter().map(|oid| (*oid).to_owned()).collect();
        let question = PathQuestion::new(&[], &anchors, at(NOW)).policy(policy.clone());
        question.find(&leaf).is_ok()
    };
    assert!(outcome(true, &[]) && outcome(true, &["1.2.3"]) && outcome(true, &["1.2.9", "2.5.29.32.0"]));
    assert!(!outcome(true, &["1.2.9"]) && outcome(false, &["1.2.9"]));
}

#[test]
fn mapped_policies_do_not_multiply() {
    // Each authority maps each of 40 policies to each: the tree of RFC 5280 would have 40^9 leaves.
    let numbers: Vec<u8> = (1..=40).collect();
    let pairs: Vec<Vec<u8>> = numbers
        .iter()
        .flat_map(|a| numbers.iter().map(move |b| (*a, *b)))
        .map(|(a, b)| {
            tlv(
                tag::SEQUENCE,
                &[&tlv(tag::OID, &[&[42, a]]), &tlv(tag::OID, &[&[42, b]])],
            )
        })
        .collect();
    let pairs: Vec<&[u8]> = pairs.iter().map(Vec::as_slice).collect();
    let mapping = extension(&[0x55, 0x1d, 33], true, &tlv(tag::SEQUENCE, &pairs));
    let names = ["a", "b", "c", "d", "e", "f", "g", "h", "root"];
    let between: Vec<Certificate> = names
        .windows(2)
        .map(|pair| {
            made(
                pair[0],
                "intermediate",
                pair[1],
                if pair[1] == "root" { "root" } else { "intermediate" },
            )
            .with(authority())
            .with(policies(&numbers))
            .with(vec![mapping.clone()])
            .certificate()
        })
        .collect();
    let root = made("root", "root", "root", "root")
        .with(authority())
        .certificate();
    let leaf = made("leaf", "p256", "a", "intermediate")
        .with(policies(&[7]))
        .certificate();
    let anchors = TrustAnchors::new(vec![root]);
    let mut policy = PathPolicy::default();
    policy.initial_explicit_policy = true;
    policy.user_initial_policy_set = vec!["1.2.40".to_owned()];
    let started = std::time::Instant::now();
    let question = PathQuestion::new(&between, &anchors, at(NOW)).policy(policy);
    assert_eq!(question.find(&leaf).unwrap().certificates.len(), 10);
    assert!(started.elapsed().as_secs() < 2);
}

#[test]
fn purpose_of_the_leaf_is_a_matter_of_policy() {
    /// documentSigning (RFC 9336) and emailProtection.
    const PURPOSES: [&[u8]; 2] = [&[0x2b, 6, 1, 5, 5, 7, 3, 36], &[0x2b, 6, 1, 5, 5, 7, 3, 4]];
    let root = made("root", "root", "root", "root")
        .with(authority())
        .certificate();
    let plain = made("leaf", "p256", "root", "root");
    let for_purpose = |oid: &[u8]| {
        let value = tlv(tag::SEQUENCE, &[&tlv(tag::OID, &[oid])]);
        plain
            .clone()
            .with(vec![extension(&[0x55, 0x1d, 37], false, &value)])
            .certificate()
    };
    let anchors = TrustAnchors::new(vec![root]);
    let wanted = vec!["1.3.6.1.5.5.7.3.36".to_owned()];
    let outcome = |leaf: &Certificate, kind: LeafExtendedKeyUsage| {
        let mut policy = PathPolicy::default();
        policy.leaf_extended_key_usage = kind;
        let question = PathQuestion::new(&[], &anchors, at(NOW)).policy(policy);
        question
            .find(leaf)
            .map(|path| path.certificates)
            .map_err(|e| e.reason)
    };
    let (right, wrong) = (for_purpose(PURPOSES[0]), for_purpose(PURPOSES[1]));
    let any = for_purpose(&[0x55, 0x1d, 37, 0]);
    let plain = plain.certificate();
    use LeafExtendedKeyUsage as L;
    for leaf in [&right, &wrong, &any, &plain] {
        assert!(outcome(leaf, L::Ignored).is_ok());
    }
    for leaf in [&right, &any] {
        assert!(outcome(leaf, L::Required(wanted.clone())).is_ok());
        assert!(outcome(leaf, L::RequiredIfPresent(wanted.clone())).is_ok());
    }
    assert_eq!(
        outcome(&wrong, L::RequiredIfPresent(wanted.clone())),
        Err(PathReason::ExtendedKeyUsage)
    );
    assert!(outcome(&plain, L::RequiredIfPresent(wanted.clone())).is_ok());
    assert_eq!(
        outcome(&plain, L::Required(wanted)),
        Err(PathReason::ExtendedKeyUsage)
    );
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
        let question = PathQuestion::new(&turned, &anchors, at(NOW));
        let found = question.find_with(&leaf, &mut links);
        assert_eq!(found.unwrap_err().reason, PathReason::TooMany);
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
            PathQuestion::new(&between, &anchors, at(moment))
                .find_with(&leaf, &mut links)
                .map(|path| path.certificates.len())
                .map_err(|e| e.reason)
        };
        for _ in 0..3 {
            assert_eq!(ask(NOW), Ok(3));
            assert_eq!(ask("2050-06-01T00:00:00Z"), Err(PathReason::Expired));
        }
    }
}
