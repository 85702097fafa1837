//! One file: its revisions, its seals, its record and its code.

use super::authority::{Claimed, Stray, judge, stray};
use super::chain::{Basis, Signer};
use super::copy::Reading;
use super::facts::{Coverage, Modification, SealFacts, SealKind};
use super::finding::Code;
use super::moment::Moment;
use super::place::Named;
use super::report::Report;
use super::required::Required;
use super::seals::{Checked, Sealed, Seals};
use super::source::Source;
use super::step::Step;
use super::{Verifier, binding, change, copy, drawing, fields, oddities, past, place, record, seen};
use crate::payload::Payload;
use crate::pdf::references::References;
use crate::pdf::{Document, PdfErrorKind};
use crate::pki::policy;
use crate::record::Record;
use crate::time::Time;

/// The verdict on `file`.
pub(super) fn verify(verifier: &Verifier, file: &Source<'_>, at: Time) -> Report {
    examine(verifier, file, at).conclude()
}

/// Everything but the conclusion, for a caller that has more to find.
pub(super) fn examine(verifier: &Verifier, source: &Source<'_>, at: Time) -> Report {
    let mut report = Report::new(verifier, at);
    report.policy = Some(verifier.policy);
    report.ledger.begin(Step::Reading);
    let document = match source.open(verifier) {
        Ok(document) => document,
        Err(error) => {
            let code = match error.kind {
                PdfErrorKind::PasswordNeeded
                | PdfErrorKind::UnsupportedEncryption
                | PdfErrorKind::WrongPassword => Code::FileEncrypted,
                _ => Code::FileUnreadable,
            };
            report.find(code, "file", error.to_string());
            return report;
        }
    };
    report.ledger.done(Step::Reading);
    report.length = u64::try_from(document.bytes().len()).ok();
    report.revisions = document.revisions().len();
    judge_document(verifier, source, &document, &mut report);
    let (record, payload) = report.seen();
    super::holder::check(verifier, &mut report, record.as_ref(), payload.as_ref());
    source.close(&document);
    report
}

