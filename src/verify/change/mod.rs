//! What was done to the file after each seal: every later revision against the one before it.
//!
//! Each revision is judged once, whoever sealed before it: what it touches must be explained by a rule, and a seal answers for
//! the worst of the revisions after it. So fifty seals cost as much as fifty revisions. Rules name what may change and nothing
//! else, and say how far the change goes; `docs/CHANGES.md` lists them.

mod anchor;
mod annotation;
mod appearance;
mod catalog;
mod dss;
mod field;
mod form;
mod page;
mod permission;
mod place;
mod policy;
mod same;
mod shared;
mod step;
#[cfg(test)]
mod step_tests;
mod structure;

pub(super) use permission::judge_permissions;
pub use policy::ChangePolicy;

use std::collections::BTreeSet;

use super::coverage;
use super::facts::{Modification, SealKind};
use super::fields::{SignatureField, shown};
use super::finding::Code;
use super::report::Report;
use super::seals::Checked;
use crate::limits::Limits;
use crate::pdf::form::{FieldValue, FormBudget};
use crate::pdf::references::References;
use crate::pdf::{Anomaly, AnomalyKind, Document, FieldLock, Lock, LockAction, PdfError, View};

use anchor::Anchors;
use form::Form;
use place::Place;
use policy::{Permit, permitted};
use shared::Shared;
use step::Step;

/// What is given to judge by.
pub(super) struct Rules<'r> {
    pub(super) policy: ChangePolicy,
    pub(super) limits: &'r Limits,
    pub(super) references: &'r References,
    /// What is odd about the file; `None` if that could not be told.
    pub(super) anomalies: Option<&'r [Anomaly]>,
}

/// One revision, judged.
pub(super) struct Judged {
    level: Modification,
    /// Something in it is fatal whoever asks.
    refused: bool,
    /// Where something is that the seals permit and the policy does not.
    beyond: Option<String>,
    /// If that is nothing but fields that were filled: their fully qualified names.
    filled: Vec<String>,
}

/// Judges every revision after the first seal; [`answer`] draws the conclusions for each seal.
pub(super) fn judge(
    report: &mut Report,
    document: &Document<'_>,
    seals: &[Checked],
    fields: &[SignatureField],
    rules: &Rules<'_>,
) -> Vec<Option<Judged>> {
    tail(report, document);
    let last = document.revisions().len().saturating_sub(1);
    let mut judged: Vec<Option<Judged>> = document.revisions().iter().map(|_| None).collect();
    let Some(first) = seals.iter().filter_map(|seal| seal.revision).min() else {
        return judged;
    };
    let mut shared = Shared::new(document, rules.references, FormBudget::new(rules.limits));
    let mut permits: Vec<Permit> = vec![];
    let mut known: Option<Form<'_>> = None;
    let views: Vec<View<'_, '_>> = (first..=last).filter_map(|index| document.view(index)).collect();
    for pair in views.windows(2) {
        let &[before, after] = pair else { continue };
        let index = after.index();
        let old = match known.take() {
            Some(form) => Ok(form),
            None => Form::read(&before, &mut shared.budget),
        };
        let forms = old.and_then(|old| Ok((old, Form::read(&after, &mut shared.budget)?)));
        let (old, new) = match forms {
            Ok(forms) => forms,
            Err(error) => {
                report.find(
                    Code::ChangeUnexplained,
                    format!("revision {index}"),
                    error.to_string(),
                );
                if let Some(place) = judged.get_mut(index) {
                    *place = Some(refused());
                }
                continue;
            }
        };
        for (number, field) in seals
            .iter()
            .zip(fields)
            .enumerate()
            .filter_map(|(number, (seal, field))| {
                (seal.revision == Some(before.index())).then_some((number, field))
            })
        {
            // A time stamp certifies nothing, whatever it says.
            let facts = report.seals.get(number);
            let certifies = facts
                .filter(|facts| facts.kind == SealKind::Seal)
                .and_then(|facts| facts.certifies);
            permits.push(permit(&before, &old, field, certifies, &mut shared.budget));
        }
        let outcome = judge_step(
            &mut shared,
            (before, after),
            &permits,
            (&old, &new),
            rules,
            report,
        );
        if let Some(place) = judged.get_mut(index) {
            *place = Some(outcome);
        }
        known = Some(new);
    }
    judged
}

impl Judged {
    /// What goes beyond the policy, unless it is that fields of `provided` were sealed.
    fn beyond_but(&self, provided: &BTreeSet<String>) -> Option<String> {
        let foreseen = !self.filled.is_empty() && self.filled.iter().all(|name| provided.contains(name));
        self.beyond.clone().filter(|_| !foreseen)
    }
}

