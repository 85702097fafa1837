//! Showing the glyphs of a line (ISO 32000-2, 9.4).

use super::lines::{Part, Placed};
use super::subset::Subsets;
use super::units::{Length, em, write_integer, write_points};

/// `/F0 16 Tf [<00010002>-80<0003>] TJ`, with a new font whenever a glyph is in another one.
pub(super) fn show(out: &mut Vec<u8>, glyphs: &[Placed], size: Length, subsets: &mut Subsets) {
    let mut shower = Shower {
        out,
        size,
        font: None,
        rise: 0,
        array: Array::Closed,
        carried: 0,
    };
    let mut rest = glyphs;
    while let [first, tail @ ..] = rest {
        // Nearly all text: one glyph for one character.
        if tail.first().is_none_or(|next| next.glyph.part == Part::First) {
            let (font, cid) = subsets.place(first.glyph, &[]);
            shower.glyph(first, font, cid);
            rest = tail;
            continue;
        }
        let more = tail
            .iter()
            .take_while(|placed| placed.glyph.part != Part::First)
            .count();
        let (cluster, tail) = rest.split_at(1 + more);
        shower.cluster(cluster, subsets);
        rest = tail;
    }
    shower.close();
    shower.raise(0);
}

/// Writes a number as four hexadecimal digits.
pub(super) fn hex(out: &mut Vec<u8>, value: u16) {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    for shift in [12, 8, 4, 0] {
        out.push(DIGITS[usize::from(value >> shift & 0xF)]);
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Array {
    Closed,
    Open,
    /// Open, and inside of a string.
    String,
}

struct Shower<'a> {
    out: &'a mut Vec<u8>,
    size: Length,
    font: Option<usize>,
    rise: i16,
    array: Array,
    /// What the pen lacks after the glyph that was shown last, in thousandths of the font size.
    carried: i32,
}

impl Shower<'_> {
    fn glyph(&mut self, placed: &Placed, font: usize, cid: u16) {
        let glyph = &placed.glyph;
        if self.font != Some(font) {
            self.close();
            self.out.extend_from_slice(b"/F");
            write_integer(self.out, i32::try_from(font).unwrap_or(i32::MAX));
            self.out.push(b' ');
            write_points(self.out, self.size);
            self.out.extend_from_slice(b" Tf ");
            self.font = Some(font);
        }
        self.raise(glyph.offset.1);
        let along = i32::from(glyph.offset.0);
        let before = placed.before.saturating_add(self.carried).saturating_add(along);
        self.carried = i32::from(glyph.kern) - along;
        if self.array == Array::Closed {
            self.out.push(b'[');
            self.array = Array::Open;
        }
        if before != 0 {
            if self.array == Array::String {
                self.out.push(b'>');
            }
            self.array = Array::Open;
            write_integer(self.out, before.saturating_neg());
        }
        if self.array == Array::Open {
            self.out.push(b'<');
            self.array = Array::String;
        }
        hex(self.out, cid);
    }

    /// Glyphs and characters that belong together: the first glyph stands for all the characters, and the further ones are said to stand
    /// for nothing (ISO 32000-2, 14.9.4). Were the characters said of all the glyphs, readers would measure them by the last one,
    /// which is often a dot in the middle of the letter, and find a space behind it.
    fn cluster(&mut self, cluster: &[Placed], subsets: &mut Subsets) {
        let drawn = cluster
            .iter()
            .take_while(|placed| placed.glyph.part != Part::Silent)
            .count();
        let (drawn, silent) = cluster.split_at(drawn);
        let Some((first, further)) = drawn.split_first() else {
            return;
        };
        let (font, cid) = subsets.place(first.glyph, silent);
        self.glyph(first, font, cid);
        if further.is_empty() {
            return;
        }
        self.close();
        self.out.extend_from_slice(b"/Span <</ActualText ()>> BDC ");
        for placed in further {
            let (font, cid) = subsets.place(placed.glyph, &[]);
            self.glyph(placed, font, cid);
        }
        self.close();
        self.out.extend_from_slice(b"EMC ");
    }

    fn raise(&mut self, rise: i16) {
        if rise != self.rise {
            self.close();
            write_points(self.out, em(i32::from(rise), self.size));
            self.out.extend_from_slice(b" Ts ");
            self.rise = rise;
        }
    }

    fn close(&mut self) {
        match self.array {
            Array::Closed => return,
            Array::Open => self.out.extend_from_slice(b"] TJ "),
            Array::String => self.out.extend_from_slice(b">] TJ "),
        }
        self.array = Array::Closed;
    }
}
