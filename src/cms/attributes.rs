//! Signed attributes (RFC 5652, clause 5.3 and 11) and the values that bind a signature to its certificate.

use super::{AlgorithmIdentifier, CmsError, Result, UnsupportedAlgorithm, oids};
use crate::asn1::{self, Asn1Error, Oid, Reader, Rules, Tlv, tag};
use crate::crypto::{DigestAlgorithm, sha1_as_identifier};
use crate::error::At;
use crate::limits::Limits;
use crate::time::Time;

/// One attribute: its type and its values as received.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Attribute<'a> {
    /// The type.
    pub oid: Oid<'a>,
    /// The values, at least one.
    pub values: Vec<Tlv<'a>>,
    /// The whole attribute.
    pub raw: &'a [u8],
}

/// The signed attributes of one signer. What the attributes say is only true once the signature over them
/// verifies.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SignedAttributes<'a> {
    /// The `[0]` element as received.
    pub raw: &'a [u8],
    /// All attributes in the order received.
    pub attributes: Vec<Attribute<'a>>,
    /// Whether they stand in the order DER asks for. Some writers do not sort; the signature is over what
    /// they wrote.
    pub sorted: bool,
    /// Types that occur twice, and single-valued types with several values. A verifier refuses these.
    pub duplicates: Vec<Oid<'a>>,
    /// content-type (RFC 5652, clause 11.1).
    pub content_type: Option<Oid<'a>>,
    /// message-digest (RFC 5652, clause 11.2).
    pub message_digest: Option<&'a [u8]>,
    /// ESS certificate identifiers, from signing-certificate (RFC 2634) and signing-certificate-v2 (RFC
    /// 5035), in the order received. The first of an attribute names the signer's certificate.
    pub signing_certificates: Vec<CertificateId<'a>>,
    /// signing-time: a claim of the signer, no evidence. PAdES forbids it (EN 319 142-1, table 1).
    pub signing_time: Option<Time>,
    /// CMSAlgorithmProtection (RFC 6211).
    pub algorithm_protection: Option<AlgorithmProtection<'a>>,
}

/// ESSCertID or ESSCertIDv2 (RFC 5035, clauses 4 and 5): which certificate the signer meant.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct CertificateId<'a> {
    /// 1 for ESSCertID, 2 for ESSCertIDv2.
    pub version: u8,
    /// The digest of `hash`. Always an error in version 1, which is SHA-1.
    pub digest: core::result::Result<DigestAlgorithm, UnsupportedAlgorithm>,
    /// Digest of the whole certificate.
    pub hash: &'a [u8],
    /// The issuer Name (DER) of issuerSerial, if present and a single directoryName.
    pub issuer: Option<&'a [u8]>,
    /// Contents octets of the serial number of issuerSerial, if present.
    pub serial: Option<&'a [u8]>,
}

/// CMSAlgorithmProtection (RFC 6211, clause 2): the algorithms again, under the signature.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct AlgorithmProtection<'a> {
    /// digestAlgorithm.
    pub digest: AlgorithmIdentifier<'a>,
    /// signatureAlgorithm, absent for MACs.
    pub signature: Option<AlgorithmIdentifier<'a>>,
}

impl CertificateId<'_> {
    /// Whether this names the certificate `der` with that issuer Name and serial number. `None` if the
    /// digest is not one we compute, so that nothing is proved either way; a wrong issuer or serial number
    /// is `Some(false)` still.
    ///
    /// The SHA-1 of version 1 is compared: it tells certificates apart, and is no ground for anything else.
    #[must_use]
    pub fn names(&self, der: &[u8], issuer: &[u8], serial: &[u8]) -> Option<bool> {
        if self.issuer.is_some_and(|i| i != issuer) || self.serial.is_some_and(|s| s != serial) {
            return Some(false);
        }
        if self.version == 1 {
            return Some(sha1_as_identifier(der) == self.hash);
        }
        let digest = self.digest.as_ref().ok()?;
        Some(digest.digest(der) == self.hash)
    }
}

