//! Verifying: from received bytes to a verdict with its reasons.
//!
//! ```text
//! PDF ----> revisions -> coverage -> signature -> chain -> authority -> record -> code against record and draft --> Report
//! symbol -> payload ------------------> signature -> chain -> authority -> fields to compare --------------------------^
//! ```
//!
//! Nothing here returns an error: whatever the bytes are, the answer is a [`Report`].

mod answers;
mod authority;
mod binding;
mod chain;
mod change;
mod code;
#[cfg(test)]
mod collision_tests;
mod columns;
mod copy;
mod coverage;
mod drawing;
mod facts;
mod fields;
mod finding;
mod grounds;
mod holder;
mod indication;
mod json;
mod moment;
mod oddities;
mod outdated;
mod past;
mod pdf;
mod place;
mod rebuild;
mod record;
mod report;
mod required;
mod seals;
mod seen;
mod signature;
mod source;
mod status;
mod step;
mod store;
mod technical;
mod text;
mod timestamp;
mod versions;
mod whole;

pub use answers::{Answer, Question, Row, Words};
pub use change::ChangePolicy;
pub(crate) use columns::printable;
pub use facts::{
    Carrier, Coverage, EntryFacts, ListFacts, Modification, RequiredSeal, SealFacts, SealKind, StatusFacts,
    SublistFacts, TimeStampFacts,
};
pub use finding::{Code, Finding, Severity};
#[cfg(feature = "compose")]
pub(crate) use finding::{Gathered, gathered};
pub use indication::{Indication, SubIndication};
pub use moment::{Proof, ProvenTime};
pub use rebuild::{NotRebuilt, Rebuild};
pub use report::{Authentic, Outcome, Refused, Report};
pub use step::{Step, StepFacts, StepResult};
#[cfg(feature = "compose")]
pub(crate) use technical::{covers, existed};
pub use text::Language;
pub use versions::settle_versions;

use std::io::{self, Read, Seek};
use std::sync::{Arc, Mutex};

use crate::authority::{Attack, AuthorityError, AuthorityList, ListSet, ListSetError, Memory, Roots};
use crate::cose::status::StatusList;
use crate::crypto::DigestAlgorithm;
use crate::limits::Limits;
use crate::pdf::Password;
use crate::pki::{Certificate, Evidence, Missing, RevocationPolicy, TrustAnchors, VerifiedLinks};
use crate::time::Time;

use source::Source;

/// The program that judges and its version, as reports and records name it.
pub const ENGINE: &str = concat!("yinxin ", env!("CARGO_PKG_VERSION"));

/// What the verifier holds to be true before it looks at anything: roots, an authority list, and helping certificates.
#[derive(Clone, Default)]
pub struct Trust {
    roots: Vec<Certificate>,
    time_stamp_roots: Vec<Certificate>,
    evidence: Evidence,
    list: Option<AuthorityList>,
    refused: Option<Attack>,
    statuses: Vec<StatusList>,
    certificates: Vec<Certificate>,
}

impl Trust {
    /// No trust at all: every verdict is at best `Indeterminate`.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds root certificates: a chain must end in one of them.
    #[must_use]
    pub fn roots(mut self, roots: impl IntoIterator<Item = Certificate>) -> Self {
        self.roots.extend(roots);
        self
    }

    /// Adds root certificates of time-stamping authorities. Where there are any, only they say what time it was; without, the
    /// [`roots`](Self::roots) do.
    #[must_use]
    pub fn time_stamp_roots(mut self, roots: impl IntoIterator<Item = Certificate>) -> Self {
        self.time_stamp_roots.extend(roots);
        self
    }

    /// Sets revocation lists and OCSP responses that the caller got. What files bring along is used beside them, and none of it is
    /// trusted by being here.
    #[must_use]
    pub fn evidence(mut self, evidence: Evidence) -> Self {
        self.evidence = evidence;
        self
    }

    /// Sets the authority list: who may seal what. Without one, any certificate under the roots is taken.
    #[must_use]
    pub fn list(mut self, list: AuthorityList) -> Self {
        (self.list, self.refused) = (Some(list), None);
        self
    }

