//! Signature values that their signer's key is right for and that are wrong all the same. Part of `edit.rs`.

use serde::Deserialize;
use yinxin::asn1::{Oid, Reader, Rules, oid_tlv, set_of, tag, tlv};
use yinxin::cms::build::{signed_attributes, signed_data};
use yinxin::crypto::{DigestAlgorithm, SignatureAlgorithm};
use yinxin::pki::{Certificate, Signer};

use crate::common::{pem, signer};
use crate::forge::{self, Anatomy};

/// What is wrong with a signature value made anew with the P-256 key.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq)]
#[serde(rename_all = "kebab-case")]
pub enum Flaw {
    /// Nothing: the control.
    None,
    /// The container carries a small PDF, and the message digest is that of the covered bytes.
    ContentIsPdf,
    /// The container carries a small PDF, and the message digest is that of it.
    ContentIsSigned,
    /// The container carries the digest of the covered bytes, as `adbe.pkcs7.sha1` does, and signs it.
    ContentIsDigest,
    /// The container carries a copy of the bytes before the gap.
    ContentIsHead,
    /// The container carries empty content.
    ContentIsEmpty,
    /// The content is said to be of the type that time stamps have.
    ContentTypeOfTimeStamps,
    /// The attribute says another content type than the container.
    ContentTypeAttributeOther,
    ContentTypeAttributeMissing,
    MessageDigestMissing,
    MessageDigestTwice,
    /// The message digest is that of nothing.
    MessageDigestOfNothing,
    /// Of the bytes before the gap alone.
    MessageDigestOfHead,
    CertificateAttributeOther,
    CertificateAttributeMissing,
    CertificateAttributeTwice,
    /// An attribute twice, with the same value.
    ContentTypeTwice,
    /// The signer's certificate is not in the container.
    CertificatesMissing,
    /// The signature is over the attributes as they stand in the container, `[0]`, not as a SET.
    SignedWithImplicitTag,
    /// The signature is over the digest alone, as if there were no attributes.
    SignedContentInstead,
    /// Behind a container that is right: another one.
    SecondContainer,
    /// Behind a container that is right: bytes that are not zero.
    PaddingNotZero,
}

const CONTENT_TYPE: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x03];
const MESSAGE_DIGEST: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x04];
const DATA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x01];
const TIME_STAMP: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x10, 0x01, 0x04];

/// `file` with a value that has `flaw`.
pub fn resigned(file: &[u8], flaw: Flaw) -> Vec<u8> {
    let parts = Anatomy::of(file);
    let head = &file[..parts.contents.start];
    let covered = [head, &file[parts.contents.end..parts.covered]].concat();
    let content = match flaw {
        Flaw::ContentIsPdf | Flaw::ContentIsSigned => Some(forge::page(9, 9, "")),
        Flaw::ContentIsDigest => Some(DigestAlgorithm::Sha256.digest(&covered)),
        Flaw::ContentIsHead => Some(head[..head.len().min(400)].to_vec()),
        Flaw::ContentIsEmpty => Some(vec![]),
        _ => None,
    };
    let signs = match (flaw, &content) {
        (Flaw::ContentIsSigned | Flaw::ContentIsDigest, Some(content)) => content.as_slice(),
        (Flaw::MessageDigestOfNothing, _) => b"",
        (Flaw::MessageDigestOfHead, _) => head,
        _ => &covered,
    };
    let value = value(signs, content.as_deref(), flaw);
    let value = match flaw {
        Flaw::SecondContainer => [value.as_slice(), &value[..300]].concat(),
        Flaw::PaddingNotZero => [value.as_slice(), b"\0\0\0%PDF-1.7"].concat(),
        _ => value,
    };
    forge::with_value(file, &value)
}

