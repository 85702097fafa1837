//! A complete PDF that is not sealed yet (待盖章件), and the places it reserves for the code and the seals.

mod slots;

use core::fmt;
use std::sync::Arc;

use crate::crypto::DigestAlgorithm;
use crate::limits::Limits;
use crate::pdf::{Document, Object, Password, PdfError, Skimmed, View};
use crate::record::UnifiedCode;
pub use slots::{CodeSlot, SealElement, SealSlot, Slots};
pub(crate) use slots::{drawn_text, private};

/// The name under which a draft carries its record, as an associated file (ISO 32000-2, 14.13).
pub const RECORD_FILE: &str = "record.cbor";

/// The name of the signature field that a joint result has for the seal of `issuer`: `Seal-` and its unified code.
#[must_use]
pub fn seal_field(issuer: &UnifiedCode) -> String {
    format!("Seal-{issuer}")
}

/// A composed PDF and its slots. Sealing only appends to it, so the sealed file begins with these bytes.
///
/// The bytes are shared, not copied, when a draft is cloned.
#[derive(Clone)]
pub struct Draft {
    bytes: Arc<Vec<u8>>,
    slots: Slots,
    password: Password,
}

/// Without the bytes and the password.
impl fmt::Debug for Draft {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Draft")
            .field("length", &self.bytes.len())
            .field("slots", &self.slots)
            .finish_non_exhaustive()
    }
}

/// Drafts are equal if their bytes and slots are, whoever opened them.
impl PartialEq for Draft {
    fn eq(&self, other: &Self) -> bool {
        self.bytes == other.bytes && self.slots == other.slots
    }
}

/// A draft of any size that was read once and not kept whole ([`Skimmed`]): sealing makes what is to be appended to it.
pub struct LargeDraft<'r> {
    skimmed: Skimmed<'r>,
    slots: Slots,
    password: Password,
}

/// Why a file cannot be taken as a draft.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq)]
pub enum DraftError {
    /// Occurs if the file is not a readable PDF.
    Pdf(PdfError),
    /// Occurs if the catalog's `/PieceInfo /Yinxin` is there but not as it should be; names the entry.
    Slots(&'static str),
    /// Occurs if the file has no associated file `record.cbor`.
    NoRecord,
    /// Occurs if the file has more than one associated file `record.cbor`, so that it is not clear which counts.
    ManyRecords,
}

impl fmt::Display for DraftError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pdf(error) => error.fmt(f),
            Self::Slots(entry) => write!(
                f,
                "the draft's {entry} in /PieceInfo /Yinxin is not as it should be; compose it anew"
            ),
            Self::NoRecord => write!(f, "the document has no associated file {RECORD_FILE}"),
            Self::ManyRecords => write!(f, "the document has more than one associated file {RECORD_FILE}"),
        }
    }
}

impl core::error::Error for DraftError {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match self {
            Self::Pdf(error) => Some(error),
            _ => None,
        }
    }
}

impl From<PdfError> for DraftError {
    fn from(error: PdfError) -> Self {
        Self::Pdf(error)
    }
}

impl Draft {
    /// Takes the PDF `bytes` as a draft, with the slots that its newest revision states. A PDF that states none is a draft without slots.
    ///
    /// # Errors
    /// `Pdf` occurs if the file cannot be read, `Slots` if it states slots that contradict the document.
    pub fn open(bytes: Vec<u8>, limits: &Limits) -> Result<Self, DraftError> {
        Self::open_with(bytes, Password::default(), limits)
    }

    /// As [`open`](Self::open), with the owner or user password of an encrypted PDF. Sealing will encrypt what it adds, and may
    /// need the owner's.
    ///
    /// # Errors
    /// As for [`open`](Self::open).
    pub fn open_with(bytes: Vec<u8>, password: Password, limits: &Limits) -> Result<Self, DraftError> {
        let slots = Slots::read(&Document::open_with(&bytes, &password, limits)?.newest(), limits)?;
        let mut draft = Self::new(bytes, slots);
        draft.password = password;
        Ok(draft)
    }

    /// The draft that `bytes` are, opened with the same password.
    ///
    /// # Errors
    /// As for [`open`](Self::open).
    pub fn reopen(&self, bytes: Vec<u8>) -> Result<Self, DraftError> {
        Self::open_with(bytes, self.password.clone(), &Limits::DEFAULT)
    }

