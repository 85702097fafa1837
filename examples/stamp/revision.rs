//! `stamp revision`: the exact bytes that were sealed.

use yinxin::crypto::DigestAlgorithm;
use yinxin::verify::{SealFacts, Trust, Verifier};

use crate::cli;
use crate::files::{self, Fault, Outputs, fault};
use crate::output::say;
use crate::report;

/// Says which revision each seal stands for and, with --out, writes one of them. Whose seal it is, `stamp verify` tells.
pub fn run(options: &cli::Revision) -> Result<u8, Fault> {
    let path = options.file.display();
    let bytes = files::read(&options.file, files::LARGE)?;
    let password = files::password(options.password_file.as_deref())?;
    let verifier = Verifier::new(Trust::new()).password(password);
    let verdict = verifier.verify_pdf(&bytes, files::now());
    let sealed = |seal: &&SealFacts| seal.intact && seal.sealed_revision(&bytes).is_some();
    let seals: Vec<&SealFacts> = verdict.seals.iter().filter(sealed).collect();
    for seal in &seals {
        let revision = seal.sealed_revision(&bytes).unwrap_or_default();
        say!(
            "{}: revision 版本 {} of {}, bytes 字节 {}, SHA-256 {}",
            report::printable(&seal.field),
            seal.revision.unwrap_or_default(),
            verdict.revisions,
            revision.len(),
            files::hex(&DigestAlgorithm::Sha256.digest(revision))
        );
    }
    let named: Vec<&&SealFacts> = seals
        .iter()
        .filter(|seal| options.field.as_ref().is_none_or(|name| *name == seal.field))
        .collect();
    let seal = match (named.as_slice(), &options.out) {
        ([], _) => {
            return Err(fault!(
                "{path}: has no such seal whose bytes are whole; see what stamp verify says of it"
            ));
        }
        (_, None) => return Ok(0),
        ([one], Some(_)) => one,
        (several, Some(_)) => {
            return Err(fault!(
                "{path}: has {} seals; name the one that is meant with --field",
                several.len()
            ));
        }
    };
    let revision = seal.sealed_revision(&bytes).unwrap_or_default();
    if let Some(out) = &options.out {
        Outputs::sparing([options.file.as_path()]).write(out, revision)?;
    }
    Ok(0)
}
