//! The page tree of a file that is otherwise readable, made a tree of pages (ISO 32000-2, 7.7.3).

use std::collections::BTreeSet;
use std::sync::Arc;

use super::super::document::Document;
use super::super::edit::DictionaryEdit;
use super::super::error::{PdfError, PdfErrorKind};
use super::super::indirect::Indirect;
use super::super::object::{Dictionary, Object, Ref};
use super::super::page::Rectangle;
use super::super::revision::Entry;
use super::super::view::View;
use super::rebuild::Bodies;
use super::{Rebuilt, RecoveryError, What};

/// Nodes deeper than this are refused, whatever the caller's limit says: the walk is recursive, and stacks are small.
const DEPTH: usize = 256;

/// Adds to `bodies` what the page tree of `document` needs, and to `rebuilt` why. `pages` are all page objects in the
/// order of the file, for a tree of which not even the root is left; `anew` says that the section is our own, so that a
/// free number never was in use.
///
/// # Errors
/// `NoPages` occurs if there is no page, `Pdf` if a limit is exceeded.
pub(super) fn mend(
    document: &Document<'_>,
    pages: &[Ref],
    anew: bool,
    bodies: &mut Bodies,
    rebuilt: &mut Vec<Rebuilt>,
) -> Result<(), RecoveryError> {
    let view = document.newest();
    let catalog = view.catalog()?;
    let dictionary = catalog.dictionary();
    let root = dictionary
        .and_then(|d| d.find(b"Pages"))
        .and_then(Object::as_reference);
    let mut tree = Tree {
        view,
        next: view.next_object_number(),
        anew,
        bodies,
        rebuilt,
        seen: BTreeSet::new(),
        visited: 0,
        page: 0,
    };
    let count = match root {
        Some(root) => tree.node(root, Inherited::default(), document.limits.depth.min(DEPTH), true)?,
        None => None,
    };
    if count.is_some_and(|count| count > 0) {
        return Ok(());
    }
    tree.rebuild(&catalog, root, pages)
}

struct Tree<'t, 'd, 'a> {
    view: View<'d, 'a>,
    next: u32,
    anew: bool,
    bodies: &'t mut Bodies,
    rebuilt: &'t mut Vec<Rebuilt>,
    seen: BTreeSet<Ref>,
    /// Kids looked at: arrays can be shared, so this is bounded by itself.
    visited: usize,
    /// Pages so far.
    page: usize,
}

#[derive(Clone, Copy, Default)]
struct Inherited {
    media_box: bool,
}

