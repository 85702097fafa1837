//! The object of a whole code (整件码): all that a verifier with the template needs to rebuild the sealed file byte for byte.
//!
//! There is no signature around it: the one in it belongs into the file that is rebuilt, and proves that file or nothing. Byte by
//! byte: `docs/FORMAT.md`, clause 3.5.

use super::{PayloadError, StatusReference};
#[cfg(all(feature = "compose", feature = "seal"))]
use crate::asn1::ecdsa_der_to_fixed;
use crate::asn1::ecdsa_fixed_to_der;
use crate::cbor::Value;
use crate::crypto::SignatureAlgorithm;
use crate::limits::Limits;
use crate::record::Record;
use crate::record::text::line;
use crate::time::Time;

/// The CBOR tag around the object, which tells it apart from a COSE_Sign1 (18). Not registered.
const TAG: u64 = 39256;
/// The tag's head (RFC 8949, clause 3.4).
const HEAD: [u8; 3] = [0xd9, 0x99, 0x58];

/// Keys of the map. What nearly every object has comes first; the others are left out where they are as usual.
const COMPOSING: u64 = 1;
const SEALING: u64 = 2;
const TEMPLATE: u64 = 3;
const RECORD: u64 = 4;
const TIME: u64 = 5;
const CERTIFICATES: u64 = 6;
const ALGORITHM: u64 = 7;
const SIGNATURE: u64 = 8;
const FILE: u64 = 9;
const PROGRAM: u64 = 10;
const SEAL: u64 = 11;
const LANGUAGE: u64 = 12;
const CONFORMANCE: u64 = 13;
const FONTS: u64 = 14;
const FIELD: u64 = 15;
const LEVEL: u64 = 16;
const ROOM: u64 = 17;
const STATUS: u64 = 18;

/// Names of the keys 1 to 18, for complaints.
const NAMES: [&str; 18] = [
    "composing engine",
    "sealing engine",
    "template",
    "record",
    "time",
    "certificates",
    "algorithm",
    "signature",
    "file",
    "program",
    "seal",
    "language",
    "conformance",
    "fonts",
    "field",
    "certification level",
    "signature room",
    "status",
];

/// Keys and names in the map of the seal.
const SEAL_NAMES: [&str; 7] = [
    "seal name",
    "seal code",
    "seal legend",
    "seal diameter",
    "seal ring",
    "seal centre",
    "seal colour",
];

/// Certificates that one object may name.
const CERTIFICATES_MOST: usize = 8;
/// The longest signature for which room is reserved: RSA of 16,384 bits, and services that state more than they need.
const ROOM_MOST: u64 = 4096;
/// Diameter and ring are far below this; what can be drawn well is for the seal to say.
const MICROMETRES_MOST: u64 = 1_000_000;

/// The name of the signature field in a file that has no other.
pub(crate) const FIRST_FIELD: &str = "Seal1";

/// COSE algorithm numbers (IANA "COSE Algorithms") of what seals are signed with.
const ALGORITHMS: [(SignatureAlgorithm, i64); 9] = [
    (SignatureAlgorithm::EcdsaP256Sha256, -7),
    (SignatureAlgorithm::Ed25519, -8),
    (SignatureAlgorithm::EcdsaP384Sha384, -35),
    (SignatureAlgorithm::RsaPssSha256, -37),
    (SignatureAlgorithm::RsaPssSha384, -38),
    (SignatureAlgorithm::RsaPssSha512, -39),
    (SignatureAlgorithm::RsaPkcs1Sha256, -257),
    (SignatureAlgorithm::RsaPkcs1Sha384, -258),
    (SignatureAlgorithm::RsaPkcs1Sha512, -259),
];

