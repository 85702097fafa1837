//! The one revision that sealing appends: code, impression, field, and what the catalog and the page must say about them.

use std::collections::BTreeMap;

use super::catalog::Change;
use super::dictionary::{references, signature_dictionary};
use super::holes::Holes;
use super::overlap::Taken;
use super::permit::Asked;
use super::prepared::{Prepared, Terms};
use super::{Allow, Identifier, Identity, Seal, SealError, Sealing};
use crate::cms;
use crate::crypto::DigestAlgorithm;
use crate::limits::Limits;
use crate::pdf::update::Update;
use crate::pdf::{Body, Conformance, Document, Page, PdfError, PdfErrorKind, Ref, View, text_string};
use crate::pki::{Certificate, Signer};
use crate::time::Time;

impl<D: Clone> Sealing<'_, D> {
    /// Everything but the signature; `token_length` is the room for a time stamp.
    pub(super) fn append(
        &self,
        seal: &Seal,
        identity: &Identity<'_>,
        code_signer: Option<&dyn Signer>,
        at: Time,
        token_length: Option<usize>,
    ) -> Result<Prepared<D>, SealError> {
        let draft = self.base;
        let leaf = identity.chain.first().ok_or(SealError::NoCertificate)?;
        let chain: Vec<&[u8]> = identity.chain.iter().map(Certificate::der).collect();
        let reserve = cms::build::reserve(
            identity.algorithm,
            &chain,
            identity.signature_length,
            token_length,
        )?;

        let document = draft.document(&Limits::DEFAULT)?;
        let mut revision = Revision::new(&document, at.to_pdf(), self.allowed.clone())?;
        let terms = Terms {
            algorithm: identity.algorithm,
            at,
            room: identity.signature_length,
            field: self.field.clone(),
            certifies: self.certifies,
            placed: self.place.is_some() || self.seam.is_some(),
            status: self.status.clone(),
            signature: vec![],
        };
        let permit = revision.permit(&Asked {
            certifies: self.certifies,
            field: self.field.clone(),
            placed: self.place.is_some(),
            has_place: self.place.is_some() || draft.slots.seals.iter().any(|slot| slot.field.is_none()),
            draws: self.code.is_some() || self.seam.is_some(),
            is_joint: self.joint,
        })?;
        revision.respect_joint((draft.slots, self.joint, self.status.is_some()), &permit, leaf)?;
        if let Some(place) = &self.status {
            revision.respect_status(place, &permit)?;
            let drawn = revision.drawn_code(draft.slots)?;
            self.agrees_with_code(place, drawn.as_deref())?;
        }
        revision.seed(&permit, identity)?;

        // The draft is digested once: for the code, and, where the algorithms agree, for the signature as well.
        let hasher = draft.hasher(identity.algorithm.digest())?;
        let code = match &self.code {
            None => None,
            Some(plan) => {
                let digest = match identity.algorithm.digest() {
                    DigestAlgorithm::Sha256 => hasher.clone().finish(),
                    _ => draft.hasher(DigestAlgorithm::Sha256)?.finish(),
                };
                Some(revision.code(&draft, plan, code_signer, &digest)?)
            }
        };
        let sealer = leaf.common_name().unwrap_or_else(|| leaf.subject());
        let value = revision.field(&permit, &draft, self.place, seal, sealer)?;
        if let Some(seam) = &self.seam {
            revision.riding_seam(seam, seal, sealer)?;
        }

        let name = text_string(sealer);
        let catalog = revision.view.catalog()?.id;
        let reference = references(permit.certifies, permit.target.lock(), catalog);
        let dictionary = signature_dictionary(
            (&name, &self.program),
            &revision.modified,
            &reference,
            self.status.as_ref(),
            reserve,
        );
        revision.update.put(value, dictionary);
        if permit.certifies.is_some() {
            revision.change_in_catalog(b"Perms", vec![(b"DocMDP", Some(Body::from(&value.to_string())))])?;
        }
        let extension = Body::from(b"<< /BaseVersion /1.7 /ExtensionLevel 1 >>");
        revision.name_extension(b"ESIC", extension)?;
        let conformance = (revision.claimed, revision.kept());
        let made = revision.finish_unidentified()?;
        // What was needed and not at hand was refused where it was asked for; this holds even if somebody went on without it.
        if let Some(omitted) = document.missing().first() {
            return Err(PdfError::new(PdfErrorKind::Omitted, omitted.start).into());
        }

        let prefix = draft.length();
        let (appended, identifiers) = match self.identifier {
            Identifier::OfFile => (made.appended, made.identifiers),
            Identifier::OfRevision => (made.identified(), vec![]),
        };
        let holes = Holes::of(&appended, identifiers, value, prefix)?;
        Prepared::new(
            (self.draft.clone(), prefix),
            (appended.bytes, holes),
            hasher,
            (identity, leaf, terms),
            code,
            conformance,
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
    /// How many of them stand in the structure tree.
    pub(super) in_structure: usize,
    pub(super) modified: String,
    /// What is not to be refused.
    pub(super) allowed: Vec<Allow>,
    /// The boxes of this sealing so far.
    pub(super) taken: Vec<Taken>,
    /// What the document claims to conform to.
    pub(super) claimed: Conformance,
    /// Whether that was given up for the sake of the impression.
    pub(super) pdfa_lost: bool,
    /// Colour profiles of this revision, by name.
    pub(super) profiles: BTreeMap<&'static str, Ref>,
}

impl<'d, 'a> Revision<'d, 'a> {
    pub(super) fn new(
        document: &'d Document<'a>,
        modified: String,
        allowed: Vec<Allow>,
    ) -> Result<Self, SealError> {
        let view = document.newest();
        Ok(Self {
            view,
            update: Update::new(document),
            pages: view.pages()?,
            catalog: vec![],
            annotations: BTreeMap::new(),
            in_structure: 0,
            modified,
            allowed,
            taken: vec![],
            // Metadata that cannot be decoded claim nothing that anyone could rely on, and are no reason not to seal.
            claimed: view.conformance().unwrap_or_default(),
            pdfa_lost: false,
            profiles: BTreeMap::new(),
        })
    }
}
