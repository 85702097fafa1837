//! A hand-over package with anything done to it: open it; and the kept package with anything in place of one of its parts, past the
//! digests of its manifest. Oracles: what opens has exactly the parts that its manifest names, under names that are safe in any folder;
//! verifying again accepts no file but the one that the office sealed, by no list but the one that the root signed.
#![no_main]

use std::collections::BTreeSet;
use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use yinxin::authority::ListFile;
use yinxin::handover::{Beside, Inquiry, Package, Reader, Role};
use yinxin::limits::Limits;
use yinxin::pki::Certificate;
use yinxin::verify::Outcome;

static ROOT: LazyLock<Vec<Certificate>> = LazyLock::new(|| {
    let pem = include_str!("../../test-vectors/keys/root.cert.pem");
    Certificate::from_pem_many(pem).expect("a certificate")
});

/// The kept package: the file received and the list.
static KEPT: LazyLock<(Package, Vec<u8>, Vec<u8>)> = LazyLock::new(|| {
    let bytes = include_bytes!("../../test-vectors/handover/package.pdf");
    let package = Package::open(bytes, &Limits::DEFAULT).expect("the kept package");
    let part = |name: &str| {
        let files = package.files().into_iter();
        let mut found = files.filter(|(other, _)| other == name);
        found.next().expect("a part").1.to_vec()
    };
    let (file, list) = (part("received.pdf"), part("list-1.cbor"));
    (package, file, list)
});

fuzz_target!(|data: &[u8]| {
    let mut limits = Limits::DEFAULT;
    limits.pdf_stream_bytes = 1 << 20;
    limits.pdf_decoded_bytes = 8 << 20;
    opened(data, &limits);
    if let Some((role, bytes)) = data.split_first() {
        replaced(*role, bytes, limits);
    }
});

fn opened(data: &[u8], limits: &Limits) {
    let Ok(package) = Package::open(data, limits) else {
        return;
    };
    let files = package.files();
    let names: BTreeSet<&str> = files.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names.len(), package.manifest().parts.len() + 1);
    for name in names {
        assert!(
            name.bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'.' || b == b'-')
        );
        assert!(!name.starts_with('.') && !name.contains(".."));
    }
    let reader = Reader::new(ROOT.iter().cloned());
    let replay = package.replay(&reader, &Beside::new().limits(limits.clone()));
    if replay.is_ok_and(|replay| replay.report.outcome == Outcome::Authentic) {
        let (_, file) = package.inquiry().received().expect("what was accepted");
        assert!(file.starts_with(&KEPT.1), "a file that nobody sealed");
    }
}

fn replaced(role: u8, bytes: &[u8], limits: Limits) {
    let (package, file, list) = &*KEPT;
    let kept = Inquiry::new(package.inquiry().at())
        .file("received.pdf", file.as_slice())
        .roots(ROOT.iter().cloned());
    let listed = kept.clone().with(Role::List, list.as_slice());
    let inquiry = match role % 8 {
        0 => kept.with(Role::List, bytes),
        1 => listed.with(Role::List, bytes),
        2 => listed.with(Role::Memory, bytes),
        3 => listed.with(Role::RootSet, bytes),
        4 => listed.with(Role::StatusList, bytes),
        5 => listed.with(Role::Crl, bytes).with(Role::Ocsp, bytes),
        6 => listed.with(Role::Original, bytes),
        _ => listed.with(Role::Code, bytes),
    };
    let answer = inquiry.answer(&Beside::new().limits(limits.clone()));
    if role.is_multiple_of(8) && answer.is_ok_and(|answer| answer.report.outcome == Outcome::Authentic) {
        let digest = |bytes| ListFile::parse(bytes, &limits).map(|file| file.digest());
        assert_eq!(digest(bytes), digest(list), "a list that nobody signed");
    }
}
