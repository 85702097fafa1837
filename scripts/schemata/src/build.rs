//! The copy of the crate with its switches, built until everything in it compiles.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::{Mutant, rewrite};

pub struct Built {
    /// Test programs by target name.
    pub programs: Vec<(String, PathBuf)>,
    pub switched: BTreeSet<usize>,
    pub unviable: BTreeSet<usize>,
    pub tree: PathBuf,
}

/// The switch itself. `YINXIN_MUTANT` turns one on; `YINXIN_MUTANT_RECORD` names a file that gets the numbers that were asked for.
const SWITCH: &str = r#"
#[doc(hidden)]
pub mod mutant {
    use std::io::Write as _;
    use std::sync::LazyLock;
    use std::sync::atomic::{AtomicBool, Ordering};

    static ACTIVE: LazyLock<usize> =
        LazyLock::new(|| std::env::var("YINXIN_MUTANT").ok().and_then(|n| n.parse().ok()).unwrap_or(usize::MAX));
    static RECORD: LazyLock<Option<std::fs::File>> = LazyLock::new(|| {
        let path = std::env::var_os("YINXIN_MUTANT_RECORD")?;
        Some(std::fs::File::options().append(true).create(true).open(path).unwrap())
    });
    static REACHED: [AtomicBool; 8192] = [const { AtomicBool::new(false) }; 8192];

    pub fn on(number: usize) -> bool {
        if let Some(file) = &*RECORD {
            if !REACHED[number].swap(true, Ordering::Relaxed) {
                let _ = (&*file).write_all(format!("{number}\n").as_bytes());
            }
        }
        *ACTIVE == number
    }
}
"#;

pub fn build(root: &Path, work: &Path, mutants: &[Mutant], wanted: &[usize], tests: &[&str]) -> Built {
    let tree = copy(root, work);
    // Read once: whoever goes on working on the crate meanwhile does not disturb.
    let mut paths = vec![];
    sources(root, Path::new("src"), &mut paths);
    let originals: Vec<(PathBuf, Vec<u8>)> = paths
        .into_iter()
        .map(|path| {
            (
                path.clone(),
                std::fs::read(root.join(path)).expect("a source file"),
            )
        })
        .collect();
    let (_, possible) = rewritten(&originals, mutants, wanted, &BTreeSet::new());
    let possible: BTreeSet<usize> = numbers(&possible);
    // What did not compile the last time is not tried again, unless its line or what is done to it has changed.
    let known = work.join("unviable.txt");
    let before = std::fs::read_to_string(&known).unwrap_or_default();
    let before: BTreeSet<&str> = before.split("\n\n").collect();
    let mut unviable: BTreeSet<usize> = wanted
        .iter()
        .copied()
        .filter(|number| possible.contains(number) && before.contains(mutants[*number].key.as_str()))
        .collect();
    loop {
        let (files, places) = rewritten(&originals, mutants, wanted, &unviable);
        write(&tree, files);
        let errors = check(&tree);
        if errors.is_empty() {
            let programs = programs(&tree, tests);
            return Built {
                programs,
                switched: numbers(&places),
                unviable,
                tree,
            };
        }
        let count = unviable.len();
        for error in &errors {
            let found = error.spans.iter().find_map(|(file, at)| {
                let inside = places.get(file)?.iter();
                let mut inside = inside.filter(|(_, range)| range.start <= at.start && at.end <= range.end);
                inside.next().map(|(number, _)| *number)
            });
            match found {
                Some(number) => {
                    unviable.insert(number);
                }
                None => eprintln!("an error outside of all mutants: {}", error.text),
            }
        }
        let mut all: BTreeSet<&str> = unviable
            .iter()
            .map(|number| mutants[*number].key.as_str())
            .collect();
        all.extend(&before);
        let all: Vec<&str> = all.into_iter().collect();
        std::fs::write(&known, all.join("\n\n")).expect("a list");
        println!("{} do not compile", unviable.len());
        assert!(unviable.len() > count, "the copy does not compile");
    }
}

/// A tree in which everything but `src` is the original.
fn copy(root: &Path, work: &Path) -> PathBuf {
    let tree = work.join("tree");
    std::fs::create_dir_all(&tree).expect("target/mutants/tree");
    for entry in std::fs::read_dir(root).expect("the root") {
        let entry = entry.expect("an entry of the root");
        let name = entry.file_name();
        if name != "src" && name != ".git" {
            let _ = std::fs::remove_file(tree.join(&name));
            std::os::unix::fs::symlink(entry.path(), tree.join(&name)).expect("a link");
        }
    }
    // Tests find the shared files beside the package.
    if let Ok(shared) = root.join("../shared").canonicalize() {
        let _ = std::os::unix::fs::symlink(shared, work.join("shared"));
    }
    tree
}

fn sources(root: &Path, folder: &Path, all: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(root.join(folder)).expect("a folder of sources") {
        let entry = entry.expect("an entry");
        let path = folder.join(entry.file_name());
        if entry.path().is_dir() {
            sources(root, &path, all);
        } else {
            all.push(path);
        }
    }
}

