//! The chain of cross-reference sections, cut into revisions (ISO 32000-2, 7.5.6, annex F for linearised files).

use core::ops::Range;
use std::collections::BTreeMap;
use std::collections::btree_map;

use super::error::{AnomalyKind, PdfError, PdfErrorKind};
use super::lexer::{Lexer, is_white};
use super::object::{Dictionary, Object, Ref};
use super::parser::is_boundary;
use super::section::{Reading, Section};

/// What a cross-reference section says about one object number.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Entry {
    /// The number is not in use.
    Free {
        /// The next free number.
        next: u32,
        /// The generation to use if the number is used again.
        generation: u16,
    },
    /// The object stands in the file.
    Offset {
        /// Bytes from the start of the file to the object number.
        offset: usize,
        /// The object's generation.
        generation: u16,
    },
    /// The object stands in an object stream.
    InStream {
        /// The number of the object stream.
        container: u32,
        /// The place in it, from 0.
        index: u32,
    },
}

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
    pub entries: BTreeMap<u32, Entry>,
    /// Where the cross-reference sections stand, from `xref` to after the trailer dictionary or from the object number
    /// to after `endobj`. More than one in linearised and hybrid files.
    pub sections: Vec<Range<usize>>,
    /// From `startxref` to the end of `span`.
    pub closing: Range<usize>,
    /// The objects that are this revision's cross-reference streams.
    pub streams: Vec<Ref>,
}

/// How far from the end `startxref` is looked for. Annex H of ISO 32000-1 knows readers that look at 1024 bytes.
const TAIL: usize = 2048;

/// Reads the whole chain, oldest revision first. Decides `reading.base`.
pub(super) fn revisions(reading: &mut Reading<'_>, header: usize) -> Result<Vec<Revision>, PdfError> {
    let newest_end = last_end(reading)?;
    if header > 0 {
        reading.check_section_start(newest_end.startxref.saturating_add(header))?;
    }
    reading.base = base(reading, header, newest_end.startxref);
    let chain = chain(reading, newest_end.startxref)?;
    let mut revisions = Vec::new();
    // Newer group's first byte: the section before it must end, with its startxref, before this.
    let mut newest = true;
    let mut ceiling = reading.bytes.len();
    for group in chain {
        let closed = if newest {
            Some(newest_end)
        } else {
            end_of(reading, &group, ceiling)
        };
        newest = false;
        // What was searched through must have been at hand.
        let searched = closed.map_or(ceiling, |end| end.span_end);
        reading.omitted.check(&(group.last_end()..searched))?;
        let start = group.parts.iter().map(|p| p.section.start).min().unwrap_or(0);
        match closed {
            Some(end) => {
                if end.keyword < group.last_end() {
                    return Err(PdfError::new(PdfErrorKind::RevisionOrder, end.keyword));
                }
                if !end.marked {
                    reading.note(AnomalyKind::EofMissing, end.span_end, None);
                }
                let between = reading
                    .bytes
                    .get(group.last_end()..end.keyword)
                    .unwrap_or_default();
                if !between.iter().copied().all(is_white) {
                    reading.note(AnomalyKind::StartxrefDetached, group.last_end(), None);
                }
                revisions.push((group, end));
            }
            None => {
                // No revision of its own: what it says counts, with lower priority, in the next newer one.
                reading.note(AnomalyKind::SectionWithoutEnd, start, None);
                if let Some((newer, _)) = revisions.last_mut() {
                    newer.parts.extend(group.parts);
                }
            }
        }
        ceiling = start;
    }
    finish(reading, revisions)
}

/// Sections that make up one revision, in the order in which they are searched.
#[derive(Debug)]
struct Group {
    startxref: usize,
    parts: Vec<Part>,
}

#[derive(Debug)]
struct Part {
    section: Section,
    hybrid: Option<Section>,
}

impl Group {
    /// After the section that stands last in the file.
    fn last_end(&self) -> usize {
        self.parts.iter().map(|p| p.section.end).max().unwrap_or(0)
    }
}

/// `startxref`, its number and `%%EOF`.
#[derive(Clone, Copy, Debug)]
struct End {
    keyword: usize,
    startxref: usize,
    span_end: usize,
    /// Whether `%%EOF` is there.
    marked: bool,
}

/// The `startxref` at `position`, if the number follows.
fn end_at(bytes: &[u8], position: usize) -> Option<End> {
    let mut lexer = Lexer::new(bytes, position);
    if !is_boundary(bytes, position) || !lexer.keyword(b"startxref") {
        return None;
    }
    lexer.skip_blank();
    let startxref = usize::try_from(lexer.digits(19)?).ok()?;
    let mut span_end = lexer.position;
    lexer.skip_blank();
    let marked = lexer.take(b"%%EOF");
    if marked {
        lexer.end_of_line();
        span_end = lexer.position;
    }
    Some(End {
        keyword: position,
        startxref,
        span_end,
        marked,
    })
}

