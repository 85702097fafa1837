//! Following references through a document that lopdf has read.

use lopdf::{Dictionary, Document, Object};

/// A document, with look-ups that take what is missing or of another type for absent.
#[derive(Clone, Copy)]
pub struct Reader<'a> {
    /// The document that is read.
    pub document: &'a Document,
}

impl<'a> Reader<'a> {
    /// What `object` is or refers to.
    pub fn resolve(&self, object: &'a Object) -> &'a Object {
        self.document
            .dereference(object)
            .map_or(&Object::Null, |(_, object)| object)
    }

    /// The value of `key`, references followed; null is absent.
    pub fn find(&self, dictionary: &'a Dictionary, key: &str) -> Option<&'a Object> {
        let value = self.resolve(dictionary.get(key.as_bytes()).ok()?);
        (!value.is_null()).then_some(value)
    }

    /// The name at `key`.
    pub fn name(&self, dictionary: &'a Dictionary, key: &str) -> Option<&'a [u8]> {
        self.find(dictionary, key)?.as_name().ok()
    }

    /// The dictionary, or the stream's dictionary, at `key`.
    pub fn dictionary(&self, dictionary: &'a Dictionary, key: &str) -> Option<&'a Dictionary> {
        dictionary_of(self.find(dictionary, key)?)
    }

    /// The integer at `key`.
    pub fn integer(&self, dictionary: &'a Dictionary, key: &str) -> Option<i64> {
        self.find(dictionary, key)?.as_i64().ok()
    }

    /// The string at `key`, if it is not empty.
    pub fn text(&self, dictionary: &'a Dictionary, key: &str) -> Option<&'a [u8]> {
        let text = self.find(dictionary, key)?.as_str().ok()?;
        // A byte order mark alone says nothing either.
        (!matches!(text, b"" | b"\xFE\xFF")).then_some(text)
    }

    /// The array at `key`; whatever else stands there is its only item.
    pub fn list(&self, dictionary: &'a Dictionary, key: &str) -> Vec<&'a Object> {
        match self.find(dictionary, key) {
            Some(Object::Array(items)) => items.iter().collect(),
            Some(_) => dictionary.get(key.as_bytes()).into_iter().collect(),
            None => vec![],
        }
    }

    /// The catalog.
    pub fn root(&self) -> Option<&'a Dictionary> {
        self.document.catalog().ok()
    }

    /// The XMP packet of the document.
    pub fn packet(&self) -> Option<String> {
        let stream = self.find(self.root()?, "Metadata")?.as_stream().ok()?;
        let content = stream.get_plain_content().ok()?;
        Some(String::from_utf8_lossy(&content).into_owned())
    }

    /// An entry of the page, or of the nearest node above that has it.
    pub fn inherited(&self, page: &'a Dictionary, key: &str) -> Option<&'a Object> {
        let mut node = page;
        for _ in 0..64 {
            if let Some(value) = self.find(node, key) {
                return Some(value);
            }
            node = self.dictionary(node, "Parent")?;
        }
        None
    }

    /// The content of a page, its streams joined.
    pub fn page_content(&self, page: &'a Dictionary) -> Vec<u8> {
        let mut content = Vec::new();
        for part in self.list(page, "Contents") {
            if let Ok(stream) = self.resolve(part).as_stream() {
                content.extend(stream.get_plain_content().unwrap_or_default());
                content.push(b'\n');
            }
        }
        content
    }

    /// The leaves of a number tree, by key (ISO 32000-2, 7.9.7).
    pub fn numbers(&self, tree: &'a Dictionary, depth: usize) -> Vec<(i64, &'a Object)> {
        let mut found = Vec::new();
        let Some(depth) = depth.checked_sub(1) else {
            return found;
        };
        for pair in self.list(tree, "Nums").chunks(2) {
            if let [key, value] = pair
                && let Ok(key) = self.resolve(key).as_i64()
            {
                found.push((key, *value));
            }
        }
        for kid in self.list(tree, "Kids") {
            if let Some(kid) = dictionary_of(self.resolve(kid)) {
                found.extend(self.numbers(kid, depth));
            }
        }
        found
    }
}

/// The dictionary that `object` is or, if a stream, has.
pub fn dictionary_of(object: &Object) -> Option<&Dictionary> {
    match object {
        Object::Dictionary(dictionary) => Some(dictionary),
        Object::Stream(stream) => Some(&stream.dict),
        _ => None,
    }
}

/// The value of an XMP property, written as an element or as an attribute.
pub fn property<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let element = text
        .find(&format!("<{name}>"))
        .map(|at| (at + name.len() + 2, '<'));
    let attribute = |quote: char| {
        text.find(&format!("{name}={quote}"))
            .map(|at| (at + name.len() + 2, quote))
    };
    let (start, end) = element.or_else(|| attribute('"')).or_else(|| attribute('\''))?;
    let rest = text.get(start..)?;
    Some(rest[..rest.find(end)?].trim())
}
