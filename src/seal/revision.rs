//! The one revision that sealing appends: code, impression, field, and what the catalog and the page must say about them.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::dictionary::SignatureDictionary;
use super::page::{Geometry, Placed, number, rectangle};
use super::prepared::{Code, Prepared};
use super::{CodeContent, CodePlan, DocMdp, Identity, Place, Seal, SealError, Sealing, sign_claims};
use crate::cms;
use crate::crypto::{DigestAlgorithm, Hasher};
use crate::draft::Draft;
use crate::limits::Limits;
use crate::payload::encode_text;
use crate::pdf::edit::{DictionaryEdit, array_push};
use crate::pdf::update::{Appended, Update, stream_body};
use crate::pdf::{Dictionary, Document, Indirect, Object, Page, Ref, View};
use crate::pki::{Certificate, Signer};
use crate::symbol::{Level, PrintRule, Symbol};
use crate::time::Time;

impl Sealing<'_> {
    pub(super) fn append(
        self,
        seal: &Seal,
        identity: &Identity<'_>,
        code_signer: Option<&dyn Signer>,
        at: Time,
    ) -> Result<Prepared, SealError> {
        let draft = self.draft;
        let leaf = identity.chain.first().ok_or(SealError::NoCertificate)?;
        let chain: Vec<&[u8]> = identity.chain.iter().map(Certificate::der).collect();
        let reserve = cms::build::reserve(identity.algorithm, &chain, identity.signature_length)?;

        let document = Document::open(draft.bytes(), &Limits::DEFAULT)?;
        let mut revision = Revision::new(&document, at)?;
        let field = revision.permit(self.certifies, self.field)?;

        // The prefix is digested once: for the code, and, where the algorithms agree, for the signature as well.
        let mut hashed = None;
        let code = match self.code {
            None => None,
            Some(plan) => {
                let mut hasher = Hasher::new(DigestAlgorithm::Sha256);
                hasher.update(draft.bytes());
                let digest = hasher.clone().finish();
                if identity.algorithm.digest() == DigestAlgorithm::Sha256 {
                    hashed = Some((hasher, draft.bytes().len()));
                }
                Some(revision.code(draft, plan, code_signer, &digest)?)
            }
        };
        let (page, placed) = revision.seal_place(draft, self.place, seal)?;
        let impression = seal.impression.write(&mut revision.update)?;
        let appearance = revision.upright(impression, seal.impression.size_mm(), placed.turn);

        let name = text_string(leaf.common_name().unwrap_or_else(|| leaf.subject()));
        let dictionary = SignatureDictionary::new(&name, at, self.certifies, reserve);
        let value = revision.update.allocate();
        revision.update.put(value, dictionary.bytes.clone());
        revision.field(&field, value, &page, placed.rectangle, appearance)?;
        if self.certifies.is_some() {
            revision.change_in_catalog(b"Perms", vec![(b"DocMDP", Some(reference(value).into_bytes()))])?;
        }
        let extension = b"<< /BaseVersion /1.7 /ExtensionLevel 1 >>".to_vec();
        revision.change_in_catalog(b"Extensions", vec![(b"ESIC", Some(extension))])?;
        let appended = revision.finish()?;

        let start = *appended.offsets.get(&value).ok_or(SealError::NoPlace("seal"))?;
        let shift = |range: &core::ops::Range<usize>| range.start + start..range.end + start;
        let mut bytes = Vec::with_capacity(draft.bytes().len() + appended.bytes.len());
        bytes.extend_from_slice(draft.bytes());
        bytes.extend_from_slice(&appended.bytes);
        Prepared::new(
            bytes,
            shift(&dictionary.byte_range),
            shift(&dictionary.contents),
            hashed,
            identity.algorithm,
            identity.chain,
            code,
        )
    }
}

/// The revision being written.
struct Revision<'d, 'a> {
    view: View<'d, 'a>,
    update: Update,
    pages: Vec<Page<'a>>,
    /// What changes in the catalog.
    catalog: Vec<Change>,
    /// Annotations to add, by page.
    annotations: BTreeMap<Ref, Vec<Ref>>,
    modified: String,
}

