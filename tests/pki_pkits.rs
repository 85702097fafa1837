//! NIST's Public Key Interoperability Test Suite: paths, policies, name constraints and revocation lists, run from data.
//!
//! `test-vectors/pki/pkits.toml` lists the cases whose outcome differs, each with its reason. Refusing what PKITS accepts is a limit
//! of scope; accepting what PKITS refuses would be a fault, and no row may excuse it.

#[path = "common/pkits.rs"]
mod pkits;

use std::path::{Path, PathBuf};

use pkits::outcome;

/// A case whose outcome differs.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    cases: Vec<String>,
    said: String,
    why: String,
}

#[derive(Default, serde::Deserialize)]
struct Rows {
    #[serde(default)]
    row: Vec<Row>,
}

fn corpus() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../shared/corpora/pdf/pyhanko/pkgs/pyhanko-certvalidator/tests/fixtures/nist_pkits")
}

fn exceptions() -> Rows {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("test-vectors/pki/pkits.toml");
    toml::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

#[test]
fn nist_pkits() {
    let Ok(cases) = std::fs::read(corpus().join("pkits.json")) else {
        println!("skipped: PKITS is not at {}", corpus().display());
        return;
    };
    let cases: Vec<serde_json::Value> = serde_json::from_slice(&cases).unwrap();
    assert_eq!(cases.len(), 246);
    let rows = exceptions().row;
    assert!(rows.iter().all(|row| !row.why.is_empty() && !row.said.is_empty()));
    let (mut agreed, mut differ, mut wrong) = (0, 0, vec![]);
    for case in &cases {
        let id = format!(
            "{} {}",
            case["id"].as_str().unwrap(),
            case["name"].as_str().unwrap()
        );
        let row = rows.iter().find(|row| row.cases.contains(&id));
        let expected_good = case["error"].is_null();
        let length = case["path_len"].as_u64().unwrap();
        match (outcome(&corpus(), case), row) {
            (Ok(found), None) if expected_good && found as u64 == length => agreed += 1,
            (Err(_), None) if !expected_good => agreed += 1,
            // Never the other way round.
            (Err(said), Some(row)) if expected_good && said.contains(&row.said) => differ += 1,
            (found, _) => wrong.push(format!("{id}: {found:?}, PKITS {}", case["error"]["class"])),
        }
    }
    println!("{agreed} PKITS cases agree, {differ} are refused for a reason given");
    let excused: usize = rows.iter().map(|row| row.cases.len()).sum();
    assert_eq!(differ, excused, "a row about no case");
    assert!(
        wrong.is_empty(),
        "{} unexpected or stale:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}
