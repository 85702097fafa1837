//! Text strings (ISO 32000-2, 7.9.2.2), both ways.

/// `text` as written in a file: a literal string if plain ASCII, otherwise UTF-16BE in hexadecimal.
#[must_use]
pub fn text_string(text: &str) -> Vec<u8> {
    let mut output = Vec::with_capacity(text.len() + 2);
    if text.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        output.push(b'(');
        for byte in text.bytes() {
            // 7.3.4.2: the three characters that mean something inside a literal.
            if matches!(byte, b'(' | b')' | b'\\') {
                output.push(b'\\');
            }
            output.push(byte);
        }
        output.push(b')');
    } else {
        let mut bytes = Vec::with_capacity(text.len().saturating_add(2));
        bytes.extend_from_slice(&[0xfe, 0xff]);
        for unit in text.encode_utf16() {
            bytes.extend_from_slice(&unit.to_be_bytes());
        }
        output.reserve(bytes.len().saturating_mul(2));
        super::update::write_hex(&mut output, &bytes);
    }
    output
}

/// What the bytes of a text string say: UTF-16BE or UTF-8 by mark, otherwise one character a byte. What is no text becomes U+FFFD.
///
/// PDFDocEncoding is read as Latin-1, from which it differs in characters that no name of a field or person has.
#[must_use]
pub fn read_text_string(bytes: &[u8]) -> String {
    match bytes {
        [0xfe, 0xff, rest @ ..] => {
            let unit = |pair: &[u8]| match pair {
                [high, low] => u16::from_be_bytes([*high, *low]),
                _ => 0xfffd,
            };
            let units: Vec<u16> = rest.chunks(2).map(unit).collect();
            String::from_utf16_lossy(&units)
        }
        [0xef, 0xbb, 0xbf, rest @ ..] => String::from_utf8_lossy(rest).into_owned(),
        other => other.iter().map(|byte| char::from(*byte)).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_text_is_a_literal_and_other_text_is_utf_16() {
        assert_eq!(text_string(r"a(b)\c"), br"(a\(b\)\\c)");
        assert_eq!(text_string("印"), b"<FEFF5370>");
        assert_eq!(text_string("\u{2C8E2}"), b"<FEFFD872DCE2>", "outside the BMP");
    }

    #[test]
    fn marks_decide_how_bytes_are_read() {
        assert_eq!(read_text_string(&[0xfe, 0xff, 0x53, 0x70]), "印");
        assert_eq!(
            read_text_string(&[0xfe, 0xff, 0x53, 0x70, 0x41]),
            "印\u{fffd}",
            "half a unit"
        );
        assert_eq!(read_text_string("\u{feff}印".as_bytes()), "印");
        assert_eq!(read_text_string(&[0x41, 0xe9]), "Aé");
    }
}
