//! What lets seals last: authorities on the network, levels, `raise`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::TrustOptions;

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
