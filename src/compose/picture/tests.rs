use std::path::PathBuf;

use hayro::hayro_interpret::InterpreterSettings;
use hayro::hayro_syntax::Pdf as Rendered;
use hayro::vello_cpu::color::palette::css::BLACK;
use hayro::{PixmapSettings, RenderCache, RenderSettings};
use pdf_writer::{Content, Name, Pdf, Rect, Ref};

use super::*;

fn folder(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("test-vectors/picture")
        .join(name)
}

fn good() -> Vec<(String, Vec<u8>)> {
    let mut files: Vec<_> = std::fs::read_dir(folder("good"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| {
            (
                path.file_name().unwrap().display().to_string(),
                std::fs::read(&path).unwrap(),
            )
        })
        .collect();
    files.sort();
    assert!(files.len() >= 19);
    files
}

fn read(bytes: &[u8]) -> Result<Picture, PictureError> {
    Picture::read(bytes, &Limits::DEFAULT)
}

/// A page of 16 by 8 points with the picture all over it.
fn page(picture: &Picture) -> Vec<u8> {
    let mut pdf = Pdf::new();
    let [catalog, pages, page, content, first] = [1, 2, 3, 4, 5].map(Ref::new);
    pdf.catalog(catalog).pages(pages);
    pdf.pages(pages).kids([page]).count(1);
    let mut object = pdf.page(page);
    object
        .parent(pages)
        .media_box(Rect::new(0.0, 0.0, 16.0, 8.0))
        .contents(content);
    object.resources().x_objects().pair(Name(b"P0"), first);
    drop(object);
    let mut stream = Content::new();
    stream
        .transform([16.0, 0.0, 0.0, 8.0, 0.0, 0.0])
        .x_object(Name(b"P0"));
    pdf.stream(content, &stream.finish());
    picture.write(&mut pdf, first);
    pdf.finish()
}

/// The pixels in the middle of the four quarters: upper left, upper right, lower left, lower right.
fn quarters(picture: &Picture) -> [[u8; 3]; 4] {
    let pdf = Rendered::new(page(picture)).expect("a PDF");
    let pixmap = hayro::render(
        &pdf.pages()[0],
        &RenderCache::new(),
        &InterpreterSettings::default(),
        &RenderSettings::default(),
        &PixmapSettings {
            x_scale: 4.0,
            y_scale: 4.0,
            bg_color: BLACK,
        },
    );
    [(16, 8), (48, 8), (16, 24), (48, 24)].map(|(x, y)| {
        let pixel = pixmap.data()[y * usize::from(pixmap.width()) + x];
        [pixel.r, pixel.g, pixel.b]
    })
}

#[test]
fn pictures_show_their_quarters_upright_in_their_colours() {
    for (name, bytes) in good() {
        let picture = read(&bytes).unwrap_or_else(|error| panic!("{name}: {error}"));
        let (width, height) = picture.size();
        assert_eq!(width, 2 * height, "{name}");
        let last = match name.as_str() {
            // Nothing is drawn there, or it is transparent: the page shows.
            "transparent_quarter.png" | "shapes.svg" | "millimetres.svg" => [0; 3],
            _ => [255; 3],
        };
        let expected = [[230, 0, 0], [0, 160, 0], [0, 0, 230], last];
        for (at, (found, expected)) in quarters(&picture).into_iter().zip(expected).enumerate() {
            let near = found.iter().zip(expected).all(|(a, b)| a.abs_diff(b) <= 12);
            assert!(near, "{name}, quarter {at}: {found:?}, not {expected:?}");
        }
    }
}

#[test]
fn what_is_beside_the_picture_stays_behind() {
    let named = |name: &str| std::fs::read(folder("good").join(name)).unwrap();
    let plain = page(&read(&named("rgb.png")).unwrap());
    assert_eq!(page(&read(&named("comment.png")).unwrap()), plain);
    assert_eq!(page(&read(&named("opaque_alpha.png")).unwrap()), plain);
    let plain = page(&read(&named("baseline.jpg")).unwrap());
    assert_eq!(page(&read(&named("trailing.jpg")).unwrap()), plain);
    let turned = page(&read(&named("orientation_6.jpg")).unwrap());
    assert!(!turned.windows(4).any(|part| part == b"Exif"));
}

#[derive(serde::Deserialize)]
struct Vectors {
    vector: Vec<Vector>,
}

#[derive(serde::Deserialize)]
struct Vector {
    name: String,
    says: String,
}

#[test]
fn bad_pictures_are_refused_by_what_is_wrong() {
    let text = std::fs::read_to_string(folder("bad.toml")).unwrap();
    let Vectors { vector } = toml::from_str(&text).unwrap();
    assert!(vector.len() >= 30);
    for Vector { name, says } in vector {
        let bytes = std::fs::read(folder("bad").join(&name)).unwrap();
        let Err(error) = read(&bytes) else {
            panic!("{name}: accepted");
        };
        assert!(error.to_string().contains(&says), "{name}: {error}");
    }
}

#[test]
fn every_prefix_and_flipped_byte_is_a_picture_or_an_error() {
    let mut refused = 0;
    for (name, bytes) in good() {
        for at in 0..bytes.len() {
            refused += usize::from(read(&bytes[..at]).is_err());
            let mut changed = bytes.clone();
            changed[at] ^= 0x55;
            if let Ok(picture) = read(&changed) {
                let (width, height) = picture.size();
                assert!(width > 0 && height > 0, "{name}: byte {at}");
            }
        }
    }
    assert!(refused > 1000, "{refused}");
}

#[test]
fn limits_of_bytes_and_pixels_are_kept() {
    let bytes = std::fs::read(folder("good/rgb.png")).unwrap();
    let mut limits = Limits::DEFAULT;
    limits.picture_bytes = bytes.len() - 1;
    let most = limits.picture_bytes;
    assert_eq!(
        Picture::read(&bytes, &limits).unwrap_err(),
        PictureError::TooLarge { what: "bytes", most }
    );
    let mut limits = Limits::DEFAULT;
    limits.picture_pixels = 127;
    assert_eq!(
        Picture::read(&bytes, &limits).unwrap_err(),
        PictureError::TooLarge {
            what: "pixels",
            most: 127
        }
    );
}
