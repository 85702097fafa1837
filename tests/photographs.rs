//! Photographs of codes that others took: the black-box collection of ZXing, upright and turned by quarters.
//!
//! The collection is no part of the repository; where it is absent, the test says so and passes.
#![cfg(feature = "scan")]

#[path = "common/corpus.rs"]
mod corpus;
#[path = "common/pixels.rs"]
mod pixels;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use pixels::Pixels;
use yinxin::limits::Limits;
use yinxin::symbol::read::read_luma;

/// Percent of pictures times rotations that have to be read with the text their authors gave.
const BAR: usize = 96;

/// The pictures that have a text beside them.
fn pictures(root: &Path) -> Vec<(String, PathBuf, Vec<u8>)> {
    let mut found = vec![];
    for folder in std::fs::read_dir(root).into_iter().flatten().flatten() {
        for entry in std::fs::read_dir(folder.path()).into_iter().flatten().flatten() {
            let path = entry.path();
            let text = path.with_extension("txt");
            if path.extension().is_some_and(|e| e == "png")
                && let Ok(text) = std::fs::read(text)
            {
                found.push((folder.file_name().to_string_lossy().into_owned(), path, text));
            }
        }
    }
    found.sort();
    found
}

/// Whether a text is the one in a file of either encoding.
fn agrees(read: &str, file: &[u8]) -> bool {
    let latin: String = file.iter().map(|&byte| char::from(byte)).collect();
    read.as_bytes() == file || read == latin
}

#[test]
fn photographs_are_read_in_four_rotations() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpora/qr/zxing-blackbox-qr");
    let pictures = pictures(&root);
    if pictures.is_empty() {
        println!("skipped: no photographs at {}", root.display());
        return;
    }
    let table = Mutex::new(BTreeMap::<String, [usize; 6]>::new());
    let missed = Mutex::new(vec![]);
    corpus::each(&pictures, |(folder, path, text)| {
        let mut picture = Pixels::of_png(&std::fs::read(path).unwrap());
        for rotation in 0..4 {
            let start = std::time::Instant::now();
            let read = read_luma(picture.width, picture.height, &picture.luma, &Limits::DEFAULT);
            let took = start.elapsed().as_millis();
            let right = read
                .as_ref()
                .is_ok_and(|texts| texts.iter().any(|t| agrees(t, text)));
            let mut table = table.lock().unwrap();
            let row = table.entry(folder.clone()).or_default();
            row[4] += 1;
            row[rotation] += usize::from(right);
            row[5] += usize::from(!right && read.is_ok());
            if !right {
                let name = path.strip_prefix(&root).unwrap().display();
                missed
                    .lock()
                    .unwrap()
                    .push(format!("{name} at {}: {read:?} {took} ms", rotation * 90));
            }
            picture = picture.turned();
        }
    });
    let (mut read, mut all) = (0, 0);
    println!("folder    pictures   0°  90° 180° 270°  another text");
    for (folder, row) in table.into_inner().unwrap() {
        println!(
            "{folder} {:9} {:4} {:4} {:4} {:4} {:5}",
            row[4] / 4,
            row[0],
            row[1],
            row[2],
            row[3],
            row[5]
        );
        read += row[..4].iter().sum::<usize>();
        all += row[4];
    }
    let mut missed = missed.into_inner().unwrap();
    missed.sort();
    println!("{read} of {all} read; not read:\n{}", missed.join("\n"));
    assert!(read * 100 >= all * BAR, "{read} of {all}");
}
