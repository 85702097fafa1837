//! Forged documents as data: `test-vectors/documents/reject/NAME.toml`, one attack each, named after the rule it breaks.
//!
//! | key | meaning |
//! |---|---|
//! | `base` | what is forged: `small` (a page sealed without record or code), `roomy` (the same with room in its signature value),
//! | | `result` (a composed result), `draft` and `page` (not sealed) |
//! | `edit` | what is done to it, in order; see [`Edit`] in `common/edit.rs` |
//! | `seal` | `true` if the edited file is sealed only then, by an office that may |
//! | `expect`, `codes` | the outcome, and findings that must be there, the leading one first |
//! | `clause`, `why` | the rule, and one sentence of why it matters |

mod common;
#[path = "common/edit.rs"]
mod edit;
#[path = "common/forge.rs"]
mod forge;

use common::{Office, at, path, time};
use edit::{Edit, Names, apply};
use forge::Form;
use serde::Deserialize;
use yinxin::seal::DocMdp;
use yinxin::verify::{Code, Outcome};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Vector {
    base: String,
    #[serde(default)]
    edit: Vec<Edit>,
    #[serde(default)]
    seal: bool,
    at: Option<String>,
    expect: Expect,
    codes: Vec<String>,
    clause: String,
    why: String,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq)]
#[serde(rename_all = "kebab-case")]
enum Expect {
    Indeterminate,
    NotAuthentic,
}

fn base(office: &Office, name: &str) -> Vec<u8> {
    match name {
        "small" => forge::small(office),
        "roomy" => forge::roomy(office),
        "result" => office.issue("residence").into_bytes(),
        "draft" => office.draft("residence").into_bytes(),
        "page" => forge::page(200, 200, "0 0 20 20 re f"),
        other => panic!("no base {other}"),
    }
}

#[test]
fn forged_documents_are_refused_for_the_reason_they_state() {
    let office = Office::with_key("ed25519");
    let mut paths: Vec<_> = std::fs::read_dir(path("test-vectors/documents/reject"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    paths.sort();
    assert!(paths.len() >= 25, "{} vectors", paths.len());
    let mut wrong = vec![];
    for path in paths {
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let vector: Vector = toml::from_str(&std::fs::read_to_string(&path).unwrap())
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(!vector.clause.is_empty() && !vector.why.is_empty(), "{name}");
        let mut file = base(&office, &vector.base);
        let names = Names::of(
            &file,
            matches!(vector.base.as_str(), "small" | "roomy" | "result"),
        );
        for edit in &vector.edit {
            apply(&names, &mut file, edit, Form::Table, &|name| base(&office, name));
        }
        if vector.seal {
            file = forge::seal(&office, file, Some(DocMdp::NoChanges));
        }
        let moment = vector.at.as_deref().map_or(at(), time);
        let report = office.verifier().verify_pdf(&file, moment);
        let outcome = match report.outcome {
            Outcome::NotAuthentic => Some(Expect::NotAuthentic),
            Outcome::Indeterminate => Some(Expect::Indeterminate),
            _ => None,
        };
        let found: Vec<&str> = report
            .findings
            .iter()
            .map(|finding| finding.code.name())
            .collect();
        let known = |code: &String| Code::ALL.iter().any(|known| known.name() == code);
        let as_stated = outcome == Some(vector.expect)
            && vector.codes.iter().all(known)
            && vector.codes.first().map(String::as_str) == found.first().copied()
            && vector.codes.iter().all(|code| found.contains(&code.as_str()));
        if !as_stated {
            wrong.push(format!(
                "{name}: expected {:?} {:?}, found {:?} {:#?}",
                vector.expect, vector.codes, report.outcome, report.findings
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The machinery must not be what is refused: without edits the bases are authentic.
#[test]
fn unedited_bases_are_authentic() {
    let office = Office::with_key("ed25519");
    for name in ["small", "roomy", "result"] {
        let report = office.verifier().verify_pdf(&base(&office, name), at());
        assert_eq!(
            report.outcome,
            Outcome::Authentic,
            "{name}: {:#?}",
            report.findings
        );
    }
    for name in ["draft", "page"] {
        let sealed = forge::seal(&office, base(&office, name), Some(DocMdp::NoChanges));
        let report = office.verifier().verify_pdf(&sealed, at());
        assert_eq!(
            report.outcome,
            Outcome::Authentic,
            "{name}: {:#?}",
            report.findings
        );
    }
}
