//! The register in one SQLite file.

use std::path::Path;
use std::time::Duration;

use rusqlite::types::{ToSql, ToSqlOutput, ValueRef};
use rusqlite::{Connection, ErrorCode, params_from_iter};

use super::database::{Cell, Database, Row, damaged};
use super::error::RegisterError;

/// A register in an SQLite file: for one machine, with any number of processes and threads. Each has a `SqliteRegister` of its own.
///
/// The file is in write-ahead mode with `synchronous = FULL`: what was committed is on the disk before the call returns. Not for
/// network file systems, whose locks SQLite cannot rely on. Copy it with SQLite's own means (`VACUUM INTO`), never the file alone
/// while it is in use.
pub struct SqliteRegister {
    connection: Connection,
    random: Box<dyn FnMut() -> Option<u32> + Send>,
}

/// How long a call waits for others, unless told otherwise.
const WAIT: Duration = Duration::from_secs(30);

const TABLES: &str = "
CREATE TABLE register_schema (
    version INTEGER NOT NULL
) STRICT;
CREATE TABLE register_entry (
    identifier TEXT NOT NULL PRIMARY KEY,
    issuer TEXT NOT NULL,
    type TEXT NOT NULL,
    year INTEGER NOT NULL,
    number INTEGER NOT NULL,
    version INTEGER NOT NULL,
    key TEXT NOT NULL UNIQUE,
    replaces TEXT REFERENCES register_entry (identifier),
    list TEXT,
    place INTEGER,
    state INTEGER NOT NULL,
    digest BLOB,
    reserved INTEGER NOT NULL UNIQUE,
    closed INTEGER UNIQUE,
    UNIQUE (issuer, type, year, number, version),
    UNIQUE (list, place)
) STRICT, WITHOUT ROWID;
CREATE INDEX register_unissued ON register_entry (state, reserved) WHERE state <> 1;
CREATE UNIQUE INDEX register_heir ON register_entry (replaces) WHERE state <> 2;
CREATE TABLE register_trail (
    sequence INTEGER NOT NULL PRIMARY KEY,
    bytes BLOB NOT NULL
) STRICT;
INSERT INTO register_schema (version) VALUES (1);
";

impl SqliteRegister {
    /// Opens the register in the file `path`, or makes it there.
    ///
    /// # Errors
    /// Occurs if the file cannot be opened or made, is no SQLite file or one of something else, was made by a newer version, or
    /// others hold it for longer than 30 seconds.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, RegisterError> {
        Self::of(Connection::open(path).map_err(complaint)?)
    }

    /// Waits at most `wait` for others, instead of 30 seconds.
    ///
    /// # Errors
    /// Occurs if the database refuses.
    pub fn waiting(self, wait: Duration) -> Result<Self, RegisterError> {
        self.connection.busy_timeout(wait).map_err(complaint)?;
        Ok(self)
    }

    /// Draws places on status lists from `random` instead of the system: for tests. Places that can be foreseen tell who was
    /// revoked.
    #[must_use]
    pub fn drawing_from(mut self, random: impl FnMut() -> Option<u32> + Send + 'static) -> Self {
        self.random = Box::new(random);
        self
    }

    fn of(connection: Connection) -> Result<Self, RegisterError> {
        connection.busy_timeout(WAIT).map_err(complaint)?;
        let mode: String = connection
            .query_row("PRAGMA journal_mode = WAL", [], |row| row.get(0))
            .map_err(complaint)?;
        if mode != "wal" {
            return Err(RegisterError::Durability(format!("journal_mode is {mode}")));
        }
        connection
            .execute_batch(
                "PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF;",
            )
            .map_err(complaint)?;
        let mut register = Self {
            connection,
            random: Box::new(super::database::system_random),
        };
        register.begin()?;
        let ready = register.prepare().and_then(|()| register.finish());
        if ready.is_err() {
            register.roll_back();
        }
        ready.map(|()| register)
    }

    /// Makes the tables where there are none, and refuses those of others and of a newer version.
    fn prepare(&mut self) -> Result<(), RegisterError> {
        let tables = "SELECT name FROM sqlite_schema WHERE type = 'table'";
        let names = self.query(tables, &[])?;
        if names.is_empty() {
            return self.connection.execute_batch(TABLES).map_err(complaint);
        }
        if !names.contains(&vec![Cell::Text("register_schema".into())]) {
            return Err(damaged("register_schema", "the file is no register"));
        }
        super::database::check_schema(&self.query("SELECT version FROM register_schema", &[])?)
    }
}

impl Database for SqliteRegister {
    fn begin(&mut self) -> Result<(), RegisterError> {
        // At once for writing: a transaction that begins by reading cannot wait for one that writes.
        self.connection
            .execute_batch("BEGIN IMMEDIATE")
            .map_err(complaint)
    }

    fn finish(&mut self) -> Result<(), RegisterError> {
        self.connection.execute_batch("COMMIT").map_err(complaint)
    }

    fn roll_back(&mut self) {
        // Where the database has rolled back by itself there is nothing left to do.
        let _ = self.connection.execute_batch("ROLLBACK");
    }

    fn query(&mut self, sql: &'static str, parameters: &[Cell]) -> Result<Vec<Row>, RegisterError> {
        let mut statement = self.connection.prepare_cached(sql).map_err(complaint)?;
        let columns = statement.column_count();
        let mut rows = statement.query(params_from_iter(parameters)).map_err(complaint)?;
        let mut found = Vec::new();
        while let Some(row) = rows.next().map_err(complaint)? {
            let cells = (0..columns).map(|column| row.get_ref(column).map(cell_of).map_err(complaint)?);
            found.push(cells.collect::<Result<Row, _>>()?);
        }
        Ok(found)
    }

    fn draw(&mut self) -> Result<u32, RegisterError> {
        (self.random)().ok_or(RegisterError::Random)
    }
}

impl ToSql for Cell {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Null => ValueRef::Null,
            Self::Integer(number) => ValueRef::Integer(*number),
            Self::Text(text) => ValueRef::Text(text.as_bytes()),
            Self::Bytes(bytes) => ValueRef::Blob(bytes),
        }))
    }
}

fn cell_of(value: ValueRef<'_>) -> Result<Cell, RegisterError> {
    Ok(match value {
        ValueRef::Null => Cell::Null,
        ValueRef::Integer(number) => Cell::Integer(number),
        ValueRef::Text(text) => Cell::Text(
            String::from_utf8(text.to_vec()).map_err(|_| damaged("register_entry", "a text is not UTF-8"))?,
        ),
        ValueRef::Blob(bytes) => Cell::Bytes(bytes.to_vec()),
        ValueRef::Real(_) => return Err(damaged("register_entry", "a number is not an integer")),
    })
}

#[expect(clippy::needless_pass_by_value, reason = "goes into map_err")]
fn complaint(error: rusqlite::Error) -> RegisterError {
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => RegisterError::Busy,
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
            damaged("register_schema", &error.to_string())
        }
        _ => RegisterError::Database(error.to_string()),
    }
}
