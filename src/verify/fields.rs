//! The signature fields of a file, from every revision: a seal that an earlier revision carried must still be there.

use core::ops::Range;
use std::collections::{BTreeMap, BTreeSet};

use super::finding::Code;
use crate::limits::Limits;
use crate::pdf::form::{FieldValue, FormBudget, FormOddity, FormOddityKind};
use crate::pdf::{Dictionary, Document, Object, PdfError, Ref, View};

/// A signature field with a value.
pub(super) struct SignatureField {
    /// Fully qualified name (ISO 32000-2, 12.7.4.2), fit to be shown.
    pub(super) name: String,
    /// The signature dictionary's object.
    pub(super) value: Ref,
    /// Index of the first revision in which the field has this value.
    pub(super) since: usize,
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

/// Collects the signature fields of all revisions.
pub(super) fn collect(document: &Document<'_>, limits: &Limits) -> Result<Found, PdfError> {
    let newest = document.newest();
    let mut walk = Walk {
        limits,
        budget: FormBudget::new(limits),
        found: Found::default(),
    };
    // The fields and values of the revision before, and since when they were there: what was once signed stays so.
    let mut present: BTreeMap<(String, Ref), usize> = BTreeMap::new();
    let mut vanished = BTreeSet::new();
    for index in 0..document.revisions().len() {
        let Some(view) = document.view(index) else {
            continue;
        };
        let now = walk.revision(&view)?.into_iter();
        let now: BTreeMap<(String, Ref), usize> = now
            .map(|pair| {
                let since = present.get(&pair).copied().unwrap_or(index);
                (pair, since)
            })
            .collect();
        let gone = present.into_keys().filter(|pair| !now.contains_key(pair));
        vanished.extend(gone.map(|(name, _)| name));
        present = now;
    }
    let mut found = walk.found;
    for name in vanished {
        found.wrong.push((Code::SealVanished, shown(name.as_bytes()), ""));
    }
    let mut present: Vec<((String, Ref), usize)> = present.into_iter().collect();
    // Who had the value first is the one it was made for.
    present.sort_by_key(|(_, since)| *since);
    let (mut values, mut names) = (BTreeSet::new(), BTreeSet::new());
    for ((name, value), since) in &present {
        if !names.insert(name) {
            let why = "two signature fields have one name";
            found
                .wrong
                .push((Code::FileAmbiguous, shown(name.as_bytes()), why));
        }
        let name = shown(name.as_bytes());
        if !values.insert(value) {
            let why = "another field has the same signature dictionary";
            found.wrong.push((Code::SealRecycled, name, why));
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
            since: *since,
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
    budget: FormBudget,
    found: Found,
}

impl Walk<'_> {
    /// The signature fields with a value in one revision: name and the object that is the value.
    fn revision(&mut self, view: &View<'_, '_>) -> Result<Vec<(String, Ref)>, PdfError> {
        let most = self.limits.signatures;
        let wrong = &mut self.found.wrong;
        let mut found = vec![];
        let oddities = view.walk_form(&mut self.budget, |node| match node.value {
            _ if !node.is_signature() => {}
            FieldValue::Null => {}
            FieldValue::Reference(_) if found.len() >= most => {
                let why = "more signature fields than the limit";
                note(wrong, most, Code::FileUnreadable, node.name, why);
            }
            FieldValue::Reference(id) => found.push((node.name.to_owned(), id)),
            // The cross-reference cannot say where it stands, and a writer that rewrites the field rewrites the seal.
            FieldValue::Direct => {
                let why = "the signature dictionary is not an object of its own";
                note(wrong, most, Code::RangeMalformed, node.name, why);
            }
        })?;
        for FormOddity { kind, name } in oddities {
            let (code, why) = match kind {
                FormOddityKind::FieldTwice => (Code::FileAmbiguous, "a field stands in the form twice"),
                FormOddityKind::NameTooLong => {
                    (Code::FileAmbiguous, "a field's name is longer than the limit")
                }
                FormOddityKind::TooDeep => (Code::FileUnreadable, "fields are nested deeper than the limit"),
                FormOddityKind::TooMany => {
                    (Code::FileUnreadable, "the form's fields are more than the limit")
                }
            };
            note(wrong, most, code, &name, why);
        }
        Ok(found)
    }
}

/// Adds to `wrong` what is not there yet: the walk is over every revision, and most say the same.
fn note(
    wrong: &mut Vec<(Code, String, &'static str)>,
    most: usize,
    code: Code,
    name: &str,
    why: &'static str,
) {
    let entry = (code, shown(name.as_bytes()), why);
    if wrong.len() < most && !wrong.contains(&entry) {
        wrong.push(entry);
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
