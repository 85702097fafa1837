//! One seal after the other: which bytes it covers, and whether its signature is over them.

use std::collections::BTreeSet;

use super::Verifier;
use super::coverage::{self, Covered};
use super::facts::{Coverage, SealFacts, SealKind};
use super::fields::{self, SignatureField};
use super::finding::Code;
use super::grounds::Carried;
use super::outdated::{self, Outdated};
use super::report::Report;
use super::signature::{self, Binding, Fault};
use super::source::Source;
use super::timestamp::{self, Stamp};
use crate::crypto::SignatureAlgorithm;
use crate::payload::StatusReference;
use crate::pdf::{Dictionary, Document, Object};
use crate::pki::Certificate;
use crate::time::Time;

/// What a signature dictionary is, by its `/Type` and `/SubFilter` (ISO 32000-2, table 255; 12.8.3.3 and 12.8.5).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Form {
    /// A CMS signature over the covered bytes. PAdES must have signed attributes.
    Seal { must_attest: bool },
    /// A document time stamp.
    TimeStamp,
    /// A form whose digest is SHA-1 by definition.
    Outdated(Outdated),
}

impl Form {
    /// `None` for what is not known, and for pairs that do not belong together: a program that goes by `/Type` and one that goes by
    /// `/SubFilter` would take it for two things.
    fn of(kind: Option<&[u8]>, sub_filter: &[u8]) -> Option<Self> {
        let form = match sub_filter {
            b"ETSI.CAdES.detached" => Self::Seal { must_attest: true },
            b"adbe.pkcs7.detached" => Self::Seal { must_attest: false },
            b"adbe.pkcs7.sha1" => Self::Outdated(Outdated::Pkcs7Sha1),
            b"adbe.x509.rsa_sha1" => Self::Outdated(Outdated::X509RsaSha1),
            b"ETSI.RFC3161" => Self::TimeStamp,
            _ => return None,
        };
        let fits = match kind {
            // Optional with a signature. A time stamp must have it, but without it the token still cannot be taken for a signature.
            None => true,
            Some(b"Sig") => form != Self::TimeStamp,
            Some(b"DocTimeStamp") => form == Self::TimeStamp,
            Some(_) => false,
        };
        fits.then_some(form)
    }
}

/// A seal whose bytes and signature are right.
pub(super) struct Sealed {
    pub(super) field: String,
    /// Index of the revision it covers.
    pub(super) revision: usize,
    pub(super) signer: Certificate,
    pub(super) others: Vec<Certificate>,
    /// Whether what was signed names the signer's certificate.
    pub(super) bound: bool,
    pub(super) algorithm: SignatureAlgorithm,
    /// The time stamps over its signature value that are right.
    pub(super) stamps: Vec<Stamp>,
    /// Evidence of revocation in its container.
    pub(super) carried: Vec<Carried>,
    /// The place on a status list that it names.
    pub(super) place: Option<StatusReference>,
}

/// What the bytes of one seal say: whatever was wrong is in the report.
pub(super) struct Checked {
    /// Index of the revision it covers, if its coverage is sound.
    pub(super) revision: Option<usize>,
    /// The seal, if its signature is right, too.
    pub(super) sealed: Option<Sealed>,
    /// The document time stamp, if it is one and right.
    pub(super) stamp: Option<Stamp>,
}

/// What `dictionary` is. A `/Type` or `/SubFilter` that is no name is not a known one.
fn form(dictionary: &Dictionary) -> Option<Form> {
    let kind = match dictionary.find(b"Type") {
        None => None,
        Some(kind) => Some(kind.as_name()?),
    };
    Form::of(kind, dictionary.find(b"SubFilter")?.as_name()?)
}

