//! What a scanned code is, whoever made it, and what of it can be checked.
//!
//! Our own codes are named and read; [`verify`](crate::verify) judges them. Of others, EU health certificates, MOSIP identities (claim 169)
//! and other signed CWTs in Base45 are opened; their signature is checked if a key is given. An inspection is no verdict: it
//! says nothing about who may issue such codes.

mod content;
mod envelope;

use core::fmt;

pub use content::Fact;

use crate::cose::{CoseError, Sign1};
use crate::crypto::PublicKey;
use crate::limits::Limits;
use crate::payload::SignedPayload;
use crate::pki::Certificate;
use crate::time::Time;
use content::Claims;
use envelope::Envelope;

/// What a code is, by its outer form.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum CodeKind {
    /// A result of ours: `YX1:`, or an address with digits. [`verify`](crate::verify) judges it; what it says of itself is told here if
    /// it can be read.
    Result,
    /// One part of a set of ours; [`Sets`](crate::payload::Sets) joins them.
    SetPart,
    /// An EU health certificate (HCERT, `HC1:`).
    HealthCertificate,
    /// A MOSIP identity: a CWT with claim 169.
    Identity,
    /// Another signed CWT, compressed and in Base45.
    Cwt,
    /// An address of the World Wide Web. It was not opened.
    Link,
    /// Text of no kind that is known here.
    Text,
}

/// A key that may have signed a foreign code.
#[derive(Clone, Debug)]
pub enum ForeignKey {
    /// Named by the first eight bytes of its SHA-256, and bound to the uses that its extended key usage states.
    Certificate(Certificate),
    /// A key without a certificate, tried for every code.
    Key(PublicKey),
}

/// What is known of a code's signature.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum SignatureState {
    /// The code has none, or it is not for us to check.
    None,
    /// No key was given that it could have been made with.
    NoKey,
    /// It verifies with the key of this place in the list.
    Verified {
        /// Place in the list of keys, from 0.
        key: usize,
    },
    /// It verifies with none of the keys that it could have been made with.
    Invalid,
}

/// Where the time asked about lies in what the code says of itself.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum TimeState {
    /// The code says nothing of time.
    Unstated,
    /// After its beginning and before its end.
    Within,
    /// Before its issue or its beginning.
    Early,
    /// After its end.
    Expired,
}

/// What was found out about a code.
#[non_exhaustive]
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Inspection {
    /// What it is.
    pub kind: CodeKind,
    /// Whether its signature verifies.
    pub signature: SignatureState,
    /// Whether it is in force at the time asked about, by its own words.
    pub time: TimeState,
    /// Whether the certificate that verified it may sign what it says (HCERT: extended key usage for test, vaccination or
    /// recovery); `None` where nothing restricts it or nothing verified.
    pub key_permits: Option<bool>,
    /// What it says, in its own order. Untrusted unless the signature is verified with a key that may say so.
    pub facts: Vec<Fact>,
}

/// Why a code of a kind that is known could not be opened.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum InspectError {
    /// More characters than the largest QR code holds.
    TooLong,
    /// Damaged at this character of the Base45 text.
    Base45(usize),
    /// Not compressed, damaged, or larger than the limit when inflated.
    Compression,
    /// Encrypted (COSE_Encrypt0); it can be opened by its recipient alone.
    Encrypted,
    /// Not a COSE_Sign1 object that can be read.
    Cose(CoseError),
    /// The payload is not a CWT, or a health certificate without its statement.
    Claims,
}

/// Says what `text` is, and opens and checks it as far as `keys` allow. Nothing is fetched and no address is followed.
///
/// # Errors
/// Occurs if the text has the form of a signed code and cannot be opened. Text of no known form is no error.
pub fn inspect(
    text: &str,
    keys: &[ForeignKey],
    at: Time,
    limits: &Limits,
) -> Result<Inspection, InspectError> {
    let (health, object) = match envelope::open(text, limits)? {
        Envelope::Named(kind) => return Ok(Inspection::named(kind)),
        Envelope::Ours(bytes) => {
            return Ok(match SignedPayload::parse(&bytes, limits) {
                Ok(signed) => own(signed.sign1(), keys, at, limits),
                Err(_) => Inspection::named(CodeKind::Result),
            });
        }
        Envelope::Signed { health, bytes } => {
            let object = Sign1::parse_foreign(&bytes, limits).map_err(InspectError::Cose)?;
            (health, object)
        }
    };
    let claims = Claims::parse(&object.payload, limits).ok_or(InspectError::Claims)?;
    if health && claims.health().is_none() {
        return Err(InspectError::Claims);
    }
    let kind = match (health, claims.is_identity()) {
        (true, _) => CodeKind::HealthCertificate,
        (false, true) => CodeKind::Identity,
        (false, false) => CodeKind::Cwt,
    };
    let signature = signature(&object, keys);
    let verified = match signature {
        SignatureState::Verified { key } => keys.get(key),
        _ => None,
    };
    let key_permits = match verified {
        Some(ForeignKey::Certificate(certificate)) if health => claims.permitted_by(certificate),
        _ => None,
    };
    Ok(Inspection {
        kind,
        signature,
        time: claims.time(at),
        key_permits,
        facts: claims.facts(limits),
    })
}

/// A result of ours by its own words.
fn own(object: &Sign1, keys: &[ForeignKey], at: Time, limits: &Limits) -> Inspection {
    let mut inspection = Inspection::named(CodeKind::Result);
    if let Some(claims) = Claims::parse(&object.payload, limits) {
        inspection.signature = signature(object, keys);
        inspection.time = claims.time(at);
        inspection.facts = claims.facts(limits);
    }
    inspection
}

/// Tries every key that the object can mean. A key identifier is a hint and not unique (RFC 9052, clause 3.1), but one that names
/// another key excludes this one.
fn signature(object: &Sign1, keys: &[ForeignKey]) -> SignatureState {
    if object.signature.is_empty() {
        return SignatureState::None;
    }
    let mut state = SignatureState::NoKey;
    for (place, key) in keys.iter().enumerate() {
        let public = match key {
            ForeignKey::Key(key) => key,
            ForeignKey::Certificate(certificate) => {
                let other = object
                    .header
                    .kid
                    .as_deref()
                    .is_some_and(|kid| kid != certificate.kid());
                if other || !certificate.permits(object.header.algorithm) {
                    continue;
                }
                certificate.public_key()
            }
        };
        if object.verify(public).is_ok() {
            return SignatureState::Verified { key: place };
        }
        state = SignatureState::Invalid;
    }
    state
}

impl Inspection {
    fn named(kind: CodeKind) -> Self {
        Self {
            kind,
            signature: SignatureState::None,
            time: TimeState::Unstated,
            key_permits: None,
            facts: vec![],
        }
    }
}

impl fmt::Display for InspectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong => f.write_str("the text is longer than any qr code"),
            Self::Base45(at) => write!(f, "the code is damaged at character {at}; scan it again"),
            Self::Compression => {
                f.write_str("the code is not compressed as it should be, or damaged; scan it again")
            }
            Self::Encrypted => f.write_str("the code is encrypted; only its recipient can open it"),
            Self::Cose(error) => write!(f, "the signed object in the code cannot be read: {error}"),
            Self::Claims => f.write_str("what is signed in the code is not a set of claims (RFC 8392), or lacks what its kind must say"),
        }
    }
}

impl core::error::Error for InspectError {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match self {
            Self::Cose(error) => Some(error),
            _ => None,
        }
    }
}
