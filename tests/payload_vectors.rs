//! Payloads and their text forms: sizes of the samples, and vectors kept as data in `test-vectors/payload`.

use yinxin::crypto::{PrivateKey, SignatureAlgorithm};
use yinxin::limits::Limits;
use yinxin::payload::{Payload, SignedPayload, TextForm, decode_text, encode_text};
use yinxin::record::Record;

const SAMPLES: [&str; 5] = [
    "social-insurance",
    "residence",
    "lease-filing",
    "employment",
    "food-licence",
];
const BASE: &str = "https://zm.binhai.example/v";

fn sample(name: &str) -> Record {
    let path = format!("{}/examples/data/records/{name}.json", env!("CARGO_MANIFEST_DIR"));
    Record::from_json(&std::fs::read(path).unwrap(), &Limits::DEFAULT).unwrap()
}

/// The Ed25519 key of RFC 8032, clause 7.1, test 1, as PKCS#8: signatures are the same on every run.
fn key() -> PrivateKey {
    let mut der = hex("302e020100300506032b657004220420");
    der.extend(hex(
        "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
    ));
    PrivateKey::from_pkcs8(&der).unwrap()
}

fn signed(payload: &Payload) -> Vec<u8> {
    let unsigned = payload
        .unsigned(
            SignatureAlgorithm::Ed25519,
            &[0x5a, 0xe1, 0x07, 0x9c, 0xd3, 0x48, 0xb6, 0x2f],
        )
        .unwrap();
    let signature = key()
        .sign(SignatureAlgorithm::Ed25519, &unsigned.to_be_signed())
        .unwrap();
    unsigned.finish(&signature).unwrap()
}

fn hex(text: &str) -> Vec<u8> {
    text.as_bytes()
        .chunks(2)
        .map(|p| u8::from_str_radix(std::str::from_utf8(p).unwrap(), 16).unwrap())
        .collect()
}

#[test]
fn samples_fit_version_20_at_level_m_and_come_back() {
    // A digest no dictionary helps with: SHA-256 of the empty string.
    let digest = hex("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    for name in SAMPLES {
        let payload = Payload::of(&sample(name)).with_draft(43_210, digest.clone().try_into().unwrap());
        let cose = signed(&payload);
        let compact = encode_text(&cose, &TextForm::Compact).unwrap();
        let url = encode_text(&cose, &TextForm::Url(BASE)).unwrap();
        let packed = base45::decode(&compact[4..]).unwrap();
        println!(
            "{name}: cose {} bytes, packed {} bytes, compact {} characters, url {} characters",
            cose.len(),
            packed.len(),
            compact.len(),
            url.len()
        );
        for text in [&compact, &url] {
            let back = decode_text(text, &Limits::DEFAULT).unwrap();
            assert_eq!(back, cose);
            let parsed = SignedPayload::parse(&back, &Limits::DEFAULT).unwrap();
            assert_eq!(parsed.payload(), &payload);
            assert_eq!(parsed.verify(&key().public_key()), Ok(()));
        }
        // ISO/IEC 18004, table 7: version 20 at level M holds 970 alphanumeric characters.
        assert!(compact.len() <= 970, "{name}: {}", compact.len());
    }
}
