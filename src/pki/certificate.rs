//! X.509 certificates (RFC 5280, clause 4), read once and kept with the bytes received.

use std::sync::{Arc, OnceLock};

use core::fmt;

use x509_parser::certificate::X509CertificateParser;
use x509_parser::nom::Parser as _;

use super::extension::{Extensions, KeyUsage};
use super::key::{Restriction, bits, public_key};
use super::name::{self, Name};
use super::pem;
use crate::asn1::{self, Asn1Error, BitString, Oid, Reader, Rules, tag};
use crate::cms::{AlgorithmIdentifier, Scheme, UnsupportedAlgorithm};
use crate::crypto::{DigestAlgorithm, EcdsaForm, PublicKey, SignatureAlgorithm, Unverified};
use crate::error::At;
use crate::limits::Limits;
use crate::time::Time;

/// An X.509 certificate. Cheap to clone. That it parsed says nothing about who made it: see
/// [`PathQuestion`](super::PathQuestion).
#[derive(Clone)]
pub struct Certificate(Arc<Parts>);

struct Parts {
    der: Vec<u8>,
    tbs: Vec<u8>,
    signature: Vec<u8>,
    scheme: Result<Scheme, UnsupportedAlgorithm>,
    public_key: PublicKey,
    restriction: Restriction,
    issuer: Vec<u8>,
    subject: Vec<u8>,
    subject_text: String,
    common_name: Option<String>,
    /// Issuer and subject as they are compared; made when first asked for.
    names: OnceLock<(Name, Name)>,
    serial: Vec<u8>,
    valid_from: Time,
    valid_to: Time,
    extensions: Extensions,
    sha256: [u8; 32],
}

/// What is read as a certificate at most: department certificates have 1 to 3 KB, and what is kept of one
/// takes up to ten times its size.
const MAXIMUM_BYTES: usize = 64 << 10;

/// Why bytes are not a certificate we can work with.
#[non_exhaustive]
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum CertificateError {
    /// The outer and the signed algorithm identifier differ (RFC 5280, clause 4.1.1.2).
    AlgorithmMismatch,
    /// An extension occurs twice (RFC 5280, clause 4.2).
    DuplicateExtension {
        /// Its dotted object identifier.
        oid: String,
    },
    /// An extension does not have its form.
    Extension {
        /// Its dotted object identifier.
        oid: String,
    },
    /// The public key is of a kind or form not supported.
    Key {
        /// Dotted object identifier of the algorithm, or of the curve.
        oid: String,
    },
    /// An RSA key below 2048 or above 8192 bits.
    KeySize {
        /// Its size in bits.
        bits: u32,
    },
    /// The encoding is not DER or not a certificate.
    Malformed(At<Asn1Error>),
    /// The text is not PEM or has no CERTIFICATE block.
    Pem,
    /// The bytes are DER, but not a certificate: a member of it is missing or of another type.
    Structure,
    /// More than 64 KiB.
    TooLarge,
    /// A time of the validity period is outside years 1 to 9999.
    Validity,
}

impl fmt::Display for CertificateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AlgorithmMismatch => {
                f.write_str("the certificate names two different signature algorithms")
            }
            Self::DuplicateExtension { oid } => write!(f, "certificate extension {oid} occurs twice"),
            Self::Extension { oid } => write!(f, "certificate extension {oid} is malformed"),
            Self::Key { oid } => write!(
                f,
                "the certificate's public key ({oid}) is not of a supported kind"
            ),
            Self::KeySize { bits } => write!(
                f,
                "the certificate's RSA key has {bits} bits, 2048 to 8192 are accepted"
            ),
            Self::Malformed(e) => write!(f, "the certificate is malformed: {e}"),
            Self::Pem => f.write_str("no certificate found; expected PEM with a CERTIFICATE block"),
            Self::Structure => f.write_str("the bytes are not an X.509 certificate"),
            Self::TooLarge => f.write_str("the certificate is larger than 64 KiB"),
            Self::Validity => f.write_str("the certificate's validity period cannot be read"),
        }
    }
}

impl core::error::Error for CertificateError {}

impl Certificate {
    /// Reads every CERTIFICATE block of PEM text, in order.
    ///
    /// # Errors
    /// Occurs if there is none, or one is not a certificate.
    pub fn from_pem_many(text: &str) -> Result<Vec<Self>, CertificateError> {
        pem::blocks(text, "CERTIFICATE")
            .map_err(|_| CertificateError::Pem)?
            .iter()
            .map(|der| Self::try_from(der.as_slice()))
            .collect()
    }

