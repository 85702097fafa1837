//! What can be typed: commands, options and their defaults.

mod handover;
mod keeping;
mod lasting;
mod pages;
mod register;
mod sealing;
mod verifying;

pub use handover::*;
pub use keeping::*;
pub use lasting::*;
pub use pages::*;
pub use register::*;
pub use sealing::*;
pub use verifying::*;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

/// The commands by what they are for.
const PURPOSES: &str = "\
By purpose 按用途:
  try it out 试用                    demo, keys
  issue and seal 制发、盖章          issue, batch, seal, prepare, finish; before: lint, template
  keep what was issued 登记          register
  say how it stands 状态             status
  accept and file 采信、归档         verify, scan, inspect, revision, hand-over
  who may seal what 授权             authority
  copies, paper, long keeping 加注、纸件、长期保存
                                     copy, set, raise

Exit status 退出码: 0 done, all authentic; 1 something not; 2 cannot be told; 3 usage, input or output";

/// Issue, seal and verify electronic certificates (印信). Works offline.
#[derive(Debug, Parser)]
#[command(name = "stamp", version, max_term_width = 110, after_help = PURPOSES)]
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
    /// Keep an authority list 授权名录, which says who may seal what: build it from a readable file, sign it, compare it with the one
    /// before
    #[command(subcommand)]
    Authority(Authority),
    /// Keep a status list 状态名单, in which a department signs how its results stand: valid, revoked, suspended, replaced, conditional,
    /// lapsed
    #[command(subcommand)]
    Status(StatusCommand),
    /// Verify sealed PDF files; of versions of one result given together, say which stands. Exit status 0 all authentic, 1 some not,
    /// 2 some cannot be told, 3 usage or I/O
    Verify(Verify),
    /// Hand a verification over with all it rests on (移交包), and make it again years later, offline
    #[command(subcommand)]
    HandOver(HandOver),
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
    /// Keep the register of what was issued 登记簿 (SQLite, PostgreSQL): make it, look into it, check it; needs a build with the feature
    /// register
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
