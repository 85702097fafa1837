//! Whatever is painted is real content or an artifact: clauses 7.1, 7.2 (spans), 7.20.

use std::collections::{BTreeMap, BTreeSet};

use lopdf::{Dictionary, Object, ObjectId, Stream};

use super::tree::Kid;
use super::{Checker, Violation};
use crate::content::{self, Visitor};
use crate::fonts::Uses;

/// One open marked-content sequence.
struct Mark {
    tag: Vec<u8>,
    /// The structure element that holds it, if one does.
    element: Option<usize>,
    language: bool,
}

/// One page while its content is read.
struct Marks<'c, 'a> {
    checker: &'c Checker<'a>,
    page: ObjectId,
    /// Per open stream: its parent-tree key and object number, and how many marks were open before it.
    streams: Vec<(Option<i64>, Option<ObjectId>, usize)>,
    open: Vec<Mark>,
    found: Vec<Violation>,
    /// Marked-content identifiers seen in a stream.
    seen: BTreeSet<(Option<i64>, i64)>,
    forms: BTreeMap<*const Stream, (usize, bool)>,
    uses: Uses<'a>,
    numbers: &'c BTreeMap<*const Stream, ObjectId>,
    language: bool,
    /// Marks that the structure tree refers to.
    held: &'c BTreeMap<(Option<ObjectId>, i64), usize>,
}

impl<'a> Checker<'a> {
    /// Reads all content; returns which fonts show what.
    pub(super) fn content(&mut self) -> Uses<'a> {
        let numbers = self.reader.document.objects.iter();
        let numbers: BTreeMap<*const Stream, ObjectId> = numbers
            .filter_map(|(id, object)| Some((std::ptr::from_ref(object.as_stream().ok()?), *id)))
            .collect();
        let mut held = BTreeMap::new();
        for (index, element) in self.tree.elements.iter().enumerate() {
            for kid in &element.kids {
                if let Kid::Content { holder, mcid } = kid {
                    held.insert((*holder, *mcid), index);
                }
            }
        }
        let language = self.root().is_some_and(|root| self.text(root, "Lang").is_some());
        let mut uses = Uses::default();
        let mut found = Vec::new();
        let mut forms: BTreeMap<*const Stream, (usize, bool)> = BTreeMap::new();
        for (page, dictionary) in content::pages(self.reader) {
            let mut marks = Marks {
                checker: self,
                page,
                streams: vec![(self.integer(dictionary, "StructParents"), Some(page), 0)],
                open: Vec::new(),
                found: Vec::new(),
                seen: BTreeSet::new(),
                forms: BTreeMap::new(),
                uses: Uses::default(),
                numbers: &numbers,
                language,
                held: &held,
            };
            content::walk(self.reader, dictionary, false, &mut marks);
            if !marks.open.is_empty() {
                marks
                    .found
                    .push(("own-marks", "marked content that does not end".to_owned()));
            }
            for (holder, mcid) in held.keys().filter(|(holder, _)| *holder == Some(page)) {
                if !marks.seen.contains(&(marks.streams[0].0, *mcid)) {
                    let text =
                        format!("the structure tree names mark {mcid} of {holder:?}, which is not there");
                    marks.found.push(("own-marks", text));
                }
            }
            found.append(&mut marks.found);
            uses.join(std::mem::take(&mut marks.uses));
            for (form, (count, marked)) in std::mem::take(&mut marks.forms) {
                let entry = forms.entry(form).or_default();
                entry.0 += count;
                entry.1 |= marked;
            }
            // Appearances show text in fonts, but are no content of the page.
            let mut fonts = FontsOnly(Uses::default());
            content::walk(self.reader, dictionary, true, &mut fonts);
            uses.join(fonts.0);
        }
        self.found.append(&mut found);
        for (count, marked) in forms.into_values() {
            self.expect(
                count < 2 || !marked,
                "7.20-t02",
                "a form with marks is painted more than once",
            );
        }
        for object in self.reader.document.objects.values() {
            if let Object::Stream(form) = object
                && self.name(&form.dict, "Subtype") == Some(b"Form")
            {
                self.expect(!form.dict.has(b"Ref"), "7.20-t01", "a form with /Ref");
            }
        }
        uses
    }
}

impl Marks<'_, '_> {
    fn fail(&mut self, clause: &'static str, what: impl Into<String>) {
        self.found.push((clause, what.into()));
    }

    fn tagged(&self) -> bool {
        self.open.iter().any(|mark| mark.element.is_some())
    }