    /// The whole certificate as received.
    #[must_use]
    pub fn der(&self) -> &[u8] {
        &self.0.der
    }

    /// The signed part as received.
    #[must_use]
    pub fn tbs(&self) -> &[u8] {
        &self.0.tbs
    }

    /// The subject's key.
    #[must_use]
    pub fn public_key(&self) -> &PublicKey {
        &self.0.public_key
    }

    /// Bits of the subject's key: of the modulus, or of the curve's order.
    #[must_use]
    pub fn key_bits(&self) -> u32 {
        bits(&self.0.public_key)
    }

    /// Whether the subject's key may sign with `algorithm`: it fits, and an RSASSA-PSS key signs nothing
    /// else.
    #[must_use]
    pub fn permits(&self, algorithm: SignatureAlgorithm) -> bool {
        self.0.public_key.fits(algorithm) && self.0.restriction.permits(algorithm)
    }

    /// The subject as text (RFC 4514), for people.
    #[must_use]
    pub fn subject(&self) -> &str {
        &self.0.subject_text
    }

    /// The issuer as text (RFC 4514), for people.
    #[must_use]
    pub fn issuer(&self) -> String {
        name::describe(&self.0.issuer).0
    }

    /// The attributes of the subject in their order: dotted object identifier and value, for those whose value is text.
    #[must_use]
    pub fn subject_attributes(&self) -> Vec<(String, String)> {
        name::attributes(&self.0.subject)
    }

    /// The organizations that the subject says it is, each as registered somewhere (organizationIdentifier, ITU-T X.520, clause 6.4.4).
    pub(crate) fn organization_identifiers(&self) -> impl Iterator<Item = String> {
        let attributes = self.subject_attributes().into_iter();
        attributes.filter_map(|(kind, value)| (kind == "2.5.4.97").then_some(value))
    }

    /// The subject's common name.
    #[must_use]
    pub fn common_name(&self) -> Option<&str> {
        self.0.common_name.as_deref()
    }

    /// The issuer Name, DER.
    #[must_use]
    pub fn issuer_raw(&self) -> &[u8] {
        &self.0.issuer
    }

    /// The subject Name, DER.
    #[must_use]
    pub fn subject_raw(&self) -> &[u8] {
        &self.0.subject
    }

    /// Contents octets of the serial number.
    #[must_use]
    pub fn serial(&self) -> &[u8] {
        &self.0.serial
    }

    /// notBefore, inclusive.
    #[must_use]
    pub fn valid_from(&self) -> Time {
        self.0.valid_from
    }

    /// notAfter, inclusive.
    #[must_use]
    pub fn valid_to(&self) -> Time {
        self.0.valid_to
    }

    /// keyUsage, if present.
    #[must_use]
    pub fn key_usage(&self) -> Option<KeyUsage> {
        self.0.extensions.key_usage
    }

    /// extKeyUsage, dotted object identifiers; empty if absent.
    #[must_use]
    pub fn extended_key_usage(&self) -> &[String] {
        &self.0.extensions.extended_key_usage
    }

    /// Whether the key is for time stamps and nothing else: extKeyUsage is critical and holds id-kp-timeStamping alone (RFC
    /// 3161, clause 2.3).
    #[must_use]
    pub fn is_for_time_stamping(&self) -> bool {
        /// id-kp-timeStamping (RFC 5280, clause 4.2.1.12).
        const TIME_STAMPING: &str = "1.3.6.1.5.5.7.3.8";
        self.0.extensions.extended_key_usage_critical && self.extended_key_usage() == [TIME_STAMPING]
    }

    /// Whether basicConstraints says that the subject is a certification authority.
    #[must_use]
    pub fn is_ca(&self) -> bool {
        self.0.extensions.is_ca
    }

    /// pathLenConstraint of basicConstraints, if present.
    #[must_use]
    pub fn path_length(&self) -> Option<u32> {
        self.0.extensions.path_length
    }

