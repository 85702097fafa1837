//! Which glyphs a document uses of which font, and the numbers they get in it.

use std::sync::Arc;

use subsetter::GlyphRemapper;

use super::chain::Fonts;
use super::embed::Embedded;
use super::error::ComposeError;
use super::font_error::FontError;
use super::glyph::{Glyph, Part};
use super::lines::Placed;

/// The glyphs that a text uses of one font; CIDs are given out in the order of first use.
pub(super) struct Subset {
    pub(super) face: usize,
    pub(super) remapper: GlyphRemapper,
    /// What each CID is, from CID 1.
    pub(super) used: Vec<Used>,
}

/// What a CID stands for, and how wide its glyph is.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Used {
    pub(super) character: char,
    /// The characters after the first, if the glyph stands for several.
    pub(super) more: Box<str>,
    /// Thousandths of an em, as the font has it.
    pub(super) width: i32,
}

impl Used {
    fn new(glyph: &Glyph, silent: &[Placed]) -> Self {
        Self {
            // A glyph more than there are characters says nothing; every glyph needs a character all the same (ISO 14289-1, 7.21.7).
            character: if glyph.part == Part::Further {
                NOTHING
            } else {
                glyph.character
            },
            more: silent.iter().map(|placed| placed.glyph.character).collect(),
            width: glyph.advance.saturating_sub(i32::from(glyph.kern)),
        }
    }

    /// Whether the glyph and the silent characters behind it are what this stands for.
    pub(super) fn is(&self, glyph: &Glyph, silent: &[Placed]) -> bool {
        if glyph.part == Part::Further {
            return true;
        }
        self.character == glyph.character
            && (self.more.is_empty() && silent.is_empty()
                || self
                    .more
                    .chars()
                    .eq(silent.iter().map(|placed| placed.glyph.character)))
    }
}

/// ZERO WIDTH NON-JOINER.
const NOTHING: char = '\u{200C}';

impl Subset {
    pub(super) fn new(face: usize) -> Self {
        Self {
            face,
            remapper: GlyphRemapper::new(),
            used: Vec::new(),
        }
    }

    /// The CID of `glyph`, which stands for its character and the `silent` ones; `None` if the glyph already stands for others.
    pub(super) fn cid(&mut self, glyph: &Glyph, silent: &[Placed]) -> Option<u16> {
        let cid = self.remapper.remap(glyph.id);
        if usize::from(cid) > self.used.len() {
            self.used.push(Used::new(glyph, silent));
            return Some(cid);
        }
        let used = self.used.get(usize::from(cid).checked_sub(1)?)?;
        used.is(glyph, silent).then_some(cid)
    }
}

/// The subsets of one document: the template's, and those for what only the document brings.
pub(super) struct Subsets {
    frequent: Vec<Arc<Embedded>>,
    own: Vec<Subset>,
    /// The font that would need more subsets than any honest one.
    excess: Option<usize>,
}

/// A page of Uyghur takes a handful, one for each letter that shares its shape with another; a hostile font may give all characters
/// one glyph.
const MOST: usize = 64;

impl Subsets {
    pub(super) fn new(frequent: impl IntoIterator<Item = Arc<Embedded>>) -> Self {
        Self {
            frequent: frequent.into_iter().collect(),
            own: Vec::new(),
            excess: None,
        }
    }

    /// Which font resource (the template's first, then the document's) and which CID.
    ///
    /// A glyph that stands for different characters in different places, such as that of 一 and ⼀, is in several subsets, so that
    /// readers extract what was meant in each place.
    pub(super) fn place(&mut self, glyph: Glyph, silent: &[Placed]) -> (usize, u16) {
        let face = usize::from(glyph.face);
        for (resource, frequent) in self.frequent.iter().enumerate() {
            if frequent.face == face
                && let Some(cid) = frequent.cid(&glyph, silent)
            {
                return (resource, cid);
            }
        }
        let first = self.frequent.len();
        for (number, subset) in self.own.iter_mut().enumerate() {
            if subset.face == face
                && let Some(cid) = subset.cid(&glyph, silent)
            {
                return (first + number, cid);
            }
        }
        if self.own.len() >= MOST {
            self.excess = Some(face);
            return (0, 0);
        }
        let mut subset = Subset::new(face);
        // The first glyph of a subset stands for nothing else yet.
        let cid = subset.cid(&glyph, silent).unwrap_or(0);
        self.own.push(subset);
        (first + self.own.len() - 1, cid)
    }

    /// The finished subsets with the numbers of their resources, in order.
    pub(super) fn finish(self, fonts: &Fonts) -> Result<Vec<(usize, Arc<Embedded>)>, ComposeError> {
        if let Some(index) = self.excess {
            return Err(ComposeError::Font(FontError::Malformed { index }));
        }
        let mut finished = self.frequent;
        for subset in self.own {
            finished.push(Arc::new(Embedded::new(subset, fonts)?));
        }
        Ok(finished.into_iter().enumerate().collect())
    }
}
