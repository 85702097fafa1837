use super::*;
use crate::compose::Template;
use crate::impression::{Impression, RoundSeal};
use crate::payload::Payload;
use crate::pki::{Signer as _, SoftwareSigner};
use crate::record::Record;
use crate::seal::{Identity, Seal, SealError};

fn file(path: &str) -> String {
    std::fs::read_to_string(format!("{}/{path}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

fn signer() -> SoftwareSigner {
    let chain = Certificate::from_pem_many(&file("test-vectors/keys/ed25519.cert.pem")).unwrap();
    SoftwareSigner::from_pem(&file("test-vectors/keys/ed25519.key.pem"), chain).unwrap()
}

fn draft() -> Draft {
    let record = Record::from_json(
        file("examples/data/records/residence.json").as_bytes(),
        &Limits::DEFAULT,
    );
    let template = Template::builtin("residence").unwrap();
    template.compose(&record.unwrap()).unwrap()
}

fn prepared(draft: &Draft) -> Prepared {
    let seal = Seal::new(Impression::round(&RoundSeal::new("滨海市公安局"), crate::font::bundled()).unwrap());
    let record = Record::from_json(
        file("examples/data/records/residence.json").as_bytes(),
        &Limits::DEFAULT,
    );
    let at = Time::from_unix(1_900_000_000).unwrap();
    let own = signer();
    let sealing = draft.bind(Payload::of(&record.unwrap())).code_signer(&own);
    sealing.prepare(&seal, &Identity::of(&own), at).unwrap()
}

/// The members changed by `change`, with a digest that fits.
fn changed(bytes: &[u8], change: impl Fn(&str, &mut Value)) -> Vec<u8> {
    let whole = Value::decode(bytes, &Limits::DEFAULT).unwrap();
    let contents = whole.as_array().unwrap()[0].as_bytes().unwrap().to_vec();
    let Value::Map(mut pairs) = Value::decode(&contents, &Limits::DEFAULT).unwrap() else {
        panic!("no map");
    };
    for (key, value) in &mut pairs {
        change(key.as_text().unwrap(), value);
    }
    let contents = Value::Map(pairs).encode();
    let digest = DigestAlgorithm::Sha256.digest(&contents);
    Value::Array(vec![Value::Bytes(contents), Value::Bytes(digest)]).encode()
}

fn refused(bytes: &[u8], draft: &Draft) -> PreparedError {
    Prepared::from_bytes(bytes, draft, &Limits::DEFAULT)
        .err()
        .expect("it is refused")
}

#[test]
fn what_was_put_by_is_finished_into_the_same_bytes() {
    let draft = draft();
    let here = prepared(&draft);
    let bytes = here.to_bytes();
    assert!(bytes.len() < here.appended.len() + 4096, "{} bytes", bytes.len());
    let there = Prepared::from_bytes(&bytes, &draft, &Limits::DEFAULT).unwrap();
    assert_eq!(there.to_bytes(), bytes);
    assert_eq!(there.to_be_signed(), here.to_be_signed());
    let signature = signer().sign(here.to_be_signed()).unwrap();
    let (here, there) = (
        here.finish(&signature).unwrap(),
        there.finish(&signature).unwrap(),
    );
    assert_eq!(
        (here.symbol(), here.code_text()),
        (there.symbol(), there.code_text())
    );
    assert_eq!((here.claimed(), here.kept()), (there.claimed(), there.kept()));
    assert_eq!(here.terms().at, there.terms().at);
    assert_eq!(here.into_bytes(), there.into_bytes());
}

#[test]
fn another_draft_is_told_by_its_digest() {
    let draft = draft();
    let bytes = prepared(&draft).to_bytes();
    let mut other = draft.bytes().to_vec();
    other.push(b'\n');
    let other = Draft::new(other, draft.slots().clone());
    let (length, sha256) = draft.digest();
    assert_eq!(
        refused(&bytes, &other),
        PreparedError::OtherDraft { length, sha256 }
    );
}

#[test]
fn any_bit_or_byte_lost_is_noticed() {
    let draft = draft();
    let bytes = prepared(&draft).to_bytes();
    for place in (0..bytes.len()).step_by(251) {
        let mut flipped = bytes.clone();
        flipped[place] ^= 1;
        refused(&flipped, &draft);
        refused(&bytes[..place], &draft);
    }
    let limits = Limits {
        prepared_bytes: 1000,
        ..Limits::DEFAULT
    };
    let large = Prepared::from_bytes(&bytes, &draft, &limits).err();
    assert_eq!(large, Some(PreparedError::TooLarge));
}

#[test]
fn members_that_contradict_are_refused_by_name() {
    let draft = draft();
    let bytes = prepared(&draft).to_bytes();
    assert_eq!(
        refused(
            &changed(&bytes, |name, value| if name == "version" {
                *value = Value::integer(2);
            }),
            &draft
        ),
        PreparedError::Version(2)
    );
    for (member, wrong) in [
        ("algorithm", Value::text("rsa-pkcs1-sha256")),
        ("algorithm", Value::text("md5")),
        ("appended", Value::Bytes(vec![])),
        ("certifies", Value::integer(4)),
        ("chain", Value::Array(vec![])),
        ("code", Value::text("")),
        (
            "contents",
            Value::Array(vec![Value::integer(0), Value::integer(9)]),
        ),
        (
            "contents",
            Value::Array(vec![Value::integer(9), Value::integer(0)]),
        ),
        ("draft", Value::Null),
        ("format", Value::text("another")),
        ("kept", Value::Null),
        ("placed", Value::Null),
        ("room", Value::Negative(0)),
    ] {
        let put = changed(&bytes, |name, value| {
            if name == member {
                *value = wrong.clone();
            }
        });
        let error = refused(&put, &draft);
        let expected = if member == "appended" { "contents" } else { member };
        assert_eq!(error, PreparedError::Member(expected), "{member}: {wrong:?}");
    }
}

#[test]
fn what_was_changed_after_signing_takes_no_signature() {
    let draft = draft();
    let here = prepared(&draft);
    let signature = signer().sign(here.to_be_signed()).unwrap();
    let put = changed(&here.to_bytes(), |name, value| {
        if let ("appended", Value::Bytes(appended)) = (name, value) {
            // The time of sealing, say.
            let place = appended.windows(4).position(|window| window == b"(D:2").unwrap();
            appended[place + 6] ^= 1;
        }
    });
    let there = Prepared::from_bytes(&put, &draft, &Limits::DEFAULT).unwrap();
    assert!(matches!(
        there.finish(&signature).err(),
        Some(SealError::SignatureInvalid)
    ));
}

#[test]
fn a_place_on_a_status_list_is_put_by_as_one_or_refused() {
    let draft = draft();
    let (own, uri) = (signer(), "https://zm.binhai.example/s/7");
    let mark = Impression::round(&RoundSeal::new("滨海市公安局"), crate::font::bundled()).unwrap();
    let place = StatusReference::new(uri, 7).unwrap();
    let sealing = draft.without_code().status(place.clone());
    let at = Time::from_unix(1_900_000_000).unwrap();
    let bytes = sealing.prepare(&Seal::new(mark), &Identity::of(&own), at);
    let bytes = bytes.unwrap().to_bytes();
    let there = Prepared::from_bytes(&bytes, &draft, &Limits::DEFAULT).unwrap();
    assert_eq!(there.terms.status, Some(place));
    let named = |index: Value| Value::Array(vec![Value::text(uri), index]);
    for wrong in [
        Value::Null,
        Value::text(uri),
        Value::Array(vec![Value::text(uri)]),
        Value::Array(vec![Value::text("http://zm.binhai.example"), Value::integer(7)]),
        named(Value::integer(-1)),
        named(Value::Unsigned(1 << 32)),
        named(Value::text("7")),
    ] {
        let put = changed(&bytes, |name, value| {
            if name == "status" {
                *value = wrong.clone();
            }
        });
        assert_eq!(
            refused(&put, &draft),
            PreparedError::Member("status"),
            "{wrong:?}"
        );
    }
}
