//! COSE_Sign1 against the examples of the COSE working group (github.com/cose-wg/Examples): those kept in
//! `test-vectors/cose`, and the whole collection where it is at hand.
//!
//! The collection is looked for in `YINXIN_COSE_EXAMPLES`, then beside the repository. Its absence is said, not hidden.

use std::path::{Path, PathBuf};

use serde_json::Value as Json;
use yinxin::cose::{CoseError, Sign1, Unsigned};
use yinxin::crypto::{PrivateKey, PublicKey, SignatureAlgorithm};
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

#[derive(serde::Deserialize)]
struct File {
    vector: Vec<Vector>,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Vector {
    name: String,
    why: String,
    expect: String,
    curve: String,
    x: String,
    #[serde(default)]
    y: String,
    #[serde(default)]
    external: String,
    to_be_signed: String,
    cbor: String,
}

#[test]
fn kept_examples_get_the_verdict_their_authors_gave() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/test-vectors/cose/examples.toml");
    let file: File = toml::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    assert_eq!(file.vector.len(), 16);
    for vector in file.vector {
        let point = || [vec![4], hex(&vector.x), hex(&vector.y)].concat();
        let key = match vector.curve.as_str() {
            "P-256" | "P-521" => PublicKey::P256(point()),
            "P-384" => PublicKey::P384(point()),
            _ => PublicKey::Ed25519(hex(&vector.x)),
        };
        let external = hex(&vector.external);
        let parsed = Sign1::parse(&hex(&vector.cbor), &Limits::DEFAULT);
        let named = format!("{}: {}: {parsed:?}", vector.name, vector.why);
        match vector.expect.as_str() {
            "verifies" => {
                let object = parsed.unwrap();
                assert_eq!(
                    object.to_be_signed(&external),
                    hex(&vector.to_be_signed),
                    "{named}"
                );
                assert_eq!(object.verify_with(&key, &external), Ok(()), "{named}");
                assert!(object.verify_with(&key, b"other").is_err(), "{named}");
            }
            "refused" => assert!(
                parsed.is_err() || parsed.unwrap().verify(&key).is_err(),
                "{named}"
            ),
            _ => assert!(
                parsed == Err(CoseError::Algorithm) || parsed.unwrap().verify(&key).is_err(),
                "{named}"
            ),
        }
    }
}

#[test]
fn every_algorithm_signs_and_verifies_and_no_other_key_does() {
    use SignatureAlgorithm as A;
    use base64::Engine as _;
    let rsa = include_str!("../test-vectors/cose/rsa-2048.pem");
    let rsa: String = rsa.lines().filter(|line| !line.starts_with("-----")).collect();
    let rsa = base64::engine::general_purpose::STANDARD.decode(rsa).unwrap();
    let made = |kind| rcgen::KeyPair::generate_for(kind).unwrap().serialize_der();
    let keys = [
        (A::EcdsaP256Sha256, 64, made(&rcgen::PKCS_ECDSA_P256_SHA256)),
        (A::EcdsaP384Sha384, 96, made(&rcgen::PKCS_ECDSA_P384_SHA384)),
        (A::Ed25519, 64, made(&rcgen::PKCS_ED25519)),
        (A::RsaPssSha256, 256, rsa),
    ]
    .map(|(algorithm, length, der)| (algorithm, length, PrivateKey::from_pkcs8(&der).unwrap()));
    for (algorithm, length, key) in &keys {
        let unsigned = Unsigned::new(*algorithm, &[7; 8], "application/x", b"payload".to_vec()).unwrap();
        let signature = key.sign(*algorithm, &unsigned.to_be_signed()).unwrap();
        let object = Sign1::parse(&unsigned.clone().finish(&signature).unwrap(), &Limits::DEFAULT).unwrap();
        assert_eq!(object.signature.len(), *length, "ECDSA is written r || s");
        assert_eq!(object.check_profile("application/x"), Ok(()));
        for (other, _, candidate) in &keys {
            assert_eq!(
                object.verify(&candidate.public_key()).is_ok(),
                other == algorithm,
                "{other}"
            );
        }
        // The finished form may be handed in again.
        let again = unsigned.clone().finish(&object.signature);
        assert_eq!(Sign1::parse(&again.unwrap(), &Limits::DEFAULT), Ok(object));
        let short = unsigned.finish(&signature[..1]);
        assert!(short == Err(CoseError::SignatureForm) || *algorithm == A::RsaPssSha256);
    }
    let refused = Unsigned::new(A::RsaPkcs1Sha256, &[7; 8], "application/x", vec![]);
    assert_eq!(refused, Err(CoseError::Algorithm));
    assert!(Unsigned::new(A::Ed25519, &[7; 7], "application/x", vec![]).is_err());
}
