//! Impressions as a PDF reader sees them, and as renderers paint them.

use super::*;
use crate::pdf::Document;
use crate::pdf::update::stream_body;

const FONT: fn() -> &'static [u8] = crate::font::bundled;

/// A PDF of one page, made by hand: objects 1 to n with these bodies, the first being the catalog.
fn file(bodies: &[Vec<u8>]) -> Vec<u8> {
    let mut file = b"%PDF-1.7\n".to_vec();
    let mut table = String::new();
    for (index, body) in bodies.iter().enumerate() {
        let _ = writeln!(table, "{:010} 00000 n ", file.len());
        file.extend(format!("{} 0 obj\n", index + 1).bytes());
        file.extend(body);
        file.extend(b"\nendobj\n");
    }
    let (start, size) = (file.len(), bodies.len() + 1);
    let tail = format!(
        "xref\n0 {size}\n0000000000 65535 f \n{table}trailer\n<< /Size {size} /Root 1 0 R >>\n\
         startxref\n{start}\n%%EOF\n"
    );
    file.extend(tail.bytes());
    file
}

/// A page of 140 points with a line of text.
fn paper() -> Vec<u8> {
    file(&[
        b"<< /Type /Catalog /Pages 2 0 R >>".to_vec(),
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_vec(),
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 140 140] /Contents 4 0 R /Resources \
          << /Font << /F << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >> >>"
            .to_vec(),
        stream_body(
            b"",
            b"BT /F 14 Tf 6 78 Td (Text under the seal) Tj 0 -22 Td (2030-06-01) Tj ET",
            false,
        ),
    ])
}

/// `paper` with `impression` painted on it at 10, 10, in a second revision.
fn stamped(impression: &Impression) -> Vec<u8> {
    let mut bytes = paper();
    let document = Document::open(&bytes, &Limits::DEFAULT).unwrap();
    let mut update = Update::new(&document);
    let form = impression.write(&mut update).unwrap();
    let content = update.allocate();
    update.put(content, stream_body(b"", b"q 1 0 0 1 10 10 cm /S Do Q", false));
    let page = document.newest().pages().unwrap()[0].id;
    update.put(
        page,
        format!(
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 140 140] /Contents [4 0 R {content}] /Resources \
             << /XObject << /S {form} >> /Font << /F << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >> >>"
        )
        .into_bytes(),
    );
    let appended = update.finish().unwrap();
    bytes.extend_from_slice(&appended.bytes);
    bytes
}

fn png(colour: png::ColorType, width: u32, height: u32, pixel: impl Fn(u32, u32) -> Vec<u8>) -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, width, height);
    encoder.set_color(colour);
    encoder.set_depth(png::BitDepth::Eight);
    let pixels: Vec<u8> = (0..height)
        .flat_map(|y| (0..width).map(move |x| (x, y)))
        .flat_map(|(x, y)| pixel(x, y))
        .collect();
    encoder.write_header().unwrap().write_image_data(&pixels).unwrap();
    file
}

fn seal() -> Impression {
    let seal = RoundSeal::new("佛山市禅城区行政审批局")
        .with_code("4406040012345")
        .with_legend("样章 TEST");
    Impression::round(&seal, FONT()).unwrap()
}

/// The decoded content of the form that `stamped` painted, and its dictionary as text.
fn form_of(file: &[u8]) -> (String, String) {
    let document = Document::open(file, &Limits::DEFAULT).unwrap();
    let view = document.newest();
    let page = view.pages().unwrap().remove(0);
    let resources = page.resources().unwrap().as_dictionary().unwrap();
    let form = view
        .find(resources.find(b"XObject").unwrap().as_dictionary().unwrap(), b"S")
        .unwrap();
    let raw = String::from_utf8_lossy(form.indirect().unwrap().raw()).into_owned();
    let stream = form.as_stream().unwrap();
    (String::from_utf8(view.decode(stream).unwrap()).unwrap(), raw)
}

#[test]
fn drawn_seal_covers_the_text() {
    let (content, raw) = form_of(&stamped(&seal()));
    assert!(content.starts_with(
        "/G gs\n0.851 0.071 0.071 rg\n0.851 0.071 0.071 RG\n2.834646 0 0 2.834646 59.528 59.528 cm\n"
    ));
    assert!(raw.contains("/BM /Multiply"), "{raw}");
    assert!(raw.contains("/BBox [0 0 119.055 119.055]"), "{raw}");
    // an isolated group would not see the page beneath it, and some readers isolate every group
    assert!(!raw.contains("/Group"), "{raw}");
    assert!(
        content
            .lines()
            .all(|line| !line.contains("inf") && !line.contains("NaN"))
    );
}

