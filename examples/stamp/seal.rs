//! `stamp seal`: PDF files made elsewhere.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use yinxin::draft::{Draft, DraftError, LargeDraft};
use yinxin::limits::Limits;
use yinxin::payload::{Payload, StatusReference};
use yinxin::pdf::recovery::{self, RecoveryError};
use yinxin::pdf::{Document, Password, PdfError, PdfErrorKind, Skimmed};
use yinxin::pki::Certificate;
use yinxin::pki::Signer as _;
use yinxin::record::{Record, UnifiedCode};
use yinxin::seal::{Allow, DocMdp, Elsewhere, Place, RidingSeam, SealError, Sealed, Sealing, Unstamped};
use yinxin::verify::{Finding, Severity};

use crate::cli::{self, RaiseLevel, SealLevel};
use crate::files::{self, Fault, Named as _, Outputs, Temporary, fault};
use crate::issue::{self, read_record};
use crate::large::{self, Copying};
use crate::lint;
use crate::net::Network;
use crate::output::say;
use crate::sealing::{Sealer, explain};
use crate::table::Progress;

/// Status 0 if all were sealed, 1 if some failed.
pub fn run(options: &cli::Seal) -> Result<u8, Fault> {
    let inputs = files::expand(&options.input, "pdf")?;
    let level = level(options)?;
    let sealer = Sealer::load(&options.seal)?;
    let issuer = options.place.issuer.as_deref().map(issuer).transpose()?;
    let network = network(options, level)?;
    let record = options.code_record.as_deref().map(read_record).transpose()?;
    if record.is_some() {
        sealer.can_sign_codes()?;
    }
    let single = inputs.len() == 1 && !options.input[0].is_dir();
    let target = |path: &Path| match &options.out {
        None => None,
        Some(out) if single && !out.is_dir() => Some(out.clone()),
        Some(out) => Some(out.join(format!("{}.pdf", files::stem(path)))),
    };
    if let Some(out) = options.out.as_ref().filter(|out| !single || out.is_dir()) {
        files::distinct_stems(&inputs)?;
        if files::has_extension(out, "pdf") && !out.is_dir() {
            return Err(fault!("{}: several files need a folder for --out", out.display()));
        }
    }
    let outputs = Outputs::sparing(inputs.iter().map(PathBuf::as_path));
    let mut progress = Progress::new(inputs.len());
    let mut failed = 0;
    for (number, path) in inputs.iter().enumerate() {
        progress.step(&path.display().to_string());
        let job = Job {
            path,
            options,
            sealer: &sealer,
            record: record.as_ref(),
            issuer: issuer.as_ref(),
            place: place(&options.status, number)?,
            level,
            network: network.as_ref(),
        };
        let done = match target(path) {
            None => job.append_in_place(),
            Some(target) => job.write(&outputs, &target, &mut progress),
        };
        match done {
            Ok(done) => {
                let place = job.place.as_ref().map(issue::told);
                let done: Vec<String> = place.into_iter().chain([done]).collect();
                progress.line(&format!("{}: {}", path.display(), done.join("; ")));
            }
            Err(fault) => {
                progress.line(&format!("failed: {fault}{}", issue::left(job.place.as_ref())));
                failed += 1;
            }
        }
    }
    progress.finish();
    let into = options
        .out
        .as_ref()
        .map_or("place".to_owned(), |out| out.display().to_string());
    let (sealed, all) = (inputs.len() - failed, inputs.len());
    say!(
        "sealed {sealed} of {all} {} {into}",
        if options.in_place { "in" } else { "into" }
    );
    Ok(u8::from(failed > 0))
}

/// One file to seal.
struct Job<'j> {
    path: &'j Path,
    options: &'j cli::Seal,
    sealer: &'j Sealer,
    record: Option<&'j Record>,
    issuer: Option<&'j UnifiedCode>,
    /// The file's place on a status list.
    place: Option<StatusReference>,
    level: SealLevel,
    network: Option<&'j Network>,
}

/// The body of a joint result to seal for.
pub fn issuer(code: &str) -> Result<UnifiedCode, Fault> {
    code.parse()
        .map_err(|error| fault!("--issuer {code}: {error}; give a unified social credit code"))
}

/// The place on the status list of the file that is `number`, from 0, in the order of the command.
pub fn place(options: &cli::StatusOptions, number: usize) -> Result<Option<StatusReference>, Fault> {
    issue::place(options.status_list.as_deref(), options.status_index, number)
}

