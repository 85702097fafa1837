//! The record attached to a sealed file: exactly one, where programs look for it, and in force.

use std::collections::BTreeSet;

use super::Verifier;
use super::fields::{array, dictionary};
use super::finding::Code;
use super::finding::evidence::Mark;
use super::report::Report;
use super::step::Step;
use crate::draft::{DraftError, RECORD_FILE, record_bytes};
use crate::limits::Limits;
use crate::pdf::{Dictionary, Object, PdfError, PdfErrorKind, Ref, View, read_text_string};
use crate::record::Record;

/// Reads the record of the document in `view`, with findings for what is wrong with it.
pub(super) fn read(verifier: &Verifier, report: &mut Report, view: &View<'_, '_>) -> Option<Record> {
    report.ledger.begin(Step::Record);
    let bytes = record_bytes(view, &verifier.limits);
    let attached = match attached(view, RECORD_FILE, &verifier.limits) {
        Ok(attached) => attached,
        Err(error) => {
            report.find(Code::RecordMalformed, RECORD_FILE, error.to_string());
            return None;
        }
    };
    let bytes = match bytes {
        // No record at all is a document made elsewhere; one that only some programs find is a trap.
        Err(DraftError::NoRecord) if attached.is_empty() => {
            report.find(Code::RecordMissing, "file", "");
            report.ledger.waive(Step::Record);
            return None;
        }
        Err(error) => {
            report.find(Code::RecordMalformed, RECORD_FILE, error.to_string());
            return None;
        }
        Ok(bytes) => bytes,
    };
    if attached.len() != 1 {
        let evidence = "programs find different files of that name";
        report.find(Code::RecordMalformed, RECORD_FILE, evidence);
        return None;
    }
    match Record::from_cbor(&bytes, &verifier.limits) {
        Ok(record) => {
            check_days(report, &record);
            report.ledger.done(Step::Record);
            Some(record)
        }
        Err(error) => {
            report.find(Code::RecordMalformed, RECORD_FILE, error.to_string());
            None
        }
    }
}

fn check_days(report: &mut Report, record: &Record) {
    // Days on the paper are days in China.
    let today = report.at.date_at_offset(8);
    if let Some(last) = record.valid_to().filter(|last| *last < today) {
        report.find(Code::RecordExpired, "record", Mark::ValidTo.on(last));
    }
    if let Some(first) = record.valid_from().filter(|first| *first > today) {
        report.find(Code::RecordNotYetValid, "record", Mark::ValidFrom.on(first));
    } else if record.issued() > today {
        report.find(
            Code::RecordNotYetValid,
            "record",
            Mark::Granted.on(record.issued()),
        );
    }
    if record.sample() {
        report.find(Code::RecordSample, "record", "");
    }
}

/// Every stream that some program would show as the file `sought` of the document: by the catalog's `/AF` or `/Names`, by any name
/// of the file specification, in any letter case, on any platform (ISO 32000-2, 7.11.3, 7.11.4 and 14.13). `None` stands for
/// one that is no object of its own.
pub(super) fn attached(
    view: &View<'_, '_>,
    sought: &str,
    limits: &Limits,
) -> Result<BTreeSet<Option<Ref>>, PdfError> {
    let mut streams = BTreeSet::new();
    let catalog = view.catalog()?;
    let entry = |key: &[u8]| catalog.dictionary().and_then(|catalog| catalog.find(key));
    for file in array(view, entry(b"AF"))?.iter().take(limits.pdf_objects) {
        if let Some(specification) = dictionary(view, Some(file))? {
            add(view, &mut streams, &specification, (b"", sought))?;
        }
    }
    let names = dictionary(view, entry(b"Names"))?;
    let root = names
        .as_ref()
        .and_then(|names| names.find(b"EmbeddedFiles"))
        .cloned();
    let mut stack: Vec<Object> = root.into_iter().collect();
    let mut seen = BTreeSet::new();
    // Many nodes may share one long array.
    let mut work = limits.pdf_objects;
    while let Some(node) = stack.pop() {
        if let Some(id) = node.as_reference()
            && !seen.insert(id)
        {
            continue;
        }
        let Some(node) = dictionary(view, Some(&node))? else {
            continue;
        };
        let (kids, pairs) = (
            array(view, node.find(b"Kids"))?,
            array(view, node.find(b"Names"))?,
        );
        work = work
            .checked_sub(1usize.saturating_add(kids.len()).saturating_add(pairs.len()))
            .ok_or_else(|| PdfError::new(PdfErrorKind::TooManyObjects, 0))?;
        // A direct node nests in what the parser's depth limit allows, an indirect one is seen once: the walk ends.
        stack.extend(kids);
        for pair in pairs.chunks(2) {
            let [name, file] = pair else { continue };
            let name = view.resolve(name)?;
            let name = name
                .as_string()
                .map(|name| name.bytes.as_slice())
                .unwrap_or_default();
            if let Some(specification) = dictionary(view, Some(file))? {
                add(view, &mut streams, &specification, (name, sought))?;
            }
        }
    }
    Ok(streams)
}

/// Adds the streams of `specification`, listed as `key`, if it goes by the name sought.
fn add(
    view: &View<'_, '_>,
    streams: &mut BTreeSet<Option<Ref>>,
    specification: &Dictionary,
    (key, sought): (&[u8], &str),
) -> Result<(), PdfError> {
    let is_it = |name: &[u8]| read_text_string(name).eq_ignore_ascii_case(sought);
    let mut named = is_it(key);
    for name in PLATFORMS {
        let name = view.find(specification, name)?;
        named |= name.as_string().is_some_and(|name| is_it(&name.bytes));
    }
    let embedded = dictionary(view, specification.find(b"EF"))?;
    if let Some(embedded) = embedded.filter(|_| named) {
        let files = PLATFORMS.iter().filter_map(|name| embedded.find(name));
        streams.extend(files.map(Object::as_reference));
    }
    Ok(())
}

/// Where a file specification may have its name and its stream (ISO 32000-2, table 43; the last three of older versions).
const PLATFORMS: [&[u8]; 5] = [b"F", b"UF", b"DOS", b"Mac", b"Unix"];
