//! The body before it is divided into pages: strips that follow each other downwards, and where they may be parted.

use crate::compose::page::{ArtifactKind, Mark};
use crate::compose::template::Total;

use super::columnar::Grid;
use crate::compose::units::Length;

/// A piece of the body that no page end divides. Its marks are measured from its upper edge.
#[derive(Clone, Copy, Debug)]
pub(super) struct Strip {
    pub(super) height: Length,
    /// Space above, which a page does not start with.
    pub(super) before: Length,
    /// Whether it stays on the page of the strip before it.
    pub(super) joined: bool,
    /// Whether it starts a page.
    pub(super) new_page: bool,
    /// Which table it is a row of.
    pub(super) frame: Option<usize>,
    /// Whether it is a row below those that the sums of a page count.
    pub(super) closing: bool,
    /// Which of the names of elements is its own.
    element: usize,
    /// How many of the galley's marks and rules are its own.
    pub(super) marks: usize,
    pub(super) rules: usize,
}

/// A rule of a table's row.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Rule {
    /// Along the lower edge of the strip, unless the table ends there.
    Level { x: Length, width: Length },
    /// From the upper to the lower edge of the strip.
    Upright(Length),
}

/// What the strips of one table share.
#[derive(Debug)]
pub(super) struct Frame<'a> {
    pub(super) left: Length,
    pub(super) right: Length,
    /// The number of its first strip.
    pub(super) first: usize,
    /// Whether rules are drawn around it.
    pub(super) ruled: bool,
    /// What is repeated where the table goes on on a new page.
    pub(super) head: Option<Head>,
    pub(super) sums: Option<PageSums<'a>>,
}

/// The head of a table, as it is repeated.
#[derive(Clone, Debug)]
pub(super) struct Head {
    pub(super) height: Length,
    pub(super) marks: Vec<Mark>,
    pub(super) rules: Vec<Rule>,
}

/// The sums at the foot of every page of a table.
#[derive(Debug)]
pub(super) struct PageSums<'a> {
    pub(super) total: &'a Total,
    pub(super) height: Length,
    /// The amounts of each row in hundredths, by the number of its first strip.
    pub(super) rows: Vec<(usize, Vec<i64>)>,
    /// The places of the table's columns, to set the row of sums in.
    pub(super) grid: Grid<'a>,
}

/// The body as one long sheet.
#[derive(Debug, Default)]
pub(super) struct Galley<'a> {
    pub(super) strips: Vec<Strip>,
    pub(super) rules: Vec<Rule>,
    pub(super) frames: Vec<Frame<'a>>,
    names: Vec<String>,
    /// How many marks belong to strips.
    taken: usize,
    taken_rules: usize,
    /// Whether the next strip stays with the one before.
    keep: bool,
    /// Space below the last strip.
    space: Length,
}

impl<'a> Galley<'a> {
    /// Names the element that the following strips belong to.
    pub(super) fn name(&mut self, element: &str) {
        self.names.push(element.to_owned());
    }

    /// Adds a strip of what was marked since the last one; `marks` is how many marks there are now.
    pub(super) fn push(&mut self, marks: usize, height: Length, before: Length) -> &mut Strip {
        let strip = Strip {
            height,
            before: before.saturating_add(core::mem::take(&mut self.space)),
            joined: core::mem::take(&mut self.keep),
            new_page: false,
            frame: None,
            closing: false,
            element: self.names.len().saturating_sub(1),
            marks: marks.saturating_sub(self.taken),
            rules: self.rules.len().saturating_sub(self.taken_rules),
        };
        self.taken = marks;
        self.taken_rules = self.rules.len();
        self.strips.push(strip);
        // Just pushed.
        let last = self.strips.len() - 1;
        &mut self.strips[last]
    }

    /// The next strip will stay on the page of the last one.
    pub(super) fn keep_with_next(&mut self) {
        self.keep = true;
    }

    /// Space that the last strip keeps below it.
    pub(super) fn space_after(&mut self, space: Length) {
        self.space = space;
    }

    pub(super) fn element(&self, strip: &Strip) -> &str {
        self.names.get(strip.element).map_or("body", String::as_str)
    }

    /// Adds a table and returns its number.
    pub(super) fn frame(&mut self, frame: Frame<'a>) -> usize {
        self.frames.push(frame);
        self.frames.len() - 1
    }

    pub(super) fn frame_of(&self, strip: &Strip) -> Option<&Frame<'a>> {
        self.frames.get(strip.frame?)
    }
}

impl Head {
    /// The head as it is repeated: said once, so that every repetition is an artifact.
    pub(super) fn new(height: Length, marks: &[Mark], rules: &[Rule]) -> Self {
        let repeated = |mark: &Mark| match mark {
            Mark::Open(_) => Mark::Artifact(ArtifactKind::Repeated),
            other => other.clone(),
        };
        Self {
            height,
            marks: marks.iter().map(repeated).collect(),
            rules: rules.to_vec(),
        }
    }
}
