//! What an impression must heed on the page it is put on: whether it may blend, and what its device colours mean there.

use crate::pdf::{OutputColours, PdfA, Ref};

/// Where an impression is painted. [`Default`] is a document that claims nothing: everything is permitted there.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Ground {
    /// Paint without blending and soft masks: PDF/A-1 forbids them (ISO 19005-1, 6.4), later parts where nothing says in
    /// which colour space to blend (ISO 19005-2, 6.2.10).
    pub(crate) opaque: bool,
    /// The profile to give to DeviceRGB as `/DefaultRGB`, where the output intent has none (ISO 19005-2, 6.2.4.3).
    pub(crate) rgb: Option<Ref>,
    /// The profile to give to DeviceGray as `/DefaultGray`, likewise.
    pub(crate) grey: Option<Ref>,
    /// What the document claims and must go on to deserve.
    pub(crate) claim: Option<(PdfA, Option<OutputColours>)>,
}

/// Which device colour spaces something paints in.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct DeviceColours {
    pub(crate) rgb: bool,
    pub(crate) grey: bool,
}

impl Ground {
    /// The entry `/ColorSpace << .. >>` for the resources of what paints in `colours`; empty where none is needed.
    pub(crate) fn colour_spaces(&self, colours: DeviceColours) -> String {
        let entry = |name: &str, wanted: bool, profile: Option<Ref>| match profile {
            Some(profile) if wanted => format!(" /{name} [/ICCBased {profile}]"),
            _ => String::new(),
        };
        let rgb = entry("DefaultRGB", colours.rgb, self.rgb);
        let grey = entry("DefaultGray", colours.grey, self.grey);
        if rgb.is_empty() && grey.is_empty() {
            return String::new();
        }
        format!(" /ColorSpace <<{rgb}{grey} >>")
    }

    /// Whether a form may be painted here that was made where nothing was demanded.
    pub(super) fn is_plain(&self) -> bool {
        !self.opaque && self.rgb.is_none() && self.grey.is_none()
    }
}
