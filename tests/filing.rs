//! Verification records: two pages that can be sealed and filed, the same every time, whatever the file was called.
#![cfg(all(feature = "compose", feature = "seal"))]

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

use std::process::Command;

use common::{Office, at, path, pem};
use verdicts::{Verdict, all, kept};
use yinxin::crypto::DigestAlgorithm;
use yinxin::draft::Draft;
use yinxin::filing::{FilingError, REPORT_FILE, Subject, VerificationRecord};
use yinxin::limits::Limits;
use yinxin::pdf::Document;
use yinxin::verify::{Outcome, Report, Trust, Verifier};

fn composed(report: &Report, name: &str, bytes: &[u8]) -> Draft {
    VerificationRecord::new(report, Subject::of(name, bytes))
        .asked_by("滨海市住房公积金管理中心")
        .purpose("住房公积金提取 No. 2030-118")
        .compose()
        .unwrap()
}

/// The page's text; `None`, with the reason printed, if pdftotext is not there.
fn text(draft: &Draft, name: &str) -> Option<String> {
    let file = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("filing-{name}.pdf"));
    std::fs::write(&file, draft.bytes()).unwrap();
    match Command::new("pdftotext")
        .arg("-layout")
        .arg(&file)
        .arg("-")
        .output()
    {
        Ok(output) => Some(String::from_utf8(output.stdout).unwrap()),
        Err(error) => {
            println!("skipped: pdftotext: {error}");
            None
        }
    }
}

/// A change of these is a change of every record filed from now on. `YINXIN_BLESS=1` writes them anew.
#[test]
fn records_are_the_bytes_recorded() {
    let found: String = kept()
        .into_iter()
        .chain(states::states())
        .map(|Verdict { name, bytes, report }| {
            let page = composed(&report, &format!("{name}.pdf"), &bytes);
            let again = composed(&report, &format!("{name}.pdf"), &bytes);
            assert_eq!(page.bytes(), again.bytes(), "{name}");
            // To be looked at.
            let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("records");
            std::fs::create_dir_all(&folder).unwrap();
            std::fs::write(folder.join(format!("{name}.pdf")), page.bytes()).unwrap();
            let digest = DigestAlgorithm::Sha256.digest(page.bytes());
            let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
            format!("{hex}  {name}\n")
        })
        .collect();
    let sums = path("test-vectors/reports/SHA256SUMS");
    if std::env::var_os("YINXIN_BLESS").is_some() {
        std::fs::create_dir_all(path("test-vectors/reports")).unwrap();
        std::fs::write(&sums, &found).unwrap();
    }
    let expected = std::fs::read_to_string(sums).unwrap_or_default();
    assert_eq!(found, expected.replace("\r\n", "\n"), "found:\n{found}");
}

#[test]
fn every_verdict_becomes_two_clean_pages_of_pdfa() {
    for Verdict { name, bytes, report } in all().into_iter().chain(states::states()) {
        let page = composed(&report, name, &bytes);
        let document = Document::open(page.bytes(), &Limits::DEFAULT).unwrap();
        assert_eq!(document.audit().unwrap().len(), 0, "{name}");
        assert_eq!(document.revisions().len(), 1, "{name}");
        let view = document.newest();
        assert_eq!(view.pages().unwrap().len(), 2, "{name}");
        let claim = view.conformance().unwrap().pdfa.unwrap();
        assert_eq!((claim.part, claim.level), (3, Some('B')), "{name}");
    }
}

#[test]
fn what_the_page_says_can_be_extracted_and_the_whole_report_goes_with_it() {
    for Verdict { name, bytes, report } in kept() {
        let page = composed(&report, "文件 a.pdf", &bytes);
        let Some(text) = text(&page, name) else { return };
        let digest = DigestAlgorithm::Sha256.digest(&bytes);
        let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        let (english, chinese) = report.advice();
        for part in [
            "文件 a.pdf",
            &hex,
            &bytes.len().to_string(),
            english,
            chinese,
            "滨海市住房公积金管理中心",
            "No. 2030-118",
            "2030-07-01 12:00:00 +08:00",
            report.indication().name(),
        ] {
            assert!(text.contains(part), "{name}: {part} in {text}");
        }
        for facts in &report.steps {
            assert!(text.contains(facts.step.english()), "{name}: {:?}", facts.step);
        }
        if let Some(finding) = report.findings.first() {
            assert!(text.contains(finding.code.name()), "{name}: {finding}");
        }
        // What is not proved is not said.
        assert_eq!(
            text.contains("林若溪"),
            report.authentic().is_ok_and(|a| !a.fields().is_empty()),
            "{name}"
        );
        let whole = serde_json::to_vec(&report).unwrap();
        let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR"));
        let file = folder.join(format!("filing-{name}.pdf"));
        match Command::new("pdfdetach")
            .args(["-savefile", REPORT_FILE, "-o"])
            .arg(folder.join("report.json"))
            .arg(&file)
            .output()
        {
            Ok(_) => assert_eq!(
                std::fs::read(folder.join("report.json")).unwrap(),
                whole,
                "{name}"
            ),
            Err(error) => println!("skipped: pdfdetach: {error}"),
        }
    }
}

