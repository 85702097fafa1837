//! The annotated copy (加注件): a copy of a result for one use, with purpose, recipient, last day and maker on every page.
//!
//! The copy is a document of its own, not a later revision: a revision that paints on pages would break the original's
//! certification in every reader, and cutting it off would give back the unmarked original. So the pages are shown in a new
//! file, seals and filled fields as pictures, under a watermark that is part of each page. What the original said to programs
//! stays behind: its record, its code (which would stand for the original wherever it is scanned), scripts, attachments,
//! structure and claims to PDF/A. The terms go with the copy as `copy.cbor` and name the original by its digest; the seal of
//! the maker is what proves them, the watermark tells the reader.
//!
//! A verifier takes a copy only from a caller who says whom the copy must be for
//! ([`Verifier::recipient`](crate::verify::Verifier::recipient)), and never hands out a record for it.
//!
//! ```
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let read = |name: &str| std::fs::read(format!("{}/{name}", env!("CARGO_MANIFEST_DIR")));
//! # let text = |name: &str| read(name).map(|bytes| String::from_utf8(bytes).unwrap_or_default());
//! # use yinxin::impression::{Impression, RoundSeal};
//! # use yinxin::{Certificate, Limits, Payload, Record, Seal, SoftwareSigner, Template, Time, Trust, Verifier};
//! use yinxin::copy::AnnotatedCopy;
//! use yinxin::record::Issuer;
//! use yinxin::verify::Outcome;
//! # let record = Record::from_json(&read("examples/data/records/residence.json")?, &Limits::DEFAULT)?;
//! # let chain = [text("test-vectors/keys/p256.cert.pem")?, text("test-vectors/keys/intermediate.cert.pem")?].concat();
//! # let key = text("test-vectors/keys/p256.key.pem")?;
//! # let signer = SoftwareSigner::from_pem(&key, Certificate::from_pem_many(&chain)?)?;
//! # let seal = Seal::new(Impression::round(&RoundSeal::new("滨海市公安局"), yinxin::font::bundled())?);
//! # let at: Time = "2030-06-05T09:00:00Z".parse()?;
//! # let draft = Template::builtin("residence").ok_or("no such template")?.compose(&record)?;
//! # let original = draft.bind(Payload::of(&record)).seal(&seal, &signer, at)?.to_bytes();
//! # let roots = Certificate::from_pem_many(&text("test-vectors/keys/root.cert.pem")?)?;
//!
//! // The maker verifies the original, and seals a copy of it for one use.
//! let verifier = Verifier::new(Trust::new().roots(roots));
//! let maker = Issuer { name: "滨海市公安局".into(), code: record.issuer().code.clone() };
//! let copy = AnnotatedCopy::new("滨海市公积金管理中心", "住房公积金提取", "2030-07-01".parse()?, maker)
//!     .compose(&verifier, &original, at)?
//!     .without_code()
//!     .seal(&seal, &signer, at)?
//!     .to_bytes();
//!
//! // Who does not ask for a copy does not get one, and the recipient learns what it is.
//! assert_eq!(verifier.verify_pdf(&copy, at).outcome, Outcome::Indeterminate);
//! let report = verifier.recipient("滨海市公积金管理中心").verify_pdf(&copy, at);
//! let authentic = report.authentic()?;
//! assert_eq!(authentic.record(), None);
//! assert_eq!(authentic.copy().map(|terms| terms.purpose.as_str()), Some("住房公积金提取"));
//! # Ok(())
//! # }
//! ```

mod error;
mod file;
mod notice;
mod page;
mod watermark;

pub use error::CopyError;

use crate::compose::Fonts;
use crate::crypto::DigestAlgorithm;
use crate::draft::Draft;
use crate::limits::Limits;
use crate::pdf::Document;
use crate::record::Issuer;
use crate::terms::{Original, Terms};
use crate::time::{Date, Time};
use crate::verify::Verifier;

/// A copy to be made: for whom, for what, until when, by whom.
#[derive(Clone, Debug)]
pub struct AnnotatedCopy {
    recipient: String,
    purpose: String,
    until: Date,
    maker: Issuer,
    fonts: Fonts,
}

impl AnnotatedCopy {
    /// A copy by `maker` for `recipient` (at most 60 characters), to be used for `purpose` (at most 100) until the end of the
    /// day `until`.
    #[must_use]
    pub fn new(recipient: &str, purpose: &str, until: Date, maker: Issuer) -> Self {
        Self {
            recipient: recipient.trim().to_owned(),
            purpose: purpose.trim().to_owned(),
            until,
            maker,
            fonts: Fonts::bundled(),
        }
    }

    /// Sets other fonts than the bundled one. A character that they lack is shown by its number.
    #[must_use]
    pub fn fonts(mut self, fonts: Fonts) -> Self {
        self.fonts = fonts;
        self
    }

    /// Verifies `original` at `at` and makes the copy of its newest revision, to be sealed by the maker. The last page says what
    /// the copy is and has the place of the seal.
    ///
    /// The same file, terms and time give the same bytes.
    ///
    /// # Errors
    /// `NotAuthentic` occurs unless `verifier` finds the file authentic, `NoRecord` if it does not say what it is, `Page` if a
    /// page has layers or other things that only its own file can show.
    pub fn compose(&self, verifier: &Verifier, original: &[u8], at: Time) -> Result<Draft, CopyError> {
        let report = verifier.verify_pdf(original, at);
        let authentic = report.authentic().map_err(CopyError::NotAuthentic)?;
        let record = authentic.record().ok_or(CopyError::NoRecord)?;
        if let Some(valid_to) = record.valid_to().filter(|last| *last < self.until) {
            let until = self.until;
            return Err(CopyError::OutlivesOriginal { until, valid_to });
        }
        let digest = DigestAlgorithm::Sha256.digest(original);
        let length = u64::try_from(original.len()).unwrap_or(u64::MAX);
        let copied = Original::of(record, length, digest.try_into().unwrap_or_default());
        let used = (self.recipient.as_str(), self.purpose.as_str());
        let terms = Terms::new(copied, used, self.until, at, self.maker.clone())?;
        // The verifier opened it with these limits or others; it was found in order, and is read once more as it is.
        let limits = Limits::DEFAULT;
        let document = Document::open(original, &limits)?;
        file::write(&document, &terms, &self.fonts, &limits)
    }
}
