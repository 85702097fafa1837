//! Symbols: drawn by us, read back from pixels; symbols that others drew, read too.
#![cfg(feature = "scan")]

use std::path::Path;

use yinxin::limits::Limits;
use yinxin::symbol::read::{PictureError, ReadError, read_luma, read_picture, read_png};
use yinxin::symbol::{Level, PrintRule, Symbol, SymbolError};

const LEVELS: [Level; 4] = [Level::L, Level::M, Level::Q, Level::H];

/// Base45 characters, different for each length.
fn alphanumeric(length: usize) -> String {
    let alphabet = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";
    let mut state: u32 = 0x1234_5678 ^ length as u32;
    let next = |_| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        char::from(alphabet[(state >> 16) as usize % alphabet.len()])
    };
    (0..length).map(next).collect()
}

/// Grey pixels of a symbol with its quiet zone, `scale` pixels a module, on a white sheet of `sheet` pixels.
fn paint(sheet: &mut [u8], sheet_width: usize, symbol: &Symbol, scale: usize, left: usize, top: usize) {
    for y in 0..symbol.width() * scale {
        for x in 0..symbol.width() * scale {
            if symbol.dark(x / scale, y / scale) {
                sheet[(top + 4 * scale + y) * sheet_width + left + 4 * scale + x] = 0;
            }
        }
    }
}

#[test]
fn symbol_is_not_read_back() {
    for length in [1, 20, 90, 250, 600, 1100, 1800] {
        for level in LEVELS {
            let text = alphanumeric(length);
            let symbol = Symbol::of_text(&text, level).unwrap();
            let png = symbol.to_png(4);
            let read = read_png(&png, &Limits::DEFAULT);
            assert_eq!(
                read,
                Ok(vec![text]),
                "{length} characters at {level:?}, version {}",
                symbol.version()
            );
        }
    }
}

#[test]
fn largest_symbol_is_not_read_back() {
    let text = "7".repeat(7089);
    let symbol = Symbol::of_text(&text, Level::L).unwrap();
    assert_eq!(symbol.version(), 40);
    assert_eq!(read_png(&symbol.to_png(3), &Limits::DEFAULT), Ok(vec![text]));
}

#[test]
fn one_digit_too_many_is_drawn() {
    let error = Symbol::of_text(&"7".repeat(7090), Level::L).unwrap_err();
    // ISO/IEC 18004:2015, table 7: 23648 data bits at 40-L; 18 bits of header and 7090 digits
    assert_eq!(
        error,
        SymbolError::TooLong {
            bits: 23_652,
            capacity: 23_648,
            level: Level::L
        }
    );
    assert_eq!(Symbol::of_text("", Level::L), Err(SymbolError::Empty));
}

#[test]
fn capacities_differ_from_the_table() {
    // ISO/IEC 18004:2015, table 7: version, level, alphanumeric characters
    for (version, level, characters) in [
        (1, Level::H, 10),
        (10, Level::M, 311),
        (13, Level::Q, 352),
        (15, Level::M, 600),
        (20, Level::M, 970),
        (25, Level::M, 1451),
        (30, Level::H, 1080),
        (40, Level::L, 4296),
    ] {
        assert_eq!(
            Symbol::of_text(&"A".repeat(characters), level).unwrap().version(),
            version
        );
        let beyond = Symbol::of_text(&"A".repeat(characters + 1), level);
        assert!(beyond.map_or(true, |symbol| symbol.version() > version));
    }
}

#[test]
fn url_with_digits_is_not_read_back() {
    let text = format!("https://zwfw.example.gov.cn/v#{}", "0123456789".repeat(60));
    let symbol = Symbol::of_text(&text, Level::M).unwrap();
    // 30 bytes and 600 digits: 4 + 16 + 240 + 4 + 12 + 2000 bits
    assert_eq!((symbol.data_bits(), symbol.version()), (2276, 12));
    assert_eq!(read_png(&symbol.to_png(3), &Limits::DEFAULT), Ok(vec![text]));
}

