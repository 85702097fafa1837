//! The contents of a list: one deterministic CBOR map (`docs/FORMAT.md`, clause 6).

use super::entry::{ListedCertificate, ListedIssuer, TypePattern};
use super::{AuthorityError, AuthorityList, kid_of};
use crate::cbor::Value;
use crate::crypto::DigestAlgorithm;
use crate::limits::Limits;
use crate::pki::Certificate;
use crate::record::NAME_CHARACTERS;
use crate::record::text::line;
use crate::time::Time;

/// What a list says, before it is bound to a root.
pub(super) struct Contents {
    pub(super) sequence: u64,
    pub(super) issued: Time,
    pub(super) expires: Time,
    pub(super) previous: Option<[u8; 32]>,
    pub(super) issuers: Vec<ListedIssuer>,
}

/// The version of this layout, under key 0.
const VERSION: u64 = 1;
/// The members by key, as complaints name them.
const LIST: [&str; 6] = ["version", "sequence", "issued", "expires", "previous", "issuers"];
const ISSUER: [&str; 5] = ["", "name", "code", "types", "certificates"];
const CERTIFICATE: [&str; 5] = ["", "der", "from", "until", "revoked"];

pub(super) fn write(contents: &Contents) -> Vec<u8> {
    let time = |time: Time| Value::integer(time.unix());
    let certificate = |entry: &ListedCertificate| {
        map([
            None,
            Some(Value::Bytes(entry.der.clone())),
            Some(time(entry.from)),
            Some(time(entry.until)),
            entry.revoked.map(time),
        ])
    };
    let issuer = |entry: &ListedIssuer| {
        let types = entry.types.iter().map(|pattern| Value::text(pattern.as_str()));
        map([
            None,
            Some(Value::text(&entry.name)),
            Some(Value::text(entry.code.as_str())),
            Some(Value::Array(types.collect())),
            Some(Value::Array(entry.certificates.iter().map(certificate).collect())),
        ])
    };
    let list = map([
        Some(Value::Unsigned(VERSION)),
        Some(Value::Unsigned(contents.sequence)),
        Some(time(contents.issued)),
        Some(time(contents.expires)),
        contents.previous.map(|digest| Value::Bytes(digest.to_vec())),
        Some(Value::Array(contents.issuers.iter().map(issuer).collect())),
    ]);
    list.encode()
}

pub(super) fn read(
    bytes: &[u8],
    root: Certificate,
    limits: &Limits,
) -> Result<AuthorityList, AuthorityError> {
    let value = Value::decode(bytes, limits).map_err(AuthorityError::Cbor)?;
    let list = Members::of(&value, String::new(), &LIST)?;
    if list.required(0)? != &Value::Unsigned(VERSION) {
        return Err(list.error(0, "is not known; this library reads version 1"));
    }
    let contents = Contents {
        sequence: match list.required(1)? {
            Value::Unsigned(sequence) => *sequence,
            _ => return Err(list.error(1, "is not an unsigned integer")),
        },
        issued: list.time(2)?,
        expires: list.time(3)?,
        previous: list.digest(4)?,
        issuers: list.each(5, read_issuer)?,
    };
    let index = check(&contents)?;
    let digest = DigestAlgorithm::Sha256.digest(bytes);
    Ok(AuthorityList {
        sequence: contents.sequence,
        issued: contents.issued,
        expires: contents.expires,
        previous: contents.previous,
        issuers: contents.issuers,
        digest: digest.first_chunk().copied().unwrap_or_default(),
        root,
        index,
    })
}

