//! What was asked, and all that the answer rests on, as it was received.

use core::fmt;
use std::collections::BTreeMap;
use std::sync::Arc;

use super::error::{InquiryError, Unusable};
use super::role::Role;
use crate::authority::{ListSet, Memory, Roots};
use crate::cose::status::{StatusError, StatusList};
use crate::limits::Limits;
use crate::payload::Whole;
use crate::pdf::Password;
use crate::pki::{Certificate, Evidence, RevocationPolicy};
use crate::time::Time;
use crate::verify::{ChangePolicy, NotRebuilt, Rebuild, Report, Trust, Verifier};

/// One verification from its ingredients: received bytes, never a re-encoding. What it answers depends on nothing else, but for what
/// is [beside](Beside) it and never kept.
///
/// Each ingredient has a [`Role`], under which it is [given](Self::with), verified with, and put into a package.
#[derive(Clone, Debug)]
pub struct Inquiry {
    pub(super) at: Time,
    pub(super) file_name: String,
    pub(super) recipient: Option<String>,
    pub(super) policy: ChangePolicy,
    pub(super) require_revocation: bool,
    parts: BTreeMap<Role, Vec<Vec<u8>>>,
}

/// What a verification takes that no package keeps: what only the holder or the recipient of the file knows, what rebuilds files, and
/// limits.
#[derive(Clone, Default)]
pub struct Beside {
    pub(super) holder: Option<String>,
    pub(super) password: Option<Password>,
    rebuilder: Option<Arc<dyn Rebuild>>,
    pub(super) limits: Limits,
}

/// What an inquiry came to.
#[derive(Debug)]
pub struct Answer {
    /// The verdict.
    pub report: Report,
    /// What to remember from now on; none without an authority list, and where the list must not be relied on.
    pub memory: Option<Memory>,
}

impl Beside {
    /// Nothing, and the default limits.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the holder's number as typed from the identity document.
    #[must_use]
    pub fn holder(mut self, code: impl Into<String>) -> Self {
        self.holder = Some(code.into());
        self
    }

    /// Sets the password of the file.
    #[must_use]
    pub fn password(mut self, password: Password) -> Self {
        self.password = Some(password);
        self
    }

    /// Sets what rebuilds files from whole codes.
    #[must_use]
    pub fn rebuilder(mut self, rebuilder: impl Rebuild + 'static) -> Self {
        self.rebuilder = Some(Arc::new(rebuilder));
        self
    }

    /// Sets other limits than [`Limits::DEFAULT`].
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }
}

struct Shared(Arc<dyn Rebuild>);

impl Rebuild for Shared {
    fn rebuild(&self, whole: &Whole, certificates: &[Certificate]) -> Result<Vec<u8>, NotRebuilt> {
        self.0.rebuild(whole, certificates)
    }
}

impl Inquiry {
    /// A verification as of `at`, of nothing yet and with no trust.
    #[must_use]
    pub fn new(at: Time) -> Self {
        Self {
            at,
            file_name: String::new(),
            recipient: None,
            policy: ChangePolicy::default(),
            require_revocation: false,
            parts: BTreeMap::new(),
        }
    }

    /// Sets the file received, and what it was called. With a [code](Role::Code), both must belong together.
    #[must_use]
    pub fn file(mut self, name: impl Into<String>, bytes: impl Into<Vec<u8>>) -> Self {
        self.file_name = name.into();
        self.with(Role::File, bytes)
    }

    /// Adds what is used in this role, as it was received; where there is [but one](Role::repeats), in place of the one before. The
    /// [report](Role::Report) is no part of the question, and left out.
    ///
    /// Authority lists and sub-lists come in any order; they are pinned by the [set of roots](Role::RootSet), or else by any one of the
    /// [roots](Role::Root). Without a [memory](Role::Memory), nothing was seen before.
    #[must_use]
    pub fn with(mut self, role: Role, bytes: impl Into<Vec<u8>>) -> Self {
        let parts = self.parts.entry(role).or_default();
        if !role.repeats() {
            parts.clear();
        }
        if role != Role::Report {
            parts.push(bytes.into());
        }
        self
    }

