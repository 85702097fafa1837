//! Three readers, one document: every object of a file as `pdf::Document`, lopdf and hayro-syntax read it.
//!
//! Where readers differ, one of them shows a document that nobody signed. A difference is an entry of [`EXCEPTIONS`] with
//! the reason for it (clauses are those of ISO 32000-2), or a failure; an entry that no longer differs is a failure too. The corpus is
//! not part of the repository: where it is absent, the test says so and passes.

#[path = "../../tests/common/mod.rs"]
mod common;
#[path = "../../tests/common/corpus.rs"]
mod corpus;
mod values;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use common::Office;
use hayro::hayro_syntax::Pdf;
use hayro::hayro_syntax::object::{Object as Theirs, ObjectIdentifier};
use values::{Value, hayro_value, lopdf_value, ours};
use yinxin::limits::Limits;
use yinxin::pdf::{Document, Entry, Ref, View};

/// File (its path in the corpus), reader, and why the difference stands.
const EXCEPTIONS: &[(&str, &str, &str)] = &[
    (
        "pdfjs/test/pdfs/bug1050040.pdf",
        "lopdf",
        "the checksum behind the deflated data is wrong; qpdf, mupdf and we show all of them, lopdf drops the end",
    ),
    (
        "pdfjs/test/pdfs/issue13316_reduced.pdf",
        "lopdf",
        "the checksum behind the deflated data is wrong; mupdf and we show all of them, lopdf drops the end",
    ),
    (
        "pdfjs/test/pdfs/issue14755.pdf",
        "lopdf",
        "`startxref` points some white space beside the section; we note `StartxrefInexact`, lopdf corrects it",
    ),
    (
        "pdfjs/test/pdfs/issue16091.pdf",
        "hayro",
        "the last revision frees object 2517 (7.5.4); hayro still shows what an older one put there",
    ),
    (
        "pdfjs/test/pdfs/issue19484_1.pdf",
        "lopdf",
        "encrypted, version 4 with a short key, which we extend as Acrobat does; lopdf decrypts to something else",
    ),
    (
        "pdfjs/test/pdfs/issue19484_2.pdf",
        "lopdf",
        "encrypted, version 4 with a short key, which we extend as Acrobat does; lopdf decrypts to something else",
    ),
    (
        "pdfjs/test/pdfs/issue21436.pdf",
        "lopdf",
        "`/Pages` leads straight to a page, against 7.7.3.2; we note `PagesIsPage`, hayro and we see a page, lopdf sees none",
    ),
    (
        "pdfjs/test/pdfs/issue2177.pdf",
        "lopdf",
        "`startxref` points some white space beside the section; we note `StartxrefInexact`, lopdf corrects it",
    ),
    (
        "pdfjs/test/pdfs/issue5280.pdf",
        "lopdf",
        "`/DecodeParms` is a reference, which lopdf does not follow: the predictor's bytes stay in the data",
    ),
    (
        "pdfjs/test/pdfs/issue7665.pdf",
        "lopdf",
        "encrypted with revision 6; lopdf leaves the stream as it stands, qpdf decrypts it to 45 bytes as we do",
    ),
    (
        "pdfjs/test/pdfs/pdfkit_compressed.pdf",
        "lopdf",
        "`startxref` points some white space beside the section; we note `StartxrefInexact`, lopdf corrects it",
    ),
    (
        "pdfjs/test/pdfs/sci-notation.pdf",
        "lopdf",
        "entries of the table are not 20 bytes as 7.5.4 wants; we note `XrefEntryWidth`, lopdf rebuilds the table",
    ),
    (
        "pyhanko/internal/common-test-utils/src/pyhanko_testing_commons/test_data/data/pdf/malformed-xref-space-padded.pdf",
        "lopdf",
        "offsets padded with spaces; we note `XrefEntryWidth`, lopdf rebuilds the table",
    ),
    (
        "pyhanko/internal/common-test-utils/src/pyhanko_testing_commons/test_data/data/pdf/minimal-badxref.pdf",
        "lopdf",
        "entries of the table are not 20 bytes as 7.5.4 wants; we note `XrefEntryWidth`, lopdf rebuilds the table",
    ),
    (
        "pyhanko/internal/common-test-utils/src/pyhanko_testing_commons/test_data/data/pdf/minimal-startxref-hopeless2.pdf",
        "lopdf",
        "the offset stands twice; we read the first and note `EofMissing` and `TrailingBytes`, lopdf rebuilds the table",
    ),
    (
        "pyhanko/internal/common-test-utils/src/pyhanko_testing_commons/test_data/data/pdf/minimal-startxref-obo1.pdf",
        "lopdf",
        "`startxref` points some white space beside the section; we note `StartxrefInexact`, lopdf corrects it",
    ),
    (
        "pyhanko/internal/common-test-utils/src/pyhanko_testing_commons/test_data/data/pdf/minimal-startxref-same-line.pdf",
        "lopdf",
        "the offset stands on the line of `startxref`, against 7.5.5; we note `LineLayout`, lopdf rebuilds the table",
    ),
    (
        "verapdf/PDF_A-2b/6.1 File structure/6.1.4 Cross reference table/veraPDF test suite 6-1-4-t01-fail-b.pdf",
        "lopdf",
        "an empty line after `xref`, which 7.5.4 does not have; we note `LineLayout`, lopdf rebuilds the table",
    ),
    (
        "verapdf/PDF_A-2b/6.1 File structure/6.1.7.1 General/veraPDF test suite 6-1-7-1-t02-fail-a.pdf",
        "lopdf",
        "a space before `endstream`; we note `StreamEndInexact`, lopdf drops the object",
    ),
    (
        "verapdf/PDF_A-2b/6.6 Metadata/6.6.2 Metadata streams/6.6.2.3 Schemas/6.6.2.3.2 Extension schemas/veraPDF test suite 6-6-2-3-2-t01-pass-c.pdf",
        "lopdf",
        "`startxref` points some white space beside the section; we note `StartxrefInexact`, lopdf corrects it",
    ),
];

