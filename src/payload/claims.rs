//! The claims: a CWT claims set (RFC 8392) with one private claim that holds what is ours.

use super::{PayloadError, TYP};
use crate::cbor::Value;
use crate::cose::Unsigned;
use crate::crypto::SignatureAlgorithm;
use crate::limits::Limits;
use crate::record::text::line;
use crate::record::{
    FIELDS, Field, Identifier, NAME_CHARACTERS, NUMBER_CHARACTERS, Record, TypeCode, UnifiedCode,
    VALUE_CHARACTERS,
};
use crate::time::{Date, Time};

/// The claims of one result: who says what about whom, for how long, and on which document.
///
/// The holder's code stands in it masked; the fields are those a clerk compares with the paper.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Payload {
    issuer: UnifiedCode,
    identifier: Identifier,
    expiry: Option<Time>,
    not_before: Option<Time>,
    issued: Time,
    draft: Option<(u64, [u8; 32])>,
    issuer_name: String,
    type_name: String,
    number: String,
    holder_name: String,
    holder_code_type: String,
    masked_code: String,
    fields: Vec<Field>,
    sample: bool,
}

/// CWT claim keys (RFC 8392, clause 4).
const ISS: i64 = 1;
const SUB: i64 = 2;
const EXP: i64 = 4;
const NBF: i64 = 5;
const IAT: i64 = 6;
/// Our claim, from the private-use range below -65536.
const RESULT: i64 = -65537;

/// Keys in our claim.
const DRAFT: i64 = 1;
const ISSUER_NAME: i64 = 2;
const TYPE_NAME: i64 = 3;
const NUMBER: i64 = 4;
const HOLDER: i64 = 5;
const COMPARED: i64 = 6;
const SAMPLE: i64 = 7;

/// Names of the keys, for complaints.
const CLAIMS: [(i64, &str); 6] = [
    (ISS, "iss"),
    (SUB, "sub"),
    (EXP, "exp"),
    (NBF, "nbf"),
    (IAT, "iat"),
    (RESULT, "result"),
];
const MEMBERS: [(i64, &str); 7] = [
    (DRAFT, "draft"),
    (ISSUER_NAME, "issuer name"),
    (TYPE_NAME, "type name"),
    (NUMBER, "number"),
    (HOLDER, "holder"),
    (COMPARED, "fields"),
    (SAMPLE, "sample"),
];

/// Clocks of offices in China: UTC+8, all year.
const OFFSET: i64 = 8 * 3600;

impl Payload {
    /// The claims that follow from `record`, with all its fields to compare and no document yet.
    ///
    /// `iat` is the start of the issue date, `nbf` that of the first valid day, `exp` the last second of the last valid
    /// day, all at UTC+8.
    #[must_use]
    pub fn of(record: &Record) -> Self {
        let holder = record.holder();
        Self {
            issuer: record.issuer().code.clone(),
            identifier: record.identifier().clone(),
            expiry: record.valid_to().map(|day| start(day).plus_seconds(86_399)),
            not_before: record.valid_from().map(start),
            issued: start(record.issued()),
            draft: None,
            issuer_name: record.issuer().name.clone(),
            type_name: record.kind().name.clone(),
            number: record.number().to_owned(),
            holder_name: holder.name.clone(),
            holder_code_type: holder.code_type.clone(),
            masked_code: holder.masked_code(),
            fields: record.fields().to_vec(),
            sample: record.sample(),
        }
    }

    /// The same claims about the document whose draft is `length` bytes long and has this digest.
    #[must_use]
    pub fn with_draft(mut self, length: u64, sha256: [u8; 32]) -> Self {
        self.draft = Some((length, sha256));
        self
    }

