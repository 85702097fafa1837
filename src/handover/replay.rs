//! Verifying again, years later, from the package's own parts and the reader's own roots.

use serde_json::Value;

use super::compare::{Difference, differences, in_proportion, of_length, same_verdict};
use super::error::InquiryError;
use super::inquiry::{Beside, Inquiry};
use super::open::Package;
use super::role::Role;
use crate::authority::Roots;
use crate::pki::Certificate;
use crate::verify::{Code, Report};

/// What the reader of a package trusts: root certificates from a source of the reader's own, never those in the package.
#[derive(Clone, Debug, Default)]
pub struct Reader {
    roots: Vec<Certificate>,
    time_stamp_roots: Vec<Certificate>,
    root_set: Option<Roots>,
}

impl Reader {
    /// A reader who trusts these roots.
    #[must_use]
    pub fn new(roots: impl IntoIterator<Item = Certificate>) -> Self {
        Self {
            roots: roots.into_iter().collect(),
            ..Self::default()
        }
    }

    /// Adds root certificates of time-stamping authorities. Where there are any, only they say what time it was, also where other roots
    /// did when the package was made; without, those of its roots of time stamps do that this reader trusts.
    #[must_use]
    pub fn time_stamp_roots(mut self, roots: impl IntoIterator<Item = Certificate>) -> Self {
        self.time_stamp_roots.extend(roots);
        self
    }

    /// Sets the set of roots that must have signed the authority list, as it was when the list was used. Without it, the set in the
    /// package serves if this reader trusts each root in it; its threshold only asks for more.
    #[must_use]
    pub fn root_set(mut self, roots: Roots) -> Self {
        self.root_set = Some(roots);
        self
    }

    /// Those of `used` that are in `trusted`; the others go to `untrusted`.
    fn trusted(
        used: &[Certificate],
        trusted: &[Certificate],
        untrusted: &mut Vec<Certificate>,
    ) -> Vec<Certificate> {
        let (mine, others): (Vec<_>, Vec<_>) = used.iter().cloned().partition(|root| trusted.contains(root));
        untrusted.extend(others);
        mine
    }
}

/// Whether the parts lead to the verdict that was filed. Ordered: later is worse.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Agreement {
    /// To the last byte of the report.
    Identical,
    /// The outcome, every finding, every answer and what the file says are the same; something else in the report differs, as with
    /// another version of the program.
    SameVerdict,
    /// It differs, and the holder's number or the password that was given then was not given now.
    Open,
    /// It differs.
    Different,
}

/// What verifying again came to.
#[non_exhaustive]
#[derive(Debug)]
pub struct Replay {
    /// The verdict now, about the time that was asked about then.
    pub report: Report,
    /// Whether it is the one that was filed.
    pub agreement: Agreement,
    /// What differs, at most a hundred of it; empty if the reports are identical.
    pub differences: Vec<Difference>,
    /// Roots that were trusted then and are not the reader's: the verdict now does without them.
    pub untrusted: Vec<Certificate>,
}

impl Package {
    /// Verifies what was received again: as of the time asked about then, with the lists, the evidence and the memory in the package,
    /// under those of the roots used then that `reader` trusts. A list is opened as by a verifier that remembers what is in the
    /// package and nothing since.
    ///
    /// `beside` gives what no package keeps; a holder's number or a password that nobody gave then is not used.
    ///
    /// # Errors
    /// Occurs if the authority list does not open under the reader's roots, or a part cannot be used.
    pub fn replay(&self, reader: &Reader, beside: &Beside) -> Result<Replay, InquiryError> {
        let limits = &beside.limits;
        let mut inquiry: Inquiry = self.inquiry.clone();
        let mut untrusted = vec![];
        let mut narrow = |role: Role, trusted: &[Certificate]| {
            let used = inquiry.certificates(role)?;
            let mine = Reader::trusted(&used, trusted, &mut untrusted);
            inquiry.replace(role, &mine);
            Ok::<_, InquiryError>(mine.is_empty() && !used.is_empty())
        };
        narrow(Role::Root, &reader.roots)?;
        // A reader who says which roots tell the time means those alone, as a verifier does.
        let telling = match reader.time_stamp_roots.as_slice() {
            [] => &reader.roots,
            own => own,
        };
        if narrow(Role::TimeStampRoot, telling)? {
            // Without any, the other roots would say what time it was.
            return Err(InquiryError::NoTimeStampRoots);
        }
        let restricted =
            self.inquiry.one(Role::TimeStampRoot).is_none() && !reader.time_stamp_roots.is_empty();
        if restricted {
            inquiry.replace(Role::TimeStampRoot, &reader.time_stamp_roots);
        }
        let packed = self.inquiry.one(Role::RootSet);
        let root_set = match (&reader.root_set, packed) {
            (Some(mine), _) => Some(mine.clone()),
            (None, Some(bytes)) => {
                let set = Roots::open(bytes, limits).map_err(InquiryError::RootSet)?;
                let before = untrusted.len();
                Reader::trusted(set.certificates(), &reader.roots, &mut untrusted);
                (untrusted.len() == before).then_some(set)
            }
            (None, None) => None,
        };
        if packed.is_some() && root_set.is_none() {
            return Err(InquiryError::NoRoots);
        }
        let mut used = beside.clone();
        if !self.manifest.holder_typed {
            used.holder = None;
        }
        if !self.manifest.password_given {
            used.password = None;
        }
        let report = inquiry.answer_under(root_set, &used)?.report;
        let told = |code: Code| report.findings.iter().any(|finding| finding.code == code);
        if restricted && told(Code::TimeStampUntrusted) {
            // All roots told the time then.
            let used = self.inquiry.certificates(Role::Root)?;
            Reader::trusted(&used, &reader.time_stamp_roots, &mut untrusted);
        }

        let now = serde_json::to_vec(&report).unwrap_or_default();
        let withheld = (self.manifest.holder_typed && used.holder.is_none())
            || (self.manifest.password_given && used.password.is_none());
        let differ = match withheld {
            true => Agreement::Open,
            false => Agreement::Different,
        };
        let (agreement, differences) = if now == self.report {
            (Agreement::Identical, vec![])
        } else if !in_proportion(self.report.len(), now.len()) {
            (differ, vec![of_length(self.report.len(), now.len())])
        } else {
            let read = |bytes: &[u8]| serde_json::from_slice::<Value>(bytes).unwrap_or_default();
            let (filed, now) = (read(&self.report), read(&now));
            let agreement = match same_verdict(&filed, &now) {
                true => Agreement::SameVerdict,
                false => differ,
            };
            (agreement, differences(&filed, &now))
        };
        Ok(Replay {
            report,
            agreement,
            differences,
            untrusted,
        })
    }
}
