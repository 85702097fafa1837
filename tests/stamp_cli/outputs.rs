//! What people give and name by mistake: devices, `-`, the longest names, texts of other editors, lists of other programs.

use std::path::{Path, PathBuf};

use super::issuing::{keys, with};
use super::{data, demo, folder, shown, stamp, status, text};

const URI: &str = "https://zt.binhai.example/s/8";

/// `stamp status new` into `out`: a small output.
fn list(options: &[String], out: &Path) -> (i32, String) {
    let new = ["status", "new", "--uri", URI, "--size", "8", "--out", shown(out)];
    let made = with(&options[2..], &new);
    (status(&made), text(&made.stderr))
}

#[cfg(unix)]
#[test]
fn no_device_and_no_link_to_one_is_replaced_by_a_file() {
    let (_, options) = keys("outputs-device-keys", &[]);
    let dir = folder("outputs-device");
    let link = dir.join("stdout");
    std::os::unix::fs::symlink("/dev/null", &link).expect("link");
    // As /dev/stdout is, where the output of the program goes into a file.
    let own = dir.join("own");
    std::os::unix::fs::symlink("/proc/self/fd/1", &own).expect("link");
    for target in [link.as_path(), own.as_path(), dir.as_path()] {
        let (status, said) = list(&options, target);
        assert_eq!(status, 3, "{said}");
        assert!(said.contains("is a folder or a device; name a file"), "{said}");
    }
    for link in [link, own] {
        assert!(link.symlink_metadata().expect("link").is_symlink());
    }
    let (status, said) = list(&options, Path::new("-"));
    assert_eq!(status, 3);
    assert!(
        said.contains("-: nothing is written to standard output"),
        "{said}"
    );
    assert!(!Path::new("-").exists());
}

#[test]
fn longest_names_can_be_written() {
    let (_, options) = keys("outputs-long-keys", &[]);
    let out = folder("outputs-long").join("名".repeat(85));
    assert_eq!(list(&options, &out), (0, String::new()));
    assert!(out.is_file());
    assert_eq!(
        out.parent().expect("folder").read_dir().expect("folder").count(),
        1
    );
}

#[test]
fn texts_of_other_editors_are_read_or_said_to_be_what_they_are() {
    let (dir, options) = keys("outputs-marked-keys", &[]);
    let folder = folder("outputs-marked");
    let record = data("records/employment.json");
    let record = std::fs::read_to_string(record).expect("record");
    let marked = folder.join("记录 一.json");
    std::fs::write(&marked, format!("\u{feff}{}", record.replace('\n', "\r\n"))).expect("record");
    let out = folder.join("结果 一.pdf");
    let issue = [
        "issue",
        "--template",
        "employment",
        "--at",
        "2030-06-02",
        "--record",
    ];
    let made = with(
        &options,
        &[&issue[..], &[shown(&marked), "--out", shown(&out)]].concat(),
    );
    assert_eq!(status(&made), 0, "{}", text(&made.stderr));
    let pem = std::fs::read_to_string(dir.join("root.pem")).expect("root");
    let wide: Vec<u8> = format!("\u{feff}{pem}")
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    let root = folder.join("root.pem");
    std::fs::write(&root, &wide).expect("root");
    let verified = stamp(&["verify", shown(&out), "--trust", shown(&root)]);
    assert_eq!(status(&verified), 3);
    let said = text(&verified.stderr);
    assert!(said.contains("is text in UTF-16; save it as UTF-8"), "{said}");
    let toml = folder.join("list.toml");
    std::fs::write(&toml, &wide).expect("list");
    let built = stamp(&[
        "authority",
        "build",
        shown(&toml),
        "--out",
        shown(&folder.join("list")),
    ]);
    assert!(
        text(&built.stderr).contains("is text in UTF-16"),
        "{}",
        text(&built.stderr)
    );
}

