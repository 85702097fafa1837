//! The facts of one result (结果信息): what was granted, to whom, by whom, under which number, for how long.
//!
//! Member names follow the metadata of electronic licences (GB/T 36903) and the result data set of GB/T 39046. A
//! [`Record`] that exists is valid: codes have right check characters, the identifier names the same certificate type and
//! issuer as the members do, and every text can be printed and compared by eye.
//!
//! ```
//! use yinxin::limits::Limits;
//! use yinxin::record::{Identifier, Record};
//!
//! let json = include_str!("../../examples/data/records/residence.json");
//! let record = Record::from_json(json.as_bytes(), &Limits::DEFAULT)?;
//! assert_eq!(record.holder().masked_code(), "109***********4025");
//!
//! // The next version of the same certificate: only the version and the check character change.
//! let now = record.identifier();
//! let next = Identifier::compose(now.type_code(), now.issuer_code(), now.serial(), 2)?;
//! assert!(next.as_str().ends_with(".2030052012745.002.V"), "{next}");
//!
//! // A wrong check character is refused, and the error says where.
//! let typo = json.replace("109900198809264025", "109900198809264026");
//! let error = Record::from_json(typo.as_bytes(), &Limits::DEFAULT).unwrap_err();
//! assert_eq!(error.to_string(), "holder.code: check character is 6, expected 5");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod beside;
mod binary;
mod codes;
mod difference;
mod identifier;
mod json;
mod member;
mod parts;
mod row;
pub(crate) mod text;

use core::fmt;

pub use beside::{MediaType, MediaTypeError, Picture, Table};
pub use codes::{CitizenNumber, CodeError, TypeCode, UnifiedCode, mask};
pub(crate) use codes::{is_masked, serde_as_text, typed};
pub use difference::Difference;
pub use identifier::{Identifier, IdentifierError};
#[cfg(feature = "compose")]
pub(crate) use member::Member;
pub use parts::{DocumentType, Field, Holder, Issuer, Item, Joint, Parts, SealingOrder};
pub use row::Columns;
pub use text::TextError;

use crate::cbor::{CborError, Value};
use crate::error::At;
use crate::limits::Limits;
use crate::time::Date;

/// Characters of a name or label: item, type, holder, issuer, field label.
pub const NAME_CHARACTERS: usize = 200;
/// Characters of a field value.
pub const VALUE_CHARACTERS: usize = 1000;
/// Characters of the decision text, line feeds included.
pub const DECISION_CHARACTERS: usize = 4000;
/// Characters of the certificate number (证照编号).
pub const NUMBER_CHARACTERS: usize = 128;
/// Characters of an item code: implementation codes (实施编码) of 24 to 31 characters are in use.
pub const ITEM_CODE_CHARACTERS: usize = 64;
/// Bodies that issue one result together with the leading one.
pub const JOINT_ISSUERS: usize = 11;
/// Characters of a holder's code of a kind that has no check rule here.
pub const HOLDER_CODE_CHARACTERS: usize = 32;
/// Fields of one record.
pub const FIELDS: usize = 64;
/// Tables of one record.
pub const TABLES: usize = 16;
/// Columns of one table.
pub const COLUMNS: usize = 32;
/// Rows of one table.
pub const ROWS: usize = 10_000;
/// Cells of all tables of one record.
pub const CELLS: usize = 200_000;
/// Characters of one cell.
pub const CELL_CHARACTERS: usize = 1000;
/// Pictures of one record.
pub const PICTURES: usize = 16;

/// The facts of one result. Always valid; made from JSON, CBOR or [`Parts`].
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Record(Parts);

/// Why something is not a record. Names the member at fault: `holder.code`, `fields[3].value`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct RecordError {
    path: String,
    kind: RecordErrorKind,
}

