//! The terms of an annotated copy (加注件): what it is a copy of, for whom and what, until when, and who made it.
//!
//! They travel in the copy as `copy.cbor`, under the seal of its maker (`docs/FORMAT.md`, clause 9). A [`Terms`] that exists is
//! valid: every text can be printed and compared by eye, and the codes have right check characters. Holders are named by the
//! code that may be shown to everybody: the whole code stands on the pages, for those who are given them.

mod binary;

use core::fmt;

use crate::cbor::CborError;
use crate::error::At;
use crate::limits::Limits;
use crate::record::text::line;
use crate::record::{
    DocumentType, Field, HOLDER_CODE_CHARACTERS, Identifier, Issuer, NAME_CHARACTERS, NUMBER_CHARACTERS,
    Record, TypeCode, is_masked,
};
use crate::time::{Date, Time};

/// The name under which a copy carries its terms, as an associated file (ISO 32000-2, 14.13).
pub const TERMS_FILE: &str = "copy.cbor";
/// Characters of a recipient's or a maker's name.
pub const RECIPIENT_CHARACTERS: usize = 60;
/// Characters of a purpose.
pub const PURPOSE_CHARACTERS: usize = 100;
/// The last three digits of the type code that lets a body make copies of the types of whoever defines them.
const COPY_NUMBER: &str = "999";

/// What an annotated copy is a copy of, and what it is for.
#[non_exhaustive]
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Terms {
    /// The result that was copied.
    pub original: Original,
    /// Whom the copy is for, at most 60 characters.
    pub recipient: String,
    /// What it is for, at most 100 characters.
    pub purpose: String,
    /// The last day on which it may be used, in China; not before the day it was made.
    pub until: Date,
    /// When the maker found the original authentic and copied it.
    pub made: Time,
    /// Who made it; the name has at most 60 characters.
    pub maker: Issuer,
}

/// The file that was copied, and what its record said.
#[non_exhaustive]
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Original {
    /// Length of the file in bytes.
    pub length: u64,
    /// SHA-256 of the file.
    pub sha256: [u8; 32],
    /// The certificate type (证照类型).
    pub kind: DocumentType,
    /// The certificate number (证照编号).
    pub number: String,
    /// The certificate identifier (证照标识).
    pub identifier: Identifier,
    /// The holder's name.
    pub holder: String,
    /// The holder's code as it may be shown to everybody: masked unless it is public.
    pub holder_code: String,
    /// Who issued the result (颁发机构).
    pub issuer: Issuer,
    /// Whether it is a sample without effect.
    pub sample: bool,
}

/// Why bytes are not the terms of a copy.
#[non_exhaustive]
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum TermsError {
    /// Occurs if they are not CBOR in core deterministic encoding.
    Cbor(CborError),
    /// Occurs if a member is missing, unknown, malformed or at odds with another.
    Member {
        /// The member, such as `recipient`.
        name: &'static str,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// Occurs if they are larger than the limit, which is the value, in bytes.
    TooLarge(usize),
}

impl fmt::Display for TermsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cbor(At { kind, offset }) => write!(f, "terms of the copy: {kind} at byte {offset}"),
            Self::Member { name, reason } => write!(f, "terms of the copy: {name} {reason}"),
            Self::TooLarge(most) => write!(f, "terms of the copy: larger than {most} bytes"),
        }
    }
}

impl core::error::Error for TermsError {}

impl Original {
    /// The file of this length and digest, which holds `record`.
    #[must_use]
    pub fn of(record: &Record, length: u64, sha256: [u8; 32]) -> Self {
        Self {
            length,
            sha256,
            kind: record.kind().clone(),
            number: record.number().to_owned(),
            identifier: record.identifier().clone(),
            holder: record.holder().name.clone(),
            holder_code: record.holder().masked_code(),
            issuer: record.issuer().clone(),
            sample: record.sample(),
        }
    }
}

impl Terms {
    /// A copy of `original` by `maker`, made at `made`, for `recipient` to be used for `purpose` until the end of the day `until`.
    ///
    /// # Errors
    /// `Member` occurs if a text is empty, too long or has characters that may not be printed, or `until` is before the day of
    /// `made`.
    pub fn new(
        original: Original,
        (recipient, purpose): (&str, &str),
        until: Date,
        made: Time,
        maker: Issuer,
    ) -> Result<Self, TermsError> {
        let terms = Self {
            original,
            recipient: recipient.to_owned(),
            purpose: purpose.to_owned(),
            until,
            made,
            maker,
        };
        terms.check()?;
        Ok(terms)
    }

    /// Reads the binary form.
    ///
    /// # Errors
    /// Occurs if the bytes are larger than `Limits::record_bytes`, not deterministic CBOR, or a member is missing, unknown or
    /// invalid.
    pub fn from_cbor(bytes: &[u8], limits: &Limits) -> Result<Self, TermsError> {
        let terms = binary::read(bytes, limits)?;
        terms.check()?;
        Ok(terms)
    }

    /// The binary form. The same terms always give the same bytes, and only these are read back.
    #[must_use]
    pub fn to_cbor(&self) -> Vec<u8> {
        binary::write(self).encode()
    }

