//! What is on the desk when one result is to be sealed, by the arguments that `issue` reads one by one.

use std::path::PathBuf;

use yinxin::draft::Draft;
use yinxin::font;
use yinxin::impression::{Impression, RoundSeal};
use yinxin::limits::Limits;
use yinxin::pki::{Certificate, SoftwareSigner};
use yinxin::record::Record;
use yinxin::seal::Seal;
use yinxin::time::Time;

use super::Told;

/// A result before it is sealed, the seal, and where the sealed file goes.
pub struct Desk {
    pub record: Record,
    pub draft: Draft,
    pub seal: Seal,
    /// Nine o'clock in China on the day of issue.
    pub at: Time,
    /// The folder that `stamp keys` made.
    pub keys: PathBuf,
    out: String,
}

impl Desk {
    /// Reads the arguments `RECORD.json TEMPLATE KEYS-FOLDER OUT.pdf`.
    pub fn from_arguments(example: &str) -> Told<Self> {
        let arguments: Vec<String> = std::env::args().skip(1).collect();
        let [record, template, keys, out] = arguments.as_slice() else {
            return Err(format!("usage: {example} RECORD.json TEMPLATE KEYS-FOLDER OUT.pdf").into());
        };
        let record = Record::from_json(&std::fs::read(record)?, &Limits::DEFAULT)?;
        let template = super::template(template)?;
        let look = RoundSeal::new(record.issuer().name.as_str()).with_legend("样章 TEST");
        Ok(Self {
            draft: template.compose(&record)?,
            seal: Seal::new(Impression::round(&look, font::bundled())?),
            at: record.issued().start().plus_seconds(3600),
            keys: keys.into(),
            out: out.clone(),
            record,
        })
    }

    /// The certificates of the seal, its own first.
    pub fn chain(&self) -> Told<Vec<Certificate>> {
        let text = std::fs::read_to_string(self.keys.join("seal.pem"))?;
        Ok(Certificate::from_pem_many(&text)?)
    }

    /// The key of the seal.
    pub fn signer(&self) -> Told<SoftwareSigner> {
        let text = std::fs::read_to_string(self.keys.join("seal.key.pem"))?;
        Ok(SoftwareSigner::from_pem(&text, self.chain()?)?)
    }

    /// Writes the sealed file.
    pub fn hand_out(&self, file: &[u8]) -> Told {
        std::fs::write(&self.out, file)?;
        println!("{}: {} bytes", self.out, file.len());
        Ok(())
    }
}
