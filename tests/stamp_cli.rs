//! The promises of the command line: exit statuses, JSON lines, batches, and a demo whose every verdict is right.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

use serde_json::Value;

#[path = "stamp_cli/authority.rs"]
mod authority;
#[path = "stamp_cli/batch.rs"]
mod batch;
#[path = "stamp_cli/codes.rs"]
mod codes;
#[path = "stamp_cli/copying.rs"]
mod copying;
#[path = "stamp_cli/filing.rs"]
mod filing;
#[path = "stamp_cli/handover.rs"]
mod handover;
#[path = "stamp_cli/help.rs"]
mod help;
#[path = "stamp_cli/issuing.rs"]
mod issuing;
#[path = "stamp_cli/key_files.rs"]
mod key_files;
#[path = "stamp_cli/large.rs"]
mod large;
#[path = "stamp_cli/lasting.rs"]
mod lasting;
#[path = "stamp_cli/outputs.rs"]
mod outputs;
#[path = "stamp_cli/register.rs"]
mod register;
#[path = "stamp_cli/seen.rs"]
mod seen;
#[path = "stamp_cli/set.rs"]
mod set;
#[path = "stamp_cli/status.rs"]
mod status_lists;
#[path = "stamp_cli/versions.rs"]
mod versions;

/// An example program: built with the tests, beside their folder.
fn example(name: &str) -> PathBuf {
    let tests = std::env::current_exe().expect("path of this test");
    let target = tests.parent().and_then(Path::parent).expect("target folder");
    target
        .join("examples")
        .join(format!("{name}{}", std::env::consts::EXE_SUFFIX))
}

/// A file among the samples.
fn data(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("examples/data")
        .join(file)
}

fn stamp(arguments: &[&str]) -> Output {
    let made = Command::new(example("stamp")).args(arguments).output();
    made.unwrap_or_else(|e| panic!("{e}; build the program with: cargo build --examples"))
}

/// Kills `stamp` (SIGKILL, as a loss of power would) as soon as `reached`, or after a minute; whether that interrupted it.
#[cfg(unix)]
fn killed(arguments: &[impl AsRef<std::ffi::OsStr>], reached: impl Fn() -> bool) -> bool {
    use std::process::Stdio;
    use std::time::{Duration, Instant};

    let mut child = Command::new(example("stamp"))
        .args(arguments)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("stamp runs");
    let begun = Instant::now();
    let mut ended = false;
    while !ended && !reached() && begun.elapsed() < Duration::from_secs(60) {
        std::thread::sleep(Duration::from_millis(1));
        ended = child.try_wait().expect("status").is_some();
    }
    let interrupted = child.try_wait().expect("status").is_none();
    child.kill().expect("killed");
    child.wait().expect("ended");
    interrupted
}

fn status(output: &Output) -> i32 {
    output.status.code().expect("an exit status")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("UTF-8")
}

