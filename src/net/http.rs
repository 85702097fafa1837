//! HTTP as far as authorities need it: one request, one answer, bounded in bytes and in time.

use core::fmt;
use std::time::Duration;

use ureq::tls::{RootCerts, TlsConfig};
use ureq::{Agent, Proxy};

use super::answer::{Answer, Head};
use super::error::{NetError, NetFault};
use crate::pki::Certificate;

/// How authorities are reached: directly or over a proxy, and whose servers are trusted with TLS. Cheap to clone; clones share their
/// connections.
///
/// Reads no environment: a proxy is what the caller names.
#[derive(Clone)]
pub struct Http {
    agent: Agent,
    proxy: Option<Proxy>,
    roots: Option<Vec<Certificate>>,
}

impl Http {
    /// Directly, and for `https` with the public web's root certificates.
    #[must_use]
    pub fn new() -> Self {
        Self {
            agent: agent(None, None),
            proxy: None,
            roots: None,
        }
    }

    /// Goes over the proxy at `address`, `http://[user:password@]host:port`. It is asked for a tunnel (CONNECT), for `http` as well.
    ///
    /// # Errors
    /// Occurs if the address is none of a proxy.
    pub fn proxy(self, address: &str) -> Result<Self, NetError> {
        let why = "a proxy is named http://host:port";
        let wrong = |_| NetError::new(address, NetFault::Address(why));
        let proxy = Proxy::new(address).map_err(wrong)?;
        if !address.starts_with("http://") {
            return Err(NetError::new(address, NetFault::Address(why)));
        }
        Ok(Self {
            agent: agent(Some(&proxy), self.roots.as_deref()),
            proxy: Some(proxy),
            roots: self.roots,
        })
    }

    /// Trusts for `https` the servers that `roots` vouch for, and no others.
    #[must_use]
    pub fn tls_roots(self, roots: Vec<Certificate>) -> Self {
        Self {
            agent: agent(self.proxy.as_ref(), Some(&roots)),
            proxy: self.proxy,
            roots: Some(roots),
        }
    }

    /// Whether names are resolved elsewhere.
    pub(super) fn is_proxied(&self) -> bool {
        self.proxy.is_some()
    }

    /// Sends `request` and reads the answer. An answer that sends us on is followed only if `onward` gives the next request's address
    /// and host.
    pub(super) fn exchange(&self, request: &Request<'_>) -> Result<Received, NetFault> {
        let timed = |error| fault(error, request);
        let mut response = match request.body {
            Some((kind, body)) => {
                let call = self.agent.post(request.address).header("Content-Type", kind);
                let call = request
                    .headers()
                    .fold(call, |call, (name, value)| call.header(name, value));
                let call = call.config().timeout_global(Some(request.timeout)).build();
                call.send(body).map_err(timed)?
            }
            None => {
                let call = self.agent.get(request.address);
                let call = request
                    .headers()
                    .fold(call, |call, (name, value)| call.header(name, value));
                let call = call.config().timeout_global(Some(request.timeout)).build();
                call.call().map_err(timed)?
            }
        };
        let field = |name: &str| {
            let value = response.headers().get(name)?.to_str().ok()?;
            Some(value.to_owned())
        };
        let head = Head {
            status: response.status().as_u16(),
            content_type: field("content-type"),
            location: field("location"),
            retry_after: field("retry-after"),
            date: field("date"),
        };
        if let Some(onward) = head.onward() {
            return Ok(Received::Onward(onward.to_owned()));
        }
        if let Some(fault) = head.fault() {
            return Err(fault);
        }
        let most = request.most;
        let limit = u64::try_from(most).unwrap_or(u64::MAX);
        let body = response.body_mut().with_config().limit(limit).read_to_vec();
        let body = body.map_err(|error| match error {
            ureq::Error::BodyExceedsLimit(_) => NetFault::TooLarge { most },
            other => fault(other, request),
        })?;
        Ok(Received::Answer(Answer {
            content_type: head.media_type(),
            body,
        }))
    }
}

impl Default for Http {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Http {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Http")
            .field("proxied", &self.is_proxied())
            .finish_non_exhaustive()
    }
}

/// One request.
pub(super) struct Request<'r> {
    pub(super) address: &'r str,
    /// The media type and the bytes to be posted; `None`: nothing is posted.
    pub(super) body: Option<(&'r str, &'r [u8])>,
    pub(super) accept: &'r str,
    /// Further fields of the head.
    pub(super) fields: &'r [(String, String)],
    /// Until the last byte of the answer.
    pub(super) timeout: Duration,
    /// Bytes of the answer at most.
    pub(super) most: usize,
}

impl Request<'_> {
    fn headers(&self) -> impl Iterator<Item = (&str, &str)> {
        let own = self
            .fields
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()));
        [("Accept", self.accept)].into_iter().chain(own)
    }
}

/// What came.
pub(super) enum Received {
    Answer(Answer),
    /// It is to be had at this address, which may be relative.
    Onward(String),
}

fn agent(proxy: Option<&Proxy>, roots: Option<&[Certificate]>) -> Agent {
    let roots = match roots {
        None => RootCerts::WebPki,
        Some(roots) => {
            let der = roots.iter().map(Certificate::der);
            let own = der.map(|der| ureq::tls::Certificate::from_der(der).to_owned());
            RootCerts::new_with_certs(&own.collect::<Vec<_>>())
        }
    };
    Agent::config_builder()
        .proxy(proxy.cloned())
        .tls_config(TlsConfig::builder().root_certs(roots).build())
        .http_status_as_error(false)
        // What an answer sends us on to is looked at before it is followed.
        .max_redirects(0)
        .max_redirects_will_error(false)
        .max_response_header_size(16 << 10)
        .user_agent(concat!("yinxin/", env!("CARGO_PKG_VERSION")))
        .build()
        .new_agent()
}

fn fault(error: ureq::Error, request: &Request<'_>) -> NetFault {
    use std::io::ErrorKind;
    match error {
        ureq::Error::Timeout(_) => NetFault::TimedOut(request.timeout),
        ureq::Error::Io(e) if matches!(e.kind(), ErrorKind::TimedOut | ErrorKind::WouldBlock) => {
            NetFault::TimedOut(request.timeout)
        }
        // What TLS refuses while it shakes hands comes as data that make no sense.
        ureq::Error::Io(e) if e.kind() == ErrorKind::InvalidData => NetFault::Tls(e.to_string()),
        ureq::Error::Io(e) => NetFault::Connection(e.to_string()),
        ureq::Error::HostNotFound => NetFault::Connection("there is no host of this name".to_owned()),
        ureq::Error::Tls(words) => NetFault::Tls(words.to_owned()),
        ureq::Error::Rustls(e) => NetFault::Tls(e.to_string()),
        ureq::Error::ConnectProxyFailed(words) => NetFault::Proxy(words),
        ureq::Error::LargeResponseHeader(..) => NetFault::TooLarge { most: request.most },
        ureq::Error::BadUri(_) => NetFault::Address("it is no address of the form http://host/path"),
        ureq::Error::Http(_) => {
            NetFault::Address("the address or a field sent with it holds characters that must not be there")
        }
        ureq::Error::Protocol(e) => NetFault::Protocol(e.to_string()),
        other => NetFault::Connection(other.to_string()),
    }
}
