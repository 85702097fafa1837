//! Certification paths (RFC 5280, clause 6), from a leaf to an explicit trust anchor at an explicit time.
//!
//! Checked: names, signatures over received bytes, basicConstraints, path length, keyUsage, critical extensions, name
//! constraints, certificate policies, validity; and revocation where evidence of it is given ([`PathQuestion::revocation`]). Without
//! evidence nothing is said about revocation.

use super::constraints::{self, Constraints, Verdict};
use super::evidenced::{Evidenced, SIGNATURES};
use super::fault::{PathError, PathReason};
use super::links::VerifiedLinks;
use super::revocation::{Revocation, RevocationPolicy, Status};
use super::{Certificate, Evidence, extension, policies};
use crate::cms::Scheme;
use crate::crypto::PublicKey;
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

/// What the leaf's keyUsage must say.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum LeafKeyUsage {
    /// Nothing: it is not looked at.
    Ignored,
    /// Present, with digitalSignature or nonRepudiation.
    Required,
    /// If present, digitalSignature or nonRepudiation.
    #[default]
    RequiredIfPresent,
}

/// What the leaf's extKeyUsage must say. Dotted object identifiers; anyExtendedKeyUsage stands for all.
///
/// Certificates of departments carry odd ones, so nothing is asked unless the caller does.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub enum LeafExtendedKeyUsage {
    /// Nothing: it is not looked at.
    #[default]
    Ignored,
    /// Present, with one of these.
    Required(Vec<String>),
    /// If present, one of these.
    RequiredIfPresent(Vec<String>),
}

/// What a path must meet beyond RFC 5280's minimum. The inputs of RFC 5280, clause 6.1.1 have its names.
#[non_exhaustive]
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct PathPolicy {
    /// What the leaf's keyUsage must say.
    pub leaf_key_usage: LeafKeyUsage,
    /// What the leaf's extKeyUsage must say.
    pub leaf_extended_key_usage: LeafExtendedKeyUsage,
    /// Policies, dotted object identifiers, of which one must be valid where a policy is required; none: any.
    pub user_initial_policy_set: Vec<String>,
    /// Whether a policy is required of every path, not only where an authority asks for one.
    pub initial_explicit_policy: bool,
    /// Whether authorities may not map policies to others.
    pub initial_policy_mapping_inhibit: bool,
    /// Whether anyPolicy stands for no other.
    pub initial_any_policy_inhibit: bool,
    /// Critical extensions, dotted object identifiers, that the caller handles and that need not be refused.
    pub accepted_critical: Vec<String>,
    /// Certificates in one path, leaf and anchor included.
    pub maximum_length: usize,
}

impl Default for PathPolicy {
    fn default() -> Self {
        Self {
            leaf_key_usage: LeafKeyUsage::default(),
            leaf_extended_key_usage: LeafExtendedKeyUsage::default(),
            user_initial_policy_set: vec![],
            initial_explicit_policy: false,
            initial_policy_mapping_inhibit: false,
            initial_any_policy_inhibit: false,
            accepted_critical: vec![],
            // Department chains have three or four; the depth of recursion is bounded by it.
            maximum_length: 10,
        }
    }
}

/// Finds a path from `leaf` through `intermediates` to one of `anchors` that is valid at `at`: leaf first,
/// anchor last.
///
/// A leaf that is an anchor itself is a path of one. `intermediates` may come from a hostile file, in any
/// order: at most [`Limits::certificates`] of them are looked at, and as many signatures checked.
///
/// # Errors
/// Occurs if there is none; the error names the certificate and the reason of the path that came furthest.
pub fn find_path(
    leaf: &Certificate,
    intermediates: &[Certificate],
    anchors: &TrustAnchors,
    at: Time,
    limits: &Limits,
    policy: &PathPolicy,
) -> Result<Vec<Certificate>, PathError> {
    find_path_with(
        leaf,
        intermediates,
        anchors,
        at,
        limits,
        policy,
        &mut VerifiedLinks::new(0),
    )
}

