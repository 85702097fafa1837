//! Vectors of what the reader says about odd files: `test-vectors/pdf/facts`, a file and its facts each.
//!
//! A vector is a TOML file. `file` is the PDF with its offsets left out: `{=name}` marks a place and stands for nothing,
//! `{name}` is where that place is, `{name:10}` the same in ten digits, `{name:x}` in eight hexadecimal ones, `{len}` the
//! length of the stream data that follow, and `{page}`, `{rows}` and so on are the pieces in [`PIECES`]. Characters up to
//! 255 are bytes. With `YINXIN_WRITE_PDF` set to a folder the files are written there, for other readers to judge.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;
use yinxin::limits::Limits;
use yinxin::pdf::{Document, PdfError, Ref};

const PIECES: [(&str, &str); 7] = [
    (
        "page",
        "%PDF-1.7\n{=1}1 0 obj\n<</Type/Catalog/Pages 2 0 R>>\nendobj\n{tree}",
    ),
    (
        "pageroot",
        "%PDF-1.7\n{=1}1 0 obj\n<</Type/Catalog/Pages 3 0 R>>\nendobj\n{tree}",
    ),
    (
        "tree",
        "{=2}2 0 obj\n<</Type/Pages/Kids[3 0 R]/Count 1>>\nendobj\n\
         {=3}3 0 obj\n<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>\nendobj\n",
    ),
    (
        "rows",
        "0000000000 65535 f \n{1:10} 00000 n \n{2:10} 00000 n \n{3:10} 00000 n \n",
    ),
    (
        "short",
        "0000000000 65535 f\n{1:10} 00000 n\n{2:10} 00000 n\n{3:10} 00000 n\n",
    ),
    ("junk", "<html>\n"),
    ("rows1", "{1:10} 00000 n \n{2:10} 00000 n \n{3:10} 00000 n \n"),
];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Vector {
    clause: String,
    why: String,
    file: String,
    /// The refusal, if the file does not open.
    refused: Option<String>,
    #[serde(default = "one")]
    revisions: usize,
    /// Kind and object number (`-` for none) of each fact of the audit.
    facts: Vec<String>,
    /// What objects are in the newest revision: their bytes, `absent`, or `error` and its kind.
    #[serde(default)]
    read: BTreeMap<String, String>,
    /// What streams decode to there.
    #[serde(default)]
    decoded: BTreeMap<String, String>,
}

fn one() -> usize {
    1
}

/// The bytes of a vector's file.
fn build(text: &str) -> Vec<u8> {
    let mut text = text.to_owned();
    for _ in 0..2 {
        for (name, piece) in PIECES {
            text = text.replace(&format!("{{{name}}}"), piece);
        }
    }
    // Places depend on the lengths of the numbers before them: until nothing moves any more.
    let mut places = BTreeMap::new();
    for _ in 0..9 {
        let (bytes, found) = expand(&text, &places);
        if found == places {
            return bytes;
        }
        places = found;
    }
    panic!("places that do not settle: {text}");
}

fn expand<'t>(text: &'t str, places: &BTreeMap<&'t str, usize>) -> (Vec<u8>, BTreeMap<&'t str, usize>) {
    let mut bytes = Vec::new();
    let mut found = BTreeMap::new();
    let latin =
        |text: &str, bytes: &mut Vec<u8>| bytes.extend(text.chars().map(|c| u8::try_from(c).unwrap()));
    let mut rest = text;
    let mut lengths = Vec::new();
    while let Some((before, tail)) = rest.split_once('{') {
        let (name, after) = tail.split_once('}').expect("a closed brace");
        latin(before, &mut bytes);
        let place = |name: &str| places.get(name).copied().unwrap_or(0);
        match name.split_once(':') {
            _ if name == "len" => lengths.push(bytes.len()),
            _ if name.starts_with('=') => {
                let header = bytes.windows(5).position(|w| w == b"%PDF-").unwrap_or(0);
                found.insert(&name[1..], bytes.len() - header);
            }
            Some((name, "10")) => latin(&format!("{:010}", place(name)), &mut bytes),
            Some((name, "x")) => latin(&format!("{:08X}", place(name)), &mut bytes),
            None => latin(&place(name).to_string(), &mut bytes),
            Some(_) => panic!("{{{name}}}"),
        }
        rest = after;
    }
    latin(rest, &mut bytes);
    // Three digits for every length, so that places do not depend on it.
    for at in lengths.into_iter().rev() {
        let find = |from: usize, what: &[u8]| {
            from + bytes[from..].windows(what.len()).position(|w| w == what).unwrap()
        };
        let start = find(at, b"stream\n") + 7;
        let length = format!("{:03}", find(start, b"\nendstream") - start);
        bytes.splice(at..at, length.bytes());
        found
            .values_mut()
            .filter(|place| **place > at)
            .for_each(|place| *place += 3);
    }
    (bytes, found)
}

