//! Text of a template: literal characters and placeholders such as `{holder.name}`, `{valid.to|长期}` or `{issued:date-han}`.

use serde::Deserialize;
use serde::de::{Error as _, MapAccess, Visitor};

use super::format::{Format, printed_date};
use crate::compose::error::ComposeError;
use crate::record::{Member, Record};

/// Text with placeholders, checked when the template is read: one for all languages, or one for each.
///
/// `{member}` stands for a member of the record, `{member|text}` for that or `text` if the record lacks it, `{member:format}`
/// for the member written in a [`Format`]; `{{` and `}}` are braces.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::compose) struct Text {
    /// Where it starts in the template, in bytes.
    pub(super) at: usize,
    variants: Vec<Variant>,
}

/// Text of a header or footer, which may also have `{page}` and `{pages}`.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::compose) struct PageText(pub(in crate::compose) Text);

#[derive(Clone, Debug, PartialEq)]
struct Variant {
    /// `None` for all languages.
    language: Option<String>,
    parts: Vec<Part>,
}

#[derive(Clone, Debug, PartialEq)]
enum Part {
    Literal(String),
    Member {
        member: Member,
        format: Option<Format>,
        fallback: Option<String>,
    },
    /// The number of the page.
    Page,
    /// How many pages there are.
    Pages,
}

/// A piece of bound text and the record member it comes from, if any.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::compose) struct Piece {
    pub(in crate::compose) text: String,
    pub(in crate::compose) member: Option<String>,
}

/// What a text is bound to.
#[derive(Clone, Copy)]
pub(in crate::compose) struct Binding<'a> {
    pub(in crate::compose) record: &'a Record,
    pub(in crate::compose) language: &'a str,
    /// The page's number and how many there are.
    pub(in crate::compose) page: (usize, usize),
}

impl Text {
    fn new(at: usize, variants: Vec<(Option<String>, String)>) -> Result<Self, String> {
        let variants = variants
            .into_iter()
            .map(|(language, text)| {
                let parts = parse(&text)?;
                Ok(Variant { language, parts })
            })
            .collect::<Result<_, String>>()?;
        Ok(Self { at, variants })
    }

    /// The text with the record's members put in; `None` if a member without fallback is missing and `optional` is set.
    pub(in crate::compose) fn bind(
        &self,
        to: Binding<'_>,
        element: &str,
        optional: bool,
    ) -> Result<Option<Vec<Piece>>, ComposeError> {
        let parts = self.parts(to.language);
        let mut pieces = Vec::with_capacity(parts.len());
        for part in parts {
            let piece = match part {
                Part::Literal(text) => Piece::literal(text),
                Part::Page => Piece::literal(&to.page.0.to_string()),
                Part::Pages => Piece::literal(&to.page.1.to_string()),
                Part::Member {
                    member,
                    format,
                    fallback,
                } => match (written(member, to, *format, element)?, fallback) {
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

    /// Every member that it names, in every language.
    pub(super) fn members(&self) -> impl Iterator<Item = &Member> {
        let parts = self.variants.iter().flat_map(|variant| &variant.parts);
        parts.filter_map(|part| match part {
            Part::Member { member, .. } => Some(member),
            _ => None,
        })
    }

    /// Every character that the template itself brings in `language`.
    pub(super) fn characters(&self, language: &str) -> impl Iterator<Item = char> + '_ {
        self.parts(language).iter().flat_map(|part| match part {
            Part::Literal(text) => text.chars(),
            Part::Member { fallback, .. } => fallback.as_deref().unwrap_or("").chars(),
            Part::Page | Part::Pages => "0123456789".chars(),
        })
    }

    /// What is wrong with the languages of the text in a template that has `languages`.
    pub(super) fn check(&self, languages: &[String]) -> Result<(), String> {
        for variant in &self.variants {
            if let Some(tag) = &variant.language
                && !languages.contains(tag)
            {
                return Err(format!(
                    "the template does not name the language `{tag}`; add it to languages"
                ));
            }
        }
        let speaks = |tag: &String| {
            self.variants
                .iter()
                .any(|variant| variant.language.as_ref().is_none_or(|language| language == tag))
        };
        match languages.iter().find(|tag| !speaks(tag)) {
            Some(tag) => Err(format!("the text is missing in the language `{tag}`")),
            None => Ok(()),
        }
    }

    /// Whether it depends on the page.
    fn says_page(&self) -> bool {
        let mut parts = self.variants.iter().flat_map(|variant| &variant.parts);
        parts.any(|part| matches!(part, Part::Page | Part::Pages))
    }

    fn parts(&self, language: &str) -> &[Part] {
        let fits = |variant: &&Variant| variant.language.as_deref().is_none_or(|tag| tag == language);
        // Reading a template has made sure that every language is there.
        let found = self.variants.iter().find(fits).or(self.variants.first());
        found.map_or(&[], |variant| &variant.parts)
    }
}

/// Reads the text form. The message says which placeholder is wrong and which exist.
fn parse(text: &str) -> Result<Vec<Part>, String> {
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
            if !literal.is_empty() {
                parts.push(Part::Literal(core::mem::take(&mut literal)));
            }
            parts.push(placeholder(name)?);
            rest = after;
        } else {
            return Err("a brace stands alone; write {{ or }} for a brace".into());
        }
    }
    literal.push_str(rest);
    if !literal.is_empty() {
        parts.push(Part::Literal(literal));
    }
    Ok(parts)
}

fn placeholder(text: &str) -> Result<Part, String> {
    match text.trim() {
        "page" => return Ok(Part::Page),
        "pages" => return Ok(Part::Pages),
        _ => {}
    }
    let (name, fallback) = match text.split_once('|') {
        Some((name, fallback)) => (name, Some(fallback.to_owned())),
        None => (text, None),
    };
    let (name, format) = match name.rsplit_once(':') {
        Some((name, format)) => {
            let format = format.trim();
            let known = Format::parse(format).ok_or_else(|| {
                format!("unknown format `{format}`; there are date, date-han, masked, money, money-han")
            })?;
            (name, Some(known))
        }
        None => (name, None),
    };
    let member = member(name.trim())?;
    Ok(Part::Member {
        member,
        format,
        fallback,
    })
}

impl Piece {
    /// The template's own text.
    pub(in crate::compose) fn literal(text: &str) -> Self {
        Self {
            text: text.to_owned(),
            member: None,
        }
    }
}

/// A text in one form for all languages, or a table of texts by language.
struct Shape(Vec<(Option<String>, String)>);

impl<'de> Deserialize<'de> for Shape {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Texts;
        impl<'de> Visitor<'de> for Texts {
            type Value = Shape;

