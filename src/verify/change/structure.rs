//! The structure tree (ISO 32000-2, 14.7): what a screen reader reads, and what of it a new field brings along.
//!
//! Nothing of it is shown, but some people hear it instead: what was said about old content stays. A tagged file that gets a
//! signature field needs an element for its widget, and entries that lead there.

use super::super::facts::Modification;
use super::catalog::{equal, pairs};
use super::place::{Pair, Place};
use super::same::same;
use super::step::Step;
use crate::pdf::{Dictionary, Object, PdfError};

/// How deep trees and new elements may nest.
const DEEP: usize = 12;

/// What an element for a new widget may have. No `/ActualText`, which would be read in place of something.
const ELEMENT: &[&[u8]] = &[
    b"A", b"Alt", b"C", b"ID", b"K", b"Lang", b"NS", b"P", b"Pg", b"R", b"S", b"T", b"Type",
];

/// Judges `/StructTreeRoot` of the catalog, but for the elements below it.
pub(super) fn judge(step: &mut Step<'_, '_, '_, '_>, place: Place, pair: Pair<'_>) -> Result<(), PdfError> {
    let (before, after, place) = step.enter(place, pair)?;
    let (Object::Dictionary(was), Object::Dictionary(is)) = (&*before, &*after) else {
        if !same(&step.old, &before, &step.new, &after) {
            step.refuse(&place, "the structure tree came or went");
        }
        return Ok(());
    };
    // Elements refer back to it. What is permitted here means nothing in another use.
    let root = after
        .indirect()
        .map_or_else(|| place.clone(), |root| Place::object(root.id.number));
    for (key, pair) in pairs(Some(was), Some(is)) {
        let inner = root.key(key);
        match key {
            b"ParentTree" => tree(step, inner, b"Nums", pair, 0)?,
            b"IDTree" => tree(step, inner, b"Names", pair, 0)?,
            b"K" => kids(step, inner, pair)?,
            b"ParentTreeNextKey" if matches!(pair.new, Some(Object::Integer(_))) => {}
            _ if equal(step, pair) => {}
            _ => step.refuse(&inner, "changed, and nothing permits that"),
        }
    }
    if !same(&step.old, &before, &step.new, &after) {
        if let Some(root) = place.number() {
            step.accept_anywhere(root);
        }
        step.permit(Modification::LtaUpdate, &place);
    }
    Ok(())
}

/// The element that object `number` is, of which something is touched: it may have got kids for new widgets.
pub(super) fn element(step: &mut Step<'_, '_, '_, '_>, number: u32) -> Result<(), PdfError> {
    let Some((before, after)) = step.both(number)? else {
        return Ok(());
    };
    let place = Place::object(number);
    let (Object::Dictionary(old), Object::Dictionary(new)) = (&before.object, &after.object) else {
        return Ok(());
    };
    for (key, pair) in pairs(Some(old), Some(new)) {
        match key {
            b"K" => kids(step, place.key(key), pair)?,
            _ if equal(step, pair) => {}
            _ => step.refuse(&place.key(key), "changed, and nothing permits that"),
        }
    }
    // Dictionaries in a list `/K` mean something nowhere else.
    step.accept_anywhere(number);
    step.permit(Modification::LtaUpdate, &place);
    Ok(())
}

/// A number tree or name tree (7.9.6, 7.9.7): every entry stays, and new ones lead to new objects.
fn tree(
    step: &mut Step<'_, '_, '_, '_>,
    place: Place,
    leaves: &[u8],
    pair: Pair<'_>,
    depth: usize,
) -> Result<(), PdfError> {
    let (before, after, place) = step.enter(place, pair)?;
    let (was, is) = (before.as_dictionary(), after.as_dictionary());
    let size = [was, is].into_iter().flatten().count();
    if depth > DEEP || !step.shared.budget.pay(size) {
        step.refuse(&place, "the tree is larger than the limit");
        return Ok(());
    }
    if is.is_none() && !before.is_null() {
        step.refuse(&place, "the tree is gone");
        return Ok(());
    }
    for (key, pair) in pairs(was, is) {
        let inner = place.key(key);
        match key {
            b"Kids" => {
                let (before, after, inner) = step.enter(inner, pair)?;
                let (was, is) = (
                    before.as_array().unwrap_or_default(),
                    after.as_array().unwrap_or_default(),
                );
                if !step.shared.budget.pay(was.len().saturating_add(is.len())) || was.len() > is.len() {
                    step.refuse(&inner, "the tree lost a part");
                    return Ok(());
                }
                // What was added stands behind what was there: numbers and names rise.
                for (index, item) in is.iter().enumerate() {
                    tree(
                        step,
                        inner.item(index),
                        leaves,
                        Pair {
                            old: was.get(index),
                            new: Some(item),
                        },
                        depth.saturating_add(1),
                    )?;
                }
                step.accept(&inner);
            }
            b"Limits" => {
                let (_, _, inner) = step.enter(inner, pair)?;
                step.accept(&inner);
            }
            key if key == leaves => entries(step, inner, pair)?,
            _ if equal(step, pair) => {}
            _ => step.refuse(&inner, "is no part of a tree"),
        }
    }
    if !same(&step.old, &before, &step.new, &after) {
        step.accept(&place);
    }
    Ok(())
}

