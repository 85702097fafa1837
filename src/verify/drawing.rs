//! The code as it is drawn: the form that the catalog names, its text, and whether the page shows that very text.
//!
//! What lies over it is told as far as it can be followed ([`seen`](super::seen)); the rest is for the eye and the camera.

use super::fields::array;
use crate::draft::{drawn_text, private};
use crate::pdf::{Dictionary, Object, Painted, PdfError, Ref, View};
use crate::symbol::{Level, Symbol};

/// The code's form.
pub(super) struct Drawn {
    /// The text kept beside the drawing; `None` if the reserved box was never filled.
    pub(super) text: Option<String>,
    /// The revision in which the form as it stands was written.
    pub(super) revision: usize,
    form: Ref,
    page: Option<Ref>,
    dictionary: Dictionary,
    content: Vec<u8>,
}

/// Where the page shows the code.
pub(super) struct Shown {
    pub(super) page: Ref,
    pub(super) painted: Painted,
}

/// Why there is no drawing to be judged although one is named.
pub(super) enum Refusal {
    Pdf(PdfError),
    Slot(&'static str),
}

impl From<PdfError> for Refusal {
    fn from(error: PdfError) -> Self {
        Self::Pdf(error)
    }
}

/// The form that the catalog's `/PieceInfo` names (ISO 32000-2, 14.5); `None` if it names none.
pub(super) fn find(view: &View<'_, '_>) -> Result<Option<Drawn>, Refusal> {
    let catalog = view.catalog()?;
    let Some(private) = private(view, &catalog.object)? else {
        return Ok(None);
    };
    let slot = match &*view.find(&private, b"Code")? {
        Object::Null => return Ok(None),
        Object::Dictionary(slot) => slot.clone(),
        _ => return Err(Refusal::Slot("the catalog's /Code is no dictionary")),
    };
    let form = slot.find(b"Form").and_then(Object::as_reference);
    let form = form.ok_or(Refusal::Slot("the catalog names no form for the code"))?;
    let object = view
        .object(form)?
        .ok_or(Refusal::Slot("the form of the code is missing"))?;
    let Some(stream) = object.object.as_stream() else {
        return Err(Refusal::Slot("the form of the code is no stream"));
    };
    let (revision, _) = view
        .locate(form.number)
        .ok_or(Refusal::Slot("the form of the code is missing"))?;
    let text = drawn_text(view, &object.object)?;
    Ok(Some(Drawn {
        text,
        revision,
        form,
        page: slot.find(b"Page").and_then(Object::as_reference),
        dictionary: stream.dictionary.clone(),
        content: view.decode(stream)?,
    }))
}

/// Where the page shows the drawing, or what is wrong with it: the text beside it is only worth something if the page shows
/// that very text. `None` if there is no text and no drawing.
pub(super) fn check(
    view: &View<'_, '_>,
    drawn: &Drawn,
) -> Result<Result<Option<Shown>, &'static str>, PdfError> {
    let Some(text) = &drawn.text else {
        let empty = drawn.content.trim_ascii().is_empty();
        let wrong = "something is drawn for which there is no text";
        return Ok(if empty { Ok(None) } else { Err(wrong) });
    };
    let Ok(symbol) = Symbol::of_text(text, Level::M) else {
        return Ok(Err("the text fits no symbol"));
    };
    if symbol.form_content() != drawn.content {
        return Ok(Err("another symbol is drawn"));
    }
    if !shown_whole(view, &drawn.dictionary, symbol.form_side())? {
        return Ok(Err("the drawing is cut off, turned or hidden"));
    }
    for page in view.pages()? {
        if Some(page.id) == drawn.page {
            let painted = view.painted(&page, drawn.form)?;
            let page = page.id;
            let shown = painted.map(|painted| Some(Shown { page, painted }));
            return Ok(shown.ok_or("the page does not paint it"));
        }
    }
    Ok(Err("the page that is to paint it is missing"))
}

/// Whether the form shows all of a drawing `side` units wide, upright and to scale (ISO 32000-2, 8.10.2), whatever layers a
/// reader switches off.
fn shown_whole(view: &View<'_, '_>, form: &Dictionary, side: usize) -> Result<bool, PdfError> {
    let numbers = |key: &[u8]| -> Result<Vec<f64>, PdfError> {
        let items = array(view, form.find(key))?;
        Ok(items.iter().filter_map(Object::as_number).collect())
    };
    let side = f64::from(u32::try_from(side).unwrap_or(u32::MAX));
    let near = |found: &[f64], wanted: &[f64], most: f64| {
        found.len() == wanted.len() && found.iter().zip(wanted).all(|(a, b)| (a - b).abs() <= most)
    };
    let scale = 1.0 / side;
    Ok(form.find(b"OC").is_none()
        && near(&numbers(b"BBox")?, &[0.0, 0.0, side, side], 0.0)
        && near(&numbers(b"Matrix")?, &[scale, 0.0, 0.0, scale, 0.0, 0.0], 1e-6))
}

/// The hash of the template that the file says it was composed by; the seal covers what it says.
pub(super) fn template(view: &View<'_, '_>) -> Option<[u8; 32]> {
    let catalog = view.catalog().ok()?;
    let private = private(view, &catalog.object).ok()??;
    let text = view.find(&private, b"Template").ok()?;
    let hexadecimal = &text.as_string()?.bytes;
    let digit = |b: &u8| char::from(*b).to_digit(16).and_then(|n| u8::try_from(n).ok());
    let bytes: Option<Vec<u8>> = hexadecimal
        .chunks(2)
        .map(|pair| match pair {
            [high, low] => Some(digit(high)? << 4 | digit(low)?),
            _ => None,
        })
        .collect();
    bytes?.try_into().ok()
}
