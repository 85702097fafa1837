//! `stamp seal`: PDF files made elsewhere.

use std::path::{Path, PathBuf};

use yinxin::draft::{Draft, DraftError};
use yinxin::limits::Limits;
use yinxin::payload::Payload;
use yinxin::pdf::recovery::{self, RecoveryError};
use yinxin::pdf::{Document, PdfError, PdfErrorKind};
use yinxin::record::Record;
use yinxin::seal::{Allow, DocMdp, Place, SealError, Sealed, Sealing};

use crate::cli;
use crate::files::{self, Fault, Outputs, fault};
use crate::issue::read_record;
use crate::sealing::{Sealer, explain};
use crate::table::Progress;

/// Status 0 if all were sealed, 1 if some failed.
pub fn run(options: &cli::Seal) -> Result<u8, Fault> {
    let inputs = files::expand(&options.input, "pdf")?;
    let sealer = Sealer::load(&options.seal)?;
    let record = options.code_record.as_deref().map(read_record).transpose()?;
    if record.is_some() {
        sealer.can_sign_codes()?;
    }
    let single = inputs.len() == 1 && !options.input[0].is_dir() && !options.out.is_dir();
    if !single {
        files::distinct_stems(&inputs)?;
        if files::has_extension(&options.out, "pdf") && !options.out.is_dir() {
            return Err(fault!(
                "{}: several files need a folder for --out",
                options.out.display()
            ));
        }
    }
    let outputs = Outputs::sparing(inputs.iter().map(PathBuf::as_path));
    let mut progress = Progress::new(inputs.len());
    let mut failed = 0;
    for path in &inputs {
        progress.step(&path.display().to_string());
        let target = if single {
            options.out.clone()
        } else {
            options.out.join(format!("{}.pdf", files::stem(path)))
        };
        let done = read(path, options, &mut progress)
            .and_then(|bytes| seal(path, bytes, options, &sealer, record.as_ref()))
            .and_then(|sealed| {
                outputs.write(&target, &sealed.to_bytes())?;
                Ok(sealed)
            });
        match done {
            Ok(sealed) => progress.line(&format!("{}: {}", path.display(), conformance(&sealed))),
            Err(fault) => {
                progress.line(&format!("failed: {fault}"));
                failed += 1;
            }
        }
    }
    progress.finish();
    println!(
        "sealed {} of {} into {}",
        inputs.len() - failed,
        inputs.len(),
        options.out.display()
    );
    Ok(u8::from(failed > 0))
}

/// The file to seal: as it is or, with --recover, with what makes it readable appended. Says what that is.
fn read(path: &Path, options: &cli::Seal, progress: &mut Progress) -> Result<Vec<u8>, Fault> {
    let mut bytes = files::read(path, files::LARGE)?;
    if !options.recover {
        return Ok(bytes);
    }
    match recovery::repair(&bytes, &Limits::DEFAULT) {
        Ok(repair) => {
            for rebuilt in &repair.rebuilt {
                progress.line(&format!("{}: recovered: {rebuilt}", path.display()));
            }
            bytes.extend_from_slice(&repair.appended);
            Ok(bytes)
        }
        Err(RecoveryError::NotDamaged) => Ok(bytes),
        // What is encrypted and not damaged needs its password only, as sealing it will say.
        Err(RecoveryError::Encrypted)
            if !Document::open(&bytes, &Limits::DEFAULT).is_err_and(|e| e.kind.is_damage()) =>
        {
            Ok(bytes)
        }
        Err(error) => Err(fault!("{}: {error}", path.display())),
    }
}

/// What to do about a file that cannot be read.
fn remedy(error: &PdfError, options: &cli::Seal) -> &'static str {
    if error.kind == PdfErrorKind::PasswordNeeded {
        "; put it into a file and name that with --password-file"
    } else if error.kind.is_damage() && !options.recover {
        "; get the file anew or, if there is no better one, repair it with --recover"
    } else {
        ""
    }
}

fn seal(
    path: &Path,
    bytes: Vec<u8>,
    options: &cli::Seal,
    sealer: &Sealer,
    record: Option<&Record>,
) -> Result<Sealed, Fault> {
    // A draft of ours says itself where code and seal go; other files have no slots and need --x and --y, or --field.
    let password = files::password(options.password_file.as_deref())?;
    let draft = Draft::open_with(bytes, password, &Limits::DEFAULT).map_err(|error| match &error {
        DraftError::Pdf(pdf) => fault!("{}: {error}{}", path.display(), remedy(pdf, options)),
        _ => fault!("{}: {error}", path.display()),
    })?;
    let attempt = |level: Option<DocMdp>| {
        plan(&draft, options, sealer, record)
            .certifies(level)
            .seal(&sealer.seal, &sealer.signer, sealer.at)
    };
    // Only the first seal may certify (ISO 32000-2, 12.8.2.2): on a sealed file this becomes an approval seal.
    let sealed = match attempt((!options.approval).then_some(DocMdp::NoChanges)) {
        Err(SealError::FirstSealOnly) => attempt(None),
        other => other,
    };
    sealed.map_err(|e| {
        let remedy = match &e {
            SealError::Pdf(pdf) => remedy(pdf, options),
            _ => "",
        };
        fault!("{}: {}{remedy}", path.display(), explain(&e))
    })
}

fn plan<'a>(
    draft: &'a Draft,
    options: &cli::Seal,
    sealer: &'a Sealer,
    record: Option<&Record>,
) -> Sealing<'a> {
    let page = usize::try_from(options.page.saturating_sub(1)).unwrap_or(usize::MAX);
    let mut sealing = match record {
        None => draft.without_code(),
        Some(record) => draft.bind(Payload::of(record)).text_form(sealer.text_form()),
    };
    if let (Some(x_mm), Some(y_mm)) = (options.x, options.y) {
        sealing = sealing.place(Place { page, x_mm, y_mm });
    }
    if let Some(name) = &options.field {
        sealing = sealing.field(name);
    }
    if let (Some(x_mm), Some(y_mm)) = (options.code_x, options.code_y) {
        sealing = sealing.place_code(Place { page, x_mm, y_mm }, options.code_side);
    }
    for (given, what) in [
        (options.allow_overhang, Allow::Overhang),
        (options.allow_overlap, Allow::Overlap),
        (sealer.pdfa_loss, Allow::PdfaLoss),
    ] {
        if given {
            sealing = sealing.allow(what);
        }
    }
    match &sealer.code_signer {
        Some(signer) => sealing.code_signer(signer),
        None => sealing,
    }
}

/// What became of the file's claim to be archival and accessible.
fn conformance(sealed: &Sealed) -> String {
    let (claimed, kept) = (sealed.claimed(), sealed.kept());
    let archival = match (claimed.pdfa, kept.pdfa) {
        (None, _) => "not PDF/A".to_owned(),
        (Some(claimed), None) => format!("no longer {claimed}, because of the seal's page"),
        (Some(_), Some(kept)) => format!("{kept} kept"),
    };
    match (claimed.pdfua, kept.pdfua) {
        (Some(part), None) => {
            format!("{archival}; no longer PDF/UA-{part}, the seal is not in the structure tree")
        }
        _ => archival,
    }
}
