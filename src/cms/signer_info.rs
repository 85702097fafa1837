//! SignerInfo (RFC 5652, clause 5.3): one signature, and checking it with a key.

use std::borrow::Cow;

use core::fmt;

use super::attributes::parse_attributes;
use super::{
    AlgorithmIdentifier, Attribute, CmsError, Result, Scheme, SignedAttributes, UnsupportedAlgorithm, oids,
};
use crate::asn1::{self, Oid, Reader, Rules, Tlv, tag};
use crate::crypto::{DigestAlgorithm, EcdsaForm, PublicKey, SignatureAlgorithm};
use crate::error::At;
use crate::limits::Limits;

/// Which certificate belongs to a signature. Not signed: the signing-certificate attribute is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum SignerIdentifier<'a> {
    /// issuerAndSerialNumber.
    IssuerAndSerial {
        /// The issuer Name, DER.
        issuer: &'a [u8],
        /// Contents octets of the serial number.
        serial: &'a [u8],
    },
    /// subjectKeyIdentifier.
    SubjectKeyIdentifier(&'a [u8]),
}

/// One signature of a SignedData.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SignerInfo<'a> {
    /// The version: 1 with issuerAndSerialNumber, 3 with subjectKeyIdentifier.
    pub version: u32,
    /// Which certificate.
    pub identifier: SignerIdentifier<'a>,
    /// digestAlgorithm, as named.
    pub digest_algorithm: AlgorithmIdentifier<'a>,
    /// The signed attributes. Where absent, the signature is over the content itself.
    pub signed_attributes: Option<SignedAttributes<'a>>,
    /// signatureAlgorithm, as named.
    pub signature_algorithm: AlgorithmIdentifier<'a>,
    /// The signature value.
    pub signature: Cow<'a, [u8]>,
    /// The unsigned attributes. Anyone can add or remove these.
    pub unsigned_attributes: Vec<Attribute<'a>>,
}

/// Why a signature is not that key's over that content.
#[non_exhaustive]
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum SignatureFault {
    /// The digest or signature algorithm is unknown or too weak.
    Algorithm(UnsupportedAlgorithm),
    /// digestAlgorithm, signatureAlgorithm and CMSAlgorithmProtection (RFC 6211) do not agree.
    AlgorithmMismatch,
    /// The content-type attribute is missing or names another type than the SignedData.
    ContentType,
    /// An attribute occurs twice or has several values where one is allowed.
    DuplicateAttribute,
    /// The key is of another kind than the signature algorithm.
    Key,
    /// The message-digest attribute is missing or is not the digest of the content: the content was changed.
    MessageDigest,
    /// There are no signed attributes, so that a content digest is not enough.
    NoSignedAttributes,
    /// The signature does not verify over the signed attributes (or the content, where there are none).
    Signature,
    /// There are signed attributes where none are expected.
    SignedAttributes,
}

impl fmt::Display for SignatureFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Algorithm(e) => return e.fmt(f),
            Self::AlgorithmMismatch => "digest and signature algorithms of the signer do not agree",
            Self::ContentType => "the content-type attribute does not agree with the content",
            Self::DuplicateAttribute => "a signed attribute occurs more than once",
            Self::Key => "the certificate's key is of another kind than the signature",
            Self::MessageDigest => "the content does not have the digest that was signed",
            Self::NoSignedAttributes => "the signature has no signed attributes",
            Self::Signature => "the signature does not verify with the certificate's key",
            Self::SignedAttributes => "the signature has signed attributes where none are expected",
        })
    }
}

impl core::error::Error for SignatureFault {}

impl<'a> SignerInfo<'a> {
    /// Whether this signature names the certificate with that issuer Name (DER), serial number (contents
    /// octets) and subject key identifier.
    #[must_use]
    pub fn matches(&self, issuer: &[u8], serial: &[u8], key_identifier: Option<&[u8]>) -> bool {
        match self.identifier {
            SignerIdentifier::IssuerAndSerial { issuer: i, serial: s } => i == issuer && s == serial,
            SignerIdentifier::SubjectKeyIdentifier(ski) => Some(ski) == key_identifier,
        }
    }

