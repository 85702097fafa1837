//! `stamp raise`: sealed files that are to last.

use yinxin::verify::Outcome;

use crate::cli;
use crate::files::{self, Fault, Outputs, fault};
use crate::net::Network;
use crate::output::say;
use crate::trust;

/// Status 0 if the file has all evidence, 2 if some could not be had.
pub fn run(options: &cli::Raise) -> Result<u8, Fault> {
    let path = options.file.display();
    let (verifier, roots, at) = trust::load_with_roots(&options.trust)?;
    let network = Network::load(&options.net, roots, options.allow_incomplete)?;
    let password = files::password(options.trust.password_file.as_deref())?;
    let bytes = files::read(&options.file, files::LARGE)?;
    // A time stamp over a forgery would give it a date.
    let not_authentic = |bytes: &[u8]| verifier.verify_pdf(bytes, at).outcome == Outcome::NotAuthentic;
    if not_authentic(&bytes) {
        return Err(fault!(
            "{path}: is not authentic, and raising would not mend that; see what stamp verify says of it"
        ));
    }
    let (raised, said, complete) = network
        .raise(bytes, &password, options.to, at)
        .map_err(|fault| fault!("{path}: {fault}"))?;
    if not_authentic(&raised) {
        return Err(fault!(
            "{path}: would not be authentic any more, so nothing was written; look at what changed after its seals"
        ));
    }
    Outputs::sparing([options.file.as_path()]).write(&options.out, &raised)?;
    say!("{path}: {said}");
    Ok(if complete { 0 } else { 2 })
}
