//! Status lists as bytes: what is written is read back, and what is not as it must be is refused with the claim named.

#[path = "common/corpus.rs"]
mod corpus;
#[path = "common/lists.rs"]
mod lists;
#[path = "common/random.rs"]
mod random;

use std::collections::BTreeMap;

use lists::{certificate, signer, time};
use random::Random;
use yinxin::cbor::Value;
use yinxin::cose::status::{Indices, Status, StatusDraft, StatusList};
use yinxin::crypto::SignatureAlgorithm;
use yinxin::limits::Limits;
use yinxin::pki::Signer;

const URI: &str = "https://zm.binhai.example/s/7";

fn token(draft: &StatusDraft) -> Vec<u8> {
    let signer = signer("office");
    let unsigned = draft
        .unsigned(SignatureAlgorithm::Ed25519, &certificate("office").kid())
        .unwrap();
    let signature = signer.sign(&unsigned.to_be_signed()).unwrap();
    unsigned.finish(&signature).unwrap()
}

fn draft(bits: u32, size: u32) -> StatusDraft {
    StatusDraft::new(URI, bits, size, time("2030-07-01T00:00:00Z")).unwrap()
}

/// What a look-up says is what was set last, and nothing else changed: for every width, sparse and dense, whatever was there before.
#[test]
fn what_is_set_is_what_is_looked_up_in_lists_of_any_density() {
    let mut random = Random(7);
    for bits in [1, 2, 4, 8] {
        for every in [1, 2, 10, 1000] {
            let size = u32::try_from(1 + random.below(5000)).unwrap();
            let mut made = draft(bits, size);
            let mut expected = vec![(Status::Valid, None); usize::try_from(size).unwrap()];
            for _ in 0..size.div_ceil(every) * 2 {
                let index = random.below(expected.len());
                let at = u32::try_from(index).unwrap();
                let number = u8::try_from(random.next() % (1 << bits)).unwrap();
                let status = Status::of(number);
                assert_eq!(status.number(), number);
                let deadline =
                    (status == Status::Conditional).then(|| time("2030-08-01").plus_seconds(i64::from(at)));
                match deadline {
                    Some(deadline) => made.set_conditional(at, deadline).unwrap(),
                    None => made.set(at, status).unwrap(),
                }
                expected[index] = (status, deadline);
            }
            let bytes = token(&made);
            let list = StatusList::parse(&bytes, &Limits::DEFAULT).unwrap();
            for (index, (status, deadline)) in (0..).zip(&expected) {
                assert_eq!(
                    (list.status(index), list.deadline(index)),
                    (Some(*status), *deadline),
                    "{bits} {index}"
                );
            }
            let length = u32::try_from(list.len()).unwrap();
            assert!(length >= size && length < size + 8, "{length} of {size}");
            assert_eq!((list.status(length), list.status(u32::MAX)), (None, None));
            // Written again it is the same token.
            assert_eq!(StatusDraft::after(&list, list.issued()), made);
            assert_eq!(token(&StatusDraft::after(&list, list.issued())), bytes);
            assert!(list.verify(certificate("office").public_key()).is_ok());
            assert!(list.verify(certificate("market").public_key()).is_err());
        }
    }
}

/// The token with its claims changed; nobody has signed that.
fn with_claims(bytes: &[u8], change: impl FnOnce(&mut Vec<(Value, Value)>)) -> Vec<u8> {
    let Value::Tag(tag, parts) = Value::decode(bytes, &Limits::DEFAULT).unwrap() else {
        panic!()
    };
    let mut parts = parts.as_array().unwrap().to_vec();
    let claims = Value::decode(parts[2].as_bytes().unwrap(), &Limits::DEFAULT).unwrap();
    let mut claims = claims.as_map().unwrap().to_vec();
    change(&mut claims);
    parts[2] = Value::Bytes(Value::Map(claims).encode());
    Value::Tag(tag, Box::new(Value::Array(parts))).encode()
}

fn set(claims: &mut Vec<(Value, Value)>, key: i64, value: Value) {
    claims.retain(|(known, _)| known.as_integer() != Some(key));
    claims.push((Value::integer(key), value));
}

