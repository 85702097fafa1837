//! Certification paths (RFC 5280, clause 6), from a leaf to an explicit trust anchor at an explicit time.
//!
//! Checked: names, signatures over received bytes, basicConstraints, path length, keyUsage, critical extensions, name
//! constraints, certificate policies, validity; and revocation where evidence of it is given ([`PathQuestion::revocation`]). Without
//! evidence nothing is said about revocation.

use super::evidenced::SIGNATURES;
use super::fault::PathError;
use super::links::VerifiedLinks;
use super::path_policy::PathPolicy;
use super::revocation::{Revocation, RevocationPolicy, Status};
use super::{Certificate, Evidence, search};
use crate::limits::Limits;
use crate::time::Time;

/// The certificates one trusts without further proof: roots, or pinned certificates of seals.
#[derive(Clone, Debug, Default)]
pub struct TrustAnchors(Vec<Certificate>);

impl TrustAnchors {
    /// Trusts exactly `certificates`.
    #[must_use]
    pub fn new(certificates: Vec<Certificate>) -> Self {
        Self(certificates)
    }

    /// The anchors.
    #[must_use]
    pub fn certificates(&self) -> &[Certificate] {
        &self.0
    }

    /// Whether `certificate` itself, byte for byte, is an anchor.
    #[must_use]
    pub fn contains(&self, certificate: &Certificate) -> bool {
        self.0.contains(certificate)
    }

    /// Whether nobody is trusted.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// A path that was found, and what is known of its certificates.
#[non_exhaustive]
#[derive(Clone, Debug)]
pub struct CheckedPath {
    /// The certificates, leaf first, anchor last.
    pub certificates: Vec<Certificate>,
    /// Whether each of them was revoked, without the anchor; empty if no evidence was given.
    pub statuses: Vec<Status>,
}

/// What is asked of a path.
///
/// A leaf that is an anchor itself is a path of one. The intermediates may come from a hostile file, in any order: at most
/// [`Limits::certificates`] of them are looked at, and as many signatures checked.
#[derive(Clone, Debug)]
pub struct PathQuestion<'a> {
    pub(super) intermediates: &'a [Certificate],
    pub(super) anchors: &'a TrustAnchors,
    pub(super) at: Time,
    pub(super) limits: Limits,
    pub(super) policy: PathPolicy,
    pub(super) revocation: Option<Revocation<'a>>,
}

impl<'a> PathQuestion<'a> {
    /// A path through `intermediates` to one of `anchors` that is valid at `at`, under the default policy and limits.
    #[must_use]
    pub fn new(intermediates: &'a [Certificate], anchors: &'a TrustAnchors, at: Time) -> Self {
        Self {
            intermediates,
            anchors,
            at,
            limits: Limits::DEFAULT,
            policy: PathPolicy::default(),
            revocation: None,
        }
    }

    /// Sets other limits than [`Limits::DEFAULT`].
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Sets what the path must meet.
    #[must_use]
    pub fn policy(mut self, policy: PathPolicy) -> Self {
        self.policy = policy;
        self
    }

    /// Asks for certificates that were not revoked at the time of the path, by `evidence`.
    ///
    /// `known` is when the evidence is known to have existed: the present, or the time of a time stamp over it. A key may be stolen
    /// after its certificate has expired, so whoever signed the evidence must hold a certificate that is valid then.
    #[must_use]
    pub fn revocation(mut self, evidence: &'a Evidence, known: Time, policy: RevocationPolicy) -> Self {
        self.revocation = Some(Revocation {
            evidence,
            known,
            policy,
            signatures: SIGNATURES,
        });
        self
    }

    /// Sets how many signatures of evidence are checked at most; the default is enough for any honest file.
    #[must_use]
    pub(crate) fn evidence_signatures(mut self, most: usize) -> Self {
        if let Some(revocation) = &mut self.revocation {
            revocation.signatures = most;
        }
        self
    }

    /// Finds such a path from `leaf`.
    ///
    /// # Errors
    /// Occurs if there is none; the error names the certificate and the reason of the path that came furthest.
    pub fn find(&self, leaf: &Certificate) -> Result<CheckedPath, PathError> {
        self.find_with(leaf, &mut VerifiedLinks::new(0))
    }

    /// [`find`](Self::find), remembering signatures in `links` from one call to the next.
    ///
    /// # Errors
    /// As [`find`](Self::find), with the same outcome whatever `links` remembers, except that remembered signatures do not count
    /// against the limit.
    pub fn find_with(&self, leaf: &Certificate, links: &mut VerifiedLinks) -> Result<CheckedPath, PathError> {
        search::find(self, leaf, links)
    }
}
