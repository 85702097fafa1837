//! Whose key it was, and whether that body may do this: chain to a trusted root, then the authority list.

use super::Verifier;
use super::finding::Code;
use super::report::{ListFacts, Report};
use crate::authority::{Refusal, State};
use crate::pki::{Certificate, PathPolicy, PathReason, find_path};
use crate::record::{TypeCode, UnifiedCode};

/// What the result says about its kind and its issuer, as far as that is known.
pub(super) struct Claimed<'a> {
    pub(super) kind: &'a TypeCode,
    pub(super) issuer: &'a UnifiedCode,
}

/// Judges the holder of `signer` at `report.at`. True if nothing speaks against trusting it.
pub(super) fn judge(
    verifier: &Verifier,
    report: &mut Report,
    object: &str,
    signer: &Certificate,
    others: &[Certificate],
    claimed: Option<&Claimed<'_>>,
) -> bool {
    if verifier.trust.roots.is_empty() && verifier.trust.list.is_none() {
        report.find(Code::TrustMissing, object, "");
        return false;
    }
    let chain = verifier.trust.roots.is_empty() || chain(verifier, report, object, signer, others);
    let listed = match &verifier.trust.list {
        Some(_) => listed(verifier, report, object, signer, claimed),
        None => {
            report.find(Code::ListMissing, object, "");
            true
        }
    };
    chain && listed
}

fn chain(
    verifier: &Verifier,
    report: &mut Report,
    object: &str,
    signer: &Certificate,
    others: &[Certificate],
) -> bool {
    let intermediates: Vec<Certificate> = others
        .iter()
        .chain(&verifier.trust.certificates)
        .cloned()
        .collect();
    let path = find_path(
        signer,
        &intermediates,
        &verifier.anchors,
        report.at,
        &verifier.limits,
        &PathPolicy::default(),
    );
    let Err(error) = path else { return true };
    let code = match error.reason {
        PathReason::Expired => Code::ChainExpired,
        PathReason::NotYetValid => Code::ChainNotYetValid,
        // Nothing is proved against a certificate whose issuer is not known here, or that asks for what is not supported.
        PathReason::NoIssuer | PathReason::TooMany => Code::ChainMissing,
        _ => Code::ChainInvalid,
    };
    report.find(code, object, error.to_string());
    false
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
