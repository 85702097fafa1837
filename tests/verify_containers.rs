//! The part of a signature container that no signature covers: what it must look like, and what a change in it comes to.

mod common;
#[path = "common/forge.rs"]
mod forge;
#[path = "common/stamp.rs"]
mod stamp;

use common::{Office, at, outcome_and_lead, pem};
use stamp::{children, joined};
use yinxin::asn1::{self, Oid, tag, tlv};
use yinxin::verify::{Code, Outcome, Trust, Verifier};

/// A container taken apart.
struct Container {
    kind: Vec<u8>,
    /// version, digestAlgorithms, encapContentInfo, certificates, signerInfos.
    data: Vec<Vec<u8>>,
    /// version, sid, digestAlgorithm, signedAttrs, signatureAlgorithm, signature.
    signer: Vec<Vec<u8>>,
}

impl Container {
    fn of(value: &[u8]) -> Self {
        let [kind, outer] = <[_; 2]>::try_from(children(value)).unwrap();
        let data = children(&children(&outer)[0]);
        let signer = children(&children(&data[4])[0]);
        Self { kind, data, signer }
    }

    fn finish(mut self) -> Vec<u8> {
        self.data[4] = tlv(tag::SET, &[&joined(tag::SEQUENCE, &self.signer)]);
        let data = joined(tag::SEQUENCE, &self.data);
        tlv(
            tag::SEQUENCE,
            &[&self.kind, &tlv(tag::CONTEXT_0_CONSTRUCTED, &[&data])],
        )
    }

    fn versions(&mut self, outside: u8, inside: u8) {
        self.data[0] = asn1::unsigned(&[outside]);
        self.signer[0] = asn1::unsigned(&[inside]);
    }

    fn by_key(&mut self) {
        let certificate = pem("p256").remove(0);
        self.signer[1] = tlv(tag::CONTEXT_0, &[certificate.subject_key_identifier().unwrap()]);
    }

    /// Another element beside the certificates.
    fn beside(&mut self, element: &[u8]) {
        let mut all = children(&self.data[3]);
        all.push(element.to_vec());
        self.data[3] = joined(tag::CONTEXT_0_CONSTRUCTED, &all);
    }
}

/// What a seal comes to whose container was changed, of which the signature says nothing.
fn changed(change: impl FnOnce(&mut Container)) -> (Outcome, Code) {
    let file = forge::roomy(&Office::with_key("p256"));
    let mut container = Container::of(&stamp::value_of(&file));
    change(&mut container);
    let file = forge::with_value(&file, &container.finish());
    let verifier = Verifier::new(Trust::new().roots(pem("root")).certificates(pem("intermediate")));
    outcome_and_lead(&verifier.verify_pdf(&file, at()))
}

const INEXACT: (Outcome, Code) = (Outcome::Indeterminate, Code::ContainerInexact);

#[test]
fn versions_are_those_that_the_signer_identifier_asks_for() {
    for (outside, inside, by_key, right) in [
        (1, 1, false, true),
        (3, 1, false, false),
        (1, 3, false, false),
        (3, 3, false, false),
        (2, 1, false, false),
        (3, 3, true, true),
        // pyHanko has written this.
        (1, 3, true, true),
        (1, 1, true, false),
        (3, 1, true, false),
        (4, 3, true, false),
    ] {
        let found = changed(|container| {
            container.versions(outside, inside);
            if by_key {
                container.by_key();
            }
        });
        match right {
            true => assert_eq!(found.0, Outcome::Authentic, "{outside} {inside} {by_key}"),
            false => assert_eq!(found, INEXACT, "{outside} {inside} {by_key}"),
        }
    }
}

#[test]
fn versions_with_certificates_of_other_kinds_are_three_to_five() {
    for (version, right) in [
        (1, false),
        (2, false),
        (3, true),
        (4, true),
        (5, true),
        (6, false),
    ] {
        let found = changed(|container| {
            container.versions(version, 1);
            container.beside(&tlv(tag::CONTEXT_1_CONSTRUCTED, &[]));
        });
        assert_eq!(found.0 == Outcome::Authentic, right, "{version} {found:?}");
    }
}

