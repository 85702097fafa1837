//! Digests, signature algorithms and keys behind one seam: `ring` for SHA-2, RSA and ECDSA, `ed25519-dalek` for Ed25519,
//! and the ciphers of encrypted PDF files and of files that hold keys.
//!
//! Nothing outside this module names a cryptographic library, so a second backend (pure Rust for wasm32, SM2/SM3)
//! changes this folder only.

mod cipher;
mod digest;
mod key;
pub(crate) mod oids;
#[cfg(feature = "seal")]
mod password;
mod pkcs8;
mod pss;
mod signature;

pub(crate) use cipher::{aes_cbc_decrypt, aes_cbc_encrypt, md5, rc4};
pub use digest::{DigestAlgorithm, Hasher};
pub(crate) use digest::{pbkdf2_sha256, sha1_as_identifier};
pub use key::{KeyError, PrivateKey};
#[cfg(feature = "seal")]
pub(crate) use password::{PasswordCipher, PasswordHash, Purpose, scrypt};
pub use signature::{EcdsaForm, PublicKey, SignatureAlgorithm, Unverified, verify_batch};
