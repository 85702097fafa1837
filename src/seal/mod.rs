//! Sealing: one appended revision that fills the reserved code, places the impression and signs (PAdES baseline B-B).
//!
//! Sealing only appends: the sealed file begins with the draft, byte for byte, so a code can name the document it stands on
//! as `(length, SHA-256)` of that prefix although its own picture lies in the same file.

mod archival;
mod base;
mod catalog;
mod code;
mod dictionary;
mod earlier;
mod error;
mod field;
mod holes;
mod intermediate;
mod joint;
mod overlap;
mod page;
mod permit;
mod placement;
mod prepared;
mod print;
mod raise;
mod revision;
mod seam;
mod seed;
mod status;

pub use base::Elsewhere;
pub use dictionary::DocMdp;
pub use error::{EarlierRule, FieldFault, NAMES_LISTED, SealError};
pub use intermediate::PreparedError;
pub use joint::JointFault;
pub use placement::Allow;
pub use prepared::{Prepared, Sealed};
pub use raise::{Raised, ValidationData};
pub use seam::RidingSeam;
pub use status::StatusFault;

use crate::cose;
use crate::crypto::SignatureAlgorithm;
use crate::draft::Draft;
use crate::impression::Impression;
use crate::payload::{Payload, StatusReference, TextForm};
use crate::pki::{Certificate, Signer, TimeStamper};
use crate::time::Time;

use base::Base;

/// Raised whenever sealing the same draft on the same terms would give other bytes than before.
#[cfg(feature = "compose")]
pub(crate) const ENGINE: u64 = 2;
/// The version of this program, which a seal states.
pub(crate) const PROGRAM: &str = env!("CARGO_PKG_VERSION");

/// An electronic seal: the visible mark. The certificate comes with the [`Signer`].
#[derive(Clone, Debug)]
pub struct Seal {
    impression: Impression,
}

impl Seal {
    /// A seal that shows `impression`.
    #[must_use]
    pub fn new(impression: Impression) -> Self {
        Self { impression }
    }

    /// The visible mark.
    #[must_use]
    pub fn impression(&self) -> &Impression {
        &self.impression
    }
}

/// A point on a page as a person sees it: millimetres from the left and from the top of the page as shown (after `/Rotate`,
/// inside `/CropBox`). For a seal the point is its centre, for a code the box's upper left corner.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Place {
    /// Page index, counted from 0.
    pub page: usize,
    /// Millimetres from the left edge.
    pub x_mm: f64,
    /// Millimetres from the top edge.
    pub y_mm: f64,
}

/// What will be signed by whom: the parts of a signer that are known before it signs.
#[derive(Clone, Copy, Debug)]
pub struct Identity<'a> {
    /// The algorithm that will be used.
    pub algorithm: SignatureAlgorithm,
    /// The certificates, leaf first.
    pub chain: &'a [Certificate],
    /// The longest signature in bytes (ECDSA: DER).
    pub signature_length: usize,
}

impl<'a> Identity<'a> {
    /// The identity of `signer`.
    #[must_use]
    pub fn of(signer: &'a dyn Signer) -> Self {
        Self {
            algorithm: signer.algorithm(),
            chain: signer.chain(),
            signature_length: signer.signature_length(),
        }
    }
}

/// Where the code's signature comes from.
#[derive(Clone, Copy)]
enum CodeKey<'a> {
    /// The seal's own key, where COSE has a name for its algorithm.
    Seal,
    /// A second certificate of the same issuer.
    Other(&'a dyn Signer),
}

/// What the code says.
enum CodeContent {
    /// Claims to be completed with the draft digest and signed while sealing.
    Claims(Box<Payload>),
    /// A finished COSE_Sign1, signed elsewhere over claims that name this draft.
    Signed(Vec<u8>),
}

struct CodePlan<'a> {
    content: CodeContent,
    key: CodeKey<'a>,
    form: TextForm<'a>,
    place: Option<(Place, f64)>,
}

