//! Pixels of a PNG of any colour type and depth, as eight-bit channels. PNG (W3C), clause 6. And of a JPEG, as brightness.

use core::fmt;
use std::io::Cursor;

use crate::limits::Limits;

/// Sides above this are refused: readers of codes count runs of pixels in 16 bits.
pub(crate) const MAXIMUM_SIDE: u32 = 32_767;

/// A decoded picture, rows from the top, without padding.
pub(crate) struct Picture {
    pub(crate) width: u32,
    pub(crate) height: u32,
    /// Whether three colour channels (RGB) come before alpha, or one (grey).
    pub(crate) colour: bool,
    /// Whether an alpha channel follows the colour.
    pub(crate) alpha: bool,
    pub(crate) bytes: Vec<u8>,
}

/// Why a picture is not taken.
#[non_exhaustive]
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum PictureError {
    /// The bytes are no sound PNG, or JPEG where that is taken.
    Malformed(String),
    /// The bytes are neither PNG nor JPEG.
    Unknown,
    /// The picture has more pixels than the limits permit, or a side above 32,767 pixels.
    TooLarge {
        /// Pixels in a row.
        width: u32,
        /// Rows.
        height: u32,
    },
}

impl fmt::Display for PictureError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed(why) => write!(f, "the picture is damaged: {why}; save it again as PNG"),
            Self::Unknown => f.write_str("the picture is neither PNG nor JPEG; save it as PNG"),
            Self::TooLarge { width, height } => {
                write!(
                    f,
                    "the picture of {width} x {height} pixels is too large; scale it down or cut it"
                )
            }
        }
    }
}

impl core::error::Error for PictureError {}

impl Picture {
    pub(crate) fn decode(bytes: &[u8], limits: &Limits) -> Result<Self, PictureError> {
        let malformed = |error: png::DecodingError| PictureError::Malformed(error.to_string());
        // Four channels of at most two bytes each, twice: the row being unfiltered and the one before.
        let budget = png::Limits {
            bytes: limits.pixels.saturating_mul(8),
        };
        let mut decoder = png::Decoder::new_with_limits(Cursor::new(bytes), budget);
        decoder.set_transformations(png::Transformations::EXPAND | png::Transformations::STRIP_16);
        decoder.set_ignore_text_chunk(true);
        decoder.set_ignore_iccp_chunk(true);
        let header = decoder.read_header_info().map_err(malformed)?;
        let (width, height) = (header.width, header.height);
        check_size(width, height, limits)?;

        let mut reader = decoder.read_info().map_err(malformed)?;
        let size = reader
            .output_buffer_size()
            .ok_or(PictureError::TooLarge { width, height })?;
        let mut pixels = vec![0; size];
        let frame = reader.next_frame(&mut pixels).map_err(malformed)?;
        pixels.truncate(frame.buffer_size());
        let (colour, alpha) = match frame.color_type {
            png::ColorType::Grayscale => (false, false),
            png::ColorType::GrayscaleAlpha => (false, true),
            png::ColorType::Rgb => (true, false),
            png::ColorType::Rgba => (true, true),
            png::ColorType::Indexed => {
                return Err(PictureError::Malformed("the palette was not expanded".to_owned()));
            }
        };
        Ok(Self {
            width,
            height,
            colour,
            alpha,
            bytes: pixels,
        })
    }

    /// Bytes of one pixel.
    pub(crate) fn channels(&self) -> usize {
        (if self.colour { 3 } else { 1 }) + usize::from(self.alpha)
    }

    /// Brightness of every pixel, 0 to 255, the picture lying on white.
    #[cfg(feature = "scan")]
    pub(crate) fn luma(&self) -> Vec<u8> {
        let alpha = self.alpha;
        let one = |pixel: &[u8]| {
            let (light, opacity) = match (pixel, alpha) {
                ([grey], _) => (u32::from(*grey), 255),
                ([grey, opacity], true) => (u32::from(*grey), u32::from(*opacity)),
                ([red, green, blue], _) => (weigh(*red, *green, *blue), 255),
                ([red, green, blue, opacity], _) => (weigh(*red, *green, *blue), u32::from(*opacity)),
                _ => (255, 255),
            };
            u8::try_from((light * opacity + 255 * (255 - opacity) + 127) / 255).unwrap_or(255)
        };
        self.bytes.chunks_exact(self.channels()).map(one).collect()
    }
}

/// Brightness of every pixel of a PNG or JPEG, 0 to 255, with its width and height.
#[cfg(feature = "scan")]
pub(crate) fn luma(bytes: &[u8], limits: &Limits) -> Result<(u32, u32, Vec<u8>), PictureError> {
    match bytes {
        [0x89, b'P', b'N', b'G', ..] => {
            let picture = Picture::decode(bytes, limits)?;
            Ok((picture.width, picture.height, picture.luma()))
        }
        [0xff, 0xd8, 0xff, ..] => jpeg_luma(bytes, limits),
        _ => Err(PictureError::Unknown),
    }
}

/// A code is read in any orientation, so what EXIF says of it does not matter. A photograph that ends early is taken as far as it goes.
#[cfg(feature = "scan")]
fn jpeg_luma(bytes: &[u8], limits: &Limits) -> Result<(u32, u32, Vec<u8>), PictureError> {
    use zune_jpeg::JpegDecoder;
    use zune_jpeg::zune_core::bytestream::ZCursor;
    use zune_jpeg::zune_core::colorspace::ColorSpace;
    use zune_jpeg::zune_core::options::DecoderOptions;

    let malformed = |error: &dyn fmt::Debug| PictureError::Malformed(format!("{error:?}"));
    let options = DecoderOptions::default()
        .set_max_width(usize::MAX)
        .set_max_height(usize::MAX)
        .jpeg_set_out_colorspace(ColorSpace::Luma)
        // Each scan of a progressive picture is a pass over all of it.
        .jpeg_set_max_scans(64);
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(bytes), options);
    decoder.decode_headers().map_err(|error| malformed(&error))?;
    let (width, height) = decoder.dimensions().unwrap_or_default();
    let side = |side: usize| u32::try_from(side).unwrap_or(u32::MAX);
    let (width, height) = (side(width), side(height));
    check_size(width, height, limits)?;
    let pixels = decoder.decode().map_err(|error| malformed(&error))?;
    Ok((width, height, pixels))
}

/// Whether a picture of this size may be worked on.
pub(crate) fn check_size(width: u32, height: u32, limits: &Limits) -> Result<(), PictureError> {
    let pixels = u64::from(width) * u64::from(height);
    let limit = u64::try_from(limits.pixels).unwrap_or(u64::MAX);
    if pixels > limit || width > MAXIMUM_SIDE || height > MAXIMUM_SIDE {
        return Err(PictureError::TooLarge { width, height });
    }
    Ok(())
}

/// Luma of ITU-R BT.601.
#[cfg(feature = "scan")]
fn weigh(red: u8, green: u8, blue: u8) -> u32 {
    (299 * u32::from(red) + 587 * u32::from(green) + 114 * u32::from(blue) + 500) / 1000
}
