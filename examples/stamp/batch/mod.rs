//! `stamp batch`: a list of results, composed, coded and sealed in parallel. Over the register: [`over`].

mod journal;
mod over;
mod report;
mod rows;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use yinxin::Draft;
use yinxin::compose::PreparedTemplate;
use yinxin::payload::Payload;
use yinxin::pki::{Certificate, Signer as _};
use yinxin::record::Record;

use crate::cli::{self, Carrier};
use crate::files::{self, Fault, Named as _, Outputs, fault};
use crate::issue::{self, Issued, Way, read_record};
use crate::output::say;
use crate::pictures::Folder;
use crate::sealing::Sealer;
use crate::table::Progress;
use journal::{Journal, hex_digest};
use report::Trouble;

/// What is wrong with the rows that were not issued.
const REPORT: &str = "report.csv";

/// Status 0 if every row was issued, 1 if some were not.
pub fn run(options: &cli::Batch) -> Result<u8, Fault> {
    if options.register.register.is_some() {
        return over::run(options);
    }
    let begun = Instant::now();
    let base = options.base.as_deref().map(read_record).transpose()?;
    let pictures = Folder::open(options.look.pictures.as_deref())?;
    let (list, rows) = rows::read(&options.list, base.as_ref(), &pictures, false)?;
    let template = issue::template(&options.template, &options.look)?;
    let mut sealer = sealer(options)?;
    let folder = options.out.as_path();
    let inputs = identity(
        options,
        sealer.signer.chain(),
        &template,
        &list,
        base.as_ref(),
        &pictures,
    )?;
    let mut journal = Journal::open(folder, &inputs, options.seal.at)?;
    // What is printed of a result has the name of its file.
    let is_folder = |path: &PathBuf| path.canonicalize().ok() == folder.canonicalize().ok();
    if options.print.as_ref().is_some_and(is_folder) {
        return Err(fault!(
            "{}: is the folder of --out, and the files would replace each other; name another one for --print",
            folder.display()
        ));
    }
    sealer.at = journal.at;
    sweep(folder)?;

    let (jobs, mut troubles) = sorted(rows);
    let all = jobs.len() + troubles.len();
    let names: Vec<String> = jobs.iter().map(Job::file).collect();
    let open: Vec<&Job> = jobs
        .iter()
        .filter(|job| !journal.has(folder, &job.file()))
        .collect();
    let earlier = jobs.len() - open.len();
    let maker = Maker::new(options, &template, &sealer, &pictures);
    let threads = threads(options);
    let mut progress = Progress::new(open.len());
    let make = |(): &mut (), job: &Job| maker.make(job, folder);
    each(
        &open,
        threads,
        || Ok(()),
        make,
        |job, done| {
            match done {
                Ok(digest) => journal.note(&job.file(), &digest)?,
                Err(trouble) => {
                    progress.line(&format!("row {}: {trouble}", job.row));
                    troubles.push((job.row, job.record.number().to_owned(), trouble));
                }
            }
            progress.count();
            Ok(())
        },
    )?;
    progress.finish();

    troubles.sort_by_key(|(row, ..)| *row);
    let outputs = Outputs::default();
    let report = folder.join(REPORT);
    report::write(&outputs, &report, &troubles)?;
    if let Some(archive) = &options.archive {
        // A row that failed has no file.
        let files = names.into_iter().map(|name| (folder.join(&name), name));
        let files = files.filter(|(path, _)| path.exists());
        pack(
            &outputs,
            archive,
            files.chain([(report.clone(), REPORT.to_owned())]),
        )?;
    }
    let issued = all - troubles.len();
    say!("issued {issued} of {all} into {}", folder.display());
    if earlier > 0 {
        say!("{earlier} of them were finished by an earlier run");
    }
    if !troubles.is_empty() {
        say!("what is wrong with the others stands in {}", report.display());
    }
    maker.spent.tell(open.len(), threads, begun.elapsed());
    Ok(u8::from(!troubles.is_empty()))
}

/// A row that can be issued.
struct Job {
    row: usize,
    record: Record,
}

impl Job {
    /// The file's name: rows are in their order, and the serial number finds the one asked for.
    fn file(&self) -> String {
        format!("{:06}-{}.pdf", self.row, self.record.identifier().serial())
    }
}

/// The rows that can be issued, and what is wrong with the others. An identifier that comes twice would be two certificates
/// of one name.
fn sorted(rows: Vec<rows::Row>) -> (Vec<Job>, Vec<(usize, String, Trouble)>) {
    let (mut jobs, mut troubles) = (Vec::new(), Vec::new());
    let mut seen = BTreeMap::new();
    for rows::Row {
        row, number, record, ..
    } in rows
    {
        let record = match record {
            Ok(record) => record,
            Err(trouble) => {
                troubles.push((row, number, trouble));
                continue;
            }
        };
        let first = *seen.entry(record.identifier().to_string()).or_insert(row);
        if first == row {
            jobs.push(Job { row, record });
        } else {
            let trouble = Trouble {
                member: "identifier".to_owned(),
                error: format!("the same as in row {first}"),
                remedy: "give every result an identifier or serial number of its own".to_owned(),
            };
            troubles.push((row, number, trouble));
        }
    }
    (jobs, troubles)
}

