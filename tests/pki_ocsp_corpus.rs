//! OCSP responses of others: OpenSSL's test suite, and the fixtures of another validator, where they are at hand.

use std::path::{Path, PathBuf};

use yinxin::limits::Limits;
use yinxin::pki::{
    Certificate, Evidence, OcspResponse, PathQuestion, RevocationPolicy, Status, TrustAnchors,
};
use yinxin::time::Time;

fn corpus() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../shared/corpora/pdf/pyhanko/pkgs/pyhanko-certvalidator/tests/fixtures")
}

fn certificate(path: &Path) -> Result<Certificate, String> {
    let bytes = std::fs::read(path).unwrap();
    match std::str::from_utf8(&bytes) {
        Ok(pem) if pem.contains("-----BEGIN") => Certificate::from_pem_many(pem).map(|mut all| all.remove(0)),
        _ => Certificate::try_from(bytes.as_slice()),
    }
    .map_err(|e| e.to_string())
}

struct Asked<'a> {
    root: &'a str,
    between: &'a [String],
    leaf: &'a str,
    crls: &'a [String],
    responses: &'a [String],
    at: Time,
}

/// The statuses along the path, or what is wrong; and what of the evidence was not read.
fn outcome(folder: &Path, asked: &Asked<'_>) -> (Result<Vec<Status>, String>, Vec<String>) {
    let mut evidence = Evidence::new();
    let mut unread = vec![];
    let read = |name: &String| std::fs::read(folder.join(name)).unwrap();
    for name in asked.crls {
        unread.extend(
            evidence
                .add_crl(&read(name), &Limits::DEFAULT)
                .err()
                .map(|e| e.to_string()),
        );
    }
    for name in asked.responses {
        let bytes = read(name);
        // OpenSSL keeps its own in Base64.
        let text: Option<String> = std::str::from_utf8(&bytes)
            .ok()
            .map(|text| text.split_whitespace().collect());
        let bytes = match text {
            Some(text) => {
                use base64::Engine as _;
                base64::engine::general_purpose::STANDARD.decode(text).unwrap()
            }
            None => bytes,
        };
        unread.extend(
            evidence
                .add_ocsp(&bytes, &Limits::DEFAULT)
                .err()
                .map(|e| e.to_string()),
        );
    }
    let found = (|| {
        let anchors = TrustAnchors::new(vec![certificate(&folder.join(asked.root))?]);
        let between: Result<Vec<_>, _> = asked
            .between
            .iter()
            .map(|name| certificate(&folder.join(name)))
            .collect();
        let between = between?;
        let leaf = certificate(&folder.join(asked.leaf))?;
        PathQuestion::new(&between, &anchors, asked.at)
            .revocation(&evidence, asked.at, RevocationPolicy::default())
            .find(&leaf)
            .map(|path| path.statuses)
            .map_err(|e| e.to_string())
    })();
    (found, unread)
}

fn texts(value: &serde_json::Value) -> Vec<String> {
    let list = value.as_array().into_iter().flatten();
    list.map(|text| text.as_str().unwrap().to_owned()).collect()
}

/// All 29 cases are of certificates signed with SHA-1, which is not accepted for signatures: the four good ones are refused for that,
/// and nothing follows from the others being refused, but for what the next test asks.
#[test]
fn openssl_suite() {
    let folder = corpus().join("openssl-ocsp");
    let Ok(cases) = std::fs::read(folder.join("openssl-ocsp.json")) else {
        println!("skipped: OpenSSL's cases are not at {}", folder.display());
        return;
    };
    let cases: Vec<serde_json::Value> = serde_json::from_slice(&cases).unwrap();
    assert_eq!(cases.len(), 29);
    let (mut refused, mut good) = (0, vec![]);
    for case in &cases {
        let (found, unread) = outcome(
            &folder,
            &Asked {
                root: case["root"].as_str().unwrap(),
                between: &texts(&case["other_certs"]),
                leaf: case["cert"].as_str().unwrap(),
                crls: &[],
                responses: &texts(&case["ocsps"]),
                at: case["moment"].as_str().unwrap().parse().unwrap(),
            },
        );
        assert!(unread.is_empty(), "{}: {unread:?}", case["name"]);
        let said = found.expect_err(case["name"].as_str().unwrap());
        if case["error"].is_null() {
            good.push(said);
        } else {
            refused += 1;
        }
    }
    println!(
        "{refused} cases are refused as expected, {} for SHA-1 alone",
        good.len()
    );
    assert_eq!((refused, good.len()), (25, 4));
    for said in good {
        assert!(
            said.contains("1.2.840.113549.1.1.5") || said.contains("1024 bits"),
            "{said}"
        );
    }
}

