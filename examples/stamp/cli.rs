//! What can be typed: commands, options and their defaults.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use yinxin::time::Time;

/// Issue, seal and verify electronic certificates (印信). Works offline.
#[derive(Debug, Parser)]
#[command(name = "stamp", version, max_term_width = 110)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Make five sealed results under a throw-away authority, forge them in many ways and verify everything
    Demo(Demo),
    /// Compose, code and seal results from records
    Issue(Issue),
    /// Compose, code and seal the results of a list (CSV, JSON lines, Excel), in parallel; an interrupted run goes on
    Batch(Batch),
    /// Seal PDF files made elsewhere
    Seal(Seal),
    /// Add to a sealed file what it can be verified with for decades (B-LT, B-LTA), or renew that; needs a build with the feature net.
    /// Exit status 0 complete, 2 something could not be had, 3 not raised
    Raise(Raise),
    /// Make a PDF file ready for a seal key that lives elsewhere, and write what that key has to sign
    Prepare(Prepare),
    /// Put a signature that was made elsewhere into the file that was prepared for it
    Finish(Finish),
    /// Make a copy of a result for one use (加注件): verify it, mark every page with recipient, purpose, last day and maker, and
    /// seal the copy; exit status 0 made, 1 or 2 the result is not authentic, 3 usage or I/O
    Copy(Copy),
    /// Look for what could change what is shown, before sealing: exit status 0 nothing, 1 something, 3 usage or I/O
    Lint(Lint),
    /// Make test keys, certificates and an authority list
    Keys(Keys),
    /// Keep an authority list: build it from a readable file, sign it, compare it with the one before
    #[command(subcommand)]
    Authority(Authority),
    /// Say how results stand, in a signed status list: valid, revoked, suspended, replaced, conditional
    #[command(subcommand)]
    Status(StatusCommand),
    /// Verify sealed PDF files: exit status 0 all authentic, 1 some not, 2 some cannot be told, 3 usage or I/O
    Verify(Verify),
    /// Tell which revision each seal of a file stands for, and write its exact bytes
    Revision(Revision),
    /// Verify a scanned code: a picture, a text file or the text itself; exit status as for verify
    Scan(Scan),
    /// Say what a scanned code is, whoever made it, and what of it can be checked; no verdict. Exit status 0 told, 1 damaged, forged
    /// or not in force, 2 made with another key than those given, 3 usage or I/O
    Inspect(Inspect),
    /// Put a sealed PDF on paper as a set of codes, and get it back from photographs or scans
    #[command(subcommand)]
    Set(Set),
    /// Look after the register of what was issued (SQLite)
    #[cfg(feature = "register")]
    #[command(subcommand)]
    Register(Register),
    /// Look for mistakes in a template, or see how it looks
    #[command(subcommand)]
    Template(Template),
}

