//! How the time is known: what was asked, what signers claim, what time stamps prove.

use super::super::facts::{SealFacts, SealKind};
use super::super::finding::Severity;
use super::super::moment::Proof;
use super::super::report::Report;
use super::{Found, Row, Words, words};
use crate::time::Time;

/// Seals that get a row; the others are counted.
const MOST: usize = 9;

pub(super) fn answer(report: &Report) -> Found {
    let asked = words(
        format!("{}: everything here is as of then", report.at.in_china()),
        format!("{}，以上结论均以此为准", report.at.in_china()),
    );
    let mut rows = vec![Row::new("asked", words("asked", "核验时点"), asked)];
    let seals: Vec<&SealFacts> = report
        .seals
        .iter()
        .filter(|seal| seal.kind == SealKind::Seal)
        .collect();
    for (number, seal) in (1..).zip(&seals).take(MOST) {
        rows.push(Row::new("seal", name(report, number, seal), told(seal)));
    }
    if let Some(more) = seals.len().checked_sub(MOST).filter(|more| *more > 0) {
        let text = words(
            format!("{more} more seals, see below"),
            format!("另有 {more} 个签章，见下文"),
        );
        rows.push(Row::new("seal", words("seals", "签章"), text));
    }
    let claims = report.authentic().ok().and_then(|authentic| authentic.payload());
    if let Some(claims) = claims.filter(|_| seals.is_empty()) {
        let issued = claims.issued().date_at_offset(8);
        let text = words(
            format!("issued {issued}, as the issuer says in the code; no time stamp proves it"),
            format!("颁发于 {issued}（码内载明，无时间戳佐证）"),
        );
        rows.push(Row::new("code", words("code", "二维码"), text));
    }
    let value = if seals.is_empty() {
        match claims {
            Some(_) => "claimed",
            None => "nothing",
        }
    } else if seals.iter().all(|seal| seal.proven.is_some()) {
        "proven"
    } else if seals.iter().any(|seal| seal.signed_at.is_some()) {
        "claimed"
    } else {
        "nothing"
    };
    if rows.len() == 1 {
        let text = words(
            "nothing that is proved tells when it was made",
            "没有经证明的时间信息",
        );
        rows.push(Row::new("proof", words("proof", "证明"), text).weighing(Severity::Note));
    }
    (value, rows)
}

/// Of a joint result the body, else which of the seals it is.
fn name(report: &Report, number: usize, seal: &SealFacts) -> Words {
    let mut required = (1..).zip(&report.required);
    match required.find(|(_, required)| required.field == seal.field) {
        Some((place, _)) => words(format!("body {place}"), format!("机关 {place}")),
        None => words(format!("seal {number}"), format!("签章 {number}")),
    }
}

fn told(seal: &SealFacts) -> Words {
    let claimed = seal.signed_at.map(Time::in_china);
    match (&seal.proven, claimed) {
        (Some(proven), claimed) => {
            let at = proven.time.in_china();
            let by = match proven.by {
                Proof::DocumentTimeStamp => words("a time stamp on the document", "文档时间戳"),
                Proof::SignatureTimeStamp => words("its time stamp", "签章时间戳"),
            };
            let (claim, claim_chinese) = claimed.map_or_else(Default::default, |claimed| {
                (
                    format!("; the signer says {claimed}"),
                    format!("；签章方自述 {claimed}"),
                )
            });
            words(
                format!(
                    "PROVEN to exist at {at}, by {} of {}{claim}",
                    by.en, proven.authority
                ),
                format!(
                    "已证明不晚于 {at}（{}，{}）{claim_chinese}",
                    by.zh, proven.authority
                ),
            )
        }
        (None, Some(claimed)) => words(
            format!("{claimed}, as the signer says; nothing proves it"),
            format!("{claimed}（签章方自述，无时间戳佐证）"),
        ),
        (None, None) => words(
            "not stated, and nothing proves when it was sealed",
            "未载明，也没有时间戳佐证",
        ),
    }
}
