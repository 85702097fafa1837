//! Who changed what when (谁在何时改了什么): the versions of results, from their files, the audit trail and its end alone.

use core::fmt;
use std::collections::{BTreeMap, BTreeSet};

use super::audit::{Action, AuditEntry, sha256};
use super::error::AuditError;
use super::trail::{Chain, Head, entries};
use crate::limits::Limits;
use crate::record::{Difference, Identifier, Record};
use crate::verify::{Refused, Verifier};

/// One version of a result, proved.
#[non_exhaustive]
#[derive(Clone, Debug)]
pub struct Version {
    /// The place of its file among those given, from 0.
    pub place: usize,
    /// The entry of the trail by which it was issued: who did it, and when on that clock.
    pub issued: AuditEntry,
    /// What the file says.
    pub record: Record,
    /// What it says otherwise than the version before it, but for the identifier, which names the version; empty for the first.
    pub changes: Vec<Difference>,
}

/// Why files, trail and head do not prove a history. Places are those of the files given, from 0.
#[non_exhaustive]
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum HistoryError {
    /// The trail names a version of one of the results whose file was not given.
    Missing(Identifier),
    /// The file has no record, or that of another result than the one as which it was issued.
    NotTheResult {
        /// Which file.
        place: usize,
        /// What the trail says it is.
        issued: Identifier,
    },
    /// The verifier does not take the file for authentic, as of when it was issued.
    Refused {
        /// Which file.
        place: usize,
        /// Why.
        why: Refused,
    },
    /// The trail is not as it was written.
    Trail(AuditError),
    /// The trail names no such file as issued: it was changed, or made anew.
    Unknown(usize),
}

/// Proves the versions in `files`, of one result or several, in the order in which they were issued: each is authentic as of when
/// the trail says that it was issued, to the last byte the file that was issued then, and none that the trail names is left out.
///
/// `trail` is what [`export`](super::Register::export) wrote, of the whole register, and `anchor` a head of it that was kept where
/// whoever keeps the register cannot reach it. What came after the anchor only the register's word stands for; so the anchor is
/// taken when a version is handed over. What became of a version since, a status list says, which is not asked here. A file given twice counts once.
///
/// # Errors
/// Occurs if the trail is not the anchor's, or a file is unknown to it, missing, refused, or not the result it was issued as.
pub fn history(
    files: &[impl AsRef<[u8]>],
    trail: &[u8],
    anchor: &Head,
    verifier: &Verifier,
    limits: &Limits,
) -> Result<Vec<Version>, HistoryError> {
    let digests = files.iter().map(|file| sha256(file.as_ref()));
    let mut unknown: BTreeMap<[u8; 32], usize> = digests.zip(0..).collect();
    let (mut versions, mut others): (Vec<Version>, Vec<Identifier>) = (vec![], vec![]);
    let mut latest: BTreeMap<(String, String), usize> = BTreeMap::new();
    let (mut chain, verifier) = (Chain::new(Some(anchor)), verifier.as_issued());
    for entry in entries(trail) {
        let issued = entry.and_then(|bytes| chain.push(bytes, limits));
        let issued = issued.map_err(HistoryError::Trail)?;
        let Action::Issued { digest } = &issued.action else {
            continue;
        };
        let Some(place) = unknown.remove(digest) else {
            others.push(issued.identifier);
            continue;
        };
        let file = files.get(place).map(AsRef::as_ref).unwrap_or_default();
        let report = verifier.verify_pdf(file, issued.at);
        let authentic = report.authentic();
        let record = match authentic
            .map_err(|why| HistoryError::Refused { place, why })?
            .record()
        {
            Some(record) if *record.identifier() == issued.identifier => record.clone(),
            _ => {
                let issued = issued.identifier;
                return Err(HistoryError::NotTheResult { place, issued });
            }
        };
        let before = latest.insert(result(&issued.identifier), versions.len());
        let before = before.and_then(|before| versions.get(before));
        versions.push(Version {
            place,
            changes: before.map_or_else(Vec::new, |before| changes(&before.record, &record)),
            issued,
            record,
        });
    }
    chain.finish().map_err(HistoryError::Trail)?;
    if let Some(place) = unknown.into_values().min() {
        return Err(HistoryError::Unknown(place));
    }
    let given: BTreeSet<_> = latest.into_keys().collect();
    match others.into_iter().find(|other| given.contains(&result(other))) {
        Some(missing) => Err(HistoryError::Missing(missing)),
        None => Ok(versions),
    }
}

fn changes(before: &Record, after: &Record) -> Vec<Difference> {
    let mut changes = before.differences(after);
    changes.retain(|change| change.path != "identifier");
    changes
}

/// What the versions of one result have in common: all of the identifier but version and check character.
fn result(identifier: &Identifier) -> (String, String) {
    let (kind, issuer) = (identifier.type_code(), identifier.issuer_code());
    (format!("{kind}.{issuer}"), identifier.serial().to_owned())
}

/// When, which version, by whom, and what it says otherwise than the one before, a line each.
impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (at, actor) = (self.issued.at.in_china(), &self.issued.actor);
        let version = self.issued.identifier.version().trim_start_matches('0');
        write!(f, "{at} version 版本 {version}: {actor}")?;
        self.changes
            .iter()
            .try_for_each(|change| write!(f, "\n  {change}"))
    }
}

impl fmt::Display for HistoryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let number = |place: &usize| place.saturating_add(1);
        match self {
            Self::Missing(identifier) => {
                write!(
                    f,
                    "{identifier}: was issued, and its file is not given; give every version"
                )
            }
            Self::NotTheResult { place, issued } => write!(
                f,
                "file {}: was issued as {issued}, and does not say so; ask who keeps the register",
                number(place)
            ),
            Self::Refused { place, why } => write!(f, "file {}: {why}", number(place)),
            Self::Trail(error) => error.fmt(f),
            Self::Unknown(place) => write!(
                f,
                "file {}: the audit trail names no such file as issued; it was changed, or made anew",
                number(place)
            ),
        }
    }
}

impl core::error::Error for HistoryError {}
