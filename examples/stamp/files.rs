//! Files: read with a size cap, written whole or not at all, never over an input.

use std::collections::BTreeSet;
use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use yinxin::pdf::Password;
use yinxin::pki::KeyPassword;
use yinxin::time::Time;

/// What went wrong outside the documents judged (usage, input, output): one line that ends with the remedy.
#[derive(Debug)]
pub struct Fault(pub String);

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A fault from a formatted message.
macro_rules! fault {
    ($($arg:tt)*) => { $crate::files::Fault(format!($($arg)*)) };
}
pub(crate) use fault;

/// Puts the object in front of an error's message.
pub trait Named<T> {
    fn named(self, object: impl fmt::Display) -> Result<T, Fault>;
}

impl<T, E: fmt::Display> Named<T> for Result<T, E> {
    fn named(self, object: impl fmt::Display) -> Result<T, Fault> {
        self.map_err(|error| fault!("{object}: {error}"))
    }
}

/// Most bytes of a PDF or picture read.
pub const LARGE: u64 = 512 << 20;
/// Most bytes of a record, template, key, certificate file, code or list read.
pub const SMALL: u64 = 16 << 20;

/// The password in a file, without the line end; the empty one if there is no file. Never an argument: those can be seen by
/// everybody on the machine.
pub fn password(path: Option<&Path>) -> Result<Password, Fault> {
    let Some(path) = path else {
        return Ok(Password::default());
    };
    let line = line(path)?;
    if line.is_empty() {
        return Err(fault!("{}: must hold one line, the password", path.display()));
    }
    Ok(Password::new(line.as_str()))
}

/// The password of a key, or the PIN of a token, in a file; an empty file is the empty password.
pub fn key_password(path: Option<&Path>) -> Result<Option<KeyPassword>, Fault> {
    path.map(|path| Ok(KeyPassword::new(line(path)?.as_str())))
        .transpose()
}

/// The one line of a file that holds a secret, without the line end.
fn line(path: &Path) -> Result<zeroize::Zeroizing<String>, Fault> {
    spare(path);
    let text = zeroize::Zeroizing::new(read_text(path)?);
    let line = text.strip_suffix('\n').unwrap_or(&text);
    let line = line.strip_suffix('\r').unwrap_or(line);
    if line.contains(['\n', '\r']) {
        return Err(fault!("{}: must hold one line, the password", path.display()));
    }
    Ok(zeroize::Zeroizing::new(line.to_owned()))
}

/// The file's bytes, at most `most` of them.
pub fn read(path: &Path, most: u64) -> Result<Vec<u8>, Fault> {
    let file =
        File::open(path).map_err(|e| fault!("{}: cannot be opened: {e}; check the path", path.display()))?;
    if file.metadata().is_ok_and(|metadata| metadata.is_dir()) {
        return Err(fault!("{}: is a folder; name a file", path.display()));
    }
    let mut bytes = Vec::new();
    file.take(most + 1)
        .read_to_end(&mut bytes)
        .map_err(|e| fault!("{}: cannot be read: {e}", path.display()))?;
    if bytes.len() as u64 > most {
        return Err(fault!(
            "{}: is larger than {} MiB, the most this program reads",
            path.display(),
            most >> 20
        ));
    }
    Ok(bytes)
}

/// `bytes` without the mark that some editors put in front of text in UTF-8.
pub fn unmarked(mut bytes: Vec<u8>) -> Vec<u8> {
    if bytes.starts_with(b"\xef\xbb\xbf") {
        bytes.drain(..3);
    }
    bytes
}

/// The file's text, without the mark in front of it.
pub fn read_text(path: &Path) -> Result<String, Fault> {
    let bytes = unmarked(read(path, SMALL)?);
    let utf16 = matches!(bytes.as_slice(), [0xff, 0xfe, ..] | [0xfe, 0xff, ..]);
    String::from_utf8(bytes).map_err(|_| match utf16 {
        true => fault!("{}: is text in UTF-16; save it as UTF-8", path.display()),
        false => fault!(
            "{}: is not text in UTF-8; check that it is the file you mean",
            path.display()
        ),
    })
}

/// Files that exist, by their real paths.
#[derive(Default)]
struct Paths(Mutex<BTreeSet<PathBuf>>);

