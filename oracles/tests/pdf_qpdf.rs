//! Two readers, one document: every object of a file, and the trailer, as `pdf::Document` and as qpdf reads them.
//!
//! As with the readers of `pdf_readers.rs`, a difference is an entry of [`EXCEPTIONS`] with its reason, or a failure, and an
//! entry that no longer differs is a failure too. A sample of the corpus is compared; all of it with `YINXIN_WHOLE_CORPUS`
//! set. Where the corpus or qpdf is absent, the test says so and passes.

#[path = "../../tests/common/mod.rs"]
mod common;
#[path = "../../tests/common/corpus.rs"]
mod corpus;
#[expect(dead_code, reason = "made for other readers too")]
mod values;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use common::Office;
use serde_json::Value as Json;
use values::{Value, ours};
use yinxin::limits::Limits;
use yinxin::pdf::{Document, Entry, Object, Ref};

/// File (its path in the corpus), and why the difference stands.
const EXCEPTIONS: &[(&str, &str)] = &[
    (
        "pdfjs/test/pdfs/doc_actions.pdf",
        "object 40 gets generation 1 without having been freed; we note `GenerationJump`, qpdf keeps generation 0 too",
    ),
    (
        "pdfjs/test/pdfs/issue19484_1.pdf",
        "encrypted with a key of 5 bytes, as its crypt filter says; qpdf takes 16 for every `/V 4` and refuses the password",
    ),
    (
        "pdfjs/test/pdfs/issue19484_2.pdf",
        "encrypted with a key of 5 bytes, as its crypt filter says; qpdf takes 16 for every `/V 4` and refuses the password",
    ),
    (
        "verapdf/PDF_A-2b/6.2 Graphics/6.2.11 Fonts/6.2.11.4 Embedding/6.2.11.4.1 General/veraPDF test suite 6-2-11-4-1-t01-fail-a.pdf",
        "object 21 is not below `/Size`; we note `NumberBeyondSize`, qpdf ignores the object as 7.5.5 says",
    ),
];

/// Every how many files one is compared, unless all are.
const STEP: usize = 4;

/// Keys of a trailer that are about its section, which readers merge in their own ways.
const OF_THE_SECTION: [&str; 10] = [
    "/Size",
    "/Prev",
    "/XRefStm",
    "/Type",
    "/W",
    "/Index",
    "/Length",
    "/Filter",
    "/DecodeParms",
    "/Encrypt",
];

/// Our objects by number and generation, null and storage left out; `None` if one cannot be read.
fn objects(document: &Document<'_>) -> Option<BTreeMap<Ref, Value>> {
    let view = document.newest();
    let mut objects = BTreeMap::new();
    for number in 1..view.next_object_number() {
        let id = match view.locate(number) {
            Some((_, Entry::Offset { generation, .. })) => Ref::new(number, generation),
            Some((_, Entry::InStream { .. })) => Ref::new(number, 0),
            _ => continue,
        };
        let Some(found) = view.object(id).ok()? else {
            continue;
        };
        let value = ours(&found.object);
        if !matches!(value, Value::Null) && !value.is_storage() {
            objects.insert(id, without_absent(value, document));
        }
    }
    Some(objects)
}

/// `value` without the entries of dictionaries that refer to nothing: they mean null, which means no entry (7.3.7, 7.3.10),
/// and qpdf leaves them out.
fn without_absent(value: Value, document: &Document<'_>) -> Value {
    let entries = |entries: BTreeMap<Vec<u8>, Value>| {
        let present = entries.into_iter().filter(|(_, value)| match value {
            Value::Reference(number, generation) => {
                let id = Ref::new(*number, u16::try_from(*generation).unwrap_or(0));
                let found = document.newest().object(id);
                !matches!(
                    found.map(|found| found.is_none_or(|found| found.object.is_null())),
                    Ok(true)
                )
            }
            _ => true,
        });
        present
            .map(|(key, value)| (key, without_absent(value, document)))
            .collect()
    };
    match value {
        Value::Array(items) => Value::Array(
            items
                .into_iter()
                .map(|item| without_absent(item, document))
                .collect(),
        ),
        Value::Dictionary(found) => Value::Dictionary(entries(found)),
        Value::Stream(found) => Value::Stream(entries(found)),
        other => other,
    }
}

/// What qpdf says of the file at `path`: the objects and the trailer, and what it complains of.
fn qpdf(path: &Path) -> Option<(Result<Json, String>, String)> {
    let arguments = ["--json=2", "--json-key=qpdf", "--json-stream-data=none"];
    let output = Command::new("qpdf").args(arguments).arg(path).output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout);
    let json = text.lines().map(number).collect::<Vec<_>>().join("\n");
    let complaints = String::from_utf8_lossy(&output.stderr).into_owned();
    let parsed = serde_json::from_str(&json).map_err(|error| format!("{error}; {complaints}"));
    Some((parsed, complaints))
}

