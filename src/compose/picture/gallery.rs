//! The pictures that one composing may use: the template's own, then those of the record.

use std::collections::BTreeMap;

use super::Picture;
use crate::compose::error::ComposeError;
use crate::compose::flow::Available;
use crate::record::Record;

/// Numbered pictures with their names; marks name them by number.
#[derive(Clone, Debug, Default)]
pub(in crate::compose) struct Gallery<'a>(Vec<(&'a str, &'a Picture)>);

impl<'a> Gallery<'a> {
    /// The pictures that the template names, and those of `given` that `record` names. A picture belongs to the record if its
    /// digest and its media type are those of the record, whatever its file was called.
    ///
    /// # Errors
    /// Occurs if the record names a picture that is not among those given.
    pub(in crate::compose) fn new(
        own: &'a BTreeMap<String, Picture>,
        record: &'a Record,
        given: &'a [Picture],
    ) -> Result<Self, ComposeError> {
        // The first of a name is found: a record cannot put its picture in the place of the template's emblem.
        let mut pictures: Vec<_> = own
            .iter()
            .map(|(name, picture)| (name.as_str(), picture))
            .collect();
        for named in record.pictures() {
            let is_it = |picture: &&Picture| {
                picture.sha256() == named.sha256 && picture.media_type() == named.media_type
            };
            let Some(picture) = given.iter().find(is_it) else {
                return Err(ComposeError::MissingPicture {
                    label: named.label.clone(),
                    sha256: named.sha256,
                });
            };
            pictures.push((named.label.as_str(), picture));
        }
        Ok(Self(pictures))
    }

    /// Names and proportions, in the order of their numbers.
    pub(in crate::compose) fn available(&self) -> Vec<Available> {
        let pictures = self.0.iter().map(|(name, picture)| {
            let (width, height) = picture.size();
            Available {
                name: (*name).to_owned(),
                width: width.unsigned_abs(),
                height: height.unsigned_abs(),
            }
        });
        pictures.collect()
    }

    /// The picture of this number.
    pub(in crate::compose) fn picture(&self, number: usize) -> Option<&'a Picture> {
        self.0.get(number).map(|(_, picture)| *picture)
    }
}
