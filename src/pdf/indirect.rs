//! An indirect object and where it stands (ISO 32000-2, 7.3.10).

use core::ops::Range;

use super::body::Body;
use super::memory::Held;
use super::object::{Dictionary, Object, Ref};
use super::parser::{Parsed, Value};

/// An indirect object and where it stands.
#[derive(Debug)]
pub struct Indirect<'a> {
    /// Its number and generation.
    pub id: Ref,
    /// Its value.
    pub object: Object,
    /// Where the value stands: bytes from the start of the file, from the first of the value to after its last (for a
    /// stream, after `endstream`). `None` if the object comes from an object stream and has no place of its own.
    ///
    /// The spans of dictionary entries count from `source.start`.
    pub source: Option<Range<usize>>,
    /// From the object number to after `endobj`; `None` if it comes from an object stream.
    pub span: Option<Range<usize>>,
    text: Text<'a>,
    /// Whether its strings stand in the file encrypted under its own key.
    encrypted: bool,
    held: [Held; 2],
}

#[derive(Debug)]
enum Text<'a> {
    File(&'a [u8]),
    /// A copy, so that an object in use does not keep the whole object stream in memory.
    Stream(Box<[u8]>),
}

/// Bytes of memory of an object without its value: itself, its counters, and its place in a cache.
const OWN: usize = size_of::<Indirect<'_>>() + 16 + 2 * 64;

impl<'a> Indirect<'a> {
    /// The object whose value stands in the file as `text`, where its strings may be `encrypted` under its own key.
    pub(super) fn in_file(text: &'a [u8], parsed: Parsed, encrypted: bool) -> Self {
        let own = parsed.held.more(OWN);
        Self {
            id: parsed.id,
            object: parsed.object,
            text: Text::File(text),
            source: Some(parsed.source),
            span: Some(parsed.span),
            encrypted,
            held: [parsed.held, own],
        }
    }

    /// The object `id`, which is `value`, read from the bytes `text` of an object stream.
    pub(super) fn in_stream(id: Ref, value: Value, text: &[u8]) -> Self {
        let own = value.held.more(OWN.saturating_add(text.len()));
        Self {
            id,
            object: value.object,
            text: Text::Stream(text.into()),
            source: None,
            span: None,
            encrypted: false,
            held: [value.held, own],
        }
    }

    /// Bytes of memory it takes.
    pub(super) fn weight(&self) -> usize {
        self.held.iter().map(Held::bytes).sum()
    }
}

impl Indirect<'_> {
    /// The bytes of the value as they stand in the file or in the decoded object stream; none of a stream whose data were
    /// left out when the file was skimmed.
    #[must_use]
    pub fn raw(&self) -> &[u8] {
        match &self.text {
            Text::File(bytes) => bytes,
            Text::Stream(bytes) => bytes,
        }
    }

    /// The value as it stands, to be written again under the same number.
    #[must_use]
    pub fn body(&self) -> Body {
        Body::copied(self.raw(), self.encrypted)
    }

    /// The dictionary, or the stream's dictionary, if the object is one.
    #[must_use]
    pub fn dictionary(&self) -> Option<&Dictionary> {
        self.object.as_dictionary()
    }

    /// Where the value of `key` stands in the file: bytes from its start. `None` if there is no such key, or the
    /// object comes from an object stream.
    #[must_use]
    pub fn value_span(&self, key: &[u8]) -> Option<Range<usize>> {
        let base = self.source.as_ref()?.start;
        let span = &self.dictionary()?.entry(key)?.span;
        Some(base.checked_add(span.start)?..base.checked_add(span.end)?)
    }
}
