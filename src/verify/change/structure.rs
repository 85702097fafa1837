//! The structure tree (ISO 32000-2, 14.7): what a screen reader reads, and what of it a new field brings along.

use super::catalog::equal;
use super::step::{Place, Step};
use crate::pdf::{Object, PdfError};

/// Judges `/StructTreeRoot` of the catalog.
pub(super) fn judge(
    step: &mut Step<'_, '_, '_, '_>,
    place: Place,
    old: Option<&Object>,
    new: Option<&Object>,
) -> Result<(), PdfError> {
    if !equal(step, old, new) {
        step.refuse(&place, "changed, and nothing permits that");
    }
    Ok(())
}
