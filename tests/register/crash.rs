//! Processes that issue are killed at random moments; nothing is lost, doubled or left over.

use std::collections::BTreeSet;
use std::convert::Infallible;
use std::fs;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use ring::rand::{SecureRandom as _, SystemRandom};
use yinxin::register::{Entry, PostgresRegister, Register, Request, Shelf, SqliteRegister};

use crate::places::{Place, Server, Sqlite, who};
use crate::rules::{all, first};

const LIST: &str = "https://zt.binhai.example/s/1";
const KILLS: usize = 20;
/// Every tenth result is issued anew.
const REISSUED: usize = 10;
/// Two processes of four threads each; one at a time is killed, the other goes on.
const PROCESSES: usize = 2;
const THREADS: usize = 4;
/// Seconds after which a run is given up, so that a register that hangs is a failure and not a wait.
const PATIENCE: u64 = 3600;

#[test]
fn killed_processes_leave_no_gap_no_double_no_orphan_sqlite() {
    let place = Sqlite::new("crash");
    let target = place.path().display().to_string();
    run("SQLite", &place, &target);
}

#[test]
fn killed_processes_leave_no_gap_no_double_no_orphan_postgres() {
    let Some(server) = Server::start() else { return };
    let place = server.place("crash_postgres");
    let target = place.config.clone();
    run("PostgreSQL", &place, &target);
}

/// The process that is killed: goes on with what is not issued yet. Two of them come from both ends and meet.
#[test]
#[ignore = "started and killed by the tests above"]
fn worker() {
    let variable = |name: &str| std::env::var(name).ok();
    let (Some(target), Some(folder)) = (variable("REGISTER_TARGET"), variable("REGISTER_FOLDER")) else {
        return;
    };
    let number = |name: &str| {
        variable(name)
            .and_then(|text| text.parse::<usize>().ok())
            .unwrap()
    };
    let (results, process) = (number("REGISTER_RESULTS"), number("REGISTER_PROCESS"));
    let shelf = Shelf::open(folder).unwrap();
    let mut register = open(&target);
    shelf.recover(&mut *register, &who()).unwrap();
    let done: BTreeSet<String> = all(&mut *register)
        .iter()
        .filter(|entry| entry.digest().is_some())
        .map(|entry| entry.key().to_owned())
        .collect();
    let missing = |number: &usize| {
        !done.contains(&key(*number)) || (number.is_multiple_of(REISSUED) && !done.contains(&again(*number)))
    };
    let mut todo: Vec<usize> = (0..results).filter(missing).collect();
    if process % 2 == 1 {
        todo.reverse();
    }
    let next = AtomicUsize::new(0);
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                let mut register = open(&target);
                while let Some(number) = todo.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let request = first(&key(*number)).on_list(LIST, places(results)).unwrap();
                    let entry = shelf.issue(&mut *register, &request, &who(), file).unwrap();
                    tick();
                    if number.is_multiple_of(REISSUED) {
                        let request = Request::replacing(again(*number), entry.identifier()).unwrap();
                        shelf.issue(&mut *register, &request, &who(), file).unwrap();
                        tick();
                    }
                }
            });
        }
    });
}

