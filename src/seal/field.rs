//! The signature field of the seal: a new one, or an empty one of the document that is filled.

use std::sync::Arc;

use super::base::Base;
use super::catalog::Child;
use super::page::{number, rectangle};
use super::permit::{EmptyField, Permit, Target};
use super::revision::Revision;
use super::{FieldFault, Place, Seal, SealError};

use crate::draft::SealElement;
use crate::pdf::edit::DictionaryEdit;
use crate::pdf::update::stream_body;
use crate::pdf::{Body, Indirect, Object, Page, Rectangle, Ref, text_string};

/// Invisible has no meaning for widgets; these two keep one from the screen (table 167).
const HIDDEN: i64 = 1 << 1;
const NO_VIEW: i64 = 1 << 5;
const PRINT: i64 = 1 << 2;
const NO_ROTATE: i64 = 1 << 4;
const LOCKED: i64 = 1 << 7;

/// How an empty field is shown.
struct Shown<'a> {
    page: Page<'a>,
    /// Width and height of its rectangle as a person sees it, in user space units.
    size: (f64, f64),
    /// Counter-clockwise turn that makes content stand upright.
    turn: u16,
    /// `/F`.
    flags: i64,
}

impl<'a> Revision<'_, 'a> {
    /// Writes the field and the impression, and what the form and the page say about them. Returns the object that the field has
    /// as its value; it is yet to be written.
    pub(super) fn field(
        &mut self,
        permit: &Permit<'a>,
        draft: &Base<'_>,
        place: Option<Place>,
        seal: &Seal,
        sealer: &str,
    ) -> Result<Ref, SealError> {
        match &permit.target {
            Target::New(name) => {
                let slot = self.slot(&draft.slots.seals, sealer)?;
                let (page, placed) = self.seal_place(slot, place, seal)?;
                self.take_place("seal", &page, &placed, None)?;
                let impression = self.impression(&seal.impression, &page)?;
                let appearance = self.upright(impression, seal.impression.size_mm(), placed.turn);
                let value = self.update.allocate();
                let element = slot.and_then(|slot| slot.element.as_ref());
                let field = self.make(
                    (name, sealer),
                    value,
                    (&page, placed.rectangle),
                    appearance,
                    element,
                )?;
                self.form(Some(field), permit.is_sealed())?;
                Ok(value)
            }
            Target::Empty(field) => {
                let value = self.fill(field, seal)?;
                self.form(None, permit.is_sealed())?;
                Ok(value)
            }
        }
    }

    /// An invisible field for a document time stamp (ISO 32000-2, 12.8.5), on the first page. Returns the object that it has as
    /// its value.
    pub(super) fn time_stamp_field(&mut self, name: &str, is_sealed: bool) -> Result<Ref, SealError> {
        let (field, value) = (self.update.allocate(), self.update.allocate());
        let page = self.pages.first().ok_or(SealError::NoSuchPage(0))?.id;
        let body = format!(
            "<< /Type /Annot /Subtype /Widget /FT /Sig /T {} /V {value} /Rect [0 0 0 0] /P {page} /F {} >>",
            String::from_utf8_lossy(&text_string(name)),
            PRINT | LOCKED,
        );
        self.update.put(field, body.into_bytes());
        self.annotations.entry(page).or_default().push(field);
        self.form(Some(field), is_sealed)?;
        Ok(value)
    }

    /// The field merged with its widget (ISO 32000-2, 12.7.5.5), and its place on the page and in the structure tree.
    fn make(
        &mut self,
        (name, sealer): (&str, &str),
        value: Ref,
        (page, corners): (&Page<'a>, [f64; 4]),
        appearance: Ref,
        element: Option<&SealElement>,
    ) -> Result<Ref, SealError> {
        let field = self.update.allocate();
        // What a screen reader says in place of the picture (`/TU`, 14.9.3).
        let spoken = format!("电子印章 Electronic seal: {sealer}");
        let key = match element {
            Some(element) if self.take_element(element, field, page.id)? => {
                format!(" /StructParent {}", element.key)
            }
            _ => String::new(),
        };
        // Print and Locked: PDF/A asks for the first, nobody should drag a seal.
        let body = format!(
            "<< /Type /Annot /Subtype /Widget /FT /Sig /T {} /TU {} /V {} /Rect {} /P {} /F {} /AP << /N {} >>{key} >>",
            String::from_utf8_lossy(&text_string(name)),
            String::from_utf8_lossy(&text_string(&spoken)),
            value,
            rectangle(corners),
            page.id,
            PRINT | LOCKED,
            appearance,
        );
        self.update.put(field, body.into_bytes());
        self.annotations.entry(page.id).or_default().push(field);
        Ok(field)
    }

    /// Puts `widget` into the element that the draft reserves for it (ISO 32000-2, 14.7.5.3): the parent tree leads there already.
    fn take_element(&mut self, element: &SealElement, widget: Ref, page: Ref) -> Result<bool, SealError> {
        let Some(object) = self.element(element)? else {
            return Ok(false);
        };
        let Some(dictionary) = object.dictionary() else {
            return Ok(false);
        };
        let mut edit = DictionaryEdit::new(object.raw(), dictionary);
        let kid = format!("<< /Type /OBJR /Obj {widget} /Pg {page} >>");
        edit.set(b"K", kid.as_bytes())
            .set(b"Pg", page.to_string().as_bytes());
        self.update.put(object.id, edit.finish());
        self.in_structure = self.in_structure.saturating_add(1);
        Ok(true)
    }

    /// Gives an empty field a value and the impression; every other byte of it stays.
    fn fill(&mut self, field: &EmptyField<'a>, seal: &Seal) -> Result<Ref, SealError> {
        let look = match self.shown(field)? {
            Some(shown) => Some((self.fitted(seal, &shown)?, shown.flags | PRINT | LOCKED)),
            None => None,
        };
        let value = self.update.allocate();
        let (reference, look) = (
            value.to_string(),
            look.map(|(appearance, flags)| (format!("<< /N {appearance} >>"), flags.to_string())),
        );
        let mut objects: Vec<(&Arc<Indirect<'a>>, bool, bool)> =
            vec![(&field.field, true, field.widget.is_none())];
        objects.extend(
            field
                .widget
                .as_ref()
                .filter(|_| look.is_some())
                .map(|widget| (widget, false, true)),
        );
        for (object, is_field, is_widget) in objects {
            let Some(dictionary) = object.dictionary() else {
                return Err(field.fault(FieldFault::Direct));
            };
            let mut edit = DictionaryEdit::new(object.raw(), dictionary);
            if is_field {
                edit.set(b"V", reference.as_bytes());
            }
            if let Some((appearance, flags)) = look.as_ref().filter(|_| is_widget) {
                edit.set(b"AP", appearance.as_bytes()).set(b"F", flags.as_bytes());
            }
            self.update.put(object.id, edit.finish());
        }
        Ok(value)
    }

    /// How the field is shown; `None` if it has no area, which makes the seal invisible.
    fn shown(&self, field: &EmptyField<'a>) -> Result<Option<Shown<'a>>, SealError> {
        let refuse = |wrong| Err(field.fault(wrong));
        let object = field.shown();
        let Some(dictionary) = object.dictionary() else {
            return refuse(FieldFault::Direct);
        };
        let corners = self.view.find(dictionary, b"Rect")?;
        let items = match &*corners {
            Object::Null => return Ok(None),
            Object::Array(items) if items.len() == 4 => items,
            _ => return refuse(FieldFault::Rectangle),
        };
        let mut numbers = vec![];
        for item in items {
            numbers.push(Object::clone(&*self.view.resolve(item)?));
        }
        let Some(area) = Rectangle::of(&numbers) else {
            return refuse(FieldFault::Rectangle);
        };
        let (width, height) = (area.width(), area.height());
        if !(width.is_finite() && height.is_finite()) {
            return refuse(FieldFault::Rectangle);
        }
        if width <= 0.0 || height <= 0.0 {
            return Ok(None);
        }
        let flags = self.view.find(dictionary, b"F")?.as_integer().unwrap_or(0);
        if flags & (HIDDEN | NO_VIEW) != 0 {
            return refuse(FieldFault::Hidden);
        }
        let page = self.page_of(object.id, field)?;
        let turn = if flags & NO_ROTATE == 0 { page.rotate } else { 0 };
        let size = if turn % 180 == 0 {
            (width, height)
        } else {
            (height, width)
        };
        Ok(Some(Shown {
            size,
            turn,
            page: page.clone(),
            flags,
        }))
    }

    /// The one page on which the widget stands. `/P` is optional and may lie; what shows a widget is the page's own list.
    fn page_of(&self, widget: Ref, field: &EmptyField<'a>) -> Result<&Page<'a>, SealError> {
        let mut found = None;
        for page in &self.pages {
            let Some(dictionary) = page.dictionary() else {
                continue;
            };
            let annotations = self.view.find(dictionary, b"Annots")?;
            let annotations = annotations.as_array().unwrap_or_default();
            let here = annotations.iter().any(|item| item.as_reference() == Some(widget));
            if here && found.replace(page).is_some() {
                return Err(field.fault(FieldFault::SeveralPages));
            }
        }
        found.ok_or_else(|| field.fault(FieldFault::NoPage))
    }

    /// The impression in the middle of the field, upright, as large as fits and never larger than it really is.
    fn fitted(&mut self, seal: &Seal, shown: &Shown<'a>) -> Result<Ref, SealError> {
        let impression = self.impression(&seal.impression, &shown.page)?;
        let (width, height) = shown.size;
        let user_unit = shown.page.user_unit;
        // A viewer stretches the box of a form to the rectangle (12.5.5), so the box is the rectangle's.
        let units = |mm: f64| mm * 72.0 / 25.4 / user_unit;
        let (mark_width, mark_height) = seal.impression.size_mm();
        let (mark_width, mark_height) = (units(mark_width), units(mark_height));
        let fit = (width / mark_width).min(height / mark_height).min(1.0);
        let content = format!(
            "q {scale:.6} 0 0 {scale:.6} {} {} cm /Seal Do Q",
            number((width - mark_width * fit) / 2.0),
            number((height - mark_height * fit) / 2.0),
            scale = fit / user_unit,
        );
        let matrix = match shown.turn {
            90 => " /Matrix [0 1 -1 0 0 0]",
            180 => " /Matrix [-1 0 0 -1 0 0]",
            270 => " /Matrix [0 -1 1 0 0 0]",
            _ => "",
        };
        let entries = format!(
            "/Type /XObject /Subtype /Form /BBox [0 0 {} {}]{matrix} /Resources << /XObject << /Seal {impression} >> >>",
            number(width),
            number(height),
        );
        let form = self.update.allocate();
        self.update
            .put(form, stream_body(entries.as_bytes(), content.as_bytes(), false));
        Ok(form)
    }

    /// What the form says: the new field, if there is one, and that the file has signatures. The form is not touched where it
    /// says so already.
    fn form(&mut self, field: Option<Ref>, is_sealed: bool) -> Result<(), SealError> {
        let catalog = self.view.catalog()?;
        let child = self.child(catalog.dictionary(), b"AcroForm")?;
        let (raw, form) = match &child {
            Child::Missing => (&[][..], None),
            Child::Direct(form) => (catalog.raw(), Some(form)),
            Child::Indirect(object) => (object.raw(), object.dictionary()),
        };
        let mut changes: Vec<(&[u8], _)> = vec![];
        let flags = match form {
            Some(form) => self.view.find(form, b"SigFlags")?.as_integer(),
            None => None,
        };
        // SignaturesExist and AppendOnly (table 225). Verifiers ask why they change after a seal, whoever forgot them.
        if flags != Some(3) && !is_sealed {
            changes.push((b"SigFlags", Some(Body::from(b"3"))));
        }
        // `/NeedAppearances` stays as it is: without it the fields of some files are not shown at all.
        if let Some(field) = field {
            let fields = match form {
                Some(form) => self.extend_array(raw, form, b"Fields", &[field])?,
                None => Some(Body::from(&format!("[{field}]"))),
            };
            if fields.is_some() {
                changes.push((b"Fields", fields));
            }
        }
        if changes.is_empty() {
            return Ok(());
        }
        self.change_in_catalog(b"AcroForm", changes)
    }
}