#[test]
fn text_beyond_ascii_is_changed() {
    // The qrcode crate writes some of these byte pairs as Shift JIS kanji, and other characters come back.
    for text in [
        "营业执照",
        "广东省政务服务数据管理局 2030",
        "çédille",
        "证照编号：ABC-123 😀",
    ] {
        let symbol = Symbol::of_text(text, Level::Q).unwrap();
        assert_eq!(
            read_png(&symbol.to_png(4), &Limits::DEFAULT),
            Ok(vec![text.to_owned()])
        );
    }
}

#[test]
fn smallest_picture_is_not_read() {
    for scale in [1, 2, 3] {
        let text = alphanumeric(200);
        let symbol = Symbol::of_text(&text, Level::M).unwrap();
        let read = read_png(&symbol.to_png(scale), &Limits::DEFAULT);
        assert_eq!(read, Ok(vec![text]), "{scale} pixels a module");
    }
}

#[test]
fn several_symbols_come_out_of_order() {
    let texts = ["FIRST 1", "SECOND 22", "THIRD 333", "FOURTH 4444"];
    let symbols: Vec<Symbol> = texts
        .iter()
        .map(|text| Symbol::of_text(text, Level::M).unwrap())
        .collect();
    let (width, height) = (700, 600);
    let mut sheet = vec![255; width * height];
    // the second stands a little higher than the first and is still to its right
    for (symbol, (left, top)) in symbols.iter().zip([(10, 30), (350, 15), (20, 300), (380, 310)]) {
        paint(&mut sheet, width, symbol, 6, left, top);
    }
    let read = read_luma(width as u32, height as u32, &sheet, &Limits::DEFAULT);
    assert_eq!(read, Ok(texts.map(str::to_owned).to_vec()));
}

#[test]
fn colour_depth_and_transparency_spoil_the_reading() {
    let text = "COLOUR AND ALPHA";
    let symbol = Symbol::of_text(text, Level::M).unwrap();
    let side = (symbol.width() + 8) * 4;
    let dark = |index: usize| {
        let (x, y) = ((index % side) / 4, (index / side) / 4);
        x >= 4 && y >= 4 && symbol.dark(x - 4, y - 4)
    };
    let pixels = |on: &[u8], off: &[u8]| -> Vec<u8> {
        (0..side * side)
            .flat_map(|index| if dark(index) { on.to_vec() } else { off.to_vec() })
            .collect()
    };
    use png::{BitDepth, ColorType};
    let cases: [(ColorType, BitDepth, Vec<u8>); 6] = [
        (ColorType::Grayscale, BitDepth::Eight, pixels(&[40], &[230])),
        (
            ColorType::Grayscale,
            BitDepth::Sixteen,
            pixels(&[9, 1], &[240, 7]),
        ),
        (
            ColorType::Rgb,
            BitDepth::Eight,
            pixels(&[0, 0, 120], &[255, 250, 200]),
        ),
        (
            ColorType::Rgba,
            BitDepth::Eight,
            pixels(&[0, 0, 0, 255], &[0, 0, 0, 0]),
        ),
        (
            ColorType::Rgba,
            BitDepth::Sixteen,
            pixels(&[0, 0, 0, 0, 0, 0, 255, 255], &[0; 8]),
        ),
        (
            ColorType::GrayscaleAlpha,
            BitDepth::Eight,
            pixels(&[0, 255], &[0, 10]),
        ),
    ];
    for (colour, depth, data) in cases {
        let mut file = Vec::new();
        let mut encoder = png::Encoder::new(&mut file, side as u32, side as u32);
        encoder.set_color(colour);
        encoder.set_depth(depth);
        encoder.write_header().unwrap().write_image_data(&data).unwrap();
        assert_eq!(
            read_png(&file, &Limits::DEFAULT),
            Ok(vec![text.to_owned()]),
            "{colour:?} {depth:?}"
        );
    }
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, side as u32, side as u32);
    encoder.set_color(ColorType::Indexed);
    encoder.set_depth(BitDepth::Eight);
    encoder.set_palette(vec![255, 255, 255, 90, 0, 0]);
    encoder
        .write_header()
        .unwrap()
        .write_image_data(&pixels(&[1], &[0]))
        .unwrap();
    assert_eq!(
        read_png(&file, &Limits::DEFAULT),
        Ok(vec![text.to_owned()]),
        "palette"
    );
}

