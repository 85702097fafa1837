//! What is the same for every record of a template: made and compressed once, then only copied.

use core::fmt;
use std::collections::BTreeMap;
use std::sync::Arc;

use super::backdrop;
use super::chain::Fonts;
use super::conformance::Conformance;
use super::embed::{Embedded, compressed};
use super::error::ComposeError;
use super::glyph::Glyph;
use super::marks;
use super::picture::{Gallery, Picture};
use super::subset::Subset;
use super::template::Template;
use super::{fields, flow, output};
use crate::draft::Draft;
use crate::record::Record;

/// A template with its fonts, ready to set one record after the other.
///
/// Holds what template and fonts alone decide: the subsets of the frequent characters and the compressed backdrop. Shared
/// between threads by reference; cloning is cheap.
///
/// # Example
/// ```
/// use yinxin::compose::{Fonts, Template};
/// use yinxin::limits::Limits;
/// use yinxin::record::Record;
///
/// let template = Template::builtin("residence").ok_or("no such template")?;
/// let template = template.prepare(&Fonts::bundled())?;
/// let record = include_bytes!("../../examples/data/records/residence.json");
/// let record = Record::from_json(record, &Limits::DEFAULT)?;
/// let draft = template.compose(&record)?;
/// assert!(draft.bytes().starts_with(b"%PDF-1.7"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct PreparedTemplate {
    parts: Arc<Parts>,
    conformance: Conformance,
}

struct Parts {
    template: Template,
    fonts: Fonts,
    /// By font, the glyphs of the template's own characters and of those that nearly every record brings.
    frequent: Vec<Arc<Embedded>>,
    /// The compressed content beneath the text, if there is any.
    backdrop: Option<Vec<u8>>,
    /// The same for a sample.
    sample_backdrop: Option<Vec<u8>>,
}

impl PreparedTemplate {
    pub(super) fn new(template: &Template, fonts: &Fonts) -> Result<Self, ComposeError> {
        if let Some((name, file)) = template.missing_picture() {
            return Err(ComposeError::TemplatePicture {
                name: name.to_owned(),
                file: file.to_owned(),
            });
        }
        let mut subsets: BTreeMap<usize, Subset> = BTreeMap::new();
        for (typeface, character) in template.frequent_characters() {
            // What is shaped has other glyphs than `cmap` names.
            if marks::is_shaped(character) {
                continue;
            }
            if let Some((face, id)) = fonts.find_in(typeface, character) {
                let subset = subsets.entry(face).or_insert_with(|| Subset::new(face));
                // A character that shares its glyph with another one gets it in the document's own subset.
                let _ = subset.cid(&Glyph::plain(fonts, character, face, id), &[]);
            }
        }
        let frequent: Result<Vec<_>, _> = subsets
            .into_values()
            .map(|subset| Embedded::new(subset, fonts).map(Arc::new))
            .collect();
        let stream = |sample: bool| -> Result<Option<Vec<u8>>, ComposeError> {
            let content = backdrop::draw(template, fonts, sample)?;
            Ok((!content.is_empty()).then(|| compressed(&content)))
        };
        let parts = Parts {
            frequent: frequent?,
            backdrop: stream(false)?,
            sample_backdrop: stream(true)?,
            template: template.clone(),
            fonts: fonts.clone(),
        };
        Ok(Self {
            parts: Arc::new(parts),
            conformance: Conformance::default(),
        })
    }

    /// The same with drafts that conform to another part of PDF/A.
    #[must_use]
    pub fn conforming_to(mut self, conformance: Conformance) -> Self {
        self.conformance = conformance;
        self
    }

    /// Sets `record`.
    ///
    /// # Errors
    /// Occurs if the fonts lack a character, the record lacks a member that the template needs, the text does not fit on the
    /// page, or a font is too broken to be made into a subset.
    pub fn compose(&self, record: &Record) -> Result<Draft, ComposeError> {
        self.compose_with(record, &[])
    }

    /// Sets `record` with the pictures that it names. They are found by their digest, so their order is of no matter, and more
    /// than it names may be given.
    ///
    /// # Errors
    /// As for [`compose`](Self::compose), and if a picture that the record names is not among those given.
    pub fn compose_with(&self, record: &Record, pictures: &[Picture]) -> Result<Draft, ComposeError> {
        let gallery = Gallery::new(self.parts.template.pictures(), record, pictures)?;
        let mut sheet = flow::lay_out(
            &self.parts.template,
            record,
            &self.parts.fonts,
            &gallery.available(),
        )?;
        fields::settle(record, &mut sheet)?;
        output::write(self, record, &sheet, gallery)
    }

    pub(crate) fn conformance(&self) -> Conformance {
        self.conformance
    }

    /// The template.
    #[must_use]
    pub fn template(&self) -> &Template {
        &self.parts.template
    }

    pub(crate) fn fonts(&self) -> &Fonts {
        &self.parts.fonts
    }

    pub(super) fn frequent(&self) -> &[Arc<Embedded>] {
        &self.parts.frequent
    }

    /// The compressed content beneath the text of a sample or of a real result.
    pub(super) fn backdrop(&self, sample: bool) -> Option<&[u8]> {
        if sample {
            self.parts.sample_backdrop.as_deref()
        } else {
            self.parts.backdrop.as_deref()
        }
    }
}

impl fmt::Debug for PreparedTemplate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PreparedTemplate")
            .field("template", &self.parts.template.name())
            .field("fonts", &self.parts.fonts)
            .finish_non_exhaustive()
    }
}