    /// Sets the authority list as a verifier that remembers: `kept` is what it wrote down the last time it started
    /// ([`Memory::to_bytes`]), `None` on its first day, and `now` what its clock says.
    ///
    /// Gives what to write down in its place, before anything is verified; `None` where the lists, or the clock, may be an attack:
    /// every verdict is then at best `Indeterminate` and says why, and what was kept stays.
    ///
    /// # Errors
    /// Occurs if the memory or a list cannot be read, or a list is not signed as `roots` ask for.
    pub fn remembered_list(
        self,
        kept: Option<&[u8]>,
        lists: &ListSet<'_>,
        roots: &Roots,
        now: Time,
        limits: &Limits,
    ) -> Result<(Self, Option<Memory>), ListSetError> {
        let resumed = kept.map_or_else(
            || Ok(Memory::new(now)),
            |kept| Memory::resume(kept, now, limits).map_err(ListSetError::Memory),
        );
        let opened = resumed.and_then(|mut memory| {
            let list = lists.open(roots, &mut memory, limits)?;
            Ok((list, memory))
        });
        match opened {
            Ok((list, memory)) => Ok((self.list(list), Some(memory))),
            Err(
                ListSetError::Memory(AuthorityError::Attack(attack))
                | ListSetError::List {
                    error: AuthorityError::Attack(attack),
                    ..
                },
            ) => Ok((self.list_refused(attack), None)),
            Err(error) => Err(error),
        }
    }

    /// Adds status lists: what departments say of their results now. Whether a list is by the department is looked at for each result.
    #[must_use]
    pub fn statuses(mut self, lists: impl IntoIterator<Item = StatusList>) -> Self {
        self.statuses.extend(lists);
        self
    }

    /// Says that there is a list and that it must not be relied on: every verdict is then at best `Indeterminate`, and says why.
    #[must_use]
    pub fn list_refused(mut self, attack: Attack) -> Self {
        (self.list, self.refused) = (None, Some(attack));
        self
    }

    /// Why the list must not be relied on, if so.
    #[must_use]
    pub fn refusal(&self) -> Option<&Attack> {
        self.refused.as_ref()
    }

    /// Adds certificates that help to build chains and to find the key of a code. They are not trusted by being here.
    #[must_use]
    pub fn certificates(mut self, certificates: impl IntoIterator<Item = Certificate>) -> Self {
        self.certificates.extend(certificates);
        self
    }
}

/// Verifies files and codes under one trust. Shared between threads by reference.
///
/// Remembers which certificate signatures it found right, so that a department's chain costs its checks once; no verdict
/// depends on what it remembers.
#[derive(Clone)]
pub struct Verifier {
    anchors: TrustAnchors,
    time_anchors: TrustAnchors,
    revocation: RevocationPolicy,
    trust: Trust,
    limits: Limits,
    password: Option<Password>,
    links: Arc<Mutex<VerifiedLinks>>,
    policy: ChangePolicy,
    holder: Option<String>,
    recipient: Option<String>,
    original: Option<(u64, [u8; 32])>,
    rebuilder: Option<Arc<dyn Rebuild>>,
    /// Whether status lists are asked.
    standing: bool,
}

/// Pairs of issuer and certificate to remember, 64 bytes each.
const LINKS: usize = 4096;

impl Verifier {
    /// A verifier that trusts `trust` and nothing else.
    #[must_use]
    pub fn new(trust: Trust) -> Self {
        let time_roots = match trust.time_stamp_roots.is_empty() {
            true => &trust.roots,
            false => &trust.time_stamp_roots,
        };
        Self {
            anchors: TrustAnchors::new(trust.roots.clone()),
            time_anchors: TrustAnchors::new(time_roots.clone()),
            revocation: RevocationPolicy {
                missing: Missing::Reported,
                ..RevocationPolicy::default()
            },
            trust,
            limits: Limits::DEFAULT,
            password: None,
            links: Arc::new(Mutex::new(VerifiedLinks::new(LINKS))),
            policy: ChangePolicy::default(),
            holder: None,
            recipient: None,
            original: None,
            rebuilder: None,
            standing: true,
        }
    }

    /// The same, for results as they were issued: what became of them since is not asked.
    pub(crate) fn as_issued(&self) -> Self {
        Self {
            standing: false,
            ..self.clone()
        }
    }

    /// Sets other limits than [`Limits::DEFAULT`].
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Sets the password for files that do not open without one: the user's or the owner's.
    #[must_use]
    pub fn password(mut self, password: Password) -> Self {
        self.password = Some(password);
        self
    }

    /// Sets what may come after a seal, instead of [`ChangePolicy::Seal`].
    #[must_use]
    pub fn policy(mut self, policy: ChangePolicy) -> Self {
        self.policy = policy;
        self
    }

    /// Sets what is asked of evidence of revocation. By default what is at hand is used, as fresh as its issuer promised, and that
    /// there is none is a remark ([`Missing::Reported`]); [`Missing::Refused`] makes it a doubt.
    ///
    /// Of a certificate that has expired since a proven time, evidence is needed in any case, unless the authority list names the
    /// signer's certificate. Where the list stands in for a chain that is not at hand, so that nobody can tell whose word on revocation
    /// to believe, [`Missing::Refused`] is a doubt, and so is evidence that calls the certificate revoked.
    #[must_use]
    pub fn revocation(mut self, policy: RevocationPolicy) -> Self {
        self.revocation = policy;
        self
    }

