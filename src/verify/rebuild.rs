//! What the verifier needs of whoever rebuilds files from whole codes: verification does not compose.

use core::fmt;

use crate::payload::Whole;
use crate::pki::Certificate;

/// Makes the sealed file that a whole code stands for (`whole::Rebuilder` does). What it makes is verified like any file: it is
/// not trusted.
pub trait Rebuild: Send + Sync {
    /// The sealed file, byte for byte, made with `certificates`: those that the code names, in its order.
    ///
    /// # Errors
    /// Occurs if something is missing here that the file was made with, or what is made is not the file that the code names.
    fn rebuild(&self, whole: &Whole, certificates: &[Certificate]) -> Result<Vec<u8>, NotRebuilt>;
}

/// Why a file was not rebuilt from its code. None of it says that the code is forged.
#[non_exhaustive]
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum NotRebuilt {
    /// The file was made by engines of other numbers than this program has: for composing, for sealing.
    Engine(u64, u64),
    /// No template at hand has a hash that starts so.
    Template([u8; 16]),
    /// No fonts at hand have a digest that starts so.
    Fonts([u8; 8]),
    /// Template, record and seal do not go together; the value says why.
    Failed(String),
    /// A file was made, and its digest is not the one that the code names.
    Differs,
}

impl fmt::Display for NotRebuilt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Engine(composing, sealing) => write!(
                f,
                "engines {composing} and {sealing} made the file; rebuild it with a version that has them"
            ),
            Self::Template(hash) => write!(f, "template {}; get it from the issuer", hex(hash)),
            Self::Fonts(digest) => write!(f, "fonts {}; get them from the issuer", hex(digest)),
            Self::Failed(why) => write!(f, "the file cannot be made: {why}"),
            Self::Differs => {
                f.write_str("what was made is not the file that the code names; ask for the file itself")
            }
        }
    }
}

impl core::error::Error for NotRebuilt {}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_named_and_where_to_get_it() {
        for (why, said) in [
            (
                NotRebuilt::Engine(3, 2),
                "engines 3 and 2 made the file; rebuild it with a version that has them",
            ),
            (
                NotRebuilt::Template([0xa7; 16]),
                "template a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7; get it from the issuer",
            ),
            (
                NotRebuilt::Fonts([1, 2, 3, 4, 5, 6, 7, 0xff]),
                "fonts 01020304050607ff; get them from the issuer",
            ),
            (
                NotRebuilt::Failed("x is y".to_owned()),
                "the file cannot be made: x is y",
            ),
            (
                NotRebuilt::Differs,
                "what was made is not the file that the code names; ask for the file itself",
            ),
        ] {
            assert_eq!(why.to_string(), said);
        }
    }
}
