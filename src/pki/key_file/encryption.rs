//! Encryption by password: PBES2 (RFC 8018, clause 6.2), the schemes of PKCS#12 (RFC 7292, appendix C), and the codes of PKCS#12.

use core::num::NonZeroU32;

use zeroize::Zeroizing;

use super::{KeyFileError, KeyPassword};
use crate::asn1::{self, Asn1Error, Reader, Rules, Tlv, octet_string, tag};
use crate::cms::AlgorithmIdentifier;
use crate::crypto::{PasswordCipher, PasswordHash, Purpose, scrypt};
use crate::limits::Limits;

/// 1.2.840.113549.1.5.12
const PBKDF2: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x05, 0x0c];
/// 1.2.840.113549.1.5.13
const PBES2: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x05, 0x0d];
/// 1.2.840.113549.1.5.14
const PBMAC1: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x05, 0x0e];
/// 1.3.6.1.4.1.11591.4.11
const SCRYPT: &[u8] = &[0x2b, 0x06, 0x01, 0x04, 0x01, 0xda, 0x47, 0x04, 0x0b];
/// 1.2.840.113549.2, above the codes: .7 HMAC-SHA-1, .9 -256, .10 -384, .11 -512
const RSADSI_DIGEST: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x02];
/// 1.2.840.113549.3.7
const DES_EDE3_CBC: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x03, 0x07];
/// 1.2.840.113549.1.12.1, above the schemes of PKCS#12
const PKCS12_PBE: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x0c, 0x01];
/// 2.16.840.1.101.3.4.1, above AES: .2, .22 and .42 are CBC with 128, 192 and 256 bits
const AES: &[u8] = &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x01];
/// 2.16.840.1.101.3.4.2, above SHA-2: .1, .2 and .3 are SHA-256, -384 and -512
const SHA2: &[u8] = &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02];
/// 1.3.14.3.2.26
const SHA1: &[u8] = &[0x2b, 0x0e, 0x03, 0x02, 0x1a];

/// A password, as the schemes want it: PBES2 in UTF-8, those of PKCS#12 as a BMPString with two zero bytes after it (RFC 7292,
/// appendix B.1), where no password at all has not even those.
pub(super) struct Secret {
    utf8: Zeroizing<Vec<u8>>,
    bmp: Zeroizing<Vec<u8>>,
}

impl Secret {
    pub(super) fn new(password: &KeyPassword) -> Self {
        let text = password.text();
        // As long as it gets, so that nothing is left behind where it grows.
        let mut bmp = Zeroizing::new(Vec::with_capacity(text.len().saturating_mul(2).saturating_add(2)));
        for unit in text.encode_utf16().chain([0]) {
            bmp.extend_from_slice(&unit.to_be_bytes());
        }
        Self {
            utf8: Zeroizing::new(text.as_bytes().to_vec()),
            bmp,
        }
    }

    pub(super) fn none() -> Self {
        Self {
            utf8: Zeroizing::default(),
            bmp: Zeroizing::default(),
        }
    }
}

/// What a file may still ask for.
pub(super) struct Budget {
    rounds: u32,
    scrypt_bytes: u64,
}

impl Budget {
    pub(super) fn new(limits: &Limits) -> Self {
        Self {
            rounds: limits.key_rounds,
            scrypt_bytes: limits.key_scrypt_bytes,
        }
    }

    /// Takes the rounds that `integer` states, for each of so many digests as `length` bytes need.
    fn rounds(
        &mut self,
        integer: &Tlv<'_>,
        hash: PasswordHash,
        length: usize,
    ) -> Result<NonZeroU32, KeyFileError> {
        let stated = asn1::unsigned_integer(integer)?;
        // More than four octets are more than any limit.
        let stated = if stated.len() > 4 {
            u32::MAX
        } else {
            asn1::small_integer(integer)?
        };
        let rounds = NonZeroU32::new(stated).ok_or(integer.error(Asn1Error::Value))?;
        let times = u32::try_from(length.div_ceil(hash.length())).unwrap_or(u32::MAX);
        let work = stated.checked_mul(times).ok_or(KeyFileError::Costly)?;
        self.rounds = self.rounds.checked_sub(work).ok_or(KeyFileError::Costly)?;
        Ok(rounds)
    }
}

