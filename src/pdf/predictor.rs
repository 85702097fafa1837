//! Predictors of `/DecodeParms` (ISO 32000-2, 7.4.4.4): TIFF 2 and the five of PNG (ISO/IEC 15948, clause 9).

use super::error::PdfErrorKind;
use super::object::{Dictionary, Object};

/// The parameters of FlateDecode and LZWDecode, table 8.
#[derive(Clone, Debug)]
pub(super) struct Parameters {
    pub(super) predictor: i64,
    pub(super) colors: i64,
    pub(super) bits: i64,
    pub(super) columns: i64,
    pub(super) early_change: bool,
}

impl Default for Parameters {
    fn default() -> Self {
        Self {
            predictor: 1,
            colors: 1,
            bits: 8,
            columns: 1,
            early_change: true,
        }
    }
}

impl Parameters {
    /// The parameters in `dictionary`; what is absent has the standard's default.
    pub(super) fn of(dictionary: &Dictionary) -> Result<Self, PdfErrorKind> {
        let integer = |key: &[u8], default| match dictionary.find(key) {
            None | Some(Object::Null) => Ok(default),
            Some(Object::Integer(value)) => Ok(*value),
            Some(_) => Err(PdfErrorKind::UnknownFilter),
        };
        let default = Self::default();
        let early_change = match integer(b"EarlyChange", 1)? {
            0 => false,
            1 => true,
            _ => return Err(PdfErrorKind::UnknownFilter),
        };
        Ok(Self {
            predictor: integer(b"Predictor", default.predictor)?,
            colors: integer(b"Colors", default.colors)?,
            bits: integer(b"BitsPerComponent", default.bits)?,
            columns: integer(b"Columns", default.columns)?,
            early_change,
        })
    }
}

/// `data` as they were before prediction.
pub(super) fn undo(data: Vec<u8>, parameters: &Parameters) -> Result<Vec<u8>, PdfErrorKind> {
    if parameters.predictor == 1 {
        return Ok(data);
    }
    let positive = |value: i64, maximum: usize| {
        usize::try_from(value)
            .ok()
            .filter(|v| (1..=maximum).contains(v))
            .ok_or(PdfErrorKind::UnknownFilter)
    };
    let colors = positive(parameters.colors, 256)?;
    let bits = positive(parameters.bits, 16)
        .ok()
        .filter(|bits| matches!(bits, 1 | 2 | 4 | 8 | 16));
    let bits = bits.ok_or(PdfErrorKind::UnknownFilter)?;
    let columns = positive(parameters.columns, 1 << 24)?;
    // At most 2^8 * 2^4 * 2^24 = 2^36 bits, which a 64-bit usize holds; checked for the others.
    let pixel_bits = colors * bits;
    let row_bits = pixel_bits
        .checked_mul(columns)
        .ok_or(PdfErrorKind::UnknownFilter)?;
    let (pixel, row) = (pixel_bits.div_ceil(8), row_bits.div_ceil(8));
    match parameters.predictor {
        2 => Ok(tiff(data, colors, bits, row)),
        10..=15 => png(data, pixel, row),
        _ => Err(PdfErrorKind::UnknownFilter),
    }
}

/// TIFF 6.0, section 14: each component is the difference from the one of its colour in the pixel to the left. Rows start
/// at a byte; a last row that is cut off is undone as far as it goes.
fn tiff(mut data: Vec<u8>, colors: usize, bits: usize, row: usize) -> Vec<u8> {
    for line in data.chunks_mut(row) {
        match bits {
            8 => {
                for i in colors..line.len() {
                    let left = line.get(i - colors).copied().unwrap_or(0);
                    add(line, i, left);
                }
            }
            16 => {
                for i in (colors * 2..line.len().saturating_sub(1)).step_by(2) {
                    let word = |at: usize| match (line.get(at), line.get(at + 1)) {
                        (Some(high), Some(low)) => u16::from_be_bytes([*high, *low]),
                        _ => 0,
                    };
                    let sum = word(i).wrapping_add(word(i - colors * 2));
                    if let Some(pair) = line.get_mut(i..i + 2) {
                        pair.copy_from_slice(&sum.to_be_bytes());
                    }
                }
            }
            _ => packed(line, colors, bits),
        }
    }
    data
}

