//! Why a file with keys cannot be used.

use core::fmt;

use crate::asn1::Asn1Error;
use crate::error::At;
use crate::pki::SignerError;

/// So many keys are told in an error.
pub(super) const KEYS_LISTED: usize = 16;

/// Why a file with keys cannot be used.
#[non_exhaustive]
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum KeyFileError {
    /// It names an algorithm that is not computed here: what for, and its object identifier.
    Algorithm {
        /// `encryption`, `derivation` or `code`.
        what: &'static str,
        /// The dotted object identifier.
        oid: String,
    },
    /// It asks for more work than the limits allow.
    Costly,
    /// A form that is known and not read: its name, and how to convert it.
    Form(&'static str),
    /// It is no file of keys, or malformed.
    Malformed(At<Asn1Error>),
    /// It has no certificate of the key that can be read.
    NoCertificate,
    /// It has no message authentication code, so that anybody may have changed it.
    NoCode,
    /// It has no private key.
    NoKey,
    /// No key is the one chosen; what the keys can be chosen by.
    NoSuchKey(Vec<String>),
    /// It is encrypted, and was made with a password.
    PasswordNeeded,
    /// The password is not the one, or the file is damaged.
    PasswordWrong,
    /// It has several keys that fit; what the keys can be chosen by.
    SeveralKeys(Vec<String>),
    /// The key cannot be signed with.
    Signer(SignerError),
    /// It is longer than the limit.
    TooLarge {
        /// The limit in bytes.
        most: usize,
    },
}

impl fmt::Display for KeyFileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Algorithm { what, oid } => write!(
                f,
                "its {what} is by {oid}, which is not read; convert it to AES-256 with SHA-256 (openssl pkcs8 -topk8 -v2 \
                 aes-256-cbc, or openssl pkcs12 -export)"
            ),
            Self::Costly => f.write_str(
                "it asks for more rounds or memory than the limits allow; make it anew with a lower iteration count",
            ),
            Self::Form(form) => f.write_str(form),
            Self::Malformed(error) => write!(f, "not a file of private keys, or damaged: {error}"),
            Self::NoCertificate => f.write_str("it has no certificate of the key; give the certificates as well"),
            Self::NoCode => f.write_str(
                "it has no authentication code, so nobody can tell whether it is as it was made; make it anew with one",
            ),
            Self::NoKey => f.write_str("it has no private key; check that it is the file you mean"),
            Self::NoSuchKey(keys) => write!(f, "it has no such key; its keys are {}", keys.join(", ")),
            Self::PasswordNeeded => f.write_str("it is encrypted; give its password"),
            Self::PasswordWrong => f.write_str("the password is not the one, or the file is damaged"),
            Self::SeveralKeys(keys) => {
                write!(f, "it has several keys; choose one by name or identifier: {}", keys.join(", "))
            }
            Self::Signer(error) => error.fmt(f),
            Self::TooLarge { most } => write!(f, "it is larger than {most} bytes; check that it is the file you mean"),
        }
    }
}

impl core::error::Error for KeyFileError {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match self {
            Self::Malformed(error) => Some(error),
            Self::Signer(error) => Some(error),
            _ => None,
        }
    }
}

impl From<At<Asn1Error>> for KeyFileError {
    fn from(error: At<Asn1Error>) -> Self {
        Self::Malformed(error)
    }
}

impl From<SignerError> for KeyFileError {
    fn from(error: SignerError) -> Self {
        Self::Signer(error)
    }
}
