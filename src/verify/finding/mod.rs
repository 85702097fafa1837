//! What can be wrong with a file or a code: findings, and which of them leads. The codes are in [`catalogue`].

mod catalogue;
pub(super) mod evidence;

pub use catalogue::Code;

use core::fmt;

use serde::Serialize;

use super::answers::{Words, words};
use super::indication::SubIndication;
use evidence::{Evidence, about, goes_without_saying};

/// What a finding does to the verdict. Ordered: later variants weigh more.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// Worth knowing; changes nothing.
    Note,
    /// Something needed for a verdict is missing or stale: the outcome is at best `Indeterminate`.
    Doubt,
    /// The outcome is `NotAuthentic`.
    Fatal,
}

/// One thing the verifier noticed.
#[non_exhaustive]
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Finding {
    /// What it is.
    pub code: Code,
    /// Which object it concerns: a field name, `object 12`, `certificate CN=...`, `record issuer.code`.
    pub object: String,
    /// What was seen, in a few English words, times in UTC; empty if the code says all. Never raw document text. [`Finding::words`] has
    /// it for people.
    pub evidence: String,
    told: Words,
}

impl Finding {
    /// A finding about `object`.
    pub(super) fn new(code: Code, object: impl Into<String>, evidence: impl Into<Evidence>) -> Self {
        let Evidence { kept, told } = evidence.into();
        Self {
            code,
            object: object.into(),
            evidence: kept,
            told,
        }
    }

    /// What is wrong, about what, and what was seen, in English and Chinese, times as clocks in China show them. What is technical was
    /// seen in English alone.
    #[must_use]
    pub fn words(&self) -> Words {
        said(self.code, &[self.object.as_str()], &self.told)
    }

    /// As [`Finding::words`], without the object where the file has only one of it, and in Chinese without what is technical.
    pub(super) fn reason(&self, only_seal: bool) -> Words {
        let plain = goes_without_saying(&self.object) || (only_seal && self.object.starts_with("field "));
        let objects: &[&str] = if plain { &[] } else { &[&self.object] };
        let en = said(self.code, objects, &self.told).en;
        let spoken = if self.told.zh.is_empty() {
            &Words::default()
        } else {
            &self.told
        };
        words(en, said(self.code, objects, spoken).zh)
    }

    /// What was seen, for people.
    pub(super) fn told(&self) -> &Words {
        &self.told
    }
}

/// Findings that say the same of several objects, as one.
pub(crate) struct Gathered<'f> {
    pub(crate) code: Code,
    pub(crate) objects: Vec<&'f str>,
    told: &'f Words,
}

impl Gathered<'_> {
    /// As [`Finding::words`].
    pub(crate) fn words(&self) -> Words {
        said(self.code, &self.objects, self.told)
    }
}

/// `findings` in their order, those that follow each other and differ in the object alone as one.
pub(crate) fn gathered(findings: &[Finding]) -> Vec<Gathered<'_>> {
    let mut all: Vec<Gathered<'_>> = vec![];
    for finding in findings {
        match all.last_mut() {
            Some(last) if last.code == finding.code && *last.told == finding.told => {
                last.objects.push(&finding.object);
            }
            _ => all.push(Gathered {
                code: finding.code,
                objects: vec![&finding.object],
                told: &finding.told,
            }),
        }
    }
    all
}

fn said(code: Code, objects: &[&str], told: &Words) -> Words {
    let mut said = words(code.english(), code.chinese());
    let objects: Vec<Words> = objects
        .iter()
        .filter(|it| !it.is_empty())
        .map(|it| about(it))
        .collect();
    if !objects.is_empty() {
        let all = |of: fn(&Words) -> &str| objects.iter().map(of).collect::<Vec<_>>();
        said.en.push_str(&format!(" [{}]", all(|it| &it.en).join("; ")));
        said.zh.push_str(&format!("［{}］", all(|it| &it.zh).join("；")));
    }
    if !told.en.is_empty() {
        let chinese = if told.zh.is_empty() { &told.en } else { &told.zh };
        said.en.push_str(&format!(" ({})", told.en));
        said.zh.push_str(&format!("（{chinese}）"));
    }
    said
}

/// `coverage.gap-not-contents: field Seal: the bytes left out of the digest are not exactly ...`
impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code.name(), self.code.english())?;
        if !self.object.is_empty() {
            write!(f, " [{}]", self.object)?;
        }
        if !self.evidence.is_empty() {
            write!(f, " ({})", self.evidence)?;
        }
        Ok(())
    }
}

impl Serialize for Finding {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeStruct;
        let mut out = serializer.serialize_struct("Finding", 9)?;
        out.serialize_field("code", self.code.name())?;
        out.serialize_field("severity", &self.code.severity())?;
        out.serialize_field("object", &self.object)?;
        out.serialize_field("evidence", &self.evidence)?;
        let sub = self.code.sub_indication().map_or("", SubIndication::name);
        out.serialize_field("sub_indication", sub)?;
        out.serialize_field("en", self.code.english())?;
        out.serialize_field("zh", self.code.chinese())?;
        out.serialize_field("remedy_en", self.code.remedy())?;
        out.serialize_field("remedy_zh", self.code.remedy_chinese())?;
        out.end()
    }
}

