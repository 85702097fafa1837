//! Evidence of revocation over HTTP: OCSP (RFC 6960, appendix A.1), lists and certificates of issuers (RFC 5280, clauses 4.2.1.13 and
//! 4.2.2.1).

use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use base64::Engine as _;
use ring::rand::{SecureRandom as _, SystemRandom};

use super::address::{Reach, onward};
use super::answer::Answer;
use super::cache::Cache;
use super::error::{NetError, NetFault};
use super::http::{Http, Received, Request};
use crate::crypto::DigestAlgorithm;
use crate::limits::Limits;
use crate::pki::{Certificate, Crl, EvidenceError, OcspRequest, OcspResponse};
use crate::time::Time;

/// Whether a number is sent with which a responder shows that its answer is new (RFC 8954).
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Nonce {
    /// None, so that an answer that was made before, and is good for a while, may come from anywhere on the way.
    None,
    /// One; an answer that repeats none is taken all the same, as most responders make theirs beforehand.
    #[default]
    Sent,
    /// One that must be repeated; nothing that was kept is taken.
    Required,
}

/// Fetches evidence, and keeps what is right until it is to be replaced. Threads may share it.
///
/// What it brings is no more than well formed, about what was asked, and current: who signed it is judged where a path is.
#[derive(Debug)]
pub struct Fetcher {
    http: Http,
    reach: Reach,
    nonce: Nonce,
    timeout: Duration,
    limits: Limits,
    cache: Mutex<Cache>,
}

/// How often a server may send us on.
const MOST_REDIRECTS: usize = 3;
/// Characters of an address up to which a request without a nonce is put into it (RFC 6960, appendix A.1).
const SHORT: usize = 255;
/// Seconds that clocks may be apart.
const SKEW: i64 = 300;

impl Fetcher {
    /// Ten seconds for one piece of evidence, which is kept in memory.
    #[must_use]
    pub fn new(http: Http) -> Self {
        Self {
            http,
            reach: Reach::default(),
            nonce: Nonce::default(),
            timeout: Duration::from_secs(10),
            limits: Limits::DEFAULT,
            cache: Mutex::default(),
        }
    }

    /// Sets to which machines addresses in certificates may lead.
    #[must_use]
    pub fn reach(mut self, reach: Reach) -> Self {
        self.reach = reach;
        self
    }

    /// Sets whether a nonce is sent to responders.
    #[must_use]
    pub fn nonce(mut self, nonce: Nonce) -> Self {
        self.nonce = nonce;
        self
    }

    /// Sets how long one piece of evidence may take.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Keeps evidence in `folder` too, which must exist, for the next program that is given it.
    #[must_use]
    pub fn folder(mut self, folder: impl Into<PathBuf>) -> Self {
        self.cache = Mutex::new(Cache::in_folder(folder.into()));
        self
    }

    /// Sets other limits of size than [`Limits::DEFAULT`].
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// The list at `address`, current at `now`; kept if one of `signers` signed it.
    ///
    /// # Errors
    /// Occurs if it cannot be had, is none, or is not current.
    pub fn revocation_list(
        &self,
        address: &str,
        signers: &[Certificate],
        now: Time,
    ) -> Result<Crl, NetError> {
        let name = format!("crl {address}");
        let most = self.limits.crl_bytes;
        // The lock is not held any longer than for this line.
        let kept = self.cache().find(&name, most);
        if let Some(kept) = kept {
            match self.list(&kept, now) {
                Ok(list) => return Ok(list),
                Err(_) => self.cache().forget(&name),
            }
        }
        let named = |fault| NetError::new(address, fault);
        let answer = self
            .follow(address, None, "application/pkix-crl", most)
            .map_err(named)?;
        // Servers call lists by many types; the signature tells better.
        let list = self.list(&answer.body, now).map_err(named)?;
        if list.next_update().is_some() && signers.iter().any(|signer| list.verify_signed_by(signer).is_ok())
        {
            self.cache().keep(&name, list.der());
        }
        Ok(list)
    }

