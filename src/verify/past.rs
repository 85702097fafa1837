//! What the time stamps of a file prove, from the newest to the oldest (EN 319 102-1, clause 5.6.3).
//!
//! The newest document time stamp is judged at the time asked about. What it proves is the time at which the one before it is judged,
//! and so on: an authority whose certificate has expired is still believed if a later stamp shows that its token is older. A seal's
//! time is the earliest that is proven by a good time stamp over its signature value or by a document time stamp over its revision.

use super::Verifier;
use super::chain::Basis;
use super::facts::SealFacts;
use super::grounds::Grounds;
use super::moment::{Moment, Proof};
use super::report::Report;
use super::seals::Checked;
use super::timestamp;
use crate::pdf::Document;

/// What signers are judged by, and for each of `checked`, in its order, when.
pub(super) fn prove(
    verifier: &Verifier,
    report: &mut Report,
    document: &Document<'_>,
    checked: &[Checked],
) -> (Grounds, Vec<Moment>) {
    let mut grounds = gather(verifier, report, document, checked);
    let mut stamps: Vec<(usize, usize)> = vec![];
    for (index, seal) in checked.iter().enumerate() {
        if let (Some(_), Some(revision)) = (&seal.stamp, seal.revision) {
            stamps.push((revision, index));
        }
    }
    stamps.sort_unstable();
    let mut moments: Vec<Moment> = checked.iter().map(|_| Moment::unproven(report.at)).collect();
    for (revision, index) in stamps.into_iter().rev() {
        let Some(stamp) = checked.get(index).and_then(|seal| seal.stamp.as_ref()) else {
            continue;
        };
        let moment = grounds.moment(revision.saturating_add(1));
        let basis = Basis {
            grounds: &grounds,
            moment: &moment,
        };
        let object = object(report, index);
        let (facts, proven) =
            timestamp::judge(verifier, report, &object, stamp, basis, Proof::DocumentTimeStamp);
        if let Some(seal) = report.seals.get_mut(index) {
            seal.trusted = facts.trusted;
            seal.time_stamps.push(facts);
            seal.proven.clone_from(&moment.proven);
        }
        if let Some(place) = moments.get_mut(index) {
            *place = moment;
        }
        if let Some(proven) = proven {
            grounds.prove(revision, proven);
        }
    }
    for (index, seal) in checked.iter().enumerate() {
        let (Some(sealed), Some(place)) = (&seal.sealed, moments.get_mut(index)) else {
            continue;
        };
        let covered = grounds.moment(sealed.revision.saturating_add(1));
        let mut moment = covered.clone();
        let object = object(report, index);
        for stamp in &sealed.stamps {
            let basis = Basis {
                grounds: &grounds,
                moment: &covered,
            };
            let (facts, proven) =
                timestamp::judge(verifier, report, &object, stamp, basis, Proof::SignatureTimeStamp);
            if let Some(seal) = report.seals.get_mut(index) {
                seal.time_stamps.push(facts);
            }
            if let Some(proven) = proven {
                moment.improve(proven);
            }
        }
        if let Some(seal) = report.seals.get_mut(index) {
            seal.proven.clone_from(&moment.proven);
        }
        *place = moment;
    }
    (grounds, moments)
}

/// What the caller gave and what the file brings along.
fn gather(verifier: &Verifier, report: &mut Report, document: &Document<'_>, checked: &[Checked]) -> Grounds {
    let mut grounds = Grounds::given(verifier, report.at);
    let limits = &verifier.limits;
    let ends: Vec<usize> = document.revisions().iter().map(|it| it.span.end).collect();
    grounds.add_store(report, document, &ends, limits);
    let mut signers = 0usize;
    for (index, seal) in checked.iter().enumerate() {
        let Some(revision) = seal.revision else { continue };
        let object = object(report, index);
        let sealed = seal.sealed.iter();
        let (own, of_seal) = (
            seal.stamp.iter(),
            sealed.clone().flat_map(|sealed| &sealed.stamps),
        );
        for stamp in own.chain(of_seal) {
            signers = signers.saturating_add(1);
            grounds.add_carried(report, &object, &stamp.carried, revision, limits);
            grounds.add_places(&stamp.others, revision);
        }
        for sealed in sealed {
            signers = signers.saturating_add(1);
            grounds.add_carried(report, &object, &sealed.carried, revision, limits);
            grounds.add_places(&sealed.others, revision);
        }
    }
    grounds.share(signers);
    grounds
}

fn object(report: &Report, index: usize) -> String {
    report
        .seals
        .get(index)
        .map_or_else(String::new, SealFacts::object)
}
