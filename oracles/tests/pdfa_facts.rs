//! Drafts and sealed files are the PDF/A they claim to be as far as the checks tell, and PDF/UA-1; the checks themselves are tried on veraPDF's corpus.

#[path = "../../tests/common/mod.rs"]
mod common;
mod verapdf;

use common::{Office, at, pictures};
use lopdf::{Document, Object};
use oracles::pdfa::violations;
use oracles::pdfua;
use oracles::reading::property;
use yinxin::compose::{BUILTIN, Conformance, Fonts, Template};
use yinxin::filing::{Subject, VerificationRecord};

const CONFORMANCES: [(Conformance, &str, &str); 3] = [
    (Conformance::A3b, "3", "B"),
    (Conformance::A2b, "2", "B"),
    (Conformance::A4f, "4", "F"),
];

/// One file of ours.
struct Made {
    what: String,
    bytes: Vec<u8>,
    sealed: bool,
    conformance: Conformance,
}

impl Made {
    fn new(what: String, bytes: Vec<u8>, sealed: bool, conformance: Conformance) -> Self {
        Self {
            what,
            bytes,
            sealed,
            conformance,
        }
    }
}

fn made() -> Vec<Made> {
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
        let what = format!("verification record, sealed with {key}");
        files.push(Made::new(what, sealed.into_bytes(), true, Conformance::A3b));
        let what = "verification record, draft".to_owned();
        files.push(Made::new(what, record.into_bytes(), false, Conformance::A3b));
        for name in BUILTIN {
            let what = format!("{name}, sealed with {key}");
            files.push(Made::new(
                what,
                office.issue(name).into_bytes(),
                true,
                Conformance::A3b,
            ));
        }
    }
    let office = Office::with_key("p256");
    for name in BUILTIN {
        let template = Template::builtin(name).unwrap();
        // Tibetan and Uyghur need the feature `shape`, which these tests are built without.
        let spoken = template
            .languages()
            .iter()
            .filter(|tag| !matches!(tag.as_str(), "bo" | "ug"));
        for language in spoken {
            let template = template.in_language(language).unwrap();
            let prepared = template.prepare(&Fonts::bundled()).unwrap();
            for (conformance, part, _) in CONFORMANCES {
                let prepared = prepared.clone().conforming_to(conformance);
                let draft = prepared.compose_with(&office.record(name), &pictures()).unwrap();
                let sealed = draft
                    .without_code()
                    .seal(&office.seal(), &office.signer(), at())
                    .unwrap();
                let what = format!("{name}, {language}, part {part}");
                files.push(Made::new(
                    format!("{what}, draft"),
                    draft.into_bytes(),
                    false,
                    conformance,
                ));
                files.push(Made::new(
                    format!("{what}, sealed"),
                    sealed.into_bytes(),
                    true,
                    conformance,
                ));
            }
        }
    }
    files
}

#[test]
fn drafts_and_sealed_files_break_no_rule_of_the_checks() {
    let mut broken = Vec::new();
    for made in made() {
        let document = Document::load_mem(&made.bytes).unwrap();
        let mut found = violations(&made.bytes, &document);
        let accessible = pdfua::violations(&document).into_iter();
        // PDF/UA-1 is about PDF 1.7, so that PDF/A-4 files do not claim it; they keep all the rest of it.
        found.extend(accessible.filter(|(test, _)| *test != "5-t01" || made.conformance != Conformance::A4f));
        if !found.is_empty() {
            broken.push(format!("{}: {found:?}", made.what));
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

/// What level B does not demand of every file, but of ours: ISO 19005-3, the clause beside each.
#[test]
fn drafts_and_sealed_files_say_what_they_are() {
    for Made {
        what,
        bytes,
        sealed,
        conformance,
    } in made()
    {
        let (_, part, level) = CONFORMANCES
            .into_iter()
            .find(|(own, ..)| *own == conformance)
            .unwrap();
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
        assert_eq!(property(&metadata, "pdfaid:part"), Some(part), "{what}: 6.6.4");
        assert_eq!(
            property(&metadata, "pdfaid:conformance"),
            Some(level),
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

        // Part 2 takes no other files than PDF/A.
        assert_eq!(catalog.has(b"AF"), conformance != Conformance::A2b, "{what}: 6.8");
        if let Ok(files) = catalog.get(b"AF").and_then(Object::as_array) {
            assert_eq!(files.len(), 1, "{what}: 6.8");
            let file = document.get_dictionary(files[0].as_reference().unwrap()).unwrap();
            assert_eq!(
                file.get(b"AFRelationship").unwrap().as_name().unwrap(),
                b"Data",
                "{what}: 6.8"
            );
        }

        let annotations: usize = document
            .page_iter()
            .map(|page| document.get_page_annotations(page).unwrap().len())
            .sum();
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
