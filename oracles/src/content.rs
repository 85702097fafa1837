//! What content streams do: marked content, painting and the fonts in use, followed through forms, patterns and appearances.

use std::collections::BTreeSet;

use lopdf::content::Content;
use lopdf::{Dictionary, Object, ObjectId, Stream};

use crate::reading::{Reader, dictionary_of};

/// Forms within forms, and what a corpus might make of them.
const DEPTH: usize = 12;

/// What wants to know.
pub trait Visitor<'a> {
    /// `BMC`, `BDC`: the tag and the property list, if it could be found.
    fn begin(&mut self, tag: &[u8], properties: Option<&Dictionary>);
    /// `EMC`.
    fn end(&mut self);
    /// Something is drawn; `what` names it.
    fn paint(&mut self, what: &'static str);
    /// A string is shown in `font` with text rendering mode `mode`.
    fn text(&mut self, font: &'a Dictionary, string: &[u8], mode: i64);
    /// A form begins; `None` when it is over. The marks within belong to the form.
    fn form(&mut self, form: Option<&'a Stream>);
}

/// Walks over the content of `page` and, if asked, the appearances of its annotations.
pub fn walk<'a>(reader: Reader<'a>, page: &'a Dictionary, appearances: bool, visitor: &mut dyn Visitor<'a>) {
    let mut walk = Walk {
        reader,
        visitor,
        open: BTreeSet::new(),
    };
    let resources = reader.inherited(page, "Resources").and_then(dictionary_of);
    walk.content(&reader.page_content(page), resources, DEPTH);
    if !appearances {
        return;
    }
    for annotation in reader.list(page, "Annots") {
        let Some(annotation) = dictionary_of(reader.resolve(annotation)) else {
            continue;
        };
        let normal = reader
            .dictionary(annotation, "AP")
            .and_then(|appearance| reader.find(appearance, "N"));
        match normal {
            Some(Object::Stream(form)) => walk.form(form, None, DEPTH),
            Some(Object::Dictionary(states)) => {
                for (_, state) in states {
                    if let Object::Stream(form) = reader.resolve(state) {
                        walk.form(form, None, DEPTH);
                    }
                }
            }
            _ => {}
        }
    }
}

struct Walk<'v, 'a> {
    reader: Reader<'a>,
    visitor: &'v mut dyn Visitor<'a>,
    /// The streams being walked, against circles.
    open: BTreeSet<*const Stream>,
}

/// What of the graphics state matters here.
#[derive(Clone, Copy, Default)]
struct State<'a> {
    font: Option<&'a Dictionary>,
    mode: i64,
}

impl<'a> Walk<'_, 'a> {
    fn content(&mut self, bytes: &[u8], resources: Option<&'a Dictionary>, depth: usize) {
        let Some(depth) = depth.checked_sub(1) else { return };
        let Ok(content) = Content::decode(bytes) else {
            return;
        };
        let mut state = State::default();
        let mut saved = Vec::new();
        for operation in &content.operations {
            let operands = &operation.operands;
            let name = operands.last().and_then(|operand| operand.as_name().ok());
            match operation.operator.as_str() {
                "q" => saved.push(state),
                "Q" => state = saved.pop().unwrap_or(state),
                "BMC" => self.visitor.begin(name.unwrap_or_default(), None),
                "BDC" => {
                    let tag = operands
                        .first()
                        .and_then(|tag| tag.as_name().ok())
                        .unwrap_or_default();
                    let listed = name.and_then(|name| self.resource(resources, "Properties", name));
                    let properties = match operands.get(1) {
                        Some(Object::Dictionary(inline)) => Some(inline),
                        _ => listed.and_then(dictionary_of),
                    };
                    self.visitor.begin(tag, properties);
                }
                "EMC" => self.visitor.end(),
                "Tf" => {
                    let font = operands.first().and_then(|font| font.as_name().ok());
                    let font = font.and_then(|font| self.resource(resources, "Font", font));
                    state.font = font.and_then(dictionary_of);
                }
                "Tr" => state.mode = operands.first().and_then(|mode| mode.as_i64().ok()).unwrap_or(0),
                "gs" => {
                    let set = name.and_then(|name| self.resource(resources, "ExtGState", name));
                    let font = set
                        .and_then(dictionary_of)
                        .and_then(|set| self.reader.find(set, "Font")?.as_array().ok());
                    if let Some(font) = font.and_then(|font| font.first()) {
                        state.font = dictionary_of(self.reader.resolve(font));
                    }
                }
                "Tj" | "'" | "\"" | "TJ" => self.show(operands.last(), state, depth),
                "f" | "F" | "f*" | "B" | "B*" | "b" | "b*" | "S" | "s" => self.visitor.paint("a path"),
                "sh" => self.visitor.paint("a shading"),
                "BI" => self.visitor.paint("an image"),
                "scn" | "SCN" => {
                    let pattern = name.and_then(|name| self.resource(resources, "Pattern", name));
                    if let Some(Object::Stream(tile)) = pattern {
                        self.form(tile, resources, depth);
                    }
                }
                "Do" => {
                    let object = name.and_then(|name| self.resource(resources, "XObject", name));
                    let Some(Object::Stream(object)) = object else {
                        continue;
                    };
                    match self.reader.name(&object.dict, "Subtype") {
                        Some(b"Form") => self.form(object, resources, depth),
                        _ => self.visitor.paint("an image"),
                    }
                }
                _ => {}
            }
        }
    }

    fn show(&mut self, operand: Option<&Object>, state: State<'a>, depth: usize) {
        let strings: Vec<&[u8]> = match operand {
            Some(Object::Array(parts)) => parts.iter().filter_map(|part| part.as_str().ok()).collect(),
            Some(Object::String(bytes, _)) => vec![bytes],
            _ => vec![],
        };
        if strings.iter().all(|string| string.is_empty()) {
            return;
        }
        self.visitor.paint("text");
        let Some(font) = state.font else { return };
        for string in strings {
            self.visitor.text(font, string, state.mode);
        }
        if self.reader.name(font, "Subtype") == Some(b"Type3")
            && let Some(glyphs) = self.reader.dictionary(font, "CharProcs")
        {
            let resources = self.reader.dictionary(font, "Resources");
            for (_, glyph) in glyphs {
                if let Object::Stream(glyph) = self.reader.resolve(glyph)
                    && self.open.insert(glyph)
                {
                    self.content(&glyph.get_plain_content().unwrap_or_default(), resources, depth);
                    self.open.remove(&std::ptr::from_ref(glyph));
                }
            }
        }
    }

    fn form(&mut self, form: &'a Stream, outer: Option<&'a Dictionary>, depth: usize) {
        if !self.open.insert(form) {
            return;
        }
        self.visitor.form(Some(form));
        let resources = self.reader.dictionary(&form.dict, "Resources").or(outer);
        self.content(&form.get_plain_content().unwrap_or_default(), resources, depth);
        self.visitor.form(None);
        self.open.remove(&std::ptr::from_ref(form));
    }

    fn resource(&self, resources: Option<&'a Dictionary>, kind: &str, name: &[u8]) -> Option<&'a Object> {
        let named = self.reader.dictionary(resources?, kind)?;
        Some(self.reader.resolve(named.get(name).ok()?))
    }
}

/// The pages with their object numbers.
pub fn pages<'a>(reader: Reader<'a>) -> Vec<(ObjectId, &'a Dictionary)> {
    let pages = reader.document.get_pages().into_values();
    pages
        .filter_map(|id| Some((id, reader.document.get_dictionary(id).ok()?)))
        .collect()
}
