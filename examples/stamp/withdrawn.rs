//! The part of `stamp demo` that is printed at home: a place on a status list in the seal, a whole code on a copy, the list that withdraws it.

use yinxin::compose::{Fonts, Template};
use yinxin::cose::status::{Status, StatusDraft, StatusList};
use yinxin::limits::Limits;
use yinxin::payload::{StatusReference, TextForm, Whole};
use yinxin::pki::{Certificate, Signer as _};
use yinxin::verify::{Code, Outcome, Trust, Verifier};
use yinxin::whole::Rebuilder;

use crate::demo::Case;
use crate::files::{Fault, Named as _, fault};
use crate::verdicts::Verdicts;
use crate::world::{KeyKind, World};

/// Where the list would be had. Reserved for examples (RFC 2606): it leads nowhere.
const LIST: &str = "https://service.binhai.example/s/1";
const PLACES: u32 = 1000;
const INDEX: u32 = 17;

/// What is written, by name in the demo's folder.
pub type Files = Vec<(String, Vec<u8>)>;

/// Issues `case` once more with a place, judges it before and after it is withdrawn, and says what is to be written.
pub fn make(case: &Case, world: &World, trust: &Trust, verdicts: &mut Verdicts) -> Result<Files, Fault> {
    let name = case.name;
    let department = world.issuer(&case.record)?;
    let signer = department.signer(KeyKind::P256)?;
    let template = Template::builtin(name).ok_or_else(|| fault!("no built-in template {name}"))?;
    let template = template.prepare(&Fonts::bundled()).named(name)?;
    let draft = template.compose(&case.record).named(name)?;
    let place = StatusReference::new(LIST, INDEX).named(name)?;
    let sealing = draft.without_code().status(place);
    let sealed = sealing.seal(&department.look, &signer, world.at).named(name)?;
    let whole = Whole::of(&sealed, &case.record, &template, &department.look).named(name)?;
    let text = whole.text(&TextForm::Compact).named(name)?;
    let print = sealed.print_copy(&department.look, &text).named(name)?;

    let list = |status: Status| -> Result<(Vec<u8>, StatusList), Fault> {
        let mut draft = StatusDraft::new(LIST, 4, PLACES, world.at).named("status list")?;
        draft = draft.ttl(86_400);
        draft.set(INDEX, status).named("status list")?;
        let kid = signer.chain().first().map(Certificate::kid).unwrap_or_default();
        let unsigned = draft.unsigned(signer.algorithm(), &kid).named("status list")?;
        let signature = signer.sign(&unsigned.to_be_signed()).named("status list")?;
        let token = unsigned.finish(&signature).named("status list")?;
        let list = StatusList::parse(&token, &Limits::DEFAULT).named("status list")?;
        Ok((token, list))
    };
    let (valid, revoked) = (list(Status::Valid)?, list(Status::Revoked)?);
    let file = sealed.to_bytes();
    let (path, code) = (format!("withdrawn/{name}.pdf"), format!("withdrawn/{name}.txt"));
    for (done, list, outcome, finding) in [
        (
            "not looked up",
            None,
            Outcome::Indeterminate,
            Some(Code::StatusNotGiven),
        ),
        ("stands", Some(&valid.1), Outcome::Authentic, None),
        (
            "withdrawn",
            Some(&revoked.1),
            Outcome::NotAuthentic,
            Some(Code::StatusRevoked),
        ),
    ] {
        let window = Verifier::new(trust.clone().statuses(list.cloned()));
        let window = window.rebuilder(Rebuilder::builtin());
        let (own, whole) = (
            window.verify_pdf(&file, world.at),
            window.verify_text(&text, world.at),
        );
        verdicts.add(
            path.clone(),
            &format!("place in the seal: {done}"),
            &own,
            outcome,
            finding,
        );
        verdicts.add(
            code.clone(),
            &format!("whole code: {done}"),
            &whole,
            outcome,
            finding,
        );
    }
    Ok(vec![
        (path, file),
        (code, text.into_bytes()),
        (format!("withdrawn/{name}-print.pdf"), print),
        ("withdrawn/valid.cwt".to_owned(), valid.0),
        ("withdrawn/revoked.cwt".to_owned(), revoked.0),
    ])
}
