//! The visible mark of a seal: drawn, or supplied as a picture or a PDF page.
//!
//! An impression proves nothing: anybody can draw or copy one. What counts is the signature beneath it.
//!
//! Every impression is painted with blend mode Multiply (ISO 32000-2, 11.3.5.2), like ink on paper: text under
//! the seal stays readable, and the white ground of a scanned seal vanishes. Where PDF/A forbids blending, the mark is
//! painted as it is, and of a picture only what is neither transparent nor nearly white.

mod drawing;
mod form;
mod ground;
mod note;
mod page;
mod path;
mod picture;
mod round;

use core::fmt;
use core::fmt::Write as _;
use std::sync::Arc;

use crate::limits::Limits;
use crate::pdf::update::Update;
use crate::pdf::{Body, PdfA, PdfError, Ref};
pub use crate::symbol::picture::PictureError;

pub(crate) use ground::{DeviceColours, Ground};
pub(crate) use note::Note;
pub use round::{Centre, Colour, RoundSeal};

use drawing::STRENGTH;

/// Points in a millimetre: 72 to the inch.
const POINTS: f64 = 72.0 / 25.4;

/// The visible mark of a seal, ready to be placed.
#[derive(Clone, Debug)]
pub struct Impression {
    width_mm: f64,
    height_mm: f64,
    mark: Mark,
}

#[derive(Clone, Debug)]
enum Mark {
    /// `body` is the finished form: deflating the outlines costs more than the seal's signature, so it is done once.
    Drawn {
        seal: Box<RoundSeal>,
        drawing: drawing::Drawing,
        body: Arc<[u8]>,
    },
    Page(page::PageForm),
    Picture(picture::Image),
}

impl Impression {
    /// The round seal that `seal` describes, its characters taken as outlines from `font` (TrueType or OpenType).
    ///
    /// # Errors
    /// [`ImpressionError::NameLength`], [`ImpressionError::Code`], [`ImpressionError::Legend`] or
    /// [`ImpressionError::Size`] occurs if the description is beyond what can be drawn well,
    /// [`ImpressionError::Character`] if the font lacks a character, [`ImpressionError::Font`] if it is none.
    pub fn round(seal: &RoundSeal, font: &[u8]) -> Result<Self, ImpressionError> {
        let drawing = drawing::draw(seal, font)?;
        let side = seal.diameter_mm * POINTS;
        let body = form::body(
            (side, side),
            &form::drawn(&drawing, seal.colour, side),
            None,
            false,
            "",
        );
        Ok(Self {
            width_mm: seal.diameter_mm,
            height_mm: seal.diameter_mm,
            mark: Mark::Drawn {
                seal: Box::new(seal.clone()),
                drawing,
                body: body.into(),
            },
        })
    }

    /// A PNG of any colour type, `width_mm` wide; the height follows from its pixels.
    ///
    /// # Errors
    /// [`ImpressionError::Picture`] occurs if the PNG is damaged or exceeds `Limits::DEFAULT.pixels`,
    /// [`ImpressionError::Size`] if a side would be outside 5 to 200 mm.
    pub fn png(bytes: &[u8], width_mm: f64) -> Result<Self, ImpressionError> {
        Self::png_within(bytes, width_mm, &Limits::DEFAULT)
    }

    /// As [`png`](Self::png), within limits of the caller.
    ///
    /// # Errors
    /// As [`png`](Self::png).
    pub fn png_within(bytes: &[u8], width_mm: f64, limits: &Limits) -> Result<Self, ImpressionError> {
        let image = picture::Image::of(bytes, limits)?;
        let height_mm = width_mm * f64::from(image.height) / f64::from(image.width);
        check_side(width_mm)?;
        check_side(height_mm)?;
        Ok(Self {
            width_mm,
            height_mm,
            mark: Mark::Picture(image),
        })
    }

    /// The first page of a PDF, `width_mm` wide as displayed; the height follows.
    ///
    /// The page's crop box, rotation and user unit count; annotations are left out. Whether the result still is
    /// PDF/A depends on what the page brings along, its colours and fonts above all.
    ///
    /// # Errors
    /// [`ImpressionError::Pdf`] occurs if the PDF cannot be read, [`ImpressionError::Page`] if its first page cannot
    /// stand alone, [`ImpressionError::Size`] if a side would be outside 5 to 200 mm.
    pub fn pdf(bytes: &[u8], width_mm: f64) -> Result<Self, ImpressionError> {
        Self::pdf_within(bytes, width_mm, &Limits::DEFAULT)
    }

