//! Bytes as decimal digits, for the numeric mode of a QR code and the fragment of an address.
//!
//! Blocks of 12 bytes become 29 digits: 99.3 % of what numeric mode can hold, in one pass and with 128-bit integers. The
//! number of digits says the number of bytes, so leading zeros are safe and no two byte strings share a digit string.

/// Bytes of a whole block.
const BLOCK: usize = 12;
/// Digits for a block of as many bytes as the index: the least `d` with `10^d >= 256^n`. All differ.
const DIGITS: [usize; BLOCK + 1] = [0, 3, 5, 8, 10, 13, 15, 17, 20, 22, 25, 27, 29];

/// `bytes` as digits: every block big-endian, padded with zeros in front to its fixed number of digits.
pub(super) fn encode(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len().div_ceil(BLOCK).saturating_mul(29));
    for block in bytes.chunks(BLOCK) {
        let number = block
            .iter()
            .fold(0u128, |sum, byte| (sum << 8) | u128::from(*byte));
        let width = DIGITS.get(block.len()).copied().unwrap_or_default();
        out.push_str(&format!("{number:0width$}"));
    }
    out
}

/// The bytes that [`encode`] writes as `digits`.
///
/// # Errors
/// Occurs if a character is not a digit, a block is larger than its bytes can say, or the number of digits is none that
/// `encode` writes; the value is the place in `digits`.
pub(super) fn decode(digits: &[u8]) -> Result<Vec<u8>, usize> {
    let mut out = Vec::with_capacity(digits.len().div_ceil(29).saturating_mul(BLOCK));
    for (number, block) in digits.chunks(29).enumerate() {
        let place = number.saturating_mul(29);
        let bytes = DIGITS
            .iter()
            .position(|width| *width == block.len())
            .ok_or(place)?;
        let mut value = 0u128;
        for (at, digit) in block.iter().enumerate() {
            if !digit.is_ascii_digit() {
                return Err(place.saturating_add(at));
            }
            // 29 digits stay below 2^97.
            value = value.saturating_mul(10).saturating_add(u128::from(digit - b'0'));
        }
        let (zeros, low) = value
            .to_be_bytes()
            .split_at_checked(16 - bytes)
            .map_or((vec![], vec![]), |(a, b)| (a.to_vec(), b.to_vec()));
        if zeros.iter().any(|byte| *byte != 0) {
            return Err(place);
        }
        out.extend(low);
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_length_comes_back_with_extreme_contents() {
        for length in 0..60 {
            for byte in [0x00, 0x01, 0x7f, 0x80, 0xff] {
                let bytes = vec![byte; length];
                let digits = encode(&bytes);
                assert_eq!(decode(digits.as_bytes()), Ok(bytes), "{length} x {byte:#x}");
            }
        }
    }

    #[test]
    fn widths_are_the_least_that_hold_their_bytes_and_all_differ() {
        for (bytes, digits) in DIGITS.iter().enumerate().skip(1) {
            let largest = (1u128 << (8 * bytes)) - 1;
            assert_eq!(largest.to_string().len(), *digits);
            assert!(DIGITS[bytes - 1] < *digits);
        }
    }

    #[test]
    fn digits_no_encoder_writes_are_refused() {
        assert_eq!(decode(b"256"), Err(0));
        assert_eq!(decode(b"255"), Ok(vec![255]));
        assert_eq!(decode(b"1"), Err(0));
        assert_eq!(decode(b"1234"), Err(0));
        assert_eq!(decode(b"25a"), Err(2));
        assert_eq!(decode("2５5".as_bytes()), Err(1));
        // 2^96, one more than twelve bytes can say.
        assert_eq!(decode(b"79228162514264337593543950336"), Err(0));
        assert_eq!(decode(b"79228162514264337593543950335"), Ok(vec![0xff; 12]));
        let mut second = encode(&[7; 12]);
        second.push_str("999");
        assert_eq!(decode(second.as_bytes()), Err(29));
    }

    #[test]
    fn density_stays_above_99_percent_of_numeric_mode() {
        let bits = encode(&[0xff; 360]).len() as f64 * 10.0 / 3.0;
        assert!(360.0 * 8.0 / bits > 0.99);
    }
}
