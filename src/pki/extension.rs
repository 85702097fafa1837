//! Certificate extensions that decide about a path (RFC 5280, clause 4.2.1).

use super::CertificateError;
use crate::asn1::{self, BitString, Oid, Reader, Rules, tag};

/// keyUsage (RFC 5280, clause 4.2.1.3).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct KeyUsage(u16);

impl KeyUsage {
    /// The bit at `position`, counted as in the standard: 0 is digitalSignature, 8 decipherOnly; no other is set.
    #[must_use]
    pub fn bit(self, position: u32) -> bool {
        self.0.checked_shl(position).unwrap_or(0) & 0x8000 != 0
    }

    /// digitalSignature.
    #[must_use]
    pub fn digital_signature(self) -> bool {
        self.bit(0)
    }

    /// nonRepudiation, also called contentCommitment.
    #[must_use]
    pub fn non_repudiation(self) -> bool {
        self.bit(1)
    }

    /// keyCertSign: may sign certificates.
    #[must_use]
    pub fn key_cert_sign(self) -> bool {
        self.bit(5)
    }

    /// cRLSign: may sign certificate revocation lists.
    #[must_use]
    pub fn crl_sign(self) -> bool {
        self.bit(6)
    }
}

/// What the extensions of one certificate say.
#[derive(Default)]
pub(super) struct Extensions {
    pub(super) is_ca: bool,
    pub(super) path_length: Option<u32>,
    pub(super) key_usage: Option<KeyUsage>,
    pub(super) extended_key_usage: Vec<String>,
    pub(super) extended_key_usage_critical: bool,
    pub(super) subject_key_identifier: Option<Vec<u8>>,
    pub(super) authority_key_identifier: Option<Vec<u8>>,
    /// Those that are read when a path is judged, as received: the last octet of the identifier below id-ce, and the value. A
    /// malformed one is no reason to refuse a certificate that is looked at for something else.
    pub(super) of_path: Vec<(u8, Vec<u8>)>,
    /// The value of authorityInfoAccess, as received.
    pub(super) authority_info_access: Option<Vec<u8>>,
    pub(super) ocsp_no_check: bool,
    pub(super) unknown_critical: Vec<String>,
}

/// subjectAltName.
pub(super) const SUBJECT_ALT_NAME: u8 = 17;
/// nameConstraints.
pub(super) const NAME_CONSTRAINTS: u8 = 30;
/// cRLDistributionPoints.
pub(super) const CRL_DISTRIBUTION_POINTS: u8 = 31;
/// certificatePolicies.
pub(super) const CERTIFICATE_POLICIES: u8 = 32;
/// policyMappings.
pub(super) const POLICY_MAPPINGS: u8 = 33;
/// policyConstraints.
pub(super) const POLICY_CONSTRAINTS: u8 = 36;
/// inhibitAnyPolicy.
pub(super) const INHIBIT_ANY_POLICY: u8 = 54;

/// id-pkix-ocsp-nocheck, 1.3.6.1.5.5.7.48.1.5 (RFC 6960, clause 4.2.2.2.1).
const OCSP_NO_CHECK: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 48, 1, 5];

/// id-pe-authorityInfoAccess, 1.3.6.1.5.5.7.1.1 (RFC 5280, clause 4.2.2.1).
const AUTHORITY_INFO_ACCESS: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 1, 1];

/// id-ce, 2.5.29: all extensions we know are one octet below it.
const ID_CE: [u8; 2] = [0x55, 0x1d];

