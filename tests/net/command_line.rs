//! `stamp seal --tsa` and `stamp raise`, where the program was built with the feature `net`.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use base64::Engine as _;
use yinxin::pki::{Certificate, Signer as _};

use crate::authority::{Chain, root, serve};
use crate::common::Office;
use crate::pki;
use crate::server::{Reply, Server, nobody};

const AT: &str = "2030-06-05T09:00:00Z";

/// The program, if it is there and has the network.
fn program() -> Option<PathBuf> {
    let tests = std::env::current_exe().unwrap();
    let name = format!("stamp{}", std::env::consts::EXE_SUFFIX);
    let program = tests.parent()?.parent()?.join("examples").join(name);
    let asked = Command::new(&program)
        .args(["raise", "none.pdf", "--to", "lt", "--out", "o.pdf", "--trust"])
        .arg(crate::common::path("test-vectors/keys/root.cert.pem"))
        .output();
    let has_net =
        asked.is_ok_and(|out| !String::from_utf8_lossy(&out.stderr).contains("built without the network"));
    if !has_net {
        println!(
            "skipped: no program with the network; build it with: cargo build --example stamp --features net"
        );
    }
    has_net.then_some(program)
}

struct Desk {
    program: PathBuf,
    folder: PathBuf,
}

impl Desk {
    /// A folder with a draft, the office's key and certificates, and the root.
    fn new(name: &str, chain: &Chain) -> Option<Self> {
        let program = program()?;
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("net").join(name);
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).unwrap();
        let desk = Self { program, folder };
        let write = |name: &str, bytes: &[u8]| std::fs::write(desk.path(name), bytes).unwrap();
        write("draft.pdf", Office::with_key("p256").draft("residence").bytes());
        write(
            "key.pem",
            armour("PRIVATE KEY", &pki::pkcs8("net office")).as_bytes(),
        );
        let certificates = chain.signer().chain().iter().map(pem).collect::<String>();
        write("chain.pem", certificates.as_bytes());
        write("root.pem", pem(&root()).as_bytes());
        Some(desk)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    fn run(&self, arguments: &[&str]) -> Output {
        Command::new(&self.program)
            .args(arguments)
            .current_dir(&self.folder)
            .output()
            .unwrap()
    }

    fn seal(&self, out: &str, more: &[&str]) -> Output {
        let look = crate::common::path("examples/data/seals/round.toml");
        let fixed = [
            "seal",
            "draft.pdf",
            "--out",
            out,
            "--key",
            "key.pem",
            "--chain",
            "chain.pem",
            "--at",
            AT,
        ];
        let seal = ["--seal", look.to_str().unwrap()];
        self.run(&[&fixed[..], &seal, more].concat())
    }

    fn raise(&self, from: &str, out: &str, more: &[&str]) -> Output {
        let fixed = [
            "raise",
            from,
            "--out",
            out,
            "--trust",
            "root.pem",
            "--at",
            AT,
            "--evidence-from",
            "any",
        ];
        self.run(&[&fixed[..], more].concat())
    }

    #[track_caller]
    fn is_authentic(&self, file: &str) {
        let out = self.run(&["verify", file, "--trust", "root.pem", "--at", AT]);
        assert_eq!(out.status.code(), Some(0), "{}", said(&out));
    }
}

fn armour(label: &str, der: &[u8]) -> String {
    let text = base64::engine::general_purpose::STANDARD.encode(der);
    let lines: Vec<&str> = text
        .as_bytes()
        .chunks(64)
        .map(|line| std::str::from_utf8(line).unwrap())
        .collect();
    format!(
        "-----BEGIN {label}-----\n{}\n-----END {label}-----\n",
        lines.join("\n")
    )
}

fn pem(certificate: &Certificate) -> String {
    armour("CERTIFICATE", certificate.der())
}

fn said(out: &Output) -> String {
    format!(
        "{:?}\n{}{}",
        out.status.code(),
        String::from_utf8_lossy(&out.stdout),
        String::from_utf8_lossy(&out.stderr)
    )
}

#[track_caller]
fn assert_says(out: &Output, status: i32, words: &[&str]) {
    let said = said(out);
    assert_eq!(out.status.code(), Some(status), "{said}");
    for word in words {
        assert!(said.contains(word), "no `{word}` in:\n{said}");
    }
}

