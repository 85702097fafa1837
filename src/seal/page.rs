//! From millimetres on the page as a person sees it to the page's own coordinates.

use super::{Place, SealError};
use crate::pdf::{Page, Rectangle};

/// What decides how a page is shown (ISO 32000-2, 7.7.3.3): its visible box, turn and unit.
#[derive(Clone, Copy, Debug)]
pub(super) struct Geometry {
    /// In user space units.
    visible: Rectangle,
    /// Clockwise turn when shown: 0, 90, 180 or 270 degrees.
    rotate: u16,
    /// Size of a user space unit in 1/72 inch.
    user_unit: f64,
}

/// A box on the page in user space, and how its content must be turned to stand upright when shown.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Placed {
    /// Lower left x, y, upper right x, y in user space units.
    pub(super) rectangle: [f64; 4],
    /// Counter-clockwise turn of the content in degrees: equal to the page's clockwise turn.
    pub(super) turn: u16,
    /// Left, top, width and height in millimetres on the page as shown.
    pub(super) sides_mm: [f64; 4],
}

const POINTS_PER_MM: f64 = 72.0 / 25.4;

impl Geometry {
    /// How `page` is shown; `None` if nothing of it is.
    pub(super) fn of(page: &Page<'_>) -> Option<Self> {
        Some(Self {
            visible: page.visible_box()?,
            rotate: page.rotate,
            user_unit: page.user_unit,
        })
    }

    /// Width and height of the page as shown, in millimetres.
    pub(super) fn shown_mm(&self) -> (f64, f64) {
        let [_, _, width, height] = self.shown(&self.visible);
        (width, height)
    }

    /// Left, top, width and height of a rectangle in user space, in millimetres on the page as shown.
    pub(super) fn shown(&self, rectangle: &Rectangle) -> [f64; 4] {
        let (page, r) = (&self.visible, rectangle);
        let [left, top, width, height] = match self.rotate {
            90 => [r.bottom - page.bottom, r.left - page.left, r.height(), r.width()],
            180 => [
                page.right - r.right,
                r.bottom - page.bottom,
                r.width(),
                r.height(),
            ],
            270 => [page.top - r.top, page.right - r.right, r.height(), r.width()],
            _ => [r.left - page.left, page.top - r.top, r.width(), r.height()],
        };
        [left, top, width, height].map(|length| length * self.user_unit / POINTS_PER_MM)
    }

    /// A box whose upper left corner is `left`, `top` and whose sides are `width`, `height`, all in millimetres as shown.
    /// With `overhang` it is enough that the page shows some of it.
    pub(super) fn place(
        &self,
        what: &'static str,
        (left, top): (f64, f64),
        (width, height): (f64, f64),
        overhang: bool,
    ) -> Result<Placed, SealError> {
        let (page_width, page_height) = self.shown_mm();
        // A hundredth of a millimetre is the rounding of a person's measure, not an overhang.
        let inside = |from: f64, size: f64, limit: f64| from >= -0.01 && from + size <= limit + 0.01;
        let touched = |from: f64, size: f64, limit: f64| overhang && from < limit && from + size > 0.0;
        let fits = |from, size, limit| inside(from, size, limit) || touched(from, size, limit);
        if !(fits(left, width, page_width) && fits(top, height, page_height)) {
            return Err(SealError::OffPage {
                what,
                page_mm: (page_width, page_height),
            });
        }
        let unit = POINTS_PER_MM / self.user_unit;
        let (u0, v0, u1, v1) = (
            left * unit,
            top * unit,
            (left + width) * unit,
            (top + height) * unit,
        );
        let page = &self.visible;
        let rectangle = match self.rotate {
            90 => [page.left + v0, page.bottom + u0, page.left + v1, page.bottom + u1],
            180 => [
                page.right - u1,
                page.bottom + v0,
                page.right - u0,
                page.bottom + v1,
            ],
            270 => [page.right - v1, page.top - u1, page.right - v0, page.top - u0],
            _ => [page.left + u0, page.top - v1, page.left + u1, page.top - v0],
        };
        Ok(Placed {
            rectangle,
            turn: self.rotate,
            sides_mm: [left, top, width, height],
        })
    }

    /// A box of `width` by `height` millimetres around a point in user space.
    pub(super) fn around(
        &self,
        what: &'static str,
        (x, y): (f64, f64),
        (width, height): (f64, f64),
        overhang: bool,
    ) -> Result<Placed, SealError> {
        let point = Rectangle {
            left: x,
            bottom: y,
            right: x,
            top: y,
        };
        let [u, v, _, _] = self.shown(&point);
        self.place(
            what,
            (u - width / 2.0, v - height / 2.0),
            (width, height),
            overhang,
        )
    }

    /// The centre given by a person, as a box of `width` by `height` millimetres.
    pub(super) fn centred(
        &self,
        what: &'static str,
        at: Place,
        size: (f64, f64),
        overhang: bool,
    ) -> Result<Placed, SealError> {
        let corner = (at.x_mm - size.0 / 2.0, at.y_mm - size.1 / 2.0);
        self.place(what, corner, size, overhang)
    }
}

