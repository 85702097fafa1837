//! Writing a detached SignedData for PAdES (EN 319 142-1, clause 6; EN 319 122-1), DER throughout.
//!
//! In two steps, so that the key can be elsewhere: [`signed_attributes`] gives the bytes to sign,
//! [`signed_data`] puts the signature in. [`reserve`] tells beforehand how long the result can become.

use core::fmt;

use super::algorithm::{digest_identifier, signature_identifier};
use super::signer_info::issuer_and_serial;
use super::{ID_DATA, oids};
use crate::asn1::Part::{self, Octets};
use crate::asn1::{self, Oid, tag};
use crate::crypto::{DigestAlgorithm, SignatureAlgorithm};

/// Why a SignedData cannot be written: the caller's parts do not fit.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum BuildError {
    /// No certificate was given, or one is not DER.
    Certificate,
    /// The message digest is not as long as the algorithm's.
    MessageDigest,
    /// The signed attributes are not a DER SET.
    SignedAttributes,
}

impl fmt::Display for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Certificate => "a signature needs the signer's certificate first, each certificate in DER",
            Self::MessageDigest => {
                "the message digest does not have the length of the signature algorithm's digest"
            }
            Self::SignedAttributes => {
                "the signed attributes are not a DER set; pass what signed_attributes returned"
            }
        })
    }
}

impl core::error::Error for BuildError {}

/// The signed attributes as a DER SET OF: what is to be signed. content-type id-data, message-digest, and
/// signing-certificate-v2 (RFC 5035) with SHA-256 and issuerSerial.
///
/// `message_digest` is the content's digest by [`SignatureAlgorithm::digest`]; `leaf` the signer's
/// certificate, DER. There is no signing-time: PAdES forbids it, the time stands in `/M` (EN 319 142-1,
/// table 1).
///
/// # Errors
/// Occurs if the digest has another length or `leaf` is not a certificate.
pub fn signed_attributes(
    algorithm: SignatureAlgorithm,
    message_digest: &[u8],
    leaf: &[u8],
) -> Result<Vec<u8>, BuildError> {
    let hash = DigestAlgorithm::Sha256.digest(leaf);
    signed_attributes_by(algorithm, message_digest, leaf, &hash)
}

