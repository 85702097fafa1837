//! What was found right before, so that it need not be computed again.

use std::collections::BTreeSet;

/// Issuer signatures that were found right before: `(subject, issuer)` by SHA-256.
///
/// Whether a signature verifies never changes, so remembering it is sound at any time and under any
/// policy; everything else of a path is checked every time. Sealed files of one department share their
/// chain, which makes this worth two signature checks a file.
#[derive(Clone, Debug)]
pub struct VerifiedLinks {
    pairs: BTreeSet<([u8; 32], [u8; 32])>,
    capacity: usize,
}

impl VerifiedLinks {
    /// An empty memory that keeps at most `capacity` pairs of 64 bytes; when it is full it forgets all.
    #[must_use]
    pub fn new(capacity: usize) -> Self {
        Self {
            pairs: BTreeSet::new(),
            capacity,
        }
    }

    pub(super) fn holds(&self, pair: &([u8; 32], [u8; 32])) -> bool {
        self.pairs.contains(pair)
    }

    pub(super) fn add(&mut self, pair: ([u8; 32], [u8; 32])) {
        if self.pairs.len() >= self.capacity {
            self.pairs.clear();
        }
        if self.capacity > 0 {
            self.pairs.insert(pair);
        }
    }
}
