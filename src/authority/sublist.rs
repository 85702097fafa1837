//! Delegation: who signs a sub-list, and within what.

use super::entry::ListedCertificate;
use super::error::{Attack, AuthorityError};
use super::file::{Kind, ListFile};
use super::memory::Memory;
use super::pattern::{RegionPattern, TypePattern};
use super::refusal::Act;
use super::roots::Roots;
use super::{AuthorityList, ListedIssuer, State};
use crate::limits::Limits;
use crate::time::Time;

/// What a list lets the keepers of a sub-list list: bodies that seal within types, regions and templates.
///
/// What the sub-list permits beyond that it does not permit at all: the scope is what both, and every list above, let through.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Delegation {
    pub(super) name: String,
    /// With their number.
    pub(super) roots: Roots,
    pub(super) types: Vec<TypePattern>,
    pub(super) regions: Vec<RegionPattern>,
    pub(super) templates: Vec<[u8; 32]>,
    pub(super) depth: u64,
    pub(super) sequence: u64,
    pub(super) digest: Option<[u8; 32]>,
}

/// An entry, and the way to it from the top.
#[derive(Clone)]
pub(crate) struct Listing<'a> {
    pub(crate) issuer: &'a ListedIssuer,
    pub(crate) certificate: &'a ListedCertificate,
    /// The lists from the top to the one with the entry.
    pub(crate) lists: Vec<&'a AuthorityList>,
    /// What each of them but the last lets the next.
    pub(super) scopes: Vec<&'a Delegation>,
}

impl Listing<'_> {
    /// Whether the certificate is in force at `at`, and the sub-lists on the way are in date. Whether the list itself is, is asked with
    /// the result.
    pub(super) fn is_in_force(&self, at: Time) -> bool {
        let in_date =
            |list: &&AuthorityList| matches!(list.state(at), State::Current | State::Overdue { .. });
        self.certificate.check(at).is_ok() && self.lists.iter().skip(1).all(in_date)
    }
}

impl Delegation {
    /// The sub-list's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Who signs it.
    #[must_use]
    pub fn roots(&self) -> &Roots {
        &self.roots
    }

    /// The types it may permit.
    #[must_use]
    pub fn types(&self) -> &[TypePattern] {
        &self.types
    }

    /// The regions it may permit.
    #[must_use]
    pub fn regions(&self) -> &[RegionPattern] {
        &self.regions
    }

    /// The templates it may permit, by hash; if there are none, any.
    #[must_use]
    pub fn templates(&self) -> &[[u8; 32]] {
        &self.templates
    }

    /// How many further levels of sub-lists it may have.
    #[must_use]
    pub fn depth(&self) -> u64 {
        self.depth
    }

    /// The lowest number the sub-list may have.
    #[must_use]
    pub fn sequence(&self) -> u64 {
        self.sequence
    }

    /// Whether `act` is within the scope. Where templates are restricted and the one used is not known, it is not.
    pub(super) fn permits(&self, act: &Act<'_>) -> bool {
        self.reaches(act)
            && (self.templates.is_empty()
                || act
                    .template
                    .is_some_and(|template| self.templates.contains(&template)))
    }

    /// Whether type and region of `act` are within the scope.
    pub(super) fn reaches(&self, act: &Act<'_>) -> bool {
        self.types.iter().any(|pattern| pattern.matches(act.kind)) && self.reaches_region(act.region())
    }

    /// Whether the region is within the scope.
    pub(super) fn reaches_region(&self, region: &str) -> bool {
        self.regions.iter().any(|pattern| pattern.matches(region))
    }

    /// Reads the sub-list that this delegation is about.
    fn open(&self, file: &ListFile, limits: &Limits) -> Result<AuthorityList, AuthorityError> {
        if !file.rotations.is_empty() {
            return Err(AuthorityError::member(
                "rotations",
                "are not for a sub-list: the list above names its roots",
            ));
        }
        let list = AuthorityList::read(file, &self.roots, limits)?;
        let contents = &list.contents;
        let mixed = |what| Err(Attack::MixAndMatch(what).into());
        if contents.sequence < self.sequence {
            return mixed("the sub-list is older than the list above it asks for; get both anew");
        }
        if contents.sequence == self.sequence && self.digest.is_some_and(|digest| digest != list.digest) {
            return mixed("the sub-list is another one than the list above it names; get both anew");
        }
        if let Some(deeper) = contents
            .delegations
            .iter()
            .find(|deeper| deeper.depth >= self.depth)
        {
            let path = format!("delegations of {}", self.name);
            let reason = match deeper.depth {
                0 => "are not for this sub-list to make: the list above lets it list bodies alone",
                _ => "go deeper than the list above lets them",
            };
            return Err(AuthorityError::member(&path, reason));
        }
        Ok(list)
    }
}

