//! What a list says about one body: its certificates with their history, and what it may seal.

use std::sync::OnceLock;

use serde::{Deserialize, Serialize};

use super::pattern::{RegionPattern, TypePattern, region_of};
use super::refusal::Refusal;
use crate::pki::Certificate;
use crate::record::{TypeCode, UnifiedCode};
use crate::time::Time;

/// A body on the list, what it may seal, and with what.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ListedIssuer {
    pub(super) name: String,
    pub(super) code: UnifiedCode,
    pub(super) types: Vec<TypePattern>,
    pub(super) regions: Vec<RegionPattern>,
    pub(super) templates: Vec<[u8; 32]>,
    pub(super) certificates: Vec<ListedCertificate>,
}

/// A certificate on the list, its window, and what became of it.
#[derive(Clone, Debug)]
pub struct ListedCertificate {
    pub(super) der: Vec<u8>,
    pub(super) sha256: [u8; 32],
    pub(super) from: Time,
    pub(super) until: Time,
    pub(super) history: Vec<Change>,
    /// Parsed when first asked for: a list of ten thousand is loaded for the sake of one.
    pub(super) parsed: OnceLock<Option<Certificate>>,
}

/// One step in the history of a certificate: from when on it stands how, and why.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Change {
    /// First second of the new standing.
    pub from: Time,
    /// How it stands from then on.
    pub standing: Standing,
    /// Why.
    #[serde(default)]
    pub reason: Reason,
}

/// How a certificate stands. Before its first change it is in force.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// It may seal (again).
    InForce,
    /// It may not seal until it is put in force again.
    Suspended,
    /// It may not seal any more, and nothing follows.
    Revoked,
}

/// Why a certificate's standing changed. Numbers and meaning are those of CRLReason (RFC 5280, clause 5.3.1).
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reason {
    /// Not said.
    #[default]
    Unspecified,
    /// Somebody else may have the key.
    KeyCompromise,
    /// The body was renamed or merged.
    AffiliationChanged,
    /// Another certificate took its place.
    Superseded,
    /// The body has ceased to exist.
    CessationOfOperation,
    /// It waits for a decision.
    CertificateHold,
    /// The wait is over.
    RemoveFromCrl,
    /// The body may not seal any more.
    PrivilegeWithdrawn,
}

impl Standing {
    const ALL: [Self; 3] = [Self::InForce, Self::Suspended, Self::Revoked];

    pub(super) fn number(self) -> u64 {
        match self {
            Self::InForce => 0,
            Self::Suspended => 1,
            Self::Revoked => 2,
        }
    }

    pub(super) fn of(number: u64) -> Option<Self> {
        Self::ALL.into_iter().find(|standing| standing.number() == number)
    }
}

impl Reason {
    const ALL: [Self; 8] = [
        Self::Unspecified,
        Self::KeyCompromise,
        Self::AffiliationChanged,
        Self::Superseded,
        Self::CessationOfOperation,
        Self::CertificateHold,
        Self::RemoveFromCrl,
        Self::PrivilegeWithdrawn,
    ];

    pub(super) fn number(self) -> u64 {
        match self {
            Self::Unspecified => 0,
            Self::KeyCompromise => 1,
            Self::AffiliationChanged => 3,
            Self::Superseded => 4,
            Self::CessationOfOperation => 5,
            Self::CertificateHold => 6,
            Self::RemoveFromCrl => 8,
            Self::PrivilegeWithdrawn => 9,
        }
    }

    pub(super) fn of(number: u64) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.number() == number)
    }

    /// The reason in words, English.
    #[must_use]
    pub fn english(self) -> &'static str {
        match self {
            Self::Unspecified => "no reason given",
            Self::KeyCompromise => "key compromised",
            Self::AffiliationChanged => "body renamed or merged",
            Self::Superseded => "superseded",
            Self::CessationOfOperation => "body ceased to exist",
            Self::CertificateHold => "on hold",
            Self::RemoveFromCrl => "hold lifted",
            Self::PrivilegeWithdrawn => "privilege withdrawn",
        }
    }

    /// The reason in words, Chinese.
    #[must_use]
    pub fn chinese(self) -> &'static str {
        match self {
            Self::Unspecified => "未说明原因",
            Self::KeyCompromise => "密钥泄露",
            Self::AffiliationChanged => "机构更名或合并",
            Self::Superseded => "已更换",
            Self::CessationOfOperation => "机构撤销",
            Self::CertificateHold => "待核查",
            Self::RemoveFromCrl => "核查结束",
            Self::PrivilegeWithdrawn => "取消授权",
        }
    }
}

