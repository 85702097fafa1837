//! The trailer, the document information and the catalog (ISO 32000-2, 7.5.5, 14.3.3, 7.7.2).

use std::collections::BTreeSet;

use super::super::facts::Modification;
use super::super::finding::Code;
use super::place::{Pair, Place};
use super::same::same;
use super::step::Step;
use super::{dss, structure};
use crate::pdf::{Dictionary, Object, PdfError};

/// Entries of the document information that programs write when they save. None is shown with the page.
const SAVED: [&[u8]; 5] = [b"CreationDate", b"Creator", b"ModDate", b"Producer", b"Trapped"];

/// Each key of two dictionaries, sorted, with what it has in the one and in the other.
pub(super) fn pairs<'o>(
    old: Option<&'o Dictionary>,
    new: Option<&'o Dictionary>,
) -> impl Iterator<Item = (&'o [u8], Pair<'o>)> {
    let both = [old, new].into_iter().flatten();
    let keys: BTreeSet<&[u8]> = both
        .flat_map(Dictionary::entries)
        .map(|entry| &*entry.key)
        .collect();
    keys.into_iter().map(move |key| (key, Pair::of(key, old, new)))
}

/// Judges what hangs on trailer and catalog, but for pages and form. Other trailer entries mean nothing to readers: the section's
/// own, `/ID` (14.4), and private ones.
pub(super) fn judge(step: &mut Step<'_, '_, '_, '_>) -> Result<(), PdfError> {
    info(step)?;
    let (before, after) = (step.old.catalog()?, step.new.catalog()?);
    if before.id != after.id {
        let place = Place::trailer().key(b"Root");
        step.refuse(&place, "the catalog is another object");
        return Ok(());
    }
    let root = Place::object(after.id.number);
    let (old, new) = (before.dictionary(), after.dictionary());
    for (key, pair) in pairs(old, new) {
        let place = root.key(key);
        match key {
            // Judged with the fields.
            b"AcroForm" => {}
            b"DSS" => dss::judge(step, place, pair)?,
            b"Extensions" => extensions(step, place, pair)?,
            b"Lang" | b"PageLayout" | b"PageMode" => look(step, &place, pair),
            b"MarkInfo" => mark_info(step, place, pair)?,
            b"Metadata" => metadata(step, place, pair)?,
            b"Perms" => permissions(step, place, pair)?,
            b"StructTreeRoot" => structure::judge(step, place, pair)?,
            b"Version" => version(step, place, pair)?,
            _ => {
                if !equal(step, pair) {
                    step.refuse(&place, "changed, and nothing permits that");
                }
            }
        }
    }
    // Each key is judged for what it means in a catalog; none of what is permitted means anything in another dictionary.
    step.accept_anywhere(after.id.number);
    Ok(())
}

/// Whether two values say the same, where an absent one is null.
pub(super) fn equal(step: &Step<'_, '_, '_, '_>, pair: Pair<'_>) -> bool {
    const NULL: &Object = &Object::Null;
    same(
        &step.old,
        pair.old.unwrap_or(NULL),
        &step.new,
        pair.new.unwrap_or(NULL),
    )
}

/// The document information: shown by no page. `/Title` may stand in the title bar of a window, so what is more than the trace of
/// saving counts as much as a filled form.
fn info(step: &mut Step<'_, '_, '_, '_>) -> Result<(), PdfError> {
    let key = b"Info";
    let pair = Pair::of(key, Some(step.old.trailer()), Some(step.new.trailer()));
    let (before, after, place) = step.enter(Place::trailer().key(key), pair)?;
    let (old, new) = (before.as_dictionary(), after.as_dictionary());
    if !matches!(&*after, Object::Dictionary(_) | Object::Null) {
        if !same(&step.old, &before, &step.new, &after) {
            step.refuse(&place, "is no dictionary");
        }
        return Ok(());
    }
    let mut found = false;
    for (key, pair) in pairs(old, new) {
        let (was, is, value) = step.enter(place.key(key), pair)?;
        if same(&step.old, &was, &step.new, &is) {
            continue;
        }
        // A text can be nothing but text, whatever else the dictionary is used for.
        if !matches!(
            &*is,
            Object::String(_)
                | Object::Name(_)
                | Object::Boolean(_)
                | Object::Integer(_)
                | Object::Real(_)
                | Object::Null
        ) {
            step.refuse(&value, "is no text");
            continue;
        }
        found = true;
        step.accept(&value);
        let level = if SAVED.contains(&key) {
            Modification::LtaUpdate
        } else {
            Modification::FormFill
        };
        step.permit(level, &value);
    }
    if found {
        step.accept(&place);
    }
    Ok(())
}

