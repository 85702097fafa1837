//! How much memory the objects of one file take at one time, and how much they may.
//!
//! Two bytes of a file can be a value, so a file of small values is many times as large in memory. The bound is a few
//! times the file and some room: above it the cache is emptied first, then the object is refused.

use core::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// What a small file may take besides: 24 MiB.
const ROOM: usize = 24 << 20;

/// Memory the objects may take, for each byte of the file.
const SHARE: usize = 3;

/// The account of one document. Clones are the same account.
#[derive(Clone)]
pub(super) struct Memory(Arc<Account>);

struct Account {
    live: AtomicUsize,
    most: usize,
}

impl Memory {
    /// The account of a file of `length` bytes.
    pub(super) fn new(length: usize) -> Self {
        Self(Arc::new(Account {
            live: AtomicUsize::new(0),
            most: ROOM.saturating_add(length.saturating_mul(SHARE)),
        }))
    }

    /// Bytes that may still be taken.
    pub(super) fn room(&self) -> usize {
        self.0.most.saturating_sub(self.live())
    }

    /// Bytes that are taken now.
    pub(super) fn live(&self) -> usize {
        self.0.live.load(Ordering::Relaxed)
    }

    /// What a cache may keep: a part of it all, so that those who use the objects find room.
    pub(super) fn cached(&self) -> usize {
        self.0.most / 2
    }

    /// Takes `bytes`, until the result is dropped.
    pub(super) fn hold(&self, bytes: usize) -> Held {
        self.0.live.fetch_add(bytes, Ordering::Relaxed);
        Held {
            memory: self.clone(),
            bytes,
        }
    }
}

impl fmt::Debug for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {} bytes", self.live(), self.0.most)
    }
}

/// Bytes taken from an account as long as this lives.
#[derive(Debug)]
pub(super) struct Held {
    memory: Memory,
    bytes: usize,
}

impl Held {
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Takes `bytes` more from the same account.
    pub(super) fn more(&self, bytes: usize) -> Self {
        self.memory.hold(bytes)
    }

    /// Takes them for good: for what lives as long as the document.
    pub(super) fn keep(mut self) {
        self.bytes = 0;
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.memory.0.live.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

/// What `length` bytes take where memory comes in steps of 16 with a head of 8, as in the common allocators.
pub(super) fn allocation(length: usize) -> usize {
    match length {
        0 => 0,
        _ => length.saturating_add(8 + 15).max(32) & !15,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_dropped_is_given_back_and_what_is_kept_is_not() {
        let memory = Memory::new(1000);
        let room = memory.room();
        let held = memory.hold(700);
        assert_eq!((memory.room(), held.bytes()), (room - 700, 700));
        drop(held);
        assert_eq!(memory.room(), room);
        memory.hold(room + 5).keep();
        assert_eq!(memory.room(), 0);
    }
}
