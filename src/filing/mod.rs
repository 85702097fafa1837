//! What a department files about a verification: the verification record (核验记录), two pages of PDF/A in Chinese and English.
//!
//! It is a [`Draft`] like any other: the verifying department can put its own seal on it, in the place reserved for that. The
//! whole report goes with it as `report.json`. The same report and words give the same bytes.

mod page;

use core::fmt;

use crate::compose::leaf::{Attachment, Leaf, LeafMatter, Relation};
use crate::compose::{ComposeError, Fonts};
use crate::crypto::DigestAlgorithm;
use crate::draft::Draft;
use crate::verify::Report;

/// The name under which a verification record carries the report, as an associated file (ISO 32000-2, 14.13).
pub const REPORT_FILE: &str = "report.json";

/// What was verified: a file or the text of a code.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Subject {
    name: String,
    length: u64,
    sha256: [u8; 32],
}

impl Subject {
    /// The file `name` with these bytes.
    #[must_use]
    pub fn of(name: &str, bytes: &[u8]) -> Self {
        let digest = DigestAlgorithm::Sha256.digest(bytes);
        let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        Self::new(name, length, digest.try_into().unwrap_or_default())
    }

    /// A file that is not in memory: its name, its length in bytes and its SHA-256.
    #[must_use]
    pub fn new(name: &str, length: u64, sha256: [u8; 32]) -> Self {
        Self {
            name: name.to_owned(),
            length,
            sha256,
        }
    }
}

/// Why there is no verification record.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq)]
pub enum FilingError {
    /// Occurs if the report is about a file of another length than the subject: it is not the file that was judged.
    AnotherFile {
        /// Bytes that were judged.
        judged: u64,
        /// Bytes that the subject has.
        given: u64,
    },
    /// Occurs if a font cannot be made into a subset.
    Compose(ComposeError),
}

impl fmt::Display for FilingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AnotherFile { judged, given } => write!(
                f,
                "the report is about a file of {judged} bytes, the subject has {given}; name the file that was verified"
            ),
            Self::Compose(error) => error.fmt(f),
        }
    }
}

impl core::error::Error for FilingError {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match self {
            Self::AnotherFile { .. } => None,
            Self::Compose(error) => Some(error),
        }
    }
}

impl From<ComposeError> for FilingError {
    fn from(error: ComposeError) -> Self {
        Self::Compose(error)
    }
}

/// The record of one verification, to be filed.
///
/// What does not fit on the pages is counted on them and stands in the attached report; a character that the fonts lack is shown
/// by its number.
///
/// # Example
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use yinxin::filing::{Subject, VerificationRecord};
/// use yinxin::{Trust, Verifier};
///
/// let file = b"no PDF at all";
/// let report = Verifier::new(Trust::new()).verify_pdf(file, "2030-06-05T09:00:00Z".parse()?);
/// let subject = Subject::of("letter.pdf", file);
/// let record = VerificationRecord::new(&report, subject)
///     .asked_by("滨海市公积金管理中心")
///     .purpose("住房公积金提取");
/// // A refusal is filed as well as an acceptance, and twice the same is the same.
/// assert_eq!(record.compose()?, record.compose()?);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct VerificationRecord<'r> {
    report: &'r Report,
    subject: Subject,
    asked_by: String,
    purpose: String,
    fonts: Fonts,
}

impl<'r> VerificationRecord<'r> {
    /// The record of `report`, which is the verdict on `subject`.
    #[must_use]
    pub fn new(report: &'r Report, subject: Subject) -> Self {
        Self {
            report,
            subject,
            asked_by: String::new(),
            purpose: String::new(),
            fonts: Fonts::bundled(),
        }
    }

    /// Sets who asked: the verifying department. Its seal goes under this name.
    #[must_use]
    pub fn asked_by(mut self, name: &str) -> Self {
        name.clone_into(&mut self.asked_by);
        self
    }

    /// Sets what the file was handed in for.
    #[must_use]
    pub fn purpose(mut self, purpose: &str) -> Self {
        purpose.clone_into(&mut self.purpose);
        self
    }

    /// Sets other fonts than the bundled one.
    #[must_use]
    pub fn fonts(mut self, fonts: Fonts) -> Self {
        self.fonts = fonts;
        self
    }

    /// The pages: PDF/A-3b, A4, with the report attached, and on the first of them a place for the verifying department's seal.
    ///
    /// # Errors
    /// `AnotherFile` occurs if the report is about a file of another length, `Compose` if a font cannot be made into a subset.
    pub fn compose(&self) -> Result<Draft, FilingError> {
        let report = self.report_json();
        let attached = Attachment {
            name: REPORT_FILE,
            kind: "application/json",
            description: "核验报告 Verification report (JSON)",
            bytes: &report,
            relation: Relation::Data,
        };
        self.compose_with(&[attached], |_| {})
    }

    /// The report as it is attached.
    pub(crate) fn report_json(&self) -> Vec<u8> {
        // Strings, numbers and lists of them: there is nothing in a report that JSON cannot hold.
        serde_json::to_vec(self.report).unwrap_or_default()
    }

    /// The page with these files attached, by rising name, and with the pages that `more` adds.
    pub(crate) fn compose_with(
        &self,
        attached: &[Attachment<'_>],
        more: impl FnOnce(&mut Leaf<'_>),
    ) -> Result<Draft, FilingError> {
        if let Some(judged) = self.report.length.filter(|judged| *judged != self.subject.length) {
            return Err(FilingError::AnotherFile {
                judged,
                given: self.subject.length,
            });
        }
        let mut leaf = page::set(self);
        more(&mut leaf);
        let draft = leaf.finish(&LeafMatter {
            title: &format!("核验记录 Verification record: {}", self.subject.name),
            creator: &self.asked_by,
            at: self.report.at,
            attached,
        })?;
        Ok(draft)
    }
}
