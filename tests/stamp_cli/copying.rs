//! `stamp copy`: made of what is authentic, accepted by its recipient alone, and nothing is written otherwise.

use std::path::Path;

use super::issuing::{keys, with};
use super::{AT, data, shown, stamp, status, text};

const RECIPIENT: &str = "滨海市公积金管理中心";
const MAKER: [&str; 4] = ["--maker", "滨海市公安局", "--maker-code", "11109900MB2A10113K"];

fn verify(root: &Path, file: &Path, more: &[&str]) -> (i32, String) {
    let mut arguments = vec!["verify", shown(file), "--trust", shown(root), "--at", AT];
    arguments.extend(more);
    let output = stamp(&arguments);
    (status(&output), text(&output.stdout))
}

#[test]
fn copy_is_made_for_one_recipient_and_says_so() {
    let (dir, options) = keys("copying", &[]);
    let record = data("records/residence.json");
    let (original, copy, root) = (dir.join("result.pdf"), dir.join("copy.pdf"), dir.join("root.pem"));
    let issue = [
        "issue",
        "--record",
        shown(&record),
        "--template",
        "residence",
        "--at",
        AT,
    ];
    let made = with(&options, &[&issue[..], &["--out", shown(&original)]].concat());
    assert_eq!(status(&made), 0, "{}", text(&made.stderr));

    let copying = |file: &Path, until: &str| {
        let to = [
            "copy",
            shown(file),
            "--for",
            RECIPIENT,
            "--purpose",
            "住房公积金提取",
        ];
        let on = [
            "--until",
            until,
            "--trust",
            shown(&root),
            "--at",
            AT,
            "--out",
            shown(&copy),
        ];
        with(&options, &[&to[..], &on, &MAKER].concat())
    };
    let late = copying(&original, "2099-01-01");
    assert_eq!(status(&late), 3);
    assert!(
        text(&late.stderr).contains("choose an earlier day"),
        "{}",
        text(&late.stderr)
    );
    let mut forged = std::fs::read(&original).expect("result");
    let middle = forged.len() / 2;
    forged[middle] ^= 1;
    let altered = dir.join("altered.pdf");
    std::fs::write(&altered, forged).expect("altered");
    assert_eq!(status(&copying(&altered, "2030-07-01")), 1);
    assert!(!copy.exists(), "nothing is written unless the copy is good");

    let made = copying(&original, "2030-07-01");
    assert_eq!(status(&made), 0, "{}", text(&made.stderr));
    assert!(text(&made.stdout).contains(RECIPIENT), "{}", text(&made.stdout));
    let (code, said) = verify(&root, &copy, &[]);
    assert_eq!(code, 2, "{said}");
    assert!(said.contains("加注件") && said.contains("--recipient"), "{said}");
    let (code, said) = verify(
        &root,
        &copy,
        &["--recipient", RECIPIENT, "--original", shown(&original)],
    );
    assert_eq!(code, 0, "{said}");
    assert!(said.contains("copy.original-match"), "{said}");
    assert_eq!(verify(&root, &copy, &["--recipient", "滨海市住房局"]).0, 1);
    let other = ["--recipient", RECIPIENT, "--original", shown(&altered)];
    assert_eq!(verify(&root, &copy, &other).0, 1);
    // A copy is not copied.
    assert_eq!(status(&copying(&copy, "2030-07-01")), 2);
}
