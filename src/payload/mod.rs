//! What a QR code carries (码内凭证): signed claims about one result, small enough to print.
//!
//! ```text
//! Record -> Payload -> claims (CWT, deterministic CBOR) -> COSE_Sign1 -> dictionary + deflate -> digits or Base45
//! ```
//! The signature covers the claims, never their compressed form. Byte by byte: `docs/FORMAT.md`, clauses 3 to 5.
//!
//! ```
//! use yinxin::crypto::{PrivateKey, SignatureAlgorithm};
//! use yinxin::limits::Limits;
//! use yinxin::payload::{Payload, SignedPayload, TextForm, decode_text, encode_text};
//! use yinxin::record::Record;
//!
//! # let mut pkcs8 = vec![0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20];
//! # pkcs8.extend([7; 32]);
//! let limits = Limits::DEFAULT;
//! let record = Record::from_json(include_bytes!("../../examples/data/records/residence.json"), &limits)?;
//! let key = PrivateKey::from_pkcs8(&pkcs8)?;
//! let kid = [0x5a, 0xe1, 0x07, 0x9c, 0xd3, 0x48, 0xb6, 0x2f]; // of the seal's certificate
//!
//! let unsigned = Payload::of(&record).unsigned(SignatureAlgorithm::Ed25519, &kid)?;
//! let signature = key.sign(SignatureAlgorithm::Ed25519, &unsigned.to_be_signed())?;
//! let text = encode_text(&unsigned.finish(&signature)?, &TextForm::Url("https://zm.binhai.example/v"))?;
//!
//! // Whoever prints another address on the paper changes nothing: the digits are what is read.
//! let forged = text.replace("zm.binhai.example", "zm-binhai.example");
//! let read = SignedPayload::parse(&decode_text(&forged, &limits)?, &limits)?;
//! read.verify(&key.public_key())?;
//! assert_eq!(read.payload().holder_name(), "林若溪");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod claims;
mod compression;
mod decimal;
mod holder;
mod members;
mod set;
mod status;
mod text;
mod whole;

use core::fmt;

pub use claims::Payload;
pub use holder::HolderMatch;
pub use set::{SetError, Sets, SplitRule, split};
pub use status::StatusReference;
pub(crate) use text::base45_strict;
pub use text::{TEXT_CHARACTERS, TextForm, decode_text, encode_text};
pub use whole::Whole;
#[cfg(all(feature = "compose", feature = "seal"))]
pub(crate) use {
    text::text_of_any_length,
    whole::{DrawnSeal, FIRST_FIELD},
};

use crate::cbor::CborError;
use crate::cose::{CoseError, Sign1};
use crate::crypto::{DigestAlgorithm, PublicKey, SignatureAlgorithm};
use crate::error::At;
use crate::limits::Limits;
use crate::record::RecordError;

/// The media type in the `typ` header of a payload (RFC 9596).
pub const TYP: &str = "application/vnd.yinxin.result+cwt";

/// What codes are signed with (`docs/FORMAT.md`, clause 3.1): 64 bytes of signature, and every reader has both.
const ALGORITHMS: [SignatureAlgorithm; 2] =
    [SignatureAlgorithm::EcdsaP256Sha256, SignatureAlgorithm::Ed25519];

/// A payload with the signature around it. Parsed, not verified: nothing in it is true yet.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SignedPayload {
    payload: Payload,
    sign1: Sign1,
    kid: [u8; 8],
}

