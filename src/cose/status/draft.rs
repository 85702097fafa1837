//! Making a status list.

use std::collections::BTreeMap;

use super::super::Unsigned;
use super::{
    BITS, DEADLINES, EXPIRY, ISSUED, LEVEL, LIST, STATUS_LIST, SUBJECT, SUCCESSORS, Status, StatusError,
    StatusList, TTL, TYP, VERSIONS, claim, place,
};
use crate::cbor::Value;
use crate::crypto::SignatureAlgorithm;
use crate::time::Time;

/// A status list before it is signed.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct StatusDraft {
    uri: String,
    issued: Time,
    expires: Option<Time>,
    ttl: Option<i64>,
    bits: u32,
    entries: Vec<u8>,
    deadlines: BTreeMap<u32, Time>,
    successors: BTreeMap<u32, u16>,
}

impl StatusDraft {
    /// A list named `uri` for `size` results, all valid, of `bits` each: 1 tells valid from revoked, 2 also suspended and replaced, 4
    /// also conditional and lapsed.
    ///
    /// # Errors
    /// Occurs if `bits` is not 1, 2, 4 or 8, or `size` is 0.
    pub fn new(uri: impl Into<String>, bits: u32, size: u32, issued: Time) -> Result<Self, StatusError> {
        if !matches!(bits, 1 | 2 | 4 | 8) {
            return Err(claim("bits", "is not 1, 2, 4 or 8"));
        }
        let bytes = u64::from(size).saturating_mul(u64::from(bits)).div_ceil(8);
        let bytes = usize::try_from(bytes).map_err(|_| claim("lst", "is too long for this machine"))?;
        if bytes == 0 {
            return Err(claim("lst", "has no entry"));
        }
        Ok(Self {
            uri: uri.into(),
            issued,
            expires: None,
            ttl: None,
            bits,
            entries: vec![0; bytes],
            deadlines: BTreeMap::new(),
            successors: BTreeMap::new(),
        })
    }

    /// The next list after `list`: what stands there stands here, issued at `issued`.
    #[must_use]
    pub fn after(list: &StatusList, issued: Time) -> Self {
        Self {
            uri: list.uri.clone(),
            issued,
            expires: None,
            ttl: list.ttl,
            bits: list.bits,
            entries: list.entries.clone(),
            deadlines: list.deadlines.iter().copied().collect(),
            successors: list.successors.iter().copied().collect(),
        }
    }

    /// Not to be relied on from `at` on.
    #[must_use]
    pub fn expires(mut self, at: Time) -> Self {
        self.expires = Some(at);
        self
    }

    /// To be fetched anew after so many seconds.
    #[must_use]
    pub fn ttl(mut self, seconds: i64) -> Self {
        self.ttl = Some(seconds);
        self
    }

    /// Sets what stands at `index`. A conditional result needs [`set_conditional`](Self::set_conditional).
    ///
    /// # Errors
    /// Occurs if the list has no such entry, the bits of an entry do not hold the status, or a conditional result is set without its
    /// deadline.
    pub fn set(&mut self, index: u32, status: Status) -> Result<(), StatusError> {
        if status == Status::Conditional {
            return Err(claim("deadlines", "lack that of a conditional result"));
        }
        self.put(index, status)
    }

    /// Sets that the result at `index` waits for what is missing until before `deadline`.
    ///
    /// # Errors
    /// Occurs if the list has no such entry, or the bits of an entry do not hold the status.
    pub fn set_conditional(&mut self, index: u32, deadline: Time) -> Result<(), StatusError> {
        self.put(index, Status::Conditional)?;
        self.deadlines.insert(index, deadline);
        Ok(())
    }

    /// Sets that version `by` took the place of the result at `index`: of the same serial, 2 to 999.
    ///
    /// # Errors
    /// Occurs if the list has no such entry, the bits of an entry do not hold the status, or no version replaces another under that
    /// number.
    pub fn set_replaced(&mut self, index: u32, by: u16) -> Result<(), StatusError> {
        if !VERSIONS.contains(&by) {
            return Err(claim("successors", "are versions 2 to 999"));
        }
        self.put(index, Status::Replaced)?;
        self.successors.insert(index, by);
        Ok(())
    }

    fn put(&mut self, index: u32, status: Status) -> Result<(), StatusError> {
        let most = 0xff_u8 >> 8_u32.saturating_sub(self.bits);
        if status.number() > most {
            return Err(claim("bits", "are too few for this status; start a list with 4"));
        }
        let (byte, shift) = place(self.bits, index).ok_or(claim("idx", "is too large"))?;
        let entry = self.entries.get_mut(byte);
        let entry = entry.ok_or(claim("idx", "is beyond the end of the list"))?;
        *entry = *entry & !(most << shift) | status.number() << shift;
        // What was said beside the earlier status.
        self.deadlines.remove(&index);
        self.successors.remove(&index);
        Ok(())
    }

