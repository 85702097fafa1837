//! `stamp verify`.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use yinxin::crypto::{DigestAlgorithm, Hasher};
use yinxin::filing::{Subject, VerificationRecord};
use yinxin::time::Time;
use yinxin::verify::{Coverage, Report, SealFacts, Verifier, settle_versions};
use yinxin::whole::Rebuilder;

use crate::cli;
use crate::files::{self, Fault, Named as _, Outputs, fault};
use crate::large;
use crate::output::say;
use crate::report;
use crate::sealing::Sealer;
use crate::trust;
use crate::versions::Versions;

/// Verdicts on all files; a file that cannot be read makes the status 3, for then not everything asked was answered.
pub fn run(options: &cli::Verify) -> Result<u8, Fault> {
    let (mut verifier, at) = trust::load(&options.trust)?;
    if options.code.is_some() {
        verifier = verifier.rebuilder(Rebuilder::builtin());
    }
    if let Some(name) = &options.recipient {
        verifier = verifier.recipient(name);
    }
    if let Some(path) = &options.original {
        files::spare(path);
        verifier = verifier.original(&files::read(path, files::LARGE)?);
    }
    if options.code.is_some() && options.file.len() != 1 {
        return Err(fault!(
            "--code: belongs to one file, but {} were given; verify them one at a time",
            options.file.len()
        ));
    }
    let code = options.code.as_deref().map(files::read_text).transpose()?;
    let records = Records::of(options, at)?;
    let judged = options.file.iter().map(|path| match &records {
        None => judge(&verifier, path, code.as_deref(), at).map(|verdict| (verdict, None)),
        Some(_) => judge_and_digest(&verifier, path, code.as_deref(), at),
    });
    let (mut verdicts, mut rest) = (Vec::new(), Vec::new());
    for judged in judged {
        rest.push(judged.map(|(verdict, subject)| {
            verdicts.push(verdict);
            subject
        }));
    }
    // A file may be replaced by one that comes after it.
    let versions = Versions::among(&verdicts, &rest, &options.file);
    let verdicts = settle_versions(verdicts);
    let versions = versions.standing(&verdicts, &rest, &options.file);
    let mut verdicts = verdicts.into_iter();
    let (mut outcomes, mut unread) = (Vec::new(), false);
    for (path, judged) in options.file.iter().zip(rest) {
        let name = path.display().to_string();
        let judged = judged.and_then(|subject| {
            let Some(verdict) = verdicts.next() else {
                return Ok(());
            };
            report::print(&name, &verdict, versions.successor(path), &options.trust);
            if !options.trust.json {
                name_earlier_revisions(path, &verdict)?;
            }
            outcomes.push(verdict.outcome);
            match (&records, subject) {
                (Some(records), Some(subject)) => records.write(path, &verdict, subject),
                _ => Ok(()),
            }
        });
        if let Err(fault) = judged {
            report::print_unread(&name, &fault, options.trust.json);
            unread = true;
        }
    }
    if !options.trust.json {
        versions.tell();
    }
    Ok(if unread {
        crate::FAULT
    } else {
        report::status(outcomes)
    })
}

/// What the seals stand for that do not cover the whole file: a file of its own, which can be had.
///
/// The digests are taken in one pass, however many seals there are; those of a large file are for `stamp revision`.
fn name_earlier_revisions(path: &Path, verdict: &Report) -> Result<(), Fault> {
    let earlier = |seal: &&SealFacts| seal.intact && seal.coverage == Coverage::Revision;
    let with_length = |seal: &'_ SealFacts| Some((seal.revision_length?, report::printable(&seal.field)));
    let mut earlier: Vec<(u64, String)> = verdict
        .seals
        .iter()
        .filter(earlier)
        .filter_map(with_length)
        .collect();
    if earlier.is_empty() {
        return Ok(());
    }
    earlier.sort();
    let (_, length) = large::open(path)?;
    let file = match length {
        0..=large::WHOLE => Some(files::read(path, files::LARGE)?),
        _ => None,
    };
    let (mut hasher, mut at) = (Hasher::new(DigestAlgorithm::Sha256), 0);
    for (length, field) in earlier {
        let mut digest = String::new();
        if let (Some(file), Ok(end)) = (&file, usize::try_from(length)) {
            hasher.update(file.get(at..end).unwrap_or_default());
            at = end;
            digest = format!(", SHA-256 {}", files::hex(&hasher.clone().finish()));
        }
        say!(
            "sealed revision 盖章版本 of {field}: first {length} bytes 前 {length} 字节{digest}; `stamp revision` writes it 可导出\n"
        );
    }
    Ok(())
}

