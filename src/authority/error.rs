//! What is wrong with a list, and what somebody may be trying with it.

use core::fmt;

use crate::cbor::CborError;
use crate::cose::CoseError;
use crate::error::At;
use crate::pki::SignerError;
use crate::time::Time;

/// Why bytes are not an authority list of the pinned roots, or not one to rely on now, or a draft cannot become one.
#[non_exhaustive]
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum AuthorityError {
    /// The list is in order and must not be relied on: somebody may be attacking, or a clock is wrong.
    Attack(Attack),
    /// The contents are not deterministic CBOR.
    Cbor(CborError),
    /// A COSE object is malformed, not written as ours are, or does not verify.
    Cose(CoseError),
    /// A member is missing, unknown, malformed or at odds with another.
    Member {
        /// The member: `issuers[2].certificates[0].until`.
        path: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The certificate carried with a signature is not one, or not that of the signer.
    RootCertificate,
    /// The signer could not sign.
    Signer(SignerError),
    /// Fewer roots have signed than must.
    Threshold {
        /// How many have.
        found: usize,
        /// How many must.
        needed: usize,
    },
    /// Larger than the limit, which is the value, in bytes.
    TooLarge(usize),
    /// A signature is by none of the roots that may sign; the value is the key identifier in it.
    UntrustedRoot([u8; 8]),
}

/// What somebody may be trying with a list that is signed as it must be. Rules and names after The Update Framework, clause 1.5.2.
///
/// The freeze attack is not among them: a list kept from being renewed shows by its age
/// ([`AuthorityList::state`](super::AuthorityList::state)).
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Attack {
    /// The clock is behind a time that has been seen: what has expired may pass for current.
    ClockSetBack {
        /// The latest time known.
        seen: Time,
    },
    /// Two different lists carry one number, or one that directly follows names another predecessor.
    Equivocation {
        /// The number.
        sequence: u64,
    },
    /// The number is so far ahead that the numbers would soon be used up.
    FastForward {
        /// The number remembered.
        seen: u64,
        /// The number of the list.
        found: u64,
    },
    /// One certificate, or two with one key identifier, are listed twice.
    KidCollision {
        /// The key identifier.
        kid: [u8; 8],
    },
    /// Parts of different lists have been put together; the value says which.
    MixAndMatch(&'static str),
    /// The list is older than one seen before.
    Rollback {
        /// The number remembered.
        seen: u64,
        /// The number of the list.
        found: u64,
    },
    /// A certificate that was revoked is in force again, later revoked, or gone.
    Unrevocation {
        /// Its key identifier.
        kid: [u8; 8],
    },
}

impl AuthorityError {
    pub(super) fn member(path: &str, reason: &'static str) -> Self {
        let path = path.to_owned();
        Self::Member { path, reason }
    }
}

impl From<Attack> for AuthorityError {
    fn from(attack: Attack) -> Self {
        Self::Attack(attack)
    }
}

impl fmt::Display for Attack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ClockSetBack { seen } => {
                write!(f, "the clock is behind {seen}, which has been seen; set it right")
            }
            Self::Equivocation { sequence } => {
                write!(
                    f,
                    "two different lists follow one another as number {sequence}; ask the keeper which is right"
                )
            }
            Self::FastForward { seen, found } => {
                write!(
                    f,
                    "list {found} is too far ahead of list {seen}, the last one seen"
                )
            }
            Self::KidCollision { kid } => {
                f.write_str("two entries have the key identifier ")?;
                hex(f, kid)
            }
            Self::MixAndMatch(what) => f.write_str(what),
            Self::Rollback { seen, found } => {
                write!(f, "list {found} is older than list {seen}, which has been seen")
            }
            Self::Unrevocation { kid } => {
                f.write_str("a certificate known to be revoked is not, or not since then: ")?;
                hex(f, kid)
            }
        }
    }
}

impl core::error::Error for Attack {}

impl fmt::Display for AuthorityError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Attack(attack) => write!(f, "authority list: {attack}"),
            Self::Cbor(At { kind, offset }) => write!(f, "authority list: {kind} at byte {offset}"),
            Self::Cose(error) => write!(f, "authority list: {error}"),
            Self::Member { path, reason } => write!(f, "{path}: {reason}"),
            Self::RootCertificate => f.write_str("the certificate in the authority list is not its signer's"),
            Self::Signer(error) => error.fmt(f),
            Self::Threshold { found, needed } => {
                write!(
                    f,
                    "authority list: signed by {found} of its roots, and {needed} must; collect the missing signatures"
                )
            }
            Self::TooLarge(most) => write!(f, "authority list larger than {most} bytes"),
            Self::UntrustedRoot(kid) => {
                f.write_str(
                    "the authority list bears the signature of a key that is not one of the roots trusted: ",
                )?;
                hex(f, kid)
            }
        }
    }
}

impl core::error::Error for AuthorityError {}

fn hex(f: &mut fmt::Formatter<'_>, bytes: &[u8]) -> fmt::Result {
    bytes.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
}
