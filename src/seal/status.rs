//! The result's place on a status list, named in the seal itself: what a code that stands for the whole file has no claim for, and
//! a file without a code no place.

use core::fmt;

use super::permit::Permit;
use super::revision::Revision;
use super::{CodeContent, SealError, Sealing};
use crate::draft::{Slots, drawn_text};
use crate::limits::Limits;
use crate::payload::{SignedPayload, StatusReference, decode_text};
use crate::pdf::Ref;

/// Why a seal does not name a place on a status list.
#[non_exhaustive]
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum StatusFault {
    /// The code that is bound, or was drawn before, names another place, or none: whoever scans it would not look where the file says.
    Code,
    /// The seal in that field names another place, or one that cannot be read: a result has one.
    Earlier(String),
}

impl fmt::Display for StatusFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Code => f.write_str(
                "the code names another place or none; name one place in both, or in the code alone",
            ),
            Self::Earlier(field) => write!(
                f,
                "the seal {field:?} names another place; a result has one, so leave it out or name that one"
            ),
        }
    }
}

impl<D> Sealing<'_, D> {
    /// Names in the seal where it is told whether the result still stands, so that it can be withdrawn: for files without a code, and
    /// for those that a whole code stands for. Of a joint result the leading body's seal names it. A code of the usual kind
    /// names the place itself ([`Payload::with_status`](crate::payload::Payload::with_status)).
    ///
    /// Whoever verifies the file looks for the list, and cannot tell without it.
    #[must_use]
    pub fn status(mut self, place: StatusReference) -> Self {
        self.status = Some(place);
        self
    }

    /// Refuses a code that says something else of the place than the seal: the one that is bound or, without, the one that is `drawn`.
    pub(super) fn agrees_with_code(
        &self,
        place: &StatusReference,
        drawn: Option<&str>,
    ) -> Result<(), SealError> {
        let signed = |cose: &[u8]| SignedPayload::parse(cose, &Limits::DEFAULT);
        let claimed = match (self.code.as_ref().map(|code| &code.content), drawn) {
            (None, None) => return Ok(()),
            (Some(CodeContent::Claims(payload)), _) => payload.status().cloned(),
            (Some(CodeContent::Signed(cose)), _) => signed(cose)?.payload().status().cloned(),
            // One that nobody can read names none.
            (None, Some(text)) => decode_text(text, &Limits::DEFAULT)
                .and_then(|cose| signed(&cose))
                .ok()
                .and_then(|signed| signed.payload().status().cloned()),
        };
        match claimed.as_ref() == Some(place) {
            true => Ok(()),
            false => Err(SealError::Status(StatusFault::Code)),
        }
    }
}

impl Revision<'_, '_> {
    /// The text of the code that the file shows already.
    pub(super) fn drawn_code(&self, slots: &Slots) -> Result<Option<String>, SealError> {
        let form = match &slots.code {
            None => None,
            Some(slot) => self.view.object(Ref::new(slot.form, 0))?,
        };
        let text = form
            .map(|form| drawn_text(&self.view, &form.object))
            .transpose()?;
        Ok(text.flatten())
    }

    /// Refuses a place that an earlier seal contradicts: verifiers would be left in doubt.
    pub(super) fn respect_status(
        &self,
        place: &StatusReference,
        permit: &Permit<'_>,
    ) -> Result<(), SealError> {
        for seal in &permit.signed {
            let Some(value) = seal.value else { continue };
            let value = self.view.object(value)?;
            let Some(dictionary) = value.as_ref().and_then(|value| value.dictionary()) else {
                continue;
            };
            let named = StatusReference::of_signature(dictionary);
            if named.is_ok_and(|named| named.is_none_or(|named| named == *place)) {
                continue;
            }
            return Err(SealError::Status(StatusFault::Earlier(seal.name.clone())));
        }
        Ok(())
    }
}
