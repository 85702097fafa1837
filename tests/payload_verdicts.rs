//! What a verdict says of a result whose code names a status list, and of the holder whose number a clerk typed.

#[path = "common/mod.rs"]
mod common;

use common::{Office, at, entry, list_of, outcome_and_lead, signer};
use yinxin::compose::{Conformance, Fonts, Template};
use yinxin::limits::Limits;
use yinxin::payload::{Payload, SignedPayload, StatusReference, TextForm, decode_text, encode_text};
use yinxin::pki::Signer as _;
use yinxin::seal::Sealed;
use yinxin::verify::{Code, Language, Outcome, Report, Step, StepResult};

fn office() -> Office {
    Office::with_key("p256")
}

/// The result `name` with these claims in its code.
fn issue(name: &str, claims: Payload) -> Sealed {
    let draft = office().draft(name);
    let sealing = draft.bind(claims);
    sealing.seal(&office().seal(), &office().signer(), at()).unwrap()
}

fn with_proof(name: &str) -> Payload {
    let record = office().record(name);
    Payload::of(&record).with_holder_proof(record.holder()).unwrap()
}

/// A code that stands alone.
fn code(payload: &Payload) -> String {
    let signer = office().signer();
    let kid = signer.chain()[0].kid();
    let unsigned = payload.unsigned(signer.algorithm(), &kid).unwrap();
    let signature = signer.sign(&unsigned.to_be_signed()).unwrap();
    encode_text(&unsigned.finish(&signature).unwrap(), &TextForm::Compact).unwrap()
}

fn step(report: &Report, step: Step) -> StepResult {
    report
        .steps
        .iter()
        .find(|facts| facts.step == step)
        .unwrap()
        .result
}

fn has(report: &Report, code: Code) -> bool {
    report.findings.iter().any(|finding| finding.code == code)
}

/// The draft that a code stands for may be had by anybody; sealed by another office, with neither record nor code in it, the file shows
/// what that office likes beside the true code of the first (docs/FORMAT.md, clause 3.3).
#[test]
fn a_file_that_says_nothing_of_its_own_is_not_proved_by_the_code_beside_it() {
    let record = office().record("residence");
    let template = Template::builtin("residence")
        .unwrap()
        .prepare(&Fonts::bundled())
        .unwrap();
    let draft = template.conforming_to(Conformance::A2b).compose(&record).unwrap();
    let coded = draft
        .bind(Payload::of(&record))
        .seal(&office().seal(), &office().signer(), at());
    let code = coded.unwrap().code_text().unwrap().to_owned();
    let police = entry(record.issuer(), &["p256"], &[record.kind().code.as_str()]);
    let market = office().record("food-licence");
    let market = entry(market.issuer(), &["ed25519"], &[market.kind().code.as_str()]);
    let verifier = office().verifier_with(list_of(vec![police, market]));
    for (key, by) in [("ed25519", "another office"), ("p256", "the same office")] {
        let sealed = draft
            .without_code()
            .seal(&office().seal(), &signer(key), at())
            .unwrap();
        let file = sealed.to_bytes();
        assert_eq!(
            verifier.verify_pdf(&file, at()).outcome,
            Outcome::Authentic,
            "{by}"
        );
        let report = verifier.verify_text_with_pdf(&code, &file, at());
        assert_eq!(
            outcome_and_lead(&report),
            (Outcome::Indeterminate, Code::CodeUnbound),
            "{by}"
        );
    }
}

/// Where the list is not at hand, nothing that names one is authentic: by code, by file, by both, in a batch.
#[test]
fn a_status_that_was_not_looked_up_leaves_the_verdict_open() {
    let list = StatusReference::new("https://zm.binhai.example/s/7", 12_351).unwrap();
    let claims = Payload::of(&office().record("residence"));
    let sealed = issue("residence", claims.clone().with_status(list.clone()));
    let (file, text) = (sealed.to_bytes(), sealed.code_text().unwrap().to_owned());
    let verifier = office().verifier();
    let mut reports = verifier.verify_texts(&[&text, &text], at());
    reports.push(verifier.verify_text(&text, at()));
    reports.push(verifier.verify_pdf(&file, at()));
    reports.push(verifier.verify_text_with_pdf(&text, &file, at()));
    for report in &reports {
        assert_eq!(
            outcome_and_lead(report),
            (Outcome::Indeterminate, Code::StatusNotGiven),
            "{:#?}",
            report.findings
        );
        assert_eq!(step(report, Step::Status), StepResult::Undecided);
        let evidence = &report.findings[0].evidence;
        assert_eq!(evidence, "entry 12351 of https://zm.binhai.example/s/7");
        assert!(report.authentic().is_err());
    }
    // The same without a status stands.
    let plain = verifier.verify_text(&code(&claims), at());
    assert_eq!(plain.outcome, Outcome::Authentic);
    assert_eq!(step(&plain, Step::Status), StepResult::NotChecked);
    let read = decode_text(&text, &Limits::DEFAULT).unwrap();
    let read = SignedPayload::parse(&read, &Limits::DEFAULT).unwrap();
    assert_eq!(read.payload().status(), Some(&list));
}

