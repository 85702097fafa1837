//! Contents of the primitive types X.509 and CMS use.

use std::borrow::Cow;

use super::{Asn1Error, Oid, Result, Rules, Tlv, tag};
use crate::error::At;
use crate::time::{Date, Time};

/// A BIT STRING (X.690, clause 8.6).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct BitString<'a> {
    /// The bits, first bit in the highest bit of the first octet.
    pub octets: &'a [u8],
    /// Bits of the last octet that do not count, 0 to 7.
    pub unused: u8,
}

impl<'a> BitString<'a> {
    /// Reads a primitive BIT STRING.
    ///
    /// # Errors
    /// Occurs if the element is another or the count of unused bits is impossible.
    pub fn parse(tlv: &Tlv<'a>) -> Result<Self> {
        match (tlv.tag, tlv.contents) {
            (tag::BIT_STRING, [unused, octets @ ..])
                if *unused < 8 && (*unused == 0 || !octets.is_empty()) =>
            {
                Ok(Self {
                    octets,
                    unused: *unused,
                })
            }
            (tag::BIT_STRING, _) => Err(tlv.error(Asn1Error::Value)),
            _ => Err(tlv.error(Asn1Error::Unexpected)),
        }
    }
}

impl<'a> Tlv<'a> {
    /// This element as an object identifier.
    ///
    /// # Errors
    /// Occurs if it is not a well-formed OBJECT IDENTIFIER.
    pub fn oid(&self) -> Result<Oid<'a>> {
        if self.tag != tag::OID {
            return Err(self.error(Asn1Error::Unexpected));
        }
        Oid::try_from(self.contents).map_err(|_| self.error(Asn1Error::Value))
    }
}

/// The contents octets of an INTEGER, two's complement, as received.
///
/// # Errors
/// Occurs if the element is not an INTEGER or is empty.
pub fn integer_contents<'a>(tlv: &Tlv<'a>) -> Result<&'a [u8]> {
    match (tlv.tag, tlv.contents) {
        (tag::INTEGER, []) => Err(tlv.error(Asn1Error::Value)),
        (tag::INTEGER, contents) => Ok(contents),
        _ => Err(tlv.error(Asn1Error::Unexpected)),
    }
}

/// An INTEGER that is not negative, without its sign octet.
///
/// # Errors
/// Occurs if it is negative, empty, or padded (X.690, clause 8.3.2).
pub fn unsigned_integer<'a>(tlv: &Tlv<'a>) -> Result<&'a [u8]> {
    match integer_contents(tlv)? {
        [0] => Ok(&[0]),
        [0, rest @ ..] if rest.first().is_some_and(|b| b & 0x80 != 0) => Ok(rest),
        contents if contents.first().is_some_and(|b| (1..0x80).contains(b)) => Ok(contents),
        _ => Err(tlv.error(Asn1Error::Value)),
    }
}

/// An INTEGER from 0 to 2^32 - 1.
///
/// # Errors
/// Occurs if it is not one.
pub fn small_integer(tlv: &Tlv<'_>) -> Result<u32> {
    let octets = unsigned_integer(tlv)?;
    if octets.len() > 4 {
        return Err(tlv.error(Asn1Error::Value));
    }
    Ok(octets.iter().fold(0, |sum, octet| (sum << 8) | u32::from(*octet)))
}

/// The contents of an OCTET STRING; a constructed one (BER) has its segments joined.
///
/// `primitive` is its identifier octet: [`tag::OCTET_STRING`], or that of an IMPLICIT tag.
///
/// # Errors
/// Occurs if the element is another, or a segment is not a primitive OCTET STRING: deeper nesting is not
/// met with.
pub fn octet_string<'a>(tlv: &Tlv<'a>, primitive: u8, rules: Rules) -> Result<Cow<'a, [u8]>> {
    if tlv.tag == primitive {
        return Ok(Cow::Borrowed(tlv.contents));
    }
    if tlv.tag != primitive | tag::CONSTRUCTED || rules == Rules::Der {
        return Err(tlv.error(Asn1Error::Unexpected));
    }
    let mut joined = vec![];
    let mut segments = tlv.reader(rules);
    while !segments.is_empty() {
        joined.extend_from_slice(segments.expect(tag::OCTET_STRING)?.contents);
    }
    Ok(Cow::Owned(joined))
}

