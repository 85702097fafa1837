//! Reading the QR codes in a picture: `rxing` behind a cascade of filters, with bounded work.
//!
//! The picture is tried as it is, then with its contrast stretched, smoothed, sharpened, at other sizes and inverted; a try that
//! reads something ends the search, unless there are more places that look like a symbol of the same size. What all tries
//! may cost is bounded by [`Limits::scan_pixels`], so the time is, without a clock.

use core::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::filter::Grey;
use super::hunt::{Found, HuntError, Quarry, hunt};
use super::picture::{self, Picture};
use crate::limits::Limits;

pub use super::picture::PictureError;

/// What sampling and decoding one place costs, in pixels looked at: some 0.15 ms against 10 ns.
const SAMPLE_PIXELS: usize = 16_384;

/// Pictures with more pixels are not enlarged: at that size even a whole page has pixels enough.
const ENLARGED: usize = 4 << 20;

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
/// larger than `limits.pixels`, [`ReadError::TooBusy`] if it is full of pattern look-alikes,
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
    let mut search = Search {
        pixels: limits.scan_pixels,
        found: Vec::new(),
        failure: None,
    };
    let mut more = search.attempt(&raw, 1.0, USUAL)?;
    if more {
        let stretched = raw.stretched();
        drop(raw);
        for filter in &FILTERS {
            let small = stretched.pixels.len() <= ENLARGED;
            if more && (filter.scale <= 1.0 || small) {
                more = search.attempt(&(filter.make)(&stretched), filter.scale, filter.quarry)?;
            }
        }
    }
    search.finish()
}

/// One way to look at a picture.
struct Filter {
    make: fn(&Grey) -> Grey,
    /// Pixels that it makes of one.
    scale: f32,
    quarry: Quarry,
}

impl Filter {
    const fn new(make: fn(&Grey) -> Grey, scale: f32) -> Self {
        Self {
            make,
            scale,
            quarry: USUAL,
        }
    }
}

const USUAL: Quarry = Quarry {
    light: false,
    bent: false,
};

/// In the order of what they read and cost.
const FILTERS: [Filter; 10] = [
    Filter::new(Grey::clone, 1.0),
    Filter::new(Grey::blurred, 1.0),
    Filter::new(Grey::sharpened, 1.0),
    Filter::new(Grey::halved, 0.5),
    Filter {
        make: Grey::clone,
        scale: 1.0,
        quarry: Quarry { light: true, ..USUAL },
    },
    Filter {
        make: Grey::clone,
        scale: 1.0,
        quarry: Quarry { bent: true, ..USUAL },
    },
    Filter::new(Grey::doubled, 2.0),
    Filter::new(|grey| grey.blurred().doubled(), 2.0),
    Filter::new(Grey::darkened, 1.0),
    Filter::new(|grey| grey.blurred().blurred(), 1.0),
];

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

/// What was found so far, and what looking on may cost.
struct Search {
    /// Pixels that may still be looked at.
    pixels: usize,
    /// Symbols by their places in the picture as it was given.
    found: Vec<Found>,
    /// Why a try was given up. Noise makes look-alikes of finder patterns, and the next try smooths it.
    failure: Option<ReadError>,
}

impl Search {
    /// One try at `scale` times the size; whether another may find more.
    fn attempt(&mut self, grey: &Grey, scale: f32, quarry: Quarry) -> Result<bool, ReadError> {
        let Some(left) = self.pixels.checked_sub(grey.pixels.len()) else {
            return Ok(self.found.is_empty());
        };
        self.pixels = left;
        // A decoder of hostile pictures with this much index arithmetic may panic; the caller shall not fall with
        // it. Built with `panic = "abort"` this does not help, and the panic hook still prints.
        let hunted = match catch_unwind(AssertUnwindSafe(|| hunt(grey, quarry))) {
            Ok(Ok(hunted)) => hunted,
            Ok(Err(HuntError::StructuredAppend)) => return Err(ReadError::StructuredAppend),
            Ok(Err(HuntError::TooBusy)) => {
                self.failure.get_or_insert(ReadError::TooBusy);
                return Ok(true);
            }
            Err(_) => {
                self.failure = Some(ReadError::Unreachable);
                return Ok(true);
            }
        };
        self.pixels = self
            .pixels
            .saturating_sub(hunted.sampled.saturating_mul(SAMPLE_PIXELS));
        for mut symbol in hunted.found {
            symbol.x /= scale;
            symbol.y /= scale;
            symbol.reach /= scale;
            if !self.found.iter().any(|known| known.is_same(&symbol)) {
                self.found.push(symbol);
            }
        }
        Ok(hunted.more || self.found.is_empty())
    }

    fn finish(self) -> Result<Vec<String>, ReadError> {
        if self.found.is_empty() {
            return Err(self.failure.unwrap_or(ReadError::NothingFound));
        }
        Ok(in_reading_order(self.found))
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
