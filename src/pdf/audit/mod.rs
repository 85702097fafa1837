//! What is odd about a whole file: every byte is claimed once, or said to be unclaimed; every object is read once.

mod claims;
mod members;

use core::ops::Range;
use std::collections::BTreeMap;

use super::document::{CHAIN, Document};
use super::entries::Entry;
use super::error::{Anomaly, AnomalyKind, PdfError, PdfErrorKind};
use super::filter::ABBREVIATIONS;
use super::object::{Object, Ref, Stream};
use super::parser::Parsed;
use super::references::{References, TRAILER};

/// Findings beyond this many are not kept: the verdict no longer depends on them.
const MANY: usize = 8192;

struct Audit<'d, 'a> {
    document: &'d Document<'a>,
    found: Vec<Anomaly>,
    /// What objects, sections and ends of revisions take up, and which object.
    claims: Vec<(Range<usize>, Option<u32>)>,
    /// Object streams: where they stand, and in which revision.
    streams: BTreeMap<usize, (u32, Ref)>,
    /// The object streams, and what their `/Extends` leads to.
    extends: BTreeMap<u32, Option<u32>>,
    references: References,
}

/// An entry that leads to an offset. Sorted, those that lead to one offset are neighbours.
#[derive(Clone, Copy, Eq, Ord, PartialEq, PartialOrd)]
struct Place {
    offset: usize,
    revision: u32,
    number: u32,
    generation: u16,
}

pub(super) fn audit(document: &Document<'_>) -> Result<(Vec<Anomaly>, References), PdfError> {
    let mut audit = Audit {
        document,
        found: document.anomalies().to_vec(),
        claims: Vec::new(),
        streams: BTreeMap::new(),
        extends: BTreeMap::new(),
        references: References::default(),
    };
    audit.trailers();
    audit.sections();
    audit.page_trees();
    let members = audit.members();
    audit.objects()?;
    audit.object_streams(&members)?;
    audit.extensions();
    audit.overlaps_and_gaps()?;
    let mut found = audit.found;
    found.sort_unstable();
    found.dedup();
    Ok((found, audit.references.finish()))
}

impl Audit<'_, '_> {
    fn note(&mut self, kind: AnomalyKind, offset: usize, object: Option<u32>) {
        // What belongs to nothing is never left out: where it stands decides what it means, and there are fewer such places than
        // there are objects.
        if self.found.len() < MANY || kind == AnomalyKind::UnclaimedBytes {
            self.found.push(Anomaly { kind, offset, object });
        }
    }

    /// What makes an object unusable is a fact, what makes the audit itself too dear ends it.
    fn unreadable(&mut self, error: PdfError, offset: usize, number: u32) -> Result<(), PdfError> {
        let kind = match error.kind {
            PdfErrorKind::TooMuchWork
            | PdfErrorKind::TooMuchDecoded
            | PdfErrorKind::TooMuchMemory
            | PdfErrorKind::Omitted => {
                return Err(error);
            }
            PdfErrorKind::WrongObject => AnomalyKind::WrongObject,
            _ => AnomalyKind::UnreadableObject,
        };
        self.note(kind, offset, Some(number));
        Ok(())
    }

    /// What the trailers refer to.
    fn trailers(&mut self) {
        let document = self.document;
        for revision in document.revisions() {
            let mut stack: Vec<&Object> = revision.trailer.entries().iter().map(|e| &e.value).collect();
            while let Some(object) = stack.pop() {
                match object {
                    Object::Reference(id) => self.references.add(id.number, TRAILER),
                    Object::Array(items) => stack.extend(items),
                    Object::Dictionary(inner) => stack.extend(inner.entries().iter().map(|e| &e.value)),
                    _ => {}
                }
            }
        }
    }

    /// Where `/Pages` leads straight to a page some readers show it and some show nothing (7.7.3.2).
    fn page_trees(&mut self) {
        for index in 0..self.document.revisions().len() {
            let Some(view) = self.document.view(index) else {
                continue;
            };
            let Ok(catalog) = view.catalog() else { continue };
            let Some(root) = catalog.dictionary().and_then(|catalog| catalog.find(b"Pages")) else {
                continue;
            };
            if let Ok(root) = view.resolve(root)
                && root
                    .as_dictionary()
                    .is_some_and(|root| root.is_name(b"Type", b"Page"))
            {
                let at = root
                    .indirect()
                    .and_then(|root| root.span.clone())
                    .map_or(0, |span| span.start);
                let number = root.indirect().map(|root| root.id.number);
                self.note(AnomalyKind::PagesIsPage, at, number);
            }
        }
    }

    /// Reads every object that stands in the file.
    fn objects(&mut self) -> Result<(), PdfError> {
        let mut places = Vec::new();
        for (i, revision) in (0u32..).zip(self.document.revisions()) {
            for (number, entry) in &revision.entries {
                let before = (i > 0)
                    .then(|| self.document.locate(i as usize - 1, number))
                    .flatten();
                if let Some((_, before)) = before
                    && jumps(before, entry)
                {
                    self.note(AnomalyKind::GenerationJump, 0, Some(number));
                }
                if let Entry::Offset { offset, generation } = entry {
                    places.push(Place {
                        offset,
                        revision: i,
                        number,
                        generation,
                    });
                }
            }
        }
        places.sort_unstable();
        let mut rest = &places[..];
        while let Some(first) = rest.first() {
            let count = rest
                .iter()
                .take_while(|place| place.offset == first.offset)
                .count();
            let (here, others) = rest.split_at_checked(count).unwrap_or((rest, &[]));
            self.place(here)?;
            rest = others;
        }
        Ok(())
    }

