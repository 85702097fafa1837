//! From the text of a code to the bytes of what is signed.

use miniz_oxide::inflate::decompress_to_vec_zlib_with_limit;

use super::{CodeKind, InspectError};
use crate::cbor::Value;
use crate::limits::Limits;
use crate::payload::{TEXT_CHARACTERS, base45_strict, decode_text};

/// What stands around the contents of a code.
pub(super) enum Envelope {
    /// Nothing is to be opened.
    Named(CodeKind),
    /// COSE as ours is: tagged, deterministic.
    Ours(Vec<u8>),
    /// COSE, from a health certificate or from a code without a prefix.
    Signed { health: bool, bytes: Vec<u8> },
}

/// HCERT 1.0, clause 4.1.
const HEALTH: &str = "HC1:";
/// COSE_Encrypt0 (RFC 9052, table 1).
const ENCRYPTED: u64 = 16;

pub(super) fn open(text: &str, limits: &Limits) -> Result<Envelope, InspectError> {
    if text.len() > TEXT_CHARACTERS {
        return Err(InspectError::TooLong);
    }
    let starts = |prefix: &str| {
        text.get(..prefix.len())
            .is_some_and(|head| head.eq_ignore_ascii_case(prefix))
    };
    let ours = decode_text(text, limits);
    match ours {
        // CBOR tag 18, COSE_Sign1 (RFC 9052, clause 2).
        Ok(bytes) if bytes.first() == Some(&0xd2) => return Ok(Envelope::Ours(bytes)),
        Ok(_) => return Ok(Envelope::Named(CodeKind::Result)),
        Err(_) if starts("YX1:") => return Ok(Envelope::Named(CodeKind::Result)),
        Err(_) => {}
    }
    if starts("YXS:") {
        return Ok(Envelope::Named(CodeKind::SetPart));
    }
    if starts("https://") || starts("http://") {
        return Ok(Envelope::Named(CodeKind::Link));
    }
    if let Some(body) = text.strip_prefix(HEALTH) {
        let packed =
            base45_strict(body).map_err(|at| InspectError::Base45(at.saturating_add(HEALTH.len())))?;
        let bytes = inflate(&packed, limits).ok_or(InspectError::Compression)?;
        return Ok(Envelope::Signed { health: true, bytes });
    }
    // MOSIP's codes have no prefix: they are what can be read as one, and everything else is text.
    let bytes = base45_strict(text)
        .ok()
        .and_then(|packed| inflate(&packed, limits));
    let Some(bytes) = bytes else {
        return Ok(Envelope::Named(CodeKind::Text));
    };
    match Value::decode_foreign(&bytes, limits) {
        Ok(Value::Tag(_, inner)) if matches!(*inner, Value::Tag(ENCRYPTED, _)) => {
            Err(InspectError::Encrypted)
        }
        Ok(Value::Tag(ENCRYPTED, _)) => Err(InspectError::Encrypted),
        _ => Ok(Envelope::Signed { health: false, bytes }),
    }
}

fn inflate(packed: &[u8], limits: &Limits) -> Option<Vec<u8>> {
    decompress_to_vec_zlib_with_limit(packed, limits.payload_bytes).ok()
}
