//! The two headers of a COSE object and what they may say.

use super::{CoseError, Origin, algorithm};
use crate::cbor::Value;
use crate::crypto::SignatureAlgorithm;
use crate::limits::Limits;

/// What both headers of an object say, and where it stood where that matters.
#[non_exhaustive]
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Header {
    /// Label 1: the signature algorithm.
    pub algorithm: SignatureAlgorithm,
    /// Whether the algorithm stood in the protected header, where RFC 9052 wants it. Ours always does.
    pub algorithm_protected: bool,
    /// Label 4: a hint at the key. Not unique; every certificate with this identifier must be tried.
    pub kid: Option<Vec<u8>>,
    /// Label 16 (RFC 9596): what kind of object this is.
    pub typ: Option<MediaType>,
    /// Label 3: what kind of payload this is.
    pub content_type: Option<MediaType>,
    /// Label 33 (RFC 9360): certificates, DER, the signer's first. Untrusted.
    pub certificates: Vec<Vec<u8>>,
    /// Whether the unprotected header has more than a certificate chain.
    pub(super) other_unprotected: bool,
}

/// A media type, by name or by number (CoAP Content-Formats).
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum MediaType {
    /// By number.
    Number(u64),
    /// By name.
    Text(String),
}

const ALGORITHM: i64 = 1;
const CRITICAL: i64 = 2;
const CONTENT_TYPE: i64 = 3;
const KID: i64 = 4;
const TYP: i64 = 16;
const X5CHAIN: i64 = 33;
/// The labels a `crit` header may name, because they are acted on or handed to the caller.
const UNDERSTOOD: [i64; 5] = [ALGORITHM, CONTENT_TYPE, KID, TYP, X5CHAIN];

/// The protected header of our own objects.
pub(super) fn protected(
    signature_algorithm: SignatureAlgorithm,
    kid: &[u8],
    typ: &str,
) -> Result<Vec<u8>, CoseError> {
    let number = algorithm::number(signature_algorithm).ok_or(CoseError::Algorithm)?;
    let map = Value::Map(vec![
        (Value::integer(ALGORITHM), Value::integer(number)),
        (Value::integer(KID), Value::Bytes(kid.to_vec())),
        (Value::integer(TYP), Value::text(typ)),
    ]);
    Ok(map.encode())
}

/// The unprotected header of our own objects: nothing, or the chain (RFC 9360: one certificate stands alone).
pub(super) fn unprotected(certificates: Vec<Vec<u8>>) -> Value {
    let mut chain: Vec<Value> = certificates.into_iter().map(Value::Bytes).collect();
    let value = match chain.len() {
        0 => return Value::Map(vec![]),
        1 => chain.remove(0),
        _ => Value::Array(chain),
    };
    Value::Map(vec![(Value::integer(X5CHAIN), value)])
}

impl Header {
    pub(super) fn read(
        protected: &[u8],
        unprotected: &[(Value, Value)],
        origin: Origin,
        limits: &Limits,
    ) -> Result<Self, CoseError> {
        let decoded = match (protected, origin) {
            ([], _) => Value::Map(vec![]),
            (bytes, Origin::Ours) => Value::decode(bytes, limits).map_err(CoseError::Cbor)?,
            (bytes, Origin::Foreign) => Value::decode_foreign(bytes, limits).map_err(CoseError::Cbor)?,
        };
        let protected = decoded.as_map().ok_or(CoseError::Header("protected"))?;
        let both = Both {
            protected,
            unprotected,
            origin,
        };
        both.check_labels()?;
        both.check_critical()?;
        let (algorithm, algorithm_protected) = both.find(ALGORITHM).ok_or(CoseError::Header("alg"))?;
        let algorithm = algorithm.as_integer().and_then(algorithm::algorithm);
        let kid = both.find(KID).map(|(kid, _)| {
            let kid = kid.as_bytes().map(<[u8]>::to_vec);
            kid.ok_or(CoseError::Header("kid"))
        });
        Ok(Self {
            algorithm: algorithm.ok_or(CoseError::Algorithm)?,
            algorithm_protected,
            kid: kid.transpose()?,
            typ: both.media_type(TYP, "typ")?,
            content_type: both.media_type(CONTENT_TYPE, "content type")?,
            certificates: both.certificates(limits)?,
            other_unprotected: unprotected
                .iter()
                .any(|(label, _)| label.as_integer() != Some(X5CHAIN)),
        })
    }
}

