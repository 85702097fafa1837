//! The chain of cross-reference sections, cut where revisions end (ISO 32000-2, 7.5.5, 7.5.6; annex F for linearised files).

use core::cmp::Ordering;

use super::error::{AnomalyKind, PdfError, PdfErrorKind};
use super::lexer::{Lexer, is_white};
use super::object::Object;
use super::parser::is_boundary;
use super::section::{Reading, Section};

/// How far from the end `startxref` is looked for. Annex H of ISO 32000-1 knows readers that look at 1024 bytes.
const TAIL: usize = 2048;

/// How far behind its section `startxref` is looked for: junk there is short where it is honest, and a search to the
/// next section would read the whole file.
const DETACHED: usize = 4096;

/// The sections of each revision and what closes it, newest first. Decides `reading.base`.
pub(super) fn groups(reading: &mut Reading<'_>, header: usize) -> Result<Vec<(Group, End)>, PdfError> {
    let newest_end = last_end(reading)?;
    reading.check_section_start(newest_end.startxref.saturating_add(header))?;
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
        let searched = closed.map_or(group.search_end(ceiling), |end| end.span_end);
        reading.omitted.check(&(group.last_end()..searched))?;
        let start = group.parts.iter().map(|p| p.section.start).min().unwrap_or(0);
        match closed {
            Some(end) => {
                if end.keyword < group.last_end() {
                    return Err(PdfError::new(PdfErrorKind::RevisionOrder, end.keyword));
                }
                if !end.tidy {
                    reading.note(AnomalyKind::LineLayout, end.keyword, None);
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
    Ok(revisions)
}

/// Sections that make up one revision, in the order in which they are searched.
#[derive(Debug)]
pub(super) struct Group {
    startxref: usize,
    /// Whether the second part is the main section of a linearised file.
    pub(super) linearised: bool,
    pub(super) parts: Vec<Part>,
}

/// A section, and the stream that its trailer names besides.
#[derive(Debug)]
pub(super) struct Part {
    pub(super) section: Section,
    pub(super) hybrid: Option<Section>,
}

impl Group {
    /// After the section that stands last in the file.
    fn last_end(&self) -> usize {
        self.parts.iter().map(|p| p.section.end).max().unwrap_or(0)
    }

    /// Up to where its `startxref` is looked for, at most to `ceiling`.
    fn search_end(&self, ceiling: usize) -> usize {
        ceiling.min(self.last_end().saturating_add(DETACHED))
    }
}

/// `startxref`, its number and `%%EOF`.
#[derive(Clone, Copy, Debug)]
pub(super) struct End {
    pub(super) keyword: usize,
    pub(super) startxref: usize,
    pub(super) span_end: usize,
    /// Whether `%%EOF` is there.
    marked: bool,
    /// Whether keyword, number and `%%EOF` stand on lines of their own.
    tidy: bool,
}

/// The `startxref` at `position`, if the number follows.
fn end_at(bytes: &[u8], position: usize) -> Option<End> {
    let mut lexer = Lexer::new(bytes, position);
    if !is_boundary(bytes, position) || !lexer.keyword(b"startxref") {
        return None;
    }
    let mut tidy = lexer.end_of_line();
    tidy &= lexer.peek().is_some_and(|b| b.is_ascii_digit());
    lexer.skip_blank();
    let startxref = usize::try_from(lexer.digits(19)?).ok()?;
    let mut span_end = lexer.position;
    tidy &= lexer.end_of_line();
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
        tidy,
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
            .filter(|_| written > 0)
            .ok_or_else(out)?;
        let part = part(reading, offset)?;
        let previous = previous(reading, &part.section)?;
        match groups.last_mut() {
            Some(newer) if last => {
                newer.linearised = true;
                newer.parts.push(part);
            }
            _ => groups.push(Group {
                startxref: written,
                linearised: false,
                parts: vec![part],
            }),
        }
        let Some(previous) = previous else {
            return Ok(groups);
        };
        let order = PdfError::new(PdfErrorKind::RevisionOrder, offset);
        // Only the first-page section of a linearised file points forward (annex F.3.4), and what it points to ends
        // the chain; so offsets fall strictly, and no loop is possible.
        last = match previous.cmp(&written) {
            Ordering::Less if !last => false,
            Ordering::Greater if !last && is_linearised(reading) => true,
            _ => return Err(order),
        };
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
        Some(value) if !value.is_null() => {
            // Only a table's trailer can have one (7.5.8.4), and only an integer leads anywhere.
            reading.note(AnomalyKind::StrayXrefStream, section.trailer_span.start, None);
            None
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
        Some(Object::Integer(previous)) => usize::try_from(*previous)
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
    let ceiling = group.search_end(ceiling);
    loop {
        let region = reading.bytes.get(at..ceiling)?;
        at += region.windows(9).position(|w| w == b"startxref")?;
        match end_at(reading.bytes, at).filter(closes) {
            Some(end) => return Some(end),
            None => at += 9,
        }
    }
}
