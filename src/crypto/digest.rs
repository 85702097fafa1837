//! Digests: SHA-2 of FIPS 180-4.

use core::num::NonZeroU32;

use ring::{digest, pbkdf2};

/// A digest algorithm that may protect a result. What is not listed is not computed.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum DigestAlgorithm {
    /// SHA-256.
    Sha256,
    /// SHA-384.
    Sha384,
    /// SHA-512.
    Sha512,
}

impl DigestAlgorithm {
    /// The digest of `bytes` in one call.
    #[must_use]
    pub fn digest(self, bytes: &[u8]) -> Vec<u8> {
        digest::digest(self.ring(), bytes).as_ref().to_vec()
    }

    /// Length of the digest in bytes.
    #[must_use]
    pub fn length(self) -> usize {
        self.ring().output_len()
    }

    /// The object identifier in dotted form (RFC 5754, clause 2).
    #[must_use]
    pub fn oid(self) -> &'static str {
        match self {
            Self::Sha256 => "2.16.840.1.101.3.4.2.1",
            Self::Sha384 => "2.16.840.1.101.3.4.2.2",
            Self::Sha512 => "2.16.840.1.101.3.4.2.3",
        }
    }

    /// The algorithm with the dotted object identifier `oid`, if it is one of ours.
    #[must_use]
    pub fn from_oid(oid: &str) -> Option<Self> {
        [Self::Sha256, Self::Sha384, Self::Sha512]
            .into_iter()
            .find(|a| a.oid() == oid)
    }

    fn ring(self) -> &'static digest::Algorithm {
        match self {
            Self::Sha256 => &digest::SHA256,
            Self::Sha384 => &digest::SHA384,
            Self::Sha512 => &digest::SHA512,
        }
    }
}

/// SHA-1 as a name for something that is at hand: a certificate in an old signing-certificate attribute (RFC 2634, clause 5.4), an
/// issuer in an OCSP response (RFC 6960, clause 4.1.1).
///
/// For nothing else: collisions of SHA-1 can be made, so it protects no content.
pub(crate) fn sha1_as_identifier(der: &[u8]) -> Vec<u8> {
    digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, der)
        .as_ref()
        .to_vec()
}

/// PBKDF2 with HMAC-SHA-256 (RFC 8018, clause 5.2): slow on purpose, by the number of `rounds`.
pub(crate) fn pbkdf2_sha256<const N: usize>(password: &[u8], salt: &[u8], rounds: NonZeroU32) -> [u8; N] {
    let mut out = [0; N];
    pbkdf2::derive(pbkdf2::PBKDF2_HMAC_SHA256, rounds, salt, password, &mut out);
    out
}

/// A digest over bytes that arrive in pieces.
#[derive(Clone)]
pub struct Hasher(digest::Context);

impl Hasher {
    /// An empty digest.
    #[must_use]
    pub fn new(algorithm: DigestAlgorithm) -> Self {
        Self(digest::Context::new(algorithm.ring()))
    }

    /// Adds `bytes`.
    pub fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// The digest of everything added.
    #[must_use]
    pub fn finish(self) -> Vec<u8> {
        self.0.finish().as_ref().to_vec()
    }
}