#[derive(Clone, Copy)]
struct Both<'a> {
    protected: &'a [(Value, Value)],
    unprotected: &'a [(Value, Value)],
    origin: Origin,
}

impl<'a> Both<'a> {
    /// The value of `label`, and whether it is protected. Each header is sorted and small compared to what was decoded.
    fn find(self, label: i64) -> Option<(&'a Value, bool)> {
        let named = |(key, _): &&(Value, Value)| key.as_integer() == Some(label);
        let protected = self.protected.iter().find(named).map(|(_, value)| (value, true));
        protected.or_else(|| {
            self.unprotected
                .iter()
                .find(named)
                .map(|(_, value)| (value, false))
        })
    }

    /// Labels are integers or text, and no label of ours stands in both headers (RFC 9052, clause 3).
    fn check_labels(self) -> Result<(), CoseError> {
        let label = |(key, _): &(Value, Value)| {
            matches!(key, Value::Unsigned(_) | Value::Negative(_) | Value::Text(_))
        };
        if !self.protected.iter().all(label) || !self.unprotected.iter().all(label) {
            return Err(CoseError::Header("label"));
        }
        for label in UNDERSTOOD.into_iter().chain([CRITICAL]) {
            let stands = |map: &[(Value, Value)]| map.iter().any(|(key, _)| key.as_integer() == Some(label));
            let may_repeat = label == KID && self.origin == Origin::Foreign;
            if stands(self.protected) && stands(self.unprotected) && !may_repeat {
                return Err(CoseError::DuplicateLabel(label));
            }
        }
        Ok(())
    }

    /// RFC 9052, clause 3.1: `crit` is protected, not empty, and names protected labels that we understand.
    fn check_critical(self) -> Result<(), CoseError> {
        let labels = match self.find(CRITICAL) {
            None => return Ok(()),
            Some((Value::Array(labels), true)) if !labels.is_empty() => labels,
            Some(_) => return Err(CoseError::Critical),
        };
        let understood = |label: &Value| {
            label.as_integer().is_some_and(|label| {
                UNDERSTOOD.contains(&label) && self.find(label).is_some_and(|(_, protected)| protected)
            })
        };
        if labels.iter().all(understood) {
            Ok(())
        } else {
            Err(CoseError::Critical)
        }
    }

    fn media_type(self, label: i64, name: &'static str) -> Result<Option<MediaType>, CoseError> {
        match self.find(label) {
            None => Ok(None),
            Some((Value::Unsigned(number), _)) => Ok(Some(MediaType::Number(*number))),
            Some((Value::Text(text), _)) => Ok(Some(MediaType::Text(text.clone()))),
            Some(_) => Err(CoseError::Header(name)),
        }
    }

    /// COSE_X509 of RFC 9360: one certificate, or an array of two or more.
    fn certificates(self, limits: &Limits) -> Result<Vec<Vec<u8>>, CoseError> {
        let malformed = CoseError::Header("x5chain");
        match self.find(X5CHAIN) {
            None => Ok(vec![]),
            Some((Value::Bytes(certificate), _)) => Ok(vec![certificate.clone()]),
            Some((Value::Array(chain), _)) if (2..=limits.certificates).contains(&chain.len()) => chain
                .iter()
                .map(|item| item.as_bytes().map(<[u8]>::to_vec).ok_or(malformed))
                .collect(),
            Some(_) => Err(malformed),
        }
    }
}
