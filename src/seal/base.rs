//! What sealing needs of a draft, whether the draft is in memory or was read once.

use super::{CodeContent, SealError, Sealing};
use crate::crypto::{DigestAlgorithm, Hasher};
use crate::draft::{Draft, LargeDraft, Slots};
use crate::limits::Limits;
use crate::payload::Payload;
use crate::pdf::{Document, PdfError};

/// What sealing needs of a draft.
#[derive(Clone, Copy)]
pub(super) struct Base<'a> {
    pub(super) slots: &'a Slots,
    draft: Either<'a>,
}

#[derive(Clone, Copy)]
enum Either<'a> {
    Large(&'a LargeDraft<'a>),
    Whole(&'a Draft),
}

impl<'a> Base<'a> {
    pub(super) fn of(draft: &'a Draft) -> Self {
        Self {
            slots: draft.slots(),
            draft: Either::Whole(draft),
        }
    }

    fn of_large(draft: &'a LargeDraft<'_>) -> Self {
        Self {
            slots: draft.slots(),
            draft: Either::Large(draft),
        }
    }

    pub(super) fn document(&self, limits: &Limits) -> Result<Document<'a>, PdfError> {
        match self.draft {
            Either::Large(draft) => draft.document(limits),
            Either::Whole(draft) => draft.document(limits),
        }
    }

    /// Length of the draft in bytes.
    pub(super) fn length(&self) -> usize {
        match self.draft {
            Either::Large(draft) => draft.skimmed().length(),
            Either::Whole(draft) => draft.bytes().len(),
        }
    }

    /// The digest state after the last byte of the draft. One in memory is digested now; one that was read was digested then.
    pub(super) fn hasher(&self, algorithm: DigestAlgorithm) -> Result<Hasher, SealError> {
        match self.draft {
            Either::Large(draft) => draft
                .skimmed()
                .hasher(algorithm)
                .ok_or(SealError::NotDigested(algorithm)),
            Either::Whole(draft) => {
                let mut hasher = Hasher::new(algorithm);
                hasher.update(draft.bytes());
                Ok(hasher)
            }
        }
    }
}

/// Stands in [`Prepared`](super::Prepared) and [`Sealed`](super::Sealed) for a draft that was read from somewhere and not kept:
/// only what is to be appended there is at hand.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Elsewhere;

impl Draft {
    /// Binds a code to the draft: sealing will complete `payload` with the draft's length and digest, sign it and draw it.
    #[must_use]
    pub fn bind(&self, payload: Payload) -> Sealing<'_> {
        let content = CodeContent::Claims(Box::new(payload));
        Sealing::new(self.clone(), Base::of(self), Some(content))
    }

    /// Binds a code whose payload was signed elsewhere: `cose` is the COSE_Sign1 over claims that name this draft
    /// ([`Draft::digest`]).
    #[must_use]
    pub fn bind_signed(&self, cose: Vec<u8>) -> Sealing<'_> {
        Sealing::new(self.clone(), Base::of(self), Some(CodeContent::Signed(cose)))
    }

    /// Seals without a code.
    #[must_use]
    pub fn without_code(&self) -> Sealing<'_> {
        Sealing::new(self.clone(), Base::of(self), None)
    }
}

impl LargeDraft<'_> {
    /// As [`Draft::bind`].
    #[must_use]
    pub fn bind(&self, payload: Payload) -> Sealing<'_, Elsewhere> {
        let content = CodeContent::Claims(Box::new(payload));
        Sealing::new(Elsewhere, Base::of_large(self), Some(content))
    }

    /// As [`Draft::bind_signed`], over claims that name this draft ([`LargeDraft::digest`]).
    #[must_use]
    pub fn bind_signed(&self, cose: Vec<u8>) -> Sealing<'_, Elsewhere> {
        Sealing::new(Elsewhere, Base::of_large(self), Some(CodeContent::Signed(cose)))
    }

    /// As [`Draft::without_code`].
    #[must_use]
    pub fn without_code(&self) -> Sealing<'_, Elsewhere> {
        Sealing::new(Elsewhere, Base::of_large(self), None)
    }
}
