//! What annotations hide, and when they are seen (ISO 32000-2, 12.5).

use std::sync::Arc;

use super::{FactKind, Looker, Medium, RIDING_SEAM};
use crate::pdf::annotation::Mark;
use crate::pdf::content::{Operand, Operations};
use crate::pdf::{Dictionary, Indirect, PdfError, Rectangle, Ref, read_text_string};

/// Annotations whose content is played or rendered by the program (12.5.6.18, 13.2, 13.6).
const MEDIA: [&str; 4] = ["3D", "Movie", "RichMedia", "Screen"];
/// Fields above each other from which a widget has its type: names with more parts are unheard of.
const LEVELS: usize = 16;
const HIDDEN: i64 = 1 << 1;
const PRINT: i64 = 1 << 2;
const NO_VIEW: i64 = 1 << 5;

/// An annotation that shows something on the screen.
pub(super) struct Widget {
    pub(super) page: usize,
    pub(super) rectangle: Rectangle,
}

/// What annotations of the page being looked at are not to lie over.
struct Below<'a> {
    id: Option<Ref>,
    rectangle: Rectangle,
    appearance: Option<Arc<Indirect<'a>>>,
    /// Whether it shows anything, once that is known.
    shows: Option<bool>,
}

impl<'a> Looker<'_, 'a, '_> {
    /// Looks at the annotations of all pages.
    pub(super) fn annotations(&mut self) -> Result<(), PdfError> {
        for (index, page) in self.pages.iter().enumerate() {
            if let Some(dictionary) = page.dictionary() {
                self.annotations_of(index, page.id, dictionary)?;
            }
        }
        Ok(())
    }

    fn annotations_of(&mut self, page: usize, id: Ref, dictionary: &Dictionary) -> Result<(), PdfError> {
        let view = self.view;
        let Some(list) = self.tolerate(view.find(dictionary, b"Annots"))? else {
            return Ok(());
        };
        let items = list.as_array().unwrap_or_default();
        // One list may be that of thousands of pages.
        if !self.pay(items.len()) {
            return Ok(());
        }
        let watched = self.watched.filter(|watched| watched.page == id);
        let content = watched.filter(|watched| watched.annotation.is_none());
        let mut below: Vec<Below<'a>> = vec![];
        below.extend(content.map(|watched| Below {
            id: None,
            rectangle: watched.place,
            appearance: None,
            shows: Some(true),
        }));
        for item in items {
            let Some(found) = self.tolerate(view.resolve(item))? else {
                continue;
            };
            let Some(annotation) = found.as_dictionary() else {
                continue;
            };
            let Some(mark) = self.tolerate(view.mark(annotation))? else {
                continue;
            };
            let own = item.as_reference();
            let Some(rectangle) = mark.rectangle.filter(|_| mark.has_mark()) else {
                continue;
            };
            let kind = self.field_kind(annotation)?;
            let is = |name: &[u8]| mark.subtype == "Widget" && kind.as_deref() == Some(name);
            let note = |this: &mut Self, kind, rest: &str| {
                if let Some(fact) = this.note(kind, own.or(Some(id)), Some(page), rest) {
                    fact.rectangle = Some(rectangle);
                }
            };
            let normal = self.appearance(annotation, b"N")?;
            if let Some(hidden) = hides(&mark, is(b"Btn"), normal.is_some()) {
                note(self, hidden, "/F");
            }
            if !mark.is_seen() {
                continue;
            }
            if let Some(own) = own {
                self.widgets.insert(own, Widget { page, rectangle });
            }
            if MEDIA.contains(&mark.subtype.as_str()) {
                note(self, FactKind::Media, "");
            }
            if !is(b"Btn")
                && (self.appearance(annotation, b"R")?.is_some()
                    || self.appearance(annotation, b"D")?.is_some())
            {
                note(self, FactKind::ChangesUnderPointer, "/AP");
            }
            let over = self.over(&mut below, rectangle)?;
            // An appearance is decoded only if something depends on it.
            let paints = match &normal {
                _ if mark.subtype == "Widget" && over.is_empty() => Painting::Lines,
                Some(appearance) => self.painting(appearance)?,
                // What has no appearance is drawn by the program, a field only if it is filled.
                None if mark.subtype == "Widget" => Painting::Nothing,
                None => Painting::Lines,
            };
            if paints == Painting::Nothing {
                continue;
            }
            if mark.subtype == "Stamp" && self.is_strip(annotation)? {
                note(self, FactKind::RidingSeam, "");
            }
            if mark.subtype != "Widget" && paints == Painting::Areas {
                note(self, FactKind::AnnotationCovers, "");
            }
            for (below, common) in over {
                let signature = is(b"Sig");
                let kind = FactKind::AnnotationOver { below, signature };
                if let Some(fact) = self.note(kind, own.or(Some(id)), Some(page), "") {
                    fact.rectangle = Some(common);
                }
            }
            let is_watched = own.is_some() && watched.is_some_and(|watched| watched.annotation == own);
            if own.is_some() && (is(b"Sig") || is_watched) {
                below.push(Below {
                    id: own,
                    rectangle,
                    appearance: normal,
                    shows: is_watched.then_some(true),
                });
            }
        }
        Ok(())
    }

