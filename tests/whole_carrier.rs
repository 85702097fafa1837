//! The code that hides a file: from its text and the issuer's template the sealed PDF comes back byte for byte, or nothing does.

mod common;

#[path = "whole_carrier/command_line.rs"]
mod command_line;
#[path = "whole_carrier/hostile.rs"]
mod hostile;
#[path = "whole_carrier/refusals.rs"]
mod refusals;

use common::{Office, at, outcome_and_lead, pem, pictures};
use yinxin::Seal;
use yinxin::compose::{BUILTIN, Conformance, Fonts, PreparedTemplate, Template, Typeface};
use yinxin::impression::{Centre, Colour, Impression, RoundSeal};
use yinxin::limits::Limits;
use yinxin::payload::{TextForm, Whole};
use yinxin::pki::SoftwareSigner;
use yinxin::record::Record;
use yinxin::seal::{DocMdp, Sealed};
use yinxin::symbol::{Level, Symbol};
use yinxin::verify::{Carrier, Code, Outcome, Trust, Verifier};
use yinxin::whole::{HideError, Rebuilder};

/// The sample results that fit a code.
const FITTING: [&str; 5] = [
    "social-insurance",
    "residence",
    "lease-filing",
    "employment",
    "food-licence",
];

fn template(name: &str) -> PreparedTemplate {
    Template::builtin(name)
        .unwrap()
        .prepare(&Fonts::bundled())
        .unwrap()
}

/// A signer whose seals hold the signing certificate alone: all that the authority list has.
fn signer(key: &str) -> SoftwareSigner {
    let text = String::from_utf8(common::read(&format!("test-vectors/keys/{key}.key.pem"))).unwrap();
    SoftwareSigner::from_pem(&text, pem(key)).unwrap()
}

fn sealed(office: &Office, key: &str, name: &str) -> Sealed {
    let draft = template(name)
        .compose_with(&office.record(name), &pictures())
        .unwrap();
    draft
        .without_code()
        .seal(&office.seal(), &signer(key), at())
        .unwrap()
}

fn whole(office: &Office, name: &str, sealed: &Sealed) -> Result<Whole, HideError> {
    Whole::of(sealed, &office.record(name), &template(name), &office.seal())
}

/// A text of the residence sample and the file that it stands for.
fn residence(key: &str) -> (String, Vec<u8>) {
    let office = Office::with_key(key);
    let sealed = sealed(&office, key, "residence");
    let text = whole(&office, "residence", &sealed)
        .unwrap()
        .text(&TextForm::Compact)
        .unwrap();
    (text, sealed.into_bytes())
}

/// What a window has: the list and the root. No file, no certificate, and nothing to rebuild with.
fn bare_window(office: &Office, name: &str) -> Verifier {
    let kind = office.record(name).kind().code.to_string();
    Verifier::new(Trust::new().roots(pem("root")).list(office.list(name, &[&kind])))
}

fn window(office: &Office, name: &str) -> Verifier {
    bare_window(office, name).rebuilder(Rebuilder::builtin())
}

#[test]
fn a_clerk_is_told_to_go_by_the_file_in_the_code() {
    let office = Office::with_key("p256");
    let json = String::from_utf8(common::read("examples/data/records/residence.json")).unwrap();
    let json = json.replace("\"sample\": true", "\"sample\": false");
    let record = Record::from_json(json.as_bytes(), &Limits::DEFAULT).unwrap();
    assert!(!record.sample());
    let template = template("residence");
    let draft = template.compose(&record).unwrap();
    let sealing = draft.without_code();
    let sealed = sealing.seal(&office.seal(), &signer("p256"), at()).unwrap();
    let whole = Whole::of(&sealed, &record, &template, &office.seal()).unwrap();
    let text = whole.text(&TextForm::Compact).unwrap();
    let report = window(&office, "residence").verify_text(&text, at());
    assert!(
        report.advice().0.starts_with("YES, THE FILE IN THE CODE"),
        "{:?}",
        report.advice()
    );
}

