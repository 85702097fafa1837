//! The writer after the reader on damaged files: whatever still opens can be appended to, and nothing takes long.
//!
//! The damage follows from fixed seeds. Files of a corpus are damaged too where one lies beside the repository.

mod common;
#[path = "common/corpus.rs"]
mod corpus;
#[path = "common/processor.rs"]
mod processor;
#[path = "common/random.rs"]
mod random;

use std::fs;
use std::time::Duration;

use common::Office;
use processor::Moment;
use random::Random;
use yinxin::limits::Limits;
use yinxin::pdf::edit::DictionaryEdit;
use yinxin::pdf::update::Update;
use yinxin::pdf::{Document, Object, Ref};

/// What one damaged file of some kilobytes may take without optimization: time of the processor, for the machine may be busy.
const SLOW: Duration = Duration::from_secs(2);
/// Damages tried on each file.
const ROUNDS: u64 = 500;
/// Files of the corpus that are tried, and how large they may be.
const FILES: usize = 100;
const LARGE: u64 = 40 << 10;

/// `file` with one to three damages of one kind.
fn damaged(file: &[u8], random: &mut Random) -> Vec<u8> {
    let mut bytes = file.to_vec();
    let kind = random.below(6);
    for _ in 0..=random.below(3) {
        if bytes.is_empty() {
            break;
        }
        let at = random.below(bytes.len());
        match kind {
            0 => bytes.truncate(at),
            1 => bytes[at] ^= 1 << random.below(8),
            2 => {
                // A digit of offsets, numbers, lengths: the tail is where the sections are.
                let tail = bytes.len().saturating_sub(1500);
                let digits: Vec<usize> = (tail..bytes.len())
                    .filter(|at| bytes[*at].is_ascii_digit())
                    .collect();
                if !digits.is_empty() {
                    let digit = digits[random.below(digits.len())];
                    bytes[digit] = b'0' + u8::try_from(random.below(10)).unwrap();
                }
            }
            3 => {
                let end = (at + random.below(64)).min(bytes.len());
                bytes.drain(at..end);
            }
            4 => {
                let end = (at + random.below(64)).min(bytes.len());
                let copy = bytes[at..end].to_vec();
                let to = random.below(bytes.len());
                bytes.splice(to..to, copy);
            }
            _ => {
                let words: [&[u8]; 8] = [
                    b" 0 R",
                    b"endobj",
                    b"startxref\n0\n",
                    b"<<",
                    b"/Prev 0",
                    b"\nxref\n",
                    b"/Size 4294967295",
                    b"\0",
                ];
                let word = words[random.below(words.len())];
                bytes.splice(at..at, word.iter().copied());
            }
        }
    }
    bytes
}

/// Appends to `file` if it opens; says whether it did.
fn append(file: &[u8]) -> bool {
    let Ok(old) = Document::open(file, &Limits::DEFAULT) else {
        return false;
    };
    let catalog = old.newest().catalog().unwrap();
    let mut update = Update::new(&old);
    let added = update.allocate();
    update.put(added, b"[(added)]".to_vec());
    let edited = DictionaryEdit::new(catalog.raw(), catalog.dictionary().unwrap())
        .set(b"Added", added.to_string().as_bytes())
        .finish();
    update.put(catalog.id, edited);
    let Ok(appended) = update.finish() else {
        return false;
    };
    let whole = [file, &appended.bytes].concat();
    let new = Document::open(&whole, &Limits::DEFAULT).expect("an appended file opens");
    assert_eq!(new.revisions().len(), old.revisions().len() + 1);
    let now = new.newest().catalog().unwrap();
    let dictionary = now.dictionary().unwrap();
    assert_eq!(dictionary.find(b"Added"), Some(&Object::Reference(added)));
    for entry in catalog
        .dictionary()
        .unwrap()
        .entries()
        .iter()
        .filter(|entry| entry.key != *b"Added")
    {
        // The last of duplicate keys counts, before and after.
        assert_eq!(
            dictionary.find(&entry.key),
            catalog.dictionary().unwrap().find(&entry.key)
        );
    }
    let found = new.newest().object(added).unwrap().unwrap();
    let word = found
        .object
        .as_array()
        .and_then(<[_]>::first)
        .and_then(Object::as_string);
    assert_eq!(word.map(|word| word.bytes.to_vec()), Some(b"added".to_vec()));

    let then = new.view(old.revisions().len() - 1).unwrap();
    assert_eq!(then.catalog().unwrap().object, catalog.object);
    assert!(then.object(added).is_ok_and(|found| found.is_none()));
    for number in 1..old.newest().next_object_number().min(200) {
        let id = Ref::new(number, 0);
        let (before, after) = (old.newest().object(id), then.object(id));
        if let (Ok(before), Ok(after)) = (before, after) {
            let raw = |found: Option<std::sync::Arc<yinxin::pdf::Indirect<'_>>>| {
                found.map(|found| found.raw().to_vec())
            };
            assert_eq!(raw(before), raw(after), "{id}");
        }
    }
    let _ = (new.audit(), new.newest().pages());
    true
}

#[test]
fn damaged_files_that_open_can_be_appended_to() {
    let office = Office::with_key("p256");
    let mut files = vec![
        ("draft".to_owned(), office.draft("residence").into_bytes()),
        ("sealed".to_owned(), office.issue("residence").into_bytes()),
    ];
    let mut paths = corpus::files(&common::path("fuzz/seeds/pdf_open"), &["pdf"]);
    assert!(!paths.is_empty());
    let mut others = corpus::pdfs(&[""]).unwrap_or_default();
    others.retain(|path| path.metadata().is_ok_and(|metadata| metadata.len() < LARGE));
    let step = others.len().div_ceil(FILES).max(1);
    paths.extend(others.into_iter().step_by(step));
    files.extend(
        paths
            .iter()
            .map(|path| (path.display().to_string(), fs::read(path).unwrap())),
    );

    let start = Moment::now();
    let (mut opened, mut slowest) = (0, Duration::ZERO);
    for (name, file) in &files {
        for round in 0..ROUNDS {
            let mut random = Random(round);
            let damaged = damaged(file, &mut random);
            let start = Moment::now();
            let outcome = std::panic::catch_unwind(|| append(&damaged));
            let taken = start.elapsed();
            slowest = slowest.max(taken);
            assert!(taken < SLOW, "{name}, round {round}: {taken:?}");
            match outcome {
                Ok(appended) => opened += usize::from(appended),
                Err(_) => panic!("{name}, round {round}"),
            }
        }
    }
    let tried = files.len() * usize::try_from(ROUNDS).unwrap();
    println!(
        "{tried} damaged files, {opened} appended to, slowest {slowest:?}, {:?}",
        start.elapsed()
    );
    assert!(
        opened * 10 > tried,
        "the damage must leave something to try: {opened} of {tried}"
    );
}
