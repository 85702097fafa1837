//! The reader and the writer over a corpus of real and hostile files, with qpdf as the judge.
//!
//! The corpus is not part of the repository. Where it or qpdf is absent, the test says so and passes.

#[path = "common/corpus.rs"]
mod corpus;

use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use yinxin::limits::Limits;
use yinxin::pdf::update::Update;
use yinxin::pdf::{Document, PdfErrorKind};

/// Whether `qpdf --check` finds neither errors nor warnings; `None` if qpdf cannot be run.
fn qpdf_accepts(path: &Path) -> Option<bool> {
    let output = Command::new("qpdf").arg("--check").arg(path).output().ok()?;
    Some(output.status.code() == Some(0))
}

/// Everything the reader does, so that a panic or a hang anywhere shows.
fn walk(document: &Document<'_>) -> Result<usize, PdfErrorKind> {
    let _ = document.audit();
    for index in 0..document.revisions().len() {
        let view = document.view(index).expect("a view for every revision");
        let revision = &document.revisions()[index];
        for number in revision.entries.numbers() {
            if let Ok(Some(object)) = view.object(yinxin::pdf::Ref::new(number, 0)) {
                if let Some(stream) = object.object.as_stream() {
                    let _ = view.decode(stream);
                }
                if let Some(source) = &object.source {
                    assert_eq!(object.raw(), &document.bytes()[source.clone()]);
                }
            }
        }
    }
    document
        .newest()
        .pages()
        .map(|pages| pages.len())
        .map_err(|e| e.kind)
}

#[test]
fn opens_what_qpdf_accepts_and_never_panics_or_hangs() {
    let Some(files) = corpus::pdfs(&[""]) else { return };
    let (opened, refused, slow) = (AtomicUsize::new(0), AtomicUsize::new(0), AtomicUsize::new(0));
    let (accepted, missed) = (AtomicUsize::new(0), AtomicUsize::new(0));
    corpus::each(&files, |path| {
        let bytes = fs::read(path).expect("a readable corpus");
        let start = Instant::now();
        let outcome = Document::open(&bytes, &Limits::DEFAULT).map(|document| walk(&document));
        if start.elapsed() > Duration::from_secs(2) {
            slow.fetch_add(1, Ordering::Relaxed);
            eprintln!("slow: {} {:?}", path.display(), start.elapsed());
        }
        let count = if outcome.is_ok() { &opened } else { &refused };
        count.fetch_add(1, Ordering::Relaxed);
        let encrypted = matches!(&outcome, Err(e) if e.kind == PdfErrorKind::PasswordNeeded);
        if !encrypted && qpdf_accepts(path) == Some(true) {
            accepted.fetch_add(1, Ordering::Relaxed);
            match &outcome {
                Ok(Ok(_)) => {}
                Ok(Err(kind)) => eprintln!("no pages: {} {kind:?}", path.display()),
                Err(error) => {
                    missed.fetch_add(1, Ordering::Relaxed);
                    eprintln!("refused: {} {error} ({:?})", path.display(), error.kind);
                }
            }
        }
    });
    let (accepted, missed) = (accepted.into_inner(), missed.into_inner());
    eprintln!(
        "{} files: {} opened, {} refused; {accepted} are clean for qpdf, of which {missed} are refused",
        files.len(),
        opened.into_inner(),
        refused.into_inner(),
    );
    assert_eq!(slow.into_inner(), 0);
    if accepted == 0 {
        eprintln!("skipped: the comparison with qpdf, which cannot be run");
        return;
    }
    assert!(missed * 100 <= accepted * 3, "refuses {missed} of {accepted}");
}

#[test]
fn appending_keeps_every_old_byte_and_qpdf_finds_nothing_new() {
    let Some(files) = corpus::pdfs(&[""]) else { return };
    let folder = std::env::temp_dir().join(format!("yinxin-pdf-corpus-{}", std::process::id()));
    fs::create_dir_all(&folder).expect("a temporary folder");
    let (appended, compared, worse) = (AtomicUsize::new(0), AtomicUsize::new(0), AtomicUsize::new(0));
    let numbered: Vec<_> = files.iter().enumerate().collect();
    corpus::each(&numbered, |(i, path)| {
        let old = fs::read(path).expect("a readable corpus");
        let Ok(document) = Document::open(&old, &Limits::DEFAULT) else {
            return;
        };
        let mut update = Update::new(&document);
        let id = update.allocate();
        update.put(id, b"<</Appended (by a test)>>".to_vec());
        let addition = update.finish().expect("an update of a file that opens");
        let new = [&old[..], &addition.bytes].concat();
        let again =
            Document::open(&new, &Limits::DEFAULT).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        assert!(new.starts_with(&old));
        assert_eq!(
            again.revisions().len(),
            document.revisions().len() + 1,
            "{}",
            path.display()
        );
        let object = again.newest().object(id).expect("readable").expect("present");
        assert_eq!(
            object.source.as_ref().map(|s| s.start),
            Some(addition.offsets[&id])
        );
        let text = object.dictionary().and_then(|d| d.find(b"Appended"));
        let text = text
            .and_then(|text| text.as_string())
            .map(|text| text.bytes.as_slice());
        assert_eq!(text, Some(&b"by a test"[..]), "{}", path.display());
        if document.encryption().is_none() {
            assert_eq!(object.raw(), b"<</Appended (by a test)>>");
        }
        let pages = |d: &Document<'_>| d.newest().pages().map(|p| p.len());
        assert_eq!(pages(&again), pages(&document), "{}", path.display());
        let last = document.revisions().len() - 1;
        assert_eq!(
            again.revisions()[last].entries,
            document.revisions()[last].entries
        );
        appended.fetch_add(1, Ordering::Relaxed);
        if i % 16 == 1 && qpdf_accepts(path) == Some(true) {
            compared.fetch_add(1, Ordering::Relaxed);
            let file = folder.join(format!("{i}.pdf"));
            fs::write(&file, &new).expect("a writable temporary folder");
            if qpdf_accepts(&file) != Some(true) {
                worse.fetch_add(1, Ordering::Relaxed);
                eprintln!("qpdf complains after appending to {}", path.display());
            }
        }
    });
    let _ = fs::remove_dir_all(&folder);
    eprintln!(
        "appended to {} files, {} compared with qpdf",
        appended.into_inner(),
        compared.into_inner()
    );
    assert_eq!(worse.into_inner(), 0);
}

