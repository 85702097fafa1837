//! Drafts and sealed files are PDF/A-3b as far as their structure tells, and PDF/UA-1; the checks themselves are tried on veraPDF's corpus.

#[path = "../../tests/common/mod.rs"]
mod common;
mod verapdf;

use common::{Office, at};
use lopdf::{Document, Object};
use oracles::pdfa::violations;
use oracles::pdfua;
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
        assert_eq!(pdfua::violations(&document), [], "{what}");
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

#[test]
fn the_checks_of_level_b_find_what_verapdf_finds_but_for_what_is_explained() {
    let explained = include_str!("verapdf/pdfa.tsv");
    verapdf::compare("PDF_A-2b", explained, |_, bytes, document| {
        let mut found = violations(bytes, document);
        // Part 2 lets PDF/A files be embedded without saying how they are associated.
        found.retain(|(clause, _)| *clause != "6.8");
        found
    });
    let explained =
        "6-8-t02-pass-g.pdf\trefused\ta relationship of the writer's own; ours is one of the standard's";
    verapdf::compare("PDF_A-3b", explained, |_, bytes, document| {
        violations(bytes, document)
    });
}

#[test]
fn the_checks_of_pdfua_find_what_verapdf_finds_but_for_what_is_explained() {
    let explained = include_str!("verapdf/pdfua.tsv");
    verapdf::compare("PDF_UA-1", explained, |_, _, document| {
        let mut found = pdfua::violations(document);
        // What veraPDF does not ask: that no mark is named that is not there.
        found.retain(|(clause, _)| *clause != "own-marks");
        found
    });
}
