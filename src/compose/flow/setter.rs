//! Setting text: from a bound text to marks, wherever they will stand.

use super::galley::Galley;
use crate::compose::chain::{Fonts, Typeface};
use crate::compose::error::ComposeError;
use crate::compose::glyph::Voice;
use crate::compose::lines::{Fill, Glyph, Line, glyphs};
use crate::compose::page::{ArtifactKind, CodePlace, Mark, NodeId, Role, Run, SealPlace, Tree};
use crate::compose::template::{Align, Binding, Colour, Condition, Piece, Text};
use crate::compose::units::{Length, em};
use crate::record::Record;

/// What the placing of every element needs.
pub(super) struct Setter<'a> {
    pub(super) record: &'a Record,
    pub(super) fonts: &'a Fonts,
    pub(super) language: &'a str,
    pub(super) pictures: &'a [Available],
    pub(super) left: Length,
    pub(super) right: Length,
    /// The height that a page without anything fixed gives to the body.
    pub(super) room: Length,
    pub(super) marks: Vec<Mark>,
    /// Places of seals in forms, measured from the upper edge of the strip of that number.
    pub(super) form_seals: Vec<(usize, SealPlace)>,
    /// The same for the code.
    pub(super) form_code: Option<(usize, CodePlace)>,
    pub(super) tree: Tree,
    /// The level of the last heading; 0 before the first.
    pub(super) heading: u8,
    pub(super) galley: Galley<'a>,
}

/// A picture that can be drawn; [`Mark::Picture`] names it by its place in the list.
#[derive(Clone, Debug)]
pub(in crate::compose) struct Available {
    /// Its label in the record, or its name in the template.
    pub(in crate::compose) name: String,
    /// Its proportions, in whatever unit.
    pub(in crate::compose) width: u32,
    pub(in crate::compose) height: u32,
}

/// How text is set.
#[derive(Clone, Copy, Debug)]
pub(super) struct Style {
    pub(super) size: Length,
    pub(super) pitch: Length,
    pub(super) font: Typeface,
    pub(super) bold: bool,
    pub(super) colour: Colour,
}

impl Style {
    /// Black and upright.
    pub(super) fn plain(size: Length, pitch: Length, font: Typeface) -> Self {
        Self {
            size,
            pitch,
            font,
            bold: false,
            colour: Colour::default(),
        }
    }

    /// For a label that is repeated in another language below: three quarters as large.
    pub(super) fn second(self) -> Self {
        Self {
            size: self.size * 3 / 4,
            pitch: self.pitch * 3 / 4,
            ..self
        }
    }
}

/// The ideographic em box of the em: 0.88 above the baseline, 0.12 below (OpenType 1.9, BASE `ideo`).
const ASCENT: i32 = 880;

