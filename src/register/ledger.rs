//! What a register does, in SQL that SQLite and PostgreSQL understand alike, over the seam of `database`.
//!
//! Whoever writes holds the one lock of the register from its first statement to its commit, because each write is the next link of
//! one chain. So reading the last number and writing the next is never interleaved with another's.

use super::audit::{Action, AuditEntry, NAME_CHARACTERS, REASON_CHARACTERS};
use super::database::{Cell, Database, damaged};
use super::entry::{Act, Entry, LAST_NUMBER, Request, State, StatusList, Subject, number_of, serial_of};
use super::error::RegisterError;
use super::rows::{
    TRAIL, check_line, close, code_of, entry_of, insert, integer, largest, one, select, text_cell,
};
use super::{Head, PAGE, Register};
use crate::limits::Limits;
use crate::payload::StatusReference;
use crate::record::Identifier;

/// Draws of a place before a status list counts as full: of a list 98 percent full, one in 30,000 requests is refused.
const DRAWS: usize = 512;

impl<D: Database> Register for D {
    fn reserve(&mut self, request: &Request, by: &Act<'_>) -> Result<Entry, RegisterError> {
        check_line("actor", by.actor, NAME_CHARACTERS)?;
        // Whoever repeats a request does not hold up the others. What is seen here was committed, so it is on the disk.
        if let Some(entry) = of_key(self, &request.key)? {
            return again(request, entry);
        }
        write(self, |database| {
            // Another may have made the same request since.
            if let Some(entry) = of_key(database, &request.key)? {
                return again(request, entry);
            }
            let (identifier, replaces) = next(database, request)?;
            let status = match &request.list {
                None => None,
                Some(list) => Some(free_place(database, list)?),
            };
            let action = Action::Reserved {
                key: request.key.clone(),
                replaces: replaces.clone(),
                status: status.clone(),
            };
            let reserved = append(database, &identifier, action, by)?;
            let entry = Entry {
                identifier,
                key: request.key.clone(),
                replaces,
                status,
                state: State::Reserved,
                digest: None,
                reserved,
                closed: None,
            };
            insert(database, &entry)?;
            Ok(entry)
        })
    }

    fn commit(
        &mut self,
        identifier: &Identifier,
        digest: &[u8; 32],
        by: &Act<'_>,
    ) -> Result<Entry, RegisterError> {
        check_line("actor", by.actor, NAME_CHARACTERS)?;
        write(self, |database| {
            let mut entry = known(database, identifier)?;
            match entry.state {
                State::Void => return Err(RegisterError::Void(identifier.clone())),
                State::Issued if entry.digest.as_ref() == Some(digest) => return Ok(entry),
                State::Issued => return Err(RegisterError::Digest(identifier.clone())),
                State::Reserved => {}
            }
            let closed = append(database, identifier, Action::Issued { digest: *digest }, by)?;
            entry.state = State::Issued;
            entry.digest = Some(*digest);
            close(database, &mut entry, closed)?;
            Ok(entry)
        })
    }

    fn void(&mut self, identifier: &Identifier, reason: &str, by: &Act<'_>) -> Result<Entry, RegisterError> {
        check_line("actor", by.actor, NAME_CHARACTERS)?;
        check_line("reason", reason, REASON_CHARACTERS)?;
        write(self, |database| {
            let mut entry = known(database, identifier)?;
            match entry.state {
                State::Void => return Ok(entry),
                State::Issued => return Err(RegisterError::Issued(identifier.clone())),
                State::Reserved => {}
            }
            let reason = reason.to_owned();
            let closed = append(database, identifier, Action::Voided { reason }, by)?;
            entry.state = State::Void;
            close(database, &mut entry, closed)?;
            Ok(entry)
        })
    }

    fn note_set_aside(
        &mut self,
        identifier: &Identifier,
        digest: &[u8; 32],
        reason: &str,
        by: &Act<'_>,
    ) -> Result<(), RegisterError> {
        check_line("actor", by.actor, NAME_CHARACTERS)?;
        check_line("reason", reason, REASON_CHARACTERS)?;
        write(self, |database| {
            known(database, identifier)?;
            let action = Action::SetAside {
                digest: *digest,
                reason: reason.to_owned(),
            };
            append(database, identifier, action, by).map(|_| ())
        })
    }

