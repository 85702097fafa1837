//! Files that hold private keys, with or without their certificates: PEM and DER, PKCS#8 plain and encrypted, PKCS#1, SEC 1 and
//! PKCS#12.

mod encryption;
mod error;
mod form;
mod pkcs12;

use zeroize::Zeroizing;

pub use error::KeyFileError;

use super::signer::chain_of;
use super::{Certificate, SignerError, SoftwareSigner};
use crate::crypto::PrivateKey;
use crate::limits::Limits;

/// The password of a file that holds keys, or the PIN of a module.
///
/// Forgotten from memory when dropped, and has no `Debug`. "No password" is not the empty one: say so by leaving it out.
#[derive(Clone)]
pub struct KeyPassword(Zeroizing<String>);

impl KeyPassword {
    /// The password `text`.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(Zeroizing::new(text.into()))
    }

    pub(in crate::pki) fn text(&self) -> &str {
        &self.0
    }
}

/// What a file that holds private keys has: the keys, and the certificates beside them.
///
/// | form | PEM label, or what DER begins with |
/// |---|---|
/// | PKCS#8 (RFC 5958) | `PRIVATE KEY` |
/// | PKCS#8, encrypted: PBES2 (RFC 8018) of PBKDF2 with HMAC-SHA-1, -256, -384 or -512, or scrypt (RFC 7914), and AES-128, -192, -256 or Triple DES in CBC mode; also the schemes of PKCS#12 | `ENCRYPTED PRIVATE KEY` |
/// | PKCS#1 (RFC 8017, appendix A.1.2) | `RSA PRIVATE KEY` |
/// | SEC 1 (RFC 5915), P-256 and P-384 | `EC PRIVATE KEY` |
/// | PKCS#12 (RFC 7292): bags in clear or encrypted as above, or with Triple DES or RC2 by the schemes of PKCS#12; code with HMAC-SHA-1, -256, -384 or -512, or PBMAC1 (RFC 9579) | no PEM |
///
/// PEM text may hold certificates too. Keys in memory are wiped when this is dropped; what signs with them is a
/// [`SoftwareSigner`].
pub struct KeyFile {
    keys: Vec<FileKey>,
    certificates: Vec<FileCertificate>,
}

struct FileCertificate {
    certificate: Certificate,
    id: Option<Vec<u8>>,
}

/// One private key of a file.
pub struct FileKey {
    /// PrivateKeyInfo.
    pkcs8: Zeroizing<Vec<u8>>,
    name: Option<String>,
    id: Option<Vec<u8>>,
}

