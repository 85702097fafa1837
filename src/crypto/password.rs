//! From a password to a key, and the ciphers of files that hold private keys (RFC 8018, RFC 7292).
//!
//! SHA-1, RC2 and Triple DES are here because such files use them; nothing of a seal or a verdict rests on them. What the work
//! costs is the caller's to bound, before.

use core::num::NonZeroU32;

use aes::cipher::block_padding::Pkcs7;
use aes::cipher::{BlockCipherDecrypt, BlockModeDecrypt, InnerIvInit, KeyInit};
use ring::{digest, hmac, pbkdf2};
use zeroize::Zeroizing;

/// The hash under a derivation or a code.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum PasswordHash {
    Sha1,
    Sha256,
    Sha384,
    Sha512,
}

impl PasswordHash {
    fn digest(self) -> &'static digest::Algorithm {
        match self {
            Self::Sha1 => &digest::SHA1_FOR_LEGACY_USE_ONLY,
            Self::Sha256 => &digest::SHA256,
            Self::Sha384 => &digest::SHA384,
            Self::Sha512 => &digest::SHA512,
        }
    }

    /// Length of the digest in bytes.
    pub(crate) fn length(self) -> usize {
        self.digest().output_len()
    }

    /// PBKDF2 (RFC 8018, clause 5.2) into `length` bytes.
    pub(crate) fn pbkdf2(
        self,
        password: &[u8],
        salt: &[u8],
        rounds: NonZeroU32,
        length: usize,
    ) -> Zeroizing<Vec<u8>> {
        let algorithm = match self {
            Self::Sha1 => pbkdf2::PBKDF2_HMAC_SHA1,
            Self::Sha256 => pbkdf2::PBKDF2_HMAC_SHA256,
            Self::Sha384 => pbkdf2::PBKDF2_HMAC_SHA384,
            Self::Sha512 => pbkdf2::PBKDF2_HMAC_SHA512,
        };
        let mut out = Zeroizing::new(vec![0; length]);
        pbkdf2::derive(algorithm, rounds, salt, password, &mut out);
        out
    }

    /// The derivation of PKCS#12 (RFC 7292, appendix B.2) into `length` bytes; `password` is a BMPString with its two zero bytes,
    /// or nothing at all.
    pub(crate) fn pkcs12(
        self,
        purpose: Purpose,
        password: &[u8],
        salt: &[u8],
        rounds: NonZeroU32,
        length: usize,
    ) -> Zeroizing<Vec<u8>> {
        let block = self.digest().block_len();
        let whole = |bytes: &[u8]| {
            let length = bytes.len().div_ceil(block).saturating_mul(block);
            bytes.iter().copied().cycle().take(length).collect::<Vec<u8>>()
        };
        let mut input = Zeroizing::new(whole(salt));
        input.extend_from_slice(&Zeroizing::new(whole(password)));
        let diversifier = vec![purpose as u8; block];
        let mut out = Zeroizing::new(Vec::with_capacity(length.saturating_add(self.length())));
        while out.len() < length {
            let mut context = digest::Context::new(self.digest());
            context.update(&diversifier);
            context.update(&input);
            let mut round = context.finish();
            for _ in 1..rounds.get() {
                round = digest::digest(self.digest(), round.as_ref());
            }
            out.extend_from_slice(round.as_ref());
            // Every block of the input grows by the output, repeated, and one.
            for part in input.chunks_mut(block) {
                let mut carry = 1u16;
                let added = round.as_ref().iter().cycle().take(block);
                let added: Zeroizing<Vec<u8>> = Zeroizing::new(added.copied().collect());
                for (byte, more) in part.iter_mut().zip(added.iter()).rev() {
                    let [high, low] = (u16::from(*byte) + u16::from(*more) + carry).to_be_bytes();
                    *byte = low;
                    carry = u16::from(high);
                }
            }
        }
        out.truncate(length);
        out
    }

    /// Whether `code` is the HMAC of `message` under `key`; in the same time, wherever they differ.
    pub(crate) fn hmac_verifies(self, key: &[u8], message: &[u8], code: &[u8]) -> bool {
        let algorithm = match self {
            Self::Sha1 => hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY,
            Self::Sha256 => hmac::HMAC_SHA256,
            Self::Sha384 => hmac::HMAC_SHA384,
            Self::Sha512 => hmac::HMAC_SHA512,
        };
        hmac::verify(&hmac::Key::new(algorithm, key), message, code).is_ok()
    }
}

/// What a key that PKCS#12 derives is for (RFC 7292, appendix B.3): the diversifier.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Purpose {
    Key = 1,
    Iv = 2,
    Mac = 3,
}

