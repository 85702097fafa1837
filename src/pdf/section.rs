//! One cross-reference section: a table with its trailer, or a cross-reference stream (ISO 32000-2, 7.5.4, 7.5.8).

use core::ops::Range;

use super::entries::{Entry, Row};
use super::error::{Anomaly, AnomalyKind, PdfError, PdfErrorKind};
use super::filter;
use super::lexer::{Lexer, is_white};
use super::object::{Dictionary, Object, Ref};
use super::omitted::Omitted;
use super::parser::{Budget, Parser, header_at, is_boundary};
use crate::limits::Limits;

/// Bytes that a stream which is part of the file's structure may decode to: more than honest ones of such a file do, and
/// little enough to be kept.
pub(super) fn plausible(length: usize) -> usize {
    (16usize << 20).saturating_add(length.saturating_mul(2))
}

/// Entries that a file may have besides one for every eight bytes, which is less than an object ever takes.
const PLAUSIBLE: usize = 1 << 19;

/// A section as it stands in the file.
#[derive(Debug)]
pub(super) struct Section {
    /// Where it starts, after white space that should not be there.
    pub(super) start: usize,
    /// After the trailer dictionary, or after the stream's `endobj`.
    pub(super) end: usize,
    /// In the order of the file.
    pub(super) entries: Vec<Row>,
    pub(super) trailer: Dictionary,
    /// Where the trailer dictionary stands.
    pub(super) trailer_span: Range<usize>,
    /// The object that is this section, if it is a stream.
    pub(super) stream: Option<Ref>,
}

/// How far behind a fault a parser may have looked: the longest keyword.
pub(super) const LOOKAHEAD: usize = 16;

/// What reading sections needs and gathers.
pub(super) struct Reading<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) omitted: Omitted<'a>,
    pub(super) limits: &'a Limits,
    pub(super) budget: &'a Budget,
    /// Added to every offset written in the file: where the header is, if the file counts from there.
    pub(super) base: usize,
    pub(super) anomalies: Vec<Anomaly>,
    pub(super) entries: usize,
    pub(super) decoded: usize,
    /// What each section that says something of it says of `/Encrypt`, and where its trailer stands.
    pub(super) encrypt: Vec<(usize, Object)>,
}

