//! One revision against the one before it: what it touches, what the rules explained of that, and what is left.
//!
//! A rule walks from a known place (the trailer, the catalog, a page, a field) into both revisions at once and explains the
//! objects it passes. An object that existed before counts as explained only if it is used nowhere but on that way: an array
//! that is `/Annots` of a page and `/Contents` of another is not changed harmlessly by one more entry.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::super::facts::Modification;
use super::super::finding::Code;
use super::place::{Pair, Place, Use};
use super::same::same;
use super::shared::Shared;
use crate::pdf::references::{Segment, TRAILER};
use crate::pdf::{Indirect, Object, PdfError, Resolved, View};

/// Faults of one revision that are kept; more say nothing new.
const FAULTS: usize = 16;

/// How the revision touches an object.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Touch {
    /// It did not exist before.
    New,
    /// It existed and says something else now.
    Changed,
    /// It existed and is no more.
    Freed,
}

/// What a step came to.
#[derive(Default)]
pub(super) struct Outcome {
    /// The first place that was changed at each level, and how many there are.
    pub(super) levels: BTreeMap<Modification, (Place, usize)>,
    /// Entries that Acrobat writes and no standard foresees: where the first is.
    pub(super) noise: Option<Place>,
    /// An annotation that may lie over what was sealed: where the first is.
    pub(super) seen: Option<Place>,
    /// The fields that changed, for the locks of earlier seals: their fully qualified names.
    pub(super) fields: BTreeSet<String>,
    /// How many changes they are.
    pub(super) filled: usize,
    /// What no rule explains: the code, the object, and what was seen where.
    pub(super) faults: Vec<(Code, Option<u32>, String)>,
}

impl Outcome {
    /// How far the step goes. A revision that changes nothing is an update all the same.
    pub(super) fn level(&self) -> Modification {
        if !self.faults.is_empty() {
            return Modification::Other;
        }
        let most = self.levels.keys().next_back().copied();
        most.unwrap_or(Modification::LtaUpdate)
    }
}

/// One revision and the one before it.
pub(super) struct Step<'p, 's, 'd, 'a> {
    pub(super) shared: &'p mut Shared<'s, 'd, 'a>,
    pub(super) old: View<'d, 'a>,
    pub(super) new: View<'d, 'a>,
    /// A seal before this step certifies the document.
    pub(super) certified: bool,
    pub(super) touched: BTreeMap<u32, Touch>,
    explained: BTreeSet<u32>,
    /// Where objects may be used, and nowhere else.
    only: BTreeMap<u32, BTreeSet<Use>>,
    /// The keys under which objects may be used, whoever holds them.
    roles: BTreeMap<u32, &'static [&'static [u8]]>,
    pub(super) outcome: Outcome,
}

impl<'p, 's, 'd, 'a> Step<'p, 's, 'd, 'a> {
    /// The step from the one revision to the other.
    pub(super) fn new(
        shared: &'p mut Shared<'s, 'd, 'a>,
        (old, new): (View<'d, 'a>, View<'d, 'a>),
        certified: bool,
    ) -> Self {
        let mut step = Self {
            shared,
            old,
            new,
            certified,
            touched: BTreeMap::new(),
            explained: BTreeSet::new(),
            only: BTreeMap::new(),
            roles: BTreeMap::new(),
            outcome: Outcome::default(),
        };
        step.touch();
        step
    }

