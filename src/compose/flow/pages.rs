//! Dividing the body into pages, and placing its strips on them.

use super::galley::{Frame, Galley, Rule, Strip};
use super::setter::{Setter, clear, overflow};
use crate::compose::error::ComposeError;
use crate::compose::page::{ArtifactKind, Mark, NodeId};
use crate::compose::units::Length;

/// Outer and inner rules of a table.
const OUTER_RULE: Length = 1_000;
const INNER_RULE: Length = 500;

/// Strips on one page: from `start` up to `end`, and where they end downwards.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cut {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) bottom: Length,
}

/// What the pages give to the body.
pub(super) struct Area<'a> {
    /// Upper edge of the type area.
    pub(super) top: Length,
    /// The lowest that the body may reach on a page, by the page's number from 0.
    pub(super) floor: &'a dyn Fn(usize) -> Length,
    pub(super) most: usize,
}

impl Galley<'_> {
    /// Divides the strips into pages.
    pub(super) fn divide(&self, area: &Area<'_>) -> Result<Vec<Cut>, ComposeError> {
        let mut cuts = Vec::new();
        self.divide_from(0, area, &mut cuts)?;
        Ok(cuts)
    }

    /// Divides the strips from `start` on into pages after those in `cuts`.
    pub(super) fn divide_from(
        &self,
        mut start: usize,
        area: &Area<'_>,
        cuts: &mut Vec<Cut>,
    ) -> Result<(), ComposeError> {
        loop {
            let element = self.strips.get(start).map_or("body", |strip| self.element(strip));
            if cuts.len() >= area.most {
                return Err(ComposeError::TooManyPages {
                    element: element.to_owned(),
                    most: area.most,
                });
            }
            let end = self.page_end(start, area, (area.floor)(cuts.len()))?;
            let bottom = self.bottom(start, end, area.top);
            cuts.push(Cut { start, end, bottom });
            if end >= self.strips.len() {
                return Ok(());
            }
            start = end;
        }
    }

    /// The first strip from `start` on that is not on the same page.
    fn page_end(&self, start: usize, area: &Area<'_>, floor: Length) -> Result<usize, ComposeError> {
        let mut run = Run::new(self);
        for (index, strip) in self.strips.iter().enumerate().skip(start) {
            if strip.new_page && index > start {
                return Ok(index);
            }
            let height = run.add(index, strip);
            if area.top - height < floor {
                let parting = (start + 1..=index)
                    .rev()
                    .find(|&at| self.strips.get(at).is_some_and(|strip| !strip.joined));
                return parting.ok_or_else(|| overflow(self.element(strip), floor - area.top + height));
            }
        }
        Ok(self.strips.len())
    }

    /// How high the strips from `start` up to `end` are on one page.
    fn height(&self, start: usize, end: usize) -> Length {
        let mut run = Run::new(self);
        let mut height = 0;
        for (index, strip) in self.strips.iter().enumerate().take(end).skip(start) {
            height = run.add(index, strip);
        }
        height
    }

    /// Where the strips from `start` up to `end` end on a page that starts at `top`.
    pub(super) fn bottom(&self, start: usize, end: usize, top: Length) -> Length {
        top - self.height(start, end)
    }

    /// Moves strips to the last page if it has fewer than `count`, where the page before it may be divided.
    pub(super) fn accompany(&self, cuts: &mut [Cut], count: usize, top: Length) {
        let [.., before, last] = cuts else {
            return;
        };
        let both = Cut {
            end: last.end,
            ..*before
        };
        if last.end - last.start < count
            && let Some(start) = self.parting(both, count)
        {
            before.end = start;
            before.bottom = self.bottom(before.start, start, top);
            last.start = start;
            last.bottom = self.bottom(start, last.end, top);
        }
    }

    /// The last place where the page `cut` may be divided so that at least `count` strips move to the next one.
    pub(super) fn parting(&self, cut: Cut, count: usize) -> Option<usize> {
        let last = cut.end.checked_sub(count)?;
        (cut.start + 1..=last)
            .rev()
            .find(|&at| self.strips.get(at).is_some_and(|strip| !strip.joined))
    }
}

/// Adds strips to a page one after the other.
struct Run<'g, 'a> {
    galley: &'g Galley<'a>,
    first: bool,
    frame: Option<usize>,
    summed: bool,
    /// Without the sums that the page may still get.
    height: Length,
}

impl<'g, 'a> Run<'g, 'a> {
    fn new(galley: &'g Galley<'a>) -> Self {
        Self {
            galley,
            first: true,
            frame: None,
            summed: false,
            height: 0,
        }
    }

