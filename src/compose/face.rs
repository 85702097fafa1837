//! One font: character to glyph, advance and outline, read once so that composing a page looks nothing up in font files.
//!
//! Han text and the Latin letters and digits inside it need no shaping: `cmap` gives the glyph, `hmtx` the advance.

use std::collections::BTreeMap;

use ttf_parser::GlyphId;

use super::font_error::FontError;
use super::marks::{self, Blank};
use crate::crypto::DigestAlgorithm;

/// One font with the tables that setting text needs.
pub(super) struct Face {
    pub(super) data: Data,
    /// Which face of a collection; 0 in a file with one.
    pub(super) number: u32,
    /// The PostScript name.
    pub(super) name: String,
    pub(super) outlines: Outlines,
    /// The glyph of each character of the basic plane; 0 where there is none.
    basic: Vec<u16>,
    /// Characters beyond it, sorted.
    supplementary: Vec<(u32, u16)>,
    /// Advance of each glyph in thousandths of an em.
    advances: Vec<u16>,
    /// What the squares of full-width marks have empty, sorted by character.
    blanks: Vec<(char, Blank)>,
    /// The middle of a Han character over the baseline, in thousandths of an em, if the font has Han characters.
    middle: Option<i32>,
    pub(super) metrics: Metrics,
    /// Whether only some builds of this library bundle it.
    pub(super) optional: bool,
    /// SHA-256 of the font file, and which face of it.
    pub(super) digest: Vec<u8>,
    #[cfg(feature = "shape")]
    pub(super) shaper: super::shape::Shaper,
    /// Whether the font has rules for joining and stacking letters.
    #[cfg(feature = "shape")]
    pub(super) has_rules: bool,
}

/// The bytes of a font file.
#[derive(Clone)]
pub(super) enum Data {
    Bundled(&'static [u8]),
    Given(std::sync::Arc<Vec<u8>>),
}

/// How glyphs are drawn, which decides how the font is embedded (ISO 32000-2, table 124).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Outlines {
    /// Compact Font Format version 1.
    Cff,
    /// `glyf`.
    TrueType,
}

/// What the font descriptor says, in thousandths of an em (ISO 32000-2, table 120).
#[derive(Clone, Copy)]
pub(super) struct Metrics {
    pub(super) ascent: i32,
    pub(super) descent: i32,
    pub(super) cap_height: i32,
    pub(super) bounds: [i32; 4],
}

/// A character of nearly square outline, by which the middle of a font's Han characters is measured.
const SQUARE: char = '国';

impl Data {
    pub(super) fn bytes(&self) -> &[u8] {
        match self {
            Self::Bundled(bytes) => bytes,
            Self::Given(bytes) => bytes,
        }
    }
}

impl Face {
    /// Reads face `number` of the font that was given as the `index`-th.
    pub(super) fn read(data: Data, number: u32, index: usize) -> Result<Self, FontError> {
        let malformed = || FontError::Malformed { index };
        let font = ttf_parser::Face::parse(data.bytes(), number).map_err(|_| malformed())?;
        if font.tables().fvar.is_some() {
            return Err(FontError::Variable { index });
        }
        let outlines = match (font.tables().glyf, font.tables().cff) {
            (Some(_), _) => Outlines::TrueType,
            (None, Some(_)) => Outlines::Cff,
            (None, None) => return Err(FontError::Outlines { index }),
        };
        let forbidden = font.permissions() == Some(ttf_parser::Permissions::Restricted)
            || !font.is_subsetting_allowed()
            || !font.is_outline_embedding_allowed();
        if forbidden {
            return Err(FontError::Restricted { index });
        }
        let scale = Scale(i32::from(font.units_per_em()));
        let (basic, supplementary) = characters(&font).ok_or_else(malformed)?;
        let advances = (0..font.number_of_glyphs())
            .map(|glyph| {
                let advance = font.glyph_hor_advance(GlyphId(glyph)).unwrap_or_default();
                u16::try_from(scale.of(i32::from(advance))).unwrap_or(u16::MAX)
            })
            .collect();
        let bounds = font.global_bounding_box();
        let metrics = Metrics {
            ascent: scale.of(i32::from(font.ascender())),
            descent: scale.of(i32::from(font.descender())),
            cap_height: scale.of(i32::from(font.capital_height().unwrap_or(font.ascender()))),
            bounds: [bounds.x_min, bounds.y_min, bounds.x_max, bounds.y_max]
                .map(|side| scale.of(i32::from(side))),
        };
        let mut digest = DigestAlgorithm::Sha256.digest(data.bytes());
        digest.extend_from_slice(&number.to_be_bytes());
        let mut face = Self {
            name: postscript_name(&font).unwrap_or_else(|| format!("Font{index}")),
            number,
            outlines,
            basic,
            supplementary,
            advances,
            blanks: Vec::new(),
            middle: None,
            metrics,
            optional: false,
            digest,
            #[cfg(feature = "shape")]
            shaper: super::shape::Shaper::default(),
            #[cfg(feature = "shape")]
            has_rules: font.tables().gsub.is_some(),
            data: data.clone(),
        };
        let ink = |character: char| {
            let ink = font.glyph_bounding_box(GlyphId(face.glyph(character)?))?;
            Some([ink.x_min, ink.y_min, ink.x_max, ink.y_max].map(|side| scale.of(i32::from(side))))
        };
        let middle = ink(SQUARE).map(|[_, bottom, _, top]| (bottom + top) / 2);
        let blanks = marks::FULL_WIDTH
            .iter()
            .filter(|&&mark| face.glyph(mark).is_some_and(|glyph| face.advance(glyph) >= 900))
            .filter_map(|&mark| {
                let [left, _, right, _] = ink(mark)?;
                Some((mark, Blank::of_ink(left, right)))
            })
            .collect();
        (face.middle, face.blanks) = (middle, blanks);
        face.blanks.sort_by_key(|&(mark, _)| mark);
        Ok(face)
    }

