//! `stamp template check`: mistakes of a template, before any certificate is issued with it.

use crate::cli;
use crate::files::Fault;
use crate::issue::{self, read_record};
use crate::output::say;
use crate::pictures::Folder;

/// Status 0 if there is nothing to say, 1 if there is.
pub fn run(options: &cli::Check) -> Result<u8, Fault> {
    let pictures = Folder::open(options.look.pictures.as_deref())?;
    let fonts = issue::fonts(&options.look.font)?;
    let records: Vec<_> = options
        .record
        .iter()
        .map(|path| Ok((path, read_record(path)?)))
        .collect::<Result<_, Fault>>()?;
    let mut clean = true;
    for name in &options.template {
        // Errors have line and column; one that is not a template has nothing else to say.
        let template = match issue::template(name, &options.look) {
            Ok(template) => template,
            Err(fault) => {
                say!("{fault}");
                clean = false;
                continue;
            }
        };
        for warning in template.template().warnings(&fonts) {
            say!("{name}: {warning}");
            clean = false;
        }
        for (path, record) in &records {
            let composed = template.compose_with(record, &pictures.of(record)?);
            if let Err(error) = composed {
                say!("{name}: {}: {error}", path.display());
                clean = false;
            }
        }
    }
    Ok(u8::from(!clean))
}
