//! One file: its revisions, its seals, its record and its code.

use super::authority::{Claimed, judge, stray};
use super::coverage::{self, Covered};
use super::finding::Code;
use super::report::{Coverage, Modification, Report, SealFacts};
use super::source::Source;
use super::{Verifier, binding, fields, record, signature};
use crate::pdf::{AnomalyKind, Document, Object, PdfErrorKind};
use crate::pki::Certificate;
use crate::time::Time;

use fields::SignatureField;

/// The verdict on `file`.
pub(super) fn verify(verifier: &Verifier, file: &Source<'_>, at: Time) -> Report {
    examine(verifier, file, at).conclude()
}

/// Everything but the conclusion, for a caller that has more to find.
pub(super) fn examine(verifier: &Verifier, source: &Source<'_>, at: Time) -> Report {
    let mut report = Report::new(at);
    let document = match source.open(verifier) {
        Ok(document) => document,
        Err(error) => {
            let code = match error.kind {
                PdfErrorKind::PasswordNeeded
                | PdfErrorKind::UnsupportedEncryption
                | PdfErrorKind::WrongPassword => Code::FileEncrypted,
                _ => Code::FileUnreadable,
            };
            report.find(code, "file", error.to_string());
            return report;
        }
    };
    judge_document(verifier, source, &document, &mut report);
    source.close(&document);
    report
}

fn judge_document(verifier: &Verifier, source: &Source<'_>, document: &Document<'_>, report: &mut Report) {
    match document.audit() {
        Ok(anomalies) => {
            for anomaly in anomalies.iter().filter(|anomaly| !harmless(anomaly.kind)) {
                let object = anomaly
                    .object
                    .map_or_else(|| "file".to_owned(), |number| format!("object {number}"));
                report.find(
                    Code::FileAmbiguous,
                    object,
                    format!("{:?} at byte {}", anomaly.kind, anomaly.offset),
                );
            }
        }
        Err(error) => report.find(Code::FileUnreadable, "file", error.to_string()),
    }
    let fields = match fields::collect(document, &verifier.limits) {
        Ok(found) => {
            for (code, name, evidence) in found.wrong {
                let object = if name.is_empty() {
                    "form".to_owned()
                } else {
                    format!("field {name}")
                };
                report.find(code, object, evidence);
            }
            found.fields
        }
        Err(error) => {
            report.find(Code::FileUnreadable, "form fields", error.to_string());
            return;
        }
    };
    if fields.is_empty() {
        report.find(Code::FileNotSigned, "file", "");
        return;
    }
    let mut seals = Seals {
        verifier,
        source,
        document,
        report,
        ends: document
            .revisions()
            .iter()
            .map(|revision| revision.span.end)
            .collect(),
        whole: vec![],
    };
    let sealed: Vec<Option<Sealed>> = fields.iter().map(|field| seals.check(field)).collect();
    seals.judge_changes(&sealed);
    seals.judge_permissions(&fields);
    // What the file says is what its last seal covers; with that broken, nothing it says is worth checking.
    if let Some(Some(last)) = sealed
        .iter()
        .max_by_key(|sealed| sealed.as_ref().map(|sealed| sealed.revision))
    {
        content(verifier, report, source, document, last);
    }
    let (record, payload) = report.seen();
    let claimed = Claimed::of(record.as_ref(), payload.as_ref());
    for (facts, sealed) in sealed.iter().enumerate() {
        let Some(sealed) = sealed else { continue };
        let object = format!("field {}", sealed.field);
        let judged = judge(
            verifier,
            report,
            &object,
            &sealed.signer,
            &sealed.others,
            claimed.as_ref(),
        );
        if stray(verifier, &sealed.signer, &sealed.others, &judged.path) {
            let evidence =
                "a certificate in it is neither the signer's chain nor signed by a certificate at hand";
            report.find(Code::ContainerInexact, &object, evidence);
        }
        if let Some(facts) = report.seals.get_mut(facts) {
            facts.trusted = judged.trusted;
        }
    }
    let sound = |facts: &SealFacts| facts.trusted && facts.coverage == Coverage::File;
    if report.seals.iter().any(sound) {
        report.prove();
    }
}

/// A seal whose bytes and signature are right.
pub(super) struct Sealed {
    pub(super) field: String,
    /// Index of the revision it covers.
    pub(super) revision: usize,
    pub(super) signer: Certificate,
    pub(super) others: Vec<Certificate>,
}

struct Seals<'v, 'd, 'f> {
    verifier: &'v Verifier,
    source: &'v Source<'v>,
    document: &'d Document<'f>,
    report: &'v mut Report,
    /// Where each revision ends, oldest first.
    ends: Vec<usize>,
    /// For each seal, in order: the revision it covers, if its coverage is sound.
    whole: Vec<Option<usize>>,
}

