//! Sealing in two steps, for a seal key in another building: prepare here, sign there, finish here.
//!
//! ```text
//! cargo run --example stamp -- keys --out test-keys
//! cargo run --example deferred_seal -- examples/data/records/residence.json residence test-keys result.pdf
//! ```

use std::error::Error;
use std::path::Path;

use yinxin::compose::Template;
use yinxin::font;
use yinxin::impression::{Impression, RoundSeal};
use yinxin::limits::Limits;
use yinxin::payload::Payload;
use yinxin::pki::{Certificate, Signer as _, SoftwareSigner};
use yinxin::record::Record;
use yinxin::seal::{Identity, Seal};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [record, template, keys, out] = arguments.as_slice() else {
        return Err("usage: deferred_seal RECORD.json TEMPLATE KEYS-FOLDER OUT.pdf".into());
    };
    let keys = Path::new(keys);
    let record = Record::from_json(&std::fs::read(record)?, &Limits::DEFAULT)?;
    let draft = Template::builtin(template)
        .ok_or("no built-in template of that name")?
        .compose(&record)?;
    let look = RoundSeal::new(record.issuer().name.as_str()).with_legend("样章 TEST");
    let seal = Seal::new(Impression::round(&look, font::bundled())?);
    let at = record.issued().start().plus_seconds(3600);

    // Here are only certificates. The key's owner said beforehand which algorithm and how long its signatures can be.
    let chain = Certificate::from_pem_many(&std::fs::read_to_string(keys.join("seal.pem"))?)?;
    let key = SoftwareSigner::from_pem(
        &std::fs::read_to_string(keys.join("seal.key.pem"))?,
        chain.clone(),
    )?;
    let identity = Identity {
        algorithm: key.algorithm(),
        chain: &chain,
        signature_length: key.signature_length(),
    };

    // The code is signed here and now, because its drawing is part of what the seal covers.
    let prepared = draft
        .bind(Payload::of(&record))
        .code_signer(&key)
        .prepare(&seal, &identity, at)?;

    // These few hundred bytes travel, not the document; the answer may take days.
    let signature = the_other_building(&key, prepared.to_be_signed())?;

    // A signature that does not verify is refused here, before a broken file leaves the house.
    let sealed = prepared.clone().finish(&signature)?;
    let mut broken = signature;
    broken.reverse();
    assert!(
        prepared.finish(&broken).is_err(),
        "a wrong signature makes no file"
    );
    let file = sealed.into_bytes();
    std::fs::write(out, &file)?;
    println!("{out}: {} bytes", file.len());
    Ok(())
}

fn the_other_building(key: &SoftwareSigner, message: &[u8]) -> Result<Vec<u8>, Box<dyn Error>> {
    Ok(key.sign(message)?)
}
