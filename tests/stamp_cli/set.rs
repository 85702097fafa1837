//! A file on paper as a set of codes, and back from whatever was photographed.

use std::path::Path;

use super::issuing::{keys, with, written};
use super::{AT, demo, folder, json_lines, judge, shown, stamp, status, text};

/// A file that has nothing to see, `length` bytes of comment long.
fn file(length: usize, filler: char) -> Vec<u8> {
    let mut file = written(&[
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << >> >>",
    ]);
    file.extend(format!("%{}\n", filler.to_string().repeat(length)).into_bytes());
    file
}

#[test]
fn set_comes_back_from_pages_pictures_and_animation_mixed_with_another() {
    let dir = folder("set");
    let path = |name: &str| dir.join(name);
    let (one, two) = (path("one.pdf"), path("two.pdf"));
    std::fs::write(&one, file(3_000, 'a')).expect("file");
    std::fs::write(&two, file(12_000, 'b')).expect("file");
    let at = ["--at", "2030-06-01T09:00:00+08:00"];
    let split = |arguments: &[&str]| {
        let done = stamp(&[&["set", "split"], arguments, &at].concat());
        assert_eq!(status(&done), 0, "{}", text(&done.stderr));
        text(&done.stdout)
    };
    let said = split(&[
        shown(&one),
        "--out",
        shown(&path("codes.pdf")),
        "--png",
        shown(&path("png")),
        "--apng",
        shown(&path("codes.png")),
    ]);
    assert!(said.contains("codes 个码") && said.contains("SHA-256"), "{said}");
    split(&[shown(&two), "--out", shown(&path("other.pdf"))]);
    // The same input gives the same pages.
    split(&[shown(&one), "--out", shown(&path("again.pdf"))]);
    let read = |path: &Path| std::fs::read(path).expect("file");
    assert_eq!(read(&path("codes.pdf")), read(&path("again.pdf")));

    let out = path("joined.pdf");
    let join = |inputs: &[&str]| stamp(&[&["set", "join"], inputs, &["--out", shown(&out)]].concat());
    for input in ["codes.pdf", "codes.png"] {
        let done = join(&[shown(&path(input))]);
        assert_eq!(status(&done), 0, "{input}: {}", text(&done.stderr));
        assert_eq!(read(&out), read(&one), "{input}");
        std::fs::remove_file(&out).expect("a file");
    }
    // Some of the pictures, last first, with a part of the other set and a code that is none.
    let mut pictures: Vec<_> = std::fs::read_dir(path("png"))
        .expect("folder")
        .map(|entry| entry.expect("entry").path())
        .collect();
    pictures.sort();
    pictures.reverse();
    let mut inputs: Vec<&str> = pictures.iter().skip(1).map(|path| shown(path)).collect();
    let few = join(&inputs[..2]);
    assert_eq!((status(&few), out.exists()), (1, false));
    assert!(
        text(&few.stdout).contains("more are needed 已读 2 个，还差"),
        "{}",
        text(&few.stdout)
    );
    let stray = demo().0.join("codes/residence.png");
    inputs.push(shown(&stray));
    let mixed = join(&inputs);
    assert_eq!(status(&mixed), 0, "{}", text(&mixed.stderr));
    assert!(
        text(&mixed.stdout).contains("1 other codes"),
        "{}",
        text(&mixed.stdout)
    );
    assert_eq!(read(&out), read(&one));
    // Two whole sets need a folder.
    let (codes, other) = (path("codes.pdf"), path("other.pdf"));
    let both = join(&[shown(&codes), shown(&other)]);
    assert_eq!(status(&both), 3);
    assert!(
        text(&both.stderr).contains("name a folder"),
        "{}",
        text(&both.stderr)
    );
    let many = stamp(&[
        "set",
        "join",
        shown(&codes),
        shown(&other),
        "--out",
        shown(&path("all")),
    ]);
    assert_eq!(status(&many), 0, "{}", text(&many.stderr));
    let mut files: Vec<Vec<u8>> = std::fs::read_dir(path("all"))
        .expect("folder")
        .map(|entry| read(&entry.expect("entry").path()))
        .collect();
    files.sort_by_key(Vec::len);
    assert_eq!(files, [read(&one), read(&two)]);
    // The input is never replaced.
    let over = stamp(&["set", "join", shown(&codes), "--out", shown(&codes)]);
    assert_eq!(status(&over), 3, "{}", text(&over.stderr));
}

#[test]
fn code_is_read_from_the_page_of_a_pdf() {
    let (dir, _) = demo();
    let page = judge("scan", &[&dir.join("sealed/residence.pdf")], AT, &["--json"]);
    assert_eq!(status(&page), 0, "{}{}", text(&page.stdout), text(&page.stderr));
    let code = judge("scan", &[&dir.join("codes/residence.txt")], AT, &["--json"]);
    let verdict = |output| {
        let mut line = json_lines(output).remove(0);
        line["file"].take();
        line
    };
    assert_eq!(verdict(&page), verdict(&code));
}

#[test]
fn issued_set_is_the_sealed_file_on_paper() {
    let (dir, options) = keys("carrier-set", &[]);
    let (out, print, back) = (dir.join("o.pdf"), dir.join("codes.pdf"), dir.join("back.pdf"));
    let record = "examples/data/records/residence.json";
    let template = ["--template", "residence", "--at", "2030-06-02"];
    let issue = [
        "issue",
        "--record",
        record,
        "--out",
        shown(&out),
        "--carrier",
        "set",
    ];
    let refused = with(&options, &[&issue[..], &template].concat());
    assert_eq!(status(&refused), 3);
    assert!(
        text(&refused.stderr).contains("--print"),
        "{}",
        text(&refused.stderr)
    );
    let done = with(
        &options,
        &[&issue[..], &template, &["--print", shown(&print)]].concat(),
    );
    assert_eq!(status(&done), 0, "{}", text(&done.stderr));
    let joined = stamp(&["set", "join", shown(&print), "--out", shown(&back)]);
    assert_eq!(status(&joined), 0, "{}", text(&joined.stderr));
    assert_eq!(
        std::fs::read(&back).expect("file"),
        std::fs::read(&out).expect("file")
    );
}
