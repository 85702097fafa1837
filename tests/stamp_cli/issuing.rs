//! Issuing, sealing and making keys: what goes on after a fault, what is never overwritten, what the examples do.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use super::{AT, data, demo, example, folder, json_lines, shown, stamp, status, text};

/// `stamp keys` in a folder of that name, and the options that use them.
pub fn keys(name: &str, more: &[&str]) -> (PathBuf, Vec<String>) {
    let out = folder(name);
    let mut arguments = vec!["keys", "--out", shown(&out), "--at", "2030-06-01"];
    arguments.extend(more);
    let output = stamp(&arguments);
    assert_eq!(status(&output), 0, "{}", text(&output.stderr));
    let option = |option: &str, file: &str| [option.to_owned(), shown(&out.join(file)).to_owned()];
    let mut options: Vec<String> = [
        option("--seal", "seal.toml"),
        option("--key", "seal.key.pem"),
        option("--chain", "seal.pem"),
    ]
    .concat();
    if out.join("code.pem").exists() {
        options.extend(
            [
                option("--code-key", "code.key.pem"),
                option("--code-chain", "code.pem"),
            ]
            .concat(),
        );
    }
    (out, options)
}

pub fn with(options: &[String], more: &[&str]) -> Output {
    let mut arguments = more.to_vec();
    arguments.extend(options.iter().map(String::as_str));
    stamp(&arguments)
}

#[test]
fn issue_goes_on_after_a_bad_record_and_names_the_member() {
    let (dir, options) = keys("batch-keys", &[]);
    let (input, output) = (folder("batch-in"), folder("batch-out"));
    let good = std::fs::read_to_string(data("records/social-insurance.json")).expect("record");
    std::fs::write(input.join("a-good.json"), &good).expect("record");
    // one digit of the identifier's serial changed, so that its check character is wrong
    let bad = good.replace(".2030060100218.", ".2030060100219.");
    assert_ne!(bad, good);
    std::fs::write(input.join("b-bad.json"), bad).expect("record");
    std::fs::write(input.join("c-good.json"), &good).expect("record");
    let made = with(
        &options,
        &[
            "issue",
            "--record",
            shown(&input),
            "--template",
            "social-insurance",
            "--out",
            shown(&output),
            "--code",
            shown(&output),
            "--at",
            "2030-06-02T01:00:00Z",
        ],
    );
    let complaint = text(&made.stderr);
    assert_eq!(status(&made), 1, "{complaint}");
    assert!(
        text(&made.stdout).contains("issued 2 of 3"),
        "{}",
        text(&made.stdout)
    );
    let failed: Vec<&str> = complaint
        .lines()
        .filter(|line| line.starts_with("failed"))
        .collect();
    assert_eq!(failed.len(), 1, "{complaint}");
    assert!(
        failed[0].contains("b-bad.json") && failed[0].contains("identifier"),
        "{}",
        failed[0]
    );
    let mut files: Vec<String> = std::fs::read_dir(&output)
        .expect("folder")
        .map(|entry| entry.expect("entry").file_name().into_string().expect("name"))
        .collect();
    files.sort();
    assert_eq!(
        files,
        [
            "a-good.pdf",
            "a-good.png",
            "a-good.svg",
            "c-good.pdf",
            "c-good.png",
            "c-good.svg"
        ]
    );
    let list = dir.join("authority.cbor");
    let pdf = output.join("a-good.pdf");
    assert_eq!(
        status(&stamp(&[
            "verify",
            shown(&pdf),
            "--trust",
            shown(&list),
            "--at",
            "2030-06-03"
        ])),
        0
    );
}

