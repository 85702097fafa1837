//! The fields of the interactive form (ISO 32000-2, 12.7): the one walk over their tree.
//!
//! The walk has no opinions: what is odd about the tree is told as a fact, and what it means is for the caller to say.

use std::collections::BTreeSet;
use std::rc::Rc;
use std::sync::Arc;

use super::error::PdfError;
use super::indirect::Indirect;
use super::object::{Dictionary, Object, Ref};
use super::text::read_text_string;
use super::view::View;
use crate::limits::Limits;

/// Bytes of a fully qualified name that are kept. ISO 32000-1, annex C, lets a name have 127 bytes, of which few are nested.
pub const NAME_BYTES: usize = 1024;

/// How much walking over forms one file may cause: dictionary entries and array items. One budget may serve many walks, because
/// a thousand revisions may share one long form.
#[derive(Clone, Debug)]
pub struct FormBudget {
    left: usize,
    depth: usize,
    oddities: usize,
}

impl FormBudget {
    /// The budget that `limits` allow: `pdf_objects` values, `depth` levels of fields, `signatures` oddities a walk.
    #[must_use]
    pub fn new(limits: &Limits) -> Self {
        Self {
            left: limits.pdf_objects,
            depth: limits.depth,
            oddities: limits.signatures,
        }
    }

    /// Pays for `count` values; false once there is no more to pay with.
    pub fn pay(&mut self, count: usize) -> bool {
        let left = self.left.checked_sub(count);
        self.left = left.unwrap_or(0);
        left.is_some()
    }
}

/// A field's `/V` as it stands, not followed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum FieldValue {
    /// Absent or null.
    Null,
    /// A reference. What it leads to may be null.
    Reference(Ref),
    /// A value in the field itself.
    Direct,
}

impl FieldValue {
    fn of(object: Option<&Object>) -> Self {
        match object {
            None | Some(Object::Null) => Self::Null,
            Some(Object::Reference(id)) => Self::Reference(*id),
            Some(_) => Self::Direct,
        }
    }
}

/// A node of the field tree: a field, or a widget that stands for the field above it.
#[non_exhaustive]
#[derive(Debug)]
pub struct FieldNode<'n, 'a> {
    /// Which node of this walk it is, from 0, a parent before its kids.
    pub index: usize,
    /// The node above; `None` for those in the form's `/Fields`.
    pub above: Option<usize>,
    /// The object it is; `None` if it stands directly in the array above it, which 12.7.4.1 forbids.
    pub object: Option<&'n Arc<Indirect<'a>>>,
    /// Its dictionary.
    pub dictionary: &'n Dictionary,
    /// The fully qualified name (12.7.4.2), of a widget that of its field. At most [`NAME_BYTES`] bytes.
    pub name: &'n str,
    /// Whether it is a field of its own. A kid without `/T` is a widget, or the same field once more (12.7.4.2).
    pub is_field: bool,
    /// `/FT`, its own or inherited.
    pub kind: Option<&'n [u8]>,
    /// `/Ff`, its own or inherited (12.7.4.1); 0 if not stated.
    pub flags: i64,
    /// `/V` of its own.
    pub value: FieldValue,
    /// `/V`, its own or inherited.
    pub inherited_value: FieldValue,
}

impl FieldNode<'_, '_> {
    /// Whether it is a signature field, or a widget of one (12.7.5.5).
    #[must_use]
    pub fn is_signature(&self) -> bool {
        self.kind == Some(b"Sig")
    }
}

/// What is odd about the tree.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum FormOddityKind {
    /// A node is met a second time, which a tree does not have: it is left out there.
    FieldTwice,
    /// A fully qualified name of more than [`NAME_BYTES`] bytes: it is cut.
    NameTooLong,
    /// Fields nested deeper than the limit: they are left out.
    TooDeep,
    /// More entries than the limit: the walk ended there.
    TooMany,
}

/// Something odd, and the fully qualified name of the field (of the one above it, where it has none).
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct FormOddity {
    /// What.
    pub kind: FormOddityKind,
    /// Where.
    pub name: String,
}

/// What a node hands down to its kids.
#[derive(Debug, Default)]
struct Above {
    index: Option<usize>,
    name: String,
    kind: Option<Rc<[u8]>>,
    flags: i64,
    value: Option<FieldValue>,
}

struct Walk<'b> {
    budget: &'b mut FormBudget,
    oddities: Vec<FormOddity>,
}

impl Walk<'_> {
    fn note(&mut self, kind: FormOddityKind, name: &str) {
        let oddity = FormOddity {
            kind,
            name: name.to_owned(),
        };
        if self.oddities.len() < self.budget.oddities && !self.oddities.contains(&oddity) {
            self.oddities.push(oddity);
        }
    }

    fn pay(&mut self, count: usize) -> bool {
        let paid = self.budget.pay(count);
        if !paid {
            self.note(FormOddityKind::TooMany, "");
        }
        paid
    }
}

