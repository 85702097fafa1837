//! When an element is set: `{valid.to}`, `!{valid.to}`, `{holder.code_type} == 111`, `{holder.code_type} != 111`.

use serde::Deserialize;

use super::text::member;
use crate::record::{Member, Record};
use crate::time::Date;

/// A test of one member of the record.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::compose) struct Condition {
    member: Member,
    test: Test,
}

#[derive(Clone, Debug, PartialEq)]
enum Test {
    Present,
    Absent,
    Equal(String),
    Unequal(String),
}

impl Condition {
    /// Whether `record` passes. A missing member is unequal to everything.
    pub(in crate::compose) fn holds(&self, record: &Record) -> bool {
        let value = self.member.value(record);
        match &self.test {
            Test::Present => value.is_some(),
            Test::Absent => value.is_none(),
            Test::Equal(text) => value.is_some_and(|value| value == *text),
            Test::Unequal(text) => value.is_none_or(|value| value != *text),
        }
    }

    /// Why it says the same of every record.
    pub(super) fn unfillable(&self) -> Option<String> {
        let (Test::Equal(value) | Test::Unequal(value)) = &self.test else {
            return None;
        };
        let three_digits = value.len() == 3 && value.bytes().all(|byte| byte.is_ascii_digit());
        let must = match self.member {
            Member::HolderCodeType if !three_digits => "three digits",
            Member::Issued | Member::ValidFrom | Member::ValidTo if value.parse::<Date>().is_err() => {
                "a day of the form 2030-06-01"
            }
            _ => return None,
        };
        Some(format!("no {} is `{value}`; write {must}", self.member.path()))
    }

    fn parse(text: &str) -> Result<Self, String> {
        let wrong = || {
            format!(
                "`{text}` is no condition; write {{member}}, !{{member}}, {{member}} == text or {{member}} != text"
            )
        };
        let text = text.trim();
        let (absent, rest) = match text.strip_prefix('!') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (name, rest) = rest
            .strip_prefix('{')
            .and_then(|rest| rest.split_once('}'))
            .ok_or_else(wrong)?;
        let member = member(name.trim())?;
        let rest = rest.trim();
        let test = match (absent, rest) {
            (true, "") => Test::Absent,
            (false, "") => Test::Present,
            (false, rest) => {
                let value = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
                if let Some(text) = rest.strip_prefix("==").and_then(value) {
                    Test::Equal(text)
                } else if let Some(text) = rest.strip_prefix("!=").and_then(value) {
                    Test::Unequal(text)
                } else {
                    return Err(wrong());
                }
            }
            _ => return Err(wrong()),
        };
        Ok(Self { member, test })
    }
}

impl<'de> Deserialize<'de> for Condition {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::Limits;

    #[test]
    fn condition_sees_presence_and_equality() {
        let json = include_str!("../../../examples/data/records/employment.json");
        let record = Record::from_json(json.as_bytes(), &Limits::DEFAULT).unwrap();
        for (text, holds) in [
            ("{valid.to}", false),
            ("!{valid.to}", true),
            ("{holder.code_type} == 111", true),
            ("{holder.code_type} != 111", false),
            ("{valid.to} == 2030-01-01", false),
            ("{valid.to} != 2030-01-01", true),
        ] {
            assert_eq!(Condition::parse(text).unwrap().holds(&record), holds, "{text}");
        }
    }

    #[test]
    fn what_is_no_condition_is_refused() {
        for text in [
            "",
            "valid.to",
            "{valid.to",
            "{valid.too}",
            "{valid.to} =",
            "!{valid.to} == 1",
            "{valid.to} ~ 1",
        ] {
            assert!(Condition::parse(text).is_err(), "{text}");
        }
    }
}
