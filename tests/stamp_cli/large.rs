//! Files that are not read into memory: sealed as a copy and in place, verified, within 64 MB.

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use super::issuing::{keys, with};
use super::{example, shown, stamp, status, text};

#[path = "../common/scan.rs"]
mod scan;

/// A scanned document of `megabytes` in `folder`.
pub fn scanned(folder: &Path, megabytes: u32) -> PathBuf {
    let path = folder.join("scan.pdf");
    let mut output = BufWriter::new(File::create(&path).expect("file"));
    scan::write(&mut output, megabytes, 1024, scan::Picture::Noise, true).expect("written");
    output.flush().expect("written");
    path
}

pub const PLACE: [&str; 6] = ["--x", "100", "--y", "150", "--at", "2030-06-02"];

fn verify(file: &Path, dir: &Path) -> Output {
    let root = dir.join("root.pem");
    stamp(&[
        "verify",
        shown(file),
        "--trust",
        shown(&root),
        "--at",
        "2030-06-03",
        "--json",
    ])
}

fn names(dir: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(dir).expect("folder");
    let mut names: Vec<String> = entries
        .map(|entry| entry.expect("entry").file_name().into_string().expect("UTF-8"))
        .collect();
    names.sort();
    names
}

#[test]
fn a_large_file_is_sealed_as_a_copy_or_in_place_and_a_failure_leaves_nothing() {
    let (dir, options) = keys("large", &[]);
    let scan = scanned(&dir, 12);
    let before = std::fs::read(&scan).expect("scan");
    let copy = dir.join("copy.pdf");
    let seal = |input: &Path, more: &[&str]| {
        let mut arguments = vec!["seal", shown(input)];
        arguments.extend(more);
        arguments.extend(PLACE);
        with(&options, &arguments)
    };
    let made = seal(&scan, &["--out", shown(&copy)]);
    assert_eq!(status(&made), 0, "{}", text(&made.stderr));
    let copied = std::fs::read(&copy).expect("copy");
    assert!(copied.starts_with(&before) && copied.len() < before.len() + 200_000);
    assert!(
        std::fs::read(&scan).expect("scan") == before,
        "the input is spared"
    );
    let verdict = verify(&copy, &dir);
    assert_eq!(status(&verdict), 0, "{}", text(&verdict.stdout));

    // The copy is certified: another seal is refused, and neither a file nor a change is left behind.
    let all = names(&dir);
    for more in [&["--in-place"][..], &["--out", shown(&dir.join("twice.pdf"))]] {
        let refused = seal(&copy, more);
        assert_eq!(status(&refused), 1);
        assert!(
            text(&refused.stderr).contains("certified"),
            "{}",
            text(&refused.stderr)
        );
        assert_eq!(names(&dir), all);
        assert!(std::fs::read(&copy).expect("copy") == copied);
    }
    let both = seal(&scan, &["--in-place", "--out", shown(&copy)]);
    assert_eq!(status(&both), 3, "in place or a copy");

    let made = seal(&scan, &["--in-place", "--approval"]);
    assert_eq!(status(&made), 0, "{}", text(&made.stderr));
    let made = seal(&scan, &["--in-place", "--allow-overlap"]);
    assert_eq!(status(&made), 0, "{}", text(&made.stderr));
    assert!(std::fs::read(&scan).expect("scan").starts_with(&before));
    let verdict = super::json_lines(&verify(&scan, &dir)).remove(0);
    let intact: Vec<bool> = verdict["signatures"]
        .as_array()
        .expect("seals")
        .iter()
        .map(|seal| seal["intact"] == true)
        .collect();
    assert_eq!(intact, [true, true], "{verdict}");

    // One byte of a picture, in the middle of what was not kept.
    let mut changed = copied;
    changed[6_000_000] ^= 1;
    std::fs::write(&copy, changed).expect("written");
    assert_eq!(status(&verify(&copy, &dir)), 1);
}

#[test]
fn small_files_are_sealed_in_place_too() {
    let (dir, options) = keys("in-place", &[]);
    let page = dir.join("page.pdf");
    std::fs::write(&page, super::issuing::one_page()).expect("page");
    let made = with(
        &options,
        &[&["seal", shown(&page), "--in-place"][..], &PLACE].concat(),
    );
    assert_eq!(status(&made), 0, "{}", text(&made.stderr));
    assert!(
        std::fs::read(&page)
            .expect("page")
            .starts_with(&super::issuing::one_page())
    );
    assert_eq!(status(&verify(&page, &dir)), 0);
}

#[test]
fn memory_does_not_grow_with_the_file() {
    const MOST: u64 = 64 << 10;
    if !Path::new("/usr/bin/time").exists() {
        println!("skipped: /usr/bin/time is not installed (package: time)");
        return;
    }
    let (dir, options) = keys("memory", &[]);
    let scan = scanned(&dir, 160);
    let copy = dir.join("copy.pdf");
    let root = dir.join("root.pem");
    let mut seal = vec!["seal", shown(&scan), "--out", shown(&copy)];
    seal.extend(PLACE);
    seal.extend(options.iter().map(String::as_str));
    let verify = [
        "verify",
        shown(&copy),
        "--trust",
        shown(&root),
        "--at",
        "2030-06-03",
    ];
    for arguments in [&seal[..], &verify] {
        let report = dir.join("time.txt");
        let timed = Command::new("/usr/bin/time")
            .args(["-f", "%M", "-o", shown(&report)])
            .arg(example("stamp"))
            .args(arguments)
            .output();
        let timed = timed.expect("time runs");
        assert_eq!(status(&timed), 0, "{}", text(&timed.stderr));
        let kilobytes: u64 = std::fs::read_to_string(&report)
            .expect("report")
            .trim()
            .parse()
            .expect("a number");
        assert!(kilobytes < MOST, "{}: {kilobytes} KB", arguments[0]);
    }
    // Nobody needs these again.
    let _ = std::fs::remove_file(scan);
    let _ = std::fs::remove_file(copy);
}
