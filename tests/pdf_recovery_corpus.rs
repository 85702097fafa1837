//! Recovery over a corpus of real and hostile files: what is repaired is sealed, and outside programs judge the result.
//!
//! The corpus is not part of the repository. Where it, qpdf or pdfsig is absent, the test says so.

mod common;
#[path = "common/corpus.rs"]
mod corpus;
#[path = "common/forge.rs"]
mod forge;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use common::Office;
use yinxin::draft::Draft;
use yinxin::limits::Limits;
use yinxin::pdf::Document;
use yinxin::pdf::recovery::{RecoveryError, repair};
use yinxin::seal::{Allow, Place, Sealing};

/// Files that no outside program finds clean for what stands in the old bytes, and why.
const EXCUSED: [(&str, &str); 5] = [
    (
        "PDFBOX-3148-2-fuzzed.pdf",
        "the metadata stream itself does not decode",
    ),
    ("issue6108.pdf", "white space before the old table"),
    ("issue9105_other.pdf", "a header without minor version"),
    ("operator-in-TJ-array.pdf", "/Size of the old trailer is kept"),
    ("operator_list_cycle.pdf", "/Size of the old trailer is kept"),
];

fn run(program: &str, arguments: &[&str], file: &Path) -> Option<Output> {
    Command::new(program).args(arguments).arg(file).output().ok()
}

/// The word for the table.
fn reason(error: &RecoveryError) -> String {
    match error {
        RecoveryError::Pdf(error) => format!("refused: {:?}", error.kind),
        other => format!("refused: {other:?}"),
    }
}

#[test]
fn what_is_repaired_is_sealed_and_clean_for_others() {
    let Some(files) = corpus::pdfs(&[""]) else { return };
    let root = corpus::root();
    let limits = &Limits::DEFAULT;
    let office = Office::with_key("p256");
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("pdf_recovery_corpus");
    fs::create_dir_all(&folder).expect("a folder for the test");
    let mut table: BTreeMap<(String, String), usize> = BTreeMap::new();
    let (mut judged, mut signed) = (0, 0);
    let mut faults = Vec::new();
    for path in &files {
        let bytes = fs::read(path).expect("a readable corpus");
        let name = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let below = path.strip_prefix(&root).unwrap_or(path).iter().next();
        let kind = below.unwrap_or_default().to_string_lossy().into_owned();
        let opens = Document::open(&bytes, limits).is_ok();
        let start = Instant::now();
        let outcome = repair(&bytes, limits);
        if start.elapsed() > Duration::from_secs(10) {
            faults.push(format!("{name}: {:?}", start.elapsed()));
        }
        let word = match &outcome {
            Ok(_) if opens => "repaired, opened before".to_owned(),
            Ok(_) => "repaired".to_owned(),
            Err(RecoveryError::NotDamaged) => "sound".to_owned(),
            Err(error) => reason(error),
        };
        if word != "sound" && word != "refused: Encrypted" {
            eprintln!("{word:24} {}", path.strip_prefix(&root).unwrap_or(path).display());
        }
        *table.entry((kind, word)).or_default() += 1;
        let Ok(repaired) = outcome else { continue };
        let whole = [&bytes[..], &repaired.appended].concat();
        let document = Document::open(&whole, limits).unwrap_or_else(|e| panic!("{name}: {e}"));
        assert!(
            !document.newest().pages().expect("a page tree").is_empty(),
            "{name}"
        );
        let target = folder.join(&name);
        fs::write(&target, &whole).expect("a writable folder");
        let excused = EXCUSED.iter().any(|(file, _)| *file == name);
        if let Some(output) = run("qpdf", &["--check"], &target) {
            judged += 1;
            if output.status.success() == excused {
                faults.push(format!(
                    "{name}: qpdf {:?}, excused {excused}",
                    output.status.code()
                ));
            }
        }
        let draft = Draft::open(whole.clone(), limits).unwrap_or_else(|e| panic!("{name}: {e}"));
        let place = Place {
            page: 0,
            x_mm: 8.0,
            y_mm: 8.0,
        };
        let sealing = draft.without_code().place(place).certifies(None);
        let sealing = [Allow::Overhang, Allow::Overlap, Allow::PdfaLoss]
            .into_iter()
            .fold(sealing, Sealing::allow);
        let sealed = match sealing.seal(&forge::mark(), &office.signer(), common::at()) {
            Ok(sealed) => sealed.into_bytes(),
            Err(error) => {
                faults.push(format!("{name}: {error}"));
                continue;
            }
        };
        assert!(sealed.starts_with(&whole), "{name}");
        fs::write(&target, &sealed).expect("a writable folder");
        if let Some(output) = run("qpdf", &["--check"], &target)
            && !output.status.success()
            && !excused
        {
            faults.push(format!("{name}: qpdf complains of the sealed file"));
        }
        if let Some(output) = run("pdfsig", &["-nocert"], &target) {
            signed += 1;
            if !String::from_utf8_lossy(&output.stdout).contains("Signature is Valid") {
                faults.push(format!(
                    "{name}: pdfsig: {}",
                    String::from_utf8_lossy(&output.stdout)
                ));
            }
        }
    }
    for ((folder, word), count) in &table {
        eprintln!("{folder:8} {word:24} {count}");
    }
    let _ = fs::remove_dir_all(&folder);
    if judged == 0 {
        eprintln!("skipped: the judgement of qpdf, which cannot be run");
    }
    if signed == 0 {
        eprintln!("skipped: the judgement of pdfsig, which cannot be run");
    }
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}