    fn artifact(&self) -> bool {
        self.open.iter().any(|mark| mark.tag == b"Artifact")
    }
}

impl<'a> Visitor<'a> for Marks<'_, 'a> {
    fn begin(&mut self, tag: &[u8], properties: Option<&Dictionary>) {
        let mcid = properties.and_then(|properties| properties.get(b"MCID").ok()?.as_i64().ok());
        let (key, stream, _) = *self.streams.last().expect("the page");
        let mut element = None;
        if let Some(mcid) = mcid {
            let listed = key
                .and_then(|key| self.checker.tree.parents.get(&key))
                .and_then(|list| list.get(usize::try_from(mcid).ok()?).copied().flatten());
            element = listed.and_then(|id| self.checker.tree.places.get(&id).copied());
            let held = self.held.get(&(stream, mcid)).copied();
            if element != held {
                let at = self.page;
                self.fail(
                    "own-marks",
                    format!("mark {mcid} on {at:?}: the tree says {held:?}, the parent tree {element:?}"),
                );
            }
            element = element.or(held);
            if !self.seen.insert((key, mcid)) {
                self.fail("own-marks", format!("mark {mcid} twice in one stream"));
            }
            if let Some((form, _)) = self.numbers.iter().find(|(_, id)| Some(**id) == stream)
                && let Some(entry) = self.forms.get_mut(form)
            {
                entry.1 = true;
            }
        }
        if tag == b"Artifact" && self.tagged() {
            self.fail("7.1-t01", "an artifact within real content");
        }
        if element.is_some() && self.artifact() {
            self.fail("7.1-t02", "real content within an artifact");
        }
        let own = properties.is_some_and(|properties| properties.has(b"Lang"));
        let inherited = element.is_some_and(|element| {
            self.checker
                .tree
                .inherited(self.checker.reader, Some(element), "Lang")
                .is_some()
        });
        let language = own || inherited || self.open.last().is_some_and(|mark| mark.language);
        if let Some(properties) = properties
            && tag == b"Span"
            && !language
            && !self.language
        {
            for (key, clause) in [("ActualText", "7.2-t30"), ("Alt", "7.2-t31"), ("E", "7.2-t32")] {
                if properties.has(key.as_bytes()) {
                    self.fail(clause, format!("a span with /{key} in no known language"));
                }
            }
        }
        if let Some(text) = properties.and_then(|properties| properties.get(b"Lang").ok()?.as_str().ok())
            && !super::language::is_tag(text)
        {
            self.fail(
                "7.2-t29",
                format!("{:?} is no language", String::from_utf8_lossy(text)),
            );
        }
        self.open.push(Mark {
            tag: tag.to_vec(),
            element,
            language,
        });
    }

    fn end(&mut self) {
        let base = self.streams.last().map_or(0, |(_, _, base)| *base);
        if self.open.len() <= base {
            self.fail("own-marks", "EMC without its beginning");
        } else {
            self.open.pop();
        }
    }

    fn paint(&mut self, what: &'static str) {
        if !self.tagged() && !self.artifact() {
            self.fail(
                "7.1-t03",
                format!("{what} is neither real content nor an artifact"),
            );
        }
        let language = self.language || self.open.last().is_some_and(|mark| mark.language);
        if what == "text" && !language && !self.artifact() {
            self.fail("7.2-t34", "text in no known language");
        }
    }

    fn text(&mut self, font: &'a Dictionary, string: &[u8], mode: i64) {
        self.uses.add(font, string, mode);
    }

    fn form(&mut self, form: Option<&'a Stream>) {
        let Some(form) = form else {
            if let Some((_, _, base)) = self.streams.pop() {
                self.open.truncate(base);
            }
            return;
        };
        let key = self.checker.integer(&form.dict, "StructParents");
        let id = self.numbers.get(&std::ptr::from_ref(form)).copied();
        self.forms.entry(form).or_default().0 += 1;
        if key.is_some() {
            self.seen.retain(|(seen, _)| *seen != key);
        }
        self.streams.push((key, id, self.open.len()));
    }
}

struct FontsOnly<'a>(Uses<'a>);

impl<'a> Visitor<'a> for FontsOnly<'a> {
    fn begin(&mut self, _: &[u8], _: Option<&Dictionary>) {}
    fn end(&mut self) {}
    fn paint(&mut self, _: &'static str) {}
    fn text(&mut self, font: &'a Dictionary, string: &[u8], mode: i64) {
        self.0.add(font, string, mode);
    }
    fn form(&mut self, _: Option<&'a Stream>) {}
}
