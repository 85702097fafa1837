//! What was seen, in the words that programs keep and in those that people read: the one place where both are made.
//!
//! What a clerk can act on (days, deadlines, names, numbers) is told in both languages, times as clocks in China show them. What only
//! helps whoever helps (object numbers, what a parser says) is told in English alone.

use crate::authority::{Attack, Reason};
use crate::draft::RECORD_FILE;
use crate::pki::{PathError, PathReason, Unknown};
use crate::record::{Identifier, TypeCode, UnifiedCode};
use crate::terms::{self, TERMS_FILE};
use crate::time::{Date, Time};
use crate::verify::answers::{Words, age, words};
use crate::verify::rebuild::hex;

/// What was seen; empty if the code says all.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(in crate::verify) struct Evidence {
    /// English, times in UTC: `evidence` of the JSON report, which does not change.
    pub(super) kept: String,
    /// For people; no Chinese if it is technical.
    pub(super) told: Words,
}

impl<T: Into<String>> From<T> for Evidence {
    /// Technical, so told in English.
    fn from(text: T) -> Self {
        let kept = text.into();
        Self {
            told: words(kept.clone(), ""),
            kept,
        }
    }
}

fn evidence(kept: impl Into<String>, en: impl Into<String>, zh: impl Into<String>) -> Evidence {
    Evidence {
        kept: kept.into(),
        told: words(en, zh),
    }
}

impl Evidence {
    /// The same words for programs and for people, and Chinese ones.
    pub(in crate::verify) fn said(en: impl Into<String>, zh: impl Into<String>) -> Self {
        let en = en.into();
        evidence(en.clone(), en, zh)
    }

    /// In Chinese; what is technical as it is.
    fn chinese(&self) -> &str {
        match self.told.zh.is_empty() {
            true => &self.told.en,
            false => &self.told.zh,
        }
    }
}

/// What a day or time is the day or time of.
#[derive(Clone, Copy, Debug)]
pub(in crate::verify) enum Mark {
    Deadline,
    Due,
    Expired,
    /// Of a result; lists are issued.
    Granted,
    Issued,
    Made,
    Until,
    ValidFrom,
    ValidTo,
}

impl Mark {
    fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Deadline => ("deadline", "补交期限："),
            Self::Due => ("due", "应更新于 "),
            Self::Expired => ("expired", "过期于 "),
            Self::Granted => ("issued", "颁发于 "),
            Self::Issued => ("issued", "签发于 "),
            Self::Made => ("made", "制作于 "),
            Self::Until => ("until", "使用期限至 "),
            Self::ValidFrom => ("valid from", "生效于 "),
            Self::ValidTo => ("valid to", "有效期至 "),
        }
    }

    /// At a point in time.
    pub(in crate::verify) fn at(self, time: Time) -> Evidence {
        let ((en, zh), china) = (self.words(), time.in_china());
        evidence(
            format!("{en} {time}"),
            format!("{en} {china}"),
            format!("{zh}{china}"),
        )
    }

    /// On a day in China.
    pub(in crate::verify) fn on(self, day: Date) -> Evidence {
        let (en, zh) = self.words();
        Evidence::said(
            format!("{en} {day}"),
            format!("{}{}", zh.trim_end(), terms::day(day)),
        )
    }
}

/// By which key.
pub(in crate::verify) fn key(kid: &[u8]) -> Evidence {
    Evidence::said(format!("key {}", hex(kid)), format!("密钥标识 {}", hex(kid)))
}

/// Where on a status list a result stands.
pub(in crate::verify) fn entry(index: u32, uri: &str) -> Evidence {
    Evidence::said(format!("entry {index} of {uri}"), format!("{uri} 第 {index} 项"))
}

/// How old a status list is at `at`, and that it does not say itself until when it is good, if so; `deadline` if it lists the result as
/// conditional until then.
pub(in crate::verify) fn stale(
    at: Time,
    issued: Time,
    good_until: Option<Time>,
    deadline: Option<Time>,
) -> Evidence {
    let (en, zh) = match good_until {
        Some(_) => ("", ""),
        None => (
            ", and does not say until when it may be relied on",
            "，且未载明可使用至何时",
        ),
    };
    let seconds = at.seconds_since(issued);
    let (days, age, china) = (seconds.div_euclid(86_400), age(seconds), issued.in_china());
    let waiting = |shown: String| format!("; conditional by it, deadline {shown}");
    let kept = deadline.map_or_else(String::new, |at| waiting(at.to_string()));
    let told = deadline.map_or_else(String::new, |at| waiting(at.in_china()));
    let told_chinese = deadline.map_or_else(String::new, |at| {
        format!("；当时为容缺，补交期限：{}", at.in_china())
    });
    evidence(
        format!("{days} days old, issued {issued}{en}{kept}"),
        format!("{}, issued {china}{en}{told}", age.en),
        format!("签发于 {china}，{}{zh}{told_chinese}", age.zh),
    )
}

