//! What the catalog, the form and the page must say about a new seal, with as few bytes changed as possible.

use std::sync::Arc;

use super::SealError;
use super::revision::Revision;
use crate::pdf::edit::{DictionaryEdit, EditError, array_push, value_body};
use crate::pdf::update::{Appended, Unidentified, Update};
use crate::pdf::{Body, Dictionary, Indirect, Object, Ref};

/// One entry to set (or, without value, to remove) in a dictionary or in one directly inside it.
pub(super) struct Change {
    pub(super) inside: Option<&'static [u8]>,
    pub(super) key: &'static [u8],
    pub(super) value: Option<Body>,
}

/// A dictionary that another holds, as it stands.
pub(super) enum Child<'a> {
    Missing,
    Direct(Dictionary),
    Indirect(Arc<Indirect<'a>>),
}

impl<'a> Revision<'_, 'a> {
    /// The array at `key` with references appended: the new text where it stands directly (or is missing), `None` where it is
    /// an object of its own, which is rewritten then.
    pub(super) fn extend_array(
        &mut self,
        raw: &[u8],
        dictionary: &Dictionary,
        key: &[u8],
        added: &[Ref],
    ) -> Result<Option<Body>, SealError> {
        let added = added.iter().map(Ref::to_string).collect::<Vec<_>>().join(" ");
        let fresh = || Body::from(&format!("[{added}]"));
        let Some(entry) = dictionary.entry(key) else {
            return Ok(Some(fresh()));
        };
        match &entry.value {
            Object::Array(_) => {
                let array = value_body(raw, dictionary, key).unwrap_or_default();
                Ok(array_push(array, &added).or_else(|| Some(fresh())))
            }
            Object::Reference(_) => {
                let resolved = self.view.resolve(&entry.value)?;
                let extended = resolved
                    .indirect()
                    .and_then(|array| Some((array.id, array_push(array.body(), &added)?)));
                match extended {
                    Some((id, array)) => {
                        self.update.put(id, array);
                        Ok(None)
                    }
                    None => Ok(Some(fresh())),
                }
            }
            _ => Ok(Some(fresh())),
        }
    }

    pub(super) fn child(&self, parent: Option<&Dictionary>, key: &[u8]) -> Result<Child<'a>, SealError> {
        let Some(value) = parent.and_then(|parent| parent.find(key)) else {
            return Ok(Child::Missing);
        };
        let resolved = self.view.resolve(value)?;
        Ok(match (resolved.indirect(), resolved.as_dictionary()) {
            (Some(indirect), Some(_)) => Child::Indirect(Arc::clone(indirect)),
            (None, Some(dictionary)) => Child::Direct(dictionary.clone()),
            _ => Child::Missing,
        })
    }

    /// Changes entries of a dictionary that the catalog holds, directly, by reference or not yet.
    pub(super) fn change_in_catalog(
        &mut self,
        inside: &'static [u8],
        changes: Vec<(&'static [u8], Option<Body>)>,
    ) -> Result<(), SealError> {
        let catalog = self.view.catalog()?;
        match self.child(catalog.dictionary(), inside)? {
            Child::Missing => {
                let mut body = Body::from(b"<<");
                for (key, value) in changes {
                    let Some(value) = value else { continue };
                    body.write(|text| {
                        text.extend_from_slice(b" /");
                        text.extend_from_slice(key);
                        text.push(b' ');
                    });
                    body.push(value);
                }
                body.write(|text| text.extend_from_slice(b" >>"));
                self.catalog.push(Change {
                    inside: None,
                    key: inside,
                    value: Some(body),
                });
            }
            Child::Direct(_) => self
                .catalog
                .extend(changes.into_iter().map(|(key, value)| Change {
                    inside: Some(inside),
                    key,
                    value,
                })),
            Child::Indirect(held) => {
                let Some(dictionary) = held.dictionary() else {
                    return Ok(());
                };
                let mut edit = DictionaryEdit::new(held.raw(), dictionary);
                for (key, value) in changes {
                    match value {
                        Some(value) => edit.set(key, value),
                        None => edit.remove(key),
                    };
                }
                self.update.put(held.id, edit.finish());
            }
        }
        Ok(())
    }

    /// Names the extension `name` of the standard that the revision uses.
    ///
    /// Everything in `/Extensions` stands directly in the catalog (ISO 32000-2, 7.12.2). An object of its own, against that
    /// rule, may be known by other names as well, and rewriting it would change what an earlier seal covers: it is copied into
    /// the catalog. Not so in an encrypted file, where its strings are encrypted for that object alone.
    pub(super) fn name_extension(&mut self, name: &'static [u8], value: Body) -> Result<(), SealError> {
        let catalog = self.view.catalog()?;
        let child = self.child(catalog.dictionary(), b"Extensions")?;
        let plain = self.view.document().encryption().is_none();
        match &child {
            Child::Indirect(held) if plain => {
                let Some(dictionary) = held.dictionary() else {
                    return Ok(());
                };
                let mut edit = DictionaryEdit::new(held.raw(), dictionary);
                edit.set(name, value);
                self.catalog.push(Change {
                    inside: None,
                    key: b"Extensions",
                    value: Some(edit.finish()),
                });
                Ok(())
            }
            _ => self.change_in_catalog(b"Extensions", vec![(name, Some(value))]),
        }
    }

    /// Whether the array that the page names as its `/Annots` has another user: a second page, or the form.
    fn is_shared(&self, page: Ref, array: Ref) -> Result<bool, SealError> {
        let catalog = self.view.catalog()?;
        let form = match catalog.dictionary() {
            Some(catalog) => self.view.find(catalog, b"AcroForm")?,
            None => return Ok(false),
        };
        let fields = form.as_dictionary().and_then(|form| form.find(b"Fields"));
        let others = self.pages.iter().filter(|other| other.id != page);
        let others = others.filter_map(|other| other.dictionary()?.find(b"Annots"));
        let same = |value: &Object| -> Result<bool, SealError> {
            let resolved = self.view.resolve(value)?;
            Ok(resolved.indirect().is_some_and(|object| object.id == array))
        };
        for value in others.chain(fields) {
            if value.as_reference().is_some() && same(value)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The array of annotations `items`, as `raw` in its own object, with references appended, to stand in another object.
    fn copied(&self, items: &[Object], raw: &[u8], added: &[Ref]) -> Result<Body, SealError> {
        // Strings are encrypted for the object that they stand in (7.6.3), so only references move as they are.
        if self.view.document().encryption().is_some()
            && !items.iter().all(|item| item.as_reference().is_some())
        {
            return Err(SealError::Edit(EditError {
                key: b"Annots".to_vec(),
            }));
        }
        let added = added.iter().map(Ref::to_string).collect::<Vec<_>>().join(" ");
        let copy = array_push(Body::from(raw.trim_ascii()), &added);
        Ok(copy.unwrap_or_else(|| Body::from(&format!("[{added}]"))))
    }

    pub(super) fn finish(self) -> Result<Appended, SealError> {
        Ok(self.complete()?.finish()?)
    }

    /// As [`finish`](Self::finish), for a revision with a signature, whose digest makes the identifier as well.
    pub(super) fn finish_unidentified(self) -> Result<Unidentified, SealError> {
        Ok(self.complete()?.finish_unidentified()?)
    }

    /// The update, with what pages and catalog must say in it.
    fn complete(mut self) -> Result<Update, SealError> {
        for (id, added) in core::mem::take(&mut self.annotations) {
            let Some(page) = self.pages.iter().find(|page| page.id == id).cloned() else {
                continue;
            };
            let Some(dictionary) = page.dictionary() else {
                continue;
            };
            // An array that two pages share becomes this page's own, or the other page would show what is added as well.
            let array = self.view.find(dictionary, b"Annots")?;
            let own = match array.indirect().filter(|array| array.object.as_array().is_some()) {
                Some(array) if self.is_shared(id, array.id)? => {
                    let items = array.object.as_array().unwrap_or_default();
                    Some(self.copied(items, array.raw(), &added)?)
                }
                _ => self.extend_array(page.object.raw(), dictionary, b"Annots", &added)?,
            };
            if let Some(array) = own {
                let mut edit = DictionaryEdit::new(page.object.raw(), dictionary);
                edit.set(b"Annots", array);
                self.update.put(id, edit.finish());
            }
        }
        let catalog = self.view.catalog()?;
        if let Some(dictionary) = catalog.dictionary() {
            let mut edit = DictionaryEdit::new(catalog.raw(), dictionary);
            for Change { inside, key, value } in core::mem::take(&mut self.catalog) {
                match (inside, value) {
                    (None, Some(value)) => edit.set(key, value),
                    (None, None) => edit.remove(key),
                    (Some(inside), Some(value)) => edit.set_in(&[inside], key, value)?,
                    (Some(inside), None) => edit.remove_in(&[inside], key)?,
                };
            }
            self.update.put(catalog.id, edit.finish());
        }
        Ok(self.update)
    }
}
