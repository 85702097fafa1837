//! The binary form: one deterministic CBOR map with integer keys (`docs/FORMAT.md`, clause 2.3).

use super::beside::{MediaType, Picture, Table};
use super::parts::{DocumentType, Field, Holder, Issuer, Item, Joint, Parts, SealingOrder};
use super::{RecordError, RecordErrorKind};
use crate::cbor::Value;
use crate::limits::Limits;
use crate::time::Date;

/// The version of this layout, under key 0.
const VERSION: u64 = 1;
/// That of a record with `joint`, which readers of the first version must not pass over.
const JOINT_VERSION: u64 = 2;

/// The members in the order of their keys, 0 to 15, as the JSON form names them.
const NAMES: [&str; 16] = [
    "version",
    "item",
    "type",
    "number",
    "identifier",
    "holder",
    "issuer",
    "fields",
    "decision",
    "issued",
    "valid.from",
    "valid.to",
    "sample",
    "tables",
    "pictures",
    "joint",
];

pub(super) fn write(parts: &Parts) -> Value {
    let pair = |a: &str, b: &str| Value::Array(vec![Value::text(a), Value::text(b)]);
    let day = |date: Date| Value::integer(date.days_since_epoch());
    let members = [
        Some(Value::Unsigned(version(parts.joint.is_some()))),
        Some(pair(&parts.item.code, &parts.item.name)),
        Some(pair(parts.kind.code.as_str(), &parts.kind.name)),
        Some(Value::text(&parts.number)),
        Some(Value::text(parts.identifier.as_str())),
        Some(Value::Array(vec![
            Value::text(&parts.holder.name),
            Value::text(&parts.holder.code_type),
            Value::text(&parts.holder.code),
        ])),
        Some(pair(&parts.issuer.name, parts.issuer.code.as_str())),
        Some(Value::Array(
            parts
                .fields
                .iter()
                .map(|Field { label, value }| pair(label, value))
                .collect(),
        )),
        parts.decision.as_deref().map(Value::text),
        Some(day(parts.issued)),
        parts.valid_from.map(day),
        parts.valid_to.map(day),
        parts.sample.then_some(Value::Bool(true)),
        array(&parts.tables, table),
        array(&parts.pictures, picture),
        parts.joint.as_ref().map(joint),
    ];
    let keyed = members
        .into_iter()
        .zip(0..)
        .filter_map(|(value, key)| value.map(|value| (Value::Unsigned(key), value)));
    Value::Map(keyed.collect())
}

/// One record has one encoding: the second version says `joint`, the first does not.
fn version(is_joint: bool) -> u64 {
    if is_joint { JOINT_VERSION } else { VERSION }
}

fn joint(joint: &Joint) -> Value {
    let issuer =
        |Issuer { name, code }: &Issuer| Value::Array(vec![Value::text(name), Value::text(code.as_str())]);
    Value::Array(vec![
        Value::Bool(joint.order == SealingOrder::Listed),
        Value::Array(joint.issuers.iter().map(issuer).collect()),
    ])
}

/// The items as an array; none is no member.
fn array<T>(items: &[T], value: impl Fn(&T) -> Value) -> Option<Value> {
    (!items.is_empty()).then(|| Value::Array(items.iter().map(value).collect()))
}

fn table(table: &Table) -> Value {
    let texts = |texts: &Vec<String>| Value::Array(texts.iter().map(|text| Value::text(text)).collect());
    Value::Array(vec![
        Value::text(&table.label),
        texts(&table.columns),
        Value::Array(table.rows.iter().map(texts).collect()),
    ])
}

fn picture(picture: &Picture) -> Value {
    Value::Array(vec![
        Value::text(&picture.label),
        Value::text(picture.media_type.as_str()),
        Value::Bytes(picture.sha256.to_vec()),
    ])
}

