//! OCSP responses (RFC 6960), read once and kept with the bytes received.

use std::sync::Arc;

use core::fmt;

use super::Certificate;
use super::crl::each_extension;
use super::distribution::{moment, whole_octets};
use super::evidence::EvidenceError;
use super::name::Name;
use super::revoked::{Reason, Revoked, Witness, serial};
use crate::asn1::{self, Asn1Error, Oid, Reader, Rules, Tlv, tag};
use crate::cms::{AlgorithmIdentifier, Scheme, UnsupportedAlgorithm};
use crate::crypto::{DigestAlgorithm, PublicKey, Unverified, sha1_as_identifier};
use crate::limits::Limits;
use crate::time::Time;

/// A basic OCSP response. Cheap to clone. That it parsed says nothing about who made it.
#[derive(Clone)]
pub struct OcspResponse(Arc<Parts>);

struct Parts {
    der: Vec<u8>,
    tbs: Vec<u8>,
    signature: Vec<u8>,
    scheme: Result<Scheme, UnsupportedAlgorithm>,
    responder: Responder,
    produced_at: Time,
    singles: Vec<SingleResponse>,
    certificates: Vec<Certificate>,
    extensions: Extensions,
}

/// ResponderID.
#[derive(Debug, Eq, PartialEq)]
enum Responder {
    /// byName.
    Name(Name),
    /// byKey: SHA-1 of the key.
    Key(Vec<u8>),
}

#[derive(Default)]
struct Extensions {
    nonce: Option<Vec<u8>>,
    archive_cutoff: Option<Time>,
    unknown_critical: Option<String>,
}

/// CertStatus (RFC 6960, clause 4.2.1).
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum OcspStatus {
    /// Not revoked, as far as the responder knows.
    Good,
    /// Revoked.
    Revoked(Revoked),
    /// The responder does not know the certificate.
    Unknown,
}

/// What the responder says of one certificate.
#[derive(Clone, Debug)]
pub struct SingleResponse {
    digest: IdentifierDigest,
    name_hash: Vec<u8>,
    key_hash: Vec<u8>,
    serial: Vec<u8>,
    status: OcspStatus,
    this_update: Time,
    next_update: Option<Time>,
    archive_cutoff: Option<Time>,
    unknown_critical: bool,
}

/// The digest that a CertID takes of the issuer's name and key.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum IdentifierDigest {
    /// Most responders use it; here it only names an issuer that is at hand.
    Sha1,
    Sha2(DigestAlgorithm),
    /// One that is not computed.
    Other,
}

/// Certificates in one response that are looked at: the responder's own, and perhaps those above it.
const MAXIMUM_CERTIFICATES: usize = 8;

