//! The audit trail (审计链): what was done to the register, each entry carrying the hash of the one before.
//!
//! The chain shows that an entry was changed, taken out or put elsewhere. It does not show that its end was cut off, nor that the
//! whole of it was written anew: that takes a [`Head`](super::Head) that was kept where whoever writes the register cannot reach it.

use super::error::AuditError;
use crate::cbor::Value;
use crate::crypto::DigestAlgorithm;
use crate::limits::Limits;
use crate::payload::StatusReference;
use crate::record::{Identifier, text};
use crate::time::Time;

/// Characters of an actor's name and of a request's key.
pub const NAME_CHARACTERS: usize = 200;
/// Characters of a reason.
pub const REASON_CHARACTERS: usize = 1000;
/// Bytes of one entry: every text at its longest, with room.
pub const ENTRY_BYTES: usize = 8192;

/// One entry of the audit trail (`docs/FORMAT.md`, clause 10), complete as of version 1.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct AuditEntry {
    /// Place in the trail, from 1.
    pub sequence: u64,
    /// When, on the clock of whoever did it. Says nothing about the order: that is `sequence`.
    pub at: Time,
    /// Who did it: one line of 1 to 200 characters.
    pub actor: String,
    /// What was done.
    pub action: Action,
    /// The result it was done to.
    pub identifier: Identifier,
    /// SHA-256 over the bytes of the entry before; 32 zero bytes in the first.
    pub previous: [u8; 32],
}

/// What an entry of the audit trail says was done.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Action {
    /// The identifier was given to a request.
    Reserved {
        /// The request's own name, by which it is known again.
        key: String,
        /// The version that the new one replaces.
        replaces: Option<Identifier>,
        /// The place on a status list that was given with it.
        status: Option<StatusReference>,
    },
    /// The file was put in its place.
    Issued {
        /// SHA-256 over the file.
        digest: [u8; 32],
    },
    /// The identifier will never be issued.
    Voided {
        /// Why, one line.
        reason: String,
    },
    /// A file that is not the result was moved out of the way.
    SetAside {
        /// SHA-256 over the file.
        digest: [u8; 32],
        /// Why, one line.
        reason: String,
    },
}

/// Keys of the map, in the order of their encodings.
mod key {
    pub const VERSION: u64 = 0;
    pub const SEQUENCE: u64 = 1;
    pub const AT: u64 = 2;
    pub const ACTOR: u64 = 3;
    pub const ACTION: u64 = 4;
    pub const IDENTIFIER: u64 = 5;
    pub const PREVIOUS: u64 = 6;
    pub const REQUEST: u64 = 7;
    pub const REPLACES: u64 = 8;
    pub const STATUS: u64 = 9;
    pub const DIGEST: u64 = 10;
    pub const REASON: u64 = 11;
}