/// A row of components of 1, 2 or 4 bits, the first in the high bits of a byte.
fn packed(line: &mut [u8], colors: usize, bits: usize) {
    let per_byte = 8 / bits;
    let mask = u8::MAX >> (8 - bits);
    let place = |i: usize| (i / per_byte, 8 - bits - i % per_byte * bits);
    for i in colors..line.len() * per_byte {
        let (from, from_shift) = place(i - colors);
        let (to, shift) = place(i);
        let left = line.get(from).copied().unwrap_or(0) >> from_shift;
        if let Some(byte) = line.get_mut(to) {
            let sum = (*byte >> shift).wrapping_add(left) & mask;
            *byte = *byte & !(mask << shift) | sum << shift;
        }
    }
}

/// Undone in place: a row loses its first byte, so it never reaches what is still to be read.
fn png(mut data: Vec<u8>, pixel: usize, row: usize) -> Result<Vec<u8>, PdfErrorKind> {
    let (mut read, mut written) = (0usize, 0usize);
    while let Some(&kind) = data.get(read) {
        read += 1;
        let length = row.min(data.len() - read);
        data.copy_within(read..read + length, written);
        let (done, rest) = data
            .split_at_mut_checked(written)
            .ok_or(PdfErrorKind::CorruptStream)?;
        // The row above the first is zeros, and no row is longer than the one above but the first.
        let above = done.get(written.saturating_sub(row)..).unwrap_or_default();
        let line = rest.get_mut(..length).ok_or(PdfErrorKind::CorruptStream)?;
        undo_row(kind, line, above, pixel)?;
        read += length;
        written += length;
    }
    data.truncate(written);
    Ok(data)
}

/// Undoes the prediction of a row, of the type `kind` (ISO/IEC 15948, 9.2), below the row `above`.
fn undo_row(kind: u8, line: &mut [u8], above: &[u8], pixel: usize) -> Result<(), PdfErrorKind> {
    match kind {
        0 => {}
        1 => {
            for i in pixel..line.len() {
                let left = line.get(i - pixel).copied().unwrap_or(0);
                add(line, i, left);
            }
        }
        2 => {
            for (byte, up) in line.iter_mut().zip(above) {
                *byte = byte.wrapping_add(*up);
            }
        }
        3 | 4 => {
            for i in 0..line.len() {
                let before = i.checked_sub(pixel);
                let left = before.and_then(|j| line.get(j)).copied().unwrap_or(0);
                let corner = before.and_then(|j| above.get(j)).copied().unwrap_or(0);
                let up = above.get(i).copied().unwrap_or(0);
                let guess = if kind == 3 {
                    left.midpoint(up)
                } else {
                    paeth(left, up, corner)
                };
                add(line, i, guess);
            }
        }
        _ => return Err(PdfErrorKind::CorruptStream),
    }
    Ok(())
}

fn add(line: &mut [u8], at: usize, value: u8) {
    if let Some(byte) = line.get_mut(at) {
        *byte = byte.wrapping_add(value);
    }
}

