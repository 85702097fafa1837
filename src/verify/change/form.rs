//! The interactive form as a whole (ISO 32000-2, 12.7.3): its dictionary and the tree of its fields.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::super::facts::Modification;
use super::catalog::pairs;
use super::place::{Pair, Place};
use super::same::{same, same_but};
use super::step::Step;
use super::{anchor::Anchors, field};
use crate::pdf::form::{FieldValue, FormBudget};
use crate::pdf::{Dictionary, Indirect, Object, PdfError, View};

/// A node of the field tree in one revision.
pub(super) struct Node<'a> {
    /// The object it is; `None` if it stands directly in the array above it.
    pub(super) object: Option<Arc<Indirect<'a>>>,
    direct: Option<Dictionary>,
    pub(super) above: Option<usize>,
    /// The fully qualified name.
    pub(super) name: String,
    pub(super) is_field: bool,
    /// `/FT`, its own or inherited.
    pub(super) kind: Option<Vec<u8>>,
    /// `/V`, its own or inherited.
    pub(super) value: FieldValue,
}

impl Node<'_> {
    pub(super) fn number(&self) -> Option<u32> {
        self.object.as_ref().map(|object| object.id.number)
    }

    pub(super) fn dictionary(&self) -> Option<&Dictionary> {
        match &self.object {
            Some(object) => object.dictionary(),
            None => self.direct.as_ref(),
        }
    }

    pub(super) fn is_signature(&self) -> bool {
        self.kind.as_deref() == Some(b"Sig")
    }
}

/// The field tree of one revision.
#[derive(Default)]
pub(super) struct Form<'a> {
    pub(super) nodes: Vec<Node<'a>>,
    pub(super) by_number: BTreeMap<u32, usize>,
    /// The walk was cut short, or met a node twice: the tree is not known.
    odd: bool,
}

impl<'a> Form<'a> {
    /// The tree as it is in `view`.
    pub(super) fn read(view: &View<'_, 'a>, budget: &mut FormBudget) -> Result<Self, PdfError> {
        let mut form = Self::default();
        let oddities = view.walk_form(budget, |node| {
            if let Some(object) = node.object {
                form.by_number.insert(object.id.number, node.index);
            }
            form.nodes.push(Node {
                object: node.object.cloned(),
                direct: node.object.is_none().then(|| node.dictionary.clone()),
                above: node.above,
                name: node.name.to_owned(),
                is_field: node.is_field,
                kind: node.kind.map(<[u8]>::to_vec),
                value: node.inherited_value,
            });
        })?;
        form.odd = !oddities.is_empty();
        Ok(form)
    }

    /// The node that object `number` is.
    pub(super) fn node(&self, number: u32) -> Option<&Node<'a>> {
        self.nodes.get(*self.by_number.get(&number)?)
    }

    /// The object number of the node above `node`.
    fn above(&self, node: &Node<'_>) -> Option<u32> {
        self.nodes.get(node.above?)?.number()
    }

    fn direct(&self) -> impl Iterator<Item = &Dictionary> {
        self.nodes.iter().filter_map(|node| node.direct.as_ref())
    }
}

/// Judges `/AcroForm` of the catalog and every field.
pub(super) fn judge<'a>(
    step: &mut Step<'_, '_, '_, 'a>,
    forms: (&Form<'a>, &Form<'a>),
    anchors: &Anchors,
) -> Result<(), PdfError> {
    let (before, after) = (step.old.catalog()?, step.new.catalog()?);
    let key = b"AcroForm";
    let pair = Pair::of(key, before.dictionary(), after.dictionary());
    let place = Place::object(after.id.number).key(key);
    let (before, after, place) = step.enter(place, pair)?;
    // Without a form there is no seal that this step could come after.
    let (Object::Dictionary(was), Object::Dictionary(is)) = (&*before, &*after) else {
        step.refuse(&place, "the form came or went, or is no dictionary");
        return Ok(());
    };
    dictionary(step, &place, was, is)?;
    step.accept(&place);
    tree(step, &place, forms, anchors)
}

