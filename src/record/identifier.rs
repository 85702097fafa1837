//! The certificate identifier of GB/T 36904 and its check character.

use core::fmt;
use core::str::FromStr;

use super::codes::{CodeError, TypeCode, UnifiedCode};

/// A certificate identifier (证照标识, GB/T 36904-2018):
/// `1.2.156.3005.2.<type 21>.<issuer>.<serial>.<version 3>.<check>`.
///
/// The check character is ISO/IEC 7064 MOD 37,36 over type, issuer, serial and version without dots. The issuer is a
/// unified code here; identifiers with an area code in that place exist in the field and are not ours to issue.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Identifier {
    text: String,
    type_code: TypeCode,
    issuer: UnifiedCode,
    /// Where the serial ends in `text`; it starts at `SERIAL`.
    serial_end: usize,
}

/// Why a text is not a certificate identifier.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum IdentifierError {
    /// The check character is wrong.
    Check {
        /// The character that stands there.
        found: char,
        /// The character computed from the rest.
        expected: char,
    },
    /// The issuer part is not a unified code.
    Issuer(CodeError),
    /// Not five parts separated by dots after the root.
    Parts,
    /// Does not start with `1.2.156.3005.2.`.
    Root,
    /// The serial is not 1 to 32 digits and capital letters.
    Serial,
    /// The type part is not a certificate type code.
    Type(CodeError),
    /// The version is not 3 digits from 001.
    Version,
}

impl fmt::Display for IdentifierError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Check { found, expected } => write!(f, "check character is {found}, expected {expected}"),
            Self::Issuer(error) => write!(f, "issuer part: {error}"),
            Self::Parts => f.write_str("not five parts separated by dots after 1.2.156.3005.2"),
            Self::Root => f.write_str("does not start with 1.2.156.3005.2."),
            Self::Serial => f.write_str("serial is not 1 to 32 digits and capital letters"),
            Self::Type(error) => write!(f, "type part: {error}"),
            Self::Version => f.write_str("version is not 3 digits from 001"),
        }
    }
}

impl core::error::Error for IdentifierError {}

/// The root of all certificate identifiers.
const ROOT: &str = "1.2.156.3005.2.";
/// Where the serial starts: root, type and its dot, issuer and its dot.
const SERIAL: usize = ROOT.len() + 22 + 19;
const SERIAL_CHARACTERS: usize = 32;
const ALPHABET: &[u8; 36] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";

impl Identifier {
    /// The identifier of version `version` of certificate `serial`, with its check character computed.
    ///
    /// # Errors
    /// Occurs if the serial is not 1 to 32 digits and capital letters, or the version is not 1 to 999.
    pub fn compose(
        type_code: &TypeCode,
        issuer: &UnifiedCode,
        serial: &str,
        version: u16,
    ) -> Result<Self, IdentifierError> {
        check_serial(serial)?;
        if !(1..=999).contains(&version) {
            return Err(IdentifierError::Version);
        }
        let body = format!("{type_code}.{issuer}.{serial}.{version:03}");
        let check = check_character(&body).ok_or(IdentifierError::Serial)?;
        Ok(Self {
            text: format!("{ROOT}{body}.{check}"),
            type_code: type_code.clone(),
            issuer: issuer.clone(),
            serial_end: SERIAL + serial.len(),
        })
    }

    /// The whole identifier, root and dots included.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The certificate type (证照类型代码).
    #[must_use]
    pub fn type_code(&self) -> &TypeCode {
        &self.type_code
    }

    /// The issuing body (颁发机构代码).
    #[must_use]
    pub fn issuer_code(&self) -> &UnifiedCode {
        &self.issuer
    }

    /// The serial (流水号).
    #[must_use]
    pub fn serial(&self) -> &str {
        self.text.get(SERIAL..self.serial_end).unwrap_or_default()
    }

    /// The version (版本号): three digits, `001` first.
    #[must_use]
    pub fn version(&self) -> &str {
        let start = self.serial_end + 1;
        self.text.get(start..start + 3).unwrap_or_default()
    }
}