#[test]
fn same_description_gives_other_bytes() {
    assert_eq!(stamped(&seal()), stamped(&seal()));
    assert_eq!(seal().to_svg(), seal().to_svg());
    let vector: toml::Table = include_str!("../../test-vectors/impression/round-11.toml")
        .parse()
        .unwrap();
    // stands for every machine: written with fixed decimals, computed without platform functions
    let digest = ring::digest::digest(&ring::digest::SHA256, form_of(&stamped(&seal())).0.as_bytes());
    let hex: String = digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(hex, vector["sha256"].as_str().unwrap());
}

#[test]
fn missing_character_is_not_named() {
    let error = Impression::round(&RoundSeal::new("佛山市\u{1F600}行政局"), FONT()).unwrap_err();
    assert_eq!(
        error,
        ImpressionError::Character {
            character: '\u{1F600}'
        }
    );
    assert!(error.to_string().contains("U+1F600"), "{error}");
}

#[test]
fn description_beyond_its_bounds_is_drawn() {
    let round = |seal: RoundSeal| Impression::round(&seal, FONT()).map(|_| ()).unwrap_err();
    let name = |characters| RoundSeal::new("章".repeat(characters));
    assert_eq!(round(name(5)), ImpressionError::NameLength { characters: 5 });
    assert_eq!(round(name(25)), ImpressionError::NameLength { characters: 25 });
    assert_eq!(round(name(6).with_code("")), ImpressionError::Code);
    assert_eq!(round(name(6).with_code("44060４0012345")), ImpressionError::Code);
    assert_eq!(round(name(6).with_legend("")), ImpressionError::Legend);
    assert_eq!(
        round(name(6).with_diameter_mm(12.0)),
        ImpressionError::Size { width_mm: 12.0 }
    );
    assert!(matches!(
        round(name(6).with_diameter_mm(f64::NAN)),
        ImpressionError::Size { .. }
    ));
    assert_eq!(
        Impression::round(&name(6), b"no font").unwrap_err(),
        ImpressionError::Font
    );
}

#[test]
fn transparency_of_a_picture_is_lost() {
    let half = png(png::ColorType::Rgba, 30, 20, |x, _| {
        vec![220, 0, 0, if x < 15 { 255 } else { 0 }]
    });
    let impression = Impression::png(&half, 42.0).unwrap();
    assert_eq!(impression.size_mm(), (42.0, 28.0));
    let file = stamped(&impression);
    let document = Document::open(&file, &Limits::DEFAULT).unwrap();
    let view = document.newest();
    let images: Vec<_> = (5..view.next_object_number())
        .filter_map(|number| view.object(Ref::new(number, 0)).unwrap())
        .filter(|object| {
            object
                .object
                .as_stream()
                .is_some_and(|s| s.dictionary.is_name(b"Subtype", b"Image"))
        })
        .map(|object| {
            let stream = object.object.as_stream().unwrap();
            let space = stream
                .dictionary
                .find(b"ColorSpace")
                .unwrap()
                .as_name()
                .unwrap()
                .to_vec();
            (
                space,
                view.decode(stream).unwrap(),
                stream.dictionary.find(b"SMask").is_some(),
            )
        })
        .collect();
    assert_eq!(images.len(), 2);
    let image = images.iter().find(|image| image.0 == b"DeviceRGB").unwrap();
    let mask = images.iter().find(|image| image.0 == b"DeviceGray").unwrap();
    assert!(image.2 && !mask.2);
    assert!(image.1.chunks(3).all(|pixel| pixel == [220, 0, 0]));
    assert!(
        mask.1
            .chunks(30)
            .all(|row| row[..15] == [255; 15] && row[15..] == [0; 15])
    );
}

#[test]
fn opaque_picture_gets_a_mask() {
    let grey = png(png::ColorType::GrayscaleAlpha, 10, 10, |x, y| {
        vec![(x * 9 + y) as u8, 255]
    });
    let file = stamped(&Impression::png(&grey, 10.0).unwrap());
    assert!(!file.windows(6).any(|window| window == b"/SMask"));
}

#[test]
fn picture_beyond_its_limits_is_taken() {
    let small = png(png::ColorType::Grayscale, 100, 10, |_, _| vec![0]);
    // 100 mm wide and 10 high is a seal of a kind; 40 mm wide is 4 high and is not
    assert!(Impression::png(&small, 100.0).is_ok());
    assert_eq!(
        Impression::png(&small, 40.0).unwrap_err(),
        ImpressionError::Size { width_mm: 4.0 }
    );
    let mut limits = Limits::DEFAULT;
    limits.pixels = 999;
    let error = Impression::png_within(&small, 100.0, &limits).unwrap_err();
    assert_eq!(
        error,
        ImpressionError::Picture(PictureError::TooLarge {
            width: 100,
            height: 10
        })
    );
    assert!(matches!(
        Impression::png(b"GIF89a", 40.0),
        Err(ImpressionError::Picture(_))
    ));
}

