//! Optional content: what is seen of it by default, on screen and on paper (ISO 32000-2, 8.11).

use std::collections::BTreeSet;

use super::{FactKind, LayerState, Looker, Medium};
use crate::pdf::form::FormBudget;
use crate::pdf::{Dictionary, Object, PdfError, Ref, View};

/// Levels of a visibility expression (8.11.2.2) that are followed.
const DEEPEST: usize = 16;

/// The default configuration (8.11.4.3).
#[derive(Default)]
pub(super) struct Layers {
    base_off: bool,
    on: BTreeSet<u32>,
    off: BTreeSet<u32>,
    locked: BTreeSet<u32>,
    /// The groups whose state follows their usage on screen, in print, or as the reader has it.
    screen: BTreeSet<u32>,
    paper: BTreeSet<u32>,
    reader: BTreeSet<u32>,
    /// The groups and membership dictionaries of which a fact was told.
    told: BTreeSet<(u32, LayerState)>,
}

impl Layers {
    pub(super) fn read(view: &View<'_, '_>, budget: &mut FormBudget) -> Result<Self, PdfError> {
        let catalog = view.catalog()?;
        let mut layers = Self::default();
        let part = |holder: Option<&Dictionary>, key: &[u8]| match holder {
            // A fault here would be found again by whoever looks at the file's structure.
            Some(holder) => view
                .find(holder, key)
                .ok()
                .and_then(|found| found.as_dictionary().cloned()),
            None => None,
        };
        let properties = part(catalog.dictionary(), b"OCProperties");
        let Some(default) = part(properties.as_ref(), b"D") else {
            return Ok(layers);
        };
        layers.base_off = default.is_name(b"BaseState", b"OFF");
        let mut numbers = |holder: &Dictionary, key: &[u8]| {
            let list = view.find(holder, key).ok();
            let list = list.as_ref().and_then(|list| list.as_array()).unwrap_or_default();
            let paid = budget.pay(list.len());
            let ids = list.iter().filter(|_| paid).filter_map(Object::as_reference);
            ids.map(|id| id.number).collect::<BTreeSet<u32>>()
        };
        layers.on = numbers(&default, b"ON");
        layers.off = numbers(&default, b"OFF");
        layers.locked = numbers(&default, b"Locked");
        let Ok(events) = view.find(&default, b"AS") else {
            return Ok(layers);
        };
        for event in events.as_array().unwrap_or_default().iter().take(64) {
            let Ok(event) = view.resolve(event) else { continue };
            let Some(event) = event.as_dictionary() else {
                continue;
            };
            let groups = numbers(event, b"OCGs");
            let categories = view.find(event, b"Category").ok();
            let categories = categories
                .as_ref()
                .and_then(|list| list.as_array())
                .unwrap_or_default();
            let has = |category: &[u8]| categories.iter().any(|name| name.as_name() == Some(category));
            match event.find(b"Event").and_then(Object::as_name) {
                Some(b"View") if has(b"View") => layers.screen.extend(&groups),
                Some(b"Print") if has(b"Print") => layers.paper.extend(&groups),
                _ => {}
            }
            if has(b"Zoom") || has(b"Language") || has(b"User") {
                layers.reader.extend(&groups);
            }
        }
        Ok(layers)
    }
}

