//! How a flow tells what happens, and that the verifier says what it must.

use std::fmt::Debug;

use yinxin::time::Time;
use yinxin::verify::{Code, Outcome, Report};

use super::Told;

/// A moment in China, in June 2030: day and hour.
pub fn june(day: u8, hour: u8) -> Told<Time> {
    Ok(format!("2030-06-{day:02}T{hour:02}:00:00+08:00").parse()?)
}

/// Tells what happens next.
pub fn scene(chinese: &str, english: &str) {
    println!("\n{chinese}\n{english}");
}

/// The verifier must accept it; prints that it does.
pub fn accepted(report: &Report) {
    answer(report, Outcome::Authentic, None);
}

/// The verifier must refuse it for this reason; prints the reason.
pub fn refused(report: &Report, why: Code) {
    answer(report, Outcome::NotAuthentic, Some(why));
}

/// The verifier must not be able to tell, for this reason; prints it, and what to do next.
pub fn undecided(report: &Report, why: Code) {
    answer(report, Outcome::Indeterminate, Some(why));
}

/// It must fail in this way; prints the complaint.
pub fn found<T, E: Debug + std::fmt::Display + PartialEq>(result: Result<T, E>, expected: &E) {
    let error = result.err().expect("nothing was found");
    println!("  found 发现: {error}");
    assert_eq!(error, *expected);
}

fn answer(report: &Report, outcome: Outcome, why: Option<Code>) {
    println!("  {} => {}", report.at.date_at_offset(8), report.outcome);
    let first = report.findings.first().filter(|_| why.is_some());
    if let Some(finding) = first {
        let (code, said) = (finding.code, finding.words());
        println!("     {}；{}", said.zh, code.remedy_chinese());
        println!("     {}; {} [{}]", said.en, code.remedy(), code.name());
    }
    let found = (report.outcome, first.map(|finding| finding.code));
    assert_eq!(found, (outcome, why), "{:#?}", report.findings);
}
