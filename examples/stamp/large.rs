//! Files of any size: read once, from start to end, and kept only in part.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek as _, SeekFrom, Write};
use std::path::Path;

use memmap2::{MmapMut, MmapOptions};

use crate::files::{Fault, Named as _, fault};

/// Files up to this many bytes are simply read; it is faster for small ones, and memory is at hand for them.
pub const WHOLE: u64 = 8 << 20;

/// The file to read, and its length.
pub fn open(path: &Path) -> Result<(File, u64), Fault> {
    opened(path, OpenOptions::new().read(true))
}

/// The file to append to, and its length.
pub fn open_to_append(path: &Path) -> Result<(File, u64), Fault> {
    opened(path, OpenOptions::new().read(true).write(true))
}

fn opened(path: &Path, options: &OpenOptions) -> Result<(File, u64), Fault> {
    let cannot = |e: io::Error| fault!("{}: cannot be opened: {e}; check the path", path.display());
    let file = options.open(path).map_err(cannot)?;
    let metadata = file.metadata().map_err(cannot)?;
    if metadata.is_dir() {
        return Err(fault!("{}: is a folder; name a file", path.display()));
    }
    Ok((file, metadata.len()))
}

/// Room for what is kept of a file of `length` bytes: private memory that no other program can change, given out by the system
/// page by page where something is written. Not a map of the file: what others do to the file does not show in it.
pub fn room(path: &Path, length: u64) -> Result<MmapMut, Fault> {
    let cannot = |e: &dyn std::fmt::Display| fault!("{}: no room for {length} bytes: {e}", path.display());
    let length = usize::try_from(length).map_err(|e| cannot(&e))?;
    // A map of nothing is refused, and an empty file is no PDF.
    let room = MmapOptions::new().len(length.max(1)).no_reserve_swap().map_anon();
    let room = room.map_err(|e| cannot(&e))?;
    // Huge pages would take two megabytes for every few bytes kept. Systems without them do not know the advice.
    #[cfg(target_os = "linux")]
    let _ = room.advise(memmap2::Advice::NoHugePage);
    Ok(room)
}

/// A reader that writes everything that is read from it to a copy.
pub struct Copying<'f> {
    pub from: &'f File,
    pub to: &'f File,
}

impl Read for Copying<'_> {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        let count = self.from.read(room)?;
        if let Some(bytes) = room.get(..count) {
            self.to.write_all(bytes)?;
        }
        Ok(count)
    }
}

/// Appends `bytes` to `file`, which must still be `length` bytes long; on failure it is that long again.
pub fn append(path: &Path, mut file: &File, length: u64, bytes: &[u8]) -> Result<(), Fault> {
    let now = file
        .metadata()
        .map(|metadata| metadata.len())
        .named(path.display())?;
    if now != length {
        return Err(fault!(
            "{}: has changed while it was being sealed and is left as it is; try again",
            path.display()
        ));
    }
    let written = file
        .seek(SeekFrom::Start(length))
        .and_then(|_| file.write_all(bytes))
        .and_then(|()| file.sync_all());
    written.map_err(|e| match file.set_len(length) {
        Ok(()) => fault!("{}: cannot be written: {e}; it is as it was", path.display()),
        Err(cut) => fault!(
            "{}: cannot be written: {e}; nor cut back ({cut}): what follows its first {length} bytes is to be removed",
            path.display()
        ),
    })
}