#[test]
fn the_sealed_file_comes_back_byte_for_byte_and_is_verified_like_any() {
    for key in ["p256", "ed25519", "rsa2048"] {
        let office = Office::with_key(key);
        for name in BUILTIN {
            let sealed = sealed(&office, key, name);
            let whole = match whole(&office, name, &sealed) {
                Ok(whole) => whole,
                Err(HideError::Pictures(count)) => {
                    println!("{key} {name}: {count} pictures");
                    assert!(!FITTING.contains(name));
                    continue;
                }
                Err(error) => panic!("{key} {name}: {error}"),
            };
            for form in [TextForm::Compact, TextForm::Url("https://zm.binhai.example/v")] {
                let text = match whole.text(&form) {
                    Ok(text) => text,
                    Err(HideError::TooLarge { excess_bytes }) => {
                        println!("{key} {name}: {excess_bytes} bytes over");
                        assert!(
                            excess_bytes > 0 && !FITTING.contains(name),
                            "{key} {name}: {excess_bytes} over"
                        );
                        continue;
                    }
                    Err(error) => panic!("{key} {name}: {error}"),
                };
                let symbol = Symbol::of_text(&text, Level::M).unwrap();
                println!(
                    "{key} {name}: {} bytes, {} characters, version {}",
                    whole.encode().len(),
                    text.len(),
                    symbol.version()
                );
                let report = window(&office, name).verify_text(&text, at());
                assert_eq!(
                    report.outcome,
                    Outcome::Authentic,
                    "{key} {name}: {:#?}",
                    report.findings
                );
                assert!(report.rebuilt() == Some(&sealed.to_bytes()), "{key} {name}");
                assert_eq!(report.carrier, Carrier::Whole);
                assert_eq!(report.authentic().unwrap().record(), Some(&office.record(name)));
            }
        }
    }
}

#[test]
fn whatever_the_sealed_bytes_depend_on_is_in_the_code() {
    let office = Office::with_key("p256");
    let name = "no-record-letter";
    let record = office.record(name);
    let builtin = Template::builtin(name).unwrap();
    let other_fonts = Fonts::builder()
        .typeface(Typeface::Hei, yinxin::font::bundled().to_vec())
        .build()
        .unwrap();
    let looks = [
        RoundSeal::new(&record.issuer().name),
        RoundSeal::new("滨海市测试专用局")
            .with_code("1099000012345")
            .with_legend("样章")
            .with_diameter_mm(38.5)
            .with_ring_mm(0.85)
            .with_centre(Centre::Empty)
            .with_colour(Colour {
                red: 1,
                green: 2,
                blue: 255,
            }),
    ];
    let mut files = std::collections::BTreeSet::new();
    for language in ["zh-CN", "zh-TW", "en"] {
        for conformance in [Conformance::A3b, Conformance::A2b, Conformance::A4f] {
            for fonts in [Fonts::bundled(), other_fonts.clone()] {
                let template = builtin.in_language(language).unwrap();
                let template = template.prepare(&fonts).unwrap().conforming_to(conformance);
                let draft = template.compose(&record).unwrap();
                for (look, level) in looks
                    .iter()
                    .zip([Some(DocMdp::NoChanges), Some(DocMdp::FormFilling)])
                {
                    for field in ["Seal1", "审批章"] {
                        let seal = Seal::new(Impression::round(look, yinxin::font::bundled()).unwrap());
                        let sealing = draft.without_code().certifies(level).field(field);
                        let sealed = sealing.seal(&seal, &signer("p256"), at()).unwrap();
                        let whole = Whole::of(&sealed, &record, &template, &seal).unwrap();
                        let text = whole.text(&TextForm::Compact).unwrap();
                        let rebuilder = Rebuilder::builtin().fonts(other_fonts.clone());
                        let report = bare_window(&office, name)
                            .rebuilder(rebuilder)
                            .verify_text(&text, at());
                        assert!(
                            report.rebuilt() == Some(&sealed.to_bytes()),
                            "{:#?}",
                            report.findings
                        );
                        let authentic = report.outcome == Outcome::Authentic;
                        // Without the record, nothing says for which issuer and type the list is to be asked.
                        assert!(
                            authentic || conformance == Conformance::A2b,
                            "{:#?}",
                            report.findings
                        );
                        files.insert(sealed.into_bytes());
                    }
                }
            }
        }
    }
    assert_eq!(files.len(), 3 * 3 * 2 * 2 * 2, "each choice shows in the bytes");
}