impl<'a> View<'_, 'a> {
    /// Visits every node of the form's field tree, a parent before its kids, in the order of the file; says what was odd.
    ///
    /// # Errors
    /// As [`object`](Self::object).
    pub fn walk_form(
        &self,
        budget: &mut FormBudget,
        mut visit: impl FnMut(&FieldNode<'_, 'a>),
    ) -> Result<Vec<FormOddity>, PdfError> {
        let catalog = self.catalog()?;
        let form = match catalog.dictionary() {
            Some(catalog) => self.find(catalog, b"AcroForm")?,
            None => return Ok(vec![]),
        };
        let Some(form) = form.as_dictionary() else {
            return Ok(vec![]);
        };
        let mut walk = Walk {
            budget,
            oddities: vec![],
        };
        let mut seen = BTreeSet::new();
        let mut index = 0_usize;
        // Depth-first with an explicit stack, the next one last.
        let mut stack: Vec<(Object, Rc<Above>, usize)> = vec![];
        if !self.push_kids(form, b"Fields", &Rc::default(), 0, &mut walk, &mut stack)? {
            return Ok(walk.oddities);
        }
        while let Some((object, above, depth)) = stack.pop() {
            if depth > walk.budget.depth {
                walk.note(FormOddityKind::TooDeep, &above.name);
                continue;
            }
            if object.as_reference().is_some_and(|id| !seen.insert(id)) {
                walk.note(FormOddityKind::FieldTwice, &above.name);
                continue;
            }
            let resolved = self.resolve(&object)?;
            let Some(dictionary) = resolved.as_dictionary() else {
                continue;
            };
            if !walk.pay(dictionary.entries().len()) {
                break;
            }
            let own = self.find(dictionary, b"T")?;
            // One long string may be the name of many fields: no more of it is read than is kept.
            let own = own
                .as_string()
                .map(|own| own.bytes.get(..4 * NAME_BYTES).unwrap_or(&own.bytes));
            let own = own.map(read_text_string);
            let is_field = own.is_some() || depth == 0;
            let full_name = match own {
                None => above.name.clone(),
                Some(own) => name(&above.name, &own, &mut walk),
            };
            let kind = match &*self.find(dictionary, b"FT")? {
                Object::Null => above.kind.clone(),
                kind => kind.as_name().map(Rc::from),
            };
            let flags = self.find(dictionary, b"Ff")?.as_integer();
            let value = FieldValue::of(dictionary.find(b"V"));
            let inherited = match value {
                FieldValue::Null => above.value.unwrap_or(FieldValue::Null),
                own => own,
            };
            let hands_down = Above {
                index: Some(index),
                name: full_name,
                kind,
                flags: flags.unwrap_or(above.flags),
                value: Some(inherited),
            };
            visit(&FieldNode {
                index,
                above: above.index,
                object: resolved.indirect(),
                dictionary,
                name: &hands_down.name,
                is_field,
                kind: hands_down.kind.as_deref(),
                flags: hands_down.flags,
                value,
                inherited_value: inherited,
            });
            index = index.saturating_add(1);
            let hands_down = Rc::new(hands_down);
            let depth = depth.saturating_add(1);
            if !self.push_kids(dictionary, b"Kids", &hands_down, depth, &mut walk, &mut stack)? {
                break;
            }
        }
        Ok(walk.oddities)
    }

    /// Puts the items of the array at `key` on the stack, the first on top; false if they cannot be paid for.
    fn push_kids(
        &self,
        dictionary: &Dictionary,
        key: &[u8],
        above: &Rc<Above>,
        depth: usize,
        walk: &mut Walk<'_>,
        stack: &mut Vec<(Object, Rc<Above>, usize)>,
    ) -> Result<bool, PdfError> {
        let kids = self.find(dictionary, key)?;
        let kids = kids.as_array().unwrap_or_default();
        // One array may be the kids of many nodes, so what is copied is paid for.
        for kid in kids {
            if !walk.pay(weight(kid)) {
                return Ok(false);
            }
        }
        stack.extend(
            kids.iter()
                .rev()
                .map(|kid| (kid.clone(), Rc::clone(above), depth)),
        );
        Ok(true)
    }
}

/// How much a copy of `object` is, about: one for each value, and more for long strings and names.
fn weight(object: &Object) -> usize {
    let mut weight = 0_usize;
    let mut stack = vec![object];
    while let Some(object) = stack.pop() {
        let bytes = match object {
            Object::String(string) => string.bytes.len(),
            Object::Name(name) => name.len(),
            Object::Array(items) => {
                stack.extend(items);
                0
            }
            other => {
                let entries = other.as_dictionary().map_or(&[][..], Dictionary::entries);
                stack.extend(entries.iter().map(|entry| &entry.value));
                entries.len()
            }
        };
        weight = weight.saturating_add(1).saturating_add(bytes / 64);
    }
    weight
}

