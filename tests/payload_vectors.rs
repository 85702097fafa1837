//! Payloads and their text forms: sizes of the samples, and vectors kept as data in `test-vectors/payload`.
//!
//! `YINXIN_BLESS=1 cargo test --test payload_vectors worked_example` writes the example of docs/FORMAT.md, clause 8, anew after the
//! format was changed on purpose.

use yinxin::crypto::{DigestAlgorithm, PrivateKey, SignatureAlgorithm};
use yinxin::limits::Limits;
use yinxin::payload::{
    HolderMatch, Payload, PayloadError, SignedPayload, StatusReference, TextForm, decode_text, encode_text,
};
use yinxin::record::Record;

#[path = "common/vectors.rs"]
mod vectors;

use vectors::vectors;

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

const FORMAT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/FORMAT.md");

/// The text of docs/FORMAT.md before, in and behind the block of the example `name`.
fn around(text: &str, name: &str) -> [String; 3] {
    let mark = format!("<!-- example: {name} -->\n```text\n");
    let (before, rest) = text.split_once(&mark).unwrap();
    let (block, behind) = rest.split_once("```").unwrap();
    [
        before.to_owned() + &mark,
        block.to_owned(),
        format!("```{behind}"),
    ]
}

/// The block behind `<!-- example: name -->` in docs/FORMAT.md, line ends removed.
fn example(name: &str) -> String {
    let [_, block, _] = around(&std::fs::read_to_string(FORMAT).unwrap(), name);
    block.lines().collect()
}

fn bless(name: &str, value: &str) {
    let [before, _, behind] = around(&std::fs::read_to_string(FORMAT).unwrap(), name);
    let lines: String = value
        .as_bytes()
        .chunks(112)
        .map(|line| format!("{}\n", std::str::from_utf8(line).unwrap()))
        .collect();
    std::fs::write(FORMAT, before + &lines + &behind).unwrap();
}

