//! Verifying a sealed page: file structure, digest, signature, chain to a root, authority list, record and code, against
//! nothing but digest and signature check of the same bytes.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use yinxin::authority::{AuthorityList, CertificateDraft, IssuerDraft, ListDraft, Memory, Roots};
use yinxin::compose::Template;
use yinxin::crypto::{EcdsaForm, Hasher};
use yinxin::draft::{Draft, Slots};
use yinxin::font;
use yinxin::impression::{Impression, RoundSeal};
use yinxin::limits::Limits;
use yinxin::payload::Payload;
use yinxin::pki::{Signer, SoftwareSigner};
use yinxin::record::Record;
use yinxin::seal::{Identity, Place, Seal};
use yinxin::verify::{Outcome, Trust, Verifier};

#[path = "support/mod.rs"]
mod support;

const KEYS: [(&str, &str); 3] = [("P-256", "p256"), ("RSA-2048", "rsa2048"), ("Ed25519", "ed25519")];

fn round_seal() -> Seal {
    let description = RoundSeal::new("滨海市行政审批局").with_code("1099000012345");
    Seal::new(Impression::round(&description, font::bundled()).expect("an impression"))
}

/// A list in force at the time of the benches that lets the holders of the test keys seal what `record` is.
fn list(record: &Record) -> AuthorityList {
    let day = |text: &str| text.parse().expect("a time");
    let (from, until) = (day("2029-01-01"), day("2032-01-01"));
    let certificates = KEYS
        .iter()
        .map(|(_, key)| CertificateDraft::new(support::certificate(key), from, until));
    let types = vec![record.kind().code.as_str().parse().expect("a pattern")];
    let (name, code) = (&record.issuer().name, record.issuer().code.clone());
    let mut draft = ListDraft::new("滨海市授权名录", day("2030-06-01"), day("2030-09-01"));
    draft.issuers = vec![IssuerDraft::new(name, code, types, certificates.collect())];
    let key = support::read("test-vectors/keys/root.key.pem");
    let root = support::certificate("root");
    let signer = SoftwareSigner::from_pem(&key, vec![root.clone()]).expect("the root key");
    let bytes = draft.sign(&signer).expect("a signed list");
    let roots = Roots::any_of([root]).expect("a root");
    let mut memory = Memory::new(support::at());
    AuthorityList::open(&bytes, &roots, &mut memory, &Limits::DEFAULT).expect("a list")
}

/// A foreign page under the authority list, its chain seen before: what a counter does with other vendors' files.
fn foreign(criterion: &mut Criterion) {
    let draft = Draft::new(support::page_of_60_kb(), Slots::default());
    let (seal, at) = (round_seal(), support::at());
    let trust = Trust::new()
        .roots([support::certificate("root")])
        .list(list(&support::record("social-insurance")));
    let verifier = Verifier::new(trust);
    let mut group = criterion.benchmark_group("verify 60 kB, chain of 3, list");
    group.throughput(Throughput::Elements(1));
    for (name, key) in KEYS {
        let signer = support::signer(key);
        let place = Place {
            page: 0,
            x_mm: 130.0,
            y_mm: 230.0,
        };
        let sealing = || draft.without_code().place(place);
        let file = sealing()
            .seal(&seal, &signer, at)
            .expect("a sealed file")
            .into_bytes();
        let prepared = sealing()
            .prepare(&seal, &Identity::of(&signer), at)
            .expect("a prepared file");
        let attributes = prepared.to_be_signed().to_vec();
        let signature = signer.sign(&attributes).expect("a signature");
        let report = verifier.verify_pdf(&file, at);
        assert_eq!(
            report.outcome,
            Outcome::Authentic,
            "{name}: {:?}",
            report.findings
        );
        let verify = || verifier.verify_pdf(black_box(&file), at);
        let floor = || digest_and_check(&signer, &file, &attributes, &signature);
        group.bench_function(name, |bencher| bencher.iter(verify));
        group.bench_function(format!("{name} digest and signature check alone"), |bencher| {
            bencher.iter(floor);
        });
        support::ratio(&format!("verify 60 kB {name}"), verify, floor);
    }
    group.finish();
}

/// A result of our own with code and record under an authority list; the same key signed code and seal.
fn result(criterion: &mut Criterion) {
    let template = Template::builtin("social-insurance").expect("a built-in template");
    let record = support::record("social-insurance");
    let draft = template.compose(&record).expect("a draft");
    let (seal, at) = (round_seal(), support::at());
    // A code carries no certificates, so the intermediate is given once.
    let trust = Trust::new()
        .roots([support::certificate("root")])
        .certificates([support::certificate("intermediate")])
        .list(list(&record));
    let verifier = Verifier::new(trust);
    let mut group = criterion.benchmark_group("verify 1 result, code, list");
    group.throughput(Throughput::Elements(1));
    for (name, key) in [("P-256", "p256"), ("Ed25519", "ed25519")] {
        let signer = support::signer(key);
        let sealed = draft
            .bind(Payload::of(&record))
            .seal(&seal, &signer, at)
            .expect("a sealed file");
        let text = sealed.code_text().expect("a code").to_owned();
        let file = sealed.into_bytes();
        let message = vec![0; 400];
        let signature = signer.sign(&message).expect("a signature");
        println!("verify 1 result/{name}: {} bytes", file.len());
        for report in [verifier.verify_pdf(&file, at), verifier.verify_text(&text, at)] {
            assert_eq!(
                report.outcome,
                Outcome::Authentic,
                "{name}: {:?}",
                report.findings
            );
        }
        group.bench_function(format!("{name} file"), |bencher| {
            bencher.iter(|| verifier.verify_pdf(black_box(&file), at));
        });
        group.bench_function(format!("{name} text of the code"), |bencher| {
            bencher.iter(|| verifier.verify_text(black_box(&text), at));
        });
        // Two signatures: the seal's over the file, the code's over its claims.
        let floor = || {
            digest_and_check(&signer, &file, &message, &signature);
            digest_and_check(&signer, &[], &message, &signature)
        };
        let verify = || verifier.verify_pdf(black_box(&file), at);
        support::ratio(&format!("verify 1 result {name}"), verify, floor);
    }
    group.finish();
}

fn digest_and_check(signer: &dyn Signer, file: &[u8], attributes: &[u8], signature: &[u8]) -> Vec<u8> {
    let mut hasher = Hasher::new(signer.algorithm().digest());
    hasher.update(black_box(file));
    let key = signer.chain()[0].public_key();
    key.verify(
        signer.algorithm(),
        EcdsaForm::Der,
        black_box(attributes),
        signature,
    )
    .expect("valid");
    hasher.finish()
}

criterion_group! { name = benches; config = support::criterion(); targets = foreign, result }
criterion_main!(benches);
