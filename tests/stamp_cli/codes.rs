//! Codes on the command line: the holder's number, places on a status list, and what a code is.

use std::path::{Path, PathBuf};

use yinxin::cose::Unsigned;
use yinxin::crypto::{PrivateKey, SignatureAlgorithm};

use super::issuing::{keys, with};
use super::{AT, demo, folder, json_lines, shown, stamp, status, text};

const OWN: &str = "109900198809264025";
/// Fits the masked form of the holder, and is somebody else's.
const OTHER: &str = "109900197203154025";

fn record(name: &str) -> String {
    format!("{}/examples/data/records/{name}.json", env!("CARGO_MANIFEST_DIR"))
}

/// The residence sample under throw-away keys, its file and its code as a picture.
fn issued(name: &str, more: &[&str]) -> (PathBuf, PathBuf, PathBuf) {
    let (dir, options) = keys(
        name,
        &["--issuer", "滨海市公安局", "--code", "11109900MB2A10113K"],
    );
    let (file, code) = (dir.join("r.pdf"), dir.join("r.png"));
    let record = record("residence");
    let mut arguments = vec![
        "issue",
        "--record",
        &record,
        "--template",
        "residence",
        "--at",
        AT,
        "--out",
        shown(&file),
        "--code",
        shown(&code),
    ];
    arguments.extend(more);
    let made = with(&options, &arguments);
    assert_eq!(status(&made), 0, "{}", text(&made.stderr));
    (dir.join("authority.cbor"), file, code)
}

