//! Why a font was refused.

use core::fmt;

/// A font that cannot be used. `index` counts the fonts in the order in which they were given, from 0.
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
    /// Occurs if a collection was given without saying which of its faces is meant, or has no such face.
    Member {
        /// Which font.
        index: usize,
        /// The PostScript names of the faces in the collection, in order.
        names: Vec<String>,
    },
    /// Occurs if the outlines are neither TrueType (`glyf`) nor CFF version 1, which are what a PDF may embed (ISO 32000-2, table 124).
    Outlines {
        /// Which font.
        index: usize,
    },
    /// Occurs if the glyph or the text given for a private-use character does not exist or is empty, or the character is none.
    PrivateUse {
        /// The character of the map.
        character: char,
    },
    /// Occurs if `OS/2.fsType` forbids embedding, subsetting or outlines (OpenType 1.9, OS/2, fsType bits 1, 8 and 9).
    Restricted {
        /// Which font.
        index: usize,
    },
    /// Occurs if the font has variation axes; which of its looks is meant must be decided before it is given.
    Variable {
        /// Which font.
        index: usize,
    },
}

impl fmt::Display for FontError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("no font was given; give at least one"),
            Self::Malformed { index } => {
                write!(f, "font {index} is not a readable TrueType or OpenType font")
            }
            Self::Member { index, names } => {
                write!(
                    f,
                    "font {index} is a collection; choose one of its faces by number or name: {}",
                    names.join(", ")
                )
            }
            Self::Outlines { index } => {
                write!(
                    f,
                    "font {index} has no glyf or CFF outlines; convert it to TrueType outlines"
                )
            }
            Self::PrivateUse { character } => {
                write!(
                    f,
                    "the map of U+{:04X} is wrong; give a private-use character, a glyph that the font has and the text it stands for",
                    u32::from(*character)
                )
            }
            Self::Restricted { index } => {
                write!(
                    f,
                    "font {index} forbids embedding or subsetting; choose another font"
                )
            }
            Self::Variable { index } => {
                write!(
                    f,
                    "font {index} is variable; make a static instance of it (fonttools varLib.instancer) and give that"
                )
            }
        }
    }
}

impl core::error::Error for FontError {}
