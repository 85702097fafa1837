//! Whose key it was: the chain to a trusted root at the time at which the signer is judged, with what is known of revocation.
//!
//! EN 319 102-1 judges at the present first and falls back to what is proven (clauses 5.5.4 and 5.6.2.4). Here the proven time comes
//! first, and the present where the chain of then is not known: what passes is the same, and the report says what matters. Three
//! rules go beyond it or below it:
//!
//! * No evidence of revocation at all is a remark as long as the certificate has not expired: the authority list speaks for
//!   departments, and counters are offline. [`Verifier::revocation`] asks for more.
//! * Of a certificate that has expired since, evidence is needed all the same (clause 5.6.2.2): nobody can be asked any more, unless
//!   the authority list names the signer's certificate, for lists keep what was revoked.
//!   A list also stands in for a chain that is not at hand, but not where evidence is insisted on or calls the certificate revoked.
//! * Evidence must be fresh at the proven time, not at the present (clause 5.2.5); its own signer must hold a valid certificate when
//!   the evidence is proven to exist.

use super::Verifier;
use super::finding::{Code, evidence};
use super::grounds::Grounds;
use super::moment::Moment;
use super::report::Report;
use super::step::Step;
use crate::pki::{
    Certificate, CheckedPath, Missing, PathError, PathQuestion, PathReason, Reason, RevocationPolicy, Status,
    TrustAnchors, Unknown, VerifiedLinks, policy,
};
use crate::time::Time;

/// What a signer is judged by, and when.
#[derive(Clone, Copy)]
pub(super) struct Basis<'b> {
    pub(super) grounds: &'b Grounds,
    pub(super) moment: &'b Moment,
}

/// Whose path is looked for.
#[derive(Clone, Copy)]
pub(super) struct Signer<'s> {
    pub(super) certificate: &'s Certificate,
    /// The other certificates that came with the signature.
    pub(super) others: &'s [Certificate],
    /// Whether what was signed names this very certificate: then it existed when the signature did.
    pub(super) bound: bool,
}

/// A path, and the time at which it is good.
pub(super) struct Chain {
    /// The signer's certificate first, the root last.
    pub(super) certificates: Vec<Certificate>,
    /// What is known of the revocation of each but the root.
    statuses: Vec<Status>,
}

impl Chain {
    /// Whether evidence tells of each certificate that it was not revoked.
    pub(super) fn revocation_known(&self) -> bool {
        self.statuses()
            .all(|(_, status)| !matches!(status, Status::Unknown(_) | Status::Stale(_)))
    }

    /// The certificates with what is known of their revocation.
    fn statuses(&self) -> impl Iterator<Item = (&Certificate, Status)> {
        let below = self.certificates.len().saturating_sub(1);
        let told = self.statuses.iter().copied();
        let told = told.chain(core::iter::repeat(Status::Unknown(Unknown::NoEvidence)));
        self.certificates.iter().take(below).zip(told)
    }
}

/// Finds the path of `signer` to one of `anchors`. Where the authority list names the certificate (`vouched`), no evidence is needed of
/// what has expired.
pub(super) fn find(
    verifier: &Verifier,
    signer: Signer<'_>,
    anchors: &TrustAnchors,
    basis: Basis<'_>,
    vouched: bool,
) -> Result<Chain, PathError> {
    let (then, asked) = (basis.moment.time(), basis.moment.asked);
    let intermediates = intermediates(verifier, signer, basis.grounds);
    let path = |at| path(verifier, signer.certificate, &intermediates, anchors, at, basis);
    let found = match path(then) {
        Ok(found) => found,
        Err(error) if then < asked && may_be_judged_later(&error, signer.certificate, then) => {
            return path(asked).map(Chain::from).map_err(|_| error);
        }
        Err(error) => return Err(error),
    };
    let chain = Chain::from(found);
    let strict = RevocationPolicy {
        missing: Missing::Refused,
        ..verifier.revocation
    };
    if then < asked && !vouched {
        for (certificate, status) in chain.statuses() {
            if certificate.valid_to() < asked
                && let Some(reason) = strict.refuses(&status)
            {
                return Err(PathError {
                    certificate: certificate.clone(),
                    reason,
                });
            }
        }
    }
    Ok(chain)
}

