//! The audit trail (审计链): what was done to the register, each entry carrying the hash of the one before.
//!
//! The chain shows that an entry was changed, taken out or put elsewhere. It does not show that its end was cut off, nor that the
//! whole of it was written anew: that takes a [`Head`] that was kept where whoever writes the register cannot reach it.

use core::fmt;
use core::str::FromStr;

use crate::cbor::{CborError, Value};
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

/// The end of an audit trail: how many entries there are, and the hash of the last. Kept elsewhere (printed, sealed into a
/// result, time-stamped) it is the anchor that shows a trail cut short or written anew.
///
/// Its text is the number, a space and the hash in hexadecimal.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Head {
    /// Entries up to here; 0 for a trail without any.
    pub sequence: u64,
    /// SHA-256 over the bytes of the last entry; zeros for a trail without any.
    pub hash: [u8; 32],
}

/// Why a trail, or an entry of it, is not as it was written.
#[non_exhaustive]
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum AuditError {
    /// The anchor names another entry at this place: the trail was written anew from there or before.
    Anchor {
        /// The place.
        sequence: u64,
    },
    /// Not CBOR in core deterministic encoding.
    Cbor(CborError),
    /// The exported trail ends within an entry.
    Cut,
    /// Not the text of a head.
    Head,
    /// An entry longer than [`ENTRY_BYTES`].
    Long,
    /// A member of the entry is missing, unknown or not as it must be.
    Member(&'static str),
    /// The entry does not carry the hash of the one before: one of the two was changed.
    Previous {
        /// The place of the entry.
        sequence: u64,
    },
    /// An entry is missing, given twice or stands elsewhere.
    Sequence {
        /// The place it should have.
        expected: u64,
        /// The place it says it has.
        found: u64,
    },
    /// The trail ends before the anchor: its end was cut off.
    Short {
        /// Entries that there are.
        entries: u64,
        /// Entries that there were.
        anchor: u64,
    },
    /// The format version is not one this library reads.
    Version,
}

/// A trail being verified, entry by entry.
#[derive(Clone, Debug)]
pub struct Chain<'a> {
    head: Head,
    anchor: Option<&'a Head>,
}

/// Verifies a whole trail as [`export`] wrote it, against a head that was kept elsewhere if there is one.
///
/// Without an anchor a trail whose end was cut off verifies too.
///
/// # Errors
/// Occurs if an entry is garbled, changed, missing, repeated or in another place, or the trail is not the anchor's.
pub fn verify(trail: &[u8], anchor: Option<&Head>, limits: &Limits) -> Result<Head, AuditError> {
    let mut chain = Chain::new(anchor);
    let mut rest = trail;
    while let Some((length, after)) = rest.split_first_chunk::<4>() {
        let length = usize::try_from(u32::from_be_bytes(*length)).map_err(|_| AuditError::Long)?;
        let (entry, after) = after.split_at_checked(length).ok_or(AuditError::Cut)?;
        chain.push(entry, limits)?;
        rest = after;
    }
    if rest.is_empty() {
        chain.finish()
    } else {
        Err(AuditError::Cut)
    }
}

/// The entries' bytes in one file: each after its length, four bytes, big-endian.
#[must_use]
pub fn export<'a>(entries: impl IntoIterator<Item = &'a [u8]>) -> Vec<u8> {
    let mut out = Vec::new();
    for entry in entries {
        // An entry of more bytes than four can count is none of ours, and no reader takes it.
        out.extend_from_slice(&u32::try_from(entry.len()).unwrap_or(u32::MAX).to_be_bytes());
        out.extend_from_slice(entry);
    }
    out
}

impl<'a> Chain<'a> {
    /// The beginning of a trail that must come by `anchor`.
    #[must_use]
    pub fn new(anchor: Option<&'a Head>) -> Self {
        Self {
            head: Head::NONE,
            anchor,
        }
    }