/// What is wrong with a member of a record.
#[non_exhaustive]
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum RecordErrorKind {
    /// Not CBOR in core deterministic encoding.
    Cbor(CborError),
    /// The row has not one cell for every column.
    Cells {
        /// Columns of the table.
        expected: usize,
    },
    /// A citizen number, unified code or other code is malformed or has a wrong check character.
    Code(CodeError),
    /// The member disagrees with another one: `expected` is what the other one says.
    Disagrees {
        /// The member it must agree with.
        with: &'static str,
        /// What that member says.
        expected: String,
    },
    /// A label or member is given twice.
    Duplicate,
    /// The certificate identifier is malformed or has a wrong check character.
    Identifier(IdentifierError),
    /// Not JSON: line and column, both from 1.
    Json {
        /// Line, from 1.
        line: usize,
        /// Column in bytes, from 1.
        column: usize,
    },
    /// No known media type of a picture.
    MediaType(MediaTypeError),
    /// The member is required and missing.
    Missing,
    /// Not 64 hexadecimal digits in lower case.
    NotADigest,
    /// A date is not of the form `2030-06-01`, or there is no such day.
    NotADate,
    /// The validity ends before it starts, or before the issue date.
    Order,
    /// The input or a list is larger than allowed: the value is the most allowed.
    TooMany(usize),
    /// The tables have more cells together than the value.
    TooManyCells(usize),
    /// The text may not be printed, compared or stored.
    Text(TextError),
    /// The member has another type than `expected`.
    Type {
        /// The type it must have.
        expected: &'static str,
    },
    /// No such member is known.
    Unknown,
    /// The format version is not one this library reads.
    Version,
}

impl Record {
    /// Checks `parts` and makes a record of them.
    ///
    /// # Errors
    /// Occurs if a member breaks a rule of `docs/FORMAT.md`, clause 2; the error names it.
    pub fn new(parts: Parts) -> Result<Self, RecordError> {
        parts.check()?;
        Ok(Self(parts))
    }

    /// Reads the JSON form (`docs/record.schema.json`). Unknown and repeated members are refused.
    ///
    /// # Errors
    /// Occurs if the bytes are larger than `Limits::record_bytes`, not JSON, or a member is missing, unknown or invalid.
    pub fn from_json(bytes: &[u8], limits: &Limits) -> Result<Self, RecordError> {
        Self::new(json::read(bytes, limits)?)
    }

    /// The JSON form, indented by two spaces, members in the order of the schema.
    #[must_use]
    pub fn to_json(&self) -> String {
        json::write(&self.0)
    }

    /// Reads the binary form: deterministic CBOR with integer keys (`docs/FORMAT.md`, clause 2.3).
    ///
    /// # Errors
    /// Occurs if the bytes are larger than `Limits::record_bytes`, not deterministic CBOR, or a member is missing,
    /// unknown or invalid.
    pub fn from_cbor(bytes: &[u8], limits: &Limits) -> Result<Self, RecordError> {
        Self::new(binary::read(bytes, limits)?)
    }

    /// The binary form. The same record always gives the same bytes, and only these are read back.
    #[must_use]
    pub fn to_cbor(&self) -> Vec<u8> {
        binary::write(&self.0).encode()
    }

    /// The binary form as a value, to stand inside another.
    pub(crate) fn to_value(&self) -> Value {
        binary::write(&self.0)
    }

    /// The same facts but for what `change` alters, checked like any other record.
    ///
    /// ```
    /// # use yinxin::limits::Limits;
    /// # use yinxin::record::Record;
    /// # let json = include_str!("../../examples/data/records/residence.json");
    /// # let record = Record::from_json(json.as_bytes(), &Limits::DEFAULT)?;
    /// let moved = record.amended(|parts| parts.set("居住地址", "滨海市新港区望潮街道海棠路99号"))?;
    /// assert_eq!(record.differences(&moved).len(), 1);
    /// assert!(record.amended(|parts| parts.set("居住地址", "")).is_err());
    /// # Ok::<(), yinxin::record::RecordError>(())
    /// ```
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn amended(&self, change: impl FnOnce(&mut Parts)) -> Result<Self, RecordError> {
        let mut parts = self.0.clone();
        change(&mut parts);
        Self::new(parts)
    }

    /// The members, by value.
    #[must_use]
    pub fn into_parts(self) -> Parts {
        self.0
    }

    /// The government service item (政务服务事项) the result comes from.
    #[must_use]
    pub fn item(&self) -> &Item {
        &self.0.item
    }

    /// The certificate type (证照类型).
    #[must_use]
    pub fn kind(&self) -> &DocumentType {
        &self.0.kind
    }

    /// The certificate number (证照编号) as printed.
    #[must_use]
    pub fn number(&self) -> &str {
        &self.0.number
    }

