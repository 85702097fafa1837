//! COSE_Sign1 (RFC 9052, clause 4.2): one signature over one payload, in deterministic CBOR.
//!
//! Reading is strict: whatever could give two readers two opinions is refused (labels in both headers, unknown critical
//! labels, encodings that are not the shortest). ECDSA signatures are malleable (`s` and `n - s` both verify), so nothing
//! may identify an object by its signature bytes; identity is that of the payload bytes.

mod algorithm;
mod header;
pub mod status;
mod unsigned;

use core::fmt;

pub use header::{Header, MediaType};
pub use unsigned::Unsigned;

use crate::cbor::{CborError, Value};
use crate::crypto::{EcdsaForm, PublicKey};
use crate::error::At;
use crate::limits::Limits;

/// A COSE_Sign1 object as received. Nothing about it is verified until [`verify`](Self::verify) says so.
#[non_exhaustive]
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Sign1 {
    /// Whether CBOR tag 18 stood in front. Ours always carry it; it is optional on foreign objects.
    pub tagged: bool,
    /// The protected header as received: the content of the byte string.
    pub protected: Vec<u8>,
    /// What both headers say.
    pub header: Header,
    /// The payload. Untrusted until verified.
    pub payload: Vec<u8>,
    /// The signature: `r || s` for ECDSA.
    pub signature: Vec<u8>,
}

/// Why bytes are not a COSE_Sign1 object we read or write, or do not verify.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum CoseError {
    /// The signature algorithm has no name in COSE or is not supported.
    Algorithm,
    /// Not deterministic CBOR; the offset counts from the start of the object, or of the protected header's map.
    Cbor(CborError),
    /// The `crit` header names a label that is not understood, or is malformed (RFC 9052, clause 3.1).
    Critical,
    /// The payload is detached (`nil`); such objects are not read here.
    Detached,
    /// A header label stands in both headers, the value is the label.
    DuplicateLabel(i64),
    /// A header has a wrong type or place; the value names it.
    Header(&'static str),
    /// The object is valid COSE, but not as our formats write it; the value says what differs.
    Profile(&'static str),
    /// Not the array of four of RFC 9052, clause 4.2, or another tag than 18.
    Shape,
    /// The signature does not have the form its algorithm asks for.
    SignatureForm,
    /// The signature does not verify with this key.
    Unverified,
}

impl Sign1 {
    /// Reads one object from the whole of `bytes`.
    ///
    /// # Errors
    /// Occurs if the bytes are not deterministic CBOR of that shape, a header is malformed or stands twice, the
    /// algorithm is not supported, or an unknown label is critical.
    pub fn parse(bytes: &[u8], limits: &Limits) -> Result<Self, CoseError> {
        let value = Value::decode(bytes, limits).map_err(CoseError::Cbor)?;
        Self::of(value, Origin::Ours, limits)
    }

    /// Reads an object that another program made, to be looked at: any well-formed CBOR, the tag of a CWT (61) around it, and a key
    /// identifier in both headers, of which the protected one counts (HCERT 1.0, clause 3.3.2).
    ///
    /// # Errors
    /// As for [`parse`](Self::parse), but for these freedoms.
    pub fn parse_foreign(bytes: &[u8], limits: &Limits) -> Result<Self, CoseError> {
        let value = Value::decode_foreign(bytes, limits).map_err(CoseError::Cbor)?;
        let value = match value {
            Value::Tag(CWT_TAG, inner) => *inner,
            value => value,
        };
        Self::of(value, Origin::Foreign, limits)
    }

    fn of(value: Value, origin: Origin, limits: &Limits) -> Result<Self, CoseError> {
        let (tagged, value) = match value {
            Value::Tag(TAG, inner) => (true, *inner),
            value => (false, value),
        };
        let Value::Array(items) = value else {
            return Err(CoseError::Shape);
        };
        let [protected, unprotected, payload, signature] =
            <[Value; 4]>::try_from(items).map_err(|_| CoseError::Shape)?;
        let (Value::Bytes(protected), Value::Map(unprotected), Value::Bytes(signature)) =
            (protected, unprotected, signature)
        else {
            return Err(CoseError::Shape);
        };
        let payload = match payload {
            Value::Bytes(payload) => payload,
            Value::Null => return Err(CoseError::Detached),
            _ => return Err(CoseError::Shape),
        };
        let header = Header::read(&protected, &unprotected, origin, limits)?;
        Ok(Self {
            tagged,
            protected,
            header,
            payload,
            signature,
        })
    }

    /// The bytes under the signature: Sig_structure of RFC 9052, clause 4.4.
    #[must_use]
    pub fn to_be_signed(&self, external_aad: &[u8]) -> Vec<u8> {
        to_be_signed(&self.protected, external_aad, &self.payload)
    }

    /// Checks the signature, without external data. Whose key it is, and whether it may sign this, is not our question.
    ///
    /// # Errors
    /// Occurs if the signature does not verify or the key does not fit the algorithm in the header.
    pub fn verify(&self, key: &PublicKey) -> Result<(), CoseError> {
        self.verify_with(key, &[])
    }

    /// Checks the signature over payload and `external_aad`.
    ///
    /// # Errors
    /// Occurs if the signature does not verify or the key does not fit the algorithm in the header.
    pub fn verify_with(&self, key: &PublicKey, external_aad: &[u8]) -> Result<(), CoseError> {
        let message = self.to_be_signed(external_aad);
        key.verify(self.header.algorithm, EcdsaForm::Fixed, &message, &self.signature)
            .map_err(|_| CoseError::Unverified)
    }

    /// Whether the object is written as our formats write it: tag 18; protected exactly algorithm, key identifier of 8
    /// bytes and `typ`; unprotected nothing, or a certificate chain. `docs/FORMAT.md`, clause 3.
    ///
    /// # Errors
    /// Occurs if anything differs; the error says what.
    pub fn check_profile(&self, typ: &str) -> Result<(), CoseError> {
        let header = &self.header;
        if !self.tagged {
            return Err(CoseError::Profile("tag 18 is missing"));
        }
        if header.typ != Some(MediaType::Text(typ.to_owned())) {
            return Err(CoseError::Profile("typ is another one or missing"));
        }
        let kid = header.kid.as_deref().unwrap_or_default();
        if kid.len() != KID_LENGTH {
            return Err(CoseError::Profile("kid is not 8 bytes"));
        }
        if header::protected(header.algorithm, kid, typ)? != self.protected {
            return Err(CoseError::Profile(
                "the protected header is not exactly algorithm, kid and typ",
            ));
        }
        if header.other_unprotected {
            return Err(CoseError::Profile(
                "the unprotected header has more than a certificate chain",
            ));
        }
        Ok(())
    }
}

/// COSE_Sign1 (RFC 9052, table 1).
const TAG: u64 = 18;
/// A CWT (RFC 8392, clause 6).
const CWT_TAG: u64 = 61;
/// Who wrote an object, and so how strictly it is read.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Origin {
    Ours,
    Foreign,
}

