//! Why a document was not sealed.

use core::fmt;

use super::{JointFault, StatusFault};
use crate::cms::build::BuildError;
use crate::crypto::DigestAlgorithm;
use crate::impression::ImpressionError;
use crate::payload::PayloadError;
use crate::pdf::PdfError;
use crate::pdf::edit::EditError;
use crate::pdf::form::{FormOddity, FormOddityKind};
use crate::pdf::update::UpdateError;
use crate::pki::{SignerError, TimeStampError};
use crate::symbol::SymbolError;

/// Why a document was not sealed. Nothing is written in any of these cases.
#[non_exhaustive]
#[derive(Debug)]
pub enum SealError {
    /// The signer's certificate is not one that a signature can name.
    Certificate(BuildError),
    /// The code cannot be signed: the algorithm has no COSE name that codes use, or the certificate is missing.
    CodeSigner,
    /// Another seal would break an earlier one: the earlier seal's field, and the rule.
    EarlierSeal {
        /// The fully qualified name of the earlier seal's field.
        field: String,
        /// What it does not permit.
        rule: EarlierRule,
    },
    /// The input carries a seal already and certification was asked for; only the first seal certifies.
    FirstSealOnly,
    /// The field named cannot be made or filled.
    Field {
        /// Its fully qualified name.
        name: String,
        /// Why not.
        fault: FieldFault,
    },
    /// The form's fields are no tree, or beyond the limits: which seals the document carries cannot be told, and no verifier
    /// would be content.
    Form(FormOddity),
    /// The impression cannot be placed.
    Impression(ImpressionError),
    /// The record of a joint result does not provide for this seal.
    Joint(JointFault),
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
    /// The file is encrypted and its permissions (`/P`) do not let the user add a seal.
    OwnerPasswordNeeded,
    /// The payload cannot be coded.
    Payload(PayloadError),
    /// No place was given, and no field, but the document has empty signature fields.
    PreparedFields {
        /// The name asked for, if one was: no field has it.
        asked: Option<String>,
        /// Their fully qualified names, at most [`NAMES_LISTED`].
        fields: Vec<String>,
    },
    /// The seed value dictionary of the field (ISO 32000-2, 12.7.5.5) requires what this seal does not have.
    SeedValue {
        /// The field's fully qualified name.
        field: String,
        /// The entry, such as `/MDP` or `/Cert /Issuer`.
        entry: &'static str,
        /// What it requires, and the remedy.
        reason: String,
    },
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
    /// A riding-seam seal was asked for and the document has one page: there is nothing to hold together.
    SinglePage,
    /// The place on a status list cannot be named so.
    Status(StatusFault),
    /// The code breaks the print rule or cannot be drawn.
    Symbol(SymbolError),
    /// There is no time stamp to be had, and the seal was not to be made without.
    TimeStamp(TimeStampError),
    /// The document is a dynamic XFA form: what it shows is no content of its pages, so there is nothing to seal.
    Xfa,
}

/// So many names of prepared fields are told in an error.
pub const NAMES_LISTED: usize = 16;

/// What an earlier seal does not permit (ISO 32000-2, 12.8.2).
#[non_exhaustive]
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum EarlierRule {
    /// A FieldMDP transform or `/Lock` of it locks the field to be sealed.
    FieldLocked(String),
    /// It permits no changes at all: DocMDP, or `/P` of its lock, is 1.
    NoChanges,
    /// A code would be drawn on pages that it covers.
    NoDrawing,
    /// It is, or counts as, a certification that permits only fields that are there already to be sealed: DocMDP, or `/P` of its
    /// lock, is 2 or 3.
    PreparedFieldsOnly {
        /// The empty signature fields, at most [`NAMES_LISTED`].
        fields: Vec<String>,
    },
    /// Its permissions are malformed, so what it permits cannot be told.
    Unclear,
}

impl fmt::Display for EarlierRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::FieldLocked(name) => write!(
                f,
                "it locks the field {name:?}; choose a field that is not locked"
            ),
            Self::NoChanges => f.write_str("it is certified, or locked, so that nothing may change (P=1)"),
            Self::NoDrawing => f.write_str("a code would be drawn on what it covers; seal without a code"),
            Self::PreparedFieldsOnly { fields } if fields.is_empty() => {
                f.write_str("it permits no new field (DocMDP), and the document has no empty signature field")
            }
            Self::PreparedFieldsOnly { fields } => {
                f.write_str("it permits no new field (DocMDP); name an empty one: ")?;
                listed(f, fields)
            }
            Self::Unclear => f.write_str("what it permits cannot be told; its permissions are malformed"),
        }
    }
}

