//! Cryptographic Message Syntax (RFC 5652) as PAdES uses it: detached SignedData, read and written, and the time stamps of
//! RFC 3161.
//!
//! Reading keeps received bytes and decides nothing about trust; [`build`] writes DER in two steps, so
//! that the signature can be made elsewhere.

mod algorithm;
mod attributes;
pub mod build;
mod oids;
mod revocation;
mod signed_data;
mod signer_info;
mod stamping;
mod timestamp;

use core::fmt;

pub use algorithm::{AlgorithmIdentifier, Scheme, UnsupportedAlgorithm};
pub use attributes::{AlgorithmProtection, Attribute, CertificateId, SignedAttributes};
pub use oids::{ID_DATA, ID_TST_INFO};
pub use revocation::RevocationInfo;
pub use signed_data::{Padding, SignedData};
pub use signer_info::{SignatureFault, SignerIdentifier, SignerInfo};
pub use stamping::{TimeStampRefusal, TimeStampRequest};
pub use timestamp::TimeStampInfo;

use crate::asn1::Asn1Error;
use crate::error::At;

/// Why bytes are not a SignedData.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum CmsError {
    /// The encoding is broken, or an element is not where RFC 5652 puts it.
    Asn1(Asn1Error),
    /// An attribute has no value, or its value is not of its type.
    Attribute,
    /// A ContentInfo of another type than id-signedData.
    ContentType,
    /// The signed attributes do not have the definite length that DER asks for (RFC 5652, clause 5.3).
    SignedAttributes,
    /// More bytes than [`Limits::cms_bytes`](crate::limits::Limits::cms_bytes).
    TooLarge,
    /// More certificates, signers or attributes than
    /// [`Limits::certificates`](crate::limits::Limits::certificates).
    TooMany,
}

impl fmt::Display for CmsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Asn1(kind) => write!(f, "the CMS object is malformed: {kind}"),
            Self::Attribute => f.write_str("a CMS attribute is not of its type"),
            Self::ContentType => f.write_str("the CMS object is not a SignedData"),
            Self::SignedAttributes => f.write_str("the CMS signed attributes are not DER"),
            Self::TooLarge => f.write_str("the CMS object is larger than the limit"),
            Self::TooMany => {
                f.write_str("the CMS object holds more certificates, signers or attributes than the limit")
            }
        }
    }
}

/// Reading a SignedData.
pub(crate) type Result<T> = core::result::Result<T, At<CmsError>>;

impl From<At<Asn1Error>> for At<CmsError> {
    fn from(e: At<Asn1Error>) -> Self {
        Self {
            kind: CmsError::Asn1(e.kind),
            offset: e.offset,
        }
    }
}
