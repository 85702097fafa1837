//! Where the present status of a result is told: claim 65535 of draft-ietf-oauth-status-list, clause 6.3.

use super::PayloadError;
use super::text::check_base;
use crate::cbor::Value;

/// A place on a token status list: its address, which also names it, and the index on it.
///
/// The address is signed, but it is not followed here; whoever holds the list looks the index up.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct StatusReference {
    uri: String,
    index: u32,
}

const STATUS_LIST: &str = "status_list";
const INDEX: &str = "idx";
const URI: &str = "uri";

impl StatusReference {
    /// The place `index`, from 0, on the list at `uri`.
    ///
    /// # Errors
    /// Occurs if `uri` is not `https://`, a host in lower case and optionally a port and a path, 128 characters in all.
    pub fn new(uri: impl Into<String>, index: u32) -> Result<Self, PayloadError> {
        let uri = uri.into();
        check_base(&uri)?;
        Ok(Self { uri, index })
    }

    /// Address and name of the list: the `sub` claim of its token.
    #[must_use]
    pub fn uri(&self) -> &str {
        &self.uri
    }

    /// Place on the list, from 0.
    #[must_use]
    pub fn index(&self) -> u32 {
        self.index
    }

    pub(super) fn to_cbor(&self) -> Value {
        let entry = Value::Map(vec![
            (Value::text(INDEX), Value::Unsigned(u64::from(self.index))),
            (Value::text(URI), Value::text(&self.uri)),
        ]);
        Value::Map(vec![(Value::text(STATUS_LIST), entry)])
    }

    /// Exactly one mechanism with its two members: another one next to it could say something else.
    pub(super) fn of_cbor(value: &Value) -> Result<Self, PayloadError> {
        let error = |reason| PayloadError::Claim {
            name: "status",
            reason,
        };
        let mechanisms = value.as_map().ok_or(error("is not a map"))?;
        let [(mechanism, entry)] = mechanisms else {
            return Err(error("has not one mechanism alone"));
        };
        if mechanism.as_text() != Some(STATUS_LIST) {
            return Err(error("has a mechanism this version does not know"));
        }
        let members = entry.as_map().ok_or(error("has a list that is not a map"))?;
        let [(first, index), (second, uri)] = members else {
            return Err(error("has other members than idx and uri"));
        };
        if (first.as_text(), second.as_text()) != (Some(INDEX), Some(URI)) {
            return Err(error("has other members than idx and uri"));
        }
        let index = index.as_integer().and_then(|index| u32::try_from(index).ok());
        let index = index.ok_or(error("has an idx that is not 0 to 4294967295"))?;
        let uri = uri.as_text().ok_or(error("has a uri that is not text"))?;
        Self::new(uri, index).map_err(|_| error("has a uri that is not https, host and path"))
    }
}
