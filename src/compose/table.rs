//! Tables of labels and values: ruled, or open as on a licence.

use super::error::ComposeError;
use super::layout::{Setter, overflow};
use super::lines::{Fill, Glyph, Line, break_lines, glyphs, single_line};
use super::page::{Mark, NodeId, Role, Run};
use super::template::{Columns, Row, Table, TableStyle};
use super::text::Piece;
use super::units::{Length, em, in_em, mm};

/// Space between a rule and the text beside it.
const PADDING: Length = mm(2);
/// Space above and below the lines of a row that grew.
const ROW_PADDING: Length = 4_000;
const OUTER_RULE: Length = 1_000;
const INNER_RULE: Length = 500;

/// A label and a value, bound to the record.
struct Entry {
    element: String,
    label: Vec<Piece>,
    value: Vec<Piece>,
}

/// Sets `table` at the pen and moves the pen below it.
pub(super) fn set(setter: &mut Setter<'_>, table: &Table, element: &str) -> Result<(), ComposeError> {
    setter.y -= table.before.length();
    let entries = entries(setter, table, element)?;
    let columns = i32::from(table.columns.count());
    let gap = if table.style == TableStyle::Open {
        table.column_gap.length()
    } else {
        0
    };
    let column = (setter.right - setter.left - gap * (columns - 1)) / columns;
    let value_room = column - table.label_width.length() - 2 * PADDING;
    if value_room < table.size.length() * 2 {
        return Err(overflow(element, table.size.length() * 2 - value_room));
    }
    match table.style {
        TableStyle::Grid => grid(setter, table, &entries, column),
        TableStyle::Open => open(setter, table, &entries, column),
    }
}

fn entries(setter: &Setter<'_>, table: &Table, element: &str) -> Result<Vec<Entry>, ComposeError> {
    let bound = |row: &Row| -> Result<Option<Entry>, ComposeError> {
        let label = setter.required(&row.label, element)?;
        let name: String = label.iter().map(|piece| piece.text.as_str()).collect();
        let element = format!("{element} row {name}");
        let value = setter.bind(&row.value, &element, row.optional)?;
        Ok(value.map(|value| Entry {
            element,
            label,
            value,
        }))
    };
    let mut entries = Vec::new();
    for row in &table.rows {
        entries.extend(bound(row)?);
    }
    if table.fields {
        for (index, field) in setter.record.fields().iter().enumerate() {
            let piece = |text: &str, part: &str| Piece {
                text: text.to_owned(),
                member: Some(format!("fields[{index}].{part}")),
            };
            entries.push(Entry {
                element: format!("{element} row {}", field.label),
                label: vec![piece(&field.label, "label")],
                value: vec![piece(&field.value, "value")],
            });
        }
    }
    for row in &table.closing_rows {
        entries.extend(bound(row)?);
    }
    Ok(entries)
}

/// An entry with its glyphs, and whether it fits into half a row.
struct Prepared<'a> {
    element: &'a str,
    label: Vec<Glyph>,
    value: Vec<Glyph>,
    narrow: bool,
}

/// One cell of a grid: where it starts, how wide it is, what is in it.
struct Cell {
    x: Length,
    width: Length,
    lines: Vec<Line>,
    centred: bool,
}

fn grid(
    setter: &mut Setter<'_>,
    table: &Table,
    entries: &[Entry],
    column: Length,
) -> Result<(), ComposeError> {
    let size = table.size.length();
    let label_width = table.label_width.length();
    let (left, right) = (setter.left, setter.right);
    let mut prepared = Vec::with_capacity(entries.len());
    for entry in entries {
        let label = glyphs(setter.fonts, &entry.label, &entry.element)?;
        let value = glyphs(setter.fonts, &entry.value, &entry.element)?;
        let value_width = em(single_line(&value).width, size);
        // A value with a line feed, or one too long for its half, takes the whole width.
        let narrow = value_width <= column - label_width - 2 * PADDING
            && value.iter().all(|glyph| glyph.character != '\n');
        prepared.push(Prepared {
            element: &entry.element,
            label,
            value,
            narrow,
        });
    }
    let mut rest = prepared.as_slice();
    let top = setter.y;
    let node = setter.tree.add(Role::Table, NodeId::DOCUMENT);
    let mut uprights: Vec<(Length, Length, Length)> = Vec::new();
    while let [first, tail @ ..] = rest {
        let pair = if table.columns == Columns::Two && first.narrow {
            tail.first().filter(|next| next.narrow)
        } else {
            None
        };
        let mut cells = Vec::with_capacity(4);
        let mut put = |x: Length, width: Length, entry: &Prepared<'_>| {
            let measure = in_em(label_width - 2 * PADDING, size);
            cells.push(Cell {
                x,
                width: label_width,
                lines: balanced(&entry.label, measure),
                centred: true,
            });
            let room = in_em(width - label_width - 2 * PADDING, size);
            cells.push(Cell {
                x: x + label_width,
                width: width - label_width,
                lines: break_lines(&entry.value, room, 0, Fill::Ragged),
                centred: false,
            });
        };
        match pair {
            Some(second) => {
                put(left, column, first);
                put(left + column, right - left - column, second);
                rest = tail.get(1..).unwrap_or_default();
            }
            None => {
                put(left, right - left, first);
                rest = tail;
            }
        }
        let height = row_height(table, cells.iter().map(|cell| cell.lines.len()));
        let row_top = setter.y;
        setter.advance(height, first.element)?;
        let row = setter.tree.add(Role::Tr, node);
        for cell in cells {
            if cell.x > left {
                uprights.push((cell.x, row_top, height));
            }
            setter.open_new(if cell.centred { Role::Th } else { Role::Td }, row);
            put_cell(setter, table, cell, row_top, height);
            setter.close();
        }
        if !rest.is_empty() {
            setter.rule(left, setter.y - INNER_RULE / 2, right - left, INNER_RULE);
        }
    }
    for (x, top, height) in joined(uprights) {
        setter.rule(x - INNER_RULE / 2, top - height, INNER_RULE, height);
    }
    if !entries.is_empty() {
        frame(setter, left, right, top);
    }
    Ok(())
}