#[test]
fn structured_append_is_read_as_text() {
    use qrcode::bits::{Bits, ExtendedMode};
    // 0011, index 0, total - 1 = 1, parity 0x41; the crate can push the indicator, a numeric segment cannot
    // stand for the next 16 bits, so an ECI designator of two bytes is cut out of the bytes instead.
    let mut bits = Bits::new(qrcode::Version::Normal(1));
    bits.push_mode_indicator(ExtendedMode::StructuredAppend).unwrap();
    let mut bytes = bits.into_bytes();
    assert_eq!(bytes, [0x30]);
    // index 0 | total - 1: 1 | parity 41 | mode 0010, count 2, "AB" = 10 * 45 + 11 = 461
    let tail = format!(
        "{:04b}{:04b}{:08b}{:04b}{:09b}{:011b}{:04b}",
        0, 1, 0x41, 2, 2, 461, 0
    );
    let all = format!("0011{tail}");
    bytes = all
        .as_bytes()
        .chunks(8)
        .map(|octet| octet.iter().fold(0, |sum, bit| sum * 2 + (bit - b'0')))
        .collect();
    bytes[5] <<= 8 * bytes.len() - all.len();
    while bytes.len() < 19 {
        bytes.push(if bytes.len().is_multiple_of(2) { 0xEC } else { 0x11 });
    }
    let version = qrcode::Version::Normal(1);
    let (data, correction) = qrcode::ec::construct_codewords(&bytes, version, qrcode::EcLevel::L).unwrap();
    let mut canvas = qrcode::canvas::Canvas::new(version, qrcode::EcLevel::L);
    canvas.draw_all_functional_patterns();
    canvas.draw_data(&data, &correction);
    let colours = canvas.apply_best_mask().into_colors();
    let side = 29 * 5;
    let mut sheet = vec![255; side * side];
    for (index, pixel) in sheet.iter_mut().enumerate() {
        let (x, y) = (index % side / 5, index / side / 5);
        if (4..25).contains(&x)
            && (4..25).contains(&y)
            && colours[(y - 4) * 21 + x - 4] == qrcode::Color::Dark
        {
            *pixel = 0;
        }
    }
    let read = read_luma(side as u32, side as u32, &sheet, &Limits::DEFAULT);
    assert_eq!(read, Err(ReadError::StructuredAppend));
}

#[test]
fn bad_pictures_are_taken() {
    let symbol = Symbol::of_text("HELLO", Level::M).unwrap();
    let png = symbol.to_png(4);
    let mut limits = Limits::DEFAULT;
    limits.pixels = 100;
    assert!(matches!(read_png(&png, &limits), Err(ReadError::Picture(_))));
    assert!(matches!(
        read_png(&png[..png.len() / 2], &Limits::DEFAULT),
        Err(ReadError::Picture(_))
    ));
    assert!(matches!(
        read_png(b"%PDF-1.7", &Limits::DEFAULT),
        Err(ReadError::Picture(_))
    ));
    let short = read_luma(10, 10, &[0; 99], &Limits::DEFAULT);
    assert_eq!(
        short,
        Err(ReadError::SizeMismatch {
            width: 10,
            height: 10,
            bytes: 99
        })
    );
    for (width, height) in [(0, 0), (0, 7), (1, 1), (1, 3000), (3000, 1), (7, 7), (200, 200)] {
        for level in [0, 128, 255] {
            let pixels = vec![level; (width * height) as usize];
            assert_eq!(
                read_luma(width, height, &pixels, &Limits::DEFAULT),
                Err(ReadError::NothingFound)
            );
        }
    }
}

