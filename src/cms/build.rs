//! Writing a detached SignedData for PAdES (EN 319 142-1, clause 6; EN 319 122-1), DER throughout.
//!
//! In two steps, so that the key can be elsewhere: [`signed_attributes`] gives the bytes to sign, [`signed_data`] puts the
//! signature in. [`reserve`] tells beforehand how long the result can become.

use core::fmt;

use super::algorithm::{digest_identifier, signature_identifier};
use super::signer_info::issuer_and_serial;
use super::{ID_DATA, oids};
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
/// `message_digest` is the content's digest by [`SignatureAlgorithm::digest`]; `leaf` the signer's certificate, DER. There
/// is no signing-time: PAdES forbids it, the time stands in `/M` (EN 319 142-1, table 1).
///
/// # Errors
/// Occurs if the digest has another length or `leaf` is not a certificate.
pub fn signed_attributes(
    algorithm: SignatureAlgorithm,
    message_digest: &[u8],
    leaf: &[u8],
) -> Result<Vec<u8>, BuildError> {
    if message_digest.len() != algorithm.digest().length() {
        return Err(BuildError::MessageDigest);
    }
    Ok(asn1::set_of(vec![
        attribute(oids::CONTENT_TYPE, &asn1::oid_tlv(ID_DATA)),
        attribute(
            oids::MESSAGE_DIGEST,
            &asn1::tlv(tag::OCTET_STRING, &[message_digest]),
        ),
        attribute(oids::SIGNING_CERTIFICATE_V2, &signing_certificate(leaf)?),
    ]))
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
    let (leaf, _) = chain.split_first().ok_or(BuildError::Certificate)?;
    let (issuer, serial) = issuer_and_serial(leaf).map_err(|_| BuildError::Certificate)?;
    let [tag::SET, attributes @ ..] = signed_attributes else {
        return Err(BuildError::SignedAttributes);
    };
    if asn1::Reader::new(signed_attributes, asn1::Rules::Der)
        .read()
        .map(|tlv| tlv.raw.len())
        != Ok(signed_attributes.len())
    {
        return Err(BuildError::SignedAttributes);
    }
    let version = asn1::unsigned(&[1]);
    let digest = digest_identifier(algorithm.digest());
    let signer_info = asn1::tlv(
        tag::SEQUENCE,
        &[
            &version,
            &asn1::tlv(tag::SEQUENCE, &[issuer, &asn1::tlv(tag::INTEGER, &[serial])]),
            &digest,
            // IMPLICIT [0] takes the place of SET's identifier octet (RFC 5652, clause 5.4).
            &[tag::CONTEXT_0_CONSTRUCTED],
            attributes,
            &signature_identifier(algorithm),
            &asn1::tlv(tag::OCTET_STRING, &[signature]),
        ],
    );
    let signed_data = asn1::tlv(
        tag::SEQUENCE,
        &[
            &version,
            &asn1::tlv(tag::SET, &[&digest]),
            &asn1::tlv(tag::SEQUENCE, &[&asn1::oid_tlv(ID_DATA)]),
            &certificate_set(chain),
            &asn1::tlv(tag::SET, &[&signer_info]),
        ],
    );
    let explicit = asn1::tlv(tag::CONTEXT_0_CONSTRUCTED, &[&signed_data]);
    Ok(asn1::tlv(
        tag::SEQUENCE,
        &[&asn1::oid_tlv(oids::SIGNED_DATA), &explicit],
    ))
}

/// The length in bytes that [`signed_data`] cannot exceed when the signature has at most `signature_length` bytes. It is
/// reached when the signature has that length.
///
/// # Errors
/// Occurs if `chain` is empty or its first certificate not DER.
pub fn reserve(
    algorithm: SignatureAlgorithm,
    chain: &[&[u8]],
    signature_length: usize,
) -> Result<usize, BuildError> {
    let (leaf, _) = chain.split_first().ok_or(BuildError::Certificate)?;
    let attributes = signed_attributes(algorithm, &vec![0; algorithm.digest().length()], leaf)?;
    signed_data(algorithm, chain, &attributes, &vec![0; signature_length]).map(|made| made.len())
}

/// `SEQUENCE { type, SET { value } }`.
fn attribute(oid: Oid<'_>, value: &[u8]) -> Vec<u8> {
    asn1::tlv(
        tag::SEQUENCE,
        &[&asn1::oid_tlv(oid), &asn1::tlv(tag::SET, &[value])],
    )
}

/// SigningCertificateV2 with one ESSCertIDv2. SHA-256 is the default and so, in DER, not written (RFC 5035, clause 4).
fn signing_certificate(leaf: &[u8]) -> Result<Vec<u8>, BuildError> {
    let (issuer, serial) = issuer_and_serial(leaf).map_err(|_| BuildError::Certificate)?;
    let hash = DigestAlgorithm::Sha256.digest(leaf);
    let general_names = asn1::tlv(
        tag::SEQUENCE,
        &[&asn1::tlv(tag::CONTEXT_4_CONSTRUCTED, &[issuer])],
    );
    let issuer_serial = asn1::tlv(
        tag::SEQUENCE,
        &[&general_names, &asn1::tlv(tag::INTEGER, &[serial])],
    );
    let id = asn1::tlv(
        tag::SEQUENCE,
        &[&asn1::tlv(tag::OCTET_STRING, &[&hash]), &issuer_serial],
    );
    Ok(asn1::tlv(tag::SEQUENCE, &[&asn1::tlv(tag::SEQUENCE, &[&id])]))
}

/// `certificates [0] IMPLICIT SET OF`, in the order DER asks for.
fn certificate_set(chain: &[&[u8]]) -> Vec<u8> {
    let mut sorted = chain.to_vec();
    sorted.sort_unstable();
    sorted.dedup();
    asn1::tlv(tag::CONTEXT_0_CONSTRUCTED, &sorted)
}
