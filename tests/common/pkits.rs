//! A case of NIST's PKITS, asked with its lists, its policies and its flags.

use std::path::Path;

use yinxin::limits::Limits;
use yinxin::pki::{Certificate, Evidence, PathPolicy, PathQuestion, RevocationPolicy, TrustAnchors};
use yinxin::time::Time;

fn texts(value: &serde_json::Value) -> Vec<String> {
    let list = value.as_array().into_iter().flatten();
    list.map(|text| text.as_str().unwrap().to_owned()).collect()
}

/// The outcome of `case`: how long the path is, or what is wrong.
pub fn outcome(corpus: &Path, case: &serde_json::Value) -> Result<usize, String> {
    let read = |folder: &str, name: &str| std::fs::read(corpus.join(folder).join(name)).unwrap();
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
    let found = question.find(&leaf);
    found
        .map(|path| path.certificates.len())
        .map_err(|e| format!("{e} {}", refused.join(", ")).trim_end().to_owned())
}