impl OcspResponse {
    /// Reads an OCSPResponse, DER, with nothing behind it.
    ///
    /// # Errors
    /// Occurs if it is none, does not answer, or has more bytes than [`Limits::ocsp_bytes`].
    pub fn from_der(der: &[u8], limits: &Limits) -> Result<Self, EvidenceError> {
        let most = limits.ocsp_bytes;
        if der.len() > most {
            return Err(EvidenceError::TooLarge { most });
        }
        asn1::check_der(der, limits)?;
        let mut outer = Reader::new(der, Rules::Der);
        let mut members = outer.expect(tag::SEQUENCE)?.reader(Rules::Der);
        outer.finish()?;
        // ENUMERATED
        let status = members.expect(0x0a)?;
        match status.contents {
            [0] => {}
            [other] => return Err(EvidenceError::Refused(*other)),
            _ => return Err(status.error(Asn1Error::Value).into()),
        }
        let wrapped = members.expect(tag::CONTEXT_0_CONSTRUCTED)?;
        members.finish()?;
        let mut parts = inside(&wrapped, tag::SEQUENCE)?.reader(Rules::Der);
        let oid = parts.expect(tag::OID)?.oid()?;
        let response = parts.expect(tag::OCTET_STRING)?;
        parts.finish()?;
        /// id-pkix-ocsp-basic, 1.3.6.1.5.5.7.48.1.1
        const BASIC: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 48, 1, 1];
        if oid.contents() != BASIC {
            return Err(EvidenceError::ResponseType { oid: oid.to_string() });
        }
        asn1::check_der(response.contents, limits)?;
        Self::basic(der, response.contents)
    }

    /// BasicOCSPResponse.
    fn basic(der: &[u8], response: &[u8]) -> Result<Self, EvidenceError> {
        let mut outer = Reader::new(response, Rules::Der);
        let mut members = outer.expect(tag::SEQUENCE)?.reader(Rules::Der);
        outer.finish()?;
        let tbs = members.expect(tag::SEQUENCE)?;
        let algorithm = AlgorithmIdentifier::parse(&members.expect(tag::SEQUENCE)?, Rules::Der)?;
        let signature = whole_octets(&members.expect(tag::BIT_STRING)?)?;
        let carried = members.optional(tag::CONTEXT_0_CONSTRUCTED)?;
        members.finish()?;
        let mut certificates = vec![];
        if let Some(carried) = &carried {
            let mut reader = inside(carried, tag::SEQUENCE)?.reader(Rules::Der);
            while !reader.is_empty() {
                let tlv = reader.expect(tag::SEQUENCE)?;
                // One that cannot be worked with may be beside the responder's.
                if certificates.len() < MAXIMUM_CERTIFICATES
                    && let Ok(certificate) = Certificate::try_from(tlv.raw)
                {
                    certificates.push(certificate);
                }
            }
        }

        let mut data = tbs.reader(Rules::Der);
        if let Some(version) = data.optional(tag::CONTEXT_0_CONSTRUCTED)?
            && asn1::small_integer(&inside(&version, tag::INTEGER)?)? != 0
        {
            return Err(version.error(Asn1Error::Value).into());
        }
        let id = data.read()?;
        let responder = match id.tag {
            tag::CONTEXT_1_CONSTRUCTED => Responder::Name(Name::parse(&inside(&id, tag::SEQUENCE)?)?),
            tag::CONTEXT_2_CONSTRUCTED => Responder::Key(inside(&id, tag::OCTET_STRING)?.contents.to_vec()),
            _ => return Err(id.error(Asn1Error::Unexpected).into()),
        };
        let produced_at = asn1::time(&data.expect(tag::GENERALIZED_TIME)?)?;
        let mut singles = vec![];
        let mut reader = data.expect(tag::SEQUENCE)?.reader(Rules::Der);
        while !reader.is_empty() {
            singles.push(SingleResponse::parse(&reader.expect(tag::SEQUENCE)?)?);
        }
        let mut extensions = Extensions::default();
        if let Some(wrapped) = data.optional(tag::CONTEXT_1_CONSTRUCTED)? {
            each_extension(&wrapped, |oid, critical, value| {
                extensions.take(oid, critical, value)
            })?;
        }
        data.finish()?;
        Ok(Self(Arc::new(Parts {
            der: der.to_vec(),
            tbs: tbs.raw.to_vec(),
            signature: signature.to_vec(),
            scheme: algorithm.scheme(None),
            responder,
            produced_at,
            singles,
            certificates,
            extensions,
        })))
    }

    /// The whole response as received.
    #[must_use]
    pub fn der(&self) -> &[u8] {
        &self.0.der
    }

    /// producedAt: when it was signed.
    #[must_use]
    pub fn produced_at(&self) -> Time {
        self.0.produced_at
    }

    /// The certificates carried beside the signature, the first few. Not signed, not trusted.
    #[must_use]
    pub fn certificates(&self) -> &[Certificate] {
        &self.0.certificates
    }

    /// Whether it repeats `nonce`, which was sent with the request, and so was made for it (RFC 8954). A response without one, as
    /// most responders give, is told apart from a repeated one by its times alone.
    #[must_use]
    pub fn echoes(&self, nonce: &[u8]) -> bool {
        // RFC 8954, clause 2.1: 1 to 32 octets.
        !nonce.is_empty() && self.0.extensions.nonce.as_deref() == Some(nonce)
    }

    /// Whether it has a nonce, whichever.
    #[must_use]
    pub fn has_nonce(&self) -> bool {
        self.0.extensions.nonce.is_some()
    }

    /// What it says of `certificate`, which `issuer` issued, in its order. That the signature of `certificate` is right was checked
    /// before.
    #[must_use]
    pub fn about(&self, certificate: &Certificate, issuer: &Certificate) -> Vec<&SingleResponse> {
        let number = serial(certificate.serial());
        // Each digest is taken once, however many answers there are. RFC 6960, clause 4.1.1: the name as the certificate has it,
        // the key without its tag, length and unused bits.
        let (name, key) = (certificate.issuer_raw(), key_octets(issuer.public_key()));
        let mut taken: Vec<(IdentifierDigest, Vec<u8>, Vec<u8>)> = vec![];
        let mut found = vec![];
        for single in &self.0.singles {
            if serial(&single.serial) != number {
                continue;
            }
            let digest = single.digest;
            if !taken.iter().any(|(known, ..)| *known == digest)
                && let (Some(name), Some(key)) = (digest.of_bytes(name), digest.of_bytes(key))
            {
                taken.push((digest, name, key));
            }
            let named = taken.iter().any(|(known, name, key)| {
                *known == digest && *name == single.name_hash && *key == single.key_hash
            });
            if named {
                found.push(single);
            }
        }
        found
    }

    /// Whether it says, whoever signed it, that `certificate` was revoked by `at`. The issuer, who is not at hand, is known by Name alone.
    pub(super) fn denounces(&self, certificate: &Certificate, at: Time) -> bool {
        let (number, name) = (serial(certificate.serial()), certificate.issuer_raw());
        let mut singles = self.0.singles.iter();
        singles.any(|single| {
            serial(&single.serial) == number
                && matches!(single.status(), OcspStatus::Revoked(revoked) if revoked.since() <= at)
                && single
                    .digest
                    .of_bytes(name)
                    .is_some_and(|own| own == single.name_hash)
        })
    }

    /// Whether it calls the holder of `certificate` its responder.
    #[must_use]
    pub fn names_responder(&self, certificate: &Certificate) -> bool {
        match &self.0.responder {
            Responder::Name(name) => name == certificate.subject_name(),
            Responder::Key(hash) => *hash == sha1_as_identifier(key_octets(certificate.public_key())),
        }
    }

    /// Checks that the key of `responder` signed it: over the bytes received, nothing else.
    ///
    /// # Errors
    /// Occurs if the signature does not verify or its algorithm is not accepted.
    pub fn verify_signed_by(&self, responder: &Certificate) -> Result<(), Unverified> {
        let scheme = self.0.scheme.as_ref().map_err(|_| Unverified)?;
        responder.check_signature(*scheme, &self.0.tbs, &self.0.signature)
    }

    /// The scheme it is signed with.
    ///
    /// # Errors
    /// Occurs if it is unknown or too weak (MD5, SHA-1).
    pub fn signature_scheme(&self) -> Result<Scheme, UnsupportedAlgorithm> {
        self.0.scheme.clone()
    }

    /// A critical extension of the response as a whole that is not understood: nothing can be told by it.
    pub(super) fn unknown_critical(&self) -> Option<&str> {
        self.0.extensions.unknown_critical.as_deref()
    }
}

