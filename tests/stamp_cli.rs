//! The promises of the command line: exit statuses, JSON lines, batches, and a demo whose every verdict is right.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

use serde_json::Value;

/// The example program, built with the tests beside their folder.
fn stamp(arguments: &[&str]) -> Output {
    let tests = std::env::current_exe().expect("path of this test");
    let program = tests.parent().and_then(Path::parent).expect("target folder").join("examples/stamp");
    let made = Command::new(&program).args(arguments).output();
    made.unwrap_or_else(|e| panic!("{}: {e}; build it with: cargo build --example stamp", program.display()))
}

fn status(output: &Output) -> i32 {
    output.status.code().expect("an exit status")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("UTF-8")
}

/// A folder of its own for each test, emptied.
fn folder(name: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("stamp_cli").join(name);
    let _ = std::fs::remove_dir_all(&path);
    std::fs::create_dir_all(&path).expect("folder for the test");
    path
}

fn shown(path: &Path) -> &str {
    path.to_str().expect("UTF-8 path")
}

/// One demo for all tests.
fn demo() -> &'static (PathBuf, Output) {
    static DEMO: OnceLock<(PathBuf, Output)> = OnceLock::new();
    DEMO.get_or_init(|| {
        let out = folder("demo");
        let output = stamp(&["demo", "--out", shown(&out), "--keys", "all"]);
        (out, output)
    })
}

const AT: &str = "2030-06-05T09:00:00Z";

/// `stamp COMMAND FILES --trust LIST --trust ROOT --at AT MORE`.
fn judge(command: &str, files: &[&Path], at: &str, more: &[&str]) -> Output {
    let (out, _) = demo();
    let (list, root) = (out.join("trust/authority.cbor"), out.join("trust/root.pem"));
    let mut arguments = vec![command];
    arguments.extend(files.iter().map(|path| shown(path)));
    arguments.extend(["--trust", shown(&list), "--trust", shown(&root), "--at", at]);
    arguments.extend(more);
    stamp(&arguments)
}

fn json_lines(output: &Output) -> Vec<Value> {
    text(&output.stdout).lines().map(|line| serde_json::from_str(line).expect("each line is JSON")).collect()
}

fn report(out: &Path) -> Value {
    let text = std::fs::read_to_string(out.join("report.json")).expect("report.json");
    serde_json::from_str(&text).expect("report.json is JSON")
}

#[test]
fn demo_judges_everything_as_expected() {
    let (out, output) = demo();
    let said = text(&output.stdout);
    assert_eq!(status(output), 0, "{said}{}", text(&output.stderr));
    assert!(said.contains("every verdict as expected"), "{said}");
    let report = report(out);
    let verdicts = report["verdicts"].as_array().expect("verdicts");
    let forged: Vec<&Value> =
        verdicts.iter().filter(|row| row["file"].as_str().is_some_and(|file| file.starts_with("forged/"))).collect();
    assert!(forged.len() >= 5 * 12, "{} forgeries", forged.len());
    for row in forged {
        assert_ne!(row["outcome"], "authentic", "{row}");
        assert!(out.join(row["file"].as_str().expect("file")).is_file(), "{row}");
    }
    let authentic = verdicts.iter().filter(|row| row["outcome"] == "authentic").count();
    // five results: file, code, picture, both; and five kinds of keys for each
    assert_eq!(authentic, 5 * 4 + 5 * 5);
    for kind in ["p256", "ed25519", "rsa2048", "rsa3072", "rsa2048-pss"] {
        let files = std::fs::read_dir(out.join(format!("sealed-{kind}"))).expect("folder").count();
        assert_eq!(files, 5, "{kind}");
    }
}

#[test]
fn demo_makes_the_same_drafts_twice() {
    let (first, _) = demo();
    let second = folder("demo-again");
    let output = stamp(&["demo", "--out", shown(&second)]);
    assert_eq!(status(&output), 0, "{}", text(&output.stdout));
    let digests = report(first)["drafts_sha256"].clone();
    assert_eq!(digests.as_object().map(serde_json::Map::len), Some(5));
    assert_eq!(digests, report(&second)["drafts_sha256"]);
    for name in digests.as_object().expect("object").keys() {
        let read = |out: &Path| std::fs::read(out.join(format!("drafts/{name}.pdf"))).expect("draft");
        assert_eq!(read(first), read(&second), "{name}");
        let sealed = std::fs::read(second.join(format!("sealed/{name}.pdf"))).expect("sealed file");
        assert!(sealed.starts_with(&read(&second)), "{name}: sealing only appends");
    }
}

