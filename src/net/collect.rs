//! What a sealed file needs to be verified when the authorities are gone (EN 319 142-1, clause 5.4.2.2): asked for where the
//! certificates say, for the chains of its seals and time stamps, and listed where it was not to be had.

use core::fmt;
use std::time::{Duration, Instant};

use super::error::{NetError, NetFault};
use super::fetch::Fetcher;
use super::sealed::{Contents, Role, Signatory};
use crate::draft::Draft;
use crate::limits::Limits;
use crate::pdf::PdfError;
use crate::pki::{
    Certificate, Evidence, PathError, PathQuestion, PathReason, RevocationPolicy, TrustAnchors, VerifiedLinks,
};
use crate::seal::ValidationData;
use crate::time::Time;

/// Collects evidence for the chains of a file. Asks only where certificates say whose path ends in an anchor, unless it is told to
/// look for missing issuers.
#[derive(Clone, Debug)]
pub struct Collector<'a> {
    fetcher: &'a Fetcher,
    anchors: &'a TrustAnchors,
    certificates: Vec<Certificate>,
    missing_issuers: bool,
    total: Duration,
}

/// What was collected.
#[non_exhaustive]
#[derive(Clone, Debug)]
pub struct Collected {
    /// All of it, with the certificates of the paths.
    pub data: ValidationData,
    /// What is still wanting.
    pub missing: Vec<Missing>,
}

/// A certificate for which the evidence is not complete.
#[non_exhaustive]
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Missing {
    /// Name of the signature field.
    pub field: String,
    /// What the chain is for.
    pub role: Role,
    /// Subject of the certificate; empty if the signature cannot be read.
    pub certificate: String,
    /// What is wanting.
    pub lack: Lack,
    /// What went wrong where it was asked for.
    pub faults: Vec<NetError>,
}

/// What is wanting.
#[non_exhaustive]
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Lack {
    /// The signature cannot be read.
    Unreadable,
    /// There is no path to an anchor.
    Path(PathReason),
    /// The certificate was revoked.
    Revoked(Time),
    /// Whether it was revoked is not known, and it names no address that is asked.
    NoAddress,
    /// Whether it was revoked is not known.
    Revocation(PathReason),
}

/// Requests for one file at most.
const MOST_REQUESTS: usize = 64;
/// Addresses of one kind that are tried for one certificate.
const MOST_ADDRESSES: usize = 4;
/// Issuers that are looked for in one chain.
const MOST_ISSUERS: usize = 4;
/// Seconds that an authority's clock may be ahead.
const SKEW: i64 = 300;

impl<'a> Collector<'a> {
    /// Collects with `fetcher` for chains to `anchors`, for a minute at most.
    #[must_use]
    pub fn new(fetcher: &'a Fetcher, anchors: &'a TrustAnchors) -> Self {
        Self {
            fetcher,
            anchors,
            certificates: vec![],
            missing_issuers: false,
            total: Duration::from_secs(60),
        }
    }

    /// Adds certificates that may stand between those in the file and the anchors.
    #[must_use]
    pub fn certificates(mut self, certificates: impl IntoIterator<Item = Certificate>) -> Self {
        self.certificates.extend(certificates);
        self
    }

    /// Sets whether certificates of issuers that are wanting are asked for (id-ad-caIssuers). Off by default: the address then comes
    /// from a certificate that nothing vouches for yet.
    #[must_use]
    pub fn missing_issuers(mut self, wanted: bool) -> Self {
        self.missing_issuers = wanted;
        self
    }

    /// Sets how long all requests for one file may take together.
    #[must_use]
    pub fn timeout(mut self, total: Duration) -> Self {
        self.total = total;
        self
    }

    /// What `file` needs, as of `now`.
    ///
    /// # Errors
    /// Occurs if the file cannot be read strictly. What was not to be had is no error but listed.
    pub fn collect(&self, file: &Draft, now: Time) -> Result<Collected, PdfError> {
        let contents = Contents::of(file, &Limits::DEFAULT)?;
        let mut search = Search {
            collector: self,
            now,
            start: Instant::now(),
            requests: MOST_REQUESTS,
            links: VerifiedLinks::new(256),
            evidence: contents.evidence.clone(),
            data: ValidationData::new(),
            missing: vec![],
        };
        for field in &contents.unreadable {
            search.missing.push(Missing {
                field: field.clone(),
                role: Role::Seal,
                certificate: String::new(),
                lack: Lack::Unreadable,
                faults: vec![],
            });
        }
        for signatory in &contents.signatories {
            search.signatory(signatory, &contents);
        }
        Ok(Collected {
            data: search.data,
            missing: search.missing,
        })
    }
}

