//! ContentInfo with SignedData (RFC 5652, clauses 3 and 5.1).

use std::borrow::Cow;

use super::signer_info::within;
use super::{AlgorithmIdentifier, CmsError, Result, SignatureFault, SignerInfo, oids};
use crate::asn1::{self, Oid, Reader, Rules, tag};
use crate::crypto::{PublicKey, SignatureAlgorithm};
use crate::error::At;
use crate::limits::Limits;

/// A SignedData, borrowed from the bytes received. Parsing proves nothing about signatures.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SignedData<'a> {
    /// The version, 1 to 5.
    pub version: u32,
    /// digestAlgorithms.
    pub digest_algorithms: Vec<AlgorithmIdentifier<'a>>,
    /// eContentType.
    pub content_type: Oid<'a>,
    /// eContent; `None` in a detached signature, as PAdES asks for.
    pub content: Option<Cow<'a, [u8]>>,
    /// The X.509 certificates, DER as received, in any order; not part of what is signed.
    pub certificates: Vec<&'a [u8]>,
    /// How many other certificates (attribute certificates and older forms) stand beside them.
    pub other_certificates: usize,
    /// crls: certificate lists and other revocation information as received.
    pub revocation: Vec<&'a [u8]>,
    /// The signatures. How many there may be is the verifier's matter.
    pub signer_infos: Vec<SignerInfo<'a>>,
}

/// How a reserved space is used: the length of the first element in it, and what stands behind.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Padding {
    /// Bytes of the first element, header included.
    pub object: usize,
    /// Whether every byte behind it is zero, as ISO 32000-2, 12.8.1 has it for `/Contents`. True if there
    /// is none.
    pub zero: bool,
}

impl Padding {
    /// Measures the first element of `bytes`, DER or BER.
    ///
    /// # Errors
    /// Occurs if `bytes` does not begin with a whole element.
    pub fn of(bytes: &[u8]) -> Result<Self> {
        let mut reader = Reader::new(bytes, Rules::Ber);
        let object = reader.read()?.raw.len();
        Ok(Self {
            object,
            zero: reader.rest().iter().all(|b| *b == 0),
        })
    }
}

impl<'a> SignedData<'a> {
    /// Reads a ContentInfo with id-signedData: DER, or BER with indefinite lengths. Nothing may follow it;
    /// cut padding with [`Padding::of`] first.
    ///
    /// # Errors
    /// Occurs if the bytes have another form or exceed a limit.
    pub fn parse(bytes: &'a [u8], limits: &Limits) -> Result<Self> {
        if bytes.len() > limits.cms_bytes {
            return Err(At::new(CmsError::TooLarge, 0));
        }
        let rules = Rules::Ber;
        let mut outer = Reader::new(bytes, rules);
        let content_info = outer.expect(tag::SEQUENCE)?;
        outer.finish()?;
        let mut content_info = content_info.reader(rules);
        let content_type = content_info.expect(tag::OID)?;
        if content_type.oid()? != oids::SIGNED_DATA {
            return Err(At::new(CmsError::ContentType, content_type.offset));
        }
        let mut explicit = content_info.expect(tag::CONTEXT_0_CONSTRUCTED)?.reader(rules);
        content_info.finish()?;
        let mut inner = explicit.expect(tag::SEQUENCE)?.reader(rules);
        explicit.finish()?;
        Self::fields(&mut inner, rules, limits)
    }

    fn fields(inner: &mut Reader<'a>, rules: Rules, limits: &Limits) -> Result<Self> {
        let version = asn1::small_integer(&inner.expect(tag::INTEGER)?)?;

        let mut digest_algorithms = vec![];
        let mut set = inner.expect(tag::SET)?.reader(rules);
        while !set.is_empty() {
            let tlv = set.expect(tag::SEQUENCE)?;
            within(digest_algorithms.len(), limits, &tlv)?;
            digest_algorithms.push(AlgorithmIdentifier::parse(&tlv, rules)?);
        }

        let mut encapsulated = inner.expect(tag::SEQUENCE)?.reader(rules);
        let content_type = encapsulated.expect(tag::OID)?.oid()?;
        let content = match encapsulated.optional(tag::CONTEXT_0_CONSTRUCTED)? {
            Some(tlv) => {
                let mut explicit = tlv.reader(rules);
                let octets = explicit.read()?;
                explicit.finish()?;
                Some(asn1::octet_string(&octets, tag::OCTET_STRING, rules)?)
            }
            None => None,
        };
        encapsulated.finish()?;

        let (mut certificates, mut other_certificates, mut revocation) = (vec![], 0usize, vec![]);
        if let Some(tlv) = inner.optional(tag::CONTEXT_0_CONSTRUCTED)? {
            let mut set = tlv.reader(rules);
            while !set.is_empty() {
                let choice = set.read()?;
                within(
                    certificates.len().saturating_add(other_certificates),
                    limits,
                    &choice,
                )?;
                if choice.tag == tag::SEQUENCE {
                    certificates.push(choice.raw);
                } else {
                    other_certificates = other_certificates.saturating_add(1);
                }
            }
        }
        if let Some(tlv) = inner.optional(tag::CONTEXT_1_CONSTRUCTED)? {
            let mut set = tlv.reader(rules);
            while !set.is_empty() {
                let choice = set.read()?;
                within(revocation.len(), limits, &choice)?;
                revocation.push(choice.raw);
            }
        }

        let mut signer_infos = vec![];
        let mut set = inner.expect(tag::SET)?.reader(rules);
        while !set.is_empty() {
            let tlv = set.expect(tag::SEQUENCE)?;
            within(signer_infos.len(), limits, &tlv)?;
            signer_infos.push(SignerInfo::parse(&tlv, rules, limits)?);
        }
        inner.finish()?;
        Ok(Self {
            version,
            digest_algorithms,
            content_type,
            content,
            certificates,
            other_certificates,
            revocation,
            signer_infos,
        })
    }

    /// Checks the signature `signer` of this SignedData over `content` with `key`, with or without signed
    /// attributes.
    ///
    /// # Errors
    /// Occurs if the signature does not verify; see [`SignerInfo::verify`] and [`SignerInfo::verify_direct`].
    pub fn verify(
        &self,
        signer: &SignerInfo<'_>,
        key: &PublicKey,
        content: &[u8],
    ) -> core::result::Result<SignatureAlgorithm, SignatureFault> {
        if signer.signed_attributes.is_none() {
            return signer.verify_direct(key, content);
        }
        let digest = signer.digest().map_err(SignatureFault::Algorithm)?;
        signer.verify(key, self.content_type, &digest.digest(content))
    }
}
