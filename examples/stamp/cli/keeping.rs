//! What an office keeps: `keys`, `authority`, `status`.

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

/// From a readable file to a list in use.
const LIST_STEPS: &str = "\
From a readable file to a list in use:
  stamp authority build LIST.toml --out LIST                 the file to be signed
  stamp authority diff OLD LIST                              what it changes, for whoever signs
  stamp authority sign LIST --key ROOT.key --chain ROOT.pem  each root in turn, or each on a copy of its own
  stamp authority merge LIST --with COPY COPY                then bring the copies together
  stamp verify F.pdf --trust LIST --trust ROOTS --state FILE";

/// What a readable list looks like.
const LIST_TOML: &str = "\
A list:
  name = \"滨海市授权名录\"               # the same from list to list
  sequence = 2                          # one more than the list before
  issued = \"2030-06-01T00:00:00+08:00\"
  next_update = \"2030-07-01T00:00:00+08:00\"
  expires = \"2030-09-01T00:00:00+08:00\"
  previous = \"...\"                      # SHA-256 of the list before, as `stamp authority show` tells it
  roots = 1                             # number of the set of roots that signs
  [[issuers]]
  name = \"滨海市公安局\"
  code = \"11109900MB2A10113K\"           # unified social credit code
  types = [\"11109900MB2A000628*\"]       # certificate types: whole, or the beginning and *
  regions = [\"1099\"]                    # GB/T 2260, 2, 4 or 6 digits; without it, the region in the code
  templates = [\"...\"]                   # SHA-256 of the templates it may use; without it, any
  [[issuers.certificates]]
  file = \"police.pem\"                   # beside this file; of a chain, the first certificate
  from = \"2030-01-01T00:00:00+08:00\"
  until = \"2032-01-01T00:00:00+08:00\"
  history = [{ from = \"2031-05-01T00:00:00+08:00\", standing = \"revoked\", reason = \"key-compromise\" }]
  [[delegations]]                       # who may sign a sub-list, and within what
  name = \"滨海市海晏区授权名录\"
  number = 1                            # of the set of roots that signs it
  threshold = 1
  types = [\"11109900MB2A00062805*\"]
  regions = [\"109902\"]
  depth = 1                             # how many levels of sub-lists it may have below; without it, none
  sequence = 1                          # the lowest number it may have
  [[delegations.roots]]
  file = \"district-root.pem\"

A set of roots, of which two must sign:
  name = \"滨海市授权名录\"
  version = 2                           # one more than the set before, which must sign this one too
  threshold = 2
  [[roots]]
  file = \"root-a.pem\"                   # and so on for each";

#[derive(Debug, Subcommand)]
#[command(after_help = LIST_STEPS)]
pub enum Authority {
    /// Make the file to be signed, of a list or a set of roots written in TOML
    #[command(after_help = LIST_TOML)]
    Build(AuthorityBuild),
    /// Add the signature of one root
    Sign(AuthoritySign),
    /// Bring the signatures of several copies of one list together
    Merge(AuthorityMerge),
    /// Tell what a list or a set of roots says, and the digest that the next one names; nothing is verified
    Show(AuthorityShow),
    /// Tell a reviewer what a new list changes, the gravest first: exit status 0 it may follow, 1 verifiers will refuse it, 3 usage or I/O
    Diff(AuthorityDiff),
}

#[derive(Debug, Args)]
pub struct AuthorityBuild {
    /// The list or set of roots, in TOML as below
    #[arg(value_name = "LIST.toml")]
    pub list: PathBuf,
    /// For a list whose roots have changed: the signed sets of roots that lead from those that verifiers have to those that sign, oldest
    /// first; repeat for each
    #[arg(long, value_name = "ROOTS")]
    pub rotation: Vec<PathBuf>,
    /// Where to write the file to be signed
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

/// From the first list to a verdict.
const STATUS_STEPS: &str = "\
From the first list to a verdict:
  stamp status new --uri https://.. --size 100000 --out LIST --key K --chain C.pem
  stamp issue --status-list https://.. --status-index 17 ...      the result names its place, or over --register:
  stamp issue --register R --status-list https://.. --status-places 100000 ...
  stamp status set LIST --entry 17=revoked --out NEXT --key K --chain C.pem
  stamp verify F.pdf --trust AUTHORITY --trust NEXT

conditional@DEADLINE is for results of trust approval 容缺受理: made before the missing papers are in; at hand-over set them valid, at the
deadline they lapse of themselves.";

#[derive(Debug, Subcommand)]
#[command(after_help = STATUS_STEPS)]
pub enum StatusCommand {
    /// Start a list on which every result is valid
    New(StatusNew),
    /// Issue the next list: as the one before, with some results set anew
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
    #[arg(long, value_name = "1|2|4|8", default_value_t = 4)]
    pub bits: u32,
    /// How many places it has, one for each result; more than will be needed, for it does not grow
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
    /// INDEX=STATUS, where STATUS is valid, revoked, suspended, lapsed, conditional@DEADLINE (such as 2030-07-01T00:00:00+08:00), or
    /// replaced@VERSION with the version that took its place, such as 17=replaced@002; repeat for more
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
    /// From when on it may not be relied on: verdicts stay open then, with its age; seven days after its issue unless given
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
