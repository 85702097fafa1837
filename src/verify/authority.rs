//! Whose key it was, and whether that body may do this: chain to a trusted root, then the authority list.

use super::Verifier;
use super::finding::Code;
use super::report::{ListFacts, Report};
use super::step::Step;
use crate::authority::{AuthorityList, Refusal, State};
use crate::payload::Payload;
use crate::pki::{Certificate, PathPolicy, PathReason, VerifiedLinks, find_path_with, policy};
use crate::record::{Record, TypeCode, UnifiedCode};
use crate::time::Time;

/// What the result says about its kind and its issuer, as far as that is known.
pub(super) struct Claimed<'a> {
    pub(super) kind: &'a TypeCode,
    pub(super) issuer: &'a UnifiedCode,
}

impl<'a> Claimed<'a> {
    /// What the record says; where there is none, what the code says.
    pub(super) fn of(record: Option<&'a Record>, payload: Option<&'a Payload>) -> Option<Self> {
        match (record, payload) {
            (Some(record), _) => Some(Self {
                kind: &record.kind().code,
                issuer: &record.issuer().code,
            }),
            (None, Some(payload)) => Some(Self {
                kind: payload.type_code(),
                issuer: payload.issuer(),
            }),
            (None, None) => None,
        }
    }
}

/// What came of judging a signer.
pub(super) struct Judged {
    /// Nothing speaks against trusting it.
    pub(super) trusted: bool,
    /// The certificates from the signer to a root; empty if there is no such path, or no root to lead to.
    pub(super) path: Vec<Certificate>,
}

/// Judges the holder of `signer` at `report.at`.
pub(super) fn judge(
    verifier: &Verifier,
    report: &mut Report,
    object: &str,
    signer: &Certificate,
    others: &[Certificate],
    claimed: Option<&Claimed<'_>>,
) -> Judged {
    for step in [Step::Chain, Step::Time, Step::Authority] {
        report.ledger.begin(step);
    }
    if verifier.trust.roots.is_empty() && verifier.trust.list.is_none() {
        report.find(Code::TrustMissing, object, "");
        return Judged {
            trusted: false,
            path: vec![],
        };
    }
    let path = if verifier.trust.roots.is_empty() {
        report.ledger.waive(Step::Chain);
        in_date(report, object, signer).then(Vec::new)
    } else {
        chain(verifier, report, object, signer, others)
    };
    if path.is_some() {
        report.ledger.done(Step::Time);
    }
    let listed = match &verifier.trust.list {
        Some(_) => {
            report.ledger.done(Step::Authority);
            listed(verifier, report, object, signer, claimed)
        }
        None => {
            report.ledger.unchecked(Step::Authority);
            report.find(Code::ListMissing, object, "");
            true
        }
    };
    Judged {
        trusted: path.is_some() && listed,
        path: path.unwrap_or_default(),
    }
}

/// A list stands in for the chain above the certificate, not for the certificate's own validity.
fn in_date(report: &mut Report, object: &str, signer: &Certificate) -> bool {
    let code = match report.at {
        at if at < signer.valid_from() => Code::ChainNotYetValid,
        at if at > signer.valid_to() => Code::ChainExpired,
        _ => return true,
    };
    report.find(code, object, signer.subject());
    false
}

/// A certificate in a signature container that is not accounted for. Ordered: later variants weigh more.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) enum Stray {
    /// It has nothing to do with the signer, whose path is known without it: a container may hold more certificates than needed
    /// (RFC 5652, clause 10.2.3).
    Spare,
    /// It is not what its issuer signed, or nothing tells what it was.
    Changed,
}

/// The worst certificate of `others`, carried in the signature container beside the signer's: nothing signs the container as a
/// whole. Fine is one that is on the signer's `path`, is trusted byte for byte, or is signed by a certificate at hand.
///
/// Where the list alone speaks for the signer (`path` is empty), the certificates above it may lead to a root that nobody gave;
/// then it is enough that they are above it.
pub(super) fn stray(
    verifier: &Verifier,
    signer: &Certificate,
    others: &[Certificate],
    path: &[Certificate],
) -> Option<Stray> {
    let trust = &verifier.trust;
    let given = trust.roots.iter().chain(&trust.certificates);
    let list_root = trust.list.as_ref().map(AuthorityList::root);
    let at_hand: Vec<&Certificate> = given.chain(list_root).chain(others).collect();
    // As in path building: a hostile container must not make each of its certificates check each other.
    let mut checks = verifier.limits.certificates;
    let mut signed_by = |certificate: &Certificate, issuer: &Certificate| {
        checks.checked_sub(1).is_some_and(|left| {
            checks = left;
            certificate.verify_signed_by(issuer).is_ok()
        })
    };
    let mut above = vec![signer];
    let mut doubtful: Vec<&Certificate> = vec![];
    for other in others {
        let known = trust.roots.contains(other) || trust.certificates.contains(other);
        if known || *other == *signer || path.contains(other) {
            continue;
        }
        // By name or by key: one changed bit spoils one of them at most.
        let mut issuers = at_hand.iter().filter(|issuer| {
            let by_key = other.authority_key_identifier().is_some()
                && other.authority_key_identifier() == issuer.subject_key_identifier();
            by_key || issuer.subject_raw() == other.issuer_raw()
        });
        match issuers.clone().next() {
            Some(_) if issuers.any(|issuer| signed_by(other, issuer)) => {}
            Some(_) => return Some(Stray::Changed),
            None => doubtful.push(other),
        }
    }
    if !path.is_empty() {
        return (!doubtful.is_empty()).then_some(Stray::Spare);
    }
    // Upwards from the signer, in whatever order the container has them.
    while let Some(next) = doubtful
        .iter()
        .position(|other| above.iter().any(|below| signed_by(below, other)))
    {
        above.push(doubtful.swap_remove(next));
    }
    (!doubtful.is_empty()).then_some(Stray::Changed)
}

