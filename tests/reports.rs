//! What a report says, and that it goes on saying it: steps, indications, JSON, text.
//!
//! `YINXIN_BLESS=1 cargo test --test reports` writes `test-vectors/reports` anew after reports were changed on purpose.

mod common;
#[path = "common/forge.rs"]
mod forge;
#[path = "common/verdicts.rs"]
mod verdicts;

use std::fs;

use common::path;
use verdicts::{Verdict, all, kept};
use yinxin::verify::{
    Coverage, Indication, Language, Outcome, Report, Severity, Step, StepResult, SubIndication,
};

fn result(report: &Report, step: Step) -> StepResult {
    report
        .steps
        .iter()
        .find(|facts| facts.step == step)
        .unwrap()
        .result
}

fn named(verdicts: &[Verdict], name: &str) -> usize {
    verdicts.iter().position(|verdict| verdict.name == name).unwrap()
}

#[test]
fn kept_reports_are_the_ones_recorded() {
    let folder = path("test-vectors/reports");
    let bless = std::env::var_os("YINXIN_BLESS").is_some();
    for verdict in kept() {
        let json = serde_json::to_string_pretty(&verdict.report).unwrap() + "\n";
        let text = verdict.report.text(Language::Both);
        for (kind, found) in [("json", json), ("txt", text)] {
            let file = folder.join(format!("{}.{kind}", verdict.name));
            if bless {
                fs::create_dir_all(&folder).unwrap();
                fs::write(&file, &found).unwrap();
            }
            let expected = fs::read_to_string(&file)
                .unwrap_or_default()
                .replace("\r\n", "\n");
            assert!(
                found == expected,
                "{}: differs; see the head of tests/reports.rs; found:\n{found}",
                file.display()
            );
        }
    }
}

#[test]
fn every_report_has_every_step_once_and_no_finding_beside_a_passed_one() {
    for Verdict { name, report, .. } in all() {
        let steps: Vec<Step> = report.steps.iter().map(|facts| facts.step).collect();
        assert_eq!(steps, Step::ALL, "{name}");
        for finding in &report.findings {
            let expected = match finding.code.severity() {
                Severity::Note => continue,
                Severity::Doubt => &[StepResult::Undecided, StepResult::Failed][..],
                Severity::Fatal => &[StepResult::Failed],
            };
            let found = result(&report, finding.code.step());
            assert!(expected.contains(&found), "{name}: {finding}: {found:?}");
        }
    }
}

/// A step can only have passed if what it is about was there and the step before it let the way go on.
#[test]
fn a_step_that_was_not_carried_out_has_not_passed() {
    let mut seen = 0;
    for Verdict { name, report, .. } in all() {
        let passed = |step| result(&report, step) == StepResult::Passed;
        for (later, needed) in [
            (Step::Structure, Step::Reading),
            (Step::Seals, Step::Reading),
            (Step::Coverage, Step::Seals),
            (Step::Signature, Step::Coverage),
        ] {
            assert!(!passed(later) || passed(needed), "{name}: {later:?}");
        }
        let seals = |test: &dyn Fn(&yinxin::verify::SealFacts) -> bool| {
            !report.seals.is_empty() && report.seals.iter().all(test)
        };
        assert!(
            !passed(Step::Coverage) || seals(&|s| s.coverage != Coverage::Broken),
            "{name}"
        );
        assert!(!passed(Step::Signature) || seals(&|s| s.intact), "{name}");
        // A file: permission only after the signature. A code alone has no seals.
        let asked = passed(Step::Authority);
        assert!(!asked || report.list.is_some(), "{name}");
        assert!(
            !asked || report.seals.is_empty() || passed(Step::Signature),
            "{name}"
        );
        assert_ne!(
            result(&report, Step::Status),
            StepResult::Passed,
            "{name}: not done yet"
        );
        seen += usize::from(asked);
    }
    assert!(seen > 1, "no verdict got that far");
}

