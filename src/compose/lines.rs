//! Breaking Chinese text into lines: what may start and end a line, squeezed punctuation, justification.
//!
//! All measures are in thousandths of the font size. The rules are those of 《中文排版需求》 (Requirements for Chinese
//! Text Layout, W3C), clauses 3.1.4 to 3.1.7, and GB/T 9704-2012, 7.3.3: numbers and years are not divided.

use super::error::ComposeError;
use super::face::Fonts;
use super::template::Piece;

/// A character with its glyph.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Glyph {
    pub(super) character: char,
    /// Which font of the chain.
    pub(super) face: usize,
    pub(super) id: u16,
    /// Thousandths of the font size.
    pub(super) advance: i32,
}

/// A glyph in its place on a line: `before` is added to the pen before it is drawn.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Placed {
    pub(super) glyph: Glyph,
    pub(super) before: i32,
}

/// One line, ready to draw.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Line {
    pub(super) glyphs: Vec<Placed>,
    /// Where the pen ends, less the empty half of a closing mark that hangs over the line's end.
    pub(super) width: i32,
}

/// How the lines of a paragraph fill their measure.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Fill {
    /// Every line but the last reaches both margins.
    Justified,
    /// Lines are as long as their text.
    Ragged,
}

/// The small gap between a Han character and a Latin letter or digit. Below a tenth of the font size, because readers
/// that extract text take a wider gap for a space.
const HAN_LATIN_GAP: i32 = 80;
/// What a full-width mark gives up when it stands beside another mark or at a line's edge.
const HALF: i32 = 500;
/// The widest gap that justification may open between two characters; a line that needs more stays ragged.
const STRETCH: i32 = 250;

/// Finds the glyph of every character; line feeds stay in as characters without a glyph and end a line.
pub(super) fn glyphs(fonts: &Fonts, pieces: &[Piece], element: &str) -> Result<Vec<Glyph>, ComposeError> {
    let mut glyphs = Vec::with_capacity(pieces.iter().map(|piece| piece.text.len() / 2).sum());
    for piece in pieces {
        for character in piece.text.chars() {
            if character == '\n' {
                glyphs.push(Glyph {
                    character,
                    face: 0,
                    id: 0,
                    advance: 0,
                });
                continue;
            }
            let (face, id) = fonts.find(character).ok_or_else(|| ComposeError::MissingGlyph {
                character,
                element: element.to_owned(),
                member: piece.member.clone(),
            })?;
            let advance = fonts.face(face).map_or(1000, |face| face.advance(id));
            glyphs.push(Glyph {
                character,
                face,
                id,
                advance,
            });
        }
    }
    Ok(glyphs)
}

/// Breaks text into lines of at most `measure`, the first one shorter by `indent`.
pub(super) fn break_lines(glyphs: &[Glyph], measure: i32, indent: i32, fill: Fill) -> Vec<Line> {
    let mut lines = Vec::new();
    for paragraph in glyphs.split(|glyph| glyph.character == '\n') {
        let mut rest = paragraph;
        let mut first = true;
        while let [_, ..] = rest {
            let room = if first { measure - indent } else { measure };
            let end = line_end(rest, room, !first).clamp(1, rest.len());
            let (line, tail) = rest.split_at(end);
            let tail = trim_start(tail);
            let mut line = set(trim_end(line), !first, room);
            if fill == Fill::Justified && !tail.is_empty() {
                justify(&mut line, room);
            }
            if first && indent != 0 {
                line.width += indent;
                if let Some(placed) = line.glyphs.first_mut() {
                    placed.before += indent;
                }
            }
            lines.push(line);
            rest = tail;
            first = false;
        }
        if paragraph.is_empty() {
            lines.push(Line::default());
        }
    }
    lines
}

/// All glyphs on one line, whatever its length.
pub(super) fn single_line(glyphs: &[Glyph]) -> Line {
    set(glyphs, false, i32::MAX)
}

