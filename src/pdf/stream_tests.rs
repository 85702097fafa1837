//! Streams and object streams: their lengths, filters and members, and what reading them keeps in memory.

use super::builder::{Builder, TRAILER, audited, object_refusal};
use super::{Object, PdfErrorKind, Ref, Style};

#[test]
fn object_stream_members_have_no_place_in_the_file() {
    let file = Builder::page()
        .stream(4, "/Type/ObjStm/N 2/First 10", "7 0 8 5   (abc) <</A 1>>")
        .xref_stream(5, TRAILER, &[(7, 4, 0), (8, 4, 1)]);
    let document = file.open();
    assert_eq!(document.revisions()[0].style, Style::Stream);
    let member = document.newest().object(Ref::new(8, 0)).unwrap().unwrap();
    assert_eq!((member.raw(), &member.source), (&b"<</A 1>>"[..], &None));
    assert_eq!(member.value_span(b"A"), None);
    assert_eq!(
        document.newest().object(Ref::new(8, 1)).unwrap().map(|_| ()),
        None
    );
    assert_eq!(audited(&document), []);
}

#[test]
fn object_streams_that_contradict_the_section_are_refused() {
    for (entries, data, members, kind) in [
        (
            "/Type/ObjStm/N 1/First 4",
            "7 0 1",
            [(8, 4, 0)],
            PdfErrorKind::WrongObject,
        ),
        (
            "/Type/ObjStm/N 1/First 4",
            "7 0 1",
            [(7, 4, 1)],
            PdfErrorKind::BadObjectStream,
        ),
        (
            "/Type/ObjStm/N 9/First 4",
            "7 0 1",
            [(7, 4, 0)],
            PdfErrorKind::BadObjectStream,
        ),
        (
            "/Type/ObjStm/N 1/First 99",
            "7 0 1",
            [(7, 4, 0)],
            PdfErrorKind::BadObjectStream,
        ),
        (
            "/Type/ObjStm/N 1/First 5",
            "7 9 1",
            [(7, 4, 0)],
            PdfErrorKind::BadObjectStream,
        ),
        (
            "/Type/ObjStm/N -1/First 4",
            "7 0 1",
            [(7, 4, 0)],
            PdfErrorKind::BadObjectStream,
        ),
        (
            "/N 1/First 4",
            "7 0 1",
            [(7, 4, 0)],
            PdfErrorKind::BadObjectStream,
        ),
        (
            "/Type/ObjStm/N 1/First 4",
            "7 0 <</Length 1>>\nstream\nx\nendstream",
            [(7, 4, 0)],
            PdfErrorKind::BadObjectStream,
        ),
        (
            "/Type/ObjStm/N 1/First 4",
            "7 0 1",
            [(7, 7, 0)],
            PdfErrorKind::BadObjectStream,
        ),
        (
            "/Type/ObjStm/N 1/First 4",
            "7 0 1",
            [(7, 1, 0)],
            PdfErrorKind::BadObjectStream,
        ),
    ] {
        let file = Builder::page()
            .stream(4, entries, data)
            .xref_stream(5, TRAILER, &members);
        assert_eq!(
            object_refusal(&file, members[0].0),
            kind,
            "{entries} {data} {members:?}"
        );
    }
}

#[test]
fn length_in_another_object_follows_the_view() {
    let body = "<</Length 5 0 R>>stream\nabcd\nendstream\nx\nendstream";
    let first = Builder::page().object(4, body).object(5, "4").table(TRAILER);
    let file = first
        .clone()
        .object(5, "16")
        .table(&format!("{TRAILER}/Prev {}", first.startxref));
    let document = file.open();
    let data = |index: usize| {
        let view = document.view(index).unwrap();
        let found = view.object(Ref::new(4, 0)).map_err(|e| e.kind)?.unwrap();
        Ok(found
            .object
            .as_stream()
            .map(|stream| view.data(stream).to_vec())
            .unwrap())
    };
    // Where the stream ends in the first revision there is no `endobj`: refused, and still refused when asked again.
    assert_eq!(
        (data(0), data(0)),
        (Err(PdfErrorKind::NoEndobj), Err(PdfErrorKind::NoEndobj))
    );
    assert_eq!(data(1), Ok(b"abcd\nendstream\nx".to_vec()));
    assert_eq!(data(1), data(1));
}

