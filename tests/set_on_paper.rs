//! A sealed file printed as codes comes back from the paper: drawn, blurred, turned, with codes torn off and the papers of two
//! files mixed.
#![cfg(all(feature = "compose", feature = "seal", feature = "scan"))]

mod common;
#[path = "common/photo.rs"]
mod photo;
#[path = "common/pixels.rs"]
mod pixels;
#[path = "common/random.rs"]
mod random;
#[path = "common/scan.rs"]
mod scan;
#[path = "common/second.rs"]
mod second;

use std::collections::BTreeSet;
use std::sync::Mutex;

use common::{Office, at};
use photo::{Shot, of_page, shoot};
use pixels::Pixels;
use random::Random;
use yinxin::compose::{Fonts, SetPages, SetPagesError};
use yinxin::draft::Draft;
use yinxin::impression::{Impression, RoundSeal};
use yinxin::limits::Limits;
use yinxin::payload::{Sets, split};
use yinxin::seal::{Allow, Place, Seal};
use yinxin::symbol::SymbolError;
use yinxin::symbol::read::{read_luma, read_picture};

/// A sealed file of about this many bytes.
fn sealed(length: usize) -> Vec<u8> {
    let seal = |side: u32| {
        let mut file = std::io::Cursor::new(vec![]);
        scan::write(&mut file, 1, side, scan::Picture::Noise, true).unwrap();
        let office = Office::with_key("p256");
        let place = Place {
            page: 0,
            x_mm: 60.0,
            y_mm: 60.0,
        };
        let draft = Draft::open(file.into_inner(), &Limits::DEFAULT).unwrap();
        let sealing = draft.without_code().place(place).allow(Allow::Overlap);
        // A short name: the outlines of its characters are most of what sealing adds.
        let round = Impression::round(&RoundSeal::new("滨海市样章局"), yinxin::font::bundled()).unwrap();
        sealing
            .seal(&Seal::new(round), &office.signer(), at())
            .unwrap()
            .into_bytes()
    };
    let rest = length.saturating_sub(seal(1).len());
    let side = (1..).find(|side| side * side >= rest).unwrap();
    seal(side.try_into().unwrap())
}

fn pages(file: &[u8], name: &str) -> Vec<u8> {
    SetPages::new(name, at())
        .compose(file, &Fonts::bundled(), &Limits::DEFAULT)
        .unwrap()
        .bytes()
        .to_vec()
}

/// One page, 20 codes of which have their places at 47.5 x 47.6 mm from 10 and 43 mm on, as the module says that composes them.
const COLUMNS: usize = 4;
const ROWS: usize = 5;

/// Paints the code in `place` over.
fn tear_off(page: &mut Pixels, place: usize) {
    let dots = 300.0 / 25.4;
    let (column, row) = ((place % COLUMNS) as f64, (place / COLUMNS) as f64);
    let (left, top) = ((10.0 + 47.5 * column) * dots, (43.0 + 47.6 * row) * dots);
    let (width, side) = (page.width as usize, (43.0 * dots) as usize);
    for y in top as usize..top as usize + side {
        let start = y * width + left as usize;
        page.luma[start..start + (47.5 * dots) as usize].fill(255);
    }
}

