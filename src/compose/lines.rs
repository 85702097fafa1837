//! Breaking text into lines: what may start and end a line, where words and numbers are divided.
//!
//! All measures are in thousandths of the font size. The rules are those of 《中文排版需求》 (Requirements for Chinese
//! Text Layout, W3C), 3.1.4 to 3.1.7, and GB/T 9704-2012, 7.3.3: numbers and years are not divided.

use super::justify;
use super::marks::{self, Class};

pub(super) use super::glyph::{Glyph, Part, glyphs};

/// A glyph in its place on a line: `before` is added to the pen before it is drawn.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Placed {
    pub(super) glyph: Glyph,
    pub(super) before: i32,
}

/// One line, ready to draw from left to right.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Line {
    pub(super) glyphs: Vec<Placed>,
    /// Where the pen ends, less what a mark at the end hangs over it.
    pub(super) width: i32,
    /// Whether the paragraph runs from right to left, so that its lines start at the right margin.
    pub(super) rtl: bool,
}

/// How the lines of a paragraph fill their measure.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Fill {
    /// Every line but the last reaches both margins.
    Justified,
    /// As justified, and a stop or comma that would not fit hangs outside the margin.
    Hanging,
    /// Lines are as long as their text.
    Ragged,
}

/// How far ahead the end of a long word is looked for. No line holds more, and hostile text must not cost more.
const WORD: usize = 400;

impl Line {
    /// The characters in the order in which they are read.
    pub(super) fn text(&self) -> String {
        justify::reading(self)
    }

    /// Widens every gap between characters by `amount`.
    pub(super) fn space_out(&mut self, amount: i32) {
        self.spread(|_| amount);
    }

    /// Spreads the characters evenly until the line is `measure` wide.
    pub(super) fn spread_to(&mut self, measure: i32) {
        let slack = measure.saturating_sub(self.width);
        let first = |placed: &&Placed| placed.glyph.part == Part::First;
        let count = self.glyphs.iter().filter(first).count().saturating_sub(1);
        let gaps = i32::try_from(count).unwrap_or(i32::MAX);
        if gaps > 0 && slack > 0 {
            self.spread(|number| slack / gaps + i32::from(number < slack % gaps));
        }
    }

    /// Adds `amount` of the gap's number before every cluster but the first. Letters that are joined are left so.
    fn spread(&mut self, amount: impl Fn(i32) -> i32) {
        if self
            .glyphs
            .iter()
            .any(|placed| placed.glyph.class.is(Class::SHAPED))
        {
            return;
        }
        let clusters = self
            .glyphs
            .iter_mut()
            .filter(|placed| placed.glyph.part == Part::First);
        for (number, placed) in (0..).zip(clusters.skip(1)) {
            let more = amount(number);
            placed.before = placed.before.saturating_add(more);
            self.width = self.width.saturating_add(more);
        }
    }
}

