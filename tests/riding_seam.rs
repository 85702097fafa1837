//! Riding-seam seals (骑缝章): strips on the right edges of all pages, covered by the seal, that make the whole impression together.

mod common;
#[path = "common/judges.rs"]
mod judges;
#[path = "common/pixels.rs"]
mod pixels;

use common::{Office, at, signer};
use judges::judge;
use pixels::Pixels;
use yinxin::compose::Template;
use yinxin::draft::{Draft, Slots};
use yinxin::limits::Limits;
use yinxin::record::Record;
use yinxin::seal::{DocMdp, EarlierRule, Place, RidingSeam, SealError};
use yinxin::verify::{Outcome, SealKind};

/// Pixels of a millimetre: whole ones.
const MM: usize = 10;
const DPI: f32 = 254.0;
/// In which seal red is dark.
const GREEN: usize = 1;

/// A document of `pages` pages, white but for its seal.
fn blank(pages: usize) -> Draft {
    let kids: Vec<String> = (0..pages).map(|page| format!("{} 0 R", page + 3)).collect();
    let mut objects = vec![
        "<</Type/Catalog/Pages 2 0 R>>".to_owned(),
        format!("<</Type/Pages/Kids[{}]/Count {pages}>>", kids.join(" ")),
    ];
    let page = "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595.2756 841.8898]/Resources<<>>>>";
    objects.extend(std::iter::repeat_n(page.to_owned(), pages));
    let mut file = b"%PDF-1.7\n%\xE2\xE3\xCF\xD3\n".to_vec();
    let mut table = format!("xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1);
    for (number, body) in (1..).zip(&objects) {
        table.push_str(&format!("{:010} 00000 n \n", file.len()));
        file.extend_from_slice(format!("{number} 0 obj\n{body}\nendobj\n").as_bytes());
    }
    let start = file.len();
    let end = format!(
        "{table}trailer\n<</Size {}/Root 1 0 R>>\nstartxref\n{start}\n%%EOF\n",
        objects.len() + 1
    );
    file.extend_from_slice(end.as_bytes());
    Draft::new(file, Slots::default())
}

fn place(page: usize) -> Place {
    Place {
        page,
        x_mm: 60.0,
        y_mm: 240.0,
    }
}

fn seamed(draft: &Draft, page: usize) -> Vec<u8> {
    let office = Office::with_key("p256");
    let sealing = draft
        .without_code()
        .place(place(page))
        .riding_seam(RidingSeam::default());
    sealing
        .seal(&office.seal(), &office.signer(), at())
        .unwrap()
        .into_bytes()
}

/// Part of a picture: left, top, width and height in pixels.
fn crop(picture: &Pixels, [left, top, width, height]: [usize; 4]) -> Vec<Vec<u8>> {
    let all = picture.width as usize;
    (top..top + height)
        .map(|y| picture.luma[y * all + left..][..width].to_vec())
        .collect()
}

/// The mean difference of two pictures, of 255.
fn difference(a: &[Vec<u8>], b: &[Vec<u8>]) -> f64 {
    let pairs = a.iter().flatten().zip(b.iter().flatten());
    let (sum, count) = pairs.fold((0_u64, 0_u64), |(sum, count), (a, b)| {
        (sum + u64::from(a.abs_diff(*b)), count + 1)
    });
    sum as f64 / count as f64
}

/// The strips of pages `from` to `to`, side by side.
fn fan(pages: &[Pixels], widths: &[usize]) -> Vec<Vec<u8>> {
    let top = (297 * MM) / 2 - 21 * MM;
    let mut rows = vec![vec![]; 42 * MM];
    for (page, width) in pages.iter().zip(widths) {
        let strip = crop(page, [210 * MM - width, top, *width, 42 * MM]);
        for (row, strip) in rows.iter_mut().zip(strip) {
            row.extend(strip);
        }
    }
    rows
}

#[test]
fn strips_of_all_pages_side_by_side_are_the_impression() {
    for pages in [2, 3, 6, 7] {
        let drawn = Pixels::channel_of_pdf(&seamed(&blank(pages), 0), DPI, GREEN);
        assert_eq!(drawn.len(), pages);
        let whole = crop(&drawn[0], [39 * MM, 219 * MM, 42 * MM, 42 * MM]);
        let edges: Vec<usize> = (0..=pages).map(|part| 42 * MM * part / pages).collect();
        let widths: Vec<usize> = edges.windows(2).map(|pair| pair[1] - pair[0]).collect();
        let assembled = fan(&drawn, &widths);
        let white = vec![vec![255; 42 * MM]; 42 * MM];
        let ink = difference(&whole, &white);
        assert!(ink > 20.0, "the impression is seen: {ink}");
        let off = difference(&whole, &assembled);
        // Edges of pixels where the strips are cut.
        assert!(off < ink / 10.0, "{pages} pages: {off} of {ink}");
    }
}

#[test]
fn many_pages_have_several_seals_with_strips_that_can_be_seen() {
    let pages = 23;
    let drawn = Pixels::channel_of_pdf(&seamed(&blank(pages), 0), DPI, GREEN);
    let whole = crop(&drawn[0], [39 * MM, 219 * MM, 42 * MM, 42 * MM]);
    // 8, 8 and 7.
    let mut first = 0;
    for parts in [8, 8, 7] {
        let edges: Vec<usize> = (0..=parts).map(|part| 42 * MM * part / parts).collect();
        let widths: Vec<usize> = edges.windows(2).map(|pair| pair[1] - pair[0]).collect();
        assert!(widths.iter().all(|width| *width >= 4 * MM));
        let off = difference(&whole, &fan(&drawn[first..first + parts], &widths));
        assert!(off < 5.0, "from page {first}: {off}");
        first += parts;
    }
}

#[test]
fn pages_that_are_shown_turned_have_the_strip_at_the_edge_that_is_seen() {
    let text = String::from_utf8_lossy(blank(2).bytes()).into_owned();
    // Both pages: as wide as before once turned.
    let turned = text.replace(
        "/MediaBox[0 0 595.2756 841.8898]",
        "/MediaBox[0 0 841.8898 595.2756]/Rotate 90",
    );
    // The table of offsets is off now; it is rebuilt by length.
    let repaired = yinxin::pdf::recovery::repair(turned.as_bytes(), &Limits::DEFAULT);
    let mut file = turned.into_bytes();
    if let Ok(repaired) = repaired {
        file.extend_from_slice(&repaired.appended);
    }
    let drawn = Pixels::channel_of_pdf(&seamed(&Draft::new(file, Slots::default()), 0), DPI, GREEN);
    let whole = crop(&drawn[0], [39 * MM, 219 * MM, 42 * MM, 42 * MM]);
    let off = difference(&whole, &fan(&drawn, &[21 * MM, 21 * MM]));
    assert!(off < 5.0, "{off}");
}

fn long() -> (Record, Draft) {
    let record = Office::with_key("p256").record("official-document");
    let mut parts = record.into_parts();
    let text = parts.decision.take().unwrap();
    parts.decision = Some([text.as_str(), text.as_str()].join("\n"));
    let record = Record::new(parts).unwrap();
    let draft = Template::builtin("official-document")
        .unwrap()
        .compose(&record)
        .unwrap();
    (record, draft)
}

#[test]
fn the_seal_covers_its_riding_seam_and_it_is_no_seal_of_its_own() {
    let office = Office::with_key("p256");
    let (_, draft) = long();
    let seal = || {
        let sealing = draft.without_code().riding_seam(RidingSeam::default());
        sealing
            .seal(&office.seal(), &Office::with_key("ed25519").signer(), at())
            .unwrap()
    };
    assert!(
        seal().to_bytes() == seal().to_bytes(),
        "the same bytes every time"
    );
    let sealed = seal();
    // Stamps are annotations that the structure tree does not know.
    assert!(
        sealed.kept().pdfa.is_some() && sealed.claimed().pdfua.is_some() && sealed.kept().pdfua.is_none()
    );
    let sealing = draft.without_code().riding_seam(RidingSeam::default());
    let file = sealing
        .seal(&office.seal(), &office.signer(), at())
        .unwrap()
        .into_bytes();
    let report = office.verifier_for("official-document").verify_pdf(&file, at());
    assert_eq!(report.outcome, Outcome::Authentic, "{:#?}", report.findings);
    assert_eq!(report.seals.len(), 1);
    assert_eq!(report.seals[0].kind, SealKind::Seal);
    judge("riding_seam", &[("long", &file)]);
}

#[test]
fn a_riding_seam_is_not_put_over_what_somebody_has_sealed() {
    let office = Office::with_key("p256");
    let draft = blank(3);
    let sealing = draft
        .without_code()
        .place(place(0))
        .certifies(Some(DocMdp::FormFilling));
    let file = sealing
        .seal(&office.seal(), &office.signer(), at())
        .unwrap()
        .into_bytes();
    let again = Draft::open(file, &Limits::DEFAULT).unwrap();
    let sealing = again
        .without_code()
        .certifies(None)
        .place(place(1))
        .riding_seam(RidingSeam::default());
    let refused = sealing.seal(&office.seal(), &signer("p256"), at()).err();
    assert!(
        matches!(
            refused,
            Some(SealError::EarlierSeal {
                rule: EarlierRule::NoDrawing,
                ..
            })
        ),
        "{refused:?}"
    );
}

#[test]
fn what_has_no_seam_or_no_room_for_it_is_refused() {
    let office = Office::with_key("p256");
    let (one, two) = (blank(1), blank(2));
    let seal = |draft: &Draft, seam: RidingSeam| {
        let sealing = draft.without_code().place(place(0)).riding_seam(seam);
        sealing.seal(&office.seal(), &office.signer(), at()).err()
    };
    assert!(matches!(
        seal(&one, RidingSeam::default()),
        Some(SealError::SinglePage)
    ));
    let mut high = RidingSeam::default();
    high.middle_mm = Some(10.0);
    assert!(matches!(
        seal(&two, high),
        Some(SealError::OffPage {
            what: "riding-seam seal",
            ..
        })
    ));
    high.middle_mm = Some(f64::NAN);
    assert!(seal(&two, high).is_some());
}
