//! What a list says about one body.

use core::fmt;
use core::str::FromStr;

use super::Refusal;
use crate::record::{TypeCode, UnifiedCode};
use crate::time::Time;

/// A body on the list, what it may seal, and with what.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ListedIssuer {
    pub(super) name: String,
    pub(super) code: UnifiedCode,
    pub(super) types: Vec<TypePattern>,
    pub(super) certificates: Vec<ListedCertificate>,
}

/// A certificate on the list, its window, and when it was revoked, if it was.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ListedCertificate {
    pub(super) der: Vec<u8>,
    pub(super) kid: [u8; 8],
    pub(super) from: Time,
    pub(super) until: Time,
    pub(super) revoked: Option<Time>,
}

/// Which certificate types: one type code, or all that start with 1 to 20 characters, written with `*` at the end.
///
/// There is no pattern for everything: a list names the bodies whose types it hands out.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct TypePattern(String);

/// The text is neither a type code nor 1 to 20 characters of one with `*` behind them.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct PatternError;

impl ListedIssuer {
    /// The body's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The body's unified code.
    #[must_use]
    pub fn code(&self) -> &UnifiedCode {
        &self.code
    }

    /// The types it may seal, in rising order.
    #[must_use]
    pub fn types(&self) -> &[TypePattern] {
        &self.types
    }

    /// Its certificates, by rising key identifier.
    #[must_use]
    pub fn certificates(&self) -> &[ListedCertificate] {
        &self.certificates
    }

    /// Whether the body may seal results of this type. What is not listed is not permitted.
    #[must_use]
    pub fn permits(&self, type_code: &TypeCode) -> bool {
        self.types.iter().any(|pattern| pattern.matches(type_code))
    }
}

impl ListedCertificate {
    /// The certificate, DER.
    #[must_use]
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// First 8 bytes of SHA-256 over the DER.
    #[must_use]
    pub fn kid(&self) -> [u8; 8] {
        self.kid
    }

    /// First second at which it may seal.
    #[must_use]
    pub fn from(&self) -> Time {
        self.from
    }

    /// First second at which it may seal no more.
    #[must_use]
    pub fn until(&self) -> Time {
        self.until
    }

    /// First second from which nothing it seals stands, if it was revoked. What it sealed before still does.
    #[must_use]
    pub fn revoked(&self) -> Option<Time> {
        self.revoked
    }

    /// Whether it may seal at `at`. Revocation is reported before the window: it is the graver fact.
    pub(super) fn check(&self, at: Time) -> Result<(), Refusal> {
        if self.revoked.is_some_and(|revoked| at >= revoked) {
            Err(Refusal::Revoked)
        } else if at < self.from || at >= self.until {
            Err(Refusal::OutsideWindow)
        } else {
            Ok(())
        }
    }
}

impl TypePattern {
    /// The text of the pattern.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether `type_code` falls under the pattern.
    #[must_use]
    pub fn matches(&self, type_code: &TypeCode) -> bool {
        match self.0.strip_suffix('*') {
            Some(prefix) => type_code.as_str().starts_with(prefix),
            None => self.0 == type_code.as_str(),
        }
    }
}

impl FromStr for TypePattern {
    type Err = PatternError;

    fn from_str(text: &str) -> Result<Self, PatternError> {
        let fits = match text.strip_suffix('*') {
            Some(prefix) => {
                let character = |b: u8| b.is_ascii_digit() || b.is_ascii_uppercase();
                (1..=20).contains(&prefix.len()) && prefix.bytes().all(character)
            }
            None => text.parse::<TypeCode>().is_ok(),
        };
        fits.then(|| Self(text.to_owned())).ok_or(PatternError)
    }
}

impl fmt::Display for TypePattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for PatternError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("neither a type code nor 1 to 20 characters of one followed by *")
    }
}

impl core::error::Error for PatternError {}

crate::record::serde_as_text!(TypePattern);