    fn touch(&mut self) {
        let Some(revision) = self.new.revision() else {
            return;
        };
        for (number, entry) in &revision.entries {
            // The head of the list of free numbers is no object (7.5.4).
            if number == 0 {
                continue;
            }
            // A section that repeats what was said before (a full table) touches nothing.
            if self.old.locate(number).is_some_and(|(_, before)| before == entry) {
                continue;
            }
            let (old, new) = match (self.old.numbered(number), self.new.numbered(number)) {
                (Ok(old), Ok(new)) => (old, new),
                (_, Err(error)) => {
                    self.fault(number, format!("cannot be read: {error}"));
                    continue;
                }
                // What could not be read before and can be now was hidden from those who sealed.
                (Err(error), _) => {
                    self.fault(number, format!("could not be read before: {error}"));
                    continue;
                }
            };
            let touch = match (old, new) {
                (None, None) => continue,
                (None, Some(_)) => Touch::New,
                (Some(_), None) => Touch::Freed,
                // The same object once more shows the same, wherever it is used.
                (Some(old), Some(new))
                    if old.id == new.id && same(&self.old, &old.object, &self.new, &new.object) =>
                {
                    continue;
                }
                (Some(_), Some(_)) => Touch::Changed,
            };
            // The objects in an object stream change with it, though no entry of theirs says so.
            if self
                .shared
                .containers
                .get(&number)
                .is_some_and(|first| *first < self.new.index())
            {
                self.fault(number, "earlier revisions have objects in it".to_owned());
                continue;
            }
            self.touched.insert(number, touch);
        }
    }

    /// Whether object `number` existed before and says something else now.
    pub(super) fn is_changed(&self, number: u32) -> bool {
        self.touched.get(&number) == Some(&Touch::Changed)
    }

    /// Whether `object` is a reference to an object that did not exist before.
    pub(super) fn is_new(&self, object: &Object) -> bool {
        let number = object.as_reference().map(|id| id.number);
        number.is_some_and(|number| self.touched.get(&number) == Some(&Touch::New))
    }

    /// The objects that existed before, say something else now, and are not explained yet.
    pub(super) fn unexplained(&self) -> Vec<u32> {
        let changed = self.touched.iter().filter(|(_, touch)| **touch == Touch::Changed);
        changed
            .map(|(number, _)| *number)
            .filter(|number| !self.explained.contains(number))
            .collect()
    }

