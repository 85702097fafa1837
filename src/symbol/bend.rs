//! Symbols on cloth and bent paper: the grid is fitted piece by piece where no one projection fits.
//!
//! Small symbols have one alignment pattern or none (ISO/IEC 18004:2015, annex E), so what lies between the finder patterns is
//! sampled where a flat symbol would have it. Here every third grid point looks for the place at which the modules around it
//! are sampled in their middles: there light and dark stand out most. Points are visited from the finder patterns on, and each
//! starts from where its neighbours ended.

use rxing::common::BitMatrix;
use rxing::qrcode::cpp_port::detector::FinderPatternSet;

use super::filter::Grey;

/// Modules from one control point to the next.
const STEP: usize = 3;
/// Modules on each side of a control point that vote on its place.
const VOTERS: i32 = 3;
/// Modules on each side over which light and dark are told apart.
const REACH: i32 = 5;
/// Places that are tried on each side of the expected one, and the parts of a module between them.
const TRIES: i32 = 4;
const PART: f32 = 0.16;
/// Symbols with more modules have alignment patterns enough.
const LARGEST: i32 = 77;

/// The modules of the symbol at these finder patterns, by each number of modules that may be meant; more likely ones first.
pub(super) fn straighten(grey: &Grey, set: &FinderPatternSet) -> Vec<BitMatrix> {
    let place = |x: f32, y: f32| Place { x, y };
    let (tl, tr, bl) = (
        place(set.tl.p.x, set.tl.p.y),
        place(set.tr.p.x, set.tr.p.y),
        place(set.bl.p.x, set.bl.p.y),
    );
    #[expect(clippy::cast_precision_loss, reason = "sizes in pixels, below 2^16")]
    let module = (set.tl.size + set.tr.size + set.bl.size) as f32 / 21.0;
    let across = tl.to(tr).length().midpoint(tl.to(bl).length());
    if !(module >= 1.0 && across.is_finite()) {
        return Vec::new();
    }
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a cast of a number with a fraction saturates"
    )]
    let estimate = ((across / module + 7.0 - 17.0) / 4.0).round() as i32;
    // The version that the distance tells, and its neighbours: bent symbols look shorter or longer.
    let sides = [0, -1, 1].map(|more| estimate.saturating_add(more).saturating_mul(4).saturating_add(17));
    sides
        .into_iter()
        .filter(|side| (21..=LARGEST).contains(side))
        .filter_map(|side| {
            let flat = Flat { tl, tr, bl, side };
            Grid::fit(grey, flat).sample(grey)
        })
        .collect()
}

/// A point or a distance, in pixels.
#[derive(Clone, Copy, Default)]
struct Place {
    x: f32,
    y: f32,
}

impl Place {
    fn plus(self, other: Self) -> Self {
        Self {
            x: self.x + other.x,
            y: self.y + other.y,
        }
    }

    fn times(self, factor: f32) -> Self {
        Self {
            x: self.x * factor,
            y: self.y * factor,
        }
    }

    fn to(self, other: Self) -> Self {
        other.plus(self.times(-1.0))
    }

    fn length(self) -> f32 {
        self.x.hypot(self.y)
    }
}

/// A flat symbol by the middles of its finder patterns.
#[derive(Clone, Copy)]
struct Flat {
    tl: Place,
    tr: Place,
    bl: Place,
    /// Modules.
    side: i32,
}

impl Flat {
    /// One module to the right and one down.
    fn axes(&self) -> (Place, Place) {
        let between = number(self.side - 7);
        (
            self.tl.to(self.tr).times(1.0 / between),
            self.tl.to(self.bl).times(1.0 / between),
        )
    }

    /// The middle of module `x`, `y`.
    fn middle(&self, x: i32, y: i32) -> Place {
        let (right, down) = self.axes();
        self.tl
            .plus(right.times(number(x - 3)))
            .plus(down.times(number(y - 3)))
    }
}

/// Where the modules are, as distances from where a flat symbol would have them.
struct Grid {
    flat: Flat,
    /// Control points on a side.
    points: usize,
    /// By rows.
    moved: Vec<Place>,
    /// Between light and dark.
    threshold: Vec<f32>,
}

impl Grid {
    fn fit(grey: &Grey, flat: Flat) -> Self {
        let points = usize::try_from(flat.side).unwrap_or(0).div_ceil(STEP) + 1;
        let mut grid = Self {
            flat,
            points,
            moved: vec![Place::default(); points * points],
            threshold: vec![128.0; points * points],
        };
        let mut done = vec![false; points * points];
        for index in grid.order() {
            let (column, row) = (index % points, index / points);
            // What the neighbours found, those of one side doubled back from the one behind them.
            let mut expected = Place::default();
            let mut known = 0.0;
            let neighbours = [
                (column.checked_sub(1), Some(row)),
                (Some(column + 1).filter(|&c| c < points), Some(row)),
                (Some(column), row.checked_sub(1)),
                (Some(column), Some(row + 1).filter(|&r| r < points)),
            ];
            for (c, r) in neighbours {
                let (Some(c), Some(r)) = (c, r) else { continue };
                let at = r * points + c;
                if done.get(at).copied().unwrap_or(false) {
                    expected = expected.plus(grid.moved.get(at).copied().unwrap_or_default());
                    known += 1.0;
                }
            }
            if known > 0.0 {
                expected = expected.times(1.0 / known);
            }
            let (moved, threshold) = grid.place(grey, module_of(column), module_of(row), expected);
            if let Some(entry) = grid.moved.get_mut(index) {
                *entry = moved;
            }
            if let Some(entry) = grid.threshold.get_mut(index) {
                *entry = threshold;
            }
            if let Some(entry) = done.get_mut(index) {
                *entry = true;
            }
        }
        grid
    }

