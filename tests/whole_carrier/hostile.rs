//! Codes are written by anybody. A code that was changed gives another file or none, and is never authentic.

use super::*;
use yinxin::cbor::Value;
use yinxin::crypto::SignatureAlgorithm;
use yinxin::limits::Limits;
use yinxin::payload::{decode_text, encode_text};
use yinxin::pki::{Certificate, Signer, SignerError};

fn object(text: &str) -> Vec<u8> {
    decode_text(text, &Limits::DEFAULT).unwrap()
}

fn text(object: &[u8]) -> String {
    encode_text(object, &TextForm::Compact).unwrap()
}

#[test]
fn a_code_with_one_bit_changed_is_never_authentic() {
    let (own, file) = residence("p256");
    let verifier = window(&Office::with_key("p256"), "residence");
    let object = object(&own);
    let (mut differs, mut unreadable) = (0, 0);
    for bit in (0..object.len() * 8).step_by(29) {
        let mut changed = object.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        let report = verifier.verify_text(&text(&changed), at());
        assert_ne!(report.outcome, Outcome::Authentic, "bit {bit}");
        assert!(report.rebuilt() != Some(&file), "bit {bit}");
        match report.findings[0].code {
            Code::CodeRebuiltDiffers => differs += 1,
            Code::CodeUnreadable => unreadable += 1,
            _ => {}
        }
    }
    // Both happen: what is read as an object, and what is none.
    assert!(differs > 30 && unreadable > 30, "{differs} {unreadable}");
}

/// Xorshift noise; seed fixed.
#[test]
fn random_and_mutated_texts_are_refused_without_a_panic() {
    let (own, file) = residence("ed25519");
    let verifier = window(&Office::with_key("ed25519"), "residence");
    // The compressed wrapping is not signed: another text may hold the same object, and stands for the same file then.
    let same =
        |changed: &str| decode_text(changed, &Limits::DEFAULT).is_ok_and(|decoded| decoded == object(&own));
    let alphabet = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";
    let mut state = 0x2030_0601_0000_0002_u64;
    let mut next = |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state % below as u64).unwrap()
    };
    for round in 0..3_000 {
        let mut bytes = own.clone().into_bytes();
        if round % 3 == 0 {
            bytes = b"YX1:".to_vec();
            bytes.extend((0..next(1200)).map(|_| alphabet[next(alphabet.len())]));
        } else {
            for _ in 0..=next(3) {
                let at = 4 + next(bytes.len() - 4);
                bytes[at] = alphabet[next(alphabet.len())];
            }
        }
        let changed = String::from_utf8(bytes).unwrap();
        if changed != own {
            let report = verifier.verify_text(&changed, at());
            let authentic = report.outcome == Outcome::Authentic;
            assert_eq!(authentic, same(&changed), "{changed}");
            assert!(!authentic || report.rebuilt() == Some(&file), "{changed}");
        }
    }
}

/// The office's certificate and somebody else's key: what a forger has.
struct Forger(SoftwareSigner, Vec<Certificate>);

impl Signer for Forger {
    fn algorithm(&self) -> SignatureAlgorithm {
        self.0.algorithm()
    }

    fn chain(&self) -> &[Certificate] {
        &self.1
    }

