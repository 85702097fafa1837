//! Numbers of signature algorithms (IANA "COSE Algorithms").

use crate::crypto::SignatureAlgorithm;

/// What we write, and read.
const NAMES: [(SignatureAlgorithm, i64); 4] = [
    (SignatureAlgorithm::EcdsaP256Sha256, -7),
    (SignatureAlgorithm::Ed25519, -8),
    (SignatureAlgorithm::EcdsaP384Sha384, -35),
    (SignatureAlgorithm::RsaPssSha256, -37),
];

pub(super) fn number(algorithm: SignatureAlgorithm) -> Option<i64> {
    NAMES.iter().find(|(a, _)| *a == algorithm).map(|(_, n)| *n)
}

/// Also reads -19, the fully specified Ed25519 of RFC 9864.
pub(super) fn algorithm(number: i64) -> Option<SignatureAlgorithm> {
    let number = if number == -19 { -8 } else { number };
    NAMES.iter().find(|(_, n)| *n == number).map(|(a, _)| *a)
}
