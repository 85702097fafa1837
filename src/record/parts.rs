//! The members of a record and the rules between them.

use serde::Serialize;

use super::beside::{self, Picture, Table};
use super::codes::{CitizenNumber, CodeError, TypeCode, UnifiedCode, mask, typed};
use super::identifier::Identifier;
use super::text::{self, TextError};
use super::{
    DECISION_CHARACTERS, FIELDS, HOLDER_CODE_CHARACTERS, ITEM_CODE_CHARACTERS, JOINT_ISSUERS,
    NAME_CHARACTERS, NUMBER_CHARACTERS, RecordError, RecordErrorKind, VALUE_CHARACTERS,
};
use crate::time::Date;

/// The members of a record before they are checked together. Complete: a new member would be a new format version.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Parts {
    /// The government service item.
    pub item: Item,
    /// The certificate type; JSON member `type`.
    pub kind: DocumentType,
    /// The certificate number as printed, at most 128 characters.
    pub number: String,
    /// The certificate identifier; its type and issuer must be those of `kind` and `issuer`.
    pub identifier: Identifier,
    /// Who holds the certificate.
    pub holder: Holder,
    /// Who issues it.
    pub issuer: Issuer,
    /// What it says, in the order of the paper; at most 64, no label twice.
    pub fields: Vec<Field>,
    /// The decision in running text, at most 4000 characters, paragraphs separated by one line feed.
    pub decision: Option<String>,
    /// Tables, at most 16, no label twice, 200 000 cells in all.
    pub tables: Vec<Table>,
    /// Pictures by label and digest, at most 16, no label twice.
    pub pictures: Vec<Picture>,
    /// The day of issue.
    pub issued: Date,
    /// First day of validity, if stated.
    pub valid_from: Option<Date>,
    /// Last day of validity, if it ends; not before `valid_from` or `issued`.
    pub valid_to: Option<Date>,
    /// Whether this is a sample without effect.
    pub sample: bool,
    /// The bodies that issue it together with `issuer` (联合发文, 证照联办), if there are any.
    pub joint: Option<Joint>,
}

/// The bodies that issue a result together with the one its identifier names, which leads (主办机关); each seals it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Joint {
    /// The others, in the order in which they stand on the paper: 1 to 11, no code twice.
    pub issuers: Vec<Issuer>,
    /// In which order the bodies seal.
    pub order: SealingOrder,
}

/// In which order several bodies seal one result.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub enum SealingOrder {
    /// As they come.
    #[default]
    Any,
    /// As they stand on the paper: the leading body first, and each after the one before it.
    Listed,
}

impl Joint {
    /// Bodies that seal as they come.
    #[must_use]
    pub fn new(issuers: Vec<Issuer>) -> Self {
        let order = SealingOrder::Any;
        Self { issuers, order }
    }
}

impl SealingOrder {
    /// As JSON has it.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Any => "any",
            Self::Listed => "listed",
        }
    }
}

/// A government service item (政务服务事项, GB/T 39046, table 4).
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Item {
    /// Basic or implementation code: 1 to 64 ASCII letters, digits and hyphens.
    pub code: String,
    /// Name, at most 200 characters.
    pub name: String,
}

/// A certificate type (证照类型, GB/T 36903).
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct DocumentType {
    /// Type code.
    pub code: TypeCode,
    /// Name (证照名称), at most 200 characters.
    pub name: String,
}

/// Who holds the certificate (持证主体).
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Holder {
    /// Name, at most 200 characters.
    pub name: String,
    /// Kind of the code (持证主体代码类型代码): three digits; 111 citizen number, 001 unified code.
    pub code_type: String,
    /// The code: checked for 111 and 001, otherwise 1 to 32 ASCII letters and digits. Personal data.
    pub code: String,
}

/// Who issues the certificate (颁发机构).
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Issuer {
    /// Name, at most 200 characters.
    pub name: String,
    /// Unified social credit code.
    pub code: UnifiedCode,
}

/// One labelled statement of the certificate.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Field {
    /// Label, at most 200 characters, unique in its record.
    pub label: String,
    /// Value, at most 1000 characters.
    pub value: String,
}

impl Holder {
    /// The code as it may be shown to everybody: whole for a unified code, which is public, otherwise [masked](mask).
    #[must_use]
    pub fn masked_code(&self) -> String {
        if self.code_type == "001" {
            self.code.clone()
        } else {
            mask(&self.code)
        }
    }

    /// Whether `code`, as a person types it, is this holder's: white space, full-width forms and small letters do not matter.
    #[must_use]
    pub fn has_code(&self, code: &str) -> bool {
        self.code.eq_ignore_ascii_case(&typed(code))
    }
}

impl Parts {
    /// Sets what stands at `label`: in its place if there is such a field, or else as the last one.
    pub fn set(&mut self, label: impl Into<String>, value: impl Into<String>) {
        let (label, value) = (label.into(), value.into());
        match self.fields.iter_mut().find(|field| field.label == label) {
            Some(field) => field.value = value,
            None => self.fields.push(Field { label, value }),
        }
    }

