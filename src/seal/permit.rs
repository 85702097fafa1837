//! Whether the document may be sealed once more, and under which field name.

use super::revision::Revision;
use super::{DocMdp, SealError};
use crate::pdf::read_text_string;

impl Revision<'_, '_> {
    /// Refuses what would break an earlier seal; names the new field.
    pub(super) fn permit(
        &self,
        certifies: Option<DocMdp>,
        name: Option<String>,
    ) -> Result<String, SealError> {
        if let Some(encryption) = self.view.document().encryption()
            && !encryption.permits_new_fields()
        {
            return Err(SealError::OwnerPasswordNeeded);
        }
        let catalog = self.view.catalog()?;
        let form = match catalog.dictionary() {
            Some(catalog) => self.view.find(catalog, b"AcroForm")?,
            None => return Ok("Seal1".to_owned()),
        };
        let mut names = vec![];
        let mut sealed = false;
        if let Some(form) = form.as_dictionary() {
            let fields = self.view.find(form, b"Fields")?;
            for field in fields.as_array().unwrap_or_default() {
                let field = self.view.resolve(field)?;
                let Some(field) = field.as_dictionary() else {
                    continue;
                };
                if let Some(own) = self.view.find(field, b"T")?.as_string() {
                    names.push(read_text_string(&own.bytes));
                }
                let value = self.view.find(field, b"V")?;
                if field.is_name(b"FT", b"Sig") && !value.is_null() {
                    sealed = true;
                    let level = value.as_dictionary().map(|value| self.view.doc_mdp(value));
                    if level.transpose()?.flatten() == Some(DocMdp::NoChanges.level()) {
                        return Err(SealError::Certified);
                    }
                }
            }
        }
        if sealed && certifies.is_some() {
            return Err(SealError::FirstSealOnly);
        }
        let taken = |name: &str| names.iter().any(|other| other == name);
        match name {
            Some(name) if taken(&name) => Err(SealError::FieldExists(name)),
            Some(name) => Ok(name),
            // There are finitely many names, so one of the first `len + 1` numbers is free.
            None => Ok((1..=names.len() + 1)
                .map(|n| format!("Seal{n}"))
                .find(|name| !taken(name))
                .unwrap_or_else(|| "Seal".to_owned())),
        }
    }
}
