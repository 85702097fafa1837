//! `stamp`: issue, seal and verify electronic certificates (印信) from the command line.
//!
//! Newcomers type `cargo demo`. Everything works offline; files, clock and terminal are touched here and not in the library.

#[cfg_attr(
    not(any(feature = "register", feature = "register-postgres")),
    expect(dead_code, reason = "the register alone reads what is asked of it")
)]
mod asked;
mod authority;
mod batch;
mod cli;
mod copy;
mod demo;
mod enrol;
mod files;
mod forge;
mod handover;
mod inspect;
mod issue;
mod keeper;
mod key;
mod keys;
mod large;
mod levels;
mod lint;
mod lists;
#[cfg_attr(not(feature = "net"), path = "no_net.rs")]
mod net;
mod output;
mod pages;
mod pictures;
mod prepare;
mod preview;
mod raise;
mod reading;
#[cfg_attr(
    not(any(feature = "register", feature = "register-postgres")),
    path = "no_register.rs"
)]
mod register;
mod report;
mod revision;
mod scan;
mod seal;
mod sealing;
mod set;
mod status;
mod table;
mod template;
mod trust;
mod verdicts;
mod verify;
mod versions;
mod whole;
mod withdrawn;
mod world;

use std::process::ExitCode;

use clap::Parser as _;
use clap::error::ErrorKind;

/// Usage, input or output is wrong; nothing is said about any document.
const FAULT: u8 = 3;

fn main() -> ExitCode {
    let arguments = match cli::Cli::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            let _ = error.print();
            // 2 would mean "cannot tell" to whoever reads the status.
            let asked = matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion);
            return ExitCode::from(if asked { 0 } else { FAULT });
        }
    };
    let status = match arguments.command {
        cli::Command::Demo(options) => demo::run(&options),
        cli::Command::Issue(options) => issue::run(&options),
        cli::Command::Batch(options) => batch::run(&options),
        cli::Command::Seal(options) => seal::run(&options),
        cli::Command::Raise(options) => raise::run(&options),
        cli::Command::Prepare(options) => prepare::prepare(&options),
        cli::Command::Finish(options) => prepare::finish(&options),
        cli::Command::Copy(options) => copy::run(&options),
        cli::Command::Lint(options) => lint::run(&options),
        cli::Command::Authority(command) => keeper::run(&command),
        cli::Command::Status(command) => status::run(&command),
        cli::Command::Keys(options) => keys::run(&options),
        cli::Command::Verify(options) => verify::run(&options),
        cli::Command::HandOver(command) => handover::run(&command),
        cli::Command::Revision(options) => revision::run(&options),
        cli::Command::Scan(options) => scan::run(&options),
        cli::Command::Inspect(options) => inspect::run(&options),
        cli::Command::Set(cli::Set::Split(options)) => set::split(&options),
        cli::Command::Set(cli::Set::Join(options)) => set::join(&options),
        cli::Command::Register(command) => register::run(&command),
        cli::Command::Template(cli::Template::Check(options)) => template::run(&options),
        cli::Command::Template(cli::Template::Preview(options)) => preview::run(&options),
    };
    match status {
        Ok(status) => ExitCode::from(status),
        Err(fault) => {
            eprintln!("stamp: {fault}");
            ExitCode::from(FAULT)
        }
    }
}