/// What is to change in a dictionary: keys with new values, or without one to be taken out.
struct Edits {
    entries: Vec<(&'static [u8], Option<Vec<u8>>)>,
}

impl<'a> Tree<'_, '_, 'a> {
    /// Mends the node `id` and what hangs on it. How many pages that is; `None` if it is no node at all.
    fn node(
        &mut self,
        id: Ref,
        above: Inherited,
        depth: usize,
        root: bool,
    ) -> Result<Option<usize>, RecoveryError> {
        let Some(depth) = depth.checked_sub(1) else {
            return Err(PdfError::new(PdfErrorKind::TooDeep, 0).into());
        };
        let Ok(Some(object)) = self.view.object(id) else {
            return Ok(None);
        };
        let Object::Dictionary(dictionary) = &object.object else {
            return Ok(None);
        };
        if !self.seen.insert(id) {
            return Ok(None);
        }
        let mut edits = Edits { entries: Vec::new() };
        let inherited = self.attributes(id, &object, dictionary, above, &mut edits);
        let kids = self.view.find(dictionary, b"Kids").ok();
        let kids = kids.as_ref().filter(|_| !dictionary.is_name(b"Type", b"Page"));
        let count = match kids.and_then(|kids| Some((kids, kids.as_array()?))) {
            Some((kids, items)) => {
                let raw = kids.indirect().map_or(object.raw(), |held| held.raw());
                let mut kept = Vec::new();
                let mut count = 0usize;
                for kid in items {
                    let Some((kid, pages)) = self.kid(kid, raw, inherited, depth)? else {
                        self.report(What::Kid, id, &object);
                        continue;
                    };
                    kept.push(kid);
                    count = count.saturating_add(pages);
                }
                let dropped = kept.len() < items.len();
                if dropped && count == 0 && !root {
                    return Ok(None);
                }
                let same = items
                    .iter()
                    .map(Object::as_reference)
                    .eq(kept.iter().copied().map(Some));
                if !same {
                    let text: Vec<String> = kept.iter().map(Ref::to_string).collect();
                    edits
                        .entries
                        .push((b"Kids", Some(format!("[{}]", text.join(" ")).into_bytes())));
                }
                self.count(id, &object, dictionary, count, &mut edits);
                count
            }
            None => {
                let typed = dictionary.is_name(b"Type", b"Page");
                let keys: [&[u8]; 4] = [b"Contents", b"MediaBox", b"Parent", b"Resources"];
                let like_one = keys.iter().any(|key| dictionary.find(key).is_some());
                if !typed && (!like_one || dictionary.is_name(b"Type", b"Pages")) {
                    return Ok(None);
                }
                self.page = self.page.saturating_add(1);
                self.unit(id, &object, dictionary, &mut edits);
                if !inherited.media_box {
                    edits.entries.retain(|(key, _)| *key != b"MediaBox");
                    // What viewers show such a page on.
                    edits.entries.push((b"MediaBox", Some(b"[0 0 612 792]".to_vec())));
                    self.report(What::MediaBox { page: self.page }, id, &object);
                }
                1
            }
        };
        self.put(id, &object, dictionary, edits);
        Ok(Some(count))
    }

    /// A kid, and how many pages hang on it; one that stands in the array itself becomes an object.
    fn kid(
        &mut self,
        kid: &Object,
        raw: &[u8],
        inherited: Inherited,
        depth: usize,
    ) -> Result<Option<(Ref, usize)>, RecoveryError> {
        self.visited = self.visited.saturating_add(1);
        if self.visited > self.view.document().limits.pdf_objects {
            return Err(PdfError::new(PdfErrorKind::TooManyObjects, 0).into());
        }
        match kid {
            Object::Reference(id) => Ok(self.node(*id, inherited, depth, false)?.map(|pages| (*id, pages))),
            // Its own kids and attributes are looked at in the next round, when it is an object.
            Object::Dictionary(dictionary) => {
                let text = raw.get(dictionary.span()).unwrap_or_default().to_vec();
                let id = Ref::new(self.next, 0);
                self.next = self.next.saturating_add(1);
                self.bodies.insert(id, text);
                self.rebuilt.push(Rebuilt::new(What::KidDirect, id.number, 0));
                Ok(Some((id, 1)))
            }
            _ => Ok(None),
        }
    }

    /// Takes out attributes that are not what they should be, so that what is inherited or usual counts.
    fn attributes(
        &mut self,
        id: Ref,
        object: &Arc<Indirect<'a>>,
        dictionary: &Dictionary,
        above: Inherited,
        edits: &mut Edits,
    ) -> Inherited {
        let mut inherited = above;
        for key in [&b"MediaBox"[..], b"CropBox"] {
            match self.rectangle(dictionary, key) {
                Some(true) => inherited.media_box |= key == b"MediaBox",
                Some(false) => self.take_out(key, id, object, edits),
                None => {}
            }
        }
        let rotate = self.view.find(dictionary, b"Rotate");
        let turned = rotate.is_ok_and(|rotate| match &*rotate {
            Object::Null => true,
            Object::Integer(degrees) => degrees % 90 == 0,
            _ => false,
        });
        if !turned {
            self.take_out(b"Rotate", id, object, edits);
        }
        inherited
    }

    fn unit(&mut self, id: Ref, object: &Arc<Indirect<'a>>, dictionary: &Dictionary, edits: &mut Edits) {
        let unit = self.view.find(dictionary, b"UserUnit");
        let good = unit.is_ok_and(|unit| unit.is_null() || unit.as_number().is_some_and(|unit| unit > 0.0));
        if !good {
            self.take_out(b"UserUnit", id, object, edits);
        }
    }

