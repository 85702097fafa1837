//! PKCS#12 (RFC 7292): keys and certificates in bags, under one password.

use std::borrow::Cow;

use zeroize::Zeroizing;

use super::encryption::{Budget, Secret, check_code, decrypt};
use super::form::decrypted_key;
use super::{FileKey, KeyFile, KeyFileError, KeyPassword};
use crate::asn1::{Asn1Error, Reader, Rules, Tlv, octet_string, tag};
use crate::cms::AlgorithmIdentifier;
use crate::limits::Limits;

/// 1.2.840.113549.1.7, above the content types: .1 data, .2 signed, .3 enveloped, .6 encrypted
const PKCS7: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07];
/// 1.2.840.113549.1.12.10.1, above the bags: .1 key, .2 shrouded key, .3 certificate
const BAGS: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x0c, 0x0a, 0x01];
/// 1.2.840.113549.1.9.20
const FRIENDLY_NAME: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x14];
/// 1.2.840.113549.1.9.21
const LOCAL_KEY_ID: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x15];
/// 1.2.840.113549.1.9.22.1
const X509: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x16, 0x01];
/// BMPString (X.680, table 1)
const BMP_STRING: u8 = 0x1e;

const BY_CERTIFICATE: &str = "PKCS#12 for one reader's certificate instead of a password, which is not read; make it with a password: \
     openssl pkcs12 -export";

/// The PFX `whole`.
pub(super) fn read(
    whole: &Tlv<'_>,
    password: Option<&KeyPassword>,
    budget: &mut Budget,
    limits: &Limits,
) -> Result<KeyFile, KeyFileError> {
    let mut pfx = whole.reader(Rules::Ber);
    pfx.expect(tag::INTEGER)?;
    let (kind, content) = content_info(&pfx.expect(tag::SEQUENCE)?)?;
    let content = match kind {
        [1] => octets(&content, Rules::Ber)?,
        _ => return Err(KeyFileError::Form(BY_CERTIFICATE)),
    };
    let code = pfx.optional(tag::SEQUENCE)?.ok_or(KeyFileError::NoCode)?;
    pfx.finish()?;
    let secret = opened(&code, &content, password, budget)?;

    let mut file = KeyFile {
        keys: vec![],
        certificates: vec![],
    };
    let mut outer = Reader::new(&content, Rules::Ber);
    let mut safes = outer.expect(tag::SEQUENCE)?.reader(Rules::Ber);
    outer.finish()?;
    while !safes.is_empty() {
        let (kind, content) = content_info(&safes.expect(tag::SEQUENCE)?)?;
        let plain: Zeroizing<Vec<u8>> = match kind {
            [1] => Zeroizing::new(octets(&content, Rules::Ber)?.into_owned()),
            [6] => encrypted_data(&content, &secret, budget)?,
            _ => return Err(KeyFileError::Form(BY_CERTIFICATE)),
        };
        file.add_bags(&plain, &secret, budget, limits)?;
    }
    Ok(file)
}

/// The password that the code was made with. Whoever gives none may mean no password at all or the empty one, which differ (RFC
/// 7292, appendix B.1); what programs make of an empty password differs too.
fn opened(
    code: &Tlv<'_>,
    content: &[u8],
    password: Option<&KeyPassword>,
    budget: &mut Budget,
) -> Result<Secret, KeyFileError> {
    let candidates = match password {
        Some(password) if !password.text().is_empty() => vec![Secret::new(password)],
        _ => vec![Secret::new(&KeyPassword::new("")), Secret::none()],
    };
    for secret in candidates {
        match check_code(code, content, &secret, budget) {
            Err(KeyFileError::PasswordWrong) => {}
            Err(other) => return Err(other),
            Ok(()) => return Ok(secret),
        }
    }
    Err(match password {
        None => KeyFileError::PasswordNeeded,
        Some(_) => KeyFileError::PasswordWrong,
    })
}

/// The last arc of the type of a ContentInfo (RFC 2315, clause 7), and its content; none of another standard is used.
fn content_info<'a>(info: &Tlv<'a>) -> Result<(&'a [u8], Tlv<'a>), KeyFileError> {
    let mut inner = info.reader(Rules::Ber);
    let kind = inner.expect(tag::OID)?;
    let arcs = kind.contents.strip_prefix(PKCS7);
    let arcs = arcs.ok_or_else(|| kind.error(Asn1Error::Value))?;
    let explicit = inner.expect(tag::CONTEXT_0_CONSTRUCTED)?;
    inner.finish()?;
    let mut explicit = explicit.reader(Rules::Ber);
    let content = explicit.read()?;
    explicit.finish()?;
    Ok((arcs, content))
}

