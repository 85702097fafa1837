//! The signature fields of a file, from every revision: a seal that an earlier revision carried must still be there.

use core::ops::Range;
use std::collections::BTreeSet;

use super::finding::Code;
use crate::limits::Limits;
use crate::pdf::{Dictionary, Document, Object, PdfError, Ref, View, read_text_string};

/// A signature field with a value.
pub(super) struct SignatureField {
    /// Fully qualified name (ISO 32000-2, 12.7.4.2), fit to be shown.
    pub(super) name: String,
    /// The signature dictionary's object.
    pub(super) value: Ref,
    pub(super) dictionary: Dictionary,
    /// Where the dictionary stands in the file; `None` if in an object stream.
    pub(super) source: Option<Range<usize>>,
    /// `/Contents` as decoded by the parser.
    pub(super) contents: Vec<u8>,
}

/// What the walk over all revisions found.
#[derive(Default)]
pub(super) struct Found {
    /// The seals of the newest revision, in the order of their signature values in the file (oldest first).
    pub(super) fields: Vec<SignatureField>,
    /// What was wrong: the code, the field and what was seen. A field passed over without a word could be the one that matters.
    pub(super) wrong: Vec<(Code, String, &'static str)>,
}

/// Bytes of a fully qualified name that are kept. ISO 32000-1, annex C, lets a name have 127 bytes, of which few are nested.
const NAME_BYTES: usize = 1024;

/// Collects the signature fields of all revisions.
pub(super) fn collect(document: &Document<'_>, limits: &Limits) -> Result<Found, PdfError> {
    let newest = document.newest();
    let mut walk = Walk {
        limits,
        work: limits.pdf_objects,
        found: Found::default(),
    };
    let present = walk.revision(&newest)?;
    let known: BTreeSet<&(Vec<u8>, Ref)> = present.iter().collect();
    let mut vanished = BTreeSet::new();
    let last = document.revisions().len().saturating_sub(1);
    for index in 0..last {
        let Some(view) = document.view(index) else {
            continue;
        };
        for field in walk.revision(&view)? {
            if !known.contains(&field) {
                vanished.insert(field.0);
            }
        }
    }
    let mut found = walk.found;
    for name in vanished {
        found.wrong.push((Code::SealVanished, shown(&name), ""));
    }
    let mut values = BTreeSet::new();
    for (name, value) in &present {
        let name = shown(name);
        if !values.insert(value) {
            let why = "another field has the same signature dictionary";
            found.wrong.push((Code::RangeMalformed, name, why));
            continue;
        }
        let indirect = newest.object(*value)?;
        let Some((indirect, dictionary)) = indirect.as_ref().and_then(|i| Some((i, i.dictionary()?))) else {
            let why = "the field's value is no signature dictionary";
            found.wrong.push((Code::RangeMalformed, name, why));
            continue;
        };
        let contents = dictionary
            .find(b"Contents")
            .and_then(Object::as_string)
            .map(|s| s.bytes.clone());
        found.fields.push(SignatureField {
            name,
            value: *value,
            source: indirect.source.clone(),
            contents: contents.unwrap_or_default(),
            dictionary: dictionary.clone(),
        });
    }
    found
        .fields
        .sort_by_key(|field| field.source.as_ref().map_or(usize::MAX, |source| source.start));
    Ok(found)
}

struct Walk<'l> {
    limits: &'l Limits,
    /// Entries and array items that may still be looked at, over all revisions: a thousand revisions may share one long form.
    work: usize,
    found: Found,
}

