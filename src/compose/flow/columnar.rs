//! Tables of the record, column by column, with a head that every page repeats and rows of sums.

use super::cell::{SetCell, SetRow};
use super::galley::{Frame, Head, PageSums, Rule};
use super::setter::{Setter, Style, overflow};
use super::table::label_lines;
use crate::compose::error::ComposeError;
use crate::compose::lines::{Fill, break_lines, single_line};
use crate::compose::page::{ArtifactKind, Mark, NodeId, Role, Scope};
use crate::compose::template::{Align, Columnar, Format, Piece, Total, Vertical, cents, money};
use crate::compose::units::{Length, Mm, em, in_em};
use crate::record::Table;

/// Where the columns of a table stand.
#[derive(Clone, Debug)]
pub(super) struct Grid<'a> {
    source: &'a Columnar,
    columns: Vec<Place>,
    element: String,
}

/// One column.
#[derive(Clone, Copy, Debug)]
struct Place {
    x: Length,
    width: Length,
    /// Which column of the record's table; `None` for the numbers of rows.
    from: Option<usize>,
    align: Align,
    format: Option<Format>,
}

impl Grid<'_> {
    fn width(&self) -> Length {
        self.columns.iter().map(|place| place.width).sum()
    }
}

impl<'a> Setter<'a> {
    /// Sets the record's table that `source` names.
    pub(super) fn columnar(&mut self, source: &'a Columnar, element: &str) -> Result<(), ComposeError> {
        if !self.holds(source.when.as_ref()) {
            return Ok(());
        }
        let missing = |member: String| ComposeError::MissingMember {
            element: element.to_owned(),
            member,
        };
        let found = self
            .record
            .tables()
            .iter()
            .find(|table| table.label == source.table);
        let Some(table) = found else {
            if source.optional {
                return Ok(());
            }
            return Err(missing(format!("tables.{}", source.table)));
        };
        let columns = self.places(source, table, element)?;
        let grid = Grid {
            source,
            columns,
            element: element.to_owned(),
        };
        let sums = |total: &Total| -> Result<Vec<usize>, ComposeError> {
            let find = |name: &String| table.columns.iter().position(|column| column == name);
            let path = |name: &String| missing(format!("tables.{}.{name}", source.table));
            total
                .sums
                .iter()
                .map(|name| find(name).ok_or_else(|| path(name)))
                .collect()
        };
        let node = self.tree.add(Role::Table, NodeId::DOCUMENT);
        self.galley.name(element);
        let frame = self.head(&grid, node)?;
        let page_sums = match &source.page_total {
            Some(total) => Some((total, sums(total)?)),
            None => None,
        };
        let total = match &source.total {
            Some(total) => Some((total, sums(total)?)),
            None => None,
        };
        let head_height = self
            .galley
            .frames
            .get(frame)
            .and_then(|frame| frame.head.as_ref());
        let row_height = source.row_height.length();
        let sums_height = self.sums_height(source);
        let reserved =
            head_height.map_or(0, |head| head.height) + if page_sums.is_some() { sums_height } else { 0 };
        let room = self.room - reserved;
        let mut totals = vec![0_i64; total.as_ref().map_or(0, |(_, columns)| columns.len())];
        let mut page_rows = Vec::new();
        let mut cells = Vec::with_capacity(grid.columns.len());
        let mut piece = [Piece::literal("")];
        for (number, row) in table.rows.iter().enumerate() {
            if let Some((_, columns)) = &page_sums {
                page_rows.push((
                    self.galley.strips.len(),
                    amounts(row, columns, table, number, element)?,
                ));
            }
            if let Some((_, columns)) = &total {
                let amounts = amounts(row, columns, table, number, element)?;
                for (sum, amount) in totals.iter_mut().zip(amounts) {
                    *sum = sum.saturating_add(amount);
                }
            }
            self.record_row(&grid, table, (number, row), &mut piece, &mut cells, node)?;
            self.row(SetRow {
                cells: &mut cells,
                height: row_height,
                before: 0,
                frame,
                room,
            });
        }
        if let Some((total, _)) = total {
            self.galley.keep_with_next();
            let row = self.tree.add(Role::Tr, node);
            let (mut cells, height) = self.sum_cells(&grid, total, &totals, Some(row))?;
            self.row(SetRow {
                cells: &mut cells,
                height,
                before: 0,
                frame,
                room,
            });
            if let Some(strip) = self.galley.strips.last_mut() {
                strip.closing = true;
            }
        }
        if let (Some((total, _)), Some(frame)) = (page_sums, self.galley.frames.get_mut(frame)) {
            frame.sums = Some(PageSums {
                total,
                height: sums_height,
                rows: page_rows,
                grid,
            });
        }
        Ok(())
    }

