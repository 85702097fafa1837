//! The fonts a page is set in: character to glyph and advance, without a shaper.
//!
//! Han text and the Latin letters and digits inside it need no shaping: `cmap` gives the glyph, `hmtx` the advance.
//! Tables are read once, so that composing a page looks nothing up in font files.

use core::fmt;
use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use crate::crypto::DigestAlgorithm;

/// A fallback chain of fonts: a character is set in the first font that has it.
///
/// Cloning is cheap; clones share their tables.
#[derive(Clone)]
pub struct Fonts(Arc<Chain>);

struct Chain {
    faces: Vec<Face>,
}

/// One font file with the tables that setting text needs.
pub(super) struct Face {
    pub(super) data: Data,
    pub(super) name: String,
    /// The glyph of each character of the basic plane; 0 where there is none.
    basic: Vec<u16>,
    /// Characters beyond it, sorted.
    supplementary: Vec<(u32, u16)>,
    /// Advance of each glyph in thousandths of an em.
    advances: Vec<u16>,
    pub(super) metrics: Metrics,
    /// SHA-256 of the font file.
    pub(super) digest: Vec<u8>,
}

pub(super) enum Data {
    Bundled(&'static [u8]),
    Given(Vec<u8>),
}

/// What the font descriptor says, in thousandths of an em (ISO 32000-2, table 120).
#[derive(Clone, Copy)]
pub(super) struct Metrics {
    pub(super) ascent: i32,
    pub(super) descent: i32,
    pub(super) cap_height: i32,
    pub(super) bounds: [i32; 4],
}

/// A font that cannot be used. `index` counts the fonts given, from 0.
#[non_exhaustive]
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum FontError {
    /// Occurs if the list of fonts is empty.
    Empty,
    /// Occurs if the file is not a TrueType or OpenType font, or a table that is needed is broken.
    Malformed {
        /// Which font.
        index: usize,
    },
    /// Occurs if the outlines are not TrueType (`glyf`); only those are embedded as yet.
    Outlines {
        /// Which font.
        index: usize,
    },
    /// Occurs if `OS/2.fsType` forbids embedding or subsetting (OpenType 1.9, OS/2, fsType bits 1 and 8).
    Restricted {
        /// Which font.
        index: usize,
    },
}

impl fmt::Display for FontError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("no font was given; give at least one"),
            Self::Malformed { index } => write!(f, "font {index} is not a readable TrueType font"),
            Self::Outlines { index } => {
                write!(
                    f,
                    "font {index} has no glyf outlines; convert it to TrueType outlines"
                )
            }
            Self::Restricted { index } => {
                write!(
                    f,
                    "font {index} forbids embedding or subsetting; choose another font"
                )
            }
        }
    }
}

impl core::error::Error for FontError {}

impl Fonts {
    /// The bundled font alone.
    #[must_use]
    pub fn bundled() -> Self {
        static BUNDLED: OnceLock<Fonts> = OnceLock::new();
        BUNDLED
            .get_or_init(|| {
                let face = Face::read(Data::Bundled(crate::font::bundled()), 0);
                // The bytes are part of this library and its tests read them.
                Self::of(face.into_iter().collect())
            })
            .clone()
    }

    /// Fonts in the order in which they are asked for a character. TrueType files, not collections.
    ///
    /// # Errors
    /// Occurs if the list is empty, or a font is malformed, has no `glyf` outlines or forbids embedding.
    pub fn new(fonts: Vec<Vec<u8>>) -> Result<Self, FontError> {
        if fonts.is_empty() {
            return Err(FontError::Empty);
        }
        let faces: Result<Vec<Face>, FontError> = fonts
            .into_iter()
            .enumerate()
            .map(|(index, bytes)| Face::read(Data::Given(bytes), index))
            .collect();
        Ok(Self::of(faces?))
    }

    fn of(faces: Vec<Face>) -> Self {
        Self(Arc::new(Chain { faces }))
    }

    /// SHA-256 of the font files, in order: which fonts these are.
    pub(super) fn digest(&self) -> Vec<u8> {
        let digests: Vec<u8> = self
            .0
            .faces
            .iter()
            .flat_map(|face| face.digest.iter().copied())
            .collect();
        DigestAlgorithm::Sha256.digest(&digests)
    }

    pub(super) fn face(&self, index: usize) -> Option<&Face> {
        self.0.faces.get(index)
    }

    /// The first font that has `character`, and its glyph there.
    pub(super) fn find(&self, character: char) -> Option<(usize, u16)> {
        self.0
            .faces
            .iter()
            .enumerate()
            .find_map(|(index, face)| Some((index, face.glyph(character)?)))
    }
}

impl fmt::Debug for Fonts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list()
            .entries(self.0.faces.iter().map(|face| &face.name))
            .finish()
    }
}

impl Default for Fonts {
    fn default() -> Self {
        Self::bundled()
    }
}

impl Data {
    pub(super) fn bytes(&self) -> &[u8] {
        match self {
            Self::Bundled(bytes) => bytes,
            Self::Given(bytes) => bytes,
        }
    }
}

impl Face {
    fn read(data: Data, index: usize) -> Result<Self, FontError> {
        let malformed = FontError::Malformed { index };
        let font = ttf_parser::Face::parse(data.bytes(), 0).map_err(|_| malformed.clone())?;
        if font.tables().glyf.is_none() {
            return Err(FontError::Outlines { index });
        }
        if font.permissions() == Some(ttf_parser::Permissions::Restricted) || !font.is_subsetting_allowed() {
            return Err(FontError::Restricted { index });
        }
        let em = i32::from(font.units_per_em());
        let scaled = |units: i32| (units * 1000 + em / 2).div_euclid(em);
        let mut basic = vec![0; 0x1_0000];
        let mut supplementary = BTreeMap::new();
        let cmap = font.tables().cmap.ok_or_else(|| malformed.clone())?;
        for table in cmap
            .subtables
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
        let advances = (0..font.number_of_glyphs())
            .map(|glyph| {
                let advance = font
                    .glyph_hor_advance(ttf_parser::GlyphId(glyph))
                    .unwrap_or_default();
                u16::try_from(scaled(i32::from(advance))).unwrap_or(u16::MAX)
            })
            .collect();
        let bounds = font.global_bounding_box();
        let metrics = Metrics {
            ascent: scaled(i32::from(font.ascender())),
            descent: scaled(i32::from(font.descender())),
            cap_height: scaled(i32::from(font.capital_height().unwrap_or(font.ascender()))),
            bounds: [bounds.x_min, bounds.y_min, bounds.x_max, bounds.y_max]
                .map(|side| scaled(i32::from(side))),
        };
        let name = font
            .names()
            .into_iter()
            .filter(|name| name.name_id == ttf_parser::name_id::POST_SCRIPT_NAME)
            .find_map(|name| name.to_string())
            .unwrap_or_default()
            .chars()
            .filter(|c| c.is_ascii_alphanumeric() || *c == '-')
            .take(60)
            .collect::<String>();
        let name = if name.is_empty() {
            format!("Font{index}")
        } else {
            name
        };
        Ok(Self {
            basic,
            supplementary: supplementary.into_iter().collect(),
            advances,
            metrics,
            name,
            digest: DigestAlgorithm::Sha256.digest(data.bytes()),
            data,
        })
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

    /// Advance in thousandths of an em.
    pub(super) fn advance(&self, glyph: u16) -> i32 {
        self.advances
            .get(usize::from(glyph))
            .map_or(1000, |&advance| i32::from(advance))
    }
}