#[test]
fn sealed_files_survive_printing_tearing_and_mixing() {
    let mut random = Random(0x5E75);
    let files = [sealed(15_000), sealed(60_000)];
    println!("{} and {} bytes", files[0].len(), files[1].len());
    assert!(files[0].len() < 17_000 && files[1].len() < 63_000);
    let mut sheets = vec![];
    for file in &files {
        let codes = split(file, &yinxin::payload::SplitRule::DEFAULT, &Limits::DEFAULT)
            .unwrap()
            .len();
        let mut places: Vec<usize> = (0..codes).collect();
        random.shuffle(&mut places);
        let torn: BTreeSet<usize> = places[..(codes * 15).div_ceil(100)].iter().copied().collect();
        let drawn = Pixels::of_pdf(&pages(file, "sealed.pdf"), 300.0);
        assert_eq!(drawn.len(), codes.div_ceil(COLUMNS * ROWS));
        for (number, mut page) in drawn.into_iter().enumerate() {
            let first = number * COLUMNS * ROWS;
            let here = first..codes.min(first + COLUMNS * ROWS);
            let left = here.clone().filter(|code| !torn.contains(code)).count();
            torn.range(here)
                .for_each(|code| tear_off(&mut page, code - first));
            sheets.push((page, left));
        }
    }
    random.shuffle(&mut sheets);
    let (next, sets) = (
        Mutex::new(sheets.into_iter().enumerate()),
        Mutex::new(Sets::new(&Limits::DEFAULT)),
    );
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(2, usize::from) {
            scope.spawn(|| {
                loop {
                    let Some((number, (page, left))) = next.lock().unwrap().next() else {
                        break;
                    };
                    let mut random = Random(number as u64);
                    let shot = Shot {
                        turn: -0.25 + 0.07 * number as f64,
                        blur: 1.2,
                        points: 1,
                        ..Shot::by_hand(1.0, &mut random)
                    };
                    let shot = Shot {
                        lean: (0.0, 0.0),
                        ..shot
                    };
                    let (scene, size) = of_page(&page);
                    let texts = read_picture(&shoot(&scene, size, &shot, &mut random), &Limits::DEFAULT);
                    let texts = texts.unwrap_or_else(|why| panic!("sheet {number}: {why}"));
                    println!("sheet {number}: {} of {left} codes", texts.len());
                    let mut sets = sets.lock().unwrap();
                    texts.iter().for_each(|text| sets.add(text).unwrap());
                }
            });
        }
    });
    let mut whole = sets.into_inner().unwrap().whole().unwrap();
    whole.sort_by_key(Vec::len);
    assert!(whole == files, "the files differ");
}

#[test]
fn pages_hold_every_code_in_order_and_are_the_same_every_time() {
    let file = Random(1).bytes(15_000);
    let file = [b"%PDF-1.7\n".as_slice(), &file].concat();
    let once = pages(&file, "居住证明.pdf");
    assert_eq!(once, pages(&file, "居住证明.pdf"));
    let texts = split(&file, &yinxin::payload::SplitRule::DEFAULT, &Limits::DEFAULT).unwrap();
    assert_eq!(texts.len(), 32);
    let drawn = Pixels::of_pdf(&once, 200.0);
    let read: Vec<String> = drawn
        .iter()
        .flat_map(|page| read_luma(page.width, page.height, &page.luma, &Limits::DEFAULT).unwrap())
        .collect();
    assert_eq!(read, texts);
    let text = String::from_utf8_lossy(&once);
    assert!(text.contains("<pdfaid:part>2</pdfaid:part>") && text.contains("<pdfuaid:part>1</pdfuaid:part>"));
    assert!(
        !text.contains("/EmbeddedFile"),
        "PDF/A-2b has no attachments of other formats"
    );
}

#[test]
fn second_decoder_reads_what_the_first_reads() {
    let file = Random(2).bytes(9_000);
    let page = &Pixels::of_pdf(&pages(&file, "a.pdf"), 200.0)[0];
    let first = read_luma(page.width, page.height, &page.luma, &Limits::DEFAULT).unwrap();
    assert_eq!(first.len(), 20);
    if let Some(second) = second::texts("set", page) {
        assert_eq!(second, first.into_iter().collect());
    }
}

#[test]
fn pages_that_phones_cannot_read_are_printed() {
    let file = Random(3).bytes(20_000);
    let mut pages = SetPages::new("a.pdf", at());
    pages.split.piece_bytes = 1_200;
    let refused = pages.compose(&file, &Fonts::bundled(), &Limits::DEFAULT);
    assert!(
        matches!(
            refused,
            Err(SetPagesError::Symbol(SymbolError::VersionTooHigh {
                maximum: 25,
                ..
            }))
        ),
        "{refused:?}"
    );
    pages.split.piece_bytes = 616;
    pages.print.minimum_module_mm = 2.0;
    let refused = pages.compose(&file, &Fonts::bundled(), &Limits::DEFAULT);
    assert!(
        matches!(
            refused,
            Err(SetPagesError::Symbol(SymbolError::ModuleTooSmall { .. }))
        ),
        "{refused:?}"
    );
    let mut limits = Limits::DEFAULT;
    limits.composed_pages = 2;
    let refused = SetPages::new("a.pdf", at()).compose(&file, &Fonts::bundled(), &limits);
    assert!(
        matches!(refused, Err(SetPagesError::TooManyPages { pages: 3, most: 2 })),
        "{refused:?}"
    );
}
