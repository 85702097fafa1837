//! From text to glyphs: `cmap` and `hmtx` for Han text and the letters in it, the shaper for scripts that need one.

#[cfg(not(feature = "shape"))]
use core::ops::Range;

use super::chain::{Fonts, Typeface};
use super::error::ComposeError;
use super::face::Face;
use super::marks::{self, Blank, Class};
use super::template::Piece;

/// A glyph, in the order in which the text is read, with the character that it stands for.
///
/// Mostly one glyph stands for one character. Where a shaper makes several glyphs of a character, or one of several, the surplus ones follow:
/// see [`Part`]. So the characters of a sequence, without those of [`Part::Further`], are the text.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Glyph {
    pub(super) character: char,
    /// Which font of [`Fonts`].
    pub(super) face: u16,
    pub(super) id: u16,
    /// How far it moves the pen, in thousandths of the font size.
    pub(super) advance: i32,
    /// How much of `advance` is not the width that the font has for the glyph.
    pub(super) kern: i16,
    /// Where the glyph is drawn, from the pen.
    pub(super) offset: (i16, i16),
    pub(super) class: Class,
    pub(super) blank: Blank,
    pub(super) part: Part,
    /// Embedding level (Unicode Standard Annex 9, BD2): odd where text runs from right to left.
    pub(super) level: u8,
    /// Whether the paragraph runs from right to left.
    pub(super) rtl: bool,
}

/// What a glyph is in its cluster, the smallest group of characters and glyphs that belong together.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) enum Part {
    /// The first glyph of a cluster; it stands for its character and those of the silent ones behind it.
    #[default]
    First,
    /// One more glyph of the same character.
    Further,
    /// A character that the glyph before stands for, too; nothing is drawn.
    Silent,
}

/// How a text is set: in which typeface, and in which language.
#[derive(Clone, Copy, Debug)]
pub(super) struct Voice<'a> {
    pub(super) fonts: &'a Fonts,
    pub(super) typeface: Typeface,
    /// BCP 47; what it says of direction and shaping is used, nothing else. Empty where nothing is known.
    pub(super) language: &'a str,
}

impl<'a> From<&'a Fonts> for Voice<'a> {
    fn from(fonts: &'a Fonts) -> Self {
        Self {
            fonts,
            typeface: Typeface::default(),
            language: "",
        }
    }
}

impl Glyph {
    /// The glyph `id` of font `index` for `character`, without a shaper.
    pub(super) fn plain(fonts: &Fonts, character: char, index: usize, id: u16) -> Self {
        let class = Class::of(character);
        let face = fonts.face(index);
        Self {
            character,
            face: u16::try_from(index).unwrap_or(u16::MAX),
            id,
            advance: face.map_or(1000, |face| face.advance(id)),
            kern: 0,
            offset: (0, 0),
            class,
            blank: if class.is(Class::MARK) {
                face.map_or_else(Blank::default, |face| face.blank(character))
            } else {
                Blank::default()
            },
            part: Part::First,
            level: 0,
            rtl: false,
        }
    }

    /// A character that no glyph is drawn for.
    pub(super) fn silent(character: char) -> Self {
        Self {
            character,
            face: 0,
            id: 0,
            advance: 0,
            kern: 0,
            offset: (0, 0),
            class: Class::default(),
            blank: Blank::default(),
            part: Part::Silent,
            level: 0,
            rtl: false,
        }
    }
}

/// Finds the glyph of every character; line feeds stay in as characters without a glyph and end a line.
pub(super) fn glyphs<'a>(
    voice: impl Into<Voice<'a>>,
    pieces: &[Piece],
    element: &str,
) -> Result<Vec<Glyph>, ComposeError> {
    let voice = voice.into();
    let mut glyphs = Vec::with_capacity(pieces.iter().map(|piece| piece.text.len() / 2).sum());
    let mut shaped = runs_backwards(voice.language);
    let mut members = Vec::new();
    for piece in pieces {
        let from = glyphs.len();
        for character in piece.text.chars() {
            if character == '\n' {
                glyphs.push(Glyph::silent(character));
                continue;
            }
            // Most text is Han characters, of which none is any of this.
            let plain = ('\u{4E00}'..='\u{9FFF}').contains(&character);
            shaped |= !plain && marks::is_shaped(character);
            let found = if !plain && marks::is_direction_control(character) {
                None
            } else {
                voice.fonts.find_in(voice.typeface, character)
            };
            let (face, id) = found.ok_or_else(|| ComposeError::MissingGlyph {
                character,
                element: element.to_owned(),
                member: piece.member.clone(),
            })?;
            let mut glyph = Glyph::plain(voice.fonts, character, face, id);
            if glyph.class.is(Class::HAN) {
                glyph.offset.1 = rise(voice, face);
            }
            let private = if plain {
                None
            } else {
                voice.fonts.private_use(character)
            };
            match private {
                None => glyphs.push(glyph),
                Some(entry) => {
                    let mut text = entry.text.chars();
                    glyph.character = text.next().unwrap_or(character);
                    glyph.class = Class::HAN;
                    glyphs.push(glyph);
                    glyphs.extend(text.map(Glyph::silent));
                }
            }
        }
        if piece.member.is_some() {
            members.push(from..glyphs.len());
        }
    }
    if !shaped {
        return Ok(glyphs);
    }
    shape(voice, glyphs, &members).map_err(|at| unshaped(at, pieces, element))
}

