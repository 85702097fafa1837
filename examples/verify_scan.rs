//! The verdict on a scanned code: from a picture or a text, offline, with the fields to compare with the paper.
//!
//! ```text
//! cargo run --example stamp -- demo
//! cargo run --example verify_scan -- demo-output/codes/residence.png demo-output/trust/authority.cbor 2030-06-05
//! ```

use std::error::Error;

use yinxin::authority::{AuthorityList, ListFile, Memory, Roots};
use yinxin::limits::Limits;
use yinxin::time::Time;
use yinxin::verify::{Trust, Verifier};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [code, list, at] = arguments.as_slice() else {
        return Err("usage: verify_scan CODE.png|CODE.txt LIST.cbor TIME".into());
    };
    let at: Time = at.parse()?;

    // First use of a list on this desk: pin the root it carries once a person has compared the fingerprint.
    let list = std::fs::read(list)?;
    let roots = ListFile::parse(&list, &Limits::DEFAULT)?.embedded_roots(&Limits::DEFAULT)?;
    for root in &roots {
        let fingerprint: String = root.sha256().iter().map(|byte| format!("{byte:02x}")).collect();
        println!("compare with the published fingerprint: {fingerprint}");
    }
    let pinned = Roots::new(roots.clone(), roots.len())?;
    let list = AuthorityList::open(&list, &pinned, &mut Memory::new(at), &Limits::DEFAULT)?;
    let verifier = Verifier::new(Trust::new().roots(roots).list(list));

    let bytes = std::fs::read(code)?;
    let report = match String::from_utf8(bytes) {
        // The address in the text is neither opened nor trusted.
        Ok(text) => verifier.verify_text(&text, at),
        Err(picture) => verifier.verify_image(picture.as_bytes(), at),
    };
    match report.authentic() {
        Ok(authentic) => {
            println!("{}: now compare word for word with the paper", report.outcome);
            for field in authentic.fields() {
                println!("  {}: {}", field.label, field.value);
            }
            Ok(())
        }
        // A refused report shows no field: nothing an attacker wrote looks like a statement of ours.
        Err(refused) => Err(refused.to_string().into()),
    }
}
