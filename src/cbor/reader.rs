//! Reading CBOR item by item, with bounded depth and number.

use std::collections::BTreeSet;

use minicbor::Decoder;
use minicbor::data::Type;

use super::{CborError, CborErrorKind, Value};
use crate::error::At;
use crate::limits::Limits;

/// Which encodings of a value are read.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Encoding {
    /// The one of RFC 8949, clause 4.2.1.
    Deterministic,
    /// Every well-formed one.
    Any,
}

pub(super) struct Reader<'b> {
    decoder: Decoder<'b>,
    encoding: Encoding,
    items: usize,
}

impl<'b> Reader<'b> {
    pub(super) fn new(bytes: &'b [u8], encoding: Encoding, limits: &Limits) -> Self {
        Self {
            decoder: Decoder::new(bytes),
            encoding,
            items: limits.cbor_items,
        }
    }

    /// The one item that the bytes are.
    pub(super) fn whole(mut self, depth: usize) -> Result<Value, CborError> {
        let value = self.value(depth)?;
        let end = self.decoder.position();
        if end == self.decoder.input().len() {
            Ok(value)
        } else {
            Err(At::new(CborErrorKind::TrailingBytes, end))
        }
    }

    fn value(&mut self, depth: usize) -> Result<Value, CborError> {
        let start = self.decoder.position();
        let fail = |kind| At::new(kind, start);
        self.items = self.items.checked_sub(1).ok_or(fail(CborErrorKind::Items))?;
        let kind = self.decoder.datatype().map_err(|e| complaint(&e, start))?;
        let deeper = || depth.checked_sub(1).ok_or(fail(CborErrorKind::Depth));
        let value = match kind {
            Type::U8 | Type::U16 | Type::U32 | Type::U64 => {
                let n = self.decoder.u64().map_err(|e| complaint(&e, start))?;
                self.shortest(start, 0, n)?;
                Value::Unsigned(n)
            }
            Type::I8 | Type::I16 | Type::I32 | Type::I64 | Type::Int => {
                let n = i128::from(self.decoder.int().map_err(|e| complaint(&e, start))?);
                let n = u64::try_from(-1 - n).map_err(|_| fail(CborErrorKind::Unsupported))?;
                self.shortest(start, 0, n)?;
                Value::Negative(n)
            }
            Type::Bytes => {
                let bytes = self.decoder.bytes().map_err(|e| complaint(&e, start))?;
                self.shortest(start, bytes.len(), bytes.len() as u64)?;
                Value::Bytes(bytes.to_vec())
            }
            Type::String => {
                let text = self.decoder.str().map_err(|e| text_complaint(&e, start))?;
                self.shortest(start, text.len(), text.len() as u64)?;
                Value::Text(text.to_owned())
            }
            Type::Array | Type::ArrayIndef => {
                let inner = deeper()?;
                let length = self.decoder.array().map_err(|e| complaint(&e, start))?;
                let length = self.length(start, length)?;
                // Nothing is reserved: the length is only a claim.
                let mut items = Vec::new();
                while !self.ended(length, items.len())? {
                    items.push(self.value(inner)?);
                }
                Value::Array(items)
            }
            Type::Map | Type::MapIndef => {
                let inner = deeper()?;
                let length = self.decoder.map().map_err(|e| complaint(&e, start))?;
                let length = self.length(start, length)?;
                Value::Map(self.pairs(length, inner)?)
            }
            Type::Tag => {
                let inner = deeper()?;
                let tag = self.decoder.tag().map_err(|e| complaint(&e, start))?.as_u64();
                self.shortest(start, 0, tag)?;
                Value::Tag(tag, Box::new(self.value(inner)?))
            }
            Type::Bool => Value::Bool(self.decoder.bool().map_err(|e| complaint(&e, start))?),
            Type::Null => {
                self.decoder.null().map_err(|e| complaint(&e, start))?;
                Value::Null
            }
            Type::BytesIndef | Type::StringIndef if self.encoding == Encoding::Deterministic => {
                return Err(fail(CborErrorKind::Indefinite));
            }
            Type::BytesIndef => {
                let chunks = self.decoder.bytes_iter().map_err(|e| complaint(&e, start))?;
                let chunks: Result<Vec<&[u8]>, _> = chunks.collect();
                Value::Bytes(chunks.map_err(|e| complaint(&e, start))?.concat())
            }
            Type::StringIndef => {
                let chunks = self.decoder.str_iter().map_err(|e| complaint(&e, start))?;
                let chunks: Result<Vec<&str>, _> = chunks.collect();
                Value::Text(chunks.map_err(|e| text_complaint(&e, start))?.concat())
            }
            Type::Undefined if self.encoding == Encoding::Any => {
                self.decoder.undefined().map_err(|e| complaint(&e, start))?;
                Value::Null
            }
            Type::F16 if self.encoding == Encoding::Any => {
                let bytes = self.decoder.input().get(start..).unwrap_or_default();
                let [_, high, low, ..] = *bytes else {
                    return Err(fail(CborErrorKind::Truncated));
                };
                self.decoder.set_position(start.saturating_add(3));
                Value::Float(half(u16::from_be_bytes([high, low])).to_bits())
            }
            Type::F32 if self.encoding == Encoding::Any => {
                let value = self.decoder.f32().map_err(|e| complaint(&e, start))?;
                Value::Float(f64::from(value).to_bits())
            }
            Type::F64 if self.encoding == Encoding::Any => {
                let value = self.decoder.f64().map_err(|e| complaint(&e, start))?;
                Value::Float(value.to_bits())
            }
            _ => return Err(fail(CborErrorKind::Unsupported)),
        };
        Ok(value)
    }

