//! PNG (ISO/IEC 15948): decoded, brought to eight bits, the opacity set apart, and deflated again.
//!
//! The stream of the file itself is not passed on: what a sealed document carries should have been written by one encoder, not
//! by whoever sent the picture.

use png::{ColorType, Compression, Decoder, Encoder, Transformations};

use super::{Coding, Image, PictureError, check_pixels};
use crate::limits::Limits;
use crate::record::MediaType;

pub(super) fn read(bytes: &[u8], limits: &Limits) -> Result<Image, PictureError> {
    let room = limits.picture_pixels.saturating_mul(8);
    let mut decoder = Decoder::new_with_limits(std::io::Cursor::new(bytes), png::Limits { bytes: room });
    // Colour profiles and gamma go: sRGB is what the page has, and what nearly every picture means.
    decoder.set_ignore_text_chunk(true);
    decoder.set_ignore_iccp_chunk(true);
    decoder.set_transformations(Transformations::normalize_to_color8());
    let mut reader = decoder.read_info().map_err(damaged)?;
    let info = reader.info();
    let (width, height) = (info.width, info.height);
    check_pixels(width, height, limits)?;
    if info.is_animated() {
        return Err(PictureError::unsupported(
            "several frames",
            "save one of them alone",
        ));
    }
    let size = reader.output_buffer_size();
    let size = size.ok_or_else(|| damaged("its size overflows"))?;
    let mut pixels = vec![0; size];
    let frame = reader.next_frame(&mut pixels).map_err(damaged)?;
    reader.finish().map_err(damaged)?;
    pixels.truncate(frame.buffer_size());
    let (colour, alpha) = match frame.color_type {
        ColorType::Grayscale => (false, None),
        ColorType::GrayscaleAlpha => (false, apart::<2>(&mut pixels)),
        ColorType::Rgb => (true, None),
        ColorType::Rgba => (true, apart::<4>(&mut pixels)),
        ColorType::Indexed => return Err(damaged("its palette was not applied")),
    };
    let kind = if colour {
        ColorType::Rgb
    } else {
        ColorType::Grayscale
    };
    Ok(Image {
        width,
        height,
        colour,
        coding: Coding::Rows,
        data: rows(&pixels, width, height, kind)?,
        alpha: alpha
            .map(|alpha| rows(&alpha, width, height, ColorType::Grayscale))
            .transpose()?,
        turn: None,
    })
}

/// Takes the last of every `N` bytes out of `pixels`; `None` if all of them are opaque.
fn apart<const N: usize>(pixels: &mut Vec<u8>) -> Option<Vec<u8>> {
    let (chunks, _) = pixels.as_chunks::<N>();
    let alpha: Vec<u8> = chunks.iter().filter_map(|pixel| pixel.last().copied()).collect();
    let rest = chunks
        .iter()
        .flat_map(|pixel| pixel.iter().take(N - 1))
        .copied()
        .collect();
    *pixels = rest;
    alpha.iter().any(|opacity| *opacity != 255).then_some(alpha)
}

/// The pixels as filtered and deflated rows: the data of a PNG without its frame.
fn rows(pixels: &[u8], width: u32, height: u32, kind: ColorType) -> Result<Vec<u8>, PictureError> {
    let mut file = Vec::new();
    let mut encoder = Encoder::new(&mut file, width, height);
    encoder.set_color(kind);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_compression(Compression::Fast);
    let mut writer = encoder.write_header().map_err(damaged)?;
    writer.write_image_data(pixels).map_err(damaged)?;
    writer.finish().map_err(damaged)?;
    Ok(data(&file))
}

/// The contents of all `IDAT` chunks of a PNG that was just written (ISO/IEC 15948, 5.3).
fn data(file: &[u8]) -> Vec<u8> {
    let mut data = Vec::with_capacity(file.len());
    let mut rest = file.get(8..).unwrap_or_default();
    while let Some((head, after)) = rest.split_at_checked(8) {
        let (length, kind) = head.split_at(4);
        let length = length
            .iter()
            .fold(0usize, |sum, byte| sum << 8 | usize::from(*byte));
        let Some((body, after)) = after.split_at_checked(length) else {
            break;
        };
        if kind == b"IDAT" {
            data.extend_from_slice(body);
        }
        // The checksum of the chunk.
        rest = after.get(4..).unwrap_or_default();
    }
    data
}

fn damaged(message: impl core::fmt::Display) -> PictureError {
    PictureError::damaged(MediaType::Png, message)
}