    /// Divides the width of the type area among the columns.
    fn places(&self, source: &Columnar, table: &Table, element: &str) -> Result<Vec<Place>, ComposeError> {
        let columns = source.columns.get_ref();
        let fixed = columns
            .iter()
            .filter_map(|column| column.width)
            .map(Mm::length)
            .sum::<Length>();
        let shares: i32 = columns
            .iter()
            .filter_map(|column| column.share)
            .map(|share| share.0)
            .sum();
        let rest = self.measure() - fixed;
        if rest < 0 {
            return Err(overflow(element, -rest));
        }
        let mut x = self.left;
        let mut given = 0;
        let mut places = Vec::with_capacity(columns.len());
        for column in columns {
            let width = match (column.width, column.share) {
                (Some(width), _) => width.length(),
                (None, share) => {
                    // What is left after rounding goes to the last column that takes a share.
                    let before = rest / shares.max(1) * given + rest % shares.max(1) * given / shares.max(1);
                    given += share.map_or(1, |share| share.0);
                    let after = rest / shares.max(1) * given + rest % shares.max(1) * given / shares.max(1);
                    after - before
                }
            };
            let least = source.size.length() + 2 * source.padding.length();
            if width < least {
                return Err(overflow(element, least - width));
            }
            let from = match &column.column {
                Some(name) => Some(table.columns.iter().position(|own| own == name).ok_or_else(|| {
                    ComposeError::MissingMember {
                        element: element.to_owned(),
                        member: format!("tables.{}.{name}", source.table),
                    }
                })?),
                None => None,
            };
            places.push(Place {
                x,
                width,
                from,
                align: column.align,
                format: column.format,
            });
            x += width;
        }
        Ok(places)
    }

    /// Sets the head and begins the table.
    fn head(&mut self, grid: &Grid<'a>, node: NodeId) -> Result<usize, ComposeError> {
        let source = grid.source;
        let style = Style::plain(source.size.length(), source.pitch.length(), source.head_font);
        let right = grid
            .columns
            .last()
            .map_or(self.right, |place| place.x + place.width);
        let (first, left) = (self.galley.strips.len(), self.left);
        let frame = self.galley.frame(Frame {
            left,
            right,
            first,
            ruled: true,
            head: None,
            sums: None,
        });
        let row = self.tree.add(Role::Tr, node);
        let mut cells = Vec::with_capacity(grid.columns.len());
        for (column, place) in source.columns.get_ref().iter().zip(&grid.columns) {
            let label = match (&column.label, &column.column) {
                (Some(label), _) => self.required(label, &grid.element)?,
                (None, name) => vec![Piece::literal(name.as_deref().unwrap_or_default())],
            };
            let label = self.glyphs(&label, source.head_font, &grid.element)?;
            let second = match &column.second {
                Some(second) => {
                    let pieces = self.required(second, &grid.element)?;
                    self.glyphs(&pieces, source.head_font, &grid.element)?
                }
                None => Vec::new(),
            };
            let cell = self.tree.add(Role::Th, row);
            if let Some(node) = self.tree.node_mut(cell) {
                node.scope = Scope::Column;
            }
            cells.push(SetCell {
                x: place.x,
                width: place.width,
                padding: source.padding.length(),
                lines: label_lines(&label, &second, place.width - 2 * source.padding.length(), style),
                align: Align::Centre,
                vertical: Vertical::Middle,
                node: cell,
            });
        }
        let height = cells
            .iter()
            .map(SetCell::height)
            .max()
            .unwrap_or(0)
            .max(source.row_height.length());
        if height > self.room / 2 {
            return Err(overflow(&grid.element, height - self.room / 2));
        }
        let (marks, rules) = (self.marks.len(), self.galley.rules.len());
        let room = self.room;
        self.row(SetRow {
            cells: &mut cells,
            height,
            before: source.before.length(),
            frame,
            room,
        });
        self.galley.keep_with_next();
        let head = Head::new(
            height,
            self.marks.get(marks..).unwrap_or_default(),
            self.galley.rules.get(rules..).unwrap_or_default(),
        );
        if let Some(frame) = self.galley.frames.get_mut(frame) {
            frame.head = Some(head);
        }
        Ok(frame)
    }

    /// The cells of one row of the record's table. `piece` is only there so that not every cell needs a new one.
    fn record_row(
        &mut self,
        grid: &Grid<'_>,
        table: &Table,
        (number, row): (usize, &[String]),
        piece: &mut [Piece; 1],
        cells: &mut Vec<SetCell>,
        node: NodeId,
    ) -> Result<(), ComposeError> {
        let source = grid.source;
        let padding = source.padding.length();
        let style = Style::plain(source.size.length(), source.pitch.length(), source.font);
        let row_node = self.tree.add(Role::Tr, node);
        for place in &grid.columns {
            let text = &mut piece[0].text;
            text.clear();
            let path = |from: usize| format!("tables.{}.rows[{number}][{from}]", table.label);
            match place.from {
                None => text.push_str(&(number + 1).to_string()),
                Some(from) => {
                    let value = row.get(from).map_or("", String::as_str);
                    match place.format.filter(|_| !value.is_empty()) {
                        None => text.push_str(value),
                        Some(format) => match format.write(value, self.language) {
                            Some(written) => *text = written,
                            None => {
                                return Err(ComposeError::Value {
                                    element: grid.element.clone(),
                                    member: path(from),
                                    expected: format.expected(),
                                });
                            }
                        },
                    }
                }
            }
            let glyphs = self
                .glyphs(piece, source.font, &grid.element)
                .map_err(|error| match error {
                    ComposeError::MissingGlyph {
                        character, element, ..
                    } => ComposeError::MissingGlyph {
                        character,
                        element,
                        member: place.from.map(path),
                    },
                    other => other,
                })?;
            let room = in_em(place.width - 2 * padding, style.size);
            let lines = if glyphs.is_empty() {
                Vec::new()
            } else {
                break_lines(&glyphs, room, 0, Fill::Ragged)
            };
            cells.push(SetCell {
                x: place.x,
                width: place.width,
                padding,
                lines: lines.into_iter().map(|line| (line, style)).collect(),
                align: place.align,
                vertical: Vertical::Middle,
                node: self.tree.add(Role::Td, row_node),
            });
        }
        Ok(())
    }

