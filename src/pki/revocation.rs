//! Whether certificates were revoked at a time, by the evidence that is given (RFC 5280, clause 6.3; RFC 6960; EN 319 102-1, clauses
//! 5.2.5 and 5.2.6).
//!
//! What is asked is the status *at a time*: a certificate revoked afterwards was good then, and what was signed then stays good.
//! Evidence counts if it is about the certificate, signed by whom it should be, and issued at or after that time, or not long
//! before (the policy says how long). What cannot be told is never good.

use std::collections::{BTreeMap, BTreeSet};

use core::fmt;

use super::distribution::{DistributionPoint, PointName, Reasons};
use super::general_name::GeneralName;
use super::path::{LeafKeyUsage, PathPolicy, Question, TrustAnchors, VerifiedLinks};
use super::revoked::{Reason, Revoked};
use super::{Certificate, Crl, Evidence, KeyUsage, OcspResponse, OcspStatus, PathReason, extension, policy};
use crate::cms::Scheme;
use crate::time::Time;

/// How long before the time asked about evidence may be issued.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Freshness {
    /// Not at all: it must be issued at that time or later, so that the authority had time to hear of it.
    After,
    /// As long as it says itself (nextUpdate); one that does not say must be issued at that time or later.
    #[default]
    NextUpdate,
    /// So many seconds, whatever it says itself.
    Within(u32),
}

/// What becomes of a path of which nothing at hand tells whether it was revoked.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Missing {
    /// It is accepted. Whoever hands over the evidence can leave it out, so this is for evidence that the caller fetched.
    Accepted,
    /// It is refused.
    #[default]
    Refused,
}

/// What is asked of evidence of revocation.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct RevocationPolicy {
    /// How long before the time asked about it may be issued.
    pub freshness: Freshness,
    /// What becomes of a path without.
    pub missing: Missing,
}

/// Whether a certificate was revoked at the time asked about.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Status {
    /// It was not, as known at this time.
    Good(Time),
    /// Its issuer says that it need not be asked: a responder for a short time (RFC 6960, clause 4.2.2.2.1).
    NotAsked,
    /// It was.
    Revoked(Revoked),
    /// It was not then, but was later.
    RevokedLater(Revoked),
    /// What is at hand is older than the policy takes: so many seconds older than the time asked about.
    Stale(i64),
    /// Nothing at hand tells.
    Unknown(Unknown),
}

/// Why nothing at hand tells whether a certificate was revoked. In rising order of how near the evidence came.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Unknown {
    /// There is none about this certificate.
    NoEvidence,
    /// The distribution points of the certificate are malformed.
    DistributionPoints,
    /// It was issued after the time at which it is said to have existed.
    Future,
    /// It has a critical extension that is not understood.
    Extension,
    /// Its signature, or the key it is made with, is not what it should be.
    Signer,
    /// Its signer's certificate is not valid, or not known not to be revoked, when the evidence is known to have existed.
    SignerOutdated,
    /// To tell whether its signer was revoked, it would have to be believed.
    Circular,
    /// More signatures than the limit would have to be checked.
    TooMany,
    /// A delta list is given, and those are not read.
    Delta,
    /// It is about some of the reasons for revocation only.
    SomeReasons,
    /// It was issued after the certificate expired, when authorities forget.
    AfterExpiry,
    /// The responder answered that it does not know the certificate.
    NotKnown,
}

impl fmt::Display for Unknown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoEvidence => "no list or response about it is at hand",
            Self::DistributionPoints => "its distribution points are malformed",
            Self::Future => "the evidence was issued after the time at which it is said to have existed",
            Self::Extension => "the evidence has a critical extension that is not understood",
            Self::Signer => {
                "the evidence is not signed by whom it should be, or not with an accepted algorithm"
            }
            Self::SignerOutdated => "the certificate of the evidence's signer is not known to be good",
            Self::Circular => "the evidence would have to vouch for its own signer",
            Self::TooMany => "more signatures than the limit would have to be checked",
            Self::Delta => "a delta list is given, which is not read; get the complete list",
            Self::SomeReasons => "the evidence is about some of the reasons for revocation only",
            Self::AfterExpiry => "the evidence was issued after the certificate had expired",
            Self::NotKnown => "the responder does not know the certificate",
        })
    }
}

