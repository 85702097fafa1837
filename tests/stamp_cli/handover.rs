//! `hand-over make`, `check`, `extract`, and records that are sealed as they are written.

use std::path::Path;
use std::process::Output;

use super::issuing::{keys, with};
use super::{AT, demo, folder, json_lines, judge, shown, stamp, status, text};

/// A package of a genuine or forged file of the demo, sealed with throw-away keys; the folder, and the outcome.
fn made(name: &str, file: &str, more: &[&str]) -> (std::path::PathBuf, Output) {
    let (dir, options) = keys(name, &[]);
    let (demo, _) = demo();
    let (file, package) = (demo.join(file), dir.join("package.pdf"));
    let (list, root) = (demo.join("trust/authority.cbor"), demo.join("trust/root.pem"));
    let mut arguments = vec![
        "hand-over",
        "make",
        shown(&file),
        "--out",
        shown(&package),
        "--at",
        AT,
    ];
    arguments.extend(["--trust", shown(&list), "--trust", shown(&root)]);
    arguments.extend(["--asked-by", "滨海市住房公积金管理中心", "--purpose", "提取"]);
    arguments.extend(more);
    let output = with(&options, &arguments);
    (dir, output)
}

fn check(dir: &Path, package: &Path, more: &[&str]) -> Output {
    let (demo, _) = demo();
    let (root, own) = (demo.join("trust/root.pem"), dir.join("root.pem"));
    let mut arguments = vec!["hand-over", "check", shown(package), "--at", AT];
    arguments.extend(["--trust", shown(&root), "--trust", shown(&own)]);
    arguments.extend(more);
    stamp(&arguments)
}

#[test]
fn package_is_made_checked_and_taken_apart() {
    let (dir, output) = made("hand-over", "sealed/residence.pdf", &[]);
    assert_eq!(
        status(&output),
        0,
        "{}{}",
        text(&output.stdout),
        text(&output.stderr)
    );
    let package = dir.join("package.pdf");

    let said = check(&dir, &package, &[]);
    assert_eq!(status(&said), 0, "{}{}", text(&said.stdout), text(&said.stderr));
    for part in [
        "received.pdf",
        "list-1.cbor",
        "逐字节相同",
        "the same report to the last byte",
    ] {
        assert!(
            text(&said.stdout).contains(part),
            "{part}: {}",
            text(&said.stdout)
        );
    }
    let lines = json_lines(&check(&dir, &package, &["--json"]));
    assert_eq!(lines[0]["replay"]["agreement"], "identical");
    assert_eq!(lines[0]["package"]["outcome"], "authentic");

    let parts = folder("hand-over-parts");
    let extract = |more: &[&str]| {
        let mut arguments = vec!["hand-over", "extract", shown(&package), "--out", shown(&parts)];
        arguments.extend(more);
        status(&stamp(&arguments))
    };
    assert_eq!(extract(&[]), 0);
    let received = std::fs::read(parts.join("received.pdf")).expect("part");
    assert!(received == std::fs::read(demo().0.join("sealed/residence.pdf")).expect("file"));
    std::fs::write(parts.join("report.json"), "mine").expect("written");
    assert_eq!(extract(&[]), 3, "nothing is overwritten unless asked");
    assert_eq!(std::fs::read(parts.join("report.json")).expect("part"), b"mine");
    assert_eq!(extract(&["--force"]), 0);
    assert_ne!(std::fs::read(parts.join("report.json")).expect("part"), b"mine");
}

#[test]
fn changed_packages_and_foreign_roots_are_told() {
    let (dir, output) = made("hand-over-changed", "sealed/residence.pdf", &[]);
    assert_eq!(status(&output), 0);
    let package = dir.join("package.pdf");
    let mut bytes = std::fs::read(&package).expect("package");
    let place = bytes
        .windows(7)
        .position(|window| window == b"startxr")
        .expect("a table");
    bytes[place / 2] ^= 1;
    let changed = dir.join("changed.pdf");
    std::fs::write(&changed, bytes).expect("written");
    assert_eq!(status(&check(&dir, &changed, &[])), 1);
    // Under the department's root alone the package is theirs, and the verification cannot be made again.
    let own = dir.join("root.pem");
    let said = stamp(&[
        "hand-over",
        "check",
        shown(&package),
        "--at",
        AT,
        "--trust",
        shown(&own),
    ]);
    assert_eq!(status(&said), 2, "{}", text(&said.stdout));
    let sealed = demo().0.join("sealed/residence.pdf");
    assert_eq!(status(&check(&dir, &sealed, &[])), 1, "a file that is no package");
}