/// A draft on its way to being sealed: choices with safe defaults, then [`seal`](Self::seal) or [`prepare`](Self::prepare).
///
/// Made by a [`Draft`] or, with `D` = [`Elsewhere`], by a [`LargeDraft`](crate::draft::LargeDraft).
pub struct Sealing<'a, D = Draft> {
    draft: D,
    base: Base<'a>,
    code: Option<CodePlan<'a>>,
    place: Option<Place>,
    certifies: Option<DocMdp>,
    field: Option<String>,
    allowed: Vec<Allow>,
    stamping: Option<(&'a dyn TimeStamper, Unstamped)>,
    program: String,
    identifier: Identifier,
    /// Whether it is the seal of one of several bodies: then only the first certifies.
    joint: bool,
    seam: Option<RidingSeam>,
    status: Option<StatusReference>,
}

/// What the new half of `/ID` is the digest of.
#[derive(Clone, Copy)]
enum Identifier {
    /// The file up to there, but for the signature: engine 2.
    OfFile,
    /// The appended objects, and where they end: engine 1, which digested them twice.
    #[cfg_attr(
        not(feature = "compose"),
        expect(dead_code, reason = "made again by codes that stand for whole files")
    )]
    OfRevision,
}

/// What becomes of a seal that no time-stamping authority stamps.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Unstamped {
    /// It is not made: [`SealError::TimeStamp`].
    Refuse,
    /// It is made without (level B-B), and [`Sealed::time_stamp`] tells why.
    SealWithout,
}

impl<'a, D> Sealing<'a, D> {
    fn new(draft: D, base: Base<'a>, content: Option<CodeContent>) -> Self {
        let code = content.map(|content| CodePlan {
            content,
            key: CodeKey::Seal,
            form: TextForm::Compact,
            place: None,
        });
        Self {
            draft,
            base,
            code,
            place: None,
            certifies: Some(DocMdp::NoChanges),
            field: None,
            allowed: vec![],
            stamping: None,
            program: PROGRAM.to_owned(),
            identifier: Identifier::OfFile,
            joint: false,
            seam: None,
            status: None,
        }
    }

    /// Makes the bytes that engine `engine` made, and states the version of the program that it was in. `None` if that engine is
    /// not known.
    #[cfg(feature = "compose")]
    pub(crate) fn by_program(mut self, engine: u64, version: &str) -> Option<Self> {
        self.identifier = match engine {
            1 => Identifier::OfRevision,
            ENGINE => Identifier::OfFile,
            _ => return None,
        };
        version.clone_into(&mut self.program);
        Some(self)
    }

    /// Signs the code with another key than the seal's: needed where the seal's algorithm has no place in codes (RSA).
    #[must_use]
    pub fn code_signer(mut self, signer: &'a dyn Signer) -> Self {
        if let Some(code) = &mut self.code {
            code.key = CodeKey::Other(signer);
        }
        self
    }

    /// Writes the code in `form`; `YX1:` Base45 unless set.
    #[must_use]
    pub fn text_form(mut self, form: TextForm<'a>) -> Self {
        if let Some(code) = &mut self.code {
            code.form = form;
        }
        self
    }

    /// Draws the code at `place` with sides of `side_mm`, for documents that reserve no box.
    #[must_use]
    pub fn place_code(mut self, place: Place, side_mm: f64) -> Self {
        if let Some(code) = &mut self.code {
            code.place = Some((place, side_mm));
        }
        self
    }

    /// Centres the impression at `place`, for documents that reserve no seal place.
    #[must_use]
    pub fn place(mut self, place: Place) -> Self {
        self.place = Some(place);
        self
    }

    /// What may change afterwards: certified with P = 1 unless set; `None` makes an approval seal, the only kind
    /// possible on a document that carries a seal already. If the [`field`](Self::field) filled has a lock that permits less, that
    /// is what is certified.
    #[must_use]
    pub fn certifies(mut self, level: Option<DocMdp>) -> Self {
        self.certifies = level;
        self
    }

