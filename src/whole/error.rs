//! Why no code can stand for a whole file.

use core::fmt;

use crate::payload::PayloadError;
use crate::verify::NotRebuilt;

/// Why no code can stand for a whole file. The file is good all the same: give it a code that names it, or a set of codes.
#[non_exhaustive]
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum HideError {
    /// The signature algorithm has no number in codes, or the signature value has another form than the one that is rebuilt.
    Signature,
    /// The code of this file would be drawn in the file itself.
    CodeDrawn,
    /// The file differs from what is rebuilt, from this byte on.
    Differs(usize),
    /// The file does not stand on what the template makes of the record.
    Draft,
    /// The file is rebuilt from the code as it should be, but not with what this program has.
    NotRebuilt(NotRebuilt),
    /// The object cannot be written.
    Payload(PayloadError),
    /// The file has so many pages, more than verifiers rebuild (`Limits::rebuilt_pages`).
    Pages(usize),
    /// The record names so many pictures, whose bytes no code has room for.
    Pictures(usize),
    /// The impression was not placed where the template says.
    Placed,
    /// The impression is a picture, a page, or drawn in measures that are no whole micrometres.
    Seal,
    /// The code would have more modules than version 25-M, the largest that phones read from paper.
    TooLarge {
        /// Bytes beyond what that version carries, packed.
        excess_bytes: usize,
    },
}

impl fmt::Display for HideError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Signature => f.write_str(
                "the seal's signature has no form in whole codes; seal with p-256, p-384, ed25519 or rsa, in der",
            ),
            Self::CodeDrawn => {
                f.write_str("a code is drawn in the sealed file, and no code can hold itself; seal without one")
            }
            Self::Differs(at) => write!(
                f,
                "the sealed file differs from what would be rebuilt, from byte {at} on; seal with the bundled font and no \
                 options that whole codes have no place for"
            ),
            Self::Draft => f.write_str(
                "the sealed file does not stand on what the template makes of the record; give those it was composed from",
            ),
            Self::NotRebuilt(error) => write!(f, "the sealed file is not rebuilt from its code: {error}"),
            Self::Payload(error) => write!(f, "whole code: {error}"),
            Self::Pages(count) => write!(
                f,
                "the file has {count} pages, more than verifiers rebuild; give the file a code that names it, or a set"
            ),
            Self::Pictures(count) => write!(
                f,
                "the record names {count} pictures, which no code has room for; give the file a code that names it, or a set"
            ),
            Self::Placed => f.write_str(
                "the impression was placed by hand; let the template place it, or give the file a code that names it",
            ),
            Self::Seal => f.write_str(
                "the impression is no round seal drawn in whole micrometres; draw it, or give the file a code that names it",
            ),
            Self::TooLarge { excess_bytes } => write!(
                f,
                "the whole code is {excess_bytes} bytes too large for version 25-m; shorten the record, or give the file a \
                 code that names it, or a set"
            ),
        }
    }
}

impl core::error::Error for HideError {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match self {
            Self::NotRebuilt(error) => Some(error),
            Self::Payload(error) => Some(error),
            _ => None,
        }
    }
}
