//! Writing DER (X.690, clauses 10 and 11): elements are built from the inside out.

use super::tag;

/// An element with the identifier octet `tag` whose contents are `parts` one after the other.
#[must_use]
pub fn tlv(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let length = parts.iter().map(|part| part.len()).sum();
    let (count, octets) = length_octets(length);
    let mut out = Vec::with_capacity(1 + count + length);
    out.push(tag);
    out.extend(octets.into_iter().skip(9 - count));
    for part in parts {
        out.extend_from_slice(part);
    }
    out
}

/// Elements to be written in one piece, when all of them are known; or only to be measured.
#[derive(Clone, Copy)]
pub(crate) enum Part<'p> {
    /// Octets as they are.
    Octets(&'p [u8]),
    /// An element; see [`Part::element`].
    Element {
        /// The identifier octet.
        tag: u8,
        contents: &'p [Part<'p>],
        /// Length of the contents in octets.
        length: usize,
    },
}

impl<'p> Part<'p> {
    /// The element with the identifier octet `tag` whose contents are `contents` one after the other.
    pub(crate) fn element(tag: u8, contents: &'p [Self]) -> Self {
        let length = contents
            .iter()
            .fold(0_usize, |length, part| length.saturating_add(part.length()));
        Self::Element {
            tag,
            contents,
            length,
        }
    }

    /// Length in octets, with the identifier and length octets of an element.
    pub(crate) fn length(&self) -> usize {
        match self {
            Self::Octets(octets) => octets.len(),
            Self::Element { length, .. } => {
                let head = length_octets(*length).0.saturating_add(1);
                length.saturating_add(head)
            }
        }
    }

    /// The octets.
    pub(crate) fn der(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.length());
        self.write(&mut out);
        out
    }

    /// As deep as the caller nests.
    fn write(&self, out: &mut Vec<u8>) {
        match self {
            Self::Octets(octets) => out.extend_from_slice(octets),
            Self::Element {
                tag,
                contents,
                length,
            } => {
                let (count, octets) = length_octets(*length);
                out.push(*tag);
                out.extend_from_slice(octets.get(9 - count..).unwrap_or_default());
                for part in *contents {
                    part.write(out);
                }
            }
        }
    }
}

/// An OBJECT IDENTIFIER with the given contents octets.
#[must_use]
pub fn oid_tlv(oid: super::Oid<'_>) -> Vec<u8> {
    tlv(tag::OID, &[oid.contents()])
}

/// An INTEGER that is not negative, from its big-endian octets (leading zeros allowed).
#[must_use]
pub fn unsigned(octets: &[u8]) -> Vec<u8> {
    let start = octets.iter().position(|b| *b != 0).unwrap_or(octets.len());
    let digits = octets.get(start..).unwrap_or_default();
    match digits.first() {
        Some(first) if *first < 0x80 => tlv(tag::INTEGER, &[digits]),
        // Zero, and what would else read as negative, need one zero octet.
        _ => tlv(tag::INTEGER, &[&[0], digits]),
    }
}

/// A SET OF the given elements, in the order DER asks for (X.690, clause 11.6).
#[must_use]
pub fn set_of(mut elements: Vec<Vec<u8>>) -> Vec<u8> {
    // Shorter encodings count as padded with zeros; for whole TLVs that is the order of slices.
    elements.sort();
    let parts: Vec<&[u8]> = elements.iter().map(Vec::as_slice).collect();
    tlv(tag::SET, &parts)
}

/// The length octets for `length`, at the end of an array of nine, and how many they are.
fn length_octets(length: usize) -> (usize, [u8; 9]) {
    let mut out = [0; 9];
    let big_endian = u64::try_from(length).unwrap_or(u64::MAX).to_be_bytes();
    for (slot, octet) in out.iter_mut().skip(1).zip(big_endian) {
        *slot = octet;
    }
    if length < 0x80 {
        return (1, out);
    }
    // The octet before the first that is not zero says how many follow.
    let skip = big_endian.iter().take_while(|b| **b == 0).count();
    if let (Some(slot), Ok(count)) = (out.get_mut(skip), u8::try_from(8 - skip)) {
        *slot = 0x80 | count;
    }
    (9 - skip, out)
}

#[cfg(test)]
mod tests {
    use super::super::{Reader, Rules};
    use super::*;

    #[test]
    fn lengths_are_the_shortest_and_read_back() {
        for length in [0, 1, 127, 128, 255, 256, 65_535, 65_536, 70_000] {
            let contents = vec![0xab; length];
            let made = tlv(tag::OCTET_STRING, &[&contents]);
            let read = Reader::new(&made, Rules::Der).read().unwrap();
            assert_eq!((read.contents.len(), read.raw.len()), (length, made.len()));
        }
        assert_eq!(tlv(4, &[&[0; 300]])[..4], [4, 0x82, 0x01, 0x2c]);
    }

    #[test]
    fn what_is_written_in_one_piece_is_what_is_built_from_the_inside_out() {
        for length in [0, 127, 128, 300, 70_000] {
            let octets = vec![0xab; length];
            let inner = tlv(tag::OCTET_STRING, &[&octets]);
            let built = tlv(
                tag::SEQUENCE,
                &[&inner, &[5, 0], &tlv(tag::SET, &[&inner, &inner])],
            );
            let octets = [Part::Octets(&octets)];
            let part = Part::element(tag::OCTET_STRING, &octets);
            let pair = [part, part];
            let whole = [part, Part::Octets(&[5, 0]), Part::element(tag::SET, &pair)];
            let whole = Part::element(tag::SEQUENCE, &whole);
            assert_eq!((whole.length(), whole.der()), (built.len(), built));
        }
    }

    #[test]
    fn integers_keep_their_sign() {
        assert_eq!(unsigned(&[]), [2, 1, 0]);
        assert_eq!(unsigned(&[0, 0, 0x7f]), [2, 1, 0x7f]);
        assert_eq!(unsigned(&[0x80]), [2, 2, 0, 0x80]);
    }

    #[test]
    fn set_elements_are_sorted() {
        let set = set_of(vec![vec![4, 1, 9], vec![2, 1, 7], vec![4, 1, 3]]);
        assert_eq!(set, [0x31, 9, 2, 1, 7, 4, 1, 3, 4, 1, 9]);
    }
}
