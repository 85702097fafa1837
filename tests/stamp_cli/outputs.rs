//! What people give and name by mistake: devices, `-`, the longest names, texts of other editors, lists of other programs.

use std::path::Path;

use super::issuing::{keys, with};
use super::{folder, shown, stamp, status, text};

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
    let record = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/data/records/employment.json");
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
