//! Who refers to which object: every reference of every revision, gathered while the audit reads the objects once.
//!
//! An object that an update writes anew may be used in more than one place. Which places those are, only a look at all objects
//! tells; this is that look, taken once for all revisions together.

use std::collections::BTreeSet;
use std::collections::btree_map::{self, BTreeMap};
use std::sync::Arc;

use super::entries::Entry;
use super::error::{PdfError, PdfErrorKind};
use super::form::FormBudget;
use super::indirect::Indirect;
use super::object::{Dictionary, DictionaryEntry, Object, Ref};
use super::view::View;

/// Pairs that are kept at most: 64 MB. A file of 200,000 objects has about a million.
const MANY: usize = 8_000_000;

/// How deep a value is looked into; the parser's own limit is lower.
const DEEP: usize = 1_000;

/// The holder of what the trailers refer to. No object has the number 0 (7.3.10).
pub const TRAILER: u32 = 0;

/// Which objects hold a reference to which numbers, in any revision.
#[derive(Clone, Debug, Default)]
pub struct References {
    /// Target and holder, sorted.
    pairs: Vec<(u32, u32)>,
    partial: bool,
}

/// One step on the way from an object to a value in it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Segment<'o> {
    /// The key of a dictionary, without slash.
    Key(&'o [u8]),
    /// The place in an array, from 0.
    Index(usize),
}

/// How objects are reached from the trailers: the shortest way to each, over all revisions.
#[derive(Clone, Debug, Default)]
pub struct Reach(BTreeMap<u32, u32>);

impl Reach {
    /// Whether the object is reached from a trailer in some revision. The trailer itself is.
    #[must_use]
    pub fn contains(&self, number: u32) -> bool {
        self.0.contains_key(&number)
    }

    /// The objects on the shortest way to `number`, the trailer (0) first, `number` last. Empty if nothing leads there.
    #[must_use]
    pub fn way(&self, number: u32) -> Vec<u32> {
        let mut way = vec![];
        let mut at = number;
        while let Some(holder) = self.0.get(&at) {
            way.push(at);
            if at == TRAILER {
                way.reverse();
                return way;
            }
            at = *holder;
        }
        vec![]
    }
}

impl References {
    /// Of a file that could not be read through: nothing is known.
    #[must_use]
    pub fn unknown() -> Self {
        Self {
            pairs: vec![],
            partial: true,
        }
    }

    pub(super) fn add(&mut self, target: u32, holder: u32) {
        let pair = (target, holder);
        // Most repetitions follow each other: one dictionary, one object.
        if self.pairs.last() == Some(&pair) {
            return;
        }
        if self.pairs.len() < MANY {
            self.pairs.push(pair);
        } else {
            self.partial = true;
        }
    }

    pub(super) fn finish(mut self) -> Self {
        self.pairs.sort_unstable();
        self.pairs.dedup();
        self
    }

    /// Whether every reference of the file is known. Where it is not, nothing can be said about who uses an object.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        !self.partial
    }

    /// The objects that refer to `target` in some revision; [`TRAILER`] for a trailer.
    pub fn holders(&self, target: u32) -> impl Iterator<Item = u32> {
        let from = self.pairs.partition_point(|pair| pair.0 < target);
        let rest = self.pairs.get(from..).unwrap_or_default();
        rest.iter()
            .take_while(move |pair| pair.0 == target)
            .map(|pair| pair.1)
    }

    /// What is reached from the trailers, over all revisions together.
    #[must_use]
    pub fn reach(&self) -> Reach {
        let mut by_holder: Vec<(u32, u32)> = self
            .pairs
            .iter()
            .map(|(target, holder)| (*holder, *target))
            .collect();
        by_holder.sort_unstable();
        let mut found = BTreeMap::from([(TRAILER, TRAILER)]);
        let mut next = vec![TRAILER];
        // Breadth first, so that the way to each is a shortest one.
        while !next.is_empty() {
            let mut further = vec![];
            for holder in next {
                let from = by_holder.partition_point(|pair| pair.0 < holder);
                let rest = by_holder.get(from..).unwrap_or_default();
                for (_, target) in rest.iter().take_while(|pair| pair.0 == holder) {
                    if let btree_map::Entry::Vacant(place) = found.entry(*target) {
                        place.insert(holder);
                        further.push(*target);
                    }
                }
            }
            next = further;
        }
        Reach(found)
    }
}

