//! Revocation information that a container carries: in the field `crls` (RFC 5652, clause 10.2.1; RFC 5940), and in the signed attribute
//! that Adobe's programs write (ISO 32000-2, 12.8.3.3.2).

use super::{SignedData, SignerInfo, oids};
use crate::asn1::{Reader, Rules, Tlv, tag};

/// A revocation list or a response, as received. Being in a container proves nothing.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum RevocationInfo<'a> {
    /// A CertificateList.
    Crl(&'a [u8]),
    /// An OCSPResponse.
    Ocsp(&'a [u8]),
}

impl<'a> SignedData<'a> {
    /// The revocation lists and responses in the container and in the signed attributes of `signer`; what is of another kind is left
    /// out, and so is an attribute that is not of its form.
    #[must_use]
    pub fn revocation_information(&self, signer: &SignerInfo<'a>) -> Vec<RevocationInfo<'a>> {
        let mut found: Vec<RevocationInfo<'a>> =
            self.revocation.iter().filter_map(|raw| choice(raw)).collect();
        let attributes = signer.signed_attributes.as_ref();
        let archived = attributes.and_then(|signed| signed.find(oids::ADBE_REVOCATION));
        for value in archived.iter().flat_map(|attribute| &attribute.values) {
            let _ = archival(value, &mut found);
        }
        found
    }
}

/// RevocationInfoChoice.
fn choice(raw: &[u8]) -> Option<RevocationInfo<'_>> {
    match raw.first() {
        Some(&tag::SEQUENCE) => Some(RevocationInfo::Crl(raw)),
        Some(&tag::CONTEXT_1_CONSTRUCTED) => {
            let mut members = Reader::new(raw, Rules::Ber).read().ok()?.reader(Rules::Ber);
            let kind = members.expect(tag::OID).ok()?.oid().ok()?;
            (kind == oids::RI_OCSP_RESPONSE).then_some(())?;
            Some(RevocationInfo::Ocsp(members.read().ok()?.raw))
        }
        _ => None,
    }
}

/// RevocationInfoArchival: lists under `[0]`, responses under `[1]`.
fn archival<'a>(value: &Tlv<'a>, found: &mut Vec<RevocationInfo<'a>>) -> crate::asn1::Result<()> {
    let mut members = value.reader(Rules::Ber);
    while !members.is_empty() {
        let member = members.read()?;
        let wrap: fn(&'a [u8]) -> RevocationInfo<'a> = match member.tag {
            tag::CONTEXT_0_CONSTRUCTED => RevocationInfo::Crl,
            tag::CONTEXT_1_CONSTRUCTED => RevocationInfo::Ocsp,
            _ => continue,
        };
        let mut items = member
            .reader(Rules::Ber)
            .expect(tag::SEQUENCE)?
            .reader(Rules::Ber);
        while !items.is_empty() {
            found.push(wrap(items.read()?.raw));
        }
    }
    Ok(())
}
