//! An annotated copy (加注件): its terms, and whether it was made for whoever asks.
//!
//! A copy is never the result that it shows: a file with terms carries no record and no code, what it says is read as terms
//! alone, and it is accepted only from a caller who says for whom it must be.

use super::Verifier;
use super::finding::Code;
use super::finding::evidence::{self, Evidence, Mark};
use super::record::attached;
use super::report::Report;
use super::step::Step;
use crate::draft::{DraftError, RECORD_FILE, associated_file};
use crate::pdf::View;
use crate::terms::{TERMS_FILE, Terms};

/// What a file says of being a copy.
pub(super) enum Reading {
    /// It does not say that it is one.
    None,
    /// It is one; what it says cannot be read, or contradicts itself.
    Malformed,
    Terms(Box<Terms>),
}

/// Reads the terms of the document in `view`, with findings for what is wrong with them.
pub(super) fn read(verifier: &Verifier, report: &mut Report, view: &View<'_, '_>) -> Reading {
    let limits = &verifier.limits;
    // What cannot be walked is found by whoever reads the record.
    let Ok(streams) = attached(view, TERMS_FILE, limits) else {
        return Reading::None;
    };
    let bytes = associated_file(view, TERMS_FILE, limits);
    if streams.is_empty() && matches!(bytes, Err(DraftError::NoRecord)) {
        return Reading::None;
    }
    report.ledger.begin(Step::Record);
    let evidence = match bytes.map(|bytes| Terms::from_cbor(&bytes, limits)) {
        Ok(Ok(terms)) if streams.len() == 1 => match attached(view, RECORD_FILE, limits) {
            Ok(records) if records.is_empty() => {
                report.ledger.done(Step::Record);
                judge(verifier, report, &terms);
                return Reading::Terms(Box::new(terms));
            }
            _ => Evidence::said(
                "the file carries a record beside the terms of a copy",
                "文件除加注条件外另附结果信息",
            ),
        },
        Ok(Ok(_)) => "programs find different files of that name".into(),
        Ok(Err(error)) => error.to_string().into(),
        Err(DraftError::Pdf(error)) => error.to_string().into(),
        Err(_) => "it is not the one associated file of that name".into(),
    };
    report.find(Code::CopyMalformed, TERMS_FILE, evidence);
    Reading::Malformed
}

/// A code in a copy would stand for another file, and bring a record of its own.
pub(super) fn refuse_code(report: &mut Report) {
    let evidence = Evidence::said(
        "the file carries a code of its own beside the terms of a copy",
        "文件除加注条件外另有二维码",
    );
    report.find(Code::CopyMalformed, TERMS_FILE, evidence);
}

fn judge(verifier: &Verifier, report: &mut Report, terms: &Terms) {
    report.find(Code::CopyForOneUse, "copy", "");
    // Days on the paper are days in China.
    if terms.until < report.at.date_at_offset(8) {
        report.find(Code::CopyExpired, "copy", Mark::Until.on(terms.until));
    }
    if report.at < terms.made {
        report.find(Code::CopyNotYetMade, "copy", Mark::Made.at(terms.made));
    }
    match &verifier.recipient {
        None => {
            let evidence = evidence::recipient(&terms.recipient);
            report.find(Code::CopyRecipientNotGiven, "copy", evidence);
        }
        Some(name) if !terms.is_for(name) => {
            let evidence = evidence::recipient(&terms.recipient);
            report.find(Code::CopyOtherRecipient, "copy", evidence);
        }
        Some(_) => {}
    }
    if let Some((length, sha256)) = &verifier.original {
        let code = match terms.is_of(*length, sha256) {
            true => Code::CopyOriginalMatch,
            false => Code::CopyOriginalDiffers,
        };
        report.find(code, "copy", "");
    }
    if terms.original.sample {
        report.find(Code::RecordSample, "copy", "");
    }
}
