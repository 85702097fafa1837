//! Where a certificate says its revocation is listed, and what a list says it is for (RFC 5280, clauses 4.2.1.13 and 5.2.5).

use super::extension::sequence;
use super::general_name::{GeneralName, MAXIMUM_NAMES};
use super::name::{self, Name};
use crate::asn1::{self, Asn1Error, BitString, Reader, Rules, Tlv, tag};

/// A set of revocation reasons (ReasonFlags), by the bits of the standard.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) struct Reasons(u16);

impl Reasons {
    /// Bits 1 to 8; bit 0 stands for nothing.
    pub(super) const ALL: Self = Self(0x7f80);

    fn parse(tlv: &Tlv<'_>) -> asn1::Result<Self> {
        let [unused, octets @ ..] = tlv.contents else {
            return Err(tlv.error(Asn1Error::Value));
        };
        if *unused > 7 || octets.is_empty() && *unused != 0 {
            return Err(tlv.error(Asn1Error::Value));
        }
        let octet = |index: usize| octets.get(index).copied().unwrap_or(0);
        Ok(Self(u16::from_be_bytes([octet(0), octet(1)])).both(Self::ALL))
    }

    pub(super) fn both(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    pub(super) fn either(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether every reason of `other` is among these.
    pub(super) fn hold(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }
}

/// DistributionPointName.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum PointName {
    /// fullName.
    Full(Vec<GeneralName>),
    /// nameRelativeToCRLIssuer, in the form in which names are compared.
    Relative(Vec<u8>),
}

impl PointName {
    /// Reads the contents of the EXPLICIT tag `tlv`.
    fn parse(tlv: &Tlv<'_>) -> asn1::Result<Self> {
        let mut inner = tlv.reader(Rules::Der);
        let choice = inner.read()?;
        inner.finish()?;
        match choice.tag {
            tag::CONTEXT_0_CONSTRUCTED => GeneralName::parse_many(&choice, MAXIMUM_NAMES).map(Self::Full),
            tag::CONTEXT_1_CONSTRUCTED => name::normal_rdn(&choice).map(Self::Relative),
            _ => Err(choice.error(Asn1Error::Unexpected)),
        }
    }

    /// The names in full, for a list by `issuer`.
    pub(super) fn in_full(&self, issuer: &Name) -> Vec<GeneralName> {
        match self {
            Self::Full(names) => names.clone(),
            Self::Relative(rdn) => vec![GeneralName::Directory(issuer.child(rdn))],
        }
    }
}

/// One DistributionPoint of a certificate.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct DistributionPoint {
    pub(super) name: Option<PointName>,
    /// `None`: all.
    pub(super) reasons: Option<Reasons>,
    /// Who issues the list, if not the issuer of the certificate.
    pub(super) crl_issuer: Vec<Name>,
}

impl DistributionPoint {
    /// Reads cRLDistributionPoints.
    pub(super) fn parse_many(value: &[u8]) -> asn1::Result<Vec<Self>> {
        let mut points = vec![];
        let mut names = 0_usize;
        let mut reader = sequence(value)?;
        while !reader.is_empty() {
            let tlv = reader.expect(tag::SEQUENCE)?;
            let point = Self::parse(&tlv)?;
            let own = match &point.name {
                Some(PointName::Full(names)) => names.len(),
                Some(PointName::Relative(_)) | None => 1,
            };
            names = names.saturating_add(own).saturating_add(point.crl_issuer.len());
            if names > MAXIMUM_NAMES {
                return Err(tlv.error(Asn1Error::Value));
            }
            points.push(point);
        }
        Ok(points)
    }

    fn parse(tlv: &Tlv<'_>) -> asn1::Result<Self> {
        let mut inner = tlv.reader(Rules::Der);
        let name = inner.optional(tag::CONTEXT_0_CONSTRUCTED)?;
        let reasons = inner.optional(tag::CONTEXT_1)?;
        let issuers = inner.optional(tag::CONTEXT_2_CONSTRUCTED)?;
        inner.finish()?;
        let mut crl_issuer = vec![];
        if let Some(issuers) = &issuers {
            for name in GeneralName::parse_many(issuers, MAXIMUM_NAMES)? {
                // Lists name their issuer by a Name, so no other form can lead to one.
                if let GeneralName::Directory(name) = name {
                    crl_issuer.push(name);
                }
            }
        }
        // RFC 5280, clause 4.2.1.13: not reasons alone.
        if name.is_none() && crl_issuer.is_empty() {
            return Err(tlv.error(Asn1Error::Value));
        }
        Ok(Self {
            name: name.as_ref().map(PointName::parse).transpose()?,
            reasons: reasons.as_ref().map(Reasons::parse).transpose()?,
            crl_issuer,
        })
    }
}

/// issuingDistributionPoint of a list: what it is about.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct IssuingPoint {
    pub(super) name: Option<PointName>,
    pub(super) only_user: bool,
    pub(super) only_ca: bool,
    pub(super) only_attribute: bool,
    /// `None`: all.
    pub(super) only_reasons: Option<Reasons>,
    pub(super) indirect: bool,
}

impl IssuingPoint {
    pub(super) fn parse(value: &[u8]) -> asn1::Result<Self> {
        let mut inner = sequence(value)?;
        let name = inner.optional(tag::CONTEXT_0_CONSTRUCTED)?;
        let name = name.as_ref().map(PointName::parse).transpose()?;
        let only_user = flag(&mut inner, tag::CONTEXT_1)?;
        let only_ca = flag(&mut inner, 0x82)?;
        let reasons = inner.optional(0x83)?;
        let indirect = flag(&mut inner, 0x84)?;
        let only_attribute = flag(&mut inner, 0x85)?;
        inner.finish()?;
        Ok(Self {
            name,
            only_user,
            only_ca,
            only_attribute,
            only_reasons: reasons.as_ref().map(Reasons::parse).transpose()?,
            indirect,
        })
    }
}

/// A BOOLEAN under an IMPLICIT tag, DEFAULT FALSE.
fn flag(reader: &mut Reader<'_>, tag: u8) -> asn1::Result<bool> {
    match reader.optional(tag)? {
        None => Ok(false),
        Some(tlv) => match tlv.contents {
            [0xff] => Ok(true),
            // What DER leaves out is met with.
            [0] => Ok(false),
            _ => Err(tlv.error(Asn1Error::Value)),
        },
    }
}

/// The time in a GeneralizedTime that is the whole of `value`.
pub(super) fn moment(value: &[u8]) -> asn1::Result<crate::time::Time> {
    let mut reader = Reader::new(value, Rules::Der);
    let time = asn1::time(&reader.expect(tag::GENERALIZED_TIME)?)?;
    reader.finish()?;
    Ok(time)
}

/// The bits of a BIT STRING `tlv` with no unused bits.
pub(super) fn whole_octets<'a>(tlv: &Tlv<'a>) -> asn1::Result<&'a [u8]> {
    let bits = BitString::parse(tlv)?;
    if bits.unused == 0 {
        Ok(bits.octets)
    } else {
        Err(tlv.error(Asn1Error::Value))
    }
}
