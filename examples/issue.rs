//! From a record to a sealed PDF with a code: compose, bind, seal.
//!
//! ```text
//! cargo run --example stamp -- keys --out test-keys
//! cargo run --example issue -- examples/data/records/food-licence.json food-licence test-keys result.pdf
//! ```

use std::error::Error;
use std::path::Path;

use yinxin::compose::Template;
use yinxin::font;
use yinxin::impression::{Impression, RoundSeal};
use yinxin::limits::Limits;
use yinxin::payload::Payload;
use yinxin::pki::{Certificate, SoftwareSigner};
use yinxin::record::Record;
use yinxin::seal::Seal;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [record, template, keys, out] = arguments.as_slice() else {
        return Err("usage: issue RECORD.json TEMPLATE KEYS-FOLDER OUT.pdf".into());
    };
    let keys = Path::new(keys);

    // A wrong check character or an unknown member is an error that names the member.
    let record = Record::from_json(&std::fs::read(record)?, &Limits::DEFAULT)?;
    let template = Template::builtin(template).ok_or("no built-in template of that name")?;
    // The same record and template give the same bytes on every machine.
    let draft = template.compose(&record)?;

    let chain = Certificate::from_pem_many(&std::fs::read_to_string(keys.join("seal.pem"))?)?;
    let signer = SoftwareSigner::from_pem(&std::fs::read_to_string(keys.join("seal.key.pem"))?, chain)?;
    let look = RoundSeal::new(record.issuer().name.as_str()).with_legend("样章 TEST");
    let seal = Seal::new(Impression::round(&look, font::bundled())?);

    // The time is an argument: the library reads no clock. Here it is nine o'clock in China on the day of issue.
    let at = record.issued().start().plus_seconds(3600);
    let sealed = draft.bind(Payload::of(&record)).seal(&seal, &signer, at)?;

    let file = sealed.to_bytes();
    assert!(file.starts_with(draft.bytes()), "sealing only appends");
    std::fs::write(out, &file)?;
    println!(
        "{out}: {} bytes, code {}",
        file.len(),
        sealed.code_text().unwrap_or("none")
    );
    Ok(())
}
