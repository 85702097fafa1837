//! The steps of verifying, and what came of each: only what was carried out can have passed.

use serde::{Serialize, Serializer};

use super::finding::{Code, Finding, Severity};

macro_rules! steps {
    ($($variant:ident $name:literal $english:literal $chinese:literal)*) => {
        /// One step on the way to a verdict, in the order in which they are carried out.
        #[non_exhaustive]
        #[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
        pub enum Step {
            $(#[doc = concat!($english, ".")] $variant,)*
        }

        impl Step {
            /// Every step, in order.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The stable name.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),* }
            }

            /// What the step is, English.
            #[must_use]
            pub fn english(self) -> &'static str {
                match self { $(Self::$variant => $english),* }
            }

            /// What the step is, Chinese.
            #[must_use]
            pub fn chinese(self) -> &'static str {
                match self { $(Self::$variant => $chinese),* }
            }
        }
    };
}

steps! {
    Reading "reading" "file read strictly" "文件严格解析"
    Structure "structure" "structure has one meaning" "文件结构无歧义"
    Seals "seals" "seals of all revisions" "各版本签章"
    Coverage "coverage" "bytes covered by each seal" "签章覆盖范围"
    Changes "changes" "changes after each seal" "盖章后改动"
    Signature "signature" "digest and signature value" "摘要与签名值"
    Chain "chain" "certificate leads to a root" "证书链"
    Time "time" "certificates valid at that time" "证书有效期"
    Revocation "revocation" "certificates not revoked" "证书未被撤销"
    Authority "authority" "sealing body may issue this" "盖章机关授权"
    Record "record" "record valid and in force" "所附结果信息"
    Code "code" "code signed, same as the file" "二维码凭证"
    Drawing "drawing" "code drawn on the page" "页面二维码图形"
    Seen "seen" "what is seen is what was sealed" "所见即所签"
    Status "status" "present status" "现时状态"
}

impl Serialize for Step {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

/// What came of a step.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum StepResult {
    /// Carried out for everything it concerns, and nothing speaks against it.
    Passed,
    /// Could not be decided: a finding says what is missing.
    Undecided,
    /// Something is wrong: a finding says what.
    Failed,
    /// An earlier step ended the way.
    NotReached,
    /// There is nothing here that it could be about.
    NotApplicable,
    /// Not carried out, because nothing to check it with was given or this version does not do it.
    NotChecked,
}

impl StepResult {
    /// The word for people, English.
    #[must_use]
    pub fn english(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Undecided => "undecided",
            Self::Failed => "failed",
            Self::NotReached => "not reached",
            Self::NotApplicable => "not applicable",
            Self::NotChecked => "not checked",
        }
    }

    /// The word for people, Chinese.
    #[must_use]
    pub fn chinese(self) -> &'static str {
        match self {
            Self::Passed => "通过",
            Self::Undecided => "无法判定",
            Self::Failed => "未通过",
            Self::NotReached => "未进行",
            Self::NotApplicable => "不适用",
            Self::NotChecked => "未核查",
        }
    }
}

/// A step and what came of it.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
pub struct StepFacts {
    /// Which step.
    pub step: Step,
    /// What came of it.
    pub result: StepResult,
}

impl Code {
    /// The step that this finding is about.
    #[must_use]
    pub fn step(self) -> Step {
        match self {
            Self::FileAmbiguous => return Step::Structure,
            Self::FileNotSigned | Self::SealVanished => return Step::Seals,
            Self::ChainExpired | Self::ChainExpiredSince | Self::ChainNotYetValid => return Step::Time,
            Self::CodeDrawingMismatch => return Step::Drawing,
            _ => {}
        }
        let (area, _) = self.name().split_once('.').unwrap_or_default();
        match area {
            "coverage" => Step::Coverage,
            "change" => Step::Changes,
            "signature" => Step::Signature,
            "trust" | "chain" => Step::Chain,
            "timestamp" => Step::Time,
            "revocation" => Step::Revocation,
            "authority" | "joint" => Step::Authority,
            "record" | "holder" | "copy" => Step::Record,
            "code" | "image" => Step::Code,
            "seen" => Step::Seen,
            "status" => Step::Status,
            // What cannot be read.
            _ => Step::Reading,
        }
    }
}

/// How often each step was to be carried out, and how often it was.
#[derive(Clone, Debug, Default)]
pub(super) struct Ledger([Count; Step::ALL.len()]);

#[derive(Clone, Copy, Debug, Default)]
struct Count {
    begun: usize,
    done: usize,
    waived: usize,
    unchecked: usize,
}

impl Ledger {
    /// The step is to be carried out (once more: for another seal, another signer).
    pub(super) fn begin(&mut self, step: Step) {
        self.count(step, |count| count.begun += 1);
    }

    /// One that was begun was carried out to its end.
    pub(super) fn done(&mut self, step: Step) {
        self.count(step, |count| count.done += 1);
    }

