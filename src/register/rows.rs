//! Entries as rows of the database, and back.

use super::audit::NAME_CHARACTERS;
use super::database::{Cell, Database, Row, damaged};
use super::entry::{Entry, State, number_of};
use super::error::RegisterError;
use crate::payload::StatusReference;
use crate::record::{Identifier, text};

pub(super) const ENTRY: &str = "register_entry";
pub(super) const TRAIL: &str = "register_trail";
/// Columns of an entry, as `entry_of` reads them.
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT identifier, key, replaces, list, place, state, digest, reserved, closed FROM register_entry ",
            $rest
        )
    };
}
pub(super) use select;

pub(super) fn insert(database: &mut impl Database, entry: &Entry) -> Result<(), RegisterError> {
    let identifier = &entry.identifier;
    let (year, number) = number_of(identifier).ok_or_else(|| damaged(ENTRY, "a serial of others"))?;
    let version: u16 = identifier
        .version()
        .parse()
        .map_err(|_| damaged(ENTRY, "a version of others"))?;
    let sql = "INSERT INTO register_entry (identifier, issuer, type, year, number, version, key, replaces, list, place, state, reserved) \
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";
    let cells = [
        text_cell(identifier),
        text_cell(identifier.issuer_code()),
        text_cell(identifier.type_code()),
        integer(year),
        integer(number),
        integer(version),
        Cell::Text(entry.key.clone()),
        entry.replaces.as_ref().map_or(Cell::Null, text_cell),
        entry
            .status
            .as_ref()
            .map_or(Cell::Null, |status| Cell::Text(status.uri().to_owned())),
        entry
            .status
            .as_ref()
            .map_or(Cell::Null, |status| integer(status.index())),
        Cell::Integer(code_of(entry.state)),
        integer(entry.reserved),
    ];
    database.query(sql, &cells).map(|_| ())
}

pub(super) fn close(
    database: &mut impl Database,
    entry: &mut Entry,
    closed: u64,
) -> Result<(), RegisterError> {
    entry.closed = Some(closed);
    let sql = "UPDATE register_entry SET state = $1, digest = $2, closed = $3 WHERE identifier = $4";
    let cells = [
        Cell::Integer(code_of(entry.state)),
        entry
            .digest
            .map_or(Cell::Null, |digest| Cell::Bytes(digest.to_vec())),
        integer(closed),
        text_cell(&entry.identifier),
    ];
    database.query(sql, &cells).map(|_| ())
}

pub(super) fn one(rows: Vec<Row>) -> Result<Option<Entry>, RegisterError> {
    rows.into_iter().next().map(entry_of).transpose()
}

/// An entry of its cells, none of which is believed.
pub(super) fn entry_of(row: Row) -> Result<Entry, RegisterError> {
    let Ok(
        [
            identifier,
            key,
            replaces,
            list,
            place,
            state,
            digest,
            reserved,
            closed,
        ],
    ) = <[Cell; 9]>::try_from(row)
    else {
        return Err(damaged(ENTRY, "a row has another number of columns"));
    };
    let Cell::Text(text) = identifier else {
        return Err(damaged(ENTRY, "an identifier is not text"));
    };
    let identifier: Identifier = text
        .parse()
        .map_err(|_| damaged(ENTRY, "an identifier is none"))?;
    let of = |reason: &str| damaged(ENTRY, &format!("{identifier}: {reason}"));
    let Cell::Text(key) = key else {
        return Err(of("its key is not text"));
    };
    check_line("key", &key, NAME_CHARACTERS).map_err(|_| of("its key does not print"))?;
    let replaces = match replaces {
        Cell::Null => None,
        Cell::Text(text) => Some(
            text.parse()
                .map_err(|_| of("what it replaces is no identifier"))?,
        ),
        _ => return Err(of("what it replaces is not text")),
    };
    let status = match (list, place) {
        (Cell::Null, Cell::Null) => None,
        (Cell::Text(uri), Cell::Integer(place)) => {
            let place = u32::try_from(place).map_err(|_| of("its place is not on a status list"))?;
            Some(StatusReference::new(uri, place).map_err(|_| of("its status list has no address"))?)
        }
        _ => return Err(of("its status list and place do not go together")),
    };
    let digest = match digest {
        Cell::Null => None,
        Cell::Bytes(bytes) => Some(
            bytes
                .try_into()
                .map_err(|_| of("its digest is not 32 bytes long"))?,
        ),
        _ => return Err(of("its digest is not bytes")),
    };
    let sequence = |cell: Cell| match cell {
        Cell::Integer(sequence) => u64::try_from(sequence)
            .ok()
            .filter(|sequence| *sequence > 0)
            .ok_or_else(|| of("it names no place in the audit trail")),
        _ => Err(of("it names no place in the audit trail")),
    };
    let reserved = sequence(reserved)?;
    let closed = match closed {
        Cell::Null => None,
        cell => Some(sequence(cell)?),
    };
    let state = match (state, &digest, closed) {
        (Cell::Integer(0), None, None) => State::Reserved,
        (Cell::Integer(1), Some(_), Some(_)) => State::Issued,
        (Cell::Integer(2), None, Some(_)) => State::Void,
        _ => {
            return Err(of(
                "its state, digest and places in the audit trail do not go together",
            ));
        }
    };
    if number_of(&identifier).is_none() {
        return Err(of("its serial is not a year and a number"));
    }
    Ok(Entry {
        identifier,
        key,
        replaces,
        status,
        state,
        digest,
        reserved,
        closed,
    })
}

pub(super) fn code_of(state: State) -> i64 {
    match state {
        State::Reserved => 0,
        State::Issued => 1,
        State::Void => 2,
    }
}

/// The one number of a `MAX`; 0 where there are no rows.
pub(super) fn largest<T: TryFrom<i64> + Default>(rows: Vec<Row>) -> Result<T, RegisterError> {
    match rows.first().and_then(|row| row.first()) {
        None | Some(Cell::Null) => Ok(T::default()),
        Some(Cell::Integer(last)) => {
            T::try_from(*last).map_err(|_| damaged(ENTRY, "a number or version is out of range"))
        }
        Some(_) => Err(damaged(ENTRY, "a number or version is not an integer")),
    }
}

pub(super) fn check_line(member: &'static str, line: &str, most: usize) -> Result<(), RegisterError> {
    text::line(line, most).map_err(|error| RegisterError::Text { member, error })
}

pub(super) fn integer(number: impl TryInto<i64>) -> Cell {
    // What the register counts never comes near; a place behind the last finds nothing.
    Cell::Integer(number.try_into().unwrap_or(i64::MAX))
}

pub(super) fn text_cell(text: &impl ToString) -> Cell {
    Cell::Text(text.to_string())
}
