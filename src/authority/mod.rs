//! The authority list (授权名录): which body may seal which types of result, with which certificates, since when.
//!
//! One COSE_Sign1 object signed by a pinned root. Shape after the VICAL of ISO/IEC 18013-5, rules after The Update
//! Framework: the sequence rises, a list expires, nothing listed is deleted (a certificate is revoked from a time on, so
//! that what it sealed before still stands), and what a reader does not know it refuses.

mod binary;
mod draft;
mod entry;

use core::fmt;

pub use draft::{CertificateDraft, IssuerDraft, ListDraft};
pub use entry::{ListedCertificate, ListedIssuer, PatternError, TypePattern};

use crate::cbor::CborError;
use crate::cose::{CoseError, Sign1};
use crate::crypto::DigestAlgorithm;
use crate::error::At;
use crate::limits::Limits;
use crate::pki::{Certificate, SignerError};
use crate::record::{TypeCode, UnifiedCode};
use crate::time::Time;

/// The media type in the `typ` header of a list (RFC 9596).
pub const TYP: &str = "application/vnd.yinxin.authority-list+cbor";

/// A list whose signature by a pinned root has been verified. Whether it is still in date is [`state`](Self::state).
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct AuthorityList {
    sequence: u64,
    issued: Time,
    expires: Time,
    previous: Option<[u8; 32]>,
    issuers: Vec<ListedIssuer>,
    digest: [u8; 32],
    root: Certificate,
    /// Key identifier, issuer and certificate of every entry, sorted by the first.
    index: Vec<([u8; 8], usize, usize)>,
}

/// Whether a list may be relied on at a time.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum State {
    /// Between issue and expiry.
    Current,
    /// Past its expiry: somebody may be keeping a newer list from this verifier.
    Expired {
        /// The first second at which it no longer stands.
        since: Time,
    },
    /// Issued later than the time asked about.
    NotYet {
        /// When it was issued.
        issued: Time,
    },
}

/// Why a list does not let a certificate seal. Ordered by how much it says: the first that applies is reported.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Refusal {
    /// The certificate is not on the list.
    UnknownCertificate,
    /// The certificate is listed for another body than the document names.
    AnotherIssuer,
    /// The certificate was revoked at or before that time.
    Revoked,
    /// The time is before the certificate's window or after it.
    OutsideWindow,
    /// The body may not seal this type of result.
    TypeNotPermitted,
}

/// Why a list may not take the place of one seen before.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Rollback {
    /// It directly follows the remembered list by number, and names another one as its predecessor.
    BrokenChain,
    /// It has the remembered sequence number and other contents: two lists were issued as one.
    Equivocation,
    /// Its sequence number is lower than one seen before.
    Older,
}

