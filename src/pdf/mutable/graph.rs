//! The walk over the objects: each is looked at once, whoever refers to it.

use std::collections::hash_map;

use super::{FactKind, Look, Looker, Unused, holds};
use crate::pdf::{Dictionary, Entry, Object, PdfError, Ref};

/// Entries of the catalog under which nothing is that a page shows or a program runs.
const NOT_SHOWN: [&[u8]; 7] = [
    b"DSS",
    b"Dests",
    b"Extensions",
    b"OutputIntents",
    b"PageLabels",
    b"Perms",
    b"StructTreeRoot",
];
/// Entries of any dictionary of which the same is true; the fonts of a form's `/DR` are for what is not yet filled in.
const NEVER_SHOWN: [&[u8]; 3] = [b"DR", b"Metadata", b"PieceInfo"];

impl Looker<'_, '_, '_> {
    /// Looks at all that can be reached: from the pages, in reading order, then from the catalog.
    pub(super) fn graph(&mut self) -> Result<(), PdfError> {
        for page in self.pages {
            self.reached.insert(page.id.number, page.id.number);
        }
        for (index, page) in self.pages.iter().enumerate() {
            self.from(page.id, Some(index))?;
        }
        let catalog = self.view.catalog()?;
        self.reached.insert(catalog.id.number, catalog.id.number);
        self.from(catalog.id, None)?;
        if let Some(dictionary) = catalog.dictionary() {
            self.catalog(catalog.id, dictionary)?;
        }
        if self.look == Look::Whole {
            let trailer = self.view.trailer();
            let others = trailer
                .entries()
                .iter()
                .filter_map(|entry| entry.value.as_reference());
            for id in others {
                if self.reach(id, id.number) {
                    self.from(id, None)?;
                }
            }
        }
        Ok(())
    }

    /// Looks at `start` and all that is reached from there for the first time.
    fn from(&mut self, start: Ref, page: Option<usize>) -> Result<(), PdfError> {
        let mut stack = vec![start];
        while let Some(id) = stack.pop() {
            let view = self.view;
            let Some(found) = self.tolerate(view.object(id))? else {
                continue;
            };
            match found {
                None if self.look == Look::Whole => {
                    self.note(FactKind::Dangling, Some(id), page, "");
                }
                None => {}
                Some(found) => {
                    let is_catalog = id == start && page.is_none();
                    if !self.object(id, &found.object, page, is_catalog, &mut stack)? {
                        return Ok(());
                    }
                }
            }
        }
        Ok(())
    }

    /// Looks at one object and puts those it refers to on the stack; false if there is nothing left to pay with.
    fn object(
        &mut self,
        id: Ref,
        object: &Object,
        page: Option<usize>,
        is_catalog: bool,
        stack: &mut Vec<Ref>,
    ) -> Result<bool, PdfError> {
        let mut nested = vec![object];
        while let Some(value) = nested.pop() {
            match value {
                Object::Reference(to) if self.reach(*to, id.number) => stack.push(*to),
                Object::Array(items) => {
                    if !self.pay(items.len()) {
                        return Ok(false);
                    }
                    nested.extend(items.iter().rev().filter(|item| holds(item)));
                }
                Object::Dictionary(_) | Object::Stream(_) => {
                    let Some(dictionary) = value.as_dictionary() else {
                        continue;
                    };
                    if !self.pay(dictionary.entries().len().saturating_add(1)) {
                        return Ok(false);
                    }
                    self.inspect(id, dictionary, value.as_stream().is_some(), page)?;
                    let top = is_catalog && core::ptr::eq(value, object);
                    for entry in dictionary.entries().iter().rev() {
                        let key = entry.key.as_slice();
                        let not_shown = top && NOT_SHOWN.contains(&key) || NEVER_SHOWN.contains(&key);
                        if holds(&entry.value) && !(not_shown && self.look == Look::Shown) {
                            nested.push(&entry.value);
                        }
                    }
                }
                _ => {}
            }
        }
        Ok(true)
    }

    /// Whether the object `to` is reached for the first time; `from` is where.
    fn reach(&mut self, to: Ref, from: u32) -> bool {
        match self.reached.entry(to.number) {
            hash_map::Entry::Vacant(place) => {
                place.insert(from);
                true
            }
            hash_map::Entry::Occupied(_) => false,
        }
    }

    /// What one dictionary says by itself.
    fn inspect(
        &mut self,
        id: Ref,
        dictionary: &Dictionary,
        is_stream: bool,
        page: Option<usize>,
    ) -> Result<(), PdfError> {
        for entry in dictionary.entries() {
            let value = &entry.value;
            if value.is_null() {
                continue;
            }
            match entry.key.as_slice() {
                b"A" | b"NA" | b"PA" => self.act_by_hand(id, entry.key.as_slice(), value, page)?,
                b"AA" => self.act_additionally(id, dictionary, value, page)?,
                b"Alternates" => self.alternates(id, value, page)?,
                b"F" if is_stream => {
                    self.note(FactKind::ExternalStream, Some(id), page, "/F");
                }
                b"Font" => self.fonts(id, value, page)?,
                b"OC" => self.layer(id, value, page)?,
                b"OPI" => {
                    self.note(FactKind::Opi, Some(id), page, "/OPI");
                }
                b"Properties" => self.properties(id, value, page)?,
                b"Ref" if is_stream => {
                    self.note(FactKind::ReferenceXObject, Some(id), page, "/Ref");
                }
                b"Subtype" | b"Subtype2" if is_stream && value.as_name() == Some(b"PS") => {
                    self.note(FactKind::PostScript, Some(id), page, "");
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Other versions of an image (8.9.5.4).
    fn alternates(&mut self, id: Ref, value: &Object, page: Option<usize>) -> Result<(), PdfError> {
        let view = self.view;
        let Some(list) = self.tolerate(view.resolve(value))? else {
            return Ok(());
        };
        let items = list.as_array().unwrap_or_default();
        if items.is_empty() || !self.pay(items.len()) {
            return Ok(());
        }
        let mut printed = false;
        for item in items {
            let Some(item) = self.tolerate(view.resolve(item))? else {
                continue;
            };
            if let Some(item) = item.as_dictionary() {
                let used = self.tolerate(view.find(item, b"DefaultForPrinting"))?;
                printed |= used.and_then(|used| used.as_boolean()) == Some(true);
            }
        }
        let kind = FactKind::AlternateImage { printed };
        self.note(kind, Some(id), page, "/Alternates");
        Ok(())
    }

    /// What the catalog says by itself.
    fn catalog(&mut self, id: Ref, catalog: &Dictionary) -> Result<(), PdfError> {
        self.open_action(id, catalog)?;
        let names = self.dictionary(catalog, b"Names")?;
        if let Some(names) = names.as_ref().and_then(|names| names.as_dictionary()) {
            self.scripts(id, names)?;
        }
        if self.dictionary(catalog, b"Collection")?.is_some() {
            self.note(FactKind::Portfolio, Some(id), None, "/Collection");
        }
        let preferences = self.dictionary(catalog, b"ViewerPreferences")?;
        let Some(preferences) = preferences.as_ref().and_then(|found| found.as_dictionary()) else {
            return Ok(());
        };
        // Both are the crop box unless stated (table 147).
        for (screen, paper) in [(b"ViewArea", b"PrintArea"), (b"ViewClip", b"PrintClip")] {
            let area = |key: &[u8]| {
                let name = preferences.find(key).and_then(Object::as_name);
                name.unwrap_or(b"CropBox").to_vec()
            };
            if area(screen) != area(paper) {
                let kind = FactKind::PrintArea;
                self.note(kind, Some(id), None, "/ViewerPreferences");
            }
        }
        Ok(())
    }

    /// What nothing refers to although it is there, in the order of numbers.
    pub(super) fn unused(&mut self) -> Result<(), PdfError> {
        if self.look == Look::Shown {
            return Ok(());
        }
        let view = self.view;
        let revisions = view.document().revisions();
        let mut numbers: Vec<u32> = vec![];
        for revision in revisions.get(..=view.index()).unwrap_or_default() {
            numbers.extend(revision.entries.numbers());
        }
        numbers.sort_unstable();
        numbers.dedup();
        numbers.retain(|number| !self.reached.contains_key(number));
        for number in numbers {
            let generation = match view.locate(number) {
                Some((_, Entry::Offset { generation, .. })) => generation,
                Some((_, Entry::InStream { .. })) => 0,
                _ => continue,
            };
            if !self.pay(1) {
                return Ok(());
            }
            let id = Ref::new(number, generation);
            let Some(Some(found)) = self.tolerate(view.object(id))? else {
                continue;
            };
            if let Some(unused) = kind_of(&found.object) {
                self.note(FactKind::Unused(unused), Some(id), None, "");
            }
        }
        Ok(())
    }
}

/// What an unused object could be used as; `None` if it shows nothing or is part of the file's own structure.
fn kind_of(object: &Object) -> Option<Unused> {
    let dictionary = object.as_dictionary()?;
    let name = |key: &[u8]| dictionary.find(key).and_then(Object::as_name);
    Some(match (name(b"Type"), name(b"Subtype"), object) {
        (Some(b"Page" | b"Pages"), _, _) => Unused::Page,
        (Some(b"Annot"), _, _) => Unused::Annotation,
        (Some(b"Font"), _, _) => Unused::Font,
        (_, Some(b"Form" | b"Image"), Object::Stream(_)) => Unused::Graphic,
        (Some(b"ObjStm" | b"XRef" | b"Metadata" | b"EmbeddedFile"), _, _) => return None,
        (_, _, Object::Stream(_)) => Unused::Stream,
        _ if dictionary.find(b"Rect").is_some() && name(b"Subtype").is_some() => Unused::Annotation,
        _ => return None,
    })
}
