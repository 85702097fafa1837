//! Placing the elements of a template on one page. What does not fit is an error that names it; nothing is cut off.

use super::backdrop::SAMPLE;
use super::chain::Fonts;
use super::error::ComposeError;
use super::lines::{Fill, Line, break_lines, glyphs, single_line};
use super::page::{ArtifactKind, CodePlace, Mark, NodeId, Page, Role, Run, SealPlace, Sheet, Tree};
use super::table;
use super::template::{Align, Block, CodeSource, IssuerSource, LineSource, NotesSource, Paragraph, Template};
use super::text::{Piece, Text};
use super::units::{Length, em, in_em, mm};
use crate::record::Record;

/// What the placing of every element needs.
pub(super) struct Setter<'a> {
    pub(super) record: &'a Record,
    pub(super) fonts: &'a Fonts,
    pub(super) left: Length,
    pub(super) right: Length,
    /// Where the next element of the flow starts.
    pub(super) y: Length,
    pub(super) marks: Vec<Mark>,
    pub(super) tree: Tree,
}

/// The ideographic em box of the em: 0.88 above the baseline, 0.12 below (OpenType 1.9, BASE `ideo`).
const ASCENT: i32 = 880;
/// Between the em box of the body's last line and what stands fixed below.
const CLEARANCE: Length = mm(2);
/// Small, for it stands in the margin.
const SAMPLE_SIZE: Length = 10_500;
/// What is read out in place of the code.
const CODE_ALTERNATIVE: &str = "核验二维码";

pub(super) fn lay_out(template: &Template, record: &Record, fonts: &Fonts) -> Result<Sheet, ComposeError> {
    let source = &template.source;
    let (width, height) = template.page_size();
    let margin = source.page.margin;
    let mut setter = Setter {
        record,
        fonts,
        left: margin.left.length(),
        right: width - margin.right.length(),
        y: height - margin.top.length(),
        marks: Vec::new(),
        tree: Tree::new(),
    };
    if setter.right - setter.left < mm(40) {
        return Err(overflow("page", mm(40) - (setter.right - setter.left)));
    }
    if record.sample() {
        setter.sample_mark()?;
    }
    setter.line(&source.title, "title", Align::Centre, Role::H1)?;
    if let Some(subtitle) = &source.subtitle {
        setter.line(subtitle, "subtitle", Align::Centre, Role::P)?;
    }
    if let Some(number) = &source.number {
        setter.line(number, "number", Align::Right, Role::P)?;
    }
    for (index, block) in source.body.iter().enumerate() {
        match block {
            Block::Paragraph(paragraph) => {
                setter.paragraph(paragraph, &format!("body[{index}] paragraph"))?;
            }
            Block::Rule(rule) => {
                setter.y -= rule.before.length() + rule.weight.length();
                let (x, width) = (setter.left, setter.right - setter.left);
                let (y, height) = (setter.y, rule.weight.length());
                setter.rule(x, y, width, height);
            }
            Block::Table(table) => table::set(&mut setter, table, &format!("body[{index}] table"))?,
        }
    }
    let body_end = setter.y;

    // What stands fixed at the foot, from below upwards; then nothing above may reach into it.
    let mut floor = margin.bottom.length();
    if let Some(footer) = &source.footer {
        setter.y = floor + footer.size.length();
        setter.line(footer, "footer", Align::Centre, Role::P)?;
        floor += footer.size.length() + CLEARANCE;
    }
    if let Some(notes) = &source.notes {
        floor = setter.notes(notes, floor)?;
    }
    clear("body", body_end, floor)?;
    let code = match &source.code {
        Some(code) => Some(setter.code(code, width, body_end, floor)?),
        None => None,
    };
    let seal = match &source.issuer {
        Some(issuer) => setter.issuer(issuer, body_end, floor, code.map(|(place, _)| place))?,
        None => None,
    };
    if let Some((CodePlace { x, y, side, .. }, figure)) = code {
        setter.open(figure);
        setter.marks.push(Mark::Code { x, y, side });
        setter.close();
    }
    let page = Page {
        width,
        height,
        marks: setter.marks,
    };
    Ok(Sheet {
        pages: vec![page],
        tree: setter.tree,
        code: code.map(|(place, _)| place),
        seals: seal.into_iter().collect(),
    })
}

