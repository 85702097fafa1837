//! Sealing and verifying scanned documents of 5 MB and 100 MB, in memory and from one reading, against nothing but digest and
//! signature of the same bytes in the same run. Files on disk, and memory: `scripts/large`.

use std::hint::black_box;
use std::io::Cursor;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use yinxin::crypto::{EcdsaForm, Hasher};
use yinxin::draft::{Draft, LargeDraft, Slots};
use yinxin::font;
use yinxin::impression::{Impression, RoundSeal};
use yinxin::limits::Limits;
use yinxin::pdf::Skimmed;
use yinxin::pki::Signer;
use yinxin::seal::{Identity, Place, Seal};
use yinxin::verify::{Outcome, Trust, Verifier};

#[path = "../tests/common/scan.rs"]
mod scan;
#[path = "support/mod.rs"]
mod support;

const PLACE: Place = Place {
    page: 0,
    x_mm: 130.0,
    y_mm: 230.0,
};

/// Pages with pictures of a megabyte.
fn scanned(megabytes: u32) -> Vec<u8> {
    let mut output = Cursor::new(vec![]);
    scan::write(&mut output, megabytes, 1000, scan::Picture::Noise, true).expect("written to memory");
    output.into_inner()
}

fn large(criterion: &mut Criterion) {
    let description = RoundSeal::new("滨海市行政审批局").with_code("1099000012345");
    let seal = Seal::new(Impression::round(&description, font::bundled()).expect("an impression"));
    let (signer, at) = (support::signer("p256"), support::at());
    let verifier = Verifier::new(Trust::new().roots([support::certificate("root")]));
    for megabytes in [5, 100] {
        let bytes = scanned(megabytes);
        let mut room = vec![0; bytes.len()];
        let draft = Draft::new(bytes.clone(), Slots::default());
        let prepare = || draft.without_code().place(PLACE);
        let prepared = prepare()
            .prepare(&seal, &Identity::of(&signer), at)
            .expect("a prepared file");
        let attributes = prepared.to_be_signed().to_vec();
        let signature = signer.sign(&attributes).expect("a signature");
        let sealed = prepare()
            .seal(&seal, &signer, at)
            .expect("a sealed file")
            .into_bytes();
        let mut sealed_room = vec![0; sealed.len()];
        let report = verifier.verify_pdf(&sealed, at);
        assert_eq!(report.outcome, Outcome::Authentic, "{:?}", report.findings);

        let in_memory = || prepare().seal(&seal, &signer, at).expect("a sealed file");
        let mut from_one_reading = || {
            let skimmed = Skimmed::read(black_box(&*bytes), &mut room, &[]).expect("read");
            let draft = LargeDraft::open(skimmed, &Limits::DEFAULT).expect("a draft");
            let sealing = draft.without_code().place(PLACE);
            sealing
                .seal(&seal, &signer, at)
                .expect("a sealed file")
                .appended()
                .len()
        };
        let digest = |bytes: &[u8]| {
            let mut hasher = Hasher::new(signer.algorithm().digest());
            hasher.update(black_box(bytes));
            hasher.finish()
        };
        let digest_and_sign = || (digest(&bytes), signer.sign(&attributes).expect("a signature"));
        let verify = || verifier.verify_pdf(black_box(&sealed), at);
        let mut verify_from_one_reading = || {
            let file = Cursor::new(black_box(&sealed));
            verifier
                .verify_pdf_from(file, &mut sealed_room, at)
                .expect("read")
        };
        let digest_and_check = || {
            let key = signer.chain()[0].public_key();
            let valid = key.verify(signer.algorithm(), EcdsaForm::Der, &attributes, &signature);
            valid.expect("valid");
            digest(&sealed)
        };

        let mut group = criterion.benchmark_group(format!("large {megabytes} MB"));
        group.sample_size(10);
        group.throughput(Throughput::Bytes(bytes.len() as u64));
        group.bench_function("seal in memory", |bencher| bencher.iter(in_memory));
        group.bench_function("seal from one reading", |bencher| {
            bencher.iter(&mut from_one_reading);
        });
        group.bench_function("digest and signature alone", |bencher| {
            bencher.iter(digest_and_sign);
        });
        group.bench_function("verify in memory", |bencher| bencher.iter(verify));
        group.bench_function("verify from one reading", |bencher| {
            bencher.iter(&mut verify_from_one_reading);
        });
        group.bench_function("digest and check alone", |bencher| bencher.iter(digest_and_check));
        group.finish();
        let size = format!("{megabytes} MB");
        support::ratio(&format!("seal {size} in memory"), in_memory, digest_and_sign);
        support::ratio(
            &format!("seal {size} from one reading"),
            from_one_reading,
            digest_and_sign,
        );
        support::ratio(&format!("verify {size} in memory"), verify, digest_and_check);
        support::ratio(
            &format!("verify {size} from one reading"),
            verify_from_one_reading,
            digest_and_check,
        );
    }
}

criterion_group! { name = benches; config = support::criterion(); targets = large }
criterion_main!(benches);