fn last_end(reading: &mut Reading<'_>) -> Result<End, PdfError> {
    let bytes = reading.bytes;
    let from = bytes.len().saturating_sub(TAIL);
    reading.omitted.check(&(from..bytes.len()))?;
    let tail = bytes.get(from..).unwrap_or_default();
    let end = tail
        .windows(9)
        .rposition(|w| w == b"startxref")
        .and_then(|at| end_at(bytes, from + at))
        .ok_or_else(|| PdfError::new(PdfErrorKind::NoStartxref, from))?;
    let trailing = bytes.get(end.span_end..).unwrap_or_default();
    if trailing.len() > 4 || !trailing.iter().copied().all(is_white) {
        reading.note(AnomalyKind::TrailingBytes, end.span_end, None);
    }
    Ok(end)
}

/// Offsets count from the header, also if junk precedes it, unless the newest section only stands where they count from
/// the first byte. Other readers decide for the header too; after one blank byte of junk both can seem to be right.
fn base(reading: &Reading<'_>, header: usize, startxref: usize) -> usize {
    match startxref.checked_add(header) {
        Some(shifted) if reading.looks_like_section(shifted) => header,
        _ => 0,
    }
}

/// The sections from newest to oldest. The two of a linearised file come as one group.
fn chain(reading: &mut Reading<'_>, startxref: usize) -> Result<Vec<Group>, PdfError> {
    let mut groups: Vec<Group> = Vec::new();
    let mut written = startxref;
    let mut last = false;
    let mut sections = 0usize;
    loop {
        sections += 1;
        if sections > reading.limits.pdf_revisions {
            return Err(PdfError::new(PdfErrorKind::TooManyRevisions, written));
        }
        let out = || PdfError::new(PdfErrorKind::BadXref, written);
        let offset = written
            .checked_add(reading.base)
            // Nothing but the header stands at offset 0, and what is appended could not name it: `/Prev 0` means none.
            .filter(|o| written > 0 && *o < reading.bytes.len())
            .ok_or_else(out)?;
        let part = part(reading, offset)?;
        let previous = previous(reading, &part.section)?;
        match groups.last_mut() {
            Some(newer) if last => newer.parts.push(part),
            _ => groups.push(Group {
                startxref: written,
                parts: vec![part],
            }),
        }
        let Some(previous) = previous else {
            return Ok(groups);
        };
        let order = PdfError::new(PdfErrorKind::RevisionOrder, offset);
        if last || previous == written {
            return Err(order);
        }
        // Only the first-page section of a linearised file points forward (annex F.3.4), and what it points to ends
        // the chain; so offsets fall strictly, and no loop is possible.
        last = previous > written;
        if last && !is_linearised(reading) {
            return Err(order);
        }
        written = previous;
    }
}

fn part(reading: &mut Reading<'_>, offset: usize) -> Result<Part, PdfError> {
    let section = reading.section(offset)?;
    let hybrid = match section.trailer.find(b"XRefStm") {
        Some(Object::Integer(written)) if section.stream.is_none() => {
            let bad = || PdfError::new(PdfErrorKind::BadTrailer, section.trailer_span.start);
            let offset = usize::try_from(*written)
                .ok()
                .and_then(|o| o.checked_add(reading.base))
                .ok_or_else(bad)?;
            let stream = reading.section(offset)?;
            if stream.stream.is_none() {
                return Err(bad());
            }
            Some(stream)
        }
        _ => None,
    };
    Ok(Part { section, hybrid })
}

fn previous(reading: &mut Reading<'_>, section: &Section) -> Result<Option<usize>, PdfError> {
    match section.trailer.find(b"Prev") {
        None | Some(Object::Null) => Ok(None),
        Some(Object::Integer(0)) => {
            reading.note(AnomalyKind::PrevZero, section.trailer_span.start, None);
            Ok(None)
        }
        Some(Object::Integer(previous)) if *previous > 0 => usize::try_from(*previous)
            .map(Some)
            .map_err(|_| PdfError::new(PdfErrorKind::BadTrailer, section.trailer_span.start)),
        Some(_) => Err(PdfError::new(
            PdfErrorKind::BadTrailer,
            section.trailer_span.start,
        )),
    }
}

/// Whether the file begins like a linearised one: `/Linearized` in its first 1024 bytes (annex F.3.3).
fn is_linearised(reading: &Reading<'_>) -> bool {
    let head = reading
        .bytes
        .get(..reading.bytes.len().min(reading.base + 1024))
        .unwrap_or_default();
    head.windows(11).any(|w| w == b"/Linearized")
}

