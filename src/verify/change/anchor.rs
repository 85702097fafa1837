//! What the touched objects belong to: pages, fields and annotations, found by going from holder to holder.

use std::collections::{BTreeMap, BTreeSet};

use super::form::Form;
use super::step::Step;
use super::structure::is_element;
use crate::pdf::{Object, PdfError};

/// How many holders a revision may be followed to. An honest one touches a few objects, each used once or twice.
const MANY: usize = 20_000;

/// From an appearance stream over a dictionary of states and one of appearances to the widget.
const FAR: usize = 3;

/// The objects of which something is touched. Being found here permits nothing: what a rule does not explain is left.
#[derive(Default)]
pub(super) struct Anchors {
    pub(super) pages: BTreeSet<u32>,
    /// Fields and widgets.
    pub(super) fields: BTreeSet<u32>,
    /// Annotations other than widgets of fields.
    pub(super) annotations: BTreeSet<u32>,
    /// Elements of the structure tree.
    pub(super) elements: BTreeSet<u32>,
}

impl Anchors {
    /// Those of `step`.
    pub(super) fn find(step: &Step<'_, '_, '_, '_>, form: &Form<'_>) -> Result<Self, PdfError> {
        let mut found = Self::default();
        let mut seen: BTreeMap<u32, usize> = BTreeMap::new();
        let mut next: Vec<(u32, usize)> = step.unexplained().into_iter().map(|number| (number, 0)).collect();
        while let Some((number, far)) = next.pop() {
            if seen.get(&number).is_some_and(|before| *before <= far) || seen.len() >= MANY {
                continue;
            }
            seen.insert(number, far);
            if form.by_number.contains_key(&number) {
                found.fields.insert(number);
                continue;
            }
            let indirect = step.old.numbered(number)?;
            let dictionary = indirect.as_ref().and_then(|i| match &i.object {
                Object::Dictionary(dictionary) => Some(dictionary),
                _ => None,
            });
            if let Some(dictionary) = dictionary {
                if dictionary.is_name(b"Type", b"Page") {
                    found.pages.insert(number);
                    continue;
                }
                if dictionary.find(b"Rect").is_some() && dictionary.find(b"Subtype").is_some() {
                    found.annotations.insert(number);
                    continue;
                }
                if is_element(dictionary) {
                    found.elements.insert(number);
                    continue;
                }
            }
            if far < FAR {
                let room = MANY.saturating_sub(next.len());
                let holders = step.shared.references.holders(number).take(room);
                next.extend(holders.map(|holder| (holder, far.saturating_add(1))));
            }
        }
        Ok(found)
    }
}
