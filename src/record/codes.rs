//! Codes with check characters: unified social credit code, citizen number, certificate type code.

use core::fmt;
use core::str::FromStr;

use crate::time::Date;

/// A unified social credit code (统一社会信用代码, GB 32100-2015): 18 characters, the last of them a check character.
///
/// Says that the code is well formed, not that such a body exists.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct UnifiedCode(String);

/// A citizen identity number (公民身份号码, GB 11643-1999): 17 digits and a check character, with a real birth date.
///
/// Has no `Display`: it is personal data; [`as_str`](Self::as_str) says so in the open. The area code is not looked up.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct CitizenNumber(String);

/// A certificate type code (证照类型代码, GB/T 36904): the unified code of the body that defines the type and 3 digits.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct TypeCode(String);

/// Why a text is not such a code.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum CodeError {
    /// A character outside the code's alphabet, at this position from 0.
    Alphabet(usize),
    /// The birth date in the code is not a day of the calendar.
    BirthDate,
    /// The check character is wrong.
    Check {
        /// The character that stands there.
        found: char,
        /// The character computed from the rest.
        expected: char,
    },
    /// Another number of characters than `expected`.
    Length {
        /// Characters it must have, or may have at most.
        expected: usize,
    },
}

impl fmt::Display for CodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Alphabet(at) => write!(f, "character {at} is not one of the code's alphabet"),
            Self::BirthDate => f.write_str("the birth date in the code is not a day of the calendar"),
            Self::Check { found, expected } => write!(f, "check character is {found}, expected {expected}"),
            Self::Length { expected } => write!(f, "not {expected} characters long"),
        }
    }
}

impl core::error::Error for CodeError {}

/// GB 32100-2015, table 1: no I, O, S, V, Z.
const UNIFIED_ALPHABET: &[u8; 31] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";
/// GB 32100-2015, clause 5: 3^(i-1) mod 31.
const UNIFIED_WEIGHTS: [u32; 17] = [1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28];
/// GB 11643-1999, clause 4: 2^(18-i) mod 11.
const CITIZEN_WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
/// GB 11643-1999, table 2, by the weighted sum mod 11.
const CITIZEN_CHECKS: &[u8; 11] = b"10X98765432";

impl UnifiedCode {
    /// The 18 characters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for UnifiedCode {
    type Err = CodeError;

    fn from_str(text: &str) -> Result<Self, CodeError> {
        let expected = weighted(text, &UNIFIED_WEIGHTS, |byte| {
            UNIFIED_ALPHABET.iter().position(|c| *c == byte)
        })?;
        let check = UNIFIED_ALPHABET.get(index((31 - expected % 31) % 31));
        checked(text, check).map(Self)
    }
}

impl fmt::Display for UnifiedCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl CitizenNumber {
    /// The 18 characters. Personal data.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for CitizenNumber {
    type Err = CodeError;

    fn from_str(text: &str) -> Result<Self, CodeError> {
        let sum = weighted(text, &CITIZEN_WEIGHTS, |byte| {
            byte.is_ascii_digit().then(|| usize::from(byte - b'0'))
        })?;
        let number = |from: usize, to: usize| text.get(from..to).and_then(|t| t.parse::<u16>().ok());
        let part = |from: usize| number(from, from + 2).and_then(|n| u8::try_from(n).ok());
        match (number(6, 10), part(10), part(12)) {
            (Some(year), Some(month), Some(day)) => {
                Date::new(year, month, day).map_err(|_| CodeError::BirthDate)?
            }
            _ => return Err(CodeError::BirthDate),
        };
        checked(text, CITIZEN_CHECKS.get(index(sum % 11))).map(Self)
    }
}

impl TypeCode {
    /// The 21 characters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for TypeCode {
    type Err = CodeError;

    fn from_str(text: &str) -> Result<Self, CodeError> {
        ascii(text, 21)?;
        let (body, digits) = text.split_at_checked(18).ok_or(CodeError::Alphabet(17))?;
        body.parse::<UnifiedCode>()?;
        match digits.bytes().position(|byte| !byte.is_ascii_digit()) {
            Some(at) => Err(CodeError::Alphabet(18 + at)),
            None => Ok(Self(text.to_owned())),
        }
    }
}

impl fmt::Display for TypeCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// `code` with its middle replaced by `*`, as long as before: a quarter of the characters stays at each end, at most 3 in
/// front and 4 behind. A citizen number shows 3 + 4 of 18, so neither the area nor the birth date.
///
/// Masking protects a display, not a secret: the check character and the rest narrow the hidden part down.
#[must_use]
pub fn mask(code: &str) -> String {
    let length = code.chars().count();
    let (front, back) = ((length / 4).min(3), (length / 4).min(4));
    code.chars()
        .enumerate()
        .map(|(at, c)| if at < front || at >= length - back { c } else { '*' })
        .collect()
}

/// A holder's code as a person types it, in the form that records have: without white space, half-width, the letters of citizen
/// numbers and unified codes as capitals.
pub(crate) fn typed(code_type: &str, code: &str) -> String {
    let half = |c: char| match c {
        // Full-width forms of ASCII (Unicode, block FF00): what Chinese input methods type.
        '\u{FF01}'..='\u{FF5E}' => u32::from(c)
            .checked_sub(0xFEE0)
            .and_then(char::from_u32)
            .unwrap_or(c),
        c => c,
    };
    let plain: String = code.chars().filter(|c| !c.is_whitespace()).map(half).collect();
    match code_type {
        "001" | "111" => plain.to_ascii_uppercase(),
        _ => plain,
    }
}