fn read_issuer(value: &Value, path: String) -> Result<ListedIssuer, AuthorityError> {
    let members = Members::of(value, path, &ISSUER)?;
    Ok(ListedIssuer {
        name: members.text(1)?.to_owned(),
        code: members.parse(2, members.required(2)?, "is not a unified code")?,
        types: members.each(3, |value, path| {
            let pattern = value.as_text().and_then(|text| text.parse::<TypePattern>().ok());
            pattern.ok_or(AuthorityError::Member {
                path,
                reason: "is neither a type code nor a prefix with *",
            })
        })?,
        certificates: members.each(4, |value, path| {
            let members = Members::of(value, path, &CERTIFICATE)?;
            let der = members.required(1)?.as_bytes();
            let der = der.ok_or_else(|| members.error(1, "is not a byte string"))?;
            Ok(ListedCertificate {
                der: der.to_vec(),
                kid: kid_of(der),
                from: members.time(2)?,
                until: members.time(3)?,
                revoked: members.find(4).map(|_| members.time(4)).transpose()?,
            })
        })?,
    })
}

/// Checks the members against each other and makes the index by key identifier.
pub(super) fn check(contents: &Contents) -> Result<Vec<([u8; 8], usize, usize)>, AuthorityError> {
    let fail = |path: &str, reason| {
        let path = path.to_owned();
        Err(AuthorityError::Member { path, reason })
    };
    if contents.sequence == 0 {
        return fail("sequence", "is not at least 1");
    }
    if contents.expires <= contents.issued {
        return fail("expires", "is not after issued");
    }
    if contents.sequence == 1 && contents.previous.is_some() {
        return fail("previous", "is given for the first list");
    }
    let mut index = Vec::new();
    let mut before = None;
    for (at, issuer) in contents.issuers.iter().enumerate() {
        let path = |member: &str| format!("issuers[{at}].{member}");
        if line(&issuer.name, NAME_CHARACTERS).is_err() {
            return fail(
                &path("name"),
                "is empty, too long or has characters that may not be printed",
            );
        }
        if before.replace(&issuer.code) >= Some(&issuer.code) {
            return fail(
                &path("code"),
                "is not after the code before it; codes rise and none is given twice",
            );
        }
        if issuer.types.is_empty() || !issuer.types.is_sorted_by(|a, b| a < b) {
            return fail(&path("types"), "are none, or not rising without repetition");
        }
        if issuer.certificates.is_empty() {
            return fail(
                &path("certificates"),
                "are none; revoke certificates instead of removing them",
            );
        }
        for (number, certificate) in issuer.certificates.iter().enumerate() {
            let path = |member: &str| path(&format!("certificates[{number}].{member}"));
            if certificate.until <= certificate.from {
                return fail(&path("until"), "is not after from");
            }
            let window = certificate.from..=certificate.until;
            if certificate
                .revoked
                .is_some_and(|revoked| !window.contains(&revoked))
            {
                return fail(&path("revoked"), "is outside the window it ends");
            }
            index.push((certificate.kid, at, number));
        }
        if !issuer.certificates.is_sorted_by(|a, b| a.kid <= b.kid) {
            return fail(&path("certificates"), "do not rise by key identifier");
        }
    }
    index.sort_unstable();
    for pair in index.windows(2) {
        if let [(a, ..), (b, at, number)] = pair
            && a == b
        {
            let path = format!("issuers[{at}].certificates[{number}].der");
            return fail(&path, "has the key identifier of another certificate on the list");
        }
    }
    Ok(index)
}

/// A map of the values that are there, each under its place as key.
fn map<const N: usize>(values: [Option<Value>; N]) -> Value {
    let keyed = values.into_iter().zip(0..);
    Value::Map(
        keyed
            .filter_map(|(value, key)| Some((Value::Unsigned(key), value?)))
            .collect(),
    )
}

/// The members of one map; every key is known.
struct Members<'a, const N: usize> {
    path: String,
    names: &'static [&'static str; N],
    values: [Option<&'a Value>; N],
}

