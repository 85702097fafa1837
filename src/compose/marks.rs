//! What characters are to the setting of lines: which marks start and end no line, what of a mark's square is empty.
//!
//! The classes are those of 《中文排版需求》 (Requirements for Chinese Text Layout, W3C), 3.1.3 to 3.1.6, and of GB/T 15834-2011, 5.1;
//! for Tibetan those of Tibetan Layout Requirements (W3C), 3.

/// What a character is; a set of properties.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) struct Class(u16);

impl Class {
    /// Must not start a line.
    pub(super) const CLOSING: Self = Self(1);
    /// Must not end a line.
    pub(super) const OPENING: Self = Self(2);
    /// Part of a word of letters, digits and the marks inside of it.
    pub(super) const WORD: Self = Self(4);
    /// A Latin letter or a digit, which stands a little off from Han characters.
    pub(super) const LETTER: Self = Self(8);
    /// A Han character.
    pub(super) const HAN: Self = Self(16);
    /// A space, where a line may be divided and which is not drawn at its end.
    pub(super) const SPACE: Self = Self(32);
    /// A stop or comma that may hang outside the margin.
    pub(super) const STOP: Self = Self(64);
    /// Part of a word in a script that is shaped; lines are divided at its spaces and marks alone.
    pub(super) const SHAPED: Self = Self(128);
    /// A mark whose square may be partly empty, if the font draws it as wide as a Han character.
    pub(super) const MARK: Self = Self(256);