#[test]
fn the_digest_algorithms_listed_are_the_one_of_the_signer() {
    let sha384 = [0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x02];
    let sha384 = tlv(tag::SEQUENCE, &[&asn1::oid_tlv(Oid::new(&sha384))]);
    assert_eq!(
        changed(|container| container.data[1] = tlv(tag::SET, &[])),
        INEXACT
    );
    assert_eq!(
        changed(|container| container.data[1] = tlv(tag::SET, &[&sha384])),
        INEXACT
    );
    let both = changed(|container| {
        let own = children(&container.data[1]).remove(0);
        container.data[1] = tlv(tag::SET, &[&own, &sha384]);
    });
    assert_eq!(both, INEXACT);
}

#[test]
fn a_certificate_that_cannot_be_read_is_doubt_and_may_be_the_signers() {
    let garbage = tlv(tag::SEQUENCE, &[&[1, 2, 3]]);
    assert_eq!(changed(|container| container.beside(&garbage)), INEXACT);
    let unread = changed(|container| container.data[3] = joined(tag::CONTEXT_0_CONSTRUCTED, &[garbage]));
    assert_eq!(unread, (Outcome::Indeterminate, Code::AlgorithmRejected));
    let none = changed(|container| container.data[3] = joined(tag::CONTEXT_0_CONSTRUCTED, &[]));
    assert_eq!(none, (Outcome::NotAuthentic, Code::SignerCertificateMissing));
}

#[test]
fn the_intermediate_may_be_missing_if_it_is_at_hand() {
    let leaf = pem("p256")[0].der().to_vec();
    let found = changed(|container| {
        container.data[3] = tlv(tag::CONTEXT_0_CONSTRUCTED, &[&leaf]);
    });
    assert_eq!(found.0, Outcome::Authentic);
}

#[test]
fn the_key_may_be_named_in_place_of_a_signature_algorithm() {
    // As iText 5 has it: id-ecPublicKey, the digest stands beside it.
    let ec_public_key = [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];
    let found = changed(|container| {
        container.signer[4] = tlv(tag::SEQUENCE, &[&asn1::oid_tlv(Oid::new(&ec_public_key))]);
    });
    assert_eq!(found.0, Outcome::Authentic);
}

#[test]
fn ed448_asks_for_shake256() {
    let ed448 = tlv(tag::SEQUENCE, &[&asn1::oid_tlv(Oid::new(&[0x2b, 0x65, 0x71]))]);
    let with = |digest: Option<&[u8]>| {
        changed(|container| {
            container.signer[4].clone_from(&ed448);
            if let Some(digest) = digest {
                container.signer[2] = tlv(tag::SEQUENCE, &[&asn1::oid_tlv(Oid::new(digest))]);
            }
        })
    };
    assert_eq!(with(None), (Outcome::NotAuthentic, Code::AlgorithmMismatch));
    for last in [0x0c, 0x12] {
        let shake256 = [0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, last];
        let found = with(Some(&shake256));
        assert_eq!(found, (Outcome::Indeterminate, Code::AlgorithmRejected));
    }
}

#[test]
fn an_algorithm_that_is_not_known_is_doubt_and_one_known_by_name_must_fit_its_digest() {
    let unknown = tlv(tag::SEQUENCE, &[&asn1::oid_tlv(Oid::new(&[0x2a, 0x03]))]);
    let found = changed(|container| container.signer[4].clone_from(&unknown));
    assert_eq!(found, (Outcome::Indeterminate, Code::AlgorithmRejected));
    // The certificate cannot be read, and what Ed448 asks for is known all the same.
    let garbage = tlv(tag::SEQUENCE, &[&[1, 2, 3]]);
    let ed448 = tlv(tag::SEQUENCE, &[&asn1::oid_tlv(Oid::new(&[0x2b, 0x65, 0x71]))]);
    let found = changed(|container| {
        container.data[3] = joined(tag::CONTEXT_0_CONSTRUCTED, &[garbage]);
        container.signer[4] = ed448;
    });
    assert_eq!(found, (Outcome::NotAuthentic, Code::AlgorithmMismatch));
}
