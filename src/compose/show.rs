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

    /// Glyphs and characters that belong together. Where there are several glyphs, what they say stands beside them (ISO 32000-2, 14.9.4):
    /// by cluster and not by word, because readers take what is said of a word that runs to the left for the order in which it is drawn.
    fn cluster(&mut self, cluster: &[Placed], subsets: &mut Subsets) {
        let several = cluster.iter().any(|placed| placed.glyph.part == Part::Further);
        if several {
            self.close();
            self.out.extend_from_slice(b"/Span <</ActualText <FEFF");
            let mut buffer = [0; 2];
            for placed in cluster.iter().filter(|placed| placed.glyph.part != Part::Further) {
                let units = placed.glyph.character.encode_utf16(&mut buffer);
                units.iter().for_each(|&unit| hex(self.out, unit));
            }
            self.out.extend_from_slice(b">>> BDC ");
        }
        let mut rest = cluster;
        while let [first, tail @ ..] = rest {
            let silent = tail
                .iter()
                .take_while(|placed| placed.glyph.part == Part::Silent)
                .count();
            let (silent, tail) = tail.split_at(silent);
            rest = tail;
            if first.glyph.part != Part::Silent {
                let (font, cid) = subsets.place(first.glyph, silent);
                self.glyph(first, font, cid);
            }
        }
        if several {
            self.close();
            self.out.extend_from_slice(b"EMC ");
        }
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
