//! Encrypted files (ISO 32000-2, 7.6): the standard security handler, revisions 2 to 6, read and written.
//!
//! Encryption here keeps nobody from changing a file; it decides who can read it. What is verified are the bytes of the
//! file, ciphertext included, and what is shown is what they decrypt to.

mod cipher;
mod dictionary;
mod key;
mod open;
mod password;
mod write;

use core::fmt;
use std::borrow::Cow;

pub(super) use open::open;
pub use password::Password;
use zeroize::Zeroizing;

use cipher::Cipher;
use dictionary::{Method, Standard};

use super::error::PdfErrorKind;
use super::object::{Dictionary, Object, Ref};

/// As whom a password opens a file (7.6.4.1).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum OpenedAs {
    /// With the owner password: everything is permitted.
    Owner,
    /// With the user password, often empty: what `/P` permits is permitted.
    User,
}

/// How the strings or streams of a file are encrypted, where they do not say otherwise themselves.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum EncryptionAlgorithm {
    /// Not at all.
    Identity,
    /// RC4 with a key of so many bits.
    Rc4(usize),
    /// AES-128 in CBC mode.
    AesV2,
    /// AES-256 in CBC mode.
    AesV3,
}

/// The encryption of an open file.
#[derive(Clone)]
pub struct Encryption {
    standard: Standard,
    opened_as: OpenedAs,
    key: Zeroizing<Vec<u8>>,
    /// The first half of the trailer's `/ID`, of which the key of older revisions is made.
    identifier: Vec<u8>,
    /// The object that is the encryption dictionary, if it is not in the trailer itself. Its strings are plain.
    object: Option<u32>,
    permissions_agree: bool,
}

impl Encryption {
    /// Opens what the encryption dictionary `dictionary`, which is the object `object` or stands in the trailer, describes.
    pub(super) fn open(
        dictionary: &Dictionary,
        object: Option<u32>,
        identifier: &[u8],
        password: &Password,
    ) -> Result<Self, PdfErrorKind> {
        let standard = Standard::read(dictionary)?;
        let (mut key, opened_as) =
            key::file_key(&standard, identifier, password).ok_or(if password.is_empty() {
                PdfErrorKind::PasswordNeeded
            } else {
                PdfErrorKind::WrongPassword
            })?;
        if standard.revision == 4 {
            // Version 4 is about keys of 128 bits. Files with shorter ones exist, which Acrobat wrote, and it fills them up
            // with zeros before algorithm 1; the standard is silent.
            key.resize(16, 0);
        }
        let stated = (standard.permissions, standard.encrypts_metadata);
        let permissions_agree = standard.revision < 5 || key::permissions(&standard, &key) == Some(stated);
        Ok(Self {
            standard,
            opened_as,
            key,
            identifier: identifier.to_vec(),
            object,
            permissions_agree,
        })
    }

    /// The revision of the standard security handler: 2 to 6.
    #[must_use]
    pub fn revision(&self) -> u8 {
        self.standard.revision
    }

    /// How streams are encrypted.
    #[must_use]
    pub fn algorithm(&self) -> EncryptionAlgorithm {
        match self.standard.streams {
            Method::Identity => EncryptionAlgorithm::Identity,
            Method::Rc4 => EncryptionAlgorithm::Rc4(self.standard.key_length * 8),
            Method::AesV2 => EncryptionAlgorithm::AesV2,
            Method::AesV3 => EncryptionAlgorithm::AesV3,
        }
    }

    /// As whom the password opened the file.
    #[must_use]
    pub fn opened_as(&self) -> OpenedAs {
        self.opened_as
    }

    /// The bits of `/P` (table 22; the lowest is bit 1). They bind the user, not the owner.
    #[must_use]
    pub fn permissions(&self) -> u32 {
        self.standard.permissions
    }

    /// Whether the file may get a signature field it does not have: the owner may, and the user with bits 4 (change) and
    /// 6 (annotate) of table 22.
    #[must_use]
    pub fn permits_new_fields(&self) -> bool {
        self.opened_as == OpenedAs::Owner || (self.bit(4) && self.bit(6))
    }

    /// Whether a signature field that the file has may be signed: the owner may, and the user with bit 6 (annotate) or,
    /// from revision 3 on, bit 9 (fill in) of table 22.
    #[must_use]
    pub fn permits_signing_fields(&self) -> bool {
        self.opened_as == OpenedAs::Owner || self.bit(6) || (self.standard.revision >= 3 && self.bit(9))
    }

    fn bit(&self, position: u32) -> bool {
        self.standard.permissions >> (position - 1) & 1 == 1
    }

    /// Whether `/Perms` says what `/P` and `/EncryptMetadata` say (algorithm 13); always so before revision 5.
    ///
    /// A file whose two passwords lead to different keys, and so perhaps to different pages, fails this under one of them:
    /// nobody can make one block that says the right 64 bits under both.
    pub(super) fn permissions_agree(&self) -> bool {
        self.permissions_agree
    }