    fn sums_height(&self, source: &Columnar) -> Length {
        let line = source.pitch.length() + 2 * super::cell::ROW_PADDING;
        source.row_height.length().max(line)
    }

    /// The cells of a row of sums, under `row` or as an artifact, and its height.
    fn sum_cells(
        &mut self,
        grid: &Grid<'_>,
        total: &Total,
        sums: &[i64],
        row: Option<NodeId>,
    ) -> Result<(Vec<SetCell>, Length), ComposeError> {
        let source = grid.source;
        let padding = source.padding.length();
        let style = Style::plain(source.size.length(), source.pitch.length(), source.font);
        let mut cells: Vec<SetCell> = Vec::with_capacity(grid.columns.len());
        let label = self.required(&total.label, &grid.element)?;
        // The label takes the columns before the first sum.
        let summed = |at: usize| {
            let column = source
                .columns
                .get_ref()
                .get(at)
                .and_then(|column| column.column.as_ref());
            column.and_then(|name| total.sums.iter().position(|sum| sum == name))
        };
        for (at, place) in grid.columns.iter().enumerate() {
            let text = match (at, summed(at)) {
                (_, Some(sum)) => vec![Piece::literal(&money(sums.get(sum).copied().unwrap_or_default()))],
                (0, None) => label.clone(),
                (_, None) => {
                    if let [label] = cells.as_mut_slice() {
                        label.width += place.width;
                        if let Some(node) = self.tree.node_mut(label.node).filter(|_| row.is_some()) {
                            node.span.0 = node.span.0.saturating_add(1);
                        }
                        continue;
                    }
                    Vec::new()
                }
            };
            let glyphs = self.glyphs(&text, source.font, &grid.element)?;
            let role = if at == 0 { Role::Th } else { Role::Td };
            cells.push(SetCell {
                x: place.x,
                width: place.width,
                padding,
                lines: vec![(single_line(&glyphs), style)],
                align: if at == 0 { Align::Centre } else { place.align },
                vertical: Vertical::Middle,
                node: row.map_or(NodeId::DOCUMENT, |row| self.tree.add(role, row)),
            });
        }
        for cell in &cells {
            let width = cell
                .lines
                .iter()
                .map(|(line, style)| em(line.width, style.size))
                .max()
                .unwrap_or(0);
            if width > cell.width - 2 * padding {
                return Err(overflow(&grid.element, width + 2 * padding - cell.width));
            }
        }
        Ok((cells, self.sums_height(source)))
    }

    /// The row of sums at the foot of one page of a table: its marks from its upper edge, and its rules.
    pub(super) fn page_sums(
        &mut self,
        sums: &PageSums<'_>,
        amounts: &[i64],
    ) -> Result<(Vec<Mark>, Vec<Rule>), ComposeError> {
        let (cells, _) = self.sum_cells(&sums.grid, sums.total, amounts, None)?;
        let mut rules: Vec<Rule> = cells.iter().skip(1).map(|cell| Rule::Upright(cell.x)).collect();
        let (x, width) = (self.left, sums.grid.width());
        rules.push(Rule::Level { x, width });
        for cell in cells {
            self.put_cell(cell, 0, sums.height);
        }
        let marks = core::mem::take(&mut self.marks);
        let artifact = |mark| match mark {
            Mark::Open(_) => Mark::Artifact(ArtifactKind::Repeated),
            other => other,
        };
        Ok((marks.into_iter().map(artifact).collect(), rules))
    }
}

/// The cells of `row` that are summed, in hundredths; an empty cell counts nothing.
fn amounts(
    row: &[String],
    columns: &[usize],
    table: &Table,
    number: usize,
    element: &str,
) -> Result<Vec<i64>, ComposeError> {
    columns
        .iter()
        .map(|&column| match row.get(column).map_or("", String::as_str) {
            "" => Ok(0),
            text => cents(text).ok_or_else(|| ComposeError::Value {
                element: element.to_owned(),
                member: format!("tables.{}.rows[{number}][{column}]", table.label),
                expected: Format::Money.expected(),
            }),
        })
        .collect()
}