/// A folder of its own for each test, emptied.
fn folder(name: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR"))
        .join("stamp_cli")
        .join(name);
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
    text(&output.stdout)
        .lines()
        .map(|line| serde_json::from_str(line).expect("each line is JSON"))
        .collect()
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
    let forged: Vec<&Value> = verdicts
        .iter()
        .filter(|row| {
            row["file"]
                .as_str()
                .is_some_and(|file| file.starts_with("forged/"))
        })
        .collect();
    assert!(forged.len() >= 5 * 12, "{} forgeries", forged.len());
    for row in forged {
        assert_ne!(row["outcome"], "authentic", "{row}");
        assert!(out.join(row["file"].as_str().expect("file")).is_file(), "{row}");
    }
    let authentic = verdicts
        .iter()
        .filter(|row| row["outcome"] == "authentic")
        .count();
    // five results: file, code, picture, both; five kinds of keys for each; four levels and a renewal; a package and its replay; what
    // names a place on a status list, the file and a whole code
    assert_eq!(authentic, 5 * 4 + 5 * 5 + 5 + 2 + 2);
    for kind in ["p256", "ed25519", "rsa2048", "rsa3072", "rsa2048-pss"] {
        let files = std::fs::read_dir(out.join(format!("sealed-{kind}")))
            .expect("folder")
            .count();
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
    assert_eq!(
        status(&stamp(&["verify", shown(&good), "--trust", shown(&missing)])),
        3
    );
    assert_eq!(
        status(&stamp(&["verify", shown(&good), "--trust", shown(&good)])),
        3,
        "a PDF is no trust"
    );
    assert_eq!(status(&stamp(&["nonsense"])), 3);
    assert_eq!(status(&stamp(&["--help"])), 0);
}

#[test]
fn verify_doubts_what_it_has_no_trust_for() {
    let (out, _) = demo();
    let good = out.join("sealed/employment.pdf");
    let foreign = Path::new(env!("CARGO_MANIFEST_DIR")).join("test-vectors/keys/other-root.cert.pem");
    assert_eq!(
        status(&stamp(&[
            "verify",
            shown(&good),
            "--trust",
            shown(&foreign),
            "--at",
            AT
        ])),
        2
    );
    let root = out.join("trust/root.pem");
    assert_eq!(
        status(&stamp(&[
            "verify",
            shown(&good),
            "--trust",
            shown(&root),
            "--at",
            AT
        ])),
        0,
        "plain root"
    );
    let list = out.join("trust/authority.cbor");
    let pinned = stamp(&["verify", shown(&good), "--trust", shown(&list), "--at", AT]);
    assert_eq!(
        status(&pinned),
        0,
        "a list alone is pinned by the root it carries"
    );
    let fingerprint = report(out)["root_sha256"]
        .as_str()
        .expect("fingerprint")
        .to_owned();
    assert!(
        text(&pinned.stderr).contains(&fingerprint),
        "the operator is shown what to compare"
    );
    let mismatch = stamp(&[
        "verify",
        shown(&good),
        "--trust",
        shown(&list),
        "--trust",
        shown(&foreign),
        "--at",
        AT,
    ]);
    assert_eq!(
        status(&mismatch),
        3,
        "a list that the given root did not sign is not used"
    );
    assert_eq!(
        status(&judge("verify", &[&good], "2030-08-01", &[])),
        2,
        "an expired list decides nothing"
    );
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
    for member in [
        "field",
        "intact",
        "coverage",
        "modification",
        "trusted",
        "signed_at",
    ] {
        assert!(!seal[member].is_null(), "{member} in {seal}");
    }
    assert_eq!(
        (&seal["intact"], &seal["coverage"]),
        (&Value::Bool(true), &Value::from("file"))
    );
    assert_eq!(lines[0]["list"]["sequence"], 1);
    assert!(!lines[0]["record"].is_null());
    assert_eq!(lines[1]["outcome"], "not-authentic");
    assert_eq!(lines[1]["findings"][0]["code"], "authority.type-not-permitted");
    assert!(
        lines[1]["record"].is_null(),
        "nothing is read out of a refused file"
    );
}

#[test]
fn verify_tells_people_in_two_languages_what_and_why() {
    let (out, _) = demo();
    let good = text(&judge("verify", &[&out.join("sealed/food-licence.pdf")], AT, &[]).stdout);
    for part in [
        "NO: a SAMPLE without effect",
        "不得作为办事依据",
        "滨海市市场监督管理局",
        "no. 1",
        "JY21099000018462",
        "record.sample",
    ] {
        assert!(good.contains(part), "{part} in {good}");
    }
    let forged = text(
        &judge(
            "verify",
            &[&out.join("forged/food-licence--appended.pdf")],
            AT,
            &[],
        )
        .stdout,
    );
    for part in [
        "do NOT accept",
        "不予采信",
        "change.after-seal",
        "ask for the original file",
    ] {
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
    assert_eq!(
        run(&picture, &["--pdf", shown(&strange)]),
        1,
        "the code of another file"
    );
    let verify = |code: &Path| status(&judge("verify", &[&own], AT, &["--code", shown(code)]));
    assert_eq!(verify(&file), 0);
    assert_eq!(
        verify(&out.join("codes/employment.txt")),
        1,
        "the code of another file"
    );
    let lines = json_lines(&judge("scan", &[&picture], AT, &["--json"]));
    assert_eq!(lines.len(), 1);
    assert!(!lines[0]["fields"].as_array().expect("fields").is_empty());
}
