//! Annotations other than widgets (ISO 32000-2, 12.5): comments and marks, which P = 3 permits.

use super::super::facts::Modification;
use super::appearance;
use super::catalog::{equal, pairs};
use super::field::ROLES;
use super::place::Place;
use super::step::Step;
use crate::pdf::{Dictionary, Object, PdfError, Rectangle, View};

/// Markup annotations and their windows (12.5.6.2). No links, no media, no redactions, no watermarks: those do something, or hide what
/// was sealed for good.
const MARKUP: &[&[u8]] = &[
    b"Caret",
    b"Circle",
    b"FileAttachment",
    b"FreeText",
    b"Highlight",
    b"Ink",
    b"Line",
    b"PolyLine",
    b"Polygon",
    b"Popup",
    b"Square",
    b"Squiggly",
    b"Stamp",
    b"StrikeOut",
    b"Text",
    b"Underline",
];

/// Comments that leave the page readable: notes, their windows, marks on text. Without an appearance of its own a program draws
/// them in its own way.
const COMMENTS: &[&[u8]] = &[
    b"Caret",
    b"Highlight",
    b"Popup",
    b"Squiggly",
    b"StrikeOut",
    b"Text",
    b"Underline",
];

/// The side of an icon, in points, that a note may bring along: it cannot hide a line of text.
const ICON: f64 = 32.0;

/// What runs a program, or makes an annotation part of something else.
const NEVER: &[&[u8]] = &[b"A", b"AA", b"AF", b"FT", b"Kids", b"OC", b"Subtype"];

fn is_markup(dictionary: &Dictionary) -> bool {
    let kind = dictionary.find(b"Subtype").and_then(Object::as_name);
    kind.is_some_and(|kind| MARKUP.contains(&kind))
}

/// Whether an annotation cannot lie over what was sealed (evil annotation attack): a comment without an appearance of its own,
/// which may paint anything, or a note with a small icon.
fn leaves_page(view: &View<'_, '_>, annotation: &Dictionary) -> Result<bool, PdfError> {
    let kind = annotation.find(b"Subtype").and_then(Object::as_name);
    if !kind.is_some_and(|kind| COMMENTS.contains(&kind)) {
        return Ok(false);
    }
    if view.find(annotation, b"AP")?.is_null() {
        return Ok(true);
    }
    let rectangle = view.find(annotation, b"Rect")?;
    let rectangle = rectangle.as_array().and_then(Rectangle::of);
    Ok(kind == Some(b"Text") && rectangle.is_some_and(|r| r.width() <= ICON && r.height() <= ICON))
}

/// An item of `/Annots` that was not there before.
pub(super) fn created(step: &mut Step<'_, '_, '_, '_>, place: Place, item: &Object) -> Result<(), PdfError> {
    let value = step.new.resolve(item)?;
    let fit = match &*value {
        Object::Dictionary(dictionary) => {
            is_markup(dictionary)
                && NEVER
                    .iter()
                    .all(|key| *key == b"Subtype" || dictionary.find(key).is_none())
        }
        _ => false,
    };
    if fit {
        let leaves = value
            .as_dictionary()
            .map(|annotation| leaves_page(&step.new, annotation));
        permit(step, &place, leaves.transpose()? == Some(true));
    } else {
        step.refuse(
            &place,
            "is put on a page, and is neither a new signature field nor a comment",
        );
    }
    Ok(())
}

/// An item of `/Annots` that is there no more.
pub(super) fn removed(step: &mut Step<'_, '_, '_, '_>, place: Place, item: &Object) -> Result<(), PdfError> {
    let value = step.old.resolve(item)?;
    match &*value {
        // What goes may have been seen as much as what comes.
        Object::Dictionary(annotation) if is_markup(annotation) => {
            let leaves = leaves_page(&step.old, annotation)?;
            permit(step, &place, leaves);
        }
        _ => step.refuse(&place, "is taken from a page, and is no comment"),
    }
    Ok(())
}

/// The annotation that object `number` is, of which something is touched.
pub(super) fn changed(step: &mut Step<'_, '_, '_, '_>, number: u32) -> Result<(), PdfError> {
    let Some((before, after)) = step.both(number)? else {
        return Ok(());
    };
    let place = Place::object(number);
    let (Object::Dictionary(old), Object::Dictionary(new)) = (&before.object, &after.object) else {
        return Ok(());
    };
    if !is_markup(old) {
        return Ok(());
    }
    let mut found = false;
    for (key, pair) in pairs(Some(old), Some(new)) {
        let at = place.key(key);
        if key == b"AP" {
            found |= appearance::judge(step, at, pair)?;
            continue;
        }
        // What it refers to (its page, what it answers) is judged as what it is.
        if equal(step, pair) {
            continue;
        }
        if NEVER.contains(&key) {
            step.refuse(&at, "changed, and nothing permits that");
            continue;
        }
        found = true;
    }
    if found {
        step.accept_role(number, ROLES);
        let leaves = leaves_page(&step.old, old)? && leaves_page(&step.new, new)?;
        permit(step, &place, leaves);
    }
    Ok(())
}

fn permit(step: &mut Step<'_, '_, '_, '_>, place: &Place, leaves_page: bool) {
    if leaves_page {
        step.permit(Modification::Annotate, place);
    } else {
        step.permit_seen(place);
    }
}
