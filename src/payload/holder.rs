//! The proof of the holder's code: whoever types the code learns whether it is the holder's, and nobody else learns the code.
//!
//! A slow hash alone would not keep a citizen number: the masked form already shows 7 of 18 characters, and the three million
//! numbers left are tried in hours. So the hash is cut to 16 bits: some 46 of those numbers fit, and none is singled out however long
//! one computes. It is the same in every result of a holder: with a salt of each result, two codes of one person would leave a single
//! number. A wrong number typed by accident passes once in 65 536. The slowness makes a search over the codes of a whole city dear.
//! `docs/FORMAT.md`, clause 3.4.

use core::num::NonZeroU32;

use serde::Serialize;

use super::PayloadError;
use crate::cbor::Value;
use crate::crypto::{DigestAlgorithm, pbkdf2_sha256};
use crate::record::mask;

/// What a code typed by a clerk has to do with the holder of a result.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum HolderMatch {
    /// It is the holder's; a wrong one is taken for it once in 65 536.
    Match,
    /// It is not the holder's.
    NoMatch,
    /// It fits the masked form, and the claims have no proof that would tell more.
    NotStated,
}

/// The one scheme: algorithm and cost are fixed by the number, so that no code can ask for more work.
const SCHEME: u64 = 1;
const ROUNDS: NonZeroU32 = NonZeroU32::MIN.saturating_add((1 << 18) - 1);

/// PBKDF2-HMAC-SHA-256 over kind and code, salted with what everybody sees of them.
pub(super) fn prove(code_type: &str, code: &str) -> [u8; 2] {
    let code = code.to_ascii_uppercase();
    let joined = |code: &str| [code_type.as_bytes(), &[0], code.as_bytes()].concat();
    let salt = DigestAlgorithm::Sha256.digest(&joined(&mask(&code)));
    pbkdf2_sha256(&joined(&code), &salt, ROUNDS)
}

pub(super) fn to_cbor(proof: [u8; 2]) -> Value {
    Value::Array(vec![Value::Unsigned(SCHEME), Value::Bytes(proof.to_vec())])
}

pub(super) fn of_cbor(value: &Value) -> Result<[u8; 2], PayloadError> {
    if let Some([Value::Unsigned(SCHEME), Value::Bytes(proof)]) = value.as_array()
        && let Ok(proof) = proof.as_slice().try_into()
    {
        return Ok(proof);
    }
    Err(PayloadError::Claim {
        name: "holder proof",
        reason: "is not scheme 1 and 2 bytes",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounds_are_those_of_the_format() {
        assert_eq!(ROUNDS.get(), 262_144);
    }
}