/// How many glyphs the next line takes, trailing spaces included.
fn line_end(glyphs: &[Glyph], room: i32, continued: bool) -> usize {
    let mut width = 0;
    let mut allowed = None;
    let mut soft = None;
    let mut previous: Option<Glyph> = None;
    for (index, &glyph) in glyphs.iter().enumerate() {
        if let Some(previous) = previous {
            match opportunity(previous, glyph) {
                Break::Allowed => allowed = Some(index),
                Break::Soft => soft = Some(index),
                Break::Forbidden => {}
            }
        }
        width += gap(previous, glyph, continued) + glyph.advance;
        let hanging = if hangs(glyph) { HALF } else { 0 };
        if width - hanging > room && glyph.character != ' ' {
            return allowed.or(soft).unwrap_or_else(|| emergency(glyphs, index));
        }
        previous = Some(glyph);
    }
    glyphs.len()
}

/// Where to divide what has no place to be divided: before `index`, or earlier if a mark would stand on the wrong side.
fn emergency(glyphs: &[Glyph], index: usize) -> usize {
    let wrong = |at: &usize| match glyphs.get(at.saturating_sub(1)..=*at) {
        Some([left, right]) => is_closing(right.character) || is_opening(left.character),
        _ => true,
    };
    (1..=index).rev().find(|at| !wrong(at)).unwrap_or(index)
}

fn set(glyphs: &[Glyph], continued: bool, room: i32) -> Line {
    let mut previous = None;
    let mut width = 0;
    let placed = glyphs
        .iter()
        .map(|&glyph| {
            let before = gap(previous, glyph, continued);
            previous = Some(glyph);
            width = i32::saturating_add(width, before + glyph.advance);
            Placed { glyph, before }
        })
        .collect();
    if width > room && previous.is_some_and(hangs) {
        width -= HALF;
    }
    Line {
        glyphs: placed,
        width,
    }
}

/// Spreads what is left of the line over the gaps between characters, not inside words and numbers.
fn justify(line: &mut Line, room: i32) {
    let slack = room - line.width;
    // The gap beside a Latin word is already as wide as it may be (see `HAN_LATIN_GAP`), unless a line has no other.
    let both = |pair: &[Placed], test: fn(char) -> bool| match pair {
        [a, b] => test(a.glyph.character) && test(b.glyph.character),
        _ => false,
    };
    let has_room = line.glyphs.windows(2).any(|pair| both(pair, |c| !is_latin(c)));
    let stretchable = |pair: &[Placed]| {
        if has_room {
            both(pair, |c| !is_latin(c))
        } else {
            !both(pair, is_latin)
        }
    };
    let count = line.glyphs.windows(2).filter(|pair| stretchable(pair)).count();
    let Ok(count) = i32::try_from(count) else { return };
    if slack <= 0 || count == 0 || slack > count.saturating_mul(STRETCH) {
        return;
    }
    let (each, mut more) = (slack / count, slack % count);
    for index in 1..line.glyphs.len() {
        if line.glyphs.get(index - 1..=index).is_some_and(stretchable)
            && let Some(placed) = line.glyphs.get_mut(index)
        {
            placed.before += each + i32::from(more > 0);
            more -= i32::from(more > 0);
        }
    }
    line.width = room;
}

fn trim_start(glyphs: &[Glyph]) -> &[Glyph] {
    let spaces = glyphs.iter().take_while(|glyph| glyph.character == ' ').count();
    glyphs.get(spaces..).unwrap_or_default()
}

fn trim_end(glyphs: &[Glyph]) -> &[Glyph] {
    let spaces = glyphs
        .iter()
        .rev()
        .take_while(|glyph| glyph.character == ' ')
        .count();
    glyphs.get(..glyphs.len() - spaces).unwrap_or_default()
}

enum Break {
    Allowed,
    /// Only in a word longer than a whole line.
    Soft,
    Forbidden,
}