/// Which algorithm that holds `chain` together was not accepted when what it signs is proven to have existed. The anchor at its end is
/// trusted as it is.
pub(super) fn outdated(chain: &Chain, signer: Signer<'_>, basis: Basis<'_>) -> Option<String> {
    let path = &chain.certificates;
    path.iter()
        .zip(path.iter().skip(1))
        .find_map(|(subject, issuer)| {
            let algorithm = subject.signature_algorithm(issuer)?;
            let refused = |at| policy::accepts(algorithm, issuer.key_bits(), at).err();
            // Most are good at any time.
            refused(basis.moment.asked)?;
            let known = match subject == signer.certificate && signer.bound {
                true => basis.moment.time(),
                false => basis.grounds.known(subject),
            };
            Some(format!(
                "certificate of {}: {}",
                subject.subject(),
                refused(known)?
            ))
        })
}

/// Judges the chain of a seal's or code's signer. `None` if there is none; empty if the list stands in for it.
pub(super) fn judge(
    verifier: &Verifier,
    report: &mut Report,
    object: &str,
    signer: Signer<'_>,
    basis: Basis<'_>,
) -> Option<Vec<Certificate>> {
    // A code carries no certificates, so the ones between are often not at hand. The list names the very certificate and is
    // signed by the root, which says more than a chain would.
    let list = verifier.trust.list.as_ref();
    let vouched = list.is_some_and(|list| list.by_certificate(signer.certificate.der()).is_some());
    let chain = match find(verifier, signer, &verifier.anchors, basis, vouched) {
        Ok(chain) => chain,
        Err(error) if error.reason == PathReason::NoIssuer && vouched => {
            return stand_in(verifier, report, object, signer.certificate, basis);
        }
        Err(error) => {
            refuse(report, object, signer.certificate, &error, basis.moment);
            return None;
        }
    };
    if let Some(evidence) = outdated(&chain, signer, basis) {
        report.find(Code::AlgorithmRejected, object, evidence);
        return None;
    }
    report.ledger.done(Step::Chain);
    tell_revocation(report, object, &chain, vouched);
    let asked = basis.moment.asked;
    if let Some(old) = chain.certificates.iter().find(|it| it.valid_to() < asked) {
        let evidence = evidence::expired_since(old.valid_to(), basis.moment.time());
        let evidence = evidence::of_certificate(old.subject(), &evidence, " ");
        report.find(Code::ChainExpiredSince, object, evidence);
    }
    Some(chain.certificates)
}

/// The list stands in for a chain that is not at hand, but not for word of revocation where that is insisted on or something at hand says
/// that there was one: the certificates above come in a container that nobody signs, and leaving them out must gain nothing.
pub(super) fn stand_in(
    verifier: &Verifier,
    report: &mut Report,
    object: &str,
    signer: &Certificate,
    basis: Basis<'_>,
) -> Option<Vec<Certificate>> {
    report.ledger.waive(Step::Chain);
    report.ledger.waive(Step::Revocation);
    let why = match verifier.revocation.missing {
        _ if basis.grounds.evidence.denounces(signer, basis.moment.time()) => evidence::denounced(),
        Missing::Refused => evidence::unknown(Unknown::NoEvidence),
        _ => return in_date(report, object, signer, basis.moment).then(Vec::new),
    };
    let evidence = evidence::of_certificate(signer.subject(), &why, ": ");
    report.find(Code::RevocationUnknown, object, evidence);
    None
}

/// A list stands in for the chain above the certificate, not for the certificate's own validity.
fn in_date(report: &mut Report, object: &str, signer: &Certificate, moment: &Moment) -> bool {
    let code = match moment.time() {
        at if at < signer.valid_from() => Code::ChainNotYetValid,
        at if at > signer.valid_to() => Code::ChainExpired,
        _ => {
            if moment.asked > signer.valid_to() {
                let evidence = evidence::expired_since(signer.valid_to(), moment.time());
                report.find(Code::ChainExpiredSince, object, evidence);
            }
            return true;
        }
    };
    report.find(code, object, signer.subject());
    false
}

/// Everything that may stand between `signer` and an anchor. The store comes last and only as far as there is room: it must not keep the
/// certificates that came with the signature from being looked at.
fn intermediates(verifier: &Verifier, signer: Signer<'_>, grounds: &Grounds) -> Vec<Certificate> {
    let given = signer.others.iter().chain(&verifier.trust.certificates);
    let mut all: Vec<Certificate> = given.cloned().collect();
    let room = verifier.limits.certificates.saturating_sub(all.len());
    let stored = grounds
        .certificates
        .iter()
        .filter(|one| !signer.others.contains(one));
    all.extend(stored.take(room).cloned());
    all
}

