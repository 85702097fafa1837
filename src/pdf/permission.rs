//! What a signature dictionary and its field say may change after it (ISO 32000-2, 12.8.2.2, 12.8.2.4 and 12.7.5.5).

use super::error::PdfError;
use super::form::FormBudget;
use super::object::{Dictionary, Object};
use super::text::read_text_string;
use super::view::View;

/// Which fields a signature locks: a signature field lock dictionary (table 236) or the parameters of a FieldMDP transform
/// (table 259), which say the same.
#[non_exhaustive]
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct FieldLock {
    /// Which fields are meant.
    pub action: LockAction,
    /// The fully qualified names of `/Fields`; empty for [`LockAction::All`].
    pub fields: Vec<String>,
    /// `/P` as it stands: what else may change, as for DocMDP. Only ever in a lock dictionary.
    pub permission: Option<i64>,
}

/// `/Action` of a lock.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum LockAction {
    /// Every field.
    All,
    /// The fields named.
    Include,
    /// Every field but those named.
    Exclude,
}

impl FieldLock {
    /// Whether the field with the fully qualified name `name` is locked. A name stands for every field below it too, and only
    /// for those: `a` locks `a.b` and not `ab`.
    #[must_use]
    pub fn covers(&self, name: &str) -> bool {
        let named = self.fields.iter().any(|field| {
            name.strip_prefix(field.as_str())
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        });
        match self.action {
            LockAction::All => true,
            LockAction::Include => named,
            LockAction::Exclude => !named,
        }
    }
}

/// A lock as it was found.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Lock {
    /// There is none.
    None,
    /// A lock.
    Lock(FieldLock),
    /// Something that is no lock, or longer than the budget: it cannot be told which fields are meant.
    Malformed,
}

impl View<'_, '_> {
    /// The level of the DocMDP transform in the `/Reference` of the signature dictionary `signature`: 1 to 3 as the standard has
    /// it, 2 where it is not stated (table 257), 0 where what is stated is no number of a level, `None` if there is no such transform. References are followed: Acrobat writes
    /// these dictionaries as objects of their own. Reading it says nothing about the signature.
    ///
    /// # Errors
    /// As [`resolve`](Self::resolve).
    pub fn doc_mdp(&self, signature: &Dictionary) -> Result<Option<u8>, PdfError> {
        let references = self.find(signature, b"Reference")?;
        for reference in references.as_array().unwrap_or_default() {
            let reference = self.resolve(reference)?;
            let Some(reference) = reference.as_dictionary() else {
                continue;
            };
            if !reference.is_name(b"TransformMethod", b"DocMDP") {
                continue;
            }
            let parameters = self.find(reference, b"TransformParams")?;
            if let Some(parameters) = parameters.as_dictionary() {
                return Ok(Some(match &*self.find(parameters, b"P")? {
                    Object::Null => 2,
                    level => level
                        .as_integer()
                        .and_then(|level| u8::try_from(level).ok())
                        .unwrap_or(0),
                }));
            }
        }
        Ok(None)
    }

    /// The locks of the FieldMDP transforms in the `/Reference` of the signature dictionary `signature` (12.8.2.4).
    ///
    /// # Errors
    /// As [`resolve`](Self::resolve).
    pub fn field_mdp(&self, signature: &Dictionary, budget: &mut FormBudget) -> Result<Vec<Lock>, PdfError> {
        let references = self.find(signature, b"Reference")?;
        let references = references.as_array().unwrap_or_default();
        if !budget.pay(references.len()) {
            return Ok(vec![Lock::Malformed]);
        }
        let mut locks = vec![];
        for reference in references {
            let reference = self.resolve(reference)?;
            let Some(reference) = reference.as_dictionary() else {
                continue;
            };
            if reference.is_name(b"TransformMethod", b"FieldMDP") {
                locks.push(match self.lock(reference, b"TransformParams", budget)? {
                    // Table 256 requires the parameters.
                    Lock::None => Lock::Malformed,
                    lock => lock,
                });
            }
        }
        Ok(locks)
    }

    /// The lock at `key` of `dictionary`: `/Lock` of a signature field, `/TransformParams` of a FieldMDP transform.
    ///
    /// # Errors
    /// As [`resolve`](Self::resolve).
    pub fn lock(
        &self,
        dictionary: &Dictionary,
        key: &[u8],
        budget: &mut FormBudget,
    ) -> Result<Lock, PdfError> {
        let lock = self.find(dictionary, key)?;
        let lock = match &*lock {
            Object::Null => return Ok(Lock::None),
            Object::Dictionary(lock) => lock,
            _ => return Ok(Lock::Malformed),
        };
        let action = match self.find(lock, b"Action")?.as_name() {
            Some(b"All") => LockAction::All,
            Some(b"Include") => LockAction::Include,
            Some(b"Exclude") => LockAction::Exclude,
            _ => return Ok(Lock::Malformed),
        };
        let permission = match &*self.find(lock, b"P")? {
            Object::Null => None,
            Object::Integer(level) => Some(*level),
            _ => return Ok(Lock::Malformed),
        };
        let mut fields = vec![];
        if action != LockAction::All {
            let names = self.find(lock, b"Fields")?;
            let Some(names) = names.as_array().filter(|names| budget.pay(names.len())) else {
                return Ok(Lock::Malformed);
            };
            for name in names {
                match self.resolve(name)?.as_string() {
                    Some(name) => fields.push(read_text_string(&name.bytes)),
                    None => return Ok(Lock::Malformed),
                }
            }
        }
        Ok(Lock::Lock(FieldLock {
            action,
            fields,
            permission,
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_means_a_field_and_those_below_it_but_no_longer_name() {
        let lock = |action| FieldLock {
            action,
            fields: vec!["a".to_owned(), "b.c".to_owned()],
            permission: None,
        };
        for (name, named) in [
            ("a", true),
            ("a.x", true),
            ("ab", false),
            ("b", false),
            ("b.c", true),
        ] {
            assert_eq!(lock(LockAction::Include).covers(name), named, "{name}");
            assert_eq!(lock(LockAction::Exclude).covers(name), !named, "{name}");
            assert!(lock(LockAction::All).covers(name));
        }
    }
}
