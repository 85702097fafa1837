//! A cross-reference table and its trailer (ISO 32000-2, 7.5.4, 7.5.5).

use super::entries::{Entry, Row};
use super::error::{AnomalyKind, PdfError, PdfErrorKind};
use super::lexer::{Lexer, is_white};
use super::object::Object;
use super::parser::Parser;
use super::section::{Reading, Section};

impl Reading<'_> {
    /// The table whose keyword stands at `start` and ends at `position`.
    pub(super) fn table(&mut self, start: usize, position: usize) -> Result<Section, PdfError> {
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