impl fmt::Debug for OcspResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "OcspResponse({:?}, {})", self.0.responder, self.produced_at())
    }
}

impl SingleResponse {
    /// What it says.
    #[must_use]
    pub fn status(&self) -> OcspStatus {
        self.status
    }

    /// thisUpdate: when it was known to be so.
    #[must_use]
    pub fn this_update(&self) -> Time {
        self.this_update
    }

    /// nextUpdate: up to when it may be repeated.
    #[must_use]
    pub fn next_update(&self) -> Option<Time> {
        self.next_update
    }

    /// Up to which expiry the responder still knows of revocations (archive cutoff; RFC 6960, clause 4.4.4).
    #[must_use]
    pub fn archive_cutoff(&self) -> Option<Time> {
        self.archive_cutoff
    }

    /// Whether a critical extension in it is not understood.
    pub(super) fn has_unknown_critical(&self) -> bool {
        self.unknown_critical
    }

    fn parse(tlv: &Tlv<'_>) -> Result<Self, EvidenceError> {
        let mut members = tlv.reader(Rules::Der);
        let mut id = members.expect(tag::SEQUENCE)?.reader(Rules::Der);
        let algorithm = AlgorithmIdentifier::parse(&id.expect(tag::SEQUENCE)?, Rules::Der)?;
        let name_hash = id.expect(tag::OCTET_STRING)?.contents.to_vec();
        let key_hash = id.expect(tag::OCTET_STRING)?.contents.to_vec();
        let number = asn1::integer_contents(&id.expect(tag::INTEGER)?)?.to_vec();
        id.finish()?;
        let status = members.read()?;
        let this_update = asn1::time(&members.expect(tag::GENERALIZED_TIME)?)?;
        let status = certificate_status(&status, this_update)?;
        let next_update = match members.optional(tag::CONTEXT_0_CONSTRUCTED)? {
            Some(wrapped) => Some(asn1::time(&inside(&wrapped, tag::GENERALIZED_TIME)?)?),
            None => None,
        };
        let mut extensions = Extensions::default();
        if let Some(wrapped) = members.optional(tag::CONTEXT_1_CONSTRUCTED)? {
            each_extension(&wrapped, |oid, critical, value| {
                extensions.take(oid, critical, value)
            })?;
        }
        members.finish()?;
        Ok(Self {
            digest: IdentifierDigest::of(&algorithm),
            name_hash,
            key_hash,
            serial: number,
            status,
            this_update,
            next_update,
            archive_cutoff: extensions.archive_cutoff,
            unknown_critical: extensions.unknown_critical.is_some(),
        })
    }
}

