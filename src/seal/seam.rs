//! The riding-seam seal (骑缝章): one impression cut into strips, one at the edge of every page, so that pages laid in a fan show it
//! whole and a page put in or taken out does not.
//!
//! The strips are stamps in the revision of the seal and covered by its signature. They are no signatures themselves.

use super::page::{Geometry, Placed, number};
use super::revision::Revision;
use super::{Allow, Seal, SealError, Sealing};
use crate::impression::Ground;
use crate::pdf::mutable::RIDING_SEAM;
use crate::pdf::update::stream_body;
use crate::pdf::{Page, Ref};

/// Where the riding-seam seal stands, and how finely it is cut.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RidingSeam {
    /// From the upper edge of every page as shown to the middle of the seal, in millimetres; half the height of the first page
    /// unless set.
    pub middle_mm: Option<f64>,
    /// No strip is narrower, in millimetres: with more pages than that allows, the seal is repeated for groups of pages.
    pub narrowest_mm: f64,
}

impl Default for RidingSeam {
    fn default() -> Self {
        Self {
            middle_mm: None,
            narrowest_mm: 4.0,
        }
    }
}

impl<D> Sealing<'_, D> {
    /// Puts the impression over the right edges of all pages as well, cut into strips: a riding-seam seal. It is part of this
    /// seal and covered by it; an earlier seal does not permit it.
    #[must_use]
    pub fn riding_seam(mut self, seam: RidingSeam) -> Self {
        self.seam = Some(seam);
        self
    }
}

/// A strip: from which part of the impression's width to which, by the number of parts.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
struct Strip {
    part: usize,
    parts: usize,
}

/// The strips of `pages` pages for a seal of `width_mm`: as many groups as needed for no strip to be narrower than
/// `narrowest_mm`, of which none has more than one page more than another. `None` if there are no two pages to hold together.
fn strips(pages: usize, width_mm: f64, narrowest_mm: f64) -> Option<Vec<Strip>> {
    let fits = |parts: usize| width_mm / count(parts) >= narrowest_mm;
    // A group of fewer than two pages is no seam.
    let most = (2..=pages)
        .take_while(|parts| *parts == 2 || fits(*parts))
        .last()?;
    // Groups of two and more: with three pages and at most two to a group, they are one group all the same.
    let groups = pages.div_ceil(most).min(pages / 2);
    let mut strips = Vec::with_capacity(pages);
    for group in 0..groups {
        let parts = pages / groups + usize::from(group < pages % groups);
        strips.extend((0..parts).map(|part| Strip { part, parts }));
    }
    Some(strips)
}

fn count(number: usize) -> f64 {
    f64::from(u32::try_from(number).unwrap_or(u32::MAX))
}

impl<'a> Revision<'_, 'a> {
    /// Puts a strip on every page.
    pub(super) fn riding_seam(
        &mut self,
        seam: &RidingSeam,
        seal: &Seal,
        sealer: &str,
    ) -> Result<(), SealError> {
        let pages = self.pages.len();
        let (width, height) = seal.impression.size_mm();
        let strips = strips(pages, width, seam.narrowest_mm).ok_or(SealError::SinglePage)?;
        let middle = match seam.middle_mm {
            Some(middle) => middle,
            None => self.page(0)?.1.shown_mm().1 / 2.0,
        };
        let overhang = self.allowed.contains(&Allow::Overhang);
        let mut forms: Vec<(Ground, Ref)> = vec![];
        for (index, strip) in strips.into_iter().enumerate() {
            let (page, geometry) = self.page(index)?;
            let edge = |part: usize| width * count(part) / count(strip.parts);
            let (left, right) = (edge(strip.part), edge(strip.part.saturating_add(1)));
            let placed = at_edge(&geometry, (right - left, height), middle, overhang)?;
            self.take_place("riding-seam seal", &page, &placed, None)?;
            let form = self.seam_form(seal, &page, &mut forms)?;
            let look = self.cut(form, (left, right, height), placed.turn);
            let (number, all) = (index.saturating_add(1), pages);
            let spoken = format!("{RIDING_SEAM} Riding-seam seal, {number}/{all}: {sealer}");
            self.stamp(page.id, placed.rectangle, look, &spoken);
        }
        Ok(())
    }

    /// The whole impression as a form that fits `page`; pages that demand the same have one together.
    fn seam_form(
        &mut self,
        seal: &Seal,
        page: &Page<'a>,
        forms: &mut Vec<(Ground, Ref)>,
    ) -> Result<Ref, SealError> {
        let ground = self.ground(page, seal.impression.device_colours())?;
        if let Some((_, form)) = forms.iter().find(|(other, _)| *other == ground) {
            return Ok(*form);
        }
        let form = self.impression(&seal.impression, page)?;
        forms.push((ground, form));
        Ok(form)
    }

    /// The part of `impression` from `left` to `right` (millimetres), upright on a page that is shown turned.
    fn cut(&mut self, impression: Ref, (left, right, height): (f64, f64, f64), turn: u16) -> Ref {
        let matrix = match turn {
            90 => " /Matrix [0 1 -1 0 0 0]",
            180 => " /Matrix [-1 0 0 -1 0 0]",
            270 => " /Matrix [0 -1 1 0 0 0]",
            _ => "",
        };
        let points = |mm: f64| number(mm * 72.0 / 25.4);
        // The box of a form clips it (ISO 32000-2, 8.10.1).
        let entries = format!(
            "/Type /XObject /Subtype /Form /BBox [{} 0 {} {}]{matrix} /Resources << /XObject << /Seal {impression} >> >>",
            points(left),
            points(right),
            points(height),
        );
        let form = self.update.allocate();
        self.update
            .put(form, stream_body(entries.as_bytes(), b"/Seal Do", false));
        form
    }
}

/// The box of a strip at the right edge of a page as shown.
fn at_edge(
    page: &Geometry,
    (width, height): (f64, f64),
    middle: f64,
    overhang: bool,
) -> Result<Placed, SealError> {
    let corner = (page.shown_mm().0 - width, middle - height / 2.0);
    page.place("riding-seam seal", corner, (width, height), overhang)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strips_of_a_group_make_the_whole_seal_and_none_is_too_narrow() {
        for pages in 2..200 {
            let strips = strips(pages, 42.0, 4.0).unwrap();
            assert_eq!(strips.len(), pages);
            let mut next = 0;
            for strip in &strips {
                assert_eq!(strip.part, next, "{pages}: {strips:?}");
                next = if strip.part + 1 == strip.parts {
                    0
                } else {
                    next + 1
                };
                assert!((2..=10).contains(&strip.parts), "{pages}: {strips:?}");
            }
            assert_eq!(next, 0, "{pages}: the last group is whole");
            let sizes = strips.iter().map(|strip| strip.parts);
            assert!(
                sizes.clone().max().unwrap() - sizes.min().unwrap() <= 1,
                "{pages}"
            );
        }
    }

    #[test]
    fn one_page_has_no_seam() {
        assert_eq!(strips(1, 42.0, 4.0), None);
        assert_eq!(strips(0, 42.0, 4.0), None);
    }

    #[test]
    fn a_measure_that_nothing_meets_leaves_groups_of_two_and_three() {
        for narrowest in [f64::INFINITY, f64::NAN, 1000.0] {
            let parts: Vec<usize> = strips(5, 42.0, narrowest)
                .unwrap()
                .iter()
                .map(|s| s.parts)
                .collect();
            assert_eq!(parts, [3, 3, 3, 2, 2]);
        }
        assert_eq!(strips(3, 42.0, 30.0).unwrap().len(), 3);
    }
}