#[test]
fn lengths_and_references_in_circles_are_refused() {
    let file = Builder::page()
        .object(4, "<</Length 4 0 R>>stream\nabcd\nendstream")
        .object(5, "6 0 R")
        .object(6, "5 0 R")
        .table(TRAILER);
    assert_eq!(object_refusal(&file, 4), PdfErrorKind::ReferenceChain);
    let document = file.open();
    let circle = document
        .newest()
        .resolve(&Object::Reference(Ref::new(5, 0)))
        .err()
        .map(|e| e.kind);
    assert_eq!(circle, Some(PdfErrorKind::ReferenceChain));
}

#[test]
fn filters_named_by_reference_are_followed_and_decoded() {
    let packed = super::flate::deflate(b"page content");
    let file = Builder::page()
        .stream(4, "/Filter 5 0 R/DecodeParms[null]", &packed)
        .object(5, "[/FlateDecode]")
        .stream(6, "/Filter/DCTDecode", "x")
        .table(TRAILER);
    let document = file.open();
    let decode = |number| {
        let object = document.newest().object(Ref::new(number, 0)).unwrap().unwrap();
        document
            .newest()
            .decode(object.object.as_stream().unwrap())
            .map_err(|e| e.kind)
    };
    assert_eq!(decode(4), Ok(b"page content".to_vec()));
    assert_eq!(decode(6), Err(PdfErrorKind::UnknownFilter));
}

/// Object streams 10, 12, ... that decode to a string of a megabyte each, the object of the next number.
fn large_members(count: u32) -> Builder {
    let mut file = Builder::page();
    let mut members = Vec::new();
    for i in 0..count {
        let number = 10 + 2 * i;
        let head = format!("{} 0 (", number + 1);
        let letter = b'a' + u8::try_from(i % 26).unwrap();
        let mut data = vec![u8::try_from(head.len() - 1).unwrap()];
        data.extend(head.bytes());
        data.extend([129, letter].repeat(8192));
        data.extend([0, b')', 128]);
        let entries = format!("/Type/ObjStm/N 1/First {}/Filter/RunLengthDecode", head.len() - 1);
        file = file.stream(number, &entries, data);
        members.push((number + 1, number, 0));
    }
    file.xref_stream(9, "/Size 500/Root 1 0 R", &members)
}

#[test]
fn objects_read_long_ago_are_dropped_unless_in_use_and_read_again() {
    let file = large_members(40);
    let document = file.open();
    let memory = &document.budget.memory;
    let read = |i: u32| {
        document
            .newest()
            .object(Ref::new(11 + 2 * i, 0))
            .unwrap()
            .unwrap()
    };
    let letters = |i: u32| {
        let letter = b'a' + u8::try_from(i % 26).unwrap();
        move |bytes: &[u8]| bytes.len() == 1 << 20 && bytes.iter().all(|b| *b == letter)
    };
    let kept = read(0);
    for i in 0..40 {
        assert!(letters(i)(&read(i).object.as_string().unwrap().bytes), "{i}");
        // What is kept, what is in use, and one object stream on its way.
        assert!(memory.live() < memory.cached() + (8 << 20), "{i}: {memory:?}");
    }
    assert!(memory.live() > 4 << 20, "nothing is kept: {memory:?}");
    assert!(letters(0)(&kept.object.as_string().unwrap().bytes));
    assert!(letters(1)(&read(1).object.as_string().unwrap().bytes));
}

#[test]
fn more_objects_in_use_than_memory_allows_are_refused_and_dropping_them_helps() {
    let file = large_members(40);
    let document = file.open();
    let read = |i: u32| {
        document
            .newest()
            .object(Ref::new(11 + 2 * i, 0))
            .map_err(|e| e.kind)
    };
    let mut used = Vec::new();
    let refused = (0..40).find_map(|i| match read(i) {
        Ok(object) => {
            used.push(object);
            None
        }
        Err(kind) => Some((i, kind)),
    });
    let Some((last, PdfErrorKind::TooMuchMemory)) = refused else {
        panic!("{refused:?}")
    };
    assert!(last > 8, "{last}");
    drop(used);
    assert!(read(last).is_ok());
}