    /// Whether extKeyUsage lets the key sign OCSP responses for its issuer (RFC 6960, clause 4.2.2.2).
    #[must_use]
    pub fn is_for_ocsp_signing(&self) -> bool {
        /// id-kp-OCSPSigning.
        const OCSP_SIGNING: &str = "1.3.6.1.5.5.7.3.9";
        self.extended_key_usage().iter().any(|oid| oid == OCSP_SIGNING)
    }

    /// Whether the issuer says that revocation of this OCSP responder need not be checked (id-pkix-ocsp-nocheck; RFC 6960, clause
    /// 4.2.2.2.1).
    #[must_use]
    pub fn has_ocsp_no_check(&self) -> bool {
        self.0.extensions.ocsp_no_check
    }

    /// The value of an extension that is read when a path is judged; see [`super::extension`].
    pub(super) fn of_path(&self, number: u8) -> Option<&[u8]> {
        self.0.extensions.of_path(number)
    }

    /// The value of authorityInfoAccess; see [`super::addresses`].
    pub(super) fn authority_info_access(&self) -> Option<&[u8]> {
        self.0.extensions.authority_info_access.as_deref()
    }

    /// subjectKeyIdentifier, if present.
    #[must_use]
    pub fn subject_key_identifier(&self) -> Option<&[u8]> {
        self.0.extensions.subject_key_identifier.as_deref()
    }

    /// keyIdentifier of authorityKeyIdentifier, if present.
    #[must_use]
    pub fn authority_key_identifier(&self) -> Option<&[u8]> {
        self.0.extensions.authority_key_identifier.as_deref()
    }

    /// SHA-256 of [`Certificate::der`].
    #[must_use]
    pub fn sha256(&self) -> [u8; 32] {
        self.0.sha256
    }

    /// The key identifier of COSE objects: the first eight bytes of [`Certificate::sha256`].
    #[must_use]
    pub fn kid(&self) -> [u8; 8] {
        let [a, b, c, d, e, f, g, h, ..] = self.0.sha256;
        [a, b, c, d, e, f, g, h]
    }

    /// Whether subject and issuer are the same Name.
    #[must_use]
    pub fn self_issued(&self) -> bool {
        self.0.subject == self.0.issuer || self.issuer_name() == self.subject_name()
    }

    /// The issuer as names are compared.
    pub(super) fn issuer_name(&self) -> &Name {
        &self.names().0
    }

    /// The subject as names are compared.
    pub(super) fn subject_name(&self) -> &Name {
        &self.names().1
    }

    fn names(&self) -> &(Name, Name) {
        self.0.names.get_or_init(|| {
            // x509-parser read both, but takes values that are no Name here; such a one is equal to nothing but itself.
            let name = |der: &[u8]| Name::from_der(der).unwrap_or_else(|| Name::default().child(der));
            (name(&self.0.issuer), name(&self.0.subject))
        })
    }

    /// Checks a signature by this certificate's key over something X.509 that names `scheme`.
    pub(super) fn check_signature(
        &self,
        scheme: Scheme,
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), Unverified> {
        let algorithm = scheme.for_key(self.public_key()).filter(|a| self.permits(*a));
        let algorithm = algorithm.ok_or(Unverified)?;
        self.public_key()
            .verify(algorithm, EcdsaForm::Der, message, signature)
    }

    /// The scheme the issuer signed with.
    ///
    /// # Errors
    /// Occurs if it is unknown or too weak (MD5, SHA-1).
    pub fn signature_scheme(&self) -> Result<Scheme, UnsupportedAlgorithm> {
        self.0.scheme.clone()
    }

    /// The algorithm the issuer signed with, given the issuer's key. `None` if unknown, too weak, or not
    /// for that key.
    #[must_use]
    pub fn signature_algorithm(&self, issuer: &Self) -> Option<SignatureAlgorithm> {
        let algorithm = self.0.scheme.as_ref().ok()?.for_key(issuer.public_key())?;
        issuer.permits(algorithm).then_some(algorithm)
    }

    /// Checks that the key of `issuer` signed this certificate: over the bytes received, nothing else.
    ///
    /// # Errors
    /// Occurs if the signature does not verify or its algorithm is not accepted.
    pub fn verify_signed_by(&self, issuer: &Self) -> Result<(), Unverified> {
        let scheme = self.0.scheme.as_ref().map_err(|_| Unverified)?;
        issuer.check_signature(*scheme, self.tbs(), &self.0.signature)
    }