    /// The same claims with only the fields of these labels, in the order of the record. What is left out of the code
    /// cannot be compared offline.
    ///
    /// # Errors
    /// Occurs if there is no field with one of the labels.
    pub fn with_labels(mut self, labels: &[&str]) -> Result<Self, PayloadError> {
        if let Some(unknown) = labels
            .iter()
            .find(|label| !self.fields.iter().any(|f| f.label == **label))
        {
            return Err(PayloadError::Label((*unknown).to_owned()));
        }
        self.fields.retain(|field| labels.contains(&field.label.as_str()));
        Ok(self)
    }

    /// The claims as deterministic CBOR: the COSE payload.
    #[must_use]
    pub fn encode_claims(&self) -> Vec<u8> {
        let time = |time: Time| Value::integer(time.unix());
        let draft = |(length, sha256): (u64, [u8; 32])| {
            Value::Array(vec![Value::Unsigned(length), Value::Bytes(sha256.to_vec())])
        };
        let holder = [&self.holder_name, &self.holder_code_type, &self.masked_code];
        let field =
            |Field { label, value }: &Field| Value::Array(vec![Value::text(label), Value::text(value)]);
        let result = [
            (DRAFT, self.draft.map(draft)),
            (ISSUER_NAME, Some(Value::text(&self.issuer_name))),
            (TYPE_NAME, Some(Value::text(&self.type_name))),
            (NUMBER, Some(Value::text(&self.number))),
            (
                HOLDER,
                Some(Value::Array(holder.map(|text| Value::text(text)).to_vec())),
            ),
            (
                COMPARED,
                Some(Value::Array(self.fields.iter().map(field).collect())),
            ),
            (SAMPLE, self.sample.then_some(Value::Bool(true))),
        ];
        let claims = [
            (ISS, Some(Value::text(self.issuer.as_str()))),
            (SUB, Some(Value::text(self.identifier.as_str()))),
            (EXP, self.expiry.map(time)),
            (NBF, self.not_before.map(time)),
            (IAT, Some(time(self.issued))),
            (RESULT, Some(map(result))),
        ];
        map(claims).encode()
    }

    /// Reads claims. Unknown ones are refused: one that a reader passes over could be the one that revokes.
    ///
    /// # Errors
    /// Occurs if the bytes are not deterministic CBOR, a claim is missing, unknown or malformed, or the issuer is not the
    /// one in the identifier.
    pub fn decode_claims(bytes: &[u8], limits: &Limits) -> Result<Self, PayloadError> {
        let value = Value::decode(bytes, limits).map_err(PayloadError::Cbor)?;
        let claims = Members::of(&value, &CLAIMS, "claims")?;
        let result = Members::of(claims.required(RESULT)?, &MEMBERS, "result")?;
        let holder = result.required(HOLDER)?.as_array().unwrap_or_default();
        let [holder_name, holder_code_type, masked_code] = holder else {
            return Err(result.error(HOLDER, "is not an array of three texts"));
        };
        let holder_text = |value: &Value, most| checked(value.as_text(), most, "holder");
        let payload = Self {
            issuer: claims.parse(ISS)?,
            identifier: claims.parse(SUB)?,
            expiry: claims.time(EXP)?,
            not_before: claims.time(NBF)?,
            issued: claims.time(IAT)?.ok_or(claims.error(IAT, "is missing"))?,
            draft: result.draft()?,
            issuer_name: result.text(ISSUER_NAME, NAME_CHARACTERS)?,
            type_name: result.text(TYPE_NAME, NAME_CHARACTERS)?,
            number: result.text(NUMBER, NUMBER_CHARACTERS)?,
            holder_name: holder_text(holder_name, NAME_CHARACTERS)?,
            holder_code_type: holder_text(holder_code_type, 3)?,
            masked_code: holder_text(masked_code, NAME_CHARACTERS)?,
            fields: result.fields()?,
            sample: match result.find(SAMPLE) {
                None => false,
                Some(Value::Bool(true)) => true,
                Some(_) => return Err(result.error(SAMPLE, "is not true")),
            },
        };
        payload.check(&claims, &result)?;
        Ok(payload)
    }

