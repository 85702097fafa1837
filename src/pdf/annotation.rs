//! What an annotation shows on its page (ISO 32000-2, 12.5).

use super::error::PdfError;
use super::object::{Dictionary, Object};
use super::page::Rectangle;
use super::view::View;

/// Annotations that show nothing of their own: links are areas to click on, pop-ups open beside the page.
const WITHOUT_MARK: [&[u8]; 2] = [b"Link", b"Popup"];
/// Hidden and NoView (table 167).
const UNSEEN: i64 = 1 << 1 | 1 << 5;
/// Of a hostile name the start will do: those of the standard are short.
const NAME: usize = 40;

/// What one annotation shows.
#[derive(Clone, Debug)]
pub(crate) struct Mark {
    /// `/Subtype`, at most 40 bytes, as printable ASCII.
    pub(crate) subtype: String,
    /// `/Rect`; `None` if it has no area.
    pub(crate) rectangle: Option<Rectangle>,
    /// `/F` (table 167).
    pub(crate) flags: i64,
}

impl Mark {
    /// Whether it shows anything on the screen.
    pub(crate) fn is_seen(&self) -> bool {
        self.flags & UNSEEN == 0 && self.has_mark()
    }

    /// Whether it is of a kind and size that has something to show, flags apart.
    pub(crate) fn has_mark(&self) -> bool {
        self.rectangle.is_some() && !WITHOUT_MARK.contains(&self.subtype.as_bytes())
    }
}

impl View<'_, '_> {
    /// Subtype, rectangle and flags of an annotation.
    ///
    /// # Errors
    /// As [`resolve`](Self::resolve).
    pub(crate) fn mark(&self, annotation: &Dictionary) -> Result<Mark, PdfError> {
        let subtype = self.find(annotation, b"Subtype")?;
        let subtype = subtype.as_name().unwrap_or_default();
        let name = subtype.get(..subtype.len().min(NAME)).unwrap_or_default();
        let rectangle = self.rectangle(annotation, b"Rect")?;
        Ok(Mark {
            subtype: name.escape_ascii().to_string(),
            rectangle: rectangle.filter(|r| r.width() > 0.0 && r.height() > 0.0),
            flags: self.find(annotation, b"F")?.as_integer().unwrap_or(0),
        })
    }

    /// The rectangle at `key`; `None` if there is none.
    ///
    /// # Errors
    /// As [`resolve`](Self::resolve).
    pub(crate) fn rectangle(
        &self,
        dictionary: &Dictionary,
        key: &[u8],
    ) -> Result<Option<Rectangle>, PdfError> {
        let rectangle = self.find(dictionary, key)?;
        let mut corners = vec![];
        for corner in rectangle.as_array().unwrap_or_default().iter().take(5) {
            corners.push(Object::clone(&*self.resolve(corner)?));
        }
        Ok(Rectangle::of(&corners))
    }
}
