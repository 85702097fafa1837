//! What is finished, so that an interrupted run goes on where it stopped.
//!
//! The first line says what the run was about; each further one says that a row is finished, and the digest of its file. A line
//! that was cut off, or whose file is not as it says, counts for nothing: the row is made again.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use yinxin::crypto::DigestAlgorithm;
use yinxin::time::Time;

use crate::files::{self, Fault, fault};

pub const NAME: &str = "journal.txt";

pub struct Journal {
    path: PathBuf,
    file: File,
    /// When the results are sealed: a run that goes on seals at the time of the first.
    pub at: Time,
    /// Digest by file name.
    finished: BTreeMap<String, String>,
}

impl Journal {
    /// Opens the journal in `folder`, or begins one for the work that `inputs` is the digest of.
    pub fn open(folder: &Path, inputs: &str, at: Option<Time>) -> Result<Self, Fault> {
        let path = folder.join(NAME);
        let cannot =
            |e: std::io::Error| fault!("{}: cannot be written: {e}; check the folder", path.display());
        std::fs::create_dir_all(folder).map_err(cannot)?;
        let mut file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path)
            .map_err(cannot)?;
        // Two runs would clear away what the other is writing and note over each other; where the system cannot lock files, nobody tells.
        if matches!(file.try_lock(), Err(TryLockError::WouldBlock)) {
            return Err(fault!(
                "{}: another run is at this folder; wait for it, or choose another folder for --out",
                path.display()
            ));
        }
        // Longer than any other text: a line for each of a list's rows.
        let text = files::read(&path, files::LARGE)?;
        let text = String::from_utf8_lossy(&text);
        // Only whole lines.
        let whole = text
            .rfind('\n')
            .map_or("", |end| text.get(..=end).unwrap_or_default());
        let mut lines = whole.lines();
        let mut finished = BTreeMap::new();
        let at = match lines.next() {
            None => at.unwrap_or_else(files::now),
            Some(head) => {
                let begun = head.split_once(' ').filter(|(digest, _)| *digest == inputs);
                let begun = begun.and_then(|(_, at)| at.parse::<Time>().ok());
                let begun = begun.filter(|begun| at.is_none_or(|at| at == *begun));
                begun.ok_or_else(|| {
                    fault!(
                        "{}: belongs to a run with another list, template, picture or option; choose another folder for --out, or remove it to begin anew",
                        path.display()
                    )
                })?
            }
        };
        for line in lines {
            if let Some((digest, name)) = line.split_once(' ') {
                finished.insert(name.to_owned(), digest.to_owned());
            }
        }
        // What follows the last whole line was cut off.
        file.set_len(whole.len() as u64).map_err(cannot)?;
        std::io::Seek::seek(&mut file, std::io::SeekFrom::End(0)).map_err(cannot)?;
        if whole.is_empty() {
            writeln!(file, "{inputs} {at}").map_err(cannot)?;
        }
        Ok(Self {
            path,
            file,
            at,
            finished,
        })
    }

    /// Whether this file is finished and still as it was.
    pub fn has(&self, folder: &Path, name: &str) -> bool {
        let Some(digest) = self.finished.get(name) else {
            return false;
        };
        files::read(&folder.join(name), files::LARGE).is_ok_and(|bytes| hex_digest(&bytes) == *digest)
    }

    /// Notes that the file of this digest is in its place.
    pub fn note(&mut self, name: &str, digest: &str) -> Result<(), Fault> {
        writeln!(self.file, "{digest} {name}")
            .map_err(|e| fault!("{}: cannot be written: {e}; check the disk", self.path.display()))
    }
}

pub fn hex_digest(bytes: &[u8]) -> String {
    files::hex(&DigestAlgorithm::Sha256.digest(bytes))
}