    /// The fully qualified name of the signature field. An empty signature field of the document is filled in its own place, as
    /// its lock and seed values say; any other name is that of a new field. `Seal1` (the first free number) unless set.
    #[must_use]
    pub fn field(mut self, name: impl Into<String>) -> Self {
        self.field = Some(name.into());
        self
    }

    /// Does `what` although it is refused otherwise; may be called once for each.
    #[must_use]
    pub fn allow(mut self, what: Allow) -> Self {
        self.allowed.push(what);
        self
    }

    /// Has `by` stamp the signature (level B-T, EN 319 142-1, clause 6.2): proof that it was made while the certificate was valid,
    /// by somebody else's clock. `otherwise` says what happens if there is no stamp to be had.
    #[must_use]
    pub fn time_stamp(mut self, by: &'a dyn TimeStamper, otherwise: Unstamped) -> Self {
        self.stamping = Some((by, otherwise));
        self
    }
}

/// How much more room is reserved than a time stamp needed that did not fit: the next may be longer by some digits.
const MORE: usize = 64;

impl<D: Clone> Sealing<'_, D> {
    /// Seals at the claimed time `at` (written to `/M`).
    ///
    /// # Errors
    /// See [`SealError`]; nothing is half done.
    pub fn seal(self, seal: &Seal, signer: &dyn Signer, at: Time) -> Result<Sealed<D>, SealError> {
        let code_signer = match self.code.as_ref().map(|code| code.key) {
            Some(CodeKey::Other(other)) => other,
            _ => signer,
        };
        let sealed = |token_length: Option<usize>| {
            let prepared = self.append(seal, &Identity::of(signer), Some(code_signer), at, token_length)?;
            let signature = signer.sign(prepared.to_be_signed())?;
            prepared.complete(&signature, self.stamping)
        };
        let Some((by, _)) = self.stamping else {
            return sealed(None);
        };
        let room = by.token_length();
        match sealed(Some(room)) {
            // What is too long is asked for once more, with room for it; nothing is ever cut off.
            Err(SealError::SignatureTooLong { reserved, needed }) => {
                let more = needed.saturating_sub(reserved).saturating_add(MORE);
                sealed(Some(room.saturating_add(more)))
            }
            done => done,
        }
    }

    /// Makes everything but the signature, for a key that lives elsewhere: sign [`Prepared::to_be_signed`] there, then
    /// [`Prepared::finish`], or [`Prepared::finish_stamped`] where [`time_stamp`](Self::time_stamp) has reserved the room.
    ///
    /// A bound code is signed here, by the [`code_signer`](Self::code_signer), or has been signed before
    /// ([`Draft::bind_signed`]).
    ///
    /// # Errors
    /// See [`SealError`]; [`SealError::CodeSigner`] occurs if a code is bound and nothing can sign it.
    pub fn prepare(self, seal: &Seal, identity: &Identity<'_>, at: Time) -> Result<Prepared<D>, SealError> {
        let code_signer = match self.code.as_ref().map(|code| code.key) {
            Some(CodeKey::Other(other)) => Some(other),
            _ => None,
        };
        let room = self.stamping.map(|(by, _)| by.token_length());
        self.append(seal, identity, code_signer, at, room)
    }
}

/// Signs claims for a code with `signer`.
fn sign_claims(payload: &Payload, signer: &dyn Signer) -> Result<Vec<u8>, SealError> {
    if !matches!(
        signer.algorithm(),
        SignatureAlgorithm::EcdsaP256Sha256 | SignatureAlgorithm::Ed25519
    ) {
        return Err(SealError::CodeSigner);
    }
    let leaf = signer.chain().first().ok_or(SealError::NoCertificate)?;
    let unsigned: cose::Unsigned = payload.unsigned(signer.algorithm(), &leaf.kid())?;
    let signature = signer.sign(&unsigned.to_be_signed())?;
    unsigned.finish(&signature).map_err(|_| SealError::CodeSigner)
}
