//! What an office keeps: `keys`, `authority`, `status`, `register`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use yinxin::time::Time;

use super::{KeyOptions, Lang};

#[derive(Debug, Args)]
pub struct Keys {
    /// Folder for keys, certificates and list; nothing in it is ever overwritten
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
    /// Kind of the sealing key
    #[arg(long, value_enum, default_value_t = Algorithm::P256, conflicts_with = "rsa_key")]
    pub algorithm: Algorithm,
    /// Use this RSA key (unencrypted PKCS#8 PEM; make one with `openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:3072`)
    #[arg(long, value_name = "FILE")]
    pub rsa_key: Option<PathBuf>,
    /// Name of the issuer
    #[arg(long, value_name = "NAME", default_value = "滨海市人力资源和社会保障局")]
    pub issuer: String,
    /// Unified social credit code of the issuer
    #[arg(long, value_name = "USCC", default_value = "11109900MB2A100330")]
    pub code: String,
    /// Certificate types the issuer may seal: codes, or the beginning of codes followed by `*`
    #[arg(long, value_name = "TYPE", num_args = 1.., default_values_t = [String::from("11109900MB2A000628*")])]
    pub types: Vec<String>,
    /// Time from which keys and list are good; now unless given
    #[arg(long, value_name = "TIME")]
    pub at: Option<Time>,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub enum Algorithm {
    P256,
    P384,
    Ed25519,
}

#[derive(Debug, Subcommand)]
pub enum Authority {
    /// Make the file to be signed of a list, or of a set of roots, in TOML; certificates as pem = "..." or file = "NAME.pem"
    Build(AuthorityBuild),
    /// Add the signature of one root
    Sign(AuthoritySign),
    /// Bring the signatures of several copies of one list together
    Merge(AuthorityMerge),
    /// Tell what a list says; nothing is verified
    Show(AuthorityShow),
    /// Tell a reviewer what a new list changes, the gravest first: exit status 0 it may follow, 1 verifiers will refuse it, 3 usage or I/O
    Diff(AuthorityDiff),
}

#[derive(Debug, Args)]
pub struct AuthorityBuild {
    /// The list or set of roots
    #[arg(value_name = "LIST.toml")]
    pub list: PathBuf,
    /// Sets of roots, signed, that lead from those verifiers have pinned to the one that signs, oldest first
    #[arg(long, value_name = "ROOTS")]
    pub rotation: Vec<PathBuf>,
    /// The file to be signed
    #[arg(long, value_name = "LIST")]
    pub out: PathBuf,
}

#[derive(Debug, Args)]
pub struct AuthoritySign {
    /// The file to be signed
    #[arg(value_name = "LIST")]
    pub file: PathBuf,
    /// The root's key and certificate
    #[command(flatten)]
    pub key: KeyOptions,
    /// Where to write it instead of the file itself
    #[arg(long, value_name = "LIST")]
    pub out: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub struct AuthorityMerge {
    /// The file that takes the signatures
    #[arg(value_name = "LIST")]
    pub file: PathBuf,
    /// Copies of it with other signatures
    #[arg(long, value_name = "LIST", required = true, num_args = 1..)]
    pub with: Vec<PathBuf>,
    /// Where to write it instead of the file itself
    #[arg(long, value_name = "LIST")]
    pub out: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub struct AuthorityShow {
    /// A list or a set of roots
    #[arg(value_name = "LIST")]
    pub file: PathBuf,
}

#[derive(Debug, Args)]
pub struct AuthorityDiff {
    /// The list in force
    #[arg(value_name = "OLD")]
    pub old: PathBuf,
    /// The list to be signed
    #[arg(value_name = "NEW")]
    pub new: PathBuf,
    /// Language of the sentences
    #[arg(long, value_enum, default_value_t = Lang::Both)]
    pub lang: Lang,
}

#[derive(Debug, Subcommand)]
pub enum StatusCommand {
    /// Start a list on which every result is valid
    New(StatusNew),
    /// Issue the next list, with some results set
    Set(StatusSet),
    /// Tell what a list says; nothing is verified
    Show(StatusShow),
    /// Give the places of results by their running numbers, in an order that only the secret tells
    Place(StatusPlace),
}

#[derive(Debug, Args)]
pub struct StatusNew {
    /// Address and name of the list, as results name it
    #[arg(long, value_name = "https://..")]
    pub uri: String,
    /// Bits for each result: 1 tells valid from revoked, 2 also suspended and replaced, 4 also conditional and lapsed
    #[arg(long, default_value_t = 4)]
    pub bits: u32,
    /// How many results
    #[arg(long, value_name = "N")]
    pub size: u32,
    #[command(flatten)]
    pub sign: StatusSign,
}

#[derive(Debug, Args)]
pub struct StatusSet {
    /// The list before
    #[arg(value_name = "LIST")]
    pub list: PathBuf,
    /// INDEX=valid, revoked, suspended, replaced, lapsed or conditional@DEADLINE; repeat for more
    #[arg(long, value_name = "INDEX=STATUS", required = true)]
    pub entry: Vec<String>,
    #[command(flatten)]
    pub sign: StatusSign,
}

/// Who signs a status list, and how long it is good.
#[derive(Debug, Args)]
pub struct StatusSign {
    /// The department's key; its certificate stands on the authority list
    #[command(flatten)]
    pub key: KeyOptions,
    /// Time of issue; now unless given
    #[arg(long, value_name = "TIME")]
    pub at: Option<Time>,
    /// From when on it may not be relied on
    #[arg(long, value_name = "TIME")]
    pub expires: Option<Time>,
    /// After how many seconds a verifier should fetch it anew
    #[arg(long, value_name = "SECONDS")]
    pub ttl: Option<u32>,
    /// The signed list
    #[arg(long, value_name = "LIST")]
    pub out: PathBuf,
}

#[derive(Debug, Args)]
pub struct StatusShow {
    /// A status list
    #[arg(value_name = "LIST")]
    pub list: PathBuf,
    /// Places to look up; all are counted unless given
    #[arg(long, value_name = "N")]
    pub index: Vec<u32>,
}

#[derive(Debug, Args)]
pub struct StatusPlace {
    /// File with the department's secret: 64 hexadecimal digits
    #[arg(long, value_name = "FILE")]
    pub secret: PathBuf,
    /// How many places the list has
    #[arg(long, value_name = "N")]
    pub size: u32,
    /// Running number of the result, from 0; repeat for more
    #[arg(long, value_name = "N", required = true)]
    pub number: Vec<u32>,
}

#[cfg(feature = "register")]
#[derive(Debug, Subcommand)]
pub enum Register {
    /// Verify the audit trail and compare it with the register and with every file: exit status 0 they agree, 1 they do not, 3 usage or I/O
    Check(RegisterCheck),
    /// Pair files and entries after programs were stopped: exit status 0 done, 1 some entries wait for their files, 3 usage or I/O
    Recover(RegisterRecover),
    /// Write the audit trail into a file of its own
    Trail(RegisterTrail),
}

#[cfg(feature = "register")]
#[derive(Debug, Args)]
pub struct RegisterCheck {
    /// The register
    #[arg(value_name = "R.sqlite")]
    pub register: PathBuf,
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

#[cfg(feature = "register")]
#[derive(Debug, Args)]
pub struct RegisterRecover {
    /// The register
    #[arg(value_name = "R.sqlite")]
    pub register: PathBuf,
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

#[cfg(feature = "register")]
#[derive(Debug, Args)]
pub struct RegisterTrail {
    /// The register
    #[arg(value_name = "R.sqlite")]
    pub register: PathBuf,
    /// The file: entries as docs/FORMAT.md, clause 10, says
    #[arg(long, value_name = "O.trail")]
    pub out: PathBuf,
}