impl<'a> SignedAttributes<'a> {
    /// What the signature is over: the bytes received, with the identifier octet of SET OF in place of `[0]`
    /// (RFC 5652, clause 5.4).
    #[must_use]
    pub fn bytes_to_hash(&self) -> Vec<u8> {
        let mut bytes = self.raw.to_vec();
        if let Some(first) = bytes.first_mut() {
            *first = tag::SET;
        }
        bytes
    }

    /// The attribute of that type, the first if there are several.
    #[must_use]
    pub fn find(&self, oid: Oid<'_>) -> Option<&Attribute<'a>> {
        self.attributes.iter().find(|a| a.oid == oid)
    }

    pub(super) fn parse(tlv: &Tlv<'a>, limits: &Limits) -> Result<Self> {
        // RFC 5652, 5.3: DER even where the rest is BER, for the header is under the signature too.
        if Reader::new(tlv.raw, Rules::Der).read().is_err() {
            return Err(At::new(CmsError::SignedAttributes, tlv.offset));
        }
        let attributes = parse_attributes(tlv, Rules::Der, limits)?;
        let sorted = attributes.is_sorted_by_key(|a| a.raw);
        let mut found = Self {
            raw: tlv.raw,
            sorted,
            duplicates: vec![],
            content_type: None,
            message_digest: None,
            signing_certificates: vec![],
            signing_time: None,
            algorithm_protection: None,
            attributes: vec![],
        };
        let mut seen: Vec<Oid<'a>> = attributes.iter().map(|a| a.oid).collect();
        seen.sort_unstable();
        for (one, next) in seen.iter().zip(seen.iter().skip(1)) {
            if one == next && !found.duplicates.contains(one) {
                found.duplicates.push(*one);
            }
        }
        for attribute in &attributes {
            found.take(attribute, limits)?;
        }
        found.attributes = attributes;
        Ok(found)
    }

    /// Reads the value of an attribute we know. The first of a type wins; duplicates are listed for the
    /// verifier.
    fn take(&mut self, attribute: &Attribute<'a>, limits: &Limits) -> Result<()> {
        const KNOWN: [Oid<'static>; 6] = [
            oids::CONTENT_TYPE,
            oids::MESSAGE_DIGEST,
            oids::SIGNING_TIME,
            oids::ALGORITHM_PROTECTION,
            oids::SIGNING_CERTIFICATE,
            oids::SIGNING_CERTIFICATE_V2,
        ];
        if !KNOWN.contains(&attribute.oid) {
            return Ok(());
        }
        let Some((value, more)) = attribute.values.split_first() else {
            return Ok(());
        };
        if !more.is_empty() && !self.duplicates.contains(&attribute.oid) {
            self.duplicates.push(attribute.oid);
        }
        let wrong = |e: At<Asn1Error>| At {
            kind: CmsError::Attribute,
            offset: e.offset,
        };
        match attribute.oid {
            oids::CONTENT_TYPE if self.content_type.is_none() => {
                self.content_type = Some(value.oid().map_err(wrong)?);
            }
            oids::MESSAGE_DIGEST if self.message_digest.is_none() => {
                if value.tag != tag::OCTET_STRING {
                    return Err(wrong(value.error(Asn1Error::Unexpected)));
                }
                self.message_digest = Some(value.contents);
            }
            oids::SIGNING_TIME if self.signing_time.is_none() => {
                self.signing_time = Some(asn1::time(value).map_err(wrong)?);
            }
            oids::ALGORITHM_PROTECTION if self.algorithm_protection.is_none() => {
                self.algorithm_protection = Some(algorithm_protection(value).map_err(wrong)?);
            }
            oids::SIGNING_CERTIFICATE => {
                certificate_ids(value, 1, limits, &mut self.signing_certificates).map_err(wrong)?;
            }
            oids::SIGNING_CERTIFICATE_V2 => {
                certificate_ids(value, 2, limits, &mut self.signing_certificates).map_err(wrong)?;
            }
            _ => {}
        }
        if self.signing_certificates.len() > limits.certificates {
            return Err(At::new(CmsError::TooMany, value.offset));
        }
        Ok(())
    }
}

/// `SET OF SEQUENCE { type, SET OF value }`, whatever the tag of the outer set.
pub(super) fn parse_attributes<'a>(
    tlv: &Tlv<'a>,
    rules: Rules,
    limits: &Limits,
) -> Result<Vec<Attribute<'a>>> {
    let mut attributes = vec![];
    let mut values_left = limits.certificates;
    let mut set = tlv.reader(rules);
    while !set.is_empty() {
        let attribute = set.expect(tag::SEQUENCE)?;
        let mut inner = attribute.reader(rules);
        let oid = inner.expect(tag::OID)?.oid()?;
        let mut received = inner.expect(tag::SET)?.reader(rules);
        inner.finish()?;
        let mut values = vec![];
        while !received.is_empty() {
            values_left = values_left
                .checked_sub(1)
                .ok_or(At::new(CmsError::TooMany, attribute.offset))?;
            values.push(received.read()?);
        }
        if values.is_empty() {
            return Err(At::new(CmsError::Attribute, attribute.offset));
        }
        attributes.push(Attribute {
            oid,
            values,
            raw: attribute.raw,
        });
    }
    Ok(attributes)
}

