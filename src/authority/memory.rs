//! What a verifier remembers of the lists it has seen, from one start to the next.

use std::collections::BTreeMap;

use super::AuthorityList;
use super::entry::ListedCertificate;
use super::error::{Attack, AuthorityError};
use super::members::{self, Members, map};
use crate::cbor::Value;
use crate::limits::Limits;
use crate::time::Time;

/// The lists and the time last seen: what tells an old list, or an old clock, from a current one.
///
/// A small file of the verifier's own, for nobody else to write: keep [`to_bytes`](Self::to_bytes) after lists were opened, in one step
/// (a temporary file and a rename), and start from it with [`resume`](Self::resume). One memory is for one list and its sub-lists.
///
/// It holds no secret. Whoever can delete it can make the verifier believe an old list, as on the day it was installed.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Memory {
    latest: Time,
    /// By the names from the top down.
    lists: BTreeMap<Vec<String>, Seen>,
}

#[derive(Clone, Debug, Default, Eq, PartialEq)]
struct Seen {
    roots: u64,
    sequence: u64,
    digest: [u8; 32],
    issued: i64,
    /// Revoked certificates, by SHA-256, with the time from which.
    revoked: BTreeMap<[u8; 32], Time>,
}

/// A list remembered, to be shown.
#[non_exhaustive]
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Remembered {
    /// Its name, and before it those of the lists above it.
    pub names: Vec<String>,
    /// Number of the roots that signed it.
    pub roots: u64,
    /// Its sequence number.
    pub sequence: u64,
    /// SHA-256 of its contents.
    pub digest: [u8; 32],
    /// How many certificates are known to be revoked.
    pub revoked: usize,
}

/// CBOR tag, not registered.
const TAG: u64 = 39_259;
const VERSION: u64 = 1;
const MEMORY: [&str; 3] = ["version", "time", "lists"];
const LIST: [&str; 7] = ["", "names", "roots", "sequence", "digest", "issued", "revoked"];
/// Seconds by which clocks may differ without one being called wrong.
const TOLERANCE: i64 = 300;
/// How many numbers a list may be ahead of the last one seen. A list a day for 27 years, and an attacker with the roots' keys has to be
/// believed for longer than anybody counts before the numbers end.
pub(super) const MOST_AHEAD: u64 = 10_000;

impl Memory {
    /// Nothing is remembered; it is `now`.
    #[must_use]
    pub fn new(now: Time) -> Self {
        Self {
            latest: now,
            lists: BTreeMap::new(),
        }
    }

    /// What was remembered, and it is `now` on the verifier's clock.
    ///
    /// # Errors
    /// Occurs if the bytes are not those of [`to_bytes`](Self::to_bytes), or `now` is more than five minutes before a time seen.
    pub fn resume(bytes: &[u8], now: Time, limits: &Limits) -> Result<Self, AuthorityError> {
        let mut memory = Self::read(bytes, limits)?;
        if now.plus_seconds(TOLERANCE) < memory.latest {
            let seen = memory.latest;
            return Err(Attack::ClockSetBack { seen }.into());
        }
        memory.latest = memory.latest.max(now);
        Ok(memory)
    }