fn opportunity(a: Glyph, b: Glyph) -> Break {
    let (left, right) = (a.character, b.character);
    if right == ' ' || is_closing(right) || is_opening(left) || is_pair(left, right) {
        return Break::Forbidden;
    }
    if left == ' ' {
        return Break::Allowed;
    }
    if is_latin(left) && is_latin(right) {
        return if matches!(left, '.' | '-' | '/' | '_' | '@' | '#' | '=' | '&' | '?') {
            Break::Soft
        } else {
            Break::Forbidden
        };
    }
    // GB/T 9704-2012, 7.3.3: a number stays with the unit of a date; the whole date stays together where there is room.
    if left.is_ascii_digit() && matches!(right, '年' | '月' | '日') {
        return Break::Forbidden;
    }
    if matches!(left, '年' | '月') && right.is_ascii_digit() {
        return Break::Soft;
    }
    Break::Allowed
}

/// What is added before `glyph`: squeezed marks and the gap between scripts.
fn gap(previous: Option<Glyph>, glyph: Glyph, continued: bool) -> i32 {
    let full_opening = is_full(glyph) && is_opening(glyph.character);
    let Some(previous) = previous else {
        return if continued && full_opening { -HALF } else { 0 };
    };
    let (left, right) = (previous.character, glyph.character);
    let mark_before = is_full(previous) && (is_left_mark(left) || is_opening(left));
    if full_opening && mark_before {
        return -HALF;
    }
    if is_full(previous) && is_left_mark(left) && is_full(glyph) && is_left_mark(right) {
        return -HALF;
    }
    let mixed = |han: char, latin: char| is_han(han) && latin.is_ascii_alphanumeric();
    if mixed(left, right) || mixed(right, left) {
        HAN_LATIN_GAP
    } else {
        0
    }
}

/// A closing mark whose right half is empty, so that it may hang over the end of a line.
fn hangs(glyph: Glyph) -> bool {
    is_full(glyph) && is_left_mark(glyph.character)
}

fn is_full(glyph: Glyph) -> bool {
    glyph.advance >= 900
}

/// Marks that must not start a line (Requirements for Chinese Text Layout, 3.1.4).
fn is_closing(c: char) -> bool {
    is_left_mark(c)
        || matches!(
            c,
            '·' | '—' | '…' | '～' | '℃' | '％' | '‰' | '°' | '々' | '／' | '－'
        )
        || matches!(
            c,
            ')' | ']' | '}' | ',' | '.' | ';' | ':' | '!' | '?' | '%' | '»' | '’' | '”'
        )
}

/// Full-width marks drawn in the left half of their square.
fn is_left_mark(c: char) -> bool {
    matches!(
        c,
        '，' | '。'
            | '、'
            | '；'
            | '：'
            | '！'
            | '？'
            | '）'
            | '〕'
            | '》'
            | '〉'
            | '」'
            | '』'
            | '】'
            | '〗'
            | '”'
            | '’'
            | '］'
            | '｝'
            | '．'
    )
}

/// Marks that must not end a line.
fn is_opening(c: char) -> bool {
    matches!(
        c,
        '（' | '〔' | '《' | '〈' | '「' | '『' | '【' | '〖' | '“' | '‘' | '［' | '｛'
    ) || matches!(c, '(' | '[' | '{' | '«' | '￥' | '¥' | '$' | '№' | '＃')
}

/// Two-em marks are one mark.
fn is_pair(a: char, b: char) -> bool {
    a == b && matches!(a, '—' | '…' | '─')
}

fn is_latin(c: char) -> bool {
    !c.is_whitespace()
        && u32::from(c) < 0x2E80
        && !matches!(c, '—' | '…' | '“' | '”' | '‘' | '’' | '·' | '№' | '℃')
}