/// The vectors in the draft's appendix, from its own text: every entry that it states, and none beside. The draft leaves open in which
/// order a map is written; only ours is read, so its lists are put into a token of ours.
#[test]
fn lists_of_the_drafts_own_vectors_say_what_the_draft_says() {
    let folder = corpus::beside("qr/token-status-list-vectors");
    let read = |name: &str| std::fs::read_to_string(folder.join(name));
    let Ok(text) = read("draft-ietf-oauth-status-list.md") else {
        println!("skipped: no vectors at {}", folder.display());
        return;
    };
    let bytes = |name: &str| {
        let text =
            read(&format!("examples/{name}_cbor.md")).or_else(|_| read(&format!("examples/{name}.md")));
        lists::hex(&text.unwrap().split_whitespace().collect::<String>())
    };
    let (_, vectors) = text
        .split_once("# Test vectors for Status List encoding")
        .unwrap();
    let (mut found, mut stated) = (0, BTreeMap::new());
    for line in vectors.lines() {
        if let Some((index, number)) = line.strip_prefix("status[").and_then(|rest| rest.split_once(']')) {
            let (_, number) = number.split_once("0b").unwrap();
            stated.insert(
                index.parse::<u32>().unwrap(),
                u8::from_str_radix(number, 2).unwrap(),
            );
        }
        let name = line.strip_prefix("{::include examples/");
        let Some(name) = name.and_then(|name| name.strip_suffix("_cbor.md}")) else {
            continue;
        };
        let value = Value::decode_foreign(&bytes(name), &Limits::DEFAULT).unwrap();
        let token = with_claims(&token(&draft(1, 8)), |claims| set(claims, 65_533, value));
        let list = StatusList::parse(&token, &Limits::DEFAULT).unwrap();
        assert_eq!(list.len(), 1 << 20, "{name}");
        let number = |index: u32| list.status(index).map_or(0, Status::number);
        let said = (0..1 << 20).map(|index| (index, number(index)));
        stated.retain(|_, number| *number != 0);
        assert_eq!(
            said.filter(|(_, number)| *number != 0)
                .collect::<BTreeMap<_, _>>(),
            stated,
            "{name}"
        );
        (found, stated) = (found + 1, BTreeMap::new());
    }
    assert_eq!(found, 4, "1, 2, 4 and 8 bits");
    // Its own token has a key identifier of two bytes, which names no certificate here.
    let refused = StatusList::parse(&bytes("status_list_cwt"), &Limits::DEFAULT);
    assert_eq!(
        refused.unwrap_err().to_string(),
        "status list: kid is not 8 bytes"
    );
}

