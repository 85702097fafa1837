//! Signature algorithms and their verification.

use core::fmt;

use ed25519_dalek::{Signature as DalekSignature, VerifyingKey};
use ring::signature as ring_signature;

use super::{DigestAlgorithm, pss};

/// A signature algorithm with its digest: what a CMS or COSE object names, and nothing weaker.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum SignatureAlgorithm {
    /// ECDSA on P-256 with SHA-256.
    EcdsaP256Sha256,
    /// ECDSA on P-256 with SHA-384 (seen in certificates).
    EcdsaP256Sha384,
    /// ECDSA on P-384 with SHA-256 (seen in certificates).
    EcdsaP384Sha256,
    /// ECDSA on P-384 with SHA-384.
    EcdsaP384Sha384,
    /// Ed25519 (RFC 8032), digest SHA-512 in CMS (RFC 8419, clause 3).
    Ed25519,
    /// RSASSA-PKCS1-v1_5 with SHA-256, modulus 2048 to 8192 bits.
    RsaPkcs1Sha256,
    /// RSASSA-PKCS1-v1_5 with SHA-384.
    RsaPkcs1Sha384,
    /// RSASSA-PKCS1-v1_5 with SHA-512.
    RsaPkcs1Sha512,
    /// RSASSA-PSS with SHA-256, MGF1 with SHA-256, salt 32 bytes; where it is checked, of any length.
    RsaPssSha256,
    /// RSASSA-PSS with SHA-384, MGF1 with SHA-384, salt 48 bytes; where it is checked, of any length.
    RsaPssSha384,
    /// RSASSA-PSS with SHA-512, MGF1 with SHA-512, salt 64 bytes; where it is checked, of any length.
    RsaPssSha512,
}

impl SignatureAlgorithm {
    /// The digest that goes with it: for CMS the message digest of the content as well.
    #[must_use]
    pub fn digest(self) -> DigestAlgorithm {
        match self {
            Self::EcdsaP256Sha256 | Self::EcdsaP384Sha256 | Self::RsaPkcs1Sha256 | Self::RsaPssSha256 => {
                DigestAlgorithm::Sha256
            }
            Self::EcdsaP256Sha384 | Self::EcdsaP384Sha384 | Self::RsaPkcs1Sha384 | Self::RsaPssSha384 => {
                DigestAlgorithm::Sha384
            }
            Self::Ed25519 | Self::RsaPkcs1Sha512 | Self::RsaPssSha512 => DigestAlgorithm::Sha512,
        }
    }
}

impl fmt::Display for SignatureAlgorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::EcdsaP256Sha256 => "ECDSA P-256 with SHA-256",
            Self::EcdsaP256Sha384 => "ECDSA P-256 with SHA-384",
            Self::EcdsaP384Sha256 => "ECDSA P-384 with SHA-256",
            Self::EcdsaP384Sha384 => "ECDSA P-384 with SHA-384",
            Self::Ed25519 => "Ed25519",
            Self::RsaPkcs1Sha256 => "RSA PKCS#1 with SHA-256",
            Self::RsaPkcs1Sha384 => "RSA PKCS#1 with SHA-384",
            Self::RsaPkcs1Sha512 => "RSA PKCS#1 with SHA-512",
            Self::RsaPssSha256 => "RSA PSS with SHA-256",
            Self::RsaPssSha384 => "RSA PSS with SHA-384",
            Self::RsaPssSha512 => "RSA PSS with SHA-512",
        })
    }
}

/// How the two integers of an ECDSA signature are written.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum EcdsaForm {
    /// `SEQUENCE { r INTEGER, s INTEGER }`: X.509 and CMS (RFC 5480, appendix A).
    Der,
    /// `r || s`, each as long as the curve's order: COSE (RFC 9053, clause 2.1).
    Fixed,
}

/// A public key, as bytes of the form its algorithm family uses.
#[non_exhaustive]
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub enum PublicKey {
    /// 32 bytes (RFC 8032).
    Ed25519(Vec<u8>),
    /// Uncompressed point `04 || x || y`, 65 bytes.
    P256(Vec<u8>),
    /// Uncompressed point `04 || x || y`, 97 bytes.
    P384(Vec<u8>),
    /// DER `RSAPublicKey` (RFC 8017, appendix A.1.1).
    Rsa(Vec<u8>),
}

/// The signature is not that key's over that message, or key and algorithm do not fit. Deliberately says no more.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Unverified;

impl fmt::Display for Unverified {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the signature does not verify with this key")
    }
}

impl core::error::Error for Unverified {}

impl PublicKey {
    /// Whether signatures by `algorithm` can be made with this kind of key.
    #[must_use]
    pub fn fits(&self, algorithm: SignatureAlgorithm) -> bool {
        use SignatureAlgorithm as A;
        match self {
            Self::Ed25519(_) => algorithm == A::Ed25519,
            Self::P256(_) => matches!(algorithm, A::EcdsaP256Sha256 | A::EcdsaP256Sha384),
            Self::P384(_) => matches!(algorithm, A::EcdsaP384Sha256 | A::EcdsaP384Sha384),
            Self::Rsa(_) => !matches!(
                algorithm,
                A::Ed25519
                    | A::EcdsaP256Sha256
                    | A::EcdsaP256Sha384
                    | A::EcdsaP384Sha256
                    | A::EcdsaP384Sha384
            ),
        }
    }