fn is_han(c: char) -> bool {
    matches!(u32::from(c), 0x3400..=0x4DBF | 0x4E00..=0x9FFF | 0xF900..=0xFAFF | 0x2_0000..=0x3_FFFF)
        || c == '〇'
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Vec<Glyph> {
        glyphs(&Fonts::bundled(), &[Piece::literal(text)], "test").unwrap()
    }

    fn broken(source: &str, ems: i32) -> Vec<String> {
        break_lines(&text(source), ems * 1000, 0, Fill::Justified)
            .iter()
            .map(|line| line.glyphs.iter().map(|placed| placed.glyph.character).collect())
            .collect()
    }

    #[test]
    fn closing_mark_never_starts_a_line() {
        for ems in 3..20 {
            for line in broken("经审查，该申请人符合《办法》（试行）规定的条件；同意登记。", ems)
            {
                assert!(!line.starts_with(is_closing), "{ems} ems: {line}");
            }
        }
    }

    #[test]
    fn opening_mark_never_ends_a_line() {
        for ems in 3..20 {
            for line in broken("根据《条例》（国令第716号）“一网通办”〔2030〕1号文件", ems)
            {
                assert!(!line.ends_with(is_opening), "{ems} ems: {line}");
            }
        }
    }

    #[test]
    fn number_and_word_are_not_divided() {
        for ems in 6..20 {
            let lines = broken("编号为2030110108的证明自2030年6月1日起生效certificate完毕", ems);
            for whole in ["2030110108", "2030年", "certificate"] {
                assert!(
                    lines.iter().any(|line| line.contains(whole)),
                    "{ems} ems: {lines:?}"
                );
            }
        }
    }

    #[test]
    fn dash_of_two_ems_is_not_divided() {
        for ems in 3..12 {
            let lines = broken("甲乙丙丁——戊己庚辛……壬癸", ems);
            assert!(
                lines.iter().any(|l| l.contains("——")) && lines.iter().any(|l| l.contains("……")),
                "{ems}"
            );
        }
    }

    #[test]
    fn word_longer_than_the_line_is_divided_after_a_full_stop() {
        let identifier = "1.2.156.3005.2.11100000000013338W009.11330105002500287C.2025052201.002.0";
        let lines = broken(identifier, 14);
        assert_eq!(lines.concat(), identifier);
        assert!(
            lines.len() > 2 && lines.iter().rev().skip(1).all(|line| line.ends_with('.')),
            "{lines:?}"
        );
    }

    #[test]
    fn nothing_is_lost_at_any_width() {
        let source = "经审查，（2030）ABC-1号：甲、乙“丙”——完。";
        for ems in 1..30 {
            assert_eq!(broken(source, ems).concat(), source, "{ems} ems");
        }
    }

    #[test]
    fn justified_line_reaches_the_margin() {
        let lines = break_lines(
            &text("经审查该申请人2030符合规定的全部条件予以登记"),
            9_500,
            0,
            Fill::Justified,
        );
        for line in lines.iter().rev().skip(1) {
            let drawn: i32 = line
                .glyphs
                .iter()
                .map(|placed| placed.before + placed.glyph.advance)
                .sum();
            assert_eq!(drawn, 9_500);
        }
    }

    #[test]
    fn adjacent_marks_are_squeezed() {
        let line = single_line(&text("》，（甲"));
        assert_eq!(
            line.glyphs.iter().map(|placed| placed.before).collect::<Vec<_>>(),
            [0, -500, -500, 0]
        );
    }

    #[test]
    fn missing_glyph_names_the_character_and_the_member() {
        let piece = Piece {
            text: "张\u{E000}".into(),
            member: Some("holder.name".into()),
        };
        let error = glyphs(&Fonts::bundled(), &[piece], "title").unwrap_err();
        assert_eq!(
            error,
            ComposeError::MissingGlyph {
                character: '\u{E000}',
                element: "title".into(),
                member: Some("holder.name".into())
            }
        );
    }
}