#[test]
fn verify_says_0_1_2_and_3() {
    let (out, _) = demo();
    let good = out.join("sealed/residence.pdf");
    let forged = out.join("forged/residence--page-byte.pdf");
    let doubtful = out.join("forged/residence--unlisted-key.pdf");
    let missing = out.join("sealed/missing.pdf");
    let run = |files: &[&Path]| status(&judge("verify", files, AT, &[]));
    assert_eq!(run(&[&good]), 0);
    assert_eq!(run(&[&good, &forged]), 1);
    assert_eq!(run(&[&good, &doubtful]), 2);
    assert_eq!(run(&[&doubtful, &forged]), 1, "a forgery outweighs a doubt");
    assert_eq!(run(&[&good, &missing]), 3);
    assert_eq!(status(&stamp(&["verify", shown(&good)])), 3, "no trust given");
    assert_eq!(status(&stamp(&["verify", shown(&good), "--trust", shown(&missing)])), 3);
    assert_eq!(status(&stamp(&["verify", shown(&good), "--trust", shown(&good)])), 3, "a PDF is no trust");
    assert_eq!(status(&stamp(&["nonsense"])), 3);
    assert_eq!(status(&stamp(&["--help"])), 0);
}

#[test]
fn verify_doubts_what_it_has_no_trust_for() {
    let (out, _) = demo();
    let good = out.join("sealed/employment.pdf");
    let foreign = Path::new(env!("CARGO_MANIFEST_DIR")).join("test-vectors/keys/other-root.cert.pem");
    assert_eq!(status(&stamp(&["verify", shown(&good), "--trust", shown(&foreign), "--at", AT])), 2);
    let root = out.join("trust/root.pem");
    assert_eq!(status(&stamp(&["verify", shown(&good), "--trust", shown(&root), "--at", AT])), 0, "plain root");
    let list = out.join("trust/authority.cbor");
    let pinned = stamp(&["verify", shown(&good), "--trust", shown(&list), "--at", AT]);
    assert_eq!(status(&pinned), 0, "a list alone is pinned by the root it carries");
    let fingerprint = report(out)["root_sha256"].as_str().expect("fingerprint").to_owned();
    assert!(text(&pinned.stderr).contains(&fingerprint), "the operator is shown what to compare");
    let mismatch = stamp(&["verify", shown(&good), "--trust", shown(&list), "--trust", shown(&foreign), "--at", AT]);
    assert_eq!(status(&mismatch), 3, "a list that the given root did not sign is not used");
    assert_eq!(status(&judge("verify", &[&good], "2030-08-01", &[])), 2, "an expired list decides nothing");
}

#[test]
fn verify_json_is_one_object_a_line() {
    let (out, _) = demo();
    let good = out.join("sealed/food-licence.pdf");
    let forged = out.join("forged/food-licence--out-of-scope.pdf");
    let output = judge("verify", &[&good, &forged], AT, &["--json"]);
    let lines = json_lines(&output);
    assert_eq!(lines.len(), 2);
    assert_eq!(lines[0]["file"], shown(&good));
    assert_eq!(lines[0]["outcome"], "authentic");
    let seal = &lines[0]["signatures"][0];
    for member in ["field", "intact", "coverage", "modification", "trusted", "signed_at"] {
        assert!(!seal[member].is_null(), "{member} in {seal}");
    }
    assert_eq!((&seal["intact"], &seal["coverage"]), (&Value::Bool(true), &Value::from("file")));
    assert_eq!(lines[0]["list"]["sequence"], 1);
    assert!(!lines[0]["record"].is_null());
    assert_eq!(lines[1]["outcome"], "not-authentic");
    assert_eq!(lines[1]["findings"][0]["code"], "authority.type-not-permitted");
    assert!(lines[1]["record"].is_null(), "nothing is read out of a refused file");
}

#[test]
fn verify_tells_people_in_two_languages_what_and_why() {
    let (out, _) = demo();
    let good = text(&judge("verify", &[&out.join("sealed/food-licence.pdf")], AT, &[]).stdout);
    for part in ["you may accept it", "可以采信", "滨海市市场监督管理局", "no. 1", "JY21099000018462", "record.sample"] {
        assert!(good.contains(part), "{part} in {good}");
    }
    let forged = text(&judge("verify", &[&out.join("forged/food-licence--appended.pdf")], AT, &[]).stdout);
    for part in ["do NOT accept", "不予采信", "change.after-seal", "ask for the original file"] {
        assert!(forged.contains(part), "{part} in {forged}");
    }
    assert!(!forged.contains("JY21099000018462"), "{forged}");
}

