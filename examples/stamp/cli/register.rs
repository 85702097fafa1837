//! The register of what was issued: `register`, and what `issue` and `batch` ask of it.

use std::num::NonZero;
use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use yinxin::time::Time;

/// The register that gives identifiers, numbers and places on the status list.
#[derive(Debug, Args)]
pub struct FromRegister {
    /// Issue over this register 登记簿: it gives the identifier, the number and the place on the status list, and what it has issued it
    /// does not issue again. A file made by `stamp register new`, a postgres:// address, or a file that holds the address. Needs a build
    /// with the feature register
    #[arg(long, value_name = "REGISTER", requires_all = ["shelf", "actor"])]
    pub register: Option<String>,
    /// Folder of the issued files, which belongs to the register: each stands in it under its identifier
    #[arg(long, value_name = "DIR", requires = "register")]
    pub shelf: Option<PathBuf>,
    /// Who issues, as the audit trail is to say
    #[arg(long, value_name = "NAME", requires = "register")]
    pub actor: Option<String>,
    /// How many places the list of --status-list has; the register draws one for each result
    #[arg(long, value_name = "N", requires_all = ["register", "status_list"])]
    pub status_places: Option<NonZero<u32>>,
}

/// A day with the register.
const REGISTER_STEPS: &str = "\
A day with the register:
  stamp register new R.sqlite                                     once
  stamp issue --register R.sqlite --shelf DIR --actor NAME --request APPLICATION --record R.json ...
  stamp register show R.sqlite IDENTIFIER                         what became of it
  stamp register recover R.sqlite --shelf DIR --actor NAME        after a loss of power; issue and batch do it themselves
  stamp register check R.sqlite --shelf DIR --anchor LAST --head NEXT
                                                                  each night; keep the head on another machine";

#[derive(Debug, Subcommand)]
#[command(after_help = REGISTER_STEPS)]
pub enum Register {
    /// Make a register, empty; for PostgreSQL its tables
    New(RegisterNew),
    /// Tell what was issued, reserved and given up, a line each
    List(RegisterList),
    /// Tell of one certificate: its versions, which of them stands, its place on the status list, who did what when. Exit status 0 told,
    /// 1 not in the register, 3 usage or I/O
    Show(RegisterShow),
    /// Give up an identifier that is reserved and has no file; what is issued is revoked with `stamp status set` instead
    Void(RegisterVoid),
    /// Verify the audit trail and compare it with the register and with every file: exit status 0 they agree, 1 they do not, 3 usage or I/O
    Check(RegisterCheck),
    /// Pair files and entries after programs were stopped: exit status 0 done, 1 some entries wait for their files, 3 usage or I/O
    Recover(RegisterRecover),
    /// Write the audit trail into a file of its own
    Trail(RegisterTrail),
}

#[derive(Debug, Args)]
pub struct RegisterNew {
    /// The file to make, or a postgres:// address or a file that holds one
    #[arg(value_name = "REGISTER")]
    pub register: String,
}

#[derive(Debug, Args)]
pub struct RegisterList {
    /// The register: its file, or its postgres:// address or a file that holds that
    #[arg(value_name = "REGISTER")]
    pub register: String,
    /// Only entries in this state
    #[arg(long, value_enum)]
    pub state: Option<EntryState>,
    /// One JSON object a line
    #[arg(long)]
    pub json: bool,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub enum EntryState {
    /// Has its identifier; its file is to be made
    Reserved,
    /// Was issued
    Issued,
    /// Was given up
    Void,
}

#[derive(Debug, Args)]
pub struct RegisterShow {
    /// The register: its file, or its postgres:// address or a file that holds that
    #[arg(value_name = "REGISTER")]
    pub register: String,
    /// Identifier of any version of the certificate
    #[arg(value_name = "IDENTIFIER")]
    pub identifier: String,
}

#[derive(Debug, Args)]
pub struct RegisterVoid {
    /// The register: its file, or its postgres:// address or a file that holds that
    #[arg(value_name = "REGISTER")]
    pub register: String,
    /// The reserved identifier
    #[arg(value_name = "IDENTIFIER")]
    pub identifier: String,
    /// Why, as the audit trail is to say
    #[arg(long, value_name = "TEXT")]
    pub reason: String,
    /// Who does it, as the audit trail is to say
    #[arg(long, value_name = "NAME")]
    pub actor: String,
    /// When, such as 2030-06-01T09:00:00+08:00; now unless given
    #[arg(long, value_name = "TIME")]
    pub at: Option<Time>,
}

#[derive(Debug, Args)]
pub struct RegisterCheck {
    /// The register: its file, or its postgres:// address or a file that holds that
    #[arg(value_name = "REGISTER")]
    pub register: String,
    /// Folder of the issued files
    #[arg(long, value_name = "DIR")]
    pub shelf: PathBuf,
    /// Head of the audit trail as it was kept elsewhere; without it nobody sees that the end was cut off
    #[arg(long, value_name = "HEAD.txt")]
    pub anchor: Option<PathBuf>,
    /// Write the head of the audit trail, to be kept elsewhere
    #[arg(long, value_name = "HEAD.txt")]
    pub head: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub struct RegisterRecover {
    /// The register: its file, or its postgres:// address or a file that holds that
    #[arg(value_name = "REGISTER")]
    pub register: String,
    /// Folder of the issued files
    #[arg(long, value_name = "DIR")]
    pub shelf: PathBuf,
    /// Who does it, as the audit trail is to say
    #[arg(long, value_name = "NAME")]
    pub actor: String,
    /// When, such as 2030-06-01T09:00:00+08:00; now unless given
    #[arg(long, value_name = "TIME")]
    pub at: Option<Time>,
}

#[derive(Debug, Args)]
pub struct RegisterTrail {
    /// The register: its file, or its postgres:// address or a file that holds that
    #[arg(value_name = "REGISTER")]
    pub register: String,
    /// The file: entries as docs/FORMAT.md, clause 10, says
    #[arg(long, value_name = "O.trail")]
    pub out: PathBuf,
}
