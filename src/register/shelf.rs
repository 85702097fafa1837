//! The folder of finished files, and the two steps with the file between them.

use core::fmt;
use std::collections::BTreeSet;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use super::audit::sha256;
use super::entry::{Act, Entry, Request, State};
use super::{Register, RegisterError};
use crate::crypto::{DigestAlgorithm, Hasher};
use crate::record::Identifier;

mod check;

pub use check::{Checked, Fault};

/// The folder that issued files stand in.
///
/// A file is written under `work/`, forced to the disk, and then appears under `results/` in one step and under the name of its
/// identifier; what stands there is never replaced. What is no result is moved to `set-aside/`. Only programs that issue write here.
#[derive(Debug)]
pub struct Shelf {
    root: PathBuf,
    /// Folders whose names are known to be on the disk.
    kept: Mutex<BTreeSet<PathBuf>>,
}

/// What [`Shelf::recover`] found and did.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct Recovery {
    /// Entries that were reserved with their file in its place, and are issued now.
    pub completed: Vec<Identifier>,
    /// Entries that are reserved and have no file: repeat their requests, or void them.
    pub waiting: Vec<Entry>,
    /// Files that were set aside, as they are named now.
    pub set_aside: Vec<PathBuf>,
    /// Files among the unfinished ones that no identifier names; left as they are.
    pub foreign: Vec<PathBuf>,
}

/// Why the shelf did not do what was asked.
#[non_exhaustive]
#[derive(Debug)]
pub enum ShelfError {
    /// The file in its place is not the one that the entry says was issued.
    Another(Identifier),
    /// A file or folder could not be read or written.
    File {
        /// Which.
        path: PathBuf,
        /// The system's complaint.
        error: io::Error,
    },
    /// The register did not do it.
    Register(RegisterError),
    /// An issued entry's file is not there.
    Missing(Identifier),
}

/// Why a result was not issued.
#[non_exhaustive]
#[derive(Debug)]
pub enum IssueError<E> {
    /// The file could not be made. Its identifier stays reserved: repeat the request, or void it.
    Make {
        /// The identifier.
        identifier: Identifier,
        /// Why.
        error: E,
    },
    /// The register or the folder did not do it.
    Shelf(ShelfError),
}

const RESULTS: &str = "results";
const WORK: &str = "work";
const SET_ASIDE: &str = "set-aside";
/// Tries to find a name that nobody has; each try costs one file.
const TRIES: u32 = 10_000;

impl Shelf {
    /// The shelf in the folder `root`, which is made if there is none.
    ///
    /// # Errors
    /// Occurs if the folder cannot be made or written.
    pub fn open(root: impl Into<PathBuf>) -> Result<Self, ShelfError> {
        let shelf = Self {
            root: root.into(),
            kept: Mutex::default(),
        };
        for name in [RESULTS, WORK, SET_ASIDE] {
            shelf.keep(&shelf.root.join(name))?;
        }
        Ok(shelf)
    }