/// Puts the most useful finding first: by severity, then by the catalogue's order; otherwise as found.
pub(super) fn rank(findings: &mut [Finding]) {
    findings.sort_by(|a, b| {
        b.code
            .severity()
            .cmp(&a.code.severity())
            .then(a.code.cmp(&b.code))
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verify::Indication;

    #[test]
    fn a_finding_says_its_code_what_is_wrong_where_and_what_was_seen() {
        let english = Code::ListMissing.english();
        let said =
            |object: &str, evidence: &str| Finding::new(Code::ListMissing, object, evidence).to_string();
        assert_eq!(said("", ""), format!("authority.no-list: {english}"));
        assert_eq!(said("code", ""), format!("authority.no-list: {english} [code]"));
        assert_eq!(said("", "seen"), format!("authority.no-list: {english} (seen)"));
    }

    #[test]
    fn names_are_unique_and_well_formed() {
        let mut names: Vec<_> = Code::ALL.iter().map(|code| code.name()).collect();
        let count = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), count);
        for name in names {
            let (area, rest) = name.split_once('.').unwrap();
            assert!(
                !area.is_empty()
                    && rest
                        .chars()
                        .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-'),
                "{name}"
            );
        }
    }

    /// EN 319 102-1, clause 5.1.3: what is only in doubt is never called a failure of the signature, every reason has a
    /// sub-indication, and a remark has none.
    #[test]
    fn sub_indication_fits_the_severity() {
        for code in Code::ALL {
            let main = code.sub_indication().map(SubIndication::indication);
            match (code.severity(), main) {
                (Severity::Fatal, Some(Indication::TotalFailed | Indication::Indeterminate))
                | (Severity::Doubt, Some(Indication::Indeterminate))
                | (Severity::Note, None) => {}
                wrong => panic!("{}: {wrong:?}", code.name()),
            }
        }
    }

    #[test]
    fn severity_leads_over_the_order_of_the_catalogue() {
        for &a in Code::ALL {
            for &b in Code::ALL {
                let mut findings = [Finding::new(a, "", ""), Finding::new(b, "", "")];
                rank(&mut findings);
                let [first, second] = findings.map(|finding| finding.code);
                assert!(first.severity() >= second.severity());
                assert!(first.severity() > second.severity() || first <= second);
            }
        }
    }

    /// Of two findings, the one that tells more of what happened or what to do.
    const LEADS: &[(Code, Code)] = &[
        // A forgery before what is missing for a verdict.
        (Code::GapNotContents, Code::TrustMissing),
        (Code::RangeMalformed, Code::ChainMissing),
        (Code::DigestMismatch, Code::ChainExpired),
        (Code::CodeSignatureInvalid, Code::IssuerUnknown),
        // Nothing more is known of what cannot be read.
        (Code::FileUnreadable, Code::FileNotSigned),
        (Code::FileEncrypted, Code::TrustMissing),
        // That a seal was hidden or is beside the form explains why there is none.
        (Code::SealVanished, Code::FileNotSigned),
        (Code::RangeMalformed, Code::FileNotSigned),
        // The sealed revision is still there to be used.
        (Code::ChangedAfterSeal, Code::DigestMismatch),
        // Which bytes, then whether they are the ones, then whose key.
        (Code::RangeMalformed, Code::DigestMismatch),
        (Code::DigestMismatch, Code::SignatureInvalid),
        (Code::SignatureInvalid, Code::ChainInvalid),
        (Code::CmsMalformed, Code::ChainInvalid),
        // Whose key, then what it may, then what the result says, then its code.
        (Code::ChainInvalid, Code::TypeNotPermitted),
        (Code::TypeNotPermitted, Code::RecordExpired),
        (Code::RecordMalformed, Code::CodeRecordMismatch),
        (Code::RecordExpired, Code::CodeExpired),
        // No trust at all explains the missing path; an outdated list that nobody is found on it.
        (Code::TrustMissing, Code::ChainMissing),
        (Code::ListExpired, Code::IssuerUnknown),
        (Code::ListNotYetValid, Code::IssuerUnknown),
        (Code::ChainMissing, Code::IssuerUnknown),
        // A forged code before one that is merely old.
        (Code::CodeSignatureInvalid, Code::CodeExpired),
        (Code::CodeDraftMismatch, Code::CodeDrawingMismatch),
        // Remarks last.
        (Code::ImageSeveralCodes, Code::SignerCertificateUnbound),
    ];

    #[test]
    fn the_more_useful_finding_leads() {
        for &(leader, follower) in LEADS {
            for (a, b) in [(leader, follower), (follower, leader)] {
                let mut findings = [Finding::new(a, "", ""), Finding::new(b, "", "")];
                rank(&mut findings);
                assert_eq!(
                    findings[0].code,
                    leader,
                    "{} over {}",
                    leader.name(),
                    follower.name()
                );
            }
        }
    }
}
