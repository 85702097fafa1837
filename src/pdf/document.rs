//! A PDF file as it is: its revisions, and its objects on demand (ISO 32000-2, 7.5).

use core::cell::{Cell, OnceCell, RefCell};
use core::ops::Range;
use std::sync::Arc;

use super::audit;
use super::cache::Cache;
use super::crypt::{self, Encryption, Password};
use super::entries::Entry;
use super::error::{Anomaly, PdfError, PdfErrorKind};
use super::indirect::Indirect;
use super::lexer::{Lexer, is_white};
use super::object::{Object, Ref};
use super::object_stream::ObjectStream;
use super::omitted::Omitted;
use super::parser::{Budget, Parsed, Parser, Value};
use super::references::References;
use super::revision::{self, Revision};
use super::section::{LOOKAHEAD, Reading};
use super::skim::Skimmed;
use super::view::View;
use crate::limits::Limits;

/// How far references to references, or lengths in other objects, are followed.
pub(super) const CHAIN: usize = 6;

/// With more revisions than this an index tells which of them speak of an object.
const FEW: usize = 4;

/// A PDF file with every revision kept apart.
///
/// Opening reads the cross-reference sections and the catalog, nothing else; objects are parsed when asked for, and
/// kept. Nothing is repaired. That a file opens says nothing about whether it is harmless: see
/// [`anomalies`](Self::anomalies) and [`audit`](Self::audit).
#[derive(Debug)]
pub struct Document<'a> {
    pub(super) bytes: &'a [u8],
    omitted: Omitted<'a>,
    /// What was asked for and had been left out.
    missing: RefCell<Vec<Range<usize>>>,
    pub(super) limits: Limits,
    pub(super) budget: Budget,
    pub(super) base: usize,
    pub(super) header: usize,
    revisions: Vec<Revision>,
    anomalies: Vec<Anomaly>,
    /// `(number, revision)` of every entry, sorted; only made for files of many revisions.
    index: OnceCell<Vec<(u32, u32)>>,
    pub(super) encryption: Option<Arc<Encryption>>,
    pub(super) decoded: Cell<usize>,
    pub(super) cache: RefCell<Cache<'a>>,
    /// The catalog of the newest revision, which everything begins with.
    pub(super) catalog: OnceCell<Arc<Indirect<'a>>>,
}

impl<'a> Document<'a> {
    /// Opens the file `bytes`, which is not encrypted or opens with the empty password, as most encrypted files do.
    ///
    /// The cost is that of the cross-reference sections. `&bytes[..revision.span.end]` opens as the document was in
    /// that revision.
    ///
    /// # Errors
    /// A kind and an offset. Occurs if a section of the chain or its trailer is malformed, the catalog cannot be read,
    /// or a limit is exceeded. There is no recovery. `PasswordNeeded` occurs if another password is needed,
    /// `UnsupportedEncryption` if it is no password that opens the file, `EncryptionDiffers` if an update adds, drops or
    /// changes encryption.
    pub fn open(bytes: &'a [u8], limits: &Limits) -> Result<Self, PdfError> {
        Self::open_with(bytes, &Password::default(), limits)
    }

    /// As [`open`](Self::open), with the owner or user password of an encrypted file. What is not encrypted needs none, and
    /// then none is looked at.
    ///
    /// # Errors
    /// As [`open`](Self::open). `WrongPassword` occurs if it is neither password.
    pub fn open_with(bytes: &'a [u8], password: &Password, limits: &Limits) -> Result<Self, PdfError> {
        Self::open_without(bytes, Omitted::default(), password, limits)
    }

    /// Opens a file that was read once and not kept whole.
    ///
    /// Nothing that was left out is taken for something else: what needs it fails with `Omitted`.
    ///
    /// # Errors
    /// As [`open_with`](Self::open_with). `Omitted` occurs if a section or the catalog lies where bytes were left out.
    pub fn open_skimmed(
        skimmed: &'a Skimmed<'_>,
        password: &Password,
        limits: &Limits,
    ) -> Result<Self, PdfError> {
        Self::open_without(skimmed.bytes(), Omitted(skimmed.omitted()), password, limits)
    }

