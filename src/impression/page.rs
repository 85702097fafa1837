//! The first page of a PDF as a form XObject, with everything its resources lead to. ISO 32000-2, 8.10.
//!
//! Only what paints is copied: no annotations, structure, metadata or scripts. A page with optional content is
//! refused, because the layers' state lives in the other document's catalog and would be lost.

use std::collections::{BTreeMap, VecDeque};

use super::{Ground, ImpressionError};
use crate::limits::Limits;
use crate::pdf::edit::write_name;
use crate::pdf::update::{Update, stream_body, write_hex};
use crate::pdf::{Dictionary, Document, Object, OutputColours, Page, PdfA, Ref, View};

/// Objects one impression may bring along: a drawn seal has some ten, a page of text with fonts some hundred.
const MAXIMUM_OBJECTS: usize = 4_096;
/// Bytes they may have together, encoded.
const MAXIMUM_BYTES: usize = 16 << 20;
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

const NOTHING_SHOWN: ImpressionError = ImpressionError::Page {
    why: "the crop box of its page lies outside the media box",
};

/// A page cut out of its document.
#[derive(Clone, Debug)]
pub(super) struct PageForm {
    /// Width and height as displayed, in points.
    pub(super) size: (f64, f64),
    /// From the page's coordinates to its displayed lower left corner.
    pub(super) matrix: [f64; 6],
    /// The form first, then what it refers to.
    bodies: Vec<Vec<Part>>,
    /// What its file claims, and which colours its output intent explains.
    claim: Option<PdfA>,
    colours: Option<OutputColours>,
}

/// A piece of an object's body.
#[derive(Clone, Debug)]
enum Part {
    Bytes(Vec<u8>),
    /// The form's `/Group`, which depends on where it is painted.
    Group,
    /// A reference to the body with this index.
    Reference(usize),
}

impl PageForm {
    pub(super) fn of(bytes: &[u8], limits: &Limits) -> Result<Self, ImpressionError> {
        let document = Document::open(bytes, limits).map_err(ImpressionError::Pdf)?;
        let view = document.newest();
        let pages = view.pages().map_err(ImpressionError::Pdf)?;
        let page = pages.first().ok_or(ImpressionError::Page {
            why: "it has no page",
        })?;
        let (size, matrix) = upright(page)?;
        let mut copy = Copy {
            view,
            places: BTreeMap::new(),
            waiting: VecDeque::new(),
            bytes: 0,
        };
        let mut bodies = vec![copy.form(page)?];
        while let Some(id) = copy.waiting.pop_front() {
            bodies.push(copy.object(id)?);
        }
        let pdf = ImpressionError::Pdf;
        Ok(Self {
            size,
            matrix,
            bodies,
            claim: view.conformance().map_err(pdf)?.pdfa,
            colours: view.output_colours(page).map_err(pdf)?,
        })
    }

    /// Whether the page keeps to what the document claims, so far as its own file's claim goes: fonts, pictures and colours
    /// are the page's, and only a file that claims PDF/A itself says that they are as they must be.
    ///
    /// What is permitted in an earlier part is so in the later ones, and device colours mean the same where the output
    /// intents have the same components. Without an output intent only a page of part 1, which blends nothing, is safe.
    pub(super) fn check(&self, ground: &Ground) -> Result<(), ImpressionError> {
        let Some((document, colours)) = ground.claim else {
            return Ok(());
        };
        let fits = self.claim.is_some_and(|page| {
            let earlier = page.part == 1 || document.part >= 2 && page.part <= document.part.max(3);
            let explained = self.colours.is_none() || self.colours == colours;
            earlier && explained && (page.part == 1 || !ground.opaque)
        });
        if fits {
            return Ok(());
        }
        Err(ImpressionError::Conformance {
            document,
            page: self.claim,
        })
    }

    /// Writes all bodies and returns the form's reference.
    pub(super) fn write(&self, update: &mut Update, ground: &Ground) -> Ref {
        let references: Vec<Ref> = self.bodies.iter().map(|_| update.allocate()).collect();
        let first = references.first().copied().unwrap_or_else(|| update.allocate());
        for (reference, parts) in references.iter().zip(&self.bodies) {
            let mut body = Vec::new();
            for part in parts {
                match part {
                    Part::Bytes(bytes) => body.extend_from_slice(bytes),
                    Part::Group => body.extend_from_slice(group(ground)),
                    Part::Reference(index) => {
                        let text = references
                            .get(*index)
                            .map_or("null".to_owned(), ToString::to_string);
                        body.extend_from_slice(text.as_bytes());
                    }
                }
            }
            update.put(*reference, body);
        }
        first
    }
}

/// An isolated group: the page is composed by itself first, then multiplied onto the paper as a whole.
fn group(ground: &Ground) -> &'static [u8] {
    match ground.claim {
        _ if ground.opaque => b"",
        // The space of the group beneath, which the document has seen to (ISO 32000-2, 11.6.6).
        Some((_, colours)) if colours != Some(OutputColours::Rgb) => {
            b" /Group << /S /Transparency /I true >>"
        }
        _ => b" /Group << /S /Transparency /I true /CS /DeviceRGB >>",
    }
}

