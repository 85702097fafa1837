//! The trail as a whole: entries in one file, the chain of hashes over them, and its end.

use core::fmt;
use core::str::FromStr;

use super::audit::{AuditEntry, sha256};
use super::error::AuditError;
use crate::limits::Limits;

/// The end of an audit trail: how many entries there are, and the hash of the last. Kept elsewhere (printed, sealed into a
/// result, time-stamped) it is the anchor that shows a trail cut short or written anew.
///
/// Its text is the number, a space and the hash in hexadecimal.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Head {
    /// Entries up to here; 0 for a trail without any.
    pub sequence: u64,
    /// SHA-256 over the bytes of the last entry; zeros for a trail without any.
    pub hash: [u8; 32],
}

/// A trail being verified, entry by entry.
#[derive(Clone, Debug)]
pub struct Chain<'a> {
    head: Head,
    anchor: Option<&'a Head>,
}

/// Verifies a whole trail as [`export`] wrote it, against a head that was kept elsewhere if there is one.
///
/// Without an anchor a trail whose end was cut off verifies too.
///
/// # Errors
/// Occurs if an entry is garbled, changed, missing, repeated or in another place, or the trail is not the anchor's.
pub fn verify(trail: &[u8], anchor: Option<&Head>, limits: &Limits) -> Result<Head, AuditError> {
    let mut chain = Chain::new(anchor);
    for entry in entries(trail) {
        chain.push(entry?, limits)?;
    }
    chain.finish()
}

/// The bytes of each entry in what [`export`] wrote, to be pushed into a [`Chain`]. Ends after an error, which says that the trail
/// is cut within an entry.
pub fn entries(trail: &[u8]) -> impl Iterator<Item = Result<&[u8], AuditError>> {
    let mut rest = trail;
    core::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let next = next(rest);
        rest = next.map_or(&[], |(_, after)| after);
        Some(next.map(|(entry, _)| entry).ok_or(AuditError::Cut))
    })
}

/// The first entry, and what comes after it.
fn next(trail: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = trail.split_first_chunk::<4>()?;
    rest.split_at_checked(usize::try_from(u32::from_be_bytes(*length)).ok()?)
}

/// The entries' bytes in one file: each after its length, four bytes, big-endian.
#[must_use]
pub fn export<'a>(entries: impl IntoIterator<Item = &'a [u8]>) -> Vec<u8> {
    let mut out = Vec::new();
    for entry in entries {
        // An entry of more bytes than four can count is none of ours, and no reader takes it.
        out.extend_from_slice(&u32::try_from(entry.len()).unwrap_or(u32::MAX).to_be_bytes());
        out.extend_from_slice(entry);
    }
    out
}

impl<'a> Chain<'a> {
    /// The beginning of a trail that must come by `anchor`.
    #[must_use]
    pub fn new(anchor: Option<&'a Head>) -> Self {
        Self {
            head: Head::NONE,
            anchor,
        }
    }

    /// Verifies that `bytes` are the next entry, and reads them.
    ///
    /// # Errors
    /// Occurs if they are not an entry, not the next one, or not the one that the anchor names.
    pub fn push(&mut self, bytes: &[u8], limits: &Limits) -> Result<AuditEntry, AuditError> {
        let entry = AuditEntry::from_bytes(bytes, limits)?;
        let expected = self.head.sequence.saturating_add(1);
        if entry.sequence != expected {
            let found = entry.sequence;
            return Err(AuditError::Sequence { expected, found });
        }
        if entry.previous != self.head.hash {
            return Err(AuditError::Previous { sequence: expected });
        }
        let head = Head::of(expected, bytes);
        if self
            .anchor
            .is_some_and(|anchor| anchor.sequence == expected && *anchor != head)
        {
            return Err(AuditError::Anchor { sequence: expected });
        }
        self.head = head;
        Ok(entry)
    }

    /// The head of the trail that ends here.
    ///
    /// # Errors
    /// Occurs if the anchor lies behind it.
    pub fn finish(self) -> Result<Head, AuditError> {
        match self.anchor {
            Some(anchor) if anchor.sequence > self.head.sequence => Err(AuditError::Short {
                entries: self.head.sequence,
                anchor: anchor.sequence,
            }),
            Some(anchor) if anchor.sequence == 0 && *anchor != Head::NONE => {
                Err(AuditError::Anchor { sequence: 0 })
            }
            _ => Ok(self.head),
        }
    }
}

impl Head {
    /// The head of a trail without entries.
    pub const NONE: Self = Self {
        sequence: 0,
        hash: [0; 32],
    };

    /// The head of a trail whose last entry, at `sequence`, is `bytes`.
    pub(super) fn of(sequence: u64, bytes: &[u8]) -> Self {
        Self {
            sequence,
            hash: sha256(bytes),
        }
    }
}

impl fmt::Display for Head {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ", self.sequence)?;
        self.hash.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl FromStr for Head {
    type Err = AuditError;

    fn from_str(text: &str) -> Result<Self, AuditError> {
        let (sequence, hex) = text.trim_end().split_once(' ').ok_or(AuditError::Head)?;
        let mut head = Self {
            sequence: sequence.parse().map_err(|_| AuditError::Head)?,
            hash: [0; 32],
        };
        let digits: Vec<u8> = hex
            .chars()
            .map(|c| c.to_digit(16).and_then(|digit| u8::try_from(digit).ok()))
            .collect::<Option<_>>()
            .ok_or(AuditError::Head)?;
        if digits.len() != 64 {
            return Err(AuditError::Head);
        }
        for (byte, pair) in head.hash.iter_mut().zip(digits.chunks_exact(2)) {
            if let [high, low] = pair {
                *byte = high << 4 | low;
            }
        }
        // One head has one text.
        if head.to_string() == text.trim_end() {
            Ok(head)
        } else {
            Err(AuditError::Head)
        }
    }
}