impl FromStr for Identifier {
    type Err = IdentifierError;

    fn from_str(text: &str) -> Result<Self, IdentifierError> {
        let rest = text.strip_prefix(ROOT).ok_or(IdentifierError::Root)?;
        let parts: Vec<&str> = rest.splitn(6, '.').collect();
        let &[type_code, issuer, serial, version, check] = parts.as_slice() else {
            return Err(IdentifierError::Parts);
        };
        let type_code: TypeCode = type_code.parse().map_err(IdentifierError::Type)?;
        let issuer: UnifiedCode = issuer.parse().map_err(IdentifierError::Issuer)?;
        if version.len() != 3 || !version.bytes().all(|b| b.is_ascii_digit()) {
            return Err(IdentifierError::Version);
        }
        let version = version.parse().map_err(|_| IdentifierError::Version)?;
        let made = Self::compose(&type_code, &issuer, serial, version)?;
        let expected = made.text.chars().next_back().ok_or(IdentifierError::Parts)?;
        let mut characters = check.chars();
        match (characters.next(), characters.next()) {
            (Some(found), None) if found == expected => Ok(made),
            (Some(found), None) => Err(IdentifierError::Check { found, expected }),
            _ => Err(IdentifierError::Parts),
        }
    }
}

impl fmt::Display for Identifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

fn check_serial(serial: &str) -> Result<(), IdentifierError> {
    let fits = (1..=SERIAL_CHARACTERS).contains(&serial.len());
    if fits && serial.bytes().all(|b| ALPHABET.contains(&b)) {
        Ok(())
    } else {
        Err(IdentifierError::Serial)
    }
}

/// ISO/IEC 7064, hybrid system MOD 37,36, over the digits and capital letters of `body`; dots are passed over.
fn check_character(body: &str) -> Option<char> {
    let mut product = 36;
    for byte in body.bytes().filter(|b| *b != b'.') {
        let value = ALPHABET.iter().position(|c| *c == byte)?;
        let sum = match (product + value) % 36 {
            0 => 36,
            sum => sum,
        };
        product = sum * 2 % 37;
    }
    ALPHABET.get((37 - product) % 36).copied().map(char::from)
}

super::codes::serde_as_text!(Identifier);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn published_identifiers_have_the_check_character_we_compute() {
        for text in [
            "1.2.156.3005.2.11100000000013338W009.11330105002500287C.2025052201.002.0",
            "1.2.156.3005.2.11100000000013338W011.11430000006122244L.20230000403.001.U",
            "1.2.156.3005.2.11100000000013338W032.11220000013544541J.2430599.001.F",
        ] {
            let identifier: Identifier = text.parse().unwrap();
            assert_eq!(identifier.as_str(), text);
            let version = identifier.version().parse().unwrap();
            let again = Identifier::compose(
                identifier.type_code(),
                identifier.issuer_code(),
                identifier.serial(),
                version,
            );
            assert_eq!(again, Ok(identifier));
        }
        // Published too, but with an area code in the issuer's place: only the check character can be compared.
        let body = "11100000MB03271699022.340100.000000016.001";
        assert_eq!(check_character(body), Some('9'));
    }

    #[test]
    fn one_wrong_character_or_a_swap_is_caught() {
        let text = "1.2.156.3005.2.11100000000013338W009.11330105002500287C.2025052201.002.0";
        let bytes = text.as_bytes();
        for at in ROOT.len()..bytes.len() {
            for byte in *ALPHABET {
                if byte != bytes[at] && bytes[at] != b'.' {
                    let mut other = bytes.to_vec();
                    other[at] = byte;
                    let other = String::from_utf8(other).unwrap();
                    assert!(other.parse::<Identifier>().is_err(), "{other}");
                }
            }
        }
        let swapped = text.replace("2025052201", "2025052210");
        assert!(matches!(
            swapped.parse::<Identifier>(),
            Err(IdentifierError::Check { .. })
        ));
    }
}
