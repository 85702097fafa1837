//! Asking a time-stamping authority (RFC 3161, clauses 2.4.1 and 2.4.2): the request, and whether an answer is one to it.

use core::fmt;

use super::algorithm::digest_identifier;
use super::{CmsError, ID_TST_INFO, SignedData, TimeStampInfo};
use crate::asn1::{self, Asn1Error, Oid, Reader, Rules, Tlv, tag};
use crate::crypto::DigestAlgorithm;
use crate::error::At;
use crate::limits::Limits;

/// A TimeStampReq: what is to be stamped, and what the answer must repeat. Asks for the authority's certificate.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct TimeStampRequest {
    digest: DigestAlgorithm,
    imprint: Vec<u8>,
    nonce: Option<u64>,
    policy: Option<Vec<u8>>,
}

/// Why an answer is no time stamp for the request.
#[non_exhaustive]
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum TimeStampRefusal {
    /// The bytes are no TimeStampResp with a token that can be read.
    Malformed(At<CmsError>),
    /// The authority said no: its status, the bits of PKIFailureInfo, and its words.
    Status {
        /// PKIStatus: 2 rejection, 3 waiting, 4 and 5 about revocation.
        status: u32,
        /// The first bit that is set in PKIFailureInfo.
        failure: Option<u32>,
        /// What the authority says about it, at most 200 characters, fit to be shown.
        text: String,
    },
    /// The token is about other bytes.
    Imprint,
    /// The token repeats another nonce, or none: it may be an old one.
    Nonce,
    /// The token is under another policy than the one asked for.
    Policy,
}

impl fmt::Display for TimeStampRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed(e) => write!(f, "the answer is no time stamp: {e}"),
            Self::Status {
                status,
                failure,
                text,
            } => {
                let status = match status {
                    2 => "rejection",
                    3 => "waiting",
                    _ => "refusal",
                };
                write!(f, "the time-stamping authority answered with {status}")?;
                if let Some(bit) = failure {
                    write!(f, ", {}", failure_name(*bit))?;
                }
                match text.as_str() {
                    "" => Ok(()),
                    text => write!(f, ": {text}"),
                }
            }
            Self::Imprint => f.write_str("the time stamp is about other bytes than were sent"),
            Self::Nonce => f.write_str("the time stamp does not repeat the nonce sent; it may be an old one"),
            Self::Policy => f.write_str("the time stamp is under another policy than the one asked for"),
        }
    }
}

impl core::error::Error for TimeStampRefusal {}

impl From<At<CmsError>> for TimeStampRefusal {
    fn from(e: At<CmsError>) -> Self {
        Self::Malformed(e)
    }
}

impl From<At<Asn1Error>> for TimeStampRefusal {
    fn from(e: At<Asn1Error>) -> Self {
        Self::Malformed(e.into())
    }
}

impl TimeStampRequest {
    /// A request to stamp bytes that have the digest `imprint` by `digest`.
    #[must_use]
    pub fn new(digest: DigestAlgorithm, imprint: &[u8]) -> Self {
        Self {
            digest,
            imprint: imprint.to_vec(),
            nonce: None,
            policy: None,
        }
    }

    /// Sets a number that the answer must repeat: one that was never sent before shows that the answer is new.
    #[must_use]
    pub fn nonce(mut self, nonce: u64) -> Self {
        self.nonce = Some(nonce);
        self
    }

    /// Asks for a token under this policy and no other.
    #[must_use]
    pub fn policy(mut self, policy: Oid<'_>) -> Self {
        self.policy = Some(policy.contents().to_vec());
        self
    }

    /// What is to be stamped: the digest, and by which algorithm.
    #[must_use]
    pub fn imprint(&self) -> (DigestAlgorithm, &[u8]) {
        (self.digest, &self.imprint)
    }

    /// The request, DER: the body of an HTTP POST with type `application/timestamp-query` (RFC 3161, clause 3.4).
    #[must_use]
    pub fn to_der(&self) -> Vec<u8> {
        let digest = digest_identifier(self.digest);
        let imprint = asn1::tlv(tag::OCTET_STRING, &[&self.imprint]);
        let policy = self
            .policy
            .as_ref()
            .map(|contents| asn1::tlv(tag::OID, &[contents]));
        let nonce = self.nonce.map(|nonce| asn1::unsigned(&nonce.to_be_bytes()));
        asn1::tlv(
            tag::SEQUENCE,
            &[
                &asn1::unsigned(&[1]),
                &asn1::tlv(tag::SEQUENCE, &[&digest, &imprint]),
                policy.as_deref().unwrap_or_default(),
                nonce.as_deref().unwrap_or_default(),
                // certReq: a file must bring what its time stamps are checked with.
                &asn1::tlv(tag::BOOLEAN, &[&[0xff]]),
            ],
        )
    }

