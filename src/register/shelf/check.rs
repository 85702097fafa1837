//! Whether register, audit trail and files say the same: everything is looked at.

use core::fmt;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;

use super::{RESULTS, Shelf, ShelfError, at, digest_at};
use crate::limits::Limits;
use crate::record::{Identifier, TypeCode, UnifiedCode};
use crate::register::audit::{Action, AuditEntry};
use crate::register::entry::{Entry, State, number_of};
use crate::register::error::AuditError;
use crate::register::trail::{Chain, Head};
use crate::register::{Register, RegisterError};

/// What [`Shelf::check`] found.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Checked {
    /// The end of the audit trail, to be kept elsewhere as the next anchor; none if the trail does not verify.
    pub head: Option<Head>,
    /// Entries that are issued.
    pub issued: u64,
    /// Entries that wait for their files.
    pub reserved: u64,
    /// Entries that were given up.
    pub void: u64,
    /// Files in their places.
    pub files: u64,
    /// What is wrong; empty if nothing is. At most [`Checked::FAULTS`].
    pub faults: Vec<Fault>,
}

/// What is wrong with a register.
#[non_exhaustive]
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Fault {
    /// The file is not the one that the entry names.
    Altered(Identifier),
    /// An entry says something else than the audit trail does, or one has no counterpart in the other.
    Disagrees(Identifier),
    /// Two versions replace the same one.
    Fork(Identifier),
    /// Numbers of a series have no entry.
    Gap {
        /// The number before the gap; 0 at the beginning.
        after: u32,
        /// The entry behind it.
        before: Identifier,
    },
    /// An issued entry has no file.
    Missing(Identifier),
    /// A file has no issued entry.
    Orphan(PathBuf),
    /// What is replaced was not issued before, or is another certificate.
    Replaces(Identifier),
    /// The audit trail does not verify.
    Trail(AuditError),
    /// The register has entries, or states of them, that the audit trail says nothing of.
    Unsaid,
}

impl Checked {
    /// Faults that are listed.
    pub const FAULTS: usize = 1000;

    fn fault(&mut self, fault: Fault) {
        if self.faults.len() < Self::FAULTS {
            self.faults.push(fault);
        }
    }
}

impl Shelf {
    /// Reads the whole register, its audit trail and every file, and compares them; `anchor` is a head that was kept elsewhere.
    ///
    /// What is being issued meanwhile may show up as a fault that is none; check again when nobody issues.
    ///
    /// # Errors
    /// Occurs if the register cannot be read or holds what no register wrote, or a file cannot be read.
    pub fn check(
        &self,
        register: &mut (impl Register + ?Sized),
        anchor: Option<&Head>,
    ) -> Result<Checked, ShelfError> {
        let mut checked = Checked {
            head: None,
            issued: 0,
            reserved: 0,
            void: 0,
            files: 0,
            faults: Vec::new(),
        };
        let said = check_trail(register, anchor, &mut checked)?;
        let kept = self.check_entries(register, &mut checked)?;
        // Each entry of the trail was found in the register, so more in the register is what the trail does not say.
        if checked.head.is_some() && said != kept {
            checked.fault(Fault::Unsaid);
        }
        self.check_files(register, &mut checked)?;
        Ok(checked)
    }

    /// Compares each entry with the one before, with what it replaces and with its file.
    fn check_entries(
        &self,
        register: &mut (impl Register + ?Sized),
        checked: &mut Checked,
    ) -> Result<Tally, ShelfError> {
        let mut tally = Tally::default();
        let mut series: BTreeMap<(UnifiedCode, TypeCode, u16), u32> = BTreeMap::new();
        let mut replaced: BTreeSet<Identifier> = BTreeSet::new();
        let mut after = 0;
        loop {
            let page = register.entries(None, after)?;
            let Some(last) = page.last() else {
                return Ok(tally);
            };
            after = last.reserved;
            for entry in page {
                tally.opened = tally.opened.saturating_add(1);
                tally.closed = tally.closed.saturating_add(u64::from(entry.closed.is_some()));
                let identifier = &entry.identifier;
                match entry.state {
                    State::Reserved => checked.reserved = checked.reserved.saturating_add(1),
                    State::Void => checked.void = checked.void.saturating_add(1),
                    State::Issued => {
                        checked.issued = checked.issued.saturating_add(1);
                        match digest_at(&self.path(identifier))? {
                            None => checked.fault(Fault::Missing(identifier.clone())),
                            Some(digest) if entry.digest != Some(digest) => {
                                checked.fault(Fault::Altered(identifier.clone()));
                            }
                            Some(_) => {}
                        }
                    }
                }
                let Some(before) = &entry.replaces else {
                    let (year, number) = number_of(identifier).unwrap_or_default();
                    let key = (
                        identifier.issuer_code().clone(),
                        identifier.type_code().clone(),
                        year,
                    );
                    let last = series.insert(key, number).unwrap_or_default();
                    if number != last.saturating_add(1) || identifier.version() != "001" {
                        checked.fault(Fault::Gap {
                            after: last,
                            before: identifier.clone(),
                        });
                    }
                    continue;
                };
                if entry.state != State::Void && !replaced.insert(before.clone()) {
                    checked.fault(Fault::Fork(before.clone()));
                }
                let stood = register.entry(before)?;
                if !stood.is_some_and(|stood| follows(&stood, &entry)) {
                    checked.fault(Fault::Replaces(identifier.clone()));
                }
            }
        }
    }

