//! The time at which a signer is judged (EN 319 102-1, clauses 5.5.4 and 5.6.2.4): when what was signed is proven to have existed,
//! else the time asked about. What a signer claims proves nothing.

use serde::Serialize;

use crate::time::Time;

/// What proves a time.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Proof {
    /// A document time stamp over the revision that was sealed (ISO 32000-2, 12.8.5).
    DocumentTimeStamp,
    /// A time stamp over the seal's signature value (EN 319 122-1, clause 5.3).
    SignatureTimeStamp,
}

/// A time at which something is proven to have existed.
#[non_exhaustive]
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct ProvenTime {
    /// It existed then: the latest that the authority's statement may mean.
    pub time: Time,
    /// What proves it.
    pub by: Proof,
    /// The certificate of the authority that states it, readable (RFC 4514).
    pub authority: String,
}

/// When a signer is judged.
#[derive(Clone, Debug)]
pub(super) struct Moment {
    /// The time asked about.
    pub(super) asked: Time,
    /// The best time that is proven, never later than the one asked about.
    pub(super) proven: Option<ProvenTime>,
}

impl Moment {
    /// Nothing is proven.
    pub(super) fn unproven(asked: Time) -> Self {
        Self { asked, proven: None }
    }

    /// The time at which certificates, algorithms and the authority list are asked about the signer.
    pub(super) fn time(&self) -> Time {
        self.proven.as_ref().map_or(self.asked, |proven| proven.time)
    }

    /// Takes `proven` instead, if it is earlier than what is known.
    pub(super) fn improve(&mut self, proven: ProvenTime) {
        if proven.time <= self.asked && self.proven.as_ref().is_none_or(|known| proven.time < known.time) {
            self.proven = Some(proven);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_earliest_proven_time_counts_and_none_after_the_time_asked_about() {
        let at = |text: &str| -> Time { text.parse().unwrap() };
        let proven = |text: &str| ProvenTime {
            time: at(text),
            by: Proof::SignatureTimeStamp,
            authority: String::new(),
        };
        let mut moment = Moment::unproven(at("2030-01-02"));
        moment.improve(proven("2030-01-03"));
        assert_eq!(moment.time(), at("2030-01-02"));
        assert_eq!(moment.proven, None);
        moment.improve(proven("2030-01-02"));
        assert_eq!(moment.proven, Some(proven("2030-01-02")));
        moment.improve(proven("2029-01-01"));
        moment.improve(proven("2029-06-01"));
        assert_eq!(moment.time(), at("2029-01-01"));
        // Of two that prove the same time the first stays.
        let by = Proof::DocumentTimeStamp;
        moment.improve(ProvenTime {
            by,
            ..proven("2029-01-01")
        });
        assert_eq!(moment.proven, Some(proven("2029-01-01")));
    }
}
