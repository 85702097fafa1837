//! Pages (ISO 32000-2, 7.7.3.3): nothing of what they show may change but the list of what lies on them.

use super::super::facts::Modification;
use super::annotation;
use super::catalog::{equal, pairs};
use super::form::Form;
use super::place::{Pair, Place};
use super::same::same;
use super::step::Step;
use crate::pdf::{Object, PdfError};

/// Judges the page that object `number` is.
pub(super) fn judge(step: &mut Step<'_, '_, '_, '_>, number: u32, form: &Form<'_>) -> Result<(), PdfError> {
    let Some((before, after)) = step.both(number)? else {
        return Ok(());
    };
    let page = Place::object(number);
    let (old, new) = (before.dictionary(), after.dictionary());
    if !matches!(after.object, Object::Dictionary(_)) {
        step.refuse(&page, "is no page any more");
        return Ok(());
    }
    for (key, pair) in pairs(old, new) {
        let place = page.key(key);
        if key == b"Annots" {
            annotations(step, place, pair, form)?;
            continue;
        }
        if equal(step, pair) {
            continue;
        }
        let first = matches!(pair.old, None | Some(Object::Null));
        // In which order one tabs, where the structure tree speaks of the page, when it was saved: none of it is shown.
        let permitted = match (key, pair.new) {
            (b"Tabs", Some(Object::Name(_))) => true,
            (b"StructParents", Some(Object::Integer(_))) => first,
            (b"LastModified", Some(Object::String(_))) => true,
            _ => false,
        };
        if permitted {
            step.permit(Modification::LtaUpdate, &place);
        } else {
            step.refuse(&place, "changed, and nothing permits that");
        }
    }
    // None of these entries means anything where the dictionary is used as something else.
    step.accept_anywhere(number);
    Ok(())
}

/// `/Annots`: what was there stays, in its order, because later ones lie on top; what comes is the widget of a new signature
/// field or an annotation.
fn annotations(
    step: &mut Step<'_, '_, '_, '_>,
    place: Place,
    pair: Pair<'_>,
    form: &Form<'_>,
) -> Result<(), PdfError> {
    let (before, after, place) = step.enter(place, pair)?;
    if same(&step.old, &before, &step.new, &after) {
        return Ok(());
    }
    let (Object::Null | Object::Array(_), Object::Null | Object::Array(_)) = (&*before, &*after) else {
        step.refuse(&place, "is no list");
        return Ok(());
    };
    let was = before.as_array().unwrap_or_default();
    let is = after.as_array().unwrap_or_default();
    // Where an item of the old list is in the new one: the first that is left, since the order stays.
    let mut rest = was.iter().peekable();
    let mut added = vec![];
    for (index, item) in is.iter().enumerate() {
        if rest
            .peek()
            .is_some_and(|old| same(&step.old, old, &step.new, item))
        {
            rest.next();
        } else {
            added.push((index, item));
        }
    }
    if rest.peek().is_some() {
        // Something was taken out: it is looked for, with the rest in order still.
        if !step.shared.budget.pay(was.len().saturating_mul(is.len())) {
            step.refuse(&place, "what lies on the page changed beyond the limit");
            return Ok(());
        }
        let kept = is.iter().filter(|item| was.contains(item));
        let left = was.iter().filter(|item| is.contains(item));
        if !kept.eq(left) {
            step.refuse(&place, "what lies on the page is in another order");
            return Ok(());
        }
        added.retain(|(_, item)| !was.contains(item));
        for (index, item) in was.iter().enumerate().filter(|(_, item)| !is.contains(item)) {
            annotation::removed(step, place.item(index), item)?;
        }
    }
    for (index, item) in added {
        let number = item.as_reference().map(|id| id.number);
        let node = number.and_then(|number| form.node(number));
        match node {
            // Judged with the form: whether it is new, whether it is seen.
            Some(node) if node.is_signature() && step.is_new(item) => {
                step.permit(Modification::LtaUpdate, &place);
            }
            Some(_) => step.refuse(&place.item(index), "a field is put on a page"),
            None => annotation::created(step, place.item(index), item)?,
        }
    }
    step.accept(&place);
    Ok(())
}
