//! What is the same for every record of a template: made and compressed once, then only copied.

use std::sync::Arc;

use super::backdrop;
use super::embed::{Embedded, Subset, compressed};
use super::error::ComposeError;
use super::face::Fonts;
use super::lines::Glyph;
use super::template::Template;

/// The parts that a template and fonts alone decide.
pub(super) struct Prepared {
    /// The glyphs of the template's own characters and of those that nearly every record brings.
    pub(super) frequent: Arc<Embedded>,
    /// The compressed content beneath the text, if there is any.
    pub(super) backdrop: Option<Vec<u8>>,
    /// The same for a sample.
    pub(super) sample_backdrop: Option<Vec<u8>>,
}

/// The parts for `template` in `fonts`, from the fonts' store if they are there.
pub(super) fn prepared(fonts: &Fonts, template: &Template) -> Result<Arc<Prepared>, ComposeError> {
    fonts.prepared(template.hash(), || {
        let mut subset = Subset::new(0);
        for character in template.frequent_characters() {
            if let Some((0, id)) = fonts.find(character) {
                let advance = fonts.face(0).map_or(1000, |face| face.advance(id));
                subset.cid(Glyph {
                    character,
                    face: 0,
                    id,
                    advance,
                });
            }
        }
        let stream = |sample: bool| {
            let content = backdrop::draw(template, fonts, sample);
            (!content.is_empty()).then(|| compressed(&content))
        };
        Ok(Prepared {
            frequent: Arc::new(subset.finish(fonts)?),
            backdrop: stream(false),
            sample_backdrop: stream(true),
        })
    })
}
