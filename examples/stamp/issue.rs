//! `stamp issue`: from records to sealed results.

use std::path::{Path, PathBuf};

use yinxin::compose::{BUILTIN, FontFile, Fonts, Picture, PreparedTemplate, SetPages, Template, Typeface};
use yinxin::limits::Limits;
use yinxin::payload::{Payload, StatusReference};
use yinxin::record::Record;
use yinxin::seal::{Allow, RidingSeam};
use yinxin::symbol::Symbol;

use crate::cli::{self, Carrier};
use crate::files::{self, Fault, Named as _, Outputs, fault};
use crate::output::say;
use crate::pictures::Folder;
use crate::sealing::{Sealer, explain};
use crate::table::Progress;
use crate::whole;

/// Pixels per module of a code drawn as PNG: 8 give about 500 dpi at the printed size.
pub const PIXELS: u32 = 8;
/// Millimetres per module of a code drawn as SVG, a little above the print rule's 0.38.
pub const MODULE_MM: f64 = 0.4;

/// Status 0 if all were issued, 1 if some failed.
pub fn run(options: &cli::Issue) -> Result<u8, Fault> {
    if options.carrier == Carrier::Whole && options.riding_seam {
        return Err(fault!(
            "--riding-seam: a file that is rebuilt from a code has none; use --carrier reference"
        ));
    }
    if options.carrier == Carrier::Whole && options.status_list.is_some() {
        return Err(fault!(
            "--status-list: a whole code is the file itself and names no list; use --carrier reference"
        ));
    }
    if let Some(list) = &options.status_list {
        StatusReference::new(list, 0).named("--status-list")?;
    }
    let records = files::expand(&options.record, "json")?;
    let template = template(&options.template, &options.look)?;
    let pictures = Folder::open(options.look.pictures.as_deref())?;
    let sealer = sealer(options)?;
    let single = records.len() == 1 && !options.record[0].is_dir() && !options.out.is_dir();
    let targets = targets(&records, options, single)?;
    let outputs = Outputs::sparing(
        records
            .iter()
            .map(PathBuf::as_path)
            .chain(options_inputs(options)),
    );

    let mut progress = Progress::new(records.len());
    let mut failed = 0;
    for (number, (path, target)) in records.iter().zip(&targets).enumerate() {
        progress.step(&path.display().to_string());
        let done = match options.carrier {
            Carrier::Reference | Carrier::Set => read_record(path).and_then(|record| {
                let claims = claims(&record, options, number)?;
                let mut issued = issue(
                    path,
                    &record,
                    claims,
                    &template,
                    &pictures,
                    &sealer,
                    options.riding_seam,
                )?;
                if options.carrier == Carrier::Set {
                    let name = target.pdf.file_name().unwrap_or_default().to_string_lossy();
                    let pages = SetPages::new(&name, sealer.at);
                    let pages = pages.compose(&issued.pdf, &Fonts::bundled(), &Limits::DEFAULT);
                    issued.print = Some(pages.named(path.display())?.bytes().to_vec());
                }
                Ok(issued)
            }),
            Carrier::Whole => whole::issue(path, &template, &pictures, &sealer, target.print.is_some()),
        };
        let done = done.and_then(|issued| write(&outputs, target, &issued));
        if let Err(fault) = done {
            progress.line(&format!("failed: {fault}"));
            failed += 1;
        }
    }
    progress.finish();
    say!(
        "issued {} of {} into {}",
        records.len() - failed,
        records.len(),
        options.out.display()
    );
    Ok(u8::from(failed > 0))
}