impl Reading<'_> {
    pub(super) fn note(&mut self, kind: AnomalyKind, offset: usize, object: Option<u32>) {
        // Hostile files can have an anomaly per entry; the first thousands say enough.
        if self.anomalies.len() < 4096 {
            self.anomalies.push(Anomaly { kind, offset, object });
        }
    }

    /// Whether a section may start at `offset`: `xref`, or the header of an object.
    pub(super) fn looks_like_section(&self, offset: usize) -> bool {
        let mut lexer = Lexer::new(self.bytes, offset);
        lexer.skip_blank();
        is_boundary(self.bytes, lexer.position)
            && (lexer.keyword(b"xref") || header_at(self.bytes, lexer.position).is_some())
    }

    /// Whether all that [`looks_like_section`](Self::looks_like_section) looks at is at hand.
    pub(super) fn check_section_start(&self, offset: usize) -> Result<(), PdfError> {
        let mut lexer = Lexer::new(self.bytes, offset);
        lexer.skip_blank();
        // A number and a generation of five digits at most, and white space, which is left out only in large pieces.
        self.omitted.check(&(offset..lexer.position.saturating_add(1024)))
    }

    /// The section at `offset` of the file.
    pub(super) fn section(&mut self, offset: usize) -> Result<Section, PdfError> {
        let mut lexer = Lexer::new(self.bytes, offset);
        lexer.skip_blank();
        let start = lexer.position;
        if start != offset {
            self.note(AnomalyKind::StartxrefInexact, offset, None);
        }
        let section = if lexer.keyword(b"xref") {
            self.table(start, lexer.position)
        } else {
            self.stream(start)
        };
        let end = match &section {
            Ok(section) => section.end,
            Err(error) => usize::try_from(error.offset)
                .unwrap_or(usize::MAX)
                .saturating_add(LOOKAHEAD),
        };
        self.omitted.check(&(offset..end))?;
        let section = section?;
        for entry in section.trailer.duplicates() {
            let place = section.trailer.entry(entry).map_or(0, |e| e.key_span.start);
            self.note(
                AnomalyKind::DuplicateKey,
                section.trailer_span.start + place,
                None,
            );
        }
        if let Some(encrypt) = section.trailer.find(b"Encrypt").filter(|o| !o.is_null()) {
            self.encrypt.push((section.trailer_span.start, encrypt.clone()));
        }
        Ok(section)
    }

    fn count(&mut self, more: usize, at: usize) -> Result<(), PdfError> {
        self.entries = self.entries.saturating_add(more);
        // A deflated cross-reference stream of a few bytes can list millions: what is listed is somewhere in the file.
        let plausible = (self.bytes.len() / 8).saturating_add(PLAUSIBLE);
        if self.entries > self.limits.pdf_objects.min(plausible) {
            return Err(PdfError::new(PdfErrorKind::TooManyObjects, at));
        }
        Ok(())
    }

    fn table(&mut self, start: usize, position: usize) -> Result<Section, PdfError> {
        let mut lexer = Lexer::new(self.bytes, position);
        let mut entries = Vec::new();
        let mut tidy = lexer.end_of_line();
        loop {
            // White space between the parts is read as other readers read it; a comment is not, they disagree there.
            let start = lexer.position;
            lexer.skip_blank();
            if lexer.keyword(b"trailer") {
                break;
            }
            tidy &= lexer.position == start;
            let first = self.integer(&mut lexer)?;
            tidy &= lexer.take(b" ") && lexer.peek().is_some_and(|b| b.is_ascii_digit());
            lexer.skip_blank();
            let count = self.integer(&mut lexer)?;
            let bad = lexer.error(PdfErrorKind::BadXref);
            let end = first
                .checked_add(count)
                .filter(|end| *end <= u64::from(u32::MAX))
                .ok_or(bad)?;
            let size = usize::try_from(count).map_err(|_| bad)?;
            // 18 bytes are the least an entry can have, so the count is checked before anything is reserved for it.
            if size > lexer.rest().len() / 18 {
                return Err(bad);
            }
            self.count(size, lexer.position)?;
            entries.reserve(size);
            // One space before the line end is so common that nobody minds it.
            lexer.take(b" ");
            tidy &= lexer.peek().is_some_and(|b| b == b'\n' || b == b'\r');
            while lexer
                .peek()
                .is_some_and(|b| is_white(b) && b != b'\n' && b != b'\r')
            {
                lexer.position += 1;
            }
            lexer.end_of_line();
            for number in first..end {
                let number = u32::try_from(number).map_err(|_| bad)?;
                let entry = self.table_entry(&mut lexer, number)?;
                entries.push(Row::new(number, entry));
            }
        }
        if !tidy {
            self.note(AnomalyKind::LineLayout, start, None);
        }
        let mut parser = Parser::new(self.bytes, lexer.position, self.limits.depth, self.budget);
        let value = parser.counted_value()?;
        let trailer_span = value.span;
        value.held.keep();
        let Object::Dictionary(trailer) = value.object else {
            return Err(PdfError::new(PdfErrorKind::BadTrailer, trailer_span.start));
        };
        Ok(Section {
            start,
            end: trailer_span.end,
            entries,
            trailer,
            trailer_span,
            stream: None,
        })
    }

    fn integer(&self, lexer: &mut Lexer<'_>) -> Result<u64, PdfError> {
        lexer.digits(19).ok_or_else(|| lexer.error(PdfErrorKind::BadXref))
    }

    fn table_entry(&mut self, lexer: &mut Lexer<'_>, number: u32) -> Result<Entry, PdfError> {
        let at = lexer.position;
        let (first, second, kind) = match exact_entry(lexer.rest()) {
            Some(fields) => {
                lexer.position += 20;
                fields
            }
            None => {
                self.note(AnomalyKind::XrefEntryWidth, at, Some(number));
                lexer.skip_blank();
                let first = self.integer(lexer)?;
                lexer.skip_blank();
                let second = self.integer(lexer)?;
                lexer.skip_blank();
                let kind = lexer.peek().unwrap_or(0);
                lexer.position += 1;
                while lexer.peek() == Some(b' ') {
                    lexer.position += 1;
                }
                lexer.end_of_line();
                (first, second, kind)
            }
        };
        let bad = || PdfError::new(PdfErrorKind::BadXref, at);
        match (kind, u16::try_from(second)) {
            (b'n', Ok(generation)) => self.in_use(first, generation, number, at),
            (b'f', generation) => {
                // 65536 for 65535 is a common slip, and nothing can use a free entry of either.
                if generation.is_err() {
                    self.note(AnomalyKind::GenerationTooLarge, at, Some(number));
                }
                Ok(Entry::Free {
                    next: u32::try_from(first).unwrap_or(0),
                    generation: generation.unwrap_or(u16::MAX),
                })
            }
            _ => Err(bad()),
        }
    }

    fn in_use(&mut self, offset: u64, generation: u16, number: u32, at: usize) -> Result<Entry, PdfError> {
        let bad = || PdfError::new(PdfErrorKind::BadXref, at);
        if offset == 0 {
            self.note(AnomalyKind::ZeroOffset, at, Some(number));
        }
        let offset = usize::try_from(offset)
            .ok()
            .and_then(|o| o.checked_add(self.base))
            .ok_or_else(bad)?;
        Ok(Entry::Offset { offset, generation })
    }

    fn stream(&mut self, start: usize) -> Result<Section, PdfError> {
        let bad = PdfError::new(PdfErrorKind::BadXref, start);
        let mut parser = Parser::new(self.bytes, start, self.limits.depth, self.budget);
        // Its own length cannot be looked up before it is read, so 7.5.8.2 demands direct values.
        let parsed = parser.indirect(|_| Err(bad)).map_err(|e| match e.kind {
            PdfErrorKind::BadObjectHeader => bad,
            _ => e,
        })?;
        parsed.held.keep();
        let Object::Stream(stream) = parsed.object else {
            return Err(bad);
        };
        let trailer = stream.dictionary;
        if !trailer.is_name(b"Type", b"XRef") || trailer.find(b"F").is_some_and(|file| !file.is_null()) {
            return Err(bad);
        }
        let filters = filter::filters(&trailer, |object| Ok(object.clone()))?;
        let raw = self.bytes.get(stream.data).unwrap_or_default();
        let most = self.limits.pdf_stream_bytes.min(plausible(self.bytes.len()));
        let data = filter::decode(raw, &filters, most).map_err(|kind| PdfError::new(kind, start))?;
        if data.unchecked {
            self.note(AnomalyKind::ChecksumWrong, start, Some(parsed.id.number));
        }
        let data = data.data;
        self.decoded = self.decoded.saturating_add(data.len());
        if self.decoded > self.limits.pdf_decoded_bytes {
            return Err(PdfError::new(PdfErrorKind::TooMuchDecoded, start));
        }
        let entries = self.stream_entries(&trailer, &data, start)?;
        Ok(Section {
            start,
            end: parsed.span.end,
            entries,
            trailer_span: parsed.source.start..parsed.source.start.saturating_add(trailer.span().end),
            trailer,
            stream: Some(parsed.id),
        })
    }

    fn stream_entries(
        &mut self,
        trailer: &Dictionary,
        data: &[u8],
        start: usize,
    ) -> Result<Vec<Row>, PdfError> {
        let bad = || PdfError::new(PdfErrorKind::BadXref, start);
        let size = trailer
            .find(b"Size")
            .and_then(Object::as_integer)
            .ok_or_else(bad)?;
        let widths = match trailer.find(b"W").and_then(Object::as_array) {
            Some([Object::Integer(a), Object::Integer(b), Object::Integer(c)]) => [*a, *b, *c],
            _ => return Err(bad()),
        };
        let mut columns = [0usize; 3];
        for (column, width) in columns.iter_mut().zip(widths) {
            *column = usize::try_from(width).ok().filter(|w| *w <= 8).ok_or_else(bad)?;
        }
        let width: usize = columns.iter().sum();
        if width == 0 {
            return Err(bad());
        }
        let whole = [Object::Integer(0), Object::Integer(size)];
        let index = match trailer.find(b"Index") {
            None | Some(Object::Null) => &whole[..],
            Some(index) => index.as_array().ok_or_else(bad)?,
        };
        let mut entries = Vec::new();
        let mut rows = data.chunks_exact(width);
        for pair in index.chunks(2) {
            let [Object::Integer(first), Object::Integer(count)] = pair else {
                return Err(bad());
            };
            let first = u32::try_from(*first).map_err(|_| bad())?;
            let count = u32::try_from(*count).map_err(|_| bad())?;
            let end = first.checked_add(count).ok_or_else(bad)?;
            let wanted = count as usize;
            if wanted > rows.len() {
                return Err(bad());
            }
            self.count(wanted, start)?;
            entries.reserve(wanted);
            for number in first..end {
                let row = rows.next().ok_or_else(bad)?;
                if let Some(entry) = self.row(row, columns, number, start)? {
                    entries.push(Row::new(number, entry));
                }
            }
        }
        // Some readers go by the data and some by /Index.
        if rows.len() > 0 || !rows.remainder().is_empty() {
            self.note(AnomalyKind::XrefStreamSize, start, None);
        }
        Ok(entries)
    }

    fn row(
        &mut self,
        row: &[u8],
        widths: [usize; 3],
        number: u32,
        at: usize,
    ) -> Result<Option<Entry>, PdfError> {
        let bad = || PdfError::new(PdfErrorKind::BadXref, at);
        let [a, b, _] = widths;
        let (kind, rest) = row.split_at_checked(a).ok_or_else(bad)?;
        let (second, third) = rest.split_at_checked(b).ok_or_else(bad)?;
        let kind = if a == 0 { 1 } else { big_endian(kind) };
        let (second, third) = (big_endian(second), big_endian(third));
        match kind {
            0 => Ok(Some(Entry::Free {
                next: u32::try_from(second).unwrap_or(0),
                // 65535 of a table is 255 or 0 in a narrow field: generations of free entries decide nothing.
                generation: u16::try_from(third).unwrap_or(u16::MAX),
            })),
            1 => {
                let generation = u16::try_from(third).map_err(|_| bad())?;
                self.in_use(second, generation, number, at).map(Some)
            }
            2 => Ok(Some(Entry::InStream {
                container: u32::try_from(second).map_err(|_| bad())?,
                index: u32::try_from(third).map_err(|_| bad())?,
            })),
            _ => {
                self.note(AnomalyKind::UnknownEntryType, at, Some(number));
                Ok(None)
            }
        }
    }
}