impl AuditEntry {
    /// The bytes that are stored and hashed: the one encoding this entry has.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut members = vec![
            (key::VERSION, Value::Unsigned(1)),
            (key::SEQUENCE, Value::Unsigned(self.sequence)),
            (key::AT, Value::integer(self.at.unix())),
            (key::ACTOR, Value::text(&self.actor)),
            (key::ACTION, Value::Unsigned(self.action.number())),
            (key::IDENTIFIER, Value::text(self.identifier.as_str())),
            (key::PREVIOUS, Value::Bytes(self.previous.to_vec())),
        ];
        match &self.action {
            Action::Reserved {
                key: request,
                replaces,
                status,
            } => {
                members.push((key::REQUEST, Value::text(request)));
                if let Some(replaces) = replaces {
                    members.push((key::REPLACES, Value::text(replaces.as_str())));
                }
                if let Some(status) = status {
                    let index = Value::Unsigned(u64::from(status.index()));
                    members.push((key::STATUS, Value::Array(vec![Value::text(status.uri()), index])));
                }
            }
            Action::Issued { digest } => members.push((key::DIGEST, Value::Bytes(digest.to_vec()))),
            Action::Voided { reason } => members.push((key::REASON, Value::text(reason))),
            Action::SetAside { digest, reason } => {
                members.push((key::DIGEST, Value::Bytes(digest.to_vec())));
                members.push((key::REASON, Value::text(reason)));
            }
        }
        let members = members
            .into_iter()
            .map(|(key, value)| (Value::Unsigned(key), value));
        Value::Map(members.collect()).encode()
    }

    /// Reads what [`to_bytes`](Self::to_bytes) wrote, and nothing else.
    ///
    /// # Errors
    /// Occurs if the bytes are too many, not deterministic CBOR, or a member is missing, unknown or invalid.
    pub fn from_bytes(bytes: &[u8], limits: &Limits) -> Result<Self, AuditError> {
        if bytes.len() > ENTRY_BYTES {
            return Err(AuditError::Long);
        }
        let value = Value::decode(bytes, limits).map_err(AuditError::Cbor)?;
        let mut members = Members(value.as_map().ok_or(AuditError::Member("entry"))?);
        if members.number(key::VERSION, "version")? != 1 {
            return Err(AuditError::Version);
        }
        let sequence = members.number(key::SEQUENCE, "sequence")?;
        if sequence == 0 {
            return Err(AuditError::Member("sequence"));
        }
        let at = members.need(key::AT, "time")?.as_integer();
        let at = at.and_then(|seconds| Time::from_unix(seconds).ok());
        let at = at.ok_or(AuditError::Member("time"))?;
        let actor = members.line(key::ACTOR, "actor", NAME_CHARACTERS)?;
        let number = members.number(key::ACTION, "action")?;
        let identifier = members.need(key::IDENTIFIER, "identifier")?;
        let identifier = identifier_of(identifier).ok_or(AuditError::Member("identifier"))?;
        let previous = members.digest(key::PREVIOUS, "previous")?;
        let action = match number {
            1 => Action::Reserved {
                key: members.line(key::REQUEST, "request", NAME_CHARACTERS)?,
                replaces: match members.next(key::REPLACES) {
                    None => None,
                    Some(value) => Some(identifier_of(value).ok_or(AuditError::Member("replaces"))?),
                },
                status: match members.next(key::STATUS) {
                    None => None,
                    Some(value) => Some(status_of(value).ok_or(AuditError::Member("status"))?),
                },
            },
            2 => Action::Issued {
                digest: members.digest(key::DIGEST, "digest")?,
            },
            3 => Action::Voided {
                reason: members.line(key::REASON, "reason", REASON_CHARACTERS)?,
            },
            4 => Action::SetAside {
                digest: members.digest(key::DIGEST, "digest")?,
                reason: members.line(key::REASON, "reason", REASON_CHARACTERS)?,
            },
            _ => return Err(AuditError::Member("action")),
        };
        if !members.0.is_empty() {
            return Err(AuditError::Member("entry"));
        }
        Ok(Self {
            sequence,
            at,
            actor,
            action,
            identifier,
            previous,
        })
    }
}

impl Action {
    fn number(&self) -> u64 {
        match self {
            Self::Reserved { .. } => 1,
            Self::Issued { .. } => 2,
            Self::Voided { .. } => 3,
            Self::SetAside { .. } => 4,
        }
    }
}

pub(super) fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut out = [0; 32];
    for (to, from) in out.iter_mut().zip(DigestAlgorithm::Sha256.digest(bytes)) {
        *to = from;
    }
    out
}

fn identifier_of(value: &Value) -> Option<Identifier> {
    value.as_text()?.parse().ok()
}

fn status_of(value: &Value) -> Option<StatusReference> {
    let [uri, index] = value.as_array()? else {
        return None;
    };
    let index = u32::try_from(index.as_integer()?).ok()?;
    StatusReference::new(uri.as_text()?, index).ok()
}

/// Members of a map that is read in the order of its keys, which deterministic encoding fixes.
struct Members<'v>(&'v [(Value, Value)]);

impl<'v> Members<'v> {
    fn next(&mut self, key: u64) -> Option<&'v Value> {
        let ((found, value), rest) = self.0.split_first()?;
        if *found != Value::Unsigned(key) {
            return None;
        }
        self.0 = rest;
        Some(value)
    }

    fn need(&mut self, key: u64, name: &'static str) -> Result<&'v Value, AuditError> {
        self.next(key).ok_or(AuditError::Member(name))
    }

    fn number(&mut self, key: u64, name: &'static str) -> Result<u64, AuditError> {
        match self.need(key, name)? {
            // What the databases can hold.
            Value::Unsigned(number) if i64::try_from(*number).is_ok() => Ok(*number),
            _ => Err(AuditError::Member(name)),
        }
    }

    fn line(&mut self, key: u64, name: &'static str, most: usize) -> Result<String, AuditError> {
        let line = self.need(key, name)?.as_text().ok_or(AuditError::Member(name))?;
        text::line(line, most).map_err(|_| AuditError::Member(name))?;
        Ok(line.to_owned())
    }

    fn digest(&mut self, key: u64, name: &'static str) -> Result<[u8; 32], AuditError> {
        let bytes = self.need(key, name)?.as_bytes();
        bytes
            .and_then(|bytes| bytes.try_into().ok())
            .ok_or(AuditError::Member(name))
    }
}
