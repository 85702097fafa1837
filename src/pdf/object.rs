//! Objects of ISO 32000-2, 7.3, with the place of every dictionary entry in the source.

use core::cmp::Ordering;
use core::fmt;
use core::ops::Range;

use super::name::Name;

/// The name of an indirect object (7.3.10).
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Ref {
    /// The object number, from 1.
    pub number: u32,
    /// The generation, 0 unless the number was used before.
    pub generation: u16,
}

impl Ref {
    /// `number generation R`.
    #[must_use]
    pub fn new(number: u32, generation: u16) -> Self {
        Self { number, generation }
    }

    /// The same name for `pdf-writer`, if it is of generation 0 and between 1 and `i32::MAX`, all that crate can write.
    #[must_use]
    pub fn to_writer(self) -> Option<pdf_writer::Ref> {
        let number = i32::try_from(self.number).ok().filter(|n| *n > 0)?;
        (self.generation == 0).then(|| pdf_writer::Ref::new(number))
    }
}

impl fmt::Display for Ref {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} R", self.number, self.generation)
    }
}

/// Any object (7.3). Equality is of values: it ignores spans, spelling of strings and the order of dictionary entries.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Object {
    /// `null`, also what an absent object means (7.3.9).
    #[default]
    Null,
    /// `true` or `false`.
    Boolean(bool),
    /// An integer.
    Integer(i64),
    /// A number with a point, or an integer too large for 64 bits.
    Real(Real),
    /// A literal or hexadecimal string, decoded.
    String(Box<Str>),
    /// A name without its slash, `#xx` decoded.
    Name(Name),
    /// An array.
    Array(Box<[Object]>),
    /// A dictionary.
    Dictionary(Dictionary),
    /// A stream: only ever the value of an indirect object.
    Stream(Box<Stream>),
    /// A reference, not followed.
    Reference(Ref),
}

/// A real number as it is spelled, so that it can be written back as it was (`612.0` stays `612.0`).
#[derive(Clone, Debug)]
pub struct Real(Box<[u8]>);

impl Real {
    /// The number that `text` spells, if it is finite. Whether the spelling is that of 7.3.3 is for the lexer to say.
    pub(super) fn new(text: &[u8]) -> Option<Self> {
        value_of(text)
            .is_some_and(f64::is_finite)
            .then(|| Self(text.into()))
    }

    /// The value.
    #[must_use]
    pub fn value(&self) -> f64 {
        value_of(&self.0).unwrap_or_default()
    }

    /// The digits as they stand in the file.
    #[must_use]
    pub fn text(&self) -> &[u8] {
        &self.0
    }
}

fn value_of(text: &[u8]) -> Option<f64> {
    core::str::from_utf8(text).ok()?.parse().ok()
}

impl PartialEq for Real {
    fn eq(&self, other: &Self) -> bool {
        self.value() == other.value()
    }
}

/// The bytes of a string object (7.3.4).
#[derive(Clone, Debug)]
pub struct Str {
    /// The decoded bytes.
    pub bytes: Vec<u8>,
    /// Whether it is written as `<...>`.
    pub hex: bool,
}

impl PartialEq for Str {
    fn eq(&self, other: &Self) -> bool {
        self.bytes == other.bytes
    }
}

/// A stream (7.3.8): its dictionary and where its data lie.
///
/// Equality compares dictionaries and places. To compare data, take them from [`View::data`](super::View::data).
#[derive(Clone, Debug, PartialEq)]
pub struct Stream {
    /// The stream dictionary.
    pub dictionary: Dictionary,
    /// The encoded data: bytes from the start of the file, `/Length` long.
    pub data: Range<usize>,
}

impl Stream {
    /// The stream that is the value of the object `id`.
    pub(super) fn new(mut dictionary: Dictionary, data: Range<usize>, id: Ref) -> Self {
        // Kept with the dictionary, which is in a box: an object must stay small.
        dictionary.0.holder = Some(id);
        Self { dictionary, data }
    }

    /// The object it is the value of, under whose key its data are encrypted.
    pub(super) fn holder(&self) -> Option<Ref> {
        self.dictionary.0.holder
    }
}

/// One entry of a dictionary.
#[derive(Clone, Debug)]
pub struct DictionaryEntry {
    /// The key without its slash, `#xx` decoded.
    pub key: Name,
    /// Where the key stands, with its slash: bytes from the start of the source of the indirect object.
    pub key_span: Range<usize>,
    /// The value.
    pub value: Object,
    /// Where the value's token or tokens stand: bytes from the start of the source of the indirect object.
    pub span: Range<usize>,
}

/// Bytes of memory a dictionary takes besides its entries.
pub(super) const BODY: usize = size_of::<Body>() + size_of::<Extra>() + 32;