/// Which key of a file is meant.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum KeyChoice<'a> {
    /// The one with this `localKeyID` (PKCS#9, RFC 2985, clause 5.5.2).
    Id(&'a [u8]),
    /// The one with this `friendlyName` (RFC 2985, clause 5.5.1).
    Name(&'a str),
    /// The only one.
    #[default]
    Only,
}

impl FileKey {
    /// Its friendly name; PKCS#12 alone has them.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// Its local key identifier, which its certificate may share; PKCS#12 alone has them.
    #[must_use]
    pub fn id(&self) -> Option<&[u8]> {
        self.id.as_deref()
    }

    /// Whether it is the private half of the certificate's key.
    fn belongs_to(&self, certificate: &Certificate) -> bool {
        PrivateKey::from_pkcs8_of(&self.pkcs8, certificate.public_key()).is_ok()
    }
}

impl KeyFile {
    /// Reads a file of any form in the table above, found out by looking.
    ///
    /// What a PKCS#12 file holds is looked at after its code has been verified. `None` for a file that was made without a password;
    /// it also opens one that was made with the empty password.
    ///
    /// # Errors
    /// Occurs if the file has another form, the password is missing or wrong, the file asks for more work than
    /// `limits` ([`Limits::key_rounds`], [`Limits::key_scrypt_bytes`]), or there is no key in it.
    pub fn read(bytes: &[u8], password: Option<&KeyPassword>, limits: &Limits) -> Result<Self, KeyFileError> {
        if bytes.len() > limits.key_file_bytes {
            return Err(KeyFileError::TooLarge {
                most: limits.key_file_bytes,
            });
        }
        let read = form::read(bytes, password, limits)?;
        if read.keys.is_empty() {
            return Err(KeyFileError::NoKey);
        }
        Ok(read)
    }

    /// The private keys, in the order of the file; never none.
    #[must_use]
    pub fn keys(&self) -> &[FileKey] {
        &self.keys
    }

    /// The certificates, in the order of the file. Those that cannot be read are left out.
    #[must_use]
    pub fn certificates(&self) -> impl Iterator<Item = &Certificate> {
        self.certificates.iter().map(|one| &one.certificate)
    }

    /// The key chosen, to sign with, and the chain of its certificate out of the file: whichever order the file has them in, the
    /// key's own comes first, then its issuer's and so on, as far as the file goes.
    ///
    /// # Errors
    /// Occurs if the choice fits no key or several, the file has no certificate of the key, or as for
    /// [`SoftwareSigner::from_pkcs8`].
    pub fn signer(&self, choice: KeyChoice<'_>) -> Result<SoftwareSigner, KeyFileError> {
        let key = self.key(choice)?;
        let own = self
            .certificates
            .iter()
            .filter(|one| key.belongs_to(&one.certificate));
        // Of several certificates of one key: the one that bears the key's identifier, else the one that is valid for longest.
        let own = own.max_by_key(|one| {
            let marked = one.id.is_some() && one.id == key.id;
            (marked, one.certificate.valid_to())
        });
        let own = &own.ok_or(KeyFileError::NoCertificate)?.certificate;
        Ok(SoftwareSigner::from_pkcs8(
            &key.pkcs8,
            chain_of(own, self.certificates.iter().map(|one| &one.certificate)),
        )?)
    }

    /// The key chosen, to sign with, and `chain` instead of the file's certificates, the key's own first.
    ///
    /// # Errors
    /// Occurs if the choice fits no key or several, or as for [`SoftwareSigner::from_pkcs8`].
    pub fn signer_with(
        &self,
        choice: KeyChoice<'_>,
        chain: Vec<Certificate>,
    ) -> Result<SoftwareSigner, KeyFileError> {
        match chain.first() {
            // A file of several keys needs no choice where the certificate makes it.
            Some(leaf) if choice == KeyChoice::Only && self.keys.len() > 1 => {
                let key = self.keys.iter().find(|key| key.belongs_to(leaf));
                let key = key.ok_or_else(|| SignerError::Mismatch(leaf.subject().to_owned()))?;
                Ok(SoftwareSigner::from_pkcs8(&key.pkcs8, chain)?)
            }
            _ => Ok(SoftwareSigner::from_pkcs8(&self.key(choice)?.pkcs8, chain)?),
        }
    }

    fn key(&self, choice: KeyChoice<'_>) -> Result<&FileKey, KeyFileError> {
        let mut fitting = self.keys.iter().filter(|key| match choice {
            KeyChoice::Id(id) => key.id() == Some(id),
            KeyChoice::Name(name) => key.name() == Some(name),
            KeyChoice::Only => true,
        });
        match (fitting.next(), fitting.next()) {
            (Some(key), None) => Ok(key),
            (Some(_), Some(_)) => Err(KeyFileError::SeveralKeys(self.told())),
            (None, _) => Err(KeyFileError::NoSuchKey(self.told())),
        }
    }

    /// What the keys can be chosen by, a text for each.
    fn told(&self) -> Vec<String> {
        let told = |key: &FileKey| {
            let id = key.id.as_deref().unwrap_or_default();
            let id: String = id.iter().map(|byte| format!("{byte:02x}")).collect();
            match &key.name {
                Some(name) => format!("{name:?} ({id})"),
                None => format!("({id})"),
            }
        };
        self.keys.iter().take(error::KEYS_LISTED).map(told).collect()
    }
}