fn id(text: &str) -> Ref {
    let (number, generation) = text.split_once(' ').expect("number and generation");
    Ref::new(number.parse().unwrap(), generation.parse().unwrap())
}

fn error(error: PdfError) -> String {
    format!("error {:?}", error.kind)
}

fn latin(bytes: &[u8]) -> String {
    bytes.iter().copied().map(char::from).collect()
}

/// How `document` differs from `vector`.
fn differences(document: &Document<'_>, vector: &Vector) -> Vec<String> {
    let mut wrong = Vec::new();
    if document.revisions().len() != vector.revisions {
        wrong.push(format!("{} revisions", document.revisions().len()));
    }
    let mut facts: Vec<String> = document
        .audit()
        .expect("a small file")
        .iter()
        .map(|fact| {
            let object = fact.object.map_or("-".to_owned(), |number| number.to_string());
            format!("{:?} {object}", fact.kind)
        })
        .collect();
    facts.sort();
    facts.dedup();
    if facts != vector.facts {
        wrong.push(format!("facts {facts:?}"));
    }
    let view = document.newest();
    for (name, expected) in &vector.read {
        let found = match view.object(id(name)) {
            Ok(Some(object)) => latin(object.raw()),
            Ok(None) => "absent".to_owned(),
            Err(e) => error(e),
        };
        if found != *expected {
            wrong.push(format!("{name} is {found:?}"));
        }
    }
    for (name, expected) in &vector.decoded {
        let decoded = view.object(id(name)).and_then(|object| {
            let object = object.expect("an object");
            view.decode(object.object.as_stream().expect("a stream"))
        });
        let found = match decoded {
            Ok(data) => latin(&data),
            Err(e) => error(e),
        };
        if found != *expected {
            wrong.push(format!("{name} decodes to {found:?}"));
        }
    }
    wrong
}

#[test]
fn every_vector_has_the_facts_it_states() {
    let folder = Path::new("test-vectors/pdf/facts");
    let mut paths: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    paths.sort();
    assert!(paths.len() >= 70, "{} vectors", paths.len());
    let mut wrong = Vec::new();
    for path in paths {
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let vector: Vector = toml::from_str(&std::fs::read_to_string(&path).unwrap())
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(!vector.clause.is_empty() && !vector.why.is_empty(), "{name}");
        let bytes = build(&vector.file);
        if let Some(folder) = std::env::var_os("YINXIN_WRITE_PDF") {
            std::fs::write(Path::new(&folder).join(format!("{name}.pdf")), &bytes).unwrap();
        }
        match (Document::open(&bytes, &Limits::DEFAULT), &vector.refused) {
            (Ok(document), None) => {
                wrong.extend(
                    differences(&document, &vector)
                        .into_iter()
                        .map(|what| format!("{name}: {what}")),
                );
            }
            (Err(error), Some(kind)) if format!("{:?}", error.kind) == *kind => {}
            (Ok(_), Some(kind)) => wrong.push(format!("{name}: opens, and should be refused with {kind}")),
            (Err(error), _) => wrong.push(format!("{name}: refused, {:?} at {}", error.kind, error.offset)),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