type Places = BTreeMap<String, Vec<(usize, Range<usize>)>>;

fn numbers(places: &Places) -> BTreeSet<usize> {
    places.values().flatten().map(|(number, _)| *number).collect()
}

/// The sources with every switch but those of `without`, and where each mutant stands in them.
fn rewritten(
    originals: &[(PathBuf, Vec<u8>)],
    mutants: &[Mutant],
    wanted: &[usize],
    without: &BTreeSet<usize>,
) -> (Vec<(PathBuf, Vec<u8>)>, Places) {
    let mut places = Places::new();
    let rewrite = |(file, bytes): &(PathBuf, Vec<u8>)| {
        let name = file.to_string_lossy().into_owned();
        let own: Vec<(usize, &Mutant)> = wanted
            .iter()
            .filter(|number| mutants[**number].file == name && !without.contains(number))
            .map(|number| (*number, &mutants[*number]))
            .collect();
        let mut bytes = bytes.clone();
        if !own.is_empty() {
            let text = String::from_utf8(bytes).expect("UTF-8");
            let rewritten = rewrite::rewrite(&text, &own).expect("Rust");
            places.insert(name.clone(), rewritten.places);
            bytes = rewritten.text.into_bytes();
        }
        if name == "src/lib.rs" {
            bytes = [
                b"#![allow(warnings, arithmetic_overflow, unconditional_panic)]\n",
                bytes.as_slice(),
                SWITCH.as_bytes(),
            ]
            .concat();
        }
        (file.clone(), bytes)
    };
    (originals.iter().map(rewrite).collect(), places)
}

fn write(tree: &Path, files: Vec<(PathBuf, Vec<u8>)>) {
    // What an earlier run left of files that are gone or elsewhere by now would be compiled as well.
    let mut left = vec![];
    if tree.join("src").exists() {
        sources(tree, Path::new("src"), &mut left);
    }
    for gone in left
        .iter()
        .filter(|path| !files.iter().any(|(file, _)| file == *path))
    {
        std::fs::remove_file(tree.join(gone)).expect("a source file");
    }
    for (file, bytes) in files {
        let to = tree.join(file);
        std::fs::create_dir_all(to.parent().expect("a folder")).expect("a folder");
        // What is the same keeps its time, so that it need not be compiled again.
        if std::fs::read(&to).ok().as_deref() != Some(&bytes) {
            std::fs::write(&to, bytes).expect("a source file");
        }
    }
}

struct Fault {
    spans: Vec<(String, Range<usize>)>,
    text: String,
}

fn messages(tree: &Path, arguments: &[&str]) -> Vec<Value> {
    let out = Command::new("cargo")
        .args(arguments)
        .args(["--locked", "--package", "yinxin", "--message-format=json"])
        .current_dir(tree)
        // Cargo names what it builds by the path inside the workspace: in the crate's own target it would take its place.
        .env("CARGO_TARGET_DIR", tree.with_file_name("build"))
        .stderr(Stdio::null())
        .output()
        .expect("cargo");
    let text = String::from_utf8_lossy(&out.stdout).into_owned();
    text.lines()
        .filter_map(|line| serde_json::from_str(line).ok())
        .collect()
}

fn check(tree: &Path) -> Vec<Fault> {
    let mut faults = vec![];
    for message in messages(tree, &["check", "--lib"]) {
        let inner = &message["message"];
        if inner["level"] != "error" {
            continue;
        }
        let mut spans: Vec<&Value> = inner["spans"].as_array().into_iter().flatten().collect();
        spans.sort_by_key(|span| span["is_primary"] != true);
        let span = |span: &Value| {
            let bytes = span["byte_start"].as_u64()?..span["byte_end"].as_u64()?;
            let bytes = usize::try_from(bytes.start).ok()?..usize::try_from(bytes.end).ok()?;
            Some((span["file_name"].as_str()?.to_owned(), bytes))
        };
        let spans: Vec<_> = spans.into_iter().filter_map(span).collect();
        // "aborting due to .." has none.
        if !spans.is_empty() {
            let text = inner["rendered"].as_str().unwrap_or_default().to_owned();
            faults.push(Fault { spans, text });
        }
    }
    faults
}

fn programs(tree: &Path, tests: &[&str]) -> Vec<(String, PathBuf)> {
    let mut arguments = vec!["test", "--no-run", "--lib"];
    for test in tests {
        arguments.extend(["--test", test]);
    }
    let mut found = vec![];
    for message in messages(tree, &arguments) {
        if message["message"]["level"] == "error" {
            eprintln!("{}", message["message"]["rendered"].as_str().unwrap_or_default());
        }
        if let (Some(program), Some(name), Some(true)) = (
            message["executable"].as_str(),
            message["target"]["name"].as_str(),
            message["profile"]["test"].as_bool(),
        ) {
            found.push((name.to_owned(), PathBuf::from(program)));
        }
    }
    assert_eq!(found.len(), tests.len() + 1, "the tests do not build");
    found
}
