//! What `issue` and `seal` share: the options that say with which seal, key and time.

use std::path::Path;

use serde::Deserialize;
use yinxin::crypto::SignatureAlgorithm;
use yinxin::draft::Draft;
use yinxin::font;
use yinxin::impression::{Impression, ImpressionError, RoundSeal};
use yinxin::payload::TextForm;
use yinxin::pki::Signer as _;
use yinxin::seal::{DocMdp, Seal, SealError};
use yinxin::time::Time;

use crate::cli::SealOptions;
use crate::files::{self, Fault, Named as _, fault};
use crate::key::{self, Key};

/// How a seal looks, as written in a TOML file. Files named in it are found beside it.
#[derive(Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase", deny_unknown_fields)]
enum Look {
    /// Drawn: ring, star, name on the arc.
    Round {
        name: String,
        code: Option<String>,
        legend: Option<String>,
        diameter_mm: Option<f64>,
    },
    /// A picture of the seal.
    Png { file: String, width_mm: f64 },
    /// The first page of a PDF.
    Pdf { file: String, width_mm: f64 },
}

/// Everything read and checked before the first document is touched.
pub struct Sealer {
    pub seal: Seal,
    pub signer: Key,
    pub code_signer: Option<Key>,
    pub at: Time,
    /// Whether a seal that is a PDF page may cost a document its PDF/A.
    pub pdfa_loss: bool,
    url: Option<String>,
}

impl Sealer {
    pub fn load(options: &SealOptions) -> Result<Self, Fault> {
        Self::with(options, usize::MAX)
    }

    /// The same with seals that hold the signing certificate alone: the only one that the authority list has, so that whoever has
    /// the list can rebuild the seal.
    pub fn load_alone(options: &SealOptions) -> Result<Self, Fault> {
        Self::with(options, 1)
    }

    fn with(options: &SealOptions, certificates: usize) -> Result<Self, Fault> {
        let seal = Seal::new(impression(&options.seal)?);
        let key::Keys {
            mut seal_key,
            code_key,
        } = key::open(options, certificates)?;
        if options.pss {
            seal_key = seal_key
                .with_algorithm(SignatureAlgorithm::RsaPssSha256)
                .named("--pss is for RSA keys")?;
        }
        let at = options.at.unwrap_or_else(files::now);
        Ok(Self {
            seal,
            signer: seal_key,
            code_signer: code_key,
            at,
            pdfa_loss: options.allow_pdfa_loss,
            url: options.url.clone(),
        })
    }

    /// The form of the code's text.
    pub fn text_form(&self) -> TextForm<'_> {
        self.url.as_deref().map_or(TextForm::Compact, TextForm::Url)
    }

    /// Refuses, before any document is read, a key that codes cannot be signed with.
    pub fn can_sign_codes(&self) -> Result<(), Fault> {
        let algorithm = self.code_signer.as_ref().unwrap_or(&self.signer).algorithm();
        match algorithm {
            SignatureAlgorithm::EcdsaP256Sha256 | SignatureAlgorithm::Ed25519 => Ok(()),
            _ => Err(fault!(
                "{algorithm} is not used in codes; give --code-key of a P-256 or Ed25519 certificate of the same issuer, with --code-chain unless the file has that"
            )),
        }
    }
}

impl Sealer {
    /// A draft of our own under this seal, which certifies it: nothing but validation data may follow.
    pub fn seal_draft(&self, draft: &Draft, name: &str) -> Result<Vec<u8>, Fault> {
        let sealing = draft.without_code().certifies(Some(DocMdp::NoChanges));
        let sealed = sealing.seal(&self.seal, &self.signer, self.at);
        Ok(sealed
            .map_err(|error| fault!("{name}: {}", explain(&error)))?
            .into_bytes())
    }
}

/// The impression that a TOML file describes.
pub fn impression(path: &Path) -> Result<Impression, Fault> {
    files::spare(path);
    let name = path.display();
    let text = files::read_text(path)?;
    let look: Look = toml::from_str(&text).map_err(|e| {
        let line = e.span().map_or(1, |span| text.get(..span.start).unwrap_or(&text).matches('\n').count() + 1);
        let message = e.message().replace('\n', " ");
        fault!(
            "{name}: line {line}: {message}; kind is round (name, code, legend, diameter_mm), png or pdf (file, width_mm)"
        )
    })?;
    let beside = |file: &str| path.parent().unwrap_or(Path::new(".")).join(file);
    match look {
        Look::Round {
            name: body,
            code,
            legend,
            diameter_mm,
        } => {
            let mut round = RoundSeal::new(body);
            if let Some(code) = code {
                round = round.with_code(code);
            }
            if let Some(legend) = legend {
                round = round.with_legend(legend);
            }
            if let Some(diameter) = diameter_mm {
                round = round.with_diameter_mm(diameter);
            }
            Impression::round(&round, font::bundled()).named(name)
        }
        Look::Png { file, width_mm } => {
            Impression::png(&files::read(&beside(&file), files::LARGE)?, width_mm)
                .named(format!("{name}: member file, {file}"))
        }
        Look::Pdf { file, width_mm } => {
            Impression::pdf(&files::read(&beside(&file), files::LARGE)?, width_mm)
                .named(format!("{name}: member file, {file}"))
        }
    }
}

/// An error of sealing as a line for the operator: the library names methods, the operator types options.
pub fn explain(error: &SealError) -> String {
    match error {
        SealError::NoPlace("code") => {
            "the document reserves no box for the code; give --code-x and --code-y".to_owned()
        }
        SealError::NoPlace(_) => {
            "the document reserves no place for the seal; give --page, --x and --y, or --field".to_owned()
        }
        SealError::Overlap { .. } => format!("{error} with --allow-overlap"),
        SealError::OffPage { .. } => format!("{error} with --allow-overhang"),
        SealError::Impression(ImpressionError::Conformance { .. }) => {
            format!("{error} with --allow-pdfa-loss")
        }
        SealError::PreparedFields { .. } | SealError::Field { .. } => {
            format!("{error} (--field; --page, --x and --y)")
        }
        SealError::FirstSealOnly | SealError::SeedValue { entry: "/MDP", .. } => {
            format!("{error} (--approval)")
        }
        SealError::OwnerPasswordNeeded => format!("{error}, in the file of --password-file"),
        SealError::CodeSigner => format!("{error} with --code-key and --code-chain"),
        other => other.to_string(),
    }
}
