//! SHA-256 through the library's seam, with the bare `ring` figure beside it.

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use ring::digest;
use yinxin::crypto::{DigestAlgorithm, Hasher};

#[path = "support/mod.rs"]
mod support;

fn hash(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("sha-256");
    for (name, size) in [("64 KiB", 64 << 10), ("1 MiB", 1 << 20), ("100 MiB", 100 << 20)] {
        let bytes: Vec<u8> = (0..size).map(|at: u32| at.to_le_bytes()[0]).collect();
        group.throughput(Throughput::Bytes(u64::from(size)));
        group.sample_size(if size > 10 << 20 { 10 } else { 30 });
        group.bench_with_input(BenchmarkId::new("yinxin", name), &bytes, |bencher, bytes| {
            bencher.iter(|| {
                let mut hasher = Hasher::new(DigestAlgorithm::Sha256);
                hasher.update(black_box(bytes));
                hasher.finish()
            });
        });
        group.bench_with_input(BenchmarkId::new("ring", name), &bytes, |bencher, bytes| {
            bencher.iter(|| digest::digest(&digest::SHA256, black_box(bytes)));
        });
    }
    group.finish();
}

criterion_group! { name = benches; config = support::criterion(); targets = hash }
criterion_main!(benches);
