//! What stands around the body: header and footer of every page, small print, the square of the code.

use super::setter::{Setter, Style, aligned, clear, line_aligned, overflow};
use crate::compose::backdrop::SAMPLE;
use crate::compose::chain::Typeface;
use crate::compose::error::ComposeError;
use crate::compose::lines::{Fill, Line, break_lines, single_line};
use crate::compose::page::{ArtifactKind, CodePlace, Mark, NodeId, Role};
use crate::compose::template::{Align, CodeSource, MarginSource, NotesSource, NotesStyle, Piece};
use crate::compose::units::{Length, Mm, em, in_em, mm};

/// Between the em box of the body's last line and what stands fixed below.
pub(super) const CLEARANCE: Length = mm(2);
/// Small, for it stands in the margin.
const SAMPLE_SIZE: Length = 10_500;
/// What is read out in place of the code.
const CODE_ALTERNATIVE: &str = "核验二维码";
/// 0.35 mm and 0.25 mm, the first and last and the other rules of the 版记 (GB/T 9704-2012, 7.4.1).
const RECORD_RULES: (Length, Length) = (992, 709);

/// The small print with its text divided into lines.
pub(super) struct Notes<'a> {
    source: &'a NotesSource,
    lines: Vec<Vec<Line>>,
    closing: Option<[Line; 2]>,
    /// With rules and the space above.
    height: Length,
}

impl Notes<'_> {
    /// How much of the page above the margin it takes.
    pub(super) fn height(&self) -> Length {
        self.height
    }
}

impl<'a> Setter<'a> {
    /// The words that tell a sample, in the top margin; the backdrop draws them large.
    pub(super) fn sample_mark(&mut self, top: Length, first: bool) -> Result<(), ComposeError> {
        let pieces = [Piece::literal(SAMPLE)];
        let style = Style::plain(SAMPLE_SIZE, SAMPLE_SIZE, Typeface::Song);
        let line = single_line(&self.glyphs(&pieces, style.font, "sample mark")?);
        let x = self.right - em(line.width, SAMPLE_SIZE);
        if first {
            self.open_new(Role::P, NodeId::DOCUMENT);
        } else {
            self.marks.push(Mark::Artifact(ArtifactKind::Header));
        }
        self.put(line, x, top + 2 * SAMPLE_SIZE, style);
        self.close();
        Ok(())
    }

    /// How far above the type area the header reaches.
    pub(super) fn header_height(source: &MarginSource) -> Length {
        source.away.map_or(mm(5), Mm::length) + source.size.length()
    }

    /// How much of the type area the footer takes on every page.
    pub(super) fn footer_height(source: &MarginSource) -> Length {
        match source.away {
            Some(_) => 0,
            None => source.size.length() + CLEARANCE,
        }
    }

    /// Puts the line that every page repeats, beyond `edge`: the upper or the lower edge of the type area.
    pub(super) fn margin_line(
        &mut self,
        source: &MarginSource,
        kind: ArtifactKind,
        edge: Length,
        (page, pages): (usize, usize),
    ) -> Result<(), ComposeError> {
        let element = match kind {
            ArtifactKind::Header => "header",
            _ => "footer",
        };
        let text = match (&source.first, page) {
            (Some(first), 1) => first,
            _ => &source.text,
        };
        let mut binding = self.binding();
        binding.page = (page, pages);
        let pieces = text.0.bind(binding, element, false)?.unwrap_or_default();
        let line = single_line(&self.glyphs(&pieces, source.font, element)?);
        if line.glyphs.is_empty() {
            return Ok(());
        }
        let size = source.size.length();
        let width = em(line.width, size);
        let indent = em(source.indent.value(), size);
        let room = self.measure() - indent;
        if width > room {
            return Err(overflow(element, width - room));
        }
        let align = match source.even_align {
            Some(even) if page % 2 == 0 => even,
            _ => source.align.unwrap_or(Align::Centre),
        };
        let x = self.left
            + match align {
                Align::Left | Align::Justify => indent,
                Align::Centre => (self.measure() - width) / 2,
                Align::Right => room - width,
            };
        let away = source.away.map(Mm::length);
        let (top, rule) = match kind {
            ArtifactKind::Header => {
                let bottom = edge + away.unwrap_or(mm(5));
                (bottom + size, bottom - mm(1))
            }
            // The line's upper edge is that far below the type area, or it is the last line within.
            _ => match away {
                Some(away) => (edge - away, edge - away + mm(1)),
                None => (edge + size, edge + size + mm(1)),
            },
        };
        clear(element, top - size, 0)?;
        self.marks.push(Mark::Artifact(kind));
        let style = Style {
            bold: source.bold,
            colour: source.colour,
            ..Style::plain(size, size, source.font)
        };
        self.put(line, x, top, style);
        self.close();
        if let Some(weight) = source.rule {
            self.rule(self.left, rule, self.measure(), weight.length());
        }
        Ok(())
    }

