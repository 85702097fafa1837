//! RSASSA-PSS with a salt of any length (RFC 8017, clauses 8.1.2 and 9.1.2).
//!
//! ring takes a salt as long as the digest and no other. OpenSSL before 3.1, pyHanko and endesive make it as long as the key
//! has room for, and RFC 8017 permits every length, so such signatures are computed here. Nothing in this is secret.

use num_bigint::BigUint;

use super::DigestAlgorithm;
use crate::asn1::{Reader, Rules, tag, unsigned_integer};

/// What ring takes, too: bits of the modulus, and of the exponent.
const MODULUS_BITS: core::ops::RangeInclusive<u64> = 2048..=8192;
const EXPONENT_BITS: u64 = 33;

/// Whether `signature` is the key's over `message`, whatever the length of its salt. `key` is an RSAPublicKey, DER.
///
/// The length is read from the signature, which it cannot be changed in: what the parameters beside it say is signed by
/// nobody.
pub(super) fn verifies(digest: DigestAlgorithm, key: &[u8], message: &[u8], signature: &[u8]) -> bool {
    salt_length(digest, key, message, signature).is_some()
}

/// The length of the salt in bytes, if `signature` is the key's over `message`.
pub(super) fn salt_length(
    digest: DigestAlgorithm,
    key: &[u8],
    message: &[u8],
    signature: &[u8],
) -> Option<usize> {
    let (encoded, bits) = encoded(key, signature)?;
    holds(digest, message, &encoded, bits)
}

/// The encoded message that was signed, and its length in bits.
fn encoded(key: &[u8], signature: &[u8]) -> Option<(Vec<u8>, u64)> {
    let mut outer = Reader::new(key, Rules::Der);
    let mut parts = outer.expect(tag::SEQUENCE).ok()?.reader(Rules::Der);
    let modulus = unsigned_integer(&parts.expect(tag::INTEGER).ok()?).ok()?;
    let exponent = unsigned_integer(&parts.expect(tag::INTEGER).ok()?).ok()?;
    let (modulus, exponent) = (BigUint::from_bytes_be(modulus), BigUint::from_bytes_be(exponent));
    let odd = modulus.bit(0) && exponent.bit(0);
    if !odd || !MODULUS_BITS.contains(&modulus.bits()) || !(2..=EXPONENT_BITS).contains(&exponent.bits()) {
        return None;
    }
    let value = BigUint::from_bytes_be(signature);
    if u64::try_from(signature.len()).ok()? != modulus.bits().div_ceil(8) || value >= modulus {
        return None;
    }
    let bits = modulus.bits().checked_sub(1)?;
    let length = usize::try_from(bits.div_ceil(8)).ok()?;
    let digits = value.modpow(&exponent, &modulus).to_bytes_be();
    let mut encoded = vec![0; length.checked_sub(digits.len())?];
    encoded.extend(digits);
    Some((encoded, bits))
}

/// EMSA-PSS-VERIFY, with MGF1 over the same digest: the length of the salt.
fn holds(digest: DigestAlgorithm, message: &[u8], encoded: &[u8], bits: u64) -> Option<usize> {
    let (0xbc, rest) = encoded.split_last().map(|(last, rest)| (*last, rest))? else {
        return None;
    };
    let (masked, hash) = rest.split_at_checked(rest.len().checked_sub(digest.length())?)?;
    // Bits of the first byte that are beyond the encoded message: none to seven.
    let spare = u32::try_from(
        u64::try_from(encoded.len())
            .ok()?
            .checked_mul(8)?
            .checked_sub(bits)?,
    )
    .ok()?;
    let kept = 0xff_u8.checked_shr(spare)?;
    if masked.first()? & !kept != 0 {
        return None;
    }
    let mut block: Vec<u8> = masked
        .iter()
        .zip(mask(digest, hash))
        .map(|(byte, mask)| byte ^ mask)
        .collect();
    *block.first_mut()? &= kept;
    let one = block.iter().position(|byte| *byte != 0)?;
    let (1, salt) = block
        .get(one..)?
        .split_first()
        .map(|(first, salt)| (*first, salt))?
    else {
        return None;
    };
    let hashed = [&[0; 8][..], &digest.digest(message), salt].concat();
    (digest.digest(&hashed) == hash).then_some(salt.len())
}

