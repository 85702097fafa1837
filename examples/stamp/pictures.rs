//! The pictures that records name: a folder of them, found by file name or by digest.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use yinxin::compose::Picture;
use yinxin::crypto::DigestAlgorithm;
use yinxin::limits::Limits;
use yinxin::record::{MediaType, Record};

use crate::files::{self, Fault, Named as _, fault};

/// A folder of pictures. They are read when they are needed.
#[derive(Default)]
pub struct Folder {
    by_name: BTreeMap<String, (MediaType, [u8; 32])>,
    by_digest: BTreeMap<[u8; 32], PathBuf>,
}

impl Folder {
    /// Looks through the folder, if there is one; folders in it are not looked into.
    pub fn open(path: Option<&Path>) -> Result<Self, Fault> {
        let mut folder = Self::default();
        let Some(path) = path else {
            return Ok(folder);
        };
        let entries =
            std::fs::read_dir(path).map_err(|e| fault!("{}: cannot be read: {e}", path.display()))?;
        for entry in entries {
            let file = entry.named(path.display())?.path();
            let picture = ["png", "jpg", "jpeg", "svg"];
            if !file.is_file() || !picture.iter().any(|kind| files::has_extension(&file, kind)) {
                continue;
            }
            let bytes = files::read(&file, files::SMALL)?;
            let (Some(name), Some(kind)) = (file.file_name(), MediaType::of(&bytes)) else {
                return Err(fault!(
                    "{}: is not PNG, JPEG or SVG; save it again",
                    file.display()
                ));
            };
            let digest: [u8; 32] = DigestAlgorithm::Sha256
                .digest(&bytes)
                .try_into()
                .unwrap_or_default();
            folder
                .by_name
                .insert(name.to_string_lossy().into_owned(), (kind, digest));
            folder.by_digest.insert(digest, file);
        }
        Ok(folder)
    }

    /// Format and digest of the picture of this file name.
    pub fn named(&self, name: &str) -> Option<(MediaType, [u8; 32])> {
        self.by_name.get(name).copied()
    }

    /// The pictures that the record names, as far as they are in the folder: composing says which is not.
    pub fn of(&self, record: &Record) -> Result<Vec<Picture>, Fault> {
        let files = record
            .pictures()
            .iter()
            .filter_map(|picture| self.by_digest.get(&picture.sha256));
        let read = |file: &PathBuf| {
            Picture::read(&files::read(file, files::SMALL)?, &Limits::DEFAULT).named(file.display())
        };
        files.map(read).collect()
    }

    /// What decides the pictures, for a digest: names and digests in order.
    pub fn identity(&self) -> Vec<u8> {
        let entries = self.by_name.iter();
        entries
            .flat_map(|(name, (_, digest))| [name.as_bytes(), b"\0", digest].concat())
            .collect()
    }
}