    /// The first half of `/ID` as the key was made of it; empty if the file has none.
    pub(super) fn identifier(&self) -> &[u8] {
        &self.identifier
    }

    /// Whether the object `id` stands in the file as it is: the encryption dictionary, and cross-reference streams.
    pub(super) fn is_plain(&self, id: Ref, object: &Object) -> bool {
        self.object == Some(id.number)
            || object
                .as_stream()
                .is_some_and(|stream| is_cross_reference(&stream.dictionary))
    }

    /// Decrypts all strings in the value of the object `id`, which stands in the file by itself, and marks its dictionaries.
    ///
    /// What comes from an object stream has been decrypted with it (7.5.7).
    pub(super) fn decrypt_strings(&self, id: Ref, object: &mut Object) -> Result<(), PdfErrorKind> {
        if self.is_plain(id, object) {
            return Ok(());
        }
        let cipher = Cipher::new(self.standard.strings, &self.key, id);
        let mut stack = vec![object];
        while let Some(object) = stack.pop() {
            match object {
                Object::String(string) => {
                    string.bytes = cipher
                        .decrypt(&string.bytes)
                        .ok_or(PdfErrorKind::CorruptCiphertext)?;
                }
                Object::Array(items) => stack.extend(items),
                Object::Dictionary(dictionary) => encrypted_values(dictionary, &mut stack),
                Object::Stream(stream) => encrypted_values(&mut stream.dictionary, &mut stack),
                _ => {}
            }
        }
        Ok(())
    }

    /// The data of a stream of the object `id` before its filters, given its dictionary and the name in its `/Crypt`
    /// filter, if it has one.
    pub(super) fn decrypt_data<'b>(
        &self,
        id: Ref,
        dictionary: &Dictionary,
        crypt: Option<&[u8]>,
        data: &'b [u8],
    ) -> Result<Cow<'b, [u8]>, PdfErrorKind> {
        match self.method(dictionary, crypt)? {
            Method::Identity => Ok(Cow::Borrowed(data)),
            method => {
                let cipher = Cipher::new(method, &self.key, id);
                cipher
                    .decrypt(data)
                    .map(Cow::Owned)
                    .ok_or(PdfErrorKind::CorruptCiphertext)
            }
        }
    }

    /// How the stream with `dictionary` is encrypted (7.6.6): by the filter it names, else as what it is.
    fn method(&self, dictionary: &Dictionary, crypt: Option<&[u8]>) -> Result<Method, PdfErrorKind> {
        if is_cross_reference(dictionary) {
            return Ok(Method::Identity);
        }
        if let Some(name) = crypt {
            return self.standard.filter(name).ok_or(PdfErrorKind::UnknownFilter);
        }
        Ok(
            if !self.standard.encrypts_metadata && dictionary.is_name(b"Type", b"Metadata") {
                Method::Identity
            } else if dictionary.is_name(b"Type", b"EmbeddedFile") {
                self.standard.embedded_files
            } else {
                self.standard.streams
            },
        )
    }
}

/// Without key and hashes.
impl fmt::Debug for Encryption {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Encryption")
            .field("revision", &self.revision())
            .field("algorithm", &self.algorithm())
            .field("permissions", &self.permissions())
            .field("opened_as", &self.opened_as)
            .finish_non_exhaustive()
    }
}

/// Marks `dictionary` and puts its values that may be or hold encrypted strings on `stack`.
fn encrypted_values<'o>(dictionary: &'o mut Dictionary, stack: &mut Vec<&'o mut Object>) {
    let signature = is_signature(dictionary);
    dictionary.mark_encrypted();
    let encrypted = dictionary
        .entries_mut()
        .filter(|entry| !(signature && entry.key == b"Contents" && is_hex_string(&entry.value)));
    stack.extend(encrypted.map(|entry| &mut entry.value));
}

/// Cross-reference streams are never encrypted, nor are the strings in their dictionaries (7.5.8.2).
fn is_cross_reference(dictionary: &Dictionary) -> bool {
    dictionary.is_name(b"Type", b"XRef")
}

/// Whether `dictionary` is a signature dictionary, whose `/Contents` is not encrypted if it is a hexadecimal string
/// (7.6.2): it is computed over the ciphertext, so it comes after encryption.
///
/// `/Type` is optional (table 255), and then `/ByteRange` tells. Where another type is stated, no other key counts, so that
/// the text of an annotation cannot be passed off as plain.
fn is_signature(dictionary: &Dictionary) -> bool {
    match dictionary.find(b"Type") {
        None => dictionary.find(b"ByteRange").is_some(),
        Some(kind) => matches!(kind.as_name(), Some(b"Sig" | b"DocTimeStamp")),
    }
}

fn is_hex_string(object: &Object) -> bool {
    object.as_string().is_some_and(|string| string.hex)
}

/// The crypt filter that the parameters of a `/Crypt` filter name (table 14).
pub(super) fn crypt_name(parameters: Option<&Dictionary>) -> &[u8] {
    let name = parameters.and_then(|parameters| parameters.find(b"Name"));
    name.and_then(Object::as_name).unwrap_or(b"Identity")
}
