//! Verifies a PDF and writes the verification record, the page that the verifying department seals and files.
//!
//! ```text
//! cargo run --example stamp -- demo
//! cargo run --example verification_record -- demo-output/sealed/residence.pdf demo-output/trust/root.pem 2030-06-05 record.pdf
//! ```

use std::error::Error;
use std::path::Path;

use yinxin::filing::{Subject, VerificationRecord};
use yinxin::pki::Certificate;
use yinxin::time::Time;
use yinxin::verify::{Language, Trust, Verifier};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [file, root, at, out] = arguments.as_slice() else {
        return Err("usage: verification_record FILE.pdf ROOT.pem TIME OUT.pdf".into());
    };
    let at: Time = at.parse()?;
    let roots = Certificate::from_pem_many(&std::fs::read_to_string(root)?)?;
    let bytes = std::fs::read(file)?;
    let report = Verifier::new(Trust::new().roots(roots)).verify_pdf(&bytes, at);
    println!("{}", report.text(Language::Both));

    // A refusal is filed like an acceptance: what was asked, what was found, and at which step.
    let name = Path::new(file).file_name().unwrap_or_default().to_string_lossy();
    let record = VerificationRecord::new(&report, Subject::of(&name, &bytes))
        .asked_by("滨海市住房公积金管理中心")
        .purpose("住房公积金提取")
        .compose()?;
    std::fs::write(out, record.bytes())?;

    // It is a draft like any other, with a place for the department's own seal.
    for place in &record.slots().seals {
        println!("to be sealed by {} at {:?} pt", place.name, place.centre_pt);
    }
    Ok(())
}
