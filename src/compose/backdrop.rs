//! What lies beneath the text: curves, the frame, words across the page such as `样例 SAMPLE` on a sample.
//!
//! The words are drawn as outlines, not as text, so that whoever extracts the page's text does not find them strewn among it;
//! the page says them once more as text at its head.

use ttf_parser::{Face, GlyphId, OutlineBuilder};

use super::chain::Fonts;
use super::error::ComposeError;
use super::guilloche;
use super::lines::{Glyph, Part, single_line};
use super::ornament;
use super::template::{Background, Piece, Template};
use super::units::{Length, em, in_em, write_points};

/// What a sample says of itself.
pub(super) const SAMPLE: &str = "样例 SAMPLE";

/// The content stream; empty if there is nothing to draw.
///
/// # Errors
/// Occurs if no font has a character of the words.
pub(super) fn draw(template: &Template, fonts: &Fonts, sample: bool) -> Result<Vec<u8>, ComposeError> {
    let (width, height) = template.page_size();
    let page = &template.source.page;
    let mut out = match page.background {
        Background::None => Vec::new(),
        Background::Guilloche => guilloche::draw(width, height),
    };
    out.extend(ornament::draw(page.border, width, height));
    match (&page.watermark, sample) {
        // A sample must be told from a real result, whatever the template says across it. That fonts lack its words is
        // refused where the page says them as text, so that they still serve for real results.
        (_, true) => watermark(&mut out, fonts, SAMPLE, width, height).unwrap_or_default(),
        (Some(words), false) => watermark(&mut out, fonts, &words.0, width, height)?,
        (None, false) => {}
    }
    Ok(out)
}

fn watermark(
    out: &mut Vec<u8>,
    fonts: &Fonts,
    words: &str,
    width: Length,
    height: Length,
) -> Result<(), ComposeError> {
    let line = single_line(&super::lines::glyphs(
        fonts,
        &[Piece::literal(words)],
        "watermark",
    )?);
    // As large as the diagonal allows, and not larger than an eighth of the page.
    let ems = line
        .glyphs
        .iter()
        .fold(0_i32, |ems, placed| ems.saturating_add(placed.glyph.advance));
    let size = (width.min(height) / 8).min(in_em(width.min(height), ems));
    let half = em(ems, size) / 2;
    // 45 degrees: sine and cosine are 0.70711. The middle of the words, 0.36 em above the baseline, is the middle of the page.
    let (along, up) = (em(half, 707), em(em(360, size), 707));
    out.extend_from_slice(b"/Artifact BMC q 0.92 g 0.70711 0.70711 -0.70711 0.70711 ");
    for length in [width / 2 - along + up, height / 2 - along - up] {
        write_points(out, length);
        out.push(b' ');
    }
    out.extend_from_slice(b"cm\n");
    let mut x = 0;
    for glyph in line.glyphs.iter().map(|placed| placed.glyph) {
        if glyph.part != Part::Silent {
            outline(out, fonts, glyph, x + em(i32::from(glyph.offset.0), size), size);
        }
        x += em(glyph.advance, size);
    }
    out.extend_from_slice(b"Q EMC\n");
    Ok(())
}

/// Fills the outline of one glyph.
fn outline(out: &mut Vec<u8>, fonts: &Fonts, glyph: Glyph, x: Length, size: Length) {
    let Some(face) = fonts.face(usize::from(glyph.face)) else {
        return;
    };
    let Ok(font) = Face::parse(face.bytes(), face.number) else {
        return;
    };
    let mut path = Path {
        out,
        x,
        size,
        units: f32::from(font.units_per_em()),
        at: (0.0, 0.0),
    };
    if font.outline_glyph(GlyphId(glyph.id), &mut path).is_some() {
        path.out.extend_from_slice(b"f\n");
    }
}

/// Font units to points, quadratic curves to cubic ones.
struct Path<'a> {
    out: &'a mut Vec<u8>,
    x: Length,
    size: Length,
    units: f32,
    at: (f32, f32),
}

impl Path<'_> {
    fn point(&mut self, x: f32, y: f32) {
        let scale = |value: f32| {
            // Thousandths of an em first: whole numbers, so nothing depends on how a platform rounds.
            #[expect(
                clippy::cast_possible_truncation,
                reason = "glyph coordinates are within 16 bits; `as` saturates"
            )]
            let thousandths = (value * 1000.0 / self.units).round() as i32;
            em(thousandths, self.size)
        };
        let (x, y) = (self.x + scale(x), scale(y));
        for length in [x, y] {
            // A hundredth of a point is finer than any printer.
            write_points(self.out, length / 10 * 10);
            self.out.push(b' ');
        }
    }
}

impl OutlineBuilder for Path<'_> {
    fn move_to(&mut self, x: f32, y: f32) {
        self.at = (x, y);
        self.point(x, y);
        self.out.extend_from_slice(b"m\n");
    }

    fn line_to(&mut self, x: f32, y: f32) {
        self.at = (x, y);
        self.point(x, y);
        self.out.extend_from_slice(b"l\n");
    }

    fn quad_to(&mut self, x1: f32, y1: f32, x: f32, y: f32) {
        let (x0, y0) = self.at;
        let third = |from: f32, to: f32| from + (to - from) * 2.0 / 3.0;
        self.curve_to(third(x0, x1), third(y0, y1), third(x, x1), third(y, y1), x, y);
    }

    fn curve_to(&mut self, x1: f32, y1: f32, x2: f32, y2: f32, x: f32, y: f32) {
        self.at = (x, y);
        self.point(x1, y1);
        self.point(x2, y2);
        self.point(x, y);
        self.out.extend_from_slice(b"c\n");
    }

    fn close(&mut self) {
        self.out.extend_from_slice(b"h\n");
    }
}
