//! Every byte of the file is claimed by one thing, or said to be unclaimed.

use core::ops::Range;

use super::super::error::{AnomalyKind, PdfError};
use super::super::lexer::Lexer;
use super::Audit;

impl Audit<'_, '_> {
    /// Claims what sections and ends of revisions take up.
    pub(super) fn sections(&mut self) {
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

    /// Reports what is claimed twice and what is not claimed, once everything that claims has been read.
    pub(super) fn overlaps_and_gaps(&mut self) -> Result<(), PdfError> {
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