    /// As [`pdf`](Self::pdf), within limits of the caller.
    ///
    /// # Errors
    /// As [`pdf`](Self::pdf).
    pub fn pdf_within(bytes: &[u8], width_mm: f64, limits: &Limits) -> Result<Self, ImpressionError> {
        let form = page::PageForm::of(bytes, limits)?;
        let height_mm = width_mm * form.size.1 / form.size.0;
        check_side(width_mm)?;
        check_side(height_mm)?;
        Ok(Self {
            width_mm,
            height_mm,
            mark: Mark::Page(form),
        })
    }

    /// What a round seal was drawn from; `None` for pictures and pages.
    #[must_use]
    pub fn round_seal(&self) -> Option<&RoundSeal> {
        match &self.mark {
            Mark::Drawn { seal, .. } => Some(seal),
            Mark::Page(_) | Mark::Picture(_) => None,
        }
    }

    /// Width and height in millimetres.
    pub fn size_mm(&self) -> (f64, f64) {
        (self.width_mm, self.height_mm)
    }

    /// Appends the impression to a revision of a PDF: a form XObject, whose reference is returned.
    ///
    /// Its `/BBox` is `[0 0 w h]` with [`size_mm`](Self::size_mm) in points, its `/Matrix` the identity. It suits a
    /// page's content (`/Name Do`) as well as the normal appearance of an annotation. ISO 32000-2, 8.10.
    ///
    /// # Errors
    /// None occurs at present; a later kind of impression may fail only when it is written.
    pub fn write(&self, update: &mut Update) -> Result<Ref, ImpressionError> {
        self.write_on(update, &Ground::default())
    }

    /// As [`write`](Self::write), heeding what the page demands.
    pub(crate) fn write_on(&self, update: &mut Update, ground: &Ground) -> Result<Ref, ImpressionError> {
        let (width, height) = self.size_pt();
        let spaces = ground.colour_spaces(self.device_colours());
        let form = |content: &str, inner| {
            Body::from(form::body(
                (width, height),
                content,
                inner,
                ground.opaque,
                &spaces,
            ))
        };
        let body = match &self.mark {
            Mark::Drawn { body, .. } if ground.is_plain() => Body::shared(Arc::clone(body)),
            Mark::Drawn { seal, drawing, .. } => form(&form::drawn(drawing, seal.colour, width), None),
            Mark::Page(page) => {
                page.check(ground)?;
                let content = form::scaled(page.matrix, width / page.size.0);
                form(&content, Some(page.write(update, ground)))
            }
            Mark::Picture(image) => {
                let content = format!("{width:.3} 0 0 {height:.3} 0 0 cm /I Do\n");
                form(&content, Some(image.write(update, ground.opaque)))
            }
        };
        let form = update.allocate();
        update.put(form, body);
        Ok(form)
    }

    /// The device colour spaces that [`write_on`](Self::write_on) paints in, so far as it chooses them.
    pub(crate) fn device_colours(&self) -> DeviceColours {
        let rgb = match &self.mark {
            Mark::Drawn { .. } => true,
            Mark::Picture(image) => image.colour,
            Mark::Page(_) => {
                return DeviceColours {
                    rgb: false,
                    grey: false,
                };
            }
        };
        DeviceColours { rgb, grey: !rgb }
    }

