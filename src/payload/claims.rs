//! The claims: a CWT claims set (RFC 8392) with one private claim that holds what is ours.

use super::holder::{self, HolderMatch};
use super::members::{Members, checked, map};
use super::{ALGORITHMS, PayloadError, StatusReference, TYP};
use crate::cbor::Value;
use crate::cose::{CoseError, Unsigned};
use crate::crypto::SignatureAlgorithm;
use crate::limits::Limits;
use crate::record::{
    Field, Holder, Identifier, JOINT_ISSUERS, NAME_CHARACTERS, NUMBER_CHARACTERS, Record, TypeCode,
    UnifiedCode,
};
use crate::record::{is_masked, typed};
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
    joint: Vec<String>,
    type_name: String,
    number: String,
    holder_name: String,
    holder_code_type: String,
    masked_code: String,
    fields: Vec<Field>,
    sample: bool,
    holder_proof: Option<[u8; 2]>,
    status: Option<StatusReference>,
}

/// CWT claim keys (RFC 8392, clause 4).
const ISS: i64 = 1;
const SUB: i64 = 2;
const EXP: i64 = 4;
const NBF: i64 = 5;
const IAT: i64 = 6;
/// draft-ietf-oauth-status-list, clause 6.3.
const STATUS: i64 = 65_535;
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
const HOLDER_PROOF: i64 = 8;
const JOINT: i64 = 9;

/// Names of the keys, for complaints.
const CLAIMS: [(i64, &str); 7] = [
    (ISS, "iss"),
    (SUB, "sub"),
    (EXP, "exp"),
    (NBF, "nbf"),
    (IAT, "iat"),
    (STATUS, "status"),
    (RESULT, "result"),
];
const MEMBERS: [(i64, &str); 9] = [
    (DRAFT, "draft"),
    (ISSUER_NAME, "issuer name"),
    (TYPE_NAME, "type name"),
    (NUMBER, "number"),
    (HOLDER, "holder"),
    (COMPARED, "fields"),
    (SAMPLE, "sample"),
    (HOLDER_PROOF, "holder proof"),
    (JOINT, "joint"),
];

/// Clocks of offices in China: UTC+8, all year.
const OFFSET: i64 = 8 * 3600;

impl Payload {
    /// The claims that follow from `record`, with all its fields to compare and no document yet. Where a field or the number has
    /// the holder's code in full, the claims have it masked.
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
            joint: record
                .issuers()
                .skip(1)
                .map(|issuer| issuer.name.clone())
                .collect(),
            type_name: record.kind().name.clone(),
            number: hidden(record.number(), holder),
            holder_name: holder.name.clone(),
            holder_code_type: holder.code_type.clone(),
            masked_code: holder.masked_code(),
            fields: record.fields().iter().map(|field| shown(field, holder)).collect(),
            sample: record.sample(),
            holder_proof: None,
            status: None,
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

    /// The same claims with a proof of the holder's code: 16 bits of a salted slow hash, so that whoever types the code learns
    /// whether it is this holder's. Takes some 65 ms; for reading it again see [`matches_holder`](Self::matches_holder).
    ///
    /// A unified code is public and stands in the claims anyway; nothing is added for it.
    ///
    /// # Errors
    /// Occurs if `holder` is not the holder of these claims.
    pub fn with_holder_proof(mut self, holder: &Holder) -> Result<Self, PayloadError> {
        if self.holder_code_type != holder.code_type || self.masked_code != holder.masked_code() {
            return Err(PayloadError::OtherHolder);
        }
        if holder.code_type != UNIFIED {
            self.holder_proof = Some(holder::prove(&holder.code_type, &holder.code));
        }
        Ok(self)
    }

    /// The same claims with a place on a status list. A reader that cannot learn what stands there cannot tell whether the result
    /// still stands.
    #[must_use]
    pub fn with_status(mut self, status: StatusReference) -> Self {
        self.status = Some(status);
        self
    }

    /// Whether `code`, of the kind `code_type` (three digits), is the holder's. White space, full-width forms and small letters do
    /// not matter.
    ///
    /// Where the masked form fits, this takes some 65 ms. The proof is 16 bits on purpose: it catches a wrong code in all but one of
    /// 65 536 cases, and yet leaves dozens of codes to whoever tries all of them.
    #[must_use]
    pub fn matches_holder(&self, code_type: &str, code: &str) -> HolderMatch {
        let typed = Holder {
            name: String::new(),
            code_type: code_type.to_owned(),
            code: typed(code),
        };
        let fits = self.masked_code.eq_ignore_ascii_case(&typed.masked_code());
        if self.holder_code_type != typed.code_type || !fits {
            return HolderMatch::NoMatch;
        }
        match self.holder_proof {
            // A public code was compared in full.
            None if code_type == UNIFIED => HolderMatch::Match,
            None => HolderMatch::NotStated,
            Some(proof) if proof == holder::prove(&typed.code_type, &typed.code) => HolderMatch::Match,
            Some(_) => HolderMatch::NoMatch,
        }
    }

