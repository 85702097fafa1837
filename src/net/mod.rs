//! Asking authorities over HTTP: time stamps (RFC 3161, clause 3.4), revocation (RFC 6960, appendix A; RFC 5280, clause 4.2.1.13), and
//! with both, raising sealed files to levels that last.
//!
//! The only module that opens a socket, and reads a clock to know when to stop waiting; what is *judged* is judged at the time
//! that the caller gives. Blocking, bounded in bytes and in time, and never silent: what could not be had is an error or a list.

mod address;
mod answer;
mod attempts;
mod cache;
mod collect;
mod error;
mod fetch;
mod http;
mod raise;
mod retry_after;
mod sealed;
mod time_stamp;

pub use address::Reach;
pub use collect::{Collected, Collector, Lack, Missing};
pub use error::{NetError, NetFault};
pub use fetch::{Fetcher, Nonce};
pub use http::Http;
pub use raise::{Level, RaiseError, RaisedFile, Raiser};
pub use sealed::Role;
pub use time_stamp::{NoTimeStamp, TimeStamp, TimeStampAuthority, TimeStampClient};