/// Why a field cannot be made or filled.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum FieldFault {
    /// Several fields have the name.
    Ambiguous,
    /// The field or its widget is not an object of its own, so it cannot be changed alone.
    Direct,
    /// The name is empty.
    EmptyName,
    /// The field is hidden (`/F`), so the impression would not be seen.
    Hidden,
    /// `/Lock` is malformed, so what is to be locked cannot be told.
    Lock,
    /// The name is longer than [`NAME_BYTES`](crate::pdf::form::NAME_BYTES) bytes.
    NameTooLong,
    /// The field's widget stands on no page.
    NoPage,
    /// The field, or group of fields, is there and is no signature field.
    NotSignature,
    /// A place was given, but the field has its own.
    OwnPlace,
    /// A new field's name has a period, which separates the names of nested fields (12.7.4.2).
    Period,
    /// The field is read-only (`/Ff`).
    ReadOnly,
    /// `/Rect` is no rectangle.
    Rectangle,
    /// The field's widget stands on several pages.
    SeveralPages,
    /// The field has several widgets, which a signature field must not (12.7.5.5).
    SeveralWidgets,
    /// The field is sealed already.
    Signed,
    /// The field's value is a reference to nothing, as if a seal had been taken away.
    ValueMissing,
}

impl fmt::Display for FieldFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Ambiguous => "is there several times; choose another",
            Self::Direct => "is not an object of its own, nor is its widget; choose another name",
            Self::EmptyName => "has no name; give one",
            Self::Hidden => "is hidden, so that nobody would see the impression; choose another",
            Self::Lock => "has a malformed /Lock; choose another",
            Self::NameTooLong => "has too long a name; choose a shorter one",
            Self::NoPage => "stands on no page; choose another",
            Self::NotSignature => "is there already and is no signature field; choose another name",
            Self::OwnPlace => "is there already with a place of its own; give no place, or another name",
            Self::Period => {
                "is not there, and the name of a new field cannot have a period; choose another name"
            }
            Self::ReadOnly => "is read-only; choose another",
            Self::Rectangle => "has a malformed rectangle; choose another",
            Self::SeveralPages => "stands on several pages; choose another",
            Self::SeveralWidgets => "has several widgets; choose another",
            Self::Signed => "is sealed already; choose another",
            Self::ValueMissing => "refers to a seal that is not there; choose another",
        })
    }
}

fn listed(f: &mut fmt::Formatter<'_>, names: &[String]) -> fmt::Result {
    for (index, name) in names.iter().enumerate() {
        let comma = if index == 0 { "" } else { ", " };
        write!(f, "{comma}{name:?}")?;
    }
    Ok(())
}

impl fmt::Display for SealError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Certificate(error) => write!(f, "signer: {error}"),
            Self::CodeSigner => f.write_str(
                "codes are signed with ES256 or Ed25519; give a code signer (a P-256 or Ed25519 certificate of the same issuer)",
            ),
            Self::FirstSealOnly => f.write_str(
                "the document is sealed already and only the first seal may certify; seal without certification",
            ),
            Self::EarlierSeal { field, rule } => {
                write!(f, "another seal would break the earlier seal {field:?}: {rule}")
            }
            Self::Field { name, fault } => write!(f, "the field {name:?} {fault}"),
            Self::Form(FormOddity { kind, name }) => {
                let what = match kind {
                    FormOddityKind::FieldTwice => "names a field twice",
                    FormOddityKind::NameTooLong => "has a field whose name is too long",
                    FormOddityKind::TooDeep => "nests fields deeper than the limit",
                    FormOddityKind::TooMany => "has more fields than the limit",
                };
                write!(f, "the document's form {what} (at {name:?}); print it to a PDF and seal that")
            }
            Self::Impression(error) => write!(f, "impression: {error}"),
            Self::Joint(fault) => write!(f, "joint result: {fault}"),
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
            Self::OwnerPasswordNeeded => f.write_str(
                "the document is encrypted and its permissions let a user add no seal; open it with the owner password",
            ),
            Self::Payload(error) => write!(f, "payload: {error}"),
            Self::PreparedFields { asked, fields } => {
                match asked {
                    Some(name) => write!(f, "the document has no field {name:?}; name one of its empty signature fields (")?,
                    None => f.write_str("the document has empty signature fields; name the one to seal (")?,
                }
                listed(f, fields)?;
                f.write_str("), or give page and position for a new one")
            }
            Self::SeedValue { field, entry, reason } => {
                write!(f, "the field {field:?} does not accept this seal ({entry}): {reason}")
            }
            Self::Pdf(error) => write!(f, "the document cannot be read strictly: {error}"),
            Self::SignatureInvalid => {
                f.write_str("the signature given does not verify with the signer's certificate; check key and bytes signed")
            }
            Self::SignatureTooLong { reserved, needed } => write!(
                f,
                "the signature needs {needed} bytes but {reserved} were reserved; state the true signature length and chain"
            ),
            Self::SinglePage => f.write_str("a riding-seam seal needs two pages or more; leave it out"),
            Self::Signer(error) => write!(f, "signer: {error}"),
            Self::Update(error) => write!(f, "the revision cannot be written: {error}"),
            Self::Edit(error) => write!(f, "the document's catalog cannot be edited: {error}"),
            Self::Status(fault) => write!(f, "status list: {fault}"),
            Self::Symbol(error) => write!(f, "code: {error}"),
            Self::TimeStamp(error) => {
                write!(f, "no time stamp: {error}; try again, name another authority, or seal without")
            }
            Self::Xfa => f.write_str(
                "the document is a dynamic XFA form, whose pages do not hold what it shows; print it to a PDF and seal that",
            ),
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
            Self::TimeStamp(error) => Some(error),
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