    /// Whether a stamp calls itself a strip of a riding-seam seal.
    fn is_strip(&mut self, stamp: &Dictionary) -> Result<bool, PdfError> {
        let view = self.view;
        let said = self.tolerate(view.find(stamp, b"Contents"))?;
        let said = said.and_then(|said| Some(read_text_string(&said.as_string()?.bytes)));
        Ok(said.is_some_and(|said| said.starts_with(RIDING_SEAM)))
    }

    /// Over what that shows something the rectangle lies: of two annotations, the one later in the array is painted later (12.5.2).
    fn over(
        &mut self,
        below: &mut [Below<'a>],
        rectangle: Rectangle,
    ) -> Result<Vec<(Option<Ref>, Rectangle)>, PdfError> {
        let mut found = vec![];
        if !self.pay(below.len()) {
            return Ok(found);
        }
        for other in below {
            let Some(common) = meet(&other.rectangle, &rectangle) else {
                continue;
            };
            let shows = match (other.shows, &other.appearance) {
                (Some(known), _) => known,
                (None, Some(appearance)) => self.painting(appearance)? > Painting::Nothing,
                (None, None) => false,
            };
            other.shows = Some(shows);
            if shows {
                found.push((other.id, common));
            }
        }
        Ok(found)
    }

    /// `/FT` of a field, which a widget may have from the field above it.
    fn field_kind(&mut self, annotation: &Dictionary) -> Result<Option<Vec<u8>>, PdfError> {
        let view = self.view;
        let mut above: Option<Arc<Indirect<'a>>> = None;
        for _ in 0..LEVELS {
            let holder = match &above {
                Some(above) => above.dictionary(),
                None => Some(annotation),
            };
            let Some(holder) = holder else { break };
            if let Some(kind) = self.tolerate(view.find(holder, b"FT"))?
                && let Some(kind) = kind.as_name()
            {
                return Ok(Some(kind.to_vec()));
            }
            let parent = self.dictionary(holder, b"Parent")?;
            let Some(parent) = parent.and_then(|parent| parent.indirect().cloned()) else {
                break;
            };
            above = Some(parent);
        }
        Ok(None)
    }

    /// The appearance for `key` (12.5.5) in its present state, if there is one: an object whose value is a stream.
    pub(super) fn appearance(
        &mut self,
        annotation: &Dictionary,
        key: &[u8],
    ) -> Result<Option<Arc<Indirect<'a>>>, PdfError> {
        let view = self.view;
        let is_stream = |found: &Arc<Indirect<'a>>| found.object.as_stream().is_some();
        let appearances = self.dictionary(annotation, b"AP")?;
        let Some(appearances) = appearances.as_ref().and_then(|found| found.as_dictionary()) else {
            return Ok(None);
        };
        let found = self.dictionary(appearances, key)?;
        let Some(found) = found else { return Ok(None) };
        if found.as_stream().is_some() {
            return Ok(found.indirect().cloned().filter(is_stream));
        }
        let Some(states) = found.as_dictionary() else {
            return Ok(None);
        };
        let Some(state) = self.tolerate(view.find(annotation, b"AS"))? else {
            return Ok(None);
        };
        let Some(name) = state.as_name() else {
            return Ok(None);
        };
        let found = self.tolerate(view.find(states, name))?;
        Ok(found
            .and_then(|found| found.indirect().cloned())
            .filter(is_stream))
    }