impl RevocationPolicy {
    /// Why a certificate of `status` is not accepted.
    pub(super) fn refuses(self, status: &Status) -> Option<PathReason> {
        match status {
            Status::Good(_) | Status::NotAsked | Status::RevokedLater(_) => None,
            Status::Revoked(revoked) => Some(PathReason::Revoked(revoked.since())),
            Status::Stale(age) => Some(PathReason::RevocationStale(*age)),
            Status::Unknown(Unknown::NoEvidence) if self.missing == Missing::Accepted => None,
            Status::Unknown(why) => Some(PathReason::RevocationUnknown(*why)),
        }
    }
}

/// The evidence that a path is held against.
#[derive(Clone, Debug)]
pub(super) struct Revocation<'a> {
    pub(super) evidence: &'a Evidence,
    /// When it is known to have existed.
    pub(super) known: Time,
    pub(super) policy: RevocationPolicy,
}

/// What one list or response says.
#[derive(Clone, Copy)]
struct Word {
    revoked: Option<Revoked>,
    this_update: Time,
    next_update: Option<Time>,
    /// Certificates that expired after this are still told of.
    remembers: Option<Time>,
    reasons: Reasons,
}

/// How deep the signers of evidence about signers of evidence are followed.
const DEPTH: usize = 3;
/// Paths to signers that stand beside the path, at most.
const SEARCHES: usize = 32;
/// Paths whose revocation is looked at in one search, at most.
const PATHS: usize = 8;
/// Signatures checked for evidence in one search, at most.
const SIGNATURES: usize = 256;

/// One search's use of the evidence.
pub(super) struct Evidenced<'a> {
    revocation: &'a Revocation<'a>,
    question: Question<'a>,
    /// The time whose status is being sought: that of the path; for the signer of evidence, when it signed, if that is later.
    at: Time,
    /// Signatures left to check.
    budget: usize,
    searches: usize,
    paths: usize,
    links: VerifiedLinks,
    /// Lists by index whose signature by a certificate is right, or not.
    signed: BTreeMap<(usize, [u8; 32]), bool>,
    /// Signers beside the path that were found good.
    good: BTreeSet<[u8; 32]>,
    /// Certificates whose status is being sought.
    open: Vec<[u8; 32]>,
}

impl<'a> Evidenced<'a> {
    pub(super) fn new(revocation: &'a Revocation<'a>, question: &Question<'a>) -> Self {
        Self {
            revocation,
            question: Question {
                revocation: None,
                ..*question
            },
            at: question.at,
            budget: SIGNATURES,
            searches: SEARCHES,
            paths: PATHS,
            links: VerifiedLinks::new(SIGNATURES),
            signed: BTreeMap::new(),
            good: BTreeSet::new(),
            open: vec![],
        }
    }

    /// The status of each certificate of `path` but the anchor, which nobody can revoke.
    pub(super) fn statuses(&mut self, path: &[&Certificate]) -> Vec<Status> {
        match self.paths.checked_sub(1) {
            Some(left) => self.paths = left,
            None => return vec![Status::Unknown(Unknown::TooMany)],
        }
        self.each(path)
    }

    fn each(&mut self, path: &[&Certificate]) -> Vec<Status> {
        (1..path.len())
            .filter_map(|height| {
                let subject = path.get(height.checked_sub(1)?)?;
                Some(self.status(subject, path.get(height..)?))
            })
            .collect()
    }