    pub(super) const fn is(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// The class of `c`.
    pub(super) fn of(c: char) -> Self {
        match c {
            '\u{4E00}'..='\u{9FFF}' => Self::HAN,
            'A'..='Z' | 'a'..='z' | '0'..='9' => Self::LETTER.and(Self::WORD),
            ' ' => Self::SPACE,
            '，' | '。' | '、' | '；' | '：' | '．' => Self::STOP.and(Self::CLOSING).and(Self::MARK),
            '！' | '？' | '）' | '〕' | '》' | '〉' | '」' | '』' | '】' | '〗' | '”' | '’' | '］' | '｝' => {
                Self::CLOSING.and(Self::MARK)
            }
            '（' | '〔' | '《' | '〈' | '「' | '『' | '【' | '〖' | '“' | '‘' | '［' | '｛' => {
                Self::OPENING.and(Self::MARK)
            }
            '￥' | '＃' | '№' => Self::OPENING,
            '·' | '・' => Self::CLOSING.and(Self::MARK),
            '—' | '…' | '～' | '℃' | '％' | '‰' | '々' | '／' | '－' | '‧' | '﹏' => {
                Self::CLOSING
            }
            ')' | ']' | '}' | ',' | '.' | ';' | ':' | '!' | '?' | '%' | '»' | '°' => {
                Self::CLOSING.and(Self::WORD)
            }
            '(' | '[' | '{' | '«' | '¥' | '$' => Self::OPENING.and(Self::WORD),
            '〇' | '\u{3400}'..='\u{4DBF}' | '\u{F900}'..='\u{FAFF}' | '\u{2_0000}'..='\u{3_FFFF}' => {
                Self::HAN
            }
            // Tsheg and shad, and the marks of Arabic script, belong to what stands before them.
            '\u{F0B}' | '\u{F0D}'..='\u{F12}' | '\u{F14}' => Self::CLOSING.and(Self::SHAPED),
            '\u{60C}' | '\u{61B}' | '\u{61F}' | '\u{66A}' | '\u{6D4}' => Self::CLOSING.and(Self::SHAPED),
            _ if is_shaped(c) => Self::SHAPED,
            _ if u32::from(c) < 0x2E80 && !c.is_whitespace() => {
                let word = Self::WORD;
                if c.is_alphanumeric() {
                    word.and(Self::LETTER)
                } else {
                    word
                }
            }
            _ => Self::default(),
        }
    }
}

/// Whether `c` is of a script whose letters change with their neighbours, or that runs from right to left: `cmap` alone sets it wrong.
pub(super) fn is_shaped(c: char) -> bool {
    matches!(u32::from(c),
        // Hebrew to Arabic Extended-A; Devanagari to Myanmar; Hangul jamo; Ethiopic has no shaping; Philippine scripts to Mongolian;
        // Limbu to Vedic extensions.
        0x0590..=0x08FF | 0x0900..=0x109F | 0x1100..=0x11FF | 0x1700..=0x18AF | 0x1900..=0x1CFF
        // Joiners; then Phags-pa to Meetei Mayek extensions, presentation forms of Hebrew and Arabic, and right-to-left scripts beyond.
        | 0x200C | 0x200D | 0xA840..=0xABFF | 0xFB1D..=0xFDFF | 0xFE70..=0xFEFC | 0x1_0800..=0x1_0FFF | 0x1_1000..=0x1_1FFF | 0x1_E800..=0x1_EFFF)
}

/// Whether `c` says nothing itself but turns the direction of what follows (Unicode Standard Annex 9, 2.1 and 2.2). On a
/// page that people rely on it can only serve to show a text other than the one it carries.
pub(super) fn is_direction_control(c: char) -> bool {
    matches!(c, '\u{200E}' | '\u{200F}' | '\u{61C}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

/// What stays with the number before it: units, and the parts of dates and times. GB/T 9704-2012, 7.3.3, keeps numbers and
/// years whole.
pub(super) fn is_unit(c: char) -> bool {
    matches!(
        c,
        '年' | '月'
            | '日'
            | '时'
            | '時'
            | '分'
            | '秒'
            | '元'
            | '万'
            | '萬'
            | '亿'
            | '億'
            | '号'
            | '號'
            | '㎡'
            | '㎏'
            | '㎎'
            | '㎜'
            | '㎝'
            | '㎞'
            | '㏄'
            | '℉'
    )
}

/// Two-em marks are one mark.
pub(super) fn is_pair(a: char, b: char) -> bool {
    a == b && matches!(a, '—' | '…' | '─')
}

/// The marks whose squares are measured in each font: mainland fonts draw them at the side of the square, those for Taiwan and Hong
/// Kong most of them in its middle (Requirements for Chinese Text Layout, 3.1.3).
pub(super) const FULL_WIDTH: &[char] = &[
    '，', '。', '、', '；', '：', '！', '？', '）', '〕', '》', '〉', '」', '』', '】', '〗', '”', '’', '］',
    '｝', '．', '（', '〔', '《', '〈', '「', '『', '【', '〖', '“', '‘', '［', '｛', '·', '・',
];

/// How much of a full-width mark's square may be given up on each side, in thousandths of the font size.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) struct Blank {
    pub(super) left: i16,
    pub(super) right: i16,
}

impl Blank {
    /// For a mark whose ink reaches from `left` to `right` in a square of 1000.
    pub(super) fn of_ink(left: i32, right: i32) -> Self {
        match (left, right) {
            (_, ..=540) => Self { left: 0, right: 500 },
            (460.., _) => Self { left: 500, right: 0 },
            (250.., ..=750) => Self {
                left: 250,
                right: 250,
            },
            _ => Self::default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn opening_and_closing_marks_are_distinct() {
        for c in (0..=0x10_FFFF).filter_map(char::from_u32) {
            let class = Class::of(c);
            assert!(!(class.is(Class::OPENING) && class.is(Class::CLOSING)), "{c}");
        }
    }

    #[test]
    fn mark_in_the_middle_gives_up_a_quarter_on_both_sides() {
        assert_eq!(
            Blank::of_ink(380, 620),
            Blank {
                left: 250,
                right: 250
            }
        );
        assert_eq!(Blank::of_ink(80, 260), Blank { left: 0, right: 500 });
        assert_eq!(Blank::of_ink(560, 950), Blank { left: 500, right: 0 });
        assert_eq!(Blank::of_ink(60, 940), Blank::default());
    }
}