/// A UTCTime or GeneralizedTime in the forms RFC 5280, clause 4.1.2.5 allows: UTC, with seconds, without
/// fractions.
///
/// Two-digit years count from 1950 to 2049.
///
/// # Errors
/// Occurs if the element is another or the time has another form.
pub fn time(tlv: &Tlv<'_>) -> Result<Time> {
    let fail = || tlv.error(Asn1Error::Value);
    let (year, rest) = match tlv.tag {
        tag::UTC_TIME => {
            let year = pair(tlv, 0)?;
            (if year < 50 { 2000 } else { 1900 } + u16::from(year), 2)
        }
        tag::GENERALIZED_TIME => (u16::from(pair(tlv, 0)?) * 100 + u16::from(pair(tlv, 2)?), 4),
        _ => return Err(tlv.error(Asn1Error::Unexpected)),
    };
    if tlv.contents.get(rest + 10..) != Some(&b"Z"[..]) {
        return Err(fail());
    }
    let date = Date::new(year, pair(tlv, rest)?, pair(tlv, rest + 2)?).map_err(|_| fail())?;
    Time::from_parts(
        date,
        pair(tlv, rest + 4)?,
        pair(tlv, rest + 6)?,
        pair(tlv, rest + 8)?,
    )
    .map_err(|_| fail())
}

/// The two decimal digits at `from`.
fn pair(tlv: &Tlv<'_>, from: usize) -> core::result::Result<u8, At<Asn1Error>> {
    match tlv.contents.get(from..from + 2) {
        Some([tens @ b'0'..=b'9', ones @ b'0'..=b'9']) => Ok((tens - b'0') * 10 + (ones - b'0')),
        _ => Err(tlv.error(Asn1Error::Value)),
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Reader, tlv};
    use super::*;

    fn read(bytes: &[u8]) -> Tlv<'_> {
        Reader::new(bytes, Rules::Ber).read().unwrap()
    }

    fn moment(kind: u8, text: &str) -> Option<String> {
        time(&read(&tlv(kind, &[text.as_bytes()]))).ok().map(Time::to_pdf)
    }

    #[test]
    fn two_digit_years_turn_at_fifty() {
        assert_eq!(
            moment(tag::UTC_TIME, "491231235959Z").unwrap(),
            "D:20491231235959+00'00'"
        );
        assert_eq!(
            moment(tag::UTC_TIME, "500101000000Z").unwrap(),
            "D:19500101000000+00'00'"
        );
        assert_eq!(
            moment(tag::GENERALIZED_TIME, "20500101000000Z").unwrap(),
            "D:20500101000000+00'00'"
        );
    }

    #[test]
    fn time_with_offset_fraction_or_without_seconds() {
        for (kind, text) in [
            (tag::UTC_TIME, "240101000000+0800"),
            (tag::UTC_TIME, "2401010000Z"),
            (tag::UTC_TIME, "241301000000Z"),
            (tag::UTC_TIME, "2401010000 0Z"),
            (tag::GENERALIZED_TIME, "20240101000000.5Z"),
            (tag::GENERALIZED_TIME, "20240101000000"),
            (tag::GENERALIZED_TIME, ""),
        ] {
            assert_eq!(moment(kind, text), None, "{text}");
        }
    }

    #[test]
    fn integer_negative_or_padded() {
        assert_eq!(unsigned_integer(&read(&[2, 2, 0, 0x80])), Ok(&[0x80][..]));
        assert_eq!(small_integer(&read(&[2, 1, 0])), Ok(0));
        for bad in [&[2, 1, 0x80][..], &[2, 2, 0, 1], &[2, 0], &[4, 1, 1]] {
            assert!(unsigned_integer(&read(bad)).is_err(), "{bad:x?}");
        }
        assert!(small_integer(&read(&[2, 5, 1, 0, 0, 0, 0])).is_err());
    }

    #[test]
    fn constructed_octet_string_is_joined_in_ber_only() {
        let bytes = [0x24, 0x80, 4, 1, 1, 4, 2, 2, 3, 0, 0];
        assert_eq!(
            octet_string(&read(&bytes), tag::OCTET_STRING, Rules::Ber)
                .unwrap()
                .as_ref(),
            [1, 2, 3]
        );
        assert!(octet_string(&read(&bytes), tag::OCTET_STRING, Rules::Der).is_err());
        assert!(octet_string(&read(&[0x24, 3, 0x24, 1, 0]), tag::OCTET_STRING, Rules::Ber).is_err());
    }

    #[test]
    fn bit_string_with_impossible_unused_bits() {
        assert!(BitString::parse(&read(&[3, 1, 0])).is_ok());
        for bad in [&[3, 0][..], &[3, 1, 1], &[3, 2, 8, 0]] {
            assert!(BitString::parse(&read(bad)).is_err());
        }
    }
}
