//! How a result stands, and as of when that is known.

use super::super::finding::{Code, Finding, Severity};
use super::super::report::{Outcome, Report};
use super::super::step::{Step, StepResult};
use super::{Found, Row, Words, dates, words};
use crate::terms;
use crate::time::{Date, Time};

pub(super) fn answer(report: &Report) -> Found {
    let (value, status, severity) = status(report);
    let mut rows = vec![Row::new("status", words("status", "状态"), status).weighing(severity)];
    if let Some(facts) = &report.status {
        let (text, severity) = match facts.issued {
            Some(issued) => {
                let age = report.at.seconds_since(issued);
                let severity = match report.has(Code::StatusStale) {
                    true => Severity::Doubt,
                    false => Severity::Note,
                };
                (dates(issued, age, facts.until), severity)
            }
            None => (
                words(
                    format!("none at hand for entry {} of {}", facts.index, facts.uri),
                    format!("没有可用的名单（{} 第 {} 项）", facts.uri, facts.index),
                ),
                Severity::Doubt,
            ),
        };
        rows.push(Row::new("status-list", words("status list", "状态名单"), text).weighing(severity));
    }
    rows.extend(validity(report));
    (value, rows)
}

/// The gravest of what is known of the status.
fn status(report: &Report) -> (&'static str, Words, Severity) {
    let codes = [
        (Code::StatusRevoked, "revoked"),
        (Code::StatusReplaced, "replaced"),
        (Code::StatusLapsed, "lapsed"),
        (Code::RecordExpired, "expired"),
        (Code::CodeExpired, "expired"),
        (Code::CopyExpired, "expired"),
        (Code::RecordNotYetValid, "not-yet-valid"),
        (Code::CodeNotYetValid, "not-yet-valid"),
        (Code::StatusForked, "not-known"),
        (Code::StatusSuspended, "suspended"),
        (Code::StatusStale, "stale"),
        (Code::StatusConditional, "conditional"),
        (Code::StatusOfLater, "not-asked"),
        (Code::StatusUntrusted, "not-asked"),
        (Code::StatusNotGiven, "not-asked"),
        (Code::StatusUnreadable, "not-known"),
        (Code::StatusPlacesDiffer, "not-known"),
        (Code::StatusPlaceOfAnother, "not-known"),
        (Code::StatusPlaceUnreadable, "not-known"),
    ];
    if let Some((code, value)) = codes.into_iter().find(|(code, _)| report.has(*code)) {
        let found = report.findings.iter().find(|finding| finding.code == code);
        return (
            value,
            told(report, (code, value), found.map(Finding::told)),
            code.severity(),
        );
    }
    let (value, said) = match (report.outcome, report.result_of(Step::Status)) {
        (Outcome::Authentic, StepResult::Passed) => ("valid", words("valid", "有效")),
        (_, StepResult::Passed) => (
            "valid",
            words(
                "valid by the issuer's list, which does not make it acceptable",
                "发证机关名单记载为有效，但不改变采信结论",
            ),
        ),
        _ if !report.is_proved() && report.copied().is_none() => (
            "not-known",
            words("not known: nothing is proved", "不明：未经证明"),
        ),
        _ if report.copied().is_some() => (
            "no-reference",
            words(
                "a copy tells nothing of what became of the result since: ask its issuer",
                "加注件不反映原件此后的变化，请向发证机关核实",
            ),
        ),
        _ => (
            "no-reference",
            words(
                "it names no status list: whether it was withdrawn cannot be looked up; if in doubt, ask the issuer",
                "未载明状态名单，无法查询是否已撤销；如有必要请向发证机关核实",
            ),
        ),
    };
    (value, said, Severity::Note)
}

/// What the status is called, with the day or version that goes with it.
fn told(report: &Report, (code, value): (Code, &str), seen: Option<&Words>) -> Words {
    let deadline = report.status.as_ref().and_then(|facts| facts.deadline);
    match (code, deadline, &report.newer) {
        (Code::StatusConditional, Some(deadline), _) => words(
            format!(
                "CONDITIONAL: not effective yet; lapses {} unless the papers come in before",
                deadline.in_china()
            ),
            format!("容缺办理，暂未生效；{} 前未补齐材料即失效", deadline.in_china()),
        ),
        (Code::StatusStale, Some(deadline), _) => words(
            format!(
                "STALE: made on trust, deadline {}; the list is not fresh enough to tell whether the papers came in before",
                deadline.in_china()
            ),
            format!(
                "名单时效不足：容缺办理，补交期限 {}，无法确认所缺材料是否已按期补齐",
                deadline.in_china()
            ),
        ),
        (Code::StatusLapsed, Some(deadline), _) => words(
            format!(
                "LAPSED {}: the missing papers did not come in",
                deadline.in_china()
            ),
            format!("已于 {} 失效：所缺材料逾期未补", deadline.in_china()),
        ),
        (Code::StatusReplaced, _, Some(newer)) => words(
            format!("REPLACED by version {} of the same result", newer.version()),
            format!("已由该结果物的第 {} 版取代", newer.version()),
        ),
        _ => {
            let shout = value.replace('-', " ").to_uppercase();
            let mut said = words(format!("{shout}: {}", code.english()), code.chinese());
            // The day or time; where on a list the result stands is told beside.
            if let Some(day) = seen.filter(|_| !code.name().starts_with("status.")) {
                said.en.push_str(&format!(" ({})", day.en));
                said.zh.push_str(&format!("（{}）", day.zh));
            }
            said
        }
    }
}

/// From when until when the result itself says it is good.
fn validity(report: &Report) -> Option<Row> {
    let authentic = report.authentic().ok()?;
    let day = |time: Time| time.date_at_offset(8);
    let (label, from, to) = match (authentic.copy(), authentic.record(), authentic.payload()) {
        (Some(terms), _, _) => (
            words("copy valid", "加注件有效期"),
            Some(day(terms.made)),
            Some(terms.until),
        ),
        (None, Some(record), _) => (
            words("result valid", "结果有效期"),
            record.valid_from(),
            record.valid_to(),
        ),
        (None, None, Some(payload)) => (
            words("result valid", "结果有效期"),
            payload.not_before().map(day),
            payload.expiry().map(day),
        ),
        (None, None, None) => return None,
    };
    let chinese = |date: Date| terms::day(date);
    let text = match (from, to) {
        (Some(from), Some(to)) => words(
            format!("{from} to {to}, both days included"),
            format!("{} 至 {}（含首尾两日）", chinese(from), chinese(to)),
        ),
        (None, Some(to)) => words(
            format!("to {to}, that day included"),
            format!("至 {}（含当日）", chinese(to)),
        ),
        (Some(from), None) => words(
            format!("from {from}, without an end"),
            format!("{} 起，未载明截止日期", chinese(from)),
        ),
        (None, None) => words("no period is stated", "未载明有效期"),
    };
    Some(Row::new("validity", label, text))
}
