//! The reader against hand-made files: one rule of the standard, or one refusal, per test.

use super::builder::{Builder, TRAILER, audited, kinds, object_refusal};
use super::{AnomalyKind, Document, Entry, Object, PdfErrorKind, Ref, Style};
use crate::limits::Limits;

#[test]
fn clean_file_has_one_revision_and_nothing_odd() {
    let file = Builder::page().table(TRAILER);
    let document = file.open();
    assert_eq!(document.revisions().len(), 1);
    assert_eq!(document.revisions()[0].span, 0..file.bytes.len());
    assert_eq!(document.revisions()[0].style, Style::Table);
    assert_eq!(audited(&document), []);
    let pages = document.newest().pages().unwrap();
    assert_eq!(pages.len(), 1);
    assert_eq!(
        (
            pages[0].visible_box().map(|shown| shown.width()),
            pages[0].rotate,
            pages[0].user_unit
        ),
        (Some(595.0), 90, 1.0)
    );
    assert_eq!(pages[0].crop_box, None);
    assert!(pages[0].resources().is_some());
    assert_eq!(document.newest().next_object_number(), 9);
}

#[test]
fn value_span_of_contents_is_the_token_in_the_file() {
    let file = Builder::page()
        .object(
            4,
            "<< /Type/Sig /ByteRange [0 10 20 30] /Contents <00ff> /Sub << /Contents (decoy) >> >>",
        )
        .table(TRAILER);
    let document = file.open();
    let signature = document.newest().object(Ref::new(4, 0)).unwrap().unwrap();
    assert_eq!(&file.bytes[signature.value_span(b"Contents").unwrap()], b"<00ff>");
    assert_eq!(
        &file.bytes[signature.value_span(b"ByteRange").unwrap()],
        b"[0 10 20 30]"
    );
    assert_eq!(signature.value_span(b"M"), None);
    assert_eq!(document.newest().locate(4).map(|(revision, _)| revision), Some(0));
}

#[test]
fn each_revision_is_seen_as_it_was() {
    let first = Builder::page().object(4, "(old)").table(TRAILER);
    let second = first.clone().object(4, "(new)").object(5, "(more)");
    let second = second.table(&format!("{TRAILER}/Prev {}", first.startxref));
    let third = second
        .clone()
        .raw("6 0 obj null endobj\n")
        .table(&format!("{TRAILER}/Prev {}", second.startxref));
    let document = third.open();
    let text = |index: usize, number| {
        let object = document.view(index).unwrap().object(Ref::new(number, 0)).unwrap();
        object.map(|o| o.raw().to_vec())
    };
    assert_eq!(document.revisions().len(), 3);
    assert_eq!((text(0, 4), text(0, 5)), (Some(b"(old)".to_vec()), None));
    assert_eq!(
        (text(1, 4), text(2, 5)),
        (Some(b"(new)".to_vec()), Some(b"(more)".to_vec()))
    );
    assert_eq!(document.newest().locate(4).map(|(revision, _)| revision), Some(1));
    assert_eq!(document.view(3).map(|_| ()), None);
    assert_eq!(
        document.revisions()[1].span,
        first.bytes.len()..second.bytes.len()
    );
    let alone = Document::open(&third.bytes[..second.bytes.len()], &Limits::DEFAULT).unwrap();
    assert_eq!(alone.revisions().len(), 2);
    // What no section mentions is not part of the file, however much it looks like an object.
    assert_eq!(text(2, 6), None);
    assert_eq!(audited(&document), [AnomalyKind::UnclaimedBytes]);
}

#[test]
fn many_revisions_are_found_by_index_as_by_search() {
    let mut file = Builder::page().object(4, "0").table(TRAILER);
    for i in 1..20 {
        let trailer = format!("{TRAILER}/Prev {}", file.startxref);
        file = if i % 3 == 0 {
            file.object(4, i.to_string())
        } else {
            file.object(5, "null")
        };
        file = file.table(&trailer);
    }
    let document = file.open();
    for i in 0..20 {
        let object = document.view(i).unwrap().object(Ref::new(4, 0)).unwrap().unwrap();
        assert_eq!(object.object, Object::Integer(i64::try_from(i / 3 * 3).unwrap()));
        assert!(document.view(i).unwrap().locate(8).is_none());
    }
}

#[test]
fn entry_leading_to_another_object_is_refused_and_reported() {
    let file = Builder::page().entry(4).object(5, "(five)").table(TRAILER);
    assert_eq!(object_refusal(&file, 4), PdfErrorKind::WrongObject);
    assert!(audited(&file.open()).contains(&AnomalyKind::WrongObject));
    let other_generation = Builder::page().entry(4).raw("4 1 obj 0 endobj\n").table(TRAILER);
    assert_eq!(object_refusal(&other_generation, 4), PdfErrorKind::WrongObject);
    // A reference of another generation than the entry is null, whatever stands in the file (7.3.10).
    assert!(file.open().newest().object(Ref::new(5, 1)).unwrap().is_none());
}

