//! Distinguished names as text (RFC 4514).

use core::fmt::Write as _;

use crate::asn1::{Reader, Rules, Tlv, tag};

/// 2.5.4.3
const COMMON_NAME: &[u8] = &[0x55, 0x04, 0x03];

/// Short names of RFC 4514, clause 3, and the few more that stand in department certificates.
const SHORT: [(&[u8], &str); 12] = [
    (COMMON_NAME, "CN"),
    (&[0x55, 0x04, 0x05], "serialNumber"),
    (&[0x55, 0x04, 0x06], "C"),
    (&[0x55, 0x04, 0x07], "L"),
    (&[0x55, 0x04, 0x08], "ST"),
    (&[0x55, 0x04, 0x09], "STREET"),
    (&[0x55, 0x04, 0x0a], "O"),
    (&[0x55, 0x04, 0x0b], "OU"),
    (&[0x55, 0x04, 0x61], "organizationIdentifier"),
    // 0.9.2342.19200300.100.1.25, .1 and 1.2.840.113549.1.9.1
    (
        &[0x09, 0x92, 0x26, 0x89, 0x93, 0xf2, 0x2c, 0x64, 0x01, 0x19],
        "DC",
    ),
    (
        &[0x09, 0x92, 0x26, 0x89, 0x93, 0xf2, 0x2c, 0x64, 0x01, 0x01],
        "UID",
    ),
    (
        &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x01],
        "emailAddress",
    ),
];

/// The Name `der` as text, last RDN first, and its common name (the most specific if there are several).
///
/// What does not have the form of a Name is left out: the text is for people, comparisons use the DER.
pub(super) fn describe(der: &[u8]) -> (String, Option<String>) {
    let mut names = vec![];
    let mut common_name = None;
    let mut outer = Reader::new(der, Rules::Der);
    if let Ok(sequence) = outer.expect(tag::SEQUENCE) {
        let mut rdns = sequence.reader(Rules::Der);
        while let Ok(rdn) = rdns.expect(tag::SET) {
            let mut text = String::new();
            let mut attributes = rdn.reader(Rules::Der);
            while let Ok(attribute) = attributes.expect(tag::SEQUENCE) {
                let mut parts = attribute.reader(Rules::Der);
                let (Ok(kind), Ok(value)) = (parts.expect(tag::OID), parts.read()) else {
                    continue;
                };
                if !text.is_empty() {
                    text.push('+');
                }
                match SHORT.iter().find(|(oid, _)| *oid == kind.contents) {
                    Some((_, short)) => text.push_str(short),
                    None => {
                        if let Ok(oid) = kind.oid() {
                            // Writing to a String cannot fail.
                            let _ = write!(text, "{oid}");
                        }
                    }
                }
                text.push('=');
                match string(&value) {
                    Some(content) => {
                        escape(&content, &mut text);
                        if kind.contents == COMMON_NAME {
                            common_name = Some(content);
                        }
                    }
                    None => hexadecimal(value.raw, &mut text),
                }
            }
            names.push(text);
        }
    }
    names.reverse();
    (names.join(","), common_name)
}

/// The attributes of the Name `der` in its order: dotted object identifier and value, for those whose value is text.
pub(super) fn attributes(der: &[u8]) -> Vec<(String, String)> {
    let mut found = vec![];
    let Ok(sequence) = Reader::new(der, Rules::Der).expect(tag::SEQUENCE) else {
        return found;
    };
    let mut rdns = sequence.reader(Rules::Der);
    while let Ok(rdn) = rdns.expect(tag::SET) {
        let mut attributes = rdn.reader(Rules::Der);
        while let Ok(attribute) = attributes.expect(tag::SEQUENCE) {
            let mut parts = attribute.reader(Rules::Der);
            if let (Ok(kind), Ok(value)) = (parts.expect(tag::OID), parts.read())
                && let (Ok(oid), Some(text)) = (kind.oid(), string(&value))
            {
                found.push((oid.to_string(), text));
            }
        }
    }
    found
}

/// The characters of a DirectoryString or IA5String.
fn string(value: &Tlv<'_>) -> Option<String> {
    match value.tag {
        // UTF8String, NumericString, PrintableString, IA5String
        0x0c | 0x12 | 0x13 | 0x16 => core::str::from_utf8(value.contents).ok().map(str::to_owned),
        // TeletexString, in practice Latin-1
        0x14 => Some(value.contents.iter().map(|b| char::from(*b)).collect()),
        // BMPString
        0x1e => {
            let (pairs, []) = value.contents.as_chunks::<2>() else {
                return None;
            };
            String::from_utf16(&pairs.iter().map(|p| u16::from_be_bytes(*p)).collect::<Vec<_>>()).ok()
        }
        _ => None,
    }
}

/// RFC 4514, clause 2.4; control characters as hex pairs, so that a name cannot break a line of a report.
fn escape(content: &str, out: &mut String) {
    let last = content.chars().count().saturating_sub(1);
    for (i, c) in content.chars().enumerate() {
        let edge = c == ' ' && (i == 0 || i == last) || c == '#' && i == 0;
        if c.is_control() {
            for byte in c.encode_utf8(&mut [0; 4]).bytes() {
                let _ = write!(out, "\\{byte:02X}");
            }
        } else {
            if edge || matches!(c, '"' | '+' | ',' | ';' | '<' | '>' | '\\') {
                out.push('\\');
            }
            out.push(c);
        }
    }
}

fn hexadecimal(bytes: &[u8], out: &mut String) {
    out.push('#');
    for byte in bytes {
        let _ = write!(out, "{byte:02x}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::asn1::{set_of, tlv};

    fn attribute(oid: &[u8], kind: u8, value: &[u8]) -> Vec<u8> {
        tlv(tag::SEQUENCE, &[&tlv(tag::OID, &[oid]), &tlv(kind, &[value])])
    }

    #[test]
    fn names_are_escaped_and_reversed() {
        let c = set_of(vec![attribute(&[0x55, 4, 6], 0x13, b"CN")]);
        let cn = set_of(vec![attribute(COMMON_NAME, 0x0c, "滨海市, \n#测试 ".as_bytes())]);
        let odd = set_of(vec![attribute(&[0x2a, 3], 0x02, &[7])]);
        let name = tlv(tag::SEQUENCE, &[&c, &odd, &cn]);
        let (text, common) = describe(&name);
        assert_eq!(text, "CN=滨海市\\, \\0A#测试\\ ,1.2.3=#020107,C=CN");
        assert_eq!(common.unwrap(), "滨海市, \n#测试 ");
        let pair = |oid: &str, text: &str| (oid.to_owned(), text.to_owned());
        let texts = [pair("2.5.4.6", "CN"), pair("2.5.4.3", "滨海市, \n#测试 ")];
        assert_eq!(attributes(&name), texts, "without the integer");
    }

    #[test]
    fn two_attributes_in_one_rdn_and_bmp_string() {
        let rdn = set_of(vec![
            attribute(COMMON_NAME, 0x1e, &[0x6e, 0x2f]),
            attribute(&[0x55, 4, 10], 0x13, b"A"),
        ]);
        assert_eq!(describe(&tlv(tag::SEQUENCE, &[&rdn])).0, "O=A+CN=港");
    }

    #[test]
    fn anything_else_is_no_name() {
        assert_eq!(describe(&[]).0, "");
        assert_eq!(describe(&[0x30, 0x05, 0x31]).0, "");
    }
}
