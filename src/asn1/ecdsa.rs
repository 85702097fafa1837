//! The two forms of an ECDSA signature.

use super::{Reader, Rules, tag, tlv, unsigned, unsigned_integer};

/// `SEQUENCE { r, s }` (RFC 5480, appendix A) as `r || s`, each `width` octets (RFC 9053, clause 2.1).
///
/// `None` if `signature` is not strict DER, or a number needs more than `width` octets.
#[must_use]
pub fn ecdsa_der_to_fixed(signature: &[u8], width: usize) -> Option<Vec<u8>> {
    let mut outer = Reader::new(signature, Rules::Der);
    let sequence = outer.expect(tag::SEQUENCE).ok()?;
    outer.finish().ok()?;
    let mut inner = sequence.reader(Rules::Der);
    let mut out = Vec::with_capacity(width.checked_mul(2)?);
    for _ in 0..2 {
        let number = inner.expect(tag::INTEGER).ok()?;
        let octets = unsigned_integer(&number).ok()?;
        out.extend(core::iter::repeat_n(0, width.checked_sub(octets.len())?));
        out.extend_from_slice(octets);
    }
    inner.finish().ok()?;
    Some(out)
}

/// `r || s` as `SEQUENCE { r, s }`, DER. `None` if the length is zero or odd.
#[must_use]
pub fn ecdsa_fixed_to_der(signature: &[u8]) -> Option<Vec<u8>> {
    if signature.is_empty() || !signature.len().is_multiple_of(2) {
        return None;
    }
    let (r, s) = signature.split_at_checked(signature.len() / 2)?;
    Some(tlv(tag::SEQUENCE, &[&unsigned(r), &unsigned(s)]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_convert_back_and_forth() {
        let mut fixed = vec![0; 64];
        fixed[1] = 0x80;
        fixed[63] = 1;
        let der = ecdsa_fixed_to_der(&fixed).unwrap();
        assert_eq!(ecdsa_der_to_fixed(&der, 32).unwrap(), fixed);
        assert_eq!(ecdsa_der_to_fixed(&der, 48).unwrap().len(), 96);
    }

    #[test]
    fn number_too_wide_negative_padded_or_followed() {
        let fixed = [0xff; 64];
        let der = ecdsa_fixed_to_der(&fixed).unwrap();
        assert_eq!(ecdsa_der_to_fixed(&der, 31), None);
        for bad in [
            &[0x30, 6, 2, 1, 0x81, 2, 1, 1][..],
            &[0x30, 7, 2, 2, 0, 1, 2, 1, 1],
            &[0x30, 6, 2, 1, 1, 2, 1, 1, 0],
            &[0x30, 9, 2, 1, 1, 2, 1, 1, 2, 1, 1],
            &[0x30, 3, 2, 1, 1],
        ] {
            assert_eq!(ecdsa_der_to_fixed(bad, 32), None, "{bad:x?}");
        }
        assert_eq!(ecdsa_fixed_to_der(&[1, 2, 3]), None);
    }
}