/// Why a file was not sealed.
enum Failure {
    Draft(DraftError),
    Fault(Fault),
    Seal(SealError),
}

impl Job<'_> {
    /// Writes the sealed copy; says what became of the file's claims.
    fn write(&self, outputs: &Outputs, target: &Path, progress: &mut Progress) -> Result<String, Fault> {
        let (file, length) = large::open(self.path)?;
        if length > large::WHOLE && !self.options.recover && self.raised_to().is_none() {
            let output = outputs.begin(target)?;
            match self.copy(&file, length, output) {
                // What is rarely needed was not kept; a file of moderate size is then read whole.
                Err(failure) if failure.is_for_more() && length <= files::LARGE => {}
                done => return done.map_err(|failure| self.fault(&failure)),
            }
        }
        drop(file);
        let bytes = read(self.path, self.options, progress)?;
        // A draft of ours says itself where code and seal go; other files have no slots and need --x and --y, or --field.
        let sealed = Draft::open_with(bytes, self.password()?, &Limits::DEFAULT)
            .map_err(Failure::Draft)
            .and_then(|draft| {
                let warnings = self.lint(draft.lint(&Limits::DEFAULT))?;
                let begin = || match self.claims() {
                    None => draft.without_code(),
                    Some(claims) => draft.bind(claims),
                };
                Ok((self.seal(begin)?, warnings))
            });
        let (sealed, warnings) = sealed.map_err(|failure| self.fault(&failure))?;
        let mut said = conformance(&sealed);
        let mut file = sealed.into_bytes();
        if let (Some(level), Some(network)) = (self.raised_to(), self.network) {
            let raised = network.raise(file, &self.password()?, level, self.sealer.at);
            let (raised, more, _) = raised.map_err(|fault| fault!("{}: {fault}", self.path.display()))?;
            file = raised;
            said = format!("{said}; {more}");
        }
        outputs.write(target, &file)?;
        Ok(said + &warnings)
    }

    /// The level beyond what the seal itself has.
    fn raised_to(&self) -> Option<RaiseLevel> {
        match self.level {
            SealLevel::B | SealLevel::T => None,
            SealLevel::Lt => Some(RaiseLevel::Lt),
            SealLevel::Lta => Some(RaiseLevel::Lta),
        }
    }

    /// Copies the file while it is read, then appends to the copy.
    fn copy(&self, file: &File, length: u64, mut output: Temporary) -> Result<String, Failure> {
        let copying = Copying {
            from: file,
            to: output.file(),
        };
        let (sealed, warnings) = self.seal_read(copying, length)?;
        output.write(sealed.appended()).map_err(Failure::Fault)?;
        output.finish().map_err(Failure::Fault)?;
        Ok(conformance(&sealed) + &warnings)
    }

    /// Appends to the file itself.
    fn append_in_place(&self) -> Result<String, Fault> {
        let (file, length) = large::open_to_append(self.path)?;
        let (sealed, warnings) = self
            .seal_read(&file, length)
            .map_err(|failure| self.fault(&failure))?;
        large::append(self.path, &file, length, sealed.appended())?;
        Ok(conformance(&sealed) + &warnings)
    }

    /// Reads a file of any size once, and makes what is to be appended to it; with the warnings of the linter.
    fn seal_read(&self, file: impl Read, length: u64) -> Result<(Sealed<Elsewhere>, String), Failure> {
        let mut room = large::room(self.path, length).map_err(Failure::Fault)?;
        let digest = self.sealer.signer.algorithm().digest();
        let skimmed = Skimmed::read(file, &mut room, &[digest])
            .named(self.path.display())
            .map_err(Failure::Fault)?;
        let draft = LargeDraft::open_with(
            skimmed,
            self.password().map_err(Failure::Fault)?,
            &Limits::DEFAULT,
        )
        .map_err(Failure::Draft)?;
        let warnings = self.lint(draft.lint(&Limits::DEFAULT))?;
        let sealed = self.seal(|| match self.claims() {
            None => draft.without_code(),
            Some(claims) => draft.bind(claims),
        })?;
        Ok((sealed, warnings))
    }

    /// The weighty findings of the linter, a line each, which a verifier would have, too; with --strict they are refused.
    fn lint(&self, findings: Result<Vec<Finding>, DraftError>) -> Result<String, Failure> {
        let findings = findings.map_err(Failure::Draft)?;
        let mut lines = String::new();
        for finding in findings.iter().filter(|f| f.code.severity() > Severity::Note) {
            let sentence = lint::sentence(finding);
            if self.options.strict {
                let path = self.path.display();
                return Err(Failure::Fault(fault!(
                    "{path}: {sentence}; make the file anew without it, or seal without --strict"
                )));
            }
            lines.push_str(&format!("\n  warning 注意: {sentence}"));
        }
        Ok(lines)
    }

    fn seal<'d, D: Clone>(&'d self, begin: impl Fn() -> Sealing<'d, D>) -> Result<Sealed<D>, Failure> {
        let seal = |sealing: Sealing<'d, D>| {
            self.stamped(self.named(sealing))
                .seal(&self.sealer.seal, &self.sealer.signer, self.sealer.at)
        };
        if let Some(issuer) = self.issuer {
            let sealing = plan(begin(), self.options, self.sealer).joint(issuer);
            return seal(sealing).map_err(Failure::Seal);
        }
        let attempt = |level: Option<DocMdp>| seal(plan(begin(), self.options, self.sealer).certifies(level));
        // Only the first seal may certify (ISO 32000-2, 12.8.2.2): on a sealed file this becomes an approval seal.
        let sealed = match attempt((!self.options.place.approval).then_some(DocMdp::NoChanges)) {
            Err(SealError::FirstSealOnly) => attempt(None),
            other => other,
        };
        sealed.map_err(Failure::Seal)
    }

    /// What the code says, if one is drawn.
    fn claims(&self) -> Option<Payload> {
        let claims = Payload::of(self.record?);
        Some(match &self.place {
            Some(place) => claims.with_status(place.clone()),
            None => claims,
        })
    }

    /// A file without a code names its place in the seal.
    fn named<'d, D>(&'d self, sealing: Sealing<'d, D>) -> Sealing<'d, D> {
        match (&self.place, self.record) {
            (Some(place), None) => sealing.status(place.clone()),
            _ => sealing,
        }
    }

    fn stamped<'d, D>(&'d self, sealing: Sealing<'d, D>) -> Sealing<'d, D> {
        let otherwise = match self.options.without_time_stamp_if_none {
            true => Unstamped::SealWithout,
            false => Unstamped::Refuse,
        };
        match self.network.and_then(Network::stamper) {
            Some(stamper) => sealing.time_stamp(stamper, otherwise),
            None => sealing,
        }
    }

    fn password(&self) -> Result<Password, Fault> {
        files::password(self.options.place.password_file.as_deref())
    }

    fn fault(&self, failure: &Failure) -> Fault {
        let path = self.path.display();
        let remedy = failure.pdf().map_or("", |error| remedy(error, self.options));
        match failure {
            Failure::Draft(error) => fault!("{path}: {error}{remedy}"),
            Failure::Fault(fault) => Fault(fault.0.clone()),
            Failure::Seal(error) => fault!("{path}: {}{remedy}", explain(error)),
        }
    }
}