fn value(signs: &[u8], content: Option<&[u8]>, flaw: Flaw) -> Vec<u8> {
    let algorithm = SignatureAlgorithm::EcdsaP256Sha256;
    let signer = signer("p256");
    let chain: Vec<&[u8]> = signer.chain().iter().map(Certificate::der).collect();
    let digest = algorithm.digest().digest(signs);
    let attributes = flawed(signed_attributes(algorithm, &digest, chain[0]).unwrap(), flaw);
    let to_sign = match flaw {
        Flaw::SignedWithImplicitTag => {
            let mut implicit = attributes.clone();
            implicit[0] = tag::CONTEXT_0_CONSTRUCTED;
            implicit
        }
        Flaw::SignedContentInstead => signs.to_vec(),
        _ => attributes.clone(),
    };
    let signature = signer.sign(&to_sign).unwrap();
    let value = signed_data(algorithm, &chain, &attributes, &signature).unwrap();
    let kind = match flaw {
        Flaw::ContentTypeOfTimeStamps => TIME_STAMP,
        _ => DATA,
    };
    rebuilt(&value, kind, content, flaw != Flaw::CertificatesMissing)
}

/// The elements that stand in `outer`.
fn elements(outer: &[u8]) -> Vec<Vec<u8>> {
    let mut reader = Reader::new(outer, Rules::Der).read().unwrap().reader(Rules::Der);
    let mut found = vec![];
    while !reader.is_empty() {
        found.push(reader.read().unwrap().raw.to_vec());
    }
    found
}

fn flawed(attributes: Vec<u8>, flaw: Flaw) -> Vec<u8> {
    let has = |attribute: &[u8], kind: &[u8]| attribute.windows(kind.len()).any(|w| w == kind);
    let mut all = elements(&attributes);
    let is_certificate = |a: &Vec<u8>| !has(a, CONTENT_TYPE) && !has(a, MESSAGE_DIGEST);
    match flaw {
        Flaw::ContentTypeAttributeMissing => all.retain(|a| !has(a, CONTENT_TYPE)),
        Flaw::ContentTypeAttributeOther => {
            all.retain(|a| !has(a, CONTENT_TYPE));
            let other = tlv(tag::SET, &[&oid_tlv(Oid::new(TIME_STAMP))]);
            all.push(tlv(tag::SEQUENCE, &[&oid_tlv(Oid::new(CONTENT_TYPE)), &other]));
        }
        Flaw::ContentTypeTwice => {
            let same = all.iter().find(|a| has(a, CONTENT_TYPE)).unwrap().clone();
            all.push(same);
        }
        Flaw::MessageDigestMissing => all.retain(|a| !has(a, MESSAGE_DIGEST)),
        Flaw::MessageDigestTwice => {
            let other = tlv(tag::SET, &[&tlv(tag::OCTET_STRING, &[&[0; 32]])]);
            all.push(tlv(tag::SEQUENCE, &[&oid_tlv(Oid::new(MESSAGE_DIGEST)), &other]));
        }
        Flaw::CertificateAttributeMissing => all.retain(|a| !is_certificate(a)),
        Flaw::CertificateAttributeOther | Flaw::CertificateAttributeTwice => {
            let own = all.iter_mut().find(|a| is_certificate(a)).unwrap();
            let digest = |name: &str| DigestAlgorithm::Sha256.digest(pem(name)[0].der());
            let at = own.windows(32).position(|w| w == digest("p256")).unwrap();
            let mut changed = own.clone();
            changed[at..at + 32].copy_from_slice(&digest("p384"));
            match flaw {
                Flaw::CertificateAttributeOther => *own = changed,
                _ => all.push(changed),
            }
        }
        _ => return attributes,
    }
    set_of(all)
}

/// The container with content of its own.
fn rebuilt(value: &[u8], kind: &[u8], content: Option<&[u8]>, certificates: bool) -> Vec<u8> {
    let outer = elements(value);
    let data = elements(&outer[1]).remove(0);
    let mut parts = elements(&data);
    let content =
        content.map(|content| tlv(tag::CONTEXT_0_CONSTRUCTED, &[&tlv(tag::OCTET_STRING, &[content])]));
    parts[2] = tlv(
        tag::SEQUENCE,
        &[&oid_tlv(Oid::new(kind)), content.as_deref().unwrap_or_default()],
    );
    if !certificates {
        parts.retain(|part| part[0] != tag::CONTEXT_0_CONSTRUCTED);
    }
    let parts: Vec<&[u8]> = parts.iter().map(Vec::as_slice).collect();
    let data = tlv(tag::SEQUENCE, &parts);
    tlv(
        tag::SEQUENCE,
        &[&outer[0], &tlv(tag::CONTEXT_0_CONSTRUCTED, &[&data])],
    )
}
