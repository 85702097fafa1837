//! Codes as they are printed and photographed: at 4 pixels a module and more, versions 10 to 25, at least 95 percent are read.
#![cfg(feature = "scan")]

#[path = "common/photo.rs"]
mod photo;
#[path = "common/pixels.rs"]
mod pixels;
#[path = "common/random.rs"]
mod random;

use photo::{Shot, shoot};
use random::Random;
use yinxin::limits::Limits;
use yinxin::symbol::read::read_picture;
use yinxin::symbol::{Level, Symbol};

#[test]
fn photographs_of_prints_are_read() {
    let shots: u64 = std::env::var("PHOTOS")
        .ok()
        .and_then(|n| n.parse().ok())
        .unwrap_or(4);
    let scales = [3.0, 3.5, 4.0, 5.0, 6.0, 8.0];
    let (mut read, mut all) = (0, 0);
    let mut out = String::new();
    for version in [10_u8, 13, 15, 18, 20, 22, 25] {
        out += &format!("| {version} |");
        for scale in scales {
            let mut right = 0;
            for seed in 0..shots {
                let mut random = Random(u64::from(version) << 32 | ((scale * 10.0) as u64) << 16 | seed);
                let (text, symbol) = symbol_of(version, &mut random);
                let side = symbol.form_side() as f64;
                let scene = |u: f64, v: f64| {
                    let (x, y) = (u as usize, v as usize);
                    f64::from(u8::from(!(x >= 4 && y >= 4 && symbol.dark(x - 4, y - 4))))
                };
                let shot = if std::env::var_os("HASTE").is_some() {
                    Shot::in_haste(scale, &mut random)
                } else {
                    Shot::by_hand(scale, &mut random)
                };
                let jpeg = shoot(&scene, (side, side), &shot, &mut random);
                let texts = read_picture(&jpeg, &Limits::DEFAULT).unwrap_or_default();
                right += u64::from(texts == [text]);
                if let Some(dir) = std::env::var_os("PHOTO_DIR")
                    && seed < 20
                {
                    std::fs::write(
                        std::path::Path::new(&dir).join(format!("v{version}-{scale}-{seed}.jpg")),
                        &jpeg,
                    )
                    .unwrap();
                }
            }
            out += &format!(" {right}/{shots} |");
            if scale >= 4.0 {
                read += right;
                all += shots;
            }
        }
        out += "\n";
    }
    println!("{out}{read} of {all}");
    assert!(read * 100 >= all * 95, "{read} of {all}");
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
