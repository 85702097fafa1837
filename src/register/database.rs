//! The seam between a register and whatever database keeps it.

use super::error::RegisterError;

/// The version of the tables.
const SCHEMA: i64 = 1;

/// One cell of a row, or one parameter of a statement. Complete as of version 1 of the tables.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// Nothing.
    Null,
    /// A number; of parameters, never below 0.
    Integer(i64),
    /// Text, in UTF-8.
    Text(String),
    /// Bytes.
    Bytes(Vec<u8>),
}

/// A row of a result: its cells in the order of the statement.
pub type Row = Vec<Cell>;

/// What a register needs of a database, for those that are not here: whoever implements it has a [`Register`](super::Register) that
/// keeps every promise of the [module](super), if the database keeps these.
///
/// Statements are those of this library, some twenty, each with its text as the only key to it: parameters are `$1`, `$2`, .. and
/// occur in that order, and beside `SELECT .. WHERE .. ORDER BY`, `INSERT` and `UPDATE` they use `MAX` and `LIMIT` alone. A
/// database with other words is given them by an implementation that translates.
///
/// The tables are the implementation's to make, where there are none and under the register's lock:
///
/// ```sql
/// CREATE TABLE register_schema (version BIGINT NOT NULL);  -- one row: 1; see check_schema
/// CREATE TABLE register_entry (
///     identifier TEXT PRIMARY KEY, issuer TEXT NOT NULL, type TEXT NOT NULL,
///     year BIGINT NOT NULL, number BIGINT NOT NULL, version BIGINT NOT NULL,
///     key TEXT NOT NULL UNIQUE, replaces TEXT REFERENCES register_entry (identifier),
///     list TEXT, place BIGINT, state BIGINT NOT NULL, digest BYTES,
///     reserved BIGINT NOT NULL UNIQUE, closed BIGINT UNIQUE,
///     UNIQUE (issuer, type, year, number, version), UNIQUE (list, place)
/// );
/// -- UNIQUE (replaces) WHERE state <> 2
/// CREATE TABLE register_trail (sequence BIGINT PRIMARY KEY, bytes BYTES NOT NULL);
/// ```
///
/// The rules that the two of this library are tested by (`tests/register`) take any other by its `Place`.
pub trait Database {
    /// Begins a transaction that holds the register's one lock: others that begin wait, and see what this one has committed. A
    /// lock that waits too long is [`RegisterError::Busy`].
    ///
    /// # Errors
    /// Occurs if others hold the register for longer than it waits, or the database fails.
    fn begin(&mut self) -> Result<(), RegisterError>;

    /// Commits it: what was written outlasts a loss of power once this returns.
    ///
    /// # Errors
    /// Occurs if the database fails.
    fn finish(&mut self) -> Result<(), RegisterError>;

    /// Ends it with nothing written. Nothing to do where the database has done so by itself.
    fn roll_back(&mut self);

    /// Runs one statement, within a transaction or without, and gives its rows.
    ///
    /// # Errors
    /// Occurs if the database fails, a rule of the tables is broken, or a cell is none of a [`Cell`].
    fn query(&mut self, sql: &'static str, parameters: &[Cell]) -> Result<Vec<Row>, RegisterError>;

    /// A number that nobody can foresee, of which places on status lists are made; from the system unless implemented otherwise.
    ///
    /// # Errors
    /// Occurs if there is none to be had.
    fn draw(&mut self) -> Result<u32, RegisterError> {
        system_random().ok_or(RegisterError::Random)
    }
}

/// Checks that the tables are those that this version writes: `rows` are those of `SELECT version FROM register_schema`.
///
/// # Errors
/// Occurs if they were made by a newer version, or are not a register's.
pub fn check_schema(rows: &[Row]) -> Result<(), RegisterError> {
    match rows {
        [row] if *row == [Cell::Integer(SCHEMA)] => Ok(()),
        [row] => match row.as_slice() {
            [Cell::Integer(found)] if *found > SCHEMA => Err(RegisterError::Schema { found: *found }),
            _ => Err(damaged("register_schema", "its version is none")),
        },
        _ => Err(damaged("register_schema", "it has not one row")),
    }
}

/// A number from the system's source.
pub(super) fn system_random() -> Option<u32> {
    use ring::rand::{SecureRandom as _, SystemRandom};
    let mut bytes = [0; 4];
    SystemRandom::new().fill(&mut bytes).ok()?;
    Some(u32::from_be_bytes(bytes))
}

pub(super) fn damaged(table: &'static str, reason: &str) -> RegisterError {
    RegisterError::Damaged {
        table,
        reason: reason.to_owned(),
    }
}
