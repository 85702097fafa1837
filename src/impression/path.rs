//! Outlines as numbers: shapes, glyphs, and their text in PDF and SVG.
//!
//! Lengths are millimetres, the origin is the centre of the seal, y points up. Written numbers have three
//! decimals (a micrometre), and sine and cosine come from a fixed polynomial, so that every machine writes the
//! same bytes.

use ttf_parser::{Face, OutlineBuilder};

/// Control points of a quarter of a unit circle: 4/3 (sqrt 2 - 1).
const QUARTER: f64 = 0.552_284_749_8;

/// A linear map of the plane, in PDF's order: x' = a x + c y + e, y' = b x + d y + f. ISO 32000-2, 8.3.3.
#[derive(Clone, Copy, Debug)]
pub(super) struct Matrix(pub(super) [f64; 6]);

impl Matrix {
    fn apply(&self, x: f64, y: f64) -> (f64, f64) {
        let [a, b, c, d, e, f] = self.0;
        (a * x + c * y + e, b * x + d * y + f)
    }
}

/// Closed outlines, to be filled by the nonzero winding rule. ISO 32000-2, 8.5.3.3.2.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Path {
    steps: Vec<Step>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Step {
    Move([f64; 2]),
    Line([f64; 2]),
    Curve([f64; 6]),
    Close,
}

impl Path {
    /// A ring around the origin.
    pub(super) fn add_ring(&mut self, outer: f64, inner: f64) {
        self.add_circle(outer, 1.0);
        // against the sense of the outer circle, so that the inside counts as outside
        self.add_circle(inner, -1.0);
    }

    /// A five-pointed star around the origin, one point up, `radius` from centre to point.
    pub(super) fn add_star(&mut self, radius: f64) {
        // the golden section squared: the sides of opposite points lie in one line
        let inner = radius * 0.381_966_011_25;
        for corner in 0..10 {
            let (sine, cosine) = sine_cosine(f64::from(corner) * 36.0);
            let radius = if corner % 2 == 0 { radius } else { inner };
            let point = [radius * sine, radius * cosine];
            self.steps.push(if corner == 0 {
                Step::Move(point)
            } else {
                Step::Line(point)
            });
        }
        self.steps.push(Step::Close);
    }

    /// The outline of `character`, in font units mapped by `matrix`.
    ///
    /// Returns `None` if the font lacks the character. A blank one has no outline and is no mistake.
    pub(super) fn add_glyph(&mut self, face: &Face<'_>, character: char, matrix: Matrix) -> Option<()> {
        let glyph = face.glyph_index(character)?;
        let mut pen = Pen {
            path: self,
            matrix,
            at: (0.0, 0.0),
        };
        let outlined = face.outline_glyph(glyph, &mut pen).is_some();
        (outlined || character == ' ' || character == '\u{3000}').then_some(())
    }

    /// The corners of the box around all points, control points included: left, bottom, right, top.
    #[cfg(test)]
    pub(super) fn points(&self) -> impl Iterator<Item = (f64, f64)> + '_ {
        self.steps.iter().flat_map(|step| match step {
            Step::Move(point) | Step::Line(point) => vec![(point[0], point[1])],
            Step::Curve(p) => vec![(p[0], p[1]), (p[2], p[3]), (p[4], p[5])],
            Step::Close => Vec::new(),
        })
    }

    /// Path construction operators, one to a line. ISO 32000-2, 8.5.2.
    pub(super) fn write_pdf(&self, out: &mut String) {
        for step in &self.steps {
            let (numbers, operator): (&[f64], char) = match step {
                Step::Move(point) => (point, 'm'),
                Step::Line(point) => (point, 'l'),
                Step::Curve(points) => (points, 'c'),
                Step::Close => (&[], 'h'),
            };
            for number in numbers {
                push_number(out, *number);
                out.push(' ');
            }
            out.push(operator);
            out.push('\n');
        }
    }

    /// Path data with y pointing down. SVG 1.1, 8.3.
    pub(super) fn write_svg(&self, out: &mut String) {
        for step in &self.steps {
            let (numbers, command): (&[f64], char) = match step {
                Step::Move(point) => (point, 'M'),
                Step::Line(point) => (point, 'L'),
                Step::Curve(points) => (points, 'C'),
                Step::Close => (&[], 'Z'),
            };
            out.push(command);
            for (index, number) in numbers.iter().enumerate() {
                if index > 0 {
                    out.push(' ');
                }
                push_number(out, if index % 2 == 1 { -number } else { *number });
            }
        }
    }

    fn add_circle(&mut self, radius: f64, sense: f64) {
        let (r, k) = (radius, radius * QUARTER);
        self.steps.push(Step::Move([r, 0.0]));
        for [x1, y1, x2, y2, x, y] in [
            [r, k, k, r, 0.0, r],
            [-k, r, -r, k, -r, 0.0],
            [-r, -k, -k, -r, 0.0, -r],
            [k, -r, r, -k, r, 0.0],
        ] {
            self.steps
                .push(Step::Curve([x1, y1 * sense, x2, y2 * sense, x, y * sense]));
        }
        self.steps.push(Step::Close);
    }
}

