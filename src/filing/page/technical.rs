//! The second page: what helps whoever helps a clerk.

use super::super::VerificationRecord;
use super::clerk::capital;
use super::section::{Entry, MOST, Section};
use super::sheet::{
    AMBER, BLACK, BOTTOM, GAP, GREEN, LEFT, MEASURE, RED, SMALL, SMALL_BOLD, SMALL_PITCH, SPACE, Sheet,
    colour,
};
use crate::compose::leaf::{Length, mm};
use crate::time::Time;
use crate::verify::{
    Gathered, Indication, SealFacts, Severity, StepFacts, StepResult, covers, existed, gathered,
};

impl Sheet<'_> {
    /// Sets the page; `more` is what did not fit on the first.
    pub(super) fn technical(&mut self, record: &VerificationRecord<'_>, more: Vec<Section>) {
        let report = record.report;
        self.title("核验记录：技术信息", "Verification record: technical matters");
        let sub = report
            .sub_indication()
            .map_or_else(String::new, |sub| format!(" / {sub}"));
        self.row("EN 319 102-1", &format!("{}{sub}", report.indication()), 1);
        if let Some(policy) = report.policy {
            self.row("改动规则 Policy", policy.name(), 1);
        }
        self.y -= GAP;
        self.steps(&report.steps);
        let seals = report.seals.iter().take(MOST);
        let seals = seals.map(|seal| self.seal(seal, report.revisions)).collect();
        let found = gathered(&report.findings);
        let findings = found.iter().take(MOST);
        let findings = findings.map(|finding| self.finding(finding)).collect();
        let mut sections = more;
        sections.push(Section::new("签章 Seals", seals, report.seals.len()));
        sections.push(Section::new("核验发现 Findings", findings, found.len()));
        self.share(sections, BOTTOM + SPACE);
        let digest = &record.subject.sha256;
        let digest: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        self.number(2, &format!("SHA-256 {digest}"));
    }

    /// The steps in two columns, read downwards.
    fn steps(&mut self, steps: &[StepFacts]) {
        self.head("核验步骤 Steps");
        let rows = steps.len().div_ceil(2);
        let gap = mm(6);
        let column = (MEASURE - gap) / 2;
        let top = self.y;
        let mut lowest = top;
        for (index, facts) in steps.iter().enumerate() {
            let second = index >= rows;
            let row = if second { index - rows } else { index };
            let x = if second { LEFT + column + gap } else { LEFT };
            let y = top - SMALL_PITCH * Length::try_from(row).unwrap_or(0);
            let result = format!("{} {}", facts.result.chinese(), facts.result.english());
            let (colour, style) = match facts.result {
                StepResult::Passed => (GREEN, SMALL),
                StepResult::Failed => (RED, SMALL_BOLD),
                StepResult::Undecided => (AMBER, SMALL_BOLD),
                _ => (BLACK, SMALL),
            };
            let result = self.leaf.line(&result, style);
            let room = column - result.width() - SPACE;
            let name = format!("{} {}", facts.step.chinese(), facts.step.english());
            let name = self.leaf.lines(&name, SMALL, room, 1);
            self.leaf.put(name, x, y, SMALL_PITCH);
            let end = x + column - result.width();
            self.leaf.colour(colour);
            self.leaf.put(result, end, y, SMALL_PITCH);
            self.leaf.colour(BLACK);
            lowest = lowest.min(y - SMALL_PITCH);
        }
        self.y = lowest - GAP;
    }

    fn finding(&self, finding: &Gathered<'_>) -> Entry {
        let code = finding.code;
        let word = match code.severity() {
            Severity::Fatal => "错误 wrong",
            Severity::Doubt => "存疑 doubt",
            Severity::Note => "提示 note",
        };
        let said = finding.words();
        let texts = [
            format!("{}：{}", code.name(), said.zh),
            said.en,
            format!("→ {}。{}.", code.remedy_chinese(), capital(code.remedy())),
        ];
        self.entry(word, colour(code.severity()), &texts)
    }

    fn seal(&self, seal: &SealFacts, revisions: usize) -> Entry {
        let (time, time_chinese) = match seal.signed_at.map(Time::in_china) {
            Some(at) => (format!("Time claimed: {at}"), format!("自述时间：{at}")),
            None => ("No time stated".to_owned(), "未载明时间".to_owned()),
        };
        let (english, chinese) = covers(seal, revisions);
        let (indication, sub) = seal.verdict();
        let sub = sub.map_or_else(String::new, |sub| format!(" / {sub}"));
        let mut texts = vec![
            seal.signer
                .clone()
                .unwrap_or_else(|| "证书不明 certificate not known".to_owned()),
            format!("{time_chinese}；覆盖{chinese}"),
            format!("{time}; covers {english}"),
            format!("{}；{indication}{sub}", seal.algorithm.as_deref().unwrap_or("—")),
        ];
        if let Some(proven) = &seal.proven {
            let (english, chinese) = existed(proven);
            texts.push(format!("证明 proven: {chinese}；{english}"));
        }
        for stamp in &seal.time_stamps {
            let trusted = match (stamp.trusted, stamp.revocation_known) {
                (true, true) => "可信且未撤销 trusted, not revoked",
                (true, false) => "可信 trusted",
                (false, _) => "不能证明时间 proves nothing",
            };
            texts.push(format!(
                "时间戳 time stamp: {}（{trusted}）{}",
                stamp.time.in_china(),
                stamp.authority
            ));
        }
        let colour = match indication {
            Indication::TotalPassed => BLACK,
            _ => AMBER,
        };
        self.entry(&seal.field, colour, &texts)
    }
}
