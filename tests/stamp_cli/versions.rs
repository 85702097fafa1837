//! `stamp verify a.pdf b.pdf`: versions of one result given together.

use std::path::{Path, PathBuf};

use yinxin::limits::Limits;
use yinxin::record::{Identifier, Record};

use super::issuing::{keys, with};
use super::{data, folder, json_lines, shown, stamp, status, text};

const AT: &str = "2030-06-05T00:00:00Z";

/// A result in two versions, and one of another certificate.
fn versions(name: &str) -> (PathBuf, [PathBuf; 3]) {
    let (keys, options) = keys(&format!("{name}-keys"), &[]);
    let dir = folder(name);
    let json = data("records/employment.json");
    let record = Record::from_json(&std::fs::read(json).expect("record"), &Limits::DEFAULT).expect("record");
    let issue = |file: &str, serial: &str, version: u16, education: &str| {
        let mut parts = record.clone().into_parts();
        let old = &parts.identifier;
        parts.identifier =
            Identifier::compose(old.type_code(), old.issuer_code(), serial, version).expect("identifier");
        parts.fields[3].value = education.to_owned();
        let (source, out) = (dir.join(format!("{file}.json")), dir.join(format!("{file}.pdf")));
        std::fs::write(&source, Record::new(parts).expect("record").to_json()).expect("record");
        let issue = [
            "issue",
            "--record",
            shown(&source),
            "--template",
            "employment",
            "--out",
            shown(&out),
        ];
        let made = with(&options, &[&issue[..], &["--at", "2030-06-02"]].concat());
        assert_eq!(status(&made), 0, "{}", text(&made.stderr));
        out
    };
    let files = [
        issue("old", "2030051604471", 1, "大学本科"),
        issue("new", "2030051604471", 2, "硕士研究生"),
        issue("other", "2030051604472", 1, "大学本科"),
    ];
    (keys, files)
}

/// The record of `file` issued anew as `version`, with the keys in `keys`.
fn issue_again(keys: &Path, file: &Path, version: u16) -> PathBuf {
    let json = std::fs::read(file.with_extension("json")).expect("record");
    let mut parts = Record::from_json(&json, &Limits::DEFAULT)
        .expect("record")
        .into_parts();
    let old = &parts.identifier;
    parts.identifier =
        Identifier::compose(old.type_code(), old.issuer_code(), old.serial(), version).expect("identifier");
    parts.valid_to = Some("2030-06-04".parse().expect("day"));
    let (source, out) = (
        file.with_file_name("again.json"),
        file.with_file_name("latest.pdf"),
    );
    std::fs::write(&source, Record::new(parts).expect("record").to_json()).expect("record");
    let mut issue = vec!["issue", "--record", shown(&source), "--template", "employment"];
    issue.extend(["--out", shown(&out), "--at", "2030-06-02"]);
    let files = ["seal.toml", "seal.key.pem", "seal.pem"].map(|name| keys.join(name));
    for (option, file) in ["--seal", "--key", "--chain"].into_iter().zip(&files) {
        issue.extend([option, shown(file)]);
    }
    let made = stamp(&issue);
    assert_eq!(status(&made), 0, "{}", text(&made.stderr));
    out
}

fn verify(keys: &Path, files: &[&PathBuf], more: &[&str]) -> std::process::Output {
    let (list, root) = (keys.join("authority.cbor"), keys.join("root.pem"));
    let mut arguments = vec!["verify"];
    arguments.extend(files.iter().map(|file| shown(file)));
    arguments.extend(["--trust", shown(&list), "--trust", shown(&root), "--at", AT]);
    arguments.extend(more);
    stamp(&arguments)
}

