//! One seal after the other: which bytes it covers, and whether its signature is over them.

use super::coverage::{self, Covered};
use super::fields::{self, SignatureField};
use super::finding::Code;
use super::report::{Coverage, Report, SealFacts};
use super::source::Source;
use super::{Verifier, signature};
use crate::pdf::{Document, Object};
use crate::pki::Certificate;
use crate::time::Time;

/// A seal whose bytes and signature are right.
pub(super) struct Sealed {
    pub(super) field: String,
    /// Index of the revision it covers.
    pub(super) revision: usize,
    pub(super) signer: Certificate,
    pub(super) others: Vec<Certificate>,
}

/// What the bytes of one seal say: whatever was wrong is in the report.
pub(super) struct Checked {
    /// Index of the revision it covers, if its coverage is sound.
    pub(super) revision: Option<usize>,
    /// The seal, if its signature is right, too.
    pub(super) sealed: Option<Sealed>,
}

/// Checks the seals of one file, one after the other; each gets its facts in the report, in the same order.
pub(super) struct Seals<'v, 'd, 'f> {
    verifier: &'v Verifier,
    source: &'v Source<'v>,
    document: &'d Document<'f>,
    report: &'v mut Report,
    /// Where each revision ends, oldest first.
    ends: Vec<usize>,
}

impl<'v, 'd, 'f> Seals<'v, 'd, 'f> {
    pub(super) fn new(
        verifier: &'v Verifier,
        source: &'v Source<'v>,
        document: &'d Document<'f>,
        report: &'v mut Report,
    ) -> Self {
        let ends = document.revisions().iter().map(|revision| revision.span.end);
        Self {
            verifier,
            source,
            document,
            report,
            ends: ends.collect(),
        }
    }

    pub(super) fn check(&mut self, field: &SignatureField) -> Checked {
        let dictionary = &field.dictionary;
        let text = |key: &[u8]| dictionary.find(key).and_then(Object::as_name).map(fields::shown);
        let mut facts = SealFacts::new(&field.name);
        facts.sub_filter = text(b"SubFilter").unwrap_or_default();
        facts.signed_at = dictionary
            .find(b"M")
            .and_then(Object::as_string)
            .and_then(|date| Time::from_pdf(&date.bytes).ok());
        facts.certifies = self.document.newest().doc_mdp(dictionary).ok().flatten();
        let mut revision = None;
        let sealed = self.check_into(field, &mut facts, &mut revision);
        self.report.seals.push(facts);
        Checked { revision, sealed }
    }

    fn check_into(
        &mut self,
        field: &SignatureField,
        facts: &mut SealFacts,
        whole: &mut Option<usize>,
    ) -> Option<Sealed> {
        let object = format!("field {}", field.name);
        let covered = match self.coverage(field) {
            Ok(covered) => covered,
            Err((code, evidence)) => {
                self.report.find(code, object, evidence);
                return None;
            }
        };
        let file = self.document.bytes();
        let revision = coverage::revision(file, &covered, &self.ends);
        *whole = revision;
        let Some(revision) = revision else {
            self.report.find(
                Code::RangeEnd,
                object,
                format!("covered up to byte {}", covered.after.end),
            );
            return None;
        };
        // The same signature dictionary must be there in the revision it claims to be of (spoofed dictionary, recycled object).
        let then = self
            .document
            .view(revision)
            .and_then(|view| view.locate(field.value.number));
        if then.is_none() || then != self.document.newest().locate(field.value.number) {
            self.report.find(
                Code::SealVanished,
                object,
                "the signature was redefined after its revision",
            );
            return None;
        }
        facts.revision_length = u64::try_from(covered.after.end).ok();
        facts.revision = revision.checked_add(1);
        facts.coverage = if revision + 1 == self.ends.len() {
            Coverage::File
        } else {
            Coverage::Revision
        };

        let is_signature = match field.dictionary.find(b"Type") {
            // Table 255: optional.
            None => true,
            Some(kind) => kind.as_name() == Some(b"Sig"),
        };
        if !is_signature {
            self.report
                .find(Code::SubFilterUnsupported, object, "/Type is not /Sig");
            return None;
        }
        let must_bind = match facts.sub_filter.as_str() {
            "ETSI.CAdES.detached" => true,
            "adbe.pkcs7.detached" => false,
            other => {
                self.report
                    .find(Code::SubFilterUnsupported, object, other.to_owned());
                return None;
            }
        };
        let checked = signature::check(
            &field.contents,
            must_bind,
            &self.verifier.limits,
            |algorithm| self.source.digest(algorithm, &covered),
            || self.source.covered(&covered),
        );
        match checked {
            Err(fault) => {
                facts.signer = fault.signer.map(|signer| signer.subject().to_owned());
                self.report.find(fault.code, object, fault.evidence);
                None
            }
            Ok(proven) => {
                facts.intact = true;
                facts.signer = Some(proven.signer.subject().to_owned());
                facts.algorithm = Some(proven.algorithm.to_string());
                if let Some(inexact) = proven.inexact {
                    self.report.find(Code::ContainerInexact, object.as_str(), inexact);
                }
                if !proven.bound {
                    self.report.find(Code::SignerCertificateUnbound, object, "");
                }
                Some(Sealed {
                    field: field.name.clone(),
                    revision,
                    signer: proven.signer,
                    others: proven.others,
                })
            }
        }
    }

    fn coverage(&self, field: &SignatureField) -> Result<Covered, coverage::Refusal> {
        let malformed = |what: &str| (Code::RangeMalformed, what.to_owned());
        let dictionary = &field.dictionary;
        if !dictionary.duplicates().is_empty() {
            return Err(malformed("the signature dictionary holds a key twice"));
        }
        let Some(base) = field.source.clone() else {
            return Err(malformed("the signature dictionary lies in an object stream"));
        };
        let values: Option<Vec<i64>> = dictionary
            .find(b"ByteRange")
            .and_then(Object::as_array)
            .and_then(|items| items.iter().map(Object::as_integer).collect());
        let values = values.ok_or_else(|| malformed("/ByteRange is missing or not an array of integers"))?;
        let token = dictionary
            .entry(b"Contents")
            .filter(|entry| matches!(&entry.value, Object::String(string) if string.hex))
            .ok_or_else(|| malformed("/Contents is missing or not a hex string"))?
            .span
            .clone();
        let token = token.start.saturating_add(base.start)..token.end.saturating_add(base.start);
        coverage::check(self.document.bytes(), &values, &token, &field.contents)
    }
}