impl Extensions {
    /// Takes in one extension.
    pub(super) fn take(
        &mut self,
        oid: Oid<'_>,
        critical: bool,
        value: &[u8],
    ) -> Result<(), CertificateError> {
        let number = match oid.contents() {
            [a, b, number] if [*a, *b] == ID_CE => *number,
            _ => 0,
        };
        let known = match number {
            14 => self.subject_key_identifier(value),
            15 => self.key_usage(value),
            19 => self.basic_constraints(value),
            SUBJECT_ALT_NAME | NAME_CONSTRAINTS | CERTIFICATE_POLICIES | POLICY_MAPPINGS
            | POLICY_CONSTRAINTS | INHIBIT_ANY_POLICY => {
                self.of_path.push((number, value.to_vec()));
                Ok(())
            }
            CRL_DISTRIBUTION_POINTS => {
                self.of_path.push((number, value.to_vec()));
                // Understood only where revocation is checked.
                if critical {
                    self.unknown_critical.push(oid.to_string());
                }
                Ok(())
            }
            35 => self.authority_key_identifier(value),
            37 => {
                self.extended_key_usage_critical = critical;
                self.extended_key_usage(value)
            }
            _ if oid.contents() == OCSP_NO_CHECK => {
                self.ocsp_no_check = true;
                Ok(())
            }
            _ if oid.contents() == AUTHORITY_INFO_ACCESS && !critical => {
                self.authority_info_access = Some(value.to_vec());
                Ok(())
            }
            _ => {
                if critical {
                    self.unknown_critical.push(oid.to_string());
                }
                Ok(())
            }
        };
        known.map_err(|_| CertificateError::Extension { oid: oid.to_string() })
    }

    /// The value of the extension whose last octet is `number`, one of those kept for paths.
    pub(super) fn of_path(&self, number: u8) -> Option<&[u8]> {
        self.of_path
            .iter()
            .find(|(kept, _)| *kept == number)
            .map(|(_, value)| value.as_slice())
    }

    fn basic_constraints(&mut self, value: &[u8]) -> asn1::Result<()> {
        let mut inner = sequence(value)?;
        if let Some(tlv) = inner.optional(tag::BOOLEAN)? {
            // DER has FF for true and leaves false out; one octet of another value is met with and means
            // true.
            match tlv.contents {
                [octet] => self.is_ca = *octet != 0,
                _ => return Err(tlv.error(asn1::Asn1Error::Value)),
            }
        }
        if let Some(tlv) = inner.optional(tag::INTEGER)? {
            self.path_length = Some(asn1::small_integer(&tlv)?);
        }
        inner.finish()
    }

    fn key_usage(&mut self, value: &[u8]) -> asn1::Result<()> {
        let mut reader = Reader::new(value, Rules::Der);
        let bits = BitString::parse(&reader.read()?)?;
        reader.finish()?;
        let octet = |index: usize| bits.octets.get(index).copied().unwrap_or(0);
        // Nine bits are defined.
        self.key_usage = Some(KeyUsage(u16::from_be_bytes([octet(0), octet(1) & 0x80])));
        Ok(())
    }

    fn extended_key_usage(&mut self, value: &[u8]) -> asn1::Result<()> {
        let mut inner = sequence(value)?;
        while !inner.is_empty() {
            self.extended_key_usage
                .push(inner.expect(tag::OID)?.oid()?.to_string());
        }
        Ok(())
    }

    fn subject_key_identifier(&mut self, value: &[u8]) -> asn1::Result<()> {
        let mut reader = Reader::new(value, Rules::Der);
        self.subject_key_identifier = Some(reader.expect(tag::OCTET_STRING)?.contents.to_vec());
        reader.finish()
    }

    fn authority_key_identifier(&mut self, value: &[u8]) -> asn1::Result<()> {
        let identifier = sequence(value)?.optional(tag::CONTEXT_0)?;
        self.authority_key_identifier = identifier.map(|tlv| tlv.contents.to_vec());
        Ok(())
    }
}

/// The elements of the SEQUENCE that `value` is, with nothing behind it.
pub(super) fn sequence(value: &[u8]) -> asn1::Result<Reader<'_>> {
    let mut reader = Reader::new(value, Rules::Der);
    let inner = reader.expect(tag::SEQUENCE)?.reader(Rules::Der);
    reader.finish()?;
    Ok(inner)
}
