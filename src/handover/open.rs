//! Opening a package: hostile bytes, of which only what we write is read.

use std::collections::{BTreeMap, BTreeSet};

use super::MANIFEST_FILE;
use super::error::PackageError;
use super::inquiry::Inquiry;
use super::manifest::{Manifest, sha256, shown};
use super::role::Role;
use crate::limits::Limits;
use crate::pdf::{Dictionary, Document, Object, Ref, View, read_text_string};

/// A package with every part checked against the manifest. Who sealed it, and whether that still stands, it does not say: verify the
/// same bytes with a [`Verifier`](crate::verify::Verifier). Whether the parts lead to the verdict filed is for
/// [`replay`](Self::replay).
#[derive(Clone, Debug)]
pub struct Package {
    pub(super) manifest: Manifest,
    manifest_bytes: Vec<u8>,
    pub(super) inquiry: Inquiry,
    pub(super) report: Vec<u8>,
}

impl Package {
    /// Whether a file says that it is a package, by the name of an attachment. For programs that let people drop in any file.
    #[must_use]
    pub fn is_one(file: &[u8], limits: &Limits) -> bool {
        // What is attached stands in the file in clear or in an object stream; strictly read or not, this only chooses a message.
        let Ok(document) = Document::open(file, limits) else {
            return false;
        };
        let attached = attached(&document.newest(), limits);
        matches!(attached, Ok(names) if names.contains_key(MANIFEST_FILE))
    }

    /// Reads a package and checks every part.
    ///
    /// # Errors
    /// Occurs if the bytes are no PDF that is read strictly, or no package, or not exactly the parts are attached that the manifest
    /// names, with its lengths and digests. Nothing is repaired.
    pub fn open(bytes: &[u8], limits: &Limits) -> Result<Self, PackageError> {
        let document = Document::open(bytes, limits)?;
        if document.encryption().is_some() {
            return Err(PackageError::Structure("/Encrypt"));
        }
        let view = document.newest();
        let mut streams = attached(&view, limits)?;
        let Some(manifest) = streams.remove(MANIFEST_FILE) else {
            return Err(PackageError::NotAPackage);
        };
        no_other_way(&view, limits)?;
        let manifest_bytes = decode(&view, manifest, limits.hand_over_manifest_bytes)?;
        let manifest = Manifest::parse(&manifest_bytes)?;
        let policy = manifest.policy()?;

        let mut inquiry = Inquiry::new(manifest.at).policy(policy);
        inquiry.require_revocation = manifest.require_revocation;
        inquiry.recipient.clone_from(&manifest.recipient);
        inquiry.file_name.clone_from(&manifest.file_name);
        let mut report = vec![];
        let mut room = limits.pdf_decoded_bytes;
        for part in &manifest.parts {
            let name = || part.name.clone();
            let stream = streams
                .remove(part.name.as_str())
                .ok_or_else(|| PackageError::Missing { name: name() })?;
            let bytes = decode(&view, stream, room)?;
            room = room
                .checked_sub(bytes.len())
                .ok_or(PackageError::TooLarge(limits.pdf_decoded_bytes))?;
            let found = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
            if found != part.length {
                return Err(PackageError::Length {
                    name: name(),
                    found,
                    stated: part.length,
                });
            }
            if sha256(&bytes) != part.sha256 {
                return Err(PackageError::Digest { name: name() });
            }
            match part.role {
                Role::Report => report = bytes,
                role => inquiry = inquiry.with(role, bytes),
            }
        }
        inquiry.check()?;
        if let Some(name) = streams.keys().next() {
            return Err(PackageError::Extra { name: shown(name) });
        }
        if let Some((_, file)) = inquiry.received()
            && Self::is_one(file, limits)
        {
            return Err(PackageError::Nested {
                name: Role::File.name(1),
            });
        }
        Ok(Self {
            manifest,
            manifest_bytes,
            inquiry,
            report,
        })
    }

    /// The table of contents.
    #[must_use]
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// What was asked, with the parts it rests on.
    #[must_use]
    pub fn inquiry(&self) -> &Inquiry {
        &self.inquiry
    }

    /// The report that was filed, JSON.
    #[must_use]
    pub fn report(&self) -> &[u8] {
        &self.report
    }

    /// Every file of the package under its name, the manifest last. The names are ours and safe in any folder.
    #[must_use]
    pub fn files(&self) -> Vec<(String, &[u8])> {
        let parts = self.inquiry.parts().into_iter();
        let mut files: Vec<(String, &[u8])> = parts
            .map(|(role, number, bytes)| (role.name(number), bytes))
            .collect();
        files.push((Role::Report.name(1), &self.report));
        files.push((MANIFEST_FILE.to_owned(), &self.manifest_bytes));
        files
    }
}

