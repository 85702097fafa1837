//! What is odd about a whole file: every byte is claimed once, or said to be unclaimed; every object is read once.

use core::ops::Range;
use std::collections::BTreeMap;

use super::document::{CHAIN, Document};
use super::entries::Entry;
use super::error::{Anomaly, AnomalyKind, PdfError, PdfErrorKind};
use super::filter::ABBREVIATIONS;
use super::lexer::Lexer;
use super::object::{Object, Ref, Stream};
use super::object_stream::ObjectStream;
use super::parser::Parsed;

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
}

/// An entry that leads to an offset. Sorted, those that lead to one offset are neighbours.
#[derive(Clone, Copy, Eq, Ord, PartialEq, PartialOrd)]
struct Place {
    offset: usize,
    revision: u32,
    number: u32,
    generation: u16,
}

/// An entry that leads into the object stream at `offset`.
#[derive(Clone, Copy, Eq, Ord, PartialEq, PartialOrd)]
struct Member {
    offset: usize,
    index: u32,
    number: u32,
}

pub(super) fn audit(document: &Document<'_>) -> Result<Vec<Anomaly>, PdfError> {
    let mut audit = Audit {
        document,
        found: document.anomalies().to_vec(),
        claims: Vec::new(),
        streams: BTreeMap::new(),
        extends: BTreeMap::new(),
    };
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
    Ok(found)
}