/// `data` decrypted as `algorithm` says.
///
/// # Errors
/// Occurs if the algorithm is not computed or too costly; `PasswordWrong` if what comes out has no padding.
pub(super) fn decrypt(
    algorithm: &AlgorithmIdentifier<'_>,
    data: &[u8],
    secret: &Secret,
    budget: &mut Budget,
) -> Result<Zeroizing<Vec<u8>>, KeyFileError> {
    let parameters = algorithm
        .parameters
        .ok_or_else(|| refused("encryption", algorithm))?;
    let (cipher, key, iv) = match algorithm.oid.contents() {
        PBES2 => pbes2(&parameters, secret, budget)?,
        oid => match (oid.strip_prefix(PKCS12_PBE), PasswordHash::Sha1) {
            (Some([which]), hash) => {
                let cipher = match which {
                    3 => PasswordCipher::TripleDes3,
                    4 => PasswordCipher::TripleDes2,
                    5 => PasswordCipher::Rc2Of128,
                    6 => PasswordCipher::Rc2Of40,
                    // 1 and 2 are RC4.
                    _ => return Err(refused("encryption", algorithm)),
                };
                let mut inner = sequence(&parameters)?;
                let salt = octet_string(&inner.read()?, tag::OCTET_STRING, Rules::Ber)?;
                let count = inner.read()?;
                inner.finish()?;
                let mut derived = |purpose, length| {
                    let rounds = budget.rounds(&count, hash, length)?;
                    Ok::<_, KeyFileError>(hash.pkcs12(purpose, &secret.bmp, &salt, rounds, length))
                };
                let key = derived(Purpose::Key, cipher.key_length())?;
                let iv = derived(Purpose::Iv, cipher.block_length())?;
                (cipher, key, iv.to_vec())
            }
            _ => return Err(refused("encryption", algorithm)),
        },
    };
    cipher.decrypt(&key, &iv, data).ok_or(KeyFileError::PasswordWrong)
}

/// Checks the code of a PKCS#12 file, a MacData (RFC 7292, clause 4), over `content`.
///
/// # Errors
/// Occurs if the code is of a kind that is not computed or too costly; `PasswordWrong` if it is another.
pub(super) fn check_code(
    mac_data: &Tlv<'_>,
    content: &[u8],
    secret: &Secret,
    budget: &mut Budget,
) -> Result<(), KeyFileError> {
    let mut outer = sequence(mac_data)?;
    let mut info = sequence(&outer.expect(tag::SEQUENCE)?)?;
    let algorithm = AlgorithmIdentifier::parse(&info.expect(tag::SEQUENCE)?, Rules::Ber)?;
    let code = octet_string(&info.read()?, tag::OCTET_STRING, Rules::Ber)?;
    info.finish()?;
    let salt = octet_string(&outer.read()?, tag::OCTET_STRING, Rules::Ber)?;
    let count = outer.optional(tag::INTEGER)?;
    outer.finish()?;
    let (hash, key) = if algorithm.oid.contents() == PBMAC1 {
        pbmac1(&algorithm, secret, budget)?
    } else {
        let hash = digest(&algorithm).ok_or_else(|| refused("code", &algorithm))?;
        let one = [tag::INTEGER, 1, 1];
        let count = match count {
            Some(count) => count,
            None => Reader::new(&one, Rules::Der).read()?,
        };
        let rounds = budget.rounds(&count, hash, hash.length())?;
        let key = hash.pkcs12(Purpose::Mac, &secret.bmp, &salt, rounds, hash.length());
        (hash, key)
    };
    if hash.hmac_verifies(&key, content, &code) {
        Ok(())
    } else {
        Err(KeyFileError::PasswordWrong)
    }
}

