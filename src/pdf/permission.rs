//! What a signature dictionary says may change after it (ISO 32000-2, 12.8.2.2).

use super::error::PdfError;
use super::object::{Dictionary, Object};
use super::view::View;

impl View<'_, '_> {
    /// The level of the DocMDP transform in the `/Reference` of the signature dictionary `signature`: 1 to 3 as the standard has
    /// it, 2 where it is not stated (table 257), `None` if there is no such transform. References are followed: Acrobat writes
    /// these dictionaries as objects of their own. Reading it says nothing about the signature.
    ///
    /// # Errors
    /// As [`resolve`](Self::resolve).
    pub fn doc_mdp(&self, signature: &Dictionary) -> Result<Option<u8>, PdfError> {
        let references = self.find(signature, b"Reference")?;
        for reference in references.as_array().unwrap_or_default() {
            let reference = self.resolve(reference)?;
            let Some(reference) = reference.as_dictionary() else {
                continue;
            };
            if !reference.is_name(b"TransformMethod", b"DocMDP") {
                continue;
            }
            let parameters = self.find(reference, b"TransformParams")?;
            if let Some(parameters) = parameters.as_dictionary() {
                let level = parameters.find(b"P").and_then(Object::as_integer);
                return Ok(u8::try_from(level.unwrap_or(2)).ok());
            }
        }
        Ok(None)
    }
}