    /// Critical extensions that are not understood here, dotted object identifiers.
    #[must_use]
    pub fn unknown_critical(&self) -> &[String] {
        &self.0.extensions.unknown_critical
    }

    fn parse(der: &[u8]) -> Result<Self, CertificateError> {
        if der.len() > MAXIMUM_BYTES {
            return Err(CertificateError::TooLarge);
        }
        asn1::check_der(der, &Limits::DEFAULT).map_err(CertificateError::Malformed)?;
        let frame = Frame::parse(der).map_err(CertificateError::Malformed)?;
        // Extensions are read below: a malformed one that decides nothing is no reason to refuse a
        // certificate.
        let (_, parsed) = X509CertificateParser::new()
            .with_deep_parse_extensions(false)
            .parse(der)
            .map_err(|_| CertificateError::Structure)?;
        let tbs = &parsed.tbs_certificate;
        if tbs.signature != parsed.signature_algorithm {
            return Err(CertificateError::AlgorithmMismatch);
        }
        let (public_key, restriction) = public_key(tbs.subject_pki.raw)?;
        let moment = |t: x509_parser::time::ASN1Time| {
            Time::from_unix(t.timestamp()).map_err(|_| CertificateError::Validity)
        };

        let mut extensions = Extensions::default();
        let mut seen: Vec<&[u8]> = vec![];
        for extension in tbs.extensions() {
            seen.push(extension.oid.as_bytes());
            let oid = Oid::try_from(extension.oid.as_bytes()).map_err(|_| CertificateError::Structure)?;
            extensions.take(oid, extension.critical, extension.value)?;
        }
        seen.sort_unstable();
        if let Some((twice, _)) = seen.iter().zip(seen.iter().skip(1)).find(|(a, b)| a == b) {
            let oid = Oid::new(twice).to_string();
            return Err(CertificateError::DuplicateExtension { oid });
        }

        let (subject_text, common_name) = name::describe(tbs.subject.as_raw());
        let mut sha256 = [0; 32];
        for (slot, octet) in sha256.iter_mut().zip(DigestAlgorithm::Sha256.digest(der)) {
            *slot = octet;
        }
        Ok(Self(Arc::new(Parts {
            tbs: frame.tbs.to_vec(),
            signature: frame.signature.to_vec(),
            scheme: frame.algorithm.scheme(None),
            public_key,
            restriction,
            issuer: tbs.issuer.as_raw().to_vec(),
            subject: tbs.subject.as_raw().to_vec(),
            subject_text,
            common_name,
            names: OnceLock::new(),
            serial: tbs.raw_serial().to_vec(),
            valid_from: moment(tbs.validity.not_before)?,
            valid_to: moment(tbs.validity.not_after)?,
            extensions,
            sha256,
            der: der.to_vec(),
        })))
    }
}

/// The three members of a certificate, and nothing behind them: the library does not look there.
struct Frame<'a> {
    tbs: &'a [u8],
    algorithm: AlgorithmIdentifier<'a>,
    signature: &'a [u8],
}

impl<'a> Frame<'a> {
    fn parse(der: &'a [u8]) -> asn1::Result<Self> {
        let mut outer = Reader::new(der, Rules::Der);
        let mut inner = outer.expect(tag::SEQUENCE)?.reader(Rules::Der);
        outer.finish()?;
        let tbs = inner.expect(tag::SEQUENCE)?.raw;
        let algorithm = AlgorithmIdentifier::parse(&inner.expect(tag::SEQUENCE)?, Rules::Der)?;
        let tlv = inner.expect(tag::BIT_STRING)?;
        inner.finish()?;
        let signature = BitString::parse(&tlv)?;
        if signature.unused != 0 {
            return Err(tlv.error(Asn1Error::Value));
        }
        Ok(Self {
            tbs,
            algorithm,
            signature: signature.octets,
        })
    }
}

impl TryFrom<&[u8]> for Certificate {
    type Error = CertificateError;

    /// Reads one certificate, DER, with nothing behind it.
    fn try_from(der: &[u8]) -> Result<Self, CertificateError> {
        Self::parse(der)
    }
}

impl PartialEq for Certificate {
    /// Two certificates are the same if every byte is.
    fn eq(&self, other: &Self) -> bool {
        self.0.sha256 == other.0.sha256 && self.0.der == other.0.der
    }
}

impl Eq for Certificate {}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Certificate({})", self.subject())
    }
}
