//! Mutation testing with one build: every mutant that cargo-mutants lists becomes a switch, `if crate::mutant::on(17) { MUTANT }
//! else { ORIGINAL }`, in a copy of the crate, and a run of the tests turns one of them on (mutant schemata, Untch 1993).
//!
//! A first run notes which test reaches which switch, so that a mutant is asked of those tests alone. `scripts/mutants` starts it.

mod build;
mod rewrite;
mod run;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde::Deserialize;

/// One row of `cargo mutants --list --json`.
#[derive(Deserialize)]
pub struct Mutant {
    file: String,
    /// `FILE:LINE:COLUMN: WHAT`
    name: String,
    genre: String,
    replacement: String,
    span: Span,
    /// File, what is changed and the line where it stands: does not move with the lines above.
    #[serde(skip)]
    key: String,
}

#[derive(Deserialize)]
struct Span {
    start: Position,
}

#[derive(Deserialize)]
struct Position {
    line: usize,
    column: usize,
}

/// What became of a mutant.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Fate {
    Caught,
    /// The tests took far longer than without.
    Hung,
    /// It does not compile.
    Unviable,
    /// It stands where no switch can: `impl Trait` results and the like, or in a chain with `let`.
    Fixed,
    Missed,
    /// No test comes by.
    Unreached,
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [root, list, equivalent, tests, only @ ..] = arguments.as_slice() else {
        eprintln!("schemata ROOT LIST EQUIVALENT TESTS [SUBSTRING..|--survivors]");
        std::process::exit(2);
    };
    let root = PathBuf::from(root);
    let work = root.join("target/mutants");
    let results = work.join("results.tsv");
    let mut mutants: Vec<Mutant> =
        serde_json::from_str(&std::fs::read_to_string(list).expect("the list")).expect("the list is JSON");
    name_keys(&root, &mut mutants);
    let known = equivalents(&std::fs::read_to_string(equivalent).unwrap_or_default());
    let before = earlier(&results);
    // In the order of the arguments.
    let rank = |number: usize| {
        let mutant = &mutants[number];
        let survived = || {
            matches!(
                before.get(&mutant.key),
                None | Some(Fate::Missed | Fate::Unreached)
            )
        };
        let named = |only: &String| match only.as_str() {
            "--survivors" => survived(),
            text => mutant.name.contains(text),
        };
        if only.is_empty() {
            return Some(0);
        }
        only.iter().position(named)
    };
    let mut wanted: Vec<usize> = (0..mutants.len())
        .filter(|number| rank(*number).is_some())
        .collect();
    wanted.sort_by_key(|number| rank(*number));
    println!("{} of {} mutants", wanted.len(), mutants.len());

    let tests: Vec<&str> = tests.split_whitespace().collect();
    let built = build::build(&root, &work, &mutants, &wanted, &tests);
    let order: Vec<usize> = wanted
        .iter()
        .copied()
        .filter(|number| built.switched.contains(number))
        .collect();
    // Kept as they come in, in case the run is broken off.
    let mut all = before.clone();
    let mut keep = |number: usize, fate: Fate| {
        all.insert(mutants[number].key.clone(), fate);
        write_results(&results, &mutants, &all);
    };
    let mut fates = run::run(&work, &mutants, &built, &order, &mut keep);
    for number in &wanted {
        if built.unviable.contains(number) {
            fates.insert(*number, Fate::Unviable);
        } else if !built.switched.contains(number) {
            fates.insert(*number, Fate::Fixed);
        }
    }
    for (number, fate) in &fates {
        all.insert(mutants[*number].key.clone(), *fate);
    }
    write_results(&results, &mutants, &all);
    std::process::exit(i32::from(!report(&mutants, &fates, &all, &known)));
}

fn write_results(path: &Path, mutants: &[Mutant], all: &BTreeMap<String, Fate>) {
    let listed = mutants.iter().map(|mutant| mutant.key.as_str());
    let listed: BTreeSet<&str> = listed.collect();
    let lines: String = all
        .iter()
        .filter(|(key, _)| listed.contains(key.as_str()))
        .map(|(key, fate)| format!("{fate:?}\t{}\n", key.replace('\n', "\t")))
        .collect();
    std::fs::write(path, lines).expect("the results");
}