/// A line of qpdf's output, its number, if there is one, in the grammar of JSON: qpdf copies `4.` and `00.5`.
fn number(line: &str) -> String {
    let start = line
        .rfind("\": ")
        .map_or(line.len() - line.trim_start().len(), |at| at + 3);
    let (head, token) = line.split_at(start);
    let (token, comma) = token.strip_suffix(',').map_or((token, ""), |token| (token, ","));
    let numeric = !token.is_empty() && token.bytes().all(|b| b.is_ascii_digit() || b"+-.".contains(&b));
    match token.parse::<f64>() {
        Ok(value) if numeric => format!("{head}{value:?}{comma}"),
        _ => line.to_owned(),
    }
}

/// Whether `theirs` is how qpdf writes `ours`.
fn same(ours: &Value, theirs: &Json) -> bool {
    match (ours, theirs) {
        (Value::Null, Json::Null) => true,
        (Value::Boolean(a), Json::Bool(b)) => a == b,
        (Value::Number(a), Json::Number(b)) => b
            .as_f64()
            .is_some_and(|b| (a - b).abs() <= 1e-12 * a.abs().max(b.abs())),
        (Value::Array(a), Json::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        (Value::Dictionary(a), Json::Object(b)) => same_entries(a, b, &[]),
        (Value::Stream(a), Json::Object(b)) => b
            .get("stream")
            .and_then(|stream| stream.get("dict"))
            .and_then(Json::as_object)
            // qpdf writes the length it found, also where the file has a reference.
            .is_some_and(|b| same_entries(a, b, &["/Length"])),
        (Value::Reference(number, generation), Json::String(b)) => *b == format!("{number} {generation} R"),
        (Value::Name(a), Json::String(b)) => *b == name(a),
        (Value::String(a), Json::String(b)) => match b.split_once(':') {
            Some(("b", digits)) => digits == a.iter().map(|byte| format!("{byte:02x}")).collect::<String>(),
            Some(("u", text)) => text == self::text(a),
            _ => false,
        },
        _ => false,
    }
}

fn name(bytes: &[u8]) -> String {
    format!("/{}", String::from_utf8_lossy(bytes))
}

fn same_entries(
    ours: &BTreeMap<Vec<u8>, Value>,
    theirs: &serde_json::Map<String, Json>,
    without: &[&str],
) -> bool {
    let ours: BTreeMap<String, &Value> = ours.iter().map(|(key, value)| (name(key), value)).collect();
    let present = theirs.iter().filter(|(_, value)| !value.is_null());
    let keys: BTreeSet<&str> = ours
        .keys()
        .map(String::as_str)
        .chain(present.map(|(key, _)| key.as_str()))
        .collect();
    keys.into_iter()
        .filter(|key| !without.contains(key))
        .all(|key| match (ours.get(key), theirs.get(key)) {
            (Some(a), Some(b)) => same(a, b),
            _ => false,
        })
}

/// A string as text, as qpdf reads it: by its mark, or by PDFDocEncoding (annex D.2). Half surrogates are left out.
fn text(bytes: &[u8]) -> String {
    let utf_16 = |rest: &[u8], unit: fn([u8; 2]) -> u16| {
        let units = rest.chunks_exact(2).map(|pair| unit([pair[0], pair[1]]));
        char::decode_utf16(units).filter_map(Result::ok).collect()
    };
    match bytes {
        [0xfe, 0xff, rest @ ..] => utf_16(rest, u16::from_be_bytes),
        [0xff, 0xfe, rest @ ..] => utf_16(rest, u16::from_le_bytes),
        [0xef, 0xbb, 0xbf, rest @ ..] => String::from_utf8_lossy(rest).into_owned(),
        other => other.iter().map(|byte| document_encoding(*byte)).collect(),
    }
}

fn document_encoding(byte: u8) -> char {
    const ACCENTS: [char; 8] = ['˘', 'ˇ', 'ˆ', '˙', '˝', '˛', '˚', '˜'];
    const UPPER: [char; 33] = [
        '•', '†', '‡', '…', '—', '–', 'ƒ', '⁄', '‹', '›', '−', '‰', '„', '“', '”', '‘', '’', '‚', '™', 'ﬁ',
        'ﬂ', 'Ł', 'Œ', 'Š', 'Ÿ', 'Ž', 'ı', 'ł', 'œ', 'š', 'ž', '\u{fffd}', '€',
    ];
    match byte {
        0x18..=0x1f => ACCENTS[usize::from(byte - 0x18)],
        0x80..=0xa0 => UPPER[usize::from(byte - 0x80)],
        other => char::from(other),
    }
}

/// How qpdf differs about the file at `path`, at most a few differences; `None` if we cannot read it or qpdf is absent.
fn differences(path: &Path, bytes: &[u8]) -> Option<Vec<String>> {
    let document = Document::open(bytes, &Limits::DEFAULT).ok()?;
    let objects = objects(&document)?;
    let (json, complaints) = qpdf(path)?;
    let mut found = Vec::new();
    let theirs = match json.as_ref().map(|json| json["qpdf"][1].as_object()) {
        Ok(Some(theirs)) => theirs,
        Ok(None) => return Some(vec![format!("no objects: {complaints}")]),
        Err(error) => return Some(vec![error.clone()]),
    };
    let key = |id: &Ref| format!("obj:{id}");
    for (id, value) in &objects {
        match theirs.get(&key(id)) {
            None => found.push(format!("{id} is not there")),
            Some(other) => {
                let plain = other.get("value").unwrap_or(other);
                if !same(value, plain) {
                    found.push(format!("{id}: {plain}, not {value:?}"));
                }
            }
        }
    }
    let known: BTreeSet<String> = objects.keys().map(key).collect();
    for (key, value) in theirs
        .iter()
        .filter(|(key, _)| key.starts_with("obj:") && !known.contains(*key))
    {
        let kind = &value["stream"]["dict"]["/Type"];
        let storage = kind == "/ObjStm" || kind == "/XRef";
        if !storage && value.get("value").is_none_or(|value| !value.is_null()) {
            found.push(format!("{key} is there, {value}"));
        }
    }
    let ours: BTreeMap<Vec<u8>, Value> = match ours(&Object::Dictionary(document.newest().trailer().clone()))
    {
        Value::Dictionary(entries) => entries,
        _ => BTreeMap::new(),
    };
    let trailer = theirs
        .get("trailer")
        .and_then(|trailer| trailer["value"].as_object());
    if !trailer.is_some_and(|trailer| same_entries(&ours, trailer, &OF_THE_SECTION)) {
        found.push(format!("the trailer is {trailer:?}, not {ours:?}"));
    }
    if !found.is_empty() && !complaints.is_empty() {
        found.insert(0, complaints.lines().take(2).collect::<Vec<_>>().join(" | "));
    }
    Some(found)
}

fn qpdf_is_there() -> bool {
    let there = Command::new("qpdf").arg("--version").output().is_ok();
    if !there {
        println!("skipped: qpdf is not there");
    }
    there
}

#[test]
fn our_own_files_are_the_same_document_to_qpdf() {
    if !qpdf_is_there() {
        return;
    }
    let path = std::env::temp_dir().join(format!("yinxin-qpdf-{}.pdf", std::process::id()));
    let office = Office::with_key("p256");
    for name in yinxin::compose::BUILTIN {
        for bytes in [office.draft(name).into_bytes(), office.issue(name).into_bytes()] {
            fs::write(&path, &bytes).unwrap();
            let found = differences(&path, &bytes).unwrap();
            assert!(found.is_empty(), "{name}: {found:#?}");
        }
    }
    // That a difference would be seen: another title, of the same length, in the bytes that we read.
    let bytes = office.draft("residence").into_bytes();
    let at = bytes.windows(6).position(|at| at == b"/Pages").unwrap();
    let mut other = bytes.clone();
    other[at..at + 6].copy_from_slice(b"/Qages");
    fs::write(&path, &bytes).unwrap();
    let found = differences(&path, &other);
    assert!(found.is_none_or(|found| !found.is_empty()));
    fs::remove_file(&path).unwrap();
}

#[test]
fn corpus_files_that_we_open_are_the_same_document_to_qpdf() {
    let Some(all) = corpus::pdfs(&[""]) else { return };
    let root = corpus::root();
    if !qpdf_is_there() {
        return;
    }
    let excepted = |path: &Path| EXCEPTIONS.iter().any(|(file, _)| path.ends_with(file));
    let whole = std::env::var_os("YINXIN_WHOLE_CORPUS").is_some();
    let files: Vec<&PathBuf> = all
        .iter()
        .enumerate()
        .filter(|(at, path)| whole || at % STEP == 0 || excepted(path))
        .map(|(_, path)| path)
        .collect();
    let start = Instant::now();
    let compared = AtomicUsize::new(0);
    let found = Mutex::new(BTreeMap::new());
    corpus::each(&files, |path| {
        let bytes = fs::read(path).expect("a readable corpus");
        let Some(list) = differences(path, &bytes) else {
            return;
        };
        compared.fetch_add(1, Ordering::Relaxed);
        if !list.is_empty() {
            let name = path.strip_prefix(&root).unwrap_or(path).display().to_string();
            found.lock().unwrap().insert(name, list);
        }
    });
    let found = found.into_inner().unwrap();
    println!(
        "{} of {} files, {} compared, the others refused by us, {} differ, {:?}",
        files.len(),
        all.len(),
        compared.into_inner(),
        found.len(),
        start.elapsed()
    );
    let mut failed = false;
    for (file, list) in found.iter().filter(|(file, _)| !excepted(Path::new(file))) {
        failed = true;
        println!("{file}: {} differences", list.len());
        for difference in list.iter().take(3) {
            println!("    {}", difference.chars().take(400).collect::<String>());
        }
    }
    for (file, _) in EXCEPTIONS {
        let present = files.iter().any(|path| path.ends_with(file));
        if present && !found.contains_key(*file) {
            failed = true;
            println!("{file} no longer differs: the exception is stale");
        }
    }
    assert!(!failed, "see the differences above");
}
