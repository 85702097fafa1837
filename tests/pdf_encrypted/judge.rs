//! qpdf as the judge: whatever it decrypts decrypts to the same objects, over a corpus too.
//!
//! The corpus is not part of the repository. Where it or qpdf is absent, the test says so and passes.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fs;
use std::process::Command;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use yinxin::pdf::{Object, PdfErrorKind, Ref, View};

use super::corpus;
use super::open;

/// Passwords of corpus files: they are in the tests the files come from.
const PASSWORDS: [(&str, &str); 11] = [
    ("bug1782186.pdf", "Hello"),
    ("issue21579.pdf", "pässwört"),
    ("issue3371.pdf", "ELXRTQWS"),
    ("issue6010_1.pdf", "abc"),
    ("issue6010_2.pdf", "æøå"),
    ("pr6531_1.pdf", "asdfasdf"),
    ("print_protection.pdf", "1234"),
    // As the file's author typed it; qpdf, which prepares nothing, wants `SaSLprep`.
    ("saslprep-r6.pdf", "SªSL\u{ad}prep"),
    ("embedded-encrypted-nocf.pdf", "secret"),
    ("minimal-aes256-empty-encrypted-string.pdf", "secret"),
    ("", "usersecret"),
];

#[test]
fn what_qpdf_decrypts_decrypts_to_the_same_objects() {
    let Some(files) = corpus::pdfs(&[""]) else { return };
    let (mut opened, mut compared, mut missed) = (0, 0, Vec::new());
    let mut refused: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for path in &files {
        let bytes = fs::read(path).unwrap();
        if !bytes.windows(8).any(|w| w == b"/Encrypt") {
            continue;
        }
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let known = PASSWORDS
            .iter()
            .find(|(file, _)| *file == name)
            .or(PASSWORDS.last());
        let given = match open(&bytes, "") {
            Err(error) if error.kind == PdfErrorKind::PasswordNeeded => {
                known.map_or("", |(_, password)| password)
            }
            _ => "",
        };
        let prepared = if name == "saslprep-r6.pdf" {
            "SaSLprep"
        } else {
            given
        };
        let theirs = qpdf_json(&bytes, prepared);
        match open(&bytes, given) {
            Ok(document) if document.encryption().is_some() => {
                opened += 1;
                if let Some(theirs) = &theirs {
                    let mut differences = Vec::new();
                    compared += compare(&document.newest(), theirs, &mut differences);
                    assert_eq!(differences, [""; 0], "{}", path.display());
                }
            }
            Ok(_) => {}
            Err(error) => {
                refused
                    .entry(format!("{:?}", error.kind))
                    .or_default()
                    .push(name.clone());
                // What qpdf repairs is another matter.
                if theirs.is_some_and(|theirs| !theirs.to_string().is_empty())
                    && !error.kind.eq(&PdfErrorKind::BadXref)
                {
                    missed.push(format!("{name}: {error}"));
                }
            }
        }
    }
    eprintln!("encrypted files: {opened} opened, {compared} objects compared with qpdf");
    for (reason, names) in refused {
        eprintln!("refused, {reason}: {} ({})", names.len(), names.join(", "));
    }
    assert_eq!(missed, [""; 0]);
    assert!(opened >= 25, "of the corpus as it was, 31 opened");
}

/// What qpdf makes of the file; `None` if it cannot be run or refuses the file.
pub fn qpdf_json(file: &[u8], password: &str) -> Option<Value> {
    use std::io::Write as _;
    use std::sync::atomic::{AtomicUsize, Ordering};
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    let name = format!(
        "yinxin-encrypted-{}-{}.pdf",
        std::process::id(),
        NEXT.fetch_add(1, Ordering::Relaxed)
    );
    let path = std::env::temp_dir().join(name);
    fs::File::create(&path).and_then(|mut f| f.write_all(file)).ok()?;
    let output = Command::new("qpdf")
        .args([
            "--json=2",
            "--json-key=qpdf",
            "--json-stream-data=inline",
            "--decode-level=none",
        ])
        .arg(format!("--password={password}"))
        .arg(&path)
        .output();
    let _ = fs::remove_file(&path);
    serde_json::from_slice(&output.ok()?.stdout).ok()
}

/// Compares every object that qpdf lists with ours; says how many.
pub fn compare(view: &View<'_, '_>, json: &Value, differences: &mut Vec<String>) -> usize {
    let mut compared = 0;
    for (name, theirs) in json["qpdf"][1].as_object().expect("objects") {
        let Some(id) = name.strip_prefix("obj:") else {
            continue;
        };
        let numbers: Vec<u32> = id.split(' ').filter_map(|part| part.parse().ok()).collect();
        let id = Ref::new(numbers[0], u16::try_from(numbers[1]).unwrap());
        let ours = match view.object(id) {
            Ok(Some(ours)) => ours,
            // Also what is no object at all: qpdf repairs it to null.
            Ok(None) | Err(_) if theirs["stream"].is_null() && theirs["value"].is_null() => continue,
            Ok(None) => {
                differences.push(format!("{id} is absent"));
                continue;
            }
            Err(error) => {
                differences.push(format!("{id}: {error}"));
                continue;
            }
        };
        compared += 1;
        let equal = match &ours.object {
            Object::Stream(stream) => {
                // qpdf leaves embedded files that `/EFF` alone encrypts as they are.
                let attached =
                    stream.dictionary.is_name(b"Type", b"EmbeddedFile") && view.decode(stream).is_ok();
                let data = theirs["stream"]["data"]
                    .as_str()
                    .and_then(|data| STANDARD.decode(data).ok());
                let ours = view.decrypt(stream).ok().map(Cow::into_owned);
                (ours == data || (attached && data.as_deref() == Some(view.data(stream))))
                    && same(
                        &Object::Dictionary(stream.dictionary.clone()),
                        &theirs["stream"]["dict"],
                    )
            }
            other => same(other, &theirs["value"]),
        };
        if !equal {
            differences.push(format!("{id} differs: {:?}, {theirs}", ours.object));
        }
    }
    compared
}

/// Whether strings and structure are alike; numbers and names are not what is tested.
fn same(ours: &Object, theirs: &Value) -> bool {
    match ours {
        Object::String(string) => match theirs.as_str().map(|text| text.split_at(2)) {
            Some(("b:", hex)) => {
                string
                    .bytes
                    .iter()
                    .map(|byte| format!("{byte:02x}"))
                    .collect::<String>()
                    == hex
            }
            // qpdf reads PDFDocEncoding in full, we as Latin-1.
            Some(("u:", text)) => {
                let read = yinxin::pdf::read_text_string(&string.bytes);
                read == text || (!text.is_ascii() && read.chars().count() == text.chars().count())
            }
            _ => false,
        },
        Object::Array(items) => theirs.as_array().is_some_and(|theirs| {
            theirs.len() == items.len() && items.iter().zip(theirs).all(|(ours, theirs)| same(ours, theirs))
        }),
        Object::Dictionary(dictionary) => dictionary.entries().iter().all(|entry| {
            // qpdf names are as they stand, ours are decoded; `/Length` is of the decrypted data there.
            let theirs = theirs.get(format!("/{}", String::from_utf8_lossy(&entry.key)));
            entry.key == b"Length" || theirs.is_none_or(|theirs| same(&entry.value, theirs))
        }),
        _ => true,
    }
}
