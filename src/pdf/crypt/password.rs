//! Passwords, and the bytes that each revision of the handler makes of them (ISO 32000-2, 7.6.4.3).

use zeroize::Zeroizing;

/// Bytes of a password that revisions 5 and 6 look at (algorithm 2.A, step a).
const LONGEST: usize = 127;

/// The password of an encrypted file, as a person types it. The owner's or the user's: the file tells which.
///
/// The default is the empty password, with which most encrypted files open. Forgotten from memory when dropped, and
/// not shown by `Debug`.
#[derive(Clone, Default)]
pub struct Password(Zeroizing<String>);

impl Password {
    /// The password `text`.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(Zeroizing::new(text.into()))
    }

    /// Whether it is the empty password.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What revision `revision` of the handler may have been given for this password, most likely first.
    ///
    /// The standard knows one: PDFDocEncoding up to revision 4, the SASLprep profile of UTF-8 from 5 on. Where that is
    /// impossible or differs from plain UTF-8, plain UTF-8 is tried too: writers exist that know nothing else. Trying
    /// more bytes cannot change what a file shows, only whether it opens.
    pub(super) fn candidates(&self, revision: u8) -> Vec<Zeroizing<Vec<u8>>> {
        let plain = Zeroizing::new(self.0.as_bytes().to_vec());
        let standard = if revision >= 5 {
            stringprep::saslprep(&self.0)
                .ok()
                .map(|text| Zeroizing::new(text.as_bytes().to_vec()))
        } else {
            document_encoding(&self.0)
        };
        let mut candidates: Vec<_> = standard.into_iter().collect();
        if candidates.first() != Some(&plain) {
            candidates.push(plain);
        }
        if revision >= 5 {
            for candidate in &mut candidates {
                candidate.truncate(LONGEST);
            }
        }
        candidates
    }
}

/// `text` in PDFDocEncoding (annex D.2), if it has all characters.
fn document_encoding(text: &str) -> Option<Zeroizing<Vec<u8>>> {
    // Reserved beforehand: a vector that grows leaves copies behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(text.len()));
    for character in text.chars() {
        let place = |table: &[char], first: u8| {
            let place = table.iter().position(|c| *c == character)?;
            first.checked_add(u8::try_from(place).ok()?)
        };
        bytes.push(match character {
            '\u{0}'..='\u{17}' | ' '..='~' | '\u{a1}'..='\u{ac}' | '\u{ae}'..='\u{ff}' => {
                u8::try_from(u32::from(character)).ok()?
            }
            '\u{20ac}' => 0xa0,
            _ => place(&ACCENTS, 0x18).or_else(|| place(&MARKS, 0x80))?,
        });
    }
    Some(bytes)
}

/// What PDFDocEncoding has at 0x18 to 0x1f.
const ACCENTS: [char; 8] = ['˘', 'ˇ', 'ˆ', '˙', '˝', '˛', '˚', '˜'];

/// What PDFDocEncoding has at 0x80 to 0x9e.
const MARKS: [char; 31] = [
    '•', '†', '‡', '…', '—', '–', 'ƒ', '⁄', '‹', '›', '−', '‰', '„', '“', '”', '‘', '’', '‚', '™', 'ﬁ', 'ﬂ',
    'Ł', 'Œ', 'Š', 'Ÿ', 'Ž', 'ı', 'ł', 'œ', 'š', 'ž',
];

#[cfg(test)]
mod tests {
    use super::*;

    fn candidates(text: &str, revision: u8) -> Vec<Vec<u8>> {
        let candidates = Password::new(text).candidates(revision);
        candidates.into_iter().map(|c| c.to_vec()).collect()
    }

    #[test]
    fn old_revisions_use_pdf_doc_encoding_and_utf_8_where_it_lacks_a_character() {
        assert_eq!(candidates("a", 3), [b"a"]);
        assert_eq!(candidates("", 3), [b""]);
        assert_eq!(
            candidates("é€ž˘", 4),
            [b"\xe9\xa0\x9e\x18".to_vec(), "é€ž˘".into()]
        );
        assert_eq!(candidates("印", 4), [Vec::from("印")]);
    }

    #[test]
    fn new_revisions_use_saslprep_and_127_bytes() {
        // RFC 4013, clause 3: the soft hyphen maps to nothing, the feminine ordinal to `a`.
        assert_eq!(candidates("I\u{ad}X", 6), [b"IX".to_vec(), "I\u{ad}X".into()]);
        assert_eq!(candidates("\u{aa}", 6), [b"a".to_vec(), "\u{aa}".into()]);
        assert_eq!(candidates("印信", 5), [Vec::from("印信")]);
        assert_eq!(candidates("\u{7}", 6), [b"\x07"], "prohibited, so as it is");
        assert_eq!(candidates(&"x".repeat(200), 6), [vec![b'x'; 127]]);
    }
}
