//! The facts of a file and of its seals, as they are told.

use core::fmt;

use serde::Serialize;

use super::indication::{Indication, SubIndication, UNEXPLAINED};
use super::moment::ProvenTime;
use crate::time::Time;

/// Through what the result came to the verifier.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Carrier {
    /// A file.
    #[default]
    File,
    /// A code that names a file by its digest, alone or with the file.
    Reference,
    /// A code from which the file is rebuilt.
    Whole,
}

/// How much of the file a seal covers. Ordered: later variants cover more.
///
/// Coverage says nothing about whether what is *not* covered is harmless. ISO 32000-2, 12.8.1 (`/ByteRange`).
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Coverage {
    /// The ranges overlap, leave the file, or skip something other than this seal's own `/Contents`.
    Broken,
    /// Every byte of the sealed revision except `/Contents`, with later revisions after it.
    Revision,
    /// Every byte of the file except `/Contents`.
    File,
}

/// How far the revisions after a seal go. Ordered: later variants change more (ISO 32000-2, table 257).
///
/// What a level permits is said in `docs/CHANGES.md`. A level says nothing about who made the change.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Modification {
    /// Nothing was appended.
    None,
    /// Validation data, document time stamps, and what cannot be seen (ISO 32000-2, 12.8.2.2.2).
    LtaUpdate,
    /// Forms were filled and further signatures made.
    FormFill,
    /// Annotations were made, changed or removed.
    Annotate,
    /// Something else, or something that cannot be told.
    Other,
}

impl fmt::Display for Modification {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::None => "none",
            Self::LtaUpdate => "lta-update",
            Self::FormFill => "form-fill",
            Self::Annotate => "annotate",
            Self::Other => "other",
        })
    }
}

/// What a signature field holds.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum SealKind {
    /// A document time stamp (ISO 32000-2, 12.8.5): proof that what it covers is not younger. Nobody answers for the content.
    DocumentTimeStamp,
    /// A signature: somebody answers for what it covers.
    Seal,
}

/// What a time stamp says: its bytes and its signature are right.
#[non_exhaustive]
#[derive(Clone, Debug, Serialize)]
pub struct TimeStampFacts {
    /// The time the authority states (genTime).
    pub time: Time,
    /// How far the true time may lie from it, in seconds; `None` if the authority does not say.
    pub accuracy_seconds: Option<u32>,
    /// The authority's certificate, readable (RFC 4514).
    pub authority: String,
    /// The certificate is for time stamps alone and leads to a root that the caller trusts, at the time asked about or when a later
    /// time stamp proves this one to have existed.
    pub trusted: bool,
    /// Evidence tells that the authority's certificates were not revoked then. Without, nothing at hand speaks against them.
    pub revocation_known: bool,
}

/// What one seal in a file says and proves.
#[non_exhaustive]
#[derive(Clone, Debug, Serialize)]
pub struct SealFacts {
    /// The field's fully qualified name (`/T`).
    pub field: String,
    /// Whether it is a seal or a time stamp.
    pub kind: SealKind,
    /// `/SubFilter`, such as `ETSI.CAdES.detached`.
    pub sub_filter: String,
    /// Digest and signature value are right. Says nothing about whose key it was.
    pub intact: bool,
    /// Which bytes are covered.
    pub coverage: Coverage,
    /// What came after.
    pub modification: Modification,
    /// The chain leads to a root that the caller trusts.
    pub trusted: bool,
    /// The signer's certificate, readable (RFC 4514).
    pub signer: Option<String>,
    /// The signature algorithm.
    pub algorithm: Option<String>,
    /// The time the signer wrote into the file (`/M`): a claim, not a proof.
    pub signed_at: Option<Time>,
    /// The time stamps whose bytes and signature are right: over the seal's signature value, or the document time stamp itself.
    pub time_stamps: Vec<TimeStampFacts>,
    /// The earliest time at which the seal or time stamp is proven to have existed, by another time stamp; `None` if nothing proves it
    /// before the time asked about. Certificates, algorithms and the authority list are asked at this time.
    pub proven: Option<ProvenTime>,
    /// DocMDP level, if this seal certifies the document.
    pub certifies: Option<u8>,
    /// What the authority list has about the signer; `None` if there is no list, or the signer is not on it.
    pub entry: Option<EntryFacts>,
    /// Length in bytes of the revision that was sealed: the file's first so many bytes are what the signer saw.
    pub revision_length: Option<u64>,
    /// Which revision of the file was sealed, counted from 1; [`Report::revisions`](super::Report::revisions) says of how many.
    pub revision: Option<usize>,
    #[serde(skip)]
    pub(super) verdict: (Indication, Option<SubIndication>),
}