impl<'a> View<'_, 'a> {
    /// The object that has `number` here, whatever its generation.
    ///
    /// # Errors
    /// As [`object`](Self::object).
    pub fn numbered(&self, number: u32) -> Result<Option<Arc<Indirect<'a>>>, PdfError> {
        match self.locate(number) {
            None | Some((_, Entry::Free { .. })) => Ok(None),
            Some((_, Entry::Offset { generation, .. })) => self.object(Ref::new(number, generation)),
            Some((_, Entry::InStream { .. })) => self.object(Ref::new(number, 0)),
        }
    }

    /// Tells `visit` of every reference to one of `targets` that stands in this revision's trailer or in an object as it is in
    /// this revision: the target, the object that holds it ([`TRAILER`] for the trailer), and the way to it within that object.
    ///
    /// # Errors
    /// As [`object`](Self::object). `TooMuchWork` occurs if `budget` does not suffice, one for every value looked at.
    pub fn uses(
        &self,
        references: &References,
        targets: &BTreeSet<u32>,
        budget: &mut FormBudget,
        visit: &mut dyn FnMut(u32, u32, &[Segment<'_>]),
    ) -> Result<(), PdfError> {
        let mut holders: Vec<u32> = vec![];
        for target in targets {
            holders.extend(references.holders(*target));
        }
        holders.sort_unstable();
        holders.dedup();
        for holder in holders {
            self.uses_by(holder, targets, budget, visit)?;
        }
        Ok(())
    }

    /// As [`uses`](Self::uses), of one holder.
    ///
    /// # Errors
    /// As [`uses`](Self::uses).
    pub fn uses_by(
        &self,
        holder: u32,
        targets: &BTreeSet<u32>,
        budget: &mut FormBudget,
        visit: &mut dyn FnMut(u32, u32, &[Segment<'_>]),
    ) -> Result<(), PdfError> {
        let mut search = Search {
            targets,
            holder,
            budget,
            visit,
        };
        let mut path = vec![];
        if holder == TRAILER {
            return search.entries(self.trailer().entries(), &mut path, 0);
        }
        match self.numbered(holder)? {
            Some(indirect) => search.value(&indirect.object, &mut path, 0),
            None => Ok(()),
        }
    }
}

struct Search<'s> {
    targets: &'s BTreeSet<u32>,
    holder: u32,
    budget: &'s mut FormBudget,
    visit: &'s mut dyn FnMut(u32, u32, &[Segment<'_>]),
}

impl Search<'_> {
    fn value<'o>(
        &mut self,
        object: &'o Object,
        path: &mut Vec<Segment<'o>>,
        depth: usize,
    ) -> Result<(), PdfError> {
        if depth > DEEP || !self.budget.pay(1) {
            return Err(PdfError::new(PdfErrorKind::TooMuchWork, 0));
        }
        match object {
            Object::Reference(id) if self.targets.contains(&id.number) => {
                (self.visit)(id.number, self.holder, path);
            }
            Object::Array(items) => {
                for (index, item) in items.iter().enumerate() {
                    path.push(Segment::Index(index));
                    self.value(item, path, depth.saturating_add(1))?;
                    path.pop();
                }
            }
            Object::Dictionary(_) | Object::Stream(_) => {
                let entries = object.as_dictionary().map(Dictionary::entries);
                self.entries(entries.unwrap_or_default(), path, depth)?;
            }
            _ => {}
        }
        Ok(())
    }

    fn entries<'o>(
        &mut self,
        entries: &'o [DictionaryEntry],
        path: &mut Vec<Segment<'o>>,
        depth: usize,
    ) -> Result<(), PdfError> {
        for entry in entries {
            path.push(Segment::Key(&entry.key));
            self.value(&entry.value, path, depth.saturating_add(1))?;
            path.pop();
        }
        Ok(())
    }
}
