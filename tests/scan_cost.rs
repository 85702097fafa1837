//! Reading has a bound on its work, whatever the picture: noise, text, fields of finder patterns, symbols that cannot be restored.
#![cfg(feature = "scan")]

#[path = "common/pixels.rs"]
mod pixels;
#[path = "common/processor.rs"]
mod processor;
#[path = "common/random.rs"]
mod random;

use std::time::Duration;

use pixels::Pixels;
use processor::Moment;
use random::Random;
use yinxin::limits::Limits;
use yinxin::symbol::read::{ReadError, read_luma};
use yinxin::symbol::{Level, Symbol};

/// What a clerk waits, in a debug build: time of the processor, for the machine may be busy.
const PATIENCE: Duration = Duration::from_secs(30);

fn blank(side: u32) -> Pixels {
    Pixels {
        width: side,
        height: side,
        luma: vec![255; (side * side) as usize],
    }
}

fn timed(name: &str, picture: &Pixels, limits: &Limits) -> Result<Vec<String>, ReadError> {
    let start = Moment::now();
    let read = read_luma(picture.width, picture.height, &picture.luma, limits);
    let took = start.elapsed();
    println!(
        "{name}, {} x {}: {took:?}, {}",
        picture.width,
        picture.height,
        match &read {
            Ok(texts) => format!("{} texts", texts.len()),
            Err(why) => why.to_string(),
        }
    );
    assert!(took < PATIENCE, "{name}: {took:?}");
    read
}

/// Finder patterns of `module` pixels, `gap` modules apart both ways.
fn finders(side: u32, module: u32, gap: u32) -> Pixels {
    let mut picture = blank(side);
    for (index, pixel) in (0_u32..).zip(&mut picture.luma) {
        let (x, y) = (index % side / module % gap, index / side / module % gap);
        if x < 7 && y < 7 && x.min(6 - x).min(y).min(6 - y) != 1 {
            *pixel = 0;
        }
    }
    picture
}

#[test]
fn hostile_pictures_do_not_stall_the_reader() {
    let mut random = Random(7);
    for side in [1_000, 3_500] {
        let mut noise = blank(side);
        noise
            .luma
            .iter_mut()
            .for_each(|pixel| *pixel = random.next() as u8);
        let _ = timed("noise of grey", &noise, &Limits::DEFAULT);
        let mut specks = blank(side);
        specks
            .luma
            .iter_mut()
            .for_each(|pixel| *pixel = random.of(&[0, 255]));
        let _ = timed("noise of black and white", &specks, &Limits::DEFAULT);
        for (module, gap) in [(1, 8), (2, 9), (3, 14), (4, 20), (6, 33), (8, 60)] {
            let _ = timed(
                &format!("finder patterns {module} {gap}"),
                &finders(side, module, gap),
                &Limits::DEFAULT,
            );
        }
    }
}

#[test]
fn page_of_symbols_beyond_repair_does_not_stall_the_reader() {
    let mut random = Random(8);
    let symbol = Symbol::of_text(&"7".repeat(1_000), Level::L).unwrap();
    let (scale, side) = (4, 2_400);
    let step = (symbol.form_side() * scale) as u32;
    let mut picture = blank(side);
    for top in (0..side - step).step_by(step as usize) {
        for left in (0..side - step).step_by(step as usize) {
            for y in 0..symbol.width() {
                for x in 0..symbol.width() {
                    // Finder patterns and format stay; the rest is random.
                    let fixed =
                        (x < 9 || x + 8 >= symbol.width()) && y < 9 || x < 9 && y + 8 >= symbol.width();
                    if if fixed {
                        symbol.dark(x, y)
                    } else {
                        random.one_in(2)
                    } {
                        for pixel in 0..scale * scale {
                            let (px, py) = ((x + 4) * scale + pixel % scale, (y + 4) * scale + pixel / scale);
                            picture.luma[(top as usize + py) * side as usize + left as usize + px] = 0;
                        }
                    }
                }
            }
        }
    }
    assert_eq!(
        timed("symbols beyond repair", &picture, &Limits::DEFAULT),
        Err(ReadError::NothingFound)
    );
}

#[test]
fn small_limit_ends_the_search_early() {
    let mut limits = Limits::DEFAULT;
    limits.scan_pixels = 1 << 20;
    let picture = finders(1_000, 4, 20);
    let few = Moment::now();
    assert!(read_luma(1_000, 1_000, &picture.luma, &limits).is_err());
    let few = few.elapsed();
    let all = Moment::now();
    assert!(read_luma(1_000, 1_000, &picture.luma, &Limits::DEFAULT).is_err());
    let all = all.elapsed();
    println!("{few:?} of {all:?}");
    assert!(few < all);
}
