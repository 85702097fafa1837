//! Which form a file of keys has, and the forms that hold one key.

use zeroize::Zeroizing;

use super::encryption::{Budget, Secret, decrypt};
use super::{FileCertificate, FileKey, KeyFile, KeyFileError, KeyPassword, pkcs12};
use crate::asn1::{self, Asn1Error, Reader, Rules, octet_string, tag, tlv};
use crate::cms::AlgorithmIdentifier;
use crate::limits::Limits;
use crate::pki::{Certificate, pem};

/// `SEQUENCE { rsaEncryption, NULL }` (RFC 8017, appendix A.1)
const RSA: &[u8] = &[
    0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00,
];
/// `id-ecPublicKey` (RFC 5480, clause 2.1.1), a whole element
const EC: &[u8] = &[0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];

/// Forms that are known by their first line or bytes, and not read.
const OTHERS: &[(&str, &str)] = &[
    (
        "BEGIN OPENSSH PRIVATE KEY",
        "a key of OpenSSH, which is not read; convert it with: ssh-keygen -p -m PKCS8",
    ),
    (
        "Proc-Type: 4,ENCRYPTED",
        "encrypted as OpenSSL used to before PKCS#8, with MD5, which is not read; convert it with: openssl pkcs8 -topk8 -v2 aes-256-cbc",
    ),
    (
        "BEGIN DSA PRIVATE KEY",
        "a DSA key, which seals are not made with; use RSA, P-256, P-384 or Ed25519",
    ),
];

/// The magic numbers of the Java key stores JKS and JCEKS.
const JAVA: [[u8; 4]; 2] = [[0xfe, 0xed, 0xfe, 0xed], [0xce, 0xce, 0xce, 0xce]];

pub(super) fn read(
    bytes: &[u8],
    password: Option<&KeyPassword>,
    limits: &Limits,
) -> Result<KeyFile, KeyFileError> {
    if JAVA.iter().any(|magic| bytes.starts_with(magic)) {
        return Err(KeyFileError::Form(
            "a Java key store of the old form, which is not read; convert it with: keytool -importkeystore -deststoretype PKCS12",
        ));
    }
    let mut reading = Reading {
        password,
        budget: Budget::new(limits),
        limits,
    };
    match core::str::from_utf8(bytes) {
        Ok(text) if text.contains("-----BEGIN ") => reading.pem(text),
        _ => reading.der(bytes),
    }
}

struct Reading<'r> {
    password: Option<&'r KeyPassword>,
    budget: Budget,
    limits: &'r Limits,
}

impl Reading<'_> {
    fn pem(&mut self, text: &str) -> Result<KeyFile, KeyFileError> {
        let known = OTHERS.iter().find(|(mark, _)| text.contains(mark));
        if let Some((_, refusal)) = known {
            return Err(KeyFileError::Form(refusal));
        }
        let mut file = KeyFile {
            keys: vec![],
            certificates: vec![],
        };
        for (label, der) in pem::all(text).map_err(|_| malformed())? {
            let pkcs8 = match label {
                "PRIVATE KEY" => der,
                "ENCRYPTED PRIVATE KEY" => self.encrypted(&der)?,
                "RSA PRIVATE KEY" => pkcs1(&der),
                "EC PRIVATE KEY" => sec1(&der)?,
                "CERTIFICATE" => {
                    file.add_certificate(&der, None, self.limits)?;
                    continue;
                }
                _ => continue,
            };
            file.keys.push(FileKey {
                pkcs8,
                name: None,
                id: None,
            });
        }
        Ok(file)
    }

    fn der(&mut self, bytes: &[u8]) -> Result<KeyFile, KeyFileError> {
        // PKCS#12 may be BER; a byte after its end is a new line that somebody's editor left, at most.
        let mut reader = Reader::new(bytes, Rules::Ber);
        let whole = reader.expect(tag::SEQUENCE)?;
        if !reader.rest().iter().all(u8::is_ascii_whitespace) {
            reader.finish()?;
        }
        let mut inner = whole.reader(Rules::Ber);
        let (first, second) = (inner.read()?, inner.read()?);
        let pkcs8 = match (first.tag, second.tag) {
            (tag::INTEGER, tag::SEQUENCE) if first.contents == [3] => {
                return pkcs12::read(&whole, self.password, &mut self.budget, self.limits);
            }
            (tag::INTEGER, tag::SEQUENCE) => Zeroizing::new(whole.raw.to_vec()),
            (tag::INTEGER, tag::INTEGER) => pkcs1(whole.raw),
            (tag::INTEGER, tag::OCTET_STRING) => sec1(whole.raw)?,
            (tag::SEQUENCE, tag::OCTET_STRING) => self.encrypted(whole.raw)?,
            // A certificate, for one.
            (tag::SEQUENCE, tag::SEQUENCE) => return Err(KeyFileError::NoKey),
            _ => return Err(second.error(Asn1Error::Unexpected).into()),
        };
        let key = FileKey {
            pkcs8,
            name: None,
            id: None,
        };
        Ok(KeyFile {
            keys: vec![key],
            certificates: vec![],
        })
    }

    fn encrypted(&mut self, der: &[u8]) -> Result<Zeroizing<Vec<u8>>, KeyFileError> {
        let secret = Secret::new(self.password.ok_or(KeyFileError::PasswordNeeded)?);
        decrypted_key(der, &secret, &mut self.budget)
    }
}