    /// The length of an array or map whose head was just read; `None` if a break ends it.
    fn length(&self, start: usize, length: Option<u64>) -> Result<Option<u64>, CborError> {
        match length {
            Some(length) => self.shortest(start, 0, length).map(|()| Some(length)),
            None if self.encoding == Encoding::Any => Ok(None),
            None => Err(At::new(CborErrorKind::Indefinite, start)),
        }
    }

    /// Whether an array or map has all its `read` items; takes the break that says so.
    fn ended(&mut self, length: Option<u64>, read: usize) -> Result<bool, CborError> {
        let Some(length) = length else {
            let start = self.decoder.position();
            let is_break = self.decoder.datatype().map_err(|e| complaint(&e, start))? == Type::Break;
            if is_break {
                self.decoder.skip().map_err(|e| complaint(&e, start))?;
            }
            return Ok(is_break);
        };
        Ok(u64::try_from(read).unwrap_or(u64::MAX) >= length)
    }

    fn pairs(&mut self, length: Option<u64>, depth: usize) -> Result<Vec<(Value, Value)>, CborError> {
        let mut pairs = Vec::new();
        let mut previous: &[u8] = &[];
        let mut keys = BTreeSet::new();
        while !self.ended(length, pairs.len())? {
            let start = self.decoder.position();
            let key = self.value(depth)?;
            let encoded = self.decoder.input().get(start..self.decoder.position());
            let encoded = encoded.unwrap_or_default();
            if self.encoding == Encoding::Any {
                // One key may be written in two ways.
                if !keys.insert(key.encode()) {
                    return Err(At::new(CborErrorKind::DuplicateKey, start));
                }
            } else {
                match previous.cmp(encoded) {
                    core::cmp::Ordering::Less => previous = encoded,
                    core::cmp::Ordering::Equal => return Err(At::new(CborErrorKind::DuplicateKey, start)),
                    core::cmp::Ordering::Greater => return Err(At::new(CborErrorKind::KeyOrder, start)),
                }
            }
            pairs.push((key, self.value(depth)?));
        }
        Ok(pairs)
    }

    /// Refuses a head that is longer than `argument` needs. `contents` bytes of what was read are not head.
    fn shortest(&self, start: usize, contents: usize, argument: u64) -> Result<(), CborError> {
        let needed = match argument {
            0..=23 => 1,
            24..=0xff => 2,
            0x100..=0xffff => 3,
            0x1_0000..=0xffff_ffff => 5,
            _ => 9,
        };
        let is_shortest = self.decoder.position().saturating_sub(start) == contents.saturating_add(needed);
        if is_shortest || self.encoding == Encoding::Any {
            Ok(())
        } else {
            Err(At::new(CborErrorKind::NotShortest, start))
        }
    }
}

/// A half-precision number (RFC 8949, appendix D). Every one is a double exactly.
fn half(bits: u16) -> f64 {
    let (exponent, mantissa) = (bits >> 10 & 0x1f, f64::from(bits & 0x3ff));
    let size = match exponent {
        0 => mantissa * 2_f64.powi(-24),
        31 if mantissa == 0.0 => f64::INFINITY,
        31 => f64::NAN,
        _ => (mantissa + 1024.0) * 2_f64.powi(i32::from(exponent) - 25),
    };
    if bits >> 15 == 1 { -size } else { size }
}

fn complaint(error: &minicbor::decode::Error, start: usize) -> CborError {
    let kind = if error.is_end_of_input() {
        CborErrorKind::Truncated
    } else {
        CborErrorKind::Unsupported
    };
    At::new(kind, start)
}

/// A text whose bytes are all there can only be wrong in its UTF-8.
fn text_complaint(error: &minicbor::decode::Error, start: usize) -> CborError {
    let complaint = complaint(error, start);
    match complaint.kind {
        CborErrorKind::Unsupported => At::new(CborErrorKind::Utf8, start),
        _ => complaint,
    }
}