/// The key that scrypt makes (RFC 7914), `length` bytes. `None` if the parameters are not possible.
pub(crate) fn scrypt(
    password: &[u8],
    salt: &[u8],
    (log_n, r, p): (u8, u32, u32),
    length: usize,
) -> Option<Zeroizing<Vec<u8>>> {
    let parameters = ::scrypt::Params::new(log_n, r, p).ok()?;
    let mut out = Zeroizing::new(vec![0; length]);
    ::scrypt::scrypt(password, salt, &parameters, &mut out).ok()?;
    Some(out)
}

/// A block cipher in CBC mode with the padding of RFC 8018, clause 6.1.1.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum PasswordCipher {
    Aes128,
    Aes192,
    Aes256,
    /// Two of the three keys are the same.
    TripleDes2,
    TripleDes3,
    /// Effective key of 40 bits.
    Rc2Of40,
    /// Effective key of 128 bits.
    Rc2Of128,
}

impl PasswordCipher {
    /// Bytes of a key.
    pub(crate) fn key_length(self) -> usize {
        match self {
            Self::Rc2Of40 => 5,
            Self::Aes128 | Self::Rc2Of128 | Self::TripleDes2 => 16,
            Self::Aes192 | Self::TripleDes3 => 24,
            Self::Aes256 => 32,
        }
    }

    /// Bytes of a block.
    pub(crate) fn block_length(self) -> usize {
        match self {
            Self::Aes128 | Self::Aes192 | Self::Aes256 => 16,
            Self::Rc2Of40 | Self::Rc2Of128 | Self::TripleDes2 | Self::TripleDes3 => 8,
        }
    }

    /// The plain bytes; `None` if key, initialisation vector or data are not of the cipher's length, or the padding is none.
    pub(crate) fn decrypt(self, key: &[u8], iv: &[u8], data: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        if key.len() != self.key_length() {
            return None;
        }
        match self {
            Self::Aes128 => decrypted(aes::Aes128::new_from_slice(key).ok()?, iv, data),
            Self::Aes192 => decrypted(aes::Aes192::new_from_slice(key).ok()?, iv, data),
            Self::Aes256 => decrypted(aes::Aes256::new_from_slice(key).ok()?, iv, data),
            Self::TripleDes2 => decrypted(des::TdesEde2::new_from_slice(key).ok()?, iv, data),
            Self::TripleDes3 => decrypted(des::TdesEde3::new_from_slice(key).ok()?, iv, data),
            Self::Rc2Of40 => decrypted(rc2::Rc2::new_with_eff_key_len(key, 40), iv, data),
            Self::Rc2Of128 => decrypted(rc2::Rc2::new_with_eff_key_len(key, 128), iv, data),
        }
    }
}

fn decrypted<C>(cipher: C, iv: &[u8], data: &[u8]) -> Option<Zeroizing<Vec<u8>>>
where
    C: BlockCipherDecrypt,
{
    let mut plain = Zeroizing::new(data.to_vec());
    let mode = cbc::Decryptor::<C>::inner_iv_slice_init(cipher, iv).ok()?;
    let length = mode.decrypt_padded::<Pkcs7>(&mut plain).ok()?.len();
    plain.truncate(length);
    Some(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rounds(n: u32) -> NonZeroU32 {
        NonZeroU32::new(n).unwrap()
    }

    #[test]
    fn scrypt_follows_its_published_example_and_refuses_what_is_impossible() {
        // RFC 7914, clause 12, the second example.
        let key = scrypt(b"password", b"NaCl", (10, 8, 16), 64).unwrap();
        assert_eq!(key[..8], [0xfd, 0xba, 0xbe, 0x1c, 0x9d, 0x34, 0x72, 0x00]);
        assert!(scrypt(b"password", b"NaCl", (64, 8, 16), 64).is_none());
        assert!(scrypt(b"password", b"NaCl", (10, 0, 16), 64).is_none());
    }

    #[test]
    fn pbkdf2_follows_its_published_example() {
        // RFC 6070, the second example.
        let key = PasswordHash::Sha1.pbkdf2(b"password", b"salt", rounds(2), 20);
        assert_eq!(key[..6], [0xea, 0x6c, 0x01, 0x4d, 0xc7, 0x2d]);
    }

    #[test]
    fn a_cipher_takes_no_key_vector_or_data_of_another_length() {
        use PasswordCipher as C;
        for cipher in [
            C::Aes128,
            C::Aes192,
            C::Aes256,
            C::TripleDes2,
            C::TripleDes3,
            C::Rc2Of40,
            C::Rc2Of128,
        ] {
            let (key, iv) = (vec![7; cipher.key_length()], vec![0; cipher.block_length()]);
            assert!(cipher.decrypt(&key[1..], &iv, &[0; 32]).is_none(), "{cipher:?}");
            assert!(cipher.decrypt(&key, &iv[1..], &[0; 32]).is_none(), "{cipher:?}");
            assert!(cipher.decrypt(&key, &iv, &[0; 31]).is_none(), "{cipher:?}");
            assert!(cipher.decrypt(&key, &iv, &[]).is_none(), "{cipher:?}");
        }
    }
}
