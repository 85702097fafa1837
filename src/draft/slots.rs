//! What a draft reserves for the code and the seals, and how the document states it.

use super::DraftError;
use crate::limits::Limits;
use crate::pdf::{Dictionary, Object, PdfError, View};

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

impl Slots {
    /// Reads the slots that the document in `view` states in its catalog; none if it states none.
    ///
    /// # Errors
    /// As for [`Draft::open`](super::Draft::open).
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
