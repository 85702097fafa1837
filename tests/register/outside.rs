//! A register over a database of somebody else: one outside of the library, which lets its five calls through to SQLite and holds the
//! register to what `Database` says it asks of them.

use std::path::Path;
use std::time::Duration;

use yinxin::register::{Cell, Database, Register, RegisterError, Row, SqliteRegister};

use crate::places::{Place, Sqlite, counting};

/// SQLite stands in for a database that the library does not know.
pub struct Outside(Sqlite);

struct Watched {
    database: SqliteRegister,
    /// Whether a transaction is open.
    within: bool,
}

/// The words of the statements.
const WORDS: &str = "AND BY DESC FROM INSERT INTO LIMIT MAX ORDER SELECT SET UPDATE VALUES WHERE";

impl Outside {
    pub fn new(name: &str) -> Self {
        Self(Sqlite::new(&format!("outside-{name}")))
    }
}

fn watched(database: SqliteRegister) -> Box<dyn Register + Send> {
    Box::new(Watched {
        database,
        within: false,
    })
}

impl Place for Outside {
    fn open(&self) -> Result<Box<dyn Register + Send>, RegisterError> {
        Ok(watched(SqliteRegister::open(self.0.path())?))
    }

    fn open_odd(&self) -> Result<Box<dyn Register + Send>, RegisterError> {
        let database = SqliteRegister::open(self.0.path())?.drawing_from(counting());
        Ok(watched(database.waiting(Duration::from_millis(50))?))
    }

    fn execute(&self, sql: &str) {
        self.0.execute(sql);
    }

    fn lock(&self) -> &'static str {
        self.0.lock()
    }

    fn held(&self, work: &mut dyn FnMut()) {
        self.0.held(work);
    }

    fn folder(&self) -> &Path {
        self.0.folder()
    }
}

impl Database for Watched {
    fn begin(&mut self) -> Result<(), RegisterError> {
        assert!(!self.within, "a transaction within another");
        self.database.begin()?;
        self.within = true;
        Ok(())
    }

    fn finish(&mut self) -> Result<(), RegisterError> {
        assert!(self.within, "finished and not begun");
        self.database.finish()?;
        self.within = false;
        Ok(())
    }

    fn roll_back(&mut self) {
        self.database.roll_back();
        self.within = false;
    }

    fn query(&mut self, sql: &'static str, parameters: &[Cell]) -> Result<Vec<Row>, RegisterError> {
        assert!(
            self.within || sql.starts_with("SELECT "),
            "written without the lock: {sql}"
        );
        let numbers = sql.split('$').skip(1).map(|rest| {
            let digits = rest.split(|c: char| !c.is_ascii_digit()).next();
            digits.and_then(|digits| digits.parse().ok())
        });
        assert!(numbers.eq((1..=parameters.len()).map(Some)), "{sql}");
        let below = |cell: &Cell| matches!(cell, Cell::Integer(number) if *number < 0);
        assert!(!parameters.iter().any(below), "{sql}: {parameters:?}");
        for word in sql.split(|c: char| !c.is_ascii_uppercase()) {
            assert!(
                word.is_empty() || WORDS.split(' ').any(|known| known == word),
                "{sql}"
            );
        }
        self.database.query(sql, parameters)
    }

    fn draw(&mut self) -> Result<u32, RegisterError> {
        self.database.draw()
    }
}
