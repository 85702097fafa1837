//! Pages of one document as form XObjects of another, with everything their resources lead to. ISO 32000-2, 8.10.
//!
//! Only what paints is copied: no annotations, structure, metadata or scripts. What depends on optional content is refused,
//! because the layers' state lives in the other document's catalog and would be lost.

use core::fmt;
use std::collections::{BTreeMap, VecDeque};

use super::edit::write_name;
use super::error::PdfError;
use super::object::{Dictionary, Object, Ref};
use super::page::Page;
use super::update::{stream_body, write_hex};
use super::view::View;

/// Entries that do not paint, or point into the rest of the other document.
const LEFT_OUT: [&[u8]; 9] = [
    b"Alternates",
    b"LastModified",
    b"Metadata",
    b"OPI",
    b"Parent",
    b"PieceInfo",
    b"Ref",
    b"StructParent",
    b"StructParents",
];
/// Objects of these types belong to the other document as a whole.
const FOREIGN: [&[u8]; 6] = [b"Annot", b"Catalog", b"OCG", b"OCMD", b"Page", b"Pages"];

/// A piece of an object's body.
#[derive(Clone, Debug)]
pub(crate) enum Part {
    Bytes(Vec<u8>),
    /// The `/Group` of a page's form, which depends on where it is painted.
    Group,
    /// A reference to the object with this place.
    Reference(usize),
}

/// Why something cannot be taken over.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum GraftError {
    Pdf(PdfError),
    /// What is shown of a page lies outside of it.
    NothingShown,
    /// It refers to layers, or to the document as a whole.
    Foreign,
    /// It is on a layer.
    Layers,
    TooManyObjects,
    TooManyBytes,
}

impl GraftError {
    /// Said of a page.
    pub(crate) fn why(self) -> &'static str {
        match self {
            Self::Pdf(_) => "it cannot be read",
            Self::NothingShown => "the crop box of its page lies outside the media box",
            Self::Foreign => "its page refers to layers or to the rest of the document",
            Self::Layers => "its page has layers",
            Self::TooManyObjects => "its page refers to too many objects",
            Self::TooManyBytes => "its page is larger than the limit",
        }
    }
}

impl fmt::Display for GraftError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pdf(error) => error.fmt(f),
            other => f.write_str(other.why()),
        }
    }
}

impl From<PdfError> for GraftError {
    fn from(error: PdfError) -> Self {
        Self::Pdf(error)
    }
}

/// A walk over everything that can be reached, breadth first: an object's place is the order of its discovery, whatever
/// number it had.
pub(crate) struct Graft<'d, 'a> {
    view: View<'d, 'a>,
    places: BTreeMap<Ref, usize>,
    waiting: VecDeque<(usize, Ref)>,
    bodies: Vec<Vec<Part>>,
    objects_left: usize,
    bytes_left: usize,
}

impl<'d, 'a> Graft<'d, 'a> {
    /// Takes from `view` at most so many objects, with so many bytes together, as they are encoded.
    pub(crate) fn new(view: View<'d, 'a>, objects: usize, bytes: usize) -> Self {
        Self {
            view,
            places: BTreeMap::new(),
            waiting: VecDeque::new(),
            bodies: vec![],
            objects_left: objects,
            bytes_left: bytes,
        }
    }

    /// Has `body` stand for `id` wherever that is referred to.
    #[cfg(feature = "compose")]
    pub(crate) fn replace(&mut self, id: Ref, body: &[u8]) -> Result<(), GraftError> {
        let place = self.reserve()?;
        self.places.insert(id, place);
        self.set(place, vec![Part::Bytes(body.to_vec())]);
        Ok(())
    }

    /// What `page` shows of its content as a form, in the page's own coordinates; returns its place.
    pub(crate) fn page(&mut self, page: &Page<'_>) -> Result<usize, GraftError> {
        let place = self.reserve()?;
        let form = self.form(page)?;
        self.set(place, form);
        Ok(place)
    }

    /// The object `id` as it is; returns its place.
    pub(crate) fn object(&mut self, id: Ref) -> Result<usize, GraftError> {
        if let Some(place) = self.places.get(&id) {
            return Ok(*place);
        }
        let place = self.reserve()?;
        self.places.insert(id, place);
        self.waiting.push_back((place, id));
        Ok(place)
    }

    /// A value as it stands in another object; returns the place of an object that holds it alone.
    #[cfg(feature = "compose")]
    pub(crate) fn stand_alone(&mut self, value: &Object) -> Result<usize, GraftError> {
        let place = self.reserve()?;
        let mut parts = vec![];
        self.value(value, &mut parts)?;
        self.set(place, parts);
        Ok(place)
    }

    /// The bodies of all that was taken and of what they refer to, by place.
    pub(crate) fn finish(mut self) -> Result<Vec<Vec<Part>>, GraftError> {
        while let Some((place, id)) = self.waiting.pop_front() {
            let mut parts = Vec::new();
            match self.view.object(id)? {
                Some(indirect) => self.value(&indirect.object, &mut parts)?,
                // what is absent is null (7.3.10)
                None => push_bytes(&mut parts, b"null"),
            }
            self.set(place, parts);
        }
        Ok(self.bodies)
    }

    fn reserve(&mut self) -> Result<usize, GraftError> {
        self.objects_left = self
            .objects_left
            .checked_sub(1)
            .ok_or(GraftError::TooManyObjects)?;
        self.bodies.push(vec![]);
        Ok(self.bodies.len().saturating_sub(1))
    }

