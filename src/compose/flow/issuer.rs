//! Who issued the document and when, with the places of the seals (GB/T 9704-2012, 7.3.5).

use super::setter::{Setter, Style, clear, overflow};
use crate::compose::error::ComposeError;
use crate::compose::glyph::Glyph;
use crate::compose::lines::{Fill, Line, break_lines, single_line};
use crate::compose::page::{CodePlace, FieldPlace, NodeId, Role, SealPlace};
use crate::compose::template::{IssuerSource, Piece};
use crate::compose::units::{Length, em, in_em, mm};
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
    glyphs: Vec<Glyph>,
    /// On one line.
    line: Line,
    /// Of a joint result, the body of the record that it is.
    issuer: Option<UnifiedCode>,
}

impl Name {
    /// In one line if that is no longer than `measure`, else in two that are about as long; `None` if they would be too long.
    fn lines(&self, measure: Length, size: Length) -> Option<Vec<Line>> {
        if em(self.line.width, size) <= measure {
            return Some(vec![self.line.clone()]);
        }
        let (half, most) = (self.line.width / 2, in_em(measure, size));
        // A character is an em wide, and a mark may keep another one from starting a line.
        let mut widths = (0..4).map(|more| half.saturating_add(500 * more).min(most));
        widths.find_map(|width| {
            let lines = break_lines(&self.glyphs, width, 0, Fill::Ragged);
            let fits = lines.len() <= 2 && lines.iter().all(|line| line.width <= most);
            fits.then_some(lines)
        })
    }
}