/// The `startxref` that closes `group`: the first after its sections that names it, before `ceiling`.
fn end_of(reading: &Reading<'_>, group: &Group, ceiling: usize) -> Option<End> {
    // A /Prev that points at white space before the section differs from the section's own startxref.
    let section = group
        .parts
        .first()
        .and_then(|p| p.section.start.checked_sub(reading.base));
    let closes = |end: &End| {
        end.span_end <= ceiling && (end.startxref == group.startxref || Some(end.startxref) == section)
    };
    let mut at = group.last_end();
    let mut lexer = Lexer::new(reading.bytes, at);
    lexer.skip_white();
    let direct = end_at(reading.bytes, lexer.position).filter(closes);
    if direct.is_some() {
        return direct;
    }
    // Regions searched for different groups do not overlap, so all searches together are linear.
    loop {
        let region = reading.bytes.get(at..ceiling)?;
        at += region.windows(9).position(|w| w == b"startxref")?;
        match end_at(reading.bytes, at).filter(closes) {
            Some(end) => return Some(end),
            None => at += 9,
        }
    }
}

fn finish(reading: &mut Reading<'_>, groups: Vec<(Group, End)>) -> Result<Vec<Revision>, PdfError> {
    let mut revisions: Vec<Revision> = Vec::new();
    let mut start = 0;
    for (group, end) in groups.into_iter().rev() {
        if end.span_end <= start {
            return Err(PdfError::new(PdfErrorKind::RevisionOrder, end.keyword));
        }
        let mut entries = BTreeMap::new();
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
            merge(reading, &mut entries, &part);
            newest.get_or_insert(part.section);
        }
        let Some(section) = newest else { continue };
        check_trailer(&section)?;
        let size = section
            .trailer
            .find(b"Size")
            .and_then(Object::as_integer)
            .unwrap_or(0);
        let beyond = entries
            .last_key_value()
            .filter(|(number, _)| i64::from(**number) >= size);
        if let Some((number, _)) = beyond {
            reading.note(
                AnomalyKind::NumberBeyondSize,
                section.trailer_span.start,
                Some(*number),
            );
        }
        revisions.push(Revision {
            span: start..end.span_end,
            startxref: end.startxref,
            style,
            trailer: section.trailer,
            trailer_span: section.trailer_span,
            entries,
            sections,
            closing: end.keyword..end.span_end,
            streams,
        });
        start = end.span_end;
    }
    Ok(revisions)
}

/// Adds what `part` says about objects nobody newer spoke of. In a hybrid file the table's objects in use come first,
/// then those of the stream, then the table's free ones, which only hide objects from old readers (7.5.8.4).
fn merge(reading: &mut Reading<'_>, entries: &mut BTreeMap<u32, Entry>, part: &Part) {
    let mut own: BTreeMap<u32, Entry> = BTreeMap::new();
    let table = &part.section.entries;
    let Some(hybrid) = &part.hybrid else {
        let mut sorted = true;
        let mut before = None;
        for (number, _) in table {
            sorted &= before < Some(*number);
            before = Some(*number);
        }
        if sorted && entries.is_empty() {
            // The usual case: built in one go.
            *entries = table.iter().copied().collect();
            return;
        }
        add(
            reading,
            &mut own,
            table,
            part.section.start,
            AnomalyKind::DuplicateEntry,
        );
        return own.into_iter().for_each(|(number, entry)| {
            entries.entry(number).or_insert(entry);
        });
    };
    let (free, used): (Vec<_>, Vec<_>) = table
        .iter()
        .copied()
        .partition(|(_, e)| matches!(e, Entry::Free { .. }));
    add(
        reading,
        &mut own,
        &used,
        part.section.start,
        AnomalyKind::DuplicateEntry,
    );
    add(
        reading,
        &mut own,
        &hybrid.entries,
        hybrid.start,
        AnomalyKind::HybridConflict,
    );
    for (number, entry) in own.into_iter().chain(free) {
        entries.entry(number).or_insert(entry);
    }
}

fn add(
    reading: &mut Reading<'_>,
    own: &mut BTreeMap<u32, Entry>,
    more: &[(u32, Entry)],
    at: usize,
    conflict: AnomalyKind,
) {
    for (number, entry) in more {
        match own.entry(*number) {
            btree_map::Entry::Vacant(vacant) => {
                vacant.insert(*entry);
            }
            btree_map::Entry::Occupied(occupied) if occupied.get() != entry => {
                reading.note(conflict, at, Some(*number));
            }
            btree_map::Entry::Occupied(_) => {}
        }
    }
}

fn check_trailer(section: &Section) -> Result<(), PdfError> {
    let bad = PdfError::new(PdfErrorKind::BadTrailer, section.trailer_span.start);
    match section.trailer.find(b"Size") {
        Some(Object::Integer(size)) if (1..=i64::from(u32::MAX)).contains(size) => Ok(()),
        _ => Err(bad),
    }
}