    fn entry(&mut self, identifier: &Identifier) -> Result<Option<Entry>, RegisterError> {
        let rows = self.query(select!("WHERE identifier = $1"), &[text_cell(identifier)])?;
        one(rows)
    }

    fn entries(&mut self, state: Option<State>, after: u64) -> Result<Vec<Entry>, RegisterError> {
        let after = integer(after);
        let most = integer(PAGE);
        let rows = match state {
            None => self.query(
                select!("WHERE reserved > $1 ORDER BY reserved LIMIT $2"),
                &[after, most],
            ),
            Some(state) => self.query(
                select!("WHERE state = $1 AND reserved > $2 ORDER BY reserved LIMIT $3"),
                &[Cell::Integer(code_of(state)), after, most],
            ),
        };
        rows?.into_iter().map(entry_of).collect()
    }

    fn trail(&mut self, after: u64) -> Result<Vec<Vec<u8>>, RegisterError> {
        let sql = "SELECT bytes FROM register_trail WHERE sequence > $1 ORDER BY sequence LIMIT $2";
        let rows = self.query(sql, &[integer(after), integer(PAGE)])?;
        rows.into_iter()
            .map(|row| match row.into_iter().next() {
                Some(Cell::Bytes(bytes)) => Ok(bytes),
                _ => Err(damaged(TRAIL, "an entry is not bytes")),
            })
            .collect()
    }

    fn head(&mut self) -> Result<Head, RegisterError> {
        let sql = "SELECT sequence, bytes FROM register_trail ORDER BY sequence DESC LIMIT 1";
        let rows = self.query(sql, &[])?;
        let Some(row) = rows.into_iter().next() else {
            return Ok(Head::NONE);
        };
        let mut cells = row.into_iter();
        let (Some(Cell::Integer(sequence)), Some(Cell::Bytes(bytes))) = (cells.next(), cells.next()) else {
            return Err(damaged(TRAIL, "its last entry is not a number and bytes"));
        };
        // Nothing is chained to an end that is not an entry.
        let entry = AuditEntry::from_bytes(&bytes, &Limits::DEFAULT)?;
        if i64::try_from(entry.sequence).ok() != Some(sequence) {
            return Err(damaged(TRAIL, "its last entry says another place than its row"));
        }
        Ok(Head::of(entry.sequence, &bytes))
    }
}

/// Does `work` in one transaction.
fn write<D: Database, T>(
    database: &mut D,
    work: impl FnOnce(&mut D) -> Result<T, RegisterError>,
) -> Result<T, RegisterError> {
    database.begin()?;
    let done = work(database).and_then(|done| database.finish().map(|()| done));
    if done.is_err() {
        database.roll_back();
    }
    done
}

fn of_key(database: &mut impl Database, key: &str) -> Result<Option<Entry>, RegisterError> {
    one(database.query(select!("WHERE key = $1"), &[Cell::Text(key.to_owned())])?)
}

fn known(database: &mut impl Database, identifier: &Identifier) -> Result<Entry, RegisterError> {
    let entry = database.entry(identifier)?;
    entry.ok_or_else(|| RegisterError::Unknown(identifier.clone()))
}

/// The entry that a request was given earlier, if it is the same request.
fn again(request: &Request, entry: Entry) -> Result<Entry, RegisterError> {
    let now = &entry.identifier;
    let subject = match &request.subject {
        Subject::First { year } => {
            entry.replaces.is_none()
                && now.type_code() == &request.type_code
                && now.issuer_code() == &request.issuer
                && number_of(now).is_some_and(|(of, _)| of == *year)
        }
        Subject::Replacing(identifier) => entry.replaces.as_ref() == Some(identifier),
    };
    let list = request.list.as_ref().map(|list| list.uri.as_str());
    if !subject || list != entry.status.as_ref().map(StatusReference::uri) {
        return Err(RegisterError::Key(request.key.clone()));
    }
    if entry.state == State::Void {
        return Err(RegisterError::Void(entry.identifier));
    }
    Ok(entry)
}

