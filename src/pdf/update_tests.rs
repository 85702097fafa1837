//! The writer: what it appends reads back, in the file's own style, and the old bytes stay.

use super::builder::Builder;
use super::update::{Appended, Update, UpdateError, stream_body};
use super::{Document, Object, Ref, Style};
use crate::limits::Limits;

const TRAILER: &str = "/Size 9/Root 1 0 R/Info 3 0 R/ID[(first)<00>]";

fn append(file: &Builder, put: impl FnOnce(&mut Update)) -> (Appended, Vec<u8>) {
    let mut update = Update::new(&file.open());
    put(&mut update);
    let appended = update.finish().unwrap();
    let whole = [&file.bytes[..], &appended.bytes].concat();
    (appended, whole)
}

#[test]
fn table_is_appended_to_a_table_with_exact_entries() {
    let file = Builder::page().table(TRAILER);
    let (appended, whole) = append(&file, |update| {
        assert_eq!(update.allocate(), Ref::new(9, 0));
        update
            .put(Ref::new(9, 0), b"(nine)".to_vec())
            .put(Ref::new(3, 0), b"(three)".to_vec());
        update.put(Ref::new(10, 0), b"(ten)".to_vec());
    });
    let document = Document::open(&whole, &Limits::DEFAULT).unwrap();
    assert_eq!(document.audit().unwrap(), []);
    assert_eq!(document.revisions()[1].style, Style::Table);
    assert_eq!(document.revisions()[0].span.end, file.bytes.len());
    let trailer = document.newest().trailer();
    assert_eq!(
        trailer.find(b"Prev"),
        Some(&Object::Integer(i64::try_from(file.startxref).unwrap()))
    );
    assert_eq!(trailer.find(b"Size"), Some(&Object::Integer(11)));
    assert_eq!(trailer.find(b"Info"), Some(&Object::Reference(Ref::new(3, 0))));
    let identifiers = trailer.find(b"ID").and_then(Object::as_array).unwrap();
    assert_eq!(identifiers[0].as_string().unwrap().bytes, b"first");
    assert_eq!(identifiers[1].as_string().unwrap().bytes.len(), 16);
    for (id, body) in [(3, &b"(three)"[..]), (9, b"(nine)"), (10, b"(ten)")] {
        let id = Ref::new(id, 0);
        let object = document.newest().object(id).unwrap().unwrap();
        assert_eq!(object.raw(), body);
        assert_eq!(object.source.clone().unwrap().start, appended.offsets[&id]);
    }
    let text = String::from_utf8_lossy(&appended.bytes).into_owned();
    let section = text.split("xref\n").nth(1).unwrap();
    let lines: Vec<&str> = section.lines().collect();
    assert_eq!((lines[0], lines[2]), ("3 1", "9 2"));
    assert!(
        [1, 3, 4]
            .iter()
            .all(|i| lines[*i].len() == 19 && lines[*i].ends_with(" 00000 n ")),
        "{section}"
    );
}

#[test]
fn stream_is_appended_to_a_stream_and_lists_itself() {
    let file = Builder::page().xref_stream(5, TRAILER, &[]);
    let (_, whole) = append(&file, |update| {
        let id = update.allocate();
        update.put(id, b"(new)".to_vec());
    });
    let document = Document::open(&whole, &Limits::DEFAULT).unwrap();
    assert_eq!(document.audit().unwrap(), []);
    let revision = &document.revisions()[1];
    assert_eq!(
        (revision.style, &revision.streams[..]),
        (Style::Stream, &[Ref::new(10, 0)][..])
    );
    assert_eq!(revision.entries.numbers().collect::<Vec<_>>(), [9, 10]);
    let own = document.newest().object(Ref::new(10, 0)).unwrap().unwrap();
    assert!(own.object.as_stream().is_some());
}

#[test]
fn table_is_appended_to_a_hybrid_file() {
    let hidden = Builder::page().xref_stream_section(6, TRAILER, &[]);
    let stream = hidden.startxref;
    let mut file = Builder::page();
    file.bytes = hidden.bytes;
    let file = file.table(&format!("{TRAILER}/XRefStm {stream}"));
    assert_eq!(file.open().revisions()[0].style, Style::Hybrid);
    let (_, whole) = append(&file, |update| {
        update.put(Ref::new(3, 0), b"null".to_vec());
    });
    let document = Document::open(&whole, &Limits::DEFAULT).unwrap();
    assert_eq!(document.revisions()[1].style, Style::Table);
    assert!(document.newest().trailer().find(b"XRefStm").is_none());
}