#[test]
fn scan_reads_pictures_text_files_and_text() {
    let (out, _) = demo();
    let (picture, file) = (out.join("codes/residence.png"), out.join("codes/residence.txt"));
    let code = std::fs::read_to_string(&file).expect("code");
    let run = |input: &Path, more: &[&str]| status(&judge("scan", &[input], AT, more));
    assert_eq!(run(&picture, &[]), 0);
    assert_eq!(run(&file, &[]), 0);
    assert_eq!(run(Path::new(&code), &[]), 0);
    assert_eq!(run(&out.join("forged/residence--code-edited.png"), &[]), 1);
    assert_eq!(run(&out.join("forged/residence--code-edited.txt"), &[]), 1);
    assert_eq!(run(&out.join("forged/residence--code-unlisted-key.txt"), &[]), 2);
    assert_eq!(run(Path::new("no-such-file.png"), &[]), 3);
    let own = out.join("sealed/residence.pdf");
    let strange = out.join("sealed/employment.pdf");
    assert_eq!(run(&picture, &["--pdf", shown(&own)]), 0);
    assert_eq!(run(&picture, &["--pdf", shown(&strange)]), 1, "the code of another file");
    let lines = json_lines(&judge("scan", &[&picture], AT, &["--json"]));
    assert_eq!(lines.len(), 1);
    assert!(!lines[0]["fields"].as_array().expect("fields").is_empty());
}

/// `stamp keys` in a folder of that name, and the options that use them.
fn keys(name: &str, more: &[&str]) -> (PathBuf, Vec<String>) {
    let out = folder(name);
    let mut arguments = vec!["keys", "--out", shown(&out), "--at", "2030-06-01"];
    arguments.extend(more);
    let output = stamp(&arguments);
    assert_eq!(status(&output), 0, "{}", text(&output.stderr));
    let option = |option: &str, file: &str| [option.to_owned(), shown(&out.join(file)).to_owned()];
    let mut options: Vec<String> =
        [option("--seal", "seal.toml"), option("--key", "seal.key.pem"), option("--chain", "seal.pem")].concat();
    if out.join("code.pem").exists() {
        options.extend([option("--code-key", "code.key.pem"), option("--code-chain", "code.pem")].concat());
    }
    (out, options)
}

fn with(options: &[String], more: &[&str]) -> Output {
    let mut arguments = more.to_vec();
    arguments.extend(options.iter().map(String::as_str));
    stamp(&arguments)
}

fn records() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/data/records")
}

#[test]
fn issue_goes_on_after_a_bad_record_and_names_the_member() {
    let (dir, options) = keys("batch-keys", &[]);
    let (input, output) = (folder("batch-in"), folder("batch-out"));
    let good = std::fs::read_to_string(records().join("social-insurance.json")).expect("record");
    std::fs::write(input.join("a-good.json"), &good).expect("record");
    // one digit of the identifier's serial changed, so that its check character is wrong
    let bad = good.replace(".2030060100218.", ".2030060100219.");
    assert_ne!(bad, good);
    std::fs::write(input.join("b-bad.json"), bad).expect("record");
    std::fs::write(input.join("c-good.json"), &good).expect("record");
    let made = with(
        &options,
        &[
            "issue", "--record", shown(&input), "--template", "social-insurance", "--out", shown(&output), "--code",
            shown(&output), "--at", "2030-06-02T01:00:00Z",
        ],
    );
    let complaint = text(&made.stderr);
    assert_eq!(status(&made), 1, "{complaint}");
    assert!(text(&made.stdout).contains("issued 2 of 3"), "{}", text(&made.stdout));
    let failed: Vec<&str> = complaint.lines().filter(|line| line.starts_with("failed")).collect();
    assert_eq!(failed.len(), 1, "{complaint}");
    assert!(failed[0].contains("b-bad.json") && failed[0].contains("identifier"), "{}", failed[0]);
    let mut files: Vec<String> = std::fs::read_dir(&output)
        .expect("folder")
        .map(|entry| entry.expect("entry").file_name().into_string().expect("name"))
        .collect();
    files.sort();
    assert_eq!(files, ["a-good.pdf", "a-good.png", "a-good.svg", "c-good.pdf", "c-good.png", "c-good.svg"]);
    let list = dir.join("authority.cbor");
    let pdf = output.join("a-good.pdf");
    assert_eq!(status(&stamp(&["verify", shown(&pdf), "--trust", shown(&list), "--at", "2030-06-03"])), 0);
}

#[test]
fn rsa_and_p384_seals_need_a_second_key_for_the_code() {
    let rsa = Path::new(env!("CARGO_MANIFEST_DIR")).join("test-vectors/keys/rsa2048.key.pem");
    let record = records().join("employment.json");
    for (name, more) in [("rsa", ["--rsa-key", shown(&rsa)]), ("p384", ["--algorithm", "p384"])] {
        let (dir, options) = keys(name, &more);
        let out = dir.join("result.pdf");
        let base = ["issue", "--record", shown(&record), "--template", "employment", "--out", shown(&out), "--at", "2030-06-02"];
        let alone = with(&options[..6], &base);
        assert_eq!(status(&alone), 3);
        assert!(text(&alone.stderr).contains("--code-key"), "{}", text(&alone.stderr));
        assert!(!out.exists());
        let made = with(&options, &base);
        assert_eq!(status(&made), 0, "{}", text(&made.stderr));
        let list = dir.join("authority.cbor");
        let verdict = stamp(&["verify", shown(&out), "--trust", shown(&list), "--at", "2030-06-03"]);
        assert_eq!(status(&verdict), 0, "{name}: {}", text(&verdict.stdout));
    }
}

