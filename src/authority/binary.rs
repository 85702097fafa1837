//! The contents of a list: one deterministic CBOR map (`docs/FORMAT.md`, clause 6.3).

use std::sync::OnceLock;

use super::entry::{Change, ListedCertificate, ListedIssuer, Reason, Standing};
use super::error::{Attack, AuthorityError};
use super::members::{self, DIGEST, Members, TIME, map};
use super::pattern::{RegionPattern, TypePattern};
use super::roots::{self, NAME, Roots};
use super::sublist::Delegation;
use crate::cbor::Value;
use crate::crypto::DigestAlgorithm;
use crate::limits::Limits;
use crate::record::NAME_CHARACTERS;
use crate::record::text::line;
use crate::time::Time;

/// What a list says.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Contents {
    pub(super) name: String,
    pub(super) roots: u64,
    pub(super) sequence: u64,
    pub(super) issued: Time,
    pub(super) next_update: Time,
    pub(super) expires: Time,
    pub(super) previous: Option<[u8; 32]>,
    pub(super) issuers: Vec<ListedIssuer>,
    pub(super) delegations: Vec<Delegation>,
}

/// Key identifier, issuer and certificate of every entry, sorted by the first.
pub(super) type Index = Vec<([u8; 8], usize, usize)>;

/// The version of this layout, under key 0.
const VERSION: u64 = 1;
/// The members by key, as complaints name them.
const LIST: [&str; 10] = [
    "version",
    "name",
    "roots",
    "sequence",
    "issued",
    "next_update",
    "expires",
    "previous",
    "issuers",
    "delegations",
];
const ISSUER: [&str; 7] = [
    "",
    "name",
    "code",
    "types",
    "certificates",
    "regions",
    "templates",
];
const CERTIFICATE: [&str; 5] = ["", "der", "from", "until", "history"];
const DELEGATION: [&str; 11] = [
    "",
    "name",
    "number",
    "threshold",
    "roots",
    "types",
    "regions",
    "templates",
    "depth",
    "sequence",
    "digest",
];
/// How deep a list may let its sub-lists delegate.
const DEEPEST: u64 = 8;

pub(super) fn write(contents: &Contents) -> Vec<u8> {
    let list = map([
        Some(Value::Unsigned(VERSION)),
        Some(Value::text(&contents.name)),
        Some(Value::Unsigned(contents.roots)),
        Some(Value::Unsigned(contents.sequence)),
        Some(time(contents.issued)),
        Some(time(contents.next_update)),
        Some(time(contents.expires)),
        contents.previous.map(|digest| Value::Bytes(digest.to_vec())),
        Some(Value::Array(contents.issuers.iter().map(write_issuer).collect())),
        some(&contents.delegations, write_delegation),
    ]);
    list.encode()
}

fn time(time: Time) -> Value {
    Value::integer(time.unix())
}

/// An array, left out where it would be empty.
fn some<T>(items: &[T], write: impl Fn(&T) -> Value) -> Option<Value> {
    (!items.is_empty()).then(|| Value::Array(items.iter().map(write).collect()))
}

fn digests(hashes: &[[u8; 32]]) -> Option<Value> {
    some(hashes, |hash| Value::Bytes(hash.to_vec()))
}

fn write_issuer(entry: &ListedIssuer) -> Value {
    map([
        None,
        Some(Value::text(&entry.name)),
        Some(Value::text(entry.code.as_str())),
        some(&entry.types, |pattern| Value::text(pattern.as_str())),
        some(&entry.certificates, write_certificate),
        some(&entry.regions, |pattern| Value::text(pattern.as_str())),
        digests(&entry.templates),
    ])
}

fn write_certificate(entry: &ListedCertificate) -> Value {
    let change = |change: &Change| {
        let (standing, reason) = (change.standing.number(), change.reason.number());
        Value::Array(vec![
            time(change.from),
            Value::Unsigned(standing),
            Value::Unsigned(reason),
        ])
    };
    map([
        None,
        Some(Value::Bytes(entry.der.clone())),
        Some(time(entry.from)),
        Some(time(entry.until)),
        some(&entry.history, change),
    ])
}

