//! A prepared seal as bytes, to be put by until its signature comes: for hours, in another process, on another machine.
//!
//! ```text
//! intermediate = [ contents : bstr .cbor prepared, sha256 : bstr ]      ; core deterministic CBOR
//! prepared = {
//!   "format": "yinxin-prepared", "version": 1,
//!   "draft": [ length : uint, sha256 : bstr ],         ; what is sealed is not in it
//!   "appended": bstr,                                  ; the revision, its /Contents empty
//!   "contents": [ from : uint, to : uint ],            ; the string of /Contents in it, with its brackets
//!   "algorithm": tstr, "chain": [ + bstr ],            ; who signs, and how
//!   "at": int, "room": uint, "field": tstr / null, "certifies": uint / null, "placed": bool,
//!   "code": tstr / null,                               ; the text in the code
//!   ? "status": [ uri : tstr, index : uint ],          ; the place on a status list that the seal names
//!   "claimed": claim, "kept": claim                    ; claim = [ part / null, level : tstr / null, ua part / null ]
//! }
//! ```

mod error;

use core::ops::Range;

pub use error::PreparedError;

use super::DocMdp;
use super::dictionary::byte_range_text;
use super::prepared::{Code, Prepared, Terms};
use crate::cbor::Value;
use crate::cms::build::signed_attributes;
use crate::crypto::{DigestAlgorithm, Hasher, SignatureAlgorithm};
use crate::draft::Draft;
use crate::limits::Limits;
use crate::payload::StatusReference;
use crate::pdf::{Conformance, PdfA};
use crate::pki::Certificate;
use crate::symbol::{Level, Symbol};
use crate::time::Time;

const FORMAT: &str = "yinxin-prepared";
const VERSION: i64 = 1;

/// The names of algorithms in the form.
const ALGORITHMS: [(SignatureAlgorithm, &str); 11] = [
    (SignatureAlgorithm::EcdsaP256Sha256, "ecdsa-p256-sha256"),
    (SignatureAlgorithm::EcdsaP256Sha384, "ecdsa-p256-sha384"),
    (SignatureAlgorithm::EcdsaP384Sha256, "ecdsa-p384-sha256"),
    (SignatureAlgorithm::EcdsaP384Sha384, "ecdsa-p384-sha384"),
    (SignatureAlgorithm::Ed25519, "ed25519"),
    (SignatureAlgorithm::RsaPkcs1Sha256, "rsa-pkcs1-sha256"),
    (SignatureAlgorithm::RsaPkcs1Sha384, "rsa-pkcs1-sha384"),
    (SignatureAlgorithm::RsaPkcs1Sha512, "rsa-pkcs1-sha512"),
    (SignatureAlgorithm::RsaPssSha256, "rsa-pss-sha256"),
    (SignatureAlgorithm::RsaPssSha384, "rsa-pss-sha384"),
    (SignatureAlgorithm::RsaPssSha512, "rsa-pss-sha512"),
];

