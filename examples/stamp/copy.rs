//! `stamp copy`: a copy of a result for one use (加注件), made of what is verified first.

use std::path::PathBuf;

use yinxin::copy::{AnnotatedCopy, CopyError};
use yinxin::record::Issuer;

use crate::cli::{self, Lang, TrustOptions};
use crate::files::{self, Fault, Named as _, Outputs, fault};
use crate::output::say;
use crate::report;
use crate::sealing::{Sealer, explain};
use crate::trust;

/// Status 0 if the copy was made; as for verify if the result is not authentic.
pub fn run(options: &cli::Copy) -> Result<u8, Fault> {
    let sealer = Sealer::load(&options.seal)?;
    let (verifier, at) = trust::load(&TrustOptions {
        state: options.state.clone(),
        at: Some(sealer.at),
        policy: options.policy,
        lang: options.lang,
        ..TrustOptions::of(&options.trust)
    })?;
    let path = options.input.display();
    let original = files::read(&options.input, files::LARGE)?;
    let maker = Issuer {
        name: options.maker.clone(),
        code: options.maker_code.parse().named("--maker-code")?,
    };
    let until = options.until.parse().named("--until: a day such as 2030-06-30")?;
    let copy = AnnotatedCopy::new(&options.recipient, &options.purpose, until, maker);
    let draft = match copy.compose(&verifier, &original, at) {
        Ok(draft) => draft,
        Err(CopyError::NotAuthentic(refused)) => {
            eprintln!("stamp: {path}: not copied, only what is authentic is: {refused}");
            return Ok(report::status([refused.outcome()]));
        }
        Err(error) => return Err(fault!("{path}: {error}")),
    };
    let sealing = draft.without_code().seal(&sealer.seal, &sealer.signer, at);
    let sealed = sealing
        .map_err(|error| fault!("{path}: {}", explain(&error)))?
        .to_bytes();
    // A copy that its recipient would refuse, because the list does not let the maker make it, is not handed out.
    let verdict = verifier
        .recipient(options.recipient.as_str())
        .original(&original)
        .verify_pdf(&sealed, at);
    if let Err(refused) = verdict.authentic() {
        return Err(fault!(
            "{path}: the recipient would not accept the copy: {refused}"
        ));
    }
    let inputs: Vec<&PathBuf> = core::iter::once(&options.input).chain(&options.trust).collect();
    Outputs::sparing(inputs.into_iter().map(PathBuf::as_path)).write(&options.out, &sealed)?;
    let (english, chinese) = verdict.copy_sentences().unwrap_or_default();
    say!("{}", options.out.display());
    match options.lang {
        Lang::En => say!("  {english}"),
        Lang::Zh => say!("  {chinese}"),
        Lang::Both => say!("  {english}\n  {chinese}"),
    }
    Ok(0)
}
