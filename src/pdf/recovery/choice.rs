//! Which version of each object counts: the one that stands last in the file, an object stream counting as a place.

use std::collections::BTreeMap;

use super::super::error::{PdfError, PdfErrorKind};
use super::super::lexer::Lexer;
use super::super::object::{Object, Ref};
use super::super::parser::{Budget, Parser};
use super::super::revision::Entry;
use super::super::{Dictionary, edit::DictionaryEdit};
use super::members::{self, Container};
use super::scan::{Found, Kind, LARGEST, Scan, Value};
use super::{Rebuilt, RecoveryError, What};
use crate::limits::Limits;

/// Where the version that counts stands.
#[derive(Clone, Copy, Debug)]
pub(super) enum Version {
    /// In `scan.found`.
    Found(usize),
    /// In `containers`, and the place there.
    Member(usize, usize),
}

/// The objects of a damaged file.
#[derive(Debug)]
pub(super) struct Choice<'a> {
    bytes: &'a [u8],
    limits: &'a Limits,
    budget: Budget,
    pub(super) scan: Scan,
    containers: Vec<Container>,
    pub(super) versions: BTreeMap<u32, Version>,
    /// What the choice itself has to say.
    pub(super) rebuilt: Vec<Rebuilt>,
}

impl<'a> Choice<'a> {
    /// Chooses among what `scan` found in `bytes`.
    ///
    /// # Errors
    /// `Signed` occurs if an object stream holds a signature; otherwise a limit is exceeded.
    pub(super) fn new(bytes: &'a [u8], scan: Scan, limits: &'a Limits) -> Result<Self, RecoveryError> {
        let mut choice = Self {
            bytes,
            limits,
            budget: Budget::new(bytes.len()),
            scan,
            containers: Vec::new(),
            versions: BTreeMap::new(),
            rebuilt: Vec::new(),
        };
        choice.top_level();
        choice.members()?;
        Ok(choice)
    }

    fn top_level(&mut self) {
        let mut times: BTreeMap<u32, usize> = BTreeMap::new();
        for (i, found) in self.scan.found.iter().enumerate() {
            let number = found.id.number;
            if number > LARGEST {
                self.rebuilt
                    .push(Rebuilt::new(What::NumberTooLarge, number, found.at));
                continue;
            }
            if found.kind != Kind::Section {
                *times.entry(number).or_default() += 1;
            }
            self.versions.insert(number, Version::Found(i));
        }
        for (id, at) in &self.scan.lost {
            match self.versions.get(&id.number) {
                Some(Version::Found(i)) => {
                    if self.scan.found.get(*i).is_some_and(|found| found.at < *at) {
                        self.rebuilt
                            .push(Rebuilt::new(What::EarlierVersion, id.number, *at));
                    }
                }
                _ => self.rebuilt.push(Rebuilt::new(What::Lost, id.number, *at)),
            }
        }
        for (number, versions) in times {
            if versions > 1
                && let Some(Version::Found(i)) = self.versions.get(&number)
            {
                let at = self.scan.found.get(*i).map_or(0, |found| found.at);
                self.rebuilt
                    .push(Rebuilt::new(What::Versions(versions), number, at));
            }
        }
    }

    fn members(&mut self) -> Result<(), RecoveryError> {
        let mut left = self.limits.pdf_decoded_bytes;
        let mut count = self.versions.len();
        for (i, found) in self.scan.found.iter().enumerate() {
            let counts =
                matches!(self.versions.get(&found.id.number), Some(Version::Found(last)) if *last == i);
            if found.kind != Kind::ObjectStream || !counts {
                continue;
            }
            let raw = self
                .bytes
                .get(found.data.clone().unwrap_or_default())
                .unwrap_or_default();
            let text = text(self.bytes, &found.value);
            let container = members::read(found, text, raw, self.limits, &self.budget, left)?;
            let Some(container) = container else {
                self.rebuilt
                    .push(Rebuilt::new(What::ObjectStreamLost, found.id.number, found.at));
                continue;
            };
            if container.signed {
                return Err(RecoveryError::Signed);
            }
            left = left.saturating_sub(container.data.len());
            count = count.saturating_add(container.members.len());
            if count > self.limits.pdf_objects {
                return Err(PdfError::new(PdfErrorKind::TooManyObjects, found.at).into());
            }
            let place = self.containers.len();
            for (index, member) in container.members.iter().enumerate() {
                if member.number == 0 || member.number > LARGEST {
                    continue;
                }
                // The object stream itself, or any other, is no member of one (7.5.7).
                let taken = match self.versions.get(&member.number) {
                    Some(Version::Found(i)) => self
                        .scan
                        .found
                        .get(*i)
                        .is_some_and(|other| other.at >= found.at || other.kind == Kind::ObjectStream),
                    _ => false,
                };
                if !taken {
                    self.versions.insert(member.number, Version::Member(place, index));
                }
            }
            self.containers.push(container);
        }
        Ok(())
    }

    /// The largest number in use.
    pub(super) fn largest(&self) -> u32 {
        self.versions.last_key_value().map_or(0, |(number, _)| *number)
    }

    pub(super) fn found(&self, version: Version) -> Option<&Found> {
        match version {
            Version::Found(i) => self.scan.found.get(i),
            Version::Member(..) => None,
        }
    }