#[test]
fn a_key_of_another_certificate_is_one_clear_line() {
    let (_, mut options) = keys("mismatch", &[]);
    let (other, _) = keys("mismatch-other", &[]);
    options[3] = shown(&other.join("seal.key.pem")).to_owned();
    let record = records().join("employment.json");
    let out = other.join("result.pdf");
    let made = with(&options, &["issue", "--record", shown(&record), "--template", "employment", "--out", shown(&out)]);
    assert_eq!(status(&made), 3);
    let complaint = text(&made.stderr);
    assert_eq!(complaint.lines().count(), 1, "{complaint}");
    assert!(complaint.contains("does not belong to the certificate"), "{complaint}");
    assert!(!out.exists());
}

#[test]
fn keys_overwrite_nothing_and_are_marked_test() {
    let (dir, _) = keys("keys-twice", &[]);
    let before = std::fs::read(dir.join("seal.key.pem")).expect("key");
    let again = stamp(&["keys", "--out", shown(&dir)]);
    assert_eq!(status(&again), 3);
    assert!(text(&again.stderr).contains("not overwritten"), "{}", text(&again.stderr));
    assert_eq!(std::fs::read(dir.join("seal.key.pem")).expect("key"), before);
    let chain = std::fs::read_to_string(dir.join("seal.pem")).expect("chain");
    for certificate in yinxin::pki::Certificate::from_pem_many(&chain).expect("chain") {
        assert!(certificate.common_name().is_some_and(|name| name.contains("TEST 测试")), "{}", certificate.subject());
    }
}

#[test]
fn sealing_made_elsewhere_twice_keeps_both_and_spares_the_input() {
    let (dir, options) = keys("elsewhere", &[]);
    let page = dir.join("page.pdf");
    std::fs::write(&page, one_page()).expect("page");
    let (once, place) = (dir.join("once.pdf"), ["--x", "150", "--y", "240", "--at", "2030-06-02"]);
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
    assert_eq!(std::fs::read(&page).expect("page"), one_page(), "an input is never overwritten");
    let made = seal(&page, &once, &place);
    assert_eq!(status(&made), 0, "{}", text(&made.stderr));
    let list = dir.join("authority.cbor");
    let verdict = stamp(&["verify", shown(&once), "--trust", shown(&list), "--at", "2030-06-03", "--json"]);
    assert_eq!(status(&verdict), 0, "{}", text(&verdict.stdout));
    // The first seal certified the file so that nothing may be added, which another seal would break.
    let twice = seal(&once, &dir.join("twice.pdf"), &place);
    assert_eq!(status(&twice), 1);
    assert!(text(&twice.stderr).contains("certified"), "{}", text(&twice.stderr));
    // An approval seal leaves room; the next one becomes an approval seal by itself.
    let (open, both) = (dir.join("open.pdf"), dir.join("both.pdf"));
    assert_eq!(status(&seal(&page, &open, &["--approval", "--x", "60", "--y", "240", "--at", "2030-06-02"])), 0);
    let made = seal(&open, &both, &place);
    assert_eq!(status(&made), 0, "{}", text(&made.stderr));
    let verdict = stamp(&["verify", shown(&both), "--trust", shown(&list), "--at", "2030-06-03", "--json"]);
    let seals = json_lines(&verdict).remove(0)["signatures"].take();
    let intact: Vec<bool> = seals.as_array().expect("seals").iter().map(|seal| seal["intact"] == true).collect();
    assert_eq!(intact, [true, true], "{seals}");
    assert!(std::fs::read(&both).expect("file").starts_with(&std::fs::read(&open).expect("file")));
}

/// The smallest page that other programs write.
fn one_page() -> Vec<u8> {
    let objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] >>",
    ];
    let mut file = String::from("%PDF-1.7\n");
    let mut table = String::from("xref\n0 4\n0000000000 65535 f \n");
    for (index, object) in objects.iter().enumerate() {
        table.push_str(&format!("{:010} 00000 n \n", file.len()));
        file.push_str(&format!("{} 0 obj\n{object}\nendobj\n", index + 1));
    }
    let start = file.len();
    file.push_str(&format!("{table}trailer\n<< /Size 4 /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n"));
    file.into_bytes()
}