/// Bytes of a key identifier: the first 8 of SHA-256 over the certificate, as in the EU's HCERT (`docs/FORMAT.md`).
pub const KID_LENGTH: usize = 8;

/// Sig_structure for COSE_Sign1. A protected header that is an empty map counts as no bytes (RFC 9052, clause 4.4).
fn to_be_signed(protected: &[u8], external_aad: &[u8], payload: &[u8]) -> Vec<u8> {
    let protected = if protected == [0xa0] { &[] } else { protected };
    Value::Array(vec![
        Value::text("Signature1"),
        Value::Bytes(protected.to_vec()),
        Value::Bytes(external_aad.to_vec()),
        Value::Bytes(payload.to_vec()),
    ])
    .encode()
}

impl fmt::Display for CoseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Algorithm => {
                f.write_str("signature algorithm not supported in cose; use ES256, ES384, EdDSA or PS256")
            }
            Self::Cbor(At { kind, offset }) => write!(f, "{kind} at byte {offset}"),
            Self::Critical => f.write_str("the crit header is malformed or names a label not understood"),
            Self::Detached => f.write_str("the payload is detached"),
            Self::DuplicateLabel(label) => write!(f, "header label {label} stands in both headers"),
            Self::Header(name) => write!(f, "header {name} has a wrong type or place"),
            Self::Profile(what) => f.write_str(what),
            Self::Shape => f.write_str("not a COSE_Sign1 array of four with tag 18 or none"),
            Self::SignatureForm => f.write_str("the signature does not have the form of its algorithm"),
            Self::Unverified => f.write_str("the signature does not verify with this key"),
        }
    }
}

impl core::error::Error for CoseError {}
