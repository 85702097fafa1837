//! What is left open in the revision until the rest of it is known: `/ByteRange`, `/Contents` and the identifier of the file.

use core::ops::Range;

use super::SealError;
use super::dictionary::byte_range_text;
use crate::crypto::Hasher;
use crate::pdf::Ref;
use crate::pdf::update::{Appended, IDENTIFIER, put_hex};

/// Where the holes are in what is appended.
pub(super) struct Holes {
    byte_range: Range<usize>,
    /// With its angle brackets.
    pub(super) contents: Range<usize>,
    /// The digits of `/ID` that are this revision's.
    identifiers: Vec<Range<usize>>,
}

impl Holes {
    /// The holes of the signature dictionary `value` in what is appended to a file of `prefix` bytes, and those of its trailer.
    pub(super) fn of(
        appended: &Appended,
        identifiers: Vec<Range<usize>>,
        value: Ref,
        prefix: usize,
    ) -> Result<Self, SealError> {
        let hole =
            |range: &Range<usize>| Some(range.start.checked_sub(prefix)?..range.end.checked_sub(prefix)?);
        let holes = match appended.kept.get(&value).map(Vec::as_slice) {
            Some([byte_range, contents]) => hole(byte_range).zip(hole(contents)),
            _ => None,
        };
        let (byte_range, contents) = holes.ok_or(SealError::NoPlace("seal"))?;
        Ok(Self {
            byte_range,
            contents,
            identifiers,
        })
    }

    /// Fills all holes of `appended` but `/Contents`, and returns the digest of the file without that one. `hasher` has
    /// digested the `prefix` bytes before it.
    ///
    /// The identifier is the digest of what precedes it, so that no byte is digested twice.
    pub(super) fn close(&self, appended: &mut [u8], prefix: usize, mut hasher: Hasher) -> Vec<u8> {
        let contents = &self.contents;
        let shifted = prefix.saturating_add(contents.start)..prefix.saturating_add(contents.end);
        let text = byte_range_text(&shifted, prefix.saturating_add(appended.len()));
        for (place, byte) in appended.iter_mut().skip(self.byte_range.start).zip(text) {
            *place = byte;
        }
        let part = |from: usize, to: usize, appended: &[u8], hasher: &mut Hasher| {
            hasher.update(appended.get(from..to).unwrap_or_default());
        };
        part(0, contents.start, appended, &mut hasher);
        // The section stands behind all objects.
        let identified = self.identifiers.first().map_or(contents.end, |first| first.start);
        part(contents.end, identified, appended, &mut hasher);
        let identifier = hasher.clone().finish();
        for place in &self.identifiers {
            if let Some(digits) = appended.get_mut(place.clone()) {
                put_hex(digits, identifier.get(..IDENTIFIER).unwrap_or_default());
            }
        }
        part(
            identified.max(contents.end),
            appended.len(),
            appended,
            &mut hasher,
        );
        hasher.finish()
    }
}

/// Puts `value` into the hole `contents` of `/Contents`.
pub(super) fn fill(appended: &mut [u8], contents: &Range<usize>, value: &[u8]) -> Result<(), SealError> {
    let digits = contents.start.saturating_add(1)..contents.end.saturating_sub(1);
    let digits = appended.get_mut(digits).unwrap_or_default();
    if value.len().saturating_mul(2) > digits.len() {
        return Err(SealError::SignatureTooLong {
            reserved: digits.len() / 2,
            needed: value.len(),
        });
    }
    put_hex(digits, value);
    Ok(())
}
