//! Why the register did not do what was asked.

use core::fmt;

use super::audit::ENTRY_BYTES;
use crate::cbor::CborError;
use crate::record::{Identifier, TextError};

/// Why the register did not do what was asked. Nothing was changed, except after [`Database`](Self::Database) where it may have been.
#[non_exhaustive]
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum RegisterError {
    /// Other processes held the register for longer than it waits.
    Busy,
    /// The database failed; its own words.
    Database(String),
    /// The database holds what no register wrote; the table and what is wrong.
    Damaged {
        /// The table.
        table: &'static str,
        /// What is wrong.
        reason: String,
    },
    /// The identifier is issued already, with another file.
    Digest(Identifier),
    /// The database is set up to lose what it was told to keep; the setting.
    Durability(String),
    /// No numbers are left in the series, or no versions of the certificate.
    Exhausted,
    /// An issued identifier cannot be voided.
    Issued(Identifier),
    /// The key belongs to a request for something else.
    Key(String),
    /// Not the address of a status list, or a list without places.
    List {
        /// The address.
        uri: String,
    },
    /// No free place was found on the status list.
    ListFull {
        /// Its address.
        uri: String,
    },
    /// The version to be replaced was never issued.
    NotIssued(Identifier),
    /// The version to be replaced is replaced already, or about to be.
    Replaced {
        /// The version that replaces it.
        by: Identifier,
    },
    /// No random numbers could be had.
    Random,
    /// The register is of a newer version than this library writes.
    Schema {
        /// The version found.
        found: i64,
    },
    /// An actor, key or reason is not one line of text that prints.
    Text {
        /// Which of them.
        member: &'static str,
        /// What is wrong with it.
        error: TextError,
    },
    /// The audit trail's end is not as it was written.
    Trail(AuditError),
    /// The identifier was never given.
    Unknown(Identifier),
    /// The identifier was given up.
    Void(Identifier),
    /// Not a year from 1 to 9999.
    Year(u16),
}

impl fmt::Display for RegisterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Busy => f.write_str(
                "register: others held it for longer than this one waits; try again, or look for a program that hangs",
            ),
            Self::Database(words) => write!(f, "register: the database failed: {words}"),
            Self::Damaged { table, reason } => write!(
                f,
                "register: table {table} holds what no register wrote: {reason}; restore it from a copy and check it against an anchor"
            ),
            Self::Digest(identifier) => write!(
                f,
                "{identifier}: is issued already with another file; keep that one and set this one aside"
            ),
            Self::Durability(setting) => write!(
                f,
                "register: the database may lose what it was told to keep ({setting}); change that setting"
            ),
            Self::Exhausted => f.write_str("register: no numbers are left in this series, or no versions of this certificate"),
            Self::Issued(identifier) => write!(
                f,
                "{identifier}: is issued and cannot be voided; revoke it on its status list"
            ),
            Self::Key(key) => write!(
                f,
                "request {key}: the register knows it as a request for something else; give each request a key of its own"
            ),
            Self::List { uri } => write!(
                f,
                "{uri}: not the address of a status list with places; give https, host and path, and one place at least"
            ),
            Self::ListFull { uri } => write!(f, "{uri}: no free place on this status list; begin another one"),
            Self::NotIssued(identifier) => {
                write!(f, "{identifier}: is not issued yet and cannot be replaced; issue or void it")
            }
            Self::Replaced { by } => write!(f, "{by}: replaces that version already; replace this one"),
            Self::Random => f.write_str("register: the system gives no random numbers"),
            Self::Schema { found } => write!(
                f,
                "register: of version {found}, newer than this program writes (1); use a newer program"
            ),
            Self::Text { member, error } => write!(f, "{member}: {error}"),
            Self::Trail(error) => error.fmt(f),
            Self::Unknown(identifier) => write!(f, "{identifier}: is not in this register"),
            Self::Void(identifier) => write!(f, "{identifier}: was given up; make a new request"),
            Self::Year(year) => write!(f, "{year}: not a year from 1 to 9999"),
        }
    }
}

impl core::error::Error for RegisterError {}

impl From<AuditError> for RegisterError {
    fn from(error: AuditError) -> Self {
        Self::Trail(error)
    }
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
