//! Documents of every shape, written by the library and by qpdf in every style, read back to the same objects.

#[path = "../../tests/common/mod.rs"]
mod common;
mod generate;
mod graph;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use generate::config;
use graph::file::{Plan, plan};
use graph::same::{as_planned, same_graph};
use proptest::prelude::*;
use yinxin::limits::Limits;
use yinxin::pdf::{AnomalyKind, Document, Style};

const LIMITS: Limits = Limits::DEFAULT;

/// Opens the last file of `plan` and checks every view of it, and that each file is the start of the next.
fn read_back(plan: &Plan, files: &[Vec<u8>]) {
    let newest = files.last().unwrap();
    let document = Document::open(newest, &LIMITS).unwrap();
    assert_eq!(document.revisions().len(), files.len());
    for (index, file) in files.iter().enumerate() {
        assert!(newest.starts_with(file), "revision {index} is not a prefix");
        as_planned(document.view(index).unwrap(), plan, index)
            .unwrap_or_else(|error| panic!("view {index}: {error}"));
        let alone = Document::open(file, &LIMITS).unwrap();
        as_planned(alone.newest(), plan, index).unwrap_or_else(|error| panic!("file {index}: {error}"));
        let revision = &document.revisions()[index];
        let style = match (index, plan.style) {
            (0, style) => style,
            // A hybrid file goes on with tables.
            (_, Style::Hybrid) => Style::Table,
            (_, style) => style,
        };
        assert_eq!(revision.style, style, "revision {index}");
        let numbers: Vec<u32> = revision.entries.keys().copied().collect();
        if index > 0 {
            let changed = plan.revisions[index].keys().map(|at| plan.names[*at].0);
            assert!(changed.into_iter().all(|number| numbers.contains(&number)));
            let untouched = plan
                .names
                .iter()
                .enumerate()
                .filter(|(at, _)| !plan.revisions[index].contains_key(at));
            assert!(
                untouched
                    .into_iter()
                    .all(|(_, (number, _))| !numbers.contains(number))
            );
        }
    }
    let odd = document.audit().unwrap();
    let odd: Vec<_> = odd.into_iter().filter(|odd| !expected(odd.kind, plan)).collect();
    assert!(odd.is_empty(), "{odd:?}");
}

/// Junk before the header is the only oddity that the files are made with.
fn expected(kind: AnomalyKind, plan: &Plan) -> bool {
    let junk = [AnomalyKind::HeaderNotFirst, AnomalyKind::UnclaimedBytes];
    !plan.junk.is_empty() && junk.contains(&kind)
}

proptest! {
    #![proptest_config(config(200))]

    #[test]
    fn every_revision_shows_the_objects_as_they_were_then(plan in plan()) {
        read_back(&plan, &plan.files());
    }
}

/// How qpdf writes the document again.
const CONVERSIONS: [&[&str]; 7] = [
    &["--object-streams=generate"],
    &["--object-streams=disable"],
    &["--linearize"],
    &["--linearize", "--object-streams=generate"],
    &["--qdf", "--newline-before-endstream"],
    &["--stream-data=uncompress", "--object-streams=generate"],
    &[
        "--stream-data=compress",
        "--recompress-flate",
        "--compression-level=9",
    ],
];

/// A folder for the files of one test, removed when done.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("yinxin-{name}-{}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Runs qpdf, which must neither fail nor warn.
fn qpdf(arguments: &[&str], files: &[&Path]) -> Result<(), String> {
    let output = Command::new("qpdf").args(arguments).args(files).output().unwrap();
    if output.status.success() {
        Ok(())
    } else {
        Err(format!(
            "qpdf {arguments:?}: {}",
            String::from_utf8_lossy(&output.stderr)
        ))
    }
}

#[test]
fn what_qpdf_writes_of_a_document_holds_the_same_objects() {
    if Command::new("qpdf").arg("--version").output().is_err() {
        println!("skipped: qpdf is not there");
        return;
    }
    let folder = Folder::new("graph");
    let (before, after) = (folder.0.join("in.pdf"), folder.0.join("out.pdf"));
    let mut runner = proptest::test_runner::TestRunner::new(config(40));
    let outcome = runner.run(&plan(), |plan| {
        let files = plan.files();
        read_back(&plan, &files);
        let ours = files.last().unwrap();
        fs::write(&before, ours).unwrap();
        qpdf(&["--check"], &[&before]).map_err(TestCaseError::fail)?;
        let document = Document::open(ours, &LIMITS).unwrap();
        for conversion in CONVERSIONS {
            let arguments = [conversion, &["--static-id"]].concat();
            qpdf(&arguments, &[&before, &after]).map_err(TestCaseError::fail)?;
            let theirs = fs::read(&after).unwrap();
            let converted = Document::open(&theirs, &LIMITS)
                .map_err(|error| TestCaseError::fail(format!("{conversion:?}: {error}")))?;
            prop_assert_eq!(converted.revisions().len(), 1);
            prop_assert_eq!(converted.audit().unwrap(), vec![], "{:?}", conversion);
            same_graph(document.newest(), converted.newest())
                .map_err(|error| TestCaseError::fail(format!("{conversion:?}: {error}")))?;
        }
        Ok(())
    });
    if let Err(error) = outcome {
        panic!("{error}");
    }
}