#[test]
fn what_is_missing_to_rebuild_is_a_doubt_with_a_remedy_and_not_a_forgery() {
    let (text, file) = residence("p256");
    let office = Office::with_key("p256");
    let lead = |verifier: Verifier| outcome_and_lead(&verifier.verify_text(&text, at()));
    let cannot = |code| (Outcome::Indeterminate, code);
    assert_eq!(
        lead(bare_window(&office, "residence")),
        cannot(Code::CodeRebuildUnavailable)
    );
    let empty = bare_window(&office, "residence").rebuilder(Rebuilder::new());
    assert_eq!(lead(empty), cannot(Code::CodeTemplateMissing));
    let stranger = Verifier::new(Trust::new().roots(pem("root"))).rebuilder(Rebuilder::builtin());
    assert_eq!(lead(stranger), cannot(Code::CodeKeyUnknown));

    // Composed with fonts that are not here.
    let fonts = Fonts::builder()
        .typeface(Typeface::Kai, yinxin::font::bundled().to_vec())
        .build()
        .unwrap();
    let template = Template::builtin("residence").unwrap().prepare(&fonts).unwrap();
    let record = office.record("residence");
    let draft = template.compose(&record).unwrap();
    let sealed = draft
        .without_code()
        .seal(&office.seal(), &signer("p256"), at())
        .unwrap();
    let whole = Whole::of(&sealed, &record, &template, &office.seal()).unwrap();
    let text = whole.text(&TextForm::Compact).unwrap();
    let verifier = window(&office, "residence");
    let report = verifier.verify_text(&text, at());
    assert_eq!(outcome_and_lead(&report), cannot(Code::CodeFontsMissing));
    assert!(report.rebuilt().is_none());
    let remedy = Code::CodeFontsMissing;
    assert!(remedy.remedy().contains("--font") && remedy.remedy_chinese().contains("--font"));

    // A file at hand is judged all the same, and the doubt stays.
    let report = verifier.verify_text_with_pdf(&text, &file, at());
    assert_eq!(outcome_and_lead(&report), cannot(Code::CodeFontsMissing));
    assert_eq!(report.seals.len(), 1);
}

#[test]
fn a_file_and_a_whole_code_belong_together_or_not() {
    let (text, file) = residence("ed25519");
    let (other, _) = residence("p256");
    let office = Office::with_key("ed25519");
    let verifier = window(&office, "residence");
    let report = verifier.verify_text_with_pdf(&text, &file, at());
    assert_eq!(report.outcome, Outcome::Authentic, "{:#?}", report.findings);
    // Same record, same template, another seal: another file.
    let report = verifier.verify_text_with_pdf(&other, &file, at());
    assert_eq!(
        outcome_and_lead(&report),
        (Outcome::NotAuthentic, Code::CodeDraftMismatch)
    );
    let mut room = vec![0; file.len()];
    let read = std::io::Cursor::new(&file);
    let report = verifier
        .verify_text_with_pdf_from(&text, read, &mut room, at())
        .unwrap();
    assert_eq!(report.outcome, Outcome::Authentic, "{:#?}", report.findings);
}

#[test]
fn many_texts_get_the_verdicts_each_would_get_alone() {
    let (text, file) = residence("ed25519");
    let office = Office::with_key("ed25519");
    let reference = office.issue("residence").code_text().unwrap().to_owned();
    let verifier = window(&office, "residence");
    let reports = verifier.verify_texts(&[&reference, &text, "YX1:", &reference], at());
    let outcomes: Vec<(Outcome, Carrier)> = reports.iter().map(|r| (r.outcome, r.carrier)).collect();
    assert_eq!(
        outcomes,
        [
            (Outcome::Authentic, Carrier::Reference),
            (Outcome::Authentic, Carrier::Whole),
            (Outcome::NotAuthentic, Carrier::Reference),
            (Outcome::Authentic, Carrier::Reference),
        ]
    );
    assert!(reports[1].rebuilt() == Some(&file) && reports[0].rebuilt().is_none());
    assert_eq!(reports[1].steps.len(), reports[0].steps.len());
}

#[test]
fn the_report_says_that_the_file_counts_and_not_the_paper() {
    let (text, _) = residence("p256");
    let report = window(&Office::with_key("p256"), "residence").verify_text(&text, at());
    assert!(
        report
            .findings
            .iter()
            .any(|finding| finding.code == Code::CodeRebuilt)
    );
    assert!(
        report
            .findings
            .iter()
            .all(|finding| finding.code != Code::CodeMissing)
    );
    let json = serde_json::to_value(&report).unwrap();
    assert_eq!(json["carrier"], "whole");
}