    fn check(&self, claims: &Members<'_>, result: &Members<'_>) -> Result<(), PayloadError> {
        if self.issuer != *self.identifier.issuer_code() {
            return Err(claims.error(ISS, "is not the issuer in the identifier"));
        }
        if self
            .expiry
            .is_some_and(|end| end < self.issued || self.not_before.is_some_and(|start| end < start))
        {
            return Err(claims.error(EXP, "is before the validity starts"));
        }
        let digits = self.holder_code_type.bytes().filter(u8::is_ascii_digit).count();
        if digits != 3 || self.holder_code_type.len() != 3 {
            return Err(result.error(HOLDER, "has a code type that is not three digits"));
        }
        Ok(())
    }

    /// These claims, ready for the signature of the key whose certificate has identifier `kid` (8 bytes).
    ///
    /// # Errors
    /// Occurs if COSE has no name for the algorithm, or `kid` is not 8 bytes.
    pub fn unsigned(&self, algorithm: SignatureAlgorithm, kid: &[u8]) -> Result<Unsigned, PayloadError> {
        Unsigned::new(algorithm, kid, TYP, self.encode_claims()).map_err(PayloadError::Cose)
    }

    /// `iss`: the issuing body.
    #[must_use]
    pub fn issuer(&self) -> &UnifiedCode {
        &self.issuer
    }

    /// `sub`: the certificate identifier.
    #[must_use]
    pub fn identifier(&self) -> &Identifier {
        &self.identifier
    }

    /// The certificate type, as the identifier says.
    #[must_use]
    pub fn type_code(&self) -> &TypeCode {
        self.identifier.type_code()
    }

    /// `exp`: the last second of validity, if it ends.
    #[must_use]
    pub fn expiry(&self) -> Option<Time> {
        self.expiry
    }

    /// `nbf`: the first second of validity, if stated.
    #[must_use]
    pub fn not_before(&self) -> Option<Time> {
        self.not_before
    }

    /// `iat`: the start of the day of issue.
    #[must_use]
    pub fn issued(&self) -> Time {
        self.issued
    }

    /// Length in bytes and SHA-256 of the draft the result stands on.
    #[must_use]
    pub fn draft(&self) -> Option<(u64, [u8; 32])> {
        self.draft
    }

    /// The issuing body's name.
    #[must_use]
    pub fn issuer_name(&self) -> &str {
        &self.issuer_name
    }

    /// The certificate type's name.
    #[must_use]
    pub fn type_name(&self) -> &str {
        &self.type_name
    }

    /// The certificate number as printed.
    #[must_use]
    pub fn number(&self) -> &str {
        &self.number
    }

    /// The holder's name.
    #[must_use]
    pub fn holder_name(&self) -> &str {
        &self.holder_name
    }

    /// The kind of the holder's code, three digits.
    #[must_use]
    pub fn holder_code_type(&self) -> &str {
        &self.holder_code_type
    }

    /// The holder's code, masked.
    #[must_use]
    pub fn masked_code(&self) -> &str {
        &self.masked_code
    }

    /// What to compare with the paper, in its order.
    #[must_use]
    pub fn fields(&self) -> &[Field] {
        &self.fields
    }

    /// Whether this is a sample without effect.
    #[must_use]
    pub fn sample(&self) -> bool {
        self.sample
    }
}

fn start(day: Date) -> Time {
    day.start().plus_seconds(-OFFSET)
}

fn map<const N: usize>(pairs: [(i64, Option<Value>); N]) -> Value {
    let present = pairs
        .into_iter()
        .filter_map(|(key, value)| Some((Value::integer(key), value?)));
    Value::Map(present.collect())
}

fn checked(text: Option<&str>, most: usize, name: &'static str) -> Result<String, PayloadError> {
    let error = |reason| PayloadError::Claim { name, reason };
    let text = text.ok_or(error("is not text"))?;
    line(text, most).map_err(|_| error("is empty, too long or has characters that may not be printed"))?;
    Ok(text.to_owned())
}