    /// The status of `subject`, issued by the first of `above`, which lead to the anchor.
    fn status(&mut self, subject: &Certificate, above: &[&Certificate]) -> Status {
        let id = subject.sha256();
        if self.open.contains(&id) || self.open.len() > DEPTH {
            return Status::Unknown(Unknown::Circular);
        }
        self.open.push(id);
        let mut why = Unknown::NoEvidence;
        let mut words = vec![];
        let mut note = |said: Result<Word, Unknown>| match said {
            Ok(word) => words.push(word),
            Err(unknown) => why = why.max(unknown),
        };
        let evidence = self.revocation.evidence;
        for response in &evidence.responses {
            for said in self.answer(response, subject, above) {
                note(said);
            }
        }
        match points(subject) {
            Ok(points) => {
                let mut delta = false;
                for (index, crl) in evidence.crls.iter().enumerate() {
                    let Some(reasons) = scope(crl, subject, &points) else {
                        continue;
                    };
                    if crl.is_delta() {
                        delta = true;
                        continue;
                    }
                    note(self.listed((index, crl), subject, above, reasons));
                }
                if delta {
                    // It may say more than any list here; only what is revoked already stays so.
                    words.retain(|word| word.revoked.is_some_and(|r| r.since() <= self.at));
                    why = why.max(Unknown::Delta);
                }
            }
            Err(unknown) => note(Err(unknown)),
        }
        self.open.pop();
        decide(&words, why, subject, self.at, self.revocation.policy.freshness)
    }

    /// What `crl`, which is about `subject` for `reasons`, says of it.
    fn listed(
        &mut self,
        (index, crl): (usize, &Crl),
        subject: &Certificate,
        above: &[&Certificate],
        reasons: Reasons,
    ) -> Result<Word, Unknown> {
        if crl.unknown_critical().is_some() {
            return Err(Unknown::Extension);
        }
        if crl.this_update() > self.revocation.known {
            return Err(Unknown::Future);
        }
        self.signer_of_list(index, crl, above)?;
        Ok(Word {
            revoked: crl.entry(subject),
            this_update: crl.this_update(),
            next_update: crl.next_update(),
            remembers: crl.expired_certificates_since(),
            reasons,
        })
    }

    /// Finds who signed `crl`: an authority of the path, or another whose own path ends in the same anchor (RFC 5280, clause 6.3.3 f).
    fn signer_of_list(&mut self, index: usize, crl: &Crl, above: &[&Certificate]) -> Result<(), Unknown> {
        let anchors = self.question.anchors;
        let beside = anchors.certificates().iter().chain(self.question.intermediates);
        let mut why = Unknown::Signer;
        for candidate in above.iter().copied().chain(beside) {
            let other_key = match (crl.authority_key_identifier(), candidate.subject_key_identifier()) {
                (Some(named), Some(own)) => named != own,
                _ => false,
            };
            let may_sign = candidate.key_usage().is_none_or(KeyUsage::crl_sign);
            if candidate.subject_name() != crl.issuer_name() || other_key || !may_sign {
                continue;
            }
            let key = (index, candidate.sha256());
            let right = match self.signed.get(&key) {
                Some(right) => *right,
                None => {
                    self.spend()?;
                    let right = self.accepted(crl.signature_scheme().ok(), candidate)
                        && crl.verify_signed_by(candidate).is_ok();
                    self.signed.insert(key, right);
                    right
                }
            };
            if !right {
                continue;
            }
            match self.trusted(candidate, above, crl.this_update()) {
                Ok(()) => return Ok(()),
                Err(unknown) => why = why.max(unknown),
            }
        }
        Err(why)
    }

