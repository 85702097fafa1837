//! Electronic certificates and signed results (印信): a finished approval becomes a PDF with the department's electronic seal and a
//! QR code that stands for it, and any other department can rely on either: offline, without trusting the holder, the web
//! address or the network.
//!
//! ```
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let read = |name: &str| std::fs::read(format!("{}/{name}", env!("CARGO_MANIFEST_DIR")));
//! # let text = |name: &str| read(name).map(|bytes| String::from_utf8(bytes).unwrap_or_default());
//! use yinxin::impression::{Impression, RoundSeal};
//! use yinxin::{Certificate, Limits, Payload, Record, Seal, SoftwareSigner, Template, Time, Trust, Verifier};
//!
//! // Issue: the same record and template give the same draft on every machine.
//! let record = Record::from_json(&read("examples/data/records/residence.json")?, &Limits::DEFAULT)?;
//! let draft = Template::builtin("residence").ok_or("no such template")?.compose(&record)?;
//!
//! let chain = [text("test-vectors/keys/p256.cert.pem")?, text("test-vectors/keys/intermediate.cert.pem")?].concat();
//! let signer = SoftwareSigner::from_pem(
//!     &text("test-vectors/keys/p256.key.pem")?,
//!     Certificate::from_pem_many(&chain)?,
//! )?;
//! let look = RoundSeal::new("滨海市公安局").with_legend("样章 TEST");
//! let seal = Seal::new(Impression::round(&look, yinxin::font::bundled())?);
//! let at: Time = "2030-06-05T09:00:00Z".parse()?;
//! let sealed = draft.bind(Payload::of(&record)).seal(&seal, &signer, at)?;
//! let file = sealed.to_bytes();
//! assert!(file.starts_with(draft.bytes()), "sealing only appends");
//!
//! // Verify: whatever the bytes are, the answer is a report, and the record comes through the proof alone.
//! let roots = Certificate::from_pem_many(&text("test-vectors/keys/root.cert.pem")?)?;
//! let verifier = Verifier::new(Trust::new().roots(roots));
//! let report = verifier.verify_pdf(&file, at);
//! assert_eq!(report.authentic()?.record(), Some(&record));
//!
//! let mut forged = file.clone();
//! forged[2000] ^= 1;
//! assert!(verifier.verify_pdf(&forged, at).authentic().is_err());
//! # Ok(())
//! # }
//! ```
//!
//! Modules are layers, and imports point down: who asks authorities over HTTP (`net`) and what was issued (`register`) over what is
//! filed ([`filing`], [`handover`]), handed out for one use ([`copy`]) and hidden in codes ([`whole`]) over verbs ([`compose`], [`seal`],
//! [`verify`]) over content ([`payload`], [`impression`], [`draft`], [`terms`]) over trust ([`pki`], [`authority`]) over formats
//! ([`pdf`], [`cms`], [`cose`], [`symbol`], [`record`]) over ground. Below the first two nothing opens a file, a socket or a clock:
//! bytes, time, keys, trust and evidence are arguments.

// ground
pub mod asn1;
pub mod cbor;
pub mod crypto;
pub mod error;
#[cfg(any(feature = "compose", feature = "seal"))]
pub mod font;
pub mod limits;
pub mod time;

// formats: bytes <-> structures, no opinions
pub mod cms;
pub mod cose;
pub mod pdf;
pub mod record;
pub mod symbol;

// trust: whose key, allowed to do what
pub mod authority;
pub mod pki;

// content: what the code says, how the seal looks, what a draft reserves, what a copy is for
pub mod draft;
#[cfg(feature = "seal")]
pub mod impression;
pub mod payload;
pub mod terms;

// verbs: what a department does
#[cfg(feature = "compose")]
pub mod compose;
pub mod inspect;
#[cfg(feature = "seal")]
pub mod seal;
pub mod verify;

// records: what a department files and hands out
#[cfg(all(feature = "compose", feature = "seal"))]
pub mod copy;
#[cfg(feature = "compose")]
pub mod filing;
pub mod handover;
#[cfg(all(feature = "compose", feature = "seal"))]
pub mod whole;

// the edge: what was issued, under which number
pub mod register;

// the edge: what asks authorities over the network
#[cfg(feature = "net")]
pub mod net;

pub use authority::AuthorityList;
#[cfg(feature = "compose")]
pub use compose::Template;
pub use draft::Draft;
pub use limits::Limits;
pub use payload::Payload;
pub use pki::{Certificate, Signer, SoftwareSigner};
pub use record::Record;
#[cfg(feature = "seal")]
pub use seal::{Seal, Sealed};
pub use time::Time;
pub use verify::{Outcome, Report, Trust, Verifier};