/// The members of one map whose keys are all known.
struct Members<'a> {
    pairs: &'a [(Value, Value)],
    names: &'static [(i64, &'static str)],
}

impl<'a> Members<'a> {
    fn of(
        value: &'a Value,
        names: &'static [(i64, &'static str)],
        name: &'static str,
    ) -> Result<Self, PayloadError> {
        let error = |reason| PayloadError::Claim { name, reason };
        let pairs = value.as_map().ok_or(error("is not a map"))?;
        let known = |key: &Value| {
            key.as_integer()
                .is_some_and(|key| names.iter().any(|(k, _)| *k == key))
        };
        match pairs.iter().all(|(key, _)| known(key)) {
            true => Ok(Self { pairs, names }),
            false => Err(error("has a member this version does not know")),
        }
    }

    fn find(&self, key: i64) -> Option<&'a Value> {
        self.pairs
            .iter()
            .find(|(k, _)| k.as_integer() == Some(key))
            .map(|(_, value)| value)
    }

    fn error(&self, key: i64, reason: &'static str) -> PayloadError {
        let name = self
            .names
            .iter()
            .find(|(k, _)| *k == key)
            .map_or("claims", |(_, name)| name);
        PayloadError::Claim { name, reason }
    }

    fn required(&self, key: i64) -> Result<&'a Value, PayloadError> {
        self.find(key).ok_or_else(|| self.error(key, "is missing"))
    }

    fn text(&self, key: i64, most: usize) -> Result<String, PayloadError> {
        let name = self
            .names
            .iter()
            .find(|(k, _)| *k == key)
            .map_or("claims", |(_, name)| name);
        checked(self.required(key)?.as_text(), most, name)
    }

    fn parse<T: core::str::FromStr>(&self, key: i64) -> Result<T, PayloadError> {
        let text = self.required(key)?.as_text();
        text.and_then(|text| text.parse().ok())
            .ok_or_else(|| self.error(key, "is malformed or has a wrong check character"))
    }

    fn time(&self, key: i64) -> Result<Option<Time>, PayloadError> {
        let Some(value) = self.find(key) else {
            return Ok(None);
        };
        let time = value
            .as_integer()
            .and_then(|seconds| Time::from_unix(seconds).ok());
        time.map(Some)
            .ok_or_else(|| self.error(key, "is not whole seconds of the years 1 to 9999"))
    }

    fn draft(&self) -> Result<Option<(u64, [u8; 32])>, PayloadError> {
        let Some(value) = self.find(DRAFT) else {
            return Ok(None);
        };
        if let Some([Value::Unsigned(length), Value::Bytes(sha256)]) = value.as_array()
            && let Ok(sha256) = sha256.as_slice().try_into()
        {
            return Ok(Some((*length, sha256)));
        }
        Err(self.error(DRAFT, "is not a length and 32 bytes"))
    }

    fn fields(&self) -> Result<Vec<Field>, PayloadError> {
        let items = self.required(COMPARED)?.as_array();
        let items = items.ok_or_else(|| self.error(COMPARED, "is not an array"))?;
        if items.len() > FIELDS {
            return Err(self.error(COMPARED, "has too many entries"));
        }
        let mut fields: Vec<Field> = Vec::new();
        for item in items {
            let [label, value] = item.as_array().unwrap_or_default() else {
                return Err(self.error(COMPARED, "has an entry that is not an array of two texts"));
            };
            let label = checked(label.as_text(), NAME_CHARACTERS, "fields")?;
            let value = checked(value.as_text(), VALUE_CHARACTERS, "fields")?;
            if fields.iter().any(|field| field.label == label) {
                return Err(self.error(COMPARED, "has a label twice"));
            }
            fields.push(Field { label, value });
        }
        Ok(fields)
    }
}
