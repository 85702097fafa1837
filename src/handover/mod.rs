//! The hand-over package (移交包): one sealed PDF with everything that a verification rests on, so that whoever opens it in ten years
//! can make the same verification again, offline, under roots of their own.
//!
//! Its first page is the [verification record](crate::filing); attached are the file or the code received, the lists, the evidence and
//! the roots used, the report, and a manifest that names each by length and digest. They are associated files of PDF/A-3 (ISO 19005-3), and
//! the one seal of the verifying department covers all of it. `docs/FORMAT.md`, clause 11.
//!
//! Two questions are two calls: whether the package is the department's is a verdict on the same bytes
//! ([`Verifier::verify_pdf`](crate::Verifier::verify_pdf)), and whether its parts lead to the verdict filed is [`Package::replay`].

mod compare;
mod error;
mod inquiry;
#[cfg(feature = "compose")]
mod make;
mod manifest;
mod open;
#[cfg(feature = "compose")]
mod page;
mod replay;
mod role;

pub use compare::Difference;
#[cfg(feature = "compose")]
pub use error::HandOverError;
pub use error::{InquiryError, PackageError};
pub use inquiry::{Answer, Beside, Inquiry};
#[cfg(feature = "compose")]
pub use make::HandOver;
pub use manifest::{Manifest, Part};
pub use open::Package;
pub use replay::{Agreement, Reader, Replay};
pub use role::Role;

/// The name of the manifest of a package, by which programs know it.
pub const MANIFEST_FILE: &str = "hand-over.json";
