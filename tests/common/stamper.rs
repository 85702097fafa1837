//! A time-stamping authority in this process, whose clock says what it is told.

use std::cell::Cell;

use yinxin::asn1::{Oid, oid_tlv, set_of, tag, tlv, unsigned};
use yinxin::crypto::DigestAlgorithm;
use yinxin::pki::{Certificate, Signer as _, SoftwareSigner, TimeStampError, TimeStamper};
use yinxin::time::Time;

/// id-signedData, id-ct-TSTInfo, sha256WithRSAEncryption, id-sha256; 1.2.3.4.1, a policy.
const SIGNED_DATA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 2];
const TST_INFO: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 16, 1, 4];
const RSA_SHA256: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 11];
const SHA256: &[u8] = &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01];
const POLICY: &[u8] = &[0x2a, 3, 4, 1];
/// Attributes of RFC 5652, clause 11, and RFC 5035.
const CONTENT_TYPE: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 3];
const MESSAGE_DIGEST: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 4];
const SIGNING_CERTIFICATE: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 16, 2, 47];

/// With an RSA key.
pub struct Stamper {
    signer: SoftwareSigner,
    pub clock: Cell<Time>,
    serial: Cell<u8>,
}

impl Stamper {
    pub fn new(signer: SoftwareSigner, clock: Time) -> Self {
        Self {
            signer,
            clock: Cell::new(clock),
            serial: Cell::new(0),
        }
    }

    fn token(&self, imprint: &[u8]) -> Vec<u8> {
        let sequence = |parts: &[&[u8]]| tlv(tag::SEQUENCE, parts);
        let oid = |contents| oid_tlv(Oid::new(contents));
        let octets = |contents: &[u8]| tlv(tag::OCTET_STRING, &[contents]);
        let null = [tag::NULL, 0];
        let sha256 = sequence(&[&oid(SHA256)]);
        self.serial.set(self.serial.get().saturating_add(1));
        let time = self.clock.get().to_string();
        let digits: String = time.chars().filter(char::is_ascii_digit).collect();
        let info = sequence(&[
            &unsigned(&[1]),
            &oid(POLICY),
            &sequence(&[&sequence(&[&oid(SHA256), &null]), &octets(imprint)]),
            &unsigned(&[self.serial.get()]),
            &tlv(tag::GENERALIZED_TIME, &[digits.as_bytes(), b"Z"]),
            // Accuracy: one second.
            &sequence(&[&unsigned(&[1])]),
        ]);
        let chain = self.signer.chain();
        let leaf = &chain[0];
        let attribute = |kind, value: &[u8]| sequence(&[&oid(kind), &tlv(tag::SET, &[value])]);
        let id = sequence(&[&sequence(&[&sequence(&[&octets(&leaf.sha256())])])]);
        let attributes = set_of(vec![
            attribute(CONTENT_TYPE, &oid(TST_INFO)),
            attribute(MESSAGE_DIGEST, &octets(&DigestAlgorithm::Sha256.digest(&info))),
            attribute(SIGNING_CERTIFICATE, &id),
        ]);
        let signature = self.signer.sign(&attributes).expect("an RSA key signs");
        let mut implicit = attributes;
        implicit[0] = tag::CONTEXT_0_CONSTRUCTED;
        let signer_info = sequence(&[
            &unsigned(&[1]),
            &sequence(&[leaf.issuer_raw(), &tlv(tag::INTEGER, &[leaf.serial()])]),
            &sha256,
            &implicit,
            &sequence(&[&oid(RSA_SHA256), &null]),
            &octets(&signature),
        ]);
        let mut certificates: Vec<&[u8]> = chain.iter().map(Certificate::der).collect();
        certificates.sort_unstable();
        let content = tlv(tag::CONTEXT_0_CONSTRUCTED, &[&octets(&info)]);
        // Version 3: the content is not id-data (RFC 5652, clause 5.1).
        let signed_data = sequence(&[
            &unsigned(&[3]),
            &tlv(tag::SET, &[&sha256]),
            &sequence(&[&oid(TST_INFO), &content]),
            &tlv(tag::CONTEXT_0_CONSTRUCTED, &certificates),
            &tlv(tag::SET, &[&signer_info]),
        ]);
        sequence(&[
            &oid(SIGNED_DATA),
            &tlv(tag::CONTEXT_0_CONSTRUCTED, &[&signed_data]),
        ])
    }
}

impl TimeStamper for Stamper {
    fn token_length(&self) -> usize {
        // Everything but the certificates and the signature is less than 1000 bytes.
        let chain = self.signer.chain().iter().map(|one| one.der().len());
        chain.sum::<usize>() + self.signer.signature_length() + 1000
    }

    fn stamp(&self, imprint: &[u8]) -> Result<Vec<u8>, TimeStampError> {
        Ok(self.token(imprint))
    }
}