/// Streams of one file whose data are compared, and the most bytes of one.
const STREAMS: usize = 60;
const STREAM_BYTES: usize = 400_000;

/// What one file is to us.
struct Reading<'d, 'a> {
    view: View<'d, 'a>,
    pages: usize,
    catalog: BTreeSet<Vec<u8>>,
    /// Live objects, without those that only store others, and without null.
    objects: BTreeMap<(u32, u16), Value>,
    /// Numbers that no object has, up to the highest.
    absent: Vec<u32>,
}

impl<'d, 'a> Reading<'d, 'a> {
    /// `None` if some part of it cannot be read: such a file is refused, not compared.
    fn of(document: &'d Document<'a>) -> Option<Self> {
        let view = document.newest();
        let mut objects = BTreeMap::new();
        let mut absent = Vec::new();
        // The other readers decrypt, and then leave out what they decrypted with, or decrypt that too.
        let encryption = view
            .trailer()
            .find(b"Encrypt")
            .and_then(yinxin::pdf::Object::as_reference);
        for number in 1..view.next_object_number() {
            let id = match view.locate(number) {
                Some((_, Entry::Offset { generation, .. })) => Ref::new(number, generation),
                Some((_, Entry::InStream { .. })) => Ref::new(number, 0),
                _ => {
                    absent.push(number);
                    continue;
                }
            };
            match view.object(id).ok()? {
                Some(found) => {
                    let value = ours(&found.object);
                    if !value.is_storage() && !matches!(value, Value::Null) && encryption != Some(id) {
                        objects.insert((id.number, id.generation), value);
                    }
                }
                None => absent.push(number),
            }
        }
        let catalog = view.catalog().ok()?;
        let keys = catalog
            .dictionary()?
            .entries()
            .iter()
            .filter(|entry| !entry.value.is_null());
        Some(Self {
            view,
            pages: view.pages().ok()?.len(),
            catalog: keys.map(|entry| entry.key.to_vec()).collect(),
            objects,
            absent,
        })
    }

    /// Encoded, but not encrypted, and, where we know the filters, decoded data of the first streams.
    #[expect(clippy::type_complexity, reason = "id, encoded, decoded")]
    fn streams(&self) -> impl Iterator<Item = ((u32, u16), Cow<'a, [u8]>, Option<Vec<u8>>)> {
        let streams = self
            .objects
            .iter()
            .filter(|(_, value)| matches!(value, Value::Stream(_)));
        streams.take(STREAMS).filter_map(|(id, _)| {
            let found = self.view.object(Ref::new(id.0, id.1)).ok()??;
            let stream = found.object.as_stream()?;
            let data = self.view.decrypt(stream).ok()?;
            (data.len() <= STREAM_BYTES).then(|| (*id, data, self.view.decode(stream).ok()))
        })
    }
}

