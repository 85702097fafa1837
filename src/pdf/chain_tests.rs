//! The chain of sections: where revisions end, what they may point to, what is refused.

use super::builder::{Builder, TRAILER, kinds};
use super::{AnomalyKind, Document, Entry, PdfErrorKind, Style};
use crate::limits::Limits;

#[test]
fn hybrid_file_takes_the_table_first_then_the_stream_then_free_entries() {
    let file = Builder::page().stream(4, "/Type/ObjStm/N 2/First 8", "7 0 3 2 1 2");
    // The stream lists nothing but what the object stream has, the table the rest.
    let hidden = Builder::default().raw(&file.bytes);
    let hidden = hidden.xref_stream_section(6, TRAILER, &[(7, 4, 0), (3, 4, 1)]);
    let stream = hidden.startxref;
    let mut whole = file;
    whole.bytes = hidden.bytes;
    let whole = whole.table(&format!("{TRAILER}/XRefStm {stream}"));
    let document = whole.open();
    assert_eq!(document.revisions()[0].style, Style::Hybrid);
    assert_eq!(
        document.newest().locate(7),
        Some((
            0,
            Entry::InStream {
                container: 4,
                index: 0
            }
        ))
    );
    assert!(matches!(
        document.newest().locate(3),
        Some((0, Entry::Offset { .. }))
    ));
    assert_eq!(kinds(&document), [AnomalyKind::HybridConflict]);
}

#[test]
fn header_after_junk_moves_offsets_only_if_the_file_says_so() {
    let clean = Builder::page().table(TRAILER);
    let mut shifted = clean.clone();
    shifted.bytes.splice(0..0, *b"HTTP/1.1 200 OK\r\n\r\n");
    let document = shifted.open();
    assert_eq!(
        (document.offset_base(), kinds(&document)),
        (19, vec![AnomalyKind::HeaderNotFirst])
    );
    let catalog = document.newest().catalog().unwrap();
    assert_eq!(
        &shifted.bytes[catalog.source.clone().unwrap()],
        b"<</Type/Catalog/Pages 2 0 R>>"
    );

    let mut junk = Builder::default().raw("junk\n%PDF-1.7\n");
    for (number, body) in super::builder::PAGE {
        junk = junk.object(number, body);
    }
    let junk = junk.table(TRAILER);
    assert_eq!(junk.open().offset_base(), 0);
    assert!(junk.open().newest().catalog().is_ok());
}

#[test]
fn ends_of_files_are_tolerated_as_anomalies_only() {
    let clean = Builder::page().table(TRAILER);
    let mut bare = clean.clone();
    bare.bytes.pop();
    assert_eq!(kinds(&bare.open()), []);
    assert_eq!(bare.open().revisions()[0].span.end, bare.bytes.len());
    assert_eq!(kinds(&clean.clone().raw("\r\n \n").open()), []);
    let trailing = clean.clone().raw("<script>");
    assert_eq!(kinds(&trailing.open()), [AnomalyKind::TrailingBytes]);
    assert_eq!(trailing.open().revisions()[0].span.end, clean.bytes.len());
    let mut unmarked = clean.clone();
    unmarked.bytes.truncate(clean.bytes.len() - 6);
    assert_eq!(kinds(&unmarked.open()), [AnomalyKind::EofMissing]);
    let zero = Builder::page().table(&format!("{TRAILER}/Prev 0"));
    assert_eq!(kinds(&zero.open()), [AnomalyKind::PrevZero]);
    assert_eq!(clean.raw([b' '; 3000]).refusal(), PdfErrorKind::NoStartxref);
}