impl SealFacts {
    /// The facts of the seal in `field`, of which nothing is known yet.
    pub(super) fn new(field: &str) -> Self {
        Self {
            field: field.to_owned(),
            kind: SealKind::Seal,
            sub_filter: String::new(),
            intact: false,
            coverage: Coverage::Broken,
            modification: Modification::None,
            trusted: false,
            signer: None,
            algorithm: None,
            signed_at: None,
            time_stamps: vec![],
            proven: None,
            certifies: None,
            entry: None,
            revision_length: None,
            revision: None,
            verdict: (Indication::Indeterminate, Some(UNEXPLAINED)),
        }
    }

    /// The bytes that were sealed, cut from the `file` that was verified: a file of its own, which is what the signer saw.
    /// `None` if it is not known which they are, or `file` is shorter.
    ///
    /// It verifies as it did on the day it was sealed; what was added later is not in it.
    #[must_use]
    pub fn sealed_revision<'f>(&self, file: &'f [u8]) -> Option<&'f [u8]> {
        let length = usize::try_from(self.revision_length?).ok()?;
        file.get(..length)
    }

    /// What its findings call it by, as the object they are about.
    pub(super) fn object(&self) -> String {
        format!("field {}", self.field)
    }

    /// EN 319 102-1, clause 5.1.3, for this seal alone.
    ///
    /// A seal that passes makes no file authentic: the file has other parts, and other seals.
    #[must_use]
    pub fn verdict(&self) -> (Indication, Option<SubIndication>) {
        self.verdict
    }
}

/// Under which authority list the verdict was reached.
#[non_exhaustive]
#[derive(Clone, Debug, Serialize)]
pub struct ListFacts {
    /// The list's sequence number.
    pub sequence: u64,
    /// When it was issued.
    pub issued: Time,
    /// Until when it may be used.
    pub expires: Time,
    /// Its age in seconds at the time asked about; negative if it was issued later.
    pub age_seconds: i64,
    /// The listed issuer that the seal or code belongs to: name and unified social credit code.
    pub issuer: Option<(String, String)>,
    /// What it has about that issuer and its certificate.
    pub entry: Option<EntryFacts>,
}

/// What the authority list lets a signer do, and through which sub-lists it says so.
#[non_exhaustive]
#[derive(Clone, Debug, Serialize)]
pub struct EntryFacts {
    /// The types that the body may seal: codes, or their beginnings with `*` behind.
    pub types: Vec<String>,
    /// The one of them under which the result's type falls; `None` if none does, or the type is not known.
    pub permits: Option<String>,
    /// Whether the result's type is known, so that it could be asked about.
    pub asked: bool,
    /// The region, or the beginning of its code, under which the result's falls.
    pub region: Option<String>,
    /// First second at which the certificate may seal.
    pub from: Time,
    /// First second at which it may seal no more.
    pub until: Time,
    /// The sub-lists from the list down to the one with the entry; empty if the list has it itself.
    pub sublists: Vec<SublistFacts>,
}

/// A sub-list to which the list above it delegates.
#[non_exhaustive]
#[derive(Clone, Debug, Serialize)]
pub struct SublistFacts {
    /// Its name.
    pub name: String,
    /// Its sequence number.
    pub sequence: u64,
    /// When it was issued.
    pub issued: Time,
    /// Until when it may be used.
    pub expires: Time,
    /// Its age in seconds at the time asked about; negative if it was issued later.
    pub age_seconds: i64,
}

/// Where the status of a result stands, and what was at hand to look it up.
#[non_exhaustive]
#[derive(Clone, Debug, Serialize)]
pub struct StatusFacts {
    /// The address of the status list, as the result names it.
    pub uri: String,
    /// The result's entry on it.
    pub index: u32,
    /// When the list that was used was issued; `None` if none was at hand that can be believed.
    pub issued: Option<Time>,
    /// First second at which a newer one is needed, if it says.
    pub until: Option<Time>,
    /// What stands there: `valid`, `revoked` and the like (`docs/FORMAT.md`, clause 7), whatever the list's age.
    pub listed: Option<&'static str>,
    /// Until when a conditional result waits for what is missing: the first second at which it has lapsed.
    pub deadline: Option<Time>,
}

/// One of the bodies that must seal a joint result, and whether it has.
#[non_exhaustive]
#[derive(Clone, Debug, Serialize)]
pub struct RequiredSeal {
    /// The body's name, as the record has it.
    pub name: String,
    /// Its unified social credit code.
    pub code: String,
    /// The signature field that is its.
    pub field: String,
    /// Its field holds a seal that is intact and whose certificate may seal for it.
    pub sealed: bool,
    /// When, as the seal itself claims.
    pub signed_at: Option<Time>,
    /// The certificate in its field, readable (RFC 4514), whoever's it is.
    pub signer: Option<String>,
}
