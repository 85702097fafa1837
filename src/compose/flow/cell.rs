//! Cells of tables: lines between an upper and a lower edge, in rows that may have to be divided.

use super::galley::Rule;
use super::setter::{Setter, Style, line_aligned};
use crate::compose::lines::{Fill, Glyph, Line, break_lines};
use crate::compose::page::NodeId;
use crate::compose::template::{Align, Vertical};
use crate::compose::units::{Length, em};

/// Space above and below the lines of a row that grew.
pub(super) const ROW_PADDING: Length = 4_000;

/// A cell with its text divided into lines.
pub(super) struct SetCell {
    pub(super) x: Length,
    pub(super) width: Length,
    /// Space between a rule and the text beside it.
    pub(super) padding: Length,
    pub(super) lines: Vec<(Line, Style)>,
    pub(super) align: Align,
    pub(super) vertical: Vertical,
    pub(super) node: NodeId,
}

impl SetCell {
    /// The height of its lines with the space above and below.
    pub(super) fn height(&self) -> Length {
        let lines = self
            .lines
            .iter()
            .fold(0, |height: Length, (_, style)| height.saturating_add(style.pitch));
        lines.saturating_add(2 * ROW_PADDING)
    }
}

/// A row of cells that starts at the left edge of its table.
pub(super) struct SetRow<'c> {
    pub(super) cells: &'c mut Vec<SetCell>,
    /// The least height.
    pub(super) height: Length,
    pub(super) before: Length,
    pub(super) frame: usize,
    /// The most that a page has room for.
    pub(super) room: Length,
}

impl Setter<'_> {
    /// Adds a row as one strip, or line by line if no page holds it. Leaves `cells` empty.
    pub(super) fn row(&mut self, row: SetRow<'_>) {
        let height = row
            .cells
            .iter()
            .map(SetCell::height)
            .max()
            .unwrap_or(0)
            .max(row.height);
        let frame = self.galley.frames.get(row.frame);
        let first = frame.map_or(0, |frame| frame.left);
        let ruled = frame.is_some_and(|frame| frame.ruled);
        let uprights: Vec<Length> = row
            .cells
            .iter()
            .map(|cell| cell.x)
            .filter(|&x| x > first)
            .collect();
        let level = Rule::Level {
            x: first,
            width: frame.map_or(0, |frame| frame.right - frame.left),
        };
        if height <= row.room {
            for cell in row.cells.drain(..) {
                self.put_cell(cell, 0, height);
            }
            if ruled {
                self.galley
                    .rules
                    .extend(uprights.iter().map(|&x| Rule::Upright(x)));
                self.galley.rules.push(level);
            }
            self.galley.push(self.marks.len(), height, row.before).frame = Some(row.frame);
            return;
        }
        // Line by line: all cells go on beside each other.
        let count = row.cells.iter().map(|cell| cell.lines.len()).max().unwrap_or(0);
        let mut parts: Vec<_> = row
            .cells
            .drain(..)
            .map(|cell| {
                let SetCell {
                    x,
                    width,
                    padding,
                    lines,
                    align,
                    node,
                    ..
                } = cell;
                (x, width, padding, align, node, lines.into_iter())
            })
            .collect();
        let mut before = row.before;
        for number in 0..count {
            let head = if number == 0 { ROW_PADDING } else { 0 };
            let mut height = 0;
            for (x, width, padding, align, node, lines) in &mut parts {
                if let Some((line, style)) = lines.next() {
                    height = height.max(style.pitch);
                    let x = *x
                        + *padding
                        + line_aligned(*align, &line, *width - 2 * *padding - em(line.width, style.size));
                    self.open(*node);
                    self.put(line, x, -head, style);
                    self.close();
                }
            }
            let last = number + 1 == count;
            let foot = if last { ROW_PADDING } else { 0 };
            if ruled {
                self.galley
                    .rules
                    .extend(uprights.iter().map(|&x| Rule::Upright(x)));
                if last {
                    self.galley.rules.push(level);
                }
            }
            let strip = self.galley.push(self.marks.len(), head + height + foot, before);
            strip.frame = Some(row.frame);
            // At least two lines on either side of a page's end.
            strip.joined |= number == 1 || (last && number > 0);
            before = 0;
        }
    }

    /// Puts the lines of a cell between `top` and `top - height`.
    pub(super) fn put_cell(&mut self, cell: SetCell, top: Length, height: Length) {
        let content = cell.height() - 2 * ROW_PADDING;
        let mut top = top
            - match cell.vertical {
                Vertical::Top => ROW_PADDING,
                Vertical::Middle => (height - content) / 2,
                Vertical::Bottom => height - content - ROW_PADDING,
            };
        self.open(cell.node);
        let room = cell.width - 2 * cell.padding;
        for (line, style) in cell.lines {
            let x =
                cell.x + cell.padding + line_aligned(cell.align, &line, room - em(line.width, style.size));
            self.put(line, x, top, style);
            top -= style.pitch;
        }
        self.close();
    }
}

/// Lines of about the same length, so that a long label does not leave one character alone.
pub(super) fn balanced(label: &[Glyph], measure: i32) -> Vec<Line> {
    let lines = break_lines(label, measure, 0, Fill::Ragged);
    let Ok(count) = i32::try_from(lines.len()) else {
        return lines;
    };
    if count < 2 {
        return lines;
    }
    let total: i32 = lines.iter().map(|line| line.width).sum();
    // Most words have two characters: an even number of characters is divided after an even number.
    let characters = total / 1000;
    let even = (characters + count - 1) / count;
    let even = (even + i32::from(characters % 2 == 0 && even % 2 != 0)) * 1000;
    let again = break_lines(label, even.min(measure), 0, Fill::Ragged);
    if again.len() == lines.len() { again } else { lines }
}
