//! Boxes: text, pictures and rules at fixed places of a page.

use super::setter::{Setter, Style, fill, line_aligned, overflow};
use crate::compose::error::ComposeError;
use crate::compose::lines::break_lines;
use crate::compose::page::{ArtifactKind, Mark, NodeId, Role};
use crate::compose::template::{Align, BoxSource, Pages, Vertical};
use crate::compose::units::{Length, Pt, em, in_em};

impl Setter<'_> {
    /// Puts a box on a page of `(width, height)`. What is on all pages says something on the `first` and is an artifact after it.
    pub(super) fn fixed(
        &mut self,
        source: &BoxSource,
        element: &str,
        (page_width, page_height): (Length, Length),
        first: bool,
    ) -> Result<(), ComposeError> {
        if !self.holds(source.when.as_ref()) {
            return Ok(());
        }
        let (x, width, height) = (
            source.left.length(),
            source.width.length(),
            source.height.length(),
        );
        let top = page_height - source.top.length();
        if x + width > page_width {
            return Err(overflow(element, x + width - page_width));
        }
        if top - height < 0 {
            return Err(overflow(element, height - top));
        }
        let repeated = source.pages == Pages::All && !first;
        if let Some(name) = &source.picture {
            match self.picture(name) {
                Some((number, _)) => {
                    if repeated {
                        self.marks.push(Mark::Artifact(ArtifactKind::Header));
                    } else {
                        let figure = self.open_new(Role::Figure, NodeId::DOCUMENT);
                        if let Some(text) = &source.alternative {
                            let text = self.spoken(text, element)?;
                            if let Some(node) = self.tree.node_mut(figure) {
                                node.alt = Some(text);
                            }
                        }
                    }
                    self.put_picture(number, (x, top), (width, height), source.align);
                    self.close();
                }
                None if source.optional => {}
                None => {
                    return Err(ComposeError::MissingMember {
                        element: element.to_owned(),
                        member: format!("pictures.{name}"),
                    });
                }
            }
        }
        if let Some(weight) = source.rule {
            let weight = weight.length();
            self.stroke(source, |setter| {
                setter.fill_rule(x, top - weight / 2, width, weight);
            });
        }
        if let Some(weight) = source.frame {
            let (weight, half) = (weight.length(), weight.length() / 2);
            self.stroke(source, |setter| {
                for y in [top, top - height] {
                    setter.fill_rule(x - half, y - half, width + weight, weight);
                }
                for x in [x, x + width] {
                    setter.fill_rule(x - half, top - height - half, weight, height + weight);
                }
            });
        }
        self.box_text(source, element, (x, top), repeated)
    }

    fn box_text(
        &mut self,
        source: &BoxSource,
        element: &str,
        (x, top): (Length, Length),
        repeated: bool,
    ) -> Result<(), ComposeError> {
        let Some(text) = &source.text else {
            return Ok(());
        };
        let Some(pieces) = self.bind(text, element, source.optional)? else {
            return Ok(());
        };
        let (width, height) = (source.width.length(), source.height.length());
        let size = source.size.length();
        let pitch = source.pitch.map_or(size + size / 4, Pt::length);
        let style = Style {
            bold: source.bold,
            colour: source.colour,
            ..Style::plain(size, pitch, source.font)
        };
        let glyphs = self.glyphs(&pieces, source.font, element)?;
        let lines = break_lines(&glyphs, in_em(width, size), 0, fill(source.align));
        let count = i32::try_from(lines.len()).unwrap_or(i32::MAX);
        let content = pitch.saturating_mul(count);
        if content > height {
            return Err(overflow(element, content - height));
        }
        let mut y = top
            - match source.vertical {
                Vertical::Top => 0,
                Vertical::Middle => (height - content) / 2,
                Vertical::Bottom => height - content,
            };
        if repeated {
            self.marks.push(Mark::Artifact(ArtifactKind::Header));
        } else {
            let role = self.role(source.heading);
            self.open_new(role, NodeId::DOCUMENT);
        }
        for line in lines {
            let slack = width - em(line.width, size);
            if slack < -size {
                return Err(overflow(element, -slack));
            }
            let align = if slack < 0 { Align::Left } else { source.align };
            let x = x + line_aligned(align, &line, slack);
            self.put(line, x, y, style);
            y -= pitch;
        }
        self.close();
        Ok(())
    }

    /// Draws rules in the colour of the box.
    fn stroke(&mut self, source: &BoxSource, draw: impl FnOnce(&mut Self)) {
        self.marks.push(Mark::Artifact(ArtifactKind::Layout));
        self.marks.push(Mark::Colour(source.colour.0));
        draw(self);
        self.marks.push(Mark::Colour([0, 0, 0]));
        self.close();
    }

    fn fill_rule(&mut self, x: Length, y: Length, width: Length, height: Length) {
        self.marks.push(Mark::Fill { x, y, width, height });
    }
}
