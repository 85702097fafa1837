//! Distinguished names: as text (RFC 4514), and in the form in which they are compared (RFC 5280, clause 7.1).

use core::fmt::Write as _;

use crate::asn1::{self, Asn1Error, Reader, Rules, Tlv, tag};

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

/// A Name in the form in which names are compared: case and the amount of white space do not count, nor which type of string an
/// authority chose (RFC 5280, clause 7.1).
///
/// Equal names of two authorities prove nothing; whoever compares goes on to check a signature.
#[derive(Clone, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
pub(super) struct Name(Vec<Vec<u8>>);

impl Name {
    /// Reads the Name `tlv`.
    pub(super) fn parse(tlv: &Tlv<'_>) -> asn1::Result<Self> {
        if tlv.tag != tag::SEQUENCE {
            return Err(tlv.error(Asn1Error::Unexpected));
        }
        let mut rdns = tlv.reader(Rules::Der);
        let mut name = vec![];
        while !rdns.is_empty() {
            name.push(normal_rdn(&rdns.expect(tag::SET)?)?);
        }
        Ok(Self(name))
    }

    /// Reads the Name that `der` is. `None` if it is none.
    pub(super) fn from_der(der: &[u8]) -> Option<Self> {
        let mut outer = Reader::new(der, Rules::Der);
        let name = Self::parse(&outer.read().ok()?).ok()?;
        outer.finish().ok().map(|()| name)
    }

    /// Whether there is nothing in it.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether it stands in the subtree of `base` (RFC 5280, clause 4.2.1.10).
    pub(super) fn is_within(&self, base: &Self) -> bool {
        self.0.starts_with(&base.0)
    }

    /// The name below this one that the RelativeDistinguishedName `rdn`, as [`normal_rdn`] gives it, leads to.
    pub(super) fn child(&self, rdn: &[u8]) -> Self {
        let mut name = self.0.clone();
        name.push(rdn.to_vec());
        Self(name)
    }
}

/// A RelativeDistinguishedName (a SET, or the same under an IMPLICIT tag) in the form in which names are compared.
pub(super) fn normal_rdn(tlv: &Tlv<'_>) -> asn1::Result<Vec<u8>> {
    let mut attributes = vec![];
    let mut reader = tlv.reader(Rules::Der);
    while !reader.is_empty() {
        let mut parts = reader.expect(tag::SEQUENCE)?.reader(Rules::Der);
        let (kind, value) = (parts.expect(tag::OID)?, parts.read()?);
        parts.finish()?;
        // UTF8String stands for every type of string.
        let value = match string(&value) {
            Some(text) => asn1::tlv(0x0c, &[prepared(&text).as_bytes()]),
            None => value.raw.to_vec(),
        };
        attributes.push(asn1::tlv(tag::SEQUENCE, &[kind.raw, &value]));
    }
    if attributes.is_empty() {
        return Err(tlv.error(Asn1Error::Value));
    }
    Ok(asn1::set_of(attributes))
}

/// RFC 4518, as RFC 5280, clause 7.1 asks for: folded, normalised, with single spaces and none at the ends. Text with characters
/// that are prohibited there is compared as it is.
fn prepared(text: &str) -> String {
    let folded = if text.is_ascii() {
        text.to_ascii_lowercase()
    } else {
        // The library folds or normalises, not both at once.
        let folded = stringprep::x520prep(text, true);
        let folded = folded.and_then(|folded| Ok(stringprep::x520prep(&folded, false)?.into_owned()));
        match folded {
            Ok(folded) => folded,
            Err(_) => return text.to_owned(),
        }
    };
    folded.split_whitespace().collect::<Vec<_>>().join(" ")
}

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
    fn names_are_compared_without_case_space_and_type_of_string() {
        let name = |kind: u8, text: &[u8]| {
            let rdn = set_of(vec![attribute(COMMON_NAME, kind, text)]);
            Name::from_der(&tlv(tag::SEQUENCE, &[&rdn])).unwrap()
        };
        let plain = name(0x13, b"Root CA");
        assert_eq!(plain, name(0x0c, b"  root   ca "));
        assert_eq!(
            plain,
            name(
                0x1e,
                &[0, b'R', 0, b'O', 0, b'o', 0, b't', 0, b' ', 0, b'c', 0, b'A']
            )
        );
        assert_ne!(plain, name(0x0c, b"rootca"));
        assert_eq!(name(0x0c, "ＲＯＯＴ ca".as_bytes()), plain, "full width");
        assert_ne!(name(0x0c, "滨海市".as_bytes()), name(0x0c, "滨海县".as_bytes()));
        // Another type of value is compared as it is.
        assert_ne!(name(0x02, &[7]), name(0x04, &[7]));
    }

    #[test]
    fn name_stands_in_the_subtree_of_what_it_begins_with() {
        let c = set_of(vec![attribute(&[0x55, 4, 6], 0x13, b"CN")]);
        let cn = set_of(vec![attribute(COMMON_NAME, 0x0c, b"a")]);
        let base = Name::from_der(&tlv(tag::SEQUENCE, &[&c])).unwrap();
        let name = Name::from_der(&tlv(tag::SEQUENCE, &[&c, &cn])).unwrap();
        assert!(name.is_within(&base) && name.is_within(&name) && !base.is_within(&name));
        assert!(name.is_within(&Name::default()) && Name::default().is_empty());
        let other = Name::from_der(&tlv(tag::SEQUENCE, &[&cn, &c])).unwrap();
        assert!(!other.is_within(&base));
        let rdn = Reader::new(&cn, Rules::Der).read().unwrap();
        assert_eq!(base.child(&normal_rdn(&rdn).unwrap()), name);
    }

    #[test]
    fn anything_else_is_no_name() {
        assert_eq!(describe(&[]).0, "");
        assert_eq!(describe(&[0x30, 0x05, 0x31]).0, "");
    }
}
