//! Sealing changes what is under the seal and the code and nothing else that is seen: real pages of others, painted before and
//! after by pdftoppm and mutool, are the same everywhere else, pixel by pixel.
//!
//! The corpus is not part of the repository. Where it or a renderer is absent, the test says so and passes.

mod common;
#[path = "common/corpus.rs"]
mod corpus;
#[path = "common/picture.rs"]
mod picture;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use common::{Office, at};
use picture::{Picture, TOOLS, paint};
use yinxin::draft::Draft;
use yinxin::limits::Limits;
use yinxin::payload::Payload;
use yinxin::pdf::Document;
use yinxin::seal::{Allow, Place};

/// Files looked at, spread over the list.
const FILES: usize = 40;
const DPI: u32 = 50;
/// Levels of 255 that rounding may cost in mutool, which composes a page on which anything is blended as a group: 5 were seen.
const ROUNDING: u8 = 8;
/// Centre and diameter of the seal, corner and side of the code, in millimetres.
const SEAL: (f64, f64, f64) = (45.0, 45.0, 42.0);
const CODE: (f64, f64, f64) = (80.0, 15.0, 60.0);

/// The file sealed, and how many pixels a millimetre of its first page is to `tool`; or why it is not sealed.
fn sealed(bytes: Vec<u8>) -> Result<(Vec<u8>, f64), String> {
    let office = Office::with_key("p256");
    let unit = {
        let document = Document::open(&bytes, &Limits::DEFAULT).map_err(|error| error.to_string())?;
        let pages = document.newest().pages().map_err(|error| error.to_string())?;
        pages.first().map_or(1.0, |page| page.user_unit)
    };
    let draft = Draft::open(bytes, &Limits::DEFAULT).map_err(|error| error.to_string())?;
    let at_mm = |x_mm, y_mm| Place { page: 0, x_mm, y_mm };
    let sealing = draft
        .bind(Payload::of(&office.record("residence")))
        .place(at_mm(SEAL.0, SEAL.1))
        .place_code(at_mm(CODE.0, CODE.1), CODE.2)
        .certifies(None)
        .allow(Allow::Overhang)
        .allow(Allow::Overlap);
    let sealed = sealing.seal(&office.seal(), &office.signer(), at());
    sealed
        .map(|sealed| (sealed.into_bytes(), unit))
        .map_err(|error| error.to_string())
}

/// Where the pictures differ outside of seal and code, and whether anything is seen of these.
fn compare(before: &Picture, after: &Picture, dots: f64, rounding: u8) -> (Option<[usize; 4]>, bool) {
    assert_eq!((before.width, before.height), (after.width, after.height));
    let within = |x: usize, y: usize, left: f64, top: f64, side: f64| {
        // A pixel is rounded either way.
        let inside = |pixel: usize, from: f64| {
            let pixel = f64::from(u32::try_from(pixel).unwrap());
            pixel > from * dots - 2.0 && pixel < (from + side) * dots + 1.0
        };
        inside(x, left) && inside(y, top)
    };
    let in_seal = |x, y| within(x, y, SEAL.0 - SEAL.2 / 2.0, SEAL.1 - SEAL.2 / 2.0, SEAL.2);
    let in_code = |x, y| within(x, y, CODE.0, CODE.1, CODE.2);
    let differ = |x: usize, y: usize| {
        let mut channels = before.at(x, y).into_iter().zip(after.at(x, y));
        channels.any(|(a, b)| a.abs_diff(b) > rounding)
    };
    let outside = before.extent_at(|x, y| differ(x, y) && !in_seal(x, y) && !in_code(x, y));
    let seen = before.extent_at(|x, y| differ(x, y) && (in_seal(x, y) || in_code(x, y)));
    (outside, seen.is_some())
}

#[test]
fn sealing_changes_no_pixel_outside_of_seal_and_code() {
    let Some(files) = corpus::pdfs(&["pdfjs"]) else {
        return;
    };
    let wanted = std::env::var("PIXEL_FILES")
        .ok()
        .and_then(|n| n.parse().ok())
        .unwrap_or(FILES);
    let step = (files.len() / wanted).max(1);
    let files: Vec<PathBuf> = files.into_iter().step_by(step).collect();
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("corpus_pixels");
    std::fs::create_dir_all(&folder).unwrap();
    let compared = AtomicUsize::new(0);
    let (left_out, wrong) = (Mutex::new(BTreeMap::<String, usize>::new()), Mutex::new(vec![]));
    let leave_out = |why: &str| *left_out.lock().unwrap().entry(why.to_owned()).or_default() += 1;
    corpus::each(&files, |path| {
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let (bytes, unit) = match sealed(std::fs::read(path).unwrap()) {
            Ok(sealed) => sealed,
            Err(why) => {
                leave_out(&why);
                return;
            }
        };
        let input = folder.join(format!("{name}.pdf"));
        std::fs::write(&input, bytes).unwrap();
        for tool in TOOLS {
            let output = |state: &str| folder.join(format!("{name}-{tool}-{state}"));
            let before = match paint(tool, path, &output("before"), DPI) {
                Some(Ok(before)) if before.width < 3000 && before.height < 3000 => before,
                Some(_) => {
                    leave_out("cannot be painted unsealed");
                    continue;
                }
                None => continue,
            };
            let after = paint(tool, &input, &output("after"), DPI).unwrap();
            let after = after.unwrap_or_else(|why| panic!("{name}, {tool}: {why}"));
            // Poppler takes every unit for a point.
            let dots = f64::from(DPI) / 25.4 / if tool == "pdftoppm" { unit } else { 1.0 };
            let rounding = if tool == "mutool" { ROUNDING } else { 0 };
            let (outside, seen) = compare(&before, &after, dots, rounding);
            if outside.is_some() || !seen {
                wrong.lock().unwrap().push(format!(
                    "{name}, {tool}: outside {outside:?}, anything painted: {seen}"
                ));
            }
            compared.fetch_add(1, Ordering::Relaxed);
        }
    });
    let (compared, wrong) = (compared.into_inner(), wrong.into_inner().unwrap());
    println!(
        "{compared} pages compared; left out: {:#?}",
        left_out.into_inner().unwrap()
    );
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(compared == 0 || compared >= 20, "{compared}");
}
