//! Whoever can say what time it is: the joint between sealing and a time-stamping authority (RFC 3161).

use core::fmt;

use super::Certificate;
use crate::cms::{SignedData, TimeStampInfo, TimeStampRefusal, TimeStampRequest};
use crate::crypto::DigestAlgorithm;
use crate::limits::Limits;
use crate::time::Time;

/// A time-stamping authority. Implement it over the network, a local service or a list of several to be tried in order.
///
/// Users hand it to sealing and never call it themselves. Sealing checks every token that comes back, with
/// [`check_token`], before it goes into a file.
pub trait TimeStamper {
    /// The digest that the authority is asked to stamp; SHA-256 unless it wants another.
    fn digest(&self) -> DigestAlgorithm {
        DigestAlgorithm::Sha256
    }

    /// The longest token that [`TimeStamper::stamp`] returns, in bytes: room for it is reserved before it is asked for. What the
    /// authority answered to a request made for this purpose, with some room for numbers that grow, will do; sealing tries
    /// again with more room where it was too little.
    fn token_length(&self) -> usize;

    /// A token (a ContentInfo, DER) over bytes whose [`digest`](TimeStamper::digest) is `imprint`, with the authority's
    /// certificate in it.
    ///
    /// # Errors
    /// Occurs if no authority answers, or what answers refuses.
    fn stamp(&self, imprint: &[u8]) -> Result<Vec<u8>, TimeStampError>;
}

/// Why there is no time stamp.
#[non_exhaustive]
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum TimeStampError {
    /// The token does not hold the certificate that its signature names.
    NoCertificate,
    /// The certificate in the token is not one for time stamping, and for nothing else (RFC 3161, clause 2.3); its subject is named.
    Purpose(String),
    /// The authority said no, or its answer is none to what was asked.
    Refused(TimeStampRefusal),
    /// The place where the authority is reported this.
    Service(String),
    /// The token's signature does not verify with the certificate in it.
    Signature,
}

impl fmt::Display for TimeStampError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoCertificate => f.write_str("the time stamp does not bring its authority's certificate"),
            Self::Purpose(subject) => {
                write!(
                    f,
                    "the certificate of {subject} is not one for time stamping alone"
                )
            }
            Self::Refused(refusal) => refusal.fmt(f),
            Self::Service(message) => write!(f, "the time-stamping service reported: {message}"),
            Self::Signature => f.write_str("the time stamp's own signature does not verify"),
        }
    }
}

impl core::error::Error for TimeStampError {}

impl From<TimeStampRefusal> for TimeStampError {
    fn from(e: TimeStampRefusal) -> Self {
        Self::Refused(e)
    }
}

/// The certificate in `token` that its signature names, and the others beside it. None of them is signed or trusted.
///
/// # Errors
/// Occurs if the token cannot be read, or does not hold that certificate.
pub fn token_certificates(
    token: &[u8],
    limits: &Limits,
) -> Result<(Certificate, Vec<Certificate>), TimeStampError> {
    let malformed = |error| TimeStampError::Refused(TimeStampRefusal::Malformed(error));
    signer_of(&SignedData::parse(token, limits).map_err(malformed)?)
}

fn signer_of(data: &SignedData<'_>) -> Result<(Certificate, Vec<Certificate>), TimeStampError> {
    // A token has one signer, the authority (RFC 3161, clause 2.4.2).
    let [signer] = &data.signer_infos[..] else {
        return Err(TimeStampError::Signature);
    };
    let read = |der: &&[u8]| Certificate::try_from(*der).ok();
    let mut certificates: Vec<Certificate> = data.certificates.iter().filter_map(read).collect();
    let place = certificates
        .iter()
        .position(|one| signer.matches(one.issuer_raw(), one.serial(), one.subject_key_identifier()))
        .ok_or(TimeStampError::NoCertificate)?;
    let authority = certificates.remove(place);
    Ok((authority, certificates))
}

/// The time that `token` states, if it is about `imprint` by `digest` and its signature verifies with a certificate in it that
/// is for time stamping. Whether anybody trusts that authority is another question.
///
/// # Errors
/// Occurs if any of this is not so.
pub fn check_token(
    token: &[u8],
    digest: DigestAlgorithm,
    imprint: &[u8],
    limits: &Limits,
) -> Result<Time, TimeStampError> {
    TimeStampRequest::new(digest, imprint).accept(token, limits)?;
    let malformed = |error| TimeStampError::Refused(TimeStampRefusal::Malformed(error));
    let data = SignedData::parse(token, limits).map_err(malformed)?;
    // A token has one signer, the authority (RFC 3161, clause 2.4.2).
    let (content, [signer]) = (
        data.content.as_deref().unwrap_or_default(),
        &data.signer_infos[..],
    ) else {
        return Err(TimeStampError::Signature);
    };
    let (authority, _) = signer_of(&data)?;
    data.verify(signer, authority.public_key(), content)
        .map_err(|_| TimeStampError::Signature)?;
    if !authority.is_for_time_stamping() {
        return Err(TimeStampError::Purpose(authority.subject().to_owned()));
    }
    let info = TimeStampInfo::parse(content).map_err(malformed)?;
    Ok(info.time)
}