/// A sealed file, told by what it is made of: record, template, seal, time and signature value.
///
/// Parsed, nothing in it is true yet: rebuild the file and verify that.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Whole {
    /// Numbers of the composing and of the sealing engine.
    pub(crate) engines: (u64, u64),
    /// The first 16 bytes of the template's hash.
    pub(crate) template: [u8; 16],
    pub(crate) record: Record,
    pub(crate) time: Time,
    /// Key identifiers of the certificates in the seal, the signer's first.
    pub(crate) certificates: Vec<[u8; 8]>,
    pub(crate) algorithm: SignatureAlgorithm,
    /// `r || s` for ECDSA.
    pub(crate) signature: Vec<u8>,
    /// The first 8 bytes of SHA-256 over the sealed file.
    pub(crate) file: [u8; 8],
    /// Version of the sealing program, which the seal states.
    pub(crate) program: String,
    pub(crate) seal: DrawnSeal,
    /// `None` for the template's first.
    pub(crate) language: Option<String>,
    /// 0 for PDF/A-3b, 1 for PDF/A-2b, 2 for PDF/A-4f.
    pub(crate) conformance: u64,
    /// The first 8 bytes of the digest that names the fonts; `None` for the bundled ones.
    pub(crate) fonts: Option<[u8; 8]>,
    /// The name of the signature field; `None` for the first free one.
    pub(crate) field: Option<String>,
    /// 0 for an approval seal, else the certification level.
    pub(crate) level: u64,
    /// Bytes reserved for the signature, where they are others than [`usual_room`].
    pub(crate) room: Option<u64>,
    /// The place on a status list that the seal names.
    pub(crate) status: Option<StatusReference>,
}

/// A round seal in whole numbers.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct DrawnSeal {
    /// `None` for the issuer's name in the record.
    pub(crate) name: Option<String>,
    pub(crate) code: Option<String>,
    pub(crate) legend: Option<String>,
    pub(crate) diameter_um: u64,
    pub(crate) ring_um: u64,
    /// 1 for a star, 0 for nothing.
    pub(crate) centre: u64,
    pub(crate) colour: [u8; 3],
}

impl DrawnSeal {
    /// What is left out: 42 mm, ring 1.2 mm, star, the red of seal paste.
    pub(crate) const USUAL: Self = Self {
        name: None,
        code: None,
        legend: None,
        diameter_um: 42_000,
        ring_um: 1_200,
        centre: 1,
        colour: [217, 18, 18],
    };
}

/// The longest signature in bytes that our own signers make of this algorithm; `length` is that of the one made.
fn usual_room(algorithm: SignatureAlgorithm, length: usize) -> usize {
    match algorithm {
        SignatureAlgorithm::EcdsaP256Sha256 => 72,
        SignatureAlgorithm::EcdsaP384Sha384 => 104,
        _ => length,
    }
}

/// Octets of each number of an ECDSA signature.
fn ecdsa_width(algorithm: SignatureAlgorithm) -> Option<usize> {
    match algorithm {
        SignatureAlgorithm::EcdsaP256Sha256 => Some(32),
        SignatureAlgorithm::EcdsaP384Sha384 => Some(48),
        _ => None,
    }
}

impl Whole {
    /// Whether `bytes`, which [`decode_text`](super::decode_text) returned, are such an object and no COSE object.
    #[must_use]
    pub fn is_one(bytes: &[u8]) -> bool {
        bytes.starts_with(&HEAD)
    }

