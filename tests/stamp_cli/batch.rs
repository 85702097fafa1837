//! Whole lists: what is issued, what the report says of the rest, and that an interrupted run goes on with the same bytes.

use std::collections::BTreeMap;
use std::path::Path;

use super::issuing::{keys, with};
use super::{data, folder, shown, stamp, status, text};

const AT: &str = "2030-06-02T01:00:00Z";

/// A list of employment records: `count` good rows, and those of `bad` after them.
fn list(count: usize, bad: &[&str]) -> String {
    let mut list = "number,serial,holder.name,holder.code,fields.学历,valid.to\n".to_owned();
    for row in 0..count {
        list.push_str(&format!(
            "滨就登〔2030〕{row:07}号,2030051{row:06},赵一帆,109900200107037012,大学本科,2035-05-31\n"
        ));
    }
    for line in bad {
        list.push_str(line);
        list.push('\n');
    }
    list
}

fn batch(options: &[String], list: &Path, out: &Path, more: &[&str]) -> Vec<String> {
    let base = data("records/employment.json");
    let mut all: Vec<String> = [
        "batch",
        shown(list),
        "--base",
        shown(&base),
        "--template",
        "employment",
    ]
    .into_iter()
    .chain(["--out", shown(out), "--at", AT])
    .chain(more.iter().copied())
    .map(str::to_owned)
    .collect();
    all.extend(options.iter().cloned());
    all
}

fn run(arguments: &[String]) -> std::process::Output {
    stamp(&arguments.iter().map(String::as_str).collect::<Vec<_>>())
}

fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = std::fs::read_dir(folder)
        .expect("folder")
        .map(|entry| entry.expect("entry").path());
    entries
        .filter(|path| path.extension().is_some_and(|kind| kind == "pdf"))
        .map(|path| {
            let name = path.file_name().expect("name").to_string_lossy().into_owned();
            (name, std::fs::read(&path).expect("file"))
        })
        .collect()
}

#[test]
fn good_rows_are_issued_and_bad_ones_reported_by_member_and_remedy() {
    let (_, options) = keys("list-keys", &[]);
    let dir = folder("list-bad");
    let path = dir.join("list.csv");
    let bad = [
        "滨就登〔2030〕8号,2030051900001,赵一帆,109900200107037013,大学本科,",
        "=HYPERLINK(1),2030051900002,,109900200107037012,大学本科,",
        "滨就登〔2030〕9号,2030051000001,赵一帆,109900200107037012,大学本科,",
        "滨就登〔2030〕10号,2030051900003,赵\u{30000}帆,109900200107037012,大学本科,",
        "滨就登〔2030〕11号,2030051900004,赵一帆",
    ];
    std::fs::write(&path, format!("\u{feff}{}", list(3, &bad))).expect("list");
    let out = dir.join("out");
    let archive = dir.join("results.zip");
    let made = run(&batch(&options, &path, &out, &["--archive", shown(&archive)]));
    assert_eq!(status(&made), 1, "{}", text(&made.stderr));
    assert!(
        text(&made.stdout).starts_with("issued 3 of 8"),
        "{}",
        text(&made.stdout)
    );
    let sealed = files(&out);
    let names: Vec<&str> = sealed.keys().map(String::as_str).collect();
    assert_eq!(
        names,
        [
            "000002-2030051000000.pdf",
            "000003-2030051000001.pdf",
            "000004-2030051000002.pdf"
        ]
    );
    let report = text(&std::fs::read(out.join("report.csv")).expect("report"));
    let rows: Vec<&str> = report.trim_start_matches('\u{feff}').lines().collect();
    assert_eq!(rows.len(), 6, "{report}");
    assert_eq!(rows[0], "row,number,member,error,remedy");
    for (row, says) in rows[1..].iter().zip([
        "5,滨就登〔2030〕8号,holder.code,",
        "6,'=HYPERLINK(1),holder.name,missing,fill in the cell",
        "7,滨就登〔2030〕9号,identifier,the same as in row 3,",
        "8,滨就登〔2030〕10号,holder.name,",
        "9,滨就登〔2030〕11号,,has not one cell for each of 6 columns,",
    ]) {
        assert!(row.starts_with(says), "{row}");
    }
    let mut zip = zip::ZipArchive::new(std::fs::File::open(&archive).expect("archive")).expect("zip");
    assert_eq!(zip.len(), 4, "three results and the report");
    for (name, bytes) in &sealed {
        let mut packed = Vec::new();
        std::io::Read::read_to_end(&mut zip.by_name(name).expect("packed"), &mut packed).expect("read");
        assert!(packed == *bytes, "{name}");
    }
}

