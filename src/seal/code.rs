//! The code in the revision: signed, put into text, drawn, and placed where the page paints it or on top.

use super::base::Base;
use super::page::{number, rectangle};
use super::prepared::Code;
use super::revision::Revision;
use super::{Allow, CodeContent, CodePlan, SealError, sign_claims};
use crate::impression::DeviceColours;
use crate::payload::encode_text;
use crate::pdf::update::stream_body;
use crate::pdf::{Body, Page, Ref, text_string};
use crate::pki::Signer;
use crate::symbol::{Level, PrintRule, Symbol};

impl<'a> Revision<'_, 'a> {
    /// Signs the payload, draws it and puts the drawing where the page already paints it, or on top as an annotation.
    pub(super) fn code(
        &mut self,
        draft: &Base<'_>,
        plan: &CodePlan<'_>,
        signer: Option<&dyn Signer>,
        digest: &[u8],
    ) -> Result<Code, SealError> {
        let cose = match &plan.content {
            CodeContent::Signed(cose) => cose.clone(),
            CodeContent::Claims(payload) => {
                let digest = <[u8; 32]>::try_from(digest).map_err(|_| SealError::CodeSigner)?;
                let length = u64::try_from(draft.length()).unwrap_or(u64::MAX);
                sign_claims(
                    &payload.as_ref().clone().with_draft(length, digest),
                    signer.ok_or(SealError::CodeSigner)?,
                )?
            }
        };
        let text = encode_text(&cose, &plan.form)?;
        let symbol = Symbol::of_text(&text, Level::M)?;
        let slot = draft.slots.code.as_ref();
        let (form, side_mm, page) = match (plan.place, slot) {
            (Some((place, side)), _) => {
                let (page, _) = self.page(place.page)?;
                (self.update.allocate(), side, Some(page))
            }
            (None, Some(slot)) => {
                let page = self.pages.iter().find(|page| page.id.number == slot.page);
                (Ref::new(slot.form, 0), slot.side_mm, page.cloned())
            }
            (None, None) => return Err(SealError::NoPlace("code")),
        };
        let page = page.ok_or(SealError::NoPlace("code"))?;
        PrintRule::DEFAULT.check(&symbol, side_mm)?;
        self.draw_code(form, &page, (&text, &symbol), 1.0)?;
        if let Some((place, side_mm)) = plan.place {
            let (page, geometry) = self.page(place.page)?;
            let overhang = self.allowed.contains(&Allow::Overhang);
            let corner = (place.x_mm, place.y_mm);
            let placed = geometry.place("code", corner, (side_mm, side_mm), overhang)?;
            self.take_place("code", &page, &placed, None)?;
            let annotation = self.update.allocate();
            // A stamp needs no change of the page's content, whose operators may be unbalanced.
            let body = format!(
                "<< /Type /Annot /Subtype /Stamp /Rect {} /F 196 /P {} /Contents {} /AP << /N {} >> >>",
                rectangle(placed.rectangle),
                page.id,
                String::from_utf8_lossy(&text_string("QR code of this result 结果二维码")),
                form,
            );
            self.update.put(annotation, body.into_bytes());
            self.annotations.entry(page.id).or_default().push(annotation);
            let slot = format!("<< /Form {} /Page {} /Side {} >>", form, page.id, number(side_mm));
            let info = format!(
                "<< /LastModified ({}) /Private << /Code {slot} >> >>",
                self.modified
            );
            self.change_in_catalog(b"PieceInfo", vec![(b"Yinxin", Some(Body::from(&info)))])?;
        }
        Ok(Code { text, symbol })
    }

    /// Writes the form that draws the code in a square: module units on paper, a unit square to the page, so that the page need not
    /// know the version in advance. `spread` times as large, it is cut off where the square ends.
    pub(super) fn draw_code(
        &mut self,
        form: Ref,
        page: &Page<'a>,
        (text, symbol): (&str, &Symbol),
        spread: f64,
    ) -> Result<(), SealError> {
        let modules = f64::from(u32::try_from(symbol.form_side()).unwrap_or(u32::MAX));
        let scale = scale_text(spread / modules);
        let shift = number((1.0 - spread) / 2.0);
        let edge = (modules - modules / spread) / 2.0;
        let (from, to) = (number(edge), number(modules - edge));
        let grey = DeviceColours {
            rgb: false,
            grey: true,
        };
        let spaces = self.ground(page, grey)?.colour_spaces(grey);
        let entries = format!(
            "/Type /XObject /Subtype /Form /BBox [{from} {from} {to} {to}] /Matrix [{scale} 0 0 {scale} {shift} {shift}] \
             /Resources <<{spaces} >> \
             /LastModified ({date}) /PieceInfo << /Yinxin << /LastModified ({date}) /Private << /Text {text} >> >> >>",
            date = self.modified,
            text = String::from_utf8_lossy(&text_string(text)),
        );
        self.update.put(
            form,
            stream_body(entries.as_bytes(), &symbol.form_content(), true),
        );
        Ok(())
    }
}

/// A scale with enough digits that 185 modules add up to less than a thousandth of one.
fn scale_text(value: f64) -> String {
    format!("{value:.8}")
}