fn to_hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn worked_example_of_the_format_is_what_the_code_gives() {
    let record = sample("employment");
    let digest = hex("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    let payload = Payload::of(&record)
        .with_labels(&["姓名"])
        .unwrap()
        .with_draft(3, digest.try_into().unwrap());
    let status = StatusReference::new("https://zm.binhai.example/s/7", 12_351).unwrap();
    let all = payload
        .clone()
        .with_status(status)
        .with_holder_proof(record.holder())
        .unwrap();
    let cose = signed(&payload);
    let parsed = SignedPayload::parse(&cose, &Limits::DEFAULT).unwrap();
    let compact = encode_text(&cose, &TextForm::Compact).unwrap();
    let given = [
        ("record", to_hex(&record.to_cbor())),
        ("claims", to_hex(&payload.encode_claims())),
        ("claims-all", to_hex(&all.encode_claims())),
        ("tbs", to_hex(&parsed.sign1().to_be_signed(&[]))),
        ("cose", to_hex(&cose)),
        ("packed", to_hex(&base45::decode(&compact[4..]).unwrap())),
        ("url", encode_text(&cose, &TextForm::Url(BASE)).unwrap()),
        ("compact", compact),
    ];
    for (name, value) in given {
        if std::env::var_os("YINXIN_BLESS").is_some() {
            bless(name, &value);
        }
        assert_eq!(example(name), value, "example {name}");
    }
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Vector {
    kind: String,
    base: Option<String>,
    #[serde(default)]
    replace: Vec<(String, String)>,
    input: Option<String>,
    #[serde(default)]
    says: String,
}

impl Vector {
    fn text(&self) -> String {
        let base = match (&self.base, self.kind.as_str()) {
            (Some(base), _) => base.as_str(),
            (None, "claims") => "claims",
            (None, _) => "cose",
        };
        let mut text = self.input.clone().unwrap_or_else(|| example(base));
        for (old, new) in &self.replace {
            assert!(text.contains(old.as_str()), "{old} does not occur");
            text = text.replacen(old.as_str(), new, 1);
        }
        text
    }

    /// What goes wrong, if anything.
    fn outcome(&self) -> Result<(), PayloadError> {
        let (text, limits) = (self.text(), Limits::DEFAULT);
        match self.kind.as_str() {
            "claims" => Payload::decode_claims(&hex(&text), &limits).map(drop),
            "envelope" => SignedPayload::parse(&hex(&text), &limits).map(drop),
            // What the signature is to catch must get as far as the signature.
            "verify" => SignedPayload::parse(&hex(&text), &limits)
                .unwrap()
                .verify(&key().public_key()),
            "text" => decode_text(&text, &limits)
                .and_then(|cose| SignedPayload::parse(&cose, &limits))
                .map(drop),
            "base" => encode_text(&[0], &TextForm::Url(&text)).map(drop),
            other => panic!("kind {other}"),
        }
    }
}

#[test]
fn damaged_and_forged_codes_are_refused_for_the_reason_given() {
    for (name, vector) in vectors::<Vector>("payload/invalid", 150) {
        match vector.outcome() {
            Ok(()) => panic!("{name}: accepted"),
            Err(error) => assert!(error.to_string().contains(&vector.says), "{name}: {error}"),
        }
    }
}

/// Read, and written as it was read.
#[test]
fn claims_with_every_optional_member_are_read_and_written_alike() {
    let vectors = vectors::<Vector>("payload/valid", 10);
    let claims = vectors.iter().filter(|(_, vector)| vector.kind == "claims");
    assert!(claims.clone().count() >= 10);
    for (name, vector) in claims {
        let bytes = hex(&vector.text());
        let read = Payload::decode_claims(&bytes, &Limits::DEFAULT);
        let again = read.map(|payload| to_hex(&payload.encode_claims()));
        assert_eq!(again, Ok(to_hex(&bytes)), "{name}");
    }
}

/// The clerk types the number; a code of a result of somebody else, or another kind of number, does not match.
#[test]
fn typed_code_matches_the_holder_or_does_not_or_cannot_be_told() {
    let record = sample("employment");
    let code = &record.holder().code;
    let masked = Payload::of(&record);
    let proven = masked.clone().with_holder_proof(record.holder()).unwrap();
    assert!(proven.has_holder_proof());
    let other = Payload::of(&sample("residence"));
    assert_eq!(
        other.with_holder_proof(record.holder()),
        Err(PayloadError::OtherHolder)
    );
    assert_eq!(proven.matches_holder("111", code), HolderMatch::Match);
    assert_eq!(
        proven.matches_holder("111", &format!(" {} {}", &code[..6], &code[6..])),
        HolderMatch::Match
    );
    // The same masked form, the birth date of somebody else.
    let neighbour = format!("{}0619900408{}", &code[..3], &code[13..]);
    assert_eq!(neighbour.len(), 18);
    assert_eq!(proven.matches_holder("111", &neighbour), HolderMatch::NoMatch);
    assert_eq!(proven.matches_holder("414", code), HolderMatch::NoMatch);
    assert_eq!(proven.matches_holder("111", "4025"), HolderMatch::NoMatch);
    assert_eq!(proven.matches_holder("111", ""), HolderMatch::NoMatch);
    assert_eq!(masked.matches_holder("111", code), HolderMatch::NotStated);
    assert_eq!(
        masked.matches_holder("111", "109900198809264025"),
        HolderMatch::NoMatch
    );
}

/// Passports have letters, which clerks type small.
#[test]
fn typed_code_matches_in_small_letters_and_full_width_forms() {
    let mut json: serde_json::Value = serde_json::from_str(&sample("residence").to_json()).unwrap();
    json["holder"]["code_type"] = "414".into();
    json["holder"]["code"] = "E12345678".into();
    let record = Record::from_json(json.to_string().as_bytes(), &Limits::DEFAULT).unwrap();
    let payload = Payload::of(&record).with_holder_proof(record.holder()).unwrap();
    assert_eq!(payload.masked_code(), "E1*****78");
    for typed in ["E12345678", "e12345678", "Ｅ１２３４５６７８", " e1234 5678\n"] {
        assert_eq!(
            payload.matches_holder("414", typed),
            HolderMatch::Match,
            "{typed}"
        );
        assert!(record.holder().has_code(typed));
    }
    for typed in ["E12345778", "e1234567", "F12345678"] {
        assert_eq!(
            payload.matches_holder("414", typed),
            HolderMatch::NoMatch,
            "{typed}"
        );
        assert!(!record.holder().has_code(typed));
    }
}

/// Two codes of one person must not tell more of the number than one: 16 bits each would leave one of three million.
#[test]
fn all_results_of_a_holder_have_the_same_proof() {
    let own = sample("residence");
    let other = sample("lease-filing").to_json();
    let mut other: serde_json::Value = serde_json::from_str(&other).unwrap();
    other["holder"] = serde_json::json!({
        "name": "LIN Ruoxi", "code_type": "111", "code": own.holder().code
    });
    let other = Record::from_json(other.to_string().as_bytes(), &Limits::DEFAULT).unwrap();
    let proof = |record: &Record| {
        let payload = Payload::of(record).with_holder_proof(record.holder()).unwrap();
        let claims = to_hex(&payload.encode_claims());
        let (_, proof) = claims.split_once("08820142").unwrap();
        proof[..4].to_owned()
    };
    assert_ne!(own.identifier(), other.identifier());
    assert_eq!(proof(&own), proof(&other));
}

#[test]
fn unified_code_is_public_and_matches_without_a_proof() {
    let record = sample("food-licence");
    assert_eq!(record.holder().code_type, "001");
    let payload = Payload::of(&record).with_holder_proof(record.holder()).unwrap();
    assert!(!payload.has_holder_proof());
    assert_eq!(
        payload.matches_holder("001", &record.holder().code.to_lowercase()),
        HolderMatch::Match
    );
    assert_eq!(
        payload.matches_holder("001", "11109900MB2A100330"),
        HolderMatch::NoMatch
    );
}

/// A department whose certificate number is the citizen number, or that prints it in full, does not put it into the code.
#[test]
fn no_text_of_the_claims_has_the_code_of_the_holder_in_clear() {
    let mut json: serde_json::Value = serde_json::from_str(&sample("residence").to_json()).unwrap();
    let code = json["holder"]["code"].as_str().unwrap().to_owned();
    json["number"] = format!("第{code}号").into();
    json["fields"][3]["value"] = code.clone().into();
    json["fields"][4]["value"] = format!("{code}、{code}").into();
    let record = Record::from_json(json.to_string().as_bytes(), &Limits::DEFAULT).unwrap();
    let payload = Payload::of(&record).with_holder_proof(record.holder()).unwrap();
    let claims = payload.encode_claims();
    assert!(!claims.windows(code.len()).any(|window| window == code.as_bytes()));
    assert_eq!(payload.number(), "第109***********4025号");
    assert_eq!(payload.fields()[3].value, "109***********4025");
    assert_eq!(
        payload.fields()[4].value,
        "109***********4025、109***********4025"
    );
}

#[test]
fn other_spellings_of_a_code_give_the_same_object() {
    let vectors = vectors::<Vector>("payload/valid", 10);
    for (name, vector) in vectors.iter().filter(|(_, vector)| vector.kind == "text") {
        let cose = decode_text(&vector.text(), &Limits::DEFAULT);
        assert_eq!(cose.as_deref().map(to_hex), Ok(example("cose")), "{name}");
    }
}

/// The claim of the draft's own example of a referenced token (draft-ietf-oauth-status-list, 6.3), byte for byte.
#[test]
fn status_reference_is_written_as_in_the_example_of_its_draft() {
    let status = StatusReference::new("https://example.com/statuslists/1", 0).unwrap();
    let claims = Payload::of(&sample("residence"))
        .with_status(status)
        .encode_claims();
    let theirs = "19ffffa16b7374617475735f6c697374a2636964780063757269782168747470733a2f2f6578616d706c652e636f6d2f\
                  7374617475736c697374732f31";
    assert!(to_hex(&claims).contains(theirs));
}

/// `scripts/read-payload` shares no code with the library: what docs/FORMAT.md says is enough to read what we read and to refuse
/// what we refuse.
#[test]
fn a_second_reader_made_from_the_format_alone_agrees_on_every_vector() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    // The one with the package that checks signatures, if it was set up.
    let own = root.join("target/venv/bin/python");
    let python = if own.exists() { own } else { "python3".into() };
    let new_enough = ["-c", "import sys; sys.exit(sys.version_info < (3, 11))"];
    match std::process::Command::new(&python).args(new_enough).status() {
        Ok(status) if status.success() => {}
        _ => return println!("skipped: Python 3.11 or newer is not installed"),
    }
    let run = std::process::Command::new(python)
        .arg(root.join("scripts/read-payload"))
        .arg("--vectors")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&run.stdout).into_owned() + &String::from_utf8_lossy(&run.stderr);
    println!("{said}");
    assert!(run.status.success(), "{said}");
}