/// A seal of 100 x 50 points on a page turned by `rotate`, with a font and an image behind references.
fn seal_page(rotate: i32, more: &str) -> Vec<u8> {
    file(&[
        b"<< /Type /Catalog /Pages 2 0 R >>".to_vec(),
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 /Resources 5 0 R >>".to_vec(),
        format!(
            "<< /Type /Page /Parent 2 0 R /MediaBox [10 20 110 70] /Rotate {rotate} /Contents [4 0 R 6 0 R] {more} >>"
        )
        .into_bytes(),
        stream_body(b"", b"1 0 0 rg 10 20 50 50 re f q", true),
        b"<< /XObject << /A#20B 7 0 R /Lost 99 0 R >> /Font << /F 8 0 R >> >>".to_vec(),
        stream_body(b"", b"Q 0 0 1 rg 60 45 50 25 re f BT /F 10 Tf 20 30 Td (seal) Tj ET", false),
        stream_body(b"/Type /XObject /Subtype /Form /BBox [0 0 1 1] /StructParent 3 /Resources << >>", b"", false),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Note (a\\(b) /W [1 2.50 true null] >>".to_vec(),
    ])
}

#[test]
fn page_loses_what_it_refers_to() {
    let impression = Impression::pdf(&seal_page(0, ""), 40.0).unwrap();
    assert_eq!(impression.size_mm(), (40.0, 20.0));
    let file = stamped(&impression);
    let (content, _) = form_of(&file);
    // 40 mm are 113.386 pt for 100: a factor of 1.133858, and the corner 10, 20 goes to 0, 0
    assert_eq!(
        content,
        "/G gs\n1.133858 0.000000 0.000000 1.133858 -11.338583 -22.677165 cm /I Do\n"
    );
    let text = String::from_utf8_lossy(&file);
    assert!(text.contains("/A#20B"));
    assert!(text.contains("/W [1 2.50 true null ]"), "{text}");
    assert!(!text[paper().len()..].contains("/StructParent"));
    let document = Document::open(&file, &Limits::DEFAULT).unwrap();
    let view = document.newest();
    let form = (5..view.next_object_number())
        .filter_map(|number| view.object(Ref::new(number, 0)).unwrap())
        .find(|object| object.raw().windows(9).any(|window| window == b"/I true /"))
        .unwrap();
    let content = view.decode(form.object.as_stream().unwrap()).unwrap();
    assert!(content.starts_with(b"1 0 0 rg 10 20 50 50 re f q\nQ 0 0 1 rg"));
}

#[test]
fn turned_page_is_not_turned() {
    for (rotate, size, corner) in [
        (90, (20.0, 40.0), (0.0, 100.0)),
        (180, (40.0, 20.0), (100.0, 50.0)),
        (270, (20.0, 40.0), (50.0, 0.0)),
    ] {
        let width = size.0;
        let form = page::PageForm::of(&seal_page(rotate, ""), &Limits::DEFAULT).unwrap();
        assert_eq!(
            Impression::pdf(&seal_page(rotate, ""), width).unwrap().size_mm(),
            size
        );
        // where the page's own lower left corner comes to lie
        let [a, b, c, d, e, f] = form.matrix;
        assert_eq!(
            (a * 10.0 + c * 20.0 + e, b * 10.0 + d * 20.0 + f),
            corner,
            "/Rotate {rotate}"
        );
    }
}

#[test]
fn page_that_leads_elsewhere_is_taken() {
    let layered = seal_page(
        0,
        "/Resources << /Properties << /L << /Type /OCG /Name (x) >> >> >>",
    );
    assert!(matches!(
        Impression::pdf(&layered, 40.0),
        Err(ImpressionError::Page { .. })
    ));
    let whole = seal_page(0, "/Resources << /XObject << /P 2 0 R >> >>");
    assert!(matches!(
        Impression::pdf(&whole, 40.0),
        Err(ImpressionError::Page { .. })
    ));
    assert!(matches!(
        Impression::pdf(b"%PDF-1.7", 40.0),
        Err(ImpressionError::Pdf(_))
    ));
}

/// A bar of black lies under the star: it must stay black, and the star beside it red, in every renderer at hand.
#[test]
fn renderer_hides_the_text_beneath() {
    let bar = stream_body(b"", b"50 67 40 6 re f", false);
    let text = stream_body(
        b"",
        b"BT /F 14 Tf 6 78 Td (Text under the seal) Tj 0 -22 Td (2030-06-01) Tj ET",
        false,
    );
    let scanned = png(png::ColorType::Rgb, 84, 84, |x, y| {
        if x.abs_diff(42).pow(2) + y.abs_diff(42).pow(2) < 1600 {
            vec![220, 20, 20]
        } else {
            vec![255; 3]
        }
    });
    let seals = [
        seal(),
        Impression::png(&scanned, 42.0).unwrap(),
        Impression::pdf(&seal_page(0, ""), 42.0).unwrap(),
    ];
    let folder = std::env::temp_dir().join(format!("yinxin-impression-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    for (index, impression) in seals.iter().enumerate() {
        let mut file = stamped(impression);
        // the same length, so that no offset moves
        let at = file
            .windows(text.len())
            .position(|window| window == text)
            .unwrap();
        let mut padded = bar.clone();
        let room = text.len() - bar.len();
        padded.splice(2..2, core::iter::repeat_n(b' ', room));
        file.splice(at..at + text.len(), padded);
        let input = folder.join(format!("{index}.pdf"));
        std::fs::write(&input, &file).unwrap();
        let output = folder.join(format!("{index}"));
        let arguments: [(&str, Vec<&str>, &str); 2] = [
            (
                "pdftoppm",
                vec!["-r", "72", input.to_str().unwrap(), output.to_str().unwrap()],
                "-1.ppm",
            ),
            (
                "mutool",
                vec!["draw", "-r", "72", "-o", "OUT", input.to_str().unwrap(), "1"],
                ".mu.ppm",
            ),
        ];
        for (tool, arguments, suffix) in arguments {
            let picture = format!("{}{suffix}", output.display());
            let arguments = arguments
                .iter()
                .map(|argument| if *argument == "OUT" { &picture } else { *argument });
            let Ok(run) = std::process::Command::new(tool).args(arguments).output() else {
                println!("skipped: {tool} is not installed");
                continue;
            };
            assert!(
                run.status.success(),
                "{tool}: {}",
                String::from_utf8_lossy(&run.stderr)
            );
            let pixels = std::fs::read(&picture).unwrap();
            let at = |x: usize, y: usize| {
                let first = pixels.len() - 140 * 140 * 3 + (y * 140 + x) * 3;
                [pixels[first], pixels[first + 1], pixels[first + 2]]
            };
            let (black, red) = (at(70, 70), at(70, 60));
            assert!(
                black.iter().all(|channel| *channel < 60),
                "{tool} {index}: the bar is {black:?}"
            );
            if index < 2 {
                assert!(red[0] > 180 && red[1] < 90, "{tool} {index}: the seal is {red:?}");
            }
            assert_eq!(at(2, 2), [255; 3], "{tool} {index}: the paper");
            if index < 2 {
                assert_eq!(
                    at(14, 14),
                    [255; 3],
                    "{tool} {index}: the white ground of a scanned seal"
                );
            }
        }
    }
    std::fs::remove_dir_all(&folder).unwrap();
}

/// Renders what the other tests only measure; run by hand: `cargo test impression -- --ignored`.
#[test]
#[ignore = "writes files to look at"]
fn look() {
    let folder = std::env::temp_dir().join("yinxin-impressions");
    std::fs::create_dir_all(&folder).unwrap();
    let long = "广东省佛山市禅城区石湾镇街道综合行政服务中心办公";
    for (characters, text) in [
        (6, "佛山市公安局"),
        (10, "佛山市市场监督管理局"),
        (16, "广东省佛山市禅城区市场监督管理局"),
        (20, long),
        (24, long),
    ] {
        let name: String = text.chars().take(characters).collect();
        let seal = RoundSeal::new(name)
            .with_code("4406040012345")
            .with_legend("样章 TEST");
        let impression = Impression::round(&seal, FONT()).unwrap();
        std::fs::write(
            folder.join(format!("round-{characters}.pdf")),
            stamped(&impression),
        )
        .unwrap();
        std::fs::write(
            folder.join(format!("round-{characters}.svg")),
            impression.to_svg(),
        )
        .unwrap();
    }
    for rotate in [0, 90, 180, 270] {
        let impression = Impression::pdf(&seal_page(rotate, ""), 30.0).unwrap();
        std::fs::write(folder.join(format!("page-{rotate}.pdf")), stamped(&impression)).unwrap();
    }
    let half = png(png::ColorType::Rgba, 60, 60, |x, y| {
        vec![220, 0, 0, if (x / 10 + y / 10) % 2 == 0 { 255 } else { 0 }]
    });
    std::fs::write(
        folder.join("picture.pdf"),
        stamped(&Impression::png(&half, 40.0).unwrap()),
    )
    .unwrap();
}