/// [`find_path`], remembering signatures in `links` from one call to the next.
///
/// # Errors
/// As [`find_path`], with the same outcome whatever `links` remembers, except that remembered signatures
/// do not count against the limit.
pub fn find_path_with(
    leaf: &Certificate,
    intermediates: &[Certificate],
    anchors: &TrustAnchors,
    at: Time,
    limits: &Limits,
    policy: &PathPolicy,
    links: &mut VerifiedLinks,
) -> Result<Vec<Certificate>, PathError> {
    let question = Question {
        intermediates,
        anchors,
        at,
        limits,
        policy,
        revocation: None,
    };
    question.find(leaf, links).map(|path| path.certificates)
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

impl CheckedPath {
    /// A path of which nothing is known about revocation.
    pub(crate) fn without_evidence(certificates: Vec<Certificate>) -> Self {
        Self {
            certificates,
            statuses: vec![],
        }
    }
}

/// What is asked of a path, when more matters than [`find_path`] takes.
#[derive(Clone, Debug)]
pub struct PathQuestion<'a> {
    intermediates: &'a [Certificate],
    anchors: &'a TrustAnchors,
    at: Time,
    limits: Limits,
    policy: PathPolicy,
    revocation: Option<Revocation<'a>>,
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

    /// Finds such a path from `leaf`, remembering signatures in `links`.
    ///
    /// # Errors
    /// Occurs if there is none; the error names the certificate and the reason of the path that came furthest.
    pub fn find(&self, leaf: &Certificate, links: &mut VerifiedLinks) -> Result<CheckedPath, PathError> {
        let question = Question {
            intermediates: self.intermediates,
            anchors: self.anchors,
            at: self.at,
            limits: &self.limits,
            policy: &self.policy,
            revocation: self.revocation.as_ref(),
        };
        question.find(leaf, links)
    }
}

/// [`PathQuestion`], borrowed.
#[derive(Clone, Copy)]
pub(super) struct Question<'a> {
    pub(super) intermediates: &'a [Certificate],
    pub(super) anchors: &'a TrustAnchors,
    pub(super) at: Time,
    pub(super) limits: &'a Limits,
    pub(super) policy: &'a PathPolicy,
    pub(super) revocation: Option<&'a Revocation<'a>>,
}

impl Question<'_> {
    pub(super) fn find(
        &self,
        leaf: &Certificate,
        links: &mut VerifiedLinks,
    ) -> Result<CheckedPath, PathError> {
        let fault = |reason| PathError {
            certificate: leaf.clone(),
            reason,
        };
        if self.intermediates.len() > self.limits.certificates {
            return Err(fault(PathReason::TooMany));
        }
        let mut search = Search {
            question: *self,
            budget: self.limits.certificates,
            comparisons: NAME_COMPARISONS,
            evidenced: self.revocation.map(|revocation| Evidenced::new(revocation, self)),
            best: fault(PathReason::NoIssuer),
            exhausted: false,
            links,
        };
        let mut path = vec![leaf];
        match search.extend(&mut path) {
            Some(statuses) => Ok(CheckedPath {
                certificates: path.into_iter().cloned().collect(),
                statuses,
            }),
            None if search.exhausted => Err(fault(PathReason::TooMany)),
            None => Err(search.best),
        }
    }
}

/// Names held against name constraints in one search at most (the number is that of `rustls-webpki`, for the same reason).
const NAME_COMPARISONS: usize = 250_000;

struct Search<'a, 'l> {
    question: Question<'a>,
    /// Links left to try. Without it, cross-signed authorities of one name make the work exponential.
    budget: usize,
    comparisons: usize,
    evidenced: Option<Evidenced<'a>>,
    best: PathError,
    exhausted: bool,
    links: &'l mut VerifiedLinks,
}

