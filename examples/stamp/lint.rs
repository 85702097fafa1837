//! `stamp lint`: what in a file could change what is shown, before it is sealed.

use std::path::Path;

use serde::Serialize;
use yinxin::draft::{Draft, DraftError, LargeDraft};
use yinxin::limits::Limits;
use yinxin::pdf::{Password, PdfErrorKind, Skimmed};
use yinxin::verify::{Finding, Severity};

use crate::cli;
use crate::files::{self, Fault, Named as _};
use crate::large;
use crate::output::say;
use crate::report;

/// Status 0 if there is nothing to say of any file, 1 if there is something, 3 if a file could not be read.
pub fn run(options: &cli::Lint) -> Result<u8, Fault> {
    let password = files::password(options.password_file.as_deref())?;
    let mut status = 0;
    for path in files::expand(&options.file, "pdf")? {
        let name = path.display().to_string();
        match lint(&path, &password) {
            Err(fault) => {
                report::print_unread(&name, &fault, options.json);
                status = crate::FAULT;
            }
            Ok(findings) => {
                if !findings.is_empty() && status == 0 {
                    status = 1;
                }
                print(&name, &findings, options.json);
            }
        }
    }
    Ok(status)
}

/// What is found in a file of any size.
fn lint(path: &Path, password: &Password) -> Result<Vec<Finding>, Fault> {
    let (file, length) = large::open(path)?;
    if length > large::WHOLE {
        let mut room = large::room(path, length)?;
        let skimmed = Skimmed::read(file, &mut room, &[]).named(path.display())?;
        let found = LargeDraft::open_with(skimmed, password.clone(), &Limits::DEFAULT)
            .and_then(|draft| draft.lint(&Limits::DEFAULT));
        match found {
            // What is rarely needed was not kept; a file of moderate size is then read whole.
            Err(DraftError::Pdf(error)) if error.kind == PdfErrorKind::Omitted && length <= files::LARGE => {}
            found => return found.named(path.display()),
        }
    }
    Draft::open_with(
        files::read(path, files::LARGE)?,
        password.clone(),
        &Limits::DEFAULT,
    )
    .and_then(|draft| draft.lint(&Limits::DEFAULT))
    .named(path.display())
}

fn print(name: &str, findings: &[Finding], json: bool) {
    #[derive(Serialize)]
    struct Line<'a> {
        file: &'a str,
        findings: &'a [Finding],
    }
    if json {
        let line = Line { file: name, findings };
        say!("{}", serde_json::to_string(&line).unwrap_or_default());
        return;
    }
    if findings.is_empty() {
        say!("{name}: nothing found 未发现问题");
        return;
    }
    say!("{name}:");
    for finding in findings {
        say!("  {}", sentence(finding));
        say!(
            "    -> {} / {}",
            finding.code.remedy(),
            finding.code.remedy_chinese()
        );
    }
}

/// `DOUBT 存疑 seen.layer-hidden: ... (layer at page 1/...)`.
pub fn sentence(finding: &Finding) -> String {
    let mark = match finding.code.severity() {
        Severity::Note => "note 提示",
        _ => "DOUBT 存疑",
    };
    format!(
        "{mark} {}: {} {} ({})",
        finding.code.name(),
        finding.code.english(),
        finding.code.chinese(),
        finding.evidence
    )
}
