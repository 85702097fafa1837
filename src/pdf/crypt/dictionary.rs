//! The encryption dictionary (ISO 32000-2, 7.6.2, 7.6.4.2, 7.6.6; tables 20, 21 and 25).

use std::collections::BTreeMap;

use crate::pdf::error::PdfErrorKind;
use crate::pdf::object::{Dictionary, Object};

/// How a crypt filter changes bytes (table 25, `/CFM`).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Method {
    /// Not at all.
    Identity,
    /// RC4 under a key made for the object.
    Rc4,
    /// AES-128 in CBC mode under a key made for the object.
    AesV2,
    /// AES-256 in CBC mode under the file key.
    AesV3,
}

/// What the dictionary of the standard handler says.
#[derive(Clone, Debug)]
pub(super) struct Standard {
    /// `/R`: 2 to 6.
    pub(super) revision: u8,
    /// Bytes of the file key.
    pub(super) key_length: usize,
    /// `/O`, at least 32 bytes, or 48 from revision 5 on.
    pub(super) owner: Vec<u8>,
    /// `/U`, as long.
    pub(super) user: Vec<u8>,
    /// `/OE`.
    pub(super) owner_key: Option<Vec<u8>>,
    /// `/UE`.
    pub(super) user_key: Option<Vec<u8>>,
    /// `/P`.
    pub(super) permissions: u32,
    /// `/Perms`.
    pub(super) perms: Option<Vec<u8>>,
    /// `/EncryptMetadata`.
    pub(super) encrypts_metadata: bool,
    /// `/StrF`.
    pub(super) strings: Method,
    /// `/StmF`.
    pub(super) streams: Method,
    /// `/EFF`.
    pub(super) embedded_files: Method,
    /// `/CF`, by name, for streams that name one.
    pub(super) filters: BTreeMap<Vec<u8>, Method>,
}

impl Standard {
    /// Reads `dictionary`, in which references have been followed.
    pub(super) fn read(dictionary: &Dictionary) -> Result<Self, PdfErrorKind> {
        if !dictionary.is_name(b"Filter", b"Standard") {
            return Err(match dictionary.find(b"Filter") {
                Some(Object::Name(_)) => PdfErrorKind::UnsupportedEncryption,
                _ => PdfErrorKind::BadEncryption,
            });
        }
        if !dictionary.duplicates().is_empty() {
            return Err(PdfErrorKind::BadEncryption);
        }
        let version = integer(dictionary, b"V")?.unwrap_or(0);
        let revision = integer(dictionary, b"R")?.ok_or(PdfErrorKind::BadEncryption)?;
        let revision = match (version, revision) {
            (1 | 2, 2 | 3) | (4, 4) | (5, 5 | 6) => u8::try_from(revision).unwrap_or(0),
            _ => return Err(PdfErrorKind::UnsupportedEncryption),
        };
        let key_length = match version {
            1 => 5,
            2 => match integer(dictionary, b"Length")?.unwrap_or(40) {
                bits @ 40..=128 if bits % 8 == 0 => usize::try_from(bits / 8).unwrap_or(5),
                _ => return Err(PdfErrorKind::BadEncryption),
            },
            4 => 16,
            _ => 32,
        };
        let entry = if revision >= 5 { 48 } else { 32 };
        let long = |key: &[u8]| {
            string(dictionary, key)?
                .filter(|bytes| bytes.len() >= entry)
                .ok_or(PdfErrorKind::BadEncryption)
        };
        // A signed 32-bit number, which some write unsigned.
        let permissions = match integer(dictionary, b"P")? {
            Some(bits @ -0x8000_0000..=0xffff_ffff) => u32::try_from(bits & 0xffff_ffff).unwrap_or(0),
            _ => return Err(PdfErrorKind::BadEncryption),
        };
        let encrypts_metadata = match dictionary.find(b"EncryptMetadata") {
            None | Some(Object::Null) => true,
            Some(Object::Boolean(encrypts)) => *encrypts || version < 4,
            Some(_) => return Err(PdfErrorKind::BadEncryption),
        };
        let mut standard = Self {
            revision,
            key_length,
            owner: long(b"O")?,
            user: long(b"U")?,
            owner_key: string(dictionary, b"OE")?,
            user_key: string(dictionary, b"UE")?,
            permissions,
            perms: string(dictionary, b"Perms")?,
            encrypts_metadata,
            strings: Method::Rc4,
            streams: Method::Rc4,
            embedded_files: Method::Rc4,
            filters: BTreeMap::new(),
        };
        // Longer entries are padded; what is hashed is the standard's length.
        standard.owner.truncate(entry);
        standard.user.truncate(entry);
        if version >= 4 {
            standard.filters = filters(dictionary, version)?;
            standard.strings = standard.named(dictionary, b"StrF", Method::Identity)?;
            standard.streams = standard.named(dictionary, b"StmF", Method::Identity)?;
            standard.embedded_files = standard.named(dictionary, b"EFF", standard.streams)?;
            if version == 4 && standard.filters.values().all(|method| *method == Method::Rc4) {
                standard.key_length = filter_length(dictionary);
            }
        }
        Ok(standard)
    }

