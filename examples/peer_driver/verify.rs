//! `w4`, `w5`, `verdict`: signature, digest and chain to the job's root.

use serde_json::{Map, Value, json};
use yinxin::verify::{Code, Outcome, Report, Severity, Trust, Verifier};

use super::protocol::{Failure, Job, certificates, now, read};

pub fn verify(job: &Job) -> Result<Map<String, Value>, Failure> {
    let expected = job.expect.as_deref().ok_or("the job expects no verdict")?;
    let verifier = verifier(job)?;
    let kept = if job.large { None } else { Some(read(&job.input)?) };
    let mut result = job.run(|_| {
        let report = match &kept {
            Some(file) => verifier.verify_pdf(file, now()?),
            None => verifier.verify_pdf(&read(&job.input)?, now()?),
        };
        match word(&report) {
            found if found == expected => Ok(()),
            found => Err(format!("verdict {found}: {}", reason(&report)).into()),
        }
    })?;
    result.insert("extra".into(), json!({"verdict": expected}));
    Ok(result)
}

pub fn verdict(job: &Job) -> Result<Map<String, Value>, Failure> {
    let report = verifier(job)?.verify_pdf(&read(&job.input)?, now()?);
    let mut result = Map::new();
    result.insert("ok".into(), true.into());
    result.insert("verdict".into(), word(&report).into());
    result.insert("extra".into(), json!({"reason": reason(&report)}));
    Ok(result)
}

fn verifier(job: &Job) -> Result<Verifier, Failure> {
    Ok(Verifier::new(Trust::new().roots(certificates(&job.root)?)))
}

/// The peers' three words. `partial`: every seal is right and trusted, and what speaks against the file is only that it was
/// changed afterwards.
fn word(report: &Report) -> &'static str {
    let changed_only = report
        .findings
        .iter()
        .filter(|finding| finding.code.severity() > Severity::Note)
        .all(|finding| finding.code == Code::ChangedAfterSeal);
    let sound = !report.seals.is_empty() && report.seals.iter().all(|seal| seal.intact && seal.trusted);
    match report.outcome {
        Outcome::Authentic => "valid",
        _ if changed_only && sound => "partial",
        _ => "invalid",
    }
}

fn reason(report: &Report) -> String {
    report
        .authentic()
        .map_or_else(|refused| refused.to_string(), |_| String::new())
}
