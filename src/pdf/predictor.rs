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
        Ok(Self {
            predictor: integer(b"Predictor", default.predictor)?,
            colors: integer(b"Colors", default.colors)?,
            bits: integer(b"BitsPerComponent", default.bits)?,
            columns: integer(b"Columns", default.columns)?,
            early_change: integer(b"EarlyChange", 1)? != 0,
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
    let bits = positive(parameters.bits, 16)?;
    let columns = positive(parameters.columns, 1 << 24)?;
    // At most 2^8 * 2^4 * 2^24 = 2^36 bits, which a 64-bit usize holds; checked for the others.
    let pixel_bits = colors * bits;
    let row_bits = pixel_bits
        .checked_mul(columns)
        .ok_or(PdfErrorKind::UnknownFilter)?;
    let (pixel, row) = (pixel_bits.div_ceil(8), row_bits.div_ceil(8));
    match parameters.predictor {
        2 => tiff(data, colors, bits, row),
        10..=15 => png(&data, pixel, row),
        _ => Err(PdfErrorKind::UnknownFilter),
    }
}

fn tiff(mut data: Vec<u8>, colors: usize, bits: usize, row: usize) -> Result<Vec<u8>, PdfErrorKind> {
    let step = match bits {
        8 => colors,
        16 => colors * 2,
        _ => return Err(PdfErrorKind::UnknownFilter),
    };
    for line in data.chunks_mut(row) {
        for i in step..line.len() {
            let Some(left) = line.get(i - step).copied() else {
                break;
            };
            if bits == 8 {
                if let Some(byte) = line.get_mut(i) {
                    *byte = byte.wrapping_add(left);
                }
            } else if (i - step) % 2 == 1 {
                let word = |at: usize| match (line.get(at), line.get(at + 1)) {
                    (Some(a), Some(b)) => u16::from_be_bytes([*a, *b]),
                    _ => 0,
                };
                let [high, low] = word(i - 1).wrapping_add(word(i - 1 - step)).to_be_bytes();
                if let Some(pair) = line.get_mut(i - 1..=i) {
                    pair.copy_from_slice(&[high, low]);
                }
            }
        }
    }
    Ok(data)
}

fn png(data: &[u8], pixel: usize, row: usize) -> Result<Vec<u8>, PdfErrorKind> {
    let mut output: Vec<u8> = Vec::with_capacity(data.len());
    let mut above: Vec<u8> = Vec::new();
    let mut line: Vec<u8> = Vec::new();
    // Past the data a missing row above is zeros; rows never grow beyond the data, so `row` itself is not allocated.
    for chunk in data.chunks(row.saturating_add(1)) {
        let Some((kind, encoded)) = chunk.split_first() else {
            break;
        };
        line.clear();
        line.extend_from_slice(encoded);
        above.resize(encoded.len().max(above.len()), 0);
        match kind {
            0 => {}
            1 => {
                for i in pixel..line.len() {
                    let left = line.get(i - pixel).copied().unwrap_or(0);
                    add(&mut line, i, left);
                }
            }
            2 => {
                for (byte, up) in line.iter_mut().zip(&above) {
                    *byte = byte.wrapping_add(*up);
                }
            }
            3 | 4 => {
                for i in 0..line.len() {
                    let before = i.checked_sub(pixel);
                    let left = before.and_then(|j| line.get(j)).copied().unwrap_or(0);
                    let corner = before.and_then(|j| above.get(j)).copied().unwrap_or(0);
                    let up = above.get(i).copied().unwrap_or(0);
                    let guess = if *kind == 3 {
                        average(left, up)
                    } else {
                        paeth(left, up, corner)
                    };
                    add(&mut line, i, guess);
                }
            }
            _ => return Err(PdfErrorKind::CorruptStream),
        }
        output.extend_from_slice(&line);
        core::mem::swap(&mut above, &mut line);
    }
    Ok(output)
}

fn add(line: &mut [u8], at: usize, value: u8) {
    if let Some(byte) = line.get_mut(at) {
        *byte = byte.wrapping_add(value);
    }
}

fn average(left: u8, up: u8) -> u8 {
    left.midpoint(up)
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

    #[test]
    fn impossible_parameters_are_refused() {
        for p in [
            parameters(2, 1, 4, 2),
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