    fn take_out(&mut self, key: &'static [u8], id: Ref, object: &Arc<Indirect<'a>>, edits: &mut Edits) {
        edits.entries.push((key, None));
        self.report(What::Attribute { key }, id, object);
    }

    /// Whether `key` is a rectangle; `None` if it is absent.
    fn rectangle(&self, dictionary: &Dictionary, key: &[u8]) -> Option<bool> {
        let Ok(value) = self.view.find(dictionary, key) else {
            return Some(false);
        };
        match &*value {
            Object::Null => None,
            Object::Array(items) => {
                let items = items
                    .iter()
                    .take(5)
                    .map(|item| self.view.resolve(item).ok().map(|i| (*i).clone()));
                let items: Option<Vec<Object>> = items.collect();
                Some(items.is_some_and(|items| Rectangle::of(&items).is_some()))
            }
            _ => Some(false),
        }
    }

    fn count(
        &mut self,
        id: Ref,
        object: &Arc<Indirect<'a>>,
        dictionary: &Dictionary,
        pages: usize,
        edits: &mut Edits,
    ) {
        let written = self
            .view
            .find(dictionary, b"Count")
            .ok()
            .and_then(|count| count.as_integer());
        if written.and_then(|count| usize::try_from(count).ok()) != Some(pages) {
            edits
                .entries
                .push((b"Count", Some(pages.to_string().into_bytes())));
            self.report(What::Count { written, pages }, id, object);
        }
    }

    fn put(&mut self, id: Ref, object: &Arc<Indirect<'a>>, dictionary: &Dictionary, edits: Edits) {
        if edits.entries.is_empty() {
            return;
        }
        let mut edit = DictionaryEdit::new(object.raw(), dictionary);
        for (key, value) in edits.entries {
            match value {
                Some(value) => edit.set(key, &value),
                None => edit.remove(key),
            };
        }
        self.bodies.insert(id, edit.finish().text().to_vec());
    }

    fn report(&mut self, what: What, id: Ref, object: &Arc<Indirect<'a>>) {
        let at = object.span.as_ref().map_or(0, |span| span.start);
        self.rebuilt.push(Rebuilt::new(what, id.number, at));
    }

    /// A new root with all pages that have no other way to be reached, in the order of the file.
    fn rebuild(
        &mut self,
        catalog: &Arc<Indirect<'a>>,
        root: Option<Ref>,
        pages: &[Ref],
    ) -> Result<(), RecoveryError> {
        let Some(dictionary) = catalog.dictionary() else {
            return Err(RecoveryError::NoPages);
        };
        let is_page = |id: &&Ref| {
            let page = self.view.object(**id).ok().flatten();
            page.is_some_and(|page| page.dictionary().is_some_and(|d| d.is_name(b"Type", b"Page")))
        };
        let kids: Vec<String> = pages.iter().filter(is_page).map(Ref::to_string).collect();
        if kids.is_empty() {
            return Err(RecoveryError::NoPages);
        }
        // Under the number that the catalog names, the pages' /Parent leads there too. A freed one stays free.
        let nothing = |id: &Ref| match self.view.object(*id) {
            Ok(None) => self.anew || !matches!(self.view.locate(id.number), Some((_, Entry::Free { .. }))),
            Ok(Some(found)) => found.object.is_null(),
            Err(_) => false,
        };
        let free = root.filter(|id| id.number > 0 && id.generation == 0 && nothing(id));
        let id = free.unwrap_or(Ref::new(self.next, 0));
        let count = kids.len();
        let body = format!("<</Type/Pages/Kids[{}]/Count {count}>>", kids.join(" "));
        self.bodies.insert(id, body.into_bytes());
        self.rebuilt
            .push(Rebuilt::new(What::PageTree { pages: count }, id.number, 0));
        if root != Some(id) {
            let mut edit = DictionaryEdit::new(catalog.raw(), dictionary);
            edit.set(b"Pages", id.to_string().as_bytes());
            self.bodies.insert(catalog.id, edit.finish().text().to_vec());
        }
        Ok(())
    }
}
