//! Which place on the list each result gets.

use crate::crypto::DigestAlgorithm;

/// Which places a department gives to its results: a permutation by a secret key, so that no index tells when a result was made or how
/// many there are, and none is given twice.
///
/// A Feistel network over SHA-256, walked until the place is on the list. Keep the key with the sealing key; who has it learns the order.
pub struct Indices {
    key: zeroize::Zeroizing<[u8; 32]>,
    size: u32,
    half: u32,
}

/// Rounds of the network; four make a permutation that cannot be told from a random one (Luby and Rackoff), the rest is margin.
const ROUNDS: u8 = 8;

impl Indices {
    /// The places of a list of `size` results under `key`.
    #[must_use]
    pub fn new(key: [u8; 32], size: u32) -> Self {
        let bits = u32::BITS.saturating_sub(size.saturating_sub(1).leading_zeros());
        Self {
            key: zeroize::Zeroizing::new(key),
            size,
            half: bits.div_ceil(2).max(1),
        }
    }

    /// The place of the result with this running number, from 0; `None` if the list is full.
    #[must_use]
    pub fn place(&self, number: u32) -> Option<u32> {
        if number >= self.size {
            return None;
        }
        let mut place = u64::from(number);
        // The network permutes at most four times as many numbers as there are places; a walk ends where it would come back.
        loop {
            place = self.permute(place);
            if let Some(place) = u32::try_from(place).ok().filter(|place| *place < self.size) {
                return Some(place);
            }
        }
    }

    fn permute(&self, number: u64) -> u64 {
        let mask = (1_u64 << self.half.min(32)).wrapping_sub(1);
        let (mut left, mut right) = (number >> self.half & mask, number & mask);
        for round in 0..ROUNDS {
            let mut message = self.key.to_vec();
            message.push(round);
            message.extend(right.to_be_bytes());
            let digest = DigestAlgorithm::Sha256.digest(&message);
            let digest = digest.first_chunk().copied().map_or(0, u64::from_be_bytes);
            (left, right) = (right, left ^ digest & mask);
        }
        left << self.half | right
    }
}
