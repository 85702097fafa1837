//! What one revision says about objects, sixteen bytes for each (ISO 32000-2, 7.5.4, 7.5.8).

use core::fmt;
use core::iter::Map;
use core::slice;

/// What a cross-reference section says about one object number.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Entry {
    /// The number is not in use.
    Free {
        /// The next free number.
        next: u32,
        /// The generation to use if the number is used again.
        generation: u16,
    },
    /// The object stands in the file.
    Offset {
        /// Bytes from the start of the file to the object number.
        offset: usize,
        /// The object's generation.
        generation: u16,
    },
    /// The object stands in an object stream.
    InStream {
        /// The number of the object stream.
        container: u32,
        /// The place in it, from 0.
        index: u32,
    },
}

/// The entries of one revision: each number once, in rising order.
#[derive(Clone, Default, Eq, PartialEq)]
pub struct Entries(Vec<Row>);

/// An entry in sixteen bytes: a section can have millions, and a cross-reference stream that is deflated has many for
/// each of its bytes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Row {
    pub(super) number: u32,
    generation: u16,
    kind: Kind,
    value: u64,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Kind {
    Free,
    Offset,
    InStream,
}

impl Row {
    pub(super) fn new(number: u32, entry: Entry) -> Self {
        let (kind, generation, value) = match entry {
            Entry::Free { next, generation } => (Kind::Free, generation, u64::from(next)),
            // A usize never has more than 64 bits.
            Entry::Offset { offset, generation } => (
                Kind::Offset,
                generation,
                u64::try_from(offset).unwrap_or(u64::MAX),
            ),
            Entry::InStream { container, index } => {
                (Kind::InStream, 0, u64::from(container) << 32 | u64::from(index))
            }
        };
        Self {
            number,
            generation,
            kind,
            value,
        }
    }

    pub(super) fn entry(self) -> Entry {
        let half = |shift: u32| u32::try_from(self.value >> shift & u64::from(u32::MAX)).unwrap_or(u32::MAX);
        match self.kind {
            Kind::Free => Entry::Free {
                next: half(0),
                generation: self.generation,
            },
            Kind::Offset => Entry::Offset {
                offset: usize::try_from(self.value).unwrap_or(usize::MAX),
                generation: self.generation,
            },
            Kind::InStream => Entry::InStream {
                container: half(32),
                index: half(0),
            },
        }
    }

    pub(super) fn is_free(self) -> bool {
        self.kind == Kind::Free
    }
}

impl Entries {
    /// The entries `rows`; of several for one number the first counts, and `conflict` hears of each that differs.
    pub(super) fn first_of_each(mut rows: Vec<Row>, mut conflict: impl FnMut(u32)) -> Self {
        if !rows.is_sorted_by(|a, b| a.number < b.number) {
            rows.sort_by_key(|row| row.number);
            let mut kept: Option<Row> = None;
            rows.retain(|row| match kept {
                Some(first) if first.number == row.number => {
                    if first != *row {
                        conflict(row.number);
                    }
                    false
                }
                _ => {
                    kept = Some(*row);
                    true
                }
            });
        }
        Self(rows)
    }

    pub(super) fn into_rows(self) -> Vec<Row> {
        self.0
    }

    /// The entry of `number`, if the revision speaks of it.
    #[must_use]
    pub fn get(&self, number: u32) -> Option<Entry> {
        // Nearly always the number stands at its own place, counted from the first.
        let first = self.0.first()?.number;
        let guess = usize::try_from(number.checked_sub(first)?).ok()?;
        if let Some(row) = self.0.get(guess)
            && row.number == number
        {
            return Some(row.entry());
        }
        let place = self.0.binary_search_by_key(&number, |row| row.number).ok()?;
        self.0.get(place).map(|row| row.entry())
    }

    /// The entry of the highest number.
    #[must_use]
    pub fn last(&self) -> Option<(u32, Entry)> {
        self.0.last().map(|row| (row.number, row.entry()))
    }

    /// Numbers and entries, the lowest number first.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (u32, Entry)> + ExactSizeIterator {
        self.0.iter().map(|row| (row.number, row.entry()))
    }

    /// The numbers, the lowest first.
    pub fn numbers(&self) -> impl DoubleEndedIterator<Item = u32> + ExactSizeIterator {
        self.0.iter().map(|row| row.number)
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<'e> IntoIterator for &'e Entries {
    type Item = (u32, Entry);
    type IntoIter = Map<slice::Iter<'e, Row>, fn(&'e Row) -> (u32, Entry)>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter().map(|row| (row.number, row.entry()))
    }
}

impl fmt::Debug for Entries {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_come_back_as_they_were_put() {
        let entries = [
            Entry::Free {
                next: u32::MAX,
                generation: 65535,
            },
            Entry::Offset {
                offset: usize::MAX,
                generation: 7,
            },
            Entry::InStream {
                container: u32::MAX - 1,
                index: 3,
            },
            Entry::InStream {
                container: 0,
                index: u32::MAX,
            },
        ];
        for entry in entries {
            assert_eq!(Row::new(5, entry).entry(), entry);
        }
        assert_eq!(size_of::<Row>(), 16);
    }

    #[test]
    fn first_entry_of_a_number_counts_and_others_are_told() {
        let row = |number, offset| {
            Row::new(
                number,
                Entry::Offset {
                    offset,
                    generation: 0,
                },
            )
        };
        let mut told = Vec::new();
        let rows = vec![row(7, 1), row(3, 2), row(7, 3), row(3, 2), row(9, 4)];
        let entries = Entries::first_of_each(rows, |number| told.push(number));
        assert_eq!(told, [7]);
        assert_eq!(entries.numbers().collect::<Vec<_>>(), [3, 7, 9]);
        let offset = |number| match entries.get(number) {
            Some(Entry::Offset { offset, .. }) => Some(offset),
            _ => None,
        };
        assert_eq!(
            [2, 3, 4, 7, 9, 10].map(offset),
            [None, Some(2), None, Some(1), Some(4), None]
        );
        assert_eq!(entries.last().map(|(number, _)| number), Some(9));
        assert_eq!(Entries::default().get(0), None);
    }
}