/// Entries that Acrobat sets when it saves: in which language a screen reader speaks, how pages are laid side by side, which
/// pane is open. None changes what a page shows.
fn look(step: &mut Step<'_, '_, '_, '_>, place: &Place, pair: Pair<'_>) {
    if equal(step, pair) {
        return;
    }
    match pair.new {
        None | Some(Object::Null | Object::Name(_) | Object::String(_)) => step.permit_noise(place),
        Some(_) => step.refuse(place, "is no name or text"),
    }
}

/// `/Extensions` may only grow by prefixes and base versions (7.12): it says which extensions a file needs, and shows nothing.
fn extensions(step: &mut Step<'_, '_, '_, '_>, place: Place, pair: Pair<'_>) -> Result<(), PdfError> {
    let (before, after, place) = step.enter(place, pair)?;
    if !same(&step.old, &before, &step.new, &after) {
        if !matches!(&*after, Object::Dictionary(_)) {
            step.refuse(&place, "removed, or no dictionary");
            return Ok(());
        }
        step.accept(&place);
        step.permit(Modification::LtaUpdate, &place);
    }
    let (old, new) = (before.as_dictionary(), after.as_dictionary());
    for (key, pair) in pairs(old, new) {
        let (was, is, prefix) = step.enter(place.key(key), pair)?;
        if same(&step.old, &was, &step.new, &is) {
            continue;
        }
        let grown = match (&*was, &*is) {
            // PDF 2.0 has lists of them (table 48).
            (Object::Null, Object::Array(items)) => items.iter().all(is_extension),
            (Object::Array(was), Object::Array(items)) => {
                let kept = |item: &Object| items.iter().any(|other| same(&step.old, item, &step.new, other));
                was.iter().all(kept) && items.iter().all(is_extension)
            }
            (Object::Null | Object::Name(_), value) => is_extension(value),
            // The level of an extension goes up and down with what each program uses of it; it shows nothing either way.
            (Object::Dictionary(was), Object::Dictionary(now)) => {
                let base = |d: &Dictionary| {
                    d.find(b"BaseVersion")
                        .and_then(Object::as_name)
                        .map(<[u8]>::to_vec)
                };
                is_extension(&is) && base(was) <= base(now)
            }
            _ => false,
        };
        if grown {
            step.accept(&prefix);
            step.permit(Modification::LtaUpdate, &prefix);
        } else {
            step.refuse(&prefix, "is no newer extension");
        }
    }
    Ok(())
}

/// A developer extensions dictionary (table 49), or the `/Type` of the dictionary of them.
fn is_extension(object: &Object) -> bool {
    match object {
        Object::Name(name) => **name == *b"Extensions",
        Object::Dictionary(dictionary) => dictionary.entries().iter().all(|entry| match &*entry.key {
            b"Type" => entry.value.as_name() == Some(b"DeveloperExtensions"),
            b"BaseVersion" => matches!(entry.value, Object::Name(_)),
            b"ExtensionLevel" => matches!(entry.value, Object::Integer(_)),
            b"URL" | b"ExtensionRevision" => matches!(entry.value, Object::String(_)),
            _ => false,
        }),
        _ => false,
    }
}

