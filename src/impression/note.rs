//! A line of text as outlines, for what is printed beside a document and is no part of it.

use core::fmt::Write as _;

use ttf_parser::Face;

use super::path::{Matrix, Path};
use super::{ImpressionError, POINTS};

/// PDF content that draws a line of text, and its size in millimetres.
pub(crate) struct Note {
    /// Origin at the lower left, in points.
    pub(crate) content: String,
    pub(crate) width_mm: f64,
    pub(crate) height_mm: f64,
}

impl Note {
    /// `text` in grey, its squares `em_mm` high, in the outlines of `font`.
    ///
    /// # Errors
    /// Occurs if the font is none, or lacks a character.
    pub(crate) fn new(text: &str, em_mm: f64, font: &[u8]) -> Result<Self, ImpressionError> {
        let face = Face::parse(font, 0).map_err(|_| ImpressionError::Font)?;
        let size = em_mm / f64::from(face.units_per_em().max(16));
        // Below the line, for commas and the feet of ideographs.
        let foot = 0.2 * em_mm;
        let (mut path, mut x) = (Path::default(), 0.0);
        for character in text.chars() {
            let matrix = Matrix([size, 0.0, 0.0, size, x, foot]);
            path.add_glyph(&face, character, matrix)
                .ok_or(ImpressionError::Character { character })?;
            let glyph = face.glyph_index(character);
            let advance = glyph.and_then(|glyph| face.glyph_hor_advance(glyph));
            x += advance.map_or(em_mm, |advance| f64::from(advance) * size);
        }
        let mut content = format!("0.3 0.3 0.3 rg\n{POINTS:.6} 0 0 {POINTS:.6} 0 0 cm\n");
        path.write_pdf(&mut content);
        let _ = writeln!(content, "f");
        Ok(Self {
            content,
            width_mm: x,
            height_mm: 1.2 * em_mm,
        })
    }
}
