//! The digests of the bytes of a file that pass, and of ranges of them.

use core::ops::Range;

use crate::crypto::{DigestAlgorithm, Hasher};

/// Digest states kept for later; older ones are dropped.
const STATES: usize = 4096;

/// Two ranges of a file that are digested together: up to `before`, and `after`, which starts no earlier.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Digested {
    pub(crate) algorithm: DigestAlgorithm,
    pub(crate) before: usize,
    pub(crate) after: Range<usize>,
}

/// The digests of the bytes that pass.
pub(super) struct Digests {
    whole: Vec<(DigestAlgorithm, Hasher)>,
    jobs: Vec<Job>,
    /// States after each range left out: from there, what was kept completes any digest up to the next.
    states: Vec<(usize, Vec<Hasher>)>,
}

struct Job {
    span: Digested,
    /// Once the first range has passed.
    hasher: Option<Hasher>,
}

impl Digests {
    /// Those of the whole by SHA-256 and `others`, and of `spans`.
    pub(super) fn new(others: &[DigestAlgorithm], spans: &[Digested]) -> Self {
        let mut algorithms = vec![DigestAlgorithm::Sha256];
        algorithms.extend(others);
        algorithms.extend(spans.iter().map(|span| span.algorithm));
        algorithms.sort_unstable();
        algorithms.dedup();
        let job = |span: &Digested| Job {
            hasher: (span.before == 0).then(|| Hasher::new(span.algorithm)),
            span: span.clone(),
        };
        Self {
            whole: algorithms.into_iter().map(|a| (a, Hasher::new(a))).collect(),
            jobs: spans.iter().map(job).collect(),
            states: Vec::new(),
        }
    }

    /// Takes `bytes`, which stand at `at` of the file; a state is kept at each position of `stops`.
    pub(super) fn update(&mut self, bytes: &[u8], at: usize, stops: &[usize]) {
        let end = at + bytes.len();
        let part = |range: Range<usize>| {
            let range = range.start.max(at)..range.end.min(end);
            bytes.get(range.start.saturating_sub(at)..range.end.saturating_sub(at))
        };
        let cuts = self.jobs.iter().map(|job| job.span.before);
        let mut all: Vec<usize> = cuts.filter(|cut| (at..=end).contains(cut)).collect();
        all.extend(stops);
        all.push(end);
        all.sort_unstable();
        all.dedup();
        let mut position = at;
        for stop in all {
            for (_, hasher) in &mut self.whole {
                hasher.update(part(position..stop).unwrap_or_default());
            }
            position = stop;
            for job in &mut self.jobs {
                let own = |(algorithm, _): &&(DigestAlgorithm, Hasher)| *algorithm == job.span.algorithm;
                if job.span.before == stop && job.hasher.is_none() {
                    job.hasher = self.whole.iter().find(own).map(|(_, hasher)| hasher.clone());
                }
            }
            if stops.contains(&stop) {
                if self.states.len() >= STATES {
                    self.states.drain(..STATES / 2);
                }
                let hashers = self.whole.iter().map(|(_, hasher)| hasher.clone());
                self.states.push((stop, hashers.collect()));
            }
        }
        for job in &mut self.jobs {
            if let (Some(hasher), Some(bytes)) = (&mut job.hasher, part(job.span.after.clone())) {
                hasher.update(bytes);
            }
        }
    }

    /// The state after the last byte so far.
    pub(super) fn whole(&self, algorithm: DigestAlgorithm) -> Option<Hasher> {
        let whole = self.whole.iter().find(|(other, _)| *other == algorithm);
        whole.map(|(_, hasher)| hasher.clone())
    }

    /// The digest of two ranges, if it was asked for.
    pub(super) fn span(&self, span: &Digested) -> Option<Vec<u8>> {
        let job = self.jobs.iter().find(|job| job.span == *span)?;
        job.hasher.clone().map(Hasher::finish)
    }

    /// A state at or before byte `at`, and its position.
    pub(super) fn state(&self, algorithm: DigestAlgorithm, at: usize) -> Option<(usize, Hasher)> {
        let which = self.whole.iter().position(|(other, _)| *other == algorithm)?;
        let after = self.states.partition_point(|(position, _)| *position <= at);
        match after.checked_sub(1).and_then(|last| self.states.get(last)) {
            Some((position, hashers)) => Some((*position, hashers.get(which)?.clone())),
            None => Some((0, Hasher::new(algorithm))),
        }
    }
}
