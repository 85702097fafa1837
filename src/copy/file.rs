//! The file of a copy: the pages of the original under the watermark, the page that says what they are, and the terms.

use super::watermark::{Sentence, numbers};
use super::{CopyError, notice, page};
use crate::compose::Fonts;
use crate::crypto::DigestAlgorithm;
use crate::draft::{Draft, Slots};
use crate::limits::Limits;
use crate::pdf::update::{stream_body, write_hex};
use crate::pdf::{Document, Graft, Part, Ref, text_string};
use crate::terms::{TERMS_FILE, Terms};

/// How much of what lies below the watermark it takes away.
const STRENGTH: &str = "0.28";
/// The mark of a code that was left out, in a unit square.
const NO_CODE: &[u8] =
    b"0.55 G 0.01 w 0.04 0.04 0.92 0.92 re S 0.04 0.04 m 0.96 0.96 l 0.04 0.96 m 0.96 0.04 l S";

/// Writes the copy of the newest revision of `document`.
pub(super) fn write(
    document: &Document<'_>,
    terms: &Terms,
    fonts: &Fonts,
    limits: &Limits,
) -> Result<Draft, CopyError> {
    let view = document.newest();
    let mut graft = Graft::new(view, limits.pdf_objects, limits.pdf_decoded_bytes);
    let grafted = |error| CopyError::graft(0, error);
    if let Some(code) = Slots::read(&view, limits)?.code {
        let entries = b"/Type/XObject/Subtype/Form/BBox[0 0 1 1]/Resources<<>>";
        let empty = stream_body(entries, NO_CODE, false);
        graft.replace(Ref::new(code.form, 0), &empty).map_err(grafted)?;
    }
    let pages = view.pages()?;
    let paintings = pages
        .iter()
        .enumerate()
        .map(|page| page::take(&view, &mut graft, page))
        .collect::<Result<Vec<_>, _>>()?;
    let sentence = Sentence::set(terms, fonts)?;
    let notice = notice::set(terms, fonts)?;

    let mut file = File::default();
    let (catalog, tree, info) = (file.allocate(), file.allocate(), file.allocate());
    let forms = file.plant(graft.finish().map_err(grafted)?);
    let (watermark, _) = file.leaf(&sentence.draft, limits)?;
    let (said, said_box) = file.leaf(&notice, limits)?;
    let place = |place: &usize| forms.get(*place).copied().unwrap_or(catalog);

    let mut kids = vec![];
    for (index, painting) in paintings.iter().enumerate() {
        let over = sentence.over(painting).ok_or(CopyError::Page {
            page: index.saturating_add(1),
            why: "it is empty or out of range",
        })?;
        let (mut content, mut objects) = (String::new(), format!("/W {watermark}"));
        for (number, (form, matrix)) in painting.forms.iter().enumerate() {
            content.push_str(&format!("q {} cm /O{number} Do Q\n", numbers(*matrix)));
            objects.push_str(&format!("/O{number} {}", place(form)));
        }
        content.push_str(&over);
        let content = file.add(stream_body(b"", content.as_bytes(), true));
        // Blending needs a space; the page's own, if it states one (ISO 32000-2, 11.6.6).
        let group = match &painting.group {
            Some(group) => place(group).to_string(),
            None => "<</S/Transparency/CS/DeviceRGB>>".to_owned(),
        };
        let shown = &painting.shown;
        let sides = [shown.left, shown.bottom, shown.right, shown.top].map(|side| format!("{side:.3}"));
        let unit = match painting.user_unit {
            1.0 => String::new(),
            unit => format!("/UserUnit {unit:.6}"),
        };
        kids.push(file.add(format!(
            "<</Type/Page/Parent {tree}/MediaBox[{}]/Rotate {}{unit}/Group {group}/Contents {content}\
             /Resources<</XObject<<{objects}>>/ExtGState<</T<</Type/ExtGState/ca {STRENGTH}/CA {STRENGTH}>>>>>>>>",
            sides.join(" "),
            painting.rotate,
        )));
    }
    let content = file.add(stream_body(b"", b"/N Do\n", false));
    let last = file.add(format!(
        "<</Type/Page/Parent {tree}/MediaBox{said_box}/Contents {content}/Resources<</XObject<</N {said}>>>>>>",
    ));
    kids.push(last);

    let cbor = terms.to_cbor();
    let modified = terms.made.to_pdf();
    let entries = format!(
        "/Type/EmbeddedFile/Subtype/application#2Fcbor/Params<</Size {}/ModDate({modified})>>",
        cbor.len()
    );
    let embedded = file.add(stream_body(entries.as_bytes(), &cbor, true));
    let description = pdf_text("加注条件（CBOR） Terms of the copy");
    let specification = file.add(format!(
        "<</Type/Filespec/F({TERMS_FILE})/UF({TERMS_FILE})/Desc {description}/AFRelationship/Data/EF<</F {embedded}/UF {embedded}>>>>",
    ));
    // The place of the seal is where composing has put it on the page that is shown here.
    let seals = notice.slots().seals.iter().map(|slot| {
        let (x, y) = slot.centre_pt;
        format!(
            "<</Name {}/Page {last}/Centre[{x:.3} {y:.3}]>>",
            pdf_text(&slot.name)
        )
    });
    let seals: String = seals.collect();
    let kid_list: Vec<String> = kids.iter().map(ToString::to_string).collect();
    file.put(
        tree,
        format!(
            "<</Type/Pages/Count {}/Kids[{}]>>",
            kids.len(),
            kid_list.join(" ")
        ),
    );
    file.put(
        catalog,
        format!(
            "<</Type/Catalog/Pages {tree}/Lang(zh-CN)/ViewerPreferences<</DisplayDocTitle true>>/AF[{specification}]\
             /Names<</EmbeddedFiles<</Names[({TERMS_FILE}){specification}]>>>>\
             /PieceInfo<</Yinxin<</LastModified({modified})/Private<</Seals[{seals}]>>>>>>>>"
        ),
    );
    let original = &terms.original;
    let title = pdf_text(&format!(
        "加注件 Copy: {} {}",
        original.kind.name, original.number
    ));
    file.put(info, format!("<</Title {title}/CreationDate({modified})>>"));
    let mut identifier = b"yinxin copy 1\0".to_vec();
    identifier.extend_from_slice(&cbor);
    let identifier = DigestAlgorithm::Sha256.digest(&identifier);
    let bytes = file.finish(catalog, info, identifier.get(..16).unwrap_or_default());
    Ok(Draft::open(bytes, limits)?)
}