impl Seals<'_, '_, '_> {
    fn check(&mut self, field: &SignatureField) -> Option<Sealed> {
        let dictionary = &field.dictionary;
        let text = |key: &[u8]| dictionary.find(key).and_then(Object::as_name).map(fields::shown);
        let mut facts = SealFacts {
            field: field.name.clone(),
            sub_filter: text(b"SubFilter").unwrap_or_default(),
            intact: false,
            coverage: Coverage::Broken,
            modification: Modification::None,
            trusted: false,
            signer: None,
            algorithm: None,
            signed_at: dictionary
                .find(b"M")
                .and_then(Object::as_string)
                .and_then(|date| Time::from_pdf(&date.bytes).ok()),
            certifies: self.document.newest().doc_mdp(dictionary).ok().flatten(),
            revision_length: None,
        };
        let sealed = self.check_into(field, &mut facts);
        self.report.seals.push(facts);
        sealed
    }

    fn check_into(&mut self, field: &SignatureField, facts: &mut SealFacts) -> Option<Sealed> {
        let object = format!("field {}", field.name);
        let covered = match self.coverage(field) {
            Ok(covered) => covered,
            Err((code, evidence)) => {
                self.whole.push(None);
                self.report.find(code, object, evidence);
                return None;
            }
        };
        let file = self.document.bytes();
        let revision = coverage::revision(file, &covered, &self.ends);
        self.whole.push(revision);
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

    /// The catalog's `/Perms` and the seals' own references must agree on which seal certifies the document: programs that
    /// look at one or the other would show different permissions (ISO 32000-2, 12.8.2.2 and 12.8.6).
    fn judge_permissions(&mut self, fields: &[SignatureField]) {
        let newest = self.document.newest();
        let named = newest.catalog().and_then(|catalog| {
            let permissions =
                fields::dictionary(&newest, catalog.dictionary().and_then(|c| c.find(b"Perms")))?;
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
            self.report.find(Code::FileAmbiguous, "catalog", evidence);
        }
    }

    /// What lies after each seal: nothing, a later seal, or bytes that nobody answers for.
    fn judge_changes(&mut self, sealed: &[Option<Sealed>]) {
        let last = self.document.revisions().len().saturating_sub(1);
        let file = self.document.bytes();
        let end = self.ends.last().copied().unwrap_or_default();
        let tail = file.get(end..).unwrap_or_default();
        if !coverage::only_ends_of_line(tail) {
            self.report.find(
                Code::ChangedAfterSeal,
                "file",
                format!("{} bytes follow the last revision", tail.len()),
            );
        }
        let answered = sealed.iter().flatten().any(|sealed| sealed.revision == last);
        for (index, revision) in self.whole.clone().into_iter().enumerate() {
            let Some(revision) = revision.filter(|revision| *revision < last) else {
                continue;
            };
            let Some(facts) = self.report.seals.get_mut(index) else {
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
            self.report
                .find(code, object, format!("{} later revisions", last - revision));
        }
    }
}

/// What is odd but cannot make two programs show two documents. The other kinds can.
fn harmless(kind: AnomalyKind) -> bool {
    matches!(
        kind,
        AnomalyKind::EofMissing
            // Of a free entry alone: nothing can be read through it, whatever its generation.
            | AnomalyKind::GenerationTooLarge
            // Lines divided otherwise, `%%EOF` besides, a longer gap before `endstream`: no
            // reader that finds its section and goes by `/Length` reads another object for them.
            | AnomalyKind::LineLayout
            | AnomalyKind::StrayEof
            | AnomalyKind::StreamEndInexact
            | AnomalyKind::OffsetInexact
            | AnomalyKind::PrevZero
            | AnomalyKind::StartxrefInexact
            | AnomalyKind::XrefEntryWidth
            | AnomalyKind::ZeroOffset
            // What nothing refers to is not shown, and in a sealed revision it is covered; after it, `judge_changes` looks.
            | AnomalyKind::TrailingBytes
            | AnomalyKind::UnclaimedBytes
    )
}

/// The record and the code in the revision that was sealed last.
fn content(
    verifier: &Verifier,
    report: &mut Report,
    source: &Source<'_>,
    document: &Document<'_>,
    sealed: &Sealed,
) {
    let Some(view) = document.view(sealed.revision) else {
        return;
    };
    let record = record::read(verifier, report, &view);
    let payload = binding::check(verifier, report, source, document, &view, sealed, record.as_ref());
    report.carry(record, payload);
}
