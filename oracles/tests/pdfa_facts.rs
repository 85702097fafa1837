//! Drafts and sealed files are PDF/A-3b as far as their structure tells; the checks themselves are tried on veraPDF's corpus.

#[path = "../../tests/common/mod.rs"]
mod common;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use common::{Office, at};
use lopdf::{Document, Object};
use oracles::pdfa::violations;
use oracles::reading::property;
use yinxin::compose::BUILTIN;
use yinxin::filing::{Subject, VerificationRecord};

fn office_files() -> Vec<(String, Vec<u8>)> {
    let mut files = Vec::new();
    for key in ["p256", "rsa3072"] {
        let office = Office::with_key(key);
        let report = office.verifier().verify_pdf(b"x", at());
        let record = VerificationRecord::new(&report, Subject::of("x.pdf", b"x"));
        let record = record.asked_by("滨海市住房公积金管理中心").compose().unwrap();
        let sealed = record
            .without_code()
            .seal(&office.seal(), &office.signer(), at())
            .unwrap();
        files.push((
            format!("verification record, sealed with {key}"),
            sealed.into_bytes(),
        ));
        files.push(("verification record, draft".to_owned(), record.into_bytes()));
        for name in BUILTIN {
            files.push((format!("{name}, draft"), office.draft(name).into_bytes()));
            files.push((
                format!("{name}, sealed with {key}"),
                office.issue(name).into_bytes(),
            ));
        }
    }
    files
}

#[test]
fn drafts_and_sealed_files_break_no_rule_of_the_checks() {
    for (what, bytes) in office_files() {
        let document = Document::load_mem(&bytes).unwrap();
        assert_eq!(violations(&bytes, &document), [], "{what}");
    }
}

/// What level B does not demand of every file, but of ours: ISO 19005-3, the clause beside each.
#[test]
fn drafts_and_sealed_files_say_what_they_are() {
    for (what, bytes) in office_files() {
        let document = Document::load_mem(&bytes).unwrap();
        let catalog = document.catalog().unwrap();
        let metadata = document
            .dereference(catalog.get(b"Metadata").unwrap())
            .unwrap()
            .1
            .as_stream()
            .unwrap();
        let metadata = metadata.get_plain_content().unwrap();
        let metadata = String::from_utf8(metadata).unwrap();
        assert_eq!(property(&metadata, "pdfaid:part"), Some("3"), "{what}: 6.6.4");
        assert_eq!(
            property(&metadata, "pdfaid:conformance"),
            Some("B"),
            "{what}: 6.6.4"
        );
        assert!(
            catalog.has(b"OutputIntents"),
            "{what}: 6.2.3, device colours need it"
        );
        assert!(catalog.has(b"Lang"), "{what}: 6.7.4, readers that speak need it");

        let fonts: Vec<_> = document
            .objects
            .values()
            .filter_map(|object| object.as_dict().ok())
            .filter(|dictionary| dictionary.get(b"Subtype").and_then(Object::as_name).ok() == Some(b"Type0"))
            .collect();
        assert!(!fonts.is_empty(), "{what}");
        for font in fonts {
            let map = document
                .dereference(font.get(b"ToUnicode").expect("6.2.11.7.2"))
                .unwrap()
                .1;
            let map = map.as_stream().unwrap().get_plain_content().unwrap();
            let map = String::from_utf8(map).unwrap();
            assert!(
                map.contains("beginbfchar") || map.contains("beginbfrange"),
                "{what}: 6.2.11.7.2"
            );
        }

        let files = catalog.get(b"AF").unwrap().as_array().unwrap();
        assert_eq!(files.len(), 1, "{what}: 6.8");
        let file = document.get_dictionary(files[0].as_reference().unwrap()).unwrap();
        assert_eq!(
            file.get(b"AFRelationship").unwrap().as_name().unwrap(),
            b"Data",
            "{what}: 6.8"
        );

        let annotations: usize = document
            .page_iter()
            .map(|page| document.get_page_annotations(page).unwrap().len())
            .sum();
        let sealed = what.contains("sealed");
        assert_eq!(annotations, usize::from(sealed), "{what}: the widget of the seal");
        assert_eq!(catalog.has(b"AcroForm"), sealed, "{what}");
    }
}