fn write_delegation(entry: &Delegation) -> Value {
    let threshold = u64::try_from(entry.roots.threshold).unwrap_or(u64::MAX);
    map([
        None,
        Some(Value::text(&entry.name)),
        Some(Value::Unsigned(entry.roots.version.unwrap_or_default())),
        Some(Value::Unsigned(threshold)),
        Some(roots::certificates(&entry.roots.certificates)),
        some(&entry.types, |pattern| Value::text(pattern.as_str())),
        some(&entry.regions, |pattern| Value::text(pattern.as_str())),
        digests(&entry.templates),
        (entry.depth > 0).then_some(Value::Unsigned(entry.depth)),
        Some(Value::Unsigned(entry.sequence)),
        entry.digest.map(|digest| Value::Bytes(digest.to_vec())),
    ])
}

pub(super) fn read(bytes: &[u8], limits: &Limits) -> Result<(Contents, Index), AuthorityError> {
    let value = Value::decode(bytes, limits).map_err(AuthorityError::Cbor)?;
    let list = Members::of(&value, String::new(), &LIST)?;
    if list.required(0)? != &Value::Unsigned(VERSION) {
        return Err(list.error(0, "is not known; this library reads version 1"));
    }
    let contents = Contents {
        name: list.text(1)?.to_owned(),
        roots: list.unsigned(2)?,
        sequence: list.unsigned(3)?,
        issued: list.time(4)?,
        next_update: list.time(5)?,
        expires: list.time(6)?,
        previous: list.digest(7)?,
        issuers: list.each(8, read_issuer)?,
        delegations: list.some(9, |value, path| read_delegation(value, path, limits))?,
    };
    let index = check(&contents)?;
    Ok((contents, index))
}

fn read_issuer(value: &Value, path: String) -> Result<ListedIssuer, AuthorityError> {
    let members = Members::of(value, path, &ISSUER)?;
    Ok(ListedIssuer {
        name: members.text(1)?.to_owned(),
        code: members.parse(2, "is not a unified code")?,
        types: types(&members, 3)?,
        certificates: members.each(4, read_certificate)?,
        regions: regions(&members, 5)?,
        templates: templates(&members, 6)?,
    })
}

fn read_certificate(value: &Value, path: String) -> Result<ListedCertificate, AuthorityError> {
    let members = Members::of(value, path, &CERTIFICATE)?;
    let der = members.bytes(1)?;
    let change = |value: &Value, path: String| {
        let fail = |reason| AuthorityError::member(&path, reason);
        let Some([from, Value::Unsigned(standing), Value::Unsigned(reason)]) = value.as_array() else {
            return Err(fail("is not time, standing and reason"));
        };
        Ok(Change {
            from: members::time(from).ok_or(fail(TIME))?,
            standing: Standing::of(*standing).ok_or(fail("has a standing this version does not know"))?,
            reason: Reason::of(*reason).ok_or(fail("has a reason that is none of RFC 5280"))?,
        })
    };
    Ok(certificate(
        der.to_vec(),
        members.time(2)?,
        members.time(3)?,
        members.some(4, change)?,
    ))
}

/// A certificate of the list, with its digest and not yet parsed.
pub(super) fn certificate(der: Vec<u8>, from: Time, until: Time, history: Vec<Change>) -> ListedCertificate {
    let digest = DigestAlgorithm::Sha256.digest(&der);
    ListedCertificate {
        der,
        sha256: digest.first_chunk().copied().unwrap_or_default(),
        from,
        until,
        history,
        parsed: OnceLock::new(),
    }
}

