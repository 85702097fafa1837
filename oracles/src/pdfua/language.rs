//! The natural language of every text can be told: clause 7.2.

use lopdf::Dictionary;

use super::Checker;
use crate::reading::dictionary_of;

impl<'a> Checker<'a> {
    pub(super) fn languages(&mut self) {
        let language = self.root().is_some_and(|root| self.text(root, "Lang").is_some());
        let objects = self.reader.document.objects.values();
        for dictionary in objects.filter_map(dictionary_of) {
            let Some(text) = self.find(dictionary, "Lang").and_then(|text| text.as_str().ok()) else {
                continue;
            };
            let good = is_tag(text);
            let shown = String::from_utf8_lossy(text).into_owned();
            self.expect(good, "7.2-t29", format!("{shown:?} is no language"));
        }
        for index in 0..self.tree.elements.len() {
            let said = self.tree.inherited(self.reader, Some(index), "Lang").is_some();
            for (key, clause) in [("ActualText", "7.2-t21"), ("Alt", "7.2-t22"), ("E", "7.2-t23")] {
                let has = self.tree.elements[index].dictionary.has(key.as_bytes());
                self.expect(
                    !has || said || language,
                    clause,
                    format!("/{key} of an element in no known language"),
                );
            }
        }
        if language {
            return;
        }
        let outlines = self.root().and_then(|root| self.dictionary(root, "Outlines"));
        let any = outlines.is_some_and(|outlines| self.dictionary(outlines, "First").is_some());
        self.expect(!any, "7.2-t02", "outlines in no known language");
        self.spoken();
        if let Some(packet) = self.packet() {
            let title = packet
                .split_once("<dc:title")
                .and_then(|(_, rest)| rest.split_once("</dc:title>"))
                .map_or("", |(title, _)| title);
            let default = title.contains("x-default");
            let named = title.matches("xml:lang").count() > title.matches("x-default").count();
            self.expect(!default || named, "7.2-t33", "a title in no known language");
        }
    }

    /// The texts of annotations and fields.
    fn spoken(&mut self) {
        for (_, page) in crate::content::pages(self.reader) {
            for annotation in self.list(page, "Annots") {
                let Some(annotation) = dictionary_of(self.resolve(annotation)) else {
                    continue;
                };
                let said = self.annotation_language(annotation);
                for (key, clause) in [("Contents", "7.2-t24"), ("TU", "7.2-t25")] {
                    let has = self.text(annotation, key).is_some();
                    self.expect(!has || said, clause, format!("/{key} in no known language"));
                }
            }
        }
    }

    fn annotation_language(&self, annotation: &'a Dictionary) -> bool {
        if annotation.has(b"Lang") {
            return true;
        }
        let owner = self.integer(annotation, "StructParent");
        let owner = owner.and_then(|key| self.tree.owners.get(&key));
        let owner = owner.and_then(|id| self.tree.places.get(id));
        owner.is_some_and(|index| self.tree.inherited(self.reader, Some(*index), "Lang").is_some())
    }
}

/// Whether `text` is shaped as a language identifier (RFC 3066, 2.1).
pub(super) fn is_tag(text: &[u8]) -> bool {
    let text = match text.strip_prefix(b"\xFE\xFF") {
        Some(wide) => wide.iter().copied().filter(|byte| *byte != 0).collect(),
        None => text.to_vec(),
    };
    let mut parts = text.split(|byte| *byte == b'-');
    let good = |part: &[u8], test: fn(&u8) -> bool| (1..=8).contains(&part.len()) && part.iter().all(test);
    parts
        .next()
        .is_some_and(|first| good(first, u8::is_ascii_alphabetic))
        && parts.all(|part| good(part, u8::is_ascii_alphanumeric))
}