/// One entry to set (or, without value, to remove) in a dictionary or in one directly inside it.
struct Change {
    inside: Option<&'static [u8]>,
    key: &'static [u8],
    value: Option<Vec<u8>>,
}

/// A dictionary that another holds, as it stands.
enum Child<'a> {
    Missing,
    Direct(Dictionary),
    Indirect(Arc<Indirect<'a>>),
}

impl<'d, 'a> Revision<'d, 'a> {
    fn new(document: &'d Document<'a>, at: Time) -> Result<Self, SealError> {
        let view = document.newest();
        Ok(Self {
            view,
            update: Update::new(document),
            pages: view.pages()?,
            catalog: vec![],
            annotations: BTreeMap::new(),
            modified: at.to_pdf(),
        })
    }

    /// Refuses what would break an earlier seal; names the new field.
    fn permit(&self, certifies: Option<DocMdp>, name: Option<String>) -> Result<String, SealError> {
        let catalog = self.view.catalog()?;
        let form = match catalog.dictionary() {
            Some(catalog) => self.view.find(catalog, b"AcroForm")?,
            None => return Ok("Seal1".to_owned()),
        };
        let mut names = vec![];
        let mut sealed = false;
        if let Some(form) = form.as_dictionary() {
            let fields = self.view.find(form, b"Fields")?;
            for field in fields.as_array().unwrap_or_default() {
                let field = self.view.resolve(field)?;
                let Some(field) = field.as_dictionary() else {
                    continue;
                };
                if let Some(own) = self.view.find(field, b"T")?.as_string() {
                    names.push(own.bytes.clone());
                }
                if field.is_name(b"FT", b"Sig") && !self.view.find(field, b"V")?.is_null() {
                    sealed = true;
                    let value = self.view.find(field, b"V")?;
                    if value
                        .as_dictionary()
                        .is_some_and(|value| docmdp(value) == Some(1))
                    {
                        return Err(SealError::Certified);
                    }
                }
            }
        }
        if sealed && certifies.is_some() {
            return Err(SealError::FirstSealOnly);
        }
        let taken = |name: &str| {
            names
                .iter()
                .any(|other| other == name.as_bytes() || *other == utf16(name))
        };
        match name {
            Some(name) if taken(&name) => Err(SealError::FieldExists(name)),
            Some(name) => Ok(name),
            // There are finitely many names, so one of the first `len + 1` numbers is free.
            None => Ok((1..=names.len() + 1)
                .map(|n| format!("Seal{n}"))
                .find(|name| !taken(name))
                .unwrap_or_else(|| "Seal".to_owned())),
        }
    }