fn algorithm_protection<'a>(tlv: &Tlv<'a>) -> asn1::Result<AlgorithmProtection<'a>> {
    if tlv.tag != tag::SEQUENCE {
        return Err(tlv.error(Asn1Error::Unexpected));
    }
    let mut inner = tlv.reader(Rules::Der);
    let digest = AlgorithmIdentifier::parse(&inner.expect(tag::SEQUENCE)?, Rules::Der)?;
    let signature = inner
        .optional(tag::CONTEXT_1_CONSTRUCTED)?
        .map(|tlv| AlgorithmIdentifier::parse(&tlv, Rules::Der))
        .transpose()?;
    inner.optional(tag::CONTEXT_2_CONSTRUCTED)?;
    inner.finish()?;
    Ok(AlgorithmProtection { digest, signature })
}

/// SigningCertificate and SigningCertificateV2: `SEQUENCE { certs SEQUENCE OF, policies OPTIONAL }`.
fn certificate_ids<'a>(
    tlv: &Tlv<'a>,
    version: u8,
    limits: &Limits,
    out: &mut Vec<CertificateId<'a>>,
) -> asn1::Result<()> {
    if tlv.tag != tag::SEQUENCE {
        return Err(tlv.error(Asn1Error::Unexpected));
    }
    let mut outer = tlv.reader(Rules::Der);
    let mut certs = outer.expect(tag::SEQUENCE)?.reader(Rules::Der);
    outer.optional(tag::SEQUENCE)?;
    outer.finish()?;
    // One more than the limit is read, so that the caller sees it exceeded.
    while !certs.is_empty() && out.len() <= limits.certificates {
        let mut one = certs.expect(tag::SEQUENCE)?.reader(Rules::Der);
        let digest = if version == 1 {
            Err(UnsupportedAlgorithm {
                oid: oids::SHA1.to_string(),
            })
        } else {
            match one.optional(tag::SEQUENCE)? {
                Some(tlv) => AlgorithmIdentifier::parse(&tlv, Rules::Der)?.digest(),
                None => Ok(DigestAlgorithm::Sha256),
            }
        };
        let hash = one.expect(tag::OCTET_STRING)?.contents;
        let (mut issuer, mut serial) = (None, None);
        if let Some(tlv) = one.optional(tag::SEQUENCE)? {
            let mut parts = tlv.reader(Rules::Der);
            issuer = directory_name(&parts.expect(tag::SEQUENCE)?)?;
            serial = Some(asn1::integer_contents(&parts.expect(tag::INTEGER)?)?);
            parts.finish()?;
        }
        one.finish()?;
        out.push(CertificateId {
            version,
            digest,
            hash,
            issuer,
            serial,
        });
    }
    Ok(())
}

/// The Name in GeneralNames that consist of one directoryName.
fn directory_name<'a>(general_names: &Tlv<'a>) -> asn1::Result<Option<&'a [u8]>> {
    let mut names = general_names.reader(Rules::Der);
    let Some(directory) = names.optional(tag::CONTEXT_4_CONSTRUCTED)? else {
        return Ok(None);
    };
    if !names.is_empty() {
        return Ok(None);
    }
    let mut inner = directory.reader(Rules::Der);
    let name = inner.expect(tag::SEQUENCE)?;
    inner.finish()?;
    Ok(Some(name.raw))
}
