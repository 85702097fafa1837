//! The payload of a code: claims, signature, compression, text forms, and back.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use yinxin::limits::Limits;
use yinxin::payload::{Payload, SignedPayload, TextForm, decode_text, encode_text};
use yinxin::pki::Signer;

#[path = "support/mod.rs"]
mod support;

const BASE: &str = "https://zz.binhai.example/y";

fn signed(payload: &Payload, signer: &dyn Signer) -> Vec<u8> {
    let leaf = &signer.chain()[0];
    let unsigned = payload
        .unsigned(signer.algorithm(), &leaf.kid())
        .expect("an algorithm of codes");
    let signature = signer.sign(&unsigned.to_be_signed()).expect("a signature");
    unsigned.finish(&signature).expect("a COSE object")
}

fn payload(criterion: &mut Criterion) {
    let limits = Limits::DEFAULT;
    let record = support::record("social-insurance");
    let payload = Payload::of(&record).with_draft(61_440, [7; 32]);
    let claims = payload.encode_claims();
    let signer = support::signer("ed25519");
    let key = signer.chain()[0].public_key();
    let cose = signed(&payload, &signer);
    println!(
        "payload: claims {} bytes, COSE {} bytes",
        claims.len(),
        cose.len()
    );

    let mut group = criterion.benchmark_group("payload social-insurance");
    group.bench_function("claims encode", |bencher| {
        bencher.iter(|| black_box(&payload).encode_claims());
    });
    group.bench_function("claims decode", |bencher| {
        bencher.iter(|| Payload::decode_claims(black_box(&claims), &limits).expect("claims"));
    });
    let holder = record.holder();
    group.bench_function("holder proof", |bencher| {
        bencher.iter(|| {
            black_box(&payload)
                .clone()
                .with_holder_proof(holder)
                .expect("the holder")
        });
    });
    let proven = payload.clone().with_holder_proof(holder).expect("the holder");
    group.bench_function("holder matched", |bencher| {
        bencher.iter(|| black_box(&proven).matches_holder(&holder.code_type, &holder.code));
    });
    group.bench_function("holder that the mask excludes", |bencher| {
        bencher.iter(|| black_box(&proven).matches_holder(&holder.code_type, "110101199003077010"));
    });
    for (name, form) in [("Base45", TextForm::Compact), ("URL digits", TextForm::Url(BASE))] {
        let text = encode_text(&cose, &form).expect("a text");
        println!("payload: {name} {} characters", text.len());
        group.bench_function(format!("COSE to {name}"), |bencher| {
            bencher.iter(|| encode_text(black_box(&cose), &form).expect("a text"));
        });
        group.bench_function(format!("{name} to COSE"), |bencher| {
            bencher.iter(|| decode_text(black_box(&text), &limits).expect("a COSE object"));
        });
        group.bench_function(format!("record to {name}, Ed25519"), |bencher| {
            bencher.iter(|| {
                let payload = Payload::of(black_box(&record)).with_draft(61_440, [7; 32]);
                encode_text(&signed(&payload, &signer), &form).expect("a text")
            });
        });
        group.bench_function(format!("{name} to verified claims, Ed25519"), |bencher| {
            bencher.iter(|| {
                let cose = decode_text(black_box(&text), &limits).expect("a COSE object");
                let signed = SignedPayload::parse(&cose, &limits).expect("a payload");
                signed.verify(key).expect("valid");
                signed
            });
        });
    }
    group.finish();
}

criterion_group! { name = benches; config = support::criterion(); targets = payload }
criterion_main!(benches);