#[test]
fn rsa_and_p384_seals_need_a_second_key_for_the_code() {
    let rsa = Path::new(env!("CARGO_MANIFEST_DIR")).join("test-vectors/keys/rsa2048.key.pem");
    let record = data("records/employment.json");
    for (name, more) in [
        ("rsa", ["--rsa-key", shown(&rsa)]),
        ("p384", ["--algorithm", "p384"]),
    ] {
        let (dir, options) = keys(name, &more);
        let out = dir.join("result.pdf");
        let base = [
            "issue",
            "--record",
            shown(&record),
            "--template",
            "employment",
            "--out",
            shown(&out),
            "--at",
            "2030-06-02",
        ];
        let alone = with(&options[..6], &base);
        assert_eq!(status(&alone), 3);
        assert!(
            text(&alone.stderr).contains("--code-key"),
            "{}",
            text(&alone.stderr)
        );
        assert!(!out.exists());
        let made = with(&options, &base);
        assert_eq!(status(&made), 0, "{}", text(&made.stderr));
        let list = dir.join("authority.cbor");
        let verdict = stamp(&[
            "verify",
            shown(&out),
            "--trust",
            shown(&list),
            "--at",
            "2030-06-03",
        ]);
        assert_eq!(status(&verdict), 0, "{name}: {}", text(&verdict.stdout));
    }
}

#[test]
fn a_key_of_another_certificate_is_one_clear_line() {
    let (_, mut options) = keys("mismatch", &[]);
    let (other, _) = keys("mismatch-other", &[]);
    options[3] = shown(&other.join("seal.key.pem")).to_owned();
    let record = data("records/employment.json");
    let out = other.join("result.pdf");
    let made = with(
        &options,
        &[
            "issue",
            "--record",
            shown(&record),
            "--template",
            "employment",
            "--out",
            shown(&out),
        ],
    );
    assert_eq!(status(&made), 3);
    let complaint = text(&made.stderr);
    assert_eq!(complaint.lines().count(), 1, "{complaint}");
    assert!(
        complaint.contains("does not belong to the certificate"),
        "{complaint}"
    );
    assert!(!out.exists());
}

#[test]
fn keys_overwrite_nothing_and_are_marked_test() {
    let (dir, _) = keys("keys-twice", &[]);
    let before = std::fs::read(dir.join("seal.key.pem")).expect("key");
    let again = stamp(&["keys", "--out", shown(&dir)]);
    assert_eq!(status(&again), 3);
    assert!(
        text(&again.stderr).contains("not overwritten"),
        "{}",
        text(&again.stderr)
    );
    assert_eq!(std::fs::read(dir.join("seal.key.pem")).expect("key"), before);
    let chain = std::fs::read_to_string(dir.join("seal.pem")).expect("chain");
    for certificate in yinxin::pki::Certificate::from_pem_many(&chain).expect("chain") {
        assert!(
            certificate
                .common_name()
                .is_some_and(|name| name.contains("TEST 测试")),
            "{}",
            certificate.subject()
        );
    }
}

#[test]
fn an_empty_field_is_sealed_by_its_name_and_named_where_none_is_given() {
    let (dir, options) = keys("prepared", &[]);
    let (form, sealed) = (dir.join("form.pdf"), dir.join("sealed.pdf"));
    let file = written(&[
        "<< /Type /Catalog /Pages 2 0 R /AcroForm << /Fields [4 0 R] >> >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Annots [4 0 R] >>",
        "<< /FT /Sig /T (Office) /Subtype /Widget /Rect [100 100 200 200] >>",
    ]);
    std::fs::write(&form, file).expect("form");
    let seal = |more: &[&str]| {
        let mut arguments = vec![
            "seal",
            shown(&form),
            "--out",
            shown(&sealed),
            "--at",
            "2030-06-02",
        ];
        arguments.extend(more);
        with(&options, &arguments)
    };
    for more in [&[][..], &["--field", "office"]] {
        let refused = seal(more);
        let complaint = text(&refused.stderr);
        assert_eq!(status(&refused), 1);
        assert!(
            complaint.contains("(\"Office\")") && complaint.contains("--field"),
            "{complaint}"
        );
    }
    let made = seal(&["--field", "Office"]);
    assert_eq!(status(&made), 0, "{}", text(&made.stderr));
}

