//! Revisions, and what each says about objects (ISO 32000-2, 7.5.6).

use core::ops::Range;

use super::chain::{End, Group, Part, groups};
use super::entries::Row;
pub use super::entries::{Entries, Entry};
use super::error::{AnomalyKind, PdfError, PdfErrorKind};
use super::object::{Dictionary, Object, Ref};
use super::section::{Reading, Section};

/// How a revision writes its cross-reference section. What is appended must use the same style, and a table after `Hybrid`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Style {
    /// A table and a trailer (7.5.4).
    Table,
    /// A cross-reference stream (7.5.8).
    Stream,
    /// A table whose trailer names a cross-reference stream besides (7.5.8.4).
    Hybrid,
}

/// One state of the file as somebody saved it: what one `startxref` and `%%EOF` close.
#[non_exhaustive]
#[derive(Clone, Debug)]
pub struct Revision {
    /// From the end of the previous revision to after `%%EOF` and its line end.
    pub span: Range<usize>,
    /// The number after `startxref`, as written.
    pub startxref: usize,
    /// How the section is written.
    pub style: Style,
    /// The trailer dictionary; of a cross-reference stream, its dictionary.
    pub trailer: Dictionary,
    /// Where the trailer dictionary stands. The spans in `trailer` count from its start.
    pub trailer_span: Range<usize>,
    /// What this revision itself says about objects, by number.
    pub entries: Entries,
    /// Where the cross-reference sections stand, from `xref` to after the trailer dictionary or from the object number
    /// to after `endobj`. More than one in linearised and hybrid files.
    pub sections: Vec<Range<usize>>,
    /// From `startxref` to the end of `span`.
    pub closing: Range<usize>,
    /// The objects that are this revision's cross-reference streams.
    pub streams: Vec<Ref>,
}

/// Reads the whole chain, oldest revision first. Decides `reading.base`.
pub(super) fn revisions(reading: &mut Reading<'_>, header: usize) -> Result<Vec<Revision>, PdfError> {
    let mut revisions: Vec<Revision> = Vec::new();
    let mut start = 0;
    for (group, end) in groups(reading, header)?.into_iter().rev() {
        if end.span_end <= start {
            return Err(PdfError::new(PdfErrorKind::RevisionOrder, end.keyword));
        }
        revisions.extend(revision(reading, group, &end, start)?);
        start = end.span_end;
    }
    Ok(revisions)
}

fn revision(
    reading: &mut Reading<'_>,
    group: Group,
    end: &End,
    start: usize,
) -> Result<Option<Revision>, PdfError> {
    let linearised = group.linearised;
    let mut layers = Vec::new();
    let mut sections = Vec::new();
    let mut streams = Vec::new();
    let mut newest = None;
    let mut style = Style::Table;
    for (i, part) in group.parts.into_iter().enumerate() {
        if i == 0 {
            style = match (&part.hybrid, part.section.stream) {
                (Some(_), _) => Style::Hybrid,
                (None, Some(_)) => Style::Stream,
                (None, None) => Style::Table,
            };
        }
        let all = [Some(&part.section), part.hybrid.as_ref()];
        sections.extend(all.iter().flatten().map(|s| s.start..s.end));
        streams.extend(all.iter().flatten().filter_map(|s| s.stream));
        let (section, rows) = said(reading, part);
        layers.push(rows);
        newest.get_or_insert(section);
    }
    let Some(section) = newest else { return Ok(None) };
    check_trailer(&section)?;
    let trailer_start = section.trailer_span.start;
    let entries = if layers.len() == 1 {
        layers.pop().unwrap_or_default()
    } else {
        // Of sections that are not revisions of their own the newer counts. Those of a linearised file are two parts of
        // one, and the standard has them disjoint (annex F.3.4).
        let rows: Vec<Row> = layers.into_iter().flat_map(Entries::into_rows).collect();
        Entries::first_of_each(rows, |number| {
            if linearised {
                reading.note(AnomalyKind::DuplicateEntry, trailer_start, Some(number));
            }
        })
    };
    let size = section
        .trailer
        .find(b"Size")
        .and_then(Object::as_integer)
        .unwrap_or(0);
    if let Some((number, _)) = entries.last().filter(|(number, _)| i64::from(*number) >= size) {
        reading.note(AnomalyKind::NumberBeyondSize, trailer_start, Some(number));
    }
    if entries
        .get(0)
        .is_some_and(|entry| !matches!(entry, Entry::Free { .. }))
    {
        reading.note(AnomalyKind::NumberZero, trailer_start, Some(0));
    }
    Ok(Some(Revision {
        span: start..end.span_end,
        startxref: end.startxref,
        style,
        trailer: section.trailer,
        trailer_span: section.trailer_span,
        entries,
        sections,
        closing: end.keyword..end.span_end,
        streams,
    }))
}

/// What `part` says. In a hybrid file the table's objects in use come first, then those of the stream, then the table's
/// free ones, which only hide objects from old readers (7.5.8.4).
fn said(reading: &mut Reading<'_>, part: Part) -> (Section, Entries) {
    let mut section = part.section;
    let rows = core::mem::take(&mut section.entries);
    let at = section.start;
    let Some(mut hybrid) = part.hybrid else {
        let entries = Entries::first_of_each(rows, |number| {
            reading.note(AnomalyKind::DuplicateEntry, at, Some(number));
        });
        return (section, entries);
    };
    let (free, used): (Vec<Row>, Vec<Row>) = rows.into_iter().partition(|row| row.is_free());
    let mut each = |rows, at| {
        let note = |number| reading.note(AnomalyKind::DuplicateEntry, at, Some(number));
        Entries::first_of_each(rows, note).into_rows()
    };
    let mut rows = each(used, at);
    rows.extend(each(core::mem::take(&mut hybrid.entries), hybrid.start));
    let rows = Entries::first_of_each(rows, |number| {
        reading.note(AnomalyKind::HybridConflict, hybrid.start, Some(number));
    });
    let mut rows = rows.into_rows();
    rows.extend(free);
    // Readers that follow the stream's own /Prev or /Root see another document than those who keep to the table's.
    let differs = |key: &&[u8]| {
        let said = hybrid.trailer.find(key).filter(|value| !value.is_null());
        said.is_some() && said != section.trailer.find(key)
    };
    if [&b"Root"[..], b"Prev"].iter().any(differs) {
        reading.note(AnomalyKind::HybridConflict, hybrid.trailer_span.start, None);
    }
    (section, Entries::first_of_each(rows, |_| {}))
}

fn check_trailer(section: &Section) -> Result<(), PdfError> {
    let bad = PdfError::new(PdfErrorKind::BadTrailer, section.trailer_span.start);
    match section.trailer.find(b"Size") {
        Some(Object::Integer(size)) if (1..=i64::from(u32::MAX)).contains(size) => Ok(()),
        _ => Err(bad),
    }
}