impl ListedIssuer {
    /// The body's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The body's unified code.
    #[must_use]
    pub fn code(&self) -> &UnifiedCode {
        &self.code
    }

    /// The types it may seal, in rising order.
    #[must_use]
    pub fn types(&self) -> &[TypePattern] {
        &self.types
    }

    /// The regions it may seal for, in rising order; if there are none, that of its own code alone.
    #[must_use]
    pub fn regions(&self) -> &[RegionPattern] {
        &self.regions
    }

    /// The templates it may use, by hash, in rising order; if there are none, any.
    #[must_use]
    pub fn templates(&self) -> &[[u8; 32]] {
        &self.templates
    }

    /// Its certificates, by rising key identifier.
    #[must_use]
    pub fn certificates(&self) -> &[ListedCertificate] {
        &self.certificates
    }

    /// Whether the body may seal results of this type. What is not listed is not permitted.
    #[must_use]
    pub fn permits(&self, type_code: &TypeCode) -> bool {
        self.types.iter().any(|pattern| pattern.matches(type_code))
    }

    /// Whether the body may seal for this region.
    pub(super) fn permits_region(&self, region: &str) -> bool {
        match self.regions.as_slice() {
            [] => region == region_of(&self.code),
            regions => regions.iter().any(|pattern| pattern.matches(region)),
        }
    }
}

impl ListedCertificate {
    /// The certificate, DER.
    #[must_use]
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// The certificate, parsed once; `None` if the bytes are none, and then it is nobody's.
    #[must_use]
    pub fn certificate(&self) -> Option<&Certificate> {
        self.parsed
            .get_or_init(|| Certificate::try_from(self.der.as_slice()).ok())
            .as_ref()
    }

    /// First 8 bytes of SHA-256 over the DER.
    #[must_use]
    pub fn kid(&self) -> [u8; 8] {
        self.sha256.first_chunk().copied().unwrap_or_default()
    }

    /// First second at which it may seal.
    #[must_use]
    pub fn from(&self) -> Time {
        self.from
    }

    /// First second at which it may seal no more.
    #[must_use]
    pub fn until(&self) -> Time {
        self.until
    }

    /// What became of it, earliest first; empty if it was in force all the time.
    #[must_use]
    pub fn history(&self) -> &[Change] {
        &self.history
    }

    /// First second from which nothing it seals stands, if it was revoked. What it sealed before still does.
    #[must_use]
    pub fn revoked(&self) -> Option<Time> {
        let last = self.history.last();
        last.filter(|change| change.standing == Standing::Revoked)
            .map(|change| change.from)
    }

    /// How it stands at `at`, and why; its window is not looked at.
    #[must_use]
    pub fn standing(&self, at: Time) -> (Standing, Reason) {
        let before = self.history.iter().take_while(|change| change.from <= at);
        before
            .last()
            .map_or((Standing::InForce, Reason::Unspecified), |change| {
                (change.standing, change.reason)
            })
    }

    /// Whether it may seal at `at`. Revocation is reported before the window: it is the graver fact.
    pub(super) fn check(&self, at: Time) -> Result<(), Refusal> {
        match self.standing(at) {
            (Standing::Revoked, reason) => Err(Refusal::Revoked(reason)),
            (Standing::Suspended, reason) => Err(Refusal::Suspended(reason)),
            _ if at < self.from || at >= self.until => Err(Refusal::OutsideWindow),
            _ => Ok(()),
        }
    }
}

impl PartialEq for ListedCertificate {
    /// What the list says; whether it has been parsed does not matter.
    fn eq(&self, other: &Self) -> bool {
        self.der == other.der
            && (self.from, self.until) == (other.from, other.until)
            && self.history == other.history
    }
}

impl Eq for ListedCertificate {}