    /// The PDF, read.
    ///
    /// # Errors
    /// Occurs if it cannot be read strictly.
    pub fn document(&self, limits: &Limits) -> Result<Document<'_>, PdfError> {
        Document::open_with(&self.bytes, &self.password, limits)
    }

    /// The canonical CBOR of the record that the draft carries.
    ///
    /// # Errors
    /// As for [`record_bytes`].
    pub fn record_bytes(&self, limits: &Limits) -> Result<Vec<u8>, DraftError> {
        record_bytes(&self.document(limits)?.newest(), limits)
    }

    /// A draft from a whole PDF and the slots it reserves; the caller vouches that they agree.
    #[must_use]
    pub fn new(bytes: Vec<u8>, slots: Slots) -> Self {
        Self {
            bytes: Arc::new(bytes),
            slots,
            password: Password::default(),
        }
    }

    /// The PDF.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// What a payload names the draft by: its length in bytes and its SHA-256.
    #[must_use]
    pub fn digest(&self) -> (u64, [u8; 32]) {
        let digest = DigestAlgorithm::Sha256.digest(&self.bytes);
        let length = u64::try_from(self.bytes.len()).unwrap_or(u64::MAX);
        (length, digest.try_into().unwrap_or_default())
    }

    /// What the draft reserves.
    #[must_use]
    pub fn slots(&self) -> &Slots {
        &self.slots
    }

    /// The PDF; without a copy if nothing else holds the draft.
    #[must_use]
    pub fn into_bytes(self) -> Vec<u8> {
        Arc::unwrap_or_clone(self.bytes)
    }
}

impl<'r> LargeDraft<'r> {
    /// Takes the PDF that was read as a draft, with the slots that its newest revision states.
    ///
    /// # Errors
    /// As for [`Draft::open`]. `Pdf` occurs also if a large stream would be needed that was left out.
    pub fn open(skimmed: Skimmed<'r>, limits: &Limits) -> Result<Self, DraftError> {
        Self::open_with(skimmed, Password::default(), limits)
    }

    /// As [`open`](Self::open), with a password as for [`Draft::open_with`].
    ///
    /// # Errors
    /// As for [`open`](Self::open).
    pub fn open_with(skimmed: Skimmed<'r>, password: Password, limits: &Limits) -> Result<Self, DraftError> {
        let slots = {
            let document = Document::open_skimmed(&skimmed, &password, limits)?;
            Slots::read(&document.newest(), limits)?
        };
        Ok(Self {
            skimmed,
            slots,
            password,
        })
    }

    /// The draft as a document, opened with its password.
    ///
    /// # Errors
    /// As for [`Document::open_skimmed`].
    pub fn document(&self, limits: &Limits) -> Result<Document<'_>, PdfError> {
        Document::open_skimmed(&self.skimmed, &self.password, limits)
    }

    /// What was read.
    #[must_use]
    pub fn skimmed(&self) -> &Skimmed<'r> {
        &self.skimmed
    }

    /// What a payload names the draft by: its length in bytes and its SHA-256.
    #[must_use]
    pub fn digest(&self) -> (u64, [u8; 32]) {
        let digest = self.skimmed.digest(DigestAlgorithm::Sha256);
        let length = u64::try_from(self.skimmed.length()).unwrap_or(u64::MAX);
        (
            length,
            digest
                .and_then(|digest| digest.try_into().ok())
                .unwrap_or_default(),
        )
    }

    /// What the draft reserves.
    #[must_use]
    pub fn slots(&self) -> &Slots {
        &self.slots
    }
}

/// The associated file `record.cbor` of the document in `view`, decoded. What it says is not verified by reading it.
///
/// # Errors
/// `NoRecord` or `ManyRecords` occurs if there is not exactly one, `Pdf` if an object of it cannot be read.
pub fn record_bytes(view: &View<'_, '_>, limits: &Limits) -> Result<Vec<u8>, DraftError> {
    associated_file(view, RECORD_FILE, limits)
}

/// The associated file `name` with the relationship `Data`, decoded; errors as for [`record_bytes`].
pub(crate) fn associated_file(
    view: &View<'_, '_>,
    name: &str,
    limits: &Limits,
) -> Result<Vec<u8>, DraftError> {
    let catalog = view.catalog()?;
    let Some(catalog) = catalog.dictionary() else {
        return Err(DraftError::NoRecord);
    };
    let files = view.find(catalog, b"AF")?;
    let mut found = None;
    for file in files
        .as_array()
        .unwrap_or_default()
        .iter()
        .take(limits.pdf_objects)
    {
        let file = view.resolve(file)?;
        let Some(specification) = file.as_dictionary() else {
            continue;
        };
        // Our own files have both names alike; a file that shows different names to different readers is not ours.
        let named = [b"F".as_slice(), b"UF"].into_iter().all(|key| {
            let found = specification.find(key).and_then(Object::as_string);
            found.is_some_and(|found| found.bytes == name.as_bytes())
        });
        if named && specification.is_name(b"AFRelationship", b"Data") && found.replace(file).is_some() {
            return Err(DraftError::ManyRecords);
        }
    }
    let file = found.ok_or(DraftError::NoRecord)?;
    let specification = file.as_dictionary().ok_or(DraftError::NoRecord)?;
    let embedded = view.find(specification, b"EF")?;
    let embedded = embedded.as_dictionary().ok_or(DraftError::NoRecord)?;
    let stream = view.find(embedded, b"F")?;
    Ok(view.decode(stream.as_stream().ok_or(DraftError::NoRecord)?)?)
}
