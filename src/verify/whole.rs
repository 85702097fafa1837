//! A code that stands for a whole file: the file is rebuilt, and judged like any file.

use super::Verifier;
use super::code::fileless;
use super::facts::Carrier;
use super::finding::Code;
use super::finding::evidence::Evidence;
use super::rebuild::{NotRebuilt, hex};
use super::report::Report;
use super::source::Source;
use super::step::Step;
use crate::payload::Whole;
use crate::pki::Certificate;
use crate::time::Time;

/// Verifies the object `bytes`; with `file`, that it stands for that very file too.
pub(super) fn verify(verifier: &Verifier, bytes: &[u8], file: Option<&Source<'_>>, at: Time) -> Report {
    let rebuilt = match rebuild(verifier, bytes) {
        Ok(rebuilt) => rebuilt,
        Err((code, evidence)) => {
            let mut report = match file {
                Some(file) => super::pdf::examine(verifier, file, at),
                None => fileless(verifier, at),
            };
            report.carrier = Carrier::Whole;
            report.ledger.begin(Step::Code);
            report.find(code, "code", evidence);
            return report.conclude();
        }
    };
    let own = Source::whole(&rebuilt);
    let mut report = super::pdf::examine(verifier, file.unwrap_or(&own), at);
    report.carrier = Carrier::Whole;
    // No code is drawn in such a file: this is its code.
    report
        .findings
        .retain(|finding| finding.code != Code::CodeMissing);
    report.ledger.begin(Step::Code);
    match file {
        None => report.find(
            Code::CodeRebuilt,
            "code",
            Evidence::said(
                format!("{} bytes", rebuilt.len()),
                format!("{} 字节", rebuilt.len()),
            ),
        ),
        // What was added to the file since has been judged with it.
        Some(file) if same_start(file, &own, rebuilt.len()) => {}
        Some(_) => report.find(
            Code::CodeDraftMismatch,
            "code",
            Evidence::said(
                "the file rebuilt from the code is another one",
                "由二维码还原的是另一份文件",
            ),
        ),
    }
    report.ledger.done(Step::Code);
    report.rebuilt = Some(rebuilt);
    report.conclude()
}

fn same_start(file: &Source<'_>, own: &Source<'_>, length: usize) -> bool {
    let digest = own.prefix(length);
    digest.is_some() && file.prefix(length) == digest
}

/// The file, or what keeps it from being rebuilt here.
fn rebuild(verifier: &Verifier, bytes: &[u8]) -> Result<Vec<u8>, (Code, String)> {
    let whole = Whole::parse(bytes, &verifier.limits);
    let whole = whole.map_err(|error| (Code::CodeUnreadable, error.to_string()))?;
    let rebuilder = verifier.rebuilder.as_ref();
    let rebuilder = rebuilder.ok_or((Code::CodeRebuildUnavailable, String::new()))?;
    let kids = whole.certificates().iter();
    let certificates: Result<Vec<Certificate>, _> = kids
        .map(|kid| {
            let unknown = || (Code::CodeKeyUnknown, format!("key {}", hex(kid)));
            certificate(verifier, kid).ok_or_else(unknown)
        })
        .collect();
    rebuilder.rebuild(&whole, &certificates?).map_err(|error| {
        let code = match &error {
            NotRebuilt::Engine(..) => Code::CodeEngineUnknown,
            NotRebuilt::Template(_) => Code::CodeTemplateMissing,
            NotRebuilt::Fonts(_) => Code::CodeFontsMissing,
            NotRebuilt::Failed(_) => Code::CodeRebuildFailed,
            NotRebuilt::Differs => Code::CodeRebuiltDiffers,
        };
        (code, error.to_string())
    })
}

/// The certificate at hand that a code means by `kid`. A hint of eight bytes, and nothing rests on it: with another certificate
/// another file is rebuilt.
fn certificate(verifier: &Verifier, kid: &[u8; 8]) -> Option<Certificate> {
    let trust = &verifier.trust;
    let listed = trust.list.iter().flat_map(|list| list.by_kid(kid));
    let mut listed = listed.filter_map(|(_, listed)| listed.certificate().cloned());
    let mut given = trust.certificates.iter().chain(&trust.roots);
    listed
        .next()
        .or_else(|| given.find(|certificate| certificate.kid() == *kid).cloned())
}