#[test]
fn lists_of_other_programs_are_called_what_they_are() {
    let folder = folder("outputs-foreign");
    let file = folder.join("list");
    for (bytes, wanted) in [
        (&b"eyJhbGciOiJFUzI1NiJ9.e30.AA"[..], "status list in JSON (JWT)"),
        (
            &[0xd8, 0x3d, 0xd2, 0x84, 0x40, 0xa0, 0x40, 0x40],
            "another tag than 18",
        ),
        (
            &[0x84, 0x43, 0xa1, 0x01, 0x26, 0xa0, 0x40, 0x40],
            "another tag than 18",
        ),
        (
            b"PK\x03\x04",
            "neither an authority list, a set of roots, a status list nor",
        ),
    ] {
        std::fs::write(&file, bytes).expect("list");
        let verified = stamp(&["verify", shown(&file), "--trust", shown(&file)]);
        let said = text(&verified.stderr);
        assert_eq!(status(&verified), 3, "{said}");
        assert!(said.contains(wanted), "{wanted}: {said}");
    }
}

/// A list of that one record, in `dir`.
fn line(record: &Path, dir: &Path) -> PathBuf {
    let list = dir.join("list.jsonl");
    let record = std::fs::read_to_string(record).expect("record");
    std::fs::write(&list, record.replace('\n', " ")).expect("list");
    list
}

/// There may be no other copy of a key: no command takes its file for an output, nor what it is given to trust or to read.
#[test]
fn no_command_writes_over_what_it_was_given() {
    let (dir, options) = keys("outputs-inputs-keys", &[]);
    let (demo, _) = demo();
    let seal = ["seal.key.pem", "seal.pem", "seal.toml"].map(|name| dir.join(name));
    let (root, draft) = (dir.join("root.pem"), demo.join("drafts/residence.pdf"));
    let record = data("records/employment.json");
    let list = line(&record, &dir);
    let folder = folder("outputs-inputs");
    let refused = |arguments: &[&str], options: &[String], out: &Path| {
        let before = std::fs::read(out).expect("input");
        let made = with(options, arguments);
        let said = text(&made.stderr);
        assert_ne!(status(&made), 0, "{arguments:?}");
        assert!(
            said.contains("is an input and is not overwritten"),
            "{arguments:?}: {said}"
        );
        assert!(std::fs::read(out).expect("input") == before, "{arguments:?}");
    };
    let sealed = demo.join("sealed/residence.pdf");
    for out in &seal {
        refused(&["seal", shown(&draft), "--out", shown(out)], &options, out);
        let made = [
            "hand-over",
            "make",
            shown(&sealed),
            "--asked-by",
            "A",
            "--purpose",
            "B",
            "--out",
            shown(out),
        ];
        refused(&[&made[..], &["--trust", shown(&root)]].concat(), &options, out);
    }
    for out in &seal[..2] {
        let new = ["status", "new", "--uri", URI, "--size", "8", "--out", shown(out)];
        refused(&new, &options[2..], out);
        let authority = dir.join("authority.cbor");
        refused(
            &["authority", "sign", shown(&authority), "--out", shown(out)],
            &options[2..],
            out,
        );
    }
    let verify = ["verify", shown(&sealed), "--trust", shown(&root), "--record"];
    for (more, out) in [
        (vec![], &root),
        (vec!["--original", shown(&record)], &record),
        (vec!["--time-stamp-roots", shown(&seal[1])], &seal[1]),
        (
            vec![
                "--record-seal",
                shown(&seal[2]),
                "--record-key",
                shown(&seal[0]),
                "--record-chain",
                shown(&seal[1]),
            ],
            &seal[0],
        ),
    ] {
        refused(&[&verify[..], &[shown(out)], &more].concat(), &[], out);
    }
    let batch = ["batch", shown(&list), "--template", "employment"];
    for out in [&list, &seal[0]] {
        refused(
            &[&batch[..], &["--out", shown(&folder), "--archive", shown(out)]].concat(),
            &options,
            out,
        );
    }
}