            fn expecting(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                f.write_str("a text, or a table of texts by language")
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Shape, E> {
                Ok(Shape(vec![(None, text.to_owned())]))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Shape, A::Error> {
                let mut texts = Vec::new();
                while let Some((language, text)) = map.next_entry::<String, String>()? {
                    texts.push((Some(language), text));
                }
                if texts.is_empty() {
                    return Err(A::Error::custom("a text by language has at least one language"));
                }
                Ok(Shape(texts))
            }
        }
        deserializer.deserialize_any(Texts)
    }
}

fn read<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Text, D::Error> {
    let shape = toml::Spanned::<Shape>::deserialize(deserializer)?;
    let at = shape.span().start;
    Text::new(at, shape.into_inner().0).map_err(D::Error::custom)
}

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = read(deserializer)?;
        if text.says_page() {
            return Err(D::Error::custom("only header and footer know {page} and {pages}"));
        }
        Ok(text)
    }
}

impl<'de> Deserialize<'de> for PageText {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        read(deserializer).map(Self)
    }
}

/// The member that a placeholder names. The message says which there are.
pub(super) fn member(name: &str) -> Result<Member, String> {
    let unknown = || {
        format!(
            "unknown placeholder `{name}`; there are {}",
            Member::placeholders()
        )
    };
    Member::of_placeholder(name).ok_or_else(unknown)
}

/// The member as it is printed.
fn written(
    member: &Member,
    to: Binding<'_>,
    format: Option<Format>,
    element: &str,
) -> Result<Option<String>, ComposeError> {
    let day = match member {
        Member::Issued => Some(to.record.issued()),
        Member::ValidFrom => to.record.valid_from(),
        Member::ValidTo => to.record.valid_to(),
        _ => None,
    };
    if let (Some(day), None) = (day, format) {
        return Ok(Some(printed_date(day, to.language)));
    }
    let Some(value) = member.value(to.record) else {
        return Ok(None);
    };
    let Some(format) = format else {
        return Ok(Some(value));
    };
    match format.write(&value, to.language) {
        Some(text) => Ok(Some(text)),
        None => Err(ComposeError::Value {
            element: element.to_owned(),
            member: member.path(),
            expected: format.expected(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_placeholder_names_itself_and_the_known_ones() {
        let message = parse("致{holder.nme}：").unwrap_err();
        assert!(
            message.contains("`holder.nme`") && message.contains("holder.name"),
            "{message}"
        );
    }

    #[test]
    fn unknown_format_names_itself_and_the_known_ones() {
        let message = parse("{issued:han}").unwrap_err();
        assert!(
            message.contains("`han`") && message.contains("date-han"),
            "{message}"
        );
    }

    #[test]
    fn lone_brace_is_refused_and_doubled_brace_is_a_brace() {
        assert!(parse("a}b").is_err());
        assert!(parse("a{b").is_err());
        assert_eq!(parse("{{a}}").unwrap(), [Part::Literal("{a}".into())]);
    }

    #[test]
    fn languages_of_a_text_are_those_of_the_template() {
        let text = |tags: &[&str]| {
            let variants = tags.iter().map(|tag| (Some((*tag).to_owned()), "x".to_owned()));
            Text::new(0, variants.collect()).unwrap()
        };
        let languages = ["zh-CN".to_owned(), "en".to_owned()];
        assert!(text(&["en", "zh-CN"]).check(&languages).is_ok());
        assert!(text(&["zh-CN"]).check(&languages).unwrap_err().contains("`en`"));
        assert!(
            text(&["zh-CN", "en", "bo"])
                .check(&languages)
                .unwrap_err()
                .contains("`bo`")
        );
    }
}