impl IdentifierDigest {
    fn of(algorithm: &AlgorithmIdentifier<'_>) -> Self {
        /// 1.3.14.3.2.26
        const SHA1: Oid<'static> = Oid::new(&[0x2b, 0x0e, 0x03, 0x02, 0x1a]);
        match algorithm.digest() {
            Ok(digest) => Self::Sha2(digest),
            Err(_) if algorithm.oid == SHA1 => Self::Sha1,
            Err(_) => Self::Other,
        }
    }

    fn of_bytes(self, bytes: &[u8]) -> Option<Vec<u8>> {
        match self {
            Self::Sha1 => Some(sha1_as_identifier(bytes)),
            Self::Sha2(digest) => Some(digest.digest(bytes)),
            Self::Other => None,
        }
    }
}

impl Extensions {
    fn take(&mut self, oid: Oid<'_>, critical: bool, value: &[u8]) -> asn1::Result<()> {
        /// id-pkix-ocsp, 1.3.6.1.5.5.7.48.1
        const OCSP: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 48, 1];
        match oid.contents().strip_prefix(OCSP) {
            Some([2]) => {
                // RFC 8954: an OCTET STRING in the value; RFC 2560 left open whether there is one, and some still write none.
                let mut reader = Reader::new(value, Rules::Der);
                let wrapped = reader.expect(tag::OCTET_STRING).ok();
                let wrapped = wrapped.filter(|_| reader.is_empty());
                self.nonce = Some(wrapped.map_or(value, |tlv| tlv.contents).to_vec());
            }
            Some([6]) => self.archive_cutoff = Some(moment(value)?),
            _ if critical => self.unknown_critical = Some(oid.to_string()),
            _ => {}
        }
        Ok(())
    }
}

fn certificate_status(tlv: &Tlv<'_>, this_update: Time) -> Result<OcspStatus, EvidenceError> {
    match (tlv.tag, tlv.contents) {
        (tag::CONTEXT_0, []) => Ok(OcspStatus::Good),
        // [2], primitive
        (0x82, []) => Ok(OcspStatus::Unknown),
        (tag::CONTEXT_1_CONSTRUCTED, _) => {
            let mut members = tlv.reader(Rules::Der);
            let date = asn1::time(&members.expect(tag::GENERALIZED_TIME)?)?;
            let reason = match members.optional(tag::CONTEXT_0_CONSTRUCTED)? {
                Some(wrapped) => {
                    let mut inner = wrapped.reader(Rules::Der);
                    let reason = Reason::parse(&inner.read()?)?;
                    inner.finish()?;
                    reason
                }
                None => Reason::Unspecified,
            };
            members.finish()?;
            Ok(OcspStatus::Revoked(Revoked {
                date,
                invalidity: None,
                reason,
                by: Witness::Response(this_update),
            }))
        }
        _ => Err(tlv.error(Asn1Error::Unexpected).into()),
    }
}

/// The single element with the identifier octet `tag` inside the EXPLICIT tag `wrapped`.
fn inside<'a>(wrapped: &Tlv<'a>, tag: u8) -> asn1::Result<Tlv<'a>> {
    let mut reader = wrapped.reader(Rules::Der);
    let tlv = reader.expect(tag)?;
    reader.finish()?;
    Ok(tlv)
}

/// The contents of the BIT STRING in the key's SubjectPublicKeyInfo.
pub(super) fn key_octets(key: &PublicKey) -> &[u8] {
    match key {
        PublicKey::Ed25519(octets)
        | PublicKey::P256(octets)
        | PublicKey::P384(octets)
        | PublicKey::Rsa(octets) => octets,
    }
}