    /// Looks for files that no issued entry has.
    fn check_files(
        &self,
        register: &mut (impl Register + ?Sized),
        checked: &mut Checked,
    ) -> Result<(), ShelfError> {
        let mut folders = vec![self.root.join(RESULTS)];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(&folder).map_err(at(&folder))? {
                let entry = entry.map_err(at(&folder))?;
                let path = entry.path();
                if entry.file_type().map_err(at(&path))?.is_dir() {
                    folders.push(path);
                    continue;
                }
                checked.files = checked.files.saturating_add(1);
                let identifier = path
                    .file_name()
                    .and_then(|name| name.to_str())
                    .and_then(|name| name.strip_suffix(".pdf"))
                    .and_then(|name| name.parse::<Identifier>().ok())
                    .filter(|identifier| self.path(identifier) == path);
                let kept = match &identifier {
                    Some(identifier) => register.entry(identifier)?,
                    None => None,
                };
                if !kept.is_some_and(|kept| kept.state == State::Issued) {
                    checked.fault(Fault::Orphan(path));
                }
            }
        }
        Ok(())
    }
}

/// How many entries were opened and closed.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
struct Tally {
    opened: u64,
    closed: u64,
}

/// Verifies the chain and looks up what each entry of it says.
fn check_trail(
    register: &mut (impl Register + ?Sized),
    anchor: Option<&Head>,
    checked: &mut Checked,
) -> Result<Tally, RegisterError> {
    let mut chain = Chain::new(anchor);
    let mut tally = Tally::default();
    let mut after = 0;
    loop {
        let page = register.trail(after)?;
        if page.is_empty() {
            break;
        }
        for bytes in page {
            let entry = match chain.push(&bytes, &Limits::DEFAULT) {
                Ok(entry) => entry,
                Err(error) => {
                    checked.fault(Fault::Trail(error));
                    return Ok(tally);
                }
            };
            after = entry.sequence;
            let kept = register.entry(&entry.identifier)?;
            if !kept.is_some_and(|kept| agrees(&kept, &entry)) {
                checked.fault(Fault::Disagrees(entry.identifier));
                continue;
            }
            match entry.action {
                Action::Reserved { .. } => tally.opened = tally.opened.saturating_add(1),
                Action::Issued { .. } | Action::Voided { .. } => {
                    tally.closed = tally.closed.saturating_add(1);
                }
                Action::SetAside { .. } => {}
            }
        }
    }
    match chain.finish() {
        Ok(head) => checked.head = Some(head),
        Err(error) => checked.fault(Fault::Trail(error)),
    }
    Ok(tally)
}

/// Whether the register has what the trail says.
fn agrees(kept: &Entry, said: &AuditEntry) -> bool {
    match &said.action {
        Action::Reserved {
            key,
            replaces,
            status,
        } => {
            kept.reserved == said.sequence
                && kept.key == *key
                && kept.replaces == *replaces
                && kept.status == *status
        }
        Action::Issued { digest } => {
            kept.closed == Some(said.sequence) && kept.state == State::Issued && kept.digest == Some(*digest)
        }
        Action::Voided { .. } => kept.closed == Some(said.sequence) && kept.state == State::Void,
        Action::SetAside { .. } => true,
    }
}

/// Whether `entry` may replace `stood`: an earlier version of the same certificate that was issued before.
fn follows(stood: &Entry, entry: &Entry) -> bool {
    let (old, new) = (&stood.identifier, &entry.identifier);
    stood.closed.is_some_and(|closed| closed < entry.reserved)
        && stood.state == State::Issued
        && (old.issuer_code(), old.type_code(), old.serial())
            == (new.issuer_code(), new.type_code(), new.serial())
        && old.version() < new.version()
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Altered(identifier) => write!(
                f,
                "{identifier}: its file is not the one that was issued; restore it from a copy"
            ),
            Self::Disagrees(identifier) => write!(
                f,
                "{identifier}: the register says something else than the audit trail; restore the register from a copy"
            ),
            Self::Fork(identifier) => write!(
                f,
                "{identifier}: is replaced by two versions; restore the register from a copy"
            ),
            Self::Gap { after, before } => write!(
                f,
                "{before}: the number before it is {after}: entries are missing; restore the register from a copy"
            ),
            Self::Missing(identifier) => write!(
                f,
                "{identifier}: is issued and its file is not in its place; restore it from a copy"
            ),
            Self::Orphan(path) => write!(
                f,
                "{}: no issued entry has this file; recover, or ask who put it there",
                path.display()
            ),
            Self::Replaces(identifier) => write!(
                f,
                "{identifier}: what it replaces is no earlier version of it that was issued; restore the register from a copy"
            ),
            Self::Trail(error) => error.fmt(f),
            Self::Unsaid => f.write_str(
                "the register has entries that the audit trail says nothing of; restore the register from a copy",
            ),
        }
    }
}