/// The work on one file.
struct Search<'a, 'c> {
    collector: &'c Collector<'a>,
    now: Time,
    start: Instant,
    requests: usize,
    links: VerifiedLinks,
    /// What the file has, and what was fetched.
    evidence: Evidence,
    data: ValidationData,
    missing: Vec<Missing>,
}

impl Search<'_, '_> {
    fn signatory(&mut self, signatory: &Signatory, contents: &Contents) {
        let at = proven(signatory, contents, self.now);
        let mut faults = vec![];
        let mut beside = self.beside(signatory, contents);
        let path = match self.path(signatory, &mut beside, at, &mut faults) {
            Ok(path) => path,
            Err(error) => return self.lack(signatory, &error.certificate, Lack::Path(error.reason), faults),
        };
        self.data = std::mem::take(&mut self.data).certificates(&path);
        // What the file has may have been stamped when its signers were still to be believed.
        let stamps = contents
            .signatories
            .iter()
            .filter(|one| one.role == Role::DocumentTimeStamp);
        let stamped = stamps.filter_map(|stamp| stamp.time);
        for known in stamped.chain([later(self.now)]) {
            if self
                .status(&signatory.certificate, &beside, at, &contents.evidence, known)
                .is_ok()
            {
                return;
            }
        }
        for pair in path.windows(2) {
            if let [certificate, issuer] = pair {
                self.responses(certificate, issuer, &path, &mut faults);
            }
        }
        // Where responses do not tell, lists may.
        for _ in 0..path.len() {
            let status = self.status(
                &signatory.certificate,
                &beside,
                at,
                &self.evidence.clone(),
                later(self.now),
            );
            let Err(error) = status else { return };
            let subject = error.certificate;
            let lack = match error.reason {
                PathReason::Revoked(revoked) => Lack::Revoked(revoked.date),
                PathReason::RevocationUnknown(_) | PathReason::RevocationStale(_) => {
                    if self.lists(&subject, &path, &mut faults) {
                        continue;
                    }
                    let addresses = [subject.ocsp_addresses(), subject.crl_addresses()].concat();
                    match addresses.is_empty() {
                        true => Lack::NoAddress,
                        false => Lack::Revocation(error.reason),
                    }
                }
                other => Lack::Path(other),
            };
            return self.lack(signatory, &subject, lack, faults);
        }
    }

    fn lack(&mut self, signatory: &Signatory, certificate: &Certificate, lack: Lack, faults: Vec<NetError>) {
        self.missing.push(Missing {
            field: signatory.field.clone(),
            role: signatory.role,
            certificate: certificate.subject().to_owned(),
            lack,
            faults,
        });
    }

    /// What may stand between the certificate and an anchor: its own company first.
    fn beside(&self, signatory: &Signatory, contents: &Contents) -> Vec<Certificate> {
        let all = signatory
            .others
            .iter()
            .chain(&self.collector.certificates)
            .chain(&contents.certificates);
        let mut beside: Vec<Certificate> = vec![];
        for one in all {
            if beside.len() < Limits::DEFAULT.certificates && !beside.contains(one) {
                beside.push(one.clone());
            }
        }
        beside
    }

    /// The path of `signatory` at `at`, asking for what is missing in `beside` if that is wanted.
    fn path(
        &mut self,
        signatory: &Signatory,
        beside: &mut Vec<Certificate>,
        at: Time,
        faults: &mut Vec<NetError>,
    ) -> Result<Vec<Certificate>, PathError> {
        let mut tried = 0;
        loop {
            let question = PathQuestion::new(beside, self.collector.anchors, at);
            let error = match question.find_with(&signatory.certificate, &mut self.links) {
                Ok(path) => return Ok(path.certificates),
                Err(error) => error,
            };
            let wanted = error.reason == PathReason::NoIssuer && self.collector.missing_issuers;
            if !wanted || tried >= MOST_ISSUERS {
                return Err(error);
            }
            tried += 1;
            let before = beside.len();
            for address in error.certificate.issuer_addresses().iter().take(MOST_ADDRESSES) {
                if !self.spend(address, faults) {
                    break;
                }
                match self.collector.fetcher.issuers(address) {
                    Ok(found) => {
                        let fit = |one: &Certificate| error.certificate.verify_signed_by(one).is_ok();
                        let room = Limits::DEFAULT.certificates.saturating_sub(beside.len());
                        let new: Vec<Certificate> = found
                            .into_iter()
                            .filter(|one| fit(one) && !beside.contains(one))
                            .take(room)
                            .collect();
                        beside.extend(new);
                    }
                    Err(error) => faults.push(error),
                }
            }
            if beside.len() == before {
                return Err(error);
            }
        }
    }