impl Paths {
    fn held(&self) -> MutexGuard<'_, BTreeSet<PathBuf>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn add(&self, path: &Path) {
        if let Ok(real) = path.canonicalize() {
            self.held().insert(real);
        }
    }
}

/// What no output of this run may replace, whichever command it is.
static SPARED: Paths = Paths(Mutex::new(BTreeSet::new()));

/// Never writes over `path`: a key, a password, what is trusted, what results are made of. There may be no other copy of it.
pub fn spare(path: &Path) {
    SPARED.add(path);
}

/// Writes files by way of a temporary one beside each, and refuses to touch any input, or one output twice.
#[derive(Default)]
pub struct Outputs {
    inputs: Vec<PathBuf>,
    written: Paths,
}

impl Outputs {
    /// Outputs that never replace one of `inputs`.
    pub fn sparing<'a>(inputs: impl IntoIterator<Item = &'a Path>) -> Self {
        Self {
            inputs: inputs
                .into_iter()
                .filter_map(|path| path.canonicalize().ok())
                .collect(),
            written: Paths::default(),
        }
    }

    /// Replaces or makes `path` in one step; makes missing folders.
    pub fn write(&self, path: &Path, bytes: &[u8]) -> Result<(), Fault> {
        let mut output = self.begin(path)?;
        output.write(bytes)?;
        output.finish()?;
        self.written.add(path);
        Ok(())
    }

    /// A file that becomes `path` when it is finished, and nothing if it is not; makes missing folders.
    pub fn begin(&self, path: &Path) -> Result<Temporary, Fault> {
        if let Ok(real) = path.canonicalize() {
            if self.inputs.contains(&real) || SPARED.held().contains(&real) {
                return Err(fault!(
                    "{}: is an input and is not overwritten; choose another output",
                    path.display()
                ));
            }
            if self.written.held().contains(&real) {
                return Err(fault!(
                    "{}: was just written, and something else would replace it; name another file or folder for each output",
                    path.display()
                ));
            }
        }
        Temporary::beside(path, false)
    }
}

/// Makes `path`; an existing file stays as it is and is a fault. `secret` files are for their owner only.
pub fn write_new(path: &Path, bytes: &[u8], secret: bool) -> Result<(), Fault> {
    let mut output = Temporary::beside(path, secret)?;
    output.write(bytes)?;
    output.sync()?;
    // A hard link fails if the name is taken, where a rename would replace.
    fs::hard_link(&output.temporary, path).map_err(|e| match e.kind() {
        std::io::ErrorKind::AlreadyExists => {
            fault!(
                "{}: exists already and is not overwritten; choose another folder",
                path.display()
            )
        }
        _ => fault!("{}: cannot be written: {e}", path.display()),
    })
}

/// How many temporary files this process has begun: their names differ.
static TEMPORARIES: AtomicU64 = AtomicU64::new(0);

/// A file being written, in the folder of the one it is to become. Gone when dropped unfinished.
pub struct Temporary {
    path: PathBuf,
    temporary: PathBuf,
    file: File,
}

impl Temporary {
    fn beside(path: &Path, secret: bool) -> Result<Self, Fault> {
        let cannot =
            |e: std::io::Error| fault!("{}: cannot be written: {e}; check the folder", path.display());
        if path.as_os_str() == "-" {
            return Err(fault!(
                "-: nothing is written to standard output, so that it is there whole or not at all; name a file"
            ));
        }
        // A rename would put a file in the place of the device, and of the link to it: /dev/stdout is one, wherever it leads.
        let is_device = |target: PathBuf| target.starts_with("/proc") || target.starts_with("/dev");
        if fs::metadata(path).is_ok_and(|metadata| !metadata.is_file())
            || fs::read_link(path).is_ok_and(is_device)
        {
            return Err(fault!("{}: is a folder or a device; name a file", path.display()));
        }
        let name = path
            .file_name()
            .ok_or_else(|| fault!("{}: is not a file name", path.display()))?;
        let folder = folder(path);
        fs::create_dir_all(folder).map_err(cannot)?;
        // A part of the name, for the longest names leave no room.
        let part: String = name.to_string_lossy().chars().take(40).collect();
        let number = TEMPORARIES.fetch_add(1, Ordering::Relaxed);
        let temporary = folder.join(format!(".{part}.{}.{number}.tmp", std::process::id()));
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        if secret {
            use std::os::unix::fs::OpenOptionsExt as _;
            options.mode(0o600);
        }
        #[cfg(not(unix))]
        let _ = secret;
        let file = options.open(&temporary).map_err(cannot)?;
        Ok(Self {
            path: path.to_owned(),
            temporary,
            file,
        })
    }