#[test]
fn odd_bytes_in_the_body_are_facts_of_the_audit() {
    let second_header = Builder::page().raw("%PDF-1.4\n").table(TRAILER);
    assert_eq!(audited(&second_header.open()), [AnomalyKind::SeveralHeaders]);
    let duplicate = Builder::page()
        .object(4, "[<</A 1/B[<</C 1/C 2>>]>>]")
        .table(TRAILER);
    let found = duplicate.open().audit().unwrap();
    assert_eq!(
        (found[0].kind, found[0].object, found.len()),
        (AnomalyKind::DuplicateKey, Some(4), 1)
    );
    let at = duplicate.bytes.windows(4).position(|w| w == b"/C 2").unwrap();
    assert_eq!(found[0].offset, at);
    let nested = Builder::page()
        .raw("4 0 obj(")
        .entry(5)
        .raw("5 0 obj 1 endobj) endobj\n");
    let start = nested.bytes.windows(8).position(|w| w == b"4 0 obj(").unwrap();
    let mut nested = nested;
    let end = nested.bytes.split_off(start);
    let nested = nested.entry(4).raw(end).table(TRAILER);
    assert_eq!(audited(&nested.open()), [AnomalyKind::OverlappingObjects]);
    let late = Builder::page()
        .entry(4)
        .raw("\n4 0 obj 1 endobj\n")
        .table(TRAILER);
    assert_eq!(audited(&late.open()), [AnomalyKind::OffsetInexact]);
    let broken = Builder::page().entry(4).raw("4 0 obj 1 endobjx\n").table(TRAILER);
    assert_eq!(
        audited(&broken.open()),
        [AnomalyKind::UnclaimedBytes, AnomalyKind::UnreadableObject]
    );
    let beyond = Builder::page().object(4, "1").table("/Size 4/Root 1 0 R");
    assert_eq!(kinds(&beyond.open()), [AnomalyKind::NumberBeyondSize]);
    assert_eq!(beyond.open().newest().next_object_number(), 5);
}

#[test]
fn a_new_object_is_not_what_trailer_or_catalog_refer_to_in_vain() {
    let next = |catalog: &str, trailer: &str| {
        let file = Builder::new()
            .object(1, format!("<</Type/Catalog/Pages 2 0 R{catalog}>>"))
            .object(2, "<</Type/Pages/Kids[3 0 R]/Count 1>>")
            .object(3, "<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>")
            .table(&format!("/Size 4/Root 1 0 R{trailer}"));
        file.open().newest().next_object_number()
    };
    assert_eq!(next("", ""), 4);
    assert_eq!(next("", "/Info 4 0 R"), 5);
    assert_eq!(next("/AcroForm<</Fields[3 0 R 9 0 R]>>", "/Info 4 0 R"), 10);
    // What leaves no numbers for new objects is not heeded.
    assert_eq!(next("/Names 8388607 0 R", "/Info 4294967295 0 R"), 4);
}

#[test]
fn every_limit_is_a_typed_refusal() {
    let refused = |file: &Builder, change: &dyn Fn(&mut Limits)| {
        let mut limits = Limits::DEFAULT;
        change(&mut limits);
        let outcome = Document::open(&file.bytes, &limits);
        outcome
            .and_then(|document| document.newest().pages().map(drop))
            .err()
            .map(|e| e.kind)
    };
    let first = Builder::page().table(TRAILER);
    let second = first
        .clone()
        .table(&format!("{TRAILER}/Prev {}", first.startxref));
    assert_eq!(refused(&second, &|_| {}), None);
    assert_eq!(
        refused(&second, &|l| l.pdf_revisions = 1),
        Some(PdfErrorKind::TooManyRevisions)
    );
    assert_eq!(
        refused(&second, &|l| l.pdf_objects = 4),
        Some(PdfErrorKind::TooManyObjects)
    );
    assert_eq!(
        refused(&second, &|l| l.pdf_pages = 0),
        Some(PdfErrorKind::TooManyPages)
    );
    assert_eq!(refused(&second, &|l| l.depth = 0), Some(PdfErrorKind::TooDeep));
    let stream = Builder::page().xref_stream(5, TRAILER, &[]);
    assert_eq!(refused(&stream, &|_| {}), None);
    assert_eq!(
        refused(&stream, &|l| l.pdf_stream_bytes = 12),
        Some(PdfErrorKind::TooMuchDecoded)
    );
    assert_eq!(
        refused(&stream, &|l| l.pdf_decoded_bytes = 12),
        Some(PdfErrorKind::TooMuchDecoded)
    );
}

