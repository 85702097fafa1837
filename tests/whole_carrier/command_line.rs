//! `stamp issue --carrier whole` and `stamp scan --out`, in processes of their own, and the copy that is printed.

use super::*;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const AT: &str = "2030-06-05T09:00:00Z";

/// The example program: built with the tests, beside their folder.
fn stamp(folder: &Path, arguments: &[&str]) -> Output {
    let tests = std::env::current_exe().expect("path of this test");
    let target = tests.parent().and_then(Path::parent).expect("target folder");
    let program = target
        .join("examples")
        .join(format!("stamp{}", std::env::consts::EXE_SUFFIX));
    let made = Command::new(program).current_dir(folder).args(arguments).output();
    made.unwrap_or_else(|e| panic!("{e}; build the program with: cargo build --examples"))
}

fn said(output: &Output) -> String {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    text(&output.stdout) + &text(&output.stderr)
}

fn folder(name: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR"))
        .join("whole_carrier")
        .join(name);
    let _ = std::fs::remove_dir_all(&path);
    std::fs::create_dir_all(&path).expect("folder for the test");
    path
}

/// A department with keys, which issues `name` in `office`; `more` are options of `issue`.
fn issue(office: &Path, name: &str, key: &str, more: &[&str]) -> Output {
    let record = Office::with_key("p256").record(name);
    let (issuer, code) = (&record.issuer().name, record.issuer().code.to_string());
    let kind = record.kind().code.to_string();
    let rsa = common::path("test-vectors/keys/rsa2048.key.pem");
    let key = match key {
        "rsa" => ["--rsa-key", rsa.to_str().unwrap()],
        _ => ["--algorithm", key],
    };
    let mut arguments: Vec<&str> = "keys --out keys --at 2030-06-01".split(' ').collect();
    arguments.extend(["--issuer", issuer, "--code", &code, "--types", &kind]);
    let keys = stamp(office, &[&arguments[..], &key[..]].concat());
    assert_eq!(keys.status.code(), Some(0), "{}", said(&keys));
    let record = common::path(&format!("examples/data/records/{name}.json"));
    let mut arguments: Vec<&str> =
        "issue --seal keys/seal.toml --key keys/seal.key.pem --chain keys/seal.pem \
        --out sealed.pdf --carrier whole"
            .split_whitespace()
            .collect();
    arguments.extend([
        "--record",
        record.to_str().unwrap(),
        "--template",
        name,
        "--at",
        AT,
    ]);
    arguments.extend(more);
    stamp(office, &arguments)
}

/// A folder with the list, the root and the picture of the code, and nothing else.
fn window_beside(office: &Path) -> PathBuf {
    let window = office.join("window");
    std::fs::create_dir(&window).unwrap();
    for (from, to) in [
        ("keys/authority.cbor", "list.cbor"),
        ("keys/root.pem", "root.pem"),
        ("code.png", "code.png"),
    ] {
        std::fs::copy(office.join(from), window.join(to)).unwrap();
    }
    window
}

const TRUST: [&str; 6] = [
    "--trust",
    "list.cbor",
    "--trust",
    "root.pem",
    "--at",
    "2030-06-10",
];