impl Setter<'_> {
    /// The width of the type area.
    pub(super) fn measure(&self) -> Length {
        self.right - self.left
    }

    pub(super) fn binding(&self) -> Binding<'_> {
        Binding {
            record: self.record,
            language: self.language,
            page: (0, 0),
        }
    }

    /// Whether an element is set at all.
    pub(super) fn holds(&self, when: Option<&Condition>) -> bool {
        when.is_none_or(|when| when.holds(self.record))
    }

    /// The text bound to the record, or `None` for an optional one with a missing member.
    pub(super) fn bind(
        &self,
        text: &Text,
        element: &str,
        optional: bool,
    ) -> Result<Option<Vec<Piece>>, ComposeError> {
        text.bind(self.binding(), element, optional)
    }

    /// Bound text that may not be left out.
    pub(super) fn required(&self, text: &Text, element: &str) -> Result<Vec<Piece>, ComposeError> {
        Ok(self.bind(text, element, false)?.unwrap_or_default())
    }

    /// The glyphs of bound text in a style of type.
    pub(super) fn glyphs(
        &self,
        pieces: &[Piece],
        typeface: Typeface,
        element: &str,
    ) -> Result<Vec<Glyph>, ComposeError> {
        let voice = Voice {
            fonts: self.fonts,
            typeface,
            language: self.language,
        };
        glyphs(voice, pieces, element)
    }

    /// What is put from here to [`close`](Self::close) belongs to `node`.
    pub(super) fn open(&mut self, node: NodeId) {
        self.marks.push(Mark::Open(node));
    }

    /// As [`open`](Self::open), with a new node of `role` under `parent`.
    pub(super) fn open_new(&mut self, role: Role, parent: NodeId) -> NodeId {
        let node = self.tree.add(role, parent);
        self.open(node);
        node
    }

    pub(super) fn close(&mut self) {
        self.marks.push(Mark::Close);
    }

    /// A rule or frame line, which says nothing.
    pub(super) fn rule(&mut self, x: Length, y: Length, width: Length, height: Length) {
        self.marks.push(Mark::Artifact(ArtifactKind::Layout));
        self.marks.push(Mark::Fill { x, y, width, height });
        self.close();
    }

    /// Puts one line with its em box between `top` and `top - pitch`.
    pub(super) fn put(&mut self, line: Line, x: Length, top: Length, style: Style) {
        self.put_as(line, x, top, style, None);
    }

    /// As [`put`](Self::put), with what a reader should extract instead.
    pub(super) fn put_as(
        &mut self,
        line: Line,
        x: Length,
        top: Length,
        style: Style,
        actual: Option<Box<str>>,
    ) {
        if line.glyphs.is_empty() {
            return;
        }
        let coloured = style.colour != Colour::default();
        if coloured {
            self.marks.push(Mark::Colour(style.colour.0));
        }
        self.marks.push(Mark::Text(Run {
            x,
            y: baseline(top, style.size, style.pitch),
            size: style.size,
            bold: style.bold,
            line,
            actual,
        }));
        if coloured {
            self.marks.push(Mark::Colour(Colour::default().0));
        }
    }

    /// The number and the proportions of the picture `name`.
    pub(super) fn picture(&self, name: &str) -> Option<(usize, &Available)> {
        let mut pictures = self.pictures.iter().enumerate();
        pictures.find(|(_, picture)| picture.name == name)
    }

    /// Draws the picture of number `picture` as large as the room from the upper left corner `(x, top)` allows.
    pub(super) fn put_picture(
        &mut self,
        picture: usize,
        (x, top): (Length, Length),
        (width, height): (Length, Length),
        align: Align,
    ) {
        let Some(Available {
            width: across,
            height: down,
            ..
        }) = self.pictures.get(picture)
        else {
            return;
        };
        let (across, down) = (i64::from((*across).max(1)), i64::from((*down).max(1)));
        let scaled = |length: Length, part: i64, whole: i64| {
            Length::try_from(i64::from(length) * part / whole).unwrap_or(Length::MAX)
        };
        let full = scaled(height, across, down);
        let (drawn_width, drawn_height) = if full <= width {
            (full, height)
        } else {
            (width, scaled(width, down, across))
        };
        self.marks.push(Mark::Picture {
            picture,
            x: x + aligned(align, width - drawn_width),
            y: top - (height - drawn_height) / 2 - drawn_height,
            width: drawn_width,
            height: drawn_height,
        });
    }
}

/// The baseline of text whose line box starts at `top`.
pub(in crate::compose) fn baseline(top: Length, size: Length, pitch: Length) -> Length {
    top - (pitch - size) / 2 - em(ASCENT, size)
}

pub(super) fn aligned(align: Align, slack: Length) -> Length {
    match align {
        Align::Left | Align::Justify => 0,
        Align::Centre => slack / 2,
        Align::Right => slack,
    }
}

/// As [`aligned`], for a line whose paragraph may run from right to left and then starts at the right.
pub(super) fn line_aligned(align: Align, line: &Line, slack: Length) -> Length {
    let align = match align {
        Align::Left | Align::Justify if line.rtl => Align::Right,
        Align::Right if line.rtl => Align::Left,
        align => align,
    };
    aligned(align, slack)
}

pub(super) fn fill(align: Align) -> Fill {
    if align == Align::Justify {
        Fill::Justified
    } else {
        Fill::Ragged
    }
}

/// `element` ends at `end` and must not go below `floor`.
pub(super) fn clear(element: &str, end: Length, floor: Length) -> Result<(), ComposeError> {
    if end < floor {
        Err(overflow(element, floor.saturating_sub(end)))
    } else {
        Ok(())
    }
}

pub(super) fn overflow(element: &str, over: Length) -> ComposeError {
    let over_mm = u32::try_from(over.max(1)).unwrap_or(1).div_ceil(2_835);
    ComposeError::Overflow {
        element: element.to_owned(),
        over_mm,
    }
}
