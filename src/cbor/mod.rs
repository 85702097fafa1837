//! CBOR values in core deterministic encoding (RFC 8949, clause 4.2.1): one value has one encoding, and nothing else is read.
//!
//! Two readers that agree on the bytes agree on the value, which is what a signature needs. Floats, `undefined` and
//! indefinite lengths have no place in our formats and are refused. What others made is read more freely, to be looked at
//! ([`Value::decode_foreign`]).

mod reader;

use core::fmt;

use minicbor::Encoder;
use reader::{Encoding, Reader};

use crate::error::At;
use crate::limits::Limits;

/// A CBOR data item. Integers keep the range of major types 0 and 1: `Negative(n)` is `-1 - n`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Value {
    /// Major type 0.
    Unsigned(u64),
    /// Major type 1: the integer `-1 - n`.
    Negative(u64),
    /// Major type 2.
    Bytes(Vec<u8>),
    /// Major type 3, UTF-8.
    Text(String),
    /// Major type 4.
    Array(Vec<Self>),
    /// Major type 5, pairs in the order read or added; encoding sorts them.
    Map(Vec<(Self, Self)>),
    /// Major type 6.
    Tag(u64, Box<Self>),
    /// `false` or `true`.
    Bool(bool),
    /// `null`.
    Null,
    /// The bits of an IEEE 754 double. Only [`decode_foreign`](Self::decode_foreign) reads one.
    Float(u64),
}

/// Why bytes are not one CBOR item in core deterministic encoding.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum CborErrorKind {
    /// Nested deeper than `Limits::depth`.
    Depth,
    /// A map has the same key twice.
    DuplicateKey,
    /// An array, map or string of indefinite length.
    Indefinite,
    /// More items than `Limits::cbor_items`.
    Items,
    /// Map keys are not in bytewise order of their encodings.
    KeyOrder,
    /// An integer, length or tag is not in its shortest form.
    NotShortest,
    /// Bytes follow the item.
    TrailingBytes,
    /// The item ends before its announced length.
    Truncated,
    /// A float, `undefined`, another simple value, or a reserved head.
    Unsupported,
    /// A text string is not UTF-8.
    Utf8,
}

/// A complaint about CBOR, with the byte at which the offending item starts.
pub type CborError = At<CborErrorKind>;

impl fmt::Display for CborErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Depth => "cbor nested too deeply",
            Self::DuplicateKey => "cbor map key given twice",
            Self::Indefinite => "cbor length is indefinite; write definite lengths",
            Self::Items => "too many cbor items",
            Self::KeyOrder => "cbor map keys not in bytewise order",
            Self::NotShortest => "cbor integer, length or tag not in its shortest form",
            Self::TrailingBytes => "bytes after the cbor item",
            Self::Truncated => "cbor item ends too early",
            Self::Unsupported => "cbor float, simple value or reserved head",
            Self::Utf8 => "cbor text is not utf-8",
        })
    }
}

impl Value {
    /// Reads exactly one item in core deterministic encoding from the whole of `bytes`.
    ///
    /// # Errors
    /// Occurs if the bytes are not such an item, something follows it, or a limit (`depth`, `cbor_items`) is passed.
    pub fn decode(bytes: &[u8], limits: &Limits) -> Result<Self, CborError> {
        Reader::new(bytes, Encoding::Deterministic, limits).whole(limits.depth)
    }

    /// Reads exactly one well-formed item of any encoding (RFC 8949, clause 3) from the whole of `bytes`: what another program
    /// made. `undefined` becomes `Null`. A map with one key twice is refused, because two readers may choose differently.
    ///
    /// # Errors
    /// Occurs if the bytes are not such an item, something follows it, or a limit (`depth`, `cbor_items`) is passed.
    pub fn decode_foreign(bytes: &[u8], limits: &Limits) -> Result<Self, CborError> {
        Reader::new(bytes, Encoding::Any, limits).whole(limits.depth)
    }

