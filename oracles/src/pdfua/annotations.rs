//! Annotations stand in the structure tree and say what they are: clause 7.18.

use lopdf::{Dictionary, ObjectId};

use super::Checker;
use super::tree::Kid;
use crate::content;
use crate::reading::dictionary_of;

const HIDDEN: i64 = 2;

impl<'a> Checker<'a> {
    pub(super) fn annotations(&mut self) {
        for (_, page) in content::pages(self.reader) {
            let annotations = self.list(page, "Annots");
            let tabs = self.name(page, "Tabs") == Some(b"S");
            self.expect(
                annotations.is_empty() || tabs,
                "7.18.3-t01",
                "a page with annotations and no /Tabs /S",
            );
            let boxes = self
                .inherited(page, "CropBox")
                .or(self.inherited(page, "MediaBox"));
            let page_box = numbers(self, boxes);
            for annotation in annotations {
                let id = annotation.as_reference().ok();
                if let Some(annotation) = dictionary_of(self.resolve(annotation)) {
                    self.annotation(id, annotation, page_box);
                }
            }
        }
    }

    fn annotation(&mut self, id: Option<ObjectId>, annotation: &'a Dictionary, page: Option<[f64; 4]>) {
        let kind = self.name(annotation, "Subtype").unwrap_or_default();
        let rectangle = numbers(self, self.find(annotation, "Rect"));
        let outside = page.zip(rectangle).is_some_and(|(page, own)| {
            own[2] <= page[0] || own[0] >= page[2] || own[3] <= page[1] || own[1] >= page[3]
        });
        let hidden = self
            .integer(annotation, "F")
            .is_some_and(|flags| flags & HIDDEN != 0);
        let owner = self.owner(id, annotation);
        let role = self.tree.role(owner).to_owned();
        match kind {
            b"TrapNet" => self.fail("7.18.2-t01", "a /TrapNet annotation"),
            b"PrinterMark" => self.expect(
                owner.is_none(),
                "7.18.8-t01",
                "a printer's mark in the structure tree",
            ),
            _ => {}
        }
        if hidden || outside || matches!(kind, b"PrinterMark" | b"Popup") {
            return;
        }
        let said = self.text(annotation, "Contents").is_some()
            || owner.is_some_and(|owner| self.text(self.tree.elements[owner].dictionary, "Alt").is_some());
        match kind {
            b"Widget" => {
                self.expect(
                    role == "Form",
                    "7.18.4-t01",
                    format!("a widget stands in {role:?}"),
                );
                let named = self.field_text(annotation);
                self.expect(
                    named || said,
                    "7.18.1-t03",
                    "a field without /TU and without /Alt",
                );
            }
            b"Link" => {
                self.expect(role == "Link", "7.18.5-t01", format!("a link stands in {role:?}"));
                let contents = self.text(annotation, "Contents").is_some();
                self.expect(contents, "7.18.5-t02", "a link without /Contents");
            }
            _ => {
                self.expect(
                    role == "Annot",
                    "7.18.1-t01",
                    format!("an annotation stands in {role:?}"),
                );
                self.expect(
                    said,
                    "7.18.1-t02",
                    "an annotation without /Contents and without /Alt",
                );
            }
        }
        if kind == b"FileAttachment"
            && let Some(file) = self.dictionary(annotation, "FS")
        {
            let good = ["F", "UF"].into_iter().all(|key| self.text(file, key).is_some());
            self.expect(good, "7.18.7-t01", "an attached file without /F or /UF");
        }
    }

    fn field_text(&self, mut field: &'a Dictionary) -> bool {
        // A widget that is not merged with its field speaks through the field alone.
        if !field.has(b"T")
            && let Some(parent) = self.dictionary(field, "Parent")
        {
            field = parent;
        }
        for _ in 0..16 {
            if self.text(field, "TU").is_some() {
                return true;
            }
            match self.dictionary(field, "Parent") {
                Some(parent) => field = parent,
                None => return false,
            }
        }
        false
    }

    /// The element that holds the annotation, as the parent tree says it and the element confirms.
    fn owner(&self, id: Option<ObjectId>, annotation: &'a Dictionary) -> Option<usize> {
        let key = self.integer(annotation, "StructParent")?;
        let owner = self.tree.owners.get(&key)?;
        let owner = *self.tree.places.get(owner)?;
        let confirmed = self.tree.elements[owner]
            .kids
            .iter()
            .any(|kid| matches!(kid, Kid::Object(object) if Some(*object) == id));
        confirmed.then_some(owner)
    }
}

fn numbers<'a>(checker: &Checker<'a>, object: Option<&'a lopdf::Object>) -> Option<[f64; 4]> {
    let items = object?.as_array().ok()?;
    let mut sides = [0.0; 4];
    for (side, item) in sides.iter_mut().zip(items) {
        *side = f64::from(checker.resolve(item).as_float().ok()?);
    }
    let [a, b, c, d] = sides;
    Some([a.min(c), b.min(d), a.max(c), b.max(d)])
}
