//! The one revision that sealing appends: code, impression, field, and what the catalog and the page must say about them.

use std::collections::BTreeMap;

use super::catalog::{Change, Child};
use super::dictionary::SignatureDictionary;
use super::page::{Geometry, Placed, number, rectangle};
use super::prepared::Prepared;
use super::{DocMdp, Identity, Place, Seal, SealError, Sealing};
use crate::cms;
use crate::crypto::{DigestAlgorithm, Hasher};
use crate::draft::Draft;
use crate::limits::Limits;
use crate::pdf::update::{Update, stream_body};
use crate::pdf::{Document, Page, Ref, View, read_text_string, text_string};
use crate::pki::{Certificate, Signer};
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
            revision.change_in_catalog(b"Perms", vec![(b"DocMDP", Some(value.to_string().into_bytes()))])?;
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
pub(super) struct Revision<'d, 'a> {
    pub(super) view: View<'d, 'a>,
    pub(super) update: Update,
    pub(super) pages: Vec<Page<'a>>,
    /// What changes in the catalog.
    pub(super) catalog: Vec<Change>,
    /// Annotations to add, by page.
    pub(super) annotations: BTreeMap<Ref, Vec<Ref>>,
    pub(super) modified: String,
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
                    names.push(read_text_string(&own.bytes));
                }
                let value = self.view.find(field, b"V")?;
                if field.is_name(b"FT", b"Sig") && !value.is_null() {
                    sealed = true;
                    let level = value.as_dictionary().map(|value| self.view.doc_mdp(value));
                    if level.transpose()?.flatten() == Some(DocMdp::NoChanges.level()) {
                        return Err(SealError::Certified);
                    }
                }
            }
        }
        if sealed && certifies.is_some() {
            return Err(SealError::FirstSealOnly);
        }
        let taken = |name: &str| names.iter().any(|other| other == name);
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

    pub(super) fn page(&self, index: usize) -> Result<(Page<'a>, Geometry), SealError> {
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
            impression,
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
            value,
            rectangle(corners),
            page.id,
            appearance,
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
            Child::Missing => Some(format!("[{field}]").into_bytes()),
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
}
