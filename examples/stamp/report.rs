//! A verdict for people, in English and Chinese, or as one line of JSON.

use serde::Serialize;
use yinxin::payload::Payload;
use yinxin::record::Record;
use yinxin::verify::{Authentic, Coverage, Outcome, Report, SealFacts, Severity};

use crate::files::Fault;

/// 0 all authentic, 1 some not, 2 some cannot be told; the first of 1 and 2 wins.
pub fn status(outcomes: impl IntoIterator<Item = Outcome>) -> u8 {
    let mut status = 0;
    for outcome in outcomes {
        match outcome {
            Outcome::NotAuthentic => return 1,
            Outcome::Indeterminate => status = 2,
            Outcome::Authentic => {}
        }
    }
    status
}

/// Prints the verdict on `subject`.
pub fn print(subject: &str, report: &Report, json: bool) {
    if json {
        println!("{}", line(subject, report));
    } else {
        for text in sentences(subject, report) {
            println!("{text}");
        }
        println!();
    }
}

/// Says that `subject` could not be read: a line of JSON too, so that no file asked about is missing from the output.
pub fn print_unread(subject: &str, fault: &Fault, json: bool) {
    #[derive(Serialize)]
    struct Unread<'a> {
        file: &'a str,
        error: &'a str,
    }
    eprintln!("stamp: {fault}");
    if json {
        println!(
            "{}",
            serde_json::to_string(&Unread {
                file: subject,
                error: &fault.0
            })
            .unwrap_or_default()
        );
    }
}

/// One JSON object: `file` and the members of the report.
fn line(subject: &str, report: &Report) -> String {
    #[derive(Serialize)]
    struct Line<'a> {
        file: &'a str,
        #[serde(flatten)]
        report: &'a Report,
    }
    serde_json::to_string(&Line {
        file: subject,
        report,
    })
    .unwrap_or_else(|e| format!("{{\"error\":\"{e}\"}}"))
}

fn sentences(subject: &str, report: &Report) -> Vec<String> {
    let mut out = vec![subject.to_owned()];
    out.push(format!("  {}    (as of 核验时点 {})", advice(report), report.at));
    authority(report, &mut out);
    for seal in &report.seals {
        out.push(format!("  {}", one_seal(seal)));
    }
    if let Ok(authentic) = report.authentic() {
        says(&authentic, &mut out);
    }
    for finding in &report.findings {
        let code = finding.code;
        let mark = match code.severity() {
            Severity::Fatal => "WRONG 错误",
            Severity::Doubt => "DOUBT 存疑",
            Severity::Note => "note 提示",
        };
        let object = if finding.object.is_empty() {
            String::new()
        } else {
            format!(" [{}]", finding.object)
        };
        let evidence = if finding.evidence.is_empty() {
            String::new()
        } else {
            format!(" ({})", finding.evidence)
        };
        out.push(format!(
            "  {mark} {}{object}: {}{evidence}",
            code.name(),
            code.english()
        ));
        out.push(format!("       {}", code.chinese()));
        out.push(format!("    -> {} / {}", code.remedy(), code.remedy_chinese()));
    }
    out.iter().map(|text| printable(text)).collect()
}

fn advice(report: &Report) -> &'static str {
    match report.outcome {
        Outcome::NotAuthentic => "do NOT accept it 不予采信",
        Outcome::Indeterminate => "do not accept it yet: this cannot be told 暂不采信：无法判定",
        Outcome::Authentic if sample(report) => {
            "authentic, but a SAMPLE without effect: not to be relied on 真实样例，不得作为办事依据"
        }
        Outcome::Authentic => "authentic: you may accept it 可以采信",
    }
}

/// Whether what was verified, file or code, calls itself a sample.
fn sample(report: &Report) -> bool {
    report.authentic().is_ok_and(|authentic| {
        authentic.record().is_some_and(Record::sample) || authentic.payload().is_some_and(Payload::sample)
    })
}

fn one_seal(seal: &SealFacts) -> String {
    let signed_at = match seal.signed_at {
        Some(at) => format!("at {at} as the signer says 签署时间（自称）"),
        None => "at no stated time 未写明签署时间".to_owned(),
    };
    let covers = match seal.coverage {
        Coverage::File => "covers the whole file 覆盖全文",
        Coverage::Revision => "covers an earlier revision 仅覆盖较早版本",
        _ => "covers no clear part of the file 覆盖范围不明",
    };
    let signer = seal.signer.as_deref().unwrap_or("unknown signer 签署人不明");
    format!("seal 签章 {}: {signer}, {signed_at}, {covers}", seal.field)
}

/// Names in a hostile file may hold terminal commands, or characters that turn the reading direction round (Unicode
/// Standard Annex 9): people must see what is there.
fn printable(text: &str) -> String {
    let hostile = |c: char| {
        c.is_control()
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    text.chars()
        .map(|c| {
            if hostile(c) {
                char::REPLACEMENT_CHARACTER
            } else {
                c
            }
        })
        .collect()
}

fn authority(report: &Report, out: &mut Vec<String>) {
    let Some(list) = &report.list else { return };
    let by = match &list.issuer {
        Some((name, code)) => format!("{name} ({code})"),
        None => "no issuer on the list 名录未收录".to_owned(),
    };
    // Whole days, rounded down; a list from the future has a negative age.
    let days = list.age_seconds.div_euclid(86_400);
    out.push(format!("  by 机关 {by}"));
    out.push(format!(
        "  under authority list 授权名录 no. {} of {}, {days} days old 已签发{days}天, good until 有效至 {}",
        list.sequence, list.issued, list.expires
    ));
}

fn says(authentic: &Authentic<'_>, out: &mut Vec<String>) {
    if let Some(record) = authentic.record() {
        out.push(format!("  says 内容: {}", headline(record)));
        for field in record.fields() {
            out.push(format!("    {}: {}", field.label, field.value));
        }
        return;
    }
    let fields = authentic.fields();
    if !fields.is_empty() {
        out.push(
            "  the code says; compare with the paper, word for word 码内内容，请与纸面逐项比对:".to_owned(),
        );
        out.extend(
            fields
                .iter()
                .map(|field| format!("    {}: {}", field.label, field.value)),
        );
    }
}

fn headline(record: &Record) -> String {
    let valid = match (record.valid_from(), record.valid_to()) {
        (Some(from), Some(to)) => format!(", valid 有效期 {from} - {to}"),
        (None, Some(to)) => format!(", valid to 有效至 {to}"),
        (Some(from), None) => format!(", valid from 生效 {from}"),
        (None, None) => String::new(),
    };
    format!(
        "{} {}, {} {}, issued 签发 {}{valid}",
        record.kind().name,
        record.number(),
        record.holder().name,
        record.holder().masked_code(),
        record.issued()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_from_files_cannot_command_the_terminal() {
        assert_eq!(
            printable("a\u{1b}[2Jb\u{202e}c\n海"),
            "a\u{fffd}[2Jb\u{fffd}c\u{fffd}海"
        );
    }

    #[test]
    fn a_forgery_outweighs_a_doubt_in_either_order() {
        use Outcome::{Authentic, Indeterminate, NotAuthentic};
        assert_eq!(status([Authentic, Authentic]), 0);
        assert_eq!(status([Indeterminate, NotAuthentic]), 1);
        assert_eq!(status([NotAuthentic, Indeterminate]), 1);
        assert_eq!(status([Authentic, Indeterminate]), 2);
    }
}