/// Where the block stands: names and their centres, the date's.
pub(super) struct Standing {
    /// Centre of every name, and upper edge of its last line.
    names: Vec<(Length, Length)>,
    /// Names that are longer have two lines.
    measure: Length,
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
            let glyphs = self.glyphs(&pieces, source.font, "issuer name")?;
            let line = single_line(&glyphs);
            names.push(Name {
                text,
                glyphs,
                line,
                issuer,
            });
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
            let lines = name.lines(standing.measure, size);
            let lines = lines.unwrap_or_else(|| vec![name.line.clone()]);
            let Name { text, issuer, .. } = name;
            self.open_new(Role::P, NodeId::DOCUMENT);
            for (above, line) in (0..)
                .zip(lines.into_iter().rev())
                .collect::<Vec<_>>()
                .into_iter()
                .rev()
            {
                let x = centre - em(line.width, size) / 2;
                self.put(line, x, top + style.pitch * above, style);
            }
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
        let above = match self.most_lines(standing.measure) {
            1 => 0,
            _ => pitch,
        };
        let first = standing.names.first().map_or(0, |name| name.1 + above);
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
            measure: Length::MAX,
            date: (centre, top - pitch),
            seals: seal.into_iter().collect(),
        })
    }

    /// How many names stand in a row, and how long a line of one may be. Names of bodies in the record are rather broken into two
    /// lines than put into rows of their own: in fewer rows the seals stand together.
    fn slots(&self, across: Length) -> Result<(Length, Length), ComposeError> {
        let size = self.style.size;
        let least = em(self.date.width, size).max(self.source.seal.length());
        let is_joint = self.names.iter().any(|name| name.issuer.is_some());
        let widths = self.names.iter().map(|name| em(name.line.width, size));
        let widest = widths.max().unwrap_or(0).max(least);
        let most = self.names.len().min(ROW);
        for slots in (1..=Length::try_from(most).unwrap_or(1)).rev() {
            let room = across.saturating_add(SEAL_GAP) / slots - SEAL_GAP;
            let broken = || self.names.iter().all(|name| name.lines(room, size).is_some());
            if widest <= room || is_joint && least <= room && broken() {
                return Ok((slots, room));
            }
        }
        Err(overflow("issuer", widest - across))
    }

    /// The most lines that a name has if its lines are no longer than `measure`.
    fn most_lines(&self, measure: Length) -> Length {
        let mut widths = self.names.iter().map(|name| em(name.line.width, self.style.size));
        if widths.any(|width| width > measure) { 2 } else { 1 }
    }

    /// Names in rows of up to three, every one with its own seal, the last with the date below (7.3.5.2).
    fn together(&self, limit: Length, right: Length, body_end: Length) -> Result<Standing, ComposeError> {
        let pitch = self.style.pitch;
        let diameter = self.source.seal.length();
        let across = right - limit;
        let (slots, measure) = self.slots(across)?;
        let per_row = usize::try_from(slots).unwrap_or(1);
        let slot = across / slots.max(1);
        let lines = self.most_lines(measure);
        let rows = self.names.len().div_ceil(per_row);
        let row_height = (diameter + SEAL_GAP).max((lines + 1) * pitch);
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
            measure,
            date: (centre, top - pitch),
            seals,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compose::chain::Fonts;
    use crate::compose::flow::lay_out;
    use crate::compose::page::Mark;
    use crate::compose::template::Template;
    use crate::limits::Limits;
    use crate::record::{Issuer, JOINT_ISSUERS, Joint, Record};

    const NAMES: [&str; JOINT_ISSUERS] = [
        "滨海市财政局",
        "滨海市卫生健康委员会",
        "滨海市新港区望潮街道综合行政执法办公室",
        "滨海市水务局",
        "滨海市自然资源和规划局",
        "滨海市审计局",
        "滨海市生态环境局",
        "滨海市民政局",
        "滨海市交通运输局",
        "滨海市应急管理局",
        "滨海市统计局",
    ];

    /// An official document of a few lines that `count` bodies issue.
    fn record(count: usize) -> Record {
        let json = include_bytes!("../../../examples/data/records/official-document.json");
        let mut parts = Record::from_json(json, &Limits::DEFAULT).unwrap().into_parts();
        parts.decision = Some("现将有关事项批复如下。".repeat(8));
        let issuer = |(number, name): (usize, &&str)| {
            let body = format!("11109900MB2A1{number:04}");
            let codes = "0123456789ABCDEFGHJKLMNPQRTUWXY".chars();
            let mut codes = codes.filter_map(|check| format!("{body}{check}").parse().ok());
            let code = codes.next().unwrap();
            let name = (*name).to_owned();
            Issuer { name, code }
        };
        let others: Vec<Issuer> = NAMES.iter().enumerate().take(count - 1).map(issuer).collect();
        parts.joint = (!others.is_empty()).then(|| Joint::new(others));
        Record::new(parts).unwrap()
    }

    /// GB/T 9704-2012, 7.3.5.2: at most three seals in a row, aligned, neither touching nor crossing, inside the type area; each over
    /// its body's name, upright and centred, the last over the date as well.
    #[test]
    fn seals_of_several_bodies_stand_as_the_standard_wants_it() {
        let template = Template::builtin("official-document").unwrap();
        let fonts = Fonts::bundled();
        for count in 2..=6 {
            let record = record(count);
            let sheet =
                lay_out(&template, &record, &fonts, &[]).unwrap_or_else(|error| panic!("{count}: {error}"));
            let seals = &sheet.seals;
            assert_eq!(seals.len(), count);
            let (diameter, radius) = (mm(42), mm(21));
            for (at, seal) in seals.iter().enumerate() {
                assert!(seal.page + 1 == sheet.pages.len());
                assert!(
                    seal.x - radius >= mm(28) && seal.x + radius <= mm(210 - 26),
                    "{count}: {seal:?}"
                );
                assert!(
                    seal.y - radius >= mm(35) && seal.y + radius <= mm(297 - 37),
                    "{count}: {seal:?}"
                );
                let in_row = seals.iter().filter(|other| other.y == seal.y).count();
                assert!((1..=3).contains(&in_row), "{count}: {in_row} in a row");
                for other in seals.iter().skip(at + 1) {
                    let apart = (seal.x - other.x).abs().max((seal.y - other.y).abs());
                    assert!(apart >= diameter + SEAL_GAP, "{count}: {seal:?} {other:?}");
                }
            }
            let runs = sheet
                .pages
                .last()
                .unwrap()
                .marks
                .iter()
                .filter_map(|mark| match mark {
                    Mark::Text(run) => Some((run.line.text(), run)),
                    _ => None,
                });
            let runs: Vec<_> = runs.collect();
            let last = seals.last().unwrap();
            let date = ("2030年6月1日".to_owned(), last);
            let names = seals.iter().map(|seal| (seal.name.clone(), seal));
            for (text, seal) in names.chain([date]) {
                let below: Vec<_> = runs
                    .iter()
                    .filter(|(line, run)| text.contains(line.as_str()) && (run.y - seal.y).abs() < radius)
                    .filter(|(_, run)| (run.x + em(run.line.width, run.size) / 2 - seal.x).abs() < mm(1))
                    .collect();
                let said: String = below.iter().map(|(line, _)| line.as_str()).collect();
                assert_eq!(said, text, "{count}: centred under its seal");
                // In the middle and below it: the top of the seal is free, and so is its lower edge.
                for (_, run) in below {
                    assert!(
                        run.y > seal.y - radius + mm(4) && run.y < seal.y + mm(12),
                        "{count}: {text}"
                    );
                }
            }
        }
    }

    #[test]
    fn a_long_name_takes_two_lines_of_about_one_length() {
        let template = Template::builtin("official-document").unwrap();
        let sheet = lay_out(&template, &record(4), &Fonts::bundled(), &[]).unwrap();
        let texts = sheet
            .pages
            .last()
            .unwrap()
            .marks
            .iter()
            .filter_map(|mark| match mark {
                Mark::Text(run) => Some(run.line.text()),
                _ => None,
            });
        let lines: Vec<String> = texts.filter(|text| NAMES[2].contains(text.as_str())).collect();
        assert_eq!(lines.concat(), NAMES[2], "in the order in which it is read");
        let counts: Vec<usize> = lines.iter().map(|line| line.chars().count()).collect();
        assert_eq!(counts.len(), 2);
        assert!(counts[0].abs_diff(counts[1]) <= 1, "{lines:?}");
    }
}
