//! The fonts a page is set in: a chain of fonts behind each typeface.

use core::fmt;
use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use serde::Deserialize;

use super::face::{self, Data, Face};
use super::font_error::FontError;
use crate::crypto::DigestAlgorithm;

/// What a typeface is for on a page, in the words of GB/T 9704-2012, 5.2.2.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[serde(rename_all = "lowercase")]
pub enum Typeface {
    /// 宋体: the typeface of all text that asks for no other.
    #[default]
    Song,
    /// 黑体: headings.
    Hei,
    /// 楷体: names of signers, quoted text.
    Kai,
    /// 仿宋: the body of official documents.
    Fang,
}

/// The fonts of a page: behind each [`Typeface`] a chain that is asked for a character one font after the other.
///
/// A typeface's own fonts come first, then those of [`Typeface::Song`], the bundled font, and the fallback fonts. So the bundled font answers
/// for a typeface that nobody gave; [`borrowed`](Self::borrowed) says so. Cloning is cheap; clones share their tables.
#[derive(Clone)]
pub struct Fonts(Arc<Shelf>);

struct Shelf {
    faces: Vec<Face>,
    /// Which faces to ask for each typeface, in this order.
    chains: [Vec<usize>; TYPEFACES.len()],
    /// How many fonts of its own each typeface has.
    own: [usize; TYPEFACES.len()],
    private: BTreeMap<char, PrivateUse>,
    digest: Vec<u8>,
}

/// The glyph of a private-use character, and what it stands for.
pub(super) struct PrivateUse {
    pub(super) face: usize,
    pub(super) glyph: u16,
    pub(super) text: String,
}

/// A font file, and which face of it is meant if it is a collection.
#[derive(Clone)]
pub struct FontFile {
    data: Data,
    member: Member,
}

#[derive(Clone)]
enum Member {
    Only,
    Number(u32),
    Name(String),
}

/// Collects the fonts of a page; see [`Fonts::builder`].
#[derive(Clone, Default)]
pub struct FontsBuilder {
    typefaces: Vec<(Typeface, FontFile)>,
    fallbacks: Vec<FontFile>,
    private: Vec<(char, FontFile, u16, String)>,
}

/// A character that is set in a font other than the first one of its typeface.
#[non_exhaustive]
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Borrowed {
    /// The character.
    pub character: char,
    /// The PostScript name of the font that has it; `None` if no font has it, so that composing it is an error.
    pub font: Option<String>,
}

const TYPEFACES: [Typeface; 4] = [Typeface::Song, Typeface::Hei, Typeface::Kai, Typeface::Fang];

impl Typeface {
    fn at(self) -> usize {
        match self {
            Self::Song => 0,
            Self::Hei => 1,
            Self::Kai => 2,
            Self::Fang => 3,
        }
    }
}

impl FontFile {
    /// The font in `bytes`: TrueType or OpenType, with `glyf` outlines (recommended: they are made into subsets twenty times as fast) or CFF.
    #[must_use]
    pub fn new(bytes: impl Into<Vec<u8>>) -> Self {
        Self {
            data: Data::Given(Arc::new(bytes.into())),
            member: Member::Only,
        }
    }

    /// The face `number` of the collection, from 0.
    #[must_use]
    pub fn face(mut self, number: u32) -> Self {
        self.member = Member::Number(number);
        self
    }

    /// The face of the collection that has this PostScript name, for example `NotoSerifCJKsc-Regular`.
    #[must_use]
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.member = Member::Name(name.into());
        self
    }

    fn bundled(bytes: &'static [u8]) -> Self {
        Self {
            data: Data::Bundled(bytes),
            member: Member::Only,
        }
    }

    fn read(&self, index: usize) -> Result<Face, FontError> {
        let bytes = self.data.bytes();
        let count = ttf_parser::fonts_in_collection(bytes);
        let refused = || FontError::Member {
            index,
            names: face::names(bytes),
        };
        let number = match (&self.member, count) {
            (Member::Only, None | Some(1)) => 0,
            (Member::Only, Some(_)) => return Err(refused()),
            (Member::Number(number), count) if *number < count.unwrap_or(1) => *number,
            (Member::Number(_), _) => return Err(refused()),
            (Member::Name(name), _) => face::names(bytes)
                .iter()
                .position(|other| other == name)
                .and_then(|at| u32::try_from(at).ok())
                .ok_or_else(refused)?,
        };
        Face::read(self.data.clone(), number, index)
    }
}

impl From<Vec<u8>> for FontFile {
    fn from(bytes: Vec<u8>) -> Self {
        Self::new(bytes)
    }
}

impl fmt::Debug for FontFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FontFile({} bytes)", self.data.bytes().len())
    }
}

