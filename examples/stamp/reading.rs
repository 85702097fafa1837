//! The codes in whatever was handed in: photographs, scans, pages, texts.

use std::path::Path;

use yinxin::limits::Limits;
use yinxin::symbol::read::{self, ReadError};

use crate::files::{self, Fault, Named as _, fault};
use crate::pages;

/// Frames of an animated PNG, at most.
const FRAMES: u32 = 4_096;

/// What a file is, by its first bytes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Kind {
    Picture,
    Pdf,
    Other,
}

impl Kind {
    pub fn of(bytes: &[u8]) -> Self {
        let start = &bytes[..bytes.len().min(1024)];
        match bytes {
            [0x89, b'P', b'N', b'G', ..] | [0xff, 0xd8, 0xff, ..] => Self::Picture,
            // Readers look for the header in the first kilobyte (ISO 32000-1, annex H).
            _ if start.windows(5).any(|five| five == b"%PDF-") => Self::Pdf,
            _ => Self::Other,
        }
    }
}

/// A picture, frame or page, and the texts of the codes in it.
pub struct View {
    pub name: String,
    pub texts: Result<Vec<String>, ReadError>,
}

/// The texts of all codes in the picture, or on the pages, at `path`; without a picture or page in it, the lines of a text.
pub fn views(path: &Path) -> Result<Vec<View>, Fault> {
    let name = path.display().to_string();
    let bytes = files::read(path, files::LARGE)?;
    match Kind::of(&bytes) {
        Kind::Pdf => of_pages(&name, bytes),
        Kind::Picture => of_picture(&name, &bytes),
        Kind::Other => {
            let text = String::from_utf8(bytes)
                .map_err(|_| fault!("{name}: is neither PNG, JPEG, PDF nor text; save it as PNG"))?;
            let texts = text.lines().map(str::trim).filter(|line| !line.is_empty());
            Ok(vec![View {
                name,
                texts: Ok(texts.map(str::to_owned).collect()),
            }])
        }
    }
}

/// The texts of the codes on the pages of a PDF file.
pub fn of_pages(name: &str, bytes: Vec<u8>) -> Result<Vec<View>, Fault> {
    let mut views = vec![];
    pages::each(name, bytes, |page, grey| {
        views.push(View {
            name: format!("{name}, page {page}"),
            texts: read::read_luma(grey.width, grey.height, &grey.luma, &Limits::DEFAULT),
        });
        Ok(())
    })?;
    Ok(views)
}

fn of_picture(name: &str, bytes: &[u8]) -> Result<Vec<View>, Fault> {
    if let Some(views) = of_animation(name, bytes)? {
        return Ok(views);
    }
    Ok(vec![View {
        name: name.to_owned(),
        texts: read::read_picture(bytes, &Limits::DEFAULT),
    }])
}

/// The frames of an animated PNG that fill the picture, as ours do; `None` for any other picture.
fn of_animation(name: &str, bytes: &[u8]) -> Result<Option<Vec<View>>, Fault> {
    let mut decoder = png::Decoder::new_with_limits(
        std::io::Cursor::new(bytes),
        png::Limits {
            bytes: Limits::DEFAULT.pixels,
        },
    );
    decoder.set_transformations(png::Transformations::normalize_to_color8());
    let Ok(mut reader) = decoder.read_info() else {
        return Ok(None);
    };
    let frames = reader
        .info()
        .animation_control
        .map_or(0, |control| control.num_frames);
    let size = reader.output_buffer_size().unwrap_or(usize::MAX);
    if frames < 2 {
        return Ok(None);
    }
    if frames > FRAMES || size > Limits::DEFAULT.pixels {
        return Err(fault!(
            "{name}: has {frames} frames of {size} bytes, too many; give its frames as pictures"
        ));
    }
    let (whole, mut pixels, mut views) = (reader.info().size(), vec![0; size], vec![]);
    for frame in 1..=frames {
        let info = reader.next_frame(&mut pixels).named(name)?;
        let samples = info.color_type.samples();
        if (info.width, info.height) != whole {
            return Err(fault!(
                "{name}: frame {frame} is smaller than the picture; give its frames as pictures"
            ));
        }
        let luma: Vec<u8> = pixels[..info.buffer_size()]
            .iter()
            .step_by(samples)
            .copied()
            .collect();
        views.push(View {
            name: format!("{name}, frame {frame}"),
            texts: read::read_luma(info.width, info.height, &luma, &Limits::DEFAULT),
        });
    }
    Ok(Some(views))
}
