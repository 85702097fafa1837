//! The properties of the document's metadata: clause 6.6.2.3, for the schemas that documents have.

use super::Checker;
use crate::xmp::{Element, RDF, Value, parse, properties};

const DC: &str = "http://purl.org/dc/elements/1.1/";
const XMP: &str = "http://ns.adobe.com/xap/1.0/";
const RIGHTS: &str = "http://ns.adobe.com/xap/1.0/rights/";
const PDF: &str = "http://ns.adobe.com/pdf/1.3/";
const PDFA: &str = "http://www.aiim.org/pdfa/ns/id/";
const EXTENSION: &str = "http://www.aiim.org/pdfa/ns/extension/";
const SCHEMA: &str = "http://www.aiim.org/pdfa/ns/schema#";
const PROPERTY: &str = "http://www.aiim.org/pdfa/ns/property#";
const TYPE: &str = "http://www.aiim.org/pdfa/ns/type#";
const FIELD: &str = "http://www.aiim.org/pdfa/ns/field#";

/// Predefined schemas whose properties are not looked at.
const OTHERS: [&str; 11] = [
    "http://ns.adobe.com/xap/1.0/mm/",
    "http://ns.adobe.com/xap/1.0/bj/",
    "http://ns.adobe.com/xap/1.0/t/pg/",
    "http://ns.adobe.com/xmp/1.0/DynamicMedia/",
    "http://ns.adobe.com/photoshop/1.0/",
    "http://ns.adobe.com/camera-raw-settings/1.0/",
    "http://ns.adobe.com/tiff/1.0/",
    "http://ns.adobe.com/exif/1.0/",
    "http://ns.adobe.com/exif/1.0/aux/",
    "http://ns.adobe.com/xap/1.0/sType/ResourceRef#",
    "http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/",
];

/// What a property may be.
#[derive(Clone, Copy)]
enum Form {
    Text,
    Boolean,
    Date,
    Integer,
    Bag,
    Seq,
    Dates,
    Languages,
    Images,
}

use Form::{Bag, Boolean, Date, Dates, Images, Integer, Languages, Seq, Text};

/// XMP Specification (September 2005), chapter 4; ISO 19005-2, 6.6.4.
const KNOWN: [(&str, &str, Form); 40] = [
    (DC, "contributor", Bag),
    (DC, "coverage", Text),
    (DC, "creator", Seq),
    (DC, "date", Dates),
    (DC, "description", Languages),
    (DC, "format", Text),
    (DC, "identifier", Text),
    (DC, "language", Bag),
    (DC, "publisher", Bag),
    (DC, "relation", Bag),
    (DC, "rights", Languages),
    (DC, "source", Text),
    (DC, "subject", Bag),
    (DC, "title", Languages),
    (DC, "type", Bag),
    (XMP, "Advisory", Bag),
    (XMP, "BaseURL", Text),
    (XMP, "CreateDate", Date),
    (XMP, "CreatorTool", Text),
    (XMP, "Identifier", Bag),
    (XMP, "Label", Text),
    (XMP, "MetadataDate", Date),
    (XMP, "ModifyDate", Date),
    (XMP, "Nickname", Text),
    (XMP, "Rating", Integer),
    (XMP, "Thumbnails", Images),
    (RIGHTS, "Certificate", Text),
    (RIGHTS, "Marked", Boolean),
    (RIGHTS, "Owner", Bag),
    (RIGHTS, "UsageTerms", Languages),
    (RIGHTS, "WebStatement", Text),
    (PDF, "Keywords", Text),
    (PDF, "PDFVersion", Text),
    (PDF, "Producer", Text),
    (PDF, "Trapped", Text),
    (PDFA, "part", Integer),
    (PDFA, "conformance", Text),
    (PDFA, "amd", Text),
    (PDFA, "corr", Text),
    (PDFA, "rev", Integer),
];

impl Form {
    fn fits(self, value: &Value<'_>) -> bool {
        match (self, value) {
            (Text, Value::Simple(_)) => true,
            (Boolean, Value::Simple(text)) => matches!(*text, "True" | "False"),
            (Date, Value::Simple(text)) => is_date(text),
            (Integer, Value::Simple(text)) => {
                let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
                let whole = digits.strip_suffix(".0").unwrap_or(digits);
                !whole.is_empty() && whole.bytes().all(|byte| byte.is_ascii_digit())
            }
            // An item may have a qualifier.
            (Bag, Value::Array(kind, items)) => {
                let simple = |item: &&Element| match item.value() {
                    Value::Simple(_) => true,
                    Value::Structure(fields) => {
                        fields.iter().any(|(name, _)| name.0 == RDF && name.1 == "value")
                    }
                    Value::Array(..) => false,
                };
                *kind == "Bag" && items.iter().all(simple)
            }
            (Seq, Value::Array(kind, items)) => {
                *kind == "Seq" && items.iter().all(|item| item.children.is_empty())
            }
            (Dates, Value::Array(kind, items)) => {
                *kind == "Seq" && items.iter().all(|item| is_date(item.text.trim()))
            }
            (Images, Value::Array(kind, _)) => *kind == "Alt",
            (Languages, Value::Array(kind, items)) => {
                let tagged = |item: &&Element| {
                    item.attributes
                        .iter()
                        .any(|((space, name), _)| space == "xml" && name == "lang")
                };
                *kind == "Alt" && items.iter().all(tagged)
            }
            _ => false,
        }
    }
}

