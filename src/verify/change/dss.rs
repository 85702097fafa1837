//! Validation data: the document security store (ISO 32000-2, 12.8.4.3; EN 319 142-1, 5.4.2.2).
//!
//! Certificates, revocation lists and responses are streams that no page shows. They may be added; what is there stays, for a
//! later revision that drops the evidence would make a seal look worse than it is.

use std::collections::BTreeSet;

use super::super::facts::Modification;
use super::super::finding::Code;
use super::catalog::{equal, pairs};
use super::place::{Pair, Place};
use super::same::same;
use super::step::Step;
use crate::pdf::{Object, PdfError, Ref};

/// Judges `/DSS` of the catalog.
pub(super) fn judge(step: &mut Step<'_, '_, '_, '_>, place: Place, pair: Pair<'_>) -> Result<(), PdfError> {
    let (before, after, place) = step.enter(place, pair)?;
    let (was, is) = (before.as_dictionary(), after.as_dictionary());
    match (&*before, &*after) {
        (_, Object::Dictionary(_)) => {}
        (Object::Null, Object::Null) => return Ok(()),
        (Object::Dictionary(_), _) => {
            step.refuse_as(
                Code::ChangePermissionRemoved,
                &place,
                "the validation data were removed",
            );
            return Ok(());
        }
        _ => {
            step.refuse(&place, "is no dictionary");
            return Ok(());
        }
    }
    let mut store = BTreeSet::new();
    for key in [&b"Certs"[..], b"CRLs", b"OCSPs"] {
        if let Some(listed) = is.and_then(|d| d.find(key)) {
            let listed = step.new.resolve(listed)?;
            let items = listed.as_array().unwrap_or_default();
            store.extend(items.iter().filter_map(Object::as_reference));
        }
    }
    for (key, pair) in pairs(was, is) {
        let place = place.key(key);
        match key {
            b"Certs" | b"CRLs" | b"OCSPs" => list(step, place, pair, &BTreeSet::new())?,
            b"VRI" => related(step, place, pair, &store)?,
            b"Type" if pair.new.and_then(Object::as_name) == Some(b"DSS") => {}
            _ if equal(step, pair) => {}
            _ => step.refuse(&place, "is no validation data"),
        }
    }
    step.accept(&place);
    Ok(())
}

/// `/VRI`: which of the data belong to which seal, by the digest of its value.
fn related(
    step: &mut Step<'_, '_, '_, '_>,
    place: Place,
    pair: Pair<'_>,
    store: &BTreeSet<Ref>,
) -> Result<(), PdfError> {
    let (before, after, place) = step.enter(place, pair)?;
    let (was, is) = (before.as_dictionary(), after.as_dictionary());
    if !matches!(&*after, Object::Dictionary(_)) {
        if !before.is_null() {
            step.refuse_as(
                Code::ChangePermissionRemoved,
                &place,
                "the validation data were removed",
            );
        } else if !after.is_null() {
            step.refuse(&place, "is no dictionary");
        }
        return Ok(());
    }
    for (key, pair) in pairs(was, is) {
        let inner = place.key(key);
        if key == b"Type" && pair.new.and_then(Object::as_name) == Some(b"VRI") {
            continue;
        }
        // The digest in hexadecimal; programs differ in its length and case.
        if !key.iter().all(u8::is_ascii_hexdigit) || key.len() < 40 {
            if !equal(step, pair) {
                step.refuse(&inner, "is named after no seal");
            }
            continue;
        }
        entry(step, inner, pair, store)?;
    }
    step.accept(&place);
    Ok(())
}

/// The data of one seal (table 262). Programs that renew them name fewer where fewer will do; the store has them still.
fn entry(
    step: &mut Step<'_, '_, '_, '_>,
    place: Place,
    pair: Pair<'_>,
    store: &BTreeSet<Ref>,
) -> Result<(), PdfError> {
    let (before, after, place) = step.enter(place, pair)?;
    let (was, is) = (before.as_dictionary(), after.as_dictionary());
    if !matches!(&*after, Object::Dictionary(_)) {
        step.refuse_as(
            Code::ChangePermissionRemoved,
            &place,
            "the validation data of a seal were removed",
        );
        return Ok(());
    }
    for (key, pair) in pairs(was, is) {
        let place = place.key(key);
        match key {
            b"Cert" | b"CRL" | b"OCSP" => list(step, place, pair, store)?,
            b"Type" if pair.new.and_then(Object::as_name) == Some(b"VRI") => {}
            // When the entry was written.
            b"TU" if matches!(pair.new, None | Some(Object::String(_))) => {}
            b"TS" => {
                let (_, stream, place) = step.enter(place, pair)?;
                if !equal(step, pair) && stream.as_stream().is_none() {
                    step.refuse(&place, "is no stream");
                }
            }
            _ if equal(step, pair) => {}
            _ => step.refuse(&place, "is no validation data"),
        }
    }
    step.accept(&place);
    Ok(())
}

/// A list of streams: each old one is still there or in the `store`, itself or another with the same bytes.
fn list(
    step: &mut Step<'_, '_, '_, '_>,
    place: Place,
    pair: Pair<'_>,
    store: &BTreeSet<Ref>,
) -> Result<(), PdfError> {
    let (before, after, place) = step.enter(place, pair)?;
    if same(&step.old, &before, &step.new, &after) {
        return Ok(());
    }
    let was = before.as_array().unwrap_or_default();
    let is = match &*after {
        Object::Array(items) => &items[..],
        Object::Null => &[],
        _ => {
            step.refuse(&place, "is no list");
            return Ok(());
        }
    };
    let known: BTreeSet<_> = was.iter().filter_map(Object::as_reference).collect();
    let now: BTreeSet<_> = is.iter().filter_map(Object::as_reference).collect();
    let mut added = vec![];
    for (index, item) in is.iter().enumerate() {
        if item.as_reference().is_some_and(|id| known.contains(&id)) {
            continue;
        }
        let value = step.new.resolve(item)?;
        if item.as_reference().is_none() || value.as_stream().is_none() {
            step.refuse(&place.item(index), "is no reference to a stream");
            return Ok(());
        }
        added.push(value);
    }
    // Stores are sometimes written anew with other numbers. Few are, so each that is missing is looked for in turn.
    let missing: Vec<_> = known.difference(&now).filter(|id| !store.contains(id)).collect();
    if !step.shared.budget.pay(missing.len().saturating_mul(added.len())) {
        step.refuse(&place, "is rewritten beyond the limit");
        return Ok(());
    }
    for id in missing {
        let old = step.old.object(*id)?;
        let kept = old.is_none_or(|old| {
            added
                .iter()
                .any(|value| same(&step.old, &old.object, &step.new, value))
        });
        if !kept {
            step.refuse_as(
                Code::ChangePermissionRemoved,
                &place,
                "validation data were removed",
            );
            return Ok(());
        }
    }
    step.accept(&place);
    step.permit(Modification::LtaUpdate, &place);
    Ok(())
}
