//! Whole codes that were made once must give the same file for ever, and what is no whole object must be refused. By
//! `test-vectors/whole`.

mod common;

use common::{at, pem, read};
use serde::Deserialize;
use yinxin::compose::Template;
use yinxin::crypto::DigestAlgorithm;
use yinxin::limits::Limits;
use yinxin::payload::{TextForm, Whole, decode_text, encode_text};
use yinxin::verify::{Outcome, Trust, Verifier};
use yinxin::whole::Rebuilder;

#[derive(Deserialize)]
struct Vectors<T> {
    vector: Vec<T>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Valid {
    name: String,
    template: String,
    certificates: Vec<String>,
    text: String,
    object: String,
    sha256: String,
    #[expect(dead_code, reason = "for readers")]
    clause: String,
    #[expect(dead_code, reason = "for readers")]
    why: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Invalid {
    name: String,
    replace: Vec<(String, String)>,
    says: String,
    #[expect(dead_code, reason = "for readers")]
    clause: String,
    #[expect(dead_code, reason = "for readers")]
    why: String,
}

fn text(path: &str) -> String {
    String::from_utf8(read(path)).unwrap()
}

fn valid() -> Vec<Valid> {
    let vectors: Vectors<Valid> = toml::from_str(&text("test-vectors/whole/valid.toml")).unwrap();
    vectors.vector
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn bytes(hex: &str) -> Vec<u8> {
    let pairs = hex.as_bytes().chunks(2);
    pairs
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
        .collect()
}

/// The templates are kept beside the codes: what the library brings may change.
fn rebuilder() -> Rebuilder {
    let folder = std::fs::read_dir(common::path("test-vectors/whole/templates")).unwrap();
    folder.fold(Rebuilder::new(), |rebuilder, file| {
        let toml = std::fs::read_to_string(file.unwrap().path()).unwrap();
        rebuilder.template(Template::from_toml(&toml, &Limits::DEFAULT).unwrap())
    })
}

#[test]
fn kept_codes_give_the_same_files_for_ever() {
    let rebuilder = rebuilder();
    let vectors = valid();
    assert!(vectors.len() >= 10);
    for vector in vectors {
        let name = &vector.name;
        let certificates = vector.certificates.iter().flat_map(|name| pem(name));
        let trust = Trust::new()
            .roots(pem("root"))
            .certificates(certificates)
            .certificates(pem("intermediate"));
        let verifier = Verifier::new(trust).rebuilder(rebuilder.clone());
        let report = verifier.verify_text(&vector.text, at());
        assert_eq!(
            report.outcome,
            Outcome::Authentic,
            "{name}: {:#?}",
            report.findings
        );
        let file = report.rebuilt().unwrap();
        assert_eq!(
            hex(&DigestAlgorithm::Sha256.digest(file)),
            vector.sha256,
            "{name}"
        );
        let record = report.authentic().unwrap().record().unwrap();
        assert_eq!(record.kind().name, template_title(&vector.template), "{name}");
    }
}

/// What the sample record of a template is called.
fn template_title(template: &str) -> String {
    let json: serde_json::Value =
        serde_json::from_slice(&read(&format!("examples/data/records/{template}.json"))).unwrap();
    json["type"]["name"].as_str().unwrap().to_owned()
}

#[test]
fn an_object_has_one_encoding_and_the_text_holds_it() {
    for vector in valid() {
        let object = decode_text(&vector.text, &Limits::DEFAULT).unwrap();
        assert_eq!(hex(&object), vector.object, "{}", vector.name);
        assert!(Whole::is_one(&object));
        let whole = Whole::parse(&object, &Limits::DEFAULT).unwrap();
        assert_eq!(whole.encode(), object, "{}", vector.name);
        let again = encode_text(&whole.encode(), &TextForm::Compact).unwrap();
        assert_eq!(decode_text(&again, &Limits::DEFAULT).unwrap(), object);
    }
}

#[test]
fn what_is_no_whole_object_is_refused_with_the_reason() {
    let base = valid();
    let base = &base
        .iter()
        .find(|vector| vector.name == "residence_by_p256")
        .unwrap()
        .object;
    let vectors: Vectors<Invalid> = toml::from_str(&text("test-vectors/whole/invalid.toml")).unwrap();
    assert!(vectors.vector.len() >= 45);
    for vector in vectors.vector {
        let mut object = base.clone();
        for (from, to) in &vector.replace {
            assert!(object.contains(from.as_str()), "{}: {from}", vector.name);
            object = object.replacen(from.as_str(), to, 1);
        }
        let error = Whole::parse(&bytes(&object), &Limits::DEFAULT)
            .expect_err(&vector.name)
            .to_string();
        assert!(error.contains(&vector.says), "{}: {error}", vector.name);
    }
}
