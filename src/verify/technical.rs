//! What helps whoever helps a clerk: the standard's words, every seal, every step, every finding.

use super::change::ChangePolicy;
use super::columns::pair;
use super::facts::{Coverage, Modification, SealFacts, SealKind, TimeStampFacts};
use super::finding::{Severity, gathered};
use super::moment::{Proof, ProvenTime};
use super::report::Report;
use super::text::{INDENT, Page};

impl Page {
    /// Everything that is not an answer to a clerk's question.
    pub(super) fn technical(&mut self, report: &Report) {
        self.gap();
        self.head("for whoever helps", "技术信息");
        let sub = report
            .sub_indication()
            .map_or_else(String::new, |sub| format!(" / {sub}"));
        self.row(
            "EN 319 102-1",
            "",
            &format!("{}{sub}", report.indication().name()),
        );
        // The usual one goes without saying.
        if let Some(policy) = report.policy.filter(|policy| *policy != ChangePolicy::default()) {
            self.row("policy", "改动规则", policy.name());
        }
        for (number, seal) in (1..).zip(&report.seals) {
            self.gap();
            self.seal(number, seal, report.revisions);
        }
        self.steps(report);
        self.findings(report);
    }

    fn seal(&mut self, number: usize, seal: &SealFacts, revisions: usize) {
        match seal.kind {
            SealKind::Seal => self.row(&format!("seal {number}"), "签章", &seal.field),
            SealKind::DocumentTimeStamp => {
                self.row(&format!("time stamp {number}"), "时间戳", &seal.field);
            }
        }
        match &seal.signer {
            Some(signer) => self.row("  certificate", "证书", signer),
            None => self.rows("  certificate", "证书", "not known", "不明"),
        }
        for stamp in &seal.time_stamps {
            let (english, chinese) = stamped(stamp);
            self.rows("  time stamp", "时间戳", &english, &chinese);
        }
        match seal.signed_at {
            Some(at) => self.rows(
                "  time",
                "时间",
                &format!("{}, as the signer says", at.in_china()),
                &format!("{}（签章方自述）", at.in_china()),
            ),
            None => self.rows("  time", "时间", "not stated", "未载明"),
        }
        if let Some(proven) = &seal.proven {
            let (english, chinese) = existed(proven);
            self.rows("  proven", "证明", &english, &chinese);
        }
        let (english, chinese) = covers(seal, revisions);
        self.rows("  covers", "范围", &english, &chinese);
        let (indication, sub) = seal.verdict();
        let sub = sub.map_or_else(String::new, |sub| format!(" / {sub}"));
        self.row("  EN 319 102-1", "", &format!("{}{sub}", indication.name()));
    }

    fn steps(&mut self, report: &Report) {
        self.gap();
        self.head("steps", "核验步骤");
        let room = self.label();
        for facts in &report.steps {
            let result = self.one(facts.result.english(), facts.result.chinese());
            let step = self.one(facts.step.english(), facts.step.chinese());
            pair(&mut self.out, INDENT, &result, room, &step);
        }
    }

    fn findings(&mut self, report: &Report) {
        if report.findings.is_empty() {
            return;
        }
        self.gap();
        self.head("findings, most useful first", "核验发现（按重要性排列）");
        for finding in gathered(&report.findings) {
            let mark = match finding.code.severity() {
                Severity::Fatal => ("WRONG", "错误"),
                Severity::Doubt => ("DOUBT", "存疑"),
                Severity::Note => ("note", "提示"),
            };
            let mark = self.one(mark.0, mark.1);
            pair(&mut self.out, INDENT, &mark, 12, finding.code.name());
            let said = finding.words();
            for text in self.both(&said.en, &said.zh) {
                pair(&mut self.out, INDENT, "", 12, text);
            }
            for text in self.both(finding.code.remedy(), finding.code.remedy_chinese()) {
                pair(&mut self.out, INDENT, "", 12, &format!("-> {text}"));
            }
        }
    }
}

/// When a seal or time stamp is proven to have existed, and by what, in both languages.
pub(crate) fn existed(proven: &ProvenTime) -> (String, String) {
    let time = proven.time.in_china();
    let (english, chinese) = match proven.by {
        Proof::DocumentTimeStamp => ("a document time stamp", "文档时间戳"),
        Proof::SignatureTimeStamp => ("its time stamp", "签章时间戳"),
    };
    (
        format!("not later than {time}, by {english}"),
        format!("不晚于 {time}（{chinese}）"),
    )
}

/// The time that a time stamp states, and whether its authority is trusted, in both languages.
fn stamped(stamp: &TimeStampFacts) -> (String, String) {
    let (english, chinese) = match (stamp.trusted, stamp.revocation_known) {
        (true, true) => (
            "by a trusted authority, not revoked then",
            "机构可信，证书当时未被撤销",
        ),
        (true, false) => ("by a trusted authority", "机构可信"),
        (false, _) => ("proves nothing, see findings", "不能证明时间，见核验发现"),
    };
    let time = stamp.time.in_china();
    (
        format!("{time}, {english}: {}", stamp.authority),
        format!("{time}（{chinese}）：{}", stamp.authority),
    )
}

/// Which part of the file a seal stands for, and what came after it, in both languages.
pub(crate) fn covers(seal: &SealFacts, revisions: usize) -> (String, String) {
    let (later, later_chinese) = match seal.modification {
        Modification::None => ("", ""),
        Modification::LtaUpdate => (", then validation data and the like", "，其后仅增加验证数据等"),
        Modification::FormFill => (", then forms and further seals", "，其后填写表单或另行签章"),
        Modification::Annotate => (", then annotations", "，其后增加批注"),
        Modification::Other => (", then other changes", "，其后有其他改动"),
    };
    match (seal.coverage, seal.revision) {
        (Coverage::File, _) => ("the whole file".to_owned(), "全文".to_owned()),
        (Coverage::Revision, Some(revision)) => {
            let bytes = seal.revision_length.unwrap_or_default();
            (
                format!("revision {revision} of {revisions}, the first {bytes} bytes{later}"),
                format!("第 {revision} 版（共 {revisions} 版），前 {bytes} 字节{later_chinese}"),
            )
        }
        _ => ("no clear part of the file".to_owned(), "范围不明".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_seal_covers_is_told_with_what_came_after_it() {
        let mut seal = SealFacts::new("A");
        seal.revision = Some(2);
        seal.revision_length = Some(100);
        assert_eq!(covers(&seal, 3).0, "no clear part of the file");
        seal.coverage = Coverage::File;
        assert_eq!(covers(&seal, 3), ("the whole file".to_owned(), "全文".to_owned()));
        seal.coverage = Coverage::Revision;
        let later = [
            (Modification::None, "", ""),
            (
                Modification::LtaUpdate,
                ", then validation data and the like",
                "，其后仅增加验证数据等",
            ),
            (
                Modification::FormFill,
                ", then forms and further seals",
                "，其后填写表单或另行签章",
            ),
            (Modification::Annotate, ", then annotations", "，其后增加批注"),
            (Modification::Other, ", then other changes", "，其后有其他改动"),
        ];
        for (level, english, chinese) in later {
            seal.modification = level;
            let (found, found_chinese) = covers(&seal, 3);
            assert_eq!(found, format!("revision 2 of 3, the first 100 bytes{english}"));
            assert_eq!(found_chinese, format!("第 2 版（共 3 版），前 100 字节{chinese}"));
        }
        seal.revision = None;
        assert_eq!(covers(&seal, 3).1, "范围不明");
    }
}
