//! Pictures on the page: PNG, JPEG and SVG become objects that every reader shows alike.
//!
//! What a picture brings beside its pixels or paths (comments, positions, thumbnails, colour profiles) stays behind: it is not
//! on the paper, and a photograph may tell where it was taken. Colours are those of the output intent, sRGB.

mod gallery;
mod jpeg;
mod objects;
mod png;
mod svg;

use core::fmt;
use std::sync::Arc;

pub(super) use gallery::Gallery;

use crate::crypto::DigestAlgorithm;
use crate::limits::Limits;
use crate::record::MediaType;

/// A picture that was read and found fit for the page. Cheap to clone.
///
/// ```
/// use yinxin::compose::Picture;
/// use yinxin::limits::Limits;
///
/// let square = br##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 20 10"><path d="M1 1h18v8H1z" fill="#c00"/></svg>"##;
/// let picture = Picture::read(square, &Limits::DEFAULT)?;
/// assert_eq!(picture.size(), (20_000, 10_000));
///
/// // What cannot be shown is refused by name, and never left out.
/// let script = br#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><script>alert(1)</script></svg>"#;
/// let error = Picture::read(script, &Limits::DEFAULT).unwrap_err();
/// assert!(error.to_string().contains("<script>"), "{error}");
/// # Ok::<(), yinxin::compose::PictureError>(())
/// ```
#[derive(Clone)]
pub struct Picture(Arc<Parts>);

struct Parts {
    media_type: MediaType,
    sha256: [u8; 32],
    width: i32,
    height: i32,
    content: Content,
}

/// What is written into the file.
enum Content {
    Image(Image),
    /// A content stream in a space of `width` by `height` thousandths, origin at the lower left.
    Drawing(Vec<u8>),
}

/// An image XObject (ISO 32000-2, 8.9.5), eight bits a component.
struct Image {
    /// As stored, before it is turned.
    width: u32,
    height: u32,
    /// Three components (sRGB) or one (grey).
    colour: bool,
    coding: Coding,
    data: Vec<u8>,
    /// Opacity, coded as PNG rows.
    alpha: Option<Vec<u8>>,
    /// The matrix that turns the unit square upright, if it is not.
    turn: Option<[i32; 6]>,
}

#[derive(Clone, Copy, Eq, PartialEq)]
enum Coding {
    /// A JPEG file.
    Dct,
    /// Deflated rows, each with a filter of PNG (ISO 32000-2, 7.4.4.4, predictor 15).
    Rows,
}

/// Why a picture was refused.
#[non_exhaustive]
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum PictureError {
    /// Occurs if the bytes are not what their format asks for, to the end.
    Damaged {
        /// The format they begin as.
        format: MediaType,
        /// What is wrong.
        message: String,
    },
    /// Occurs if the bytes begin as none of PNG, JPEG and SVG.
    Format,
    /// Occurs if the picture is larger than allowed.
    TooLarge {
        /// What there is too much of.
        what: &'static str,
        /// The most allowed.
        most: usize,
    },
    /// Occurs if the picture has something that the page cannot show, or not alike everywhere.
    Unsupported {
        /// What that is.
        what: String,
        /// What to do about it.
        remedy: &'static str,
    },
}

impl Picture {
    /// Reads a picture; the bytes say which format it is.
    ///
    /// # Errors
    /// Occurs if the bytes are not a whole PNG, JPEG or SVG, larger than the limits allow, or have something that a page cannot
    /// show.
    pub fn read(bytes: &[u8], limits: &Limits) -> Result<Self, PictureError> {
        let most = limits.picture_bytes;
        if bytes.len() > most {
            return Err(PictureError::TooLarge { what: "bytes", most });
        }
        let media_type = MediaType::of(bytes).ok_or(PictureError::Format)?;
        let (width, height, content) = match media_type {
            MediaType::Png => sized(png::read(bytes, limits)?),
            MediaType::Jpeg => sized(jpeg::read(bytes, limits)?),
            MediaType::Svg => {
                let (width, height, content) = svg::read(bytes, limits)?;
                (width, height, Content::Drawing(content))
            }
        };
        let sha256 = DigestAlgorithm::Sha256.digest(bytes);
        Ok(Self(Arc::new(Parts {
            media_type,
            sha256: sha256.try_into().unwrap_or_default(),
            width,
            height,
            content,
        })))
    }

    /// The format of the bytes that were read.
    #[must_use]
    pub fn media_type(&self) -> MediaType {
        self.0.media_type
    }

    /// SHA-256 of the bytes that were read: what a record names the picture by.
    #[must_use]
    pub fn sha256(&self) -> [u8; 32] {
        self.0.sha256
    }

    /// Width and height as shown, upright: pixels, or thousandths of a user unit for SVG. Both are positive.
    #[must_use]
    pub fn size(&self) -> (i32, i32) {
        (self.0.width, self.0.height)
    }
}

impl fmt::Debug for Picture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Picture")
            .field("media_type", &self.0.media_type)
            .field("size", &self.size())
            .finish_non_exhaustive()
    }
}

impl PictureError {
    fn damaged(format: MediaType, message: impl fmt::Display) -> Self {
        // What libraries say of hostile bytes may be long.
        let message: String = message.to_string().chars().take(200).collect();
        Self::Damaged { format, message }
    }

    fn unsupported(what: impl Into<String>, remedy: &'static str) -> Self {
        Self::Unsupported {
            what: what.into(),
            remedy,
        }
    }
}

impl fmt::Display for PictureError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Damaged { format, message } => {
                write!(f, "the {format} picture is damaged: {message}; save it again")
            }
            Self::Format => f.write_str("the picture is not PNG, JPEG or SVG; save it as one of them"),
            Self::TooLarge { what, most } => {
                write!(
                    f,
                    "the picture has too many {what}, at most {most} allowed; make it smaller"
                )
            }
            Self::Unsupported { what, remedy } => write!(f, "the picture has {what}; {remedy}"),
        }
    }
}

impl core::error::Error for PictureError {}

/// An image with its size as shown: one that lies on its side is turned.
fn sized(image: Image) -> (i32, i32, Content) {
    let side = |side| i32::try_from(side).unwrap_or(i32::MAX);
    let (width, height) = (side(image.width), side(image.height));
    let lying = image.turn.is_some_and(|[across, ..]| across == 0);
    let (width, height) = if lying { (height, width) } else { (width, height) };
    (width, height, Content::Image(image))
}

/// Refuses more pixels than allowed, before anything is made for them.
fn check_pixels(width: u32, height: u32, limits: &Limits) -> Result<(), PictureError> {
    let pixels = u64::from(width).saturating_mul(u64::from(height));
    let most = limits.picture_pixels;
    match usize::try_from(pixels) {
        Ok(pixels) if pixels <= most => Ok(()),
        _ => Err(PictureError::TooLarge { what: "pixels", most }),
    }
}

#[cfg(test)]
mod tests;