/// How lopdf differs from `reading`, at most a few differences.
fn against_lopdf(bytes: &[u8], reading: &Reading<'_, '_>) -> Vec<String> {
    let document = match lopdf::Document::load_mem(bytes) {
        Ok(document) => document,
        Err(error) => return vec![format!("refused: {error}")],
    };
    if let Some(recovery) = document.xref_recovery {
        return vec![format!("repaired: {recovery:?}")];
    }
    let mut differences = Vec::new();
    if document.get_pages().len() != reading.pages {
        differences.push(format!(
            "{} pages, not {}",
            document.get_pages().len(),
            reading.pages
        ));
    }
    let catalog = document.catalog().map(|catalog| {
        let present = catalog.iter().filter(|(_, value)| !value.is_null());
        present.map(|(key, _)| key.clone()).collect::<BTreeSet<_>>()
    });
    if catalog.as_ref().ok() != Some(&reading.catalog) {
        differences.push(format!("catalog {catalog:?}"));
    }
    let theirs: BTreeMap<(u32, u16), Value> = document
        .objects
        .iter()
        .map(|(id, object)| (*id, lopdf_value(object).without_length()))
        .filter(|(_, value)| !value.is_storage() && !matches!(value, Value::Null))
        .collect();
    for (id, value) in &reading.objects {
        match theirs.get(id) {
            None => differences.push(format!("{id:?} is not there")),
            Some(other) if !value.clone().without_length().same(other) => {
                differences.push(format!("{id:?}: {other:?}, not {value:?}"));
            }
            _ => {}
        }
    }
    for id in theirs.keys().filter(|id| !reading.objects.contains_key(id)) {
        differences.push(format!("{id:?} is there, {:?}", theirs[id]));
    }
    for (id, data, decoded) in reading.streams() {
        let Some(lopdf::Object::Stream(stream)) = document.objects.get(&id) else {
            continue;
        };
        if stream.content != *data {
            differences.push(format!(
                "{id:?}: {} bytes encoded, not {}",
                stream.content.len(),
                data.len()
            ));
        } else if let (Some(decoded), Ok(theirs)) = (decoded, stream.get_plain_content())
            && decoded != theirs
        {
            differences.push(format!(
                "{id:?}: {} bytes decoded, not {}",
                theirs.len(),
                decoded.len()
            ));
        }
    }
    differences
}

fn against_hayro(bytes: &[u8], reading: &Reading<'_, '_>) -> Vec<String> {
    let document = match Pdf::new(bytes.to_vec()) {
        Ok(document) => document,
        Err(error) => return vec![format!("refused: {error:?}")],
    };
    let mut differences = Vec::new();
    if document.pages().len() != reading.pages {
        differences.push(format!("{} pages, not {}", document.pages().len(), reading.pages));
    }
    let xref = document.xref();
    let catalog = xref
        .get::<Theirs<'_>>(xref.root_id())
        .map(|catalog| hayro_value(&catalog));
    let keys = match &catalog {
        Some(Value::Dictionary(entries)) => entries.keys().cloned().collect(),
        _ => BTreeSet::new(),
    };
    if keys != reading.catalog {
        differences.push(format!("catalog {keys:?}"));
    }
    let object = |number: u32, generation: u16| {
        xref.get::<Theirs<'_>>(ObjectIdentifier::new(number, generation.into()))
    };
    for (id, value) in &reading.objects {
        match object(id.0, id.1).map(|object| hayro_value(&object)) {
            None => differences.push(format!("{id:?} is not there")),
            Some(other) if !value.same(&other) => {
                differences.push(format!("{id:?}: {other:?}, not {value:?}"));
            }
            _ => {}
        }
    }
    for number in &reading.absent {
        if let Some(value) = object(*number, 0).map(|object| hayro_value(&object))
            && !matches!(value, Value::Null)
            && !value.is_storage()
        {
            differences.push(format!("{number} is there, {value:?}"));
        }
    }
    for (id, data, decoded) in reading.streams() {
        let Some(Theirs::Stream(stream)) = object(id.0, id.1) else {
            continue;
        };
        if *stream.raw_data() != *data {
            differences.push(format!(
                "{id:?}: {} bytes encoded, not {}",
                stream.raw_data().len(),
                data.len()
            ));
        } else if let (Some(decoded), Ok(theirs)) = (decoded, stream.decoded_data())
            && decoded != *theirs
        {
            differences.push(format!(
                "{id:?}: {} bytes decoded, not {}",
                theirs.len(),
                decoded.len()
            ));
        }
    }
    differences
}

