//! A decoded object stream (ISO 32000-2, 7.5.7).

use super::filter::Decoded;
use super::lexer::Lexer;
use super::memory::{Held, Memory};

/// A decoded object stream, its numbers and offsets read, its objects not.
#[derive(Debug)]
pub(super) struct ObjectStream {
    data: Vec<u8>,
    /// Number of each object and its position in `data`.
    members: Vec<(u32, usize)>,
    /// After the last pair: the first byte not read yet.
    header_end: usize,
    /// Whether the checksum behind its deflated data is wrong or missing.
    pub(super) unchecked: bool,
    held: Held,
}

impl ObjectStream {
    /// Reads the `count` pairs before `first`. `None` if they are malformed or point outside.
    pub(super) fn new(decoded: Decoded, count: usize, first: usize, memory: &Memory) -> Option<Self> {
        let Decoded { data, unchecked } = decoded;
        // A pair takes at least four bytes, so the count is checked before anything is reserved for it.
        if first > data.len() || count > first / 3 + 1 {
            return None;
        }
        let mut members = Vec::with_capacity(count);
        let mut lexer = Lexer::new(data.get(..first)?, 0);
        for _ in 0..count {
            lexer.skip_white();
            let number = u32::try_from(lexer.digits(10)?).ok()?;
            lexer.skip_white();
            let offset = usize::try_from(lexer.digits(10)?).ok()?;
            let position = first.checked_add(offset).filter(|p| *p <= data.len())?;
            members.push((number, position));
        }
        let header_end = lexer.position;
        let held = memory.hold(
            data.capacity()
                .saturating_add(members.capacity().saturating_mul(16)),
        );
        Some(Self {
            data,
            members,
            header_end,
            unchecked,
            held,
        })
    }

    /// The decoded data.
    pub(super) fn data(&self) -> &[u8] {
        &self.data
    }

    /// The object number at `index`, and its position in the data.
    pub(super) fn member(&self, index: u32) -> Option<(u32, usize)> {
        self.members.get(usize::try_from(index).ok()?).copied()
    }

    /// Numbers and positions of all members.
    pub(super) fn members(&self) -> &[(u32, usize)] {
        &self.members
    }

    /// After the last pair.
    pub(super) fn header_end(&self) -> usize {
        self.header_end
    }

    /// Bytes of memory it takes.
    pub(super) fn weight(&self) -> usize {
        self.held.bytes()
    }
}
