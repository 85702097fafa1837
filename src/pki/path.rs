//! Certification paths (RFC 5280, clause 6), from a leaf to an explicit trust anchor at an explicit time.
//!
//! Checked: names, signatures over received bytes, basicConstraints, path length, keyUsage, critical
//! extensions, validity. Not checked: revocation (that is other evidence), certificate policies (any
//! policy is acceptable, none required). Name constraints and policy constraints are not evaluated, so a
//! path that has them is refused.

use std::collections::BTreeSet;

use core::fmt;

use super::Certificate;
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

/// What a path must meet beyond RFC 5280's minimum.
#[non_exhaustive]
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct PathPolicy {
    /// What the leaf's keyUsage must say.
    pub leaf_key_usage: LeafKeyUsage,
    /// Critical extensions, dotted object identifiers, that the caller handles and that need not be refused.
    pub accepted_critical: Vec<String>,
    /// Certificates in one path, leaf and anchor included.
    pub maximum_length: usize,
}

impl Default for PathPolicy {
    fn default() -> Self {
        Self {
            leaf_key_usage: LeafKeyUsage::default(),
            accepted_critical: vec![],
            // Department chains have three or four; the depth of recursion is bounded by it.
            maximum_length: 10,
        }
    }
}

/// Why no path was found: the fault of the path that came furthest.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct PathError {
    /// The certificate at fault.
    pub certificate: Certificate,
    /// What is wrong with it.
    pub reason: PathReason,
}

/// What is wrong with a certificate of a path. In rising order of how much of the path was right: where
/// several paths fail, the greatest is reported. Time comes last: [`PathReason::Expired`] means that
/// everything else is in order.
#[non_exhaustive]
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum PathReason {
    /// No certificate given has the name of its issuer, and it is not an anchor itself.
    NoIssuer,
    /// More certificates or signature checks than the limit.
    TooMany,
    /// Its signature is not by the key of the issuer it names.
    BadSignature,
    /// Its signature algorithm is unknown or too weak (dotted object identifier, or a description).
    Algorithm(String),
    /// It issued a certificate, but is not a certification authority.
    NotCa,
    /// Its keyUsage does not allow what it was used for.
    KeyUsage,
    /// More certification authorities stand below it than its path length allows.
    PathLength,
    /// It has name constraints, which are not evaluated here.
    NameConstraints,
    /// It has policy constraints, which are not evaluated here.
    PolicyConstraints,
    /// It has a critical extension that is not understood (dotted object identifier).
    UnknownCritical(String),
    /// The time asked about is before its validity period.
    NotYetValid,
    /// The time asked about is after its validity period.
    Expired,
}

impl fmt::Display for PathReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoIssuer => {
                "its issuer is not among the certificates given; add the intermediate or trust its root"
            }
            Self::BadSignature => "its signature is not by the issuer it names",
            Self::Algorithm(name) => return write!(f, "its signature algorithm {name} is not accepted"),
            Self::NotCa => "it issued a certificate but is not a certification authority",
            Self::KeyUsage => "its key usage does not allow this use",
            Self::PathLength => "more certification authorities stand below it than it allows",
            Self::NameConstraints => "it has name constraints, which are not supported",
            Self::PolicyConstraints => "it has policy constraints, which are not supported",
            Self::UnknownCritical(oid) => return write!(f, "its critical extension {oid} is not understood"),
            Self::NotYetValid => "it is not valid yet at the time asked about",
            Self::Expired => "it has expired at the time asked about",
            Self::TooMany => "the path needs more certificates or signature checks than the limit",
        })
    }
}

impl fmt::Display for PathError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "certificate of {}: {}",
            self.certificate.subject(),
            self.reason
        )
    }
}

impl core::error::Error for PathError {}

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
    let fault = |reason| PathError {
        certificate: leaf.clone(),
        reason,
    };
    if intermediates.len() > limits.certificates {
        return Err(fault(PathReason::TooMany));
    }
    let mut search = Search {
        intermediates,
        anchors,
        at,
        policy,
        budget: limits.certificates,
        best: fault(PathReason::NoIssuer),
        exhausted: false,
        links,
    };
    let mut path = vec![leaf];
    if search.extend(&mut path) {
        return Ok(path.into_iter().cloned().collect());
    }
    if search.exhausted {
        return Err(fault(PathReason::TooMany));
    }
    Err(search.best)
}

/// Issuer signatures that were found right before: `(subject, issuer)` by SHA-256.
///
/// Whether a signature verifies never changes, so remembering it is sound at any time and under any
/// policy; everything else of a path is checked every time. Sealed files of one department share their
/// chain, which makes this worth two signature checks a file.
#[derive(Clone, Debug)]
pub struct VerifiedLinks {
    pairs: BTreeSet<([u8; 32], [u8; 32])>,
    capacity: usize,
}

