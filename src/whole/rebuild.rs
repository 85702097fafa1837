//! From the object to the sealed file.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::hide::file_name;
use crate::compose::{self, Conformance, Fonts, PreparedTemplate, Template};
use crate::font;
use crate::impression::{Centre, Colour, Impression, RoundSeal};
use crate::limits::Limits;
use crate::payload::{DrawnSeal, Whole};
use crate::pki::Certificate;
use crate::seal::{self, Allow, DocMdp, Identity, Seal};
use crate::verify::{NotRebuilt, Rebuild};

/// Rebuilds sealed files from whole codes with the templates and fonts that it was given, and nothing else: a code names them by
/// their digests, never by a file name.
///
/// Give it to a [`Verifier`](crate::verify::Verifier::rebuilder). It keeps what it made ready of a template and the seals
/// that it drew last, so the first code of a template takes longer than the others. Cloning is cheap; clones share that.
#[derive(Clone, Default)]
pub struct Rebuilder {
    templates: BTreeMap<[u8; 16], Template>,
    fonts: BTreeMap<[u8; 8], Fonts>,
    prepared: Arc<Mutex<BTreeMap<Key, PreparedTemplate>>>,
    /// The seals drawn last, the newest at the end.
    seals: Arc<Mutex<VecDeque<Drawn>>>,
    limits: Limits,
}

/// What a seal was drawn from, the issuer's name included, and the seal.
type Drawn = ((DrawnSeal, String), Seal);

/// Drawing an impression takes as long as all the rest; a window sees the seals of a few issuers.
const SEALS: usize = 32;

/// Template, language, conformance and fonts. There are never more than what was given has.
type Key = ([u8; 16], Option<String>, u64, Option<[u8; 8]>);

impl Rebuilder {
    /// With the bundled fonts and no template.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// With the bundled fonts and the [built-in templates](compose::BUILTIN).
    #[must_use]
    pub fn builtin() -> Self {
        let templates = compose::BUILTIN.iter().filter_map(|name| Template::builtin(name));
        templates.fold(Self::new(), Self::template)
    }

    /// Adds a template, with its own pictures if it has any.
    #[must_use]
    pub fn template(mut self, template: Template) -> Self {
        self.templates.insert(template_name(&template), template);
        self
    }

    /// Adds the fonts of an issuer that composes with others than the bundled ones.
    #[must_use]
    pub fn fonts(mut self, fonts: Fonts) -> Self {
        self.fonts.insert(font_name(&fonts), fonts);
        self
    }

    /// Sets other limits than [`Limits::DEFAULT`]: of these, `rebuilt_pages` counts.
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// The template that the code was composed with, made ready.
    fn prepared(&self, whole: &Whole) -> Result<PreparedTemplate, NotRebuilt> {
        let key = (
            whole.template,
            whole.language.clone(),
            whole.conformance,
            whole.fonts,
        );
        if let Some(prepared) = locked(&self.prepared).get(&key) {
            return Ok(prepared.clone());
        }
        let template = self.templates.get(&whole.template);
        let mut template = template.ok_or(NotRebuilt::Template(whole.template))?.clone();
        if let Some(language) = &whole.language {
            // The first one is spoken without being named.
            let other = template.languages().iter().skip(1).any(|own| own == language);
            let other = other.then(|| template.in_language(language)).flatten();
            template = other.ok_or_else(|| {
                NotRebuilt::Failed("the template does not speak the language named".to_owned())
            })?;
        }
        let fonts = match whole.fonts {
            None => Fonts::bundled(),
            Some(name) => {
                let given = self.fonts.get(&name).cloned();
                given.ok_or(NotRebuilt::Fonts(name))?
            }
        };
        let prepared = template
            .at_most(self.limits.rebuilt_pages)
            .prepare(&fonts)
            .map_err(|error| NotRebuilt::Failed(error.to_string()))?
            .conforming_to(conformance(whole.conformance));
        locked(&self.prepared).insert(key, prepared.clone());
        Ok(prepared)
    }

    /// The seal that the code describes.
    fn seal(&self, whole: &Whole) -> Result<Seal, NotRebuilt> {
        let look = (whole.seal.clone(), whole.record.issuer().name.clone());
        let known = locked(&self.seals)
            .iter()
            .find(|(own, _)| *own == look)
            .map(|(_, seal)| seal.clone());
        if let Some(seal) = known {
            return Ok(seal);
        }
        let seal = draw(whole)?;
        let mut seals = locked(&self.seals);
        if seals.len() >= SEALS {
            seals.pop_front();
        }
        seals.push_back((look, seal.clone()));
        Ok(seal)
    }
}