/// What makes a code a forgery weighs more than what is not known of its status.
#[test]
fn a_status_hides_no_forgery() {
    let list = StatusReference::new("https://zm.binhai.example/s/7", 1).unwrap();
    let claims = Payload::of(&office().record("residence")).with_status(list);
    let report = office()
        .verifier_for("food-licence")
        .verify_text(&code(&claims), at());
    assert_eq!(report.outcome, Outcome::NotAuthentic);
    let expired = office()
        .verifier()
        .verify_text(&code(&claims), common::time("2031-06-01"));
    assert_eq!(
        outcome_and_lead(&expired),
        (Outcome::NotAuthentic, Code::CodeExpired)
    );
}

#[test]
fn the_holder_s_number_makes_no_result_worse_and_another_s_makes_it_not_authentic() {
    let own = office().record("residence").holder().code.clone();
    // The same masked form, another person.
    let neighbour = "109900197203154025";
    let sealed = issue("residence", with_proof("residence"));
    let (file, text) = (sealed.to_bytes(), sealed.code_text().unwrap().to_owned());
    let judge = |typed: &str| {
        let verifier = office().verifier().holder(typed);
        [
            verifier.verify_text(&text, at()),
            verifier.verify_texts(&[&text], at()).remove(0),
            verifier.verify_pdf(&file, at()),
            verifier.verify_text_with_pdf(&text, &file, at()),
        ]
    };
    for typed in [own.as_str(), &own.to_lowercase(), &format!(" {own} ")] {
        for report in judge(typed) {
            assert_eq!(report.outcome, Outcome::Authentic, "{:#?}", report.findings);
            assert!(has(&report, Code::HolderMatch));
        }
    }
    for typed in [neighbour, "", "4025", "not a number", "109900198809264026"] {
        for report in judge(typed) {
            assert_eq!(
                outcome_and_lead(&report),
                (Outcome::NotAuthentic, Code::HolderNoMatch),
                "{typed}: {:#?}",
                report.findings
            );
            let text = report.text(Language::Both);
            assert!(text.contains("the result is about somebody else"), "{text}");
            assert!(text.contains("不属于此人"), "{text}");
            // The number itself is nowhere in the report.
            let json = serde_json::to_string(&report).unwrap();
            assert!(typed.len() < 5 || !json.contains(typed) && !text.contains(typed));
        }
    }
}

/// The masked form excludes nearly everybody; what fits it is not the holder for that.
#[test]
fn without_a_proof_a_number_that_fits_the_mask_cannot_be_told() {
    let claims = Payload::of(&office().record("residence"));
    let own = office().record("residence").holder().code.clone();
    let text = code(&claims);
    let judge = |typed: &str| outcome_and_lead(&office().verifier().holder(typed).verify_text(&text, at()));
    assert_eq!(judge(&own), (Outcome::Indeterminate, Code::HolderNotStated));
    assert_eq!(
        judge("109900199003077012"),
        (Outcome::NotAuthentic, Code::HolderNoMatch)
    );
    // The file has the record, which has the number.
    let file = issue("residence", claims).into_bytes();
    let report = office().verifier().holder(&own).verify_pdf(&file, at());
    assert_eq!(report.outcome, Outcome::Authentic);
}

#[test]
fn an_organisation_is_compared_by_its_public_code() {
    let record = office().record("food-licence");
    let text = code(&Payload::of(&record));
    let judge = |typed: &str| {
        let verifier = office().verifier_for("food-licence").holder(typed);
        verifier.verify_text(&text, at())
    };
    assert_eq!(judge(&record.holder().code).outcome, Outcome::Authentic);
    assert_eq!(
        outcome_and_lead(&judge("11109900MB2A100330")),
        (Outcome::NotAuthentic, Code::HolderNoMatch)
    );
}

/// A file made elsewhere tells nothing of a holder: whoever asked is not told that it is his.
#[test]
fn a_file_without_record_and_code_tells_no_holder() {
    let draft = yinxin::draft::Draft::open(plain(), &Limits::DEFAULT).unwrap();
    let place = yinxin::seal::Place {
        page: 0,
        x_mm: 30.0,
        y_mm: 30.0,
    };
    let sealing = draft.without_code().place(place);
    let file = sealing
        .seal(&office().seal(), &office().signer(), at())
        .unwrap()
        .into_bytes();
    let verifier = office().verifier();
    let without = verifier.verify_pdf(&file, at());
    assert_eq!(without.outcome, Outcome::Authentic, "{:#?}", without.findings);
    let asked = verifier.holder("109900198809264025").verify_pdf(&file, at());
    assert_eq!(
        outcome_and_lead(&asked),
        (Outcome::Indeterminate, Code::HolderNotStated)
    );
}

fn plain() -> Vec<u8> {
    let mut file = b"%PDF-1.7\n".to_vec();
    let mut places = Vec::new();
    for object in [
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 400 400] >>",
    ] {
        places.push(file.len());
        file.extend(format!("{} 0 obj\n{object}\nendobj\n", places.len()).bytes());
    }
    let table = file.len();
    file.extend(b"xref\n0 4\n0000000000 65535 f \n");
    places
        .iter()
        .for_each(|place| file.extend(format!("{place:010} 00000 n \n").bytes()));
    file.extend(format!("trailer\n<< /Size 4 /Root 1 0 R >>\nstartxref\n{table}\n%%EOF\n").bytes());
    file
}