type Keyed = (PasswordCipher, Zeroizing<Vec<u8>>, Vec<u8>);

fn pbes2(parameters: &Tlv<'_>, secret: &Secret, budget: &mut Budget) -> Result<Keyed, KeyFileError> {
    let mut inner = sequence(parameters)?;
    let derivation = AlgorithmIdentifier::parse(&inner.expect(tag::SEQUENCE)?, Rules::Ber)?;
    let scheme = AlgorithmIdentifier::parse(&inner.expect(tag::SEQUENCE)?, Rules::Ber)?;
    inner.finish()?;
    let oid = scheme.oid.contents();
    let cipher = match oid.strip_prefix(AES) {
        Some([2]) => PasswordCipher::Aes128,
        Some([22]) => PasswordCipher::Aes192,
        Some([42]) => PasswordCipher::Aes256,
        _ if oid == DES_EDE3_CBC => PasswordCipher::TripleDes3,
        _ => return Err(refused("encryption", &scheme)),
    };
    let iv = scheme.parameters.ok_or_else(|| refused("encryption", &scheme))?;
    let iv = octet_string(&iv, tag::OCTET_STRING, Rules::Ber)?.into_owned();
    let length = cipher.key_length();
    let key = match derivation.oid.contents() {
        PBKDF2 => pbkdf2(&derivation, Some(length), secret, budget)?,
        SCRYPT => scrypt_key(&derivation, length, secret, budget)?,
        _ => return Err(refused("derivation", &derivation)),
    };
    Ok((cipher, key, iv))
}

/// PBKDF2-params (RFC 8018, appendix A.2); the key has `length` bytes or, if that is `None`, as many as they state.
fn pbkdf2(
    derivation: &AlgorithmIdentifier<'_>,
    length: Option<usize>,
    secret: &Secret,
    budget: &mut Budget,
) -> Result<Zeroizing<Vec<u8>>, KeyFileError> {
    let parameters = derivation
        .parameters
        .ok_or_else(|| refused("derivation", derivation))?;
    let mut inner = sequence(&parameters)?;
    let salt = octet_string(&inner.read()?, tag::OCTET_STRING, Rules::Ber)?;
    let count = inner.read()?;
    let stated = key_length(&mut inner)?;
    let hash = match inner.optional(tag::SEQUENCE)? {
        None => PasswordHash::Sha1,
        Some(prf) => {
            let prf = AlgorithmIdentifier::parse(&prf, Rules::Ber)?;
            hmac(&prf).ok_or_else(|| refused("derivation", &prf))?
        }
    };
    inner.finish()?;
    let length = match (length, stated) {
        (Some(length), Some(stated)) if length != stated => {
            return Err(parameters.error(Asn1Error::Value).into());
        }
        (Some(length), _) => length,
        // RFC 9579, clause 5: the length must be stated, and be at least 20.
        (None, Some(stated @ 20..=64)) => stated,
        (None, _) => return Err(parameters.error(Asn1Error::Value).into()),
    };
    let rounds = budget.rounds(&count, hash, length)?;
    Ok(hash.pbkdf2(&secret.utf8, &salt, rounds, length))
}