fn path(
    verifier: &Verifier,
    signer: &Certificate,
    intermediates: &[Certificate],
    anchors: &TrustAnchors,
    at: Time,
    basis: Basis<'_>,
) -> Result<CheckedPath, PathError> {
    // Another thread may be at the shared memory just now: then this path is checked without it.
    let mut shared = verifier.links.try_lock();
    let mut own = VerifiedLinks::new(0);
    let links = shared.as_deref_mut().unwrap_or(&mut own);
    let grounds = basis.grounds;
    let question = PathQuestion::new(intermediates, anchors, at).limits(verifier.limits.clone());
    if grounds.evidence.is_empty() && verifier.revocation.missing != Missing::Refused {
        return question.find_with(signer, links);
    }
    question
        .revocation(&grounds.evidence, basis.moment.asked, verifier.revocation)
        .evidence_signatures(grounds.signatures)
        .find_with(signer, links)
}

/// Whether a path that was not good `then` may be good at the time asked about: an authority's certificate was renewed, or what is known
/// of revocation is about the present. The signer's own certificate must have been valid then.
fn may_be_judged_later(error: &PathError, signer: &Certificate, then: Time) -> bool {
    let of_time = matches!(
        error.reason,
        PathReason::NotYetValid | PathReason::RevocationUnknown(_) | PathReason::RevocationStale(_)
    );
    of_time && signer.valid_from() <= then
}

fn refuse(report: &mut Report, object: &str, signer: &Certificate, error: &PathError, moment: &Moment) {
    let code = match &error.reason {
        PathReason::Expired => Code::ChainExpired,
        PathReason::NotYetValid => Code::ChainNotYetValid,
        // On hold may be lifted (EN 319 102-1, clause 5.2.6).
        PathReason::Revoked(revoked) if revoked.reason == Reason::CertificateHold => Code::RevocationOnHold,
        PathReason::Revoked(_) if error.certificate == *signer => Code::RevocationRevoked,
        PathReason::Revoked(_) => Code::RevocationAuthorityRevoked,
        PathReason::RevocationUnknown(_) => Code::RevocationUnknown,
        PathReason::RevocationStale(_) => Code::RevocationStale,
        // Nothing is proved against a certificate whose issuer is not known here, or that asks for what is not supported.
        PathReason::NoIssuer | PathReason::TooMany | PathReason::NameForm => Code::ChainMissing,
        // Too weak is not forged.
        PathReason::Algorithm(_) => Code::AlgorithmRejected,
        _ => Code::ChainInvalid,
    };
    let mut evidence = evidence::path(error);
    if moment.proven.is_some() && code.step() != Step::Chain {
        evidence = evidence::not_earlier(moment.time(), &evidence);
    }
    report.find(code, object, evidence);
}

fn tell_revocation(report: &mut Report, object: &str, chain: &Chain, vouched: bool) {
    let mut unknown = None;
    for (certificate, status) in chain.statuses() {
        let of = certificate.subject();
        match status {
            Status::Good(_) | Status::NotAsked => {}
            Status::RevokedLater(revoked) => {
                let evidence = format!("certificate of {of}: {revoked}");
                report.find(Code::RevocationLater, object, evidence);
            }
            Status::Unknown(why) => {
                let evidence = evidence::unknown(why);
                unknown = unknown.or(Some(evidence::of_certificate(of, &evidence, ": ")));
            }
            Status::Stale(age) => {
                let evidence = evidence::days_before(age.div_euclid(86_400));
                unknown = unknown.or(Some(evidence::of_certificate(of, &evidence, ": ")));
            }
            _ => {}
        }
    }
    match unknown {
        None => report.ledger.done(Step::Revocation),
        Some(_) if vouched => report.ledger.waive(Step::Revocation),
        Some(evidence) => {
            report.ledger.unchecked(Step::Revocation);
            report.find(Code::RevocationNotChecked, object, evidence);
        }
    }
}

impl From<CheckedPath> for Chain {
    fn from(path: CheckedPath) -> Self {
        Self {
            certificates: path.certificates,
            statuses: path.statuses,
        }
    }
}