    /// The bytes to keep.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let list = |(names, seen): (&Vec<String>, &Seen)| {
            let revoked = seen.revoked.iter().map(|(digest, from)| {
                Value::Array(vec![Value::Bytes(digest.to_vec()), Value::integer(from.unix())])
            });
            map([
                None,
                Some(Value::Array(names.iter().map(|name| Value::text(name)).collect())),
                Some(Value::Unsigned(seen.roots)),
                Some(Value::Unsigned(seen.sequence)),
                Some(Value::Bytes(seen.digest.to_vec())),
                Some(Value::integer(seen.issued)),
                Some(Value::Array(revoked.collect())),
            ])
        };
        let memory = map([
            Some(Value::Unsigned(VERSION)),
            Some(Value::integer(self.latest.unix())),
            Some(Value::Array(self.lists.iter().map(list).collect())),
        ]);
        Value::Tag(TAG, Box::new(memory)).encode()
    }

    /// The latest time seen.
    #[must_use]
    pub fn latest(&self) -> Time {
        self.latest
    }

    /// The lists remembered, by name.
    pub fn lists(&self) -> impl Iterator<Item = Remembered> {
        self.lists.iter().map(|(names, seen)| Remembered {
            names: names.clone(),
            roots: seen.roots,
            sequence: seen.sequence,
            digest: seen.digest,
            revoked: seen.revoked.len(),
        })
    }

    /// Takes `list`, under the `names` from the top down, in place of the one remembered; nothing changes if it must not.
    pub(super) fn admit(&mut self, names: &[String], list: &AuthorityList) -> Result<(), Attack> {
        let contents = &list.contents;
        if self.latest.plus_seconds(TOLERANCE) < contents.issued {
            // Signed by those who may: it is at least that late, or the list was dated ahead. Not remembered: a list handed out on Friday
            // for Monday would close every counter over the weekend, and one with a slip in the year for ever. What remembering would
            // win is little: whoever holds a clock back and chooses the lists that come in lets no new one come in, and a clock set back
            // behind a time already seen is found without it.
            return Err(Attack::ClockSetBack {
                seen: contents.issued,
            });
        }
        let mut other_tops = self.lists.keys().filter_map(|other| other.first());
        if other_tops.any(|other| Some(other) != names.first()) {
            return Err(Attack::MixAndMatch(
                "the list has another name than the one this verifier keeps to",
            ));
        }
        for (_, other) in self.lists.iter().filter(|(other, _)| *other != names) {
            other.check_elsewhere(list)?;
        }
        let mut revoked = BTreeMap::new();
        if let Some(seen) = self.lists.get(names) {
            seen.check_successor(list)?;
            revoked.clone_from(&seen.revoked);
        }
        for issuer in &contents.issuers {
            for certificate in &issuer.certificates {
                if let Some(from) = certificate.revoked() {
                    revoked.insert(certificate.sha256, from);
                }
            }
        }
        let seen = Seen {
            roots: contents.roots,
            sequence: contents.sequence,
            digest: list.digest,
            issued: contents.issued.unix(),
            revoked,
        };
        self.lists.insert(names.to_vec(), seen);
        Ok(())
    }

    fn read(bytes: &[u8], limits: &Limits) -> Result<Self, AuthorityError> {
        let fail = |path: &str, reason| AuthorityError::member(path, reason);
        if bytes.len() > limits.authority_bytes {
            return Err(AuthorityError::TooLarge(limits.authority_bytes));
        }
        let Value::Tag(TAG, value) = Value::decode(bytes, limits).map_err(AuthorityError::Cbor)? else {
            return Err(fail("memory", "is not a memory of lists"));
        };
        let members = Members::of(&value, "memory".to_owned(), &MEMORY)?;
        if members.required(0)? != &Value::Unsigned(VERSION) {
            return Err(members.error(0, "is not known; this library reads version 1"));
        }
        let lists = members.each(2, |value, path| {
            let list = Members::of(value, path, &LIST)?;
            let names = list.each(1, |value, path| {
                let name = value.as_text().map(str::to_owned);
                name.ok_or_else(|| fail(&path, "is not text"))
            })?;
            let revoked = list.each(6, |value, path| match value.as_array() {
                Some([digest, from]) => Ok(members::digest(digest).zip(members::time(from))),
                _ => Err(fail(&path, "is not digest and time")),
            })?;
            let count = revoked.len();
            let revoked: BTreeMap<[u8; 32], Time> = revoked.into_iter().flatten().collect();
            if revoked.len() != count {
                return Err(list.error(6, "have one that is not digest and time, or one twice"));
            }
            let seen = Seen {
                roots: list.unsigned(2)?,
                sequence: list.unsigned(3)?,
                digest: list.digest(4)?.ok_or_else(|| list.error(4, "is missing"))?,
                issued: list.time(5)?.unix(),
                revoked,
            };
            Ok((names, seen))
        })?;
        let names = lists.iter().map(|(names, _)| names);
        if !names.clone().is_sorted_by(|a, b| a < b) || names.clone().any(Vec::is_empty) {
            return Err(members.error(2, "have one without a name, or do not rise by name"));
        }
        Ok(Self {
            latest: members.time(1)?,
            lists: lists.into_iter().collect(),
        })
    }
}

impl Seen {
    /// Whether `list` may take the place of the one remembered. Under new roots the numbers may start anew: so is recovered from a
    /// list with a number that was far too high (The Update Framework, clause 5.3.11).
    fn check_successor(&self, list: &AuthorityList) -> Result<(), Attack> {
        let contents = &list.contents;
        let found = contents.sequence;
        let rollback = |seen, found| Err(Attack::Rollback { seen, found });
        if contents.roots < self.roots {
            return rollback(self.roots, contents.roots);
        }
        if contents.roots == self.roots {
            let Some(ahead) = found.checked_sub(self.sequence) else {
                return rollback(self.sequence, found);
            };
            if ahead == 0 && list.digest != self.digest
                || ahead == 1 && contents.previous != Some(self.digest)
            {
                return Err(Attack::Equivocation { sequence: found });
            }
            if ahead > MOST_AHEAD {
                return Err(Attack::FastForward {
                    seen: self.sequence,
                    found,
                });
            }
        }
        if contents.issued.unix() < self.issued {
            return rollback(self.sequence, found);
        }
        for (digest, from) in &self.revoked {
            let now = listed(list, digest).and_then(ListedCertificate::revoked);
            if now.is_none_or(|now| now > *from) {
                return Err(Attack::Unrevocation { kid: kid(digest) });
            }
        }
        Ok(())
    }

    /// Whether another list than the one remembered may stand beside it: what one keeper has revoked no other puts in force, also where the
    /// list that revoked it is not at hand.
    fn check_elsewhere(&self, list: &AuthorityList) -> Result<(), Attack> {
        for (digest, from) in &self.revoked {
            let Some(certificate) = listed(list, digest) else {
                continue;
            };
            if certificate.revoked().is_none_or(|now| now > *from) {
                return Err(Attack::Unrevocation { kid: kid(digest) });
            }
        }
        Ok(())
    }
}

/// The entry of the certificate with this SHA-256 on `list`.
fn listed<'a>(list: &'a AuthorityList, digest: &[u8; 32]) -> Option<&'a ListedCertificate> {
    let mut found = list
        .by_kid(&kid(digest))
        .into_iter()
        .map(|(_, certificate)| certificate);
    found.find(|certificate| certificate.sha256 == *digest)
}

fn kid(digest: &[u8; 32]) -> [u8; 8] {
    digest.first_chunk().copied().unwrap_or_default()
}
