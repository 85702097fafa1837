//! Asking a responder about one certificate (RFC 6960, clause 4.1).

use super::Certificate;
use super::ocsp::key_octets;
use crate::asn1::{self, Oid, tag, tlv};
use crate::crypto::sha1_as_identifier;

/// An OCSPRequest: which certificate is asked about, and a number that the answer may repeat. Not signed.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct OcspRequest {
    /// CertID.
    id: Vec<u8>,
    nonce: Option<Vec<u8>>,
}

impl OcspRequest {
    /// A request about `certificate`, which `issuer` issued. Names the issuer by SHA-1, which identifies and protects nothing here:
    /// every responder knows it, some no other (RFC 5019, clause 2.1.1).
    #[must_use]
    pub fn new(certificate: &Certificate, issuer: &Certificate) -> Self {
        /// 1.3.14.3.2.26
        const SHA1: Oid<'static> = Oid::new(&[0x2b, 0x0e, 0x03, 0x02, 0x1a]);
        let octets = |bytes: &[u8]| tlv(tag::OCTET_STRING, &[&sha1_as_identifier(bytes)]);
        let id = tlv(
            tag::SEQUENCE,
            &[
                &tlv(tag::SEQUENCE, &[&asn1::oid_tlv(SHA1), &[tag::NULL, 0]]),
                &octets(certificate.issuer_raw()),
                &octets(key_octets(issuer.public_key())),
                &tlv(tag::INTEGER, &[certificate.serial()]),
            ],
        );
        Self { id, nonce: None }
    }

    /// Sends a number, 1 to 32 octets, that a responder which repeats it has never seen before (RFC 8954).
    #[must_use]
    pub fn nonce(mut self, nonce: &[u8]) -> Self {
        self.nonce = Some(nonce.to_vec());
        self
    }

    /// The request, DER: the body of an HTTP POST with type `application/ocsp-request` (RFC 6960, appendix A.1).
    #[must_use]
    pub fn to_der(&self) -> Vec<u8> {
        /// id-pkix-ocsp-nonce, 1.3.6.1.5.5.7.48.1.2
        const NONCE: Oid<'static> = Oid::new(&[0x2b, 6, 1, 5, 5, 7, 48, 1, 2]);
        let list = tlv(tag::SEQUENCE, &[&tlv(tag::SEQUENCE, &[&self.id])]);
        let extensions = self.nonce.as_ref().map(|nonce| {
            let value = tlv(tag::OCTET_STRING, &[&tlv(tag::OCTET_STRING, &[nonce])]);
            let extension = tlv(tag::SEQUENCE, &[&asn1::oid_tlv(NONCE), &value]);
            // requestExtensions [2] EXPLICIT
            tlv(tag::CONTEXT_2_CONSTRUCTED, &[&tlv(tag::SEQUENCE, &[&extension])])
        });
        let request = tlv(tag::SEQUENCE, &[&list, extensions.as_deref().unwrap_or_default()]);
        tlv(tag::SEQUENCE, &[&request])
    }
}
