//! Appending a revision (ISO 32000-2, 7.5.6) in the file's own cross-reference style.
//!
//! The old bytes are never rewritten; what is written depends on the file and the objects only, so the same input
//! gives the same bytes.

use core::fmt;
use core::ops::Range;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use super::body::Body;
use super::crypt::Encryption;
use super::document::Document;
use super::flate;
use super::object::Ref;
use super::parser::{Budget, Parser};
use super::revision::{Entry, Style};
use super::section_writer::{Trailer, write_object, write_stream, write_table};
use crate::crypto::{DigestAlgorithm, Hasher};
use crate::limits::Limits;

/// Why a revision cannot be appended.
#[non_exhaustive]
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum UpdateError {
    /// The file has a message authentication code over all its bytes (`/AuthCode`, ISO/TS 32004), which an update would have to
    /// make anew and this one cannot.
    AuthenticationCode,
    /// An object has number 0, another generation than the object it replaces, or generation 65535, the last.
    BadReference {
        /// The object.
        id: Ref,
    },
    /// The chunk does not hold exactly one well-formed indirect object.
    ChunkNotOneObject,
    /// The file is encrypted, and the object's body is not one value, or a stream without a direct `/Length`.
    NotEncryptable {
        /// The object.
        id: Ref,
    },
    /// The trailer key is written by the update itself.
    ReservedKey {
        /// The key, without slash.
        key: Vec<u8>,
    },
    /// The file would grow past the ten digits a table entry has for an offset (7.5.4), or past all object numbers.
    TooLarge,
}

impl fmt::Display for UpdateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AuthenticationCode => f.write_str(
                "the file is protected by a message authentication code (/AuthCode); save it without one first",
            ),
            Self::BadReference { id } => write!(f, "{id} is not a reference an update can write"),
            Self::ChunkNotOneObject => f.write_str("the chunk must hold exactly one indirect object"),
            Self::NotEncryptable { id } => {
                write!(
                    f,
                    "the body of {id} cannot be encrypted: it must be one value, a stream with a direct /Length"
                )
            }
            Self::ReservedKey { key } => {
                write!(
                    f,
                    "trailer key /{} is written by the update itself",
                    key.escape_ascii()
                )
            }
            Self::TooLarge => f.write_str("the file is too large for its cross-reference style"),
        }
    }
}

impl core::error::Error for UpdateError {}

/// A revision being put together. Nothing is written before [`finish`](Self::finish).
#[derive(Clone, Debug)]
pub struct Update {
    /// Length of the old file.
    length: usize,
    /// What offsets count from.
    base: usize,
    ends_with_line: bool,
    style: Style,
    previous: usize,
    next: u32,
    /// Generations of the objects of the old file, where they are not 0 or the object is free.
    old: BTreeMap<u32, u16>,
    first_identifier: Option<Vec<u8>>,
    encryption: Option<Arc<Encryption>>,
    objects: BTreeMap<Ref, Body>,
    /// What the old trailer says and the new one goes on saying, `/Encrypt` included, and what the caller sets.
    trailer: BTreeMap<Vec<u8>, Vec<u8>>,
}

/// The keys of a trailer that are about its own section (7.5.5, 7.5.8.2), not about the document.
const OF_THE_SECTION: [&[u8]; 14] = [
    b"Size",
    b"Prev",
    b"ID",
    b"XRefStm",
    b"Type",
    b"W",
    b"Index",
    b"Length",
    b"Filter",
    b"DecodeParms",
    b"F",
    b"FFilter",
    b"FDecodeParms",
    b"DL",
];

/// What an [`Update`] appends.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Appended {
    /// The bytes to write after the old file, starting with a line end if the old file lacks one.
    pub bytes: Vec<u8>,
    /// Where each body given to [`Update::put`] starts: bytes from the start of the new file.
    pub offsets: BTreeMap<Ref, usize>,
    /// Where the kept parts of each body that has any ([`Body::kept`]) stand, in order: bytes from the start of the new file.
    pub kept: BTreeMap<Ref, Vec<Range<usize>>>,
}

