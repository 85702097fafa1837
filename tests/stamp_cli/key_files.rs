//! Keys in files of other forms, and sealing in two steps.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use super::{folder, shown, stamp, status, text};

const AT: &str = "2030-06-05T09:00:00Z";

fn vector(name: &str) -> String {
    format!("{}/test-vectors/{name}", env!("CARGO_MANIFEST_DIR"))
}

/// A page to be sealed, and the options that say how and when.
fn begun(name: &str) -> (PathBuf, PathBuf, Vec<String>) {
    let dir = folder(name);
    let page = dir.join("page.pdf");
    std::fs::write(&page, super::issuing::one_page()).expect("page");
    let look = "kind = \"round\"\nname = \"滨海市公安局\"\n";
    std::fs::write(dir.join("seal.toml"), look).expect("look");
    let mut options = vec!["--seal".to_owned(), shown(&dir.join("seal.toml")).to_owned()];
    options.extend(["--at", AT, "--x", "100", "--y", "100"].map(str::to_owned));
    (dir, page, options)
}

fn run(command: &str, page: &Path, options: &[String], more: &[&str]) -> Output {
    let mut arguments = vec![command, shown(page)];
    arguments.extend(options.iter().map(String::as_str));
    arguments.extend(more);
    stamp(&arguments)
}

fn accepted(file: &Path) {
    let root = vector("keys/root.cert.pem");
    let verdict = stamp(&["verify", shown(file), "--trust", &root, "--at", AT]);
    assert_eq!(status(&verdict), 0, "{}", text(&verdict.stdout));
}

#[test]
fn a_pkcs12_file_seals_with_the_chain_in_it() {
    let (dir, page, options) = begun("pkcs12");
    let (password, wrong) = (dir.join("password"), dir.join("wrong"));
    std::fs::write(&password, "correct-horse\r\n").expect("password");
    std::fs::write(&wrong, "battery-staple\n").expect("password");
    let out = dir.join("out.pdf");
    let seal = |file: &str, more: &[&str]| {
        let file = vector(&format!("key-files/{file}"));
        let _ = std::fs::remove_file(&out);
        let mut arguments = vec!["--key", &file, "--out", shown(&out)];
        arguments.extend(more);
        run("seal", &page, &options, &arguments)
    };
    let given = ["--key-password-file", shown(&password)];
    for file in ["openssl3.p12", "openssl1.p12", "java.p12", "nss.p12"] {
        let made = seal(file, &given);
        assert_eq!(status(&made), 0, "{file}: {}", text(&made.stderr));
        accepted(&out);
    }
    let made = seal(
        "two-keys.p12",
        &[&given[..], &["--key-label", "te-0a1b2c3d"]].concat(),
    );
    assert_eq!(status(&made), 0, "{}", text(&made.stderr));
    accepted(&out);
    for (file, more, said) in [
        (
            "openssl3.p12",
            &[][..],
            "give its password, in the file of --key-password-file",
        ),
        (
            "openssl3.p12",
            &["--key-password-file", shown(&wrong)],
            "check the file of --key-password-file",
        ),
        ("two-keys.p12", &given, "(--key-label NAME or --key-id HEX)"),
        (
            "two-keys.p12",
            &[given[0], given[1], "--key-id", "abc"],
            "is not hexadecimal",
        ),
        ("key-alone.p12", &given, "with --chain"),
        ("old.jks", &given, "keytool -importkeystore"),
    ] {
        let refused = seal(file, more);
        assert_eq!(status(&refused), 3, "{file}");
        assert!(
            text(&refused.stderr).contains(said),
            "{file}: {}",
            text(&refused.stderr)
        );
        assert!(!out.exists(), "{file}: nothing is written");
    }
}

#[test]
fn what_one_process_prepared_another_finishes_into_the_same_bytes() {
    let (dir, page, options) = begun("prepared");
    let path = |name: &str| dir.join(name);
    let (put_by, to_sign, signature) = (path("p.prepared"), path("to-sign.der"), path("signature"));
    let chain = path("chain.pem");
    let above = ["keys/rsa2048.cert.pem", "keys/intermediate.cert.pem"].map(vector);
    let above = above.map(|file| std::fs::read(file).expect("certificate"));
    std::fs::write(&chain, above.concat()).expect("chain");
    let prepared = run(
        "prepare",
        &page,
        &options,
        &[
            "--chain",
            shown(&chain),
            "--out",
            shown(&put_by),
            "--to-sign",
            shown(&to_sign),
        ],
    );
    assert_eq!(status(&prepared), 0, "{}", text(&prepared.stderr));
    assert!(text(&prepared.stdout).contains("待签名"));
    if Command::new("openssl").arg("version").output().is_err() {
        println!("not finished: the openssl program is missing");
        return;
    }
    let key = vector("keys/rsa2048.key.pem");
    let sign = |out: &Path, message: &Path| {
        let arguments = [
            "dgst",
            "-sha256",
            "-sign",
            &key,
            "-out",
            shown(out),
            shown(message),
        ];
        let made = Command::new("openssl").args(arguments).status().expect("openssl");
        assert!(made.success());
    };
    sign(&signature, &to_sign);
    let finish = |page: &Path, signature: &Path, out: &Path| {
        let given = [
            "--prepared",
            shown(&put_by),
            "--signature",
            shown(signature),
            "--out",
            shown(out),
        ];
        run("finish", page, &[], &given)
    };
    let there = path("there.pdf");
    let made = finish(&page, &signature, &there);
    assert_eq!(status(&made), 0, "{}", text(&made.stderr));
    accepted(&there);

    // In one process: PKCS#1 signatures are the same every time.
    let here = path("here.pdf");
    let made = run(
        "seal",
        &page,
        &options,
        &["--key", &key, "--chain", shown(&chain), "--out", shown(&here)],
    );
    assert_eq!(status(&made), 0, "{}", text(&made.stderr));
    assert_eq!(
        std::fs::read(&here).expect("sealed"),
        std::fs::read(&there).expect("sealed")
    );

    let (other, out) = (path("other.sig"), path("refused.pdf"));
    sign(&other, &page);
    for (page, signature, said) in [
        (&page, &other, "does not verify"),
        (&here, &signature, "for another document"),
        (&page, &put_by, "does not verify"),
    ] {
        let refused = finish(page, signature, &out);
        assert_eq!(status(&refused), 3);
        assert!(text(&refused.stderr).contains(said), "{}", text(&refused.stderr));
        assert!(!out.exists(), "nothing is written");
    }
}
