//! A complete PDF that is not sealed yet (待盖章件), and the places it reserves for the code and the seals.

use core::fmt;
use std::sync::Arc;

use crate::crypto::DigestAlgorithm;
use crate::limits::Limits;
use crate::pdf::{Dictionary, Document, Object, Password, PdfError, Skimmed, View};
use crate::record::UnifiedCode;

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

/// What a draft reserves. Stored in the catalog's `/PieceInfo` (ISO 32000-2, 14.5), so that it can be read back.
#[non_exhaustive]
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Slots {
    /// The box for the QR code, if the template has one.
    pub code: Option<CodeSlot>,
    /// One place per seal, in the template's order.
    pub seals: Vec<SealSlot>,
}

/// The square reserved for the QR code: an empty Form XObject with `/BBox [0 0 1 1]` that the page already paints.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq)]
pub struct CodeSlot {
    /// Object number of the Form XObject that sealing replaces.
    pub form: u32,
    /// Object number of the page that paints it.
    pub page: u32,
    /// Side of the square in millimetres, quiet zone included.
    pub side_mm: f64,
}

/// Where one seal goes.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq)]
pub struct SealSlot {
    /// The sealing body's name as printed.
    pub name: String,
    /// Object number of the page.
    pub page: u32,
    /// Centre of the impression in points (1/72 inch) of the page's user space, origin at the lower left.
    pub centre_pt: (f32, f32),
    /// The structure element that a tagged draft reserves for the seal's widget.
    pub element: Option<SealElement>,
    /// The empty signature field that is prepared there, by its name: then the seal goes into it and nowhere else.
    pub field: Option<String>,
}

