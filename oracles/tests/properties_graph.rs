//! Documents of every shape, written by the library and by qpdf in every style, read back to the same objects.

#[path = "../../tests/common/mod.rs"]
mod common;
mod generate;
mod graph;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use generate::config;
use graph::coding::{self, Coding};
use graph::file::{Plan, plan};
use graph::same::{as_planned, same_graph};
use graph::{Body, Item, Random, Speller, item};
use proptest::prelude::*;
use yinxin::limits::Limits;
use yinxin::pdf::edit::DictionaryEdit;
use yinxin::pdf::update::{Update, write_hex};
use yinxin::pdf::{AnomalyKind, Document, Ref, Style, read_text_string, text_string};

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
        let numbers: Vec<u32> = revision.entries.numbers().collect();
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
            // qpdf writes a `#` that starts no escape as it is.
            let mut odd = converted.audit().unwrap();
            odd.retain(|odd| odd.kind != AnomalyKind::NameEscape);
            prop_assert_eq!(odd, vec![], "{:?}", conversion);
            same_graph(document.newest(), converted.newest())
                .map_err(|error| TestCaseError::fail(format!("{conversion:?}: {error}")))?;
        }
        Ok(())
    });
    if let Err(error) = outcome {
        panic!("{error}");
    }
}

/// A stream alone in a plan, encoded by `codings`, in a file of its own.
fn stream_alone(data: Vec<u8>, codings: Vec<Coding>, seed: u64) -> Plan {
    let body = Body::Stream {
        entries: BTreeMap::new(),
        data: coding::fitting(data, &codings),
        codings,
        length_apart: false,
    };
    Plan {
        style: Style::Table,
        names: core::array::from_fn(|at| (u32::try_from(at).unwrap() + 4, 0)),
        revisions: vec![BTreeMap::from([(0, body)])],
        junk: b"",
        end: b"\n%%EOF\n",
        seed,
    }
}

/// A change of one dictionary: of a key that may be there or not, to a value or away.
type Change = (Vec<u8>, Option<Item>);

fn changes() -> impl Strategy<Value = Vec<Change>> {
    let key = prop_oneof!["[A-F]", "[A-Z][a-z#/ ]{0,3}"].prop_map(String::into_bytes);
    prop::collection::vec((key, prop::option::weighted(0.7, item())), 0..8)
}

proptest! {
    #![proptest_config(config(200))]

    /// Large enough that the tables of LZW fill up.
    #[test]
    fn every_coding_is_undone(
        data in prop_oneof![
            prop::collection::vec(any::<u8>(), 0..20_000),
            prop::collection::vec(0..3_u8, 0..60_000),
        ],
        codings in prop::collection::vec(coding::coding(), 1..4),
        seed in any::<u64>(),
    ) {
        let plan = stream_alone(data, codings, seed);
        read_back(&plan, &plan.files());
    }

    /// The dictionary reads back as a map that took the same changes, also inside another, and what no change is about
    /// stays where it is.
    #[test]
    fn edited_dictionaries_are_what_a_map_would_be(
        entries in prop::collection::btree_map("[A-F]".prop_map(String::into_bytes), item(), 0..6),
        inner in prop::collection::btree_map("[A-F]".prop_map(String::into_bytes), item(), 0..4),
        outer_changes in changes(),
        inner_changes in changes(),
        seed in any::<u64>(),
    ) {
        let nested = |inner: &BTreeMap<Vec<u8>, Item>, entries: &BTreeMap<Vec<u8>, Item>| {
            let mut entries = entries.clone();
            entries.insert(b"Inner".to_vec(), Item::Dictionary(inner.clone()));
            Body::Item(Item::Dictionary(entries))
        };
        let mut plan = stream_alone(Vec::new(), Vec::new(), seed);
        plan.revisions = vec![BTreeMap::from([(0, nested(&inner, &entries))])];
        let file = plan.files().remove(0);
        let document = Document::open(&file, &LIMITS).unwrap();
        let object = document.newest().object(Ref::new(4, 0)).unwrap().unwrap();
        let mut speller = Speller { random: Random(seed ^ 1), names: &plan.names };
        let mut edit = DictionaryEdit::new(object.raw(), object.dictionary().unwrap());
        let (mut entries, mut inner) = (entries, inner);
        for (key, value) in outer_changes {
            let Some(value) = value else {
                edit.remove(&key);
                entries.remove(&key);
                continue;
            };
            let mut raw = Vec::new();
            speller.item(&value, &mut raw);
            edit.set(&key, raw);
            entries.insert(key, value);
        }
        for (key, value) in inner_changes {
            let Some(value) = value else {
                edit.remove_in(&[b"Inner"], &key).unwrap();
                inner.remove(&key);
                continue;
            };
            let mut raw = Vec::new();
            speller.item(&value, &mut raw);
            edit.set_in(&[b"Inner"], &key, raw).unwrap();
            inner.insert(key, value);
        }
        let mut update = Update::new(&document);
        update.put(Ref::new(4, 0), edit.finish());
        let whole = [file.as_slice(), &update.finish().unwrap().bytes].concat();
        let edited = Document::open(&whole, &LIMITS).unwrap();
        plan.revisions.push(BTreeMap::from([(0, nested(&inner, &entries))]));
        as_planned(edited.newest(), &plan, 1).map_err(TestCaseError::fail)?;
        as_planned(edited.view(0).unwrap(), &plan, 0).map_err(TestCaseError::fail)?;
    }

    #[test]
    fn text_strings_say_what_they_were_made_of(text in any::<String>()) {
        let mut plan = stream_alone(Vec::new(), Vec::new(), 0);
        plan.revisions = vec![BTreeMap::new()];
        let file = plan.files().remove(0);
        let document = Document::open(&file, &LIMITS).unwrap();
        let mut update = Update::new(&document);
        update.put(Ref::new(4, 0), text_string(&text));
        let mut hexadecimal = Vec::new();
        write_hex(&mut hexadecimal, text.as_bytes());
        update.put(Ref::new(5, 0), hexadecimal);
        let whole = [file.as_slice(), &update.finish().unwrap().bytes].concat();
        let document = Document::open(&whole, &LIMITS).unwrap();
        let string = |number| document.newest().object(Ref::new(number, 0)).unwrap().unwrap().object.as_string().unwrap().bytes.to_vec();
        prop_assert_eq!(read_text_string(&string(4)), text.clone());
        prop_assert_eq!(string(5), text.into_bytes());
    }
}
