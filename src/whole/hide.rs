//! From a sealed file to the object that stands for it, and from there to the text of its code.

use super::error::HideError;
use super::rebuild::{conformance_number, draw, font_name, remake, template_name};
use crate::compose::{self, Fonts, PreparedTemplate};
use crate::crypto::DigestAlgorithm;
use crate::draft::Draft;
use crate::impression::{Centre, RoundSeal};
use crate::limits::Limits;
use crate::payload::{DrawnSeal, FIRST_FIELD, TextForm, Whole, text_of_any_length};
use crate::pki::Certificate;
use crate::record::Record;
use crate::seal::{self, Seal, Sealed};
use crate::symbol::PrintRule;

impl Whole {
    /// The object that stands for `sealed`, which was composed from `record` by `template` and sealed with `seal`. The file is
    /// rebuilt from the object and compared, byte for byte, before the object is given.
    ///
    /// # Errors
    /// Occurs if the file was made with something that a code has no place for; the error names it.
    pub fn of(
        sealed: &Sealed,
        record: &Record,
        template: &PreparedTemplate,
        seal: &Seal,
    ) -> Result<Self, HideError> {
        let terms = sealed.terms();
        if !record.pictures().is_empty() {
            return Err(HideError::Pictures(record.pictures().len()));
        }
        if sealed.symbol().is_some() {
            return Err(HideError::CodeDrawn);
        }
        if terms.placed {
            return Err(HideError::Placed);
        }
        let round = seal.impression().round_seal().ok_or(HideError::Seal)?;
        let drafted = template.compose(record).map_err(|_| HideError::Draft)?;
        if drafted.bytes() != sealed.draft().bytes() {
            return Err(HideError::Draft);
        }
        let file = sealed.to_bytes();
        let language = template.template().language();
        let fonts = font_name(template.fonts());
        let mut whole = Self {
            engines: (compose::ENGINE, seal::ENGINE),
            template: template_name(template.template()),
            record: record.clone(),
            time: terms.at,
            certificates: sealed.chain().iter().map(Certificate::kid).collect(),
            algorithm: terms.algorithm,
            signature: vec![],
            file: file_name(&file),
            program: seal::PROGRAM.to_owned(),
            seal: drawn(round, record).ok_or(HideError::Seal)?,
            language: Some(language.to_owned())
                .filter(|own| template.template().languages().first() != Some(own)),
            conformance: conformance_number(template.conformance()),
            fonts: (fonts != font_name(&Fonts::bundled())).then_some(fonts),
            field: terms.field.clone().filter(|name| name != FIRST_FIELD),
            level: terms.certifies.map_or(0, |level| u64::from(level.level())),
            room: None,
            status: terms.status.clone(),
        };
        if !whole.set_signature(&terms.signature, terms.room) {
            return Err(HideError::Signature);
        }
        let limits = Limits::DEFAULT;
        let object = whole.encode();
        if object.len() > limits.payload_bytes {
            whole.text(&TextForm::Compact)?;
        }
        // What will be read is what is compared.
        let read = Self::parse(&object, &limits).map_err(HideError::Payload)?;
        let again = draw(&read).and_then(|seal| remake(&read, template, &seal, sealed.chain()));
        let again = again.map_err(HideError::NotRebuilt)?;
        if again != file {
            let same = again.iter().zip(&file).take_while(|(a, b)| a == b).count();
            return Err(HideError::Differs(same));
        }
        // Few bytes can be many pages, which verifiers do not make.
        let pages = pages(sealed.draft(), &limits).ok_or(HideError::Draft)?;
        if pages > limits.rebuilt_pages {
            return Err(HideError::Pages(pages));
        }
        Ok(whole)
    }

    /// The text of the code, which fits a symbol of version 25-M at most.
    ///
    /// # Errors
    /// `TooLarge` occurs if it does not, and says by how much; `Payload` if the base address of `form` is not acceptable.
    pub fn text(&self, form: &TextForm<'_>) -> Result<String, HideError> {
        let text = text_of_any_length(&self.encode(), form).map_err(HideError::Payload)?;
        match PrintRule::DEFAULT.excess_bits(&text) {
            0 => Ok(text),
            bits => Err(HideError::TooLarge {
                excess_bytes: bits.div_ceil(8),
            }),
        }
    }
}

fn pages(draft: &Draft, limits: &Limits) -> Option<usize> {
    let document = draft.document(limits).ok()?;
    Some(document.newest().pages().ok()?.len())
}

/// The first 8 bytes of SHA-256: tells a file that is not the one from one that was forged.
pub(super) fn file_name(file: &[u8]) -> [u8; 8] {
    let digest = DigestAlgorithm::Sha256.digest(file);
    digest.first_chunk().copied().unwrap_or_default()
}

/// The seal in whole numbers; `None` if a measure is none.
fn drawn(round: &RoundSeal, record: &Record) -> Option<DrawnSeal> {
    Some(DrawnSeal {
        name: Some(round.name.clone()).filter(|name| *name != record.issuer().name),
        code: round.code.clone(),
        legend: round.legend.clone(),
        diameter_um: micrometres(round.diameter_mm)?,
        ring_um: micrometres(round.ring_mm)?,
        centre: match round.centre {
            Centre::Empty => 0,
            Centre::Star => 1,
        },
        colour: [round.colour.red, round.colour.green, round.colour.blue],
    })
}

/// Millimetres as whole micrometres, if they are.
fn micrometres(mm: f64) -> Option<u64> {
    let near: u32 = format!("{:.0}", mm * 1000.0).parse().ok()?;
    (f64::from(near) / 1000.0 == mm).then_some(u64::from(near))
}