    /// One that was begun turned out to have nothing to be about.
    pub(super) fn waive(&mut self, step: Step) {
        self.count(step, |count| count.waived += 1);
    }

    /// One that was begun has nothing to be checked with.
    pub(super) fn unchecked(&mut self, step: Step) {
        self.count(step, |count| count.unchecked += 1);
    }

    /// One that had nothing to be checked with turned out to have.
    pub(super) fn check(&mut self, step: Step) {
        self.count(step, |count| {
            count.unchecked = count.unchecked.saturating_sub(1);
            count.done = count.begun;
        });
    }

    fn count(&mut self, step: Step, change: impl FnOnce(&mut Count)) {
        let index = Step::ALL.iter().position(|other| *other == step);
        if let Some(count) = index.and_then(|index| self.0.get_mut(index)) {
            change(count);
        }
    }

    /// What came of every step. A finding speaks louder than the count, and a step whose count is not full did not pass.
    pub(super) fn settle(&self, findings: &[Finding]) -> Vec<StepFacts> {
        let steps = Step::ALL.iter().zip(&self.0);
        steps
            .map(|(&step, count)| {
                let of_step = findings.iter().filter(|finding| finding.code.step() == step);
                let result = match of_step.map(|finding| finding.code.severity()).max() {
                    Some(Severity::Fatal) => StepResult::Failed,
                    Some(Severity::Doubt) => StepResult::Undecided,
                    Some(Severity::Note) | None => count.result(),
                };
                StepFacts { step, result }
            })
            .collect()
    }
}

impl Count {
    fn result(self) -> StepResult {
        let Self {
            begun,
            done,
            waived,
            unchecked,
        } = self;
        match begun {
            0 => StepResult::NotReached,
            _ if unchecked > 0 => StepResult::NotChecked,
            _ if waived == begun => StepResult::NotApplicable,
            _ if done.checked_add(waived) == Some(begun) => StepResult::Passed,
            _ => StepResult::NotReached,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn result(ledger: &Ledger, findings: &[Finding], step: Step) -> StepResult {
        let settled = ledger.settle(findings);
        settled.iter().find(|facts| facts.step == step).unwrap().result
    }

    #[test]
    fn what_was_not_carried_out_has_not_passed() {
        let mut ledger = Ledger::default();
        for facts in ledger.settle(&[]) {
            assert_eq!(facts.result, StepResult::NotReached, "{:?}", facts.step);
        }
        // Two seals, of which one was looked at.
        ledger.begin(Step::Signature);
        ledger.begin(Step::Signature);
        ledger.done(Step::Signature);
        assert_eq!(result(&ledger, &[], Step::Signature), StepResult::NotReached);
        ledger.done(Step::Signature);
        assert_eq!(result(&ledger, &[], Step::Signature), StepResult::Passed);
    }

    #[test]
    fn unchecked_and_waived_are_told_apart_from_passed() {
        let mut ledger = Ledger::default();
        ledger.begin(Step::Chain);
        ledger.waive(Step::Chain);
        assert_eq!(result(&ledger, &[], Step::Chain), StepResult::NotApplicable);
        ledger.begin(Step::Chain);
        ledger.done(Step::Chain);
        assert_eq!(result(&ledger, &[], Step::Chain), StepResult::Passed);
        ledger.begin(Step::Authority);
        ledger.unchecked(Step::Authority);
        assert_eq!(result(&ledger, &[], Step::Authority), StepResult::NotChecked);
    }

    #[test]
    fn a_finding_outweighs_the_count() {
        let mut ledger = Ledger::default();
        for &step in Step::ALL {
            ledger.begin(step);
            ledger.done(step);
        }
        for &code in Code::ALL {
            let expected = match code.severity() {
                Severity::Fatal => StepResult::Failed,
                Severity::Doubt => StepResult::Undecided,
                Severity::Note => StepResult::Passed,
            };
            let findings = [Finding::new(code, "", "")];
            assert_eq!(
                result(&ledger, &findings, code.step()),
                expected,
                "{}",
                code.name()
            );
        }
    }

    #[test]
    fn findings_belong_to_the_step_that_found_them() {
        for (code, step) in [
            (Code::FileAmbiguous, Step::Structure),
            (Code::FileUnreadable, Step::Reading),
            (Code::FileNotSigned, Step::Seals),
            (Code::ChainExpired, Step::Time),
            (Code::ChainNotYetValid, Step::Time),
            (Code::ChainMissing, Step::Chain),
            (Code::CodeDrawingMismatch, Step::Drawing),
            (Code::CodeExpired, Step::Code),
            (Code::ImageUnreadable, Step::Code),
            (Code::SeenRuns, Step::Seen),
            (Code::StatusNotGiven, Step::Status),
        ] {
            assert_eq!(code.step(), step, "{}", code.name());
        }
    }

    #[test]
    fn names_are_unique() {
        let mut names: Vec<_> = Step::ALL.iter().map(|step| step.name()).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), Step::ALL.len());
    }
}
