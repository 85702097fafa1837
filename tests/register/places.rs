//! Where the registers under test stand.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use yinxin::record::{TypeCode, UnifiedCode};
use yinxin::register::{Act, PostgresRegister, Register, RegisterError, Shelf, SqliteRegister};

/// A register of its own for one test, with a folder for its files.
pub trait Place {
    /// Opens it once more.
    fn open(&self) -> Result<Box<dyn Register + Send>, RegisterError>;
    /// Opens it, drawing places from a number that counts up from 0, and waiting for 50 ms only.
    fn open_odd(&self) -> Result<Box<dyn Register + Send>, RegisterError>;
    /// Does what no register does.
    fn execute(&self, sql: &str);
    /// The statement that takes the register's lock.
    fn lock(&self) -> &'static str;
    /// Calls `work` while another holds the register.
    fn held(&self, work: &mut dyn FnMut());
    fn folder(&self) -> &Path;

    fn register(&self) -> Box<dyn Register + Send> {
        self.open().unwrap()
    }

    fn shelf(&self) -> Shelf {
        Shelf::open(self.folder().join("shelf")).unwrap()
    }
}

pub fn who() -> Act<'static> {
    Act {
        actor: "窗口 03",
        at: "2030-06-01T09:00:00+08:00".parse().unwrap(),
    }
}

pub fn type_code() -> TypeCode {
    "11109900MB2A000628021".parse().unwrap()
}

pub fn issuer() -> UnifiedCode {
    "11109900MB2A10113K".parse().unwrap()
}

/// A folder that is gone when the test is over.
pub struct Folder(pub PathBuf);