/// The fields of an entry of exactly the form `nnnnnnnnnn ggggg n` and a two-byte line end (7.5.4).
fn exact_entry(bytes: &[u8]) -> Option<(u64, u64, u8)> {
    let entry = bytes.first_chunk::<20>()?;
    let decimal = |digits: &[u8]| {
        digits.iter().try_fold(0u64, |value, b| {
            b.is_ascii_digit().then(|| value * 10 + u64::from(b - b'0'))
        })
    };
    let ends = matches!(entry[18..], [b' ', b'\n'] | [b' ', b'\r'] | [b'\r', b'\n']);
    if entry[10] != b' ' || entry[16] != b' ' || !ends {
        return None;
    }
    Some((decimal(&entry[..10])?, decimal(&entry[11..16])?, entry[17]))
}

/// A big-endian number of at most eight bytes.
fn big_endian(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0, |value, b| value << 8 | u64::from(*b))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> Result<(Section, Vec<AnomalyKind>), PdfErrorKind> {
        let limits = Limits::DEFAULT;
        let budget = Budget::new(bytes.len());
        let mut reading = Reading {
            bytes,
            limits: &limits,
            budget: &budget,
            base: 0,
            omitted: Omitted::default(),
            anomalies: Vec::new(),
            entries: 0,
            decoded: 0,
            encrypt: Vec::new(),
        };
        let section = reading.section(0).map_err(|e| e.kind)?;
        Ok((section, reading.anomalies.iter().map(|a| a.kind).collect()))
    }

    fn pairs(section: &Section) -> Vec<(u32, Entry)> {
        section
            .entries
            .iter()
            .map(|row| (row.number, row.entry()))
            .collect()
    }

    #[test]
    fn table_entries_of_twenty_bytes_are_clean_and_others_are_noted() {
        let (section, odd) =
            read(b"xref\n0 1\n0000000000 65535 f \n4 2\n0000000017 00000 n\r\n0000000081 00002 n \ntrailer<</Size 6>>").unwrap();
        assert!(odd.is_empty(), "{odd:?}");
        assert_eq!(
            pairs(&section),
            [
                (
                    0,
                    Entry::Free {
                        next: 0,
                        generation: 65535
                    }
                ),
                (
                    4,
                    Entry::Offset {
                        offset: 17,
                        generation: 0
                    }
                ),
                (
                    5,
                    Entry::Offset {
                        offset: 81,
                        generation: 2
                    }
                ),
            ]
        );
        let (section, odd) =
            read(b"xref\n1 2\n0000000017 00000 n\n0000000081 00002 n\ntrailer<</Size 6>>").unwrap();
        assert_eq!(odd, [AnomalyKind::XrefEntryWidth; 2]);
        assert_eq!(
            pairs(&section)[1],
            (
                2,
                Entry::Offset {
                    offset: 81,
                    generation: 2
                }
            )
        );
    }

    #[test]
    fn malformed_tables_are_refused() {
        for bad in [
            &b"xref\n0 99999999\n0000000000 65535 f \ntrailer<<>>"[..],
            b"xref\n0 1\n0000000000 65536 n \ntrailer<<>>",
            b"xref\n0 1\n0000000000 00000 x \ntrailer<<>>",
            b"xref\n4294967295 2\n0000000000 00000 n \n0000000000 00000 n \ntrailer<<>>",
            b"xref\n-1 1\n0000000000 00000 n \ntrailer<<>>",
            b"xref\n0 1\n0000000000 00000 n ",
            b"trailer<<>>",
        ] {
            assert_eq!(
                read(bad).unwrap_err(),
                PdfErrorKind::BadXref,
                "{}",
                bad.escape_ascii()
            );
        }
        assert_eq!(read(b"xref\ntrailer 5").unwrap_err(), PdfErrorKind::BadTrailer);
    }

    fn stream(dictionary: &str, data: &[u8]) -> Result<(Section, Vec<AnomalyKind>), PdfErrorKind> {
        let mut bytes =
            format!("9 0 obj<</Type/XRef/Length {}{dictionary}>>stream\n", data.len()).into_bytes();
        bytes.extend_from_slice(data);
        bytes.extend_from_slice(b"\nendstream\nendobj");
        read(&bytes)
    }

    #[test]
    fn stream_rows_follow_widths_and_index() {
        let data = [0, 0, 0, 255, 1, 1, 0, 0, 2, 0, 7, 3, 5, 0, 0, 0];
        let (section, odd) = stream("/Size 12/W[1 2 1]/Index[0 2 8 2]", &data).unwrap();
        assert_eq!(odd, [AnomalyKind::UnknownEntryType]);
        assert_eq!(
            pairs(&section),
            [
                (
                    0,
                    Entry::Free {
                        next: 0,
                        generation: 255
                    }
                ),
                (
                    1,
                    Entry::Offset {
                        offset: 256,
                        generation: 0
                    }
                ),
                (
                    8,
                    Entry::InStream {
                        container: 7,
                        index: 3
                    }
                ),
            ]
        );
        let (section, _) = stream("/Size 2/W[0 1 0]", &[3, 4]).unwrap();
        assert_eq!(
            pairs(&section)[1],
            (
                1,
                Entry::Offset {
                    offset: 4,
                    generation: 0
                }
            )
        );
    }

    #[test]
    fn malformed_xref_streams_are_refused() {
        for bad in [
            "/Size 3/W[1 1 1]",
            "/Size 2/W[0 0 0]",
            "/Size 2/W[1 9 1]",
            "/Size 2/W[1 1]",
            "/Size 2",
            "/W[1 1 1]",
            "/Size 2/W[1 1 1]/Index[0]",
            "/Size 2/W[1 1 1]/Index[0 -1]",
            "/Size 2/W[1 1 1]/Index[4294967295 2]",
        ] {
            assert_eq!(
                stream(bad, &[1, 2, 0, 1, 3, 0]).unwrap_err(),
                PdfErrorKind::BadXref,
                "{bad}"
            );
        }
        assert_eq!(
            stream("/Size 1/W[1 1 1]/Filter/FlateDecode", b"xx").unwrap_err(),
            PdfErrorKind::CorruptStream
        );
    }
}