impl Failure {
    fn pdf(&self) -> Option<&PdfError> {
        match self {
            Self::Draft(DraftError::Pdf(error)) | Self::Seal(SealError::Pdf(error)) => Some(error),
            _ => None,
        }
    }

    /// Whether reading the file whole would have helped.
    fn is_for_more(&self) -> bool {
        self.pdf()
            .is_some_and(|error| error.kind == PdfErrorKind::Omitted)
    }
}

/// The level asked for, if the other options allow for it.
fn level(options: &cli::Seal) -> Result<SealLevel, Fault> {
    let stamped = !options.net.tsa.is_empty();
    let plain = if stamped { SealLevel::T } else { SealLevel::B };
    let level = options.level.unwrap_or(plain);
    let why = match level {
        SealLevel::B if stamped => "--level b has no time stamp; leave out --tsa, or ask for --level t",
        SealLevel::T | SealLevel::Lt | SealLevel::Lta if !stamped => {
            "this --level has a time stamp; give the address of an authority with --tsa"
        }
        SealLevel::B | SealLevel::T => return Ok(level),
        _ if options.trust.is_empty() => {
            "this --level has evidence for chains to roots; give those with --trust"
        }
        _ if options.in_place => "this --level needs a file of its own; give --out instead of --in-place",
        _ if options.without_time_stamp_if_none => {
            "this --level cannot be had without a time stamp; leave out --without-time-stamp-if-none"
        }
        _ => return Ok(level),
    };
    Err(Fault(why.to_owned()))
}

