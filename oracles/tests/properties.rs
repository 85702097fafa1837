//! What must hold for every record, payload, text, CBOR value and symbol, tried on generated ones.

mod generate;

use generate::{changes, config, mutated, record};
use proptest::prelude::*;
use proptest::sample::select;
use yinxin::cbor::Value;
use yinxin::crypto::{PrivateKey, SignatureAlgorithm};
use yinxin::limits::Limits;
use yinxin::payload::{
    Payload, PayloadError, SignedPayload, TEXT_CHARACTERS, TextForm, decode_text, encode_text,
};
use yinxin::record::Record;
use yinxin::symbol::read::{read_luma, read_png};
use yinxin::symbol::{Level, Symbol, SymbolError};

const LIMITS: Limits = Limits::DEFAULT;
const KID: [u8; 8] = *b"property";

fn key() -> PrivateKey {
    let mut pkcs8 = vec![
        0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20,
    ];
    pkcs8.extend([7; 32]);
    PrivateKey::from_pkcs8(&pkcs8).unwrap()
}

fn signed(payload: &Payload) -> Vec<u8> {
    let unsigned = payload.unsigned(SignatureAlgorithm::Ed25519, &KID).unwrap();
    let signature = key()
        .sign(SignatureAlgorithm::Ed25519, &unsigned.to_be_signed())
        .unwrap();
    unsigned.finish(&signature).unwrap()
}

const BASE: &str = "https://zm.binhai.example/v";

fn form() -> impl Strategy<Value = TextForm<'static>> {
    select(vec![TextForm::Compact, TextForm::Url(BASE)])
}

/// Bytes like those of payloads, in which the dictionary finds something, and bytes in which it finds nothing.
fn bytes(most: usize) -> impl Strategy<Value = Vec<u8>> {
    let dictionary = select(vec![
        "滨海市",
        "证明",
        "1.2.156.3005.2.",
        "\0\0\0",
        "2030",
        "公民身份号码",
        "\u{d2}\u{84}",
    ]);
    prop_oneof![
        prop::collection::vec(any::<u8>(), 0..most),
        prop::collection::vec(dictionary, 0..40).prop_map(|parts| parts.concat().into_bytes()),
        (0..64_usize, any::<u8>()).prop_map(|(length, byte)| vec![byte; length]),
        (0..64_usize, prop::collection::vec(any::<u8>(), 0..64)).prop_map(|(zeros, rest)| [
            vec![0; zeros],
            rest
        ]
        .concat()),
    ]
}