    /// Verifies that `bytes` are the next entry, and reads them.
    ///
    /// # Errors
    /// Occurs if they are not an entry, not the next one, or not the one that the anchor names.
    pub fn push(&mut self, bytes: &[u8], limits: &Limits) -> Result<AuditEntry, AuditError> {
        let entry = AuditEntry::from_bytes(bytes, limits)?;
        let expected = self.head.sequence.saturating_add(1);
        if entry.sequence != expected {
            let found = entry.sequence;
            return Err(AuditError::Sequence { expected, found });
        }
        if entry.previous != self.head.hash {
            return Err(AuditError::Previous { sequence: expected });
        }
        let head = Head::of(expected, bytes);
        if self
            .anchor
            .is_some_and(|anchor| anchor.sequence == expected && *anchor != head)
        {
            return Err(AuditError::Anchor { sequence: expected });
        }
        self.head = head;
        Ok(entry)
    }

    /// The head of the trail that ends here.
    ///
    /// # Errors
    /// Occurs if the anchor lies behind it.
    pub fn finish(self) -> Result<Head, AuditError> {
        match self.anchor {
            Some(anchor) if anchor.sequence > self.head.sequence => Err(AuditError::Short {
                entries: self.head.sequence,
                anchor: anchor.sequence,
            }),
            Some(anchor) if anchor.sequence == 0 && *anchor != Head::NONE => {
                Err(AuditError::Anchor { sequence: 0 })
            }
            _ => Ok(self.head),
        }
    }
}

impl Head {
    /// The head of a trail without entries.
    pub const NONE: Self = Self {
        sequence: 0,
        hash: [0; 32],
    };

    /// The head of a trail whose last entry, at `sequence`, is `bytes`.
    pub(super) fn of(sequence: u64, bytes: &[u8]) -> Self {
        Self {
            sequence,
            hash: sha256(bytes),
        }
    }
}

impl fmt::Display for Head {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ", self.sequence)?;
        self.hash.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl FromStr for Head {
    type Err = AuditError;

    fn from_str(text: &str) -> Result<Self, AuditError> {
        let (sequence, hex) = text.trim_end().split_once(' ').ok_or(AuditError::Head)?;
        let mut head = Self {
            sequence: sequence.parse().map_err(|_| AuditError::Head)?,
            hash: [0; 32],
        };
        let digits: Vec<u8> = hex
            .chars()
            .map(|c| c.to_digit(16).and_then(|digit| u8::try_from(digit).ok()))
            .collect::<Option<_>>()
            .ok_or(AuditError::Head)?;
        if digits.len() != 64 {
            return Err(AuditError::Head);
        }
        for (byte, pair) in head.hash.iter_mut().zip(digits.chunks_exact(2)) {
            if let [high, low] = pair {
                *byte = high << 4 | low;
            }
        }
        // One head has one text.
        if head.to_string() == text.trim_end() {
            Ok(head)
        } else {
            Err(AuditError::Head)
        }
    }
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

impl fmt::Display for AuditError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Anchor { sequence } => write!(
                f,
                "entry {sequence} of the audit trail is not the one that the anchor names: the trail was written anew"
            ),
            Self::Cbor(error) => write!(f, "entry of the audit trail: {error}"),
            Self::Cut => f.write_str("the exported audit trail ends within an entry; export it again"),
            Self::Head => {
                f.write_str("not a head: a number, a space and 64 hexadecimal digits in lower case")
            }
            Self::Long => write!(f, "entry of the audit trail is longer than {ENTRY_BYTES} bytes"),
            Self::Member(name) => {
                write!(
                    f,
                    "entry of the audit trail: {name} is missing, unknown or invalid"
                )
            }
            Self::Previous { sequence } => write!(
                f,
                "entry {sequence} of the audit trail does not carry the hash of the one before: one of them was changed"
            ),
            Self::Sequence { expected, found } => write!(
                f,
                "entry {found} of the audit trail stands where entry {expected} belongs: entries are missing, repeated or in another order"
            ),
            Self::Short { entries, anchor } => write!(
                f,
                "the audit trail has {entries} entries, and had {anchor} when the anchor was taken: its end was cut off"
            ),
            Self::Version => {
                f.write_str("entry of the audit trail: version not known; this library reads version 1")
            }
        }
    }
}

impl core::error::Error for AuditError {}
