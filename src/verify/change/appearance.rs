//! How an annotation looks (ISO 32000-2, 12.5.5): streams that may be replaced, and written over where nothing else draws them.

use super::catalog::{pairs, place_changed};
use super::place::{Pair, Place};
use super::same::same;
use super::step::Step;
use crate::pdf::{Object, PdfError};

/// Judges `/AP`; says whether anything of it changed. At which level, is for the caller to say.
pub(super) fn judge(step: &mut Step<'_, '_, '_, '_>, place: Place, pair: Pair<'_>) -> Result<bool, PdfError> {
    states(step, place, pair, 0)
}

/// `/AP`, and below it normal, rollover and down appearance, which are streams or dictionaries of them by state (table 170).
fn states(
    step: &mut Step<'_, '_, '_, '_>,
    place: Place,
    pair: Pair<'_>,
    depth: usize,
) -> Result<bool, PdfError> {
    let mut changed = place_changed(step, pair);
    if let (0, true, Some(Object::Reference(id))) = (depth, changed, pair.old)
        && pair.new.and_then(Object::as_reference) != Some(*id)
    {
        // What the widget no longer looks like must have been the look of nothing else.
        step.own_alone(&place, id.number);
    }
    let (before, after, place) = step.enter(place, pair)?;
    let differs = !same(&step.old, &before, &step.new, &after);
    changed |= differs;
    match (&*before, &*after) {
        (_, Object::Null) => {}
        (_, Object::Stream(_)) if depth > 0 => {}
        (_, Object::Dictionary(is)) if depth < 2 => {
            let was = match &*before {
                Object::Dictionary(was) => Some(was),
                _ => None,
            };
            for (key, pair) in pairs(was, Some(is)) {
                changed |= states(step, place.key(key), pair, depth.saturating_add(1))?;
            }
        }
        _ if differs => {
            step.refuse(&place, "is no appearance");
            return Ok(true);
        }
        _ => {}
    }
    if differs {
        step.accept(&place);
    }
    Ok(changed)
}
