//! The claims of a foreign code: times, what kind of statement it is, and what it says, line by line.

use super::TimeState;
use crate::cbor::Value;
use crate::limits::Limits;
use crate::pki::Certificate;
use crate::time::Time;

/// One statement of a code: where it stands and what it says.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Fact {
    /// Names and numbers of claims from the outside in, joined by dots: `hcert.1.nam.fn`.
    pub path: String,
    /// The value as text; bytes as their number.
    pub value: String,
}

/// A CWT claims set (RFC 8392).
pub(super) struct Claims(Vec<(Value, Value)>);

const ISS: i64 = 1;
const EXP: i64 = 4;
const NBF: i64 = 5;
const IAT: i64 = 6;
/// MOSIP's claim 169 (IANA "CBOR Web Token Claims").
const IDENTITY: i64 = 169;
/// The health certificate claim (IANA).
const HEALTH: i64 = -260;
/// Our own (`docs/FORMAT.md`, clause 3.2).
const RESULT: i64 = -65_537;
/// Names of registered claims; others are shown by number.
const NAMES: [(i64, &str); 11] = [
    (ISS, "iss"),
    (2, "sub"),
    (3, "aud"),
    (EXP, "exp"),
    (NBF, "nbf"),
    (IAT, "iat"),
    (7, "cti"),
    (IDENTITY, "identity"),
    (HEALTH, "hcert"),
    (65_535, "status"),
    (RESULT, "result"),
];

/// Members of our own claim (`docs/FORMAT.md`, clause 3.2).
const RESULT_NAMES: [(i64, &str); 8] = [
    (1, "draft"),
    (2, "issuerName"),
    (3, "typeName"),
    (4, "number"),
    (5, "holder"),
    (6, "fields"),
    (7, "sample"),
    (8, "holderProof"),
];

/// Members of claim 169 (its specification 1.2, table 1) that are read by people.
const IDENTITY_NAMES: [(i64, &str); 24] = [
    (1, "id"),
    (2, "version"),
    (3, "language"),
    (4, "fullName"),
    (5, "firstName"),
    (6, "middleName"),
    (7, "lastName"),
    (8, "dateOfBirth"),
    (9, "gender"),
    (10, "address"),
    (11, "email"),
    (12, "phone"),
    (13, "nationality"),
    (14, "maritalStatus"),
    (15, "guardian"),
    (16, "photo"),
    (17, "photoFormat"),
    (18, "bestQualityFingers"),
    (19, "secondaryFullName"),
    (20, "secondaryLanguage"),
    (21, "locationCode"),
    (22, "legalStatus"),
    (23, "countryOfIssuance"),
    (62, "face"),
];

/// What a health certificate may be about, by the name of its entry, and the extended key usages for each (HCERT 1.0, annex A: two
/// spellings are in the field).
const USES: [(&str, [&str; 2]); 3] = [
    ("t", ["1.3.6.1.4.1.1847.2021.1.1", "1.3.6.1.4.1.0.1847.2021.1.1"]),
    ("v", ["1.3.6.1.4.1.1847.2021.1.2", "1.3.6.1.4.1.0.1847.2021.1.2"]),
    ("r", ["1.3.6.1.4.1.1847.2021.1.3", "1.3.6.1.4.1.0.1847.2021.1.3"]),
];

/// More statements than any code has room for.
const MOST: usize = 1_000;

impl Claims {
    /// The claims in the payload of a signed object; `None` if it is no map.
    pub(super) fn parse(payload: &[u8], limits: &Limits) -> Option<Self> {
        match Value::decode_foreign(payload, limits).ok()? {
            Value::Map(claims) => Some(Self(claims)),
            _ => None,
        }
    }

    /// The statement of a health certificate (HCERT 1.0, clause 3.3.7), if it has the shape of one.
    pub(super) fn health(&self) -> Option<&[(Value, Value)]> {
        let (_, entry) = self
            .find(HEALTH)?
            .as_map()?
            .iter()
            .find(|(key, _)| key.as_integer() == Some(1))?;
        entry.as_map()
    }

    pub(super) fn is_identity(&self) -> bool {
        self.find(IDENTITY).is_some()
    }