/// scrypt-params (RFC 7914, clause 7.1).
fn scrypt_key(
    derivation: &AlgorithmIdentifier<'_>,
    length: usize,
    secret: &Secret,
    budget: &mut Budget,
) -> Result<Zeroizing<Vec<u8>>, KeyFileError> {
    let parameters = derivation
        .parameters
        .ok_or_else(|| refused("derivation", derivation))?;
    let mut inner = sequence(&parameters)?;
    let salt = octet_string(&inner.read()?, tag::OCTET_STRING, Rules::Ber)?;
    let (n, r, p) = (inner.read()?, inner.read()?, inner.read()?);
    let number = |tlv: &Tlv<'_>| match asn1::unsigned_integer(tlv) {
        Ok(octets) if octets.len() > 4 => Err(KeyFileError::Costly),
        _ => Ok(asn1::small_integer(tlv)?),
    };
    let (cost, block, parallel) = (number(&n)?, number(&r)?, number(&p)?);
    if key_length(&mut inner)?.is_some_and(|stated| stated != length) {
        return Err(parameters.error(Asn1Error::Value).into());
    }
    inner.finish()?;
    let bytes = [cost, block, parallel]
        .into_iter()
        .try_fold(128u64, |bytes, factor| bytes.checked_mul(u64::from(factor)))
        .ok_or(KeyFileError::Costly)?;
    budget.scrypt_bytes = budget
        .scrypt_bytes
        .checked_sub(bytes)
        .ok_or(KeyFileError::Costly)?;
    // RFC 7914, clause 2: a power of two above one.
    let log = u8::try_from(cost.trailing_zeros()).unwrap_or(0);
    if !cost.is_power_of_two() || log == 0 {
        return Err(n.error(Asn1Error::Value).into());
    }
    scrypt(&secret.utf8, &salt, (log, block, parallel), length)
        .ok_or_else(|| parameters.error(Asn1Error::Value).into())
}

/// PBMAC1-params (RFC 8018, appendix A.5), as RFC 9579 wants them: the code, and its key.
fn pbmac1(
    algorithm: &AlgorithmIdentifier<'_>,
    secret: &Secret,
    budget: &mut Budget,
) -> Result<(PasswordHash, Zeroizing<Vec<u8>>), KeyFileError> {
    let parameters = algorithm.parameters.ok_or_else(|| refused("code", algorithm))?;
    let mut inner = sequence(&parameters)?;
    let derivation = AlgorithmIdentifier::parse(&inner.expect(tag::SEQUENCE)?, Rules::Ber)?;
    let scheme = AlgorithmIdentifier::parse(&inner.expect(tag::SEQUENCE)?, Rules::Ber)?;
    inner.finish()?;
    let hash = hmac(&scheme).ok_or_else(|| refused("code", &scheme))?;
    if derivation.oid.contents() != PBKDF2 {
        return Err(refused("derivation", &derivation));
    }
    Ok((hash, pbkdf2(&derivation, None, secret, budget)?))
}

fn hmac(algorithm: &AlgorithmIdentifier<'_>) -> Option<PasswordHash> {
    match algorithm.oid.contents().strip_prefix(RSADSI_DIGEST)? {
        [7] => Some(PasswordHash::Sha1),
        [9] => Some(PasswordHash::Sha256),
        [10] => Some(PasswordHash::Sha384),
        [11] => Some(PasswordHash::Sha512),
        _ => None,
    }
}

fn digest(algorithm: &AlgorithmIdentifier<'_>) -> Option<PasswordHash> {
    let oid = algorithm.oid.contents();
    match oid.strip_prefix(SHA2) {
        _ if oid == SHA1 => Some(PasswordHash::Sha1),
        Some([1]) => Some(PasswordHash::Sha256),
        Some([2]) => Some(PasswordHash::Sha384),
        Some([3]) => Some(PasswordHash::Sha512),
        _ => None,
    }
}

fn key_length(inner: &mut Reader<'_>) -> Result<Option<usize>, KeyFileError> {
    let Some(stated) = inner.optional(tag::INTEGER)? else {
        return Ok(None);
    };
    let length = usize::try_from(asn1::small_integer(&stated)?).unwrap_or(usize::MAX);
    Ok(Some(length))
}

fn sequence<'a>(tlv: &Tlv<'a>) -> Result<Reader<'a>, KeyFileError> {
    if tlv.tag == tag::SEQUENCE {
        Ok(tlv.reader(Rules::Ber))
    } else {
        Err(tlv.error(Asn1Error::Unexpected).into())
    }
}

fn refused(what: &'static str, algorithm: &AlgorithmIdentifier<'_>) -> KeyFileError {
    KeyFileError::Algorithm {
        what,
        oid: algorithm.oid.to_string(),
    }
}