fn read_delegation(value: &Value, path: String, limits: &Limits) -> Result<Delegation, AuthorityError> {
    let members = Members::of(value, path, &DELEGATION)?;
    let mut roots: Roots = roots::set(&members, 3, 4, limits)?;
    roots.version = Some(members.unsigned(2)?);
    let depth = match members.find(8) {
        None => 0,
        Some(Value::Unsigned(depth @ 1..=DEEPEST)) => *depth,
        Some(_) => return Err(members.error(8, "is not 1 to 8; leave it out for none")),
    };
    Ok(Delegation {
        name: members.text(1)?.to_owned(),
        roots,
        types: types(&members, 5)?,
        regions: regions(&members, 6)?,
        templates: templates(&members, 7)?,
        depth,
        sequence: members.unsigned(9)?,
        digest: members.digest(10)?,
    })
}

fn types<const N: usize>(members: &Members<'_, N>, key: usize) -> Result<Vec<TypePattern>, AuthorityError> {
    members.each(key, |value, path| {
        Members::<N>::patterns(value, &path, "is neither a type code nor a prefix with *")
    })
}

fn regions<const N: usize>(
    members: &Members<'_, N>,
    key: usize,
) -> Result<Vec<RegionPattern>, AuthorityError> {
    members.some(key, |value, path| {
        Members::<N>::patterns(value, &path, "is not 2, 4 or 6 digits of a region")
    })
}

fn templates<const N: usize>(members: &Members<'_, N>, key: usize) -> Result<Vec<[u8; 32]>, AuthorityError> {
    members.some(key, |value, path| {
        members::digest(value).ok_or_else(|| AuthorityError::member(&path, DIGEST))
    })
}

/// Checks the members against each other and makes the index by key identifier.
pub(super) fn check(contents: &Contents) -> Result<Index, AuthorityError> {
    let fail = |path: &str, reason| Err(AuthorityError::member(path, reason));
    if line(&contents.name, NAME_CHARACTERS).is_err() {
        return fail("name", NAME);
    }
    if contents.roots == 0 {
        return fail("roots", "is not at least 1");
    }
    if contents.sequence == 0 {
        return fail("sequence", "is not at least 1");
    }
    if contents.next_update <= contents.issued {
        return fail("next_update", "is not after issued");
    }
    if contents.expires < contents.next_update {
        return fail("expires", "is before next_update");
    }
    match (contents.sequence, contents.roots, contents.previous) {
        (1, 1, Some(_)) => return fail("previous", "is given for the first list"),
        (2.., _, None) => return fail("previous", "is missing; only the first list has none"),
        _ => {}
    }
    let mut index = Vec::new();
    let mut before = None;
    for (at, issuer) in contents.issuers.iter().enumerate() {
        if before.replace(&issuer.code) >= Some(&issuer.code) {
            let path = format!("issuers[{at}].code");
            return fail(
                &path,
                "is not after the code before it; codes rise and none is given twice",
            );
        }
        check_issuer(issuer, at)?;
        let certificates = issuer.certificates.iter().enumerate();
        index.extend(certificates.map(|(number, certificate)| (certificate.kid(), at, number)));
    }
    index.sort_unstable();
    for pair in index.windows(2) {
        if let [(a, ..), (b, ..)] = pair
            && a == b
        {
            return Err(Attack::KidCollision { kid: *a }.into());
        }
    }
    let mut before = None;
    for (at, delegation) in contents.delegations.iter().enumerate() {
        check_delegation(delegation, at)?;
        if before.replace(&delegation.name) >= Some(&delegation.name) {
            let path = format!("delegations[{at}].name");
            return fail(
                &path,
                "is not after the name before it; names rise and none is given twice",
            );
        }
    }
    Ok(index)
}

