//! The five sample pages as hayro paints them: what the seal and the code do to a page, in pixels.

#[path = "../../tests/common/mod.rs"]
mod common;

use std::sync::{Arc, Mutex};

use common::{Office, signer};
use hayro::hayro_interpret::InterpreterSettings;
use hayro::hayro_syntax::Pdf;
use hayro::vello_cpu::color::palette::css::WHITE;
use hayro::{PixmapSettings, RenderCache, RenderSettings, render};
use yinxin::compose::BUILTIN;
use yinxin::draft::Draft;
use yinxin::limits::Limits;
use yinxin::payload::{Payload, TextForm};
use yinxin::pdf::Document;
use yinxin::symbol::read::read_luma;

/// Pixels per inch: less than any office printer or scanner of the field.
const DPI: f32 = 150.0;
const MM: f64 = 25.4;
/// Side of the seal that `Office` uses, in millimetres.
const SEAL_MM: f64 = 42.0;

/// How much hayro rounds the edges of glyphs otherwise, anywhere on the page, once something on it is blended.
const ROUNDING: u8 = 32;

/// A picture of a page: rows from the top, RGB.
struct Picture {
    width: usize,
    height: usize,
    pixels: Vec<[u8; 3]>,
}

/// Left, top, right, bottom in pixels; right and bottom are outside.
#[derive(Clone, Copy, Debug)]
struct Area(usize, usize, usize, usize);

impl Area {
    fn has(self, x: usize, y: usize) -> bool {
        (self.0..self.2).contains(&x) && (self.1..self.3).contains(&y)
    }
}

impl Picture {
    /// The last page of `file`, on which seal and code stand. Everything hayro warns of is a failure.
    fn of(file: &[u8], dpi: f32, what: &str) -> Self {
        let pdf = Pdf::new(file.to_vec()).unwrap_or_else(|error| panic!("{what}: {error:?}"));
        let warnings = Arc::new(Mutex::new(Vec::new()));
        let sink = Arc::clone(&warnings);
        let settings = InterpreterSettings {
            warning_sink: Arc::new(move |warning| sink.lock().unwrap().push(format!("{warning:?}"))),
            ..InterpreterSettings::default()
        };
        let scale = PixmapSettings {
            x_scale: dpi / 72.0,
            y_scale: dpi / 72.0,
            bg_color: WHITE,
        };
        let page = pdf.pages().last().unwrap();
        let pixmap = render(
            page,
            &RenderCache::new(),
            &settings,
            &RenderSettings::default(),
            &scale,
        );
        let warnings = warnings.lock().unwrap();
        assert!(warnings.is_empty(), "{what}: {warnings:?}");
        Self {
            width: pixmap.width().into(),
            height: pixmap.height().into(),
            pixels: pixmap.data().iter().map(|p| [p.r, p.g, p.b]).collect(),
        }
    }

    fn at(&self, x: usize, y: usize) -> [u8; 3] {
        self.pixels[y * self.width + x]
    }

    fn luma(&self, x: usize, y: usize) -> u8 {
        let [r, g, b] = self.at(x, y).map(u32::from);
        u8::try_from((299 * r + 587 * g + 114 * b) / 1000).unwrap()
    }

    fn whole(&self) -> Area {
        Area(0, 0, self.width, self.height)
    }

    fn count(&self, area: Area, mut counts: impl FnMut(usize, usize) -> bool) -> usize {
        let rows = area.1..area.3;
        rows.map(|y| (area.0..area.2).filter(|x| counts(*x, y)).count())
            .sum()
    }

    fn is_red(&self, x: usize, y: usize) -> bool {
        let [r, g, b] = self.at(x, y).map(i32::from);
        r > 120 && r - g > 60 && r - b > 60
    }

    /// The codes in `area`, read by the library's own reader.
    fn codes(&self, area: Area) -> Vec<String> {
        let luma: Vec<u8> = (area.1..area.3)
            .flat_map(|y| (area.0..area.2).map(move |x| (x, y)))
            .map(|(x, y)| self.luma(x, y))
            .collect();
        let (width, height) = (area.2 - area.0, area.3 - area.1);
        let (width, height) = (u32::try_from(width).unwrap(), u32::try_from(height).unwrap());
        read_luma(width, height, &luma, &Limits::DEFAULT).unwrap_or_default()
    }

    /// Where this and `other` differ by more than rounding outside `except`, if anywhere.
    fn difference(&self, other: &Self, except: Area) -> Option<Area> {
        assert_eq!((self.width, self.height), (other.width, other.height));
        let mut found: Option<Area> = None;
        for y in 0..self.height {
            for x in 0..self.width {
                if !except.has(x, y) && self.luma(x, y).abs_diff(other.luma(x, y)) > ROUNDING {
                    let Area(l, t, r, b) = found.unwrap_or(Area(x, y, x, y));
                    found = Some(Area(l.min(x), t.min(y), r.max(x + 1), b.max(y + 1)));
                }
            }
        }
        found
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "places on a page of some thousand pixels"
)]
fn pixels(mm: f64) -> usize {
    (mm / MM * f64::from(DPI)).round() as usize
}

