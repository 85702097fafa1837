//! Text of a template: literal characters and placeholders such as `{holder.name}` or `{valid.to|长期}`.

use serde::Deserialize;
use serde::de::Error as _;

use super::error::ComposeError;
use crate::record::Record;
use crate::time::Date;

/// Text with placeholders, checked when the template is read.
///
/// `{member}` stands for a member of the record, `{member|text}` for that or `text` if the record lacks it; `{{` and `}}` are braces.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Text(Vec<Part>);

#[derive(Clone, Debug, PartialEq)]
enum Part {
    Literal(String),
    Member {
        member: Member,
        fallback: Option<String>,
    },
}

/// What a placeholder may name.
#[derive(Clone, Debug, Eq, PartialEq)]
enum Member {
    Decision,
    Field(String),
    HolderCode,
    HolderMaskedCode,
    HolderName,
    Identifier,
    Issued,
    IssuerCode,
    IssuerName,
    ItemCode,
    ItemName,
    Number,
    TypeCode,
    TypeName,
    ValidFrom,
    ValidTo,
}

/// A piece of bound text and the record member it comes from, if any.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Piece {
    pub(super) text: String,
    pub(super) member: Option<String>,
}

impl Text {
    /// Reads the text form. The message says which placeholder is wrong and which exist.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let mut parts = Vec::new();
        let mut literal = String::new();
        let mut rest = text;
        while let Some(at) = rest.find(['{', '}']) {
            let (before, tail) = rest.split_at(at);
            literal.push_str(before);
            if let Some(after) = tail.strip_prefix("{{") {
                literal.push('{');
                rest = after;
            } else if let Some(after) = tail.strip_prefix("}}") {
                literal.push('}');
                rest = after;
            } else if let Some((name, after)) = tail.strip_prefix('{').and_then(|tail| tail.split_once('}')) {
                let (name, fallback) = match name.split_once('|') {
                    Some((name, fallback)) => (name, Some(fallback.to_owned())),
                    None => (name, None),
                };
                let member = Member::parse(name.trim()).ok_or_else(|| unknown(name))?;
                if !literal.is_empty() {
                    parts.push(Part::Literal(core::mem::take(&mut literal)));
                }
                parts.push(Part::Member { member, fallback });
                rest = after;
            } else {
                return Err("a brace stands alone; write {{ or }} for a brace".into());
            }
        }
        literal.push_str(rest);
        if !literal.is_empty() {
            parts.push(Part::Literal(literal));
        }
        Ok(Self(parts))
    }

    /// The text with the record's members put in; `None` if a member without fallback is missing and `optional` is set.
    pub(super) fn bind(
        &self,
        record: &Record,
        element: &str,
        optional: bool,
    ) -> Result<Option<Vec<Piece>>, ComposeError> {
        let mut pieces = Vec::with_capacity(self.0.len());
        for part in &self.0 {
            let piece = match part {
                Part::Literal(text) => Piece::literal(text),
                Part::Member { member, fallback } => match (member.value(record), fallback) {
                    (Some(text), _) => Piece {
                        text,
                        member: Some(member.path()),
                    },
                    (None, Some(fallback)) => Piece::literal(fallback),
                    (None, None) if optional => return Ok(None),
                    (None, None) => {
                        return Err(ComposeError::MissingMember {
                            element: element.to_owned(),
                            member: member.path(),
                        });
                    }
                },
            };
            pieces.push(piece);
        }
        Ok(Some(pieces))
    }

    /// Every character that the template itself brings.
    pub(super) fn characters(&self) -> impl Iterator<Item = char> + '_ {
        self.0.iter().flat_map(|part| match part {
            Part::Literal(text) => text.chars(),
            Part::Member { fallback, .. } => fallback.as_deref().unwrap_or("").chars(),
        })
    }
}

impl Piece {
    /// The template's own text.
    pub(super) fn literal(text: &str) -> Self {
        Self {
            text: text.to_owned(),
            member: None,
        }
    }
}

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