/// Another thread that failed while it held the lock left what is as good as before.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Rebuild for Rebuilder {
    fn rebuild(&self, whole: &Whole, certificates: &[Certificate]) -> Result<Vec<u8>, NotRebuilt> {
        let (composing, sealing) = whole.engines;
        if composing != compose::ENGINE || !(1..=seal::ENGINE).contains(&sealing) {
            return Err(NotRebuilt::Engine(composing, sealing));
        }
        let file = remake(whole, &self.prepared(whole)?, &self.seal(whole)?, certificates)?;
        match file_name(&file) == whole.file {
            true => Ok(file),
            false => Err(NotRebuilt::Differs),
        }
    }
}

impl core::fmt::Debug for Rebuilder {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let templates = self.templates.values().map(Template::name);
        f.debug_struct("Rebuilder")
            .field("templates", &templates.collect::<Vec<_>>())
            .finish_non_exhaustive()
    }
}

/// The seal that the object describes, drawn.
pub(super) fn draw(whole: &Whole) -> Result<Seal, NotRebuilt> {
    let round = round(&whole.seal, &whole.record.issuer().name);
    let impression = Impression::round(&round, font::bundled());
    impression
        .map(Seal::new)
        .map_err(|error| NotRebuilt::Failed(error.to_string()))
}

/// Composes and seals as the object says. The signature is put in as it is: whoever verifies the file verifies it.
pub(super) fn remake(
    whole: &Whole,
    template: &PreparedTemplate,
    seal: &Seal,
    certificates: &[Certificate],
) -> Result<Vec<u8>, NotRebuilt> {
    let failed = |why: &dyn core::fmt::Display| NotRebuilt::Failed(why.to_string());
    let draft = template.compose(&whole.record).map_err(|e| failed(&e))?;
    let (signature, room) = whole
        .signature()
        .ok_or_else(|| failed(&"the signature value has another form than its algorithm"))?;
    let identity = Identity {
        algorithm: whole.algorithm,
        chain: certificates,
        signature_length: room,
    };
    let level = match whole.level {
        0 => None,
        1 => Some(DocMdp::NoChanges),
        2 => Some(DocMdp::FormFilling),
        _ => Some(DocMdp::Annotations),
    };
    // Both only permit what is refused otherwise, and change no byte of what is made.
    let mut sealing = draft
        .without_code()
        .certifies(level)
        .allow(Allow::Overhang)
        .allow(Allow::Overlap)
        .by_program(whole.engines.1, &whole.program)
        .ok_or(NotRebuilt::Engine(whole.engines.0, whole.engines.1))?;
    if let Some(field) = &whole.field {
        sealing = sealing.field(field);
    }
    if let Some(place) = &whole.status {
        sealing = sealing.status(place.clone());
    }
    let prepared = sealing
        .prepare(seal, &identity, whole.time)
        .map_err(|e| failed(&e))?;
    let sealed = prepared.complete(&signature, None).map_err(|e| failed(&e))?;
    Ok(sealed.into_bytes())
}

fn round(seal: &DrawnSeal, issuer: &str) -> RoundSeal {
    let mm = |um: u64| f64::from(u32::try_from(um).unwrap_or(u32::MAX)) / 1000.0;
    let [red, green, blue] = seal.colour;
    let mut round = RoundSeal::new(seal.name.as_deref().unwrap_or(issuer))
        .with_diameter_mm(mm(seal.diameter_um))
        .with_ring_mm(mm(seal.ring_um))
        .with_colour(Colour { red, green, blue })
        .with_centre(match seal.centre {
            0 => Centre::Empty,
            _ => Centre::Star,
        });
    round.code.clone_from(&seal.code);
    round.legend.clone_from(&seal.legend);
    round
}

/// What a code names a template by: 16 bytes single one out among those that a verifier has, and whether it is the right one,
/// the signature in the rebuilt file decides.
pub(super) fn template_name(template: &Template) -> [u8; 16] {
    template.hash().first_chunk().copied().unwrap_or_default()
}

/// What a code names fonts by.
pub(super) fn font_name(fonts: &Fonts) -> [u8; 8] {
    fonts.digest().first_chunk().copied().unwrap_or_default()
}

pub(super) fn conformance_number(conformance: Conformance) -> u64 {
    match conformance {
        Conformance::A3b => 0,
        Conformance::A2b => 1,
        Conformance::A4f => 2,
    }
}

fn conformance(number: u64) -> Conformance {
    match number {
        1 => Conformance::A2b,
        2 => Conformance::A4f,
        _ => Conformance::A3b,
    }
}
