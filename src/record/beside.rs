//! What stands beside the fields of a record: tables that may be long, and pictures that are named by their digest.

use core::fmt;
use core::str::FromStr;

use super::{
    CELL_CHARACTERS, CELLS, COLUMNS, NAME_CHARACTERS, PICTURES, ROWS, RecordError, RecordErrorKind, TABLES,
    text,
};
use crate::record::text::TextError;

/// A table of the certificate or its annex, such as a register of persons.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Table {
    /// Label, at most 200 characters, unique among the tables of its record.
    pub label: String,
    /// Column heads, 1 to 32, at most 200 characters each, none twice.
    pub columns: Vec<String>,
    /// Rows in the order of the paper, at most 10 000; each has a cell for every column. A cell has at most 1000 characters
    /// and may be empty, which says that there is nothing to say.
    pub rows: Vec<Vec<String>>,
}

/// A picture that belongs to the record, such as the holder's photograph. The record holds its digest, not its bytes.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Picture {
    /// Label such as 照片, at most 200 characters, unique among the pictures of its record.
    pub label: String,
    /// The format of the bytes.
    pub media_type: MediaType,
    /// SHA-256 of the bytes.
    pub sha256: [u8; 32],
}

/// The format of a picture, by its media type (RFC 2046).
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum MediaType {
    /// `image/jpeg` (ISO/IEC 10918-1).
    Jpeg,
    /// `image/png` (ISO/IEC 15948).
    Png,
    /// `image/svg+xml`.
    Svg,
}

/// A text that is none of `image/jpeg`, `image/png` and `image/svg+xml`.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct MediaTypeError;

impl MediaType {
    /// The format that `bytes` begin as. Says nothing about the rest of them.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Option<Self> {
        if bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
            return Some(Self::Png);
        }
        if bytes.starts_with(b"\xff\xd8\xff") {
            return Some(Self::Jpeg);
        }
        let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        text.trim_ascii_start().starts_with(b"<").then_some(Self::Svg)
    }

    /// The media type as it is written.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::Svg => "image/svg+xml",
        }
    }
}

impl fmt::Display for MediaType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for MediaType {
    type Err = MediaTypeError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let known = [Self::Jpeg, Self::Png, Self::Svg];
        let found = known.into_iter().find(|kind| kind.as_str() == text);
        found.ok_or(MediaTypeError)
    }
}

impl fmt::Display for MediaTypeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not image/jpeg, image/png or image/svg+xml")
    }
}

impl core::error::Error for MediaTypeError {}

pub(super) fn check(tables: &[Table], pictures: &[Picture]) -> Result<(), RecordError> {
    if tables.len() > TABLES {
        return Err(RecordError::new("tables", RecordErrorKind::TooMany(TABLES)));
    }
    let mut cells = CELLS;
    for (at, table) in tables.iter().enumerate() {
        check_label(
            "tables",
            at,
            &table.label,
            tables.iter().map(|table| &table.label),
        )?;
        check_columns(at, &table.columns)?;
        let fail = |place: String, kind| Err(RecordError::new(format!("tables[{at}].rows{place}"), kind));
        let total = table.rows.len().saturating_mul(table.columns.len());
        cells = match cells.checked_sub(total) {
            Some(rest) if table.rows.len() <= ROWS => rest,
            Some(_) => return fail(String::new(), RecordErrorKind::TooMany(ROWS)),
            None => return Err(RecordError::new("tables", RecordErrorKind::TooManyCells(CELLS))),
        };
        for (row, texts) in table.rows.iter().enumerate() {
            if texts.len() != table.columns.len() {
                let expected = table.columns.len();
                return fail(format!("[{row}]"), RecordErrorKind::Cells { expected });
            }
            for (column, cell) in texts.iter().enumerate() {
                match text::line(cell, CELL_CHARACTERS) {
                    Ok(()) | Err(TextError::Empty) => {}
                    Err(error) => return fail(format!("[{row}][{column}]"), RecordErrorKind::Text(error)),
                }
            }
        }
    }
    if pictures.len() > PICTURES {
        return Err(RecordError::new("pictures", RecordErrorKind::TooMany(PICTURES)));
    }
    for (at, picture) in pictures.iter().enumerate() {
        let labels = pictures.iter().map(|picture| &picture.label);
        check_label("pictures", at, &picture.label, labels)?;
    }
    Ok(())
}

fn check_columns(table: usize, columns: &[String]) -> Result<(), RecordError> {
    let path = |place: &str| format!("tables[{table}].columns{place}");
    if columns.is_empty() {
        return Err(RecordError::new(path(""), RecordErrorKind::Missing));
    }
    if columns.len() > COLUMNS {
        return Err(RecordError::new(path(""), RecordErrorKind::TooMany(COLUMNS)));
    }
    for (at, column) in columns.iter().enumerate() {
        let fail = |kind| RecordError::new(path(&format!("[{at}]")), kind);
        text::line(column, NAME_CHARACTERS).map_err(|error| fail(RecordErrorKind::Text(error)))?;
        // At most 32 of them.
        if columns.iter().take(at).any(|earlier| earlier == column) {
            return Err(fail(RecordErrorKind::Duplicate));
        }
    }
    Ok(())
}

/// A label is a line and none of those before it; at most 16 are looked at.
fn check_label<'a>(
    list: &str,
    at: usize,
    label: &str,
    mut labels: impl Iterator<Item = &'a String>,
) -> Result<(), RecordError> {
    let fail = |kind| RecordError::new(format!("{list}[{at}].label"), kind);
    text::line(label, NAME_CHARACTERS).map_err(|error| fail(RecordErrorKind::Text(error)))?;
    match labels.by_ref().take(at).any(|earlier| earlier == label) {
        true => Err(fail(RecordErrorKind::Duplicate)),
        false => Ok(()),
    }
}