    /// The whole font file.
    pub(super) fn bytes(&self) -> &[u8] {
        self.data.bytes()
    }

    pub(super) fn glyph(&self, character: char) -> Option<u16> {
        let code = u32::from(character);
        let glyph = match usize::try_from(code).ok().and_then(|code| self.basic.get(code)) {
            Some(&glyph) => glyph,
            None => {
                let at = self
                    .supplementary
                    .binary_search_by_key(&code, |entry| entry.0)
                    .ok()?;
                self.supplementary.get(at)?.1
            }
        };
        (glyph != 0).then_some(glyph)
    }

    /// Whether the font has a glyph of this number.
    pub(super) fn has(&self, glyph: u16) -> bool {
        usize::from(glyph) < self.advances.len()
    }

    /// Advance in thousandths of an em.
    pub(super) fn advance(&self, glyph: u16) -> i32 {
        self.advances
            .get(usize::from(glyph))
            .map_or(1000, |&advance| i32::from(advance))
    }

    /// What the square of a full-width mark has empty on its left and right.
    pub(super) fn blank(&self, mark: char) -> Blank {
        match self.blanks.binary_search_by_key(&mark, |entry| entry.0) {
            Ok(at) => self.blanks.get(at).map(|entry| entry.1).unwrap_or_default(),
            Err(_) => Blank::default(),
        }
    }

    /// How far a Han character of this font is raised to stand level with those of `leading`.
    pub(super) fn rise(&self, leading: &Self) -> i16 {
        let rise = match (self.middle, leading.middle) {
            (Some(own), Some(other)) => other.saturating_sub(own),
            _ => 0,
        };
        // Less cannot be seen; more is no difference of design but a font with its squares elsewhere, by intention.
        if (15..=200).contains(&rise.abs()) {
            i16::try_from(rise).unwrap_or(0)
        } else {
            0
        }
    }
}

/// The PostScript names of the faces in a font file, in order; one that has none is named by its number.
pub(super) fn names(bytes: &[u8]) -> Vec<String> {
    // A collection of all of Noto CJK has 45 faces.
    let count = ttf_parser::fonts_in_collection(bytes).unwrap_or(1).min(256);
    (0..count)
        .map(|number| {
            let face = ttf_parser::Face::parse(bytes, number).ok();
            face.as_ref()
                .and_then(postscript_name)
                .unwrap_or_else(|| number.to_string())
        })
        .collect()
}

/// Font units to thousandths of an em, rounded to the nearest.
#[derive(Clone, Copy)]
struct Scale(i32);

impl Scale {
    fn of(self, units: i32) -> i32 {
        (units * 1000 + self.0 / 2).div_euclid(self.0.max(1))
    }
}

/// The PostScript name with only the characters that a PDF name needs no escape for.
fn postscript_name(font: &ttf_parser::Face<'_>) -> Option<String> {
    let name: String = font
        .names()
        .into_iter()
        .filter(|name| name.name_id == ttf_parser::name_id::POST_SCRIPT_NAME)
        .find_map(|name| name.to_string())?
        .chars()
        .filter(|c| c.is_ascii_alphanumeric() || *c == '-')
        .take(60)
        .collect();
    (!name.is_empty()).then_some(name)
}

