//! Certificates, paths to trust anchors, and the joint to whoever holds a key (RFC 5280).
//!
//! `Certificate` is always X.509. Trust anchors and the time are arguments: nothing here knows whom to
//! trust or what time it is.

mod certificate;
mod extension;
mod key;
mod name;
pub mod path;
mod pem;
pub mod policy;
mod signer;
mod time_stamper;

pub use certificate::{Certificate, CertificateError};
pub use extension::KeyUsage;
pub use path::{
    LeafKeyUsage, PathError, PathPolicy, PathReason, TrustAnchors, VerifiedLinks, find_path, find_path_with,
};
pub use signer::{Signer, SignerError, SoftwareSigner};
pub use time_stamper::{TimeStampError, TimeStamper, check_token};