/// Takes the outline of one glyph.
struct Pen<'a> {
    path: &'a mut Path,
    matrix: Matrix,
    at: (f64, f64),
}

impl Pen<'_> {
    fn map(&self, x: f32, y: f32) -> (f64, f64) {
        self.matrix.apply(f64::from(x), f64::from(y))
    }
}

impl OutlineBuilder for Pen<'_> {
    fn move_to(&mut self, x: f32, y: f32) {
        self.at = self.map(x, y);
        self.path.steps.push(Step::Move([self.at.0, self.at.1]));
    }

    fn line_to(&mut self, x: f32, y: f32) {
        self.at = self.map(x, y);
        self.path.steps.push(Step::Line([self.at.0, self.at.1]));
    }

    fn quad_to(&mut self, x1: f32, y1: f32, x: f32, y: f32) {
        // PDF has cubic curves only; the same parabola has its control points two thirds of the way.
        let (from, control, to) = (self.at, self.map(x1, y1), self.map(x, y));
        let third = |end: f64, control: f64| end + (control - end) * 2.0 / 3.0;
        self.path.steps.push(Step::Curve([
            third(from.0, control.0),
            third(from.1, control.1),
            third(to.0, control.0),
            third(to.1, control.1),
            to.0,
            to.1,
        ]));
        self.at = to;
    }

    fn curve_to(&mut self, x1: f32, y1: f32, x2: f32, y2: f32, x: f32, y: f32) {
        let (first, second, to) = (self.map(x1, y1), self.map(x2, y2), self.map(x, y));
        self.path
            .steps
            .push(Step::Curve([first.0, first.1, second.0, second.1, to.0, to.1]));
        self.at = to;
    }

    fn close(&mut self) {
        self.path.steps.push(Step::Close);
    }
}

/// `value` with at most three decimals, without trailing zeros, and never "-0".
pub(super) fn push_number(out: &mut String, value: f64) {
    use core::fmt::Write as _;

    // Written lengths are those of seals, far below 2^53 thousandths.
    let thousandths = (value * 1000.0).round() as i64;
    if thousandths < 0 {
        out.push('-');
    }
    let (whole, fraction) = (
        thousandths.unsigned_abs() / 1000,
        thousandths.unsigned_abs() % 1000,
    );
    let _ = write!(out, "{whole}");
    if fraction > 0 {
        let digits = format!("{fraction:03}");
        out.push('.');
        out.push_str(digits.trim_end_matches('0'));
    }
}

/// Sine and cosine of an angle in degrees, the same on every machine.
///
/// The platform's own functions may differ in the last bit; multiplication and addition may not (IEEE 754).
pub(super) fn sine_cosine(degrees: f64) -> (f64, f64) {
    let quarter = (degrees / 90.0).round();
    let angle = (degrees - quarter * 90.0) * core::f64::consts::PI / 180.0;
    let square = angle * angle;
    // Taylor's series; |angle| <= pi/4, so the first terms left out are below 1e-14
    let series = |first: f64, start: f64| {
        let mut term = first;
        let mut sum = first;
        for step in 0..8 {
            let n = start + 2.0 * f64::from(step);
            term *= -square / (n * (n + 1.0));
            sum += term;
        }
        sum
    };
    let (sine, cosine) = (series(angle, 2.0), series(1.0, 1.0));
    match quarter.rem_euclid(4.0) as u8 {
        0 => (sine, cosine),
        1 => (cosine, -sine),
        2 => (-sine, -cosine),
        _ => (-cosine, sine),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sine_and_cosine_are_off() {
        for degrees in -400..=400 {
            let degrees = f64::from(degrees) * 0.97;
            let (sine, cosine) = sine_cosine(degrees);
            assert!((sine - degrees.to_radians().sin()).abs() < 1e-13, "{degrees}");
            assert!((cosine - degrees.to_radians().cos()).abs() < 1e-13, "{degrees}");
        }
    }

    #[test]
    fn numbers_are_not_in_their_shortest_form() {
        let text = |value| {
            let mut out = String::new();
            push_number(&mut out, value);
            out
        };
        assert_eq!(
            [0.0, -0.0004, 1.0, -2.5, 0.0449, 12.3456].map(text),
            ["0", "0", "1", "-2.5", "0.045", "12.346"]
        );
    }
}