    /// Issues one result: reserves, makes the file, puts it in its place, commits. The same request again gives the same entry, and
    /// `make` is not called if the file is there already.
    ///
    /// `make` is given the entry, and makes the file that names its identifier and its place on the status list.
    ///
    /// # Errors
    /// Occurs if the file cannot be made, or the register or the folder fails. Repeating the request is always right.
    pub fn issue<E>(
        &self,
        register: &mut (impl Register + ?Sized),
        request: &Request,
        by: &Act<'_>,
        make: impl FnOnce(&Entry) -> Result<Vec<u8>, E>,
    ) -> Result<Entry, IssueError<E>> {
        let entry = register.reserve(request, by)?;
        let identifier = entry.identifier();
        let path = self.path(identifier);
        let placed = digest_at(&path)?;
        if entry.state() == State::Issued {
            return match placed {
                Some(digest) if entry.digest() == Some(&digest) => Ok(entry),
                Some(_) => Err(RegisterError::Digest(identifier.clone()).into()),
                None => Err(IssueError::Shelf(ShelfError::Missing(identifier.clone()))),
            };
        }
        let digest = match placed {
            Some(digest) => digest,
            None => {
                let bytes = make(&entry).map_err(|error| IssueError::Make {
                    identifier: identifier.clone(),
                    error,
                })?;
                self.place(identifier, &bytes)?
            }
        };
        match register.commit(identifier, &digest, by) {
            Ok(entry) => Ok(entry),
            Err(error @ RegisterError::Void(_)) => {
                self.set_aside(register, &path, identifier, "its identifier was given up", by)?;
                Err(error.into())
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Pairs files with entries after programs were stopped: commits entries whose file is in its place, and sets aside unfinished
    /// files and those whose identifier was given up. Others may issue at the same time; what they are at is left alone.
    ///
    /// Looks at what is unfinished or void, not at all that was ever issued: cheap enough for every start. [`check`](Self::check)
    /// looks at everything.
    ///
    /// # Errors
    /// Occurs if the register or the folder fails.
    pub fn recover(
        &self,
        register: &mut (impl Register + ?Sized),
        by: &Act<'_>,
    ) -> Result<Recovery, ShelfError> {
        let mut found = Recovery::default();
        self.sweep(register, by, &mut found)?;
        let mut after = 0;
        loop {
            let page = register.entries(Some(State::Reserved), after)?;
            let Some(last) = page.last() else { break };
            after = last.reserved();
            for entry in page {
                let path = self.path(entry.identifier());
                let Some(digest) = digest_at(&path)? else {
                    found.waiting.push(entry);
                    continue;
                };
                // Whoever was stopped may not have come to force the name to the disk.
                self.sync_folder(&path)?;
                match register.commit(entry.identifier(), &digest, by) {
                    Ok(entry) => found.completed.push(entry.identifier),
                    // Given up in this moment: what follows sees to it.
                    Err(RegisterError::Void(_)) => {}
                    Err(error) => return Err(error.into()),
                }
            }
        }
        after = 0;
        loop {
            let page = register.entries(Some(State::Void), after)?;
            let Some(last) = page.last() else { break };
            after = last.reserved();
            for entry in &page {
                let path = self.path(entry.identifier());
                let why = "its identifier was given up";
                if let Some(moved) = self.set_aside(register, &path, entry.identifier(), why, by)? {
                    found.set_aside.push(moved);
                }
            }
        }
        Ok(found)
    }

    /// The file of an issued entry, to the last byte the one that was issued.
    ///
    /// # Errors
    /// Occurs if it is not in its place, cannot be read, or is another than the entry says; of an entry that is not issued too.
    pub fn read(&self, entry: &Entry) -> Result<Vec<u8>, ShelfError> {
        let (identifier, path) = (entry.identifier(), self.path(entry.identifier()));
        let bytes = match fs::read(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(ShelfError::Missing(identifier.clone()));
            }
            read => read.map_err(at(&path))?,
        };
        match entry.digest() == Some(&sha256(&bytes)) {
            true => Ok(bytes),
            false => Err(ShelfError::Another(identifier.clone())),
        }
    }

    /// Where the file of this identifier stands once it is issued.
    #[must_use]
    pub fn path(&self, identifier: &Identifier) -> PathBuf {
        let serial = identifier.serial();
        // A thousand files a folder.
        let thousand = serial.get(..serial.len().saturating_sub(3)).unwrap_or_default();
        let mut path = self.root.join(RESULTS);
        path.push(identifier.issuer_code().as_str());
        path.push(identifier.type_code().as_str());
        path.push(if thousand.is_empty() { "0" } else { thousand });
        path.push(format!("{identifier}.pdf"));
        path
    }

    /// Puts the file in its place, on the disk, unless another is there: that one stays. Gives the digest of the one that is there.
    fn place(&self, identifier: &Identifier, bytes: &[u8]) -> Result<[u8; 32], ShelfError> {
        let path = self.path(identifier);
        if let Some(folder) = path.parent() {
            self.keep(folder)?;
        }
        for attempt in 0..TRIES {
            let unfinished = self.root.join(WORK).join(format!("{identifier}.{attempt}.tmp"));
            let mut file = match OpenOptions::new().write(true).create_new(true).open(&unfinished) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => continue,
                opened => opened.map_err(at(&unfinished))?,
            };
            // The lock says that somebody is at it; recovery that was quicker has it, and takes the file away.
            match file.try_lock() {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => continue,
                Err(TryLockError::Error(error)) => return Err(at(&unfinished)(error)),
            }
            file.write_all(bytes)
                .and_then(|()| file.sync_all())
                .map_err(at(&unfinished))?;
            // A second name for the same file: unlike renaming it never replaces what has the name already.
            match fs::hard_link(&unfinished, &path) {
                Ok(()) => {}
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                // Recovery was quicker between making and locking.
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                Err(error) => return Err(at(&path)(error)),
            }
            self.sync_folder(&path)?;
            let digest = digest_at(&path)?.ok_or_else(|| ShelfError::Missing(identifier.clone()))?;
            if digest == sha256(bytes) {
                fs::remove_file(&unfinished).map_err(at(&unfinished))?;
            }
            // Another's file was there first: this one is left for recovery to set aside, on record.
            return Ok(digest);
        }
        let error = io::Error::other("too many unfinished files of this identifier; recover first");
        Err(at(&path)(error))
    }

    /// Sets aside the unfinished files that nobody is at.
    fn sweep(
        &self,
        register: &mut (impl Register + ?Sized),
        by: &Act<'_>,
        found: &mut Recovery,
    ) -> Result<(), ShelfError> {
        let work = self.root.join(WORK);
        let mut paths = Vec::new();
        for entry in fs::read_dir(&work).map_err(at(&work))? {
            paths.push(entry.map_err(at(&work))?.path());
        }
        paths.sort();
        for path in paths {
            let identifier = path
                .file_name()
                .and_then(|name| name.to_str())
                .and_then(|name| name.strip_suffix(".tmp"))
                .and_then(|name| name.rsplit_once('.'))
                .and_then(|(identifier, _)| identifier.parse::<Identifier>().ok());
            let known = match &identifier {
                Some(identifier) => register.entry(identifier)?.is_some(),
                None => false,
            };
            let (Some(identifier), true) = (identifier, known) else {
                found.foreign.push(path);
                continue;
            };
            let file = match File::open(&path) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                opened => opened.map_err(at(&path))?,
            };
            match file.try_lock() {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => continue,
                Err(TryLockError::Error(error)) => return Err(at(&path)(error)),
            }
            // A second name of the file in its place says nothing that the first does not.
            let unfinished = digest_at(&path)?;
            if unfinished.is_some() && unfinished == digest_at(&self.path(&identifier))? {
                gone(fs::remove_file(&path)).map_err(at(&path))?;
                continue;
            }
            let why = "whoever made it was stopped, or another file was in its place first";
            if let Some(moved) = self.set_aside(register, &path, &identifier, why, by)? {
                found.set_aside.push(moved);
            }
        }
        Ok(())
    }

