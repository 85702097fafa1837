//! Verifying: from received bytes to a verdict with its reasons.
//!
//! ```text
//! PDF ----> revisions -> coverage -> signature -> chain -> authority -> record -> code against record and draft --> Report
//! symbol -> payload ------------------> signature -> chain -> authority -> fields to compare --------------------------^
//! ```
//!
//! Nothing here returns an error: whatever the bytes are, the answer is a [`Report`].

mod authority;
mod binding;
mod code;
mod coverage;
mod drawing;
mod fields;
mod finding;
mod pdf;
mod record;
mod report;
mod signature;

pub use finding::{Code, Finding, Severity};
pub use report::{Authentic, Coverage, ListFacts, Modification, Outcome, Refused, Report, SealFacts};

use std::sync::{Arc, Mutex};

use crate::authority::AuthorityList;
use crate::limits::Limits;
use crate::pdf::{Document, Password, PdfError, PdfErrorKind};
use crate::pki::{Certificate, TrustAnchors, VerifiedLinks};
use crate::time::Time;

/// What the verifier holds to be true before it looks at anything: roots, an authority list, and helping certificates.
#[derive(Clone, Default)]
pub struct Trust {
    roots: Vec<Certificate>,
    list: Option<AuthorityList>,
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

    /// Sets the authority list: who may seal what. Without one, any certificate under the roots is taken.
    #[must_use]
    pub fn list(mut self, list: AuthorityList) -> Self {
        self.list = Some(list);
        self
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
    trust: Trust,
    limits: Limits,
    password: Option<Password>,
    links: Arc<Mutex<VerifiedLinks>>,
}

/// Pairs of issuer and certificate to remember, 64 bytes each.
const LINKS: usize = 4096;

impl Verifier {
    /// A verifier that trusts `trust` and nothing else.
    #[must_use]
    pub fn new(trust: Trust) -> Self {
        Self {
            anchors: TrustAnchors::new(trust.roots.clone()),
            trust,
            limits: Limits::DEFAULT,
            password: None,
            links: Arc::new(Mutex::new(VerifiedLinks::new(LINKS))),
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

    /// The file, opened as every program opens it, or else with the password.
    fn open<'f>(&self, file: &'f [u8]) -> Result<Document<'f>, PdfError> {
        match (Document::open(file, &self.limits), &self.password) {
            (Err(error), Some(password)) if error.kind == PdfErrorKind::PasswordNeeded => {
                Document::open_with(file, password, &self.limits)
            }
            (opened, _) => opened,
        }
    }

    /// Verifies a sealed PDF as of `at`: chains, list and validity are judged at that time.
    #[must_use]
    pub fn verify_pdf(&self, file: &[u8], at: Time) -> Report {
        pdf::verify(self, file, at)
    }

    /// Verifies the text of a scanned code as of `at`. The address in it is never trusted or followed.
    ///
    /// `Authentic` says that the fields were signed by a body that may; whether the paper says the same, a person compares.
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
        code::verify(self, text, Some(file), at)
    }

    /// Reads the code in a picture (PNG) and verifies it.
    #[cfg(feature = "scan")]
    #[must_use]
    pub fn verify_image(&self, picture: &[u8], at: Time) -> Report {
        code::verify_image(self, picture, at)
    }
}
