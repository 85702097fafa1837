//! Where on which page the impression goes, and how it is turned to stand upright.

use std::sync::Arc;

use super::page::{Geometry, Placed, number};
use super::revision::Revision;
use super::{Place, Seal, SealError};
use crate::draft::{SealElement, SealSlot};
use crate::pdf::update::stream_body;
use crate::pdf::{Indirect, Page, Ref};

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

    /// The reserved place that is this seal's: the first free one that names the sealing body, else the first free one.
    pub(super) fn slot<'s>(
        &self,
        slots: &'s [SealSlot],
        sealer: &str,
    ) -> Result<Option<&'s SealSlot>, SealError> {
        let mut free = None;
        for slot in slots {
            if slot.field.is_some() {
                continue;
            }
            if let Some(element) = &slot.element
                && self.element(element)?.is_none()
            {
                continue;
            }
            if slot.name == sealer {
                return Ok(Some(slot));
            }
            free = free.or(Some(slot));
        }
        Ok(free)
    }

    /// The element of the structure tree that is reserved for a seal, unless a seal is in it already.
    pub(super) fn element(&self, element: &SealElement) -> Result<Option<Arc<Indirect<'a>>>, SealError> {
        let object = self.view.object(Ref::new(element.number, 0))?;
        Ok(object.filter(|object| {
            object
                .dictionary()
                .is_some_and(|element| element.is_name(b"S", b"Form") && element.find(b"K").is_none())
        }))
    }

    /// Where the impression goes: as told, or over the place reserved for it.
    pub(super) fn seal_place(
        &self,
        slot: Option<&SealSlot>,
        place: Option<Place>,
        seal: &Seal,
    ) -> Result<(Page<'a>, Placed), SealError> {
        let size = seal.impression.size_mm();
        let overhang = self.allowed.contains(&Allow::Overhang);
        if let Some(place) = place {
            let (page, geometry) = self.page(place.page)?;
            return Ok((page, geometry.centred("seal", place, size, overhang)?));
        }
        let slot = slot.ok_or(SealError::NoPlace("seal"))?;
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