/// Alice's authority answers three times, the third time that she is revoked since 2020-12-01.
#[test]
fn answers_of_one_authority_over_time() {
    let folder = corpus().join("freshness");
    if !folder.exists() {
        println!("skipped: no fixtures at {}", folder.display());
        return;
    }
    let ask = |day: &str, at: &str| {
        let (found, unread) = outcome(
            &folder,
            &Asked {
                root: "certs/root.crt",
                between: &["certs/interm.crt".to_owned()],
                leaf: "certs/alice.crt",
                crls: &[format!("root-{day}.crl")],
                responses: &[format!("alice-{day}.ors")],
                at: at.parse().unwrap(),
            },
        );
        assert!(unread.is_empty(), "{unread:?}");
        found
    };
    let found = ask("2020-10-01", "2020-10-01T00:05:00Z").unwrap();
    assert!(
        found.iter().all(|status| matches!(status, Status::Good(_))),
        "{found:?}"
    );
    let said = ask("2020-10-01", "2020-10-01T00:10:01Z").unwrap_err();
    assert!(said.contains("was issued 601 s before"), "{said}");
    let said = ask("2020-12-10", "2020-12-10T00:05:00Z").unwrap_err();
    assert!(said.contains("revoked since 2020-12-01T00:00:00Z"), "{said}");
}

/// What does not depend on the signature: whom a response is about, and whom it names as its responder.
#[test]
fn responses_of_the_suite_name_whom_they_are_about() {
    let folder = corpus().join("openssl-ocsp");
    if !folder.exists() {
        println!("skipped: OpenSSL's cases are not at {}", folder.display());
        return;
    }
    let response = |name: String| {
        use base64::Engine as _;
        let text = std::fs::read_to_string(folder.join(name)).unwrap();
        let text: String = text.split_whitespace().collect();
        let der = base64::engine::general_purpose::STANDARD.decode(text).unwrap();
        OcspResponse::from_der(&der, &Limits::DEFAULT).unwrap()
    };
    let load = |name: &str| certificate(&folder.join(name));
    let mut judged = 0;
    for (set, leaf, issuer) in [
        ("ND1", "ND1_Cert_EE.pem", "ND1_Issuer_ICA.pem"),
        ("ND2", "ND2_Cert_ICA.pem", "ND2_Issuer_Root.pem"),
        ("ND3", "ND3_Cert_EE.pem", "ND3_Issuer_Root.pem"),
        ("D1", "D1_Cert_EE.pem", "D1_Issuer_ICA.pem"),
        ("D3", "D3_Cert_EE.pem", "D3_Issuer_Root.pem"),
    ] {
        let (Ok(leaf), Ok(issuer)) = (load(leaf), load(issuer)) else {
            println!("left out: a certificate of {set} has a key that is not accepted");
            continue;
        };
        judged += 1;
        let about = |kind: &str| response(format!("{kind}{set}.ors")).about(&leaf, &issuer).len();
        assert_eq!((about(""), about("ISOP_"), about("WRID_")), (1, 1, 1), "{set}");
        assert_eq!((about("WINH_"), about("WIKH_")), (0, 0), "{set}: another issuer");
        let named = |kind: &str| {
            let response = response(format!("{kind}{set}.ors"));
            let mut all = response.certificates().iter().chain([&issuer]);
            all.any(|certificate| response.names_responder(certificate))
        };
        assert_eq!(
            (named(""), named("WRID_")),
            (true, false),
            "{set}: another responder"
        );
    }
    assert!(judged >= 3, "{judged}");
}