    /// Whether the copy is of the file with this length and SHA-256.
    #[must_use]
    pub fn is_of(&self, length: u64, sha256: &[u8; 32]) -> bool {
        self.original.length == length && self.original.sha256 == *sha256
    }

    /// Whether `name` is the recipient's; white space around it does not matter.
    #[must_use]
    pub fn is_for(&self, name: &str) -> bool {
        self.recipient == name.trim()
    }

    /// The certificate type that the maker must be permitted: who issued the result may copy it as it may issue it; any other
    /// body needs the type that stands for copies, number 999 of the body that defines the original's type.
    #[must_use]
    pub fn permitted_type(&self) -> TypeCode {
        let own = &self.original.kind.code;
        if self.maker.code == self.original.issuer.code {
            return own.clone();
        }
        let body = own.as_str().get(..18).unwrap_or_default();
        // The body's code is one already, and three digits follow it.
        format!("{body}{COPY_NUMBER}")
            .parse()
            .unwrap_or_else(|_| own.clone())
    }

    /// What stands on every page of the copy, in two lines of Chinese.
    #[must_use]
    pub fn watermark(&self) -> [String; 2] {
        [
            format!("仅供{}办理{}使用，", self.recipient, self.purpose),
            format!("有效期至{}，{}制作", day(self.until), self.maker.name),
        ]
    }

    /// What the copy is, in one sentence: English and Chinese.
    #[must_use]
    pub fn sentences(&self) -> (String, String) {
        let Self {
            original,
            recipient,
            purpose,
            until,
            ..
        } = self;
        let (kind, number, maker) = (&original.kind.name, &original.number, &self.maker.name);
        let (made, last) = (self.made.in_china(), day(*until));
        (
            format!(
                "copy of {kind} {number} for {recipient} ({purpose}) until {until}, made by {maker}, which found the \
                 original authentic at {made}"
            ),
            format!(
                "{kind}（{number}）的加注件，仅供{recipient}办理{purpose}使用，有效期至{last}，由{maker}制作，\
                 制作单位核验原件属实的时间：{made}"
            ),
        )
    }

    /// What to compare with the paper, label by label.
    #[must_use]
    pub fn fields(&self) -> Vec<Field> {
        let original = &self.original;
        let digest: String = original.sha256.iter().map(|byte| format!("{byte:02x}")).collect();
        let labelled = [
            ("文件性质", "加注件，非原件".to_owned()),
            ("使用单位", self.recipient.clone()),
            ("用途", self.purpose.clone()),
            ("加注件有效期至", day(self.until)),
            ("制作单位", self.maker.name.clone()),
            ("制作单位代码", self.maker.code.to_string()),
            ("原件核验时间", self.made.in_china()),
            ("证照名称", original.kind.name.clone()),
            ("证照编号", original.number.clone()),
            ("证照标识", original.identifier.to_string()),
            ("持证主体", original.holder.clone()),
            ("持证主体代码", original.holder_code.clone()),
            ("颁发机构", original.issuer.name.clone()),
            ("颁发机构代码", original.issuer.code.to_string()),
            ("原件 SHA-256", digest),
        ];
        labelled
            .map(|(label, value)| Field {
                label: label.to_owned(),
                value,
            })
            .into()
    }

    fn check(&self) -> Result<(), TermsError> {
        let original = &self.original;
        for (name, text, most) in [
            ("recipient", &self.recipient, RECIPIENT_CHARACTERS),
            ("purpose", &self.purpose, PURPOSE_CHARACTERS),
            ("maker", &self.maker.name, RECIPIENT_CHARACTERS),
            ("type", &original.kind.name, NAME_CHARACTERS),
            ("number", &original.number, NUMBER_CHARACTERS),
            ("holder", &original.holder, NAME_CHARACTERS),
            ("holder", &original.holder_code, HOLDER_CODE_CHARACTERS),
            ("issuer", &original.issuer.name, NAME_CHARACTERS),
        ] {
            let reason = "is empty, too long or has characters that may not be printed";
            line(text, most).map_err(|_| TermsError::Member { name, reason })?;
        }
        let fault = |name, reason| Err(TermsError::Member { name, reason });
        let public = original.holder_code.parse::<crate::record::UnifiedCode>().is_ok();
        if !public && !is_masked(&original.holder_code) {
            return fault("holder", "shows more of a code than everybody may see");
        }
        let identifier = &original.identifier;
        if *identifier.type_code() != original.kind.code || *identifier.issuer_code() != original.issuer.code
        {
            return fault("identifier", "does not agree with type and issuer");
        }
        if self.recipient.trim() != self.recipient {
            return fault("recipient", "begins or ends with white space");
        }
        if original.length == 0 {
            return fault("original", "has no bytes");
        }
        if self.until < self.made.date_at_offset(8) {
            return fault("until", "is before the day the copy was made");
        }
        Ok(())
    }
}

/// As it is written on Chinese paper.
pub(crate) fn day(date: Date) -> String {
    format!("{}年{}月{}日", date.year(), date.month(), date.day())
}