impl<'a> Search<'a, '_> {
    /// Lengthens `path`, which is sound so far, until it ends in an anchor. Recursion is bounded by the
    /// policy's length.
    fn extend(&mut self, path: &mut Vec<&'a Certificate>) -> Option<Vec<Status>> {
        let current = path.last().copied()?;
        if self.question.anchors.contains(current) {
            match self.complete(path) {
                Ok(statuses) => return Some(statuses),
                Err(e) => self.note(e),
            }
        }
        if path.len() >= self.question.policy.maximum_length {
            self.note(PathError {
                certificate: current.clone(),
                reason: PathReason::TooMany,
            });
            return None;
        }
        let (anchors, intermediates) = (self.question.anchors, self.question.intermediates);
        for issuer in anchors.0.iter().chain(intermediates) {
            if path.contains(&issuer) || !names_as_issuer(current, issuer) {
                continue;
            }
            if let Err(e) = self.link(path, current, issuer) {
                self.note(e);
                if self.exhausted {
                    return None;
                }
                continue;
            }
            path.push(issuer);
            let found = self.extend(path);
            if found.is_some() {
                return found;
            }
            path.pop();
            if self.exhausted {
                return None;
            }
        }
        self.note(PathError {
            certificate: current.clone(),
            reason: PathReason::NoIssuer,
        });
        None
    }

    /// Whether `issuer` may have signed `current`, the last of `path`, and did. RFC 5280, 6.1.3 a 1 and
    /// 6.1.4 k to n.
    fn link(
        &mut self,
        path: &[&Certificate],
        current: &Certificate,
        issuer: &Certificate,
    ) -> Result<(), PathError> {
        let fault = |certificate: &Certificate, reason| PathError {
            certificate: certificate.clone(),
            reason,
        };
        if !issuer.is_ca() {
            return Err(fault(issuer, PathReason::NotCa));
        }
        if issuer.key_usage().is_some_and(|usage| !usage.key_cert_sign()) {
            return Err(fault(issuer, PathReason::KeyUsage));
        }
        if let Some(allowed) = issuer.path_length() {
            // The leaf does not count, nor do self-issued certificates (RFC 5280, 4.2.1.9).
            let below = path.iter().skip(1).filter(|c| !c.self_issued()).count();
            if below > usize::try_from(allowed).unwrap_or(usize::MAX) {
                return Err(fault(issuer, PathReason::PathLength));
            }
        }
        let scheme = current
            .signature_scheme()
            .map_err(|e| fault(current, PathReason::Algorithm(e.oid)))?;
        if current.signature_algorithm(issuer).is_none() && same_kind(scheme, issuer.public_key()) {
            let name = format!("({scheme:?})");
            return Err(fault(current, PathReason::Algorithm(name)));
        }
        // Remembered links count too: what is bounded here is the number of paths tried.
        let Some(left) = self.budget.checked_sub(1) else {
            self.exhausted = true;
            return Err(fault(current, PathReason::TooMany));
        };
        self.budget = left;
        let pair = (current.sha256(), issuer.sha256());
        if self.links.holds(&pair) {
            return Ok(());
        }
        current
            .verify_signed_by(issuer)
            .map_err(|_| fault(current, PathReason::BadSignature))?;
        self.links.add(pair);
        Ok(())
    }

    /// What can be told of a path only as a whole, the gravest first; time last, but for missing evidence.
    fn complete(&mut self, path: &[&'a Certificate]) -> Result<Vec<Status>, PathError> {
        let fault = |certificate: &Certificate, reason| {
            Err(PathError {
                certificate: certificate.clone(),
                reason,
            })
        };
        let Question { policy, at, .. } = self.question;
        for (i, certificate) in path.iter().enumerate() {
            let unknown = certificate.unknown_critical().iter().find(|oid| {
                let checked = self.evidenced.is_some() && *oid == CRL_DISTRIBUTION_POINTS;
                !checked && !policy.accepted_critical.contains(oid)
            });
            if let Some(oid) = unknown {
                return fault(certificate, PathReason::UnknownCritical(oid.clone()));
            }
            if i == 0 && !self.leaf_may_sign(certificate) {
                return fault(certificate, PathReason::KeyUsage);
            }
            if i == 0 && !self.leaf_has_purpose(certificate) {
                return fault(certificate, PathReason::ExtendedKeyUsage);
            }
        }
        self.names_permitted(path)?;
        if let Err((index, reason)) = policies::check(path, policy) {
            let at_fault = path.get(index).or(path.first());
            return at_fault.map_or(Ok(vec![]), |certificate| fault(certificate, reason));
        }
        let statuses = match &mut self.evidenced {
            Some(evidenced) => evidenced.statuses(path),
            None => vec![],
        };
        for (certificate, status) in path.iter().zip(&statuses) {
            if let Status::Revoked(revoked) = status {
                return fault(certificate, PathReason::Revoked(*revoked));
            }
        }
        for certificate in path {
            if at < certificate.valid_from() {
                return fault(certificate, PathReason::NotYetValid);
            }
            if at > certificate.valid_to() {
                return fault(certificate, PathReason::Expired);
            }
        }
        let accepted = self.question.revocation.map(|revocation| revocation.policy);
        for (certificate, status) in path.iter().zip(&statuses) {
            if let Some(reason) = accepted.and_then(|policy| policy.refuses(status)) {
                return fault(certificate, reason);
            }
        }
        Ok(statuses)
    }

    /// RFC 5280, clause 6.1.3 b and c: every certificate against the constraints of every authority above it. Self-issued ones are
    /// exempt, but for the leaf.
    fn names_permitted(&mut self, path: &[&Certificate]) -> Result<(), PathError> {
        let malformed = |certificate: &Certificate, number: u8| PathError {
            certificate: certificate.clone(),
            reason: PathReason::Extension(format!("2.5.29.{number}")),
        };
        for (height, authority) in path.iter().enumerate().skip(1) {
            let held =
                Constraints::of(authority).map_err(|_| malformed(authority, extension::NAME_CONSTRAINTS))?;
            let Some(held) = held else { continue };
            for (i, certificate) in path.iter().enumerate().take(height) {
                if i > 0 && certificate.self_issued() {
                    continue;
                }
                let names = constraints::names_of(certificate)
                    .map_err(|_| malformed(certificate, extension::SUBJECT_ALT_NAME))?;
                let reason = match held.judge(&names, &mut self.comparisons) {
                    Verdict::Permitted => continue,
                    Verdict::Refused => PathReason::NameConstraints,
                    Verdict::TooMany => PathReason::TooMany,
                    Verdict::Unsupported => PathReason::NameForm,
                };
                return Err(PathError {
                    certificate: (*certificate).clone(),
                    reason,
                });
            }
        }
        Ok(())
    }

    fn leaf_has_purpose(&self, leaf: &Certificate) -> bool {
        /// anyExtendedKeyUsage.
        const ANY: &str = "2.5.29.37.0";
        let stated = leaf.extended_key_usage();
        let one_of = |wanted: &[String]| stated.iter().any(|oid| oid == ANY || wanted.contains(oid));
        match &self.question.policy.leaf_extended_key_usage {
            LeafExtendedKeyUsage::Ignored => true,
            LeafExtendedKeyUsage::Required(wanted) => one_of(wanted),
            LeafExtendedKeyUsage::RequiredIfPresent(wanted) => stated.is_empty() || one_of(wanted),
        }
    }

    fn leaf_may_sign(&self, leaf: &Certificate) -> bool {
        match (self.question.policy.leaf_key_usage, leaf.key_usage()) {
            (LeafKeyUsage::Ignored, _) | (LeafKeyUsage::RequiredIfPresent, None) => true,
            (LeafKeyUsage::Required, None) => false,
            (_, Some(usage)) => usage.digital_signature() || usage.non_repudiation(),
        }
    }

    fn note(&mut self, e: PathError) {
        if e.reason > self.best.reason {
            self.best = e;
        }
    }
}

/// cRLDistributionPoints: understood where revocation is checked.
const CRL_DISTRIBUTION_POINTS: &str = "2.5.29.31";

/// Whether `subject` names `issuer` by Name, as names are compared (RFC 5280, clause 7.1), and not by another key of that Name.
fn names_as_issuer(subject: &Certificate, issuer: &Certificate) -> bool {
    let other_key = match (
        subject.authority_key_identifier(),
        issuer.subject_key_identifier(),
    ) {
        (Some(named), Some(own)) => named != own,
        _ => false,
    };
    // Most authorities write their name the same way every time.
    let same = subject.issuer_raw() == issuer.subject_raw() || subject.issuer_name() == issuer.subject_name();
    same && !other_key
}

fn same_kind(scheme: Scheme, key: &PublicKey) -> bool {
    match scheme {
        Scheme::Ecdsa(_) => matches!(key, PublicKey::P256(_) | PublicKey::P384(_)),
        Scheme::Ed25519 => matches!(key, PublicKey::Ed25519(_)),
        Scheme::RsaPkcs1(_) | Scheme::RsaPss(_) => matches!(key, PublicKey::Rsa(_)),
    }
}
