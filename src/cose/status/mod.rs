//! Token status lists (draft-ietf-oauth-status-list): how results stand, a few bits each, signed by the department as a CWT.
//!
//! The list says what stands at an index and nothing of whose result it is; the result names list and index in its signed claims.

mod draft;
mod places;

pub use draft::StatusDraft;
pub use places::Indices;

use core::fmt;

use super::{CoseError, Sign1};
use crate::cbor::{CborError, Value};
use crate::crypto::PublicKey;
use crate::error::At;
use crate::limits::Limits;
use crate::time::Time;

/// The media type in the `typ` header of a status list token (clause 5.2).
pub const TYP: &str = "application/statuslist+cwt";

/// How a result stands. Numbers are those of the list (clause 7.1); from 3 on they are ours (`docs/FORMAT.md`, clause 7).
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Status {
    /// 0: it stands.
    Valid,
    /// 1: it was withdrawn for good.
    Revoked,
    /// 2: it does not stand for the time being.
    Suspended,
    /// 3: a later version was issued in its place.
    Replaced,
    /// 12: made before the missing papers are in (容缺); it becomes effective at hand-over and lapses at its deadline.
    Conditional,
    /// 13: the missing papers did not come in time.
    Lapsed,
    /// A number without a meaning here.
    Other(u8),
}

/// A status list as received. Who signed it is for [`verify`](Self::verify) to say, and whether that body may, for others.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct StatusList {
    sign1: Sign1,
    kid: [u8; 8],
    uri: String,
    issued: Time,
    expires: Option<Time>,
    ttl: Option<i64>,
    bits: u32,
    entries: Vec<u8>,
    /// Of conditional results, by rising index.
    deadlines: Vec<(u32, Time)>,
    /// Versions that took the place of replaced results, by rising index.
    successors: Vec<(u32, u16)>,
    received: Option<Time>,
}

/// Whether a list may be relied on at a time.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Freshness {
    /// It may.
    Fresh,
    /// It was issued later.
    NotYet,
    /// It has expired, was kept for longer than it lets, or does not say until when it may be relied on.
    Stale,
}

/// Why bytes are not a status list, or a draft cannot become one.
#[non_exhaustive]
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum StatusError {
    /// The claims are not deterministic CBOR.
    Cbor(CborError),
    /// A claim is missing, unknown, malformed or at odds with another.
    Claim {
        /// Which.
        name: &'static str,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The COSE object is malformed or not written as ours are.
    Cose(CoseError),
    /// The list is no zlib stream, or inflates to more than the limit, which is the value, in bytes.
    Inflation(usize),
}

// Keys of claims (RFC 8392; clause 14.2).
const SUBJECT: i64 = 2;
const EXPIRY: i64 = 4;
const ISSUED: i64 = 6;
const STATUS_LIST: i64 = 65_533;
const TTL: i64 = 65_534;
/// Private use (RFC 8392, clause 9.1).
const DEADLINES: i64 = -65_538;
const SUCCESSORS: i64 = -65_539;
/// What a version that replaced another may be (GB/T 36904: three digits, the first version replaces none).
const VERSIONS: core::ops::RangeInclusive<u16> = 2..=999;
const BITS: &str = "bits";
const LIST: &str = "lst";
/// The highest zlib level of the compressor: the draft asks for it (clause 4.1).
const LEVEL: u8 = 10;

impl Status {
    /// Every status that has a meaning.
    pub const ALL: [Self; 6] = [
        Self::Valid,
        Self::Revoked,
        Self::Suspended,
        Self::Replaced,
        Self::Conditional,
        Self::Lapsed,
    ];

    /// The number on the list.
    #[must_use]
    pub fn number(self) -> u8 {
        match self {
            Self::Valid => 0,
            Self::Revoked => 1,
            Self::Suspended => 2,
            Self::Replaced => 3,
            Self::Conditional => 12,
            Self::Lapsed => 13,
            Self::Other(number) => number,
        }
    }

    /// What the number means.
    #[must_use]
    pub fn of(number: u8) -> Self {
        let mut all = Self::ALL.into_iter();
        all.find(|status| status.number() == number)
            .unwrap_or(Self::Other(number))
    }

    /// The word in drafts and on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Valid => "valid",
            Self::Revoked => "revoked",
            Self::Suspended => "suspended",
            Self::Replaced => "replaced",
            Self::Conditional => "conditional",
            Self::Lapsed => "lapsed",
            Self::Other(_) => "other",
        }
    }
}

