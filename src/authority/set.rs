//! A list and its sub-lists as they were received, in whatever order.

use core::fmt;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::AuthorityList;
use super::error::AuthorityError;
use super::file::ListFile;
use super::memory::Memory;
use super::roots::Roots;
use crate::limits::Limits;

/// Files of one authority list and its sub-lists, sorted so that each follows the one that delegates to it. Nobody has vouched for
/// them yet: that is for [`open`](Self::open).
#[derive(Clone, Debug)]
pub struct ListSet<'a> {
    files: Vec<&'a [u8]>,
    /// Places in `files`, the list that no other delegates to first.
    order: Vec<usize>,
    top: ListFile,
}

/// Why files are not one list with its sub-lists, or it must not be relied on.
#[non_exhaustive]
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum ListSetError {
    /// None of these lists stands above the others, or there are none.
    NoTop,
    /// One cannot be read, or must not be relied on.
    List {
        /// Which, from 0, in the order given.
        place: usize,
        /// Why.
        error: AuthorityError,
    },
    /// What the verifier wrote down of the lists it has seen cannot be read.
    Memory(AuthorityError),
    /// No other delegates to this list, nor to another one: only one list can be in force.
    TwoTops(usize, usize),
}

impl fmt::Display for ListSetError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoTop => f.write_str("the lists delegate to each other; give the one of your region"),
            Self::List { place, error } => write!(f, "list {}: {error}", place.saturating_add(1)),
            Self::Memory(error) => write!(f, "memory of the lists seen before: {error}"),
            Self::TwoTops(a, b) => write!(
                f,
                "lists {} and {}: only one authority list can be in force, with its sub-lists; give the newest",
                a.saturating_add(1),
                b.saturating_add(1)
            ),
        }
    }
}

impl core::error::Error for ListSetError {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match self {
            Self::List { error, .. } | Self::Memory(error) => Some(error),
            Self::NoTop | Self::TwoTops(..) => None,
        }
    }
}

impl<'a> ListSet<'a> {
    /// Sorts `files` by what they say of each other.
    ///
    /// # Errors
    /// Occurs if one is no list, or not exactly one of them is a list that no other delegates to.
    pub fn sort(files: Vec<&'a [u8]>, limits: &Limits) -> Result<Self, ListSetError> {
        let mut parsed = vec![];
        for (place, bytes) in files.iter().enumerate() {
            let file = ListFile::parse(bytes, limits).map_err(|error| ListSetError::List { place, error })?;
            parsed.push(file);
        }
        // One list is what there mostly is, and it needs no second reading.
        if let [_] = parsed.as_slice() {
            let top = parsed.pop().ok_or(ListSetError::NoTop)?;
            return Ok(Self {
                files,
                order: vec![0],
                top,
            });
        }
        let mut said = vec![];
        for (place, file) in parsed.iter().enumerate() {
            let list = AuthorityList::dangerous_unverified(file, limits);
            let list = list.map_err(|error| ListSetError::List { place, error })?;
            let below = list.delegations().iter().map(|below| below.name().to_owned());
            said.push((list.name().to_owned(), below.collect::<Vec<_>>()));
        }
        let mut above: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (place, (_, below)) in said.iter().enumerate() {
            for name in below {
                above.entry(name).or_default().push(place);
            }
        }
        let tops: Vec<usize> = said
            .iter()
            .enumerate()
            .filter(|(_, (name, _))| !above.contains_key(name.as_str()))
            .map(|(place, _)| place)
            .collect();
        let top = match tops.as_slice() {
            [top] => *top,
            [a, b, ..] => return Err(ListSetError::TwoTops(*a, *b)),
            [] => return Err(ListSetError::NoTop),
        };
        let mut named: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (place, (name, _)) in said.iter().enumerate() {
            named.entry(name).or_default().push(place);
        }
        let mut order = vec![];
        let mut waiting = VecDeque::from([top]);
        while let Some(place) = waiting.pop_front() {
            order.push(place);
            let below = said.get(place).map(|(_, below)| below.as_slice());
            for name in below.unwrap_or_default() {
                // Taken out, so that lists which delegate in a circle end.
                waiting.extend(named.remove(name.as_str()).unwrap_or_default());
            }
        }
        // What nothing leads to is refused for that reason when its turn comes.
        let reached: BTreeSet<usize> = order.iter().copied().collect();
        order.extend((0..files.len()).filter(|place| !reached.contains(place)));
        let top = parsed.into_iter().nth(top).ok_or(ListSetError::NoTop)?;
        Ok(Self { files, order, top })
    }

    /// The list that no other delegates to; nothing in it is verified.
    #[must_use]
    pub fn top(&self) -> &ListFile {
        &self.top
    }

    /// Its place in the order in which the files were given.
    #[must_use]
    pub fn top_place(&self) -> usize {
        self.order.first().copied().unwrap_or_default()
    }

    /// Opens the list and takes its sub-lists in, as [`AuthorityList::open`] and [`AuthorityList::open_sublist`] do.
    ///
    /// # Errors
    /// Occurs where those do, with the place of the file.
    pub fn open(
        &self,
        roots: &Roots,
        memory: &mut Memory,
        limits: &Limits,
    ) -> Result<AuthorityList, ListSetError> {
        let mut opened: Option<AuthorityList> = None;
        for &place in &self.order {
            let bytes = self.files.get(place).copied().unwrap_or_default();
            let refused = |error| ListSetError::List { place, error };
            match &mut opened {
                None => opened = Some(AuthorityList::open(bytes, roots, memory, limits).map_err(refused)?),
                Some(list) => list.open_sublist(bytes, memory, limits).map_err(refused)?,
            }
        }
        opened.ok_or(ListSetError::NoTop)
    }
}