/// The fully qualified name: the one above, a period, its own (12.7.4.2).
fn name(above: &str, own: &str, walk: &mut Walk<'_>) -> String {
    let mut name = String::with_capacity(
        above
            .len()
            .saturating_add(own.len())
            .min(NAME_BYTES)
            .saturating_add(1),
    );
    name.push_str(above);
    if !name.is_empty() {
        name.push('.');
    }
    for c in own.chars() {
        if name.len().saturating_add(c.len_utf8()) > NAME_BYTES {
            walk.note(FormOddityKind::NameTooLong, &name);
            break;
        }
        name.push(c);
    }
    name
}

#[cfg(test)]
mod tests {
    use super::super::builder::Builder;
    use super::*;

    fn walk(objects: &[(u32, &str)], limits: &Limits) -> (Vec<String>, Vec<FormOddity>) {
        let mut file = Builder::new()
            .object(1, "<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields 9 0 R>>>>")
            .object(2, "<</Type/Pages/Kids[]/Count 0>>");
        for (number, body) in objects {
            file = file.object(*number, body);
        }
        let file = file.table("/Size 99/Root 1 0 R");
        let document = file.open();
        let mut seen = vec![];
        let mut budget = FormBudget::new(limits);
        let oddities = document.newest().walk_form(&mut budget, |node| {
            let kind = String::from_utf8_lossy(node.kind.unwrap_or(b"-")).into_owned();
            let field = if node.is_field { "field" } else { "widget" };
            let above = node.above.map_or("-".to_owned(), |above| above.to_string());
            seen.push(format!(
                "{above} {field} {} {kind} {} {:?} {:?}",
                node.name, node.flags, node.value, node.inherited_value
            ));
        });
        (seen, oddities.unwrap())
    }

    fn oddity(kind: FormOddityKind, name: &str) -> FormOddity {
        FormOddity {
            kind,
            name: name.to_owned(),
        }
    }

    #[test]
    fn names_types_flags_and_values_are_handed_down() {
        let (seen, oddities) = walk(
            &[
                (9, "[3 0 R 5 0 R]"),
                (3, "<</T(a)/FT/Sig/Ff 1/V 7 0 R/Kids[4 0 R]>>"),
                (4, "<</T(b)/Kids[<</Subtype/Widget/V null>>]>>"),
                (5, "<</T<FEFF5370>/FT/Tx/V(text)>>"),
            ],
            &Limits::DEFAULT,
        );
        let reference = "Reference(Ref { number: 7, generation: 0 })";
        assert_eq!(
            seen,
            [
                format!("- field a Sig 1 {reference} {reference}"),
                format!("0 field a.b Sig 1 Null {reference}"),
                format!("1 widget a.b Sig 1 Null {reference}"),
                "- field 印 Tx 0 Direct Direct".to_owned(),
            ]
        );
        assert_eq!(oddities, []);
    }

    #[test]
    fn cycles_and_fields_met_twice_are_told_and_left_out() {
        let (seen, oddities) = walk(
            &[
                (9, "[3 0 R 4 0 R 4 0 R]"),
                (3, "<</T(a)/Kids[3 0 R]>>"),
                (4, "<</T(b)>>"),
            ],
            &Limits::DEFAULT,
        );
        assert_eq!(seen.len(), 2);
        let twice = |name| oddity(FormOddityKind::FieldTwice, name);
        assert_eq!(oddities, [twice("a"), twice("")]);
    }

    #[test]
    fn a_tree_deeper_than_the_limit_is_cut_off() {
        let mut limits = Limits::DEFAULT;
        limits.depth = 1;
        let nested = [
            (9, "[3 0 R]"),
            (3, "<</T(a)/Kids[4 0 R]>>"),
            (4, "<</T(b)/Kids[5 0 R]>>"),
            (5, "<</T(c)>>"),
        ];
        let (seen, oddities) = walk(&nested, &limits);
        assert_eq!(
            (seen.len(), oddities),
            (2, vec![oddity(FormOddityKind::TooDeep, "a.b")])
        );
    }

    #[test]
    fn a_name_longer_than_the_limit_is_cut_at_a_character() {
        let long = format!("<</T({})/Kids[<</T<FEFF5370>>>]>>", "x".repeat(NAME_BYTES - 3));
        let (seen, oddities) = walk(&[(9, "[3 0 R]"), (3, &long)], &Limits::DEFAULT);
        let cut = format!("{}.", "x".repeat(NAME_BYTES - 3));
        assert!(seen[1].contains(&format!(" {cut} ")), "{}", seen[1]);
        assert_eq!(oddities, [oddity(FormOddityKind::NameTooLong, &cut)]);
    }

    #[test]
    fn a_budget_ends_the_walk_and_serves_several() {
        let mut limits = Limits::DEFAULT;
        limits.pdf_objects = 4;
        let objects = [(9, "[3 0 R 4 0 R]"), (3, "<</T(a)/FT/Tx>>"), (4, "<</T(b)>>")];
        let (seen, oddities) = walk(&objects, &limits);
        assert_eq!(
            (seen.len(), oddities),
            (1, vec![oddity(FormOddityKind::TooMany, "")])
        );
        let mut budget = FormBudget::new(&limits);
        assert!(budget.pay(4) && !budget.pay(1));
    }
}