    /// What the responder at `address` says of `certificate`, which `issuer` issued, current at `now`; kept if it is signed by
    /// `issuer` or whom that appointed.
    ///
    /// # Errors
    /// Occurs if it cannot be had, is none, is about others, repeats another nonce, or is not current.
    pub fn response(
        &self,
        address: &str,
        certificate: &Certificate,
        issuer: &Certificate,
        now: Time,
    ) -> Result<OcspResponse, NetError> {
        let request = OcspRequest::new(certificate, issuer);
        let digits: String = DigestAlgorithm::Sha256
            .digest(&request.to_der())
            .iter()
            .map(|octet| format!("{octet:02x}"))
            .collect();
        let name = format!("ocsp {digits} {address}");
        let most = self.limits.ocsp_bytes;
        let kept = self.cache().find(&name, most);
        if let Some(kept) = kept.filter(|_| self.nonce != Nonce::Required) {
            match self.about(&kept, None, certificate, issuer, now) {
                Ok(response) => return Ok(response),
                Err(_) => self.cache().forget(&name),
            }
        }
        let named = |fault| NetError::new(address, fault);
        let nonce = self.number().map_err(named)?;
        let request = match &nonce {
            Some(nonce) => request.nonce(nonce),
            None => request,
        };
        let body = self
            .ask(address, &request.to_der(), nonce.is_some())
            .map_err(named)?;
        let response = self
            .about(
                &body,
                nonce.as_ref().map(<[u8; 32]>::as_slice),
                certificate,
                issuer,
                now,
            )
            .map_err(named)?;
        let current = response
            .about(certificate, issuer)
            .iter()
            .all(|single| single.next_update().is_some());
        if current && is_by(&response, issuer) {
            self.cache().keep(&name, response.der());
        }
        Ok(response)
    }

    /// The certificates at `address`: one in DER, or those of a certs-only message (RFC 5280, clause 4.2.2.1). Never kept.
    ///
    /// # Errors
    /// Occurs if there is none to be had.
    pub fn issuers(&self, address: &str) -> Result<Vec<Certificate>, NetError> {
        let named = |fault| NetError::new(address, fault);
        let most = 256 << 10;
        let answer = self.follow(
            address,
            None,
            "application/pkix-cert, application/pkcs7-mime",
            most,
        );
        let body = answer.map_err(named)?.body;
        if let Ok(certificate) = Certificate::try_from(body.as_slice()) {
            return Ok(vec![certificate]);
        }
        let data = crate::cms::SignedData::parse(&body, &self.limits);
        let certificates = data.map(|data| data.certificates).unwrap_or_default();
        let read = |der: &&[u8]| Certificate::try_from(*der).ok();
        let found: Vec<Certificate> = certificates.iter().filter_map(read).collect();
        if found.is_empty() {
            return Err(named(NetFault::NoCertificate));
        }
        Ok(found)
    }

    /// How long one piece of evidence may take.
    pub(super) fn longest(&self) -> Duration {
        self.timeout
    }

    fn cache(&self) -> MutexGuard<'_, Cache> {
        self.cache.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn number(&self) -> Result<Option<[u8; 32]>, NetFault> {
        if self.nonce == Nonce::None {
            return Ok(None);
        }
        let mut nonce = [0; 32];
        SystemRandom::new()
            .fill(&mut nonce)
            .map_err(|_| NetFault::NoRandom)?;
        Ok(Some(nonce))
    }

    fn list(&self, der: &[u8], now: Time) -> Result<Crl, NetFault> {
        let list = Crl::from_der(der, &self.limits).map_err(NetFault::Evidence)?;
        current(list.this_update(), list.next_update(), now)?;
        Ok(list)
    }

    fn about(
        &self,
        der: &[u8],
        nonce: Option<&[u8]>,
        certificate: &Certificate,
        issuer: &Certificate,
        now: Time,
    ) -> Result<OcspResponse, NetFault> {
        let response = OcspResponse::from_der(der, &self.limits).map_err(NetFault::Evidence)?;
        let about = response.about(certificate, issuer);
        if about.is_empty() {
            return Err(NetFault::OtherCertificate);
        }
        for single in about {
            current(single.this_update(), single.next_update(), now)?;
        }
        if let Some(nonce) = nonce
            && !response.echoes(nonce)
            && (response.has_nonce() || self.nonce == Nonce::Required)
        {
            return Err(NetFault::Nonce);
        }
        Ok(response)
    }

