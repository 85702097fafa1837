//! Where on which page the impression goes, and how it is turned to stand upright.

use super::base::Base;
use super::page::{Geometry, Placed, number};
use super::revision::Revision;
use super::{Place, Seal, SealError};
use crate::pdf::update::stream_body;
use crate::pdf::{Page, Ref};

/// What is refused unless told to be done all the same: see [`Sealing::allow`](super::Sealing::allow).
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Allow {
    /// The seal or the code may hang over the edge of the page, which shows only the rest of it.
    Overhang,
    /// The seal and the code may lie over visible annotations of the page, or over one another.
    Overlap,
    /// A file that claims PDF/A may lose it to an impression that is a page of a PDF not known to keep its rules.
    PdfaLoss,
}

impl<'a> Revision<'_, 'a> {
    pub(super) fn page(&self, index: usize) -> Result<(Page<'a>, Geometry), SealError> {
        let page = self.pages.get(index).ok_or(SealError::NoSuchPage(index))?.clone();
        let geometry = Geometry::of(&page).ok_or(SealError::NothingShown(index))?;
        Ok((page, geometry))
    }

    /// Where the impression goes: as told, or over the draft's first reserved place.
    pub(super) fn seal_place(
        &self,
        draft: &Base<'_>,
        place: Option<Place>,
        seal: &Seal,
    ) -> Result<(Page<'a>, Placed), SealError> {
        let size = seal.impression.size_mm();
        let overhang = self.allowed.contains(&Allow::Overhang);
        if let Some(place) = place {
            let (page, geometry) = self.page(place.page)?;
            return Ok((page, geometry.centred("seal", place, size, overhang)?));
        }
        let slot = draft.slots.seals.first().ok_or(SealError::NoPlace("seal"))?;
        let index = self.pages.iter().position(|page| page.id.number == slot.page);
        let (page, geometry) = self.page(index.ok_or(SealError::NoPlace("seal"))?)?;
        let centre = (f64::from(slot.centre_pt.0), f64::from(slot.centre_pt.1));
        Ok((page, geometry.around("seal", centre, size, overhang)?))
    }

    /// The appearance for a page that is shown turned: the impression in a form whose matrix turns it back.
    pub(super) fn upright(&mut self, impression: Ref, (width, height): (f64, f64), turn: u16) -> Ref {
        let matrix = match turn {
            90 => "0 1 -1 0 0 0",
            180 => "-1 0 0 -1 0 0",
            270 => "0 -1 1 0 0 0",
            _ => return impression,
        };
        let points = |mm: f64| number(mm * 72.0 / 25.4);
        let entries = format!(
            "/Type /XObject /Subtype /Form /BBox [0 0 {} {}] /Matrix [{matrix}] /Resources << /XObject << /Seal {} >> >>",
            points(width),
            points(height),
            impression,
        );
        let form = self.update.allocate();
        self.update
            .put(form, stream_body(entries.as_bytes(), b"/Seal Do", false));
        form
    }
}
