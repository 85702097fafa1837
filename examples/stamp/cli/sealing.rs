//! What makes sealed files: `issue`, `batch`, `seal`, `prepare`, `finish`, `copy`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use yinxin::time::Time;

use super::{FromRegister, Lang, NetOptions, Policy, SealLevel};

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

impl SealOptions {
    /// This seal with this key, and nothing out of the ordinary.
    pub fn plain(seal: PathBuf, key: KeyOptions, at: Time) -> Self {
        Self {
            seal,
            key,
            pss: false,
            code_key: None,
            code_key_password_file: None,
            code_key_label: None,
            code_chain: None,
            url: None,
            allow_pdfa_loss: false,
            at: Some(at),
        }
    }
}

/// Where the key may be instead of a file.
const ELSEWHERE: &[&str] = if cfg!(feature = "pkcs11") {
    &["pkcs11"]
} else {
    &[]
};

/// The key of the seal and where it is.
#[derive(Clone, Debug, Args)]
pub struct KeyOptions {
    /// Private key 私钥: PEM or DER, PKCS#8 (encrypted too), PKCS#1, SEC 1, or PKCS#12 (.p12, .pfx)
    #[arg(
        id = "key",
        long = "key",
        value_name = "FILE",
        required = ELSEWHERE.is_empty(),
        required_unless_present_any = ELSEWHERE.iter().copied(),
        conflicts_with_all = ELSEWHERE.iter().copied()
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
    /// Records in JSON, or folders of them. With --register, a record may leave out identifier, and its number may have {year}, {number}
    /// or {number:7} for what the register gives
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
    #[arg(
        long,
        value_name = "O.pdf",
        required_unless_present = "register",
        conflicts_with = "register"
    )]
    pub out: Option<PathBuf>,
    #[command(flatten)]
    pub register: FromRegister,
    /// With --register, number of the application 申请编号: the same again is given the same identifier. A record may say it itself, as
    /// member request
    #[arg(long, value_name = "KEY", requires = "register")]
    pub request: Option<String>,
    /// With --register, the certificate that this one takes the place of (换发): it gets the next version of the same serial. A record
    /// may say it itself, as member replaces
    #[arg(long, value_name = "IDENTIFIER", requires = "register")]
    pub replaces: Option<String>,
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
    #[arg(long, value_name = "https://..")]
    pub status_list: Option<String>,
    /// Place of the first record on the status list; those of the others follow in order, and each is told. A record that failed is
    /// repeated with the place told for it. The register draws places itself
    #[arg(long, value_name = "N", requires = "status_list", conflicts_with = "register")]
    pub status_index: Option<u32>,
    /// What the code stands for
    #[arg(long, value_enum, default_value_t = Carrier::Reference)]
    pub carrier: Carrier,
    /// What is printed of --carrier whole (a copy, not sealed, with the code on the page) and of --carrier set (the pages of codes); a
    /// folder if there are several records
    #[arg(long, value_name = "P.pdf")]
    pub print: Option<PathBuf>,
}

/// The place on a status list of what `seal` and `prepare` seal.
#[derive(Debug, Args)]
pub struct StatusOptions {
    /// Address of the status list on which the file has its place, so that it can be withdrawn: named in the seal or, with
    /// --code-record, in the code. Whoever verifies the file must then know the list
    #[arg(long, value_name = "https://..", requires = "status_index")]
    pub status_list: Option<String>,
    /// The place on the status list; those of further files follow in order, and each is told. A file that failed is repeated with the
    /// place told for it, or it gets the first once more
    #[arg(long, value_name = "N", requires = "status_list")]
    pub status_index: Option<u32>,
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
    /// pictures.LABEL), or .jsonl with a record a line. With --register also request (number of the application) and replaces; serial
    /// and identifier may be left out then, and number may have {year}, {number} or {number:7}
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
    /// Folder for the sealed PDF files, report.csv, and the journal by which an interrupted run goes on. With --register for report.csv
    /// and issued.csv alone: the files stand on the shelf, and the register knows how far the run came
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
    #[command(flatten)]
    pub register: FromRegister,
    /// With --register, address of the status list on which the results have their places
    #[arg(
        long,
        value_name = "https://..",
        requires = "register",
        requires = "status_places"
    )]
    pub status_list: Option<String>,
    /// What the code stands for. With whole, the code is printed on copies (--print) or drawn alone (--code)
    #[arg(long, value_enum, default_value_t = Carrier::Reference)]
    pub carrier: Carrier,
    /// Folder for the pictures of the codes alone, as .png and .svg
    #[arg(long, value_name = "DIR")]
    pub code: Option<PathBuf>,
    /// Folder for what is printed of --carrier whole and of --carrier set
    #[arg(long, value_name = "DIR")]
    pub print: Option<PathBuf>,
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
    #[command(flatten)]
    pub status: StatusOptions,
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
    #[command(flatten)]
    pub status: StatusOptions,
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

#[derive(Debug, Args)]
pub struct Copy {
    /// The sealed result
    #[arg(value_name = "FILE")]
    pub input: PathBuf,
    /// Whom the copy is for: the name under which the recipient verifies it, at most 60 characters
    #[arg(long = "for", value_name = "NAME")]
    pub recipient: String,
    /// What the copy is for, at most 100 characters
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
    /// An authority list, its sub-lists, a set of roots, root certificates (PEM) or status lists to verify the result with; repeat for more
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
