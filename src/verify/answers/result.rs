//! For whom a result is, and what it says: only what is proved.

use super::super::finding::{Code, Severity};
use super::super::report::{Outcome, Report};
use super::{Found, Row, Words, words};
use crate::payload::HolderMatch;

/// Whose result it is, and whether the number that was typed is the holder's.
pub(super) fn holder(report: &Report) -> Found {
    let (value, typed, severity) = match report.holder {
        Some(HolderMatch::Match) => ("match", words("matches", "相符"), Severity::Note),
        Some(HolderMatch::NoMatch) => (
            "no-match",
            words(
                "does NOT match: the result is about somebody else",
                "不符，该结果物不属于此人",
            ),
            Severity::Fatal,
        ),
        Some(HolderMatch::NotStated) => (
            "not-stated",
            words(
                "cannot be told: nothing here to compare it with",
                "无法比对：没有可供比对的信息",
            ),
            Severity::Doubt,
        ),
        None if report.outcome != Outcome::Authentic => {
            ("not-typed", words("not typed", "未输入"), Severity::Note)
        }
        None => (
            "not-typed",
            words(
                "not typed: compare name and number with the identity document yourself",
                "未输入：请自行与身份证件核对姓名和号码",
            ),
            Severity::Note,
        ),
    };
    let named = report.authentic().ok().and_then(|authentic| {
        if let Some(terms) = authentic.copy() {
            return Some((terms.original.holder.clone(), terms.original.holder_code.clone()));
        }
        match (authentic.record(), authentic.payload()) {
            (Some(record), _) => Some((record.holder().name.clone(), record.holder().masked_code())),
            (None, Some(payload)) => {
                Some((payload.holder_name().to_owned(), payload.masked_code().to_owned()))
            }
            (None, None) => None,
        }
    });
    let who = match named {
        Some((name, code)) => Words::same(format!("{name} ({code})")),
        None => nothing(report),
    };
    let rows = vec![
        Row::new("holder", words("holder", "持证主体"), who),
        Row::new("typed-number", words("typed number", "输入的号码"), typed).weighing(severity),
    ];
    (value, rows)
}

/// The fields, one a row.
pub(super) fn content(report: &Report) -> Found {
    let mut rows = vec![];
    let value = match report.authentic() {
        Ok(authentic) => {
            let fields = authentic.fields();
            let field = |field: crate::record::Field| {
                Row::new("field", Words::same(field.label), Words::same(field.value))
            };
            let value = match (authentic.copy(), authentic.record(), authentic.payload()) {
                (Some(_), _, _) => "copy",
                (None, Some(_), _) => "record",
                (None, None, Some(_)) => "code",
                (None, None, None) => "pages-only",
            };
            rows.extend(fields.into_iter().map(field));
            value
        }
        Err(_) => "not-proved",
    };
    if rows.is_empty() {
        rows.push(Row::new("content", words("content", "内容"), nothing(report)));
    }
    if report.has(Code::SeenRidingSeam) {
        rows.push(Row::new(
            "riding-seam",
            words("riding seam", "骑缝章"),
            words(
                "a picture on the edges of the pages: lay the paper in a fan and see that the strips make one seal",
                "仅为页边图像：请将纸面各页错开，核对骑缝图案是否拼合完整",
            ),
        ));
    }
    (value, rows)
}

/// Why nothing is said.
fn nothing(report: &Report) -> Words {
    match report.outcome {
        Outcome::Authentic => words(
            "the file has no data of its own: read the sealed pages",
            "文件不含结构化信息：请阅读盖章的页面",
        ),
        _ => words(
            "not shown: only what is authentic is shown",
            "不予显示：仅显示核验为真实的内容",
        ),
    }
}
