//! Honest oddities: files of other programs that are not quite to the letter, and yet leave no doubt once they are sealed.

mod common;
#[path = "common/forge.rs"]
mod forge;

use common::{Office, at, pem};
use yinxin::seal::DocMdp;
use yinxin::verify::{Outcome, Trust, Verifier};

fn outcome_of(file: Vec<u8>) -> Outcome {
    let office = Office::with_key("p256");
    let sealed = forge::seal(&office, file, Some(DocMdp::NoChanges));
    let verifier = Verifier::new(Trust::new().roots(pem("root")));
    let report = verifier.verify_pdf(&sealed, at());
    println!("{:?}", report.findings);
    report.outcome
}

#[test]
fn a_free_entry_of_generation_65536_is_no_doubt() {
    // ISO 32000-2, 7.5.4 says 65535; the entry is free, so nothing can be read through it either way.
    let mut file = forge::page(200, 200, "0 0 20 20 re f");
    let at = file.windows(7).position(|window| window == b"65535 f").unwrap();
    file[at + 4] = b'6';
    assert_eq!(outcome_of(file), Outcome::Authentic);
}

#[test]
fn a_file_without_a_last_end_of_line_is_no_doubt() {
    let mut file = forge::page(200, 200, "0 0 20 20 re f");
    while file.last().is_some_and(u8::is_ascii_whitespace) {
        file.pop();
    }
    assert_eq!(outcome_of(file), Outcome::Authentic);
}

#[test]
fn a_signer_whose_key_is_not_computed_here_is_doubt_not_forgery() {
    let data = "../shared/corpora/pdf/pyhanko/internal/common-test-utils/src/pyhanko_testing_commons/test_data/data/pdf";
    let Ok(file) = std::fs::read(common::path(data).join("ed448-shake256-nolen.pdf")) else {
        println!("skipped: {data} is not there");
        return;
    };
    let report = Verifier::new(Trust::new().roots(pem("root"))).verify_pdf(&file, at());
    assert_eq!(
        common::outcome_and_lead(&report),
        (Outcome::Indeterminate, yinxin::verify::Code::AlgorithmRejected)
    );
}
