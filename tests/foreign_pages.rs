//! A seal and a code on a page that somebody else made: where they come to lie, what they may lie on, and that the page's own
//! content stays as it is. What is painted is measured in pictures by pdftoppm and mutool, where they are installed.

mod common;
#[path = "common/picture.rs"]
mod picture;

use std::path::Path;

use common::{Office, at};
use picture::{Picture, TOOLS, paint};
use yinxin::draft::Draft;
use yinxin::impression::Impression;
use yinxin::limits::Limits;
use yinxin::payload::Payload;
use yinxin::pdf::{Document, Object};
use yinxin::seal::{Allow, Place, Seal, SealError, Sealed};

/// A file of a catalog, a page tree node with `above`, a page with `own` entries and `content`, and `more` objects from 5 on.
fn file(above: &str, own: &str, content: &str, more: &[&str]) -> Vec<u8> {
    let mut objects = vec![
        "<</Type/Catalog/Pages 2 0 R>>".to_owned(),
        format!("<</Type/Pages/Kids[3 0 R]/Count 1{above}>>"),
        format!("<</Type/Page/Parent 2 0 R/Contents 4 0 R{own}>>"),
        format!("<</Length {}>>\nstream\n{content}\nendstream", content.len()),
    ];
    objects.extend(more.iter().map(|object| (*object).to_owned()));
    let mut file = b"%PDF-1.7\n%\xE2\xE3\xCF\xD3\n".to_vec();
    let mut table = String::new();
    for (number, body) in (1..).zip(&objects) {
        table.push_str(&format!("{:010} 00000 n \n", file.len()));
        file.extend_from_slice(format!("{number} 0 obj\n{body}\nendobj\n").as_bytes());
    }
    let (start, size) = (file.len(), objects.len() + 1);
    let end = format!(
        "xref\n0 {size}\n0000000000 65535 f \n{table}trailer\n<</Size {size}/Root 1 0 R>>\nstartxref\n{start}\n%%EOF\n"
    );
    file.extend_from_slice(end.as_bytes());
    file
}

const A4: &str = "/MediaBox[0 0 595 842]";

/// A square of 40 mm that shows which way is up: red, its upper left quarter green.
fn mark() -> Seal {
    let mark = file(
        "",
        "/MediaBox[0 0 40 40]",
        "1 0 0 rg 0 0 40 40 re f 0 1 0 rg 0 20 20 20 re f",
        &[],
    );
    Seal::new(Impression::pdf(&mark, 40.0).unwrap())
}

fn place(x_mm: f64, y_mm: f64) -> Place {
    Place { page: 0, x_mm, y_mm }
}

fn sealed_at(file: Vec<u8>, (x, y): (f64, f64), allowed: &[Allow]) -> Result<Sealed, SealError> {
    let draft = Draft::open(file, &Limits::DEFAULT).unwrap();
    let mut sealing = draft.without_code().place(place(x, y));
    for what in allowed {
        sealing = sealing.allow(*what);
    }
    sealing.seal(&mark(), &Office::with_key("p256").signer(), at())
}

/// Sealed with a code of 60 mm besides.
fn coded(file: Vec<u8>, seal: (f64, f64), code: (f64, f64), allowed: &[Allow]) -> Result<Sealed, SealError> {
    let office = Office::with_key("p256");
    let draft = Draft::open(file, &Limits::DEFAULT).unwrap();
    let mut sealing = draft
        .bind(Payload::of(&office.record("residence")))
        .place(place(seal.0, seal.1))
        .place_code(place(code.0, code.1), 60.0);
    for what in allowed {
        sealing = sealing.allow(*what);
    }
    sealing.seal(&mark(), &office.signer(), at())
}

const DPI: f64 = 150.0;

/// The first page as painted by each renderer at hand, at 150 dpi.
fn pictures(name: &str, bytes: &[u8]) -> Vec<(&'static str, Picture)> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("foreign_pages");
    std::fs::create_dir_all(&folder).unwrap();
    let input = folder.join(format!("{name}.pdf"));
    std::fs::write(&input, bytes).unwrap();
    let painted = TOOLS.into_iter().filter_map(|tool| {
        let picture = paint(tool, &input, &folder.join(format!("{name}-{tool}")), 150)?;
        Some((tool, picture.unwrap_or_else(|why| panic!("{tool} {name}: {why}"))))
    });
    painted.collect()
}

/// Pages of which 180 x 250 mm or more are shown, with their units.
/// Poppler ignores a crop box wider or higher than the media box where it should cut it (ISO 32000-2, 14.11.2.1): none is here.
const PAGES: [(&str, &str, f64); 5] = [
    ("plain", "/MediaBox[0 0 600 800]", 1.0),
    ("origin", "/MediaBox[-100 300 500 1100]", 1.0),
    ("crop", "/MediaBox[0 0 800 900]/CropBox[650 780 40 50]", 1.0),
    (
        "overcrop",
        "/MediaBox[20 30 620 830]/CropBox[-30 60 560 850]",
        1.0,
    ),
    (
        "unit",
        "/MediaBox[10 10 310 410]/CropBox[20 20 310 410]/UserUnit 2",
        2.0,
    ),
];

