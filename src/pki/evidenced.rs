//! Evidence chosen: which of it is about a certificate, and whether whoever signed it is to be believed (RFC 5280, clause 6.3.3 f and g;
//! RFC 6960, clause 4.2.2.2).

use std::collections::{BTreeMap, BTreeSet};

use super::distribution::Reasons;
use super::links::VerifiedLinks;
use super::path::{PathQuestion, TrustAnchors};
use super::path_policy::{LeafKeyUsage, PathPolicy};
use super::revocation::{Revocation, Status, Unknown};
use super::weigh::{Word, decide, first_revoked, points, scope};
use super::{Certificate, Crl, KeyUsage, OcspResponse, OcspStatus, policy};
use crate::cms::Scheme;
use crate::time::Time;

/// How deep the signers of evidence about signers of evidence are followed.
const DEPTH: usize = 3;
/// Paths to signers that stand beside the path, at most.
const SEARCHES: usize = 32;
/// Paths whose revocation is looked at in one search, at most.
const PATHS: usize = 8;
/// Signatures checked for evidence in one search, at most.
pub(super) const SIGNATURES: usize = 256;

/// One search's use of the evidence.
pub(super) struct Evidenced<'a> {
    revocation: &'a Revocation<'a>,
    question: &'a PathQuestion<'a>,
    /// The time whose status is being sought: that of the path; for the signer of evidence, when it signed, if that is later.
    at: Time,
    /// Signatures left to check.
    budget: usize,
    searches: usize,
    paths: usize,
    links: VerifiedLinks,
    /// Lists by index whose signature by a certificate is right, or not.
    signed: BTreeMap<(usize, [u8; 32]), bool>,
    /// Signers beside the path that were found good when they signed.
    good: BTreeSet<([u8; 32], Time)>,
    /// Certificates that were revoked, since when: of what they signed, that counts which is known to be older (EN 319 102-1,
    /// clause 5.6.2.2, step 2).
    ended: BTreeMap<[u8; 32], Time>,
    /// Certificates whose status is being sought.
    open: Vec<[u8; 32]>,
}

