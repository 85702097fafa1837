//! `stamp batch --register`.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Output;

use super::office::*;
use crate::{stamp, status, text};

pub(super) fn list(dir: &Path, count: usize, bad: &str) -> PathBuf {
    let mut list = "request,number,holder.name,holder.code,fields.学历,replaces\n".to_owned();
    for row in 0..count {
        list +=
            &format!("APP-{row:04},滨就登〔{{year}}〕{{number:7}}号,赵一帆,109900200107037012,大学本科,\n");
    }
    let path = dir.join("list.csv");
    std::fs::write(&path, list + bad).expect("list");
    path
}

fn run(arguments: &[String]) -> Output {
    stamp(&arguments.iter().map(String::as_str).collect::<Vec<_>>())
}

#[test]
fn list_takes_its_identifiers_in_order_and_reserves_nothing_for_bad_rows() {
    let office = Office::new("register-list");
    let bad = ",1,赵一帆,109900200107037012,,\nAPP-0001,1,赵一帆,109900200107037012,,\nAPP-9,1,赵一帆,109900200107037013,,\n\
               APP-8,1,赵一帆\nAPP-7,龘,赵一帆,109900200107037012,,\n";
    let path = list(&office.dir, 8, bad);
    let made = run(&office.batch(&path));
    assert_eq!(status(&made), 1, "{}", text(&made.stderr));
    assert!(
        text(&made.stdout).starts_with("issued 8 of 13; "),
        "{}",
        text(&made.stdout)
    );
    let read = |name: &str| std::fs::read_to_string(office.dir.join("out").join(name)).expect("table");
    let issued = read("issued.csv");
    let rows: Vec<&str> = issued.trim_start_matches('\u{feff}').lines().collect();
    assert_eq!((rows.len(), rows[0]), (9, "row,request,identifier,file,sha256"));
    for (number, row) in rows[1..].iter().enumerate() {
        let wanted = format!("{},APP-{number:04},1.2.156.3005.2.", number + 2);
        assert!(
            row.starts_with(&wanted) && row.contains(&format!(".2030{:08}.001.", number + 1)),
            "{row}"
        );
    }
    let report = read("report.csv");
    let rows: Vec<&str> = report.lines().skip(1).collect();
    for (row, wanted) in rows.iter().zip([
        "10,1,,request: missing,",
        "11,1,request,the same as in row 3,",
        "12,1,holder.code,",
        "13,,,has not one cell for each of 6 columns,",
        "14,龘,number,",
    ]) {
        assert!(row.starts_with(wanted), "{wanted}: {row}");
    }
    assert_eq!((rows.len(), office.entries().len()), (5, 8));
    let again = run(&office.batch(&path));
    assert!(
        text(&again.stdout).contains("8 of them were issued by an earlier run"),
        "{}",
        text(&again.stdout)
    );
    assert!(office.check().starts_with("issued 已签发 8, reserved 已占号 0,"));
}

/// SIGKILL at any moment, as a loss of power would.
#[cfg(unix)]
#[test]
fn killed_list_goes_on_without_gap_double_or_orphan() {
    let office = Office::new("register-killed");
    let count = 60;
    let path = list(&office.dir, count, "");
    let arguments = office.batch(&path);
    let mut interrupted = 0;
    // Before anything is reserved, while identifiers are reserved, while files are made.
    let seen = |what: &str| match what {
        "file" => office.files().len(),
        _ => office.entries().len(),
    };
    let mut known: BTreeSet<(String, String)> = BTreeSet::new();
    for (what, some) in [
        ("start", 0),
        ("entry", 5),
        ("entry", 40),
        ("file", 2),
        ("file", 20),
        ("file", 45),
    ] {
        interrupted += usize::from(crate::killed(&arguments, || seen(what) >= some));
        // What was given to a request stays its own.
        for entry in office.entries() {
            let text = |member: &str| entry[member].as_str().expect("text").to_owned();
            known.insert((text("request"), text("identifier")));
        }
    }
    assert!(interrupted > 2, "the runs were too quick to be killed");
    let made = run(&arguments);
    assert_eq!(status(&made), 0, "{}", text(&made.stderr));
    let entries = office.entries();
    let distinct = |member: &str| {
        entries
            .iter()
            .map(|entry| entry[member].to_string())
            .collect::<BTreeSet<_>>()
            .len()
    };
    assert_eq!(entries.len(), count);
    for member in ["identifier", "request", "number", "status_index"] {
        assert_eq!(distinct(member), count, "no {member} twice");
    }
    let now: BTreeSet<(String, String)> = entries
        .iter()
        .map(|entry| {
            ["request", "identifier"]
                .map(|member| entry[member].as_str().expect("text").to_owned())
                .into()
        })
        .collect();
    assert!(known.is_subset(&now), "an identifier went to another request");
    assert_eq!(office.files().len(), count);
    assert!(office.check().starts_with(&format!(
        "issued 已签发 {count}, reserved 已占号 0, void 已作废 0, files 文件 {count}"
    )));
    assert_eq!(
        files_below(&office.shelf.join("work")),
        Vec::<PathBuf>::new(),
        "what was being written is still there"
    );
}