#[test]
fn list_without_a_column_that_tells_people_apart_is_refused() {
    let (_, options) = keys("heads-keys", &[]);
    let dir = folder("list-heads");
    let path = dir.join("list.csv");
    std::fs::write(&path, "number,serial,holder.name\n1,2030051900001,赵一帆\n").expect("list");
    let made = run(&batch(&options, &path, &dir.join("out"), &[]));
    assert_eq!(status(&made), 3);
    let error = text(&made.stderr);
    assert!(
        error.contains("column holder.code: missing; add the column"),
        "{error}"
    );
}

/// Killed at any moment, as a loss of power would; Ed25519 signs the same bytes the same way, so that runs can be compared.
#[cfg(unix)]
#[test]
fn killed_run_goes_on_and_gives_the_same_bytes() {
    let (_, options) = keys("kill-keys", &["--algorithm", "ed25519"]);
    let dir = folder("list-killed");
    let path = dir.join("list.csv");
    let count = 60;
    std::fs::write(&path, list(count, &[])).expect("list");
    let whole = dir.join("whole");
    let made = run(&batch(&options, &path, &whole, &["--threads", "2"]));
    assert_eq!(status(&made), 0, "{}", text(&made.stderr));
    let expected = files(&whole);
    assert_eq!(expected.len(), count);

    let out = dir.join("out");
    let arguments = batch(&options, &path, &out, &["--threads", "2"]);
    let mut interrupted = 0;
    for some in [3, 20, 45] {
        let finished = || std::fs::read_dir(&out).map_or(0, Iterator::count);
        interrupted += usize::from(super::killed(&arguments, || finished() >= some));
    }
    assert!(interrupted > 0, "every run was too quick to be killed");
    // What a crash may leave of the line it was writing.
    let journal = out.join("journal.txt");
    let mut cut = std::fs::read(&journal).expect("journal");
    cut.extend_from_slice(b"0123");
    std::fs::write(&journal, cut).expect("journal");
    let kept: Vec<_> = files(&out).into_keys().collect();
    let times = |names: &[String]| -> Vec<_> {
        let modified = |name| {
            std::fs::metadata(out.join(name))
                .expect("file")
                .modified()
                .expect("time")
        };
        names.iter().map(modified).collect()
    };
    let before = times(&kept[..1]);
    let made = run(&arguments);
    assert_eq!(status(&made), 0, "{}", text(&made.stderr));
    assert!(
        text(&made.stdout).contains("were finished by an earlier run"),
        "{}",
        text(&made.stdout)
    );
    assert_eq!(times(&kept[..1]), before, "a finished row was made again");
    assert!(files(&out) == expected, "the bytes differ");
    let left = std::fs::read_dir(&out).expect("folder");
    let left = left.filter(|entry| {
        entry
            .as_ref()
            .is_ok_and(|e| e.file_name().to_string_lossy().ends_with(".tmp"))
    });
    assert_eq!(left.count(), 0, "what was being written is still there");

    // A finished file that was changed is made again; another list does not go on here.
    let first = out.join(&kept[0]);
    std::fs::write(&first, "changed").expect("file");
    assert_eq!(status(&run(&arguments)), 0);
    assert!(files(&out) == expected);
    std::fs::write(&path, list(count + 1, &[])).expect("list");
    let made = run(&arguments);
    assert_eq!(status(&made), 3);
    assert!(
        text(&made.stderr).contains("another list"),
        "{}",
        text(&made.stderr)
    );
}

