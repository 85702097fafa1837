//! Which seal certifies the document: the catalog and the seals must say the same (ISO 32000-2, 12.8.2.2 and 12.8.6).

use super::super::facts::SealKind;
use super::super::fields::{self, SignatureField};
use super::super::finding::Code;
use super::super::report::Report;
use super::super::seals::Checked;
use super::{Judged, refused};
use crate::pdf::{Document, Object};

/// The catalog's `/Perms` and the seals' own references must agree on which seal certifies the document: programs that
/// look at one or the other would show different permissions.
///
/// One seal certifies, and it is the first: whoever certifies later resets what the earlier ones permitted (12.8.2.2.1).
/// `seals` are what was found of `fields`, in the same order, and `judged` are the revisions.
pub(in super::super) fn judge_permissions(
    report: &mut Report,
    document: &Document<'_>,
    fields: &[SignatureField],
    seals: &[Checked],
    judged: &mut [Option<Judged>],
) {
    let newest = document.newest();
    let named = newest.catalog().and_then(|catalog| {
        let permissions = fields::dictionary(&newest, catalog.dictionary().and_then(|c| c.find(b"Perms")))?;
        Ok(permissions.and_then(|p| p.find(b"DocMDP").cloned()))
    });
    let certifying: Vec<&SignatureField> = fields
        .iter()
        .filter(|f| matches!(newest.doc_mdp(&f.dictionary), Ok(Some(_))))
        .collect();
    for (late, field) in fields.iter().enumerate() {
        if !certifying
            .iter()
            .any(|certifying| certifying.value == field.value)
        {
            continue;
        }
        let Some(own) = seals.get(late).and_then(|seal| seal.revision) else {
            continue;
        };
        // They are in the order of the file. A time stamp permits nothing that could be reset.
        let earlier = report.seals.iter().zip(seals).take(late);
        let mut earlier = earlier.filter(|(facts, _)| facts.kind == SealKind::Seal);
        if earlier.any(|(_, seal)| seal.revision.is_some()) {
            let evidence = "certifies the document after another seal";
            report.find(
                Code::ChangePermissionRemoved,
                format!("field {}", field.name),
                evidence,
            );
            if let Some(step) = judged.get_mut(own) {
                *step = Some(refused());
            }
        }
    }
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
