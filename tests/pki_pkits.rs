//! NIST's Public Key Interoperability Test Suite: paths, policies, name constraints and revocation lists, run from data.
//!
//! `test-vectors/pki/pkits.toml` lists the cases whose outcome differs, each with its reason. Refusing what PKITS accepts is a limit
//! of scope; accepting what PKITS refuses would be a fault, and no row may excuse it.

use std::path::{Path, PathBuf};

use yinxin::limits::Limits;
use yinxin::pki::{
    Certificate, Evidence, PathPolicy, PathQuestion, RevocationPolicy, TrustAnchors, VerifiedLinks,
};
use yinxin::time::Time;

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

fn texts(value: &serde_json::Value) -> Vec<String> {
    let list = value.as_array().into_iter().flatten();
    list.map(|text| text.as_str().unwrap().to_owned()).collect()
}

/// The outcome of `case`: how long the path is, or what is wrong.
fn outcome(case: &serde_json::Value) -> Result<usize, String> {
    let read = |folder: &str, name: &str| std::fs::read(corpus().join(folder).join(name)).unwrap();
    let certificate =
        |name: &str| Certificate::try_from(read("certs", name).as_slice()).map_err(|e| e.to_string());
    let leaf = certificate(case["cert"].as_str().unwrap())?;
    let between: Vec<Certificate> = texts(&case["other_certs"])
        .iter()
        .filter_map(|name| certificate(name).ok())
        .collect();
    let anchors = TrustAnchors::new(vec![certificate("TrustAnchorRootCertificate.crt")?]);
    let mut evidence = Evidence::new();
    let mut refused = vec![];
    let own = ["TrustAnchorRootCRL.crl".to_owned()];
    for name in texts(&case["crls"]).iter().chain(&own) {
        if let Err(e) = evidence.add_crl(&read("crls", name), &Limits::DEFAULT) {
            refused.push(format!("{name}: {e}"));
        }
    }
    let parameters = &case["params"];
    let flag = |name: &str| parameters[name].as_bool().unwrap_or(false);
    let mut policy = PathPolicy::default();
    policy.user_initial_policy_set = texts(&parameters["user_initial_policy_set"]);
    policy.initial_explicit_policy = flag("initial_explicit_policy");
    policy.initial_policy_mapping_inhibit = flag("initial_policy_mapping_inhibit");
    policy.initial_any_policy_inhibit = flag("initial_any_policy_inhibit");
    let at: Time = "2022-01-01T00:00:00Z".parse().unwrap();
    let mut question = PathQuestion::new(&between, &anchors, at).policy(policy);
    if case["revocation"].as_bool().unwrap_or(true) {
        question = question.revocation(&evidence, at, RevocationPolicy::default());
    }
    let found = question.find(&leaf, &mut VerifiedLinks::new(0));
    found
        .map(|path| path.certificates.len())
        .map_err(|e| format!("{e} {}", refused.join(", ")))
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
        match (outcome(case), row) {
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