    /// Adds root certificates; one that is there already is not added.
    #[must_use]
    pub fn roots(mut self, roots: impl IntoIterator<Item = Certificate>) -> Self {
        for root in roots {
            if !self.of(Role::Root).any(|known| known == root.der()) {
                self = self.with(Role::Root, root.der());
            }
        }
        self
    }

    /// As [`Verifier::recipient`].
    #[must_use]
    pub fn recipient(mut self, name: impl Into<String>) -> Self {
        self.recipient = Some(name.into());
        self
    }

    /// As [`Verifier::policy`].
    #[must_use]
    pub fn policy(mut self, policy: ChangePolicy) -> Self {
        self.policy = policy;
        self
    }

    /// Leaves the verdict open where it is not known whether a certificate was revoked.
    #[must_use]
    pub fn require_revocation(mut self) -> Self {
        self.require_revocation = true;
        self
    }

    /// The time asked about.
    #[must_use]
    pub fn at(&self) -> Time {
        self.at
    }

    /// What the file received was called, and its bytes.
    #[must_use]
    pub fn received(&self) -> Option<(&str, &[u8])> {
        Some((&self.file_name, self.one(Role::File)?))
    }

    /// The roots that were trusted. In a package they say what somebody trusted then, and are no reason to trust them now.
    #[must_use]
    pub fn trusted_roots(&self) -> Vec<Certificate> {
        self.certificates(Role::Root).unwrap_or_default()
    }

    /// Verifies.
    ///
    /// # Errors
    /// Occurs if there is neither file nor code, or an ingredient cannot be used. A list that somebody may be attacking with is no
    /// error: the verdict says so.
    pub fn answer(&self, beside: &Beside) -> Result<Answer, InquiryError> {
        let root_set = self
            .one(Role::RootSet)
            .map(|bytes| Roots::open(bytes, &beside.limits))
            .transpose();
        self.answer_under(root_set.map_err(InquiryError::RootSet)?, beside)
    }

    /// The same with `root_set` to pin the list.
    pub(super) fn answer_under(
        &self,
        root_set: Option<Roots>,
        beside: &Beside,
    ) -> Result<Answer, InquiryError> {
        let (verifier, memory) = self.verifier(root_set, beside)?;
        let report = match (self.one(Role::File), self.code()?) {
            (Some(file), Some(code)) => verifier.verify_text_with_pdf(code, file, self.at),
            (Some(file), None) => verifier.verify_pdf(file, self.at),
            (None, Some(code)) => verifier.verify_text(code, self.at),
            (None, None) => return Err(InquiryError::NothingReceived),
        };
        Ok(Answer { report, memory })
    }

    fn verifier(
        &self,
        root_set: Option<Roots>,
        beside: &Beside,
    ) -> Result<(Verifier, Option<Memory>), InquiryError> {
        let limits = &beside.limits;
        let mut evidence = Evidence::new();
        self.each(Role::Crl, |der| evidence.add_crl(der, limits))?;
        self.each(Role::Ocsp, |der| evidence.add_ocsp(der, limits))?;
        let trust = Trust::new()
            .roots(self.certificates(Role::Root)?)
            .time_stamp_roots(self.certificates(Role::TimeStampRoot)?)
            .certificates(self.certificates(Role::Certificate)?)
            .statuses(self.statuses(limits)?)
            .evidence(evidence);
        let (trust, memory) = self.listed(trust, root_set, limits)?;
        let mut verifier = Verifier::new(trust).policy(self.policy).limits(limits.clone());
        if self.require_revocation {
            verifier = verifier.revocation(RevocationPolicy::default());
        }
        if let Some(name) = &self.recipient {
            verifier = verifier.recipient(name);
        }
        if let Some(bytes) = self.one(Role::Original) {
            verifier = verifier.original(bytes);
        }
        if let Some(code) = &beside.holder {
            verifier = verifier.holder(code);
        }
        if let Some(password) = &beside.password {
            verifier = verifier.password(password.clone());
        }
        if let Some(rebuilder) = &beside.rebuilder {
            verifier = verifier.rebuilder(Shared(Arc::clone(rebuilder)));
        }
        Ok((verifier, memory))
    }

