//! Digests, signature algorithms and keys behind one seam: `ring` for SHA-2, RSA and ECDSA, `ed25519-dalek` for Ed25519.
//!
//! Nothing outside this module names a cryptographic library, so a second backend (pure Rust for wasm32, SM2/SM3)
//! changes this folder only.

mod digest;
mod key;
mod signature;

pub use digest::{DigestAlgorithm, Hasher};
pub use key::{KeyError, PrivateKey};
pub use signature::{EcdsaForm, PublicKey, SignatureAlgorithm, Unverified, verify_batch};
