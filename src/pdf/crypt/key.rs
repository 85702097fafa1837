//! From a password to the file key (ISO 32000-2, 7.6.4.3 and 7.6.4.4, algorithms 2 to 13).

use zeroize::Zeroizing;

use super::dictionary::Standard;
use super::{OpenedAs, Password};
use crate::crypto::{DigestAlgorithm, Hasher, aes_cbc_decrypt, aes_cbc_encrypt, md5, rc4};

/// Key material.
pub(super) type Secret = Zeroizing<Vec<u8>>;

/// What short passwords are filled up with (algorithm 2, step a).
const FILLER: [u8; 32] = *b"\x28\xBF\x4E\x5E\x4E\x75\x8A\x41\x64\x00\x4E\x56\xFF\xFA\x01\x08\
    \x2E\x2E\x00\xB6\xD0\x68\x3E\x80\x2F\x0C\xA9\xFE\x64\x53\x69\x7A";

/// The file key, and as whom `password` opens the file; `None` if it is neither password.
pub(super) fn file_key(
    standard: &Standard,
    identifier: &[u8],
    password: &Password,
) -> Option<(Secret, OpenedAs)> {
    let candidates = password.candidates(standard.revision);
    let attempt = |as_whom| {
        candidates.iter().find_map(|candidate| {
            let key = match (standard.revision, as_whom) {
                (5.., OpenedAs::Owner) => new_owner(standard, candidate),
                (5.., OpenedAs::User) => new_user(standard, candidate),
                (_, OpenedAs::Owner) => old_owner(standard, identifier, candidate),
                (_, OpenedAs::User) => old_user(standard, identifier, candidate),
            };
            Some((key?, as_whom))
        })
    };
    attempt(OpenedAs::Owner).or_else(|| attempt(OpenedAs::User))
}

/// What `/Perms` says, decrypted (algorithm 13). `None` if it is not one block, or the mark is not there, which means that
/// another key made it.
pub(super) fn permissions(standard: &Standard, key: &[u8]) -> Option<(u32, bool)> {
    let mut block: [u8; 16] = standard.perms.as_deref()?.try_into().ok()?;
    // One block under a zero vector is the ECB that the standard asks for.
    aes_cbc_decrypt(key, &[0; 16], &mut block)?;
    let [
        a,
        b,
        c,
        d,
        _,
        _,
        _,
        _,
        metadata @ (b'T' | b'F'),
        b'a',
        b'd',
        b'b',
        ..,
    ] = block
    else {
        return None;
    };
    Some((u32::from_le_bytes([a, b, c, d]), metadata == b'T'))
}

fn padded(password: &[u8]) -> Zeroizing<[u8; 32]> {
    let mut padded = Zeroizing::new([0; 32]);
    for (to, from) in padded.iter_mut().zip(password.iter().chain(&FILLER)) {
        *to = *from;
    }
    padded
}

/// Algorithm 2: the file key of revisions 2 to 4 for a user password.
fn old_key(standard: &Standard, identifier: &[u8], password: &[u8]) -> Secret {
    let permissions = standard.permissions.to_le_bytes();
    let plain_metadata: &[u8] = match standard.revision {
        4.. if !standard.encrypts_metadata => &[0xff; 4],
        _ => &[],
    };
    let parts = [
        &padded(password)[..],
        &standard.owner,
        &permissions,
        identifier,
        plain_metadata,
    ];
    let mut digest = md5(&parts);
    let length = standard.key_length.min(16);
    if standard.revision >= 3 {
        for _ in 0..50 {
            digest = md5(&[digest.get(..length).unwrap_or_default()]);
        }
    }
    Zeroizing::new(digest.get(..length).unwrap_or_default().to_vec())
}

/// Algorithm 6: `password` as the user's.
fn old_user(standard: &Standard, identifier: &[u8], password: &[u8]) -> Option<Secret> {
    let key = old_key(standard, identifier, password);
    let right = if standard.revision == 2 {
        let mut expected = FILLER;
        rc4(&key, &mut expected)?;
        standard.user.get(..32)? == expected
    } else {
        let mut expected = md5(&[&FILLER, identifier]);
        for round in 0..20 {
            rc4(&mixed(&key, round), &mut expected[..])?;
        }
        // The other 16 bytes are arbitrary padding (algorithm 5, step f).
        standard.user.get(..16)? == expected.as_slice()
    };
    right.then_some(key)
}

