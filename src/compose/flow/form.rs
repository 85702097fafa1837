//! Forms: a grid of cells of which some are merged, with labels, values, pictures and places to sign.

use super::cell::{ROW_PADDING, SetCell, SetRow};
use super::galley::{Frame, Rule};
use super::setter::{Setter, Style, fill, overflow};
use super::table::label_lines;
use crate::compose::error::ComposeError;
use crate::compose::lines::{Line, break_lines, single_line};
use crate::compose::page::{CodePlace, FieldPlace, NodeId, Role, SealPlace};
use crate::compose::template::{Align, Cell, Form, Sign, Vertical};
use crate::compose::units::{Length, Mm, em, in_em, mm};

/// Space between a rule and the text beside it.
const PADDING: Length = mm(1) + mm(1) / 2;

/// A cell with its text, before it is known how high its rows are.
struct Prepared<'a> {
    source: &'a Cell,
    set: SetCell,
    row: usize,
    rows: usize,
    picture: Option<usize>,
    sign: Option<Signed>,
}

/// What is signed with, at the lower right of a cell.
struct Signed {
    name: String,
    lines: [Line; 2],
    style: Style,
    seal: Length,
}

impl Signed {
    fn height(&self) -> Length {
        (2 * self.style.pitch).max(self.seal) + ROW_PADDING
    }
}

impl<'a> Setter<'a> {
    /// Sets `form`.
    pub(super) fn form(&mut self, form: &'a Form, element: &str) -> Result<(), ComposeError> {
        if !self.holds(form.when.as_ref()) {
            return Ok(());
        }
        let edges = self.edges(form);
        let table = self.tree.add(Role::Table, NodeId::DOCUMENT);
        let (left, right, first) = (self.left, self.right, self.galley.strips.len());
        let frame = self.galley.frame(Frame {
            left,
            right,
            first,
            ruled: true,
            head: None,
            sums: None,
        });
        let mut cells = Vec::new();
        let mut taken = vec![0_usize; edges.len().saturating_sub(1)];
        for (row, source) in form.rows.iter().enumerate() {
            let node = self.tree.add(Role::Tr, table);
            let mut column = 0;
            for cell in &source.get_ref().cells {
                while taken.get(column).is_some_and(|&rows| rows > row) {
                    column += 1;
                }
                let end = column + cell.span.columns;
                let (Some(&x), Some(&to)) = (edges.get(column), edges.get(end)) else {
                    // Reading the template has made sure that cells lie in the grid.
                    break;
                };
                let element = format!("{element} row {} column {}", row + 1, column + 1);
                cells.push(self.form_cell(form, cell, (x, to - x), (row, node), &element)?);
                if let Some(places) = taken.get_mut(column..end) {
                    places.fill(row + cell.span.rows);
                }
                column = end;
            }
        }
        let heights = heights(form, &cells);
        self.form_rows(form, cells, &heights, frame, element)
    }

    /// The left edge of every column, and the right edge of the last.
    fn edges(&self, form: &Form) -> Vec<Length> {
        let shares = form.columns.get_ref();
        let whole: i64 = shares.iter().map(|share| i64::from(share.0)).sum();
        let mut edges = vec![self.left];
        let mut given = 0;
        for share in shares {
            given += i64::from(share.0);
            let at = i64::from(self.measure()) * given / whole.max(1);
            edges.push(self.left + Length::try_from(at).unwrap_or(0));
        }
        edges
    }