    /// Sets the small print.
    pub(super) fn notes(&self, source: &'a NotesSource) -> Result<Notes<'a>, ComposeError> {
        let (size, pitch) = (source.size.length(), source.pitch.length());
        let inset = em(source.inset.value(), size);
        let measure = in_em(self.measure() - 2 * inset, size);
        let hanging = source.hanging.value();
        if measure - hanging < 2_000 {
            return Err(overflow("notes", em(2_000 - measure + hanging, size)));
        }
        let mut lines = Vec::new();
        for (index, text) in source.lines.iter().enumerate() {
            let element = format!("notes.lines[{index}]");
            let pieces = self.required(text, &element)?;
            let set = self.glyphs(&pieces, source.font, &element)?;
            lines.push(break_lines(&set, measure - hanging, -hanging, Fill::Ragged));
        }
        let closing = match &source.closing {
            Some(ends) => {
                let mut set = [Line::default(), Line::default()];
                for (text, line) in [&ends.left, &ends.right].into_iter().zip(&mut set) {
                    let pieces = self.required(text, "notes.closing")?;
                    *line = single_line(&self.glyphs(&pieces, source.font, "notes.closing")?);
                }
                let width: i32 = set.iter().map(|line| line.width).sum();
                if width + 1000 > measure {
                    return Err(overflow("notes.closing", em(width + 1000 - measure, size)));
                }
                Some(set)
            }
            None => None,
        };
        let count = lines.iter().map(Vec::len).sum::<usize>() + usize::from(closing.is_some());
        let text = pitch.saturating_mul(i32::try_from(count).unwrap_or(i32::MAX));
        if text > mm(300) {
            return Err(overflow("notes", text - mm(300)));
        }
        let rule = if source.rule { mm(2) } else { 0 };
        Ok(Notes {
            source,
            lines,
            closing,
            height: text + rule + CLEARANCE,
        })
    }

    /// Puts the small print so that it ends at `floor`.
    pub(super) fn put_notes(&mut self, notes: Notes<'_>, floor: Length) {
        let source = notes.source;
        let (size, pitch) = (source.size.length(), source.pitch.length());
        let record = source.style == NotesStyle::Record;
        let inset = em(source.inset.value(), size);
        let hanging = em(source.hanging.value(), size);
        let style = Style::plain(size, pitch, source.font);
        let mut top = floor + notes.height - CLEARANCE;
        if source.rule {
            self.rule(self.left, top, self.measure(), 500);
            top -= mm(2);
        }
        let (outer, inner) = RECORD_RULES;
        let mut weight = outer;
        for lines in notes.lines {
            if record {
                self.rule(self.left, top - weight / 2, self.measure(), weight);
                weight = inner;
            }
            self.open_new(Role::Note, NodeId::DOCUMENT);
            for line in lines {
                let slack = self.measure() - 2 * inset - hanging - em(line.width, size);
                let x = self.left + inset + hanging + line_aligned(Align::Left, &line, slack.max(0));
                self.put(line, x, top, style);
                top -= pitch;
            }
            self.close();
        }
        if let Some([left, right]) = notes.closing {
            if record {
                self.rule(self.left, top - weight / 2, self.measure(), weight);
            }
            let x = self.right - inset - em(right.width, size);
            for (line, x) in [(left, self.left + inset), (right, x)] {
                self.open_new(Role::Note, NodeId::DOCUMENT);
                self.put(line, x, top, style);
                self.close();
            }
            top -= pitch;
        }
        if record {
            self.rule(self.left, top - outer / 2, self.measure(), outer);
        }
    }

    /// Where the code stands, and how far down its caption goes.
    pub(super) fn code_place(
        source: &CodeSource,
        page_width: Length,
    ) -> Result<(CodePlace, Length), ComposeError> {
        let (side, x, y) = (source.side.length(), source.left.length(), source.bottom.length());
        if x + side > page_width {
            return Err(overflow("code", x + side - page_width));
        }
        let caption = if source.caption.is_some() {
            source.caption_size.length()
        } else {
            0
        };
        let place = CodePlace { page: 0, x, y, side };
        Ok((place, y - caption))
    }

    /// The square of the code, a child of `parent`.
    pub(super) fn put_code_square(&mut self, place: CodePlace, parent: NodeId) {
        let CodePlace { x, y, side, .. } = place;
        let figure = self.open_new(Role::Figure, parent);
        if let Some(node) = self.tree.node_mut(figure) {
            node.alt = Some(CODE_ALTERNATIVE.into());
        }
        self.marks.push(Mark::Code { x, y, side });
        self.close();
    }

    /// The square of the code and the words under it.
    pub(super) fn put_code(&mut self, source: &CodeSource, place: CodePlace) -> Result<(), ComposeError> {
        let CodePlace { x, y, side, .. } = place;
        self.put_code_square(place, NodeId::DOCUMENT);
        if let Some(caption) = &source.caption {
            let pieces = self.required(caption, "code caption")?;
            let style = Style::plain(
                source.caption_size.length(),
                source.caption_size.length(),
                Typeface::Song,
            );
            let line = single_line(&self.glyphs(&pieces, style.font, "code caption")?);
            let at = x + aligned(Align::Centre, side - em(line.width, style.size));
            self.open_new(Role::P, NodeId::DOCUMENT);
            // The code's own quiet zone is the space between.
            self.put(line, at, y, style);
            self.close();
        }
        Ok(())
    }
}
