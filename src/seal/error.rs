//! Why a document was not sealed.

use core::fmt;

use crate::cms::build::BuildError;
use crate::crypto::DigestAlgorithm;
use crate::impression::ImpressionError;
use crate::payload::PayloadError;
use crate::pdf::PdfError;
use crate::pdf::edit::EditError;
use crate::pdf::update::UpdateError;
use crate::pki::SignerError;
use crate::symbol::SymbolError;

/// Why a document was not sealed. Nothing is written in any of these cases.
#[non_exhaustive]
#[derive(Debug)]
pub enum SealError {
    /// The signer's certificate is not one that a signature can name.
    Certificate(BuildError),
    /// The input is certified so that nothing may be added (DocMDP P = 1).
    Certified,
    /// The code cannot be signed: the algorithm has no COSE name that codes use, or the certificate is missing.
    CodeSigner,
    /// The input carries a seal already and certification was asked for; only the first seal certifies.
    FirstSealOnly,
    /// A field of that name exists already.
    FieldExists(String),
    /// The impression cannot be placed.
    Impression(ImpressionError),
    /// The signer's chain is empty.
    NoCertificate,
    /// The document's page with that index (counted from 0) shows nothing: its crop box lies outside its media box.
    NothingShown(usize),
    /// The document reserves no place for the code (`code`) or the seal (`seal`), and none was given.
    NoPlace(&'static str),
    /// The box leaves the page: which box, and the page's size in millimetres.
    OffPage {
        /// `code` or `seal`.
        what: &'static str,
        /// Width and height of the page as shown, in millimetres.
        page_mm: (f64, f64),
    },
    /// The box lies over something else that the page shows.
    Overlap {
        /// `code` or `seal`.
        what: &'static str,
        /// What it lies over: an annotation with its subtype, or the code of the same sealing.
        other: String,
        /// Left, top, width and height of that in millimetres on the page as shown.
        sides_mm: [f64; 4],
    },
    /// A draft that was read once was not digested then by the algorithm that the signature needs.
    NotDigested(DigestAlgorithm),
    /// The document has no page with that index (counted from 0).
    NoSuchPage(usize),
    /// The payload cannot be coded.
    Payload(PayloadError),
    /// The revision cannot be written.
    Update(UpdateError),
    /// The catalog cannot be edited.
    Edit(EditError),
    /// The input cannot be read strictly, so it cannot be sealed so that all programs agree on it.
    Pdf(PdfError),
    /// The signature made elsewhere does not verify with the signer's certificate.
    SignatureInvalid,
    /// The signature does not fit the room reserved for it, in bytes.
    SignatureTooLong {
        /// Room reserved.
        reserved: usize,
        /// Room needed.
        needed: usize,
    },
    /// The key's holder could not sign.
    Signer(SignerError),
    /// The code breaks the print rule or cannot be drawn.
    Symbol(SymbolError),
}

impl fmt::Display for SealError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Certificate(error) => write!(f, "signer: {error}"),
            Self::Certified => f.write_str(
                "the document is certified without permission for changes (DocMDP P=1); another seal would break the first",
            ),
            Self::CodeSigner => f.write_str(
                "codes are signed with ES256 or Ed25519; give a code signer (a P-256 or Ed25519 certificate of the same issuer)",
            ),
            Self::FirstSealOnly => f.write_str(
                "the document is sealed already and only the first seal may certify; seal without certification",
            ),
            Self::FieldExists(name) => write!(f, "the document has a field {name:?} already; choose another name"),
            Self::Impression(error) => write!(f, "impression: {error}"),
            Self::NoCertificate => f.write_str("the signer's chain is empty; give at least its own certificate"),
            Self::NoPlace(what) => write!(f, "the document reserves no place for the {what}; give page and position"),
            Self::NothingShown(index) => write!(
                f,
                "page {} shows nothing, its /CropBox lies outside its /MediaBox; choose another page",
                index.saturating_add(1)
            ),
            Self::Overlap { what, other, sides_mm: [left, top, width, height] } => write!(
                f,
                "the {what} would lie over {other}, {width:.1} x {height:.1} mm, {left:.1} mm from the left and {top:.1} mm from \
                 the top of the page; place it elsewhere or allow the overlap"
            ),
            Self::OffPage { what, page_mm: (width, height) } => {
                write!(f, "the {what} would hang over the edge of the page ({width:.1} x {height:.1} mm); move it inwards or allow the overhang")
            }
            Self::NotDigested(algorithm) => {
                write!(f, "the draft was read without taking the digest {algorithm:?}; read it with that algorithm")
            }
            Self::NoSuchPage(index) => write!(f, "the document has no page {}", index.saturating_add(1)),
            Self::Payload(error) => write!(f, "payload: {error}"),
            Self::Pdf(error) => write!(f, "the document cannot be read strictly: {error}"),
            Self::SignatureInvalid => {
                f.write_str("the signature given does not verify with the signer's certificate; check key and bytes signed")
            }
            Self::SignatureTooLong { reserved, needed } => write!(
                f,
                "the signature needs {needed} bytes but {reserved} were reserved; state the true signature length and chain"
            ),
            Self::Signer(error) => write!(f, "signer: {error}"),
            Self::Update(error) => write!(f, "the revision cannot be written: {error}"),
            Self::Edit(error) => write!(f, "the document's catalog cannot be edited: {error}"),
            Self::Symbol(error) => write!(f, "code: {error}"),
        }
    }
}

impl core::error::Error for SealError {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match self {
            Self::Certificate(error) => Some(error),
            Self::Impression(error) => Some(error),
            Self::Payload(error) => Some(error),
            Self::Pdf(error) => Some(error),
            Self::Signer(error) => Some(error),
            Self::Symbol(error) => Some(error),
            Self::Update(error) => Some(error),
            Self::Edit(error) => Some(error),
            _ => None,
        }
    }
}

macro_rules! wraps {
    ($($variant:ident($type:ty))*) => {
        $(impl From<$type> for SealError {
            fn from(error: $type) -> Self {
                Self::$variant(error)
            }
        })*
    };
}

wraps! { Certificate(BuildError) Impression(ImpressionError) Payload(PayloadError) Pdf(PdfError) Signer(SignerError) Symbol(SymbolError) Update(UpdateError) Edit(EditError) }