    /// The status lists. They inflate to many times what they take in a package, and all are held at once: together they have the room
    /// of one file.
    fn statuses(&self, limits: &Limits) -> Result<Vec<StatusList>, Unusable> {
        let mut limits = limits.clone();
        let mut room = limits.pdf_decoded_bytes;
        self.each(Role::StatusList, |bytes| {
            limits.status_bytes = limits.status_bytes.min(room);
            let list = StatusList::parse(bytes, &limits)?;
            room = room.saturating_sub(list.inflated());
            Ok::<_, StatusError>(list)
        })
    }

    /// `trust` with the authority list, opened as a verifier with this memory would at the time asked about.
    fn listed(
        &self,
        trust: Trust,
        root_set: Option<Roots>,
        limits: &Limits,
    ) -> Result<(Trust, Option<Memory>), InquiryError> {
        let files: Vec<&[u8]> = self.of(Role::List).collect();
        if files.is_empty() {
            return Ok((trust, None));
        }
        let pinned = match root_set {
            Some(roots) => roots,
            None if self.one(Role::Root).is_none() => return Err(InquiryError::NoRoots),
            None => Roots::any_of(self.certificates(Role::Root)?).map_err(InquiryError::RootSet)?,
        };
        ListSet::sort(files, limits)
            .and_then(|set| trust.remembered_list(self.one(Role::Memory), &set, &pinned, self.at, limits))
            .map_err(InquiryError::Lists)
    }

    /// Every part but the report, with its role and its number from 1, in the order of the table of contents.
    pub(super) fn parts(&self) -> Vec<(Role, usize, &[u8])> {
        let numbered = |(role, parts): (&Role, _)| {
            let (role, parts): (Role, &Vec<Vec<u8>>) = (*role, parts);
            parts
                .iter()
                .zip(1..)
                .map(move |(bytes, number)| (role, number, bytes.as_slice()))
        };
        self.parts.iter().flat_map(numbered).collect()
    }

    /// That the parts which are not lists or evidence are what their roles say.
    pub(super) fn check(&self) -> Result<(), Unusable> {
        for role in [Role::Root, Role::TimeStampRoot, Role::Certificate] {
            self.certificates(role)?;
        }
        self.code().map(|_| ())
    }

    pub(super) fn certificates(&self, role: Role) -> Result<Vec<Certificate>, Unusable> {
        self.each(role, Certificate::try_from)
    }

    /// Has these certificates in this role, and no others.
    pub(super) fn replace(&mut self, role: Role, certificates: &[Certificate]) {
        let ders = certificates.iter().map(|certificate| certificate.der().to_vec());
        self.parts.insert(role, ders.collect());
    }

    /// The part of a role that has but one.
    pub(super) fn one(&self, role: Role) -> Option<&[u8]> {
        self.of(role).next()
    }

    fn of(&self, role: Role) -> impl Iterator<Item = &[u8]> {
        self.parts.get(&role).into_iter().flatten().map(Vec::as_slice)
    }

    fn code(&self) -> Result<Option<&str>, Unusable> {
        let mut texts = self.of(Role::Code).map(|bytes| {
            core::str::from_utf8(bytes).map_err(|_| Unusable::new(Role::Code, 0, "is not UTF-8"))
        });
        texts.next().transpose()
    }

    /// What `read` makes of each part of this role.
    fn each<'a, T, E: fmt::Display>(
        &'a self,
        role: Role,
        mut read: impl FnMut(&'a [u8]) -> Result<T, E>,
    ) -> Result<Vec<T>, Unusable> {
        let parts = self.of(role).enumerate();
        parts
            .map(|(place, bytes)| read(bytes).map_err(|error| Unusable::new(role, place, error)))
            .collect()
    }
}