    fn signature_length(&self) -> usize {
        self.0.signature_length()
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignerError> {
        self.0.sign(message)
    }
}

#[test]
fn a_code_made_with_care_and_another_key_is_a_forgery() {
    let office = Office::with_key("p256");
    let pair = rcgen::KeyPair::generate().unwrap();
    let own = rcgen::CertificateParams::new(vec![])
        .unwrap()
        .self_signed(&pair)
        .unwrap();
    let own = Certificate::try_from(own.der().as_ref()).unwrap();
    let signer = SoftwareSigner::from_pem(&pair.serialize_pem(), vec![own]).unwrap();
    let forger = Forger(signer, pem("p256"));
    let (record, template) = (office.record("residence"), template("residence"));
    let draft = template.compose(&record).unwrap();
    let sealed = draft.without_code().seal(&office.seal(), &forger, at()).unwrap();
    // The object names its own file rightly, so what is rebuilt is judged, and the signature is what fails.
    let code = Whole::of(&sealed, &record, &template, &office.seal()).unwrap();
    let code = code.text(&TextForm::Compact).unwrap();
    let report = window(&office, "residence").verify_text(&code, at());
    assert!(report.rebuilt() == Some(&sealed.to_bytes()));
    assert_eq!(
        outcome_and_lead(&report),
        (Outcome::NotAuthentic, Code::SignatureInvalid)
    );
}

/// The order of the curve P-256 (SEC 2, 2.4.2).
const ORDER: &str = "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551";

#[test]
fn a_malleated_signature_is_another_code_and_refused() {
    let (own, _) = residence("p256");
    let Ok(Value::Tag(tag, map)) = Value::decode(&object(&own), &Limits::DEFAULT) else {
        panic!("an object")
    };
    let mut pairs = map.as_map().unwrap().to_vec();
    let signature = pairs
        .iter_mut()
        .find(|(key, _)| *key == Value::Unsigned(8))
        .unwrap();
    let Value::Bytes(bytes) = &mut signature.1 else {
        panic!("bytes")
    };
    // n - s, octet by octet from the right.
    let mut borrow = 0_i16;
    for at in (0..32).rev() {
        let order = i16::from_str_radix(&ORDER[2 * at..2 * at + 2], 16).unwrap();
        let difference = order - i16::from(bytes[32 + at]) - borrow;
        borrow = i16::from(difference < 0);
        bytes[32 + at] = u8::try_from(difference.rem_euclid(256)).unwrap();
    }
    let object = Value::Tag(tag, Box::new(Value::Map(pairs))).encode();
    let report = window(&Office::with_key("p256"), "residence").verify_text(&text(&object), at());
    assert_eq!(
        outcome_and_lead(&report),
        (Outcome::Indeterminate, Code::CodeRebuiltDiffers)
    );
}

/// The object with other values under some keys.
fn with(own: &str, changes: &[(u64, Value)]) -> String {
    let Ok(Value::Tag(tag, map)) = Value::decode(&object(own), &Limits::DEFAULT) else {
        panic!("an object")
    };
    let mut pairs = map.as_map().unwrap().to_vec();
    for (key, value) in changes {
        let key = Value::Unsigned(*key);
        pairs.retain(|(own, _)| *own != key);
        pairs.push((key, value.clone()));
    }
    text(&Value::Tag(tag, Box::new(Value::Map(pairs))).encode())
}

#[test]
fn another_engine_is_named_and_nothing_is_composed() {
    let (own, _) = residence("p256");
    let verifier = window(&Office::with_key("p256"), "residence");
    for change in [
        (1, Value::Unsigned(1)),
        (1, Value::Unsigned(3)),
        (2, Value::Unsigned(0)),
        (2, Value::Unsigned(3)),
    ] {
        let report = verifier.verify_text(&with(&own, &[change]), at());
        assert_eq!(
            outcome_and_lead(&report),
            (Outcome::Indeterminate, Code::CodeEngineUnknown)
        );
    }
}

#[test]
fn a_record_of_many_pages_is_not_composed() {
    let office = Office::with_key("p256");
    let (own, _) = residence("p256");
    let mut register: serde_json::Value =
        serde_json::from_slice(&common::read("examples/data/records/register.json")).unwrap();
    let table = register["tables"].as_array_mut().unwrap().first_mut().unwrap();
    let rows = table["rows"].as_array_mut().unwrap();
    let row: Vec<&str> = rows[0].as_array().unwrap().iter().map(|_| "1").collect();
    *rows = vec![row.into(); 9_000];
    let record = Record::from_json(register.to_string().as_bytes(), &Limits::DEFAULT).unwrap();
    let record = Value::decode(&record.to_cbor(), &Limits::DEFAULT).unwrap();
    let hash = Template::builtin("register").unwrap().hash()[..16].to_vec();
    let object = |rows: usize| {
        let mut record = record.clone();
        let Value::Map(pairs) = &mut record else {
            panic!("a map")
        };
        let tables = &mut pairs
            .iter_mut()
            .find(|(key, _)| *key == Value::Unsigned(13))
            .unwrap()
            .1;
        let Value::Array(tables) = tables else {
            panic!("tables")
        };
        let Value::Array(table) = &mut tables[0] else {
            panic!("a table")
        };
        let Value::Array(cells) = &mut table[2] else {
            panic!("rows")
        };
        cells.truncate(rows);
        with(&own, &[(3, Value::Bytes(hash.clone())), (4, record)])
    };
    let verifier = window(&office, "residence");
    let mut refused = vec![];
    for rows in [1, 3_000, 9_000] {
        let begun = std::time::Instant::now();
        let report = verifier.verify_text(&object(rows), at());
        assert_ne!(report.outcome, Outcome::Authentic);
        assert!(
            begun.elapsed().as_secs() < 10,
            "{rows} rows: {:?}",
            begun.elapsed()
        );
        refused.push(report.findings[0].code);
    }
    // One row makes a file, which is not the one named; many pages are not made; beyond 64 KiB nothing is read.
    assert_eq!(
        refused,
        [
            Code::CodeRebuiltDiffers,
            Code::CodeRebuildFailed,
            Code::CodeUnreadable
        ]
    );
}

#[test]
fn a_bomb_stops_at_the_limit() {
    let zeros = text(&vec![0; 60_000]);
    let verifier = window(&Office::with_key("p256"), "residence");
    assert_eq!(
        outcome_and_lead(&verifier.verify_text(&zeros, at())),
        (Outcome::NotAuthentic, Code::CodeUnreadable)
    );
    let mut limits = Limits::DEFAULT;
    limits.payload_bytes = 1_000;
    let (own, _) = residence("p256");
    let verifier = verifier.limits(limits);
    assert_eq!(
        outcome_and_lead(&verifier.verify_text(&own, at())),
        (Outcome::NotAuthentic, Code::CodeUnreadable)
    );
}