    /// Signs the payload, draws it and puts the drawing where the page already paints it, or on top as an annotation.
    fn code(
        &mut self,
        draft: &Draft,
        plan: CodePlan<'_>,
        signer: Option<&dyn Signer>,
        digest: &[u8],
    ) -> Result<Code, SealError> {
        let cose = match plan.content {
            CodeContent::Signed(cose) => cose,
            CodeContent::Claims(payload) => {
                let digest = <[u8; 32]>::try_from(digest).map_err(|_| SealError::CodeSigner)?;
                let length = u64::try_from(draft.bytes().len()).unwrap_or(u64::MAX);
                sign_claims(
                    &payload.with_draft(length, digest),
                    signer.ok_or(SealError::CodeSigner)?,
                )?
            }
        };
        let text = encode_text(&cose, &plan.form)?;
        let symbol = Symbol::of_text(&text, Level::M)?;
        let slot = draft.slots().code.as_ref();
        let (form, side_mm) = match (plan.place, slot) {
            (Some((_, side)), _) => (self.update.allocate(), side),
            (None, Some(slot)) => (Ref::new(slot.form, 0), slot.side_mm),
            (None, None) => return Err(SealError::NoPlace("code")),
        };
        PrintRule::DEFAULT.check(&symbol, side_mm)?;
        let side = symbol.form_side();
        let scale = number_fine(1.0 / f64::from(u32::try_from(side).unwrap_or(u32::MAX)));
        // Module units on paper, a unit square to the page, so that the page need not know the version in advance.
        let entries = format!(
            "/Type /XObject /Subtype /Form /BBox [0 0 {side} {side}] /Matrix [{scale} 0 0 {scale} 0 0] /Resources << >> \
             /LastModified ({date}) /PieceInfo << /Yinxin << /LastModified ({date}) /Private << /Text ({text}) >> >> >>",
            date = self.modified,
            text = escaped(&text),
        );
        self.update.put(
            form,
            stream_body(entries.as_bytes(), &symbol.form_content(), true),
        );
        if let Some((place, side_mm)) = plan.place {
            let (page, geometry) = self.page(place.page)?;
            let placed = geometry.place("code", (place.x_mm, place.y_mm), (side_mm, side_mm))?;
            let annotation = self.update.allocate();
            // A stamp needs no change of the page's content, whose operators may be unbalanced.
            let body = format!(
                "<< /Type /Annot /Subtype /Stamp /Rect {} /F 196 /P {} /Contents {} /AP << /N {} >> >>",
                rectangle(placed.rectangle),
                reference(page.id),
                String::from_utf8_lossy(&text_string("QR code of this result 结果二维码")),
                reference(form),
            );
            self.update.put(annotation, body.into_bytes());
            self.annotations.entry(page.id).or_default().push(annotation);
            let slot = format!(
                "<< /Form {} /Page {} /Side {} >>",
                reference(form),
                reference(page.id),
                number(side_mm)
            );
            let info = format!(
                "<< /LastModified ({}) /Private << /Code {slot} >> >>",
                self.modified
            );
            self.change_in_catalog(b"PieceInfo", vec![(b"Yinxin", Some(info.into_bytes()))])?;
        }
        Ok(Code { text, symbol })
    }

    fn page(&self, index: usize) -> Result<(Page<'a>, Geometry), SealError> {
        let page = self.pages.get(index).ok_or(SealError::NoSuchPage(index))?.clone();
        let visible = page.crop_box;
        let geometry = Geometry {
            visible: [visible.left, visible.bottom, visible.right, visible.top],
            rotate: i64::from(page.rotate),
            user_unit: page.user_unit,
        };
        Ok((page, geometry))
    }

    /// Where the impression goes: as told, or over the draft's first reserved place.
    fn seal_place(
        &self,
        draft: &Draft,
        place: Option<Place>,
        seal: &Seal,
    ) -> Result<(Page<'a>, Placed), SealError> {
        let size = seal.impression.size_mm();
        if let Some(place) = place {
            let (page, geometry) = self.page(place.page)?;
            return Ok((page, geometry.centred("seal", place, size)?));
        }
        let slot = draft.slots().seals.first().ok_or(SealError::NoPlace("seal"))?;
        let index = self.pages.iter().position(|page| page.id.number == slot.page);
        let (page, geometry) = self.page(index.ok_or(SealError::NoPlace("seal"))?)?;
        let centre = (f64::from(slot.centre_pt.0), f64::from(slot.centre_pt.1));
        Ok((page, geometry.around("seal", centre, size)?))
    }

    /// The appearance for a page that is shown turned: the impression in a form whose matrix turns it back.
    fn upright(&mut self, impression: Ref, (width, height): (f64, f64), turn: i64) -> Ref {
        let matrix = match turn {
            90 => "0 1 -1 0 0 0",
            180 => "-1 0 0 -1 0 0",
            270 => "0 -1 1 0 0 0",
            _ => return impression,
        };
        let points = |mm: f64| number(mm * 72.0 / 25.4);
        let entries = format!(
            "/Type /XObject /Subtype /Form /BBox [0 0 {} {}] /Matrix [{matrix}] /Resources << /XObject << /Seal {} >> >>",
            points(width),
            points(height),
            reference(impression),
        );
        let form = self.update.allocate();
        self.update
            .put(form, stream_body(entries.as_bytes(), b"/Seal Do", false));
        form
    }

