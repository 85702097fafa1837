//! A PNG as an image XObject with its transparency as a soft mask, or as a stencil where soft masks are forbidden.
//! ISO 32000-2, 8.9.5, 8.9.6.3 and 11.6.5.2.

use base64::Engine as _;
use miniz_oxide::deflate::compress_to_vec_zlib;

use super::ImpressionError;
use crate::limits::Limits;
use crate::pdf::Ref;
use crate::pdf::update::{Update, stream_body};
use crate::symbol::picture::Picture;

/// Level of deflate: 6 is zlib's default.
const DEFLATE: u8 = 6;

/// Samples of a picture, compressed.
#[derive(Clone, Debug)]
pub(super) struct Image {
    pub(super) width: u32,
    pub(super) height: u32,
    /// Whether its samples are DeviceRGB, or else DeviceGray.
    pub(super) colour: bool,
    samples: Vec<u8>,
    /// One byte a pixel, compressed; `None` if every pixel is opaque.
    alpha: Option<Vec<u8>>,
    /// One bit a pixel, compressed: 1 where nothing is to be painted if the picture cannot blend.
    stencil: Vec<u8>,
    /// The file itself, for previews.
    file: Vec<u8>,
}

impl Image {
    pub(super) fn of(bytes: &[u8], limits: &Limits) -> Result<Self, ImpressionError> {
        let picture = Picture::decode(bytes, limits)?;
        let channels = picture.channels();
        let stencil = compress_to_vec_zlib(&stencil(&picture), DEFLATE);
        let mut alpha = None;
        let samples = if picture.alpha {
            let opacity: Vec<u8> = picture
                .bytes
                .chunks_exact(channels)
                .filter_map(|pixel| pixel.last().copied())
                .collect();
            if opacity.iter().any(|&value| value != 255) {
                alpha = Some(compress_to_vec_zlib(&opacity, DEFLATE));
            }
            let colours: Vec<u8> = picture
                .bytes
                .chunks_exact(channels)
                .filter_map(|pixel| pixel.split_last())
                .flat_map(|(_, colour)| colour.iter().copied())
                .collect();
            compress_to_vec_zlib(&colours, DEFLATE)
        } else {
            compress_to_vec_zlib(&picture.bytes, DEFLATE)
        };
        let (width, height, colour) = (picture.width, picture.height, picture.colour);
        Ok(Self {
            width,
            height,
            colour,
            samples,
            alpha,
            stencil,
            file: bytes.to_vec(),
        })
    }

    /// Writes the image and its mask (a stencil if it is to be `opaque`), and returns the image's reference.
    pub(super) fn write(&self, update: &mut Update, opaque: bool) -> Ref {
        let soft = self
            .alpha
            .as_ref()
            .map(|alpha| ("SMask", alpha, "/ColorSpace /DeviceGray /BitsPerComponent 8"));
        let stencil = ("Mask", &self.stencil, "/ImageMask true /BitsPerComponent 1");
        let mask = if opaque { Some(stencil) } else { soft };
        let entry = mask.map_or(String::new(), |(key, data, kind)| {
            let mask = update.allocate();
            update.put(mask, self.body(data, kind));
            format!(" /{key} {mask}")
        });
        let image = update.allocate();
        let space = if self.colour { "DeviceRGB" } else { "DeviceGray" };
        let kind = format!("/ColorSpace /{space} /BitsPerComponent 8{entry}");
        update.put(image, self.body(&self.samples, &kind));
        image
    }

    pub(super) fn png_base64(&self) -> String {
        base64::engine::general_purpose::STANDARD.encode(&self.file)
    }

    fn body(&self, data: &[u8], kind: &str) -> Vec<u8> {
        let entries = format!(
            "/Type /XObject /Subtype /Image /Width {} /Height {} {kind} /Filter /FlateDecode",
            self.width, self.height
        );
        stream_body(entries.as_bytes(), data, false)
    }
}

/// Rows of bits, each starting a new byte: 1 for pixels that would hardly colour white paper. What Multiply shows as paper,
/// transparent or nearly white, must not cover the text; faded ink has to stay.
fn stencil(picture: &Picture) -> Vec<u8> {
    let width = usize::try_from(picture.width).unwrap_or(usize::MAX).max(1);
    let pixels: Vec<bool> = picture
        .bytes
        .chunks_exact(picture.channels())
        .map(|pixel| {
            let (alpha, colours) = match pixel.split_last() {
                Some((alpha, colours)) if picture.alpha => (*alpha, colours),
                _ => (255, pixel),
            };
            let lightest = colours.iter().copied().min().unwrap_or(255);
            let ink = u32::from(255 - lightest) * u32::from(alpha);
            // A quarter of full ink: 64 of 255 levels.
            ink < 64 * 255
        })
        .collect();
    let bytes = pixels.chunks(width).flat_map(|row| row.chunks(8));
    bytes
        .map(|bits| {
            let place = |(index, bit): (usize, &bool)| u8::from(*bit) << (7 - index);
            bits.iter().enumerate().map(place).fold(0, |byte, bit| byte | bit)
        })
        .collect()
}