    fn open_without(
        bytes: &'a [u8],
        omitted: Omitted<'a>,
        password: &Password,
        limits: &Limits,
    ) -> Result<Self, PdfError> {
        let head = bytes.get(..bytes.len().min(1024 + 5)).unwrap_or_default();
        let header = head
            .windows(5)
            .position(|w| w == b"%PDF-")
            .ok_or_else(|| PdfError::new(PdfErrorKind::NoHeader, 0))?;
        let budget = Budget::new(bytes.len());
        let mut reading = Reading {
            bytes,
            omitted,
            limits,
            budget: &budget,
            base: 0,
            anomalies: Vec::new(),
            entries: 0,
            decoded: 0,
            encrypt: Vec::new(),
        };
        if header > 0 {
            reading.note(super::AnomalyKind::HeaderNotFirst, 0, None);
        }
        let revisions = revision::revisions(&mut reading, header)?;
        let (base, decoded) = (reading.base, reading.decoded);
        let (anomalies, encrypt) = (reading.anomalies, reading.encrypt);
        let cache = Cache::new(&budget.memory);
        let mut document = Self {
            bytes,
            omitted,
            missing: RefCell::default(),
            limits: limits.clone(),
            budget,
            base,
            header,
            revisions,
            anomalies,
            index: OnceCell::new(),
            encryption: None,
            decoded: Cell::new(decoded),
            cache: RefCell::new(cache),
            catalog: OnceCell::new(),
        };
        if let Some((encryption, anomalies)) = crypt::open(&document, &encrypt, password)? {
            document.encryption = Some(Arc::new(encryption));
            document.anomalies.extend(anomalies);
            // What was read to get here was read as it stands.
            document.cache.borrow_mut().clear();
        }
        document.anomalies.sort_unstable();
        let catalog = document.newest().catalog()?;
        document.catalog = OnceCell::from(catalog);
        Ok(document)
    }

    /// How the file is encrypted and as whom it was opened; `None` if it is not encrypted.
    #[must_use]
    pub fn encryption(&self) -> Option<&Encryption> {
        self.encryption.as_deref()
    }

    pub(super) fn shared_encryption(&self) -> Option<Arc<Encryption>> {
        self.encryption.clone()
    }

    /// The file.
    #[must_use]
    pub fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// The revisions, oldest first; never empty.
    #[must_use]
    pub fn revisions(&self) -> &[Revision] {
        &self.revisions
    }

    /// The document as it was in revision `index` (0 is the oldest), if there is such a revision.
    #[must_use]
    pub fn view(&self, index: usize) -> Option<View<'_, 'a>> {
        (index < self.revisions.len()).then_some(View {
            document: self,
            revision: index,
        })
    }

    /// The document as it is now.
    #[must_use]
    pub fn newest(&self) -> View<'_, 'a> {
        View {
            document: self,
            revision: self.revisions.len().saturating_sub(1),
        }
    }

    /// What is odd about the header and the cross-reference sections, sorted.
    #[must_use]
    pub fn anomalies(&self) -> &[Anomaly] {
        &self.anomalies
    }

    /// What is odd about the whole file: [`anomalies`](Self::anomalies) and, after reading every object of every
    /// revision once, entries that lead to another object, objects that overlap or cannot be read, duplicate keys,
    /// bytes that nothing claims, and further headers. Sorted. Costs time in proportion to the file, keeps nothing.
    ///
    /// # Errors
    /// `TooMuchWork` occurs if objects overlap so much that reading them costs many times the file.
    pub fn audit(&self) -> Result<Vec<Anomaly>, PdfError> {
        self.audit_with_references().map(|found| found.0)
    }

    /// As [`audit`](Self::audit), and who refers to which object: known from the same reading.
    ///
    /// # Errors
    /// As [`audit`](Self::audit).
    pub fn audit_with_references(&self) -> Result<(Vec<Anomaly>, References), PdfError> {
        audit::audit(self)
    }

    /// Where the offsets written in the file count from: 0, or where the header stands after junk.
    #[must_use]
    pub fn offset_base(&self) -> usize {
        self.base
    }

    /// Every revision that speaks of object `number`, oldest first: its index, and what it says. So that is who defined
    /// the object, who changed it and who freed it; how it then was tells [`view`](Self::view).
    pub fn history(&self, number: u32) -> impl DoubleEndedIterator<Item = (usize, Entry)> {
        let indexed = (self.revisions.len() > FEW).then(|| {
            let index = self.index();
            let from = index.partition_point(|(other, _)| *other < number);
            let to = index.partition_point(|(other, _)| *other <= number);
            index.get(from..to).unwrap_or_default()
        });
        let all = if indexed.is_some() {
            0
        } else {
            self.revisions.len()
        };
        let some = indexed
            .unwrap_or_default()
            .iter()
            .map(|(_, revision)| *revision as usize);
        some.chain(0..all)
            .filter_map(move |i| Some((i, self.revisions.get(i)?.entries.get(number)?)))
    }

