//! A driver that lets a peer benchmark run this library beside other programs, on the same work.
//!
//! `peer_driver <workload> <job.json>` reads the job, does `warmup` items, prints `READY` and waits for a line on standard
//! input if `sync` is set, does `n` items, and prints one line of JSON with what they cost. Sealed files go to `out_dir`.
//!
//! | workload | work |
//! |---|---|
//! | `w1` | compose a certificate: title, table, paragraph, QR code |
//! | `w2` `w3` | seal a small file (read once), a large file (read every time) |
//! | `w4` `w5` | verify a sealed file (read once, read every time) |
//! | `verdict` | say `valid`, `partial` or `invalid` of one file |
//! | `w6m` `w6q` | text to QR matrix, level M or Q |
//! | `w7` | picture of a page to text |
//! | `enc` `ver` | claims to signed Base45 text, and back |
//!
//! Here the clock and files are read; the library does neither.

mod compose;
mod credential;
mod protocol;
mod records;
mod sign;
mod symbol;
mod verify;

use std::process::ExitCode;

use serde_json::{Map, Value, json};

use protocol::{Failure, Job};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [workload, job] = arguments.as_slice() else {
        eprintln!("usage: peer_driver <workload> <job.json>");
        return ExitCode::from(2);
    };
    match Job::read(job).and_then(|job| run(workload, &job)) {
        Ok(result) => {
            println!("{}", Value::Object(result));
            ExitCode::SUCCESS
        }
        Err(error) => {
            println!("{}", json!({"ok": false, "error": error.to_string()}));
            eprintln!("error: {workload}: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(workload: &str, job: &Job) -> Result<Map<String, Value>, Failure> {
    match workload {
        "w1" => compose::compose(job),
        "w2" | "w3" => sign::seal(job),
        "w4" | "w5" => verify::verify(job),
        "verdict" => verify::verdict(job),
        "w6m" => symbol::encode(job, yinxin::symbol::Level::M),
        "w6q" => symbol::encode(job, yinxin::symbol::Level::Q),
        "w7" => symbol::decode(job),
        "enc" => credential::encode(job),
        "ver" => credential::verify(job),
        "bt" | "blt" => Err("this driver asks no time-stamping authority".into()),
        _ => Err("no such workload".into()),
    }
}
