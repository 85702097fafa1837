//! Whether all revisions of a file speak of the same encryption, and opening it (ISO 32000-2, 7.6.2).

use super::{Encryption, Password};
use crate::pdf::document::Document;
use crate::pdf::error::{Anomaly, AnomalyKind, PdfError, PdfErrorKind};
use crate::pdf::object::{Dictionary, Object};
use crate::pdf::revision::{Entry, Revision};
use crate::pdf::view::View;

/// The encryption of `document`, whose objects are still read as they stand in the file; `None` if it is not encrypted.
///
/// `stated` is what each section says of `/Encrypt`, with the section's place. A reader takes the newest trailer's word for
/// the whole file, so an update that adds, drops or changes encryption would turn what is before it into something
/// else without touching a byte of it. Such a file is refused.
pub(in crate::pdf) fn open(
    document: &Document<'_>,
    stated: &[(usize, Object)],
    password: &Password,
) -> Result<Option<(Encryption, Vec<Anomaly>)>, PdfError> {
    let Some((_, encrypt)) = stated.first() else {
        return Ok(None);
    };
    let differs = |at| PdfError::new(PdfErrorKind::EncryptionDiffers, at);
    if let Some((at, _)) = stated.iter().find(|(_, other)| other != encrypt) {
        return Err(differs(*at));
    }
    let revisions = document.revisions();
    let silent = |revision: &&Revision| revision.trailer.find(b"Encrypt").is_none_or(Object::is_null);
    if let Some(revision) = revisions.iter().find(silent) {
        return Err(differs(revision.trailer_span.start));
    }
    let last = revisions.len().saturating_sub(1);
    let at = revisions.last().map_or(0, |revision| revision.trailer_span.start);
    let dictionary = dictionary_of(document, last, encrypt)?;
    for (index, revision) in revisions.iter().enumerate().take(last) {
        if dictionary_of(document, index, encrypt)? != dictionary {
            return Err(differs(revision.trailer_span.start));
        }
    }
    let object = encrypt.as_reference().map(|id| id.number);
    let identifier = identifier(document, last)?;
    let mut anomalies = Vec::new();
    let mut note = |kind, offset| {
        anomalies.push(Anomaly { kind, offset, object });
    };
    // Before revision 5 the key is made of it: another one means another key.
    let is_key = !matches!(dictionary.find(b"R"), Some(Object::Integer(5..)));
    for (index, revision) in revisions.iter().enumerate() {
        if self::identifier(document, index)? != identifier {
            if is_key {
                return Err(differs(revision.trailer_span.start));
            }
            note(AnomalyKind::IdentifierDiffers, revision.trailer_span.start);
        }
    }
    let bad = |kind| PdfError::new(kind, at);
    let encryption = Encryption::open(&dictionary, object, &identifier, password).map_err(bad)?;
    if !encryption.permissions_agree() {
        note(AnomalyKind::PermissionsDiffer, at);
    }
    Ok(Some((encryption, anomalies)))
}

/// The dictionary that `encrypt` is or leads to in revision `index`, references in it followed. It cannot come from an object
/// stream, which it would have to decrypt (7.5.7).
fn dictionary_of(document: &Document<'_>, index: usize, encrypt: &Object) -> Result<Dictionary, PdfError> {
    let at = document
        .revisions()
        .get(index)
        .map_or(0, |r| r.trailer_span.start);
    let bad = PdfError::new(PdfErrorKind::BadEncryption, at);
    let view = document.view(index).ok_or(bad)?;
    match followed(view, encrypt, LEVELS, bad)? {
        Object::Dictionary(dictionary) => Ok(dictionary),
        _ => Err(bad),
    }
}

/// Dictionaries in dictionaries that the handler reads: `/Encrypt`, `/CF`, a crypt filter.
const LEVELS: usize = 3;

/// `object` as seen in `view`, references followed down to `levels` of dictionaries, which are copied.
fn followed(view: View<'_, '_>, object: &Object, levels: usize, bad: PdfError) -> Result<Object, PdfError> {
    let found;
    let object = match object {
        Object::Reference(id) => {
            if !matches!(view.locate(id.number), Some((_, Entry::Offset { .. }))) {
                return Err(bad);
            }
            found = view.object(*id)?.ok_or(bad)?;
            // Copied for every revision, so paid for every time.
            let paid = view.document().budget.pay(found.raw().len());
            paid.map_err(|kind| PdfError::new(kind, 0))?;
            &found.object
        }
        direct => direct,
    };
    let Object::Dictionary(dictionary) = object else {
        return Ok(object.clone());
    };
    let deeper = levels.checked_sub(1).ok_or(bad)?;
    let mut copy = dictionary.clone();
    for entry in copy.entries_mut() {
        if matches!(entry.value, Object::Reference(_) | Object::Dictionary(_)) {
            entry.value = followed(view, &entry.value, deeper, bad)?;
        }
    }
    Ok(Object::Dictionary(copy))
}

/// The first half of `/ID` in revision `index`: empty if there is none (7.6.4.3, algorithm 2, step e).
fn identifier(document: &Document<'_>, index: usize) -> Result<Vec<u8>, PdfError> {
    let Some(view) = document.view(index) else {
        return Ok(Vec::new());
    };
    let halves = view.find(view.trailer(), b"ID")?;
    let Some(first) = halves.as_array().and_then(|halves| halves.first()) else {
        return Ok(Vec::new());
    };
    let first = view.resolve(first)?;
    Ok(first
        .as_string()
        .map_or_else(Vec::new, |string| string.bytes.clone()))
}
