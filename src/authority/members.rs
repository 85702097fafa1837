//! The members of one CBOR map, by key, as complaints name them.

use super::error::AuthorityError;
use super::pattern::PatternError;
use crate::cbor::Value;
use crate::time::Time;

/// The members of one map. What is not known is refused, unless its key is negative: such a member only informs.
pub(super) struct Members<'a, const N: usize> {
    path: String,
    names: &'static [&'static str; N],
    values: [Option<&'a Value>; N],
}

impl<'a, const N: usize> Members<'a, N> {
    pub(super) fn of(
        value: &'a Value,
        path: String,
        names: &'static [&'static str; N],
    ) -> Result<Self, AuthorityError> {
        let mut members = Self {
            path,
            names,
            values: [None; N],
        };
        let Some(pairs) = value.as_map() else {
            return Err(members.whole("is not a map"));
        };
        for (key, value) in pairs {
            let key = match key {
                Value::Negative(_) => continue,
                Value::Unsigned(key) => usize::try_from(*key).ok(),
                _ => None,
            };
            let named = key.filter(|key| names.get(*key).is_some_and(|name| !name.is_empty()));
            match named.and_then(|key| members.values.get_mut(key)) {
                Some(place) => *place = Some(value),
                None => return Err(members.whole("has a critical member this version does not know")),
            }
        }
        Ok(members)
    }

    fn whole(&self, reason: &'static str) -> AuthorityError {
        let path = if self.path.is_empty() { "list" } else { &self.path };
        AuthorityError::member(path, reason)
    }

    fn path(&self, key: usize) -> String {
        let name = self.names.get(key).copied().unwrap_or_default();
        match self.path.as_str() {
            "" => name.to_owned(),
            path => format!("{path}.{name}"),
        }
    }

    pub(super) fn error(&self, key: usize, reason: &'static str) -> AuthorityError {
        AuthorityError::member(&self.path(key), reason)
    }

    pub(super) fn find(&self, key: usize) -> Option<&'a Value> {
        self.values.get(key).copied().flatten()
    }

    pub(super) fn required(&self, key: usize) -> Result<&'a Value, AuthorityError> {
        self.find(key).ok_or_else(|| self.error(key, "is missing"))
    }

    pub(super) fn text(&self, key: usize) -> Result<&'a str, AuthorityError> {
        self.required(key)?
            .as_text()
            .ok_or_else(|| self.error(key, "is not text"))
    }

    pub(super) fn bytes(&self, key: usize) -> Result<&'a [u8], AuthorityError> {
        self.required(key)?
            .as_bytes()
            .ok_or_else(|| self.error(key, "is not a byte string"))
    }

    pub(super) fn unsigned(&self, key: usize) -> Result<u64, AuthorityError> {
        match self.required(key)? {
            Value::Unsigned(number) => Ok(*number),
            _ => Err(self.error(key, "is not an unsigned integer")),
        }
    }

    pub(super) fn parse<T: core::str::FromStr>(
        &self,
        key: usize,
        reason: &'static str,
    ) -> Result<T, AuthorityError> {
        let parsed = self.required(key)?.as_text().and_then(|text| text.parse().ok());
        parsed.ok_or_else(|| self.error(key, reason))
    }

    pub(super) fn time(&self, key: usize) -> Result<Time, AuthorityError> {
        time(self.required(key)?).ok_or_else(|| self.error(key, TIME))
    }

    pub(super) fn digest(&self, key: usize) -> Result<Option<[u8; 32]>, AuthorityError> {
        let Some(value) = self.find(key) else {
            return Ok(None);
        };
        let digest = digest(value).ok_or_else(|| self.error(key, DIGEST));
        digest.map(Some)
    }

    /// The items of an array, each read by `read`.
    pub(super) fn each<T>(
        &self,
        key: usize,
        read: impl Fn(&'a Value, String) -> Result<T, AuthorityError>,
    ) -> Result<Vec<T>, AuthorityError> {
        let items = self.required(key)?.as_array();
        let items = items.ok_or_else(|| self.error(key, "is not an array"))?;
        let path = self.path(key);
        let item = |(at, value)| read(value, format!("{path}[{at}]"));
        items.iter().enumerate().map(item).collect()
    }

    /// As [`each`](Self::each), for a member that is left out where it would be empty.
    pub(super) fn some<T>(
        &self,
        key: usize,
        read: impl Fn(&'a Value, String) -> Result<T, AuthorityError>,
    ) -> Result<Vec<T>, AuthorityError> {
        if self.find(key).is_none() {
            return Ok(vec![]);
        }
        match self.each(key, read)? {
            items if items.is_empty() => Err(self.error(key, "is empty; leave it out")),
            items => Ok(items),
        }
    }

    /// Patterns, as text.
    pub(super) fn patterns<T: core::str::FromStr<Err = PatternError>>(
        value: &Value,
        path: &str,
        reason: &'static str,
    ) -> Result<T, AuthorityError> {
        let pattern = value.as_text().and_then(|text| text.parse().ok());
        pattern.ok_or_else(|| AuthorityError::member(path, reason))
    }
}

/// What is said of a time that is none.
pub(super) const TIME: &str = "is not whole seconds of the years 1 to 9999";
/// What is said of a digest that is none.
pub(super) const DIGEST: &str = "is not 32 bytes";

pub(super) fn time(value: &Value) -> Option<Time> {
    value
        .as_integer()
        .and_then(|seconds| Time::from_unix(seconds).ok())
}

pub(super) fn digest(value: &Value) -> Option<[u8; 32]> {
    value.as_bytes().and_then(|bytes| bytes.try_into().ok())
}

/// A map of the values that are there, each under its place as key.
pub(super) fn map<const N: usize>(values: [Option<Value>; N]) -> Value {
    let keyed = values.into_iter().zip(0..);
    Value::Map(
        keyed
            .filter_map(|(value, key)| Some((Value::Unsigned(key), value?)))
            .collect(),
    )
}
