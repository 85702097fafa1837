//! Whether certificates were revoked at a time, by the evidence that is given (RFC 5280, clause 6.3; RFC 6960; EN 319 102-1, clauses
//! 5.2.5 and 5.2.6).
//!
//! What is asked is the status *at a time*: a certificate revoked afterwards was good then, and what was signed then stays good.
//! Evidence counts if it is about the certificate, signed by whom it should be, and issued at or after that time, or not long
//! before (the policy says how long). What cannot be told is never good.

use core::fmt;

use super::revoked::Revoked;
use super::{Evidence, PathReason};
use crate::time::Time;

/// How long before the time asked about evidence may be issued.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Freshness {
    /// Not at all: it must be issued at that time or later, so that the authority had time to hear of it.
    After,
    /// As long as it says itself (nextUpdate); one that does not say must be issued at that time or later.
    #[default]
    NextUpdate,
    /// So many seconds, whatever it says itself.
    Within(u32),
}

/// What becomes of a path of which nothing at hand tells whether it was revoked.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Missing {
    /// It is accepted. Whoever hands over the evidence can leave it out, so this is for evidence that the caller fetched.
    Accepted,
    /// It is refused.
    #[default]
    Refused,
    /// It is accepted, also where what is at hand does not tell or is stale: [`CheckedPath::statuses`](super::CheckedPath) say so.
    Reported,
}

/// What is asked of evidence of revocation.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct RevocationPolicy {
    /// How long before the time asked about it may be issued.
    pub freshness: Freshness,
    /// What becomes of a path without.
    pub missing: Missing,
}

/// Whether a certificate was revoked at the time asked about.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Status {
    /// It was not, as known at this time.
    Good(Time),
    /// Its issuer says that it need not be asked: a responder for a short time (RFC 6960, clause 4.2.2.2.1).
    NotAsked,
    /// It was.
    Revoked(Revoked),
    /// It was not then, but was later.
    RevokedLater(Revoked),
    /// What is at hand is older than the policy takes: so many seconds older than the time asked about.
    Stale(i64),
    /// Nothing at hand tells.
    Unknown(Unknown),
}

/// Why nothing at hand tells whether a certificate was revoked. In rising order of how near the evidence came.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Unknown {
    /// There is none about this certificate.
    NoEvidence,
    /// The distribution points of the certificate are malformed.
    DistributionPoints,
    /// It was issued after the time at which it is said to have existed.
    Future,
    /// It has a critical extension that is not understood.
    Extension,
    /// Its signature, or the key it is made with, is not what it should be.
    Signer,
    /// Its signer's certificate is not valid, or not known not to be revoked, when the evidence is known to have existed.
    SignerOutdated,
    /// To tell whether its signer was revoked, it would have to be believed.
    Circular,
    /// More signatures than the limit would have to be checked.
    TooMany,
    /// A delta list is given, and those are not read.
    Delta,
    /// It is about some of the reasons for revocation only.
    SomeReasons,
    /// It was issued after the certificate expired, when authorities forget.
    AfterExpiry,
    /// The responder answered that it does not know the certificate.
    NotKnown,
}

impl fmt::Display for Unknown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoEvidence => "no list or response about it is at hand",
            Self::DistributionPoints => "its distribution points are malformed",
            Self::Future => "the evidence was issued after the time at which it is said to have existed",
            Self::Extension => "the evidence has a critical extension that is not understood",
            Self::Signer => {
                "the evidence is not signed by whom it should be, or not with an accepted algorithm"
            }
            Self::SignerOutdated => "the certificate of the evidence's signer is not known to be good",
            Self::Circular => "the evidence would have to vouch for its own signer",
            Self::TooMany => "more signatures than the limit would have to be checked",
            Self::Delta => "a delta list is given, which is not read; get the complete list",
            Self::SomeReasons => "the evidence is about some of the reasons for revocation only",
            Self::AfterExpiry => "the evidence was issued after the certificate had expired",
            Self::NotKnown => "the responder does not know the certificate",
        })
    }
}

impl RevocationPolicy {
    /// Why a certificate of `status` is not accepted.
    pub(crate) fn refuses(self, status: &Status) -> Option<PathReason> {
        match status {
            Status::Good(_) | Status::NotAsked | Status::RevokedLater(_) => None,
            Status::Revoked(revoked) => Some(PathReason::Revoked(*revoked)),
            _ if self.missing == Missing::Reported => None,
            Status::Stale(age) => Some(PathReason::RevocationStale(*age)),
            Status::Unknown(Unknown::NoEvidence) if self.missing == Missing::Accepted => None,
            Status::Unknown(why) => Some(PathReason::RevocationUnknown(*why)),
        }
    }
}

/// The evidence that a path is held against.
#[derive(Clone, Debug)]
pub(super) struct Revocation<'a> {
    pub(super) evidence: &'a Evidence,
    /// When it is known to have existed.
    pub(super) known: Time,
    pub(super) policy: RevocationPolicy,
    /// Signatures checked for evidence in one search, at most.
    pub(super) signatures: usize,
}