    /// The list ready for the signature of the department's key with that identifier.
    ///
    /// # Errors
    /// Occurs if times are at odds, or COSE has no name for the algorithm.
    pub fn unsigned(&self, algorithm: SignatureAlgorithm, kid: &[u8]) -> Result<Unsigned, StatusError> {
        if self.expires.is_some_and(|expires| expires <= self.issued) {
            return Err(claim("exp", "is not after iat"));
        }
        let list = miniz_oxide::deflate::compress_to_vec_zlib(&self.entries, LEVEL);
        let list = Value::Map(vec![
            (Value::text(BITS), Value::Unsigned(u64::from(self.bits))),
            (Value::text(LIST), Value::Bytes(list)),
        ]);
        let mut claims = vec![
            (Value::integer(SUBJECT), Value::text(&self.uri)),
            (Value::integer(ISSUED), Value::integer(self.issued.unix())),
            (Value::integer(STATUS_LIST), list),
        ];
        if let Some(expires) = self.expires {
            claims.push((Value::integer(EXPIRY), Value::integer(expires.unix())));
        }
        if let Some(ttl) = self.ttl {
            claims.push((Value::integer(TTL), Value::integer(ttl)));
        }
        if !self.deadlines.is_empty() {
            let deadlines = self.deadlines.iter().map(|(index, deadline)| {
                let index = Value::Unsigned(u64::from(*index));
                Value::Array(vec![index, Value::integer(deadline.unix())])
            });
            claims.push((Value::integer(DEADLINES), Value::Array(deadlines.collect())));
        }
        if !self.successors.is_empty() {
            let successors = self.successors.iter().map(|(index, version)| {
                let index = Value::Unsigned(u64::from(*index));
                Value::Array(vec![index, Value::Unsigned(u64::from(*version))])
            });
            claims.push((Value::integer(SUCCESSORS), Value::Array(successors.collect())));
        }
        Unsigned::new(algorithm, kid, TYP, Value::Map(claims).encode()).map_err(StatusError::Cose)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::Limits;

    fn read(draft: &StatusDraft) -> Result<StatusList, StatusError> {
        let unsigned = draft.unsigned(SignatureAlgorithm::Ed25519, &[1; 8])?;
        // Who signed is asked later.
        let token = unsigned.finish(&[0; 64]).map_err(StatusError::Cose)?;
        StatusList::parse(&token, &Limits::DEFAULT)
    }

    fn draft() -> StatusDraft {
        let at = Time::from_unix(1_900_000_000).unwrap();
        StatusDraft::new("https://zt.binhai.example/s/1", 4, 100, at).unwrap()
    }

    #[test]
    fn replaced_entry_says_by_which_version_until_it_is_set_anew() {
        let mut first = draft();
        first.set_replaced(17, 2).unwrap();
        first.set_replaced(3, 999).unwrap();
        first.set(4, Status::Replaced).unwrap();
        let list = read(&first).unwrap();
        assert_eq!(list.status(17), Some(Status::Replaced));
        let said = [17, 3, 4, 5].map(|index| list.successor(index));
        assert_eq!(said, [Some(2), Some(999), None, None]);
        let mut second = StatusDraft::after(&list, list.issued());
        second.set(17, Status::Revoked).unwrap();
        let list = read(&second).unwrap();
        assert_eq!((list.successor(17), list.successor(3)), (None, Some(999)));
    }

    #[test]
    fn version_that_replaces_none_is_refused() {
        for by in [0, 1, 1000] {
            assert!(draft().set_replaced(17, by).is_err(), "{by}");
        }
        let mut few = StatusDraft::new("https://a.example/s", 1, 8, draft().issued).unwrap();
        assert!(few.set_replaced(0, 2).is_err(), "one bit does not hold it");
    }

    #[test]
    fn successor_of_a_result_that_is_not_replaced_is_refused() {
        let mut wrong = draft();
        wrong.set(17, Status::Revoked).unwrap();
        wrong.successors.insert(17, 2);
        let error = read(&wrong).unwrap_err();
        assert!(error.to_string().contains("successors"), "{error}");
        let mut wrong = draft();
        wrong.set(17, Status::Replaced).unwrap();
        wrong.successors.insert(17, 1);
        assert!(read(&wrong).is_err(), "no version 1 replaces another");
    }
}