#[derive(Debug, Args)]
pub struct Demo {
    /// Folder for everything made; files of an earlier run are replaced
    #[arg(long, value_name = "DIR", default_value = "demo-output")]
    pub out: PathBuf,
    /// Which kinds of keys seal the results
    #[arg(long, value_enum, default_value_t = DemoKeys::P256)]
    pub keys: DemoKeys,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub enum DemoKeys {
    /// ECDSA P-256 only
    P256,
    /// P-256, Ed25519, RSA 2048 and 3072 (PKCS#1) and RSA 2048 (PSS) as well, each in a folder of its own
    All,
}

/// The seal: impression, key, certificates.
#[derive(Debug, Args)]
pub struct SealOptions {
    /// How the seal looks: a TOML file such as examples/data/seals/round.toml
    #[arg(long, value_name = "S.toml")]
    pub seal: PathBuf,
    #[command(flatten)]
    pub key: KeyOptions,
    /// Sign RSA with PSS padding
    #[arg(long)]
    pub pss: bool,
    /// Second key of the same issuer (P-256 or Ed25519) that signs the code, in any form of --key; needed where the seal's key is RSA
    /// or P-384
    #[arg(long, value_name = "FILE")]
    pub code_key: Option<PathBuf>,
    /// File with the password of --code-key; one line, UTF-8
    #[arg(long, value_name = "FILE", requires = "code_key")]
    pub code_key_password_file: Option<PathBuf>,
    /// The key of --code-key by its friendly name or, without --code-key, a second key of the token by its label
    #[arg(long, value_name = "NAME")]
    pub code_key_label: Option<String>,
    /// Certificates of the code's key, unless they are with it
    #[arg(long, value_name = "C.pem")]
    pub code_chain: Option<PathBuf>,
    /// Write the code as this address and digits after `#`, so that any phone opens the department's page
    #[arg(long, value_name = "https://..")]
    pub url: Option<String>,
    /// Put a seal that is a PDF page on a PDF/A file even where that file would no longer be PDF/A
    #[arg(long)]
    pub allow_pdfa_loss: bool,
    /// Time of sealing as written into the file, such as 2030-06-01T09:00:00+08:00; now unless given
    #[arg(long, value_name = "TIME")]
    pub at: Option<Time>,
}

/// The key of the seal and where it is.
#[derive(Debug, Args)]
pub struct KeyOptions {
    /// Private key 私钥: PEM or DER, PKCS#8 (encrypted too), PKCS#1, SEC 1, or PKCS#12 (.p12, .pfx)
    #[cfg_attr(
        feature = "pkcs11",
        arg(
            id = "key",
            long = "key",
            value_name = "FILE",
            required_unless_present = "pkcs11",
            conflicts_with = "pkcs11"
        )
    )]
    #[cfg_attr(
        not(feature = "pkcs11"),
        arg(id = "key", long = "key", value_name = "FILE", required = true)
    )]
    pub file: Option<PathBuf>,
    /// File with the password of --key, or with the PIN of --pkcs11 口令文件; one line, UTF-8
    #[arg(id = "key_password_file", long = "key-password-file", value_name = "FILE")]
    pub password_file: Option<PathBuf>,
    /// The key by its friendly name in a PKCS#12 file, or by its label on a token, where there are several
    #[arg(id = "key_label", long = "key-label", value_name = "NAME")]
    pub label: Option<String>,
    /// The key by its identifier in hexadecimal, where there are several
    #[arg(
        id = "key_id",
        long = "key-id",
        value_name = "HEX",
        conflicts_with = "key_label"
    )]
    pub id: Option<String>,
    /// Certificates in PEM, the sealing one first; unless they are with the key
    #[arg(id = "key_chain", long = "chain", value_name = "C.pem")]
    pub chain: Option<PathBuf>,
    /// The library of the module that holds the key 密码模块 (PKCS#11), such as /usr/lib/softhsm/libsofthsm2.so
    #[cfg(feature = "pkcs11")]
    #[arg(long, value_name = "MODULE")]
    pub pkcs11: Option<PathBuf>,
    /// The token by its label or serial number, where the module has several
    #[cfg(feature = "pkcs11")]
    #[arg(long, value_name = "LABEL", requires = "pkcs11")]
    pub token: Option<String>,
}

