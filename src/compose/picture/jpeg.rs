//! JPEG (ISO/IEC 10918-1): passed on as it is compressed, without what it carries beside the picture.
//!
//! Baseline and progressive pictures of eight bits are taken; `DCTDecode` shows both (ISO 32000-2, 7.4.8). The whole picture
//! is decoded once, since what cannot be decoded would be left blank on the page.

use zune_jpeg::JpegDecoder;
use zune_jpeg::zune_core::bytestream::ZCursor;
use zune_jpeg::zune_core::options::DecoderOptions;

use super::{Coding, Image, PictureError, check_pixels};
use crate::limits::Limits;
use crate::record::MediaType;

pub(super) fn read(bytes: &[u8], limits: &Limits) -> Result<Image, PictureError> {
    let mut walk = Walk {
        kept: vec![0xff, 0xd8],
        frame: None,
        adobe: false,
        orientation: 1,
    };
    walk.segments(bytes.get(2..).unwrap_or_default())?;
    let Walk {
        kept,
        frame,
        adobe,
        orientation,
    } = walk;
    let Frame {
        width,
        height,
        components,
    } = frame.ok_or_else(|| damaged("it has no frame"))?;
    check_pixels(width, height, limits)?;
    let colour = match components.as_slice() {
        [_] => false,
        // Readers disagree whether components of these names are RGB or YCbCr.
        b"RGB" if !adobe => {
            return Err(PictureError::unsupported(
                "colours that readers show differently",
                "save it as PNG or as an ordinary JPEG",
            ));
        }
        [_, _, _] => true,
        _ => {
            return Err(PictureError::unsupported(
                "colours for printing (CMYK)",
                "save it in RGB colours",
            ));
        }
    };
    let options = DecoderOptions::default()
        .set_strict_mode(true)
        .set_max_width(usize::MAX)
        .set_max_height(usize::MAX)
        // Each scan of a progressive picture is a pass over all of it.
        .jpeg_set_max_scans(64);
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(&kept), options);
    decoder.decode().map_err(|error| damaged(format!("{error:?}")))?;
    Ok(Image {
        width,
        height,
        colour,
        coding: Coding::Dct,
        data: kept,
        alpha: None,
        turn: turn(orientation),
    })
}

/// What was found while walking over the segments of a file (ISO/IEC 10918-1, B.1.1).
struct Walk {
    kept: Vec<u8>,
    frame: Option<Frame>,
    adobe: bool,
    orientation: u16,
}

struct Frame {
    width: u32,
    height: u32,
    /// Their identifiers.
    components: Vec<u8>,
}

impl Walk {
    /// Reads and keeps the segments up to the end of the image; what follows it is left behind.
    fn segments(&mut self, mut rest: &[u8]) -> Result<(), PictureError> {
        loop {
            let Some((&[0xff, marker], after)) = rest.split_first_chunk::<2>() else {
                return Err(damaged("a marker is missing"));
            };
            match marker {
                // Fill bytes before a marker.
                0xff => {
                    rest = rest.get(1..).unwrap_or_default();
                    continue;
                }
                0xd9 => {
                    self.kept.extend_from_slice(&[0xff, 0xd9]);
                    return Ok(());
                }
                _ => {}
            }
            let Some((&length, _)) = after.split_first_chunk::<2>() else {
                return Err(damaged("it ends in a segment"));
            };
            let segment = after.split_at_checked(usize::from(u16::from_be_bytes(length)));
            let Some((segment, after)) = segment.filter(|(segment, _)| segment.len() >= 2) else {
                return Err(damaged("it ends in a segment"));
            };
            let body = segment.get(2..).unwrap_or_default();
            rest = after;
            if self.wanted(marker, body)? {
                self.kept.extend_from_slice(&[0xff, marker]);
                self.kept.extend_from_slice(segment);
            }
            if marker == 0xda {
                let length = entropy(rest);
                let (data, after) = rest.split_at_checked(length).unwrap_or((rest, &[]));
                self.kept.extend_from_slice(data);
                rest = after;
            }
        }
    }

