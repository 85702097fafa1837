//! What came back over HTTP, as far as it is looked at.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::error::NetFault;
use super::retry_after;

/// A whole answer with HTTP status 200.
pub(super) struct Answer {
    /// The media type, without parameters, in lower case; empty if there is none.
    pub(super) content_type: String,
    pub(super) body: Vec<u8>,
}

/// The members of the head that count.
#[derive(Default)]
pub(super) struct Head {
    pub(super) status: u16,
    pub(super) content_type: Option<String>,
    pub(super) location: Option<String>,
    pub(super) retry_after: Option<String>,
    pub(super) date: Option<String>,
}

impl Head {
    /// The address that the answer sends us on to.
    pub(super) fn onward(&self) -> Option<&str> {
        let moved = matches!(self.status, 301 | 302 | 303 | 307 | 308);
        self.location.as_deref().filter(|_| moved)
    }

    /// What is wrong with an answer of this status.
    pub(super) fn fault(&self) -> Option<NetFault> {
        match self.status {
            200 => None,
            429 | 503 => Some(NetFault::Busy(self.wait())),
            300..400 => Some(NetFault::Redirects),
            407 => Some(NetFault::Proxy("it asks for a user name and password".to_owned())),
            status => Some(NetFault::Status(status)),
        }
    }

    /// The media type without parameters.
    pub(super) fn media_type(&self) -> String {
        let whole = self.content_type.as_deref().unwrap_or_default();
        let kind = whole.split(';').next().unwrap_or_default();
        kind.trim()
            .chars()
            .take(80)
            .collect::<String>()
            .to_ascii_lowercase()
    }

    fn wait(&self) -> Option<Duration> {
        let clock = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let clock = i64::try_from(clock.as_secs()).unwrap_or(i64::MAX);
        retry_after::parse(self.retry_after.as_deref()?, self.date.as_deref(), clock)
    }
}

impl Answer {
    /// The body, if it is of one of `types`.
    pub(super) fn of_type(self, types: &[&str]) -> Result<Vec<u8>, NetFault> {
        if types.contains(&self.content_type.as_str()) {
            return Ok(self.body);
        }
        let fit = |c: char| c.is_ascii_graphic();
        let shown: String = self.content_type.chars().filter(|c| fit(*c)).collect();
        Err(NetFault::ContentType(if shown.is_empty() {
            "none".to_owned()
        } else {
            shown
        }))
    }
}
