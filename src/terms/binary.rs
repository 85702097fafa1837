//! The binary form: one deterministic CBOR map with integer keys (`docs/FORMAT.md`, clause 9).

use super::{Original, Terms, TermsError};
use crate::cbor::Value;
use crate::limits::Limits;
use crate::record::{DocumentType, Issuer};
use crate::time::{Date, Time};

/// The version of this layout, under key 0.
const VERSION: u64 = 1;

/// The members in the order of their keys, 0 to 12.
const NAMES: [&str; 13] = [
    "version",
    "original",
    "type",
    "number",
    "identifier",
    "holder",
    "issuer",
    "recipient",
    "purpose",
    "until",
    "made",
    "maker",
    "sample",
];

pub(super) fn write(terms: &Terms) -> Value {
    let pair = |a: &str, b: &str| Value::Array(vec![Value::text(a), Value::text(b)]);
    let original = &terms.original;
    let members = [
        Some(Value::Unsigned(VERSION)),
        Some(Value::Array(vec![
            Value::Unsigned(original.length),
            Value::Bytes(original.sha256.to_vec()),
        ])),
        Some(pair(original.kind.code.as_str(), &original.kind.name)),
        Some(Value::text(&original.number)),
        Some(Value::text(original.identifier.as_str())),
        Some(pair(&original.holder, &original.holder_code)),
        Some(pair(&original.issuer.name, original.issuer.code.as_str())),
        Some(Value::text(&terms.recipient)),
        Some(Value::text(&terms.purpose)),
        Some(Value::integer(terms.until.days_since_epoch())),
        Some(Value::integer(terms.made.unix())),
        Some(pair(&terms.maker.name, terms.maker.code.as_str())),
        original.sample.then_some(Value::Bool(true)),
    ];
    let keyed = members
        .into_iter()
        .zip(0..)
        .filter_map(|(value, key)| value.map(|value| (Value::Unsigned(key), value)));
    Value::Map(keyed.collect())
}

pub(super) fn read(bytes: &[u8], limits: &Limits) -> Result<Terms, TermsError> {
    if bytes.len() > limits.record_bytes {
        return Err(TermsError::TooLarge(limits.record_bytes));
    }
    let value = Value::decode(bytes, limits).map_err(TermsError::Cbor)?;
    let members = Members::of(&value)?;
    if members.required(0)? != &Value::Unsigned(VERSION) {
        return Err(error(0, "is not one that this library reads, which is 1"));
    }
    let original = match members.required(1)?.as_array() {
        Some([Value::Unsigned(length), Value::Bytes(sha256)]) => {
            let sha256 = sha256.as_slice().try_into().ok();
            sha256.map(|sha256| (*length, sha256))
        }
        _ => None,
    };
    let (length, sha256) = original.ok_or_else(|| error(1, "is not a length and 32 bytes"))?;
    let [type_code, type_name] = members.texts(2)?;
    let [holder, holder_code] = members.texts(5)?;
    let [issuer, issuer_code] = members.texts(6)?;
    let [maker, maker_code] = members.texts(11)?;
    let days = members.required(9)?.as_integer();
    let until = days.and_then(|days| Date::from_days_since_epoch(days).ok());
    let seconds = members.required(10)?.as_integer();
    let made = seconds.and_then(|seconds| Time::from_unix(seconds).ok());
    let sample = match members.find(12) {
        None => false,
        Some(Value::Bool(true)) => true,
        Some(_) => return Err(error(12, "is not true; it is left out otherwise")),
    };
    Ok(Terms {
        original: Original {
            length,
            sha256,
            kind: DocumentType {
                code: parse(2, type_code)?,
                name: type_name.to_owned(),
            },
            number: members.text(3)?.to_owned(),
            identifier: parse(4, members.text(4)?)?,
            holder: holder.to_owned(),
            holder_code: holder_code.to_owned(),
            issuer: Issuer {
                name: issuer.to_owned(),
                code: parse(6, issuer_code)?,
            },
            sample,
        },
        recipient: members.text(7)?.to_owned(),
        purpose: members.text(8)?.to_owned(),
        until: until.ok_or_else(|| error(9, "is not a day of the years 1 to 9999"))?,
        made: made.ok_or_else(|| error(10, "is not whole seconds of the years 1 to 9999"))?,
        maker: Issuer {
            name: maker.to_owned(),
            code: parse(11, maker_code)?,
        },
    })
}

fn parse<T: core::str::FromStr>(key: usize, text: &str) -> Result<T, TermsError> {
    text.parse()
        .map_err(|_| error(key, "is malformed or has a wrong check character"))
}

fn error(key: usize, reason: &'static str) -> TermsError {
    let name = NAMES.get(key).copied().unwrap_or("terms");
    TermsError::Member { name, reason }
}

/// The members of a map whose keys are all known.
struct Members<'a>(&'a [(Value, Value)]);

impl<'a> Members<'a> {
    fn of(value: &'a Value) -> Result<Self, TermsError> {
        let fault = |reason| TermsError::Member {
            name: "terms",
            reason,
        };
        let pairs = value.as_map().ok_or(fault("are not a map"))?;
        let known = |key: &Value| match key {
            Value::Unsigned(key) => usize::try_from(*key).is_ok_and(|key| key < NAMES.len()),
            _ => false,
        };
        match pairs.iter().all(|(key, _)| known(key)) {
            true => Ok(Self(pairs)),
            false => Err(fault("have a member that this version does not know")),
        }
    }

    fn find(&self, key: usize) -> Option<&'a Value> {
        let key = u64::try_from(key).ok()?;
        let found = self.0.iter().find(|(k, _)| *k == Value::Unsigned(key));
        found.map(|(_, value)| value)
    }

    fn required(&self, key: usize) -> Result<&'a Value, TermsError> {
        self.find(key).ok_or_else(|| error(key, "is missing"))
    }

    fn text(&self, key: usize) -> Result<&'a str, TermsError> {
        self.required(key)?
            .as_text()
            .ok_or_else(|| error(key, "is not text"))
    }

    fn texts(&self, key: usize) -> Result<[&'a str; 2], TermsError> {
        let texts = match self.required(key)?.as_array() {
            Some([a, b]) => a.as_text().zip(b.as_text()),
            _ => None,
        };
        texts
            .map(|(a, b)| [a, b])
            .ok_or_else(|| error(key, "is not an array of two texts"))
    }
}
