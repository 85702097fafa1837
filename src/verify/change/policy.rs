//! How much may come after a seal: what the verifier wants, and what the seals themselves permit.

use serde::Serialize;

use super::super::facts::Modification;
use crate::pdf::FieldLock;

/// What the verifier accepts after a seal. What the seal forbids (DocMDP, FieldMDP, `/Lock`), no policy accepts.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ChangePolicy {
    /// Validation data and document time stamps, and what provably cannot be seen: for results of government offices.
    #[default]
    Seal,
    /// Further signatures and filled forms as well: what PAdES foresees for a document that goes round (EN 319 142-1).
    Pades,
    /// Annotations as well, and the entries that Acrobat writes when it saves.
    Acrobat,
}

impl ChangePolicy {
    /// Its name, as on the command line and in reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Seal => "seal",
            Self::Pades => "pades",
            Self::Acrobat => "acrobat",
        }
    }

    /// The highest level it accepts.
    #[must_use]
    pub fn most(self) -> Modification {
        match self {
            Self::Seal => Modification::LtaUpdate,
            Self::Pades => Modification::FormFill,
            Self::Acrobat => Modification::Annotate,
        }
    }
}

/// What a DocMDP level permits (ISO 32000-2, table 257). Validation data may follow even level 1 (12.8.2.2.2).
pub(super) fn permitted(level: i64) -> Modification {
    match level {
        2 => Modification::FormFill,
        3 => Modification::Annotate,
        // What is no level permits no more than the strictest.
        _ => Modification::LtaUpdate,
    }
}

/// One seal's word on what may follow it.
pub(super) struct Permit {
    /// The seal's field as it is shown.
    pub(super) field: String,
    /// It certifies the document.
    pub(super) certifies: bool,
    /// The most that may follow it.
    pub(super) most: Modification,
    /// The fields it locks.
    pub(super) locks: Vec<FieldLock>,
}
