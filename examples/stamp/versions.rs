//! Files given together that are versions of one result: which stands, and which is replaced by which.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use yinxin::payload::Payload;
use yinxin::record::{Identifier, Record};
use yinxin::verify::Report;

use crate::files::Fault;
use crate::output::say;
use crate::report::printable;

/// The authentic results among the files given, certificate by certificate, oldest version first.
pub struct Versions<'p>(Vec<Vec<Version<'p>>>);

#[derive(Clone, Debug)]
struct Version<'p> {
    identifier: Identifier,
    path: &'p Path,
}

/// What took the place of a file.
pub struct Successor<'v> {
    pub identifier: &'v Identifier,
    pub path: &'v Path,
}

impl<'p> Versions<'p> {
    /// Looks through the verdicts, which are those of `paths` without the files that could not be read.
    pub fn among<T>(verdicts: &[Report], read: &[Result<T, Fault>], paths: &'p [PathBuf]) -> Self {
        let paths = paths.iter().zip(read).filter(|(_, read)| read.is_ok());
        let mut certificates: BTreeMap<(String, String, String), Vec<Version<'p>>> = BTreeMap::new();
        for (verdict, (path, _)) in verdicts.iter().zip(paths) {
            let Ok(facts) = verdict.authentic() else { continue };
            // A copy for one use is no version.
            let record = facts.record().map(Record::identifier);
            let found = record.or_else(|| facts.payload().map(Payload::identifier));
            let Some(identifier) = found.filter(|_| facts.copy().is_none()) else {
                continue;
            };
            let certificate = (
                identifier.type_code().to_string(),
                identifier.issuer_code().to_string(),
                identifier.serial().to_owned(),
            );
            certificates.entry(certificate).or_default().push(Version {
                identifier: identifier.clone(),
                path,
            });
        }
        let several = certificates.into_values().filter(|versions| versions.len() > 1);
        let sorted = several.map(|mut versions| {
            versions.sort_by(|a, b| a.identifier.version().cmp(b.identifier.version()));
            versions
        });
        Self(sorted.collect())
    }

    /// Those of which some version stands, now that all were `settled` together: a later one that was withdrawn or has expired keeps
    /// the place that it took, and of two that contradict each other neither stands.
    pub fn standing<T>(mut self, settled: &[Report], read: &[Result<T, Fault>], paths: &[PathBuf]) -> Self {
        let paths = paths.iter().zip(read).filter(|(_, read)| read.is_ok());
        let verdicts = settled.iter().zip(paths);
        let stands: BTreeSet<&Path> = verdicts
            .filter(|(verdict, _)| verdict.authentic().is_ok())
            .map(|(_, (path, _))| path.as_path())
            .collect();
        self.0.retain(|versions| {
            let newest = versions.last();
            newest.is_some_and(|newest| stands.contains(newest.path))
        });
        self
    }

    /// What took the place of the file at `path`.
    pub fn successor(&self, path: &Path) -> Option<Successor<'_>> {
        let versions = self
            .0
            .iter()
            .find(|versions| versions.iter().any(|version| version.path == path))?;
        let own = versions.iter().find(|version| version.path == path)?;
        let newest = versions.last()?;
        (own.identifier.version() < newest.identifier.version()).then_some(Successor {
            identifier: &newest.identifier,
            path: newest.path,
        })
    }

    /// Says which stands.
    pub fn tell(&self) {
        for versions in &self.0 {
            let Some(newest) = versions.last() else { continue };
            let newest_version = newest.identifier.version();
            let (current, old): (Vec<_>, Vec<_>) = versions
                .iter()
                .partition(|version| version.identifier.version() == newest_version);
            if !old.is_empty() {
                say!(
                    "versions of one result 同一证照的各版本: {} stands 以此版为准",
                    newest.identifier
                );
                for version in &current {
                    say!("  stands 现行: {}, version 第 {newest_version} 版", name(version));
                }
                for version in &old {
                    let number = version.identifier.version();
                    say!("  replaced 已换发: {}, version 第 {number} 版", name(version));
                }
            }
        }
    }
}

fn name(version: &Version<'_>) -> String {
    printable(&version.path.display().to_string())
}