    /// Whether `signer`, who signed evidence at `signed`, is to be believed as an authority.
    fn trusted(&mut self, signer: &Certificate, above: &[&Certificate], signed: Time) -> Result<(), Unknown> {
        if !self.held_throughout(signer, signed) {
            return Err(Unknown::SignerOutdated);
        }
        // What is on the path is judged with it.
        if above.contains(&signer) || self.good.contains(&signer.sha256()) {
            return Ok(());
        }
        let anchor = above.last().ok_or(Unknown::Signer)?;
        self.searches = self.searches.checked_sub(1).ok_or(Unknown::TooMany)?;
        let anchors = TrustAnchors::new(vec![(*anchor).clone()]);
        let mut accepted_critical = self.question.policy.accepted_critical.clone();
        accepted_critical.push("2.5.29.31".to_owned());
        let policy = PathPolicy {
            leaf_key_usage: LeafKeyUsage::Ignored,
            accepted_critical,
            maximum_length: self.question.policy.maximum_length,
            ..PathPolicy::default()
        };
        let question = Question {
            anchors: &anchors,
            policy: &policy,
            at: self.at.max(signed),
            ..self.question
        };
        let path = question
            .find(signer, &mut self.links)
            .map_err(|_| Unknown::SignerOutdated)?;
        let path: Vec<&Certificate> = path.certificates.iter().collect();
        for status in self.statuses_at(&path, signed) {
            match status {
                Status::Good(_) | Status::NotAsked => {}
                Status::Unknown(Unknown::Circular) => return Err(Unknown::Circular),
                _ => return Err(Unknown::SignerOutdated),
            }
        }
        self.good.insert(signer.sha256());
        Ok(())
    }

    /// The statuses along the path of somebody who signed evidence at `signed`.
    fn statuses_at(&mut self, path: &[&Certificate], signed: Time) -> Vec<Status> {
        let before = self.at;
        self.at = before.max(signed);
        let statuses = self.each(path);
        self.at = before;
        statuses
    }

    /// What `response` says of `subject`, which the first of `above` issued.
    fn answer(
        &mut self,
        response: &OcspResponse,
        subject: &Certificate,
        above: &[&Certificate],
    ) -> Vec<Result<Word, Unknown>> {
        let Some(issuer) = above.first() else {
            return vec![];
        };
        let singles = response.about(subject, issuer);
        if singles.is_empty() {
            return vec![];
        }
        if response.unknown_critical().is_some() {
            return vec![Err(Unknown::Extension)];
        }
        if response.produced_at() > self.revocation.known {
            return vec![Err(Unknown::Future)];
        }
        if let Err(unknown) = self.responder(response, issuer, above) {
            return vec![Err(unknown)];
        }
        singles
            .into_iter()
            .map(|single| {
                if single.has_unknown_critical() {
                    return Err(Unknown::Extension);
                }
                if single.this_update() > self.revocation.known {
                    return Err(Unknown::Future);
                }
                let revoked = match single.status() {
                    OcspStatus::Good => None,
                    OcspStatus::Revoked(revoked) => Some(revoked),
                    OcspStatus::Unknown => return Err(Unknown::NotKnown),
                };
                Ok(Word {
                    revoked,
                    this_update: single.this_update(),
                    next_update: single.next_update(),
                    remembers: single.archive_cutoff(),
                    reasons: Reasons::ALL,
                })
            })
            .collect()
    }