/// The key, and a code that is drawn somewhere.
fn sealer(options: &cli::Issue) -> Result<Sealer, Fault> {
    match options.carrier {
        Carrier::Reference if options.print.is_some() => Err(fault!(
            "--print: a file with --carrier reference shows its code and is printed itself; give --carrier whole or set"
        )),
        Carrier::Set if options.print.is_none() => Err(fault!(
            "--carrier set: the codes stand on pages of their own; name them with --print"
        )),
        Carrier::Reference | Carrier::Set => {
            let sealer = Sealer::load(&options.seal)?;
            sealer.can_sign_codes()?;
            Ok(sealer)
        }
        Carrier::Whole if options.code.is_none() && options.print.is_none() => Err(fault!(
            "--carrier whole: the code is not drawn in the file; give --code or --print"
        )),
        Carrier::Whole if options.seal.code_key.is_some() => Err(fault!(
            "--code-key: a whole code has no signature of its own; leave it out"
        )),
        Carrier::Whole => Sealer::load_alone(&options.seal),
    }
}

/// What was made of one record.
pub struct Issued {
    pub pdf: Vec<u8>,
    pub symbol: Option<Symbol>,
    pub print: Option<Vec<u8>>,
}

/// The files of one result.
struct Target {
    pdf: PathBuf,
    svg: Option<PathBuf>,
    png: Option<PathBuf>,
    print: Option<PathBuf>,
}

fn targets(records: &[PathBuf], options: &cli::Issue, single: bool) -> Result<Vec<Target>, Fault> {
    if single {
        let code = options.code.clone();
        let (svg, png) = match code {
            None => (None, None),
            Some(path) if files::has_extension(&path, "svg") => (Some(path), None),
            Some(path) if files::has_extension(&path, "png") => (None, Some(path)),
            Some(path) => {
                return Err(fault!(
                    "{}: a code is drawn as .svg or .png; name one",
                    path.display()
                ));
            }
        };
        return Ok(vec![Target {
            pdf: options.out.clone(),
            svg,
            png,
            print: options.print.clone(),
        }]);
    }
    files::distinct_stems(records)?;
    if files::has_extension(&options.out, "pdf") && !options.out.is_dir() {
        return Err(fault!(
            "{}: several records need a folder for --out",
            options.out.display()
        ));
    }
    let target = |record: &PathBuf| {
        let name = files::stem(record);
        let code = |suffix: &str| {
            options
                .code
                .as_ref()
                .map(|folder| folder.join(format!("{name}.{suffix}")))
        };
        Target {
            pdf: options.out.join(format!("{name}.pdf")),
            svg: code("svg"),
            png: code("png"),
            print: options
                .print
                .as_ref()
                .map(|folder| folder.join(format!("{name}.pdf"))),
        }
    };
    Ok(records.iter().map(target).collect())
}

fn options_inputs(options: &cli::Issue) -> impl Iterator<Item = &Path> {
    let seal = &options.seal;
    let optional = [
        seal.key.file.as_deref(),
        seal.key.chain.as_deref(),
        seal.code_key.as_deref(),
        seal.code_chain.as_deref(),
    ];
    [Path::new(&options.template), &seal.seal]
        .into_iter()
        .chain(optional.into_iter().flatten())
}

/// What the code of the record says that is `number`, from 0, in the order of the command.
fn claims(record: &Record, options: &cli::Issue, number: usize) -> Result<Payload, Fault> {
    let mut claims = Payload::of(record);
    if !options.no_holder_proof {
        claims = claims
            .with_holder_proof(record.holder())
            .named("--no-holder-proof")?;
    }
    if let (Some(list), Some(first)) = (&options.status_list, options.status_index) {
        let index = u32::try_from(number)
            .ok()
            .and_then(|number| first.checked_add(number));
        let index = index.ok_or_else(|| fault!("--status-index: no list has places beyond {}", u32::MAX))?;
        claims = claims.with_status(StatusReference::new(list, index).named("--status-list")?);
    }
    Ok(claims)
}