#[test]
fn a_revision_opened_alone_is_the_view_of_it() {
    let Some(files) = corpus::pdfs(&[""]) else { return };
    let (compared, several) = (AtomicUsize::new(0), AtomicUsize::new(0));
    corpus::each(&files, |path| {
        let bytes = fs::read(path).expect("a readable corpus");
        let Ok(document) = Document::open(&bytes, &Limits::DEFAULT) else {
            return;
        };
        let count = document.revisions().len();
        if count > 1 {
            several.fetch_add(1, Ordering::Relaxed);
        }
        for (i, revision) in document.revisions().iter().enumerate().take(count - 1) {
            let alone = match Document::open(&bytes[..revision.span.end], &Limits::DEFAULT) {
                Ok(alone) => alone,
                Err(e) => {
                    // What cannot stand alone has a catalog that a later revision mended, and nothing else wrong.
                    let view = document.view(i).expect("a view for every revision");
                    assert!(view.catalog().is_err(), "{} revision {i}: {e}", path.display());
                    continue;
                }
            };
            compared.fetch_add(1, Ordering::Relaxed);
            assert_eq!(alone.revisions().len(), i + 1, "{}", path.display());
            for (a, b) in alone.revisions().iter().zip(document.revisions()) {
                assert_eq!(
                    (&a.span, a.startxref, &a.entries),
                    (&b.span, b.startxref, &b.entries)
                );
                assert_eq!(a.trailer, b.trailer);
            }
        }
    });
    eprintln!(
        "{} files have several revisions; {} revisions compared",
        several.into_inner(),
        compared.into_inner()
    );
}

/// A small generator of numbers: mutations must be the same on every run.
fn next(state: &mut u64) -> usize {
    *state = state
        .wrapping_mul(6_364_136_223_846_793_005)
        .wrapping_add(1_442_695_040_888_963_407);
    usize::try_from(*state >> 33).expect("31 bits")
}

#[test]
fn mutated_files_never_panic_or_hang() {
    let Some(files) = corpus::pdfs(&[""]) else { return };
    let (opened, refused) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let sample: Vec<_> = files.iter().step_by(12).enumerate().collect();
    corpus::each(&sample, |(seed, path)| {
        let original = fs::read(path).expect("a readable corpus");
        if original.len() > 60_000 {
            return;
        }
        let mut state = u64::try_from(*seed).expect("a small number");
        for round in 0..24 {
            let mut bytes = original.clone();
            let at = next(&mut state) % bytes.len().max(1);
            match round % 6 {
                0 => bytes.truncate(at),
                1 => drop(bytes.drain(at..bytes.len().min(at + 1 + round))),
                2 => {
                    let block = bytes[at..bytes.len().min(at + 300)].to_vec();
                    let to = next(&mut state) % bytes.len();
                    bytes.splice(to..to, block);
                }
                // Digits near the end are those of sections and trailers.
                3 => {
                    let tail = bytes.len().saturating_sub(1500);
                    for byte in bytes[tail..].iter_mut().filter(|b| b.is_ascii_digit()) {
                        if next(&mut state).is_multiple_of(24) {
                            *byte = b'0' + u8::try_from(next(&mut state) % 10).expect("a digit");
                        }
                    }
                }
                4 => {
                    for byte in bytes.iter_mut().filter(|b| b.is_ascii_digit()) {
                        if next(&mut state).is_multiple_of(200) {
                            *byte = b'9';
                        }
                    }
                }
                _ => {
                    for _ in 0..8 {
                        let at = next(&mut state) % bytes.len();
                        bytes[at] = u8::try_from(next(&mut state) % 256).expect("a byte");
                    }
                }
            }
            let start = Instant::now();
            let outcome = Document::open(&bytes, &Limits::DEFAULT).map(|document| walk(&document));
            assert!(
                start.elapsed() < Duration::from_secs(2),
                "{} round {round}",
                path.display()
            );
            let count = if outcome.is_ok() { &opened } else { &refused };
            count.fetch_add(1, Ordering::Relaxed);
        }
    });
    eprintln!(
        "mutated files: {} opened, {} refused",
        opened.into_inner(),
        refused.into_inner()
    );
}