    /// Finds who signed `response`: `issuer` itself, or one to whom it gave that right (RFC 6960, clause 4.2.2.2).
    fn responder(
        &mut self,
        response: &OcspResponse,
        issuer: &Certificate,
        above: &[&Certificate],
    ) -> Result<(), Unknown> {
        let scheme = response.signature_scheme().ok();
        let mut why = Unknown::Signer;
        if response.names_responder(issuer) {
            self.spend()?;
            if self.accepted(scheme, issuer) && response.verify_signed_by(issuer).is_ok() {
                return match self.held_throughout(issuer, response.produced_at()) {
                    true => Ok(()),
                    false => Err(Unknown::SignerOutdated),
                };
            }
        }
        for candidate in response.certificates().iter().chain(self.question.intermediates) {
            let usage = candidate.key_usage();
            let may_sign = usage.is_none_or(|usage| usage.digital_signature() || usage.non_repudiation());
            let delegated = candidate.is_for_ocsp_signing()
                && candidate.issuer_name() == issuer.subject_name()
                && candidate.unknown_critical().iter().all(|oid| oid == "2.5.29.31");
            if !delegated || !may_sign || !response.names_responder(candidate) {
                continue;
            }
            self.spend()?;
            self.spend()?;
            let right = self.accepted(scheme, candidate)
                && response.verify_signed_by(candidate).is_ok()
                && self.accepted(candidate.signature_scheme().ok(), issuer)
                && candidate.verify_signed_by(issuer).is_ok();
            if !right {
                continue;
            }
            match self.delegate(candidate, above, response.produced_at()) {
                Ok(()) => return Ok(()),
                Err(unknown) => why = why.max(unknown),
            }
        }
        Err(why)
    }

    /// Whether the responder `delegate`, whom the first of `above` appointed, was to be believed at `signed`.
    fn delegate(
        &mut self,
        delegate: &Certificate,
        above: &[&Certificate],
        signed: Time,
    ) -> Result<(), Unknown> {
        if !self.held_throughout(delegate, signed) {
            return Err(Unknown::SignerOutdated);
        }
        if delegate.has_ocsp_no_check() || self.good.contains(&delegate.sha256()) {
            return Ok(());
        }
        let before = self.at;
        self.at = before.max(signed);
        let status = self.status(delegate, above);
        self.at = before;
        match status {
            Status::Good(_) => {
                self.good.insert(delegate.sha256());
                Ok(())
            }
            Status::Unknown(Unknown::Circular) => Err(Unknown::Circular),
            _ => Err(Unknown::SignerOutdated),
        }
    }

    /// Whether `signer` was valid when it signed, and still is when the evidence is known to have existed.
    fn held_throughout(&self, signer: &Certificate, signed: Time) -> bool {
        let until = self.revocation.known.max(signed);
        signer.valid_from() <= signed && until <= signer.valid_to()
    }

    /// Whether signatures by `scheme` with the key of `signer` are accepted when the evidence is known to have existed.
    fn accepted(&self, scheme: Option<Scheme>, signer: &Certificate) -> bool {
        let algorithm = scheme.and_then(|scheme| scheme.for_key(signer.public_key()));
        algorithm.is_some_and(|algorithm| {
            policy::accepts(algorithm, signer.key_bits(), self.revocation.known).is_ok()
        })
    }

    fn spend(&mut self) -> Result<(), Unknown> {
        self.budget = self.budget.checked_sub(1).ok_or(Unknown::TooMany)?;
        Ok(())
    }
}

/// Where `certificate` says its revocation is listed, and with its issuer, as for every certificate (RFC 5280, clause 6.3.3).
fn points(certificate: &Certificate) -> Result<Vec<DistributionPoint>, Unknown> {
    let mut points = match certificate.of_path(extension::CRL_DISTRIBUTION_POINTS) {
        Some(value) => DistributionPoint::parse_many(value).map_err(|_| Unknown::DistributionPoints)?,
        None => vec![],
    };
    points.push(DistributionPoint {
        name: Some(PointName::Full(vec![GeneralName::Directory(
            certificate.issuer_name().clone(),
        )])),
        reasons: None,
        crl_issuer: vec![],
    });
    Ok(points)
}