fn paeth(left: u8, up: u8, corner: u8) -> u8 {
    let (a, b, c) = (i16::from(left), i16::from(up), i16::from(corner));
    let (to_left, to_up, to_corner) = ((b - c).abs(), (a - c).abs(), (a + b - 2 * c).abs());
    if to_left <= to_up && to_left <= to_corner {
        left
    } else if to_up <= to_corner {
        up
    } else {
        corner
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parameters(predictor: i64, colors: i64, bits: i64, columns: i64) -> Parameters {
        Parameters {
            predictor,
            colors,
            bits,
            columns,
            early_change: true,
        }
    }

    #[test]
    fn every_png_row_type_is_undone() {
        // Rows of 3 pixels of 1 byte: none, sub, up, average, paeth.
        let data = [0, 1, 2, 3, 1, 1, 1, 1, 2, 1, 1, 1, 3, 1, 1, 1, 4, 1, 1, 1];
        let rows = undo(data.to_vec(), &parameters(12, 1, 8, 3)).unwrap();
        assert_eq!(rows, [1, 2, 3, 1, 2, 3, 2, 3, 4, 2, 3, 4, 3, 4, 5]);
        assert_eq!(
            undo(vec![9, 0, 0, 0], &parameters(15, 1, 8, 3)),
            Err(PdfErrorKind::CorruptStream)
        );
    }

    #[test]
    fn tiff_prediction_adds_the_pixel_to_the_left() {
        assert_eq!(
            undo(vec![1, 2, 1, 2, 5, 5, 1, 1], &parameters(2, 2, 8, 2)).unwrap(),
            [1, 2, 2, 4, 5, 5, 6, 6]
        );
        assert_eq!(
            undo(vec![0, 255, 0, 1], &parameters(2, 1, 16, 2)).unwrap(),
            [0, 255, 1, 0]
        );
    }

    /// Differences as a writer makes them, one component at a time: the slow way, told from the standard alone.
    fn predict(samples: &[u16], colors: usize, bits: usize) -> Vec<u8> {
        let mut text = String::new();
        for (i, sample) in samples.iter().enumerate() {
            let left = i.checked_sub(colors).map_or(0, |j| samples[j]);
            let difference = sample.wrapping_sub(left) & (u16::MAX >> (16 - bits));
            text.push_str(&format!("{difference:0bits$b}"));
        }
        while !text.len().is_multiple_of(8) {
            text.push('0');
        }
        let byte = |bits: &[u8]| u8::from_str_radix(std::str::from_utf8(bits).unwrap(), 2).unwrap();
        text.as_bytes().chunks(8).map(byte).collect()
    }

    #[test]
    fn tiff_prediction_is_undone_for_every_width_and_number_of_colours() {
        for bits in [1usize, 2, 4, 8, 16] {
            for colors in 1..=5usize {
                let columns = 7;
                let mask = u16::MAX >> (16 - bits);
                let rows: Vec<Vec<u16>> = (0..3u16)
                    .map(|row| {
                        let samples = 0..u16::try_from(colors * columns).unwrap();
                        samples
                            .map(|i| i.wrapping_mul(40_503).wrapping_add(row * 977) >> 3 & mask)
                            .collect()
                    })
                    .collect();
                let data = rows.iter().flat_map(|row| predict(row, colors, bits)).collect();
                let plain: Vec<u8> = rows
                    .iter()
                    // A pixel as wide as the row has nothing to its left.
                    .flat_map(|row| predict(row, row.len(), bits))
                    .collect();
                let p = parameters(2, colors.try_into().unwrap(), bits.try_into().unwrap(), 7);
                let undone = undo(data, &p).unwrap();
                // The padding of a row holds no component; readers leave there what they like.
                let padding = row_padding(colors * columns * bits);
                let masked = |bytes: &[u8]| -> Vec<u8> {
                    let row = (colors * columns * bits).div_ceil(8);
                    let mut bytes = bytes.to_vec();
                    bytes
                        .chunks_mut(row)
                        .for_each(|line| *line.last_mut().unwrap() &= padding);
                    bytes
                };
                assert_eq!(masked(&undone), masked(&plain), "{bits} bits, {colors} colours");
            }
        }
    }

    fn row_padding(bits: usize) -> u8 {
        u8::try_from((0xFF00 >> ((bits - 1) % 8 + 1)) & 0xFF).unwrap()
    }

    #[test]
    fn last_row_that_is_cut_off_is_undone_as_far_as_it_goes() {
        assert_eq!(
            undo(vec![2, 1, 2, 3, 2, 1, 1], &parameters(12, 1, 8, 3)).unwrap(),
            [1, 2, 3, 2, 3]
        );
        assert_eq!(
            undo(vec![2, 1, 2, 3, 2], &parameters(12, 1, 8, 3)).unwrap(),
            [1, 2, 3]
        );
        assert_eq!(
            undo(vec![1, 1, 1, 1], &parameters(2, 1, 8, 3)).unwrap(),
            [1, 2, 3, 1]
        );
        assert_eq!(
            undo(vec![0, 1, 0, 1, 9], &parameters(2, 1, 16, 3)).unwrap(),
            [0, 1, 0, 2, 9]
        );
        assert_eq!(undo(vec![], &parameters(15, 4, 16, 3)).unwrap(), b"");
    }

    #[test]
    fn impossible_parameters_are_refused() {
        for p in [
            parameters(2, 1, 3, 2),
            parameters(12, 1, 5, 2),
            parameters(12, 0, 8, 1),
            parameters(12, 1, 8, -1),
            parameters(12, 1, 64, 1),
            parameters(12, 1, 8, 1 << 40),
            parameters(3, 1, 8, 1),
        ] {
            assert_eq!(undo(vec![0; 8], &p), Err(PdfErrorKind::UnknownFilter), "{p:?}");
        }
    }
}
