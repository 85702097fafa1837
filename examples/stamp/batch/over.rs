//! `stamp batch --register`: the register gives identifiers in the order of the list, and knows how far a run came.
//!
//! Three passes: every row is tried, so that nothing is reserved for what cannot be made; identifiers are reserved one after the other;
//! the files are made in parallel. A run that was stopped in any of them is repeated as it was.

use std::collections::BTreeMap;
use std::num::NonZero;

use super::report::{self, Trouble};
use super::{Maker, REPORT, each, pack, rows, threads};
use crate::asked::{Asked, REQUEST};
use crate::cli;
use crate::files::{self, Fault, Outputs, fault};
use crate::issue::{self, read_record};
use crate::output::say;
use crate::pictures::Folder;
use crate::register::{Failed, Filed, Office};
use crate::table::Progress;

/// What was issued: which file came of which request.
const ISSUED: &str = "issued.csv";

/// A row that can be issued.
struct Job {
    row: usize,
    asked: Asked,
}

impl Job {
    fn number(&self) -> String {
        self.asked.draft_record().number().to_owned()
    }
}

/// What is wrong with which row.
type Troubles = Vec<(usize, String, Trouble)>;

/// Status 0 if every row is issued, 1 if some are not.
pub fn run(options: &cli::Batch) -> Result<u8, Fault> {
    let begun = std::time::Instant::now();
    let base = options.base.as_deref().map(read_record).transpose()?;
    let pictures = Folder::open(options.look.pictures.as_deref())?;
    let (_, rows) = rows::read(&options.list, base.as_ref(), &pictures, true)?;
    let template = issue::template(&options.template, &options.look)?;
    let sealer = super::sealer(options)?;
    let Some(office) = Office::open(&options.register, sealer.at)? else {
        return Err(fault!("--register: name the register"));
    };
    let mut desk = office.desk()?;
    desk.recover()?;

    let places = options.register.status_places.map(NonZero::get);
    let list = options.status_list.as_deref().zip(places);
    let (jobs, mut troubles) = sorted(rows, list);
    let all = jobs.len() + troubles.len();
    let maker = Maker::new(options, &template, &sealer, &pictures);
    let threads = threads(options);
    let good = try_all(&maker, &jobs, threads, &mut troubles)?;
    let mut open = Vec::new();
    for job in good {
        match desk.reserve(&job.asked) {
            Ok(_) => open.push(job),
            Err(fault) => troubles.push((job.row, job.number(), Trouble::split("", &fault))),
        }
    }

    let mut progress = Progress::new(open.len());
    let mut filed: BTreeMap<usize, (String, Filed)> = BTreeMap::new();
    let issue = |desk: &mut crate::register::Desk<'_>, job: &Job| {
        desk.issue(
            &job.asked,
            |record| maker.compose(record),
            |record, draft, claims| {
                let name = format!("{:06}-{}.pdf", job.row, record.identifier().serial());
                maker.seal(&name, record, draft, claims)
            },
        )
    };
    let start = || office.desk();
    each(&open, threads, start, issue, |job, done| {
        match done {
            Ok(done) => drop(filed.insert(job.row, (job.asked.request.key().to_owned(), done))),
            Err(failed) => {
                let trouble = match failed {
                    Failed::Make(trouble) => trouble,
                    Failed::Office(fault) => Trouble::split("", &fault),
                };
                progress.line(&format!("row {}: {trouble}", job.row));
                troubles.push((job.row, job.number(), trouble));
            }
        }
        progress.count();
        Ok(())
    })?;
    progress.finish();

    troubles.sort_by_key(|(row, ..)| *row);
    tell(options, all, &filed, &troubles)?;
    let made = filed.values().filter(|(_, filed)| filed.made).count();
    maker.spent.tell(made, threads, begun.elapsed());
    Ok(u8::from(!troubles.is_empty()))
}

/// The rows that can be asked for, and what is wrong with the others. A request that comes twice would be one certificate in two rows.
fn sorted(rows: Vec<rows::Row>, list: Option<(&str, u32)>) -> (Vec<Job>, Troubles) {
    let (mut jobs, mut troubles) = (Vec::new(), Vec::new());
    let mut seen = BTreeMap::new();
    for rows::Row {
        row,
        number,
        record,
        beside,
    } in rows
    {
        let asked = record
            .and_then(|record| Asked::new(record, &beside, list).map_err(|fault| Trouble::split("", &fault)));
        let asked =
            asked.and_then(
                |asked| match *seen.entry(asked.request.key().to_owned()).or_insert(row) {
                    first if first == row => Ok(asked),
                    first => Err(Trouble {
                        member: REQUEST.to_owned(),
                        error: format!("the same as in row {first}"),
                        remedy: "give every result the number of its own application".to_owned(),
                    }),
                },
            );
        match asked {
            Ok(asked) => jobs.push(Job { row, asked }),
            Err(trouble) => troubles.push((row, number, trouble)),
        }
    }
    (jobs, troubles)
}

/// Composes every row as it was given; those that can be made, in the order of the list.
fn try_all<'j>(
    maker: &Maker<'_>,
    jobs: &'j [Job],
    threads: usize,
    troubles: &mut Troubles,
) -> Result<Vec<&'j Job>, Fault> {
    let all: Vec<&Job> = jobs.iter().collect();
    let mut good = BTreeMap::new();
    let attempt = |(): &mut (), job: &Job| maker.compose(job.asked.draft_record()).map(drop);
    each(
        &all,
        threads,
        || Ok(()),
        attempt,
        |job, tried| {
            match tried {
                Ok(()) => drop(good.insert(job.row, job)),
                Err(trouble) => troubles.push((job.row, job.number(), trouble)),
            }
            Ok(())
        },
    )?;
    Ok(good.into_values().collect())
}

/// Writes what was issued and what was not, and says how many.
fn tell(
    options: &cli::Batch,
    all: usize,
    filed: &BTreeMap<usize, (String, Filed)>,
    troubles: &Troubles,
) -> Result<(), Fault> {
    let outputs = Outputs::sparing([options.list.as_path()]);
    let (issued, report) = (options.out.join(ISSUED), options.out.join(REPORT));
    let heads = ["row", "request", "identifier", "file", "sha256"];
    let rows = filed.iter().map(|(row, (request, Filed { entry, path, .. }))| {
        [
            row.to_string(),
            request.clone(),
            entry.identifier().to_string(),
            path.display().to_string(),
            entry
                .digest()
                .map_or_else(String::new, |digest| files::hex(digest)),
        ]
    });
    report::table(&outputs, &issued, heads, rows)?;
    report::write(&outputs, &report, troubles)?;
    if let Some(archive) = &options.archive {
        let files = filed.iter().map(|(row, (_, filed))| {
            let name = format!("{row:06}-{}.pdf", filed.entry.identifier().serial());
            (filed.path.clone(), name)
        });
        let told = [
            (issued.clone(), ISSUED.to_owned()),
            (report.clone(), REPORT.to_owned()),
        ];
        pack(&outputs, archive, files.chain(told))?;
    }
    say!(
        "issued {} of {all}; {} says which file came of which request",
        filed.len(),
        issued.display()
    );
    let earlier = filed.values().filter(|(_, filed)| !filed.made).count();
    if earlier > 0 {
        say!("{earlier} of them were issued by an earlier run");
    }
    if !troubles.is_empty() {
        say!("what is wrong with the others stands in {}", report.display());
    }
    Ok(())
}