/// Why something is not a payload, or not a text that carries one.
#[non_exhaustive]
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum PayloadError {
    /// The base address of a text form is not acceptable; the value says why.
    Base(&'static str),
    /// The claims are not deterministic CBOR.
    Cbor(CborError),
    /// A character that the text form does not have, or digits that no encoder writes, at this byte of the text.
    Characters(usize),
    /// A claim is missing, unknown, malformed or at odds with another.
    Claim {
        /// The claim: `iss`, `sub`, `fields`.
        name: &'static str,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The COSE object is not one, not written as ours are, or does not verify.
    Cose(CoseError),
    /// The compressed bytes are damaged, or bytes follow them.
    Deflate,
    /// The dictionary with this number is not known; a newer version may know it.
    Dictionary(u8),
    /// The record in a whole object is not one.
    Record(RecordError),
    /// A label was chosen that the record does not have.
    Label(String),
    /// The holder is not the one of the claims.
    OtherHolder,
    /// The text starts neither with `https://` and a `#` nor with `YX1:`.
    Scheme,
    /// Larger than the limit, which is the value: bytes for a payload, characters for a text.
    TooLarge(usize),
    /// A member of a whole object is missing, unknown or malformed.
    Whole {
        /// The member: `template`, `signature`.
        name: &'static str,
        /// What is wrong with it.
        reason: &'static str,
    },
}

impl SignedPayload {
    /// Reads a COSE_Sign1 object that holds a payload, in the one way we write it (`docs/FORMAT.md`, clause 3).
    ///
    /// # Errors
    /// Occurs if the bytes are larger than `Limits::payload_bytes`, not such an object, or a claim is wrong.
    pub fn parse(cose: &[u8], limits: &Limits) -> Result<Self, PayloadError> {
        if cose.len() > limits.payload_bytes {
            return Err(PayloadError::TooLarge(limits.payload_bytes));
        }
        let sign1 = Sign1::parse(cose, limits).map_err(PayloadError::Cose)?;
        sign1.check_profile(TYP).map_err(PayloadError::Cose)?;
        if !ALGORITHMS.contains(&sign1.header.algorithm) {
            return Err(PayloadError::Cose(CoseError::Algorithm));
        }
        if !sign1.header.certificates.is_empty() {
            let reason = CoseError::Profile("a payload carries no certificates");
            return Err(PayloadError::Cose(reason));
        }
        let kid = sign1.header.kid.as_deref().and_then(|kid| kid.try_into().ok());
        let kid = kid.ok_or(PayloadError::Cose(CoseError::Header("kid")))?;
        let payload = Payload::decode_claims(&sign1.payload, limits)?;
        Ok(Self { payload, sign1, kid })
    }

    /// The claims. Untrusted until [`verify`](Self::verify) passes with a key that may make them.
    #[must_use]
    pub fn payload(&self) -> &Payload {
        &self.payload
    }

    /// The COSE object around them.
    #[must_use]
    pub fn sign1(&self) -> &Sign1 {
        &self.sign1
    }

    /// A hint at the certificate: first 8 bytes of SHA-256 over its DER. Not unique.
    #[must_use]
    pub fn kid(&self) -> [u8; 8] {
        self.kid
    }

    /// What identifies this payload: SHA-256 over the claims. To be remembered, revoked and compared by; the bytes of the object can
    /// be altered without the key (`docs/FORMAT.md`, clause 1).
    #[must_use]
    pub fn identity(&self) -> [u8; 32] {
        let digest = DigestAlgorithm::Sha256.digest(&self.sign1.payload);
        digest.try_into().unwrap_or_default()
    }

    /// Checks the signature with `key`. Whose key it is, and what it may sign, is for the authority list to say.
    ///
    /// # Errors
    /// Occurs if the signature does not verify with this key.
    pub fn verify(&self, key: &PublicKey) -> Result<(), PayloadError> {
        self.sign1.verify(key).map_err(PayloadError::Cose)
    }
}

impl fmt::Display for PayloadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Base(why) => write!(f, "base address {why}"),
            Self::Cbor(At { kind, offset }) => write!(f, "claims: {kind} at byte {offset}"),
            Self::Characters(at) => write!(f, "the text of the code is damaged at character {at}"),
            Self::Claim { name, reason } => write!(f, "claim {name} {reason}"),
            Self::Cose(error) => error.fmt(f),
            Self::Deflate => f.write_str("compressed bytes are damaged or followed by others"),
            Self::Dictionary(id) => write!(f, "dictionary {id} is not known; a newer version may know it"),
            Self::Label(label) => write!(f, "the record has no field {label}"),
            Self::OtherHolder => {
                f.write_str("the holder is not the one of the claims; take the record they were made of")
            }
            Self::Record(error) => write!(f, "record: {error}"),
            Self::Scheme => f.write_str("not a code of ours: starts neither with https:// nor with YX1:"),
            Self::TooLarge(most) => write!(f, "larger than {most}"),
            Self::Whole { name, reason } => write!(f, "whole code: {name} {reason}"),
        }
    }
}

impl core::error::Error for PayloadError {}
