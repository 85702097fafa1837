//! The seals that a joint result must have: the record names the bodies, each has a field of its own, and nothing else is sealed.

use std::collections::{BTreeSet, HashMap};

use super::Verifier;
use super::authority::Claimed;
use super::facts::{RequiredSeal, SealKind};
use super::fields::shown;
use super::finding::Code;
use super::finding::evidence::{self, Evidence};
use super::report::Report;
use super::seals::Checked;
use crate::crypto::PublicKey;
use crate::draft::seal_field;
use crate::limits::Limits;
use crate::pdf::form::FormBudget;
use crate::pdf::{Document, PdfError};
use crate::pki::Certificate;
use crate::record::{Issuer, Record, SealingOrder, UnifiedCode};

/// What the record requires; nothing if one body issues the result.
pub(super) struct Required<'a> {
    record: Option<&'a Record>,
    /// Field and body, in the order of the record.
    seals: Vec<(String, &'a Issuer)>,
}

impl<'a> Required<'a> {
    pub(super) fn of(record: Option<&'a Record>) -> Self {
        let record = record.filter(|record| record.joint().is_some());
        let issuers = record.into_iter().flat_map(Record::issuers);
        Self {
            record,
            seals: issuers.map(|issuer| (seal_field(&issuer.code), issuer)).collect(),
        }
    }

    /// The field of the body that leads; `None` if one body issues the result.
    pub(super) fn leading(&self) -> Option<&str> {
        let (field, _) = self.seals.first()?;
        Some(field)
    }