#[test]
fn a_file_is_sealed_at_each_level_and_raised_from_each_to_the_next() {
    let (server, chain) = serve(|_, _| None);
    let Some(desk) = Desk::new("levels", &chain) else {
        return;
    };
    let tsa = server.url("/tsa");
    let lasting = ["--tsa", &tsa, "--trust", "root.pem", "--evidence-from", "any"];
    assert_says(&desk.seal("b.pdf", &[]), 0, &["sealed 1 of 1"]);
    assert_says(
        &desk.seal("t.pdf", &["--tsa", &tsa]),
        0,
        &["time stamp 时间戳 2030-06-05T09:00:05Z"],
    );
    assert_says(
        &desk.seal("lt.pdf", &[&lasting[..], &["--level", "lt"]].concat()),
        0,
        &["B-LT"],
    );
    assert_says(
        &desk.seal("lta.pdf", &[&lasting[..], &["--level", "lta"]].concat()),
        0,
        &["B-LTA"],
    );
    assert_says(
        &desk.raise("t.pdf", "t-lt.pdf", &["--to", "lt"]),
        0,
        &["B-LT, 1 revisions"],
    );
    assert_says(
        &desk.raise("t-lt.pdf", "same.pdf", &["--to", "lt"]),
        0,
        &["has all evidence already"],
    );
    assert_says(
        &desk.raise("t-lt.pdf", "t-lta.pdf", &["--to", "lta", "--tsa", &tsa]),
        0,
        &["B-LTA, 1"],
    );
    assert_says(
        &desk.raise("t-lta.pdf", "renewed.pdf", &["--to", "lta", "--tsa", &tsa]),
        0,
        &["B-LTA, "],
    );
    assert_says(
        &desk.raise("b.pdf", "b-lta.pdf", &["--to", "lta", "--tsa", &tsa]),
        0,
        &["B-LTA, 3"],
    );
    for file in ["b", "t", "lt", "lta", "t-lt", "same", "t-lta", "renewed", "b-lta"] {
        desk.is_authentic(&format!("{file}.pdf"));
    }
    assert_says(
        &desk.raise("b.pdf", "no.pdf", &["--to", "lt"]),
        3,
        &["seal with --tsa, or raise it to lta"],
    );
    assert_says(
        &desk.raise("t.pdf", "no.pdf", &["--to", "lta"]),
        3,
        &["give --tsa"],
    );
    assert!(!desk.path("no.pdf").exists());
}

#[test]
fn where_nobody_stamps_nothing_is_sealed_unless_that_is_asked_for() {
    let (server, chain) = serve(|_, _| None);
    let Some(desk) = Desk::new("unstamped", &chain) else {
        return;
    };
    let down = nobody();
    let refused = desk.seal("no.pdf", &["--tsa", &down, "--timeout", "2"]);
    assert_says(&refused, 1, &["failed", &down, "no connection"]);
    assert!(!desk.path("no.pdf").exists());
    let without = desk.seal(
        "b.pdf",
        &["--tsa", &down, "--timeout", "2", "--without-time-stamp-if-none"],
    );
    assert_says(&without, 0, &["sealed without a time stamp 未加时间戳", &down]);
    desk.is_authentic("b.pdf");
    let second = desk.seal("t.pdf", &["--tsa", &down, "--tsa", &server.url("/tsa")]);
    assert_says(&second, 0, &["time stamp 时间戳"]);
    for (more, why) in [
        (
            &["--level", "t"][..],
            "give the address of an authority with --tsa",
        ),
        (&["--level", "b", "--tsa", &down], "--level b has no time stamp"),
        (&["--level", "lt", "--tsa", &down], "give those with --trust"),
    ] {
        assert_says(&desk.seal("no.pdf", more), 3, &[why]);
    }
}

#[test]
fn evidence_that_is_missing_is_told_and_nothing_is_written_unless_that_is_accepted() {
    let (server, chain) = serve(|received, _| match received.path.as_str() {
        "/tsa" => None,
        _ => Some(Reply::status(404)),
    });
    let Some(desk) = Desk::new("missing", &chain) else {
        return;
    };
    assert_says(&desk.seal("t.pdf", &["--tsa", &server.url("/tsa")]), 0, &[]);
    let refused = desk.raise("t.pdf", "no.pdf", &["--to", "lt"]);
    assert_says(
        &refused,
        3,
        &[
            "证据不全",
            "missing 缺少: seal in field",
            "HTTP status 404",
            "/ca.crl",
        ],
    );
    assert!(!desk.path("no.pdf").exists());
    let accepted = desk.raise("t.pdf", "some.pdf", &["--to", "lt", "--allow-incomplete"]);
    assert_says(&accepted, 2, &["B-LT not complete 证据不全", "missing 缺少"]);
    desk.is_authentic("some.pdf");
}

#[test]
fn a_forgery_is_not_raised() {
    let (_server, chain): (Server, _) = serve(|_, _| None);
    let Some(desk) = Desk::new("forged", &chain) else {
        return;
    };
    assert_says(&desk.seal("b.pdf", &[]), 0, &[]);
    let mut bytes = std::fs::read(desk.path("b.pdf")).unwrap();
    bytes[2000] ^= 1;
    std::fs::write(desk.path("forged.pdf"), bytes).unwrap();
    let refused = desk.raise("forged.pdf", "no.pdf", &["--to", "lt"]);
    assert_says(&refused, 3, &["is not authentic"]);
    assert!(!desk.path("no.pdf").exists());
}
