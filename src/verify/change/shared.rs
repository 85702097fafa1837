//! What all steps of one file share: who uses what, and how a person would write the way there.

use std::collections::{BTreeMap, BTreeSet};

use super::super::fields::shown;
use super::place::Place;
use crate::pdf::form::FormBudget;
use crate::pdf::references::{Reach, References, Segment};
use crate::pdf::{Document, Entry};

/// What is shared by all steps of one file.
pub(super) struct Shared<'s, 'd, 'a> {
    pub(super) document: &'d Document<'a>,
    pub(super) references: &'s References,
    /// Object streams, and the first revision that has objects in them.
    pub(super) containers: BTreeMap<u32, usize>,
    reach: Option<Reach>,
    pub(super) budget: FormBudget,
}

impl<'s, 'd, 'a> Shared<'s, 'd, 'a> {
    pub(super) fn new(document: &'d Document<'a>, references: &'s References, budget: FormBudget) -> Self {
        let mut containers = BTreeMap::new();
        for (index, revision) in document.revisions().iter().enumerate() {
            for (_, entry) in &revision.entries {
                if let Entry::InStream { container, .. } = entry {
                    containers.entry(container).or_insert(index);
                }
            }
        }
        Self {
            document,
            references,
            containers,
            reach: None,
            budget,
        }
    }

    pub(super) fn reach(&mut self) -> &Reach {
        let references = self.references;
        self.reach.get_or_insert_with(|| references.reach())
    }

    /// How a person would write the way to `place` in revision `index`.
    pub(super) fn describe(&mut self, index: usize, place: &Place) -> String {
        let start = place.anchor.map(|anchor| self.path_of(index, anchor));
        let path = format!("{}{}", start.unwrap_or_default(), place.path);
        if path.is_empty() {
            "trailer".to_owned()
        } else {
            path
        }
    }

    /// A shortest way from the trailer to object `number` in revision `index` or the one before, such as `/Root/Pages/Kids[0]`.
    pub(super) fn path_of(&mut self, index: usize, number: u32) -> String {
        let way = self.reach().way(number);
        let unknown = format!("object {number}");
        if way.is_empty() {
            return unknown;
        }
        let views = [Some(index), index.checked_sub(1)].map(|index| self.document.view(index?));
        let mut path = String::new();
        for pair in way.windows(2) {
            let &[holder, target] = pair else { continue };
            let targets = BTreeSet::from([target]);
            let mut part: Option<String> = None;
            for view in views.iter().flatten() {
                let mut note = |_: u32, _: u32, segments: &[Segment<'_>]| {
                    part.get_or_insert_with(|| written(segments));
                };
                if view
                    .uses_by(holder, &targets, &mut self.budget, &mut note)
                    .is_err()
                {
                    return unknown;
                }
            }
            match part {
                Some(part) => path.push_str(&part),
                None => return unknown,
            }
        }
        path
    }
}

fn written(path: &[Segment<'_>]) -> String {
    let part = |segment: &Segment<'_>| match segment {
        Segment::Key(key) => format!("/{}", shown(key)),
        Segment::Index(index) => format!("[{index}]"),
    };
    path.iter().map(part).collect()
}
