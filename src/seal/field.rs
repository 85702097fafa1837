//! The signature field of a new seal.

use super::SealError;
use super::catalog::Child;
use super::page::rectangle;
use super::revision::Revision;
use crate::pdf::{Body, Page, Ref, text_string};

impl<'a> Revision<'_, 'a> {
    /// The field merged with its widget (ISO 32000-2, 12.7.5.5), its place in the form and on the page.
    pub(super) fn field(
        &mut self,
        name: &str,
        value: Ref,
        page: &Page<'a>,
        corners: [f64; 4],
        appearance: Ref,
    ) -> Result<(), SealError> {
        let field = self.update.allocate();
        // Print and Locked (table 167): PDF/A asks for the first, nobody should drag a seal.
        let body = format!(
            "<< /Type /Annot /Subtype /Widget /FT /Sig /T {} /V {} /Rect {} /P {} /F 132 /AP << /N {} >> >>",
            String::from_utf8_lossy(&text_string(name)),
            value,
            rectangle(corners),
            page.id,
            appearance,
        );
        self.update.put(field, body.into_bytes());
        self.annotations.entry(page.id).or_default().push(field);

        let catalog = self.view.catalog()?;
        // Asking viewers to redraw fields (`/NeedAppearances`) would change what was sealed.
        let mut changes = vec![
            (b"SigFlags".as_slice(), Some(Body::from(b"3"))),
            (b"NeedAppearances", None),
        ];
        let fields = match &self.child(catalog.dictionary(), b"AcroForm")? {
            Child::Missing => Some(Body::from(&format!("[{field}]"))),
            Child::Direct(form) => self.extend_array(catalog.raw(), form, b"Fields", &[field])?,
            Child::Indirect(form) => match form.dictionary() {
                Some(dictionary) => self.extend_array(form.raw(), dictionary, b"Fields", &[field])?,
                None => None,
            },
        };
        if fields.is_some() {
            changes.push((b"Fields", fields));
        }
        self.change_in_catalog(b"AcroForm", changes)
    }
}
