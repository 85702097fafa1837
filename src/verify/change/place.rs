//! A place in both revisions: how one gets there, and who holds what stands there.

use super::super::fields::shown;
use crate::pdf::references::TRAILER;
use crate::pdf::{Dictionary, Object};

/// Where a value is used: the object that holds it (0 is the trailer), and the keys on the way to it, `AP/N`. Places in arrays are
/// left out.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) struct Use {
    pub(super) holder: u32,
    pub(super) keys: String,
}

/// A place that a rule has reached in both revisions.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub(super) at: Use,
    /// How a person would write the way there, from `/Root` or from object `anchor`.
    pub(super) path: String,
    pub(super) anchor: Option<u32>,
    /// The indirect object that stands here, the same one in both revisions.
    pub(super) own: Option<u32>,
    /// The objects on the way here from the anchor, and the one use of each that is accounted for.
    pub(super) through: Vec<(u32, Use)>,
}

/// What stands at one place in both revisions.
#[derive(Clone, Copy)]
pub(super) struct Pair<'o> {
    pub(super) old: Option<&'o Object>,
    pub(super) new: Option<&'o Object>,
}

impl<'o> Pair<'o> {
    /// What `key` has in the one dictionary and in the other.
    pub(super) fn of(key: &[u8], old: Option<&'o Dictionary>, new: Option<&'o Dictionary>) -> Self {
        Self {
            old: old.and_then(|dictionary| dictionary.find(key)),
            new: new.and_then(|dictionary| dictionary.find(key)),
        }
    }
}

impl Place {
    /// The trailer.
    pub(super) fn trailer() -> Self {
        Self::of(TRAILER, None)
    }

    /// The dictionary of object `number`, whose own uses are of no concern or judged by the rule.
    pub(super) fn object(number: u32) -> Self {
        Self::of(number, Some(number))
    }

    fn of(holder: u32, anchor: Option<u32>) -> Self {
        let keys = String::new();
        Self {
            at: Use { holder, keys },
            path: String::new(),
            anchor,
            own: None,
            through: vec![],
        }
    }

    /// The value of `key` here.
    pub(super) fn key(&self, key: &[u8]) -> Self {
        let mut place = self.clone();
        let name = shown(key);
        if !place.at.keys.is_empty() {
            place.at.keys.push('/');
        }
        place.at.keys.push_str(&String::from_utf8_lossy(key));
        place.path.push('/');
        place.path.push_str(&name);
        place.own = None;
        place
    }

    /// Whether the same object stands here in both revisions.
    pub(super) fn stays(&self) -> bool {
        self.own.is_some()
    }

    /// The number of that object.
    pub(super) fn number(&self) -> Option<u32> {
        self.own
    }

    /// An item of the array here.
    pub(super) fn item(&self, index: usize) -> Self {
        let mut place = self.clone();
        place.path.push_str(&format!("[{index}]"));
        place.own = None;
        place
    }
}
