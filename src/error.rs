//! What the parsers share when they complain: a kind and a place.

use core::fmt;

/// A parser's complaint: what is wrong, and at which byte of the input.
///
/// Every format has its own `kind`; `offset` counts bytes from the start of the input handed to the parser.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct At<K> {
    /// What is wrong.
    pub kind: K,
    /// Bytes from the start of the input.
    pub offset: u64,
}

impl<K> At<K> {
    /// The complaint `kind` at `offset` bytes.
    pub fn new(kind: K, offset: usize) -> Self {
        Self {
            kind,
            offset: u64::try_from(offset).unwrap_or(u64::MAX),
        }
    }

    /// The same complaint seen from an outer input in which the inner one starts at `base`.
    #[must_use]
    pub fn shifted(self, base: usize) -> Self {
        let base = u64::try_from(base).unwrap_or(u64::MAX);
        Self {
            kind: self.kind,
            offset: self.offset.saturating_add(base),
        }
    }
}

impl<K: fmt::Display> fmt::Display for At<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at byte {}", self.kind, self.offset)
    }
}

impl<K: fmt::Debug + fmt::Display> core::error::Error for At<K> {}