fn judge_document(verifier: &Verifier, source: &Source<'_>, document: &Document<'_>, report: &mut Report) {
    report.ledger.begin(Step::Structure);
    report.ledger.begin(Step::Seals);
    let mut references = References::unknown();
    let mut oddities = None;
    match document.audit_with_references() {
        Ok((anomalies, found)) => {
            references = found;
            report.ledger.done(Step::Structure);
            for anomaly in oddities::doubtful(document, &anomalies, &references) {
                let object = anomaly
                    .object
                    .map_or_else(|| "file".to_owned(), |number| format!("object {number}"));
                report.find(
                    Code::FileAmbiguous,
                    object,
                    format!("{:?} at byte {}", anomaly.kind, anomaly.offset),
                );
            }
            oddities = Some(anomalies);
        }
        Err(error) => report.find(Code::FileUnreadable, "file", error.to_string()),
    }
    let fields = match fields::collect(document, &verifier.limits) {
        Ok(found) => {
            for (code, name, evidence) in found.wrong {
                let object = if name.is_empty() {
                    "form".to_owned()
                } else {
                    format!("field {name}")
                };
                report.find(code, object, evidence);
            }
            found.fields
        }
        Err(error) => {
            report.find(Code::FileUnreadable, "form fields", error.to_string());
            return;
        }
    };
    if fields.is_empty() {
        report.find(Code::FileNotSigned, "file", "");
        return;
    }
    report.ledger.done(Step::Seals);
    let mut seals = Seals::new(verifier, source, document, report);
    let checked: Vec<Checked> = fields.iter().map(|field| seals.check(field)).collect();
    let rules = change::Rules {
        policy: verifier.policy,
        limits: &verifier.limits,
        references: &references,
        anomalies: oddities.as_deref(),
    };
    let mut changes = change::judge(report, document, &checked, &fields, &rules);
    change::judge_permissions(report, document, &fields, &checked, &mut changes);
    note_steps(report, &checked);
    let (grounds, moments) = past::prove(verifier, report, document, &checked);
    let basis = |index: usize| {
        moments.get(index).map(|moment| Basis {
            grounds: &grounds,
            moment,
        })
    };
    // What the file says is what its last seal covers; with that broken, nothing it says is worth checking.
    let sealed = || {
        checked
            .iter()
            .enumerate()
            .filter_map(|(index, seal)| Some((index, seal.sealed.as_ref()?)))
    };
    let mut sound: Vec<(&Sealed, Basis<'_>)> = sealed()
        .filter_map(|(index, sealed)| Some((sealed, basis(index)?)))
        .collect();
    sound.sort_by_key(|(sealed, _)| sealed.revision);
    if !sound.is_empty() {
        content(verifier, report, source, document, &sound);
    }
    let (record, payload) = report.seen();
    let copy = report
        .copied()
        .map(|terms| (terms.permitted_type(), terms.maker.code.clone()));
    let claimed = match &copy {
        Some((kind, issuer)) => Some(Claimed::new(kind, issuer)),
        None => Claimed::of(record.as_ref(), payload.as_ref()).map(|claimed| claimed.by(report.template)),
    };
    let required = Required::of(record.as_ref());
    for (facts, sealed) in sealed() {
        let Some(basis) = basis(facts) else { continue };
        let object = format!("field {}", sealed.field);
        algorithm(report, &object, sealed, basis.moment);
        let signer = Signer {
            certificate: &sealed.signer,
            others: &sealed.others,
            bound: sealed.bound,
        };
        let own = required.claimed(&sealed.field);
        let own = own.map(|claimed| claimed.by(report.template));
        let judged = judge(
            verifier,
            report,
            &object,
            signer,
            own.as_ref().or(claimed.as_ref()),
            basis,
        );
        match stray(verifier, &sealed.signer, &sealed.others, &judged.path) {
            None => {}
            Some(Stray::Spare) => report.find(Code::SpareCertificate, &object, ""),
            Some(Stray::Changed) => {
                let evidence =
                    "a certificate in it is neither the signer's chain nor signed by a certificate at hand";
                report.find(Code::ContainerInexact, &object, evidence);
            }
        }
        if let Some(facts) = report.seals.get_mut(facts) {
            facts.trusted = judged.trusted;
            facts.entry = report.list.as_ref().and_then(|list| list.entry.clone());
        }
    }
    let named = Named {
        identifier: record
            .as_ref()
            .map(Record::identifier)
            .or(payload.as_ref().map(Payload::identifier)),
        code: payload.as_ref().and_then(Payload::status),
        required: &required,
        claimed,
    };
    let mut in_order: Vec<&Sealed> = sealed().map(|(_, sealed)| sealed).collect();
    in_order.sort_by_key(|sealed| sealed.revision);
    place::judge(verifier, report, in_order.into_iter(), &named);
    required.judge(verifier, report, document, &checked);
    change::answer(report, &checked, &changes, &required.fields());
    // A seal stands for the file if it covers all of it, or everything that came after it is explained: what is not, is a
    // finding. Nobody answers for the content with a time stamp.
    let sound = |facts: &SealFacts| {
        facts.kind == SealKind::Seal && facts.trusted && facts.modification != Modification::Other
    };
    if report.seals.iter().any(sound) {
        report.prove();
    }
}

/// Whether the algorithm of a seal was accepted when the seal is proven to have existed.
fn algorithm(report: &mut Report, object: &str, sealed: &Sealed, moment: &Moment) {
    let refused = |at| policy::accepts(sealed.algorithm, sealed.signer.key_bits(), at).err();
    if let Some(refused) = refused(moment.time()) {
        report.find(Code::AlgorithmRejected, object, refused.to_string());
    } else if let Some(refused) = refused(moment.asked) {
        let evidence = format!("{refused}; the seal existed {}", moment.time());
        report.find(Code::AlgorithmOutdatedSince, object, evidence);
    }
}

/// How far each seal came; where a step stopped at one seal, the next did not take place for it.
fn note_steps(report: &mut Report, checked: &[Checked]) {
    let Report { ledger, seals, .. } = report;
    let mut tell = |step: Step, carried_out: bool| {
        ledger.begin(step);
        if carried_out {
            ledger.done(step);
        }
    };
    for (facts, seal) in seals.iter().zip(checked) {
        tell(Step::Coverage, facts.coverage != Coverage::Broken);
        tell(Step::Changes, seal.revision.is_some());
        tell(Step::Signature, facts.intact);
        // Nobody's permission is asked for a time stamp; its own chain is judged with it.
        if seal.sealed.is_none() && facts.kind == SealKind::Seal {
            for step in [Step::Chain, Step::Time, Step::Revocation, Step::Authority] {
                tell(step, false);
            }
        }
    }
}

/// The record and the code in the revision that was sealed last, which is that of the last of `seals`.
fn content(
    verifier: &Verifier,
    report: &mut Report,
    source: &Source<'_>,
    document: &Document<'_>,
    seals: &[(&Sealed, Basis<'_>)],
) {
    let last = seals.last().map(|(sealed, _)| sealed.revision);
    let Some(view) = last.and_then(|revision| document.view(revision)) else {
        return;
    };
    report.template = drawing::template(&view);
    let reading = copy::read(verifier, report, &view);
    // Whatever else a copy carries, its result is not read from it.
    let record = match reading {
        Reading::None => record::read(verifier, report, &view),
        Reading::Malformed | Reading::Terms(_) => None,
    };
    let (payload, shown) = binding::check(
        verifier,
        report,
        (source, document),
        &view,
        seals,
        record.as_ref(),
    );
    match reading {
        Reading::None => report.carry(record, payload),
        Reading::Malformed => {}
        Reading::Terms(terms) => {
            if payload.is_some() {
                copy::refuse_code(report);
            }
            report.carry_copy(*terms);
        }
    }
    seen::judge(report, &view, shown.as_ref());
}
