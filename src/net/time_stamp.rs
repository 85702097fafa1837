//! Time-stamping authorities over HTTP (RFC 3161, clause 3.4).

use core::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use base64::Engine as _;
use ring::rand::{SecureRandom as _, SystemRandom};

use super::attempts::{Memory, Plan};
use super::error::{NetError, NetFault};
use super::http::{Http, Received, Request};
use crate::asn1::Oid;
use crate::cms::TimeStampRequest;
use crate::crypto::DigestAlgorithm;
use crate::limits::Limits;
use crate::pki::{PathQuestion, TimeStampError, TimeStamper, TrustAnchors, check_token, token_certificates};
use crate::time::Time;

/// One authority: its address, and what it wants to be told.
#[derive(Clone)]
pub struct TimeStampAuthority {
    address: String,
    fields: Vec<(String, String)>,
    policy: Option<Vec<u8>>,
}

impl TimeStampAuthority {
    /// The authority at `address`, `http` or `https`.
    #[must_use]
    pub fn new(address: impl Into<String>) -> Self {
        Self {
            address: address.into(),
            fields: vec![],
            policy: None,
        }
    }

    /// Says who asks, by user name and password (RFC 7617). Over `http` everybody on the way can read them.
    #[must_use]
    pub fn password(self, user: &str, password: &str) -> Self {
        let pair = base64::engine::general_purpose::STANDARD.encode(format!("{user}:{password}"));
        self.field("Authorization", format!("Basic {pair}"))
    }

    /// Sends a further field with each request, such as a key that the authority gave.
    #[must_use]
    pub fn field(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.fields.push((name.into(), value.into()));
        self
    }

    /// Asks for tokens under this policy, and takes no others.
    #[must_use]
    pub fn policy(mut self, policy: Oid<'_>) -> Self {
        self.policy = Some(policy.contents().to_vec());
        self
    }
}

/// Without what says who asks.
impl fmt::Debug for TimeStampAuthority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = NetError::new(&self.address, NetFault::Redirects).address;
        f.debug_tuple("TimeStampAuthority").field(&shown).finish()
    }
}

/// Asks one authority, and if it does not answer the next; whatever comes is checked before it is taken.
///
/// Threads may share it: what an authority said about coming back later then holds for all of them.
#[derive(Debug)]
pub struct TimeStampClient {
    http: Http,
    authorities: Vec<TimeStampAuthority>,
    plan: Plan,
    digest: DigestAlgorithm,
    anchors: Option<TrustAnchors>,
    memory: Memory,
    length: AtomicUsize,
}

/// A token, and whose it is.
#[non_exhaustive]
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct TimeStamp {
    /// The ContentInfo, DER.
    pub token: Vec<u8>,
    /// The time it states.
    pub time: Time,
    /// The address that gave it.
    pub address: String,
    /// What was wrong with those that were asked before.
    pub passed_over: Vec<NetError>,
}

/// Why no authority gave a time stamp: what was wrong with each.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct NoTimeStamp(pub Vec<NetError>);

/// Bytes of an answer at most: a token with its chain has some kilobytes.
const LONGEST: usize = 256 << 10;
/// Room for a token until one was seen, in bytes.
const ROOM: usize = 8 << 10;
/// The media type of an answer, and the one that some authorities write instead.
const TYPES: [&str; 2] = ["application/timestamp-reply", "application/timestamp-response"];

impl TimeStampClient {
    /// Asks `authorities` in this order. Half a minute in all, ten seconds for one request, three tries each.
    #[must_use]
    pub fn new(http: Http, authorities: impl IntoIterator<Item = TimeStampAuthority>) -> Self {
        Self {
            http,
            authorities: authorities.into_iter().collect(),
            plan: Plan {
                total: Duration::from_secs(30),
                each: Duration::from_secs(10),
                rounds: 3,
            },
            digest: DigestAlgorithm::Sha256,
            anchors: None,
            memory: Memory::default(),
            length: AtomicUsize::new(ROOM),
        }
    }

    /// Sets how long one time stamp may take, all tries and pauses included, and how long one request of these.
    #[must_use]
    pub fn timeouts(mut self, total: Duration, each: Duration) -> Self {
        (self.plan.total, self.plan.each) = (total, each);
        self
    }

    /// Sets how often each authority is asked at most.
    #[must_use]
    pub fn tries(mut self, tries: u32) -> Self {
        self.plan.rounds = tries;
        self
    }

    /// Sets the digest that is stamped; SHA-256 unless the authority wants another.
    #[must_use]
    pub fn digest(mut self, digest: DigestAlgorithm) -> Self {
        self.digest = digest;
        self
    }

