//! ASN.1 encodings (ITU-T X.690): a walker over received bytes that keeps every range, and a small DER
//! writer.
//!
//! The walker copies nothing: signatures are checked over the bytes received, never over a re-encoding.
//! DER is the rule; [`Rules::Ber`] exists because one CMS in eleven found in real PDF files uses
//! indefinite lengths.

mod ecdsa;
mod oid;
mod value;
mod write;

use core::fmt;

pub use ecdsa::{ecdsa_der_to_fixed, ecdsa_fixed_to_der};
pub use oid::{Oid, UnknownOid};
pub use value::{BitString, integer_contents, octet_string, small_integer, time, unsigned_integer};
pub(crate) use write::Part;
pub use write::{oid_tlv, set_of, tlv, unsigned};

use crate::error::At;
use crate::limits::Limits;

/// Identifier octets used by X.509 and CMS (X.690, clause 8.1.2). Tag numbers above 30 do not occur there.
#[allow(missing_docs, reason = "the names are those of X.680")]
pub mod tag {
    pub const BOOLEAN: u8 = 0x01;
    pub const INTEGER: u8 = 0x02;
    pub const BIT_STRING: u8 = 0x03;
    pub const OCTET_STRING: u8 = 0x04;
    pub const NULL: u8 = 0x05;
    pub const OID: u8 = 0x06;
    pub const UTC_TIME: u8 = 0x17;
    pub const GENERALIZED_TIME: u8 = 0x18;
    pub const SEQUENCE: u8 = 0x30;
    pub const SET: u8 = 0x31;
    /// The bit that says that the contents are themselves TLVs.
    pub const CONSTRUCTED: u8 = 0x20;
    /// `[0]`, primitive.
    pub const CONTEXT_0: u8 = 0x80;
    /// `[1]`, primitive.
    pub const CONTEXT_1: u8 = 0x81;
    /// `[0]`, constructed.
    pub const CONTEXT_0_CONSTRUCTED: u8 = 0xa0;
    /// `[1]`, constructed.
    pub const CONTEXT_1_CONSTRUCTED: u8 = 0xa1;
    /// `[2]`, constructed.
    pub const CONTEXT_2_CONSTRUCTED: u8 = 0xa2;
    /// `[3]`, constructed.
    pub const CONTEXT_3_CONSTRUCTED: u8 = 0xa3;
    /// `[4]`, constructed.
    pub const CONTEXT_4_CONSTRUCTED: u8 = 0xa4;
}

/// Which encoding rules the input must follow.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Rules {
    /// Definite lengths of any form and indefinite lengths (X.690, clause 8.1.3).
    Ber,
    /// Definite lengths in their shortest form only (X.690, clause 10.1).
    Der,
}

/// What is wrong with an encoding.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Asn1Error {
    /// Nesting is deeper than the limit.
    Depth,
    /// A length that DER does not allow: indefinite, or not in its shortest form.
    Length,
    /// A tag number above 30, or end-of-contents octets where none belong.
    Tag,
    /// Octets follow the last element expected.
    Trailing,
    /// The element reaches beyond its surroundings.
    Truncated,
    /// Another element was expected here.
    Unexpected,
    /// The contents are not of the form their type asks for.
    Value,
}

impl fmt::Display for Asn1Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Depth => "ASN.1 nesting is deeper than the limit",
            Self::Length => "ASN.1 length is not DER",
            Self::Tag => "ASN.1 tag is not one used by X.509 or CMS",
            Self::Trailing => "octets follow the last ASN.1 element",
            Self::Truncated => "ASN.1 element reaches beyond its surroundings",
            Self::Unexpected => "another ASN.1 element was expected",
            Self::Value => "ASN.1 contents do not fit their type",
        })
    }
}

/// An [`Asn1Error`] with its place in the input.
pub(crate) type Result<T> = core::result::Result<T, At<Asn1Error>>;