    /// The core deterministic encoding: shortest heads, definite lengths, map pairs sorted by encoded key.
    ///
    /// A map built with one key twice is written with both, and no reader of ours accepts it.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::new();
        self.write(&mut out);
        out
    }

    /// The integer `n`.
    #[must_use]
    pub fn integer(n: i64) -> Self {
        if n < 0 {
            Self::Negative(n.unsigned_abs() - 1)
        } else {
            Self::Unsigned(n.unsigned_abs())
        }
    }

    /// The text `text`.
    #[must_use]
    pub fn text(text: &str) -> Self {
        Self::Text(text.to_owned())
    }

    /// The integer, if this is one that fits.
    #[must_use]
    pub fn as_integer(&self) -> Option<i64> {
        match self {
            Self::Unsigned(n) => i64::try_from(*n).ok(),
            Self::Negative(n) => i64::try_from(*n).ok().map(|n| -1 - n),
            _ => None,
        }
    }

    /// The bytes, if this is a byte string.
    #[must_use]
    pub fn as_bytes(&self) -> Option<&[u8]> {
        match self {
            Self::Bytes(bytes) => Some(bytes),
            _ => None,
        }
    }

    /// The text, if this is a text string.
    #[must_use]
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The items, if this is an array.
    #[must_use]
    pub fn as_array(&self) -> Option<&[Self]> {
        match self {
            Self::Array(items) => Some(items),
            _ => None,
        }
    }

    /// The pairs, if this is a map.
    #[must_use]
    pub fn as_map(&self) -> Option<&[(Self, Self)]> {
        match self {
            Self::Map(pairs) => Some(pairs),
            _ => None,
        }
    }

    fn write(&self, out: &mut Vec<u8>) {
        match self {
            Self::Unsigned(n) => head(out, |e| e.u64(*n).is_ok()),
            Self::Negative(n) => head(out, |e| {
                minicbor::data::Int::try_from(-1 - i128::from(*n)).is_ok_and(|n| e.int(n).is_ok())
            }),
            Self::Bytes(bytes) => head(out, |e| e.bytes(bytes).is_ok()),
            Self::Text(text) => head(out, |e| e.str(text).is_ok()),
            Self::Array(items) => {
                head(out, |e| e.array(items.len() as u64).is_ok());
                for item in items {
                    item.write(out);
                }
            }
            Self::Map(pairs) => {
                head(out, |e| e.map(pairs.len() as u64).is_ok());
                let mut pairs: Vec<_> = pairs.iter().map(|(key, value)| (key.encode(), value)).collect();
                pairs.sort_by(|a, b| a.0.cmp(&b.0));
                for (key, value) in pairs {
                    out.extend(key);
                    value.write(out);
                }
            }
            Self::Tag(tag, value) => {
                head(out, |e| e.tag(minicbor::data::Tag::new(*tag)).is_ok());
                value.write(out);
            }
            Self::Bool(flag) => head(out, |e| e.bool(*flag).is_ok()),
            Self::Null => head(out, |e| e.null().is_ok()),
            Self::Float(bits) => head(out, |e| e.f64(f64::from_bits(*bits)).is_ok()),
        }
    }
}