    /// Asks a responder: in the address if that stays short, else by posting.
    fn ask(&self, address: &str, request: &[u8], has_nonce: bool) -> Result<Vec<u8>, NetFault> {
        const TYPE: &str = "application/ocsp-response";
        let most = self.limits.ocsp_bytes;
        let digits = base64::engine::general_purpose::STANDARD.encode(request);
        let escaped = digits.replace('+', "%2B").replace('/', "%2F").replace('=', "%3D");
        let short = format!("{}/{escaped}", address.trim_end_matches('/'));
        if !has_nonce && short.len() <= SHORT {
            // Where only posting is known, other answers come.
            let got = self
                .follow(&short, None, TYPE, most)
                .and_then(|answer| answer.of_type(&[TYPE]));
            match got {
                Err(NetFault::Status(_) | NetFault::ContentType(_) | NetFault::Redirects) => {}
                Ok(body) if is_malformed_request(&body, &self.limits) => {}
                done => return done,
            }
        }
        let posted = Some(("application/ocsp-request", request));
        self.follow(address, posted, TYPE, most)?.of_type(&[TYPE])
    }

    /// Sends a request to where an address in a certificate leads.
    fn follow(
        &self,
        address: &str,
        body: Option<(&str, &[u8])>,
        accept: &str,
        most: usize,
    ) -> Result<Answer, NetFault> {
        let start = Instant::now();
        let left = || self.timeout.saturating_sub(start.elapsed());
        let mut address = address.to_owned();
        for _ in 0..=MOST_REDIRECTS {
            let target = self.reach.target(&address, self.http.is_proxied(), left())?;
            let fields = [("Host".to_owned(), target.host)];
            let mut received = Err(NetFault::TimedOut(self.timeout));
            for place in &target.addresses {
                let timeout = left();
                if timeout.is_zero() {
                    received = Err(NetFault::TimedOut(self.timeout));
                    break;
                }
                received = self.http.exchange(&Request {
                    address: place,
                    body,
                    accept,
                    fields: &fields,
                    timeout,
                    most,
                });
                if !matches!(received, Err(NetFault::Connection(_))) {
                    break;
                }
            }
            match received? {
                Received::Answer(answer) => return Ok(answer),
                // What is posted is not posted elsewhere.
                Received::Onward(_) if body.is_some() => return Err(NetFault::Redirects),
                Received::Onward(location) => {
                    address = onward(&address, &location).ok_or(NetFault::Redirects)?;
                }
            }
        }
        Err(NetFault::Redirects)
    }
}

/// Whether evidence of `this` that is replaced at `next` is current at `now`.
fn current(this: Time, next: Option<Time>, now: Time) -> Result<(), NetFault> {
    if this.seconds_since(now) > SKEW {
        return Err(NetFault::Future(this));
    }
    match next {
        Some(next) if now.seconds_since(next) > SKEW => Err(NetFault::Outdated(next)),
        _ => Ok(()),
    }
}

/// Whether `issuer`, or one to whom it gave that right, signed `response`.
fn is_by(response: &OcspResponse, issuer: &Certificate) -> bool {
    let appointed = |one: &&Certificate| one.is_for_ocsp_signing() && one.verify_signed_by(issuer).is_ok();
    let mut delegates = response.certificates().iter().filter(appointed);
    response.verify_signed_by(issuer).is_ok() || delegates.any(|one| response.verify_signed_by(one).is_ok())
}

/// malformedRequest (RFC 6960, clause 4.2.1).
fn is_malformed_request(body: &[u8], limits: &Limits) -> bool {
    matches!(
        OcspResponse::from_der(body, limits),
        Err(EvidenceError::Refused(1))
    )
}
