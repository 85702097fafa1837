//! Issued by whom, under which authority.

use super::super::facts::{Carrier, EntryFacts, ListFacts, RequiredSeal, SealKind};
use super::super::finding::{Code, Finding, Severity};
use super::super::report::Report;
use super::super::step::{Step, StepResult};
use super::{Found, Row, Words, dates, words};

pub(super) const PERMITTED: &str = "permitted";
pub(super) const NO_LIST: &str = "no-list";
pub(super) const TYPE_NOT_TOLD: &str = "type-not-told";

/// What the authority list says, in one word.
pub(super) fn authority(report: &Report) -> &'static str {
    match (&report.list, report.result_of(Step::Authority)) {
        (Some(_), StepResult::Passed) => PERMITTED,
        (Some(list), _) if list.issuer.is_none() => "not-listed",
        (_, StepResult::Failed) => "not-permitted",
        (_, StepResult::Undecided) => "cannot-tell",
        (Some(_), StepResult::NotChecked) => TYPE_NOT_TOLD,
        (None, StepResult::NotChecked) => NO_LIST,
        _ => "not-asked",
    }
}

pub(super) fn answer(report: &Report) -> Found {
    let value = authority(report);
    let mut rows = bodies(report);
    match &report.list {
        Some(list) => {
            rows.push(authority_list(report, list));
            let entry = list.entry.iter();
            rows.extend(entry.flat_map(|entry| self::entry(report, entry)));
        }
        None => rows.push(no_list(report, value)),
    }
    (value, rows)
}

/// The body, or each of those that issue a joint result.
fn bodies(report: &Report) -> Vec<Row> {
    if !report.required.is_empty() {
        let each = (1..).zip(&report.required);
        return each
            .map(|(number, required)| joint(report, number, required))
            .collect();
    }
    // Whose certificate it is, the list says; a certificate under a root of the caller's says it itself.
    let signer = || {
        let mut seals = report.seals.iter();
        let seal = seals.find(|seal| seal.kind == SealKind::Seal && seal.intact)?;
        Some((seal.signer.clone()?, seal.trusted))
    };
    let unknown = || {
        words(
            "not known: no seal or code was proved",
            "不明：没有经证明的签章或二维码",
        )
    };
    let (text, severity) = match &report.list {
        Some(ListFacts {
            issuer: Some((name, code)),
            ..
        }) => (Words::same(format!("{name} ({code})")), Severity::Note),
        Some(_) => {
            let (own, own_chinese) = signer().map_or_else(Default::default, |(signer, _)| {
                (
                    format!("; its certificate calls itself {signer}, which proves nothing"),
                    format!("；其证书自称 {signer}，不足为据"),
                )
            });
            let said = words(
                format!("NOT ON THE LIST{own}"),
                format!("名录未收录{own_chinese}"),
            );
            (said, Severity::Doubt)
        }
        None => match signer() {
            Some((signer, true)) => (
                words(
                    format!("as its certificate says, under a root that you trust: {signer}"),
                    format!("据其证书（可追溯到受信任的根证书）：{signer}"),
                ),
                Severity::Note,
            ),
            Some((signer, false)) => (
                words(
                    format!("NOT PROVED; its certificate calls itself {signer}"),
                    format!("未经证明；其证书自称 {signer}"),
                ),
                Severity::Doubt,
            ),
            None => match report.authentic().ok().and_then(|it| it.payload()) {
                Some(payload) => (
                    words(
                        format!(
                            "as the code says, under a root that you trust: {}",
                            payload.issuer()
                        ),
                        format!(
                            "据二维码所载（签名证书可追溯到受信任的根证书）：{}",
                            payload.issuer()
                        ),
                    ),
                    Severity::Note,
                ),
                None => (unknown(), Severity::Doubt),
            },
        },
    };
    let label = match report.copied() {
        Some(_) => words("copied by", "制作单位"),
        None if report.seals.is_empty() && report.carrier == Carrier::Reference => {
            words("signed by", "签发机关")
        }
        None => words("sealed by", "盖章机关"),
    };
    vec![
        Row::new("body", label, text)
            .weighing(severity)
            .blamed(report, &[Code::IssuerMismatch]),
    ]
}

