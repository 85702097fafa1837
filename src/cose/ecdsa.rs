//! ECDSA signatures arrive as DER from signers and stand in COSE as `r || s` (RFC 9053, clause 2.1).

/// `r || s`, each `width` bytes, from `SEQUENCE { INTEGER, INTEGER }` in DER.
pub(super) fn der_to_fixed(der: &[u8], width: usize) -> Option<Vec<u8>> {
    let body = contents(der, 0x30).filter(|(_, rest)| rest.is_empty())?.0;
    let (r, rest) = contents(body, 0x02)?;
    let (s, rest) = contents(rest, 0x02)?;
    if !rest.is_empty() {
        return None;
    }
    let mut out = padded(r, width)?;
    out.extend(padded(s, width)?);
    Some(out)
}

/// The contents of the first element, which must have `tag`, and what follows it. Lengths below 256: P-521 is not used.
fn contents(bytes: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (length, rest) = match bytes {
        [first, 0x81, length, rest @ ..] if *first == tag && *length >= 0x80 => (length, rest),
        [first, length, rest @ ..] if *first == tag && *length < 0x80 => (length, rest),
        _ => return None,
    };
    rest.split_at_checked(usize::from(*length))
}

/// A positive INTEGER in `width` bytes.
fn padded(integer: &[u8], width: usize) -> Option<Vec<u8>> {
    let magnitude = match integer {
        [0, rest @ ..] if rest.first().is_some_and(|b| *b >= 0x80) => rest,
        [first, ..] if (1..0x80).contains(first) => integer,
        _ => return None,
    };
    let mut out = vec![0; width.checked_sub(magnitude.len())?];
    out.extend(magnitude);
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_are_padded_and_stripped_to_the_width() {
        let der = [0x30, 0x07, 0x02, 0x01, 0x05, 0x02, 0x02, 0x00, 0x80];
        assert_eq!(der_to_fixed(&der, 2), Some(vec![0, 5, 0, 0x80]));
        assert_eq!(der_to_fixed(&der, 1), Some(vec![5, 0x80]));
        assert_eq!(der_to_fixed(&der, 0), None);
    }

    #[test]
    fn other_encodings_of_the_integers_are_refused() {
        for der in [
            &[][..],
            &[0x30, 0x06, 0x02, 0x01, 0x05, 0x02, 0x01, 0x80], // negative
            &[0x30, 0x07, 0x02, 0x02, 0x00, 0x05, 0x02, 0x01, 0x07], // padded
            &[0x30, 0x06, 0x02, 0x01, 0x00, 0x02, 0x01, 0x07], // zero
            &[0x30, 0x06, 0x02, 0x01, 0x05, 0x02, 0x01, 0x07, 0x00], // trailing
            &[0x30, 0x08, 0x02, 0x01, 0x05, 0x02, 0x01, 0x07, 0x05, 0x00], // a third element
            &[0x30, 0x81, 0x06, 0x02, 0x01, 0x05, 0x02, 0x01, 0x07], // long length
            &[0x31, 0x06, 0x02, 0x01, 0x05, 0x02, 0x01, 0x07], // not a sequence
        ] {
            assert_eq!(der_to_fixed(der, 32), None, "{der:02x?}");
        }
    }
}
