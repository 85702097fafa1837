//! The appended part of a repaired file: one complete cross-reference section, and the objects that had to be written anew.

use std::collections::BTreeMap;

use super::super::body::Body;
use super::super::error::{PdfError, PdfErrorKind};
use super::super::object::Ref;
use super::super::revision::Entry;
use super::super::section_writer::{Trailer, write_object, write_stream, write_table};
use super::super::update::write_hex;
use super::choice::Choice;
use super::scan::{Kind, LARGEST, Root};
use super::{Rebuilt, RecoveryError, What};
use crate::crypto::{DigestAlgorithm, Hasher};

/// Bodies of objects, new or in place of old ones.
pub(super) type Bodies = BTreeMap<Ref, Vec<u8>>;

/// A section that says of every object of the file where it is.
#[derive(Debug)]
pub(super) struct Plan {
    header: usize,
    length: usize,
    ends_with_line: bool,
    /// With offsets from the start of the file.
    entries: BTreeMap<u32, Entry>,
    root: Ref,
    info: Option<Ref>,
    identifier: Option<Vec<u8>>,
}

impl Plan {
    /// Decides what the section says. Adds to `bodies` the objects that must be written anew, and to `rebuilt` why.
    ///
    /// # Errors
    /// `NoCatalog` occurs if no catalog can be found.
    pub(super) fn new(
        bytes: &[u8],
        header: usize,
        choice: &Choice<'_>,
        bodies: &mut Bodies,
        rebuilt: &mut Vec<Rebuilt>,
    ) -> Result<Self, RecoveryError> {
        let mut entries = BTreeMap::new();
        for (number, version) in &choice.versions {
            let found = choice.found(*version);
            // Old cross-reference streams describe a file that is no more.
            if found.is_some_and(|found| found.kind == Kind::Section) {
                continue;
            }
            match choice.entry(*version) {
                Ok(entry) => {
                    entries.insert(*number, entry);
                }
                Err(faults) => {
                    let at = choice.offset(*version);
                    rebuilt.extend(faults.into_iter().map(|what| Rebuilt::new(what, *number, at)));
                    let generation = found.map_or(0, |found| found.id.generation);
                    bodies.insert(Ref::new(*number, generation), choice.body(*version));
                }
            }
        }
        let objects = entries.len().saturating_add(bodies.len());
        let mut plan = Self {
            header,
            length: bytes.len(),
            ends_with_line: matches!(bytes.last(), Some(b'\n' | b'\r')),
            entries,
            root: Ref::new(0, 0),
            info: None,
            identifier: None,
        };
        plan.trailer(choice, bodies, rebuilt)?;
        rebuilt.insert(0, Rebuilt::whole(What::Section { objects }));
        Ok(plan)
    }

    /// The newest trailer that leads to a catalog; without one, the catalog that stands last in the file.
    fn trailer(
        &mut self,
        choice: &Choice<'_>,
        bodies: &mut Bodies,
        rebuilt: &mut Vec<Rebuilt>,
    ) -> Result<(), RecoveryError> {
        let is_catalog = |id| choice.dictionary(id).is_some_and(|d| d.find(b"Pages").is_some());
        let mut refused = Vec::new();
        for trailer in choice.scan.trailers.iter().rev() {
            match &trailer.root {
                Some(Root::Object(id)) if !refused.contains(id) => {
                    if !is_catalog(*id) {
                        refused.push(*id);
                        continue;
                    }
                    self.root = *id;
                }
                Some(Root::Direct(text)) => {
                    let number = choice.largest().saturating_add(1);
                    self.root = Ref::new(number, 0);
                    bodies.insert(self.root, text.clone());
                    rebuilt.push(Rebuilt::new(What::CatalogDirect, number, 0));
                }
                _ => continue,
            }
            self.info = trailer.info.filter(|id| choice.dictionary(*id).is_some());
            self.identifier.clone_from(&trailer.identifier);
            return Ok(());
        }
        let catalogs = choice.of_kind(Kind::Catalog);
        let last = catalogs.into_iter().rev().find(|id| is_catalog(*id));
        self.root = last.ok_or(RecoveryError::NoCatalog)?;
        let at = choice
            .versions
            .get(&self.root.number)
            .map_or(0, |version| choice.offset(*version));
        rebuilt.push(Rebuilt::new(What::CatalogFound, self.root.number, at));
        Ok(())
    }