#[test]
fn a_window_with_the_list_alone_gets_the_very_file_back() {
    let keys = ["p256", "ed25519", "p256", "ed25519", "p256"];
    // A code by RSA is larger than its place on the page by a part of its quiet zone.
    for (name, key) in FITTING.into_iter().zip(keys).chain([("residence", "rsa")]) {
        let office = folder(&format!("{name}-{key}"));
        let issued = issue(
            &office,
            name,
            key,
            &["--code", "code.png", "--print", "print.pdf"],
        );
        assert_eq!(issued.status.code(), Some(0), "{name}: {}", said(&issued));
        let window = window_beside(&office);
        let scanned = stamp(
            &window,
            &[&["scan", "code.png", "--out", "R.pdf"], &TRUST[..]].concat(),
        );
        assert_eq!(scanned.status.code(), Some(0), "{name}: {}", said(&scanned));
        assert!(said(&scanned).contains("wrote R.pdf"), "{}", said(&scanned));
        let sealed = std::fs::read(office.join("sealed.pdf")).unwrap();
        assert!(std::fs::read(window.join("R.pdf")).unwrap() == sealed, "{name}");

        // The print copy: read from the page, it gives the same file, and is itself none that is sealed.
        std::fs::copy(office.join("print.pdf"), window.join("print.pdf")).unwrap();
        let scanned = stamp(
            &window,
            &[&["scan", "print.pdf", "--out", "S.pdf"], &TRUST[..]].concat(),
        );
        assert_eq!(scanned.status.code(), Some(0), "{name}: {}", said(&scanned));
        assert!(std::fs::read(window.join("S.pdf")).unwrap() == sealed, "{name}");
        let verified = stamp(&window, &[&["verify", "print.pdf"], &TRUST[..]].concat());
        assert_eq!(verified.status.code(), Some(1), "{name}: {}", said(&verified));
        assert!(
            said(&verified).contains("no electronic seal"),
            "{}",
            said(&verified)
        );
        let print = std::fs::read(window.join("print.pdf")).unwrap();
        let title = String::from_utf8_lossy(&print).into_owned();
        assert!(title.contains("打印件 Print copy: "), "{name}");
        // The last metadata count; no conformance is claimed there.
        assert!(!title[title.rfind("打印件 Print copy: ").unwrap()..].contains("pdfaid:part>"));
    }
}

#[test]
fn nothing_is_written_that_could_be_taken_for_the_file() {
    let office = folder("not-written");
    let issued = issue(&office, "employment", "p256", &["--code", "code.png"]);
    assert_eq!(issued.status.code(), Some(0), "{}", said(&issued));
    let window = window_beside(&office);
    // Years later the result has expired and is not to be accepted; without its template it cannot be told.
    let late = [
        "--trust",
        "list.cbor",
        "--trust",
        "root.pem",
        "--at",
        "2049-01-01",
    ];
    let scanned = stamp(
        &window,
        &[&["scan", "code.png", "--out", "R.pdf"], &late[..]].concat(),
    );
    assert_eq!(scanned.status.code(), Some(1), "{}", said(&scanned));
    assert!(
        said(&scanned).contains("R.pdf is not written"),
        "{}",
        said(&scanned)
    );
    let text = common::read("test-vectors/whole/valid.toml");
    let text = String::from_utf8(text).unwrap();
    let text = text
        .lines()
        .find_map(|line| line.strip_prefix("text = '"))
        .unwrap();
    let stranger = text.trim_end_matches('\'');
    let scanned = stamp(
        &window,
        &[&["scan", stranger, "--out", "R.pdf"], &TRUST[..]].concat(),
    );
    assert_eq!(scanned.status.code(), Some(2), "{}", said(&scanned));
    assert!(
        said(&scanned).contains("R.pdf is not written"),
        "{}",
        said(&scanned)
    );
    // A code of the other kind, which names its file: there is nothing to be written.
    let vectors = ["--trust", "root.pem", "--at", "2030-07-01"];
    std::fs::copy(
        common::path("test-vectors/keys/root.cert.pem"),
        window.join("root.pem"),
    )
    .unwrap();
    let sealed = Office::with_key("p256").issue("residence");
    std::fs::write(window.join("reference.pdf"), sealed.to_bytes()).unwrap();
    let scanned = stamp(
        &window,
        &[&["scan", "reference.pdf", "--out", "R.pdf"], &vectors[..]].concat(),
    );
    assert_eq!(scanned.status.code(), Some(2), "{}", said(&scanned));
    assert!(!window.join("R.pdf").exists());
}

#[test]
fn what_has_no_place_in_a_code_is_refused_before_anything_is_written() {
    let office = folder("refused");
    let says = |more: &[&str], name: &str| {
        let _ = std::fs::remove_dir_all(office.join("keys"));
        let issued = issue(&office, name, "p256", more);
        assert_ne!(issued.status.code(), Some(0), "{}", said(&issued));
        assert!(!office.join("sealed.pdf").exists() && !office.join("code.png").exists());
        said(&issued)
    };
    assert!(says(&[], "residence").contains("--code or --print"));
    let large = says(&["--code", "code.png"], "official-document");
    assert!(large.contains("bytes too large for version 25-m"), "{large}");
    let pictures = common::path("examples/data/pictures");
    let pictures = ["--code", "code.png", "--pictures", pictures.to_str().unwrap()];
    assert!(says(&pictures, "vocational-certificate").contains("names 1 pictures"));
}
