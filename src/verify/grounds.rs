//! What signers are judged by besides trust: certificates and evidence of revocation, from the caller and from the file, and since
//! when each of it is proven to have existed (EN 319 102-1, clause 5.6.2.3: extraction of proofs of existence).
//!
//! A proof covers a prefix of the file. Everything in the file has a first revision whose time stamp covers it: a datum of the store
//! the revision it lies in; what a signature container carries, which no signature of its own covers, the next.

use super::Verifier;
use super::finding::Code;
use super::moment::{Moment, ProvenTime};
use super::report::Report;
use super::store::{self, Kind};
use crate::cms::RevocationInfo;
use crate::limits::Limits;
use crate::pdf::Document;
use crate::pki::{Certificate, Evidence, EvidenceError};
use crate::time::Time;

/// A list or response that a container carries.
#[derive(Clone, Debug)]
pub(super) struct Carried {
    kind: Kind,
    der: Vec<u8>,
}

impl Carried {
    /// Copies of `found`.
    pub(super) fn all(found: &[RevocationInfo<'_>]) -> Vec<Self> {
        let kept = found.iter().map(|info| match info {
            RevocationInfo::Crl(der) => (Kind::Crl, der.to_vec()),
            RevocationInfo::Ocsp(der) => (Kind::Ocsp, der.to_vec()),
        });
        kept.map(|(kind, der)| Self { kind, der }).collect()
    }
}

/// What signers are judged by.
pub(super) struct Grounds {
    asked: Time,
    pub(super) evidence: Evidence,
    /// For each list and each response the revision from which on a time stamp covers it; `None` if the caller gave it.
    lists: Vec<Option<usize>>,
    responses: Vec<Option<usize>>,
    /// Certificates of the store.
    pub(super) certificates: Vec<Certificate>,
    /// Certificates of the file and the revision from which on a time stamp covers them.
    places: Vec<(Certificate, usize)>,
    /// The document time stamps that are believed: the revision they cover, and the time.
    proofs: Vec<(usize, ProvenTime)>,
    /// Signatures of evidence that one path may have checked.
    pub(super) signatures: usize,
}

/// Signatures of evidence that are checked for one file at most, shared by its signers; and by one signer at least.
const SIGNATURES: usize = 4096;
const SIGNATURES_LEAST: usize = 16;
const SIGNATURES_MOST: usize = 256;
/// Remarks on what cannot be read, at most.
const REMARKS: usize = 8;

impl Grounds {
    /// What the caller gave, for what is asked about `asked`.
    pub(super) fn given(verifier: &Verifier, asked: Time) -> Self {
        let evidence = verifier.trust.evidence.clone();
        Self {
            asked,
            lists: vec![None; evidence.crls().len()],
            responses: vec![None; evidence.responses().len()],
            evidence,
            certificates: vec![],
            places: vec![],
            proofs: vec![],
            signatures: SIGNATURES_MOST,
        }
    }

    /// Adds the store of `document`, whose revisions end at `ends`.
    pub(super) fn add_store(
        &mut self,
        report: &mut Report,
        document: &Document<'_>,
        ends: &[usize],
        limits: &Limits,
    ) {
        let store = store::read(document, ends, limits);
        let mut wrong = store.wrong;
        for datum in store.data {
            let read = match datum.kind {
                Kind::Certificate => self.add_certificate(&datum.der, datum.revision, limits),
                kind => self
                    .add(kind, &datum.der, datum.revision, limits)
                    .map_err(|error| error.to_string()),
            };
            if let Err(error) = read {
                wrong.push((format!("object {}", datum.id.number), error));
            }
        }
        for (object, why) in wrong.into_iter().take(REMARKS) {
            report.find(Code::EvidenceUnreadable, object, why);
        }
    }

    /// Adds what a container of `revision` carries.
    pub(super) fn add_carried(
        &mut self,
        report: &mut Report,
        object: &str,
        carried: &[Carried],
        revision: usize,
        limits: &Limits,
    ) {
        let mut wrong = None;
        for item in carried {
            let added = self.add(item.kind, &item.der, revision.saturating_add(1), limits);
            wrong = wrong.or(added.err());
        }
        if let Some(error) = wrong {
            report.find(Code::EvidenceUnreadable, object, error.to_string());
        }
    }

