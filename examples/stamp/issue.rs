//! `stamp issue`: from records to sealed results. Over the register: [`crate::enrol`].

use std::path::{Path, PathBuf};

use yinxin::Draft;
use yinxin::compose::{BUILTIN, FontFile, Fonts, Picture, PreparedTemplate, SetPages, Template, Typeface};
use yinxin::limits::Limits;
use yinxin::payload::{Payload, StatusReference};
use yinxin::record::Record;
use yinxin::seal::{Allow, RidingSeam};
use yinxin::symbol::Symbol;

use crate::cli::{self, Carrier};
use crate::enrol;
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
    if let Some(list) = &options.status_list {
        StatusReference::new(list, 0).named("--status-list")?;
    }
    let Some(out) = &options.out else {
        return enrol::run(options);
    };
    if options.status_list.is_some() && options.status_index.is_none() {
        return Err(fault!(
            "--status-list: give the place on it with --status-index, or --register and --status-places to have one drawn"
        ));
    }
    let records = files::expand(&options.record, "json")?;
    let template = template(&options.template, &options.look)?;
    let pictures = Folder::open(options.look.pictures.as_deref())?;
    let sealer = sealer(options)?;
    let single = records.len() == 1 && !options.record[0].is_dir() && !out.is_dir();
    let targets = targets(&records, options, out, single)?;
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
        let place = place(options.status_list.as_deref(), options.status_index, number)?;
        let done = read_record(path).and_then(|record| {
            let claims = claims(&record, options, place.clone())?;
            let draft = compose(&template, &record, &pictures).named(path.display())?;
            let name = target.pdf.file_name().unwrap_or_default().to_string_lossy();
            let way = Way {
                carrier: options.carrier,
                riding_seam: options.riding_seam,
                print: target.print.is_some(),
            };
            let issued = make((&name, &record), &draft, claims, (&template, &sealer), way);
            write(&outputs, target, &issued.named(path.display())?)
        });
        match (done, &place) {
            (Ok(()), None) => {}
            (Ok(()), Some(place)) => progress.line(&format!("{}: {}", path.display(), told(place))),
            (Err(fault), place) => {
                progress.line(&format!("failed: {fault}{}", left(place.as_ref())));
                failed += 1;
            }
        }
    }
    progress.finish();
    say!(
        "issued {} of {} into {}",
        records.len() - failed,
        records.len(),
        out.display()
    );
    Ok(u8::from(failed > 0))
}

/// The key, and a code that is drawn somewhere.
pub fn sealer(options: &cli::Issue) -> Result<Sealer, Fault> {
    let shown = (options.code.is_some(), options.print.is_some());
    sealer_for(&options.seal, options.carrier, shown)
}

/// The key for results with this carrier; whether codes are drawn alone, and something is printed beside the files.
pub fn sealer_for(
    seal: &cli::SealOptions,
    carrier: Carrier,
    (code, print): (bool, bool),
) -> Result<Sealer, Fault> {
    match carrier {
        Carrier::Reference if print => Err(fault!(
            "--print: a file with --carrier reference shows its code and is printed itself; give --carrier whole or set"
        )),
        Carrier::Set if !print => Err(fault!(
            "--carrier set: the codes stand on pages of their own; name them with --print"
        )),
        Carrier::Reference | Carrier::Set => {
            let sealer = Sealer::load(seal)?;
            sealer.can_sign_codes()?;
            Ok(sealer)
        }
        Carrier::Whole if !code && !print => Err(fault!(
            "--carrier whole: the code is not drawn in the file; give --code or --print"
        )),
        Carrier::Whole if seal.code_key.is_some() => Err(fault!(
            "--code-key: a whole code has no signature of its own; leave it out"
        )),
        Carrier::Whole => Sealer::load_alone(seal),
    }
}

/// In which form a result is issued.
#[derive(Clone, Copy)]
pub struct Way {
    pub carrier: Carrier,
    pub riding_seam: bool,
    /// Whether what is printed beside the file is asked for.
    pub print: bool,
}

