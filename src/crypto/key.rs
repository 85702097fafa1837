//! Private keys held in memory: for tests, pilots and non-government use.
//!
//! A software key cannot by itself give a government seal legal effect: products must be certified modules
//! (《商用密码管理条例》). Such keys live elsewhere and join through `pki::Signer`.

use core::fmt;

use ed25519_dalek::Signer as _;
use ring::rand::SystemRandom;
use ring::signature::{self, EcdsaKeyPair, KeyPair as _, RsaKeyPair};

use super::pkcs8::{self, Plain};
use super::{PublicKey, SignatureAlgorithm};

/// A private key in memory. Has no `Debug`; the Ed25519 seed is wiped on drop.
pub struct PrivateKey(Kind);

enum Kind {
    Ed25519(Box<ed25519_dalek::SigningKey>),
    P256(Box<EcdsaKeyPair>),
    P384(Box<EcdsaKeyPair>),
    Rsa(Box<RsaKeyPair>),
}

/// Why a private key cannot be used.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum KeyError {
    /// The algorithm asked for does not fit the key.
    Algorithm,
    /// The private key is another's than the public key's it was asked for with.
    Mismatch,
    /// The key states no public half, which is needed to read it.
    PublicKeyNeeded,
    /// The library that signs reported a failure (random numbers, fault check).
    Signing,
    /// Not an unencrypted PKCS#8 key of a supported kind: P-256, P-384, Ed25519, RSA 2048 to 4096 bits.
    Unsupported,
}

impl fmt::Display for KeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Algorithm => "the private key does not fit the algorithm asked for",
            Self::Mismatch => "the private key does not belong to the certificate",
            Self::PublicKeyNeeded => {
                "the private key states no public point; give its certificate with it"
            }
            Self::Signing => "the cryptographic library could not sign",
            Self::Unsupported => {
                "not an unencrypted PKCS#8 key of a supported kind (P-256, P-384, Ed25519, RSA 2048 to 4096 bits); \
                 convert with: openssl pkcs8 -topk8 -nocrypt"
            }
        })
    }
}

impl core::error::Error for KeyError {}

impl PrivateKey {
    /// Reads an unencrypted PKCS#8 key (RFC 5208, RFC 5958), DER.
    ///
    /// # Errors
    /// Occurs if the bytes are not such a key or its kind or size is not supported.
    pub fn from_pkcs8(der: &[u8]) -> Result<Self, KeyError> {
        Self::read(der, None)
    }

    /// As [`from_pkcs8`](Self::from_pkcs8), for the key whose public half is `public`. Some writers, Java among them, leave the
    /// public point of an elliptic curve out (RFC 5915, clause 3, lets them), and it is not computed here.
    ///
    /// # Errors
    /// As for [`from_pkcs8`](Self::from_pkcs8); `Mismatch` occurs if the key is another's.
    pub fn from_pkcs8_of(der: &[u8], public: &PublicKey) -> Result<Self, KeyError> {
        let key = Self::read(der, Some(public))?;
        if key.public_key() == *public {
            Ok(key)
        } else {
            Err(KeyError::Mismatch)
        }
    }

