//! The code in a file against the file: signed by whom, saying the same as the record, drawn as it says, standing for this
//! very draft.

use super::Verifier;
use super::chain::Basis;
use super::code;
use super::coverage::only_ends_of_line;
use super::drawing::{self, Refusal, Shown};
use super::finding::Code;
use super::finding::evidence::Evidence;
use super::place;
use super::report::Report;
use super::seals::Sealed;
use super::source::Source;
use super::step::Step;
use crate::payload::{Payload, SignedPayload, decode_text};
use crate::pdf::{Document, View};
use crate::record::Record;

/// Checks the code that the sealed revision carries, if it does; tells what it says and where it is shown.
pub(super) fn check(
    verifier: &Verifier,
    report: &mut Report,
    (source, document): (&Source<'_>, &Document<'_>),
    view: &View<'_, '_>,
    seals: &[(&Sealed, Basis<'_>)],
    record: Option<&Record>,
) -> (Option<Payload>, Option<Shown>) {
    report.ledger.begin(Step::Code);
    report.ledger.begin(Step::Drawing);
    let drawn = match drawing::find(view) {
        Ok(Some(drawn)) => drawn,
        Ok(None) => {
            report.find(Code::CodeMissing, "file", "");
            report.ledger.waive(Step::Code);
            report.ledger.waive(Step::Drawing);
            return (None, None);
        }
        Err(Refusal::Pdf(error)) => {
            report.find(Code::CodeUnreadable, "code", error.to_string());
            return (None, None);
        }
        Err(Refusal::Slot(evidence)) => {
            report.find(Code::CodeUnreadable, "code", evidence);
            return (None, None);
        }
    };
    let mut shown = None;
    match drawing::check(view, &drawn) {
        Ok(Ok(found)) => {
            shown = found;
            report.ledger.done(Step::Drawing);
        }
        Ok(Err(evidence)) => report.find(Code::CodeDrawingMismatch, "code", evidence),
        Err(error) => report.find(Code::CodeUnreadable, "code", error.to_string()),
    }
    if let Some(fault) = shown.as_ref().and_then(|shown| shown.painted.fault) {
        report.find(Code::SeenCodeCovered, "code", fault);
    }
    let Some(text) = &drawn.text else {
        // The reserved box of a draft that was sealed without code; what is drawn in it was judged above.
        report.find(Code::CodeMissing, "file", "");
        report.ledger.waive(Step::Code);
        return (None, shown);
    };
    let Some(signed) = code::read(verifier, report, text) else {
        return (None, shown);
    };
    // Of several seals it is the one with the key of the code, or else the last, whose certificates help.
    let signs = |(sealed, _): &&(&Sealed, Basis<'_>)| sealed.signer.kid() == signed.kid();
    let Some((sealed, basis)) = seals.iter().find(signs).or(seals.last()) else {
        return (None, shown);
    };
    report.own_code = decode_text(text.trim(), &verifier.limits).ok();
    let mut beside = vec![sealed.signer.clone()];
    beside.extend(sealed.others.iter().cloned());
    code::check(verifier, report, "code", &signed, &beside, *basis);
    stands_for(report, "code", &signed, (source, document), Some(drawn.revision));
    if record.is_some_and(|record| !signed.payload().follows_from(record)) {
        report.find(Code::CodeRecordMismatch, "code", "");
    }
    report.ledger.done(Step::Code);
    (Some(signed.payload().clone()), shown)
}

/// Whether a code that came beside `file` belongs to it: it stands for its draft, and says what the file says.
pub(super) fn belongs(
    verifier: &Verifier,
    report: &mut Report,
    object: &str,
    signed: &SignedPayload,
    source: &Source<'_>,
) {
    // A file that does not open has its finding already.
    if let Ok(document) = source.open(verifier) {
        stands_for(report, object, signed, (source, &document), None);
        source.close(&document);
    }
    let payload = signed.payload();
    place::compare(report, object, payload.status());
    match report.seen() {
        (Some(record), _) if payload.follows_from(&record) => {}
        (None, Some(own)) if own == *payload => {}
        // The draft that the code stands for may be public, and whatever was sealed upon it by anybody.
        (None, None) => report.find(Code::CodeUnbound, object, ""),
        _ => report.find(Code::CodeRecordMismatch, object, ""),
    }
}

/// Whether the payload stands for the draft of this document: everything before the revision `drawn_in` that draws the code,
/// or, where it is not known, everything before some revision, has the length and the digest that were signed.
///
/// A prefix of another length says nothing: the first bytes of all files by one program are alike.
fn stands_for(
    report: &mut Report,
    object: &str,
    signed: &SignedPayload,
    (source, document): (&Source<'_>, &Document<'_>),
    drawn_in: Option<usize>,
) {
    let mut refuse =
        |en: &str, zh: &str| report.find(Code::CodeDraftMismatch, object, Evidence::said(en, zh));
    let Some((length, digest)) = signed.payload().draft() else {
        return refuse("the code names no document", "二维码未载明对应文件");
    };
    let prefix = usize::try_from(length).ok();
    let Some(prefix) = prefix.filter(|length| *length <= document.bytes().len()) else {
        return refuse(
            "the file is shorter than the document the code stands for",
            "文件短于二维码对应的文件",
        );
    };
    let before = |revision: usize| {
        let before = revision.checked_sub(1)?;
        let end = document.revisions().get(before)?.span.end;
        // The end of line that a writer adds before its revision counts to neither.
        let between = document.bytes().get(prefix..end)?;
        only_ends_of_line(between).then_some(())
    };
    let whole = match drawn_in {
        Some(revision) => before(revision).is_some(),
        None => (1..document.revisions().len()).any(|revision| before(revision).is_some()),
    };
    if !whole {
        return refuse(
            "what the code stands for does not end where the revision that draws it starts",
            "二维码对应的内容与文件版本的起止不一致",
        );
    }
    if source.prefix(prefix).is_none_or(|own| own != digest) {
        refuse("the digest differs", "摘要不一致");
    }
}
