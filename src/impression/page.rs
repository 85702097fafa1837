//! The first page of a PDF as a form XObject, upright.

use super::{Ground, ImpressionError};
use crate::limits::Limits;
use crate::pdf::update::Update;
use crate::pdf::{Document, Graft, GraftError, OutputColours, Page, Part, PdfA, Ref};

/// Objects one impression may bring along: a drawn seal has some ten, a page of text with fonts some hundred.
const MAXIMUM_OBJECTS: usize = 4_096;
/// Bytes they may have together, encoded.
const MAXIMUM_BYTES: usize = 16 << 20;
/// A page cut out of its document.
#[derive(Clone, Debug)]
pub(super) struct PageForm {
    /// Width and height as displayed, in points.
    pub(super) size: (f64, f64),
    /// From the page's coordinates to its displayed lower left corner.
    pub(super) matrix: [f64; 6],
    /// The form first, then what it refers to.
    bodies: Vec<Vec<Part>>,
    /// What its file claims, and which colours its output intent explains.
    claim: Option<PdfA>,
    colours: Option<OutputColours>,
}

impl PageForm {
    pub(super) fn of(bytes: &[u8], limits: &Limits) -> Result<Self, ImpressionError> {
        let document = Document::open(bytes, limits).map_err(ImpressionError::Pdf)?;
        let view = document.newest();
        let pages = view.pages().map_err(ImpressionError::Pdf)?;
        let page = pages.first().ok_or(ImpressionError::Page {
            why: "it has no page",
        })?;
        let (size, matrix) = upright(page)?;
        let mut graft = Graft::new(view, MAXIMUM_OBJECTS, MAXIMUM_BYTES);
        graft.page(page)?;
        let bodies = graft.finish()?;
        let pdf = ImpressionError::Pdf;
        Ok(Self {
            size,
            matrix,
            bodies,
            claim: view.conformance().map_err(pdf)?.pdfa,
            colours: view.output_colours(page).map_err(pdf)?,
        })
    }

    /// Whether the page keeps to what the document claims, so far as its own file's claim goes: fonts, pictures and colours
    /// are the page's, and only a file that claims PDF/A itself says that they are as they must be.
    ///
    /// What is permitted in an earlier part is so in the later ones, and device colours mean the same where the output
    /// intents have the same components. Without an output intent only a page of part 1, which blends nothing, is safe.
    pub(super) fn check(&self, ground: &Ground) -> Result<(), ImpressionError> {
        let Some((document, colours)) = ground.claim else {
            return Ok(());
        };
        let fits = self.claim.is_some_and(|page| {
            let earlier = page.part == 1 || document.part >= 2 && page.part <= document.part.max(3);
            let explained = self.colours.is_none() || self.colours == colours;
            earlier && explained && (page.part == 1 || !ground.opaque)
        });
        if fits {
            return Ok(());
        }
        Err(ImpressionError::Conformance {
            document,
            page: self.claim,
        })
    }

    /// Writes all bodies and returns the form's reference.
    pub(super) fn write(&self, update: &mut Update, ground: &Ground) -> Ref {
        let references: Vec<Ref> = self.bodies.iter().map(|_| update.allocate()).collect();
        let first = references.first().copied().unwrap_or_else(|| update.allocate());
        for (reference, parts) in references.iter().zip(&self.bodies) {
            let mut body = Vec::new();
            for part in parts {
                match part {
                    Part::Bytes(bytes) => body.extend_from_slice(bytes),
                    Part::Group => body.extend_from_slice(group(ground)),
                    Part::Reference(index) => {
                        let text = references
                            .get(*index)
                            .map_or("null".to_owned(), ToString::to_string);
                        body.extend_from_slice(text.as_bytes());
                    }
                }
            }
            update.put(*reference, body);
        }
        first
    }
}

/// An isolated group: the page is composed by itself first, then multiplied onto the paper as a whole.
fn group(ground: &Ground) -> &'static [u8] {
    match ground.claim {
        _ if ground.opaque => b"",
        // The space of the group beneath, which the document has seen to (ISO 32000-2, 11.6.6).
        Some((_, colours)) if colours != Some(OutputColours::Rgb) => {
            b" /Group << /S /Transparency /I true >>"
        }
        _ => b" /Group << /S /Transparency /I true /CS /DeviceRGB >>",
    }
}

/// The displayed size of a page in points, and the map from its coordinates: `/Rotate` turns clockwise.
fn upright(page: &Page<'_>) -> Result<((f64, f64), [f64; 6]), ImpressionError> {
    let shown = page.visible_box().ok_or(GraftError::NothingShown)?;
    let unit = page.user_unit;
    let (width, height) = (shown.width() * unit, shown.height() * unit);
    if !(1.0..=20_000.0).contains(&width) || !(1.0..=20_000.0).contains(&height) {
        return Err(ImpressionError::Page {
            why: "its page is empty or out of range",
        });
    }
    let (left, bottom, right, top) = (
        shown.left * unit,
        shown.bottom * unit,
        shown.right * unit,
        shown.top * unit,
    );
    Ok(match page.rotate {
        90 => ((height, width), [0.0, -unit, unit, 0.0, -bottom, right]),
        180 => ((width, height), [-unit, 0.0, 0.0, -unit, right, top]),
        270 => ((height, width), [0.0, unit, -unit, 0.0, top, -left]),
        _ => ((width, height), [unit, 0.0, 0.0, unit, -left, -bottom]),
    })
}

impl From<GraftError> for ImpressionError {
    fn from(error: GraftError) -> Self {
        match error {
            GraftError::Pdf(error) => Self::Pdf(error),
            other => Self::Page { why: other.why() },
        }
    }
}