#[test]
fn files_that_are_no_strict_pdf_are_refused_by_kind() {
    let page = Builder::page;
    for (file, kind) in [
        (
            Builder::default().raw("no header\nstartxref\n1\n%%EOF"),
            PdfErrorKind::NoHeader,
        ),
        (page(), PdfErrorKind::NoStartxref),
        (page().raw("startxref\nx\n%%EOF"), PdfErrorKind::NoStartxref),
        (page().raw("startxref\n999999\n%%EOF"), PdfErrorKind::BadXref),
        (
            page().raw("startxref\n99999999999999999999\n%%EOF"),
            PdfErrorKind::NoStartxref,
        ),
        (page().raw("startxref\n0\n%%EOF"), PdfErrorKind::BadXref),
        (page().raw("startxref\n15\n%%EOF"), PdfErrorKind::BadXref),
        (page().table("/Root 1 0 R"), PdfErrorKind::BadTrailer),
        (page().table("/Size 0/Root 1 0 R"), PdfErrorKind::BadTrailer),
        (
            page().table("/Size 9/Root 1 0 R/Prev (x)"),
            PdfErrorKind::BadTrailer,
        ),
        (
            page().table("/Size 9/Root 1 0 R/Prev -5"),
            PdfErrorKind::BadTrailer,
        ),
        (page().table("/Size 9"), PdfErrorKind::BadCatalog),
        (page().table("/Size 9/Root 8 0 R"), PdfErrorKind::BadCatalog),
        (
            page().table("/Size 9/Root<</Type/Catalog>>"),
            PdfErrorKind::BadCatalog,
        ),
        (
            page().object(4, "1").table("/Size 9/Root 4 0 R"),
            PdfErrorKind::BadCatalog,
        ),
        (
            page().table("/Size 9/Root 1 0 R/Encrypt 5 0 R"),
            PdfErrorKind::BadEncryption,
        ),
        (
            page().xref_stream(5, "/Size 9/Root 1 0 R/Encrypt<<>>", &[]),
            PdfErrorKind::BadEncryption,
        ),
        (
            page().table("/Size 9/Root 1 0 R/XRefStm 15"),
            PdfErrorKind::BadXref,
        ),
        (
            page().table("/Size 9/Root 1 0 R/XRefStm -1"),
            PdfErrorKind::BadTrailer,
        ),
    ] {
        assert_eq!(file.refusal(), kind, "{}", file.bytes.escape_ascii());
    }
}

#[test]
fn chains_that_loop_or_point_forward_are_refused() {
    let first = Builder::page().table(TRAILER);
    let own = first.bytes.len();
    let to_itself = first.clone().table(&format!("{TRAILER}/Prev {own}"));
    assert_eq!(to_itself.refusal(), PdfErrorKind::RevisionOrder);
    // The first section points at the second, which points back.
    let guess = Builder::page()
        .table(&format!("{TRAILER}/Prev 00000"))
        .bytes
        .len();
    let circle = Builder::page().table(&format!("{TRAILER}/Prev {guess:05}"));
    let back = circle.startxref;
    let circle = circle.table(&format!("{TRAILER}/Prev {back}"));
    assert_eq!(circle.startxref, guess);
    assert_eq!(circle.refusal(), PdfErrorKind::RevisionOrder);
}

#[test]
fn startxref_far_behind_its_section_is_not_looked_for() {
    let far = |junk: usize| {
        let first = Builder::page().section(TRAILER);
        let at = first.startxref;
        let first = first
            .raw(vec![b'x'; junk])
            .raw(format!("\nstartxref\n{at}\n%%EOF\n"));
        first.table(&format!("{TRAILER}/Prev {at}"))
    };
    assert_eq!(kinds(&far(4000).open()), [AnomalyKind::StartxrefDetached]);
    assert_eq!(far(4000).open().revisions().len(), 2);
    // A search up to the next section would read the whole of a large file.
    assert_eq!(kinds(&far(5000).open()), [AnomalyKind::SectionWithoutEnd]);
    assert_eq!(far(5000).open().revisions().len(), 1);
}

#[test]
fn sections_of_a_linearised_file_must_not_contradict_each_other() {
    let file = |second: &str| {
        let file = Builder::new().object(9, "<</Linearized 1>>");
        let at = file.bytes.len();
        let pages =
            "1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\n";
        // The first section names objects behind it, so every length before them is fixed.
        let first = |main: usize, one: usize, two: usize| {
            format!(
                "xref\n1 2\n{one:010} 00000 n \n{two:010} 00000 n \ntrailer<</Size 10/Root 1 0 R/Prev {main:05}>>\nstartxref\n0\n%%EOF\n"
            )
        };
        let one = at + first(0, 0, 0).len();
        let main = one + pages.len();
        let text = first(main, one, one + 43);
        file.raw(text).raw(pages).raw(format!(
            "xref\n0 1\n0000000000 65535 f \n{second}trailer<</Size 1>>\nstartxref\n{at}\n%%EOF\n"
        ))
    };
    assert_eq!(kinds(&file("").open()), []);
    assert_eq!(file("").open().revisions()[0].sections.len(), 2);
    assert_eq!(
        kinds(&file("2 1\n0000000015 00000 n \n").open()),
        [AnomalyKind::DuplicateEntry]
    );
    // The main section ends the chain.
    let whole = file("");
    let text = String::from_utf8_lossy(&whole.bytes).into_owned();
    let goes_on = text.replace("trailer<</Size 1>>", "trailer<</Size 1/Prev 15>>");
    let goes_on = Builder::default().raw(goes_on.replace("\u{fffd}", "x"));
    assert_eq!(goes_on.refusal(), PdfErrorKind::RevisionOrder);
}