#[test]
fn later_version_stands_in_either_order() {
    let (keys, [old, new, other]) = versions("versions");
    for files in [[&old, &new, &other], [&new, &other, &old]] {
        let lines = verify(&keys, &files, &["--json"]);
        assert_eq!(status(&lines), 1, "one of them does not stand");
        for line in json_lines(&lines) {
            let is_old = line["file"] == shown(&old);
            assert_eq!(
                line["outcome"],
                if is_old { "not-authentic" } else { "authentic" },
                "{line}"
            );
            assert_eq!(line.get("replaced_by").is_some(), is_old, "{line}");
            if is_old {
                assert_eq!(line["findings"][0]["code"], "status.replaced");
                assert_eq!(line["replaced_by"]["file"], shown(&new));
                let by = line["replaced_by"]["identifier"].as_str().expect("identifier");
                assert!(by.contains(".2030051604471.002."), "{by}");
            }
        }
        let said = text(&verify(&keys, &files, &[]).stdout);
        for part in [
            "versions of one result 同一证照的各版本: 1.2.156.",
            &format!("stands 现行: {}, version 第 002 版", shown(&new)),
            &format!("replaced 已换发: {}, version 第 001 版", shown(&old)),
        ] {
            assert!(said.contains(part), "{part} in {said}");
        }
    }
}

#[test]
fn files_that_are_no_versions_of_one_result_stay_as_they_are() {
    let (keys, [old, _, other]) = versions("versions-apart");
    let both = verify(&keys, &[&old, &other], &[]);
    assert_eq!(status(&both), 0);
    assert!(!text(&both.stdout).contains("versions of one result"));
    assert_eq!(
        status(&verify(&keys, &[&old], &[])),
        0,
        "alone, nothing says that it was replaced"
    );
}

/// A department that issues one version with two contents has to say which it meant.
#[test]
fn two_contents_of_one_version_leave_it_open_which_stands() {
    let (keys, [first, ..]) = versions("versions-first");
    let again = first.with_file_name("again.pdf");
    std::fs::copy(&first, &again).expect("copy");
    let twice = verify(&keys, &[&first, &again], &[]);
    assert_eq!(status(&twice), 0, "the same file twice is no quarrel");
    let record = first.with_extension("json");
    let changed = std::fs::read_to_string(&record)
        .expect("record")
        .replace("大学本科", "大学专科");
    std::fs::write(&record, changed).expect("record");
    let second = first.with_file_name("second.pdf");
    let files = [
        keys.join("seal.toml"),
        keys.join("seal.key.pem"),
        keys.join("seal.pem"),
    ];
    let issue = ["issue", "--record", shown(&record), "--template", "employment"];
    let mut issue = [&issue[..], &["--out", shown(&second), "--at", "2030-06-02"]].concat();
    for (option, file) in ["--seal", "--key", "--chain"].into_iter().zip(&files) {
        issue.extend([option, shown(file)]);
    }
    assert_eq!(status(&stamp(&issue)), 0);
    let both = verify(&keys, &[&first, &second], &["--json"]);
    assert_eq!(status(&both), 2);
    for line in json_lines(&both) {
        assert_eq!(line["findings"][0]["code"], "status.forked", "{line}");
    }
}

#[test]
fn forged_version_takes_nobodys_place() {
    let (keys, [old, new, _]) = versions("versions-forged");
    let mut bytes = std::fs::read(&new).expect("file");
    let at = bytes.len() / 2;
    bytes[at] ^= 1;
    std::fs::write(&new, bytes).expect("file");
    let lines = json_lines(&verify(&keys, &[&old, &new], &["--json"]));
    assert_eq!(lines[0]["outcome"], "authentic", "{}", lines[0]);
    assert_ne!(lines[1]["outcome"], "authentic");
}

/// The later version keeps its place after its last day: the one before does not stand again, and nothing may say so.
#[test]
fn nothing_stands_where_the_latest_version_has_expired() {
    let (keys, [old, new, _]) = versions("versions-expired");
    let latest = issue_again(&keys, &new, 3);
    let files = [&old, &new, &latest];
    let lines = json_lines(&verify(&keys, &files, &["--json"]));
    for line in &lines {
        assert_eq!(line["outcome"], "not-authentic", "{line}");
        assert!(line.get("replaced_by").is_none(), "{line}");
    }
    assert_eq!(lines[2]["findings"][0]["code"], "record.expired", "{}", lines[2]);
    let said = text(&verify(&keys, &files, &[]).stdout);
    for part in ["stands 现行", "versions of one result"] {
        assert!(!said.contains(part), "{part} in {said}");
    }
}