    /// What a seal in `field` has to be permitted: to issue such results as the body whose field it is. `None` if the record says
    /// nothing of the field.
    pub(super) fn claimed(&self, field: &str) -> Option<Claimed<'a>> {
        let (_, issuer) = self.seals.iter().find(|(own, _)| own == field)?;
        Some(Claimed::new(&self.record?.kind().code, &issuer.code))
    }

    /// The names of the fields.
    pub(super) fn fields(&self) -> BTreeSet<String> {
        self.seals.iter().map(|(field, _)| field.clone()).collect()
    }

    /// Holds the seals of the file against what is required. To be called when it is known which seals are trusted.
    pub(super) fn judge(
        &self,
        verifier: &Verifier,
        report: &mut Report,
        document: &Document<'_>,
        checked: &[Checked],
    ) {
        let Some(joint) = self.record.and_then(Record::joint) else {
            return;
        };
        self.certified(verifier, report, document, checked);
        let mut signers: HashMap<&PublicKey, &str> = HashMap::new();
        let mut order = vec![];
        for seal in checked.iter().filter_map(|seal| seal.sealed.as_ref()) {
            let object = format!("field {}", seal.field);
            let place = self.seals.iter().position(|(field, _)| *field == seal.field);
            let Some((place, (_, issuer))) = place.and_then(|place| Some((place, self.seals.get(place)?)))
            else {
                continue;
            };
            order.push((seal.revision, place));
            // By the key: one keeper may have a certificate in the name of each body.
            if let Some(other) = signers.insert(seal.signer.public_key(), &seal.field) {
                report.find(Code::JointOneSigner, object.as_str(), evidence::also_in(other));
            }
            // With a list, whose certificate it is was asked with the seal.
            if verifier.trust.list.is_none() {
                match body(&seal.signer) {
                    Some(code) if code == issuer.code => {}
                    Some(code) => report.find(
                        Code::IssuerMismatch,
                        object,
                        evidence::other_body(&code, &issuer.code),
                    ),
                    None => report.find(Code::JointUnattributed, object, seal.signer.subject()),
                }
            }
        }
        order.sort_unstable();
        let in_order = order.iter().map(|(_, place)| *place).eq(0..order.len());
        if joint.order == SealingOrder::Listed && !in_order {
            report.find(Code::JointOrder, "file", "");
        }
        // Last, when it is known which seals do not count.
        self.tell(verifier, report, checked);
    }

    /// Who has sealed, who has not, and what else is signed.
    fn tell(&self, verifier: &Verifier, report: &mut Report, checked: &[Checked]) {
        // What a field was refused for is a finding about it; whoever looks at the list must not take it for a seal.
        let refused: BTreeSet<String> = report
            .findings
            .iter()
            .filter(|finding| finding.code.severity() == super::Severity::Fatal)
            .map(|finding| finding.object.clone())
            .collect();
        for (field, issuer) in &self.seals {
            let facts = report.seals.iter().find(|facts| facts.field == *field);
            let is_seal = facts.is_some_and(|facts| facts.kind == SealKind::Seal);
            let sealed = is_seal
                && facts.is_some_and(|facts| {
                    facts.intact && facts.trusted && !refused.contains(&format!("field {field}"))
                });
            report.required.push(RequiredSeal {
                name: issuer.name.clone(),
                code: issuer.code.to_string(),
                field: field.clone(),
                sealed,
                signed_at: facts.and_then(|facts| facts.signed_at),
                signer: facts.and_then(|facts| facts.signer.clone()),
            });
            // A seal that is there and not right has findings of its own.
            if facts.is_none() {
                let object = format!("{} ({})", shown(issuer.name.as_bytes()), issuer.code);
                let all = self.seals.len();
                report.find(Code::JointSealMissing, object, evidence::empty_field(field, all));
            }
        }
        // The list's answer is told for the body that leads, whoever was judged last, and by the name that the list has for it.
        let mut seals = checked.iter().filter_map(|seal| seal.sealed.as_ref());
        let lead = report.required.first().filter(|lead| lead.sealed);
        let lead = lead.and_then(|lead| seals.find(|seal| seal.field == lead.field));
        if let (Some(told), Some(list), Some(lead)) = (&mut report.list, &verifier.trust.list, lead)
            && let Some((issuer, _)) = list.by_certificate(lead.signer.der())
        {
            told.issuer = Some((issuer.name().to_owned(), issuer.code().to_string()));
            let seal = report.seals.iter().find(|seal| seal.field == lead.field);
            told.entry = seal.and_then(|seal| seal.entry.clone());
        }
        let fields = self.fields();
        let others: Vec<String> = report
            .seals
            .iter()
            .filter(|facts| match facts.kind {
                SealKind::Seal => !fields.contains(&facts.field),
                // A time stamp in a department's field keeps the department from sealing.
                SealKind::DocumentTimeStamp => fields.contains(&facts.field),
            })
            .map(|facts| facts.field.clone())
            .collect();
        for field in others {
            report.find(Code::JointOtherSeal, format!("field {field}"), "");
        }
    }

    /// The first seal certifies with P = 2, and the signature fields that it certifies are those required.
    fn certified(
        &self,
        verifier: &Verifier,
        report: &mut Report,
        document: &Document<'_>,
        checked: &[Checked],
    ) {
        let first = report
            .seals
            .iter()
            .zip(checked)
            .filter(|(facts, _)| facts.kind == SealKind::Seal)
            .filter_map(|(facts, seal)| Some((seal.revision?, facts.certifies, facts.field.clone())))
            .min();
        let Some((revision, certifies, field)) = first else {
            return;
        };
        let evidence = match certifies {
            Some(2) => match signature_fields(document, revision, (self.seals.len(), &verifier.limits)) {
                Ok(found) if found == Some(self.fields()) => return,
                Ok(_) => Evidence::said(
                    "the signature fields that it certifies are others than those required",
                    "所限定的签章域与应有的签章域不一致",
                ),
                Err(error) => error.to_string().into(),
            },
            Some(level) => Evidence::said(
                format!("it certifies with P={level}"),
                format!("认证级别为 P={level}"),
            ),
            None => Evidence::said("it does not certify", "首个签章不是认证签章"),
        };
        report.find(Code::JointNotCertified, format!("field {field}"), evidence);
    }
}

/// The names of the signature fields in `revision`; `None` if they are more than `most` or a name occurs twice.
fn signature_fields(
    document: &Document<'_>,
    revision: usize,
    (most, limits): (usize, &Limits),
) -> Result<Option<BTreeSet<String>>, PdfError> {
    let Some(view) = document.view(revision) else {
        return Ok(None);
    };
    let mut names = BTreeSet::new();
    let mut fits = true;
    let mut budget = FormBudget::new(limits);
    let oddities = view.walk_form(&mut budget, |node| {
        if node.is_field && node.is_signature() {
            fits &= names.len() < most && names.insert(node.name.to_owned());
        }
    })?;
    Ok((fits && oddities.is_empty()).then_some(names))
}

/// The body that a certificate says it belongs to.
fn body(certificate: &Certificate) -> Option<UnifiedCode> {
    let mut said = certificate.organization_identifiers();
    said.find_map(|code| code.parse().ok())
}