/// ISO 8601 as XMP has it: year, month, day, then hour and minute with an offset.
fn is_date(text: &str) -> bool {
    let (day, time) = text
        .split_once('T')
        .map_or((text, None), |(day, time)| (day, Some(time)));
    let number =
        |part: &str, length: usize| part.len() == length && part.bytes().all(|byte| byte.is_ascii_digit());
    let mut parts = day.split('-');
    let days = parts.next().is_some_and(|year| number(year, 4)) && parts.all(|part| number(part, 2));
    let times = time.is_none_or(|time| {
        let end = time.find(['Z', '+', '-']).unwrap_or(time.len());
        time.get(..end).is_some_and(|clock| {
            clock
                .split(':')
                .all(|part| number(part.split('.').next().unwrap_or_default(), 2))
        })
    });
    days && times
}

impl Checker<'_> {
    pub(super) fn properties(&mut self) {
        let Some(packet) = self.packet() else { return };
        let Some(root) = parse(packet.trim_start_matches('\u{FEFF}')) else {
            return self.fail("6.6.2.1", "the metadata are not well-formed");
        };
        let found = properties(&root);
        let mut described: Vec<(String, String)> = Vec::new();
        for ((space, name), value) in &found {
            if space == EXTENSION && name == "schemas" {
                self.schemas(value, &mut described);
            }
        }
        for (name, value) in &found {
            let (space, local) = (name.0.as_str(), name.1.as_str());
            if space == EXTENSION || OTHERS.contains(&space) {
                continue;
            }
            let known = KNOWN
                .iter()
                .find(|(of, known, _)| *of == space && *known == local);
            match known {
                Some((_, _, form)) => {
                    let clause = if space == PDFA { "6.6.4" } else { "6.6.2.3.1" };
                    self.expect(form.fits(value), clause, format!("{local} is {value:?}"));
                }
                None => {
                    let custom = !KNOWN.iter().any(|(of, ..)| *of == space);
                    let clause = if custom { "6.6.2.3.2" } else { "6.6.2.3.1" };
                    let described = described.contains(&(space.to_owned(), local.to_owned()));
                    self.expect(described, clause, format!("{space}{local} is described nowhere"));
                }
            }
        }
    }

    /// The descriptions of properties of other schemas (6.6.2.3.3, tables 2 to 6).
    fn schemas(&mut self, value: &Value<'_>, described: &mut Vec<(String, String)>) {
        let Value::Array("Bag", schemas) = value else {
            return self.fail("6.6.2.3.3", "the extension schemas are no Bag");
        };
        for schema in schemas {
            let fields = self.described(
                schema,
                SCHEMA,
                &["schema", "namespaceURI", "prefix"],
                &["property", "valueType"],
            );
            let space = fields.iter().find_map(|(name, value)| match value {
                Value::Simple(text) if name.1 == "namespaceURI" => Some((*text).to_owned()),
                _ => None,
            });
            for (name, value) in &fields {
                let Value::Array(_, items) = value else { continue };
                for item in items {
                    match name.1.as_str() {
                        "property" => {
                            let all = ["name", "valueType", "category", "description"];
                            let own = self.described(item, PROPERTY, &all, &[]);
                            let text = |key: &str| {
                                own.iter().find_map(|(name, value)| match value {
                                    Value::Simple(text) if name.1 == key => Some(*text),
                                    _ => None,
                                })
                            };
                            let category = text("category");
                            self.expect(
                                matches!(category, None | Some("internal" | "external")),
                                "6.6.2.3.3",
                                format!("a property of category {category:?}"),
                            );
                            if let Some((space, name)) = space.clone().zip(text("name")) {
                                described.push((space, name.to_owned()));
                            }
                        }
                        "valueType" => {
                            let all = ["type", "namespaceURI", "prefix", "description"];
                            let own = self.described(item, TYPE, &all, &["field"]);
                            let kinds = own.iter().filter(|(name, _)| name.1 == "field");
                            let inner: Vec<&Element> = kinds
                                .filter_map(|(_, value)| match value {
                                    Value::Array(_, items) => Some(items.clone()),
                                    _ => None,
                                })
                                .flatten()
                                .collect();
                            for field in inner {
                                self.described(field, FIELD, &["name", "valueType", "description"], &[]);
                            }
                        }
                        _ => {}
                    }
                }
            }
        }
    }

    /// The fields of `item`: all of `texts` as text, and of `others` whatever is there as Seq.
    fn described<'e>(
        &mut self,
        item: &'e Element,
        space: &str,
        texts: &[&str],
        others: &[&str],
    ) -> Vec<(&'e (String, String), Value<'e>)> {
        let Value::Structure(fields) = item.value() else {
            self.fail("6.6.2.3.3", "a description without fields");
            return vec![];
        };
        for key in texts {
            let said = fields
                .iter()
                .any(|((of, name), value)| of == space && name == key && matches!(value, Value::Simple(_)));
            self.expect(said, "6.6.2.3.3", format!("a description without {key}"));
        }
        for ((of, name), value) in &fields {
            if of == RDF {
                continue;
            }
            let text = texts.contains(&name.as_str());
            let list = others.contains(&name.as_str());
            let good = of == space && (text || list && matches!(value, Value::Array("Seq", _)));
            self.expect(good, "6.6.2.3.3", format!("{name} has no place in a description"));
        }
        fields
    }
}
