//! The two text forms of a packed COSE object: an address with digits behind `#`, and `YX1:` with Base45.

use super::{PayloadError, compression, decimal};
use crate::limits::Limits;

/// Characters of a text form that are looked at: more than the largest QR code can hold.
pub const TEXT_CHARACTERS: usize = 8192;

/// How to write a payload as text.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum TextForm<'a> {
    /// The address of the department's page, `#`, and decimal digits. Any telephone opens the page; our readers take the
    /// digits and never the address. The base is `https://`, a host in lower case, and optionally a port and a path.
    Url(&'a str),
    /// `YX1:` and Base45 (RFC 9285): capital letters, digits and signs of the alphanumeric mode.
    Compact,
}

const SCHEME: &str = "https://";
const COMPACT: &str = "YX1:";
/// Characters of a base address: every one of them costs eight bits of the symbol.
const BASE_CHARACTERS: usize = 128;

/// `cose` as text: packed with the dictionary if that makes it smaller, then written in `form`.
///
/// # Errors
/// Occurs if the base address of `form` is not acceptable, or the text would be longer than [`TEXT_CHARACTERS`].
pub fn encode_text(cose: &[u8], form: &TextForm<'_>) -> Result<String, PayloadError> {
    let text = text_of_any_length(cose, form)?;
    if text.len() > TEXT_CHARACTERS {
        return Err(PayloadError::TooLarge(TEXT_CHARACTERS));
    }
    Ok(text)
}

/// The same for an object of any size, to tell by how much it is too large.
pub(crate) fn text_of_any_length(object: &[u8], form: &TextForm<'_>) -> Result<String, PayloadError> {
    Ok(match form {
        TextForm::Url(base) => {
            check_base(base)?;
            format!("{base}#{}", decimal::encode(&compression::pack(object)))
        }
        TextForm::Compact => format!("{COMPACT}{}", base45::encode(compression::pack(object))),
    })
}

/// The COSE object in a text of either form. Scheme and Base45 may be in lower case, as some readers hand them over; the
/// address is checked for its shape alone, never opened and never trusted.
///
/// # Errors
/// Occurs if the text is neither form, longer than [`TEXT_CHARACTERS`], damaged, or inflates to more than
/// `Limits::payload_bytes`.
pub fn decode_text(text: &str, limits: &Limits) -> Result<Vec<u8>, PayloadError> {
    if text.len() > TEXT_CHARACTERS {
        return Err(PayloadError::TooLarge(TEXT_CHARACTERS));
    }
    let packed = if let Some(rest) = strip_prefix(text, SCHEME) {
        let (address, digits) = rest.split_once('#').ok_or(PayloadError::Scheme)?;
        let start = text.len().saturating_sub(rest.len());
        if let Some(at) = address.bytes().position(|b| !b.is_ascii_graphic()) {
            return Err(PayloadError::Characters(start.saturating_add(at)));
        }
        let start = text.len().saturating_sub(digits.len());
        if address.is_empty() || digits.is_empty() {
            return Err(PayloadError::Scheme);
        }
        decimal::decode(digits.as_bytes()).map_err(|at| PayloadError::Characters(start.saturating_add(at)))?
    } else if let Some(rest) = strip_prefix(text, COMPACT) {
        base45_strict(&rest.to_ascii_uppercase())
            .map_err(|at| PayloadError::Characters(COMPACT.len().saturating_add(at)))?
    } else {
        return Err(PayloadError::Scheme);
    };
    compression::unpack(&packed, limits.payload_bytes)
}

/// What follows `prefix`, whose letters may be of either case.
pub(super) fn strip_prefix<'a>(text: &'a str, prefix: &str) -> Option<&'a str> {
    let (head, rest) = text.split_at_checked(prefix.len())?;
    head.eq_ignore_ascii_case(prefix).then_some(rest)
}

/// RFC 9285. The library lets a last pair above 255 pass with its high bits lost, so the text is written again and
/// compared: only what an encoder writes is read. The error is the character at which the text is damaged.
pub(crate) fn base45_strict(text: &str) -> Result<Vec<u8>, usize> {
    let alphabet = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";
    let foreign = text.bytes().position(|b| !alphabet.contains(&b));
    let bytes = base45::decode(text).map_err(|_| foreign.unwrap_or_default())?;
    let again = base45::encode(&bytes);
    match again.bytes().zip(text.bytes()).position(|(a, b)| a != b) {
        None if again.len() == text.len() => Ok(bytes),
        at => Err(at.unwrap_or_default()),
    }
}

/// `https://` host [`:` port] [path]. RFC 3986 allows much more; a telephone's scanner must not need it.
pub(super) fn check_base(base: &str) -> Result<(), PayloadError> {
    let fail = |why| Err(PayloadError::Base(why));
    if base.len() > BASE_CHARACTERS {
        return fail("is longer than 128 characters");
    }
    let Some(rest) = base.strip_prefix(SCHEME) else {
        return fail("does not start with https://");
    };
    let (authority, path) = rest
        .split_at_checked(rest.find('/').unwrap_or(rest.len()))
        .unwrap_or((rest, ""));
    let (host, port) = authority
        .split_once(':')
        .map_or((authority, None), |(host, port)| (host, Some(port)));
    let label = |label: &str| {
        let inside = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        !label.is_empty() && !label.starts_with('-') && !label.ends_with('-') && label.bytes().all(inside)
    };
    if !host.split('.').all(label) {
        return fail("has a host that is not labels of a-z, 0-9 and - in lower case");
    }
    if port.is_some_and(|port| !matches!(port.len(), 1..=5) || !port.bytes().all(|b| b.is_ascii_digit())) {
        return fail("has a port that is not digits");
    }
    if !path
        .bytes()
        .all(|b| b.is_ascii_alphanumeric() || b"/-._~".contains(&b))
    {
        return fail("has a query, a fragment or a character other than a-z, A-Z, 0-9, / - . _ ~");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base45_is_that_of_the_examples_of_rfc_9285() {
        // Clauses 4.3 and 4.4.
        for (plain, coded) in [
            ("AB", "BB8"),
            ("Hello!!", "%69 VD92EX0"),
            ("base-45", "UJCLQE7W581"),
            ("ietf!", "QED8WEX0"),
        ] {
            assert_eq!(base45::encode(plain), coded);
            assert_eq!(base45_strict(coded), Ok(plain.as_bytes().to_vec()));
        }
        // Clause 6: GGW is 65536; what is left over is no character alone.
        assert_eq!(base45_strict("FGW"), Ok(vec![0xff, 0xff]));
        for wrong in ["GGW", ":::", "BB8A", "::", "bb8"] {
            assert!(base45_strict(wrong).is_err(), "{wrong}");
        }
    }
}