/// The clauses that the checks cover, so that the corpus shows whether each of them finds anything.
const COVERED: [&str; 22] = [
    "6.1.2",
    "6.1.3",
    "6.1.12",
    "6.1.13",
    "6.2.3",
    "6.2.4.3",
    "6.2.5",
    "6.2.8.1",
    "6.2.9.1",
    "6.2.9.2",
    "6.2.10",
    "6.3.1",
    "6.3.2",
    "6.3.3",
    "6.5.1",
    "6.6.4",
    "6.2.11.3.2",
    "6.2.11.4.1",
    "6.4.1",
    "6.4.2",
    "6.6.2.1",
    "6.8",
];

/// Files that veraPDF passes and the checks do not, or that are not read. Stale entries fail.
const EXCEPTIONS: [(&str, &str); 8] = [
    ("veraPDF test suite 6-1-12-t02-pass-a.pdf", UNUSED),
    ("veraPDF test suite 6-2-10-t05-pass-a.pdf", UNUSED),
    ("veraPDF test suite 6-3-3-t02-pass-a.pdf", UNUSED),
    ("veraPDF test suite 6-3-3-t02-pass-b.pdf", UNUSED),
    ("veraPDF test suite 6-4-1-t02-pass-a.pdf", UNUSED),
    ("veraPDF test suite 6-8-t02-pass-d.pdf", UNUSED),
    ("veraPDF test suite 6-8-t02-pass-e.pdf", UNUSED),
    (
        "veraPDF test suite 6-8-t02-pass-g.pdf",
        "a relationship of the writer's own; ours is one of the standard's",
    ),
];
const UNUSED: &str =
    "6.2.11.4.1 asks for the fonts that are used to draw; these stand in the form's resources alone";

#[test]
fn the_checks_accept_what_verapdf_accepts_and_find_something_in_every_clause() {
    let root =
        std::env::var_os("PDF_CORPUS").map_or_else(|| common::path("../shared/corpora/pdf"), PathBuf::from);
    let mut files = Vec::new();
    for part in ["PDF_A-2b", "PDF_A-3b"] {
        collect(&root.join("verapdf").join(part), &mut files);
    }
    files.sort();
    if files.is_empty() {
        println!("skipped: no corpus of veraPDF at {}", root.display());
        return;
    }
    let (mut passed, mut wrong) = (0, BTreeMap::new());
    let mut detected: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for path in &files {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let bytes = std::fs::read(path).unwrap();
        let Ok(document) = Document::load_mem(&bytes) else {
            continue;
        };
        let mut found = violations(&bytes, &document);
        if path.components().any(|part| part.as_os_str() == "PDF_A-2b") {
            // Part 2 lets PDF/A files be embedded without saying how they are associated.
            found.retain(|(clause, _)| *clause != "6.8");
        }
        if name.contains("-pass-") {
            passed += 1;
            if !found.is_empty() {
                wrong.insert(name, found);
            }
        } else {
            let clause = name
                .split(' ')
                .nth(3)
                .and_then(|rest| rest.split("-t").next())
                .unwrap_or_default();
            let clause = clause.replace('-', ".");
            if let Some(clause) = COVERED.iter().find(|covered| **covered == clause) {
                let (hit, all) = detected.entry(clause).or_default();
                *all += 1;
                *hit += usize::from(found.iter().any(|(found, _)| found == clause));
            }
        }
    }
    println!("{passed} files that pass; of those that fail, by clause found and all: {detected:?}");
    let excepted: BTreeSet<&str> = EXCEPTIONS.iter().map(|(name, _)| *name).collect();
    for (name, found) in wrong.iter().filter(|(name, _)| !excepted.contains(name.as_str())) {
        println!("{name}: {found:?}");
    }
    let names: BTreeSet<&str> = wrong.keys().map(String::as_str).collect();
    assert_eq!(names, excepted, "wrongly refused, or a stale exception");
    assert!(passed > 300, "{passed}");
    for clause in COVERED {
        let (hit, all) = detected.get(clause).copied().unwrap_or_default();
        assert!(hit > 0, "{clause}: {hit} of {all} files that break it are found");
    }
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "pdf") {
            files.push(path);
        }
    }
}