/// A day as certificates print it: Arabic digits without leading zeros (GB/T 9704-2012, 7.3.5.4).
pub(super) fn printed_date(date: Date) -> String {
    let iso = date.to_string();
    let mut parts = iso.split('-').map(|part| part.trim_start_matches('0'));
    let mut next = || parts.next().unwrap_or_default();
    format!("{}年{}月{}日", next(), next(), next())
}

const NAMES: &str = "decision, fields.LABEL, holder.code, holder.masked_code, holder.name, identifier, issued, issuer.code, \
                     issuer.name, item.code, item.name, number, type.code, type.name, valid.from, valid.to";

fn unknown(name: &str) -> String {
    format!("unknown placeholder `{name}`; there are {NAMES}")
}

impl Member {
    fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "decision" => Self::Decision,
            "holder.code" => Self::HolderCode,
            "holder.masked_code" => Self::HolderMaskedCode,
            "holder.name" => Self::HolderName,
            "identifier" => Self::Identifier,
            "issued" => Self::Issued,
            "issuer.code" => Self::IssuerCode,
            "issuer.name" => Self::IssuerName,
            "item.code" => Self::ItemCode,
            "item.name" => Self::ItemName,
            "number" => Self::Number,
            "type.code" => Self::TypeCode,
            "type.name" => Self::TypeName,
            "valid.from" => Self::ValidFrom,
            "valid.to" => Self::ValidTo,
            _ => Self::Field(name.strip_prefix("fields.").filter(|l| !l.is_empty())?.to_owned()),
        })
    }

    fn path(&self) -> String {
        match self {
            Self::Decision => "decision",
            Self::Field(label) => return format!("fields.{label}"),
            Self::HolderCode | Self::HolderMaskedCode => "holder.code",
            Self::HolderName => "holder.name",
            Self::Identifier => "identifier",
            Self::Issued => "issued",
            Self::IssuerCode => "issuer.code",
            Self::IssuerName => "issuer.name",
            Self::ItemCode => "item.code",
            Self::ItemName => "item.name",
            Self::Number => "number",
            Self::TypeCode => "type.code",
            Self::TypeName => "type.name",
            Self::ValidFrom => "valid.from",
            Self::ValidTo => "valid.to",
        }
        .to_owned()
    }

    fn value(&self, record: &Record) -> Option<String> {
        Some(match self {
            Self::Decision => record.decision()?.to_owned(),
            Self::Field(label) => {
                let field = record.fields().iter().find(|field| field.label == *label)?;
                field.value.clone()
            }
            Self::HolderCode => record.holder().code.clone(),
            Self::HolderMaskedCode => record.holder().masked_code(),
            Self::HolderName => record.holder().name.clone(),
            Self::Identifier => record.identifier().to_string(),
            Self::Issued => printed_date(record.issued()),
            Self::IssuerCode => record.issuer().code.to_string(),
            Self::IssuerName => record.issuer().name.clone(),
            Self::ItemCode => record.item().code.clone(),
            Self::ItemName => record.item().name.clone(),
            Self::Number => record.number().to_owned(),
            Self::TypeCode => record.kind().code.to_string(),
            Self::TypeName => record.kind().name.clone(),
            Self::ValidFrom => printed_date(record.valid_from()?),
            Self::ValidTo => printed_date(record.valid_to()?),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_placeholder_names_itself_and_the_known_ones() {
        let message = Text::parse("致{holder.nme}：").unwrap_err();
        assert!(
            message.contains("`holder.nme`") && message.contains("holder.name"),
            "{message}"
        );
    }

    #[test]
    fn lone_brace_is_refused_and_doubled_brace_is_a_brace() {
        assert!(Text::parse("a}b").is_err());
        assert!(Text::parse("a{b").is_err());
        let text = Text::parse("{{a}}").unwrap();
        assert_eq!(text.characters().collect::<String>(), "{a}");
    }

    #[test]
    fn printed_date_has_no_leading_zeros() {
        assert_eq!(printed_date("2030-06-01".parse().unwrap()), "2030年6月1日");
    }
}
