//! Codes that hold a whole file: making them (`stamp issue --carrier whole`) and getting the file back (`stamp scan --out`).

use std::path::Path;

use yinxin::compose::PreparedTemplate;
use yinxin::crypto::DigestAlgorithm;
use yinxin::draft::Draft;
use yinxin::payload::{StatusReference, Whole};
use yinxin::record::Record;
use yinxin::symbol::{Level, Symbol};
use yinxin::verify::{Outcome, Report};
use yinxin::whole::Rebuilder;

use crate::files::{Fault, Outputs, fault, hex};
use crate::issue::{self, Issued};
use crate::sealing::{Sealer, explain};

/// Seals a draft without drawing a code, names its place on a status list in the seal, and makes the code that the sealed file is
/// rebuilt from; `print` asks for the copy to be printed.
pub fn seal(
    draft: &Draft,
    record: &Record,
    place: Option<&StatusReference>,
    (template, sealer): (&PreparedTemplate, &Sealer),
    print: bool,
) -> Result<Issued, Fault> {
    let mut sealing = draft.without_code();
    if let Some(place) = place {
        sealing = sealing.status(place.clone());
    }
    let sealed = sealing
        .seal(&sealer.seal, &sealer.signer, sealer.at)
        .map_err(|e| fault!("{}", explain(&e)))?;
    let whole = Whole::of(&sealed, record, template, &sealer.seal).map_err(|e| fault!("{e}"))?;
    let text = whole.text(&sealer.text_form()).map_err(|e| fault!("{e}"))?;
    let symbol = Symbol::of_text(&text, Level::M).map_err(|e| fault!("{e}"))?;
    let copy = || {
        let copy = sealed.print_copy(&sealer.seal, &text);
        copy.map_err(|e| fault!("print copy: {}", explain(&e)))
    };
    Ok(Issued {
        print: print.then(copy).transpose()?,
        symbol: Some(symbol),
        pdf: sealed.into_bytes(),
    })
}

/// What rebuilds files: the built-in templates and those named, the bundled fonts and those named.
pub fn rebuilder(templates: &[String], fonts: &[String]) -> Result<Rebuilder, Fault> {
    let mut rebuilder = Rebuilder::builtin();
    for name in templates {
        rebuilder = rebuilder.template(issue::source(name)?);
    }
    if !fonts.is_empty() {
        rebuilder = rebuilder.fonts(issue::fonts(fonts)?);
    }
    Ok(rebuilder)
}

/// Writes the file that was rebuilt, unless somebody could take a forgery for it, and tells what was written.
pub fn write(path: &Path, subject: &str, verdict: &Report) -> Result<Option<String>, Fault> {
    let target = path.display();
    let file = match (verdict.rebuilt(), verdict.outcome) {
        // The verdict is the answer, and its exit status stands.
        (_, Outcome::NotAuthentic) => {
            eprintln!(
                "note: {target} is not written: what the code holds is not authentic  未写入：码内内容不予采信"
            );
            return Ok(None);
        }
        (None, Outcome::Indeterminate) => {
            eprintln!(
                "note: {target} is not written: no file could be rebuilt from the code  未写入：无法由二维码还原文件"
            );
            return Ok(None);
        }
        (None, Outcome::Authentic) => {
            return Err(fault!(
                "{target}: not written: this code names a file and does not hold it; --out is for whole codes"
            ));
        }
        (Some(file), _) => file,
    };
    Outputs::sparing([Path::new(subject)]).write(path, file)?;
    let digest = DigestAlgorithm::Sha256.digest(file);
    Ok(Some(format!(
        "wrote {} ({} bytes, SHA-256 {})",
        path.display(),
        file.len(),
        hex(&digest)
    )))
}
