//! Why a template was refused, and why a record could not be set with one.

use core::fmt;

use super::font_error::FontError;

/// A template that cannot be used: where, and why.
#[non_exhaustive]
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct TemplateError {
    /// Line of the template, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// What is wrong there and what would be right.
    pub message: String,
}

impl TemplateError {
    /// The complaint `message` about what starts `offset` bytes into `text`.
    pub(super) fn new(text: &str, offset: usize, message: impl Into<String>) -> Self {
        let before = text.get(..offset).unwrap_or(text);
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or("").chars().count() + 1;
        Self {
            line,
            column,
            message: message.into(),
        }
    }
}

impl fmt::Display for TemplateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "template line {}, column {}: {}",
            self.line, self.column, self.message
        )
    }
}

impl core::error::Error for TemplateError {}

/// A record that cannot be set with this template and these fonts. Nothing is ever cut off or left blank instead.
#[non_exhaustive]
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum ComposeError {
    /// Occurs if no font has a character of the text.
    MissingGlyph {
        /// The character.
        character: char,
        /// The element of the template, for example `title` or `body[1] table`.
        element: String,
        /// The member of the record it comes from, if it is not the template's own text; for example `holder.name`.
        member: Option<String>,
    },
    /// Occurs if the template needs a member that the record does not have.
    MissingMember {
        /// The element of the template.
        element: String,
        /// The member asked for, for example `valid.to`.
        member: String,
    },
    /// Occurs if the record names a picture that was not given, or whose bytes or format are others.
    MissingPicture {
        /// Its label in the record.
        label: String,
        /// SHA-256 that the record says.
        sha256: [u8; 32],
    },
    /// Occurs if the template names a picture that it was not given.
    TemplatePicture {
        /// Its name in the template.
        name: String,
        /// Its file.
        file: String,
    },
    /// Occurs if an element does not fit on the page.
    Overflow {
        /// The element of the template that does not fit.
        element: String,
        /// By how much, in whole millimetres, rounded up.
        over_mm: u32,
    },
    /// Occurs if the result would have more pages than it may.
    TooManyPages {
        /// The element of the template that would start the next page.
        element: String,
        /// The most pages there may be, from the template or the limits it was read with.
        most: usize,
    },
    /// Occurs if a character is of a script that is shaped, and this build of the library cannot shape it or the font has no rules for it.
    Unshaped {
        /// The character.
        character: char,
        /// The element of the template.
        element: String,
        /// The member of the record it comes from, if it is not the template's own text.
        member: Option<String>,
    },
    /// Occurs if a member of the record is not what the template's format expects.
    Value {
        /// The element of the template.
        element: String,
        /// The member.
        member: String,
        /// What it must be.
        expected: &'static str,
    },
    /// Occurs if a body that issues a joint result would have no place for its seal.
    NoSealPlace {
        /// The body's name.
        issuer: String,
    },
    /// Occurs if a font cannot be made into a subset.
    Font(FontError),
}

impl fmt::Display for ComposeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MissingGlyph {
                character,
                element,
                member,
            } => {
                write!(
                    f,
                    "no font has the character {character} (U+{:04X}) of ",
                    u32::from(*character)
                )?;
                match member {
                    Some(member) => write!(f, "{member} in {element}")?,
                    None => write!(f, "the template's {element}")?,
                }
                f.write_str("; add a font that has it")
            }
            Self::Unshaped {
                character,
                element,
                member,
            } => {
                write!(f, "U+{:04X} of ", u32::from(*character))?;
                match member {
                    Some(member) => write!(f, "{member} in {element}")?,
                    None => write!(f, "the template's {element}")?,
                }
                f.write_str(" is of a script whose letters have to be joined; build with the feature `shape` and give a font that can")
            }
            Self::MissingMember { element, member } => {
                write!(
                    f,
                    "{element} needs {member}, which the record does not have; add it, or give the placeholder a fallback"
                )
            }
            Self::MissingPicture { label, sha256 } => {
                let digest: String = sha256.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
                write!(
                    f,
                    "the picture {label} with the digest {digest}... is not among those given; give the very file that the record was made with"
                )
            }
            Self::TemplatePicture { name, file } => {
                write!(
                    f,
                    "the template's picture {name} was not given; give it the file {file}"
                )
            }
            Self::Overflow { element, over_mm } => {
                write!(
                    f,
                    "{element} does not fit on the page by {over_mm} mm; shorten the text or choose smaller sizes"
                )
            }
            Self::TooManyPages { element, most } => {
                write!(
                    f,
                    "{element} does not fit on {most} pages; shorten the text or allow more pages"
                )
            }
            Self::Value {
                element,
                member,
                expected,
            } => {
                write!(
                    f,
                    "{element} needs {member} to be {expected}; correct the record or drop the format"
                )
            }
            Self::NoSealPlace { issuer } => write!(
                f,
                "the template has no place for the seal of {issuer}; give it an [issuer] with a seal"
            ),
            Self::Font(error) => error.fmt(f),
        }
    }
}

impl core::error::Error for ComposeError {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match self {
            Self::Font(error) => Some(error),
            _ => None,
        }
    }
}

impl From<FontError> for ComposeError {
    fn from(error: FontError) -> Self {
        Self::Font(error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_and_column_count_characters_not_bytes() {
        let error = TemplateError::new("a = \"印信\"\n印 = 1", "a = \"印信\"\n印".len(), "x");
        assert_eq!((error.line, error.column), (2, 2));
    }
}