/// The identifier that comes next for a request, and the one that it replaces.
fn next(
    database: &mut impl Database,
    request: &Request,
) -> Result<(Identifier, Option<Identifier>), RegisterError> {
    let (year, number, version, replaces) = match &request.subject {
        Subject::First { year } => {
            let sql = "SELECT MAX(number) FROM register_entry WHERE issuer = $1 AND type = $2 AND year = $3";
            let series = [
                text_cell(&request.issuer),
                text_cell(&request.type_code),
                integer(*year),
            ];
            let last: u32 = largest(database.query(sql, &series)?)?;
            if last >= LAST_NUMBER {
                return Err(RegisterError::Exhausted);
            }
            (*year, last.saturating_add(1), 1, None)
        }
        Subject::Replacing(identifier) => {
            let version = version_after(database, identifier)?;
            let (year, number) =
                number_of(identifier).ok_or_else(|| RegisterError::Unknown(identifier.clone()))?;
            (year, number, version, Some(identifier.clone()))
        }
    };
    let serial = serial_of(year, number);
    let identifier = Identifier::compose(&request.type_code, &request.issuer, &serial, version);
    let identifier = identifier.map_err(|_| RegisterError::Exhausted)?;
    Ok((identifier, replaces))
}

/// The next free version of a certificate, if `identifier` is the version that stands.
fn version_after(database: &mut impl Database, identifier: &Identifier) -> Result<u16, RegisterError> {
    let entry = known(database, identifier)?;
    if entry.state == State::Void {
        return Err(RegisterError::Void(identifier.clone()));
    }
    let heir = select!("WHERE replaces = $1 AND state <> 2");
    if let Some(heir) = one(database.query(heir, &[text_cell(identifier)])?)? {
        return Err(RegisterError::Replaced { by: heir.identifier });
    }
    if entry.state != State::Issued {
        return Err(RegisterError::NotIssued(identifier.clone()));
    }
    let (year, number) = number_of(identifier).ok_or_else(|| RegisterError::Unknown(identifier.clone()))?;
    let sql = "SELECT MAX(version) FROM register_entry WHERE issuer = $1 AND type = $2 AND year = $3 AND number = $4";
    let certificate = [
        text_cell(identifier.issuer_code()),
        text_cell(identifier.type_code()),
        integer(year),
        integer(number),
    ];
    let last: u16 = largest(database.query(sql, &certificate)?)?;
    last.checked_add(1).ok_or(RegisterError::Exhausted)
}

fn free_place(database: &mut impl Database, list: &StatusList) -> Result<StatusReference, RegisterError> {
    // Numbers above the last whole multiple are drawn again, or the low places would come more often.
    let whole = u32::MAX - u32::MAX % list.places;
    for _ in 0..DRAWS {
        let drawn = database.draw()?;
        if drawn >= whole {
            continue;
        }
        let place = drawn % list.places;
        let sql = "SELECT place FROM register_entry WHERE list = $1 AND place = $2";
        let taken = database.query(sql, &[Cell::Text(list.uri.clone()), integer(place)])?;
        if taken.is_empty() {
            let reference = StatusReference::new(list.uri.as_str(), place);
            return reference.map_err(|_| RegisterError::List {
                uri: list.uri.clone(),
            });
        }
    }
    Err(RegisterError::ListFull {
        uri: list.uri.clone(),
    })
}

/// Writes the next entry of the audit trail and gives its place.
fn append(
    database: &mut impl Database,
    identifier: &Identifier,
    action: Action,
    by: &Act<'_>,
) -> Result<u64, RegisterError> {
    let head = database.head()?;
    let entry = AuditEntry {
        sequence: head.sequence.saturating_add(1),
        at: by.at,
        actor: by.actor.to_owned(),
        action,
        identifier: identifier.clone(),
        previous: head.hash,
    };
    let sql = "INSERT INTO register_trail (sequence, bytes) VALUES ($1, $2)";
    database.query(sql, &[integer(entry.sequence), Cell::Bytes(entry.to_bytes())])?;
    Ok(entry.sequence)
}
