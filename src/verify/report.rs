//! The verdict with its findings and facts.

use core::fmt;

use serde::Serialize;

use super::Verifier;
use super::change::ChangePolicy;
use super::facts::{Carrier, Coverage, ListFacts, RequiredSeal, SealFacts, SealKind, StatusFacts};
use super::finding::evidence::Evidence;
use super::finding::{Code, Finding, Severity, rank};
use super::indication::{Indication, SubIndication, UNEXPLAINED};
use super::step::{Ledger, Step, StepFacts, StepResult};
use crate::payload::{HolderMatch, Payload, StatusReference};
use crate::record::{Field, Identifier, Record};
use crate::terms::Terms;
use crate::time::Time;

/// The three answers. Doubt is never `Authentic`.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// Sealed by whom it says, unchanged, and standing at the time asked about, as far as the trust given tells. Whether its maker may
    /// issue it was asked if an authority list was given; [`Report::answers`] say so.
    Authentic,
    /// Do not accept: something is provably wrong.
    NotAuthentic,
    /// Cannot tell: trust, evidence or freshness is missing. The findings say what to get.
    Indeterminate,
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Authentic => "authentic 真实",
            Self::NotAuthentic => "NOT AUTHENTIC 不予采信",
            Self::Indeterminate => "cannot tell 无法判定",
        })
    }
}

/// The verdict on one file or code: outcome, findings (most useful first) and facts.
///
/// What the result *says* is only handed out by [`Report::authentic`].
#[non_exhaustive]
#[derive(Debug)]
pub struct Report {
    /// The answer.
    pub outcome: Outcome,
    /// What was noticed, most useful first.
    pub findings: Vec<Finding>,
    /// The seals found in the file, oldest first. Empty for a code alone.
    pub seals: Vec<SealFacts>,
    /// The bodies that must seal a joint result, in its order. Empty for a result of one body.
    pub required: Vec<RequiredSeal>,
    /// What the number that was typed has to do with the holder's; `None` if none was.
    pub holder: Option<HolderMatch>,
    /// The result's place on a status list, if it names one.
    pub status: Option<StatusFacts>,
    /// The authority list used, if one was given.
    pub list: Option<ListFacts>,
    /// The time the verdict is about.
    pub at: Time,
    /// How many bytes were judged; `None` for a code alone and for a file that could not be opened.
    pub length: Option<u64>,
    /// How many revisions the file has; 0 for a code alone.
    pub revisions: usize,
    /// What was accepted after a seal; `None` for a code alone.
    pub policy: Option<ChangePolicy>,
    /// Through what the result came.
    pub carrier: Carrier,
    /// Every step in its order, and what came of it.
    pub steps: Vec<StepFacts>,
    pub(super) ledger: Ledger,
    record: Option<Record>,
    payload: Option<Payload>,
    copied: Option<Terms>,
    pub(super) rebuilt: Option<Vec<u8>>,
    /// The code that the file carries, without its text form.
    pub(super) own_code: Option<Vec<u8>>,
    /// The template that the sealed revision says it was composed by.
    pub(super) template: Option<[u8; 32]>,
    /// The place on a status list that the file's seals name.
    pub(super) place: Option<StatusReference>,
    /// The version that takes the place of this one.
    pub(super) newer: Option<Identifier>,
    proved: bool,
}

impl Report {
    pub(super) fn new(verifier: &Verifier, at: Time) -> Self {
        let mut ledger = Ledger::default();
        // Until a code names a status list that is at hand.
        ledger.begin(Step::Status);
        ledger.unchecked(Step::Status);
        Self {
            outcome: Outcome::Indeterminate,
            findings: vec![],
            seals: vec![],
            required: vec![],
            // Until there is something to compare it with.
            holder: verifier.holder.as_ref().map(|_| HolderMatch::NotStated),
            status: None,
            list: None,
            at,
            length: None,
            revisions: 0,
            policy: None,
            carrier: Carrier::File,
            steps: vec![],
            ledger,
            record: None,
            payload: None,
            copied: None,
            rebuilt: None,
            own_code: None,
            template: None,
            place: None,
            newer: None,
            proved: false,
        }
    }

