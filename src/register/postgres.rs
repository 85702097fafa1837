//! The register in a PostgreSQL database.

use std::collections::BTreeMap;
use std::error::Error;
use std::time::Duration;

use postgres::error::SqlState;
use postgres::types::{IsNull, ToSql, Type, private::BytesMut, to_sql_checked};
use postgres::{Client, NoTls, Statement};

use super::database::{Cell, Database, Row, damaged};
use super::error::RegisterError;

/// A register in a PostgreSQL database: for any number of machines, processes and threads. Each thread has a `PostgresRegister` of
/// its own. The tables stand in the first schema of the search path.
///
/// Each session asks for `synchronous_commit = on`, and a server that runs with `fsync = off` is refused.
pub struct PostgresRegister {
    client: Client,
    statements: BTreeMap<&'static str, Statement>,
    random: Box<dyn FnMut() -> Option<u32> + Send>,
}

/// How long a call waits for others, unless told otherwise.
const WAIT: Duration = Duration::from_secs(30);

const TABLES: &str = "
CREATE TABLE register_schema (
    version BIGINT NOT NULL
);
CREATE TABLE register_entry (
    identifier TEXT NOT NULL PRIMARY KEY,
    issuer TEXT NOT NULL,
    type TEXT NOT NULL,
    year BIGINT NOT NULL,
    number BIGINT NOT NULL,
    version BIGINT NOT NULL,
    key TEXT NOT NULL UNIQUE,
    replaces TEXT REFERENCES register_entry (identifier),
    list TEXT,
    place BIGINT,
    state BIGINT NOT NULL,
    digest BYTEA,
    reserved BIGINT NOT NULL UNIQUE,
    closed BIGINT UNIQUE,
    UNIQUE (issuer, type, year, number, version),
    UNIQUE (list, place)
);
CREATE INDEX register_unissued ON register_entry (state, reserved) WHERE state <> 1;
CREATE UNIQUE INDEX register_heir ON register_entry (replaces) WHERE state <> 2;
CREATE TABLE register_trail (
    sequence BIGINT NOT NULL PRIMARY KEY,
    bytes BYTEA NOT NULL
);
INSERT INTO register_schema (version) VALUES (1);
";

/// The advisory lock held while the tables are made: there is nothing else to lock yet. \"yinxin\" and a number.
const MAKING: &str = "SELECT pg_advisory_xact_lock(133444219957761)";

impl PostgresRegister {
    /// Connects to the database that `config` describes (`host=/var/run/postgresql dbname=register`) without encryption: for a
    /// server on this machine. For another one give [`over`](Self::over) a client that uses TLS.
    ///
    /// # Errors
    /// Occurs if the server cannot be reached or refuses, and as for [`over`](Self::over).
    pub fn connect(config: &str) -> Result<Self, RegisterError> {
        Self::over(Client::connect(config, NoTls).map_err(|error| complaint(&error))?)
    }

    /// The register in the database that `client` is connected to; its tables are made where there are none.
    ///
    /// # Errors
    /// Occurs if the server does not keep what it commits, the tables cannot be made, were made by a newer version, or others
    /// hold them for longer than 30 seconds.
    pub fn over(client: Client) -> Result<Self, RegisterError> {
        let register = Self {
            client,
            statements: BTreeMap::new(),
            random: Box::new(super::database::system_random),
        };
        let mut register = register.waiting(WAIT)?;
        register.run("SET synchronous_commit = on; SET default_transaction_isolation = 'read committed'")?;
        let fsync = register.query("SELECT setting FROM pg_settings WHERE name = 'fsync'", &[])?;
        if fsync != [[Cell::Text("on".into())]] {
            return Err(RegisterError::Durability("fsync is not on".into()));
        }
        register.run("BEGIN")?;
        let ready = register.prepare().and_then(|()| register.finish());
        if ready.is_err() {
            register.roll_back();
        }
        ready.map(|()| register)
    }

    /// Waits at most `wait` for others, instead of 30 seconds.
    ///
    /// # Errors
    /// Occurs if the server refuses.
    pub fn waiting(mut self, wait: Duration) -> Result<Self, RegisterError> {
        // 0 would mean for ever.
        let wait = wait.as_millis().clamp(1, 86_400_000);
        self.run(&format!("SET lock_timeout = {wait}"))?;
        Ok(self)
    }

