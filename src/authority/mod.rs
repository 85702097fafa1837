//! The authority list (授权名录): which body may seal which types of result, where, with which certificates, since when.
//!
//! A body signed by a threshold of pinned roots. Shape after the VICAL of ISO/IEC 18013-5, rules after The Update Framework: the number
//! rises, a list expires, nothing listed is deleted (a certificate is revoked from a time on, so that what it sealed before still
//! stands), roots hand over to roots, and what a reader does not know it refuses.
//!
//! ```no_run
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let (file, district, root, kept) = (vec![], vec![], String::new(), vec![]);
//! # let now = "2030-06-05T09:00:00Z".parse()?;
//! use yinxin::authority::{AuthorityList, Memory, Roots};
//! use yinxin::{Certificate, Limits};
//!
//! let limits = Limits::DEFAULT;
//! let roots = Roots::any_of(Certificate::from_pem_many(&root)?)?;
//! let mut memory = Memory::resume(&kept, now, &limits)?; // on the first day: Memory::new(now)
//! let mut list = AuthorityList::open(&file, &roots, &mut memory, &limits)?;
//! list.open_sublist(&district, &mut memory, &limits)?;
//! let to_keep = memory.to_bytes(); // write it to a temporary file, then rename
//! # Ok(())
//! # }
//! ```

mod binary;
mod difference;
mod draft;
mod entry;
mod error;
mod file;
mod members;
mod memory;
mod pattern;
mod refusal;
mod roots;
mod set;
mod sublist;

pub use difference::{Difference, Gravity};
pub use draft::{CertificateDraft, DelegationDraft, IssuerDraft, ListDraft};
pub use entry::{Change, ListedCertificate, ListedIssuer, Reason, Standing};
pub use error::{Attack, AuthorityError};
pub use file::{Kind, ListFile};
pub use memory::{Memory, Remembered};
pub use pattern::{PatternError, RegionPattern, TypePattern};
pub use refusal::{Act, Refusal};
pub use roots::{RootDraft, Roots, RootsDraft};
pub use set::{ListSet, ListSetError};
pub use sublist::Delegation;
pub(crate) use sublist::Listing;

use crate::crypto::DigestAlgorithm;
use crate::limits::Limits;
use crate::time::Time;

/// The media type in the `typ` header of a list's signatures (RFC 9596).
pub const TYP: &str = "application/vnd.yinxin.authority-list+cbor";

/// A list that enough of the pinned roots have signed, with the sub-lists taken into it. Whether it is still in date is
/// [`state`](Self::state).
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct AuthorityList {
    contents: binary::Contents,
    digest: [u8; 32],
    roots: Roots,
    index: binary::Index,
    /// With the place of the delegation to each.
    sublists: Vec<(usize, Self)>,
}

/// Whether a list may be relied on at a time.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum State {
    /// Between issue and the time at which the next list is due.
    Current,
    /// Past its expiry: somebody may be keeping a newer list from this verifier.
    Expired {
        /// The first second at which it no longer stands.
        since: Time,
    },
    /// Issued later than the time asked about.
    NotYet {
        /// When it was issued.
        issued: Time,
    },
    /// It may be relied on, but a newer one is due.
    Overdue {
        /// When it was due.
        since: Time,
    },
}

impl AuthorityList {
    /// Reads a list, verifies that enough of `roots`, or of those that the list shows to have followed them, signed it, and that it may
    /// take the place of the one in `memory`, which it then does.
    ///
    /// In date or not is [`state`](Self::state).
    ///
    /// # Errors
    /// Occurs if the bytes are larger than `Limits::authority_bytes`, not a list, too few roots have signed, or the list must not be
    /// relied on after what has been seen ([`AuthorityError::Attack`]). `memory` is then as it was.
    pub fn open(
        bytes: &[u8],
        roots: &Roots,
        memory: &mut Memory,
        limits: &Limits,
    ) -> Result<Self, AuthorityError> {
        let file = ListFile::parse(bytes, limits)?;
        if file.kind != Kind::List {
            return Err(AuthorityError::member("file", "is a set of roots and no list"));
        }
        let list = Self::read(&file, roots, limits)?;
        memory.admit(std::slice::from_ref(&list.contents.name), &list)?;
        Ok(list)
    }

