//! A licence of three departments (证照联办): each seals in turn, and the verifier says who is missing until nobody is.
//!
//! ```text
//! cargo run --example joint_licence
//! ```
//! With the test keys of the repository, which are public: nothing made here is worth anything.

use std::error::Error;
use std::path::Path;

use yinxin::authority::{AuthorityList, CertificateDraft, IssuerDraft, ListDraft, Memory, Roots};
use yinxin::compose::Template;
use yinxin::draft::Draft;
use yinxin::font;
use yinxin::impression::{Impression, RoundSeal};
use yinxin::limits::Limits;
use yinxin::payload::Payload;
use yinxin::pki::{Certificate, SoftwareSigner};
use yinxin::record::{Issuer, Record};
use yinxin::seal::Seal;
use yinxin::time::Time;
use yinxin::verify::{Code, Outcome, Trust, Verifier};

/// The keys of the departments, in the order of the record.
const KEYS: [&str; 3] = ["p256", "p384", "rsa2048"];

fn main() -> Result<(), Box<dyn Error>> {
    let record = Record::from_json(
        include_bytes!("data/records/joint-licence.json"),
        &Limits::DEFAULT,
    )?;
    // The record names the departments; the draft has an empty field for each.
    let draft = Template::builtin("food-licence")
        .ok_or("no template")?
        .compose(&record)?;
    let at = record.issued().start().plus_seconds(3600);
    let seal = |issuer: &Issuer| -> Result<Seal, Box<dyn Error>> {
        let look = RoundSeal::new(issuer.name.as_str()).with_legend("样章 TEST");
        Ok(Seal::new(Impression::round(&look, font::bundled())?))
    };
    let verifier = Verifier::new(
        Trust::new()
            .roots(vec![certificate("root")?])
            .list(list(&record, at)?),
    );

    let mut file = draft.into_bytes();
    for (issuer, key) in record.issuers().zip(KEYS) {
        let received = Draft::open(file, &Limits::DEFAULT)?;
        // The leading department seals first, and its code with it; nothing is drawn once somebody has sealed.
        let leads = issuer.code == record.issuer().code;
        let sealing = if leads {
            received.bind(Payload::of(&record))
        } else {
            received.without_code()
        };
        let sealing = sealing.joint(&issuer.code);
        file = sealing.seal(&seal(issuer)?, &signer(key)?, at)?.into_bytes();

        let report = verifier.verify_pdf(&file, at);
        println!("{} has sealed: {}", issuer.name, report.outcome);
        for required in report.required.iter().filter(|required| !required.sealed) {
            println!("  missing 尚缺: {} ({})", required.name, required.code);
        }
        if key == "p384" {
            wrong(&file, &record, &verifier)?;
        }
    }
    assert_eq!(verifier.verify_pdf(&file, at).outcome, Outcome::Authentic);
    Ok(())
}

/// Another department's key in the last empty field.
fn wrong(file: &[u8], record: &Record, verifier: &Verifier) -> Result<(), Box<dyn Error>> {
    let last = record.issuers().last().ok_or("no issuer")?;
    let received = Draft::open(file.to_vec(), &Limits::DEFAULT)?;
    let look = Seal::new(Impression::round(
        &RoundSeal::new(last.name.as_str()),
        font::bundled(),
    )?);
    let at = record.issued().start().plus_seconds(3600);
    let forged = received
        .without_code()
        .joint(&last.code)
        .seal(&look, &signer("p384")?, at)?;
    let report = verifier.verify_pdf(&forged.into_bytes(), at);
    println!("  with the wrong key: {}: {}", report.outcome, report.findings[0]);
    assert_eq!(
        (report.outcome, report.findings[0].code),
        (Outcome::NotAuthentic, Code::IssuerMismatch)
    );
    Ok(())
}

/// The list that says whose certificates these are and what each may seal.
fn list(record: &Record, at: Time) -> Result<AuthorityList, Box<dyn Error>> {
    let (from, until) = ("2025-01-01".parse()?, "2045-01-01".parse()?);
    let entry = |(issuer, key): (&Issuer, &str)| -> Result<IssuerDraft, Box<dyn Error>> {
        let types = vec![record.kind().code.to_string().parse()?];
        let certificates = vec![CertificateDraft::new(certificate(key)?, from, until)];
        Ok(IssuerDraft::new(
            &issuer.name,
            issuer.code.clone(),
            types,
            certificates,
        ))
    };
    let mut draft = ListDraft::new("滨海市授权名录", "2030-06-01".parse()?, "2030-07-01".parse()?);
    draft.issuers = record.issuers().zip(KEYS).map(entry).collect::<Result<_, _>>()?;
    let roots = Roots::any_of(vec![certificate("root")?])?;
    Ok(AuthorityList::open(
        &draft.sign(&signer("root")?)?,
        &roots,
        &mut Memory::new(at),
        &Limits::DEFAULT,
    )?)
}

fn certificate(name: &str) -> Result<Certificate, Box<dyn Error>> {
    Ok(Certificate::from_pem_many(&read(&format!("{name}.cert.pem"))?)?.remove(0))
}

fn signer(name: &str) -> Result<SoftwareSigner, Box<dyn Error>> {
    let chain = match name {
        "root" => vec![certificate("root")?],
        _ => vec![certificate(name)?, certificate("intermediate")?],
    };
    Ok(SoftwareSigner::from_pem(
        &read(&format!("{name}.key.pem"))?,
        chain,
    )?)
}

fn read(name: &str) -> std::io::Result<String> {
    std::fs::read_to_string(
        Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("test-vectors/keys")
            .join(name),
    )
}