/// One element: tag, length and value, borrowed from the input.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Tlv<'a> {
    /// The identifier octet: class, constructed bit and number.
    pub tag: u8,
    /// Octets of identifier and length together.
    pub header_len: usize,
    /// The value; without the end-of-contents octets of an indefinite length.
    pub contents: &'a [u8],
    /// The whole element as received, with header and any end-of-contents octets.
    pub raw: &'a [u8],
    /// Bytes from the start of the outermost input to the identifier octet.
    pub offset: usize,
    /// Whether the length was given, as DER demands.
    pub definite: bool,
}

impl<'a> Tlv<'a> {
    /// A reader over the elements inside.
    #[must_use]
    pub fn reader(&self, rules: Rules) -> Reader<'a> {
        Reader {
            bytes: self.contents,
            position: 0,
            base: self.offset.saturating_add(self.header_len),
            rules,
        }
    }

    /// The complaint `kind` about this element.
    #[must_use]
    pub fn error(&self, kind: Asn1Error) -> At<Asn1Error> {
        At::new(kind, self.offset)
    }
}

/// Reads elements one after the other.
#[derive(Clone, Debug)]
pub struct Reader<'a> {
    bytes: &'a [u8],
    position: usize,
    base: usize,
    rules: Rules,
}

impl<'a> Reader<'a> {
    /// A reader at the start of `bytes`.
    #[must_use]
    pub fn new(bytes: &'a [u8], rules: Rules) -> Self {
        Self {
            bytes,
            position: 0,
            base: 0,
            rules,
        }
    }

    /// Whether nothing is left.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.position >= self.bytes.len()
    }

    /// Bytes from the start of the outermost input to the next element.
    #[must_use]
    pub fn offset(&self) -> usize {
        self.base.saturating_add(self.position)
    }

    /// What has not been read.
    #[must_use]
    pub fn rest(&self) -> &'a [u8] {
        self.bytes.get(self.position..).unwrap_or_default()
    }

    /// The identifier octet of the next element.
    #[must_use]
    pub fn peek(&self) -> Option<u8> {
        self.bytes.get(self.position).copied()
    }

    /// The next element, whatever it is.
    ///
    /// # Errors
    /// Occurs if nothing is left or the encoding breaks the rules.
    pub fn read(&mut self) -> Result<Tlv<'a>> {
        let fail = |kind| At::new(kind, self.offset());
        let rest = self.rest();
        let header = Header::parse(rest, self.rules).map_err(fail)?;
        let (contents_end, end) = match header.length {
            Some(length) => {
                let end = header
                    .octets
                    .checked_add(length)
                    .ok_or(fail(Asn1Error::Truncated))?;
                (end, end)
            }
            None => indefinite_end(rest, header.octets).map_err(fail)?,
        };
        let (Some(contents), Some(raw)) = (rest.get(header.octets..contents_end), rest.get(..end)) else {
            return Err(fail(Asn1Error::Truncated));
        };
        let tlv = Tlv {
            tag: header.tag,
            header_len: header.octets,
            contents,
            raw,
            offset: self.offset(),
            definite: header.length.is_some(),
        };
        self.position = self.position.saturating_add(end);
        Ok(tlv)
    }

    /// The next element, which must have the identifier octet `tag`.
    ///
    /// # Errors
    /// Occurs if it is missing, has another tag, or breaks the rules.
    pub fn expect(&mut self, tag: u8) -> Result<Tlv<'a>> {
        match self.peek() {
            Some(found) if found == tag => self.read(),
            Some(_) => Err(At::new(Asn1Error::Unexpected, self.offset())),
            None => Err(At::new(Asn1Error::Truncated, self.offset())),
        }
    }

    /// The next element if it has the identifier octet `tag`.
    ///
    /// # Errors
    /// Occurs if it has that tag and breaks the rules.
    pub fn optional(&mut self, tag: u8) -> Result<Option<Tlv<'a>>> {
        if self.peek() == Some(tag) {
            self.read().map(Some)
        } else {
            Ok(None)
        }
    }

    /// Accepts the end.
    ///
    /// # Errors
    /// Occurs if something is left.
    pub fn finish(&self) -> Result<()> {
        if self.is_empty() {
            Ok(())
        } else {
            Err(At::new(Asn1Error::Trailing, self.offset()))
        }
    }
}