#[test]
fn claims_that_are_not_as_they_must_be_are_refused_by_name() {
    let mut made = draft(4, 100).expires(time("2030-07-08")).ttl(60);
    made.set_conditional(5, time("2030-08-01")).unwrap();
    made.set_conditional(6, time("2030-08-01")).unwrap();
    let bytes = token(&made);
    let parse = |bytes: &[u8]| StatusList::parse(bytes, &Limits::DEFAULT);
    assert!(parse(&with_claims(&bytes, |_| {})).is_ok());
    let pair =
        |index: i64, at: &str| Value::Array(vec![Value::integer(index), Value::integer(time(at).unix())]);
    let (four, five, six) = (
        pair(4, "2030-08-01"),
        pair(5, "2030-08-01"),
        pair(6, "2030-08-01"),
    );
    let list = |bits: u64, bytes: &[u8]| {
        let packed = miniz_oxide::deflate::compress_to_vec_zlib(bytes, 6);
        Value::Map(vec![
            (Value::text("lst"), Value::Bytes(packed)),
            (Value::text("bits"), Value::Unsigned(bits)),
        ])
    };
    for (key, value, says) in [
        (65_534, Value::integer(0), "ttl is not at least one second"),
        (65_534, Value::integer(-1), "ttl is not at least one second"),
        (65_534, Value::text("60"), "ttl is not at least one second"),
        (
            4,
            Value::integer(time("2030-07-01T00:00:00Z").unix()),
            "exp is not after iat",
        ),
        (4, Value::text("2030"), "exp is not whole seconds"),
        (6, Value::Bytes(vec![]), "iat is not whole seconds"),
        (2, Value::Unsigned(7), "sub is not text"),
        (
            7,
            Value::Unsigned(7),
            "claims have one this version does not know",
        ),
        (65_533, Value::Unsigned(7), "status_list is not a map"),
        (65_533, list(3, &[0; 50]), "bits is not 1, 2, 4 or 8"),
        (65_533, list(0, &[0; 50]), "bits is not 1, 2, 4 or 8"),
        (
            65_533,
            list(4, &[0; 50]),
            "deadlines name a result that is not conditional",
        ),
        (
            65_533,
            list(4, &[]),
            "deadlines name a result that is not conditional",
        ),
        (-65_538, Value::Array(vec![]), "deadlines are none"),
        (
            -65_538,
            Value::Array(vec![six.clone(), five.clone()]),
            "do not rise by index",
        ),
        (
            -65_538,
            Value::Array(vec![five.clone(), five.clone()]),
            "do not rise by index",
        ),
        (
            -65_538,
            Value::Array(vec![four, five]),
            "name a result that is not conditional",
        ),
        (-65_538, Value::Array(vec![Value::Unsigned(5)]), "are not pairs"),
        (
            -65_538,
            Value::Array(vec![pair(-5, "2030-08-01"), six]),
            "are not pairs",
        ),
        (-65_538, Value::Unsigned(5), "are not an array"),
    ] {
        let changed = with_claims(&bytes, |claims| set(claims, key, value.clone()));
        let error = parse(&changed).unwrap_err().to_string();
        assert!(
            error.starts_with("status list: ") && error.contains(says),
            "{key} {value:?}: {error}"
        );
    }
    for key in [2, 6, 65_533] {
        let fewer = with_claims(&bytes, |claims| {
            claims.retain(|(known, _)| known.as_integer() != Some(key));
        });
        assert!(parse(&fewer).is_err(), "{key}");
    }
    assert_eq!(
        parse(&[]).unwrap_err().to_string().split(':').next(),
        Some("status list")
    );
    // What the draft itself refuses.
    for says in [
        made.set(100, Status::Valid),
        made.set_conditional(u32::MAX, time("2030-08-01")),
    ] {
        assert!(says.unwrap_err().to_string().contains("idx is beyond the end"));
    }
    let says = draft(2, 4).set(0, Status::Lapsed).unwrap_err().to_string();
    assert!(says.contains("too few for this status"), "{says}");
    assert!(
        made.set(1, Status::Conditional)
            .unwrap_err()
            .to_string()
            .contains("deadlines lack")
    );
    let backwards = draft(1, 8).expires(time("2030-07-01T00:00:00Z"));
    assert!(backwards.unsigned(SignatureAlgorithm::Ed25519, &[0; 8]).is_err());
}

/// A decompression bomb: a thousand times its size and more, refused without being unpacked; and a list of just the limit is read.
#[test]
fn what_inflates_beyond_the_limit_is_refused() {
    let large = token(&draft(8, 64 << 20));
    assert!(large.len() < 80_000, "{} bytes for 64 MiB", large.len());
    let error = StatusList::parse(&large, &Limits::DEFAULT)
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("larger than 16777216 bytes when inflated"),
        "{error}"
    );
    let small = token(&draft(8, 4096));
    let mut limits = Limits::DEFAULT;
    limits.status_bytes = 4096;
    assert!(StatusList::parse(&small, &limits).is_ok());
    limits.status_bytes = 4095;
    assert!(StatusList::parse(&small, &limits).is_err());
    // The token itself counts as well.
    let short = token(&draft(1, 8));
    limits.status_bytes = short.len();
    assert!(StatusList::parse(&short, &limits).is_ok());
    limits.status_bytes = short.len() - 1;
    assert!(StatusList::parse(&short, &limits).is_err());
    limits.status_bytes = 1;
    assert!(StatusList::parse(&short, &limits).is_err());
}

/// A register gives out places by its key for years: the permutation must not change.
#[test]
fn places_stay_where_they_are() {
    let places = |key: u8, size: u32, numbers: [u32; 6]| {
        let indices = Indices::new([key; 32], size);
        numbers.map(|number| indices.place(number))
    };
    let kept = String::from_utf8(
        std::fs::read(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/test-vectors/status/places.toml"
        ))
        .unwrap(),
    );
    #[derive(serde::Deserialize)]
    struct Kept {
        vector: Vec<Row>,
    }
    #[derive(serde::Deserialize)]
    struct Row {
        key: u8,
        size: u32,
        numbers: [u32; 6],
        places: [i64; 6],
    }
    let kept: Kept = toml::from_str(&kept.unwrap()).unwrap();
    for row in kept.vector {
        let found = places(row.key, row.size, row.numbers).map(|place| place.map_or(-1, i64::from));
        assert_eq!(found, row.places, "key {} size {}", row.key, row.size);
    }
}