impl StatusList {
    /// Reads a token. Entries are inflated once, so that looking one up takes no time.
    ///
    /// # Errors
    /// Occurs if the bytes are not a COSE_Sign1 written as ours are, the claims are not those of a status list, or it inflates to more
    /// than `Limits::status_bytes`.
    pub fn parse(bytes: &[u8], limits: &Limits) -> Result<Self, StatusError> {
        if bytes.len() > limits.status_bytes {
            return Err(StatusError::Inflation(limits.status_bytes));
        }
        let sign1 = Sign1::parse(bytes, limits).map_err(StatusError::Cose)?;
        sign1.check_profile(TYP).map_err(StatusError::Cose)?;
        let kid = sign1.header.kid.as_deref().and_then(|kid| kid.try_into().ok());
        let kid = kid.ok_or(StatusError::Cose(CoseError::Header("kid")))?;
        let value = Value::decode(&sign1.payload, limits).map_err(StatusError::Cbor)?;
        let claims = value.as_map().ok_or(claim("claims", "are not a map"))?;
        let known = [SUBJECT, EXPIRY, ISSUED, STATUS_LIST, TTL, DEADLINES, SUCCESSORS];
        let unknown = |(key, _): &(Value, Value)| key.as_integer().is_none_or(|key| !known.contains(&key));
        if claims.iter().any(unknown) {
            return Err(claim("claims", "have one this version does not know"));
        }
        let find = |wanted: i64| {
            let mut claims = claims.iter();
            claims
                .find(|(key, _)| key.as_integer() == Some(wanted))
                .map(|(_, value)| value)
        };
        let time = |key: i64, name: &'static str| match find(key) {
            None => Ok(None),
            Some(value) => {
                let seconds = value.as_integer();
                let time = seconds.and_then(|seconds| Time::from_unix(seconds).ok());
                time.map(Some)
                    .ok_or(claim(name, "is not whole seconds of the years 1 to 9999"))
            }
        };
        let uri = find(SUBJECT)
            .and_then(Value::as_text)
            .ok_or(claim("sub", "is not text"))?;
        let issued = time(ISSUED, "iat")?.ok_or(claim("iat", "is missing"))?;
        let expires = time(EXPIRY, "exp")?;
        if expires.is_some_and(|expires| expires <= issued) {
            return Err(claim("exp", "is not after iat"));
        }
        let ttl = match find(TTL).map(Value::as_integer) {
            None => None,
            Some(Some(ttl)) if ttl > 0 => Some(ttl),
            Some(_) => return Err(claim("ttl", "is not at least one second")),
        };
        let (bits, entries) = read_list(find(STATUS_LIST), limits)?;
        let time = |seconds: i64| Time::from_unix(seconds).ok();
        let deadlines = read_pairs(find(DEADLINES), "deadlines", time)?;
        let version = |version: i64| {
            u16::try_from(version)
                .ok()
                .filter(|version| VERSIONS.contains(version))
        };
        let successors = read_pairs(find(SUCCESSORS), "successors", version)?;
        let list = Self {
            kid,
            uri: uri.to_owned(),
            issued,
            expires,
            ttl,
            bits,
            entries,
            deadlines,
            successors,
            received: None,
            sign1,
        };
        let stands = |index: u32, status: Status| list.status(index) == Some(status);
        let mut deadlines = list.deadlines.iter();
        if !deadlines.all(|(index, _)| stands(*index, Status::Conditional)) {
            return Err(claim("deadlines", "name a result that is not conditional"));
        }
        let mut successors = list.successors.iter();
        if !successors.all(|(index, _)| stands(*index, Status::Replaced)) {
            return Err(claim("successors", "name a result that is not replaced"));
        }
        Ok(list)
    }

    /// Says when the list was fetched, from which its time to live counts if the list has an expiry; else, and unless said, it counts
    /// from the issue: a list that never expires could be served anew for ever.
    #[must_use]
    pub fn received(mut self, at: Time) -> Self {
        self.received = Some(at);
        self
    }

    /// Checks the signature. Whose key it is, and whether it may sign this, is not our question.
    ///
    /// # Errors
    /// Occurs if the signature does not verify or the key does not fit the algorithm in the header.
    pub fn verify(&self, key: &PublicKey) -> Result<(), CoseError> {
        self.sign1.verify(key)
    }

    /// First 8 bytes of SHA-256 over the signer's certificate: a hint.
    #[must_use]
    pub fn kid(&self) -> [u8; 8] {
        self.kid
    }

    /// Address and name of the list, as results name it.
    #[must_use]
    pub fn uri(&self) -> &str {
        &self.uri
    }

    /// When it was issued.
    #[must_use]
    pub fn issued(&self) -> Time {
        self.issued
    }

    /// First second at which it may not be relied on any more, if it says.
    #[must_use]
    pub fn expires(&self) -> Option<Time> {
        self.expires
    }

    /// How many seconds after it was received a newer one should be fetched, if it says.
    #[must_use]
    pub fn ttl(&self) -> Option<i64> {
        self.ttl
    }

    /// Bits of an entry: 1, 2, 4 or 8.
    #[must_use]
    pub fn bits(&self) -> u32 {
        self.bits
    }

    /// First second at which a newer one is needed: by its end, or by how long it may be kept. `None` if it says neither.
    #[must_use]
    pub fn good_until(&self) -> Option<Time> {
        let received = self.received.filter(|_| self.expires.is_some());
        let kept = self
            .ttl
            .map(|ttl| received.unwrap_or(self.issued).plus_seconds(ttl));
        self.expires.into_iter().chain(kept).min()
    }

    /// How many entries there are.
    #[must_use]
    pub fn len(&self) -> u64 {
        let bits = u64::try_from(self.entries.len())
            .unwrap_or(u64::MAX)
            .saturating_mul(8);
        bits.checked_div(u64::from(self.bits)).unwrap_or_default()
    }

    /// Bytes that the entries take.
    pub(crate) fn inflated(&self) -> usize {
        self.entries.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// What stands at `index`; `None` if the list has no such entry.
    #[must_use]
    pub fn status(&self, index: u32) -> Option<Status> {
        number(&self.entries, self.bits, index).map(Status::of)
    }

    /// Until when the conditional result at `index` waits for what is missing: the first second at which it has lapsed.
    #[must_use]
    pub fn deadline(&self, index: u32) -> Option<Time> {
        let at = self.deadlines.binary_search_by_key(&index, |(index, _)| *index);
        self.deadlines.get(at.ok()?).map(|(_, deadline)| *deadline)
    }

    /// Which version took the place of the replaced result at `index`, if the list says: 2 to 999, of the same serial (GB/T 36904).
    #[must_use]
    pub fn successor(&self, index: u32) -> Option<u16> {
        let at = self.successors.binary_search_by_key(&index, |(index, _)| *index);
        self.successors.get(at.ok()?).map(|(_, version)| *version)
    }

    /// Whether the list may be relied on at `at`. One with neither expiry nor time to live may not: an old one could pass for the newest.
    #[must_use]
    pub fn freshness(&self, at: Time) -> Freshness {
        if at < self.issued {
            Freshness::NotYet
        } else if self.good_until().is_none_or(|end| at >= end) {
            Freshness::Stale
        } else {
            Freshness::Fresh
        }
    }
}