impl AuthorityList {
    /// Reads a sub-list that this list, or one of its sub-lists, delegates to, and takes it in.
    ///
    /// # Errors
    /// Occurs if no list here delegates to one of that name, too few of the roots named there have signed it, it makes delegations that
    /// it must not, or it must not take the place of one seen before. This list is then as it was.
    pub fn open_sublist(
        &mut self,
        bytes: &[u8],
        memory: &mut Memory,
        limits: &Limits,
    ) -> Result<(), AuthorityError> {
        let file = ListFile::parse(bytes, limits)?;
        if file.kind != Kind::List {
            return Err(AuthorityError::member("file", "is a set of roots and no list"));
        }
        let (contents, index) = super::binary::read(&file.body, limits)?;
        let taken = index.iter().find(|(kid, ..)| !self.by_kid(kid).is_empty());
        let mut names = vec![self.contents.name.clone()];
        let parent = self.parent(&contents.name, &mut names);
        let Some((parent, at)) = parent else {
            let reason = "is a sub-list that no list here delegates to, or one that is in already";
            return Err(AuthorityError::member(&contents.name, reason));
        };
        let delegation = parent.contents.delegations.get(at);
        let list = delegation
            .ok_or(AuthorityError::member("delegations", "are none"))?
            .open(&file, limits)?;
        // Told only of a list that is signed as it must be.
        if let Some((kid, ..)) = taken {
            return Err(Attack::KidCollision { kid: *kid }.into());
        }
        memory.admit(&names, &list)?;
        parent.sublists.push((at, list));
        Ok(())
    }

    /// The list that delegates to one of that name which is not here yet; `names` becomes the way to it.
    ///
    /// As deep as delegations go, which is bounded.
    fn parent(&mut self, name: &str, names: &mut Vec<String>) -> Option<(&mut Self, usize)> {
        let delegations = self.contents.delegations.iter();
        let own = delegations.enumerate().find(|(at, delegation)| {
            delegation.name == name && !self.sublists.iter().any(|(taken, _)| taken == at)
        });
        if let Some((at, _)) = own {
            names.push(name.to_owned());
            return Some((self, at));
        }
        self.sublists.iter_mut().find_map(|(_, list)| {
            names.push(list.contents.name.clone());
            let mut below = names.clone();
            names.pop();
            let found = list.parent(name, &mut below)?;
            *names = below;
            Some(found)
        })
    }

    /// The entries with this key identifier, here and below.
    pub(super) fn listings<'a>(
        &'a self,
        kid: &[u8],
        lists: &mut Vec<&'a Self>,
        scopes: &mut Vec<&'a Delegation>,
        found: &mut Vec<Listing<'a>>,
    ) {
        lists.push(self);
        let start = self.index.partition_point(|(other, ..)| other.as_slice() < kid);
        let entries = self.index.get(start..).unwrap_or_default();
        for (_, issuer, certificate) in entries.iter().take_while(|(other, ..)| other.as_slice() == kid) {
            let issuer = self.contents.issuers.get(*issuer);
            let certificate = issuer.and_then(|issuer| issuer.certificates.get(*certificate));
            if let (Some(issuer), Some(certificate)) = (issuer, certificate) {
                found.push(Listing {
                    issuer,
                    certificate,
                    lists: lists.clone(),
                    scopes: scopes.clone(),
                });
            }
        }
        for (at, list) in &self.sublists {
            if let Some(delegation) = self.contents.delegations.get(*at) {
                scopes.push(delegation);
                list.listings(kid, lists, scopes, found);
                scopes.pop();
            }
        }
        lists.pop();
    }
}