    /// The method of the crypt filter `name`, if there is one.
    pub(super) fn filter(&self, name: &[u8]) -> Option<Method> {
        match name {
            b"Identity" => Some(Method::Identity),
            _ => self.filters.get(name).copied(),
        }
    }

    fn named(&self, dictionary: &Dictionary, key: &[u8], default: Method) -> Result<Method, PdfErrorKind> {
        match dictionary.find(key) {
            None | Some(Object::Null) => Ok(default),
            Some(Object::Name(name)) => self.filter(name).ok_or(PdfErrorKind::BadEncryption),
            Some(_) => Err(PdfErrorKind::BadEncryption),
        }
    }
}

/// Bytes of the file key of version 4 with RC4. AES-128 always has 16, whatever `/Length` says, and `/Length` of the dictionary
/// is for versions 2 and 3 (table 20), so that of the crypt filter counts: bytes (table 25), or bits, as many write.
fn filter_length(dictionary: &Dictionary) -> usize {
    let name = dictionary.find(b"StmF").and_then(Object::as_name);
    let filters = dictionary.find(b"CF").and_then(Object::as_dictionary);
    let filter = name.zip(filters).and_then(|(name, filters)| filters.find(name));
    let length = filter
        .and_then(Object::as_dictionary)
        .and_then(|filter| filter.find(b"Length"));
    match length
        .and_then(Object::as_integer)
        .and_then(|length| usize::try_from(length).ok())
    {
        Some(bytes @ 5..=16) => bytes,
        Some(bits @ 40..=128) => bits / 8,
        _ => 16,
    }
}

/// `/CF`.
fn filters(dictionary: &Dictionary, version: i64) -> Result<BTreeMap<Vec<u8>, Method>, PdfErrorKind> {
    let filters = match dictionary.find(b"CF") {
        None | Some(Object::Null) => return Ok(BTreeMap::new()),
        Some(Object::Dictionary(filters)) if filters.duplicates().is_empty() => filters,
        Some(_) => return Err(PdfErrorKind::BadEncryption),
    };
    let mut methods = BTreeMap::new();
    for entry in filters.entries() {
        let Object::Dictionary(filter) = &entry.value else {
            return Err(PdfErrorKind::BadEncryption);
        };
        let method = match filter.find(b"CFM") {
            None | Some(Object::Null) => Method::Identity,
            Some(Object::Name(name)) => match (name.as_slice(), version) {
                (b"None", _) => Method::Identity,
                (b"V2", 4) => Method::Rc4,
                (b"AESV2", 4) => Method::AesV2,
                (b"AESV3", 5) => Method::AesV3,
                _ => return Err(PdfErrorKind::UnsupportedEncryption),
            },
            Some(_) => return Err(PdfErrorKind::BadEncryption),
        };
        methods.insert(entry.key.to_vec(), method);
    }
    Ok(methods)
}

fn integer(dictionary: &Dictionary, key: &[u8]) -> Result<Option<i64>, PdfErrorKind> {
    match dictionary.find(key) {
        None | Some(Object::Null) => Ok(None),
        Some(Object::Integer(value)) => Ok(Some(*value)),
        Some(_) => Err(PdfErrorKind::BadEncryption),
    }
}

fn string(dictionary: &Dictionary, key: &[u8]) -> Result<Option<Vec<u8>>, PdfErrorKind> {
    match dictionary.find(key) {
        None | Some(Object::Null) => Ok(None),
        Some(Object::String(string)) => Ok(Some(string.bytes.clone())),
        Some(_) => Err(PdfErrorKind::BadEncryption),
    }
}