#[test]
fn sealing_made_elsewhere_twice_keeps_both_and_spares_the_input() {
    let (dir, options) = keys("elsewhere", &[]);
    let page = dir.join("page.pdf");
    std::fs::write(&page, one_page()).expect("page");
    let (once, place) = (
        dir.join("once.pdf"),
        ["--x", "150", "--y", "240", "--at", "2030-06-02"],
    );
    let seal = |input: &Path, output: &Path, more: &[&str]| {
        let mut arguments = vec!["seal", shown(input), "--out", shown(output)];
        arguments.extend(more);
        with(&options, &arguments)
    };
    let missing = seal(&page, &once, &[]);
    assert_eq!(status(&missing), 1);
    assert!(text(&missing.stderr).contains("--x"), "{}", text(&missing.stderr));
    let over = seal(&page, &page, &place);
    assert_eq!(status(&over), 1);
    assert_eq!(
        std::fs::read(&page).expect("page"),
        one_page(),
        "an input is never overwritten"
    );
    let made = seal(&page, &once, &place);
    assert_eq!(status(&made), 0, "{}", text(&made.stderr));
    let list = dir.join("authority.cbor");
    let verdict = stamp(&[
        "verify",
        shown(&once),
        "--trust",
        shown(&list),
        "--at",
        "2030-06-03",
        "--json",
    ]);
    assert_eq!(status(&verdict), 0, "{}", text(&verdict.stdout));
    // The first seal certified the file so that nothing may be added, which another seal would break.
    let twice = seal(&once, &dir.join("twice.pdf"), &place);
    assert_eq!(status(&twice), 1);
    assert!(
        text(&twice.stderr).contains("certified"),
        "{}",
        text(&twice.stderr)
    );
    // An approval seal leaves room; the next one becomes an approval seal by itself.
    let (open, both) = (dir.join("open.pdf"), dir.join("both.pdf"));
    assert_eq!(
        status(&seal(
            &page,
            &open,
            &["--approval", "--x", "60", "--y", "240", "--at", "2030-06-02"]
        )),
        0
    );
    let made = seal(&open, &both, &place);
    assert_eq!(status(&made), 0, "{}", text(&made.stderr));
    let verdict = stamp(&[
        "verify",
        shown(&both),
        "--trust",
        shown(&list),
        "--at",
        "2030-06-03",
        "--json",
    ]);
    let seals = json_lines(&verdict).remove(0)["signatures"].take();
    let intact: Vec<bool> = seals
        .as_array()
        .expect("seals")
        .iter()
        .map(|seal| seal["intact"] == true)
        .collect();
    assert_eq!(intact, [true, true], "{seals}");
    assert!(
        std::fs::read(&both)
            .expect("file")
            .starts_with(&std::fs::read(&open).expect("file"))
    );
}