/// Whether `text` is what [`mask`] makes of a code: ASCII letters and digits at the ends it keeps, `*` between.
pub(crate) fn is_masked(text: &str) -> bool {
    let length = text.len();
    let (front, back) = ((length / 4).min(3), (length / 4).min(4));
    let fits = |(at, b): (usize, u8)| match at < front || at >= length.saturating_sub(back) {
        true => b.is_ascii_alphanumeric(),
        false => b == b'*',
    };
    (1..=super::HOLDER_CODE_CHARACTERS).contains(&length) && text.bytes().enumerate().all(fits)
}

/// Refuses `text` unless it is `expected` ASCII characters.
fn ascii(text: &str, expected: usize) -> Result<(), CodeError> {
    match text.chars().position(|c| !c.is_ascii()) {
        _ if text.chars().count() != expected => Err(CodeError::Length { expected }),
        Some(at) => Err(CodeError::Alphabet(at)),
        None => Ok(()),
    }
}

/// The weighted sum over the first 17 of 18 characters.
fn weighted(text: &str, weights: &[u32; 17], value: impl Fn(u8) -> Option<usize>) -> Result<u32, CodeError> {
    ascii(text, 18)?;
    let mut sum = 0u32;
    for (at, (byte, weight)) in text.bytes().zip(weights).enumerate() {
        let value = value(byte)
            .and_then(|v| u32::try_from(v).ok())
            .ok_or(CodeError::Alphabet(at))?;
        sum = sum.saturating_add(value.saturating_mul(*weight));
    }
    Ok(sum)
}

/// `text` if its last character is `expected`.
fn checked(text: &str, expected: Option<&u8>) -> Result<String, CodeError> {
    let expected = expected.copied().map(char::from).ok_or(CodeError::Alphabet(17))?;
    match text.chars().next_back() {
        Some(found) if found == expected => Ok(text.to_owned()),
        Some(found) if found.is_ascii_alphanumeric() => Err(CodeError::Check { found, expected }),
        _ => Err(CodeError::Alphabet(17)),
    }
}

fn index(n: u32) -> usize {
    usize::try_from(n).unwrap_or(usize::MAX)
}

macro_rules! serde_as_text {
    ($($type:ty),*) => {$(
        impl serde::Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> serde::Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
            }
        }
    )*};
}

pub(crate) use serde_as_text;

serde_as_text!(UnifiedCode, TypeCode);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn real_unified_codes_are_right() {
        // Public codes of ministries and bodies, as they stand in published identifiers.
        for code in [
            "11100000000013338W",
            "11100000MB03271699",
            "11330105002500287C",
            "11430000006122244L",
            "11220000013544541J",
            "11100000000013661B",
        ] {
            assert_eq!(
                code.parse::<UnifiedCode>().map(|c| c.to_string()),
                Ok(code.to_owned())
            );
            // Any single other digit is caught: the weights are prime to 31.
            for at in 0..17 {
                let mut other = code.as_bytes().to_vec();
                other[at] = if other[at] == b'0' { b'1' } else { b'0' };
                let other = String::from_utf8(other).unwrap();
                assert!(
                    matches!(other.parse::<UnifiedCode>(), Err(CodeError::Check { .. })),
                    "{other}"
                );
            }
        }
    }

    #[test]
    fn citizen_number_needs_a_real_day_and_the_right_check() {
        // GB 11643-1999, clause 4, example.
        assert!("11010519491231002X".parse::<CitizenNumber>().is_ok());
        let error = |text: &str| text.parse::<CitizenNumber>().unwrap_err();
        assert_eq!(
            error("11010519491231002x"),
            CodeError::Check {
                found: 'x',
                expected: 'X'
            }
        );
        assert_eq!(
            error("110105194912310021"),
            CodeError::Check {
                found: '1',
                expected: 'X'
            }
        );
        assert_eq!(error("110105194913310021"), CodeError::BirthDate);
        assert_eq!(error("110105190002290021"), CodeError::BirthDate);
        assert_eq!(error("11010519491231002"), CodeError::Length { expected: 18 });
        assert_eq!(error("1101051949123100A1"), CodeError::Alphabet(16));
        assert_eq!(error("11010519491231００2X"), CodeError::Alphabet(14));
    }

    #[test]
    fn mask_keeps_the_length_and_no_more_than_a_quarter_at_each_end() {
        for (code, masked) in [
            ("11010519491231002X", "110***********002X"),
            ("E12345678", "E1*****78"),
            ("AB12", "A**2"),
            ("AB1", "***"),
            ("", ""),
        ] {
            assert_eq!(mask(code), masked);
        }
    }

    #[test]
    fn typed_codes_are_read_as_records_have_them() {
        assert_eq!(typed("111", " 109900 19880926 402x\n"), "10990019880926402X");
        assert_eq!(
            typed("111", "１０９９００１９８８０９２６４０２Ｘ"),
            "10990019880926402X"
        );
        assert_eq!(typed("414", "e１2 34"), "e1234");
    }

    #[test]
    fn only_what_masking_makes_is_masked() {
        for code in [
            "1",
            "123",
            "1234",
            "E12345678",
            "109900198809264025",
            "12345678901234567890123456789012",
        ] {
            assert!(is_masked(&mask(code)), "{code}");
            assert_eq!(is_masked(code), code.is_empty(), "{code}");
        }
        for text in [
            "",
            "109***********402*",
            "109**********14025",
            "10***********4025",
            "中**************",
        ] {
            assert!(!is_masked(text), "{text}");
        }
    }
}
