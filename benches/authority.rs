//! Loading the authority list of a province, 1,000 issuers with 10,000 certificates, and looking up results on a status list of a
//! million.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use yinxin::authority::{Act, AuthorityList, CertificateDraft, IssuerDraft, ListDraft, Memory, Roots};
use yinxin::cose::status::{Indices, Status, StatusDraft, StatusList};
use yinxin::limits::Limits;
use yinxin::pki::{Certificate, Signer, SoftwareSigner};
use yinxin::record::UnifiedCode;

#[path = "support/mod.rs"]
mod support;

/// Unified codes with right check characters (GB 32100-2015), made up.
fn codes() -> impl Iterator<Item = UnifiedCode> {
    (0_u32..).flat_map(|number| {
        let body = format!("11109900MB2A{number:05}");
        "0123456789ABCDEFGHJKLMNPQRTUWXY"
            .chars()
            .find_map(|check| format!("{body}{check}").parse().ok())
    })
}

/// Certificates that differ, without the time it takes to sign each: the serial number is changed, and so nothing above them would
/// verify, which a list does not ask.
fn certificates() -> impl Iterator<Item = Certificate> {
    let model = support::certificate("p256");
    let der = model.der().to_vec();
    let serial = model.serial().to_vec();
    let at = der
        .windows(serial.len())
        .position(|window| window == serial)
        .expect("the serial number");
    let last = at + serial.len();
    (0_u32..).filter_map(move |number| {
        let mut der = der.clone();
        der[last - 4..last].copy_from_slice(&number.to_be_bytes());
        Certificate::try_from(der.as_slice()).ok()
    })
}

fn list() -> (Vec<u8>, Roots) {
    let day = |text: &str| text.parse().expect("a time");
    let mut draft = ListDraft::new("滨海省授权名录", day("2030-06-01"), day("2030-09-01"));
    let mut certificates = certificates();
    for code in codes().take(1000) {
        let mine = certificates.by_ref().take(10);
        let mine = mine.map(|one| CertificateDraft::new(one, day("2029-01-01"), day("2032-01-01")));
        let types = vec!["11109900MB2A000628*".parse().expect("a pattern")];
        draft
            .issuers
            .push(IssuerDraft::new("滨海市样章局", code, types, mine.collect()));
    }
    let key = support::read("test-vectors/keys/root.key.pem");
    let root = support::certificate("root");
    let signer = SoftwareSigner::from_pem(&key, vec![root.clone()]).expect("the root key");
    (
        draft.sign(&signer).expect("a list"),
        Roots::any_of([root]).expect("a root"),
    )
}

fn authority(criterion: &mut Criterion) {
    let (bytes, roots) = list();
    let open = || {
        let mut memory = Memory::new(support::at());
        AuthorityList::open(&bytes, &roots, &mut memory, &Limits::DEFAULT).expect("a list")
    };
    let opened = open();
    let count: usize = opened
        .issuers()
        .iter()
        .map(|issuer| issuer.certificates().len())
        .sum();
    println!(
        "authority list: {} issuers, {count} certificates, {} bytes",
        opened.issuers().len(),
        bytes.len()
    );
    let mut group = criterion.benchmark_group("authority list, 10,000 certificates");
    group.bench_function("load", |bencher| bencher.iter(|| black_box(open())));
    let issuer = &opened.issuers()[500];
    let (der, at) = (issuer.certificates()[5].der(), support::at());
    let kind = "11109900MB2A000628058".parse().expect("a type");
    let act = Act::new(issuer.code(), &kind);
    group.bench_function("decide", |bencher| {
        bencher.iter(|| black_box(opened.authorise(der, &act, at).is_ok()));
    });
    group.finish();
}

const ENTRIES: u32 = 1_000_000;

/// A list of a million at 1 % revoked, at places given out by the secret permutation.
fn status_list(bits: u32) -> Vec<u8> {
    let mut draft = StatusDraft::new("https://zm.binhai.example/s/7", bits, ENTRIES, support::at())
        .expect("a list")
        .ttl(86_400);
    let indices = Indices::new([7; 32], ENTRIES);
    for number in 0..ENTRIES / 100 {
        let place = indices.place(number).expect("a place");
        draft.set(place, Status::Revoked).expect("an entry");
    }
    let key = support::read("test-vectors/keys/p256.key.pem");
    let signer = SoftwareSigner::from_pem(&key, vec![support::certificate("p256")]).expect("a key");
    let kid = signer.chain()[0].kid();
    let unsigned = draft.unsigned(signer.algorithm(), &kid).expect("a list");
    let signature = signer.sign(&unsigned.to_be_signed()).expect("a signature");
    unsigned.finish(&signature).expect("a token")
}

fn status(criterion: &mut Criterion) {
    for bits in [1, 2, 4] {
        let token = status_list(bits);
        println!(
            "status list: {ENTRIES} entries of {bits} bits, 1 % revoked: {} bytes",
            token.len()
        );
    }
    let token = status_list(1);
    let load = || StatusList::parse(&token, &Limits::DEFAULT).expect("a list");
    let list = load();
    let mut group = criterion.benchmark_group("status list, 1,000,000 entries");
    group.bench_function("load", |bencher| bencher.iter(|| black_box(load())));
    let mut index = 0_u32;
    group.bench_function("look up", |bencher| {
        bencher.iter(|| {
            index = index.wrapping_add(7919) % ENTRIES;
            black_box(list.status(black_box(index)))
        });
    });
    group.finish();
}

criterion_group! {
    name = benches;
    config = support::criterion();
    targets = authority, status
}
criterion_main!(benches);
