//! Issuing over the register: reserve, make the file, put it on the shelf, commit.

use std::path::PathBuf;

use yinxin::draft::Draft;
use yinxin::payload::Payload;
use yinxin::record::{Identifier, Record};
use yinxin::register::{Act, Entry, IssueError, Shelf, State};
use yinxin::time::Time;

use super::open::{Opened, Place};
use crate::asked::Asked;
use crate::cli::FromRegister;
use crate::files::{self, Fault, Named as _, fault};
use crate::output::say;

/// The register that a run issues over, and the shelf of its files.
pub struct Office {
    place: Place,
    shelf: Shelf,
    actor: String,
    at: Time,
}

/// One who issues: each thread has a connection of its own.
pub struct Desk<'o> {
    office: &'o Office,
    register: Opened,
}

/// A result that is issued.
pub struct Filed {
    pub entry: Entry,
    pub path: PathBuf,
    /// Whether this run made it; an earlier one did otherwise.
    pub made: bool,
}

/// Why a result was not issued.
pub enum Failed<E> {
    /// Its file could not be made.
    Make(E),
    /// The register or the shelf did not do it.
    Office(Fault),
}

impl Office {
    /// The office that the options name, if they name one.
    pub fn open(options: &FromRegister, at: Time) -> Result<Option<Self>, Fault> {
        let (Some(register), Some(shelf), Some(actor)) = (&options.register, &options.shelf, &options.actor)
        else {
            return Ok(None);
        };
        Ok(Some(Self {
            place: Place::of(register)?,
            shelf: Shelf::open(shelf).named("--shelf")?,
            actor: actor.clone(),
            at,
        }))
    }

    /// A connection to the register.
    pub fn desk(&self) -> Result<Desk<'_>, Fault> {
        let register = self.place.open()?;
        Ok(Desk {
            office: self,
            register,
        })
    }

    fn act(&self) -> Act<'_> {
        Act {
            actor: &self.actor,
            at: self.at,
        }
    }
}

impl Desk<'_> {
    /// Finishes what an earlier run began and did not come to note.
    pub fn recover(&mut self) -> Result<(), Fault> {
        let office = self.office;
        let found = office.shelf.recover(&mut *self.register, &office.act());
        let found = found.named(office.place.name())?;
        for identifier in &found.completed {
            say!("issued by an earlier run 前次已签发，现补记: {identifier}");
        }
        for path in &found.set_aside {
            say!(
                "left by an earlier run, set aside 前次未完成，已移开: {}",
                path.display()
            );
        }
        Ok(())
    }

    /// Reserves the identifier of what is asked for; the same again gives the same.
    pub fn reserve(&mut self, asked: &Asked) -> Result<Entry, Fault> {
        let request = &asked.request;
        if let Some(identifier) = asked.identifier() {
            let entry = self.entry(identifier)?;
            if entry.is_none_or(|entry| entry.key() != request.key()) {
                return Err(fault!(
                    "identifier {identifier}: is not the one that the register gave to request {}; leave it out, and the register gives the next",
                    request.key()
                ));
            }
        }
        self.register
            .reserve(request, &self.office.act())
            .map_err(|error| fault!("{error}"))
    }

    /// What the register says of an identifier.
    pub fn entry(&mut self, identifier: &Identifier) -> Result<Option<Entry>, Fault> {
        self.register.entry(identifier).named(self.office.place.name())
    }

    /// Issues what is asked for. `make` seals the draft of the record that the register completed, with its place on the status list;
    /// it is not called where the file is on the shelf already, and then the file must be of this draft.
    pub fn issue<E>(
        &mut self,
        asked: &Asked,
        draft: impl FnOnce(&Record) -> Result<Draft, E>,
        make: impl FnOnce(&Record, &Draft, Payload) -> Result<Vec<u8>, E>,
    ) -> Result<Filed, Failed<E>> {
        let reserved = self.reserve(asked).map_err(Failed::Office)?;
        let record = asked.record(&reserved).map_err(Failed::Office)?;
        let draft = draft(&record).map_err(Failed::Make)?;
        let mut made = false;
        let office = self.office;
        let issued = office
            .shelf
            .issue(&mut *self.register, &asked.request, &office.act(), |entry| {
                made = true;
                let mut claims = Payload::of(&record);
                if let Some(status) = entry.status() {
                    claims = claims.with_status(status.clone());
                }
                make(&record, &draft, claims)
            });
        let entry = issued.map_err(|error| match error {
            IssueError::Make { error, .. } => Failed::Make(error),
            IssueError::Shelf(error) => Failed::Office(fault!("{error}")),
            _ => Failed::Office(fault!("request {}: not issued; try again", asked.request.key())),
        })?;
        let path = office.shelf.path(entry.identifier());
        if !made {
            let file = files::read(&path, files::LARGE).map_err(Failed::Office)?;
            if !file.starts_with(draft.bytes()) {
                return Err(Failed::Office(fault!(
                    "request {}: was issued as {} with other content, which stays; restore the record and template, or reissue it under a request of its own that replaces {}",
                    entry.key(),
                    entry.identifier(),
                    entry.identifier()
                )));
            }
        }
        debug_assert_eq!(entry.state(), State::Issued);
        Ok(Filed { entry, path, made })
    }
}
