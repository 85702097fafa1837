//! Tables of labels and values: ruled, or open as on a licence.

use super::cell::{ROW_PADDING, SetCell, SetRow, balanced};
use super::galley::Frame;
use super::setter::{Setter, Style, overflow};
use crate::compose::error::ComposeError;
use crate::compose::lines::{Fill, Glyph, Line, break_lines, single_line};
use crate::compose::page::{NodeId, Role};
use crate::compose::template::{Align, Columns, Piece, Row, Table, TableStyle, Vertical};
use crate::compose::units::{Length, em, in_em, mm};

/// Space between a rule and the text beside it.
const PADDING: Length = mm(2);

/// A label and a value, bound to the record.
struct Entry {
    element: String,
    label: Vec<Piece>,
    second: Option<Vec<Piece>>,
    value: Vec<Piece>,
}

/// An entry with its glyphs, and whether it fits into half a row.
struct Prepared<'a> {
    element: &'a str,
    label: Vec<Glyph>,
    second: Vec<Glyph>,
    value: Vec<Glyph>,
    narrow: bool,
}

impl Setter<'_> {
    /// Sets `table`.
    pub(super) fn table(&mut self, table: &Table, element: &str) -> Result<(), ComposeError> {
        if !self.holds(table.when.as_ref()) {
            return Ok(());
        }
        let entries = self.entries(table, element)?;
        let columns = i32::from(table.columns.count());
        let gap = match table.style {
            TableStyle::Grid => 0,
            TableStyle::Open => table.column_gap.length(),
        };
        let column = (self.measure() - gap * (columns - 1)) / columns;
        let value_room = column - table.label_width.length() - 2 * PADDING;
        if value_room < table.size.length() * 2 {
            return Err(overflow(element, table.size.length() * 2 - value_room));
        }
        if entries.is_empty() {
            return Ok(());
        }
        match table.style {
            TableStyle::Grid => self.grid(table, &entries, column),
            TableStyle::Open if table.columns == Columns::One => self.open_rows(table, &entries),
            TableStyle::Open => self.open_columns(table, &entries, column, element),
        }
    }

    fn entries(&self, table: &Table, element: &str) -> Result<Vec<Entry>, ComposeError> {
        let bound = |row: &Row| -> Result<Option<Entry>, ComposeError> {
            if !self.holds(row.when.as_ref()) {
                return Ok(None);
            }
            let label = self.required(&row.label, element)?;
            let name: String = label.iter().map(|piece| piece.text.as_str()).collect();
            let element = format!("{element} row {name}");
            let second = match &row.second {
                Some(second) => Some(self.required(second, &element)?),
                None => None,
            };
            let value = self.bind(&row.value, &element, row.optional)?;
            Ok(value.map(|value| Entry {
                element,
                label,
                second,
                value,
            }))
        };
        let mut entries = Vec::new();
        for row in &table.rows {
            entries.extend(bound(row)?);
        }
        if table.fields {
            for (index, field) in self.record.fields().iter().enumerate() {
                let piece = |text: &str, part: &str| Piece {
                    text: text.to_owned(),
                    member: Some(format!("fields[{index}].{part}")),
                };
                entries.push(Entry {
                    element: format!("{element} row {}", field.label),
                    label: vec![piece(&field.label, "label")],
                    second: None,
                    value: vec![piece(&field.value, "value")],
                });
            }
        }
        for row in &table.closing_rows {
            entries.extend(bound(row)?);
        }
        Ok(entries)
    }

    /// The glyphs of the entry; it is narrow if its value needs one line of at most `room`.
    fn prepared<'e>(
        &self,
        table: &Table,
        entry: &'e Entry,
        room: Length,
    ) -> Result<Prepared<'e>, ComposeError> {
        let label = self.glyphs(&entry.label, table.label_font, &entry.element)?;
        let second = match &entry.second {
            Some(second) => self.glyphs(second, table.label_font, &entry.element)?,
            None => Vec::new(),
        };
        let value = self.glyphs(&entry.value, table.font, &entry.element)?;
        let value_width = em(single_line(&value).width, table.size.length());
        // A value with a line feed, or one too long for its half, takes the whole width.
        let narrow = value_width <= room && value.iter().all(|glyph| glyph.character != '\n');
        Ok(Prepared {
            element: &entry.element,
            label,
            second,
            value,
            narrow,
        })
    }

    fn frame(&mut self, ruled: bool) -> usize {
        let first = self.galley.strips.len();
        let (left, right) = (self.left, self.right);
        self.galley.frame(Frame {
            left,
            right,
            first,
            ruled,
            head: None,
            sums: None,
        })
    }

    fn grid(&mut self, table: &Table, entries: &[Entry], column: Length) -> Result<(), ComposeError> {
        let label_width = table.label_width.length();
        let mut prepared = Vec::with_capacity(entries.len());
        for entry in entries {
            prepared.push(self.prepared(table, entry, column - label_width - 2 * PADDING)?);
        }
        let node = self.tree.add(Role::Table, NodeId::DOCUMENT);
        let frame = self.frame(true);
        let mut before = table.before.length();
        let mut cells = Vec::with_capacity(4);
        let mut rest = prepared.as_slice();
        // The values of entries that have a row of their own, and whether any row has two.
        let (mut wide, mut paired) = (Vec::new(), false);
        while let [first, tail @ ..] = rest {
            let pair = if table.columns == Columns::Two && first.narrow {
                tail.first().filter(|next| next.narrow)
            } else {
                None
            };
            self.galley.name(first.element);
            let row = self.tree.add(Role::Tr, node);
            let (left, right) = (self.left, self.right);
            rest = match pair {
                Some(second) => {
                    paired = true;
                    self.entry_cells(&mut cells, table, (left, column), first, row);
                    self.entry_cells(
                        &mut cells,
                        table,
                        (left + column, right - left - column),
                        second,
                        row,
                    );
                    tail.get(1..).unwrap_or_default()
                }
                None => {
                    wide.push(self.entry_cells(&mut cells, table, (left, right - left), first, row));
                    tail
                }
            };
            let room = self.room;
            self.row(SetRow {
                cells: &mut cells,
                height: table.row_height.length(),
                before,
                frame,
                room,
            });
            before = 0;
        }
        // Beside rows of two entries, the value of one takes the place of value, label and value (ISO 14289-1, 7.5).
        for node in wide.into_iter().filter(|_| paired) {
            if let Some(node) = self.tree.node_mut(node) {
                node.span.0 = 3;
            }
        }
        Ok(())
    }

    /// The two cells of an entry that starts at `x` and is `width` wide; returns the value's node.
    fn entry_cells(
        &mut self,
        cells: &mut Vec<SetCell>,
        table: &Table,
        (x, width): (Length, Length),
        entry: &Prepared<'_>,
        row: NodeId,
    ) -> NodeId {
        let (size, pitch) = (table.size.length(), table.pitch.length());
        let label_width = table.label_width.length();
        let style = Style::plain(size, pitch, table.label_font);
        cells.push(SetCell {
            x,
            width: label_width,
            padding: PADDING,
            lines: label_lines(&entry.label, &entry.second, label_width - 2 * PADDING, style),
            align: Align::Centre,
            vertical: Vertical::Middle,
            node: self.tree.add(Role::Th, row),
        });
        let room = in_em(width - label_width - 2 * PADDING, size);
        let style = Style::plain(size, pitch, table.font);
        let lines = break_lines(&entry.value, room, 0, Fill::Ragged);
        let node = self.tree.add(Role::Td, row);
        cells.push(SetCell {
            x: x + label_width,
            width: width - label_width,
            padding: PADDING,
            lines: lines.into_iter().map(|line| (line, style)).collect(),
            align: Align::Left,
            vertical: Vertical::Middle,
            node,
        });
        node
    }

    /// Labels spread to one width and a colon, values beside them, one under the other.
    fn open_rows(&mut self, table: &Table, entries: &[Entry]) -> Result<(), ComposeError> {
        let node = self.tree.add(Role::Table, NodeId::DOCUMENT);
        let frame = self.frame(false);
        let mut before = table.before.length();
        for entry in entries {
            self.galley.name(&entry.element);
            let (x, width) = (self.left, self.measure());
            let height = self.open_entry(table, entry, (x, 0), width, node)?;
            let strip = self.galley.push(self.marks.len(), height, before);
            strip.frame = Some(frame);
            before = 0;
        }
        Ok(())
    }

    /// The same in two columns, read downwards: one strip, for its order cannot be kept over a page's end.
    fn open_columns(
        &mut self,
        table: &Table,
        entries: &[Entry],
        column: Length,
        element: &str,
    ) -> Result<(), ComposeError> {
        let node = self.tree.add(Role::Table, NodeId::DOCUMENT);
        let columns = usize::from(table.columns.count());
        let per_column = entries.len().div_ceil(columns).max(1);
        let mut height = 0;
        for (part, x) in entries
            .chunks(per_column)
            .zip([self.left, self.left + column + table.column_gap.length()])
        {
            let mut y: Length = 0;
            for entry in part {
                y = y.saturating_sub(self.open_entry(table, entry, (x, y), column, node)?);
            }
            height = height.max(-y);
        }
        self.galley.name(element);
        self.galley.push(self.marks.len(), height, table.before.length());
        Ok(())
    }

    /// Puts one entry of an open table from `(x, top)` and returns its height.
    fn open_entry(
        &mut self,
        table: &Table,
        entry: &Entry,
        (x, top): (Length, Length),
        width: Length,
        node: NodeId,
    ) -> Result<Length, ComposeError> {
        let (size, pitch) = (table.size.length(), table.pitch.length());
        let label_width = table.label_width.length();
        let Prepared {
            label, second, value, ..
        } = self.prepared(table, entry, 0)?;
        let colon = self.glyphs(&[Piece::literal("：")], table.label_font, &entry.element)?;
        let measure = in_em(label_width, size);
        let labels = label_lines(
            &label,
            &second,
            label_width,
            Style::plain(size, pitch, table.label_font),
        );
        let value_room = width - label_width - size - PADDING;
        let values = break_lines(&value, in_em(value_room, size), 0, Fill::Ragged);
        let label_height = labels
            .iter()
            .fold(0, |height: Length, (_, style)| height.saturating_add(style.pitch));
        let value_height = pitch.saturating_mul(i32::try_from(values.len()).unwrap_or(i32::MAX));
        let height = label_height
            .max(value_height)
            .saturating_add(2 * ROW_PADDING)
            .max(table.row_height.length());
        // Labels stand at the head of the row, as the first line of the value does.
        let head = top - ROW_PADDING;
        if height > self.room {
            return Err(overflow(&entry.element, height - self.room));
        }
        let row = self.tree.add(Role::Tr, node);
        self.open_new(Role::Th, row);
        let mut at = head;
        for (mut line, style) in labels {
            let text = line.text();
            if style.size == size {
                line.spread_to(measure);
            }
            self.put_as(line, x, at, style, Some(text.into()));
            at -= style.pitch;
        }
        let style = Style::plain(size, pitch, table.font);
        self.put(single_line(&colon), x + label_width, head, style);
        self.close();
        self.open_new(Role::Td, row);
        let mut at = head;
        for line in values {
            self.put(line, x + label_width + size, at, style);
            at -= pitch;
        }
        self.close();
        Ok(height)
    }
}

/// A label and, smaller and below, the same in another language.
pub(super) fn label_lines(
    label: &[Glyph],
    second: &[Glyph],
    measure: Length,
    style: Style,
) -> Vec<(Line, Style)> {
    let mut lines: Vec<_> = balanced(label, in_em(measure, style.size))
        .into_iter()
        .map(|line| (line, style))
        .collect();
    if !second.is_empty() {
        let small = style.second();
        let below = break_lines(second, in_em(measure, small.size), 0, Fill::Ragged);
        lines.extend(below.into_iter().map(|line| (line, small)));
    }
    lines
}
