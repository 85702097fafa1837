//! The record and the code that a sealed file carries, as data: `test-vectors/contents/NAME.toml`, one rule each, named after it.
//!
//! | key | meaning |
//! |---|---|
//! | `catalog` | entries of the catalog |
//! | `objects` | objects from 5 on; a stream is written `[entries] data` |
//! | `page` | entries of the page, object 3 |
//! | `outcome` | of the sealed file, under a list that lets the office issue the record |
//! | `codes` | the findings about record and code, all of them, most useful first |
//! | `says` | what the first of them was seen by |
//! | `clause`, `why` | the rule, and one sentence of why it matters |
//!
//! `{record}` stands for a record in hexadecimal, `{other}` for another one.

mod common;
#[path = "common/forge.rs"]
mod forge;

use std::collections::BTreeMap;

use common::{Office, at, path};
use serde::Deserialize;
use yinxin::draft::{Draft, Slots};
use yinxin::pdf::update::stream_body;
use yinxin::record::Record;
use yinxin::verify::{Code, Finding, Outcome, Report};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Vector {
    #[serde(default)]
    catalog: String,
    #[serde(default)]
    page: String,
    #[serde(default)]
    objects: BTreeMap<String, String>,
    outcome: String,
    codes: Vec<String>,
    #[serde(default)]
    says: String,
    clause: String,
    why: String,
}