/// The PrivateKeyInfo in an EncryptedPrivateKeyInfo (RFC 5958, clause 3).
pub(super) fn decrypted_key(
    der: &[u8],
    secret: &Secret,
    budget: &mut Budget,
) -> Result<Zeroizing<Vec<u8>>, KeyFileError> {
    let mut outer = Reader::new(der, Rules::Ber);
    let mut inner = outer.expect(tag::SEQUENCE)?.reader(Rules::Ber);
    let algorithm = AlgorithmIdentifier::parse(&inner.expect(tag::SEQUENCE)?, Rules::Ber)?;
    let data = octet_string(&inner.read()?, tag::OCTET_STRING, Rules::Ber)?;
    inner.finish()?;
    let plain = decrypt(&algorithm, &data, secret, budget)?;
    // One wrong password in 256 leaves something that looks like padding.
    let mut check = Reader::new(&plain, Rules::Der);
    match check.expect(tag::SEQUENCE) {
        Ok(_) if check.is_empty() => Ok(plain),
        _ => Err(KeyFileError::PasswordWrong),
    }
}

impl KeyFile {
    /// Adds a certificate; one that cannot be read is not the signer's, or there will be none of the key.
    pub(super) fn add_certificate(
        &mut self,
        der: &[u8],
        id: Option<Vec<u8>>,
        limits: &Limits,
    ) -> Result<(), KeyFileError> {
        if self.certificates.len() >= limits.certificates {
            return Err(KeyFileError::Costly);
        }
        if let Ok(certificate) = Certificate::try_from(der) {
            self.certificates.push(FileCertificate { certificate, id });
        }
        Ok(())
    }
}

/// An RSAPrivateKey as PrivateKeyInfo.
fn pkcs1(der: &[u8]) -> Zeroizing<Vec<u8>> {
    wrapped(RSA, der)
}

/// An ECPrivateKey as PrivateKeyInfo: the curve, which stands inside, goes to the algorithm (RFC 5915, clause 3).
fn sec1(der: &[u8]) -> Result<Zeroizing<Vec<u8>>, KeyFileError> {
    let mut outer = Reader::new(der, Rules::Der);
    let mut inner = outer.expect(tag::SEQUENCE)?.reader(Rules::Der);
    outer.finish()?;
    inner.expect(tag::INTEGER)?;
    inner.expect(tag::OCTET_STRING)?;
    let curve = inner.expect(tag::CONTEXT_0_CONSTRUCTED)?;
    Ok(wrapped(&tlv(tag::SEQUENCE, &[EC, curve.contents]), der))
}

fn wrapped(algorithm: &[u8], key: &[u8]) -> Zeroizing<Vec<u8>> {
    let key = Zeroizing::new(tlv(tag::OCTET_STRING, &[key]));
    Zeroizing::new(tlv(tag::SEQUENCE, &[&asn1::unsigned(&[0]), algorithm, &key]))
}

fn malformed() -> KeyFileError {
    crate::error::At::new(Asn1Error::Unexpected, 0).into()
}
