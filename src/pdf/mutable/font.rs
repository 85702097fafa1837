//! Fonts whose programs are not in the file (ISO 32000-2, 9.9).

use super::{FactKind, Looker, Substitute};
use crate::pdf::{Dictionary, Object, PdfError, Ref};

/// The standard Type 1 fonts (9.6.2.2), which ISO 32000-2 asks to embed, too.
const STANDARD: [&[u8]; 14] = [
    b"Courier",
    b"Courier-Bold",
    b"Courier-BoldOblique",
    b"Courier-Oblique",
    b"Helvetica",
    b"Helvetica-Bold",
    b"Helvetica-BoldOblique",
    b"Helvetica-Oblique",
    b"Symbol",
    b"Times-Bold",
    b"Times-BoldItalic",
    b"Times-Italic",
    b"Times-Roman",
    b"ZapfDingbats",
];

/// The orderings of Adobe's character collections.
const COLLECTIONS: [&[u8]; 7] = [b"CNS1", b"GB1", b"Japan1", b"Japan2", b"KR", b"Korea1", b"Manga1"];

impl Looker<'_, '_, '_> {
    /// The fonts of resources (7.8.3), or the one that a graphics state sets (8.4.5).
    pub(super) fn fonts(&mut self, id: Ref, value: &Object, page: Option<usize>) -> Result<(), PdfError> {
        let view = self.view;
        // Thousands of pages may share one dictionary of fonts.
        if value.as_reference().is_some_and(|id| !self.fonts.insert(id)) {
            return Ok(());
        }
        let Some(fonts) = self.tolerate(view.resolve(value))? else {
            return Ok(());
        };
        let fonts: Vec<&Object> = match &*fonts {
            Object::Array(items) => items.iter().take(1).collect(),
            other => {
                let entries = other.as_dictionary().map_or(&[][..], Dictionary::entries);
                entries.iter().map(|entry| &entry.value).collect()
            }
        };
        if !self.pay(fonts.len()) {
            return Ok(());
        }
        for font in fonts {
            if font.as_reference().is_some_and(|id| !self.fonts.insert(id)) {
                continue;
            }
            let Some(found) = self.tolerate(view.resolve(font))? else {
                continue;
            };
            let Some(dictionary) = found.as_dictionary() else {
                continue;
            };
            if let Some(substitute) = self.substitute(dictionary)? {
                let own = font.as_reference();
                let rest = if own.is_some() { "" } else { "/Font" };
                self.note(FactKind::Font(substitute), own.or(Some(id)), page, rest);
            }
        }
        Ok(())
    }

    /// What programs have to put in the font's place; `None` if it is in the file.
    pub(super) fn substitute(&mut self, font: &Dictionary) -> Result<Option<Substitute>, PdfError> {
        let view = self.view;
        // A Type 3 font is made of content streams of its own (9.6.4).
        if font.is_name(b"Subtype", b"Type3") {
            return Ok(None);
        }
        let composite = font.is_name(b"Subtype", b"Type0");
        let list = self.tolerate(view.find(font, b"DescendantFonts"))?;
        let first = list
            .as_ref()
            .and_then(|list| list.as_array())
            .and_then(<[Object]>::first);
        let descendant = match first.filter(|_| composite) {
            Some(first) => self.tolerate(view.resolve(first))?,
            None => None,
        };
        let holder = descendant
            .as_ref()
            .and_then(|descendant| descendant.as_dictionary());
        let holder = holder.unwrap_or(font);
        let descriptor = self.dictionary(holder, b"FontDescriptor")?;
        if let Some(descriptor) = descriptor.as_ref().and_then(|found| found.as_dictionary()) {
            for key in [&b"FontFile"[..], b"FontFile2", b"FontFile3"] {
                let program = self.tolerate(view.find(descriptor, key))?;
                if program.is_some_and(|program| program.as_stream().is_some()) {
                    return Ok(None);
                }
            }
        }
        if composite {
            return Ok(Some(if self.of_known_collection(font, holder)? {
                Substitute::Named
            } else {
                Substitute::Unpredictable
            }));
        }
        let name = self.tolerate(view.find(font, b"BaseFont"))?;
        let standard = name.is_some_and(|name| name.as_name().is_some_and(|name| STANDARD.contains(&name)));
        Ok(Some(if standard {
            Substitute::Standard
        } else {
            Substitute::Named
        }))
    }

    /// Whether the codes of a composite font stand for characters: by a predefined CMap, or because the numbers that they come
    /// to are those of a character collection that readers know (9.7.3, table 113).
    fn of_known_collection(&mut self, font: &Dictionary, descendant: &Dictionary) -> Result<bool, PdfError> {
        let view = self.view;
        let encoding = self.tolerate(view.find(font, b"Encoding"))?;
        let named = encoding.is_some_and(|encoding| {
            let identity = [&b"Identity-H"[..], b"Identity-V"];
            encoding.as_name().is_some_and(|name| !identity.contains(&name))
        });
        let collection = self.dictionary(descendant, b"CIDSystemInfo")?;
        let Some(collection) = collection.as_ref().and_then(|found| found.as_dictionary()) else {
            return Ok(named);
        };
        let ordering = self.tolerate(view.find(collection, b"Ordering"))?;
        let ordering = ordering.and_then(|ordering| ordering.as_string().map(|text| text.bytes.clone()));
        let known = COLLECTIONS
            .iter()
            .any(|known| ordering.as_deref() == Some(*known));
        Ok(named || known)
    }
}