impl VerifiedLinks {
    /// An empty memory that keeps at most `capacity` pairs of 64 bytes; when it is full it forgets all.
    #[must_use]
    pub fn new(capacity: usize) -> Self {
        Self {
            pairs: BTreeSet::new(),
            capacity,
        }
    }

    fn holds(&self, pair: &([u8; 32], [u8; 32])) -> bool {
        self.pairs.contains(pair)
    }

    fn add(&mut self, pair: ([u8; 32], [u8; 32])) {
        if self.pairs.len() >= self.capacity {
            self.pairs.clear();
        }
        if self.capacity > 0 {
            self.pairs.insert(pair);
        }
    }
}

struct Search<'a, 'l> {
    intermediates: &'a [Certificate],
    anchors: &'a TrustAnchors,
    at: Time,
    policy: &'a PathPolicy,
    /// Links left to try. Without it, cross-signed authorities of one name make the work exponential.
    budget: usize,
    best: PathError,
    exhausted: bool,
    links: &'l mut VerifiedLinks,
}

impl<'a> Search<'a, '_> {
    /// Lengthens `path`, which is sound so far, until it ends in an anchor. Recursion is bounded by the
    /// policy's length.
    fn extend(&mut self, path: &mut Vec<&'a Certificate>) -> bool {
        let Some(current) = path.last().copied() else {
            return false;
        };
        if self.anchors.contains(current) {
            match self.complete(path) {
                Ok(()) => return true,
                Err(e) => self.note(e),
            }
        }
        if path.len() >= self.policy.maximum_length {
            self.note(PathError {
                certificate: current.clone(),
                reason: PathReason::TooMany,
            });
            return false;
        }
        let anchors = self.anchors;
        for issuer in anchors.0.iter().chain(self.intermediates) {
            if path.contains(&issuer) || !names_as_issuer(current, issuer) {
                continue;
            }
            if let Err(e) = self.link(path, current, issuer) {
                self.note(e);
                if self.exhausted {
                    return false;
                }
                continue;
            }
            path.push(issuer);
            if self.extend(path) {
                return true;
            }
            path.pop();
            if self.exhausted {
                return false;
            }
        }
        self.note(PathError {
            certificate: current.clone(),
            reason: PathReason::NoIssuer,
        });
        false
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

    /// What can be told of a path only as a whole, the gravest first; time last.
    fn complete(&self, path: &[&Certificate]) -> Result<(), PathError> {
        for (i, certificate) in path.iter().enumerate() {
            let fault = |reason| {
                Err(PathError {
                    certificate: (*certificate).clone(),
                    reason,
                })
            };
            let unknown = certificate
                .unknown_critical()
                .iter()
                .find(|oid| !self.policy.accepted_critical.contains(oid));
            if let Some(oid) = unknown {
                return fault(PathReason::UnknownCritical(oid.clone()));
            }
            if certificate.has_name_constraints() {
                return fault(PathReason::NameConstraints);
            }
            // Also where not critical: one that requires an explicit policy must not be passed over (RFC
            // 5280, 6.1.4 i).
            if certificate.has_policy_constraints() {
                return fault(PathReason::PolicyConstraints);
            }
            if i == 0 && !self.leaf_may_sign(certificate) {
                return fault(PathReason::KeyUsage);
            }
        }
        for certificate in path {
            let fault = |reason| {
                Err(PathError {
                    certificate: (*certificate).clone(),
                    reason,
                })
            };
            if self.at < certificate.valid_from() {
                return fault(PathReason::NotYetValid);
            }
            if self.at > certificate.valid_to() {
                return fault(PathReason::Expired);
            }
        }
        Ok(())
    }

    fn leaf_may_sign(&self, leaf: &Certificate) -> bool {
        match (self.policy.leaf_key_usage, leaf.key_usage()) {
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

/// Whether `subject` names `issuer` by Name, and not by another key of that Name. Names are compared byte
/// for byte, as RFC 5280, 4.1.2.6 lets authorities count on.
fn names_as_issuer(subject: &Certificate, issuer: &Certificate) -> bool {
    let other_key = match (
        subject.authority_key_identifier(),
        issuer.subject_key_identifier(),
    ) {
        (Some(named), Some(own)) => named != own,
        _ => false,
    };
    subject.issuer_raw() == issuer.subject_raw() && !other_key
}

fn same_kind(scheme: Scheme, key: &PublicKey) -> bool {
    match scheme {
        Scheme::Ecdsa(_) => matches!(key, PublicKey::P256(_) | PublicKey::P384(_)),
        Scheme::Ed25519 => matches!(key, PublicKey::Ed25519(_)),
        Scheme::RsaPkcs1(_) | Scheme::RsaPss(_) => matches!(key, PublicKey::Rsa(_)),
    }
}