#[test]
fn missing_line_end_and_junk_before_the_header_do_not_move_offsets() {
    let mut file = Builder::page().table(TRAILER);
    file.bytes.pop();
    file.bytes.splice(0..0, *b"junk\n");
    let (appended, whole) = append(&file, |update| {
        update.put(Ref::new(3, 0), b"[3]".to_vec());
    });
    assert!(appended.bytes.starts_with(b"\n3 0 obj\n"));
    assert_eq!(&whole[appended.offsets[&Ref::new(3, 0)]..][..3], b"[3]");
    let document = Document::open(&whole, &Limits::DEFAULT).unwrap();
    assert_eq!(
        document.newest().object(Ref::new(3, 0)).unwrap().unwrap().raw(),
        b"[3]"
    );
}

#[test]
fn the_same_update_gives_the_same_bytes_and_another_body_another_identifier() {
    let file = Builder::page().table("/Size 9/Root 1 0 R");
    let with = |body: &[u8]| {
        append(&file, |update| {
            update.put(Ref::new(3, 0), body.to_vec());
        })
        .0
        .bytes
    };
    assert_eq!(with(b"1"), with(b"1"));
    let identifiers = |body: &[u8]| {
        let whole = [&file.bytes[..], &with(body)].concat();
        let document = Document::open(&whole, &Limits::DEFAULT).unwrap();
        document.newest().trailer().find(b"ID").cloned().unwrap()
    };
    assert_ne!(identifiers(b"1"), identifiers(b"2"));
    // A file without /ID gets one, and both halves are the same as for a new file (14.4).
    let both = identifiers(b"1");
    assert_eq!(both.as_array().unwrap()[0], both.as_array().unwrap()[1]);
}

#[test]
fn chunk_of_one_object_is_taken_over_and_others_are_refused() {
    let file = Builder::page().table(TRAILER);
    let mut update = Update::new(&file.open());
    let id = update.allocate();
    let mut chunk = pdf_writer::Chunk::new();
    chunk.stream(id.to_writer().unwrap(), b"q endstream endobj Q");
    assert_eq!(update.put_chunk(&chunk), Ok(id));
    assert_eq!(
        update.put_chunk(&pdf_writer::Chunk::new()),
        Err(UpdateError::ChunkNotOneObject)
    );
    chunk.indirect(pdf_writer::Ref::new(11)).primitive(true);
    assert_eq!(update.put_chunk(&chunk), Err(UpdateError::ChunkNotOneObject));
    let whole = [&file.bytes[..], &update.finish().unwrap().bytes].concat();
    let document = Document::open(&whole, &Limits::DEFAULT).unwrap();
    let object = document.newest().object(id).unwrap().unwrap();
    assert_eq!(
        document.newest().data(object.object.as_stream().unwrap()),
        b"q endstream endobj Q"
    );
}

#[test]
fn references_that_contradict_the_file_are_refused() {
    let file = Builder::page().table(TRAILER);
    for id in [Ref::new(0, 0), Ref::new(3, 1), Ref::new(20, 7)] {
        let mut update = Update::new(&file.open());
        update.put(id, b"null".to_vec());
        assert_eq!(update.finish(), Err(UpdateError::BadReference { id }));
    }
}

#[test]
fn a_file_with_an_authentication_code_is_not_updated() {
    let file = Builder::page().table("/Size 9/Root 1 0 R/AuthCode<</MACLocation/Standalone>>");
    let mut update = Update::new(&file.open());
    update.put(Ref::new(9, 0), b"null");
    assert_eq!(update.finish(), Err(UpdateError::AuthenticationCode));
}

#[test]
fn trailer_takes_new_keys_but_none_of_its_own() {
    let file = Builder::page().table(TRAILER);
    let mut update = Update::new(&file.open());
    for key in ["Size", "Prev", "ID", "XRefStm", "Encrypt", "W", "Index"] {
        assert!(update.set_trailer(key.as_bytes(), b"1").is_err(), "{key}");
    }
    update.set_trailer(b"Info", b"2 0 R").unwrap();
    let whole = [&file.bytes[..], &update.finish().unwrap().bytes].concat();
    let document = Document::open(&whole, &Limits::DEFAULT).unwrap();
    assert_eq!(
        document.newest().trailer().find(b"Info"),
        Some(&Object::Reference(Ref::new(2, 0)))
    );
}

#[test]
fn stream_body_reads_back_with_and_without_compression() {
    for compress in [false, true] {
        let body = stream_body(b"/Type/XObject", &[b'x'; 999], compress);
        assert_eq!(body.len() < 999, compress);
        let file = Builder::page().object(4, body).table(TRAILER);
        let document = file.open();
        let object = document.newest().object(Ref::new(4, 0)).unwrap().unwrap();
        let stream = object.object.as_stream().unwrap();
        assert_eq!(document.newest().decode(stream).unwrap(), [b'x'; 999]);
    }
}

