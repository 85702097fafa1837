//! Project Wycheproof: signatures made to trip verifiers, for every algorithm that is computed here.
//!
//! A signature called valid must verify, one called invalid must not; each that is treated otherwise stands in a table below with its
//! reason. What is called acceptable may go either way, but always the same way. (There are no vectors of P-256 with SHA-384.)

use std::collections::BTreeMap;

use wycheproof::{
    HashFunction as H, TestResult, ecdsa, eddsa, rsa_pkcs1_verify as pkcs1, rsa_pss_verify as pss,
};
use yinxin::crypto::{EcdsaForm, PublicKey, SignatureAlgorithm as A};

/// How vectors were treated, by what they are called and whether they verified, with their flags if not as called.
#[derive(Default)]
struct Tally(BTreeMap<String, usize>);

impl Tally {
    fn count(&mut self, result: TestResult, verified: bool, flags: &str) {
        let as_called = match result {
            TestResult::Valid => verified,
            TestResult::Invalid => !verified,
            TestResult::Acceptable => false,
        };
        let how = if verified { "verified" } else { "refused" };
        let line = if as_called {
            format!("{result:?}, {how}")
        } else {
            format!("{result:?}, {how}: {flags}")
        };
        *self.0.entry(line).or_default() += 1;
    }

    /// Holds that nothing was treated otherwise than called but for `explained`, each of which occurs.
    fn settle(&self, name: &str, explained: &[(&str, &str)]) {
        println!("{name}: {:?}", self.0);
        assert!(
            self.0.keys().any(|line| line == "Valid, verified"),
            "{name}: nothing verified"
        );
        let odd: Vec<&String> = self.0.keys().filter(|line| line.contains(": ")).collect();
        for line in &odd {
            assert!(
                explained.iter().any(|(known, _)| known == line),
                "{name}: unexplained: {line}"
            );
        }
        for (known, why) in explained {
            assert!(odd.iter().any(|line| line == known), "{name}: stale: {known}");
            assert!(!why.is_empty());
        }
    }
}

#[test]
fn ecdsa_in_both_forms() {
    use ecdsa::TestName as N;
    let (der, fixed) = (EcdsaForm::Der, EcdsaForm::Fixed);
    for (name, algorithm, form) in [
        (N::EcdsaSecp256r1Sha256, A::EcdsaP256Sha256, der),
        (N::EcdsaSecp256r1Sha256P1363, A::EcdsaP256Sha256, fixed),
        (N::EcdsaSecp384r1Sha256, A::EcdsaP384Sha256, der),
        (N::EcdsaSecp384r1Sha384, A::EcdsaP384Sha384, der),
        (N::EcdsaSecp384r1Sha384P1363, A::EcdsaP384Sha384, fixed),
    ] {
        let mut tally = Tally::default();
        for group in ecdsa::TestSet::load(name).unwrap().test_groups {
            let point = group.key.key.to_vec();
            let key = match algorithm {
                A::EcdsaP256Sha256 => PublicKey::P256(point),
                _ => PublicKey::P384(point),
            };
            for test in &group.tests {
                let verified = key.verify(algorithm, form, &test.msg, &test.sig).is_ok();
                tally.count(test.result, verified, &format!("{:?}", test.flags));
            }
        }
        tally.settle(&format!("{name:?}"), &[]);
    }
}

#[test]
fn ed25519() {
    let mut tally = Tally::default();
    for group in eddsa::TestSet::load(eddsa::TestName::Ed25519)
        .unwrap()
        .test_groups
    {
        let key = PublicKey::Ed25519(group.key.pk.to_vec());
        for test in &group.tests {
            let verified = key
                .verify(A::Ed25519, EcdsaForm::Fixed, &test.msg, &test.sig)
                .is_ok();
            tally.count(test.result, verified, &format!("{:?}", test.flags));
        }
    }
    tally.settle("Ed25519", &[]);
}

const MISSING_NULL: &[(&str, &str)] = &[(
    "Acceptable, refused: [MissingNull]",
    "RFC 8017, appendix A.2.4: the DigestInfo of SHA-2 has NULL parameters, and there is one way to write it",
)];

#[test]
fn rsa_pkcs1() {
    use pkcs1::TestName as N;
    for (name, algorithm) in [
        (N::Rsa2048Sha256, A::RsaPkcs1Sha256),
        (N::Rsa2048Sha384, A::RsaPkcs1Sha384),
        (N::Rsa2048Sha512, A::RsaPkcs1Sha512),
        (N::Rsa3072Sha256, A::RsaPkcs1Sha256),
        (N::Rsa3072Sha384, A::RsaPkcs1Sha384),
        (N::Rsa3072Sha512, A::RsaPkcs1Sha512),
        (N::Rsa4096Sha256, A::RsaPkcs1Sha256),
        (N::Rsa4096Sha384, A::RsaPkcs1Sha384),
        (N::Rsa4096Sha512, A::RsaPkcs1Sha512),
        (N::Rsa8192Sha256, A::RsaPkcs1Sha256),
        (N::Rsa8192Sha384, A::RsaPkcs1Sha384),
        (N::Rsa8192Sha512, A::RsaPkcs1Sha512),
    ] {
        let mut tally = Tally::default();
        for group in pkcs1::TestSet::load(name).unwrap().test_groups {
            let key = PublicKey::Rsa(group.asn_key.to_vec());
            for test in &group.tests {
                let verified = key
                    .verify(algorithm, EcdsaForm::Der, &test.msg, &test.sig)
                    .is_ok();
                tally.count(test.result, verified, &format!("{:?}", test.flags));
            }
        }
        tally.settle(&format!("{name:?}"), MISSING_NULL);
    }
}

#[test]
fn rsa_pss() {
    let mut tally = Tally::default();
    let (mut sets, mut left_out) = (0, 0);
    for name in pss::TestName::all() {
        let set = pss::TestSet::load(name).unwrap();
        sets += 1;
        for group in set.test_groups {
            let algorithm = match (group.hash, group.mgf_hash) {
                (H::Sha2_256, Some(H::Sha2_256)) => A::RsaPssSha256,
                (H::Sha2_384, Some(H::Sha2_384)) => A::RsaPssSha384,
                (H::Sha2_512, Some(H::Sha2_512)) => A::RsaPssSha512,
                // SHA-1, SHAKE, truncated digests, and one digest for the message with another for the mask are not computed.
                _ => {
                    left_out += group.tests.len();
                    continue;
                }
            };
            let key = PublicKey::Rsa(group.asn_key.to_vec());
            for test in &group.tests {
                let verified = key
                    .verify(algorithm, EcdsaForm::Der, &test.msg, &test.sig)
                    .is_ok();
                let salt = key.salt_length(algorithm, &test.msg, &test.sig);
                assert_eq!(verified, salt.is_some(), "{name:?} {}", test.tc_id);
                let kind = if salt == Some(group.salt_size) {
                    "its salt"
                } else {
                    "another salt"
                };
                tally.count(test.result, verified, &format!("{:?}, {kind}", test.flags));
            }
        }
    }
    println!("{sets} sets, {left_out} vectors of algorithms that are not computed");
    tally.settle(
        "PSS",
        &[(
            "Invalid, verified: [ModifiedSignature], another salt",
            "RFC 8017, clause 9.1.2: by the same key over the same message, with a salt of another length, which OpenSSL and others \
             choose; what a container states beside it is signed by nobody",
        )],
    );
}