/// The byte of an entry and the bits below it in that byte (clause 4.1: from the least significant bit).
fn place(bits: u32, index: u32) -> Option<(usize, u32)> {
    let bit = u64::from(index).checked_mul(u64::from(bits))?;
    Some((usize::try_from(bit / 8).ok()?, u32::try_from(bit % 8).ok()?))
}

fn number(entries: &[u8], bits: u32, index: u32) -> Option<u8> {
    let (byte, shift) = place(bits, index)?;
    let most = 0xff_u8 >> 8_u32.saturating_sub(bits);
    entries.get(byte).map(|byte| byte >> shift & most)
}

fn read_list(value: Option<&Value>, limits: &Limits) -> Result<(u32, Vec<u8>), StatusError> {
    let members = value
        .and_then(Value::as_map)
        .ok_or(claim("status_list", "is not a map"))?;
    let find = |name: &str| {
        let mut members = members.iter();
        members
            .find(|(key, _)| key.as_text() == Some(name))
            .map(|(_, value)| value)
    };
    // The aggregation is for fetching in advance and says nothing of the entries.
    let known = [BITS, LIST, "aggregation_uri"];
    if !members
        .iter()
        .all(|(key, _)| key.as_text().is_some_and(|key| known.contains(&key)))
    {
        return Err(claim("status_list", "has a member this version does not know"));
    }
    let bits = match find(BITS) {
        Some(Value::Unsigned(bits @ (1 | 2 | 4 | 8))) => u32::try_from(*bits).unwrap_or(8),
        _ => return Err(claim("bits", "is not 1, 2, 4 or 8")),
    };
    let list = find(LIST)
        .and_then(Value::as_bytes)
        .ok_or(claim("lst", "is not bytes"))?;
    let most = limits.status_bytes;
    let entries = miniz_oxide::inflate::decompress_to_vec_zlib_with_limit(list, most);
    Ok((bits, entries.map_err(|_| StatusError::Inflation(most))?))
}