/// Appends what `write` encodes. A vector takes every byte, so `write` cannot fail.
fn head(out: &mut Vec<u8>, write: impl FnOnce(&mut Encoder<&mut Vec<u8>>) -> bool) {
    let written = write(&mut Encoder::new(out));
    debug_assert!(written, "a vector takes every byte");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hex(text: &str) -> Vec<u8> {
        let digits: Vec<u8> = text
            .bytes()
            .map(|b| char::from(b).to_digit(16).unwrap() as u8)
            .collect();
        digits.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect()
    }

    fn decode(text: &str) -> Result<Value, CborErrorKind> {
        Value::decode(&hex(text), &Limits::DEFAULT).map_err(|error| error.kind)
    }

    #[test]
    fn examples_of_rfc_8949_appendix_a_come_back() {
        let unsigned = Value::Unsigned;
        let list = |n: u64| Value::Array((1..=n).map(unsigned).collect());
        for (text, value) in [
            ("00", unsigned(0)),
            ("17", unsigned(23)),
            ("1818", unsigned(24)),
            ("1903e8", unsigned(1000)),
            ("1a000f4240", unsigned(1_000_000)),
            ("1bffffffffffffffff", unsigned(u64::MAX)),
            ("20", Value::Negative(0)),
            ("3863", Value::Negative(99)),
            ("3bffffffffffffffff", Value::Negative(u64::MAX)),
            ("f4", Value::Bool(false)),
            ("f5", Value::Bool(true)),
            ("f6", Value::Null),
            ("c11a514b67b0", Value::Tag(1, Box::new(unsigned(1_363_896_240)))),
            ("40", Value::Bytes(vec![])),
            ("4401020304", Value::Bytes(vec![1, 2, 3, 4])),
            ("60", Value::text("")),
            ("62c3bc", Value::text("\u{fc}")),
            ("63e6b0b4", Value::text("\u{6c34}")),
            ("64f0908591", Value::text("\u{10151}")),
            ("80", list(0)),
            ("83010203", list(3)),
            (
                "98190102030405060708090a0b0c0d0e0f101112131415161718181819",
                list(25),
            ),
            ("a0", Value::Map(vec![])),
            (
                "a201020304",
                Value::Map(vec![(unsigned(1), unsigned(2)), (unsigned(3), unsigned(4))]),
            ),
        ] {
            assert_eq!(decode(text).as_ref(), Ok(&value), "{text}");
            assert_eq!(value.encode(), hex(text), "{text}");
        }
    }

    #[test]
    fn other_encodings_of_the_same_value_are_refused() {
        use CborErrorKind as K;
        for (text, kind) in [
            ("", K::Truncated),
            ("18", K::Truncated),
            ("1817", K::NotShortest),
            ("190017", K::NotShortest),
            ("1900ff", K::NotShortest),
            ("1a0000ffff", K::NotShortest),
            ("1b00000000ffffffff", K::NotShortest),
            ("3817", K::NotShortest),
            ("5800", K::NotShortest),
            ("590001ff", K::NotShortest),
            ("7800", K::NotShortest),
            ("9800", K::NotShortest),
            ("b800", K::NotShortest),
            ("d80100", K::NotShortest),
            ("0000", K::TrailingBytes),
            ("8200", K::Truncated),
            ("a1", K::Truncated),
            ("a100", K::Truncated),
            ("5bffffffffffffffff00", K::Truncated),
            ("9bffffffffffffffff", K::Truncated),
            ("bbffffffffffffffff", K::Truncated),
            ("5f4100ff", K::Indefinite),
            ("7f6161ff", K::Indefinite),
            ("9fff", K::Indefinite),
            ("bfff", K::Indefinite),
            ("ff", K::Unsupported),
            ("1c", K::Unsupported),
            ("dc00", K::Unsupported),
            ("f0", K::Unsupported),
            ("f7", K::Unsupported),
            ("f820", K::Unsupported),
            ("f93c00", K::Unsupported),
            ("fa47c35000", K::Unsupported),
            ("fb3ff199999999999a", K::Unsupported),
            ("a201000100", K::DuplicateKey),
            ("a202000100", K::KeyOrder),
            ("a220000100", K::KeyOrder),
            ("61ff", K::Utf8),
            ("63eda080", K::Utf8),
        ] {
            assert_eq!(decode(text), Err(kind), "{text}");
        }
    }

    #[test]
    fn foreign_encodings_are_read_but_never_with_one_key_twice() {
        let foreign =
            |text: &str| Value::decode_foreign(&hex(text), &Limits::DEFAULT).map_err(|error| error.kind);
        let one = || Value::Unsigned(1);
        for (text, value) in [
            ("1817", Value::Unsigned(23)),
            ("9f01ff", Value::Array(vec![one()])),
            ("bf0101ff", Value::Map(vec![(one(), one())])),
            (
                "a202010101",
                Value::Map(vec![(Value::Unsigned(2), one()), (one(), one())]),
            ),
            ("5f41004101ff", Value::Bytes(vec![0, 1])),
            ("7f61616162ff", Value::text("ab")),
            ("f7", Value::Null),
            ("f93c00", Value::Float(1.0_f64.to_bits())),
            ("f9c400", Value::Float((-4.0_f64).to_bits())),
            ("f90001", Value::Float(5.960_464_477_539_063e-8_f64.to_bits())),
            ("f97bff", Value::Float(65504.0_f64.to_bits())),
            ("f97c00", Value::Float(f64::INFINITY.to_bits())),
            ("fa47c35000", Value::Float(100_000.0_f64.to_bits())),
            ("fb3ff199999999999a", Value::Float(1.1_f64.to_bits())),
        ] {
            assert_eq!(foreign(text), Ok(value), "{text}");
        }
        use CborErrorKind as K;
        for (text, kind) in [
            ("a201000100", K::DuplicateKey),
            ("bf01000100ff", K::DuplicateKey),
            ("a2010018", K::Truncated),
            ("9f01", K::Truncated),
            ("f93c", K::Truncated),
            ("5f00ff", K::Unsupported),
            ("5f4100", K::Truncated),
            ("0000", K::TrailingBytes),
            ("ff", K::Unsupported),
            ("f0", K::Unsupported),
        ] {
            assert_eq!(foreign(text), Err(kind), "{text}");
        }
        let deep = [vec![0x9f; 100_000], vec![0xff; 100_000]].concat();
        let error = Value::decode_foreign(&deep, &Limits::DEFAULT).unwrap_err();
        assert_eq!(error.kind, K::Depth);
    }

    #[test]
    fn depth_and_number_of_items_are_limited() {
        let nested = |depth: usize| [vec![0x81; depth], vec![0]].concat();
        let kind = |bytes: &[u8], limits: &Limits| Value::decode(bytes, limits).map_err(|e| e.kind);
        assert!(kind(&nested(64), &Limits::DEFAULT).is_ok());
        assert_eq!(kind(&nested(65), &Limits::DEFAULT), Err(CborErrorKind::Depth));
        assert_eq!(
            kind(&vec![0xc1; 100_000], &Limits::DEFAULT),
            Err(CborErrorKind::Depth)
        );
        let mut few = Limits::DEFAULT;
        few.cbor_items = 4;
        assert!(kind(&hex("83010203"), &few).is_ok());
        assert_eq!(kind(&hex("8401020304"), &few), Err(CborErrorKind::Items));
    }

    #[test]
    fn maps_are_sorted_by_their_encoded_keys() {
        // RFC 8949, 4.2.1, example.
        let keys = ["0a", "1864", "20", "617a", "626161", "811864", "8120", "f4"];
        let pairs = keys.iter().rev().map(|key| (decode(key).unwrap(), Value::Null));
        let encoded = Value::Map(pairs.collect()).encode();
        assert_eq!(
            encoded,
            hex(&format!("a8{}", keys.map(|key| format!("{key}f6")).concat()))
        );
    }

    /// Whatever is read is written as the same bytes (xorshift noise, seed fixed).
    #[test]
    fn what_is_read_has_one_encoding() {
        let mut state = 0x2030_0601_0000_0001_u64;
        let mut read = 0;
        for _ in 0..200_000 {
            let mut bytes = vec![];
            for _ in 0..8 {
                state ^= state << 13;
                state ^= state >> 7;
                state ^= state << 17;
                bytes.push(state.to_le_bytes()[3] & 0xe7);
            }
            for length in 1..=8 {
                if let Ok(value) = Value::decode(&bytes[..length], &Limits::DEFAULT) {
                    assert_eq!(value.encode(), bytes[..length]);
                    read += 1;
                }
            }
        }
        assert!(read > 50_000, "{read} values read");
    }
}
