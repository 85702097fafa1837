//! What the seals that a document carries permit to happen after them (ISO 32000-2, 12.8.2 and 12.7.5.5).
//!
//! Usage rights (`/Perms /UR3`, 12.8.2.3) are no seal of anybody: they switch on functions of one program. They permit nothing
//! that sealing needs and forbid nothing, so they are passed over.

use super::permit::{Signed, Target};
use super::{DocMdp, EarlierRule, SealError};
use crate::pdf::form::FormBudget;
use crate::pdf::{Dictionary, Lock, Object, PdfError, View};

/// The least that is permitted, and which fields are locked, by one seal.
struct Permissions {
    field: String,
    /// 1 to 3; `None` if nothing is said.
    level: Option<i64>,
    locks: Vec<Lock>,
}

impl Permissions {
    fn new(field: &str) -> Self {
        Self {
            field: field.to_owned(),
            level: None,
            locks: vec![],
        }
    }

    fn restrict(&mut self, level: Option<i64>) {
        // Permissions can be denied by what comes later and never added (table 236, `/P`).
        self.level = match (self.level, level) {
            (Some(one), Some(other)) => Some(one.min(other)),
            (one, other) => one.or(other),
        };
    }

    fn lock(&mut self, lock: Lock) {
        match &lock {
            Lock::None => return,
            Lock::Lock(lock) => self.restrict(lock.permission),
            Lock::Malformed => {}
        }
        if !self.locks.contains(&lock) {
            self.locks.push(lock);
        }
    }

    fn signature(
        &mut self,
        view: &View<'_, '_>,
        signature: &Dictionary,
        budget: &mut FormBudget,
    ) -> Result<(), PdfError> {
        self.restrict(view.doc_mdp(signature)?.map(i64::from));
        for lock in view.field_mdp(signature, budget)? {
            self.lock(lock);
        }
        Ok(())
    }

    /// The rule that another seal in `target` would break, if it breaks one.
    fn broken_by(&self, target: &Target<'_>, draws_code: bool, prepared: &[String]) -> Option<EarlierRule> {
        if !matches!(self.level, None | Some(1..=3)) || self.locks.contains(&Lock::Malformed) {
            return Some(EarlierRule::Unclear);
        }
        if self.level == Some(i64::from(DocMdp::NoChanges.level())) {
            return Some(EarlierRule::NoChanges);
        }
        // Even P = 3 and a seal that says nothing: drawing changes the catalog as well, which no level permits.
        if draws_code {
            return Some(EarlierRule::NoDrawing);
        }
        // P = 2 permits signing, which some programs read as leave to add a field. That leave was used to lay a picture over
        // certified text (the "sneaky signature" attack), so strict verifiers grant it for fields that the certifier saw.
        if self.level.is_some() && matches!(target, Target::New(_)) {
            return Some(EarlierRule::PreparedFieldsOnly {
                fields: prepared.to_vec(),
            });
        }
        let name = target.name();
        self.locks
            .iter()
            .any(|lock| matches!(lock, Lock::Lock(lock) if lock.covers(name)))
            .then(|| EarlierRule::FieldLocked(name.to_owned()))
    }
}

/// Refuses what would break one of the seals `signed` of the document in `view`.
pub(super) fn respect(
    view: &View<'_, '_>,
    signed: &[Signed],
    target: &Target<'_>,
    draws_code: bool,
    prepared: &[String],
    budget: &mut FormBudget,
) -> Result<(), SealError> {
    let mut all = vec![];
    for seal in signed {
        let mut permissions = Permissions::new(&seal.name);
        let Some(value) = seal.value else {
            // A signature dictionary inside its field is rewritten with it; what it says counts as little as what it signs.
            permissions.lock(Lock::Malformed);
            all.push(permissions);
            continue;
        };
        // As it stands now and as it was sealed: a later revision may have taken a lock away.
        let sealed = view
            .locate(value.number)
            .and_then(|(i, _)| view.document().view(i));
        for view in [Some(*view), sealed].into_iter().flatten() {
            if let Some(signature) = view.object(value)?
                && let Some(signature) = signature.dictionary()
            {
                permissions.signature(&view, signature, budget)?;
            }
            if let Some(id) = seal.field
                && let Some(field) = view.object(id)?
                && let Some(field) = field.dictionary()
            {
                permissions.lock(view.lock(field, b"Lock", budget)?);
            }
        }
        all.push(permissions);
    }
    if let Some(certification) = certification(view, signed, budget)? {
        all.push(certification);
    }
    for permissions in all {
        if let Some(rule) = permissions.broken_by(target, draws_code, prepared) {
            return Err(SealError::EarlierSeal {
                field: permissions.field,
                rule,
            });
        }
    }
    Ok(())
}

/// The certification that the catalog names (12.8.6), if no field has it: a program that looks there alone honours it.
fn certification(
    view: &View<'_, '_>,
    signed: &[Signed],
    budget: &mut FormBudget,
) -> Result<Option<Permissions>, PdfError> {
    let catalog = view.catalog()?;
    let Some(catalog) = catalog.dictionary() else {
        return Ok(None);
    };
    let perms = view.find(catalog, b"Perms")?;
    let Some(value) = perms.as_dictionary().and_then(|perms| perms.find(b"DocMDP")) else {
        return Ok(None);
    };
    if signed
        .iter()
        .any(|seal| seal.value.is_some() && seal.value == value.as_reference())
    {
        return Ok(None);
    }
    let signature = view.resolve(value)?;
    let mut permissions = Permissions::new("/Perms /DocMDP");
    match &*signature {
        Object::Null => return Ok(None),
        Object::Dictionary(signature) => permissions.signature(view, signature, budget)?,
        _ => permissions.lock(Lock::Malformed),
    }
    Ok(Some(permissions))
}
