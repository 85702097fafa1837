//! Writing one cross-reference section and its trailer, as a table or as a stream (ISO 32000-2, 7.5.4, 7.5.5, 7.5.8).
//!
//! The only writer of sections: what appends a revision and what appends a repair differ in their rows and entries only.

use core::ops::Range;
use std::collections::BTreeMap;
use std::io::Write as _;

use super::body::Body;
use super::edit::write_name;
use super::object::Ref;
use super::revision::Entry;
use super::update::{STREAM_HEAD, stream_body};

/// What a section says: numbers, ascending, with offsets as they are to be written (counted from the file's base).
pub(super) type Rows<'r> = &'r [(u32, Entry)];

/// The trailer's keys (without slash) with their values in PDF syntax.
pub(super) type Trailer<'t> = BTreeMap<&'t [u8], Body>;

/// Appends a table, `trailer` and what closes a revision; `at` is the offset to write after `startxref`. Says where in `bytes`
/// the kept parts of `trailer` stand; `None` if an offset has more than ten digits, or an object stands in a stream, which a
/// table cannot say.
pub(super) fn write_table(
    bytes: &mut Vec<u8>,
    rows: Rows<'_>,
    trailer: &Trailer<'_>,
    at: u64,
) -> Option<Vec<Range<usize>>> {
    bytes.extend_from_slice(b"xref\n");
    if rows.is_empty() {
        // A section must have a subsection; this one says nothing.
        bytes.extend_from_slice(b"0 0\n");
    }
    for run in runs(rows) {
        let first = run.first().map_or(0, |(number, _)| *number);
        write(bytes, format_args!("{first} {}\n", run.len()));
        for (_, entry) in run {
            let (field, generation, kind) = match *entry {
                Entry::Free { next, generation } => (u64::from(next), generation, b'f'),
                Entry::Offset { offset, generation } => (u64::try_from(offset).ok()?, generation, b'n'),
                Entry::InStream { .. } => return None,
            };
            if field > 9_999_999_999 {
                return None;
            }
            // Exactly 20 bytes, or readers that index into the table repair the file and every offset moves.
            digits(bytes, field, 10);
            bytes.push(b' ');
            digits(bytes, generation.into(), 5);
            bytes.extend_from_slice(&[b' ', kind, b' ', b'\n']);
        }
    }
    bytes.extend_from_slice(b"trailer\n<<\n");
    let entries = entries(trailer);
    let kept = shifted(&entries, bytes.len());
    bytes.extend_from_slice(entries.text());
    bytes.extend_from_slice(b">>\n");
    close(bytes, at);
    Some(kept)
}

/// Appends a cross-reference stream, object `id` of generation 0, and what closes a revision. `rows` hold the stream's
/// own row too; `at` is where the object starts, as written. Says where in `bytes` the kept parts of `trailer` stand; `None`
/// if an offset does not fit.
pub(super) fn write_stream(
    bytes: &mut Vec<u8>,
    id: u32,
    rows: Rows<'_>,
    trailer: &Trailer<'_>,
    at: u64,
) -> Option<Vec<Range<usize>>> {
    let fields = |entry: &Entry| -> Option<(u8, u64, u64)> {
        Some(match *entry {
            Entry::Free { next, generation } => (0, u64::from(next), u64::from(generation)),
            Entry::Offset { offset, generation } => (1, u64::try_from(offset).ok()?, u64::from(generation)),
            Entry::InStream { container, index } => (2, u64::from(container), u64::from(index)),
        })
    };
    let (mut second, mut third) = (0, 0);
    for (_, entry) in rows {
        let (_, a, b) = fields(entry)?;
        second = second.max(a);
        third = third.max(b);
    }
    let width = |largest: u64| (8 - largest.leading_zeros() / 8).max(1) as usize;
    let widths = [width(second), width(third).max(2)];
    let mut data = Vec::new();
    let mut index = String::new();
    for run in runs(rows) {
        let first = run.first().map_or(0, |(number, _)| *number);
        let space = if index.is_empty() { "" } else { " " };
        index.push_str(&format!("{space}{first} {}", run.len()));
        for (_, entry) in run {
            let (kind, a, b) = fields(entry)?;
            data.push(kind);
            for (value, width) in [a, b].into_iter().zip(widths) {
                data.extend(value.to_be_bytes().iter().skip(8 - width));
            }
        }
    }
    let mut dictionary = b"\n/Type /XRef\n".to_vec();
    let entries = entries(trailer);
    let before = dictionary.len();
    dictionary.extend_from_slice(entries.text());
    write(
        &mut dictionary,
        format_args!("/W [1 {} {}]\n/Index [{index}]\n", widths[0], widths[1]),
    );
    write(bytes, format_args!("{id} 0 obj\n"));
    let kept = shifted(&entries, bytes.len() + STREAM_HEAD + before);
    bytes.extend(stream_body(&dictionary, &data, false));
    bytes.extend_from_slice(b"\nendobj\n");
    close(bytes, at);
    Some(kept)
}

/// Appends `number generation obj`, `body` and `endobj`; says how far into `bytes` the body starts.
pub(super) fn write_object(bytes: &mut Vec<u8>, id: Ref, body: &[u8]) -> usize {
    write(bytes, format_args!("{} {} obj\n", id.number, id.generation));
    let start = bytes.len();
    bytes.extend_from_slice(body);
    bytes.extend_from_slice(b"\nendobj\n");
    start
}

fn close(bytes: &mut Vec<u8>, at: u64) {
    write(bytes, format_args!("startxref\n{at}\n%%EOF\n"));
}

/// The last `width` decimal digits of `value`.
fn digits(bytes: &mut Vec<u8>, value: u64, width: usize) {
    let start = bytes.len();
    bytes.resize(start.saturating_add(width), b'0');
    let mut rest = value;
    for place in bytes.iter_mut().skip(start).rev() {
        *place = b'0'.saturating_add(u8::try_from(rest % 10).unwrap_or(0));
        rest /= 10;
    }
}

fn write(bytes: &mut Vec<u8>, text: core::fmt::Arguments<'_>) {
    // Writing to memory does not fail.
    let _ = bytes.write_fmt(text);
}

/// Where the kept parts of `body` are once it stands at `start`.
fn shifted(body: &Body, start: usize) -> Vec<Range<usize>> {
    let parts = body.kept_ranges().iter();
    parts
        .map(|part| start.saturating_add(part.start)..start.saturating_add(part.end))
        .collect()
}

/// The entries as they go between `<<` and `>>`, one a line.
fn entries(trailer: &Trailer<'_>) -> Body {
    let mut output = Body::default();
    for (key, value) in trailer {
        output.write(|text| {
            write_name(text, key);
            text.push(b' ');
        });
        output.append(value);
        output.write(|text| text.push(b'\n'));
    }
    output
}

/// The runs of consecutive numbers.
fn runs(rows: Rows<'_>) -> impl Iterator<Item = Rows<'_>> {
    rows.chunk_by(|(a, _), (b, _)| a.checked_add(1) == Some(*b))
}