    /// The height of the page with the next strip.
    fn add(&mut self, index: usize, strip: &Strip) -> Length {
        let frame = self.galley.frame_of(strip);
        let sums = |frame: &Frame<'_>| frame.sums.as_ref().map_or(0, |sums| sums.height);
        if strip.frame != self.frame {
            // The sums of a table that ends on this page stay on it.
            let ended = self.frame.and_then(|at| self.galley.frames.get(at));
            if let Some(ended) = ended.filter(|_| !self.summed) {
                self.height = self.height.saturating_add(sums(ended));
            }
            self.frame = strip.frame;
            self.summed = false;
        }
        // Every page but the first starts with its first strip, whatever space that keeps above it elsewhere.
        if self.first && index > 0 {
            let repeats = |frame: &&Frame<'_>| index > frame.first;
            if let Some(head) = frame.filter(repeats).and_then(|frame| frame.head.as_ref()) {
                self.height = head.height;
            }
        } else {
            self.height = self.height.saturating_add(strip.before);
        }
        self.first = false;
        let sums = frame.map_or(0, sums);
        if strip.closing && !self.summed {
            self.height = self.height.saturating_add(sums);
            self.summed = true;
        }
        self.height = self.height.saturating_add(strip.height);
        if self.summed {
            self.height
        } else {
            self.height.saturating_add(sums)
        }
    }
}

/// The marks of one page, brackets of the same node joined.
#[derive(Default)]
pub(super) struct Paper {
    marks: Vec<Mark>,
    /// The node or kind of artifact that was bracketed last.
    last: Option<Bracket>,
}

#[derive(Clone, Copy, PartialEq)]
enum Bracket {
    Node(NodeId),
    Artifact(ArtifactKind),
}

impl Paper {
    /// Adds a mark measured from `top`.
    pub(super) fn add(&mut self, mut mark: Mark, top: Length) {
        let bracket = match mark {
            Mark::Open(node) => Some(Bracket::Node(node)),
            Mark::Artifact(kind) => Some(Bracket::Artifact(kind)),
            _ => None,
        };
        if bracket.is_some() {
            if bracket == self.last && matches!(self.marks.last(), Some(Mark::Close)) {
                self.marks.pop();
                return;
            }
            self.last = bracket;
        }
        match &mut mark {
            Mark::Text(run) => run.y += top,
            Mark::Fill { y, .. }
            | Mark::Picture { y, .. }
            | Mark::Code { y, .. }
            | Mark::Symbol { y, .. } => *y += top,
            Mark::Open(_) | Mark::Artifact(_) | Mark::Close | Mark::Colour(_) => {}
        }
        self.marks.push(mark);
    }

    /// Adds marks that already stand where they should.
    pub(super) fn extend(&mut self, marks: Vec<Mark>) {
        marks.into_iter().for_each(|mark| self.add(mark, 0));
    }

    fn rule(&mut self, x: Length, y: Length, width: Length, height: Length) {
        self.add(Mark::Artifact(ArtifactKind::Layout), 0);
        self.add(Mark::Fill { x, y, width, height }, 0);
        self.add(Mark::Close, 0);
    }

    /// The marks; brackets around nothing are left out. The code is painted last: a verifier must see that nothing lies over it, and
    /// what is written after it could. The structure keeps its place in the reading order.
    pub(super) fn finish(self) -> Vec<Mark> {
        let mut marks: Vec<Mark> = Vec::with_capacity(self.marks.len());
        for mark in self.marks {
            let opened = matches!(marks.last(), Some(Mark::Open(_) | Mark::Artifact(_)));
            if opened && matches!(mark, Mark::Close) {
                marks.pop();
            } else {
                marks.push(mark);
            }
        }
        if let Some(at) = marks.iter().position(|mark| matches!(mark, Mark::Code { .. }))
            && let Some(after) = marks.get_mut(at.saturating_sub(1)..)
        {
            after.rotate_left(after.len().min(3));
        }
        marks
    }
}

/// The part of a table that stands on one page.
struct Fragment {
    frame: usize,
    top: Length,
    /// Upright rules that may go on in the next row: where, from where, down to where.
    uprights: Vec<(Length, Length, Length)>,
    levels: Vec<(Length, Length, Length)>,
    summed: bool,
    first: usize,
}

