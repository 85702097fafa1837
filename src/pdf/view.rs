//! The document as it was in one revision.

use core::ops::Deref;
use std::borrow::Cow;
use std::sync::Arc;

use super::document::{CHAIN, Document};
use super::error::{PdfError, PdfErrorKind};
use super::indirect::Indirect;
use super::object::{Dictionary, Object, Ref, Stream};
use super::page::{self, Page};
use super::revision::{Entry, Revision};

/// The highest object number that readers are sure to know (ISO 32000-1, annex C.2); some refuse what is above.
const HIGHEST: i64 = 8_388_607;

/// Numbers that a reference to nothing must leave to new objects; one beyond is a joke and not heeded.
const ROOM: i64 = 1_000_000;

/// The document as it was in one revision: later revisions do not exist for it.
#[derive(Clone, Copy, Debug)]
pub struct View<'d, 'a> {
    pub(super) document: &'d Document<'a>,
    pub(super) revision: usize,
}

/// A value, with references followed.
#[derive(Clone, Debug)]
pub enum Resolved<'o, 'a> {
    /// It was no reference.
    Direct(&'o Object),
    /// The object the reference leads to.
    Indirect(Arc<Indirect<'a>>),
    /// The reference leads nowhere, which means null (7.3.10).
    Absent,
}

impl<'a> Resolved<'_, 'a> {
    /// The indirect object it comes from, if a reference was followed.
    #[must_use]
    pub fn indirect(&self) -> Option<&Arc<Indirect<'a>>> {
        match self {
            Self::Indirect(indirect) => Some(indirect),
            _ => None,
        }
    }
}

impl Deref for Resolved<'_, '_> {
    type Target = Object;

    fn deref(&self) -> &Object {
        match self {
            Self::Direct(object) => object,
            Self::Indirect(indirect) => &indirect.object,
            Self::Absent => &Object::Null,
        }
    }
}

impl<'d, 'a> View<'d, 'a> {
    /// The document it is a view of.
    #[must_use]
    pub fn document(&self) -> &'d Document<'a> {
        self.document
    }

    /// Which revision it shows, from 0.
    #[must_use]
    pub fn index(&self) -> usize {
        self.revision
    }

