//! The questions of whoever has to accept a result, answered in one place from a report: terminal, record page and JSON show these
//! answers and decide nothing by themselves.

mod accept;
mod body;
mod result;
mod standing;
mod when;

use serde::Serialize;
use serde::ser::{SerializeStruct, Serializer};

use super::finding::{Code, Finding, Severity};
use super::report::Report;
use crate::time::Time;

/// What a clerk asks, in the order of asking.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Question {
    /// May I accept it, and what do I do next?
    Accept,
    /// Issued by whom, under which authority?
    IssuedBy,
    /// For whom?
    Holder,
    /// What does it say, to compare with the paper?
    Content,
    /// How does it stand, and as of when is that known?
    Standing,
    /// How is the time known?
    Time,
}

/// The same words in English and in Chinese.
#[non_exhaustive]
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize)]
pub struct Words {
    /// English.
    pub en: String,
    /// Chinese, simplified characters.
    pub zh: String,
}

/// The answer to one question.
#[non_exhaustive]
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Answer {
    /// The question.
    pub question: Question,
    /// The answer in one word that never changes its meaning, such as `yes` or `revoked`: `docs/report.schema.json` lists them.
    pub value: &'static str,
    /// The answer for people, line by line.
    pub rows: Vec<Row>,
}

/// One line of an answer.
#[non_exhaustive]
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Row {
    /// What the line is about, in a word that never changes: `authority-list`, `field`.
    #[serde(rename = "row")]
    pub name: &'static str,
    /// What stands before it.
    pub label: Words,
    /// What it says. Times are those of clocks in China.
    #[serde(flatten)]
    pub text: Words,
    /// Whether it speaks against accepting.
    pub severity: Severity,
}

impl Question {
    /// Every question, in order.
    pub const ALL: &'static [Self] = &[
        Self::Accept,
        Self::IssuedBy,
        Self::Holder,
        Self::Content,
        Self::Standing,
        Self::Time,
    ];

    /// The question for people.
    #[must_use]
    pub fn words(self) -> Words {
        match self {
            Self::Accept => words("may I accept it", "能否采信"),
            Self::IssuedBy => words("issued by whom, under which authority", "由谁出具、依据何种授权"),
            Self::Holder => words("for whom", "发给谁"),
            Self::Content => words(
                "what it says, to compare with the paper",
                "载明内容（与纸面逐项比对）",
            ),
            Self::Standing => words("how it stands, and as of when", "现时效力及截至何时"),
            Self::Time => words("how the time is known", "时间依据"),
        }
    }
}

impl Report {
    /// The answers to the six questions, in order. Of the holder and the content they say what [`Report::authentic`] gives out,
    /// and nothing where it gives out nothing.
    #[must_use]
    pub fn answers(&self) -> Vec<Answer> {
        let answer = |&question| {
            let (value, rows) = match question {
                Question::Accept => accept::answer(self),
                Question::IssuedBy => body::answer(self),
                Question::Holder => result::holder(self),
                Question::Content => result::content(self),
                Question::Standing => standing::answer(self),
                Question::Time => when::answer(self),
            };
            Answer {
                question,
                value,
                rows,
            }
        };
        Question::ALL.iter().map(answer).collect()
    }

    /// The finding that decides, if the outcome is not `Authentic`.
    pub(super) fn leading(&self) -> Option<&Finding> {
        self.findings
            .first()
            .filter(|finding| finding.code.severity() > Severity::Note)
    }

    pub(super) fn has(&self, code: Code) -> bool {
        self.findings.iter().any(|finding| finding.code == code)
    }
}

impl Words {
    /// What is the same in every language: names, numbers.
    pub(super) fn same(text: impl Into<String>) -> Self {
        let text = text.into();
        words(text.clone(), text)
    }
}

pub(super) fn words(en: impl Into<String>, zh: impl Into<String>) -> Words {
    Words {
        en: en.into(),
        zh: zh.into(),
    }
}

impl Row {
    fn new(name: &'static str, label: Words, text: Words) -> Self {
        Self {
            name,
            label,
            text,
            severity: Severity::Note,
        }
    }

    fn weighing(mut self, severity: Severity) -> Self {
        self.severity = severity;
        self
    }

    /// Adds what the first of `codes` says that was found.
    fn blamed(mut self, report: &Report, codes: &[Code]) -> Self {
        if let Some(code) = codes.iter().find(|code| report.has(**code)) {
            self.text.en.push_str(&format!("; {}", code.english()));
            self.text.zh.push_str(&format!("；{}", code.chinese()));
            self.severity = self.severity.max(code.severity());
        }
        self
    }
}

/// An answer before it has its question.
type Found = (&'static str, Vec<Row>);

/// How old something is: in days, or in hours on its first.
pub(super) fn age(seconds: i64) -> Words {
    let (days, hours) = (seconds.div_euclid(86_400), seconds.div_euclid(3600));
    let plural = |count: i64| if count == 1 { "" } else { "s" };
    match (seconds < 0, days) {
        (true, _) => words("later than the time asked about", "晚于核验时点"),
        (false, 0) => words(
            format!("{hours} hour{} old", plural(hours)),
            format!("已 {hours} 小时"),
        ),
        (false, days) => words(format!("{days} day{} old", plural(days)), format!("已 {days} 天")),
    }
}

/// When a list was issued, how old it is, and until when it is good.
fn dates(issued: Time, age_seconds: i64, good_until: Option<Time>) -> Words {
    let age = age(age_seconds);
    let issued = issued.in_china();
    let (until, until_chinese) = match good_until.map(Time::in_china) {
        Some(until) => (format!(", good until {until}"), format!("，有效至 {until}")),
        None => (String::new(), String::new()),
    };
    words(
        format!("issued {issued} ({}){until}", age.en),
        format!("签发于 {issued}（{}）{until_chinese}", age.zh),
    )
}

impl Serialize for Answer {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let asked = self.question.words();
        let mut out = serializer.serialize_struct("Answer", 5)?;
        out.serialize_field("question", &self.question)?;
        out.serialize_field("answer", self.value)?;
        out.serialize_field("en", &asked.en)?;
        out.serialize_field("zh", &asked.zh)?;
        out.serialize_field("rows", &self.rows)?;
        out.end()
    }
}