    /// Draws places on status lists from `random` instead of the system: for tests. Places that can be foreseen tell who was
    /// revoked.
    #[must_use]
    pub fn drawing_from(mut self, random: impl FnMut() -> Option<u32> + Send + 'static) -> Self {
        self.random = Box::new(random);
        self
    }

    fn run(&mut self, sql: &str) -> Result<(), RegisterError> {
        self.client.batch_execute(sql).map_err(|error| complaint(&error))
    }

    /// Makes the tables where there are none, and refuses those of a newer version.
    fn prepare(&mut self) -> Result<(), RegisterError> {
        self.run(MAKING)?;
        let there = "SELECT 1::BIGINT FROM pg_catalog.pg_tables WHERE schemaname = current_schema() AND tablename = 'register_schema'";
        if self.query(there, &[])?.is_empty() {
            return self.run(TABLES);
        }
        super::database::check_schema(&self.query("SELECT version FROM register_schema", &[])?)
    }
}

impl Database for PostgresRegister {
    fn begin(&mut self) -> Result<(), RegisterError> {
        // Excludes other writers and no reader, nor the vacuuming of the tables that grow; what follows sees what the one before committed.
        let begun = self.run("BEGIN; LOCK TABLE register_schema IN EXCLUSIVE MODE");
        if begun.is_err() {
            self.roll_back();
        }
        begun
    }

    fn finish(&mut self) -> Result<(), RegisterError> {
        self.run("COMMIT")
    }

    fn roll_back(&mut self) {
        // Where the connection is gone the server has rolled back by itself.
        let _ = self.run("ROLLBACK");
    }

    fn query(&mut self, sql: &'static str, parameters: &[Cell]) -> Result<Vec<Row>, RegisterError> {
        let statement = match self.statements.get(sql) {
            Some(statement) => statement.clone(),
            None => {
                let statement = self.client.prepare(sql).map_err(|error| complaint(&error))?;
                self.statements.insert(sql, statement.clone());
                statement
            }
        };
        let parameters: Vec<&(dyn ToSql + Sync)> = parameters.iter().map(|cell| cell as _).collect();
        let rows = self
            .client
            .query(&statement, &parameters)
            .map_err(|error| complaint(&error))?;
        rows.iter()
            .map(|row| (0..row.len()).map(|column| cell_of(row, column)).collect())
            .collect()
    }

    fn draw(&mut self) -> Result<u32, RegisterError> {
        (self.random)().ok_or(RegisterError::Random)
    }
}

fn cell_of(row: &postgres::Row, column: usize) -> Result<Cell, RegisterError> {
    let kind = row.columns().get(column).map(postgres::Column::type_);
    let failed = |error: postgres::Error| complaint(&error);
    let cell = match kind {
        Some(&Type::INT8) => row
            .try_get::<_, Option<i64>>(column)
            .map_err(failed)?
            .map(Cell::Integer),
        Some(&Type::TEXT | &Type::NAME) => row
            .try_get::<_, Option<String>>(column)
            .map_err(failed)?
            .map(Cell::Text),
        Some(&Type::BYTEA) => row
            .try_get::<_, Option<Vec<u8>>>(column)
            .map_err(failed)?
            .map(Cell::Bytes),
        _ => return Err(damaged("register_entry", "a column is of another type")),
    };
    Ok(cell.unwrap_or(Cell::Null))
}

impl ToSql for Cell {
    fn to_sql(&self, kind: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        match self {
            Self::Null => Ok(IsNull::Yes),
            Self::Integer(number) => number.to_sql_checked(kind, out),
            Self::Text(text) => text.to_sql_checked(kind, out),
            Self::Bytes(bytes) => bytes.to_sql_checked(kind, out),
        }
    }

    fn accepts(_: &Type) -> bool {
        // The cell it holds decides, in `to_sql`.
        true
    }

    to_sql_checked!();
}

fn complaint(error: &postgres::Error) -> RegisterError {
    match error.code() {
        Some(&SqlState::LOCK_NOT_AVAILABLE | &SqlState::T_R_DEADLOCK_DETECTED) => RegisterError::Busy,
        Some(&SqlState::UNDEFINED_TABLE | &SqlState::UNDEFINED_COLUMN | &SqlState::DATATYPE_MISMATCH) => {
            damaged("register_entry", &said(error))
        }
        _ => RegisterError::Database(said(error)),
    }
}

/// The server's words, which the client's error keeps one level down.
fn said(error: &postgres::Error) -> String {
    match error.as_db_error() {
        Some(said) => said.message().to_owned(),
        None => error.to_string(),
    }
}