/// Every digit changed to every other, every bit of the object flipped: never another payload with a good signature.
#[test]
fn no_change_of_a_code_verifies() {
    let url = example("url");
    let (address, digits) = url.split_once('#').unwrap();
    let verified = |cose: &[u8]| {
        SignedPayload::parse(cose, &Limits::DEFAULT).is_ok_and(|p| p.verify(&key().public_key()).is_ok())
    };
    let cose = hex(&example("cose"));
    assert!(verified(&cose));
    for at in (0..digits.len()).step_by(7) {
        for digit in '0'..='9' {
            let mut other = digits.to_owned();
            other.replace_range(at..=at, &digit.to_string());
            if other != digits {
                let read = decode_text(&format!("{address}#{other}"), &Limits::DEFAULT);
                // A deflate stream may say the same in other bits; it must then be the same object.
                assert!(
                    read.is_err() || !verified(read.as_ref().unwrap()) || read == Ok(cose.clone()),
                    "digit {at}"
                );
            }
        }
    }
    for at in 0..cose.len() {
        for bit in 0..8 {
            let mut other = cose.clone();
            other[at] ^= 1 << bit;
            assert!(!verified(&other), "byte {at} bit {bit}");
        }
    }
}

#[test]
fn times_are_those_of_clocks_in_china() {
    let payload = Payload::of(&sample("residence"));
    let text = |time: Option<yinxin::time::Time>| time.map(|t| t.to_string());
    assert_eq!(payload.issued().to_string(), "2030-05-19T16:00:00Z");
    assert_eq!(
        text(payload.not_before()),
        Some("2030-05-19T16:00:00Z".to_owned())
    );
    assert_eq!(text(payload.expiry()), Some("2031-05-19T15:59:59Z".to_owned()));
    let open = Payload::of(&sample("employment"));
    assert_eq!((open.not_before(), open.expiry()), (None, None));
}

