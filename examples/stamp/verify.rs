//! `stamp verify`.

use std::path::Path;

use yinxin::time::Time;
use yinxin::verify::{Report, Verifier};

use crate::cli;
use crate::files::{self, Fault, Named as _, fault};
use crate::large;
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
        match judge(&verifier, path, code.as_deref(), at) {
            Ok(verdict) => {
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

/// The verdict on a file of any size, alone or with the text of the code that came with it.
pub fn judge(verifier: &Verifier, path: &Path, code: Option<&str>, at: Time) -> Result<Report, Fault> {
    let (file, length) = large::open(path)?;
    if length <= large::WHOLE {
        let bytes = files::read(path, files::LARGE)?;
        return Ok(match code {
            Some(text) => verifier.verify_text_with_pdf(text, &bytes, at),
            None => verifier.verify_pdf(&bytes, at),
        });
    }
    let mut room = large::room(path, length)?;
    let verdict = match code {
        Some(text) => verifier.verify_text_with_pdf_from(text, file, &mut room, at),
        None => verifier.verify_pdf_from(file, &mut room, at),
    };
    verdict.named(path.display())
}