    /// Where `at` lies between the times that the claims state.
    pub(super) fn time(&self, at: Time) -> TimeState {
        let [begins, issued, ends] = [NBF, IAT, EXP].map(|claim| self.find(claim).and_then(seconds));
        let at = at.unix();
        if ends.is_some_and(|end| at > end) {
            TimeState::Expired
        } else if begins.is_some_and(|begin| at < begin) || issued.is_some_and(|issued| at < issued) {
            TimeState::Early
        } else if begins.or(issued).or(ends).is_some() {
            TimeState::Within
        } else {
            TimeState::Unstated
        }
    }

    /// Whether the extended key usage of `certificate` permits what the health certificate is about. A certificate that names none
    /// of the uses may sign all.
    pub(super) fn permitted_by(&self, certificate: &Certificate) -> Option<bool> {
        let usages = certificate.extended_key_usage();
        let names = |oids: &[&str; 2]| oids.iter().any(|oid| usages.iter().any(|usage| usage == oid));
        if !USES.iter().any(|(_, oids)| names(oids)) {
            return Some(true);
        }
        let entry = self.health()?;
        let about = |use_: &str| {
            let found = entry.iter().find(|(key, _)| key.as_text() == Some(use_));
            found.is_some_and(|(_, value)| !matches!(value, Value::Null))
        };
        Some(USES.iter().all(|(use_, oids)| !about(use_) || names(oids)))
    }

    /// Everything that is said, in the order of the code.
    pub(super) fn facts(&self, limits: &Limits) -> Vec<Fact> {
        let mut facts = Vec::new();
        for (key, value) in &self.0 {
            let inner: &[(i64, &str)] = match key.as_integer() {
                Some(IDENTITY) => &IDENTITY_NAMES,
                Some(RESULT) => &RESULT_NAMES,
                _ => &[],
            };
            say(&mut facts, named(key, &NAMES), value, inner, limits.depth);
        }
        facts
    }

    fn find(&self, claim: i64) -> Option<&Value> {
        let found = self.0.iter().find(|(key, _)| key.as_integer() == Some(claim));
        found.map(|(_, value)| value)
    }
}

/// NumericDate (RFC 8392, clause 2): seconds, whole or not, tagged or not.
fn seconds(value: &Value) -> Option<i64> {
    match value {
        Value::Tag(_, inner) => seconds(inner),
        Value::Float(bits) => {
            let seconds = f64::from_bits(*bits);
            #[expect(
                clippy::cast_possible_truncation,
                reason = "in range; fractions of a second do not count"
            )]
            (seconds.abs() < 1e15).then_some(seconds as i64)
        }
        _ => value.as_integer(),
    }
}

fn named(key: &Value, names: &[(i64, &str)]) -> String {
    let name = key
        .as_integer()
        .and_then(|key| names.iter().find(|(number, _)| *number == key));
    match (name, key) {
        (Some((_, name)), _) => (*name).to_owned(),
        (None, Value::Text(text)) => text.clone(),
        (None, key) => plain(key),
    }
}

/// Appends what `value` says. Decoding has bounded its depth.
fn say(facts: &mut Vec<Fact>, path: String, value: &Value, names: &[(i64, &str)], depth: usize) {
    let Some(depth) = depth.checked_sub(1) else { return };
    if facts.len() >= MOST {
        return;
    }
    match value {
        Value::Map(pairs) => {
            for (key, value) in pairs {
                say(facts, format!("{path}.{}", named(key, names)), value, &[], depth);
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                say(facts, format!("{path}.{index}"), item, &[], depth);
            }
        }
        Value::Tag(_, inner) => say(facts, path, inner, names, depth),
        value => facts.push(Fact {
            path,
            value: plain(value),
        }),
    }
}

fn plain(value: &Value) -> String {
    match value {
        Value::Unsigned(n) => n.to_string(),
        Value::Negative(n) => (-1 - i128::from(*n)).to_string(),
        Value::Bytes(bytes) => format!("{} bytes", bytes.len()),
        Value::Text(text) => text.clone(),
        Value::Bool(flag) => flag.to_string(),
        Value::Null => "null".to_owned(),
        Value::Float(bits) => f64::from_bits(*bits).to_string(),
        Value::Array(_) | Value::Map(_) | Value::Tag(..) => "structure".to_owned(),
    }
}
