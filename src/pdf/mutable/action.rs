//! Actions, and what starts them (ISO 32000-2, 12.6).

use std::collections::BTreeSet;

use super::{Action, FactKind, Looker, Trigger};
use crate::pdf::{Dictionary, Object, PdfError, Ref};

impl Looker<'_, '_, '_> {
    /// `/OpenAction` of the catalog (7.7.2). A destination is no action.
    pub(super) fn open_action(&mut self, id: Ref, catalog: &Dictionary) -> Result<(), PdfError> {
        match catalog.find(b"OpenAction") {
            None => Ok(()),
            Some(action) => self.act(id, action, None, Trigger::ByItself, "/OpenAction"),
        }
    }

    /// `/A` of an annotation or an outline item, `/NA` and `/PA` of a navigation node (12.4.4.2). Structure elements have attributes
    /// at `/A`, which have no `/S` of an action.
    pub(super) fn act_by_hand(
        &mut self,
        id: Ref,
        key: &[u8],
        action: &Object,
        page: Option<usize>,
    ) -> Result<(), PdfError> {
        let path = format!("/{}", key.escape_ascii());
        self.act(id, action, page, Trigger::ByHand, &path)
    }

    /// `/AA` of the catalog, a page, an annotation or a field (12.6.3).
    pub(super) fn act_additionally(
        &mut self,
        id: Ref,
        holder: &Dictionary,
        actions: &Object,
        page: Option<usize>,
    ) -> Result<(), PdfError> {
        let view = self.view;
        let Some(actions) = self.tolerate(view.resolve(actions))? else {
            return Ok(());
        };
        let Some(actions) = actions.as_dictionary() else {
            return Ok(());
        };
        let is_page = self.numbers.contains_key(&id.number) || holder.is_name(b"Type", b"Page");
        if !self.pay(actions.entries().len()) {
            return Ok(());
        }
        for entry in actions.entries() {
            let trigger = match entry.key.as_slice() {
                // `C` is closing for a page and calculating for a field (tables 198 and 199).
                b"C" if is_page => Trigger::ByItself,
                b"K" | b"F" | b"V" | b"C" => Trigger::OnInput,
                b"E" | b"X" | b"D" | b"U" | b"Fo" | b"Bl" => Trigger::ByHand,
                // `O` of a page, `PO`, `PC`, `PV`, `PI` of an annotation, `WC`, `WS`, `DS`, `WP`, `DP` of the document; and
                // whatever else a program may know.
                _ => Trigger::ByItself,
            };
            let key = entry.key.get(..entry.key.len().min(8)).unwrap_or_default();
            let path = format!("/AA/{}", key.escape_ascii());
            self.act(id, &entry.value, page, trigger, &path)?;
        }
        Ok(())
    }

    /// The scripts of the name tree `/JavaScript`, all of which run when the document is opened (12.6.4.17).
    pub(super) fn scripts(&mut self, id: Ref, names: &Dictionary) -> Result<(), PdfError> {
        let view = self.view;
        let mut seen = BTreeSet::new();
        let mut stack: Vec<Object> = names.find(b"JavaScript").cloned().into_iter().collect();
        while let Some(node) = stack.pop() {
            if node.as_reference().is_some_and(|id| !seen.insert(id)) {
                continue;
            }
            let Some(node) = self.tolerate(view.resolve(&node))? else {
                continue;
            };
            let Some(node) = node.as_dictionary() else {
                continue;
            };
            let Some(leaves) = self.tolerate(view.find(node, b"Names"))? else {
                continue;
            };
            let leaves = leaves.as_array().unwrap_or_default();
            let Some(kids) = self.tolerate(view.find(node, b"Kids"))? else {
                continue;
            };
            let kids = kids.as_array().unwrap_or_default();
            if !self.pay(leaves.len().saturating_add(kids.len()).saturating_add(1)) {
                return Ok(());
            }
            for action in leaves.iter().skip(1).step_by(2) {
                self.act(id, action, None, Trigger::ByItself, "/Names/JavaScript")?;
            }
            // A tree has its kids as references; others would only be copied.
            stack.extend(
                kids.iter()
                    .rev()
                    .filter(|kid| kid.as_reference().is_some())
                    .cloned(),
            );
        }
        Ok(())
    }

    /// Takes note of `action` and those that follow it (`/Next`, 12.6.2).
    fn act(
        &mut self,
        id: Ref,
        action: &Object,
        page: Option<usize>,
        trigger: Trigger,
        path: &str,
    ) -> Result<(), PdfError> {
        let view = self.view;
        let mut seen = BTreeSet::new();
        // Actions that stand within actions are as deep as the parser lets them be; the rest is told by reference.
        let mut stack = vec![action.clone()];
        let mut first = true;
        while let Some(action) = stack.pop() {
            if action.as_reference().is_some_and(|id| !seen.insert(id)) {
                continue;
            }
            let Some(action) = self.tolerate(view.resolve(&action))? else {
                continue;
            };
            let Some(action) = action.as_dictionary() else {
                continue;
            };
            if !self.pay(action.entries().len().saturating_add(1)) {
                return Ok(());
            }
            if let Some(kind) = self.kind_of(action)? {
                let path = if first {
                    path.to_owned()
                } else {
                    format!("{path}/Next")
                };
                self.note(FactKind::Action(kind, trigger), Some(id), page, &path);
            }
            first = false;
            let Some(next) = action.find(b"Next") else {
                continue;
            };
            let Some(list) = self.tolerate(view.resolve(next))? else {
                continue;
            };
            match list.as_array() {
                None => stack.push(next.clone()),
                Some(items) => {
                    if !self.pay(items.len()) {
                        return Ok(());
                    }
                    stack.extend(items.iter().rev().cloned());
                }
            }
        }
        Ok(())
    }

    /// What the action does; `None` if it only goes somewhere in the same document, or is no action.
    fn kind_of(&mut self, action: &Dictionary) -> Result<Option<Action>, PdfError> {
        let view = self.view;
        let Some(kind) = self.tolerate(view.find(action, b"S"))? else {
            return Ok(None);
        };
        let Some(kind) = kind.as_name() else {
            return Ok(None);
        };
        Ok(Some(match kind {
            b"GoTo" | b"Named" | b"Trans" => return Ok(None),
            b"GoTo3DView" | b"RichMediaExecute" => Action::Scene,
            b"GoToE" | b"GoToR" | b"GoToDp" => Action::OtherDocument,
            b"Thread" if action.find(b"F").is_none() => return Ok(None),
            b"Thread" => Action::OtherDocument,
            b"Hide" => Action::Hide,
            b"ImportData" => Action::ImportData,
            b"JavaScript" => Action::JavaScript,
            b"Launch" => Action::Launch,
            b"Rendition" if action.find(b"JS").is_some() => Action::JavaScript,
            b"Movie" | b"Rendition" | b"Sound" => Action::Play,
            b"ResetForm" => Action::ResetForm,
            b"SetOCGState" => Action::SetLayers,
            b"SubmitForm" => Action::SubmitForm,
            b"URI" => Action::Uri,
            _ => Action::Unknown,
        }))
    }
}
