//! One file: its revisions, its seals, its record and its code.

use super::authority::{Claimed, judge, stray};
use super::finding::Code;
use super::oddities::harmless;
use super::report::{Coverage, Report, SealFacts};
use super::seals::{Checked, Sealed, Seals};
use super::source::Source;
use super::{Verifier, binding, changes, fields, record, seen};
use crate::pdf::{Document, PdfErrorKind};
use crate::time::Time;

/// The verdict on `file`.
pub(super) fn verify(verifier: &Verifier, file: &Source<'_>, at: Time) -> Report {
    examine(verifier, file, at).conclude()
}

/// Everything but the conclusion, for a caller that has more to find.
pub(super) fn examine(verifier: &Verifier, source: &Source<'_>, at: Time) -> Report {
    let mut report = Report::new(at);
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
    judge_document(verifier, source, &document, &mut report);
    source.close(&document);
    report
}

fn judge_document(verifier: &Verifier, source: &Source<'_>, document: &Document<'_>, report: &mut Report) {
    match document.audit() {
        Ok(anomalies) => {
            for anomaly in anomalies.iter().filter(|anomaly| !harmless(anomaly.kind)) {
                let object = anomaly
                    .object
                    .map_or_else(|| "file".to_owned(), |number| format!("object {number}"));
                report.find(
                    Code::FileAmbiguous,
                    object,
                    format!("{:?} at byte {}", anomaly.kind, anomaly.offset),
                );
            }
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
    let mut seals = Seals::new(verifier, source, document, report);
    let checked: Vec<Checked> = fields.iter().map(|field| seals.check(field)).collect();
    changes::judge(report, document, &checked);
    changes::judge_permissions(report, document, &fields);
    // What the file says is what its last seal covers; with that broken, nothing it says is worth checking.
    let sealed = || checked.iter().map(|seal| seal.sealed.as_ref());
    if let Some(Some(last)) = sealed().max_by_key(|sealed| sealed.map(|sealed| sealed.revision)) {
        content(verifier, report, source, document, last);
    }
    let (record, payload) = report.seen();
    let claimed = Claimed::of(record.as_ref(), payload.as_ref());
    for (facts, sealed) in sealed().enumerate() {
        let Some(sealed) = sealed else { continue };
        let object = format!("field {}", sealed.field);
        let judged = judge(
            verifier,
            report,
            &object,
            &sealed.signer,
            &sealed.others,
            claimed.as_ref(),
        );
        if stray(verifier, &sealed.signer, &sealed.others, &judged.path) {
            let evidence =
                "a certificate in it is neither the signer's chain nor signed by a certificate at hand";
            report.find(Code::ContainerInexact, &object, evidence);
        }
        if let Some(facts) = report.seals.get_mut(facts) {
            facts.trusted = judged.trusted;
        }
    }
    let sound = |facts: &SealFacts| facts.trusted && facts.coverage == Coverage::File;
    if report.seals.iter().any(sound) {
        report.prove();
    }
}

/// The record and the code in the revision that was sealed last.
fn content(
    verifier: &Verifier,
    report: &mut Report,
    source: &Source<'_>,
    document: &Document<'_>,
    sealed: &Sealed,
) {
    let Some(view) = document.view(sealed.revision) else {
        return;
    };
    let record = record::read(verifier, report, &view);
    let (payload, shown) = binding::check(verifier, report, source, document, &view, sealed, record.as_ref());
    report.carry(record, payload);
    seen::judge(report, &view, shown.as_ref());
}