#[test]
fn pictures_are_found_by_name_and_by_digest() {
    let (_, options) = keys("picture-keys", &[]);
    let dir = folder("list-pictures");
    let record = data("records/vocational-certificate.json");
    let pictures = data("pictures");
    let line = std::fs::read_to_string(&record)
        .expect("record")
        .replace('\n', " ");
    std::fs::write(dir.join("list.jsonl"), line + "\n").expect("list");
    std::fs::write(
        dir.join("list.csv"),
        "number,serial,holder.name,holder.code,pictures.照片\nY1,2030052800317,沈青禾,109900199904123014,sample-photo.jpg\n\
         Y2,2030052800318,沈青禾,109900199904123014,other.jpg\n",
    )
    .expect("list");
    let issue = |list: &str, out: &str, more: &[&str]| {
        let (list, out) = (dir.join(list), dir.join(out));
        let mut all = vec![
            "batch",
            shown(&list),
            "--template",
            "vocational-certificate",
            "--out",
            shown(&out),
        ];
        all.extend(["--pictures", shown(&pictures), "--at", AT]);
        all.extend(more);
        with(&options, &all)
    };
    let made = issue("list.jsonl", "lines", &[]);
    assert_eq!(status(&made), 0, "{}", text(&made.stderr));
    let made = issue("list.csv", "rows", &["--base", shown(&record)]);
    assert_eq!(status(&made), 1, "{}", text(&made.stderr));
    let report = text(&std::fs::read(dir.join("rows/report.csv")).expect("report"));
    assert!(
        report.contains("3,Y2,pictures.照片,missing,put the picture into the folder"),
        "{report}"
    );
    let without = with(
        &options,
        &[
            "issue",
            "--record",
            shown(&record),
            "--template",
            "vocational-certificate",
            "--out",
            shown(&dir.join("x.pdf")),
            "--at",
            AT,
        ],
    );
    assert_eq!(status(&without), 1);
    assert!(
        text(&without.stderr).contains("照片"),
        "{}",
        text(&without.stderr)
    );
}

#[test]
fn templates_are_checked_and_previewed() {
    let dir = folder("template");
    let (record, pictures) = (data("records/vocational-certificate.json"), data("pictures"));
    let look = ["--record", shown(&record), "--pictures", shown(&pictures)];
    let good = stamp(&[&["template", "check", "vocational-certificate"][..], &look].concat());
    assert_eq!(status(&good), 0, "{}", text(&good.stdout));
    let bad = dir.join("bad.toml");
    std::fs::write(&bad, "format = 1\nname = \"a\"\n[page]\nmargin = 1\n").expect("template");
    let said = stamp(&["template", "check", shown(&bad)]);
    assert_eq!(status(&said), 1);
    assert!(
        text(&said.stdout).contains("line 4, column"),
        "{}",
        text(&said.stdout)
    );
    let out = dir.join("p.png");
    let drawn = stamp(
        &[
            &[
                "template",
                "preview",
                "vocational-certificate",
                "--out",
                shown(&out),
                "--dpi",
                "72",
            ][..],
            &look,
        ]
        .concat(),
    );
    assert_eq!(status(&drawn), 0, "{}", text(&drawn.stderr));
    let decoder = png::Decoder::new(std::io::BufReader::new(
        std::fs::File::open(&out).expect("picture"),
    ));
    let reader = decoder.read_info().expect("PNG");
    let (width, height) = (reader.info().width, reader.info().height);
    assert!(
        (840..=843).contains(&width) && (594..=597).contains(&height),
        "{width} {height}"
    );
}