fn chain(
    verifier: &Verifier,
    report: &mut Report,
    object: &str,
    signer: &Certificate,
    others: &[Certificate],
) -> Option<Vec<Certificate>> {
    let intermediates: Vec<Certificate> = others
        .iter()
        .chain(&verifier.trust.certificates)
        .cloned()
        .collect();
    // Another thread may be at the shared memory just now: then this path is checked without it.
    let mut shared = verifier.links.try_lock();
    let mut own = VerifiedLinks::new(0);
    let links = shared.as_deref_mut().unwrap_or(&mut own);
    let (at, limits, policy) = (report.at, &verifier.limits, PathPolicy::default());
    let path = find_path_with(
        signer,
        &intermediates,
        &verifier.anchors,
        at,
        limits,
        &policy,
        links,
    );
    let error = match path {
        Ok(path) => {
            let Some(evidence) = outdated(&path, at) else {
                report.ledger.done(Step::Chain);
                return Some(path);
            };
            report.find(Code::AlgorithmRejected, object, evidence);
            return None;
        }
        Err(error) => error,
    };
    // A code carries no certificates, so the ones between are often not at hand. The list names the very certificate and is
    // signed by the root, which says more than a chain would.
    let named = verifier
        .trust
        .list
        .as_ref()
        .and_then(|list| list.by_certificate(signer.der()));
    if error.reason == PathReason::NoIssuer && named.is_some() {
        report.ledger.waive(Step::Chain);
        return in_date(report, object, signer).then(Vec::new);
    }
    let code = match error.reason {
        PathReason::Expired => Code::ChainExpired,
        PathReason::NotYetValid => Code::ChainNotYetValid,
        // Nothing is proved against a certificate whose issuer is not known here, or that asks for what is not supported.
        PathReason::NoIssuer | PathReason::TooMany | PathReason::NameForm => Code::ChainMissing,
        // Too weak is not forged.
        PathReason::Algorithm(_) => Code::AlgorithmRejected,
        _ => Code::ChainInvalid,
    };
    report.find(code, object, error.to_string());
    None
}

/// Which algorithm that holds `path` together is not accepted at `at`. The anchor at its end is trusted as it is.
pub(super) fn outdated(path: &[Certificate], at: Time) -> Option<String> {
    path.iter()
        .zip(path.iter().skip(1))
        .find_map(|(subject, issuer)| {
            let algorithm = subject.signature_algorithm(issuer)?;
            let refused = policy::accepts(algorithm, issuer.key_bits(), at).err()?;
            Some(format!("certificate of {}: {refused}", subject.subject()))
        })
}

fn listed(
    verifier: &Verifier,
    report: &mut Report,
    object: &str,
    signer: &Certificate,
    claimed: Option<&Claimed<'_>>,
) -> bool {
    let Some(list) = &verifier.trust.list else {
        return false;
    };
    let at = report.at;
    let before = report.findings.len();
    let entry = list.by_certificate(signer.der());
    report.list = Some(ListFacts {
        sequence: list.sequence(),
        issued: list.issued(),
        expires: list.expires(),
        age_seconds: at.seconds_since(list.issued()),
        issuer: entry.map(|(issuer, _)| (issuer.name().to_owned(), issuer.code().to_string())),
    });
    match list.state(at) {
        State::Current => {}
        State::Expired { .. } => report.find(
            Code::ListExpired,
            "authority list",
            format!("expired {}", list.expires()),
        ),
        State::NotYet { .. } => report.find(
            Code::ListNotYetValid,
            "authority list",
            format!("issued {}", list.issued()),
        ),
    }
    let authorised = match claimed {
        Some(claimed) => list.authorise_for(signer.der(), claimed.issuer, claimed.kind, at),
        // A file that does not say what it is can only be held against the list's windows.
        None => list.standing(signer.der(), at),
    };
    if let Err(refusal) = authorised {
        let code = match refusal {
            Refusal::UnknownCertificate => Code::IssuerUnknown,
            Refusal::AnotherIssuer => Code::IssuerMismatch,
            Refusal::Revoked => Code::CertificateRevoked,
            Refusal::OutsideWindow => Code::OutsideWindow,
            Refusal::TypeNotPermitted => Code::TypeNotPermitted,
        };
        let result = claimed.map_or_else(String::new, |c| {
            format!(", type {} of issuer {}", c.kind, c.issuer)
        });
        report.find(code, object, format!("{}{result}", signer.subject()));
    }
    report.findings.len() == before
}
