//! A counter of the hall: the register that gives numbers and places on status lists, and the shelf of what was issued over it.

use std::path::Path;

use yinxin::payload::Payload;
use yinxin::record::{Record, TypeCode};
use yinxin::register::{Act, Entry, Request, Shelf, SqliteRegister};
use yinxin::time::Time;

use super::{Department, Told, june};

/// Register and shelf of a department.
pub struct Counter {
    shelf: Shelf,
    register: SqliteRegister,
}

impl Counter {
    pub fn open(folder: &Path) -> Told<Self> {
        Ok(Self {
            register: SqliteRegister::open(folder.join("register.sqlite"))?,
            shelf: Shelf::open(folder.join("shelf"))?,
        })
    }

    /// Issues what `make` makes of the number and the place given. The same request again is the same result, made once.
    pub fn issue(
        &mut self,
        request: &Request,
        actor: &str,
        at: Time,
        make: impl FnOnce(&Entry) -> Told<Vec<u8>>,
    ) -> Told<Entry> {
        let by = Act { actor, at };
        Ok(self.shelf.issue(&mut self.register, request, &by, make)?)
    }

    /// The file that was issued.
    pub fn file(&self, entry: &Entry) -> Told<Vec<u8>> {
        Ok(self.shelf.read(entry)?)
    }
}

/// Prints that the kiosks may make of one result.
pub const PRINTS: u32 = 2;

/// The kiosks of the hall, all of them on one register. The count is kept there and in no kiosk: a print is a result of its own,
/// with a number that nobody else gets, and takes one of the [`PRINTS`] places of a status list; when none is left the register
/// refuses, and the window helps. The audit trail says which kiosk printed which number when. What a number does not do is tell a
/// print from its photocopy: both bear it.
pub struct Kiosk<'h> {
    counter: &'h mut Counter,
    police: &'h Department,
    own: &'h Record,
}

impl<'h> Kiosk<'h> {
    pub fn new(counter: &'h mut Counter, police: &'h Department, own: &'h Record) -> Self {
        Self { counter, police, own }
    }

    /// The status list of the prints of one result.
    pub fn list(&self) -> String {
        format!("https://zt.binhai.example/dy/{}", self.own.identifier().serial())
    }

    /// One print. The same transaction again is the same print, whatever became of the paper.
    pub fn print(&mut self, transaction: &str) -> Told<Entry> {
        let request = Request::first(transaction, &printed()?, &self.police.issuer.code, 2030)?;
        let request = request.on_list(self.list(), PRINTS)?;
        let (police, own, at) = (self.police, self.own, june(5, 11)?);
        self.counter.issue(&request, transaction, at, |entry| {
            numbered_print(police, own, entry)
        })
    }
}

/// A print: what the result says, with its own number and the original's, in a file that is sealed like any other.
fn numbered_print(police: &Department, own: &Record, entry: &Entry) -> Told<Vec<u8>> {
    let kind = printed()?;
    let number = format!("自助打印第{}号（每证限{PRINTS}份）", entry.number());
    let print = own.amended(|parts| {
        (parts.kind.code, parts.identifier) = (kind, entry.identifier().clone());
        parts.set("打印编号", number);
    })?;
    let payload = Payload::of(&print).with_labels(&["姓名", "居住地址", "打印编号"])?;
    let payload = payload.with_status(entry.status().ok_or("no place")?.clone());
    let draft = super::template("residence")?.compose(&print)?;
    let sealed = police.seal(draft.bind(payload), june(5, 11)?)?;
    Ok(sealed.into_bytes())
}

/// The type of the kiosk's prints, which the authority list permits apart from that of the result.
pub fn printed() -> Told<TypeCode> {
    Ok("11109900MB2A000628022".parse()?)
}