pub(super) fn read(bytes: &[u8], limits: &Limits) -> Result<Parts, RecordError> {
    if bytes.len() > limits.record_bytes {
        let kind = RecordErrorKind::TooMany(limits.record_bytes);
        return Err(RecordError::new("", kind));
    }
    let value = Value::decode(bytes, limits).map_err(|e| RecordError::new("", RecordErrorKind::Cbor(e)))?;
    let members = Members::of(&value)?;
    if *members.required(0)? != Value::Unsigned(version(members.find(15).is_some())) {
        return Err(members.error(0, RecordErrorKind::Version));
    }
    let [item_code, item_name] = members.texts(1)?;
    let [type_code, type_name] = members.texts(2)?;
    let number = members.text(3)?;
    let identifier = members.text(4)?;
    let [holder_name, code_type, code] = members.texts(5)?;
    let [issuer_name, issuer_code] = members.texts(6)?;
    let code_error = |path: &'static str| move |e| RecordError::new(path, RecordErrorKind::Code(e));
    Ok(Parts {
        item: Item {
            code: item_code,
            name: item_name,
        },
        kind: DocumentType {
            code: type_code.parse().map_err(code_error("type.code"))?,
            name: type_name,
        },
        number,
        identifier: identifier
            .parse()
            .map_err(|e| members.error(4, RecordErrorKind::Identifier(e)))?,
        holder: Holder {
            name: holder_name,
            code_type,
            code,
        },
        issuer: Issuer {
            name: issuer_name,
            code: issuer_code.parse().map_err(code_error("issuer.code"))?,
        },
        fields: members.fields()?,
        decision: members.find(8).map(|_| members.text(8)).transpose()?,
        issued: members.day(9)?,
        valid_from: members.find(10).map(|_| members.day(10)).transpose()?,
        valid_to: members.find(11).map(|_| members.day(11)).transpose()?,
        sample: match members.find(12) {
            None => false,
            Some(Value::Bool(true)) => true,
            // A sample that says `false` would be a second encoding of the same record.
            Some(_) => return Err(members.error(12, RecordErrorKind::Type { expected: "true" })),
        },
        tables: members.list(13, read_table)?,
        pictures: members.list(14, read_picture)?,
        joint: members.find(15).map(read_joint).transpose()?,
    })
}

/// The values by key, every key known.
struct Members<'a>([Option<&'a Value>; NAMES.len()]);

impl<'a> Members<'a> {
    fn of(value: &'a Value) -> Result<Self, RecordError> {
        let pairs = value
            .as_map()
            .ok_or_else(|| RecordError::new("", RecordErrorKind::Type { expected: "a map" }))?;
        let mut found = [None; NAMES.len()];
        for (key, value) in pairs {
            let place = key.as_integer().and_then(|key| usize::try_from(key).ok());
            match place.and_then(|place| found.get_mut(place)) {
                Some(place) => *place = Some(value),
                None => {
                    let name = key.as_integer().map_or("key".to_owned(), |key| key.to_string());
                    return Err(RecordError::new(name, RecordErrorKind::Unknown));
                }
            }
        }
        Ok(Self(found))
    }

    fn find(&self, key: usize) -> Option<&'a Value> {
        self.0.get(key).copied().flatten()
    }

    fn error(&self, key: usize, kind: RecordErrorKind) -> RecordError {
        RecordError::new(NAMES.get(key).copied().unwrap_or_default(), kind)
    }

    fn required(&self, key: usize) -> Result<&'a Value, RecordError> {
        self.find(key)
            .ok_or_else(|| self.error(key, RecordErrorKind::Missing))
    }

    fn text(&self, key: usize) -> Result<String, RecordError> {
        let text = self.required(key)?.as_text();
        text.map(str::to_owned)
            .ok_or_else(|| self.error(key, RecordErrorKind::Type { expected: "text" }))
    }

    fn texts<const N: usize>(&self, key: usize) -> Result<[String; N], RecordError> {
        texts(self.required(key)?).ok_or_else(|| {
            let expected = "an array of two texts (holder: three)";
            self.error(key, RecordErrorKind::Type { expected })
        })
    }

    fn fields(&self) -> Result<Vec<Field>, RecordError> {
        let items = self.required(7)?.as_array();
        let items = items.ok_or_else(|| self.error(7, RecordErrorKind::Type { expected: "an array" }))?;
        let field = |(at, item)| match texts(item) {
            Some([label, value]) => Ok(Field { label, value }),
            None => {
                let expected = "an array of two texts";
                Err(RecordError::new(
                    format!("fields[{at}]"),
                    RecordErrorKind::Type { expected },
                ))
            }
        };
        items.iter().enumerate().map(field).collect()
    }

    /// The items of an optional array. An empty one would be a second encoding of none.
    fn list<T>(
        &self,
        key: usize,
        read: impl Fn(&Value, &str) -> Result<T, RecordError>,
    ) -> Result<Vec<T>, RecordError> {
        let Some(value) = self.find(key) else {
            return Ok(Vec::new());
        };
        let items = value.as_array().filter(|items| !items.is_empty());
        let expected = "an array that is not empty";
        let items = items.ok_or_else(|| self.error(key, RecordErrorKind::Type { expected }))?;
        let name = NAMES.get(key).copied().unwrap_or_default();
        let item = |(at, item)| read(item, &format!("{name}[{at}]"));
        items.iter().enumerate().map(item).collect()
    }

    fn day(&self, key: usize) -> Result<Date, RecordError> {
        let day = self.required(key)?.as_integer();
        day.and_then(|days| Date::from_days_since_epoch(days).ok())
            .ok_or_else(|| self.error(key, RecordErrorKind::NotADate))
    }
}

