//! A cross-reference stream (ISO 32000-2, 7.5.8).

use super::entries::{Entry, Row};
use super::error::{AnomalyKind, PdfError, PdfErrorKind};
use super::filter;
use super::object::{Dictionary, Object};
use super::parser::Parser;
use super::section::{Reading, Section, plausible};

impl Reading<'_> {
    /// The cross-reference stream at exactly `start`.
    pub(super) fn stream(&mut self, start: usize) -> Result<Section, PdfError> {
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

/// A big-endian number of at most eight bytes.
fn big_endian(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0, |value, b| value << 8 | u64::from(*b))
}
