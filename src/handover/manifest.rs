//! The table of contents of a package: `hand-over.json`.

use serde::{Deserialize, Serialize};

use super::error::PackageError;
#[cfg(feature = "compose")]
use super::inquiry::{Beside, Inquiry};
use super::role::Role;
use crate::crypto::DigestAlgorithm;
use crate::time::Time;
use crate::verify::ChangePolicy;
#[cfg(feature = "compose")]
use crate::verify::ENGINE;

/// Raised when a member comes, goes or changes its meaning: a reader knows them all or refuses.
const SCHEMA: u32 = 1;

/// What was asked, by whom, and every part with its digest. `docs/FORMAT.md`, clause 11.
#[non_exhaustive]
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// The version of this layout.
    pub schema: u32,
    /// The program that verified, and its version.
    pub engine: String,
    /// The time asked about.
    pub at: Time,
    /// The verifying department.
    pub asked_by: String,
    /// What the file was handed in for.
    pub purpose: String,
    /// What the file received was called; empty for a code alone.
    pub file_name: String,
    /// For whom annotated copies were accepted.
    pub recipient: Option<String>,
    /// What was accepted after a seal: `seal`, `pades` or `acrobat`.
    pub policy: String,
    /// Whether the verdict was left open where nothing told of revocation.
    pub require_revocation: bool,
    /// Whether the holder's number was typed. The number is not kept.
    pub holder_typed: bool,
    /// Whether a password was given. It is not kept.
    pub password_given: bool,
    /// The parts, by role and number.
    pub parts: Vec<Part>,
}

/// A file of a package.
#[non_exhaustive]
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Part {
    /// The name it is attached under.
    pub name: String,
    /// What it is.
    pub role: Role,
    /// Its media type.
    pub media_type: String,
    /// Its bytes.
    pub length: u64,
    /// Their SHA-256, in lower-case hexadecimal.
    pub sha256: String,
}

#[cfg(feature = "compose")]
impl Part {
    fn of(role: Role, number: usize, bytes: &[u8]) -> Self {
        Self {
            name: role.name(number),
            role,
            media_type: role.media_type().to_owned(),
            length: u64::try_from(bytes.len()).unwrap_or(u64::MAX),
            sha256: sha256(bytes),
        }
    }
}

/// SHA-256 in lower-case hexadecimal.
pub(super) fn sha256(bytes: &[u8]) -> String {
    let digest = DigestAlgorithm::Sha256.digest(bytes);
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

impl Manifest {
    /// That of `inquiry`, asked with `beside`: everything but the words and the report.
    #[cfg(feature = "compose")]
    pub(super) fn of(inquiry: &Inquiry, beside: &Beside) -> Self {
        let parts = inquiry.parts().into_iter();
        Self {
            schema: SCHEMA,
            engine: ENGINE.to_owned(),
            at: inquiry.at,
            asked_by: String::new(),
            purpose: String::new(),
            file_name: inquiry.received().map_or("", |(name, _)| name).to_owned(),
            recipient: inquiry.recipient.clone(),
            policy: inquiry.policy.name().to_owned(),
            require_revocation: inquiry.require_revocation,
            holder_typed: beside.holder.is_some(),
            password_given: beside.password.is_some(),
            parts: parts
                .map(|(role, number, bytes)| Part::of(role, number, bytes))
                .collect(),
        }
    }

    /// Adds the one part of `role`.
    #[cfg(feature = "compose")]
    pub(super) fn list(&mut self, role: Role, bytes: &[u8]) {
        self.parts.push(Part::of(role, 1, bytes));
        self.parts.sort_by_key(|part| part.role);
    }

    /// The bytes attached: JSON in lines, for people too.
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        // Text, numbers and lists of them: JSON holds them all.
        let mut bytes = serde_json::to_vec_pretty(self).unwrap_or_default();
        bytes.push(b'\n');
        bytes
    }

    /// Reads what [`to_bytes`](Self::to_bytes) writes, and nothing else: two programs must not read two things.
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, PackageError> {
        let manifest: Self = serde_json::from_slice(bytes).map_err(|error| {
            let place = format!("line {}, column {}", error.line(), error.column());
            PackageError::Manifest(format!(
                "is not a table of contents as this version knows it ({place})"
            ))
        })?;
        if manifest.schema != SCHEMA {
            let schema = manifest.schema;
            return Err(PackageError::Manifest(format!(
                "has layout {schema}, and this version knows {SCHEMA}; use a later one"
            )));
        }
        if manifest.to_bytes() != bytes {
            return Err(PackageError::Manifest("is not written as ours are".into()));
        }
        manifest.check()?;
        Ok(manifest)
    }

    /// That every part has the one name that its role and number give, in order, and what must be there is.
    fn check(&self) -> Result<(), PackageError> {
        let wrong = |why: &str| Err(PackageError::Manifest(why.to_owned()));
        let (mut last, mut number) = (None, 0usize);
        for part in &self.parts {
            if Some(part.role) < last {
                return wrong("has its parts in another order than by role");
            }
            number = match last == Some(part.role) {
                true => number.saturating_add(1),
                false => 1,
            };
            last = Some(part.role);
            if number > 1 && !part.role.repeats() {
                return Err(PackageError::Twice {
                    name: part.role.name(1),
                });
            }
            if part.name != part.role.name(number) {
                return Err(PackageError::Name {
                    name: shown(&part.name),
                });
            }
            if part.media_type != part.role.media_type() {
                return wrong("gives a part another media type than its role has");
            }
        }
        let has = |role: Role| self.parts.iter().any(|part| part.role == role);
        if !has(Role::Report) {
            return Err(PackageError::Missing {
                name: Role::Report.name(1),
            });
        }
        if !has(Role::File) && !has(Role::Code) {
            return Err(PackageError::Missing {
                name: Role::File.name(1),
            });
        }
        self.policy().map(|_| ())
    }

    pub(super) fn policy(&self) -> Result<ChangePolicy, PackageError> {
        let policies = [ChangePolicy::Seal, ChangePolicy::Pades, ChangePolicy::Acrobat];
        let mut policies = policies.into_iter();
        policies
            .find(|policy| policy.name() == self.policy)
            .ok_or_else(|| PackageError::Manifest("names a policy that this version does not know".into()))
    }
}

/// A name from a hostile file, fit for a message.
pub(super) fn shown(name: &str) -> String {
    let shown = |c: char| if c.is_ascii_graphic() { c } else { '?' };
    let mut text: String = name.chars().take(60).map(shown).collect();
    if name.chars().nth(60).is_some() {
        text.push_str("...");
    }
    text
}