    /// The bytes to append: `bodies`, the section and its trailer.
    ///
    /// # Errors
    /// Occurs if the file is too large for its section.
    pub(super) fn append(&self, bodies: &Bodies) -> Result<Vec<u8>, RecoveryError> {
        let too_large = RecoveryError::Pdf(PdfError::new(PdfErrorKind::BadXref, self.length));
        let mut entries = self.entries.clone();
        let mut appended = Vec::new();
        if !self.ends_with_line {
            appended.push(b'\n');
        }
        for (id, body) in bodies {
            let offset = self.length.saturating_add(appended.len());
            let generation = id.generation;
            entries.insert(id.number, Entry::Offset { offset, generation });
            write_object(&mut appended, *id, body);
        }
        let at = self
            .length
            .saturating_add(appended.len())
            .saturating_sub(self.header);
        let in_streams = entries
            .values()
            .any(|entry| matches!(entry, Entry::InStream { .. }));
        let last = entries.last_key_value().map_or(0, |(number, _)| *number);
        let own = last.checked_add(1).filter(|_| in_streams);
        if let Some(own) = own {
            let offset = at.saturating_add(self.header);
            entries.insert(
                own,
                Entry::Offset {
                    offset,
                    generation: 0,
                },
            );
        }
        let rows = self.rows(&entries);
        let size = rows.last().map_or(0, |(number, _)| *number).saturating_add(1);
        let mut trailer = Trailer::new();
        trailer.insert(b"Root", Body::from(&self.root.to_string()));
        if let Some(info) = self.info {
            trailer.insert(b"Info", Body::from(&info.to_string()));
        }
        trailer.insert(b"Size", Body::from(&size.to_string()));
        trailer.insert(b"ID", Body::from(self.identifier(&appended, &rows)));
        let at = u64::try_from(at).map_err(|_| too_large.clone())?;
        match own {
            Some(own) => write_stream(&mut appended, own, &rows, &trailer, at),
            None => write_table(&mut appended, &rows, &trailer, at),
        }
        .ok_or(too_large)?;
        Ok(appended)
    }

    /// `entries` as they are written: offsets from the header, number 0, and the numbers between as free ones where that
    /// makes one subsection without making the section much longer.
    fn rows(&self, entries: &BTreeMap<u32, Entry>) -> Vec<(u32, Entry)> {
        // A free entry that leads to number 0 is never used again, and needs no list (7.5.4).
        const FREE: Entry = Entry::Free {
            next: 0,
            generation: u16::MAX,
        };
        let last = entries.last_key_value().map_or(0, |(number, _)| *number);
        let dense = (last.min(LARGEST) as usize) / 4 <= entries.len().saturating_add(64);
        let mut rows = vec![(0u32, FREE)];
        for (number, entry) in entries {
            let before = rows.last().map_or(0, |(number, _)| *number);
            if dense {
                rows.extend((before.saturating_add(1)..*number).map(|free| (free, FREE)));
            }
            let entry = match *entry {
                Entry::Offset { offset, generation } => Entry::Offset {
                    offset: offset.saturating_sub(self.header),
                    generation,
                },
                other => other,
            };
            rows.push((*number, entry));
        }
        rows
    }

    /// The first half as it was, if it is known; the second from what is appended.
    fn identifier(&self, appended: &[u8], rows: &[(u32, Entry)]) -> Vec<u8> {
        let mut hasher = Hasher::new(DigestAlgorithm::Sha256);
        hasher.update(appended);
        hasher.update(format!("{rows:?}").as_bytes());
        let digest = hasher.finish();
        let second = digest.get(..16).unwrap_or_default();
        let mut text = b"[".to_vec();
        write_hex(&mut text, self.identifier.as_deref().unwrap_or(second));
        write_hex(&mut text, second);
        text.push(b']');
        text
    }
}