/// The scripts of these languages run from right to left, whatever a paragraph begins with.
pub(super) fn runs_backwards(language: &str) -> bool {
    // Kazakh and Kirghiz only where they say that they are in Arabic script.
    let mut subtags = language.split('-');
    let primary = subtags.next().unwrap_or_default();
    matches!(primary, "ar" | "fa" | "he" | "ps" | "ug" | "ur") || subtags.any(|script| script == "Arab")
}

/// How far Han characters of a fallback font are raised to stand level with those of the font that leads.
fn rise(voice: Voice<'_>, face: usize) -> i16 {
    match voice.fonts.chain(voice.typeface).first() {
        Some(&leading) if leading != face => {
            let pair = voice.fonts.face(face).zip(voice.fonts.face(leading));
            pair.map_or(0, |(face, leading): (&Face, &Face)| face.rise(leading))
        }
        _ => 0,
    }
}

#[cfg(feature = "shape")]
use super::shape::shape;

/// Without a shaper, text that needs one is refused.
#[cfg(not(feature = "shape"))]
fn shape(_: Voice<'_>, glyphs: Vec<Glyph>, _: &[Range<usize>]) -> Result<Vec<Glyph>, char> {
    match glyphs.iter().find(|glyph| marks::is_shaped(glyph.character)) {
        Some(glyph) => Err(glyph.character),
        None => Ok(glyphs),
    }
}

/// `character` would be drawn wrong.
fn unshaped(character: char, pieces: &[Piece], element: &str) -> ComposeError {
    let piece = pieces.iter().find(|piece| piece.text.contains(character));
    ComposeError::Unshaped {
        character,
        element: element.to_owned(),
        member: piece.and_then(|piece| piece.member.clone()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compose::chain::FontFile;

    fn piece(text: &str) -> Vec<Piece> {
        vec![Piece {
            text: text.into(),
            member: Some("holder.name".into()),
        }]
    }

    #[test]
    fn missing_glyph_names_the_character_and_the_member() {
        // Of a private-use area, and one that turns the reading direction, whatever fonts have of them.
        for character in ['\u{E000}', '\u{202E}', '\u{2_CCCD}'] {
            let error = glyphs(&Fonts::bundled(), &piece(&format!("张{character}")), "title").unwrap_err();
            let expected = ComposeError::MissingGlyph {
                character,
                element: "title".into(),
                member: Some("holder.name".into()),
            };
            assert_eq!(error, expected);
        }
    }

    #[test]
    fn private_use_character_is_set_by_the_map_and_stands_for_its_text() {
        let font = FontFile::new(crate::font::bundled());
        let glyph = ttf_parser::Face::parse(crate::font::bundled(), 0)
            .unwrap()
            .glyph_index('镕')
            .unwrap();
        let fonts = Fonts::builder()
            .private_use('\u{E123}', font, glyph.0, "⿰钅容")
            .build()
            .unwrap();
        let set = glyphs(&fonts, &piece("李\u{E123}"), "title").unwrap();
        assert_eq!(
            set.iter().map(|glyph| glyph.character).collect::<String>(),
            "李⿰钅容"
        );
        assert_eq!(set.iter().filter(|glyph| glyph.part == Part::First).count(), 2);
        assert_eq!(set.get(1).map(|set| set.id), Some(glyph.0));
    }

    #[test]
    fn han_characters_of_a_fallback_font_stand_level_with_the_leading_ones() {
        let low = include_bytes!("../../test-vectors/fonts/low.ttf").to_vec();
        let fonts = Fonts::builder().typeface(Typeface::Hei, low).build().unwrap();
        let rises = |typeface| -> Vec<i16> {
            let voice = Voice {
                fonts: &fonts,
                typeface,
                language: "",
            };
            let set = glyphs(voice, &piece("滨甲A"), "title").unwrap();
            set.iter().map(|glyph| glyph.offset.1).collect()
        };
        // 滨 is in the font given, 0.1 em lower than in the bundled one, which has 甲.
        assert_eq!(rises(Typeface::Hei), [0, -100, 0]);
        assert_eq!(rises(Typeface::Song), [0, 0, 0]);
    }
}
