//! The file being judged: as a document, and by its digests, each byte digested once.
//!
//! A file in memory is whole. A larger one is read from its start to its end into a [`Skimmed`]; structure and digests come
//! from that one reading, so a file that changes meanwhile is judged as the bytes that were received, or not at all.

use core::cell::RefCell;
use core::ops::Range;
use std::io::{self, Read, Seek};

use super::Verifier;
use super::coverage::Covered;
use super::finding::Code;
use super::report::Report;
use crate::crypto::{DigestAlgorithm, Hasher};
use crate::pdf::{Digested, Document, Password, PdfError, PdfErrorKind, Skimmed, Wanted};
use crate::time::Time;

/// How often a file is read at most: once, and again if another digest, then a large stream, is needed.
const READINGS: usize = 4;
/// How many times the file's length is digested at most, however many seals it claims to carry.
const DIGESTED: usize = 4;

/// The file being judged.
pub(super) struct Source<'a> {
    file: File<'a>,
    /// Digest states of beginnings of the file: seals of later revisions share them.
    states: RefCell<Vec<(DigestAlgorithm, usize, Hasher)>>,
    /// Where states are worth keeping.
    stops: RefCell<Vec<usize>>,
    /// Bytes that may still be digested.
    left: RefCell<usize>,
    wanted: RefCell<Wanted>,
}

enum File<'a> {
    Whole(&'a [u8]),
    Skimmed(&'a Skimmed<'a>),
}

impl<'a> Source<'a> {
    /// A file in memory.
    pub(super) fn whole(bytes: &'a [u8]) -> Self {
        Self::new(File::Whole(bytes), bytes.len())
    }

    fn skimmed(skimmed: &'a Skimmed<'a>) -> Self {
        Self::new(File::Skimmed(skimmed), skimmed.length())
    }

    fn new(file: File<'a>, length: usize) -> Self {
        Self {
            file,
            states: RefCell::default(),
            stops: RefCell::default(),
            left: RefCell::new(length.saturating_mul(DIGESTED).saturating_add(1 << 20)),
            wanted: RefCell::default(),
        }
    }