    /// Reads an object, in the one way we write it.
    ///
    /// # Errors
    /// Occurs if the bytes are larger than `limits.payload_bytes`, not such an object, or a member is wrong or unknown.
    pub fn parse(bytes: &[u8], limits: &Limits) -> Result<Self, PayloadError> {
        if bytes.len() > limits.payload_bytes {
            return Err(PayloadError::TooLarge(limits.payload_bytes));
        }
        let Value::Tag(TAG, value) = Value::decode(bytes, limits).map_err(PayloadError::Cbor)? else {
            return Err(wrong("tag", "is not that of a whole object"));
        };
        let all = Members::of(&value, &NAMES, "object")?;
        let record = all.required(RECORD)?.encode();
        let record = Record::from_cbor(&record, limits).map_err(PayloadError::Record)?;
        let certificates = all.bytes(CERTIFICATES)?;
        let (kids, rest) = certificates.as_chunks::<8>();
        if !rest.is_empty() || !(1..=CERTIFICATES_MOST).contains(&kids.len()) {
            return Err(all.error(CERTIFICATES, "are not 1 to 8 key identifiers of 8 bytes"));
        }
        let number = all.required(ALGORITHM)?.as_integer();
        let algorithm = ALGORITHMS.iter().find(|(_, known)| Some(*known) == number);
        let &(algorithm, _) = algorithm.ok_or(all.error(ALGORITHM, "is not one that seals use"))?;
        let time = all.required(TIME)?.as_integer();
        let time = time.and_then(|seconds| Time::from_unix(seconds).ok());
        let whole = Self {
            engines: (all.number(COMPOSING)?, all.number(SEALING)?),
            template: all.fixed(TEMPLATE)?,
            record,
            time: time.ok_or(all.error(TIME, "is not whole seconds of the years 1 to 9999"))?,
            certificates: kids.to_vec(),
            algorithm,
            signature: all.bytes(SIGNATURE)?.to_vec(),
            file: all.fixed(FILE)?,
            program: all.text(PROGRAM, 16)?.unwrap_or_default(),
            seal: match all.find(SEAL) {
                Some(seal) => DrawnSeal::read(seal)?,
                None => DrawnSeal::USUAL,
            },
            language: all.text(LANGUAGE, 35)?,
            conformance: all.optional(CONFORMANCE, 2)?.unwrap_or(0),
            fonts: match all.find(FONTS) {
                Some(_) => Some(all.fixed(FONTS)?),
                None => None,
            },
            field: all.text(FIELD, 127)?,
            level: all.optional(LEVEL, 3)?.unwrap_or(1),
            room: all.optional(ROOM, ROOM_MOST)?,
            status: all.place(STATUS)?,
        };
        whole.check(&all)?;
        // What is usual must be left out, or one file would have several objects.
        if whole.encode() != bytes {
            return Err(wrong("object", "states what is to be left out"));
        }
        Ok(whole)
    }

    fn check(&self, all: &Members<'_>) -> Result<(), PayloadError> {
        let printed = |byte: u8| byte.is_ascii_alphanumeric() || b".+-".contains(&byte);
        if self.program.is_empty() || !self.program.bytes().all(printed) {
            return Err(all.error(PROGRAM, "is not a version number"));
        }
        let fits = match (self.algorithm, ecdsa_width(self.algorithm)) {
            (_, Some(width)) => self.signature.len() == width.saturating_mul(2),
            (SignatureAlgorithm::Ed25519, _) => self.signature.len() == 64,
            _ => (256..=1024).contains(&self.signature.len()),
        };
        if !fits {
            return Err(all.error(SIGNATURE, "does not have the length of its algorithm"));
        }
        let usual = |room: u64| {
            let made = self
                .signature()
                .map(|(made, _)| usual_room(self.algorithm, made.len()));
            made.and_then(|made| u64::try_from(made).ok()) == Some(room)
        };
        let stated = self.seal.name.as_deref() == Some(self.record.issuer().name.as_str());
        if stated || self.field.as_deref() == Some(FIRST_FIELD) || self.room.is_some_and(usual) {
            return Err(wrong("object", "states what is to be left out"));
        }
        Ok(())
    }