/// The entries of the form dictionary (table 224).
fn dictionary(
    step: &mut Step<'_, '_, '_, '_>,
    form: &Place,
    old: &Dictionary,
    new: &Dictionary,
) -> Result<(), PdfError> {
    for (key, pair) in pairs(Some(old), Some(new)) {
        let (was, is, place) = step.enter(form.key(key), pair)?;
        if key == b"DR" {
            // Nested, so that something may be new though all of this is the same.
            resources(step, &place, was.as_dictionary(), is.as_dictionary(), 0)?;
            continue;
        }
        if same(&step.old, &was, &step.new, &is) {
            continue;
        }
        let level = match (key, &*is) {
            // Which fields there are is judged by the tree.
            (b"Fields", Object::Array(_)) => Some(Modification::LtaUpdate),
            // "Signatures exist", "append only": once set, they stay (table 225).
            (b"SigFlags", Object::Integer(flags)) => {
                let before = was.as_integer().unwrap_or(0);
                (before & !flags == 0 && (0..=3).contains(flags)).then_some(Modification::LtaUpdate)
            }
            // How the values of fields are drawn by programs that draw them anew.
            (b"DA", Object::String(_) | Object::Null)
            | (b"NeedAppearances", Object::Boolean(_) | Object::Null)
            | (b"Q", Object::Integer(_) | Object::Null) => Some(Modification::FormFill),
            _ => None,
        };
        match level {
            Some(level) => {
                step.accept(&place);
                step.permit(level, &place);
            }
            None => step.refuse(&place, "changed, and nothing permits that"),
        }
    }
    Ok(())
}

/// `/DR`: resources with which the values of fields are drawn. More may come, by new names: what is there stays, for with it
/// programs draw the fields that are filled.
fn resources(
    step: &mut Step<'_, '_, '_, '_>,
    place: &Place,
    old: Option<&Dictionary>,
    new: Option<&Dictionary>,
    depth: usize,
) -> Result<bool, PdfError> {
    if new.is_none() && old.is_some() {
        step.refuse(place, "the resources of the form are gone");
        return Ok(false);
    }
    let mut grown = false;
    for (key, pair) in pairs(old, new) {
        let (was, is, inner) = step.enter(place.key(key), pair)?;
        match (&*was, &*is) {
            (Object::Null, Object::Null) => {}
            (Object::Null, _) => grown = true,
            // The dictionaries of fonts, colour spaces and so on.
            (Object::Dictionary(was), Object::Dictionary(is)) if depth == 0 => {
                grown |= resources(step, &inner, Some(was), Some(is), 1)?;
            }
            // The same font, which is judged as what it is.
            _ if same(&step.old, &was, &step.new, &is) || inner.stays() => {}
            _ => step.refuse(&inner, "a resource of the form changed"),
        }
    }
    if grown {
        step.accept(place);
        step.permit(Modification::FormFill, place);
    }
    Ok(grown)
}

/// The tree: every field that was there is there still, at its place and with its name; what is new is a signature field.
fn tree<'a>(
    step: &mut Step<'_, '_, '_, 'a>,
    place: &Place,
    (old, new): (&Form<'a>, &Form<'a>),
    anchors: &Anchors,
) -> Result<(), PdfError> {
    if old.odd || new.odd {
        step.refuse(place, "the tree of fields cannot be told for sure");
        return Ok(());
    }
    let (before, after): (Vec<_>, Vec<_>) = (old.direct().collect(), new.direct().collect());
    let kept = before.len() == after.len()
        && before
            .iter()
            .zip(&after)
            .all(|(a, b)| same_but(&step.old, a, &step.new, b, &[]));
    if !kept {
        step.refuse(place, "a field that is no object of its own changed");
    }
    for node in &old.nodes {
        let Some(number) = node.number() else { continue };
        let was = (old.above(node), &node.name, &node.kind);
        let is = new.node(number).map(|now| (new.above(now), &now.name, &now.kind));
        if is != Some(was) {
            step.refuse(&Place::object(number), "a field is gone, moved or renamed");
        }
    }
    let names: BTreeSet<&str> = old.nodes.iter().map(|node| node.name.as_str()).collect();
    for (number, index) in &new.by_number {
        let Some(node) = new
            .nodes
            .get(*index)
            .filter(|_| !old.by_number.contains_key(number))
        else {
            continue;
        };
        field::created(step, node, *number, new, &names)?;
    }
    for number in &anchors.fields {
        if let (Some(was), Some(is)) = (old.node(*number), new.node(*number)) {
            field::changed(step, *number, was, is)?;
        }
    }
    Ok(())
}
