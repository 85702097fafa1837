//! Name objects without an allocation for each (ISO 32000-2, 7.3.5).

use core::borrow::Borrow;
use core::cmp::Ordering;
use core::fmt;
use core::hash::{Hash, Hasher};
use core::ops::Deref;

/// Names up to this long are kept in place: nearly all that the standard defines.
const SHORT: usize = 22;

/// A name without its slash, `#xx` decoded (ISO 32000-2, 7.3.5). It is bytes, compared and ordered as bytes.
///
/// A file has a name for every few bytes, so short ones take no memory of their own.
#[derive(Clone)]
pub struct Name(Repr);

#[derive(Clone)]
enum Repr {
    Short(u8, [u8; SHORT]),
    Long(Box<[u8]>),
}

impl Name {
    /// The bytes.
    #[must_use]
    pub fn as_slice(&self) -> &[u8] {
        self
    }

    /// Bytes of memory besides the name itself.
    pub(super) fn heap(&self) -> usize {
        match &self.0 {
            Repr::Short(..) => 0,
            Repr::Long(bytes) => super::memory::allocation(bytes.len()),
        }
    }
}

impl From<&[u8]> for Name {
    fn from(bytes: &[u8]) -> Self {
        let mut short = [0; SHORT];
        match (short.get_mut(..bytes.len()), u8::try_from(bytes.len())) {
            (Some(place), Ok(length)) => {
                place.copy_from_slice(bytes);
                Self(Repr::Short(length, short))
            }
            _ => Self(Repr::Long(bytes.into())),
        }
    }
}

impl Deref for Name {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match &self.0 {
            Repr::Short(length, bytes) => bytes.get(..usize::from(*length)).unwrap_or_default(),
            Repr::Long(bytes) => bytes,
        }
    }
}

impl AsRef<[u8]> for Name {
    fn as_ref(&self) -> &[u8] {
        self
    }
}

impl Borrow<[u8]> for Name {
    fn borrow(&self) -> &[u8] {
        self
    }
}

impl Eq for Name {}

impl<T: AsRef<[u8]> + ?Sized> PartialEq<T> for Name {
    fn eq(&self, other: &T) -> bool {
        **self == *other.as_ref()
    }
}

impl PartialOrd for Name {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Name {
    fn cmp(&self, other: &Self) -> Ordering {
        (**self).cmp(&**other)
    }
}

impl Hash for Name {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (**self).hash(state);
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "/{}", self.escape_ascii())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_any_length_are_their_bytes() {
        for length in [0, 1, SHORT - 1, SHORT, SHORT + 1, 300] {
            let bytes: Vec<u8> = (0..length).map(|i| u8::try_from(i % 251).unwrap()).collect();
            let name = Name::from(&bytes[..]);
            assert_eq!(&*name, &bytes[..]);
            assert_eq!(name.clone(), name);
            assert_eq!(name.heap() > 0, length > SHORT);
            assert_ne!(name, Name::from(&b"/other"[..]));
        }
        let [short, long] = [&b"A"[..], b"AA"].map(Name::from);
        assert!(short < long);
        assert_eq!(size_of::<Name>(), 24);
    }
}
