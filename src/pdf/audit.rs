//! What is odd about a whole file: every byte is claimed once, or said to be unclaimed.

use core::ops::Range;
use std::collections::BTreeSet;

use super::document::{CHAIN, Document};
use super::error::{Anomaly, AnomalyKind, PdfError, PdfErrorKind};
use super::lexer::Lexer;
use super::object::{Object, Ref};
use super::revision::Entry;

/// Findings beyond this many are not kept: the verdict no longer depends on them.
const MANY: usize = 8192;

struct Audit<'d, 'a> {
    document: &'d Document<'a>,
    found: Vec<Anomaly>,
    /// What objects, sections and ends of revisions take up, and which object.
    claims: Vec<(Range<usize>, Option<u32>)>,
}

pub(super) fn audit(document: &Document<'_>) -> Result<Vec<Anomaly>, PdfError> {
    let mut audit = Audit {
        document,
        found: document.anomalies().to_vec(),
        claims: Vec::new(),
    };
    let mut read = BTreeSet::new();
    for (i, revision) in document.revisions().iter().enumerate() {
        for section in &revision.sections {
            audit.claims.push((section.clone(), None));
            // The first-page section of a linearised file has an end of its own, which closes no revision.
            let mut lexer = Lexer::new(document.bytes, section.end);
            lexer.skip_white();
            let start = lexer.position;
            if lexer.keyword(b"startxref") && start != revision.closing.start {
                lexer.skip_blank();
                lexer.digits(19);
                audit.claims.push((start..lexer.position, None));
            }
        }
        audit.claims.push((revision.closing.clone(), None));
        for (number, entry) in &revision.entries {
            match *entry {
                Entry::Offset { offset, generation } => {
                    let id = Ref::new(*number, generation);
                    audit.generation(i, id, offset);
                    if read.insert((offset, id)) {
                        let values = document.budget.values();
                        audit.object(i, id, offset)?;
                        document.budget.restore(values);
                    }
                }
                Entry::InStream { .. } => audit.member(i, *number)?,
                Entry::Free { .. } => {}
            }
        }
    }
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

    /// Compares the generation of an object of `revision` with the one it had before.
    fn generation(&mut self, revision: usize, id: Ref, offset: usize) {
        let before = revision
            .checked_sub(1)
            .and_then(|older| self.document.locate(older, id.number));
        let before = match before {
            Some((_, Entry::Offset { generation, .. })) => generation,
            Some((_, Entry::InStream { .. })) => 0,
            _ => return,
        };
        if before != id.generation {
            self.note(AnomalyKind::GenerationJump, offset, Some(id.number));
        }
    }

    fn object(&mut self, revision: usize, id: Ref, offset: usize) -> Result<(), PdfError> {
        let length = |reference| self.document.length(revision, reference, offset, CHAIN);
        let number = Some(id.number);
        match self.document.parse_at(offset, length) {
            Ok(parsed) => {
                if parsed.id != id {
                    self.note(AnomalyKind::WrongObject, offset, number);
                }
                if parsed.span.start != offset {
                    self.note(AnomalyKind::OffsetInexact, offset, number);
                }
                self.duplicates(&parsed.object, parsed.source.start, number);
                self.claims.push((parsed.span, Some(parsed.id.number)));
                Ok(())
            }
            Err(error) => self.unreadable(error, offset, number),
        }
    }

    fn member(&mut self, revision: usize, number: u32) -> Result<(), PdfError> {
        match self.document.object(revision, Ref::new(number, 0), CHAIN) {
            Ok(Some(member)) => {
                self.duplicates(&member.object, 0, Some(number));
                Ok(())
            }
            Ok(None) => Ok(()),
            Err(error) => self.unreadable(error, 0, Some(number)),
        }
    }

    fn unreadable(&mut self, error: PdfError, offset: usize, number: Option<u32>) -> Result<(), PdfError> {
        match error.kind {
            PdfErrorKind::TooMuchWork | PdfErrorKind::TooMuchDecoded | PdfErrorKind::Omitted => Err(error),
            PdfErrorKind::WrongObject => {
                self.note(AnomalyKind::WrongObject, offset, number);
                Ok(())
            }
            _ => {
                self.note(AnomalyKind::UnreadableObject, offset, number);
                Ok(())
            }
        }
    }

    fn duplicates(&mut self, object: &Object, start: usize, number: Option<u32>) {
        let mut stack = vec![object];
        while let Some(object) = stack.pop() {
            match object {
                Object::Array(items) => stack.extend(items),
                Object::Dictionary(_) | Object::Stream(_) => {
                    let Some(dictionary) = object.as_dictionary() else {
                        continue;
                    };
                    for key in dictionary.duplicates() {
                        let place = dictionary.entry(key).map_or(0, |e| e.key_span.start);
                        self.note(AnomalyKind::DuplicateKey, start.saturating_add(place), number);
                    }
                    stack.extend(dictionary.entries().iter().map(|e| &e.value));
                }
                _ => {}
            }
        }
    }

    fn overlaps_and_gaps(&mut self) -> Result<(), PdfError> {
        let mut claims = core::mem::take(&mut self.claims);
        // The same bytes named twice (a cross-reference stream is a section and an object) are one claim.
        claims.sort_by(|(a, x), (b, y)| (a.start, a.end, x).cmp(&(b.start, b.end, y)));
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
            while lexer.peek().is_some_and(|b| b != b'\n' && b != b'\r') {
                lexer.position += 1;
            }
        }
    }
}
