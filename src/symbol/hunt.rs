//! The symbols in one picture: finder patterns, samples, error correction by `rxing`; order and bounds by us.

use rxing::common::cpp_essentials::ConcentricPattern;
use rxing::common::cpp_essentials::pattern::{GetPatternRowTP, PatternRow};
use rxing::common::{BitMatrix, DetectorRXingResult, HybridBinarizer};
use rxing::qrcode::cpp_port::decoder::Decode;
use rxing::qrcode::cpp_port::detector::{
    DetectPureQR, FindFinderPatterns, FinderPatternSet, GenerateFinderPatternSets, SampleQR,
};
use rxing::{Binarizer, Luma8Source};

use super::bend::straighten;
use super::filter::Grey;

/// Places in one picture that look like a finder pattern. A page of text has some hundreds to thousands; the search
/// compares each with all before it, so this bounds the squares.
const MAXIMUM_FINDERS: usize = 10_000;

/// Triples of finder patterns that are sampled and decoded in one try (zxing-cpp stops at the same number).
const MAXIMUM_SETS: usize = 256;

/// Triples that are straightened in one try.
const MAXIMUM_BENT: usize = 6;

/// What fitting a bent grid costs, in places sampled.
const STRAIGHTENED: usize = 20;

/// Why a search ends without symbols.
pub(super) enum HuntError {
    /// More places look like a finder pattern than any real page has.
    TooBusy,
    /// A symbol is part of a Structured Append set.
    StructuredAppend,
}

/// One symbol and where it stands, in pixels.
#[derive(Clone, Debug)]
pub(super) struct Found {
    pub(super) text: String,
    pub(super) x: f32,
    pub(super) y: f32,
    /// Half the diagonal from corner to corner.
    pub(super) reach: f32,
    /// The side of a finder pattern.
    finder: f32,
}

/// What a search saw.
pub(super) struct Hunt {
    pub(super) found: Vec<Found>,
    /// Triples of finder patterns that were sampled, each of which costs about as much as looking at 16,384 pixels.
    pub(super) sampled: usize,
    /// Whether another symbol may be there, of the size of those read.
    pub(super) more: bool,
}

/// What to look for.
#[derive(Clone, Copy)]
pub(super) struct Quarry {
    /// Symbols light on dark instead of dark on light.
    pub(super) light: bool,
    /// Symbols on cloth and bent paper as well.
    pub(super) bent: bool,
}

/// Looks for symbols.
pub(super) fn hunt(grey: &Grey, quarry: Quarry) -> Result<Hunt, HuntError> {
    let mut hunt = Hunt {
        found: Vec::new(),
        sampled: 0,
        more: false,
    };
    let Ok(source) = Luma8Source::new_with_slice(&grey.pixels, grey.width, grey.height) else {
        return Ok(hunt);
    };
    let binarizer = HybridBinarizer::new(source);
    let Ok(matrix) = binarizer.get_black_matrix() else {
        return Ok(hunt);
    };
    let flipped = quarry.light.then(|| {
        let mut matrix = matrix.clone();
        matrix.flip_self();
        matrix
    });
    let matrix = flipped.as_ref().unwrap_or(matrix);
    if count_finders(matrix) > MAXIMUM_FINDERS {
        return Err(HuntError::TooBusy);
    }
    let mut patterns = FindFinderPatterns(matrix, true, 0);
    let mut used: Vec<(f32, f32)> = Vec::new();
    let (mut tried, mut bent) = (0_usize, 0_usize);
    for set in GenerateFinderPatternSets(&mut patterns) {
        let centres = [&set.bl, &set.tl, &set.tr].map(|pattern| (pattern.p.x, pattern.p.y));
        if centres.iter().any(|centre| used.contains(centre)) {
            continue;
        }
        if tried >= MAXIMUM_SETS {
            break;
        }
        tried = tried.saturating_add(1);
        hunt.sampled = hunt.sampled.saturating_add(1);
        let sample = SampleQR(matrix, &set).ok();
        let mut text = match &sample {
            Some(sample) => decode(sample.getBits())?,
            None => None,
        };
        if text.is_none() && quarry.bent && bent < MAXIMUM_BENT {
            bent = bent.saturating_add(1);
            for modules in straighten(grey, &set) {
                hunt.sampled = hunt.sampled.saturating_add(STRAIGHTENED);
                text = decode(&modules)?;
                if text.is_some() {
                    break;
                }
            }
        }
        if let Some(text) = text {
            used.extend(centres);
            hunt.found.push(Found::at(text, &set));
        }
    }
    hunt.more = patterns
        .iter()
        .any(|pattern| hunt.found.iter().any(|found| found.is_like(pattern)) && !hunt.covers(pattern));
    if hunt.found.is_empty() {
        // A clean picture of one symbol and nothing else, however small its modules.
        if let Ok(sample) = DetectPureQR(matrix) {
            let text = decode(sample.getBits())?;
            hunt.found.extend(text.map(|text| Found {
                text,
                x: 0.0,
                y: 0.0,
                reach: 0.0,
                finder: 0.0,
            }));
        }
    }
    Ok(hunt)
}