/// Algorithm 7: `password` as the owner's, which decrypts the user's.
fn old_owner(standard: &Standard, identifier: &[u8], password: &[u8]) -> Option<Secret> {
    let mut digest = md5(&[&padded(password)[..]]);
    if standard.revision >= 3 {
        for _ in 0..50 {
            digest = md5(&[&digest[..]]);
        }
    }
    let key = digest.get(..standard.key_length.min(16))?;
    let mut user = Zeroizing::new(standard.owner.get(..32)?.to_vec());
    let rounds = if standard.revision == 2 { 0..1 } else { 0..20 };
    for round in rounds.rev() {
        rc4(&mixed(key, round), &mut user)?;
    }
    old_user(standard, identifier, &user)
}

fn mixed(key: &[u8], round: u8) -> Secret {
    Zeroizing::new(key.iter().map(|byte| byte ^ round).collect())
}

/// Algorithm 11, then 2.A, for the user.
fn new_user(standard: &Standard, password: &[u8]) -> Option<Secret> {
    open(
        standard.revision,
        password,
        &standard.user,
        &[],
        standard.user_key.as_deref()?,
    )
}

/// Algorithm 12, then 2.A, for the owner.
fn new_owner(standard: &Standard, password: &[u8]) -> Option<Secret> {
    let user = standard.user.get(..48)?;
    open(
        standard.revision,
        password,
        &standard.owner,
        user,
        standard.owner_key.as_deref()?,
    )
}

/// `entry` is hash, validation salt and key salt; `wrapped` the file key.
fn open(revision: u8, password: &[u8], entry: &[u8], user: &[u8], wrapped: &[u8]) -> Option<Secret> {
    let hash = |salt: &[u8]| match revision {
        5 => sha256(&[password, salt, user]),
        _ => hardened(password, salt, user),
    };
    if *hash(entry.get(32..40)?)? != *entry.get(..32)? {
        return None;
    }
    let key = hash(entry.get(40..48)?)?;
    let mut file_key = Zeroizing::new(wrapped.get(..32)?.to_vec());
    aes_cbc_decrypt(&key, &[0; 16], &mut file_key)?;
    Some(file_key)
}

#[expect(clippy::unnecessary_wraps, reason = "the other hash can fail")]
fn sha256(parts: &[&[u8]]) -> Option<Secret> {
    let mut hasher = Hasher::new(DigestAlgorithm::Sha256);
    for part in parts {
        hasher.update(part);
    }
    Some(Zeroizing::new(hasher.finish()))
}

/// Algorithm 2.B, the hash of revision 6. At most 288 rounds, as the last byte is at most 255: the work is bounded.
fn hardened(password: &[u8], salt: &[u8], user: &[u8]) -> Option<Secret> {
    let mut key = sha256(&[password, salt, user])?;
    let mut round = 0usize;
    loop {
        let once = Zeroizing::new([password, &key, user].concat());
        let mut text = Zeroizing::new(once.repeat(64));
        let iv = key.get(16..32)?.try_into().ok()?;
        aes_cbc_encrypt(key.get(..16)?, iv, &mut text)?;
        // 256 is 1 modulo 3, so the number's remainder is that of the sum of its bytes.
        let remainder = text.get(..16)?.iter().map(|byte| u16::from(*byte)).sum::<u16>() % 3;
        let algorithm = match remainder {
            0 => DigestAlgorithm::Sha256,
            1 => DigestAlgorithm::Sha384,
            _ => DigestAlgorithm::Sha512,
        };
        key = Zeroizing::new(algorithm.digest(&text));
        round += 1;
        if round >= 64 && usize::from(*text.last()?) + 32 <= round {
            key.truncate(32);
            return Some(key);
        }
    }
}
