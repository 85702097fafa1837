//! `stamp verify`.

use crate::cli;
use crate::files::{self, Fault, fault};
use crate::report;
use crate::trust;

/// Verdicts on all files; a file that cannot be read makes the status 3, for then not everything asked was answered.
pub fn run(options: &cli::Verify) -> Result<u8, Fault> {
    let (verifier, at) = trust::load(&options.trust)?;
    if options.code.is_some() && options.file.len() != 1 {
        return Err(fault!(
            "--code: belongs to one file, but {} were given; verify them one at a time",
            options.file.len()
        ));
    }
    let code = options.code.as_deref().map(files::read_text).transpose()?;
    let (mut outcomes, mut unread) = (Vec::new(), false);
    for path in &options.file {
        let name = path.display().to_string();
        match files::read(path, files::LARGE) {
            Ok(bytes) => {
                let verdict = match &code {
                    Some(text) => verifier.verify_text_with_pdf(text, &bytes, at),
                    None => verifier.verify_pdf(&bytes, at),
                };
                report::print(&name, &verdict, options.trust.json);
                outcomes.push(verdict.outcome);
            }
            Err(fault) => {
                report::print_unread(&name, &fault, options.trust.json);
                unread = true;
            }
        }
    }
    Ok(if unread {
        crate::FAULT
    } else {
        report::status(outcomes)
    })
}