impl Folder {
    /// In the folder for temporary files: the path of a socket has room for about 100 characters.
    pub fn new(name: &str) -> Self {
        // Both databases keep the rule of one name at the same time.
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let (process, number) = (std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(format!("yinxin-{process}-{number}-{name}"));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

pub struct Sqlite {
    folder: Folder,
}

impl Sqlite {
    pub fn new(name: &str) -> Self {
        Self {
            folder: Folder::new(name),
        }
    }

    pub fn path(&self) -> PathBuf {
        self.folder.0.join("register.sqlite")
    }

    fn raw(&self) -> rusqlite::Connection {
        rusqlite::Connection::open(self.path()).unwrap()
    }
}

impl Place for Sqlite {
    fn open(&self) -> Result<Box<dyn Register + Send>, RegisterError> {
        Ok(Box::new(SqliteRegister::open(self.path())?))
    }

    fn open_odd(&self) -> Result<Box<dyn Register + Send>, RegisterError> {
        let register = SqliteRegister::open(self.path())?.drawing_from(counting());
        Ok(Box::new(register.waiting(Duration::from_millis(50))?))
    }

    fn execute(&self, sql: &str) {
        let connection = self.raw();
        let sql = format!("PRAGMA foreign_keys = OFF; {sql}");
        connection
            .execute_batch(&sql)
            .unwrap_or_else(|e| panic!("{sql}: {e}"));
    }

    fn lock(&self) -> &'static str {
        "BEGIN IMMEDIATE"
    }

    fn held(&self, work: &mut dyn FnMut()) {
        let connection = self.raw();
        connection.execute_batch(self.lock()).unwrap();
        work();
        connection.execute_batch("ROLLBACK").unwrap();
    }

    fn folder(&self) -> &Path {
        &self.folder.0
    }
}

/// A PostgreSQL server of our own: a socket in a folder for temporary files, no network.
pub struct Server {
    folder: Folder,
    programs: PathBuf,
    user: Option<&'static str>,
}

impl Server {
    /// Starts one, or says why not.
    pub fn start() -> Option<Self> {
        let Some(programs) = programs() else {
            println!("skipped: no PostgreSQL server (initdb, pg_ctl) on PATH or under /usr/lib/postgresql");
            return None;
        };
        static STARTED: AtomicUsize = AtomicUsize::new(0);
        let number = STARTED.fetch_add(1, Ordering::Relaxed);
        let folder = Folder::new(&format!("pg{number}"));
        // The server refuses to run as root.
        let root = output(Command::new("id").arg("-u")).trim() == "0";
        let user = root.then(|| {
            let has = |name: &&str| {
                Command::new("id")
                    .arg(name)
                    .output()
                    .is_ok_and(|o| o.status.success())
            };
            ["postgres", "nobody"]
                .into_iter()
                .find(has)
                .expect("a user that is not root")
        });
        if let Some(user) = user {
            let id = output(Command::new("id").args(["-u", user]));
            std::os::unix::fs::chown(&folder.0, id.trim().parse().ok(), None).unwrap();
        }
        let server = Self {
            folder,
            programs,
            user,
        };
        let data = server.folder.0.join("data");
        server.run(
            "initdb",
            &["-A", "trust", "-U", "postgres", "-E", "UTF8", "--no-locale", "-D"],
            &data,
        );
        let options = format!(
            "-k {} -c listen_addresses= -c autovacuum=on -c max_connections=50",
            server.folder.0.display()
        );
        let log = server.folder.0.join("log");
        let log = log.to_str().unwrap();
        server.run("pg_ctl", &["start", "-w", "-l", log, "-o", &options, "-D"], &data);
        Some(server)
    }

    /// A register of its own, in a schema of the name.
    pub fn place(&self, name: &str) -> Postgres {
        let host = self.folder.0.display();
        let folder = Folder::new(name);
        let config = format!("host={host} user=postgres dbname=postgres options='-c search_path={name}'");
        let place = Postgres { config, folder };
        place.execute(&format!("CREATE SCHEMA {name}"));
        place
    }

    fn run(&self, program: &str, arguments: &[&str], data: &Path) {
        let mut command = match self.user {
            None => Command::new(self.programs.join(program)),
            Some(user) => {
                let mut command = Command::new("runuser");
                command.args(["-u", user, "--"]).arg(self.programs.join(program));
                command
            }
        };
        let status = command
            .args(arguments)
            .arg(data)
            .current_dir("/")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        assert!(
            status.as_ref().is_ok_and(std::process::ExitStatus::success),
            "{program}: {status:?}"
        );
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.run(
            "pg_ctl",
            &["stop", "-m", "immediate", "-D"],
            &self.folder.0.join("data"),
        );
    }
}

pub struct Postgres {
    pub config: String,
    folder: Folder,
}

impl Postgres {
    fn raw(&self) -> postgres::Client {
        postgres::Client::connect(&self.config, postgres::NoTls).unwrap()
    }
}

impl Place for Postgres {
    fn open(&self) -> Result<Box<dyn Register + Send>, RegisterError> {
        Ok(Box::new(PostgresRegister::connect(&self.config)?))
    }

    fn open_odd(&self) -> Result<Box<dyn Register + Send>, RegisterError> {
        let register = PostgresRegister::connect(&self.config)?.drawing_from(counting());
        Ok(Box::new(register.waiting(Duration::from_millis(50))?))
    }

    fn execute(&self, sql: &str) {
        // Bytes are written in another way.
        let sql = sql.replace("= X'", "= '\\x");
        let sql = format!("SET session_replication_role = replica; {sql}");
        self.raw()
            .batch_execute(&sql)
            .unwrap_or_else(|e| panic!("{sql}: {e:?}"));
    }

    fn lock(&self) -> &'static str {
        "BEGIN; LOCK TABLE register_schema IN EXCLUSIVE MODE"
    }

    fn held(&self, work: &mut dyn FnMut()) {
        let mut client = self.raw();
        client.batch_execute(self.lock()).unwrap();
        work();
        client.batch_execute("ROLLBACK").unwrap();
    }

    fn folder(&self) -> &Path {
        &self.folder.0
    }
}

pub fn counting() -> impl FnMut() -> Option<u32> + Send + 'static {
    let mut next = 0..;
    move || next.next()
}

fn programs() -> Option<PathBuf> {
    let mut folders: Vec<PathBuf> = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .filter_map(|entry| entry.ok().map(|entry| entry.path().join("bin")))
        .collect();
    folders.sort();
    folders.reverse();
    folders.extend(std::env::split_paths(
        &std::env::var_os("PATH").unwrap_or_default(),
    ));
    folders.into_iter().find(|folder| {
        ["initdb", "pg_ctl", "postgres"]
            .iter()
            .all(|name| folder.join(name).is_file())
    })
}

fn output(command: &mut Command) -> String {
    String::from_utf8(command.output().unwrap().stdout).unwrap()
}
