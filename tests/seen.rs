//! What can change what is shown without a byte being changed, as data: `test-vectors/seen/NAME.toml`, one way each, and
//! look-alikes (`honest_*`) that have to stay silent or without weight.
//!
//! | key | meaning |
//! |---|---|
//! | `catalog`, `page`, `resources` | more entries of the catalog (1), of the one page (3) and of its resources |
//! | `content` | the page's content (4) |
//! | `object`, `stream` | further objects |
//! | `facts` | what `View::mutable` says of all of it: `Kind at path`, in order |
//! | `codes` | what the linter makes of it, in order of rank |
//! | `clause`, `why` | the rule, and one sentence of why it matters |

mod common;
#[path = "common/forge.rs"]
mod forge;

use std::collections::BTreeMap;

use common::{Office, at, path};
use forge::{file, open, seal};
use serde::Deserialize;
use yinxin::draft::Draft;
use yinxin::limits::Limits;
use yinxin::payload::Payload;
use yinxin::pdf::edit::DictionaryEdit;
use yinxin::pdf::mutable::{FactKind, Look, MOST_FACTS};
use yinxin::pdf::update::{Update, stream_body};
use yinxin::seal::DocMdp;
use yinxin::verify::{Code, Outcome, Report, Severity};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Vector {
    #[serde(default)]
    catalog: String,
    #[serde(default)]
    page: String,
    #[serde(default)]
    resources: String,
    #[serde(default)]
    content: String,
    #[serde(default)]
    object: Vec<Object>,
    #[serde(default)]
    stream: Vec<Stream>,
    facts: Vec<String>,
    codes: Vec<String>,
    clause: String,
    why: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Object {
    number: usize,
    body: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Stream {
    number: usize,
    entries: String,
    data: String,
}

impl Vector {
    fn file(&self) -> Vec<u8> {
        let stream = |entries: &str, data: &str| {
            String::from_utf8(stream_body(entries.as_bytes(), data.as_bytes(), false)).unwrap()
        };
        let mut objects = BTreeMap::from([
            (1, format!("<</Type/Catalog/Pages 2 0 R{}>>", self.catalog)),
            (
                2,
                "<</Type/Pages/Kids[3 0 R]/Count 1/MediaBox[0 0 200 200]>>".to_owned(),
            ),
            (
                3,
                format!(
                    "<</Type/Page/Parent 2 0 R/Resources<<{}>>/Contents 4 0 R{}>>",
                    self.resources, self.page
                ),
            ),
            (4, stream("", &self.content)),
        ]);
        objects.extend(self.object.iter().map(|o| (o.number, o.body.clone())));
        objects.extend(
            self.stream
                .iter()
                .map(|s| (s.number, stream(&s.entries, &s.data))),
        );
        let last = *objects.keys().next_back().unwrap();
        let bodies = (1..=last).map(|number| objects.remove(&number).unwrap_or("null".to_owned()));
        file(&bodies.collect::<Vec<_>>())
    }
}

fn vectors() -> BTreeMap<String, Vector> {
    let mut vectors = BTreeMap::new();
    for entry in std::fs::read_dir(path("test-vectors/seen")).unwrap() {
        let file = entry.unwrap().path();
        let name = file.file_stem().unwrap().to_str().unwrap().to_owned();
        let text = std::fs::read_to_string(&file).unwrap();
        let vector = toml::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
        vectors.insert(name, vector);
    }
    vectors
}

fn codes(findings: &[yinxin::verify::Finding]) -> Vec<&'static str> {
    findings.iter().map(|finding| finding.code.name()).collect()
}

#[test]
fn facts_and_codes_are_those_of_the_vectors() {
    let vectors = vectors();
    assert!(vectors.len() >= 79, "{} vectors", vectors.len());
    let mut wrong = vec![];
    for (name, vector) in &vectors {
        assert!(!vector.clause.is_empty() && vector.why.len() > 20, "{name}");
        let file = vector.file();
        let facts = open(&file).newest().mutable(Look::Whole).unwrap();
        let facts: Vec<String> = facts
            .iter()
            .map(|fact| format!("{:?} at {}", fact.kind, fact.path))
            .collect();
        let lint = Draft::open(file, &Limits::DEFAULT)
            .unwrap()
            .lint(&Limits::DEFAULT)
            .unwrap();
        if facts != vector.facts || codes(&lint) != vector.codes {
            wrong.push(format!("{name}: {facts:?} {:?}", codes(&lint)));
        }
        if name.starts_with("honest_") {
            let heavy = lint
                .iter()
                .find(|finding| finding.code.severity() != Severity::Note);
            assert!(heavy.is_none(), "{name}: {heavy:?}");
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_the_linter_weighs_the_verifier_weighs_the_same() {
    let office = Office::with_key("p256");
    let verifier = office.verifier();
    for (name, vector) in vectors() {
        if name.starts_with("xfa_") {
            println!("{name}: not sealed, because sealing refuses forms with XFA");
            continue;
        }
        let sealed = seal(&office, vector.file(), Some(DocMdp::NoChanges));
        let report = verifier.verify_pdf(&sealed, at());
        let doubts = |codes: Vec<&'static str>| -> Vec<&'static str> {
            let all = Code::ALL.iter().filter(|code| code.severity() != Severity::Note);
            let heavy: Vec<_> = all.map(|code| code.name()).collect();
            codes.into_iter().filter(|code| heavy.contains(code)).collect()
        };
        let expected: Vec<&'static str> = Code::ALL
            .iter()
            .map(|code| code.name())
            .filter(|code| vector.codes.iter().any(|own| own == code))
            .collect();
        let found = doubts(codes(&report.findings));
        let found: Vec<_> = found
            .into_iter()
            .filter(|code| code.starts_with("seen."))
            .collect();
        assert_eq!(found, doubts(expected), "{name}: {:?}", report.findings);
        let heavy = !found.is_empty();
        let expected = if heavy {
            Outcome::Indeterminate
        } else {
            Outcome::Authentic
        };
        assert_eq!(report.outcome, expected, "{name}: {:?}", report.findings);
        // What only an update could bring out is for the issuer, not for the clerk.
        let for_issuers = ["seen.unused-content", "seen.dangling-reference", "seen.fillable"];
        assert!(
            !codes(&report.findings)
                .iter()
                .any(|code| for_issuers.contains(code)),
            "{name}"
        );
    }
}

/// The composed result with `more` changed in it by an update, sealed with its code.
fn result(change: impl FnOnce(&mut Update, &yinxin::pdf::Document<'_>, yinxin::pdf::Ref)) -> Vec<u8> {
    let office = Office::with_key("p256");
    let draft = office.draft("residence");
    let bytes = draft.bytes().to_vec();
    let more = {
        let document = open(&bytes);
        let page = document.newest().pages().unwrap()[0].id;
        let mut update = Update::new(&document);
        change(&mut update, &document, page);
        update.finish().unwrap().bytes
    };
    let bytes = [bytes, more].concat();
    let draft = Draft::open(bytes, &Limits::DEFAULT).unwrap();
    draft
        .bind(Payload::of(&office.record("residence")))
        .allow(yinxin::seal::Allow::Overlap)
        .seal(&office.seal(), &office.signer(), at())
        .unwrap()
        .into_bytes()
}

fn judged(file: &[u8]) -> Report {
    Office::with_key("p256").verifier().verify_pdf(file, at())
}

fn has(report: &Report, code: Code) -> bool {
    report.findings.iter().any(|finding| finding.code == code)
}

#[test]
fn an_honest_result_has_no_finding_of_what_is_seen() {
    let file = Office::with_key("p256").issue("residence").into_bytes();
    let report = judged(&file);
    assert_eq!(report.outcome, Outcome::Authentic);
    let seen: Vec<_> = codes(&report.findings)
        .into_iter()
        .filter(|c| c.starts_with("seen."))
        .collect();
    assert!(seen.is_empty(), "{:?}", report.findings);
}

/// The page with `entries` set, in an update before sealing.
fn with_page(entries: &[(&str, &str)], more: &[&[u8]]) -> Vec<u8> {
    result(|update, document, page| {
        let new: Vec<String> = more
            .iter()
            .map(|body| {
                let id = update.allocate();
                update.put(id, body.to_vec());
                id.to_string()
            })
            .collect();
        let object = document.newest().object(page).unwrap().unwrap();
        let mut edit = DictionaryEdit::new(object.raw(), object.dictionary().unwrap());
        for (key, value) in entries {
            let mut value = (*value).to_owned();
            for (index, id) in new.iter().enumerate() {
                value = value.replace(&format!("{{{index}}}"), id);
            }
            edit.set(key.as_bytes(), value.as_bytes());
        }
        update.put(page, edit.finish());
    })
}

/// Where the composed residence certificate has its code, about: lower left corner and side, in points.
const CODE: (f64, f64, f64) = (60.0, 60.0, 60.0);

#[test]
fn an_annotation_over_the_code_is_a_doubt() {
    let (x, y, side) = CODE;
    let area = stream_body(b"/Subtype/Form/BBox[0 0 9 9]", b"0 0 9 9 re f", false);
    for (rectangle, flags, covered) in [
        (format!("{x} {y} {} {}", x + side, y + side), 4, true),
        // Elsewhere on the page, or hidden: the code is as it was.
        ("300 700 340 740".to_owned(), 4, false),
        (format!("{x} {y} {} {}", x + side, y + side), 2, false),
    ] {
        let stamp = format!("<</Type/Annot/Subtype/Stamp/F {flags}/Rect[{rectangle}]/AP<</N {{0}}>>>>");
        let file = with_page(&[("Annots", &format!("[{stamp}]"))], &[&area]);
        let report = judged(&file);
        assert_eq!(
            has(&report, Code::SeenCodeCovered),
            covered,
            "{rectangle}: {:?}",
            report.findings
        );
        let expected = if covered {
            Outcome::Indeterminate
        } else {
            Outcome::Authentic
        };
        assert_eq!(report.outcome, expected, "{:?}", report.findings);
    }
}

#[test]
fn what_the_page_paints_over_the_code_is_a_doubt() {
    let content = |extra: &str| {
        let office = Office::with_key("p256");
        let draft = office.draft("residence");
        let document = open(draft.bytes());
        let page = document.newest().pages().unwrap().remove(0);
        let contents = page.dictionary().unwrap().find(b"Contents").unwrap();
        let parts = match contents.as_array() {
            Some(parts) => parts.to_vec(),
            None => vec![contents.clone()],
        };
        let parts = parts.iter().map(|part| part.as_reference().unwrap().to_string());
        let old = parts.collect::<Vec<_>>().join(" ");
        let more = stream_body(b"", extra.as_bytes(), false);
        judged(&with_page(&[("Contents", &format!("[{old} {{0}}]"))], &[&more]))
    };
    let (x, y, side) = CODE;
    let over = content(&format!("1 g {x} {y} {side} {side} re f"));
    assert!(has(&over, Code::SeenCodeCovered), "{:?}", over.findings);
    assert_eq!(over.outcome, Outcome::Indeterminate);
    let beside = content("1 g 300 700 30 30 re f");
    assert!(!has(&beside, Code::SeenCodeCovered), "{:?}", beside.findings);
    assert_eq!(beside.outcome, Outcome::Authentic);
}

#[test]
fn an_annotation_over_an_earlier_seal_is_a_doubt() {
    let office = Office::with_key("p256");
    let first = seal(&office, forge::page(200, 200, ""), None);
    let over = |subtype: &str, rectangle: &str| {
        let document = open(&first);
        let view = document.newest();
        let page = &view.pages().unwrap()[0];
        let mut update = Update::new(&document);
        let form = update.allocate();
        update.put(
            form,
            stream_body(b"/Subtype/Form/BBox[0 0 9 9]", b"0 0 9 9 re f", false),
        );
        let annotation = update.allocate();
        let body = format!("<</Type/Annot/Subtype/{subtype}/F 4/Rect[{rectangle}]/AP<</N {form}>>>>");
        update.put(annotation, body.into_bytes());
        let widget = page.dictionary().unwrap().find(b"Annots").unwrap();
        let widget = view.resolve(widget).unwrap().as_array().unwrap()[0]
            .as_reference()
            .unwrap();
        let object = view.object(page.id).unwrap().unwrap();
        let mut edit = DictionaryEdit::new(object.raw(), object.dictionary().unwrap());
        edit.set(b"Annots", format!("[{widget} {annotation}]").into_bytes());
        update.put(page.id, edit.finish());
        let file = [first.clone(), update.finish().unwrap().bytes].concat();
        let report = judged(&seal(&office, file, None));
        has(&report, Code::SeenSealCovered)
    };
    assert!(over("Stamp", "80 110 90 120"));
    assert!(!over("Stamp", "0 0 9 9"), "beside the seal");
    assert!(!over("Link", "80 110 90 120"), "a link shows nothing");
}

/// The codes that no vector can state, because they are about more than one page and its entries; the tests above and below
/// reach them.
const BY_TESTS: [Code; 3] = [Code::SeenCodeCovered, Code::SeenSealCovered, Code::SeenNotRead];

#[test]
fn every_code_of_what_is_seen_is_reached() {
    let vectors = vectors();
    let stated = |code: &Code| {
        vectors
            .values()
            .any(|vector| vector.codes.iter().any(|own| own == code.name()))
    };
    let seen = Code::ALL.iter().filter(|code| code.name().starts_with("seen."));
    let missed: Vec<_> = seen
        .filter(|code| !stated(code) && !BY_TESTS.contains(code))
        .collect();
    assert!(missed.is_empty(), "{missed:?}");
}

#[test]
fn more_facts_than_are_kept_are_not_passed_over_in_silence() {
    let annotation = "<</Type/Annot/Subtype/3D/Rect[0 0 9 9]>>";
    let annotations = annotation.repeat(MOST_FACTS + 5);
    let file = file(&[
        "<</Type/Catalog/Pages 2 0 R>>".to_owned(),
        "<</Type/Pages/Kids[3 0 R]/Count 1/MediaBox[0 0 200 200]>>".to_owned(),
        format!("<</Type/Page/Parent 2 0 R/Annots[{annotations}]>>"),
    ]);
    let facts = open(&file).newest().mutable(Look::Shown).unwrap();
    assert_eq!(facts.len(), MOST_FACTS);
    assert_eq!(facts.last().unwrap().kind, FactKind::NotRead);
}

#[test]
fn a_file_larger_than_the_limits_is_said_not_to_be_looked_at() {
    let mut limits = Limits::DEFAULT;
    limits.pdf_objects = 100;
    let items = "<</Q 0>>".repeat(2000);
    let file = file(&[
        format!("<</Type/Catalog/Pages 2 0 R/Other[{items}]>>"),
        "<</Type/Pages/Kids[3 0 R]/Count 1/MediaBox[0 0 200 200]>>".to_owned(),
        "<</Type/Page/Parent 2 0 R>>".to_owned(),
    ]);
    let document = yinxin::pdf::Document::open(&file, &limits).unwrap();
    let facts = document.newest().mutable(Look::Shown).unwrap();
    assert!(
        facts.iter().any(|fact| fact.kind == FactKind::NotRead),
        "{facts:?}"
    );
    let lint = Draft::open(file, &limits).unwrap().lint(&limits).unwrap();
    assert!(codes(&lint).contains(&Code::SeenNotRead.name()), "{lint:?}");
}

#[test]
fn valid_signed_files_of_others_are_free_of_doubt() {
    let corpora = path("../shared/corpora/pdf");
    let Ok(expected) = std::fs::read_to_string(corpora.join("EXPECTED.tsv")) else {
        println!("skipped: {} is not there", corpora.display());
        return;
    };
    let valid = expected.lines().filter_map(|line| {
        let mut columns = line.split('\t');
        let (file, verdict) = (columns.next()?, columns.nth(1)?);
        verdict.starts_with("VALID").then_some(file)
    });
    let (mut looked, mut doubts) = (0, vec![]);
    for name in valid {
        let Ok(bytes) = std::fs::read(corpora.join(name)) else {
            println!("{name}: not there");
            continue;
        };
        let report = yinxin::verify::Verifier::new(yinxin::verify::Trust::new()).verify_pdf(&bytes, at());
        let Ok(draft) = Draft::open(bytes, &Limits::DEFAULT) else {
            println!("{name}: not read");
            continue;
        };
        let Ok(lint) = draft.lint(&Limits::DEFAULT) else {
            println!("{name}: not linted");
            continue;
        };
        looked += 1;
        let seen = report.findings.iter().chain(&lint);
        let seen = seen.filter(|finding| finding.code.name().starts_with("seen."));
        for finding in seen {
            if finding.code.severity() == Severity::Note {
                println!("{name}: {finding}");
            } else {
                doubts.push(format!("{name}: {finding}"));
            }
        }
    }
    assert!(looked > 20, "{looked} files looked at");
    assert!(doubts.is_empty(), "{}", doubts.join("\n"));
}

#[test]
fn the_revision_a_seal_stands_for_verifies_by_itself() {
    let office = Office::with_key("p256");
    let first = seal(&office, forge::page(200, 200, ""), None);
    let both = seal(&office, first.clone(), None);
    let report = judged(&both);
    let revisions: Vec<&[u8]> = report
        .seals
        .iter()
        .map(|seal| seal.sealed_revision(&both).unwrap())
        .collect();
    assert_eq!(revisions, [first.as_slice(), both.as_slice()]);
    assert_eq!(judged(revisions[0]).outcome, Outcome::Authentic);
    let cut = &both[..first.len() - 1];
    assert_eq!(
        report.seals[0].sealed_revision(cut),
        None,
        "a shorter file has none"
    );
}