/// The network, where the level needs it.
fn network(options: &cli::Seal, level: SealLevel) -> Result<Option<Network>, Fault> {
    if level == SealLevel::B {
        return Ok(None);
    }
    let mut roots = vec![];
    for path in &options.trust {
        let found = Certificate::from_pem_many(&files::read_text(path)?);
        roots.append(&mut found.named(path.display())?);
    }
    Network::load(&options.net, roots, false).map(Some)
}

/// The file to seal: as it is or, with --recover, with what makes it readable appended. Says what that is.
fn read(path: &Path, options: &cli::Seal, progress: &mut Progress) -> Result<Vec<u8>, Fault> {
    let mut bytes = files::read(path, files::LARGE)?;
    if !options.recover {
        return Ok(bytes);
    }
    match recovery::repair(&bytes, &Limits::DEFAULT) {
        Ok(repair) => {
            for rebuilt in &repair.rebuilt {
                progress.line(&format!("{}: recovered: {rebuilt}", path.display()));
            }
            bytes.extend_from_slice(&repair.appended);
            Ok(bytes)
        }
        Err(RecoveryError::NotDamaged) => Ok(bytes),
        // What is encrypted and not damaged needs its password only, as sealing it will say.
        Err(RecoveryError::Encrypted)
            if !Document::open(&bytes, &Limits::DEFAULT).is_err_and(|e| e.kind.is_damage()) =>
        {
            Ok(bytes)
        }
        Err(error) => Err(fault!("{}: {error}", path.display())),
    }
}

/// What to do about a file that cannot be read.
fn remedy(error: &PdfError, options: &cli::Seal) -> &'static str {
    if error.kind == PdfErrorKind::PasswordNeeded {
        "; put it into a file and name that with --password-file"
    } else if error.kind.is_damage() && !options.recover {
        "; get the file anew or, if there is no better one, repair it with --recover"
    } else {
        ""
    }
}

fn plan<'a, D>(mut sealing: Sealing<'a, D>, options: &cli::Seal, sealer: &'a Sealer) -> Sealing<'a, D> {
    sealing = placed(sealing.text_form(sealer.text_form()), &options.place);
    if let (Some(x_mm), Some(y_mm)) = (options.code_x, options.code_y) {
        let page = page(&options.place);
        sealing = sealing.place_code(Place { page, x_mm, y_mm }, options.code_side);
    }
    if sealer.pdfa_loss {
        sealing = sealing.allow(Allow::PdfaLoss);
    }
    match &sealer.code_signer {
        Some(signer) => sealing.code_signer(signer),
        None => sealing,
    }
}

/// The page for the seal, counted from 0.
fn page(options: &cli::PlaceOptions) -> usize {
    usize::try_from(options.page.saturating_sub(1)).unwrap_or(usize::MAX)
}

/// Where the seal goes, and what it may lie over.
pub fn placed<'a, D>(mut sealing: Sealing<'a, D>, options: &cli::PlaceOptions) -> Sealing<'a, D> {
    if let (Some(x_mm), Some(y_mm)) = (options.x, options.y) {
        let page = page(options);
        sealing = sealing.place(Place { page, x_mm, y_mm });
    }
    if let Some(name) = &options.field {
        sealing = sealing.field(name);
    }
    if options.riding_seam {
        sealing = sealing.riding_seam(RidingSeam::default());
    }
    for (given, what) in [
        (options.allow_overhang, Allow::Overhang),
        (options.allow_overlap, Allow::Overlap),
    ] {
        if given {
            sealing = sealing.allow(what);
        }
    }
    sealing
}

/// What became of the file's claim to be archival and accessible.
fn conformance<D>(sealed: &Sealed<D>) -> String {
    let (claimed, kept) = (sealed.claimed(), sealed.kept());
    let archival = match (claimed.pdfa, kept.pdfa) {
        (None, _) => "not PDF/A".to_owned(),
        (Some(claimed), None) => format!("no longer {claimed}, because of the seal's page"),
        (Some(_), Some(kept)) => format!("{kept} kept"),
    };
    let kept = match (claimed.pdfua, kept.pdfua) {
        (Some(part), None) => {
            format!("{archival}; no longer PDF/UA-{part}, the seal is not in the structure tree")
        }
        _ => archival,
    };
    match sealed.time_stamp() {
        None => kept,
        Some(Ok(time)) => format!("{kept}; time stamp 时间戳 {time}"),
        Some(Err(error)) => {
            format!("{kept}\n  warning 注意: sealed without a time stamp 未加时间戳: {error}")
        }
    }
}