    /// Asks responders about `certificate`, and for lists about those whom its issuer appointed to answer.
    fn responses(
        &mut self,
        certificate: &Certificate,
        issuer: &Certificate,
        path: &[Certificate],
        faults: &mut Vec<NetError>,
    ) {
        for address in certificate.ocsp_addresses().iter().take(MOST_ADDRESSES) {
            if !self.spend(address, faults) {
                return;
            }
            match self
                .collector
                .fetcher
                .response(address, certificate, issuer, self.now)
            {
                Ok(response) => {
                    if self.evidence.add_ocsp(response.der(), &Limits::DEFAULT).is_err() {
                        return;
                    }
                    self.data = std::mem::take(&mut self.data)
                        .response(response.der())
                        .certificates(response.certificates());
                    for delegate in response.certificates() {
                        let appointed =
                            delegate.is_for_ocsp_signing() && delegate.verify_signed_by(issuer).is_ok();
                        if appointed && !delegate.has_ocsp_no_check() {
                            self.lists(delegate, path, faults);
                        }
                    }
                    return;
                }
                Err(error) => faults.push(error),
            }
        }
    }

    /// Asks for the lists that `certificate` may be on; whether any came that was not there before.
    fn lists(
        &mut self,
        certificate: &Certificate,
        signers: &[Certificate],
        faults: &mut Vec<NetError>,
    ) -> bool {
        let mut any = false;
        for address in certificate.crl_addresses().iter().take(MOST_ADDRESSES) {
            if !self.spend(address, faults) {
                break;
            }
            match self.collector.fetcher.revocation_list(address, signers, self.now) {
                Ok(list) => {
                    let known = self.evidence.crls().iter().any(|known| known.der() == list.der());
                    if !known && self.evidence.add_crl(list.der(), &Limits::DEFAULT).is_ok() {
                        self.data = std::mem::take(&mut self.data).revocation_list(list.der());
                        any = true;
                    }
                }
                Err(error) => faults.push(error),
            }
        }
        any
    }

    fn status(
        &mut self,
        certificate: &Certificate,
        beside: &[Certificate],
        at: Time,
        evidence: &Evidence,
        known: Time,
    ) -> Result<(), PathError> {
        PathQuestion::new(beside, self.collector.anchors, at)
            .revocation(evidence, known, RevocationPolicy::default())
            .find_with(certificate, &mut self.links)
            .map(|_| ())
    }

    /// Takes one request from the budget.
    fn spend(&mut self, address: &str, faults: &mut Vec<NetError>) -> bool {
        let out_of_time = self
            .start
            .elapsed()
            .saturating_add(self.collector.fetcher.longest())
            > self.collector.total;
        match self.requests.checked_sub(1) {
            Some(left) if !out_of_time => {
                self.requests = left;
                true
            }
            _ => {
                faults.push(NetError::new(address, NetFault::TimedOut(self.collector.total)));
                false
            }
        }
    }
}

/// When what `signatory` signed is known to have existed: stamped, or the present.
fn proven(signatory: &Signatory, contents: &Contents, now: Time) -> Time {
    let stamps = contents
        .signatories
        .iter()
        .filter(|one| one.role == Role::DocumentTimeStamp);
    let later = stamps
        .filter_map(|stamp| stamp.time)
        .filter(|time| match signatory.role {
            // A stamp does not prove when it was made itself.
            Role::DocumentTimeStamp => signatory.time.is_some_and(|own| own < *time),
            Role::Seal | Role::SignatureTimeStamp => true,
        });
    let own = signatory.time.filter(|_| signatory.role == Role::Seal);
    later.chain(own).min().unwrap_or(now)
}

/// `now` as late as another's clock may have it.
fn later(now: Time) -> Time {
    Time::from_unix(now.unix().saturating_add(SKEW)).unwrap_or(now)
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            field,
            role,
            certificate,
            lack,
            faults,
        } = self;
        write!(f, "{role} in field {field}: ")?;
        match lack {
            Lack::Unreadable => {
                return f.write_str("the signature cannot be read; verify the file to learn why");
            }
            Lack::Path(reason) => write!(f, "certificate of {certificate}: {reason}")?,
            Lack::Revoked(since) => write!(f, "certificate of {certificate} is revoked since {since}")?,
            Lack::NoAddress => write!(
                f,
                "certificate of {certificate} names no address that tells whether it is revoked; get its authority's list"
            )?,
            Lack::Revocation(reason) => write!(f, "certificate of {certificate}: {reason}")?,
        }
        for fault in faults {
            write!(f, "; {fault}")?;
        }
        Ok(())
    }
}
