//! Which text may stand in a record: text that prints, and that two people read the same way.

use core::fmt;

/// Why a text may not stand in a record. `at` counts characters from the start of the text, from 0.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum TextError {
    /// A control, bidirectional control, invisible, private-use or noncharacter code point, or a space other than
    /// U+0020 and U+3000.
    Character {
        /// Characters before it.
        at: usize,
        /// The code point.
        code: u32,
        /// What is wrong with it.
        class: &'static str,
    },
    /// No characters.
    Empty,
    /// Starts or ends with a space, or a paragraph does.
    OuterSpace,
    /// Longer than `most` characters.
    TooLong {
        /// Characters allowed.
        most: usize,
    },
}

impl fmt::Display for TextError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Character { at, code, class } => {
                write!(f, "character {at} is {class} (U+{code:04X}); remove it")
            }
            Self::Empty => f.write_str("empty"),
            Self::OuterSpace => f.write_str("starts or ends with a space; remove it"),
            Self::TooLong { most } => write!(f, "longer than {most} characters"),
        }
    }
}

/// One line of text: 1 to `most` characters that print.
pub(crate) fn line(text: &str, most: usize) -> Result<(), TextError> {
    if text.is_empty() {
        return Err(TextError::Empty);
    }
    for (at, character) in text.chars().enumerate() {
        if at >= most {
            return Err(TextError::TooLong { most });
        }
        if let Some(class) = refused(character) {
            let code = u32::from(character);
            return Err(TextError::Character { at, code, class });
        }
    }
    if text.starts_with(is_space) || text.ends_with(is_space) {
        return Err(TextError::OuterSpace);
    }
    Ok(())
}

/// Paragraphs separated by single line feeds: 1 to `most` characters in all, each paragraph a [`line`].
pub(crate) fn paragraphs(text: &str, most: usize) -> Result<(), TextError> {
    let mut before = 0;
    for paragraph in text.split('\n') {
        line(paragraph, most.saturating_sub(before)).map_err(|error| match error {
            TextError::Character { at, code, class } => TextError::Character {
                at: at.saturating_add(before),
                code,
                class,
            },
            TextError::TooLong { .. } => TextError::TooLong { most },
            other => other,
        })?;
        before = before.saturating_add(paragraph.chars().count()).saturating_add(1);
    }
    Ok(())
}

fn is_space(character: char) -> bool {
    matches!(character, ' ' | '\u{3000}')
}

/// What is wrong with `character`, if anything.
///
/// Invisible characters are those of Default_Ignorable_Code_Point (Unicode 16, DerivedCoreProperties): with one of them,
/// two texts that look the same would compare as different. Unassigned code points are not known here and pass; a font
/// has no glyph for them, so composing refuses them.
fn refused(character: char) -> Option<&'static str> {
    let code = u32::from(character);
    let class = match code {
        0..=0x1f | 0x7f..=0x9f => "a control character",
        0x061c | 0x200e | 0x200f | 0x202a..=0x202e | 0x2066..=0x2069 => "a bidirectional control",
        0x00ad
        | 0x034f
        | 0x115f
        | 0x1160
        | 0x17b4
        | 0x17b5
        | 0x180b..=0x180f
        | 0x200b..=0x200d
        | 0x2060..=0x2065
        | 0x206a..=0x206f
        | 0x3164
        | 0xfe00..=0xfe0f
        | 0xfeff
        | 0xffa0
        | 0xfff0..=0xfffb
        | 0x1_bca0..=0x1_bca3
        | 0x1_d173..=0x1_d17a
        | 0xe_0000..=0xe_0fff => "an invisible character",
        0x2028 | 0x2029 => "a line or paragraph separator",
        0xe000..=0xf8ff | 0xf_0000..=0xf_fffd | 0x10_0000..=0x10_fffd => "a private-use character",
        0xfdd0..=0xfdef => "a noncharacter",
        _ if code & 0xfffe == 0xfffe => "a noncharacter",
        _ if character.is_whitespace() && !is_space(character) => "an unusual space",
        _ => return None,
    };
    Some(class)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unprintable_characters_are_refused_wherever_they_stand() {
        for code in [
            0x00, 0x09, 0x0a, 0x0d, 0x7f, 0x85, 0xa0, 0xad, 0x1680, 0x2003, 0x200b, 0x200f, 0x2028, 0x202e,
            0x2066, 0x3164, 0xe000, 0xfdd0, 0xfe0f, 0xfeff, 0xfffe, 0xffff, 0x1_fffe, 0xf_0000, 0x10_ffff,
            0xe_0041,
        ] {
            let Some(character) = char::from_u32(code) else {
                continue;
            };
            for text in [
                format!("{character}滨海"),
                format!("滨{character}海"),
                format!("滨海{character}"),
            ] {
                let error = line(&text, 10).unwrap_err();
                assert!(
                    matches!(error, TextError::Character { code: found, .. } if found == code),
                    "U+{code:04X}"
                );
            }
        }
    }

    #[test]
    fn rare_name_characters_pass() {
        for text in ["镕喆犇", "㙍", "𠮷", "张·三", "a b", "滨　海", "№ 1〔2030〕"] {
            assert_eq!(line(text, 20), Ok(()), "{text}");
        }
    }

    #[test]
    fn outer_space_and_length_are_refused() {
        for text in [" 滨", "滨 ", "\u{3000}滨", "滨\u{3000}"] {
            assert_eq!(line(text, 20), Err(TextError::OuterSpace));
        }
        assert_eq!(line("", 20), Err(TextError::Empty));
        assert_eq!(line("滨海市", 3), Ok(()));
        assert_eq!(line("滨海市", 2), Err(TextError::TooLong { most: 2 }));
    }

    #[test]
    fn paragraphs_are_lines_and_the_length_is_of_the_whole() {
        assert_eq!(paragraphs("滨海\n市", 4), Ok(()));
        assert_eq!(paragraphs("滨海\n市", 3), Err(TextError::TooLong { most: 3 }));
        assert_eq!(paragraphs("滨海\n\n市", 9), Err(TextError::Empty));
        assert_eq!(paragraphs("滨海\n", 9), Err(TextError::Empty));
        assert_eq!(paragraphs("滨海 \n市", 9), Err(TextError::OuterSpace));
        let error = paragraphs("滨海\n市\r", 9);
        assert!(matches!(error, Err(TextError::Character { at: 4, code: 13, .. })));
    }
}