fn check_issuer(issuer: &ListedIssuer, at: usize) -> Result<(), AuthorityError> {
    let fail = |member: &str, reason| {
        let path = format!("issuers[{at}].{member}");
        Err(AuthorityError::member(&path, reason))
    };
    if line(&issuer.name, NAME_CHARACTERS).is_err() {
        return fail("name", NAME);
    }
    if issuer.types.is_empty() || !rising(&issuer.types) {
        return fail("types", "are none, or not rising without repetition");
    }
    if !rising(&issuer.regions) {
        return fail("regions", "are not rising without repetition");
    }
    if !rising(&issuer.templates) {
        return fail("templates", "are not rising without repetition");
    }
    if issuer.certificates.is_empty() {
        return fail(
            "certificates",
            "are none; revoke certificates instead of removing them",
        );
    }
    for (number, certificate) in issuer.certificates.iter().enumerate() {
        let fail = |member: &str, reason| fail(&format!("certificates[{number}].{member}"), reason);
        if certificate.until <= certificate.from {
            return fail("until", "is not after from");
        }
        let mut standing = Standing::InForce;
        let mut before = None;
        for change in &certificate.history {
            if !(certificate.from..=certificate.until).contains(&change.from) {
                return fail("history", "is outside the window");
            }
            if before.replace(change.from) >= Some(change.from) {
                return fail("history", "does not rise in time");
            }
            if standing == Standing::Revoked {
                return fail("history", "goes on after the revocation, which is final");
            }
            if standing == change.standing {
                return fail("history", "has a change that changes nothing");
            }
            standing = change.standing;
        }
    }
    if !issuer.certificates.is_sorted_by(|a, b| a.kid() <= b.kid()) {
        return fail("certificates", "do not rise by key identifier");
    }
    Ok(())
}

fn check_delegation(delegation: &Delegation, at: usize) -> Result<(), AuthorityError> {
    let fail = |member: &str, reason| {
        let path = format!("delegations[{at}].{member}");
        Err(AuthorityError::member(&path, reason))
    };
    if line(&delegation.name, NAME_CHARACTERS).is_err() {
        return fail("name", NAME);
    }
    if delegation.types.is_empty() || !rising(&delegation.types) {
        return fail("types", "are none, or not rising without repetition");
    }
    if delegation.regions.is_empty() || !rising(&delegation.regions) {
        return fail("regions", "are none, or not rising without repetition");
    }
    if !rising(&delegation.templates) {
        return fail("templates", "are not rising without repetition");
    }
    if delegation.depth > DEEPEST {
        return fail("depth", "is above 8");
    }
    if delegation.roots.version.unwrap_or_default() == 0 {
        return fail("number", "is not at least 1");
    }
    if delegation.sequence == 0 {
        return fail("sequence", "is not at least 1");
    }
    Ok(())
}

fn rising<T: PartialOrd>(items: &[T]) -> bool {
    items.is_sorted_by(|a, b| a < b)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn worked_example_of_the_format_is_what_the_code_gives() {
        let time = |text: &str| text.parse::<Time>().unwrap();
        let contents = Contents {
            name: "滨海市授权名录".to_owned(),
            roots: 1,
            sequence: 7,
            issued: time("2030-06-01T00:00:00Z"),
            next_update: time("2030-07-01T00:00:00Z"),
            expires: time("2030-09-01T00:00:00Z"),
            previous: Some([6; 32]),
            issuers: vec![ListedIssuer {
                name: "滨海市公安局".to_owned(),
                code: "11109900MB2A10113K".parse().unwrap(),
                types: vec!["11109900MB2A000628021".parse().unwrap()],
                regions: vec!["1099".parse().unwrap()],
                templates: vec![],
                certificates: vec![certificate(
                    b"abc".to_vec(),
                    time("2030-01-01T00:00:00+08:00"),
                    time("2032-01-01T00:00:00+08:00"),
                    vec![Change {
                        from: time("2031-05-01T00:00:00+08:00"),
                        standing: Standing::Revoked,
                        reason: Reason::KeyCompromise,
                    }],
                )],
            }],
            delegations: vec![],
        };
        let index = check(&contents).unwrap();
        let bytes = write(&contents);
        assert_eq!(read(&bytes, &Limits::DEFAULT), Ok((contents, index)));
        let text = include_str!("../../docs/FORMAT.md");
        let (_, rest) = text.split_once("<!-- example: list -->\n```text\n").unwrap();
        let example: String = rest.split_once("```").unwrap().0.lines().collect();
        let given: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(example, given);
    }
}