/// The square around the first seal slot, one pixel wider than the seal.
fn seal_area(draft: &Draft) -> Area {
    let document = Document::open(draft.bytes(), &Limits::DEFAULT).unwrap();
    let shown = document
        .newest()
        .pages()
        .unwrap()
        .last()
        .unwrap()
        .visible_box()
        .unwrap();
    let (x, y) = draft.slots().seals[0].centre_pt;
    let mm = |points: f64| points / 72.0 * MM;
    let (x, y) = (mm(f64::from(x) - shown.left), mm(shown.top - f64::from(y)));
    let half = SEAL_MM / 2.0;
    Area(
        pixels(x - half) - 1,
        pixels(y - half) - 1,
        pixels(x + half) + 2,
        pixels(y + half) + 2,
    )
}

#[test]
fn pages_are_painted_and_sealing_changes_the_seal_and_the_code_alone() {
    let office = Office::with_key("p256");
    for name in BUILTIN {
        let (draft, sealed) = (office.draft(name), office.issue(name));
        let before = Picture::of(draft.bytes(), DPI, name);
        let after = Picture::of(&sealed.to_bytes(), DPI, name);

        // A page with some text on it, and more paper than ink.
        let dark = before.count(before.whole(), |x, y| before.luma(x, y) < 100);
        let share = dark * 1000 / (before.width * before.height);
        assert!(
            (8..200).contains(&share),
            "{name}: {share} of 1000 pixels are dark"
        );

        let seal = seal_area(&draft);
        let code = before
            .difference(&after, seal)
            .unwrap_or_else(|| panic!("{name}: no code was painted"));
        let side = pixels(draft.slots().code.as_ref().unwrap().side_mm) + 2;
        let (width, height) = (code.2 - code.0, code.3 - code.1);
        assert!(
            width <= side && height <= side,
            "{name}: sealing changed {code:?}, more than a code of {side} pixels"
        );
        assert!(
            width > side / 2 && width.abs_diff(height) <= 2,
            "{name}: the code is no square: {code:?}"
        );

        // The seal: red where there was none, and not a blot.
        let red = |picture: &Picture| picture.count(seal, |x, y| picture.is_red(x, y));
        let area = (seal.2 - seal.0) * (seal.3 - seal.1);
        let share = red(&after) * 100 / area;
        assert_eq!(red(&before), 0, "{name}: red before it was sealed");
        assert!(
            (6..60).contains(&share),
            "{name}: {share} percent of the seal's box are red"
        );

        // Issuer and date stand under the seal and must stay readable: multiplied, not covered.
        let text = before.count(seal, |x, y| before.luma(x, y) < 100);
        assert!(
            text > 300,
            "{name}: the seal stands on {text} pixels of text only"
        );
        let paler = before.count(seal, |x, y| {
            before.luma(x, y) < 100 && after.luma(x, y) > before.luma(x, y) + ROUNDING
        });
        assert_eq!(paler, 0, "{name}: {paler} of {text} pixels of text were covered");
        let crossed = before.count(seal, |x, y| {
            before.luma(x, y) < 100 && before.at(x, y) != after.at(x, y)
        });
        assert!(crossed > 10, "{name}: the seal misses the text: {crossed}");
        println!("{name}: code {code:?}, {share} percent red, {crossed} of {text} dark pixels under ink");
    }
}

#[test]
fn the_code_is_read_from_the_pixels_of_the_page_and_of_its_box() {
    let office = Office::with_key("p256");
    for name in BUILTIN {
        let (draft, sealed) = (office.draft(name), office.issue(name));
        let before = Picture::of(draft.bytes(), DPI, name);
        let after = Picture::of(&sealed.to_bytes(), DPI, name);
        let text = sealed.code_text().unwrap().to_owned();
        assert_eq!(
            before.codes(before.whole()),
            [""; 0],
            "{name}: a code before it was sealed"
        );
        assert_eq!(
            after.codes(after.whole()),
            std::slice::from_ref(&text),
            "{name}: the whole page"
        );
        let Area(left, top, right, bottom) = before.difference(&after, seal_area(&draft)).unwrap();
        let margin = pixels(1.5);
        let area = Area(left - margin, top - margin, right + margin, bottom + margin);
        assert_eq!(after.codes(area), [text], "{name}: the box of the code");
    }
}

#[test]
fn codes_of_every_form_and_code_key_are_read_from_pixels() {
    let office = Office::with_key("p256");
    let draft = office.draft("residence");
    for key in ["p256", "ed25519"] {
        let (signer, code) = (office.signer(), signer(key));
        for form in [TextForm::Compact, TextForm::Url("https://zm.binhai.example/v")] {
            let sealing = draft
                .bind(Payload::of(&office.record("residence")))
                .code_signer(&code)
                .text_form(form);
            let sealed = sealing.seal(&office.seal(), &signer, common::at()).unwrap();
            let picture = Picture::of(&sealed.to_bytes(), DPI, key);
            let text = sealed.code_text().unwrap().to_owned();
            assert_eq!(picture.codes(picture.whole()), [text], "{key}, {form:?}");
        }
    }
}
