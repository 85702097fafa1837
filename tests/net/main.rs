//! Authorities over HTTP, against servers of this process and of OpenSSL on this machine: whatever they do, there is a right answer
//! or a typed error in time.

mod authority;
mod command_line;
#[path = "../common/mod.rs"]
mod common;
mod evidence;
mod openssl;
#[path = "../common/pki.rs"]
mod pki;
mod raising;
mod server;
mod stamping;

use std::time::{Duration, Instant};

/// What a busy machine may add to any time.
const SLACK: Duration = Duration::from_secs(3);

/// What `work` gives, which must come within `most` and what a busy machine adds.
#[track_caller]
fn within<T>(most: Duration, work: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let given = work();
    let taken = start.elapsed();
    assert!(taken <= most + SLACK, "took {taken:?}, at most {most:?}");
    given
}