/// What no signer can permit.
fn refused() -> Judged {
    Judged {
        level: Modification::Other,
        refused: true,
        beyond: None,
        filled: vec![],
    }
}

/// Bytes behind the last revision belong to none, and nobody answers for them.
fn tail(report: &mut Report, document: &Document<'_>) {
    let end = document
        .revisions()
        .last()
        .map_or(0, |revision| revision.span.end);
    let tail = document.bytes().get(end..).unwrap_or_default();
    if !coverage::only_ends_of_line(tail) {
        let evidence = format!("{} bytes follow the last revision", tail.len());
        report.find(Code::ChangedAfterSeal, "file", evidence);
    }
}

/// What the seal of `field` permits after the revision it covers, which `view` shows.
fn permit(
    view: &View<'_, '_>,
    form: &Form<'_>,
    field: &SignatureField,
    certifies: Option<u8>,
    budget: &mut FormBudget,
) -> Permit {
    let mut most = Modification::Annotate;
    if let Some(level) = certifies {
        most = permitted(i64::from(level));
    }
    let mut locks = vec![];
    let own = form
        .nodes
        .iter()
        .filter(|node| node.is_field && node.value == FieldValue::Reference(field.value))
        .find_map(|node| node.dictionary());
    let found = view.field_mdp(&field.dictionary, budget).and_then(|mut found| {
        if let Some(own) = own {
            found.push(view.lock(own, b"Lock", budget)?);
        }
        Ok(found)
    });
    for lock in found.unwrap_or_else(|_| vec![Lock::Malformed]) {
        match lock {
            Lock::None => {}
            Lock::Lock(lock) => {
                // Table 236: the lock may hold a permission besides, which is meant as that of DocMDP.
                most = most.min(lock.permission.map_or(Modification::Annotate, permitted));
                locks.push(lock);
            }
            // Which fields are meant cannot be told, so it may be any.
            Lock::Malformed => locks.push(FieldLock {
                action: LockAction::All,
                fields: vec![],
                permission: None,
            }),
        }
    }
    Permit {
        field: field.name.clone(),
        certifies: certifies.is_some(),
        most,
        locks,
    }
}

fn judge_step<'d, 'a>(
    shared: &mut Shared<'_, 'd, 'a>,
    (before, after): (View<'d, 'a>, View<'d, 'a>),
    permits: &[Permit],
    forms: (&Form<'a>, &Form<'a>),
    rules: &Rules<'_>,
    report: &mut Report,
) -> Judged {
    let certified = permits.iter().any(|permit| permit.certifies);
    let index = after.index();
    let mut step = Step::new(shared, (before, after), certified);
    if let Err(error) = explain(&mut step, forms) {
        step.failed(&Place::trailer(), error);
    }
    let outcome = step.finish();
    let revision = |what: String| format!("revision {}: {what}", index.saturating_add(1));
    let mut level = outcome.level();
    if let Some(stray) = stray(shared.document, index, rules) {
        level = Modification::Other;
        report.find(Code::ChangeUnexplained, "file", revision(stray));
    }
    let mut refused = level == Modification::Other;
    for (code, number, evidence) in &outcome.faults {
        let object = number.map_or_else(|| "file".to_owned(), |number| format!("object {number}"));
        report.find(*code, object, revision(evidence.clone()));
    }
    // What the strictest seal before permits, and where more than that was done.
    if let Some(strictest) = permits.iter().min_by_key(|permit| permit.most) {
        for (reached, (place, count)) in outcome.levels.iter().rev() {
            if *reached <= strictest.most {
                break;
            }
            refused = true;
            let evidence = several(&shared.describe(index, place), *count, *reached);
            let object = format!("field {}", strictest.field);
            report.find(Code::ChangeNotPermitted, object, revision(evidence));
        }
    }
    for name in &outcome.fields {
        let locks = permits.iter().flat_map(|permit| &permit.locks);
        let locked = locks.into_iter().any(|lock| {
            // Too many names to compare: it cannot be told, so it counts as locked.
            !shared.budget.pay(lock.fields.len().saturating_add(1)) || lock.covers(name)
        });
        if locked {
            refused = true;
            level = level.max(Modification::FormFill);
            let object = format!("field {}", shown(name.as_bytes()));
            let evidence = format!("revision {}", index.saturating_add(1));
            report.find(Code::ChangeLockedField, object, evidence);
        }
    }
    let most = rules.policy.most();
    let above = outcome.levels.iter().rev().find(|(reached, _)| **reached > most);
    let only_filled = above.is_some_and(|(reached, (_, count))| {
        *reached == Modification::FormFill && *count == outcome.filled && outcome.noise.is_none()
    });
    let filled = if only_filled {
        outcome.fields.into_iter().collect()
    } else {
        vec![]
    };
    let mut beyond =
        above.map(|(reached, (place, count))| several(&shared.describe(index, place), *count, *reached));
    // Whoever seals later: what was sealed first can no longer be seen as it was.
    if let Some(place) = outcome.seen {
        refused = true;
        let place = shared.describe(index, &place);
        let evidence = format!(
            "{place} may lie over what was sealed ({})",
            Modification::Annotate
        );
        report.find(Code::ChangeBeyondPolicy, "file", revision(evidence));
    }
    if let Some(place) = outcome.noise.filter(|_| rules.policy < ChangePolicy::Acrobat) {
        let place = shared.describe(index, &place);
        beyond.get_or_insert(format!("{place}, as Acrobat changes it"));
    }
    Judged {
        level,
        refused,
        beyond: beyond.map(revision),
        filled,
    }
}

