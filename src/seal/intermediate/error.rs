//! Why a prepared seal that was put by cannot be taken up again.

use core::fmt;

use super::VERSION;
use crate::cbor::CborError;
use crate::cms::build::BuildError;
use crate::pki::CertificateError;

/// Why bytes are not a prepared seal that can be finished.
#[non_exhaustive]
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum PreparedError {
    /// They are not deterministic CBOR.
    Cbor(CborError),
    /// A certificate of the signer cannot be read.
    Certificate(CertificateError),
    /// Their digest is another than the one they state.
    Damaged,
    /// A member is missing, not of its kind, or contradicts another; its name.
    Member(&'static str),
    /// The draft is another than the one that was prepared.
    OtherDraft {
        /// The prepared draft's length in bytes.
        length: u64,
        /// Its SHA-256.
        sha256: [u8; 32],
    },
    /// They are more than [`Limits::prepared_bytes`](crate::limits::Limits::prepared_bytes)(crate::limits::Limits::prepared_bytes).
    TooLarge,
    /// The form has this version, which is newer than this program.
    Version(i64),
}

impl fmt::Display for PreparedError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cbor(error) => write!(f, "not a prepared seal: {error}"),
            Self::Certificate(error) => error.fmt(f),
            Self::Damaged => {
                f.write_str("the prepared seal is damaged: its digest is another; fetch it anew")
            }
            Self::Member(name) => write!(
                f,
                "the prepared seal is not as it should be at {name:?}; prepare anew"
            ),
            Self::OtherDraft { length, sha256 } => {
                write!(
                    f,
                    "the prepared seal is for another document, of {length} bytes with the SHA-256 "
                )?;
                sha256.iter().try_for_each(|byte| write!(f, "{byte:02x}"))?;
                f.write_str("; give that one")
            }
            Self::TooLarge => {
                f.write_str("the prepared seal is larger than the limit; check that it is the file you mean")
            }
            Self::Version(version) => {
                write!(
                    f,
                    "the prepared seal has version {version}, this program reads {VERSION}; use a newer program"
                )
            }
        }
    }
}

impl core::error::Error for PreparedError {}

impl From<BuildError> for PreparedError {
    fn from(_: BuildError) -> Self {
        Self::Member("chain")
    }
}
