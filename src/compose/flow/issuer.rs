//! Who issued the document and when, with the places of the seals (GB/T 9704-2012, 7.3.5).

use super::setter::{Setter, Style, clear, overflow};
use crate::compose::error::ComposeError;
use crate::compose::lines::{Line, single_line};
use crate::compose::page::{CodePlace, FieldPlace, NodeId, Role, SealPlace};
use crate::compose::template::{IssuerSource, Piece};
use crate::compose::units::{Length, em, mm};
use crate::record::UnifiedCode;

/// Between the impressions of two seals, which must neither cross nor touch (GB/T 9704-2012, 7.3.5.2).
const SEAL_GAP: Length = mm(3);
/// The most names in a row: as many seals of 42 mm as a type area of 156 mm holds.
const ROW: usize = 3;

/// The block with its text set, before it is known where the body ends.
pub(super) struct Issuer<'a> {
    source: &'a IssuerSource,
    /// The bodies with their names as printed, at least one.
    names: Vec<Name>,
    date: Line,
    style: Style,
}

/// A body that issues.
struct Name {
    text: String,
    line: Line,
    /// Of a joint result, the body of the record that it is.
    issuer: Option<UnifiedCode>,
}

/// Where the block stands: names and their centres, the date's.
pub(super) struct Standing {
    /// Centre and upper edge of every name.
    names: Vec<(Length, Length)>,
    date: (Length, Length),
    seals: Vec<(Length, Length)>,
}

impl<'a> Setter<'a> {
    /// Sets the texts of the block.
    pub(super) fn issuer(&self, source: &'a IssuerSource) -> Result<Issuer<'a>, ComposeError> {
        let style = Style::plain(source.size.length(), source.pitch.length(), source.font);
        let joint = source
            .joint
            .iter()
            .filter(|joint| self.holds(joint.when.as_ref()));
        let mut texts = Vec::new();
        for name in core::iter::once(&source.name).chain(joint.map(|joint| &joint.name)) {
            texts.push((self.required(name, "issuer name")?, None));
        }
        self.joint_issuers(&mut texts);
        let mut names = Vec::new();
        for (pieces, issuer) in texts {
            let text: String = pieces.iter().map(|piece| piece.text.as_str()).collect();
            let line = single_line(&self.glyphs(&pieces, source.font, "issuer name")?);
            names.push(Name { text, line, issuer });
        }
        let pieces = self.required(&source.date, "issuer date")?;
        let date = single_line(&self.glyphs(&pieces, source.font, "issuer date")?);
        Ok(Issuer {
            source,
            names,
            date,
            style,
        })
    }

    /// Tells which body of a joint record each name is, and adds the names of those that the template does not bring.
    fn joint_issuers(&self, texts: &mut Vec<(Vec<Piece>, Option<UnifiedCode>)>) {
        if self.record.joint().is_none() {
            return;
        }
        for (at, issuer) in self.record.issuers().enumerate() {
            // The first name of the block is the leading body's, however the template writes it.
            let is_it = |pieces: &[Piece], place: usize| match (at, place) {
                (0, _) | (_, 0) => at == place,
                _ => {
                    let text = pieces.iter().map(|piece| piece.text.as_str());
                    text.collect::<String>() == issuer.name
                }
            };
            let code = Some(issuer.code.clone());
            let mut printed = texts.iter_mut().zip(0..);
            match printed.find(|((pieces, _), place)| is_it(pieces, *place)) {
                Some(((_, known), _)) => *known = code,
                None => texts.push((vec![Piece::literal(&issuer.name)], code)),
            }
        }
    }

    /// Puts the block where it stands and returns the places of its seals.
    pub(super) fn put_issuer(
        &mut self,
        issuer: Issuer<'_>,
        standing: &Standing,
        page: usize,
    ) -> Vec<SealPlace> {
        let style = issuer.style;
        let size = style.size;
        let mut seals = Vec::with_capacity(standing.seals.len());
        let mut places = standing.seals.iter();
        let side = issuer.source.seal.length();
        for (name, &(centre, top)) in issuer.names.into_iter().zip(&standing.names) {
            let Name { text, line, issuer } = name;
            self.open_new(Role::P, NodeId::DOCUMENT);
            let x = centre - em(line.width, size) / 2;
            self.put(line, x, top, style);
            self.close();
            if let Some(&(x, y)) = places.next() {
                let field = issuer.map(|issuer| FieldPlace { issuer, side });
                seals.push(SealPlace {
                    page,
                    name: text,
                    x,
                    y,
                    field,
                });
            }
        }
        self.open_new(Role::P, NodeId::DOCUMENT);
        let (centre, top) = standing.date;
        let x = centre - em(issuer.date.width, size) / 2;
        self.put(issuer.date, x, top, style);
        self.close();
        seals
    }
}

impl Issuer<'_> {
    /// Where the block stands if the body ends at `body_end` and nothing may go below `floor`.
    ///
    /// # Errors
    /// Occurs if it has no room there.
    pub(super) fn stand(
        &self,
        (left, right): (Length, Length),
        body_end: Length,
        floor: Length,
        code: Option<CodePlace>,
    ) -> Result<Standing, ComposeError> {
        // The whole width above the code, or what it leaves beside it.
        let Some(code) = code.filter(|code| code.x < right) else {
            return self.stand_in((left, right), body_end, floor);
        };
        let above = self.stand_in((left, right), body_end, floor.max(code.y + code.side));
        above.or_else(|_| self.stand_in((code.x + code.side, right), body_end, floor))
    }

