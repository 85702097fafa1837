//! Evidence that was fetched and whose signature was right, kept until it is replaced: in memory, and in a folder if one is named.

use std::collections::{BTreeMap, VecDeque};
use std::fs;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ring::rand::{SecureRandom as _, SystemRandom};

use crate::crypto::DigestAlgorithm;

/// Bytes by a name of any length. Forgets what came first when it is full.
#[derive(Debug, Default)]
pub(super) struct Cache {
    kept: BTreeMap<String, Arc<Vec<u8>>>,
    order: VecDeque<String>,
    bytes: usize,
    folder: Option<PathBuf>,
}

/// Entries in memory at most.
const MOST_ENTRIES: usize = 512;
/// Bytes in memory at most.
const MOST_BYTES: usize = 64 << 20;

impl Cache {
    /// Keeps a copy of everything in `folder` too, which must exist. What stands there is believed as little as what comes over the
    /// network.
    pub(super) fn in_folder(folder: PathBuf) -> Self {
        Self {
            folder: Some(folder),
            ..Self::default()
        }
    }

    /// What is kept as `name`, of at most `most` bytes.
    pub(super) fn find(&mut self, name: &str, most: usize) -> Option<Arc<Vec<u8>>> {
        if let Some(bytes) = self.kept.get(name) {
            return Some(Arc::clone(bytes));
        }
        let bytes = Arc::new(read(&self.path(name)?, most)?);
        self.remember(name, &bytes);
        Some(bytes)
    }

    /// Keeps `bytes` as `name`. A folder that cannot be written to costs a later request and nothing else.
    pub(super) fn keep(&mut self, name: &str, bytes: &[u8]) {
        let bytes = Arc::new(bytes.to_vec());
        self.remember(name, &bytes);
        if let Some(path) = self.path(name) {
            let _ = write(&path, &bytes);
        }
    }

    /// Forgets `name`.
    pub(super) fn forget(&mut self, name: &str) {
        if let Some(bytes) = self.kept.remove(name) {
            self.bytes = self.bytes.saturating_sub(bytes.len());
            self.order.retain(|kept| kept != name);
        }
        if let Some(path) = self.path(name) {
            let _ = fs::remove_file(path);
        }
    }

    fn remember(&mut self, name: &str, bytes: &Arc<Vec<u8>>) {
        if let Some(old) = self.kept.insert(name.to_owned(), Arc::clone(bytes)) {
            self.bytes = self.bytes.saturating_sub(old.len());
            self.order.retain(|kept| kept != name);
        }
        self.order.push_back(name.to_owned());
        self.bytes = self.bytes.saturating_add(bytes.len());
        while self.kept.len() > MOST_ENTRIES || self.bytes > MOST_BYTES {
            let Some(first) = self.order.pop_front() else {
                break;
            };
            let gone = self.kept.remove(&first).map_or(0, |bytes| bytes.len());
            self.bytes = self.bytes.saturating_sub(gone);
        }
    }

    /// A digest, because names hold addresses, and those what no file name may.
    fn path(&self, name: &str) -> Option<PathBuf> {
        let digest = DigestAlgorithm::Sha256.digest(name.as_bytes());
        let digits: String = digest.iter().map(|octet| format!("{octet:02x}")).collect();
        Some(self.folder.as_ref()?.join(format!("{digits}.der")))
    }
}

fn read(path: &Path, most: usize) -> Option<Vec<u8>> {
    let mut bytes = vec![];
    let limit = u64::try_from(most).ok()?.checked_add(1)?;
    fs::File::open(path)
        .ok()?
        .take(limit)
        .read_to_end(&mut bytes)
        .ok()?;
    (bytes.len() <= most).then_some(bytes)
}

/// Writes beside the place and renames, so that nobody ever reads half of it.
fn write(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut number = [0; 8];
    SystemRandom::new()
        .fill(&mut number)
        .map_err(|_| std::io::Error::other("no random numbers"))?;
    let beside = path.with_extension(format!("{:016x}.tmp", u64::from_be_bytes(number)));
    let written = fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(&beside)
        .and_then(|mut file| file.write_all(bytes))
        .and_then(|()| fs::rename(&beside, path));
    if written.is_err() {
        let _ = fs::remove_file(&beside);
    }
    written
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_bounded_and_the_first_goes_first() {
        let mut cache = Cache::default();
        for index in 0..=MOST_ENTRIES {
            cache.keep(&index.to_string(), b"x");
        }
        assert_eq!(cache.find("0", 10), None);
        assert!(cache.find("1", 10).is_some());
        cache.keep("large", &vec![0; MOST_BYTES]);
        assert_eq!((cache.kept.len(), cache.bytes), (1, MOST_BYTES));
        cache.keep("large", b"small");
        assert_eq!(cache.bytes, 5);
        cache.forget("large");
        assert_eq!((cache.find("large", 10), cache.bytes), (None, 0));
    }

    #[test]
    fn a_folder_outlives_the_memory_and_holds_no_halves() {
        let folder = std::env::temp_dir().join(format!("yinxin-cache-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        Cache::in_folder(folder.clone()).keep("http://a/../b?c", b"evidence");
        let mut again = Cache::in_folder(folder.clone());
        let found = again.find("http://a/../b?c", 8).unwrap();
        assert_eq!(found.as_slice(), b"evidence");
        // Larger than what may be read: not read.
        assert_eq!(Cache::in_folder(folder.clone()).find("http://a/../b?c", 7), None);
        again.forget("http://a/../b?c");
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 0);
        fs::remove_dir(&folder).unwrap();
        // Gone: nothing is kept there, and nothing fails.
        again.keep("x", b"y");
        assert!(again.find("x", 1).is_some());
    }
}
