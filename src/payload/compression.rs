//! Raw deflate (RFC 1951) against a frozen dictionary. The first byte says which; 0 means stored.
//!
//! Plain compression makes a small signed object larger; the dictionary is what helps. It is part of the format: its
//! bytes never change, a better one gets the next number.

use std::sync::OnceLock;

use miniz_oxide::deflate::core::deflate_flags::TDEFL_FORCE_ALL_STATIC_BLOCKS;
use miniz_oxide::deflate::core::{
    CompressorOxide, TDEFLFlush, TDEFLStatus, compress, create_comp_flags_from_zip_params,
};
use miniz_oxide::inflate::TINFLStatus;
use miniz_oxide::inflate::core::inflate_flags::TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF;
use miniz_oxide::inflate::core::{DecompressorOxide, decompress};

use super::PayloadError;

/// Made by `scripts/make-dictionary`; frozen.
const DICTIONARY_1: &[u8] = include_bytes!("dictionary-1.bin");
const STORED: u8 = 0;
const WITH_DICTIONARY_1: u8 = 1;

/// `bytes` in the smallest form: one byte that names it, then the contents.
pub(super) fn pack(bytes: &[u8]) -> Vec<u8> {
    let packed = primed()
        .iter()
        .flatten()
        .filter_map(|state| feed(&mut state.clone(), bytes, TDEFLFlush::Finish))
        .min_by_key(Vec::len);
    match packed {
        Some(packed) if packed.len() < bytes.len() => [&[WITH_DICTIONARY_1], packed.as_slice()].concat(),
        _ => [&[STORED], bytes].concat(),
    }
}

/// What [`pack`] was given, at most `most` bytes.
pub(super) fn unpack(packed: &[u8], most: usize) -> Result<Vec<u8>, PayloadError> {
    match packed.split_first() {
        None => Err(PayloadError::Deflate),
        Some((&STORED, body)) if body.len() > most => Err(PayloadError::TooLarge(most)),
        Some((&STORED, body)) => Ok(body.to_vec()),
        Some((&WITH_DICTIONARY_1, body)) => inflate(body, DICTIONARY_1, most),
        Some((id, _)) => Err(PayloadError::Dictionary(*id)),
    }
}

/// Compressors that have deflated the dictionary, flushed to a whole byte, and had that output thrown away: to be cloned, because
/// the dictionary takes longer than the payload. One chooses its codes freely; short inputs lose more by describing their own
/// code than they gain, so the other keeps to the fixed code of RFC 1951, 3.2.6.
fn primed() -> &'static [Option<CompressorOxide>; 2] {
    static PRIMED: OnceLock<[Option<CompressorOxide>; 2]> = OnceLock::new();
    PRIMED.get_or_init(|| {
        let level = create_comp_flags_from_zip_params(10, 0, 0);
        [level, level | TDEFL_FORCE_ALL_STATIC_BLOCKS].map(|flags| {
            let mut state = CompressorOxide::new(flags);
            feed(&mut state, DICTIONARY_1, TDEFLFlush::Sync).map(|_| state)
        })
    })
}

fn feed(state: &mut CompressorOxide, bytes: &[u8], flush: TDEFLFlush) -> Option<Vec<u8>> {
    // Room for the worst case in one call: deflate grows incompressible input by less than an eighth and a header.
    let mut out = vec![0; bytes.len().saturating_add(bytes.len() / 8).saturating_add(1024)];
    let (status, read, written) = compress(state, bytes, &mut out, flush);
    let done = match flush {
        TDEFLFlush::Finish => status == TDEFLStatus::Done,
        _ => status == TDEFLStatus::Okay,
    };
    out.truncate(written);
    (done && read == bytes.len()).then_some(out)
}

fn inflate(body: &[u8], dictionary: &[u8], most: usize) -> Result<Vec<u8>, PayloadError> {
    let start = dictionary.len();
    let mut out = dictionary.to_vec();
    out.resize(start.saturating_add(most), 0);
    let flags = TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF;
    let (status, read, written) = decompress(&mut DecompressorOxide::new(), body, &mut out, start, flags);
    match status {
        TINFLStatus::Done if read == body.len() => {
            out.truncate(start.saturating_add(written));
            Ok(out.split_off(start))
        }
        TINFLStatus::HasMoreOutput => Err(PayloadError::TooLarge(most)),
        _ => Err(PayloadError::Deflate),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Bytes of a fixed sequence (xorshift), which no dictionary helps.
    fn noise(length: usize) -> Vec<u8> {
        let mut state = 0x2030_0601_u32;
        let mut next = || {
            state ^= state << 13;
            state ^= state >> 17;
            state ^= state << 5;
            state.to_le_bytes()[1]
        };
        (0..length).map(|_| next()).collect()
    }

    #[test]
    fn what_goes_in_comes_out() {
        for length in [0, 1, 2, 100, 1000, 65_536] {
            for bytes in [
                noise(length),
                vec![b'a'; length],
                DICTIONARY_1.iter().copied().cycle().take(length).collect(),
            ] {
                let packed = pack(&bytes);
                assert!(packed.len() <= bytes.len() + 1);
                assert_eq!(unpack(&packed, 65_536), Ok(bytes));
            }
        }
    }

    /// Every payload in the field depends on these bytes.
    #[test]
    fn dictionary_is_the_one_the_format_names() {
        let digest = crate::crypto::DigestAlgorithm::Sha256.digest(DICTIONARY_1);
        let digest: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        assert!(include_str!("../../docs/FORMAT.md").contains(&digest), "{digest}");
        assert_eq!(DICTIONARY_1.len(), 11_471);
    }

    #[test]
    fn noise_is_stored_and_known_words_are_not() {
        assert_eq!(pack(&noise(100))[0], STORED);
        assert_eq!(pack("统一社会信用代码".as_bytes())[0], WITH_DICTIONARY_1);
    }

    #[test]
    fn bomb_stops_at_the_limit() {
        let packed = pack(&vec![0; 65_537]);
        assert!(packed.len() < 200);
        assert_eq!(unpack(&packed, 65_536), Err(PayloadError::TooLarge(65_536)));
        assert_eq!(
            unpack(&[&[STORED][..], &[0; 11]].concat(), 10),
            Err(PayloadError::TooLarge(10))
        );
    }

    #[test]
    fn trailing_bytes_truncation_and_unknown_dictionaries_are_refused() {
        let packed = pack(&vec![7; 500]);
        assert_eq!(
            unpack(&[packed.as_slice(), &[0]].concat(), 1000),
            Err(PayloadError::Deflate)
        );
        for length in 1..packed.len() {
            assert!(unpack(&packed[..length], 1000).is_err(), "{length}");
        }
        for id in 2..=255 {
            assert_eq!(
                unpack(&[&[id], &packed[1..]].concat(), 1000),
                Err(PayloadError::Dictionary(id))
            );
        }
        assert_eq!(unpack(&[], 1000), Err(PayloadError::Deflate));
    }
}