    /// Whether a segment belongs to the picture itself.
    fn wanted(&mut self, marker: u8, body: &[u8]) -> Result<bool, PictureError> {
        match marker {
            // Tables, scans and restart intervals.
            0xc4 | 0xda | 0xdb | 0xdd => Ok(true),
            0xc0..=0xc2 => {
                if self.frame.replace(Frame::read(body)?).is_some() {
                    return Err(damaged("it has two frames"));
                }
                Ok(true)
            }
            0xc3 | 0xc5..=0xcf => Err(PictureError::unsupported(
                "an unusual JPEG compression",
                "save it as an ordinary JPEG",
            )),
            0xe1 => {
                if let Some(tiff) = body.strip_prefix(b"Exif\0\0") {
                    self.orientation = orientation(tiff).unwrap_or(1);
                }
                Ok(false)
            }
            // Says whether three components are RGB or YCbCr.
            0xee if body.starts_with(b"Adobe") && body.len() == 12 => {
                self.adobe = true;
                Ok(true)
            }
            0xe0..=0xef | 0xfe => Ok(false),
            _ => Err(damaged(format!("it has a marker {marker:02x}"))),
        }
    }
}

impl Frame {
    /// A frame header (ISO/IEC 10918-1, B.2.2).
    fn read(body: &[u8]) -> Result<Self, PictureError> {
        let Some((&[precision, h1, h0, w1, w0, count], specifications)) = body.split_first_chunk::<6>()
        else {
            return Err(damaged("its frame is too short"));
        };
        if precision != 8 {
            return Err(PictureError::unsupported(
                format!("{precision} bits a component"),
                "save it with 8",
            ));
        }
        let (specifications, rest) = specifications.as_chunks::<3>();
        if specifications.len() != usize::from(count) || !rest.is_empty() {
            return Err(damaged("its frame has the wrong length"));
        }
        let (width, height) = (u16::from_be_bytes([w1, w0]), u16::from_be_bytes([h1, h0]));
        if width == 0 || height == 0 {
            return Err(damaged("it has no size"));
        }
        Ok(Self {
            width: u32::from(width),
            height: u32::from(height),
            components: specifications.iter().map(|[name, ..]| *name).collect(),
        })
    }
}

/// Bytes of entropy-coded data up to the next marker that is no restart (ISO/IEC 10918-1, B.1.1.5).
fn entropy(data: &[u8]) -> usize {
    let marker = |pair: &[u8]| matches!(pair, [0xff, second] if !matches!(second, 0 | 0xd0..=0xd7 | 0xff));
    data.windows(2).position(marker).unwrap_or(data.len())
}

/// The orientation that a camera noted (Exif 2.32, 4.6.4, tag 0x0112), 1 to 8.
fn orientation(tiff: &[u8]) -> Option<u16> {
    let big = match tiff.get(..2)? {
        b"MM" => true,
        b"II" => false,
        _ => return None,
    };
    let number = |at: usize, length: usize| {
        let bytes = tiff.get(at..at.checked_add(length)?)?.iter();
        let join = |sum: usize, byte: &u8| sum << 8 | usize::from(*byte);
        Some(if big {
            bytes.fold(0, join)
        } else {
            bytes.rev().fold(0, join)
        })
    };
    let directory = number(4, 4)?;
    let count = number(directory, 2)?;
    let entries = directory.checked_add(2)?;
    for entry in 0..count {
        let at = entries.checked_add(entry.checked_mul(12)?)?;
        if number(at, 2)? == 0x0112 {
            let value = u16::try_from(number(at.checked_add(8)?, 2)?).ok()?;
            return (1..=8).contains(&value).then_some(value);
        }
    }
    None
}

/// The matrix of the unit square that shows a picture of this orientation upright.
fn turn(orientation: u16) -> Option<[i32; 6]> {
    Some(match orientation {
        2 => [-1, 0, 0, 1, 1, 0],
        3 => [-1, 0, 0, -1, 1, 1],
        4 => [1, 0, 0, -1, 0, 1],
        5 => [0, -1, -1, 0, 1, 1],
        6 => [0, -1, 1, 0, 0, 1],
        7 => [0, 1, 1, 0, 0, 0],
        8 => [0, 1, -1, 0, 1, 0],
        _ => return None,
    })
}

fn damaged(message: impl core::fmt::Display) -> PictureError {
    PictureError::damaged(MediaType::Jpeg, message)
}
