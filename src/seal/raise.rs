//! Raising a sealed file to levels that last (EN 319 142-1, clauses 5.4 and 6.2): validation data in `/DSS` (B-LT), and
//! document time stamps over everything so far (B-LTA), which are renewed in the same way.
//!
//! Each is a revision of its own that is appended, and permitted after any seal, certified or not (ISO 32000-2, 12.8.2.2).

use std::collections::BTreeSet;

use super::base::Base;
use super::catalog::{Change, Child};
use super::dictionary::time_stamp_dictionary;
use super::holes::{Holes, fill};
use super::revision::Revision;
use super::{MORE, SealError};
use crate::crypto::DigestAlgorithm;
use crate::draft::Draft;
use crate::limits::Limits;
use crate::pdf::update::stream_body;
use crate::pdf::{Body, Conformance, Dictionary, Object, Ref};
use crate::pki::{Certificate, TimeStamper, check_token};
use crate::time::Time;

/// What a seal can be verified with when the network and the authorities are gone: certificates, and what their issuers said
/// about revocation (EN 319 142-1, clause 5.4.2).
///
/// Give the chains of the seal, of its time stamps and of whoever signed the revocation data, each up to its root.
#[derive(Clone, Debug, Default)]
pub struct ValidationData {
    certificates: Vec<Vec<u8>>,
    revocation_lists: Vec<Vec<u8>>,
    responses: Vec<Vec<u8>>,
}

impl ValidationData {
    /// No evidence.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds certificates.
    #[must_use]
    pub fn certificates<'c>(mut self, certificates: impl IntoIterator<Item = &'c Certificate>) -> Self {
        self.certificates
            .extend(certificates.into_iter().map(|one| one.der().to_vec()));
        self
    }

    /// Adds a certificate revocation list (RFC 5280, clause 5), DER.
    #[must_use]
    pub fn revocation_list(mut self, der: &[u8]) -> Self {
        self.revocation_lists.push(der.to_vec());
        self
    }

    /// Adds an answer about revocation: the OCSPResponse (RFC 6960), DER.
    #[must_use]
    pub fn response(mut self, der: &[u8]) -> Self {
        self.responses.push(der.to_vec());
        self
    }

    fn lists(&self) -> [(&'static [u8], &[Vec<u8>]); 3] {
        [
            (b"Certs", &self.certificates),
            (b"CRLs", &self.revocation_lists),
            (b"OCSPs", &self.responses),
        ]
    }
}

/// A file with one more revision that is no seal: validation data, or a document time stamp.
#[derive(Clone)]
pub struct Raised {
    file: Draft,
    appended: Vec<u8>,
    /// Claimed by the file, and kept.
    conformance: (Conformance, Conformance),
    stamp: Option<Time>,
}

impl Raised {
    /// What follows the bytes of the file that was raised.
    #[must_use]
    pub fn appended(&self) -> &[u8] {
        &self.appended
    }

    /// The time that the authority stated; `None` if evidence was added.
    #[must_use]
    pub fn time_stamp(&self) -> Option<Time> {
        self.stamp
    }

    /// What the metadata of the file claim it conforms to.
    #[must_use]
    pub fn claimed(&self) -> Conformance {
        self.conformance.0
    }

    /// What of [`claimed`](Self::claimed) is kept: the field of a time stamp stands in no structure tree (PDF/UA).
    #[must_use]
    pub fn kept(&self) -> Conformance {
        self.conformance.1
    }

    /// The PDF, owned; the file's bytes are not copied if nothing else holds them.
    #[must_use]
    pub fn into_bytes(self) -> Vec<u8> {
        let mut bytes = self.file.into_bytes();
        bytes.extend_from_slice(&self.appended);
        bytes
    }
}

impl Draft {
    /// Appends `evidence` to the document security store of a sealed file, and gives the level B-LT to a seal that bears a time
    /// stamp; `None` if the store has all of it.
    ///
    /// # Errors
    /// Occurs if the file cannot be read strictly, or its store is no dictionary of arrays.
    pub fn add_validation_data(&self, evidence: &ValidationData) -> Result<Option<Raised>, SealError> {
        let base = Base::of(self);
        let document = base.document(&Limits::DEFAULT)?;
        let mut revision = Revision::new(&document, String::new(), vec![])?;
        if !revision.store(evidence)? {
            return Ok(None);
        }
        let conformance = (revision.claimed, revision.kept());
        let appended = revision.finish()?;
        Ok(Some(Raised {
            file: self.clone(),
            appended: appended.bytes,
            conformance,
            stamp: None,
        }))
    }

