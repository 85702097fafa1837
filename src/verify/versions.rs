//! Several results judged together: which version stands, and whether one of them contradicts another.

use std::collections::BTreeMap;

use super::finding::{Code, Severity, evidence};
use super::report::Report;
use crate::payload::Payload;
use crate::record::{Identifier, Record};
use crate::terms::Terms;

/// Of the results judged together, the later version stands: each earlier one of the same type, issuer and serial number gets a finding
/// that says which took its place, and so does a copy of one. Only a result that its issuer is proved to have made takes another's
/// place, and keeps it when it is withdrawn, suspended or past its last day: an earlier version does not stand again for that. Two
/// such results that have one identifier, do not say the same and are not withdrawn leave it open which of them stands. The order
/// stays, and does not matter.
#[must_use]
pub fn settle_versions(reports: Vec<Report>) -> Vec<Report> {
    let mut results: BTreeMap<String, BTreeMap<Identifier, Vec<&Report>>> = BTreeMap::new();
    for report in &reports {
        if took_effect(report)
            && let Some((series, version)) = own_version(report)
        {
            let versions = results.entry(series).or_default();
            versions.entry(version).or_default().push(report);
        }
    }
    let mut latest: BTreeMap<String, Identifier> = BTreeMap::new();
    let mut forked: Vec<Identifier> = vec![];
    for (series, versions) in results {
        for (version, same) in &versions {
            let withdrawn =
                |report: &Report| report.has(Code::StatusRevoked) || report.has(Code::StatusReplaced);
            let standing = same.iter().filter(|report| !withdrawn(report));
            if contradict(&standing.copied().collect::<Vec<_>>()) {
                forked.push(version.clone());
            }
        }
        if let Some((version, _)) = versions.into_iter().next_back() {
            latest.insert(series, version);
        }
    }
    let settle = |mut report: Report| {
        if let Some((series, version)) = own_version(&report).or_else(|| copied_version(&report)) {
            if let Some(newer) = latest
                .get(&series)
                .filter(|newer| newer.version() > version.version())
            {
                report.find(Code::StatusReplaced, "result", evidence::successor(newer, None));
                report.newer = Some(newer.clone());
            }
            if forked.contains(&version) {
                report.find(Code::StatusForked, "result", evidence::version(&version));
            }
        }
        report.conclude()
    };
    reports.into_iter().map(settle).collect()
}

/// Whether the issuer made the result and it took the place of the version before, whatever became of it since. One that is not in
/// force yet, or was conditional and lapsed, never did.
fn took_effect(report: &Report) -> bool {
    let mut against = report.findings.iter().map(|finding| finding.code);
    report.is_proved() && against.all(|code| code.severity() == Severity::Note || SINCE.contains(&code))
}

/// What speaks against a result that took effect: what became of it, that this is not known, or that it is another holder's now.
const SINCE: [Code; 15] = [
    Code::HolderNoMatch,
    Code::HolderNotStated,
    Code::RecordExpired,
    Code::CodeExpired,
    Code::StatusRevoked,
    Code::StatusReplaced,
    Code::StatusSuspended,
    Code::StatusStale,
    Code::StatusOfLater,
    Code::StatusUntrusted,
    Code::StatusUnreadable,
    Code::StatusNotGiven,
    Code::StatusPlacesDiffer,
    Code::StatusPlaceOfAnother,
    Code::StatusPlaceUnreadable,
];

/// Whether results that have one identifier say different things. A code says a part of what its record says.
fn contradict(same: &[&Report]) -> bool {
    let seen: Vec<(Option<Record>, Option<Payload>)> = same.iter().map(|report| report.seen()).collect();
    if let Some(record) = seen.iter().find_map(|(record, _)| record.as_ref()) {
        return seen.iter().any(|found| match found {
            (Some(other), _) => other != record,
            (None, Some(payload)) => !payload.follows_from(record),
            (None, None) => false,
        });
    }
    // What every code says; which fields it has the issuer chooses.
    let said = |payload: &Payload| {
        let (until, from) = (payload.expiry(), payload.not_before());
        let texts = [payload.number(), payload.holder_name(), payload.masked_code()].map(str::to_owned);
        (texts, until, from, payload.sample())
    };
    let mut all = seen.iter().filter_map(|(_, payload)| payload.as_ref()).map(said);
    let first = all.next();
    all.any(|other| Some(other) != first)
}

/// Type, issuer and serial number of a result, and its whole identifier (`docs/FORMAT.md`, clause 2.2).
fn own_version(report: &Report) -> Option<(String, Identifier)> {
    let (record, payload) = report.seen();
    let identifier = record.as_ref().map(Record::identifier);
    let identifier = identifier.or_else(|| payload.as_ref().map(Payload::identifier))?;
    Some(version(identifier))
}

/// Those of the result that was copied.
fn copied_version(report: &Report) -> Option<(String, Identifier)> {
    let terms: &Terms = report.copied()?;
    Some(version(&terms.original.identifier))
}

fn version(identifier: &Identifier) -> (String, Identifier) {
    let (kind, issuer) = (identifier.type_code(), identifier.issuer_code());
    let series = format!("{kind}.{issuer}.{}", identifier.serial());
    (series, identifier.clone())
}
