//! What is asked of the register, and what it keeps.

use super::audit::NAME_CHARACTERS;
use super::error::RegisterError;
use crate::payload::StatusReference;
use crate::record::{Identifier, TypeCode, UnifiedCode, text};
use crate::time::Time;

/// Who does something to the register, and when.
#[derive(Clone, Copy, Debug)]
pub struct Act<'a> {
    /// Who: one line of 1 to 200 characters, a person or a program as the department names them.
    pub actor: &'a str,
    /// When.
    pub at: Time,
}

/// A request for an identifier.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Request {
    pub(super) key: String,
    pub(super) type_code: TypeCode,
    pub(super) issuer: UnifiedCode,
    pub(super) subject: Subject,
    pub(super) list: Option<StatusList>,
}

/// What the identifier is for.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Subject {
    /// The next serial of this year.
    First { year: u16 },
    /// The next version of this certificate.
    Replacing(Identifier),
}

/// A status list that has room for `places` results.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct StatusList {
    pub(super) uri: String,
    pub(super) places: u32,
}

/// How far a result has come.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum State {
    /// It has its identifier, and its file is to be made.
    Reserved,
    /// It was issued.
    Issued,
    /// It was given up.
    Void,
}

/// What the register keeps of one result.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Entry {
    pub(super) identifier: Identifier,
    pub(super) key: String,
    pub(super) replaces: Option<Identifier>,
    pub(super) status: Option<StatusReference>,
    pub(super) state: State,
    pub(super) digest: Option<[u8; 32]>,
    pub(super) reserved: u64,
    pub(super) closed: Option<u64>,
}

impl Request {
    /// A request for the next serial of `issuer` for results of `type_code` in `year`, 1 to 9999.
    ///
    /// `key` names the request, so that repeating it after a failure gives the same identifier: the number of the application, not
    /// one made anew for each attempt. It stands in the audit trail and is no place for personal data.
    ///
    /// # Errors
    /// Occurs if the key is not one line of 1 to 200 characters, or there is no such year.
    pub fn first(
        key: impl Into<String>,
        type_code: &TypeCode,
        issuer: &UnifiedCode,
        year: u16,
    ) -> Result<Self, RegisterError> {
        if !(1..=9999).contains(&year) {
            return Err(RegisterError::Year(year));
        }
        Self::new(
            key.into(),
            type_code.clone(),
            issuer.clone(),
            Subject::First { year },
        )
    }

    /// A request for the next version of a certificate, which replaces the one that stands.
    ///
    /// # Errors
    /// Occurs if the key is not one line of 1 to 200 characters.
    pub fn replacing(key: impl Into<String>, identifier: &Identifier) -> Result<Self, RegisterError> {
        Self::new(
            key.into(),
            identifier.type_code().clone(),
            identifier.issuer_code().clone(),
            Subject::Replacing(identifier.clone()),
        )
    }

    /// With a place on the status list at `uri`, which has `places` places, 0 to `places` - 1.
    ///
    /// Places are drawn at random, so that a place does not tell when a result was issued nor how many there are. A list is full
    /// when drawing no longer finds a free place, which is between 98 and 100 percent of its places.
    ///
    /// # Errors
    /// Occurs if `uri` is not the address of a status list ([`StatusReference::new`]), or there are no places.
    pub fn on_list(mut self, uri: impl Into<String>, places: u32) -> Result<Self, RegisterError> {
        let uri = uri.into();
        if places == 0 || StatusReference::new(uri.as_str(), 0).is_err() {
            return Err(RegisterError::List { uri });
        }
        self.list = Some(StatusList { uri, places });
        Ok(self)
    }

    /// The request's own name.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.key
    }

    fn new(
        key: String,
        type_code: TypeCode,
        issuer: UnifiedCode,
        subject: Subject,
    ) -> Result<Self, RegisterError> {
        text::line(&key, NAME_CHARACTERS).map_err(|error| RegisterError::Text { member: "key", error })?;
        Ok(Self {
            key,
            type_code,
            issuer,
            subject,
            list: None,
        })
    }
}

impl Entry {
    /// The identifier that was given.
    #[must_use]
    pub fn identifier(&self) -> &Identifier {
        &self.identifier
    }

    /// The number within the series of its body, type and year, from 1: what a printed number is made of.
    #[must_use]
    pub fn number(&self) -> u32 {
        number_of(&self.identifier).map_or(0, |(_, number)| number)
    }

    /// The name of the request it was given to.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.key
    }

    /// The version that this one replaces.
    #[must_use]
    pub fn replaces(&self) -> Option<&Identifier> {
        self.replaces.as_ref()
    }

    /// Its place on a status list.
    #[must_use]
    pub fn status(&self) -> Option<&StatusReference> {
        self.status.as_ref()
    }

    /// How far it has come.
    #[must_use]
    pub fn state(&self) -> State {
        self.state
    }

    /// SHA-256 over the file, once it is issued.
    #[must_use]
    pub fn digest(&self) -> Option<&[u8; 32]> {
        self.digest.as_ref()
    }

    /// The entry of the audit trail by which it was reserved.
    #[must_use]
    pub fn reserved(&self) -> u64 {
        self.reserved
    }

    /// The entry of the audit trail by which it was issued or voided.
    #[must_use]
    pub fn closed(&self) -> Option<u64> {
        self.closed
    }
}

/// Digits of the number in a serial that the register gives: the year, then the number.
pub(super) const NUMBER_DIGITS: usize = 8;
/// The last number of a series.
pub(super) const LAST_NUMBER: u32 = 99_999_999;

/// The serial of `number` in `year`. Written with all its zeros: serials sort as they were given.
#[cfg(any(feature = "register", feature = "register-postgres"))]
pub(super) fn serial_of(year: u16, number: u32) -> String {
    format!("{year:04}{number:0NUMBER_DIGITS$}")
}

/// Year and number of an identifier that the register gave.
pub(super) fn number_of(identifier: &Identifier) -> Option<(u16, u32)> {
    let serial = identifier.serial();
    if serial.len() != 4 + NUMBER_DIGITS || !serial.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let (year, number) = serial.split_at_checked(4)?;
    let number: u32 = number.parse().ok()?;
    let year: u16 = year.parse().ok()?;
    (year > 0 && (1..=LAST_NUMBER).contains(&number)).then_some((year, number))
}