/// The displayed size of a page in points, and the map from its coordinates: `/Rotate` turns clockwise.
fn upright(page: &Page<'_>) -> Result<((f64, f64), [f64; 6]), ImpressionError> {
    let shown = page.visible_box().ok_or(NOTHING_SHOWN)?;
    let unit = page.user_unit;
    let (width, height) = (shown.width() * unit, shown.height() * unit);
    if !(1.0..=20_000.0).contains(&width) || !(1.0..=20_000.0).contains(&height) {
        return Err(ImpressionError::Page {
            why: "its page is empty or out of range",
        });
    }
    let (left, bottom, right, top) = (
        shown.left * unit,
        shown.bottom * unit,
        shown.right * unit,
        shown.top * unit,
    );
    Ok(match page.rotate {
        90 => ((height, width), [0.0, -unit, unit, 0.0, -bottom, right]),
        180 => ((width, height), [-unit, 0.0, 0.0, -unit, right, top]),
        270 => ((height, width), [0.0, unit, -unit, 0.0, top, -left]),
        _ => ((width, height), [unit, 0.0, 0.0, unit, -left, -bottom]),
    })
}

/// A walk over everything that can be reached, breadth first: an object's place is the order of its discovery.
struct Copy<'d, 'a> {
    view: View<'d, 'a>,
    places: BTreeMap<Ref, usize>,
    waiting: VecDeque<Ref>,
    bytes: usize,
}

impl Copy<'_, '_> {
    /// The page itself as a form.
    fn form(&mut self, page: &Page<'_>) -> Result<Vec<Part>, ImpressionError> {
        let content = self.content(page)?;
        let shown = page.visible_box().ok_or(NOTHING_SHOWN)?;
        let mut number = String::new();
        for side in [shown.left, shown.bottom, shown.right, shown.top] {
            super::path::push_number(&mut number, side);
            number.push(' ');
        }
        let mut parts = Vec::new();
        let head = format!("<< /Type /XObject /Subtype /Form /BBox [{}]", number.trim_end());
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
    fn content(&mut self, page: &Page<'_>) -> Result<Vec<u8>, ImpressionError> {
        let pdf = ImpressionError::Pdf;
        let Some(contents) = page
            .dictionary()
            .and_then(|dictionary| dictionary.find(b"Contents"))
        else {
            return Ok(Vec::new());
        };
        let mut content = Vec::new();
        let resolved = self.view.resolve(contents).map_err(pdf)?;
        let streams = match resolved.as_array() {
            Some(items) => items,
            None => core::slice::from_ref(contents),
        };
        for item in streams {
            let item = self.view.resolve(item).map_err(pdf)?;
            if let Some(stream) = item.as_stream() {
                let decoded = self.view.decode(stream).map_err(pdf)?;
                self.spend(decoded.len())?;
                content.extend_from_slice(&decoded);
                content.push(b'\n');
            }
        }
        Ok(content)
    }

    fn object(&mut self, id: Ref) -> Result<Vec<Part>, ImpressionError> {
        let mut parts = Vec::new();
        match self.view.object(id).map_err(ImpressionError::Pdf)? {
            Some(indirect) => self.value(&indirect.object, &mut parts)?,
            // what is absent is null (7.3.10)
            None => push_bytes(&mut parts, b"null"),
        }
        Ok(parts)
    }

    /// Writes a value; the reader has bounded how deep values are nested.
    fn value(&mut self, value: &Object, parts: &mut Vec<Part>) -> Result<(), ImpressionError> {
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
                let data = self.view.decrypt(stream).map_err(ImpressionError::Pdf)?;
                self.spend(data.len())?;
                push_bytes(parts, b"<<");
                self.entries(&stream.dictionary, parts)?;
                bytes.extend_from_slice(format!("/Length {}>>\nstream\n", data.len()).as_bytes());
                bytes.extend_from_slice(&data);
                bytes.extend_from_slice(b"\nendstream");
            }
            Object::Reference(id) => {
                let place = self.place(*id)?;
                parts.push(Part::Reference(place));
            }
        }
        self.spend(bytes.len())?;
        push_bytes(parts, &bytes);
        Ok(())
    }

    fn entries(&mut self, dictionary: &Dictionary, parts: &mut Vec<Part>) -> Result<(), ImpressionError> {
        let kind = dictionary.find(b"Type").and_then(Object::as_name);
        if kind.is_some_and(|kind| FOREIGN.contains(&kind)) {
            return Err(ImpressionError::Page {
                why: "its page refers to layers or to the rest of the document",
            });
        }
        for entry in dictionary.entries() {
            let key = entry.key.as_slice();
            if key == b"OC" {
                return Err(ImpressionError::Page {
                    why: "its page has layers",
                });
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

    fn place(&mut self, id: Ref) -> Result<usize, ImpressionError> {
        if let Some(place) = self.places.get(&id) {
            return Ok(*place);
        }
        // the form has place 0
        let place = self.places.len() + 1;
        if place >= MAXIMUM_OBJECTS {
            return Err(ImpressionError::Page {
                why: "its page refers to too many objects",
            });
        }
        self.places.insert(id, place);
        self.waiting.push_back(id);
        Ok(place)
    }

    fn spend(&mut self, bytes: usize) -> Result<(), ImpressionError> {
        self.bytes = self.bytes.saturating_add(bytes);
        if self.bytes > MAXIMUM_BYTES {
            return Err(ImpressionError::Page {
                why: "its page is larger than 16 MiB",
            });
        }
        Ok(())
    }
}

fn push_bytes(parts: &mut Vec<Part>, bytes: &[u8]) {
    match parts.last_mut() {
        Some(Part::Bytes(last)) => last.extend_from_slice(bytes),
        _ => parts.push(Part::Bytes(bytes.to_vec())),
    }
}