    fn set(&mut self, place: usize, parts: Vec<Part>) {
        if let Some(body) = self.bodies.get_mut(place) {
            *body = parts;
        }
    }

    fn form(&mut self, page: &Page<'_>) -> Result<Vec<Part>, GraftError> {
        let content = self.content(page)?;
        let shown = page.visible_box().ok_or(GraftError::NothingShown)?;
        let sides = [shown.left, shown.bottom, shown.right, shown.top].map(write_number);
        let mut parts = Vec::new();
        let head = format!("<< /Type /XObject /Subtype /Form /BBox [{}]", sides.join(" "));
        parts.push(Part::Bytes(head.into_bytes()));
        parts.push(Part::Group);
        push_bytes(&mut parts, b" /Resources ");
        match page.resources() {
            Some(resources) => self.value(resources, &mut parts)?,
            None => push_bytes(&mut parts, b"<< >>"),
        }
        // `stream_body` starts a dictionary of its own; what follows its opening brackets is appended to ours.
        let rest = stream_body(b"", &content, true);
        push_bytes(&mut parts, b" ");
        push_bytes(&mut parts, rest.strip_prefix(b"<<").unwrap_or(&rest));
        Ok(parts)
    }

    /// The page's content streams, decoded, as one. A token never crosses from one to the next (7.8.2).
    fn content(&mut self, page: &Page<'_>) -> Result<Vec<u8>, GraftError> {
        let Some(contents) = page
            .dictionary()
            .and_then(|dictionary| dictionary.find(b"Contents"))
        else {
            return Ok(Vec::new());
        };
        let mut content = Vec::new();
        let resolved = self.view.resolve(contents)?;
        let streams = match resolved.as_array() {
            Some(items) => items,
            None => core::slice::from_ref(contents),
        };
        for item in streams {
            let item = self.view.resolve(item)?;
            if let Some(stream) = item.as_stream() {
                let decoded = self.view.decode(stream)?;
                self.spend(decoded.len())?;
                content.extend_from_slice(&decoded);
                content.push(b'\n');
            }
        }
        Ok(content)
    }

    /// Writes a value; the reader has bounded how deep values are nested.
    fn value(&mut self, value: &Object, parts: &mut Vec<Part>) -> Result<(), GraftError> {
        let mut bytes = Vec::new();
        match value {
            Object::Null => bytes.extend_from_slice(b"null"),
            Object::Boolean(value) => bytes.extend_from_slice(value.to_string().as_bytes()),
            Object::Integer(value) => bytes.extend_from_slice(value.to_string().as_bytes()),
            Object::Real(value) => bytes.extend_from_slice(value.text()),
            Object::String(value) => write_hex(&mut bytes, &value.bytes),
            Object::Name(value) => write_name(&mut bytes, value),
            Object::Array(items) => {
                push_bytes(parts, b"[");
                for item in items {
                    self.value(item, parts)?;
                    push_bytes(parts, b" ");
                }
                bytes.push(b']');
            }
            Object::Dictionary(dictionary) => {
                push_bytes(parts, b"<<");
                self.entries(dictionary, parts)?;
                bytes.extend_from_slice(b">>");
            }
            Object::Stream(stream) => {
                let data = self.view.decrypt(stream)?;
                self.spend(data.len())?;
                push_bytes(parts, b"<<");
                self.entries(&stream.dictionary, parts)?;
                bytes.extend_from_slice(format!("/Length {}>>\nstream\n", data.len()).as_bytes());
                bytes.extend_from_slice(&data);
                bytes.extend_from_slice(b"\nendstream");
            }
            Object::Reference(id) => {
                let place = self.object(*id)?;
                parts.push(Part::Reference(place));
            }
        }
        self.spend(bytes.len())?;
        push_bytes(parts, &bytes);
        Ok(())
    }

    fn entries(&mut self, dictionary: &Dictionary, parts: &mut Vec<Part>) -> Result<(), GraftError> {
        let kind = dictionary.find(b"Type").and_then(Object::as_name);
        if kind.is_some_and(|kind| FOREIGN.contains(&kind)) {
            return Err(GraftError::Foreign);
        }
        for entry in dictionary.entries() {
            let key = entry.key.as_slice();
            if key == b"OC" {
                return Err(GraftError::Layers);
            }
            if LEFT_OUT.contains(&key) || key == b"Length" {
                continue;
            }
            let mut name = Vec::new();
            write_name(&mut name, key);
            name.push(b' ');
            push_bytes(parts, &name);
            self.value(&entry.value, parts)?;
            push_bytes(parts, b" ");
        }
        Ok(())
    }

    fn spend(&mut self, bytes: usize) -> Result<(), GraftError> {
        self.bytes_left = self
            .bytes_left
            .checked_sub(bytes)
            .ok_or(GraftError::TooManyBytes)?;
        Ok(())
    }
}

fn push_bytes(parts: &mut Vec<Part>, bytes: &[u8]) {
    match parts.last_mut() {
        Some(Part::Bytes(last)) => last.extend_from_slice(bytes),
        _ => parts.push(Part::Bytes(bytes.to_vec())),
    }
}

/// With at most three decimals, without trailing zeros.
fn write_number(value: f64) -> String {
    let text = format!("{value:.3}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" {
        "0".to_owned()
    } else {
        text.to_owned()
    }
}
