//! Codes as they are printed and photographed: at 4 pixels a module and more, versions 10 to 25, at least 95 percent are read.
#![cfg(feature = "scan")]

#[path = "common/photo.rs"]
mod photo;
#[path = "common/pixels.rs"]
mod pixels;
#[path = "common/random.rs"]
mod random;

use std::sync::Mutex;

use photo::{Shot, shoot};
use random::Random;
use yinxin::limits::Limits;
use yinxin::symbol::read::read_picture;
use yinxin::symbol::{Level, Symbol};

const VERSIONS: [u8; 7] = [10, 13, 15, 18, 20, 22, 25];
/// Pixels a module. Below 4, photographs fail in all readers sooner or later; what is read there is told, not promised.
const SCALES: [f64; 6] = [3.0, 3.5, 4.0, 5.0, 6.0, 8.0];

/// How many pictures of each kind: `PHOTOS`, or a few.
fn shots() -> u64 {
    let asked = std::env::var("PHOTOS")
        .ok()
        .and_then(|number| number.parse().ok());
    asked.unwrap_or(2)
}

/// Prints a table by version and pixels a module; the percentage that was read at 4 pixels and more.
fn table(name: &str, how: fn(f64, &mut Random) -> Shot) -> f64 {
    let (shots, next) = (shots(), Mutex::new(0..VERSIONS.len() * SCALES.len()));
    let counts = Mutex::new([[0; SCALES.len()]; VERSIONS.len()]);
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(2, usize::from) {
            scope.spawn(|| {
                loop {
                    let Some(cell) = next.lock().unwrap().next() else {
                        break;
                    };
                    let (row, column) = (cell / SCALES.len(), cell % SCALES.len());
                    for seed in 0..shots {
                        let mut random = Random((cell as u64) << 32 | seed);
                        let right = is_read(VERSIONS[row], &how(SCALES[column], &mut random), &mut random);
                        counts.lock().unwrap()[row][column] += u64::from(right);
                    }
                }
            });
        }
    });
    println!("{name}: read of {shots} by version and pixels a module\n|  | 3 | 3.5 | 4 | 5 | 6 | 8 |");
    let counts = counts.into_inner().unwrap();
    for (version, row) in VERSIONS.iter().zip(counts) {
        println!(
            "| {version} | {} |",
            row.map(|count| count.to_string()).join(" | ")
        );
    }
    let promised = counts.iter().flat_map(|row| &row[2..]);
    let all = shots * promised.clone().count() as u64;
    promised.sum::<u64>() as f64 * 100.0 / all as f64
}

fn is_read(version: u8, shot: &Shot, random: &mut Random) -> bool {
    let (text, symbol) = symbol_of(version, random);
    let side = symbol.form_side() as f64;
    let scene = |u: f64, v: f64| {
        let (x, y) = (u as usize, v as usize);
        f64::from(u8::from(!(x >= 4 && y >= 4 && symbol.dark(x - 4, y - 4))))
    };
    let jpeg = shoot(&scene, (side, side), shot, random);
    match read_picture(&jpeg, &Limits::DEFAULT) {
        Ok(texts) => {
            assert_eq!(texts, [text], "a text that was never drawn");
            true
        }
        Err(_) => false,
    }
}

#[test]
fn photographs_taken_by_hand_are_read() {
    let percent = table("by hand", Shot::by_hand);
    assert!(percent >= 95.0, "{percent} percent");
}

#[test]
fn photographs_taken_in_haste_are_read() {
    let percent = table("in haste", Shot::in_haste);
    assert!(percent >= 95.0, "{percent} percent");
}

/// A symbol of exactly this version, at level M.
fn symbol_of(version: u8, random: &mut Random) -> (String, Symbol) {
    let alphabet = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";
    let mut text = String::new();
    loop {
        text.extend((0..20).map(|_| char::from(random.of(alphabet))));
        let symbol = Symbol::of_text(&text, Level::M).unwrap();
        if symbol.version() == version {
            return (text, symbol);
        }
    }
}
