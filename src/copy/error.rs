//! Why there is no copy.

use core::fmt;

use crate::compose::ComposeError;
use crate::draft::DraftError;
use crate::pdf::{GraftError, PdfError};
use crate::terms::TermsError;
use crate::time::Date;
use crate::verify::Refused;

/// Why a file was not copied.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq)]
pub enum CopyError {
    /// Occurs if the fonts cannot be made into subsets.
    Compose(ComposeError),
    /// Occurs if the copy is to be used for longer than the original is valid.
    OutlivesOriginal {
        /// The last day asked for.
        until: Date,
        /// The last day of the original.
        valid_to: Date,
    },
    /// Occurs if the file carries no record: a file made elsewhere, or itself a copy.
    NoRecord,
    /// Occurs if the file was not found authentic.
    NotAuthentic(Refused),
    /// Occurs if a page cannot be shown in another file as it is shown in this one.
    Page {
        /// The page, from 1.
        page: usize,
        /// What is in the way.
        why: &'static str,
    },
    /// Occurs if the file cannot be read.
    Pdf(PdfError),
    /// Occurs if purpose, recipient, maker or the last day cannot be terms of a copy.
    Terms(TermsError),
}

impl fmt::Display for CopyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Compose(error) => error.fmt(f),
            Self::OutlivesOriginal { until, valid_to } => write!(
                f,
                "the copy would be good until {until}, the original is until {valid_to}; choose an earlier day"
            ),
            Self::NoRecord => f.write_str(
                "the file carries no record, so a copy could not say what it is of; copy the result itself, not a copy of it",
            ),
            Self::NotAuthentic(refused) => write!(f, "the file is not copied: {refused}"),
            Self::Page { page, why } => write!(
                f,
                "page {page} cannot be copied: {why}; ask the issuer for a file with plain pages"
            ),
            Self::Pdf(error) => error.fmt(f),
            Self::Terms(error) => error.fmt(f),
        }
    }
}

impl core::error::Error for CopyError {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match self {
            Self::Compose(error) => Some(error),
            Self::NotAuthentic(error) => Some(error),
            Self::Pdf(error) => Some(error),
            Self::Terms(error) => Some(error),
            Self::OutlivesOriginal { .. } | Self::NoRecord | Self::Page { .. } => None,
        }
    }
}

impl CopyError {
    /// What came of taking over page `index`.
    pub(super) fn graft(index: usize, error: GraftError) -> Self {
        match error {
            GraftError::Pdf(error) => Self::Pdf(error),
            other => Self::Page {
                page: index.saturating_add(1),
                why: other.why(),
            },
        }
    }
}

impl From<ComposeError> for CopyError {
    fn from(error: ComposeError) -> Self {
        Self::Compose(error)
    }
}

impl From<PdfError> for CopyError {
    fn from(error: PdfError) -> Self {
        Self::Pdf(error)
    }
}

impl From<TermsError> for CopyError {
    fn from(error: TermsError) -> Self {
        Self::Terms(error)
    }
}

impl From<DraftError> for CopyError {
    fn from(error: DraftError) -> Self {
        match error {
            DraftError::Pdf(error) => Self::Pdf(error),
            _ => Self::NoRecord,
        }
    }
}