/// The plain text of an EncryptedData (RFC 2315, clause 13).
fn encrypted_data(
    data: &Tlv<'_>,
    secret: &Secret,
    budget: &mut Budget,
) -> Result<Zeroizing<Vec<u8>>, KeyFileError> {
    if data.tag != tag::SEQUENCE {
        return Err(data.error(Asn1Error::Unexpected).into());
    }
    let mut inner = data.reader(Rules::Ber);
    inner.expect(tag::INTEGER)?;
    let mut info = inner.expect(tag::SEQUENCE)?.reader(Rules::Ber);
    info.expect(tag::OID)?;
    let algorithm = AlgorithmIdentifier::parse(&info.expect(tag::SEQUENCE)?, Rules::Ber)?;
    let encrypted = octet_string(&info.read()?, tag::CONTEXT_0, Rules::Ber)?;
    info.finish()?;
    decrypt(&algorithm, &encrypted, secret, budget)
}

impl KeyFile {
    /// SafeContents (RFC 7292, clause 4.2). Bags of other kinds (revocation lists, secrets, bags of bags) are passed over.
    fn add_bags(
        &mut self,
        contents: &[u8],
        secret: &Secret,
        budget: &mut Budget,
        limits: &Limits,
    ) -> Result<(), KeyFileError> {
        let mut outer = Reader::new(contents, Rules::Ber);
        let mut bags = outer.expect(tag::SEQUENCE)?.reader(Rules::Ber);
        outer.finish()?;
        while !bags.is_empty() {
            let mut bag = bags.expect(tag::SEQUENCE)?.reader(Rules::Ber);
            let kind = bag.expect(tag::OID)?;
            let value = bag.expect(tag::CONTEXT_0_CONSTRUCTED)?;
            let mut attributes = Attributes::default();
            if let Some(set) = bag.optional(tag::SET)? {
                attributes.read(&set)?;
            }
            bag.finish()?;
            let value = value.reader(Rules::Ber).read()?;
            let pkcs8 = match kind.contents.strip_prefix(BAGS) {
                Some([1]) => Zeroizing::new(value.raw.to_vec()),
                Some([2]) => decrypted_key(value.raw, secret, budget)?,
                Some([3]) => {
                    if let Some(certificate) = certificate(&value)? {
                        self.add_certificate(&certificate, attributes.id, limits)?;
                    }
                    continue;
                }
                _ => continue,
            };
            if self.keys.len() >= limits.certificates {
                return Err(KeyFileError::Costly);
            }
            self.keys.push(FileKey {
                pkcs8,
                name: attributes.name,
                id: attributes.id,
            });
        }
        Ok(())
    }
}

/// The certificate in a CertBag, if it is one of X.509.
fn certificate<'a>(value: &Tlv<'a>) -> Result<Option<Cow<'a, [u8]>>, KeyFileError> {
    let mut inner = value.reader(Rules::Ber);
    let kind = inner.expect(tag::OID)?;
    let explicit = inner.expect(tag::CONTEXT_0_CONSTRUCTED)?;
    if kind.contents != X509 {
        return Ok(None);
    }
    let content = explicit.reader(Rules::Ber).read()?;
    Ok(Some(octets(&content, Rules::Ber)?))
}

#[derive(Default)]
struct Attributes {
    name: Option<String>,
    id: Option<Vec<u8>>,
}

impl Attributes {
    /// Those two of `set` that keys are chosen by; of several values the first.
    fn read(&mut self, set: &Tlv<'_>) -> Result<(), KeyFileError> {
        let mut attributes = set.reader(Rules::Ber);
        while !attributes.is_empty() {
            let mut attribute = attributes.expect(tag::SEQUENCE)?.reader(Rules::Ber);
            let kind = attribute.expect(tag::OID)?;
            let values = attribute.expect(tag::SET)?;
            let Ok(value) = values.reader(Rules::Ber).read() else {
                continue;
            };
            match kind.contents {
                FRIENDLY_NAME if value.tag == BMP_STRING => {
                    let units = value.contents.chunks_exact(2);
                    let units: Vec<u16> = units
                        .filter_map(|pair| Some(u16::from_be_bytes(pair.try_into().ok()?)))
                        .collect();
                    self.name = Some(String::from_utf16_lossy(&units));
                }
                LOCAL_KEY_ID => self.id = Some(octets(&value, Rules::Ber)?.into_owned()),
                _ => {}
            }
        }
        Ok(())
    }
}

fn octets<'a>(tlv: &Tlv<'a>, rules: Rules) -> Result<Cow<'a, [u8]>, KeyFileError> {
    Ok(octet_string(tlv, tag::OCTET_STRING, rules)?)
}