/// The text of sampled modules, if error correction restores them.
fn decode(modules: &BitMatrix) -> Result<Option<String>, HuntError> {
    let Ok(result) = Decode(modules) else {
        return Ok(None);
    };
    if !result.isValid() {
        return Ok(None);
    }
    let append = result.structuredAppend();
    if append.index >= 0 || append.count >= 0 {
        return Err(HuntError::StructuredAppend);
    }
    Ok(Some(result.text()))
}

/// How many runs of dark and light look like 1:1:3:1:1 in the rows that the search visits.
///
/// Never fewer than the places that `rxing` goes on to measure, each of which it compares with all found before.
fn count_finders(matrix: &BitMatrix) -> usize {
    let mut count: usize = 0;
    for y in (2..matrix.height()).step_by(3) {
        let mut row = PatternRow::default();
        GetPatternRowTP(matrix, y, &mut row, false);
        let runs: Vec<u16> = row.into_iter().collect();
        // the first run is light, so a dark one begins every second window
        let windows = runs.windows(5).skip(1).step_by(2);
        count = count.saturating_add(windows.filter(|window| like_finder(window)).count());
        if count > MAXIMUM_FINDERS {
            break;
        }
    }
    count
}

/// Whether dark, light, dark, light, dark of these lengths pass the tests that `rxing` makes before it measures
/// the place in two dimensions: the middle is long, and dark and light fit 1:1:3:1:1 each by itself.
fn like_finder(window: &[u16]) -> bool {
    let [a, b, c, d, e] = *window else { return false };
    if c < 3 || c / 2 < a.max(e) || c < b.max(d) {
        return false;
    }
    let [a, b, c, d, e] = [a, b, c, d, e].map(i64::from);
    // five modules dark, two light; the tolerances are three quarters and a third of a module, and half a pixel
    let (dark, light) = (a + c + e, b + d);
    let alike = 4 * (2 * dark).min(5 * light) >= (2 * dark).max(5 * light);
    let fits_dark = |run: i64, modules: i64| (20 * run - 4 * modules * dark).abs() <= 3 * dark + 10;
    let fits_light = |run: i64| (6 * run - 3 * light).abs() <= light + 3;
    alike && fits_dark(a, 1) && fits_dark(c, 3) && fits_dark(e, 1) && fits_light(b) && fits_light(d)
}

#[expect(clippy::cast_precision_loss, reason = "sizes in pixels, below 2^16")]
fn pixels(size: i32) -> f32 {
    size as f32
}

impl Hunt {
    /// Whether this finder pattern is one of a symbol that was read, or chance within it.
    fn covers(&self, pattern: &ConcentricPattern) -> bool {
        let within =
            |found: &Found| (pattern.p.x - found.x).hypot(pattern.p.y - found.y) < found.reach + found.finder;
        self.found.iter().any(within)
    }
}

impl Found {
    fn at(text: String, set: &FinderPatternSet) -> Self {
        let (dx, dy) = (set.tr.p.x - set.bl.p.x, set.tr.p.y - set.bl.p.y);
        Self {
            text,
            x: (set.tr.p.x + set.bl.p.x) / 2.0,
            y: (set.tr.p.y + set.bl.p.y) / 2.0,
            reach: dx.hypot(dy) / 2.0,
            finder: pixels(set.bl.size + set.tl.size + set.tr.size) / 3.0,
        }
    }

    /// Whether this finder pattern is as large as those of this symbol.
    fn is_like(&self, pattern: &ConcentricPattern) -> bool {
        let size = pixels(pattern.size);
        size > 0.75 * self.finder && size < 1.33 * self.finder
    }

    /// Whether both are one symbol, seen twice. A small symbol in the middle of a large one is another.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        let (small, large) = (self.reach.min(other.reach), self.reach.max(other.reach));
        small > 0.67 * large && (self.x - other.x).hypot(self.y - other.y) < 0.5 * large
    }
}