/// The heavier rule around a grid that goes from `top` to the pen.
fn frame(setter: &mut Setter<'_>, left: Length, right: Length, top: Length) {
    let (half, bottom) = (OUTER_RULE / 2, setter.y);
    let mut fill = |x, y, width, height| setter.rule(x, y, width, height);
    for y in [top, bottom] {
        fill(left - half, y - half, right - left + OUTER_RULE, OUTER_RULE);
    }
    for x in [left, right] {
        fill(x - half, bottom - half, OUTER_RULE, top - bottom + OUTER_RULE);
    }
}

/// Joins upright rules that continue each other in the next row.
fn joined(mut uprights: Vec<(Length, Length, Length)>) -> Vec<(Length, Length, Length)> {
    uprights.sort_by_key(|&(x, top, _)| (x, core::cmp::Reverse(top)));
    let mut joined: Vec<(Length, Length, Length)> = Vec::new();
    for (x, top, height) in uprights {
        match joined.last_mut() {
            Some(last) if last.0 == x && last.1 - last.2 == top => last.2 += height,
            _ => joined.push((x, top, height)),
        }
    }
    joined
}

fn put_cell(setter: &mut Setter<'_>, table: &Table, cell: Cell, row_top: Length, height: Length) {
    let (size, pitch) = (table.size.length(), table.pitch.length());
    let count = i32::try_from(cell.lines.len()).unwrap_or(0);
    let mut top = row_top - (height - pitch * count) / 2;
    for line in cell.lines {
        let x = if cell.centred {
            cell.x + (cell.width - em(line.width, size)) / 2
        } else {
            cell.x + PADDING
        };
        setter.put(line, x, top, (size, pitch), false);
        top -= pitch;
    }
}

fn row_height(table: &Table, lines: impl Iterator<Item = usize>) -> Length {
    let lines = i32::try_from(lines.max().unwrap_or(1)).unwrap_or(i32::MAX / 1_000_000);
    (table
        .pitch
        .length()
        .saturating_mul(lines)
        .saturating_add(2 * ROW_PADDING))
    .max(table.row_height.length())
}

/// Lines of about the same length, so that a long label does not leave one character alone.
fn balanced(label: &[Glyph], measure: i32) -> Vec<Line> {
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

/// Labels spread to one width and a colon, values beside them, column after column.
fn open(
    setter: &mut Setter<'_>,
    table: &Table,
    entries: &[Entry],
    column: Length,
) -> Result<(), ComposeError> {
    let (size, pitch) = (table.size.length(), table.pitch.length());
    let label_width = table.label_width.length();
    let columns = usize::from(table.columns.count());
    let per_column = entries.len().div_ceil(columns).max(1);
    let top = setter.y;
    let mut lowest = top;
    let node = setter.tree.add(Role::Table, NodeId::DOCUMENT);
    for (index, part) in entries.chunks(per_column).enumerate() {
        let index = i32::try_from(index).unwrap_or(0);
        let x = setter.left + (column + table.column_gap.length()) * index;
        setter.y = top;
        for entry in part {
            let label = glyphs(setter.fonts, &entry.label, &entry.element)?;
            let value = glyphs(setter.fonts, &entry.value, &entry.element)?;
            let colon = glyphs(setter.fonts, &[Piece::literal("：")], &entry.element)?;
            let measure = in_em(label_width, size);
            let label_lines = balanced(&label, measure);
            let value_room = column - label_width - size - PADDING;
            let lines = break_lines(&value, in_em(value_room, size), 0, Fill::Ragged);
            let height = row_height(table, [label_lines.len(), lines.len()].into_iter());
            let row_top = setter.y;
            setter.advance(height, &entry.element)?;
            // Labels stand at the head of the row, as the first line of the value does.
            let head = row_top - ROW_PADDING;
            let row = setter.tree.add(Role::Tr, node);
            setter.open_new(Role::Th, row);
            for (number, mut line) in label_lines.into_iter().enumerate() {
                let text: String = line.text();
                line.spread_to(measure);
                let at = head - pitch * i32::try_from(number).unwrap_or(0);
                setter.put(line, x, at, (size, pitch), false);
                if let Some(Mark::Text(Run { actual, .. })) = setter.marks.last_mut() {
                    *actual = Some(text.into());
                }
            }
            setter.put(single_line(&colon), x + label_width, head, (size, pitch), false);
            setter.close();
            setter.open_new(Role::Td, row);
            for (number, line) in lines.into_iter().enumerate() {
                let at = head - pitch * i32::try_from(number).unwrap_or(0);
                setter.put(line, x + label_width + size, at, (size, pitch), false);
            }
            setter.close();
        }
        lowest = lowest.min(setter.y);
    }
    setter.y = lowest;
    Ok(())
}
