//! Why there is no answer, no package, or nothing to be had from one.

use core::fmt;

use super::role::Role;
use crate::authority::{AuthorityError, ListSetError};
#[cfg(feature = "compose")]
use crate::filing::FilingError;
use crate::pdf::PdfError;

/// A part that is not what its role says.
#[derive(Debug)]
pub(super) struct Unusable {
    name: String,
    why: String,
}

impl Unusable {
    /// The part at `place`, from 0, of those of this role.
    pub(super) fn new(role: Role, place: usize, why: impl fmt::Display) -> Self {
        Self {
            name: role.name(place.saturating_add(1)),
            why: why.to_string(),
        }
    }
}

impl From<Unusable> for InquiryError {
    fn from(Unusable { name, why }: Unusable) -> Self {
        Self::Part { name, why }
    }
}

impl From<Unusable> for PackageError {
    fn from(Unusable { name, why }: Unusable) -> Self {
        Self::Part { name, why }
    }
}

/// Why an inquiry has no answer.
#[non_exhaustive]
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum InquiryError {
    /// An authority list cannot be opened under the roots.
    Lists(ListSetError),
    /// There is an authority list and no root that pins it.
    NoRoots,
    /// None of the roots of time stamps used is trusted now.
    NoTimeStampRoots,
    /// There is neither a file nor a code.
    NothingReceived,
    /// A part is not what it should be.
    Part {
        /// Its name in a package.
        name: String,
        /// What is wrong with it.
        why: String,
    },
    /// The set of roots cannot be used.
    RootSet(AuthorityError),
}

impl fmt::Display for InquiryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Lists(error @ ListSetError::Memory(_)) => error.fmt(f),
            Self::Lists(error) => write!(f, "{error}; give the roots that this list was pinned by"),
            Self::NoRoots => f.write_str("no root pins the authority list; give the roots that you trust"),
            Self::NoTimeStampRoots => f.write_str(
                "none of the roots of time stamps used is trusted; give them if you do trust them",
            ),
            Self::NothingReceived => {
                f.write_str("there is neither a file nor a code; give what was received")
            }
            Self::Part { name, why } => write!(f, "{name}: {why}"),
            Self::RootSet(error) => write!(f, "roots of the authority list: {error}"),
        }
    }
}

impl core::error::Error for InquiryError {}

