//! What the touched objects belong to: pages, fields and annotations, found by going from holder to holder.

use std::collections::BTreeSet;

use super::form::Form;
use super::step::Step;
use super::structure::is_element;
use crate::pdf::{Object, PdfError};

/// How many holders a revision may be followed to at each step. An honest one touches a few objects, each used once or twice.
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
        let mut next: BTreeSet<u32> = step.unexplained().into_iter().take(MANY).collect();
        for _ in 0..=FAR {
            let mut holders = BTreeSet::new();
            for number in next {
                if !found.take(step, form, number)? {
                    let room = MANY.saturating_sub(holders.len());
                    holders.extend(step.shared.references.holders(number).take(room));
                }
            }
            next = holders;
        }
        Ok(found)
    }

    /// Whether object `number` is one of them.
    fn take(&mut self, step: &Step<'_, '_, '_, '_>, form: &Form<'_>, number: u32) -> Result<bool, PdfError> {
        if form.by_number.contains_key(&number) {
            self.fields.insert(number);
            return Ok(true);
        }
        let indirect = step.old.numbered(number)?;
        let Some(Object::Dictionary(dictionary)) = indirect.as_ref().map(|indirect| &indirect.object) else {
            return Ok(false);
        };
        let kind = if dictionary.is_name(b"Type", b"Page") {
            &mut self.pages
        } else if dictionary.find(b"Rect").is_some() && dictionary.find(b"Subtype").is_some() {
            &mut self.annotations
        } else if is_element(dictionary) {
            &mut self.elements
        } else {
            return Ok(false);
        };
        kind.insert(number);
        Ok(true)
    }
}