#[test]
fn chosen_labels_keep_the_order_of_the_record_and_must_exist() {
    let payload = Payload::of(&sample("residence"));
    let chosen = payload.clone().with_labels(&["居住地址", "姓名"]).unwrap();
    let labels: Vec<_> = chosen.fields().iter().map(|field| field.label.as_str()).collect();
    assert_eq!(labels, ["姓名", "居住地址"]);
    let unknown = payload.with_labels(&["姓名", "住址"]);
    assert_eq!(unknown, Err(PayloadError::Label("住址".to_owned())));
}

/// An ECDSA signature altered without the key still verifies; what identifies the payload stays the same.
#[test]
fn altered_ecdsa_signature_changes_no_identity() {
    // Order of P-256 (FIPS 186-5; SEC 2, 2.4.2).
    let order = hex("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551");
    let pair = rcgen::KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).unwrap();
    let key = PrivateKey::from_pkcs8(&pair.serialize_der()).unwrap();
    let algorithm = SignatureAlgorithm::EcdsaP256Sha256;
    let unsigned = Payload::of(&sample("residence"))
        .unsigned(algorithm, &[1; 8])
        .unwrap();
    let signature = key.sign(algorithm, &unsigned.to_be_signed()).unwrap();
    let cose = unsigned.finish(&signature).unwrap();
    let mut altered = cose.clone();
    let s = altered.len() - 32;
    let mut borrow = 0;
    for (at, n) in order.iter().enumerate().rev() {
        let difference = i16::from(*n) - i16::from(altered[s + at]) - borrow;
        borrow = i16::from(difference < 0);
        altered[s + at] = u8::try_from(difference.rem_euclid(256)).unwrap();
    }
    assert_ne!(altered, cose);
    let read = |bytes: &[u8]| SignedPayload::parse(bytes, &Limits::DEFAULT).unwrap();
    assert_eq!(read(&altered).verify(&key.public_key()), Ok(()));
    assert_eq!(read(&altered).sign1().payload, read(&cose).sign1().payload);
}

#[test]
fn text_and_object_lengths_are_limited() {
    let long = format!("https://a.b#{}", "0".repeat(8192));
    assert_eq!(
        decode_text(&long, &Limits::DEFAULT),
        Err(PayloadError::TooLarge(8192))
    );
    let digest = |n: u32| DigestAlgorithm::Sha256.digest(&n.to_be_bytes());
    let noise: Vec<u8> = (0..250).flat_map(digest).collect();
    assert_eq!(
        encode_text(&noise, &TextForm::Compact),
        Err(PayloadError::TooLarge(8192))
    );
    let mut small = Limits::DEFAULT;
    small.payload_bytes = 100;
    assert_eq!(
        decode_text(&example("url"), &small),
        Err(PayloadError::TooLarge(100))
    );
    assert_eq!(
        SignedPayload::parse(&[0; 101], &small),
        Err(PayloadError::TooLarge(100))
    );
}
