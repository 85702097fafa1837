//! The values of three readers as one type, so that they can be compared.

use std::collections::BTreeMap;
use std::fmt;

use hayro::hayro_syntax::object::{MaybeRef, Object as Theirs};
use yinxin::pdf::{Dictionary, Object};

/// A value as all readers can state it: no spans, no spelling.
#[derive(Clone)]
pub enum Value {
    Null,
    Boolean(bool),
    Number(f64),
    String(Vec<u8>),
    Name(Vec<u8>),
    Array(Vec<Value>),
    Dictionary(BTreeMap<Vec<u8>, Value>),
    Stream(BTreeMap<Vec<u8>, Value>),
    Reference(u32, u32),
}

impl Value {
    /// Numbers are equal within what a 32-bit float keeps: lopdf has no better ones.
    pub fn same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Null, Self::Null) => true,
            (Self::Boolean(a), Self::Boolean(b)) => a == b,
            (Self::Number(a), Self::Number(b)) => (a - b).abs() <= 1e-6 * a.abs().max(b.abs()).max(1.0),
            (Self::String(a), Self::String(b)) | (Self::Name(a), Self::Name(b)) => a == b,
            (Self::Array(a), Self::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.same(b)),
            (Self::Dictionary(a), Self::Dictionary(b)) | (Self::Stream(a), Self::Stream(b)) => {
                a.len() == b.len() && a.iter().zip(b).all(|((k, a), (l, b))| k == l && a.same(b))
            }
            (Self::Reference(a, c), Self::Reference(b, d)) => a == b && c == d,
            _ => false,
        }
    }

    fn is(&self, key: &str, name: &str) -> bool {
        let (Self::Dictionary(entries) | Self::Stream(entries)) = self else {
            return false;
        };
        matches!(entries.get(key.as_bytes()), Some(Self::Name(found)) if found == name.as_bytes())
    }

    /// Without `/Length` of a stream: lopdf writes the number there where the file has a reference. Data are compared.
    pub fn without_length(mut self) -> Self {
        if let Self::Stream(entries) = &mut self {
            entries.remove(b"Length".as_slice());
        }
        self
    }

    /// Object streams and cross-reference streams are how objects are stored, and readers may hide them.
    pub fn is_storage(&self) -> bool {
        self.is("Type", "ObjStm") || self.is("Type", "XRef")
    }
}

impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("null"),
            Self::Boolean(value) => value.fmt(f),
            Self::Number(value) => value.fmt(f),
            Self::String(bytes) => write!(f, "({})", bytes.escape_ascii()),
            Self::Name(name) => write!(f, "/{}", name.escape_ascii()),
            Self::Array(items) => f.debug_list().entries(items).finish(),
            Self::Dictionary(entries) | Self::Stream(entries) => {
                let entries = entries
                    .iter()
                    .map(|(key, value)| (Self::Name(key.clone()), value));
                f.debug_map().entries(entries).finish()
            }
            Self::Reference(number, generation) => write!(f, "{number} {generation} R"),
        }
    }
}

/// Entries with null values mean absent entries (ISO 32000-2, 7.3.7).
fn present(entries: impl Iterator<Item = (Vec<u8>, Value)>) -> BTreeMap<Vec<u8>, Value> {
    entries
        .filter(|(_, value)| !matches!(value, Value::Null))
        .collect()
}

pub fn ours(object: &Object) -> Value {
    let entries = |dictionary: &Dictionary| {
        present(
            dictionary
                .entries()
                .iter()
                .map(|entry| (entry.key.to_vec(), ours(&entry.value))),
        )
    };
    match object {
        Object::Boolean(value) => Value::Boolean(*value),
        Object::Integer(_) | Object::Real(_) => Value::Number(object.as_number().unwrap()),
        Object::String(string) => Value::String(string.bytes.clone()),
        Object::Name(name) => Value::Name(name.to_vec()),
        Object::Array(items) => Value::Array(items.iter().map(ours).collect()),
        Object::Dictionary(dictionary) => Value::Dictionary(entries(dictionary)),
        Object::Stream(stream) => Value::Stream(entries(&stream.dictionary)),
        Object::Reference(id) => Value::Reference(id.number, id.generation.into()),
        _ => Value::Null,
    }
}

pub fn lopdf_value(object: &lopdf::Object) -> Value {
    use lopdf::Object as O;
    let entries = |dictionary: &lopdf::Dictionary| {
        present(
            dictionary
                .iter()
                .map(|(key, value)| (key.clone(), lopdf_value(value))),
        )
    };
    match object {
        O::Null => Value::Null,
        O::Boolean(value) => Value::Boolean(*value),
        #[expect(clippy::cast_precision_loss, reason = "compared within a tolerance")]
        O::Integer(value) => Value::Number(*value as f64),
        O::Real(value) => Value::Number((*value).into()),
        O::Name(name) => Value::Name(name.to_vec()),
        O::String(bytes, _) => Value::String(bytes.clone()),
        O::Array(items) => Value::Array(items.iter().map(lopdf_value).collect()),
        O::Dictionary(dictionary) => Value::Dictionary(entries(dictionary)),
        O::Stream(stream) => Value::Stream(entries(&stream.dict)),
        O::Reference((number, generation)) => Value::Reference(*number, (*generation).into()),
    }
}

pub fn hayro_value(object: &Theirs<'_>) -> Value {
    let reference = |item: MaybeRef<Theirs<'_>>| match item {
        MaybeRef::Ref(id) => {
            Value::Reference(id.obj_number, u32::try_from(id.gen_number).unwrap_or(u32::MAX))
        }
        MaybeRef::NotRef(object) => hayro_value(&object),
    };
    let entries = |dictionary: &hayro::hayro_syntax::object::Dict<'_>| {
        let entries: Vec<_> = dictionary
            .entries()
            .map(|(key, value)| (key.to_vec(), reference(value)))
            .collect();
        present(entries.into_iter())
    };
    match object {
        Theirs::Null(_) => Value::Null,
        Theirs::Boolean(value) => Value::Boolean(*value),
        Theirs::Number(number) => Value::Number(number.as_f64()),
        Theirs::String(string) => Value::String(string.as_bytes().to_vec()),
        Theirs::Name(name) => Value::Name(name.to_vec()),
        Theirs::Dict(dictionary) => Value::Dictionary(entries(dictionary)),
        Theirs::Array(items) => Value::Array(items.raw_iter().map(reference).collect()),
        Theirs::Stream(stream) => Value::Stream(entries(stream.dict())),
    }
}
