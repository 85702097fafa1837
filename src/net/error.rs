//! Why an authority's answer could not be had, or not be taken.

use core::fmt;
use std::time::Duration;

use crate::pki::{EvidenceError, PathError, TimeStampError};
use crate::time::Time;

/// What went wrong at one address.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct NetError {
    /// The address asked, without what may stand in it to prove who asks.
    pub address: String,
    /// What went wrong.
    pub fault: NetFault,
}

/// What went wrong.
#[non_exhaustive]
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum NetFault {
    /// The address is not one that is asked; says why.
    Address(&'static str),
    /// No connection, or it broke; in the words of the system.
    Connection(String),
    /// TLS was refused: the server's certificate, or what it can do.
    Tls(String),
    /// The proxy refused; in its words.
    Proxy(String),
    /// The answer was not complete in time.
    TimedOut(Duration),
    /// Another HTTP status than 200.
    Status(u16),
    /// HTTP status 429 or 503: asked too often, or too busy; and when to come back, if it said so.
    Busy(Option<Duration>),
    /// Not asked: an earlier answer said to come back after this time.
    Resting(Duration),
    /// The answer is of another type than asked for.
    ContentType(String),
    /// The answer has more bytes than are read.
    TooLarge {
        /// Bytes at most.
        most: usize,
    },
    /// It sent us on more often than is followed.
    Redirects,
    /// What came is not HTTP.
    Protocol(String),
    /// What came is no time stamp for the request.
    TimeStamp(TimeStampError),
    /// The certificate of the time-stamping authority was not valid when it stamped.
    NotValidThen {
        /// The certificate's subject.
        subject: String,
        /// The time stamped.
        time: Time,
    },
    /// The certificate of the time-stamping authority leads to no anchor.
    Untrusted(PathError),
    /// What came is no evidence of revocation, or the responder refused.
    Evidence(EvidenceError),
    /// The answer repeats another number than was sent, or none where one is required: it may be an old one.
    Nonce,
    /// The answer is about other certificates.
    OtherCertificate,
    /// The list or answer was to be replaced at this time.
    Outdated(Time),
    /// The list or answer is dated after the present.
    Future(Time),
    /// The system gives no random numbers.
    NoRandom,
    /// What came is no certificate.
    NoCertificate,
}

impl NetError {
    pub(super) fn new(address: &str, fault: NetFault) -> Self {
        // What stands before an @ is a password more often than not.
        let shown = match address.split_once("://") {
            Some((scheme, rest)) => {
                let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
                let (authority, path) = rest.split_at_checked(end).unwrap_or((rest, ""));
                let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
                format!("{scheme}://{host}{path}")
            }
            None => address.to_owned(),
        };
        let fit = |c: char| if c.is_control() { '\u{fffd}' } else { c };
        Self {
            address: shown.chars().take(200).map(fit).collect(),
            fault,
        }
    }
}

impl NetFault {
    /// Whether the same request may succeed a little later.
    #[must_use]
    pub fn is_passing(&self) -> bool {
        match self {
            Self::Connection(_) | Self::TimedOut(_) | Self::Busy(_) | Self::Resting(_) => true,
            Self::Status(status) => (500..600).contains(status) || *status == 408,
            // timeNotAvailable, systemFailure (RFC 3161, clause 2.4.2)
            Self::TimeStamp(TimeStampError::Refused(crate::cms::TimeStampRefusal::Status {
                failure,
                ..
            })) => matches!(failure, Some(14 | 25)),
            // internalError, tryLater (RFC 6960, clause 4.2.1)
            Self::Evidence(EvidenceError::Refused(status)) => matches!(status, 2 | 3),
            _ => false,
        }
    }
}

impl fmt::Display for NetError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.address, self.fault)
    }
}

impl core::error::Error for NetError {}

impl fmt::Display for NetFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Address(why) => write!(f, "this address is not asked: {why}"),
            Self::Connection(words) => {
                write!(f, "no connection: {words}; check the address, the network and the proxy")
            }
            Self::Tls(words) => write!(
                f,
                "TLS failed: {words}; if the server's certificate is by an authority of your own, give its root"
            ),
            Self::Proxy(words) => write!(
                f,
                "the proxy refused: {words}; it must permit CONNECT to this host and port"
            ),
            Self::TimedOut(after) => write!(
                f,
                "no complete answer within {:.1} s; try again, or name another authority",
                after.as_secs_f32()
            ),
            Self::Status(status) => write!(
                f,
                "HTTP status {status} instead of an answer; check the address{}",
                match status {
                    401 | 403 => " and the user name and password",
                    407 => " and the proxy's user name and password",
                    _ => "",
                }
            ),
            Self::Busy(Some(after)) => write!(
                f,
                "asked too often or too busy: come back in {} s, or name another authority",
                after.as_secs()
            ),
            Self::Busy(None) => {
                f.write_str("asked too often or too busy; come back later, or name another authority")
            }
            Self::Resting(left) => write!(
                f,
                "not asked: it said to come back later, which is in {} s; name another authority",
                left.as_secs()
            ),
            Self::ContentType(found) => write!(
                f,
                "the answer is of type {found}, not of the one asked for; check that this is the authority's address"
            ),
            Self::TooLarge { most } => write!(f, "the answer has more than {most} bytes and was not read"),
            Self::Redirects => f.write_str("it sends us on, which is not followed any further; give the final address"),
            Self::Protocol(words) => write!(f, "what came is not HTTP: {words}; check the address"),
            Self::TimeStamp(error) => write!(f, "{error}; name another authority"),
            Self::NotValidThen { subject, time } => write!(
                f,
                "the certificate of {subject} is not valid at {time}, the time it stamped; name another authority"
            ),
            Self::Untrusted(error) => write!(
                f,
                "the time stamp is by an authority that is not trusted: {error}; give its root"
            ),
            Self::Evidence(error) => error.fmt(f),
            Self::Nonce => f.write_str(
                "the answer does not repeat the number that was sent and may be an old one; ask again, or use a revocation list",
            ),
            Self::OtherCertificate => {
                f.write_str("the answer is about other certificates than the one asked about")
            }
            Self::Outdated(next) => write!(
                f,
                "what it hands out was to be replaced by {next}; tell the authority, and check your clock"
            ),
            Self::Future(time) => write!(f, "what it hands out is dated {time}, after the present; check your clock"),
            Self::NoRandom => f.write_str("the system gives no random numbers to ask with"),
            Self::NoCertificate => f.write_str("what came is no certificate"),
        }
    }
}
