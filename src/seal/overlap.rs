//! What a seal or a code would lie over: annotations that the page shows already, and each other.
//!
//! Annotations alone are looked at, those of one page: what the page's content paints cannot be told apart from paper.

use super::page::{Geometry, Placed};
use super::revision::Revision;
use super::{Allow, SealError};
use crate::pdf::{Page, Ref};

/// A box of this sealing, in millimetres as shown.
pub(super) struct Taken {
    page: Ref,
    what: &'static str,
    sides_mm: [f64; 4],
}

impl<'a> Revision<'_, 'a> {
    /// Takes the box for `what`, unless something is there. `except` is an annotation that may be: the field being sealed.
    pub(super) fn take_place(
        &mut self,
        what: &'static str,
        page: &Page<'a>,
        placed: &Placed,
        except: Option<Ref>,
    ) -> Result<(), SealError> {
        if !self.allowed.contains(&Allow::Overlap) {
            let own = self
                .taken
                .iter()
                .find(|other| other.page == page.id && meet(other.sides_mm, placed.sides_mm));
            if let Some(other) = own {
                return Err(SealError::Overlap {
                    what,
                    other: format!("the {} placed with it", other.what),
                    sides_mm: other.sides_mm,
                });
            }
            if let Some((other, sides_mm)) = self.annotation_under(page, placed, except)? {
                return Err(SealError::Overlap {
                    what,
                    other,
                    sides_mm,
                });
            }
        }
        self.taken.push(Taken {
            page: page.id,
            what,
            sides_mm: placed.sides_mm,
        });
        Ok(())
    }

    /// The first visible annotation of the page that the box meets.
    fn annotation_under(
        &self,
        page: &Page<'a>,
        placed: &Placed,
        except: Option<Ref>,
    ) -> Result<Option<(String, [f64; 4])>, SealError> {
        let (Some(dictionary), Some(geometry)) = (page.dictionary(), Geometry::of(page)) else {
            return Ok(None);
        };
        let annotations = self.view.find(dictionary, b"Annots")?;
        for annotation in annotations.as_array().unwrap_or_default() {
            if except.is_some() && annotation.as_reference() == except {
                continue;
            }
            // One that cannot be read shows nothing in a strict reader, and it is none of ours to judge it here.
            let Ok(annotation) = self.view.resolve(annotation) else {
                continue;
            };
            let Some(annotation) = annotation.as_dictionary() else {
                continue;
            };
            let Ok(mark) = self.view.mark(annotation) else {
                continue;
            };
            let Some(rectangle) = mark.rectangle.filter(|_| mark.is_seen()) else {
                continue;
            };
            let sides_mm = geometry.shown(&rectangle);
            if meet(sides_mm, placed.sides_mm) {
                return Ok(Some((format!("an annotation /{}", mark.subtype), sides_mm)));
            }
        }
        Ok(None)
    }
}

/// Whether two boxes (left, top, width, height in millimetres) share more than an edge; a hundredth of a millimetre is rounding.
fn meet(a: [f64; 4], b: [f64; 4]) -> bool {
    let along = |from: f64, size: f64, other: f64, other_size: f64| {
        (from + size).min(other + other_size) - from.max(other) > 0.01
    };
    let ([ax, ay, aw, ah], [bx, by, bw, bh]) = (a, b);
    along(ax, aw, bx, bw) && along(ay, ah, by, bh)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boxes_that_touch_do_not_meet() {
        let a = [10.0, 10.0, 20.0, 20.0];
        assert!(
            meet(a, [29.0, 29.0, 5.0, 5.0])
                && meet(a, [0.0, 0.0, 99.0, 99.0])
                && meet(a, [15.0, 15.0, 1.0, 1.0])
        );
        for b in [
            [30.0, 10.0, 5.0, 5.0],
            [10.0, 0.0, 20.0, 10.0],
            [50.0, 15.0, 1.0, 1.0],
        ] {
            assert!(!meet(a, b) && !meet(b, a), "{b:?}");
        }
    }
}