    /// The certificate identifier (证照标识, GB/T 36904).
    #[must_use]
    pub fn identifier(&self) -> &Identifier {
        &self.0.identifier
    }

    /// Who holds the certificate (持证主体).
    #[must_use]
    pub fn holder(&self) -> &Holder {
        &self.0.holder
    }

    /// Who issues it (颁发机构).
    #[must_use]
    pub fn issuer(&self) -> &Issuer {
        &self.0.issuer
    }

    /// The bodies that issue it together with [`issuer`](Self::issuer), if there are any.
    #[must_use]
    pub fn joint(&self) -> Option<&Joint> {
        self.0.joint.as_ref()
    }

    /// Every body that issues it, in the order of the paper, the leading one first.
    pub fn issuers(&self) -> impl Iterator<Item = &Issuer> {
        let joint = self.0.joint.iter().flat_map(|joint| &joint.issuers);
        core::iter::once(&self.0.issuer).chain(joint)
    }

    /// What it says, label by label, in the order of the paper. No label occurs twice.
    #[must_use]
    pub fn fields(&self) -> &[Field] {
        &self.0.fields
    }

    /// The decision in running text, if there is one. Paragraphs are separated by one line feed.
    #[must_use]
    pub fn decision(&self) -> Option<&str> {
        self.0.decision.as_deref()
    }

    /// The tables, in the order of the paper. No label occurs twice.
    #[must_use]
    pub fn tables(&self) -> &[Table] {
        &self.0.tables
    }

    /// The pictures by label and digest. No label occurs twice.
    #[must_use]
    pub fn pictures(&self) -> &[Picture] {
        &self.0.pictures
    }

    /// The day of issue (颁发日期).
    #[must_use]
    pub fn issued(&self) -> Date {
        self.0.issued
    }

    /// First day of validity, if stated.
    #[must_use]
    pub fn valid_from(&self) -> Option<Date> {
        self.0.valid_from
    }

    /// Last day of validity, if it ends.
    #[must_use]
    pub fn valid_to(&self) -> Option<Date> {
        self.0.valid_to
    }

    /// Whether this is a sample without effect (样张).
    #[must_use]
    pub fn sample(&self) -> bool {
        self.0.sample
    }
}

impl RecordError {
    /// The member at fault: `holder.code`, `fields[3].value`; empty for the whole input.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// What is wrong with it.
    #[must_use]
    pub fn kind(&self) -> &RecordErrorKind {
        &self.kind
    }

    pub(crate) fn new(path: impl Into<String>, kind: RecordErrorKind) -> Self {
        Self {
            path: path.into(),
            kind,
        }
    }
}

impl fmt::Display for RecordError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.path.is_empty() {
            write!(f, "record: {}", self.kind)
        } else {
            write!(f, "{}: {}", self.path, self.kind)
        }
    }
}

impl core::error::Error for RecordError {}

impl fmt::Display for RecordErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cbor(At { kind, offset }) => write!(f, "{kind} at byte {offset}"),
            Self::Cells { expected } => write!(f, "has not one cell for each of {expected} columns"),
            Self::Code(error) => error.fmt(f),
            Self::Disagrees { with, expected } => {
                write!(f, "does not agree with {with}, which says {expected}")
            }
            Self::Duplicate => f.write_str("given twice"),
            Self::Identifier(error) => error.fmt(f),
            Self::Json { line, column } => write!(f, "not json at line {line}, column {column}"),
            Self::MediaType(error) => error.fmt(f),
            Self::Missing => f.write_str("missing"),
            Self::NotADigest => f.write_str("not a digest of 64 hexadecimal digits in lower case"),
            Self::NotADate => f.write_str("not a date of the form 2030-06-01"),
            Self::Order => f.write_str("is before the day it must follow"),
            Self::TooMany(most) => write!(f, "too large; at most {most} allowed"),
            Self::TooManyCells(most) => write!(f, "too many cells; at most {most} allowed in all"),
            Self::Text(error) => error.fmt(f),
            Self::Type { expected } => write!(f, "not {expected}"),
            Self::Unknown => f.write_str("no such member"),
            Self::Version => f.write_str("format version not known; this library reads versions 1 and 2"),
        }
    }
}
