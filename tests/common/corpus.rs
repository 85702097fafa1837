//! Files that the project did not make: where they lie, which there are, and work on all of them.
#![allow(dead_code, reason = "each test uses its part")]

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

/// The folder of the PDF corpus: next to the project, or where `PDF_CORPUS` says.
pub fn root() -> PathBuf {
    std::env::var_os("PDF_CORPUS").map_or_else(|| beside("pdf"), PathBuf::from)
}

/// The corpus `name` next to the project.
pub fn beside(name: &str) -> PathBuf {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    let project = package.parent().filter(|_| package.ends_with("oracles"));
    project.unwrap_or(package).join("../shared/corpora").join(name)
}

/// The PDF files below `parts` of the corpus, sorted; `None` where there are none, which is said.
pub fn pdfs(parts: &[&str]) -> Option<Vec<PathBuf>> {
    let root = root();
    let mut found: Vec<PathBuf> = parts
        .iter()
        .flat_map(|part| files(&root.join(part), &["pdf"]))
        .collect();
    found.sort();
    if found.is_empty() {
        println!("skipped: no corpus at {}, {}", root.display(), parts.join(", "));
        return None;
    }
    Some(found)
}

/// The files below `folder` whose name ends in one of `extensions`, sorted.
pub fn files(folder: &Path, extensions: &[&str]) -> Vec<PathBuf> {
    let (mut found, mut folders) = (vec![], vec![folder.to_owned()]);
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            let ends = |end: &std::ffi::OsStr| extensions.iter().any(|known| end.eq_ignore_ascii_case(known));
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(ends) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// Runs `work` for every item, on as many threads as there are cores.
pub fn each<T: Sync>(items: &[T], work: impl Fn(&T) + Sync) {
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(2, usize::from) {
            scope.spawn(|| {
                while let Some(item) = items.get(next.fetch_add(1, Ordering::Relaxed)) {
                    work(item);
                }
            });
        }
    });
}
