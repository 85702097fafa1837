//! Just enough of XML and RDF to tell which properties a packet has and of which form (ISO 16684-1, 7).

use std::collections::BTreeMap;

/// One element with its name's namespace resolved.
#[derive(Debug, Default)]
pub struct Element {
    /// Namespace and local name.
    pub name: (String, String),
    /// Prefix as written.
    pub prefix: String,
    /// Attributes but for namespace declarations, with namespace and local name.
    pub attributes: Vec<((String, String), String)>,
    /// Elements within.
    pub children: Vec<Element>,
    /// Text within, outside of elements.
    pub text: String,
}

/// The namespace of RDF.
pub const RDF: &str = "http://www.w3.org/1999/02/22-rdf-syntax-ns#";

/// The value of a property.
#[derive(Debug)]
pub enum Value<'e> {
    /// Text.
    Simple(&'e str),
    /// `Alt`, `Bag` or `Seq`, with its items.
    Array(&'e str, Vec<&'e Element>),
    /// Fields.
    Structure(Vec<(&'e (String, String), Value<'e>)>),
}

impl Element {
    /// Whether this is `local` of namespace `space`.
    pub fn is(&self, space: &str, local: &str) -> bool {
        self.name.0 == space && self.name.1 == local
    }

    /// What the element has as a property.
    pub fn value(&self) -> Value<'_> {
        if let [only] = self.children.as_slice()
            && only.name.0 == RDF
        {
            if only.name.1 == "Description" {
                return only.value_of_fields();
            }
            if matches!(only.name.1.as_str(), "Alt" | "Bag" | "Seq") {
                return Value::Array(&only.name.1, only.children.iter().collect());
            }
        }
        let own = self
            .attributes
            .iter()
            .any(|((space, _), _)| !matches!(space.as_str(), RDF | "xml"));
        if self.children.is_empty() && !own {
            return Value::Simple(self.text.trim());
        }
        self.value_of_fields()
    }

    fn value_of_fields(&self) -> Value<'_> {
        let attributes = self
            .attributes
            .iter()
            .filter(|((space, _), _)| !matches!(space.as_str(), RDF | "xml"));
        let mut fields: Vec<_> = attributes
            .map(|(name, text)| (name, Value::Simple(text.as_str())))
            .collect();
        fields.extend(self.children.iter().map(|child| (&child.name, child.value())));
        Value::Structure(fields)
    }
}

/// The properties of a packet, of all its descriptions; `None` if it is not read.
pub fn properties(root: &Element) -> Vec<(&(String, String), Value<'_>)> {
    let mut found = Vec::new();
    collect(root, &mut found, 16);
    found
}

fn collect<'e>(element: &'e Element, found: &mut Vec<(&'e (String, String), Value<'e>)>, depth: usize) {
    let Some(depth) = depth.checked_sub(1) else { return };
    for child in &element.children {
        if element.is(RDF, "RDF") && child.is(RDF, "Description") {
            if let Value::Structure(fields) = child.value_of_fields() {
                found.extend(fields);
            }
        } else {
            collect(child, found, depth);
        }
    }
}

/// Reads a packet.
pub fn parse(text: &str) -> Option<Element> {
    let mut stack = vec![(
        Element::default(),
        BTreeMap::from([("xml".to_owned(), "xml".to_owned())]),
    )];
    let mut rest = text;
    while let Some(at) = rest.find('<') {
        stack.last_mut()?.0.text.push_str(&decoded(&rest[..at]));
        rest = &rest[at..];
        if let Some(skip) = [("<?", "?>"), ("<!--", "-->"), ("<!", ">")]
            .iter()
            .find_map(|(open, close)| {
                rest.starts_with(open)
                    .then(|| rest.find(close).map(|end| end + close.len()))
            })
        {
            rest = &rest[skip?..];
            continue;
        }
        let end = rest.find('>')?;
        let tag = &rest[1..end];
        rest = &rest[end + 1..];
        if tag.starts_with('/') {
            let (done, _) = stack.pop()?;
            stack.last_mut()?.0.children.push(done);
            continue;
        }
        let (body, empty) = tag.strip_suffix('/').map_or((tag, false), |body| (body, true));
        let (name, attributes) = body.split_once(char::is_whitespace).unwrap_or((body, ""));
        let mut spaces = stack.last()?.1.clone();
        let mut pairs = Vec::new();
        let mut tail = attributes.trim();
        while let Some((key, after)) = tail.split_once('=') {
            let after = after.trim_start();
            let quote = after.chars().next()?;
            let (value, after) = after[1..].split_once(quote)?;
            let key = key.trim();
            match key.strip_prefix("xmlns") {
                Some(prefix) => {
                    spaces.insert(prefix.trim_start_matches(':').to_owned(), value.to_owned());
                }
                None => pairs.push((key.to_owned(), decoded(value))),
            }
            tail = after.trim_start();
        }
        let resolve = |name: &str, default: &str| {
            let (prefix, local) = name.split_once(':').unwrap_or((default, name));
            (spaces.get(prefix).cloned().unwrap_or_default(), local.to_owned())
        };
        let element = Element {
            name: resolve(name, ""),
            prefix: name.split_once(':').map_or("", |(prefix, _)| prefix).to_owned(),
            attributes: pairs
                .into_iter()
                .map(|(key, value)| (resolve(&key, "?"), value))
                .collect(),
            ..Element::default()
        };
        stack.push((element, spaces));
        if empty {
            let (done, _) = stack.pop()?;
            stack.last_mut()?.0.children.push(done);
        }
    }
    let (root, _) = stack.pop()?;
    stack.is_empty().then_some(root)
}

fn decoded(text: &str) -> String {
    let plain = text
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"");
    plain.replace("&apos;", "'").replace("&amp;", "&")
}