impl Audit<'_, '_> {
    fn note(&mut self, kind: AnomalyKind, offset: usize, object: Option<u32>) {
        if self.found.len() < MANY {
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

    fn sections(&mut self) {
        for revision in self.document.revisions() {
            for section in &revision.sections {
                self.claims.push((section.clone(), None));
                // The first-page section of a linearised file has an end of its own, which closes no revision.
                let mut lexer = Lexer::new(self.document.bytes, section.end);
                lexer.skip_white();
                let start = lexer.position;
                if lexer.keyword(b"startxref") && start != revision.closing.start {
                    lexer.skip_blank();
                    lexer.digits(19);
                    let mut mark = lexer.clone();
                    mark.skip_blank();
                    if mark.take(b"%%EOF") {
                        lexer = mark;
                    }
                    self.claims.push((start..lexer.position, None));
                }
            }
            self.claims.push((revision.closing.clone(), None));
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

    /// The entries that lead into object streams, by stream.
    fn members(&mut self) -> Vec<Member> {
        let mut members = Vec::new();
        for (i, revision) in self.document.revisions().iter().enumerate() {
            for (number, entry) in &revision.entries {
                let Entry::InStream { container, index } = entry else {
                    continue;
                };
                match self.document.locate(i, container) {
                    Some((
                        _,
                        Entry::Offset {
                            offset,
                            generation: 0,
                        },
                    )) => {
                        let id = Ref::new(container, 0);
                        self.streams
                            .entry(offset)
                            .or_insert((u32::try_from(i).unwrap_or(u32::MAX), id));
                        members.push(Member {
                            offset,
                            index,
                            number,
                        });
                    }
                    _ => self.note(AnomalyKind::UnreadableObject, 0, Some(number)),
                }
            }
        }
        members.sort_unstable();
        members.dedup();
        members
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

    /// Reads every object stream once, and every object in it that an entry leads to.
    fn object_streams(&mut self, members: &[Member]) -> Result<(), PdfError> {
        for (offset, (revision, id)) in core::mem::take(&mut self.streams) {
            let from = members.partition_point(|member| member.offset < offset);
            let to = members.partition_point(|member| member.offset <= offset);
            let listed = members.get(from..to).unwrap_or_default();
            let revision = revision as usize;
            let holder = self.document.at_offset(revision, id, offset, CHAIN);
            let decoded = holder.and_then(|holder| match &holder.object {
                Object::Stream(stream) => self.document.object_stream(revision, stream, CHAIN),
                _ => Err(PdfError::new(PdfErrorKind::BadObjectStream, offset)),
            });
            match decoded {
                Ok(stream) => self.object_stream(&stream, listed, offset, revision, id)?,
                Err(error) => {
                    self.unreadable(error, offset, id.number)?;
                    for member in listed {
                        self.note(AnomalyKind::UnreadableObject, offset, Some(member.number));
                    }
                }
            }
        }
        Ok(())
    }

    fn object_stream(
        &mut self,
        stream: &ObjectStream,
        listed: &[Member],
        offset: usize,
        revision: usize,
        id: Ref,
    ) -> Result<(), PdfError> {
        if stream.unchecked {
            self.note(AnomalyKind::ChecksumWrong, offset, Some(id.number));
        }
        let mut taken: Vec<Range<usize>> = Vec::new();
        taken.push(0..stream.header_end());
        let mut known = listed.iter().peekable();
        for (index, (number, _)) in (0u32..).zip(stream.members()) {
            let mut lists = false;
            while let Some(member) = known.next_if(|member| member.index <= index) {
                lists |= member.number == *number;
                if member.number != *number {
                    self.note(AnomalyKind::WrongObject, offset, Some(member.number));
                }
            }
            if !lists {
                self.note(AnomalyKind::UnlistedMember, offset, Some(*number));
            }
            match self.document.parse_member(stream, *number, index, offset) {
                Ok(value) => {
                    for (kind, _) in &value.oddities {
                        self.note(*kind, offset, Some(*number));
                    }
                    self.values(&value.object, revision, offset, Some(*number));
                    taken.push(value.span);
                }
                Err(error) => self.unreadable(error, offset, *number)?,
            }
        }
        for member in known {
            self.note(AnomalyKind::UnreadableObject, offset, Some(member.number));
        }
        let mut numbers: Vec<u32> = stream.members().iter().map(|(number, _)| *number).collect();
        numbers.sort_unstable();
        for pair in numbers.windows(2) {
            if let [a, b] = pair
                && a == b
            {
                self.note(AnomalyKind::DuplicateMember, offset, Some(*a));
            }
        }
        taken.sort_unstable_by_key(|span| (span.start, span.end));
        let mut covered = 0;
        let mut gaps = false;
        for span in taken
            .into_iter()
            .chain(core::iter::once(stream.data().len()..stream.data().len()))
        {
            if span.start < covered {
                self.note(AnomalyKind::OverlappingObjects, offset, Some(id.number));
            }
            let between = stream.data().get(covered..span.start).unwrap_or_default();
            // qpdf says in comments which member comes next.
            let mut lexer = Lexer::new(between, 0);
            lexer.skip_white();
            gaps |= lexer.peek().is_some();
            covered = covered.max(span.end);
        }
        if gaps {
            self.note(AnomalyKind::UnclaimedBytes, offset, Some(id.number));
        }
        Ok(())
    }

    /// `/Extends` must lead to another object stream, and never back (7.5.7).
    fn extensions(&mut self) {
        let extends = core::mem::take(&mut self.extends);
        // 1: on the way now; 2: known to end.
        let mut state: BTreeMap<u32, u8> = BTreeMap::new();
        for start in extends.keys() {
            let mut path = Vec::new();
            let mut at = *start;
            loop {
                let next = match extends.get(&at) {
                    Some(Some(next)) => next,
                    Some(None) => break,
                    None => {
                        self.note(AnomalyKind::BadExtends, 0, path.last().copied());
                        break;
                    }
                };
                match state.insert(at, 1) {
                    Some(1) => {
                        self.note(AnomalyKind::BadExtends, 0, Some(at));
                        break;
                    }
                    Some(_) => break,
                    None => {}
                }
                path.push(at);
                at = *next;
            }
            state.extend(path.into_iter().map(|number| (number, 2)));
        }
    }

    /// What is odd inside a value that starts at `start`.
    fn values(&mut self, object: &Object, revision: usize, start: usize, number: Option<u32>) {
        let mut stack = vec![object];
        while let Some(object) = stack.pop() {
            match object {
                Object::Array(items) => stack.extend(items.iter().filter(|item| is_compound(item))),
                Object::Reference(id) => match self.document.locate(revision, id.number) {
                    Some((_, Entry::Offset { generation, .. })) if generation != id.generation => {
                        self.note(AnomalyKind::ReferenceGeneration, start, number);
                    }
                    Some((_, Entry::InStream { .. })) if id.generation != 0 => {
                        self.note(AnomalyKind::ReferenceGeneration, start, number);
                    }
                    _ => {}
                },
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

    fn overlaps_and_gaps(&mut self) -> Result<(), PdfError> {
        let mut claims = core::mem::take(&mut self.claims);
        // The same bytes named twice (a cross-reference stream is a section and an object) are one claim.
        claims.sort_unstable_by(|(a, x), (b, y)| (a.start, a.end, x).cmp(&(b.start, b.end, y)));
        claims.dedup_by(|(b, _), (a, _)| a == b);
        let mut covered = self.document.header;
        if self.document.header > 0 {
            self.gap(0..self.document.header)?;
        }
        for (claim, number) in claims {
            if claim.start < covered {
                self.note(AnomalyKind::OverlappingObjects, claim.start, number);
            } else {
                self.gap(covered..claim.start)?;
            }
            covered = covered.max(claim.end);
        }
        self.gap(covered..self.document.bytes.len())
    }

    fn gap(&mut self, gap: Range<usize>) -> Result<(), PdfError> {
        if self.document.is_blank(gap.clone()) {
            return self.document.at_hand(&gap);
        }
        let bytes = self.document.bytes.get(..gap.end).unwrap_or_default();
        let mut lexer = Lexer::new(bytes, gap.start);
        loop {
            lexer.skip_blank();
            let start = lexer.position;
            if lexer.peek() != Some(b'%') {
                if start < gap.end {
                    self.note(AnomalyKind::UnclaimedBytes, start, None);
                }
                // What comes later was not looked at.
                return self
                    .document
                    .at_hand(&(gap.start..gap.end.min(start.saturating_add(1))));
            }
            if lexer.rest().starts_with(b"%PDF-") && start != self.document.header {
                self.note(AnomalyKind::SeveralHeaders, start, None);
            }
            if lexer.rest().starts_with(b"%%EOF") {
                self.note(AnomalyKind::StrayEof, start, None);
            }
            while lexer.peek().is_some_and(|b| b != b'\n' && b != b'\r') {
                lexer.position += 1;
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