/// Content as bad generators write it: states left open, everything scaled, turned and clipped to a corner, or taken back more often than saved.
const MESSY: &str =
    "0.9 g 30 40 5000 5000 re f q 0.3 0.1 -0.1 0.3 100 100 cm q 0 0 10 10 re W n q 0 0 1 rg Q Q Q Q";
const OPEN: &str =
    "0.9 g 30 40 5000 5000 re f q 0.3 0.1 -0.1 0.3 100 100 cm q 0 0 10 10 re W n 0 0 1 rg BT 7 Tr";

#[test]
fn seal_and_code_are_where_they_were_put_upright_and_in_true_size() {
    let mut looked = 0;
    for (name, boxes, unit) in PAGES {
        for (above, turn) in [
            ("", 0),
            ("/Rotate -270", 90),
            ("/Rotate 540", 180),
            ("/Rotate -90", 270),
        ] {
            let content = if turn % 180 == 0 { OPEN } else { MESSY };
            let name = format!("{name}-{turn}");
            // No /Resources at all: neither seal nor code may need the page's.
            let sealed = coded(file(above, boxes, content, &[]), (40.0, 50.0), (90.0, 90.0), &[]).unwrap();
            let text = sealed.code_text().unwrap().to_owned();
            for (tool, picture) in pictures(&name, &sealed.to_bytes()) {
                // Poppler takes every unit for a point and shows the page smaller by as much.
                let dots = DPI / 25.4 / if tool == "pdftoppm" { unit } else { 1.0 };
                let near = |found: Option<[usize; 4]>, wanted: [f64; 4], what: &str| {
                    let found = found.unwrap_or_else(|| panic!("{tool} {name}: no {what}"));
                    for (found, wanted) in found.iter().zip(wanted) {
                        let off = (f64::from(u32::try_from(*found).unwrap()) - wanted * dots).abs();
                        assert!(
                            off <= 2.0,
                            "{tool} {name}: {what} at {found:?}, not {:?}",
                            wanted * dots
                        );
                    }
                };
                near(
                    picture.extent(|[r, g, b]| r > 150 && g < 90 && b < 90),
                    [20.0, 30.0, 60.0, 70.0],
                    "red",
                );
                near(
                    picture.extent(|[r, g, b]| g > 150 && r < 90 && b < 90),
                    [20.0, 30.0, 40.0, 50.0],
                    "green",
                );
                let dark = picture.extent(|[r, g, b]| r < 90 && g < 90 && b < 90);
                let quiet = dark.map(|[left, top, right, bottom]| {
                    assert_eq!(
                        (right - left).abs_diff(bottom - top) / 3,
                        0,
                        "{tool} {name}: the code is no square"
                    );
                    [left, top, right, bottom].map(|side| f64::from(u32::try_from(side).unwrap()) / dots)
                });
                let [left, top, right, bottom] = quiet.unwrap();
                // Four modules of quiet zone around, the same on every side.
                let zone = left - 90.0;
                for side in [top - 90.0, 150.0 - right, 150.0 - bottom] {
                    assert!(
                        (side - zone).abs() < 0.6 && (2.0..6.0).contains(&side),
                        "{tool} {name}: {quiet:?}"
                    );
                }
                if unit == 1.0 || tool == "mutool" {
                    assert_eq!(picture.codes(), [text.as_str()], "{tool} {name}");
                }
                looked += 1;
            }
        }
    }
    println!("{looked} pictures measured");
}

#[test]
fn the_page_s_own_content_and_resources_are_never_written() {
    for own in [
        A4.to_owned(),
        format!("{A4}/Resources 5 0 R/Annots[]"),
        format!("{A4}/Resources<<>>/Annots 6 0 R"),
    ] {
        let original = file("", &own, OPEN, &["<</ProcSet[/PDF]>>", "[]"]);
        let sealed = coded(original.clone(), (40.0, 50.0), (90.0, 90.0), &[])
            .unwrap()
            .into_bytes();
        let document = Document::open(&sealed, &Limits::DEFAULT).unwrap();
        let rewritten: Vec<u32> = document.revisions()[1]
            .entries
            .numbers()
            .filter(|number| *number < 7)
            .collect();
        // The catalog, and of the page the list of annotations alone.
        let list = if own.contains("/Annots 6") { 6 } else { 3 };
        assert_eq!(rewritten, [1, list], "{own}");
        let page = document
            .newest()
            .object(yinxin::pdf::Ref::new(3, 0))
            .unwrap()
            .unwrap();
        let before = document
            .view(0)
            .unwrap()
            .object(yinxin::pdf::Ref::new(3, 0))
            .unwrap()
            .unwrap();
        for entry in before.dictionary().unwrap().entries() {
            let after = page.dictionary().unwrap().find(&entry.key);
            assert!(entry.key == b"Annots" || after == Some(&entry.value), "{own}");
        }
    }
}

