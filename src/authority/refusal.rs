//! What is asked of a list, and why it says no.

use core::fmt;

use super::entry::Reason;
use crate::record::{TypeCode, UnifiedCode};

/// What somebody sealed: what a list is asked about, beside the certificate and the time.
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use yinxin::authority::Act;
/// let issuer = "11109900MB2A10113K".parse()?;
/// let kind = "11109900MB2A000628021".parse()?;
/// let act = Act::new(&issuer, &kind).template([7; 32]);
/// assert_eq!(act.region(), "109900", "that of the issuer's code, unless another is named");
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Act<'a> {
    pub(super) issuer: &'a UnifiedCode,
    pub(super) kind: &'a TypeCode,
    region: Option<&'a str>,
    pub(super) template: Option<[u8; 32]>,
}

/// Why a list does not let a certificate seal. Ordered by how much it says: the first that applies is reported.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Refusal {
    /// The certificate is not on the list.
    UnknownCertificate,
    /// The certificate is listed for another body than the document names.
    AnotherIssuer,
    /// The certificate was revoked at or before that time.
    Revoked(Reason),
    /// The certificate was suspended at that time.
    Suspended(Reason),
    /// The time is before the certificate's window or after it.
    OutsideWindow,
    /// The body may not seal this type of result.
    TypeNotPermitted,
    /// The body may not seal for this region.
    RegionNotPermitted,
    /// The body may not use this template.
    TemplateNotPermitted,
    /// The body may use some templates only, and which one was used is not known.
    TemplateUnknown,
    /// The sub-list permits it, and the list above does not let the sub-list do so.
    BeyondDelegation,
}

impl<'a> Act<'a> {
    /// A result of type `kind` by the body `issuer`, in the region of the body's code.
    #[must_use]
    pub fn new(issuer: &'a UnifiedCode, kind: &'a TypeCode) -> Self {
        Self {
            issuer,
            kind,
            region: None,
            template: None,
        }
    }

    /// For another region than that of the issuer's code: six digits of GB/T 2260. Anything else is in no region.
    #[must_use]
    pub fn in_region(mut self, region: &'a str) -> Self {
        self.region = Some(region);
        self
    }

    /// Composed by the template with this hash.
    #[must_use]
    pub fn template(mut self, hash: [u8; 32]) -> Self {
        self.template = Some(hash);
        self
    }

    /// The region asked about.
    #[must_use]
    pub fn region(&self) -> &'a str {
        self.region
            .unwrap_or_else(|| super::pattern::region_of(self.issuer))
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::UnknownCertificate => "the certificate is not on the authority list",
            Self::AnotherIssuer => "the certificate is listed for another body than the document names",
            Self::Revoked(reason) => {
                return write!(
                    f,
                    "the certificate was revoked at that time: {}",
                    reason.english()
                );
            }
            Self::Suspended(reason) => {
                return write!(
                    f,
                    "the certificate was suspended at that time: {}",
                    reason.english()
                );
            }
            Self::OutsideWindow => "the time is outside the certificate's window on the authority list",
            Self::TypeNotPermitted => "the body may not seal this type of result",
            Self::RegionNotPermitted => "the body may not seal for this region",
            Self::TemplateNotPermitted => "the body may not use this template",
            Self::TemplateUnknown => {
                "the body may use some templates only, and which one was used is not known"
            }
            Self::BeyondDelegation => "the sub-list permits more than the list above lets it",
        })
    }
}

impl core::error::Error for Refusal {}
