//! Fields whose look is not that of their value, or is left to the program (ISO 32000-2, 12.7).

use std::rc::Rc;

use super::{FactKind, Looker};
use crate::pdf::content::{Operand, Operations};
use crate::pdf::form::{FieldNode, FormOddityKind};
use crate::pdf::{Dictionary, Object, PdfError, Ref, Stream, read_text_string};

/// `/Ff` (tables 227, 228 and 229): ReadOnly, Password, Pushbutton.
const READ_ONLY: i64 = 1;
const PASSWORD: i64 = 1 << 13;
const PUSHBUTTON: i64 = 1 << 16;
/// Bytes of a value that are compared with what is shown.
const COMPARED: usize = 4096;

/// A field, or its widget.
struct Field {
    id: Ref,
    dictionary: Dictionary,
    kind: Kind,
    flags: i64,
    value: Rc<[u8]>,
    /// Whether a script formats what is shown (`/AA`, `/F`).
    formatted: bool,
}

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Button,
    Choice,
    Text,
}

/// What a node hands down.
#[derive(Clone)]
struct Above {
    value: Rc<[u8]>,
    formatted: bool,
}

impl Looker<'_, '_, '_> {
    /// Looks at the form and its fields.
    pub(super) fn fields(&mut self) -> Result<(), PdfError> {
        let catalog = self.view.catalog()?;
        let Some(dictionary) = catalog.dictionary() else {
            return Ok(());
        };
        let form = self.dictionary(dictionary, b"AcroForm")?;
        let Some(form) = form.as_ref().and_then(|form| form.as_dictionary()) else {
            return Ok(());
        };
        self.xfa(catalog.id, dictionary, form)?;
        let fields = self.collect()?;
        let drawn_anew = form.find(b"NeedAppearances").and_then(Object::as_boolean) == Some(true);
        let visible = |this: &Self, field: &Field| this.widgets.contains_key(&field.id);
        if drawn_anew && fields.iter().any(|field| visible(self, field)) {
            let path = "/AcroForm/NeedAppearances";
            self.note(FactKind::NoAppearance, Some(catalog.id), None, path);
        }
        for field in &fields {
            let Some(widget) = self.widgets.get(&field.id) else {
                continue;
            };
            let (page, rectangle) = (widget.page, widget.rectangle);
            let mut found = vec![];
            if field.flags & READ_ONLY == 0 && field.flags & PUSHBUTTON == 0 {
                found.push(FactKind::Fillable);
            }
            let appearance = self.appearance(&field.dictionary, b"N")?;
            if field.kind != Kind::Button && !field.value.is_empty() {
                match appearance {
                    None => found.push(FactKind::NoAppearance),
                    Some(appearance) if self.differs(field, &appearance.object)? => {
                        found.push(FactKind::ValueDiffers);
                    }
                    Some(_) => {}
                }
            }
            for kind in found {
                if let Some(fact) = self.note(kind, Some(field.id), Some(page), "") {
                    fact.rectangle = Some(rectangle);
                }
            }
        }
        Ok(())
    }

    /// `/XFA`, and whether the pages are laid out by it (`/NeedsRendering` of the catalog, or the packet `config`).
    fn xfa(&mut self, id: Ref, catalog: &Dictionary, form: &Dictionary) -> Result<(), PdfError> {
        let view = self.view;
        let Some(xfa) = self.tolerate(view.find(form, b"XFA"))? else {
            return Ok(());
        };
        let mut dynamic = catalog.find(b"NeedsRendering").and_then(Object::as_boolean) == Some(true);
        let mut packets = vec![];
        match &*xfa {
            Object::Array(items) if !items.is_empty() => packets.extend(items.iter().skip(1).step_by(2)),
            Object::Stream(_) => packets.extend(form.find(b"XFA")),
            _ => return Ok(()),
        }
        // There are some ten kinds of packets.
        for packet in packets.into_iter().take(32) {
            let Some(packet) = self.tolerate(view.resolve(packet))? else {
                continue;
            };
            let Some(stream) = packet.as_stream() else {
                continue;
            };
            let Some(text) = self.tolerate(view.decode(stream))? else {
                continue;
            };
            let words: [&[u8]; 2] = [b"<dynamicRender>", b"required"];
            let mut rest = text.as_slice();
            let both = words.iter().all(|word| {
                let at = rest.windows(word.len()).position(|bytes| bytes == *word);
                let found = at.is_some();
                rest = at.and_then(|at| rest.get(at..)).unwrap_or_default();
                found
            });
            dynamic |= both;
        }
        self.note(FactKind::Xfa { dynamic }, Some(id), None, "/AcroForm/XFA");
        Ok(())
    }

    /// The nodes of the form that are no signature fields.
    fn collect(&mut self) -> Result<Vec<Field>, PdfError> {
        let view = self.view;
        let mut above: Vec<Above> = vec![];
        let mut fields = vec![];
        let mut fault = None;
        let mut budget = self.budget.clone();
        let oddities = view.walk_form(&mut budget, |node: &FieldNode<'_, '_>| {
            let inherited = node.above.and_then(|index| above.get(index)).cloned();
            let mut state = inherited.unwrap_or_else(|| Above {
                value: Rc::from(&[][..]),
                formatted: false,
            });
            match value(&view, node.dictionary) {
                Ok(Some(own)) => state.value = own,
                Ok(None) => {}
                Err(error) => fault = Some(error),
            }
            match formatted(&view, node.dictionary) {
                Ok(own) => state.formatted |= own,
                Err(error) => fault = Some(error),
            }
            let kind = match node.kind {
                Some(b"Tx") => Some(Kind::Text),
                Some(b"Ch") => Some(Kind::Choice),
                Some(b"Btn") => Some(Kind::Button),
                _ => None,
            };
            if let (Some(kind), Some(object)) = (kind, node.object) {
                fields.push(Field {
                    id: object.id,
                    dictionary: node.dictionary.clone(),
                    kind,
                    flags: node.flags,
                    value: Rc::clone(&state.value),
                    formatted: state.formatted,
                });
            }
            above.push(state);
        });
        self.budget = budget;
        let Some(oddities) = self.tolerate(oddities)? else {
            return Ok(vec![]);
        };
        if let Some(error) = fault {
            self.tolerate::<()>(Err(error))?;
        }
        let cut = |kind| matches!(kind, FormOddityKind::TooDeep | FormOddityKind::TooMany);
        if oddities.iter().any(|oddity| cut(oddity.kind)) {
            self.unread("more fields than the limit");
        }
        Ok(fields)
    }

    /// Whether a text field shows another text than its value. Only what can be compared is: text in fonts that show letters
    /// by their codes, that no script formats; its letters and digits, whatever is between them.
    fn differs(&mut self, field: &Field, appearance: &Object) -> Result<bool, PdfError> {
        let Some(appearance) = appearance.as_stream() else {
            return Ok(false);
        };
        if field.kind != Kind::Text || field.flags & PASSWORD != 0 || field.formatted {
            return Ok(false);
        }
        let value = read_text_string(&field.value);
        if !value.is_ascii() || field.value.len() >= COMPARED || !self.shows_by_code(field, appearance)? {
            return Ok(false);
        }
        let view = self.view;
        let Some(content) = self.tolerate(view.decode(appearance))? else {
            return Ok(false);
        };
        let mut shown = vec![];
        let mut operations = Operations::new(&content);
        while let Some(operator) = operations.next() {
            match operator {
                // Another form may show the text.
                b"Do" => return Ok(false),
                b"Tj" | b"TJ" | b"'" | b"\"" => {
                    for operand in operations.operands() {
                        if let Operand::Text(text) = operand {
                            shown.extend_from_slice(text);
                        }
                    }
                }
                _ => {}
            }
        }
        let letters = |text: &[u8]| -> Vec<u8> {
            let letters = text.iter().copied().filter(u8::is_ascii_alphanumeric);
            letters.collect()
        };
        Ok(letters(&shown) != letters(value.as_bytes()))
    }

    /// Whether all fonts of the appearance, or of the form where it has none, show ASCII letters for their codes: simple fonts that
    /// are not embedded with codes of their own.
    fn shows_by_code(&mut self, field: &Field, appearance: &Stream) -> Result<bool, PdfError> {
        let view = self.view;
        let resources = self.dictionary(&appearance.dictionary, b"Resources")?;
        let fonts = match resources.as_ref().and_then(|resources| resources.as_dictionary()) {
            Some(resources) => self.dictionary(resources, b"Font")?,
            None => None,
        };
        let Some(fonts) = fonts.as_ref().and_then(|fonts| fonts.as_dictionary()) else {
            // Fonts that are not named are those of the form, which programs fill in with Helvetica.
            return Ok(field.dictionary.find(b"DA").is_some());
        };
        if !self.pay(fonts.entries().len()) {
            return Ok(false);
        }
        for entry in fonts.entries() {
            let Some(font) = self.tolerate(view.resolve(&entry.value))? else {
                return Ok(false);
            };
            let Some(font) = font.as_dictionary() else {
                return Ok(false);
            };
            let simple = [&b"Type1"[..], b"TrueType", b"MMType1"];
            if !simple.iter().any(|subtype| font.is_name(b"Subtype", subtype)) {
                return Ok(false);
            }
            let Some(encoding) = self.tolerate(view.find(font, b"Encoding"))? else {
                return Ok(false);
            };
            let known = match &*encoding {
                Object::Name(name) => matches!(
                    name.as_slice(),
                    b"WinAnsiEncoding" | b"MacRomanEncoding" | b"PDFDocEncoding" | b"StandardEncoding"
                ),
                Object::Dictionary(encoding) => {
                    let Some(differences) = self.tolerate(view.find(encoding, b"Differences"))? else {
                        return Ok(false);
                    };
                    let names = differences.as_array().unwrap_or_default();
                    if !self.pay(names.len()) {
                        return Ok(false);
                    }
                    keeps_letters(names)
                }
                // The standard fonts have ASCII letters at their places by themselves.
                _ => self.substitute(font)? == Some(super::Substitute::Standard),
            };
            if !known {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

/// Whether `/Differences` (9.6.5) leave ASCII letters and digits where they are, as those of Acrobat's forms do.
fn keeps_letters(differences: &[Object]) -> bool {
    let mut code = 0_i64;
    for item in differences {
        match item {
            Object::Integer(start) => code = *start,
            Object::Name(name) => {
                let byte = u8::try_from(code).unwrap_or_default();
                let digits: [&[u8]; 10] = [
                    b"zero", b"one", b"two", b"three", b"four", b"five", b"six", b"seven", b"eight", b"nine",
                ];
                let own = match byte {
                    b'0'..=b'9' => {
                        digits.get(usize::from(byte - b'0')).copied().unwrap_or_default() == &**name
                    }
                    b'A'..=b'Z' | b'a'..=b'z' => name.as_slice() == [byte],
                    _ => true,
                };
                if !own {
                    return false;
                }
                code = code.saturating_add(1);
            }
            _ => {}
        }
    }
    true
}

/// The field's own `/V`, if it is a string that is not empty or a stream.
fn value(view: &crate::pdf::View<'_, '_>, dictionary: &Dictionary) -> Result<Option<Rc<[u8]>>, PdfError> {
    let value = view.find(dictionary, b"V")?;
    Ok(match &*value {
        Object::String(text) => {
            let start = text.bytes.get(..COMPARED).unwrap_or(&text.bytes);
            Some(Rc::from(start))
        }
        _ => None,
    })
}

/// Whether a script of the field formats what is shown.
fn formatted(view: &crate::pdf::View<'_, '_>, dictionary: &Dictionary) -> Result<bool, PdfError> {
    let actions = view.find(dictionary, b"AA")?;
    Ok(actions
        .as_dictionary()
        .is_some_and(|actions| actions.find(b"F").is_some()))
}