/// A result that is not in force yet would be, as of a time that has not come.
#[test]
fn package_as_of_a_time_to_come_is_not_relied_on() {
    let (dir, output) = made("hand-over-early", "sealed/residence.pdf", &[]);
    assert_eq!(status(&output), 0);
    let package = dir.join("package.pdf");
    for (at, wanted) in [("2030-06-05T08:54:00Z", 2), ("2030-06-05T08:56:00Z", 0)] {
        let (root, own) = (demo().0.join("trust/root.pem"), dir.join("root.pem"));
        let check = [
            "hand-over",
            "check",
            shown(&package),
            "--at",
            at,
            "--trust",
            shown(&root),
        ];
        let check = [&check[..], &["--trust", shown(&own)]].concat();
        let said = stamp(&check);
        assert_eq!(status(&said), wanted, "{at}: {}", text(&said.stdout));
        assert_eq!(text(&said.stdout).contains("which has not come yet"), wanted == 2);
        let lines = json_lines(&stamp(&[&check[..], &["--json"]].concat()));
        assert_eq!(lines[0]["error"].is_null(), wanted == 0, "{}", lines[0]["error"]);
    }
}

#[test]
fn refusals_and_typed_numbers_are_handed_over() {
    let (dir, output) = made("hand-over-forged", "forged/food-licence--appended.pdf", &[]);
    assert_eq!(status(&output), 1, "the status of the verdict");
    assert_eq!(
        status(&check(&dir, &dir.join("package.pdf"), &[])),
        0,
        "the refusal stands"
    );

    let number = "109900198809264025";
    let (dir, output) = made("hand-over-holder", "sealed/residence.pdf", &["--holder", number]);
    assert_eq!(status(&output), 0, "{}", text(&output.stderr));
    let package = dir.join("package.pdf");
    assert_eq!(status(&check(&dir, &package, &[])), 2, "the number is not kept");
    assert_eq!(status(&check(&dir, &package, &["--holder", number])), 0);
}

#[test]
fn package_of_nobody_or_for_nothing_is_not_made() {
    let (dir, options) = keys("hand-over-unsaid", &[]);
    let (file, root) = (
        demo().0.join("sealed/residence.pdf"),
        demo().0.join("trust/root.pem"),
    );
    let package = dir.join("package.pdf");
    for (asked_by, purpose, wanted) in [
        (
            " ",
            "提取",
            "--asked-by: it is not said who verified; give the name",
        ),
        (
            "公积金中心",
            "",
            "--purpose: it is not said what the file was handed in for; give",
        ),
    ] {
        let make = [
            "hand-over",
            "make",
            shown(&file),
            "--out",
            shown(&package),
            "--at",
            AT,
        ];
        let words = [
            "--trust",
            shown(&root),
            "--asked-by",
            asked_by,
            "--purpose",
            purpose,
        ];
        let made = with(&options, &[&make[..], &words].concat());
        let said = text(&made.stderr);
        assert_eq!(status(&made), 3, "{said}");
        assert!(said.contains(wanted), "{said}");
        assert!(!package.exists());
    }
}

#[test]
fn record_is_sealed_as_it_is_written() {
    let (dir, _) = keys("record-sealed", &[]);
    let file = demo().0.join("sealed/residence.pdf");
    let (record, seal, key, chain, root) = (
        dir.join("record.pdf"),
        dir.join("seal.toml"),
        dir.join("seal.key.pem"),
        dir.join("seal.pem"),
        dir.join("root.pem"),
    );
    let mut more = vec![
        "--record",
        shown(&record),
        "--asked-by",
        "滨海市住房公积金管理中心",
    ];
    more.extend(["--record-seal", shown(&seal), "--record-key", shown(&key)]);
    more.extend(["--record-chain", shown(&chain)]);
    let made = judge("verify", &[&file], AT, &more);
    assert_eq!(status(&made), 0, "{}", text(&made.stderr));
    let verdict = stamp(&["verify", shown(&record), "--trust", shown(&root), "--at", AT]);
    assert_eq!(status(&verdict), 0, "{}", text(&verdict.stdout));
    let alone = judge("verify", &[&file], AT, &["--record-key", shown(&key)]);
    assert_eq!(status(&alone), 3, "a key without a record to seal");
}
