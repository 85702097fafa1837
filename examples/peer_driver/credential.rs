//! `enc`, `ver`: claims to COSE_Sign1 to `YX1:` text, and back with a signature check.

use serde_json::{Map, Value, json};
use yinxin::crypto::PublicKey;
use yinxin::limits::Limits;
use yinxin::payload::{Payload, SignedPayload, TextForm, decode_text, encode_text};
use yinxin::pki::{Signer, SoftwareSigner};
use yinxin::record::Record;

use super::protocol::{Failure, Job, certificates, read};
use super::records;

/// The rows that the claims do not carry already as number, holder and issuer.
const LABELS: [&str; 3] = ["法定代表人", "许可事项", "有效期限"];

pub fn encode(job: &Job) -> Result<Map<String, Value>, Failure> {
    let bench = Bench::prepare(job)?;
    let result = job.run(|at| {
        let record = bench.records.get(at % bench.records.len()).ok_or("no records")?;
        std::hint::black_box(encode_one(record, &bench.signer)?);
        Ok(())
    })?;
    Ok(bench.with_checks(result))
}

pub fn verify(job: &Job) -> Result<Map<String, Value>, Failure> {
    let bench = Bench::prepare(job)?;
    let result = job.run(|at| {
        let token = bench.tokens.get(at % bench.tokens.len()).ok_or("no tokens")?;
        std::hint::black_box(verify_one(token, bench.key())?);
        Ok(())
    })?;
    Ok(bench.with_checks(result))
}

struct Bench {
    records: Vec<Record>,
    signer: SoftwareSigner,
    tokens: Vec<String>,
    round_trip: bool,
    tamper_rejected: bool,
}

impl Bench {
    fn prepare(job: &Job) -> Result<Self, Failure> {
        let signer =
            SoftwareSigner::from_pem(&String::from_utf8(read(&job.key)?)?, certificates(&job.cert)?)?;
        let records: Vec<Record> = records::read_all(job)?
            .into_iter()
            .map(|entry| entry.record)
            .collect();
        let tokens: Vec<String> = records
            .iter()
            .take(20)
            .map(|record| encode_one(record, &signer))
            .collect::<Result<_, _>>()?;
        let first = tokens.first().ok_or("no records")?;
        let mut bench = Self {
            records,
            signer,
            tokens: vec![],
            round_trip: false,
            tamper_rejected: false,
        };
        bench.round_trip = tokens.iter().zip(&bench.records).all(|(token, record)| {
            verify_one(token, bench.key()).is_ok_and(|signed| signed.payload().number() == record.number())
        });
        bench.tamper_rejected = verify_one(&tampered(first), bench.key()).is_err();
        bench.tokens = tokens;
        Ok(bench)
    }

    fn key(&self) -> &PublicKey {
        self.signer.chain()[0].public_key()
    }

    fn with_checks(&self, mut result: Map<String, Value>) -> Map<String, Value> {
        let token = self.tokens.first();
        let extra = json!({
            "chars": token.map(String::len),
            "roundtrip": self.round_trip,
            "tamper_rejected": self.tamper_rejected,
            "token": token,
        });
        result.insert("extra".into(), extra);
        result
    }
}

fn encode_one(record: &Record, signer: &SoftwareSigner) -> Result<String, Failure> {
    // The peers put the digest of nothing in particular into their claims; so do we.
    let payload = Payload::of(record)
        .with_labels(&LABELS)?
        .with_draft(61_440, [7; 32]);
    let unsigned = payload.unsigned(signer.algorithm(), &signer.chain()[0].kid())?;
    let signature = signer.sign(&unsigned.to_be_signed())?;
    Ok(encode_text(&unsigned.finish(&signature)?, &TextForm::Compact)?)
}

fn verify_one(token: &str, key: &PublicKey) -> Result<SignedPayload, Failure> {
    let signed = SignedPayload::parse(&decode_text(token, &Limits::DEFAULT)?, &Limits::DEFAULT)?;
    signed.verify(key)?;
    Ok(signed)
}

/// The token with its middle character replaced.
fn tampered(token: &str) -> String {
    let middle = token.len() / 2;
    token
        .chars()
        .enumerate()
        .map(|(at, own)| match own {
            _ if at != middle => own,
            '0' => '1',
            _ => '0',
        })
        .collect()
}