impl Prepared {
    /// The prepared seal as bytes, without the draft: some tens of kilobytes, whatever the draft's length. They are not secret, and
    /// the digest in them is against accidents: whoever can change them can have something else signed, as whoever prepares can. What
    /// [`finish`](Self::finish) writes is always what the signature was made over.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let (length, sha256) = self.draft.digest();
        let algorithm = ALGORITHMS.iter().find(|(own, _)| *own == self.algorithm);
        let optional = |text: Option<&str>| text.map_or(Value::Null, Value::text);
        let terms = &self.terms;
        let members = vec![
            ("format", Value::text(FORMAT)),
            ("version", Value::integer(VERSION)),
            (
                "draft",
                Value::Array(vec![Value::Unsigned(length), Value::Bytes(sha256.to_vec())]),
            ),
            ("appended", Value::Bytes(self.appended.clone())),
            (
                "contents",
                Value::Array(vec![unsigned(self.contents.start), unsigned(self.contents.end)]),
            ),
            ("algorithm", optional(algorithm.map(|(_, name)| *name))),
            (
                "chain",
                Value::Array(
                    self.chain
                        .iter()
                        .map(|one| Value::Bytes(one.der().to_vec()))
                        .collect(),
                ),
            ),
            ("at", Value::integer(terms.at.unix())),
            ("room", unsigned(terms.room)),
            ("field", optional(terms.field.as_deref())),
            (
                "certifies",
                terms
                    .certifies
                    .map_or(Value::Null, |level| Value::Unsigned(u64::from(level.level()))),
            ),
            ("placed", Value::Bool(terms.placed)),
            (
                "code",
                optional(self.code.as_ref().map(|code| code.text.as_str())),
            ),
            ("claimed", claim(self.conformance.0)),
            ("kept", claim(self.conformance.1)),
        ];
        let status = terms.status.as_ref().map(|place| {
            let index = Value::Unsigned(u64::from(place.index()));
            ("status", Value::Array(vec![Value::text(place.uri()), index]))
        });
        let members = members
            .into_iter()
            .chain(status)
            .map(|(name, value)| (Value::text(name), value));
        let contents = Value::Map(members.collect()).encode();
        let digest = DigestAlgorithm::Sha256.digest(&contents);
        Value::Array(vec![Value::Bytes(contents), Value::Bytes(digest)]).encode()
    }

    /// The prepared seal out of the bytes that [`to_bytes`](Self::to_bytes) made, over the same `draft`. What is to be signed is
    /// computed anew.
    ///
    /// # Errors
    /// Occurs if the bytes are of another form or damaged, or `draft` is another.
    pub fn from_bytes(bytes: &[u8], draft: &Draft, limits: &Limits) -> Result<Self, PreparedError> {
        let members = Members::read(bytes, limits)?;
        members.check_draft(draft)?;
        let chain = members.chain(limits)?;
        let algorithm = members.algorithm()?;
        let leaf = chain.first().ok_or(PreparedError::Member("chain"))?;
        if !leaf.permits(algorithm) {
            return Err(PreparedError::Member("algorithm"));
        }
        let prefix = draft.bytes().len();
        let (appended, contents) = members.revision(prefix)?;
        let code = match members.optional("code", Value::as_text)? {
            None => None,
            Some(text) => {
                let symbol = Symbol::of_text(text, Level::M).map_err(|_| PreparedError::Member("code"))?;
                let text = text.to_owned();
                Some(Code { text, symbol })
            }
        };
        let certifies = members.optional("certifies", Value::as_integer)?;
        let certifies = certifies.map(|level| DocMdp::of(level).ok_or(PreparedError::Member("certifies")));
        let at = Time::from_unix(members.one("at", Value::as_integer)?);
        let placed = members.one("placed", |value| match value {
            Value::Bool(placed) => Some(*placed),
            _ => None,
        })?;
        let terms = Terms {
            algorithm,
            at: at.map_err(|_| PreparedError::Member("at"))?,
            room: members.one("room", length)?,
            field: members.optional("field", Value::as_text)?.map(str::to_owned),
            certifies: certifies.transpose()?,
            placed,
            status: members.status()?,
            signature: vec![],
        };
        let mut hasher = Hasher::new(algorithm.digest());
        hasher.update(draft.bytes());
        hasher.update(appended.get(..contents.start).unwrap_or_default());
        hasher.update(appended.get(contents.end..).unwrap_or_default());
        Ok(Self {
            draft: draft.clone(),
            prefix,
            signed_attributes: signed_attributes(algorithm, &hasher.finish(), leaf.der())?,
            appended,
            contents,
            algorithm,
            leaf: leaf.clone(),
            terms,
            code,
            conformance: (members.claim("claimed")?, members.claim("kept")?),
            chain,
        })
    }
}

/// The members of the form, each looked up by its name; as many as are known.
struct Members(Vec<(Value, Value)>);

impl Members {
    fn read(bytes: &[u8], limits: &Limits) -> Result<Self, PreparedError> {
        if bytes.len() > limits.prepared_bytes {
            return Err(PreparedError::TooLarge);
        }
        let whole = Value::decode(bytes, limits).map_err(PreparedError::Cbor)?;
        let Some([Value::Bytes(contents), Value::Bytes(digest)]) = whole.as_array() else {
            return Err(PreparedError::Member("format"));
        };
        if DigestAlgorithm::Sha256.digest(contents) != *digest {
            return Err(PreparedError::Damaged);
        }
        let Value::Map(pairs) = Value::decode(contents, limits).map_err(PreparedError::Cbor)? else {
            return Err(PreparedError::Member("format"));
        };
        let members = Self(pairs);
        if members.one("format", Value::as_text)? != FORMAT {
            return Err(PreparedError::Member("format"));
        }
        match members.one("version", Value::as_integer)? {
            // Nothing that this program does not know may be passed over.
            VERSION if members.0.len() == 15 + usize::from(members.find("status").is_ok()) => Ok(members),
            VERSION => Err(PreparedError::Member("format")),
            version => Err(PreparedError::Version(version)),
        }
    }

    fn find(&self, name: &'static str) -> Result<&Value, PreparedError> {
        let mut found = self.0.iter().filter(|(key, _)| key.as_text() == Some(name));
        found
            .next()
            .map(|(_, value)| value)
            .ok_or(PreparedError::Member(name))
    }

    fn one<'m, T>(
        &'m self,
        name: &'static str,
        kind: impl Fn(&'m Value) -> Option<T>,
    ) -> Result<T, PreparedError> {
        kind(self.find(name)?).ok_or(PreparedError::Member(name))
    }

