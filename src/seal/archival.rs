//! Keeping PDF/A files PDF/A: what the claim of a document demands of what is painted on a page (ISO 19005).
//!
//! The rest holds for every file: annotations that are printed and not hidden, one normal appearance that is a stream, no
//! fonts, no actions, no other filters, an identifier in the trailer.

use super::revision::Revision;
use super::{Allow, SealError};
use crate::impression::{DeviceColours, Ground, Impression, ImpressionError};
use crate::pdf::update::stream_body;
use crate::pdf::{Conformance, Object, OutputColours, Page, Ref};

/// A profile that explains a device colour space where the output intent does not.
pub(super) struct Profile {
    name: &'static str,
    components: u8,
    bytes: &'static [u8],
}

const RGB: Profile = Profile {
    name: "rgb",
    components: 3,
    bytes: include_bytes!("../../assets/icc/srgb.icc"),
};
const GREY: Profile = Profile {
    name: "grey",
    components: 1,
    bytes: include_bytes!("../../assets/icc/grey.icc"),
};

impl<'a> Revision<'_, 'a> {
    /// What must be heeded on `page` by something that paints in `colours`.
    pub(super) fn ground(&mut self, page: &Page<'a>, colours: DeviceColours) -> Result<Ground, SealError> {
        let Some(claim) = self.claimed.pdfa else {
            return Ok(Ground::default());
        };
        let intent = self.view.output_colours(page)?;
        // Part 1 knows no transparency. The others know it where there is a space to blend in: the page's or the document's.
        let blends = claim.part > 1 && (intent.is_some() || self.blends_in_its_own_space(page)?);
        // DeviceRGB needs an intent of that space, DeviceGray any (ISO 19005-2, 6.2.4.3).
        let rgb = colours.rgb && intent != Some(OutputColours::Rgb);
        let grey = colours.grey && intent.is_none();
        Ok(Ground {
            opaque: !blends,
            rgb: rgb.then(|| self.profile(&RGB)),
            grey: grey.then(|| self.profile(&GREY)),
            claim: Some((claim, intent)),
        })
    }

    fn blends_in_its_own_space(&self, page: &Page<'a>) -> Result<bool, SealError> {
        let Some(dictionary) = page.dictionary() else {
            return Ok(false);
        };
        let group = self.view.find(dictionary, b"Group")?;
        let space = group.as_dictionary().and_then(|group| group.find(b"CS"));
        Ok(space.is_some_and(|space| *space != Object::Null))
    }

    /// The profile as an object of this revision, written once.
    fn profile(&mut self, profile: &Profile) -> Ref {
        if let Some(id) = self.profiles.get(profile.name) {
            return *id;
        }
        let id = self.update.allocate();
        let entries = format!("/N {}", profile.components);
        self.update
            .put(id, stream_body(entries.as_bytes(), profile.bytes, true));
        self.profiles.insert(profile.name, id);
        id
    }

    /// The impression as a form for `page`.
    pub(super) fn impression(&mut self, impression: &Impression, page: &Page<'a>) -> Result<Ref, SealError> {
        let ground = self.ground(page, impression.device_colours())?;
        match impression.write_on(&mut self.update, &ground) {
            Err(ImpressionError::Conformance { .. }) if self.allowed.contains(&Allow::PdfaLoss) => {
                self.pdfa_lost = true;
                Ok(impression.write(&mut self.update)?)
            }
            other => Ok(other?),
        }
    }

    /// What of the document's claims still holds for the sealed file. PDF/UA demands that every annotation stands in the structure
    /// tree (ISO 14289-1, 7.18.1): it is kept where the draft reserves an element, or a field is filled that was there before.
    pub(super) fn kept(&self) -> Conformance {
        let mut kept = self.claimed;
        let added: usize = self.annotations.values().map(Vec::len).sum();
        kept.pdfua = kept.pdfua.filter(|_| added == self.in_structure);
        kept.pdfa = kept.pdfa.filter(|_| !self.pdfa_lost);
        kept
    }
}