fn hex(record: &Record) -> String {
    record
        .to_cbor()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

fn seal(office: &Office, objects: &[String]) -> Vec<u8> {
    // What the catalog says about slots is not asked: who forges vouches for it.
    let draft = Draft::new(forge::file(objects), Slots::default());
    let sealed = draft.without_code().place(forge::place());
    let sealed = sealed.seal(&forge::mark(), &office.signer(), at()).unwrap();
    sealed.into_bytes()
}

fn judged(catalog: &str, page: &str, more: &BTreeMap<String, String>) -> Report {
    let office = Office::with_key("p256");
    let own = hex(&office.record("residence"));
    let other = hex(&office.record("food-licence"));
    let body = |text: &str| {
        let text = text.replace("{record}", &own).replace("{other}", &other);
        match text.strip_prefix('[').and_then(|rest| rest.split_once("] ")) {
            Some((entries, data)) => {
                String::from_utf8(stream_body(entries.as_bytes(), data.as_bytes(), false)).unwrap()
            }
            None => text,
        }
    };
    let mut objects = vec![
        format!("<</Type/Catalog/Pages 2 0 R{catalog}>>"),
        "<</Type/Pages/Kids[3 0 R]/Count 1>>".to_owned(),
        format!("<</Type/Page/Parent 2 0 R/MediaBox[0 0 400 400]/Contents 4 0 R{page}>>"),
        body("[] 0 0 20 20 re f"),
    ];
    for (number, text) in more {
        assert_eq!(
            number.parse::<usize>().unwrap(),
            objects.len() + 1,
            "a number after the other"
        );
        objects.push(body(text));
    }
    office.verifier().verify_pdf(&seal(&office, &objects), at())
}

/// The findings about record and code.
fn about(report: &Report) -> Vec<&Finding> {
    let findings = report.findings.iter();
    findings
        .filter(|finding| {
            finding.code.name().starts_with("record.") || finding.code.name().starts_with("code.")
        })
        .collect()
}

#[test]
fn every_vector_of_what_a_file_carries_is_judged_as_it_says() {
    let mut wrong = vec![];
    let mut count = 0;
    for entry in std::fs::read_dir(path("test-vectors/contents")).unwrap() {
        let file = entry.unwrap().path();
        let name = file.file_stem().unwrap().to_str().unwrap().to_owned();
        let vector: Vector = toml::from_str(&std::fs::read_to_string(&file).unwrap())
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(!vector.clause.is_empty() && vector.why.len() > 20, "{name}");
        count += 1;
        let objects = vector
            .objects
            .iter()
            .map(|(number, text)| (format!("{number:0>3}"), text.clone()));
        let report = judged(&vector.catalog, &vector.page, &objects.collect());
        let outcome = match vector.outcome.as_str() {
            "authentic" => Outcome::Authentic,
            "not-authentic" => Outcome::NotAuthentic,
            "indeterminate" => Outcome::Indeterminate,
            other => panic!("{name}: no outcome {other}"),
        };
        let found = about(&report);
        let codes: Vec<&str> = found.iter().map(|finding| finding.code.name()).collect();
        let says = found.first().map_or("", |finding| finding.evidence.as_str());
        if report.outcome != outcome || codes != vector.codes || !says.contains(&vector.says) {
            wrong.push(format!("{name}: {:?} {:#?}", report.outcome, report.findings));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(count >= 30, "{count} vectors");
}

/// The first and the last day count (GB/T 36903: 有效期起始, 有效期截止), as days in China: at this moment it is the 2nd there.
#[test]
fn a_record_is_in_force_from_its_first_day_to_its_last() {
    let office = Office::with_key("p256");
    let at = common::time("2030-07-01T17:00:00Z");
    let report = |issued: &str, from: Option<&str>, to: Option<&str>| {
        let mut parts = office.record("residence").into_parts();
        parts.issued = issued.parse().unwrap();
        parts.valid_from = from.map(|day| day.parse().unwrap());
        parts.valid_to = to.map(|day| day.parse().unwrap());
        let record = hex(&Record::new(parts).unwrap());
        let attached = "<</Type/Filespec/F(record.cbor)/UF(record.cbor)/AFRelationship/Data/EF<</F 6 0 R>>>>";
        let stream = stream_body(b"/Filter/ASCIIHexDecode", format!("{record}>").as_bytes(), false);
        let file = seal(
            &office,
            &[
                "<</Type/Catalog/Pages 2 0 R/AF[5 0 R]>>".to_owned(),
                "<</Type/Pages/Kids[3 0 R]/Count 1>>".to_owned(),
                "<</Type/Page/Parent 2 0 R/MediaBox[0 0 400 400]/Contents 4 0 R>>".to_owned(),
                String::from_utf8(stream_body(b"", b"0 0 20 20 re f", false)).unwrap(),
                attached.to_owned(),
                String::from_utf8(stream).unwrap(),
            ],
        );
        let report = office.verifier().verify_pdf(&file, at);
        let codes: Vec<Code> = report.findings.iter().map(|finding| finding.code).collect();
        let at_fault = |code: &&Code| matches!(code, Code::RecordExpired | Code::RecordNotYetValid);
        codes.iter().find(at_fault).copied()
    };
    let (expired, early) = (Some(Code::RecordExpired), Some(Code::RecordNotYetValid));
    for (issued, from, to, expected) in [
        ("2030-07-02", None, None, None),
        ("2030-07-03", None, None, early),
        ("2030-01-01", Some("2030-07-02"), None, None),
        ("2030-01-01", Some("2030-07-03"), None, early),
        ("2030-01-01", None, Some("2030-07-02"), None),
        ("2030-01-01", None, Some("2030-07-01"), expired),
    ] {
        assert_eq!(report(issued, from, to), expected, "{issued} {from:?} {to:?}");
    }
}

/// Nodes may share one long list: what is walked is bounded, not only what there is.
#[test]
fn a_tree_of_attached_files_that_is_walked_for_ever_is_doubt() {
    let node = "<</Names 6 0 R>>".repeat(2000);
    let pair = "(a)7 0 R".repeat(2000);
    let objects = BTreeMap::from([
        ("005".to_owned(), format!("<</Kids[{node}]>>")),
        ("006".to_owned(), format!("[{pair}]")),
        ("007".to_owned(), "<</F(a)>>".to_owned()),
    ]);
    let report = judged("/Names<</EmbeddedFiles 5 0 R>>", "", &objects);
    let found = about(&report);
    assert_eq!(found[0].code, Code::RecordMalformed, "{:?}", report.findings);
}