/// Bytes of revision `index` that no object takes up: a program that searches the file for objects finds them there
/// (incremental saving attack), and no rule does.
fn stray(document: &Document<'_>, index: usize, rules: &Rules<'_>) -> Option<String> {
    let Some(anomalies) = rules.anomalies else {
        return Some("the file cannot be read through".to_owned());
    };
    let span = document.revisions().get(index)?.span.clone();
    let stray = anomalies
        .iter()
        .find(|anomaly| anomaly.kind == AnomalyKind::UnclaimedBytes && span.contains(&anomaly.offset))?;
    Some(format!("bytes that belong to nothing, at byte {}", stray.offset))
}

fn several(path: &str, count: usize, level: Modification) -> String {
    match count.saturating_sub(1) {
        0 => format!("{path} ({level})"),
        more => format!("{path} and {more} more ({level})"),
    }
}

/// Every rule in turn. The first that fails leaves what it did not explain to be refused.
fn explain<'a>(step: &mut Step<'_, '_, '_, 'a>, (old, new): (&Form<'a>, &Form<'a>)) -> Result<(), PdfError> {
    step.own_streams();
    catalog::judge(step)?;
    let anchors = Anchors::find(step, old)?;
    form::judge(step, (old, new), &anchors)?;
    for number in &anchors.pages {
        page::judge(step, *number, new)?;
    }
    for number in &anchors.annotations {
        annotation::changed(step, *number)?;
    }
    for number in &anchors.elements {
        structure::element(step, *number)?;
    }
    Ok(())
}

/// Tells every seal how far the revisions after it go, and finds what follows from that. To be called when it is known which
/// seals are trusted.
///
/// `provided` are the fields that the result itself has to be sealed in: sealing them goes beyond no policy.
pub(super) fn answer(
    report: &mut Report,
    seals: &[Checked],
    judged: &[Option<Judged>],
    provided: &BTreeSet<String>,
) {
    let last = judged.len().saturating_sub(1);
    // A seal over the whole file answers for what was done before it, if it is one that may; a time stamp says when, and
    // nothing else.
    let answered = seals.iter().zip(&report.seals).any(|(seal, facts)| {
        let whole = seal.sealed.as_ref().is_some_and(|sealed| sealed.revision == last);
        whole && facts.trusted && facts.kind == SealKind::Seal
    });
    for (index, seal) in seals.iter().enumerate() {
        let Some(revision) = seal.revision.filter(|revision| *revision < last) else {
            continue;
        };
        let after = || judged.iter().skip(revision.saturating_add(1)).flatten();
        let level = after()
            .map(|step| step.level)
            .max()
            .unwrap_or(Modification::Other);
        let Some(facts) = report.seals.get_mut(index) else {
            continue;
        };
        facts.modification = level;
        let object = format!("field {}", facts.field);
        let later = format!("{} later revisions, {level}", last.saturating_sub(revision));
        if after().any(|step| step.refused) {
            report.find(Code::ChangedAfterSeal, object, later);
        } else if let Some(beyond) = after().find_map(|step| step.beyond_but(provided)) {
            if answered {
                report.find(Code::ChangedBeforeLaterSeal, object, beyond);
            } else {
                report.find(Code::ChangedAfterSeal, object.clone(), later);
                report.find(Code::ChangeBeyondPolicy, object, beyond);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_place_is_named_and_the_others_counted() {
        let level = Modification::FormFill;
        assert_eq!(several("/Root/Lang", 1, level), "/Root/Lang (form-fill)");
        assert_eq!(
            several("/Root/Lang", 3, level),
            "/Root/Lang and 2 more (form-fill)"
        );
    }
}
