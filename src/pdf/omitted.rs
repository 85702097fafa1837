//! Bytes of a file that are not at hand: the reader says so instead of taking them for what they are not.

use core::ops::Range;

use super::error::{PdfError, PdfErrorKind};

/// The ranges of the file that were left out, sorted and apart; none of a file that is whole.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Omitted<'a>(pub(super) &'a [Range<usize>]);

impl Omitted<'_> {
    /// The first range left out of which a byte lies in `range`.
    pub(super) fn first_in(&self, range: &Range<usize>) -> Option<Range<usize>> {
        let after = self.0.partition_point(|omitted| omitted.end <= range.start);
        let first = self.0.get(after)?;
        (first.start < range.end && !range.is_empty()).then(|| first.clone())
    }

    /// Whether all bytes of `range` are at hand.
    ///
    /// # Errors
    /// `Omitted` occurs, with the start of the range left out, if some are not.
    pub(super) fn check(&self, range: &Range<usize>) -> Result<(), PdfError> {
        match self.first_in(range) {
            None => Ok(()),
            Some(omitted) => Err(PdfError::new(PdfErrorKind::Omitted, omitted.start)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_is_whole_if_it_only_touches_what_is_left_out() {
        let ranges = [10..20, 30..40];
        let omitted = Omitted(&ranges);
        for whole in [0..10, 20..30, 40..50, 15..15] {
            assert_eq!(omitted.first_in(&whole), None, "{whole:?}");
        }
        for (range, first) in [(0..11, 10), (19..20, 10), (20..31, 30), (0..50, 10), (39..99, 30)] {
            assert_eq!(omitted.check(&range).unwrap_err().offset, first, "{range:?}");
        }
    }
}
