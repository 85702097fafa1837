//! Certificates, paths to trust anchors, and the joint to whoever holds a key (RFC 5280).
//!
//! `Certificate` is always X.509. Trust anchors and the time are arguments: nothing here knows whom to
//! trust or what time it is.

mod addresses;
mod certificate;
mod constraints;
mod crl;
mod distribution;
mod evidence;
mod evidenced;
mod extension;
mod fault;
mod general_name;
mod key;
#[cfg(feature = "seal")]
mod key_file;
mod links;
mod name;
mod ocsp;
mod ocsp_request;
mod path;
mod path_policy;
mod pem;
#[cfg(feature = "pkcs11")]
pub mod pkcs11;
mod policies;
pub mod policy;
mod revocation;
mod revoked;
mod search;
mod signer;
mod time_stamper;
mod weigh;

pub use certificate::{Certificate, CertificateError};
pub use crl::Crl;
pub use evidence::{Evidence, EvidenceError};
pub use extension::KeyUsage;
pub use fault::{PathError, PathReason};
#[cfg(feature = "seal")]
pub use key_file::{FileKey, KeyChoice, KeyFile, KeyFileError, KeyPassword};
pub use links::VerifiedLinks;
pub use ocsp::{OcspResponse, OcspStatus, SingleResponse};
pub use ocsp_request::OcspRequest;
pub use path::{CheckedPath, PathQuestion, TrustAnchors};
pub use path_policy::{LeafExtendedKeyUsage, LeafKeyUsage, PathPolicy};
pub use revocation::{Freshness, Missing, RevocationPolicy, Status, Unknown};
pub use revoked::{Reason, Revoked, Witness};
pub use signer::{Signer, SignerError, SoftwareSigner};
pub use time_stamper::{TimeStampError, TimeStamper, check_token, token_certificates};
