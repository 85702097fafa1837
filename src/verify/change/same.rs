//! Whether two values say the same.

use crate::pdf::{Dictionary, Object, Stream, View};

/// Whether `a` as it was in `old` and `b` as it is in `new` are the same value: references are to the same object, numbers have
/// the same value (`612` and `612.0`), a null entry is no entry (ISO 32000-2, 7.3.7), strings are equal however they are
/// spelled. Of streams the encoded data are compared, since another encoding may be read differently.
///
/// What a reference leads to is not looked at: if that changed, it is among what the revision touches and judged itself.
/// The parser bounds how deep values nest.
pub(super) fn same(old: &View<'_, '_>, a: &Object, new: &View<'_, '_>, b: &Object) -> bool {
    match (a, b) {
        (Object::Integer(_) | Object::Real(_), Object::Integer(_) | Object::Real(_)) => {
            a == b || (a.as_integer().is_none() || b.as_integer().is_none()) && a.as_number() == b.as_number()
        }
        (Object::Array(a), Object::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(old, a, new, b))
        }
        (Object::Dictionary(a), Object::Dictionary(b)) => same_but(old, a, new, b, &[]),
        (Object::Stream(a), Object::Stream(b)) => {
            same_but(old, &a.dictionary, new, &b.dictionary, &[b"Length"]) && same_data(old, a, new, b)
        }
        _ => a == b,
    }
}

/// Whether two dictionaries say the same but for the values of the keys `besides`. One with a key twice says two things.
pub(super) fn same_but(
    old: &View<'_, '_>,
    a: &Dictionary,
    new: &View<'_, '_>,
    b: &Dictionary,
    besides: &[&[u8]],
) -> bool {
    if !a.duplicates().is_empty() || !b.duplicates().is_empty() {
        return false;
    }
    let count = |dictionary: &Dictionary| {
        let entries = dictionary.entries().iter();
        let counted = entries.filter(|e| !e.value.is_null() && !besides.iter().any(|key| e.key == **key));
        counted.count()
    };
    count(a) == count(b)
        && a.entries()
            .iter()
            .filter(|e| !e.value.is_null() && !besides.iter().any(|key| e.key == **key))
            .all(|e| b.find(&e.key).is_some_and(|b| same(old, &e.value, new, b)))
}

/// Whether the encoded data are the same: as they stand, or after decryption, for each writing of a stream has its own
/// initialisation vector. What was left out when the file was skimmed is asked for, and the file read once more.
fn same_data(old: &View<'_, '_>, a: &Stream, new: &View<'_, '_>, b: &Stream) -> bool {
    if a.data == b.data {
        return true;
    }
    match (old.decrypt(a), new.decrypt(b)) {
        (Ok(a), Ok(b)) => a == b,
        _ => false,
    }
}
