//! Whether a reader's objects are those of the plan, and whether two files hold the same graph of objects.

use std::collections::{BTreeMap, BTreeSet};

use yinxin::pdf::{Dictionary, Object, Ref, View};

use super::file::Plan;
use super::{Body, Item, Names};

/// Keys of a stream that say how it is stored, not what it is.
const STORAGE: [&[u8]; 3] = [b"Length", b"Filter", b"DecodeParms"];

/// Checks that `view` shows the objects of `plan` as they were after revision `last`: types, values and data.
pub fn as_planned(view: View<'_, '_>, plan: &Plan, last: usize) -> Result<(), String> {
    for (at, body) in plan.state(last).into_iter().enumerate() {
        let (number, generation) = plan.names[at];
        let id = Ref::new(number, generation);
        let found = view.object(id).map_err(|error| format!("{id}: {error}"))?;
        let fits = match (&found, body) {
            (None, None) => true,
            (Some(found), Some(body)) => is(view, &found.object, body, &plan.names)?,
            _ => false,
        };
        if !fits {
            return Err(format!("{id} is {found:?}, not {body:?}"));
        }
        // With another generation the number means nothing (7.3.10).
        if view
            .object(Ref::new(number, generation ^ 1))
            .ok()
            .flatten()
            .is_some()
        {
            return Err(format!("{number} exists with another generation"));
        }
    }
    Ok(())
}

fn is(view: View<'_, '_>, object: &Object, body: &Body, names: &Names) -> Result<bool, String> {
    match (object, body) {
        (Object::Stream(stream), Body::Stream { entries, data, .. }) => {
            let mut found = BTreeMap::new();
            for entry in stream.dictionary.entries() {
                if !STORAGE.contains(&entry.key.as_slice()) {
                    found.insert(entry.key.as_slice(), &entry.value);
                }
            }
            let same = found.len() == entries.len()
                && entries.iter().all(|(key, item)| {
                    found
                        .get(key.as_slice())
                        .is_some_and(|value| is_item(value, item, names))
                });
            let decoded = view
                .decode(stream)
                .map_err(|error| format!("{error} in {body:?}"))?;
            Ok(same && decoded == *data)
        }
        (Object::Stream(_), _) => Ok(false),
        (object, Body::Item(item)) => Ok(is_item(object, item, names)),
        _ => Ok(false),
    }
}

fn is_item(object: &Object, item: &Item, names: &Names) -> bool {
    match (object, item) {
        (Object::Null, Item::Null) => true,
        (Object::Boolean(a), Item::Boolean(b)) => a == b,
        (Object::Integer(a), Item::Integer(b)) => a == b,
        (Object::Real(a), Item::Real(b)) => {
            *a.text() == *b.as_bytes() && a.value() == b.parse::<f64>().unwrap()
        }
        (Object::String(a), Item::String(b)) => a.bytes == *b,
        (Object::Name(a), Item::Name(b)) => a == b,
        (Object::Array(a), Item::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| is_item(a, b, names))
        }
        (Object::Dictionary(a), Item::Dictionary(b)) => {
            a.entries().len() == b.len()
                && b.iter()
                    .all(|(key, item)| a.find(key).is_some_and(|value| is_item(value, item, names)))
        }
        (Object::Reference(a), Item::Reference(at)) => (a.number, a.generation) == names[*at],
        (Object::Reference(a), Item::Dangling(number, generation)) => *a == Ref::new(*number, *generation),
        _ => false,
    }
}

/// Two views whose objects are compared from `/Test` of the catalog on, whatever their numbers.
struct Pair<'d, 'a, 'e, 'b> {
    left: View<'d, 'a>,
    right: View<'e, 'b>,
    /// Which object on the left is which on the right, and the other way round.
    there: BTreeMap<Ref, Ref>,
    back: BTreeMap<Ref, Ref>,
    open: Vec<(Ref, Ref)>,
}

