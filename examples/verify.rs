//! The verdict on a sealed PDF under an authority list, and what the result says.
//!
//! ```text
//! cargo run --example stamp -- demo
//! cargo run --example verify -- demo-output/sealed/food-licence.pdf demo-output/trust/root.pem \
//!     demo-output/trust/authority.cbor 2030-06-05
//! ```

use std::error::Error;

use yinxin::authority::{AuthorityList, Memory, Roots};
use yinxin::limits::Limits;
use yinxin::pki::Certificate;
use yinxin::time::Time;
use yinxin::verify::{Trust, Verifier};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [file, root, list, at] = arguments.as_slice() else {
        return Err("usage: verify FILE.pdf ROOT.pem LIST.cbor TIME".into());
    };
    let at: Time = at.parse()?;

    // The root comes from a source you trust, never from whoever hands you the file.
    let roots = Certificate::from_pem_many(&std::fs::read_to_string(root)?)?;
    // Keep what a memory holds from run to run: it tells an old list from the newest. Here the verifier has seen none.
    let mut memory = Memory::new(at);
    let pinned = Roots::any_of(roots.clone())?;
    let list = AuthorityList::open(&std::fs::read(list)?, &pinned, &mut memory, &Limits::DEFAULT)?;
    let verifier = Verifier::new(Trust::new().roots(roots).list(list));

    // Whatever the bytes are, the answer is a report and not an error.
    let report = verifier.verify_pdf(&std::fs::read(file)?, at);
    println!("{}", report.outcome);
    for finding in &report.findings {
        println!("  {finding}\n    -> {}", finding.code.remedy());
    }
    if let Some(list) = &report.list {
        println!(
            "  under list {}, {} days old",
            list.sequence,
            list.age_seconds / 86_400
        );
    }

    // The record can only be had through the proof that the outcome is `Authentic`.
    match report.authentic() {
        Ok(authentic) => {
            if let Some(record) = authentic.record() {
                println!(
                    "  {} {} for {}",
                    record.kind().name,
                    record.number(),
                    record.holder().name
                );
            }
            Ok(())
        }
        Err(refused) => Err(refused.to_string().into()),
    }
}
