//! What was done to the file after each seal, and what its seals permit.

use super::coverage;
use super::fields::{self, SignatureField};
use super::finding::Code;
use super::report::{Modification, Report};
use super::seals::Checked;
use crate::pdf::{Document, Object};

/// What lies after each seal: nothing, a later seal, or bytes that nobody answers for.
pub(super) fn judge(report: &mut Report, document: &Document<'_>, seals: &[Checked]) {
    let last = document.revisions().len().saturating_sub(1);
    let file = document.bytes();
    let end = document
        .revisions()
        .last()
        .map_or(0, |revision| revision.span.end);
    let tail = file.get(end..).unwrap_or_default();
    if !coverage::only_ends_of_line(tail) {
        report.find(
            Code::ChangedAfterSeal,
            "file",
            format!("{} bytes follow the last revision", tail.len()),
        );
    }
    let answered = seals
        .iter()
        .filter_map(|seal| seal.sealed.as_ref())
        .any(|sealed| sealed.revision == last);
    for (index, seal) in seals.iter().enumerate() {
        let Some(revision) = seal.revision.filter(|revision| *revision < last) else {
            continue;
        };
        let Some(facts) = report.seals.get_mut(index) else {
            continue;
        };
        facts.modification = Modification::Unexplained;
        let object = format!("field {}", facts.field);
        // P = 1 permits nothing but validation data; whether a later revision is that, is not decided here yet.
        let code = if answered && facts.certifies != Some(1) {
            Code::ChangedBeforeLaterSeal
        } else {
            Code::ChangedAfterSeal
        };
        report.find(code, object, format!("{} later revisions", last - revision));
    }
}

/// The catalog's `/Perms` and the seals' own references must agree on which seal certifies the document: programs that
/// look at one or the other would show different permissions (ISO 32000-2, 12.8.2.2 and 12.8.6).
pub(super) fn judge_permissions(report: &mut Report, document: &Document<'_>, fields: &[SignatureField]) {
    let newest = document.newest();
    let named = newest.catalog().and_then(|catalog| {
        let permissions = fields::dictionary(&newest, catalog.dictionary().and_then(|c| c.find(b"Perms")))?;
        Ok(permissions.and_then(|p| p.find(b"DocMDP").cloned()))
    });
    let certifying: Vec<&SignatureField> = fields
        .iter()
        .filter(|f| matches!(newest.doc_mdp(&f.dictionary), Ok(Some(_))))
        .collect();
    let agree = match (named, certifying.as_slice()) {
        (Ok(None | Some(Object::Null)), []) => true,
        (Ok(Some(Object::Reference(id))), [only]) => only.value == id,
        _ => false,
    };
    if !agree {
        let evidence = "/Perms does not name the one seal that certifies the document";
        report.find(Code::FileAmbiguous, "catalog", evidence);
    }
}
