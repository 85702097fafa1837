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
//!   "claimed": claim, "kept": claim                    ; claim = [ part / null, level : tstr / null, ua part / null ]
//! }
//! ```

use core::fmt;
use core::ops::Range;

use super::DocMdp;
use super::dictionary::byte_range_text;
use super::prepared::{Code, Prepared, Terms};
use crate::cbor::{CborError, Value};
use crate::cms::build::{BuildError, signed_attributes};
use crate::crypto::{DigestAlgorithm, Hasher, SignatureAlgorithm};
use crate::draft::Draft;
use crate::limits::Limits;
use crate::pdf::{Conformance, PdfA};
use crate::pki::{Certificate, CertificateError};
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

/// Why bytes are not a prepared seal that can be finished.
#[non_exhaustive]
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum PreparedError {
    /// They are not deterministic CBOR.
    Cbor(CborError),
    /// A certificate of the signer cannot be read.
    Certificate(CertificateError),
    /// Their digest is another than the one they state.
    Damaged,
    /// A member is missing, not of its kind, or contradicts another; its name.
    Member(&'static str),
    /// The draft is another than the one that was prepared.
    OtherDraft {
        /// The prepared draft's length in bytes.
        length: u64,
        /// Its SHA-256.
        sha256: [u8; 32],
    },
    /// They are more than [`Limits::prepared_bytes`].
    TooLarge,
    /// The form has this version, which is newer than this program.
    Version(i64),
}

impl fmt::Display for PreparedError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cbor(error) => write!(f, "not a prepared seal: {error}"),
            Self::Certificate(error) => error.fmt(f),
            Self::Damaged => {
                f.write_str("the prepared seal is damaged: its digest is another; fetch it anew")
            }
            Self::Member(name) => write!(
                f,
                "the prepared seal is not as it should be at {name:?}; prepare anew"
            ),
            Self::OtherDraft { length, sha256 } => {
                write!(
                    f,
                    "the prepared seal is for another document, of {length} bytes with the SHA-256 "
                )?;
                sha256.iter().try_for_each(|byte| write!(f, "{byte:02x}"))?;
                f.write_str("; give that one")
            }
            Self::TooLarge => {
                f.write_str("the prepared seal is larger than the limit; check that it is the file you mean")
            }
            Self::Version(version) => {
                write!(
                    f,
                    "the prepared seal has version {version}, this program reads {VERSION}; use a newer program"
                )
            }
        }
    }
}

impl core::error::Error for PreparedError {}

impl From<BuildError> for PreparedError {
    fn from(_: BuildError) -> Self {
        Self::Member("chain")
    }
}

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
        let members = members
            .into_iter()
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
            VERSION if members.0.len() == 15 => Ok(members),
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
mod tests {
    use super::*;
    use crate::compose::Template;
    use crate::impression::{Impression, RoundSeal};
    use crate::payload::Payload;
    use crate::pki::{Signer as _, SoftwareSigner};
    use crate::record::Record;
    use crate::seal::{Identity, Seal, SealError};

    fn file(path: &str) -> String {
        std::fs::read_to_string(format!("{}/{path}", env!("CARGO_MANIFEST_DIR"))).unwrap()
    }

    fn signer() -> SoftwareSigner {
        let chain = Certificate::from_pem_many(&file("test-vectors/keys/ed25519.cert.pem")).unwrap();
        SoftwareSigner::from_pem(&file("test-vectors/keys/ed25519.key.pem"), chain).unwrap()
    }

    fn draft() -> Draft {
        let record = Record::from_json(
            file("examples/data/records/residence.json").as_bytes(),
            &Limits::DEFAULT,
        );
        let template = Template::builtin("residence").unwrap();
        template.compose(&record.unwrap()).unwrap()
    }

    fn prepared(draft: &Draft) -> Prepared {
        let seal =
            Seal::new(Impression::round(&RoundSeal::new("滨海市公安局"), crate::font::bundled()).unwrap());
        let record = Record::from_json(
            file("examples/data/records/residence.json").as_bytes(),
            &Limits::DEFAULT,
        );
        let at = Time::from_unix(1_900_000_000).unwrap();
        let own = signer();
        let sealing = draft.bind(Payload::of(&record.unwrap())).code_signer(&own);
        sealing.prepare(&seal, &Identity::of(&own), at).unwrap()
    }

    /// The members changed by `change`, with a digest that fits.
    fn changed(bytes: &[u8], change: impl Fn(&str, &mut Value)) -> Vec<u8> {
        let whole = Value::decode(bytes, &Limits::DEFAULT).unwrap();
        let contents = whole.as_array().unwrap()[0].as_bytes().unwrap().to_vec();
        let Value::Map(mut pairs) = Value::decode(&contents, &Limits::DEFAULT).unwrap() else {
            panic!("no map");
        };
        for (key, value) in &mut pairs {
            change(key.as_text().unwrap(), value);
        }
        let contents = Value::Map(pairs).encode();
        let digest = DigestAlgorithm::Sha256.digest(&contents);
        Value::Array(vec![Value::Bytes(contents), Value::Bytes(digest)]).encode()
    }