/// As [`signed_attributes`], with the SHA-256 of `leaf` known.
pub(crate) fn signed_attributes_by(
    algorithm: SignatureAlgorithm,
    message_digest: &[u8],
    leaf: &[u8],
    hash: &[u8],
) -> Result<Vec<u8>, BuildError> {
    let written = |attributes: [Part<'_>; 3]| asn1::set_of(attributes.iter().map(Part::der).collect());
    attributes(algorithm, message_digest, (leaf, hash), written)
}

/// Hands the signed attributes to `done`: to be written, or to be measured.
fn attributes<T>(
    algorithm: SignatureAlgorithm,
    message_digest: &[u8],
    (leaf, hash): (&[u8], &[u8]),
    done: impl FnOnce([Part<'_>; 3]) -> T,
) -> Result<T, BuildError> {
    if message_digest.len() != algorithm.digest().length() {
        return Err(BuildError::MessageDigest);
    }
    let (issuer, serial) = issuer_and_serial(leaf).map_err(|_| BuildError::Certificate)?;
    // SigningCertificateV2 with one ESSCertIDv2. SHA-256 is the default and so, in DER, not written (RFC 5035, clause 4).
    let (issuer, serial) = ([Octets(issuer)], [Octets(serial)]);
    let general_names = [element(tag::CONTEXT_4_CONSTRUCTED, &issuer)];
    let issuer_serial = [
        element(tag::SEQUENCE, &general_names),
        element(tag::INTEGER, &serial),
    ];
    let hash = [Octets(hash)];
    let id = [
        element(tag::OCTET_STRING, &hash),
        element(tag::SEQUENCE, &issuer_serial),
    ];
    let id = [element(tag::SEQUENCE, &id)];
    let ids = [element(tag::SEQUENCE, &id)];
    let certificate = element(tag::SEQUENCE, &ids);
    let (data, digest) = ([Octets(ID_DATA.contents())], [Octets(message_digest)]);
    let (data, digest) = (element(tag::OID, &data), element(tag::OCTET_STRING, &digest));
    Ok(attribute(oids::CONTENT_TYPE, data, |content_type| {
        attribute(oids::MESSAGE_DIGEST, digest, |message_digest| {
            attribute(oids::SIGNING_CERTIFICATE_V2, certificate, |certificate| {
                done([content_type, message_digest, certificate])
            })
        })
    }))
}

/// The finished ContentInfo: one signer, detached, version 1, issuerAndSerialNumber, no unsigned attributes.
///
/// `chain` is the signer's certificate and those above it, DER; all are included. `signature` is over
/// `signed_attributes`, in DER for ECDSA.
///
/// # Errors
/// Occurs if `chain` is empty or not DER, or `signed_attributes` is not a set.
pub fn signed_data(
    algorithm: SignatureAlgorithm,
    chain: &[&[u8]],
    signed_attributes: &[u8],
    signature: &[u8],
) -> Result<Vec<u8>, BuildError> {
    let contents = [Octets(set_contents(signed_attributes)?)];
    let parts = (&contents[..], signature, Octets(&[]));
    assembled(algorithm, chain, parts, |made| Part::der(&made))
}

/// As [`signed_data`], with the time-stamp token `token` over the signature value as unsigned attribute (EN 319 122-1,
/// clause 5.3).
///
/// # Errors
/// As for [`signed_data`].
pub fn stamped_data(
    algorithm: SignatureAlgorithm,
    chain: &[&[u8]],
    signed_attributes: &[u8],
    signature: &[u8],
    token: &[u8],
) -> Result<Vec<u8>, BuildError> {
    let contents = [Octets(set_contents(signed_attributes)?)];
    attribute(oids::TIME_STAMP_TOKEN, Octets(token), |attribute| {
        let attribute = [attribute];
        let unsigned = element(tag::CONTEXT_1_CONSTRUCTED, &attribute);
        let parts = (&contents[..], signature, unsigned);
        assembled(algorithm, chain, parts, |made| Part::der(&made))
    })
}

/// What is inside the SET `signed_attributes`.
fn set_contents(signed_attributes: &[u8]) -> Result<&[u8], BuildError> {
    let mut reader = asn1::Reader::new(signed_attributes, asn1::Rules::Der);
    match (reader.expect(tag::SET), reader.finish()) {
        (Ok(set), Ok(())) => Ok(set.contents),
        _ => Err(BuildError::SignedAttributes),
    }
}

/// Hands the ContentInfo to `done`: to be written, or to be measured. `unsigned` is the element of the unsigned attributes, or nothing.
fn assembled<T>(
    algorithm: SignatureAlgorithm,
    chain: &[&[u8]],
    (attributes, signature, unsigned): (&[Part<'_>], &[u8], Part<'_>),
    done: impl FnOnce(Part<'_>) -> T,
) -> Result<T, BuildError> {
    let leaf = chain.first().ok_or(BuildError::Certificate)?;
    let (issuer, serial) = issuer_and_serial(leaf).map_err(|_| BuildError::Certificate)?;
    let above = chain.get(1..).unwrap_or_default();
    if above.iter().any(|der| issuer_and_serial(der).is_err()) {
        return Err(BuildError::Certificate);
    }
    let version = Octets(&[tag::INTEGER, 1, 1]);
    let digest = digest_identifier(algorithm.digest());
    let serial = [Octets(serial)];
    let issuer_and_serial = [Octets(issuer), element(tag::INTEGER, &serial)];
    let (signer_algorithm, signature) = (signature_identifier(algorithm), [Octets(signature)]);
    let signer_info = [
        version,
        element(tag::SEQUENCE, &issuer_and_serial),
        Octets(&digest),
        // IMPLICIT [0] takes the place of SET's identifier octet (RFC 5652, clause 5.4).
        element(tag::CONTEXT_0_CONSTRUCTED, attributes),
        Octets(&signer_algorithm),
        element(tag::OCTET_STRING, &signature),
        unsigned,
    ];
    let signer_info = [element(tag::SEQUENCE, &signer_info)];
    // In the order DER asks for.
    let mut certificates = chain.to_vec();
    certificates.sort_unstable();
    certificates.dedup();
    let certificates: Vec<Part<'_>> = certificates.into_iter().map(Octets).collect();
    let (data, digests) = ([Octets(ID_DATA.contents())], [Octets(&digest)]);
    let content = [element(tag::OID, &data)];
    let signed_data = [
        version,
        element(tag::SET, &digests),
        element(tag::SEQUENCE, &content),
        element(tag::CONTEXT_0_CONSTRUCTED, &certificates),
        element(tag::SET, &signer_info),
    ];
    let signed_data = [element(tag::SEQUENCE, &signed_data)];
    let kind = [Octets(oids::SIGNED_DATA.contents())];
    let content_info = [
        element(tag::OID, &kind),
        element(tag::CONTEXT_0_CONSTRUCTED, &signed_data),
    ];
    Ok(done(element(tag::SEQUENCE, &content_info)))
}

/// The length in bytes that [`signed_data`] cannot exceed when the signature has at most
/// `signature_length` bytes; or [`stamped_data`], when its token has at most `token_length`. It is reached when they have that length.
///
/// # Errors
/// Occurs if `chain` is empty or its first certificate not DER.
pub fn reserve(
    algorithm: SignatureAlgorithm,
    chain: &[&[u8]],
    signature_length: usize,
    token_length: Option<usize>,
) -> Result<usize, BuildError> {
    let leaf = chain.first().ok_or(BuildError::Certificate)?;
    // Digests of the right length stand for those that are not known yet.
    let hash = vec![0; DigestAlgorithm::Sha256.length()];
    let digest = vec![0; algorithm.digest().length()];
    let (signature, token) = (vec![0; signature_length], vec![0; token_length.unwrap_or(0)]);
    attributes(algorithm, &digest, (leaf, &hash), |attributes| {
        attribute(oids::TIME_STAMP_TOKEN, Octets(&token), |token| {
            let token = [token];
            let unsigned = token_length.map(|_| element(tag::CONTEXT_1_CONSTRUCTED, &token));
            let parts = (&attributes[..], &signature[..], unsigned.unwrap_or(Octets(&[])));
            assembled(algorithm, chain, parts, |made| made.length())
        })
    })?
}

/// Hands `SEQUENCE { type, SET { value } }` to `done`.
fn attribute<T>(oid: Oid<'_>, value: Part<'_>, done: impl FnOnce(Part<'_>) -> T) -> T {
    let (oid, value) = ([Octets(oid.contents())], [value]);
    let parts = [element(tag::OID, &oid), element(tag::SET, &value)];
    done(element(tag::SEQUENCE, &parts))
}

fn element<'p>(tag: u8, contents: &'p [Part<'p>]) -> Part<'p> {
    Part::element(tag, contents)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cms::SignedData;
    use crate::crypto::PrivateKey;
    use crate::limits::Limits;

    /// PKCS#8 of the Ed25519 seed 07 07 .. 07.
    fn key() -> PrivateKey {
        let oid = asn1::tlv(tag::SEQUENCE, &[&asn1::oid_tlv(oids::ED25519)]);
        let seed = asn1::tlv(tag::OCTET_STRING, &[&asn1::tlv(tag::OCTET_STRING, &[&[7; 32]])]);
        PrivateKey::from_pkcs8(&asn1::tlv(tag::SEQUENCE, &[&asn1::unsigned(&[]), &oid, &seed])).unwrap()
    }

    /// As much of a certificate as this module looks at.
    fn certificate(serial: u8) -> Vec<u8> {
        let name = asn1::tlv(tag::SEQUENCE, &[]);
        let algorithm = asn1::tlv(tag::SEQUENCE, &[&asn1::oid_tlv(oids::ED25519)]);
        let tbs = asn1::tlv(tag::SEQUENCE, &[&asn1::unsigned(&[serial]), &algorithm, &name]);
        asn1::tlv(tag::SEQUENCE, &[&tbs])
    }

    fn made() -> Vec<u8> {
        let (leaf, above) = (certificate(9), certificate(8));
        let algorithm = SignatureAlgorithm::Ed25519;
        let digest = algorithm.digest().digest(b"content");
        let attributes = signed_attributes(algorithm, &digest, &leaf).unwrap();
        let signature = key().sign(algorithm, &attributes).unwrap();
        signed_data(algorithm, &[&leaf, &above], &attributes, &signature).unwrap()
    }

    #[test]
    fn the_same_input_gives_the_same_bytes() {
        let digest = DigestAlgorithm::Sha256.digest(&made());
        let hex: String = digest.iter().map(|b| format!("{b:02x}")).collect();
        assert_eq!(
            hex,
            "e34300d391839666356a09c57bd7dd5560cda86e1e65060a6e016c4ad758d2e9"
        );
    }

    #[test]
    fn damage_outside_what_is_unprotected_never_verifies() {
        let original = made();
        let limits = Limits::DEFAULT;
        let public = key().public_key();
        let read = SignedData::parse(&original, &limits).unwrap();
        let info = &read.signer_infos[0];
        assert!(read.verify(info, &public, b"content").is_ok());
        let mut state = 0x9e37_79b9_7f4a_7c15_u64;
        let mut next = |below: usize| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            usize::try_from(state % below as u64).unwrap()
        };
        let (mut parsed, mut verified) = (0, 0);
        for _ in 0..20_000 {
            let mut bytes = original.clone();
            for _ in 0..=next(3) {
                let at = next(bytes.len());
                match next(4) {
                    0 => bytes[at] = u8::try_from(next(256)).unwrap(),
                    1 => bytes[at] ^= 1 << next(8),
                    2 => bytes.truncate(at.max(1)),
                    _ => bytes.insert(at, u8::try_from(next(256)).unwrap()),
                }
            }
            let Ok(damaged) = SignedData::parse(&bytes, &limits) else {
                continue;
            };
            parsed += 1;
            for other in &damaged.signer_infos {
                if damaged.verify(other, &public, b"content").is_ok() {
                    verified += 1;
                    // What verifies has the attributes, signature and content type that were signed.
                    let hashed = |i: &crate::cms::SignerInfo<'_>| {
                        i.signed_attributes
                            .as_ref()
                            .map(crate::cms::SignedAttributes::bytes_to_hash)
                    };
                    assert_eq!(hashed(other), hashed(info));
                    assert_eq!(other.signature, info.signature);
                    assert_eq!(damaged.content_type, read.content_type);
                }
            }
        }
        // Damage in certificates and version numbers lets the signature stand, so both happen.
        assert!(parsed > 1000 && verified > 0, "{parsed} {verified}");
    }

    #[test]
    fn parts_that_do_not_fit() {
        let algorithm = SignatureAlgorithm::Ed25519;
        let leaf = certificate(1);
        assert_eq!(
            signed_attributes(algorithm, &[0; 32], &leaf),
            Err(BuildError::MessageDigest)
        );
        assert_eq!(
            signed_attributes(algorithm, &[0; 64], &[]),
            Err(BuildError::Certificate)
        );
        let set = signed_attributes(algorithm, &[0; 64], &leaf).unwrap();
        assert_eq!(
            signed_data(algorithm, &[], &set, &[]),
            Err(BuildError::Certificate)
        );
        assert_eq!(
            signed_data(algorithm, &[&leaf, &[1, 2]], &set, &[]),
            Err(BuildError::Certificate)
        );
        for bad in [&[][..], &[0x31], &[0xa0, 0], &[0x31, 0, 0]] {
            assert_eq!(
                signed_data(algorithm, &[&leaf], bad, &[]),
                Err(BuildError::SignedAttributes)
            );
        }
    }
}
