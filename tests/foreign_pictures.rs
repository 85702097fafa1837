//! Pictures of codes that the issuing systems of some forty states drew: every one that shows a code is read, and says the same as
//! the text beside it.
//!
//! The collection is no part of the repository; where it is absent, the test says so and passes.
#![cfg(feature = "scan")]

#[path = "common/corpus.rs"]
mod corpus;

use std::path::PathBuf;
use std::sync::Mutex;

use base64::Engine as _;
use yinxin::limits::Limits;
use yinxin::symbol::read::read_picture;

/// Screens of an application that judges codes, one that is no picture of a code (zxing-cpp finds none in these either), and Aztec
/// codes.
fn shows_no_qr_code(name: &str) -> bool {
    name.starts_with("CY/Test/Validation/png/")
        || name == "IE/2DCode/Raw/Test.png"
        || (name.starts_with("IE/png/") && name.ends_with("_aztec.png"))
}

fn collection() -> Option<PathBuf> {
    let root = corpus::beside("qr/dgc-testdata");
    if !root.is_dir() {
        println!("skipped: no pictures at {}", root.display());
        return None;
    }
    Some(root)
}

#[test]
fn every_picture_file_with_a_code_is_read() {
    let Some(root) = collection() else { return };
    let files = corpus::files(&root, &["png", "jpg", "jpeg"]);
    let (read, missed) = (Mutex::new(0), Mutex::new(vec![]));
    corpus::each(&files, |file| {
        let name = file.strip_prefix(&root).unwrap().display().to_string();
        if shows_no_qr_code(&name) {
            return;
        }
        match read_picture(&std::fs::read(file).unwrap(), &Limits::DEFAULT) {
            Ok(texts) if texts.iter().any(|text| text.starts_with("HC1:")) => *read.lock().unwrap() += 1,
            other => missed.lock().unwrap().push(format!("{name}: {other:?}")),
        }
    });
    let (read, missed) = (read.into_inner().unwrap(), missed.into_inner().unwrap());
    println!("{read} pictures read");
    assert!(missed.is_empty(), "{missed:#?}");
    assert!(read > 500);
}

/// The pictures within the test cases (`2DCODE`): whether one is read is `EXPECTEDPICTUREDECODE`, and the text is `PREFIX`.
#[test]
fn pictures_in_test_cases_are_read_as_their_authors_expect() {
    let Some(root) = collection() else { return };
    let files = corpus::files(&root, &["json"]);
    let (read, wrong, differing) = (Mutex::new(0), Mutex::new(vec![]), Mutex::new(vec![]));
    corpus::each(&files, |file| {
        let name = file.strip_prefix(&root).unwrap().display().to_string();
        let bytes = std::fs::read(file).unwrap();
        let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&bytes);
        let Ok(case) = serde_json::from_slice::<serde_json::Value>(bytes) else {
            return;
        };
        let Some(picture) = case["2DCODE"].as_str() else {
            return;
        };
        let texts = match base64::engine::general_purpose::STANDARD.decode(picture.trim()) {
            Ok(picture) => read_picture(&picture, &Limits::DEFAULT).unwrap_or_default(),
            Err(_) => vec![],
        };
        let expected = case["EXPECTEDRESULTS"]["EXPECTEDPICTUREDECODE"].as_bool();
        if texts.is_empty() == expected.unwrap_or(true) {
            wrong
                .lock()
                .unwrap()
                .push(format!("{name}: {texts:?}, {expected:?} expected"));
        }
        *read.lock().unwrap() += usize::from(!texts.is_empty());
        // Some state the prefix of another step; where it is that of a code, it is this code's.
        let prefix = case["PREFIX"].as_str().filter(|text| text.starts_with("HC1:"));
        if let (Some(prefix), Some(text)) = (prefix, texts.first())
            && prefix != text
        {
            differing.lock().unwrap().push(name);
        }
    });
    let (read, wrong) = (read.into_inner().unwrap(), wrong.into_inner().unwrap());
    println!("{read} pictures read");
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(read > 500);
    // In these the picture and PREFIX are from two runs of the issuer: both are whole, 654 and 657 characters in the first, and part
    // after the random key identifier.
    let mut differing = differing.into_inner().unwrap();
    differing.sort();
    let known = [501, 502, 503].map(|number| format!("ES/2DCode/raw/{number}.json"));
    assert_eq!(differing, known);
}
