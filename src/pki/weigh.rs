//! Evidence weighed: about which certificates a list is, and what follows from all that is said of one (RFC 5280, clause 6.3.3).

use super::distribution::{DistributionPoint, PointName, Reasons};
use super::general_name::GeneralName;
use super::revocation::{Freshness, Status, Unknown};
use super::revoked::{Reason, Revoked};
use super::{Certificate, Crl, extension};
use crate::time::Time;

/// What one list or response says.
#[derive(Clone, Copy)]
pub(super) struct Word {
    pub(super) revoked: Option<Revoked>,
    pub(super) this_update: Time,
    pub(super) next_update: Option<Time>,
    /// Certificates that expired after this are still told of.
    pub(super) remembers: Option<Time>,
    pub(super) reasons: Reasons,
}

/// Where `certificate` says its revocation is listed, and with its issuer, as for every certificate (RFC 5280, clause 6.3.3).
pub(super) fn points(certificate: &Certificate) -> Result<Vec<DistributionPoint>, Unknown> {
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
pub(super) fn scope(crl: &Crl, certificate: &Certificate, points: &[DistributionPoint]) -> Option<Reasons> {
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
pub(super) fn decide(
    words: &[Word],
    why: Unknown,
    subject: &Certificate,
    at: Time,
    freshness: Freshness,
) -> Status {
    let first = first_revoked(words);
    match first {
        Some(first) if first.since() <= at => Status::Revoked(first),
        _ => match not_revoked(words, why, subject, at, freshness) {
            Status::Good(time) => first.map_or(Status::Good(time), Status::RevokedLater),
            other => other,
        },
    }
}

/// The earliest revocation that is told and was not lifted.
pub(super) fn first_revoked(words: &[Word]) -> Option<Revoked> {
    let revoked = |word: &Word| {
        let revoked = word.revoked?;
        let lifted = revoked.reason == Reason::CertificateHold
            && words
                .iter()
                .any(|other| other.revoked.is_none() && other.this_update > word.this_update);
        (!lifted).then_some(revoked)
    };
    words.iter().filter_map(revoked).min_by_key(Revoked::since)
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
