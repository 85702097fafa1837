//! Content streams use the operators of ISO 32000-1 and name what is there: clauses 6.1.13 and 6.2.2; page sizes.

use lopdf::content::Content;
use lopdf::{Dictionary, Object};

use super::Checker;
use crate::content;
use crate::reading::dictionary_of;

/// Annex A of ISO 32000-1; `BI` stands for a whole inline image.
const OPERATORS: &str = " b B b* B* BDC BI BMC BT BX c cm CS cs d d0 d1 Do DP EI EMC ET EX f F f* G g gs h i ID j J K k l m M MP n \
    q Q re RG rg ri s S SC sc SCN scn sh T* Tc Td TD Tf Tj TJ TL Tm Tr Ts Tw Tz v w W W* y ' \" ";

/// Forms within forms.
const DEPTH: usize = 6;

impl<'a> Checker<'a> {
    pub(super) fn operators(&mut self) {
        for (_, page) in content::pages(self.reader) {
            let resources = self.inherited(page, "Resources").and_then(dictionary_of);
            let content = self.page_content(page);
            self.stream(&content, resources, page.has(b"Resources"), DEPTH);
            for key in ["MediaBox", "CropBox"] {
                let sides = self.inherited(page, key).and_then(|sides| sides.as_array().ok());
                let Some([x0, y0, x1, y1]) = sides.map(Vec::as_slice) else {
                    continue;
                };
                let number = |side| self.resolve(side).as_float().unwrap_or(0.0);
                for length in [number(x1) - number(x0), number(y1) - number(y0)] {
                    let good = (3.0..=14_400.0).contains(&length.abs());
                    self.expect(good, "6.1.13", format!("/{key} has a side of {length}"));
                }
            }
        }
    }

    fn stream(&mut self, bytes: &[u8], resources: Option<&'a Dictionary>, own: bool, level: usize) {
        let Some(level) = level.checked_sub(1) else { return };
        let Ok(content) = Content::decode(bytes) else {
            return;
        };
        if !content
            .operations
            .iter()
            .any(|operation| operation.operator == "BI")
        {
            self.hexadecimal(bytes);
        }
        let mut depth = 0_usize;
        for operation in &content.operations {
            let name = operation.operator.as_str();
            let known = OPERATORS.contains(&format!(" {name} "));
            self.expect(known, "6.2.2", format!("the operator {name:?}"));
            match name {
                "q" => depth += 1,
                "Q" => depth = depth.saturating_sub(1),
                _ => {}
            }
            self.expect(depth <= 28, "6.1.13", "`q` within more than 28 others");
            let kind = match name {
                "Do" => "XObject",
                "Tf" => "Font",
                "gs" => "ExtGState",
                "sh" => "Shading",
                _ => continue,
            };
            let Some(Object::Name(named)) = operation.operands.first() else {
                continue;
            };
            let held = resources.and_then(|resources| self.dictionary(resources, kind));
            let there = held.is_some_and(|held| held.has(named));
            if name == "Do"
                && let Some(Object::Stream(form)) = held
                    .and_then(|held| held.get(named).ok())
                    .map(|form| self.resolve(form))
                && self.name(&form.dict, "Subtype") == Some(b"Form")
            {
                let inner = self.dictionary(&form.dict, "Resources");
                let content = form.get_plain_content().unwrap_or_default();
                self.stream(&content, inner.or(resources), inner.is_some(), level);
            }
            self.expect(
                own && there,
                "6.2.2",
                format!(
                    "/{} is not in the stream's own resources",
                    String::from_utf8_lossy(named)
                ),
            );
        }
    }
}