/// `/MarkInfo` says how a file is tagged (14.7.1); truth values, and nothing shows them.
fn mark_info(step: &mut Step<'_, '_, '_, '_>, place: Place, pair: Pair<'_>) -> Result<(), PdfError> {
    let (before, after, place) = step.enter(place, pair)?;
    if same(&step.old, &before, &step.new, &after) {
        return Ok(());
    }
    let flags = after.as_dictionary().map(Dictionary::entries);
    let known = |key: &[u8]| matches!(key, b"Marked" | b"Suspects" | b"UserProperties");
    if flags.is_some_and(|flags| {
        flags
            .iter()
            .all(|e| known(&e.key) && e.value.as_boolean().is_some())
    }) {
        step.accept(&place);
        step.permit(Modification::LtaUpdate, &place);
    } else {
        step.refuse(&place, "holds more than it may");
    }
    Ok(())
}

/// The metadata of the document (14.3.2): a stream that no page shows. What it says is not looked at: whoever reads it, reads
/// the sealed revision's. That the new one *is* one matters, or it could be the form that a page draws.
fn metadata(step: &mut Step<'_, '_, '_, '_>, place: Place, pair: Pair<'_>) -> Result<(), PdfError> {
    let (before, after, place) = step.enter(place, pair)?;
    let own_changed = place_changed(step, pair);
    if !own_changed && same(&step.old, &before, &step.new, &after) {
        return Ok(());
    }
    let is_metadata = |object: &Object| {
        let stream = object.as_stream().map(|stream| &stream.dictionary);
        stream.is_some_and(|d| {
            d.is_name(b"Type", b"Metadata") && d.is_name(b"Subtype", b"XML") && d.find(b"F").is_none()
        })
    };
    if is_metadata(&after) && (before.is_null() || is_metadata(&before)) {
        step.accept(&place);
        step.permit(Modification::LtaUpdate, &place);
    } else {
        step.refuse(&place, "removed, or no metadata stream");
    }
    Ok(())
}

/// Whether the value is another reference, or a reference to an object that this step changed.
pub(super) fn place_changed(step: &Step<'_, '_, '_, '_>, pair: Pair<'_>) -> bool {
    let number = |object: Option<&Object>| object.and_then(Object::as_reference).map(|id| id.number);
    number(pair.old) != number(pair.new) || number(pair.new).is_some_and(|number| step.is_changed(number))
}

/// What the catalog says about permissions may be added by the seal that certifies, and never taken back (12.8.6).
fn permissions(step: &mut Step<'_, '_, '_, '_>, place: Place, pair: Pair<'_>) -> Result<(), PdfError> {
    let (before, after, place) = step.enter(place, pair)?;
    let (old, new) = (before.as_dictionary(), after.as_dictionary());
    let mut found = false;
    for (key, pair) in pairs(old, new) {
        let place = place.key(key);
        match (pair.old, pair.new) {
            _ if equal(step, pair) => {}
            (None | Some(Object::Null), Some(value)) if key == b"DocMDP" && step.is_new(value) => {
                found = true;
                step.permit(Modification::FormFill, &place);
            }
            (None | Some(Object::Null), Some(_)) => step.refuse(&place, "is no new permission"),
            _ => step.refuse_as(Code::ChangePermissionRemoved, &place, "taken back or replaced"),
        }
    }
    if found {
        step.accept(&place);
    }
    Ok(())
}

/// `/Version` may only rise (7.5.2): it tells readers what to expect.
fn version(step: &mut Step<'_, '_, '_, '_>, place: Place, pair: Pair<'_>) -> Result<(), PdfError> {
    let (before, after, place) = step.enter(place, pair)?;
    if same(&step.old, &before, &step.new, &after) {
        return Ok(());
    }
    let number = |object: &Object| match object.as_name() {
        Some([major @ b'1'..=b'2', b'.', minor @ b'0'..=b'9']) => Some((*major, *minor)),
        _ => None,
    };
    if number(&after).is_some() && number(&before) <= number(&after) {
        step.accept(&place);
        step.permit(Modification::LtaUpdate, &place);
    } else {
        step.refuse(&place, "is no higher version");
    }
    Ok(())
}