    /// The digest the content must be hashed with.
    ///
    /// # Errors
    /// Occurs if it is not one of ours.
    pub fn digest(&self) -> core::result::Result<DigestAlgorithm, UnsupportedAlgorithm> {
        self.digest_algorithm.digest()
    }

    /// The signature scheme, checked for agreement with digestAlgorithm and CMSAlgorithmProtection.
    ///
    /// # Errors
    /// Occurs if an algorithm is not one of ours ([`SignatureFault::Algorithm`]) or they do not agree
    /// ([`SignatureFault::AlgorithmMismatch`]): RFC 5652, clause 5.4; RFC 8419, clause 3; RFC 6211, clause 3.
    pub fn scheme(&self) -> core::result::Result<Scheme, SignatureFault> {
        // Not computed here, but what it asks for is known: SHAKE256 and no other (RFC 8419, clause 3.1).
        let shake = [oids::SHAKE256, oids::SHAKE256_LENGTH].contains(&self.digest_algorithm.oid);
        if self.signature_algorithm.oid == oids::ED448 && !shake {
            return Err(SignatureFault::AlgorithmMismatch);
        }
        let digest = self.digest().map_err(SignatureFault::Algorithm)?;
        let scheme = self
            .signature_algorithm
            .scheme(Some(digest))
            .map_err(SignatureFault::Algorithm)?;
        if scheme.digest() != digest {
            return Err(SignatureFault::AlgorithmMismatch);
        }
        let protection = self
            .signed_attributes
            .as_ref()
            .and_then(|a| a.algorithm_protection);
        if let Some(protection) = protection {
            let signature_agrees = protection
                .signature
                .is_some_and(|s| s.same_as(&self.signature_algorithm));
            if !protection.digest.same_as(&self.digest_algorithm) || !signature_agrees {
                return Err(SignatureFault::AlgorithmMismatch);
            }
        }
        Ok(scheme)
    }

    /// Checks the signature over content of type `content_type` whose digest, by [`SignerInfo::digest`],
    /// is `digest`.
    ///
    /// Says nothing about whose key it is, whether the signing-certificate attribute names its
    /// certificate, or whether that certificate lets the key be used with the algorithm returned.
    ///
    /// # Errors
    /// Occurs if any condition of RFC 5652, clause 5.6, is not met, or there are no signed attributes.
    pub fn verify(
        &self,
        key: &PublicKey,
        content_type: Oid<'_>,
        digest: &[u8],
    ) -> core::result::Result<SignatureAlgorithm, SignatureFault> {
        let algorithm = self.scheme()?.for_key(key).ok_or(SignatureFault::Key)?;
        let attributes = self
            .signed_attributes
            .as_ref()
            .ok_or(SignatureFault::NoSignedAttributes)?;
        if !attributes.duplicates.is_empty() {
            return Err(SignatureFault::DuplicateAttribute);
        }
        if attributes.content_type != Some(content_type) {
            return Err(SignatureFault::ContentType);
        }
        if attributes.message_digest != Some(digest) {
            return Err(SignatureFault::MessageDigest);
        }
        self.check(key, algorithm, &attributes.bytes_to_hash())
    }

    /// Checks a signature without signed attributes over `content` itself.
    ///
    /// Such a signature does not bind its certificate, and content that happens to be an encoded set of
    /// attributes could be passed off as theirs (RFC 5652, clause 5.4 was once attacked this way), so it
    /// is never a PAdES seal.
    ///
    /// # Errors
    /// Occurs if there are signed attributes or the signature does not verify.
    pub fn verify_direct(
        &self,
        key: &PublicKey,
        content: &[u8],
    ) -> core::result::Result<SignatureAlgorithm, SignatureFault> {
        if self.signed_attributes.is_some() {
            return Err(SignatureFault::SignedAttributes);
        }
        let algorithm = self.scheme()?.for_key(key).ok_or(SignatureFault::Key)?;
        self.check(key, algorithm, content)
    }

