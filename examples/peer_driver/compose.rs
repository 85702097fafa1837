//! `w1`: a certificate of the peers' data, with a code of their text.

use serde_json::{Map, Value};
use yinxin::compose::{Fonts, Template};
use yinxin::draft::Draft;
use yinxin::limits::Limits;
use yinxin::pdf::update::{Update, stream_body};
use yinxin::pdf::{Document, Ref};
use yinxin::symbol::{Level, Symbol};

use super::protocol::{Failure, Job, read};
use super::records;

pub fn compose(job: &Job) -> Result<Map<String, Value>, Failure> {
    let entries = records::read_all(job)?;
    let template = Template::from_toml(include_str!("certificate.toml"), &Limits::DEFAULT)?;
    let template = template.prepare(&Fonts::new(vec![read(&job.font)?])?)?;
    job.run(|at| {
        let entry = entries.get(at % entries.len().max(1)).ok_or("no records")?;
        let draft = template.compose(&entry.record)?;
        job.write(at, &with_code(&draft, &entry.code)?)
    })
}

/// The draft with its reserved form filled by the symbol of `text`, in an appended revision: what sealing does with a code,
/// without the seal. Sealing itself draws signed payloads only, never a text of the caller's.
fn with_code(draft: &Draft, text: &str) -> Result<Vec<u8>, Failure> {
    let slot = draft
        .slots()
        .code
        .as_ref()
        .ok_or("the template reserves no code")?;
    let symbol = Symbol::of_text(text, Level::M)?;
    let side = symbol.form_side();
    let scale = 1.0 / f64::from(u32::try_from(side)?);
    let entries = format!(
        "/Type/XObject/Subtype/Form/BBox[0 0 {side} {side}]/Matrix[{scale:.8} 0 0 {scale:.8} 0 0]/Resources<<>>"
    );
    let document = Document::open(draft.bytes(), &Limits::DEFAULT)?;
    let mut update = Update::new(&document);
    update.put(
        Ref::new(slot.form, 0),
        stream_body(entries.as_bytes(), &symbol.form_content(), true),
    );
    Ok([draft.bytes(), &update.finish()?.bytes].concat())
}