#[test]
fn a_seal_has_words_for_those_who_do_not_see_it() {
    let sealed = sealed_at(file("", A4, "", &[]), (60.0, 60.0), &[])
        .unwrap()
        .into_bytes();
    let document = Document::open(&sealed, &Limits::DEFAULT).unwrap();
    let view = document.newest();
    let page = view.pages().unwrap().remove(0);
    let annotations = view.find(page.dictionary().unwrap(), b"Annots").unwrap();
    let widget = view.resolve(&annotations.as_array().unwrap()[0]).unwrap();
    let words = widget
        .as_dictionary()
        .unwrap()
        .find(b"TU")
        .and_then(Object::as_string)
        .unwrap();
    let name = common::pem("p256")[0].common_name().unwrap().to_owned();
    assert_eq!(
        yinxin::pdf::read_text_string(&words.bytes),
        format!("电子印章 Electronic seal: {name}")
    );
}

#[test]
fn a_page_without_media_box_is_letter_and_one_that_shows_nothing_is_refused() {
    let sealed = sealed_at(file("", "", "", &[]), (195.0, 259.0), &[]).unwrap();
    for (tool, picture) in pictures("letter", &sealed.to_bytes()) {
        let red = picture.extent(|[r, g, _]| r > 150 && g < 90).unwrap();
        assert!(
            red[0].abs_diff(1033) < 3 && red[3].abs_diff(1648) < 3,
            "{tool}: {red:?}"
        );
    }
    let off = sealed_at(file("", "", "", &[]), (196.0, 260.0), &[]);
    assert!(matches!(off, Err(SealError::OffPage { what: "seal", .. })));
    let nothing = file("", "/MediaBox[0 0 600 800]/CropBox[600 800 900 900]", "", &[]);
    let refused = sealed_at(nothing, (50.0, 50.0), &[Allow::Overhang])
        .map(|_| ())
        .unwrap_err();
    assert!(matches!(refused, SealError::NothingShown(0)));
    assert!(refused.to_string().contains("page 1"), "{refused}");
}

#[test]
fn tiny_and_huge_pages_are_told_by_their_size() {
    let refused = sealed_at(file("", "/MediaBox[0 0 3 3]", "", &[]), (0.5, 0.5), &[])
        .map(|_| ())
        .unwrap_err();
    assert!(refused.to_string().contains("(1.1 x 1.1 mm)"), "{refused}");
    for own in [
        "/MediaBox[0 0 14400 14400]",
        "/MediaBox[0 0 14400 14400]/UserUnit 75",
        "/MediaBox[0 0 8.5 11]/UserUnit 72",
    ] {
        let sealed = sealed_at(file("", own, "", &[]), (60.0, 60.0), &[])
            .unwrap()
            .into_bytes();
        let document = Document::open(&sealed, &Limits::DEFAULT).unwrap();
        let (page, view) = (document.newest().pages().unwrap().remove(0), document.newest());
        let annotations = view.find(page.dictionary().unwrap(), b"Annots").unwrap();
        let widget = view.resolve(&annotations.as_array().unwrap()[0]).unwrap();
        let rectangle = widget
            .as_dictionary()
            .unwrap()
            .find(b"Rect")
            .and_then(Object::as_array)
            .unwrap();
        let rectangle = yinxin::pdf::Rectangle::of(rectangle).unwrap();
        let mm = |units: f64| units * page.user_unit / 72.0 * 25.4;
        assert!(
            (mm(rectangle.width()) - 40.0).abs() < 0.01,
            "{own}: {rectangle:?}"
        );
        assert!(
            (mm(rectangle.height()) - 40.0).abs() < 0.01,
            "{own}: {rectangle:?}"
        );
        assert!((mm(rectangle.left) - 40.0).abs() < 0.01, "{own}: {rectangle:?}");
    }
}

/// What lies on the page at 100..200 points from the left and bottom, as annotation 5.
fn annotated(entries: &str) -> Vec<u8> {
    let annotation = format!("<</Type/Annot/Rect[200 100 100 200]{entries}>>");
    file(
        "/Rotate 90",
        &format!("{A4}/Annots[5 0 R null 7 0 R]"),
        "",
        &[&annotation, "4"],
    )
}

/// That is 35.3 to 70.6 mm from left and top of the turned page, and the seal is 40 mm wide.
const OVER: (f64, f64) = (90.0, 60.0);
const BESIDE: (f64, f64) = (90.7, 60.0);