/// An empty `/Form` element of the structure tree (ISO 32000-1, 14.8.4.5), already in the parent tree: sealing puts the widget into it.
#[non_exhaustive]
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SealElement {
    /// Object number of the element.
    pub number: u32,
    /// Its key in the parent tree, which the widget has as `/StructParent` (ISO 32000-1, 14.7.4.4).
    pub key: i32,
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

impl Slots {
    /// Reads the slots that the document in `view` states in its catalog; none if it states none.
    ///
    /// # Errors
    /// As for [`Draft::open`].
    pub fn read(view: &View<'_, '_>, limits: &Limits) -> Result<Self, DraftError> {
        let catalog = view.catalog()?;
        let catalog = catalog.dictionary().ok_or(DraftError::Slots("catalog"))?;
        let pieces = view.find(catalog, b"PieceInfo")?;
        let Some(pieces) = pieces.as_dictionary() else {
            return Ok(Self::default());
        };
        let piece = view.find(pieces, b"Yinxin")?;
        let Some(piece) = piece.as_dictionary() else {
            return Ok(Self::default());
        };
        let private = view.find(piece, b"Private")?;
        let private = private.as_dictionary().ok_or(DraftError::Slots("/Private"))?;

        let pages: Vec<u32> = view.pages()?.iter().map(|page| page.id.number).collect();
        let code = view.find(private, b"Code")?;
        let code = match &*code {
            Object::Null => None,
            Object::Dictionary(entry) => Some(CodeSlot::read(view, entry, &pages)?),
            _ => return Err(DraftError::Slots("/Code")),
        };
        let places = view.find(private, b"Seals")?;
        let places = match &*places {
            Object::Null => [].as_slice(),
            Object::Array(places) if places.len() <= limits.signatures => places,
            _ => return Err(DraftError::Slots("/Seals")),
        };
        let seals = places
            .iter()
            .map(|place| {
                let place = view.resolve(place)?;
                let entry = place.as_dictionary().ok_or(DraftError::Slots("/Seals"))?;
                SealSlot::read(view, entry, &pages)
            })
            .collect::<Result<_, DraftError>>()?;
        Ok(Self { code, seals })
    }

    /// Slots of a code and any number of seals.
    #[must_use]
    pub fn new(code: Option<CodeSlot>, seals: Vec<SealSlot>) -> Self {
        Self { code, seals }
    }
}

impl CodeSlot {
    fn read(view: &View<'_, '_>, entry: &Dictionary, pages: &[u32]) -> Result<Self, DraftError> {
        let form = entry.find(b"Form").and_then(Object::as_reference);
        let form = form.ok_or(DraftError::Slots("/Code /Form"))?;
        let stream = view.object(form)?;
        let is_form = stream.is_some_and(|object| {
            object
                .object
                .as_stream()
                .is_some_and(|stream| stream.dictionary.is_name(b"Subtype", b"Form"))
        });
        if !is_form {
            return Err(DraftError::Slots("/Code /Form"));
        }
        let side_mm = entry.find(b"Side").and_then(Object::as_number).unwrap_or(0.0);
        // Anything wider than A4's long side is no code.
        if !(1.0..=297.0).contains(&side_mm) {
            return Err(DraftError::Slots("/Code /Side"));
        }
        let page = page(entry, pages).ok_or(DraftError::Slots("/Code /Page"))?;
        Ok(Self::new(form.number, page, side_mm))
    }

    /// A square of `side_mm` millimetres, painted by page object `page` through form object `form`.
    #[must_use]
    pub fn new(form: u32, page: u32, side_mm: f64) -> Self {
        Self { form, page, side_mm }
    }
}

impl SealSlot {
    fn read(view: &View<'_, '_>, entry: &Dictionary, pages: &[u32]) -> Result<Self, DraftError> {
        let name = view.find(entry, b"Name")?;
        let name = name.as_string().and_then(|name| text(&name.bytes));
        let name = name.ok_or(DraftError::Slots("/Seals /Name"))?;
        let centre = view.find(entry, b"Centre")?;
        let centre = match centre.as_array() {
            Some([x, y]) => coordinate(x).zip(coordinate(y)),
            _ => None,
        };
        let centre = centre.ok_or(DraftError::Slots("/Seals /Centre"))?;
        let page = page(entry, pages).ok_or(DraftError::Slots("/Seals /Page"))?;
        let mut slot = Self::new(name, page, centre);
        if entry.find(b"Element").is_some() {
            let element = SealElement::read(view, entry).ok_or(DraftError::Slots("/Seals /Element"))?;
            slot = slot.in_structure(element);
        }
        match &*view.find(entry, b"Field")? {
            Object::Null => Ok(slot),
            Object::String(name) => {
                let name = text(&name.bytes).ok_or(DraftError::Slots("/Seals /Field"))?;
                Ok(slot.prepared(name))
            }
            _ => Err(DraftError::Slots("/Seals /Field")),
        }
    }

    /// A place for the seal of `name` on page object `page`, centred at `centre_pt` points.
    #[must_use]
    pub fn new(name: String, page: u32, centre_pt: (f32, f32)) -> Self {
        Self {
            name,
            page,
            centre_pt,
            element: None,
            field: None,
        }
    }

    /// The same with the field of this name prepared there.
    #[must_use]
    pub fn prepared(mut self, field: String) -> Self {
        self.field = Some(field);
        self
    }

    /// The same with the element reserved for it.
    #[must_use]
    pub fn in_structure(mut self, element: SealElement) -> Self {
        self.element = Some(element);
        self
    }
}

impl SealElement {
    fn read(view: &View<'_, '_>, entry: &Dictionary) -> Option<Self> {
        let element = entry.find(b"Element")?.as_reference()?;
        let key = entry.find(b"StructParent")?.as_integer()?;
        let object = view.object(element).ok()??;
        let is_form = object.object.as_dictionary()?.is_name(b"S", b"Form");
        let key = i32::try_from(key).ok().filter(|key| *key >= 0)?;
        is_form.then_some(Self::new(element.number, key))
    }

    /// Element object `number` with key `key`.
    #[must_use]
    pub fn new(number: u32, key: i32) -> Self {
        Self { number, key }
    }
}

/// What is kept in a catalog or a form for this library alone: `/PieceInfo /Yinxin /Private` (ISO 32000-2, 14.5).
pub(crate) fn private(view: &View<'_, '_>, object: &Object) -> Result<Option<Dictionary>, PdfError> {
    let mut found = object.as_dictionary().cloned();
    for key in [&b"PieceInfo"[..], b"Yinxin", b"Private"] {
        let Some(outer) = found else { return Ok(None) };
        found = view.find(&outer, key)?.as_dictionary().cloned();
    }
    Ok(found)
}

/// The text that the form of a code keeps beside its drawing; `None` if the reserved square was never filled.
pub(crate) fn drawn_text(view: &View<'_, '_>, form: &Object) -> Result<Option<String>, PdfError> {
    let Some(own) = private(view, form)? else {
        return Ok(None);
    };
    let text = view.find(&own, b"Text")?;
    let text = text.as_string();
    Ok(text.map(|text| String::from_utf8_lossy(&text.bytes).into_owned()))
}

/// The page that `/Page` of `entry` refers to, if it is a page of the document.
fn page(entry: &Dictionary, pages: &[u32]) -> Option<u32> {
    let page = entry.find(b"Page")?.as_reference()?.number;
    pages.contains(&page).then_some(page)
}

/// A coordinate within the largest page of ISO 32000-2, annex C.
fn coordinate(object: &Object) -> Option<f32> {
    let value = object.as_number().filter(|value| value.abs() <= 14_400.0)?;
    #[expect(
        clippy::cast_possible_truncation,
        reason = "in range; the fraction is rounded to what user space needs"
    )]
    Some(value as f32)
}

/// A text string (ISO 32000-2, 7.9.2.2) in UTF-16BE or ASCII, which are the forms that drafts are written in.
fn text(bytes: &[u8]) -> Option<String> {
    match bytes.strip_prefix(b"\xFE\xFF") {
        Some(units) => {
            let (pairs, []) = units.as_chunks::<2>() else {
                return None;
            };
            let units: Vec<u16> = pairs.iter().map(|pair| u16::from_be_bytes(*pair)).collect();
            String::from_utf16(&units).ok()
        }
        None => bytes
            .is_ascii()
            .then(|| String::from_utf8_lossy(bytes).into_owned()),
    }
}