    /// Moves a file out of the way under a name that nobody has, on record. `None` if it is gone.
    fn set_aside(
        &self,
        register: &mut (impl Register + ?Sized),
        path: &Path,
        identifier: &Identifier,
        why: &str,
        by: &Act<'_>,
    ) -> Result<Option<PathBuf>, ShelfError> {
        let Some(digest) = digest_at(path)? else {
            return Ok(None);
        };
        // Said before it is done: what is said twice is true, what is done and never said is lost.
        register.note_set_aside(identifier, &digest, why, by)?;
        for attempt in 0..TRIES {
            let target = self
                .root
                .join(SET_ASIDE)
                .join(format!("{identifier}.{attempt}.pdf"));
            match fs::hard_link(path, &target) {
                Ok(()) => {}
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => continue,
                Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
                Err(error) => return Err(at(&target)(error)),
            }
            self.sync_folder(&target)?;
            gone(fs::remove_file(path)).map_err(at(path))?;
            self.sync_folder(path)?;
            return Ok(Some(target));
        }
        let error = io::Error::other("too many files of this identifier are set aside; file them elsewhere");
        Err(at(path)(error))
    }

    /// Makes a folder whose name outlasts a loss of power.
    fn keep(&self, folder: &Path) -> Result<(), ShelfError> {
        // A thread that panicked while it held the lock had only looked.
        let kept = |error: std::sync::PoisonError<_>| error.into_inner();
        if self.kept.lock().unwrap_or_else(kept).contains(folder) {
            return Ok(());
        }
        fs::create_dir_all(folder).map_err(at(folder))?;
        // Also if another process made it: that one may not have come to this yet.
        let mut name = folder;
        while let Some(parent) = name.parent().filter(|parent| parent.starts_with(&self.root)) {
            sync(parent)?;
            name = parent;
        }
        self.kept.lock().unwrap_or_else(kept).insert(folder.to_owned());
        Ok(())
    }