fn read_joint(value: &Value) -> Result<Joint, RecordError> {
    let (listed, items) = match value.as_array() {
        Some([Value::Bool(listed), Value::Array(items)]) => (*listed, items),
        _ => {
            let expected = "an array of a truth value and an array";
            return Err(RecordError::new("joint", RecordErrorKind::Type { expected }));
        }
    };
    let issuer = |(at, item)| {
        let path = format!("joint.issuers[{at}]");
        let expected = "an array of two texts";
        let [name, code] = texts::<2>(item)
            .ok_or_else(|| RecordError::new(path.as_str(), RecordErrorKind::Type { expected }))?;
        let code = code
            .parse()
            .map_err(|error| RecordError::new(format!("{path}.code"), RecordErrorKind::Code(error)))?;
        Ok(Issuer { name, code })
    };
    Ok(Joint {
        issuers: items.iter().enumerate().map(issuer).collect::<Result<_, _>>()?,
        order: if listed {
            SealingOrder::Listed
        } else {
            SealingOrder::Any
        },
    })
}

fn read_table(value: &Value, path: &str) -> Result<Table, RecordError> {
    let fail = || {
        let expected = "an array of a text, an array of texts and an array of arrays of texts";
        RecordError::new(path, RecordErrorKind::Type { expected })
    };
    let texts = |value: &Value| -> Option<Vec<String>> {
        let items = value.as_array()?.iter();
        items.map(|item| item.as_text().map(str::to_owned)).collect()
    };
    let Some([label, columns, rows]) = value.as_array() else {
        return Err(fail());
    };
    let rows: Option<Vec<_>> = rows.as_array().and_then(|rows| rows.iter().map(texts).collect());
    Ok(Table {
        label: label.as_text().ok_or_else(fail)?.to_owned(),
        columns: texts(columns).ok_or_else(fail)?,
        rows: rows.ok_or_else(fail)?,
    })
}

fn read_picture(value: &Value, path: &str) -> Result<Picture, RecordError> {
    let parts = match value.as_array() {
        Some([Value::Text(label), Value::Text(media_type), Value::Bytes(digest)]) => {
            let digest = digest.as_slice().try_into().ok();
            digest.map(|sha256| (label, media_type, sha256))
        }
        _ => None,
    };
    let Some((label, media_type, sha256)) = parts else {
        let expected = "an array of two texts and 32 bytes";
        return Err(RecordError::new(path, RecordErrorKind::Type { expected }));
    };
    let media_type: Result<MediaType, _> = media_type.parse();
    Ok(Picture {
        label: label.clone(),
        media_type: media_type
            .map_err(|error| RecordError::new(format!("{path}.type"), RecordErrorKind::MediaType(error)))?,
        sha256,
    })
}

fn texts<const N: usize>(value: &Value) -> Option<[String; N]> {
    let texts: Option<Vec<String>> = value
        .as_array()?
        .iter()
        .map(|v| v.as_text().map(str::to_owned))
        .collect();
    texts?.try_into().ok()
}