    fn stand_in(
        &self,
        (limit, right): (Length, Length),
        body_end: Length,
        floor: Length,
    ) -> Result<Standing, ComposeError> {
        let standing = if self.names.len() == 1 {
            self.alone(limit, right, body_end)?
        } else {
            self.together(limit, right, body_end)?
        };
        let pitch = self.style.pitch;
        let radius = self.source.seal.length() / 2;
        let first = standing.names.first().map_or(0, |name| name.1);
        // GB/T 9704-2012, 7.3.5.1: the seal's top is within one line of the text, so it may reach into one line and no more.
        let reach = match standing.seals.first() {
            Some(seal) => seal.1 + radius - pitch,
            None => first,
        };
        clear("body", body_end, reach.max(first))?;
        let lowest_seal = standing.seals.last().map_or(i32::MAX, |seal| seal.1 - radius);
        clear("issuer", (standing.date.1 - pitch).min(lowest_seal), floor)?;
        Ok(standing)
    }

    /// Where the upper edge of the name stands whose date ends the block.
    fn top(&self, body_end: Length) -> Length {
        let radius = self.source.seal.length() / 2;
        let rise = self.source.seal.length() / 10;
        match self.source.bottom {
            Some(bottom) => bottom.length() + 2 * self.style.pitch,
            None => body_end - self.source.before.length() - (radius + rise - self.style.pitch).max(0),
        }
    }

    /// The name centred over the date, the date `indent` from the right (7.3.5.1).
    fn alone(&self, limit: Length, right: Length, body_end: Length) -> Result<Standing, ComposeError> {
        let Style { size, pitch, .. } = self.style;
        let name_width = self.names.first().map_or(0, |name| em(name.line.width, size));
        let date_width = em(self.date.width, size);
        let diameter = self.source.seal.length();
        let radius = diameter / 2;
        // The name may be wider than the date is indented: then both move to the left until the name ends at the margin.
        let centre = (right - em(self.source.indent.value(), size) - date_width / 2)
            .min(right - name_width / 2)
            .min(right - radius);
        let left = centre - (name_width / 2).max(radius);
        if left < limit {
            return Err(overflow("issuer", limit.saturating_sub(left)));
        }
        let top = self.top(body_end);
        // Name and date lie in the lower middle of the seal: its centre is above the line between them.
        let seal = (diameter > 0).then_some((centre, top - pitch + diameter / 10));
        Ok(Standing {
            names: vec![(centre, top)],
            date: (centre, top - pitch),
            seals: seal.into_iter().collect(),
        })
    }

    /// Names in rows of up to three, every one with its own seal, the last with the date below (7.3.5.2).
    fn together(&self, limit: Length, right: Length, body_end: Length) -> Result<Standing, ComposeError> {
        let Style { size, pitch, .. } = self.style;
        let diameter = self.source.seal.length();
        let widths = self.names.iter().map(|name| em(name.line.width, size));
        let widest = widths.chain([em(self.date.width, size)]).max().unwrap_or(0);
        let needed = widest.max(diameter) + SEAL_GAP;
        let across = right - limit;
        let fitting = usize::try_from((across + SEAL_GAP) / needed.max(1)).unwrap_or(0);
        let per_row = fitting.min(ROW).min(self.names.len());
        let Ok(slots) = i32::try_from(per_row) else {
            return Err(overflow("issuer", needed));
        };
        if slots == 0 {
            return Err(overflow("issuer", needed - SEAL_GAP - across));
        }
        let slot = across / slots;
        let rows = self.names.len().div_ceil(per_row);
        let row_height = (diameter + SEAL_GAP).max(2 * pitch);
        let below = row_height.saturating_mul(i32::try_from(rows - 1).unwrap_or(i32::MAX / 2));
        // A fixed date is that of the last row.
        let first_top = match self.source.bottom {
            Some(_) => self.top(body_end).saturating_add(below),
            None => self.top(body_end),
        };
        let mut names = Vec::with_capacity(self.names.len());
        let mut seals = Vec::new();
        for number in 0..self.names.len() {
            let (row, column) = (number / per_row, number % per_row);
            let in_row = per_row.min(self.names.len() - row * per_row);
            // A last row that is not full ends at the right, for it carries the date.
            let column = i32::try_from(column + per_row - in_row).unwrap_or(0);
            let centre = limit + slot * column + slot / 2;
            let row = i32::try_from(row).unwrap_or(i32::MAX / 2);
            let top = first_top.saturating_sub(row_height.saturating_mul(row));
            names.push((centre, top));
            if diameter > 0 {
                seals.push((centre, top - pitch + diameter / 10));
            }
        }
        let (centre, top) = names.last().copied().unwrap_or_default();
        Ok(Standing {
            names,
            date: (centre, top - pitch),
            seals,
        })
    }
}