/// The verdict on a file of any size, alone or with the text of the code that came with it.
pub fn judge(verifier: &Verifier, path: &Path, code: Option<&str>, at: Time) -> Result<Report, Fault> {
    let (file, length) = large::open(path)?;
    if length <= large::WHOLE {
        let bytes = files::read(path, files::LARGE)?;
        return Ok(judge_bytes(verifier, &bytes, code, at));
    }
    let mut room = large::room(path, length)?;
    let verdict = match code {
        Some(text) => verifier.verify_text_with_pdf_from(text, file, &mut room, at),
        None => verifier.verify_pdf_from(file, &mut room, at),
    };
    verdict.named(path.display())
}

/// The verdict on a file in memory.
pub fn judge_bytes(verifier: &Verifier, bytes: &[u8], code: Option<&str>, at: Time) -> Report {
    match code {
        Some(text) => verifier.verify_text_with_pdf(text, bytes, at),
        None => verifier.verify_pdf(bytes, at),
    }
}

/// As [`judge`], with what names the very bytes that were judged.
fn judge_and_digest(
    verifier: &Verifier,
    path: &Path,
    code: Option<&str>,
    at: Time,
) -> Result<(Report, Option<Subject>), Fault> {
    let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
    let (_, length) = large::open(path)?;
    if length <= large::WHOLE {
        let bytes = files::read(path, files::LARGE)?;
        let subject = Subject::of(&name, &bytes);
        return Ok((judge_bytes(verifier, &bytes, code, at), Some(subject)));
    }
    // A large file is not kept: its digest is taken before and after the verdict.
    let before = digest(path, length)?;
    let verdict = judge(verifier, path, code, at)?;
    if digest(path, u64::MAX)? != before {
        return Err(fault!(
            "{}: has changed while it was being verified; copy it and verify the copy",
            path.display()
        ));
    }
    Ok((verdict, Some(Subject::new(&name, length, before))))
}

/// The SHA-256 of the first `length` bytes.
fn digest(path: &Path, length: u64) -> Result<[u8; 32], Fault> {
    let (file, _) = large::open(path)?;
    let mut file = file.take(length);
    let mut hasher = Hasher::new(DigestAlgorithm::Sha256);
    let mut room = vec![0; 1 << 20];
    loop {
        let count = file.read(&mut room).named(path.display())?;
        if count == 0 {
            return Ok(hasher.finish().try_into().unwrap_or_default());
        }
        hasher.update(&room[..count]);
    }
}

/// Where verification records go, and what they say of whoever asks.
struct Records<'o> {
    options: &'o cli::Verify,
    /// One file for one record; otherwise a folder.
    single: bool,
    target: &'o Path,
    outputs: Outputs,
    /// Whoever seals them, if they are to be sealed.
    sealer: Option<Sealer>,
}

impl<'o> Records<'o> {
    fn of(options: &'o cli::Verify, at: Time) -> Result<Option<Self>, Fault> {
        let Some(target) = &options.record else {
            return Ok(None);
        };
        let single = options.file.len() == 1 && !target.is_dir();
        if !single {
            files::distinct_stems(&options.file)?;
            if files::has_extension(target, "pdf") && !target.is_dir() {
                return Err(fault!(
                    "{}: several files need a folder for --record",
                    target.display()
                ));
            }
        }
        let inputs = options
            .file
            .iter()
            .chain(&options.trust.state)
            .chain(&options.code);
        let sealer = options.record_seal.options(at);
        Ok(Some(Self {
            sealer: sealer.as_ref().map(Sealer::load).transpose()?,
            options,
            single,
            target,
            outputs: Outputs::sparing(inputs.map(PathBuf::as_path)),
        }))
    }

    fn write(&self, path: &Path, verdict: &Report, subject: Subject) -> Result<(), Fault> {
        let page = VerificationRecord::new(verdict, subject)
            .asked_by(&self.options.asked_by)
            .purpose(&self.options.purpose)
            .compose()
            .named(path.display())?;
        let target = if self.single {
            self.target.to_owned()
        } else {
            self.target.join(format!("{}.record.pdf", files::stem(path)))
        };
        let name = path.display().to_string();
        let sealed = self.sealer.as_ref().map(|sealer| sealer.seal_draft(&page, &name));
        match sealed.transpose()? {
            Some(sealed) => self.outputs.write(&target, &sealed),
            None => self.outputs.write(&target, page.bytes()),
        }
    }
}