    /// What came of `step`.
    pub(super) fn result_of(&self, step: Step) -> StepResult {
        let mut steps = self.steps.iter();
        let found = steps.find(|facts| facts.step == step);
        found.map_or(StepResult::NotReached, |facts| facts.result)
    }

    pub(super) fn find(&mut self, code: Code, object: impl Into<String>, evidence: impl Into<Evidence>) {
        self.findings.push(Finding::new(code, object, evidence));
    }

    /// Record and payload as read, before any verdict: for the verifier's own checks.
    pub(super) fn seen(&self) -> (Option<Record>, Option<Payload>) {
        (self.record.clone(), self.payload.clone())
    }

    /// Something was proved: a trusted seal over the whole file, or a code by a key that may.
    pub(super) fn prove(&mut self) {
        self.proved = true;
    }

    /// Whether anything was.
    pub(super) fn is_proved(&self) -> bool {
        self.proved
    }

    pub(super) fn carry(&mut self, record: Option<Record>, payload: Option<Payload>) {
        self.record = record;
        self.payload = payload;
    }

    /// The file is a copy: it has terms, and neither record nor payload.
    pub(super) fn carry_copy(&mut self, terms: Terms) {
        (self.record, self.payload, self.copied) = (None, None, Some(terms));
    }

    /// What the file says it is a copy of, for whom and until when, English and Chinese: once nothing is wrong with it, whether
    /// it is accepted or not. `None` if it is no annotated copy.
    #[must_use]
    pub fn copy_sentences(&self) -> Option<(String, String)> {
        let terms = self
            .copied
            .as_ref()
            .filter(|_| self.outcome != Outcome::NotAuthentic);
        terms.map(Terms::sentences)
    }

    /// The terms as read, before any verdict.
    pub(super) fn copied(&self) -> Option<&Terms> {
        self.copied.as_ref()
    }

    /// Ranks the findings, draws the outcome from the heaviest, and settles the steps and the seals.
    pub(super) fn conclude(mut self) -> Self {
        rank(&mut self.findings);
        // The list is looked at for the seal and for the code, and says the same of both.
        self.findings.dedup();
        self.outcome = match self.findings.first().map(|finding| finding.code.severity()) {
            Some(Severity::Fatal) => Outcome::NotAuthentic,
            Some(Severity::Doubt) => Outcome::Indeterminate,
            // That nothing speaks against it is not enough.
            Some(Severity::Note) | None if self.proved => Outcome::Authentic,
            Some(Severity::Note) | None => Outcome::Indeterminate,
        };
        self.steps = self.ledger.settle(&self.findings);
        for seal in &mut self.seals {
            seal.verdict = verdict(seal, &self.findings);
        }
        self
    }

    /// The file that was rebuilt from a whole code, whatever the verdict on it; `None` if there was no such code, or it could not
    /// be rebuilt.
    #[must_use]
    pub fn rebuilt(&self) -> Option<&[u8]> {
        self.rebuilt.as_deref()
    }

    /// The proof that the verdict is `Authentic`, through which alone the record can be read.
    ///
    /// # Errors
    /// Occurs if the outcome is another; the error shows the leading finding and its remedy.
    pub fn authentic(&self) -> Result<Authentic<'_>, Refused> {
        match self.outcome {
            Outcome::Authentic => Ok(Authentic(self)),
            outcome => Err(Refused {
                outcome,
                finding: self.findings.first().cloned(),
            }),
        }
    }

    /// EN 319 102-1, clause 5.1.3: main status indication. `TotalPassed` if and only if the outcome is `Authentic`.
    #[must_use]
    pub fn indication(&self) -> Indication {
        self.sub_indication()
            .map_or(Indication::TotalPassed, SubIndication::indication)
    }

    /// EN 319 102-1, clause 5.1.3: sub-indication of the leading finding; `None` if and only if the outcome is `Authentic`.
    #[must_use]
    pub fn sub_indication(&self) -> Option<SubIndication> {
        match self.outcome {
            Outcome::Authentic => None,
            _ => Some(leading(self.findings.iter()).unwrap_or(UNEXPLAINED)),
        }
    }
}