    /// Reads what stands at one offset, once unless its length depends on the revision.
    fn place(&mut self, places: &[Place]) -> Result<(), PdfError> {
        let mut read: Option<(u32, Ref, bool)> = None;
        for place in places {
            let id = Ref::new(place.number, place.generation);
            match read {
                Some((revision, found, by_revision)) if !by_revision || revision == place.revision => {
                    if found != id {
                        self.note(AnomalyKind::WrongObject, place.offset, Some(place.number));
                    }
                    continue;
                }
                _ => {}
            }
            let revision = place.revision as usize;
            let length = |reference| self.document.length(revision, reference, place.offset, CHAIN);
            match self.document.parse_at(place.offset, length) {
                Ok(parsed) => {
                    read = Some((place.revision, parsed.id, parsed.length.is_some()));
                    if parsed.id != id {
                        self.note(AnomalyKind::WrongObject, place.offset, Some(place.number));
                    }
                    self.object(place, parsed);
                }
                Err(error) => self.unreadable(error, place.offset, place.number)?,
            }
        }
        Ok(())
    }

    fn object(&mut self, place: &Place, parsed: Parsed) {
        let number = Some(parsed.id.number);
        if parsed.span.start != place.offset {
            self.note(AnomalyKind::OffsetInexact, place.offset, Some(place.number));
        }
        for (kind, at) in &parsed.oddities {
            self.note(*kind, *at, number);
        }
        self.values(
            &parsed.object,
            place.revision as usize,
            parsed.source.start,
            number,
        );
        if let Object::Stream(stream) = &parsed.object {
            self.stream(place, parsed.id, parsed.span.start, stream);
        }
        self.claims.push((parsed.span, number));
    }

    fn stream(&mut self, place: &Place, id: Ref, at: usize, stream: &Stream) {
        let dictionary = &stream.dictionary;
        if dictionary.find(b"F").is_some_and(|file| !file.is_null()) {
            self.note(AnomalyKind::ExternalStream, at, Some(id.number));
        }
        let filter = dictionary.find(b"Filter");
        let filters = filter.map_or(&[][..], |filter| {
            filter.as_array().unwrap_or(core::slice::from_ref(filter))
        });
        let short = |name: &[u8]| ABBREVIATIONS.iter().any(|(short, _)| *short == name);
        if filters.iter().filter_map(Object::as_name).any(short) {
            self.note(AnomalyKind::FilterAbbreviation, at, Some(id.number));
        }
        if dictionary.is_name(b"Type", b"ObjStm") {
            self.streams.entry(place.offset).or_insert((place.revision, id));
            let extends = dictionary.find(b"Extends").filter(|value| !value.is_null());
            let to = extends.map(|value| value.as_reference().map_or(u32::MAX, |to| to.number));
            self.extends.insert(id.number, to);
        }
    }

    /// What is odd inside a value that starts at `start`.
    fn values(&mut self, object: &Object, revision: usize, start: usize, number: Option<u32>) {
        let mut stack = vec![object];
        while let Some(object) = stack.pop() {
            match object {
                Object::Array(items) => stack.extend(items.iter().filter(|item| is_compound(item))),
                Object::Reference(id) => {
                    if let Some(holder) = number {
                        self.references.add(id.number, holder);
                    }
                    match self.document.locate(revision, id.number) {
                        Some((_, Entry::Offset { generation, .. })) if generation != id.generation => {
                            self.note(AnomalyKind::ReferenceGeneration, start, number);
                        }
                        Some((_, Entry::InStream { .. })) if id.generation != 0 => {
                            self.note(AnomalyKind::ReferenceGeneration, start, number);
                        }
                        _ => {}
                    }
                }
                Object::Dictionary(_) | Object::Stream(_) => {
                    let Some(dictionary) = object.as_dictionary() else {
                        continue;
                    };
                    for key in dictionary.duplicates() {
                        let place = dictionary.entry(key).map_or(0, |e| e.key_span.start);
                        self.note(AnomalyKind::DuplicateKey, start.saturating_add(place), number);
                    }
                    let values = dictionary.entries().iter().map(|e| &e.value);
                    stack.extend(values.filter(|value| is_compound(value)));
                }
                _ => {}
            }
        }
    }
}

fn is_compound(object: &Object) -> bool {
    matches!(
        object,
        Object::Array(_) | Object::Dictionary(_) | Object::Reference(_)
    )
}

/// Whether `now` uses a number with another generation than `before` left it to (7.5.4, 7.5.6).
fn jumps(before: Entry, now: Entry) -> bool {
    let in_use = match now {
        Entry::Offset { generation, .. } => generation,
        Entry::InStream { .. } => 0,
        Entry::Free { .. } => return false,
    };
    match before {
        Entry::Offset { generation, .. } => in_use != generation,
        Entry::InStream { .. } => in_use != 0,
        // Many writers free a number without counting up, so either generation will do, but none beyond.
        Entry::Free { generation, .. } => in_use > generation,
    }
}