/// Why bytes are not an authority list of a pinned root, or a draft cannot become one.
#[non_exhaustive]
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum AuthorityError {
    /// The contents are not deterministic CBOR.
    Cbor(CborError),
    /// The COSE object is malformed, not written as ours are, or does not verify.
    Cose(CoseError),
    /// A member is missing, unknown, malformed or at odds with another.
    Member {
        /// The member: `issuers[2].certificates[0].until`.
        path: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The certificate carried with the list is not one, or not that of the signer.
    RootCertificate,
    /// The signer could not sign.
    Signer(SignerError),
    /// Larger than the limit, which is the value, in bytes.
    TooLarge(usize),
    /// None of the pinned roots signed the list; the value is the key identifier in it.
    UntrustedRoot([u8; 8]),
}

impl AuthorityList {
    /// Reads a list and verifies that one of `roots` signed it.
    ///
    /// The roots are pinned: their own validity and issuer are not looked at. In date or not, and newer than the last
    /// list or not, are [`state`](Self::state) and [`check_succeeds`](Self::check_succeeds).
    ///
    /// # Errors
    /// Occurs if the bytes are larger than `Limits::authority_bytes`, not a list, or no root's signature verifies.
    pub fn open(bytes: &[u8], roots: &[Certificate], limits: &Limits) -> Result<Self, AuthorityError> {
        let (sign1, kid) = parse(bytes, limits)?;
        let mut failure = AuthorityError::UntrustedRoot(kid);
        for root in roots.iter().filter(|root| root.kid() == kid) {
            if !root.permits(sign1.header.algorithm) {
                failure = AuthorityError::Cose(CoseError::Algorithm);
                continue;
            }
            match sign1.verify(root.public_key()) {
                Ok(()) if sign1.header.certificates == [root.der()] => {
                    return binary::read(&sign1.payload, root.clone(), limits);
                }
                Ok(()) => failure = AuthorityError::RootCertificate,
                Err(error) => failure = AuthorityError::Cose(error),
            }
        }
        Err(failure)
    }

    /// The root certificate, DER, that a list says it was signed by. Nothing is verified: it is for a person to compare
    /// its fingerprint over another channel, and then to pin it.
    ///
    /// # Errors
    /// Occurs if the bytes are not a list, or the certificate is not the one the list names as its signer's.
    pub fn embedded_root(bytes: &[u8], limits: &Limits) -> Result<Vec<u8>, AuthorityError> {
        let (sign1, kid) = parse(bytes, limits)?;
        match sign1.header.certificates.as_slice() {
            [root] if kid_of(root) == kid => Ok(root.clone()),
            _ => Err(AuthorityError::RootCertificate),
        }
    }

    /// The number of the list: 1 for the first, rising.
    #[must_use]
    pub fn sequence(&self) -> u64 {
        self.sequence
    }

    /// When the list was issued.
    #[must_use]
    pub fn issued(&self) -> Time {
        self.issued
    }

    /// When the list must have been replaced.
    #[must_use]
    pub fn expires(&self) -> Time {
        self.expires
    }

    /// The [digest](Self::digest) of the list before this one, if it says.
    #[must_use]
    pub fn previous(&self) -> Option<[u8; 32]> {
        self.previous
    }

    /// SHA-256 of the signed contents (the COSE payload). Not of the file: an ECDSA signature can be altered without the
    /// key and still verify.
    #[must_use]
    pub fn digest(&self) -> [u8; 32] {
        self.digest
    }

    /// The pinned root that signed the list.
    #[must_use]
    pub fn root(&self) -> &Certificate {
        &self.root
    }

    /// The bodies on the list, by rising unified code.
    #[must_use]
    pub fn issuers(&self) -> &[ListedIssuer] {
        &self.issuers
    }

    /// The entry of exactly this certificate.
    #[must_use]
    pub fn by_certificate(&self, der: &[u8]) -> Option<(&ListedIssuer, &ListedCertificate)> {
        self.by_kid(&kid_of(der))
            .into_iter()
            .find(|(_, certificate)| certificate.der() == der)
    }

    /// The entries whose certificates have this key identifier. A list never has two, but a hint is not a proof: verify.
    #[must_use]
    pub fn by_kid(&self, kid: &[u8]) -> Vec<(&ListedIssuer, &ListedCertificate)> {
        let start = self.index.partition_point(|(other, ..)| other.as_slice() < kid);
        let entries = self.index.get(start..).unwrap_or_default();
        let entries = entries.iter().take_while(|(other, ..)| other.as_slice() == kid);
        entries
            .filter_map(|(_, issuer, certificate)| {
                let issuer = self.issuers.get(*issuer)?;
                Some((issuer, issuer.certificates().get(*certificate)?))
            })
            .collect()
    }

    /// Whether the list may be relied on at `at`.
    #[must_use]
    pub fn state(&self, at: Time) -> State {
        if at < self.issued {
            State::NotYet { issued: self.issued }
        } else if at >= self.expires {
            State::Expired { since: self.expires }
        } else {
            State::Current
        }
    }

    /// Seconds since the list was issued; negative if `at` is earlier.
    #[must_use]
    pub fn age(&self, at: Time) -> i64 {
        at.seconds_since(self.issued)
    }

    /// Whether the list lets this certificate seal a result of this type at `at`, the time of sealing.
    ///
    /// Says nothing about the body the document names: compare the issuer's code with it, or ask
    /// [`authorise_for`](Self::authorise_for).
    ///
    /// # Errors
    /// Occurs if it does not.
    pub fn authorise(
        &self,
        certificate_der: &[u8],
        type_code: &TypeCode,
        at: Time,
    ) -> Result<&ListedIssuer, Refusal> {
        let issuer = self.standing(certificate_der, at)?;
        if issuer.permits(type_code) {
            Ok(issuer)
        } else {
            Err(Refusal::TypeNotPermitted)
        }
    }

    /// Whose certificate it is, if it may seal anything at all at `at`.
    ///
    /// # Errors
    /// Occurs if it is not listed, revoked or outside its window.
    pub fn standing(&self, certificate_der: &[u8], at: Time) -> Result<&ListedIssuer, Refusal> {
        let (issuer, certificate) = self
            .by_certificate(certificate_der)
            .ok_or(Refusal::UnknownCertificate)?;
        certificate.check(at)?;
        Ok(issuer)
    }

    /// As [`authorise`](Self::authorise), and the certificate must be listed for the body `issuer`.
    ///
    /// # Errors
    /// Occurs if the list does not let the certificate seal, or it is another body's.
    pub fn authorise_for(
        &self,
        certificate_der: &[u8],
        issuer: &UnifiedCode,
        type_code: &TypeCode,
        at: Time,
    ) -> Result<&ListedIssuer, Refusal> {
        match self.by_certificate(certificate_der) {
            Some((listed, _)) if listed.code() != issuer => Err(Refusal::AnotherIssuer),
            _ => self.authorise(certificate_der, type_code, at),
        }
    }

    /// Whether this list may take the place of one whose sequence number and digest a verifier remembers.
    ///
    /// # Errors
    /// Occurs if it is older, a different one of the same number, or next in number but not in the chain.
    pub fn check_succeeds(&self, sequence: u64, digest: &[u8; 32]) -> Result<(), Rollback> {
        if self.sequence < sequence {
            return Err(Rollback::Older);
        }
        if self.sequence == sequence && self.digest != *digest {
            return Err(Rollback::Equivocation);
        }
        let next = sequence.checked_add(1) == Some(self.sequence);
        if next && self.previous.is_some_and(|previous| previous != *digest) {
            return Err(Rollback::BrokenChain);
        }
        Ok(())
    }
}

/// First 8 bytes of SHA-256 over a certificate's DER.
pub(crate) fn kid_of(der: &[u8]) -> [u8; 8] {
    let digest = DigestAlgorithm::Sha256.digest(der);
    digest.first_chunk().copied().unwrap_or_default()
}

fn parse(bytes: &[u8], limits: &Limits) -> Result<(Sign1, [u8; 8]), AuthorityError> {
    if bytes.len() > limits.authority_bytes {
        return Err(AuthorityError::TooLarge(limits.authority_bytes));
    }
    let sign1 = Sign1::parse(bytes, limits).map_err(AuthorityError::Cose)?;
    sign1.check_profile(TYP).map_err(AuthorityError::Cose)?;
    let kid = sign1.header.kid.as_deref().and_then(|kid| kid.try_into().ok());
    let kid = kid.ok_or(AuthorityError::Cose(CoseError::Header("kid")))?;
    Ok((sign1, kid))
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::UnknownCertificate => "the certificate is not on the authority list",
            Self::AnotherIssuer => "the certificate is listed for another body than the document names",
            Self::Revoked => "the certificate was revoked at that time",
            Self::OutsideWindow => "the time is outside the certificate's window on the authority list",
            Self::TypeNotPermitted => "the body may not seal this type of result",
        })
    }
}

impl core::error::Error for Refusal {}

impl fmt::Display for Rollback {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::BrokenChain => "the list names another predecessor than the one remembered",
            Self::Equivocation => {
                "two different lists carry this sequence number; ask the root which is right"
            }
            Self::Older => "a list with a higher sequence number has been seen",
        })
    }
}

impl core::error::Error for Rollback {}

impl fmt::Display for AuthorityError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cbor(At { kind, offset }) => write!(f, "authority list: {kind} at byte {offset}"),
            Self::Cose(error) => write!(f, "authority list: {error}"),
            Self::Member { path, reason } => write!(f, "{path}: {reason}"),
            Self::RootCertificate => f.write_str("the certificate in the authority list is not its signer's"),
            Self::Signer(error) => error.fmt(f),
            Self::TooLarge(most) => write!(f, "authority list larger than {most} bytes"),
            Self::UntrustedRoot(kid) => {
                f.write_str("no pinned root signed the authority list; it names key ")?;
                kid.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
            }
        }
    }
}

impl core::error::Error for AuthorityError {}