    fn refused(bytes: &[u8], draft: &Draft) -> PreparedError {
        Prepared::from_bytes(bytes, draft, &Limits::DEFAULT)
            .err()
            .expect("it is refused")
    }

    #[test]
    fn what_was_put_by_is_finished_into_the_same_bytes() {
        let draft = draft();
        let here = prepared(&draft);
        let bytes = here.to_bytes();
        assert!(bytes.len() < here.appended.len() + 4096, "{} bytes", bytes.len());
        let there = Prepared::from_bytes(&bytes, &draft, &Limits::DEFAULT).unwrap();
        assert_eq!(there.to_bytes(), bytes);
        assert_eq!(there.to_be_signed(), here.to_be_signed());
        let signature = signer().sign(here.to_be_signed()).unwrap();
        let (here, there) = (
            here.finish(&signature).unwrap(),
            there.finish(&signature).unwrap(),
        );
        assert_eq!(
            (here.symbol(), here.code_text()),
            (there.symbol(), there.code_text())
        );
        assert_eq!((here.claimed(), here.kept()), (there.claimed(), there.kept()));
        assert_eq!(here.terms().at, there.terms().at);
        assert_eq!(here.into_bytes(), there.into_bytes());
    }

    #[test]
    fn another_draft_is_told_by_its_digest() {
        let draft = draft();
        let bytes = prepared(&draft).to_bytes();
        let mut other = draft.bytes().to_vec();
        other.push(b'\n');
        let other = Draft::new(other, draft.slots().clone());
        let (length, sha256) = draft.digest();
        assert_eq!(
            refused(&bytes, &other),
            PreparedError::OtherDraft { length, sha256 }
        );
    }

    #[test]
    fn any_bit_or_byte_lost_is_noticed() {
        let draft = draft();
        let bytes = prepared(&draft).to_bytes();
        for place in (0..bytes.len()).step_by(251) {
            let mut flipped = bytes.clone();
            flipped[place] ^= 1;
            refused(&flipped, &draft);
            refused(&bytes[..place], &draft);
        }
        let limits = Limits {
            prepared_bytes: 1000,
            ..Limits::DEFAULT
        };
        let large = Prepared::from_bytes(&bytes, &draft, &limits).err();
        assert_eq!(large, Some(PreparedError::TooLarge));
    }

    #[test]
    fn members_that_contradict_are_refused_by_name() {
        let draft = draft();
        let bytes = prepared(&draft).to_bytes();
        assert_eq!(
            refused(
                &changed(&bytes, |name, value| if name == "version" {
                    *value = Value::integer(2);
                }),
                &draft
            ),
            PreparedError::Version(2)
        );
        for (member, wrong) in [
            ("algorithm", Value::text("rsa-pkcs1-sha256")),
            ("algorithm", Value::text("md5")),
            ("appended", Value::Bytes(vec![])),
            ("certifies", Value::integer(4)),
            ("chain", Value::Array(vec![])),
            ("code", Value::text("")),
            (
                "contents",
                Value::Array(vec![Value::integer(0), Value::integer(9)]),
            ),
            (
                "contents",
                Value::Array(vec![Value::integer(9), Value::integer(0)]),
            ),
            ("draft", Value::Null),
            ("format", Value::text("another")),
            ("kept", Value::Null),
            ("placed", Value::Null),
            ("room", Value::Negative(0)),
        ] {
            let put = changed(&bytes, |name, value| {
                if name == member {
                    *value = wrong.clone();
                }
            });
            let error = refused(&put, &draft);
            let expected = if member == "appended" { "contents" } else { member };
            assert_eq!(error, PreparedError::Member(expected), "{member}: {wrong:?}");
        }
    }

    #[test]
    fn what_was_changed_after_signing_takes_no_signature() {
        let draft = draft();
        let here = prepared(&draft);
        let signature = signer().sign(here.to_be_signed()).unwrap();
        let put = changed(&here.to_bytes(), |name, value| {
            if let ("appended", Value::Bytes(appended)) = (name, value) {
                // The time of sealing, say.
                let place = appended.windows(4).position(|window| window == b"(D:2").unwrap();
                appended[place + 6] ^= 1;
            }
        });
        let there = Prepared::from_bytes(&put, &draft, &Limits::DEFAULT).unwrap();
        assert!(matches!(
            there.finish(&signature).err(),
            Some(SealError::SignatureInvalid)
        ));
    }
}
