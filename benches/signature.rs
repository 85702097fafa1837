//! Signing and verifying a message of 200 bytes (the size of CMS signed attributes), per algorithm.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use yinxin::crypto::{EcdsaForm, PublicKey, SignatureAlgorithm, verify_batch};
use yinxin::pki::Signer;

#[path = "support/mod.rs"]
mod support;

const MESSAGE: [u8; 200] = [0x5a; 200];

fn algorithms() -> Vec<(&'static str, Box<dyn Signer>)> {
    let pss = |name| {
        let signer = support::signer(name).with_algorithm(SignatureAlgorithm::RsaPssSha256);
        Box::new(signer.expect("an RSA key"))
    };
    vec![
        ("P-256", Box::new(support::signer("p256"))),
        ("P-384", Box::new(support::signer("p384"))),
        ("Ed25519", Box::new(support::signer("ed25519"))),
        ("RSA-2048 PKCS1", Box::new(support::signer("rsa2048"))),
        ("RSA-2048 PSS", pss("rsa2048")),
        ("RSA-3072 PKCS1", Box::new(support::signer("rsa3072"))),
        ("RSA-3072 PSS", pss("rsa3072")),
    ]
}

fn key(signer: &dyn Signer) -> &PublicKey {
    signer.chain()[0].public_key()
}

fn sign(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("sign 200 B");
    for (name, signer) in algorithms() {
        group.bench_function(name, |bencher| {
            bencher.iter(|| signer.sign(black_box(&MESSAGE)).expect("a signature"));
        });
    }
    group.finish();
}

fn verify(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("verify 200 B");
    for (name, signer) in algorithms() {
        let (key, algorithm) = (key(&*signer), signer.algorithm());
        let signature = signer.sign(&MESSAGE).expect("a signature");
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                key.verify(algorithm, EcdsaForm::Der, black_box(&MESSAGE), &signature)
                    .expect("valid");
            });
        });
    }
    group.finish();
}

/// 64 different messages by one key, one by one and as a batch.
fn batch(criterion: &mut Criterion) {
    let signer = support::signer("ed25519");
    let key = key(&signer);
    let signed: Vec<([u8; 200], Vec<u8>)> = (0..64)
        .map(|at| {
            let message = [at; 200];
            (message, signer.sign(&message).expect("a signature"))
        })
        .collect();
    let entries: Vec<(&PublicKey, &[u8], &[u8])> = signed
        .iter()
        .map(|(message, signature)| (key, message.as_slice(), signature.as_slice()))
        .collect();
    let mut group = criterion.benchmark_group("verify 64 x 200 B Ed25519");
    group.bench_function("one by one", |bencher| {
        bencher.iter(|| {
            for (key, message, signature) in black_box(&entries) {
                key.verify(SignatureAlgorithm::Ed25519, EcdsaForm::Fixed, message, signature)
                    .expect("valid");
            }
        });
    });
    group.bench_function("batch", |bencher| {
        bencher.iter(|| verify_batch(black_box(&entries)).expect("valid"));
    });
    group.finish();
}

criterion_group! { name = benches; config = support::criterion(); targets = sign, verify, batch }
criterion_main!(benches);