/// The sub-indication of the first of the ranked findings that speaks against something.
fn leading<'a>(mut findings: impl Iterator<Item = &'a Finding>) -> Option<SubIndication> {
    findings.find_map(|finding| finding.code.sub_indication())
}

/// What EN 319 102-1 calls one seal.
fn verdict(seal: &SealFacts, findings: &[Finding]) -> (Indication, Option<SubIndication>) {
    let object = seal.object();
    // What names no seal counts for those it may concern.
    let about = |finding: &&Finding| {
        let concerns = match finding.code.step() {
            Step::Changes => seal.coverage != Coverage::File,
            Step::Chain | Step::Time | Step::Revocation | Step::Authority => {
                seal.kind == SealKind::Seal && !seal.trusted
            }
            _ => false,
        };
        finding.object == object || concerns && !finding.object.starts_with("field ")
    };
    let sound = seal.intact && seal.trusted && seal.coverage != Coverage::Broken;
    match leading(findings.iter().filter(about)) {
        None if sound => (Indication::TotalPassed, None),
        found => {
            let sub = match seal.kind {
                SealKind::DocumentTimeStamp if seal.intact => SubIndication::NoCertificateChainFound,
                _ => UNEXPLAINED,
            };
            let sub = found.unwrap_or(sub);
            (sub.indication(), Some(sub))
        }
    }
}

/// Proof that a report's outcome is `Authentic`. Can only be made by [`Report::authentic`].
#[derive(Clone, Copy, Debug)]
pub struct Authentic<'a>(&'a Report);

impl<'a> Authentic<'a> {
    /// The terms, if the file is an annotated copy (加注件) and not the result itself: whom and what it is for. Accept it for that
    /// use alone.
    #[must_use]
    pub fn copy(&self) -> Option<&'a Terms> {
        self.0.copied.as_ref()
    }

    /// The record attached to the sealed file; `None` for a code alone, for copies and for files made elsewhere.
    #[must_use]
    pub fn record(&self) -> Option<&'a Record> {
        self.0.record.as_ref()
    }

    /// The claims of the code; `None` if there is none.
    #[must_use]
    pub fn payload(&self) -> Option<&'a Payload> {
        self.0.payload.as_ref()
    }

    /// What to compare with the paper: from the record, or from the code where there is no record. Labels are those of GB/T 36903.
    #[must_use]
    pub fn fields(&self) -> Vec<Field> {
        if let Some(terms) = self.copy() {
            return terms.fields();
        }
        // The paper has what the record says; only a code masks the holder's code wherever it stands.
        let (claims, number, fields) = match (self.record(), self.payload()) {
            (Some(record), _) => (Payload::of(record), record.number(), record.fields()),
            (None, Some(payload)) => (payload.clone(), payload.number(), payload.fields()),
            (None, None) => return vec![],
        };
        let day = |time: Time| time.date_at_offset(8).to_string();
        let joint = claims.joint_names().join("、");
        let joint = Some(joint).filter(|joint| !joint.is_empty());
        let labelled = [
            ("证照名称", Some(claims.type_name().to_owned())),
            ("证照编号", Some(number.to_owned())),
            ("证照标识", Some(claims.identifier().to_string())),
            ("持证主体", Some(claims.holder_name().to_owned())),
            ("持证主体代码", Some(claims.masked_code().to_owned())),
            ("颁发机构", Some(claims.issuer_name().to_owned())),
            ("颁发机构代码", Some(claims.issuer().to_string())),
            ("联合颁发机构", joint),
            ("颁发日期", Some(day(claims.issued()))),
            ("有效期起始", claims.not_before().map(day)),
            ("有效期截止", claims.expiry().map(day)),
        ];
        let head = labelled.into_iter().filter_map(|(label, value)| {
            Some(Field {
                label: label.to_owned(),
                value: value?,
            })
        });
        head.chain(fields.iter().cloned()).collect()
    }
}