#[test]
fn field_of_finder_patterns_stalls_the_reader() {
    // 7 x 7 pixel finder patterns all over: without a bound the search compares each with all others
    let finder = |x: usize, y: usize| {
        let (x, y) = (x % 8, y % 8);
        if x == 7 || y == 7 {
            return 255;
        }
        let ring = x.min(6 - x).min(y).min(6 - y);
        if ring == 1 { 255 } else { 0 }
    };
    let side = 1500;
    let pixels: Vec<u8> = (0..side * side)
        .map(|index| finder(index % side, index / side))
        .collect();
    let began = std::time::Instant::now();
    let read = read_luma(side as u32, side as u32, &pixels, &Limits::DEFAULT);
    assert_eq!(read, Err(ReadError::TooBusy));
    assert!(began.elapsed().as_secs() < 20, "{:?}", began.elapsed());
}

#[test]
fn damaged_picture_stops_the_reader() {
    let png = Symbol::of_text("DAMAGED IN TRANSIT", Level::M).unwrap().to_png(2);
    let mut state: u64 = 88_172_645_463_325_252;
    let mut random = |bound: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state % bound as u64) as usize
    };
    for _ in 0..300 {
        let mut bytes = png.clone();
        for _ in 0..=random(3) {
            let at = random(bytes.len());
            bytes[at] ^= 1 << random(8);
        }
        bytes.truncate(bytes.len() - random(20));
        // any verdict but a wrong text, a panic or a stall
        if let Ok(texts) = read_png(&bytes, &Limits::DEFAULT) {
            assert_eq!(texts, ["DAMAGED IN TRANSIT"]);
        }
    }
    // modules at random around real finder patterns: much to sample, nothing to decode
    let symbol = Symbol::of_text(&alphanumeric(200), Level::H).unwrap();
    for _ in 0..10 {
        let mut sheet = vec![255; 400 * 400];
        paint(&mut sheet, 400, &symbol, 4, 10, 10);
        for _ in 0..4000 {
            sheet[random(400 * 400)] = [0, 255][random(2)];
        }
        for _ in 0..600 {
            let (x, y) = (60 + random(300), 60 + random(300));
            (0..16).for_each(|i| sheet[(y + i / 4) * 400 + x + i % 4] = (i as u8 & 1).wrapping_neg());
        }
        let read = read_luma(400, 400, &sheet, &Limits::DEFAULT);
        assert!(matches!(read, Ok(_) | Err(ReadError::NothingFound)), "{read:?}");
    }
}

#[test]
fn print_rule_is_not_kept() {
    let rule = PrintRule::DEFAULT;
    let fits = Symbol::of_text(&alphanumeric(600), Level::M).unwrap();
    assert_eq!(fits.version(), 15);
    assert!(rule.within_aim(&fits));
    // 77 modules and 8 of quiet zone
    assert!((rule.check(&fits, 38.0).unwrap() - 38.0 / 85.0).abs() < 1e-12);
    assert!(rule.check(&fits, 85.0 * 0.38).is_ok());
    assert!(matches!(
        rule.check(&fits, 32.0),
        Err(SymbolError::ModuleTooSmall { version: 15, .. })
    ));
    assert!(matches!(
        rule.check(&fits, f64::NAN),
        Err(SymbolError::ModuleTooSmall { .. })
    ));

    let weak = Symbol::of_text("A", Level::L).unwrap();
    let expected = SymbolError::LevelTooLow {
        level: Level::L,
        minimum: Level::M,
    };
    assert_eq!(rule.check(&weak, 100.0), Err(expected));

    // table 7: 25-M has 8000 data bits; 1500 alphanumeric characters take 15 + 8250
    let large = Symbol::of_text(&"A".repeat(1500), Level::M).unwrap();
    let error = rule.check(&large, 100.0).unwrap_err();
    assert_eq!(
        error,
        SymbolError::VersionTooHigh {
            version: 26,
            maximum: 25,
            excess_bits: 265,
            excess_characters: 49
        }
    );
    assert_eq!(
        error.to_string(),
        "the symbol is version 26, above 25; shorten the text by about 49 characters (265 bits)"
    );
}

