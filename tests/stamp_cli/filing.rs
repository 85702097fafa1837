//! What is said to people and what is filed: `--lang`, `--record`.

use std::path::Path;
use std::process::Command;

use super::issuing::{keys, with};
use super::{AT, demo, folder, judge, shown, stamp, status, text};

/// The page's text; `None`, with the reason printed, if pdftotext is not there.
fn page(file: &Path) -> Option<String> {
    match Command::new("pdftotext")
        .arg("-layout")
        .arg(file)
        .arg("-")
        .output()
    {
        Ok(output) => Some(text(&output.stdout)),
        Err(error) => {
            println!("skipped: pdftotext: {error}");
            None
        }
    }
}

#[test]
fn sentences_come_in_the_language_asked_for() {
    let forged = demo().0.join("forged/food-licence--appended.pdf");
    let said = |lang: &str| text(&judge("verify", &[&forged], AT, &["--lang", lang]).stdout);
    for (lang, has, lacks) in [
        ("en", "do NOT accept it", "不予采信"),
        ("zh", "不予采信", "do NOT accept it"),
    ] {
        let said = said(lang);
        assert!(said.contains(has) && !said.contains(lacks), "{said}");
    }
    let both = said("both");
    assert!(both.contains("do NOT accept it 不予采信"), "{both}");
    assert_eq!(status(&judge("verify", &[&forged], AT, &["--lang", "de"])), 3);
}

#[test]
fn record_is_the_same_every_time_and_can_be_sealed_by_who_files_it() {
    let (dir, options) = keys("filing", &[]);
    let file = demo().0.join("sealed/residence.pdf");
    let (record, again) = (dir.join("record.pdf"), dir.join("again.pdf"));
    for out in [&record, &again] {
        let more = [
            "--record",
            shown(out),
            "--asked-by",
            "滨海市住房公积金管理中心",
            "--purpose",
            "提取",
        ];
        assert_eq!(status(&judge("verify", &[&file], AT, &more)), 0);
    }
    let bytes = std::fs::read(&record).expect("record");
    assert!(bytes == std::fs::read(&again).expect("record"));
    if let Some(page) = page(&record) {
        for part in ["residence.pdf", "滨海市住房公积金管理中心", "提取", "核验记录"] {
            assert!(page.contains(part), "{part} in {page}");
        }
        assert!(!page.contains(shown(&file)), "the name alone, not where it lies");
    }
    // The place of the seal is in the record itself, so none has to be given.
    let sealed = dir.join("sealed.pdf");
    let made = with(
        &options,
        &["seal", shown(&record), "--out", shown(&sealed), "--at", AT],
    );
    assert_eq!(status(&made), 0, "{}", text(&made.stderr));
    assert!(text(&made.stderr).contains("PDF/A-3b") || text(&made.stdout).contains("PDF/A-3b"));
    let root = dir.join("root.pem");
    let verdict = stamp(&["verify", shown(&sealed), "--trust", shown(&root), "--at", AT]);
    assert_eq!(status(&verdict), 0, "{}", text(&verdict.stdout));
}

#[test]
fn several_records_go_to_a_folder_and_none_over_an_input() {
    let out = folder("records");
    let (demo, _) = demo();
    let good = demo.join("sealed/residence.pdf");
    let bad = demo.join("forged/food-licence--appended.pdf");
    let run =
        |files: &[&Path], record: &Path| status(&judge("verify", files, AT, &["--record", shown(record)]));
    assert_eq!(run(&[&good, &bad], &out), 1);
    for name in ["residence", "food-licence--appended"] {
        assert!(out.join(format!("{name}.record.pdf")).is_file(), "{name}");
    }
    assert_eq!(
        run(&[&good, &bad], &out.join("one.pdf")),
        3,
        "two records in one file"
    );
    let copy = out.join("copy.pdf");
    std::fs::copy(&good, &copy).expect("copy");
    assert_eq!(run(&[&copy], &copy), 3, "over the input");
    assert!(std::fs::read(&copy).expect("copy") == std::fs::read(&good).expect("file"));
    assert_eq!(run(&[&out.join("none.pdf")], &out.join("none.record.pdf")), 3);
    assert!(!out.join("none.record.pdf").exists(), "no verdict, no record");
    let alone = judge("verify", &[&good], AT, &["--purpose", "x"]);
    assert_eq!(status(&alone), 3, "a purpose without a record to write it in");
}

/// A file that is read once and not kept is named by its digest all the same.
#[test]
fn large_file_is_filed_by_its_digest() {
    let (dir, options) = keys("filing-large", &[]);
    let scan = super::large::scanned(&dir, 12);
    let sealed = dir.join("sealed.pdf");
    let mut arguments = vec!["seal", shown(&scan), "--out", shown(&sealed)];
    arguments.extend(super::large::PLACE);
    assert_eq!(status(&with(&options, &arguments)), 0);
    let (root, record) = (dir.join("root.pem"), dir.join("record.pdf"));
    let verdict = stamp(&[
        "verify",
        shown(&sealed),
        "--trust",
        shown(&root),
        "--at",
        "2030-06-03",
        "--record",
        shown(&record),
    ]);
    assert_eq!(status(&verdict), 0, "{}", text(&verdict.stdout));
    let bytes = std::fs::read(&sealed).expect("file");
    let digest = yinxin::crypto::DigestAlgorithm::Sha256.digest(&bytes);
    let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    if let Some(page) = page(&record) {
        for part in [hex, bytes.len().to_string()] {
            assert!(page.contains(&part), "{part} in {page}");
        }
    }
}
