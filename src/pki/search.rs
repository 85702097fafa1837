//! The search for a certification path: from the leaf up, depth first, the first that is sound as a whole (RFC 5280, clause 6.1).

use super::constraints::{self, Constraints, Verdict};
use super::evidenced::Evidenced;
use super::fault::{PathError, PathReason};
use super::links::VerifiedLinks;
use super::path::{CheckedPath, PathQuestion};
use super::path_policy::{LeafExtendedKeyUsage, LeafKeyUsage};
use super::revocation::Status;
use super::{Certificate, extension, policies};
use crate::cms::Scheme;
use crate::crypto::PublicKey;

/// The path that `question` asks for, from `leaf`.
pub(super) fn find(
    question: &PathQuestion<'_>,
    leaf: &Certificate,
    links: &mut VerifiedLinks,
) -> Result<CheckedPath, PathError> {
    let fault = |reason| PathError {
        certificate: leaf.clone(),
        reason,
    };
    if question.intermediates.len() > question.limits.certificates {
        return Err(fault(PathReason::TooMany));
    }
    let revocation = question.revocation.as_ref();
    let mut search = Search {
        question,
        budget: question.limits.certificates,
        comparisons: NAME_COMPARISONS,
        evidenced: revocation.map(|revocation| Evidenced::new(revocation, question)),
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

/// Names held against name constraints in one search at most (the number is that of `rustls-webpki`, for the same reason).
const NAME_COMPARISONS: usize = 250_000;

struct Search<'a, 'l> {
    question: &'a PathQuestion<'a>,
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
        // An authority that was given a new key keeps its name: that one of the name did not sign it says something only if none did.
        let (mut others, mut linked) = (None, false);
        for issuer in anchors.certificates().iter().chain(intermediates) {
            if path.contains(&issuer) || !names_as_issuer(current, issuer) {
                continue;
            }
            if let Err(e) = self.link(path, current, issuer) {
                match e.reason {
                    PathReason::BadSignature => others = Some(e),
                    _ => self.note(e),
                }
                if self.exhausted {
                    return None;
                }
                continue;
            }
            linked = true;
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
        if let Some(e) = others
            && !linked
            && !self.signs_itself(current)
        {
            self.note(e);
        }
        self.note(PathError {
            certificate: current.clone(),
            reason: PathReason::NoIssuer,
        });
        None
    }

    /// Whether `certificate` is its own issuer, as roots are: then no other of its name has to have signed it.
    fn signs_itself(&mut self, certificate: &Certificate) -> bool {
        let Some(left) = self.budget.checked_sub(1) else {
            self.exhausted = true;
            return false;
        };
        self.budget = left;
        certificate.self_issued() && certificate.verify_signed_by(certificate).is_ok()
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
        let (policy, at) = (&self.question.policy, self.question.at);
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
        let accepted = self
            .question
            .revocation
            .as_ref()
            .map(|revocation| revocation.policy);
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