    /// The open file.
    pub fn file(&self) -> &File {
        &self.file
    }

    /// Writes `bytes` after what has been written.
    pub fn write(&mut self, bytes: &[u8]) -> Result<(), Fault> {
        self.file.write_all(bytes).map_err(|e| {
            fault!(
                "{}: cannot be written: {e}; check the folder",
                self.path.display()
            )
        })
    }

    fn sync(&self) -> Result<(), Fault> {
        self.file.sync_all().map_err(|e| {
            fault!(
                "{}: cannot be written: {e}; check the folder",
                self.path.display()
            )
        })
    }

    /// Puts the file in its place, whether or not it is on the disk: whoever looks has to check the digest.
    pub fn finish_unsynced(self) -> Result<(), Fault> {
        self.place()
    }

    fn place(&self) -> Result<(), Fault> {
        fs::rename(&self.temporary, &self.path)
            .map_err(|e| fault!("{}: cannot be written: {e}", self.path.display()))
    }

    /// Puts the file in its place once it is on the disk.
    pub fn finish(self) -> Result<(), Fault> {
        self.sync()?;
        self.place()?;
        // The name too is to outlast a loss of power; where folders cannot be opened, the system sees to it.
        #[cfg(unix)]
        if let Ok(folder) = File::open(folder(&self.path)) {
            let _ = folder.sync_all();
        }
        Ok(())
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        // After `finish` there is none of that name.
        let _ = fs::remove_file(&self.temporary);
    }
}

/// Keeps other runs of this program from changing `path` while what this gives lives: what they read would be old when they write it.
/// The folder is locked, since the file is replaced and not written to; where the system cannot lock folders, nothing is.
pub fn alone_with(path: &Path) -> Option<File> {
    let folder = File::open(folder(path)).ok()?;
    folder.lock().ok()?;
    Some(folder)
}

fn folder(path: &Path) -> &Path {
    path.parent()
        .filter(|parent| !parent.as_os_str().is_empty())
        .unwrap_or(Path::new("."))
}

/// The files that `paths` name: a folder stands for its files ending in `.extension`, by name.
pub fn expand(paths: &[PathBuf], extension: &str) -> Result<Vec<PathBuf>, Fault> {
    let mut files = Vec::new();
    for path in paths {
        if !path.is_dir() {
            files.push(path.clone());
            continue;
        }
        let entries = fs::read_dir(path).map_err(|e| fault!("{}: cannot be read: {e}", path.display()))?;
        let mut inside: Vec<PathBuf> = entries
            .filter_map(|entry| entry.ok().map(|entry| entry.path()))
            .filter(|file| file.is_file() && has_extension(file, extension))
            .collect();
        inside.sort();
        if inside.is_empty() {
            return Err(fault!(
                "{}: holds no .{extension} files; name the files or another folder",
                path.display()
            ));
        }
        files.append(&mut inside);
    }
    Ok(files)
}

/// Whether the name ends in `.extension`, in any letter case.
pub fn has_extension(path: &Path, extension: &str) -> bool {
    path.extension()
        .is_some_and(|found| found.eq_ignore_ascii_case(extension))
}

/// The file's name without folder and extension.
pub fn stem(path: &Path) -> String {
    path.file_stem()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned()
}

/// The names of `files` must differ, or their outputs in one folder would replace each other.
pub fn distinct_stems(files: &[PathBuf]) -> Result<(), Fault> {
    let mut seen = std::collections::BTreeMap::new();
    for file in files {
        if let Some(first) = seen.insert(stem(file), file) {
            return Err(fault!(
                "{} and {} would give the same output; rename one of them",
                first.display(),
                file.display()
            ));
        }
    }
    Ok(())
}

/// The present time. The only clock in the project.
pub fn now() -> Time {
    let seconds = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |duration| duration.as_secs());
    Time::from_unix(i64::try_from(seconds).unwrap_or(0)).unwrap_or_else(|_| Time::from_unix(0).expect("1970"))
}

/// Lower-case hex.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
