//! That a certificate was revoked: since when, and why (RFC 5280, clause 5.3).

use core::fmt;

use crate::asn1::{self, Asn1Error, Tlv};
use crate::time::Time;

/// CRLReason (RFC 5280, clause 5.3.1), in the order of the standard's numbers.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Reason {
    /// unspecified (0): also where none is given.
    Unspecified,
    /// keyCompromise (1).
    KeyCompromise,
    /// cACompromise (2).
    CaCompromise,
    /// affiliationChanged (3).
    AffiliationChanged,
    /// superseded (4).
    Superseded,
    /// cessationOfOperation (5).
    CessationOfOperation,
    /// certificateHold (6): may be lifted again.
    CertificateHold,
    /// privilegeWithdrawn (9).
    PrivilegeWithdrawn,
    /// aACompromise (10).
    AaCompromise,
}

impl Reason {
    /// Reads the ENUMERATED `tlv`. removeFromCRL (8) stands in delta lists only, which are not read.
    pub(super) fn parse(tlv: &Tlv<'_>) -> asn1::Result<Self> {
        /// ENUMERATED.
        const ENUMERATED: u8 = 0x0a;
        Ok(match (tlv.tag, tlv.contents) {
            (ENUMERATED, [0]) => Self::Unspecified,
            (ENUMERATED, [1]) => Self::KeyCompromise,
            (ENUMERATED, [2]) => Self::CaCompromise,
            (ENUMERATED, [3]) => Self::AffiliationChanged,
            (ENUMERATED, [4]) => Self::Superseded,
            (ENUMERATED, [5]) => Self::CessationOfOperation,
            (ENUMERATED, [6]) => Self::CertificateHold,
            (ENUMERATED, [9]) => Self::PrivilegeWithdrawn,
            (ENUMERATED, [10]) => Self::AaCompromise,
            (ENUMERATED, _) => return Err(tlv.error(Asn1Error::Value)),
            _ => return Err(tlv.error(Asn1Error::Unexpected)),
        })
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unspecified => "no reason given",
            Self::KeyCompromise => "key compromised",
            Self::CaCompromise => "authority compromised",
            Self::AffiliationChanged => "affiliation changed",
            Self::Superseded => "superseded",
            Self::CessationOfOperation => "no longer used",
            Self::CertificateHold => "on hold",
            Self::PrivilegeWithdrawn => "privilege withdrawn",
            Self::AaCompromise => "attribute authority compromised",
        })
    }
}

/// What says that a certificate was revoked, and when that was issued (thisUpdate).
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Witness {
    /// A revocation list.
    List(Time),
    /// An OCSP response.
    Response(Time),
}

impl fmt::Display for Witness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::List(issued) => write!(f, "revocation list of {issued}"),
            Self::Response(issued) => write!(f, "OCSP response of {issued}"),
        }
    }
}

/// What a list or a response says of a revoked certificate.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Revoked {
    /// revocationDate: when the authority revoked it.
    pub date: Time,
    /// invalidityDate: since when the key may have been in other hands, where the authority says so.
    pub invalidity: Option<Time>,
    /// Why.
    pub reason: Reason,
    /// What says so.
    pub by: Witness,
}

impl Revoked {
    /// From when on nothing signed with the key is to be relied upon: the earlier of the two dates.
    #[must_use]
    pub fn since(&self) -> Time {
        self.invalidity
            .map_or(self.date, |invalid| invalid.min(self.date))
    }
}

impl fmt::Display for Revoked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "revoked since {} ({}), by the {}",
            self.since(),
            self.reason,
            self.by
        )
    }
}

/// The contents octets of a serial number without superfluous sign octets: authorities write some, and not everywhere the same.
pub(super) fn serial(contents: &[u8]) -> &[u8] {
    let mut rest = contents;
    while let [0, second, ..] | [0xff, second, ..] = rest
        && (rest.first() == Some(&0)) == (second & 0x80 == 0)
        && let Some(shorter) = rest.get(1..)
    {
        rest = shorter;
    }
    rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn superfluous_sign_octets_do_not_count() {
        assert_eq!(serial(&[0, 0, 0x7f]), [0x7f]);
        assert_eq!(serial(&[0, 0x80]), [0, 0x80]);
        assert_eq!(serial(&[0xff, 0xff, 0x80]), [0x80]);
        assert_eq!(serial(&[0xff, 0x7f]), [0xff, 0x7f]);
        assert_eq!(serial(&[0]), [0]);
        assert_eq!(serial(&[]), [0; 0]);
        assert_eq!(serial(&[0, 0]), [0]);
    }

    #[test]
    fn the_earlier_date_counts() {
        let at = |text: &str| text.parse().unwrap();
        let mut revoked = Revoked {
            date: at("2026-03-01"),
            invalidity: None,
            reason: Reason::KeyCompromise,
            by: Witness::List(at("2026-03-02")),
        };
        assert_eq!(revoked.since(), at("2026-03-01"));
        revoked.invalidity = Some(at("2026-02-01"));
        assert_eq!(revoked.since(), at("2026-02-01"));
        revoked.invalidity = Some(at("2026-04-01"));
        assert_eq!(revoked.since(), at("2026-03-01"));
    }
}