/// The entries of a leaf: name or number, and value, in turn.
fn entries(step: &mut Step<'_, '_, '_, '_>, place: Place, pair: Pair<'_>) -> Result<(), PdfError> {
    let (before, after, place) = step.enter(place, pair)?;
    if same(&step.old, &before, &step.new, &after) {
        return Ok(());
    }
    let (was, is) = (
        before.as_array().unwrap_or_default(),
        after.as_array().unwrap_or_default(),
    );
    let (was, _) = was.as_chunks();
    let (is, half) = is.as_chunks();
    let mut left = was.iter().peekable();
    for [key, value] in is {
        let kept = left.peek().is_some_and(|[old_key, old]| {
            same(&step.old, old_key, &step.new, key) && same(&step.old, old, &step.new, value)
        });
        if kept {
            left.next();
            continue;
        }
        let fresh = match value {
            Object::Array(items) => items.iter().all(|item| step.is_new(item)),
            value => step.is_new(value),
        };
        if !fresh {
            step.refuse(&place, "an entry leads to something that was there before");
            return Ok(());
        }
    }
    if left.peek().is_some() || !half.is_empty() {
        step.refuse(&place, "an entry is gone");
        return Ok(());
    }
    step.accept(&place);
    Ok(())
}

/// `/K`: the kids that were there stay in their order, and new ones are for new widgets.
fn kids(step: &mut Step<'_, '_, '_, '_>, place: Place, pair: Pair<'_>) -> Result<(), PdfError> {
    let (before, after, place) = step.enter(place, pair)?;
    // Only a list is followed, wherever it stands: one kid alone needs none (table 355), and is judged as what it is.
    if !matches!(&*after, Object::Array(_)) && equal(step, pair) {
        return Ok(());
    }
    let list = |object: &Object, reference: Option<&Object>| match object {
        Object::Array(items) => items.to_vec(),
        Object::Null => vec![],
        _ => reference.cloned().into_iter().collect(),
    };
    let (was, is) = (list(&before, pair.old), list(&after, pair.new));
    let mut left = was.iter().peekable();
    for (index, item) in is.iter().enumerate() {
        if left
            .peek()
            .is_some_and(|old| same(&step.old, old, &step.new, item))
        {
            left.next();
        } else if !is_for_widget(step, item, 0)? {
            step.refuse(&place.item(index), "is no element for a new widget");
            return Ok(());
        }
    }
    if left.peek().is_some() {
        step.refuse(&place, "an element is gone");
        return Ok(());
    }
    step.accept(&place);
    Ok(())
}

/// Whether `item` is an object reference to a new object (table 357), or a new element with nothing else below it. Text of the
/// page cannot be among it: that is named by number.
fn is_for_widget(step: &mut Step<'_, '_, '_, '_>, item: &Object, depth: usize) -> Result<bool, PdfError> {
    if depth > DEEP || !step.shared.budget.pay(1) {
        return Ok(false);
    }
    if item.as_reference().is_some() && !step.is_new(item) {
        return Ok(false);
    }
    let value = step.new.resolve(item)?;
    let Object::Dictionary(dictionary) = &*value else {
        return Ok(false);
    };
    if dictionary.is_name(b"Type", b"OBJR") {
        return Ok(dictionary.find(b"Obj").is_some_and(|object| step.is_new(object)));
    }
    if !is_element(dictionary) || dictionary.entries().iter().any(|e| !ELEMENT.contains(&&*e.key)) {
        return Ok(false);
    }
    let below = step.new.find(dictionary, b"K")?;
    let below = match (&*below, dictionary.find(b"K")) {
        (Object::Array(items), _) => items.to_vec(),
        (_, kid) => kid.cloned().into_iter().collect(),
    };
    for kid in &below {
        if !is_for_widget(step, kid, depth.saturating_add(1))? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Whether a dictionary is a structure element (table 355): it has a type and something above it.
pub(super) fn is_element(dictionary: &Dictionary) -> bool {
    let kind = dictionary
        .find(b"Type")
        .is_none_or(|kind| kind.as_name() == Some(b"StructElem"));
    kind && dictionary.find(b"S").is_some_and(|s| s.as_name().is_some()) && dictionary.find(b"P").is_some()
}