impl Update {
    /// An empty revision to append to `document`.
    #[must_use]
    pub fn new(document: &Document<'_>) -> Self {
        let view = document.newest();
        let trailer = view.trailer();
        let bytes = document.bytes();
        let revision = view.revision();
        let start = revision.map_or(0, |r| r.trailer_span.start);
        let raw = |span: &Range<usize>| {
            let span = start.checked_add(span.start)?..start.checked_add(span.end)?;
            bytes.get(span).map(<[u8]>::to_vec)
        };
        // "The added trailer shall contain all the entries except the Prev entry" (7.5.6): also those of third parties.
        let carried = trailer
            .entries()
            .iter()
            .filter(|entry| !OF_THE_SECTION.contains(&entry.key.as_slice()))
            .filter_map(|entry| Some((entry.key.to_vec(), raw(&entry.span)?)));
        let identifier = view.find(trailer, b"ID").ok();
        let first = identifier
            .as_ref()
            .and_then(|id| view.resolve(id.as_array()?.first()?).ok());
        let first = first.as_ref().and_then(|first| first.as_string());
        let encryption = document.shared_encryption();
        // The key is made of what the file has there, be it nothing; any other identifier would be another key.
        let first_identifier = match &encryption {
            Some(encryption) => Some(encryption.identifier().to_vec()),
            None => first.map(|s| s.bytes.clone()),
        };
        let mut old = BTreeMap::new();
        for revision in document.revisions() {
            for (number, entry) in &revision.entries {
                match entry {
                    Entry::Offset { generation, .. } | Entry::Free { generation, .. } if generation > 0 => {
                        old.insert(number, generation);
                    }
                    _ => {
                        old.remove(&number);
                    }
                }
            }
        }
        Self {
            length: bytes.len(),
            base: document.offset_base(),
            ends_with_line: matches!(bytes.last(), Some(b'\n' | b'\r')),
            style: revision.map_or(Style::Table, |r| r.style),
            previous: revision.map_or(0, |r| r.startxref),
            next: view.next_object_number(),
            old,
            first_identifier,
            encryption,
            objects: BTreeMap::new(),
            trailer: carried.collect(),
        }
    }

    /// A reference no object has yet.
    pub fn allocate(&mut self) -> Ref {
        let id = Ref::new(self.next, 0);
        self.next = self.next.saturating_add(1);
        id
    }

    /// Writes object `id`, new or in place of an old one. `body` is what stands between `obj` and `endobj`, in PDF
    /// syntax, and is written as it is; in an encrypted file, what is new in it is encrypted. The last body given for `id`
    /// counts.
    pub fn put(&mut self, id: Ref, body: impl Into<Body>) -> &mut Self {
        self.next = self.next.max(id.number.saturating_add(1));
        self.objects.insert(id, body.into());
        self
    }

    /// Writes the one indirect object of `chunk`, and says which it is.
    ///
    /// # Errors
    /// `ChunkNotOneObject` occurs if there are none or several, or the object is malformed.
    pub fn put_chunk(&mut self, chunk: &pdf_writer::Chunk) -> Result<Ref, UpdateError> {
        let bytes = chunk.as_bytes();
        if chunk.refs().len() != 1 {
            return Err(UpdateError::ChunkNotOneObject);
        }
        let budget = Budget::new(bytes.len());
        let parsed = Parser::new(bytes, 0, Limits::DEFAULT.depth, &budget)
            .indirect(|id| {
                Err(super::PdfError::new(
                    super::PdfErrorKind::BadStream,
                    id.number as usize,
                ))
            })
            .map_err(|_| UpdateError::ChunkNotOneObject)?;
        let body = bytes.get(parsed.source).unwrap_or_default().to_vec();
        self.put(parsed.id, body);
        Ok(parsed.id)
    }