    fn sync_folder(&self, path: &Path) -> Result<(), ShelfError> {
        path.parent().map_or(Ok(()), sync)
    }
}

/// Forces a folder's names to the disk. Where folders cannot be opened, the system sees to it.
fn sync(folder: &Path) -> Result<(), ShelfError> {
    if cfg!(unix) {
        File::open(folder)
            .and_then(|folder| folder.sync_all())
            .map_err(at(folder))?;
    }
    Ok(())
}

/// SHA-256 over a file, if it is there.
fn digest_at(path: &Path) -> Result<Option<[u8; 32]>, ShelfError> {
    let mut file = match File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        opened => opened.map_err(at(path))?,
    };
    let mut state = Hasher::new(DigestAlgorithm::Sha256);
    let mut buffer = vec![0; 64 << 10];
    loop {
        let length = file.read(&mut buffer).map_err(at(path))?;
        if length == 0 {
            break;
        }
        state.update(buffer.get(..length).unwrap_or_default());
    }
    Ok(state.finish().try_into().ok())
}

fn at(path: &Path) -> impl FnOnce(io::Error) -> ShelfError + '_ {
    |error| ShelfError::File {
        path: path.to_owned(),
        error,
    }
}

/// Whoever else removed it did what was asked.
fn gone(removed: io::Result<()>) -> io::Result<()> {
    match removed {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        removed => removed,
    }
}

impl fmt::Display for ShelfError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Another(identifier) => write!(
                f,
                "{identifier}: the file in its place is not the one that the register says was issued; restore it from a copy"
            ),
            Self::File { path, error } => write!(f, "{}: {error}; check the folder", path.display()),
            Self::Missing(identifier) => write!(
                f,
                "{identifier}: is issued, and its file is not in its place; restore it from a copy"
            ),
            Self::Register(error) => error.fmt(f),
        }
    }
}

impl core::error::Error for ShelfError {}

impl From<RegisterError> for ShelfError {
    fn from(error: RegisterError) -> Self {
        Self::Register(error)
    }
}

impl<E: fmt::Display> fmt::Display for IssueError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Make { identifier, error } => write!(
                f,
                "{identifier}: its file could not be made: {error}; the identifier stays reserved for this request"
            ),
            Self::Shelf(error) => error.fmt(f),
        }
    }
}

impl<E: fmt::Debug + fmt::Display> core::error::Error for IssueError<E> {}

impl<E> From<RegisterError> for IssueError<E> {
    fn from(error: RegisterError) -> Self {
        Self::Shelf(error.into())
    }
}

impl<E> From<ShelfError> for IssueError<E> {
    fn from(error: ShelfError) -> Self {
        Self::Shelf(error)
    }
}
