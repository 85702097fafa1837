//! The ciphers and the digest that encrypted PDF files name (ISO 32000-2, 7.6): AES in CBC mode, RC4, MD5.
//!
//! They are here to read and write such files. RC4 and MD5 are broken; nothing of a seal or a verdict rests on them.

use aes::cipher::block_padding::NoPadding;
use aes::cipher::{BlockModeDecrypt, BlockModeEncrypt, KeyInit, KeyIvInit, StreamCipher};
use md5::Digest as _;
use zeroize::Zeroizing;

/// The MD5 of the concatenation of `parts` (RFC 1321).
pub(crate) fn md5(parts: &[&[u8]]) -> Zeroizing<[u8; 16]> {
    let mut digest = md5::Md5::new();
    for part in parts {
        digest.update(part);
    }
    Zeroizing::new(digest.finalize().into())
}

/// Encrypts or decrypts `data` with RC4. Does nothing and says `None` if `key` is empty or longer than 256 bytes.
pub(crate) fn rc4(key: &[u8], data: &mut [u8]) -> Option<()> {
    rc4::Rc4::new_from_slice(key).ok()?.apply_keystream(data);
    Some(())
}

/// Encrypts whole blocks with AES in CBC mode, no padding. `None` if `key` is not 16 or 32 bytes long, or `data` are no
/// whole blocks.
pub(crate) fn aes_cbc_encrypt(key: &[u8], iv: &[u8; 16], data: &mut [u8]) -> Option<()> {
    let length = data.len();
    match key.len() {
        16 => cbc::Encryptor::<aes::Aes128>::new_from_slices(key, iv)
            .ok()?
            .encrypt_padded::<NoPadding>(data, length)
            .ok()?,
        32 => cbc::Encryptor::<aes::Aes256>::new_from_slices(key, iv)
            .ok()?
            .encrypt_padded::<NoPadding>(data, length)
            .ok()?,
        _ => return None,
    };
    Some(())
}

/// Decrypts whole blocks with AES in CBC mode, padding left in place. `None` as for [`aes_cbc_encrypt`].
pub(crate) fn aes_cbc_decrypt(key: &[u8], iv: &[u8; 16], data: &mut [u8]) -> Option<()> {
    match key.len() {
        16 => cbc::Decryptor::<aes::Aes128>::new_from_slices(key, iv)
            .ok()?
            .decrypt_padded::<NoPadding>(data)
            .ok()?,
        32 => cbc::Decryptor::<aes::Aes256>::new_from_slices(key, iv)
            .ok()?
            .decrypt_padded::<NoPadding>(data)
            .ok()?,
        _ => return None,
    };
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unhex(text: &str) -> Vec<u8> {
        (0..text.len())
            .step_by(2)
            .map(|i| u8::from_str_radix(&text[i..i + 2], 16).unwrap())
            .collect()
    }

    #[test]
    fn md5_and_rc4_follow_their_published_examples() {
        // RFC 1321, A.5; RFC 6229, 40-bit key, offset 0.
        assert_eq!(md5(&[b"a", b"bc"])[..], unhex("900150983cd24fb0d6963f7d28e17f72"));
        let mut zeros = [0; 16];
        rc4(&unhex("0102030405"), &mut zeros).unwrap();
        assert_eq!(zeros[..], unhex("b2396305f03dc027ccc3524a0a1118a8"));
        assert_eq!(rc4(b"", &mut zeros), None);
    }

    #[test]
    fn aes_cbc_follows_sp_800_38a_and_refuses_other_lengths() {
        // NIST SP 800-38A, F.2.1 and F.2.5, first two blocks.
        let plain = unhex("6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51");
        let iv: [u8; 16] = unhex("000102030405060708090a0b0c0d0e0f").try_into().unwrap();
        for (key, cipher) in [
            (
                "2b7e151628aed2a6abf7158809cf4f3c",
                "7649abac8119b246cee98e9b12e9197d5086cb9b507219ee95db113a917678b2",
            ),
            (
                "603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4",
                "f58c4c04d6e5f1ba779eabfb5f7bfbd69cfc4e967edb808d679f777bc6702c7d",
            ),
        ] {
            let mut data = plain.clone();
            aes_cbc_encrypt(&unhex(key), &iv, &mut data).unwrap();
            assert_eq!(data, unhex(cipher));
            aes_cbc_decrypt(&unhex(key), &iv, &mut data).unwrap();
            assert_eq!(data, plain);
            assert_eq!(aes_cbc_encrypt(&unhex(key), &iv, &mut data[..31]), None);
            assert_eq!(aes_cbc_decrypt(&unhex(key), &iv, &mut data[..31]), None);
        }
        assert_eq!(aes_cbc_encrypt(&[0; 24], &iv, &mut [0; 16]), None);
    }
}
