//! The document security store: what a file brings along to be verified with (ISO 32000-2, 12.8.4.3; EN 319 142-1, clause 5.4.2.2).
//!
//! Anybody can append to it, and nothing here believes it: certificates must lead to a root, lists and responses must be signed by
//! whom they should be. What cannot be read is a remark. What a `/VRI` entry says a datum is for is not looked at: it may help to find
//! it and changes nothing about what it proves.

use core::ops::Range;
use std::collections::BTreeMap;

use crate::limits::Limits;
use crate::pdf::{Dictionary, Document, Object, PdfError, Ref, Resolved, View};

/// What a datum of the store is said to be. Ordered as they are read.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) enum Kind {
    Certificate,
    Crl,
    Ocsp,
}

/// A datum of the store.
#[derive(Debug)]
pub(super) struct Stored {
    pub(super) kind: Kind,
    pub(super) der: Vec<u8>,
    /// The object that holds it.
    pub(super) id: Ref,
    /// Index of the revision that its bytes lie in.
    pub(super) revision: usize,
}

/// The store, as far as it can be read.
#[derive(Debug, Default)]
pub(super) struct Store {
    /// Oldest first: what is added later takes no place from what was there before.
    pub(super) data: Vec<Stored>,
    /// What cannot be read, and why.
    pub(super) wrong: Vec<(String, String)>,
}

/// Bytes that the data of a store may come to, in lengths of the file; lists are hardly shorter when compressed.
const TIMES: usize = 4;
/// Bytes that they may come to however short the file is.
const LEAST: usize = 1 << 20;

/// Reads the store of the newest revision of `document`, whose revisions end at `ends`.
pub(super) fn read(document: &Document<'_>, ends: &[usize], limits: &Limits) -> Store {
    let mut store = Store::default();
    let view = document.newest();
    let mut walk = Walk {
        view: &view,
        limits,
        found: BTreeMap::new(),
        wrong: vec![],
    };
    if let Err(error) = walk.store() {
        walk.wrong.push(("/DSS".to_owned(), error.to_string()));
    }
    let Walk { found, wrong, .. } = walk;
    store.wrong = wrong;
    let mut budget = document.bytes().len().saturating_mul(TIMES).saturating_add(LEAST);
    let mut placed: Vec<(usize, Ref, Kind)> = vec![];
    for (id, kind) in found {
        match place(&view, id) {
            Ok(place) => placed.push((place.end, id, kind)),
            Err(error) => store.wrong.push((format!("object {}", id.number), error)),
        }
    }
    placed.sort_unstable();
    for (end, id, kind) in placed {
        // Where its bytes end, not where they begin: only what lies in a revision as a whole is covered with it.
        let revision = ends.partition_point(|covered| *covered < end);
        match bytes(&view, id, budget) {
            Ok(der) => {
                budget = budget.saturating_sub(der.len());
                store.data.push(Stored {
                    kind,
                    der,
                    id,
                    revision,
                });
            }
            Err(error) => store
                .wrong
                .push((format!("object {}", id.number), error.to_string())),
        }
    }
    store
}

/// Where the stream `id` lies in the file.
fn place(view: &View<'_, '_>, id: Ref) -> Result<Range<usize>, String> {
    let object = view.object(id).map_err(|error| error.to_string())?;
    let object = object.filter(|object| matches!(object.object, Object::Stream(_)));
    let place = object.and_then(|object| object.source.clone());
    place.ok_or_else(|| "it is no stream".to_owned())
}

fn bytes(view: &View<'_, '_>, id: Ref, most: usize) -> Result<Vec<u8>, PdfError> {
    match view.object(id)? {
        Some(object) => match &object.object {
            Object::Stream(stream) => view.decode_within(stream, most),
            _ => Ok(vec![]),
        },
        None => Ok(vec![]),
    }
}

struct Walk<'w, 'd, 'a> {
    view: &'w View<'d, 'a>,
    limits: &'w Limits,
    found: BTreeMap<Ref, Kind>,
    wrong: Vec<(String, String)>,
}

impl Walk<'_, '_, '_> {
    fn store(&mut self) -> Result<(), PdfError> {
        let catalog = self.view.catalog()?;
        let Some(store) = catalog.dictionary().and_then(|catalog| catalog.find(b"DSS")) else {
            return Ok(());
        };
        let store = self.view.resolve(store)?;
        let Some(store) = self.dictionary(&store, "/DSS") else {
            return Ok(());
        };
        self.lists(store, [b"Certs", b"CRLs", b"OCSPs"], "/DSS")?;
        let Some(related) = store.find(b"VRI") else {
            return Ok(());
        };
        let related = self.view.resolve(related)?;
        let Some(related) = self.dictionary(&related, "/VRI") else {
            return Ok(());
        };
        // One for each seal and time stamp.
        for entry in related.entries().iter().take(self.limits.signatures) {
            if entry.value.as_name().is_some() {
                continue;
            }
            let entry = self.view.resolve(&entry.value)?;
            if let Some(entry) = self.dictionary(&entry, "an entry of /VRI") {
                self.lists(entry, [b"Cert", b"CRL", b"OCSP"], "/VRI")?;
            }
        }
        Ok(())
    }

    fn dictionary<'o>(&mut self, object: &'o Resolved<'_, '_>, what: &str) -> Option<&'o Dictionary> {
        if object.is_null() {
            return None;
        }
        let found = object.as_dictionary();
        if found.is_none() {
            self.wrong
                .push((what.to_owned(), "it is no dictionary".to_owned()));
        }
        found
    }

    fn lists(&mut self, of: &Dictionary, keys: [&[u8]; 3], what: &str) -> Result<(), PdfError> {
        let kinds = [Kind::Certificate, Kind::Crl, Kind::Ocsp];
        let most = self.limits.certificates.saturating_add(self.limits.evidence);
        for (key, kind) in keys.into_iter().zip(kinds) {
            let Some(listed) = of.find(key) else { continue };
            let listed = self.view.resolve(listed)?;
            let Some(items) = listed.as_array() else {
                if !listed.is_null() {
                    self.wrong
                        .push((what.to_owned(), "a list in it is none".to_owned()));
                }
                continue;
            };
            for item in items {
                let Some(id) = item.as_reference() else {
                    self.wrong
                        .push((what.to_owned(), "an item is no reference to a stream".to_owned()));
                    break;
                };
                // Twice as many as can be used, so that some may be broken.
                if self.found.len() >= most.saturating_mul(2) {
                    let why = "it holds more than the limit";
                    self.wrong.push((what.to_owned(), why.to_owned()));
                    return Ok(());
                }
                self.found.entry(id).or_insert(kind);
            }
        }
        Ok(())
    }
}