impl<'a> Evidenced<'a> {
    pub(super) fn new(revocation: &'a Revocation<'a>, question: &'a PathQuestion<'a>) -> Self {
        Self {
            revocation,
            question,
            at: question.at,
            budget: revocation.signatures,
            searches: SEARCHES,
            paths: PATHS,
            links: VerifiedLinks::new(SIGNATURES),
            signed: BTreeMap::new(),
            good: BTreeSet::new(),
            ended: BTreeMap::new(),
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
        // From the anchor down: what an authority says counts until it was itself revoked.
        let mut statuses: Vec<Status> = (1..path.len())
            .rev()
            .filter_map(|height| {
                let subject = path.get(height.checked_sub(1)?)?;
                Some(self.status(subject, path.get(height..)?))
            })
            .collect();
        statuses.reverse();
        statuses
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
        for (response, proven) in evidence.responses_proven() {
            let known = proven.unwrap_or(self.revocation.known);
            for said in self.answer(response, known, subject, above) {
                note(said);
            }
        }
        match points(subject) {
            Ok(points) => {
                let mut delta = false;
                for (index, (crl, proven)) in evidence.lists_proven().enumerate() {
                    let Some(reasons) = scope(crl, subject, &points) else {
                        continue;
                    };
                    if crl.is_delta() {
                        delta = true;
                        continue;
                    }
                    let known = proven.unwrap_or(self.revocation.known);
                    note(self.listed((index, crl, known), subject, above, reasons));
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
        if let Some(revoked) = first_revoked(&words) {
            self.ended.insert(id, revoked.since());
        }
        decide(&words, why, subject, self.at, self.revocation.policy.freshness)
    }

    /// What `crl`, which is about `subject` for `reasons`, says of it.
    fn listed(
        &mut self,
        (index, crl, known): (usize, &Crl, Time),
        subject: &Certificate,
        above: &[&Certificate],
        reasons: Reasons,
    ) -> Result<Word, Unknown> {
        if crl.unknown_critical().is_some() {
            return Err(Unknown::Extension);
        }
        let revoked = crl.entry(subject);
        // From a later time, only bad news are taken: to leave them out would serve nobody but a forger.
        if crl.this_update() > known && revoked.is_none() {
            return Err(Unknown::Future);
        }
        self.signer_of_list((index, crl, known), above)?;
        Ok(Word {
            revoked,
            this_update: crl.this_update(),
            next_update: crl.next_update(),
            remembers: crl.expired_certificates_since(),
            reasons,
        })
    }

    /// Finds who signed `crl`: an authority of the path, or another whose own path ends in the same anchor (RFC 5280, clause 6.3.3 f).
    fn signer_of_list(
        &mut self,
        (index, crl, known): (usize, &Crl, Time),
        above: &[&Certificate],
    ) -> Result<(), Unknown> {
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
                    let right = self.accepted(crl.signature_scheme().ok(), candidate, known)
                        && crl.verify_signed_by(candidate).is_ok();
                    self.signed.insert(key, right);
                    right
                }
            };
            if !right {
                continue;
            }
            match self.trusted(candidate, above, crl.this_update(), known) {
                Ok(()) => return Ok(()),
                Err(unknown) => why = why.max(unknown),
            }
        }
        Err(why)
    }

    /// Whether `signer`, who signed evidence at `signed`, is to be believed as an authority.
    fn trusted(
        &mut self,
        signer: &Certificate,
        above: &[&Certificate],
        signed: Time,
        known: Time,
    ) -> Result<(), Unknown> {
        if !self.held_throughout(signer, signed, known) {
            return Err(Unknown::SignerOutdated);
        }
        // What is on the path is judged with it.
        if above.contains(&signer) || self.good.contains(&(signer.sha256(), signed)) {
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
        let path = PathQuestion::new(self.question.intermediates, &anchors, self.at.max(signed))
            .limits(self.question.limits.clone())
            .policy(policy)
            .find_with(signer, &mut self.links)
            .map_err(|_| Unknown::SignerOutdated)?;
        let path: Vec<&Certificate> = path.certificates.iter().collect();
        for status in self.statuses_at(&path, signed) {
            match status {
                Status::Good(_) | Status::NotAsked => {}
                Status::Unknown(Unknown::Circular) => return Err(Unknown::Circular),
                _ => return Err(Unknown::SignerOutdated),
            }
        }
        self.good.insert((signer.sha256(), signed));
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
        known: Time,
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
        let bad = |status| matches!(status, OcspStatus::Revoked(_));
        if response.produced_at() > known && !singles.iter().any(|single| bad(single.status())) {
            return vec![Err(Unknown::Future)];
        }
        if let Err(unknown) = self.responder(response, known, issuer, above) {
            return vec![Err(unknown)];
        }
        singles
            .into_iter()
            .map(|single| {
                if single.has_unknown_critical() {
                    return Err(Unknown::Extension);
                }
                let later = single.this_update().max(response.produced_at()) > known;
                if later && !bad(single.status()) {
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
        known: Time,
        issuer: &Certificate,
        above: &[&Certificate],
    ) -> Result<(), Unknown> {
        let scheme = response.signature_scheme().ok();
        let mut why = Unknown::Signer;
        if response.names_responder(issuer) {
            self.spend()?;
            if self.accepted(scheme, issuer, known) && response.verify_signed_by(issuer).is_ok() {
                return match self.held_throughout(issuer, response.produced_at(), known) {
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
            let right = self.accepted(scheme, candidate, known)
                && response.verify_signed_by(candidate).is_ok()
                && self.accepted(candidate.signature_scheme().ok(), issuer, known)
                && candidate.verify_signed_by(issuer).is_ok();
            if !right {
                continue;
            }
            match self.delegate(candidate, above, response.produced_at(), known) {
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
        known: Time,
    ) -> Result<(), Unknown> {
        if !self.held_throughout(delegate, signed, known) {
            return Err(Unknown::SignerOutdated);
        }
        if delegate.has_ocsp_no_check() || self.good.contains(&(delegate.sha256(), signed)) {
            return Ok(());
        }
        let before = self.at;
        self.at = before.max(signed);
        let status = self.status(delegate, above);
        self.at = before;
        match status {
            Status::Good(_) => {
                self.good.insert((delegate.sha256(), signed));
                Ok(())
            }
            Status::Unknown(Unknown::Circular) => Err(Unknown::Circular),
            _ => Err(Unknown::SignerOutdated),
        }
    }

    /// Whether `signer` was valid when it signed, and still is when the evidence is `known` to have existed; and was not revoked by
    /// then, as far as that is told. When it signed, the evidence says itself: whoever stole the key says what is wanted.
    fn held_throughout(&self, signer: &Certificate, signed: Time, known: Time) -> bool {
        let until = known.max(signed);
        let ended = self.ended.get(&signer.sha256());
        signer.valid_from() <= signed
            && until <= signer.valid_to()
            && ended.is_none_or(|since| until < *since)
    }

    /// Whether signatures by `scheme` with the key of `signer` are accepted when the evidence is `known` to have existed.
    fn accepted(&self, scheme: Option<Scheme>, signer: &Certificate, known: Time) -> bool {
        let algorithm = scheme.and_then(|scheme| scheme.for_key(signer.public_key()));
        algorithm.is_some_and(|algorithm| policy::accepts(algorithm, signer.key_bits(), known).is_ok())
    }

    fn spend(&mut self) -> Result<(), Unknown> {
        self.budget = self.budget.checked_sub(1).ok_or(Unknown::TooMany)?;
        Ok(())
    }
}