impl Walk<'_> {
    fn wrong(&mut self, code: Code, name: &[u8], why: &'static str) {
        let wrong = (code, shown(name), why);
        // The walk is over every revision, and most say the same.
        if self.found.wrong.len() < self.limits.signatures && !self.found.wrong.contains(&wrong) {
            self.found.wrong.push(wrong);
        }
    }

    /// Pays for `count` values; false, with a finding, once there is no more to pay with.
    fn pay(&mut self, count: usize) -> bool {
        let left = self.work.checked_sub(count);
        self.work = left.unwrap_or(0);
        if left.is_none() {
            self.wrong(
                Code::FileUnreadable,
                b"",
                "the form's fields are more than the limit",
            );
        }
        left.is_some()
    }

    /// The signature fields with a value in one revision: name and the object that is the value.
    fn revision(&mut self, view: &View<'_, '_>) -> Result<Vec<(Vec<u8>, Ref)>, PdfError> {
        let catalog = view.catalog()?;
        let Some(form) = dictionary(view, catalog.dictionary().and_then(|c| c.find(b"AcroForm")))? else {
            return Ok(vec![]);
        };
        let mut found = vec![];
        let mut seen = BTreeSet::new();
        // Depth-first with an explicit stack: (field, name of the parent, inherited type is /Sig, depth).
        let roots = array(view, form.find(b"Fields"))?;
        if !self.pay(roots.len()) {
            return Ok(found);
        }
        let mut stack: Vec<(Object, Vec<u8>, bool, usize)> = roots
            .into_iter()
            .rev()
            .map(|field| (field, vec![], false, 0))
            .collect();
        while let Some((field, mut name, inherited, depth)) = stack.pop() {
            if depth > self.limits.depth {
                self.wrong(
                    Code::FileUnreadable,
                    &name,
                    "fields are nested deeper than the limit",
                );
                continue;
            }
            if let Some(id) = field.as_reference()
                && !seen.insert(id)
            {
                self.wrong(Code::FileAmbiguous, &name, "a field stands in the form twice");
                continue;
            }
            let Some(field) = dictionary(view, Some(&field))? else {
                continue;
            };
            let kids = array(view, field.find(b"Kids"))?;
            if !self.pay(field.entries().len().saturating_add(kids.len())) {
                return Ok(found);
            }
            if let Some(own) = view.find(&field, b"T")?.as_string() {
                if !name.is_empty() {
                    name.push(b'.');
                }
                name.extend(read_text_string(&own.bytes).bytes());
                if name.len() > NAME_BYTES {
                    name.truncate(NAME_BYTES);
                    self.wrong(
                        Code::FileAmbiguous,
                        &name,
                        "a field's name is longer than the limit",
                    );
                }
            }
            let signature = match &*view.find(&field, b"FT")? {
                Object::Null => inherited,
                kind => kind.as_name() == Some(b"Sig"),
            };
            match field.find(b"V").filter(|_| signature) {
                None | Some(Object::Null) => {}
                Some(Object::Reference(_)) if found.len() >= self.limits.signatures => {
                    self.wrong(
                        Code::FileUnreadable,
                        &name,
                        "more signature fields than the limit",
                    );
                }
                Some(Object::Reference(id)) => found.push((name.clone(), *id)),
                // The cross-reference cannot say where it stands, and a writer that rewrites the field rewrites the seal.
                Some(_) => self.wrong(
                    Code::RangeMalformed,
                    &name,
                    "the signature dictionary is not an object of its own",
                ),
            }
            for kid in kids.into_iter().rev() {
                stack.push((kid, name.clone(), signature, depth.saturating_add(1)));
            }
        }
        Ok(found)
    }
}

/// A name from a file as it may be shown: short, and without characters that move the cursor or turn the writing direction.
pub(super) fn shown(name: &[u8]) -> String {
    let unfit = |c: char| {
        c.is_control()
            || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    String::from_utf8_lossy(name)
        .chars()
        .take(64)
        .map(|c| if unfit(c) { '\u{fffd}' } else { c })
        .collect()
}

/// The dictionary that `object` is or refers to.
pub(super) fn dictionary(
    view: &View<'_, '_>,
    object: Option<&Object>,
) -> Result<Option<Dictionary>, PdfError> {
    let Some(object) = object else { return Ok(None) };
    Ok(view.resolve(object)?.as_dictionary().cloned())
}

pub(super) fn array(view: &View<'_, '_>, object: Option<&Object>) -> Result<Vec<Object>, PdfError> {
    let Some(object) = object else { return Ok(vec![]) };
    Ok(view
        .resolve(object)?
        .as_array()
        .map(<[Object]>::to_vec)
        .unwrap_or_default())
}