/// Why a file is not a hand-over package to rely on. Names are those in the file with what is not printable left out.
#[non_exhaustive]
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum PackageError {
    /// A part has another digest than the manifest says.
    Digest {
        /// Its name.
        name: String,
    },
    /// A file is attached that the manifest does not name.
    Extra {
        /// Its name.
        name: String,
    },
    /// A part has another length than the manifest says.
    Length {
        /// Its name.
        name: String,
        /// Bytes it has.
        found: u64,
        /// Bytes that the manifest says.
        stated: u64,
    },
    /// The manifest is not written as ours are; the value says what is wrong.
    Manifest(String),
    /// The manifest names a part that is not attached.
    Missing {
        /// Its name.
        name: String,
    },
    /// A file is attached under a name that no part has: a path, another letter case, another number.
    Name {
        /// The name.
        name: String,
    },
    /// What was received is a package itself.
    Nested {
        /// Its name.
        name: String,
    },
    /// Nothing in the file says that it is a package.
    NotAPackage,
    /// A part is not what it is said to be.
    Part {
        /// Its name.
        name: String,
        /// What is wrong with it.
        why: String,
    },
    /// The PDF cannot be read strictly.
    Pdf(PdfError),
    /// Programs may find different attachments; the value says where.
    Structure(&'static str),
    /// The parts come to more than this many bytes.
    TooLarge(usize),
    /// More than this many files are attached.
    TooMany(usize),
    /// There are more than this many pages.
    TooManyPages(usize),
    /// Two attachments have one name, or are one.
    Twice {
        /// The name.
        name: String,
    },
}

impl fmt::Display for PackageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Digest { name } => write!(
                f,
                "{name}: is not the file that the manifest names (SHA-256); ask the verifying department for the package again"
            ),
            Self::Extra { name } => write!(
                f,
                "{name}: is attached, and the manifest does not name it; do not use it"
            ),
            Self::Length { name, found, stated } => write!(
                f,
                "{name}: has {found} bytes, the manifest says {stated}; ask the verifying department for the package again"
            ),
            Self::Manifest(why) => write!(f, "{}: {why}", super::MANIFEST_FILE),
            Self::Missing { name } => write!(
                f,
                "{name}: is named by the manifest and not attached; ask the verifying department for the package again"
            ),
            Self::Name { name } => write!(
                f,
                "{name}: is no name of a part; the package was not made by this program, do not extract it"
            ),
            Self::Nested { name } => write!(
                f,
                "{name}: is a hand-over package itself; take its file out and hand that over"
            ),
            Self::NotAPackage => write!(
                f,
                "is no hand-over package: no {} is attached; verify it as a file",
                super::MANIFEST_FILE
            ),
            Self::Part { name, why } => write!(f, "{name}: {why}"),
            Self::Pdf(error) => error.fmt(f),
            Self::Structure(place) => write!(
                f,
                "{place}: programs may find different attachments; ask the verifying department for the package again"
            ),
            Self::TooLarge(most) => write!(
                f,
                "the parts come to more than {most} bytes; raise the limit to read them"
            ),
            Self::TooMany(most) => write!(
                f,
                "more than {most} files are attached; raise the limit to read them"
            ),
            Self::TooManyPages(most) => write!(
                f,
                "there are more than {most} pages; raise the limit to read them"
            ),
            Self::Twice { name } => write!(
                f,
                "{name}: is attached twice, so programs may show different files; ask the verifying department for the package again"
            ),
        }
    }
}

impl core::error::Error for PackageError {}

impl From<PdfError> for PackageError {
    fn from(error: PdfError) -> Self {
        Self::Pdf(error)
    }
}

/// Why a package was not made.
#[cfg(feature = "compose")]
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq)]
pub enum HandOverError {
    /// The first page cannot be composed.
    Filing(FilingError),
    /// The verification cannot be made.
    Inquiry(InquiryError),
    /// What was received is a package itself.
    Nested,
    /// It is not said who verified.
    NoDepartment,
    /// It is not said what the file was handed in for.
    NoPurpose,
    /// The parts come to more than this many bytes.
    TooLarge(usize),
    /// There would be more than this many parts.
    TooMany(usize),
}

#[cfg(feature = "compose")]
impl fmt::Display for HandOverError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Filing(error) => error.fmt(f),
            Self::Inquiry(error) => error.fmt(f),
            Self::Nested => {
                f.write_str("the file is a hand-over package itself; take its file out and hand that over")
            }
            Self::NoDepartment => {
                f.write_str("it is not said who verified; give the name of the verifying department")
            }
            Self::NoPurpose => {
                f.write_str("it is not said what the file was handed in for; give the purpose")
            }
            Self::TooLarge(most) => write!(
                f,
                "the parts come to more than {most} bytes; file the verification record alone"
            ),
            Self::TooMany(most) => write!(
                f,
                "there are more than {most} parts; leave out lists and evidence that are not needed"
            ),
        }
    }
}

#[cfg(feature = "compose")]
impl core::error::Error for HandOverError {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match self {
            Self::Filing(error) => Some(error),
            Self::Inquiry(error) => Some(error),
            _ => None,
        }
    }
}

#[cfg(feature = "compose")]
impl From<FilingError> for HandOverError {
    fn from(error: FilingError) -> Self {
        Self::Filing(error)
    }
}

#[cfg(feature = "compose")]
impl From<InquiryError> for HandOverError {
    fn from(error: InquiryError) -> Self {
        Self::Inquiry(error)
    }
}