    fn optional<'m, T>(
        &'m self,
        name: &'static str,
        kind: impl Fn(&'m Value) -> Option<T>,
    ) -> Result<Option<T>, PreparedError> {
        match self.find(name)? {
            Value::Null => Ok(None),
            value => kind(value).map(Some).ok_or(PreparedError::Member(name)),
        }
    }

    fn status(&self) -> Result<Option<StatusReference>, PreparedError> {
        let Ok(place) = self.find("status") else {
            return Ok(None);
        };
        let wrong = || PreparedError::Member("status");
        let Some([Value::Text(uri), index]) = place.as_array() else {
            return Err(wrong());
        };
        let index = index.as_integer().and_then(|index| u32::try_from(index).ok());
        let place = StatusReference::new(uri, index.ok_or_else(wrong)?);
        place.map(Some).map_err(|_| wrong())
    }

    fn check_draft(&self, draft: &Draft) -> Result<(), PreparedError> {
        let (length, sha256) = match self.one("draft", Value::as_array)? {
            [Value::Unsigned(length), Value::Bytes(sha256)] => (*length, sha256.as_slice()),
            _ => return Err(PreparedError::Member("draft")),
        };
        let sha256: [u8; 32] = sha256.try_into().map_err(|_| PreparedError::Member("draft"))?;
        if draft.digest() == (length, sha256) {
            Ok(())
        } else {
            Err(PreparedError::OtherDraft { length, sha256 })
        }
    }

    fn algorithm(&self) -> Result<SignatureAlgorithm, PreparedError> {
        let name = self.one("algorithm", Value::as_text)?;
        let known = ALGORITHMS.iter().find(|(_, own)| *own == name);
        known
            .map(|(algorithm, _)| *algorithm)
            .ok_or(PreparedError::Member("algorithm"))
    }

    fn chain(&self, limits: &Limits) -> Result<Vec<Certificate>, PreparedError> {
        let certificates = self.one("chain", Value::as_array)?;
        if certificates.len() > limits.certificates {
            return Err(PreparedError::Member("chain"));
        }
        let certificate = |value: &Value| {
            let der = value.as_bytes().ok_or(PreparedError::Member("chain"))?;
            Certificate::try_from(der).map_err(PreparedError::Certificate)
        };
        certificates.iter().map(certificate).collect()
    }

    /// What is appended to a draft of `prefix` bytes, and the place of the signature in it: empty, and what `/ByteRange` leaves out.
    fn revision(&self, prefix: usize) -> Result<(Vec<u8>, Range<usize>), PreparedError> {
        let appended = self.one("appended", Value::as_bytes)?.to_vec();
        let contents = match self.one("contents", Value::as_array)? {
            [from, to] => length(from).zip(length(to)).map(|(from, to)| from..to),
            _ => None,
        };
        let contents = contents.ok_or(PreparedError::Member("contents"))?;
        match appended.get(contents.clone()) {
            Some([b'<', digits @ .., b'>']) if digits.iter().all(|digit| *digit == b'0') => {}
            _ => return Err(PreparedError::Member("contents")),
        }
        let within = |place: usize| place.checked_add(prefix).ok_or(PreparedError::Member("contents"));
        let text = byte_range_text(
            &(within(contents.start)?..within(contents.end)?),
            within(appended.len())?,
        );
        let before = appended.get(..contents.start).unwrap_or_default();
        if before.windows(text.len()).any(|window| window == text) {
            Ok((appended, contents))
        } else {
            Err(PreparedError::Member("contents"))
        }
    }

    fn claim(&self, name: &'static str) -> Result<Conformance, PreparedError> {
        let part = |value: &Value| match value {
            Value::Null => Some(None),
            value => u8::try_from(value.as_integer()?).ok().map(Some),
        };
        let read = |items: &[Value]| {
            let [archival, level, accessible] = items else {
                return None;
            };
            let level = match level {
                Value::Null => None,
                level => Some(level.as_text()?.chars().next()?),
            };
            let pdfa = part(archival)?.map(|part| PdfA { part, level });
            let pdfua = part(accessible)?;
            Some(Conformance { pdfa, pdfua })
        };
        read(self.one(name, Value::as_array)?).ok_or(PreparedError::Member(name))
    }
}

fn claim(conformance: Conformance) -> Value {
    let part = |part: Option<u8>| part.map_or(Value::Null, |part| Value::Unsigned(u64::from(part)));
    let level = conformance.pdfa.and_then(|archival| archival.level);
    Value::Array(vec![
        part(conformance.pdfa.map(|archival| archival.part)),
        level.map_or(Value::Null, |level| Value::Text(level.to_string())),
        part(conformance.pdfua),
    ])
}

fn unsigned(number: usize) -> Value {
    Value::Unsigned(u64::try_from(number).unwrap_or(u64::MAX))
}

fn length(value: &Value) -> Option<usize> {
    match value {
        Value::Unsigned(number) => usize::try_from(*number).ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
