//! The private key in a PrivateKeyInfo (RFC 5208, RFC 5958), as the libraries that sign want it.

use zeroize::Zeroizing;

use super::oids::{EC_PUBLIC_KEY, ED25519, P256, P384, RSA_ENCRYPTION, RSASSA_PSS};
use crate::asn1::{self, BitString, Reader, Rules, Tlv, tag};

/// A private key of a kind that is signed with.
pub(super) enum Plain<'a> {
    /// The seed (RFC 8410, clause 7).
    Ed25519(Zeroizing<[u8; 32]>),
    P256(Scalar<'a>),
    P384(Scalar<'a>),
    /// RSAPrivateKey (RFC 8017, appendix A.1.2).
    Rsa(&'a [u8]),
}

/// An ECPrivateKey (RFC 5915): the number, as long as the curve's order, and the public point if it is there.
pub(super) struct Scalar<'a> {
    pub(super) number: Zeroizing<Vec<u8>>,
    pub(super) point: Option<&'a [u8]>,
}

/// `None` if `der` is no PrivateKeyInfo of a supported kind.
pub(super) fn read(der: &[u8]) -> Option<Plain<'_>> {
    let mut outer = Reader::new(der, Rules::Der);
    let mut info = outer.expect(tag::SEQUENCE).ok()?.reader(Rules::Der);
    outer.finish().ok()?;
    // Version 0, or 1 with the public key after the attributes (RFC 5958, clause 2); neither of those is needed.
    if asn1::small_integer(&info.expect(tag::INTEGER).ok()?).ok()? > 1 {
        return None;
    }
    let mut algorithm = info.expect(tag::SEQUENCE).ok()?.reader(Rules::Der);
    let kind = algorithm.expect(tag::OID).ok()?;
    let parameters = algorithm.read().ok();
    let key = info.expect(tag::OCTET_STRING).ok()?.contents;
    match (kind.contents, parameters) {
        (ED25519, None) => {
            let mut inner = Reader::new(key, Rules::Der);
            let seed = inner.expect(tag::OCTET_STRING).ok()?.contents;
            inner.finish().ok()?;
            seed.try_into().ok().map(Zeroizing::new).map(Plain::Ed25519)
        }
        (EC_PUBLIC_KEY, Some(curve)) if curve.tag == tag::OID => match curve.contents {
            P256 => scalar(key, 32).map(Plain::P256),
            P384 => scalar(key, 48).map(Plain::P384),
            _ => None,
        },
        (RSA_ENCRYPTION | RSASSA_PSS, _) => Some(Plain::Rsa(key)),
        _ => None,
    }
}

fn scalar(der: &[u8], length: usize) -> Option<Scalar<'_>> {
    let mut outer = Reader::new(der, Rules::Der);
    let mut inner = outer.expect(tag::SEQUENCE).ok()?.reader(Rules::Der);
    outer.finish().ok()?;
    inner.expect(tag::INTEGER).ok()?;
    let octets = inner.expect(tag::OCTET_STRING).ok()?.contents;
    // RFC 5915, clause 3, wants the length of the order; some writers pad to more, some leave zeros out.
    let digits = octets.get(octets.iter().position(|b| *b != 0)?..)?;
    let mut number = Zeroizing::new(vec![0; length.checked_sub(digits.len())?]);
    number.extend_from_slice(digits);
    inner.optional(tag::CONTEXT_0_CONSTRUCTED).ok()?;
    let point = match inner.optional(tag::CONTEXT_1_CONSTRUCTED).ok()? {
        Some(public) => Some(public_point(&public)?),
        None => None,
    };
    Some(Scalar { number, point })
}

fn public_point<'a>(public: &Tlv<'a>) -> Option<&'a [u8]> {
    let bits = public.reader(Rules::Der).expect(tag::BIT_STRING).ok()?;
    Some(BitString::parse(&bits).ok()?.octets)
}