fn issue(
    path: &Path,
    record: &Record,
    claims: Payload,
    template: &PreparedTemplate,
    pictures: &Folder,
    sealer: &Sealer,
    riding_seam: bool,
) -> Result<Issued, Fault> {
    let name = path.display();
    let draft = template
        .compose_with(record, &pictures.of(record)?)
        .named(&name)?;
    let mut sealing = draft.bind(claims).text_form(sealer.text_form());
    if let Some(signer) = &sealer.code_signer {
        sealing = sealing.code_signer(signer);
    }
    if sealer.pdfa_loss {
        sealing = sealing.allow(Allow::PdfaLoss);
    }
    if record.joint().is_some() {
        sealing = sealing.joint(&record.issuer().code);
    }
    if riding_seam {
        sealing = sealing.riding_seam(RidingSeam::default());
    }
    let sealed = sealing
        .seal(&sealer.seal, &sealer.signer, sealer.at)
        .map_err(|e| fault!("{name}: {}", explain(&e)))?;
    Ok(Issued {
        symbol: sealed.symbol().cloned(),
        pdf: sealed.into_bytes(),
        print: None,
    })
}

fn write(outputs: &Outputs, target: &Target, issued: &Issued) -> Result<(), Fault> {
    outputs.write(&target.pdf, &issued.pdf)?;
    if let (Some(path), Some(copy)) = (&target.print, &issued.print) {
        outputs.write(path, copy)?;
    }
    let Some(symbol) = &issued.symbol else {
        return Ok(());
    };
    if let Some(path) = &target.svg {
        outputs.write(path, symbol.to_svg(MODULE_MM).as_bytes())?;
    }
    if let Some(path) = &target.png {
        outputs.write(path, &symbol.to_png(PIXELS))?;
    }
    Ok(())
}

/// Reads a record; the error names file and member.
pub fn read_record(path: &Path) -> Result<Record, Fault> {
    Record::from_json(&files::read(path, files::SMALL)?, &Limits::DEFAULT).named(path.display())
}

/// A template made ready, in the language asked for.
pub fn template(name: &str, look: &cli::LookOptions) -> Result<PreparedTemplate, Fault> {
    let mut template = source(name)?;
    if let Some(language) = &look.language {
        template = template.in_language(language).ok_or_else(|| {
            let spoken = template.languages().join(", ");
            fault!("{name}: does not speak {language}; its languages are {spoken}")
        })?;
    }
    template.prepare(&fonts(&look.font)?).named(name)
}

/// The bundled fonts and those that were named.
pub fn fonts(options: &[String]) -> Result<Fonts, Fault> {
    let mut builder = Fonts::builder();
    for option in options {
        let (typeface, path) = match option.split_once('=') {
            Some(("song", path)) => (Some(Typeface::Song), path),
            Some(("hei", path)) => (Some(Typeface::Hei), path),
            Some(("kai", path)) => (Some(Typeface::Kai), path),
            Some(("fang", path)) => (Some(Typeface::Fang), path),
            _ => (None, option.as_str()),
        };
        let (path, member) = match path.rsplit_once('#') {
            Some((path, member)) => (path, Some(member)),
            None => (path, None),
        };
        let font = FontFile::new(files::read(Path::new(path), files::LARGE)?);
        let font = member.map_or(font.clone(), |name| font.named(name));
        builder = match typeface {
            Some(typeface) => builder.typeface(typeface, font),
            None => builder.fallback(font),
        };
    }
    builder.build().named("--font")
}

/// A built-in template by name, or a template file with the pictures beside it, not made ready.
pub fn source(name: &str) -> Result<Template, Fault> {
    if let Some(template) = Template::builtin(name) {
        return Ok(template);
    }
    if !Path::new(name).exists() {
        return Err(fault!(
            "{name}: no such template file and no built-in template of that name; built in are {}",
            BUILTIN.join(", ")
        ));
    }
    let template = Template::from_toml(&files::read_text(Path::new(name))?, &Limits::DEFAULT).named(name)?;
    let mut whole = template.clone();
    for (own, file) in template.files() {
        let path = Path::new(name).with_file_name(file);
        let picture =
            Picture::read(&files::read(&path, files::SMALL)?, &Limits::DEFAULT).named(path.display())?;
        whole = whole.with_picture(own, picture);
    }
    Ok(whole)
}
