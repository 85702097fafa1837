//! Who may sign a list: certificates and how many of them must, and how one set hands over to the next.

use core::cmp::Ordering;

use serde::{Deserialize, Serialize};

use super::draft::pem;
use super::error::{Attack, AuthorityError};
use super::file::{Kind, ListFile};
use super::members::{Members, map};
use crate::cbor::Value;
use crate::cose::Sign1;
use crate::limits::Limits;
use crate::pki::Certificate;
use crate::record::NAME_CHARACTERS;
use crate::record::text::line;

/// The roots that a verifier has pinned, or that a list says are to be delegated to: certificates of which `threshold` must sign.
///
/// Their own validity and issuers are not looked at: pinning is the decision.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Roots {
    /// `None` for certificates alone, which do not say their number.
    pub(super) version: Option<u64>,
    pub(super) name: Option<String>,
    pub(super) threshold: usize,
    /// By rising key identifier.
    pub(super) certificates: Vec<Certificate>,
}

/// A set of roots to be signed. Reads from TOML or JSON through serde; members not known are refused.
///
/// ```toml
/// name = "滨海市授权名录"   # that of the lists they sign
/// version = 2               # one more than the set before
/// threshold = 2
///
/// [[roots]]
/// pem = "-----BEGIN CERTIFICATE-----..."
/// ```
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct RootsDraft {
    /// Name of the lists they sign, at most 200 characters.
    pub name: String,
    /// Number of the set, 1 for the first.
    pub version: u64,
    /// How many must sign.
    pub threshold: usize,
    /// The roots, no key twice.
    pub roots: Vec<RootDraft>,
}

/// A root in a [`RootsDraft`].
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct RootDraft {
    /// The certificate; PEM in TOML and JSON.
    #[serde(rename = "pem", with = "pem")]
    pub certificate: Certificate,
}

/// The version of this layout, under key 0.
const VERSION: u64 = 1;
const MEMBERS: [&str; 5] = ["version", "name", "number", "threshold", "certificates"];

impl Roots {
    /// These certificates, of which `threshold` must sign.
    ///
    /// # Errors
    /// Occurs if `threshold` is 0 or more than there are, or a key or a key identifier occurs twice: one keeper counts once.
    pub fn new(
        certificates: impl IntoIterator<Item = Certificate>,
        threshold: usize,
    ) -> Result<Self, AuthorityError> {
        let mut certificates: Vec<Certificate> = certificates.into_iter().collect();
        certificates.sort_by_key(Certificate::kid);
        let twice = certificates.iter().enumerate().any(|(at, one)| {
            let others = certificates.iter().skip(at.saturating_add(1));
            let same =
                |other: &Certificate| other.public_key() == one.public_key() || other.kid() == one.kid();
            others.into_iter().any(same)
        });
        if twice {
            return Err(AuthorityError::member("certificates", "have one key twice"));
        }
        if threshold == 0 || threshold > certificates.len() {
            return Err(AuthorityError::member(
                "threshold",
                "is not 1 to the number of certificates",
            ));
        }
        Ok(Self {
            version: None,
            name: None,
            threshold,
            certificates,
        })
    }

    /// Any one of these certificates.
    ///
    /// # Errors
    /// Occurs if there is none, or a key occurs twice.
    pub fn any_of(certificates: impl IntoIterator<Item = Certificate>) -> Result<Self, AuthorityError> {
        Self::new(certificates, 1)
    }

    /// Reads a set of roots that as many of its own members have signed as must. To pin it is a decision: nothing else speaks for it.
    ///
    /// # Errors
    /// Occurs if the bytes are no such file, or too few of the roots in it have signed.
    pub fn open(bytes: &[u8], limits: &Limits) -> Result<Self, AuthorityError> {
        let file = ListFile::parse(bytes, limits)?;
        if file.kind != Kind::Roots {
            return Err(AuthorityError::member("file", "is a list and no set of roots"));
        }
        // Those of the set before have signed as well, unless it is the first.
        let roots = Self::read(&file.body, limits)?;
        let own = |bytes: &&Vec<u8>| {
            let kid = Sign1::parse(bytes, limits)
                .ok()
                .and_then(|sign1| sign1.header.kid);
            kid.is_some_and(|kid| roots.certificates.iter().any(|root| root.kid().as_slice() == kid))
        };
        let mut signed = ListFile::new(Kind::Roots, file.body.clone());
        signed.signatures = file.signatures.iter().filter(own).cloned().collect();
        let [found] = signed.count([&roots], limits)?;
        roots.enough(found)?;
        Ok(roots)
    }

    /// Nobody: whoever looks at a list that nobody vouches for.
    pub(super) fn nobody() -> Self {
        Self {
            version: None,
            name: None,
            threshold: 0,
            certificates: vec![],
        }
    }

    /// Number of the set, if it says.
    #[must_use]
    pub fn version(&self) -> Option<u64> {
        self.version
    }

    /// How many must sign.
    #[must_use]
    pub fn threshold(&self) -> usize {
        self.threshold
    }

    /// The certificates, by rising key identifier.
    #[must_use]
    pub fn certificates(&self) -> &[Certificate] {
        &self.certificates
    }

    pub(super) fn find(&self, kid: [u8; 8]) -> Option<&Certificate> {
        self.certificates.iter().find(|root| root.kid() == kid)
    }

    pub(super) fn enough(&self, found: usize) -> Result<(), AuthorityError> {
        let needed = self.threshold;
        match found >= needed {
            true => Ok(()),
            false => Err(AuthorityError::Threshold { found, needed }),
        }
    }