#[test]
fn drawings_disagree_with_the_modules() {
    let symbol = Symbol::of_text(&alphanumeric(300), Level::Q).unwrap();
    let side = symbol.form_side();
    let content = String::from_utf8(symbol.form_content()).unwrap();
    let mut lines = content.lines();
    assert_eq!(
        lines.next(),
        Some(format!("1 g 0 0 {side} {side} re f 0 g").as_str())
    );
    let mut painted = vec![0_u8; side * side];
    for line in lines {
        let Some(numbers) = line.strip_suffix(" re") else {
            assert_eq!(line, "f");
            continue;
        };
        let [x, y, width, height]: [usize; 4] = numbers
            .split(' ')
            .map(|number| number.parse().unwrap())
            .collect::<Vec<_>>()
            .try_into()
            .unwrap();
        for row in y..y + height {
            for column in x..x + width {
                painted[(side - 1 - row) * side + column] += 1;
            }
        }
    }
    for y in 0..side {
        for x in 0..side {
            let dark = x >= 4 && y >= 4 && symbol.dark(x - 4, y - 4);
            assert_eq!(painted[y * side + x], u8::from(dark), "module {x} {y}");
        }
    }
    let svg = symbol.to_svg(0.5);
    assert!(svg.starts_with(&format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{:.3}mm\" height=\"{:.3}mm\" viewBox=\"0 0 {side} {side}\">",
        side as f64 * 0.5,
        side as f64 * 0.5
    )));
    assert_eq!(
        symbol.to_svg(0.5),
        Symbol::of_text(&alphanumeric(300), Level::Q).unwrap().to_svg(0.5)
    );
}

/// A photograph of a sheet with several codes: all of them, not only the easiest.
#[test]
fn several_symbols_of_a_photograph_are_not_read() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../shared/corpora/qr/zxing-blackbox-qr/multi-qrcode-1/1.png");
    let Ok(png) = std::fs::read(&file) else {
        println!("skipped: {} is not there", file.display());
        return;
    };
    let texts = read_png(&png, &Limits::DEFAULT).unwrap();
    assert_eq!(texts.len(), 4, "{texts:#?}");
}

/// A symbol of `text` on a sheet of its size, `scale` pixels a module, with its modules where `place` puts them.
fn sheet_of(text: &str, scale: usize, place: impl Fn(f64, f64) -> (f64, f64)) -> (u32, Vec<u8>) {
    let symbol = Symbol::of_text(text, Level::M).unwrap();
    let side = (symbol.form_side() + 4) * scale;
    let level = |index: usize| {
        let (x, y) = (
            (index % side) as f64 / scale as f64,
            (index / side) as f64 / scale as f64,
        );
        let (x, y) = place(x, y);
        let inside = x >= 6.0 && y >= 6.0 && symbol.dark(x as usize - 6, y as usize - 6);
        if inside { 20 } else { 230 }
    };
    (side as u32, (0..side * side).map(level).collect())
}

