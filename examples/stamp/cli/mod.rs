//! What can be typed: commands, options and their defaults.

mod keeping;
mod lasting;
mod pages;
mod sealing;
mod verifying;

pub use keeping::*;
pub use lasting::*;
pub use pages::*;
pub use sealing::*;
pub use verifying::*;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

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

#[cfg(test)]
mod tests {
    #[test]
    fn the_definitions_are_consistent() {
        use clap::CommandFactory as _;
        super::Cli::command().debug_assert();
    }
}