#[test]
fn a_damaged_file_is_sealed_only_after_asking_for_recovery_and_says_what_was_rebuilt() {
    let (dir, options) = keys("damaged", &[]);
    let whole = one_page();
    let end = whole.windows(4).rposition(|w| w == b"xref").expect("a section") - "start".len();
    let (damaged, out) = (dir.join("damaged.pdf"), dir.join("out.pdf"));
    std::fs::write(&damaged, &whole[..end]).expect("file");
    let seal = |more: &[&str]| {
        let place = ["--x", "150", "--y", "240", "--at", "2030-06-02"];
        let files = ["seal", shown(&damaged), "--out", shown(&out)];
        with(&options, &[&files[..], &place, more].concat())
    };
    let refused = seal(&[]);
    assert_eq!(status(&refused), 1);
    assert!(
        text(&refused.stderr).contains("--recover"),
        "{}",
        text(&refused.stderr)
    );
    assert!(!out.exists());
    let made = seal(&["--recover"]);
    assert_eq!(status(&made), 0, "{}", text(&made.stderr));
    let said = text(&made.stderr);
    assert!(
        said.contains("recovered: cross-reference section rebuilt"),
        "{said}"
    );
    let sealed = std::fs::read(&out).expect("file");
    assert!(sealed.starts_with(&whole[..end]));
    let list = dir.join("authority.cbor");
    let verdict = stamp(&[
        "verify",
        shown(&out),
        "--trust",
        shown(&list),
        "--at",
        "2030-06-03",
    ]);
    assert_eq!(status(&verdict), 0, "{}", text(&verdict.stdout));
    // A file that is sealed is never repaired: cut off again, it is refused with the reason.
    std::fs::write(&damaged, &sealed[..sealed.len() - 20]).expect("file");
    let signed = seal(&["--recover"]);
    assert_eq!(status(&signed), 1);
    assert!(
        text(&signed.stderr).contains("carries a signature"),
        "{}",
        text(&signed.stderr)
    );
}

#[test]
fn library_examples_do_what_they_say() {
    let (dir, _) = keys("examples", &[]);
    let (demo, _) = demo();
    let run = |name: &str, arguments: &[&Path]| {
        let made = Command::new(example(name)).args(arguments).output();
        made.unwrap_or_else(|e| panic!("{name}: {e}; build it with: cargo build --examples"))
    };
    let list = dir.join("authority.cbor");
    let accepted = |file: &Path| {
        let verdict = stamp(&["verify", shown(file), "--trust", shown(&list), "--at", AT]);
        assert_eq!(status(&verdict), 0, "{}", text(&verdict.stdout));
    };
    let record = data("records/social-insurance.json");
    for name in ["issue", "deferred_seal"] {
        let out = dir.join(format!("{name}.pdf"));
        let made = run(name, &[&record, Path::new("social-insurance"), &dir, &out]);
        assert_eq!(status(&made), 0, "{name}: {}", text(&made.stderr));
        accepted(&out);
    }
    // Flows assert what they tell; here, that they are told to the end.
    for (name, end) in [
        ("joint_licence", "authentic 真实\n"),
        ("trust_approval", "[status.stale]\n"),
        ("counter_check", "[authority.clock-set-back]\n"),
    ] {
        let made = run(name, &[&dir.join(name)]);
        let said = text(&made.stdout);
        assert_eq!(status(&made), 0, "{said}{}", text(&made.stderr));
        assert!(said.ends_with(end), "{said}");
    }
    let page = dir.join("page.pdf");
    std::fs::write(&page, one_page()).expect("page");
    if Command::new("openssl").arg("version").output().is_ok() {
        let out = dir.join("custom.pdf");
        let made = run("custom_signer", &[&page, &dir, &out]);
        assert_eq!(status(&made), 0, "{}", text(&made.stderr));
        accepted(&out);
        let out = dir.join("remote.pdf");
        let made = run(
            "remote_sealing",
            &[&record, Path::new("social-insurance"), &dir, &out],
        );
        assert_eq!(status(&made), 0, "{}", text(&made.stderr));
        let told = text(&made.stdout);
        for line in [
            "refused credential: the service said",
            "wrong certificate: ",
            "wrong signature: ",
        ] {
            assert!(told.contains(line), "{told}");
        }
        accepted(&out);
    } else {
        println!("custom_signer and remote_sealing are not run: the openssl program is missing");
    }
    let (root, list, at) = (
        demo.join("trust/root.pem"),
        demo.join("trust/authority.cbor"),
        Path::new(AT),
    );
    for (file, expected) in [("sealed/residence.pdf", 0), ("forged/residence--appended.pdf", 1)] {
        let verdict = run("verify", &[&demo.join(file), &root, &list, at]);
        assert_eq!(status(&verdict), expected, "{}", text(&verdict.stdout));
    }
    let filed = dir.join("record.pdf");
    let made = run(
        "verification_record",
        &[&demo.join("sealed/residence.pdf"), &root, at, &filed],
    );
    assert_eq!(status(&made), 0, "{}", text(&made.stderr));
    assert!(
        text(&made.stdout).contains("to be sealed by"),
        "{}",
        text(&made.stdout)
    );
    assert!(std::fs::read(&filed).expect("record").starts_with(b"%PDF-1.7"));
    for (file, expected) in [
        ("codes/residence.png", 0),
        ("codes/residence.txt", 0),
        ("forged/residence--code-edited.png", 1),
    ] {
        let verdict = run("verify_scan", &[&demo.join(file), &list, at]);
        assert_eq!(status(&verdict), expected, "{}", text(&verdict.stdout));
        assert_eq!(
            text(&verdict.stdout).contains("林若溪"),
            expected == 0,
            "fields only with the proof"
        );
    }
}

