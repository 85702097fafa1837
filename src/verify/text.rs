//! The report for people: the verdict, its reason and what to do, then who, when and what, then the steps and the rest.

use super::change::ChangePolicy;
use super::columns::{pair, width};
use super::facts::{Coverage, Modification, SealFacts, SealKind, TimeStampFacts};
use super::finding::{Finding, Severity};
use super::moment::{Proof, ProvenTime};
use super::report::{Authentic, Outcome, Report};

/// The language of a text for people.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Language {
    /// English.
    English,
    /// Chinese, simplified characters.
    Chinese,
    /// English, and Chinese beside or below it.
    #[default]
    Both,
}

impl Report {
    /// The report as text for a terminal: lines of at most 100 columns (Han characters count two), each ended by a line feed.
    ///
    /// What comes from the file is shown with its control characters replaced.
    #[must_use]
    pub fn text(&self, language: Language) -> String {
        let mut page = Page {
            language,
            out: String::new(),
        };
        page.verdict(self);
        page.facts(self);
        page.steps(self);
        page.findings(self);
        page.out
    }

    /// What to do with the file or code, English and Chinese.
    #[must_use]
    pub fn advice(&self) -> (&'static str, &'static str) {
        match self.outcome {
            Outcome::NotAuthentic => ("NOT AUTHENTIC: do NOT accept it", "不予采信"),
            Outcome::Indeterminate => ("CANNOT TELL: do not accept it yet", "无法判定，暂不采信"),
            Outcome::Authentic if self.sample() => (
                "authentic, but a SAMPLE without effect: not to be relied on",
                "真实样例，不得作为办事依据",
            ),
            Outcome::Authentic if self.copied().is_some() => (
                "AUTHENTIC COPY: accept it for the recipient and use it names, and for nothing else",
                "加注件真实，仅限所载单位用于所载用途",
            ),
            // The code proves its fields, not the paper it stands on.
            Outcome::Authentic if self.length.is_none() => (
                "AUTHENTIC CODE: accept the paper only if it says the same",
                "二维码真实，与纸面逐项一致方可采信",
            ),
            Outcome::Authentic if self.rebuilt().is_some() => (
                "AUTHENTIC FILE IN THE CODE: accept the file, and the paper only if it says the same",
                "码内文件真实：以还原文件为准，与纸面逐项一致方可采信",
            ),
            Outcome::Authentic => ("AUTHENTIC: you may accept it", "可以采信"),
        }
    }

    /// Whether what was proved authentic, file or code, calls itself a sample.
    pub(crate) fn sample(&self) -> bool {
        self.authentic().is_ok_and(|authentic| {
            authentic.record().is_some_and(crate::record::Record::sample)
                || authentic.payload().is_some_and(crate::payload::Payload::sample)
                || authentic.copy().is_some_and(|terms| terms.original.sample)
        })
    }
}

struct Page {
    language: Language,
    out: String,
}

/// Where values start, from the left edge of their section.
const LABEL: usize = 16;
const LABEL_BOTH: usize = 24;
const INDENT: usize = 2;

impl Page {
    fn verdict(&mut self, report: &Report) {
        let (english, chinese) = report.advice();
        let line = self.one(english, chinese);
        pair(&mut self.out, 0, &line, 0, "");
        self.row("as of", "核验时点", &report.at.to_string());
        if let Some(finding) = report
            .findings
            .first()
            .filter(|f| f.code.severity() > Severity::Note)
        {
            let (english, chinese) = sentences(finding);
            self.rows("because", "原因", &english, &chinese);
            self.rows("do", "处理", finding.code.remedy(), finding.code.remedy_chinese());
        }
        if let Some((english, chinese)) = report.copy_sentences() {
            self.rows("copy", "加注件", &english, &chinese);
        }
        // The usual one goes without saying.
        if let Some(policy) = report.policy.filter(|policy| *policy != ChangePolicy::default()) {
            self.row("policy", "改动规则", policy.name());
        }
        let sub = report
            .sub_indication()
            .map_or_else(String::new, |sub| format!(" / {sub}"));
        self.row(
            "EN 319 102-1",
            "",
            &format!("{}{sub}", report.indication().name()),
        );
    }

    fn facts(&mut self, report: &Report) {
        if let Some(list) = &report.list {
            self.gap();
            match &list.issuer {
                Some((name, code)) => self.row("by", "机关", &format!("{name} ({code})")),
                None => self.rows("by", "机关", "no issuer on the list", "名录未收录"),
            }
            // Whole days, rounded down; a list from the future has a negative age.
            let days = list.age_seconds.div_euclid(86_400);
            self.rows(
                "authority list",
                "授权名录",
                &format!(
                    "no. {} of {}, {days} days old, good until {}",
                    list.sequence, list.issued, list.expires
                ),
                &format!(
                    "第 {} 号，签发于 {}，已 {days} 天，有效至 {}",
                    list.sequence, list.issued, list.expires
                ),
            );
        }
        self.required(report);
        for (number, seal) in (1..).zip(&report.seals) {
            self.gap();
            self.seal(number, seal, report.revisions);
        }
        if let Ok(authentic) = report.authentic() {
            self.says(&authentic);
        }
    }

