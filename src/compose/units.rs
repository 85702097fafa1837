//! Lengths: whole thousandths of a point, so that no platform's floating point decides where anything stands.

use serde::Deserialize;

/// A length in thousandths of a point (1/72000 inch).
pub(crate) type Length = i32;

/// A length that the template gives in millimetres.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq)]
#[serde(try_from = "f64")]
pub(super) struct Mm(i32);

/// A length that the template gives in points.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
#[serde(try_from = "f64")]
pub(super) struct Pt(i32);

/// A length that the template gives in ems (multiples of the font size), kept in thousandths.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq)]
#[serde(try_from = "f64")]
pub(super) struct Em(i32);

impl Mm {
    pub(super) fn length(self) -> Length {
        micrometres(self.0)
    }

    pub(super) const fn millimetres_of(millimetres: i32) -> Self {
        Self(millimetres * 1000)
    }

    /// Exactly what the template says.
    pub(super) fn millimetres(self) -> f64 {
        f64::from(self.0) / 1000.0
    }
}

impl Pt {
    pub(super) const fn points(points: i32) -> Self {
        Self(points * 1000)
    }

    pub(super) fn length(self) -> Length {
        self.0
    }
}

impl Em {
    pub(super) const fn thousandths(thousandths: i32) -> Self {
        Self(thousandths)
    }

    pub(super) fn value(self) -> i32 {
        self.0
    }
}

/// Millimetres as a length, rounded to the nearest thousandth of a point.
pub(crate) const fn mm(millimetres: i32) -> Length {
    micrometres(millimetres * 1000)
}

/// `thousandths` of the font size `size`.
pub(super) fn em(thousandths: i32, size: Length) -> Length {
    narrow((i64::from(thousandths) * i64::from(size) + 500).div_euclid(1000))
}

/// The length `length` in thousandths of the font size `size`, rounded down.
pub(super) fn in_em(length: Length, size: Length) -> i32 {
    narrow(i64::from(length) * 1000 / i64::from(size.max(1)))
}

/// Writes a length as points with up to three decimals.
pub(super) fn write_points(out: &mut Vec<u8>, length: Length) {
    if length < 0 {
        out.push(b'-');
    }
    let length = length.unsigned_abs();
    write_digits(out, length / 1000);
    let fraction = length % 1000;
    if fraction != 0 {
        out.push(b'.');
        let digits = [fraction / 100, fraction / 10 % 10, fraction % 10];
        let kept = digits
            .iter()
            .rposition(|&digit| digit != 0)
            .map_or(0, |at| at + 1);
        digits
            .iter()
            .take(kept)
            .for_each(|&digit| write_digits(out, digit));
    }
}

/// Writes a whole number.
pub(super) fn write_integer(out: &mut Vec<u8>, value: i32) {
    if value < 0 {
        out.push(b'-');
    }
    write_digits(out, value.unsigned_abs());
}

fn write_digits(out: &mut Vec<u8>, mut value: u32) {
    let mut digits = [0; 10];
    let mut at = digits.len();
    loop {
        at -= 1;
        digits[at] = b"0123456789"[(value % 10) as usize];
        value /= 10;
        if value == 0 {
            break;
        }
    }
    out.extend_from_slice(&digits[at..]);
}

const fn micrometres(micrometres: i32) -> Length {
    // 25.4 mm are 72 pt. At most 2 m fit into the templates' range, far inside of i32.
    ((micrometres as i64 * 72_000 + 12_700) / 25_400) as i32
}

fn narrow(value: i64) -> i32 {
    i32::try_from(value).unwrap_or(if value < 0 { i32::MIN } else { i32::MAX })
}

/// Thousandths of `value` if it lies in the range, both ends included.
fn thousandths(value: f64, least: i32, most: i32, unit: &str) -> Result<i32, String> {
    if value.is_finite() && (f64::from(least)..=f64::from(most)).contains(&value) {
        // In range, so the conversion keeps the value; rounding is the same on every IEEE 754 platform.
        Ok((value * 1000.0).round() as i32)
    } else {
        Err(format!("{value} is not from {least} to {most} {unit}"))
    }
}

impl TryFrom<f64> for Mm {
    type Error = String;

    fn try_from(value: f64) -> Result<Self, String> {
        thousandths(value, 0, 300, "mm").map(Self)
    }
}

impl TryFrom<f64> for Pt {
    type Error = String;

    fn try_from(value: f64) -> Result<Self, String> {
        thousandths(value, 0, 144, "points").and_then(|v| {
            if v < 100 {
                Err("less than 0.1 points".into())
            } else {
                Ok(Self(v))
            }
        })
    }
}

impl TryFrom<f64> for Em {
    type Error = String;

    fn try_from(value: f64) -> Result<Self, String> {
        thousandths(value, 0, 20, "ems").map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn millimetres_become_points() {
        assert_eq!((mm(210), mm(297)), (595_276, 841_890));
    }

    #[test]
    fn points_are_written_without_needless_digits() {
        for (length, text) in [
            (0, "0"),
            (1000, "1"),
            (-500, "-0.5"),
            (12_345, "12.345"),
            (12_050, "12.05"),
            (7, "0.007"),
        ] {
            let mut out = Vec::new();
            write_points(&mut out, length);
            assert_eq!(out, text.as_bytes());
        }
    }
}