/// Numbers with at most three decimals and no exponent: the same text on every machine.
pub(super) fn number(value: f64) -> String {
    decimals(value, 3)
}

fn decimals(value: f64, count: usize) -> String {
    let mut text = format!("{value:.count$}");
    while text.ends_with('0') {
        text.pop();
    }
    if text.ends_with('.') {
        text.pop();
    }
    if text == "-0" { "0".to_owned() } else { text }
}

/// `[x0 y0 x1 y1]`, to a thousandth of a unit or, where `/UserUnit` makes the box a few units small, to a ten-thousandth of it.
pub(super) fn rectangle(corners: [f64; 4]) -> String {
    let [x0, y0, x1, y1] = corners;
    let side = (x1 - x0).abs().min((y1 - y0).abs());
    let mut count = 3;
    let mut step = 1e-3;
    while step > side * 1e-4 && count < 9 {
        count += 1;
        step /= 10.0;
    }
    format!("[{}]", corners.map(|value| decimals(value, count)).join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(rotate: u16) -> Geometry {
        Geometry {
            visible: Rectangle {
                left: 10.0,
                bottom: 20.0,
                right: 730.0,
                top: 380.0,
            },
            rotate,
            user_unit: 1.0,
        }
    }

    #[test]
    fn shown_size_follows_the_turn() {
        let rounded = |rotate| {
            let (width, height) = page(rotate).shown_mm();
            (number(width), number(height))
        };
        assert_eq!(rounded(0), ("254".to_owned(), "127".to_owned()));
        assert_eq!(rounded(90), ("127".to_owned(), "254".to_owned()));
    }

    #[test]
    fn upper_left_as_shown_is_another_corner_for_each_turn() {
        let corner = |rotate| {
            page(rotate)
                .place("seal", (0.0, 0.0), (25.4, 12.7), false)
                .unwrap()
                .rectangle
        };
        assert_eq!(corner(0), [10.0, 344.0, 82.0, 380.0]);
        assert_eq!(corner(90), [10.0, 20.0, 46.0, 92.0]);
        assert_eq!(corner(180), [658.0, 20.0, 730.0, 56.0]);
        assert_eq!(corner(270), [694.0, 308.0, 730.0, 380.0]);
    }

    #[test]
    fn around_a_point_is_centred_on_it_for_each_turn() {
        for rotate in [0, 90, 180, 270] {
            let [x0, y0, x1, y1] = page(rotate)
                .around("seal", (300.0, 200.0), (25.4, 12.7), false)
                .unwrap()
                .rectangle;
            assert!(((x0 + x1) / 2.0 - 300.0).abs() < 1e-6 && ((y0 + y1) / 2.0 - 200.0).abs() < 1e-6);
        }
    }

    #[test]
    fn boxes_over_the_edge_are_refused() {
        for at in [(-0.1, 0.0), (0.0, -0.1), (230.0, 0.0), (0.0, 115.0)] {
            let refused = page(0).place("code", at, (25.4, 12.7), false);
            assert!(
                matches!(refused, Err(SealError::OffPage { what: "code", .. })),
                "{at:?}"
            );
            assert!(page(0).place("code", at, (25.4, 12.7), true).is_ok(), "{at:?}");
        }
    }

    #[test]
    fn an_overhang_that_shows_nothing_is_refused_all_the_same() {
        for at in [(-26.0, 0.0), (0.0, 255.0), (f64::NAN, 0.0), (0.0, f64::INFINITY)] {
            assert!(page(90).place("code", at, (25.4, 12.7), true).is_err(), "{at:?}");
        }
    }

    #[test]
    fn what_is_placed_is_shown_where_it_was_placed() {
        for rotate in [0, 90, 180, 270] {
            for user_unit in [1.0, 2.5, 72.0] {
                let page = Geometry {
                    user_unit,
                    ..page(rotate)
                };
                let placed = page.place("seal", (12.0, 34.0), (42.0, 30.0), false).unwrap();
                let [left, bottom, right, top] = placed.rectangle;
                let shown = page.shown(&Rectangle {
                    left,
                    bottom,
                    right,
                    top,
                });
                for (shown, asked) in shown.into_iter().zip([12.0, 34.0, 42.0, 30.0]) {
                    assert!(
                        (shown - asked).abs() < 1e-6,
                        "{rotate} {user_unit}: {shown} for {asked}"
                    );
                }
            }
        }
    }

    #[test]
    fn small_boxes_keep_their_shape_in_large_units() {
        assert_eq!(rectangle([0.0, 0.0, 119.055, 119.0551]), "[0 0 119.055 119.055]");
        assert_eq!(
            rectangle([1.0, 2.0, 1.000_396_85, 2.000_793_7]),
            "[1 2 1.00039685 2.0007937]"
        );
    }

    #[test]
    fn numbers_have_no_needless_zeros() {
        for (value, text) in [
            (1.0, "1"),
            (0.5, "0.5"),
            (-0.0001, "0"),
            (1.23456, "1.235"),
            (100.0, "100"),
        ] {
            assert_eq!(number(value), text);
        }
    }
}
