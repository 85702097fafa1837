//! A PNG as an image XObject with its transparency as a soft mask. ISO 32000-2, 8.9.5 and 11.6.5.2.

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
    colour: bool,
    samples: Vec<u8>,
    /// One byte a pixel, compressed; `None` if every pixel is opaque.
    alpha: Option<Vec<u8>>,
    /// The file itself, for previews.
    file: Vec<u8>,
}

impl Image {
    pub(super) fn of(bytes: &[u8], limits: &Limits) -> Result<Self, ImpressionError> {
        let picture = Picture::decode(bytes, limits)?;
        let channels = picture.channels();
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
            file: bytes.to_vec(),
        })
    }

    /// Writes the image and its soft mask, and returns the image's reference.
    pub(super) fn write(&self, update: &mut Update) -> Ref {
        let mask = self.alpha.as_ref().map(|alpha| {
            let mask = update.allocate();
            update.put(mask, self.body(alpha, "DeviceGray", ""));
            mask
        });
        let image = update.allocate();
        let space = if self.colour { "DeviceRGB" } else { "DeviceGray" };
        let entry = mask.map_or(String::new(), |mask| format!(" /SMask {mask}"));
        update.put(image, self.body(&self.samples, space, &entry));
        image
    }

    pub(super) fn png_base64(&self) -> String {
        base64::engine::general_purpose::STANDARD.encode(&self.file)
    }

    fn body(&self, data: &[u8], space: &str, more: &str) -> Vec<u8> {
        let entries = format!(
            "/Type /XObject /Subtype /Image /Width {} /Height {} /ColorSpace /{space} /BitsPerComponent 8{more} \
             /Filter /FlateDecode",
            self.width, self.height
        );
        stream_body(entries.as_bytes(), data, false)
    }
}