impl<'a, const N: usize> Members<'a, N> {
    fn of(value: &'a Value, path: String, names: &'static [&'static str; N]) -> Result<Self, AuthorityError> {
        let mut members = Self {
            path,
            names,
            values: [None; N],
        };
        let Some(pairs) = value.as_map() else {
            return Err(members.whole("is not a map"));
        };
        for (key, value) in pairs {
            let key = key.as_integer().and_then(|key| usize::try_from(key).ok());
            let named = key.filter(|key| names.get(*key).is_some_and(|name| !name.is_empty()));
            match named.and_then(|key| members.values.get_mut(key)) {
                Some(place) => *place = Some(value),
                None => return Err(members.whole("has a member this version does not know")),
            }
        }
        Ok(members)
    }

    fn whole(&self, reason: &'static str) -> AuthorityError {
        let path = if self.path.is_empty() { "list" } else { &self.path };
        let path = path.to_owned();
        AuthorityError::Member { path, reason }
    }

    fn path(&self, key: usize) -> String {
        let name = self.names.get(key).copied().unwrap_or_default();
        match self.path.as_str() {
            "" => name.to_owned(),
            path => format!("{path}.{name}"),
        }
    }

    fn error(&self, key: usize, reason: &'static str) -> AuthorityError {
        let path = self.path(key);
        AuthorityError::Member { path, reason }
    }

    fn find(&self, key: usize) -> Option<&'a Value> {
        self.values.get(key).copied().flatten()
    }

    fn required(&self, key: usize) -> Result<&'a Value, AuthorityError> {
        self.find(key).ok_or_else(|| self.error(key, "is missing"))
    }

    fn text(&self, key: usize) -> Result<&'a str, AuthorityError> {
        self.required(key)?
            .as_text()
            .ok_or_else(|| self.error(key, "is not text"))
    }

    fn parse<T: core::str::FromStr>(
        &self,
        key: usize,
        value: &Value,
        reason: &'static str,
    ) -> Result<T, AuthorityError> {
        let parsed = value.as_text().and_then(|text| text.parse().ok());
        parsed.ok_or_else(|| self.error(key, reason))
    }

    fn time(&self, key: usize) -> Result<Time, AuthorityError> {
        let seconds = self.required(key)?.as_integer();
        let time = seconds.and_then(|seconds| Time::from_unix(seconds).ok());
        time.ok_or_else(|| self.error(key, "is not whole seconds of the years 1 to 9999"))
    }

    fn digest(&self, key: usize) -> Result<Option<[u8; 32]>, AuthorityError> {
        let Some(value) = self.find(key) else {
            return Ok(None);
        };
        let digest = value.as_bytes().and_then(|bytes| bytes.try_into().ok());
        digest.map(Some).ok_or_else(|| self.error(key, "is not 32 bytes"))
    }

    fn each<T>(
        &self,
        key: usize,
        read: impl Fn(&'a Value, String) -> Result<T, AuthorityError>,
    ) -> Result<Vec<T>, AuthorityError> {
        let items = self.required(key)?.as_array();
        let items = items.ok_or_else(|| self.error(key, "is not an array"))?;
        let path = self.path(key);
        let item = |(at, value)| read(value, format!("{path}[{at}]"));
        items.iter().enumerate().map(item).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn worked_example_of_the_format_is_what_the_code_gives() {
        let time = |text: &str| text.parse::<Time>().unwrap();
        let contents = Contents {
            sequence: 7,
            issued: time("2030-06-01T00:00:00Z"),
            expires: time("2030-09-01T00:00:00Z"),
            previous: None,
            issuers: vec![ListedIssuer {
                name: "滨海市公安局".to_owned(),
                code: "11109900MB2A10113K".parse().unwrap(),
                types: vec!["11109900MB2A000628021".parse().unwrap()],
                certificates: vec![ListedCertificate {
                    der: b"abc".to_vec(),
                    kid: kid_of(b"abc"),
                    from: time("2030-01-01T00:00:00+08:00"),
                    until: time("2032-01-01T00:00:00+08:00"),
                    revoked: None,
                }],
            }],
        };
        assert!(check(&contents).is_ok());
        let text = include_str!("../../docs/FORMAT.md");
        let (_, rest) = text.split_once("<!-- example: list -->\n```text\n").unwrap();
        let example: String = rest.split_once("```").unwrap().0.lines().collect();
        let given: String = write(&contents)
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        assert_eq!(example, given);
    }
}