    /// The field merged with its widget (ISO 32000-2, 12.7.5.5), its place in the form and on the page.
    fn field(
        &mut self,
        name: &str,
        value: Ref,
        page: &Page<'a>,
        corners: [f64; 4],
        appearance: Ref,
    ) -> Result<(), SealError> {
        let field = self.update.allocate();
        // Print and Locked (table 167): PDF/A asks for the first, nobody should drag a seal.
        let body = format!(
            "<< /Type /Annot /Subtype /Widget /FT /Sig /T {} /V {} /Rect {} /P {} /F 132 /AP << /N {} >> >>",
            String::from_utf8_lossy(&text_string(name)),
            reference(value),
            rectangle(corners),
            reference(page.id),
            reference(appearance),
        );
        self.update.put(field, body.into_bytes());
        self.annotations.entry(page.id).or_default().push(field);

        let catalog = self.view.catalog()?;
        // Asking viewers to redraw fields (`/NeedAppearances`) would change what was sealed.
        let mut changes = vec![
            (b"SigFlags".as_slice(), Some(b"3".to_vec())),
            (b"NeedAppearances", None),
        ];
        let fields = match &self.child(catalog.dictionary(), b"AcroForm")? {
            Child::Missing => Some(format!("[{}]", reference(field)).into_bytes()),
            Child::Direct(form) => self.extend_array(catalog.raw(), form, b"Fields", &[field])?,
            Child::Indirect(form) => match form.dictionary() {
                Some(dictionary) => self.extend_array(form.raw(), dictionary, b"Fields", &[field])?,
                None => None,
            },
        };
        if fields.is_some() {
            changes.push((b"Fields", fields));
        }
        self.change_in_catalog(b"AcroForm", changes)
    }

    /// The array at `key` with references appended: the new text where it stands directly (or is missing), `None` where it is
    /// an object of its own, which is rewritten then.
    fn extend_array(
        &mut self,
        raw: &[u8],
        dictionary: &Dictionary,
        key: &[u8],
        added: &[Ref],
    ) -> Result<Option<Vec<u8>>, SealError> {
        let added = added
            .iter()
            .map(|id| reference(*id))
            .collect::<Vec<_>>()
            .join(" ");
        let extend = |text: &[u8]| array_push(text.trim_ascii(), added.as_bytes());
        let fresh = || format!("[{added}]").into_bytes();
        let Some(entry) = dictionary.entry(key) else {
            return Ok(Some(fresh()));
        };
        match &entry.value {
            Object::Array(_) => {
                Ok(extend(raw.get(entry.span.clone()).unwrap_or_default()).or_else(|| Some(fresh())))
            }
            Object::Reference(_) => {
                let resolved = self.view.resolve(&entry.value)?;
                let extended = resolved
                    .indirect()
                    .and_then(|array| Some((array.id, extend(array.raw())?)));
                match extended {
                    Some((id, array)) => {
                        self.update.put(id, array);
                        Ok(None)
                    }
                    None => Ok(Some(fresh())),
                }
            }
            _ => Ok(Some(fresh())),
        }
    }

