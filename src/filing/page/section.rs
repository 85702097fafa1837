//! Lists that share the room of a page: each at least its beginning, and what is left out is counted.

use super::super::REPORT_FILE;
use super::sheet::{
    BLACK, Colour, GAP, HEAD_HEIGHT, LABEL, LEFT, MEASURE, SMALL, SMALL_BOLD, SMALL_PITCH, SPACE, Sheet,
};
use crate::compose::leaf::{Length, Lines};

/// More entries of a list than two pages hold: what is beyond is only counted, so that a hostile file costs no more.
pub(super) const MOST: usize = 100;
/// Half of the measure, for what stands side by side.
const HALF: Length = MEASURE / 2;

/// One entry of a list that may be cut: what stands side by side.
pub(super) struct Entry(Vec<Part>);

/// A label and the texts beside it, below each other.
struct Part {
    x: Length,
    label: Lines,
    texts: Vec<Lines>,
    colour: Colour,
}

/// A list with its heading, of which `taken` entries fit.
pub(super) struct Section {
    head: String,
    entries: Vec<Entry>,
    taken: usize,
    /// How many more there are that were not even set, for no page would hold them.
    unset: usize,
    /// Whether it goes on on the next page; what does not fit is then not counted here.
    goes_on: bool,
}

impl Part {
    /// Whether it leaves the right half of the page free.
    fn fits_half(&self) -> bool {
        let widest = self.texts.iter().map(Lines::width).max().unwrap_or(0);
        widest <= HALF - LABEL - SPACE
    }
}

impl Entry {
    fn height(&self) -> Length {
        let lines = |part: &Part| {
            let texts = part.texts.iter().map(Lines::count).sum::<Length>();
            texts.max(part.label.count())
        };
        let most = self.0.iter().map(lines).max().unwrap_or(1).max(1);
        most.saturating_mul(SMALL_PITCH).saturating_add(1_500)
    }
}

impl Section {
    /// The first [`MOST`] of `all` entries.
    pub(super) fn new(head: impl Into<String>, entries: Vec<Entry>, all: usize) -> Self {
        Self {
            head: head.into(),
            unset: all.saturating_sub(MOST),
            entries,
            taken: 0,
            goes_on: false,
        }
    }

    /// It goes on on the next page.
    pub(super) fn going_on(mut self) -> Self {
        self.goes_on = true;
        self
    }

    /// What does not fit into the page, as a section of the next.
    fn rest(&mut self) -> Option<Self> {
        let entries = self.entries.split_off(self.taken);
        if entries.is_empty() && self.unset == 0 {
            return None;
        }
        Some(Self {
            head: format!("{}（续 continued）", self.head),
            entries,
            taken: 0,
            unset: core::mem::take(&mut self.unset),
            goes_on: false,
        })
    }

    /// Parts that are left out.
    fn left_out(&self) -> usize {
        let rest = self.entries.get(self.taken..).unwrap_or_default();
        self.unset + rest.iter().map(|entry| entry.0.len()).sum::<usize>()
    }
}

impl Sheet<'_> {
    /// A label and texts over the whole measure.
    pub(super) fn entry(&self, label: &str, colour: Colour, texts: &[String]) -> Entry {
        Entry(vec![self.part(label, colour, texts, MEASURE - LABEL)])
    }

    /// Whether `text` takes one line beside a label.
    pub(super) fn fits(&self, text: &str) -> bool {
        self.leaf.lines(text, SMALL, MEASURE - LABEL, 2).count() <= 1
    }

    /// Labels with one value each, two side by side where they are short.
    pub(super) fn pairs<'t>(&self, fields: impl Iterator<Item = (&'t str, &'t str)>) -> Vec<Entry> {
        let mut entries: Vec<Entry> = vec![];
        for (label, value) in fields {
            // A value may have lines of its own; here each has one, or two.
            let value = [value.replace('\n', " ")];
            let mut part = self.part(label, BLACK, &value, HALF - LABEL - SPACE);
            let narrow = part.texts.iter().map(Lines::count).sum::<Length>() <= 1;
            match entries.last_mut() {
                Some(Entry(beside)) if narrow && beside.len() == 1 && beside.iter().all(Part::fits_half) => {
                    part.x = LEFT + HALF;
                    beside.push(part);
                }
                _ if narrow => entries.push(Entry(vec![part])),
                _ => entries.push(self.entry(label, BLACK, &value)),
            }
        }
        entries
    }

    /// Puts `sections` above `bottom`; returns those parts that go on on the next page.
    pub(super) fn share(&mut self, mut sections: Vec<Section>, bottom: Length) -> Vec<Section> {
        sections.retain(|section| !section.entries.is_empty() || section.unset > 0);
        // The line that counts what is left out, and the heading, are kept free for each.
        let fixed = sections.len();
        let fixed = Length::try_from(fixed).unwrap_or(Length::MAX);
        let fixed = fixed.saturating_mul(HEAD_HEIGHT + SMALL_PITCH + GAP);
        let mut room = (self.y - bottom).saturating_sub(fixed);
        take(&mut sections, &mut room);
        // The lists that are whole need no line to count what is left out.
        let whole = sections.iter().filter(|section| section.left_out() == 0);
        room += whole.map(|_| SMALL_PITCH).sum::<Length>();
        take(&mut sections, &mut room);
        let mut more = vec![];
        for mut section in sections {
            more.extend(section.goes_on.then(|| section.rest()).flatten());
            let goes_on = section.goes_on && !more.is_empty();
            self.section(section, goes_on);
        }
        more
    }

    fn section(&mut self, section: Section, goes_on: bool) {
        let left_out = section.left_out();
        self.head(&section.head);
        for entry in section.entries.into_iter().take(section.taken) {
            let height = entry.height();
            for part in entry.0 {
                let mut top = self.y;
                self.leaf.colour(part.colour);
                self.leaf.put(part.label, part.x, top, SMALL_PITCH);
                self.leaf.colour(part.colour);
                for text in part.texts {
                    let used = SMALL_PITCH * text.count();
                    self.leaf.put(text, part.x + LABEL, top, SMALL_PITCH);
                    top -= used;
                }
                self.leaf.colour(BLACK);
            }
            self.y -= height;
        }
        let more = match (goes_on, left_out) {
            (true, _) => Some("接下页 continued on the next page".to_owned()),
            (false, 0) => None,
            (false, left_out) => Some(format!(
                "另有 {left_out} 项，见附件 {REPORT_FILE}；and {left_out} more, see the attached {REPORT_FILE}"
            )),
        };
        if let Some(more) = more {
            let line = self.leaf.line(&more, SMALL_BOLD);
            self.leaf.put(line, LEFT + LABEL, self.y, SMALL_PITCH);
            self.y -= SMALL_PITCH;
        }
        self.y -= GAP;
    }

    fn part(&self, label: &str, colour: Colour, texts: &[String], measure: Length) -> Part {
        let texts = texts.iter().map(|text| self.leaf.lines(text, SMALL, measure, 3));
        Part {
            x: LEFT,
            label: self.leaf.lines(label, SMALL, LABEL - SPACE, 2),
            texts: texts.collect(),
            colour,
        }
    }
}

/// Takes entries in turns, so that a long list leaves the beginning of the others their place.
fn take(sections: &mut [Section], room: &mut Length) {
    let mut open = vec![true; sections.len()];
    while open.contains(&true) {
        for (section, open) in sections.iter_mut().zip(&mut open) {
            match section.entries.get(section.taken) {
                Some(entry) if *open && entry.height() <= *room => {
                    *room -= entry.height();
                    section.taken += 1;
                }
                _ => *open = false,
            }
        }
    }
}