    fn form_cell(
        &mut self,
        form: &Form,
        source: &'a Cell,
        (x, width): (Length, Length),
        (row, node): (usize, NodeId),
        element: &str,
    ) -> Result<Prepared<'a>, ComposeError> {
        let (size, pitch) = (form.size.length(), form.pitch.length());
        let room = width - 2 * PADDING;
        let least = source.code.map_or(size, Mm::length);
        if room < least {
            return Err(overflow(element, least - room));
        }
        let is_label = source.label.is_some();
        let mut lines = Vec::new();
        let mut align = source.align.unwrap_or(Align::Centre);
        if let Some(label) = &source.label {
            let style = Style::plain(size, pitch, form.label_font);
            let label = self.required(label, element)?;
            let label = self.glyphs(&label, form.label_font, element)?;
            let second = match &source.second {
                Some(second) => {
                    let pieces = self.required(second, element)?;
                    self.glyphs(&pieces, form.label_font, element)?
                }
                None => Vec::new(),
            };
            lines = label_lines(&label, &second, room, style);
        } else if let Some(value) = &source.value {
            align = source.align.unwrap_or(Align::Left);
            let style = Style::plain(size, pitch, form.font);
            let pieces = self.bind(value, element, source.optional)?.unwrap_or_default();
            let glyphs = self.glyphs(&pieces, form.font, element)?;
            for part in glyphs.split(|glyph| glyph.character == '\n') {
                let set = break_lines(part, in_em(room, size), source.indent.value(), fill(align));
                lines.extend(set.into_iter().map(|line| (line, style)));
            }
        }
        let picture = match &source.picture {
            Some(name) => match self.picture(name) {
                Some((number, _)) => Some(number),
                None if source.optional => None,
                None => {
                    return Err(ComposeError::MissingMember {
                        element: element.to_owned(),
                        member: format!("pictures.{name}"),
                    });
                }
            },
            None => None,
        };
        let sign = match &source.sign {
            Some(sign) => Some(self.signed(form, sign, room, element)?),
            None => None,
        };
        let cell = self.tree.add(if is_label { Role::Th } else { Role::Td }, node);
        if let Some(node) = self.tree.node_mut(cell) {
            let narrowed = |count: usize| u16::try_from(count).unwrap_or(u16::MAX);
            node.span = (narrowed(source.span.columns), narrowed(source.span.rows));
        }
        let alone = sign.is_none();
        Ok(Prepared {
            source,
            set: SetCell {
                x,
                width,
                padding: PADDING,
                lines,
                align,
                vertical: source
                    .vertical
                    .unwrap_or(if alone { Vertical::Middle } else { Vertical::Top }),
                node: cell,
            },
            row,
            rows: source.span.rows,
            picture,
            sign,
        })
    }

    fn signed(&self, form: &Form, sign: &Sign, room: Length, element: &str) -> Result<Signed, ComposeError> {
        let style = Style::plain(form.size.length(), form.pitch.length(), form.font);
        let name = self.required(&sign.name, element)?;
        let text: String = name.iter().map(|piece| piece.text.as_str()).collect();
        let name = single_line(&self.glyphs(&name, form.font, element)?);
        let date = self.required(&sign.date, element)?;
        let date = single_line(&self.glyphs(&date, form.font, element)?);
        let seal = sign.seal.length();
        let width = em(name.width.max(date.width), style.size).max(seal);
        if width > room {
            return Err(overflow(element, width - room));
        }
        Ok(Signed {
            name: text,
            lines: [name, date],
            style,
            seal,
        })
    }

    fn form_rows(
        &mut self,
        form: &Form,
        cells: Vec<Prepared<'_>>,
        heights: &[Length],
        frame: usize,
        element: &str,
    ) -> Result<(), ComposeError> {
        let mut before = form.before.length();
        let mut cells = cells.into_iter().peekable();
        // Down to which row a cell from above reaches, and where its uprights are.
        let mut spans: Vec<(usize, Length, Length)> = Vec::new();
        for (row, &height) in heights.iter().enumerate() {
            self.galley.name(&format!("{element} row {}", row + 1));
            let mut own = Vec::new();
            while let Some(cell) = cells.next_if(|cell| cell.row == row) {
                own.push(cell);
            }
            let continued = spans.iter().any(|span| span.0 > row);
            let simple = !continued
                && own.iter().all(|cell| {
                    cell.rows == 1
                        && cell.picture.is_none()
                        && cell.sign.is_none()
                        && cell.source.code.is_none()
                });
            if simple && height > self.room {
                let mut set: Vec<SetCell> = own.into_iter().map(|cell| cell.set).collect();
                let room = self.room;
                self.row(SetRow {
                    cells: &mut set,
                    height,
                    before,
                    frame,
                    room,
                });
                before = 0;
                continue;
            }
            if height > self.room {
                return Err(overflow(
                    &format!("{element} row {}", row + 1),
                    height - self.room,
                ));
            }
            spans.retain(|span| span.0 > row);
            for cell in own {
                spans.push((row + cell.rows, cell.set.x, cell.set.width));
                let down = total(heights.iter().skip(row).take(cell.rows));
                self.put_form_cell(cell, down, element)?;
            }
            for &(end, x, width) in &spans {
                if x > self.left {
                    self.galley.rules.push(Rule::Upright(x));
                }
                if end == row + 1 {
                    self.galley.rules.push(Rule::Level { x, width });
                }
            }
            let strip = self.galley.push(self.marks.len(), height, before);
            strip.frame = Some(frame);
            strip.joined |= continued;
            before = 0;
        }
        Ok(())
    }

    /// Puts a cell that goes from the upper edge of its first row `height` downwards.
    fn put_form_cell(
        &mut self,
        cell: Prepared<'_>,
        height: Length,
        element: &str,
    ) -> Result<(), ComposeError> {
        let (x, width, node) = (cell.set.x, cell.set.width, cell.set.node);
        let foot = cell.sign.as_ref().map_or(0, Signed::height);
        if let Some(side) = cell.source.code {
            let side = side.length();
            let place = CodePlace {
                page: 0,
                x: x + (width - side) / 2,
                y: -(height + side) / 2,
                side,
            };
            self.put_code_square(place, node);
            self.form_code = Some((self.galley.strips.len(), place));
        }
        if let Some(picture) = cell.picture {
            let figure = self.tree.add(Role::Figure, node);
            if let Some(text) = &cell.source.alternative {
                let text = self.spoken(text, element)?;
                if let Some(node) = self.tree.node_mut(figure) {
                    node.alt = Some(text);
                }
            }
            self.open(figure);
            let inner = (width - 2 * PADDING, height - 2 * PADDING);
            self.put_picture(picture, (x + PADDING, -PADDING), inner, Align::Centre);
            self.close();
        }
        self.put_cell(cell.set, 0, height - foot);
        if let Some(sign) = cell.sign {
            let Style { size, pitch, .. } = sign.style;
            let widest = sign
                .lines
                .iter()
                .map(|line| em(line.width, size))
                .max()
                .unwrap_or(0);
            let centre = x + width - PADDING - size.max(0) / 2 - (widest / 2).max(sign.seal / 2);
            // Name and date lie in the lower middle of the seal, as under a text (see the issuer).
            let middle = -height + ROW_PADDING + (pitch).max(sign.seal / 2);
            let top = middle - sign.seal / 10 + pitch;
            let top = top.max(-height + ROW_PADDING + 2 * pitch);
            self.open(node);
            for (number, line) in (0..).zip(sign.lines) {
                let x = centre - em(line.width, size) / 2;
                self.put(line, x, top - pitch * number, sign.style);
            }
            self.close();
            if sign.seal > 0 {
                let strip = self.galley.strips.len();
                let joint = self.record.joint().and(Some(self.record.issuers()));
                let issuer = joint.and_then(|mut issuers| issuers.find(|issuer| issuer.name == sign.name));
                let side = sign.seal;
                let field = issuer.map(|issuer| FieldPlace {
                    issuer: issuer.code.clone(),
                    side,
                });
                self.form_seals.push((
                    strip,
                    SealPlace {
                        page: 0,
                        name: sign.name,
                        x: centre,
                        y: middle,
                        field,
                    },
                ));
            }
        }
        Ok(())
    }
}

/// Heights added up; a form that no page holds is refused, whatever the sum.
fn total<'h>(heights: impl Iterator<Item = &'h Length>) -> Length {
    heights.fold(0, |sum, height| sum.saturating_add(*height))
}

/// The height of every row: the least, or what its cells need.
fn heights(form: &Form, cells: &[Prepared<'_>]) -> Vec<Length> {
    let mut heights: Vec<Length> = form
        .rows
        .iter()
        .map(|row| row.get_ref().height.unwrap_or(form.row_height).length())
        .collect();
    // Cells of one row first; then the last row of a merged cell grows by what it lacks.
    for single in [true, false] {
        for cell in cells.iter().filter(|cell| (cell.rows == 1) == single) {
            let needed = cell
                .set
                .height()
                .saturating_add(cell.sign.as_ref().map_or(0, Signed::height));
            let code = cell.source.code.map_or(0, |side| side.length() + 2 * PADDING);
            let needed = needed.max(code);
            let now = total(heights.iter().skip(cell.row).take(cell.rows));
            if let Some(last) = heights.get_mut(cell.row + cell.rows - 1) {
                *last = last.saturating_add(needed.saturating_sub(now).max(0));
            }
        }
    }
    heights
}