impl FontsBuilder {
    /// Adds a font for `typeface`, behind those that it already has.
    #[must_use]
    pub fn typeface(mut self, typeface: Typeface, font: impl Into<FontFile>) -> Self {
        self.typefaces.push((typeface, font.into()));
        self
    }

    /// Adds a font that is asked, for every typeface, for the characters that nothing before it has; for rare characters of names.
    #[must_use]
    pub fn fallback(mut self, font: impl Into<FontFile>) -> Self {
        self.fallbacks.push(font.into());
        self
    }

    /// Sets the private-use character `character` as the glyph number `glyph` of `font`, which stands for `text`: the character
    /// in a later Unicode version, or its description by an ideographic description sequence. Readers extract `text`.
    #[must_use]
    pub fn private_use(
        mut self,
        character: char,
        font: impl Into<FontFile>,
        glyph: u16,
        text: impl Into<String>,
    ) -> Self {
        self.private.push((character, font.into(), glyph, text.into()));
        self
    }

    /// Reads the fonts.
    ///
    /// # Errors
    /// Occurs if a font is malformed, variable, a collection without a chosen face, or forbids embedding, or if a private-use
    /// character is mapped to nothing.
    pub fn build(self) -> Result<Fonts, FontError> {
        let mut faces = Vec::new();
        let mut chains: [Vec<usize>; TYPEFACES.len()] = Default::default();
        for (typeface, font) in &self.typefaces {
            if let Some(chain) = chains.get_mut(typeface.at()) {
                chain.push(faces.len());
            }
            faces.push(font.read(faces.len())?);
        }
        let own = TYPEFACES.map(|typeface| chains.get(typeface.at()).map_or(0, Vec::len));
        let mut rest = chains.first().cloned().unwrap_or_default();
        rest.push(faces.len());
        faces.push(FontFile::bundled(crate::font::bundled()).read(faces.len())?);
        for font in &self.fallbacks {
            rest.push(faces.len());
            faces.push(font.read(faces.len())?);
        }
        #[cfg(feature = "shape")]
        for bytes in crate::font::bundled_scripts() {
            rest.push(faces.len());
            let mut face = FontFile::bundled(bytes).read(faces.len())?;
            face.optional = true;
            faces.push(face);
        }
        for (at, chain) in chains.iter_mut().enumerate() {
            let from = if at == 0 { chain.len() } else { 0 };
            chain.extend_from_slice(rest.get(from..).unwrap_or_default());
        }
        let mut private = BTreeMap::new();
        for (character, font, glyph, text) in self.private {
            let face = font.read(faces.len())?;
            let valid = is_private(character) && glyph != 0 && face.has(glyph);
            if !valid || text.is_empty() || text.chars().any(is_private) {
                return Err(FontError::PrivateUse { character });
            }
            let entry = PrivateUse {
                face: faces.len(),
                glyph,
                text,
            };
            private.insert(character, entry);
            faces.push(face);
        }
        Ok(Fonts::of(faces, chains, own, private))
    }
}

impl fmt::Debug for FontsBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FontsBuilder")
            .field("typefaces", &self.typefaces)
            .field("fallbacks", &self.fallbacks)
            .finish_non_exhaustive()
    }
}

impl Fonts {
    /// The bundled fonts alone.
    #[must_use]
    pub fn bundled() -> Self {
        static BUNDLED: OnceLock<Fonts> = OnceLock::new();
        BUNDLED
            .get_or_init(|| {
                let none = || {
                    Self::of(
                        Vec::new(),
                        Default::default(),
                        [0; TYPEFACES.len()],
                        BTreeMap::new(),
                    )
                };
                // The bytes are part of this library and its tests read them.
                Self::builder().build().unwrap_or_else(|_| none())
            })
            .clone()
    }

    /// Fonts for the typefaces, with the bundled ones behind them.
    ///
    /// ```
    /// use yinxin::compose::{Fonts, Typeface};
    ///
    /// let fonts = Fonts::builder().build()?;
    /// assert!(!fonts.has_typeface(Typeface::Hei));
    /// // 镕 is in the bundled font, which answers for the typeface; 𮧵 is in none.
    /// let borrowed = fonts.borrowed(Typeface::Hei, "镕𮧵");
    /// assert_eq!(borrowed[0].font.as_deref(), Some("NotoSerifSC-Subset"));
    /// assert_eq!(borrowed[1].font, None);
    /// # Ok::<(), yinxin::compose::FontError>(())
    /// ```
    #[must_use]
    pub fn builder() -> FontsBuilder {
        FontsBuilder::default()
    }

