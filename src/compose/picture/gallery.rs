//! The pictures that one composing may use: the template's own, then those of the record.

use std::collections::BTreeMap;

use super::Picture;
use crate::compose::error::ComposeError;
use crate::record::Record;

/// Numbered pictures; marks name them by number.
#[derive(Clone, Debug, Default)]
pub(in crate::compose) struct Gallery<'a> {
    pictures: Vec<&'a Picture>,
    own: BTreeMap<&'a str, usize>,
    of_record: BTreeMap<&'a str, usize>,
}

impl<'a> Gallery<'a> {
    /// The pictures that the template names, by name, and those of `given` that `record` names, by label. A picture belongs to
    /// the record if its digest and its media type are those of the record, whatever its file was called.
    ///
    /// # Errors
    /// Occurs if the record names a picture that is not among those given.
    pub(in crate::compose) fn new(
        own: &'a BTreeMap<String, Picture>,
        record: &'a Record,
        given: &'a [Picture],
    ) -> Result<Self, ComposeError> {
        let mut gallery = Self::default();
        for (name, picture) in own {
            gallery.own.insert(name, gallery.pictures.len());
            gallery.pictures.push(picture);
        }
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
            gallery.of_record.insert(&named.label, gallery.pictures.len());
            gallery.pictures.push(picture);
        }
        Ok(gallery)
    }

    /// The template's picture of this name.
    pub(in crate::compose) fn own(&self, name: &str) -> Option<(usize, &'a Picture)> {
        self.find(self.own.get(name))
    }

    /// The record's picture of this label.
    pub(in crate::compose) fn of_record(&self, label: &str) -> Option<(usize, &'a Picture)> {
        self.find(self.of_record.get(label))
    }

    /// The picture of this number.
    pub(in crate::compose) fn picture(&self, number: usize) -> Option<&'a Picture> {
        self.pictures.get(number).copied()
    }

    fn find(&self, number: Option<&usize>) -> Option<(usize, &'a Picture)> {
        let number = *number?;
        Some((number, self.picture(number)?))
    }
}