/// Refuses `bytes` unless they are exactly one element whose lengths are DER throughout.
///
/// Contents of primitive elements are not looked at.
///
/// # Errors
/// Occurs if a length is indefinite, not shortest or too long, or nesting exceeds [`Limits::depth`].
pub fn check_der(bytes: &[u8], limits: &Limits) -> Result<()> {
    let mut reader = Reader::new(bytes, Rules::Der);
    let mut open = vec![];
    let first = reader.read()?;
    reader.finish()?;
    if first.tag & tag::CONSTRUCTED != 0 {
        open.push(first.reader(Rules::Der));
    }
    while let Some(reader) = open.last_mut() {
        if reader.is_empty() {
            open.pop();
            continue;
        }
        let inner = reader.read()?;
        if inner.tag & tag::CONSTRUCTED != 0 {
            if open.len() >= limits.depth {
                return Err(inner.error(Asn1Error::Depth));
            }
            open.push(inner.reader(Rules::Der));
        }
    }
    Ok(())
}

struct Header {
    tag: u8,
    octets: usize,
    length: Option<usize>,
}

impl Header {
    fn parse(bytes: &[u8], rules: Rules) -> core::result::Result<Self, Asn1Error> {
        let (tag, first, rest) = match bytes {
            [tag, first, rest @ ..] => (*tag, *first, rest),
            _ => return Err(Asn1Error::Truncated),
        };
        // End-of-contents octets are consumed with their element; alone they belong nowhere.
        if tag & 0x1f == 0x1f || tag == 0 {
            return Err(Asn1Error::Tag);
        }
        if first < 0x80 {
            return Ok(Self {
                tag,
                octets: 2,
                length: Some(usize::from(first)),
            });
        }
        if first == 0x80 {
            if rules == Rules::Der || tag & tag::CONSTRUCTED == 0 {
                return Err(Asn1Error::Length);
            }
            return Ok(Self {
                tag,
                octets: 2,
                length: None,
            });
        }
        let count = usize::from(first & 0x7f);
        if count > 8 {
            return Err(Asn1Error::Length);
        }
        let octets = rest.get(..count).ok_or(Asn1Error::Truncated)?;
        let length = octets
            .iter()
            .try_fold(0usize, |sum, octet| {
                sum.checked_mul(256)?.checked_add(usize::from(*octet))
            })
            .ok_or(Asn1Error::Truncated)?;
        if rules == Rules::Der && (length < 0x80 || octets.first() == Some(&0)) {
            return Err(Asn1Error::Length);
        }
        Ok(Self {
            tag,
            octets: count.saturating_add(2),
            length: Some(length),
        })
    }
}