/// One of the bodies of a joint result, as the record names it, and whether it has sealed.
fn joint(report: &Report, number: usize, required: &RequiredSeal) -> Row {
    let seal = report.seals.iter().find(|seal| seal.field == required.field);
    let permitted = seal
        .and_then(|seal| seal.entry.as_ref()?.permits.as_deref())
        .map_or_else(Default::default, |pattern| {
            (
                format!(", permitted by entry {pattern}"),
                format!("，授权条目 {pattern}"),
            )
        });
    let field = format!("field {}", required.field);
    let nobody = |finding: &Finding| finding.code == Code::JointUnattributed && finding.object == field;
    let (state, severity) = match (required.sealed, &required.signer) {
        (true, _) if report.findings.iter().any(nobody) => (
            words("sealed, by whom cannot be told", "已盖章，所属机关无法判断"),
            Severity::Doubt,
        ),
        (true, _) => {
            let said = words(format!("sealed{}", permitted.0), format!("已盖章{}", permitted.1));
            (said, Severity::Note)
        }
        (false, Some(_)) => (words("NO VALID SEAL", "签章无效"), Severity::Fatal),
        (false, None) => (words("MISSING", "未盖章"), Severity::Doubt),
    };
    let who = format!("{} ({})", required.name, required.code);
    Row::new(
        "body",
        words(format!("body {number}"), format!("机关 {number}")),
        words(format!("{who}: {}", state.en), format!("{who}：{}", state.zh)),
    )
    .weighing(severity)
}

fn authority_list(report: &Report, list: &ListFacts) -> Row {
    let dates = dates(list.issued, list.age_seconds, Some(list.expires));
    let text = words(
        format!("no. {}, {}", list.sequence, dates.en),
        format!("第 {} 号，{}", list.sequence, dates.zh),
    );
    Row::new("authority-list", words("authority list", "授权名录"), text).blamed(
        report,
        &[Code::ListExpired, Code::ListNotYetValid, Code::ListOverdue],
    )
}

/// What the list has about the signer: the way to the entry, what it permits, and when.
fn entry(report: &Report, entry: &EntryFacts) -> Vec<Row> {
    let mut rows = vec![];
    for list in &entry.sublists {
        let dates = dates(list.issued, list.age_seconds, Some(list.expires));
        rows.push(Row::new(
            "sub-list",
            words("sub-list", "下级名录"),
            words(
                format!(
                    "{} no. {}, to which the list above delegates, {}",
                    list.name, list.sequence, dates.en
                ),
                format!(
                    "{}第 {} 号（由上级名录委托），{}",
                    list.name, list.sequence, dates.zh
                ),
            ),
        ));
    }
    if !report.required.is_empty() {
        // Each body of a joint result has its own entry, told with it.
        return rows;
    }
    let region = entry.region.as_deref().map_or_else(Default::default, |region| {
        (format!(" in region {region}"), format!("，区域 {region}"))
    });
    let (text, severity) = match (&entry.permits, entry.asked) {
        (Some(pattern), _) => {
            let said = words(
                format!("this type, by entry {pattern}{}", region.0),
                format!("该证照类型（条目 {pattern}{}）", region.1),
            );
            (said, Severity::Note)
        }
        (None, true) => {
            let own = entry.types.join(", ");
            let own = if own.is_empty() { "-".to_owned() } else { own };
            let said = words(
                format!("NOT this type; only {own}"),
                format!("不含该证照类型，仅限 {own}"),
            );
            (said, Severity::Fatal)
        }
        (None, false) => (
            words(
                "not asked: the file does not say of what type it is",
                "未核对：文件未载明证照类型",
            ),
            Severity::Doubt,
        ),
    };
    let scope = [
        Code::RegionNotPermitted,
        Code::TemplateNotPermitted,
        Code::BeyondDelegation,
        Code::TemplateNotTold,
    ];
    let permits = Row::new("permits", words("permits", "授权范围"), text).weighing(severity);
    rows.push(permits.blamed(report, &scope));
    let (from, until) = (entry.from.in_china(), entry.until.in_china());
    let window = words(
        format!("from {from} until {until}"),
        format!("{from} 起，至 {until} 止"),
    );
    let standing = [
        Code::CertificateRevoked,
        Code::OutsideWindow,
        Code::CertificateSuspended,
    ];
    rows.push(Row::new("window", words("may seal", "盖章期限"), window).blamed(report, &standing));
    rows
}

fn no_list(report: &Report, value: &str) -> Row {
    let refused = report
        .findings
        .iter()
        .find(|finding| finding.object == "authority list");
    let (text, severity) = match (refused, value) {
        (Some(finding), _) => (
            words(
                format!("not relied on: {}", finding.code.english()),
                format!("不予采用：{}", finding.code.chinese()),
            ),
            Severity::Doubt,
        ),
        _ if value == NO_LIST || report.has(Code::ListMissing) => (
            words(
                "none was given: whether the signer may issue this was not checked",
                "未提供，未核对盖章机关是否有权出具",
            ),
            Severity::Doubt,
        ),
        _ if report.has(Code::TrustMissing) => (words("none was given", "未提供"), Severity::Doubt),
        _ => (
            words(
                "was not asked: nothing to ask about",
                "未查询：没有可供查询的签章",
            ),
            Severity::Note,
        ),
    };
    Row::new("authority-list", words("authority list", "授权名录"), text).weighing(severity)
}
