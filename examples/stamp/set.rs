//! `stamp set`: a file on paper as a set of codes, and back.

use std::path::{Path, PathBuf};

use yinxin::compose::{Fonts, SetPages};
use yinxin::crypto::DigestAlgorithm;
use yinxin::limits::Limits;
use yinxin::payload::{SetError, Sets, SplitRule};
use yinxin::symbol::animate;

use crate::cli;
use crate::files::{self, Fault, Named as _, Outputs, fault, hex};
use crate::issue::PIXELS;
use crate::output::say;
use crate::reading::{self, Kind};
use crate::report;
use crate::trust;
use crate::verify;

/// Pixels per module on a screen.
const SCREEN: u32 = 6;

/// Status 0; what cannot be divided or printed is a fault.
pub fn split(options: &cli::SetSplit) -> Result<u8, Fault> {
    let name = options.input.display();
    let file = files::read(&options.input, files::SMALL)?;
    if Kind::of(&file) != Kind::Pdf {
        return Err(fault!("{name}: is no PDF; a set carries one"));
    }
    let file_name = options.input.file_name().unwrap_or_default().to_string_lossy();
    let title = options.name.as_deref().unwrap_or(&file_name);
    let mut pages = SetPages::new(title, options.at.unwrap_or_else(files::now));
    let mut split = SplitRule::DEFAULT;
    (split.piece_bytes, split.loss_percent) = (options.piece, options.loss);
    pages.split = split;
    let symbols = pages.symbols(&file, &Limits::DEFAULT).named(&name)?;
    let outputs = Outputs::sparing([options.input.as_path()]);
    if let Some(path) = &options.out {
        let draft = pages
            .compose(&file, &Fonts::bundled(), &Limits::DEFAULT)
            .named(&name)?;
        outputs.write(path, draft.bytes())?;
        say!("pages 纸页: {}", path.display());
    }
    if let Some(folder) = &options.png {
        for (number, symbol) in (1..).zip(&symbols) {
            outputs.write(&folder.join(format!("{number:04}.png")), &symbol.to_png(PIXELS))?;
        }
        say!("pictures 图片: {}", folder.display());
    }
    if let Some(path) = &options.apng {
        outputs.write(path, &animate(&symbols, SCREEN, options.rate))?;
        say!("animation 动画: {}", path.display());
    }
    let digest = DigestAlgorithm::Sha256.digest(&file);
    say!(
        "{} codes 个码, set 集合 {}, SHA-256 {}",
        symbols.len(),
        hex(&digest[..8]),
        hex(&digest)
    );
    Ok(0)
}

/// Status 0 if the file is written, 1 if codes are missing; that of the verdict if one was asked for.
pub fn join(options: &cli::SetJoin) -> Result<u8, Fault> {
    let mut sets = Sets::new(&Limits::DEFAULT);
    let (mut others, mut unread) = (0_usize, 0_usize);
    for path in &options.input {
        for view in reading::views(path)? {
            let texts = match view.texts {
                Ok(texts) => texts,
                Err(why) => {
                    eprintln!("stamp: {}: {why}", view.name);
                    unread += 1;
                    continue;
                }
            };
            let mut parts = 0;
            for text in &texts {
                match sets.add(text) {
                    Ok(()) => parts += 1,
                    Err(SetError::Scheme) => others += 1,
                    Err(why @ SetError::TooMany(_)) => return Err(fault!("{}: {why}", view.name)),
                    Err(why) => eprintln!("stamp: {}: {why}", view.name),
                }
            }
            say!("{}: {parts} parts 个部分", report::printable(&view.name));
        }
    }
    if others > 0 {
        say!("{others} other codes, not parts of a set 个其他的码，不属于集合");
    }
    let (mut whole, mut waiting) = (vec![], vec![]);
    for result in sets.each() {
        match result {
            Ok(file) => whole.push(file),
            Err(why) => waiting.push(why),
        }
    }
    for why in &waiting {
        say!("{}", missing(why));
    }
    if whole.is_empty() {
        let pictures = if unread > 0 {
            ", or take the unread pictures again"
        } else {
            ""
        };
        say!("nothing is complete; scan more codes{pictures} 尚无完整的文件，请继续扫码");
        return Ok(1);
    }
    let outputs = Outputs::sparing(options.input.iter().map(PathBuf::as_path));
    let targets = targets(&whole, &options.out)?;
    for (file, path) in whole.iter().zip(&targets) {
        outputs.write(path, file)?;
        let digest = hex(&DigestAlgorithm::Sha256.digest(file));
        say!("{}: {} bytes 字节, SHA-256 {digest}", path.display(), file.len());
    }
    judge(&whole, &targets, options)
}

/// Where each file goes.
fn targets(whole: &[Vec<u8>], out: &Path) -> Result<Vec<PathBuf>, Fault> {
    if whole.len() == 1 && !out.is_dir() {
        return Ok(vec![out.to_owned()]);
    }
    if files::has_extension(out, "pdf") {
        return Err(fault!(
            "{}: {} files came out; name a folder for --out",
            out.display(),
            whole.len()
        ));
    }
    let target = |file: &Vec<u8>| {
        let digest = DigestAlgorithm::Sha256.digest(file);
        out.join(format!("{}.pdf", hex(&digest[..8])))
    };
    Ok(whole.iter().map(target).collect())
}

/// The verdicts, if they were asked for.
fn judge(whole: &[Vec<u8>], targets: &[PathBuf], options: &cli::SetJoin) -> Result<u8, Fault> {
    if options.trust.is_empty() {
        say!("not verified; `stamp verify` does that 尚未核验，请用 stamp verify");
        return Ok(0);
    }
    let trust = cli::TrustOptions::of(&options.trust);
    let (verifier, at) = trust::load(&trust)?;
    let mut outcomes = vec![];
    for (file, path) in whole.iter().zip(targets) {
        let verdict = verify::judge_bytes(&verifier, file, None, at);
        report::print(&path.display().to_string(), &verdict, None, &trust);
        outcomes.push(verdict.outcome);
    }
    Ok(report::status(outcomes))
}

/// What a set lacks, in both languages.
fn missing(why: &SetError) -> String {
    match why {
        SetError::Missing { set, have, more } => format!(
            "set 集合 {}: {have} parts read, {more} more are needed 已读 {have} 个，还差 {more} 个",
            hex(set)
        ),
        other => other.to_string(),
    }
}
