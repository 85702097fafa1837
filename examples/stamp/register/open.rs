//! Where a register is: an SQLite file, a PostgreSQL address, or a file that holds the address.

use std::io::Read as _;
use std::path::{Path, PathBuf};

#[cfg(feature = "register-postgres")]
use yinxin::register::PostgresRegister;
#[cfg(feature = "register")]
use yinxin::register::SqliteRegister;
use yinxin::register::{Register, State};

use crate::files::{self, Fault, Named as _, fault};

/// A register of either kind.
pub type Opened = Box<dyn Register + Send>;

/// Where it is. Never shows an address, which may hold a password.
pub enum Place {
    File(PathBuf),
    Postgres { address: String, named: String },
}

/// What an SQLite file begins with.
const SQLITE: &[u8] = b"SQLite format 3\0";

impl Place {
    /// The place that `text` names, where a register is to be there already.
    pub fn of(text: &str) -> Result<Self, Fault> {
        if is_address(text) {
            return Self::at(text, "the PostgreSQL register");
        }
        let path = Path::new(text);
        if !path.is_file() {
            return Err(fault!(
                "{text}: no such register; name its file or postgres:// address, or make one with: stamp register new {text}"
            ));
        }
        let mut head = Vec::new();
        let file = std::fs::File::open(path).named(text)?;
        file.take(SQLITE.len() as u64)
            .read_to_end(&mut head)
            .named(text)?;
        if head == SQLITE {
            return Ok(Self::File(path.to_owned()));
        }
        let address = files::read_text(path).unwrap_or_default();
        match address.trim() {
            address if is_address(address) => Ok(Self::Postgres {
                address: address.to_owned(),
                named: text.to_owned(),
            }),
            _ => Err(fault!(
                "{text}: is neither an SQLite file nor one that holds a postgres:// address; name the register"
            )),
        }
    }

    /// The place for a register that is to be made.
    fn new(text: &str) -> Result<Self, Fault> {
        let path = Path::new(text);
        if is_address(text)
            || path.exists() && Self::of(text).is_ok_and(|place| matches!(place, Self::Postgres { .. }))
        {
            return Self::of(text);
        }
        match path.exists() {
            true => Err(fault!(
                "{text}: exists already and is not overwritten; choose another name"
            )),
            false => Ok(Self::File(path.to_owned())),
        }
    }

    fn at(address: &str, named: &str) -> Result<Self, Fault> {
        let host = address.split_once("://").map_or("", |(_, rest)| rest);
        let user = host.split(['/', '?']).next().unwrap_or_default().rsplit_once('@');
        if user.is_some_and(|(user, _)| user.contains(':')) || address.contains("password=") {
            return Err(fault!(
                "--register: everybody on this machine can see a password given here; write the address into a file for you alone and name the file"
            ));
        }
        Ok(Self::Postgres {
            address: address.to_owned(),
            named: named.to_owned(),
        })
    }

    /// What to call it.
    pub fn name(&self) -> String {
        match self {
            Self::File(path) => path.display().to_string(),
            Self::Postgres { named, .. } => named.clone(),
        }
    }

    /// Opens it once more.
    pub fn open(&self) -> Result<Opened, Fault> {
        let mut register = self.connect()?;
        // What cannot be read at all is said before anything else is.
        register.entries(Some(State::Reserved), 0).named(self.name())?;
        Ok(register)
    }

    fn connect(&self) -> Result<Opened, Fault> {
        match self {
            #[cfg(feature = "register")]
            Self::File(path) => Ok(Box::new(SqliteRegister::open(path).named(self.name())?)),
            #[cfg(not(feature = "register"))]
            Self::File(path) => Err(fault!(
                "{}: this program was built without SQLite; build it with: cargo build --release --example stamp --features register",
                path.display()
            )),
            #[cfg(feature = "register-postgres")]
            Self::Postgres { address, named } => {
                Ok(Box::new(PostgresRegister::connect(address).named(named)?))
            }
            #[cfg(not(feature = "register-postgres"))]
            Self::Postgres { named, .. } => Err(fault!(
                "{named}: this program was built without PostgreSQL; build it with: cargo build --release --example stamp --features register-postgres"
            )),
        }
    }
}

/// Makes a register, or the tables of one.
pub fn make(text: &str) -> Result<Place, Fault> {
    let place = Place::new(text)?;
    if let Place::File(path) = &place
        && let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty())
    {
        std::fs::create_dir_all(folder).named(folder.display())?;
    }
    place.connect()?;
    Ok(place)
}

fn is_address(text: &str) -> bool {
    text.starts_with("postgres://") || text.starts_with("postgresql://")
}