/// A text string as it is written.
fn pdf_text(text: &str) -> String {
    String::from_utf8_lossy(&text_string(text)).into_owned()
}

/// A file being written, in the order of its object numbers.
#[derive(Default)]
struct File(Vec<Vec<u8>>);

impl File {
    fn allocate(&mut self) -> Ref {
        self.0.push(vec![]);
        Ref::new(u32::try_from(self.0.len()).unwrap_or(u32::MAX), 0)
    }

    fn put(&mut self, id: Ref, body: impl Into<Vec<u8>>) {
        let index = usize::try_from(id.number).unwrap_or(0).checked_sub(1);
        if let Some(place) = index.and_then(|index| self.0.get_mut(index)) {
            *place = body.into();
        }
    }

    fn add(&mut self, body: impl Into<Vec<u8>>) -> Ref {
        let id = self.allocate();
        self.put(id, body);
        id
    }

    /// Writes what was taken from another document; tells the numbers by place.
    fn plant(&mut self, bodies: Vec<Vec<Part>>) -> Vec<Ref> {
        let numbers: Vec<Ref> = bodies.iter().map(|_| self.allocate()).collect();
        for (id, parts) in numbers.iter().zip(bodies) {
            let mut body = vec![];
            for part in parts {
                match part {
                    Part::Bytes(bytes) => body.extend(bytes),
                    // Painted straight onto the page, so that seals which multiply reach what is beneath.
                    Part::Group => {}
                    Part::Reference(place) => {
                        let number = numbers.get(place).map_or("null".to_owned(), ToString::to_string);
                        body.extend(number.bytes());
                    }
                }
            }
            self.put(*id, body);
        }
        numbers
    }

    /// The only page of `draft` as a form, and its box.
    fn leaf(&mut self, draft: &Draft, limits: &Limits) -> Result<(Ref, String), CopyError> {
        let document = draft.document(limits)?;
        let pages = document.newest().pages()?;
        let fault = CopyError::Page {
            page: 1,
            why: "it was not composed",
        };
        let page = pages.first().ok_or(fault.clone())?;
        let shown = page.visible_box().ok_or(fault.clone())?;
        let mut graft = Graft::new(document.newest(), limits.pdf_objects, limits.pdf_decoded_bytes);
        let grafted = |error| CopyError::graft(0, error);
        let place = graft.page(page).map_err(grafted)?;
        let numbers = self.plant(graft.finish().map_err(grafted)?);
        let form = numbers.get(place).copied().ok_or(fault)?;
        let sides = [shown.left, shown.bottom, shown.right, shown.top].map(|side| format!("{side:.3}"));
        Ok((form, format!("[{}]", sides.join(" "))))
    }

    /// A file of one revision with a cross-reference table (ISO 32000-2, 7.5.4).
    fn finish(self, catalog: Ref, info: Ref, identifier: &[u8]) -> Vec<u8> {
        let mut out = b"%PDF-1.7\n%\xE2\xE3\xCF\xD3\n".to_vec();
        let mut table = String::from("0000000000 65535 f \n");
        for (body, number) in self.0.iter().zip(1..) {
            table.push_str(&format!("{:010} 00000 n \n", out.len()));
            out.extend(format!("{} obj\n", Ref::new(number, 0).to_string().trim_end_matches(" R")).bytes());
            out.extend_from_slice(body);
            out.extend_from_slice(b"\nendobj\n");
        }
        let (start, size) = (out.len(), self.0.len().saturating_add(1));
        let mut id = vec![];
        write_hex(&mut id, identifier);
        out.extend(
            format!("xref\n0 {size}\n{table}trailer\n<</Size {size}/Root {catalog}/Info {info}/ID[").bytes(),
        );
        out.extend_from_slice(&id);
        out.extend_from_slice(&id);
        out.extend(format!("]>>\nstartxref\n{start}\n%%EOF\n").bytes());
        out
    }
}