/// Where the contents of an element of indefinite length end, and where the element does.
///
/// Definite elements are skipped by their length, so the work is linear and needs no stack: only the
/// number of open indefinite elements matters.
fn indefinite_end(bytes: &[u8], start: usize) -> core::result::Result<(usize, usize), Asn1Error> {
    let mut open = 1usize;
    let mut position = start;
    loop {
        let rest = bytes.get(position..).ok_or(Asn1Error::Truncated)?;
        let step = if let [0, 0, ..] = rest {
            open = open.saturating_sub(1);
            if open == 0 {
                return Ok((position, position.saturating_add(2)));
            }
            2
        } else {
            let header = Header::parse(rest, Rules::Ber)?;
            match header.length {
                Some(length) => header.octets.checked_add(length).ok_or(Asn1Error::Truncated)?,
                None => {
                    open = open.saturating_add(1);
                    if open > Limits::DEFAULT.depth {
                        return Err(Asn1Error::Depth);
                    }
                    header.octets
                }
            }
        };
        position = position.checked_add(step).ok_or(Asn1Error::Truncated)?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(bytes: &[u8], rules: Rules) -> core::result::Result<usize, Asn1Error> {
        Reader::new(bytes, rules)
            .read()
            .map(|tlv| tlv.contents.len())
            .map_err(|e| e.kind)
    }

    #[test]
    fn indefinite_length_in_der() {
        let bytes = [0x30, 0x80, 0x02, 0x01, 0x05, 0x00, 0x00];
        assert_eq!(one(&bytes, Rules::Der), Err(Asn1Error::Length));
        assert_eq!(one(&bytes, Rules::Ber), Ok(3));
    }

    #[test]
    fn long_length_form_where_the_short_one_fits() {
        let bytes = [0x04, 0x81, 0x01, 0xff];
        assert_eq!(one(&bytes, Rules::Der), Err(Asn1Error::Length));
        assert_eq!(one(&bytes, Rules::Ber), Ok(1));
        let padded: Vec<u8> = [&[0x04, 0x82, 0x00, 0x80][..], &[7; 128]].concat();
        assert_eq!(one(&padded, Rules::Der), Err(Asn1Error::Length));
        assert_eq!(one(&padded, Rules::Ber), Ok(128));
    }

    #[test]
    fn length_beyond_the_input_and_beyond_the_address_space() {
        assert_eq!(one(&[0x04, 0x02, 0x00], Rules::Ber), Err(Asn1Error::Truncated));
        let huge = [0x04, 0x88, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff];
        assert_eq!(one(&huge, Rules::Der), Err(Asn1Error::Truncated));
        let nine = [0x04, 0x89, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0];
        assert_eq!(one(&nine, Rules::Ber), Err(Asn1Error::Length));
    }

    #[test]
    fn indefinite_length_of_a_primitive_element() {
        assert_eq!(one(&[0x04, 0x80, 0x00, 0x00], Rules::Ber), Err(Asn1Error::Length));
    }

    #[test]
    fn nested_indefinite_lengths_end_at_their_own_octets() {
        let bytes = [
            0x30, 0x80, 0x30, 0x80, 0x04, 0x01, 0x00, 0x00, 0x00, 0x00, 0x00, 0xaa,
        ];
        let tlv = Reader::new(&bytes, Rules::Ber).read().unwrap();
        assert_eq!((tlv.contents.len(), tlv.raw.len()), (7, 11));
        assert!(!tlv.definite);
    }

    #[test]
    fn indefinite_bomb_is_refused_by_depth() {
        let bomb = [0x30, 0x80].repeat(100_000);
        assert_eq!(one(&bomb, Rules::Ber), Err(Asn1Error::Depth));
    }

    #[test]
    fn definite_bomb_is_refused_by_depth() {
        let mut bomb = vec![0x04, 0x00];
        for _ in 0..100 {
            bomb = tlv(tag::SEQUENCE, &[&bomb]);
        }
        assert_eq!(
            check_der(&bomb, &Limits::DEFAULT).unwrap_err().kind,
            Asn1Error::Depth
        );
    }

    #[test]
    fn errors_name_the_place_in_the_outer_input() {
        let bytes = [0x30, 0x04, 0x02, 0x01, 0x05, 0x04];
        let outer = Reader::new(&bytes, Rules::Der).read().unwrap();
        let mut inner = outer.reader(Rules::Der);
        inner.expect(tag::INTEGER).unwrap();
        assert_eq!(inner.read().unwrap_err(), At::new(Asn1Error::Truncated, 5));
        assert_eq!(inner.expect(tag::OID).unwrap_err().kind, Asn1Error::Unexpected);
    }
}
