//! Whether the body whose key it was may do this: its chain, then the authority list.

use super::Verifier;
use super::chain::{self, Basis, Signer, in_date};
use super::finding::Code;
use super::moment::Moment;
use super::report::{ListFacts, Report};
use super::step::Step;
use crate::authority::{AuthorityList, Refusal, State};
use crate::payload::Payload;
use crate::pki::Certificate;
use crate::record::{Record, TypeCode, UnifiedCode};

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

/// Judges the holder of the signer's certificate at the time that `basis` has for it.
pub(super) fn judge(
    verifier: &Verifier,
    report: &mut Report,
    object: &str,
    signer: Signer<'_>,
    claimed: Option<&Claimed<'_>>,
    basis: Basis<'_>,
) -> Judged {
    for step in [Step::Chain, Step::Time, Step::Revocation, Step::Authority] {
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
        report.ledger.waive(Step::Revocation);
        in_date(report, object, signer.certificate, basis.moment).then(Vec::new)
    } else {
        chain::judge(verifier, report, object, signer, basis)
    };
    if path.is_some() {
        report.ledger.done(Step::Time);
    }
    let listed = match &verifier.trust.list {
        Some(_) => {
            report.ledger.done(Step::Authority);
            listed(
                verifier,
                report,
                object,
                signer.certificate,
                claimed,
                basis.moment,
            )
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

fn listed(
    verifier: &Verifier,
    report: &mut Report,
    object: &str,
    signer: &Certificate,
    claimed: Option<&Claimed<'_>>,
    moment: &Moment,
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
    // Whether the body might seal is asked of the time at which it did.
    let then = moment.time();
    let authorised = match claimed {
        Some(claimed) => list.authorise_for(signer.der(), claimed.issuer, claimed.kind, then),
        // A file that does not say what it is can only be held against the list's windows.
        None => list.standing(signer.der(), then),
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