/// Glyphs of the basic plane by character, and those beyond it, sorted.
type Characters = (Vec<u16>, Vec<(u32, u16)>);

fn characters(font: &ttf_parser::Face<'_>) -> Option<Characters> {
    if !is_bounded(font.raw_face().table(ttf_parser::Tag::from_bytes(b"cmap"))?) {
        return None;
    }
    let mut basic = vec![0; 0x1_0000];
    let mut supplementary = BTreeMap::new();
    let subtables = font.tables().cmap?.subtables;
    for table in subtables
        .into_iter()
        .filter(ttf_parser::cmap::Subtable::is_unicode)
    {
        table.codepoints(|code| {
            let Some(glyph) = table.glyph_index(code) else {
                return;
            };
            match usize::try_from(code).ok().and_then(|code| basic.get_mut(code)) {
                Some(slot) if *slot == 0 => *slot = glyph.0,
                Some(_) => {}
                None => {
                    supplementary.entry(code).or_insert(glyph.0);
                }
            }
        });
    }
    Some((basic, supplementary.into_iter().collect()))
}

/// Whether reading this `cmap` takes bounded work: a group of format 12 or 13 may claim four thousand million characters,
/// and any number of records may point to the same groups.
fn is_bounded(cmap: &[u8]) -> bool {
    let short = |at: usize| {
        let bytes = cmap.get(at..at.checked_add(2)?)?;
        Some(u16::from_be_bytes(bytes.try_into().ok()?))
    };
    let long = |at: usize| {
        let bytes = cmap.get(at..at.checked_add(4)?)?;
        Some(u32::from_be_bytes(bytes.try_into().ok()?))
    };
    let size = |record: u16| -> Option<u64> {
        let offset = usize::try_from(long(8 + 8 * usize::from(record))?).ok()?;
        if !matches!(short(offset)?, 12 | 13) {
            return Some(0x1_0000);
        }
        let groups = usize::try_from(long(offset.checked_add(12)?)?).ok()?;
        let first = offset.checked_add(16)?;
        if groups > cmap.len() / 12 {
            return None;
        }
        let mut total = 0_u64;
        for group in 0..groups {
            let at = first.checked_add(group * 12)?;
            total += u64::from(long(at.checked_add(4)?)?.checked_sub(long(at)?)?) + 1;
        }
        Some(total)
    };
    // As many as there are characters, twice: fonts have a table for the basic plane beside the one for all planes.
    let most = 2 * 0x11_0000;
    let mut total = 0_u64;
    for record in 0..short(2).unwrap_or(0) {
        match size(record) {
            Some(size) if total + size <= most => total += size,
            _ => return false,
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cmap(groups: &[[u32; 3]]) -> Vec<u8> {
        let mut out = vec![0, 0, 0, 1, 0, 3, 0, 10, 0, 0, 0, 12, 0, 12, 0, 0];
        let count = u32::try_from(groups.len()).unwrap();
        for number in [16 + 12 * count, 0, count]
            .into_iter()
            .chain(groups.iter().flatten().copied())
        {
            out.extend_from_slice(&number.to_be_bytes());
        }
        out
    }

    #[test]
    fn cmap_group_wider_than_unicode_is_refused() {
        assert!(is_bounded(&cmap(&[[0x20, 0x7E, 1], [0x2_0000, 0x2_A6DF, 96]])));
        assert!(!is_bounded(&cmap(&[[0, u32::MAX, 1]])));
        assert!(!is_bounded(&cmap(&[[9, 8, 1]])));
        assert!(!is_bounded(&cmap(&[[0, 0x10_FFFF, 1]; 3])));
    }

    #[test]
    fn full_width_marks_of_the_bundled_font_have_half_a_square_empty() {
        let face = Face::read(Data::Bundled(crate::font::bundled()), 0, 0).unwrap();
        for mark in "，。、；：！？）》」』】〕”’".chars() {
            assert_eq!(face.blank(mark), Blank { left: 0, right: 500 }, "{mark}");
        }
        for mark in "（《「『【〔“‘".chars() {
            assert_eq!(face.blank(mark), Blank { left: 500, right: 0 }, "{mark}");
        }
        assert_eq!(face.blank('国'), Blank::default());
    }
}