    /// A list under `roots`, whatever was seen before.
    fn read(file: &ListFile, roots: &Roots, limits: &Limits) -> Result<Self, AuthorityError> {
        let (contents, index) = binary::read(&file.body, limits)?;
        let roots = roots.follow(&file.rotations, contents.roots, &contents.name, limits)?;
        let [found] = file.count([&roots], limits)?;
        roots.enough(found)?;
        Ok(Self {
            digest: file.digest(),
            contents,
            roots,
            index,
            sublists: vec![],
        })
    }

    /// What a list says that nobody has vouched for, to be looked at: signatures, roots and what was seen before are not checked, and
    /// no verdict may rest on it.
    ///
    /// # Errors
    /// Occurs if the bytes are not a list.
    pub fn dangerous_unverified(file: &ListFile, limits: &Limits) -> Result<Self, AuthorityError> {
        if file.kind != Kind::List {
            return Err(AuthorityError::member("file", "is a set of roots and no list"));
        }
        let (contents, index) = binary::read(&file.body, limits)?;
        Ok(Self {
            digest: file.digest(),
            contents,
            roots: Roots::nobody(),
            index,
            sublists: vec![],
        })
    }

    /// The list's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.contents.name
    }

    /// The number of the list: 1 for the first, rising; it may start anew under new roots.
    #[must_use]
    pub fn sequence(&self) -> u64 {
        self.contents.sequence
    }

    /// When the list was issued.
    #[must_use]
    pub fn issued(&self) -> Time {
        self.contents.issued
    }

    /// When the next list is due.
    #[must_use]
    pub fn next_update(&self) -> Time {
        self.contents.next_update
    }

    /// When the list must have been replaced.
    #[must_use]
    pub fn expires(&self) -> Time {
        self.contents.expires
    }

    /// The [digest](Self::digest) of the list before this one; only the first has none.
    #[must_use]
    pub fn previous(&self) -> Option<[u8; 32]> {
        self.contents.previous
    }

    /// SHA-256 of the body, which is what the roots signed. Not of the file: an ECDSA signature can be altered without the key and
    /// still verify.
    #[must_use]
    pub fn digest(&self) -> [u8; 32] {
        self.digest
    }

    /// The roots that may sign it: those pinned, or those that followed them.
    #[must_use]
    pub fn roots(&self) -> &Roots {
        &self.roots
    }

    /// The bodies on the list itself, by rising unified code.
    #[must_use]
    pub fn issuers(&self) -> &[ListedIssuer] {
        &self.contents.issuers
    }

    /// Whom it lets keep sub-lists, by rising name.
    #[must_use]
    pub fn delegations(&self) -> &[Delegation] {
        &self.contents.delegations
    }

    /// The sub-lists taken in.
    pub fn sublists(&self) -> impl Iterator<Item = &Self> {
        self.sublists.iter().map(|(_, list)| list)
    }

    /// The entry of exactly this certificate, here or on a sub-list.
    #[must_use]
    pub fn by_certificate(&self, der: &[u8]) -> Option<(&ListedIssuer, &ListedCertificate)> {
        let listing = self.listing(der)?;
        Some((listing.issuer, listing.certificate))
    }

    /// The entries whose certificates have this key identifier, here or on a sub-list. There never are two, but a hint is not a proof:
    /// verify.
    #[must_use]
    pub fn by_kid(&self, kid: &[u8]) -> Vec<(&ListedIssuer, &ListedCertificate)> {
        let entries = self.find(kid).into_iter();
        entries
            .map(|listing| (listing.issuer, listing.certificate))
            .collect()
    }

    /// The entry of this certificate with the lists that lead to it.
    pub(crate) fn listing(&self, der: &[u8]) -> Option<Listing<'_>> {
        let mut found = self.find(&kid_of(der)).into_iter();
        found.find(|listing| listing.certificate.der == der)
    }

    fn find(&self, kid: &[u8]) -> Vec<Listing<'_>> {
        let mut found = vec![];
        self.listings(kid, &mut vec![], &mut vec![], &mut found);
        found
    }

    /// As if `first` and `second`, which are on the list, had one key identifier: both are found under both, in this order.
    #[cfg(test)]
    pub(crate) fn with_collision(
        mut self,
        first: &crate::pki::Certificate,
        second: &crate::pki::Certificate,
    ) -> Self {
        let place =
            |of: &crate::pki::Certificate| self.index.iter().find(|(kid, ..)| *kid == of.kid()).copied();
        let places: Vec<_> = [first, second].into_iter().filter_map(place).collect();
        let both = [first, second].into_iter().flat_map(|of| {
            let kid = of.kid();
            places
                .iter()
                .map(move |(_, issuer, certificate)| (kid, *issuer, *certificate))
        });
        let mut index: binary::Index = both.collect();
        index.sort_by_key(|(kid, ..)| *kid);
        self.index = index;
        self
    }

    /// Whether the list itself may be relied on at `at`; its sub-lists answer for themselves.
    #[must_use]
    pub fn state(&self, at: Time) -> State {
        let contents = &self.contents;
        if at < contents.issued {
            State::NotYet {
                issued: contents.issued,
            }
        } else if at >= contents.expires {
            State::Expired {
                since: contents.expires,
            }
        } else if at >= contents.next_update {
            State::Overdue {
                since: contents.next_update,
            }
        } else {
            State::Current
        }
    }

    /// Seconds since the list was issued; negative if `at` is earlier.
    #[must_use]
    pub fn age(&self, at: Time) -> i64 {
        at.seconds_since(self.contents.issued)
    }

    /// Whose certificate it is, if it may seal anything at all at `at`.
    ///
    /// # Errors
    /// Occurs if it is not listed, revoked, suspended or outside its window.
    pub fn standing(&self, certificate_der: &[u8], at: Time) -> Result<&ListedIssuer, Refusal> {
        let listing = self.listing(certificate_der).ok_or(Refusal::UnknownCertificate)?;
        listing.certificate.check(at)?;
        Ok(listing.issuer)
    }

    /// Whether this certificate is in force at `at` and speaks for the body of `act` about results of that type and region, by whichever
    /// template: the body's entry and every list above permit it, and the sub-lists on the way are in date.
    pub(crate) fn speaks_for(&self, certificate_der: &[u8], act: &Act<'_>, at: Time) -> bool {
        let Some(listing) = self.listing(certificate_der) else {
            return false;
        };
        let issuer = listing.issuer;
        issuer.code == *act.issuer
            && issuer.permits(act.kind)
            && issuer.permits_region(act.region())
            && listing.scopes.iter().all(|scope| scope.reaches(act))
            && listing.is_in_force(at)
    }

    /// Whether this certificate is in force at `at`, with the sub-lists on the way in date, and belongs to the body whose other
    /// certificate `known` is, wherever that stands now. A sub-list has no say about bodies outside its regions.
    pub(crate) fn is_same_body(&self, certificate_der: &[u8], known_der: &[u8], at: Time) -> bool {
        let (Some(one), Some(other)) = (self.listing(certificate_der), self.listing(known_der)) else {
            return false;
        };
        let region = pattern::region_of(&one.issuer.code);
        one.issuer.code == other.issuer.code
            && one.scopes.iter().all(|scope| scope.reaches_region(region))
            && one.is_in_force(at)
    }

    /// Whether the list lets this certificate do `act` at `at`, the time of sealing.
    ///
    /// # Errors
    /// Occurs if it does not.
    pub fn authorise(
        &self,
        certificate_der: &[u8],
        act: &Act<'_>,
        at: Time,
    ) -> Result<&ListedIssuer, Refusal> {
        let listing = self.listing(certificate_der).ok_or(Refusal::UnknownCertificate)?;
        let issuer = listing.issuer;
        if issuer.code != *act.issuer {
            return Err(Refusal::AnotherIssuer);
        }
        listing.certificate.check(at)?;
        if !issuer.permits(act.kind) {
            return Err(Refusal::TypeNotPermitted);
        }
        if !issuer.permits_region(act.region()) {
            return Err(Refusal::RegionNotPermitted);
        }
        let restricted = |templates: &[[u8; 32]]| !templates.is_empty();
        let scopes = || listing.scopes.iter();
        if act.template.is_none()
            && (restricted(&issuer.templates) || scopes().any(|scope| restricted(&scope.templates)))
        {
            return Err(Refusal::TemplateUnknown);
        }
        if restricted(&issuer.templates) && act.template.is_some_and(|hash| !issuer.templates.contains(&hash))
        {
            return Err(Refusal::TemplateNotPermitted);
        }
        match scopes().all(|scope| scope.permits(act)) {
            true => Ok(issuer),
            false => Err(Refusal::BeyondDelegation),
        }
    }
}

/// First 8 bytes of SHA-256 over a certificate's DER.
fn kid_of(der: &[u8]) -> [u8; 8] {
    let digest = DigestAlgorithm::Sha256.digest(der);
    digest.first_chunk().copied().unwrap_or_default()
}