#[test]
fn what_does_not_fit_is_counted() {
    let verdicts = all();
    let many = verdicts
        .iter()
        .find(|verdict| verdict.name == "many-seals")
        .unwrap();
    assert_eq!(many.report.seals.len(), 14);
    let page = composed(&many.report, "many.pdf", &many.bytes);
    let Some(text) = text(&page, "many") else { return };
    // Of the two pages, the second has the seals and the findings.
    let text = text.split('\u{c}').nth(1).unwrap();
    let counted: usize = text
        .lines()
        .filter_map(|line| {
            line.split_once("另有")
                .and_then(|(_, rest)| rest.split_once("项"))
        })
        .map(|(count, _)| count.trim().parse::<usize>().unwrap())
        .sum();
    let shown = |word: &str| text.lines().filter(|line| line.starts_with(word)).count();
    let seals = shown("Seal") + shown("Signature");
    let findings = shown("存疑") + shown("错误") + shown("提示");
    assert!(counted > 0 && seals > 0 && findings > 0, "{text}");
    assert_eq!(
        counted + seals + findings,
        many.report.seals.len() + many.report.findings.len(),
        "{text}"
    );
}

#[test]
fn any_name_can_be_filed_and_none_commands_the_reader() {
    let report = Verifier::new(Trust::new()).verify_pdf(b"x", at());
    let name = "营业执照\u{1F600}\u{202E}fdp.exe\u{1b}[2J\u{E000}\n\u{0}";
    let page = composed(&report, name, b"x");
    if let Some(text) = text(&page, "hostile") {
        for part in [
            "营业执照<U+1F600><U+202E>fdp.exe<U+001B>",
            "<U+E000><U+000A><U+0000>",
        ] {
            assert!(text.contains(part), "{part} in {text}");
        }
    }
    for long in [
        "字".repeat(100_000),
        "w".repeat(100_000),
        " ".repeat(100_000),
        "\u{1F600}".repeat(5_000),
    ] {
        let record = VerificationRecord::new(&report, Subject::of(&long, b"x"));
        let page = record.asked_by(&long).purpose(&long).compose().unwrap();
        let document = Document::open(page.bytes(), &Limits::DEFAULT).unwrap();
        assert_eq!(document.newest().pages().unwrap().len(), 2);
    }
}

#[test]
fn report_on_another_file_is_not_filed_for_this_one() {
    let office = Office::with_key("ed25519");
    let file = forge::small(&office);
    let report = office.verifier().verify_pdf(&file, at());
    let other = Subject::of("other.pdf", b"x");
    assert_eq!(
        VerificationRecord::new(&report, other).compose(),
        Err(FilingError::AnotherFile {
            judged: file.len() as u64,
            given: 1
        })
    );
}

/// The verifying department seals the record in its place and files it; it is PDF/A still, and verifies.
#[test]
fn record_can_be_sealed_and_verified_in_turn() {
    let office = Office::with_key("p256");
    for Verdict { name, bytes, report } in kept() {
        let page = composed(&report, name, &bytes);
        let place = &page.slots().seals[0];
        assert_eq!(place.name, "滨海市住房公积金管理中心");
        let sealed = page
            .without_code()
            .seal(&office.seal(), &office.signer(), at())
            .unwrap()
            .into_bytes();
        assert!(sealed.starts_with(page.bytes()), "{name}");
        let verifier = Verifier::new(Trust::new().roots(pem("root")));
        let verdict = verifier.verify_pdf(&sealed, at());
        assert_eq!(
            verdict.outcome,
            Outcome::Authentic,
            "{name}: {:#?}",
            verdict.findings
        );
        let document = Document::open(&sealed, &Limits::DEFAULT).unwrap();
        let claim = document.newest().conformance().unwrap().pdfa.unwrap();
        assert_eq!((claim.part, claim.level), (3, Some('B')), "{name}");
    }
}