impl Setter<'_> {
    /// The text bound to the record, or `None` for an optional one with a missing member.
    pub(super) fn bind(
        &self,
        text: &Text,
        element: &str,
        optional: bool,
    ) -> Result<Option<Vec<Piece>>, ComposeError> {
        text.bind(self.record, element, optional)
    }

    /// Bound text that may not be left out.
    pub(super) fn required(&self, text: &Text, element: &str) -> Result<Vec<Piece>, ComposeError> {
        Ok(self.bind(text, element, false)?.unwrap_or_default())
    }

    /// What is put from here to [`close`](Self::close) belongs to `node`.
    pub(super) fn open(&mut self, node: NodeId) {
        self.marks.push(Mark::Open(node));
    }

    /// As [`open`](Self::open), with a new node of `role` under `parent`.
    pub(super) fn open_new(&mut self, role: Role, parent: NodeId) -> NodeId {
        let node = self.tree.add(role, parent);
        self.open(node);
        node
    }

    pub(super) fn close(&mut self) {
        self.marks.push(Mark::Close);
    }

    /// A rule or frame line, which says nothing.
    pub(super) fn rule(&mut self, x: Length, y: Length, width: Length, height: Length) {
        self.marks.push(Mark::Artifact(ArtifactKind::Layout));
        self.marks.push(Mark::Fill { x, y, width, height });
        self.close();
    }

    /// Puts one line with its em box between `top` and `top - pitch`.
    pub(super) fn put(
        &mut self,
        line: Line,
        x: Length,
        top: Length,
        (size, pitch): (Length, Length),
        bold: bool,
    ) {
        let y = baseline(top, size, pitch);
        self.marks.push(Mark::Text(Run {
            x,
            y,
            size,
            bold,
            line,
            actual: None,
        }));
    }

    /// The words that tell a sample, in the top margin; the backdrop draws them large.
    fn sample_mark(&mut self) -> Result<(), ComposeError> {
        let line = single_line(&glyphs(self.fonts, &[Piece::literal(SAMPLE)], "sample mark")?);
        let x = self.right - em(line.width, SAMPLE_SIZE);
        let top = self.y + 2 * SAMPLE_SIZE;
        self.open_new(Role::P, NodeId::DOCUMENT);
        self.put(line, x, top, (SAMPLE_SIZE, SAMPLE_SIZE), false);
        self.close();
        Ok(())
    }

    /// Moves the pen down; below the page's edge is too far, whatever comes later.
    pub(super) fn advance(&mut self, height: Length, element: &str) -> Result<(), ComposeError> {
        self.y = self.y.saturating_sub(height);
        clear(element, self.y, 0)
    }

    /// A single line in the flow.
    fn line(
        &mut self,
        source: &LineSource,
        element: &str,
        align: Align,
        role: Role,
    ) -> Result<(), ComposeError> {
        let pieces = self.required(&source.text, element)?;
        let actual = (source.spacing.value() > 0).then(|| {
            let text: String = pieces.iter().map(|piece| piece.text.as_str()).collect();
            text.into()
        });
        let mut line = single_line(&glyphs(self.fonts, &pieces, element)?);
        line.space_out(source.spacing.value());
        let size = source.size.length();
        let measure = self.right - self.left;
        let width = em(line.width, size);
        if width > measure {
            return Err(overflow(element, width - measure));
        }
        let x = self.left + aligned(source.align.unwrap_or(align), measure - width);
        let top = self.y - source.before.length();
        self.open_new(role, NodeId::DOCUMENT);
        self.marks.push(Mark::Text(Run {
            x,
            y: baseline(top, size, size),
            size,
            bold: source.bold,
            line,
            actual,
        }));
        self.close();
        self.y = top - size;
        Ok(())
    }

    fn paragraph(&mut self, source: &Paragraph, element: &str) -> Result<(), ComposeError> {
        let Some(pieces) = self.bind(&source.text, element, source.optional)? else {
            return Ok(());
        };
        let glyphs = glyphs(self.fonts, &pieces, element)?;
        let (size, pitch) = (source.size.length(), source.pitch.length());
        let measure = self.right - self.left;
        let fill = if source.align == Align::Justify {
            Fill::Justified
        } else {
            Fill::Ragged
        };
        self.y -= source.before.length();
        // Every line feed starts a paragraph of its own, so each is indented.
        for part in glyphs.split(|glyph| glyph.character == '\n') {
            self.open_new(Role::P, NodeId::DOCUMENT);
            for line in break_lines(part, in_em(measure, size), source.indent.value(), fill) {
                let slack = measure - em(line.width, size);
                let x = self.left + aligned(source.align, slack.max(0));
                self.put(line, x, self.y, (size, pitch), source.bold);
                self.advance(pitch, element)?;
            }
            self.close();
        }
        Ok(())
    }

    /// The small print above `floor`; returns the new floor.
    fn notes(&mut self, source: &NotesSource, floor: Length) -> Result<Length, ComposeError> {
        let (size, pitch) = (source.size.length(), source.pitch.length());
        let measure = self.right - self.left;
        let mut notes = Vec::new();
        for (index, text) in source.lines.iter().enumerate() {
            let element = format!("notes.lines[{index}]");
            let pieces = self.required(text, &element)?;
            let set = glyphs(self.fonts, &pieces, &element)?;
            notes.push(break_lines(&set, in_em(measure, size), 0, Fill::Ragged));
        }
        let count = notes.iter().map(Vec::len).sum::<usize>();
        let height = pitch.saturating_mul(i32::try_from(count).unwrap_or(i32::MAX));
        if height > mm(300) {
            return Err(overflow("notes", height - mm(300)));
        }
        let mut top = floor + height;
        let ceiling = top + if source.rule { mm(2) } else { 0 };
        for lines in notes {
            self.open_new(Role::Note, NodeId::DOCUMENT);
            for line in lines {
                self.put(line, self.left, top, (size, pitch), false);
                top -= pitch;
            }
            self.close();
        }
        if source.rule {
            self.rule(self.left, ceiling, measure, 500);
        }
        Ok(ceiling + CLEARANCE)
    }

    /// The square of the code and the words under it.
    fn code(
        &mut self,
        source: &CodeSource,
        page_width: Length,
        body_end: Length,
        floor: Length,
    ) -> Result<(CodePlace, NodeId), ComposeError> {
        let (side, x, y) = (source.side.length(), source.left.length(), source.bottom.length());
        let mut lowest = y;
        let figure = self.open_new(Role::Figure, NodeId::DOCUMENT);
        if let Some(node) = self.tree.node_mut(figure) {
            node.alt = Some(CODE_ALTERNATIVE.into());
        }

        if let Some(caption) = &source.caption {
            let pieces = self.required(caption, "code caption")?;
            let line = single_line(&glyphs(self.fonts, &pieces, "code caption")?);
            let size = source.caption_size.length();
            let at = x + (side - em(line.width, size)) / 2;
            // The code's own quiet zone is the space between.
            self.open_new(Role::P, NodeId::DOCUMENT);
            self.put(line, at, y, (size, size), false);
            self.close();
            lowest -= size;
        }
        clear("code", lowest, floor - CLEARANCE)?;
        clear("body", body_end, y + side)?;
        if x + side > page_width {
            return Err(overflow("code", x + side - page_width));
        }
        Ok((CodePlace { page: 0, x, y, side }, figure))
    }

    /// The issuer's name centred over the date, the date `indent` from the right (GB/T 9704-2012, 7.3.5.1); returns the seal's place.
    fn issuer(
        &mut self,
        source: &IssuerSource,
        body_end: Length,
        floor: Length,
        code: Option<CodePlace>,
    ) -> Result<Option<SealPlace>, ComposeError> {
        let (size, pitch) = (source.size.length(), source.pitch.length());
        let pieces = self.required(&source.name, "issuer name")?;
        let name_text: String = pieces.iter().map(|piece| piece.text.as_str()).collect();
        let name = single_line(&glyphs(self.fonts, &pieces, "issuer name")?);
        let pieces = self.required(&source.date, "issuer date")?;
        let date = single_line(&glyphs(self.fonts, &pieces, "issuer date")?);
        let (name_width, date_width) = (em(name.width, size), em(date.width, size));
        let diameter = source.seal.length();
        let radius = diameter / 2;

        // The name may be wider than the date is indented: then both move to the left until the name ends at the margin.
        let centre = (self.right - em(source.indent.value(), size) - date_width / 2)
            .min(self.right - name_width / 2)
            .min(self.right - radius);
        let left = centre - (name_width / 2).max(radius);
        let limit = match code {
            Some(code) if code.x < self.right => code.x + code.side,
            _ => self.left,
        };
        if left < limit {
            return Err(overflow("issuer", limit.saturating_sub(left)));
        }
        // Name and date lie in the lower middle of the seal: its centre is above the line between them.
        let rise = diameter / 10;
        let top = match source.bottom {
            Some(bottom) => bottom.length() + 2 * pitch,
            None => body_end - source.before.length() - (radius + rise - pitch).max(0),
        };
        let seal_centre = top - pitch + rise;
        // GB/T 9704-2012, 7.3.5.1: the seal's top is within one line of the text, so it may reach into one line and no more.
        let reach = if diameter > 0 {
            seal_centre + radius - pitch
        } else {
            top
        };
        clear("body", body_end, reach.max(top))?;
        let lowest = (top - 2 * pitch).min(if diameter > 0 {
            seal_centre - radius
        } else {
            i32::MAX
        });
        clear("issuer", lowest, floor - CLEARANCE)?;

        for (line, width, top) in [(name, name_width, top), (date, date_width, top - pitch)] {
            self.open_new(Role::P, NodeId::DOCUMENT);
            self.put(line, centre - width / 2, top, (size, pitch), false);
            self.close();
        }
        Ok((diameter > 0).then_some(SealPlace {
            page: 0,
            name: name_text,
            x: centre,
            y: seal_centre,
        }))
    }
}

/// The baseline of text whose line box starts at `top`.
pub(super) fn baseline(top: Length, size: Length, pitch: Length) -> Length {
    top - (pitch - size) / 2 - em(ASCENT, size)
}

pub(super) fn aligned(align: Align, slack: Length) -> Length {
    match align {
        Align::Left | Align::Justify => 0,
        Align::Centre => slack / 2,
        Align::Right => slack,
    }
}

/// `element` ends at `end` and must not go below `floor`.
fn clear(element: &str, end: Length, floor: Length) -> Result<(), ComposeError> {
    if end < floor {
        Err(overflow(element, floor - end))
    } else {
        Ok(())
    }
}

pub(super) fn overflow(element: &str, over: Length) -> ComposeError {
    let over_mm = u32::try_from(over.max(1)).unwrap_or(1).div_ceil(2_835);
    ComposeError::Overflow {
        element: element.to_owned(),
        over_mm,
    }
}