    /// The mark as an SVG document of its own size, for a preview; a PDF page is shown as an empty frame.
    pub fn to_svg(&self) -> String {
        let (width, height) = (self.width_mm, self.height_mm);
        let mut svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width:.3}mm\" height=\"{height:.3}mm\" \
             viewBox=\"{:.3} {:.3} {width:.3} {height:.3}\">",
            -width / 2.0,
            -height / 2.0
        );
        match &self.mark {
            Mark::Drawn { seal, drawing, .. } => {
                let Colour { red, green, blue } = seal.colour;
                let colour = format!("#{red:02x}{green:02x}{blue:02x}");
                let _ = write!(
                    svg,
                    "<g fill=\"{colour}\" style=\"mix-blend-mode:multiply\"><path d=\""
                );
                drawing.solid.write_svg(&mut svg);
                let _ = write!(
                    svg,
                    "\"/><path stroke=\"{colour}\" stroke-width=\"{STRENGTH}\" stroke-linejoin=\"round\" d=\""
                );
                drawing.name.write_svg(&mut svg);
                svg.push_str("\"/></g>");
            }
            // A page can be shown by a PDF renderer only: its outline stands for it.
            Mark::Page(_) => {
                let _ = write!(
                    svg,
                    "<rect x=\"{:.3}\" y=\"{:.3}\" width=\"{width:.3}\" height=\"{height:.3}\" fill=\"none\" \
                     stroke=\"#000\" stroke-width=\"0.2\"/>",
                    -width / 2.0,
                    -height / 2.0
                );
            }
            Mark::Picture(image) => {
                let _ = write!(
                    svg,
                    "<image x=\"{:.3}\" y=\"{:.3}\" width=\"{width:.3}\" height=\"{height:.3}\" \
                     style=\"mix-blend-mode:multiply\" href=\"data:image/png;base64,{}\"/>",
                    -width / 2.0,
                    -height / 2.0,
                    image.png_base64()
                );
            }
        }
        svg.push_str("</svg>\n");
        svg
    }

    /// Width and height in points.
    fn size_pt(&self) -> (f64, f64) {
        (self.width_mm * POINTS, self.height_mm * POINTS)
    }
}

/// Why there is no impression.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq)]
pub enum ImpressionError {
    /// The font lacks a character, or it cannot stand on a seal.
    Character {
        /// That character.
        character: char,
    },
    /// The code is not 1 to 18 ASCII letters and digits.
    Code,
    /// The document claims PDF/A, and the PDF page that is the impression is not known to keep its rules.
    Conformance {
        /// What the document claims.
        document: PdfA,
        /// What the file of the page claims.
        page: Option<PdfA>,
    },
    /// The font is no TrueType or OpenType font.
    Font,
    /// The legend is not 1 to 16 characters long.
    Legend,
    /// The name is not 6 to 24 characters long.
    NameLength {
        /// Characters in the name.
        characters: usize,
    },
    /// The first page of the PDF cannot stand alone.
    Page {
        /// What is in the way.
        why: &'static str,
    },
    /// The PDF cannot be read.
    Pdf(PdfError),
    /// The picture is not taken.
    Picture(PictureError),
    /// The mark or its ring would be too small or too large.
    Size {
        /// The width asked for or the height that follows, in millimetres.
        width_mm: f64,
    },
}

impl fmt::Display for ImpressionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Character { character } => write!(
                f,
                "the font has no glyph for {character:?} (U+{:04X}); supply a font that has it",
                u32::from(*character)
            ),
            Self::Code => {
                f.write_str("the code of a seal is 1 to 18 ascii letters and digits, usually 13 digits")
            }
            Self::Conformance { document, page } => {
                write!(f, "the document claims {document} and the seal's page ")?;
                match page {
                    Some(page) => write!(f, "{page} with other colours or of a later part")?,
                    None => f.write_str("claims nothing")?,
                }
                f.write_str("; supply a drawn seal, a picture or a page in pdf/a, or allow the loss")
            }
            Self::Font => f.write_str("the seal's font is no truetype or opentype font"),
            Self::Legend => f.write_str("the legend of a seal is 1 to 16 characters long; shorten it"),
            Self::NameLength { characters } => write!(
                f,
                "the name on a round seal is 6 to 24 characters long, not {characters}; supply a picture of the seal"
            ),
            Self::Page { why } => write!(
                f,
                "the pdf is no impression: {why}; export the seal as a plain page"
            ),
            Self::Pdf(error) => write!(f, "the impression cannot be read: {error}"),
            Self::Picture(error) => error.fmt(f),
            Self::Size { width_mm } => write!(
                f,
                "an impression of {width_mm:.1} mm is not drawn; a round seal is 30 to 60 mm across with a ring \
                 of 0.5 to 3 mm, a picture 5 to 200 mm wide and high"
            ),
        }
    }
}

impl core::error::Error for ImpressionError {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match self {
            Self::Pdf(error) => Some(error),
            Self::Picture(error) => Some(error),
            _ => None,
        }
    }
}

impl From<PictureError> for ImpressionError {
    fn from(error: PictureError) -> Self {
        Self::Picture(error)
    }
}

fn check_side(side_mm: f64) -> Result<(), ImpressionError> {
    if (5.0..=200.0).contains(&side_mm) {
        Ok(())
    } else {
        Err(ImpressionError::Size { width_mm: side_mm })
    }
}

#[cfg(test)]
mod tests;
