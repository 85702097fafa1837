//! Whole codes that were made once must give the same file for ever, and what is no whole object must be refused. By
//! `test-vectors/whole`.

mod common;
#[path = "common/vectors.rs"]
mod vectors;

use common::{at, pem, read};
use serde::Deserialize;
use yinxin::compose::Template;
use yinxin::cose::status::{StatusDraft, StatusList};
use yinxin::crypto::DigestAlgorithm;
use yinxin::limits::Limits;
use yinxin::payload::{StatusReference, TextForm, Whole, decode_text, encode_text};
use yinxin::pki::Signer as _;
use yinxin::verify::{Outcome, Trust, Verifier};
use yinxin::whole::Rebuilder;

use vectors::vectors;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Valid {
    template: String,
    certificates: Vec<String>,
    text: String,
    object: String,
    sha256: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Invalid {
    replace: Vec<(String, String)>,
    says: String,
}

fn valid() -> Vec<(String, Valid)> {
    vectors("whole/valid", 10)
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
    for (name, vector) in valid() {
        let certificates = vector.certificates.iter().flat_map(|name| pem(name));
        let trust = Trust::new()
            .roots(pem("root"))
            .certificates(certificates)
            .certificates(pem("intermediate"));
        let object = Whole::parse(&bytes(&vector.object), &Limits::DEFAULT).unwrap();
        let list = object
            .status()
            .map(|place| all_valid(place, &vector.certificates[0]));
        let verifier = Verifier::new(trust.statuses(list)).rebuilder(rebuilder.clone());
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

/// The list of that place by the key that sealed the file: everything on it stands.
fn all_valid(place: &StatusReference, key: &str) -> StatusList {
    let issued = common::time("2030-07-01T00:00:00Z");
    let draft = StatusDraft::new(place.uri(), 1, 100_000, issued).unwrap();
    let draft = draft.expires(common::time("2030-07-08T00:00:00Z"));
    let signer = common::signer(key);
    let kid = signer.chain()[0].kid();
    let unsigned = draft.unsigned(signer.algorithm(), &kid).unwrap();
    let signature = signer.sign(&unsigned.to_be_signed()).unwrap();
    StatusList::parse(&unsigned.finish(&signature).unwrap(), &Limits::DEFAULT).unwrap()
}

/// What the sample record of a template is called.
fn template_title(template: &str) -> String {
    let json: serde_json::Value =
        serde_json::from_slice(&read(&format!("examples/data/records/{template}.json"))).unwrap();
    json["type"]["name"].as_str().unwrap().to_owned()
}

#[test]
fn an_object_has_one_encoding_and_the_text_holds_it() {
    for (name, vector) in valid() {
        let object = decode_text(&vector.text, &Limits::DEFAULT).unwrap();
        assert_eq!(hex(&object), vector.object, "{name}");
        assert!(Whole::is_one(&object));
        let whole = Whole::parse(&object, &Limits::DEFAULT).unwrap();
        assert_eq!(whole.encode(), object, "{name}");
        let again = encode_text(&whole.encode(), &TextForm::Compact).unwrap();
        assert_eq!(decode_text(&again, &Limits::DEFAULT).unwrap(), object);
    }
}

#[test]
fn what_is_no_whole_object_is_refused_with_the_reason() {
    let base = valid();
    let (_, base) = base.iter().find(|(name, _)| name == "residence_by_p256").unwrap();
    for (name, vector) in vectors::<Invalid>("whole/invalid", 45) {
        let mut object = base.object.clone();
        for (from, to) in &vector.replace {
            assert!(object.contains(from.as_str()), "{name}: {from}");
            object = object.replacen(from.as_str(), to, 1);
        }
        let error = Whole::parse(&bytes(&object), &Limits::DEFAULT)
            .expect_err(&name)
            .to_string();
        assert!(error.contains(&vector.says), "{name}: {error}");
    }
}