/// For which reasons `crl` is about `certificate`, which has the distribution points `points`; `None` if it is not (RFC 5280, clause
/// 6.3.3 b and d).
fn scope(crl: &Crl, certificate: &Certificate, points: &[DistributionPoint]) -> Option<Reasons> {
    let issued_for = crl.point();
    if let Some(point) = issued_for
        && (point.only_attribute
            || point.only_user && certificate.is_ca()
            || point.only_ca && !certificate.is_ca())
    {
        return None;
    }
    let indirect = issued_for.is_some_and(|point| point.indirect);
    let named = issued_for.and_then(|point| point.name.as_ref());
    let named = named.map(|name| name.in_full(crl.issuer_name()));
    let mut reasons: Option<Reasons> = None;
    for point in points {
        let by_whom = if point.crl_issuer.is_empty() {
            crl.issuer_name() == certificate.issuer_name()
        } else {
            indirect && point.crl_issuer.contains(crl.issuer_name())
        };
        let at_this_point = named.as_ref().is_none_or(|names| match &point.name {
            Some(name) => {
                let base = point.crl_issuer.first().unwrap_or(certificate.issuer_name());
                name.in_full(base).iter().any(|name| names.contains(name))
            }
            None => point
                .crl_issuer
                .iter()
                .any(|issuer| names.contains(&GeneralName::Directory(issuer.clone()))),
        });
        if by_whom && at_this_point {
            let only = issued_for.and_then(|point| point.only_reasons);
            let both = only
                .unwrap_or(Reasons::ALL)
                .both(point.reasons.unwrap_or(Reasons::ALL));
            reasons = Some(reasons.unwrap_or_default().either(both));
        }
    }
    reasons
}

/// The status of `subject` at `at` by what is said of it; `why` if that comes to nothing.
fn decide(words: &[Word], why: Unknown, subject: &Certificate, at: Time, freshness: Freshness) -> Status {
    let revoked = |word: &Word| {
        let revoked = word.revoked?;
        let lifted = revoked.reason == Reason::CertificateHold
            && words
                .iter()
                .any(|other| other.revoked.is_none() && other.this_update > word.this_update);
        (!lifted).then_some(revoked)
    };
    let first = words.iter().filter_map(revoked).min_by_key(Revoked::since);
    match first {
        Some(first) if first.since() <= at => Status::Revoked(first),
        _ => match not_revoked(words, why, subject, at, freshness) {
            Status::Good(time) => first.map_or(Status::Good(time), Status::RevokedLater),
            other => other,
        },
    }
}

/// The status where nothing says that `subject` was revoked by `at`.
fn not_revoked(
    words: &[Word],
    why: Unknown,
    subject: &Certificate,
    at: Time,
    freshness: Freshness,
) -> Status {
    let forgets = |word: &Word| {
        let remembered = word.remembers.is_some_and(|since| since <= subject.valid_to());
        word.revoked.is_none() && word.this_update > subject.valid_to() && !remembered
    };
    let fresh = |word: &Word| {
        at <= word.this_update
            || match freshness {
                Freshness::After => false,
                Freshness::NextUpdate => word.next_update.is_some_and(|next| at <= next),
                Freshness::Within(seconds) => at.seconds_since(word.this_update) <= i64::from(seconds),
            }
    };
    let mut told: Vec<&Word> = words.iter().filter(|word| !forgets(word)).collect();
    told.sort_by_key(|word| core::cmp::Reverse(word.this_update));
    if let Some(time) = complete(told.iter().copied().filter(|word| fresh(word))) {
        return Status::Good(time);
    }
    if let Some(time) = complete(told.iter().copied()) {
        return Status::Stale(at.seconds_since(time));
    }
    if !told.is_empty() {
        return Status::Unknown(why.max(Unknown::SomeReasons));
    }
    if words.is_empty() {
        return Status::Unknown(why);
    }
    Status::Unknown(why.max(Unknown::AfterExpiry))
}

/// When the oldest of those of `told` was issued that it takes, the newest first, to cover every reason.
fn complete<'a>(told: impl Iterator<Item = &'a Word>) -> Option<Time> {
    let mut reasons = Reasons::default();
    for word in told {
        reasons = reasons.either(word.reasons);
        if reasons.hold(Reasons::ALL) {
            return Some(word.this_update);
        }
    }
    None
}