    fn read(der: &[u8], public: Option<&PublicKey>) -> Result<Self, KeyError> {
        let ecdsa = |algorithm, scalar: &pkcs8::Scalar<'_>| {
            let own = match public {
                Some(PublicKey::P256(point) | PublicKey::P384(point)) => Some(point.as_slice()),
                _ => None,
            };
            let point = scalar.point.or(own).ok_or(KeyError::PublicKeyNeeded)?;
            let random = SystemRandom::new();
            let pair =
                EcdsaKeyPair::from_private_key_and_public_key(algorithm, &scalar.number, point, &random);
            // What was in the file and does not fit is a broken file; what came from a certificate is another's.
            let failure = if scalar.point.is_some() {
                KeyError::Unsupported
            } else {
                KeyError::Mismatch
            };
            pair.map(Box::new).map_err(|_| failure)
        };
        match pkcs8::read(der).ok_or(KeyError::Unsupported)? {
            Plain::Ed25519(seed) => Ok(Self(Kind::Ed25519(Box::new(
                ed25519_dalek::SigningKey::from_bytes(&seed),
            )))),
            Plain::P256(scalar) => {
                ecdsa(&signature::ECDSA_P256_SHA256_ASN1_SIGNING, &scalar).map(|pair| Self(Kind::P256(pair)))
            }
            Plain::P384(scalar) => {
                ecdsa(&signature::ECDSA_P384_SHA384_ASN1_SIGNING, &scalar).map(|pair| Self(Kind::P384(pair)))
            }
            Plain::Rsa(key) => RsaKeyPair::from_der(key)
                .map(|pair| Self(Kind::Rsa(Box::new(pair))))
                .map_err(|_| KeyError::Unsupported),
        }
    }

    /// Whether [`sign`](Self::sign) can use `algorithm`. Fewer than [`PublicKey::fits`]: signatures that pair a curve with the
    /// digest of the other are verified and not made.
    #[must_use]
    pub fn signs_with(&self, algorithm: SignatureAlgorithm) -> bool {
        use SignatureAlgorithm as A;
        match &self.0 {
            Kind::Ed25519(_) => algorithm == A::Ed25519,
            Kind::P256(_) => algorithm == A::EcdsaP256Sha256,
            Kind::P384(_) => algorithm == A::EcdsaP384Sha384,
            Kind::Rsa(_) => self.public_key().fits(algorithm),
        }
    }

    /// The algorithm this key signs with unless told otherwise: PKCS#1 with SHA-256 for RSA.
    #[must_use]
    pub fn default_algorithm(&self) -> SignatureAlgorithm {
        match &self.0 {
            Kind::Ed25519(_) => SignatureAlgorithm::Ed25519,
            Kind::P256(_) => SignatureAlgorithm::EcdsaP256Sha256,
            Kind::P384(_) => SignatureAlgorithm::EcdsaP384Sha384,
            Kind::Rsa(_) => SignatureAlgorithm::RsaPkcs1Sha256,
        }
    }

    /// The public half.
    #[must_use]
    pub fn public_key(&self) -> PublicKey {
        match &self.0 {
            Kind::Ed25519(key) => PublicKey::Ed25519(key.verifying_key().to_bytes().to_vec()),
            Kind::P256(pair) => PublicKey::P256(pair.public_key().as_ref().to_vec()),
            Kind::P384(pair) => PublicKey::P384(pair.public_key().as_ref().to_vec()),
            Kind::Rsa(pair) => PublicKey::Rsa(pair.public_key().as_ref().to_vec()),
        }
    }

    /// The longest signature this key makes, in bytes: DER for ECDSA.
    #[must_use]
    pub fn signature_length(&self) -> usize {
        match &self.0 {
            Kind::Ed25519(_) => 64,
            // SEQUENCE header 2 or 3, two INTEGERs with header 2 and a sign octet each.
            Kind::P256(_) => 72,
            Kind::P384(_) => 104,
            Kind::Rsa(pair) => pair.public().modulus_len(),
        }
    }

    /// Signs `message` (the digest is taken inside). ECDSA signatures are DER (RFC 5480, appendix A).
    ///
    /// Ed25519 and PKCS#1 are deterministic; ECDSA and PSS draw a random number.
    ///
    /// # Errors
    /// Occurs if `algorithm` does not fit the key, or the library fails.
    pub fn sign(&self, algorithm: SignatureAlgorithm, message: &[u8]) -> Result<Vec<u8>, KeyError> {
        use SignatureAlgorithm as A;
        let random = SystemRandom::new();
        let made = match (&self.0, algorithm) {
            (Kind::Ed25519(key), A::Ed25519) => return Ok(key.sign(message).to_bytes().to_vec()),
            (Kind::P256(pair), A::EcdsaP256Sha256) | (Kind::P384(pair), A::EcdsaP384Sha384) => pair
                .sign(&random, message)
                .map(|signature| signature.as_ref().to_vec()),
            (Kind::Rsa(pair), _) => {
                let encoding: &dyn signature::RsaEncoding = match algorithm {
                    A::RsaPkcs1Sha256 => &signature::RSA_PKCS1_SHA256,
                    A::RsaPkcs1Sha384 => &signature::RSA_PKCS1_SHA384,
                    A::RsaPkcs1Sha512 => &signature::RSA_PKCS1_SHA512,
                    A::RsaPssSha256 => &signature::RSA_PSS_SHA256,
                    A::RsaPssSha384 => &signature::RSA_PSS_SHA384,
                    A::RsaPssSha512 => &signature::RSA_PSS_SHA512,
                    _ => return Err(KeyError::Algorithm),
                };
                let mut out = vec![0; pair.public().modulus_len()];
                pair.sign(encoding, &random, message, &mut out).map(|()| out)
            }
            _ => return Err(KeyError::Algorithm),
        };
        made.map_err(|_| KeyError::Signing)
    }
}
