//! The print copy (打印件): the page as it was sealed, with a code that stands for the file. It is not sealed itself, and says so.

use super::base::Base;
use super::page::{number, rectangle};
use super::prepared::Sealed;
use super::revision::Revision;
use super::{Allow, Seal, SealError};
use crate::font;
use crate::impression::Note;
use crate::limits::Limits;
use crate::pdf::update::stream_body;
use crate::pdf::{Object, Ref, text_string};
use crate::symbol::{Level, PrintRule, Symbol};

/// Stands at the head of every page.
const NOTE: &str = "打印件，不是盖章文件：扫描二维码可还原盖章文件  PRINT COPY, not the sealed file: scan the code to restore it";
/// Stands before the title.
const TITLE: &str = "打印件 Print copy: ";
/// From the upper edge of the page, outside of what printers cut off.
const NOTE_TOP_MM: f64 = 5.5;
const NOTE_EM_MM: f64 = 2.4;

impl Sealed {
    /// An unsealed copy of the pages for printing, with the code `text` drawn in the place reserved for it and `seal` as it
    /// looks in the sealed file. A line at the head of each page and the title say what it is; verifying it says that it
    /// carries no seal.
    ///
    /// A code that is larger than its place may reach over it by its quiet zone, which is not painted there.
    ///
    /// # Errors
    /// Occurs if the draft reserves no place for a code, or a place that is too small for this one by the print rule.
    pub fn print_copy(&self, seal: &Seal, text: &str) -> Result<Vec<u8>, SealError> {
        let draft = Base::of(self.draft());
        let document = draft.document(&Limits::DEFAULT)?;
        let allowed = vec![Allow::Overhang, Allow::Overlap, Allow::PdfaLoss];
        let mut revision = Revision::new(&document, self.terms().at.to_pdf(), allowed)?;
        revision.print_code(&draft, text)?;
        let leaf = self.chain().first().ok_or(SealError::NoCertificate)?;
        let sealer = leaf.common_name().unwrap_or_else(|| leaf.subject());
        let slot = revision.slot(&draft.slots.seals, sealer)?;
        let (page, placed) = revision.seal_place(slot, None, seal)?;
        let impression = revision.impression(seal.impression(), &page)?;
        let appearance = revision.upright(impression, seal.impression().size_mm(), placed.turn);
        revision.stamp(
            page.id,
            placed.rectangle,
            appearance,
            &format!("{sealer}（印模 impression）"),
        );
        revision.note_pages()?;
        revision.retitle()?;
        let appended = revision.finish()?;
        let mut copy = self.draft().bytes().to_vec();
        copy.extend_from_slice(&appended.bytes);
        Ok(copy)
    }
}

impl Revision<'_, '_> {
    fn print_code(&mut self, draft: &Base<'_>, text: &str) -> Result<(), SealError> {
        let symbol = Symbol::of_text(text, Level::M)?;
        let slot = draft.slots.code.as_ref().ok_or(SealError::NoPlace("code"))?;
        let page = self.pages.iter().find(|page| page.id.number == slot.page);
        let page = page.cloned().ok_or(SealError::NoPlace("code"))?;
        let rule = PrintRule::DEFAULT;
        let count = |modules: usize| f64::from(u32::try_from(modules).unwrap_or(u32::MAX));
        let needed = count(symbol.form_side()) * rule.minimum_module_mm;
        let dark = count(symbol.width()) * rule.minimum_module_mm;
        let side = match dark <= slot.side_mm {
            true => needed.max(slot.side_mm),
            false => slot.side_mm,
        };
        rule.check(&symbol, side)?;
        self.draw_code(
            Ref::new(slot.form, 0),
            &page,
            (text, &symbol),
            side / slot.side_mm,
        )
    }

    /// A stamp needs no change of the page's content.
    pub(super) fn stamp(&mut self, page: Ref, corners: [f64; 4], appearance: Ref, spoken: &str) {
        let annotation = self.update.allocate();
        let body = format!(
            "<< /Type /Annot /Subtype /Stamp /Rect {} /F 196 /P {page} /Contents {} /AP << /N {appearance} >> >>",
            rectangle(corners),
            String::from_utf8_lossy(&text_string(spoken)),
        );
        self.update.put(annotation, body.into_bytes());
        self.annotations.entry(page).or_default().push(annotation);
    }

    fn note_pages(&mut self) -> Result<(), SealError> {
        let note = Note::new(NOTE, NOTE_EM_MM, font::bundled())?;
        let points = |mm: f64| number(mm * 72.0 / 25.4);
        let entries = format!(
            "/Type /XObject /Subtype /Form /BBox [0 0 {} {}] /Resources << >>",
            points(note.width_mm),
            points(note.height_mm)
        );
        let form = self.update.allocate();
        self.update.put(
            form,
            stream_body(entries.as_bytes(), note.content.as_bytes(), true),
        );
        let size = (note.width_mm, note.height_mm);
        for index in 0..self.pages.len() {
            let (page, geometry) = self.page(index)?;
            let (width, _) = geometry.shown_mm();
            let corner = ((width - note.width_mm) / 2.0, NOTE_TOP_MM);
            let placed = geometry.place("note", corner, size, true)?;
            let appearance = self.upright(form, size, placed.turn);
            self.stamp(page.id, placed.rectangle, appearance, NOTE);
        }
        Ok(())
    }

    /// Lets the metadata say what the copy is, and no longer that it conforms to PDF/A or PDF/UA.
    fn retitle(&mut self) -> Result<(), SealError> {
        let catalog = self.view.catalog()?;
        let Some(id) = catalog
            .dictionary()
            .and_then(|catalog| catalog.find(b"Metadata"))
            .and_then(Object::as_reference)
        else {
            return Ok(());
        };
        let Some(object) = self.view.object(id)? else {
            return Ok(());
        };
        let Some(stream) = object.object.as_stream() else {
            return Ok(());
        };
        let Ok(packet) = String::from_utf8(self.view.decode(stream)?) else {
            return Ok(());
        };
        let mut said = String::with_capacity(packet.len());
        for line in packet.split_inclusive('\n') {
            // As composing writes them: claims in lines of their own, the title in one.
            if line.starts_with("<pdfaid:") || line.starts_with("<pdfuaid:") {
                continue;
            }
            match line.strip_prefix("<dc:title>") {
                Some(title) => {
                    let title = title.replace(
                        "xml:lang=\"x-default\">",
                        &format!("xml:lang=\"x-default\">{TITLE}"),
                    );
                    said.push_str("<dc:title>");
                    said.push_str(&title);
                }
                None => said.push_str(line),
            }
        }
        let body = stream_body(b"/Type /Metadata /Subtype /XML", said.as_bytes(), false);
        self.update.put(id, body);
        Ok(())
    }
}