    /// Control points, the nearest to a finder pattern first.
    fn order(&self) -> Vec<usize> {
        let last = self.flat.side - 4;
        let far = |index: &usize| {
            let (x, y) = (module_of(index % self.points), module_of(index / self.points));
            let distance = |(fx, fy): (i32, i32)| (x - fx).pow(2) + (y - fy).pow(2);
            [(3, 3), (last, 3), (3, last)].map(distance).into_iter().min()
        };
        let mut order: Vec<usize> = (0..self.points * self.points).collect();
        order.sort_by_key(far);
        order
    }

    /// How far the modules about `x`, `y` are from where they should be, and what divides light from dark there.
    fn place(&self, grey: &Grey, x: i32, y: i32, expected: Place) -> (Place, f32) {
        let within = |m: &i32| (0..self.flat.side).contains(m);
        let modules = |reach: i32| {
            let rows = (y - reach..=y + reach).filter(within);
            rows.flat_map(move |row| {
                (x - reach..=x + reach)
                    .filter(move |column| (0..self.flat.side).contains(column))
                    .map(move |column| self.flat.middle(column, row))
            })
        };
        let (mut sum, mut count) = (0.0, 0.0);
        for middle in modules(REACH) {
            sum += grey.level(middle.plus(expected));
            count += 1.0;
        }
        let threshold: f32 = if count > 0.0 { sum / count } else { 128.0 };
        let voters: Vec<Place> = modules(VOTERS).collect();
        let (right, down) = self.flat.axes();
        let mut best = (f32::NEG_INFINITY, expected);
        for i in -TRIES..=TRIES {
            for j in -TRIES..=TRIES {
                let step = right.times(PART * number(i)).plus(down.times(PART * number(j)));
                let moved = expected.plus(step);
                let contrast: f32 = voters
                    .iter()
                    .map(|middle| (grey.level(middle.plus(moved)) - threshold).abs())
                    .sum();
                // Of places that are about as good, the one that is expected.
                let score = contrast * (1.0 - 0.004 * number(i * i + j * j));
                if score > best.0 {
                    best = (score, moved);
                }
            }
        }
        (best.1, threshold)
    }

    /// The modules, read in their middles.
    fn sample(&self, grey: &Grey) -> Option<BitMatrix> {
        let side = u32::try_from(self.flat.side).ok()?;
        let mut modules = BitMatrix::new(side, side).ok()?;
        for y in 0..side {
            for x in 0..side {
                let (moved, threshold) = self.between(x, y);
                let middle = self.flat.middle(i32::try_from(x).ok()?, i32::try_from(y).ok()?);
                if grey.level(middle.plus(moved)) < threshold {
                    modules.set(x, y);
                }
            }
        }
        Some(modules)
    }

    /// What the four control points about a module say of it, each by how near it is.
    fn between(&self, x: u32, y: u32) -> (Place, f32) {
        let split = |module: u32| {
            let module = usize::try_from(module).unwrap_or(0);
            let part = number(i32::try_from(module % STEP).unwrap_or(0)) / number(3);
            (module / STEP, part)
        };
        let ((column, right), (row, down)) = (split(x), split(y));
        let mut moved = Place::default();
        let mut threshold = 0.0;
        for (c, r, weight) in [
            (column, row, (1.0 - right) * (1.0 - down)),
            (column + 1, row, right * (1.0 - down)),
            (column, row + 1, (1.0 - right) * down),
            (column + 1, row + 1, right * down),
        ] {
            let last = self.points.saturating_sub(1);
            let at = r.min(last) * self.points + c.min(last);
            moved = moved.plus(self.moved.get(at).copied().unwrap_or_default().times(weight));
            threshold += self.threshold.get(at).copied().unwrap_or(128.0) * weight;
        }
        (moved, threshold)
    }
}

/// The module in which a control point stands.
fn module_of(point: usize) -> i32 {
    i32::try_from(point.saturating_mul(STEP)).unwrap_or(i32::MAX)
}

#[expect(clippy::cast_precision_loss, reason = "numbers of modules, below 2^10")]
fn number(count: i32) -> f32 {
    count as f32
}

impl Grey {
    /// Between the four pixels about a place; the border repeats.
    fn level(&self, place: Place) -> f32 {
        let (x, y) = (place.x - 0.5, place.y - 0.5);
        let (left, top) = (x.floor(), y.floor());
        let (right, down) = (x - left, y - top);
        let at = |dx: f32, dy: f32| f32::from(self.pixel(left + dx, top + dy));
        let upper = at(0.0, 0.0) * (1.0 - right) + at(1.0, 0.0) * right;
        let lower = at(0.0, 1.0) * (1.0 - right) + at(1.0, 1.0) * right;
        upper * (1.0 - down) + lower * down
    }

    fn pixel(&self, x: f32, y: f32) -> u8 {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a cast of a number with a fraction saturates, and NaN becomes 0"
        )]
        let within = |at: f32, side: u32| (at.max(0.0) as u32).min(side.saturating_sub(1));
        let (x, y) = (
            u64::from(within(x, self.width)),
            u64::from(within(y, self.height)),
        );
        let at = y * u64::from(self.width) + x;
        let pixel = usize::try_from(at).ok().and_then(|at| self.pixels.get(at));
        pixel.copied().unwrap_or(255)
    }
}