#[test]
fn steps_tell_how_far_the_way_went() {
    use StepResult::{Failed, NotApplicable, NotChecked, NotReached, Passed, Undecided};
    let expected = [
        (
            "authentic",
            [
                Passed, Passed, Passed, Passed, Passed, Passed, Passed, Passed, Passed, Passed, Passed,
                Passed, Passed, NotChecked,
            ],
        ),
        (
            "authentic-without-record",
            [
                Passed,
                Passed,
                Passed,
                Passed,
                Passed,
                Passed,
                Passed,
                Passed,
                NotChecked,
                NotApplicable,
                NotApplicable,
                NotApplicable,
                Passed,
                NotChecked,
            ],
        ),
        (
            "altered",
            [
                Passed, Passed, Passed, Passed, Passed, Failed, NotReached, NotReached, NotReached,
                NotReached, NotReached, NotReached, NotReached, NotChecked,
            ],
        ),
        (
            "no-trust",
            [
                Passed, Passed, Passed, Passed, Passed, Passed, Undecided, NotReached, NotReached, Passed,
                Passed, Passed, Passed, NotChecked,
            ],
        ),
        (
            "no-pdf",
            [
                Failed, NotReached, NotReached, NotReached, NotReached, NotReached, NotReached, NotReached,
                NotReached, NotReached, NotReached, NotReached, NotReached, NotChecked,
            ],
        ),
        (
            "encrypted",
            [
                Undecided, NotReached, NotReached, NotReached, NotReached, NotReached, NotReached,
                NotReached, NotReached, NotReached, NotReached, NotReached, NotReached, NotChecked,
            ],
        ),
        (
            "code-alone",
            [
                NotApplicable,
                NotApplicable,
                NotApplicable,
                NotApplicable,
                NotApplicable,
                NotApplicable,
                Passed,
                Passed,
                Passed,
                NotApplicable,
                Passed,
                NotApplicable,
                NotApplicable,
                NotChecked,
            ],
        ),
    ];
    let verdicts = kept();
    for (name, expected) in expected {
        let report = &verdicts[named(&verdicts, name)].report;
        let found: Vec<StepResult> = report.steps.iter().map(|facts| facts.result).collect();
        assert_eq!(found, expected, "{name}: {:#?}", report.findings);
    }
}

/// EN 319 102-1, clause 5.1.3: the pairs of the standard and no others, for the file and for each seal.
#[test]
fn indications_are_pairs_that_the_standard_has() {
    let fits = |main: Indication, sub: Option<SubIndication>| match sub {
        None => main == Indication::TotalPassed,
        Some(sub) => main == sub.indication() && main != Indication::TotalPassed,
    };
    for Verdict { name, report, .. } in all() {
        let main = report.indication();
        assert!(fits(main, report.sub_indication()), "{name}");
        assert_eq!(
            main == Indication::TotalPassed,
            report.outcome == Outcome::Authentic,
            "{name}"
        );
        // What is only in doubt is not called a failure.
        assert!(
            report.outcome != Outcome::Indeterminate || main == Indication::Indeterminate,
            "{name}"
        );
        for seal in &report.seals {
            let (main, sub) = seal.verdict();
            assert!(fits(main, sub), "{name}: {}", seal.field);
            assert!(
                main != Indication::TotalPassed || (seal.intact && seal.trusted),
                "{name}: {}",
                seal.field
            );
        }
    }
}

#[test]
fn text_fits_the_terminal_and_leads_with_verdict_reason_and_remedy() {
    let wide = |c: char| u32::from(c) >= 0x2E80;
    for Verdict { name, report, .. } in all() {
        for language in [Language::English, Language::Chinese, Language::Both] {
            let text = report.text(language);
            for line in text.lines() {
                let columns: usize = line.chars().map(|c| 1 + usize::from(wide(c))).sum();
                assert!(columns <= 101, "{name}: {columns} columns: {line}");
                assert_eq!(line.trim_end(), line, "{name}");
            }
            let han = text.chars().filter(|&c| wide(c)).count();
            if language == Language::English && report.seals.is_empty() && report.list.is_none() {
                assert_eq!(han, 0, "{name}: {text}");
            }
        }
        let text = report.text(Language::English);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0], report.advice().0, "{name}");
        if let Some(finding) = report
            .findings
            .first()
            .filter(|f| f.code.severity() > Severity::Note)
        {
            assert!(lines[2].contains("because"), "{name}: {text}");
            let at = |part: &str| text.find(part).unwrap_or_else(|| panic!("{part} in {text}"));
            assert!(
                at("because") < at("  do  ") && at("  do  ") < at("steps\n"),
                "{name}"
            );
            assert!(text.contains(finding.code.name()), "{name}");
        }
    }
}
