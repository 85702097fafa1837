//! Which test reaches which switch, and what the tests say with one on.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use crate::build::Built;
use crate::{Fate, Mutant};

/// A test that takes more time of a processor is not asked.
const SLOW: Duration = Duration::from_secs(10);

/// How much longer than without a switch a test may take.
const PATIENCE: u32 = 10;

/// How much longer it may take by the clock, on a machine that does other things.
const WAIT: u32 = 20;

struct Test {
    program: PathBuf,
    name: String,
    took: Duration,
    reaches: BTreeSet<usize>,
}

pub fn run(
    work: &Path,
    mutants: &[Mutant],
    built: &Built,
    numbers: &[usize],
    keep: &mut (dyn FnMut(usize, Fate) + Send),
) -> BTreeMap<usize, Fate> {
    let jobs: usize = std::env::var("JOBS")
        .ok()
        .and_then(|n| n.parse().ok())
        .unwrap_or(1);
    let tests = record(work, built, jobs);
    let next = AtomicUsize::new(0);
    let fates: Mutex<BTreeMap<usize, Fate>> = Mutex::default();
    let keep = Mutex::new(keep);
    // Tests that caught something in a file come first for the next in it.
    let catchers: Mutex<BTreeMap<String, Vec<usize>>> = Mutex::default();
    let start = Instant::now();
    std::thread::scope(|scope| {
        for _ in 0..jobs {
            scope.spawn(|| {
                while let Some(number) = numbers.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let file = &mutants[*number].file;
                    let good = catchers.lock().unwrap().get(file).cloned().unwrap_or_default();
                    let (fate, catcher) = ask(*number, &tests, &good, &built.tree);
                    if let Some(catcher) = catcher {
                        let mut catchers = catchers.lock().unwrap();
                        let list = catchers.entry(file.clone()).or_default();
                        list.retain(|known| *known != catcher);
                        list.insert(0, catcher);
                        list.truncate(4);
                    }
                    let mut fates = fates.lock().unwrap();
                    fates.insert(*number, fate);
                    keep.lock().unwrap()(*number, fate);
                    let by = catcher
                        .map(|index| tests[index].name.as_str())
                        .unwrap_or_default();
                    println!(
                        "{}/{} {:.0} s {fate:?} {} {by}",
                        fates.len(),
                        numbers.len(),
                        start.elapsed().as_secs_f64(),
                        mutants[*number].name
                    );
                }
            });
        }
    });
    fates.into_inner().unwrap()
}

fn ask(number: usize, tests: &[Test], good: &[usize], tree: &Path) -> (Fate, Option<usize>) {
    let reach: Vec<usize> = (0..tests.len())
        .filter(|index| tests[*index].reaches.contains(&number))
        .collect();
    if reach.is_empty() {
        return (Fate::Unreached, None);
    }
    // First those that are quick to ask, `tests` being sorted so; those that were good lately before.
    let mut order: Vec<usize> = good
        .iter()
        .copied()
        .filter(|index| reach.contains(index))
        .collect();
    order.extend(reach.iter().copied().filter(|index| !good.contains(index)));
    for index in order {
        let test = &tests[index];
        let patience = test.took * PATIENCE + Duration::from_secs(2);
        match start(test, tree, ("YINXIN_MUTANT", &number.to_string()), patience).0 {
            Some(true) => {}
            Some(false) => return (Fate::Caught, Some(index)),
            None => return (Fate::Hung, Some(index)),
        }
    }
    (Fate::Missed, None)
}

/// Whether the test passed, and what it took of a processor; `None` if that was more than `patience`.
fn start(test: &Test, tree: &Path, variable: (&str, &str), patience: Duration) -> (Option<bool>, Duration) {
    // A mutant that allocates without end shall end itself, not the machine.
    let mut child = Command::new("sh")
        .args(["-c", "ulimit -v 16000000; exec \"$0\" \"$@\""])
        .arg(&test.program)
        .args(["--exact", &test.name, "--test-threads=1"])
        .env(variable.0, variable.1)
        .env_remove("RUST_BACKTRACE")
        .current_dir(tree)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("a test program");
    let began = Instant::now();
    let mut pause = Duration::from_millis(1);
    let mut took = Duration::ZERO;
    loop {
        if let Some(status) = child.try_wait().expect("the state of a test") {
            return (Some(status.success()), took);
        }
        took = used(child.id()).unwrap_or(took);
        if took > patience || began.elapsed() > patience * WAIT {
            let _ = child.kill();
            let _ = child.wait();
            return (None, took);
        }
        std::thread::sleep(pause);
        pause = (pause * 2).min(Duration::from_millis(20));
    }
}

/// The processor time of a running process and of those it has waited for: the fields 14 to 17 of /proc/PID/stat, in
/// hundredths of a second.
fn used(process: u32) -> Option<Duration> {
    let text = std::fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    // The name in brackets may hold spaces.
    let fields = text.rsplit_once(')')?.1.split_whitespace();
    let ticks: u64 = fields
        .skip(11)
        .take(4)
        .filter_map(|field| field.parse::<u64>().ok())
        .sum();
    Some(Duration::from_millis(ticks * 10))
}

/// Runs every test by itself, all switches off; sorted by time.
fn record(work: &Path, built: &Built, jobs: usize) -> Vec<Test> {
    let mut all = vec![];
    for (target, program) in &built.programs {
        let out = Command::new(program)
            .args(["--list", "--format", "terse"])
            .current_dir(&built.tree)
            .output()
            .expect("the tests of a program");
        for line in String::from_utf8_lossy(&out.stdout).lines() {
            if let Some(name) = line.strip_suffix(": test") {
                all.push((target.clone(), program.clone(), name.to_owned()));
            }
        }
    }
    println!("{} tests", all.len());
    let next = AtomicUsize::new(0);
    let found: Mutex<Vec<Test>> = Mutex::default();
    let began = Instant::now();
    std::thread::scope(|scope| {
        for job in 0..jobs {
            let (all, next, found) = (&all, &next, &found);
            scope.spawn(move || {
                let file = work.join(format!("reached-{job}.txt"));
                while let Some((target, program, name)) = all.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let _ = std::fs::remove_file(&file);
                    let mut test = Test {
                        program: program.clone(),
                        name: name.clone(),
                        took: Duration::ZERO,
                        reaches: BTreeSet::new(),
                    };
                    let path = file.to_string_lossy().into_owned();
                    let (passed, took) = start(&test, &built.tree, ("YINXIN_MUTANT_RECORD", &path), SLOW);
                    test.took = took;
                    match passed {
                        Some(true) => {}
                        Some(false) => {
                            println!("fails without a mutant, not asked: {target} {name}");
                            continue;
                        }
                        None => {
                            println!("too slow, not asked: {target} {name}");
                            continue;
                        }
                    }
                    let reached = std::fs::read_to_string(&file).unwrap_or_default();
                    test.reaches = reached.lines().filter_map(|line| line.parse().ok()).collect();
                    if !test.reaches.is_empty() {
                        found.lock().unwrap().push(test);
                    }
                }
            });
        }
    });
    let mut found = found.into_inner().unwrap();
    found.sort_by_key(|test| test.took);
    println!(
        "{} tests reach a mutant, told in {:.0} s",
        found.len(),
        began.elapsed().as_secs_f64()
    );
    found
}