impl Setter<'_> {
    /// Places the strips of `cuts` on a page each.
    pub(super) fn place(&mut self, cuts: &[Cut], top: Length) -> Result<Vec<Paper>, ComposeError> {
        let galley = core::mem::take(&mut self.galley);
        let mut marks = core::mem::take(&mut self.marks).into_iter();
        let mut rules = galley.rules.as_slice();
        let mut papers = Vec::with_capacity(cuts.len());
        let mut form_seals = core::mem::take(&mut self.form_seals);
        let mut seals = form_seals.iter_mut().peekable();
        for (number, cut) in cuts.iter().enumerate() {
            let mut paper = Paper::default();
            let mut y = top;
            let mut fragment: Option<Fragment> = None;
            for (index, strip) in galley.strips.iter().enumerate().take(cut.end).skip(cut.start) {
                let first = index == cut.start;
                if fragment.as_ref().map(|fragment| fragment.frame) != strip.frame
                    && let Some(ended) = fragment.take()
                {
                    y = self.end(&galley, ended, &mut paper, y, index)?;
                }
                if !first || index == 0 {
                    y -= strip.before;
                }
                if let (None, Some(frame)) = (&fragment, strip.frame) {
                    let mut begun = Fragment::new(frame, y, index);
                    let head = galley.frames.get(frame).filter(|frame| index > frame.first);
                    if let Some(head) = head.and_then(|frame| frame.head.as_ref()) {
                        for mark in &head.marks {
                            paper.add(mark.clone(), y);
                        }
                        begun.add(&head.rules, y, head.height);
                        y -= head.height;
                    }
                    fragment = Some(begun);
                }
                if let Some(fragment) = fragment.as_mut().filter(|_| strip.closing) {
                    y = self.sums(&galley, fragment, &mut paper, y, index)?;
                }
                for mark in marks.by_ref().take(strip.marks) {
                    paper.add(mark, y);
                }
                if let Some((_, code)) = self.form_code.as_mut().filter(|(at, _)| *at == index) {
                    code.page = number;
                    code.y += y;
                }
                while let Some((_, seal)) = seals.next_if(|(at, _)| *at == index) {
                    seal.page = number;
                    seal.y += y;
                }
                let (own, rest) = rules.split_at_checked(strip.rules).unwrap_or((rules, &[]));
                rules = rest;
                if let Some(fragment) = &mut fragment {
                    fragment.add(own, y, strip.height);
                }
                y -= strip.height;
            }
            if let Some(ended) = fragment.take() {
                y = self.end(&galley, ended, &mut paper, y, cut.end)?;
            }
            // What was counted when the pages were divided.
            clear("body", y, cut.bottom)?;
            papers.push(paper);
        }
        self.form_seals = form_seals;
        Ok(papers)
    }

    /// Ends the part of a table before the strip `end`: sums and rules. Returns where it ends.
    fn end(
        &mut self,
        galley: &Galley<'_>,
        mut fragment: Fragment,
        paper: &mut Paper,
        y: Length,
        end: usize,
    ) -> Result<Length, ComposeError> {
        let y = self.sums(galley, &mut fragment, paper, y, end)?;
        if let Some(frame) = galley.frames.get(fragment.frame).filter(|frame| frame.ruled) {
            fragment.draw(frame, paper, y);
        }
        Ok(y)
    }

    /// The sums of the rows of a table that stand on this page, if it has any.
    fn sums(
        &mut self,
        galley: &Galley<'_>,
        fragment: &mut Fragment,
        paper: &mut Paper,
        y: Length,
        end: usize,
    ) -> Result<Length, ComposeError> {
        let sums = galley
            .frames
            .get(fragment.frame)
            .and_then(|frame| frame.sums.as_ref());
        let Some(sums) = sums.filter(|_| !fragment.summed) else {
            return Ok(y);
        };
        fragment.summed = true;
        let from = sums.rows.partition_point(|row| row.0 < fragment.first);
        let to = sums.rows.partition_point(|row| row.0 < end);
        let mut amounts = vec![0_i64; sums.total.sums.len()];
        for (_, row) in sums.rows.get(from..to).unwrap_or_default() {
            for (sum, amount) in amounts.iter_mut().zip(row) {
                *sum = sum.saturating_add(*amount);
            }
        }
        let (marks, rules) = self.page_sums(sums, &amounts)?;
        for mark in marks {
            paper.add(mark, y);
        }
        fragment.add(&rules, y, sums.height);
        Ok(y - sums.height)
    }
}

impl Fragment {
    fn new(frame: usize, top: Length, first: usize) -> Self {
        Self {
            frame,
            top,
            uprights: Vec::new(),
            levels: Vec::new(),
            summed: false,
            first,
        }
    }

    /// Adds the rules of a row from `top` downwards.
    fn add(&mut self, rules: &[Rule], top: Length, height: Length) {
        for rule in rules {
            match *rule {
                Rule::Level { x, width } => self.levels.push((x, top - height, width)),
                Rule::Upright(x) => {
                    let above = self
                        .uprights
                        .iter_mut()
                        .rev()
                        .take(2 * 64)
                        .find(|upright| upright.0 == x && upright.2 == top);
                    match above {
                        Some(above) => above.2 = top - height,
                        None => self.uprights.push((x, top, top - height)),
                    }
                }
            }
        }
    }

    fn draw(&self, frame: &Frame<'_>, paper: &mut Paper, bottom: Length) {
        for &(x, y, width) in self.levels.iter().filter(|level| level.1 > bottom) {
            paper.rule(x, y - INNER_RULE / 2, width, INNER_RULE);
        }
        for &(x, top, bottom) in &self.uprights {
            paper.rule(x - INNER_RULE / 2, bottom, INNER_RULE, top - bottom);
        }
        let half = OUTER_RULE / 2;
        let (left, right, top) = (frame.left, frame.right, self.top);
        for y in [top, bottom] {
            paper.rule(left - half, y - half, right - left + OUTER_RULE, OUTER_RULE);
        }
        for x in [left, right] {
            paper.rule(x - half, bottom - half, OUTER_RULE, top - bottom + OUTER_RULE);
        }
    }
}
