//! Recovery: makes a damaged file readable again by appending to it, for *sealing* only.
//!
//! The strict reader refuses files whose cross-reference sections or page trees contradict them, and verification knows
//! no other reader. What a department receives is damaged now and then all the same. [`repair`] looks through such a
//! file once and says what has to stand after it: one complete cross-reference section without `/Prev`, and the objects
//! that were damaged themselves. A file whose sections are sound gets an ordinary revision with those objects. The old
//! bytes stay as they are, the result is read by the strict reader like any other file, and everything that was decided
//! is a [`Rebuilt`] to be shown to a person before sealing.
//!
//! Where an object stands several times, the last one in the file counts (7.5.6), an object stream counting as a place.
//! What cannot be read is null. Files that are encrypted or carry a signature are refused: the former cannot be looked
//! into, and a new section would make the latter say something else than what was signed.
//!
//! ```
//! use yinxin::limits::Limits;
//! use yinxin::pdf::{Document, recovery};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let mut file = b"%PDF-1.7\n1 0 obj <</Type/Catalog/Pages 2 0 R>> endobj\n2 0 obj <</Type/Pages/Kids[3 0 R]/Count 1>> endobj\n\
//! 3 0 obj <</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>> endobj\n".to_vec();
//! assert!(Document::open(&file, &Limits::DEFAULT).is_err());
//! let repair = recovery::repair(&file, &Limits::DEFAULT)?;
//! let told: Vec<String> = repair.rebuilt.iter().map(ToString::to_string).collect();
//! assert_eq!(
//!     told,
//!     ["cross-reference section rebuilt from 3 objects", "object 1 at byte 9: taken as the catalog, which no trailer names"]
//! );
//! file.extend_from_slice(&repair.appended);
//! assert_eq!(Document::open(&file, &Limits::DEFAULT)?.newest().pages()?.len(), 1);
//! # Ok(())
//! # }
//! ```

mod choice;
mod members;
mod mend;
mod pages;
mod rebuild;
mod report;
mod scan;

pub use report::{Rebuilt, RecoveryError, What};

use super::document::Document;
use super::error::{AnomalyKind, PdfErrorKind};
use super::object::Ref;
use super::revision::Entry;
use super::update::Update;
use crate::limits::Limits;
use choice::Choice;
use rebuild::{Bodies, Plan};
use scan::Kind;

/// What makes a damaged file readable.
#[non_exhaustive]
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Repair {
    /// The bytes to append to the file; not empty.
    pub appended: Vec<u8>,
    /// What was decided: the section first, then by object, then the page tree.
    pub rebuilt: Vec<Rebuilt>,
}

/// How often the page tree is gone over: mending it can uncover what stood in an array.
const ROUNDS: usize = 8;

/// Finds out what must be appended to the damaged file `bytes` so that [`Document::open`] and
/// [`View::pages`](super::View::pages) succeed. Takes time and memory in proportion to the file.
///
/// # Errors
/// `NotDamaged` occurs if the strict reader reads every object already; `Encrypted` and `Signed` for such files;
/// `NoHeader`, `NoCatalog` and `NoPages` if there is nothing to start from; `Pdf` if a limit is exceeded or the file is
/// still refused.
pub fn repair(bytes: &[u8], limits: &Limits) -> Result<Repair, RecoveryError> {
    let head = bytes.get(..bytes.len().min(1024 + 5)).unwrap_or_default();
    // Nothing can be appended in front.
    let header = scan::find(head, b"%PDF-", 0).ok_or(RecoveryError::NoHeader)?;
    let opened = match Document::open(bytes, limits) {
        Ok(document) => {
            let unreadable = unreadable(&document)?;
            if unreadable.is_empty() && document.newest().pages().is_ok_and(|pages| !pages.is_empty()) {
                return Err(RecoveryError::NotDamaged);
            }
            Some((document, unreadable))
        }
        Err(e) if is_encrypted(e.kind) => return Err(RecoveryError::Encrypted),
        Err(e) if !e.kind.is_damage() => return Err(e.into()),
        Err(_) => None,
    };
    let scan = scan::scan(bytes, header, limits)?;
    if scan.encrypted {
        return Err(RecoveryError::Encrypted);
    }
    if scan.signed {
        return Err(RecoveryError::Signed);
    }
    let mut choice = Choice::new(bytes, scan, limits)?;
    let mut bodies = Bodies::new();
    let mut rebuilt = Vec::new();
    let base = match &opened {
        Some((document, unreadable)) => {
            for id in unreadable {
                replace(&choice, document, *id, &mut bodies, &mut rebuilt);
            }
            Base::Revision(document)
        }
        None => {
            let mut said = core::mem::take(&mut choice.rebuilt);
            let plan = Plan::new(bytes, header, &choice, &mut bodies, &mut rebuilt)?;
            // The section first; then, by object, what was chosen and what was mended.
            said.append(&mut rebuilt);
            said.sort_by_key(|one| one.object);
            rebuilt = said;
            Base::Section(plan)
        }
    };
    let pages = choice.of_kind(Kind::Page);
    let anew = matches!(base, Base::Section(_));
    let mut appended = base.append(&bodies)?;
    for _ in 0..ROUNDS {
        let whole = [bytes, &appended].concat();
        let document = Document::open(&whole, limits)?;
        // Nothing is changed in silence.
        let before = rebuilt.len();
        pages::mend(&document, &pages, anew, &mut bodies, &mut rebuilt)?;
        if rebuilt.len() == before {
            document.newest().pages()?;
            // What was written anew stands nowhere in the damaged file.
            for one in &mut rebuilt {
                one.offset = one.offset.filter(|at| *at < bytes.len());
            }
            return Ok(Repair { appended, rebuilt });
        }
        appended = base.append(&bodies)?;
    }
    Err(RecoveryError::NoPages)
}