fn name_keys(root: &Path, mutants: &mut [Mutant]) {
    let mut sources: BTreeMap<String, String> = BTreeMap::new();
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for mutant in mutants {
        let source = sources
            .entry(mutant.file.clone())
            .or_insert_with(|| std::fs::read_to_string(root.join(&mutant.file)).expect("a source file"));
        let what = mutant
            .name
            .splitn(4, ':')
            .nth(3)
            .expect("a name with a place")
            .trim();
        let line = source
            .lines()
            .nth(mutant.span.start.line - 1)
            .expect("the line")
            .trim();
        let key = format!("{}: {what}\n{line}", mutant.file);
        let count = seen.entry(key.clone()).or_default();
        *count += 1;
        mutant.key = match *count {
            1 => key,
            count => format!("{}: {what} ({count})\n{line}", mutant.file),
        };
    }
}

/// The mutants that change nothing, each with its reason: blocks of file and change, line, and reason after `#`.
fn equivalents(text: &str) -> BTreeMap<String, String> {
    let mut known = BTreeMap::new();
    for block in text.split("\n\n") {
        let lines: Vec<&str> = block
            .lines()
            .map(str::trim)
            .filter(|line| !line.is_empty() && !line.starts_with("##"))
            .collect();
        if let [what, line, reason @ ..] = lines.as_slice() {
            let reason = reason.join(" ");
            assert!(reason.starts_with("# "), "a reason for {what}");
            known.insert(format!("{what}\n{line}"), reason);
        }
    }
    known
}

fn earlier(path: &Path) -> BTreeMap<String, Fate> {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    let line = |line: &str| {
        let mut columns = line.splitn(3, '\t');
        let fate = match columns.next()? {
            "Caught" => Fate::Caught,
            "Hung" => Fate::Hung,
            "Unviable" => Fate::Unviable,
            "Fixed" => Fate::Fixed,
            "Missed" => Fate::Missed,
            _ => Fate::Unreached,
        };
        Some((format!("{}\n{}", columns.next()?, columns.next()?), fate))
    };
    text.lines().filter_map(line).collect()
}

/// Prints the table of all that is known; says whether all is well with the mutants asked now.
fn report(
    mutants: &[Mutant],
    fates: &BTreeMap<usize, Fate>,
    all: &BTreeMap<String, Fate>,
    known: &BTreeMap<String, String>,
) -> bool {
    let mut table: BTreeMap<&str, [usize; 7]> = BTreeMap::new();
    for mutant in mutants {
        let row = table.entry(&mutant.file).or_default();
        let column = match all.get(&mutant.key) {
            Some(Fate::Caught) => 1,
            Some(Fate::Hung) => 2,
            Some(Fate::Unviable) => 3,
            Some(Fate::Fixed) => 4,
            Some(_) if known.contains_key(&mutant.key) => 5,
            Some(_) => 6,
            None => continue,
        };
        row[0] += 1;
        row[column] += 1;
    }
    let heads = [
        "tried",
        "caught",
        "hung",
        "unviable",
        "fixed",
        "equivalent",
        "survived",
    ];
    println!("{}  file", heads.join("  "));
    let mut sum = [0; 7];
    let print = |row: &[usize; 7], name: &str| {
        for (head, count) in heads.iter().zip(row) {
            print!("{count:>width$}  ", width = head.len());
        }
        println!("{name}");
    };
    for (file, row) in &table {
        print(row, file);
        for (total, count) in sum.iter_mut().zip(row) {
            *total += count;
        }
    }
    print(&sum, "in all");
    let mut well = true;
    for (number, fate) in fates {
        let mutant = &mutants[*number];
        let survived = matches!(fate, Fate::Missed | Fate::Unreached);
        match (survived, known.contains_key(&mutant.key)) {
            (true, false) => {
                well = false;
                println!(
                    "{fate:?}: {}\n    {}",
                    mutant.name,
                    mutant.key.lines().last().unwrap_or_default()
                );
            }
            (false, true) => {
                well = false;
                println!("{fate:?}, and listed as equivalent: {}", mutant.name);
            }
            _ if *fate == Fate::Fixed => println!("no switch: {}", mutant.name),
            _ => {}
        }
    }
    let listed: BTreeSet<&str> = mutants.iter().map(|mutant| mutant.key.as_str()).collect();
    for key in known.keys().filter(|key| !listed.contains(key.as_str())) {
        well = false;
        println!(
            "listed as equivalent, and is no mutant: {}",
            key.replace('\n', " | ")
        );
    }
    well
}