#[test]
fn symbol_on_bent_paper_is_not_read() {
    for text in [alphanumeric(40), alphanumeric(60), alphanumeric(90)] {
        for phase in [0.0, 0.9, 1.8, 2.7] {
            // a wave across and one down, nearly two modules high in all
            let bend = |x: f64, y: f64| {
                let wave = |at: f64| 0.9 * (at / 14.0 + phase).sin();
                (x + wave(y), y + wave(x))
            };
            let (side, pixels) = sheet_of(&text, 6, bend);
            let read = read_luma(side, side, &pixels, &Limits::DEFAULT);
            assert_eq!(read, Ok(vec![text.clone()]), "{} characters, {phase}", text.len());
        }
    }
}

#[test]
fn symbol_light_on_dark_or_mirrored_is_not_read() {
    let text = alphanumeric(120);
    let (side, pixels) = sheet_of(&text, 4, |x, y| (x, y));
    let inverted: Vec<u8> = pixels.iter().map(|pixel| 255 - pixel).collect();
    assert_eq!(
        read_luma(side, side, &inverted, &Limits::DEFAULT),
        Ok(vec![text.clone()])
    );
    let mirrored: Vec<u8> = pixels
        .chunks(side as usize)
        .flat_map(|row| row.iter().rev().copied())
        .collect();
    assert_eq!(read_luma(side, side, &mirrored, &Limits::DEFAULT), Ok(vec![text]));
}

#[test]
fn good_symbol_hides_a_bad_one_beside_it() {
    // the left one is clear; the right one has noise that only a smoothed picture is read from
    let texts = [alphanumeric(120), alphanumeric(121)];
    let (side, left) = sheet_of(&texts[0], 4, |x, y| (x, y));
    let (_, right) = sheet_of(&texts[1], 4, |x, y| (x, y));
    let mut state: u32 = 7;
    let mut noisy = |pixel: &u8| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let noise = (state >> 24) as i32 * 3 / 4 - 95;
        (i32::from(*pixel) + noise).clamp(0, 255) as u8
    };
    let rows = left.chunks(side as usize).zip(right.chunks(side as usize));
    let both: Vec<u8> = rows
        .flat_map(|(left, right)| {
            let right: Vec<u8> = right.iter().map(&mut noisy).collect();
            [left, &right].concat()
        })
        .collect();
    let alone = read_luma(2 * side, side, &both, &Limits::DEFAULT);
    assert_eq!(alone, Ok(texts.to_vec()));
}

#[test]
fn photograph_in_jpeg_is_not_read() {
    let text = alphanumeric(300);
    let (side, pixels) = sheet_of(&text, 4, |x, y| (x, y));
    let side = side as u16;
    let colours: Vec<u8> = pixels
        .iter()
        .flat_map(|&pixel| [pixel, pixel, 200.min(pixel)])
        .collect();
    for (bytes, kind, progressive) in [
        (&pixels, jpeg_encoder::ColorType::Luma, false),
        (&colours, jpeg_encoder::ColorType::Rgb, false),
        (&colours, jpeg_encoder::ColorType::Rgb, true),
    ] {
        let mut jpeg = vec![];
        let mut encoder = jpeg_encoder::Encoder::new(&mut jpeg, 80);
        encoder.set_progressive(progressive);
        encoder.encode(bytes, side, side, kind).unwrap();
        assert_eq!(
            read_picture(&jpeg, &Limits::DEFAULT),
            Ok(vec![text.clone()]),
            "{kind:?} {progressive}"
        );
        let mut limits = Limits::DEFAULT;
        limits.pixels = 100;
        assert!(matches!(
            read_picture(&jpeg, &limits),
            Err(ReadError::Picture(PictureError::TooLarge { .. }))
        ));
        // an early end leaves the rest grey, or is an error; never a wrong text
        for length in (0..jpeg.len()).step_by(97) {
            if let Ok(texts) = read_picture(&jpeg[..length], &Limits::DEFAULT) {
                assert_eq!(texts, [text.as_str()]);
            }
        }
    }
    assert_eq!(
        read_picture(b"GIF89a", &Limits::DEFAULT),
        Err(ReadError::Picture(PictureError::Unknown))
    );
}
