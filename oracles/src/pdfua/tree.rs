//! The structure tree as the document has it, roles mapped (ISO 32000-1, 14.7 and 14.8.4).

use std::collections::{BTreeMap, BTreeSet};

use lopdf::{Dictionary, Object, ObjectId};

use crate::reading::{Reader, dictionary_of};

/// All structure types of ISO 32000-1, 14.8.4.
const STANDARD: &str = "Document Part Art Sect Div BlockQuote Caption TOC TOCI Index NonStruct Private P H H1 H2 H3 H4 H5 H6 L LI Lbl \
    LBody Table TR TH TD THead TBody TFoot Span Quote Note Reference BibEntry Code Link Annot Ruby RB RT RP Warichu \
    WT WP Figure Formula Form";

/// What an element holds.
pub(super) enum Kid {
    /// Another element, by its place in [`Tree::elements`].
    Element(usize),
    /// Marked content of a page or of a stream that is no page's own.
    Content { holder: Option<ObjectId>, mcid: i64 },
    /// An annotation or XObject.
    Object(ObjectId),
}

/// One structure element.
pub(super) struct Element<'a> {
    pub(super) dictionary: &'a Dictionary,
    /// The type it has, roles mapped.
    pub(super) role: String,
    pub(super) parent: Option<usize>,
    pub(super) kids: Vec<Kid>,
}

/// The whole tree; parents stand before what they hold.
#[derive(Default)]
pub(super) struct Tree<'a> {
    pub(super) root: Option<&'a Dictionary>,
    pub(super) elements: Vec<Element<'a>>,
    pub(super) roles: BTreeMap<String, String>,
    /// Elements by object number.
    pub(super) places: BTreeMap<ObjectId, usize>,
    /// What the parent tree says of marked content: by key, then by identifier.
    pub(super) parents: BTreeMap<i64, Vec<Option<ObjectId>>>,
    /// What the parent tree says of annotations and XObjects.
    pub(super) owners: BTreeMap<i64, ObjectId>,
}

const DEPTH: usize = 100;

impl<'a> Tree<'a> {
    pub(super) fn of(reader: Reader<'a>) -> Self {
        let mut tree = Self {
            root: reader
                .root()
                .and_then(|root| reader.dictionary(root, "StructTreeRoot")),
            ..Self::default()
        };
        let Some(root) = tree.root else { return tree };
        if let Some(roles) = reader.dictionary(root, "RoleMap") {
            for (from, to) in roles {
                if let Ok(to) = reader.resolve(to).as_name() {
                    tree.roles.insert(lossy(from), lossy(to));
                }
            }
        }
        let mut seen = BTreeSet::new();
        for kid in reader.list(root, "K") {
            tree.add(reader, kid, None, None, &mut seen, DEPTH);
        }
        if let Some(parents) = reader.dictionary(root, "ParentTree") {
            for (key, value) in reader.numbers(parents, 32) {
                match (value, reader.resolve(value)) {
                    (_, Object::Array(items)) => {
                        let items = items.iter().map(|item| item.as_reference().ok());
                        tree.parents.insert(key, items.collect());
                    }
                    (Object::Reference(id), _) => {
                        tree.owners.insert(key, *id);
                    }
                    _ => {}
                }
            }
        }
        tree
    }

    /// The standard type that `name` is mapped to, or what the chain ends with.
    pub(super) fn mapped(&self, name: &str) -> String {
        let mut name = name.to_owned();
        for _ in 0..32 {
            if is_standard(&name) {
                break;
            }
            match self.roles.get(&name) {
                Some(next) => name.clone_from(next),
                None => break,
            }
        }
        name
    }

    /// The role of element `index`; nothing above the first.
    pub(super) fn role(&self, index: Option<usize>) -> &str {
        index
            .and_then(|index| self.elements.get(index))
            .map_or("", |element| element.role.as_str())
    }

    /// The elements that `element` holds, with what has no meaning of its own looked through.
    pub(super) fn children(&self, index: usize) -> Vec<usize> {
        let mut found = Vec::new();
        for kid in &self.elements[index].kids {
            if let Kid::Element(kid) = kid {
                if matches!(self.role(Some(*kid)), "NonStruct") {
                    found.extend(self.children(*kid));
                } else {
                    found.push(*kid);
                }
            }
        }
        found
    }

    /// The element above, with what has no meaning of its own looked through.
    pub(super) fn above(&self, index: usize) -> Option<usize> {
        let mut parent = self.elements[index].parent;
        while self.role(parent) == "NonStruct" {
            parent = self.elements[parent?].parent;
        }
        parent
    }

    /// The nearest value of `key` at `index` or above.
    pub(super) fn inherited(
        &self,
        reader: Reader<'a>,
        mut index: Option<usize>,
        key: &str,
    ) -> Option<&'a [u8]> {
        while let Some(element) = index.and_then(|index| self.elements.get(index)) {
            if let Some(text) = reader
                .find(element.dictionary, key)
                .and_then(|text| text.as_str().ok())
            {
                return Some(text);
            }
            index = element.parent;
        }
        None
    }

    fn add(
        &mut self,
        reader: Reader<'a>,
        object: &'a Object,
        parent: Option<usize>,
        page: Option<ObjectId>,
        seen: &mut BTreeSet<ObjectId>,
        depth: usize,
    ) {
        let Some(depth) = depth.checked_sub(1) else { return };
        let holder = |parent: Option<usize>, tree: &mut Self, kid: Kid| {
            if let Some(parent) = parent {
                tree.elements[parent].kids.push(kid);
            }
        };
        if let Object::Integer(mcid) = reader.resolve(object) {
            return holder(
                parent,
                self,
                Kid::Content {
                    holder: page,
                    mcid: *mcid,
                },
            );
        }
        let id = object.as_reference().ok();
        let Some(dictionary) = dictionary_of(reader.resolve(object)) else {
            return;
        };
        let own = dictionary.get(b"Pg").and_then(Object::as_reference).ok().or(page);
        match reader.name(dictionary, "Type") {
            Some(b"MCR") => {
                let stream = dictionary.get(b"Stm").and_then(Object::as_reference).ok();
                if let Some(mcid) = reader.integer(dictionary, "MCID") {
                    holder(
                        parent,
                        self,
                        Kid::Content {
                            holder: stream.or(own),
                            mcid,
                        },
                    );
                }
            }
            Some(b"OBJR") => {
                if let Ok(target) = dictionary.get(b"Obj").and_then(Object::as_reference) {
                    holder(parent, self, Kid::Object(target));
                }
            }
            _ => {
                if id.is_some_and(|id| !seen.insert(id)) {
                    return;
                }
                let index = self.elements.len();
                let raw = reader.name(dictionary, "S").map(lossy).unwrap_or_default();
                let role = self.mapped(&raw);
                self.elements.push(Element {
                    dictionary,
                    role,
                    parent,
                    kids: vec![],
                });
                if let Some(id) = id {
                    self.places.insert(id, index);
                }
                holder(parent, self, Kid::Element(index));
                for kid in reader.list(dictionary, "K") {
                    self.add(reader, kid, Some(index), own, seen, depth);
                }
            }
        }
    }
}

pub(super) fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Whether `name` is a structure type of ISO 32000-1.
pub(super) fn is_standard(name: &str) -> bool {
    STANDARD.split(' ').any(|known| known == name)
}
