//! SubjectPublicKeyInfo (RFC 5280, clause 4.1.2.7) into keys we can compute with.

use super::{CertificateError, pem};
use crate::asn1::{self, Oid, Reader, Rules, tag};
use crate::cms::AlgorithmIdentifier;
use crate::crypto::oids::{EC_PUBLIC_KEY, ED25519, P256, P384, RSA_ENCRYPTION, RSASSA_PSS};
use crate::crypto::{DigestAlgorithm, PublicKey, SignatureAlgorithm};

/// Which algorithms a certificate lets its key be used with.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Restriction {
    /// Any that fits the key.
    None,
    /// RSASSA-PSS only (RFC 4055, clause 1.2), with this digest if one is named.
    Pss(Option<DigestAlgorithm>),
}

impl Restriction {
    pub(super) fn permits(self, algorithm: SignatureAlgorithm) -> bool {
        use SignatureAlgorithm as A;
        match self {
            Self::None => true,
            Self::Pss(digest) => {
                matches!(algorithm, A::RsaPssSha256 | A::RsaPssSha384 | A::RsaPssSha512)
                    && digest.is_none_or(|d| d == algorithm.digest())
            }
        }
    }
}

impl PublicKey {
    /// Reads a key without a certificate: the first PUBLIC KEY block of PEM text (RFC 7468, clause 13).
    ///
    /// # Errors
    /// Occurs if there is none, or its key is malformed or of a kind that is not supported.
    pub fn from_pem(text: &str) -> Result<Self, CertificateError> {
        let blocks = pem::blocks(text, "PUBLIC KEY").map_err(|_| CertificateError::Pem)?;
        let der = blocks.first().ok_or(CertificateError::Pem)?;
        public_key(der).map(|(key, _)| key)
    }
}

/// The key in the SubjectPublicKeyInfo `der`.
pub(super) fn public_key(der: &[u8]) -> Result<(PublicKey, Restriction), CertificateError> {
    let (algorithm, bits) = parts(der).map_err(CertificateError::Malformed)?;
    let unsupported = |oid: Oid<'_>| CertificateError::Key { oid: oid.to_string() };
    let key = match (algorithm.oid.contents(), algorithm.parameters) {
        (EC_PUBLIC_KEY, Some(curve)) if curve.tag == tag::OID => match (curve.contents, bits) {
            // SEC 1, 2.3.3: only uncompressed points, as RFC 5480, 2.2 requires all to support.
            (P256, [4, point @ ..]) if point.len() == 64 => PublicKey::P256(bits.to_vec()),
            (P384, [4, point @ ..]) if point.len() == 96 => PublicKey::P384(bits.to_vec()),
            _ => return Err(unsupported(Oid::new(curve.contents))),
        },
        (ED25519, None) if bits.len() == 32 => PublicKey::Ed25519(bits.to_vec()),
        (RSA_ENCRYPTION, parameters) if parameters.is_none_or(|p| p.tag == tag::NULL) => rsa(bits)?,
        (RSASSA_PSS, None) => return Ok((rsa(bits)?, Restriction::Pss(None))),
        (RSASSA_PSS, Some(_)) => match algorithm.pss_digest() {
            Some(digest) => return Ok((rsa(bits)?, Restriction::Pss(Some(digest)))),
            None => return Err(unsupported(algorithm.oid)),
        },
        _ => return Err(unsupported(algorithm.oid)),
    };
    Ok((key, Restriction::None))
}

fn parts(der: &[u8]) -> asn1::Result<(AlgorithmIdentifier<'_>, &[u8])> {
    let mut outer = Reader::new(der, Rules::Der);
    let mut inner = outer.expect(tag::SEQUENCE)?.reader(Rules::Der);
    outer.finish()?;
    let algorithm = AlgorithmIdentifier::parse(&inner.expect(tag::SEQUENCE)?, Rules::Der)?;
    let tlv = inner.expect(tag::BIT_STRING)?;
    let bits = asn1::BitString::parse(&tlv)?;
    inner.finish()?;
    if bits.unused != 0 {
        return Err(tlv.error(asn1::Asn1Error::Value));
    }
    Ok((algorithm, bits.octets))
}

/// Bits of `key`: of the modulus, or of the curve's order. 0 if that cannot be read.
pub(super) fn bits(key: &PublicKey) -> u32 {
    match key {
        PublicKey::Ed25519(_) | PublicKey::P256(_) => 256,
        PublicKey::P384(_) => 384,
        PublicKey::Rsa(der) => modulus(der).map_or(0, bits_of),
    }
}

fn bits_of(modulus: &[u8]) -> u32 {
    let zeros = modulus.first().map_or(0, |b| b.leading_zeros());
    u32::try_from(modulus.len().saturating_mul(8))
        .unwrap_or(u32::MAX)
        .saturating_sub(zeros)
}

/// The modulus in an RSAPublicKey (RFC 8017, appendix A.1.1).
fn modulus(der: &[u8]) -> asn1::Result<&[u8]> {
    let mut outer = Reader::new(der, Rules::Der);
    let mut inner = outer.expect(tag::SEQUENCE)?.reader(Rules::Der);
    outer.finish()?;
    let modulus = asn1::unsigned_integer(&inner.expect(tag::INTEGER)?)?;
    asn1::unsigned_integer(&inner.expect(tag::INTEGER)?)?;
    inner.finish()?;
    Ok(modulus)
}

/// RSAPublicKey of 2048 to 8192 bits.
fn rsa(der: &[u8]) -> Result<PublicKey, CertificateError> {
    let bits = bits_of(modulus(der).map_err(CertificateError::Malformed)?);
    // Below 2048 bits: less than 112 bits of security (NIST SP 800-57, table 2); above 8192: not computed.
    if (2048..=8192).contains(&bits) {
        Ok(PublicKey::Rsa(der.to_vec()))
    } else {
        Err(CertificateError::KeySize { bits })
    }
}
