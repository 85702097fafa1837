//! Sealing a page of 60 000 bytes: visible round impression, PAdES B-B, against nothing but digest and signature of the
//! same bytes with the same key; and the whole way of one result.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use yinxin::compose::{Fonts, Template};
use yinxin::crypto::Hasher;
use yinxin::draft::{Draft, Slots};
use yinxin::font;
use yinxin::impression::{Impression, RoundSeal};
use yinxin::payload::Payload;
use yinxin::pki::Signer;
use yinxin::seal::{Identity, Place, Seal};

#[path = "support/mod.rs"]
mod support;

const KEYS: [(&str, &str); 3] = [("P-256", "p256"), ("RSA-2048", "rsa2048"), ("Ed25519", "ed25519")];
const PLACE: Place = Place {
    page: 0,
    x_mm: 130.0,
    y_mm: 230.0,
};

fn round_seal() -> Seal {
    let description = RoundSeal::new("滨海市行政审批局")
        .with_code("1099000012345")
        .with_legend("样章 TEST");
    Seal::new(Impression::round(&description, font::bundled()).expect("an impression"))
}

/// Digest of `bytes` and signature over `attributes`: the least that sealing can cost.
fn digest_and_sign(signer: &dyn Signer, bytes: &[u8], attributes: &[u8]) -> (Vec<u8>, Vec<u8>) {
    let mut hasher = Hasher::new(signer.algorithm().digest());
    hasher.update(black_box(bytes));
    (
        hasher.finish(),
        signer.sign(black_box(attributes)).expect("a signature"),
    )
}

fn seal(criterion: &mut Criterion) {
    let draft = Draft::new(support::page_of_60_kb(), Slots::default());
    let (seal, at) = (round_seal(), support::at());
    let mut group = criterion.benchmark_group("seal 60 kB");
    for (name, key) in KEYS {
        let signer = support::signer(key);
        let sealing = || draft.without_code().place(PLACE);
        let sealed = sealing()
            .seal(&seal, &signer, at)
            .expect("a sealed file")
            .into_bytes();
        let prepared = sealing()
            .prepare(&seal, &Identity::of(&signer), at)
            .expect("a prepared file");
        let attributes = prepared.to_be_signed();
        println!(
            "seal 60 kB/{name}: {} bytes appended",
            sealed.len() - draft.bytes().len()
        );
        group.bench_function(format!("{name} B-B round"), |bencher| {
            bencher.iter(|| {
                sealing()
                    .seal(black_box(&seal), &signer, at)
                    .expect("a sealed file")
            });
        });
        group.bench_function(format!("{name} digest and signature alone"), |bencher| {
            bencher.iter(|| digest_and_sign(&signer, &sealed, attributes));
        });
        support::ratio(
            &format!("seal 60 kB {name}"),
            || sealing().seal(&seal, &signer, at).expect("a sealed file"),
            || digest_and_sign(&signer, &sealed, attributes),
        );
    }
    group.finish();
}

/// Record to finished file, with its code: what one result costs an office.
fn issue(criterion: &mut Criterion) {
    let template = Template::builtin("social-insurance").expect("a built-in template");
    let template = template.prepare(&Fonts::bundled()).expect("a template");
    let record = support::record("social-insurance");
    let (seal, at) = (round_seal(), support::at());
    let mut group = criterion.benchmark_group("issue 1 page with code");
    for (name, key) in [("P-256", "p256"), ("Ed25519", "ed25519")] {
        let signer = support::signer(key);
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                let draft = template.compose(black_box(&record)).expect("a draft");
                draft
                    .bind(Payload::of(&record))
                    .seal(&seal, &signer, at)
                    .expect("a sealed file")
            });
        });
    }
    group.finish();
}

criterion_group! { name = benches; config = support::criterion(); targets = seal, issue }
criterion_main!(benches);