#[derive(Debug, Args)]
pub struct Issue {
    /// Records in JSON, or folders of them
    #[arg(long, value_name = "R.json", required = true, num_args = 1..)]
    pub record: Vec<PathBuf>,
    /// A built-in template's name or a template file
    #[arg(long, value_name = "T")]
    pub template: String,
    #[command(flatten)]
    pub seal: SealOptions,
    #[command(flatten)]
    pub look: LookOptions,
    /// The sealed PDF; a folder if there are several records
    #[arg(long, value_name = "O.pdf")]
    pub out: PathBuf,
    /// Also draw the code alone: .svg or .png; a folder (both are written) if there are several records
    #[arg(long, value_name = "O.svg")]
    pub code: Option<PathBuf>,
    /// Put the seal over the right edges of all pages as well, cut into strips (骑缝章)
    #[arg(long)]
    pub riding_seam: bool,
    /// Leave out of the code the proof by which a clerk who types the holder's number learns whether it is the holder's
    #[arg(long)]
    pub no_holder_proof: bool,
    /// Address of the status list on which the results have their places; whoever verifies them must then know the list
    #[arg(long, value_name = "https://..", requires = "status_index")]
    pub status_list: Option<String>,
    /// Place of the first record on the status list; those of the others follow in order
    #[arg(long, value_name = "N", requires = "status_list")]
    pub status_index: Option<u32>,
    /// What the code stands for
    #[arg(long, value_enum, default_value_t = Carrier::Reference)]
    pub carrier: Carrier,
    /// What is printed of --carrier whole (a copy, not sealed, with the code on the page) and of --carrier set (the pages of codes); a
    /// folder if there are several records
    #[arg(long, value_name = "P.pdf")]
    pub print: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub enum Carrier {
    /// A signed summary that names the file; it is drawn in the file
    Reference,
    /// The file itself, which `stamp scan` rebuilds; it is drawn beside the file (--code, --print). Whoever scans it has all that the
    /// file says, the holder's code in clear included
    Whole,
    /// As reference, and the sealed file over many codes on pages of their own (--print), which `stamp set join` reads
    Set,
}

/// What composing needs beside template and record.
#[derive(Debug, Args)]
pub struct LookOptions {
    /// Folder with the pictures that records name by their digest
    #[arg(long, value_name = "DIR")]
    pub pictures: Option<PathBuf>,
    /// Language of a template that speaks several, such as en; the first of them unless given
    #[arg(long, value_name = "TAG")]
    pub language: Option<String>,
    /// A font, TrueType or OpenType: song=FILE, hei=FILE, kai=FILE or fang=FILE for a typeface, FILE alone for characters that no
    /// other font has; FILE#NAME is a face of a collection. Repeat for more
    #[arg(long, value_name = "[TYPEFACE=]FILE")]
    pub font: Vec<String>,
}

#[derive(Debug, Args)]
pub struct Batch {
    /// The list: .csv (UTF-8), .xlsx, .xls or .ods with members as column heads (number, serial, holder.name, fields.LABEL,
    /// pictures.LABEL), or .jsonl with a record a line
    #[arg(value_name = "LIST")]
    pub list: PathBuf,
    /// A record that says what all rows have in common: issuer, item, type, texts
    #[arg(long, value_name = "R.json")]
    pub base: Option<PathBuf>,
    /// A built-in template's name or a template file
    #[arg(long, value_name = "T")]
    pub template: String,
    #[command(flatten)]
    pub look: LookOptions,
    #[command(flatten)]
    pub seal: SealOptions,
    /// Folder for the sealed PDF files, report.csv, and the journal by which an interrupted run goes on
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
    /// Also pack everything into one archive
    #[arg(long, value_name = "O.zip")]
    pub archive: Option<PathBuf>,
    /// Put into every code a proof by which a clerk who types the holder's number learns whether it is the holder's; a twentieth
    /// of a second more for each
    #[arg(long)]
    pub holder_proof: bool,
    /// How many to make at a time; as many as there are processors unless given
    #[arg(long, value_name = "N")]
    pub threads: Option<std::num::NonZero<usize>>,
}

#[derive(Debug, Subcommand)]
pub enum Template {
    /// Tell errors by line and column, and warn of what no record could fill: exit status 0 nothing, 1 something, 3 usage or I/O
    Check(Check),
    /// Draw the pages of a record, not sealed, as PNG
    Preview(Preview),
}

#[derive(Debug, Args)]
pub struct Check {
    /// Template files or built-in names
    #[arg(value_name = "T", required = true)]
    pub template: Vec<String>,
    /// Records to try it with
    #[arg(long, value_name = "R.json", num_args = 1..)]
    pub record: Vec<PathBuf>,
    #[command(flatten)]
    pub look: LookOptions,
}

#[derive(Debug, Args)]
pub struct Preview {
    /// A template file or a built-in name
    #[arg(value_name = "T")]
    pub template: String,
    /// The record to show
    #[arg(long, value_name = "R.json")]
    pub record: PathBuf,
    #[command(flatten)]
    pub look: LookOptions,
    /// The picture; of several pages the second and later are written beside it as NAME-2.png and so on
    #[arg(long, value_name = "P.png")]
    pub out: PathBuf,
    /// Dots per inch
    #[arg(long, value_name = "N", default_value_t = 150, value_parser = clap::value_parser!(u16).range(36..=600))]
    pub dpi: u16,
}

#[derive(Debug, Args)]
pub struct Seal {
    /// PDF files to seal
    #[arg(value_name = "IN.pdf", required = true)]
    pub input: Vec<PathBuf>,
    /// The sealed PDF; a folder if there are several
    #[arg(long, value_name = "O.pdf", required_unless_present = "in_place")]
    pub out: Option<PathBuf>,
    /// Append to the input files themselves instead of writing sealed copies; on failure they are as they were
    #[arg(long, conflicts_with_all = ["out", "recover"])]
    pub in_place: bool,
    #[command(flatten)]
    pub seal: SealOptions,
    #[command(flatten)]
    pub net: NetOptions,
    /// How long the seal is to last: T and above need --tsa, LT and above --trust; T if --tsa is given, B otherwise
    #[arg(long, value_enum)]
    pub level: Option<SealLevel>,
    /// Seal without a time stamp where no authority gives one, and say so; otherwise nothing is sealed then
    #[arg(long, requires = "tsa")]
    pub without_time_stamp_if_none: bool,
    /// Root certificates (PEM) of the seal and of the time-stamping authority, for --level lt and lta; repeat for more
    #[arg(long, value_name = "ROOT.pem")]
    pub trust: Vec<PathBuf>,
    #[command(flatten)]
    pub place: PlaceOptions,
    /// Repair a damaged file before sealing it, by appending to it, and say what was rebuilt; look at the result before use
    #[arg(long)]
    pub recover: bool,
    /// Refuse files with content that may change what is shown, instead of warning; `stamp lint` tells more
    #[arg(long)]
    pub strict: bool,
    /// Draw a code with the claims of this record
    #[arg(long, value_name = "R.json", requires = "code_x", requires = "code_y")]
    pub code_record: Option<PathBuf>,
    /// Left edge of the code in millimetres from the page's left edge
    #[arg(long, value_name = "MM", requires = "code_record")]
    pub code_x: Option<f64>,
    /// Upper edge of the code in millimetres from the page's top edge
    #[arg(long, value_name = "MM", requires = "code_record")]
    pub code_y: Option<f64>,
    /// Side of the code in millimetres
    #[arg(long, value_name = "MM", default_value_t = 38.0, requires = "code_record")]
    pub code_side: f64,
}

/// Where a seal goes in a file made elsewhere, and how.
#[derive(Debug, Args)]
pub struct PlaceOptions {
    /// Page for the seal, counted from 1
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    pub page: u32,
    /// Centre of the seal in millimetres from the page's left edge
    #[arg(long, value_name = "MM", requires = "y", allow_negative_numbers = true)]
    pub x: Option<f64>,
    /// Centre of the seal in millimetres from the page's top edge
    #[arg(long, value_name = "MM", requires = "x", allow_negative_numbers = true)]
    pub y: Option<f64>,
    /// Empty signature field to seal, in its own place; with --x and --y the name of a new field
    #[arg(long, value_name = "NAME")]
    pub field: Option<String>,
    /// Seal a joint result for this body, in the field prepared for it: the unified code of one of its issuers
    #[arg(long, value_name = "CODE", conflicts_with_all = ["field", "x", "approval"])]
    pub issuer: Option<String>,
    /// Put the seal over the right edges of all pages as well, cut into strips (骑缝章)
    #[arg(long)]
    pub riding_seam: bool,
    /// Let seal and code hang over the edge of the page
    #[arg(long)]
    pub allow_overhang: bool,
    /// Let seal and code lie over form fields, stamps, notes and each other
    #[arg(long)]
    pub allow_overlap: bool,
    /// Make an approval seal, which leaves room for further seals; otherwise the first seal certifies that nothing may change
    #[arg(long)]
    pub approval: bool,
    /// File with the password of encrypted PDF files, the owner's where their permissions ask for it; one line, UTF-8
    #[arg(long, value_name = "FILE")]
    pub password_file: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub struct Prepare {
    /// The PDF file to seal
    #[arg(value_name = "IN.pdf")]
    pub input: PathBuf,
    /// How the seal looks: a TOML file such as examples/data/seals/round.toml
    #[arg(long, value_name = "S.toml")]
    pub seal: PathBuf,
    /// Certificates in PEM, the sealing one first; its key is elsewhere
    #[arg(long, value_name = "C.pem")]
    pub chain: PathBuf,
    /// RSA is to be signed with PSS padding
    #[arg(long)]
    pub pss: bool,
    /// Time of sealing as written into the file, such as 2030-06-01T09:00:00+08:00; now unless given
    #[arg(long, value_name = "TIME")]
    pub at: Option<Time>,
    #[command(flatten)]
    pub place: PlaceOptions,
    /// What is put by until the signature comes; `stamp finish` needs it and the file
    #[arg(long, value_name = "O.prepared")]
    pub out: PathBuf,
    /// The bytes to sign: the signed attributes of the signature (DER); the digest is taken by the signing side
    #[arg(long, value_name = "O.der")]
    pub to_sign: PathBuf,
}

#[derive(Debug, Args)]
pub struct Finish {
    /// The PDF file that was prepared, as it was then
    #[arg(value_name = "IN.pdf")]
    pub input: PathBuf,
    /// What `stamp prepare` put by
    #[arg(long, value_name = "P.prepared")]
    pub prepared: PathBuf,
    /// The signature: bytes as the algorithm gives them, in DER for ECDSA
    #[arg(long, value_name = "SIG")]
    pub signature: PathBuf,
    /// The sealed PDF
    #[arg(long, value_name = "O.pdf")]
    pub out: PathBuf,
    /// File with the password of an encrypted PDF file; one line, UTF-8
    #[arg(long, value_name = "FILE")]
    pub password_file: Option<PathBuf>,
}

/// How authorities are asked over the network; needs a build with the feature net.
#[derive(Debug, Args)]
pub struct NetOptions {
    /// Address of a time-stamping authority (RFC 3161); repeat for more, which are asked in this order
    #[arg(long, value_name = "URL")]
    pub tsa: Vec<String>,
    /// File with what the authorities know the office by: one line, user:password
    #[arg(long, value_name = "FILE", requires = "tsa")]
    pub tsa_password_file: Option<PathBuf>,
    /// Policy under which the authorities must stamp, dotted decimal
    #[arg(long, value_name = "OID", requires = "tsa")]
    pub tsa_policy: Option<String>,
    /// Proxy, http://host:port, which must permit CONNECT
    #[arg(long, value_name = "URL")]
    pub proxy: Option<String>,
    /// Root certificates (PEM) that the authorities' https servers are trusted by, instead of the public web's
    #[arg(long, value_name = "ROOT.pem")]
    pub tls_root: Option<PathBuf>,
    /// Folder in which fetched evidence is kept until it is to be replaced
    #[arg(long, value_name = "DIR")]
    pub evidence_folder: Option<PathBuf>,
    /// To which machines addresses in certificates may lead
    #[arg(long, value_enum, default_value_t = Network::Own)]
    pub evidence_from: Network,
    /// Ask for issuers' certificates that are missing, too, where certificates say that they are
    #[arg(long)]
    pub fetch_issuers: bool,
    /// Seconds that one time stamp, and all evidence for one file, may take
    #[arg(long, value_name = "N", default_value_t = 60, value_parser = clap::value_parser!(u16).range(1..))]
    pub timeout: u16,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub enum Network {
    /// Public addresses alone
    Public,
    /// Those and the own network's, but not this machine
    Own,
    /// All
    Any,
}

#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd, ValueEnum)]
pub enum SealLevel {
    /// A signature
    B,
    /// And a time stamp in it
    T,
    /// And what it is verified with when the authorities are gone
    Lt,
    /// And a time stamp over all of that
    Lta,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub enum RaiseLevel {
    /// What it is verified with when the authorities are gone
    Lt,
    /// And a time stamp over all of that; renews one that is there
    Lta,
}

#[derive(Debug, Args)]
pub struct Raise {
    /// A sealed PDF file
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// The level to raise it to
    #[arg(long, value_enum)]
    pub to: RaiseLevel,
    /// The raised PDF
    #[arg(long, value_name = "O.pdf")]
    pub out: PathBuf,
    /// Raise it even where not all evidence can be had; what is missing is told
    #[arg(long)]
    pub allow_incomplete: bool,
    #[command(flatten)]
    pub trust: TrustOptions,
    #[command(flatten)]
    pub net: NetOptions,
}

#[derive(Debug, Args)]
pub struct Lint {
    /// PDF files, or folders of them
    #[arg(value_name = "FILE", required = true)]
    pub file: Vec<PathBuf>,
    /// File with the password of encrypted PDF files; one line, UTF-8
    #[arg(long, value_name = "FILE")]
    pub password_file: Option<PathBuf>,
    /// One JSON object a line instead of sentences
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Args)]
pub struct Revision {
    /// A sealed PDF file
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// The seal whose revision to write, by the name of its field; needed if there are several
    #[arg(long, value_name = "NAME")]
    pub field: Option<String>,
    /// Where to write it; without this the revisions are only told
    #[arg(long, value_name = "O.pdf")]
    pub out: Option<PathBuf>,
    /// File with the password of encrypted PDF files; one line, UTF-8
    #[arg(long, value_name = "FILE")]
    pub password_file: Option<PathBuf>,
}

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

/// What is trusted, when, and how the verdict is written.
#[derive(Debug, Args)]
pub struct TrustOptions {
    /// An authority list, its sub-lists, a set of roots, root certificates (PEM), or status lists; repeat for more. A list alone is
    /// pinned by the roots it carries
    #[arg(long, value_name = "LIST|ROOT.pem", required = true)]
    pub trust: Vec<PathBuf>,
    /// File in which this verifier remembers the newest list and time it has seen, so that an old list or clock shows; made on the
    /// first day, and to be written by nobody else
    #[arg(long, value_name = "FILE")]
    pub state: Option<PathBuf>,
    /// Revocation lists and OCSP responses (DER) to use beside those that files carry; repeat for more
    #[arg(long, value_name = "CRL|OCSP")]
    pub evidence: Vec<PathBuf>,
    /// Leave the verdict open where it is not known whether a certificate was revoked
    #[arg(long)]
    pub require_revocation: bool,
    /// Root certificates (PEM) of time-stamping authorities, which alone say then what time it was; repeat for more
    #[arg(long, value_name = "ROOT.pem")]
    pub time_stamp_roots: Vec<PathBuf>,
    /// The time the verdict is about, and what the clock shows; now unless given
    #[arg(long, value_name = "TIME")]
    pub at: Option<Time>,
    /// File with the password of encrypted PDF files, the user's or the owner's; one line, UTF-8
    #[arg(long, value_name = "FILE")]
    pub password_file: Option<PathBuf>,
    /// Number of the person who hands the result in, typed from the identity document, or - to read it from standard input: the
    /// result must be this holder's
    #[arg(long, value_name = "CODE")]
    pub holder: Option<String>,
    /// What may come after a seal, as far as the seal permits it
    #[arg(long, value_enum, default_value_t = Policy::Seal)]
    pub policy: Policy,
    /// One JSON object a line instead of sentences; docs/report.schema.json describes it
    #[arg(long)]
    pub json: bool,
    /// Language of the sentences
    #[arg(long, value_enum, default_value_t = Lang::Both)]
    pub lang: Lang,
}

impl TrustOptions {
    /// `trust`, now, and nothing else.
    pub fn of(trust: &[PathBuf]) -> Self {
        Self {
            trust: trust.to_owned(),
            state: None,
            evidence: vec![],
            require_revocation: false,
            time_stamp_roots: vec![],
            at: None,
            password_file: None,
            holder: None,
            policy: Policy::Seal,
            json: false,
            lang: Lang::Both,
        }
    }
}

#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub enum Lang {
    /// English
    En,
    /// Chinese
    Zh,
    /// English and Chinese
    Both,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub enum Policy {
    /// Validation data and document time stamps alone
    Seal,
    /// Further signatures and filled forms as well
    Pades,
    /// Comments as well, and what Acrobat writes when it saves
    Acrobat,
}

#[derive(Debug, Args)]
pub struct Copy {
    /// The sealed result
    #[arg(value_name = "FILE")]
    pub input: PathBuf,
    /// Whom the copy is for: the name under which the recipient verifies it
    #[arg(long = "for", value_name = "NAME")]
    pub recipient: String,
    /// What the copy is for
    #[arg(long, value_name = "TEXT")]
    pub purpose: String,
    /// The last day on which the copy may be used, such as 2030-06-30
    #[arg(long, value_name = "DAY")]
    pub until: String,
    /// Who makes the copy: the body that the sealing certificate belongs to
    #[arg(long, value_name = "NAME")]
    pub maker: String,
    /// Unified social credit code of the maker
    #[arg(long, value_name = "CODE")]
    pub maker_code: String,
    /// An authority list or root certificates (PEM) to verify the result with; repeat for more
    #[arg(long, value_name = "LIST|ROOT.pem", required = true)]
    pub trust: Vec<PathBuf>,
    /// File in which this verifier remembers the newest list and time it has seen
    #[arg(long, value_name = "FILE")]
    pub state: Option<PathBuf>,
    /// What may have come after the result's seals, as far as they permit it
    #[arg(long, value_enum, default_value_t = Policy::Seal)]
    pub policy: Policy,
    #[command(flatten)]
    pub seal: SealOptions,
    /// Language of the sentences
    #[arg(long, value_enum, default_value_t = Lang::Both)]
    pub lang: Lang,
    /// The sealed copy
    #[arg(long, value_name = "O.pdf")]
    pub out: PathBuf,
}

#[derive(Debug, Args)]
pub struct Verify {
    /// PDF files to verify
    #[arg(value_name = "FILE", required = true)]
    pub file: Vec<PathBuf>,
    #[command(flatten)]
    pub trust: TrustOptions,
    /// Also require that the code in this text file stands for the (one) file
    #[arg(long, value_name = "TEXTFILE")]
    pub code: Option<PathBuf>,
    /// Accept annotated copies (加注件) that were made for this body: your own name
    #[arg(long, value_name = "NAME")]
    pub recipient: Option<String>,
    /// Also require that annotated copies are of this file
    #[arg(long, value_name = "FILE")]
    pub original: Option<PathBuf>,
    /// Write the verification record, a page to be sealed and filed; a folder if there are several files
    #[arg(long, value_name = "R.pdf")]
    pub record: Option<PathBuf>,
    /// Name of the verifying department, for the record
    #[arg(long, value_name = "NAME", default_value = "", requires = "record")]
    pub asked_by: String,
    /// What the file was handed in for, for the record
    #[arg(long, value_name = "TEXT", default_value = "", requires = "record")]
    pub purpose: String,
}

#[derive(Debug, Args)]
pub struct Scan {
    /// A picture (PNG, JPEG), a PDF whose pages show the code, a file with the scanned text, or the text itself
    #[arg(value_name = "IMAGE|PDF|TEXT|TEXTFILE")]
    pub input: String,
    #[command(flatten)]
    pub trust: TrustOptions,
    /// Also require that the code stands for this PDF
    #[arg(long, value_name = "FILE")]
    pub pdf: Option<PathBuf>,
    /// Write the file that was rebuilt from a whole code, unless it is not authentic
    #[arg(long, value_name = "R.pdf")]
    pub out: Option<PathBuf>,
    /// A template file to rebuild with, beside the built-in ones; repeat for more
    #[arg(long, value_name = "T")]
    pub template: Vec<String>,
    /// Fonts of the issuer to rebuild with, as for issue; repeat for more
    #[arg(long, value_name = "[TYPEFACE=]FILE")]
    pub font: Vec<String>,
}

#[derive(Debug, Subcommand)]
pub enum Set {
    /// Divide a PDF file over codes on A4 pages; any 85 % of them give it back
    Split(SetSplit),
    /// Get the file back, whatever the order and whatever else is there: exit status 0 it is written, 1 codes are missing, 3 usage or I/O
    Join(SetJoin),
}

#[derive(Debug, Args)]
pub struct SetSplit {
    /// The file, at most 1 MiB
    #[arg(value_name = "FILE.pdf")]
    pub input: PathBuf,
    /// The pages to print
    #[arg(long, value_name = "CODES.pdf", required_unless_present_any = ["png", "apng"])]
    pub out: Option<PathBuf>,
    /// Also write every code as a picture into this folder
    #[arg(long, value_name = "DIR")]
    pub png: Option<PathBuf>,
    /// Also write the codes as an animated PNG, to be shown to a camera
    #[arg(long, value_name = "F.png")]
    pub apng: Option<PathBuf>,
    /// Codes a second of the animated PNG
    #[arg(long, value_name = "N", default_value_t = 6, value_parser = clap::value_parser!(u16).range(1..=30))]
    pub rate: u16,
    /// What the pages call the file; its file name unless given
    #[arg(long, value_name = "TEXT")]
    pub name: Option<String>,
    /// Bytes of the file in each code; 616 make symbols of version 20, 64 to 900 can be printed
    #[arg(long, value_name = "N", default_value_t = 616, value_parser = clap::value_parser!(u16).range(64..=2000))]
    pub piece: u16,
    /// Percent of the codes that may be lost
    #[arg(long, value_name = "N", default_value_t = 15, value_parser = clap::value_parser!(u8).range(0..=80))]
    pub loss: u8,
    /// Time the pages were made as written into the file, such as 2030-06-01T09:00:00+08:00; now unless given
    #[arg(long, value_name = "TIME")]
    pub at: Option<Time>,
}

#[derive(Debug, Args)]
pub struct SetJoin {
    /// Photographs and scans: PNG (animated as well), JPEG, PDF, or text files with a code a line
    #[arg(value_name = "FILE", required = true)]
    pub input: Vec<PathBuf>,
    /// The file that comes out; a folder if there are several
    #[arg(long, value_name = "R.pdf")]
    pub out: PathBuf,
    /// Also verify what comes out; the exit status is then that of verify. An authority list or root certificates
    #[arg(long, value_name = "LIST|ROOT.pem")]
    pub trust: Vec<PathBuf>,
}

#[derive(Debug, Args)]
pub struct Inspect {
    /// A picture, a PDF file, a file with scanned texts, or the text itself (YX1:, YXS:, HC1:, https:)
    #[arg(value_name = "IMAGE|TEXT|TEXTFILE")]
    pub input: String,
    /// Certificate or public key (PEM, DER) that may have signed it; repeat for more
    #[arg(long, value_name = "K.pem")]
    pub key: Vec<PathBuf>,
    /// The time asked about; now unless given
    #[arg(long, value_name = "TIME")]
    pub at: Option<Time>,
    /// One JSON object a line instead of sentences
    #[arg(long)]
    pub json: bool,
    /// Language of the sentences
    #[arg(long, value_enum, default_value_t = Lang::Both)]
    pub lang: Lang,
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_definitions_are_consistent() {
        use clap::CommandFactory as _;
        super::Cli::command().debug_assert();
    }
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