    /// The set that signs list number `wanted` of the roots: these, or those that `rotations` lead to. Each set must be signed by as
    /// many as must of itself and of the one before (The Update Framework, clause 5.3.4).
    pub(super) fn follow(
        &self,
        rotations: &[ListFile],
        wanted: u64,
        name: &str,
        limits: &Limits,
    ) -> Result<Self, AuthorityError> {
        let sets = rotations
            .iter()
            .map(|rotation| Self::read(&rotation.body, limits));
        let sets: Vec<Self> = sets.collect::<Result<_, _>>()?;
        let same = |set: &Self| set.threshold == self.threshold && set.certificates == self.certificates;
        let known = sets
            .iter()
            .rev()
            .find(|set| same(set))
            .and_then(|set| set.version);
        let first = sets
            .first()
            .and_then(|set| set.version)
            .map(|version| version.saturating_sub(1));
        let mut current = self.clone();
        current.version = self.version.or(known).or(first).or(Some(wanted));
        let mismatched = |set: &Self| set.name.as_deref().is_some_and(|other| other != name);
        let other = "the roots are those of a list of another name";
        if mismatched(self) {
            return Err(Attack::MixAndMatch(other).into());
        }
        for (rotation, next) in rotations.iter().zip(sets) {
            if next.version <= current.version {
                continue;
            }
            if next.version != current.version.and_then(|version| version.checked_add(1)) {
                return Err(AuthorityError::member(
                    "rotations",
                    "leave out a set of roots after the one that is pinned",
                ));
            }
            if mismatched(&next) {
                return Err(Attack::MixAndMatch(other).into());
            }
            let [by_old, by_new] = rotation.count([&current, &next], limits)?;
            current.enough(by_old)?;
            next.enough(by_new)?;
            current = next;
        }
        let version = current.version.unwrap_or_default();
        match version.cmp(&wanted) {
            Ordering::Equal => Ok(current),
            // A list by roots that have been replaced.
            Ordering::Greater => Err(Attack::Rollback {
                seen: version,
                found: wanted,
            }
            .into()),
            Ordering::Less => Err(AuthorityError::member(
                "rotations",
                "do not lead from the pinned roots to those that signed; get the roots anew",
            )),
        }
    }

    fn read(body: &[u8], limits: &Limits) -> Result<Self, AuthorityError> {
        let value = Value::decode(body, limits).map_err(AuthorityError::Cbor)?;
        let members = Members::of(&value, "roots".to_owned(), &MEMBERS)?;
        if members.required(0)? != &Value::Unsigned(VERSION) {
            return Err(members.error(0, "is not known; this library reads version 1"));
        }
        let name = members.text(1)?;
        if line(name, NAME_CHARACTERS).is_err() {
            return Err(members.error(1, NAME));
        }
        let number = members.unsigned(2)?;
        if number == 0 {
            return Err(members.error(2, "is not at least 1"));
        }
        Ok(Self {
            version: Some(number),
            name: Some(name.to_owned()),
            ..set(&members, 3, 4, limits)?
        })
    }
}

/// Threshold and certificates of a set, under the keys `threshold` and `certificates`.
pub(super) fn set<const N: usize>(
    members: &Members<'_, N>,
    threshold: usize,
    certificates: usize,
    limits: &Limits,
) -> Result<Roots, AuthorityError> {
    let needed = usize::try_from(members.unsigned(threshold)?).unwrap_or(usize::MAX);
    let ders = members.each(certificates, |value, path| {
        value
            .as_bytes()
            .ok_or_else(|| AuthorityError::member(&path, "is not a byte string"))
    })?;
    if ders.len() > limits.certificates {
        return Err(members.error(certificates, "are too many"));
    }
    let parsed = ders.into_iter().map(|der| {
        Certificate::try_from(der).map_err(|_| members.error(certificates, "have one that is no certificate"))
    });
    let parsed: Vec<Certificate> = parsed.collect::<Result<_, _>>()?;
    if !parsed.is_sorted_by(|a, b| a.kid() < b.kid()) {
        return Err(members.error(certificates, "do not rise by key identifier"));
    }
    Roots::new(parsed, needed).map_err(|error| match error {
        AuthorityError::Member { path: what, reason } if what == "threshold" => {
            members.error(threshold, reason)
        }
        AuthorityError::Member { reason, .. } => members.error(certificates, reason),
        error => error,
    })
}

pub(super) fn certificates(roots: &[Certificate]) -> Value {
    Value::Array(
        roots
            .iter()
            .map(|root| Value::Bytes(root.der().to_vec()))
            .collect(),
    )
}

/// What is said of a name that is none.
pub(super) const NAME: &str = "is empty, too long or has characters that may not be printed";

impl RootsDraft {
    /// The file to be signed: by as many of the roots in it as must, and, unless it is the first, by as many of those before.
    ///
    /// # Errors
    /// Occurs if a rule is broken; the error names the member.
    pub fn file(&self) -> Result<ListFile, AuthorityError> {
        let roots = Roots::new(
            self.roots.iter().map(|root| root.certificate.clone()),
            self.threshold,
        )?;
        let body = map([
            Some(Value::Unsigned(VERSION)),
            Some(Value::text(&self.name)),
            Some(Value::Unsigned(self.version)),
            Some(Value::Unsigned(u64::try_from(self.threshold).unwrap_or(u64::MAX))),
            Some(certificates(&roots.certificates)),
        ]);
        let file = ListFile::new(Kind::Roots, body.encode());
        Roots::read(&file.body, &Limits::DEFAULT)?;
        Ok(file)
    }
}