/// What is the same for all rows.
struct Maker<'m> {
    options: &'m cli::Batch,
    template: &'m PreparedTemplate,
    sealer: &'m Sealer,
    pictures: &'m Folder,
    spent: Spent,
}

/// The key, and codes that are drawn somewhere.
fn sealer(options: &cli::Batch) -> Result<Sealer, Fault> {
    let shown = (options.code.is_some(), options.print.is_some());
    issue::sealer_for(&options.seal, options.carrier, shown)
}

/// How many to make at a time.
fn threads(options: &cli::Batch) -> usize {
    match options.threads {
        Some(threads) => threads.get(),
        None => std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
    }
}

/// Does `work` for every job in some thread, and tells of each as it is done; `start` gives each thread what it works with.
fn each<'j, J: Sync, S, T: Send>(
    jobs: &[&'j J],
    threads: usize,
    start: impl Fn() -> Result<S, Fault> + Sync,
    work: impl Fn(&mut S, &'j J) -> T + Sync,
    mut tell: impl FnMut(&'j J, T) -> Result<(), Fault>,
) -> Result<(), Fault> {
    let next = AtomicUsize::new(0);
    let (sender, receiver) = mpsc::sync_channel(64);
    std::thread::scope(|scope| {
        for _ in 0..threads.min(jobs.len()) {
            let (sender, next, start, work) = (sender.clone(), &next, &start, &work);
            scope.spawn(move || {
                let mut own = match start() {
                    Ok(own) => own,
                    Err(fault) => {
                        let _ = sender.send(Err(fault));
                        return;
                    }
                };
                while let Some(&job) = jobs.get(next.fetch_add(1, Ordering::Relaxed)) {
                    // Nobody listens any more after a fault.
                    if sender.send(Ok((job, work(&mut own, job)))).is_err() {
                        return;
                    }
                }
            });
        }
        drop(sender);
        for done in receiver {
            let (job, done) = done?;
            tell(job, done)?;
        }
        Ok(())
    })
}

impl<'m> Maker<'m> {
    fn new(
        options: &'m cli::Batch,
        template: &'m PreparedTemplate,
        sealer: &'m Sealer,
        pictures: &'m Folder,
    ) -> Self {
        Self {
            options,
            template,
            sealer,
            pictures,
            spent: Spent::default(),
        }
    }

    /// Makes the file of one row; its digest.
    fn make(&self, job: &Job, folder: &Path) -> Result<String, Trouble> {
        let draft = self.compose(&job.record)?;
        let bytes = self.seal(&job.file(), &job.record, &draft, Payload::of(&job.record))?;
        let clock = Instant::now();
        let digest = hex_digest(&bytes);
        let path = folder.join(job.file());
        let written = Outputs::default().begin(&path).and_then(|mut output| {
            output.write(&bytes)?;
            output.finish_unsynced()
        });
        written.map_err(|fault| Trouble::split("file", &fault))?;
        self.spent.writing.add(clock);
        Ok(digest)
    }

    fn compose(&self, record: &Record) -> Result<Draft, Trouble> {
        let clock = Instant::now();
        let pictures = self
            .pictures
            .of(record)
            .map_err(|fault| Trouble::split("pictures", &fault))?;
        let draft = self.template.compose_with(record, &pictures);
        let draft = draft.map_err(|error| Trouble::of_composing(&error))?;
        self.spent.composing.add(clock);
        Ok(draft)
    }

    /// Seals, and writes what is shown beside the file, which will have this name: whoever finds the file finds its code.
    fn seal(&self, name: &str, record: &Record, draft: &Draft, claims: Payload) -> Result<Vec<u8>, Trouble> {
        let clock = Instant::now();
        let options = self.options;
        let claims = match options.holder_proof && options.carrier != Carrier::Whole {
            true => claims
                .with_holder_proof(record.holder())
                .map_err(|error| Trouble::split("code", &error.to_string()))?,
            false => claims,
        };
        let way = Way {
            carrier: options.carrier,
            riding_seam: false,
            print: options.print.is_some(),
        };
        let issued = issue::make((name, record), draft, claims, (self.template, self.sealer), way);
        let issued = issued.map_err(|fault| Trouble::split("seal", &fault))?;
        self.show(name, &issued)
            .map_err(|fault| Trouble::split("file", &fault))?;
        self.spent.sealing.add(clock);
        Ok(issued.pdf)
    }

    fn show(&self, name: &str, issued: &Issued) -> Result<(), Fault> {
        let outputs = Outputs::default();
        if let (Some(folder), Some(copy)) = (&self.options.print, &issued.print) {
            outputs.write(&folder.join(name), copy)?;
        }
        let Some(folder) = &self.options.code else {
            return Ok(());
        };
        let picture = |kind: &str| folder.join(Path::new(name).with_extension(kind));
        let (svg, png) = (picture("svg"), picture("png"));
        issue::draw(&outputs, issued.symbol.as_ref(), (Some(&svg), Some(&png)))
    }
}

/// Where the time of all threads went.
#[derive(Default)]
struct Spent {
    composing: Stage,
    sealing: Stage,
    writing: Stage,
}

#[derive(Default)]
struct Stage(AtomicU64);

impl Stage {
    /// Adds the time since `since`; the time now.
    fn add(&self, since: Instant) -> Instant {
        let now = Instant::now();
        let spent = u64::try_from((now - since).as_nanos()).unwrap_or(u64::MAX);
        self.0.fetch_add(spent, Ordering::Relaxed);
        now
    }

    fn milliseconds_each(&self, count: usize) -> f64 {
        Duration::from_nanos(self.0.load(Ordering::Relaxed)).as_secs_f64() * 1000.0 / count as f64
    }
}

impl Spent {
    fn tell(&self, count: usize, threads: usize, all: Duration) {
        if count == 0 {
            return;
        }
        say!(
            "{count} made in {:.1} s by {threads} threads: {:.0} a second; each took {:.2} ms to compose, {:.2} to code and seal, {:.2} to write",
            all.as_secs_f64(),
            count as f64 / all.as_secs_f64(),
            self.composing.milliseconds_each(count),
            self.sealing.milliseconds_each(count),
            self.writing.milliseconds_each(count),
        );
    }
}

/// A digest over everything that decides the results, but the key: a run that goes on has the same.
fn identity(
    options: &cli::Batch,
    chain: &[Certificate],
    template: &PreparedTemplate,
    list: &[u8],
    base: Option<&Record>,
    pictures: &Folder,
) -> Result<String, Fault> {
    let mut bytes = hex_digest(list).into_bytes();
    if let Some(base) = base {
        bytes.extend(base.to_cbor());
    }
    bytes.extend(pictures.identity());
    bytes.extend(template.template().hash());
    bytes.extend(hex_digest(&files::read(&options.seal.seal, files::SMALL)?).into_bytes());
    for certificate in chain {
        bytes.extend(certificate.sha256());
    }
    let (seal, language) = (&options.seal, &options.look.language);
    for font in &options.look.font {
        bytes.extend_from_slice(font.as_bytes());
        bytes.push(0);
    }
    bytes.extend(format!("{:?} {:?} {language:?}", seal.url, seal.pss).into_bytes());
    bytes.push(u8::from(options.holder_proof));
    if options.carrier != Carrier::Reference {
        bytes.extend(format!("{:?}", options.carrier).into_bytes());
    }
    // Rows that were done without them have no codes and no prints.
    if options.code.is_some() || options.print.is_some() {
        bytes.extend([
            u8::from(options.code.is_some()),
            u8::from(options.print.is_some()),
        ]);
    }
    Ok(hex_digest(&bytes))
}

/// Removes what an interrupted run was writing.
fn sweep(folder: &Path) -> Result<(), Fault> {
    let entries = std::fs::read_dir(folder).named(folder.display())?;
    for entry in entries {
        let name = entry.named(folder.display())?.file_name();
        let name = name.to_string_lossy();
        let ours = name.starts_with('.') && name.ends_with(".tmp") && name.contains(".pdf.");
        if ours {
            let path = folder.join(&*name);
            std::fs::remove_file(&path).map_err(|e| fault!("{}: cannot be removed: {e}", path.display()))?;
        }
    }
    Ok(())
}

/// Packs the results, in the order of the rows, and what is told of them. They are compressed already; no time is noted, so that the
/// same files give the same archive.
fn pack(
    outputs: &Outputs,
    archive: &Path,
    files: impl Iterator<Item = (PathBuf, String)>,
) -> Result<(), Fault> {
    let name = archive.display();
    let output = outputs.begin(archive)?;
    let mut zip = zip::ZipWriter::new(output.file());
    let options = zip::write::SimpleFileOptions::default()
        .compression_method(zip::CompressionMethod::Stored)
        .last_modified_time(zip::DateTime::default());
    for (path, file) in files {
        zip.start_file(file.as_str(), options).named(&name)?;
        let bytes = files::read(&path, files::LARGE)?;
        std::io::Write::write_all(&mut zip, &bytes).named(&name)?;
    }
    zip.finish().named(&name)?;
    output.finish()
}