    /// Whether the salt of an RSASSA-PSS signature over signed attributes is as long as the parameters beside it say. Nobody
    /// signs the parameters. True for other signatures.
    #[must_use]
    pub fn salt_agrees(&self, key: &PublicKey) -> bool {
        let scheme = self.scheme().ok();
        let (Some(attributes), Some(Scheme::RsaPss(digest))) = (&self.signed_attributes, scheme) else {
            return true;
        };
        let stated = self.signature_algorithm.pss_salt_length();
        let own = Scheme::RsaPss(digest)
            .for_key(key)
            .and_then(|algorithm| key.salt_length(algorithm, &attributes.bytes_to_hash(), &self.signature));
        stated.is_some() && stated == own
    }

    /// The signature time-stamp tokens among the unsigned attributes, each a ContentInfo as received (RFC
    /// 3161).
    pub fn time_stamp_tokens(&self) -> impl Iterator<Item = &'a [u8]> + '_ {
        self.unsigned_attributes
            .iter()
            .filter(|a| a.oid == oids::TIME_STAMP_TOKEN)
            .flat_map(|a| a.values.iter().map(|v| v.raw))
    }

    fn check(
        &self,
        key: &PublicKey,
        algorithm: SignatureAlgorithm,
        message: &[u8],
    ) -> core::result::Result<SignatureAlgorithm, SignatureFault> {
        key.verify(algorithm, EcdsaForm::Der, message, &self.signature)
            .map(|()| algorithm)
            .map_err(|_| SignatureFault::Signature)
    }

    pub(super) fn parse(tlv: &Tlv<'a>, rules: Rules, limits: &Limits) -> Result<Self> {
        let mut inner = tlv.reader(rules);
        let version = asn1::small_integer(&inner.expect(tag::INTEGER)?)?;
        let identifier = match inner.peek() {
            Some(tag::SEQUENCE) => {
                let mut parts = inner.expect(tag::SEQUENCE)?.reader(rules);
                let issuer = parts.expect(tag::SEQUENCE)?.raw;
                let serial = asn1::integer_contents(&parts.expect(tag::INTEGER)?)?;
                parts.finish()?;
                SignerIdentifier::IssuerAndSerial { issuer, serial }
            }
            _ => SignerIdentifier::SubjectKeyIdentifier(inner.expect(tag::CONTEXT_0)?.contents),
        };
        let digest_algorithm = AlgorithmIdentifier::parse(&inner.expect(tag::SEQUENCE)?, rules)?;
        let signed_attributes = inner
            .optional(tag::CONTEXT_0_CONSTRUCTED)?
            .map(|tlv| SignedAttributes::parse(&tlv, limits))
            .transpose()?;
        let signature_algorithm = AlgorithmIdentifier::parse(&inner.expect(tag::SEQUENCE)?, rules)?;
        let signature = asn1::octet_string(&inner.read()?, tag::OCTET_STRING, rules)?;
        let unsigned_attributes = match inner.optional(tag::CONTEXT_1_CONSTRUCTED)? {
            Some(tlv) => parse_attributes(&tlv, rules, limits)?,
            None => vec![],
        };
        inner.finish()?;
        Ok(Self {
            version,
            identifier,
            digest_algorithm,
            signed_attributes,
            signature_algorithm,
            signature,
            unsigned_attributes,
        })
    }
}

/// The issuer Name (DER) and the serial number (contents octets) of the certificate `der`: what
/// issuerAndSerialNumber repeats. RFC 5280, clause 4.1.
pub(super) fn issuer_and_serial(der: &[u8]) -> Result<(&[u8], &[u8])> {
    let mut reader = Reader::new(der, Rules::Der);
    let certificate = reader.expect(tag::SEQUENCE)?;
    reader.finish()?;
    let mut tbs = certificate
        .reader(Rules::Der)
        .expect(tag::SEQUENCE)?
        .reader(Rules::Der);
    tbs.optional(tag::CONTEXT_0_CONSTRUCTED)?;
    let serial = asn1::integer_contents(&tbs.expect(tag::INTEGER)?)?;
    tbs.expect(tag::SEQUENCE)?;
    let issuer = tbs.expect(tag::SEQUENCE)?.raw;
    Ok((issuer, serial))
}

/// Refuses the next element once `count` reaches the limit.
pub(super) fn within(count: usize, limits: &Limits, tlv: &Tlv<'_>) -> Result<()> {
    if count < limits.certificates {
        Ok(())
    } else {
        Err(At::new(CmsError::TooMany, tlv.offset))
    }
}