/// The outcome is not `Authentic`: which it is, and the leading finding.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Refused {
    outcome: Outcome,
    finding: Option<Finding>,
}

impl Refused {
    /// `NotAuthentic` or `Indeterminate`.
    #[must_use]
    pub fn outcome(&self) -> Outcome {
        self.outcome
    }

    /// The most useful finding.
    #[must_use]
    pub fn finding(&self) -> Option<&Finding> {
        self.finding.as_ref()
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.outcome)?;
        if let Some(finding) = &self.finding {
            write!(f, ": {finding}; {}", finding.code.remedy())?;
        }
        Ok(())
    }
}

impl core::error::Error for Refused {}

#[cfg(test)]
mod tests {
    use super::*;

    /// A seal in the field `A` of which everything is right.
    fn sound() -> SealFacts {
        let mut seal = SealFacts::new("A");
        (seal.intact, seal.trusted, seal.coverage) = (true, true, Coverage::File);
        seal
    }

    fn found(code: Code, object: &str) -> Finding {
        Finding::new(code, object, "")
    }

    #[test]
    fn a_sound_seal_has_passed_and_no_other_has() {
        let passed = (Indication::TotalPassed, None);
        let unexplained = (Indication::Indeterminate, Some(UNEXPLAINED));
        assert_eq!(verdict(&sound(), &[]), passed);
        for change in [
            |seal: &mut SealFacts| seal.intact = false,
            |seal: &mut SealFacts| seal.trusted = false,
            |seal: &mut SealFacts| seal.coverage = Coverage::Broken,
        ] {
            let mut seal = sound();
            change(&mut seal);
            assert_eq!(verdict(&seal, &[]), unexplained, "{seal:?}");
            seal.kind = SealKind::DocumentTimeStamp;
            let sub = match seal.intact {
                true => SubIndication::NoCertificateChainFound,
                false => UNEXPLAINED,
            };
            assert_eq!(
                verdict(&seal, &[]),
                (Indication::Indeterminate, Some(sub)),
                "{seal:?}"
            );
        }
        // A note speaks against nothing.
        assert_eq!(
            verdict(&sound(), &[found(Code::SignerCertificateUnbound, "field A")]),
            passed
        );
    }

    #[test]
    fn what_names_a_seal_is_about_it_and_what_names_none_about_those_it_concerns() {
        let sub = |seal: &SealFacts, finding: Finding| verdict(seal, &[finding]).1;
        let own = |code: Code, object: &str| sub(&sound(), found(code, object));
        let wrong = Code::SignatureInvalid.sub_indication();
        assert_eq!(own(Code::SignatureInvalid, "field A"), wrong);
        assert_eq!(own(Code::SignatureInvalid, "field B"), None);
        // A later revision concerns the seals that do not cover it.
        let changed = Code::ChangeUnexplained.sub_indication();
        let mut earlier = sound();
        earlier.coverage = Coverage::Revision;
        assert_eq!(sub(&earlier, found(Code::ChangeUnexplained, "object 3")), changed);
        assert_eq!(own(Code::ChangeUnexplained, "object 3"), None);
        assert_eq!(sub(&earlier, found(Code::ChangeUnexplained, "field B")), None);
        // Chain, time and authority concern the seals that nobody vouches for.
        for code in [Code::ChainMissing, Code::ChainExpired, Code::IssuerUnknown] {
            let mut unknown = sound();
            unknown.trusted = false;
            assert_eq!(
                sub(&unknown, found(code, "signer")),
                code.sub_indication(),
                "{code:?}"
            );
            assert_eq!(own(code, "signer"), None, "{code:?}");
            unknown.kind = SealKind::DocumentTimeStamp;
            let other = Some(SubIndication::NoCertificateChainFound);
            assert_eq!(sub(&unknown, found(code, "signer")), other, "{code:?}");
        }
        assert_eq!(own(Code::SeenRuns, "sealed revision"), None);
    }
}
