//! COSE_Sign1 against the examples of the COSE working group (github.com/cose-wg/Examples), where they are at hand.
//!
//! The folder is looked for in `YINXIN_COSE_EXAMPLES`, then beside the repository. Its absence is said, not hidden.

use std::path::{Path, PathBuf};

use serde_json::Value as Json;
use yinxin::cose::{CoseError, Sign1};
use yinxin::crypto::PublicKey;
use yinxin::limits::Limits;

/// Examples of algorithms we do not offer: they must be refused. Every entry must be met, or it is stale.
const UNSUPPORTED: [(&str, &str); 3] = [
    ("ecdsa-sig-03.json", "ES512 on P-521"),
    ("ecdsa-sig-04.json", "ES512 on P-256"),
    ("eddsa-sig-02.json", "Ed448"),
];

#[test]
fn working_group_examples_get_the_verdict_their_authors_gave() {
    let Some(folder) = folder() else {
        println!("skipped: the examples of the COSE working group are not at hand; set YINXIN_COSE_EXAMPLES");
        return;
    };
    let (mut judged, mut refused) = (0, 0);
    for sub in ["sign1-tests", "ecdsa-examples", "eddsa-examples"] {
        let mut files: Vec<_> = std::fs::read_dir(folder.join(sub))
            .unwrap()
            .map(|f| f.unwrap().path())
            .collect();
        files.sort();
        for file in files {
            let name = file.file_name().unwrap().to_str().unwrap().to_owned();
            let example: Json = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
            if !example["input"]["sign0"].is_object() {
                println!("skipped {name}: COSE_Sign (several signers), not COSE_Sign1");
            } else if let Some((_, what)) = UNSUPPORTED.iter().find(|(other, _)| *other == name) {
                println!("{name}: {what} is not supported and must be refused");
                assert_refused(&name, &example);
                refused += 1;
            } else {
                assert_verdict(&name, &example);
                judged += 1;
            }
        }
    }
    assert_eq!(
        (judged, refused),
        (12, UNSUPPORTED.len()),
        "examples judged and refused"
    );
}

fn assert_refused(name: &str, example: &Json) {
    match Sign1::parse(
        &hex(example["output"]["cbor"].as_str().unwrap()),
        &Limits::DEFAULT,
    ) {
        Err(error) => assert_eq!(error, CoseError::Algorithm, "{name}"),
        // EdDSA names no curve: it is the key that does not fit.
        Ok(object) => {
            let key = &example["input"]["sign0"]["key"]["x_hex"];
            let key = PublicKey::Ed25519(hex(key.as_str().unwrap()));
            assert_eq!(object.verify(&key), Err(CoseError::Unverified), "{name}");
        }
    }
}

fn assert_verdict(name: &str, example: &Json) {
    let sign = &example["input"]["sign0"];
    let passes = example["fail"].as_bool() != Some(true);
    let external = sign["external"].as_str().map(hex).unwrap_or_default();
    let bytes = hex(example["output"]["cbor"].as_str().unwrap());
    let outcome = Sign1::parse(&bytes, &Limits::DEFAULT).and_then(|object| {
        if passes {
            let message = example["intermediates"]["ToBeSign_hex"].as_str().unwrap();
            assert_eq!(object.to_be_signed(&external), hex(message), "{name}");
        }
        object.verify_with(&key(&sign["key"]), &external)
    });
    assert_eq!(outcome.is_ok(), passes, "{name}: {outcome:?}");
}

fn key(jwk: &Json) -> PublicKey {
    let coordinate = |name: &str| match jwk[format!("{name}_hex")].as_str() {
        Some(text) => hex(text),
        None => base64url(jwk[name].as_str().unwrap()),
    };
    let point = || [vec![4], coordinate("x"), coordinate("y")].concat();
    match jwk["crv"].as_str() {
        Some("P-256") => PublicKey::P256(point()),
        Some("P-384") => PublicKey::P384(point()),
        Some("Ed25519") => PublicKey::Ed25519(coordinate("x")),
        other => panic!("curve {other:?}"),
    }
}

fn base64url(text: &str) -> Vec<u8> {
    use base64::Engine as _;
    base64::engine::general_purpose::URL_SAFE_NO_PAD
        .decode(text)
        .unwrap()
}

fn hex(text: &str) -> Vec<u8> {
    text.as_bytes()
        .chunks(2)
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
        .collect()
}

fn folder() -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpora/qr/cose-wg-examples");
    let named = std::env::var_os("YINXIN_COSE_EXAMPLES").map(PathBuf::from);
    Some(named.unwrap_or(beside)).filter(|path| path.is_dir())
}
