//! May I accept it, and what do I do next?

use super::super::Severity;
use super::super::finding::Code;
use super::super::report::{Outcome, Report};
use super::body::{self, NO_LIST, PERMITTED};
use super::{Found, Row, Words, words};
use crate::payload::Payload;
use crate::record::Record;

impl Report {
    /// What to do with the file or code, English and Chinese.
    #[must_use]
    pub fn advice(&self) -> (&'static str, &'static str) {
        let (_, english, chinese) = acceptance(self);
        (english, chinese)
    }

    /// Whether what was proved authentic, file or code, calls itself a sample.
    fn sample(&self) -> bool {
        self.authentic().is_ok_and(|authentic| {
            authentic.record().is_some_and(Record::sample)
                || authentic.payload().is_some_and(Payload::sample)
                || authentic.copy().is_some_and(|terms| terms.original.sample)
        })
    }
}

/// Whether to accept it: in one word, of which `yes` alone is without a condition, in English and in Chinese.
fn acceptance(report: &Report) -> (&'static str, &'static str, &'static str) {
    match report.outcome {
        Outcome::NotAuthentic => ("no", "NO: do NOT accept it", "不予采信"),
        Outcome::Indeterminate => (
            "cannot-tell",
            "CANNOT TELL: do not accept it yet",
            "无法判定，暂不采信",
        ),
        Outcome::Authentic if report.sample() => (
            "no-sample",
            "NO: a SAMPLE without effect, though it is authentic",
            "不予采信：签章真实，但系样例，不具效力",
        ),
        // A genuine seal is not yet a seal of somebody who may: doubt is never a yes.
        Outcome::Authentic if unpermitted(report).is_some() => (
            "cannot-tell",
            "CANNOT TELL: authentic, but may its maker issue it? Do not accept it yet",
            "无法判定：真实性已核验，出具权限未经核对，暂不采信",
        ),
        Outcome::Authentic if report.copied().is_some() => (
            "yes-for-one-use",
            "YES, FOR ONE USE: an authentic copy, for the recipient and use it names, and for nothing else",
            "可以采信，仅限所载单位用于所载用途：加注件真实",
        ),
        // The code proves its fields, not the paper it stands on.
        Outcome::Authentic if report.length.is_none() => (
            "yes-if-paper-agrees",
            "YES, IF THE PAPER AGREES: the code is authentic; accept the paper only if it says the same",
            "二维码真实：与纸面逐项一致方可采信",
        ),
        Outcome::Authentic if report.rebuilt().is_some() => (
            "yes-if-paper-agrees",
            "YES, THE FILE IN THE CODE: it is authentic; accept the paper only if it says the same",
            "可以采信码内文件；纸面与其逐项一致方可采信",
        ),
        Outcome::Authentic => ("yes", "YES: it is authentic, you may accept it", "可以采信"),
    }
}

/// Why nothing says that whoever made an authentic result may issue it, and what to do about that.
fn unpermitted(report: &Report) -> Option<(Words, Words)> {
    if report.outcome != Outcome::Authentic || report.sample() {
        return None;
    }
    match body::authority(report) {
        PERMITTED => None,
        NO_LIST => Some((
            words(
                "no authority list was given, so nothing says who may issue this",
                "未提供授权名录，无法确认出具机关是否有权",
            ),
            words(
                "give the authority list of your region and verify again, or ask the issuer",
                "请提供本地区的授权名录后再次核验，或向发证机关核实",
            ),
        )),
        // Whatever else: nobody was asked about the type.
        _ => Some((
            words(
                "the file does not say of what type it is, so the authority list could not be asked",
                "文件未载明证照类型，无法据授权名录核对",
            ),
            words(
                "read the sealed pages; accept it only once you know that the body named below may issue such a document",
                "请阅读盖章的页面，确认下列机关有权出具此类文件后方可采信",
            ),
        )),
    }
}

/// What to do with it, and why.
pub(super) fn answer(report: &Report) -> Found {
    let mut rows = vec![];
    if let Some(finding) = report.leading() {
        let because = words("because", "原因");
        rows.push(
            Row::new("reason", because, finding.reason(report.seals.len() == 1))
                .weighing(finding.code.severity()),
        );
    }
    if let Some((because, _)) = unpermitted(report) {
        let label = words("because", "原因");
        rows.push(Row::new("reason", label, because).weighing(Severity::Doubt));
    }
    rows.push(Row::new("next", words("do", "处理"), next(report)));
    if let Some((english, chinese)) = report.copy_sentences() {
        rows.push(Row::new("copy", words("copy", "加注件"), words(english, chinese)));
    }
    let at = Words::same(report.at.in_china());
    rows.push(Row::new("as-of", words("as of", "核验时点"), at));
    (acceptance(report).0, rows)
}

/// What to do next.
fn next(report: &Report) -> Words {
    let remedy = |code: Code| words(code.remedy(), code.remedy_chinese());
    if let Some(finding) = report.leading() {
        return remedy(finding.code);
    }
    if report.has(Code::RecordSample) {
        return remedy(Code::RecordSample);
    }
    if report.outcome != Outcome::Authentic {
        return words("do not accept it yet", "暂不采信");
    }
    if let Some((_, next)) = unpermitted(report) {
        return next;
    }
    if report.copied().is_some() {
        return words(
            "accept it for the recipient and purpose it names until its last day, and for nothing else; ask the issuer whether the result still stands",
            "可由所载单位在期限内用于所载用途，不得他用；原件现时是否有效请向发证机关核实",
        );
    }
    if report.rebuilt().is_some() {
        return words(
            "save the file from the code and keep it with this report; the paper counts only if it says the same",
            "保存由码还原的文件，与本核验结果一并归档；纸面须与其逐字一致方可采信",
        );
    }
    if report.length.is_none() {
        return words(
            "compare what it says with the paper, word for word; if all of it agrees, accept the paper and file a copy with this report",
            "将载明内容与纸面逐字比对；全部一致方可采信，复印件与本核验结果一并归档",
        );
    }
    words(
        "accept it, and keep the file with this report; a print counts only if it says the same",
        "予以采信，将文件与本核验结果一并归档；打印件须与载明内容一致",
    )
}
