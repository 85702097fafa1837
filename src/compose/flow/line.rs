//! Lines and paragraphs of the flow.

use super::cell::balanced;
use super::setter::{Setter, Style, fill, line_aligned, overflow};
use crate::compose::chain::Typeface;
use crate::compose::error::ComposeError;
use crate::compose::lines::{Fill, Glyph, Part, break_lines, single_line};
use crate::compose::marks::Class;
use crate::compose::page::{NodeId, Role};
use crate::compose::template::{Align, Level, LineSource, Paragraph, Piece};
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
            self.heading = 1;
            self.galley.keep_with_next();
        }
        Ok(())
    }

    /// The role of a heading; no level is left out on the way down (PDF/UA-1, 7.4.2).
    pub(super) fn role(&mut self, heading: Option<Level>) -> Role {
        let wanted = match heading {
            None => return Role::P,
            Some(Level::One) => 1,
            Some(Level::Two) => 2,
            Some(Level::Three) => 3,
        };
        self.heading = (self.heading + 1).min(wanted);
        match self.heading {
            1 => Role::H1,
            2 => Role::H2,
            _ => Role::H3,
        }
    }

    pub(super) fn paragraph(&mut self, source: &Paragraph, element: &str) -> Result<(), ComposeError> {
        if !self.holds(source.when.as_ref()) {
            return Ok(());
        }
        let Some(pieces) = self.bind(&source.text, element, source.optional)? else {
            return Ok(());
        };
        let (size, pitch) = (source.size.length(), source.pitch.length());
        let hanging = source.hanging.value();
        let measure = in_em(self.measure(), size) - hanging;
        if measure < 2 * FULL {
            return Err(overflow(element, em(2 * FULL - measure, size)));
        }
        let fitted = match source.per_line {
            Some(per_line) => (in_em(self.measure(), size) / per_line.0).min(3 * FULL),
            None => FULL,
        };
        // Closer together, characters would touch.
        if fitted < FULL * 9 / 10 {
            return Err(overflow(element, em(FULL - fitted, size)));
        }
        let spacing = source.spacing.value();
        let style = Style {
            bold: source.bold,
            colour: source.colour,
            ..Style::plain(size, pitch, source.font)
        };
        let role = self.role(source.heading);
        self.galley.name(element);
        let mut before = source.before.length();
        let mut new_page = source.new_page;
        // Indents are counted in characters as they are fitted.
        let indent = source.indent.value() * fitted / FULL - hanging;
        // Every line feed starts a paragraph of its own, so each is indented.
        for part in paragraphs(pieces) {
            let level = if source.levels { level(&part) } else { None };
            let (role, font) = match level {
                Some((level, font)) => (self.role(Some(level)), font),
                None => (role, source.font),
            };
            let style = Style { font, ..style };
            let mut glyphs = self.glyphs(&part, font, element)?;
            if (fitted, spacing) != (FULL, 0) {
                fit(&mut glyphs, fitted, spacing);
            }
            let fill = match fill(source.align) {
                Fill::Justified if source.hanging_marks => Fill::Hanging,
                fill => fill,
            };
            let lines = if source.heading.is_some() && source.align == Align::Centre {
                balanced(&glyphs, measure)
            } else {
                break_lines(&glyphs, measure, indent, fill)
            };
            let count = lines.len();
            let node = self.tree.add(role, NodeId::DOCUMENT);
            for (number, mut line) in lines.into_iter().enumerate() {
                // What is spaced out has no space after its last character.
                line.width -= spacing;
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
                let heading = level.is_some() || source.heading.is_some();
                strip.joined |= joined || (number > 0 && heading);
                strip.new_page = core::mem::take(&mut new_page);
                before = 0;
            }
            if level.is_some() {
                self.galley.keep_with_next();
            }
        }
        if source.heading.is_some() {
            self.galley.keep_with_next();
        }
        self.galley.space_after(source.after.length());
        Ok(())
    }
}

/// The pieces of every paragraph of a text, which line feeds divide.
fn paragraphs(pieces: Vec<Piece>) -> Vec<Vec<Piece>> {
    let mut parts = vec![Vec::new()];
    for piece in pieces {
        if !piece.text.contains('\n') {
            if let Some(part) = parts.last_mut() {
                part.push(piece);
            }
            continue;
        }
        for (number, text) in piece.text.split('\n').enumerate() {
            if number > 0 {
                parts.push(Vec::new());
            }
            if let Some(part) = parts.last_mut() {
                part.push(Piece {
                    text: text.to_owned(),
                    member: piece.member.clone(),
                });
            }
        }
    }
    parts
}

/// The role and the font of a line that is only a heading: 一、 in 黑体, （一） in 楷体 (GB/T 9704-2012, 7.3.3).
fn level(part: &[Piece]) -> Option<(Level, Typeface)> {
    // Longer than any heading; what has a full stop is text that only starts like one.
    const MOST: usize = 60;
    let characters = part.iter().flat_map(|piece| piece.text.chars());
    let text: String = characters.take(MOST + 1).collect();
    if text.chars().count() > MOST || text.contains(['。', '；', '：', '！', '？']) {
        return None;
    }
    let counted = |text: &str| {
        let count = text
            .chars()
            .take_while(|c| "一二三四五六七八九十百".contains(*c))
            .count();
        (count > 0).then_some(count)
    };
    let after = |text: &str, count: usize| text.chars().nth(count);
    if let Some(rest) = text.strip_prefix('（') {
        let count = counted(rest)?;
        return (after(rest, count) == Some('）')).then_some((Level::Three, Typeface::Kai));
    }
    let count = counted(&text)?;
    (after(&text, count) == Some('、')).then_some((Level::Two, Typeface::Hei))
}

/// Gives full-width characters the advance `fitted` and all of them `spacing` more; lines are divided and drawn by that.
fn fit(glyphs: &mut [Glyph], fitted: i32, spacing: i32) {
    for glyph in glyphs.iter_mut().filter(|glyph| is_fitted(glyph)) {
        let full = if glyph.advance == FULL { fitted - FULL } else { 0 };
        glyph.advance += full + spacing;
        glyph.kern = glyph
            .kern
            .saturating_add(i16::try_from(full + spacing).unwrap_or(i16::MAX));
    }
}

/// Letters that are joined stay so.
fn is_fitted(glyph: &Glyph) -> bool {
    glyph.part == Part::First && !glyph.class.is(Class::SHAPED)
}