    /// Who must seal a joint result, and who has.
    fn required(&mut self, report: &Report) {
        if report.required.is_empty() {
            return;
        }
        self.gap();
        self.head("departments that must seal", "应盖章机关");
        let widest = report
            .required
            .iter()
            .map(|required| width(&required.name))
            .max()
            .unwrap_or(0);
        for required in &report.required {
            let at = required.signed_at.map(|at| at.to_string()).unwrap_or_default();
            let said = match required.sealed {
                true => self.one(&format!("sealed {at}"), "已盖章"),
                false if required.signer.is_some() => self.one("NO VALID SEAL", "签章无效"),
                false => self.one("MISSING", "未盖章"),
            };
            pair(&mut self.out, INDENT, &required.name, widest.min(48) + 2, &said);
        }
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
                &format!("{at}, as the signer says"),
                &format!("{at}（签署人自称）"),
            ),
            None => self.rows("  time", "时间", "not stated", "未写明"),
        }
        if let Some(proven) = &seal.proven {
            let (english, chinese) = existed(proven, &proven.time.to_string());
            self.rows("  proven", "证明", &english, &chinese);
        }
        let (english, chinese) = covers(seal, revisions);
        self.rows("  covers", "范围", &english, &chinese);
        let (indication, sub) = seal.verdict();
        let sub = sub.map_or_else(String::new, |sub| format!(" / {sub}"));
        self.row("  EN 319 102-1", "", &format!("{}{sub}", indication.name()));
    }

    fn says(&mut self, authentic: &Authentic<'_>) {
        let fields = authentic.fields();
        if fields.is_empty() {
            return;
        }
        self.gap();
        if authentic.copy().is_some() {
            self.head(
                "what the copy says; it is not the result itself",
                "加注件内容（非原件）",
            );
        } else if authentic.record().is_some() {
            self.head("what the result says", "结果内容");
        } else {
            self.head(
                "what the code says; compare with the paper, word for word",
                "码内内容，请与纸面逐项比对",
            );
        }
        let widest = fields.iter().map(|field| width(&field.label)).max().unwrap_or(0);
        for field in &fields {
            pair(
                &mut self.out,
                INDENT,
                &field.label,
                widest.min(40) + 2,
                &field.value,
            );
        }
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
        for finding in &report.findings {
            let mark = match finding.code.severity() {
                Severity::Fatal => ("WRONG", "错误"),
                Severity::Doubt => ("DOUBT", "存疑"),
                Severity::Note => ("note", "提示"),
            };
            let mark = self.one(mark.0, mark.1);
            pair(&mut self.out, INDENT, &mark, 12, finding.code.name());
            let (english, chinese) = sentences(finding);
            for text in self.both(&english, &chinese) {
                pair(&mut self.out, INDENT, "", 12, text);
            }
            for text in self.both(finding.code.remedy(), finding.code.remedy_chinese()) {
                pair(&mut self.out, INDENT, "", 12, &format!("-> {text}"));
            }
        }
    }

    /// A label and a value that is the same in every language.
    fn row(&mut self, english: &str, chinese: &str, value: &str) {
        let (label, room) = (self.one(english, chinese), self.label());
        pair(&mut self.out, INDENT, &label, room, value);
    }

    /// A label and a value in each language asked for.
    fn rows(&mut self, english: &str, chinese: &str, value: &str, chinese_value: &str) {
        let (mut label, room) = (self.one(english, chinese), self.label());
        for text in self.both(value, chinese_value) {
            pair(&mut self.out, INDENT, &label, room, text);
            label.clear();
        }
    }

    fn head(&mut self, english: &str, chinese: &str) {
        let line = self.one(english, chinese);
        pair(&mut self.out, 0, &line, 0, "");
    }

    fn gap(&mut self) {
        self.out.push('\n');
    }

    fn label(&self) -> usize {
        match self.language {
            Language::English | Language::Chinese => LABEL,
            Language::Both => LABEL_BOTH,
        }
    }

    /// On one line. Words that are the same in both languages have no Chinese of their own.
    fn one(&self, english: &str, chinese: &str) -> String {
        let indent = english.len() - english.trim_start().len();
        match self.language {
            Language::English => english.to_owned(),
            _ if chinese.is_empty() => english.to_owned(),
            Language::Chinese => format!("{}{chinese}", " ".repeat(indent)),
            Language::Both => format!("{english} {chinese}"),
        }
    }

    fn both<'t>(&self, english: &'t str, chinese: &'t str) -> Vec<&'t str> {
        match self.language {
            Language::English => vec![english],
            Language::Chinese => vec![chinese],
            Language::Both => vec![english, chinese],
        }
    }
}

/// What is wrong, about what, and what was seen, in both languages. What was seen is said once, in English, for whoever helps.
fn sentences(finding: &Finding) -> (String, String) {
    let mut english = finding.code.english().to_owned();
    let mut chinese = finding.code.chinese().to_owned();
    if !finding.object.is_empty() {
        english.push_str(&format!(" [{}]", finding.object));
        chinese.push_str(&format!(" [{}]", finding.object));
    }
    if !finding.evidence.is_empty() {
        english.push_str(&format!(" ({})", finding.evidence));
    }
    (english, chinese)
}

/// When a seal or time stamp is proven to have existed, as `time` says, and by what, in both languages.
pub(crate) fn existed(proven: &ProvenTime, time: &str) -> (String, String) {
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
    (
        format!("{}, {english}: {}", stamp.time, stamp.authority),
        format!("{}（{chinese}）：{}", stamp.time, stamp.authority),
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
    fn a_label_keeps_its_indent_in_chinese_and_stands_where_it_has_no_chinese() {
        let said = |language| Page {
            language,
            out: String::new(),
        };
        let chinese = said(Language::Chinese);
        assert_eq!(chinese.one("  certificate", "证书"), "  证书");
        assert_eq!(chinese.one("EN 319 102-1", ""), "EN 319 102-1");
        assert_eq!(said(Language::English).one("  time", "时间"), "  time");
        assert_eq!(said(Language::Both).one("  time", "时间"), "  time 时间");
        assert_eq!(said(Language::Both).one("EN 319 102-1", ""), "EN 319 102-1");
    }

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
