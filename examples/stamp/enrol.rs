//! `stamp issue --register`: results whose identifiers, numbers and places on the status list the register gives.
//!
//! The register reserves, the file is made and put on the shelf, the register notes that it is there. A run that was stopped at any
//! moment is repeated as it was; what is there already is told and not made again.

use std::path::{Path, PathBuf};

use crate::asked::{self, Asked, Beside, REPLACES, REQUEST};
use crate::cli::{self, Carrier};
use crate::files::{self, Fault, Outputs, fault};
use crate::issue::{self, Way, compose, make, set_pages, with_holder_proof};
use crate::output::say;
use crate::pictures::Folder;
use crate::register::{Desk, Failed, Office};
use crate::sealing::Sealer;
use crate::table::Progress;
use yinxin::compose::PreparedTemplate;

/// Status 0 if all are issued, 1 if some are not.
pub fn run(options: &cli::Issue) -> Result<u8, Fault> {
    if options.status_list.is_some() != options.register.status_places.is_some() {
        return Err(fault!(
            "--status-list: say how many places it has with --status-places, and the register draws one for each result"
        ));
    }
    let records = files::expand(&options.record, "json")?;
    let single = records.len() == 1 && !options.record[0].is_dir();
    if !single && (options.request.is_some() || options.replaces.is_some()) {
        return Err(fault!(
            "--request and --replaces: are of one record, but {} were given; write them into the records as members {REQUEST} and {REPLACES}",
            records.len()
        ));
    }
    let sealer = issue::sealer(options)?;
    let Some(office) = Office::open(&options.register, sealer.at)? else {
        return Err(fault!("--out: say where the sealed files go"));
    };
    let mut clerk = Clerk {
        options,
        single,
        template: issue::template(&options.template, &options.look)?,
        pictures: Folder::open(options.look.pictures.as_deref())?,
        outputs: Outputs::sparing(
            records
                .iter()
                .map(PathBuf::as_path)
                .chain(issue::options_inputs(options)),
        ),
        sealer,
        desk: office.desk()?,
    };
    clerk.desk.recover()?;
    let mut progress = Progress::new(records.len());
    let mut failed = 0;
    for path in &records {
        progress.step(&path.display().to_string());
        match clerk.issue(path) {
            Ok(said) => say!("{said}"),
            Err(fault) => {
                progress.line(&format!("failed: {}: {fault}", path.display()));
                failed += 1;
            }
        }
    }
    progress.finish();
    say!("issued {} of {} 已签发", records.len() - failed, records.len());
    Ok(u8::from(failed > 0))
}

struct Clerk<'o> {
    options: &'o cli::Issue,
    /// Pictures of codes go to the file that was named, otherwise into a folder.
    single: bool,
    template: PreparedTemplate,
    pictures: Folder,
    sealer: Sealer,
    outputs: Outputs,
    desk: Desk<'o>,
}

impl Clerk<'_> {
    /// Issues the result of one record, and says what was issued.
    fn issue(&mut self, path: &Path) -> Result<String, Fault> {
        let options = self.options;
        let (record, beside) = asked::read(&files::unmarked(files::read(path, files::SMALL)?))?;
        let beside = Beside {
            request: one(options.request.as_ref(), beside.request, REQUEST)?,
            replaces: one(options.replaces.as_ref(), beside.replaces, REPLACES)?,
            ..beside
        };
        let places = options.register.status_places.map(std::num::NonZero::get);
        let asked = Asked::new(record, &beside, options.status_list.as_deref().zip(places))?;
        // Nothing is reserved for what cannot be composed.
        compose(&self.template, asked.draft_record(), &self.pictures)?;
        let (template, pictures, sealer, outputs) =
            (&self.template, &self.pictures, &self.sealer, &self.outputs);
        let filed = self.desk.issue(
            &asked,
            |record| compose(template, record, pictures),
            |record, draft, claims| {
                let claims = with_holder_proof(claims, record, options)?;
                let name = record.identifier().as_str();
                let way = Way {
                    carrier: options.carrier,
                    riding_seam: options.riding_seam,
                    print: options.carrier == Carrier::Whole && options.print.is_some(),
                };
                let issued = make((name, record), draft, claims, (template, sealer), way)?;
                // Before the file is in its place: whoever finds the file finds its code.
                if let (Some(target), Some(copy)) = (&options.print, &issued.print) {
                    outputs.write(&printed(target, self.single, name), copy)?;
                }
                let (svg, png) = match (&options.code, self.single) {
                    (code, true) => issue::picture(code.as_ref())?,
                    (None, false) => (None, None),
                    (Some(folder), false) => (
                        Some(folder.join(format!("{name}.svg"))),
                        Some(folder.join(format!("{name}.png"))),
                    ),
                };
                issue::draw(outputs, issued.symbol.as_ref(), (svg.as_deref(), png.as_deref()))?;
                Ok(issued.pdf)
            },
        );
        let filed = filed.map_err(|failed| match failed {
            Failed::Make(fault) => fault!(
                "{fault}; its identifier stays reserved: repeat the request, or give it up with `stamp register void`"
            ),
            Failed::Office(fault) => fault,
        })?;
        let identifier = filed.entry.identifier();
        if let Some(print) = options.print.as_ref().filter(|_| options.carrier == Carrier::Set) {
            let pages = set_pages(
                &format!("{identifier}.pdf"),
                &files::read(&filed.path, files::LARGE)?,
                sealer,
            )?;
            outputs.write(&printed(print, self.single, identifier.as_str()), &pages)?;
        }
        let (english, chinese) = match filed.made {
            true => ("issued", "已签发"),
            false => ("was issued before", "此前已签发"),
        };
        let mut said = format!("{identifier} {english} {chinese}: {}", filed.path.display());
        if let Some(old) = filed.entry.replaces() {
            said += &format!("\n  replaces 换发自 {old}");
            if let Some(place) = self.desk.entry(old)?.and_then(|old| old.status().cloned()) {
                said += &format!(
                    "; say so on its list 请更新状态名单: stamp status set --entry {}=replaced@{} ({})",
                    place.index(),
                    identifier.version(),
                    place.uri()
                );
            }
        }
        if let Some(place) = filed.entry.status() {
            said += &format!("\n  place 位置 {} of 名单 {}", place.index(), place.uri());
        }
        Ok(said)
    }
}

/// The file to be printed of one result: the one that was named, otherwise in a folder.
fn printed(target: &Path, single: bool, name: &str) -> PathBuf {
    match single {
        true => target.to_owned(),
        false => target.join(format!("{name}.pdf")),
    }
}

/// What an option and a member of the record say, which must not differ.
fn one(option: Option<&String>, member: Option<String>, name: &str) -> Result<Option<String>, Fault> {
    match (option, member) {
        (Some(option), Some(member)) if *option != member => Err(fault!(
            "{name}: the record says {member}, and --{name} {option}; leave out one of them"
        )),
        (Some(option), _) => Ok(Some(option.clone())),
        (None, member) => Ok(member),
    }
}
