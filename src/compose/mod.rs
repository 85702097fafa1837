//! From a record to a draft: templates, Chinese line breaking, layout, PDF/A-3 output.
//!
//! Composing is a pure function of record, template and fonts: the same input gives the same bytes on every machine, so a
//! verifier that holds the template can rebuild the very draft. What cannot be set is an error that names the character,
//! the member or the element; nothing is cut off, replaced or left blank.

mod backdrop;
mod chain;
mod conformance;
mod embed;
mod error;
mod face;
mod fields;
mod flow;
mod font_error;
mod glyph;
mod guilloche;
mod justify;
pub(crate) mod leaf;
mod lines;
mod marks;
mod metadata;
mod ornament;
mod output;
mod page;
mod paint;
mod picture;
mod prepared;
#[cfg(test)]
mod properties;
mod set_pages;
#[cfg(feature = "shape")]
mod shape;
mod show;
mod structure;
mod subset;
mod template;
mod units;

pub use chain::{Borrowed, FontFile, Fonts, FontsBuilder, Typeface};
pub use conformance::Conformance;
pub use error::{ComposeError, TemplateError};
pub use font_error::FontError;
#[cfg(feature = "seal")]
pub(crate) use output::ENGINE;
pub use picture::{Picture, PictureError};
pub use prepared::PreparedTemplate;
pub use set_pages::{SetPages, SetPagesError};
pub use template::{BUILTIN, Template};

use crate::draft::Draft;
use crate::record::Record;

impl Template {
    /// Makes the template ready for many records set in `fonts`.
    ///
    /// # Errors
    /// Occurs if a font is too broken to be made into a subset.
    pub fn prepare(&self, fonts: &Fonts) -> Result<PreparedTemplate, ComposeError> {
        PreparedTemplate::new(self, fonts)
    }

    /// Sets one `record` with the bundled font. For more than one, [`prepare`](Self::prepare) first.
    ///
    /// # Errors
    /// As for [`PreparedTemplate::compose`].
    pub fn compose(&self, record: &Record) -> Result<Draft, ComposeError> {
        self.prepare(&Fonts::bundled())?.compose(record)
    }
}
