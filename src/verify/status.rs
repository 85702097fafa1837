//! Whether a result still stands: the status list that its code names, and later versions at hand.

use std::collections::BTreeMap;

use super::Verifier;
use super::finding::Code;
use super::report::{Outcome, Report};
use super::step::Step;
use crate::cose::status::{Freshness, Status, StatusList};
use crate::payload::Payload;
use crate::pki::Certificate;

/// Looks up what the department says of the result now. `signer` is the certificate whose key signed the code.
pub(super) fn judge(
    verifier: &Verifier,
    report: &mut Report,
    object: &str,
    payload: &Payload,
    signer: &Certificate,
) {
    let Some(place) = payload.status() else {
        return;
    };
    let at = report.at;
    let entry = format!("entry {} of {}", place.index(), place.uri());
    let named = verifier
        .trust
        .statuses
        .iter()
        .filter(|list| list.uri() == place.uri());
    // The newest of those that were issued by then, and by the department; what else was given speaks neither for nor against.
    let mut lists: Vec<&StatusList> = named.collect();
    lists.sort_by_key(|list| (list.freshness(at) != Freshness::NotYet, list.issued()));
    if lists.is_empty() {
        report.find(Code::StatusNotGiven, object, entry);
        return;
    }
    let issued = |list: &&&StatusList| is_by_issuer(verifier, list, payload, signer);
    let Some(list) = lists.iter().rev().find(issued) else {
        report.find(Code::StatusUntrusted, object, place.uri());
        return;
    };
    if list.freshness(at) == Freshness::NotYet {
        let evidence = format!("issued {}", list.issued());
        report.find(Code::StatusOfLater, object, evidence);
        return;
    }
    report.ledger.check(Step::Status);
    if list.freshness(at) == Freshness::Stale {
        let days = at
            .seconds_since(list.issued())
            .checked_div(86_400)
            .unwrap_or_default();
        let evidence = format!("{days} days old, issued {}", list.issued());
        report.find(Code::StatusStale, object, evidence);
    }
    let deadline = list.deadline(place.index());
    let code = match list.status(place.index()) {
        Some(Status::Valid) => return,
        Some(Status::Revoked) => Code::StatusRevoked,
        Some(Status::Suspended) => Code::StatusSuspended,
        Some(Status::Replaced) => Code::StatusReplaced,
        Some(Status::Lapsed) => Code::StatusLapsed,
        Some(Status::Conditional) => {
            let (code, evidence) = match deadline {
                Some(deadline) if at >= deadline => (Code::StatusLapsed, format!("deadline {deadline}")),
                Some(deadline) => (Code::StatusConditional, format!("deadline {deadline}")),
                None => (Code::StatusConditional, entry),
            };
            report.find(code, object, evidence);
            return;
        }
        Some(Status::Other(_)) | None => Code::StatusUnreadable,
    };
    report.find(code, object, entry);
}

/// Whether the department that the result names signed the list: by a certificate that the authority list had in force for it then;
/// without an authority list, by the one that signed the result.
fn is_by_issuer(verifier: &Verifier, list: &StatusList, payload: &Payload, signer: &Certificate) -> bool {
    let Some(authority) = &verifier.trust.list else {
        return signer.kid() == list.kid() && list.verify(signer.public_key()).is_ok();
    };
    let entries = authority.by_kid(&list.kid()).into_iter();
    let mut certificates = entries.filter_map(|(_, entry)| entry.certificate());
    certificates.any(|certificate| {
        let standing = authority.standing(certificate.der(), list.issued());
        standing.is_ok_and(|issuer| issuer.code() == payload.issuer())
            && list.verify(certificate.public_key()).is_ok()
    })
}

/// Of the results judged together, the later version stands: each earlier one of the same type, issuer and serial number gets a finding
/// that says which took its place. Only an authentic result takes another's place. The order stays.
#[must_use]
pub fn settle_versions(reports: Vec<Report>) -> Vec<Report> {
    let mut latest: BTreeMap<String, String> = BTreeMap::new();
    for report in reports
        .iter()
        .filter(|report| report.outcome == Outcome::Authentic)
    {
        let Some((series, version)) = version(report) else {
            continue;
        };
        let seen = latest.entry(series).or_default();
        if *seen < version {
            *seen = version;
        }
    }
    let settle = |mut report: Report| {
        let Some((series, version)) = version(&report) else {
            return report;
        };
        let Some(newer) = latest.get(&series).filter(|newer| **newer > version) else {
            return report;
        };
        let evidence = format!("version {version}, and version {newer} is at hand");
        report.find(Code::StatusReplaced, "result", evidence);
        report.conclude()
    };
    reports.into_iter().map(settle).collect()
}

/// Type, issuer and serial number of a result, and its version: three digits (`docs/FORMAT.md`, clause 2.2).
fn version(report: &Report) -> Option<(String, String)> {
    let (record, payload) = report.seen();
    let identifier = record
        .as_ref()
        .map(|record| record.identifier())
        .or_else(|| payload.as_ref().map(Payload::identifier))?;
    let series = format!(
        "{}.{}.{}",
        identifier.type_code(),
        identifier.issuer_code(),
        identifier.serial()
    );
    Some((series, identifier.version().to_owned()))
}
