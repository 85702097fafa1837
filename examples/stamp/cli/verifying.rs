//! What judges files and codes: `verify`, `scan`, `inspect`, `revision`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use yinxin::time::Time;

use super::RecordSeal;

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

/// What is trusted, when, and how the verdict is written.
#[derive(Clone, Debug, Args)]
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
    #[command(flatten)]
    pub record_seal: RecordSeal,
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
