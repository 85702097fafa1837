//! The signature fields of a file, from every revision: a seal that an earlier revision carried must still be there.

use core::ops::Range;
use std::collections::BTreeSet;

use crate::limits::Limits;
use crate::pdf::{Dictionary, Document, Object, PdfError, Ref, View, read_text_string};

/// A signature field with a value.
pub(super) struct SignatureField {
    /// Fully qualified name (ISO 32000-2, 12.7.4.2).
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
pub(super) struct Found {
    /// The seals of the newest revision, in the order of their signature values in the file (oldest first).
    pub(super) fields: Vec<SignatureField>,
    /// Names of fields whose value an earlier revision had and the newest has not, or has as another object.
    pub(super) vanished: Vec<String>,
}

/// Collects the signature fields of all revisions.
pub(super) fn collect(document: &Document<'_>, limits: &Limits) -> Result<Found, PdfError> {
    let newest = document.newest();
    let present = walk(&newest, limits)?;
    let mut vanished = vec![];
    let known: BTreeSet<(&str, Ref)> = present
        .iter()
        .map(|(name, value)| (name.as_str(), *value))
        .collect();
    let last = document.revisions().len().saturating_sub(1);
    for index in 0..last {
        // Only a revision that touches the form or its fields can differ; the walk is short, so every revision is walked.
        let Some(view) = document.view(index) else {
            continue;
        };
        for (name, value) in walk(&view, limits)? {
            if !known.contains(&(name.as_str(), value)) && !vanished.contains(&name) {
                vanished.push(name);
            }
        }
    }
    let mut fields = vec![];
    for (name, value) in present {
        let Some(indirect) = newest.object(value)? else {
            continue;
        };
        let Some(dictionary) = indirect.dictionary().cloned() else {
            continue;
        };
        let contents = dictionary
            .find(b"Contents")
            .and_then(Object::as_string)
            .map(|s| s.bytes.clone());
        fields.push(SignatureField {
            name,
            value,
            source: indirect.source.clone(),
            contents: contents.unwrap_or_default(),
            dictionary,
        });
    }
    fields.sort_by_key(|field| field.source.as_ref().map_or(usize::MAX, |source| source.start));
    Ok(Found { fields, vanished })
}

/// The signature fields with a value in one revision: name and the object that is the value.
fn walk(view: &View<'_, '_>, limits: &Limits) -> Result<Vec<(String, Ref)>, PdfError> {
    let catalog = view.catalog()?;
    let Some(form) = dictionary(view, catalog.dictionary().and_then(|c| c.find(b"AcroForm")))? else {
        return Ok(vec![]);
    };
    let mut found = vec![];
    let mut seen = BTreeSet::new();
    // Depth-first with an explicit stack: (field, name of the parent, inherited type is /Sig, depth).
    let roots = array(view, form.find(b"Fields"))?;
    let mut stack: Vec<(Object, String, bool, usize)> = roots
        .into_iter()
        .rev()
        .map(|field| (field, String::new(), false, 0))
        .collect();
    while let Some((field, parent, inherited, depth)) = stack.pop() {
        if depth > limits.depth {
            continue;
        }
        if let Some(id) = field.as_reference()
            && !seen.insert(id)
        {
            continue;
        }
        let Some(field) = dictionary(view, Some(&field))? else {
            continue;
        };
        let name = match view.find(&field, b"T")?.as_string() {
            Some(own) => {
                let own = read_text_string(&own.bytes);
                if parent.is_empty() {
                    own
                } else {
                    format!("{parent}.{own}")
                }
            }
            None => parent,
        };
        let signature = match field.find(b"FT") {
            Some(kind) => kind.as_name() == Some(b"Sig"),
            None => inherited,
        };
        if signature && let Some(value) = field.find(b"V") {
            // A direct signature dictionary cannot be located by the cross-reference; PAdES wants it indirect.
            match value.as_reference() {
                Some(id) if found.len() < limits.signatures => found.push((name.clone(), id)),
                _ => {}
            }
        }
        for kid in array(view, field.find(b"Kids"))?.into_iter().rev() {
            stack.push((kid, name.clone(), signature, depth.saturating_add(1)));
        }
    }
    Ok(found)
}

/// The dictionary that `object` is or refers to.
pub(super) fn dictionary(
    view: &View<'_, '_>,
    object: Option<&Object>,
) -> Result<Option<Dictionary>, PdfError> {
    let Some(object) = object else { return Ok(None) };
    Ok(view.resolve(object)?.as_dictionary().cloned())
}

fn array(view: &View<'_, '_>, object: Option<&Object>) -> Result<Vec<Object>, PdfError> {
    let Some(object) = object else { return Ok(vec![]) };
    Ok(view
        .resolve(object)?
        .as_array()
        .map(<[Object]>::to_vec)
        .unwrap_or_default())
}