fn judged(command: &str, subject: &Path, list: &Path, holder: &[&str]) -> (i32, String) {
    let mut arguments = vec![
        command,
        shown(subject),
        "--trust",
        shown(list),
        "--at",
        AT,
        "--json",
    ];
    arguments.extend(holder);
    let output = stamp(&arguments);
    let line = json_lines(&output).remove(0);
    let lead = line["findings"][0]["code"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    (status(&output), lead)
}

#[test]
fn the_number_typed_by_a_clerk_decides_for_whom_a_result_is() {
    let (list, file, code) = issued("holder", &[]);
    for (command, subject) in [("scan", &code), ("verify", &file)] {
        assert_eq!(judged(command, subject, &list, &[]).0, 0);
        assert_eq!(judged(command, subject, &list, &["--holder", OWN]).0, 0);
        assert_eq!(
            judged(command, subject, &list, &["--holder", OTHER]),
            (1, "holder.no-match".to_owned())
        );
    }
    let (list, file, code) = issued("holder-unproven", &["--no-holder-proof"]);
    assert_eq!(
        judged("scan", &code, &list, &["--holder", OWN]),
        (2, "holder.not-stated".to_owned())
    );
    assert_eq!(judged("verify", &file, &list, &["--holder", OWN]).0, 0);
    // Typed where no list of processes shows it; nothing typed is no number.
    let typed = |input: &str| {
        use std::io::Write as _;
        use std::process::{Command, Stdio};
        let mut child = Command::new(super::example("stamp"))
            .args([
                "verify",
                shown(&file),
                "--trust",
                shown(&list),
                "--at",
                AT,
                "--holder",
                "-",
            ])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program");
        child
            .stdin
            .take()
            .expect("standard input")
            .write_all(input.as_bytes())
            .expect("written");
        child.wait_with_output().expect("an end")
    };
    assert_eq!(status(&typed(&format!("{OWN}\n"))), 0);
    let other = typed(&format!("{OTHER}\n"));
    assert_eq!(status(&other), 1);
    let said = text(&other.stdout);
    assert!(
        said.contains("the result is about somebody else") && said.contains("不属于此人"),
        "{said}"
    );
    assert_eq!(status(&typed("\n")), 3);
}

#[test]
fn places_on_a_status_list_follow_the_records_and_leave_the_verdict_open() {
    let (dir, options) = keys("status", &[]);
    let (input, out) = (folder("status-in"), folder("status-out"));
    for name in ["a", "b"] {
        std::fs::copy(record("social-insurance"), input.join(format!("{name}.json"))).expect("record");
    }
    let made = with(
        &options,
        &[
            "issue",
            "--record",
            shown(&input),
            "--template",
            "social-insurance",
            "--at",
            AT,
            "--out",
            shown(&out),
            "--status-list",
            "https://zm.binhai.example/s/7",
            "--status-index",
            "41",
        ],
    );
    assert_eq!(status(&made), 0, "{}", text(&made.stderr));
    for (name, place) in [("a.pdf", 41), ("b.pdf", 42)] {
        let file = out.join(name);
        let list = dir.join("authority.cbor");
        let output = stamp(&[
            "verify",
            shown(&file),
            "--trust",
            shown(&list),
            "--at",
            AT,
            "--json",
        ]);
        assert_eq!(status(&output), 2);
        let line = json_lines(&output).remove(0);
        let finding = &line["findings"][0];
        assert_eq!(finding["code"], "status.not-given");
        assert_eq!(
            finding["evidence"],
            format!("entry {place} of https://zm.binhai.example/s/7")
        );
    }
    // An address that no list has, and a list without a place.
    for (list, index) in [
        ("http://zm.binhai.example", Some("1")),
        ("https://zm.binhai.example", None),
    ] {
        let file = out.join("c.pdf");
        let record = record("social-insurance");
        let mut arguments = vec!["issue", "--record", &record, "--template", "social-insurance"];
        arguments.extend(["--out", shown(&file), "--status-list", list]);
        arguments.extend(index.iter().flat_map(|index| ["--status-index", index]));
        assert_eq!(status(&with(&options, &arguments)), 3, "{list}");
        assert!(!file.exists());
    }
}

/// Says of the subject what `stamp inspect --json` says, and its status.
fn inspected(subject: &str, more: &[&str]) -> (i32, Vec<serde_json::Value>) {
    let mut arguments = vec!["inspect", subject, "--at", AT, "--json"];
    arguments.extend(more);
    let output = stamp(&arguments);
    (status(&output), json_lines(&output))
}

#[test]
fn own_codes_are_read_and_checked_with_the_keys_given() {
    let (out, _) = demo();
    let picture = out.join("codes/residence.png");
    let (code, lines) = inspected(shown(&picture), &[]);
    assert_eq!((code, lines.len()), (0, 1));
    let said = |lines: &[serde_json::Value], path: &str| -> String {
        let facts = lines[0]["facts"].as_array().expect("facts");
        let fact = facts.iter().find(|fact| fact["path"] == path);
        fact.map_or(String::new(), |fact| {
            fact["value"].as_str().unwrap_or_default().to_owned()
        })
    };
    assert_eq!(lines[0]["kind"], "result");
    assert_eq!(lines[0]["signature"], "no-key");
    assert_eq!(lines[0]["time"], "within");
    assert_eq!(said(&lines, "result.typeName"), "居住登记证明");
    assert_eq!(said(&lines, "result.holder.2"), "109***********4025");
    // The root signed no code.
    let root = out.join("trust/root.pem");
    let (code, lines) = inspected(shown(&picture), &["--key", shown(&root)]);
    assert_eq!((code, &lines[0]["signature"]), (2, &"no-key".into()));
    // As text, with the certificate that did.
    let (dir, file, picture) = {
        let (list, file, picture) = issued("inspect", &[]);
        (list.parent().expect("folder").to_owned(), file, picture)
    };
    let chain = dir.join("seal.pem");
    let (code, lines) = inspected(shown(&picture), &["--key", shown(&chain)]);
    assert_eq!(
        (code, &lines[0]["signature"]),
        (0, &"verified".into()),
        "{lines:?}"
    );
    // Past its time by its own words.
    let late = stamp(&["inspect", shown(&picture), "--at", "2032-01-01", "--lang", "zh"]);
    assert_eq!(status(&late), 1);
    let late = text(&late.stdout);
    assert!(late.contains("已过期") && late.contains("不是核验结论"), "{late}");
    assert!(file.exists());
}

/// A health certificate of nobody, by a key made for this.
fn health(key: &PrivateKey, expiry: u32) -> String {
    // {1: "XX", 4: expiry, 6: 1, -260: {1: {"nam": {"fn": "样例"}}}}
    let mut claims = vec![0xa4, 1, 0x62, b'X', b'X', 4, 0x1a];
    claims.extend(expiry.to_be_bytes());
    claims.extend(b"\x06\x01\x39\x01\x03\xa1\x01\xa1\x63nam\xa1\x62fn\x66\xe6\xa0\xb7\xe4\xbe\x8b");
    let unsigned = Unsigned::new(SignatureAlgorithm::Ed25519, &[1; 8], "x", claims).expect("an object");
    let signature = key
        .sign(SignatureAlgorithm::Ed25519, &unsigned.to_be_signed())
        .expect("a signature");
    let cose = unsigned.finish(&signature).expect("an object");
    let packed = miniz_oxide::deflate::compress_to_vec_zlib(&cose, 9);
    format!("HC1:{}", base45::encode(packed))
}

#[test]
fn foreign_codes_are_named_and_checked_with_a_bare_public_key() {
    let dir = folder("foreign");
    let mut pkcs8 = vec![
        0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20,
    ];
    pkcs8.extend([7; 32]);
    let key = PrivateKey::from_pkcs8(&pkcs8).expect("a key");
    let public = |key: &PrivateKey, name: &str| {
        let yinxin::crypto::PublicKey::Ed25519(bytes) = key.public_key() else {
            panic!("another key");
        };
        let mut der = vec![0x30, 0x2a, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 3, 0x21, 0];
        der.extend(bytes);
        use base64::Engine as _;
        let body = base64::engine::general_purpose::STANDARD.encode(der);
        let path = dir.join(name);
        let pem = format!("-----BEGIN PUBLIC KEY-----\n{body}\n-----END PUBLIC KEY-----\n");
        std::fs::write(&path, pem).expect("key");
        path
    };
    let own = public(&key, "own.pem");
    *pkcs8.last_mut().expect("a byte") = 8;
    let other = public(&PrivateKey::from_pkcs8(&pkcs8).expect("a key"), "other.pem");
    let code = health(&key, 2_000_000_000);

    let (told, lines) = inspected(&code, &[]);
    assert_eq!((told, &lines[0]["kind"]), (0, &"health-certificate".into()));
    assert_eq!(lines[0]["facts"][3]["path"], "hcert.1.nam.fn");
    assert_eq!(lines[0]["facts"][3]["value"], "样例");
    let (told, lines) = inspected(&code, &["--key", shown(&own)]);
    assert_eq!((told, &lines[0]["signature"]), (0, &"verified".into()));
    let (told, lines) = inspected(&code, &["--key", shown(&other)]);
    assert_eq!((told, &lines[0]["signature"]), (1, &"invalid".into()));
    let (told, lines) = inspected(&health(&key, 1), &["--key", shown(&own)]);
    assert_eq!((told, &lines[0]["time"]), (1, &"expired".into()));

    let (told, lines) = inspected(&code[..code.len() - 6], &[]);
    assert_eq!(told, 1);
    assert!(
        lines[0]["error"]
            .as_str()
            .is_some_and(|why| why.contains("scan it again"))
    );
    for (text, kind) in [
        ("https://zm.binhai.example/v", "link"),
        ("YXS:ABC", "set-part"),
        ("yx1:abc", "result"),
    ] {
        let (told, lines) = inspected(text, &[]);
        assert_eq!((told, lines[0]["kind"].as_str()), (0, Some(kind)), "{text}");
    }
    // Several texts in a file, a line each; a file that is not there; a key that is none.
    let texts = dir.join("texts.txt");
    std::fs::write(&texts, format!("{code}\n\nWIFI:S:hall;;\n")).expect("texts");
    let (told, lines) = inspected(shown(&texts), &[]);
    assert_eq!(
        (told, lines.len(), lines[1]["kind"].as_str()),
        (0, 2, Some("text"))
    );
    assert_eq!(inspected("no-such-file", &[]).0, 3);
    assert_eq!(inspected(&code, &["--key", shown(&texts)]).0, 3);
    let both = text(&stamp(&["inspect", &code, "--at", AT, "--key", shown(&own)]).stdout);
    assert!(
        both.contains("EU health certificate") && both.contains("欧盟健康证书"),
        "{both}"
    );
    assert!(both.contains("own.pem"), "{both}");
}
