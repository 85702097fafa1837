//! The one revision that sealing appends: code, impression, field, and what the catalog and the page must say about them.

use std::collections::BTreeMap;

use super::catalog::Change;
use super::dictionary::{SignatureDictionary, references};
use super::permit::Asked;
use super::prepared::Prepared;
use super::{Identity, Seal, SealError, Sealing};
use crate::cms;
use crate::crypto::{DigestAlgorithm, Hasher};
use crate::limits::Limits;
use crate::pdf::update::Update;
use crate::pdf::{Document, Page, Ref, View, text_string};
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
        let permit = revision.permit(&Asked {
            certifies: self.certifies,
            field: self.field,
            placed: self.place.is_some(),
            has_place: self.place.is_some() || !draft.slots().seals.is_empty(),
            draws_code: self.code.is_some(),
        })?;
        revision.seed(&permit, identity)?;

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
        let value = revision.field(&permit, draft, self.place, seal)?;

        let name = text_string(leaf.common_name().unwrap_or_else(|| leaf.subject()));
        let reference = references(
            permit.certifies,
            permit.target.lock(),
            revision.view.catalog()?.id,
        );
        let dictionary = SignatureDictionary::new(&name, at, &reference, reserve);
        revision.update.put(value, dictionary.bytes.clone());
        if permit.certifies.is_some() {
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
}