/// Seals the draft of a record, whose file will have this name, and makes what its carrier needs beside it.
pub fn make(
    (name, record): (&str, &Record),
    draft: &Draft,
    claims: Payload,
    (template, sealer): (&PreparedTemplate, &Sealer),
    way: Way,
) -> Result<Issued, Fault> {
    if way.carrier == Carrier::Whole {
        return whole::seal(draft, record, claims.status(), (template, sealer), way.print);
    }
    let mut issued = seal(draft, record, claims, sealer, way.riding_seam)?;
    if way.carrier == Carrier::Set && way.print {
        issued.print = Some(set_pages(name, &issued.pdf, sealer)?);
    }
    Ok(issued)
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

/// Where the picture of one code goes: as SVG, or as PNG.
pub fn picture(code: Option<&PathBuf>) -> Result<(Option<PathBuf>, Option<PathBuf>), Fault> {
    match code {
        None => Ok((None, None)),
        Some(path) if files::has_extension(path, "svg") => Ok((Some(path.clone()), None)),
        Some(path) if files::has_extension(path, "png") => Ok((None, Some(path.clone()))),
        Some(path) => Err(fault!(
            "{}: a code is drawn as .svg or .png; name one",
            path.display()
        )),
    }
}

fn targets(
    records: &[PathBuf],
    options: &cli::Issue,
    out: &Path,
    single: bool,
) -> Result<Vec<Target>, Fault> {
    if single {
        let (svg, png) = picture(options.code.as_ref())?;
        return Ok(vec![Target {
            pdf: out.to_owned(),
            svg,
            png,
            print: options.print.clone(),
        }]);
    }
    files::distinct_stems(records)?;
    if files::has_extension(out, "pdf") && !out.is_dir() {
        return Err(fault!(
            "{}: several records need a folder for --out",
            out.display()
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
            pdf: out.join(format!("{name}.pdf")),
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

pub fn options_inputs(options: &cli::Issue) -> impl Iterator<Item = &Path> {
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

/// What the code of the record says.
fn claims(record: &Record, options: &cli::Issue, place: Option<StatusReference>) -> Result<Payload, Fault> {
    let claims = with_holder_proof(Payload::of(record), record, options)?;
    Ok(match place {
        Some(place) => claims.with_status(place),
        None => claims,
    })
}

/// The place on the status list of what is `number`, from 0, in the order of the command, if a list and its first place are given.
pub fn place(
    list: Option<&str>,
    first: Option<u32>,
    number: usize,
) -> Result<Option<StatusReference>, Fault> {
    let Some((list, first)) = list.zip(first) else {
        return Ok(None);
    };
    let index = u32::try_from(number)
        .ok()
        .and_then(|number| first.checked_add(number));
    let index = index.ok_or_else(|| fault!("--status-index: no list has places beyond {}", u32::MAX))?;
    StatusReference::new(list, index).named("--status-list").map(Some)
}

/// Which place a file was given: nobody finds the file's entry on the list without.
pub fn told(place: &StatusReference) -> String {
    format!("status index 状态位置 {}", place.index())
}

/// What is left to do about the place of a file that failed: the command repeated for it alone would give it the first place again.
pub fn left(place: Option<&StatusReference>) -> String {
    place.map_or_else(String::new, |place| {
        let index = place.index();
        format!("; place {index} is still free; repeat it alone with --status-index {index} 状态位置 {index} 未占用")
    })
}

/// The claims with the proof of the holder's number, unless that is left out; a whole code has the number itself.
pub fn with_holder_proof(claims: Payload, record: &Record, options: &cli::Issue) -> Result<Payload, Fault> {
    match options.no_holder_proof || options.carrier == Carrier::Whole {
        true => Ok(claims),
        false => claims
            .with_holder_proof(record.holder())
            .named("--no-holder-proof"),
    }
}

/// The draft of a record.
pub fn compose(template: &PreparedTemplate, record: &Record, pictures: &Folder) -> Result<Draft, Fault> {
    template
        .compose_with(record, &pictures.of(record)?)
        .map_err(|error| fault!("{error}"))
}

/// Codes and seals a draft.
pub fn seal(
    draft: &Draft,
    record: &Record,
    claims: Payload,
    sealer: &Sealer,
    riding_seam: bool,
) -> Result<Issued, Fault> {
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
        .map_err(|e| fault!("{}", explain(&e)))?;
    Ok(Issued {
        symbol: sealed.symbol().cloned(),
        pdf: sealed.into_bytes(),
        print: None,
    })
}

/// The sealed file of this name as pages of codes.
pub fn set_pages(name: &str, pdf: &[u8], sealer: &Sealer) -> Result<Vec<u8>, Fault> {
    let pages = SetPages::new(name, sealer.at).compose(pdf, &Fonts::bundled(), &Limits::DEFAULT);
    pages
        .map(|pages| pages.bytes().to_vec())
        .map_err(|error| fault!("{error}"))
}

fn write(outputs: &Outputs, target: &Target, issued: &Issued) -> Result<(), Fault> {
    outputs.write(&target.pdf, &issued.pdf)?;
    if let (Some(path), Some(copy)) = (&target.print, &issued.print) {
        outputs.write(path, copy)?;
    }
    let pictures = (target.svg.as_deref(), target.png.as_deref());
    draw(outputs, issued.symbol.as_ref(), pictures)
}

/// Draws the code, if there is one, as SVG and as PNG where they are asked for.
pub fn draw(
    outputs: &Outputs,
    symbol: Option<&Symbol>,
    (svg, png): (Option<&Path>, Option<&Path>),
) -> Result<(), Fault> {
    let Some(symbol) = symbol else {
        return Ok(());
    };
    if let Some(path) = svg {
        outputs.write(path, symbol.to_svg(MODULE_MM).as_bytes())?;
    }
    if let Some(path) = png {
        outputs.write(path, &symbol.to_png(PIXELS))?;
    }
    Ok(())
}

/// Reads a record; the error names file and member.
pub fn read_record(path: &Path) -> Result<Record, Fault> {
    files::spare(path);
    Record::from_json(
        &files::unmarked(files::read(path, files::SMALL)?),
        &Limits::DEFAULT,
    )
    .named(path.display())
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
    files::spare(Path::new(name));
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