    /// Whether the claims are those that follow from `record`, with the fields that the issuer chose, and with what no record says:
    /// document, status and proof. The proof is not computed again: the record has the code itself.
    pub(crate) fn follows_from(&self, record: &Record) -> bool {
        let labels: Vec<&str> = self.fields.iter().map(|field| field.label.as_str()).collect();
        let Ok(mut expected) = Self::of(record).with_labels(&labels) else {
            return false;
        };
        expected.draft = self.draft;
        expected.status.clone_from(&self.status);
        expected.holder_proof = self.holder_proof;
        expected == *self
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
            (HOLDER_PROOF, self.holder_proof.map(holder::to_cbor)),
            (
                JOINT,
                (!self.joint.is_empty())
                    .then(|| Value::Array(self.joint.iter().map(|name| Value::text(name)).collect())),
            ),
        ];
        let claims = [
            (ISS, Some(Value::text(self.issuer.as_str()))),
            (SUB, Some(Value::text(self.identifier.as_str()))),
            (EXP, self.expiry.map(time)),
            (NBF, self.not_before.map(time)),
            (IAT, Some(time(self.issued))),
            (STATUS, self.status.as_ref().map(StatusReference::to_cbor)),
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
            draft: result.draft(DRAFT)?,
            issuer_name: result.text(ISSUER_NAME, NAME_CHARACTERS)?,
            joint: joint(&result)?,
            type_name: result.text(TYPE_NAME, NAME_CHARACTERS)?,
            number: result.text(NUMBER, NUMBER_CHARACTERS)?,
            holder_name: holder_text(holder_name, NAME_CHARACTERS)?,
            holder_code_type: holder_text(holder_code_type, 3)?,
            masked_code: holder_text(masked_code, NAME_CHARACTERS)?,
            fields: result.fields(COMPARED)?,
            sample: match result.find(SAMPLE) {
                None => false,
                Some(Value::Bool(true)) => true,
                Some(_) => return Err(result.error(SAMPLE, "is not true")),
            },
            holder_proof: result.find(HOLDER_PROOF).map(holder::of_cbor).transpose()?,
            status: claims.find(STATUS).map(StatusReference::of_cbor).transpose()?,
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
        if self.holder_code_type == UNIFIED {
            if self.masked_code.parse::<UnifiedCode>().is_err() {
                return Err(result.error(HOLDER, "has a unified code with a wrong check character"));
            }
            if self.holder_proof.is_some() {
                return Err(result.error(HOLDER_PROOF, "is for a code that is public"));
            }
        } else if !is_masked(&self.masked_code) {
            return Err(result.error(HOLDER, "has a code that is not masked"));
        }
        Ok(())
    }

    /// These claims, ready for the signature of the key whose certificate has identifier `kid` (8 bytes).
    ///
    /// # Errors
    /// Occurs if the algorithm is neither ECDSA P-256 nor Ed25519, or `kid` is not 8 bytes.
    pub fn unsigned(&self, algorithm: SignatureAlgorithm, kid: &[u8]) -> Result<Unsigned, PayloadError> {
        if !ALGORITHMS.contains(&algorithm) {
            return Err(PayloadError::Cose(CoseError::Algorithm));
        }
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

    /// The names of the bodies that issue it together with the issuer, in the order of the paper; none for most results.
    ///
    /// A code is signed before the others have sealed, so it cannot say that they have.
    #[must_use]
    pub fn joint_names(&self) -> &[String] {
        &self.joint
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

    /// Whether the claims have a proof of the holder's code.
    #[must_use]
    pub fn has_holder_proof(&self) -> bool {
        self.holder_proof.is_some()
    }

    /// Where the present status of the result is told, if it is told anywhere.
    #[must_use]
    pub fn status(&self) -> Option<&StatusReference> {
        self.status.as_ref()
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

/// The names of the other bodies. An empty array would be a second encoding of none.
fn joint(result: &Members<'_>) -> Result<Vec<String>, PayloadError> {
    let Some(value) = result.find(JOINT) else {
        return Ok(vec![]);
    };
    match value.as_array() {
        Some(names) if (1..=JOINT_ISSUERS).contains(&names.len()) => names
            .iter()
            .map(|name| checked(name.as_text(), NAME_CHARACTERS, "joint"))
            .collect(),
        _ => Err(result.error(JOINT, "is not an array of 1 to 11 texts")),
    }
}

/// The code type of unified codes (GB/T 36903), which are public.
const UNIFIED: &str = "001";
/// Codes shorter than this are not looked for in texts: they would be found in dates and amounts.
const FOUND: usize = 8;

/// `text` with the holder's code masked where it stands in full: no code carries it in clear.
fn hidden(text: &str, holder: &Holder) -> String {
    let code = &holder.code;
    if holder.code_type == UNIFIED || code.len() < FOUND {
        return text.to_owned();
    }
    // ASCII capitals keep every byte at its place.
    let (capitals, sought) = (text.to_ascii_uppercase(), code.to_ascii_uppercase());
    let mut out = String::with_capacity(text.len());
    let mut done = 0;
    for (at, found) in capitals.match_indices(&sought) {
        out.push_str(text.get(done..at).unwrap_or_default());
        out.push_str(&holder.masked_code());
        done = at.saturating_add(found.len());
    }
    out.push_str(text.get(done..).unwrap_or_default());
    out
}

fn shown(field: &Field, holder: &Holder) -> Field {
    Field {
        label: field.label.clone(),
        value: hidden(&field.value, holder),
    }
}

fn start(day: Date) -> Time {
    day.start().plus_seconds(-OFFSET)
}
