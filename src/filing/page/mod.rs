//! The two pages of a verification record.
//!
//! The first is the clerk's: verdict, file, the answers in the order of asking, and the place of the seal. The second helps whoever
//! helps: seals, steps, findings. So the sheet that a department seals holds what it answers for, and nobody has to look for the
//! answers among the rest. What the result says goes on on the second page if it has to; other lists are cut, and what is left out is
//! counted.

mod clerk;
mod section;
mod sheet;
mod technical;

use super::VerificationRecord;
use crate::compose::leaf::Leaf;
use sheet::Sheet;

/// Draws the pages.
pub(super) fn set<'f>(record: &'f VerificationRecord<'_>) -> Leaf<'f> {
    let mut sheet = Sheet::new(Leaf::new(&record.fonts));
    let more = sheet.clerk(record);
    sheet.turn();
    sheet.technical(record, more);
    sheet.leaf
}