/// MGF1 (RFC 8017, appendix B.2.1), without end.
fn mask(digest: DigestAlgorithm, seed: &[u8]) -> impl Iterator<Item = u8> {
    (0_u32..).flat_map(move |counter| digest.digest(&[seed, &counter.to_be_bytes()].concat()))
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;

    use super::super::{EcdsaForm, PrivateKey, PublicKey, SignatureAlgorithm};
    use super::*;

    const MESSAGE: &[u8] = b"signed with a salt of another length";

    fn key() -> Vec<u8> {
        let pem = include_str!("../../test-vectors/keys/rsa2048-pss.key.pem");
        let digits: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
        let der = base64::engine::general_purpose::STANDARD.decode(digits).unwrap();
        match PrivateKey::from_pkcs8(&der).unwrap().public_key() {
            PublicKey::Rsa(der) => der,
            other => panic!("{other:?}"),
        }
    }

    /// Made by `test-vectors/cms/make.sh`.
    fn signature(salt: usize) -> Vec<u8> {
        std::fs::read(format!(
            "{}/test-vectors/cms/pss-salt-{salt}.sig",
            env!("CARGO_MANIFEST_DIR")
        ))
        .unwrap()
    }

    #[test]
    fn every_length_of_salt_is_taken() {
        for salt in [0, 20, 32, 222] {
            assert!(
                verifies(DigestAlgorithm::Sha256, &key(), MESSAGE, &signature(salt)),
                "{salt}"
            );
            let whole = PublicKey::Rsa(key());
            let result = whole.verify(
                SignatureAlgorithm::RsaPssSha256,
                EcdsaForm::Der,
                MESSAGE,
                &signature(salt),
            );
            assert_eq!(result, Ok(()), "{salt}");
        }
    }

    #[test]
    fn another_message_digest_or_byte_is_refused() {
        let (key, good) = (key(), signature(222));
        assert!(!verifies(DigestAlgorithm::Sha256, &key, b"another", &good));
        assert!(!verifies(DigestAlgorithm::Sha384, &key, MESSAGE, &good));
        for at in [0, 1, 100, 255] {
            let mut bad = good.clone();
            bad[at] ^= 1;
            assert!(!verifies(DigestAlgorithm::Sha256, &key, MESSAGE, &bad), "{at}");
        }
        assert!(!verifies(DigestAlgorithm::Sha256, &key, MESSAGE, &good[1..]));
        assert!(!verifies(DigestAlgorithm::Sha256, &key, MESSAGE, &[0xff; 256]));
        assert!(!verifies(DigestAlgorithm::Sha256, &key[1..], MESSAGE, &good));
    }

    #[test]
    fn what_is_left_unmasked_must_be_zeros_then_one() {
        // an encoded message that hashes right but has a byte before the 01
        let digest = DigestAlgorithm::Sha256;
        let (bits, length) = (2047, 256);
        let salt = [7; 32];
        let hash = digest.digest(&[&[0; 8][..], &digest.digest(MESSAGE), &salt].concat());
        let made = |first: u8| {
            let mut block = vec![0; length - 32 - 1 - 33];
            block[5] = first;
            block.push(1);
            block.extend(salt);
            let mut encoded: Vec<u8> = block
                .iter()
                .zip(mask(digest, &hash))
                .map(|(b, m)| b ^ m)
                .collect();
            encoded[0] &= 0x7f;
            encoded.extend(&hash);
            encoded.push(0xbc);
            encoded
        };
        assert_eq!(holds(digest, MESSAGE, &made(0), bits), Some(true));
        assert_eq!(holds(digest, MESSAGE, &made(2), bits), None);
        assert_ne!(
            holds(digest, MESSAGE, &made(1), bits),
            Some(true),
            "a longer salt is another hash"
        );
        let mut other_end = made(0);
        *other_end.last_mut().unwrap() = 0xbd;
        assert_eq!(holds(digest, MESSAGE, &other_end, bits), None);
        let mut spare = made(0);
        spare[0] |= 0x80;
        assert_eq!(holds(digest, MESSAGE, &spare, bits), None);
    }
}