/// The smallest page that other programs write.
pub fn one_page() -> Vec<u8> {
    written(&[
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] >>",
    ])
}

/// A file of these objects, numbered from 1, the catalog first.
pub fn written(objects: &[&str]) -> Vec<u8> {
    let size = objects.len() + 1;
    let mut file = String::from("%PDF-1.7\n");
    let mut table = format!("xref\n0 {size}\n0000000000 65535 f \n");
    for (index, object) in objects.iter().enumerate() {
        table.push_str(&format!("{:010} 00000 n \n", file.len()));
        file.push_str(&format!("{} 0 obj\n{object}\nendobj\n", index + 1));
    }
    let start = file.len();
    file.push_str(&format!(
        "{table}trailer\n<< /Size {size} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n"
    ));
    file.into_bytes()
}

#[test]
fn an_encrypted_file_is_sealed_and_verified_with_the_password_in_a_file() {
    let (dir, options) = keys("password-keys", &[]);
    let input =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("test-vectors/pdf/encrypted/r6-aes-256-chinese.pdf");
    let (output, passwords) = (folder("password-out"), folder("password-in"));
    let password = |name: &str, text: &str| {
        let path = passwords.join(name);
        std::fs::write(&path, text).expect("password file");
        path
    };
    let (owner, user) = (password("owner", "印章\n"), password("user", "印信\r\n"));
    let (wrong, empty) = (password("wrong", "印\n"), password("empty", "\n"));
    let out = output.join("sealed.pdf");
    let seal = |more: &[&str]| {
        let common = [
            "seal",
            shown(&input),
            "--out",
            shown(&out),
            "--x",
            "60",
            "--y",
            "150",
            "--at",
            "2030-06-02",
        ];
        with(&options, &[&common[..], more].concat())
    };
    for (more, says) in [
        (vec![], "--password-file"),
        (vec!["--password-file", shown(&wrong)], "another password"),
        (vec!["--password-file", shown(&empty)], "one line"),
    ] {
        let refused = seal(&more);
        assert_eq!(status(&refused), 1);
        assert!(text(&refused.stderr).contains(says), "{}", text(&refused.stderr));
        assert!(
            !text(&refused.stderr).contains('印'),
            "a password is never repeated"
        );
    }
    let made = seal(&["--password-file", shown(&owner)]);
    assert_eq!(status(&made), 0, "{}", text(&made.stderr));
    let root = dir.join("root.pem");
    let verify = |more: &[&str]| {
        let common = [
            "verify",
            shown(&out),
            "--trust",
            shown(&root),
            "--at",
            "2030-06-03",
        ];
        status(&stamp(&[&common[..], more].concat()))
    };
    assert_eq!(verify(&[]), 2, "cannot be told without the password");
    assert_eq!(verify(&["--password-file", shown(&wrong)]), 2);
    assert_eq!(verify(&["--password-file", shown(&user)]), 0);
}