    /// Follows both values at `place` to what they lead to. An absent value is null.
    pub(super) fn enter<'o>(
        &self,
        mut place: Place,
        pair: Pair<'o>,
    ) -> Result<(Resolved<'o, 'a>, Resolved<'o, 'a>, Place), PdfError> {
        let Pair { old, new } = pair;
        let before = old.map_or(Ok(Resolved::Absent), |old| self.old.resolve(old))?;
        let after = new.map_or(Ok(Resolved::Absent), |new| self.new.resolve(new))?;
        let number = |resolved: &Resolved<'_, '_>| resolved.indirect().map(|indirect| indirect.id.number);
        let stated = |object: Option<&Object>| object.and_then(Object::as_reference).map(|id| id.number);
        // A reference to a reference is a way that is not accounted for.
        let one = [number(&after), stated(old), stated(new)];
        if let Some(own) = number(&before).filter(|own| one == [Some(*own); 3]) {
            let keys = String::new();
            let at = core::mem::replace(&mut place.at, Use { holder: own, keys });
            place.through.push((own, at));
            place.own = Some(own);
        } else {
            place.own = None;
        }
        Ok((before, after, place))
    }

    /// Explains the object that stands at `place`, if one does: it may change, as far as it is used here alone.
    pub(super) fn accept(&mut self, place: &Place) {
        let Some(own) = place.own.filter(|own| self.is_changed(*own)) else {
            return;
        };
        self.explained.insert(own);
        for (number, at) in &place.through {
            self.only.entry(*number).or_default().insert(at.clone());
        }
    }

    /// Object `number`, whether it changed or not, must be used at `place` and nowhere else.
    pub(super) fn own_alone(&mut self, place: &Place, number: u32) {
        self.only.entry(number).or_default().insert(place.at.clone());
    }

    /// Explains object `number`, which may be used under `keys` by whoever likes.
    pub(super) fn accept_role(&mut self, number: u32, keys: &'static [&'static [u8]]) {
        if self.is_changed(number) {
            self.explained.insert(number);
            self.roles.insert(number, keys);
        }
    }

    /// Explains object `number`, whose change means nothing in any other use.
    pub(super) fn accept_anywhere(&mut self, number: u32) {
        self.explained.insert(number);
    }

    /// Explains the revision's own cross-reference streams, where one takes the number of an older one: nothing refers to them
    /// but the chain of sections, and that goes by offset (7.5.8).
    pub(super) fn own_streams(&mut self) {
        for id in self
            .new
            .revision()
            .map(|revision| revision.streams.clone())
            .unwrap_or_default()
        {
            let was = self.old.numbered(id.number).ok().flatten();
            let was = was.and_then(|was| {
                was.object
                    .as_stream()
                    .map(|s| s.dictionary.is_name(b"Type", b"XRef"))
            });
            if was == Some(true) && self.is_changed(id.number) {
                self.explained.insert(id.number);
                self.only.entry(id.number).or_default();
            }
        }
    }

    /// Something at `place` changed that is allowed at `level`.
    pub(super) fn permit(&mut self, level: Modification, place: &Place) {
        if let Some((_, count)) = self.outcome.levels.get_mut(&level) {
            *count = count.saturating_add(1);
            return;
        }
        self.outcome.levels.insert(level, (place.clone(), 1));
    }

    /// Something at `place` changed that Acrobat changes when it saves, and that is not shown on any page.
    pub(super) fn permit_noise(&mut self, place: &Place) {
        if self.outcome.noise.is_none() {
            self.outcome.noise = Some(place.clone());
        }
    }

    /// An annotation at `place` came, changed or went that may lie over the page: P = 3 permits it, but what is under it no
    /// longer shows as it was sealed, so no policy accepts it.
    pub(super) fn permit_seen(&mut self, place: &Place) {
        self.permit(Modification::Annotate, place);
        if self.outcome.seen.is_none() {
            self.outcome.seen = Some(place.clone());
        }
    }

    /// The field `name` changed at `place`. At the lowest level it is not filled, and no lock minds.
    pub(super) fn permit_field(&mut self, level: Modification, name: &str, place: &Place) {
        self.permit(level, place);
        if level > Modification::LtaUpdate {
            self.outcome.filled = self.outcome.filled.saturating_add(1);
            self.outcome.fields.insert(name.to_owned());
        }
    }

    /// Nothing explains what happened at `place`.
    pub(super) fn refuse(&mut self, place: &Place, why: &str) {
        self.refuse_as(Code::ChangeUnexplained, place, why);
    }

    pub(super) fn refuse_as(&mut self, code: Code, place: &Place, why: &str) {
        let path = self.shared.describe(self.new.index(), place);
        let number = (place.at.holder != TRAILER).then_some(place.at.holder);
        self.push(code, number, format!("{path}: {why}"));
    }

    /// A rule could not be carried out.
    pub(super) fn failed(&mut self, place: &Place, error: PdfError) {
        self.refuse(place, &format!("cannot be read: {error}"));
    }

    fn fault(&mut self, number: u32, why: String) {
        let path = self.shared.path_of(self.new.index(), number);
        self.push(Code::ChangeUnexplained, Some(number), format!("{path}: {why}"));
    }

    fn push(&mut self, code: Code, number: Option<u32>, evidence: String) {
        let fault = (code, number, evidence);
        if self.outcome.faults.len() < FAULTS && !self.outcome.faults.contains(&fault) {
            self.outcome.faults.push(fault);
        }
    }

    /// What no rule has explained is a fault; so is what was explained in one use and has another.
    pub(super) fn finish(mut self) -> Outcome {
        if !self.shared.references.is_complete() {
            let place = Place::trailer();
            self.refuse(&place, "the file holds too many references to tell who uses what");
            return self.outcome;
        }
        for number in self.unexplained() {
            self.fault(number, "changed, and nothing permits that".to_owned());
        }
        if let Err(error) = self.settle() {
            self.failed(&Place::trailer(), error);
        }
        self.outcome
    }

    fn settle(&mut self) -> Result<(), PdfError> {
        let mut wrong: Vec<(u32, u32, &'static str)> = vec![];
        // An array has no keys: what it is used for says who holds it.
        let mut lists: Vec<(u32, u32, &'static [&'static [u8]])> = vec![];
        let of = |touch: Touch| {
            self.touched
                .iter()
                .filter(move |(_, t)| **t == touch)
                .map(|(n, _)| *n)
        };
        let new: BTreeSet<u32> = of(Touch::New).collect();
        let mut targets = new.clone();
        targets.extend(self.only.keys());
        targets.extend(self.roles.keys());
        let (only, roles) = (&self.only, &self.roles);
        let mut judge = |target: u32, holder: u32, path: &[Segment<'_>]| {
            let keys = keys_of(path);
            if new.contains(&target) {
                wrong.push((
                    target,
                    holder,
                    "older content refers to it, and it is defined only now",
                ));
            } else if let Some(only) = only.get(&target) {
                if !only.contains(&Use { holder, keys }) {
                    wrong.push((target, holder, "changed or replaced, and used elsewhere as well"));
                }
            } else if let Some(roles) = roles.get(&target) {
                match path.iter().rev().find_map(key_of) {
                    None => lists.push((target, holder, roles)),
                    Some(key) if roles.contains(&key) => {}
                    Some(_) => wrong.push((target, holder, "changed, and used for something else as well")),
                }
            }
        };
        self.old.uses(
            self.shared.references,
            &targets,
            &mut self.shared.budget,
            &mut judge,
        )?;
        let holders: BTreeSet<u32> = lists.iter().map(|(_, holder, _)| *holder).collect();
        let mut above: BTreeMap<u32, Vec<Vec<u8>>> = BTreeMap::new();
        let mut note = |list: u32, _: u32, path: &[Segment<'_>]| {
            let key = path.iter().rev().find_map(key_of).unwrap_or_default().to_vec();
            let known = above.entry(list).or_default();
            if !known.contains(&key) {
                known.push(key);
            }
        };
        if !holders.is_empty() {
            self.old.uses(
                self.shared.references,
                &holders,
                &mut self.shared.budget,
                &mut note,
            )?;
        }
        for (target, holder, roles) in lists {
            let keys = above.get(&holder).map(Vec::as_slice).unwrap_or_default();
            if keys.iter().any(|key| !roles.contains(&key.as_slice())) {
                wrong.push((target, holder, "changed, and used for something else as well"));
            }
        }
        let freed: BTreeSet<u32> = of(Touch::Freed).collect();
        let mut judge = |target: u32, holder: u32, _: &[Segment<'_>]| {
            wrong.push((target, holder, "removed, and still referred to"));
        };
        if !freed.is_empty() {
            self.new.uses(
                self.shared.references,
                &freed,
                &mut self.shared.budget,
                &mut judge,
            )?;
        }
        wrong.sort_unstable();
        wrong.dedup();
        for (target, holder, why) in wrong {
            // Who is reached from nowhere, in no revision, uses nothing.
            if self.shared.reach().contains(holder) {
                let path = self.shared.path_of(self.new.index(), target);
                let by = self.shared.path_of(self.new.index(), holder);
                self.push(
                    Code::ChangeUnexplained,
                    Some(target),
                    format!("{path}: {why}, by {by}"),
                );
            }
            if self.outcome.faults.len() >= FAULTS {
                break;
            }
        }
        Ok(())
    }

    /// The object `number` as it was and as it is.
    pub(super) fn both(&self, number: u32) -> Result<Option<Both<'a>>, PdfError> {
        Ok(self.old.numbered(number)?.zip(self.new.numbered(number)?))
    }
}

/// An object as it was and as it is.
pub(super) type Both<'a> = (Arc<Indirect<'a>>, Arc<Indirect<'a>>);

fn key_of<'o>(segment: &Segment<'o>) -> Option<&'o [u8]> {
    match segment {
        Segment::Key(key) => Some(*key),
        Segment::Index(_) => None,
    }
}

fn keys_of(path: &[Segment<'_>]) -> String {
    let keys: Vec<_> = path
        .iter()
        .filter_map(key_of)
        .map(String::from_utf8_lossy)
        .collect();
    keys.join("/")
}