/// A dictionary (7.3.7): entries in the order of the file.
///
/// Spans count from the start of the *indirect object's* value, for nested dictionaries too; for a trailer from the
/// start of the trailer dictionary. A key that occurs twice keeps both entries, [`find`](Self::find) returns the last,
/// and [`duplicates`](Self::duplicates) is not empty.
#[derive(Clone, Debug, Default)]
pub struct Dictionary(Box<Body>);

#[derive(Clone, Debug, Default)]
struct Body {
    entries: Box<[DictionaryEntry]>,
    span: Range<usize>,
    extra: Option<Box<Extra>>,
    encrypted: bool,
    /// The object whose stream this is the dictionary of.
    holder: Option<Ref>,
}

/// What few dictionaries need.
#[derive(Clone, Debug, Default)]
struct Extra {
    /// Positions in `entries` sorted by key, then position. Empty for small dictionaries, which are searched in turn.
    index: Vec<u32>,
    duplicates: Vec<Name>,
}

/// Up to this many entries a dictionary is searched in turn: faster than an index, and most are smaller.
const SMALL: usize = 12;

impl Dictionary {
    /// The dictionary with `entries`, which stands at `span` of its source.
    pub(super) fn new(entries: Vec<DictionaryEntry>, span: Range<usize>) -> Self {
        let mut index = Vec::new();
        let mut duplicates: Vec<Name> = Vec::new();
        if entries.len() <= SMALL {
            for (i, a) in entries.iter().enumerate() {
                if entries.iter().skip(i + 1).any(|b| b.key == a.key) {
                    duplicates.push(a.key.clone());
                }
            }
            duplicates.sort();
            duplicates.dedup();
        } else {
            index = (0..u32::try_from(entries.len()).unwrap_or(u32::MAX)).collect();
            let key = |i: &u32| entries.get(*i as usize).map(|e| &e.key);
            index.sort_by(|a, b| key(a).cmp(&key(b)).then(a.cmp(b)));
            let mut previous = None;
            for i in &index {
                let this = key(i);
                if let (true, Some(same)) = (previous == this && this.is_some(), this)
                    && duplicates.last() != Some(same)
                {
                    duplicates.push(same.clone());
                }
                previous = this;
            }
        }
        let extra =
            (!index.is_empty() || !duplicates.is_empty()).then(|| Box::new(Extra { index, duplicates }));
        Self(Box::new(Body {
            entries: entries.into_boxed_slice(),
            span,
            extra,
            encrypted: false,
            holder: None,
        }))
    }

    /// The entries in the order of the file.
    #[must_use]
    pub fn entries(&self) -> &[DictionaryEntry] {
        &self.0.entries
    }

    /// The value of `key` (without slash), if present. The last one, should there be several.
    #[must_use]
    pub fn find(&self, key: &[u8]) -> Option<&Object> {
        self.entry(key).map(|e| &e.value)
    }

    /// The entry of `key` (without slash), if present. The last one, should there be several.
    #[must_use]
    pub fn entry(&self, key: &[u8]) -> Option<&DictionaryEntry> {
        let body = &*self.0;
        let index = match &body.extra {
            Some(extra) if !extra.index.is_empty() => &extra.index,
            _ => return body.entries.iter().rev().find(|e| e.key == key),
        };
        let end = index.partition_point(|i| {
            let other = body.entries.get(*i as usize).map_or(&[][..], |e| &e.key);
            other.cmp(key) != Ordering::Greater
        });
        let last = index.get(end.checked_sub(1)?)?;
        body.entries.get(*last as usize).filter(|e| e.key == key)
    }

    /// The keys that occur more than once, sorted: readers disagree about which one counts.
    #[must_use]
    pub fn duplicates(&self) -> &[Name] {
        self.0.extra.as_ref().map_or(&[], |extra| &extra.duplicates)
    }

    /// Where the dictionary stands, from `<<` to after `>>`: bytes from the start of the source.
    #[must_use]
    pub fn span(&self) -> Range<usize> {
        self.0.span.clone()
    }

    /// Whether the strings in the source stand there encrypted under the key of this very object: copied into another object
    /// they would be something else.
    #[must_use]
    pub fn is_encrypted(&self) -> bool {
        self.0.encrypted
    }

    pub(super) fn mark_encrypted(&mut self) {
        self.0.encrypted = true;
    }

    /// The entries, to change values in place. Keys and spans stay.
    pub(super) fn entries_mut(&mut self) -> impl Iterator<Item = &mut DictionaryEntry> {
        self.0.entries.iter_mut()
    }

    /// Whether the dictionary's `/Type` (or other `key`) is the name `value`.
    #[must_use]
    pub fn is_name(&self, key: &[u8], value: &[u8]) -> bool {
        self.find(key).and_then(Object::as_name) == Some(value)
    }
}