    /// Takes tokens only of authorities whose certificate leads to one of `anchors` at the time stamped.
    #[must_use]
    pub fn anchors(mut self, anchors: TrustAnchors) -> Self {
        self.anchors = Some(anchors);
        self
    }

    /// A time stamp over bytes whose digest is `imprint`.
    ///
    /// # Errors
    /// Occurs if no authority gave a token that is right.
    pub fn request(&self, imprint: &[u8]) -> Result<TimeStamp, NoTimeStamp> {
        let address = |place: usize| {
            let authority = self.authorities.get(place);
            authority.map_or_else(String::new, |authority| authority.address.clone())
        };
        let (given, faults) = self
            .plan
            .ask(self.authorities.len(), &self.memory, |place, most| {
                match self.authorities.get(place) {
                    Some(authority) => self.ask(authority, imprint, most),
                    None => Err(NetFault::Address("there is no such authority")),
                }
            });
        let passed_over: Vec<NetError> = faults
            .into_iter()
            .map(|(place, fault)| NetError::new(&address(place), fault))
            .collect();
        let Some((place, (token, time))) = given else {
            return Err(NoTimeStamp(passed_over));
        };
        self.length
            .fetch_max(token.len().saturating_add(256), Ordering::Relaxed);
        Ok(TimeStamp {
            token,
            time,
            address: NetError::new(&address(place), NetFault::Redirects).address,
            passed_over,
        })
    }

    fn ask(
        &self,
        authority: &TimeStampAuthority,
        imprint: &[u8],
        timeout: Duration,
    ) -> Result<(Vec<u8>, Time), NetFault> {
        let mut nonce = [0; 8];
        SystemRandom::new()
            .fill(&mut nonce)
            .map_err(|_| NetFault::NoRandom)?;
        let mut request = TimeStampRequest::new(self.digest, imprint).nonce(u64::from_be_bytes(nonce));
        if let Some(policy) = &authority.policy {
            request = request.policy(Oid::new(policy));
        }
        let der = request.to_der();
        if !["http://", "https://"]
            .iter()
            .any(|scheme| authority.address.starts_with(scheme))
        {
            return Err(NetFault::Address(
                "an authority's address begins with http:// or https://",
            ));
        }
        let received = self.http.exchange(&Request {
            address: &authority.address,
            body: Some(("application/timestamp-query", &der)),
            accept: "application/timestamp-reply",
            fields: &authority.fields,
            timeout,
            most: LONGEST,
        })?;
        // What is posted goes where the caller said, and nowhere else.
        let Received::Answer(answer) = received else {
            return Err(NetFault::Redirects);
        };
        let body = answer.of_type(&TYPES)?;
        let limits = Limits::DEFAULT;
        let refused = |refusal| NetFault::TimeStamp(TimeStampError::Refused(refusal));
        let token = request.token(&body, &limits).map_err(refused)?;
        let time = check_token(token, self.digest, imprint, &limits).map_err(NetFault::TimeStamp)?;
        self.check_authority(token, time, &limits)?;
        Ok((token.to_vec(), time))
    }

    fn check_authority(&self, token: &[u8], time: Time, limits: &Limits) -> Result<(), NetFault> {
        let (authority, others) = token_certificates(token, limits).map_err(NetFault::TimeStamp)?;
        if time < authority.valid_from() || authority.valid_to() < time {
            let subject = authority.subject().to_owned();
            return Err(NetFault::NotValidThen { subject, time });
        }
        if let Some(anchors) = &self.anchors {
            PathQuestion::new(&others, anchors, time)
                .find(&authority)
                .map_err(NetFault::Untrusted)?;
        }
        Ok(())
    }
}

impl TimeStamper for TimeStampClient {
    fn digest(&self) -> DigestAlgorithm {
        self.digest
    }

    fn token_length(&self) -> usize {
        self.length.load(Ordering::Relaxed)
    }

    fn stamp(&self, imprint: &[u8]) -> Result<Vec<u8>, TimeStampError> {
        let stamp = self.request(imprint);
        let stamp = stamp.map_err(|error| TimeStampError::Service(error.to_string()))?;
        Ok(stamp.token)
    }
}

impl fmt::Display for NoTimeStamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return f.write_str("no time-stamping authority is named; name one");
        }
        f.write_str("no time-stamping authority gave a time stamp")?;
        let mut mark = ": ";
        for error in &self.0 {
            write!(f, "{mark}{error}")?;
            mark = "; ";
        }
        Ok(())
    }
}

impl core::error::Error for NoTimeStamp {}
