//! The job file, the timed loop and its result.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use serde::Deserialize;
use serde_json::{Map, Value, json};
use yinxin::pki::Certificate;
use yinxin::time::Time;

/// Whatever went wrong; the driver only reports it.
pub type Failure = Box<dyn std::error::Error>;

/// What to do and where everything lies. Members this driver does not need are passed over.
#[derive(Deserialize)]
pub struct Job {
    n: usize,
    #[serde(default)]
    warmup: usize,
    #[serde(default)]
    sync: bool,
    out_dir: Option<PathBuf>,
    pub cert: PathBuf,
    pub data: PathBuf,
    /// The verdict that verifying must come to.
    pub expect: Option<String>,
    pub font: PathBuf,
    pub input: PathBuf,
    pub key: PathBuf,
    /// Read the input for every item.
    #[serde(default)]
    pub large: bool,
    pub qr: PathBuf,
    pub qrpages: PathBuf,
    pub root: PathBuf,
    pub seal: PathBuf,
    #[serde(default)]
    pub sets: Vec<String>,
    pub signer_chain: PathBuf,
    /// Whether the seal shows; sealing without a mark is not something the library does.
    pub visible: Option<bool>,
}

impl Job {
    /// Reads the job file at `path`.
    pub fn read(path: &str) -> Result<Self, Failure> {
        Ok(serde_json::from_slice(&read(path)?)?)
    }

    /// Runs `item` as the job says, and returns what the timed items cost.
    pub fn run(
        &self,
        mut item: impl FnMut(usize) -> Result<(), Failure>,
    ) -> Result<Map<String, Value>, Failure> {
        (0..self.warmup).try_for_each(&mut item)?;
        if self.sync {
            println!("READY");
            std::io::stdout().flush()?;
            std::io::stdin().read_line(&mut String::new())?;
        }
        let mut taken = Vec::with_capacity(self.n);
        let (cpu, epoch, begun) = (cpu(), epoch(), Instant::now());
        for at in 0..self.n {
            let start = Instant::now();
            item(at)?;
            taken.push(start.elapsed());
        }
        let (wall, cpu_end, epoch_end) = (begun.elapsed(), self::cpu(), self::epoch());
        taken.sort_unstable();
        let latency = |percent: usize| {
            let at = (taken.len() * percent / 100).min(taken.len().saturating_sub(1));
            taken.get(at).map_or(0.0, |taken| taken.as_secs_f64() * 1e3)
        };
        let result = json!({
            "ok": true,
            "n": self.n,
            "wall_s": wall.as_secs_f64(),
            "cpu_s": cpu_end.saturating_sub(cpu).as_secs_f64(),
            "t0": epoch.as_secs_f64(),
            "t1": epoch_end.as_secs_f64(),
            "lat_ms": [latency(50), latency(95)],
        });
        match result {
            Value::Object(members) => Ok(members),
            _ => Err("unreachable: a JSON object is one".into()),
        }
    }

    /// Writes the finished file number `at`.
    pub fn write(&self, at: usize, pdf: &[u8]) -> Result<(), Failure> {
        let folder = self.out_dir.as_deref().ok_or("the job has no out_dir")?;
        Ok(std::fs::write(folder.join(format!("{at:05}.pdf")), pdf)?)
    }
}

/// The file at `path`; the error names it.
pub fn read(path: impl AsRef<Path>) -> Result<Vec<u8>, Failure> {
    let path = path.as_ref();
    std::fs::read(path).map_err(|error| format!("{}: {error}", path.display()).into())
}

/// The certificates in the PEM file at `path`.
pub fn certificates(path: &Path) -> Result<Vec<Certificate>, Failure> {
    Ok(Certificate::from_pem_many(&String::from_utf8(read(path)?)?)?)
}

/// The present time.
pub fn now() -> Result<Time, Failure> {
    Ok(Time::from_unix(i64::try_from(epoch().as_secs())?)?)
}

fn epoch() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}

/// Processor time of this process so far. From the scheduler's account of each thread (nanoseconds, brought up to date at
/// every switch), because the standard library has no `getrusage`; zero where the system has no such file.
fn cpu() -> Duration {
    std::thread::yield_now();
    let Ok(tasks) = std::fs::read_dir("/proc/self/task") else {
        return Duration::ZERO;
    };
    let nanoseconds = tasks.flatten().filter_map(|task| {
        let account = std::fs::read_to_string(task.path().join("schedstat")).ok()?;
        account.split_whitespace().next()?.parse::<u64>().ok()
    });
    Duration::from_nanos(nanoseconds.sum())
}