fn run(name: &str, place: &dyn Place, target: &str) {
    let results: usize = std::env::var("REGISTER_ISSUES").map_or(600, |text| text.parse().unwrap());
    let issues = results + results.div_ceil(REISSUED);
    let folder = place.folder().join("shelf");
    // The schema and the folders are there before the first worker.
    let (mut register, shelf) = (place.register(), place.shelf());

    let begun = Instant::now();
    let mut workers: Vec<Worker> = (0..PROCESSES)
        .map(|process| Worker::start(target, &folder, results, process))
        .collect();
    for kill in 0..KILLS {
        let process = kill % PROCESSES;
        // On the whole spread over the run: some at once, while the worker still opens and recovers.
        let until = random() % (issues * PROCESSES / KILLS / 2).max(1);
        while workers[process].ticks() < until && workers[process].runs() {
            assert!(begun.elapsed().as_secs() < PATIENCE, "the workers hang");
            thread::sleep(Duration::from_millis(1));
        }
        thread::sleep(Duration::from_micros((random() % 5000) as u64));
        workers[process].kill();
        workers[process] = Worker::start(target, &folder, results, process);
    }
    for mut worker in workers {
        while worker.runs() {
            assert!(begun.elapsed().as_secs() < PATIENCE, "the workers hang");
            thread::sleep(Duration::from_millis(5));
        }
        assert!(worker.succeeded(), "a worker failed; its words are above");
    }
    let seconds = begun.elapsed().as_secs_f64();

    let found = shelf.recover(&mut *register, &who()).unwrap();
    assert!(
        found.waiting.is_empty() && found.completed.is_empty(),
        "{found:?}"
    );
    assert!(found.foreign.is_empty(), "{found:?}");
    let checked = shelf.check(&mut *register, None).unwrap();
    assert_eq!(checked.faults, []);
    assert_eq!(
        (checked.issued, checked.files, checked.reserved, checked.void),
        (issues as u64, issues as u64, 0, 0)
    );
    // Counted here once more, without the library's own check.
    let entries = all(&mut *register);
    let numbers: BTreeSet<u32> = entries.iter().map(Entry::number).collect();
    assert_eq!(numbers, (1..=results as u32).collect(), "gap or double");
    let keys: BTreeSet<String> = entries.iter().map(|entry| entry.key().to_owned()).collect();
    let asked = (0..results)
        .map(key)
        .chain((0..results).step_by(REISSUED).map(again));
    assert_eq!(keys, asked.collect());
    let given: BTreeSet<u32> = entries
        .iter()
        .filter_map(|entry| Some(entry.status()?.index()))
        .collect();
    assert_eq!(given.len(), results, "a place was given twice");
    for entry in &entries {
        let bytes = fs::read(shelf.path(entry.identifier())).unwrap();
        assert_eq!(bytes, file(entry).unwrap(), "the file of another request");
    }
    let aside = fs::read_dir(folder.join("set-aside")).unwrap().count();
    println!(
        "{name}: {issues} issues, {PROCESSES} x {THREADS} threads, {KILLS} kills, {seconds:.1} s, {:.0} issues/s; {aside} unfinished files set aside",
        issues as f64 / seconds
    );
}

/// A process that issues, and says so in one character each.
struct Worker {
    child: Child,
    reader: Option<thread::JoinHandle<()>>,
    ticks: std::sync::Arc<AtomicUsize>,
}

impl Worker {
    fn start(target: &str, folder: &Path, results: usize, process: usize) -> Self {
        let program: PathBuf = std::env::current_exe().unwrap();
        let mut child = Command::new(program)
            .args(["crash::worker", "--exact", "--ignored", "--nocapture"])
            .env("REGISTER_TARGET", target)
            .env("REGISTER_FOLDER", folder)
            .env("REGISTER_RESULTS", results.to_string())
            .env("REGISTER_PROCESS", process.to_string())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut pipe = child.stderr.take().unwrap();
        let ticks = std::sync::Arc::new(AtomicUsize::new(0));
        let counter = ticks.clone();
        let reader = thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(length @ 1..) = pipe.read(&mut buffer) {
                let read = &buffer[..length];
                counter.fetch_add(
                    read.iter().filter(|byte| **byte == TICK).count(),
                    Ordering::Relaxed,
                );
                let words: Vec<u8> = read.iter().copied().filter(|byte| *byte != TICK).collect();
                let _ = std::io::stderr().write_all(&words);
            }
        });
        Self {
            child,
            reader: Some(reader),
            ticks,
        }
    }

    fn ticks(&self) -> usize {
        self.ticks.load(Ordering::Relaxed)
    }

    fn runs(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    /// SIGKILL: nothing of it runs any more.
    fn kill(&mut self) {
        let _ = self.child.kill();
        self.child.wait().unwrap();
    }

    fn succeeded(&mut self) -> bool {
        self.child.wait().unwrap().success()
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.kill();
        if let Some(reader) = self.reader.take() {
            let _ = reader.join();
        }
    }
}

/// A byte that no message has.
const TICK: u8 = 7;

fn tick() {
    // Past the capture of the test harness.
    let _ = std::io::stderr().write_all(&[TICK]);
}

fn open(target: &str) -> Box<dyn Register + Send> {
    if target.starts_with("host=") {
        Box::new(PostgresRegister::connect(target).unwrap())
    } else {
        Box::new(SqliteRegister::open(target).unwrap())
    }
}

#[expect(clippy::unnecessary_wraps, reason = "as `issue` calls it")]
fn file(entry: &Entry) -> Result<Vec<u8>, Infallible> {
    let line = format!("{} {}\n", entry.identifier(), entry.key());
    Ok(line.repeat(40).into_bytes())
}

fn key(number: usize) -> String {
    format!("办件 {number}")
}

fn again(number: usize) -> String {
    format!("办件 {number} 换发")
}

fn places(results: usize) -> u32 {
    results as u32 * 2
}

fn random() -> usize {
    let mut bytes = [0; 4];
    SystemRandom::new().fill(&mut bytes).unwrap();
    u32::from_be_bytes(bytes) as usize
}
