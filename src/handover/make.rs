//! Making a package: verify, then put what the verdict rests on beside it.

use super::MANIFEST_FILE;
use super::error::HandOverError;
use super::inquiry::{Answer, Beside, Inquiry};
use super::manifest::{Manifest, sha256};
use super::open::Package;
use super::page;
use super::role::Role;
use crate::authority::Memory;
use crate::compose::Fonts;
use crate::compose::leaf::{Attachment, Relation};
use crate::draft::Draft;
use crate::filing::{Subject, VerificationRecord};
use crate::verify::Report;

/// What the record calls a file that was rebuilt from a code.
const REBUILT: &str = "rebuilt.pdf";

/// A verification that was made from an [`Inquiry`], to be handed over with all of it.
///
/// # Example
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use yinxin::handover::{Agreement, Beside, HandOver, Inquiry, Package, Reader};
/// use yinxin::{Certificate, Limits};
///
/// # let pem = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/test-vectors/keys/root.cert.pem"))?;
/// let roots = Certificate::from_pem_many(&pem)?;
/// let inquiry = Inquiry::new("2030-06-05T09:00:00Z".parse()?)
///     .file("letter.pdf", b"no PDF at all")
///     .roots(roots.clone());
/// let made = HandOver::verify(inquiry, &Beside::new())?
///     .asked_by("滨海市公积金管理中心")
///     .purpose("住房公积金提取");
/// let draft = made.compose()?; // to be sealed like any other draft
///
/// // Years later, with roots of one's own.
/// let package = Package::open(draft.bytes(), &Limits::DEFAULT)?;
/// let replay = package.replay(&Reader::new(roots), &Beside::new())?;
/// assert_eq!(replay.agreement, Agreement::Identical);
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct HandOver {
    inquiry: Inquiry,
    answer: Answer,
    manifest: Manifest,
    fonts: Fonts,
}

impl HandOver {
    /// Makes the verification that is to be handed over.
    ///
    /// # Errors
    /// Occurs if the inquiry has no answer, what was received is a package itself, or there is more of it than a package may hold under
    /// the limits of `beside`.
    pub fn verify(inquiry: Inquiry, beside: &Beside) -> Result<Self, HandOverError> {
        let limits = &beside.limits;
        let parts = inquiry.parts();
        // With the report.
        if parts.len() >= limits.hand_over_parts {
            return Err(HandOverError::TooMany(limits.hand_over_parts));
        }
        let longest = parts.iter().map(|(.., bytes)| bytes.len()).max().unwrap_or(0);
        if longest > limits.pdf_stream_bytes {
            return Err(HandOverError::TooLarge(limits.pdf_stream_bytes));
        }
        // What the manifest, the report and the page take is left free.
        let most = limits.pdf_decoded_bytes / 8 * 7;
        let total = parts
            .iter()
            .fold(0usize, |sum, (.., bytes)| sum.saturating_add(bytes.len()));
        if total > most {
            return Err(HandOverError::TooLarge(most));
        }
        if let Some((_, file)) = inquiry.received()
            && Package::is_one(file, limits)
        {
            return Err(HandOverError::Nested);
        }
        let answer = inquiry.answer(beside)?;
        let manifest = Manifest::of(&inquiry, beside);
        Ok(Self {
            inquiry,
            answer,
            manifest,
            fonts: Fonts::bundled(),
        })
    }

    /// The verdict.
    #[must_use]
    pub fn report(&self) -> &Report {
        &self.answer.report
    }

    /// What to remember from now on of the lists seen.
    #[must_use]
    pub fn memory(&self) -> Option<&Memory> {
        self.answer.memory.as_ref()
    }

    /// Sets who asked: the verifying department, under whose name its seal goes. No package is without.
    #[must_use]
    pub fn asked_by(mut self, name: &str) -> Self {
        name.clone_into(&mut self.manifest.asked_by);
        self
    }

    /// Sets what the file was handed in for. No package is without.
    #[must_use]
    pub fn purpose(mut self, purpose: &str) -> Self {
        purpose.clone_into(&mut self.manifest.purpose);
        self
    }

    /// Sets other fonts than the bundled one.
    #[must_use]
    pub fn fonts(mut self, fonts: Fonts) -> Self {
        self.fonts = fonts;
        self
    }

    /// The package, to be sealed like any other draft: the verification record with a place for the department's seal, a table of
    /// contents, and everything attached. The same inquiry and words give the same bytes.
    ///
    /// # Errors
    /// Occurs if it is not said who verified or for what, or a font cannot be made into a subset.
    pub fn compose(&self) -> Result<Draft, HandOverError> {
        let Manifest {
            asked_by, purpose, ..
        } = &self.manifest;
        // Whoever is handed the package asks for both first, and cannot ask the file.
        for (said, otherwise) in [
            (asked_by, HandOverError::NoDepartment),
            (purpose, HandOverError::NoPurpose),
        ] {
            if said.trim().is_empty() {
                return Err(otherwise);
            }
        }
        let code = self.inquiry.one(Role::Code).unwrap_or_default();
        let subject = match (self.inquiry.received(), self.report().rebuilt()) {
            (Some((name, bytes)), _) => Subject::of(name, bytes),
            // What was judged is the file that the code stands for.
            (None, Some(rebuilt)) => Subject::of(REBUILT, rebuilt),
            (None, None) => Subject::of(&Role::Code.name(1), code),
        };
        let record = VerificationRecord::new(self.report(), subject)
            .asked_by(asked_by)
            .purpose(purpose)
            .fonts(self.fonts.clone());
        let report = record.report_json();
        let mut manifest = self.manifest.clone();
        manifest.list(Role::Report, &report);
        let bytes = manifest.to_bytes();

        let mut received = self.inquiry.parts();
        received.push((Role::Report, 1, &report));
        received.sort_by_key(|(role, ..)| *role);
        let digest = sha256(&bytes);
        let about = |role: Role| format!("{} {}", role.chinese(), role.english());
        let mut rows: Vec<page::Entry<'_>> = manifest
            .parts
            .iter()
            .map(|part| page::Entry {
                name: &part.name,
                what: about(part.role),
                length: part.length,
                digest: &part.sha256,
            })
            .collect();
        rows.push(page::Entry {
            name: MANIFEST_FILE,
            what: "移交清单 manifest".into(),
            length: u64::try_from(bytes.len()).unwrap_or(u64::MAX),
            digest: &digest,
        });
        let contents = received
            .iter()
            .map(|(role, _, bytes)| (role.media_type(), relation(*role), *bytes));
        let contents = contents.chain([("application/json", Relation::Data, bytes.as_slice())]);
        let mut attached: Vec<Attachment<'_>> = rows
            .iter()
            .zip(contents)
            .map(|(row, (kind, relation, bytes))| Attachment {
                name: row.name,
                kind,
                description: &row.what,
                bytes,
                relation,
            })
            .collect();
        attached.sort_by_key(|attachment| attachment.name);
        Ok(record.compose_with(&attached, |leaf| page::set(leaf, &rows))?)
    }
}

/// What a part is to the first page (ISO 32000-2, table 43).
fn relation(role: Role) -> Relation {
    match role {
        Role::File | Role::Code => Relation::Source,
        Role::Report => Relation::Data,
        _ => Relation::Supplement,
    }
}