/// The version that took the place of the result: at hand, or named by the list at `place`.
pub(in crate::verify) fn successor(newer: &Identifier, place: Option<Evidence>) -> Evidence {
    let version = newer.version();
    match place {
        None => evidence(
            format!("by {newer}, which is at hand"),
            format!("by version {version}, which is at hand"),
            format!("由第 {version} 版取代，该版已一并提供"),
        ),
        Some(place) => evidence(
            format!("by {newer}; {}", place.kept),
            format!("by version {version}; {}", place.told.en),
            format!("由第 {version} 版取代；{}", place.told.zh),
        ),
    }
}

/// The number of the version that took the place of a result without an identifier, by the list at `place`.
pub(in crate::verify) fn successor_number(version: u16, place: &Evidence) -> Evidence {
    evidence(
        format!("by version {version}; {}", place.kept),
        format!("by version {version}; {}", place.told.en),
        format!("由第 {version} 版取代；{}", place.told.zh),
    )
}

/// Which version of a result.
pub(in crate::verify) fn version(of: &Identifier) -> Evidence {
    let version = of.version();
    Evidence::said(format!("version {version}"), format!("第 {version} 版"))
}

/// For whom a copy was made.
pub(in crate::verify) fn recipient(name: &str) -> Evidence {
    Evidence::said(format!("for {name}"), format!("使用单位：{name}"))
}

/// Whom the list refuses what: the signer's name, the result's type and issuer if it says them, and why if there is a reason.
pub(in crate::verify) fn refused(
    signer: &str,
    result: Option<(&TypeCode, &UnifiedCode)>,
    reason: Option<Reason>,
) -> Evidence {
    let mut kept = signer.to_owned();
    // People read first what they can act on; the certificate's name may be long.
    let mut told = words("", "");
    if let Some(reason) = reason {
        told.en.push_str(&format!("{}; ", reason.english()));
        told.zh.push_str(&format!("原因：{}；", reason.chinese()));
    }
    if let Some((kind, issuer)) = result {
        kept.push_str(&format!(", type {kind} of issuer {issuer}"));
        told.en.push_str(&format!("type {kind} of issuer {issuer}; "));
        told.zh.push_str(&format!("证照类型 {kind}，发证机关 {issuer}；"));
    }
    if let Some(reason) = reason {
        kept.push_str(&format!(": {}", reason.english()));
    }
    told.en.push_str(&format!("certificate {signer}"));
    told.zh.push_str(&format!("证书 {signer}"));
    Evidence { kept, told }
}

/// What tells that a list must not be relied on: the finding's sentence says what was tried.
pub(in crate::verify) fn attack(attack: &Attack) -> Evidence {
    let (en, zh) = match attack {
        Attack::ClockSetBack { seen } => (seen.in_china(), seen.in_china()),
        Attack::Equivocation { sequence } => (format!("no. {sequence}"), format!("第 {sequence} 号")),
        Attack::FastForward { seen, found } | Attack::Rollback { seen, found } => (
            format!("no. {found}; the last one seen is no. {seen}"),
            format!("本次第 {found} 号，此前最新为第 {seen} 号"),
        ),
        Attack::KidCollision { kid } | Attack::Unrevocation { kid } => (
            format!("key identifier {}", hex(kid)),
            format!("密钥标识 {}", hex(kid)),
        ),
        // Which parts do not belong together only helps whoever helps.
        Attack::MixAndMatch(_) => return attack.to_string().into(),
    };
    evidence(attack.to_string(), en, zh)
}

/// When the signer's certificate has expired since the seal, which `existed` before.
pub(in crate::verify) fn expired_since(expired: Time, existed: Time) -> Evidence {
    let (expired_there, existed_there) = (expired.in_china(), existed.in_china());
    evidence(
        format!("expired {expired}; the seal existed {existed}"),
        format!("expired {expired_there}; the seal existed {existed_there}"),
        format!("过期于 {expired_there}；{existed_there} 时签章已存在"),
    )
}

/// Something about the certificate of `subject`.
pub(in crate::verify) fn of_certificate(subject: &str, what: &Evidence, joint: &str) -> Evidence {
    evidence(
        format!("certificate of {subject}{joint}{}", what.kept),
        format!("certificate of {subject}{joint}{}", what.told.en),
        format!("证书 {subject}：{}", what.chinese()),
    )
}

/// Why nothing is known of a revocation.
pub(in crate::verify) fn unknown(why: Unknown) -> Evidence {
    match why {
        Unknown::NoEvidence => Evidence::said(why.to_string(), "没有与其有关的撤销列表或响应"),
        _ => why.to_string().into(),
    }
}

/// Something calls a certificate revoked whose issuer is not at hand.
pub(in crate::verify) fn denounced() -> Evidence {
    Evidence::said(
        "something at hand calls it revoked, and whether to believe that cannot be told without the certificates above it",
        "现有信息称其已被撤销，但缺少上级证书，无法判断该信息是否可信",
    )
}

