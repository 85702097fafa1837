//! The spaces of a line: squeezed marks, the gap between scripts, and what is taken from or added to gaps so that a line ends
//! at the margin (Requirements for Chinese Text Layout, 3.1.6, 3.2 and 3.6).

use super::glyph::{Glyph, Part};
use super::lines::{Fill, Line, Placed};
use super::marks::Class;

/// The small gap between a Han character and a Latin letter or digit. Below a tenth of the font size, because readers
/// that extract text take a wider gap for a space.
const HAN_LATIN_GAP: i32 = 80;
/// What two adjacent marks give up together, at most.
const HALF: i32 = 500;
/// The widest gap that justification may open between two characters; a line that needs more stays ragged.
const STRETCH: i32 = 250;
/// The same for the spaces of a line that has no other gaps.
const SPACE_STRETCH: i32 = 600;

/// What is added before `glyph`: squeezed marks and the gap between scripts.
pub(super) fn gap(previous: Option<&Glyph>, glyph: &Glyph, continued: bool) -> i32 {
    let Some(previous) = previous else {
        // At the head of a line an opening mark stands at the margin; not at the head of a paragraph, where the indent is two squares.
        return if continued {
            -i32::from(glyph.blank.left)
        } else {
            0
        };
    };
    let mark = Class::MARK;
    if previous.class.is(mark) && glyph.class.is(mark) {
        let blank = i32::from(previous.blank.right) + i32::from(glyph.blank.left);
        return -blank.min(HALF);
    }
    let (han, letter) = (Class::HAN, Class::LETTER);
    let mixed = (previous.class.is(han) && glyph.class.is(letter))
        || (previous.class.is(letter) && glyph.class.is(han));
    if mixed && glyph.part == Part::First {
        HAN_LATIN_GAP
    } else {
        0
    }
}

/// How much less than its [`gap`] may stand before `glyph` where a line has to take in one more mark: half of what is empty beside it.
pub(super) fn give(previous: Option<&Glyph>, glyph: &Glyph) -> i32 {
    match previous {
        Some(previous) if previous.class.is(Class::MARK) != glyph.class.is(Class::MARK) => {
            (i32::from(previous.blank.right) + i32::from(glyph.blank.left)) / 2
        }
        _ => 0,
    }
}

/// How far `glyph` may reach over the end of a line: by the empty part of its square, or, where marks hang, as a whole.
pub(super) fn overhang(glyph: &Glyph, fill: Fill) -> i32 {
    if fill == Fill::Hanging && glyph.class.is(Class::STOP) {
        glyph.advance
    } else if glyph.class.is(Class::CLOSING) {
        i32::from(glyph.blank.right)
    } else {
        0
    }
}

/// Places `glyphs` one after the other; if they are longer than `room`, what can be spared is taken away.
pub(super) fn set(glyphs: &[Glyph], continued: bool, room: i32, fill: Fill) -> Line {
    let mut previous = None;
    let mut width = 0_i32;
    let mut placed = Vec::with_capacity(glyphs.len());
    for glyph in glyphs {
        let before = gap(previous, glyph, continued);
        previous = Some(glyph);
        width = width.saturating_add(before.saturating_add(glyph.advance));
        placed.push(Placed {
            glyph: *glyph,
            before,
        });
    }
    if width > room
        && let Some(last) = previous
    {
        width -= overhang(last, fill);
        if width > room {
            width -= squeeze(&mut placed, width - room);
        }
    }
    Line {
        glyphs: placed,
        width,
        rtl: false,
    }
}

/// Takes `excess` from the gaps that can [`give`], from each by what it has; returns how much it took.
fn squeeze(placed: &mut [Placed], excess: i32) -> i32 {
    let mut previous: Option<Glyph> = None;
    let mut total = 0_i64;
    for this in placed.iter() {
        total += i64::from(give(previous.as_ref(), &this.glyph));
        previous = Some(this.glyph);
    }
    if total == 0 {
        return 0;
    }
    let excess = i64::from(excess).min(total);
    let (mut seen, mut taken) = (0_i64, 0_i64);
    previous = None;
    for this in placed {
        seen += i64::from(give(previous.as_ref(), &this.glyph));
        previous = Some(this.glyph);
        // Rounded on the sum, so that the parts add up to the whole.
        let share = excess * seen / total - taken;
        taken += share;
        this.before -= i32::try_from(share).unwrap_or(0);
    }
    i32::try_from(taken).unwrap_or(0)
}