impl Looker<'_, '_, '_> {
    /// The property lists of resources (14.6.2), of which some are layers.
    pub(super) fn properties(
        &mut self,
        id: Ref,
        value: &Object,
        page: Option<usize>,
    ) -> Result<(), PdfError> {
        let view = self.view;
        if value.as_reference().is_some_and(|id| !self.lists.insert(id)) {
            return Ok(());
        }
        let Some(lists) = self.tolerate(view.resolve(value))? else {
            return Ok(());
        };
        let entries = lists.as_dictionary().map_or(&[][..], Dictionary::entries);
        if !self.pay(entries.len()) {
            return Ok(());
        }
        for entry in entries {
            if matches!(entry.value, Object::Reference(_)) {
                self.layer(id, &entry.value, page)?;
            }
        }
        Ok(())
    }

    /// `/OC`, or a property list: a group or a membership dictionary.
    pub(super) fn layer(&mut self, id: Ref, value: &Object, page: Option<usize>) -> Result<(), PdfError> {
        let screen = self.visible(value, Medium::Screen, DEEPEST)?;
        let paper = self.visible(value, Medium::Paper, DEEPEST)?;
        let (Some(screen), Some(paper)) = (screen, paper) else {
            return Ok(());
        };
        let state = match (screen, paper) {
            (true, true) => LayerState::On,
            (false, false) => LayerState::Off,
            (true, false) => LayerState::Only(Medium::Screen),
            (false, true) => LayerState::Only(Medium::Paper),
        };
        let own = value.as_reference();
        let by_reader = own.is_some_and(|id| self.layers.reader.contains(&id.number));
        let state = if by_reader { LayerState::Reader } else { state };
        let number = own.map_or(id.number, |id| id.number);
        let locked = self.layers.locked.contains(&number);
        if locked && state == LayerState::On || !self.layers.told.insert((number, state)) {
            return Ok(());
        }
        self.note(FactKind::Layer(state), own.or(Some(id)), page, "");
        Ok(())
    }

    /// Whether content of the group or membership dictionary is seen by default; `None` if it is neither.
    fn visible(&mut self, value: &Object, medium: Medium, deep: usize) -> Result<Option<bool>, PdfError> {
        let view = self.view;
        let Some(found) = self.tolerate(view.resolve(value))? else {
            return Ok(None);
        };
        let Some(dictionary) = found.as_dictionary() else {
            return Ok(None);
        };
        if dictionary.is_name(b"Type", b"OCG") {
            let group = value.as_reference();
            return group.map_or(Ok(None), |group| self.is_on(group, dictionary, medium).map(Some));
        }
        if !dictionary.is_name(b"Type", b"OCMD") {
            return Ok(None);
        }
        let Some(expression) = self.tolerate(view.find(dictionary, b"VE"))? else {
            return Ok(None);
        };
        if expression.as_array().is_some() {
            return self.expression(&expression, medium, deep).map(Some);
        }
        let Some(groups) = dictionary.find(b"OCGs") else {
            return Ok(Some(true));
        };
        let Some(list) = self.tolerate(view.resolve(groups))? else {
            return Ok(None);
        };
        let items = match &*list {
            Object::Array(items) => items,
            _ => core::slice::from_ref(groups),
        };
        if !self.pay(items.len()) {
            return Ok(None);
        }
        let mut states = vec![];
        for item in items {
            let Some(group) = item.as_reference() else {
                continue;
            };
            let Some(Some(found)) = self.tolerate(view.object(group))? else {
                continue;
            };
            if let Some(dictionary) = found.dictionary() {
                states.push(self.is_on(group, dictionary, medium)?);
            }
        }
        // Groups that are null have no say; where none is left, the content is seen (8.11.2.2).
        Ok(Some(
            states.is_empty()
                || match dictionary.find(b"P").and_then(Object::as_name) {
                    Some(b"AllOn") => states.iter().all(|on| *on),
                    Some(b"AnyOff") => states.iter().any(|on| !*on),
                    Some(b"AllOff") => states.iter().all(|on| !*on),
                    _ => states.iter().any(|on| *on),
                },
        ))
    }

    /// A visibility expression: an operator and its operands. What is too deep is not seen, which is told of in any case.
    fn expression(&mut self, value: &Object, medium: Medium, deep: usize) -> Result<bool, PdfError> {
        let view = self.view;
        let Some(found) = self.tolerate(view.resolve(value))? else {
            return Ok(false);
        };
        let Some(items) = found.as_array() else {
            return Ok(self.visible(value, medium, 0)?.unwrap_or(false));
        };
        let Some(deep) = deep.checked_sub(1) else {
            return Ok(false);
        };
        if !self.pay(items.len()) {
            return Ok(false);
        }
        let operator = items.first().and_then(Object::as_name);
        let mut all = true;
        let mut any = false;
        for item in items.iter().skip(1) {
            let seen = self.expression(item, medium, deep)?;
            all &= seen;
            any |= seen;
        }
        Ok(match operator {
            Some(b"And") => all,
            Some(b"Or") => any,
            _ => !any,
        })
    }

    fn is_on(&mut self, group: Ref, dictionary: &Dictionary, medium: Medium) -> Result<bool, PdfError> {
        let number = group.number;
        let layers = &self.layers;
        let on = if layers.base_off {
            layers.on.contains(&number)
        } else {
            !layers.off.contains(&number)
        };
        let (follows, usage, state) = match medium {
            Medium::Screen => (&layers.screen, b"View".as_slice(), b"ViewState".as_slice()),
            Medium::Paper => (&layers.paper, b"Print".as_slice(), b"PrintState".as_slice()),
        };
        if !follows.contains(&number) {
            return Ok(on);
        }
        let all = self.dictionary(dictionary, b"Usage")?;
        let Some(all) = all.as_ref().and_then(|all| all.as_dictionary()) else {
            return Ok(on);
        };
        let usage = self.dictionary(all, usage)?;
        let Some(usage) = usage.as_ref().and_then(|usage| usage.as_dictionary()) else {
            return Ok(on);
        };
        Ok(match usage.find(state).and_then(Object::as_name) {
            Some(b"ON") => true,
            Some(b"OFF") => false,
            _ => on,
        })
    }
}
