//! Where the present status of a result is told: claim 65535 of draft-ietf-oauth-status-list, clause 6.3, or an entry of the
//! signature dictionary of its seal.

use super::PayloadError;
use super::text::check_base;
use crate::cbor::Value;
use crate::pdf::{Dictionary, Object};

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

/// The entry of the signature dictionary. A second-class name (ISO 32000-1, annex E.2); its prefix is not registered.
const ENTRY: &[u8] = b"YINX_Status";
const ENTRY_URI: &[u8] = b"URI";
const ENTRY_INDEX: &[u8] = b"Index";

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

    /// The entry of the signature dictionary with its key: [`of_signature`](Self::of_signature) reads it.
    #[cfg(feature = "seal")]
    pub(crate) fn to_signature(&self) -> String {
        // Nothing in an address has a meaning in a literal string (ISO 32000-2, 7.3.4.2).
        format!("/YINX_Status << /URI ({}) /Index {} >>", self.uri, self.index)
    }

    /// The place that a signature dictionary names, if it names one.
    ///
    /// # Errors
    /// Occurs if the entry is there and says anything else than one place, all of it in the dictionary itself; says what.
    pub(crate) fn of_signature(dictionary: &Dictionary) -> Result<Option<Self>, &'static str> {
        let entry = match dictionary.find(ENTRY) {
            None | Some(Object::Null) => return Ok(None),
            // What is referred to could be written anew by a later revision.
            Some(Object::Dictionary(entry)) => entry,
            Some(_) => return Err("/YINX_Status is no dictionary within the signature dictionary"),
        };
        if entry.entries().len() != 2 {
            return Err("/YINX_Status has not /URI and /Index alone");
        }
        let uri = entry.find(ENTRY_URI).and_then(Object::as_string);
        let uri = uri.and_then(|uri| core::str::from_utf8(&uri.bytes).ok());
        let index = entry.find(ENTRY_INDEX).and_then(Object::as_integer);
        let index = index.and_then(|index| u32::try_from(index).ok());
        let uri = uri.ok_or("the /URI of /YINX_Status is not text")?;
        let index = index.ok_or("the /Index of /YINX_Status is not 0 to 4294967295")?;
        let place = Self::new(uri, index);
        place
            .map(Some)
            .map_err(|_| "the /URI of /YINX_Status is not https, host and path")
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