proptest! {
    #![proptest_config(config(256))]

    #[test]
    fn a_record_comes_back_from_json_and_cbor(record in record()) {
        let json = record.to_json();
        prop_assert_eq!(&Record::from_json(json.as_bytes(), &LIMITS).unwrap(), &record);
        let cbor = record.to_cbor();
        let again = Record::from_cbor(&cbor, &LIMITS).unwrap();
        prop_assert_eq!(&again, &record);
        prop_assert_eq!(again.to_json(), json);
        prop_assert_eq!(Value::decode(&cbor, &LIMITS).unwrap().encode(), cbor, "deterministic");
    }

    #[test]
    fn changed_json_is_refused_or_is_another_valid_record(record in record(), changes in changes()) {
        let changed = mutated(record.to_json().into_bytes(), &changes);
        if let Ok(other) = Record::from_json(&changed, &LIMITS) {
            prop_assert_eq!(&Record::from_json(other.to_json().as_bytes(), &LIMITS).unwrap(), &other);
            prop_assert_eq!(&Record::from_cbor(&other.to_cbor(), &LIMITS).unwrap(), &other);
        }
    }

    #[test]
    fn cbor_of_a_record_has_one_spelling(record in record(), changes in changes()) {
        let changed = mutated(record.to_cbor(), &changes);
        if let Ok(other) = Record::from_cbor(&changed, &LIMITS) {
            prop_assert_eq!(other.to_cbor(), changed);
        }
    }

    #[test]
    fn claims_come_back(record in record(), length in any::<u32>(), sha256 in any::<[u8; 32]>(), bound in any::<bool>()) {
        let mut payload = Payload::of(&record);
        if bound {
            payload = payload.with_draft(length.into(), sha256);
        }
        let claims = payload.encode_claims();
        let again = Payload::decode_claims(&claims, &LIMITS);
        prop_assert_eq!(again.as_ref(), Ok(&payload), "issued {}", record.issued());
        prop_assert_eq!(again.unwrap().encode_claims(), claims);
    }

    #[test]
    fn changed_claims_are_refused_or_have_one_spelling(record in record(), changes in changes()) {
        let changed = mutated(Payload::of(&record).encode_claims(), &changes);
        if let Ok(other) = Payload::decode_claims(&changed, &LIMITS) {
            prop_assert_eq!(other.encode_claims(), changed);
        }
    }

    #[test]
    fn a_text_brings_back_its_payload(record in record(), form in form()) {
        let payload = Payload::of(&record);
        let cose = signed(&payload);
        match encode_text(&cose, &form) {
            Ok(text) => {
                prop_assert!(text.len() <= TEXT_CHARACTERS);
                let read = SignedPayload::parse(&decode_text(&text, &LIMITS).unwrap(), &LIMITS).unwrap();
                prop_assert_eq!(read.payload(), &payload);
                prop_assert!(read.verify(&key().public_key()).is_ok());
            }
            // No symbol holds a record of many thousand characters.
            Err(error) => {
                prop_assert_eq!(error, PayloadError::TooLarge(TEXT_CHARACTERS));
                prop_assert!(cose.len() > 2500, "{} bytes are too much", cose.len());
            }
        }
    }

    #[test]
    fn a_text_brings_back_any_bytes(bytes in bytes(2500), form in form()) {
        let text = encode_text(&bytes, &form).unwrap();
        prop_assert_eq!(decode_text(&text, &LIMITS), Ok(bytes.clone()));
        let shown = text.to_ascii_lowercase();
        prop_assert_eq!(decode_text(&shown, &LIMITS), Ok(bytes), "lower case");
        if form == TextForm::Compact {
            prop_assert!(text.bytes().all(|b| b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:".contains(&b)));
        } else {
            prop_assert!(text.strip_prefix(BASE).unwrap()[1..].bytes().all(|b| b.is_ascii_digit()));
        }
    }

    #[test]
    fn no_other_text_verifies_as_another_payload(form in form(), changes in changes()) {
        let payload = Payload::of(&sample());
        let text = encode_text(&signed(&payload), &form).unwrap();
        let changed = mutated(text.into_bytes(), &changes);
        assert_worthless(&String::from_utf8_lossy(&changed), Some(&payload));
    }

    #[test]
    fn a_made_up_text_never_verifies(
        start in select(vec!["", "YX1:", "yx1:", "https://a#", "HTTPS://x/y#", "https://", "YX1"]),
        rest in prop_oneof!["\\PC{0,200}", "[0-9]{0,400}", "[0-9A-Z $%*+./:-]{0,400}", any::<String>()],
    ) {
        assert_worthless(&format!("{start}{rest}"), None);
    }

    #[test]
    fn cbor_comes_back(value in value()) {
        let bytes = value.encode();
        let again = Value::decode(&bytes, &LIMITS).unwrap();
        prop_assert_eq!(again.encode(), bytes.clone());
        prop_assert_eq!(again, value);
        // Another implementation reads the same item and nothing is left over.
        let theirs: coset::cbor::Value = coset::cbor::from_reader(bytes.as_slice()).unwrap();
        let mut written = Vec::new();
        coset::cbor::into_writer(&theirs, &mut written).unwrap();
        prop_assert_eq!(written, bytes);
    }

    #[test]
    fn bytes_that_are_cbor_are_its_only_spelling(
        bytes in prop_oneof![prop::collection::vec(any::<u8>(), 0..64), (value(), changes()).prop_map(|(v, c)| mutated(v.encode(), &c))],
    ) {
        if let Ok(value) = Value::decode(&bytes, &LIMITS) {
            prop_assert_eq!(value.encode(), bytes);
        }
    }
}

proptest! {
    // Looking for a code in a picture is slow in a test build.
    #![proptest_config(config(48))]

    #[test]
    fn a_symbol_of_any_ascii_text_is_read_back(
        text in prop_oneof!["[ -~]{1,300}", "[0-9]{1,900}", "[0-9A-Z $%*+./:-]{1,500}", "[\\x00-\\x7f]{1,80}"],
        level in select(vec![Level::L, Level::M, Level::Q, Level::H]),
        pixels in 2..5_u32,
    ) {
        let symbol = Symbol::of_text(&text, level).unwrap();
        let read = read_png(&symbol.to_png(pixels), &LIMITS);
        prop_assert_eq!(read.as_ref(), Ok(&vec![text]), "version {} {}", symbol.version(), level);
    }

    #[test]
    fn a_symbol_of_any_text_is_made_or_too_long(text in "\\PC{0,3000}") {
        match Symbol::of_text(&text, Level::M) {
            Ok(symbol) => prop_assert_eq!(symbol.width(), 17 + 4 * usize::from(symbol.version())),
            Err(SymbolError::Empty) => prop_assert!(text.is_empty()),
            Err(_) => prop_assert!(text.len() > 2000, "{} bytes", text.len()),
        }
    }

    #[test]
    fn noise_is_no_code(width in 1..120_u32, height in 1..120_u32, seed in prop::collection::vec(any::<u8>(), 1..200)) {
        let count = usize::try_from(width * height).unwrap();
        let luma: Vec<u8> = seed.iter().copied().cycle().take(count).collect();
        prop_assert!(read_luma(width, height, &luma, &LIMITS).is_err());
    }
}

/// `text` is damaged, or not signed, or says what `genuine` says.
fn assert_worthless(text: &str, genuine: Option<&Payload>) {
    let Ok(cose) = decode_text(text, &LIMITS) else {
        return;
    };
    let Ok(read) = SignedPayload::parse(&cose, &LIMITS) else {
        return;
    };
    if read.verify(&key().public_key()).is_ok() {
        assert_eq!(Some(read.payload()), genuine, "{text}");
    }
}

fn sample() -> Record {
    let json = include_bytes!("../../examples/data/records/residence.json");
    Record::from_json(json, &LIMITS).unwrap()
}

/// Any value with maps as they are read: sorted by encoded key, each key once.
fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        any::<u64>().prop_map(Value::Unsigned),
        any::<u64>().prop_map(Value::Negative),
        (0..300_u64).prop_map(Value::Unsigned),
        prop::collection::vec(any::<u8>(), 0..300).prop_map(Value::Bytes),
        ".{0,40}".prop_map(Value::Text),
        any::<bool>().prop_map(Value::Bool),
        Just(Value::Null),
    ];
    leaf.prop_recursive(5, 60, 10, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..30).prop_map(Value::Array),
            // Tags 2 and 3 are big integers, which other implementations read as such.
            (4..u64::MAX, inner.clone()).prop_map(|(tag, value)| Value::Tag(tag, Box::new(value))),
            prop::collection::vec((inner.clone(), inner), 0..10).prop_map(|mut pairs| {
                pairs.sort_by_cached_key(|(key, _)| key.encode());
                pairs.dedup_by(|a, b| a.0 == b.0);
                Value::Map(pairs)
            }),
        ]
    })
}