/// The newest revision of `file` with `null` put in place of object 3, and its trailer read back by `read`.
fn appended_trailer<T>(file: &Builder, read: impl FnOnce(&Document<'_>) -> T) -> T {
    let (_, whole) = append(file, |update| {
        update.put(Ref::new(3, 0), b"null".to_vec());
    });
    let document = Document::open(&whole, &Limits::DEFAULT).unwrap();
    assert_eq!(document.revisions().len(), 2);
    read(&document)
}

#[test]
fn trailer_carries_every_entry_of_the_document_verbatim_and_none_of_the_old_section() {
    let entries = "/Size 9/Root 1 0 R/Info<</Title(a%)>>/Third.Party [ 1.50 (x\\)) %c\n]/ID[(f)(g)]";
    for file in [
        Builder::page().table(&format!("{entries}/DL 5/W 3")),
        Builder::page().xref_stream(5, entries, &[]),
    ] {
        appended_trailer(&file, |document| {
            let trailer = document.newest().trailer();
            let start = document.newest().revision().unwrap().trailer_span.start;
            let raw = |key: &[u8]| {
                let span = trailer.entry(key).unwrap().span.clone();
                document.bytes()[start + span.start..start + span.end].to_vec()
            };
            assert_eq!(raw(b"Info"), b"<</Title(a%)>>");
            assert_eq!(raw(b"Third.Party"), b"[ 1.50 (x\\)) %c\n]");
            assert_eq!(trailer.duplicates(), [] as [Vec<u8>; 0]);
            assert!(trailer.find(b"DL").is_none());
            assert_eq!(
                trailer.find(b"W").is_some(),
                document.revisions()[1].style == Style::Stream
            );
        });
    }
}

#[test]
fn first_identifier_is_kept_where_the_array_or_its_strings_are_objects_of_their_own() {
    for (identifier, at) in [
        ("/ID 4 0 R", "[(first)(second)]"),
        ("/ID[4 0 R(second)]", "(first)"),
    ] {
        let file = Builder::page()
            .object(4, at)
            .table(&format!("/Size 9/Root 1 0 R{identifier}"));
        appended_trailer(&file, |document| {
            let identifiers = document
                .newest()
                .trailer()
                .find(b"ID")
                .and_then(Object::as_array)
                .unwrap();
            assert_eq!(
                identifiers[0].as_string().unwrap().bytes,
                b"first",
                "{identifier}"
            );
        });
    }
}

#[test]
fn junk_of_any_length_before_the_header_leaves_no_doubt_what_offsets_count_from() {
    let file = Builder::page().table(TRAILER);
    for junk in 1..120 {
        let mut file = file.clone();
        file.bytes.splice(0..0, b"x".repeat(junk));
        appended_trailer(&file, |document| {
            assert_eq!(document.offset_base(), junk);
            assert_eq!(
                document.newest().object(Ref::new(1, 0)).unwrap().unwrap().raw(),
                b"<</Type/Catalog/Pages 2 0 R>>"
            );
        });
    }
}

#[test]
fn new_numbers_follow_the_highest_object_where_size_promises_more_than_readers_know() {
    let next = |trailer: &str| {
        Update::new(&Builder::page().table(trailer).open())
            .allocate()
            .number
    };
    assert_eq!(next("/Size 9/Root 1 0 R"), 9);
    assert_eq!(next("/Size 2/Root 1 0 R"), 4);
    assert_eq!(next("/Size 8388608/Root 1 0 R"), 8_388_608);
    assert_eq!(next("/Size 8388609/Root 1 0 R"), 4);
    assert_eq!(next("/Size 4294967295/Root 1 0 R"), 4);
}

#[test]
fn free_number_is_taken_with_its_generation_unless_it_was_used_up() {
    let free = |generation: u16| {
        let file = Builder::page();
        let at = file.bytes.len();
        file.raw(format!("xref\n0 4\n0000000004 65535 f \n0000000015 00000 n \n0000000060 00000 n \n0000000143 00000 n \n7 1\n0000000000 {generation:05} f \ntrailer<</Size 9/Root 1 0 R>>\nstartxref\n{at}\n%%EOF\n"))
    };
    let file = free(3);
    let (_, whole) = append(&file, |update| {
        update.put(Ref::new(7, 3), b"(again)".to_vec());
    });
    let document = Document::open(&whole, &Limits::DEFAULT).unwrap();
    assert_eq!(
        document.newest().object(Ref::new(7, 3)).unwrap().unwrap().raw(),
        b"(again)"
    );
    assert!(document.newest().object(Ref::new(7, 0)).unwrap().is_none());
    for (file, id) in [
        (free(3), Ref::new(7, 0)),
        (free(65535), Ref::new(7, 65535)),
        (free(65535), Ref::new(7, 0)),
    ] {
        let mut update = Update::new(&file.open());
        update.put(id, b"null".to_vec());
        assert_eq!(update.finish(), Err(UpdateError::BadReference { id }));
    }
}