#[test]
fn page_trees_that_are_no_trees_are_refused() {
    let pages = |root: &str, page: &str| {
        let file = Builder::new()
            .object(1, "<</Type/Catalog/Pages 2 0 R>>")
            .object(2, root)
            .object(3, page);
        let file = file.table(TRAILER);
        let document = file.open();
        document
            .newest()
            .pages()
            .map(|pages| pages.len())
            .map_err(|e| e.kind)
    };
    let page = "<</Type/Page/MediaBox[0 0 9 9]>>";
    assert_eq!(pages("<</Type/Pages/Kids[3 0 R]>>", page), Ok(1));
    assert_eq!(pages("<</Type/Pages/Kids[]>>", page), Ok(0));
    for (root, page) in [
        ("<</Type/Pages/Kids[2 0 R]>>", page),
        ("<</Type/Pages/Kids[3 0 R 3 0 R]>>", page),
        ("<</Type/Pages/Kids[<</Type/Page>>]>>", page),
        ("<</Type/Pages/Kids[7 0 R]>>", page),
        ("<</Type/Pages/Kids[3 0 R]>>", "[1]"),
        ("<</Type/Pages/Kids[3 0 R]>>", "<</Type/Page/MediaBox[0 0 9]>>"),
        ("<</Type/Pages/Kids[3 0 R]/Rotate 45>>", page),
        (
            "<</Type/Pages/Kids[3 0 R]>>",
            "<</Type/Page/MediaBox[0 0 9 9]/UserUnit 0>>",
        ),
    ] {
        assert_eq!(pages(root, page), Err(PdfErrorKind::BadPageTree), "{root} {page}");
    }
}

#[test]
fn generation_that_jumps_without_a_free_entry_is_a_fact_of_the_audit() {
    let base = || Builder::page().object(4, "(zero)").table("/Size 5/Root 1 0 R");
    let section = |file: Builder, entry: &str| {
        let (at, previous) = (file.bytes.len(), file.startxref);
        let mut file = file.raw(format!(
            "xref\n4 1\n{entry} \ntrailer\n<</Size 5/Root 1 0 R/Prev {previous}>>\nstartxref\n{at}\n%%EOF\n"
        ));
        file.startxref = at;
        file
    };
    let used = |file: Builder| {
        let at = file.bytes.len();
        section(file.raw("4 1 obj (one) endobj\n"), &format!("{at:010} 00001 n"))
    };
    assert_eq!(audited(&used(base()).open()), [AnomalyKind::GenerationJump]);
    // Freed in between, as 7.5.4 wants it.
    assert_eq!(audited(&used(section(base(), "0000000000 00001 f")).open()), []);
}

#[test]
fn section_at_offset_zero_is_refused_because_prev_zero_means_none() {
    // What is appended could not name it: `/Prev 0` is read as no `/Prev`.
    let table =
        "xref\n0 1\n0000000000 65535 f \n1 1\n0000000092 00000 n \ntrailer<</Size 2/Root 1 0 R>>\n%PDF-1.7\n";
    let file = Builder::default()
        .raw(table)
        .raw("1 0 obj<</Type/Catalog>>endobj\n");
    assert_eq!(table.len(), 92);
    assert_eq!(file.raw("startxref\n0\n%%EOF\n").refusal(), PdfErrorKind::BadXref);
}

#[test]
fn comments_between_the_members_of_an_object_stream_are_nothing_odd() {
    let file = |between: &str| {
        let members = format!("7 0 8 {:<2}  (abc){between}<</A 1>>{between}", 5 + between.len());
        Builder::page()
            .stream(4, "/Type/ObjStm/N 2/First 10", members)
            .xref_stream(5, "/Size 9/Root 1 0 R", &[(7, 4, 0), (8, 4, 1)])
    };
    assert_eq!(audited(&file("\n%% member\n").open()), []);
    assert_eq!(
        audited(&file("\n7 0 obj\n").open()),
        [AnomalyKind::UnclaimedBytes]
    );
}

#[test]
fn history_names_every_revision_that_speaks_of_an_object() {
    for revisions in [3, 12] {
        let mut file = Builder::page().object(4, "0").table(TRAILER);
        for i in 1..revisions {
            let trailer = format!("{TRAILER}/Prev {}", file.startxref);
            let number = if i % 2 == 0 { 4 } else { 5 };
            file = file.object(number, i.to_string()).table(&trailer);
        }
        let document = file.open();
        let speak = |number| document.history(number).map(|(i, _)| i).collect::<Vec<_>>();
        assert_eq!(speak(4), (0..revisions).step_by(2).collect::<Vec<_>>());
        assert_eq!(speak(5), (1..revisions).step_by(2).collect::<Vec<_>>());
        assert_eq!(speak(8), [0; 0]);
        assert_eq!(document.history(4).next_back(), document.newest().locate(4));
        // What each of them defined is what the view of it shows, and where.
        for (i, entry) in document.history(4) {
            let object = document.view(i).unwrap().object(Ref::new(4, 0)).unwrap().unwrap();
            assert_eq!(object.object, Object::Integer(i64::try_from(i).unwrap()));
            let start = object.span.as_ref().unwrap().start;
            assert_eq!(
                entry,
                Entry::Offset {
                    offset: start,
                    generation: 0
                }
            );
            assert!(document.revisions()[i].span.contains(&start));
        }
    }
}
