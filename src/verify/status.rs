//! Whether a result still stands: the status list that its code, or the seal of its file, names.

use super::Verifier;
use super::facts::StatusFacts;
use super::finding::Code;
use super::finding::evidence::{self, Evidence, Mark};
use super::report::Report;
use super::step::Step;
use crate::authority::Act;
use crate::cose::status::{Freshness, Status, StatusList};
use crate::payload::{Payload, StatusReference};
use crate::pki::Certificate;
use crate::record::{Identifier, TypeCode, UnifiedCode};
use crate::time::Time;

/// What is looked up, and for whom.
pub(super) struct Subject<'a> {
    /// Who issued the result, and its type; `None` for a file that does not say what it is.
    pub(super) result: Option<(&'a UnifiedCode, &'a TypeCode)>,
    pub(super) identifier: Option<&'a Identifier>,
    pub(super) place: &'a StatusReference,
    /// The certificate whose key signed what names the place.
    pub(super) signer: &'a Certificate,
}

impl<'a> Subject<'a> {
    /// What a code names, if it names a place.
    pub(super) fn of_code(payload: &'a Payload, signer: &'a Certificate) -> Option<Self> {
        Some(Self {
            result: Some((payload.issuer(), payload.type_code())),
            identifier: Some(payload.identifier()),
            place: payload.status()?,
            signer,
        })
    }
}

/// Looks up what the department says of the result now.
pub(super) fn judge(verifier: &Verifier, report: &mut Report, object: &str, subject: &Subject<'_>) {
    if !verifier.standing {
        return;
    }
    let place = subject.place;
    let at = report.at;
    // What a scanned code names and what its file names is one place, or the code is not that of the file.
    report.status = Some(StatusFacts {
        uri: place.uri().to_owned(),
        index: place.index(),
        issued: None,
        until: None,
        listed: None,
        deadline: None,
    });
    let named = verifier
        .trust
        .statuses
        .iter()
        .filter(|list| list.uri() == place.uri());
    // The newest of those that were issued by then, and by the department; what else was given speaks neither for nor against.
    let mut lists: Vec<&StatusList> = named.collect();
    lists.sort_by_key(|list| (list.freshness(at) != Freshness::NotYet, list.issued()));
    if lists.is_empty() {
        report.find(Code::StatusNotGiven, object, entry(place));
        return;
    }
    let mut own = lists
        .into_iter()
        .rev()
        .filter(|list| is_by_issuer(verifier, list, subject, at))
        .peekable();
    let Some(newest) = own.peek().copied() else {
        report.find(Code::StatusUntrusted, object, place.uri());
        return;
    };
    if newest.freshness(at) == Freshness::NotYet {
        report.find(Code::StatusOfLater, object, Mark::Issued.at(newest.issued()));
        return;
    }
    report.ledger.check(Step::Status);
    // Of several that were issued in one second none is the newer: each is heard, and the gravest word counts.
    for list in own.take_while(|list| list.issued() == newest.issued()) {
        hear(report, object, subject, list);
    }
}

/// What `list` says at `place` of the result.
fn hear(report: &mut Report, object: &str, subject: &Subject<'_>, list: &StatusList) {
    let (at, place) = (report.at, subject.place);
    let (listed, deadline) = (list.status(place.index()), list.deadline(place.index()));
    if let Some(facts) = &mut report.status
        && (facts.listed.is_none() || listed != Some(Status::Valid))
    {
        (facts.issued, facts.until) = (Some(list.issued()), list.good_until());
        (facts.listed, facts.deadline) = (listed.map(Status::name), deadline);
    }
    let stale = list.freshness(at) == Freshness::Stale;
    if stale {
        let waiting = deadline.filter(|_| listed == Some(Status::Conditional));
        let evidence = evidence::stale(at, list.issued(), list.good_until(), waiting);
        report.find(Code::StatusStale, object, evidence);
    }
    let mut evidence = entry(place);
    let code = match listed {
        Some(Status::Valid) => return,
        Some(Status::Revoked) => Code::StatusRevoked,
        Some(Status::Suspended) => Code::StatusSuspended,
        Some(Status::Replaced) => {
            match (list.successor(place.index()), successor(list, subject)) {
                (_, Some(successor)) => {
                    evidence = evidence::successor(&successor, Some(evidence));
                    report.newer = Some(successor);
                }
                (Some(version), None) => evidence = evidence::successor_number(version, &evidence),
                (None, None) => {}
            }
            Code::StatusReplaced
        }
        Some(Status::Lapsed) => Code::StatusLapsed,
        Some(Status::Conditional) => {
            if let Some(deadline) = deadline {
                evidence = Mark::Deadline.at(deadline);
            }
            match deadline.filter(|deadline| at >= *deadline) {
                // Between this list and the deadline the papers may have come in, which a newer list would say.
                Some(deadline) if stale && list.issued() < deadline => return,
                Some(_) => Code::StatusLapsed,
                None => Code::StatusConditional,
            }
        }
        Some(Status::Other(_)) | None => Code::StatusUnreadable,
    };
    report.find(code, object, evidence);
}

/// The version that took the place of the result, if the list says which and the result has an identifier.
fn successor(list: &StatusList, subject: &Subject<'_>) -> Option<Identifier> {
    let version = list.successor(subject.place.index())?;
    let replaced = subject.identifier?;
    let (kind, issuer) = (replaced.type_code(), replaced.issuer_code());
    Identifier::compose(kind, issuer, replaced.serial(), version).ok()
}

pub(super) fn entry(place: &StatusReference) -> Evidence {
    evidence::entry(place.index(), place.uri())
}

/// Whether the department that the result names signed the list: by a certificate that the authority list lets speak for it of such
/// results, or by any of the body that sealed a file that names no department; without an authority list, by the one that signed the
/// result.
///
/// It must be in force at `at` as well as when the list says that it was issued: nothing proves the latter, so whoever stole a key that
/// has been revoked since could have dated the list back.
fn is_by_issuer(verifier: &Verifier, list: &StatusList, subject: &Subject<'_>, at: Time) -> bool {
    let signer = subject.signer;
    let Some(authority) = &verifier.trust.list else {
        return signer.kid() == list.kid() && list.verify(signer.public_key()).is_ok();
    };
    let speaks = |certificate: &Certificate, time: Time| match subject.result {
        Some((issuer, kind)) => authority.speaks_for(certificate.der(), &Act::new(issuer, kind), time),
        // Whoever sealed what does not say what it is speaks for it.
        None => authority.is_same_body(certificate.der(), signer.der(), time),
    };
    let entries = authority.by_kid(&list.kid()).into_iter();
    let mut certificates = entries.filter_map(|(_, entry)| entry.certificate());
    certificates.any(|certificate| {
        [list.issued(), at]
            .into_iter()
            .all(|time| speaks(certificate, time))
            && list.verify(certificate.public_key()).is_ok()
    })
}