/// Checks the seals of one file, one after the other; each gets its facts in the report, in the same order.
pub(super) struct Seals<'v, 'd, 'f> {
    verifier: &'v Verifier,
    source: &'v Source<'v>,
    document: &'d Document<'f>,
    report: &'v mut Report,
    /// Where each revision ends, oldest first.
    ends: Vec<usize>,
    /// For each revision but the last, whether it is the same without what follows it.
    closed: Vec<bool>,
    /// The revisions that seals cover.
    covered: BTreeSet<usize>,
    /// Signature time stamps that may still be checked: each costs about as much as a seal.
    stamps_left: usize,
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
            closed: document
                .revisions()
                .split_last()
                .map_or_else(Vec::new, |(_, older)| coverage::closed(document.bytes(), older)),
            covered: BTreeSet::new(),
            stamps_left: verifier.limits.signatures,
        }
    }

    pub(super) fn check(&mut self, field: &SignatureField) -> Checked {
        let dictionary = &field.dictionary;
        let text = |key: &[u8]| dictionary.find(key).and_then(Object::as_name).map(fields::shown);
        let mut facts = SealFacts::new(&field.name);
        if matches!(form(dictionary), Some(Form::TimeStamp)) {
            facts.kind = SealKind::DocumentTimeStamp;
        }
        facts.sub_filter = text(b"SubFilter").unwrap_or_default();
        facts.signed_at = dictionary
            .find(b"M")
            .and_then(Object::as_string)
            .and_then(|date| Time::from_pdf(&date.bytes).ok());
        facts.certifies = self.document.newest().doc_mdp(dictionary).ok().flatten();
        let mut checked = Checked {
            revision: None,
            sealed: None,
            stamp: None,
        };
        self.check_into(field, &mut facts, &mut checked);
        self.report.seals.push(facts);
        checked
    }

    fn check_into(&mut self, field: &SignatureField, facts: &mut SealFacts, checked: &mut Checked) {
        let object = format!("field {}", field.name);
        let covered = match self.coverage(field) {
            Ok(covered) => covered,
            Err((code, evidence)) => {
                self.report.find(code, object, evidence);
                return;
            }
        };
        let file = self.document.bytes();
        let revision = coverage::revision(file, &covered, &self.ends);
        checked.revision = revision;
        let Some(revision) = revision else {
            self.report.find(
                Code::RangeEnd,
                object,
                format!("covered up to byte {}", covered.after.end),
            );
            return;
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
            return;
        }
        if field.since > revision {
            let evidence = "the field did not have this value when it was signed";
            self.report.find(Code::SealRecycled, object, evidence);
            return;
        }
        let last = revision + 1 == self.ends.len();
        if !last && self.closed.get(revision) != Some(&true) {
            self.report.find(Code::RevisionOpen, object, "");
            return;
        }
        // Each would have to be there before the other.
        if !self.covered.insert(revision) {
            let evidence = "another seal covers the same revision";
            self.report.find(Code::RangeMalformed, object, evidence);
            return;
        }
        facts.revision_length = u64::try_from(covered.after.end).ok();
        facts.revision = revision.checked_add(1);
        facts.coverage = if last { Coverage::File } else { Coverage::Revision };

        match form(&field.dictionary) {
            Some(Form::Seal { must_attest }) => {
                checked.sealed = self.seal(field, facts, must_attest, &covered, revision);
            }
            Some(Form::TimeStamp) => checked.stamp = self.stamp(field, facts, &covered),
            Some(Form::Outdated(form)) => {
                let fault = outdated::refuse(form, &field.dictionary, &field.contents, &self.verifier.limits);
                self.refuse(field, facts, fault);
            }
            None => {
                let kind = field.dictionary.find(b"Type").and_then(Object::as_name);
                let kind = kind.map(fields::shown).unwrap_or_default();
                let evidence = format!("/Type {kind} /SubFilter {}", facts.sub_filter);
                self.report.find(Code::SubFilterUnsupported, object, evidence);
            }
        }
    }

    fn refuse(&mut self, field: &SignatureField, facts: &mut SealFacts, fault: Fault) {
        facts.signer = fault.signer.map(|signer| signer.subject().to_owned());
        self.report
            .find(fault.code, format!("field {}", field.name), fault.evidence);
    }

    fn seal(
        &mut self,
        field: &SignatureField,
        facts: &mut SealFacts,
        must_attest: bool,
        covered: &Covered,
        revision: usize,
    ) -> Option<Sealed> {
        let object = format!("field {}", field.name);
        let checked = signature::check(
            &field.contents,
            must_attest,
            &self.verifier.limits,
            |algorithm| self.source.digest(algorithm, covered),
            || self.source.covered(covered),
        );
        let proven = match checked {
            Ok(proven) => proven,
            Err(fault) => {
                self.refuse(field, facts, fault);
                return None;
            }
        };
        facts.intact = true;
        facts.signer = Some(proven.signer.subject().to_owned());
        facts.algorithm = Some(proven.algorithm.to_string());
        if !proven.padded {
            self.report.find(Code::PaddingWrong, object.as_str(), "");
        }
        if let Some(inexact) = proven.inexact {
            self.report.find(Code::ContainerInexact, object.as_str(), inexact);
        }
        match proven.binding {
            Binding::Version2 => {}
            Binding::Version1 => self
                .report
                .find(Code::SignerCertificateBySha1, object.as_str(), ""),
            Binding::None => self
                .report
                .find(Code::SignerCertificateUnbound, object.as_str(), ""),
        }
        let tokens = self.payable(&object, &proven.time_stamps);
        let stamps =
            timestamp::of_signature(self.report, &object, tokens, &proven.value, &self.verifier.limits);
        Some(Sealed {
            field: field.name.clone(),
            revision,
            signer: proven.signer,
            others: proven.others,
            bound: proven.binding != Binding::None,
            algorithm: proven.algorithm,
            stamps,
            carried: proven.carried,
            place: self.place(field),
        })
    }

    /// The place on a status list that the seal in `field` names: what cannot be read may be where it was withdrawn.
    fn place(&mut self, field: &SignatureField) -> Option<StatusReference> {
        StatusReference::of_signature(&field.dictionary).unwrap_or_else(|fault| {
            let object = format!("field {}", field.name);
            self.report.find(Code::StatusPlaceUnreadable, object, fault);
            None
        })
    }

    /// As many of `tokens` as one file may have checked.
    fn payable<'t>(&mut self, object: &str, tokens: &'t [Vec<u8>]) -> &'t [Vec<u8>] {
        let count = tokens.len().min(self.stamps_left);
        self.stamps_left = self.stamps_left.saturating_sub(count);
        if count < tokens.len() {
            let evidence = "there are more time stamps than the limit";
            self.report.find(Code::TimeStampUnusable, object, evidence);
        }
        tokens.get(..count).unwrap_or_default()
    }

    /// A document time stamp (ISO 32000-2, 12.8.5).
    fn stamp(&mut self, field: &SignatureField, facts: &mut SealFacts, covered: &Covered) -> Option<Stamp> {
        let object = format!("field {}", field.name);
        let stamp = signature::unpadded(&field.contents).and_then(|(token, padded)| {
            let stamp = timestamp::check(token, &self.verifier.limits, |algorithm| {
                self.source.digest(algorithm, covered)
            });
            Ok((stamp?, padded))
        });
        let stamp = match stamp {
            Ok((stamp, padded)) => {
                if !padded {
                    self.report.find(Code::PaddingWrong, object.as_str(), "");
                }
                stamp
            }
            Err(fault) => {
                self.refuse(field, facts, fault);
                return None;
            }
        };
        facts.intact = true;
        facts.signer = Some(stamp.signer.subject().to_owned());
        facts.algorithm = Some(stamp.algorithm.to_string());
        Some(stamp)
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
