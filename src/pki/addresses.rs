//! Where a certificate says that more is to be had (RFC 5280, clauses 4.2.1.13 and 4.2.2.1). Addresses as they stand there: whoever
//! made the certificate chose them, so whoever follows one must know first whose certificate it is.

use super::Certificate;
use super::distribution::{DistributionPoint, PointName};
use super::extension::{self, sequence};
use super::general_name::{GeneralName, MAXIMUM_NAMES};
use crate::asn1::{self, tag};

/// id-ad, 1.3.6.1.5.5.7.48.
const ID_AD: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 48];
/// Characters of an address at most; more is no address of an authority.
const LONGEST: usize = 2048;

impl Certificate {
    /// Addresses of responders that tell whether it is revoked (id-ad-ocsp; RFC 6960, clause 3.1), in its order.
    #[must_use]
    pub fn ocsp_addresses(&self) -> Vec<String> {
        self.access(1)
    }

    /// Addresses of the certificates of its issuer (id-ad-caIssuers), in its order.
    #[must_use]
    pub fn issuer_addresses(&self) -> Vec<String> {
        self.access(2)
    }

    /// Addresses of lists on which it would be if it were revoked (cRLDistributionPoints), in its order.
    #[must_use]
    pub fn crl_addresses(&self) -> Vec<String> {
        let Some(value) = self.of_path(extension::CRL_DISTRIBUTION_POINTS) else {
            return vec![];
        };
        let points = DistributionPoint::parse_many(value).unwrap_or_default();
        let mut found = vec![];
        for point in points {
            if let Some(PointName::Full(names)) = point.name {
                names.into_iter().for_each(|name| take(name, &mut found));
            }
        }
        found
    }

    /// The locations of access method `number` below id-ad; none if the extension does not have its form.
    fn access(&self, number: u8) -> Vec<String> {
        let value = self.authority_info_access();
        value
            .and_then(|value| locations(value, number).ok())
            .unwrap_or_default()
    }
}

/// `AuthorityInfoAccessSyntax ::= SEQUENCE OF SEQUENCE { accessMethod OBJECT IDENTIFIER, accessLocation GeneralName }`
fn locations(value: &[u8], number: u8) -> asn1::Result<Vec<String>> {
    let mut found = vec![];
    let mut descriptions = sequence(value)?;
    for _ in 0..MAXIMUM_NAMES {
        if descriptions.is_empty() {
            break;
        }
        let mut members = descriptions.expect(tag::SEQUENCE)?.reader(asn1::Rules::Der);
        let method = members.expect(tag::OID)?.oid()?;
        let location = GeneralName::parse(&members.read()?)?;
        members.finish()?;
        if method.contents().strip_prefix(ID_AD) == Some(&[number]) {
            take(location, &mut found);
        }
    }
    Ok(found)
}

/// Adds the address that `name` is, once.
fn take(name: GeneralName, found: &mut Vec<String>) {
    let GeneralName::Uri(octets) = name else { return };
    let fit = !octets.is_empty() && octets.len() <= LONGEST && octets.iter().all(u8::is_ascii_graphic);
    if let Ok(address) = String::from_utf8(octets)
        && fit
        && !found.contains(&address)
    {
        found.push(address);
    }
}
