//! Drawing and reading QR symbols, with the encoder of the `qrcode` crate beside ours. A symbol of 600 characters may take 0.8 ms.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use qrcode::{EcLevel, QrCode};
use yinxin::limits::Limits;
use yinxin::payload::{Payload, TextForm, encode_text};
use yinxin::pki::Signer;
use yinxin::symbol::read::{read_picture, read_png};
use yinxin::symbol::{Level, Symbol};

#[path = "../tests/common/photo.rs"]
mod photo;
#[path = "../tests/common/pixels.rs"]
mod pixels;
#[path = "../tests/common/random.rs"]
mod random;
#[path = "support/mod.rs"]
mod support;

/// 600 characters of the alphanumeric mode without a pattern.
fn alphanumeric() -> String {
    let alphabet = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";
    let mut state = 1_u32;
    (0..600)
        .map(|_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            char::from(alphabet[usize::from(state.to_be_bytes()[1]) % alphabet.len()])
        })
        .collect()
}

/// The text that stands in the code of the sample result, in `form`.
fn sample(form: &TextForm) -> String {
    let signer = support::signer("ed25519");
    let payload = Payload::of(&support::record("social-insurance")).with_draft(61_440, [7; 32]);
    let unsigned = payload
        .unsigned(signer.algorithm(), &signer.chain()[0].kid())
        .expect("an algorithm of codes");
    let signature = signer.sign(&unsigned.to_be_signed()).expect("a signature");
    encode_text(&unsigned.finish(&signature).expect("a COSE object"), form).expect("a text")
}

fn symbol(criterion: &mut Criterion) {
    let texts = [
        ("600 alphanumeric", alphanumeric()),
        ("sample Base45", sample(&TextForm::Compact)),
        (
            "sample URL digits",
            sample(&TextForm::Url("https://zz.binhai.example/y")),
        ),
    ];
    let mut group = criterion.benchmark_group("symbol level M");
    for (name, text) in &texts {
        let symbol = Symbol::of_text(text, Level::M).expect("a symbol");
        println!(
            "symbol level M/{name}: {} characters, version {}",
            text.len(),
            symbol.version()
        );
        group.bench_function(format!("yinxin {name}"), |bencher| {
            bencher.iter(|| Symbol::of_text(black_box(text), Level::M).expect("a symbol"));
        });
        group.bench_function(format!("qrcode {name}"), |bencher| {
            bencher
                .iter(|| QrCode::with_error_correction_level(black_box(text), EcLevel::M).expect("a symbol"));
        });
    }
    let symbol = Symbol::of_text(&texts[0].1, Level::M).expect("a symbol");
    group.bench_function("PDF form 600 alphanumeric", |bencher| {
        bencher.iter(|| black_box(&symbol).form_content());
    });
    group.bench_function("PNG 4 px 600 alphanumeric", |bencher| {
        bencher.iter(|| black_box(&symbol).to_png(4));
    });
    let picture = symbol.to_png(4);
    assert_eq!(
        read_png(&picture, &Limits::DEFAULT).expect("a text"),
        [texts[0].1.clone()]
    );
    group.bench_function("read PNG 4 px 600 alphanumeric", |bencher| {
        bencher.iter(|| read_png(black_box(&picture), &Limits::DEFAULT).expect("a text"));
    });
    // The same symbol as a telephone sees it; whether such pictures are read is measured in tests/print_and_photo.rs.
    let mut numbers = random::Random(1);
    let shot = photo::Shot::by_hand(5.0, &mut numbers);
    let side = f64::from(u32::try_from(symbol.form_side()).expect("a small symbol"));
    let scene = |u: f64, v: f64| {
        let (x, y) = (u as usize, v as usize);
        f64::from(u8::from(!(x >= 4 && y >= 4 && symbol.dark(x - 4, y - 4))))
    };
    let photograph = photo::shoot(&scene, (side, side), &shot, &mut numbers);
    group.bench_function("read JPEG 5 px 600 alphanumeric", |bencher| {
        bencher.iter(|| read_picture(black_box(&photograph), &Limits::DEFAULT).expect("a text"));
    });
    group.finish();
}

criterion_group! { name = benches; config = support::criterion(); targets = symbol }
criterion_main!(benches);