    /// The file as a document: opened as every program opens it, or else with the verifier's password.
    pub(super) fn open(&self, verifier: &Verifier) -> Result<Document<'a>, PdfError> {
        let opened = match (self.open_with(&Password::default(), verifier), &verifier.password) {
            (Err(error), Some(password)) if error.kind == PdfErrorKind::PasswordNeeded => {
                self.open_with(password, verifier)
            }
            (opened, _) => opened,
        };
        let document = opened.inspect_err(|error| {
            if error.kind == PdfErrorKind::Omitted {
                let start = usize::try_from(error.offset).unwrap_or(usize::MAX);
                self.wanted.borrow_mut().keep.push(start..start.saturating_add(1));
            }
        })?;
        let ends = document.revisions().iter().map(|revision| revision.span.end);
        *self.stops.borrow_mut() = ends.collect();
        Ok(document)
    }

    fn open_with(&self, password: &Password, verifier: &Verifier) -> Result<Document<'a>, PdfError> {
        match self.file {
            File::Whole(bytes) => Document::open_with(bytes, password, &verifier.limits),
            File::Skimmed(skimmed) => Document::open_skimmed(skimmed, password, &verifier.limits),
        }
    }

    /// Takes note of what `document`, opened from here, lacked. To be called when nothing more is read from it.
    pub(super) fn close(&self, document: &Document<'_>) {
        self.wanted.borrow_mut().keep.extend(document.missing());
    }

    /// The digest of what a seal covers; `None` if it cannot be taken from what is at hand.
    pub(super) fn digest(&self, algorithm: DigestAlgorithm, covered: &Covered) -> Option<Vec<u8>> {
        let before = covered.before.end;
        let after = covered.after.clone();
        let span = Digested {
            algorithm,
            before,
            after,
        };
        let taken = match self.file {
            File::Skimmed(skimmed) => skimmed.span(&span),
            File::Whole(_) => None,
        };
        let digest = taken.or_else(|| {
            let mut hasher = self.beginning(algorithm, before)?;
            hasher.update(self.at_hand(&span.after)?);
            self.pay(span.after.len())?;
            Some(hasher.finish())
        });
        if digest.is_none() && self.pay(span.after.len()).is_some() {
            self.wanted.borrow_mut().spans.push(span);
        }
        digest
    }

    /// The SHA-256 of the first `length` bytes; `None` if there are fewer, or it cannot be taken from what is at hand.
    pub(super) fn prefix(&self, length: usize) -> Option<Vec<u8>> {
        let before = 0..length;
        let after = length..length;
        self.digest(DigestAlgorithm::Sha256, &Covered { before, after })
    }

    /// What a seal covers, in one piece.
    pub(super) fn covered(&self, covered: &Covered) -> Option<Vec<u8>> {
        let both = self.at_hand(&covered.before).zip(self.at_hand(&covered.after));
        if both.is_none() {
            self.wanted.borrow_mut().keep.push(0..covered.after.end);
        }
        both.map(|(before, after)| [before, after].concat())
    }

    /// The state after the first `length` bytes.
    fn beginning(&self, algorithm: DigestAlgorithm, length: usize) -> Option<Hasher> {
        let own = self.state(algorithm, length);
        let (mut at, mut state) = match self.file {
            File::Whole(_) => own.unwrap_or_else(|| (0, Hasher::new(algorithm))),
            File::Skimmed(skimmed) => {
                let passed = skimmed.state(algorithm, length)?;
                own.filter(|(at, _)| *at > passed.0).unwrap_or(passed)
            }
        };
        self.at_hand(&(at..length))?;
        self.pay(length.saturating_sub(at))?;
        let stops = self.stops.borrow();
        let from = at;
        let between = stops
            .iter()
            .copied()
            .filter(|stop| (from + 1..length).contains(stop));
        for stop in between.chain([length]) {
            state.update(self.at_hand(&(at..stop))?);
            at = stop;
            self.states.borrow_mut().push((algorithm, at, state.clone()));
        }
        Some(state)
    }

    /// The last state at or before byte `length` that was kept here.
    fn state(&self, algorithm: DigestAlgorithm, length: usize) -> Option<(usize, Hasher)> {
        let states = self.states.borrow();
        let fit = states
            .iter()
            .filter(|(other, at, _)| *other == algorithm && *at <= length);
        fit.max_by_key(|(_, at, _)| *at)
            .map(|(_, at, state)| (*at, state.clone()))
    }

    fn at_hand(&self, range: &Range<usize>) -> Option<&'a [u8]> {
        match self.file {
            File::Whole(bytes) => bytes.get(range.clone()),
            File::Skimmed(skimmed) => skimmed.kept(range),
        }
    }

    fn pay(&self, bytes: usize) -> Option<()> {
        let left = self.left.borrow().checked_sub(bytes)?;
        *self.left.borrow_mut() = left;
        Some(())
    }

    /// Whether nothing was asked for that was not at hand.
    fn sufficed(&self) -> bool {
        let wanted = self.wanted.borrow();
        wanted.keep.is_empty() && wanted.spans.is_empty()
    }
}

/// Reads `file` into `room` and judges it, again if the first reading left out something that is needed.
pub(super) fn skim(
    mut file: impl Read + Seek,
    room: &mut [u8],
    at: Time,
    judge: impl Fn(&Source<'_>) -> Report,
) -> io::Result<Report> {
    let mut wanted = Wanted::default();
    for _ in 0..READINGS {
        file.rewind()?;
        let skimmed = Skimmed::read_for(&mut file, room, &wanted)?;
        let source = Source::skimmed(&skimmed);
        let report = judge(&source);
        if source.sufficed() {
            return Ok(report);
        }
        let more = source.wanted.into_inner();
        wanted.keep.extend(more.keep);
        wanted.spans.extend(more.spans);
    }
    let mut report = Report::new(at);
    let evidence = format!("read {READINGS} times, and something else was needed each time");
    report.find(Code::FileUnsettled, "file", evidence);
    Ok(report.conclude())
}