/// Two outputs under one name: the second would be all there is, and it is the copy that proves nothing.
#[test]
fn no_output_replaces_another_of_the_same_run() {
    let (dir, options) = keys("outputs-twice-keys", &[]);
    let out = folder("outputs-twice").join("a.pdf");
    let record = data("records/employment.json");
    let issue = [
        "issue",
        "--record",
        shown(&record),
        "--template",
        "employment",
        "--carrier",
        "whole",
        "--at",
        "2030-06-02",
    ];
    let made = with(
        &options,
        &[&issue[..], &["--out", shown(&out), "--print", shown(&out)]].concat(),
    );
    assert_eq!(status(&made), 1, "{}", text(&made.stdout));
    assert!(
        text(&made.stderr).contains("was just written"),
        "{}",
        text(&made.stderr)
    );
    let (list, root) = (dir.join("authority.cbor"), dir.join("root.pem"));
    let verified = stamp(&[
        "verify",
        shown(&out),
        "--trust",
        shown(&list),
        "--trust",
        shown(&root),
        "--at",
        "2030-06-05",
    ]);
    assert_eq!(
        status(&verified),
        0,
        "the sealed file is there: {}",
        text(&verified.stdout)
    );
    let list = line(&record, &dir);
    let batch = [
        "batch",
        shown(&list),
        "--template",
        "employment",
        "--carrier",
        "whole",
    ];
    let folder = shown(out.parent().expect("folder"));
    let made = with(
        &options,
        &[&batch[..], &["--out", folder, "--print", folder]].concat(),
    );
    assert_eq!(status(&made), 3, "{}", text(&made.stdout));
    assert!(
        text(&made.stderr).contains("name another one for --print"),
        "{}",
        text(&made.stderr)
    );
}

/// Two who change one list at a time: what the first wrote must be in what the second writes, or a withdrawal is lost.
#[cfg(unix)]
#[test]
fn whoever_changes_a_list_waits_for_whoever_is_at_it() {
    let (_, options) = keys("outputs-alone-keys", &[]);
    let folder = folder("outputs-alone");
    let file = folder.join("list.cwt");
    let sign = |more: &[&str]| with(&options[2..], &[more, &["--out", shown(&file)]].concat());
    let new = ["status", "new", "--uri", URI, "--size", "8", "--at", "2030-06-02"];
    assert_eq!(status(&sign(&new)), 0);
    let set = |entry, at| sign(&["status", "set", shown(&file), "--entry", entry, "--at", at]);
    let first = set("1=revoked", "2030-06-03");
    assert_eq!(status(&first), 0, "{}", text(&first.stderr));
    let newer = std::fs::read(&file).expect("list");
    assert_eq!(status(&sign(&new)), 0);
    let busy = std::fs::File::open(&folder).expect("folder");
    busy.lock().expect("lock");
    let second = std::thread::scope(|scope| {
        let second = scope.spawn(|| set("2=revoked", "2030-06-04"));
        std::thread::sleep(std::time::Duration::from_millis(700));
        assert!(!second.is_finished(), "it went ahead");
        std::fs::write(&file, newer).expect("list");
        drop(busy);
        second.join().expect("second")
    });
    assert_eq!(status(&second), 0, "{}", text(&second.stderr));
    let said = text(&stamp(&["status", "show", shown(&file), "--index", "1", "--index", "2"]).stdout);
    assert!(
        said.contains("1: revoked") && said.contains("2: revoked"),
        "{said}"
    );
}

#[test]
fn two_batches_do_not_share_a_folder() {
    let (dir, options) = keys("outputs-batch-keys", &[]);
    let folder = folder("outputs-batch");
    let record = data("records/employment.json");
    let list = line(&record, &dir);
    let batch = [
        "batch",
        shown(&list),
        "--template",
        "employment",
        "--out",
        shown(&folder),
    ];
    let journal = std::fs::File::create(folder.join("journal.txt")).expect("journal");
    journal.lock().expect("lock");
    let made = with(&options, &batch);
    assert_eq!(status(&made), 3, "{}", text(&made.stdout));
    assert!(
        text(&made.stderr).contains("another run is at this folder"),
        "{}",
        text(&made.stderr)
    );
    drop(journal);
    let made = with(&options, &batch);
    assert_eq!(status(&made), 0, "{}", text(&made.stderr));
}
