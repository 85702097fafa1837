//! The corpus of veraPDF: file names say which test of which clause a file passes or fails.

#[path = "../../../tests/common/corpus.rs"]
mod corpus;

use std::collections::{BTreeMap, BTreeSet};

use lopdf::Document;

/// What a checker finds in one file: the clauses or tests that it breaks.
pub type Findings = Vec<(&'static str, String)>;

#[derive(Default)]
struct Row {
    passes: usize,
    fails: usize,
    missed: usize,
}

/// Runs `check` over `part` of the corpus and prints what it finds by test. What it misses and what it wrongly refuses must be
/// just what `explained` lists: lines of a test and how many files of it are missed, or of a file that is refused, with a reason.
pub fn compare(part: &str, explained: &str, check: impl Fn(&str, &[u8], &Document) -> Findings) {
    let Some(files) = corpus::pdfs(&[&format!("verapdf/{part}")]) else {
        return;
    };
    let mut rows: BTreeMap<String, Row> = BTreeMap::new();
    let mut wrong = Vec::new();
    for path in &files {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let name = name.trim_start_matches("veraPDF test suite ").to_owned();
        let Some((test, passes)) = told(&name) else {
            continue;
        };
        let bytes = std::fs::read(path).unwrap();
        let found = match Document::load_mem(&bytes) {
            Ok(document) => check(&name, &bytes, &document),
            Err(error) => vec![("unreadable", error.to_string())],
        };
        let row = rows.entry(test.clone()).or_default();
        if passes {
            row.passes += 1;
            if !found.is_empty() {
                println!("{name} is refused: {found:?}");
                wrong.push(name);
            }
            continue;
        }
        row.fails += 1;
        let hit = found.iter().any(|(clause, _)| meets(clause, &test));
        row.missed += usize::from(!hit);
    }
    println!("{part}: test, files that pass, files that fail, found of these");
    let mut unmet = BTreeSet::new();
    for (test, row) in &rows {
        println!(
            "{test:18} {:4} {:4} {:4}",
            row.passes,
            row.fails,
            row.fails - row.missed
        );
        if row.missed > 0 {
            unmet.insert(format!("{test}\t{}", row.missed));
        }
    }
    let full = rows.values().filter(|row| row.missed == 0).count();
    let (passes, fails) = rows
        .values()
        .fold((0, 0), |(p, f), row| (p + row.passes, f + row.fails));
    let missed: usize = rows.values().map(|row| row.missed).sum();
    println!(
        "{part}: {full} of {} tests whole; {passes} files that pass, {} refused; {fails} that fail, {missed} not found",
        rows.len(),
        wrong.len()
    );
    unmet.extend(wrong.into_iter().map(|name| format!("{name}\trefused")));
    let listed: BTreeSet<String> = explained
        .lines()
        .filter(|line| !line.starts_with('#') && !line.is_empty())
        .map(|line| {
            let mut columns = line.split('\t');
            let key = format!(
                "{}\t{}",
                columns.next().unwrap(),
                columns.next().unwrap_or_default()
            );
            let reason = columns.next().unwrap_or_default();
            assert!(!reason.is_empty(), "{line:?} has no reason");
            key
        })
        .collect();
    assert_eq!(unmet, listed, "found and not explained, or explained and stale");
}

/// The test of a file and whether it passes it: `7.2-t02-fail-a.pdf`, `6-1-2-t01-pass-a.pdf`.
fn told(name: &str) -> Option<(String, bool)> {
    for (word, passes) in [("-pass-", true), ("-fail-", false)] {
        if let Some((test, _)) = name.split_once(word) {
            let (clause, number) = test.rsplit_once('-')?;
            return Some((format!("{}-{number}", clause.replace('-', ".")), passes));
        }
    }
    None
}

/// A finding names the test or its whole clause.
fn meets(finding: &str, test: &str) -> bool {
    finding == test || test.rsplit_once('-').is_some_and(|(clause, _)| clause == finding)
}