    /// How much of the page an appearance takes up.
    fn painting(&mut self, appearance: &Indirect<'_>) -> Result<Painting, PdfError> {
        let view = self.view;
        let Some(appearance) = appearance.object.as_stream() else {
            return Ok(Painting::Nothing);
        };
        // What cannot be decoded may paint.
        let Some(content) = self.tolerate(view.decode(appearance))? else {
            return Ok(Painting::Areas);
        };
        let mut operations = Operations::new(&content);
        let mut painting = Painting::Nothing;
        while let Some(operator) = operations.next() {
            painting = painting.max(match operator {
                b"f" | b"F" | b"f*" | b"B" | b"B*" | b"b" | b"b*" | b"sh" | b"Do" | b"BI" => Painting::Areas,
                b"S" | b"s" => Painting::Lines,
                b"Tj" | b"TJ" | b"'" | b"\"" if writes(operations.operands()) => Painting::Lines,
                _ => Painting::Nothing,
            });
            if painting == Painting::Areas {
                break;
            }
        }
        Ok(painting)
    }
}

/// How much an appearance paints.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
enum Painting {
    Nothing,
    /// Lines and letters, between which one can see.
    Lines,
    /// Areas, images or other forms.
    Areas,
}

fn writes(operands: &[Operand]) -> bool {
    let mut texts = operands.iter().filter_map(|operand| match operand {
        Operand::Text(text) => Some(text),
        _ => None,
    });
    texts.any(|text| !text.is_empty())
}

/// On which medium an annotation is not seen, if it is not. A button is for the screen, as is a note, whose icon has no appearance as a rule.
fn hides(mark: &Mark, is_button: bool, has_appearance: bool) -> Option<FactKind> {
    let printed = mark.flags & PRINT != 0;
    if mark.flags & HIDDEN != 0 || mark.flags & NO_VIEW != 0 && !printed {
        return Some(FactKind::AnnotationHidden);
    }
    if mark.flags & NO_VIEW != 0 {
        return Some(FactKind::AnnotationOn(Medium::Paper));
    }
    let for_screen = is_button || mark.subtype == "Text" || MEDIA.contains(&mark.subtype.as_str());
    (!printed && has_appearance && !for_screen).then_some(FactKind::AnnotationOn(Medium::Screen))
}

/// What two rectangles have in common, if that is more than an edge: a hundredth of a unit is rounding.
fn meet(a: &Rectangle, b: &Rectangle) -> Option<Rectangle> {
    a.intersection(b)
        .filter(|common| common.width() > 0.01 && common.height() > 0.01)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pdf::Object;

    fn mark(flags: i64) -> Mark {
        Mark {
            subtype: "Stamp".to_owned(),
            rectangle: Rectangle::of(&[0, 0, 9, 9].map(Object::Integer)),
            flags,
        }
    }

    #[test]
    fn flags_say_on_which_medium_an_annotation_is_seen() {
        let cases = [
            (PRINT, None),
            (0, Some(FactKind::AnnotationOn(Medium::Screen))),
            (PRINT | NO_VIEW, Some(FactKind::AnnotationOn(Medium::Paper))),
            (NO_VIEW, Some(FactKind::AnnotationHidden)),
            (HIDDEN | PRINT, Some(FactKind::AnnotationHidden)),
        ];
        for (flags, expected) in cases {
            assert_eq!(hides(&mark(flags), false, true), expected, "{flags}");
        }
        assert_eq!(hides(&mark(0), true, true), None, "a button is for the screen");
    }
}
