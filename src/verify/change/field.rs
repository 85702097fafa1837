//! One field and its widgets (ISO 32000-2, 12.7.4 and 12.7.5).

use std::collections::BTreeSet;

use super::super::facts::Modification;
use super::appearance;
use super::catalog::pairs;
use super::form::{Form, Node};
use super::place::Place;
use super::same::same;
use super::step::{Step, Touch};
use crate::pdf::form::FieldValue;
use crate::pdf::{Dictionary, Object, PdfError, Rectangle};

/// The keys under which fields and widgets are referred to, none of which draws what it refers to: the form's and the page's
/// lists, the order of calculation, actions, parents and kids, structure.
pub(super) const ROLES: &[&[u8]] = &[
    b"Annots", b"CO", b"Fields", b"IRT", b"Kids", b"Obj", b"Parent", b"Popup", b"T",
];

/// What a new signature field may have. No actions: they run programs.
const NEW: &[&[u8]] = &[
    b"AP",
    b"AS",
    b"BS",
    b"Border",
    b"DA",
    b"DR",
    b"F",
    b"FT",
    b"Ff",
    b"H",
    b"Kids",
    b"Lock",
    b"M",
    b"MK",
    b"NM",
    b"P",
    b"Parent",
    b"Q",
    b"Rect",
    b"SV",
    b"StructParent",
    b"Subtype",
    b"T",
    b"TM",
    b"TU",
    b"Type",
    b"V",
];

/// What changes when a field is signed, besides its value.
const SIGNED: &[&[u8]] = &[b"AS", b"DA", b"F", b"M", b"MK", b"Q"];

/// What changes when a field is filled, besides its appearance.
const FILLED: &[&[u8]] = &[b"AS", b"DA", b"DS", b"F", b"I", b"M", b"MK", b"Q", b"TI"];

/// The flags of table 227: read-only, required, not exported. The others say what a field is: that a text is a password, say.
const FLAGS: i64 = 0b111;

/// Whether a field has a widget that may be seen: some programs show what has an area whatever it says it is.
fn is_seen(step: &Step<'_, '_, '_, '_>, field: &Dictionary) -> Result<bool, PdfError> {
    let is_widget = field.find(b"Rect").is_some() || field.is_name(b"Subtype", b"Widget");
    Ok(is_widget && !is_invisible(step, field)?)
}

/// Whether a widget is never seen: its rectangle has no area, or its flag says hidden (table 167, bit 2).
fn is_invisible(step: &Step<'_, '_, '_, '_>, widget: &Dictionary) -> Result<bool, PdfError> {
    let hidden = step
        .new
        .find(widget, b"F")?
        .as_integer()
        .is_some_and(|flags| flags & 2 != 0);
    let rectangle = step.new.find(widget, b"Rect")?;
    let area = match &*rectangle {
        Object::Array(items) => Rectangle::of(items).map(|r| r.width() > 0.0 && r.height() > 0.0),
        _ => None,
    };
    Ok(hidden || area == Some(false))
}

/// What signs a field.
enum Value {
    None,
    TimeStamp,
    Signature,
}

impl Value {
    /// How far a field goes that gets it.
    fn level(&self, seen: bool) -> Modification {
        match (seen, self) {
            (false, Self::None | Self::TimeStamp) => Modification::LtaUpdate,
            (true, _) | (false, Self::Signature) => Modification::FormFill,
        }
    }
}

/// A field that was not there before.
pub(super) fn created(
    step: &mut Step<'_, '_, '_, '_>,
    node: &Node<'_>,
    number: u32,
    form: &Form<'_>,
    names: &BTreeSet<&str>,
) -> Result<(), PdfError> {
    let place = Place::object(number);
    let Some(dictionary) = node.dictionary() else {
        return Ok(());
    };
    if step.touched.get(&number) != Some(&Touch::New) || !node.is_signature() {
        step.refuse(&place, "a new field that is no new signature field");
        return Ok(());
    }
    // Below a field that was there only if that is a mere name: a widget more would show its value once more.
    let above = node.above.and_then(|above| form.nodes.get(above));
    let hangs_well = above.is_none_or(|above| {
        let is_new = above
            .number()
            .is_some_and(|n| step.touched.get(&n) == Some(&Touch::New));
        is_new || above.kind.is_none() && above.is_field && node.is_field
    });
    if !hangs_well || node.is_field && names.contains(node.name.as_str()) {
        step.refuse(&place, "a new field in the place or with the name of another");
        return Ok(());
    }
    for entry in dictionary.entries() {
        let other_kind = *entry.key == *b"Subtype" && entry.value.as_name() != Some(b"Widget");
        if other_kind || !NEW.contains(&&*entry.key) {
            step.refuse(&place.key(&entry.key), "a new signature field may not have this");
            return Ok(());
        }
    }
    let seen = is_seen(step, dictionary)?;
    let value = signed(step, &place, node.value)?;
    // Without a signature nobody answers for what an empty field paints. After a seal that certifies, what is seen covers what
    // was certified (sneaky signature attack), so it counts as an annotation, which only P = 3 permits.
    let unsigned = !matches!(value, Value::Signature);
    if seen && (step.certified || unsigned && paints(step, dictionary)?) {
        step.permit_seen(&place);
    }
    // ISO 32000-2 has new fields be a change to the form.
    step.permit_field(value.level(seen), &node.name, &place);
    Ok(())
}