#[test]
fn what_stands_around_startxref_is_read_to_the_byte() {
    let section = || {
        let mut file = Builder::page().section(TRAILER);
        // The line end behind the trailer.
        file.bytes.pop();
        file
    };
    let at = section().startxref;
    let closed = |text: &str| kinds(&section().raw(text.replace('N', &at.to_string())).open());
    assert_eq!(closed("\nstartxref\nN\n%%EOF\n"), []);
    // A delimiter stands before the keyword, so that nothing need be between (7.2.3).
    assert_eq!(closed("startxref\nN\n%%EOF\n"), []);
    assert_eq!(closed("\nstartxref\n N\n%%EOF\n"), [AnomalyKind::LineLayout]);
    assert_eq!(closed("\nstartxref N\n%%EOF\n"), [AnomalyKind::LineLayout]);
    assert_eq!(closed("\nstartxref\nN %%EOF\n"), [AnomalyKind::LineLayout]);
    // Up to four bytes of white space may follow, and nothing else.
    assert_eq!(closed("\nstartxref\nN\n%%EOF\n    "), []);
    assert_eq!(
        closed("\nstartxref\nN\n%%EOF\n     "),
        [AnomalyKind::TrailingBytes]
    );
    assert_eq!(closed("\nstartxref\nN\n%%EOF\nx"), [AnomalyKind::TrailingBytes]);
}

#[test]
fn a_null_among_the_pointers_is_as_good_as_nothing() {
    let file = Builder::page().table(&format!("{TRAILER}/XRefStm null/Prev null"));
    assert_eq!(kinds(&file.open()), []);
    let stray = Builder::page().table(&format!("{TRAILER}/XRefStm (x)"));
    assert_eq!(kinds(&stray.open()), [AnomalyKind::StrayXrefStream]);
}

#[test]
fn as_many_revisions_as_the_limit_says_are_read() {
    let first = Builder::page().table(TRAILER);
    let at = first.startxref;
    let second = first.table(&format!("{TRAILER}/Prev {at}"));
    let open = |most: usize| {
        let limits = Limits {
            pdf_revisions: most,
            ..Limits::DEFAULT
        };
        Document::open(&second.bytes, &limits)
            .map_err(|error| error.kind)
            .err()
    };
    assert_eq!(open(2), None);
    assert_eq!(open(1), Some(PdfErrorKind::TooManyRevisions));
}

#[test]
fn a_section_is_closed_by_the_startxref_that_names_it_or_what_led_to_it() {
    // White space stands before the first section; `led` is what the second one's /Prev says, `named` what the first one's
    // own startxref.
    let revisions = |led: usize, named: usize, between: &str| {
        let mut file = Builder::page();
        let blank = file.bytes.len();
        file = file.raw("   ").section(TRAILER);
        let end = format!("{between}startxref\n{}\n%%EOF\n", blank + named);
        let file = file.raw(end).table(&format!("{TRAILER}/Prev {}", blank + led));
        let document = file.open();
        (document.revisions().len(), kinds(&document))
    };
    assert_eq!(revisions(3, 3, ""), (2, vec![]));
    use AnomalyKind::{SectionWithoutEnd, StartxrefDetached, StartxrefInexact};
    assert_eq!(revisions(1, 3, ""), (2, vec![StartxrefInexact]));
    assert_eq!(revisions(1, 1, ""), (2, vec![StartxrefInexact]));
    // Another offset closes another section, wherever it comes from.
    assert_eq!(
        revisions(1, 2, ""),
        (1, vec![SectionWithoutEnd, StartxrefInexact])
    );
    assert_eq!(revisions(3, 1, ""), (1, vec![SectionWithoutEnd]));
    // What only looks like one is passed over.
    assert_eq!(
        revisions(3, 3, "% startxref\nstartxref 7\n"),
        (2, vec![StartxrefDetached])
    );
}
