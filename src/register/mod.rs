//! The issue register (签发登记簿): which identifier was given to which request, and which file came of it.
//!
//! A result is issued in two steps, with the file between them (`Shelf::issue`): the register *reserves* an identifier, the file
//! is made and put in its place, the register *commits* its digest. Whoever stops in between, by error or by loss of power, loses
//! nothing: the same request, named by the same key, is given the same identifier again, and `Shelf::recover` pairs files with
//! entries when the program starts.
//!
//! What holds at any time, on `SqliteRegister` and `PostgresRegister` alike, with any number of processes and threads:
//!
//! - *No double*: an identifier is given to one request, a request has one identifier, a place on a status list is given once.
//! - *No gap*: the numbers of a series (one body, one type, one year) that were given are 1 to n, each with an entry. An entry is
//!   reserved, issued or void; a void one stays, with the reason in the audit trail, and its number is never given again. So a gap
//!   is a number without an entry, and there is none: number and entry are written in one transaction.
//! - *No orphan*: an issued entry has its file, with the digest it names, and a file in its place has an issued entry, or a reserved
//!   one that recovery commits. Other files are set aside, on record, and never deleted.
//! - *No fork*: a version that stands is replaced by one other at most. Replacing means the next free version of the same serial, so
//!   there is no circle either.
//!
//! The register keeps facts; it proves nothing to others. Its audit trail is chained by hash ([`AuditEntry`]) and verified without
//! the database ([`verify_trail`]); a trail that was cut short or wholly written anew is found by comparing with a [`Head`] that was
//! kept elsewhere. Files, trail and head together prove who changed what when ([`history`](history())).
//!
//! This module stands at the edge: with the features `register` and `register-postgres` it opens files and sockets. Reading and
//! verifying a trail needs neither.

mod audit;
#[cfg(any(feature = "register", feature = "register-postgres"))]
mod database;
mod entry;
mod error;
mod history;
#[cfg(any(feature = "register", feature = "register-postgres"))]
mod ledger;
#[cfg(feature = "register-postgres")]
mod postgres;
#[cfg(any(feature = "register", feature = "register-postgres"))]
mod rows;
#[cfg(any(feature = "register", feature = "register-postgres"))]
mod shelf;
#[cfg(feature = "register")]
mod sqlite;
mod trail;

pub use audit::{Action, AuditEntry, ENTRY_BYTES, NAME_CHARACTERS, REASON_CHARACTERS};
#[cfg(any(feature = "register", feature = "register-postgres"))]
pub use database::{Cell, Database, Row, check_schema};
pub use entry::{Act, Entry, Request, State};
pub use error::{AuditError, RegisterError};
pub use history::{HistoryError, Version, history};
#[cfg(feature = "register-postgres")]
pub use postgres::PostgresRegister;
#[cfg(any(feature = "register", feature = "register-postgres"))]
pub use shelf::{Checked, Fault, IssueError, Recovery, Shelf, ShelfError};
#[cfg(feature = "register")]
pub use sqlite::SqliteRegister;
pub use trail::{Chain, Head, entries as trail_entries, export as export_trail, verify as verify_trail};

use crate::record::Identifier;

/// Entries or bytes of a trail that are asked for at once, at most.
pub const PAGE: usize = 1000;

/// A register of issued results: `SqliteRegister` and `PostgresRegister` keep every promise of the [module](self), and so does
/// whatever implements `Database`, for an approval system with another one: the promises are kept in one place, over five calls
/// to the database. Others may wrap registers, to share connections or to log. Entries are made by these alone.
///
/// Each call is one transaction: it is done wholly and kept through a loss of power when it returns `Ok`. After an error of
/// [`RegisterError::Database`] it may be done or not; repeating it is always right.
pub trait Register {
    /// Gives the request an identifier, and a place on its status list; the same request again is given the same.
    ///
    /// The entry is reserved, or issued if an earlier attempt came that far.
    ///
    /// # Errors
    /// Occurs if the key belongs to a request for something else, that request was voided, the version to be replaced does not
    /// stand or is replaced already, the series, its versions or the status list are full, or the database fails or is busy.
    fn reserve(&mut self, request: &Request, by: &Act<'_>) -> Result<Entry, RegisterError>;

    /// Notes that the file of this SHA-256 is in its place. The same again changes nothing.
    ///
    /// # Errors
    /// Occurs if the identifier is unknown, void or issued with another digest, or the database fails or is busy.
    fn commit(
        &mut self,
        identifier: &Identifier,
        digest: &[u8; 32],
        by: &Act<'_>,
    ) -> Result<Entry, RegisterError>;

    /// Gives up a reserved identifier for good. Voiding a void one changes nothing.
    ///
    /// # Errors
    /// Occurs if the identifier is unknown or issued, the reason is not one line of 1 to 1000 characters, or the database fails or
    /// is busy.
    fn void(&mut self, identifier: &Identifier, reason: &str, by: &Act<'_>) -> Result<Entry, RegisterError>;

    /// Notes that a file of this SHA-256, made for this identifier, is no result and is moved out of the way.
    ///
    /// # Errors
    /// Occurs if the identifier is unknown, the reason is not one line of 1 to 1000 characters, or the database fails or is busy.
    fn note_set_aside(
        &mut self,
        identifier: &Identifier,
        digest: &[u8; 32],
        reason: &str,
        by: &Act<'_>,
    ) -> Result<(), RegisterError>;

    /// The entry of this identifier, if there is one.
    ///
    /// # Errors
    /// Occurs if the database fails, is busy or holds what no register wrote.
    fn entry(&mut self, identifier: &Identifier) -> Result<Option<Entry>, RegisterError>;

    /// Entries in the order of [`Entry::reserved`], those after the place `after`, at most [`PAGE`]: all, or those in one state.
    ///
    /// # Errors
    /// Occurs if the database fails, is busy or holds what no register wrote.
    fn entries(&mut self, state: Option<State>, after: u64) -> Result<Vec<Entry>, RegisterError>;

    /// The bytes of the audit trail's entries after the place `after`, in order, at most [`PAGE`]; to be pushed into a [`Chain`].
    ///
    /// # Errors
    /// Occurs if the database fails or is busy.
    fn trail(&mut self, after: u64) -> Result<Vec<Vec<u8>>, RegisterError>;

    /// The end of the audit trail, to be kept elsewhere as an anchor.
    ///
    /// # Errors
    /// Occurs if the database fails, is busy or holds what no register wrote.
    fn head(&mut self) -> Result<Head, RegisterError>;

    /// The whole audit trail in one file, as [`verify_trail`] and [`history`](history()) read it, and its end, to be kept elsewhere.
    ///
    /// # Errors
    /// Occurs if the database fails or is busy.
    fn export(&mut self) -> Result<(Vec<u8>, Head), RegisterError> {
        let (mut trail, mut head) = (vec![], Head::NONE);
        loop {
            let page = self.trail(head.sequence)?;
            let Some(last) = page.last() else {
                return Ok((trail, head));
            };
            let more = u64::try_from(page.len()).unwrap_or(u64::MAX);
            head = Head::of(head.sequence.saturating_add(more), last);
            trail.extend(export_trail(page.iter().map(Vec::as_slice)));
        }
    }
}