#[test]
fn a_seal_over_a_visible_annotation_is_refused_by_name_and_place() {
    for (entries, name) in [
        ("/Subtype/Widget/FT/Tx", "Widget"),
        ("/Subtype/Stamp/F 4", "Stamp"),
        ("/Subtype/FreeText/F 6 0 R", "FreeText"),
        ("/Subtype/Fancy#28x", "Fancy(x"),
    ] {
        let error = sealed_at(annotated(entries), OVER, &[]).map(|_| ()).unwrap_err();
        let SealError::Overlap {
            what: "seal",
            other,
            sides_mm,
        } = &error
        else {
            panic!("{entries}: {error}")
        };
        assert_eq!(*other, format!("an annotation /{name}"));
        assert!(
            sides_mm.iter().all(|side| (side - 35.278).abs() < 0.01),
            "{sides_mm:?}"
        );
        assert!(
            error
                .to_string()
                .contains("35.3 x 35.3 mm, 35.3 mm from the left and 35.3 mm from the top"),
            "{error}"
        );
        assert!(sealed_at(annotated(entries), BESIDE, &[]).is_ok(), "{entries}");
        assert!(
            sealed_at(annotated(entries), OVER, &[Allow::Overlap]).is_ok(),
            "{entries}"
        );
        assert!(
            sealed_at(annotated(entries), OVER, &[Allow::Overhang]).is_err(),
            "{entries}"
        );
    }
    let code = coded(annotated("/Subtype/Square"), (150.0, 30.0), (60.0, 60.0), &[]);
    assert!(matches!(code, Err(SealError::Overlap { what: "code", .. })));
}

#[test]
fn what_nobody_sees_is_not_in_the_way() {
    for entries in [
        "/Subtype/Link/Border[0 0 1]",
        "/Subtype/Popup",
        "/Subtype/Widget/F 2",
        "/Subtype/Text/F 36",
        "/Subtype/Widget/Rect[150 150 150 150]",
        "/Subtype/Widget/Rect[150 150]",
        "/Subtype/Widget/Rect(no)",
    ] {
        let sealed = sealed_at(annotated(entries), OVER, &[]).map(|_| ());
        assert!(sealed.is_ok(), "{entries}: {}", sealed.unwrap_err());
    }
}

#[test]
fn seal_and_code_of_one_sealing_do_not_overlap_unless_told_to() {
    let page = || file("", A4, "", &[]);
    let error = coded(page(), (60.0, 60.0), (79.0, 79.0), &[])
        .map(|_| ())
        .unwrap_err();
    assert!(
        matches!(&error, SealError::Overlap { what: "seal", sides_mm, .. } if *sides_mm == [79.0, 79.0, 60.0, 60.0]),
        "{error}"
    );
    assert!(coded(page(), (60.0, 60.0), (79.0, 79.0), &[Allow::Overlap]).is_ok());
    assert!(coded(page(), (60.0, 60.0), (80.0, 60.0), &[]).is_ok());
}

#[test]
fn a_second_seal_does_not_hide_the_first_unless_told_to() {
    let office = Office::with_key("p256");
    let draft = Draft::open(file("", A4, "", &[]), &Limits::DEFAULT).unwrap();
    let first = draft.without_code().place(place(60.0, 60.0)).certifies(None);
    let first = first.seal(&mark(), &office.signer(), at()).unwrap().into_bytes();
    let draft = Draft::open(first, &Limits::DEFAULT).unwrap();
    let second = |x| {
        let sealing = draft.without_code().place(place(x, 60.0)).certifies(None);
        sealing.seal(&mark(), &office.signer(), at()).map(|_| ())
    };
    assert!(matches!(second(99.0), Err(SealError::Overlap { .. })));
    assert!(second(100.0).is_ok());
}

#[test]
fn an_overhang_is_cut_off_where_it_is_allowed_and_refused_elsewhere() {
    let page = || file("/Rotate 90", A4, "", &[]);
    assert!(matches!(
        sealed_at(page(), (10.0, 100.0), &[]),
        Err(SealError::OffPage { .. })
    ));
    assert!(matches!(
        sealed_at(page(), (10.0, 100.0), &[Allow::Overlap]),
        Err(SealError::OffPage { .. })
    ));
    let sealed = sealed_at(page(), (10.0, 100.0), &[Allow::Overhang]).unwrap();
    for (tool, picture) in pictures("overhang", &sealed.to_bytes()) {
        let red = picture.extent(|[r, g, _]| r > 150 && g < 90).unwrap();
        assert!(red[0] < 3 && red[2].abs_diff(177) < 3, "{tool}: {red:?}");
    }
    // What shows nothing at all is no overhang.
    assert!(sealed_at(page(), (-21.0, 100.0), &[Allow::Overhang]).is_err());
}
