//! Fine interlaced curves under a page (底纹), as they are printed on certificates. Whole numbers only, so that every machine
//! draws the same.

use super::units::{Length, write_points};

/// A turn in the unit of [`sine`].
const TURN: i64 = 36_000;
/// Bands of waves: so many over the height of a page.
const BANDS: i64 = 22;
/// Petals of the rosette and how many curves it is made of.
const PETALS: i64 = 12;
const CURVES: i64 = 9;

/// Draws the pattern on a page of `width` by `height`.
pub(super) fn draw(width: Length, height: Length) -> Vec<u8> {
    let mut out = Vec::with_capacity(24 << 10);
    // So pale that text and code stand out on a copy as well.
    out.extend_from_slice(b"/Artifact BMC q 0.80 0.88 0.90 RG 0.35 w\n");
    waves(&mut out, width, height);
    out.extend_from_slice(b"0.84 0.90 0.84 RG\n");
    rosette(&mut out, width, height);
    out.extend_from_slice(b"Q EMC\n");
    out
}

/// Waves from edge to edge; every one crosses its neighbours.
fn waves(out: &mut Vec<u8>, width: Length, height: Length) {
    let (width, height) = (i64::from(width), i64::from(height));
    let steps = 14;
    let band = height / BANDS;
    for line in 0..=2 * BANDS {
        // Lines alternate between half a turn and none, and the swing changes slowly from band to band.
        let middle = band * line / 2;
        let phase = if line % 2 == 0 { 0 } else { TURN / 2 };
        let swing = band * (70 + sine(line * 3_000) / 2_500) / 100;
        let angle = |step: i64| step * TURN / 4 + phase;
        let point = |step: i64| (width * step / steps, middle + swing * sine(angle(step)) / ONE);
        // The derivative over one step is the cosine times the angle of a step, a quarter of a turn: pi / 2.
        let rise = |step: i64| swing * sine(angle(step) + TURN / 4) / ONE * 1_571 / 1_000;
        curve(out, steps, point, |step| (width / steps, rise(step)));
    }
}

/// A flower in the middle of the page.
fn rosette(out: &mut Vec<u8>, width: Length, height: Length) {
    let centre = (i64::from(width) / 2, i64::from(height) / 2);
    let outer = i64::from(width.min(height)) * 30 / 100;
    let steps = PETALS * 6;
    for number in 0..CURVES {
        let radius = outer * (60 + 5 * number) / 100;
        let depth = outer * (28 - 2 * number) / 100;
        let phase = number * TURN / CURVES;
        let polar = |step: i64| {
            let angle = step * TURN / steps;
            let swing = sine(angle * PETALS + phase);
            (angle, radius + depth * swing / ONE)
        };
        let point = |step: i64| {
            let (angle, distance) = polar(step);
            let x = centre.0 + distance * sine(angle + TURN / 4) / ONE;
            (x, centre.1 + distance * sine(angle) / ONE)
        };
        // Half the way between the neighbours: what a smooth curve through equal steps has.
        let slope = |step: i64| {
            let (before, after) = (point(step - 1), point(step + 1));
            ((after.0 - before.0) / 2, (after.1 - before.1) / 2)
        };
        curve(out, steps, point, slope);
    }
}

/// A smooth curve through the points 0 to `steps`, with its direction in each.
fn curve(
    out: &mut Vec<u8>,
    steps: i64,
    point: impl Fn(i64) -> (i64, i64),
    slope: impl Fn(i64) -> (i64, i64),
) {
    write(out, point(0), b"m\n");
    for step in 0..steps {
        let ((x0, y0), (x3, y3)) = (point(step), point(step + 1));
        let ((dx0, dy0), (dx3, dy3)) = (slope(step), slope(step + 1));
        write(out, (x0 + dx0 / 3, y0 + dy0 / 3), b"");
        write(out, (x3 - dx3 / 3, y3 - dy3 / 3), b"");
        write(out, (x3, y3), b"c\n");
    }
    out.extend_from_slice(b"S\n");
}

fn write(out: &mut Vec<u8>, (x, y): (i64, i64), operator: &[u8]) {
    for value in [x, y] {
        // A tenth of a point is enough for a background, and keeps it small.
        write_points(out, Length::try_from(value / 100 * 100).unwrap_or(0));
        out.push(b' ');
    }
    out.extend_from_slice(operator);
}

/// What [`sine`] calls one.
const ONE: i64 = 100_000;

/// The sine of an angle in hundredths of a degree, by the rational approximation of Bhaskara I, which is off by less than 0.002.
fn sine(angle: i64) -> i64 {
    let angle = angle.rem_euclid(TURN);
    let half = TURN / 2;
    let (sign, x) = if angle < half {
        (1, angle)
    } else {
        (-1, angle - half)
    };
    let product = x * (half - x);
    // 40500 square degrees, in hundredths.
    sign * 4 * product * ONE / (405_000_000 - product)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compose::units::mm;

    #[test]
    fn sine_is_close_to_the_sine() {
        for degrees in -720..=720 {
            let expected = f64::from(degrees).to_radians().sin();
            let found = sine(i64::from(degrees) * 100) as f64 / ONE as f64;
            assert!((found - expected).abs() < 0.002, "{degrees}: {found} {expected}");
        }
    }

    #[test]
    fn pattern_is_small() {
        let bytes = super::super::embed::compressed(&draw(mm(210), mm(297)));
        assert!(bytes.len() < 20_000, "{}", bytes.len());
    }
}
