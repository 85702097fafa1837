//! What is seen is what was sealed: the linter before sealing, the sealed bytes after it.

use super::issuing::{keys, with, written};
use super::{folder, json_lines, shown, stamp, status, text};

/// A page with `entries` in the catalog.
fn page(entries: &str) -> Vec<u8> {
    written(&[
        &format!("<< /Type /Catalog /Pages 2 0 R {entries} >>"),
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << >> >>",
    ])
}

const SCRIPT: &str = "/OpenAction<</S/JavaScript/JS(app.alert\\(1\\))>>";
const LINK: &str = "/OpenAction[3 0 R/Fit]";

#[test]
fn lint_says_0_1_and_3_and_what_it_found() {
    let dir = folder("lint");
    let (script, plain, missing) = (
        dir.join("script.pdf"),
        dir.join("plain.pdf"),
        dir.join("none.pdf"),
    );
    std::fs::write(&script, page(SCRIPT)).expect("file");
    std::fs::write(&plain, page(LINK)).expect("file");
    let quiet = stamp(&["lint", shown(&plain)]);
    assert_eq!(status(&quiet), 0, "{}", text(&quiet.stdout));
    let found = stamp(&["lint", shown(&script), shown(&plain)]);
    assert_eq!(status(&found), 1);
    let said = text(&found.stdout);
    assert!(
        said.contains("DOUBT 存疑 seen.runs-by-itself") && said.contains("JavaScript at Root/OpenAction"),
        "{said}"
    );
    let lines = json_lines(&stamp(&["lint", "--json", shown(&script), shown(&plain)]));
    assert_eq!(lines.len(), 2);
    assert_eq!(lines[0]["findings"][0]["code"], "seen.runs-by-itself");
    assert_eq!(lines[1]["findings"].as_array().map(Vec::len), Some(0));
    assert_eq!(status(&stamp(&["lint", shown(&missing)])), 3);
}

#[test]
fn seal_warns_of_a_script_and_refuses_it_when_strict() {
    let (dir, options) = keys("strict", &[]);
    let (script, plain, out) = (dir.join("script.pdf"), dir.join("plain.pdf"), dir.join("out.pdf"));
    std::fs::write(&script, page(SCRIPT)).expect("file");
    std::fs::write(&plain, page(LINK)).expect("file");
    let seal = |file, more: &[&str]| {
        let place = ["--x", "100", "--y", "100", "--at", "2030-06-02"];
        let files = ["seal", file, "--out", shown(&out)];
        with(&options, &[&files[..], &place, more].concat())
    };
    let refused = seal(shown(&script), &["--strict"]);
    assert_eq!(status(&refused), 1);
    let said = text(&refused.stderr);
    assert!(
        said.contains("seen.runs-by-itself") && said.contains("--strict"),
        "{said}"
    );
    assert!(!out.exists());
    let quiet = seal(shown(&plain), &["--strict"]);
    assert_eq!(status(&quiet), 0, "{}", text(&quiet.stderr));
    assert!(
        !text(&quiet.stderr).contains("warning"),
        "{}",
        text(&quiet.stderr)
    );
    let warned = seal(shown(&script), &[]);
    assert_eq!(status(&warned), 0);
    let said = text(&warned.stderr);
    assert!(
        said.contains("warning 注意") && said.contains("seen.runs-by-itself"),
        "{said}"
    );
}

#[test]
fn the_revision_that_was_sealed_is_written_byte_for_byte_and_verifies_by_itself() {
    let (dir, options) = keys("revision", &[]);
    let (plain, once, twice) = (dir.join("plain.pdf"), dir.join("once.pdf"), dir.join("twice.pdf"));
    std::fs::write(&plain, page("")).expect("file");
    for (from, to, y) in [(&plain, &once, "60"), (&once, &twice, "160")] {
        let place = ["--x", "100", "--y", y, "--approval", "--at", "2030-06-02"];
        let files = ["seal", shown(from), "--out", shown(to)];
        let made = with(&options, &[&files[..], &place].concat());
        assert_eq!(status(&made), 0, "{}", text(&made.stderr));
    }
    let told = stamp(&["revision", shown(&twice)]);
    assert_eq!(status(&told), 0, "{}", text(&told.stderr));
    let first = std::fs::read(&once).expect("file");
    let said = text(&told.stdout);
    assert!(
        said.contains("Seal1: revision 版本 2 of 3") && said.contains("Seal2: revision 版本 3 of 3"),
        "{said}"
    );
    assert!(said.contains(&format!("bytes 字节 {},", first.len())), "{said}");
    let out = dir.join("first.pdf");
    let several = stamp(&["revision", shown(&twice), "--out", shown(&out)]);
    assert_eq!(status(&several), 3);
    assert!(
        text(&several.stderr).contains("--field"),
        "{}",
        text(&several.stderr)
    );
    let unknown = stamp(&[
        "revision",
        shown(&twice),
        "--field",
        "Seal9",
        "--out",
        shown(&out),
    ]);
    assert_eq!(status(&unknown), 3);
    assert!(!out.exists());
    let written = stamp(&[
        "revision",
        shown(&twice),
        "--field",
        "Seal1",
        "--out",
        shown(&out),
    ]);
    assert_eq!(status(&written), 0, "{}", text(&written.stderr));
    assert_eq!(
        std::fs::read(&out).expect("file"),
        first,
        "what the first signer saw"
    );
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
    let input = stamp(&["revision", shown(&once), "--out", shown(&once)]);
    assert_eq!(status(&input), 3, "an input is never overwritten");
}