/// Breaks text into lines of at most `measure`, the first one shorter by `indent`.
pub(super) fn break_lines(glyphs: &[Glyph], measure: i32, indent: i32, fill: Fill) -> Vec<Line> {
    let mut lines = Vec::new();
    for paragraph in glyphs.split(|glyph| glyph.character == '\n') {
        let mut rest = paragraph;
        let mut first = true;
        while let [head, ..] = rest {
            let rtl = head.rtl;
            let room = if first {
                measure.saturating_sub(indent)
            } else {
                measure
            };
            let end = whole(rest, line_end(rest, room, !first, fill).clamp(1, rest.len()));
            let (line, tail) = rest.split_at(end);
            let tail = trim_start(tail);
            let mut line = justify::set(trim_end(line), !first, room, fill);
            if fill != Fill::Ragged && !tail.is_empty() {
                justify::stretch(&mut line, room);
            }
            justify::order(&mut line);
            line.rtl = rtl;
            if first && indent != 0 {
                line.width = line.width.saturating_add(indent);
                if let Some(placed) = line.glyphs.first_mut().filter(|_| !rtl) {
                    placed.before = placed.before.saturating_add(indent);
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
    let mut line = justify::set(glyphs, false, i32::MAX, Fill::Ragged);
    justify::order(&mut line);
    line.rtl = glyphs.first().is_some_and(|glyph| glyph.rtl);
    line
}

/// How many glyphs the next line takes, trailing spaces included.
fn line_end(glyphs: &[Glyph], room: i32, continued: bool, fill: Fill) -> usize {
    let mut width = 0_i32;
    // What the marks of the line could give up to take in one that must not start the next line.
    let mut give = 0_i32;
    let mut allowed = None;
    let mut soft = None;
    let mut previous: Option<&Glyph> = None;
    let mut earlier: Option<&Glyph> = None;
    for (index, glyph) in glyphs.iter().enumerate() {
        if let Some(previous) = previous {
            match opportunity(earlier, previous, glyph) {
                Break::Allowed => allowed = Some(index),
                Break::Soft => soft = Some(index),
                Break::Forbidden => {}
            }
        }
        let before = justify::gap(previous, glyph, continued);
        width = width.saturating_add(before.saturating_add(glyph.advance));
        give = give.saturating_add(justify::give(previous, glyph));
        let over = width - justify::overhang(glyph, fill);
        let closing = glyph.class.is(Class::CLOSING) && fill != Fill::Ragged;
        let taken_in = closing && over.saturating_sub(give) <= room;
        if over > room && !taken_in && !glyph.class.is(Class::SPACE) {
            return match (allowed, soft) {
                // A word that no line holds is divided where it stands, not on a line of its own.
                (Some(start), Some(soft)) if soft > start && too_long(glyphs, start, room) => soft,
                (Some(start), _) => start,
                (None, Some(soft)) => soft,
                (None, None) => emergency(glyphs, index),
            };
        }
        // What stands before spaces decides, however many there are.
        if !previous.is_some_and(|previous| previous.class.is(Class::SPACE) && glyph.class.is(Class::SPACE)) {
            earlier = previous;
        }
        previous = Some(glyph);
    }
    glyphs.len()
}

/// Whether what starts at `start` is wider than `room` before the line may be divided again.
fn too_long(glyphs: &[Glyph], start: usize, room: i32) -> bool {
    let word = glyphs.get(start..).unwrap_or_default();
    let mut width = 0_i32;
    for (index, glyph) in word.iter().take(WORD).enumerate() {
        let previous = index.checked_sub(1).and_then(|before| word.get(before));
        if previous.is_some_and(|previous| matches!(opportunity(None, previous, glyph), Break::Allowed)) {
            return false;
        }
        width = width.saturating_add(glyph.advance);
        if width > room {
            return true;
        }
    }
    false
}

/// Where to divide what has no place to be divided: before `index`, or earlier if a mark would stand on the wrong side.
fn emergency(glyphs: &[Glyph], index: usize) -> usize {
    let wrong = |at: &usize| match glyphs.get(at.saturating_sub(1)..=*at) {
        Some([left, right]) => {
            right.part != Part::First || right.class.is(Class::CLOSING) || left.class.is(Class::OPENING)
        }
        _ => true,
    };
    (1..=index).rev().find(|at| !wrong(at)).unwrap_or(index)
}

/// `end`, or behind it if a cluster would be divided there.
fn whole(glyphs: &[Glyph], end: usize) -> usize {
    let tail = glyphs.get(end..).unwrap_or_default();
    end + tail.iter().take_while(|glyph| glyph.part != Part::First).count()
}

fn trim_start(glyphs: &[Glyph]) -> &[Glyph] {
    let spaces = glyphs
        .iter()
        .take_while(|glyph| glyph.class.is(Class::SPACE))
        .count();
    glyphs.get(spaces..).unwrap_or_default()
}

fn trim_end(glyphs: &[Glyph]) -> &[Glyph] {
    let last = glyphs.iter().rposition(|glyph| !glyph.class.is(Class::SPACE));
    glyphs.get(..last.map_or(0, |at| at + 1)).unwrap_or_default()
}

enum Break {
    Allowed,
    /// Only in what is longer than a whole line.
    Soft,
    Forbidden,
}

/// Whether a line may be divided between `a` and `b`; `earlier` stands before `a`.
fn opportunity(earlier: Option<&Glyph>, a: &Glyph, b: &Glyph) -> Break {
    // Most text is Han characters.
    let (left, right) = (a.character, b.character);
    if a.class == Class::HAN && b.class == Class::HAN {
        let amount = right == '元' && matches!(left, '万' | '亿' | '萬' | '億');
        return if amount { Break::Forbidden } else { Break::Allowed };
    }
    if b.part != Part::First
        || b.class.is(Class::SPACE)
        || b.class.is(Class::CLOSING)
        || a.class.is(Class::OPENING)
        || marks::is_pair(left, right)
    {
        return Break::Forbidden;
    }
    if a.class.is(Class::SPACE) {
        let opening = earlier.is_some_and(|earlier| earlier.class.is(Class::OPENING));
        return if opening { Break::Forbidden } else { Break::Allowed };
    }
    if left == '\u{F0B}' {
        return Break::Allowed;
    }
    let joined = |class: Class| class.is(Class::WORD) || class.is(Class::SHAPED);
    if joined(a.class) && joined(b.class) {
        return match left {
            // Between letters the writer divides the word there; in a number or identifier a hyphen is a part of it.
            '-' if right.is_ascii_alphabetic()
                && earlier.is_some_and(|earlier| earlier.character.is_ascii_alphabetic()) =>
            {
                Break::Allowed
            }
            '.' | '-' | '/' | '_' | '@' | '#' | '=' | '&' | '?' => Break::Soft,
            _ => Break::Forbidden,
        };
    }
    // GB/T 9704-2012, 7.3.3: a number stays with its unit; the whole date stays together where there is room.
    if left.is_ascii_digit() && marks::is_unit(right) {
        return Break::Forbidden;
    }
    if matches!(left, '年' | '月') && right.is_ascii_digit() {
        return Break::Soft;
    }
    Break::Allowed
}

#[cfg(test)]
mod tests;