    /// The object as deterministic CBOR, to be written as a text by [`encode_text`](super::encode_text).
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let bytes = |bytes: &[u8]| Some(Value::Bytes(bytes.to_vec()));
        let number = |number: u64| Some(Value::Unsigned(number));
        let text = |text: &Option<String>| text.as_deref().map(Value::text);
        let algorithm = ALGORITHMS.iter().find(|(known, _)| *known == self.algorithm);
        let members = [
            number(self.engines.0),
            number(self.engines.1),
            bytes(&self.template),
            Some(self.record.to_value()),
            Some(Value::integer(self.time.unix())),
            bytes(self.certificates.as_flattened()),
            algorithm.map(|(_, number)| Value::integer(*number)),
            bytes(&self.signature),
            bytes(&self.file),
            Some(Value::text(&self.program)),
            self.seal.value(),
            text(&self.language),
            (self.conformance != 0).then_some(Value::Unsigned(self.conformance)),
            self.fonts.map(|fonts| Value::Bytes(fonts.to_vec())),
            text(&self.field),
            (self.level != 1).then_some(Value::Unsigned(self.level)),
            self.room.map(Value::Unsigned),
            self.status.as_ref().map(|place| {
                let index = Value::Unsigned(u64::from(place.index()));
                Value::Array(vec![Value::text(place.uri()), index])
            }),
        ];
        Value::Tag(TAG, Box::new(map(members))).encode()
    }

    /// What the result says, as the object has it. Untrusted: read it from the report on the rebuilt file.
    #[must_use]
    pub fn record(&self) -> &Record {
        &self.record
    }

    /// The first 16 bytes of the hash of the template that is needed.
    #[must_use]
    pub fn template(&self) -> [u8; 16] {
        self.template
    }

    /// The key identifiers of the certificates that are needed, the signer's first.
    #[must_use]
    pub fn certificates(&self) -> &[[u8; 8]] {
        &self.certificates
    }

    /// The place on a status list that the seal of the file names, if it names one. Untrusted, as the record is: it tells which list
    /// to have at hand.
    #[must_use]
    pub fn status(&self) -> Option<&StatusReference> {
        self.status.as_ref()
    }

    /// Sets the signature value and the room that was reserved for it: false if a file with this very signature cannot be told
    /// by the object, because the algorithm has no number or its DER is not the only one.
    #[cfg(all(feature = "compose", feature = "seal"))]
    pub(crate) fn set_signature(&mut self, signature: &[u8], room: usize) -> bool {
        let Some(raw) = raw_signature(self.algorithm, signature) else {
            return false;
        };
        if !ALGORITHMS.iter().any(|(known, _)| *known == self.algorithm) {
            return false;
        }
        self.signature = raw;
        let usual = usual_room(self.algorithm, signature.len());
        self.room = (room != usual).then(|| u64::try_from(room).unwrap_or(u64::MAX));
        self.room.is_none_or(|room| room <= ROOM_MOST)
    }

    /// The signature value as it stands in the file, and the room that was reserved for it.
    pub(crate) fn signature(&self) -> Option<(Vec<u8>, usize)> {
        let made = match ecdsa_width(self.algorithm) {
            Some(_) => ecdsa_fixed_to_der(&self.signature)?,
            None => self.signature.clone(),
        };
        let room = match self.room {
            Some(room) => usize::try_from(room).ok()?,
            None => usual_room(self.algorithm, made.len()),
        };
        Some((made, room))
    }
}

/// The signature value in the form of the object; `None` if the way back would give another one.
#[cfg(all(feature = "compose", feature = "seal"))]
fn raw_signature(algorithm: SignatureAlgorithm, signature: &[u8]) -> Option<Vec<u8>> {
    let Some(width) = ecdsa_width(algorithm) else {
        return Some(signature.to_vec());
    };
    let raw = ecdsa_der_to_fixed(signature, width)?;
    (ecdsa_fixed_to_der(&raw)? == signature).then_some(raw)
}

impl DrawnSeal {
    fn read(value: &Value) -> Result<Self, PayloadError> {
        let all = Members::of(value, &SEAL_NAMES, "seal")?;
        let usual = Self::USUAL;
        Ok(Self {
            name: all.text(1, 200)?,
            code: all.text(2, 200)?,
            legend: all.text(3, 200)?,
            diameter_um: all.optional(4, MICROMETRES_MOST)?.unwrap_or(usual.diameter_um),
            ring_um: all.optional(5, MICROMETRES_MOST)?.unwrap_or(usual.ring_um),
            centre: all.optional(6, 1)?.unwrap_or(usual.centre),
            colour: match all.find(7) {
                Some(_) => all.fixed(7)?,
                None => usual.colour,
            },
        })
    }

    /// `None` if all is as usual.
    fn value(&self) -> Option<Value> {
        let usual = Self::USUAL;
        let text = |text: &Option<String>| text.as_deref().map(Value::text);
        let other = |own: u64, usual: u64| (own != usual).then_some(Value::Unsigned(own));
        let members = [
            text(&self.name),
            text(&self.code),
            text(&self.legend),
            other(self.diameter_um, usual.diameter_um),
            other(self.ring_um, usual.ring_um),
            other(self.centre, usual.centre),
            (self.colour != usual.colour).then(|| Value::Bytes(self.colour.to_vec())),
        ];
        (*self != usual).then(|| map(members))
    }
}

