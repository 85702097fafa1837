//! Evidence of revocation as it is given: lists and OCSP responses, read once, believed by nobody yet.

use core::{fmt, iter};

use super::Certificate;
use super::crl::Crl;
use super::ocsp::OcspResponse;
use crate::asn1::Asn1Error;
use crate::error::At;
use crate::limits::Limits;
use crate::time::Time;

/// Why bytes are not a revocation list or an OCSP response that we can work with.
#[non_exhaustive]
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum EvidenceError {
    /// The outer and the signed algorithm identifier differ (RFC 5280, clause 5.1.1.2).
    AlgorithmMismatch,
    /// An extension occurs twice.
    DuplicateExtension {
        /// Its dotted object identifier.
        oid: String,
    },
    /// An extension does not have its form.
    Extension {
        /// Its dotted object identifier.
        oid: String,
    },
    /// The encoding is not DER, or has another structure.
    Malformed(At<Asn1Error>),
    /// The responder answered that it cannot answer (RFC 6960, clause 4.2.1): 1 malformedRequest, 2 internalError, 3 tryLater,
    /// 5 sigRequired, 6 unauthorized.
    Refused(u8),
    /// A response of another type than id-pkix-ocsp-basic (dotted object identifier).
    ResponseType {
        /// Its dotted object identifier.
        oid: String,
    },
    /// More bytes than [`Limits::crl_bytes`] or [`Limits::ocsp_bytes`].
    TooLarge {
        /// Bytes at most.
        most: usize,
    },
    /// More lists and responses than [`Limits::evidence`].
    TooMany {
        /// How many at most.
        most: usize,
    },
}

impl fmt::Display for EvidenceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AlgorithmMismatch => {
                f.write_str("the revocation evidence names two different signature algorithms")
            }
            Self::DuplicateExtension { oid } => {
                write!(f, "extension {oid} of the revocation evidence occurs twice")
            }
            Self::Extension { oid } => write!(f, "extension {oid} of the revocation evidence is malformed"),
            Self::Malformed(e) => write!(f, "the revocation evidence is malformed: {e}"),
            Self::Refused(status) => write!(
                f,
                "the responder answered with status {status} and no evidence; ask it again or use a revocation list"
            ),
            Self::ResponseType { oid } => {
                write!(
                    f,
                    "the response is of type {oid}, only basic OCSP responses are read"
                )
            }
            Self::TooLarge { most } => write!(
                f,
                "the revocation evidence has more than {most} bytes; raise the limit to read it"
            ),
            Self::TooMany { most } => write!(
                f,
                "more than {most} lists and responses are given; raise the limit to read them"
            ),
        }
    }
}

impl core::error::Error for EvidenceError {}

impl From<At<Asn1Error>> for EvidenceError {
    fn from(e: At<Asn1Error>) -> Self {
        Self::Malformed(e)
    }
}

/// Revocation lists and OCSP responses that are at hand: from the file, from the caller, from wherever. Being here proves nothing;
/// signatures are checked where a path is.
#[derive(Clone, Debug, Default)]
pub struct Evidence {
    crls: Vec<Crl>,
    responses: Vec<OcspResponse>,
    /// When each list is proven to have existed, where that is not the same for all.
    lists_proven: Vec<Option<Time>>,
    responses_proven: Vec<Option<Time>>,
}

impl Evidence {
    /// None.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a CertificateList, DER.
    ///
    /// # Errors
    /// Occurs if `der` is none, or limits are exceeded.
    pub fn add_crl(&mut self, der: &[u8], limits: &Limits) -> Result<(), EvidenceError> {
        self.room(limits)?;
        self.crls.push(Crl::from_der(der, limits)?);
        Ok(())
    }

    /// Adds an OCSPResponse, DER.
    ///
    /// # Errors
    /// Occurs if `der` is none that answers, or limits are exceeded.
    pub fn add_ocsp(&mut self, der: &[u8], limits: &Limits) -> Result<(), EvidenceError> {
        self.room(limits)?;
        self.responses.push(OcspResponse::from_der(der, limits)?);
        Ok(())
    }

    /// Sets when each list and each response, in their order, is proven to have existed; of those without, what holds for all
    /// together is known.
    pub(crate) fn prove(&mut self, lists: Vec<Option<Time>>, responses: Vec<Option<Time>>) {
        self.lists_proven = lists;
        self.responses_proven = responses;
    }

    /// The lists, and when each is proven to have existed, if that is known of it.
    pub(super) fn lists_proven(&self) -> impl Iterator<Item = (&Crl, Option<Time>)> {
        let proven = self.lists_proven.iter().copied().chain(iter::repeat(None));
        self.crls.iter().zip(proven)
    }

    /// The responses, in the same way.
    pub(super) fn responses_proven(&self) -> impl Iterator<Item = (&OcspResponse, Option<Time>)> {
        let proven = self.responses_proven.iter().copied().chain(iter::repeat(None));
        self.responses.iter().zip(proven)
    }

    /// The lists, in the order in which they were added.
    #[must_use]
    pub fn crls(&self) -> &[Crl] {
        &self.crls
    }

    /// The responses, in the order in which they were added.
    #[must_use]
    pub fn responses(&self) -> &[OcspResponse] {
        &self.responses
    }

    /// Whether any of it, whoever signed it, says that `certificate` was revoked by `at`: where its issuer is not at hand, nobody can
    /// tell whether to believe it.
    pub(crate) fn denounces(&self, certificate: &Certificate, at: Time) -> bool {
        let (mut lists, mut responses) = (self.crls.iter(), self.responses.iter());
        lists.any(|list| list.entry(certificate).is_some_and(|entry| entry.since() <= at))
            || responses.any(|response| response.denounces(certificate, at))
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.crls.is_empty() && self.responses.is_empty()
    }

    fn room(&self, limits: &Limits) -> Result<(), EvidenceError> {
        if self.crls.len().saturating_add(self.responses.len()) >= limits.evidence {
            return Err(EvidenceError::TooMany {
                most: limits.evidence,
            });
        }
        Ok(())
    }
}