    /// Puts `key` (without slash) with `raw` (PDF syntax) into the new trailer, for example `Info` to replace it.
    ///
    /// # Errors
    /// `ReservedKey` occurs for what the update writes itself: `Size`, `Prev`, `ID`, `XRefStm`, `Encrypt` and the
    /// keys of cross-reference streams.
    pub fn set_trailer(&mut self, key: &[u8], raw: &[u8]) -> Result<&mut Self, UpdateError> {
        if key == b"Encrypt" || OF_THE_SECTION.contains(&key) {
            return Err(UpdateError::ReservedKey { key: key.to_vec() });
        }
        self.trailer.insert(key.to_vec(), raw.to_vec());
        Ok(self)
    }

    /// The bytes to append. Objects stand in the order of their numbers.
    ///
    /// # Errors
    /// `AuthenticationCode` occurs if the file has one; `BadReference` for number 0, for a generation that the old file
    /// contradicts, and for 65535; `TooLarge` if an offset does not fit; `NotEncryptable` if the file is encrypted and a body
    /// is malformed.
    pub fn finish(self) -> Result<Appended, UpdateError> {
        Ok(self.finish_unidentified()?.identified())
    }

    /// As [`finish`](Self::finish), with the new half of `/ID` still to be written: for what digests the whole file anyway.
    pub(crate) fn finish_unidentified(mut self) -> Result<Unidentified, UpdateError> {
        if self.trailer.contains_key(b"AuthCode".as_slice()) {
            return Err(UpdateError::AuthenticationCode);
        }
        // Heads, rows and the trailer are less than this much for each object; encryption adds a little more.
        let texts = self.objects.values().map(|body| body.text().len());
        let mut bytes = Vec::with_capacity(texts.map(|text| text.saturating_add(64)).sum::<usize>() + 512);
        if !self.ends_with_line {
            bytes.push(b'\n');
        }
        let mut offsets = BTreeMap::new();
        let mut kept = BTreeMap::new();
        let mut rows: Vec<(u32, Entry)> = Vec::new();
        for (id, body) in &self.objects {
            let expected = self.old.get(&id.number).copied().unwrap_or(0);
            // A number freed with generation 65535 is used up (7.5.4).
            if id.number == 0 || id.generation != expected || expected == u16::MAX {
                return Err(UpdateError::BadReference { id: *id });
            }
            rows.push((id.number, self.row(bytes.len(), id.generation)?));
            let (text, parts) = match &self.encryption {
                Some(encryption) => {
                    let encrypted = encryption.encrypt(*id, body);
                    let (text, parts) = encrypted.ok_or(UpdateError::NotEncryptable { id: *id })?;
                    (Cow::Owned(text), Cow::Owned(parts))
                }
                None => (Cow::Borrowed(body.text()), Cow::Borrowed(body.kept_ranges())),
            };
            let start = write_object(&mut bytes, *id, &text);
            let start = self.length.checked_add(start).ok_or(UpdateError::TooLarge)?;
            offsets.insert(*id, start);
            if !parts.is_empty() {
                let shifted =
                    |part: &Range<usize>| start.saturating_add(part.start)..start.saturating_add(part.end);
                kept.insert(*id, parts.iter().map(shifted).collect());
            }
        }
        let section = bytes.len();
        let at = self.written(section)?;
        let own = match self.style {
            Style::Stream => {
                let id = self.allocate();
                rows.push((id.number, self.row(bytes.len(), 0)?));
                Some(id.number)
            }
            Style::Table | Style::Hybrid => None,
        };
        if self.next == u32::MAX {
            return Err(UpdateError::TooLarge);
        }
        let trailer = self.trailer_entries();
        let identifiers = match own {
            Some(id) => write_stream(&mut bytes, id, &rows, &trailer, at),
            None => write_table(&mut bytes, &rows, &trailer, at),
        }
        .ok_or(UpdateError::TooLarge)?;
        Ok(Unidentified {
            appended: Appended { bytes, offsets, kept },
            identifiers,
            at,
            section,
        })
    }

    /// What the section says of an object `at` bytes into the appended part.
    fn row(&self, at: usize, generation: u16) -> Result<Entry, UpdateError> {
        let offset = usize::try_from(self.written(at)?).map_err(|_| UpdateError::TooLarge)?;
        Ok(Entry::Offset { offset, generation })
    }

