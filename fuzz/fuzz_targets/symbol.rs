//! A picture from a camera: a file, or pixels. Oracle: it is read or refused, and what is drawn over noise is read as it was drawn
//! or not at all.
#![no_main]

use libfuzzer_sys::fuzz_target;
use yinxin::limits::Limits;
use yinxin::symbol::read::{read_luma, read_picture};
use yinxin::symbol::{Level, QUIET_ZONE, Symbol};

const TEXT: &str = "YX1:FUZZED";

fuzz_target!(|data: &[u8]| {
    let mut limits = Limits::DEFAULT;
    // A small file may stand for many pixels; what they cost is not what is looked for here.
    limits.pixels = 1 << 18;
    limits.scan_pixels = 1 << 22;
    let _ = read_picture(data, &limits);
    let Some((&width, pixels)) = data.split_first() else {
        return;
    };
    let width = usize::from(width).max(1);
    let height = pixels.len() / width;
    let pixels = &pixels[..width * height];
    let side = |side: usize| u32::try_from(side).expect("a small side");
    let _ = read_luma(side(width), side(height), pixels, &limits);
    // A symbol in which the input turns pixels over.
    let symbol = Symbol::of_text(TEXT, Level::M).expect("a symbol");
    let (scale, modules) = (3, symbol.form_side());
    let mut sheet: Vec<u8> = (0..modules * scale * modules * scale)
        .map(|index| {
            let (x, y) = (
                index % (modules * scale) / scale,
                index / (modules * scale) / scale,
            );
            let dark = x >= QUIET_ZONE && y >= QUIET_ZONE && symbol.dark(x - QUIET_ZONE, y - QUIET_ZONE);
            if dark { 0 } else { 255 }
        })
        .collect();
    for pair in data.chunks_exact(2) {
        let at = usize::from(u16::from_le_bytes([pair[0], pair[1]])) % sheet.len();
        sheet[at] = !sheet[at];
    }
    if let Ok(texts) = read_luma(side(modules * scale), side(modules * scale), &sheet, &limits) {
        assert!(texts.iter().all(|text| text == TEXT), "{texts:?}");
    }
});