impl PartialEq for Dictionary {
    fn eq(&self, other: &Self) -> bool {
        let (a, b) = (self.entries(), other.entries());
        if a.len() != b.len() {
            return false;
        }
        if a.iter().zip(b).all(|(a, b)| a.key == b.key) {
            return a.iter().zip(b).all(|(a, b)| a.value == b.value);
        }
        let sorted = |entries: &'_ [DictionaryEntry]| {
            let mut order: Vec<usize> = (0..entries.len()).collect();
            order.sort_by(|x, y| {
                entries
                    .get(*x)
                    .map(|e| &e.key)
                    .cmp(&entries.get(*y).map(|e| &e.key))
            });
            order
        };
        sorted(a)
            .into_iter()
            .zip(sorted(b))
            .all(|(x, y)| match (a.get(x), b.get(y)) {
                (Some(x), Some(y)) => x.key == y.key && x.value == y.value,
                _ => false,
            })
    }
}

impl Object {
    /// The truth value, if it is one.
    #[must_use]
    pub fn as_boolean(&self) -> Option<bool> {
        match self {
            Self::Boolean(value) => Some(*value),
            _ => None,
        }
    }

    /// The integer, if it is one.
    #[must_use]
    pub fn as_integer(&self) -> Option<i64> {
        match self {
            Self::Integer(value) => Some(*value),
            _ => None,
        }
    }

    /// The number, if it is an integer or a real.
    #[must_use]
    pub fn as_number(&self) -> Option<f64> {
        match self {
            #[expect(
                clippy::cast_precision_loss,
                reason = "coordinates far above 2^53 have no meaning on a page"
            )]
            Self::Integer(value) => Some(*value as f64),
            Self::Real(real) => Some(real.value()),
            _ => None,
        }
    }

    /// The string, if it is one.
    #[must_use]
    pub fn as_string(&self) -> Option<&Str> {
        match self {
            Self::String(value) => Some(value),
            _ => None,
        }
    }

    /// The name without its slash, if it is one.
    #[must_use]
    pub fn as_name(&self) -> Option<&[u8]> {
        match self {
            Self::Name(value) => Some(value),
            _ => None,
        }
    }

    /// The items, if it is an array.
    #[must_use]
    pub fn as_array(&self) -> Option<&[Object]> {
        match self {
            Self::Array(items) => Some(items),
            _ => None,
        }
    }

    /// The dictionary, if it is one, or the dictionary of a stream.
    #[must_use]
    pub fn as_dictionary(&self) -> Option<&Dictionary> {
        match self {
            Self::Dictionary(dictionary) => Some(dictionary),
            Self::Stream(stream) => Some(&stream.dictionary),
            _ => None,
        }
    }

    /// The stream, if it is one.
    #[must_use]
    pub fn as_stream(&self) -> Option<&Stream> {
        match self {
            Self::Stream(stream) => Some(stream),
            _ => None,
        }
    }

    /// The reference, if it is one.
    #[must_use]
    pub fn as_reference(&self) -> Option<Ref> {
        match self {
            Self::Reference(id) => Some(*id),
            _ => None,
        }
    }

    /// Whether it is `null`.
    #[must_use]
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(key: &str, value: i64) -> DictionaryEntry {
        DictionaryEntry {
            key: key.as_bytes().into(),
            key_span: 0..0,
            value: Object::Integer(value),
            span: 0..0,
        }
    }

    #[test]
    fn object_stays_small_so_that_arrays_of_digits_do_not_fill_memory() {
        assert_eq!(size_of::<Object>(), 24);
        assert_eq!(size_of::<DictionaryEntry>(), 80);
    }

    #[test]
    fn duplicate_keys_are_known_in_small_and_large_dictionaries_and_the_last_counts() {
        for filler in [0, 40] {
            let mut entries: Vec<_> = (0..filler).map(|i| entry(&format!("k{i}"), i)).collect();
            entries.extend([entry("A", 1), entry("B", 2), entry("A", 3), entry("A", 4)]);
            let dictionary = Dictionary::new(entries, 0..0);
            assert_eq!(dictionary.duplicates(), [b"A"]);
            assert_eq!(dictionary.find(b"A"), Some(&Object::Integer(4)));
            assert_eq!(dictionary.find(b"B"), Some(&Object::Integer(2)));
            assert_eq!(dictionary.find(b"C"), None);
            assert_eq!(dictionary.find(b""), None);
        }
    }

    #[test]
    fn dictionaries_are_equal_whatever_the_order_and_differ_by_one_value() {
        let a = Dictionary::new(vec![entry("A", 1), entry("B", 2)], 0..9);
        let b = Dictionary::new(vec![entry("B", 2), entry("A", 1)], 3..7);
        let c = Dictionary::new(vec![entry("B", 2), entry("A", 2)], 3..7);
        assert_eq!(a, b);
        assert_ne!(a, c);
    }
}