    /// The token in the TimeStampResp `answer`, as received. Whose signature it carries, and whether it verifies, is not
    /// looked at.
    ///
    /// # Errors
    /// Occurs if the authority refused, or the token is not about this request.
    pub fn token<'a>(&self, answer: &'a [u8], limits: &Limits) -> Result<&'a [u8], TimeStampRefusal> {
        if answer.len() > limits.cms_bytes {
            return Err(At::new(CmsError::TooLarge, 0).into());
        }
        // Authorities write BER now and then; the token is read as strictly as any other below.
        let rules = Rules::Ber;
        let mut outer = Reader::new(answer, rules);
        let mut response = outer.expect(tag::SEQUENCE)?.reader(rules);
        outer.finish()?;
        granted(&response.expect(tag::SEQUENCE)?)?;
        let token = response.expect(tag::SEQUENCE)?;
        response.finish()?;
        self.accept(token.raw, limits)?;
        Ok(token.raw)
    }

    /// Whether `token`, a ContentInfo, is about this request.
    ///
    /// # Errors
    /// Occurs if it is not, or cannot be read.
    pub fn accept(&self, token: &[u8], limits: &Limits) -> Result<(), TimeStampRefusal> {
        let data = SignedData::parse(token, limits)?;
        let content = match data.content.as_deref() {
            Some(content) if data.content_type == ID_TST_INFO => content,
            _ => return Err(At::new(CmsError::ContentType, 0).into()),
        };
        let info = TimeStampInfo::parse(content)?;
        if info.imprint_algorithm.digest().ok() != Some(self.digest) || info.imprint != self.imprint {
            return Err(TimeStampRefusal::Imprint);
        }
        let sent = self.nonce.map(u64::to_be_bytes);
        let sent = sent.as_ref().map(|octets| trimmed(octets));
        if sent.is_some() && info.nonce.map(trimmed) != sent {
            return Err(TimeStampRefusal::Nonce);
        }
        if self
            .policy
            .as_ref()
            .is_some_and(|policy| info.policy.contents() != policy)
        {
            return Err(TimeStampRefusal::Policy);
        }
        Ok(())
    }
}

/// The octets of a number without zeros in front.
fn trimmed(octets: &[u8]) -> &[u8] {
    let start = octets.iter().position(|b| *b != 0).unwrap_or(octets.len());
    octets.get(start..).unwrap_or_default()
}

/// `PKIStatusInfo ::= SEQUENCE { status INTEGER, statusString SEQUENCE OF UTF8String OPTIONAL, failInfo BIT STRING OPTIONAL }`
fn granted(info: &Tlv<'_>) -> Result<(), TimeStampRefusal> {
    const SHOWN: usize = 200;
    let mut inner = info.reader(Rules::Ber);
    let status = asn1::small_integer(&inner.expect(tag::INTEGER)?)?;
    let mut text = String::new();
    if let Some(free_text) = inner.optional(tag::SEQUENCE)? {
        let mut lines = free_text.reader(Rules::Ber);
        while !lines.is_empty() {
            let line = String::from_utf8_lossy(lines.read()?.contents);
            let room = SHOWN.saturating_sub(text.chars().count());
            let fit = |c: char| if c.is_control() { ' ' } else { c };
            text.extend(line.chars().take(room).map(fit));
        }
    }
    let failure = match inner.optional(tag::BIT_STRING)? {
        Some(bits) => first_bit(asn1::BitString::parse(&bits)?.octets),
        None => None,
    };
    inner.finish()?;
    // granted, grantedWithMods (RFC 3161, clause 2.4.2)
    match status {
        0 | 1 => Ok(()),
        _ => Err(TimeStampRefusal::Status {
            status,
            failure,
            text,
        }),
    }
}

fn first_bit(octets: &[u8]) -> Option<u32> {
    let (index, octet) = octets.iter().enumerate().find(|(_, octet)| **octet != 0)?;
    u32::try_from(index)
        .ok()?
        .checked_mul(8)?
        .checked_add(octet.leading_zeros())
}

/// PKIFailureInfo (RFC 3161, clause 2.4.2).
fn failure_name(bit: u32) -> &'static str {
    match bit {
        0 => "unknown or unsupported algorithm (badAlg)",
        2 => "transaction not permitted (badRequest)",
        5 => "wrong format (badDataFormat)",
        14 => "time not available (timeNotAvailable)",
        15 => "policy not supported (unacceptedPolicy)",
        16 => "extension not supported (unacceptedExtension)",
        17 => "additional information not available (addInfoNotAvailable)",
        25 => "system failure (systemFailure)",
        _ => "a failure without a name",
    }
}