    fn child(&self, parent: Option<&Dictionary>, key: &[u8]) -> Result<Child<'a>, SealError> {
        let Some(value) = parent.and_then(|parent| parent.find(key)) else {
            return Ok(Child::Missing);
        };
        let resolved = self.view.resolve(value)?;
        Ok(match (resolved.indirect(), resolved.as_dictionary()) {
            (Some(indirect), Some(_)) => Child::Indirect(Arc::clone(indirect)),
            (None, Some(dictionary)) => Child::Direct(dictionary.clone()),
            _ => Child::Missing,
        })
    }

    /// Changes entries of a dictionary that the catalog holds, directly, by reference or not yet.
    fn change_in_catalog(
        &mut self,
        inside: &'static [u8],
        changes: Vec<(&'static [u8], Option<Vec<u8>>)>,
    ) -> Result<(), SealError> {
        let catalog = self.view.catalog()?;
        match self.child(catalog.dictionary(), inside)? {
            Child::Missing => {
                let mut body = b"<<".to_vec();
                for (key, value) in changes {
                    let Some(value) = value else { continue };
                    body.extend_from_slice(&[b" /", key, b" ", &value].concat());
                }
                body.extend_from_slice(b" >>");
                self.catalog.push(Change {
                    inside: None,
                    key: inside,
                    value: Some(body),
                });
            }
            Child::Direct(_) => self
                .catalog
                .extend(changes.into_iter().map(|(key, value)| Change {
                    inside: Some(inside),
                    key,
                    value,
                })),
            Child::Indirect(held) => {
                let Some(dictionary) = held.dictionary() else {
                    return Ok(());
                };
                let mut edit = DictionaryEdit::new(held.raw(), dictionary);
                for (key, value) in &changes {
                    match value {
                        Some(value) => edit.set(key, value),
                        None => edit.remove(key),
                    };
                }
                self.update.put(held.id, edit.finish());
            }
        }
        Ok(())
    }

    fn finish(mut self) -> Result<Appended, SealError> {
        for (id, added) in core::mem::take(&mut self.annotations) {
            let Some(page) = self.pages.iter().find(|page| page.id == id).cloned() else {
                continue;
            };
            let Some(dictionary) = page.dictionary() else {
                continue;
            };
            if let Some(array) = self.extend_array(page.object.raw(), dictionary, b"Annots", &added)? {
                let mut edit = DictionaryEdit::new(page.object.raw(), dictionary);
                edit.set(b"Annots", &array);
                self.update.put(id, edit.finish());
            }
        }
        let catalog = self.view.catalog()?;
        if let Some(dictionary) = catalog.dictionary() {
            let mut edit = DictionaryEdit::new(catalog.raw(), dictionary);
            for Change { inside, key, value } in core::mem::take(&mut self.catalog) {
                match (inside, value) {
                    (None, Some(value)) => edit.set(key, &value),
                    (None, None) => edit.remove(key),
                    (Some(inside), Some(value)) => edit.set_in(&[inside], key, &value)?,
                    (Some(inside), None) => edit.remove_in(&[inside], key)?,
                };
            }
            self.update.put(catalog.id, edit.finish());
        }
        Ok(self.update.finish()?)
    }
}

/// The DocMDP level in a signature dictionary's `/Reference`; 2 where it is not stated (ISO 32000-2, table 257).
fn docmdp(value: &Dictionary) -> Option<i64> {
    value
        .find(b"Reference")?
        .as_array()?
        .iter()
        .find_map(|reference| {
            let reference = reference.as_dictionary()?;
            reference.is_name(b"TransformMethod", b"DocMDP").then(|| {
                let parameters = reference.find(b"TransformParams").and_then(Object::as_dictionary);
                parameters
                    .and_then(|p| p.find(b"P"))
                    .and_then(Object::as_integer)
                    .unwrap_or(2)
            })
        })
}

fn reference(id: Ref) -> String {
    id.to_string()
}

/// A scale with enough digits that 185 modules add up to less than a thousandth of one.
fn number_fine(value: f64) -> String {
    format!("{value:.8}")
}

fn utf16(text: &str) -> Vec<u8> {
    [0xfe, 0xff]
        .into_iter()
        .chain(text.encode_utf16().flat_map(u16::to_be_bytes))
        .collect()
}

/// A text string as written in a file (ISO 32000-2, 7.9.2.2): a literal if plain ASCII, otherwise UTF-16BE in hex.
fn text_string(text: &str) -> Vec<u8> {
    if text.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        return format!("({})", escaped(text)).into_bytes();
    }
    let hex: String = utf16(text).iter().map(|byte| format!("{byte:02X}")).collect();
    format!("<{hex}>").into_bytes()
}

/// A literal string's inside (ISO 32000-2, 7.3.4.2).
fn escaped(text: &str) -> String {
    text.chars()
        .flat_map(|c| match c {
            '(' | ')' | '\\' => vec!['\\', c],
            _ => vec![c],
        })
        .collect()
}