fn is_encrypted(kind: PdfErrorKind) -> bool {
    matches!(
        kind,
        PdfErrorKind::BadEncryption
            | PdfErrorKind::EncryptionDiffers
            | PdfErrorKind::PasswordNeeded
            | PdfErrorKind::UnsupportedEncryption
            | PdfErrorKind::WrongPassword
    )
}

/// What the appended bytes stand on.
enum Base<'d, 'a> {
    /// The sections of the file, which are sound.
    Revision(&'d Document<'a>),
    /// A section of our own.
    Section(Plan),
}

impl Base<'_, '_> {
    fn append(&self, bodies: &Bodies) -> Result<Vec<u8>, RecoveryError> {
        match self {
            Self::Section(plan) => plan.append(bodies),
            Self::Revision(document) => {
                let mut update = Update::new(document);
                for (id, body) in bodies {
                    update.put(*id, body.clone());
                }
                Ok(update.finish()?.bytes)
            }
        }
    }
}

/// The objects of the newest revision that the strict reader refuses, although their section is sound.
fn unreadable(document: &Document<'_>) -> Result<Vec<Ref>, RecoveryError> {
    let view = document.newest();
    let mut all = Vec::new();
    for anomaly in document.audit()? {
        if !matches!(
            anomaly.kind,
            AnomalyKind::UnreadableObject | AnomalyKind::WrongObject
        ) {
            continue;
        }
        let Some(number) = anomaly.object.filter(|number| *number > 0) else {
            continue;
        };
        let generation = match view.locate(number) {
            Some((_, Entry::Offset { generation, .. })) => generation,
            Some((_, Entry::InStream { .. })) => 0,
            _ => continue,
        };
        let id = Ref::new(number, generation);
        // A number of the last generation is used up and cannot be written again (7.5.4).
        if generation < u16::MAX && view.object(id).is_err() {
            all.push(id);
        }
    }
    all.sort_unstable();
    all.dedup();
    Ok(all)
}

/// Writes object `id` anew: as it stands where its entry leads or, if another stands there, as it was found elsewhere.
fn replace(
    choice: &Choice<'_>,
    document: &Document<'_>,
    id: Ref,
    bodies: &mut Bodies,
    rebuilt: &mut Vec<Rebuilt>,
) {
    let named = match document.newest().locate(id.number) {
        Some((_, Entry::Offset { offset, .. })) => choice.at(offset, id),
        _ => None,
    };
    let version = named.or_else(|| choice.versions.get(&id.number).copied());
    let Some(version) = version else {
        rebuilt.push(Rebuilt::new(What::Lost, id.number, 0));
        bodies.insert(id, b"null".to_vec());
        return;
    };
    let at = choice.offset(version);
    match choice.entry(version) {
        Err(faults) => rebuilt.extend(faults.into_iter().map(|what| Rebuilt::new(what, id.number, at))),
        Ok(_) => rebuilt.push(Rebuilt::new(What::Moved, id.number, at)),
    }
    bodies.insert(id, choice.body(version));
}
