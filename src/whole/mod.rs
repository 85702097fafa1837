//! The code that hides a file (整件码): from one QR code, whoever has the template rebuilds the sealed PDF byte for byte.
//!
//! ```text
//! issue    Sealed + Record + Template + Seal --Whole::of--> Whole --text--> code
//! verify   code --Verifier with a Rebuilder--> sealed PDF --> verified like any file --> Report
//! ```
//! The code has no signature of its own: the one in the file is the proof. A file without a code drawn in it is what it stands
//! for; the code itself is printed on a copy ([`Sealed::print_copy`](crate::seal::Sealed::print_copy)) or shown on a screen.
//!
//! A result that is printed at home is withdrawn like any other if its seal names a place on a status list
//! ([`Sealing::status`](crate::seal::Sealing::status)): whoever rebuilds the file looks there.
//!
//! Whoever scans the code has all that the file says, the holder's code in clear included: it is for those who may have the file.
//!
//! ```
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let read = |name: &str| std::fs::read(format!("{}/{name}", env!("CARGO_MANIFEST_DIR")));
//! # let text = |name: &str| read(name).map(|bytes| String::from_utf8(bytes).unwrap_or_default());
//! use yinxin::compose::Fonts;
//! use yinxin::impression::{Impression, RoundSeal};
//! use yinxin::payload::{TextForm, Whole};
//! use yinxin::whole::Rebuilder;
//! use yinxin::{Certificate, Limits, Record, Seal, SoftwareSigner, Template, Time, Trust, Verifier};
//!
//! let record = Record::from_json(&read("examples/data/records/residence.json")?, &Limits::DEFAULT)?;
//! let template = Template::builtin("residence").ok_or("no such template")?.prepare(&Fonts::bundled())?;
//! let certificates = Certificate::from_pem_many(&text("test-vectors/keys/p256.cert.pem")?)?;
//! let signer = SoftwareSigner::from_pem(&text("test-vectors/keys/p256.key.pem")?, certificates.clone())?;
//! let seal = Seal::new(Impression::round(&RoundSeal::new("滨海市公安局"), yinxin::font::bundled())?);
//! let at: Time = "2030-06-05T09:00:00Z".parse()?;
//!
//! let sealed = template.compose(&record)?.without_code().seal(&seal, &signer, at)?;
//! let code = Whole::of(&sealed, &record, &template, &seal)?.text(&TextForm::Compact)?;
//!
//! // Elsewhere: templates, roots, and the certificate, which an authority list would name.
//! let roots = Certificate::from_pem_many(&text("test-vectors/keys/root.cert.pem")?)?;
//! let above = Certificate::from_pem_many(&text("test-vectors/keys/intermediate.cert.pem")?)?;
//! let trust = Trust::new().roots(roots).certificates(certificates).certificates(above);
//! let verifier = Verifier::new(trust).rebuilder(Rebuilder::builtin());
//! let report = verifier.verify_text(&code, at);
//! assert_eq!(report.authentic()?.record(), Some(&record));
//! assert_eq!(report.rebuilt(), Some(sealed.to_bytes().as_slice()));
//! # Ok(())
//! # }
//! ```

mod error;
mod hide;
mod rebuild;

pub use error::HideError;
pub use rebuild::Rebuilder;