/// Whether a new widget shows more than an empty field: PDF 2.0 has every widget have an appearance (table 166), so one that
/// draws nothing is none.
fn paints(step: &Step<'_, '_, '_, '_>, widget: &Dictionary) -> Result<bool, PdfError> {
    if !step.new.find(widget, b"MK")?.is_null() {
        return Ok(true);
    }
    let appearance = step.new.find(widget, b"AP")?;
    let Object::Dictionary(appearance) = &*appearance else {
        return Ok(!appearance.is_null());
    };
    for entry in appearance.entries() {
        match &*step.new.resolve(&entry.value)? {
            Object::Null => {}
            Object::Stream(stream) if stream.data.is_empty() => {}
            _ => return Ok(true),
        }
    }
    Ok(false)
}

/// The value of a field in the new revision, its own or that of the field above: it must be a dictionary made for it, or an old
/// seal would stand for something new.
fn signed(step: &mut Step<'_, '_, '_, '_>, place: &Place, value: FieldValue) -> Result<Value, PdfError> {
    let place = place.key(b"V");
    let value = match value {
        FieldValue::Null => return Ok(Value::None),
        FieldValue::Reference(id) => Object::Reference(id),
        FieldValue::Direct => Object::Null,
    };
    if !step.is_new(&value) {
        step.refuse(&place, "is not a signature of its own");
        return Ok(Value::Signature);
    }
    match &*step.new.resolve(&value)? {
        Object::Dictionary(d)
            if d.is_name(b"Type", b"DocTimeStamp") && d.is_name(b"SubFilter", b"ETSI.RFC3161") =>
        {
            return Ok(Value::TimeStamp);
        }
        Object::Dictionary(_) => {}
        _ => step.refuse(&place, "is no signature dictionary"),
    }
    Ok(Value::Signature)
}

/// A field or widget that was there before, and something of it is touched.
pub(super) fn changed(
    step: &mut Step<'_, '_, '_, '_>,
    number: u32,
    was: &Node<'_>,
    is: &Node<'_>,
) -> Result<(), PdfError> {
    let place = Place::object(number);
    let (Some(old), Some(new)) = (was.dictionary(), is.dictionary()) else {
        return Ok(());
    };
    let stands = was.value != FieldValue::Null;
    let signs = is.is_signature() && !stands && is.value != FieldValue::Null;
    let level = if signs {
        signed(step, &place, is.value)?.level(is_seen(step, new)?)
    } else {
        Modification::FormFill
    };
    let (mut found, mut said) = (false, false);
    for (key, pair) in pairs(Some(old), Some(new)) {
        let at = place.key(key);
        if key == b"AP" && !(is.is_signature() && stands) {
            if appearance::judge(step, at, pair)? {
                (found, said) = (true, true);
                // An empty field that gets another look, and no signature.
                if is.is_signature() && !signs {
                    step.permit_seen(&place);
                }
            }
            continue;
        }
        let (before, after, at) = step.enter(at, pair)?;
        // Another object with the same content, or the same: nothing is said otherwise.
        if same(&step.old, &before, &step.new, &after) {
            continue;
        }
        // The same object, which says something else now: a page, a field above. It is judged as what it is.
        if at.stays()
            && !SIGNED.contains(&key)
            && !FILLED.contains(&key)
            && !matches!(key, b"V" | b"RV" | b"Kids")
        {
            continue;
        }
        let permitted = match key {
            b"Type" => after.as_name() == Some(b"Annot"),
            b"Ff" => {
                let flags = |object: &Object| object.as_integer().unwrap_or(0);
                flags(&before) & !FLAGS == flags(&after) & !FLAGS
                    && (after.is_null() || after.as_integer().is_some())
            }
            // Which kids there are is judged by the tree.
            b"Kids" => matches!(&*after, Object::Array(_)),
            // What was signed stays as it was signed.
            _ if is.is_signature() => signs && changes_with_signing(step, key, &before, &after, new)?,
            // A mere name says nothing of its own.
            _ if is.kind.is_none() => false,
            // A value of its own: not something that says something else elsewhere.
            b"V" | b"RV" => match pair.new {
                Some(value @ Object::Reference(_)) => step.is_new(value) || at.stays(),
                _ => !matches!(&*after, Object::Dictionary(_)),
            },
            _ => FILLED.contains(&key),
        };
        if !permitted {
            step.refuse(&at, "changed, and nothing permits that");
            continue;
        }
        found = true;
        // Whether a field may be changed, and what it is, is not what it says.
        said |= !(matches!(key, b"Type" | b"Kids") || key == b"Ff" && is.is_signature());
        step.accept(&at);
    }
    if found {
        step.accept_role(number, ROLES);
        let level = if said { level } else { Modification::LtaUpdate };
        step.permit_field(level, &is.name, &place);
    }
    Ok(())
}

/// Whether entry `key` may become what it is in `new` when the field is signed.
fn changes_with_signing(
    step: &Step<'_, '_, '_, '_>,
    key: &[u8],
    before: &Object,
    after: &Object,
    new: &Dictionary,
) -> Result<bool, PdfError> {
    Ok(match key {
        // Judged above.
        b"V" => true,
        // Acrobat locks fields with the signature; a lock that is there may not change.
        b"Lock" => before.is_null() && matches!(after, Object::Dictionary(_)),
        // On which page it lies, where that was not said.
        b"P" => before.is_null(),
        // PDFBox takes the area from a field that is signed without being seen.
        b"Rect" => is_invisible(step, new)?,
        key => SIGNED.contains(&key),
    })
}
