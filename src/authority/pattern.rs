//! What a list permits, in short texts: certificate types and regions, one or all that begin alike.

use core::fmt;
use core::str::FromStr;

use crate::record::{TypeCode, UnifiedCode};

/// Which certificate types: one type code, or all that start with 1 to 20 characters, written with `*` at the end.
///
/// There is no pattern for everything: a list names the bodies whose types it hands out.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct TypePattern(String);

/// Which regions: the first 2, 4 or 6 digits of a code of GB/T 2260, for a province, a prefecture or a county with all in it.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct RegionPattern(String);

/// The text is not such a pattern.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum PatternError {
    /// Not 2, 4 or 6 digits.
    Region,
    /// Neither a type code nor 1 to 20 characters of one with `*` behind them.
    Type,
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

    /// The other patterns under which everything falls that falls under this one, the widest first: at most 20.
    pub(super) fn wider(&self) -> Vec<Self> {
        let own = self.0.trim_end_matches('*');
        let prefixes = (1..own.len()).filter_map(|end| own.get(..end));
        prefixes.map(|prefix| Self(format!("{prefix}*"))).collect()
    }
}

impl RegionPattern {
    /// The text of the pattern.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether the region is the pattern's or lies in it.
    #[must_use]
    pub fn matches(&self, region: &str) -> bool {
        region.len() == REGION_DIGITS && region.starts_with(&self.0)
    }
}

/// Digits of a region's code (GB/T 2260).
const REGION_DIGITS: usize = 6;

/// The region in a body's unified code: that of the authority it is registered with (GB 32100-2015, clause 5, characters 3 to 8).
pub(super) fn region_of(code: &UnifiedCode) -> &str {
    code.as_str().get(2..2 + REGION_DIGITS).unwrap_or_default()
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
        fits.then(|| Self(text.to_owned())).ok_or(PatternError::Type)
    }
}

impl FromStr for RegionPattern {
    type Err = PatternError;

    fn from_str(text: &str) -> Result<Self, PatternError> {
        let fits = matches!(text.len(), 2 | 4 | 6) && text.bytes().all(|b| b.is_ascii_digit());
        fits.then(|| Self(text.to_owned())).ok_or(PatternError::Region)
    }
}

impl fmt::Display for TypePattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for RegionPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for PatternError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Region => "not the first 2, 4 or 6 digits of a region's code",
            Self::Type => "neither a type code nor 1 to 20 characters of one followed by *",
        })
    }
}

impl core::error::Error for PatternError {}

crate::record::serde_as_text!(TypePattern, RegionPattern);
