//! What judging one attack takes: time of the processor, so that a busy machine fails nothing, and memory.

use std::fmt;
use std::fs;
use std::time::Duration;

use yinxin::verify::Report;

use crate::processor::Moment;

/// The bound of time: a second, and three where checks are on and optimisation is not, or counters are.
const TIME: Duration = Duration::from_secs(if cfg!(debug_assertions) { 3 } else { 1 });

/// The bound of memory: what one verdict adds to what the suite, which holds every file, has already.
const MEMORY: u64 = 256 << 20;

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

/// The most memory this process had since the mark was set back (proc(5), `clear_refs`), in bytes.
fn high_water() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kibibytes: u64 = line.trim().strip_suffix(" kB")?.trim().parse().ok()?;
    Some(kibibytes << 10)
}