/// Evidence about a revocation that was issued so many days before the time asked about.
pub(in crate::verify) fn days_before(days: i64) -> Evidence {
    Evidence::said(
        format!("what is at hand was issued {days} days before"),
        format!("现有信息签发于 {days} 天前"),
    )
}

/// What is wrong with a certificate of the path.
pub(in crate::verify) fn path(error: &PathError) -> Evidence {
    let zh = match &error.reason {
        PathReason::Expired => "在核验时点已过期",
        PathReason::NoIssuer => "没有可信的上级证书",
        PathReason::NotYetValid => "在核验时点尚未生效",
        PathReason::RevocationUnknown(Unknown::NoEvidence) => "没有与其有关的撤销列表或响应",
        _ => return error.to_string().into(),
    };
    let subject = error.certificate.subject();
    Evidence::said(error.to_string(), format!("证书 {subject}：{zh}"))
}

/// When a seal is proven to have existed, and not before.
pub(in crate::verify) fn not_earlier(than: Time, what: &Evidence) -> Evidence {
    let china = than.in_china();
    evidence(
        format!(
            "{}; the seal is proven to have existed {than}, not earlier",
            what.kept
        ),
        format!(
            "{}; the seal is proven to have existed {china}, not earlier",
            what.told.en
        ),
        format!("{}；仅能证明签章在 {china} 已存在", what.chinese()),
    )
}

/// A joint seal that is not there, of so many that are required.
pub(in crate::verify) fn empty_field(field: &str, all: usize) -> Evidence {
    Evidence::said(
        format!("field {field} is empty; {all} seals are required"),
        format!("签章域 {field} 为空；共须 {all} 个签章"),
    )
}

/// The same certificate in two departments' fields.
pub(in crate::verify) fn also_in(field: &str) -> Evidence {
    Evidence::said(format!("also in field {field}"), format!("另见签章域 {field}"))
}

/// A certificate of another body than the one whose field it sealed in.
pub(in crate::verify) fn other_body(says: &UnifiedCode, field: &UnifiedCode) -> Evidence {
    Evidence::said(
        format!("the certificate says {says}, the field is for {field}"),
        format!("证书所载为 {says}，该签章域属于 {field}"),
    )
}

/// What a finding is about, for people: [`Finding::object`](super::Finding::object) in Chinese too.
pub(super) fn about(object: &str) -> Words {
    let zh = match KINDS.iter().find(|(known, _)| *known == object) {
        Some((_, zh)) => (*zh).to_owned(),
        None => match PARTS.iter().find(|(known, _)| object.starts_with(known)) {
            Some((known, zh)) => format!("{zh}{}", object.get(known.len()..).unwrap_or_default()),
            None => object.to_owned(),
        },
    };
    words(object, zh)
}

/// Whether the object is the only one of its kind, so that a sentence is as clear without it.
pub(super) fn goes_without_saying(object: &str) -> bool {
    object.is_empty() || KINDS.iter().any(|(known, _)| *known == object)
}

const KINDS: &[(&str, &str)] = &[
    ("authority list", "授权名录"),
    ("catalog", "文件目录"),
    ("code", "二维码"),
    ("copy", "加注件"),
    (TERMS_FILE, "加注条件"),
    ("file", "文件"),
    ("form fields", "表单域"),
    ("holder", "持证主体"),
    ("picture", "图片"),
    ("record", "结果信息"),
    (RECORD_FILE, "结果信息"),
    ("result", "结果物"),
    ("sealed revision", "盖章时的版本"),
];

const PARTS: &[(&str, &str)] = &[("field ", "签章域 "), ("object ", "对象 ")];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_keep_utc_and_people_read_clocks_in_china() {
        let evidence = Mark::Deadline.at("2030-07-05T16:00:00Z".parse().unwrap());
        assert_eq!(evidence.kept, "deadline 2030-07-05T16:00:00Z");
        assert_eq!(evidence.told.en, "deadline 2030-07-06 00:00:00 +08:00");
        assert_eq!(evidence.told.zh, "补交期限：2030-07-06 00:00:00 +08:00");
        let evidence = Mark::ValidTo.on("2031-05-19".parse().unwrap());
        assert_eq!(
            (evidence.kept.as_str(), evidence.told.zh.as_str()),
            ("valid to 2031-05-19", "有效期至2031年5月19日")
        );
        assert_eq!(evidence.kept, evidence.told.en);
    }

    #[test]
    fn what_is_technical_is_told_as_it_is_kept() {
        let evidence = Evidence::from("no startxref");
        assert_eq!(evidence.told.en, evidence.kept);
        assert_eq!(evidence.chinese(), evidence.kept);
    }

    #[test]
    fn objects_have_chinese_names_and_keep_their_own() {
        assert_eq!(about("code").zh, "二维码");
        assert_eq!(about("field Seal1").zh, "签章域 Seal1");
        assert_eq!(about("滨海市公安局 (1)").zh, "滨海市公安局 (1)");
        assert!(goes_without_saying("record") && !goes_without_saying("field Seal1"));
    }
}
