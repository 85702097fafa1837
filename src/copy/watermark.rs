//! The watermark: the terms in one sentence, again and again across a page, as a person holds it.

use super::CopyError;
use super::page::Painting;
use crate::compose::Fonts;
use crate::compose::leaf::{Leaf, LeafMatter, Length, Style, mm};
use crate::draft::Draft;
use crate::terms::Terms;

/// The sentence is set in this size and width; pages scale it.
const STYLE: Style = Style {
    size: 10_000,
    bold: false,
};
const MEASURE: Length = 300_000;
const PITCH: Length = 14_000;
const LEFT: Length = mm(20);
const TOP: Length = Leaf::HEIGHT - mm(20);
/// The longest terms take some 15 lines.
const LINES: usize = 24;
const GREY: [i32; 3] = [250, 250, 300];

/// How wide the sentence is, of the page's shorter side.
const WIDTH: f64 = 0.5;
/// What stays free between two, of the page's shorter side.
const BESIDE: f64 = 0.1;
const BELOW: f64 = 0.15;
/// A page may be so many times as long as the sentences are spread for.
const LONGEST: f64 = 6.0;
/// Cosine and sine of 30 degrees: not asked of the platform, whose last digit may differ.
const TILT: (f64, f64) = (0.866_025_4, 0.5);

/// The sentence on a page of its own, and where on it.
pub(super) struct Sentence {
    pub(super) draft: Draft,
    /// Width and height in points.
    size: (f64, f64),
    /// Its middle.
    middle: (f64, f64),
}

impl Sentence {
    pub(super) fn set(terms: &Terms, fonts: &Fonts) -> Result<Self, CopyError> {
        let mut leaf = Leaf::new(fonts);
        leaf.colour(GREY);
        let (mut widest, mut top) = (0, TOP);
        for text in terms.watermark() {
            let lines = leaf.lines(&text, STYLE, MEASURE, LINES);
            widest = lines.width().max(widest);
            let height = lines.count() * PITCH;
            leaf.foot(lines, LEFT, top, PITCH);
            top -= height;
        }
        let points = |length: Length| f64::from(length) / 1000.0;
        let (width, height) = (points(widest), points(TOP - top));
        let draft = leaf.finish(&LeafMatter {
            title: &terms.watermark().concat(),
            creator: &terms.maker.name,
            at: terms.made,
            attached: &[],
        })?;
        Ok(Self {
            draft,
            size: (width.max(1.0), height.max(1.0)),
            middle: (points(LEFT) + width / 2.0, points(TOP) - height / 2.0),
        })
    }

    /// Content that paints the form `/W` all over the page, in the graphics state `/T`; `None` if the page has no sensible size.
    ///
    /// It is an artifact (ISO 32000-2, 14.8.2.2): no part of what the page says.
    pub(super) fn over(&self, painting: &Painting) -> Option<String> {
        let (shown, unit) = (&painting.shown, painting.user_unit);
        let (across, up) = (shown.width() * unit, shown.height() * unit);
        let sensible = |side: f64| (1.0..=20_000.0).contains(&side);
        if !sensible(across) || !sensible(up) {
            return None;
        }
        // From the page as it is seen, in points, to its own coordinates: `/Rotate` turns clockwise.
        let step = 1.0 / unit;
        let (width, height, upright) = match painting.rotate {
            90 => (up, across, [0.0, step, -step, 0.0, shown.right, shown.bottom]),
            180 => (across, up, [-step, 0.0, 0.0, -step, shown.right, shown.top]),
            270 => (up, across, [0.0, -step, step, 0.0, shown.left, shown.top]),
            _ => (across, up, [step, 0.0, 0.0, step, shown.left, shown.bottom]),
        };
        let side = width.min(height).max(width.max(height) / LONGEST);
        let scale = WIDTH * side / self.size.0;
        let (wide, high) = (WIDTH * side, self.size.1 * scale);
        let (along, down) = (wide + BESIDE * side, high + BELOW * side);
        let (cos, sin) = TILT;
        let mut out = format!(
            "/Artifact << /Type /Pagination /Subtype /Watermark >> BDC\nq /T gs {} cm\n",
            numbers(upright)
        );
        // Rows and columns of the tilted grid that can reach the page from its middle.
        let reach = (width + height) / 2.0;
        let (rows, columns) = (count(reach / down), count(reach / along));
        for row in -rows..=rows {
            for column in -columns..=columns {
                // Every other row is shifted, so that no column of the page stays free.
                let shift = if row % 2 == 0 { 0.0 } else { along / 2.0 };
                let (x, y) = (f64::from(column) * along + shift, f64::from(row) * down);
                let (x, y) = (x * cos - y * sin + width / 2.0, x * sin + y * cos + height / 2.0);
                let (half_width, half_height) =
                    ((wide * cos + high * sin) / 2.0, (wide * sin + high * cos) / 2.0);
                let off = |at: f64, half: f64, end: f64| at + half < 0.0 || at - half > end;
                if off(x, half_width, width) || off(y, half_height, height) {
                    continue;
                }
                let (cos, sin) = (cos * scale, sin * scale);
                let (middle_x, middle_y) = self.middle;
                let matrix = [
                    cos,
                    sin,
                    -sin,
                    cos,
                    x - (middle_x * cos - middle_y * sin),
                    y - (middle_x * sin + middle_y * cos),
                ];
                out.push_str(&format!("q {} cm /W Do Q\n", numbers(matrix)));
            }
        }
        out.push_str("Q EMC\n");
        Some(out)
    }
}

/// A small number of steps, rounded up.
fn count(steps: f64) -> i32 {
    (0..200).find(|count| f64::from(*count) >= steps).unwrap_or(200)
}

/// Six numbers of a matrix, to six decimals.
pub(super) fn numbers(matrix: [f64; 6]) -> String {
    matrix.map(|value| format!("{value:.6}")).join(" ")
}
