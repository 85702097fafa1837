//! A page that is filled from the top: styles, measures, headings and rows.

use crate::compose::leaf::{Leaf, Length, Lines, Style, mm};
use crate::verify::Severity;

pub(super) const LEFT: Length = mm(18);
pub(super) const RIGHT: Length = Leaf::WIDTH - mm(18);
pub(super) const MEASURE: Length = RIGHT - LEFT;
const TOP: Length = Leaf::HEIGHT - mm(13);
/// Where values start, from the left margin.
pub(super) const LABEL: Length = mm(35);
/// Between a label and its value, and between two columns.
pub(super) const SPACE: Length = 4_000;
/// Upper edge of the line with the number of the page.
pub(super) const BOTTOM: Length = mm(12);

pub(super) const TITLE: Style = Style::bold(17_000);
pub(super) const SUBTITLE: Style = Style::plain(9_500);
pub(super) const HEAD: Style = Style::bold(8_500);
pub(super) const TEXT: Style = Style::plain(8_500);
pub(super) const SMALL: Style = Style::plain(7_500);
pub(super) const SMALL_BOLD: Style = Style::bold(7_500);
pub(super) const PITCH: Length = 12_000;
pub(super) const SMALL_PITCH: Length = 10_200;
/// Between one section and the next.
pub(super) const GAP: Length = 5_000;
pub(super) const HEAD_HEIGHT: Length = 15_000;

pub(super) type Colour = [i32; 3];

pub(super) const BLACK: Colour = [0, 0, 0];
pub(super) const GREY: Colour = [700, 700, 700];
pub(super) const GREEN: Colour = [0, 400, 220];
pub(super) const AMBER: Colour = [600, 350, 0];
pub(super) const RED: Colour = [700, 60, 60];

/// The colour of what weighs that much.
pub(super) fn colour(severity: Severity) -> Colour {
    match severity {
        Severity::Fatal => RED,
        Severity::Doubt => AMBER,
        Severity::Note => BLACK,
    }
}

/// A page, and where its next element starts.
pub(super) struct Sheet<'f> {
    pub(super) leaf: Leaf<'f>,
    pub(super) y: Length,
}

impl<'f> Sheet<'f> {
    pub(super) fn new(leaf: Leaf<'f>) -> Self {
        Self { leaf, y: TOP }
    }

    /// Goes on with the next page.
    pub(super) fn turn(&mut self) {
        self.leaf.turn();
        self.y = TOP;
    }

    /// A title in the middle, with a smaller one below it.
    pub(super) fn title(&mut self, chinese: &str, english: &str) {
        for (text, style, pitch) in [(chinese, TITLE, 22_000), (english, SUBTITLE, 13_000)] {
            let line = self.leaf.line(text, style);
            let x = LEFT + (MEASURE - line.width()) / 2;
            self.leaf.put(line, x, self.y, pitch);
            self.y -= pitch;
        }
        self.y -= GAP;
    }

    pub(super) fn head(&mut self, text: &str) {
        let line = self.leaf.line(text, HEAD);
        self.leaf.put(line, LEFT, self.y, HEAD_HEIGHT - 3_000);
        self.y -= HEAD_HEIGHT - 2_500;
        self.rule(self.y);
        self.y -= 2_500;
    }

    /// A grey line over the whole measure.
    pub(super) fn rule(&mut self, y: Length) {
        self.leaf.colour(GREY);
        self.leaf.fill(LEFT, y, MEASURE, 400);
        self.leaf.colour(BLACK);
    }

    /// A label and its value in at most so many lines.
    pub(super) fn row(&mut self, label: &str, value: &str, most: usize) {
        let label = self.leaf.line(label, SMALL);
        self.leaf.put(label, LEFT, self.y, SMALL_PITCH);
        let value = self.leaf.lines(value, SMALL, MEASURE - LABEL, most);
        self.down(value, LEFT + LABEL, SMALL_PITCH);
    }

    /// Sets `lines` and goes on below them.
    pub(super) fn down(&mut self, lines: Lines, x: Length, pitch: Length) {
        let height = pitch * lines.count().max(1);
        self.leaf.put(lines, x, self.y, pitch);
        self.y -= height;
    }

    /// Which page of how many this is, and of which file.
    pub(super) fn number(&mut self, page: usize, of: &str) {
        let number = format!("第 {page} 页，共 2 页  page {page} of 2");
        let line = self.leaf.line(&number, SMALL);
        let (room, x) = (MEASURE - line.width() - SPACE, RIGHT - line.width());
        self.leaf.put(line, x, BOTTOM, SMALL_PITCH);
        let of = self.leaf.lines(of, SMALL, room, 1);
        self.leaf.put(of, LEFT, BOTTOM, SMALL_PITCH);
    }
}
