//! The code in a file against the file: signed by whom, saying the same as the record, drawn as it says, standing for this
//! very draft.

use super::Verifier;
use super::code;
use super::fields::dictionary;
use super::finding::Code;
use super::pdf::Sealed;
use super::report::Report;
use crate::crypto::DigestAlgorithm;
use crate::payload::{Payload, SignedPayload};
use crate::pdf::{Document, Object, PdfError, View};
use crate::record::Record;
use crate::symbol::{Level, Symbol};

/// Checks the code that the sealed revision carries, if it does.
pub(super) fn check(
    verifier: &Verifier,
    report: &mut Report,
    document: &Document<'_>,
    view: &View<'_, '_>,
    sealed: &Sealed,
    record: Option<&Record>,
) -> Option<Payload> {
    let drawn = match find(view) {
        Ok(Some(drawn)) => drawn,
        Ok(None) => {
            report.find(Code::CodeMissing, "file", "");
            return None;
        }
        Err(error) => {
            report.find(Code::CodeUnreadable, "code", error.to_string());
            return None;
        }
    };
    let signed = code::read(verifier, report, &drawn.text)?;
    // The text beside the drawing is only worth something if the drawing shows that very text.
    let same =
        Symbol::of_text(&drawn.text, Level::M).is_ok_and(|symbol| symbol.form_content() == drawn.content);
    if !same {
        report.find(Code::CodeDrawingMismatch, "code", "");
    }
    let mut beside = vec![sealed.signer.clone()];
    beside.extend(sealed.others.iter().cloned());
    code::check(verifier, report, "code", &signed, &beside);
    if is_draft(document, sealed.revision, signed.payload()) {
        stands_for(report, "code", &signed, document.bytes());
    } else {
        report.find(
            Code::CodeDraftMismatch,
            "code",
            "what the code stands for does not end where the seal's revision starts",
        );
    }
    if record.is_some_and(|record| !agrees(signed.payload(), record)) {
        report.find(Code::CodeRecordMismatch, "code", "");
    }
    Some(signed.payload().clone())
}

/// Whether the payload stands for `file`: its first so many bytes have the digest that was signed.
pub(super) fn stands_for(report: &mut Report, object: &str, signed: &SignedPayload, file: &[u8]) {
    let Some((length, digest)) = signed.payload().draft() else {
        report.find(Code::CodeDraftMismatch, object, "the code names no document");
        return;
    };
    let prefix = usize::try_from(length).ok().and_then(|length| file.get(..length));
    let Some(prefix) = prefix else {
        report.find(
            Code::CodeDraftMismatch,
            object,
            "the file is shorter than the document the code stands for",
        );
        return;
    };
    if DigestAlgorithm::Sha256.digest(prefix) != digest {
        report.find(Code::CodeDraftMismatch, object, "the digest differs");
    }
}

/// Whether the length that the code names is that of everything before the sealing revision. The end of line that a writer
/// adds before its revision counts to neither.
fn is_draft(document: &Document<'_>, sealing: usize, payload: &Payload) -> bool {
    let before = sealing
        .checked_sub(1)
        .and_then(|index| document.revisions().get(index));
    let length = payload
        .draft()
        .and_then(|(length, _)| usize::try_from(length).ok());
    let (Some(before), Some(length)) = (before, length) else {
        return false;
    };
    let between = document.bytes().get(length..before.span.end);
    between.is_some_and(|bytes| bytes.len() <= 4 && bytes.iter().all(|byte| matches!(byte, b'\r' | b'\n')))
}

/// Whether the claims are those that follow from the record, with the fields the issuer chose to put in the code.
fn agrees(payload: &Payload, record: &Record) -> bool {
    let labels: Vec<&str> = payload
        .fields()
        .iter()
        .map(|field| field.label.as_str())
        .collect();
    let Ok(expected) = Payload::of(record).with_labels(&labels) else {
        return false;
    };
    let expected = match payload.draft() {
        Some((length, digest)) => expected.with_draft(length, digest),
        None => expected,
    };
    expected == *payload
}

struct Drawn {
    text: String,
    content: Vec<u8>,
}

/// The code's form, named by the catalog's `/PieceInfo` (ISO 32000-2, 14.5), with the text kept in the form's own.
fn find(view: &View<'_, '_>) -> Result<Option<Drawn>, PdfError> {
    let catalog = view.catalog()?;
    let Some(private) = private(view, &catalog.object)? else {
        return Ok(None);
    };
    let Some(slot) = dictionary(view, private.find(b"Code"))? else {
        return Ok(None);
    };
    let Some(id) = slot.find(b"Form").and_then(Object::as_reference) else {
        return Ok(None);
    };
    let Some(form) = view.object(id)? else {
        return Ok(None);
    };
    let Some(stream) = form.object.as_stream() else {
        return Ok(None);
    };
    // A reserved box that was never filled has no text.
    let Some(own) = self::private(view, &form.object)? else {
        return Ok(None);
    };
    let Some(text) = own.find(b"Text").and_then(Object::as_string) else {
        return Ok(None);
    };
    Ok(Some(Drawn {
        text: String::from_utf8_lossy(&text.bytes).into_owned(),
        content: view.decode(stream)?,
    }))
}

/// `/PieceInfo /Yinxin /Private` of a catalog or form.
fn private(view: &View<'_, '_>, object: &Object) -> Result<Option<crate::pdf::Dictionary>, PdfError> {
    let info = dictionary(view, object.as_dictionary().and_then(|d| d.find(b"PieceInfo")))?;
    let Some(data) = dictionary(view, info.as_ref().and_then(|d| d.find(b"Yinxin")))? else {
        return Ok(None);
    };
    dictionary(view, data.find(b"Private"))
}