/// Spreads what is left of the line: first over its spaces, then evenly over the gaps between Han characters and marks, never inside words
/// and numbers. The gap beside a Latin word is already as wide as it may be, unless a line has no other.
pub(super) fn stretch(line: &mut Line, room: i32) {
    let mut slack = room.saturating_sub(line.width);
    if slack <= 0 {
        return;
    }
    let counts = line.glyphs.windows(2).fold([0_i32; 3], |mut counts, pair| {
        if let Some(count) = kind(pair).and_then(|kind| counts.get_mut(kind)) {
            *count = count.saturating_add(1);
        }
        counts
    });
    let [spaces, gaps, mixed] = counts;
    // Text with a space for every other gap is text of words, whatever stands among them.
    let space = if spaces > gaps / 2 { SPACE_STRETCH } else { STRETCH };
    let limits = if gaps > 0 {
        [space, STRETCH, 0]
    } else {
        [space, 0, STRETCH]
    };
    let most = spaces
        .saturating_mul(limits[0])
        .saturating_add(gaps.saturating_mul(limits[1]))
        .saturating_add(mixed.saturating_mul(limits[2]));
    if slack > most {
        return;
    }
    // By kind: how much each gap gets, and how many get one thousandth more.
    let mut shares = [(0, 0); 3];
    for ((share, count), limit) in shares.iter_mut().zip(counts).zip(limits) {
        let part = slack.min(count.saturating_mul(limit));
        if part > 0 {
            *share = (part / count, part % count);
            slack -= part;
        }
    }
    let kinds: Vec<Option<usize>> = line.glyphs.windows(2).map(kind).collect();
    for (placed, kind) in line.glyphs.iter_mut().skip(1).zip(kinds) {
        if let Some((each, more)) = kind.and_then(|kind| shares.get_mut(kind)) {
            placed.before += *each + i32::from(*more > 0);
            *more -= i32::from(*more > 0);
        }
    }
    line.width = room;
}

/// Which gap lies between two glyphs: 0 a space, 1 one between Han characters and marks, 2 one between those and a word.
fn kind(pair: &[Placed]) -> Option<usize> {
    let [a, b] = pair else { return None };
    let (a, b) = (&a.glyph, &b.glyph);
    if b.part != Part::First {
        return None;
    }
    if a.class.is(Class::SPACE) {
        return Some(0);
    }
    let word = |glyph: &Glyph| glyph.class.is(Class::WORD) || glyph.class.is(Class::SHAPED);
    match (word(a), word(b)) {
        (false, false) => (!b.class.is(Class::SPACE)).then_some(1),
        // After tsheg and shad.
        (true, true) => (a.class.is(Class::SHAPED) && a.class.is(Class::CLOSING)).then_some(1),
        _ => (!b.class.is(Class::SPACE)).then_some(2),
    }
}

/// Puts the glyphs into the order in which they stand from left to right (Unicode Standard Annex 9, L2).
pub(super) fn order(line: &mut Line) {
    if line.glyphs.iter().any(|placed| placed.glyph.level > 0) {
        line.glyphs = from_left(&line.glyphs);
    }
}

/// The characters of a line in the order in which they are read, each once.
pub(super) fn reading(line: &Line) -> String {
    let clusters = clusters(&line.glyphs);
    let drawn = turned(&clusters, Turn::ToReading);
    let glyphs = drawn.into_iter().flatten().map(|placed| placed.glyph);
    glyphs
        .filter(|glyph| glyph.part != Part::Further)
        .map(|glyph| glyph.character)
        .collect()
}

fn from_left(logical: &[Placed]) -> Vec<Placed> {
    let clusters = clusters(logical);
    let mut out = Vec::with_capacity(logical.len());
    // The space before a character that runs to the left lies on its right.
    let mut pending = 0;
    for cluster in turned(&clusters, Turn::ToDrawing) {
        let backwards = level(cluster) % 2 == 1;
        for (number, placed) in cluster.iter().enumerate() {
            let mut placed = *placed;
            if number == 0 {
                let own = placed.before;
                placed.before = pending + if backwards { 0 } else { own };
                pending = if backwards { own } else { 0 };
            }
            out.push(placed);
        }
    }
    out
}

#[derive(Clone, Copy, PartialEq)]
enum Turn {
    ToDrawing,
    ToReading,
}

/// Turns every run of clusters round once for each level it is at or above: from the highest level down for drawing, and back.
fn turned<'a>(clusters: &[&'a [Placed]], turn: Turn) -> Vec<&'a [Placed]> {
    let mut order = clusters.to_vec();
    let highest = order.iter().map(|cluster| level(cluster)).max().unwrap_or(0);
    for step in 1..=highest {
        let lowest = if turn == Turn::ToDrawing {
            highest + 1 - step
        } else {
            step
        };
        for run in order.chunk_by_mut(|a, b| (level(a) >= lowest) == (level(b) >= lowest)) {
            if run.first().is_some_and(|cluster| level(cluster) >= lowest) {
                run.reverse();
            }
        }
    }
    order
}

/// A cluster is drawn as it is; only whole clusters change places.
fn clusters(glyphs: &[Placed]) -> Vec<&[Placed]> {
    glyphs
        .chunk_by(|_, next| next.glyph.part != Part::First)
        .collect()
}

fn level(cluster: &[Placed]) -> u8 {
    cluster.first().map_or(0, |placed| placed.glyph.level)
}