/// Checks that both views hold the same graph; says how many indirect objects it has.
pub fn same_graph(left: View<'_, '_>, right: View<'_, '_>) -> Result<usize, String> {
    let mut pair = Pair {
        left,
        right,
        there: BTreeMap::new(),
        back: BTreeMap::new(),
        open: Vec::new(),
    };
    let [a, b] = [left.catalog(), right.catalog()].map(|catalog| catalog.map_err(|error| error.to_string()));
    let (a, b) = (a?, b?);
    let roots = [&a, &b].map(|catalog| catalog.dictionary().and_then(|d| d.find(b"Test")));
    let [Some(a), Some(b)] = roots else {
        return Err("a catalog without /Test".to_owned());
    };
    pair.value(a, b)?;
    while let Some((a, b)) = pair.open.pop() {
        let found = (
            left.object(a).map_err(|e| e.to_string())?,
            right.object(b).map_err(|e| e.to_string())?,
        );
        let (Some(x), Some(y)) = found else {
            return Err(format!("{a} or {b} is not there"));
        };
        pair.value(&x.object, &y.object)
            .map_err(|error| format!("{error} in {a} and {b}"))?;
    }
    Ok(pair.there.len())
}

impl Pair<'_, '_, '_, '_> {
    fn value(&mut self, a: &Object, b: &Object) -> Result<(), String> {
        let differ = || Err(format!("{a:?} is not {b:?}"));
        let [absent_a, absent_b] = [absent(self.left, a), absent(self.right, b)];
        if absent_a || absent_b {
            return if absent_a && absent_b { Ok(()) } else { differ() };
        }
        match (a, b) {
            (Object::Reference(x), Object::Reference(y)) => {
                let known = (self.there.insert(*x, *y), self.back.insert(*y, *x));
                match known {
                    (None, None) => self.open.push((*x, *y)),
                    (Some(before), Some(back)) if before == *y && back == *x => {}
                    _ => return differ(),
                }
                Ok(())
            }
            (Object::Array(x), Object::Array(y)) if x.len() == y.len() => {
                x.iter().zip(y).try_for_each(|(x, y)| self.value(x, y))
            }
            (Object::Dictionary(x), Object::Dictionary(y)) => self.dictionary(x, y, &[]),
            (Object::Stream(x), Object::Stream(y)) => {
                self.dictionary(&x.dictionary, &y.dictionary, &STORAGE)?;
                let data = (self.left.decode(x), self.right.decode(y));
                match data {
                    (Ok(x), Ok(y)) if x == y => Ok(()),
                    data => Err(format!("{data:?} in {a:?} and {b:?}")),
                }
            }
            (Object::Integer(x), Object::Integer(y)) if x == y => Ok(()),
            (Object::Real(x), Object::Real(y)) if x.value() == y.value() => Ok(()),
            (Object::Boolean(x), Object::Boolean(y)) if x == y => Ok(()),
            (Object::String(x), Object::String(y)) if x.bytes == y.bytes => Ok(()),
            (Object::Name(x), Object::Name(y)) if x == y => Ok(()),
            _ => differ(),
        }
    }

    fn dictionary(&mut self, a: &Dictionary, b: &Dictionary, without: &[&[u8]]) -> Result<(), String> {
        let keys = |dictionary: &Dictionary| -> BTreeSet<Vec<u8>> {
            let entries = dictionary.entries().iter();
            entries.map(|entry| entry.key.to_vec()).collect()
        };
        // An entry whose value is null is no entry (7.3.7).
        for key in keys(a)
            .union(&keys(b))
            .filter(|key| !without.contains(&key.as_slice()))
        {
            let [x, y] = [a, b].map(|dictionary| dictionary.find(key).unwrap_or(&Object::Null));
            self.value(x, y)
                .map_err(|error| format!("/{}: {error}", key.escape_ascii()))?;
        }
        Ok(())
    }
}

/// Whether `object` is null or leads to nothing, which is the same (7.3.10).
fn absent(view: View<'_, '_>, object: &Object) -> bool {
    view.resolve(object).is_ok_and(|found| found.is_null())
}