    fn member(&self, version: Version) -> Option<(&Container, usize, &members::Member)> {
        match version {
            Version::Found(_) => None,
            Version::Member(container, index) => {
                let container = self.containers.get(container)?;
                Some((container, index, container.members.get(index)?))
            }
        }
    }

    fn kind(&self, version: Version) -> Kind {
        let found = self.found(version).map(|found| found.kind);
        let member = || self.member(version).map(|(_, _, member)| member.kind);
        found.or_else(member).unwrap_or(Kind::Other)
    }

    fn integer(&self, id: Ref) -> Option<i64> {
        let version = *self.versions.get(&id.number)?;
        match self.found(version) {
            Some(found) => found.integer.filter(|_| found.id == id),
            None => self.member(version)?.2.integer.filter(|_| id.generation == 0),
        }
    }

    /// Where the version stands in the file, and in an object stream.
    fn position(&self, version: Version) -> (usize, usize) {
        match self.member(version) {
            Some((container, index, _)) => (container.at, index),
            None => (self.found(version).map_or(0, |found| found.at), 0),
        }
    }

    /// The objects of `kind`, in the order of the file.
    pub(super) fn of_kind(&self, kind: Kind) -> Vec<Ref> {
        let versions = self
            .versions
            .iter()
            .filter(|(_, version)| self.kind(**version) == kind);
        let mut all: Vec<_> = versions
            .map(|(number, version)| {
                let generation = self.found(*version).map_or(0, |found| found.id.generation);
                (self.position(*version), Ref::new(*number, generation))
            })
            .collect();
        all.sort_unstable();
        all.into_iter().map(|(_, id)| id).collect()
    }

    /// The dictionary that counts for `id`, if it is one and no stream.
    pub(super) fn dictionary(&self, id: Ref) -> Option<Dictionary> {
        let version = *self.versions.get(&id.number)?;
        let text = match (self.found(version), self.member(version)) {
            (Some(found), _) if found.id == id && found.data.is_none() => text(self.bytes, &found.value),
            (_, Some((container, _, member))) if id.generation == 0 => text(&container.data, &member.value),
            _ => return None,
        };
        match Parser::new(text, 0, self.limits.depth, &self.budget)
            .outer_value()
            .ok()?
            .0
        {
            Object::Dictionary(dictionary) => Some(dictionary),
            _ => None,
        }
    }

    /// What a section may say about the version, and why not, if the object must be written anew.
    pub(super) fn entry(&self, version: Version) -> Result<Entry, Vec<What>> {
        if let Some((container, index, member)) = self.member(version) {
            let holder = self.versions.get(&container.number).and_then(|v| self.found(*v));
            let index = u32::try_from(index).ok();
            return match (index, holder) {
                // Entries of members know no generation of the stream they are in (7.5.8.3).
                (Some(index), Some(holder)) if member.sound && holder.id.generation == 0 => {
                    Ok(Entry::InStream {
                        container: container.number,
                        index,
                    })
                }
                _ => Err(vec![What::Member {
                    stream: container.number,
                }]),
            };
        }
        let Some(found) = self.found(version) else {
            return Err(Vec::new());
        };
        let mut faults = found.faults.clone();
        if let (Some(id), Some(data), true) = (found.length, &found.data, faults.is_empty()) {
            let written = self.integer(id);
            if written.and_then(|l| usize::try_from(l).ok()) != Some(data.len()) {
                faults.push(What::Length {
                    written,
                    data: data.len(),
                });
            }
        }
        if !faults.is_empty() {
            return Err(faults);
        }
        Ok(Entry::Offset {
            offset: found.at,
            generation: found.id.generation,
        })
    }

    /// The body to write for the version, with a direct and true `/Length`.
    pub(super) fn body(&self, version: Version) -> Vec<u8> {
        if let Some((container, _, member)) = self.member(version) {
            return text(&container.data, &member.value).to_vec();
        }
        let Some(found) = self.found(version) else {
            return b"null".to_vec();
        };
        let value = text(self.bytes, &found.value);
        let Some(data) = &found.data else {
            return value.to_vec();
        };
        let parsed = Parser::new(value, 0, self.limits.depth, &Budget::new(value.len())).outer_value();
        let Ok((Object::Dictionary(dictionary), _)) = parsed else {
            return b"null".to_vec();
        };
        let mut body = DictionaryEdit::new(value, &dictionary)
            .set(b"Length", data.len().to_string().as_bytes())
            .finish()
            .text()
            .to_vec();
        body.extend_from_slice(b"\nstream\n");
        body.extend_from_slice(self.bytes.get(data.clone()).unwrap_or_default());
        body.extend_from_slice(b"\nendstream");
        body
    }

    /// The object `id` that stands at `offset` or after white space there.
    pub(super) fn at(&self, offset: usize, id: Ref) -> Option<Version> {
        let mut lexer = Lexer::new(self.bytes, offset);
        lexer.skip_blank();
        let found = &self.scan.found;
        let i = found
            .binary_search_by_key(&lexer.position, |found| found.at)
            .ok()?;
        (found.get(i)?.id == id).then_some(Version::Found(i))
    }

    /// Where the version is said to stand in a report.
    pub(super) fn offset(&self, version: Version) -> usize {
        self.position(version).0
    }
}

fn text<'v>(bytes: &'v [u8], value: &'v Value) -> &'v [u8] {
    match value {
        Value::Kept(range) => bytes.get(range.clone()).unwrap_or_default(),
        Value::Mended(text) => text,
    }
}