    /// What counts for `number` in revision `revision`: which revision said it, and what.
    pub(super) fn locate(&self, revision: usize, number: u32) -> Option<(usize, Entry)> {
        let known = self.revisions.get(..=revision)?;
        if self.revisions.len() <= FEW {
            let mut newest_first = known.iter().enumerate().rev();
            return newest_first.find_map(|(i, r)| Some((i, r.entries.get(number)?)));
        }
        let index = self.index();
        let wanted = (number, u32::try_from(revision).ok()?);
        let after = index.partition_point(|entry| *entry <= wanted);
        let (found, i) = index.get(after.checked_sub(1)?)?;
        let i = *i as usize;
        let entry = self.revisions.get(i)?.entries.get(number)?;
        (*found == number).then_some((i, entry))
    }

    fn index(&self) -> &[(u32, u32)] {
        self.index.get_or_init(|| {
            let mut index = Vec::new();
            for (i, revision) in (0u32..).zip(&self.revisions) {
                index.extend(revision.entries.numbers().map(|number| (number, i)));
            }
            index.sort_unstable();
            index
        })
    }

    pub(super) fn object(
        &self,
        revision: usize,
        id: Ref,
        chain: usize,
    ) -> Result<Option<Arc<Indirect<'a>>>, PdfError> {
        match self.locate(revision, id.number) {
            None | Some((_, Entry::Free { .. })) => Ok(None),
            // A reference with another generation is to an object that is no more: null (7.3.10).
            Some((_, Entry::Offset { generation, .. })) if generation != id.generation => Ok(None),
            Some((_, Entry::InStream { .. })) if id.generation != 0 => Ok(None),
            Some((_, Entry::Offset { offset, .. })) => self.at_offset(revision, id, offset, chain).map(Some),
            Some((_, Entry::InStream { container, index })) => {
                self.in_stream(revision, id, container, index, chain).map(Some)
            }
        }
    }

    pub(super) fn at_offset(
        &self,
        revision: usize,
        id: Ref,
        offset: usize,
        chain: usize,
    ) -> Result<Arc<Indirect<'a>>, PdfError> {
        let wrong = PdfError::new(PdfErrorKind::WrongObject, offset);
        let referred = self.cache.borrow().length(offset);
        let length = match referred {
            Some(length) => Some(self.length(revision, length, offset, chain)?),
            None => None,
        };
        let known = self.cache.borrow_mut().object((offset, length));
        if let Some(found) = known {
            return if found.id == id { Ok(found) } else { Err(wrong) };
        }
        let mut measured = None;
        let parsed = self.in_memory(|| {
            self.parse_at(offset, |reference| {
                let length = self.length(revision, reference, offset, chain)?;
                measured = Some(length);
                Ok(length)
            })
        })?;
        if parsed.id != id {
            return Err(wrong);
        }
        let length = parsed.length;
        let encryption = self.encryption.as_ref();
        let encrypted = encryption.is_some_and(|encryption| !encryption.is_plain(id, &parsed.object));
        let text = match self.omitted.check(&parsed.source) {
            Ok(()) => self.bytes.get(parsed.source.clone()).unwrap_or_default(),
            Err(_) => &[],
        };
        let indirect = Arc::new(Indirect::in_file(text, parsed, encrypted));
        let mut cache = self.cache.borrow_mut();
        cache.put_object((offset, measured), length, &indirect);
        Ok(indirect)
    }

    /// What `read` reads; if there is no memory left for it, what is kept is dropped and it is tried once more.
    fn in_memory<T>(&self, mut read: impl FnMut() -> Result<T, PdfError>) -> Result<T, PdfError> {
        match read() {
            Err(error) if error.kind == PdfErrorKind::TooMuchMemory => {
                self.cache.borrow_mut().clear();
                read()
            }
            outcome => outcome,
        }
    }

    /// The object at exactly `offset`, not kept.
    pub(super) fn parse_at(
        &self,
        offset: usize,
        length: impl FnOnce(Ref) -> Result<usize, PdfError>,
    ) -> Result<Parsed, PdfError> {
        let mut start = Lexer::new(self.bytes, offset);
        // Producers exist whose offsets point at the line end before the object; what is meant is certain.
        start.skip_blank();
        if offset == 0 || offset >= self.bytes.len() {
            return Err(PdfError::new(PdfErrorKind::BadObjectHeader, offset));
        }
        let mut parser = Parser::new(self.bytes, start.position, self.limits.depth, &self.budget);
        let parsed = parser.indirect(length);
        // Everything that was looked at must have been at hand: all but the data of a stream, or all up to the fault.
        let (before, after) = match &parsed {
            Ok(parsed) => match &parsed.object {
                Object::Stream(stream) => (offset..stream.data.start, stream.data.end..parsed.span.end),
                _ => (offset..parsed.span.end, 0..0),
            },
            Err(error) => {
                let at = usize::try_from(error.offset).unwrap_or(usize::MAX);
                (offset..at.max(offset).saturating_add(LOOKAHEAD), 0..0)
            }
        };
        self.at_hand(&before)?;
        self.at_hand(&after)?;
        let mut parsed = parsed?;
        if let Some(encryption) = &self.encryption {
            let decrypted = encryption.decrypt_strings(parsed.id, &mut parsed.object);
            decrypted.map_err(|kind| PdfError::new(kind, parsed.source.start))?;
        }
        Ok(parsed)
    }

    /// Whether `range` of the file is at hand; if not, that is remembered.
    pub(super) fn at_hand(&self, range: &Range<usize>) -> Result<(), PdfError> {
        let Some(omitted) = self.omitted.first_in(range) else {
            return Ok(());
        };
        let error = PdfError::new(PdfErrorKind::Omitted, omitted.start);
        self.missing.borrow_mut().push(omitted);
        Err(error)
    }

    /// What was asked for and had been left out: where anything stands here, nothing else that was read counts.
    pub(crate) fn missing(&self) -> Vec<Range<usize>> {
        self.missing.borrow().clone()
    }

    /// The integer object `id`, which the stream at `offset` names as its length.
    pub(super) fn length(
        &self,
        revision: usize,
        id: Ref,
        offset: usize,
        chain: usize,
    ) -> Result<usize, PdfError> {
        let chain = chain
            .checked_sub(1)
            .ok_or_else(|| PdfError::new(PdfErrorKind::ReferenceChain, offset))?;
        let length = self.object(revision, id, chain)?;
        length
            .and_then(|length| length.object.as_integer())
            .and_then(|length| usize::try_from(length).ok())
            .ok_or_else(|| PdfError::new(PdfErrorKind::BadStream, offset))
    }

    fn in_stream(
        &self,
        revision: usize,
        id: Ref,
        container: u32,
        index: u32,
        chain: usize,
    ) -> Result<Arc<Indirect<'a>>, PdfError> {
        // An object stream never stands in another (7.5.7), so only an entry with an offset will do; its generation is 0
        // (7.5.8.3).
        let Some((
            _,
            Entry::Offset {
                offset,
                generation: 0,
            },
        )) = self.locate(revision, container)
        else {
            return Err(PdfError::new(PdfErrorKind::BadObjectStream, 0));
        };
        let bad = PdfError::new(PdfErrorKind::BadObjectStream, offset);
        let chain = chain
            .checked_sub(1)
            .ok_or(PdfError::new(PdfErrorKind::ReferenceChain, offset))?;
        let holder = self.at_offset(revision, Ref::new(container, 0), offset, chain)?;
        let Object::Stream(stream) = &holder.object else {
            return Err(bad);
        };
        let place = (stream.data.start, stream.data.end);
        let known = self.cache.borrow_mut().member(place, index);
        if let Some(found) = known {
            return if found.id == id {
                Ok(found)
            } else {
                Err(PdfError::new(PdfErrorKind::WrongObject, offset))
            };
        }
        let members = self.object_stream(revision, stream, chain)?;
        let value = self.in_memory(|| self.parse_member(&members, id.number, index, offset))?;
        let text = members.data().get(value.span.clone()).unwrap_or_default();
        let member = Arc::new(Indirect::in_stream(id, value, text));
        self.cache.borrow_mut().put_member(place, index, &member);
        Ok(member)
    }

    /// The object `number` at `index` of the object stream that stands at `offset`, not kept.
    pub(super) fn parse_member(
        &self,
        members: &ObjectStream,
        number: u32,
        index: u32,
        offset: usize,
    ) -> Result<Value, PdfError> {
        let bad = PdfError::new(PdfErrorKind::BadObjectStream, offset);
        let (found, position) = members.member(index).ok_or(bad)?;
        if found != number {
            return Err(PdfError::new(PdfErrorKind::WrongObject, offset));
        }
        let mut parser = Parser::new(members.data(), position, self.limits.depth, &self.budget);
        let value = parser.counted_value()?;
        // A stream cannot stand in an object stream (7.5.7), but some readers show one: then they show another object than we.
        let rest = members.data().get(value.span.end..).unwrap_or_default();
        if rest.trim_ascii_start().starts_with(b"stream") {
            return Err(bad);
        }
        Ok(value)
    }

    /// Whether only white space stands in `range`.
    pub(super) fn is_blank(&self, range: Range<usize>) -> bool {
        self.bytes
            .get(range)
            .unwrap_or_default()
            .iter()
            .copied()
            .all(is_white)
    }
}