    /// Sets the code of the person who hands the result in, as typed from the identity document: a result of another holder is then
    /// not authentic, and one that tells too little cannot be told.
    ///
    /// A code of a QR alone is compared by a slow hash, some 65 ms each.
    #[must_use]
    pub fn holder(mut self, code: impl Into<String>) -> Self {
        self.holder = Some(code.into());
        self
    }

    /// Takes annotated copies (加注件) that were made for `name`. Without it, a copy cannot be decided: it is not the result.
    ///
    /// That a copy is for this recipient says nothing about the purpose: [`Authentic::copy`] does, and a person compares.
    #[must_use]
    pub fn recipient(mut self, name: impl Into<String>) -> Self {
        self.recipient = Some(name.into());
        self
    }

    /// Sets the file of which an annotated copy must be one: the findings say whether it is. The file itself is not verified.
    #[must_use]
    pub fn original(mut self, file: &[u8]) -> Self {
        let digest = DigestAlgorithm::Sha256.digest(file);
        let length = u64::try_from(file.len()).unwrap_or(u64::MAX);
        self.original = Some((length, digest.try_into().unwrap_or_default()));
        self
    }

    /// Sets what rebuilds files from whole codes (`whole::Rebuilder`). Without it, such codes cannot be decided.
    #[must_use]
    pub fn rebuilder(mut self, rebuilder: impl Rebuild + 'static) -> Self {
        self.rebuilder = Some(Arc::new(rebuilder));
        self
    }

    /// Verifies a sealed PDF as of `at`: chains, list and validity are judged at that time.
    #[must_use]
    pub fn verify_pdf(&self, file: &[u8], at: Time) -> Report {
        pdf::verify(self, &Source::whole(file), at)
    }

    /// As [`verify_pdf`](Self::verify_pdf), for a file of any size: `file` is read from start to end, once as a rule, and
    /// never kept whole.
    ///
    /// `room` takes the parts that are kept, everything but the data of large streams; it must be as long as the file, and
    /// its content does not matter. Memory that the system provides only when it is written to (a fresh private map) takes
    /// no more than what is kept.
    ///
    /// The verdict is about the bytes read, each of them once: what the document says and what its digest is come from one
    /// reading. A file that is changed by others meanwhile is judged as it was received or not at all.
    ///
    /// # Errors
    /// Occurs if the file cannot be read, or is not as long as `room`.
    pub fn verify_pdf_from(&self, file: impl Read + Seek, room: &mut [u8], at: Time) -> io::Result<Report> {
        source::skim(file, room, Report::new(self, at), |source| {
            pdf::verify(self, source, at)
        })
    }

    /// Verifies the text of a scanned code as of `at`. The address in it is never trusted or followed.
    ///
    /// `Authentic` says that the fields were signed by a body that may; whether the paper says the same, a person compares. Where
    /// the code stands for a whole file, the verdict is about that file, which is [`Report::rebuilt`].
    #[must_use]
    pub fn verify_text(&self, text: &str, at: Time) -> Report {
        code::verify(self, text, None, at)
    }

    /// Verifies many scanned codes, in order: as [`verify_text`](Self::verify_text) for each, with Ed25519 signatures checked in
    /// one batch.
    #[must_use]
    pub fn verify_texts(&self, texts: &[&str], at: Time) -> Vec<Report> {
        code::verify_all(self, texts, at)
    }

    /// Verifies the text of a scanned code together with the file it came with: both must be good and belong together.
    #[must_use]
    pub fn verify_text_with_pdf(&self, text: &str, file: &[u8], at: Time) -> Report {
        code::verify(self, text, Some(&Source::whole(file)), at)
    }

    /// As [`verify_text_with_pdf`](Self::verify_text_with_pdf), for a file of any size; `file` and `room` are as for
    /// [`verify_pdf_from`](Self::verify_pdf_from).
    ///
    /// # Errors
    /// Occurs if the file cannot be read, or is not as long as `room`.
    pub fn verify_text_with_pdf_from(
        &self,
        text: &str,
        file: impl Read + Seek,
        room: &mut [u8],
        at: Time,
    ) -> io::Result<Report> {
        source::skim(file, room, Report::new(self, at), |source| {
            code::verify(self, text, Some(source), at)
        })
    }

    /// Reads the code in a picture (PNG or JPEG) and verifies it.
    #[cfg(feature = "scan")]
    #[must_use]
    pub fn verify_image(&self, picture: &[u8], at: Time) -> Report {
        code::verify_image(self, picture, at)
    }
}
