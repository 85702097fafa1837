//! PDF syntax of ISO 32000-2: a strict reader that keeps byte spans and every revision apart, and an append-only writer.
//!
//! The reader never repairs: what the cross-reference sections say is what is read, a file that contradicts itself is
//! refused with a kind and an offset, and what is odd but unambiguous is reported as an [`Anomaly`]. A tolerant reader
//! is a hazard in verification, because two tolerant readers show two documents. Offsets are bytes from the start of
//! the file everywhere, also when junk precedes the header.
//!
//! ```
//! use yinxin::limits::Limits;
//! use yinxin::pdf::{Document, update::Update};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let mut file = b"%PDF-1.7\n1 0 obj <</Type/Catalog/Pages 2 0 R>> endobj\n2 0 obj <</Type/Pages/Kids[]/Count 0>> endobj\n\
//! xref\n0 3\n0000000000 65535 f \n0000000009 00000 n \n0000000054 00000 n \n\
//! trailer <</Size 3/Root 1 0 R>>\nstartxref\n100\n%%EOF\n".to_vec();
//! let old = file.len();
//! let mut update = Update::new(&Document::open(&file, &Limits::DEFAULT)?);
//! let added = update.allocate();
//! update.put(added, b"(appended)".to_vec());
//! let appended = update.finish()?;
//! file.extend_from_slice(&appended.bytes);
//!
//! let document = Document::open(&file, &Limits::DEFAULT)?;
//! assert_eq!(document.revisions().len(), 2);
//! assert!(document.newest().object(added)?.is_some());
//! // The older revision is still there as it was, and it does not know the new object.
//! assert_eq!(document.revisions()[0].span, 0..old);
//! assert!(document.view(0).and_then(|view| view.object(added).transpose()).is_none());
//! # Ok(())
//! # }
//! ```

mod annotation;
mod audit;
mod body;
#[cfg(test)]
mod builder;
mod cache;
mod chain;
#[cfg(test)]
mod chain_tests;
mod conformance;
mod content;
mod crypt;
mod decoding;
mod document;
pub mod edit;
mod entries;
mod error;
mod filter;
mod flate;
pub mod form;
#[cfg(feature = "seal")]
mod graft;
mod indirect;
mod lexer;
mod memory;
pub mod mutable;
mod name;
mod object;
mod object_stream;
mod omitted;
mod page;
mod painting;
mod parser;
mod permission;
mod predictor;
#[cfg(test)]
mod reader_tests;
pub mod recovery;
pub mod references;
mod revision;
mod section;
mod section_writer;
mod sieve;
mod skim;
#[cfg(test)]
mod stream_tests;
mod table;
mod text;
pub mod update;
#[cfg(test)]
mod update_tests;
mod view;
mod xref_stream;

pub use body::Body;
pub use conformance::{Conformance, OutputColours, PdfA};
pub use crypt::{Encryption, EncryptionAlgorithm, OpenedAs, Password};
pub use document::Document;
pub use entries::{Entries, Entry};
pub use error::{Anomaly, AnomalyKind, PdfError, PdfErrorKind};
#[cfg(feature = "seal")]
pub(crate) use graft::{Graft, GraftError, Part};
pub use indirect::Indirect;
pub use name::Name;
pub use object::{Dictionary, DictionaryEntry, Object, Real, Ref, Str, Stream};
pub use page::{Page, Rectangle};
pub(crate) use painting::Painted;
pub use permission::{FieldLock, Lock, LockAction};
pub use revision::{Revision, Style};
#[cfg(test)]
pub(crate) use sieve::Grain;
pub use skim::Skimmed;
pub(crate) use skim::{Digested, Wanted};
pub use text::{read_text_string, text_string};
pub use view::{Resolved, View};
