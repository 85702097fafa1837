//! What hands verifications over: `hand-over make`, `check`, `extract`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::{KeyOptions, SealOptions, TrustOptions};
use yinxin::time::Time;

#[derive(Debug, Subcommand)]
pub enum HandOver {
    /// Verify a file or a code, and put it with the lists, the evidence, the roots and the report into one PDF sealed by the
    /// verifying department; exit status as for verify
    Make(Box<PackageMake>),
    /// Say whose package it is, what is in it, and whether its parts lead to the verdict filed, under roots of your own: exit status
    /// 0 yes, 1 no, 2 cannot tell, 3 usage or I/O
    Check(PackageCheck),
    /// Write the parts of a package as they were received; no verdict
    Extract(PackageExtract),
}

#[derive(Debug, Args)]
pub struct PackageMake {
    /// The file received; without it, the code alone
    #[arg(value_name = "FILE", required_unless_present = "code")]
    pub file: Option<PathBuf>,
    /// The text of the code scanned; with a file, both must belong together
    #[arg(long, value_name = "TEXTFILE")]
    pub code: Option<PathBuf>,
    #[command(flatten)]
    pub trust: TrustOptions,
    /// Accept annotated copies (加注件) that were made for this body: your own name
    #[arg(long, value_name = "NAME")]
    pub recipient: Option<String>,
    /// Also require that annotated copies are of this file
    #[arg(long, value_name = "FILE")]
    pub original: Option<PathBuf>,
    /// Name of the verifying department
    #[arg(long, value_name = "NAME")]
    pub asked_by: String,
    /// What the file was handed in for
    #[arg(long, value_name = "TEXT")]
    pub purpose: String,
    /// How the department's seal looks: a TOML file such as examples/data/seals/round.toml
    #[arg(long, value_name = "S.toml")]
    pub seal: PathBuf,
    #[command(flatten)]
    pub key: KeyOptions,
    /// The package
    #[arg(long, value_name = "P.pdf")]
    pub out: PathBuf,
}

#[derive(Debug, Args)]
pub struct PackageCheck {
    /// A hand-over package
    #[arg(value_name = "P.pdf")]
    pub package: PathBuf,
    #[command(flatten)]
    pub trust: TrustOptions,
}

#[derive(Debug, Args)]
pub struct PackageExtract {
    /// A hand-over package
    #[arg(value_name = "P.pdf")]
    pub package: PathBuf,
    /// Folder for the parts
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
    /// Replace files of the same names
    #[arg(long)]
    pub force: bool,
}

/// The seal of the verifying department on a verification record.
#[derive(Debug, Args)]
pub struct RecordSeal {
    /// Seal the record as well: how the department's seal looks (TOML)
    #[arg(long, value_name = "S.toml", requires = "record", requires = "record_key")]
    pub record_seal: Option<PathBuf>,
    /// The department's private key, in any form of seal --key
    #[arg(long, value_name = "FILE", requires = "record_seal")]
    pub record_key: Option<PathBuf>,
    /// File with the password of --record-key; one line, UTF-8
    #[arg(long, value_name = "FILE", requires = "record_key")]
    pub record_key_password_file: Option<PathBuf>,
    /// Certificates of that key in PEM, unless they are with it
    #[arg(long, value_name = "C.pem", requires = "record_key")]
    pub record_chain: Option<PathBuf>,
}

impl RecordSeal {
    /// With which seal and key, if the record is to be sealed.
    pub fn options(&self, at: Time) -> Option<SealOptions> {
        let key = KeyOptions {
            file: self.record_key.clone(),
            password_file: self.record_key_password_file.clone(),
            label: None,
            id: None,
            chain: self.record_chain.clone(),
            #[cfg(feature = "pkcs11")]
            pkcs11: None,
            #[cfg(feature = "pkcs11")]
            token: None,
        };
        Some(SealOptions::plain(self.record_seal.clone()?, key, at))
    }
}
