//! Strings and stream data under the key of their object (ISO 32000-2, 7.6.3, algorithms 1 and 1.A).

use zeroize::Zeroizing;

use super::dictionary::Method;
use super::key::Secret;
use crate::crypto::{DigestAlgorithm, Hasher, aes_cbc_decrypt, aes_cbc_encrypt, md5, rc4};
use crate::pdf::object::Ref;

const BLOCK: usize = 16;

/// One method with the key of one object.
pub(super) struct Cipher {
    method: Method,
    key: Secret,
}

impl Cipher {
    /// The cipher for what stands in object `id`.
    pub(super) fn new(method: Method, file_key: &[u8], id: Ref) -> Self {
        let salt: &[u8] = match method {
            Method::Identity | Method::AesV3 => {
                let key = Zeroizing::new(file_key.to_vec());
                return Self { method, key };
            }
            Method::Rc4 => b"",
            Method::AesV2 => b"sAlT",
        };
        let [a, b, c, _] = id.number.to_le_bytes();
        let [d, e] = id.generation.to_le_bytes();
        let digest = md5(&[file_key, &[a, b, c, d, e], salt]);
        let length = file_key.len().saturating_add(5).min(digest.len());
        let key = Zeroizing::new(digest.get(..length).unwrap_or_default().to_vec());
        Self { method, key }
    }

    /// What `data` was before it was encrypted. `None` if it cannot have been: AES data that are no whole blocks or whose
    /// padding is not one.
    pub(super) fn decrypt(&self, data: &[u8]) -> Option<Vec<u8>> {
        match self.method {
            Method::Identity => Some(data.to_vec()),
            Method::Rc4 => {
                let mut plain = data.to_vec();
                rc4(&self.key, &mut plain)?;
                Some(plain)
            }
            // Writers leave empty strings and streams empty, or write a vector and no block; nothing is hidden in nothing.
            Method::AesV2 | Method::AesV3 if data.is_empty() => Some(Vec::new()),
            Method::AesV2 | Method::AesV3 => {
                let (iv, data) = data.split_first_chunk::<BLOCK>()?;
                if data.is_empty() {
                    return Some(Vec::new());
                }
                let mut plain = data.to_vec();
                aes_cbc_decrypt(&self.key, iv, &mut plain)?;
                let length = usize::from(*plain.last()?);
                let kept = plain
                    .len()
                    .checked_sub(length)
                    .filter(|_| (1..=BLOCK).contains(&length))?;
                let padding = plain.get(kept..)?;
                if padding.iter().any(|byte| usize::from(*byte) != length) {
                    return None;
                }
                plain.truncate(kept);
                Some(plain)
            }
        }
    }

    /// `data` encrypted. `place` numbers the strings and the data of one object.
    ///
    /// The initialisation vector is no random number but the digest of the file key, the object, the place and the data: the
    /// same input gives the same bytes. CBC asks that vectors cannot be foreseen without the key and that none is used
    /// for two messages; this one has both properties, as different data, or the same at another place, give another
    /// vector. What it shows is that a file written twice has the same text at the same place, which a reader of both
    /// files may know anyway from their equal lengths and purpose.
    pub(super) fn encrypt(&self, file_key: &[u8], id: Ref, place: u64, data: &[u8]) -> Option<Vec<u8>> {
        match self.method {
            Method::Identity => Some(data.to_vec()),
            Method::Rc4 => {
                let mut output = data.to_vec();
                rc4(&self.key, &mut output)?;
                Some(output)
            }
            Method::AesV2 | Method::AesV3 => {
                let mut hasher = Hasher::new(DigestAlgorithm::Sha256);
                hasher.update(file_key);
                hasher.update(&id.number.to_be_bytes());
                hasher.update(&id.generation.to_be_bytes());
                hasher.update(&place.to_be_bytes());
                hasher.update(data);
                let iv = *hasher.finish().first_chunk::<BLOCK>()?;
                let padding = BLOCK - data.len() % BLOCK;
                let mut output = Vec::with_capacity(data.len() + padding + BLOCK);
                output.extend_from_slice(&iv);
                output.extend_from_slice(data);
                output.resize(output.len() + padding, u8::try_from(padding).ok()?);
                aes_cbc_encrypt(&self.key, &iv, output.get_mut(BLOCK..)?)?;
                Some(output)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: Ref = Ref {
        number: 7,
        generation: 0,
    };

    #[test]
    fn what_was_encrypted_decrypts_and_each_place_has_a_vector_of_its_own() {
        for (method, key) in [
            (Method::Identity, &[9; 16][..]),
            (Method::Rc4, &[9; 5]),
            (Method::Rc4, &[9; 16]),
            (Method::AesV2, &[9; 16]),
            (Method::AesV3, &[9; 32]),
        ] {
            let cipher = Cipher::new(method, key, ID);
            for length in [0, 1, 15, 16, 17, 100] {
                let data = vec![b'x'; length];
                let one = cipher.encrypt(key, ID, 0, &data).unwrap();
                assert_eq!(cipher.decrypt(&one).as_ref(), Some(&data), "{method:?} {length}");
                assert_eq!(
                    cipher.encrypt(key, ID, 0, &data).unwrap(),
                    one,
                    "the same bytes again"
                );
                if matches!(method, Method::AesV2 | Method::AesV3) {
                    let vector = |place, id, data: &[u8]| {
                        cipher.encrypt(key, id, place, data).unwrap()[..BLOCK].to_vec()
                    };
                    let first = vector(0, ID, &data);
                    assert_ne!(first, vector(1, ID, &data));
                    assert_ne!(first, vector(0, Ref::new(8, 0), &data));
                    assert_ne!(first, vector(0, ID, &[data.as_slice(), b"y"].concat()));
                }
            }
        }
    }

    #[test]
    fn aes_data_of_a_wrong_length_or_padding_are_refused() {
        let key = [9; 32];
        let cipher = Cipher::new(Method::AesV3, &key, ID);
        let sealed = cipher.encrypt(&key, ID, 0, b"some text").unwrap();
        assert_eq!(cipher.decrypt(&sealed[..31]), None);
        assert_eq!(
            cipher.decrypt(&sealed[..16]),
            Some(vec![]),
            "a vector and no block"
        );
        assert_eq!(cipher.decrypt(&sealed[..9]), None);
        for (last, allowed) in [(0u8, false), (17, false), (3, false), (1, true)] {
            // The last byte of the text is what the vector's last byte makes of it.
            let mut block = [b'.'; 16];
            block[15] = last;
            let mut made = [0; 32];
            made[16..].copy_from_slice(&block);
            aes_cbc_encrypt(&key, &[0; 16], &mut made[16..]).unwrap();
            assert_eq!(cipher.decrypt(&made).is_some(), allowed, "{last}");
        }
    }
}