    /// Checks `signature` over `message`. `form` matters to ECDSA alone.
    ///
    /// Ed25519 is checked strictly (no small-order keys, canonical encodings), so that one signature has one verdict
    /// everywhere.
    ///
    /// # Errors
    /// Occurs if the signature does not verify or the key does not fit the algorithm.
    pub fn verify(
        &self,
        algorithm: SignatureAlgorithm,
        form: EcdsaForm,
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), Unverified> {
        use SignatureAlgorithm as A;
        let (ring_algorithm, key): (&dyn ring_signature::VerificationAlgorithm, &[u8]) =
            match (self, algorithm, form) {
                (Self::Ed25519(key), A::Ed25519, _) => {
                    return dalek_parts(key, signature).and_then(|(key, signature)| {
                        key.verify_strict(message, &signature).map_err(|_| Unverified)
                    });
                }
                (Self::P256(key), A::EcdsaP256Sha256, EcdsaForm::Der) => {
                    (&ring_signature::ECDSA_P256_SHA256_ASN1, key)
                }
                (Self::P256(key), A::EcdsaP256Sha256, EcdsaForm::Fixed) => {
                    (&ring_signature::ECDSA_P256_SHA256_FIXED, key)
                }
                (Self::P256(key), A::EcdsaP256Sha384, EcdsaForm::Der) => {
                    (&ring_signature::ECDSA_P256_SHA384_ASN1, key)
                }
                (Self::P384(key), A::EcdsaP384Sha256, EcdsaForm::Der) => {
                    (&ring_signature::ECDSA_P384_SHA256_ASN1, key)
                }
                (Self::P384(key), A::EcdsaP384Sha384, EcdsaForm::Der) => {
                    (&ring_signature::ECDSA_P384_SHA384_ASN1, key)
                }
                (Self::P384(key), A::EcdsaP384Sha384, EcdsaForm::Fixed) => {
                    (&ring_signature::ECDSA_P384_SHA384_FIXED, key)
                }
                (Self::Rsa(key), A::RsaPkcs1Sha256, _) => (&ring_signature::RSA_PKCS1_2048_8192_SHA256, key),
                (Self::Rsa(key), A::RsaPkcs1Sha384, _) => (&ring_signature::RSA_PKCS1_2048_8192_SHA384, key),
                (Self::Rsa(key), A::RsaPkcs1Sha512, _) => (&ring_signature::RSA_PKCS1_2048_8192_SHA512, key),
                (Self::Rsa(key), A::RsaPssSha256, _) => (&ring_signature::RSA_PSS_2048_8192_SHA256, key),
                (Self::Rsa(key), A::RsaPssSha384, _) => (&ring_signature::RSA_PSS_2048_8192_SHA384, key),
                (Self::Rsa(key), A::RsaPssSha512, _) => (&ring_signature::RSA_PSS_2048_8192_SHA512, key),
                _ => return Err(Unverified),
            };
        let verified = ring_signature::UnparsedPublicKey::new(ring_algorithm, key).verify(message, signature);
        match (verified, algorithm) {
            (Ok(()), _) => Ok(()),
            (Err(_), A::RsaPssSha256 | A::RsaPssSha384 | A::RsaPssSha512)
                if pss::verifies(algorithm.digest(), key, message, signature) =>
            {
                Ok(())
            }
            _ => Err(Unverified),
        }
    }

    /// How long the salt of an RSASSA-PSS signature is, in bytes; `None` if it is none, or does not verify.
    #[must_use]
    pub fn salt_length(
        &self,
        algorithm: SignatureAlgorithm,
        message: &[u8],
        signature: &[u8],
    ) -> Option<usize> {
        use SignatureAlgorithm as A;
        match (self, algorithm) {
            (Self::Rsa(key), A::RsaPssSha256 | A::RsaPssSha384 | A::RsaPssSha512) => {
                pss::salt_length(algorithm.digest(), key, message, signature)
            }
            _ => None,
        }
    }
}

/// Checks many Ed25519 signatures at once: 64 together cost about half of 64 alone (`docs/BENCHMARKS.md`).
///
/// Batch verification accepts some malleable encodings that [`PublicKey::verify`] refuses, so small-order keys and
/// non-canonical signatures are refused first; a batch that fails says nothing about which entry is at fault.
///
/// # Errors
/// Occurs if any signature does not verify, any key is not Ed25519.
pub fn verify_batch(entries: &[(&PublicKey, &[u8], &[u8])]) -> Result<(), Unverified> {
    let (mut keys, mut messages, mut signatures) = (vec![], vec![], vec![]);
    for (key, message, signature) in entries {
        let PublicKey::Ed25519(key) = key else {
            return Err(Unverified);
        };
        let (key, signature) = dalek_parts(key, signature)?;
        if key.is_weak() {
            return Err(Unverified);
        }
        keys.push(key);
        messages.push(*message);
        signatures.push(signature);
    }
    ed25519_dalek::verify_batch(&messages, &signatures, &keys).map_err(|_| Unverified)
}

fn dalek_parts(key: &[u8], signature: &[u8]) -> Result<(VerifyingKey, DalekSignature), Unverified> {
    let key = key.try_into().map_err(|_| Unverified)?;
    let key = VerifyingKey::from_bytes(key).map_err(|_| Unverified)?;
    Ok((
        key,
        DalekSignature::from_slice(signature).map_err(|_| Unverified)?,
    ))
}