type Judge = fn(&[u8], &Reading<'_, '_>) -> Vec<String>;
const JUDGES: [(&str, Judge); 2] = [("lopdf", against_lopdf), ("hayro", against_hayro)];

/// Every difference of every judge; a judge that panics says nothing about the file, and that is said.
fn differences(bytes: &[u8], reading: &Reading<'_, '_>) -> Vec<(&'static str, Vec<String>)> {
    let judged = JUDGES.iter().map(|(name, judge)| {
        let outcome = catch_unwind(AssertUnwindSafe(|| judge(bytes, reading)));
        (*name, outcome.unwrap_or_else(|_| vec!["panicked".to_owned()]))
    });
    judged.filter(|(_, list)| !list.is_empty()).collect()
}

#[test]
fn our_own_files_are_the_same_document_to_every_reader() {
    for key in ["p256", "rsa2048"] {
        let office = Office::with_key(key);
        for name in yinxin::compose::BUILTIN {
            for (what, bytes) in [
                ("draft", office.draft(name).into_bytes()),
                ("sealed", office.issue(name).into_bytes()),
            ] {
                let document = Document::open(&bytes, &Limits::DEFAULT).unwrap();
                let reading = Reading::of(&document).unwrap();
                let pages = match *name {
                    "official-document" => 3,
                    "register" => 13,
                    _ => 1,
                };
                assert_eq!(reading.pages, pages, "{name} {what}");
                assert!(
                    reading.objects.len() > 10 && reading.streams().count() > 3,
                    "{name} {what}"
                );
                let found = differences(&bytes, &reading);
                assert!(found.is_empty(), "{name} {what} with {key}: {found:#?}");
            }
        }
    }
}

#[test]
fn corpus_files_that_we_open_are_the_same_document_to_every_reader() {
    let Some(files) = corpus::pdfs(&[""]) else { return };
    let root = corpus::root();
    let start = Instant::now();
    let (compared, refused) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let found = Mutex::new(BTreeMap::new());
    corpus::each(&files, |path| {
        let bytes = fs::read(path).expect("a readable corpus");
        let document = Document::open(&bytes, &Limits::DEFAULT);
        let Some(reading) = document.as_ref().ok().and_then(Reading::of) else {
            refused.fetch_add(1, Ordering::Relaxed);
            return;
        };
        compared.fetch_add(1, Ordering::Relaxed);
        let name = path.strip_prefix(&root).unwrap_or(path).display().to_string();
        for (reader, list) in differences(&bytes, &reading) {
            found.lock().unwrap().insert((name.clone(), reader), list);
        }
    });
    let found = found.into_inner().unwrap();
    println!(
        "{} files compared, {} refused by us and so not compared, {} differences, {:?}",
        compared.into_inner(),
        refused.into_inner(),
        found.len(),
        start.elapsed()
    );
    let expected: BTreeSet<_> = EXCEPTIONS
        .iter()
        .map(|(file, reader, _)| ((*file).to_owned(), *reader))
        .collect();
    let mut failed = false;
    for ((file, reader), list) in &found {
        if !expected.contains(&(file.clone(), *reader)) {
            failed = true;
            println!("{file}: {reader}: {} differences", list.len());
            for difference in list.iter().take(3) {
                println!("    {}", difference.chars().take(300).collect::<String>());
            }
        }
    }
    for (file, reader) in &expected {
        let present = files.iter().any(|path| path.ends_with(file));
        if present && !found.contains_key(&(file.clone(), *reader)) {
            failed = true;
            println!("{file}: {reader} no longer differs: the exception is stale");
        }
    }
    assert!(!failed, "see the differences above");
}
