//! Maps of a payload: written without what is absent, read with every key known.

use super::PayloadError;
use crate::cbor::Value;
use crate::record::text::line;
use crate::record::{FIELDS, Field, NAME_CHARACTERS, VALUE_CHARACTERS};
use crate::time::Time;

/// The pairs that are present.
pub(super) fn map<const N: usize>(pairs: [(i64, Option<Value>); N]) -> Value {
    let present = pairs
        .into_iter()
        .filter_map(|(key, value)| Some((Value::integer(key), value?)));
    Value::Map(present.collect())
}

/// One line of at most `most` characters.
pub(super) fn checked(text: Option<&str>, most: usize, name: &'static str) -> Result<String, PayloadError> {
    let error = |reason| PayloadError::Claim { name, reason };
    let text = text.ok_or(error("is not text"))?;
    line(text, most).map_err(|_| error("is empty, too long or has characters that may not be printed"))?;
    Ok(text.to_owned())
}

/// The members of one map whose keys are all known.
pub(super) struct Members<'a> {
    pairs: &'a [(Value, Value)],
    names: &'static [(i64, &'static str)],
}

impl<'a> Members<'a> {
    pub(super) fn of(
        value: &'a Value,
        names: &'static [(i64, &'static str)],
        name: &'static str,
    ) -> Result<Self, PayloadError> {
        let error = |reason| PayloadError::Claim { name, reason };
        let pairs = value.as_map().ok_or(error("is not a map"))?;
        let known = |key: &Value| {
            key.as_integer()
                .is_some_and(|key| names.iter().any(|(k, _)| *k == key))
        };
        match pairs.iter().all(|(key, _)| known(key)) {
            true => Ok(Self { pairs, names }),
            false => Err(error("has a member this version does not know")),
        }
    }

    pub(super) fn find(&self, key: i64) -> Option<&'a Value> {
        self.pairs
            .iter()
            .find(|(k, _)| k.as_integer() == Some(key))
            .map(|(_, value)| value)
    }

    pub(super) fn error(&self, key: i64, reason: &'static str) -> PayloadError {
        let name = self
            .names
            .iter()
            .find(|(k, _)| *k == key)
            .map_or("claims", |(_, name)| name);
        PayloadError::Claim { name, reason }
    }

    pub(super) fn required(&self, key: i64) -> Result<&'a Value, PayloadError> {
        self.find(key).ok_or_else(|| self.error(key, "is missing"))
    }

    pub(super) fn text(&self, key: i64, most: usize) -> Result<String, PayloadError> {
        let name = self
            .names
            .iter()
            .find(|(k, _)| *k == key)
            .map_or("claims", |(_, name)| name);
        checked(self.required(key)?.as_text(), most, name)
    }

    pub(super) fn parse<T: core::str::FromStr>(&self, key: i64) -> Result<T, PayloadError> {
        let text = self.required(key)?.as_text();
        text.and_then(|text| text.parse().ok())
            .ok_or_else(|| self.error(key, "is malformed or has a wrong check character"))
    }

    pub(super) fn time(&self, key: i64) -> Result<Option<Time>, PayloadError> {
        let Some(value) = self.find(key) else {
            return Ok(None);
        };
        let time = value
            .as_integer()
            .and_then(|seconds| Time::from_unix(seconds).ok());
        time.map(Some)
            .ok_or_else(|| self.error(key, "is not whole seconds of the years 1 to 9999"))
    }

    pub(super) fn draft(&self, key: i64) -> Result<Option<(u64, [u8; 32])>, PayloadError> {
        let Some(value) = self.find(key) else {
            return Ok(None);
        };
        if let Some([Value::Unsigned(length), Value::Bytes(sha256)]) = value.as_array()
            && let Ok(sha256) = sha256.as_slice().try_into()
        {
            return Ok(Some((*length, sha256)));
        }
        Err(self.error(key, "is not a length and 32 bytes"))
    }

    pub(super) fn fields(&self, key: i64) -> Result<Vec<Field>, PayloadError> {
        let items = self.required(key)?.as_array();
        let items = items.ok_or_else(|| self.error(key, "is not an array"))?;
        if items.len() > FIELDS {
            return Err(self.error(key, "has too many entries"));
        }
        let mut fields: Vec<Field> = Vec::new();
        for item in items {
            let [label, value] = item.as_array().unwrap_or_default() else {
                return Err(self.error(key, "has an entry that is not an array of two texts"));
            };
            let label = checked(label.as_text(), NAME_CHARACTERS, "fields")?;
            let value = checked(value.as_text(), VALUE_CHARACTERS, "fields")?;
            if fields.iter().any(|field| field.label == label) {
                return Err(self.error(key, "has a label twice"));
            }
            fields.push(Field { label, value });
        }
        Ok(fields)
    }
}