    /// Takes note of where `certificates` stand, which a container of `revision` carries.
    pub(super) fn add_places(&mut self, certificates: &[Certificate], revision: usize) {
        let from = revision.saturating_add(1);
        self.places
            .extend(certificates.iter().map(|certificate| (certificate.clone(), from)));
    }

    /// Shares the work that is allowed for a file among its `signers`.
    pub(super) fn share(&mut self, signers: usize) {
        let each = SIGNATURES.checked_div(signers).unwrap_or(SIGNATURES_MOST);
        self.signatures = each.clamp(SIGNATURES_LEAST, SIGNATURES_MOST);
    }

    fn add_certificate(&mut self, der: &[u8], from: usize, limits: &Limits) -> Result<(), String> {
        let certificate = Certificate::try_from(der).map_err(|error| error.to_string())?;
        if self.certificates.len() >= limits.certificates {
            return Err(format!("more than {} certificates", limits.certificates));
        }
        self.places.push((certificate.clone(), from));
        self.certificates.push(certificate);
        Ok(())
    }

    fn add(&mut self, kind: Kind, der: &[u8], from: usize, limits: &Limits) -> Result<(), EvidenceError> {
        if kind == Kind::Ocsp {
            // The same in the store and in a container is the older of the two.
            if let Some(index) = self
                .evidence
                .responses()
                .iter()
                .position(|known| known.der() == der)
            {
                earlier(self.responses.get_mut(index), from);
                return Ok(());
            }
            self.evidence.add_ocsp(der, limits)?;
            self.responses.push(Some(from));
        } else {
            if let Some(index) = self.evidence.crls().iter().position(|known| known.der() == der) {
                earlier(self.lists.get_mut(index), from);
                return Ok(());
            }
            self.evidence.add_crl(der, limits)?;
            self.lists.push(Some(from));
        }
        Ok(())
    }

    /// A document time stamp over `revision` is believed.
    pub(super) fn prove(&mut self, revision: usize, proven: ProvenTime) {
        self.proofs.push((revision, proven));
        let known =
            |from: &Option<usize>| (*from).and_then(|from| self.moment(from).proven.map(|it| it.time));
        let lists: Vec<_> = self.lists.iter().map(known).collect();
        let responses: Vec<_> = self.responses.iter().map(known).collect();
        self.evidence.prove(lists, responses);
    }

    /// When what a time stamp over `from` or a later revision covers is proven to have existed.
    pub(super) fn moment(&self, from: usize) -> Moment {
        let mut moment = Moment::unproven(self.asked);
        for (revision, proven) in &self.proofs {
            if *revision >= from {
                moment.improve(proven.clone());
            }
        }
        moment
    }

    /// Since when `certificate` is proven to exist.
    pub(super) fn known(&self, certificate: &Certificate) -> Time {
        let places = self.places.iter().filter(|(known, _)| known == certificate);
        let times = places.map(|(_, from)| self.moment(*from).time());
        times.min().unwrap_or(self.asked)
    }
}

/// What the caller gave as well is known since the caller's time at the latest; what the file proves may be older.
fn earlier(place: Option<&mut Option<usize>>, from: usize) {
    if let Some(place) = place {
        *place = Some(place.map_or(from, |known| known.min(from)));
    }
}

#[cfg(test)]
mod tests {
    use super::super::Trust;
    use super::*;

    #[test]
    fn signers_share_the_work_of_a_file_and_each_has_some() {
        let verifier = Verifier::new(Trust::new());
        let each = |signers: usize| {
            let mut grounds = Grounds::given(&verifier, "2030-07-01".parse().unwrap());
            grounds.share(signers);
            grounds.signatures
        };
        // One signer has no more than a few, a hundred share what one file may cost, and the last of very many has a few.
        assert_eq!(
            [0, 1, 16, 64, 256, 100_000].map(each),
            [256, 256, 256, 64, 16, 16]
        );
    }
}
