//! Why a path is not one.

use core::fmt;

use super::Certificate;
use super::revocation::Unknown;
use super::revoked::Revoked;

/// Why no path was found: the fault of the path that came furthest.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct PathError {
    /// The certificate at fault.
    pub certificate: Certificate,
    /// What is wrong with it.
    pub reason: PathReason,
}

/// What is wrong with a certificate of a path. In rising order of how much of the path was right: where
/// several paths fail, the greatest is reported. Time comes last but for missing evidence: [`PathReason::Expired`] means that
/// everything else is in order, and that nobody said it was revoked.
#[non_exhaustive]
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum PathReason {
    /// No certificate given has the name of its issuer, and it is not an anchor itself.
    NoIssuer,
    /// More certificates or signature checks than the limit.
    TooMany,
    /// Its signature is not by the key of the issuer it names.
    BadSignature,
    /// Its signature algorithm is unknown or too weak (dotted object identifier, or a description).
    Algorithm(String),
    /// It issued a certificate, but is not a certification authority.
    NotCa,
    /// Its keyUsage does not allow what it was used for.
    KeyUsage,
    /// Its extKeyUsage does not allow what it was used for.
    ExtendedKeyUsage,
    /// More certification authorities stand below it than its path length allows.
    PathLength,
    /// An extension that decides about the path does not have its form (dotted object identifier).
    Extension(String),
    /// An authority above it does not permit a name in it.
    NameConstraints,
    /// An authority above it constrains a form of name that is not evaluated here, and it has such a name.
    NameForm,
    /// No certificate policy is valid where one is required.
    NoValidPolicy,
    /// It has a critical extension that is not understood (dotted object identifier).
    UnknownCritical(String),
    /// It was revoked at or before the time asked about.
    Revoked(Revoked),
    /// The time asked about is before its validity period.
    NotYetValid,
    /// The time asked about is after its validity period.
    Expired,
    /// Nothing at hand tells whether it was revoked.
    RevocationUnknown(Unknown),
    /// What is at hand is too old to tell whether it was revoked: seconds from its issue to the time asked about.
    RevocationStale(i64),
}

impl fmt::Display for PathReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoIssuer => {
                "its issuer is not among the certificates given; add the intermediate or trust its root"
            }
            Self::BadSignature => "its signature is not by the issuer it names",
            Self::Algorithm(name) => return write!(f, "its signature algorithm {name} is not accepted"),
            Self::NotCa => "it issued a certificate but is not a certification authority",
            Self::KeyUsage => "its key usage does not allow this use",
            Self::PathLength => "more certification authorities stand below it than it allows",
            Self::ExtendedKeyUsage => "its extended key usage does not allow this use",
            Self::Extension(oid) => return write!(f, "its extension {oid} is malformed"),
            Self::NameConstraints => "an authority above it does not permit a name in it",
            Self::NameForm => {
                "an authority above it constrains a form of name that it has and that is not supported"
            }
            Self::NoValidPolicy => "no certificate policy is valid where one is required",
            Self::Revoked(revoked) => return write!(f, "it is {revoked}"),
            Self::RevocationUnknown(why) => return write!(f, "whether it was revoked is not known: {why}"),
            Self::RevocationStale(age) => {
                return write!(f, "what is known of its revocation was issued {age} s before the time asked about; get newer evidence");
            }
            Self::UnknownCritical(oid) => return write!(f, "its critical extension {oid} is not understood"),
            Self::NotYetValid => "it is not valid yet at the time asked about",
            Self::Expired => "it has expired at the time asked about",
            Self::TooMany => "the path needs more certificates or signature checks than the limit",
        })
    }
}

impl fmt::Display for PathError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "certificate of {}: {}",
            self.certificate.subject(),
            self.reason
        )
    }
}

impl core::error::Error for PathError {}
