//! Whoever can sign: the joint between sealing and the place where a key lives.

use core::fmt;

use super::{Certificate, pem};
use crate::crypto::{KeyError, PrivateKey, PublicKey, SignatureAlgorithm};

/// A key with its certificates. Implement it for a smart card, a hardware module or a remote seal service.
///
/// Users hand a signer to sealing and never call it themselves. An implementor must answer the same way
/// every time: sealing reserves space by [`Signer::signature_length`] before it asks for the signature.
pub trait Signer {
    /// The algorithm [`Signer::sign`] uses.
    fn algorithm(&self) -> SignatureAlgorithm;

    /// The signer's certificate first, then those above it. Never empty; the root may be left out.
    fn chain(&self) -> &[Certificate];

    /// The longest signature that [`Signer::sign`] can return, in bytes.
    fn signature_length(&self) -> usize;

    /// Signs `message`; the digest is taken inside. ECDSA signatures are DER (RFC 5480, appendix A).
    ///
    /// # Errors
    /// Occurs if the place where the key lives cannot sign now.
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignerError>;
}

/// Why a signer cannot be set up or cannot sign.
#[non_exhaustive]
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum SignerError {
    /// The algorithm does not fit the key or what its certificate allows.
    Algorithm(SignatureAlgorithm),
    /// No certificate was given.
    EmptyChain,
    /// The private key cannot be read or cannot sign.
    Key(KeyError),
    /// The session with the module was lost, and another could not be had; what it reported.
    Lost(String),
    /// The private key is not that of the first certificate, whose subject is named.
    Mismatch(String),
    /// The module or service that holds the key reported this.
    Module(String),
    /// The text is not PEM or has no PRIVATE KEY block.
    Pem,
}

impl fmt::Display for SignerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Algorithm(a) => write!(f, "the key or its certificate does not allow {a}"),
            Self::EmptyChain => f.write_str("a signer needs at least its own certificate"),
            Self::Key(e) => e.fmt(f),
            Self::Lost(message) => write!(
                f,
                "the signing module was lost and could not be opened again: {message}; see that it is there, and start anew"
            ),
            Self::Mismatch(subject) => write!(
                f,
                "the private key does not belong to the certificate of {subject}; put the signer's certificate first"
            ),
            Self::Module(message) => write!(f, "the signing module reported: {message}"),
            Self::Pem => f.write_str(
                "no private key found; expected PEM with an unencrypted PRIVATE KEY block (openssl pkcs8 -topk8 -nocrypt)",
            ),
        }
    }
}

impl core::error::Error for SignerError {}

impl From<KeyError> for SignerError {
    fn from(e: KeyError) -> Self {
        Self::Key(e)
    }
}

/// `leaf` and those above it out of `known`, each the issuer of the one before.
#[cfg(feature = "seal")]
pub(super) fn chain_of<'c>(
    leaf: &Certificate,
    known: impl Iterator<Item = &'c Certificate> + Clone,
) -> Vec<Certificate> {
    let mut chain = vec![leaf.clone()];
    while let Some(last) = chain.last().filter(|last| !last.self_issued()) {
        let issuer = known.clone().find(|candidate| {
            candidate.subject_raw() == last.issuer_raw()
                && chain.iter().all(|known| known.der() != candidate.der())
                && last.verify_signed_by(candidate).is_ok()
        });
        match issuer {
            Some(issuer) => chain.push(issuer.clone()),
            None => break,
        }
    }
    chain
}

/// The algorithm that a key with this certificate signs with unless told otherwise.
pub(super) fn usual_algorithm(leaf: &Certificate) -> Option<SignatureAlgorithm> {
    use SignatureAlgorithm as A;
    let usual = match leaf.public_key() {
        PublicKey::Ed25519(_) => A::Ed25519,
        PublicKey::P256(_) => A::EcdsaP256Sha256,
        PublicKey::P384(_) => A::EcdsaP384Sha384,
        PublicKey::Rsa(_) => A::RsaPkcs1Sha256,
    };
    [usual, A::RsaPssSha256, A::RsaPssSha384, A::RsaPssSha512]
        .into_iter()
        .find(|a| leaf.permits(*a))
}

/// A key in memory: for tests, pilots and non-government use. A government seal's key lives in a certified
/// module.
pub struct SoftwareSigner {
    key: PrivateKey,
    algorithm: SignatureAlgorithm,
    chain: Vec<Certificate>,
}

impl SoftwareSigner {
    /// From an unencrypted PKCS#8 key in PEM (`BEGIN PRIVATE KEY`) and its chain, the key's certificate
    /// first.
    ///
    /// # Errors
    /// Occurs if the text holds no such key, or as for [`SoftwareSigner::from_pkcs8`].
    pub fn from_pem(key_pem: &str, chain: Vec<Certificate>) -> Result<Self, SignerError> {
        let blocks = pem::blocks(key_pem, "PRIVATE KEY").map_err(|_| SignerError::Pem)?;
        let first = blocks.first().ok_or(SignerError::Pem)?;
        Self::from_pkcs8(first, chain)
    }

    /// From an unencrypted PKCS#8 key in DER and its chain, the key's certificate first.
    ///
    /// The algorithm is the key's usual one (PKCS#1 with SHA-256 for RSA, or PSS where the certificate
    /// allows only that).
    ///
    /// # Errors
    /// Occurs if the key is not supported, the chain is empty, or the key is not that of the first
    /// certificate.
    pub fn from_pkcs8(der: &[u8], chain: Vec<Certificate>) -> Result<Self, SignerError> {
        let leaf = chain.first().ok_or(SignerError::EmptyChain)?;
        let key = PrivateKey::from_pkcs8_of(der, leaf.public_key()).map_err(|e| match e {
            KeyError::Mismatch => SignerError::Mismatch(leaf.subject().to_owned()),
            other => SignerError::Key(other),
        })?;
        let algorithm = usual_algorithm(leaf).ok_or(SignerError::Algorithm(key.default_algorithm()))?;
        Ok(Self {
            key,
            algorithm,
            chain,
        })
    }

    /// The same key with another algorithm.
    ///
    /// # Errors
    /// Occurs if the key or its certificate does not allow it.
    pub fn with_algorithm(self, algorithm: SignatureAlgorithm) -> Result<Self, SignerError> {
        let permitted = self.chain.first().is_some_and(|leaf| leaf.permits(algorithm));
        if permitted && self.key.signs_with(algorithm) {
            Ok(Self { algorithm, ..self })
        } else {
            Err(SignerError::Algorithm(algorithm))
        }
    }
}

impl Signer for SoftwareSigner {
    fn algorithm(&self) -> SignatureAlgorithm {
        self.algorithm
    }

    fn chain(&self) -> &[Certificate] {
        &self.chain
    }

    fn signature_length(&self) -> usize {
        self.key.signature_length()
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignerError> {
        Ok(self.key.sign(self.algorithm, message)?)
    }
}
