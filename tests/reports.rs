//! What a report says, and that it goes on saying it: steps, indications, JSON, text.
//!
//! `YINXIN_BLESS=1 cargo test --test reports` writes `test-vectors/reports` anew after reports were changed on purpose.

mod common;
#[path = "common/forge.rs"]
mod forge;
#[path = "common/pki.rs"]
mod made;
#[path = "common/stamp.rs"]
mod stamp;
#[path = "common/states.rs"]
mod states;
#[path = "common/verdicts.rs"]
mod verdicts;

use std::collections::BTreeSet;
use std::fs;

use common::{Office, at, path, time};
use verdicts::{Verdict, all, kept};
use yinxin::verify::{
    ChangePolicy, Coverage, Indication, Language, Modification, Outcome, Question, Report, Severity, Step,
    StepResult, SubIndication,
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

/// What the others do not have: several seals, time stamps, another policy, a list that knows nothing of the signer.
fn several() -> Vec<Verdict> {
    let office = Office::with_key("ed25519");
    let page = forge::page(200, 200, "0 0 20 20 re f");
    let twice = forge::seal(&office, forge::seal(&office, page, None), None);
    let by_others = stamp::Token {
        key: "tsa-loose",
        ..stamp::Token::default()
    };
    let tokens = |value: &[u8]| vec![stamp::Token::default().over(value), by_others.over(value)];
    let stamps_in_it = stamp::sealed_with(&forge::roomy(&Office::with_key("p256")), tokens);
    let elsewhere = Office::with_key("p384").verifier();
    let verdict = |name, report, bytes: &[u8]| Verdict {
        name,
        bytes: bytes.to_vec(),
        report,
    };
    let stamped = stamp::stamped(&twice, &stamp::Token::default());
    let pades = office.verifier().policy(ChangePolicy::Pades);
    let small = forge::small(&office);
    vec![
        verdict("several-seals", pades.verify_pdf(&stamped, at()), &stamped),
        verdict(
            "stamped-seal",
            office.verifier().verify_pdf(&stamps_in_it, at()),
            &stamps_in_it,
        ),
        verdict(
            "not-listed",
            elsewhere.verify_pdf(&small, time("2030-05-30")),
            &small,
        ),
    ]
}

/// Compares what was found with the file that is kept.
fn compare(file: &str, found: &str) {
    let file = path("test-vectors/reports").join(file);
    if std::env::var_os("YINXIN_BLESS").is_some() {
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(&file, found).unwrap();
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

#[test]
fn kept_reports_are_the_ones_recorded() {
    for verdict in kept().into_iter().chain(several()) {
        let json = serde_json::to_string_pretty(&verdict.report).unwrap() + "\n";
        compare(&format!("{}.json", verdict.name), &json);
        compare(
            &format!("{}.txt", verdict.name),
            &verdict.report.text(Language::Both),
        );
    }
}

/// A seal is not yet a permission: where no authority list says that its maker may issue this, the clerk is not told to accept.
#[test]
fn nobody_is_told_to_accept_what_no_list_permits() {
    let mut doubted = 0;
    for Verdict { name, report, .. } in all().into_iter().chain(kept()).chain(states::states()) {
        let answers = report.answers();
        let (accept, issued_by) = (answers[0].value, answers[1].value);
        assert!(
            !accept.starts_with("yes") || issued_by == "permitted",
            "{name}: {accept}, {issued_by}"
        );
        if report.outcome == Outcome::Authentic && issued_by != "permitted" && accept != "no-sample" {
            assert_eq!(accept, "cannot-tell", "{name}");
            assert!(
                ["no-list", "type-not-told"].contains(&issued_by),
                "{name}: {issued_by}"
            );
            let rows = &answers[0].rows;
            assert_eq!((rows[0].name, rows[1].name), ("reason", "next"), "{name}");
            doubted += 1;
        }
    }
    assert!(doubted >= 4, "{doubted}");
}

/// Whoever looks at the list of bodies must not take a seal for theirs that was refused, or that is nobody's yet.
#[test]
fn a_body_whose_seal_was_refused_has_not_sealed() {
    let mut refused = 0;
    for Verdict { name, report, .. } in states::states() {
        for required in &report.required {
            let field = format!("field {}", required.field);
            let about = report.findings.iter().filter(|finding| finding.object == field);
            let fatal = about
                .clone()
                .any(|finding| finding.code.severity() == Severity::Fatal);
            assert!(!(required.sealed && fatal), "{name}: {field}");
            refused += usize::from(fatal);
            let nobody = about
                .clone()
                .any(|finding| finding.code.name() == "joint.unattributed");
            let answers = report.answers();
            let own = |row: &&yinxin::verify::Row| row.text.en.contains(&required.code);
            let row = answers[1].rows.iter().find(own).unwrap();
            assert!(!nobody || row.severity > Severity::Note, "{name}: {row:?}");
        }
    }
    assert!(refused >= 3, "{refused}");
}

/// The first word of the first line is the decision.
#[test]
fn the_first_line_is_the_decision() {
    for Verdict { name, report, .. } in all().into_iter().chain(states::states()) {
        let (english, chinese) = report.advice();
        let (first, han) = match report.answers()[0].value {
            "yes" | "yes-for-one-use" | "yes-if-paper-agrees" => ("YES", "采信"),
            "no" | "no-sample" => ("NO:", "不予采信"),
            _ => ("CANNOT TELL:", "无法判定"),
        };
        assert!(
            english.starts_with(first) && chinese.contains(han),
            "{name}: {english} {chinese}"
        );
    }
}

/// What a clerk reads in every state, in both languages: `test-vectors/reports/states`.
#[test]
fn every_state_is_told_as_recorded() {
    let mut seen = BTreeSet::new();
    // As JSON they are for scripts/interop, which holds them to docs/report.schema.json.
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("states");
    fs::create_dir_all(&folder).unwrap();
    for Verdict { name, report, .. } in states::states() {
        assert!(seen.insert(name), "{name} twice");
        let json = serde_json::to_string_pretty(&report).unwrap();
        fs::write(folder.join(format!("{name}.json")), json).unwrap();
        compare(&format!("states/{name}.txt"), &report.text(Language::Both));
    }
    assert!(seen.len() > 75, "{}", seen.len());
}

/// The wrong office seals a page that looks like a licence and leaves the record out: whether it may issue such a thing nobody asked.
#[test]
fn yes_without_a_condition_is_said_only_where_the_list_was_asked_about_the_type() {
    let mut unasked = 0;
    for Verdict { name, report, .. } in all().into_iter().chain(states::states()).chain(several()) {
        let entry = report.list.as_ref().and_then(|list| list.entry.as_ref());
        let asked = entry.is_some_and(|entry| entry.asked);
        let value = |question| {
            let mut answers = report.answers().into_iter();
            answers.find(|answer| answer.question == question).unwrap().value
        };
        let accept = value(Question::Accept);
        assert!(asked || accept != "yes", "{name}");
        assert!(asked || value(Question::IssuedBy) != "permitted", "{name}");
        unasked += usize::from(!asked && report.outcome == Outcome::Authentic);
    }
    assert!(unasked >= 4, "{unasked}");
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
                Passed,
                Passed,
                Passed,
                Passed,
                Passed,
                Passed,
                Passed,
                Passed,
                NotApplicable,
                Passed,
                Passed,
                Passed,
                Passed,
                Passed,
                NotChecked,
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
                NotReached, NotReached, NotReached, NotReached, NotReached, NotChecked,
            ],
        ),
        (
            "no-trust",
            [
                Passed, Passed, Passed, Passed, Passed, Passed, Undecided, NotReached, NotReached,
                NotReached, Passed, Passed, Passed, Passed, NotChecked,
            ],
        ),
        (
            "no-pdf",
            [
                Failed, NotReached, NotReached, NotReached, NotReached, NotReached, NotReached, NotReached,
                NotReached, NotReached, NotReached, NotReached, NotReached, NotReached, NotChecked,
            ],
        ),
        (
            "encrypted",
            [
                Undecided, NotReached, NotReached, NotReached, NotReached, NotReached, NotReached,
                NotReached, NotReached, NotReached, NotReached, NotReached, NotReached, NotReached,
                NotChecked,
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
                NotApplicable,
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
    for Verdict { name, report, .. } in all().into_iter().chain(states::states()) {
        for language in [Language::English, Language::Chinese, Language::Both] {
            let text = report.text(language);
            for line in text.lines() {
                let columns: usize = line.chars().map(|c| 1 + usize::from(wide(c))).sum();
                assert!(columns <= 101, "{name}: {columns} columns: {line}");
                assert_eq!(line.trim_end(), line, "{name}");
            }
            let han = text.chars().filter(|&c| wide(c)).count();
            let says_names = !report.seals.is_empty() || report.list.is_some() || report.authentic().is_ok();
            if language == Language::English && !says_names {
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
            assert!(lines[1].contains("because"), "{name}: {text}");
            let at = |part: &str| text.find(part).unwrap_or_else(|| panic!("{part} in {text}"));
            assert!(
                at("because") < at("  do  ") && at("  do  ") < at("steps\n"),
                "{name}"
            );
            assert!(text.contains(finding.code.name()), "{name}");
        }
    }
}

#[test]
fn who_refuses_says_the_outcome_the_leading_finding_and_what_to_do() {
    let mut refused = 0;
    for Verdict { name, report, .. } in all() {
        let Err(error) = report.authentic() else {
            assert_eq!(report.outcome, Outcome::Authentic, "{name}");
            continue;
        };
        refused += 1;
        assert_eq!(error.outcome(), report.outcome, "{name}");
        let lead = report.findings.first();
        assert_eq!(error.finding(), lead, "{name}");
        let words = match report.outcome {
            Outcome::NotAuthentic => "NOT AUTHENTIC 不予采信",
            _ => "cannot tell 无法判定",
        };
        let expected = match lead {
            Some(lead) => format!("{words}: {lead}; {}", lead.code.remedy()),
            None => words.to_owned(),
        };
        assert_eq!(error.to_string(), expected, "{name}");
    }
    assert!(refused > 10, "{refused}");
    assert_eq!(Outcome::Authentic.to_string(), "authentic 真实");
}

/// The words that JSON, text and command line have for one thing are the same.
#[test]
fn levels_and_policies_are_called_the_same_everywhere() {
    use Modification::{Annotate, FormFill, LtaUpdate, None, Other};
    for level in [None, LtaUpdate, FormFill, Annotate, Other] {
        assert_eq!(serde_json::to_value(level).unwrap(), level.to_string());
    }
    for policy in [ChangePolicy::Seal, ChangePolicy::Pades, ChangePolicy::Acrobat] {
        assert_eq!(serde_json::to_value(policy).unwrap(), policy.name());
    }
}

#[test]
fn a_sample_is_never_to_be_relied_on_and_a_code_alone_only_with_its_paper() {
    let office = Office::with_key("ed25519");
    let sample = office.issue("residence");
    let text = sample.code_text().unwrap();
    for report in [
        office.verifier().verify_pdf(&sample.to_bytes(), at()),
        office.verifier().verify_text(text, at()),
    ] {
        assert_eq!(report.outcome, Outcome::Authentic);
        assert!(
            report.advice().0.contains("SAMPLE") && report.advice().1.contains("样例"),
            "{report:?}"
        );
    }
    let kept = kept();
    let advice = |name: &str| kept[named(&kept, name)].report.advice();
    assert_eq!(
        advice("authentic"),
        ("YES: it is authentic, you may accept it", "可以采信")
    );
    assert!(advice("code-alone").0.contains("only if it says the same"));
    assert!(advice("altered").0.contains("do NOT accept"));
    assert!(advice("no-trust").0.contains("do not accept it yet"));
}
