//! What a path that breaks a constraint comes to in the verdict on a file.

mod common;
#[path = "common/forge.rs"]
mod forge;
#[path = "common/pki.rs"]
mod made;

use common::{at, outcome_and_lead};
use made::{Subject, extension, of_authority};
use yinxin::asn1::{tag, tlv};
use yinxin::draft::Draft;
use yinxin::limits::Limits;
use yinxin::pki::SoftwareSigner;
use yinxin::verify::{Code, Outcome, Trust, Verifier};

/// The verdict on a file sealed with a certificate that has the alternative name `name`, below an authority that permits `permitted`
/// alone. Names are (identifier octet, contents).
fn verdict(name: (u8, &[u8]), permitted: (u8, &[u8])) -> (Outcome, Code) {
    let tree = tlv(tag::SEQUENCE, &[&tlv(permitted.0, &[permitted.1])]);
    let held = tlv(tag::SEQUENCE, &[&tlv(tag::CONTEXT_0_CONSTRUCTED, &[&tree])]);
    let called = tlv(tag::SEQUENCE, &[&tlv(name.0, &[name.1])]);
    let root = Subject::new("root", "root", 1).with(of_authority()).certificate();
    let office = Subject::new("office", "root", 2)
        .with(of_authority())
        .with(vec![extension(30, true, &held)])
        .certificate();
    let leaf = Subject::new("leaf", "office", 3)
        .with(vec![extension(17, false, &called)])
        .certificate();
    let signer = SoftwareSigner::from_pkcs8(&made::pkcs8("leaf"), vec![leaf, office]).unwrap();
    let draft = Draft::open(forge::page(200, 200, ""), &Limits::DEFAULT).unwrap();
    let sealing = draft.without_code().place(forge::place());
    let file = sealing.seal(&forge::mark(), &signer, at()).unwrap().into_bytes();
    let verifier = Verifier::new(Trust::new().roots([root]));
    outcome_and_lead(&verifier.verify_pdf(&file, at()))
}

#[test]
fn a_name_that_the_authority_above_permits_takes_nothing_away() {
    let host = (0x82, b"seal.example.cn".as_slice());
    assert_eq!(verdict(host, (0x82, b"example.cn")).0, Outcome::Authentic);
}

#[test]
fn a_name_that_the_authority_above_does_not_permit_is_against_the_rules() {
    let host = (0x82, b"seal.example.cn".as_slice());
    assert_eq!(
        verdict(host, (0x82, b"other.cn")),
        (Outcome::NotAuthentic, Code::ChainInvalid)
    );
}

#[test]
fn a_constraint_that_is_not_evaluated_leaves_the_verdict_open() {
    // otherName of the type 1.2.
    let other = (0xa0, [6, 1, 42, 0xa0, 0].as_slice());
    assert_eq!(
        verdict(other, other),
        (Outcome::Indeterminate, Code::ChainMissing)
    );
}
