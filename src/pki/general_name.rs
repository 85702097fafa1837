//! GeneralName (RFC 5280, clause 4.2.1.6), as subjectAltName, name constraints and distribution points use it.

use super::name::Name;
use crate::asn1::{self, Asn1Error, Rules, Tlv, tag};

/// One name of whatever form.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) enum GeneralName {
    /// directoryName.
    Directory(Name),
    /// dNSName.
    Dns(Vec<u8>),
    /// rfc822Name.
    Email(Vec<u8>),
    /// iPAddress: an address, or address and mask in a name constraint.
    Ip(Vec<u8>),
    /// otherName, x400Address, ediPartyName, registeredID: the identifier octet, and the contents as they are.
    Other(u8, Vec<u8>),
    /// uniformResourceIdentifier.
    Uri(Vec<u8>),
}

/// Names in one distribution point, and distribution points in one certificate, at most: they are compared each with each. One or
/// two are usual.
pub(super) const MAXIMUM_NAMES: usize = 16;

impl GeneralName {
    /// Reads one GeneralName.
    pub(super) fn parse(tlv: &Tlv<'_>) -> asn1::Result<Self> {
        let own = || tlv.contents.to_vec();
        Ok(match tlv.tag {
            0x81 => Self::Email(own()),
            0x82 => Self::Dns(own()),
            0x86 => Self::Uri(own()),
            0x87 => Self::Ip(own()),
            // A CHOICE is tagged EXPLICIT whatever the module says.
            tag::CONTEXT_4_CONSTRUCTED => {
                let mut inner = tlv.reader(Rules::Der);
                let name = Name::parse(&inner.read()?)?;
                inner.finish()?;
                Self::Directory(name)
            }
            0xa0 | 0xa3 | 0xa5 | 0x88 => Self::Other(tlv.tag, own()),
            _ => return Err(tlv.error(Asn1Error::Unexpected)),
        })
    }

    /// Reads GeneralNames (a SEQUENCE, or the same under an IMPLICIT tag) of at most `most` names.
    pub(super) fn parse_many(tlv: &Tlv<'_>, most: usize) -> asn1::Result<Vec<Self>> {
        let mut reader = tlv.reader(Rules::Der);
        let mut names = vec![];
        while !reader.is_empty() {
            if names.len() >= most {
                return Err(tlv.error(Asn1Error::Value));
            }
            names.push(Self::parse(&reader.read()?)?);
        }
        if names.is_empty() {
            return Err(tlv.error(Asn1Error::Value));
        }
        Ok(names)
    }
}