    /// Checks every member, in the order of the JSON form, then the members against each other.
    pub(super) fn check(&self) -> Result<(), RecordError> {
        if !code_fits(&self.item.code, ITEM_CODE_CHARACTERS, b"-") {
            return Err(code_error(
                "item.code",
                &self.item.code,
                ITEM_CODE_CHARACTERS,
                b"-",
            ));
        }
        line("item.name", &self.item.name, NAME_CHARACTERS)?;
        line("type.name", &self.kind.name, NAME_CHARACTERS)?;
        line("number", &self.number, NUMBER_CHARACTERS)?;
        self.check_identifier()?;
        line("holder.name", &self.holder.name, NAME_CHARACTERS)?;
        self.check_holder_code()?;
        line("issuer.name", &self.issuer.name, NAME_CHARACTERS)?;
        self.check_joint()?;
        self.check_fields()?;
        if let Some(decision) = &self.decision {
            text::paragraphs(decision, DECISION_CHARACTERS).map_err(text_error("decision"))?;
        }
        beside::check(&self.tables, &self.pictures)?;
        self.check_validity()
    }

    fn check_identifier(&self) -> Result<(), RecordError> {
        let disagrees = |with, expected: String| {
            let kind = RecordErrorKind::Disagrees { with, expected };
            Err(RecordError::new("identifier", kind))
        };
        if *self.identifier.type_code() != self.kind.code {
            return disagrees("type.code", self.kind.code.to_string());
        }
        if *self.identifier.issuer_code() != self.issuer.code {
            return disagrees("issuer.code", self.issuer.code.to_string());
        }
        Ok(())
    }

    fn check_holder_code(&self) -> Result<(), RecordError> {
        let Holder { code, code_type, .. } = &self.holder;
        let fail = |path: &str, error| Err(RecordError::new(path, RecordErrorKind::Code(error)));
        if code_type.len() != 3 {
            return fail("holder.code_type", CodeError::Length { expected: 3 });
        }
        if let Some(at) = code_type.bytes().position(|b| !b.is_ascii_digit()) {
            return fail("holder.code_type", CodeError::Alphabet(at));
        }
        let outcome = match code_type.as_str() {
            "001" => code.parse::<UnifiedCode>().map(drop),
            "111" => code.parse::<CitizenNumber>().map(drop),
            _ if code_fits(code, HOLDER_CODE_CHARACTERS, b"") => Ok(()),
            _ => return Err(code_error("holder.code", code, HOLDER_CODE_CHARACTERS, b"")),
        };
        outcome.or_else(|error| fail("holder.code", error))
    }

    fn check_joint(&self) -> Result<(), RecordError> {
        let Some(joint) = &self.joint else {
            return Ok(());
        };
        let fail = |path: String, kind| Err(RecordError::new(path, kind));
        match joint.issuers.len() {
            0 => return fail("joint.issuers".into(), RecordErrorKind::Missing),
            1..=JOINT_ISSUERS => {}
            _ => return fail("joint.issuers".into(), RecordErrorKind::TooMany(JOINT_ISSUERS)),
        }
        for (at, Issuer { name, code }) in joint.issuers.iter().enumerate() {
            line(&format!("joint.issuers[{at}].name"), name, NAME_CHARACTERS)?;
            let mut earlier = joint.issuers.iter().take(at).chain([&self.issuer]);
            if earlier.any(|earlier| earlier.code == *code) {
                return fail(format!("joint.issuers[{at}].code"), RecordErrorKind::Duplicate);
            }
        }
        Ok(())
    }

    fn check_fields(&self) -> Result<(), RecordError> {
        if self.fields.len() > FIELDS {
            return Err(RecordError::new("fields", RecordErrorKind::TooMany(FIELDS)));
        }
        // At most 64 of them, so looking back at all earlier ones is cheap.
        for (at, Field { label, value }) in self.fields.iter().enumerate() {
            line(&format!("fields[{at}].label"), label, NAME_CHARACTERS)?;
            line(&format!("fields[{at}].value"), value, VALUE_CHARACTERS)?;
            if self.fields.iter().take(at).any(|earlier| earlier.label == *label) {
                let path = format!("fields[{at}].label");
                return Err(RecordError::new(path, RecordErrorKind::Duplicate));
            }
        }
        Ok(())
    }

    fn check_validity(&self) -> Result<(), RecordError> {
        let first = self.valid_from.map_or(self.issued, |from| from.max(self.issued));
        match self.valid_to {
            Some(to) if to < first => Err(RecordError::new("valid.to", RecordErrorKind::Order)),
            _ => Ok(()),
        }
    }
}

fn line(path: &str, value: &str, most: usize) -> Result<(), RecordError> {
    text::line(value, most).map_err(text_error(path))
}

fn text_error(path: &str) -> impl FnOnce(TextError) -> RecordError {
    move |error| RecordError::new(path, RecordErrorKind::Text(error))
}

fn code_fits(code: &str, most: usize, extra: &[u8]) -> bool {
    (1..=most).contains(&code.len())
        && code
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || extra.contains(&b))
}

/// Says which rule of [`code_fits`] `code` breaks.
fn code_error(path: &str, code: &str, most: usize, extra: &[u8]) -> RecordError {
    let alien = code
        .chars()
        .position(|c| !(c.is_ascii_alphanumeric() || u8::try_from(c).is_ok_and(|b| extra.contains(&b))));
    RecordError::new(
        path,
        match alien {
            _ if code.is_empty() => RecordErrorKind::Text(TextError::Empty),
            Some(at) if at < most => RecordErrorKind::Code(CodeError::Alphabet(at)),
            _ => RecordErrorKind::Text(TextError::TooLong { most }),
        },
    )
}
