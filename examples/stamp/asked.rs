//! What is asked of the register: which request a record belongs to, what it replaces, and what the record leaves to the register.
//!
//! The register gives the identifier, so a record need not have one, and its number may have places for what the register gives:
//! `{year}`, `{number}`, and `{number:7}` for seven digits at least. What a record does say must be what the register gave.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};
use yinxin::limits::Limits;
use yinxin::record::{Identifier, Record, TypeCode, UnifiedCode};
use yinxin::register::{Entry, Request};

use crate::files::{Fault, Named as _, fault};

/// The member, option or column that names the request, and the one that names what is replaced.
pub const REQUEST: &str = "request";
pub const REPLACES: &str = "replaces";

/// What is said beside a record.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Beside {
    /// The number of the application: the same again is given the same identifier.
    pub request: Option<String>,
    /// The certificate that this one takes the place of.
    pub replaces: Option<String>,
    /// Whether the record has no identifier of its own, but a stand-in.
    pub identifier_left: bool,
}

/// A record and the request it belongs to.
#[derive(Clone, Debug)]
pub struct Asked {
    pub request: Request,
    /// As it was given; if it has no identifier, one stands in.
    record: Record,
    identifier_left: bool,
}

/// The stand-in where the codes of type and issuer are not readable either: reading the record says so.
const STAND_IN: &str = "1.2.156.3005.2.11109900MB2A000628045.11109900MB2A100330.2030051604471.001.2";

/// Reads a record whose JSON may leave out `identifier`, and has `request` and `replaces` beside the members of a record.
pub fn read(json: &[u8]) -> Result<(Record, Beside), Fault> {
    let Strict(mut value) =
        serde_json::from_slice(json).map_err(|error| fault!("{error}; correct the JSON"))?;
    let mut beside = Beside::default();
    if let Value::Object(members) = &mut value {
        beside.request = text(members, REQUEST)?;
        beside.replaces = text(members, REPLACES)?;
        if !members.contains_key("identifier") {
            beside.identifier_left = true;
            members.insert("identifier".to_owned(), stand_in(members).into());
        }
    }
    let record = Record::from_json(value.to_string().as_bytes(), &Limits::DEFAULT);
    record
        .map(|record| (record, beside))
        .map_err(|error| fault!("{error}"))
}

impl Asked {
    /// The request for an identifier for this record, and for a place on the list of that address and size if one is given.
    pub fn new(record: Record, beside: &Beside, list: Option<(&str, u32)>) -> Result<Self, Fault> {
        let key = beside.request.as_deref().ok_or_else(|| {
            fault!("{REQUEST}: missing; give the number of the application, so that doing it again gives the same identifier")
        })?;
        let (kind, issuer) = (&record.kind().code, &record.issuer().code);
        let request = match &beside.replaces {
            None => Request::first(key, kind, issuer, record.issued().year()),
            Some(text) => {
                let old: Identifier = text.parse().map_err(|error| {
                    fault!("{REPLACES} {text}: {error}; copy the identifier from the old result")
                })?;
                if (old.type_code(), old.issuer_code()) != (kind, issuer) {
                    return Err(fault!(
                        "{REPLACES} {old}: is of another type or issuer than the record; a reissue is of the same"
                    ));
                }
                Request::replacing(key, &old)
            }
        };
        let mut request = request.named(REQUEST)?;
        if let Some((uri, places)) = list {
            request = request.on_list(uri, places).named("--status-list")?;
        }
        printed_number(record.number(), 0, 0)?;
        Ok(Self {
            request,
            record,
            identifier_left: beside.identifier_left,
        })
    }

    /// The identifier that the record came with, which must be the register's.
    pub fn identifier(&self) -> Option<&Identifier> {
        (!self.identifier_left).then(|| self.record.identifier())
    }

    /// The record as it was given: what can be tried before anything is reserved.
    pub fn draft_record(&self) -> &Record {
        &self.record
    }

    /// The record with what the register gave.
    pub fn record(&self, entry: &Entry) -> Result<Record, Fault> {
        let mut parts = self.record.clone().into_parts();
        parts.identifier = entry.identifier().clone();
        let year = entry
            .identifier()
            .serial()
            .get(..4)
            .and_then(|year| year.parse().ok());
        parts.number = printed_number(&parts.number, year.unwrap_or_default(), entry.number())?;
        Record::new(parts).map_err(|error| fault!("{error}"))
    }
}

/// The printed number with what the register gave in its places.
fn printed_number(pattern: &str, year: u16, number: u32) -> Result<String, Fault> {
    let (mut out, mut rest) = (String::new(), pattern);
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        let (place, after) = after.split_once('}').unwrap_or((after, ""));
        let digits = match place.split_once(':') {
            Some(("number", digits)) => digits
                .parse::<usize>()
                .ok()
                .filter(|digits| (1..=8).contains(digits)),
            None if place == "number" => Some(1),
            _ => None,
        };
        match (place, digits) {
            ("year", _) => out.push_str(&format!("{year:04}")),
            (_, Some(digits)) => out.push_str(&format!("{number:0digits$}")),
            _ => {
                return Err(fault!(
                    "number {pattern}: {{{place}}} is not known; the register gives {{year}}, {{number}}, or {{number:7}} with zeros in front"
                ));
            }
        }
        rest = after;
    }
    Ok(out + rest)
}

fn text(members: &mut Map<String, Value>, name: &str) -> Result<Option<String>, Fault> {
    match members.remove(name) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(fault!("{name}: is not a text; put it into quotation marks")),
    }
}

/// An identifier of the record's type and issuer, so that a record without one can be checked as any other.
fn stand_in(members: &Map<String, Value>) -> String {
    let code = |member: &str| members.get(member)?.get("code")?.as_str();
    let made = || {
        let kind: TypeCode = code("type")?.parse().ok()?;
        let issuer: UnifiedCode = code("issuer")?.parse().ok()?;
        Identifier::compose(&kind, &issuer, "0", 1).ok()
    };
    made().map_or_else(|| STAND_IN.to_owned(), |made| made.to_string())
}

/// JSON in which no member is given twice: a record that says two things says neither.
struct Strict(Value);

impl<'de> Deserialize<'de> for Strict {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Tree;
        impl<'de> Visitor<'de> for Tree {
            type Value = Strict;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("JSON")
            }

            fn visit_bool<E>(self, value: bool) -> Result<Strict, E> {
                Ok(Strict(value.into()))
            }

            fn visit_i64<E>(self, value: i64) -> Result<Strict, E> {
                Ok(Strict(value.into()))
            }

            fn visit_u64<E>(self, value: u64) -> Result<Strict, E> {
                Ok(Strict(value.into()))
            }

            fn visit_f64<E>(self, value: f64) -> Result<Strict, E> {
                Ok(Strict(value.into()))
            }

            fn visit_str<E>(self, value: &str) -> Result<Strict, E> {
                Ok(Strict(value.into()))
            }

            fn visit_unit<E>(self) -> Result<Strict, E> {
                Ok(Strict(Value::Null))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Strict, A::Error> {
                let mut out = Vec::new();
                while let Some(Strict(item)) = items.next_element()? {
                    out.push(item);
                }
                Ok(Strict(out.into()))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Strict, A::Error> {
                let mut out = Map::new();
                while let Some((name, Strict(value))) = members.next_entry::<String, Strict>()? {
                    if out.contains_key(&name) {
                        return Err(A::Error::custom(format!("member {name} is given twice")));
                    }
                    out.insert(name, value);
                }
                Ok(Strict(out.into()))
            }
        }
        deserializer.deserialize_any(Tree)
    }
}
