//! What judging one attack takes: time of the processor, so that a busy machine fails nothing, and memory.

use std::fmt;
use std::fs;
use std::time::{Duration, Instant};

use yinxin::verify::Report;

/// The bound of time: a second, and three where checks are on and optimisation is not, or counters are.
const TIME: Duration = Duration::from_secs(if cfg!(debug_assertions) { 3 } else { 1 });

/// The bound of memory: what one verdict adds to what the suite, which holds every file, has already.
const MEMORY: u64 = 256 << 20;

/// A moment by both clocks.
struct Moment(Instant, Option<u64>);

impl Moment {
    fn now() -> Self {
        Self(Instant::now(), processor_time())
    }

    /// Time of the processor since then; where the system does not tell it, wall time.
    fn elapsed(&self) -> Duration {
        match (self.1, processor_time()) {
            (Some(before), Some(after)) => Duration::from_nanos(after.saturating_sub(before)),
            _ => self.0.elapsed(),
        }
    }
}

#[derive(Default)]
pub struct Costs {
    slowest: (Duration, String),
    /// Bytes by which one verdict raised the most that the process had.
    largest: (u64, String),
    over: Vec<String>,
    unmeasured: bool,
}

impl Costs {
    pub fn measured(&mut self, what: &str, verify: impl FnOnce() -> Report) -> Report {
        let reset = fs::write("/proc/self/clear_refs", "5").is_ok();
        let before = high_water();
        let start = Moment::now();
        let report = verify();
        let time = start.elapsed();
        let memory = match (before, high_water()) {
            (Some(before), Some(after)) if reset => after.saturating_sub(before),
            _ => {
                self.unmeasured = true;
                0
            }
        };
        if time > self.slowest.0 {
            self.slowest = (time, what.to_owned());
        }
        if memory > self.largest.0 {
            self.largest = (memory, what.to_owned());
        }
        if time > TIME || memory > MEMORY {
            self.over.push(format!("{what}: {time:?}, {} MiB", memory >> 20));
        }
        report
    }

    pub fn over(&self) -> Vec<String> {
        self.over.clone()
    }
}

impl fmt::Display for Costs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (time, slowest) = &self.slowest;
        let (memory, largest) = &self.largest;
        writeln!(f, "slowest {time:?} of {TIME:?} ({slowest})")?;
        if self.unmeasured {
            return write!(
                f,
                "memory not measured: the system keeps no high-water mark that can be set back"
            );
        }
        write!(
            f,
            "most memory {} of {} MiB ({largest})",
            memory >> 20,
            MEMORY >> 20
        )
    }
}

/// Nanoseconds this thread was on a processor (Linux, `/proc/thread-self/schedstat`).
fn processor_time() -> Option<u64> {
    let status = fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    status.split(' ').next()?.parse().ok()
}

/// The most memory this process had since the mark was set back (proc(5), `clear_refs`), in bytes.
fn high_water() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kibibytes: u64 = line.trim().strip_suffix(" kB")?.trim().parse().ok()?;
    Some(kibibytes << 10)
}