/// The members that are there under the keys 1, 2, 3 ..
fn map<const N: usize>(members: [Option<Value>; N]) -> Value {
    let keyed = (1..).zip(members);
    let present = keyed.filter_map(|(key, value)| Some((Value::Unsigned(key), value?)));
    Value::Map(present.collect())
}

fn wrong(name: &'static str, reason: &'static str) -> PayloadError {
    PayloadError::Whole { name, reason }
}

/// The members of one map whose keys are all known.
struct Members<'a> {
    pairs: &'a [(Value, Value)],
    names: &'static [&'static str],
}

impl<'a> Members<'a> {
    fn of(
        value: &'a Value,
        names: &'static [&'static str],
        name: &'static str,
    ) -> Result<Self, PayloadError> {
        let pairs = value.as_map().ok_or(wrong(name, "is not a map"))?;
        let known = |key: &Value| matches!(key, Value::Unsigned(key) if place(*key, names).is_some());
        match pairs.iter().all(|(key, _)| known(key)) {
            true => Ok(Self { pairs, names }),
            false => Err(wrong(name, "has a member this version does not know")),
        }
    }

    fn find(&self, key: u64) -> Option<&'a Value> {
        let found = self.pairs.iter().find(|(own, _)| *own == Value::Unsigned(key));
        found.map(|(_, value)| value)
    }

    fn error(&self, key: u64, reason: &'static str) -> PayloadError {
        wrong(place(key, self.names).unwrap_or("object"), reason)
    }

    fn required(&self, key: u64) -> Result<&'a Value, PayloadError> {
        self.find(key).ok_or_else(|| self.error(key, "is missing"))
    }

    fn bytes(&self, key: u64) -> Result<&'a [u8], PayloadError> {
        let value = self.required(key)?;
        value.as_bytes().ok_or_else(|| self.error(key, "is not bytes"))
    }

    fn fixed<const N: usize>(&self, key: u64) -> Result<[u8; N], PayloadError> {
        let bytes = self.bytes(key)?;
        bytes
            .try_into()
            .map_err(|_| self.error(key, "has another length than it must have"))
    }

    fn number(&self, key: u64) -> Result<u64, PayloadError> {
        match self.required(key)? {
            Value::Unsigned(number) => Ok(*number),
            _ => Err(self.error(key, "is not a number")),
        }
    }

    fn optional(&self, key: u64, most: u64) -> Result<Option<u64>, PayloadError> {
        match self.find(key) {
            None => Ok(None),
            Some(Value::Unsigned(number)) if *number <= most => Ok(Some(*number)),
            Some(_) => Err(self.error(key, "is not a number in its range")),
        }
    }

    /// A place on a status list.
    fn place(&self, key: u64) -> Result<Option<StatusReference>, PayloadError> {
        let Some(value) = self.find(key) else {
            return Ok(None);
        };
        let Some([Value::Text(uri), Value::Unsigned(index)]) = value.as_array() else {
            return Err(self.error(key, "is not the address of a list and a number"));
        };
        let index = u32::try_from(*index).map_err(|_| self.error(key, "has a number that no list has"))?;
        let place = StatusReference::new(uri, index);
        place
            .map(Some)
            .map_err(|_| self.error(key, "has an address that is not https, host and path"))
    }

    fn text(&self, key: u64, most: usize) -> Result<Option<String>, PayloadError> {
        let Some(value) = self.find(key) else {
            return Ok(None);
        };
        let text = value.as_text().ok_or_else(|| self.error(key, "is not text"))?;
        line(text, most).map_err(|_| {
            self.error(
                key,
                "is empty, too long or has characters that may not be printed",
            )
        })?;
        Ok(Some(text.to_owned()))
    }
}

/// The name of the member under `key`.
fn place(key: u64, names: &'static [&'static str]) -> Option<&'static str> {
    let index = usize::try_from(key.checked_sub(1)?).ok()?;
    names.get(index).copied()
}