    /// The revision it shows.
    #[must_use]
    pub fn revision(&self) -> Option<&'d Revision> {
        self.document.revisions().get(self.revision)
    }

    /// The bytes of the file up to the end of this revision.
    #[must_use]
    pub fn bytes(&self) -> &'a [u8] {
        let end = self.revision().map_or(0, |r| r.span.end);
        self.document.bytes().get(..end).unwrap_or_default()
    }

    /// The trailer dictionary of this revision.
    #[must_use]
    pub fn trailer(&self) -> &'d Dictionary {
        match self.revision() {
            Some(revision) => &revision.trailer,
            // A view is only made for a revision that exists, and `Document` never has none.
            None => empty(),
        }
    }

    /// The entry that counts for object `number` here, and the index of the revision whose section it stands in.
    #[must_use]
    pub fn locate(&self, number: u32) -> Option<(usize, Entry)> {
        self.document.locate(self.revision, number)
    }

    /// The object `id`, or `None` if it does not exist in this revision.
    ///
    /// # Errors
    /// Occurs if the object, or the object stream it is in, is malformed or bears another number, or a limit is
    /// exceeded.
    pub fn object(&self, id: Ref) -> Result<Option<Arc<Indirect<'a>>>, PdfError> {
        self.document.object(self.revision, id, CHAIN)
    }

    /// `object` itself or, if it is a reference, the object it leads to.
    ///
    /// # Errors
    /// As [`object`](Self::object). `ReferenceChain` occurs if references lead to references more than a few times.
    pub fn resolve<'o>(&self, object: &'o Object) -> Result<Resolved<'o, 'a>, PdfError> {
        let Object::Reference(id) = object else {
            return Ok(Resolved::Direct(object));
        };
        let mut id = *id;
        for _ in 0..CHAIN {
            match self.object(id)? {
                None => return Ok(Resolved::Absent),
                Some(found) => match found.object {
                    Object::Reference(next) => id = next,
                    _ => return Ok(Resolved::Indirect(found)),
                },
            }
        }
        Err(PdfError::new(PdfErrorKind::ReferenceChain, 0))
    }

    /// The value of `key` in `dictionary`, references followed; null if the key is absent.
    ///
    /// # Errors
    /// As [`resolve`](Self::resolve).
    pub fn find<'o>(&self, dictionary: &'o Dictionary, key: &[u8]) -> Result<Resolved<'o, 'a>, PdfError> {
        dictionary
            .find(key)
            .map_or(Ok(Resolved::Absent), |value| self.resolve(value))
    }

    /// The catalog, a dictionary (7.7.2).
    ///
    /// # Errors
    /// As [`object`](Self::object). `BadCatalog` occurs if `/Root` is no reference to a dictionary.
    pub fn catalog(&self) -> Result<Arc<Indirect<'a>>, PdfError> {
        if self.revision.saturating_add(1) == self.document.revisions().len()
            && let Some(catalog) = self.document.catalog.get()
        {
            return Ok(Arc::clone(catalog));
        }
        let at = self.revision().map_or(0, |r| r.trailer_span.start);
        let bad = PdfError::new(PdfErrorKind::BadCatalog, at);
        let id = self
            .trailer()
            .find(b"Root")
            .and_then(Object::as_reference)
            .ok_or(bad)?;
        let found = self.object(id)?.ok_or(bad)?;
        if matches!(found.object, Object::Dictionary(_)) {
            Ok(found)
        } else {
            Err(bad)
        }
    }

    /// The pages in reading order, inherited attributes filled in (7.7.3).
    ///
    /// # Errors
    /// As [`object`](Self::object). `BadPageTree` occurs if the tree has a cycle, a kid that is no indirect
    /// dictionary, or a box, turn or unit that is malformed; `TooManyPages` if it has more than `Limits::pdf_pages`.
    pub fn pages(&self) -> Result<Vec<Page<'a>>, PdfError> {
        page::pages(*self)
    }

    /// The encoded data of `stream` as they stand in the file: encrypted, if the file is; nothing if they were left out when
    /// the file was skimmed.
    #[must_use]
    pub fn data(&self, stream: &Stream) -> &'a [u8] {
        if self.document.at_hand(&stream.data).is_err() {
            return &[];
        }
        self.document.bytes().get(stream.data.clone()).unwrap_or_default()
    }

    /// The encoded data of `stream`, decrypted if the file is encrypted; all filters but `/Crypt` still apply.
    ///
    /// # Errors
    /// `CorruptCiphertext` occurs if the data do not decrypt, `UnknownFilter` if the stream names a crypt filter that is
    /// not there, `TooMuchDecoded` if a limit is exceeded.
    pub fn decrypt(&self, stream: &Stream) -> Result<Cow<'a, [u8]>, PdfError> {
        let decrypted = self.document.decrypt(self.revision, stream, CHAIN)?;
        Ok(decrypted.0)
    }

    /// The data of `stream`, decrypted if the file is encrypted, with all filters undone.
    ///
    /// # Errors
    /// As [`decrypt`](Self::decrypt). `UnknownFilter` occurs for image filters and unknown ones, `CorruptStream` if the data do not decode,
    /// `TooMuchDecoded` if a limit is exceeded.
    pub fn decode(&self, stream: &Stream) -> Result<Vec<u8>, PdfError> {
        self.document.decode(self.revision, stream, CHAIN)
    }

    /// [`decode`](Self::decode), to `most` bytes.
    pub(crate) fn decode_within(&self, stream: &Stream, most: usize) -> Result<Vec<u8>, PdfError> {
        let decoded = self.document.decode_to(self.revision, stream, CHAIN, most);
        decoded.map(|decoded| decoded.data)
    }

    /// [`decode_within`](Self::decode_within), refusing deflated data whose checksum is wrong or missing. Readers show them, so this is
    /// for data that nothing else vouches for.
    pub(crate) fn decode_checked(&self, stream: &Stream, most: usize) -> Result<Vec<u8>, PdfError> {
        let decoded = self.document.decode_to(self.revision, stream, CHAIN, most)?;
        match decoded.unchecked {
            true => Err(PdfError::new(PdfErrorKind::CorruptStream, stream.data.start)),
            false => Ok(decoded.data),
        }
    }

    /// A number that no object of this or an older revision has: for the next new object. It follows `/Size`, and whatever
    /// the trailers and the catalog refer to, so that references to objects that do not exist stay without object (7.3.10),
    /// unless they promise more than readers know.
    #[must_use]
    pub fn next_object_number(&self) -> u32 {
        let known = self
            .document
            .revisions()
            .get(..=self.revision)
            .unwrap_or_default();
        let sizes = known
            .iter()
            .filter_map(|r| r.trailer.find(b"Size").and_then(Object::as_integer))
            .filter(|size| *size <= HIGHEST + 1);
        let highest = known
            .iter()
            .filter_map(|r| r.entries.last())
            .map(|(n, _)| i64::from(n) + 1);
        let catalog = self.catalog().ok();
        let catalog = catalog.as_ref().and_then(|catalog| catalog.dictionary());
        let trailers = known.iter().map(|r| &r.trailer);
        let referred = trailers
            .chain(catalog)
            .filter_map(highest_reference)
            .map(|n| i64::from(n) + 1)
            .filter(|next| *next <= HIGHEST - ROOM);
        u32::try_from(sizes.chain(highest).chain(referred).max().unwrap_or(1))
            .unwrap_or(u32::MAX)
            .max(1)
    }
}

/// The highest object number that `dictionary` and what stands directly in it refer to.
fn highest_reference(dictionary: &Dictionary) -> Option<u32> {
    let mut highest = None;
    let mut rest: Vec<&Object> = dictionary.entries().iter().map(|entry| &entry.value).collect();
    while let Some(object) = rest.pop() {
        match object {
            Object::Reference(id) => highest = highest.max(Some(id.number)),
            Object::Array(items) => rest.extend(items.iter()),
            Object::Dictionary(inner) => rest.extend(inner.entries().iter().map(|entry| &entry.value)),
            _ => {}
        }
    }
    highest
}

fn empty() -> &'static Dictionary {
    static EMPTY: std::sync::OnceLock<Dictionary> = std::sync::OnceLock::new();
    EMPTY.get_or_init(Dictionary::default)
}