    /// Appends a document time stamp over the whole file: level B-LTA after [`add_validation_data`](Self::add_validation_data). Before the
    /// authority's certificate expires or its algorithms fade, add the evidence for this stamp and stamp again.
    ///
    /// # Errors
    /// Occurs if the file cannot be read strictly, or there is no time stamp to be had.
    pub fn add_time_stamp(&self, by: &dyn TimeStamper) -> Result<Raised, SealError> {
        let room = by.token_length();
        match self.stamped(by, room) {
            // What is too long is asked for once more, with room for it; nothing is ever cut off.
            Err(SealError::SignatureTooLong { needed, .. }) => self.stamped(by, needed.saturating_add(MORE)),
            done => done,
        }
    }

    fn stamped(&self, by: &dyn TimeStamper, room: usize) -> Result<Raised, SealError> {
        let base = Base::of(self);
        let document = base.document(&Limits::DEFAULT)?;
        let mut revision = Revision::new(&document, String::new(), vec![])?;
        let (name, is_sealed) = revision.permit_time_stamp()?;
        let value = revision.time_stamp_field(&name, is_sealed)?;
        revision.update.put(value, time_stamp_dictionary(room));
        let conformance = (revision.claimed, revision.kept());
        let made = revision.finish_unidentified()?;
        let prefix = base.length();
        let holes = Holes::of(&made.appended, made.identifiers, value, prefix)?;
        let mut bytes = made.appended.bytes;
        let imprint = holes.close(&mut bytes, prefix, base.hasher(by.digest())?);
        let token = by.stamp(&imprint).map_err(SealError::TimeStamp)?;
        let time = check_token(&token, by.digest(), &imprint, &Limits::DEFAULT);
        let time = time.map_err(SealError::TimeStamp)?;
        fill(&mut bytes, &holes.contents, &token)?;
        Ok(Raised {
            file: self.clone(),
            appended: bytes,
            conformance,
            stamp: Some(time),
        })
    }
}

impl<'a> Revision<'_, 'a> {
    /// Puts into `/DSS` what it has not; whether there was anything.
    fn store(&mut self, evidence: &ValidationData) -> Result<bool, SealError> {
        let catalog = self.view.catalog()?;
        let store = self.child(catalog.dictionary(), b"DSS")?;
        let (raw, held) = match &store {
            Child::Missing => (&[][..], None),
            Child::Direct(held) => (catalog.raw(), Some(held)),
            Child::Indirect(object) => (object.raw(), object.dictionary()),
        };
        let mut changes: Vec<(&'static [u8], Option<Body>)> = vec![];
        let mut any = false;
        for (key, items) in evidence.lists() {
            let mut known = self.stored(held, key)?;
            let fresh: Vec<&Vec<u8>> = items
                .iter()
                .filter(|item| known.insert(DigestAlgorithm::Sha256.digest(item)))
                .collect();
            if fresh.is_empty() {
                continue;
            }
            any = true;
            let added: Vec<Ref> = fresh.into_iter().map(|item| self.stream(item)).collect();
            let empty = Dictionary::default();
            // An array that is an object of its own has been extended where it stands.
            if let Some(array) = self.extend_array(raw, held.unwrap_or(&empty), key, &added)? {
                changes.push((key, Some(array)));
            }
        }
        match store {
            _ if changes.is_empty() => {}
            Child::Missing => {
                let mut body = Body::from(b"<< /Type /DSS");
                for (key, value) in changes {
                    let Some(value) = value else { continue };
                    body.push([b" /", key, b" "].concat()).push(value);
                }
                body.push(b" >>");
                let store = self.update.allocate();
                self.update.put(store, body);
                self.catalog.push(Change {
                    inside: None,
                    key: b"DSS",
                    value: Some(Body::from(&store.to_string())),
                });
            }
            Child::Direct(_) | Child::Indirect(_) => self.change_in_catalog(b"DSS", changes)?,
        }
        Ok(any)
    }

    /// The digests of what the store has under `key`.
    fn stored(&self, held: Option<&Dictionary>, key: &[u8]) -> Result<BTreeSet<Vec<u8>>, SealError> {
        let Some(listed) = held.and_then(|held| held.find(key)) else {
            return Ok(BTreeSet::new());
        };
        let listed = self.view.resolve(listed)?;
        let mut known = BTreeSet::new();
        for item in listed.as_array().unwrap_or_default() {
            if let Object::Stream(stream) = &*self.view.resolve(item)? {
                known.insert(DigestAlgorithm::Sha256.digest(&self.view.decode(stream)?));
            }
        }
        Ok(known)
    }

    fn stream(&mut self, data: &[u8]) -> Ref {
        let id = self.update.allocate();
        self.update.put(id, stream_body(b"", data, true));
        id
    }
}