/// The streams attached, by name, if they stand in the one form that every program reads alike: a flat name tree, each file once, the
/// same under every name, and the same files in `/AF` (ISO 32000-2, 7.7.4, 7.11.4 and 14.13).
fn attached(view: &View<'_, '_>, limits: &Limits) -> Result<BTreeMap<String, Ref>, PackageError> {
    let structure = |place| PackageError::Structure(place);
    let catalog = view.catalog()?;
    let catalog = catalog.dictionary().ok_or(structure("catalog"))?;
    once(catalog, "catalog")?;
    let names = view.find(catalog, b"Names")?;
    let Some(names) = names.as_dictionary() else {
        return Err(PackageError::NotAPackage);
    };
    let tree = view.find(names, b"EmbeddedFiles")?;
    let Some(tree) = tree.as_dictionary() else {
        return Err(PackageError::NotAPackage);
    };
    once(names, "/Names")?;
    once(tree, "/EmbeddedFiles")?;
    if tree.find(b"Kids").is_some() {
        return Err(structure("/EmbeddedFiles /Kids"));
    }
    let pairs = view.find(tree, b"Names")?;
    let pairs = pairs.as_array().ok_or(structure("/EmbeddedFiles /Names"))?;
    // The manifest is attached as well.
    if pairs.len() / 2 > limits.hand_over_parts.saturating_add(1) {
        return Err(PackageError::TooMany(limits.hand_over_parts));
    }
    let mut found = BTreeMap::new();
    let (mut specifications, mut streams) = (BTreeSet::new(), BTreeSet::new());
    for pair in pairs.chunks(2) {
        let [name, specification] = pair else {
            return Err(structure("/EmbeddedFiles /Names"));
        };
        let name = name.as_string().ok_or(structure("/EmbeddedFiles /Names"))?;
        let name = read_text_string(&name.bytes);
        let safe = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '.' | '-');
        if !name.chars().all(safe) || !name.starts_with(|c: char| c.is_ascii_lowercase()) || name.len() > 64 {
            return Err(PackageError::Name { name: shown(&name) });
        }
        let id = specification
            .as_reference()
            .ok_or(structure("/EmbeddedFiles /Names"))?;
        let stream = stream_of(view, id, &name)?;
        if found.contains_key(&name) || !specifications.insert(id) || !streams.insert(stream) {
            return Err(PackageError::Twice { name });
        }
        found.insert(name, stream);
    }
    let associated = view.find(catalog, b"AF")?;
    let associated = associated.as_array().unwrap_or_default();
    let listed: Option<BTreeSet<Ref>> = associated.iter().map(Object::as_reference).collect();
    if associated.len() != specifications.len() || listed.as_ref() != Some(&specifications) {
        return Err(structure("/AF"));
    }
    Ok(found)
}

/// The stream of the file specification `id`, which must go by `name` alone.
fn stream_of(view: &View<'_, '_>, id: Ref, name: &str) -> Result<Ref, PackageError> {
    const PLACE: &str = "/Filespec";
    let structure = PackageError::Structure(PLACE);
    let specification = view.object(id)?.ok_or(PackageError::Structure(PLACE))?;
    let Some(specification) = specification.object.as_dictionary() else {
        return Err(structure);
    };
    once(specification, PLACE)?;
    let is_it = |key: &[u8]| {
        let found = specification.find(key).and_then(Object::as_string);
        found.is_some_and(|found| read_text_string(&found.bytes) == name)
    };
    let other = [b"DOS".as_slice(), b"Mac", b"Unix", b"FS"];
    if !is_it(b"F") || !is_it(b"UF") || other.iter().any(|key| specification.find(key).is_some()) {
        return Err(structure);
    }
    let embedded = view.find(specification, b"EF")?;
    let embedded = embedded.as_dictionary().ok_or(PackageError::Structure(PLACE))?;
    let file = |key: &[u8]| embedded.find(key).and_then(Object::as_reference);
    match (file(b"F"), file(b"UF")) {
        (Some(file), Some(same)) if file == same && embedded.entries().len() == 2 => Ok(file),
        _ => Err(structure),
    }
}

/// That no page has a file of its own, where some programs would look and others not.
fn no_other_way(view: &View<'_, '_>, limits: &Limits) -> Result<(), PackageError> {
    let pages = view.pages()?;
    if pages.len() > limits.hand_over_pages {
        return Err(PackageError::TooManyPages(limits.hand_over_pages));
    }
    for page in &pages {
        let object = view.object(page.id)?;
        let page = object.as_ref().and_then(|object| object.object.as_dictionary());
        let page = page.ok_or(PackageError::Structure("/Page"))?;
        once(page, "/Page")?;
        if page.find(b"AF").is_some() {
            return Err(PackageError::Structure("/Page /AF"));
        }
        let annotations = view.find(page, b"Annots")?;
        for annotation in annotations.as_array().unwrap_or_default() {
            let annotation = view.resolve(annotation)?;
            let is_widget = |annotation: &Dictionary| {
                annotation.is_name(b"Subtype", b"Widget") && annotation.duplicates().is_empty()
            };
            if !annotation.as_dictionary().is_some_and(is_widget) {
                return Err(PackageError::Structure("/Annots"));
            }
        }
    }
    Ok(())
}

/// That no key occurs twice: programs take the one or the other.
fn once(dictionary: &Dictionary, place: &'static str) -> Result<(), PackageError> {
    match dictionary.duplicates() {
        [] => Ok(()),
        _ => Err(PackageError::Structure(place)),
    }
}

fn decode(view: &View<'_, '_>, id: Ref, most: usize) -> Result<Vec<u8>, PackageError> {
    let object = view.object(id)?;
    let stream = object.as_ref().and_then(|object| object.object.as_stream());
    let stream = stream.ok_or(PackageError::Structure("/EF"))?;
    once(&stream.dictionary, "/EF")?;
    if stream.dictionary.find(b"F").is_some() {
        // Its bytes would lie in another file (ISO 32000-2, 7.3.8.2).
        return Err(PackageError::Structure("/EF"));
    }
    // No digest is over the manifest: a bit that fell over in it would pass for what the maker wrote.
    Ok(view.decode_checked(stream, most)?)
}
