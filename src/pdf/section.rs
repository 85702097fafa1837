//! One cross-reference section: a table with its trailer, or a cross-reference stream (ISO 32000-2, 7.5.4, 7.5.8).

use core::ops::Range;

use super::entries::{Entry, Row};
use super::error::{Anomaly, AnomalyKind, PdfError, PdfErrorKind};
use super::lexer::Lexer;
use super::object::{Dictionary, Object, Ref};
use super::omitted::Omitted;
use super::parser::{Budget, header_at, is_boundary};
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

    pub(super) fn count(&mut self, more: usize, at: usize) -> Result<(), PdfError> {
        self.entries = self.entries.saturating_add(more);
        // A deflated cross-reference stream of a few bytes can list millions: what is listed is somewhere in the file.
        let plausible = (self.bytes.len() / 8).saturating_add(PLAUSIBLE);
        if self.entries > self.limits.pdf_objects.min(plausible) {
            return Err(PdfError::new(PdfErrorKind::TooManyObjects, at));
        }
        Ok(())
    }

    /// An entry in use, at `offset` as written.
    pub(super) fn in_use(
        &mut self,
        offset: u64,
        generation: u16,
        number: u32,
        at: usize,
    ) -> Result<Entry, PdfError> {
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
