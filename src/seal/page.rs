//! From millimetres on the page as a person sees it to the page's own coordinates.

use super::{Place, SealError};

/// What decides how a page is shown (ISO 32000-2, 7.7.3.3): its visible box, turn and unit.
#[derive(Clone, Copy, Debug)]
pub(super) struct Geometry {
    /// Lower left and upper right corner in user space units.
    pub(super) visible: [f64; 4],
    /// Clockwise turn when shown: 0, 90, 180 or 270 degrees.
    pub(super) rotate: i64,
    /// Size of a user space unit in 1/72 inch.
    pub(super) user_unit: f64,
}

/// A box on the page in user space, and how its content must be turned to stand upright when shown.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Placed {
    /// Lower left x, y, upper right x, y in user space units.
    pub(super) rectangle: [f64; 4],
    /// Counter-clockwise turn of the content in degrees: equal to the page's clockwise turn.
    pub(super) turn: i64,
}

const POINTS_PER_MM: f64 = 72.0 / 25.4;

impl Geometry {
    /// Width and height of the page as shown, in millimetres.
    pub(super) fn shown_mm(&self) -> (f64, f64) {
        let [x0, y0, x1, y1] = self.visible;
        let scale = self.user_unit / POINTS_PER_MM;
        let (width, height) = ((x1 - x0) * scale, (y1 - y0) * scale);
        if self.rotate % 180 == 0 {
            (width, height)
        } else {
            (height, width)
        }
    }

    /// A box whose upper left corner is `left`, `top` and whose sides are `width`, `height`, all in millimetres as shown.
    pub(super) fn place(
        &self,
        what: &'static str,
        (left, top): (f64, f64),
        (width, height): (f64, f64),
    ) -> Result<Placed, SealError> {
        let (page_width, page_height) = self.shown_mm();
        // A hundredth of a millimetre is the rounding of a person's measure, not an overhang.
        let inside = |from: f64, size: f64, limit: f64| from >= -0.01 && from + size <= limit + 0.01;
        if !(inside(left, width, page_width) && inside(top, height, page_height)) {
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
        let [x0, y0, x1, y1] = self.visible;
        let corners = match self.rotate {
            90 => [x0 + v0, y0 + u0, x0 + v1, y0 + u1],
            180 => [x1 - u1, y0 + v0, x1 - u0, y0 + v1],
            270 => [x1 - v1, y1 - u1, x1 - v0, y1 - u0],
            _ => [x0 + u0, y1 - v1, x0 + u1, y1 - v0],
        };
        Ok(Placed {
            rectangle: corners,
            turn: self.rotate,
        })
    }

    /// A box of `width` by `height` millimetres around a point in user space.
    pub(super) fn around(
        &self,
        what: &'static str,
        (x, y): (f64, f64),
        (width, height): (f64, f64),
    ) -> Result<Placed, SealError> {
        let [x0, y0, x1, y1] = self.visible;
        let scale = self.user_unit / POINTS_PER_MM;
        let (u, v) = match self.rotate {
            90 => (y - y0, x - x0),
            180 => (x1 - x, y - y0),
            270 => (y1 - y, x1 - x),
            _ => (x - x0, y1 - y),
        };
        self.place(
            what,
            (u * scale - width / 2.0, v * scale - height / 2.0),
            (width, height),
        )
    }

    /// The centre given by a person, as a box of `width` by `height` millimetres.
    pub(super) fn centred(
        &self,
        what: &'static str,
        at: Place,
        size: (f64, f64),
    ) -> Result<Placed, SealError> {
        self.place(what, (at.x_mm - size.0 / 2.0, at.y_mm - size.1 / 2.0), size)
    }
}

/// Numbers with at most three decimals and no exponent: the same text on every machine.
pub(super) fn number(value: f64) -> String {
    let mut text = format!("{value:.3}");
    while text.ends_with('0') {
        text.pop();
    }
    if text.ends_with('.') {
        text.pop();
    }
    if text == "-0" { "0".to_owned() } else { text }
}

/// `[x0 y0 x1 y1]`
pub(super) fn rectangle(corners: [f64; 4]) -> String {
    format!("[{}]", corners.map(number).join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(rotate: i64) -> Geometry {
        Geometry {
            visible: [10.0, 20.0, 10.0 + 720.0, 20.0 + 360.0],
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
                .place("seal", (0.0, 0.0), (25.4, 12.7))
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
                .around("seal", (300.0, 200.0), (25.4, 12.7))
                .unwrap()
                .rectangle;
            assert!(((x0 + x1) / 2.0 - 300.0).abs() < 1e-6 && ((y0 + y1) / 2.0 - 200.0).abs() < 1e-6);
        }
    }

    #[test]
    fn boxes_over_the_edge_are_refused() {
        for at in [(-0.1, 0.0), (0.0, -0.1), (230.0, 0.0), (0.0, 115.0)] {
            let refused = page(0).place("code", at, (25.4, 12.7));
            assert!(
                matches!(refused, Err(SealError::OffPage { what: "code", .. })),
                "{at:?}"
            );
        }
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
