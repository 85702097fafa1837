//! An object that waits for its signature, which may be made elsewhere.

use super::{CoseError, KID_LENGTH, TAG, header, to_be_signed};
use crate::asn1::ecdsa_der_to_fixed;
use crate::cbor::Value;
use crate::crypto::SignatureAlgorithm;

/// A COSE_Sign1 object of ours without its signature: sign [`to_be_signed`](Self::to_be_signed), then
/// [`finish`](Self::finish).
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Unsigned {
    algorithm: SignatureAlgorithm,
    protected: Vec<u8>,
    certificates: Vec<Vec<u8>>,
    payload: Vec<u8>,
}

impl Unsigned {
    /// An object of media type `typ` to be signed with `algorithm` by the key whose certificate has identifier `kid`.
    ///
    /// # Errors
    /// Occurs if COSE has no name for the algorithm, or `kid` is not 8 bytes.
    pub fn new(
        algorithm: SignatureAlgorithm,
        kid: &[u8],
        typ: &str,
        payload: Vec<u8>,
    ) -> Result<Self, CoseError> {
        if kid.len() != KID_LENGTH {
            return Err(CoseError::Profile("kid is not 8 bytes"));
        }
        Ok(Self {
            algorithm,
            protected: header::protected(algorithm, kid, typ)?,
            certificates: vec![],
            payload,
        })
    }

    /// Carries these certificates, DER, the signer's first, in the unprotected header.
    #[must_use]
    pub fn with_certificates(mut self, chain: Vec<Vec<u8>>) -> Self {
        self.certificates = chain;
        self
    }

    /// The algorithm to sign with.
    #[must_use]
    pub fn algorithm(&self) -> SignatureAlgorithm {
        self.algorithm
    }

    /// The bytes to sign (the algorithm's own digest is taken by the signer): Sig_structure of RFC 9052, clause 4.4.
    #[must_use]
    pub fn to_be_signed(&self) -> Vec<u8> {
        to_be_signed(&self.protected, &[], &self.payload)
    }

    /// The finished object. ECDSA signatures may arrive as DER or as `r || s`; the object carries `r || s`.
    ///
    /// The signature is not verified here: the signer's library did, or a verifier will.
    ///
    /// # Errors
    /// Occurs if the signature does not have the form of its algorithm.
    pub fn finish(self, signature: &[u8]) -> Result<Vec<u8>, CoseError> {
        let signature = match self.algorithm {
            SignatureAlgorithm::EcdsaP256Sha256 => fixed(signature, 32),
            SignatureAlgorithm::EcdsaP384Sha384 => fixed(signature, 48),
            SignatureAlgorithm::Ed25519 => Some(signature.to_vec()).filter(|s| s.len() == 64),
            _ => Some(signature.to_vec()).filter(|s| !s.is_empty()),
        };
        let object = Value::Array(vec![
            Value::Bytes(self.protected),
            header::unprotected(self.certificates),
            Value::Bytes(self.payload),
            Value::Bytes(signature.ok_or(CoseError::SignatureForm)?),
        ]);
        Ok(Value::Tag(TAG, Box::new(object)).encode())
    }
}

/// DER is tried first. That some `r || s` happens to be DER of just that length has odds below 2^-40; the object would
/// then fail to verify, never verify wrongly.
fn fixed(signature: &[u8], width: usize) -> Option<Vec<u8>> {
    let raw = || Some(signature.to_vec()).filter(|s| s.len() == 2 * width);
    ecdsa_der_to_fixed(signature, width).or_else(raw)
}