/// Pairs of an index and what `read` makes of a number, by rising index.
fn read_pairs<T>(
    value: Option<&Value>,
    name: &'static str,
    read: impl Fn(i64) -> Option<T>,
) -> Result<Vec<(u32, T)>, StatusError> {
    let Some(value) = value else {
        return Ok(vec![]);
    };
    let fail = |reason| claim(name, reason);
    let pairs = value.as_array().ok_or(fail("are not an array"))?;
    let pairs = pairs.iter().map(|pair| {
        let [index, number] = pair.as_array().unwrap_or_default() else {
            return Err(fail("are not pairs"));
        };
        let index = index.as_integer().and_then(|index| u32::try_from(index).ok());
        let number = number.as_integer().and_then(&read);
        index
            .zip(number)
            .ok_or(fail("are not pairs of an index and a number in range"))
    });
    let pairs: Vec<(u32, T)> = pairs.collect::<Result<_, _>>()?;
    match pairs.is_empty() || !pairs.is_sorted_by(|(a, _), (b, _)| a < b) {
        true => Err(fail("are none, or do not rise by index")),
        false => Ok(pairs),
    }
}

fn claim(name: &'static str, reason: &'static str) -> StatusError {
    StatusError::Claim { name, reason }
}

impl fmt::Display for StatusError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cbor(At { kind, offset }) => write!(f, "status list: {kind} at byte {offset}"),
            Self::Claim { name, reason } => write!(f, "status list: {name} {reason}"),
            Self::Cose(error) => write!(f, "status list: {error}"),
            Self::Inflation(most) => write!(
                f,
                "status list: is no zlib stream, or larger than {most} bytes when inflated"
            ),
        }
    }
}

impl core::error::Error for StatusError {}