    /// Exactly these fonts, for every typeface, in the order in which they are asked for a character. No collections.
    ///
    /// # Errors
    /// Occurs if the list is empty, or a font is malformed, variable, a collection or forbids embedding.
    pub fn new(fonts: Vec<Vec<u8>>) -> Result<Self, FontError> {
        if fonts.is_empty() {
            return Err(FontError::Empty);
        }
        let faces: Result<Vec<Face>, FontError> = fonts
            .into_iter()
            .enumerate()
            .map(|(index, bytes)| FontFile::new(bytes).read(index))
            .collect();
        let faces = faces?;
        let all: Vec<usize> = (0..faces.len()).collect();
        let own = [faces.len(), 0, 0, 0];
        Ok(Self::of(
            faces,
            TYPEFACES.map(|_| all.clone()),
            own,
            BTreeMap::new(),
        ))
    }

    /// Whether `typeface` has a font of its own; if not, that of [`Typeface::Song`] or the bundled font stands in for it.
    #[must_use]
    pub fn has_typeface(&self, typeface: Typeface) -> bool {
        self.0.own.get(typeface.at()).is_some_and(|&count| count > 0)
    }

    /// The characters of `text` that are not set in the first font of `typeface`, each once, in the order of their first use.
    #[must_use]
    pub fn borrowed(&self, typeface: Typeface, text: &str) -> Vec<Borrowed> {
        let first = self.chain(typeface).first().copied();
        let leads = self.has_typeface(typeface) || typeface == Typeface::Song;
        let mut seen = std::collections::BTreeSet::new();
        text.chars()
            .filter(|character| !character.is_control() && seen.insert(*character))
            .map(|character| (character, self.find_in(typeface, character).map(|(face, _)| face)))
            .filter(|&(_, face)| face.is_none() || face != first || !leads)
            .map(|(character, face)| Borrowed {
                character,
                font: face.and_then(|face| Some(self.face(face)?.name.clone())),
            })
            .collect()
    }

    fn of(
        faces: Vec<Face>,
        chains: [Vec<usize>; TYPEFACES.len()],
        own: [usize; TYPEFACES.len()],
        private: BTreeMap<char, PrivateUse>,
    ) -> Self {
        // Bundled fonts that a feature of the build adds are left out: they only set what would be refused without them.
        let named = |chain: &[usize]| -> Vec<u8> {
            let faces = chain.iter().filter_map(|&at| faces.get(at));
            let kept = faces.filter(|face| !face.optional);
            kept.flat_map(|face| face.digest.iter().copied()).collect()
        };
        let mut all = Vec::new();
        let mut previous = Vec::new();
        for chain in &chains {
            let chain = named(chain);
            if chain != previous {
                all.extend_from_slice(&chain);
                all.push(0xFF);
            }
            previous = chain;
        }
        for (character, entry) in &private {
            all.extend_from_slice(&u32::from(*character).to_be_bytes());
            all.extend_from_slice(&entry.glyph.to_be_bytes());
            all.extend_from_slice(&named(&[entry.face]));
            all.extend_from_slice(entry.text.as_bytes());
        }
        Self(Arc::new(Shelf {
            digest: DigestAlgorithm::Sha256.digest(&all),
            faces,
            chains,
            own,
            private,
        }))
    }

    /// SHA-256 over which fonts these are and in which order they are asked.
    pub(crate) fn digest(&self) -> Vec<u8> {
        self.0.digest.clone()
    }

    pub(super) fn face(&self, index: usize) -> Option<&Face> {
        self.0.faces.get(index)
    }

    /// The fonts to ask for `typeface`, in this order.
    pub(super) fn chain(&self, typeface: Typeface) -> &[usize] {
        self.0.chains.get(typeface.at()).map_or(&[], Vec::as_slice)
    }

    /// The first font of [`Typeface::Song`] that has `character`, and its glyph there.
    pub(super) fn find(&self, character: char) -> Option<(usize, u16)> {
        self.find_in(Typeface::Song, character)
    }

    /// The first font of `typeface` that has `character`, and its glyph there. No font answers for private-use characters: what
    /// they look like is nobody's standard.
    pub(super) fn find_in(&self, typeface: Typeface, character: char) -> Option<(usize, u16)> {
        if is_private(character) {
            let entry = self.private_use(character)?;
            return Some((entry.face, entry.glyph));
        }
        self.chain(typeface)
            .iter()
            .find_map(|&index| Some((index, self.face(index)?.glyph(character)?)))
    }

    /// What the caller says a private-use character is.
    pub(super) fn private_use(&self, character: char) -> Option<&PrivateUse> {
        self.0.private.get(&character)
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

/// The private-use areas (Unicode 16, 23.5).
pub(super) fn is_private(c: char) -> bool {
    matches!(u32::from(c), 0xE000..=0xF8FF | 0xF_0000..=0xF_FFFD | 0x10_0000..=0x10_FFFD)
}