    /// The offset to write for what stands `at` bytes into the appended part.
    fn written(&self, at: usize) -> Result<u64, UpdateError> {
        let absolute = self.length.checked_add(at).and_then(|o| o.checked_sub(self.base));
        absolute
            .and_then(|o| u64::try_from(o).ok())
            .ok_or(UpdateError::TooLarge)
    }

    /// The entries; kept of them are the digits that the identifier is to be written to.
    fn trailer_entries(&self) -> Trailer<'_> {
        let mut all: Trailer<'_> = self
            .trailer
            .iter()
            .map(|(key, raw)| (key.as_slice(), Body::from(raw)))
            .collect();
        all.insert(b"Size", Body::from(&self.next.to_string()));
        all.insert(b"Prev", Body::from(&self.previous.to_string()));
        let hole = || Body::kept([b'0'; 2 * IDENTIFIER]);
        let mut id = Body::from(b"[<");
        match &self.first_identifier {
            Some(first) => {
                let mut digits = vec![b'0'; 2 * first.len()];
                put_hex(&mut digits, first);
                id.push(digits);
            }
            None => {
                id.push(hole());
            }
        }
        id.push(b"><").push(hole()).push(b">]");
        all.insert(b"ID", id);
        all
    }
}

/// What an [`Update`] appends, but for the new half of `/ID`.
pub(crate) struct Unidentified {
    pub(crate) appended: Appended,
    /// Where in the bytes the hexadecimal digits of [`IDENTIFIER`] bytes go: all zero, and the same bytes everywhere.
    pub(crate) identifiers: Vec<Range<usize>>,
    /// Where the section stands, as written.
    at: u64,
    /// Where in the bytes it begins.
    section: usize,
}

impl Unidentified {
    /// With an identifier of what was appended, and where.
    pub(crate) fn identified(mut self) -> Appended {
        // The new half of /ID follows from the content alone.
        let mut hasher = Hasher::new(DigestAlgorithm::Sha256);
        hasher.update(&self.at.to_be_bytes());
        hasher.update(self.appended.bytes.get(..self.section).unwrap_or_default());
        let digest = hasher.finish();
        for place in self.identifiers {
            if let Some(digits) = self.appended.bytes.get_mut(place) {
                put_hex(digits, &digest);
            }
        }
        self.appended
    }
}

/// Length of the identifier in bytes.
pub(crate) const IDENTIFIER: usize = 16;

/// What [`stream_body`] puts before its entries, in bytes.
pub(super) const STREAM_HEAD: usize = 2;

/// The body of a stream object: `entries` (PDF syntax, without `/Length` and `/Filter`), then `data`, compressed with
/// FlateDecode if `compress`.
#[must_use]
pub fn stream_body(entries: &[u8], data: &[u8], compress: bool) -> Vec<u8> {
    let packed = compress.then(|| flate::deflate(data));
    let data = packed.as_deref().unwrap_or(data);
    let mut body = b"<<".to_vec();
    body.extend_from_slice(entries);
    if compress {
        body.extend_from_slice(b"/Filter/FlateDecode");
    }
    body.extend(format!("/Length {}>>\nstream\n", data.len()).bytes());
    body.extend_from_slice(data);
    body.extend_from_slice(b"\nendstream");
    body
}

/// Appends `<...>` in upper case.
pub fn write_hex(output: &mut Vec<u8>, bytes: &[u8]) {
    output.push(b'<');
    let start = output.len();
    output.resize(start.saturating_add(bytes.len().saturating_mul(2)), b'0');
    put_hex(output.get_mut(start..).unwrap_or_default(), bytes);
    output.push(b'>');
}

/// Writes `bytes` in upper case over `digits`, as far as these go.
pub(crate) fn put_hex(digits: &mut [u8], bytes: &[u8]) {
    let digit = |nibble: u8| nibble + if nibble < 10 { b'0' } else { b'A' - 10 };
    let (pairs, _) = digits.as_chunks_mut::<2>();
    for (pair, byte) in pairs.iter_mut().zip(bytes) {
        *pair = [digit(byte >> 4), digit(byte & 15)];
    }
}
