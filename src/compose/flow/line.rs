//! Lines and paragraphs of the flow.

use super::setter::{Setter, Style, fill, line_aligned, overflow};
use crate::compose::error::ComposeError;
use crate::compose::lines::{Fill, Glyph, Line, Part, break_lines, single_line};
use crate::compose::marks::Class;
use crate::compose::page::{NodeId, Role};
use crate::compose::template::{Align, Level, LineSource, Paragraph};
use crate::compose::units::{em, in_em};

/// A full-width character has an advance of one em.
const FULL: i32 = 1000;

impl Setter<'_> {
    /// A single line in the flow.
    pub(super) fn line(
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
        let mut line = single_line(&self.glyphs(&pieces, source.font, element)?);
        line.space_out(source.spacing.value());
        let size = source.size.length();
        let width = em(line.width, size);
        if width > self.measure() {
            return Err(overflow(element, width - self.measure()));
        }
        let x = self.left + line_aligned(source.align.unwrap_or(align), &line, self.measure() - width);
        let style = Style {
            bold: source.bold,
            colour: source.colour,
            ..Style::plain(size, size, source.font)
        };
        self.galley.name(element);
        self.open_new(role, NodeId::DOCUMENT);
        self.put_as(line, x, 0, style, actual);
        self.close();
        self.galley.push(self.marks.len(), size, source.before.length());
        if role != Role::P {
            self.galley.keep_with_next();
        }
        Ok(())
    }

    pub(super) fn paragraph(&mut self, source: &Paragraph, element: &str) -> Result<(), ComposeError> {
        if !self.holds(source.when.as_ref()) {
            return Ok(());
        }
        let Some(pieces) = self.bind(&source.text, element, source.optional)? else {
            return Ok(());
        };
        let mut glyphs = self.glyphs(&pieces, source.font, element)?;
        let (size, pitch) = (source.size.length(), source.pitch.length());
        let hanging = source.hanging.value();
        let measure = in_em(self.measure(), size) - hanging;
        if measure < 2 * FULL {
            return Err(overflow(element, em(2 * FULL - measure, size)));
        }
        let fitted = match source.per_line {
            Some(per_line) => in_em(self.measure(), size) / per_line.0,
            None => FULL,
        };
        let spacing = source.spacing.value();
        fit(&mut glyphs, fitted, spacing);
        let style = Style {
            bold: source.bold,
            colour: source.colour,
            ..Style::plain(size, pitch, source.font)
        };
        let role = match source.heading {
            None => Role::P,
            Some(Level::One) => Role::H1,
            Some(Level::Two) => Role::H2,
            Some(Level::Three) => Role::H3,
        };
        self.galley.name(element);
        let mut before = source.before.length();
        let mut new_page = source.new_page;
        // Indents are counted in characters as they are fitted.
        let indent = source.indent.value() * fitted / FULL - hanging;
        // Every line feed starts a paragraph of its own, so each is indented.
        for part in glyphs.split(|glyph| glyph.character == '\n') {
            let fill = match fill(source.align) {
                Fill::Justified if source.hanging_marks => Fill::Hanging,
                fill => fill,
            };
            let mut lines = break_lines(part, measure, indent, fill);
            let count = lines.len();
            let node = self.tree.add(role, NodeId::DOCUMENT);
            for (number, mut line) in lines.drain(..).enumerate() {
                unfit(&mut line, fitted, spacing);
                let width = em(line.width + hanging, size);
                if width > self.measure() + size {
                    return Err(overflow(element, width - self.measure()));
                }
                let slack = (self.measure() - width).max(0);
                let x = self.left + em(hanging, size) + line_aligned(source.align, &line, slack);
                self.open(node);
                self.put(line, x, 0, style);
                self.close();
                // At least two lines of a paragraph stand on either side of a page's end.
                let joined = number == 1 || (number > 0 && number + 1 == count);
                let strip = self.galley.push(self.marks.len(), pitch, before);
                strip.joined |= joined || (number > 0 && source.heading.is_some());
                strip.new_page = core::mem::take(&mut new_page);
                before = 0;
            }
        }
        if source.heading.is_some() {
            self.galley.keep_with_next();
        }
        self.galley.space_after(source.after.length());
        Ok(())
    }
}

/// Gives full-width characters the advance `fitted` and all of them `spacing` more, so that lines are divided by that.
fn fit(glyphs: &mut [Glyph], fitted: i32, spacing: i32) {
    if fitted == FULL && spacing == 0 {
        return;
    }
    for glyph in glyphs.iter_mut().filter(|glyph| is_fitted(glyph)) {
        if glyph.advance == FULL {
            glyph.advance = fitted;
        }
        glyph.advance += spacing;
    }
}

/// Gives them their own advances back and moves what follows by the difference.
fn unfit(line: &mut Line, fitted: i32, spacing: i32) {
    if fitted == FULL && spacing == 0 {
        return;
    }
    let mut carried = 0;
    for placed in line
        .glyphs
        .iter_mut()
        .filter(|placed| placed.glyph.part == Part::First)
    {
        placed.before += core::mem::take(&mut carried);
        if !is_fitted(&placed.glyph) {
            continue;
        }
        placed.glyph.advance -= spacing;
        carried = spacing;
        if placed.glyph.advance == fitted {
            placed.glyph.advance = FULL;
            carried += fitted - FULL;
        }
    }
    line.width -= spacing;
}

/// Letters that are joined stay so.
fn is_fitted(glyph: &Glyph) -> bool {
    glyph.part == Part::First && !glyph.class.is(Class::SHAPED)
}
